//! JSON of values (runtime reference 4.3): compact, keys in ascending byte order, and strings of envelopes and logs.
//!
//! Values are written by [`json::write`] if they are not nested too deeply for that; else again from the start, here, where nothing recurses, as in
//! [`crate::text`]. Part of every program that logs data; decoding is not.

use crate::abi::{Object, Pair};
use crate::base64;
use crate::failure::fail;
use crate::json::write::Deep;
use crate::json::{self, plain};
use crate::marks;
use crate::object::release;
use crate::string::{self, Builder};
use crate::tables;
use crate::value::{Form, Items, Scratch, View, element_at, payload, walk};
use core::ptr;
use fuse_abi::desc::{Field, Kind};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};

/// What is left to do of a value that holds others.
enum Open {
    List {
        items: Items,
        done: usize,
    },
    /// Entries in the order of their keys.
    Map {
        items: Items,
        order: Vec<u32>,
        done: usize,
    },
    /// Fields in the order of their names.
    Struct {
        fields: &'static [Field],
        object: *const u8,
        order: &'static [u32],
        done: usize,
    },
    /// The data of a variant; the variant's name comes after it.
    Variant {
        elements: &'static [Field],
        base: *const u8,
        name: &'static str,
        done: usize,
    },
}

struct Json<'a>(&'a mut Builder);

/// Appends the JSON of a value.
///
/// # Safety
/// `value` points to a live value of type `ty`.
pub(crate) unsafe fn write(out: &mut Builder, ty: u32, value: *const u8) -> Result<(), Failure> {
    let start = out.len();
    // SAFETY: the caller's promise.
    unsafe {
        match json::write::write(out, ty, value) {
            Ok(()) => Ok(()),
            Err(Deep) => {
                out.truncate(start);
                write_deep(out, ty, value)
            }
        }
    }
}

/// As [`write()`], for values of any depth.
///
/// # Safety
/// As there.
#[cold]
unsafe fn write_deep(out: &mut Builder, ty: u32, value: *const u8) -> Result<(), Failure> {
    // SAFETY: the caller's promise.
    unsafe { walk(&mut Json(out), ty, value) }
}

impl Form for Json<'_> {
    type Open = Open;

    unsafe fn begin(&mut self, value: View) -> Option<Open> {
        let Json(out) = self;
        match value {
            View::Unit | View::Null | View::Function | View::Config(_) => out.push(b"null"),
            View::Int(value) => out.push_int(value),
            View::Float(value) => write_float(out, value),
            View::Bool(value) => out.push(if value { b"true" } else { b"false" }),
            // SAFETY: a live string.
            View::Text(text) => write_string(out, unsafe { string::text(text) }),
            // SAFETY: live markup.
            View::Html(html) => unsafe { write_html(out, html) },
            View::Bytes(bytes) => {
                out.push(b"\"");
                // SAFETY: live Bytes.
                base64::write(out, unsafe { string::bytes(bytes) });
                out.push(b"\"");
            }
            View::List(items) => {
                out.push(b"[");
                return Some(Open::List { items, done: 0 });
            }
            View::Map(items) => {
                out.push(b"{");
                let order = sorted(items.len, |index| items.map_key(index));
                return Some(Open::Map { items, order, done: 0 });
            }
            View::Struct { desc, object } => {
                out.push(b"{");
                let fields = tables::fields(desc.first, desc.count);
                let order = tables::offsets(desc.sorted, desc.count);
                return Some(Open::Struct { fields, object, order, done: 0 });
            }
            View::Variant { desc, variant, base } => {
                let name = tables::name(variant.name, variant.name_len);
                let elements = payload(variant);
                match elements.len() {
                    0 if desc.kind == Kind::Result as u32 => {
                        out.push(b"{\"data\":null");
                        end_variant(out, name);
                    }
                    0 => {
                        out.push(b"{\"type\":");
                        write_string(out, name);
                        out.push(b"}");
                    }
                    count => {
                        out.push(if count == 1 { b"{\"data\":" } else { b"{\"data\":[" });
                        return Some(Open::Variant { elements, base, name, done: 0 });
                    }
                }
            }
        }
        None
    }

    unsafe fn go_on(&mut self, open: &mut Open, scratch: &mut Scratch) -> Option<(u32, *const u8)> {
        let Json(out) = self;
        match open {
            Open::List { items, done } => {
                let index = step(out, done, items.len, b"]")?;
                Some((items.ty, items.element(index)))
            }
            Open::Map { items, order, done } => {
                let index = order[step(out, done, order.len(), b"}")?] as usize;
                write_string(out, items.map_key(index));
                out.push(b":");
                Some((items.ty, items.map_value(index)))
            }
            Open::Struct { fields, object, order, done } => {
                let field = &fields[order[step(out, done, order.len(), b"}")?] as usize];
                write_string(out, field_name(field));
                out.push(b":");
                // SAFETY: the struct is alive and has the field.
                Some((field.ty, unsafe { object.add(field.offset as usize) }))
            }
            Open::Variant { elements, base, name, done } => {
                let Some(index) =
                    step(out, done, elements.len(), if elements.len() > 1 { b"]" } else { b"" })
                else {
                    end_variant(out, name);
                    return None;
                };
                let element = &elements[index];
                // SAFETY: the payload is alive.
                Some((element.ty, unsafe { element_at(element, *base, scratch) }))
            }
        }
    }
}

/// The next index, after the comma that separates it from the one before; or the end.
fn step(out: &mut Builder, done: &mut usize, len: usize, end: &[u8]) -> Option<usize> {
    let index = *done;
    if index == len {
        out.push(end);
        return None;
    }
    if index > 0 {
        out.push(b",");
    }
    *done += 1;
    Some(index)
}

fn end_variant(out: &mut Builder, name: &str) {
    out.push(b",\"type\":");
    write_string(out, name);
    out.push(b"}");
}

fn field_name(field: &Field) -> &'static str {
    tables::name(field.name, field.name_len)
}

/// The indices below `len` in ascending byte order of their names, which differ.
pub(crate) fn sorted<'a>(len: usize, name: impl Fn(usize) -> &'a str) -> Vec<u32> {
    let mut names: Vec<(&str, u32)> = (0..len).map(|index| (name(index), index as u32)).collect();
    sort(&mut names);
    names.into_iter().map(|(_, index)| index).collect()
}

/// Apart, so that a program has the code of sorting once.
#[inline(never)]
fn sort(names: &mut [(&str, u32)]) {
    names.sort_unstable_by_key(|&(name, _)| name);
}

/// Appends a Float: as text, except that JSON has no infinities, NaN or negative zero.
pub(crate) fn write_float(out: &mut Builder, value: f64) {
    if value.is_finite() {
        out.push_float(value + 0.0); // makes -0 to 0
    } else {
        out.push(b"null");
    }
}

/// Appends a JSON string.
#[inline(never)]
pub(crate) fn write_string(out: &mut Builder, text: &str) {
    if plain::end(text.as_bytes(), 0) < text.len() {
        return write_escaped(out, text);
    }
    let room = out.room(text.len().saturating_add(2));
    // SAFETY: there is room for the text and its quotes.
    unsafe {
        room.write(b'"');
        string::copy(text.as_bytes(), room.add(1));
        room.add(1 + text.len()).write(b'"');
        out.advance(text.len() + 2);
    }
}

/// Appends the rendering of markup as a JSON string.
///
/// # Safety
/// It is alive.
#[cold]
pub(crate) unsafe fn write_html(out: &mut Builder, html: Object) {
    // SAFETY: the caller's promise; the rendering is ours.
    unsafe {
        let text = marks::rendering(html);
        write_string(out, string::text(text));
        release(text);
    }
}

/// As [`write_string`], for a text in which not every byte stands for itself.
fn write_escaped(out: &mut Builder, text: &str) {
    out.reserve(text.len().saturating_add(2));
    each_piece(text, |piece| out.push(piece));
}

/// Hands out the pieces of a JSON string, quotes included.
pub(crate) fn each_piece(text: &str, mut push: impl FnMut(&[u8])) {
    let bytes = text.as_bytes();
    push(b"\"");
    let mut from = 0;
    loop {
        let end = plain::end(bytes, from);
        push(&bytes[from..end]);
        let Some(&byte) = bytes.get(end) else { break };
        push_escape(byte, &mut push);
        from = end + 1;
    }
    push(b"\"");
}

fn push_escape(byte: u8, push: &mut impl FnMut(&[u8])) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        8 => b'b',
        12 => b'f',
        0..32 => {
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            push(b"\\u00");
            return push(&digits);
        }
        other => other,
    };
    push(&[b'\\', short]);
}

/// Appends the JSON of a value in memory.
#[unsafe(export_name = "fuse_str_push_json")]
pub unsafe extern "C" fn str_push_json(
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn string(text: &str) -> String {
        crate::testing::install();
        let mut out = Builder::with_capacity(0);
        write_string(&mut out, text);
        String::from_utf8(out.bytes().to_vec()).expect("UTF-8")
    }

    #[test]
    fn escapes() {
        assert_eq!(string(""), "\"\"");
        assert_eq!(string("\"\\\n\r\t\u{8}\u{c}"), r#""\"\\\n\r\t\b\f""#);
        assert_eq!(string("\0\u{1f}/\u{7f}é😀\u{2028}"), "\"\\u0000\\u001f/\u{7f}é😀\u{2028}\"");
    }

    /// The text that a JSON string without `\u` escapes of other characters stands for.
    fn read_back(json: &str) -> Option<String> {
        let mut rest = json.strip_prefix('"')?.strip_suffix('"')?.chars();
        let mut text = String::new();
        while let Some(character) = rest.next() {
            text.push(match character {
                '\\' => match rest.next()? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'u' => {
                        let digits: String = rest.by_ref().take(4).collect();
                        char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
                    }
                    other @ ('"' | '\\') => other,
                    _ => return None,
                },
                '"' => return None,
                other if other < ' ' => return None,
                other => other,
            });
        }
        Some(text)
    }

    proptest! {
        #[test]
        fn strings_read_back(text in "(?s).{0,60}") {
            prop_assert_eq!(read_back(&string(&text)), Some(text));
        }
    }
}
