//! The known name that someone probably meant.

/// The candidate with the smallest edit distance to `name`, if that is between 1 and `limit`; of several equally near
/// ones the first.
pub fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
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
    let b: Vec<char> = b.chars().collect();
    let length = a.chars().count();
    if length.abs_diff(b.len()) > limit {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
        if row.iter().all(|&distance| distance > limit) {
            return None;
        }
    }
    row.last().copied().filter(|&distance| distance <= limit)
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
}
