//! Brackets: matching, and repairing what does not match.

use fuse_diagnostics::codes;

use super::Lexer;
use crate::token::TokenKind;

/// So many unclosed brackets are reported at one place.
const MOST_REPORTED: usize = 8;

/// An open bracket or interpolation.
#[derive(Clone, Copy)]
pub(super) struct Open {
    /// The kind of the opening token.
    pub kind: TokenKind,
    /// The offset of the opening token.
    pub start: usize,
    /// The index of the opening token.
    pub token: usize,
    /// The number of its line.
    pub line: u32,
    /// For an interpolation: whether its string has three quotes.
    pub triple: bool,
    /// For an interpolation: whether it is counted in `one_line`.
    pub one_line: bool,
    /// For an interpolation: the counts around it.
    counts: [u32; 3],
    /// For an interpolation: how many diagnostics there were before it.
    pub diagnostics: usize,
}

impl Lexer<'_> {
    pub(super) fn open_bracket(&mut self, kind: TokenKind) {
        self.push_open(kind, 1, false);
    }

    /// Emits an opening token of `length` bytes at the current byte and notes it as open.
    pub(super) fn push_open(&mut self, kind: TokenKind, length: usize, triple: bool) {
        let start = self.pos;
        self.open.push(Open {
            kind,
            start,
            token: self.out.tokens.len(),
            line: self.line,
            triple,
            one_line: kind == TokenKind::InterpolationStart && !triple,
            counts: self.counts,
            diagnostics: self.out.diagnostics.len(),
        });
        match count_index(kind) {
            Some(index) => self.counts[index] += 1,
            None => {
                self.counts = [0; 3];
                self.interpolations += 1;
                self.one_line += u32::from(!triple);
            }
        }
        self.emit(kind, start, start + length);
        self.pos += length;
    }

    pub(super) fn pop_open(&mut self) -> Option<Open> {
        let open = self.open.pop()?;
        match count_index(open.kind) {
            Some(index) => self.counts[index] -= 1,
            None => {
                self.counts = open.counts;
                self.interpolations -= 1;
                self.one_line -= u32::from(open.one_line);
            }
        }
        Some(open)
    }

    pub(super) fn close_bracket(&mut self, kind: TokenKind) {
        let start = self.pos;
        match self.open.last().copied() {
            Some(top) if top.kind.closer() == Some(kind) => {
                self.pop_open();
                self.pos += 1;
                self.emit(kind, start, start + 1);
            }
            Some(top) if top.kind == TokenKind::InterpolationStart && kind == TokenKind::BraceClose => {
                self.pop_open();
                self.pos += 1;
                self.emit(TokenKind::InterpolationEnd, start, start + 1);
                self.string_after_interpolation(top.triple);
            }
            top => self.unmatched(kind, top),
        }
    }

    /// A closing bracket that does not fit the innermost open one.
    fn unmatched(&mut self, kind: TokenKind, top: Option<Open>) {
        let (start, end) = (self.pos, self.pos + 1);
        self.pos = end;
        let Some(top) = top else {
            let message = format!("{} closes no bracket", kind.describe());
            self.error(codes::UNMATCHED_BRACKET, start, end, message);
            return self.emit_repaired(TokenKind::Error, start, end);
        };
        if self.swapped.take() == Some((kind, self.line_start)) && top.kind != TokenKind::InterpolationStart {
            return self.close_top_as_expected(start, end);
        }
        let open_line = top.line;
        let (open_text, close_text) = (top.kind.describe(), closer_text(top.kind));
        let message = format!(
            "{} does not close {open_text} of line {open_line}; {close_text} is expected",
            kind.describe()
        );
        self.error(codes::UNMATCHED_BRACKET, start, end, message);
        if kind == TokenKind::BraceClose && self.interpolations > 0 && self.counts[2] == 0 {
            self.pos = start;
            return self.close_interpolation_early();
        }
        // Without the counts, the search could take quadratic time.
        let has_partner = count_index(kind).is_some_and(|index| self.counts[index] > 0);
        if let Some(expected) = top.kind.closer()
            && self.comes_soon(expected)
        {
            if !has_partner || self.comes_soon(kind) {
                return self.emit_repaired(TokenKind::Error, start, end);
            }
            // Two are swapped, as in `(a[0)]`: each is taken for the other.
            self.swapped = Some((expected, self.line_start));
            return self.close_top_as_expected(start, end);
        }
        let partner = has_partner
            .then(|| self.open.iter().rposition(|open| open.kind.closer() == Some(kind)))
            .flatten();
        match partner {
            Some(partner) => {
                self.close_all(start, partner + 1);
                self.out.tokens[self.open[partner].token].repaired = true;
                self.pop_open();
                self.emit(kind, start, end);
            }
            _ if top.kind == TokenKind::InterpolationStart => {
                self.emit_repaired(TokenKind::Error, start, end);
            }
            _ => self.close_top_as_expected(start, end),
        }
    }

    /// Takes a wrong closing bracket for the one that is expected.
    fn close_top_as_expected(&mut self, start: usize, end: usize) {
        if let Some(top) = self.pop_open()
            && let Some(expected) = top.kind.closer()
        {
            self.out.tokens[top.token].repaired = true;
            self.emit_repaired(expected, start, end);
        }
    }

    /// Whether a closing bracket seems to stand later on this line.
    fn comes_soon(&self, closer: TokenKind) -> bool {
        /// Far enough for ordinary lines; without a bound the search could take quadratic time.
        const FAR: usize = 200;
        let wanted = match closer {
            TokenKind::ParenClose => b')',
            TokenKind::BracketClose => b']',
            _ => b'}',
        };
        let rest = self.bytes[self.pos..].iter().take(FAR);
        rest.take_while(|&&byte| byte != b'\n').any(|&byte| byte == wanted)
    }

    /// The current byte is the `}` of an interpolation in which brackets are still open; that has been reported.
    fn close_interpolation_early(&mut self) {
        let (start, end) = (self.pos, self.pos + 1);
        let Some(index) = self.open.iter().rposition(|open| open.kind == TokenKind::InterpolationStart)
        else {
            return;
        };
        let interpolation = self.open[index];
        self.close_all(start, index + 1);
        self.out.tokens[interpolation.token].repaired = true;
        self.pop_open();
        self.emit(TokenKind::InterpolationEnd, start, end);
        self.pos = end;
        self.string_after_interpolation(interpolation.triple);
    }

    /// Reports the open brackets, the innermost ones if there are very many.
    pub(super) fn report_open_brackets(&mut self) {
        let first = self.open.len().saturating_sub(MOST_REPORTED);
        for index in first..self.open.len() {
            let open = self.open[index];
            let message = format!("{} is never closed", open.kind.describe());
            self.error(codes::UNCLOSED_BRACKET, open.start, open.start + 1, message);
            self.hint(&format!("{} is missing", closer_text(open.kind)));
        }
    }

    /// Closes all but the `keep` outermost open brackets and interpolations by made-up tokens at `at`.
    pub(super) fn close_all(&mut self, at: usize, keep: usize) {
        while self.open.len() > keep
            && let Some(open) = self.pop_open()
        {
            self.out.tokens[open.token].repaired = true;
            if let Some(closer) = open.kind.closer() {
                self.emit_repaired(closer, at, at);
            }
            if open.kind == TokenKind::InterpolationStart {
                self.emit_repaired(TokenKind::StrEnd, at, at);
            }
        }
    }

    /// Closes the brackets opened on the line of `at` if the text from `at` to the end of the line, which an unclosed
    /// string or interpolation has swallowed, holds a closing bracket: it was swallowed too.
    pub(super) fn close_swallowed(&mut self, at: usize, end: usize) {
        if !self.bytes[at..end].iter().any(|byte| matches!(byte, b')' | b']' | b'}')) {
            return;
        }
        let line = self.bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |lf| lf + 1);
        let keep = self
            .open
            .iter()
            .rposition(|open| open.start < line || open.kind == TokenKind::InterpolationStart);
        self.close_all(end, keep.map_or(0, |keep| keep + 1));
    }
}

/// The index of a bracket's kind in the counts; `None` for interpolations.
fn count_index(kind: TokenKind) -> Option<usize> {
    match kind {
        TokenKind::ParenOpen | TokenKind::ParenClose => Some(0),
        TokenKind::BracketOpen | TokenKind::BracketClose => Some(1),
        TokenKind::BraceOpen | TokenKind::BraceClose => Some(2),
        _ => None,
    }
}

fn closer_text(open: TokenKind) -> &'static str {
    match open {
        TokenKind::InterpolationStart => "`}`",
        _ => open.closer().map_or("nothing", TokenKind::describe),
    }
}
