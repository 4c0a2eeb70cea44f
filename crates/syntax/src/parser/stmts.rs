//! Statements.

use fuse_diagnostics::{Diagnostic, Span, codes};

use super::Parser;
use super::recovery::starts_declaration;
use crate::ast::{
    Arm, ArmBody, AssignStmt, BindStmt, Expr, ExprKind, ForStmt, IfBranch, IfStmt, MatchStmt, SpawnExpr,
    Stmt, StmtKind, TransactionStmt, WhileStmt,
};
use crate::token::TokenKind::*;

impl Parser<'_> {
    /// A statement with the end of its line.
    pub(super) fn statement(&mut self) -> Stmt {
        let start = self.start();
        let kind = match self.kind() {
            Let | Var => self.bind_statement(),
            Return => {
                self.bump();
                StmtKind::Return(if self.at(Newline) {
                    self.end_line();
                    None
                } else {
                    Some(self.value_line())
                })
            }
            Break => self.word_statement(StmtKind::Break),
            Continue => self.word_statement(StmtKind::Continue),
            If => self.if_statement(),
            Match => self.match_statement(),
            For => self.for_statement(),
            While => self.while_statement(),
            Transaction => self.transaction_statement(),
            Else => self.else_without_if(),
            kind if starts_declaration(kind) && !matches!(self.nth(1), Eq | Dot | BracketOpen) => {
                self.nested_declaration()
            }
            _ => self.expression_statement(),
        };
        Stmt { kind, span: self.span_from(start) }
    }

    /// A statement that is one word.
    fn word_statement(&mut self, kind: StmtKind) -> StmtKind {
        self.bump();
        self.end_line();
        kind
    }

    fn bind_statement(&mut self) -> StmtKind {
        let mutable = self.bump().kind == Var;
        let name = self.ident("a name");
        let ty = if !self.panicking && self.eat(Colon) { Some(self.type_ref()) } else { None };
        let value = if self.panicking || self.expect(Eq).is_none() {
            let value = self.error_expr(self.last_end);
            self.end_line();
            value
        } else {
            self.value_line()
        };
        StmtKind::Bind(std::boxed::Box::new(BindStmt { mutable, name, ty, value }))
    }

    /// An expression, an assignment, an HTML block or a `spawn`.
    fn expression_statement(&mut self) -> StmtKind {
        if self.at(Spawn) {
            return StmtKind::Expr(self.value_line());
        }
        let errors = self.errors;
        let expr = self.expr();
        if self.panicking || !self.at(Eq) {
            return StmtKind::Expr(self.rest_of_value_line(expr));
        }
        let place =
            if self.errors > errors { Expr { kind: ExprKind::Error, ..expr } } else { self.place(expr) };
        self.bump();
        let value = self.value_line();
        StmtKind::Assign(std::boxed::Box::new(AssignStmt { place, value }))
    }

    /// The left side of an assignment.
    fn place(&mut self, expr: Expr) -> Expr {
        if is_place(&expr) {
            return expr;
        }
        let message = "the left side of `=` cannot be assigned: it must be a name, a field `name.field` or an element \
                       `name[index]`";
        let mut diagnostic =
            Diagnostic::error(codes::INVALID_ASSIGNMENT_TARGET, self.file, expr.span, message);
        if matches!(expr.kind, ExprKind::Binary(_)) {
            diagnostic = diagnostic.hint("`==` compares");
        }
        self.report(diagnostic);
        Expr { kind: ExprKind::Error, ..expr }
    }

    /// What may stand after `=`, after `return` and as a statement: an expression with the end of its line, an HTML
    /// block, or a `spawn`.
    pub(super) fn value_line(&mut self) -> Expr {
        if self.at(Spawn) {
            return self.spawn();
        }
        let expr = self.expr();
        self.rest_of_value_line(expr)
    }

    fn rest_of_value_line(&mut self, expr: Expr) -> Expr {
        if !self.panicking && self.at(Colon) {
            return self.html_block(expr);
        }
        let whole = self.panicking || matches!(self.kind(), Newline | Dedent | Eof);
        self.end_line();
        // The beginning of something that is no expression is not judged as if it were one.
        if whole { expr } else { Expr { kind: ExprKind::Error, ..expr } }
    }

    fn spawn(&mut self) -> Expr {
        let start = self.start();
        self.bump();
        let block = self.suite();
        let head = Span::new(start, block.colon.end);
        let span = self.span_from(start);
        let kind = ExprKind::Spawn(std::boxed::Box::new(SpawnExpr { block, head }));
        Expr { kind, span, parens: false, height: 0 }
    }

    fn if_statement(&mut self) -> StmtKind {
        let mut branches = vec![self.if_branch(self.start())];
        let mut else_block = None;
        while self.at(Else) && else_block.is_none() {
            let start = self.start();
            self.bump();
            if self.at(If) {
                branches.push(self.if_branch(start));
            } else {
                else_block = Some(self.suite());
            }
        }
        StmtKind::If(IfStmt { branches, else_block })
    }

    /// `if cond suite`; `start` is that of an `else` before it.
    fn if_branch(&mut self, start: u32) -> IfBranch {
        self.bump();
        let cond = self.expr();
        let block = self.suite();
        let head = Span::new(start, block.colon.start);
        IfBranch { cond, block, head }
    }

    fn else_without_if(&mut self) -> StmtKind {
        if self.previous_failed {
            // Its `if` has not been recognized.
            self.silent_panic();
            self.end_line();
            return StmtKind::Error;
        }
        let span = self.span_of(self.token());
        self.panic(
            Diagnostic::error(codes::UNEXPECTED_TOKEN, self.file, span, "`else` follows no `if`")
                .hint("`else` stands in the column of its `if`, directly after the block of the `if`"),
        );
        self.end_line();
        StmtKind::Error
    }

    fn match_statement(&mut self) -> StmtKind {
        let start = self.start();
        self.bump();
        let subject = self.expr();
        let Some(colon) = self.colon() else {
            self.end_line();
            return StmtKind::Error;
        };
        let head = Span::new(start, colon.start);
        if !self.at(Newline) {
            self.unexpected("the end of the line and the arms of the `match`");
            self.end_line();
            return StmtKind::Error;
        }
        if !self.enter() {
            self.end_line();
            return StmtKind::Error;
        }
        let arms = self.indented(colon, Self::arm);
        self.leave();
        StmtKind::Match(std::boxed::Box::new(MatchStmt { subject, arms, head, colon }))
    }

    fn arm(&mut self) -> Arm {
        let start = self.start();
        let pattern = self.pattern();
        let body = if !self.panicking && self.at(Colon) {
            ArmBody::Block(self.suite())
        } else {
            if !self.panicking && !self.eat(Arrow) {
                self.unexpected("`->` or `:` after the pattern");
                if self.eat(FatArrow) {
                    self.calm();
                }
            }
            let body = self.arrow_body();
            if !self.panicking && self.at(Colon) {
                self.block_after_arrow();
            }
            self.end_line();
            body
        };
        Arm { pattern, body, span: self.span_from(start) }
    }

    /// What follows `->`, without the end of the line.
    fn arrow_body(&mut self) -> ArmBody {
        let start = self.start();
        if self.panicking {
            return ArmBody::Value(self.error_expr(start));
        }
        let kind = match self.kind() {
            Return => {
                self.bump();
                StmtKind::Return(if self.at(Newline) { None } else { Some(self.expr()) })
            }
            Break => {
                self.bump();
                StmtKind::Break
            }
            Continue => {
                self.bump();
                StmtKind::Continue
            }
            _ => return ArmBody::Value(self.expr()),
        };
        ArmBody::Leave(std::boxed::Box::new(Stmt { kind, span: self.span_from(start) }))
    }

    fn block_after_arrow(&mut self) {
        let span = self.span_of(self.token());
        let message = "expected the end of the line, found `:`";
        self.panic(
            Diagnostic::error(codes::UNEXPECTED_TOKEN, self.file, span, message)
                .hint("after `->` stands one expression; write the arm with `:` and a block"),
        );
    }

    fn for_statement(&mut self) -> StmtKind {
        let start = self.start();
        self.bump();
        let (pattern, iter) = self.for_clause();
        let block = self.suite();
        let head = Span::new(start, block.colon.start);
        StmtKind::For(std::boxed::Box::new(ForStmt { pattern, iter, block, head }))
    }

    /// `pattern in expr`
    pub(super) fn for_clause(&mut self) -> (crate::ast::Pattern, Expr) {
        let pattern = self.pattern();
        let iter = if self.panicking || self.expect(In).is_none() {
            self.error_expr(self.last_end)
        } else {
            self.expr()
        };
        (pattern, iter)
    }

    fn while_statement(&mut self) -> StmtKind {
        let start = self.start();
        self.bump();
        let cond = self.expr();
        let block = self.suite();
        let head = Span::new(start, block.colon.start);
        StmtKind::While(std::boxed::Box::new(WhileStmt { cond, block, head }))
    }

    fn transaction_statement(&mut self) -> StmtKind {
        let start = self.start();
        self.bump();
        let block = self.suite();
        let head = Span::new(start, block.colon.end);
        StmtKind::Transaction(TransactionStmt { block, head })
    }

    /// A declaration inside a block.
    fn nested_declaration(&mut self) -> StmtKind {
        let word = self.kind().describe();
        let message = format!("expected a statement, found the reserved word {word}");
        let span = self.span_of(self.token());
        self.panic(
            Diagnostic::error(codes::UNEXPECTED_TOKEN, self.file, span, message)
                .hint("declarations stand at top level, at the beginning of a line"),
        );
        self.end_line();
        StmtKind::Error
    }
}

/// Whether an expression is a name, or members and elements of one.
fn is_place(mut expr: &Expr) -> bool {
    loop {
        if expr.parens {
            return false;
        }
        expr = match &expr.kind {
            ExprKind::Name(_) | ExprKind::Error => return true,
            ExprKind::Member(member) => &member.base,
            ExprKind::Index(index) => &index.base,
            _ => return false,
        };
    }
}
