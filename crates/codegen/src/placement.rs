//! Where functions begin, so that loops begin where processors like them to.
//!
//! Processors fetch code in lines of 64 bytes and remember decoded instructions by line. A tight loop whose first
//! instructions straddle two lines can run a fourth slower than the same loop at the start of one. Cranelift does not
//! align blocks; but the distance of a loop from the start of its function is known once it is compiled, so the function
//! is moved: among the starts that its alignment allows, the one is taken with which its innermost loops stand best.

use cranelift_codegen::CompiledCode;

/// Size of a line of code.
pub(crate) const LINE: u32 = 64;
/// Functions begin at multiples of this.
const STEP: u32 = 16;
/// A loop counts this many times as much as the one around it.
const DEEPER: u64 = 8;
/// Nesting from which on loops count alike.
const DEEPEST: usize = 8;

/// The distance from the start of a line at which a function should begin; `None` if it has no loop.
pub(crate) fn start_in_line(code: &CompiledCode) -> Option<u32> {
    let loops = weighted(loops(&code.bb_starts, &code.bb_edges));
    let cost = |start: u32| -> u64 {
        // Bytes of the line that are before the loop, in steps: within the first step all is well.
        loops.iter().map(|&(head, weight)| weight * u64::from((start + head) % LINE / STEP)).sum()
    };
    if loops.is_empty() { None } else { (0..LINE).step_by(STEP as usize).min_by_key(|&start| cost(start)) }
}

/// Bytes after code that ends at `end` so that what follows begins `start` bytes after the start of a line.
pub(crate) fn padding(end: u64, start: u32) -> u64 {
    (u64::from(start) + u64::from(LINE) - end % u64::from(LINE)) % u64::from(LINE)
}

/// The loops of a function, each as the offsets of its head and of the last block that goes back to it: the edges to a
/// block from which the search for blocks came. (Not all that go backwards are: what seldom happens stands after the end.)
fn loops(starts: &[u32], edges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let block = |offset: u32| starts.binary_search(&offset).ok();
    let mut targets = vec![Vec::new(); starts.len()];
    for &(from, to) in edges {
        if let (Some(from), Some(to)) = (block(from), block(to)) {
            targets[from].push(to);
        }
    }
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        OnPath,
        Left,
    }
    let mut seen = vec![Seen::No; starts.len()];
    let mut found = Vec::new();
    let mut path = Vec::new();
    if !starts.is_empty() {
        seen[0] = Seen::OnPath;
        path.push((0, 0));
    }
    while let Some((block, next)) = path.last_mut() {
        let Some(&target) = targets[*block].get(*next) else {
            seen[*block] = Seen::Left;
            path.pop();
            continue;
        };
        *next += 1;
        match seen[target] {
            Seen::No => {
                seen[target] = Seen::OnPath;
                path.push((target, 0));
            }
            Seen::OnPath => found.push((starts[target], starts[*block])),
            Seen::Left => {}
        }
    }
    // Several ways back make one loop.
    found.sort_unstable_by_key(|&(head, last)| (head, std::cmp::Reverse(last)));
    found.dedup_by_key(|&mut (head, _)| head);
    found
}

/// The heads of loops, sorted by them, with how much each counts.
fn weighted(loops: Vec<(u32, u32)>) -> Vec<(u32, u64)> {
    let mut around: Vec<u32> = Vec::new();
    let mut weighted = Vec::new();
    for (head, last) in loops {
        while around.last().is_some_and(|&end| end < head) {
            around.pop();
        }
        around.push(last);
        weighted.push((head, DEEPER.pow(around.len().min(DEEPEST) as u32)));
    }
    weighted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks at 0 (entry), 20 (outer head), 40 (inner head), 70 (exit), 90 (a slow path from 40 back to 50).
    const STARTS: [u32; 6] = [0, 20, 40, 50, 70, 90];
    const EDGES: [(u32, u32); 8] =
        [(0, 20), (20, 40), (40, 50), (40, 90), (90, 50), (50, 40), (50, 20), (20, 70)];

    #[test]
    fn ways_back_are_loops_and_slow_paths_are_not() {
        assert_eq!(loops(&STARTS, &EDGES), [(20, 50), (40, 50)]);
        assert_eq!(loops(&[], &[]), []);
        assert_eq!(loops(&[0], &[(0, 0)]), [(0, 0)]);
    }

    #[test]
    fn inner_loops_count_more() {
        assert_eq!(weighted(vec![(20, 50), (40, 50), (60, 70)]), [(20, 8), (40, 64), (60, 8)]);
        // Not all the way back are in order.
        assert_eq!(
            weighted(vec![(0, 100), (10, 20), (30, 40), (110, 120)]),
            [(0, 8), (10, 64), (30, 64), (110, 8)]
        );
    }

    #[test]
    fn padding_reaches_the_place() {
        for end in 0..200 {
            for start in [0, 16, 32, 48] {
                let begin = end + padding(end, start);
                assert_eq!(begin % 64, u64::from(start));
                assert!(begin - end < 64);
            }
        }
    }
}
