//! Comparisons.

use crate::function::{Body, Slots};
use fuse_abi::functions::Rt;
use fuse_hir::{Expr, Relation, Span, Ty, Type as HirType};
use fuse_ir::{FloatCc, IntCc, UnaryOp, Value};

impl Body<'_, '_> {
    /// `<`, `<=`, `>`, `>=`
    pub(crate) fn compare(&mut self, relation: Relation, left: &Expr, right: &Expr) -> Slots {
        let a = self.expr(left)[0];
        let b = self.expr(right)[0];
        let (int, float, swapped) = match relation {
            Relation::Lt => (IntCc::Lt, FloatCc::Lt, Relation::Gt),
            Relation::Le => (IntCc::Le, FloatCc::Le, Relation::Ge),
            Relation::Gt => (IntCc::Gt, FloatCc::Gt, Relation::Lt),
            Relation::Ge => (IntCc::Ge, FloatCc::Ge, Relation::Le),
        };
        let result = match (left.ty == Ty::FLOAT, right.ty == Ty::FLOAT) {
            (false, false) => self.builder.icmp(int, a, b),
            (true, true) => self.builder.fcmp(float, a, b),
            (true, false) => self.compare_mixed(relation, a, b, left.span),
            (false, true) => self.compare_mixed(swapped, b, a, left.span),
        };
        vec![result]
    }

    /// A Float with an Int, by mathematical value: the runtime says -1, 0, 1, or 2 for NaN.
    fn compare_mixed(&mut self, relation: Relation, float: Value, int: Value, span: Span) -> Value {
        let order = self.runtime1(Rt::float_cmp_int, &[], &[float, int], span);
        let (cc, bound) = match relation {
            Relation::Lt => (IntCc::Lt, 0),
            Relation::Le => (IntCc::Le, 0),
            // Exactly 1, and exactly 0 or 1: as unsigned numbers -1 is the greatest.
            Relation::Gt => (IntCc::Eq, 1),
            Relation::Ge => (IntCc::Ult, 2),
        };
        let bound = self.builder.iconst(bound);
        self.builder.icmp(cc, order, bound)
    }

    /// `==`, `!=` on scalars and texts, each side possibly an option.
    pub(crate) fn equal(&mut self, negated: bool, left: &Expr, right: &Expr) -> Slots {
        let a = self.expr(left);
        let b = self.expr(right);
        let equal = match (self.is_option(left.ty), self.is_option(right.ty)) {
            (false, false) => self.equal_values(left.ty, &a, &b, left.span),
            (true, false) => self.equal_option(left.ty, &a, &b, left.span),
            (false, true) => self.equal_option(right.ty, &b, &a, left.span),
            (true, true) => self.equal_options(left.ty, &a, right.ty, &b, left.span),
        };
        vec![self.negate_if(negated, equal)]
    }

    /// Comparison with the literal `null`.
    pub(crate) fn compare_null(&mut self, negated: bool, operand: &Expr) -> Slots {
        let slots = self.expr(operand);
        let null = match self.ty(operand.ty) {
            HirType::Null | HirType::Never => self.builder.byte(1),
            _ => self.is_null(operand.ty, &slots),
        };
        vec![self.negate_if(negated, null)]
    }

    pub(crate) fn negate_if(&mut self, negated: bool, value: Value) -> Value {
        if negated { self.builder.unary(UnaryOp::Not, value) } else { value }
    }

    fn equal_options(&mut self, left: Ty, a: &[Value], right: Ty, b: &[Value], span: Span) -> Value {
        let join = self.block_for(Ty::BOOL);
        let null = self.builder.create_block();
        let content = self.open_slots(left, a, null);
        let same = self.equal_option(right, b, &content, span);
        self.builder.jump(join, &[same]);
        self.enter(null);
        let other = self.is_null(right, b);
        self.builder.jump(join, &[other]);
        self.enter(join)[0]
    }

    /// An option with a value: `null` equals no value.
    fn equal_option(&mut self, option: Ty, slots: &[Value], value: &[Value], span: Span) -> Value {
        let join = self.block_for(Ty::BOOL);
        let null = self.builder.create_block();
        let content = self.open_slots(option, slots, null);
        let inner = self.content_type(option);
        let same = self.equal_values(inner, &content, value, span);
        self.builder.jump(join, &[same]);
        self.enter(null);
        let no = self.builder.byte(0);
        self.builder.jump(join, &[no]);
        self.enter(join)[0]
    }

    /// Two values of one type that can be compared.
    pub(crate) fn equal_values(&mut self, ty: Ty, a: &[Value], b: &[Value], span: Span) -> Value {
        match self.ty(ty) {
            HirType::Float => self.builder.fcmp(FloatCc::Eq, a[0], b[0]),
            HirType::Int | HirType::Bool => self.builder.icmp(IntCc::Eq, a[0], b[0]),
            HirType::Bytes => self.runtime1(Rt::bytes_eq, &[], &[a[0], b[0]], span),
            _ => self.runtime1(Rt::str_eq, &[], &[a[0], b[0]], span),
        }
    }
}
