//! Finding firm ground after an error.

use super::Parser;
use crate::token::TokenKind::{self, *};

impl Parser<'_> {
    /// Ends the panic: what follows can be judged again.
    pub(super) fn calm(&mut self) {
        self.panicking = false;
    }

    /// Takes an opening bracket; says whether the lexer had to repair its closing one. What stands inside a repaired
    /// pair is parsed, but not judged: nobody knows what belongs to it, so an expression becomes an `Error` node.
    pub(super) fn open_bracket(&mut self) -> bool {
        let repaired = self.bump().repaired;
        self.quiet += u32::from(repaired);
        repaired
    }

    /// Takes the closing bracket of `open_bracket`, after skipping what does not belong before it.
    pub(super) fn close_bracket(&mut self, closer: TokenKind, repaired: bool) {
        if !self.at(closer) && !self.panicking {
            self.unexpected(closer.describe());
        }
        self.skip_in_brackets(false);
        self.calm();
        self.quiet -= u32::from(repaired);
        if self.at(closer) {
            let token = self.bump();
            // An empty one was made up: what follows on the line may belong inside the bracket.
            self.panicking = token.repaired && token.start == token.end;
        }
    }

    /// Skips to the next comma (if asked) or the closing token of the innermost bracket.
    pub(super) fn skip_in_brackets(&mut self, stop_at_comma: bool) {
        let mut depth = 0_u32;
        loop {
            match self.kind() {
                Eof | Newline => return,
                Comma if depth == 0 && stop_at_comma => return,
                kind if kind.closer().is_some() => depth += 1,
                kind if kind.is_closer() => {
                    if depth == 0 {
                        return;
                    }
                    depth -= 1;
                }
                _ => {}
            }
            self.bump();
        }
    }

    /// Parses comma-separated elements up to (not including) the closing token. A trailing comma is allowed. An error
    /// in an element is over at the next comma.
    pub(super) fn elements<T>(
        &mut self,
        closer: TokenKind,
        mut element: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        let mut elements = Vec::new();
        while !self.at(closer) && !self.at(Eof) {
            elements.push(element(self));
            if !self.panicking && !self.at(Comma) && !self.at(closer) {
                self.unexpected(match closer {
                    ParenClose => "`,` or `)`",
                    BracketClose => "`,` or `]`",
                    _ => "`,` or `}`",
                });
            }
            if self.panicking {
                self.skip_in_brackets(true);
                self.calm();
            }
            if !self.eat(Comma) {
                break;
            }
        }
        elements
    }

    /// The end of a line: takes NEWLINE. After an error skips to it, and over the block that may follow.
    pub(super) fn end_line(&mut self) {
        if !self.panicking {
            if self.eat(Newline) {
                return;
            }
            if matches!(self.kind(), Dedent | Eof) {
                return;
            }
            self.unexpected("the end of the line");
        }
        self.skip_line();
        self.skip_block();
        self.calm();
    }

    /// Skips to the end of the line and takes NEWLINE.
    pub(super) fn skip_line(&mut self) {
        while !matches!(self.kind(), Newline | Indent | Dedent | Eof) {
            self.bump();
        }
        self.eat(Newline);
    }

    /// Skips an indented block, if one begins here.
    pub(super) fn skip_block(&mut self) {
        if !self.at(Indent) {
            return;
        }
        let mut depth = 0_u32;
        loop {
            match self.kind() {
                Indent => depth += 1,
                Dedent => depth -= 1,
                Eof => return,
                _ => {}
            }
            self.bump();
            if depth == 0 {
                return;
            }
        }
    }

    /// Skips to the next top-level declaration.
    pub(super) fn skip_to_declaration(&mut self) {
        // What is left of the current line, with its block.
        while !matches!(self.kind(), Newline | Indent | Dedent | Eof) {
            self.bump();
        }
        loop {
            match self.kind() {
                Newline | Dedent => {
                    self.bump();
                }
                Indent => self.skip_block(),
                Eof => break,
                kind if starts_declaration(kind) => break,
                _ => self.skip_line(),
            }
        }
        self.calm();
    }
}

/// Whether a token begins a top-level declaration.
pub(super) fn starts_declaration(kind: TokenKind) -> bool {
    matches!(
        kind,
        Requires
            | Import
            | Type
            | Enum
            | Interface
            | Impl
            | Fn
            | Component
            | Service
            | Config
            | App
            | Migration
            | Test
    )
}
