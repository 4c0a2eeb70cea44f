//! Testing values of validated types where the language says so (language reference 5.13): ranges and lengths in line, everything else by the runtime, which
//! also says what is wrong.

use crate::function::{Body, Slots};
use fuse_abi::functions::Rt;
use fuse_hir::{Constraint, Expr, ExprKind, FnId, Program, Span, StmtKind, Ty, Type as HirType};
use fuse_ir::{BinaryOp, Block, FloatCc, IntCc, Value};

impl Body<'_, '_> {
    /// `Validate`
    pub(crate) fn validate_expr(&mut self, value: &Expr, path: &str, expr: &Expr) -> Slots {
        let slots = self.expr(value);
        if !self.is_known_to_fit(expr.ty, value) {
            self.validate(expr.ty, &slots, value.span, &|body: &mut Self| body.static_string(path), false);
        }
        slots
    }

    /// The value of a default, made one of the type that it is a default of; an error is one of all problems or of the first.
    pub(crate) fn default_value(
        &mut self,
        default: FnId,
        args: &[Value],
        ty: Ty,
        path: &str,
        all: bool,
        span: Span,
    ) -> Slots {
        let slots = self.call_with(default, args, span);
        let function = &self.program().functions[default.0 as usize];
        let from = function.result;
        if from == ty {
            return slots;
        }
        let path = |body: &mut Self| body.static_string(path);
        if self.needs_conversion(from, ty) {
            return self.accept_dynamic(from, ty, slots, span, path);
        }
        let literal = match &function.body[..] {
            [only] => match &only.kind {
                StmtKind::Return(Some(value)) => Some(value),
                _ => None,
            },
            _ => None,
        };
        if !literal.is_some_and(|value| self.is_known_to_fit(ty, value)) {
            self.validate(ty, &slots, span, &path, all);
        }
        slots
    }

    /// Raises a validation error unless a value, of the type but for that, is accepted: one of all problems or of the first.
    pub(crate) fn validate(
        &mut self,
        ty: Ty,
        slots: &[Value],
        span: Span,
        path: &dyn Fn(&mut Self) -> Value,
        all: bool,
    ) {
        let Some(constraints) = tests_of(self.program(), ty) else { return };
        let slow = self.builder.create_block();
        let fine = self.builder.create_block();
        let decided = self.test_in_line(&constraints, slots, slow);
        if decided {
            self.builder.jump(fine, &[]);
        } else {
            self.builder.jump(slow, &[]);
        }
        self.enter(slow);
        let index = self.checked_type(ty);
        let address = self.spill(ty, slots);
        let path = path(self);
        let all = self.builder.byte(u8::from(all));
        self.runtime(Rt::validate, &[index], &[address, path, all], span);
        self.builder.jump(fine, &[]);
        self.enter(fine);
    }

    /// Goes to `slow` unless the value certainly fits; `false` if that cannot be told here.
    fn test_in_line(&mut self, tests: &[Test<'_>], slots: &[Value], slow: Block) -> bool {
        let mut simple = Vec::new();
        for test in tests {
            match Simple::of(test) {
                Some(test) => simple.push(test),
                None => return false,
            }
        }
        for test in &simple {
            match *test {
                Simple::Int(low, high) => {
                    // One comparison: below the lower bound the difference is huge as an unsigned number.
                    let low_value = self.builder.iconst(low);
                    let above = self.builder.binary(BinaryOp::Sub, slots[0], low_value);
                    self.leave_unless_below(above, high.wrapping_sub(low), slow);
                }
                Simple::Float(low, high) => {
                    let low = self.builder.fconst(low);
                    let fits = self.builder.fcmp(FloatCc::Ge, slots[0], low);
                    self.continue_if(fits, slow);
                    let high = self.builder.fconst(high);
                    let fits = self.builder.fcmp(FloatCc::Le, slots[0], high);
                    self.continue_if(fits, slow);
                }
                Simple::Bytes(low, high) => {
                    let len = self.builder.len(slots[0]);
                    let low_value = self.builder.iconst(low);
                    let above = self.builder.binary(BinaryOp::Sub, len, low_value);
                    self.leave_unless_below(above, high.wrapping_sub(low), slow);
                }
            }
        }
        !simple.is_empty()
    }

    /// Goes to `slow` if a number, as unsigned, is above a limit.
    fn leave_unless_below(&mut self, value: Value, limit: i64, slow: Block) {
        if limit == -1 {
            return;
        }
        let limit = self.builder.iconst(limit.wrapping_add(1));
        let outside = self.builder.icmp(IntCc::Uge, value, limit);
        self.branch_to(outside, slow);
    }

    fn continue_if(&mut self, condition: Value, otherwise: Block) {
        let next = self.builder.create_block();
        self.builder.branch(condition, next, otherwise);
        self.enter(next);
    }

    /// Whether a literal is accepted, as far as that can be told now.
    fn is_known_to_fit(&self, ty: Ty, value: &Expr) -> bool {
        let value = match &value.kind {
            ExprKind::Coerce(inner) if !matches!(inner.kind, ExprKind::Null) => inner,
            _ => value,
        };
        let ty = match self.program().types.get(ty) {
            HirType::Option(inner) if !matches!(value.kind, ExprKind::Null) => *inner,
            _ => ty,
        };
        let Some(tests) = tests_of(self.program(), ty) else { return true };
        match &value.kind {
            // `null` of an option holds nothing to test.
            ExprKind::Null => true,
            ExprKind::Int(value) => tests.iter().all(|test| test.accepts_int(*value)),
            ExprKind::String(text) => !tests.is_empty() && tests.iter().all(|test| test.accepts_text(text)),
            _ => false,
        }
    }
}

/// The tests of a type and of its base, `None` if there is nothing to test in it. Empty for containers of validated types.
fn tests_of(program: &Program, ty: Ty) -> Option<Vec<Test<'_>>> {
    match program.types.get(ty) {
        HirType::Refined(base, own) => {
            let mut tests = tests_of(program, *base).unwrap_or_default();
            tests.extend(own.iter().map(Test::Constraint));
            Some(tests)
        }
        HirType::Id => Some(vec![Test::NotEmpty]),
        HirType::Email => Some(vec![Test::Other]),
        HirType::Option(inner) | HirType::Lookup(inner) | HirType::List(inner) | HirType::Map(inner) => {
            tests_of(program, *inner).map(|_| Vec::new())
        }
        _ => None,
    }
}

/// Something that a value is tested for.
enum Test<'a> {
    NotEmpty,
    Constraint(&'a Constraint),
    Other,
}

impl Test<'_> {
    fn accepts_int(&self, value: i64) -> bool {
        matches!(self, Test::Constraint(Constraint::IntRange(low, high)) if (*low..=*high).contains(&value))
    }

    fn accepts_text(&self, text: &str) -> bool {
        match self {
            Test::NotEmpty => !text.is_empty(),
            Test::Constraint(Constraint::Length(low, high)) => {
                (*low..=*high).contains(&(text.chars().count() as u64))
            }
            _ => false,
        }
    }
}

/// A test that is made in line. It may refuse what fits, but accepts nothing that does not.
enum Simple {
    Int(i64, i64),
    Float(f64, f64),
    /// A number of bytes between these, whatever the characters.
    Bytes(i64, i64),
}

impl Simple {
    fn of(test: &Test<'_>) -> Option<Simple> {
        match *test {
            Test::NotEmpty => Some(Simple::Bytes(1, i64::MAX)),
            Test::Constraint(&Constraint::IntRange(low, high)) => Some(Simple::Int(low, high)),
            Test::Constraint(&Constraint::FloatRange(low, high)) => {
                Some(Simple::Float(f64::from_bits(low), f64::from_bits(high)))
            }
            Test::Constraint(&Constraint::Length(low, high)) => {
                // A character has four bytes at most: so many bytes are enough characters, and no more bytes are few enough.
                let enough = if low == 0 { 0 } else { low.checked_mul(4)?.checked_sub(3)? };
                let (enough, most) = (i64::try_from(enough).ok()?, i64::try_from(high).unwrap_or(i64::MAX));
                (enough <= most).then_some(Simple::Bytes(enough, most))
            }
            _ => None,
        }
    }
}
