//! Operators on values of all kinds.

use super::*;
use crate::failure::{Report, Task};
use crate::object::release;
use crate::testing::{self, Data, Leaks, data};
use fuse_abi::desc::TYPE_LIST_DYNAMIC;
use proptest::prelude::*;

fn text(value: Dynamic) -> String {
    // SAFETY: a live value, released here.
    unsafe {
        let text = testing::text(TYPE_DYNAMIC, (&raw const value).cast()).expect("text");
        value.release();
        text
    }
}

/// Calls with two operands: the result, or the message of the failure.
fn with<R>(
    a: &Data,
    b: &Data,
    call: impl FnOnce(*mut Context, [Dynamic; 2]) -> (R, u64),
) -> Result<R, String> {
    let mut task = Task::new(0);
    let operands = [a.make(), b.make()];
    let (result, status) = call((&raw mut task).cast(), operands);
    for operand in operands {
        // SAFETY: made above.
        unsafe { operand.release() };
    }
    if status == u64::from(STATUS_OK) {
        Ok(result)
    } else {
        Err(Report::take(&mut task).message.into_owned())
    }
}

fn arithmetic(operator: i64, a: &Data, b: &Data) -> Result<String, String> {
    let call = |context, [a, b]: [Dynamic; 2]| {
        let mut out = Dynamic::NULL;
        let slots = (&raw mut out).cast();
        let (a_bits, b_bits) = (a.bits as i64, b.bits as i64);
        // SAFETY: live values, the first one handed over with a reference of its own; room for two results; the context is the head of a task.
        let status = unsafe {
            dynamic_arithmetic(slots, context, operator, a.retained().object, a_bits, b.object, b_bits)
        };
        (out, status)
    };
    with(a, b, call).map(text)
}

fn compare(relation: i64, a: &Data, b: &Data) -> Result<bool, String> {
    // SAFETY: live values; the context is the head of a task.
    with(a, b, |context, [a, b]| unsafe {
        let (a_bits, b_bits) = (a.bits as i64, b.bits as i64);
        let result = dynamic_compare(context, relation, a.object, a_bits, b.object, b_bits);
        (result.first != 0, result.second)
    })
}

fn equal(a: &Data, b: &Data) -> Result<bool, String> {
    // SAFETY: as above.
    with(a, b, |context, [a, b]| unsafe {
        let result = dynamic_equal(context, a.object, a.bits as i64, b.object, b.bits as i64);
        (result.first != 0, result.second)
    })
}

fn range(a: &Data, b: &Data) -> Result<String, String> {
    // SAFETY: as above.
    let list = with(a, b, |context, [a, b]| unsafe {
        let result = dynamic_range(context, a.object, a.bits as i64, b.object, b.bits as i64);
        (result.first, result.second)
    })?;
    // SAFETY: a list of dynamic values.
    Ok(unsafe { testing::forms_of(TYPE_LIST_DYNAMIC, list) }.0)
}

#[test]
fn numbers() {
    testing::install();
    let cases: &[(i64, Data, Data, Result<&str, &str>)] = &[
        (0, data!(2), data!(3), Ok("5")),
        (0, data!(i64::MAX), data!(1), Err("integer overflow")),
        (1, data!(2), data!(0.5), Ok("1.5")),
        (2, data!(1.5), data!(2), Ok("3")),
        (2, data!(i64::MIN), data!(-1), Err("integer overflow")),
        (3, data!(-7), data!(2), Ok("-3")),
        (3, data!(7), data!(0), Err("division by zero")),
        (3, data!(i64::MIN), data!(-1), Err("integer overflow")),
        (3, data!(1), data!(0.0), Ok("inf")),
        (4, data!(-7), data!(2), Ok("-1")),
        (4, data!(7), data!(0), Err("division by zero")),
        (4, data!(i64::MIN), data!(-1), Err("integer overflow")),
        (4, data!(7.5), data!(2), Err("mod not supported for float")),
        (4, data!("x"), data!(2.0), Err("mod not supported for float")),
        (4, data!("x"), data!(2), Err("unsupported arithmetic operands")),
    ];
    for (operator, a, b, expected) in cases {
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(arithmetic(*operator, a, b), expected, "{a:?} {operator} {b:?}");
    }
}

#[test]
fn texts_and_lists() {
    testing::install();
    let leaks = Leaks::watch();
    assert_eq!(arithmetic(0, &data!("a"), &data!(1.5)).as_deref(), Ok("a1.5"));
    assert_eq!(arithmetic(0, &data!(null), &data!("a")).as_deref(), Ok("nulla"));
    let list = data!([1, "b", null, { "k": true }]);
    assert_eq!(arithmetic(0, &list, &data!("!")).as_deref(), Ok("[1, b, null, {k: true}]!"));
    assert_eq!(arithmetic(0, &data!([1]), &data!([[2]])).as_deref(), Ok("[1, [2]]"));
    assert_eq!(arithmetic(0, &data!(&b"hi"[..]), &data!(": ")).as_deref(), Ok("aGk=: "));
    for (a, b) in [(data!([1]), data!(2)), (data!(null), data!(1)), (data!({}), data!({}))] {
        assert_eq!(arithmetic(0, &a, &b), Err("unsupported + operands".into()));
        assert_eq!(arithmetic(1, &a, &b), Err("unsupported arithmetic operands".into()));
    }
    leaks.none();
}

#[test]
fn negation() {
    testing::install();
    for (value, expected) in [
        (data!(5), Ok("-5")),
        (data!(0.0), Ok("-0")),
        (data!(i64::MIN), Err("integer overflow")),
        (data!("5"), Err("unary '-' expects number")),
        (data!(null), Err("unary '-' expects number")),
    ] {
        let result = with(&value, &data!(null), |context, [value, _]| {
            let mut out = Dynamic::NULL;
            let slots = (&raw mut out).cast();
            // SAFETY: a live value; room for two results; the context is the head of a task.
            let status = unsafe { dynamic_negate(slots, context, value.object, value.bits as i64) };
            (out, status)
        });
        assert_eq!(result.map(text), expected.map(str::to_owned).map_err(str::to_owned));
    }
}

#[test]
fn comparisons() {
    testing::install();
    let leaks = Leaks::watch();
    assert_eq!(compare(0, &data!(9_007_199_254_740_992.0), &data!(9_007_199_254_740_993)), Ok(true));
    assert_eq!(compare(1, &data!(2), &data!(2.0)), Ok(true));
    assert_eq!(compare(2, &data!(3), &data!(2.5)), Ok(true));
    assert_eq!(compare(3, &data!(2.5), &data!(3)), Ok(false));
    for relation in 0..4 {
        assert_eq!(compare(relation, &data!(f64::NAN), &data!(1)), Ok(false));
        for (a, b, message) in [
            (data!("a"), data!("b"), "unsupported string comparison"),
            (data!(&b"a"[..]), data!(&b"b"[..]), "unsupported bytes comparison"),
            (data!(true), data!(false), "unsupported bool comparison"),
            (data!(true), data!(1), "unsupported comparison operands"),
            (data!(null), data!(1), "unsupported comparison operands"),
            (data!([]), data!([]), "unsupported comparison operands"),
        ] {
            assert_eq!(compare(relation, &a, &b), Err(message.into()));
        }
    }
    leaks.none();
}

#[test]
fn equality() {
    testing::install();
    let leaks = Leaks::watch();
    for value in [data!(1), data!("a"), data!(true), data!(&b"a"[..])] {
        assert_eq!(equal(&value, &value), Ok(true));
    }
    assert_eq!(equal(&data!(f64::NAN), &data!(f64::NAN)), Ok(false));
    assert_eq!(equal(&data!(-0.0), &data!(0.0)), Ok(true));
    assert_eq!(equal(&data!("a"), &data!("b")), Ok(false));
    assert_eq!(equal(&data!(null), &data!(null)), Ok(true));
    for value in [data!(0), data!([]), data!({}), data!("")] {
        assert_eq!(equal(&data!(null), &value), Ok(false));
        assert_eq!(equal(&value, &data!(null)), Ok(false));
    }
    for (a, b) in [(data!(1), data!(1.0)), (data!([]), data!([])), (data!("a"), data!(&b"a"[..]))] {
        assert_eq!(equal(&a, &b), Err("unsupported comparison operands".into()));
    }
    leaks.none();
}

#[test]
fn ranges() {
    testing::install();
    let leaks = Leaks::watch();
    assert_eq!(range(&data!(-1), &data!(2)).as_deref(), Ok("[-1, 0, 1, 2]"));
    assert_eq!(range(&data!(0.5), &data!(2)).as_deref(), Ok("[0.5, 1.5]"));
    assert_eq!(range(&data!(i64::MAX), &data!(i64::MAX)).as_deref(), Ok("[9223372036854775807]"));
    for (a, b, message) in [
        (data!("1"), data!(2), "range expects numeric bounds"),
        (data!(1), data!(null), "range expects numeric bounds"),
        (data!(2), data!(1), "range start must be <= end"),
        (data!(0), data!(f64::INFINITY), "invalid range bounds"),
        (data!(1), data!(i64::MAX), "range is too large"),
    ] {
        assert_eq!(range(&a, &b), Err(message.into()));
    }
    leaks.none();
}

#[test]
fn arguments_of_builtins() {
    testing::install();
    let mut task = Task::new(0);
    let text = string::new("time.sleep expects an Int");
    // SAFETY: a live string; the context is the head of a task.
    unsafe {
        assert_ne!(invalid_arguments((&raw mut task).cast(), text), u64::from(STATUS_OK));
        release(text);
    }
    let report = Report::take(&mut task);
    assert_eq!((report.code, &*report.message), ("runtime_invalid_arguments", "time.sleep expects an Int"));
}

proptest! {
    #[test]
    fn ints_as_wide_ones(a in any::<i64>(), b in any::<i64>(), operator in 0..5_i64) {
        testing::install();
        let (x, y) = (i128::from(a), i128::from(b));
        let exact = match operator {
            0 => Some(x + y),
            1 => Some(x - y),
            2 => Some(x * y),
            3 => x.checked_div(y),
            _ => x.checked_rem(y),
        };
        let expected = match exact {
            None => Err("division by zero".to_owned()),
            Some(value) if i64::try_from(value).is_ok() => Ok(value.to_string()),
            Some(_) => Err("integer overflow".to_owned()),
        };
        prop_assert_eq!(arithmetic(operator, &Data::Int(a), &Data::Int(b)), expected);
    }
}
