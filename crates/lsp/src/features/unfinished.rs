//! Texts that somebody is typing: made into something that parses, so that the checker can say what stands at the cursor.

use fuse_diagnostics::{FileId, Span};
use fuse_syntax::{Token, TokenKind, lex};

use crate::text::Text;

/// The word that stands where the cursor is.
pub(crate) const PLACEHOLDER: &str = "fuse_cursor_here";

/// A text with a word at the cursor.
pub(crate) struct Finished {
    pub text: String,
    /// Where the word begins; the text before it is that of the document.
    pub start: u32,
}

/// The word that the cursor is in or behind: up to the cursor, and all of it.
pub(crate) fn word_at(text: &Text, offset: u32) -> (Span, Span) {
    let bytes = text.as_str().as_bytes();
    let part = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let mut start = offset as usize;
    while start > 0 && part(start - 1) {
        start -= 1;
    }
    let mut end = offset as usize;
    while part(end) {
        end += 1;
    }
    (Span::new(start as u32, offset), Span::new(start as u32, end as u32))
}

/// Puts a word at the cursor and closes what is open, if something is.
pub(crate) fn finish(text: &Text, offset: u32) -> Finished {
    let (_, word) = word_at(text, offset);
    let (start, end) = (word.start as usize, word.end as usize);
    let source = text.as_str();
    let whole = format!("{}{PLACEHOLDER}{}", &source[..start], &source[end..]);
    let lexed = lex(&whole, FileId(0));
    let broken = lexed.tokens.iter().any(|token| token.repaired);
    if !broken {
        return Finished { text: whole, start: word.start };
    }
    // The rest of the line is left out, and every bracket that begins on it or was left open is closed.
    let line = text.line(word.start);
    let line_end = text.line_start(line) as usize + text.line_text(line).len();
    let closers = closers(&lexed.tokens, word.start);
    let text = format!("{}{PLACEHOLDER}{closers}{}", &source[..start], &source[line_end.max(end)..]);
    Finished { text, start: word.start }
}

/// What closes the brackets that are open at an offset, the innermost first.
fn closers(tokens: &[Token], offset: u32) -> String {
    let mut open = Vec::new();
    for token in tokens.iter().take_while(|token| token.end <= offset) {
        if token.kind.closer().is_some() || token.kind == TokenKind::StrStart {
            open.push(token.kind);
        } else if (token.kind.is_closer() && !token.repaired) || token.kind == TokenKind::StrEnd {
            open.pop();
        }
    }
    let closer = |kind: &TokenKind| match kind {
        TokenKind::ParenOpen => ")",
        TokenKind::BracketOpen => "]",
        TokenKind::StrStart => "\"",
        _ => "}",
    };
    open.iter().rev().map(closer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_closed() {
        for (text, expected) in [
            ("f(a.b|)\n", "f(a.fuse_cursor_here)\n"),
            ("f(a.|\ng()\n", "f(a.fuse_cursor_here)\ng()\n"),
            ("f([1, {a: |\n", "f([1, {a: fuse_cursor_here}])\n"),
            ("x|y\n", "fuse_cursor_here\n"),
        ] {
            let offset = text.find('|').unwrap() as u32;
            let text = Text::new(text.replace('|', ""));
            assert_eq!(finish(&text, offset).text, expected);
        }
    }
}
