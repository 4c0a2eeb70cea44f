//! Expressions.

use crate::function::{Body, Slots};
use fuse_abi::failure::Failure;
use fuse_abi::functions::Rt;
use fuse_hir::{Arithmetic, AssetId, Expr, ExprKind, Span, StdErrors, Ty, Type as HirType};
use fuse_ir::{BinaryOp, CheckedOp, UnaryOp, Value};

impl Body<'_, '_> {
    /// Evaluates an expression: one IR value for each slot of its type.
    pub(crate) fn expr(&mut self, expr: &Expr) -> Slots {
        match &expr.kind {
            ExprKind::Int(value) => vec![self.builder.iconst(*value)],
            ExprKind::Float(value) => vec![self.builder.fconst(*value)],
            ExprKind::Bool(value) => vec![self.builder.byte(u8::from(*value))],
            ExprKind::String(text) => vec![self.static_string(text)],
            ExprKind::Unit => Slots::new(),
            ExprKind::Null => self.null(expr.ty),
            ExprKind::Bytes(bytes) => vec![self.static_bytes(bytes)],
            ExprKind::Asset(id) => self.asset(*id, expr),
            ExprKind::Local(local) => self.local(*local),
            ExprKind::Config(_) => Slots::new(),
            ExprKind::ConfigField(id, field) => self.config_field(*id, *field, expr),
            ExprKind::Function(id) => {
                let function = self.lowering.function(*id);
                vec![self.builder.function_address(function)]
            }
            ExprKind::Arithmetic(op, left, right) => self.arithmetic(*op, left, right, expr),
            ExprKind::Negate(operand) => self.negate(operand, expr),
            ExprKind::Not(operand) => {
                let value = self.expr(operand)[0];
                vec![self.builder.unary(UnaryOp::Not, value)]
            }
            ExprKind::And(left, right) => self.short_circuit(left, right, false),
            ExprKind::Or(left, right) => self.short_circuit(left, right, true),
            ExprKind::IntToFloat(operand) => {
                let value = self.expr(operand)[0];
                vec![self.builder.unary(UnaryOp::IntToFloat, value)]
            }
            ExprKind::DynamicArithmetic(op, left, right) => {
                self.dynamic_arithmetic(*op, left, right, expr.span)
            }
            ExprKind::DynamicNegate(operand) => self.dynamic_negate(operand, expr.span),
            ExprKind::DynamicCompare(relation, left, right) => {
                self.dynamic_compare(*relation, left, right, expr.span)
            }
            ExprKind::DynamicEqual { negated, left, right } => {
                self.dynamic_equal(*negated, left, right, expr.span)
            }
            ExprKind::DynamicRange(start, end) => self.dynamic_range(start, end, expr.span),
            ExprKind::DynamicIndex(base, index) => {
                self.dynamic_index(Rt::dynamic_index, base, index, expr.span)
            }
            ExprKind::DynamicIndexOrNull(base, index) => {
                self.dynamic_index(Rt::dynamic_index_or_null, base, index, expr.span)
            }
            ExprKind::Expect(value, expectation) => self.expect(value, *expectation, expr),
            ExprKind::Convert(value, path) => self.convert_expr(value, path, expr),
            ExprKind::Validate(value, path) => self.validate_expr(value, path, expr),
            ExprKind::Compare(relation, left, right) => self.compare(*relation, left, right),
            ExprKind::Equal { negated, left, right } => self.equal(*negated, left, right),
            ExprKind::IsNull { negated, operand } => self.compare_null(*negated, operand),
            ExprKind::Text(parts) => vec![self.text(parts)],
            ExprKind::ListConcat(left, right) => self.list_concat(left, right),
            ExprKind::Range(start, end) => self.range(start, end, expr),
            ExprKind::List(elements) => self.list(elements, expr),
            ExprKind::Map(entries) => self.map(entries, expr),
            ExprKind::Struct(id, fields) => self.struct_literal(*id, fields, expr),
            ExprKind::Variant(_, variant, payload) => {
                // Evaluated in source order, stored by number.
                let mut payload =
                    payload.iter().map(|(number, element)| (*number, self.expr(element))).collect::<Vec<_>>();
                payload.sort_by_key(|(number, _)| *number);
                let payload = payload.into_iter().map(|(_, slots)| slots).collect::<Vec<_>>();
                self.make_variant(expr.ty, *variant as usize, &payload)
            }
            ExprKind::Ok(value) => {
                let (target, _) = self.result_parts(expr.ty);
                let slots = self.expr(value);
                let slots = self.convert(value.ty, target, slots, value.span);
                self.ok(expr.ty, slots)
            }
            ExprKind::Err(error) => {
                let slots = self.expr(error);
                self.err(expr.ty, error.ty, slots, error)
            }
            ExprKind::Coerce(operand) => self.coerce(operand, expr.ty, expr.span),
            ExprKind::Field(base, field) => self.field(base, *field),
            ExprKind::ErrorField(base, name) => self.error_field(base, name, expr),
            ExprKind::UnionField(base, fields) => self.union_field(base, fields, expr.ty),
            ExprKind::Index(list, index) => self.index(list, index, expr),
            ExprKind::Lookup(..) | ExprKind::OptionalChain { .. } => self.optional_chain(expr),
            ExprKind::IndexOrNull(list, index) => self.index_or_null(list, index, expr.ty),
            ExprKind::Coalesce(left, right) => self.coalesce(left, right, expr.ty),
            ExprKind::Propagate { operand, error } => self.propagate(operand, error.as_deref()),
            ExprKind::Then(effect, value) => {
                self.expr(effect);
                self.expr(value)
            }
            ExprKind::Await(task) => self.await_task(task, expr),
            // A task without a name; the checker lets none through.
            ExprKind::Spawn(spawn) => vec![self.start_task(spawn, expr.span)],
            ExprKind::Call(function, args) => self.call(*function, args, expr),
            ExprKind::CallValue(callee, args) => self.call_value(callee, args, expr),
            ExprKind::CallBuiltin(builtin, args) => self.call_builtin(*builtin, args, expr),
            ExprKind::Element(_) => self.html(expr),
            ExprKind::Component(call) => self.component(call, expr.span),
            ExprKind::Children(owner, children) => vec![self.children_list(children, owner, expr.span)],
        }
    }

    fn arithmetic(&mut self, op: Arithmetic, left: &Expr, right: &Expr, expr: &Expr) -> Slots {
        let left = self.expr(left)[0];
        let right = self.expr(right)[0];
        if expr.ty == Ty::FLOAT {
            let op = match op {
                Arithmetic::Add => BinaryOp::FloatAdd,
                Arithmetic::Sub => BinaryOp::FloatSub,
                Arithmetic::Mul => BinaryOp::FloatMul,
                Arithmetic::Div | Arithmetic::Rem => BinaryOp::FloatDiv,
            };
            return vec![self.builder.binary(op, left, right)];
        }
        let op = match op {
            Arithmetic::Add => CheckedOp::Add,
            Arithmetic::Sub => CheckedOp::Sub,
            Arithmetic::Mul => CheckedOp::Mul,
            Arithmetic::Div => CheckedOp::Div,
            Arithmetic::Rem => CheckedOp::Rem,
        };
        let position = self.position(expr.span);
        vec![self.builder.checked(op, left, right, position)]
    }

    fn negate(&mut self, operand: &Expr, expr: &Expr) -> Slots {
        let value = self.expr(operand)[0];
        if expr.ty == Ty::FLOAT {
            return vec![self.builder.unary(UnaryOp::FloatNeg, value)];
        }
        let zero = self.builder.iconst(0);
        let position = self.position(expr.span);
        vec![self.builder.checked(CheckedOp::Sub, zero, value, position)]
    }

    /// `and`, `or`: the right operand only if the left one does not decide; it decides if it is `deciding`.
    fn short_circuit(&mut self, left: &Expr, right: &Expr, deciding: bool) -> Slots {
        let join = self.block_for(Ty::BOOL);
        let more = self.builder.create_block();
        let left = self.expr(left)[0];
        let decided = self.builder.byte(u8::from(deciding));
        if deciding {
            self.builder.branch_with(left, join, &[decided], more, &[]);
        } else {
            self.builder.branch_with(left, more, &[], join, &[decided]);
        }
        self.enter(more);
        let right = self.expr(right);
        self.builder.jump(join, &right);
        self.enter(join)
    }

    fn field(&mut self, base: &Expr, field: u32) -> Slots {
        let object = self.expr(base)[0];
        let HirType::Struct(id) = self.ty(base.ty) else { return Slots::new() };
        let offset = self.lowering.tables.layout(*id).offsets[field as usize];
        let ty = self.program().structs[id.0 as usize].fields[field as usize].ty;
        self.load(ty, object, offset)
    }

    /// An imported file: its text, or its value, which the runtime makes of it when it is first asked for.
    fn asset(&mut self, id: AssetId, expr: &Expr) -> Slots {
        let asset = &self.program().assets[id.0 as usize];
        let text = self.static_string(&asset.text);
        if asset.json { self.runtime(Rt::json_asset, &[], &[text], expr.span) } else { vec![text] }
    }

    fn error_field(&mut self, base: &Expr, name: &str, expr: &Expr) -> Slots {
        let object = self.expr(base)[0];
        self.error_member(object, name, expr.ty, expr.span)
    }

    /// A member of a `std.Error` value; fails if the value at hand does not have it.
    pub(crate) fn error_member(&mut self, error: Value, name: &str, ty: Ty, span: Span) -> Slots {
        let name = self.static_string(name);
        let address = self.runtime1(Rt::error_field, &[], &[error, name], span);
        self.load(ty, address, 0)
    }

    /// A field that every domain of a union has.
    fn union_field(&mut self, base: &Expr, fields: &[u32], ty: Ty) -> Slots {
        let union = self.expr(base);
        let HirType::Union(members) = self.ty(base.ty) else { return Slots::new() };
        let join = self.block_for(ty);
        let tag = self.tag(base.ty, &union);
        let blocks = members.iter().map(|_| self.builder.create_block()).collect::<Vec<_>>();
        self.switch_by_tag(tag, &blocks);
        for (index, (&member, block)) in members.iter().zip(blocks).enumerate() {
            self.enter(block);
            let object = self.payload(base.ty, &union, index, 0);
            let slots = match self.ty(member) {
                HirType::Struct(id) => {
                    let offset = self.lowering.tables.layout(*id).offsets[fields[index] as usize];
                    self.load(ty, object[0], offset)
                }
                // `std.Error` as one of the domains: by name.
                _ => {
                    let name = StdErrors::MEMBERS[fields[index] as usize];
                    self.error_member(object[0], name, ty, base.span)
                }
            };
            self.builder.jump(join, &slots);
        }
        self.enter(join)
    }

    fn index(&mut self, list: &Expr, index: &Expr, expr: &Expr) -> Slots {
        let object = self.expr(list)[0];
        let index = self.expr(index)[0];
        self.check_index(object, index, expr.span);
        let stride = self.shape(expr.ty).size;
        let address = self.builder.element_address(object, index, stride);
        self.load(expr.ty, address, 0)
    }

    /// Fails if the index is out of bounds.
    pub(crate) fn check_index(&mut self, list: Value, index: Value, span: Span) {
        let len = self.builder.len(list);
        let outside = self.builder.icmp(fuse_ir::IntCc::Uge, index, len);
        let position = self.position(span);
        self.builder.check(outside, Failure::IndexOutOfBounds, position);
    }

    fn index_or_null(&mut self, list: &Expr, index: &Expr, ty: Ty) -> Slots {
        let HirType::List(element) = self.ty(list.ty) else { return self.null(ty) };
        let object = self.expr(list)[0];
        let index = self.expr(index)[0];
        let null = self.builder.create_block();
        let join = self.block_for(ty);
        let len = self.builder.len(object);
        let outside = self.builder.icmp(fuse_ir::IntCc::Uge, index, len);
        self.branch_to(outside, null);
        let stride = self.shape(*element).size;
        let address = self.builder.element_address(object, index, stride);
        let slots = self.load(*element, address, 0);
        let some = self.convert(*element, ty, slots, list.span);
        self.builder.jump(join, &some);
        self.enter(null);
        let none = self.null(ty);
        self.builder.jump(join, &none);
        self.enter(join)
    }
}
