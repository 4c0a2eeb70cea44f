//! Constant folding and algebra.

use super::{Action, Fact, Simplifier};
use crate::Type;
use crate::function::{Function, InstData, Value};
use crate::inst::{BinaryOp, CheckedOp, FloatCc, Inst, IntCc, UnaryOp};
use crate::program::StaticData;
use fuse_abi::functions::Rt;

impl Simplifier {
    /// Looks at one instruction whose operands are resolved; it may become a simpler one in place.
    pub(super) fn fold(
        &mut self,
        function: &Function,
        statics: &[StaticData],
        data: &mut InstData,
    ) -> Action {
        let simpler = match &data.inst {
            Inst::Unary(op, a) => self.unary(*op, *a),
            Inst::Binary(op, a, b) => self.binary(*op, *a, *b),
            Inst::Checked(op, a, b, _) => self.checked(*op, *a, *b),
            Inst::IntCompare(cc, a, b) => self.compare(function, *cc, *a, *b),
            Inst::FloatCompare(cc, a, b) => self.float_compare(*cc, *a, *b),
            Inst::Select(condition, a, b) => match self.fact_of(*condition) {
                Fact::Byte(0) => Simpler::Value(*b),
                Fact::Byte(_) => Simpler::Value(*a),
                _ if a == b => Simpler::Value(*a),
                _ => Simpler::No,
            },
            Inst::Check(value, ..) => match self.fact_of(*value) {
                Fact::Byte(0) => return Action::Remove,
                Fact::Byte(_) => return Action::Fail,
                _ => Simpler::No,
            },
            Inst::IsNull(value) => match self.fact_of(*value) {
                Fact::Null => Simpler::Byte(1),
                _ if function.ty(*value) == Type::Ref => Simpler::Byte(0),
                _ => Simpler::No,
            },
            // A name under which an object is changed stays apart from others.
            Inst::Unwrap(value)
                if function.ty(*value) == Type::Ref && !self.changed_in_place[data.results[0].0 as usize] =>
            {
                Simpler::Value(*value)
            }
            Inst::Len(value) => match self.fact_of(*value) {
                Fact::Static(id) => match &statics[id.0 as usize] {
                    StaticData::String(text) => Simpler::Int(text.len() as i64),
                    // Of the kinds of objects here only lists have a length; it is their first word.
                    StaticData::Object { bytes, .. } => match bytes.first_chunk::<8>() {
                        Some(len) => Simpler::Int(i64::from_le_bytes(*len)),
                        None => Simpler::No,
                    },
                    StaticData::Block(_) => Simpler::No,
                },
                _ => Simpler::No,
            },
            Inst::Load { ty, base, offset } => self.field(function, *ty, *base, *offset),
            Inst::CallRuntime { function: Rt::str_concat, args, .. } => {
                let is_empty = |value: Value| {
                    let Fact::Static(id) = self.fact_of(value) else { return false };
                    matches!(&statics[id.0 as usize], StaticData::String(text) if text.is_empty())
                };
                match args[..] {
                    [left, right] if is_empty(right) => Simpler::Value(left),
                    [left, right] if is_empty(left) => Simpler::Value(right),
                    _ => Simpler::No,
                }
            }
            _ => Simpler::No,
        };
        match simpler {
            Simpler::No => {}
            Simpler::Value(value) => return Action::Alias(value),
            Simpler::Int(value) => data.inst = Inst::Int(value),
            Simpler::Float(value) => data.inst = Inst::Float(value.to_bits()),
            Simpler::Byte(value) => data.inst = Inst::Byte(value),
            Simpler::Inst(inst) => data.inst = inst,
        }
        Action::Keep
    }

    fn fact_of(&self, value: Value) -> Fact {
        self.facts[value.0 as usize]
    }

    fn is_bool(&self, value: Value) -> bool {
        matches!(self.fact_of(value), Fact::Bool | Fact::Compare(..) | Fact::Not(_) | Fact::Byte(0 | 1))
    }

    fn unary(&self, op: UnaryOp, a: Value) -> Simpler {
        match (op, self.fact_of(a)) {
            (UnaryOp::FloatNeg, Fact::Float(bits)) => Simpler::Float(-f64::from_bits(bits)),
            (UnaryOp::IntToFloat, Fact::Int(value)) => Simpler::Float(value as f64),
            (UnaryOp::Not, Fact::Byte(value)) => Simpler::Byte(u8::from(value == 0)),
            (UnaryOp::Not, Fact::Not(inner)) => Simpler::Value(inner),
            (UnaryOp::Not, Fact::Compare(cc, left, right)) => {
                Simpler::Inst(Inst::IntCompare(cc.opposite(), left, right))
            }
            (UnaryOp::Extend, Fact::Byte(value)) => Simpler::Int(i64::from(value)),
            _ => Simpler::No,
        }
    }

    fn binary(&self, op: BinaryOp, a: Value, b: Value) -> Simpler {
        use Fact::{Byte, Float, Int};
        let float = |bits: u64| f64::from_bits(bits);
        match (op, self.fact_of(a), self.fact_of(b)) {
            (BinaryOp::Add, Int(x), Int(y)) => Simpler::Int(x.wrapping_add(y)),
            (BinaryOp::Sub, Int(x), Int(y)) => Simpler::Int(x.wrapping_sub(y)),
            (BinaryOp::Mul, Int(x), Int(y)) => Simpler::Int(x.wrapping_mul(y)),
            (BinaryOp::Div, Int(x), Int(y)) if y != 0 => Simpler::Int(x / y),
            (BinaryOp::Rem, Int(x), Int(y)) if y != 0 => Simpler::Int(x % y),
            (BinaryOp::FloatAdd, Float(x), Float(y)) => Simpler::Float(float(x) + float(y)),
            (BinaryOp::FloatSub, Float(x), Float(y)) => Simpler::Float(float(x) - float(y)),
            (BinaryOp::FloatMul, Float(x), Float(y)) => Simpler::Float(float(x) * float(y)),
            (BinaryOp::FloatDiv, Float(x), Float(y)) => Simpler::Float(float(x) / float(y)),
            (BinaryOp::And, Byte(x), Byte(y)) => Simpler::Byte(x & y),
            (BinaryOp::Or, Byte(x), Byte(y)) => Simpler::Byte(x | y),
            (BinaryOp::Add | BinaryOp::Sub, _, Int(0)) | (BinaryOp::Mul | BinaryOp::Div, _, Int(1)) => {
                Simpler::Value(a)
            }
            (BinaryOp::Add, Int(0), _) | (BinaryOp::Mul, Int(1), _) => Simpler::Value(b),
            (BinaryOp::Mul, _, Int(0)) | (BinaryOp::Mul, Int(0), _) => Simpler::Int(0),
            (BinaryOp::And, _, Byte(0)) | (BinaryOp::And, Byte(0), _) => Simpler::Byte(0),
            (BinaryOp::Or, _, Byte(0)) => Simpler::Value(a),
            (BinaryOp::Or, Byte(0), _) => Simpler::Value(b),
            (BinaryOp::And, _, Byte(1)) if self.is_bool(a) => Simpler::Value(a),
            (BinaryOp::And, Byte(1), _) if self.is_bool(b) => Simpler::Value(b),
            (BinaryOp::Or, _, Byte(1)) if self.is_bool(a) => Simpler::Byte(1),
            (BinaryOp::Or, Byte(1), _) if self.is_bool(b) => Simpler::Byte(1),
            (BinaryOp::And | BinaryOp::Or, ..) if a == b => Simpler::Value(a),
            (BinaryOp::Sub, ..) if a == b => Simpler::Int(0),
            _ => Simpler::No,
        }
    }

    /// What surely fails stays, to fail where it should.
    fn checked(&self, op: CheckedOp, a: Value, b: Value) -> Simpler {
        use Fact::Int;
        let known = |result: Option<i64>| result.map_or(Simpler::No, Simpler::Int);
        match (op.plain(), self.fact_of(a), self.fact_of(b)) {
            (CheckedOp::Add, Int(x), Int(y)) => known(x.checked_add(y)),
            (CheckedOp::Sub, Int(x), Int(y)) => known(x.checked_sub(y)),
            (CheckedOp::Mul, Int(x), Int(y)) => known(x.checked_mul(y)),
            (CheckedOp::Div, Int(x), Int(y)) => known(x.checked_div(y)),
            // The remainder of the smallest number by -1 fails as the quotient does (language reference 7.4).
            (CheckedOp::Rem, Int(x), Int(y)) => known(x.checked_rem(y)),
            (CheckedOp::Add | CheckedOp::Sub, _, Int(0)) => Simpler::Value(a),
            (CheckedOp::Mul | CheckedOp::Div, _, Int(1)) => Simpler::Value(a),
            (CheckedOp::Add, Int(0), _) | (CheckedOp::Mul, Int(1), _) => Simpler::Value(b),
            (CheckedOp::Mul, _, Int(0)) | (CheckedOp::Mul, Int(0), _) => Simpler::Int(0),
            (CheckedOp::Rem, _, Int(1)) => Simpler::Int(0),
            (CheckedOp::Sub, ..) if a == b => Simpler::Int(0),
            _ => Simpler::No,
        }
    }

    fn compare(&self, function: &Function, cc: IntCc, a: Value, b: Value) -> Simpler {
        let number = |fact: Fact| match fact {
            Fact::Int(value) => Some(value),
            // I8 compares as signed like I64, but tags and truth values are small.
            Fact::Byte(value) if value < 128 => Some(i64::from(value)),
            _ => None,
        };
        let (left, right) = (self.fact_of(a), self.fact_of(b));
        if let (Some(x), Some(y)) = (number(left), number(right)) {
            return Simpler::Byte(u8::from(compare(cc, x, y)));
        }
        if a == b {
            return Simpler::Byte(u8::from(compare(cc, 0, 0)));
        }
        match (cc, right) {
            // Truth values compared with truth values.
            (IntCc::Ne, Fact::Byte(0)) | (IntCc::Eq, Fact::Byte(1)) if self.is_bool(a) => Simpler::Value(a),
            (IntCc::Eq, Fact::Byte(0)) if function.ty(a) == Type::I8 && self.is_bool(a) => {
                Simpler::Inst(Inst::Unary(UnaryOp::Not, a))
            }
            (IntCc::Ne, Fact::Byte(1)) if self.is_bool(a) => Simpler::Inst(Inst::Unary(UnaryOp::Not, a)),
            _ => Simpler::No,
        }
    }

    fn float_compare(&self, cc: FloatCc, a: Value, b: Value) -> Simpler {
        let (Fact::Float(x), Fact::Float(y)) = (self.fact_of(a), self.fact_of(b)) else { return Simpler::No };
        let (x, y) = (f64::from_bits(x), f64::from_bits(y));
        Simpler::Byte(u8::from(match cc {
            FloatCc::Eq => x == y,
            FloatCc::Ne => x != y,
            FloatCc::Lt => x < y,
            FloatCc::Le => x <= y,
            FloatCc::Gt => x > y,
            FloatCc::Ge => x >= y,
        }))
    }

    /// A field of a node that was made here.
    fn field(&mut self, function: &Function, ty: Type, base: Value, offset: u32) -> Simpler {
        let Fact::Node(index) = self.fact_of(base) else { return Simpler::No };
        let fields = &self.nodes[index as usize];
        match fields.iter().find(|(other, _)| *other == offset) {
            Some((_, value)) if function.ty(*value).fits(ty) => Simpler::Value(*value),
            _ => Simpler::No,
        }
    }
}

/// A simpler form of an instruction.
enum Simpler {
    No,
    Value(Value),
    Int(i64),
    Float(f64),
    Byte(u8),
    Inst(Inst),
}

fn compare(cc: IntCc, x: i64, y: i64) -> bool {
    match cc {
        IntCc::Eq => x == y,
        IntCc::Ne => x != y,
        IntCc::Lt => x < y,
        IntCc::Le => x <= y,
        IntCc::Gt => x > y,
        IntCc::Ge => x >= y,
        IntCc::Ult => (x as u64) < y as u64,
        IntCc::Uge => x as u64 >= y as u64,
    }
}
