//! The order in which diagnostics are shown.

use std::collections::HashSet;

use crate::Diagnostic;

/// Sorts by file in load order, then by span; identical diagnostics stay once. Those without a file come first;
/// of several at one place the first reported comes first.
pub fn sort_and_dedupe(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.file, diagnostic.span));
    let mut seen = HashSet::with_capacity(diagnostics.len());
    let first: Vec<bool> = diagnostics.iter().map(|diagnostic| seen.insert(diagnostic)).collect();
    let mut keep = first.into_iter();
    diagnostics.retain(|_| keep.next().unwrap_or(true));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileId, Span, codes};

    #[test]
    fn by_file_then_span_and_once() {
        let at = |file, start, message: &str| {
            Diagnostic::error(codes::UNKNOWN_NAME, FileId(file), Span::new(start, start + 1), message)
        };
        let nowhere = Diagnostic { file: None, ..at(0, 0, "cycle") };
        let mut list =
            vec![at(1, 0, "c"), at(0, 9, "b"), at(0, 2, "y"), at(0, 2, "x"), at(0, 2, "y"), nowhere];
        sort_and_dedupe(&mut list);
        let messages: Vec<&str> = list.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(messages, ["cycle", "y", "x", "b", "c"]);
    }
}
