//! The known name that someone probably meant.

/// The candidate with the smallest edit distance to `name`, if that is between 1 and `limit`; of several equally near
/// ones the first.
pub fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    // A name that is missing because of another mistake is empty.
    for candidate in candidates.into_iter().filter(|candidate| !candidate.is_empty()) {
        let bound = best.map_or(limit, |(distance, _)| distance - 1);
        match distance_within(name, candidate, bound) {
            Some(distance) if distance > 0 => best = Some((distance, candidate)),
            _ => {}
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The number of insertions, deletions and replacements of characters between two names, if it is at most `limit`.
fn distance_within(a: &str, b: &str, limit: usize) -> Option<usize> {
    if a.is_ascii() && b.is_ascii() {
        return between(a.as_bytes(), b.as_bytes(), limit);
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    between(&a, &b, limit)
}

/// Skips what the names share at both ends and tries the three edits at the first difference. Names rarely share much, so nearly
/// all pairs are told apart by a few comparisons; `limit` is small, it bounds the depth.
fn between<T: PartialEq>(a: &[T], b: &[T], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    let ([_, rest_a @ ..], [_, rest_b @ ..]) = (a, b) else {
        let distance = a.len().max(b.len());
        return (distance <= limit).then_some(distance);
    };
    let limit = limit.checked_sub(1)?;
    let edits = [between(rest_a, rest_b, limit), between(rest_a, b, limit), between(a, rest_b, limit)];
    edits.into_iter().flatten().min().map(|distance| distance + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_nearest_within_the_limit() {
        let known = ["total", "rate", "tally"];
        assert_eq!(nearest("totl", known, 2), Some("total"));
        assert_eq!(nearest("total", known, 2), None, "the name itself is no suggestion");
        assert_eq!(nearest("tatl", known, 2), Some("total"));
        assert_eq!(nearest("xyz", known, 2), None);
        assert_eq!(nearest("rte", known, 0), None);
        assert_eq!(nearest("grösse", ["größe"], 2), Some("größe"));
        assert_eq!(nearest("", ["ab", "a"], 2), Some("a"));
    }

    #[test]
    fn distances() {
        assert_eq!(distance_within("kitten", "sitting", 3), Some(3));
        assert_eq!(distance_within("kitten", "sitting", 2), None);
        assert_eq!(distance_within("abcdef", "bcdefg", 2), Some(2));
        assert_eq!(distance_within("aab", "aba", 2), Some(2));
        assert_eq!(distance_within("aaaa", "aa", 2), Some(2));
        assert_eq!(distance_within("äb", "ab", 2), Some(1));
        assert_eq!(distance_within("", "", 0), Some(0));
    }
}
