//! Lists, maps, ranges, struct literals.

use crate::function::{Body, Slots};
use fuse_abi::failure::Failure;
use fuse_abi::functions::Rt;
use fuse_abi::layout::{DATA_OFFSET, LEN_OFFSET, NODE_OFFSET};
use fuse_hir::{Expr, ExprKind, StructId, Ty, Type as HirType};
use fuse_ir::{IntCc, Type, Value};

/// Literals of at most so many elements are evaluated before the list is made; longer ones grow the list, so that few values live at a time.
pub(crate) const SMALL_LITERAL: usize = 32;

impl Body<'_, '_> {
    pub(crate) fn list(&mut self, elements: &[Expr], expr: &Expr) -> Slots {
        let HirType::List(element) = *self.ty(expr.ty) else { return self.placeholder(expr.ty) };
        let index = self.type_index(expr.ty);
        if let Some(bytes) = constant_list(self.ty(element), elements) {
            let id = self.lowering.object(index, bytes);
            return vec![self.builder.static_object(id)];
        }
        let stride = self.shape(element).size;
        let count = self.builder.iconst(elements.len() as i64);
        if elements.len() > SMALL_LITERAL {
            return self.long_list(elements, element, index, count, expr);
        }
        let values = elements.iter().map(|element| self.expr(element)).collect::<Vec<_>>();
        let list = self.runtime1(Rt::list_new, &[index], &[count], expr.span);
        for (at, slots) in values.iter().enumerate() {
            self.put(element, list, DATA_OFFSET as u32 + stride * at as u32, slots);
        }
        vec![list]
    }

    fn long_list(&mut self, elements: &[Expr], ty: Ty, index: u32, count: Value, expr: &Expr) -> Slots {
        let mut list = self.runtime1(Rt::list_empty, &[index], &[count], expr.span);
        for element in elements {
            let slots = self.expr(element);
            list = self.push_element(list, ty, &slots, element.span);
        }
        vec![list]
    }

    pub(crate) fn list_concat(&mut self, left: &Expr, right: &Expr) -> Slots {
        let list = self.expr(left)[0];
        // `xs + [x]` appends without a list for `x`.
        if let (ExprKind::List(elements), HirType::List(ty)) = (&right.kind, self.ty(right.ty))
            && elements.len() <= SMALL_LITERAL
        {
            let ty = *ty;
            let values = elements.iter().map(|element| self.expr(element)).collect::<Vec<_>>();
            let mut list = list;
            for slots in values {
                list = self.push_element(list, ty, &slots, right.span);
            }
            return vec![list];
        }
        let right_list = self.expr(right)[0];
        vec![self.runtime1(Rt::list_concat, &[], &[list, right_list], right.span)]
    }

    /// Appends an element; consumes the list.
    pub(crate) fn push_element(
        &mut self,
        list: Value,
        ty: Ty,
        slots: &[Value],
        span: fuse_hir::Span,
    ) -> Value {
        let stride = self.shape(ty).size;
        let stride = self.builder.iconst(i64::from(stride));
        let pushed = self.runtime(Rt::list_push_slot, &[], &[list, stride], span);
        let [longer, slot] = pushed[..] else { return list };
        self.put(ty, slot, 0, slots);
        longer
    }

    pub(crate) fn range(&mut self, start: &Expr, end: &Expr, expr: &Expr) -> Slots {
        let index = self.type_index(expr.ty);
        let float = start.ty == Ty::FLOAT;
        let start = self.expr(start)[0];
        let end = self.expr(end)[0];
        let function = if float { Rt::list_range_float } else { Rt::list_range };
        vec![self.runtime1(function, &[index], &[start, end], expr.span)]
    }

    pub(crate) fn map(&mut self, entries: &[(Expr, Expr)], expr: &Expr) -> Slots {
        let ty = self.map_value_type(expr.ty);
        let index = self.type_index(expr.ty);
        let count = self.builder.iconst(entries.len() as i64);
        let mut map = self.runtime1(Rt::map_new, &[index], &[count], expr.span);
        for (key, value) in entries {
            let key_slots = self.expr(key);
            let slots = self.expr(value);
            map = self.map_insert(map, ty, key_slots[0], &slots, key.span);
        }
        vec![map]
    }

    /// Inserts or replaces; the map is consumed.
    pub(crate) fn map_insert(
        &mut self,
        map: Value,
        ty: Ty,
        key: Value,
        slots: &[Value],
        span: fuse_hir::Span,
    ) -> Value {
        let [map, slot] = self.runtime(Rt::map_insert_slot, &[], &[map, key], span)[..] else { return map };
        self.replace(ty, slot, 0, slots, true);
        map
    }

    /// Stores a value over another one. The old objects are moved out; in a new map entry they are null.
    pub(crate) fn replace(&mut self, ty: Ty, base: Value, offset: u32, slots: &[Value], may_be_new: bool) {
        let shape = self.shape(ty);
        for ((&slot, &at), &value) in shape.slots.iter().zip(&shape.offsets).zip(slots) {
            if slot.is_object() {
                let old = if may_be_new { Type::Opt } else { slot };
                self.builder.take(old, base, offset + at);
            }
            self.builder.put(base, offset + at, value);
        }
    }

    pub(crate) fn map_value_type(&self, map: Ty) -> Ty {
        match self.ty(map) {
            HirType::Map(value) => *value,
            _ => map,
        }
    }

    /// Address of the value of a key, or null.
    pub(crate) fn map_find(&mut self, map: &Expr, key: &Expr) -> Value {
        let object = self.expr(map)[0];
        let text = self.expr(key)[0];
        self.runtime1(Rt::map_find, &[], &[object, text], key.span)
    }

    pub(crate) fn struct_literal(&mut self, id: StructId, given: &[(u32, Expr)], expr: &Expr) -> Slots {
        let declaration = &self.program().structs[id.0 as usize];
        let mut values: Vec<Option<Slots>> = vec![None; declaration.fields.len()];
        for (field, value) in given {
            values[*field as usize] = Some(self.expr(value));
        }
        let layout = self.lowering.tables.layout(id);
        let mut fields = Vec::new();
        for (index, field) in declaration.fields.iter().enumerate() {
            let slots = match (values[index].take(), field.default) {
                (Some(slots), _) => slots,
                (None, Some(default)) => {
                    let path = format!("{}.{}", declaration.name, field.name);
                    self.default_value(default, &[], field.ty, &path, false, expr.span)
                }
                (None, None) => self.null(field.ty),
            };
            let shape = self.shape(field.ty);
            let offset = layout.offsets[index];
            fields.extend(shape.offsets.iter().map(|at| offset + at).zip(slots));
        }
        let index = self.lowering.tables.of_struct(id);
        vec![self.builder.node(index, layout.size, fields)]
    }

    /// Fails unless `start..end` is a range that may be built or run over; Int.
    pub(crate) fn check_range(&mut self, start: Value, end: Value, span: fuse_hir::Span) {
        let position = self.position(span);
        let wrong = self.builder.icmp(IntCc::Gt, start, end);
        self.builder.check(wrong, Failure::RangeOrder, position);
        // As unsigned numbers the difference cannot overflow.
        let difference = self.builder.binary(fuse_ir::BinaryOp::Sub, end, start);
        let limit = self.builder.iconst(MAX_RANGE);
        let large = self.builder.icmp(IntCc::Uge, difference, limit);
        self.builder.check(large, Failure::RangeTooLarge, position);
    }
}

/// Most elements of a range (runtime reference 24).
const MAX_RANGE: i64 = 100_000_000;

const _: () = assert!(NODE_OFFSET == LEN_OFFSET, "a static list's bytes start with its length");

/// The bytes behind the header of a list of literals: length, capacity, elements.
fn constant_list(ty: &HirType, elements: &[Expr]) -> Option<Vec<u8>> {
    if elements.is_empty() {
        return None;
    }
    let mut bytes = Vec::new();
    bytes.extend((elements.len() as u64).to_le_bytes());
    bytes.extend((elements.len() as u64).to_le_bytes());
    for element in elements {
        match (ty, &element.kind) {
            (HirType::Int, ExprKind::Int(value)) => bytes.extend(value.to_le_bytes()),
            (HirType::Float, ExprKind::Float(value)) => bytes.extend(value.to_bits().to_le_bytes()),
            (HirType::Bool, ExprKind::Bool(value)) => bytes.push(u8::from(*value)),
            _ => return None,
        }
    }
    Some(bytes)
}
