//! Statements and control flow.

use crate::function::{Body, Loop, Slots};
use fuse_abi::failure::Failure;
use fuse_abi::functions::Rt;
use fuse_hir::{Arm, Expr, ExprKind, Pat, PatKind, Span, Stmt, StmtKind, Ty, Type as HirType};
use fuse_ir::{BinaryOp, Block, BlockCall, IntCc, Type, UnaryOp, Value};
use rustc_hash::FxHashMap;

impl Body<'_, '_> {
    /// Statements one after the other; what cannot be reached is left out.
    pub(crate) fn block(&mut self, statements: &[Stmt]) {
        let held = self.held.len();
        for statement in statements {
            if self.builder.is_unreachable() {
                break;
            }
            self.statement(statement);
        }
        if !self.builder.is_unreachable() {
            self.end_held(held);
        }
        self.held.truncate(held);
    }

    fn statement(&mut self, statement: &Stmt) {
        match &statement.kind {
            StmtKind::Let(local, Expr { kind: ExprKind::Spawn(spawn), span, .. }) => {
                self.spawn_task(*local, spawn, *span);
            }
            StmtKind::Let(local, value) => {
                let slots = self.expr(value);
                let ty = self.function.locals[local.0 as usize].ty;
                let slots = self.convert(value.ty, ty, slots, value.span);
                self.set_local(*local, &slots);
            }
            StmtKind::Assign(place, value) => self.assign(place, value),
            StmtKind::Expr(value) => {
                self.expr(value);
            }
            StmtKind::If(branches, otherwise) => self.branches(branches, otherwise),
            StmtKind::Match { subject, arms, .. } => self.matching(subject, arms),
            StmtKind::For { pattern, iter, body } => {
                self.for_loop(pattern, iter, &mut |this| this.block(body));
            }
            StmtKind::While(condition, body) => self.while_loop(condition, body),
            StmtKind::Transaction(body) => self.transaction(body, statement.span),
            StmtKind::Break => {
                if let Some(target) = self.loops.last().copied() {
                    self.end_held(target.held);
                    self.builder.jump(target.exit, &[]);
                }
            }
            StmtKind::Continue => {
                if let Some(target) = self.loops.last().copied() {
                    self.end_held(target.held);
                    self.builder.jump(target.next, &[]);
                }
            }
            StmtKind::Return(value) => {
                let slots = match value {
                    Some(value) if self.into.is_some() => return self.return_markup(value),
                    Some(value) => {
                        let slots = self.expr(value);
                        self.convert(value.ty, self.result, slots, value.span)
                    }
                    None => self.placeholder(self.result),
                };
                self.leave(&slots);
            }
        }
    }

    fn branches(&mut self, branches: &[(Expr, Vec<Stmt>)], otherwise: &[Stmt]) {
        let join = self.builder.create_block();
        for (condition, body) in branches {
            let [then, next] = [(); 2].map(|()| self.builder.create_block());
            self.condition(condition, then, next);
            self.enter(then);
            self.block(body);
            self.builder.jump(join, &[]);
            self.enter(next);
        }
        self.block(otherwise);
        self.builder.jump(join, &[]);
        self.enter(join);
    }

    /// Goes to one of two blocks by a condition; `and`, `or` and `!` become control flow.
    pub(crate) fn condition(&mut self, condition: &Expr, then: Block, otherwise: Block) {
        match &condition.kind {
            ExprKind::Not(operand) => self.condition(operand, otherwise, then),
            ExprKind::And(left, right) => {
                let more = self.builder.create_block();
                self.condition(left, more, otherwise);
                self.enter(more);
                self.condition(right, then, otherwise);
            }
            ExprKind::Or(left, right) => {
                let more = self.builder.create_block();
                self.condition(left, then, more);
                self.enter(more);
                self.condition(right, then, otherwise);
            }
            _ => {
                let value = match self.expr(condition)[..] {
                    [value] => value,
                    // A condition of type Never: not reached.
                    _ => self.builder.byte(0),
                };
                self.builder.branch(value, then, otherwise);
            }
        }
    }

    fn while_loop(&mut self, condition: &Expr, body: &[Stmt]) {
        let [head, round, exit] = [(); 3].map(|()| self.builder.create_block());
        self.builder.jump(head, &[]);
        self.builder.switch_to_block(head);
        self.condition(condition, round, exit);
        self.enter(round);
        self.loop_body(Loop { next: head, exit, held: self.held.len() }, &mut |this| this.block(body));
        self.builder.jump(head, &[]);
        self.builder.seal_block(head);
        self.enter(exit);
    }

    fn loop_body(&mut self, target: Loop, body: &mut dyn FnMut(&mut Self)) {
        self.loops.push(target);
        body(self);
        self.loops.pop();
    }

    pub(crate) fn for_loop(&mut self, pattern: &Pat, iter: &Expr, body: &mut dyn FnMut(&mut Self)) {
        match (&iter.kind, self.ty(iter.ty)) {
            (ExprKind::Range(start, end), _) if start.ty == Ty::FLOAT => {
                self.for_floats(pattern, start, end, body)
            }
            (ExprKind::Range(start, end), _) => self.for_ints(pattern, start, end, body),
            (_, HirType::List(_) | HirType::Dynamic) => {
                let (list, element) = self.iterated_list(iter);
                self.each_element(list, element, &mut |this, slots| {
                    this.bind(pattern, element, slots);
                    body(this);
                });
            }
            (_, HirType::Map(value)) => {
                let value = *value;
                let map = self.expr(iter)[0];
                let len = self.runtime1(Rt::map_len, &[], &[map], iter.span);
                self.for_counter(len, &mut |this, at| {
                    let address = this.map_value_at(map, at, iter.span);
                    let slots = this.load(value, address, 0);
                    this.bind(pattern, value, slots);
                    body(this);
                });
            }
            // Of type Never: evaluated, and nothing comes after it.
            _ => {
                self.expr(iter);
            }
        }
    }

    /// The list that a `for` runs over, and the type of its elements.
    fn iterated_list(&mut self, iter: &Expr) -> (Value, Ty) {
        let slots = self.expr(iter);
        match self.ty(iter.ty) {
            HirType::List(element) => (slots[0], *element),
            _ => (self.runtime1(Rt::dynamic_items, &[], &[slots[0]], iter.span), Ty::DYNAMIC),
        }
    }

    /// The address of a value of a map by its number. A `null` that a conversion has left where the type has none is a null access.
    pub(crate) fn map_value_at(&mut self, map: Value, at: Value, span: Span) -> Value {
        let address = self.runtime1(Rt::map_value_at, &[], &[map, at], span);
        let null = self.builder.is_null(address);
        let position = self.position(span);
        self.builder.check(null, Failure::NullAccess, position);
        address
    }

    /// A round for each element of a list.
    pub(crate) fn each_element(&mut self, list: Value, element: Ty, round: &mut dyn FnMut(&mut Self, Slots)) {
        let len = self.builder.len(list);
        let stride = self.shape(element).size;
        self.for_counter(len, &mut |this, at| {
            let address = this.builder.element_address(list, at, stride);
            let slots = this.load(element, address, 0);
            round(this, slots);
        });
    }

    /// Rounds 0, 1, ... up to `len`, exclusive.
    fn for_counter(&mut self, len: Value, body: &mut dyn FnMut(&mut Self, Value)) {
        let counter = self.builder.declare_var(Type::I64);
        let zero = self.builder.iconst(0);
        self.builder.def_var(counter, zero);
        let [head, round, next, exit] = [(); 4].map(|()| self.builder.create_block());
        self.builder.jump(head, &[]);
        self.builder.switch_to_block(head);
        let at = self.builder.use_var(counter);
        let more = self.builder.icmp(IntCc::Lt, at, len);
        self.builder.branch(more, round, exit);
        self.enter(round);
        self.loop_body(Loop { next, exit, held: self.held.len() }, &mut |this| body(this, at));
        self.builder.jump(next, &[]);
        self.enter(next);
        self.increment(counter);
        self.builder.jump(head, &[]);
        self.builder.seal_block(head);
        self.enter(exit);
    }

    fn increment(&mut self, counter: fuse_ir::Variable) {
        let at = self.builder.use_var(counter);
        let one = self.builder.iconst(1);
        let next = self.builder.binary(BinaryOp::Add, at, one);
        self.builder.def_var(counter, next);
    }

    /// A range of Int is run over without being built. It has at least one element; the test at the end cannot overflow.
    fn for_ints(&mut self, pattern: &Pat, start: &Expr, end: &Expr, body: &mut dyn FnMut(&mut Self)) {
        let span = start.span;
        let start = self.expr(start)[0];
        let end = self.expr(end)[0];
        self.check_range(start, end, span);
        let counter = self.builder.declare_var(Type::I64);
        self.builder.def_var(counter, start);
        let [round, next, again, exit] = [(); 4].map(|()| self.builder.create_block());
        self.builder.jump(round, &[]);
        self.builder.switch_to_block(round);
        let at = self.builder.use_var(counter);
        self.bind(pattern, Ty::INT, vec![at]);
        self.loop_body(Loop { next, exit, held: self.held.len() }, body);
        self.builder.jump(next, &[]);
        self.enter(next);
        let at = self.builder.use_var(counter);
        let more = self.builder.icmp(IntCc::Lt, at, end);
        self.builder.branch(more, again, exit);
        self.enter(again);
        self.increment(counter);
        self.builder.jump(round, &[]);
        self.builder.seal_block(round);
        self.enter(exit);
    }

    fn for_floats(&mut self, pattern: &Pat, start: &Expr, end: &Expr, body: &mut dyn FnMut(&mut Self)) {
        let span = start.span;
        let start = self.expr(start)[0];
        let end = self.expr(end)[0];
        let len = self.runtime1(Rt::range_float_len, &[], &[start, end], span);
        self.for_counter(len, &mut |this, at| {
            let step = this.builder.unary(UnaryOp::IntToFloat, at);
            let element = this.builder.binary(BinaryOp::FloatAdd, start, step);
            this.bind(pattern, Ty::FLOAT, vec![element]);
            body(this);
        });
    }

    /// Binds an irrefutable pattern to an element.
    fn bind(&mut self, pattern: &Pat, element: Ty, slots: Slots) {
        let slots = self.convert(element, pattern.ty, slots, pattern.span);
        let never = self.builder.create_block();
        self.test(pattern, &slots, never);
        // Nothing leads to `never`: the pattern always matches.
        let next = self.builder.create_block();
        self.builder.jump(next, &[]);
        self.enter(never);
        self.builder.unreachable();
        self.enter(next);
    }

    fn matching(&mut self, subject: &Expr, arms: &[Arm]) {
        let slots = self.expr(subject);
        let join = self.builder.create_block();
        if self.is_sum(subject.ty)
            && arms.iter().all(|arm| variant_of(&arm.pattern).is_some() || always(&arm.pattern))
        {
            self.match_by_tag(subject.ty, &slots, arms, join);
        } else {
            self.match_in_turn(&slots, arms, join);
        }
        self.enter(join);
    }

    /// Arm after arm.
    fn match_in_turn(&mut self, slots: &[Value], arms: &[Arm], join: Block) {
        for arm in arms {
            let next = self.builder.create_block();
            self.test(&arm.pattern, slots, next);
            self.block(&arm.body);
            self.builder.jump(join, &[]);
            self.enter(next);
        }
        self.builder.jump(join, &[]);
    }

    /// A jump by the tag to the first arm that may match; an arm whose payload patterns fail goes on to the next one for the same tag.
    fn match_by_tag(&mut self, ty: Ty, slots: &[Value], arms: &[Arm], join: Block) {
        let variants = self.variant_count(ty);
        let entries = arms.iter().map(|_| self.builder.create_block()).collect::<Vec<_>>();
        // The arms for each variant, and those for all.
        let mut by_variant: Vec<Vec<usize>> = vec![Vec::new(); variants];
        let mut for_all: Vec<usize> = Vec::new();
        for (index, arm) in arms.iter().enumerate() {
            match variant_of(&arm.pattern) {
                Some(variant) => by_variant[variant].push(index),
                None => for_all.push(index),
            }
        }
        let next = |list: &[usize], from| list.get(list.partition_point(|&index| index < from)).copied();
        let candidate = |variant: usize, from: usize| {
            let found = [next(&by_variant[variant], from), next(&for_all, from)];
            found.into_iter().flatten().min().map_or(join, |index| entries[index])
        };
        let tag = self.tag(ty, slots);
        let targets = (0..variants).map(|variant| candidate(variant, 0)).collect::<Vec<_>>();
        self.switch_to_targets(tag, &targets);
        for (index, arm) in arms.iter().enumerate() {
            self.enter(entries[index]);
            match variant_of(&arm.pattern) {
                Some(variant) => {
                    let failed = candidate(variant, index + 1);
                    self.test_payload(&arm.pattern, slots, failed);
                }
                None => {
                    let unused = self.builder.create_block();
                    self.test(&arm.pattern, slots, unused);
                }
            }
            self.block(&arm.body);
            self.builder.jump(join, &[]);
        }
    }

    /// Goes to the n-th block for tag n; the most frequent target is the default.
    fn switch_to_targets(&mut self, tag: Value, targets: &[Block]) {
        let mut counts: FxHashMap<Block, usize> = FxHashMap::default();
        targets.iter().for_each(|&target| *counts.entry(target).or_default() += 1);
        let Some(&default) = targets.iter().max_by_key(|target| counts[target]) else {
            return self.builder.unreachable();
        };
        let call = |block| BlockCall { block, args: Vec::new() };
        let cases = targets.iter().enumerate().filter(|(_, target)| **target != default);
        let cases = cases.map(|(index, &target)| (index as i64, call(target))).collect::<Vec<_>>();
        match (cases.is_empty(), targets.len()) {
            (true, _) => self.builder.jump(default, &[]),
            (false, 2) => self.builder.branch(tag, targets[1], targets[0]),
            _ => self.builder.switch(tag, cases, call(default)),
        }
    }
}

/// The variant that a pattern on an enum, result or union asks for.
fn variant_of(pattern: &Pat) -> Option<usize> {
    match &pattern.kind {
        PatKind::Variant(variant, _) => Some(*variant as usize),
        PatKind::Domain(domain, _) => Some(*domain as usize),
        _ => None,
    }
}

/// Whether a pattern matches everything, whatever it is nested in.
fn always(pattern: &Pat) -> bool {
    matches!(pattern.kind, PatKind::Wild | PatKind::Bind(_))
}
