//! Making a value of one type out of a value of another that is assignable to it (language reference 5.12).

use crate::function::{Body, Slots};
use fuse_abi::failure::Failure;
use fuse_abi::functions::Rt;
use fuse_hir::{Expr, Span, Ty, Type as HirType};
use fuse_ir::{BinaryOp, IntCc, Value};

impl Body<'_, '_> {
    /// `Coerce`.
    pub(crate) fn coerce(&mut self, operand: &Expr, to: Ty, span: Span) -> Slots {
        if let (HirType::Lookup(_), false) = (self.ty(operand.ty), self.is_option(to)) {
            return self.open_or_fail(operand, to, span);
        }
        let slots = self.expr(operand);
        self.convert(operand.ty, to, slots, span)
    }

    /// A lookup where its content is needed: missing is a null access.
    fn open_or_fail(&mut self, operand: &Expr, to: Ty, span: Span) -> Slots {
        let null = self.builder.create_block();
        let content = self.open(operand, null);
        let next = self.builder.create_block();
        self.builder.jump(next, &[]);
        self.enter(null);
        let position = self.position(span);
        self.builder.fail(Failure::NullAccess, position);
        self.enter(next);
        let from = self.content_type(operand.ty);
        self.convert(from, to, content, span)
    }

    /// Converts slots of one type to another.
    pub(crate) fn convert(&mut self, from: Ty, to: Ty, slots: Slots, span: Span) -> Slots {
        if self.same_representation(from, to) {
            return slots;
        }
        match (self.ty(from), self.ty(to)) {
            (HirType::Never, _) => self.placeholder(to),
            (_, HirType::Dynamic) => self.make_dynamic(from, slots, span),
            (HirType::Null, _) => self.null(to),
            (HirType::Option(_) | HirType::Lookup(_), HirType::Option(_) | HirType::Lookup(_)) => {
                self.convert_option(from, to, slots, span)
            }
            (_, HirType::Option(_) | HirType::Lookup(_)) => {
                let content = self.content_type(to);
                let slots = self.convert(from, content, slots, span);
                self.some(to, slots)
            }
            (HirType::Lookup(_), _) => {
                let position = self.position(span);
                let null = self.is_null(from, &slots);
                self.builder.check(null, Failure::NullAccess, position);
                let content = self.content(from, &slots);
                let inner = self.content_type(from);
                self.convert(inner, to, content, span)
            }
            (HirType::List(a), HirType::List(b)) => self.convert_list(*a, *b, to, slots[0], span),
            (HirType::Map(a), HirType::Map(b)) => self.convert_map(*a, *b, to, slots[0], span),
            (HirType::Result(..), HirType::Result(..)) => self.convert_result(from, to, slots, span),
            (HirType::Union(_), HirType::Union(_) | HirType::StdError) => {
                self.convert_union(from, to, slots, span)
            }
            _ => slots,
        }
    }

    /// Whether values of both types have the same slots with the same meaning.
    fn same_representation(&mut self, from: Ty, to: Ty) -> bool {
        if from == to {
            return true;
        }
        let text = |ty: &HirType| matches!(ty, HirType::String | HirType::Id | HirType::Email);
        match (self.ty(from), self.ty(to)) {
            (HirType::List(a), HirType::List(b)) | (HirType::Map(a), HirType::Map(b)) => {
                // A container of nothing holds nothing that would have to be converted, but its elements have another size.
                self.same_representation(*a, *b)
            }
            (HirType::Option(a) | HirType::Lookup(a), HirType::Option(b) | HirType::Lookup(b)) => {
                let (a, b) = (*a, *b);
                let (a, b) = (self.inner_of(a), self.inner_of(b));
                self.same_representation(a, b)
            }
            (HirType::Struct(_), HirType::StdError) => true,
            (HirType::Function(..), HirType::Function(..)) => true,
            (HirType::Result(a, xs), HirType::Result(b, ys)) => {
                xs.len() == ys.len()
                    && self.same_representation(*a, *b)
                    && xs.iter().zip(ys).all(|(&x, &y)| x == y)
            }
            (a, b) => a == b || text(a) && text(b),
        }
    }

    /// A lookup of an option is represented as that option.
    fn inner_of(&mut self, ty: Ty) -> Ty {
        if self.is_option(ty) { self.content_type(ty) } else { ty }
    }

    fn convert_option(&mut self, from: Ty, to: Ty, slots: Slots, span: Span) -> Slots {
        let null = self.builder.create_block();
        let join = self.block_for(to);
        let content = self.open_slots(from, &slots, null);
        let (inner, target) = (self.content_type(from), self.content_type(to));
        let content = self.convert(inner, target, content, span);
        let some = self.some(to, content);
        self.builder.jump(join, &some);
        self.enter(null);
        let none = self.null(to);
        self.builder.jump(join, &none);
        self.enter(join)
    }

    /// Element by element, into a new list.
    fn convert_list(&mut self, from: Ty, to: Ty, list_ty: Ty, list: Value, span: Span) -> Slots {
        let index = self.type_index(list_ty);
        let len = self.builder.len(list);
        let new = self.runtime1(Rt::list_empty, &[index], &[len], span);
        let stride = self.shape(from).size;
        let result = self.builder.declare_var(fuse_ir::Type::Ref);
        self.builder.def_var(result, new);
        self.count_up(len, |body, at| {
            let address = body.builder.element_address(list, at, stride);
            let element = body.load(from, address, 0);
            let element = body.convert(from, to, element, span);
            let new = body.builder.use_var(result);
            let new = body.push_element(new, to, &element, span);
            body.builder.def_var(result, new);
        });
        vec![self.builder.use_var(result)]
    }

    /// Value by value, into a new map with the same order.
    fn convert_map(&mut self, from: Ty, to: Ty, map_ty: Ty, map: Value, span: Span) -> Slots {
        let index = self.type_index(map_ty);
        let len = self.runtime1(Rt::map_len, &[], &[map], span);
        let new = self.runtime1(Rt::map_new, &[index], &[len], span);
        let result = self.builder.declare_var(fuse_ir::Type::Ref);
        self.builder.def_var(result, new);
        self.count_up(len, |body, at| {
            let address = body.map_value_at(map, at, span);
            let value = body.load(from, address, 0);
            let value = body.convert(from, to, value, span);
            let key = body.runtime1(Rt::map_key_at, &[], &[map, at], span);
            let new = body.builder.use_var(result);
            let [new, slot] = body.runtime(Rt::map_insert_slot, &[], &[new, key], span)[..] else { return };
            body.replace(to, slot, 0, &value, true);
            body.builder.def_var(result, new);
        });
        vec![self.builder.use_var(result)]
    }

    /// Runs a piece of code for 0, 1, ... up to `len`, exclusive.
    pub(crate) fn count_up(&mut self, len: Value, body: impl FnOnce(&mut Self, Value)) {
        let counter = self.builder.declare_var(fuse_ir::Type::I64);
        let zero = self.builder.iconst(0);
        self.builder.def_var(counter, zero);
        let [head, round, exit] = [(); 3].map(|()| self.builder.create_block());
        self.builder.jump(head, &[]);
        self.builder.switch_to_block(head);
        let at = self.builder.use_var(counter);
        let more = self.builder.icmp(IntCc::Lt, at, len);
        self.builder.branch(more, round, exit);
        self.enter(round);
        body(self, at);
        let one = self.builder.iconst(1);
        let next = self.builder.binary(BinaryOp::Add, at, one);
        self.builder.def_var(counter, next);
        self.builder.jump(head, &[]);
        self.builder.seal_block(head);
        self.enter(exit);
    }

    fn convert_result(&mut self, from: Ty, to: Ty, slots: Slots, span: Span) -> Slots {
        let (value, domains) = self.result_parts(from);
        let (target, targets) = self.result_parts(to);
        let join = self.block_for(to);
        let tag = self.tag(from, &slots);
        let blocks = (0..=domains.len()).map(|_| self.builder.create_block()).collect::<Vec<_>>();
        self.switch_by_tag(tag, &blocks);
        for (index, block) in blocks.into_iter().enumerate() {
            self.enter(block);
            let payload = self.payload(from, &slots, index, 0);
            let made = if index == 0 {
                let payload = self.convert(value, target, payload, span);
                self.ok(to, payload)
            } else {
                let domain = domains[index - 1];
                let place = self.domain_of(&targets, domain);
                let payload = self.convert(domain, targets[place], payload, span);
                self.make_variant(to, place + 1, &[payload])
            };
            self.builder.jump(join, &made);
        }
        self.enter(join)
    }

    fn convert_union(&mut self, from: Ty, to: Ty, slots: Slots, span: Span) -> Slots {
        let HirType::Union(members) = self.ty(from) else { return slots };
        let join = self.block_for(to);
        let tag = self.tag(from, &slots);
        let blocks = members.iter().map(|_| self.builder.create_block()).collect::<Vec<_>>();
        self.switch_by_tag(tag, &blocks);
        for (index, (&member, block)) in members.iter().zip(blocks).enumerate() {
            self.enter(block);
            let payload = self.payload(from, &slots, index, 0);
            let made = match self.ty(to) {
                HirType::Union(targets) => {
                    let place = self.domain_of(targets, member);
                    let payload = self.convert(member, targets[place], payload, span);
                    self.make_variant(to, place, &[payload])
                }
                _ => self.convert(member, to, payload, span),
            };
            self.builder.jump(join, &made);
        }
        self.enter(join)
    }
}
