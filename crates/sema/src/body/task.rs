//! Tasks: `spawn` blocks, what they may do, and the lifetimes of tasks (language reference 5.10, 6.2, 6.3).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Expr, ExprKind, LocalId, Spawn, Stmt, StmtKind, Ty, Type};
use fuse_syntax::{Symbol, ast, sym};
use std::sync::Arc;

use super::position::{Mode, Position, Root};
use super::scope::{Binding, Origin};
use super::stmt::Tail;
use super::{Body, at, back, coerce};
use crate::index::note::Meaning;

/// Names of tasks, and the `spawn` blocks around the statement at hand.
#[derive(Default)]
pub(super) struct Tasks {
    /// Names of tasks that are visible, the innermost last.
    names: Vec<TaskName>,
    /// The blocks, the innermost last.
    blocks: Vec<Block>,
    /// How many the body has.
    count: u32,
}

/// A name of a task.
struct TaskName {
    name: Symbol,
    local: LocalId,
    /// How many scopes there are where it is bound.
    depth: usize,
    /// The `spawn` whose task has not been awaited yet: its head, and the whole.
    pending: Option<(Span, Span)>,
}

/// A `spawn` block.
struct Block {
    /// Locals from here on are its own.
    first: u32,
    captures: Vec<LocalId>,
    /// The result type of the callable around all blocks.
    callable: Option<Ty>,
}

impl Body<'_, '_> {
    /// Whether a `spawn` block is around the statement at hand.
    pub(super) fn in_spawn(&self) -> bool {
        !self.tasks.blocks.is_empty()
    }

    /// Whether a local belongs to what is around the innermost `spawn` block.
    fn is_outer(&self, local: LocalId) -> bool {
        self.tasks.blocks.last().is_some_and(|block| local.0 < block.first)
    }

    /// Notes that the blocks inside which a local is mentioned, and outside of which it is bound, need its value.
    fn capture(&mut self, local: LocalId) {
        for block in self.tasks.blocks.iter_mut().rev() {
            if local.0 >= block.first {
                return;
            }
            if let Err(place) = block.captures.binary_search(&local) {
                block.captures.insert(place, local);
            }
        }
    }

    /// A name is mentioned as a value; false if it must not be, which is reported.
    pub(super) fn may_mention(&mut self, binding: &Binding, span: Span) -> bool {
        if binding.origin == Origin::Cell && !self.no_cell_in_spawn(binding.local, span) {
            return false;
        }
        if matches!(self.types.get(self.locals[binding.local.0 as usize].ty), Type::Task(_)) {
            let name = self.text(binding.name);
            let message = format!("the task `{name}` can only be awaited here");
            self.error_hint(codes::DETACHED_TASK, span, message, format!("write `await {name}`"));
            return false;
        }
        self.capture(binding.local);
        true
    }

    /// A name is the root of a place that is assigned; false if it must not be, which is reported.
    pub(super) fn may_assign(&mut self, binding: &Binding, place: Span) -> bool {
        if binding.origin == Origin::Cell {
            return self.no_cell_in_spawn(binding.local, place);
        }
        if !self.is_outer(binding.local) {
            return true;
        }
        let name = self.text(binding.name);
        let message =
            format!("a `spawn` block must not assign to `{name}`, which is bound outside of the block");
        let hint = "let the block yield the value, and assign it after `await`";
        self.error_hint(codes::SPAWN_ASSIGNMENT, place, message, hint);
        false
    }

    /// A cell is mentioned: false, after a report, if that is in a `spawn` block around which it is bound.
    pub(super) fn no_cell_in_spawn(&mut self, local: LocalId, span: Span) -> bool {
        if !self.is_outer(local) {
            return true;
        }
        let name = self.locals[local.0 as usize].name.clone();
        let message = format!("a `spawn` block must not mention `{name}`, which is bound to a box outside");
        let hint = "bind its content to another name before the block, as in `let copy: … = …`";
        self.error_hint(codes::SPAWN_BOX, span, message, hint);
        false
    }

    /// Reports a `box` in a `spawn` block.
    pub(super) fn no_box_in_spawn(&mut self, span: Span) {
        if self.in_spawn() {
            let message = "a `spawn` block must not make a box: boxes cannot cross into tasks";
            self.error_hint(codes::SPAWN_BOX, span, message, "use `var` inside of the block");
        }
    }

    /// Reports a builtin that tasks must not call.
    pub(super) fn no_builtin_in_spawn(&mut self, name: &str, span: Span) {
        if self.in_spawn() {
            let message = format!("a `spawn` block must not call `{name}`");
            let hint = "let the block yield what is needed, and call it after `await`";
            self.error_hint(codes::SPAWN_BUILTIN, span, message, hint);
        }
    }

    /// Reports a transaction in a `spawn` block.
    pub(super) fn no_transaction_in_spawn(&mut self, head: Span) {
        if self.in_spawn() {
            let message = "a `spawn` block must not contain a transaction";
            let hint = "run the transaction before the task, or after it was awaited";
            self.error_hint(codes::SPAWN_TRANSACTION, head, message, hint);
        }
    }

    /// A `spawn` whose task gets no name.
    pub(super) fn detached_spawn(&mut self, spawn: &ast::SpawnExpr) -> Expr {
        self.spawn(spawn, None, spawn.head);
        let message = "a task must be bound to a name and awaited";
        let hint = "write `let job = spawn:`, and `await job` where its value is needed";
        self.error_hint(codes::DETACHED_TASK, spawn.head, message, hint);
        self.unknown(spawn.head)
    }

    /// `let name = spawn:`, `var name = spawn:`
    pub(super) fn bind_task(
        &mut self,
        bind: &ast::BindStmt,
        spawn: &ast::SpawnExpr,
        origin: Origin,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let name = bind.name.name;
        if name == sym::UNDERSCORE {
            self.detached_spawn(spawn);
            return true;
        }
        let mut value = self.spawn(spawn, None, bind.value.span);
        if let Some(annotation) = &bind.ty {
            // No type that can be written is that of a task.
            let ty = self.env.resolve_type(self.module, annotation, self.types, self.diags);
            value.span = at(spawn.head);
            value = self.at_position(Root::Name(name), Mode::Plain, |body| body.fit(value, ty));
        }
        let local = self.local(name, value.ty);
        self.bind(name, local, origin, bind.name.span);
        if name != sym::EMPTY && value.ty != Ty::UNKNOWN {
            let depth = self.scopes.depth();
            let pending = Some((spawn.head, bind.value.span));
            self.tasks.names.push(TaskName { name, local, depth, pending });
        }
        out.push(Stmt { kind: StmtKind::Let(local, value), span: at(span) });
        true
    }

    /// `name = spawn:`
    pub(super) fn assign_task(
        &mut self,
        name: Symbol,
        local: LocalId,
        assign: &ast::AssignStmt,
        spawn: &ast::SpawnExpr,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let expected = self.locals[local.0 as usize].ty;
        let result = match *self.types.get(expected) {
            Type::Task(result) => Some(result),
            _ => None,
        };
        let mut value = self.spawn(spawn, result, assign.value.span);
        value.span = at(spawn.head);
        let value = match expected {
            Ty::UNKNOWN => value,
            _ => self.at_position(Root::Name(name), Mode::Plain, |body| body.fit(value, expected)),
        };
        let text = self.text(name);
        if let Some(task) = self.tasks.names.iter_mut().rfind(|task| task.local == local) {
            let before = task.pending.replace((spawn.head, assign.value.span));
            if let Some((head, _)) = before {
                let message = format!("`{text}` is assigned before its task was awaited");
                let hint = format!("write `await {text}` before");
                self.error_hint(codes::TASK_REASSIGNED, assign.place.span, message, hint);
                let message = format!("this task of `{text}` could never be awaited");
                self.error(codes::TASK_REASSIGNED, head, message);
            }
        }
        out.push(Stmt { kind: StmtKind::Let(local, value), span: at(span) });
        true
    }

    /// Reports the tasks whose scope ends and that were never awaited.
    pub(super) fn leave_tasks(&mut self) {
        let depth = self.scopes.depth();
        while let Some(task) = self.tasks.names.pop_if(|task| task.depth >= depth) {
            if let Some((_, whole)) = task.pending {
                let name = self.text(task.name);
                let message = format!("the task `{name}` is never awaited in its scope");
                let hint = format!("write `await {name}` after it");
                self.error_hint(codes::TASK_NOT_AWAITED, whole, message, hint);
            }
        }
    }

    /// `await task`
    pub(super) fn await_task(&mut self, task: &ast::Expr, span: Span) -> Expr {
        let bound = match task.kind {
            ast::ExprKind::Name(name) => self.scopes.lookup(name).map(|binding| {
                self.note(task.span, Meaning::Local(binding.span, name));
                binding.local
            }),
            _ => None,
        };
        let held = bound.map(|local| (local, self.locals[local.0 as usize].ty));
        let Some((local, ty, value)) = held.and_then(|(local, ty)| match *self.types.get(ty) {
            Type::Task(value) => Some((local, ty, value)),
            _ => None,
        }) else {
            let value = self.infer(task, None);
            if value.ty != Ty::UNKNOWN {
                let message = format!(
                    "`await` needs the name of a task, found a value of type {}",
                    self.show(value.ty)
                );
                self.error(codes::AWAIT_NOT_A_TASK, span, message);
            }
            return self.unknown(span);
        };
        if let Some(name) = self.tasks.names.iter_mut().rfind(|name| name.local == local) {
            name.pending = None;
        }
        self.capture(local);
        let task = self.expr(ExprKind::Local(local), ty, task.span);
        let result = self.task_result(value);
        let awaited = self.expr(ExprKind::Await(Box::new(task)), result, span);
        if result == value {
            return awaited;
        }
        let kind = ExprKind::Propagate { operand: Box::new(awaited), error: None };
        self.expr(kind, value, span)
    }

    /// What the code of a task yields whose value has this type: in a callable that can fail, an error value may take its place.
    fn task_result(&mut self, value: Ty) -> Ty {
        let callable = self.tasks.blocks.first().map_or(self.result, |block| block.callable);
        let domains = match callable.map(|callable| self.types.get(callable)) {
            Some(Type::Result(_, domains)) if value != Ty::UNKNOWN => domains.to_vec(),
            _ => return value,
        };
        self.types.result(value, &domains)
    }

    /// The result type of the callable around all `spawn` blocks, which says which errors may be raised.
    pub(super) fn fallible_result(&self) -> Option<Ty> {
        self.tasks.blocks.first().map_or(self.result, |block| block.callable)
    }

    /// A `spawn` block; with the type that awaiting must yield, if there is one.
    fn spawn(&mut self, spawn: &ast::SpawnExpr, expected: Option<Ty>, span: Span) -> Expr {
        self.forbidden_in_transaction("`spawn`", spawn.head);
        let callable = self.fallible_result();
        let first = self.locals.len() as u32;
        self.tasks.blocks.push(Block { first, captures: Vec::new(), callable });
        let outer = (
            self.result.replace(Ty::UNKNOWN),
            std::mem::take(&mut self.loops),
            std::mem::replace(&mut self.position, Position::NOWHERE),
            std::mem::take(&mut self.path),
            std::mem::take(&mut self.damaged),
        );
        let (mut body, ends) = self.block(&spawn.block, Tail::Result);
        let damaged = self.damaged;
        (self.result, self.loops, self.position, self.path, self.damaged) = outer;
        let captures = self.tasks.blocks.pop().map(|block| block.captures).unwrap_or_default();
        self.tasks.count += 1;
        let name = format!("{} spawn {}", self.info.name, self.tasks.count);
        let word = Span::new(spawn.head.start, spawn.head.start + "spawn".len() as u32);
        let ends = ends && !damaged;
        let Some(value) = self.value_of(&body, ends, expected, word) else { return self.unknown(span) };
        let result = self.task_result(value);
        if ends {
            body.push(Stmt { kind: StmtKind::Return(None), span: at(Span::empty(spawn.block.span.end)) });
        }
        self.finish_returns(&mut body, value, result);
        let ty = self.types.intern(Type::Task(value));
        self.expr(ExprKind::Spawn(Arc::new(Spawn { name, captures, result, body })), ty, span)
    }

    /// The type that a block's values have in common; `None` after a report.
    fn value_of(&mut self, body: &[Stmt], ends: bool, expected: Option<Ty>, word: Span) -> Option<Ty> {
        let mut found = Vec::new();
        each_return(body, &mut |value, span| found.push((value.map_or(Ty::UNIT, |value| value.ty), span)));
        if let Some(expected) = expected
            && found.iter().all(|&(ty, _)| coerce::assignable(self.types, ty, expected))
            && (!ends || expected == Ty::UNIT)
        {
            return Some(expected);
        }
        let types: Vec<Ty> = found.iter().map(|&(ty, _)| ty).collect();
        let common = match coerce::common_type(self.types, &types) {
            // Nothing is returned: the block just ends, or never does.
            Ok(Ty::NEVER) if ends => Ty::UNIT,
            Ok(common) => common,
            Err(_) if types.contains(&Ty::UNIT) => {
                let other = types.iter().copied().find(|&ty| ty != Ty::UNIT && ty != Ty::UNKNOWN);
                return self.without_value(other.unwrap_or(Ty::UNKNOWN), word);
            }
            Err(misfit) => {
                let first = types.iter().copied().find(|&ty| ty != Ty::UNKNOWN).unwrap_or(Ty::UNKNOWN);
                let (first, other) = (self.show(first), self.show(types[misfit]));
                let message =
                    format!("the values of the task have no common type: {first} before, {other} here");
                self.error(codes::NO_COMMON_TYPE, back(found[misfit].1), message);
                return None;
            }
        };
        if ends && common != Ty::UNIT && common != Ty::UNKNOWN {
            return self.without_value(common, word);
        }
        (common != Ty::UNKNOWN).then_some(common)
    }

    /// Reports a block that can end without a value.
    fn without_value(&mut self, result: Ty, word: Span) -> Option<Ty> {
        let message =
            format!("the `spawn` block can end without a value of its result type {}", self.show(result));
        let hint = "end every path with a `return`, or with the value as the last line";
        self.error_hint(codes::MISSING_RESULT, word, message, hint);
        None
    }

    /// Gives each return of a block the type that the block yields.
    fn finish_returns(&mut self, body: &mut [Stmt], value: Ty, result: Ty) {
        each_return_mut(body, &mut |returned, span| {
            let found = returned.take().unwrap_or(Expr { kind: ExprKind::Unit, ty: Ty::UNIT, span });
            let shaped = self.at_position(Root::Return, Mode::Plain, |body| body.shaped(found, value));
            *returned = Some(match result == value {
                true => shaped,
                false => Expr { kind: ExprKind::Ok(Box::new(shaped)), ty: result, span },
            });
        });
    }
}

/// Visits the returns of a body, not those of the `spawn` blocks in it.
fn each_return(body: &[Stmt], visit: &mut impl FnMut(Option<&Expr>, fuse_hir::Span)) {
    for stmt in body {
        match &stmt.kind {
            StmtKind::Return(value) => {
                visit(value.as_ref(), value.as_ref().map_or(stmt.span, |value| value.span))
            }
            StmtKind::If(branches, otherwise) => {
                branches.iter().for_each(|(_, block)| each_return(block, visit));
                each_return(otherwise, visit);
            }
            StmtKind::Match { arms, .. } => arms.iter().for_each(|arm| each_return(&arm.body, visit)),
            StmtKind::For { body, .. } | StmtKind::While(_, body) | StmtKind::Transaction(body) => {
                each_return(body, visit);
            }
            StmtKind::Let(..)
            | StmtKind::Assign(..)
            | StmtKind::Expr(_)
            | StmtKind::Break
            | StmtKind::Continue => {}
        }
    }
}

/// As [`each_return`], to change them.
fn each_return_mut(body: &mut [Stmt], visit: &mut impl FnMut(&mut Option<Expr>, fuse_hir::Span)) {
    for stmt in body {
        match &mut stmt.kind {
            StmtKind::Return(value) => visit(value, stmt.span),
            StmtKind::If(branches, otherwise) => {
                branches.iter_mut().for_each(|(_, block)| each_return_mut(block, visit));
                each_return_mut(otherwise, visit);
            }
            StmtKind::Match { arms, .. } => {
                arms.iter_mut().for_each(|arm| each_return_mut(&mut arm.body, visit));
            }
            StmtKind::For { body, .. } | StmtKind::While(_, body) | StmtKind::Transaction(body) => {
                each_return_mut(body, visit);
            }
            StmtKind::Let(..)
            | StmtKind::Assign(..)
            | StmtKind::Expr(_)
            | StmtKind::Break
            | StmtKind::Continue => {}
        }
    }
}
