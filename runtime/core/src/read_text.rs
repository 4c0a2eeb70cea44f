//! Values from text: environment, configuration file, command line, path parameters (runtime reference 5).

use crate::abi::Object;
use crate::base64;
use crate::boundary::{ReadJson, test};
use crate::env::{FromText, shown};
use crate::failure::Fault;
use crate::object::{node_zeroed, release};
use crate::problems::{INVALID_VALUE, Path, Problems, Stop};
use crate::stack;
use crate::string;
use crate::tables;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};
use fuse_abi::desc::{Desc, Kind};
use fuse_abi::layout::{Context, NODE_OFFSET};
use std::borrow::Cow;

static READ_JSON: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Lets [`read_text`] read structured values. Through a pointer, so that programs without such values do not hold a JSON reader.
pub(crate) fn set_json_reader(reader: ReadJson) {
    READ_JSON.store(reader as *mut (), Ordering::Release);
}

fn json_reader() -> ReadJson {
    let reader = READ_JSON.load(Ordering::Acquire);
    if reader.is_null() {
        stack::leave(Fault::Broken("a structured value as text in a program without a JSON reader"));
    }
    // SAFETY: only functions of this type are stored.
    unsafe { core::mem::transmute::<*mut (), ReadJson>(reader) }
}

/// Makes a value of a type out of text: environment, configuration file, flag, path parameter (5). The text is trimmed here unless `trim` is false.
///
/// # Safety
/// `out` has room for a value of the type; the context is the one the program was entered with.
#[expect(clippy::too_many_arguments, reason = "one form for all")]
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
            kind if is_structured(kind) => json_reader()(context, ty, text, path, out, problems),
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
