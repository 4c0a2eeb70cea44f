//! Values from text: environment, configuration file, command line, path parameters (runtime reference 5).

use crate::abi::Object;
use crate::base64;
use crate::boundary::{ReadJson, test};
use crate::env::{FromText, shown};
use crate::failure::Fault;
use crate::hook::Hook;
use crate::object::{node_zeroed, release};
use crate::problems::{INVALID_VALUE, Path, Problems, Stop};
use crate::stack;
use crate::string;
use crate::tables;
use fuse_abi::desc::{Desc, Kind};
use fuse_abi::layout::{Context, NODE_OFFSET};
use std::borrow::Cow;

static READ_JSON: Hook<ReadJson> = Hook::new();

/// Lets [`read_text`] read structured values. A hook, so that programs without such values do not hold a JSON reader.
pub(crate) fn set_json_reader(reader: ReadJson) {
    READ_JSON.set(reader);
}

fn json_reader() -> ReadJson {
    let missing = "a structured value as text in a program without a JSON reader";
    READ_JSON.get().unwrap_or_else(|| stack::leave(Fault::Broken(missing)))
}

/// Makes a value of a type out of text: environment, configuration file, flag, path parameter (5). The text is trimmed here unless `trim` is false.
///
/// # Safety
/// `out` has room for a value of the type; the context is the one the program was entered with.
pub(crate) unsafe fn read_text(
    context: *mut Context,
    ty: u32,
    text: &str,
    trim: bool,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let text = if trim { text.trim() } else { text };
    // SAFETY: the caller's promise.
    unsafe { read(context, ty, text, path, out, problems) }
}

unsafe fn read(
    context: *mut Context,
    ty: u32,
    text: &str,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let desc = tables::desc(ty);
    // SAFETY: the caller's promise; each kind of value lies as its descriptor says.
    unsafe {
        match desc.kind {
            kind if kind == Kind::Int as u32 => {
                let read = number::<i64>(text, |value| value as u64);
                scalar(context, desc, read, path, out, problems)
            }
            kind if kind == Kind::Float as u32 => {
                scalar(context, desc, number(text, f64::to_bits), path, out, problems)
            }
            kind if kind == Kind::Bool as u32 => {
                scalar(context, desc, number::<bool>(text, u64::from), path, out, problems)
            }
            kind if kind == Kind::String as u32 => {
                object(context, desc, string::new(text), path, out, problems)
            }
            kind if kind == Kind::Bytes as u32 => match base64::read(text) {
                Ok(bytes) => object(context, desc, bytes, path, out, problems),
                Err(detail) => refuse(path, problems, format!("invalid Bytes (base64): {detail}")),
            },
            kind if kind == Kind::Option as u32 => option(context, ty, text, path, out, problems),
            kind if is_structured(kind) && !desc.is_encode_only() => {
                json_reader()(context, ty, text, path, out, problems)
            }
            kind if kind == Kind::Result as u32 => {
                refuse(path, problems, "Result is not supported for config env overrides")
            }
            _ => {
                let name = tables::type_name(desc);
                refuse(path, problems, format!("env override not supported for type {name}"))
            }
        }
    }
}

/// Whether values of this kind are written as JSON.
fn is_structured(kind: u32) -> bool {
    [Kind::List, Kind::Map, Kind::Struct, Kind::StdError, Kind::Enum].iter().any(|&one| one as u32 == kind)
}

/// The bits of a number or truth value, or the message.
fn number<T: FromText>(text: &str, bits: fn(T) -> u64) -> Result<u64, String> {
    T::from_text(text).map(bits).ok_or_else(|| format!("invalid {}: {}", T::NAME, shown(text)))
}

unsafe fn scalar(
    context: *mut Context,
    desc: &Desc,
    read: Result<u64, String>,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let bits = match read {
        Ok(bits) => bits,
        Err(message) => return refuse(path, problems, message),
    };
    // SAFETY: on the little-endian targets the low bytes of the bits are the value.
    unsafe {
        let value = (&raw const bits).cast::<u8>();
        let accepted = test(context, desc, value, path, problems)?;
        out.copy_from_nonoverlapping(value, desc.size as usize);
        Ok(accepted)
    }
}

/// Takes a new String or Bytes.
unsafe fn object(
    context: *mut Context,
    desc: &Desc,
    object: Object,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    // SAFETY: the object is a value of the type, and ours.
    unsafe {
        let accepted = test(context, desc, (&raw const object).cast(), path, problems);
        if accepted == Ok(true) {
            out.cast::<Object>().write(object);
        } else {
            release(object);
        }
        accepted
    }
}

unsafe fn option(
    context: *mut Context,
    ty: u32,
    text: &str,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let desc = tables::desc(ty);
    // SAFETY: the descriptor says how an option lies.
    unsafe {
        if text.is_empty() || text.eq_ignore_ascii_case("null") {
            out.write_bytes(0, desc.size as usize);
            return Ok(true);
        }
        if desc.flags & Desc::FLAG_BOXED != 0 {
            let node = node_zeroed(ty);
            let content = node.cast::<u8>().add(NODE_OFFSET as usize + desc.payload_offset as usize);
            let read = read(context, desc.inner, text, path, content, problems);
            if read == Ok(true) {
                out.cast::<Object>().write(node);
            } else {
                release(node);
            }
            return read;
        }
        if desc.flags & Desc::FLAG_NULLABLE == 0 {
            out.write(1);
        }
        read(context, desc.inner, text, path, out.add(desc.payload_offset as usize), problems)
    }
}

fn refuse(path: &Path, problems: &mut Problems, message: impl Into<Cow<'static, str>>) -> Result<bool, Stop> {
    problems.add(path, INVALID_VALUE, message)?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Task;
    use crate::object::release_value;
    use crate::testing::{self, Leaks, *};
    use fuse_abi::desc::{
        TYPE_BOOL, TYPE_BYTES, TYPE_EMAIL, TYPE_FLOAT, TYPE_ID, TYPE_INT, TYPE_STD_ERROR, TYPE_STRING,
        TYPE_UNIT,
    };
    use proptest::prelude::*;

    fn reading(ty: u32, text: &str, trim: bool) -> Result<String, String> {
        let mut task = Task::new(0);
        let mut problems = Problems::default();
        let mut memory = [0xAA_AA_AA_AA_AA_AA_AA_AA_u64; 8];
        let out = memory.as_mut_ptr().cast::<u8>();
        // SAFETY: no type of the tests is larger than that memory; the context is the head of a task.
        unsafe {
            let context = (&raw mut task).cast();
            match read_text(context, ty, text, trim, &Path::root("App.x"), out, &mut problems) {
                Ok(true) => {
                    let form = testing::text(ty, out).expect("text");
                    release_value(tables::desc(ty), out);
                    Ok(form)
                }
                result => {
                    assert_eq!((result, problems.entries.len()), (Ok(false), 1));
                    let entry = &problems.entries[0];
                    assert_eq!((&*entry.path, entry.code), ("App.x", INVALID_VALUE));
                    Err(entry.message.clone().into_owned())
                }
            }
        }
    }

    fn accepts(ty: u32, text: &str, form: &str) {
        assert_eq!(reading(ty, text, true).as_deref(), Ok(form), "{text}");
    }

    fn refuses(ty: u32, text: &str, message: &str) {
        assert_eq!(reading(ty, text, true), Err(message.to_owned()), "{text}");
    }

    #[test]
    fn scalars() {
        testing::install();
        accepts(TYPE_INT, " +7\n", "7");
        refuses(TYPE_INT, " 7.0 ", "invalid Int: 7.0");
        assert_eq!(reading(TYPE_INT, " 7", false), Err("invalid Int:  7".into()));
        accepts(TYPE_FLOAT, "-2.5e1", "-25");
        refuses(TYPE_FLOAT, "1e999", "invalid Float: 1e999");
        accepts(TYPE_BOOL, "TrUe", "true");
        refuses(TYPE_BOOL, "yes", "invalid Bool: yes");
        refuses(TYPE_INT, &"é".repeat(300), &format!("invalid Int: {}", "é".repeat(200)));
        refuses(COUNT, "100", "value 100 out of range 1..99");
        refuses(RATIO, "2", "value 2 out of range 0..1.5");
    }

    #[test]
    fn texts() {
        testing::install();
        let leaks = Leaks::watch();
        accepts(TYPE_STRING, "  a b ", "a b");
        assert_eq!(reading(TYPE_STRING, "  a b ", false).as_deref(), Ok("  a b "));
        accepts(TYPE_STRING, "", "");
        refuses(TYPE_ID, " ", "expected non-empty Id");
        refuses(TYPE_EMAIL, "x", "invalid email address");
        refuses(SHORT, "sixsix", "length 6 out of range 1..5");
        accepts(TYPE_BYTES, "aGk=", "aGk=");
        refuses(TYPE_BYTES, "aGk", "invalid Bytes (base64): invalid base64 length");
        refuses(TOKEN, "", "length 0 out of range 1..4");
        leaks.none();
    }

    #[test]
    fn options() {
        testing::install();
        let leaks = Leaks::watch();
        for ty in [OPTION_INT, OPTION_STRING, OPTION_COUNT, OPTION_BOOL, OPTION_QUAD] {
            for text in ["", "  ", "null", "NULL "] {
                accepts(ty, text, "null");
            }
        }
        accepts(OPTION_INT, "5", "5");
        accepts(OPTION_BOOL, "true", "true");
        accepts(OPTION_STRING, "x", "x");
        refuses(OPTION_COUNT, "0", "value 0 out of range 1..99");
        refuses(OPTION_INT, "x", "invalid Int: x");
        assert_eq!(reading(OPTION_STRING, " ", false).as_deref(), Ok(" "));
        leaks.none();
    }

    #[test]
    fn types_that_are_not_read() {
        testing::install();
        refuses(RESULT, "{}", "Result is not supported for config env overrides");
        refuses(TYPE_UNIT, "", "env override not supported for type Unit");
        refuses(FUNCTION, "f", "env override not supported for type Function");
        refuses(CONFIG, "", "env override not supported for type App");
    }

    /// Those that are given to the JSON reader.
    #[test]
    fn structured_types() {
        testing::install();
        for ty in [LIST_INT, MAP_INT, CRATE, QUAD, SHAPE, TYPE_STD_ERROR] {
            assert!(is_structured(tables::desc(ty).kind));
        }
        for ty in [TYPE_INT, TYPE_STRING, TYPE_BYTES, OPTION_NEST, RESULT, UNION, FUNCTION, TYPE_UNIT] {
            assert!(!is_structured(tables::desc(ty).kind));
        }
    }

    proptest! {
        #[test]
        fn any_text(
            ty in proptest::sample::select(&[
                TYPE_INT, TYPE_FLOAT, TYPE_BOOL, TYPE_STRING, TYPE_BYTES, TYPE_ID, TYPE_EMAIL, OPTION_INT,
                OPTION_STRING, OPTION_COUNT, SHORT, COUNT, RATIO, TOKEN, WORD,
            ][..]),
            text in "\\PC{0,12}|[0-9]{1,3}",
            trim in any::<bool>(),
        ) {
            testing::install();
            let leaks = Leaks::watch();
            let _ = reading(ty, &text, trim);
            leaks.none();
        }
    }
}
