//! Calls: arguments with their separators, and call-site type arguments.

use fuse_diagnostics::{Diagnostic, Span, codes};

use super::Parser;
use super::exprs::starts_primary;
use crate::MAX_NESTING;
use crate::ast::{Arg, CallExpr, Expr, ExprKind, Separator};
use crate::token::TokenKind::*;

impl Parser<'_> {
    /// A call of `callee`; the current token is `(`, or the `<` of type arguments, whose `>` is at the given index.
    pub(super) fn call(&mut self, callee: Expr, type_args_end: Option<usize>) -> Expr {
        let start = callee.span.start;
        if !self.enter() {
            return self.error_expr(start);
        }
        let mut type_args = Vec::new();
        if let Some(end) = type_args_end {
            type_args = self.type_arguments();
            // After an error in them (they may be nested too deeply).
            self.pos = end + 1;
        }
        let open = self.start();
        let repaired = self.open_bracket();
        let (args, complete) = self.arguments();
        self.close_bracket(ParenClose, repaired);
        self.leave();
        if repaired {
            return self.error_expr(start);
        }
        let parens = self.span_from(open);
        let span = self.span_from(start);
        let below = args.iter().map(|arg| arg.value.height).max().unwrap_or(0).max(callee.height);
        self.make(
            ExprKind::Call(std::boxed::Box::new(CallExpr { callee, type_args, args, complete, parens })),
            span,
            below,
        )
    }

    /// The arguments, and whether they could be read to the end.
    fn arguments(&mut self) -> (Vec<Arg>, bool) {
        let mut args = Vec::new();
        let mut complete = true;
        let mut separator = Separator::First;
        while !self.at(ParenClose) && !self.at(Eof) {
            args.push(self.argument(separator));
            if !self.panicking && !matches!(self.kind(), Comma | ParenClose) && !self.argument_ahead() {
                self.unexpected("`,` or `)`");
            }
            if self.panicking {
                self.skip_in_brackets(true);
                self.calm();
                complete = false;
            }
            separator = match self.kind() {
                Comma => Separator::Comma(self.take_span()),
                _ if self.argument_ahead() => self.missing_comma(),
                _ => break,
            };
        }
        (args, complete)
    }

    /// Whether another argument follows although no comma does.
    fn argument_ahead(&self) -> bool {
        let token = self.token();
        let part_of_number = token.kind == Ident
            && self
                .previous()
                .is_some_and(|previous| matches!(previous.kind, Int | Float) && previous.end == token.start);
        !part_of_number
            && (self.named_argument_ahead()
                || starts_primary(token.kind)
                || matches!(token.kind, Bang | Box | Await))
    }

    pub(super) fn named_argument_ahead(&self) -> bool {
        self.kind().is_word() && self.nth(1) == Eq
    }

    /// An argument follows without a comma. Before a named one that depends on the callee and is judged later.
    fn missing_comma(&mut self) -> Separator {
        let token = self.token();
        let is_reported =
            self.is_reported(token) || self.previous().is_some_and(|previous| self.is_reported(previous));
        if !self.named_argument_ahead() && !is_reported {
            let at = Span::empty(self.span_of(token).start);
            self.report(
                Diagnostic::error(
                    codes::MISSING_COMMA,
                    self.file,
                    at,
                    "a comma is missing between two arguments: a line break can stand in its place only before a named one",
                )
                .hint("write a comma"),
            );
        }
        if token.line_before {
            Separator::Line
        } else if self.previous().is_some_and(|previous| previous.end == token.start) {
            Separator::Nothing
        } else {
            Separator::Blank
        }
    }

    fn argument(&mut self, separator: Separator) -> Arg {
        let start = self.start();
        let name = if self.named_argument_ahead() {
            if matches!(self.kind(), Interface | Impl) {
                self.reserved_word();
            }
            let name = self.take_ident();
            self.bump();
            Some(name)
        } else {
            None
        };
        let value = self.expr();
        Arg { name, value, separator, span: self.span_from(start) }
    }

    // ---- type arguments ----

    /// If the current `<` starts type arguments, the index of the `>` that ends them: the `<` directly follows the token
    /// before, is the start of a list of types, and the `>` is directly followed by `(`.
    pub(super) fn type_arguments_end(&self) -> Option<usize> {
        if self.previous().is_none_or(|previous| previous.end != self.start()) {
            return None;
        }
        let end = self.scan_type_list(self.pos + 1, 0)?;
        let (close, open) = (self.tokens[end], self.tokens.get(end + 1)?);
        (open.kind == ParenOpen && open.start == close.end).then_some(end)
    }

    /// The index of the `>` that ends the list of types that starts at `at`.
    fn scan_type_list(&self, mut at: usize, depth: u32) -> Option<usize> {
        loop {
            at = self.scan_type(at, depth)?;
            match self.kind_at(at) {
                Comma => at += 1,
                Gt => return Some(at),
                _ => return None,
            }
        }
    }

    /// The index after the type that starts at `at`.
    fn scan_type(&self, at: usize, depth: u32) -> Option<usize> {
        // Without a bound a chain of comparisons would be scanned once for each of its `<`.
        if depth >= MAX_NESTING / 4 {
            return None;
        }
        let mut at = self.scan_type_atom(at, depth)?;
        loop {
            match self.kind_at(at) {
                Question | QuestionQuestion => at += 1,
                Bang | QuestionBang => at = self.scan_type_atom(at + 1, depth)?,
                _ => return Some(at),
            }
        }
    }

    fn scan_type_atom(&self, mut at: usize, depth: u32) -> Option<usize> {
        if self.kind_at(at) == Fn {
            return self.scan_fn_type(at + 1, depth);
        }
        if self.kind_at(at) != Ident {
            return None;
        }
        at += 1;
        while self.kind_at(at) == Dot && self.kind_at(at + 1).is_word() {
            at += 2;
        }
        match self.kind_at(at) {
            Lt => self.scan_type_list(at + 1, depth + 1).map(|end| end + 1),
            ParenOpen => self.scan_refinements(at + 1),
            _ => Some(at),
        }
    }

    fn scan_fn_type(&self, at: usize, depth: u32) -> Option<usize> {
        if self.kind_at(at) != ParenOpen {
            return None;
        }
        let mut at = at + 1;
        while self.kind_at(at) != ParenClose {
            at = self.scan_type(at, depth + 1)?;
            match self.kind_at(at) {
                Comma => at += 1,
                ParenClose => {}
                _ => return None,
            }
        }
        at += 1;
        if self.kind_at(at) == Arrow { self.scan_type(at + 1, depth + 1) } else { Some(at) }
    }

    /// The index after the `)` of the refinement whose first constraint starts at `at`.
    fn scan_refinements(&self, mut at: usize) -> Option<usize> {
        loop {
            at = match self.kind_at(at) {
                Ident => {
                    let wanted = match self.text(self.tokens[at]) {
                        "regex" => Str,
                        "predicate" => Ident,
                        _ => return None,
                    };
                    let fits = self.kind_at(at + 1) == ParenOpen
                        && self.kind_at(at + 2) == wanted
                        && self.kind_at(at + 3) == ParenClose;
                    if !fits {
                        return None;
                    }
                    at + 4
                }
                _ => {
                    let after_low = self.scan_bound(at)?;
                    if self.kind_at(after_low) != DotDot {
                        return None;
                    }
                    self.scan_bound(after_low + 1)?
                }
            };
            if self.kind_at(at) == Comma {
                at += 1;
                if self.kind_at(at) != ParenClose {
                    continue;
                }
            }
            return (self.kind_at(at) == ParenClose).then_some(at + 1);
        }
    }

    fn scan_bound(&self, at: usize) -> Option<usize> {
        let at = if self.kind_at(at) == Minus { at + 1 } else { at };
        matches!(self.kind_at(at), Int | Float).then_some(at + 1)
    }

    fn kind_at(&self, at: usize) -> crate::token::TokenKind {
        self.tokens.get(at).map_or(Eof, |token| token.kind)
    }
}
