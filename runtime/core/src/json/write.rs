//! JSON of values, the fast way: by descriptor, recursively, as far as the stack allows; [`crate::encode`] has the form and the slow way.

use crate::abi::Object;
use crate::base64;
use crate::dynamic::{Dynamic, DynamicKind};
use crate::encode::{sorted, write_float, write_html, write_string};
use crate::kinds::{
    BOOL, BYTES, DYNAMIC, ENUM, FLOAT, HTML, INT, LIST, MAP, OPTION, RESULT, STD_ERROR, STRING, STRUCT, UNION,
};
use crate::list;
use crate::map::{MAP_VALUE, MapObject};
use crate::pool;
use crate::string::{self, Builder};
use crate::tables;
use crate::value::{Scratch, element_at, payload, variant_at};
use fuse_abi::desc::{Desc, Field, TYPE_DYNAMIC};
use fuse_abi::layout::{DATA_OFFSET, ListObject, NODE_OFFSET};

/// Room for text of unknown size at the start: what the pool's largest block has.
pub(crate) const FIRST_ROOM: usize = pool::LARGEST - DATA_OFFSET as usize;
/// How deeply values are written here.
const DEEPEST: u32 = 128;

/// The value is nested more deeply than can be written here.
pub(crate) struct Deep;

/// Appends the JSON of a value, or some of it if it is too deep.
///
/// # Safety
/// `value` points to a live value of type `ty`.
pub(crate) unsafe fn write(out: &mut Builder, ty: u32, value: *const u8) -> Result<(), Deep> {
    // SAFETY: the caller's promise.
    unsafe { write_value(out, tables::desc(ty), value, 0) }
}

#[inline(always)]
unsafe fn write_value(out: &mut Builder, desc: &Desc, value: *const u8, depth: u32) -> Result<(), Deep> {
    // SAFETY: the descriptor says how the value lies.
    unsafe {
        match desc.kind {
            STRING => write_string(out, string::text(object_at(value))),
            INT => out.push_int(value.cast::<i64>().read()),
            FLOAT => write_float(out, value.cast::<f64>().read()),
            BOOL => write_bool(out, value.read() != 0),
            _ => return write_compound(out, desc, value, depth),
        }
    }
    Ok(())
}

/// As [`write_value`], for types that hold others. Apart from it and not inlined, so that each level of nesting needs no more stack than it must.
#[inline(never)]
unsafe fn write_compound(out: &mut Builder, desc: &Desc, value: *const u8, depth: u32) -> Result<(), Deep> {
    // SAFETY: the descriptor says how the value lies.
    unsafe {
        match desc.kind {
            LIST => return write_list(out, tables::desc(desc.inner), object_at(value), depth),
            MAP => return write_map(out, tables::desc(desc.inner), object_at(value), depth),
            OPTION => return write_option(out, desc, value, depth),
            STRUCT => return write_struct(out, desc, object_at(value), depth),
            // The header names the member of the family.
            STD_ERROR => {
                let object = object_at(value);
                return write_struct(out, tables::desc((*object).kind), object, depth);
            }
            ENUM | RESULT | UNION => return write_variant(out, desc, value, depth),
            DYNAMIC => return write_dynamic(out, value, depth),
            BYTES => write_bytes(out, string::bytes(object_at(value))),
            HTML => write_html(out, object_at(value)),
            // Unit, and what has no JSON.
            _ => out.push(b"null"),
        }
    }
    Ok(())
}

unsafe fn object_at(value: *const u8) -> Object {
    // SAFETY: the descriptor says that there is an object here.
    unsafe { value.cast::<Object>().read() }
}

fn write_bool(out: &mut Builder, value: bool) {
    out.push(if value { b"true" } else { b"false" });
}

fn write_bytes(out: &mut Builder, bytes: &[u8]) {
    out.push(b"\"");
    base64::write(out, bytes);
    out.push(b"\"");
}

/// The depth of what is in a value.
fn below(depth: u32) -> Result<u32, Deep> {
    if depth < DEEPEST { Ok(depth + 1) } else { Err(Deep) }
}

#[inline(never)]
unsafe fn write_list(out: &mut Builder, element: &Desc, object: Object, depth: u32) -> Result<(), Deep> {
    let depth = below(depth)?;
    // SAFETY: the list has so many elements of the type.
    unsafe {
        let first = list::data(object);
        let stride = element.size as usize;
        out.push(b"[");
        for index in 0..(*object.cast::<ListObject>()).len as usize {
            if index > 0 {
                out.push(b",");
            }
            write_value(out, element, first.add(index * stride), depth)?;
        }
    }
    out.push(b"]");
    Ok(())
}

#[inline(never)]
unsafe fn write_map(out: &mut Builder, value: &Desc, object: Object, depth: u32) -> Result<(), Deep> {
    let depth = below(depth)?;
    // SAFETY: an entry is a key, a live string, and a value of the type.
    unsafe {
        let (first, stride, len) = MapObject::entries(object.cast());
        let key = |number: usize| string::text(first.add(number * stride).cast::<Object>().read());
        let in_order = (1..len).all(|number| key(number - 1) < key(number));
        let order = if in_order { Vec::new() } else { sorted(len, key) };
        out.push(b"{");
        for index in 0..len {
            if index > 0 {
                out.push(b",");
            }
            let number = order.get(index).map_or(index, |&number| number as usize);
            write_string(out, key(number));
            out.push(b":");
            // An element may be `null` even if its type cannot be.
            if (*object.cast::<MapObject>()).is_null(number) {
                out.push(b"null");
            } else {
                write_value(out, value, first.add(number * stride + MAP_VALUE), depth)?;
            }
        }
    }
    out.push(b"}");
    Ok(())
}

#[inline(never)]
unsafe fn write_option(out: &mut Builder, desc: &Desc, value: *const u8, depth: u32) -> Result<(), Deep> {
    // SAFETY: the descriptor says where the payload is.
    unsafe {
        let payload = if desc.flags & (Desc::FLAG_NULLABLE | Desc::FLAG_BOXED) != 0 {
            let object = object_at(value);
            if object.is_null() {
                out.push(b"null");
                return Ok(());
            }
            if desc.flags & Desc::FLAG_BOXED != 0 {
                object.cast::<u8>().add(NODE_OFFSET as usize + desc.payload_offset as usize)
            } else {
                value.cast_mut()
            }
        } else if value.read() == 0 {
            out.push(b"null");
            return Ok(());
        } else {
            value.add(desc.payload_offset as usize).cast_mut()
        };
        write_value(out, tables::desc(desc.inner), payload, depth)
    }
}

#[inline(never)]
unsafe fn write_struct(out: &mut Builder, desc: &Desc, object: Object, depth: u32) -> Result<(), Deep> {
    let depth = below(depth)?;
    let fields = tables::fields(desc.first, desc.count);
    out.push(b"{");
    for (position, &index) in tables::offsets(desc.sorted, desc.count).iter().enumerate() {
        let Some(field) = fields.get(index as usize) else { continue };
        let key = key(field);
        let room = out.room(key.len() + 1);
        let comma = usize::from(position > 0);
        // SAFETY: the struct is alive and has the field.
        unsafe {
            room.write(b',');
            string::copy(key, room.add(comma));
            out.advance(key.len() + comma);
            let value = object.cast::<u8>().add(field.offset as usize);
            write_value(out, tables::desc(field.ty), value, depth)?;
        }
    }
    out.push(b"}");
    Ok(())
}

/// The key of a field with its quotes and the colon.
fn key(field: &Field) -> &'static [u8] {
    tables::name(field.name - 1, field.name_len + 3).as_bytes()
}

#[inline(never)]
unsafe fn write_variant(out: &mut Builder, desc: &Desc, value: *const u8, depth: u32) -> Result<(), Deep> {
    let inner = below(depth)?;
    // SAFETY: the tag says which variant's payload there is.
    unsafe {
        let base = if desc.flags & Desc::FLAG_BOXED != 0 {
            object_at(value).cast::<u8>().add(NODE_OFFSET as usize)
        } else {
            value.cast_mut()
        };
        let Some(variant) = variant_at(desc, base) else { return Ok(()) };
        let name = tables::name(variant.name, variant.name_len);
        let mut scratch = Scratch::default();
        let mut element = |out: &mut Builder, element: &Field, depth| {
            let value = element_at(element, base, &mut scratch);
            write_value(out, tables::desc(element.ty), value, depth)
        };
        match payload(variant) {
            // A union looks like what is in it.
            [only, ..] if desc.kind == UNION => return element(out, only, depth),
            [] if desc.kind == RESULT => out.push(b"{\"data\":null,"),
            [] => out.push(b"{"),
            [only] => {
                out.push(b"{\"data\":");
                element(out, only, inner)?;
                out.push(b",");
            }
            elements => {
                out.push(b"{\"data\":[");
                for (index, part) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(b",");
                    }
                    element(out, part, inner)?;
                }
                out.push(b"],");
            }
        }
        out.push(b"\"type\":");
        write_string(out, name);
    }
    out.push(b"}");
    Ok(())
}

#[inline(never)]
unsafe fn write_dynamic(out: &mut Builder, value: *const u8, depth: u32) -> Result<(), Deep> {
    let value = value.cast::<Dynamic>();
    // SAFETY: the kind says what the object or the bits are.
    unsafe {
        let Dynamic { object, bits } = value.read();
        match value.read().kind() {
            DynamicKind::Null => out.push(b"null"),
            DynamicKind::Bool => write_bool(out, bits != 0),
            DynamicKind::Int => out.push_int(bits.cast_signed()),
            DynamicKind::Float => write_float(out, f64::from_bits(bits)),
            DynamicKind::String => write_string(out, string::text(object)),
            DynamicKind::Bytes => write_bytes(out, string::bytes(object)),
            DynamicKind::List => return write_list(out, tables::desc(TYPE_DYNAMIC), object, depth),
            DynamicKind::Map => return write_map(out, tables::desc(TYPE_DYNAMIC), object, depth),
        }
    }
    Ok(())
}
