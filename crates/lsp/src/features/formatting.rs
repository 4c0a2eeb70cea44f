//! Formatting (toolchain reference 14.16).

use fuse_diagnostics::{FileId, Span};
use lsp_types::{DocumentFormattingParams, TextEdit};

use super::target;
use crate::workspace::Workspace;

/// One edit from the first to the last difference; none if the document does not parse or is formatted.
pub(crate) fn answer(workspace: &Workspace, params: &DocumentFormattingParams) -> Vec<TextEdit> {
    let Some(target) = target(workspace, &params.text_document.uri) else { return Vec::new() };
    let old = target.text.as_str();
    let Ok(new) = fuse_format::format(old, FileId(0)) else { return Vec::new() };
    if new == old {
        return Vec::new();
    }
    let (start, end) = difference(old, &new);
    let span = Span::new(start as u32, (old.len() - end) as u32);
    vec![TextEdit::new(target.text.range(span, workspace.encoding), new[start..new.len() - end].to_owned())]
}

/// How many bytes two texts share at their beginning and at their end, on line boundaries.
fn difference(old: &str, new: &str) -> (usize, usize) {
    let same = old.bytes().zip(new.bytes()).take_while(|(old, new)| old == new).count();
    let start = old[..floor(old, same)].rfind('\n').map_or(0, |at| at + 1);
    let most = old.len().min(new.len()) - start;
    let back =
        old.bytes().rev().zip(new.bytes().rev()).take(most).take_while(|(old, new)| old == new).count();
    // The shared end begins with a whole line, unless it is a part of one that nothing changes before it.
    let tail = &old[old.len() - back..];
    let end = tail.as_bytes().iter().position(|&byte| byte == b'\n').map_or(0, |at| back - at - 1);
    (start, end)
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn only_lines_that_differ_are_replaced() {
        for (old, new, middle) in [
            ("a\nb \nc\n", "a\nb\nc\n", "b\n"),
            ("a\n\n\nb\n", "a\n\nb\n", "b\n"),
            ("x", "x\n", "x\n"),
            ("ö \nä", "ö\nä\n", "ö\nä\n"),
        ] {
            let (start, end) = difference(old, new);
            assert_eq!(&new[start..new.len() - end], middle, "{old:?}");
            assert_eq!(format!("{}{middle}{}", &old[..start], &old[old.len() - end..]), new);
        }
    }
}
