//! Folding ranges: blocks, brackets over several lines, runs of comments, the imports.

use fuse_diagnostics::FileId;
use fuse_syntax::{TokenKind, ast, lex};
use lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams};

use super::{Parsed, target};
use crate::text::Text;
use crate::workspace::Workspace;

pub(crate) fn answer(workspace: &Workspace, params: &FoldingRangeParams) -> Vec<FoldingRange> {
    let Some(target) = target(workspace, &params.text_document.uri) else { return Vec::new() };
    let mut ranges = blocks(&target.text);
    ranges.extend(comments(&target.text));
    ranges.extend(imports(&target.text));
    ranges.sort_by_key(|range| (range.start_line, range.end_line));
    ranges.dedup_by_key(|range| (range.start_line, range.end_line));
    ranges
}

fn fold(start: usize, end: usize, kind: Option<FoldingRangeKind>) -> Option<FoldingRange> {
    let (start_line, end_line) = (start as u32, end as u32);
    (end > start).then(|| FoldingRange { start_line, end_line, kind, ..FoldingRange::default() })
}

/// Blocks from the line of their head, and brackets from the line where they open.
fn blocks(text: &Text) -> Vec<FoldingRange> {
    let lexed = lex(text.as_str(), FileId(0));
    let mut ranges = Vec::new();
    let mut open = Vec::new();
    // The lines of the last token with a text, and of the one before the line break at hand.
    let mut last = 0;
    for token in &lexed.tokens {
        match token.kind {
            TokenKind::Indent => open.push((token.kind, last)),
            TokenKind::Dedent => {
                if let Some((_, start)) = open.pop() {
                    ranges.extend(fold(start, last, None));
                }
            }
            kind if kind.closer().is_some() => {
                open.push((kind, text.line(token.start)));
                last = text.line(token.start);
            }
            kind if kind.is_closer() => {
                if let Some((_, start)) = open.pop() {
                    ranges.extend(fold(start, text.line(token.start).saturating_sub(1), None));
                }
                last = text.line(token.start);
            }
            TokenKind::Newline | TokenKind::Eof => {}
            _ => last = text.line(token.end.saturating_sub(1).max(token.start)),
        }
    }
    ranges
}

fn comments(text: &Text) -> Vec<FoldingRange> {
    let lexed = lex(text.as_str(), FileId(0));
    let own_line = |at: u32| {
        let start = text.line_start(text.line(at)) as usize;
        text.as_str()[start..at as usize].trim().is_empty()
    };
    let lines = lexed.comments.iter().filter(|comment| own_line(comment.span.start));
    runs(lines.map(|comment| text.line(comment.span.start)), 1, FoldingRangeKind::Comment)
}

fn imports(text: &Text) -> Vec<FoldingRange> {
    let parsed = Parsed::new(text);
    let imports = parsed.module.items.iter().filter(|item| matches!(item.kind, ast::ItemKind::Import(_)));
    let lines: Vec<usize> = imports
        .flat_map(|item| text.line(item.span.start)..=text.line(item.span.end.saturating_sub(1)))
        .collect();
    runs(lines.into_iter(), 2, FoldingRangeKind::Imports)
}

/// Runs of lines that follow each other with no more than `gap` between them.
fn runs(lines: impl Iterator<Item = usize>, gap: usize, kind: FoldingRangeKind) -> Vec<FoldingRange> {
    let mut ranges = Vec::new();
    let mut run: Option<(usize, usize)> = None;
    for line in lines {
        run = match run {
            Some((start, end)) if line <= end + gap => Some((start, line.max(end))),
            earlier => {
                ranges.extend(earlier.and_then(|(start, end)| fold(start, end, Some(kind.clone()))));
                Some((line, line))
            }
        };
    }
    ranges.extend(run.and_then(|(start, end)| fold(start, end, Some(kind))));
    ranges
}
