//! The texts of string literals and documentation comments.

use fuse_diagnostics::{Diagnostic, Span, codes};

use super::Parser;
use crate::ast::{Doc, Expr, ExprKind, StrLit, StrPart};
use crate::interner::Symbol;
use crate::sym;
use crate::token::{Token, TokenKind};

impl Parser<'_> {
    /// A plain string that the grammar demands.
    pub(super) fn string_literal(&mut self, what: &str) -> StrLit {
        let token = self.token();
        let span = self.span_of(token);
        match token.kind {
            TokenKind::Str => {
                self.bump();
                StrLit { value: self.string_value(token), span }
            }
            TokenKind::StrStart => {
                self.skip_interpolated_string();
                let span = self.span_from(token.start);
                let message = format!("expected {what}: a plain string, without `${{…}}`");
                self.report(Diagnostic::error(codes::UNEXPECTED_TOKEN, self.file, span, message));
                StrLit { value: sym::EMPTY, span: Span::empty(span.start) }
            }
            _ => {
                self.unexpected(what);
                StrLit { value: sym::EMPTY, span: Span::empty(span.start) }
            }
        }
    }

    /// Skips an interpolated string with all that is nested in it.
    fn skip_interpolated_string(&mut self) {
        let mut depth = 0_u32;
        loop {
            match self.kind() {
                TokenKind::StrStart => depth += 1,
                TokenKind::StrEnd => depth -= 1,
                TokenKind::Eof => return,
                _ => {}
            }
            self.bump();
            if depth == 0 {
                return;
            }
        }
    }

    /// The text that a plain string denotes.
    pub(super) fn string_value(&mut self, token: Token) -> Symbol {
        let text = self.text(token);
        let quotes = if text.starts_with("\"\"\"") { 3 } else { 1 };
        let end = if token.repaired { text.len() } else { text.len() - quotes };
        self.denoted(text.get(quotes..end).unwrap_or_default())
    }

    /// The text that a run of string characters denotes.
    fn denoted(&mut self, text: &str) -> Symbol {
        if !text.bytes().any(|byte| byte == b'\\' || byte == b'\r') {
            return self.interner.intern(text);
        }
        let mut denoted = std::mem::take(&mut self.scratch);
        denoted.clear();
        let mut chars = text.chars().peekable();
        while let Some(next) = chars.next() {
            match next {
                '\r' if chars.peek() == Some(&'\n') => {}
                '\\' => match chars.next() {
                    Some('n') => denoted.push('\n'),
                    Some('t') => denoted.push('\t'),
                    Some('r') => denoted.push('\r'),
                    // The CR belongs to the line end, so the line end is what is escaped.
                    Some('\r') if chars.peek() == Some(&'\n') => {}
                    Some(other) => denoted.push(other),
                    None => {}
                },
                other => denoted.push(other),
            }
        }
        let symbol = self.interner.intern(&denoted);
        self.scratch = denoted;
        symbol
    }

    /// An interpolated string; the current token opens it.
    pub(super) fn interpolated_string(&mut self) -> Expr {
        let start = self.start();
        if !self.enter() {
            self.skip_interpolated_string();
            return self.error_expr(start);
        }
        self.bump();
        let mut parts = Vec::new();
        let mut height = 0;
        loop {
            let token = self.token();
            match token.kind {
                TokenKind::StrText => {
                    self.bump();
                    let text = self.denoted(self.text(token));
                    if text != sym::EMPTY {
                        parts.push(StrPart::Text(text));
                    }
                }
                TokenKind::InterpolationStart => {
                    let (expr, span) = self.interpolation();
                    height = height.max(expr.height);
                    parts.push(StrPart::Expr { expr, span });
                }
                TokenKind::StrEnd => {
                    self.bump();
                    break;
                }
                _ => break,
            }
        }
        self.leave();
        let span = self.span_from(start);
        self.make(ExprKind::Interpolated(parts), span, height)
    }

    fn interpolation(&mut self) -> (Expr, Span) {
        let start = self.start();
        let repaired = self.open_bracket();
        let expr = if self.at(TokenKind::InterpolationEnd) {
            let span = Span::new(start, self.token().end);
            let message = "an interpolation `${}` holds no expression";
            self.report(
                Diagnostic::error(codes::EMPTY_INTERPOLATION, self.file, span, message)
                    .hint("write an expression between the braces, or `\\${` for plain text"),
            );
            self.error_expr(start)
        } else {
            self.expr()
        };
        if !self.panicking && !self.at(TokenKind::InterpolationEnd) {
            self.text_after_interpolated_expr();
        }
        self.close_bracket(TokenKind::InterpolationEnd, repaired);
        (expr, self.span_from(start))
    }

    fn text_after_interpolated_expr(&mut self) {
        let found = self.token();
        if self.is_reported(found) {
            return self.silent_panic();
        }
        let message = format!("unexpected {} after the expression of an interpolation", self.describe(found));
        let mut diagnostic =
            Diagnostic::error(codes::INTERPOLATION_TRAILING_TEXT, self.file, self.span_of(found), message);
        if found.kind == TokenKind::Colon {
            diagnostic = diagnostic.hint("an interpolation has no format; only the expression stands in it");
        }
        self.panic(diagnostic);
    }

    // ---- documentation comments ----

    /// The documentation comments directly before the current token.
    pub(super) fn doc(&mut self) -> Option<Doc> {
        let here = self.pos as u32;
        while self.comments.get(self.next_comment).is_some_and(|comment| comment.token < here) {
            self.next_comment += 1;
        }
        let mut span: Option<Span> = None;
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        while let Some(comment) = self.comments.get(self.next_comment).copied()
            && comment.token == here
        {
            self.next_comment += 1;
            if !comment.doc {
                continue;
            }
            if span.is_some() {
                text.push('\n');
            }
            span = Some(span.map_or(comment.span, |span| span.to(comment.span)));
            let line = &self.source[comment.span.start as usize..comment.span.end as usize];
            text.push_str(line.trim_start_matches('#').trim_start_matches([' ', '\t']));
        }
        let doc = span.map(|span| Doc { text: self.interner.intern(&text), span });
        self.scratch = text;
        doc
    }
}
