//! Unary and binary operators: the table of language reference 5.15.

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Arithmetic, Expectation, Expr, ExprKind, ParamId, Relation, Ty, Type};
use fuse_syntax::ast::{self, BinaryOp, UnaryOp};

use super::{Body, coerce};

impl Body<'_, '_> {
    /// `-a`, `!a`
    pub(super) fn unary(&mut self, unary: &ast::UnaryExpr, span: Span) -> Expr {
        // A sign belongs to its literal, so that the smallest Int can be written.
        match (unary.op, &unary.operand.kind) {
            (UnaryOp::Neg, ast::ExprKind::Int(value)) if *value <= 1 << 63 => {
                return self.expr(ExprKind::Int((*value as i64).wrapping_neg()), Ty::INT, span);
            }
            (UnaryOp::Neg, ast::ExprKind::Float(value)) => {
                return self.expr(ExprKind::Float(-value), Ty::FLOAT, span);
            }
            _ => {}
        }
        let operand = self.infer(&unary.operand, None);
        let operand = self.operand(operand);
        match (unary.op, operand.ty) {
            (_, Ty::UNKNOWN | Ty::NEVER) => Expr { span: super::at(span), ..operand },
            (UnaryOp::Neg, ty @ (Ty::INT | Ty::FLOAT)) => {
                self.expr(ExprKind::Negate(Box::new(operand)), ty, span)
            }
            (UnaryOp::Neg, Ty::DYNAMIC) => {
                self.expr(ExprKind::DynamicNegate(Box::new(operand)), Ty::DYNAMIC, span)
            }
            (UnaryOp::Not, Ty::BOOL | Ty::DYNAMIC) => {
                let operand = Box::new(self.truth(operand));
                self.expr(ExprKind::Not(operand), Ty::BOOL, span)
            }
            (op, ty) => {
                let (text, wanted) = match op {
                    UnaryOp::Neg => ("-", "an Int or a Float"),
                    UnaryOp::Not => ("!", "a Bool"),
                };
                if self.unconstrained(ty).is_some() {
                    self.not_an_operation(ty, text, span);
                    return self.unknown(span);
                }
                let message = format!("`{text}` needs {wanted}, found {}", self.show(ty));
                self.error(codes::OPERATOR_TYPES, span, message);
                self.unknown(span)
            }
        }
    }

    /// `a op b`
    pub(super) fn binary(&mut self, binary: &ast::BinaryExpr, hint: Option<Ty>, span: Span) -> Expr {
        if binary.op == BinaryOp::Coalesce {
            return self.coalesce(binary, hint, span);
        }
        let left = self.infer(&binary.left, None);
        let right = self.infer(&binary.right, None);
        match binary.op {
            BinaryOp::Eq => self.equality(false, left, right, span),
            BinaryOp::Ne => self.equality(true, left, right, span),
            BinaryOp::Add => self.add(left, right, span),
            op => {
                let left = self.operand(left);
                let right = self.operand(right);
                let (left, right) = self.balanced(left, right);
                self.plain(op, left, right, span)
            }
        }
    }

    /// An operand that never yields a value has the type of the other one.
    fn balanced(&mut self, left: Expr, right: Expr) -> (Expr, Expr) {
        match (left.ty, right.ty) {
            (Ty::NEVER, Ty::NEVER) => (left, right),
            (Ty::NEVER, ty) => (self.coerced(left, ty), right),
            (ty, Ty::NEVER) => {
                let right = self.coerced(right, ty);
                (left, right)
            }
            _ => (left, right),
        }
    }

    /// The operators whose operands are only looked at as opened and widened.
    fn plain(&mut self, op: BinaryOp, left: Expr, right: Expr, span: Span) -> Expr {
        let (l, r) = (left.ty, right.ty);
        let number = |ty| matches!(ty, Ty::INT | Ty::FLOAT);
        let known = l != Ty::UNKNOWN && r != Ty::UNKNOWN;
        let accepts = |ty| match op {
            BinaryOp::Or | BinaryOp::And => ty == Ty::BOOL,
            BinaryOp::Rem => ty == Ty::INT,
            _ => number(ty),
        };
        // Of an operand that is wrong by itself the other one is no excuse; what a dynamic one is shows at run time.
        let fits = |ty| matches!(ty, Ty::UNKNOWN | Ty::NEVER | Ty::DYNAMIC) || accepts(ty);
        if !fits(l) || !fits(r) {
            return self.operator_error(op, l, r, span);
        }
        let comparison = matches!(
            op,
            BinaryOp::Or | BinaryOp::And | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge
        );
        if l == Ty::NEVER {
            return left;
        }
        if !known && !comparison {
            return self.unknown(span);
        }
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let (left, right) = (Box::new(self.truth(left)), Box::new(self.truth(right)));
                let kind = if op == BinaryOp::And { ExprKind::And } else { ExprKind::Or };
                self.expr(kind(left, right), Ty::BOOL, span)
            }
            BinaryOp::Lt => self.relation(Relation::Lt, left, right, span),
            BinaryOp::Le => self.relation(Relation::Le, left, right, span),
            BinaryOp::Gt => self.relation(Relation::Gt, left, right, span),
            BinaryOp::Ge => self.relation(Relation::Ge, left, right, span),
            BinaryOp::Range if l == Ty::DYNAMIC || r == Ty::DYNAMIC => {
                let (left, right) = self.both_dynamic(left, right);
                self.expr(ExprKind::DynamicRange(left, right), Ty::DYNAMIC, span)
            }
            BinaryOp::Range => {
                let (left, right, ty) = self.mixed(left, right);
                let ty = self.types.list(ty);
                self.expr(ExprKind::Range(Box::new(left), Box::new(right)), ty, span)
            }
            BinaryOp::Sub => self.arithmetic(Arithmetic::Sub, left, right, span),
            BinaryOp::Mul => self.arithmetic(Arithmetic::Mul, left, right, span),
            BinaryOp::Div => self.arithmetic(Arithmetic::Div, left, right, span),
            BinaryOp::Rem => self.arithmetic(Arithmetic::Rem, left, right, span),
            BinaryOp::Add | BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Coalesce => self.unknown(span),
        }
    }

    /// The type parameter that a type is, or is an option or lookup of.
    pub(super) fn unconstrained(&self, ty: Ty) -> Option<ParamId> {
        match self.types.get(coerce::option_content(self.types, ty).unwrap_or(ty)) {
            Type::Parameter(param) => Some(*param),
            _ => None,
        }
    }

    /// Reports an operator on a value of a type parameter.
    pub(super) fn not_an_operation(&mut self, ty: Ty, operator: &str, span: Span) {
        let shown = self.show(ty);
        let message = format!("`{operator}` is not known to exist for {shown}, which may be any type");
        let hint = "call a member of an interface that the type parameter has as its constraint";
        self.error_hint(codes::UNCONSTRAINED_OPERATION, span, message, hint);
    }

    fn operator_error(&mut self, op: BinaryOp, left: Ty, right: Ty, span: Span) -> Expr {
        if let Some(ty) = [left, right].into_iter().find(|&ty| self.unconstrained(ty).is_some()) {
            self.not_an_operation(ty, op.text(), span);
            return self.unknown(span);
        }
        // The type of an operand that has an error is not known.
        let known = [left, right].into_iter().filter(|&ty| ty != Ty::UNKNOWN).map(|ty| self.show(ty));
        let operands = known.collect::<Vec<_>>().join(" and ");
        let message = format!("`{}` does not accept {operands}", op.text());
        let optional =
            |ty| matches!(self.types.get(ty), Type::Option(_)) && !matches!(op, BinaryOp::Eq | BinaryOp::Ne);
        let hint = match op {
            _ if optional(left) || optional(right) => {
                "a value that may be `null` must be opened first, with `??` for example"
            }
            BinaryOp::And | BinaryOp::Or => "both sides must be Bool",
            BinaryOp::Rem => "both sides must be Int",
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => "only Int and Float have an order",
            BinaryOp::Eq | BinaryOp::Ne => {
                "compare two values of one of Int, Float, Bool, String, Bytes; use `match` for others"
            }
            BinaryOp::Add => "add numbers, texts, or lists of one type",
            _ => "both sides must be Int or Float",
        };
        self.error_hint(codes::OPERATOR_TYPES, span, message, hint);
        self.unknown(span)
    }

    /// Two numbers as numbers of one type.
    fn mixed(&mut self, left: Expr, right: Expr) -> (Expr, Expr, Ty) {
        let widened = |value: Expr| {
            let span = value.span;
            Expr { kind: ExprKind::IntToFloat(Box::new(value)), ty: Ty::FLOAT, span }
        };
        match (left.ty, right.ty) {
            (Ty::INT, Ty::FLOAT) => (widened(left), right, Ty::FLOAT),
            (Ty::FLOAT, Ty::INT) => (left, widened(right), Ty::FLOAT),
            (ty, _) => (left, right, ty),
        }
    }

    /// Two operands, one of them dynamic, as dynamic ones.
    fn both_dynamic(&mut self, left: Expr, right: Expr) -> (Box<Expr>, Box<Expr>) {
        (Box::new(self.shaped(left, Ty::DYNAMIC)), Box::new(self.shaped(right, Ty::DYNAMIC)))
    }

    /// An operand of logic, or a condition: a dynamic value must be a Bool when it is there.
    pub(super) fn truth(&self, value: Expr) -> Expr {
        match value.ty {
            Ty::DYNAMIC => self.expected_kind(value, Ty::BOOL, Expectation::Condition),
            _ => value,
        }
    }

    fn arithmetic(&mut self, op: Arithmetic, left: Expr, right: Expr, span: Span) -> Expr {
        if left.ty == Ty::DYNAMIC || right.ty == Ty::DYNAMIC {
            let (left, right) = self.both_dynamic(left, right);
            return self.expr(ExprKind::DynamicArithmetic(op, left, right), Ty::DYNAMIC, span);
        }
        let (left, right, ty) = self.mixed(left, right);
        self.expr(ExprKind::Arithmetic(op, Box::new(left), Box::new(right)), ty, span)
    }

    fn relation(&mut self, relation: Relation, left: Expr, right: Expr, span: Span) -> Expr {
        if left.ty == Ty::DYNAMIC || right.ty == Ty::DYNAMIC {
            let (left, right) = self.both_dynamic(left, right);
            return self.expr(ExprKind::DynamicCompare(relation, left, right), Ty::BOOL, span);
        }
        self.expr(ExprKind::Compare(relation, Box::new(left), Box::new(right)), Ty::BOOL, span)
    }

    /// `a + b`: numbers, text, lists.
    fn add(&mut self, left: Expr, right: Expr, span: Span) -> Expr {
        let (l, r) = (coerce::operand(self.types, left.ty), coerce::operand(self.types, right.ty));
        if l == Ty::STRING || r == Ty::STRING {
            // Lookups stay: as text, a missing one is `null`.
            let mut parts = Vec::new();
            self.append_text(left, &mut parts);
            self.append_text(right, &mut parts);
            return self.expr(ExprKind::Text(parts), Ty::STRING, span);
        }
        let left = self.operand(left);
        let right = self.operand(right);
        let (left, right) = self.balanced(left, right);
        match (self.types.get(left.ty), self.types.get(right.ty)) {
            (
                Type::Int | Type::Float | Type::Dynamic | Type::List(_),
                Type::Int | Type::Float | Type::Dynamic | Type::List(_),
            ) if left.ty == Ty::DYNAMIC || right.ty == Ty::DYNAMIC => {
                self.arithmetic(Arithmetic::Add, left, right, span)
            }
            (Type::Int | Type::Float, Type::Int | Type::Float) => {
                self.arithmetic(Arithmetic::Add, left, right, span)
            }
            (Type::Unknown, _) | (_, Type::Unknown) => self.unknown(span),
            (Type::Never, _) => left,
            (Type::List(a), Type::List(b)) => {
                let (a, b) = (*a, *b);
                let takes_right = coerce::assignable(self.types, right.ty, left.ty);
                let takes_left = coerce::assignable(self.types, left.ty, right.ty);
                // Validated texts and String accept each other: String is the more general one.
                let ty = match (takes_right, takes_left) {
                    (true, true) if coerce::operand(self.types, a) == b => right.ty,
                    (true, _) => left.ty,
                    (false, true) => right.ty,
                    (false, false) => return self.operator_error(BinaryOp::Add, left.ty, right.ty, span),
                };
                let left = self.shaped(left, ty);
                let right = self.shaped(right, ty);
                self.expr(ExprKind::ListConcat(Box::new(left), Box::new(right)), ty, span)
            }
            _ => self.operator_error(BinaryOp::Add, left.ty, right.ty, span),
        }
    }

    /// `a == b`, `a != b`
    fn equality(&mut self, negated: bool, left: Expr, right: Expr, span: Span) -> Expr {
        match (left.ty, right.ty) {
            (Ty::NULL, Ty::NULL) => return self.expr(ExprKind::Bool(!negated), Ty::BOOL, span),
            (Ty::NULL, _) => return self.null_test(negated, right, span),
            (_, Ty::NULL) => return self.null_test(negated, left, span),
            _ => {}
        }
        let (l, r) = (self.compared(left.ty), self.compared(right.ty));
        match (l, r) {
            // Whatever the other side is, the answer is a Bool.
            _ if left.ty == Ty::UNKNOWN || right.ty == Ty::UNKNOWN => {
                let kind = ExprKind::Equal { negated, left: Box::new(left), right: Box::new(right) };
                self.expr(kind, Ty::BOOL, span)
            }
            _ if left.ty == Ty::NEVER => left,
            _ if right.ty == Ty::NEVER => right,
            (Some(Ty::DYNAMIC), Some(_)) | (Some(_), Some(Ty::DYNAMIC)) => {
                let (left, right) = self.both_dynamic(left, right);
                self.expr(ExprKind::DynamicEqual { negated, left, right }, Ty::BOOL, span)
            }
            (Some(a), Some(b)) if a == b => {
                let left = self.comparable(left, a);
                let right = self.comparable(right, b);
                let kind = ExprKind::Equal { negated, left: Box::new(left), right: Box::new(right) };
                self.expr(kind, Ty::BOOL, span)
            }
            _ => {
                let op = if negated { BinaryOp::Ne } else { BinaryOp::Eq };
                self.operator_error(op, left.ty, right.ty, span)
            }
        }
    }

    /// What `==` compares of a type: the base of its content.
    fn compared(&self, ty: Ty) -> Option<Ty> {
        let content = coerce::option_content(self.types, ty).unwrap_or(ty);
        let base = coerce::operand(self.types, content);
        matches!(base, Ty::INT | Ty::FLOAT | Ty::BOOL | Ty::STRING | Ty::BYTES | Ty::DYNAMIC).then_some(base)
    }

    /// An operand of `==` as its base, or as an option of it.
    fn comparable(&mut self, value: Expr, base: Ty) -> Expr {
        let ty = match coerce::option_content(self.types, value.ty) {
            Some(_) => self.types.option(base),
            None => base,
        };
        self.coerced(value, ty)
    }

    /// A comparison with `null`.
    fn null_test(&mut self, negated: bool, operand: Expr, span: Span) -> Expr {
        match self.types.get(operand.ty) {
            Type::Option(_) | Type::Lookup(_) | Type::Unknown | Type::Dynamic => {
                self.expr(ExprKind::IsNull { negated, operand: Box::new(operand) }, Ty::BOOL, span)
            }
            Type::Never => operand,
            Type::Parameter(_) => {
                let text = if negated { "!=" } else { "==" };
                self.not_an_operation(operand.ty, text, span);
                self.unknown(span)
            }
            _ => {
                let message = format!("a value of type {} can never be `null`", self.show(operand.ty));
                self.error(codes::NULL_COMPARISON, span, message);
                self.unknown(span)
            }
        }
    }
}
