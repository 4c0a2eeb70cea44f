//! `place = place + …` where the place is a field or an element: its text or list is extended in place.
//!
//! Read, extended and stored back in the plain way, the old value would be held by the place while it is extended, and copied each time.
//! Here everything else is evaluated first; then the value is moved out of its place, extended, and moved back. Expressions
//! change no locals, so nothing that was evaluated can see the difference.

use crate::function::{Body, Slots};
use fuse_abi::functions::Rt;
use fuse_hir::{Expr, ExprKind, Place, Step, StepKind, Ty, Type as HirType};
use fuse_ir::Value;

/// What is appended to a text or list, evaluated.
pub(crate) struct Appended<'e>(Vec<(Part<'e>, Slots)>);

/// One appended value.
#[derive(Clone, Copy)]
enum Part<'e> {
    /// The text form of a value.
    Text(&'e Expr),
    /// The elements of a list.
    List(&'e Expr),
    /// One element.
    Element(&'e Expr),
}

/// An assignment that extends its place.
struct Extension<'e> {
    /// Reads the place.
    read: &'e Expr,
    parts: Vec<Part<'e>>,
}

impl Body<'_, '_> {
    /// Lowers an assignment that extends what is at its place; `false` if it is not of this kind.
    pub(crate) fn append_to_place(&mut self, place: &Place, value: &Expr) -> bool {
        let Some(extension) = self.extension(value) else { return false };
        let Some(last) = place.steps.last() else { return false };
        let plain = |step: &Step| !step.optional && !self.is_option(step.ty);
        if value.ty != last.ty || !place.steps.iter().all(plain) {
            return false;
        }
        // `m[k] ?? new`, or `m[k]` in a text, where a missing entry is `null`.
        let entry = match &extension.read.kind {
            ExprKind::Coalesce(read, _) => read,
            _ => extension.read,
        };
        let read = extension.read;
        if self.reads_entry(entry, place) {
            // Only what is there can be extended; a new entry is stored in the plain way.
            let absent = self.builder.create_block();
            let join = self.builder.create_block();
            self.open(entry, absent);
            self.extend_place(place, &extension.parts);
            self.builder.jump(join, &[]);
            self.enter(absent);
            self.set_place(place, value);
            self.builder.jump(join, &[]);
            self.enter(join);
        } else if read.ty == value.ty && reads(read, place.root, &place.steps) {
            // Fails where reading the place does.
            self.expr(read);
            self.extend_place(place, &extension.parts);
        } else {
            return false;
        }
        true
    }

    fn extend_place(&mut self, place: &Place, parts: &[Part]) {
        let evaluate = |&part: &Part<'_>| match part {
            Part::Text(value) | Part::List(value) | Part::Element(value) => self.expr(value),
        };
        let values = parts.iter().map(evaluate).collect::<Vec<_>>();
        let values = parts.iter().zip(values).map(|(&part, slots)| match part {
            // The text form of a large value may fail, which may not happen while its place is empty.
            Part::Text(value) if self.may_fail_as_text(value.ty) => {
                (part, vec![self.text_of(value.ty, &slots, value.span)])
            }
            _ => (part, slots),
        });
        let appended = Appended(values.collect());
        let keys = self.keys(&place.steps);
        let root = self.local(place.root);
        let root_ty = self.function.locals[place.root.0 as usize].ty;
        let new = self.extend(root_ty, root, &place.steps, &keys, &appended);
        self.set_local(place.root, &new);
    }

    /// Extends a text or list; consumes it.
    pub(crate) fn extended(&mut self, mut object: Value, appended: &Appended) -> Value {
        for (part, slots) in &appended.0 {
            object = match *part {
                Part::Text(value) if self.may_fail_as_text(value.ty) => {
                    self.runtime1(Rt::str_concat, &[], &[object, slots[0]], value.span)
                }
                Part::Text(value) => self.push_text(object, value.ty, slots, value.span),
                Part::List(value) => self.runtime1(Rt::list_concat, &[], &[object, slots[0]], value.span),
                Part::Element(value) => self.push_element(object, value.ty, slots, value.span),
            };
        }
        object
    }

    /// The operands of a concatenation: the first one, and what is appended to it.
    fn extension<'e>(&self, value: &'e Expr) -> Option<Extension<'e>> {
        match &value.kind {
            ExprKind::Text(parts) => {
                let (read, rest) = parts.split_first()?;
                let parts = rest.iter().map(Part::Text).collect();
                (self.is_text(self.opened(read.ty)) && !rest.is_empty()).then_some(Extension { read, parts })
            }
            ExprKind::ListConcat(..) => {
                let mut read = value;
                let mut lists = Vec::new();
                while let ExprKind::ListConcat(left, right) = &read.kind {
                    // Lists of different types are converted on the way.
                    if left.ty != value.ty || right.ty != value.ty {
                        return None;
                    }
                    lists.push(&**right);
                    read = left;
                }
                let mut parts = Vec::new();
                for list in lists.into_iter().rev() {
                    match &list.kind {
                        ExprKind::List(elements) if elements.len() <= crate::list::SMALL_LITERAL => {
                            parts.extend(elements.iter().map(Part::Element));
                        }
                        _ => parts.push(Part::List(list)),
                    }
                }
                Some(Extension { read, parts })
            }
            _ => None,
        }
    }

    /// What a lookup yields; other types as they are.
    fn opened(&self, ty: Ty) -> Ty {
        match self.ty(ty) {
            HirType::Lookup(value) => *value,
            _ => ty,
        }
    }

    /// Whether an expression is the lookup of the map entry that the place denotes.
    fn reads_entry(&self, expr: &Expr, place: &Place) -> bool {
        let Some((last, steps)) = place.steps.split_last() else { return false };
        match (&expr.kind, &last.kind) {
            (ExprKind::Lookup(map, key), StepKind::Key(step)) => {
                matches!(self.ty(expr.ty), HirType::Lookup(value) if *value == last.ty)
                    && same(key, step)
                    && reads(map, place.root, steps)
            }
            _ => false,
        }
    }
}

/// Whether an expression reads the place with these steps.
fn reads(expr: &Expr, root: fuse_hir::LocalId, steps: &[Step]) -> bool {
    let Some((last, rest)) = steps.split_last() else {
        return matches!(expr.kind, ExprKind::Local(local) if local == root);
    };
    match (&expr.kind, &last.kind) {
        (ExprKind::Field(base, field), StepKind::Field(step)) => field == step && reads(base, root, rest),
        (ExprKind::Index(list, index), StepKind::Index(step)) => same(index, step) && reads(list, root, rest),
        (ExprKind::Coerce(lookup), StepKind::Key(step)) => match &lookup.kind {
            ExprKind::Lookup(map, key) => expr.ty == last.ty && same(key, step) && reads(map, root, rest),
            _ => false,
        },
        _ => false,
    }
}

/// Whether two indices or keys are written alike and have no effects: then they have the same value.
fn same(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Int(a), ExprKind::Int(b)) => a == b,
        (ExprKind::String(a), ExprKind::String(b)) => a == b,
        (ExprKind::Local(a), ExprKind::Local(b)) => a == b,
        (ExprKind::Field(a, field), ExprKind::Field(b, other)) => field == other && same(a, b),
        (ExprKind::Index(a, index), ExprKind::Index(b, other)) => same(index, other) && same(a, b),
        (ExprKind::Arithmetic(op, a, b), ExprKind::Arithmetic(other, c, d)) => {
            op == other && same(a, c) && same(b, d)
        }
        _ => false,
    }
}
