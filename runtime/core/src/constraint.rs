//! The constraints of validated types (runtime reference 6.2, 6.3).

use crate::abi::Object;
use crate::boundary::call;
use crate::number::with_float_text;
use crate::problems::{INVALID_VALUE, Path, Problems, Stop};
use crate::string;
use crate::tables;
use fuse_abi::desc::{Constraint, Desc, Kind};
use fuse_abi::layout::Context;

/// The most characters of an `Email`.
const LONGEST_EMAIL: usize = 254;

/// Tests the constraints of a type in order, until one fails. Here `Ok(false)` leaves the value alone.
///
/// # Safety
/// `value` points to a live value of the type; the context is the one the program was entered with.
pub(crate) unsafe fn test(
    context: *mut Context,
    desc: &Desc,
    value: *const u8,
    path: &Path,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    for constraint in tables::constraints(desc) {
        // SAFETY: the caller's promise; the kinds of constraints fit the type.
        unsafe {
            if !holds(context, constraint, desc, value)? {
                problems.add(path, INVALID_VALUE, message(constraint, desc, value))?;
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Whether a value satisfies a constraint.
unsafe fn holds(
    context: *mut Context,
    constraint: &Constraint,
    desc: &Desc,
    value: *const u8,
) -> Result<bool, Stop> {
    let (low, high) = (Constraint::bound(constraint.low), Constraint::bound(constraint.high));
    // SAFETY: the kind says of which type the value is.
    unsafe {
        Ok(match constraint.kind {
            Constraint::INT => (low as i64..=high as i64).contains(&value.cast::<i64>().read()),
            Constraint::FLOAT => {
                (f64::from_bits(low)..=f64::from_bits(high)).contains(&value.cast::<f64>().read())
            }
            Constraint::LENGTH => {
                let bytes = string::bytes(value.cast::<Object>().read());
                // A character has one to four bytes: mostly there is nothing to count.
                let least = if is_text(desc) { bytes.len().div_ceil(4) } else { bytes.len() } as u64;
                least >= low && bytes.len() as u64 <= high
                    || (low..=high).contains(&(length(desc, value) as u64))
            }
            Constraint::ID => !text(value).is_empty(),
            Constraint::EMAIL => is_email(text(value)),
            _ => {
                let mut accepted = 0_u8;
                call(context, constraint.call, value, &raw mut accepted)?;
                accepted != 0
            }
        })
    }
}

fn is_text(desc: &Desc) -> bool {
    desc.kind == Kind::String as u32
}

unsafe fn text<'a>(value: *const u8) -> &'a str {
    // SAFETY: the value is a live string.
    unsafe { string::text(value.cast::<Object>().read()) }
}

/// Unicode scalar values of a text, octets of Bytes.
unsafe fn length(desc: &Desc, value: *const u8) -> usize {
    // SAFETY: the value is a live string or Bytes, as the descriptor says.
    unsafe {
        if is_text(desc) {
            text(value).chars().count()
        } else {
            string::bytes(value.cast::<Object>().read()).len()
        }
    }
}

fn is_email(text: &str) -> bool {
    let is_blank = |character: char| character.is_whitespace() || character.is_control();
    let Some((local, domain)) = text.split_once('@') else { return false };
    !local.is_empty()
        && !domain.contains('@')
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
        && !text.contains(is_blank)
        && (text.len() <= LONGEST_EMAIL || text.chars().count() <= LONGEST_EMAIL)
}

/// What is said of a value that does not satisfy a constraint.
#[cold]
unsafe fn message(constraint: &Constraint, desc: &Desc, value: *const u8) -> String {
    let (low, high) = (Constraint::bound(constraint.low), Constraint::bound(constraint.high));
    let text = tables::name(constraint.text, constraint.text_len);
    // SAFETY: as in `holds`.
    unsafe {
        match constraint.kind {
            Constraint::INT => {
                let value = value.cast::<i64>().read();
                format!("value {value} out of range {}..{}", low as i64, high as i64)
            }
            Constraint::FLOAT => {
                let [value, low, high] = [value.cast::<u64>().read(), low, high].map(float_text);
                format!("value {value} out of range {low}..{high}")
            }
            Constraint::LENGTH => format!("length {} out of range {low}..{high}", length(desc, value)),
            Constraint::ID => "expected non-empty Id".to_owned(),
            Constraint::EMAIL => "invalid email address".to_owned(),
            Constraint::REGEX => format!("value does not match regex {text}"),
            _ => format!("predicate {text} rejected value"),
        }
    }
}

fn float_text(bits: u64) -> String {
    let mut text = String::new();
    with_float_text(f64::from_bits(bits), |part| text.push_str(&String::from_utf8_lossy(part)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Task;
    use crate::object::release;
    use crate::testing::{self, Leaks, *};
    use fuse_abi::desc::{TYPE_EMAIL, TYPE_ID};
    use proptest::prelude::*;

    fn tested(ty: u32, value: u64) -> Result<bool, String> {
        let mut task = Task::new(0);
        let mut problems = Problems::default();
        let (desc, value) = (tables::desc(ty), (&raw const value).cast());
        // SAFETY: a live value; the context is the head of a task.
        let result = unsafe { test((&raw mut task).cast(), desc, value, &Path::root("x"), &mut problems) };
        match problems.entries.pop() {
            Some(entry) => {
                assert_eq!((result, &*entry.path, entry.code), (Ok(false), "x", INVALID_VALUE));
                Err(entry.message.into_owned())
            }
            None => Ok(result.expect("no stop")),
        }
    }

    fn text(ty: u32, text: &str) -> Result<bool, String> {
        let object = string::new(text);
        let result = tested(ty, object as u64);
        // SAFETY: made above.
        unsafe { release(object) };
        result
    }

    #[test]
    fn ranges() {
        testing::install();
        for value in [1, 99] {
            assert_eq!(tested(COUNT, value), Ok(true));
        }
        for value in [0, 100, -1_i64 as u64] {
            let message = format!("value {} out of range 1..99", value as i64);
            assert_eq!(tested(COUNT, value), Err(message));
        }
        for value in [0.0, -0.0, 1.5] {
            assert_eq!(tested(RATIO, f64::to_bits(value)), Ok(true));
        }
        for (value, shown) in [(1.75, "1.75"), (-1.0, "-1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
            let message = format!("value {shown} out of range 0..1.5");
            assert_eq!(tested(RATIO, f64::to_bits(value)), Err(message));
        }
    }

    #[test]
    fn texts() {
        testing::install();
        let leaks = Leaks::watch();
        assert_eq!(text(SHORT, "ééééé"), Ok(true));
        assert_eq!(text(SHORT, ""), Err("length 0 out of range 1..5".into()));
        assert_eq!(text(SHORT, "😀😀😀😀😀😀"), Err("length 6 out of range 1..5".into()));
        assert_eq!(text(WORD, "abc"), Ok(true));
        // The first constraint that fails is the one that is said.
        assert_eq!(text(WORD, "!"), Err("length 1 out of range 2..20".into()));
        assert_eq!(text(WORD, "b!"), Err("value does not match regex ^a".into()));
        assert_eq!(text(WORD, "a!"), Err("predicate plain rejected value".into()));
        assert_eq!(text(TYPE_ID, " "), Ok(true));
        assert_eq!(text(TYPE_ID, ""), Err("expected non-empty Id".into()));
        leaks.none();
    }

    #[test]
    fn failing_predicates_stop() {
        testing::install();
        let mut task = Task::new(0);
        let value = 13_u64;
        let (desc, value) = (tables::desc(EVEN), (&raw const value).cast());
        let mut problems = Problems::default();
        // SAFETY: a live value; the context is the head of a task.
        let result = unsafe { test((&raw mut task).cast(), desc, value, &Path::root("x"), &mut problems) };
        assert_eq!(result, Err(Stop::Status(fuse_abi::layout::STATUS_FAILURE.into())));
        assert!(problems.entries.is_empty());
    }

    #[test]
    fn emails() {
        testing::install();
        let leaks = Leaks::watch();
        let longest = format!("{}@b.c", "é".repeat(250));
        for address in ["a@b.c", "a.b+c@x.y.z", ".@é.c", &longest] {
            assert_eq!(text(TYPE_EMAIL, address), Ok(true), "{address}");
        }
        let too_long = format!("{}@b.c", "x".repeat(251));
        for address in [
            "",
            "a",
            "@b.c",
            "a@",
            "a@b",
            "a@.c",
            "a@b.",
            "a@b..c",
            "a@@b.c",
            "a@b@c.d",
            "a b@c.d",
            "a@b.c ",
            "a@b\u{a0}.c",
            "a\u{7}@b.c",
            "a@b.\u{85}c",
            "a@.",
            &too_long,
        ] {
            assert_eq!(text(TYPE_EMAIL, address), Err("invalid email address".into()), "{address}");
        }
        leaks.none();
    }

    proptest! {
        /// What is not counted is decided as by counting.
        #[test]
        fn lengths(content in ".{0,8}") {
            testing::install();
            let len = content.chars().count();
            let expected =
                if (1..=5).contains(&len) { Ok(true) } else { Err(format!("length {len} out of range 1..5")) };
            prop_assert_eq!(text(SHORT, &content), expected);
        }
    }
}
