//! Blocks, simple statements, and how a body yields its result (language reference 5.21).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Expr, ExprKind, FnKind, Stmt, StmtKind, Ty, Type};
use fuse_syntax::{Symbol, ast, sym};

use super::coerce;
use super::position::{Mode, Root};
use super::scope::Origin;
use super::{Body, at, back};
use crate::index::note::Meaning;

/// What the value of a block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// It is discarded.
    Discard,
    /// It is the result of the body.
    Result,
}

impl Body<'_, '_> {
    /// The block of a body; `name` is where the declaration's name stands.
    pub(super) fn function_block(&mut self, block: &ast::Block, name: Span, out: &mut Vec<Stmt>) {
        let tail = if self.result.is_some() { Tail::Result } else { Tail::Discard };
        let (statements, ends) = self.block(block, tail);
        out.extend(statements);
        let judged = ends && !self.damaged;
        let Some(result) = self.result.filter(|&result| judged && result != Ty::UNKNOWN) else { return };
        let end = Span::empty(block.span.end);
        if let Some(value) = self.success(result, end) {
            self.yield_value(value, out);
            return;
        }
        let message = format!("the body can end without a value of its result type {}", self.show(result));
        let hint = "end every path with a `return`, or with the value as the last line";
        let component = self.kind == FnKind::Component;
        let code = if component { codes::COMPONENT_RESULT } else { codes::MISSING_RESULT };
        self.error_hint(code, name, message, hint);
    }

    /// What a body of the type `Unit!E` (or, in an instance, `Unit`) yields when it just ends.
    fn success(&mut self, result: Ty, span: Span) -> Option<Expr> {
        match self.types.get(result) {
            Type::Result(value, _) if *value == Ty::UNIT => {
                let unit = self.expr(ExprKind::Unit, Ty::UNIT, span);
                Some(self.expr(ExprKind::Ok(Box::new(unit)), result, span))
            }
            // Of an instance: its template has a result.
            Type::Unit => Some(self.expr(ExprKind::Unit, Ty::UNIT, span)),
            _ => None,
        }
    }

    /// The statements of a block in a scope of their own, and whether control can reach its end.
    pub(super) fn block(&mut self, block: &ast::Block, tail: Tail) -> (Vec<Stmt>, bool) {
        self.scopes.enter();
        // A block without statements has been reported.
        self.damaged |= block.stmts.is_empty();
        let mut out = Vec::with_capacity(block.stmts.len());
        let mut reached = true;
        let mut warned = false;
        let last = block.stmts.len().saturating_sub(1);
        for (position, stmt) in block.stmts.iter().enumerate() {
            if reached {
                let tail = if position == last { tail } else { Tail::Discard };
                let before = out.len();
                reached = self.stmt(stmt, tail, &mut out);
                // A statement that left nothing behind has been reported; what it would have ended is not known.
                warned = !reached && out.len() == before;
                continue;
            }
            if !warned {
                warned = true;
                let before = out.last().map_or("the statement before", |stmt: &Stmt| leaver(&stmt.kind));
                let message = format!("this can never be reached: {before} ends the block");
                self.warning(codes::UNREACHABLE_CODE, stmt.span, message);
            }
            // Checked all the same, but no part of the program.
            self.stmt(stmt, Tail::Discard, &mut Vec::new());
        }
        self.leave_tasks();
        self.scopes.leave();
        (out, reached)
    }

    /// A statement; yields whether control can continue after it.
    pub(super) fn stmt(&mut self, stmt: &ast::Stmt, tail: Tail, out: &mut Vec<Stmt>) -> bool {
        match &stmt.kind {
            ast::StmtKind::Bind(bind) => self.bind_stmt(bind, stmt.span, out),
            ast::StmtKind::Assign(assign) => self.assign_stmt(assign, stmt.span, out),
            ast::StmtKind::Return(value) => {
                self.return_stmt(value.as_ref(), stmt.span, out);
                false
            }
            ast::StmtKind::Expr(expr) => self.expr_stmt(expr, tail, out),
            ast::StmtKind::Break => self.leave_loop(stmt.span, true, out),
            ast::StmtKind::Continue => self.leave_loop(stmt.span, false, out),
            ast::StmtKind::If(choice) => self.if_stmt(choice, stmt.span, tail, out),
            ast::StmtKind::Match(choice) => self.match_stmt(choice, stmt.span, tail, out),
            ast::StmtKind::For(repeat) => self.for_stmt(repeat, stmt.span, out),
            ast::StmtKind::While(repeat) => self.while_stmt(repeat, stmt.span, out),
            ast::StmtKind::Transaction(transaction) => self.transaction_stmt(transaction, stmt.span, out),
            ast::StmtKind::Error => {
                self.damaged = true;
                true
            }
        }
    }

    fn expr_stmt(&mut self, expr: &ast::Expr, tail: Tail, out: &mut Vec<Stmt>) -> bool {
        if let (Tail::Result, Some(result)) = (tail, self.result) {
            let hint = self.result_hint(expr, result);
            return self.yielded(|body| {
                let value = body.infer(expr, Some(hint));
                body.block_value(value, result, out)
            });
        }
        let value = self.infer(expr, None);
        let reached = value.ty != Ty::NEVER;
        let span = at(expr.span);
        out.push(Stmt { kind: StmtKind::Expr(value), span });
        reached
    }

    /// Runs a check of a value that the body yields.
    fn yielded<T>(&mut self, check: impl FnOnce(&mut Self) -> T) -> T {
        self.at_position(Root::Return, Mode::Plain, check)
    }

    /// The value of the body's block.
    fn block_value(&mut self, value: Expr, result: Ty, out: &mut Vec<Stmt>) -> bool {
        let effect = value.ty == Ty::NEVER || (value.ty == Ty::UNIT && result != Ty::UNKNOWN);
        if effect && !self.accepts_unit(result, value.ty) {
            let reached = value.ty != Ty::NEVER;
            let span = value.span;
            out.push(Stmt { kind: StmtKind::Expr(value), span });
            return reached;
        }
        let value = self.as_result(value, result);
        self.yield_value(value, out);
        false
    }

    /// Whether a value that is unit is the result itself rather than a mere effect.
    fn accepts_unit(&self, result: Ty, value: Ty) -> bool {
        value == Ty::UNIT && coerce::assignable(self.types, value, result)
    }

    /// `pattern -> e`.
    pub(super) fn arrow_value(&mut self, expr: &ast::Expr, out: &mut Vec<Stmt>) -> bool {
        let result = self.result;
        let hint = result.map(|result| self.result_hint(expr, result));
        let value = self.yielded(|body| body.infer(expr, hint));
        let span = at(expr.span);
        match self.result {
            Some(result) if value.ty != Ty::UNIT && value.ty != Ty::NEVER => {
                self.forbidden_in_transaction("`return`, which an arm `-> value` is", expr.span);
                let value = self.yielded(|body| body.as_result(value, result));
                out.push(Stmt { kind: StmtKind::Return(Some(value)), span });
                false
            }
            _ => {
                let reached = value.ty != Ty::NEVER;
                out.push(Stmt { kind: StmtKind::Expr(value), span });
                reached
            }
        }
    }

    fn return_stmt(&mut self, value: Option<&ast::Expr>, span: Span, out: &mut Vec<Stmt>) {
        self.forbidden_in_transaction("`return`", span);
        // A task is a body of its own.
        if matches!(self.kind, FnKind::Migration | FnKind::Test) && !self.in_spawn() {
            value.into_iter().for_each(|value| drop(self.infer(value, None)));
            let (what, way) = match self.kind {
                FnKind::Migration => {
                    ("migration", "a migration runs to the end of its block, or is rolled back by a failure")
                }
                _ => ("test", "a test ends at the end of its block; move what is left early into a function"),
            };
            self.error_hint(
                codes::RETURN_NOT_ALLOWED,
                span,
                format!("`return` is not allowed in a {what}"),
                way,
            );
            out.push(Stmt { kind: StmtKind::Return(None), span: at(span) });
            return;
        }
        let value = match (value, self.result) {
            (None, None) => None,
            (Some(value), None) => {
                self.infer(value, None);
                let message = "this body has no result: there is nothing to return";
                let hint = "write `return` alone, or declare the result type with `->`";
                self.error_hint(codes::RETURN_VALUE, span, message, hint);
                None
            }
            (None, Some(result)) => match self.success(result, span) {
                Some(value) => Some(value),
                None if result == Ty::UNKNOWN => None,
                None => {
                    let message = format!("expected a value of type {} after `return`", self.show(result));
                    let component = self.kind == FnKind::Component;
                    self.error(
                        if component { codes::COMPONENT_RESULT } else { codes::TYPE_MISMATCH },
                        span,
                        message,
                    );
                    None
                }
            },
            (Some(value), Some(result)) => {
                let hint = self.result_hint(value, result);
                Some(self.yielded(|body| {
                    let value = body.infer(value, Some(hint));
                    body.as_result(value, result)
                }))
            }
        };
        out.push(Stmt { kind: StmtKind::Return(value), span: at(span) });
    }

    /// The type to hope for in an expression that yields the result: of a result its success type, but for `Ok` and `Err`.
    fn result_hint(&mut self, expr: &ast::Expr, result: Ty) -> Ty {
        let Type::Result(success, _) = *self.types.get(result) else { return result };
        if !self.is_result_constructor(expr) {
            return success;
        }
        // Where the success type is a result too, `Ok` and `Err` may mean either: the whole comes first.
        let nested = matches!(self.types.get(success), Type::Result(..));
        if nested && !self.would_yield(expr, result, result) && self.would_yield(expr, success, result) {
            return success;
        }
        result
    }

    /// Whether an expression yields the result without an error if a type is hoped for. Leaves no trace.
    fn would_yield(&mut self, expr: &ast::Expr, hint: Ty, result: Ty) -> bool {
        let (reported, damaged) = (self.diags.len(), self.damaged);
        let value = self.infer(expr, Some(hint));
        self.as_result(value, result);
        let fits = self.diags.len() == reported;
        self.diags.truncate(reported);
        self.damaged = damaged;
        fits
    }

    fn is_result_constructor(&self, expr: &ast::Expr) -> bool {
        let ast::ExprKind::Call(call) = &expr.kind else { return false };
        let ast::ExprKind::Name(name) = call.callee.kind else { return false };
        (name == sym::OK || name == sym::ERR)
            && self.scopes.lookup(name).is_none()
            && self.env.lookup(self.module, name).is_none()
    }

    /// A yielded value as one of the result type; a value that is no result is wrapped as `Ok`.
    fn as_result(&mut self, value: Expr, result: Ty) -> Expr {
        if let Type::Result(success, _) = *self.types.get(result) {
            let fits = value.ty != Ty::NEVER
                && value.ty != Ty::UNKNOWN
                && coerce::assignable(self.types, value.ty, success);
            if fits {
                let span = value.span;
                let value = self.shaped(value, success);
                return Expr { kind: ExprKind::Ok(Box::new(value)), ty: result, span };
            }
        }
        self.fit(value, result)
    }

    fn leave_loop(&mut self, span: Span, leaves: bool, out: &mut Vec<Stmt>) -> bool {
        let word = if leaves { "break" } else { "continue" };
        self.forbidden_in_transaction(&format!("`{word}`"), span);
        let Some(left) = self.loops.last_mut() else {
            let message = format!("`{word}` is not in a loop of this body");
            self.error(codes::LOOP_CONTROL_OUTSIDE_LOOP, span, message);
            return false;
        };
        *left |= leaves;
        let kind = if leaves { StmtKind::Break } else { StmtKind::Continue };
        out.push(Stmt { kind, span: at(span) });
        false
    }

    fn bind_stmt(&mut self, bind: &ast::BindStmt, span: Span, out: &mut Vec<Stmt>) -> bool {
        let name = bind.name.name;
        let origin = if bind.mutable { Origin::Var } else { Origin::Let };
        if let ast::ExprKind::Spawn(spawn) = &bind.value.kind {
            return self.bind_task(bind, spawn, origin, span, out);
        }
        let (value, origin) = match &bind.ty {
            Some(annotation) => {
                let ty = self.resolve(annotation);
                let value = self.check_at(Root::Name(name), Mode::Plain, &bind.value, ty);
                return self.bind_value(bind, value, Some(ty), origin, span, out);
            }
            None => match self.cell_initialiser(&bind.value) {
                Cell::Alias(local) => {
                    self.no_cell_in_spawn(local, bind.value.span);
                    self.bind(name, local, Origin::Cell, bind.name.span);
                    return true;
                }
                Cell::New(content) => {
                    self.no_box_in_spawn(bind.value.span);
                    (self.initialiser(name, content), Origin::Cell)
                }
                Cell::None => (self.initialiser(name, &bind.value), origin),
            },
        };
        self.bind_value(bind, value, None, origin, span, out)
    }

    /// The initialiser of a name without annotation.
    fn initialiser(&mut self, name: Symbol, value: &ast::Expr) -> Expr {
        self.at_position(Root::Name(name), Mode::Plain, |body| body.infer(value, None))
    }

    fn bind_value(
        &mut self,
        bind: &ast::BindStmt,
        mut value: Expr,
        annotated: Option<Ty>,
        origin: Origin,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let name = bind.name.name;
        if annotated.is_none() && name != sym::UNDERSCORE && coerce::is_open(self.types, value.ty) {
            let what =
                if value.ty == Ty::NULL { "`null` fits every option" } else { "nothing says what it holds" };
            let message = format!(
                "the type of `{0}` is not known: {what}; write it, as in `{0}: … = …`",
                self.text(name)
            );
            self.error(codes::ANNOTATION_NEEDED, back(value.span), message);
            value.ty = Ty::UNKNOWN;
        }
        let ends = diverges(&value);
        // A name that gets no value has the annotated type for what follows, but is never stored.
        if name == sym::UNDERSCORE || ends {
            let ty = annotated.unwrap_or(value.ty);
            let span = at(span);
            out.push(Stmt { kind: StmtKind::Expr(value), span });
            if name != sym::UNDERSCORE {
                let local = self.local(name, ty);
                self.bind(name, local, origin, bind.name.span);
            }
            return !ends;
        }
        let local = self.local(name, annotated.unwrap_or(value.ty));
        self.bind(name, local, origin, bind.name.span);
        out.push(Stmt { kind: StmtKind::Let(local, value), span: at(span) });
        true
    }

    /// Whether an initialiser without annotation makes or names a cell.
    fn cell_initialiser<'t>(&self, value: &'t ast::Expr) -> Cell<'t> {
        let mut content = value;
        while let ast::ExprKind::Box(inner) = &content.kind {
            content = inner;
        }
        if let ast::ExprKind::Name(name) = content.kind
            && let Some(binding) = self.scopes.lookup(name).filter(|binding| binding.origin == Origin::Cell)
        {
            self.note(content.span, Meaning::Local(binding.span, name));
            return Cell::Alias(binding.local);
        }
        if matches!(value.kind, ast::ExprKind::Box(_)) { Cell::New(content) } else { Cell::None }
    }
}

/// What an initialiser has to do with cells.
enum Cell<'t> {
    /// Nothing.
    None,
    /// It makes a cell with this content.
    New(&'t ast::Expr),
    /// It names a cell that exists.
    Alias(fuse_hir::LocalId),
}

/// Whether an expression never yields a value.
pub(super) fn diverges(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Coerce(inner) => inner.ty == Ty::NEVER,
        _ => value.ty == Ty::NEVER,
    }
}

/// How a message calls the statement that ended a block.
fn leaver(kind: &StmtKind) -> &'static str {
    match kind {
        StmtKind::Return(_) => "`return`",
        StmtKind::Break => "`break`",
        StmtKind::Continue => "`continue`",
        StmtKind::If(..) => "the `if` before, which leaves on every branch,",
        StmtKind::Match { .. } => "the `match` before, which leaves in every arm,",
        StmtKind::While(..) => "the endless loop before",
        _ => "the statement before, which never yields a value,",
    }
}
