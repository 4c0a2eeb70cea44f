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
