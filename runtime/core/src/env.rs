//! Environment variables: what the program asks for (runtime reference 11.3) and what the runtime itself reads (23).
//!
//! Variables are read in place, without copies: nothing in a running program changes the environment.

use crate::abi::{Object, Pair};
use crate::failure::{fail_with, guard};
use crate::string;
use core::ffi::{CStr, c_char};
use core::ptr;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};
use std::sync::OnceLock;

unsafe extern "C" {
    /// The C library's list of variables, ended by null.
    static environ: *const *const c_char;
}

/// All variables, as `NAME=value`.
pub(crate) fn all() -> impl Iterator<Item = &'static [u8]> {
    // SAFETY: the list and its texts are the C library's; they stay as they are while a program runs.
    let mut entry = unsafe { environ };
    core::iter::from_fn(move || unsafe {
        if entry.is_null() || (*entry).is_null() {
            return None;
        }
        let text = CStr::from_ptr(*entry).to_bytes();
        entry = entry.add(1);
        Some(text)
    })
}

/// The value of a variable, if it is set.
pub(crate) fn lookup(name: &str) -> Option<&'static [u8]> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return None;
    }
    all().find_map(|text| text.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

/// The value of a variable that the runtime reads: the empty text counts as unset.
pub(crate) fn set(name: &str) -> Option<&'static [u8]> {
    lookup(name).filter(|value| !value.is_empty())
}

/// What the package of an executable sets, as in its metadata; nothing in a program that runs in memory, whose process has the variables.
static SETTINGS: OnceLock<&'static [u8]> = OnceLock::new();

/// Hands over the settings of the executable (`fuse_abi::metadata::Header::settings`), once, before the program runs.
pub(crate) fn embed(settings: &'static [u8]) {
    let _ = SETTINGS.set(settings);
}

/// The value of a variable that a package can set: what the process has of it counts, even if it is empty, else what is embedded.
pub(crate) fn setting(name: &str) -> Option<&'static [u8]> {
    let value = lookup(name).or_else(|| embedded(SETTINGS.get().copied().unwrap_or_default(), name));
    value.filter(|value| !value.is_empty())
}

/// The value of a name in a list of names and values, each a 32-bit length and its bytes.
fn embedded(mut list: &'static [u8], name: &str) -> Option<&'static [u8]> {
    let mut next = || {
        let (length, rest) = list.split_first_chunk()?;
        let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        list = rest;
        Some(text)
    };
    loop {
        let (found, value) = (next()?, next()?);
        if found == name.as_bytes() {
            return Some(value);
        }
    }
}

/// Whether a variable is exactly `1`.
pub(crate) fn is_one(name: &str) -> bool {
    lookup(name) == Some(b"1")
}

/// A number or truth value as text (runtime reference 5); surrounding whitespace has been removed.
pub(crate) trait FromText: Sized {
    /// Name of the type in the message.
    const NAME: &'static str;
    fn from_text(text: &str) -> Option<Self>;
}

impl FromText for i64 {
    const NAME: &'static str = "Int";
    fn from_text(text: &str) -> Option<i64> {
        // The standard conversion takes the same texts: an optional sign and decimal digits, within 64 bits.
        text.parse().ok()
    }
}

impl FromText for f64 {
    const NAME: &'static str = "Float";
    fn from_text(text: &str) -> Option<f64> {
        // The standard conversion takes more: words, and numbers that begin or end with the point.
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = |text: &'_ str| text.strip_prefix(['+', '-']).map_or(text.len(), str::len);
        let number = &text[text.len() - unsigned(text)..];
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let exponent = &exponent[exponent.len() - unsigned(exponent)..];
        if !(digits(whole) && digits(fraction) && digits(exponent)) {
            return None;
        }
        text.parse().ok().filter(|value: &f64| value.is_finite())
    }
}

impl FromText for bool {
    const NAME: &'static str = "Bool";
    fn from_text(text: &str) -> Option<bool> {
        if text.eq_ignore_ascii_case("true") {
            Some(true)
        } else if text.eq_ignore_ascii_case("false") {
            Some(false)
        } else {
            None
        }
    }
}

/// Characters of a text that a message shows.
const SHOWN: usize = 200;

/// What a message shows of a text.
pub(crate) fn shown(text: &str) -> &str {
    text.char_indices().nth(SHOWN).map_or(text, |(at, _)| &text[..at])
}

unsafe fn not_utf8(context: *mut Context, name: &str) -> u64 {
    // SAFETY: the context is the one the program was entered with.
    unsafe { fail_with(context, Failure::ConfigDecode, &[b"env ", name.as_bytes(), b" is not valid UTF-8"]) }
}

/// A converted variable: `None` if it is unset or empty; a failure is described in the context.
unsafe fn converted<T: FromText>(
    context: *mut Context,
    name: &str,
    value: Option<&[u8]>,
) -> Result<Option<T>, u64> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
    // SAFETY: the context is the one the program was entered with.
    unsafe {
        let text = core::str::from_utf8(value).map_err(|_| not_utf8(context, name))?.trim();
        T::from_text(text).map(Some).ok_or_else(|| {
            let parts: &[&[u8]] = &[
                b"invalid ",
                T::NAME.as_bytes(),
                b": ",
                shown(text).as_bytes(),
                b" (env ",
                name.as_bytes(),
                b")",
            ];
            fail_with(context, Failure::ConfigDecode, parts)
        })
    }
}

/// `env`: the text of a variable, or null.
#[unsafe(export_name = "fuse_env")]
pub unsafe extern "C" fn env(context: *mut Context, name: Object) -> Pair<Object, u64> {
    // SAFETY: a live string; the context is the one the program was entered with.
    let body = || unsafe {
        let name = string::text(name);
        match lookup(name).map(core::str::from_utf8) {
            None => Pair { first: ptr::null_mut(), second: u64::from(STATUS_OK) },
            Some(Ok(text)) => Pair { first: string::new(text), second: u64::from(STATUS_OK) },
            Some(Err(_)) => Pair { first: ptr::null_mut(), second: not_utf8(context, name) },
        }
    };
    // SAFETY: as above.
    unsafe { guard(context, body) }
}

/// Tag and value to the caller's two slots.
unsafe fn env_number<T: FromText>(
    out: *mut u64,
    context: *mut Context,
    name: Object,
    bits: fn(T) -> u64,
) -> u64 {
    // SAFETY: the caller gave room for two results; a live string; the context is the one the program was entered with.
    let body = || unsafe {
        let name = string::text(name);
        let (result, status) = match converted::<T>(context, name, lookup(name)) {
            Ok(result) => (result, u64::from(STATUS_OK)),
            Err(status) => (None, status),
        };
        out.write(u64::from(result.is_some()));
        out.add(1).write(result.map_or(0, bits));
        status
    };
    // SAFETY: as above.
    unsafe { guard(context, body) }
}

/// `env_int`.
#[unsafe(export_name = "fuse_env_int")]
pub unsafe extern "C" fn env_int(out: *mut u64, context: *mut Context, name: Object) -> u64 {
    // SAFETY: the same contract.
    unsafe { env_number::<i64>(out, context, name, |value| value as u64) }
}

/// `env_float`.
#[unsafe(export_name = "fuse_env_float")]
pub unsafe extern "C" fn env_float(out: *mut u64, context: *mut Context, name: Object) -> u64 {
    // SAFETY: the same contract.
    unsafe { env_number::<f64>(out, context, name, f64::to_bits) }
}

/// `env_bool`.
#[unsafe(export_name = "fuse_env_bool")]
pub unsafe extern "C" fn env_bool(out: *mut u64, context: *mut Context, name: Object) -> u64 {
    // SAFETY: the same contract.
    unsafe { env_number::<bool>(out, context, name, u64::from) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{Report, Task};
    use crate::object::release;
    use crate::testing;

    fn convert<T: FromText>(value: &[u8]) -> Result<Option<T>, String> {
        let mut task = Task::new(0);
        // SAFETY: the context is the head of a task.
        unsafe { converted((&raw mut task).cast(), "PORT", Some(value)) }.map_err(|_| {
            let report = Report::take(&mut task);
            assert_eq!(report.code, "runtime_config_decode");
            report.message.into_owned()
        })
    }

    #[test]
    fn ints() {
        for (text, value) in [("7", 7), (" -12 ", -12), ("+9223372036854775807", i64::MAX), ("007", 7)] {
            assert_eq!(convert(text.as_bytes()), Ok(Some(value)));
        }
        for text in ["abc", "9223372036854775808", "1.0", "1_000", "+", "--1", "0x1"] {
            assert_eq!(convert::<i64>(text.as_bytes()), Err(format!("invalid Int: {text} (env PORT)")));
        }
        assert_eq!(convert::<i64>(b""), Ok(None));
        assert_eq!(convert::<i64>(b"  "), Err("invalid Int:  (env PORT)".to_owned()));
        assert_eq!(convert::<i64>(b"\xff"), Err("env PORT is not valid UTF-8".to_owned()));
        let long = "é".repeat(300);
        assert_eq!(
            convert::<i64>(long.as_bytes()),
            Err(format!("invalid Int: {} (env PORT)", "é".repeat(200)))
        );
    }

    #[test]
    fn floats() {
        for (text, value) in [("1", 1.0), ("-2.5e3", -2500.0), ("+0.1E-2", 0.001), ("\t1e+2\n", 100.0)] {
            assert_eq!(convert(text.as_bytes()), Ok(Some(value)));
        }
        for text in ["inf", "nan", ".5", "1.", "1e", "1e999", "e5", "1.e5", "1.5.2", "- 1", "+-1", "1e5.0"] {
            assert_eq!(convert::<f64>(text.as_bytes()), Err(format!("invalid Float: {text} (env PORT)")));
        }
    }

    #[test]
    fn bools() {
        assert_eq!(convert(b"TRUE"), Ok(Some(true)));
        assert_eq!(convert(b" False "), Ok(Some(false)));
        assert_eq!(convert::<bool>(b"1"), Err("invalid Bool: 1 (env PORT)".to_owned()));
    }

    #[test]
    fn embedded_settings() {
        let list: &[u8] = b"\x01\0\0\0A\x02\0\0\0bc\x02\0\0\0AB\0\0\0\0";
        assert_eq!(embedded(list, "A"), Some(&b"bc"[..]));
        assert_eq!(embedded(list, "AB"), Some(&b""[..]));
        assert_eq!(embedded(list, "B"), None);
        assert_eq!(embedded(&list[..9], "A"), None, "cut off");
        assert_eq!(embedded(b"", "A"), None);
        assert_eq!(setting("FUSE_SURELY_NOT_SET"), None);
    }

    #[test]
    fn variables() {
        testing::install();
        assert!(lookup("PATH").is_some_and(|path| !path.is_empty()));
        assert_eq!(lookup("FUSE_SURELY_NOT_SET"), None);
        assert_eq!(lookup(""), None);
        assert_eq!(lookup("PATH="), None);
        let mut task = Task::new(0);
        let name = string::new("PATH");
        // SAFETY: the context is the head of a task.
        unsafe {
            let result = env((&raw mut task).cast(), name);
            assert_eq!(result.second, 0);
            assert_eq!(Some(string::bytes(result.first)), lookup("PATH"));
            release(result.first);
            release(name);
        }
    }
}
