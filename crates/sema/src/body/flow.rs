//! `if`, `match`, `for`, `while` (language reference 5.19–5.21).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Arm, Expr, Pat, PatKind, Stmt, StmtKind, Ty, Type};
use fuse_syntax::ast;

use super::coerce;
use super::exhaustive::{coverage, irrefutable};
use super::pattern::Bindings;
use super::scope::Origin;
use super::stmt::Tail;
use super::{Body, at};

impl Body<'_, '_> {
    /// A condition: Bool.
    pub(super) fn condition(&mut self, cond: &ast::Expr) -> Expr {
        let value = self.infer(cond, Some(Ty::BOOL));
        if value.ty == Ty::DYNAMIC {
            return self.truth(value);
        }
        if coerce::assignable(self.types, value.ty, Ty::BOOL) {
            return self.coerced(value, Ty::BOOL);
        }
        let message = format!("a condition must be Bool, found {}", self.show(value.ty));
        if matches!(self.types.get(value.ty), Type::Option(_)) {
            let hint = "test an option with `!= null`, or take its value with `??`";
            self.error_hint(codes::CONDITION_NOT_BOOL, cond.span, message, hint);
        } else {
            self.error(codes::CONDITION_NOT_BOOL, cond.span, message);
        }
        self.unknown(cond.span)
    }

    /// `if … else if … else …`
    pub(super) fn if_stmt(
        &mut self,
        choice: &ast::IfStmt,
        span: Span,
        tail: Tail,
        out: &mut Vec<Stmt>,
    ) -> bool {
        // Without an `else` its value is unit, whatever the branches are.
        let tail = if choice.else_block.is_some() { tail } else { Tail::Discard };
        let mut reached = choice.else_block.is_none();
        let mut branches = Vec::with_capacity(choice.branches.len());
        for branch in &choice.branches {
            let cond = self.condition(&branch.cond);
            let (block, ends) = self.block(&branch.block, tail);
            reached |= ends;
            branches.push((cond, block));
        }
        let mut otherwise = Vec::new();
        if let Some(block) = &choice.else_block {
            let (block, ends) = self.block(block, tail);
            reached |= ends;
            otherwise = block;
        }
        out.push(Stmt { kind: StmtKind::If(branches, otherwise), span: at(span) });
        reached
    }

    /// `while …`
    pub(super) fn while_stmt(&mut self, repeat: &ast::WhileStmt, span: Span, out: &mut Vec<Stmt>) -> bool {
        let cond = self.condition(&repeat.cond);
        self.loops.push(false);
        let (block, _) = self.block(&repeat.block, Tail::Discard);
        let left = self.loops.pop().unwrap_or(false);
        let endless = matches!(repeat.cond.kind, ast::ExprKind::Bool(true)) && !left;
        out.push(Stmt { kind: StmtKind::While(cond, block), span: at(span) });
        !endless
    }

    /// `for … in …`
    pub(super) fn for_stmt(&mut self, repeat: &ast::ForStmt, span: Span, out: &mut Vec<Stmt>) -> bool {
        let (iter, pattern, bindings) = self.for_head(&repeat.pattern, &repeat.iter);
        self.loops.push(false);
        let (body, _) =
            self.bound_scope(bindings, Origin::For, |body| body.block(&repeat.block, Tail::Discard));
        self.loops.pop();
        if iter.ty == Ty::NEVER {
            out.push(Stmt { kind: StmtKind::Expr(iter), span: at(span) });
            return false;
        }
        out.push(Stmt { kind: StmtKind::For { pattern, iter, body }, span: at(span) });
        true
    }

    /// `for … in …`: what it runs over, and what it binds.
    pub(super) fn for_head(&mut self, pattern: &ast::Pattern, iter: &ast::Expr) -> (Expr, Pat, Bindings) {
        let over = iter.span;
        let iter = self.infer(iter, None);
        let iter = self.opened(iter);
        let element = match *self.types.get(iter.ty) {
            Type::List(element) | Type::Map(element) => element,
            Type::Dynamic => Ty::DYNAMIC,
            Type::Unknown => Ty::UNKNOWN,
            Type::Never => Ty::NEVER,
            _ => {
                let message = format!("`for` runs over a list or a map, not over {}", self.show(iter.ty));
                self.error(codes::NOT_ITERABLE, over, message);
                Ty::UNKNOWN
            }
        };
        let (bound, bindings) = self.checked_pattern(pattern, element);
        if !bindings.broken && !irrefutable(&bound) {
            let message = format!(
                "the pattern of a `for` must always match; this one does not match every {}",
                self.show(element)
            );
            let hint = "bind the element to a name and use `match` on it";
            self.error_hint(codes::REFUTABLE_FOR_PATTERN, pattern.span, message, hint);
        }
        (iter, bound, bindings)
    }

    /// Runs a check in a scope that holds the names of a pattern.
    pub(super) fn bound_scope<T>(
        &mut self,
        bindings: Bindings,
        origin: Origin,
        check: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.scopes.enter();
        for (name, local, span) in bindings.names {
            self.bind(name, local, origin, span);
        }
        let checked = check(self);
        self.scopes.leave();
        checked
    }

    /// `match …`
    pub(super) fn match_stmt(
        &mut self,
        choice: &ast::MatchStmt,
        span: Span,
        tail: Tail,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let subject = self.infer(&choice.subject, None);
        let (subject, as_option) = self.match_subject(subject, &choice.arms);
        let checked: Vec<(Pat, Bindings)> =
            choice.arms.iter().map(|arm| self.checked_pattern(&arm.pattern, subject.ty)).collect();
        let exhaustive = self.check_coverage(choice, subject.ty, as_option, &checked);
        let tail = if exhaustive { tail } else { Tail::Discard };
        let mut reached = !exhaustive;
        let mut arms = Vec::with_capacity(choice.arms.len());
        for (arm, (pattern, bindings)) in choice.arms.iter().zip(checked) {
            let (body, ends) =
                self.bound_scope(bindings, Origin::Pattern, |body| body.arm_body(&arm.body, tail));
            reached |= ends;
            arms.push(Arm { pattern, body });
        }
        // Without arms (after an error) control goes through.
        reached |= arms.is_empty();
        if subject.ty == Ty::NEVER {
            out.push(Stmt { kind: StmtKind::Expr(subject), span: at(span) });
            return false;
        }
        out.push(Stmt { kind: StmtKind::Match { subject, arms, exhaustive }, span: at(span) });
        reached
    }

    fn arm_body(&mut self, arm: &ast::ArmBody, tail: Tail) -> (Vec<Stmt>, bool) {
        match arm {
            ast::ArmBody::Block(block) => self.block(block, tail),
            ast::ArmBody::Value(value) => {
                let mut out = Vec::new();
                let reached = self.arrow_value(value, &mut out);
                (out, reached)
            }
            ast::ArmBody::Leave(stmt) => {
                let mut out = Vec::new();
                let reached = self.stmt(stmt, Tail::Discard, &mut out);
                (out, reached)
            }
        }
    }

    /// The subject as the patterns see it: a lookup is taken as an option if some arm asks whether it is there, as its value if
    /// some arm takes the value apart, and else stays what it is. Also whether it was asked for by `Some`, `None` or `null`.
    fn match_subject(&mut self, subject: Expr, arms: &[ast::Arm]) -> (Expr, bool) {
        let Type::Lookup(value) = *self.types.get(subject.ty) else { return (subject, false) };
        let forms: Vec<Form> = arms.iter().map(|arm| self.form(&arm.pattern, value)).collect();
        let asks = forms.contains(&Form::Presence);
        if !asks && !forms.contains(&Form::Literal) && forms.contains(&Form::Value) {
            return (self.opened(subject), false);
        }
        (subject, asks)
    }

    /// What a pattern on a lookup of `value` is about.
    fn form(&self, pattern: &ast::Pattern, value: Ty) -> Form {
        use fuse_syntax::sym;
        match &pattern.kind {
            ast::PatternKind::Null => Form::Presence,
            ast::PatternKind::Int(_)
            | ast::PatternKind::Float(_)
            | ast::PatternKind::Str(_)
            | ast::PatternKind::Bool(_) => Form::Literal,
            ast::PatternKind::Wildcard | ast::PatternKind::Error(_) => Form::Anything,
            ast::PatternKind::Name(name)
            | ast::PatternKind::Positional { name, .. }
            | ast::PatternKind::Named { name, .. } => {
                if self.is_pinned(name) {
                    return Form::Anything;
                }
                let bare = name.simple().map(|name| name.name);
                let is_variant = match (bare, self.types.get(value)) {
                    (Some(bare), Type::Enum(id)) => self.env.enumeration(*id).variant(bare).is_some(),
                    (Some(bare), Type::Result(..)) => bare == sym::OK || bare == sym::ERR,
                    (bare, _) => bare.is_none(),
                };
                match bare {
                    _ if is_variant => Form::Value,
                    Some(sym::SOME | sym::NONE) => Form::Presence,
                    Some(bare) if matches!(pattern.kind, ast::PatternKind::Name(_)) => {
                        // A mistyped variant is no binding.
                        let variant =
                            matches!(self.types.get(value), Type::Enum(_)) && self.is_capitalised(bare);
                        if variant { Form::Value } else { Form::Anything }
                    }
                    _ => Form::Value,
                }
            }
        }
    }

    /// Reports what the arms leave out and what they can never reach; yields whether they cover every value.
    fn check_coverage(
        &mut self,
        choice: &ast::MatchStmt,
        subject: Ty,
        as_option: bool,
        arms: &[(Pat, Bindings)],
    ) -> bool {
        if subject == Ty::UNKNOWN || subject == Ty::NEVER || arms.iter().any(|(_, bindings)| bindings.broken)
        {
            return true;
        }
        let patterns: Vec<&Pat> = arms.iter().map(|(pattern, _)| pattern).collect();
        let found = coverage(self.env, self.types, subject, &patterns);
        let covering = patterns.iter().position(|pattern| irrefutable(pattern));
        for (arm, _) in choice.arms.iter().zip(&found.reachable).filter(|(_, reachable)| !**reachable) {
            let by_one =
                covering.map(|at| &choice.arms[at]).filter(|before| before.span.start < arm.span.start);
            let message = match by_one {
                Some(_) => "this arm can never be reached: an arm before it matches everything",
                None => "this arm can never be reached: the arms before it cover all that it matches",
            };
            self.warning(codes::UNREACHABLE_ARM, arm.pattern.span, message);
        }
        let required = match self.types.get(subject) {
            Type::Enum(_)
            | Type::Bool
            | Type::Option(_)
            | Type::Result(..)
            | Type::Union(_)
            | Type::Struct(_) => true,
            Type::Lookup(_) => as_option,
            _ => false,
        };
        if required && !found.is_exhaustive() {
            let message = match &found.uncovered {
                Some(case) => format!("this `match` does not cover every case: `{case}` is missing"),
                None => "this `match` is too complex to see whether it covers every case".to_owned(),
            };
            let hint = "add an arm for it, or a last arm `_`";
            self.error_hint(codes::NON_EXHAUSTIVE_MATCH, choice.head, message, hint);
            // What follows is judged as if the arm were there.
            return true;
        }
        found.is_exhaustive()
    }

    /// A pattern that matches everything, after an error in the written one.
    pub(super) fn wild(&self, ty: Ty, span: Span) -> Pat {
        Pat { kind: PatKind::Wild, ty, span: at(span) }
    }
}

/// What a pattern on a lookup is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Whether it is there: `Some`, `None`, `null`.
    Presence,
    /// A literal.
    Literal,
    /// The form of the value.
    Value,
    /// Neither: a name, `_`.
    Anything,
}
