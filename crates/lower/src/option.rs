//! Options and lookups: making them, testing them, opening them.

use crate::function::{Body, Slots};
use crate::shape::ShapeKind;
use fuse_abi::layout::NODE_OFFSET;
use fuse_hir::{Expr, ExprKind, LocalId, Ty, Type as HirType};
use fuse_ir::{Block, IntCc, Type, Value};

impl Body<'_, '_> {
    /// What an option or lookup holds; options in lookups collapse.
    pub(crate) fn content_type(&mut self, ty: Ty) -> Ty {
        match self.shape(ty).kind {
            ShapeKind::Nullable { inner, .. } | ShapeKind::Tagged { inner } => inner,
            _ => ty,
        }
    }

    pub(crate) fn is_option(&self, ty: Ty) -> bool {
        matches!(self.ty(ty), HirType::Option(_) | HirType::Lookup(_) | HirType::Dynamic)
    }

    /// `null` of an option type.
    pub(crate) fn null(&mut self, ty: Ty) -> Slots {
        self.placeholder_option(ty)
    }

    fn placeholder_option(&mut self, ty: Ty) -> Slots {
        let shape = self.shape(ty);
        let tagged = matches!(shape.kind, ShapeKind::Tagged { .. });
        let slots = shape.slots.iter().enumerate();
        slots
            .map(|(index, &slot)| match slot {
                // A tagged null must hold nothing that is counted, whatever the content's slots are.
                Type::Ref if tagged && index > 0 => self.static_string(""),
                _ => self.zero(slot),
            })
            .collect()
    }

    /// The option that holds a content.
    pub(crate) fn some(&mut self, ty: Ty, content: Slots) -> Slots {
        let shape = self.shape(ty);
        match shape.kind {
            ShapeKind::Nullable { boxed: false, .. } | ShapeKind::Dynamic => content,
            ShapeKind::Nullable { inner, boxed: true } => {
                let index = self.type_index(ty);
                let inner = self.shape(inner);
                let size = (NODE_OFFSET as u32 + inner.size).next_multiple_of(8);
                let fields =
                    inner.offsets.iter().map(|offset| NODE_OFFSET as u32 + offset).zip(content).collect();
                vec![self.builder.node(index, size, fields)]
            }
            _ => {
                let mut slots = vec![self.builder.byte(1)];
                slots.extend(content);
                slots
            }
        }
    }

    /// Whether an option is `null` (I8).
    pub(crate) fn is_null(&mut self, ty: Ty, slots: &[Value]) -> Value {
        match self.shape(ty).kind {
            ShapeKind::Nullable { .. } | ShapeKind::Dynamic => self.builder.is_null(slots[0]),
            _ => {
                let zero = self.builder.byte(0);
                self.builder.icmp(IntCc::Eq, slots[0], zero)
            }
        }
    }

    /// The content of an option that is not `null`.
    pub(crate) fn content(&mut self, ty: Ty, slots: &[Value]) -> Slots {
        let shape = self.shape(ty);
        match shape.kind {
            ShapeKind::Dynamic => slots.to_vec(),
            ShapeKind::Nullable { boxed: false, .. } => vec![self.builder.unwrap(slots[0])],
            ShapeKind::Nullable { inner, boxed: true } => {
                let node = self.builder.unwrap(slots[0]);
                self.load(inner, node, NODE_OFFSET as u32)
            }
            _ => slots[1..].to_vec(),
        }
    }

    /// Evaluates an option or lookup; goes to `null` if it is that, and continues with its content otherwise. Lookups and chains are not built for it.
    pub(crate) fn open(&mut self, option: &Expr, null: Block) -> Slots {
        match &option.kind {
            _ if matches!(self.ty(option.ty), HirType::Null | HirType::Never) => {
                self.expr(option);
                self.builder.jump(null, &[]);
                Slots::new()
            }
            ExprKind::Lookup(map, key) => {
                let value = self.map_value_type(map.ty);
                let address = self.map_find(map, key);
                let absent = self.builder.is_null(address);
                self.branch_to(absent, null);
                let slots = self.load(value, address, 0);
                // A map of options: an entry may be null itself.
                if self.is_option(value) { self.open_slots(value, &slots, null) } else { slots }
            }
            ExprKind::OptionalChain { base, local, body } => {
                let content = self.open(base, null);
                self.bind_content(base.ty, *local, content);
                let body_ty = body.ty;
                if self.is_option(body_ty) { self.open(body, null) } else { self.expr(body) }
            }
            ExprKind::Coerce(inner)
                if !self.is_option(inner.ty)
                    && !matches!(self.ty(inner.ty), HirType::Null | HirType::Never) =>
            {
                // Into an option: never null.
                let slots = self.expr(inner);
                let content = self.content_type(option.ty);
                self.convert(inner.ty, content, slots, option.span)
            }
            _ => {
                let slots = self.expr(option);
                self.open_slots(option.ty, &slots, null)
            }
        }
    }

    /// Goes to `null` if the option is that, and continues with its content.
    pub(crate) fn open_slots(&mut self, ty: Ty, slots: &[Value], null: Block) -> Slots {
        let test = self.is_null(ty, slots);
        self.branch_to(test, null);
        self.content(ty, slots)
    }

    /// Goes to a block if the condition holds, and continues here otherwise.
    pub(crate) fn branch_to(&mut self, condition: Value, block: Block) {
        let next = self.builder.create_block();
        self.builder.branch(condition, block, next);
        self.enter(next);
    }

    /// Binds the content of an opened chain to its local.
    pub(crate) fn bind_content(&mut self, base: Ty, local: LocalId, content: Slots) {
        let from = self.content_type(base);
        let to = self.function.locals[local.0 as usize].ty;
        debug_assert!(self.shape(from).slots.len() == self.shape(to).slots.len(), "content of a chain");
        self.set_local(local, &content);
    }

    /// `base?.…`
    pub(crate) fn optional_chain(&mut self, expr: &Expr) -> Slots {
        let null = self.builder.create_block();
        let join = self.block_for(expr.ty);
        let content = self.open(expr, null);
        let inner = self.content_type(expr.ty);
        debug_assert!(self.shape(inner).slots.len() == content.len(), "content of a chain");
        let some = self.some(expr.ty, content);
        self.builder.jump(join, &some);
        self.enter(null);
        let none = self.null(expr.ty);
        self.builder.jump(join, &none);
        self.enter(join)
    }

    /// `a ?? b`
    pub(crate) fn coalesce(&mut self, left: &Expr, right: &Expr, ty: Ty) -> Slots {
        let null = self.builder.create_block();
        let join = self.block_for(ty);
        let content = self.open(left, null);
        let from = self.content_type(left.ty);
        let content = self.convert(from, ty, content, left.span);
        self.builder.jump(join, &content);
        self.enter(null);
        let other = self.expr(right);
        self.builder.jump(join, &other);
        self.enter(join)
    }
}
