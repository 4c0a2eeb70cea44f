//! HTML blocks.

use fuse_diagnostics::{Diagnostic, Span, codes};

use super::Parser;
use crate::ast::{Expr, ExprKind, HtmlChild, HtmlChildren, HtmlExpr, HtmlFor, HtmlIf, HtmlIfBranch};
use crate::token::TokenKind::*;

impl Parser<'_> {
    /// The children of `call`; the current token is the `:` after it.
    pub(super) fn html_block(&mut self, call: Expr) -> Expr {
        let start = call.span.start;
        let colon = self.span_of(self.token());
        if !matches!(call.kind, ExprKind::Call(_) | ExprKind::Error) || call.parens {
            let span = call.span.to(colon);
            let message = "an HTML block must follow a call";
            self.panic(
                Diagnostic::error(codes::HTML_BLOCK_WITHOUT_CALL, self.file, span, message)
                    .hint("call the tag or component: `name():`; a statement's `:` belongs to its header"),
            );
            self.end_line();
            return self.error_expr(start);
        }
        let children = self.html_children();
        let span = self.span_from(start);
        let kind = ExprKind::Html(std::boxed::Box::new(HtmlExpr { call, colon, children }));
        Expr { kind, span, parens: false, height: 0 }
    }

    /// `:` and children, indented or one on the same line. Takes the end of the line.
    fn html_children(&mut self) -> HtmlChildren {
        let Some(colon) = self.colon() else {
            let span = Span::empty(self.start());
            self.end_line();
            return HtmlChildren { list: Vec::new(), colon: span, inline: false, span };
        };
        let start = self.start();
        if !self.enter() {
            self.end_line();
            return HtmlChildren { list: Vec::new(), colon, inline: false, span: Span::empty(start) };
        }
        let inline = !self.at(Newline);
        let list = if inline {
            self.inline_html_child()
        } else {
            self.indented(colon, Self::html_child).into_iter().flatten().collect()
        };
        self.leave();
        let span = match (list.first(), list.last()) {
            (Some(first), Some(last)) => child_span(first).to(child_span(last)),
            _ => Span::empty(colon.end),
        };
        HtmlChildren { list, colon, inline, span }
    }

    /// The child on its header's line; not `if` or `for`, which need lines of their own.
    fn inline_html_child(&mut self) -> Vec<HtmlChild> {
        if matches!(self.kind(), If | For) {
            self.unexpected("an expression");
            self.end_line();
            return Vec::new();
        }
        self.html_child().into_iter().collect()
    }

    fn html_child(&mut self) -> Option<HtmlChild> {
        match self.kind() {
            If => Some(self.html_if()),
            For => Some(self.html_for()),
            Let | Var | Return | Break | Continue | Match | While | Transaction => {
                let block = matches!(self.kind(), Match | While | Transaction);
                let errors = self.errors;
                let stmt = self.statement();
                // What is wrong inside of a block is another matter.
                let errors = if block { self.errors } else { errors };
                self.statement_in_html(stmt.span, errors);
                Some(HtmlChild::Rejected(std::boxed::Box::new(stmt)))
            }
            _ => self.html_value(),
        }
    }

    /// An expression, HTML block or spawn. An assignment is taken and reported.
    fn html_value(&mut self) -> Option<HtmlChild> {
        let errors = self.errors;
        let stmt = self.statement();
        match stmt.kind {
            crate::ast::StmtKind::Expr(expr) => Some(HtmlChild::Expr(expr)),
            crate::ast::StmtKind::Assign(_) => {
                self.statement_in_html(stmt.span, errors);
                None
            }
            _ => None,
        }
    }

    /// Reports a statement, unless there have been more than so many errors: then one of them is in it.
    fn statement_in_html(&mut self, span: Span, errors: u32) {
        if self.errors > errors {
            return;
        }
        let message =
            "a statement that is no child in an HTML block: children are expressions, `if` and `for`";
        self.report(
            Diagnostic::error(codes::HTML_BLOCK_STATEMENT, self.file, span, message)
                .hint("compute values before the block"),
        );
    }

    fn html_if(&mut self) -> HtmlChild {
        let start = self.start();
        let mut branches = vec![self.html_branch(start)];
        let mut else_children = None;
        while self.at(Else) && else_children.is_none() {
            let else_start = self.start();
            self.bump();
            if self.at(If) {
                branches.push(self.html_branch(else_start));
            } else {
                else_children = Some(self.html_children());
            }
        }
        HtmlChild::If(HtmlIf { branches, else_children, span: self.span_from(start) })
    }

    fn html_branch(&mut self, start: u32) -> HtmlIfBranch {
        self.bump();
        let cond = self.expr();
        let children = self.html_children();
        let head = Span::new(start, children.colon.start);
        HtmlIfBranch { cond, children, head }
    }

    fn html_for(&mut self) -> HtmlChild {
        let start = self.start();
        self.bump();
        let (pattern, iter) = self.for_clause();
        let children = self.html_children();
        let head = Span::new(start, children.colon.start);
        let span = self.span_from(start);
        HtmlChild::For(std::boxed::Box::new(HtmlFor { pattern, iter, children, head, span }))
    }
}

fn child_span(child: &HtmlChild) -> Span {
    match child {
        HtmlChild::Expr(expr) => expr.span,
        HtmlChild::If(html_if) => html_if.span,
        HtmlChild::For(html_for) => html_for.span,
        HtmlChild::Rejected(stmt) => stmt.span,
    }
}
