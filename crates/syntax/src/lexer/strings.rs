//! String literals and their interpolations.

use fuse_diagnostics::codes;

use super::Lexer;
use crate::token::TokenKind;

/// Where a run of string text ends.
enum Stop {
    /// At the closing quotes.
    Quotes,
    /// At `${`.
    Interpolation,
    /// At the end of the line or file, which is an error.
    End,
}

impl Lexer<'_> {
    /// A string begins at the current byte.
    pub(super) fn string(&mut self) {
        let start = self.pos;
        let triple = self.peek(1) == b'"' && self.peek(2) == b'"';
        let quotes = if triple { 3 } else { 1 };
        self.pos += quotes;
        let text = self.pos;
        match self.string_text(triple) {
            Stop::Quotes => {
                self.pos += quotes;
                self.emit(TokenKind::Str, start, self.pos);
            }
            Stop::Interpolation => {
                self.emit(TokenKind::StrStart, start, text);
                self.interpolation(text, triple);
            }
            Stop::End => {
                if !self.ends_outer_string(start, triple) {
                    self.emit_repaired(TokenKind::Str, start, self.pos);
                    self.unterminated_string(start, triple);
                }
            }
        }
    }

    /// The current byte follows the `}` of an interpolation.
    pub(super) fn string_after_interpolation(&mut self, triple: bool) {
        let text = self.pos;
        match self.string_text(triple) {
            Stop::Quotes => {
                self.emit_text(text);
                let quotes = if triple { 3 } else { 1 };
                self.pos += quotes;
                self.emit(TokenKind::StrEnd, self.pos - quotes, self.pos);
            }
            Stop::Interpolation => self.interpolation(text, triple),
            Stop::End => {
                self.emit_text(text);
                let start = self.start_of_string();
                self.emit_repaired(TokenKind::StrEnd, self.pos, self.pos);
                self.unterminated_string(start, triple);
            }
        }
    }

    /// Emits the text before an interpolation and the `${` at the current byte.
    fn interpolation(&mut self, text: usize, triple: bool) {
        self.emit_text(text);
        self.push_open(TokenKind::InterpolationStart, 2, triple);
    }

    fn emit_text(&mut self, start: usize) {
        if start < self.pos {
            self.emit(TokenKind::StrText, start, self.pos);
        }
    }

    /// Moves to the end of a run of text.
    fn string_text(&mut self, triple: bool) -> Stop {
        while let Some(&byte) = self.bytes.get(self.pos) {
            match byte {
                b'"' if !triple || (self.peek(1) == b'"' && self.peek(2) == b'"') => return Stop::Quotes,
                b'$' if self.peek(1) == b'{' => return Stop::Interpolation,
                // The escaped character is the next one; a line end is never escaped in a one-line string.
                b'\\' if !matches!(self.peek(1), b'\n' | b'\r' | 0) => self.pos += 2,
                b'\n' if !triple || self.one_line > 0 => return Stop::End,
                b'\n' => {
                    self.pos += 1;
                    self.line += 1;
                }
                b'\r' if self.peek(1) == b'\n' && (!triple || self.one_line > 0) => return Stop::End,
                _ => self.pos += 1,
            }
        }
        Stop::End
    }

    /// The offset of the string whose last part has just been read: its start is the last one without an end.
    fn start_of_string(&self) -> usize {
        let mut depth = 0;
        for token in self.out.tokens.iter().rev() {
            match token.kind {
                TokenKind::StrEnd => depth += 1,
                TokenKind::StrStart if depth == 0 => return token.start as usize,
                TokenKind::StrStart => depth -= 1,
                _ => {}
            }
        }
        self.pos
    }

    /// A string that ends nowhere and stands in an interpolation: its quotes are more likely those of the string
    /// around it, whose interpolation lacks the brace. If so, reports that and goes on after the quotes.
    fn ends_outer_string(&mut self, start: usize, triple: bool) -> bool {
        let Some(index) = self.open.iter().rposition(|open| open.kind == TokenKind::InterpolationStart)
        else {
            return false;
        };
        // Once for each line (or file): reading it again and again would take quadratic time.
        if self.open[index].triple != triple || start < self.reread_until {
            return false;
        }
        self.reread_until = self.pos.max(start + 1);
        self.line -= self.bytes[start..self.pos].iter().filter(|&&byte| byte == b'\n').count() as u32;
        self.unterminated_interpolation(start);
        self.close_interpolation(index, start);
        self.pos = start + if triple { 3 } else { 1 };
        true
    }

    /// Closes the interpolation at `index` of the stack, and its string, by made-up tokens at `at`.
    fn close_interpolation(&mut self, index: usize, at: usize) {
        self.close_all(at, index);
        // What follows on the line may make no sense: the parser shall not complain about it.
        self.emit_repaired(TokenKind::Error, at, at);
    }

    /// The string that begins at `start` has no end before the current byte.
    fn unterminated_string(&mut self, start: usize, triple: bool) {
        let end = self.pos;
        if triple && self.one_line > 0 {
            // The line ends inside a one-line string's interpolation.
            return;
        }
        if !triple {
            self.forget_characters(start);
        }
        let message = "a string is not terminated";
        self.error(codes::UNTERMINATED_STRING, start, end, message.to_owned());
        self.hint(if triple {
            "`\"\"\"` is missing"
        } else {
            "`\"` is missing at its end; a text of several lines stands between `\"\"\"`"
        });
        if !triple {
            self.close_one_line_strings(end);
            self.close_swallowed(start, end);
        } else {
            self.close_all(end, 0);
        }
    }

    /// The string at `start` is not terminated. If there are others before it on its line, a quote may be missing
    /// there, and characters reported in between are text.
    fn forget_characters(&mut self, start: usize) {
        let line_start = self.line_start as u32;
        let tokens = self.out.tokens.iter().rev().skip_while(|token| token.start >= start as u32);
        let first = tokens
            .take_while(|token| token.start >= line_start)
            .filter(|token| matches!(token.kind, TokenKind::Str | TokenKind::StrEnd))
            .last();
        let Some(first) = first.copied() else { return };
        let is_text = |diagnostic: &fuse_diagnostics::Diagnostic| {
            diagnostic.code == codes::UNEXPECTED_CHARACTER && diagnostic.span.start >= first.end
        };
        while self.out.diagnostics.last().is_some_and(is_text) {
            self.out.diagnostics.pop();
        }
    }

    /// A line ends inside an interpolation of a one-line string.
    pub(super) fn unterminated_interpolation_at_line_end(&mut self) {
        let end = if self.pos > 0 && self.bytes[self.pos - 1] == b'\r' { self.pos - 1 } else { self.pos };
        let goes_on = self.interpolation_goes_on();
        let start = self.unterminated_interpolation(end);
        if goes_on {
            // It only has line ends where it must not; everything else may be right.
            self.open.iter_mut().for_each(|open| open.one_line = false);
            self.one_line = 0;
            return;
        }
        self.close_one_line_strings(end);
        self.close_swallowed(start.min(end), end);
    }

    /// At a line end inside an interpolation of a one-line string: whether a bracket is open in it, and it and the
    /// interpolation are closed soon.
    fn interpolation_goes_on(&self) -> bool {
        const SOON: usize = 1000;
        let depth = self.open.iter().rev().take_while(|open| open.kind != TokenKind::InterpolationStart);
        let mut depth = depth.take(SOON).count();
        if depth == 0 {
            return false;
        }
        for byte in self.bytes[self.pos..].iter().take(SOON) {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b'}' if depth == 0 => return true,
                b')' | b']' | b'}' if depth > 0 => depth -= 1,
                b')' | b']' | b'"' | b'#' => return false,
                _ => {}
            }
        }
        false
    }

    /// Reports the innermost interpolation as unterminated, instead of whatever has been reported inside it; returns
    /// its start.
    pub(super) fn unterminated_interpolation(&mut self, end: usize) -> usize {
        let innermost =
            self.open.iter().rev().copied().find(|open| open.kind == TokenKind::InterpolationStart);
        let Some(open) = innermost else { return end };
        self.out.diagnostics.truncate(open.diagnostics);
        let message = "an interpolation `${` is not terminated".to_owned();
        self.error(codes::UNTERMINATED_INTERPOLATION, open.start, end, message);
        self.hint("`}` is missing; a plain `${` is written `\\${`");
        open.start
    }

    /// Closes everything down to the outermost one-line string that is open.
    fn close_one_line_strings(&mut self, at: usize) {
        let outermost =
            self.open.iter().position(|open| open.kind == TokenKind::InterpolationStart && !open.triple);
        if let Some(outermost) = outermost {
            self.close_all(at, outermost);
        }
    }
}
