//! The text form of values (runtime reference 2.4).
//!
//! Written without recursion: what is left to do of enclosing values stands on a list, whose length is limited.

use crate::abi::{Object, Pair};
use crate::failure::fail;
use crate::string::Builder;
use crate::tables;
use crate::value::{Items, Scratch, View, element_at, payload, view};
use core::ptr;
use fuse_abi::desc::{Desc, Field, Kind, NO_FIELD, Variant};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};

/// How deeply values may be nested in text and JSON (runtime reference 24).
pub(crate) const DEEPEST: usize = 1000;

/// What is left to do of a value that holds others.
enum Open {
    List(Items, usize),
    Map(Items, usize),
    Payload(&'static [Field], *const u8, usize),
}

/// Appends the text form of a value.
///
/// # Safety
/// `value` points to a live value of type `ty`.
pub(crate) unsafe fn write(out: &mut Builder, ty: u32, value: *const u8) -> Result<(), Failure> {
    let mut scratch = Scratch::default();
    let mut open = Vec::new();
    let mut next = Some((ty, value));
    loop {
        let Some((ty, value)) = next.take() else {
            let Some(top) = open.last_mut() else { return Ok(()) };
            // SAFETY: the enclosing value is alive, and so are its parts.
            next = unsafe { go_on(out, top, &mut scratch) };
            if next.is_none() {
                open.pop();
            }
            continue;
        };
        // SAFETY: the caller's promise, or a part of such a value.
        let opened = match unsafe { view(ty, value, &mut scratch) } {
            View::List(items) => {
                out.push(b"[");
                Open::List(items, 0)
            }
            View::Map(items) => {
                out.push(b"{");
                Open::Map(items, 0)
            }
            View::Variant { desc, variant, base } => {
                write_variant(out, desc, variant);
                let elements = payload(variant);
                if elements.is_empty() {
                    if desc.kind == Kind::Result as u32 {
                        out.push(b"(())");
                    }
                    continue;
                }
                out.push(b"(");
                Open::Payload(elements, base, 0)
            }
            // SAFETY: as above.
            leaf => {
                unsafe { write_leaf(out, leaf, &mut scratch) };
                continue;
            }
        };
        if open.len() == DEEPEST {
            return Err(Failure::TooDeep);
        }
        open.push(opened);
    }
}

/// Writes what stands before the next part of an open value, or its end: `None`.
unsafe fn go_on(out: &mut Builder, open: &mut Open, scratch: &mut Scratch) -> Option<(u32, *const u8)> {
    let (done, len, end): (&mut usize, usize, &[u8]) = match open {
        Open::List(items, done) => (done, items.len, b"]"),
        Open::Map(items, done) => (done, items.len, b"}"),
        Open::Payload(elements, _, done) => (done, elements.len(), b")"),
    };
    let index = *done;
    if index == len {
        out.push(end);
        return None;
    }
    *done += 1;
    if index > 0 {
        out.push(b", ");
    }
    match open {
        Open::List(items, _) => Some((items.ty, items.element(index))),
        Open::Map(items, _) => {
            out.push(items.map_key(index).as_bytes());
            out.push(b": ");
            Some((items.ty, items.map_value(index)))
        }
        Open::Payload(elements, base, _) => {
            let element = &elements[index];
            // SAFETY: the payload is alive.
            Some((element.ty, unsafe { element_at(element, *base, scratch) }))
        }
    }
}

fn write_variant(out: &mut Builder, desc: &Desc, variant: &Variant) {
    if desc.kind == Kind::Enum as u32 {
        out.push(tables::name(desc.name, desc.name_len).as_bytes());
        out.push(b".");
    }
    out.push(tables::name(variant.name, variant.name_len).as_bytes());
}

/// Writes a value that holds no others, or a struct, of which the text form shows the message at most.
unsafe fn write_leaf(out: &mut Builder, leaf: View, scratch: &mut Scratch) {
    match leaf {
        View::Null => out.push(b"null"),
        View::Int(value) => out.push_int(value),
        View::Float(value) => out.push_float(value),
        View::Bool(value) => out.push(if value { b"true" } else { b"false" }),
        View::Text(text) => out.push(text.as_bytes()),
        View::Bytes(bytes) => write_base64(out, bytes),
        View::Struct { desc, object } => {
            let name = tables::name(desc.name, desc.name_len).as_bytes();
            // SAFETY: the struct is alive; the field is a String.
            match unsafe { message(desc, object, scratch) } {
                Some(text) => {
                    out.push(name);
                    out.push(b"(");
                    out.push(text.as_bytes());
                    out.push(b")");
                }
                None => {
                    out.push(b"<");
                    out.push(name);
                    out.push(b">");
                }
            }
        }
        View::Function => out.push(b"<function>"),
        View::Unit | View::List(_) | View::Map(_) | View::Variant { .. } => out.push(b"()"),
    }
}

/// The text of the field that the descriptor names as the message.
unsafe fn message<'a>(desc: &Desc, object: *const u8, scratch: &mut Scratch) -> Option<&'a str> {
    if desc.message_field == NO_FIELD {
        return None;
    }
    let field = tables::fields(desc.first, desc.count).get(desc.message_field as usize)?;
    // SAFETY: the struct is alive and has the field.
    match unsafe { view(field.ty, object.add(field.offset as usize), scratch) } {
        View::Text(text) => Some(text),
        _ => None,
    }
}

/// Appends base64 (runtime reference 4.6).
pub(crate) fn write_base64(out: &mut Builder, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out.reserve(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        let mut quad = [b'='; 4];
        for (index, digit) in quad.iter_mut().enumerate().take(chunk.len() + 1) {
            *digit = ALPHABET[(bits >> (18 - 6 * index)) as usize & 63];
        }
        out.push(&quad);
    }
}

/// Appends the text form of a value in memory.
#[unsafe(export_name = "fuse_str_push_value")]
pub unsafe extern "C" fn str_push_value(
    context: *mut Context,
    text: Object,
    ty: u32,
    value: *mut u8,
) -> Pair<Object, u64> {
    // SAFETY: a live string, owned here, and a live value of that type.
    unsafe {
        let mut text = Builder::append_to(text, 0);
        match write(&mut text, ty, value) {
            Ok(()) => Pair { first: text.finish(), second: u64::from(STATUS_OK) },
            Err(failure) => Pair { first: ptr::null_mut(), second: fail(context, failure) },
        }
    }
}
