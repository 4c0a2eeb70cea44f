//! Assignments and nested places (language reference 5.18, 7.1).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{
    self as hir, Expr, HttpTypes, LocalId, Place, StdErrors, Step, StepKind, Stmt, StmtKind, Ty, Type,
};
use fuse_syntax::{Symbol, ast, sym};

use super::position::{Mode, PathStep, Root};
use super::relation::converts;
use super::scope::Origin;
use super::stmt::diverges;
use super::{Body, at, coerce};
use crate::env::std_error_member;
use crate::index::note::Meaning;

/// A place that can be assigned.
struct Target {
    name: Symbol,
    root: LocalId,
    steps: Vec<Step>,
    /// The type of what it holds.
    ty: Ty,
}

impl Body<'_, '_> {
    /// `place = value`
    pub(super) fn assign_stmt(&mut self, assign: &ast::AssignStmt, span: Span, out: &mut Vec<Stmt>) -> bool {
        let target = match assign.place.kind {
            ast::ExprKind::Name(name) => self.name_target(name, assign.place.span, true),
            ast::ExprKind::Error => None,
            _ => self.target(&assign.place, assign.place.span),
        };
        let Some(target) = target else {
            let value = self.infer(&assign.value, None);
            return value.ty != Ty::NEVER;
        };
        if let (ast::ExprKind::Spawn(spawn), true) = (&assign.value.kind, target.steps.is_empty()) {
            return self.assign_task(target.name, target.root, assign, spawn, span, out);
        }
        let value = self.assigned(&assign.value, &target);
        let Target { root, steps, .. } = target;
        let reached = !diverges(&value);
        let kind = match reached {
            false => StmtKind::Expr(value),
            true if steps.is_empty() => StmtKind::Let(root, value),
            true => StmtKind::Assign(Place { root, steps }, value),
        };
        out.push(Stmt { kind, span: at(span) });
        reached
    }

    /// The value for a place. One with dynamic parts is converted when it is stored, if the place has steps: its path is known then.
    fn assigned(&mut self, value: &ast::Expr, target: &Target) -> Expr {
        self.at_position(Root::Name(target.name), Mode::Plain, |body| {
            let depth = body.path.len();
            let path: Vec<PathStep> = target.steps.iter().map(|step| body.path_step(step)).collect();
            body.path.extend(path);
            let value = body.infer(value, Some(target.ty));
            let value = match target.steps[..] {
                [_, ..] if converts(body.types, value.ty, target.ty) => body.unconverted(value, target.ty),
                _ => body.fit(value, target.ty),
            };
            body.path.truncate(depth);
            value
        })
    }

    /// A step of a place as errors show it.
    fn path_step(&self, step: &Step) -> PathStep {
        let number = |index: &Expr| match index.kind {
            hir::ExprKind::Int(number) => u64::try_from(number).ok(),
            _ => None,
        };
        let key = |key: &Expr| match &key.kind {
            hir::ExprKind::String(text) => self.env.interner.lookup(text),
            _ => None,
        };
        match &step.kind {
            StepKind::Field(field) => self.field_step(step, *field),
            StepKind::Index(index) => number(index).map_or(PathStep::AnyIndex, PathStep::Index),
            StepKind::Key(index) => key(index).map_or(PathStep::AnyKey, PathStep::Key),
            // Nothing inside of a dynamic value is converted.
            StepKind::Dynamic(_) => PathStep::AnyKey,
        }
    }

    /// The step to a field.
    fn field_step(&self, step: &Step, field: u32) -> PathStep {
        let base = coerce::option_content(self.types, step.base).unwrap_or(step.base);
        let name = match self.types.get(base) {
            Type::Struct(id) => self.env.strukt(*id).fields.get(field as usize).map(|field| field.name),
            Type::StdError => self.env.interner.lookup(StdErrors::MEMBERS[field as usize]),
            _ => None,
        };
        name.map_or(PathStep::AnyKey, PathStep::Key)
    }

    /// The local at the root of a place; assigned as a whole, it must not be immutable.
    fn name_target(&mut self, name: Symbol, place: Span, whole: bool) -> Option<Target> {
        let Some(binding) = self.scopes.lookup(name).copied() else {
            self.no_local(name, place);
            return None;
        };
        let end = place.start + self.text(name).len() as u32;
        self.note(Span::new(place.start, end), Meaning::Local(binding.span, name));
        if !self.may_assign(&binding, place) {
            return None;
        }
        let ty = self.locals[binding.local.0 as usize].ty;
        if binding.origin == Origin::Receiver {
            let message = "`self` is immutable: neither it nor anything in it can be assigned";
            let hint = "change a copy, as in `var copy = self`, and return that";
            self.error_hint(codes::SELF_ASSIGNMENT, place, message, hint);
            return None;
        }
        if whole && !binding.origin.assignable() {
            let text = self.text(name);
            let message = format!("`{text}` cannot be assigned: it is {}", binding.origin.describe());
            let copy = if binding.origin == Origin::RequestBody { "changed" } else { text };
            let hint = format!("use `var {copy} = …` for a name that changes");
            self.error_hint(codes::IMMUTABLE_ASSIGNMENT, place, message, hint);
            return None;
        }
        Some(Target { name, root: binding.local, steps: Vec::new(), ty })
    }

    /// Reports a place whose root is no local.
    fn no_local(&mut self, name: Symbol, place: Span) {
        let text = self.text(name);
        match self.env.lookup(self.module, name) {
            Some(crate::env::Name::Failed) => {}
            Some(found) => {
                let what = self.env.describe(found);
                let message =
                    format!("`{text}` is {what}: only local names and what they hold can be assigned");
                self.error(codes::NOT_ASSIGNABLE, place, message);
            }
            None if name == sym::UNDERSCORE => {
                self.error(codes::NOT_ASSIGNABLE, place, "`_` is no variable and cannot be assigned");
            }
            None if self.env.builtin(name).is_some() || self.env.builtin_namespace(name).is_some() => {
                let message =
                    format!("`{text}` is built in: only local names and what they hold can be assigned");
                self.error(codes::NOT_ASSIGNABLE, place, message);
            }
            None => self.unknown_name(name, Span::new(place.start, place.start + text.len() as u32)),
        }
    }

    /// A place with steps.
    fn target(&mut self, expr: &ast::Expr, place: Span) -> Option<Target> {
        match &expr.kind {
            ast::ExprKind::Name(name) => self.name_target(*name, place, false),
            ast::ExprKind::Member(member) => {
                let base = self.target(&member.base, place)?;
                self.member_step(base, member, expr.span, place)
            }
            ast::ExprKind::Index(index) => {
                let base = self.target(&index.base, place);
                let Some(base) = base else {
                    self.infer(&index.index, None);
                    return None;
                };
                self.index_step(base, index, expr.span)
            }
            ast::ExprKind::Error => None,
            _ => {
                self.error(
                    codes::NOT_ASSIGNABLE,
                    place,
                    "only local names and what they hold can be assigned",
                );
                None
            }
        }
    }

    /// The type of what a step selects from, opened; an optional step needs something that can be `null`. What was reached by a
    /// key is a lookup to `?.` and `?[ ]`.
    fn step_base(
        &mut self,
        base: &mut Target,
        optional: bool,
        expr: &ast::Expr,
        operator: &str,
    ) -> Option<Ty> {
        if !optional || base.ty == Ty::DYNAMIC {
            return Some(coerce::opened(self.types, base.ty));
        }
        let by_key = matches!(base.steps.last().map(|step| &step.kind), Some(StepKind::Key(_)));
        if by_key && coerce::option_content(self.types, base.ty).is_none() {
            base.ty = self.types.lookup(base.ty);
        }
        // Only the type and the span of the base matter.
        let stand_in = Expr { kind: hir::ExprKind::Unit, ty: base.ty, span: at(expr.span) };
        self.option_base(&stand_in, operator)
    }

    fn member_step(
        &mut self,
        mut base: Target,
        member: &ast::MemberExpr,
        span: Span,
        place: Span,
    ) -> Option<Target> {
        let content = self.step_base(&mut base, member.optional, &member.base, "`?.`")?;
        self.note_base(content, member.name);
        let field = match *self.types.get(content) {
            Type::Unknown | Type::Never => return None,
            Type::Struct(id) if HttpTypes::contains(id) => {
                let message = format!("the fields of {} can only be read", self.show(content));
                self.error(codes::NOT_ASSIGNABLE, place, message);
                return None;
            }
            Type::Struct(id) => {
                let declared = self.env.strukt(id);
                self.note(member.name.span, Meaning::Field(id, member.name.name));
                declared.field(member.name.name).map(|at| (at, declared.fields[at as usize].ty))
            }
            Type::StdError => {
                self.note(member.name.span, Meaning::Field(StdErrors::BASE, member.name.name));
                std_error_member(member.name.name, self.types)
            }
            Type::Config(_) => {
                let message = "a config keeps the values it was resolved with: its fields can only be read";
                self.error(codes::NOT_ASSIGNABLE, place, message);
                return None;
            }
            Type::Union(_) => {
                let message = format!("the fields of {} can only be read", self.show(content));
                self.error(codes::NOT_ASSIGNABLE, place, message);
                return None;
            }
            _ => None,
        };
        let Some((number, ty)) = field else {
            let value = Expr { kind: hir::ExprKind::Unit, ty: content, span: at(member.base.span) };
            self.member_of(value, member.name, span);
            return None;
        };
        let kind = StepKind::Field(number);
        base.steps.push(Step { kind, base: base.ty, optional: member.optional, ty, span: at(span) });
        Some(Target { ty, ..base })
    }

    fn index_step(&mut self, mut base: Target, index: &ast::IndexExpr, span: Span) -> Option<Target> {
        let content = self.step_base(&mut base, index.optional, &index.base, "`?[ ]` in an assignment");
        let (kind, ty) = match content.map(|content| self.types.get(content)) {
            Some(&Type::List(element)) => {
                (StepKind::Index(self.index_value(&index.index, Ty::INT, "a list index")), element)
            }
            Some(&Type::Map(value)) => (StepKind::Key(self.map_key(&index.index)), value),
            Some(Type::Dynamic) => (StepKind::Dynamic(self.dynamic_index(&index.index)), Ty::DYNAMIC),
            None | Some(Type::Unknown | Type::Never) => {
                self.infer(&index.index, None);
                return None;
            }
            Some(_) => {
                self.infer(&index.index, None);
                let stand_in = Expr {
                    kind: hir::ExprKind::Unit,
                    ty: content.unwrap_or(Ty::UNKNOWN),
                    span: at(index.base.span),
                };
                self.not_indexable(&stand_in, codes::NOT_INDEXABLE);
                return None;
            }
        };
        base.steps.push(Step { kind, base: base.ty, optional: index.optional, ty, span: at(span) });
        Some(Target { ty, ..base })
    }
}
