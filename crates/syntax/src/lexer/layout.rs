//! Lines and indentation: NEWLINE, INDENT and DEDENT, and what continues a line.

use fuse_diagnostics::codes;

use super::{Lexer, is_word_byte};
use crate::token::{TokenKind, reserved_word};

/// The blanks before the first token of a line.
#[derive(Clone, Copy)]
struct Indentation {
    line_start: usize,
    column: u32,
    has_tab: bool,
}

impl Lexer<'_> {
    /// The current byte is LF.
    pub(super) fn line_end(&mut self) {
        if self.one_line > 0 {
            self.unterminated_interpolation_at_line_end();
        }
        self.pos += 1;
        self.line += 1;
        self.line_start = self.pos;
        self.line_before = true;
        if self.open.is_empty() { self.start_line() } else { self.continue_in_brackets() }
    }

    /// Outside brackets at the start of a physical line: skips lines without tokens, and emits the layout before the
    /// first token of the next line, if there is one and it does not continue the logical line.
    pub(super) fn start_line(&mut self) {
        let first_comment = self.out.comments.len();
        let Some(indentation) = self.next_line_with_token() else { return };
        if indentation.has_tab {
            let message = "a line is indented with a tab; indentation is made of blanks only".to_owned();
            let end = self.end_of_line(self.pos);
            self.error(codes::TAB_INDENTATION, indentation.line_start, end, message);
            self.hint("`fuse fmt` replaces each tab by two blanks");
        }
        if self.line_has_token && self.continues_line(indentation.column) {
            // A documentation comment between the links of a chain documents nothing.
            for comment in &mut self.out.comments[first_comment..] {
                comment.doc = false;
            }
            return;
        }
        self.end_logical_line();
        self.indent_to(indentation);
    }

    /// Skips blank lines and comment lines; stops at the first token and says how its line is indented.
    fn next_line_with_token(&mut self) -> Option<Indentation> {
        loop {
            let line_start = self.pos;
            let mut column = 0;
            let mut has_tab = false;
            loop {
                match self.bytes.get(self.pos)? {
                    b' ' => column += 1,
                    b'\t' => {
                        // As the formatter would write it.
                        column += 2;
                        has_tab = true;
                    }
                    _ => break,
                }
                self.pos += 1;
            }
            match self.bytes[self.pos] {
                b'\n' => {
                    self.pos += 1;
                    self.line += 1;
                }
                b'\r' if self.peek(1) == b'\n' => self.pos += 1,
                b'#' => {
                    let doc = self.peek(1) == b'#';
                    self.comment(doc);
                }
                _ => {
                    self.line_start = line_start;
                    return Some(Indentation { line_start, column, has_tab });
                }
            }
        }
    }

    /// Whether the first token of a line, at the current byte, continues the line before.
    fn continues_line(&self, column: u32) -> bool {
        match self.bytes[self.pos] {
            b'.' => self.peek(1) != b'.',
            b'?' => {
                let rest = &self.bytes[self.pos + 1..];
                let blanks = rest.iter().take_while(|&&byte| byte == b' ').count();
                match rest.get(blanks) {
                    Some(b'.' | b'[') => true,
                    Some(b'!') => blanks == 0,
                    _ => false,
                }
            }
            b'(' | b'[' => {
                let after_colon = self.out.tokens.last().is_some_and(|last| last.kind == TokenKind::Colon);
                column > self.column() && !after_colon
            }
            _ => false,
        }
    }

    /// The column of the innermost block.
    fn column(&self) -> u32 {
        self.indents.last().copied().unwrap_or(0)
    }

    fn end_logical_line(&mut self) {
        if self.line_has_token {
            let end = self.out.tokens.last().map_or(0, |last| last.end as usize);
            self.emit(TokenKind::Newline, end, end);
            self.line_has_token = false;
        }
    }

    /// Emits INDENT or DEDENTs for a line that begins at the current byte.
    fn indent_to(&mut self, indentation: Indentation) {
        let Indentation { column, has_tab, .. } = indentation;
        if column > self.column() {
            self.indents.push(column);
            self.emit(TokenKind::Indent, self.pos, self.pos);
        }
        while column < self.column() {
            let enclosing = self.indents[self.indents.len() - 2];
            if column > enclosing {
                // Between two columns. The line, and those after it in the same column, are taken as the block's own.
                if !has_tab {
                    self.inconsistent_indentation(column, enclosing);
                }
                let top = self.indents.len() - 1;
                self.indents[top] = column;
                break;
            }
            self.indents.pop();
            self.emit(TokenKind::Dedent, self.pos, self.pos);
        }
        self.line_has_token = false;
    }

    fn inconsistent_indentation(&mut self, column: u32, enclosing: u32) {
        let inner = self.column();
        let message = format!(
            "inconsistent indentation: the line begins after {column} blanks, but the blocks around it after \
             {inner} and {enclosing}"
        );
        self.error(codes::INCONSISTENT_INDENTATION, self.pos, self.pos, message);
        self.hint("all lines of a block begin in the same column");
    }

    /// At the start of a physical line inside brackets. A line that begins with a word that starts a statement or
    /// declaration, and stands no further right than the block (or begins with `let`, `var` or `return`), shows that a
    /// bracket was left open: going on inside it would swallow the rest of the file.
    fn continue_in_brackets(&mut self) {
        let rest = &self.bytes[self.pos..];
        let column = rest.iter().take_while(|&&byte| byte == b' ').count();
        if self.interpolations > 0 {
            return;
        }
        let word = &rest[column..];
        let length = word.iter().take_while(|&&byte| is_word_byte(byte)).count();
        let Some(kind) = reserved_word(&word[..length]) else { return };
        let after = &word[length..];
        let blanks = after.iter().take_while(|&&byte| byte == b' ').count();
        let after_dot = self.out.tokens.last().is_some_and(|last| last.kind == TokenKind::Dot);
        let is_plain = matches!(kind, TokenKind::Let | TokenKind::Var | TokenKind::Return);
        let is_outside = is_plain || column as u32 <= self.column();
        if after_dot || !is_outside || !starts_line(kind, &after[blanks..]) {
            return;
        }
        self.report_open_brackets();
        self.close_all(self.out.tokens.last().map_or(self.pos, |last| last.end as usize), 0);
        self.start_line();
    }

    /// The end of the file.
    pub(super) fn finish(&mut self) {
        let end = self.bytes.len();
        if self.interpolations > 0 {
            self.unterminated_interpolation(end);
        } else {
            self.report_open_brackets();
        }
        self.close_all(end, 0);
        self.end_logical_line();
        for _ in 1..self.indents.len() {
            self.emit(TokenKind::Dedent, end, end);
        }
        self.place_comments();
        self.emit(TokenKind::Eof, end, end);
    }
}

/// Whether a word followed by `after` begins a statement or declaration and cannot be the name of an argument, an
/// operand or a type.
fn starts_line(kind: TokenKind, after: &[u8]) -> bool {
    use TokenKind::*;
    // `type=`, `type:` and `type,` are arguments, labels and names, if wrong ones.
    let is_operand = match after.first() {
        Some(b'=') => after.get(1) != Some(&b'='),
        Some(b':') => kind != Transaction,
        Some(b',' | b'.' | b')' | b']' | b'}') => true,
        _ => false,
    };
    if is_operand {
        return false;
    }
    match kind {
        Fn => after.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_'),
        App | Break | Component | Config | Continue | Enum | For | If | Impl | Import | Interface | Let
        | Match | Migration | Requires | Return | Service | Test | Transaction | Type | Var | While => true,
        _ => false,
    }
}
