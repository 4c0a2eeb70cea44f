//! Enums, results and unions: tag and merged slots; `?!`.

use crate::function::{Body, Slots};
use crate::shape::{ShapeKind, Sum};
use fuse_abi::layout::NODE_OFFSET;
use fuse_hir::{Expr, Span, StdErrors, StructId, Ty, Type as HirType};
use fuse_ir::{BlockCall, IntCc, Type, Value};
use std::rc::Rc;

impl Body<'_, '_> {
    /// Makes a value of an enum, result or union: the variant and its payload elements.
    pub(crate) fn make_variant(&mut self, ty: Ty, variant: usize, payload: &[Slots]) -> Slots {
        let shape = self.shape(ty);
        let ShapeKind::Sum(sum) = &shape.kind else { return Slots::new() };
        if sum.boxed && payload.iter().all(|element| element.is_empty()) {
            return vec![self.empty_variant(ty, variant, sum)];
        }
        let mut slots: Vec<Option<Value>> = vec![None; sum.slots.len()];
        slots[0] = Some(self.tag_of(sum, variant));
        for (places, element) in sum.variants[variant].places.iter().zip(payload) {
            for (&place, &slot) in places.iter().zip(element) {
                slots[place] = Some(slot);
            }
        }
        let slots = slots.into_iter().zip(&sum.slots);
        let slots = slots.map(|(slot, &ty)| slot.unwrap_or_else(|| self.zero(ty))).collect::<Slots>();
        if !sum.boxed {
            return slots;
        }
        let index = self.type_index(ty);
        let size = (NODE_OFFSET as u32 + sum.size).next_multiple_of(8);
        let fields = sum.offsets.iter().map(|offset| NODE_OFFSET as u32 + offset).zip(slots).collect();
        vec![self.builder.node(index, size, fields)]
    }

    /// A boxed variant without payload is one static object.
    fn empty_variant(&mut self, ty: Ty, variant: usize, sum: &Sum) -> Value {
        let index = self.type_index(ty);
        let size = sum.size.next_multiple_of(8) as usize;
        let mut bytes = vec![0; size];
        let tag = (variant as u64).to_le_bytes();
        let width = sum.slots[0].size() as usize;
        bytes[..width].copy_from_slice(&tag[..width]);
        let id = self.lowering.object(index, bytes);
        self.builder.static_object(id)
    }

    /// The tag of a variant.
    fn tag_of(&mut self, sum: &Sum, variant: usize) -> Value {
        match sum.slots[0] {
            Type::I8 => self.builder.byte(variant as u8),
            _ => self.builder.iconst(variant as i64),
        }
    }

    /// Whether a value is of a variant.
    pub(crate) fn is_variant(&mut self, ty: Ty, slots: &[Value], variant: usize) -> Value {
        let tag = self.tag(ty, slots);
        let shape = self.shape(ty);
        let ShapeKind::Sum(sum) = &shape.kind else { return tag };
        let number = self.tag_of(sum, variant);
        self.builder.icmp(IntCc::Eq, tag, number)
    }

    /// Whether a result is one of its errors.
    pub(crate) fn is_failure(&mut self, ty: Ty, slots: &[Value]) -> Value {
        let tag = self.tag(ty, slots);
        if self.builder.ty(tag) == Type::I8 {
            return tag;
        }
        let ok = self.builder.iconst(0);
        self.builder.icmp(IntCc::Ne, tag, ok)
    }

    /// The tag, of the type of the first slot.
    pub(crate) fn tag(&mut self, ty: Ty, slots: &[Value]) -> Value {
        let shape = self.shape(ty);
        match &shape.kind {
            ShapeKind::Sum(sum) if sum.boxed => self.builder.load(sum.slots[0], slots[0], NODE_OFFSET as u32),
            _ => slots[0],
        }
    }

    /// A payload element of a value that is known to be of this variant.
    pub(crate) fn payload(&mut self, ty: Ty, slots: &[Value], variant: usize, element: usize) -> Slots {
        let shape = self.shape(ty);
        let ShapeKind::Sum(sum) = &shape.kind else { return Slots::new() };
        let places = &sum.variants[variant].places[element];
        let element = self.shape(sum.variants[variant].payload[element]);
        let mut payload = Slots::with_capacity(places.len());
        for (&place, &slot) in places.iter().zip(&element.slots) {
            let value = if sum.boxed {
                self.builder.load(slot, slots[0], NODE_OFFSET as u32 + sum.offsets[place])
            } else if slot == Type::Ref {
                self.builder.unwrap(slots[place])
            } else {
                slots[place]
            };
            payload.push(value);
        }
        payload
    }

    /// Success type and domains of a result.
    pub(crate) fn result_parts(&self, ty: Ty) -> (Ty, Rc<[Ty]>) {
        match self.ty(ty) {
            HirType::Result(value, domains) => (*value, domains.iter().copied().collect()),
            _ => (ty, Rc::new([])),
        }
    }

    /// `Ok(v)` of a result type.
    pub(crate) fn ok(&mut self, ty: Ty, value: Slots) -> Slots {
        self.make_variant(ty, 0, &[value])
    }

    /// `Err(e)` of a result type; the error may be of a domain, of one that fits a domain, or a union.
    pub(crate) fn err(&mut self, ty: Ty, error_ty: Ty, error: Slots, expr: &Expr) -> Slots {
        self.err_of(ty, error_ty, error, expr.span)
    }

    pub(crate) fn err_of(&mut self, ty: Ty, error_ty: Ty, error: Slots, span: Span) -> Slots {
        let HirType::Union(members) = self.ty(error_ty) else {
            let (_, domains) = self.result_parts(ty);
            let domain = self.domain_of(&domains, error_ty);
            let error = self.convert(error_ty, domains[domain], error, span);
            return self.make_variant(ty, domain + 1, &[error]);
        };
        let join = self.block_for(ty);
        let tag = self.tag(error_ty, &error);
        let blocks = members.iter().map(|_| self.builder.create_block()).collect::<Vec<_>>();
        self.switch_by_tag(tag, &blocks);
        for (index, (&member, block)) in members.iter().zip(blocks).enumerate() {
            self.enter(block);
            let payload = self.payload(error_ty, &error, index, 0);
            let value = self.err_of(ty, member, payload, span);
            self.builder.jump(join, &value);
        }
        self.enter(join)
    }

    /// The domain that takes an error type: the type itself, else `std.Error` for its family.
    pub(crate) fn domain_of(&self, domains: &[Ty], error: Ty) -> usize {
        let same = domains.iter().position(|&domain| self.program().types.same(domain, error));
        same.or_else(|| {
            domains.iter().position(|&domain| domain == Ty::STD_ERROR && self.is_std_error(error))
        })
        .unwrap_or(0)
    }

    fn is_std_error(&self, ty: Ty) -> bool {
        match self.ty(ty) {
            HirType::StdError => true,
            HirType::Struct(id) => is_family_member(*id),
            _ => false,
        }
    }

    /// Goes to the n-th block for tag n.
    pub(crate) fn switch_by_tag(&mut self, tag: Value, blocks: &[fuse_ir::Block]) {
        let call = |block: fuse_ir::Block| BlockCall { block, args: Vec::new() };
        match blocks {
            [] => self.builder.unreachable(),
            [only] => self.builder.jump(*only, &[]),
            [first, second] => self.builder.branch(tag, *second, *first),
            [rest @ .., last] => {
                let cases =
                    rest.iter().enumerate().map(|(index, &block)| (index as i64, call(block))).collect();
                self.builder.switch(tag, cases, call(*last));
            }
        }
    }

    /// `e ?! err` and `e ?!`: continues with the content; on `null` or failure the function returns an error.
    pub(crate) fn propagate(&mut self, operand: &Expr, error: Option<&Expr>) -> Slots {
        let failure = self.builder.create_block();
        if !matches!(self.ty(operand.ty), HirType::Result(..)) {
            let content = self.open(operand, failure);
            let next = self.builder.create_block();
            self.builder.jump(next, &[]);
            self.enter(failure);
            if let Some(error) = error {
                self.return_error(error);
            } else {
                self.builder.unreachable();
            }
            self.enter(next);
            return content;
        }
        let result = self.expr(operand);
        let is_failure = self.is_failure(operand.ty, &result);
        self.branch_to(is_failure, failure);
        let next = self.builder.create_block();
        self.builder.jump(next, &[]);
        self.enter(failure);
        match error {
            Some(error) => self.return_error(error),
            None => self.return_failure_of(operand, &result),
        }
        self.enter(next);
        self.payload(operand.ty, &result, 0, 0)
    }

    fn return_error(&mut self, error: &Expr) {
        let slots = self.expr(error);
        let result = self.result;
        let value = self.err(result, error.ty, slots, error);
        self.leave(&value);
    }

    /// Returns the failure that a result holds, in the function's own result type.
    fn return_failure_of(&mut self, operand: &Expr, slots: &[Value]) {
        let (_, domains) = self.result_parts(operand.ty);
        let result = self.result;
        // Tag 0 does not come here: the first failure stands for it.
        let blocks = domains.iter().map(|_| self.builder.create_block()).collect::<Vec<_>>();
        let Some(&first) = blocks.first() else { return self.builder.unreachable() };
        let by_tag = std::iter::once(first).chain(blocks.iter().copied()).collect::<Vec<_>>();
        match blocks[..] {
            [only] => self.builder.jump(only, &[]),
            _ => {
                let tag = self.tag(operand.ty, slots);
                self.switch_by_tag(tag, &by_tag);
            }
        }
        for (index, block) in blocks.into_iter().enumerate() {
            self.enter(block);
            let error = self.payload(operand.ty, slots, index + 1, 0);
            let value = self.err(result, domains[index], error, operand);
            self.leave(&value);
        }
    }
}

/// Whether a struct is a member of the `std.Error` family that is assignable to its base.
fn is_family_member(id: StructId) -> bool {
    (id.0 as usize) < StdErrors::COUNT && id != StdErrors::VALIDATION_FIELD
}
