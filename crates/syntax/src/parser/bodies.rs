//! What follows a header: suites, blocks and indented lists of entries.

use fuse_diagnostics::{Diagnostic, Span, codes};

use super::Parser;
use crate::ast::{Block, Stmt, StmtKind};
use crate::token::TokenKind::*;

impl Parser<'_> {
    /// The `:` that opens a body. If it is missing but the body can be found, that is used after the report.
    pub(super) fn colon(&mut self) -> Option<Span> {
        if !self.panicking && self.at(Colon) {
            return Some(self.take_span());
        }
        if !self.panicking {
            self.unexpected("`:`");
        }
        // The header is broken. A `:` at the end of the line, or an indented line after it, is still its body.
        loop {
            match self.kind() {
                Colon if self.nth(1) == Newline => {
                    self.calm();
                    return Some(self.take_span());
                }
                Newline if self.nth(1) == Indent => {
                    self.calm();
                    return Some(Span::empty(self.start()));
                }
                Newline | Indent | Dedent | Eof => return None,
                kind if kind.closer().is_some() => {
                    self.bump();
                    self.skip_in_brackets(false);
                    self.bump();
                }
                _ => {
                    self.bump();
                }
            }
        }
    }

    /// `:` and an indented block, or one simple statement on the same line. Takes the end of the line.
    pub(super) fn suite(&mut self) -> Block {
        let Some(colon) = self.colon() else {
            let span = Span::empty(self.start());
            self.end_line();
            return Block { stmts: Vec::new(), colon: span, inline: false, span };
        };
        if self.at(Newline) {
            return self.block(colon);
        }
        let stmt = self.inline_statement();
        let span = stmt.span;
        Block { stmts: vec![stmt], colon, inline: true, span }
    }

    /// A simple statement on the line of its header.
    fn inline_statement(&mut self) -> Stmt {
        let start = self.start();
        if matches!(self.kind(), If | Match | For | While | Transaction) {
            let word = self.kind().describe();
            let message = format!(
                "expected a simple statement after `:` on the same line, found the reserved word {word}"
            );
            let span = self.span_of(self.token());
            self.panic(
                Diagnostic::error(codes::UNEXPECTED_TOKEN, self.file, span, message)
                    .hint("put it on a line of its own, indented"),
            );
            self.end_line();
            return Stmt { kind: StmtKind::Error, span: self.span_from(start) };
        }
        if !self.enter() {
            self.end_line();
            return Stmt { kind: StmtKind::Error, span: self.span_from(start) };
        }
        let stmt = self.statement();
        self.leave();
        stmt
    }

    /// The indented block after a header's `:`; the current token is the NEWLINE.
    fn block(&mut self, colon: Span) -> Block {
        let start = self.start();
        if !self.enter() {
            self.end_line();
            return Block { stmts: Vec::new(), colon, inline: false, span: Span::empty(start) };
        }
        let stmts = self.indented(colon, Self::statement);
        self.leave();
        let span = match (stmts.first(), stmts.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => Span::empty(colon.end),
        };
        Block { stmts, colon, inline: false, span }
    }

    /// NEWLINE INDENT, one or more entries, DEDENT. Each entry takes its line end. An indented line among the entries
    /// is reported and taken as an entry.
    pub(super) fn indented<T>(&mut self, colon: Span, mut entry: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut entries = Vec::new();
        if !self.eat(Newline) || !self.at(Indent) {
            let message = "a block is missing: `:` is followed by no indented line";
            self.report(
                Diagnostic::error(codes::MISSING_BLOCK, self.file, colon, message)
                    .hint("indent the lines that belong to it; a comment alone is no body"),
            );
            return entries;
        }
        self.bump();
        self.previous_failed = false;
        let mut unexpected_indents = 0_u32;
        loop {
            match self.kind() {
                Eof => break,
                // The line before was the header of a block and has not been recognized.
                Indent if self.previous_failed => self.skip_block(),
                Indent => {
                    self.unexpected_indentation();
                    unexpected_indents += 1;
                }
                Dedent if unexpected_indents > 0 => {
                    self.bump();
                    unexpected_indents -= 1;
                }
                Dedent => {
                    self.bump();
                    break;
                }
                Newline => {
                    self.bump();
                }
                _ => {
                    let (before, errors) = (self.pos, self.errors);
                    entries.push(entry(self));
                    self.previous_failed = self.errors > errors;
                    if self.panicking || self.pos == before {
                        self.end_line();
                        self.calm();
                    }
                }
            }
        }
        entries
    }

    /// Takes an INDENT that no header introduced, and reports it.
    pub(super) fn unexpected_indentation(&mut self) {
        self.bump();
        let span = self.span_of(self.token());
        let repaired = self.token().repaired;
        if !repaired {
            self.report(
                Diagnostic::error(
                    codes::UNEXPECTED_INDENTATION,
                    self.file,
                    span,
                    "unexpected indentation: no block begins here",
                )
                .hint("lines of one block begin in the same column; a block follows a line that ends in `:`"),
            );
            self.reported_at = Some(self.start());
        }
    }
}
