//! Capabilities that are missing.

use fuse_diagnostics::{Diagnostic, Span};

use super::{Action, Request};

/// The order in which they are written.
const ORDER: [&str; 4] = ["db", "network", "time", "crypto"];

pub(super) fn actions(request: &mut Request<'_>, finding: &Diagnostic) -> Vec<Action> {
    let named = |word: &&str| finding.notes.iter().any(|note| note.contains(&format!("`requires {word}`")));
    let Some(word) = ORDER.iter().copied().find(|word| named(word)) else { return Vec::new() };
    let rank = |word: &str| ORDER.iter().position(|known| *known == word).unwrap_or(ORDER.len());
    let declared = &request.parsed.module.requires;
    let later = declared.iter().find(|requires| {
        let first = requires.capabilities.first();
        first.is_some_and(|first| rank(request.parsed.name(first.name)) > rank(word))
    });
    let text = request.text();
    let at = match (later, declared.last()) {
        (Some(later), _) => text.line_start(text.line(later.span.start)),
        (None, Some(last)) => text.line_start(text.line(last.span.end) + 1),
        (None, None) => 0,
    };
    let unended = at > 0 && !text.as_str()[..at as usize].ends_with('\n');
    let line = format!("{}requires {word}\n", if unended { "\n" } else { "" });
    vec![request.action(format!("Add requires {word}"), Span::empty(at), line)]
}
