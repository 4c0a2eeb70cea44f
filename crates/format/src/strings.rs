//! Where the strings of a source are.

use std::ops::Range;

use fuse_syntax::{Lexed, TokenKind};

/// The places of all string literals in order, quotes and interpolations included; those inside an interpolation belong to the
/// literal around it.
pub(crate) fn of(lexed: &Lexed) -> Vec<Range<usize>> {
    let mut strings = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for token in &lexed.tokens {
        match token.kind {
            TokenKind::Str if depth == 0 => strings.push(token.start as usize..token.end as usize),
            TokenKind::StrStart => {
                if depth == 0 {
                    start = token.start as usize;
                }
                depth += 1;
            }
            TokenKind::StrEnd => {
                depth -= 1;
                if depth == 0 {
                    strings.push(start..token.end as usize);
                }
            }
            _ => {}
        }
    }
    strings
}
