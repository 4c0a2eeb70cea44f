//! Text forms: interpolation, concatenation, and what `print` and its like need.

use crate::function::Body;
use fuse_abi::functions::Rt;
use fuse_hir::{Expr, ExprKind, Span, Ty, Type as HirType};
use fuse_ir::Value;

impl Body<'_, '_> {
    /// The text forms of all parts, one after the other, in one new string; a leading String that nobody else holds is extended in place.
    pub(crate) fn text(&mut self, parts: &[Expr]) -> Value {
        let Some((first, rest)) = parts.split_first() else { return self.static_string("") };
        let extended = self.is_text(first.ty) && !matches!(first.kind, ExprKind::String(_));
        let span = first.span;
        // All parts are evaluated before anything is appended, so that the leading string is not in use any more then.
        let values = parts.iter().map(|part| self.expr(part)).collect::<Vec<_>>();
        let (mut string, parts) = if extended {
            (values[0][0], rest.iter().zip(&values[1..]))
        } else {
            let capacity = self.builder.iconst(expected_len(parts));
            (self.runtime1(Rt::str_new, &[], &[capacity], span), parts.iter().zip(&values[..]))
        };
        for (part, slots) in parts {
            string = self.push_text(string, part.ty, slots, part.span);
        }
        string
    }

    /// The text form of a value as a string of its own.
    pub(crate) fn text_of(&mut self, ty: Ty, slots: &[Value], span: Span) -> Value {
        if self.is_text(ty) {
            return slots[0];
        }
        if *self.ty(ty) == HirType::Html {
            return self.rendering(slots[0], span);
        }
        let capacity = self.builder.iconst(16);
        let string = self.runtime1(Rt::str_new, &[], &[capacity], span);
        self.push_text(string, ty, slots, span)
    }

    /// Appends the text form of a value; consumes the string.
    pub(crate) fn push_text(&mut self, string: Value, ty: Ty, slots: &[Value], span: Span) -> Value {
        match self.ty(ty) {
            HirType::String | HirType::Id | HirType::Email => {
                self.runtime1(Rt::str_concat, &[], &[string, slots[0]], span)
            }
            HirType::Html => {
                let text = self.rendering(slots[0], span);
                self.runtime1(Rt::str_concat, &[], &[string, text], span)
            }
            HirType::Int => self.runtime1(Rt::str_push_int, &[], &[string, slots[0]], span),
            HirType::Float => self.runtime1(Rt::str_push_float, &[], &[string, slots[0]], span),
            HirType::Bool => self.runtime1(Rt::str_push_bool, &[], &[string, slots[0]], span),
            HirType::Never => string,
            HirType::Null => {
                let null = self.static_string("null");
                self.runtime1(Rt::str_concat, &[], &[string, null], span)
            }
            _ => {
                let index = self.type_index(ty);
                let address = self.spill(ty, slots);
                self.runtime1(Rt::str_push_value, &[index], &[string, address], span)
            }
        }
    }

    /// Whether the text form of a value of the type is made by walking the value.
    pub(crate) fn may_fail_as_text(&self, ty: Ty) -> bool {
        use HirType::{Bool, Float, Html, Int, Never, Null};
        !self.is_text(ty) && !matches!(self.ty(ty), Int | Float | Bool | Never | Null | Html)
    }

    /// Whether values of the type are strings.
    pub(crate) fn is_text(&self, ty: Ty) -> bool {
        matches!(self.ty(ty), HirType::String | HirType::Id | HirType::Email)
    }
}

/// A guess at the length of a text, so that most are built with one allocation.
fn expected_len(parts: &[Expr]) -> i64 {
    let len = parts.iter().map(|part| match &part.kind {
        ExprKind::String(text) => text.len() as i64,
        _ => 16,
    });
    len.sum()
}
