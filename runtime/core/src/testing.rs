//! One program's tables for all unit tests, made by hand, and the check that a test leaves nothing behind.

use crate::abi::Object;
use crate::alloc::live_objects;
use crate::list;
use crate::map;
use crate::object;
use crate::string::{self, Builder};
use crate::tables;
use fuse_abi::desc::{
    Constraint, Desc, Field, Image, Kind, NO_FIELD, PREDEFINED, Position, TYPE_BOOL, TYPE_DYNAMIC,
    TYPE_FLOAT, TYPE_INT, TYPE_STD_ERROR, TYPE_STRING, TYPE_UNIT, Variant,
};
use fuse_abi::failure::Failure;
use std::sync::OnceLock;

mod data;
mod orders;
mod typed;

pub(crate) use data::{Data, data};
pub(crate) use orders::{EVERY, LINE, MAP_LINK, ORDER};
pub(crate) use typed::*;

/// Watches that the objects made since are released.
pub(crate) struct Leaks(isize);

impl Leaks {
    pub(crate) fn watch() -> Leaks {
        Leaks(live_objects())
    }

    pub(crate) fn none(&self) {
        assert_eq!(live_objects() - self.0, 0, "objects left behind");
    }
}

/// Types of the test program.
pub(crate) const LIST_INT: u32 = PREDEFINED;
pub(crate) const LIST_STRING: u32 = PREDEFINED + 1;
pub(crate) const MAP_INT: u32 = PREDEFINED + 2;
pub(crate) const MAP_STRING: u32 = PREDEFINED + 3;
/// `type Link: next: Link?, value: Int`
pub(crate) const LINK: u32 = PREDEFINED + 4;
pub(crate) const OPTION_LINK: u32 = PREDEFINED + 5;
/// `type Denied: code: Int, message: String`
pub(crate) const DENIED: u32 = PREDEFINED + 6;
/// `Int?`: tag at 0, payload at 8
pub(crate) const OPTION_INT: u32 = PREDEFINED + 7;
/// `enum Shape: Dot, Circle(Float), Named(String, Int?), Flag(Bool)`: tag 0, object 8, I64 16, F64 24, I8s 32.. boxed
pub(crate) const SHAPE: u32 = PREDEFINED + 8;
/// `enum Chain: End, More(Chain, Int)`, boxed
pub(crate) const CHAIN: u32 = PREDEFINED + 9;
pub(crate) const LIST_SHAPE: u32 = PREDEFINED + 10;
pub(crate) const MAP_SHAPE: u32 = PREDEFINED + 11;
/// `Int!Denied`: tag 0, object 8, I64 16
pub(crate) const RESULT: u32 = PREDEFINED + 12;
/// A union of `Denied` and `std.Error`: tag 0, object 8
pub(crate) const UNION: u32 = PREDEFINED + 13;
pub(crate) const NOT_FOUND: u32 = PREDEFINED + 14;
pub(crate) const VALIDATION: u32 = PREDEFINED + 15;
pub(crate) const ENTRY: u32 = PREDEFINED + 16;
pub(crate) const LIST_ENTRY: u32 = PREDEFINED + 17;
/// `std.Error` as a struct of its own: `code`, `message`, `status`
pub(crate) const BASE: u32 = PREDEFINED + 18;
/// A list of lists of itself, as deep as one likes.
pub(crate) const LIST_DEEP: u32 = PREDEFINED + 19;
/// `enum Small: Pair(Bool, Bool?), Two(Int?)` unboxed: tag 0, I64 8, I8s 16, 17, 18 (5 slots in a real program)
pub(crate) const SMALL: u32 = PREDEFINED + 20;
pub(crate) const OPTION_BOOL: u32 = PREDEFINED + 21;
pub(crate) const RESULT_UNIT: u32 = PREDEFINED + 22;
/// A tree of two links, to die sideways.
pub(crate) const TREE: u32 = PREDEFINED + 23;
pub(crate) const LIST_TREE: u32 = PREDEFINED + 24;
pub(crate) const MAP_DEEP: u32 = PREDEFINED + 25;

/// Type and offsets of the slots of a payload element.
type Element<'a> = (u32, &'a [u32]);

#[derive(Default)]
struct Tables {
    types: Vec<Desc>,
    fields: Vec<Field>,
    variants: Vec<Variant>,
    offsets: Vec<u32>,
    names: String,
    constraints: Vec<Constraint>,
}

impl Tables {
    fn name(&mut self, name: &str) -> (u32, u32) {
        let at = self.names.len() as u32;
        self.names.push_str(name);
        (at, name.len() as u32)
    }

    /// The name of a field, between what its JSON key needs.
    fn key(&mut self, name: &str) -> (u32, u32) {
        let (at, len) = self.name(&format!("\"{name}\":"));
        (at + 1, len - 3)
    }

    fn offsets(&mut self, offsets: &[u32]) -> (u32, u32) {
        let at = self.offsets.len() as u32;
        self.offsets.extend_from_slice(offsets);
        (at, offsets.len() as u32)
    }

    /// A descriptor; `refs` are the objects in a value.
    fn add(&mut self, kind: Kind, size: u32, inner: u32, refs: &[u32]) -> &mut Desc {
        let (value_refs, value_refs_count) = self.offsets(refs);
        let align = if size.is_multiple_of(8) { 8 } else { 1 };
        let desc =
            Desc { kind: kind as u32, size, align, inner, value_refs, value_refs_count, ..Desc::default() };
        self.types.push(desc);
        self.types.last_mut().expect("just pushed")
    }

    fn object(&mut self, name: &str, flags: u32, fields: &[(&str, u32, u32)], size: u32, refs: &[u32]) {
        let (name, name_len) = self.name(name);
        let first = self.fields.len() as u32;
        for &(field, ty, offset) in fields {
            let (name, name_len) = self.key(field);
            self.fields.push(Field { name, name_len, ty, offset, ..Field::default() });
        }
        let (object_refs, object_refs_count) = self.offsets(refs);
        let mut order: Vec<u32> = (0..fields.len() as u32).collect();
        order.sort_by_key(|&at| fields[at as usize].0);
        let (sorted, _) = self.offsets(&order);
        let message_field = fields
            .iter()
            .position(|field| field.0 == "message" && field.1 == TYPE_STRING)
            .map_or(NO_FIELD, |at| at as u32);
        let desc = self.add(Kind::Struct, 8, 0, &[0]);
        *desc = Desc {
            flags,
            name,
            name_len,
            first,
            count: fields.len() as u32,
            object_size: size,
            object_refs,
            object_refs_count,
            message_field,
            sorted,
            ..*desc
        };
    }

    /// Variants with payload elements: type and offsets of its slots.
    fn choice(
        &mut self,
        kind: Kind,
        name: &str,
        size: u32,
        boxed: bool,
        refs: &[u32],
        variants: &[(&str, &[Element])],
    ) {
        let (name, name_len) = self.name(name);
        let mut rows = Vec::new();
        for &(variant, elements) in variants {
            let (name, name_len) = self.name(variant);
            let first = self.fields.len() as u32;
            for &(ty, slots) in elements {
                let (slots, slots_count) = self.offsets(slots);
                self.fields.push(Field { ty, slots, slots_count, ..Field::default() });
            }
            rows.push(Variant { name, name_len, first, count: elements.len() as u32 });
        }
        let first = self.variants.len() as u32;
        self.variants.extend_from_slice(&rows);
        let in_object: Vec<u32> = refs.iter().map(|offset| offset + 8).collect();
        let (object_refs, object_refs_count) = if boxed { self.offsets(&in_object) } else { (0, 0) };
        let desc = self.add(kind, if boxed { 8 } else { size }, 0, if boxed { &[0] } else { refs });
        *desc = Desc {
            flags: if boxed { Desc::FLAG_BOXED } else { 0 },
            name,
            name_len,
            first,
            count: variants.len() as u32,
            object_size: if boxed { size + 8 } else { 0 },
            object_refs,
            object_refs_count,
            ..*desc
        };
    }

    fn option(&mut self, inner: u32, size: u32, payload_offset: u32, nullable: bool) {
        let desc = self.add(Kind::Option, size, inner, if nullable { &[0] } else { &[] });
        desc.payload_offset = payload_offset;
        desc.flags = if nullable { Desc::FLAG_NULLABLE } else { 0 };
    }
}

fn build() -> Tables {
    let mut t = Tables::default();
    t.add(Kind::Unit, 0, 0, &[]);
    t.add(Kind::Int, 8, 0, &[]);
    t.add(Kind::Float, 8, 0, &[]);
    t.add(Kind::Bool, 1, 0, &[]);
    t.add(Kind::String, 8, 0, &[0]);
    t.add(Kind::Bytes, 8, 0, &[0]);
    t.add(Kind::StdError, 8, 0, &[0]);
    t.add(Kind::Dynamic, 16, 0, &[0]);
    t.add(Kind::List, 8, TYPE_DYNAMIC, &[0]);
    t.add(Kind::Map, 8, TYPE_DYNAMIC, &[0]);
    for kind in [Constraint::ID, Constraint::EMAIL] {
        let constraints = t.constraints.len() as u32;
        t.constraints.push(Constraint { kind, ..Constraint::default() });
        let desc = t.add(Kind::String, 8, 0, &[0]);
        (desc.constraints, desc.constraints_count) = (constraints, 1);
    }
    t.add(Kind::List, 8, TYPE_INT, &[0]);
    t.add(Kind::List, 8, TYPE_STRING, &[0]);
    t.add(Kind::Map, 8, TYPE_INT, &[0]);
    t.add(Kind::Map, 8, TYPE_STRING, &[0]);
    t.object("Link", 0, &[("next", OPTION_LINK, 8), ("value", TYPE_INT, 16)], 24, &[8]);
    t.option(LINK, 8, 0, true);
    t.object("Denied", 0, &[("message", TYPE_STRING, 8), ("code", TYPE_INT, 16)], 24, &[8]);
    t.option(TYPE_INT, 16, 8, false);
    t.choice(
        Kind::Enum,
        "Shape",
        40,
        true,
        &[8],
        &[
            ("Dot", &[]),
            ("Circle", &[(TYPE_FLOAT, &[24])]),
            ("Named", &[(TYPE_STRING, &[8]), (OPTION_INT, &[32, 16])]),
            ("Flag", &[(TYPE_BOOL, &[32])]),
        ],
    );
    t.choice(
        Kind::Enum,
        "Chain",
        24,
        true,
        &[8],
        &[("End", &[]), ("More", &[(CHAIN, &[8]), (TYPE_INT, &[16])])],
    );
    t.add(Kind::List, 8, SHAPE, &[0]);
    t.add(Kind::Map, 8, SHAPE, &[0]);
    t.choice(Kind::Result, "", 24, false, &[8], &[("Ok", &[(TYPE_INT, &[16])]), ("Err", &[(DENIED, &[8])])]);
    t.choice(
        Kind::Union,
        "",
        16,
        false,
        &[8],
        &[("Denied", &[(DENIED, &[8])]), ("std.Error", &[(TYPE_STD_ERROR, &[8])])],
    );
    let family = Desc::FLAG_STD_ERROR;
    t.object("std.Error.NotFound", family, &[("message", TYPE_STRING, 8)], 16, &[8]);
    t.object(
        "std.Error.Validation",
        family,
        &[("message", TYPE_STRING, 8), ("fields", LIST_ENTRY, 16)],
        24,
        &[8, 16],
    );
    t.object(
        "std.Error.ValidationField",
        family,
        &[("path", TYPE_STRING, 8), ("code", TYPE_STRING, 16), ("message", TYPE_STRING, 24)],
        32,
        &[8, 16, 24],
    );
    t.add(Kind::List, 8, ENTRY, &[0]);
    t.object(
        "std.Error",
        family,
        &[("code", TYPE_STRING, 8), ("message", TYPE_STRING, 16), ("status", TYPE_INT, 24)],
        32,
        &[8, 16],
    );
    t.add(Kind::List, 8, LIST_DEEP, &[0]);
    t.choice(
        Kind::Enum,
        "Small",
        24,
        false,
        &[],
        &[("Pair", &[(TYPE_BOOL, &[16]), (OPTION_BOOL, &[17, 18])]), ("Two", &[(OPTION_INT, &[16, 8])])],
    );
    t.option(TYPE_BOOL, 2, 1, false);
    t.choice(Kind::Result, "", 16, false, &[8], &[("Ok", &[(TYPE_UNIT, &[])]), ("Err", &[(DENIED, &[8])])]);
    t.object("Tree", 0, &[("left", TREE, 8), ("right", TREE, 16)], 24, &[8, 16]);
    t.add(Kind::List, 8, TREE, &[0]);
    t.add(Kind::Map, 8, MAP_DEEP, &[0]);
    assert_eq!(t.types.len() as u32, MAP_DEEP + 1);
    typed::add(&mut t);
    orders::add(&mut t);
    t
}

struct Shared(Image);
// SAFETY: the tables are never changed.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

/// The image of the test program.
pub(crate) fn image() -> &'static Image {
    static IMAGE: OnceLock<Shared> = OnceLock::new();
    &IMAGE
        .get_or_init(|| {
            let mut tables = build();
            let (file, file_len) = tables.name("main.fuse");
            let positions = vec![Position { file, file_len, line: 3, column: 9 }].leak();
            let types = tables.types.leak();
            let fields = tables.fields.leak();
            let variants = tables.variants.leak();
            let offsets = tables.offsets.leak();
            let names = tables.names.leak();
            let constraints = tables.constraints.leak();
            Shared(Image {
                types: types.as_ptr(),
                types_len: types.len(),
                fields: fields.as_ptr(),
                fields_len: fields.len(),
                variants: variants.as_ptr(),
                variants_len: variants.len(),
                offsets: offsets.as_ptr(),
                offsets_len: offsets.len(),
                names: names.as_ptr(),
                names_len: names.len(),
                positions: positions.as_ptr(),
                positions_len: 1,
                constraints: constraints.as_ptr(),
                constraints_len: constraints.len(),
                validation: VALIDATION,
                validation_field: ENTRY,
                validation_list: LIST_ENTRY,
                call: typed::call as *const u8,
                ..Image::EMPTY
            })
        })
        .0
}

/// Installs the test program's tables; any number of times, from any thread.
pub(crate) fn install() {
    // SAFETY: the image lives for ever and is consistent.
    unsafe { tables::install(image()) };
    crate::boundary::enable_dynamic_defaults();
}

/// A node of a type with these bytes behind its header.
pub(crate) unsafe fn node(ty: u32, words: &[u64]) -> Object {
    let size = tables::desc(ty).object_size as usize;
    assert_eq!(size, 8 + 8 * words.len());
    // SAFETY: the node has that size.
    unsafe {
        let node = object::node_new(ty, size as i64);
        node.cast::<u64>().add(1).copy_from_nonoverlapping(words.as_ptr(), words.len());
        node
    }
}

/// A struct `Denied`.
pub(crate) unsafe fn denied(message: &str, code: i64) -> Object {
    // SAFETY: the fields in order.
    unsafe { node(DENIED, &[string::new(message) as u64, code as u64]) }
}

/// A Bytes object.
pub(crate) fn bytes(data: &[u8]) -> Object {
    let mut bytes = Builder::bytes_with_capacity(data.len());
    bytes.push(data);
    bytes.finish()
}

/// A list whose elements are words.
pub(crate) unsafe fn list_of(ty: u32, words: &[u64]) -> Object {
    // SAFETY: the list has so many elements of eight bytes.
    unsafe {
        let list = list::list_new(ty, words.len() as i64);
        list::data(list).cast::<u64>().copy_from_nonoverlapping(words.as_ptr(), words.len());
        list
    }
}

/// A map whose values are words.
pub(crate) unsafe fn map_of(ty: u32, entries: &[(&str, u64)]) -> Object {
    // SAFETY: values of eight bytes; the key is retained by the map.
    unsafe {
        let mut map = map::map_new(ty, 0);
        for &(key, value) in entries {
            let key = string::new(key);
            let slot = map::map_insert_slot(map, key);
            object::release(key);
            map = slot.first;
            slot.second.cast::<u64>().write(value);
        }
        map
    }
}

/// The text form of a value.
pub(crate) unsafe fn text(ty: u32, value: *const u8) -> Result<String, Failure> {
    let mut out = Builder::with_capacity(0);
    // SAFETY: the caller's promise.
    unsafe { crate::text::write(&mut out, ty, value) }?;
    Ok(String::from_utf8(out.bytes().to_vec()).expect("UTF-8"))
}

/// The JSON of a value.
pub(crate) unsafe fn json(ty: u32, value: *const u8) -> Result<String, Failure> {
    let mut out = Builder::with_capacity(0);
    // SAFETY: the caller's promise.
    unsafe { crate::encode::write(&mut out, ty, value) }?;
    Ok(String::from_utf8(out.bytes().to_vec()).expect("UTF-8"))
}

/// Both forms of an object's value, which is then released.
pub(crate) unsafe fn forms_of(ty: u32, object: Object) -> (String, String) {
    // SAFETY: a value of one Ref is the address.
    unsafe {
        let value = (&raw const object).cast();
        let forms = (text(ty, value).expect("text"), json(ty, value).expect("JSON"));
        object::release(object);
        forms
    }
}

/// Both forms of a value whose slots are words.
pub(crate) unsafe fn forms(ty: u32, words: &[u64]) -> (String, String) {
    let value = words.as_ptr().cast();
    // SAFETY: the caller gave the slots of such a value.
    unsafe { (text(ty, value).expect("text"), json(ty, value).expect("JSON")) }
}
