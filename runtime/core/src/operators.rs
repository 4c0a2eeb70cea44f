//! Operators on dynamic values, chosen by the kinds they have (language reference 5.7; runtime reference 3.2, 3.3, 3.5).

use crate::abi::{Object, Pair};
use crate::dynamic::{Dynamic, DynamicKind, give, give_object, list_of};
use crate::failure::{fail, fail_with};
use crate::list::{float_range, int_range, list_concat};
use crate::number::float_cmp_int;
use crate::string::{self, Builder};
use crate::text;
use core::cmp::Ordering;
use fuse_abi::desc::TYPE_DYNAMIC;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};

/// A number.
#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// # Safety
    /// The value is alive.
    unsafe fn of(value: Dynamic) -> Option<Number> {
        // SAFETY: the caller's promise.
        match unsafe { value.kind() } {
            DynamicKind::Int => Some(Number::Int(value.bits as i64)),
            DynamicKind::Float => Some(Number::Float(f64::from_bits(value.bits))),
            _ => None,
        }
    }

    fn float(self) -> f64 {
        match self {
            Number::Int(value) => value as f64,
            Number::Float(value) => value,
        }
    }

    /// The order by mathematical value; none with a NaN.
    fn order(self, other: Number) -> Option<Ordering> {
        // SAFETY: takes numbers only.
        let mixed = |float, int| match unsafe { float_cmp_int(float, int) } {
            2 => None,
            order => Some(order.cmp(&0)),
        };
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
            (Number::Float(a), Number::Int(b)) => mixed(a, b),
            (Number::Int(a), Number::Float(b)) => mixed(b, a).map(Ordering::reverse),
        }
    }
}

/// An arithmetic operator, by its number in the table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    fn of(number: i64) -> Operator {
        match number {
            0 => Operator::Add,
            1 => Operator::Subtract,
            2 => Operator::Multiply,
            3 => Operator::Divide,
            _ => Operator::Remainder,
        }
    }

    fn ints(self, a: i64, b: i64) -> Result<i64, Failure> {
        let result = match self {
            Operator::Add => a.checked_add(b),
            Operator::Subtract => a.checked_sub(b),
            Operator::Multiply => a.checked_mul(b),
            Operator::Divide | Operator::Remainder if b == 0 => return Err(Failure::DivisionByZero),
            Operator::Divide => a.checked_div(b),
            Operator::Remainder => a.checked_rem(b),
        };
        result.ok_or(Failure::IntegerOverflow)
    }

    fn floats(self, a: f64, b: f64) -> Result<f64, Failure> {
        match self {
            Operator::Add => Ok(a + b),
            Operator::Subtract => Ok(a - b),
            Operator::Multiply => Ok(a * b),
            Operator::Divide => Ok(a / b),
            Operator::Remainder => Err(Failure::FloatRemainder),
        }
    }
}

/// Takes the reference of `a`, so that a list grows in place.
///
/// # Safety
/// Both values are alive.
unsafe fn arithmetic(operator: Operator, a: Dynamic, b: Dynamic) -> Result<Dynamic, Failure> {
    // SAFETY: the caller's promise.
    unsafe {
        if let (Operator::Add, DynamicKind::List, DynamicKind::List) = (operator, a.kind(), b.kind()) {
            return Ok(Dynamic::object(list_concat(a.object, b.object)));
        }
        let result = without_lists(operator, a, b);
        a.release();
        result
    }
}

/// # Safety
/// Both values are alive.
unsafe fn without_lists(operator: Operator, a: Dynamic, b: Dynamic) -> Result<Dynamic, Failure> {
    // SAFETY: the caller's promise.
    unsafe {
        if let (Some(x), Some(y)) = (Number::of(a), Number::of(b)) {
            return match (x, y) {
                (Number::Int(x), Number::Int(y)) => operator.ints(x, y).map(Dynamic::int),
                _ => operator.floats(x.float(), y.float()).map(Dynamic::float),
            };
        }
        match (operator, a.kind(), b.kind()) {
            (Operator::Add, DynamicKind::String, _) | (Operator::Add, _, DynamicKind::String) => texts(a, b),
            (Operator::Add, ..) => Err(Failure::AddKind),
            (Operator::Remainder, DynamicKind::Float, _) | (Operator::Remainder, _, DynamicKind::Float) => {
                Err(Failure::FloatRemainder)
            }
            _ => Err(Failure::ArithmeticKind),
        }
    }
}

/// The text forms of two values, one after the other.
///
/// # Safety
/// Both values are alive.
unsafe fn texts(a: Dynamic, b: Dynamic) -> Result<Dynamic, Failure> {
    let mut out = Builder::with_capacity(32);
    for value in [a, b] {
        // SAFETY: the caller's promise.
        unsafe { text::write(&mut out, TYPE_DYNAMIC, (&raw const value).cast()) }?;
    }
    Ok(Dynamic::object(out.finish()))
}

/// `a + b` and its like.
#[unsafe(export_name = "fuse_dynamic_arithmetic")]
pub unsafe extern "C" fn dynamic_arithmetic(
    out: *mut u64,
    context: *mut Context,
    operator: i64,
    a: Object,
    a_bits: i64,
    b: Object,
    b_bits: i64,
) -> u64 {
    // SAFETY: live values, the first one handed over; the rest is the caller's contract.
    unsafe {
        let result = arithmetic(Operator::of(operator), Dynamic::of(a, a_bits), Dynamic::of(b, b_bits));
        give(context, out, result)
    }
}

/// `-a`
#[unsafe(export_name = "fuse_dynamic_negate")]
pub unsafe extern "C" fn dynamic_negate(out: *mut u64, context: *mut Context, a: Object, bits: i64) -> u64 {
    // SAFETY: a live value; the rest is the caller's contract.
    unsafe {
        let result = match Number::of(Dynamic::of(a, bits)) {
            Some(Number::Int(value)) => value.checked_neg().map(Dynamic::int).ok_or(Failure::IntegerOverflow),
            Some(Number::Float(value)) => Ok(Dynamic::float(-value)),
            None => Err(Failure::NegateKind),
        };
        give(context, out, result)
    }
}

/// # Safety
/// Both values are alive.
unsafe fn order(a: Dynamic, b: Dynamic) -> Result<Option<Ordering>, Failure> {
    // SAFETY: the caller's promise.
    unsafe {
        if let (Some(x), Some(y)) = (Number::of(a), Number::of(b)) {
            return Ok(x.order(y));
        }
        Err(match (a.kind(), b.kind()) {
            (DynamicKind::String, DynamicKind::String) => Failure::CompareString,
            (DynamicKind::Bytes, DynamicKind::Bytes) => Failure::CompareBytes,
            (DynamicKind::Bool, DynamicKind::Bool) => Failure::CompareBool,
            _ => Failure::CompareKind,
        })
    }
}

/// `a < b` and its like.
#[unsafe(export_name = "fuse_dynamic_compare")]
pub unsafe extern "C" fn dynamic_compare(
    context: *mut Context,
    relation: i64,
    a: Object,
    a_bits: i64,
    b: Object,
    b_bits: i64,
) -> Pair<u8, u64> {
    // SAFETY: live values; the context is the one the program was entered with.
    unsafe {
        let holds = order(Dynamic::of(a, a_bits), Dynamic::of(b, b_bits)).map(|order| {
            order.is_some_and(|order| match relation {
                0 => order.is_lt(),
                1 => order.is_le(),
                2 => order.is_gt(),
                _ => order.is_ge(),
            })
        });
        give_bool(context, holds)
    }
}

/// # Safety
/// Both values are alive.
unsafe fn equal(a: Dynamic, b: Dynamic) -> Result<bool, Failure> {
    // SAFETY: the caller's promise.
    unsafe {
        Ok(match (a.kind(), b.kind()) {
            (DynamicKind::Null, other) | (other, DynamicKind::Null) => other == DynamicKind::Null,
            (DynamicKind::Int, DynamicKind::Int) | (DynamicKind::Bool, DynamicKind::Bool) => a.bits == b.bits,
            (DynamicKind::Float, DynamicKind::Float) => f64::from_bits(a.bits) == f64::from_bits(b.bits),
            (DynamicKind::String, DynamicKind::String) | (DynamicKind::Bytes, DynamicKind::Bytes) => {
                string::bytes(a.object) == string::bytes(b.object)
            }
            _ => return Err(Failure::CompareKind),
        })
    }
}

/// `a == b`
#[unsafe(export_name = "fuse_dynamic_equal")]
pub unsafe extern "C" fn dynamic_equal(
    context: *mut Context,
    a: Object,
    a_bits: i64,
    b: Object,
    b_bits: i64,
) -> Pair<u8, u64> {
    // SAFETY: live values; the context is the one the program was entered with.
    unsafe { give_bool(context, equal(Dynamic::of(a, a_bits), Dynamic::of(b, b_bits))) }
}

unsafe fn give_bool(context: *mut Context, result: Result<bool, Failure>) -> Pair<u8, u64> {
    match result {
        Ok(value) => Pair { first: u8::from(value), second: u64::from(STATUS_OK) },
        // SAFETY: the context is the one the program was entered with.
        Err(failure) => Pair { first: 0, second: unsafe { fail(context, failure) } },
    }
}

/// # Safety
/// Both values are alive.
unsafe fn range(a: Dynamic, b: Dynamic) -> Result<Object, Failure> {
    // SAFETY: the caller's promise.
    let (Some(start), Some(end)) = (unsafe { (Number::of(a), Number::of(b)) }) else {
        return Err(Failure::RangeKind);
    };
    // `u32` holds the length of the longest range, and its ranges know their length.
    Ok(match (start, end) {
        (Number::Int(start), Number::Int(end)) => {
            let len = int_range(start, end)? as u32;
            list_of((0..len).map(|index| Dynamic::int(start + i64::from(index))))
        }
        _ => {
            let len = float_range(start.float(), end.float())? as u32;
            list_of((0..len).map(|index| Dynamic::float(start.float() + f64::from(index))))
        }
    })
}

/// `a..b`
#[unsafe(export_name = "fuse_dynamic_range")]
pub unsafe extern "C" fn dynamic_range(
    context: *mut Context,
    a: Object,
    a_bits: i64,
    b: Object,
    b_bits: i64,
) -> Pair<Object, u64> {
    // SAFETY: live values; the context is the one the program was entered with.
    unsafe { give_object(context, range(Dynamic::of(a, a_bits), Dynamic::of(b, b_bits))) }
}

/// Fails with a text: a dynamic argument of a builtin has the wrong kind.
#[unsafe(export_name = "fuse_invalid_arguments")]
pub unsafe extern "C" fn invalid_arguments(context: *mut Context, text: Object) -> u64 {
    // SAFETY: a live string; the context is the one the program was entered with.
    unsafe { fail_with(context, Failure::InvalidArguments, &[string::bytes(text)]) }
}

#[cfg(test)]
mod tests;
