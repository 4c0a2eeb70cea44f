//! Markup (runtime reference 17): pieces that compiled code appends to the buffer of a page, escaping, checks.
//!
//! A value of the type `Html` is its rendering; what tells text from markup in it, where that is needed, is in [`crate::marks`].

mod node;
mod svg;

use crate::abi::{Object, Pair};
use crate::dynamic::{Dynamic, DynamicKind, elements, entries};
use crate::failure::{fail, fail_with};
use crate::list::{list_empty, push_slot};
use crate::map::{MAP_VALUE, MapObject, map_insert_slot, map_len, map_new};
use crate::marks::{self, END, TEXT};
use crate::object::{release, retain};
use crate::string::{self, Builder};
use core::ptr;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};

pub use node::html_node;
pub use svg::html_svg_inline;

type Fallible = Pair<Object, u64>;

fn done(object: Object) -> Fallible {
    Pair { first: object, second: u64::from(STATUS_OK) }
}

fn failed(status: u64) -> Fallible {
    Pair { first: ptr::null_mut(), second: status }
}

/// What stands for a character that means something in markup. A quote does only in the value of an attribute.
fn escape<const QUOTE: bool>(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'"' if QUOTE => Some(b"&quot;"),
        _ => None,
    }
}

/// The first byte from `from` on that has to be escaped, or the end.
fn next_escape<const QUOTE: bool>(bytes: &[u8], from: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = ONES << 7;
    /// The top bit of each byte that is `byte`, and perhaps of some behind the first of them.
    fn equal(word: u64, byte: u8) -> u64 {
        let differences = word ^ (ONES * u64::from(byte));
        differences.wrapping_sub(ONES) & !differences & TOPS
    }
    let mut at = from;
    while let Some(word) = bytes.get(at..at + 8).and_then(|word| word.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*word);
        let quotes = if QUOTE { equal(word, b'"') } else { 0 };
        // `<` and `>` differ in one bit.
        let found = equal(word, b'&') | equal(word | 0x0202_0202_0202_0202, b'>') | quotes;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| escape::<QUOTE>(byte).is_some()).unwrap_or(rest.len())
}

/// Appends a text with its escapes, the first of which is at `at`.
fn push_escaped<const QUOTE: bool>(out: &mut Builder, bytes: &[u8], mut at: usize) {
    out.reserve(bytes.len());
    let mut from = 0;
    while let Some(entity) = bytes.get(at).and_then(|&byte| escape::<QUOTE>(byte)) {
        out.push(&bytes[from..at]);
        out.push(entity);
        from = at + 1;
        at = next_escape::<QUOTE>(bytes, from);
    }
    out.push(&bytes[from..]);
}

/// Appends a text as a text node.
fn push_text(out: &mut Builder, bytes: &[u8], marked: bool) {
    let first = next_escape::<false>(bytes, 0);
    if first == bytes.len() {
        return out.push(bytes);
    }
    if marked {
        out.push(&[TEXT]);
    }
    push_escaped::<false>(out, bytes, first);
    if marked {
        out.push(&[END]);
    }
}

/// Appends the value of an attribute.
fn push_value(out: &mut Builder, bytes: &[u8]) {
    push_escaped::<true>(out, bytes, next_escape::<true>(bytes, 0));
}

/// Appends a piece of markup as it is.
#[unsafe(export_name = "fuse_html_push")]
pub unsafe extern "C" fn html_push(out: Object, piece: Object) -> Object {
    // SAFETY: a live string, owned here, and a live piece.
    unsafe {
        let bytes = string::bytes(piece);
        let mut out = Builder::append_to(out, bytes.len());
        out.push(bytes);
        out.finish()
    }
}

/// Appends a text as a text node; marked where that may be of use.
#[unsafe(export_name = "fuse_html_push_text")]
pub unsafe extern "C" fn html_push_text(out: Object, text: Object, marked: u32) -> Object {
    // SAFETY: as above.
    unsafe {
        let bytes = string::bytes(text);
        let mut out = Builder::append_to(out, bytes.len());
        push_text(&mut out, bytes, marked as u8 != 0);
        out.finish()
    }
}

/// Appends the value of an attribute.
#[unsafe(export_name = "fuse_html_push_value")]
pub unsafe extern "C" fn html_push_value(out: Object, value: Object) -> Object {
    // SAFETY: as above.
    unsafe {
        let bytes = string::bytes(value);
        let mut out = Builder::append_to(out, bytes.len());
        push_value(&mut out, bytes);
        out.finish()
    }
}

/// Appends the attributes of a map, in the order of their names. Whether they can be attributes is [tested](html_check_attributes) when the children
/// are there.
#[unsafe(export_name = "fuse_html_push_attributes")]
pub unsafe extern "C" fn html_push_attributes(out: Object, map: Object) -> Object {
    // SAFETY: a live string, owned here, and a live map of Strings.
    unsafe {
        let mut out = Builder::append_to(out, 0);
        push_attributes(&mut out, map);
        out.finish()
    }
}

/// As [`html_push_attributes`].
unsafe fn push_attributes(out: &mut Builder, map: Object) {
    // SAFETY: a live map of Strings.
    unsafe {
        each_attribute(map, |name, value| {
            out.push(b" ");
            out.push(name.as_bytes());
            out.push(b"=\"");
            push_value(out, value.unwrap_or_default());
            out.push(b"\"");
            true
        });
    }
}

/// Fails if something in a map of Strings cannot be an attribute.
#[unsafe(export_name = "fuse_html_check_attributes")]
pub unsafe extern "C" fn html_check_attributes(context: *mut Context, map: Object) -> u64 {
    let mut status = u64::from(STATUS_OK);
    // SAFETY: a live map of Strings; the context is the one the program was entered with.
    unsafe {
        each_attribute(map, |name, value| {
            if !is_attribute_name(name) {
                let parts: &[&[u8]] = &[b"invalid html attribute name ", name.as_bytes()];
                status = fail_with(context, Failure::Message, parts);
            } else if value.is_none() {
                status = fail(context, Failure::NullAccess);
            }
            status == u64::from(STATUS_OK)
        });
    }
    status
}

/// Hands out the entries of a map of Strings in the order of their names, until told otherwise. A value may be `null`, though its type says no.
unsafe fn each_attribute<'a>(map: Object, mut each: impl FnMut(&'a str, Option<&'a [u8]>) -> bool) {
    // SAFETY: the caller's promise: an entry is a key and a value, both live strings unless the entry is null.
    unsafe {
        let (first, stride, len) = MapObject::entries(map.cast());
        let entry = |index: usize| first.add(index * stride);
        let key = |index: usize| string::text(entry(index).cast::<Object>().read());
        let order = if len < 2 { Vec::new() } else { crate::encode::sorted(len, key) };
        for position in 0..len {
            let index = order.get(position).map_or(position, |&index| index as usize);
            let null = (*map.cast::<MapObject>()).is_null(index);
            let value = (!null).then(|| string::bytes(entry(index).add(MAP_VALUE).cast::<Object>().read()));
            if !each(key(index), value) {
                return;
            }
        }
    }
}

fn is_attribute_name(name: &str) -> bool {
    let wrong = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '>' | '/' | '=');
    !name.is_empty() && !name.contains(wrong)
}

/// Whether a text would end the tag it stands in: it contains `</tag`, in any case.
fn ends_tag(text: &[u8], tag: &[u8]) -> bool {
    let begins = |rest: &[u8]| {
        rest.strip_prefix(b"</")
            .and_then(|rest| rest.get(..tag.len()))
            .is_some_and(|name| name.eq_ignore_ascii_case(tag))
    };
    text.iter().enumerate().any(|(at, &byte)| byte == b'<' && begins(&text[at..]))
}

/// Whether a piece would end that tag together with what stands before it: `</tag` begins there and goes on in the piece.
fn ends_tag_joined(before: &[u8], piece: &[u8], tag: &[u8]) -> bool {
    // So long is the longest beginning, and the longest rest; in neither alone is there room for all of it.
    let most = tag.len() + 1;
    let tail = &before[before.len().saturating_sub(most)..];
    tail.contains(&b'<') && ends_tag(&[tail, &piece[..piece.len().min(most)]].concat(), tag)
}

/// Appends a text in a tag in which text is not escaped; yields whether the text does not end the tag.
fn push_raw_text(out: &mut Builder, text: &[u8], tag: &[u8]) -> bool {
    !ends_tag(text, tag) && push_raw_piece(out, text, tag)
}

/// Appends a piece of markup in such a tag, which may be text that has nothing to escape; yields whether the tag does not end where it begins.
fn push_raw_piece(out: &mut Builder, piece: &[u8], tag: &[u8]) -> bool {
    if ends_tag_joined(out.bytes(), piece, tag) {
        return false;
    }
    out.push(piece);
    true
}

unsafe fn fail_ending(context: *mut Context, tag: &[u8]) -> u64 {
    // SAFETY: the context is the one the program was entered with.
    unsafe {
        let parts: &[&[u8]] = &[b"html text in ", tag, b" must not contain \"</", tag, b"\""];
        fail_with(context, Failure::Message, parts)
    }
}

/// Appends a text in a tag in which text is not escaped.
#[unsafe(export_name = "fuse_html_push_raw_text")]
pub unsafe extern "C" fn html_push_raw_text(
    context: *mut Context,
    out: Object,
    text: Object,
    tag: Object,
) -> Fallible {
    // SAFETY: a live string, owned here, and live strings; the context is the one the program was entered with.
    unsafe {
        let (bytes, tag) = (string::bytes(text), string::bytes(tag));
        let mut out = Builder::append_to(out, bytes.len());
        if push_raw_text(&mut out, bytes, tag) {
            done(out.finish())
        } else {
            failed(fail_ending(context, tag))
        }
    }
}

/// Appends marked markup in a tag in which text is not escaped.
#[unsafe(export_name = "fuse_html_push_raw_html")]
pub unsafe extern "C" fn html_push_raw_html(
    context: *mut Context,
    out: Object,
    html: Object,
    tag: Object,
) -> Fallible {
    // SAFETY: as above.
    unsafe {
        let (bytes, tag) = (string::bytes(html), string::bytes(tag));
        let mut out = Builder::append_to(out, bytes.len());
        if push_raw_html(&mut out, bytes, tag) {
            done(out.finish())
        } else {
            failed(fail_ending(context, tag))
        }
    }
}

/// As [`html_push_raw_html`]; yields whether no text ends the tag.
fn push_raw_html(out: &mut Builder, mut rest: &[u8], tag: &[u8]) -> bool {
    while let Some(start) = rest.iter().position(|&byte| byte == TEXT) {
        let marked = &rest[start + 1..];
        let end = marked.iter().position(|&byte| byte == END).unwrap_or(marked.len());
        let text = unescaped(&marked[..end]);
        if !push_raw_piece(out, &rest[..start], tag) || !push_raw_text(out, &text, tag) {
            return false;
        }
        rest = marked.get(end + 1..).unwrap_or_default();
    }
    push_raw_piece(out, rest, tag)
}

/// The text that was escaped.
fn unescaped(mut escaped: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(escaped.len());
    while let Some(at) = escaped.iter().position(|&byte| byte == b'&') {
        text.extend_from_slice(&escaped[..at]);
        let entity = |byte: u8| escape::<false>(byte).filter(|entity| escaped[at..].starts_with(entity));
        let found =
            [b'&', b'<', b'>'].into_iter().find_map(|byte| entity(byte).map(|entity| (byte, entity.len())));
        // Every `&` of an escaped text begins one.
        let (byte, len) = found.unwrap_or((b'&', 1));
        text.push(byte);
        escaped = &escaped[at + len..];
    }
    text.extend_from_slice(escaped);
    text
}

/// A value of the type `Html` as a String.
#[unsafe(export_name = "fuse_html_rendering")]
pub unsafe extern "C" fn html_rendering(html: Object) -> Object {
    // SAFETY: a live value.
    unsafe { marks::rendering(html) }
}

/// A dynamic map of attributes as a map of Strings, of the type given; fails with the message if it is none.
#[unsafe(export_name = "fuse_html_attributes")]
pub unsafe extern "C" fn html_attributes(
    context: *mut Context,
    ty: u32,
    value: Object,
    message: Object,
) -> Fallible {
    let value = Dynamic::object(value);
    // SAFETY: a live object or null, and a live string; the new map is ours until it is handed out.
    unsafe {
        let wrong = || failed(fail_with(context, Failure::InvalidArguments, &[string::bytes(message)]));
        if value.kind() != DynamicKind::Map {
            return wrong();
        }
        if entries(value.object).any(|(_, value)| value.kind() != DynamicKind::String) {
            return wrong();
        }
        let mut map = map_new(ty, map_len(value.object));
        for (key, value) in entries(value.object) {
            let slot = map_insert_slot(map, key);
            map = slot.first;
            slot.second.cast::<Object>().write(value.retained().object);
        }
        done(map)
    }
}

/// The texts in a dynamic child, as a list of Strings of the type given; `owner` is what messages say it stands in.
#[unsafe(export_name = "fuse_html_texts")]
pub unsafe extern "C" fn html_texts(
    context: *mut Context,
    ty: u32,
    value: Object,
    owner: Object,
) -> Fallible {
    // SAFETY: a live object or null (the bits of a scalar do not matter), and a live string; the new list is ours until it is handed out.
    unsafe {
        let mut texts = list_empty(ty, 1);
        let mut open: Vec<core::slice::Iter<'_, Dynamic>> = Vec::new();
        let mut next = Some(Dynamic::object(value));
        loop {
            let Some(value) = next else {
                match open.last_mut() {
                    None => return done(texts),
                    Some(list) => {
                        next = list.next().copied();
                        if next.is_none() {
                            open.pop();
                        }
                        continue;
                    }
                }
            };
            next = None;
            match value.kind() {
                DynamicKind::String => {
                    let slot = push_slot(texts);
                    texts = slot.first;
                    retain(value.object);
                    slot.second.cast::<Object>().write(value.object);
                }
                DynamicKind::List => open.push(elements(value.object).iter()),
                kind => {
                    release(texts);
                    let parts: &[&[u8]] = &[
                        string::bytes(owner),
                        b" children must be Html or String, got ",
                        kind.name().as_bytes(),
                    ];
                    return failed(fail_with(context, Failure::Message, parts));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
