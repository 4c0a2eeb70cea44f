//! Text in single quotes: not FUSE, but often pasted. It becomes a string.

use std::borrow::Cow;

use fuse_diagnostics::FileId;
use fuse_syntax::{TokenKind, lex};

use crate::strings;

/// The source with text in single quotes outside comments and strings put into double quotes, if it contains neither these nor
/// a backslash.
pub(crate) fn repaired(source: &str, file: FileId) -> Cow<'_, str> {
    if !source.contains('\'') {
        return Cow::Borrowed(source);
    }
    let lexed = lex(source, file);
    let strings = strings::of(&lexed);
    let mut strings = strings.iter().peekable();
    let mut out = String::new();
    let mut copied = 0;
    // What the lexer cannot read is one token, from quote to quote.
    for token in lexed.tokens.iter().filter(|token| token.kind == TokenKind::Error) {
        let (start, end) = (token.start as usize, token.end as usize);
        while strings.next_if(|string| string.end <= start).is_some() {}
        let is_inside = strings.peek().is_some_and(|string| string.start < start);
        let Some(text) = quoted(&source[start..end]).filter(|_| !is_inside) else { continue };
        out.push_str(&source[copied..start]);
        out.extend(["\"", text, "\""]);
        copied = end;
    }
    out.push_str(&source[copied..]);
    Cow::Owned(out)
}

/// The text between single quotes, if it can stand between double ones.
fn quoted(token: &str) -> Option<&str> {
    let text = token.strip_prefix('\'')?.strip_suffix('\'')?;
    (!text.contains(['"', '\\'])).then_some(text)
}
