//! The installed program's tables.
//!
//! Functions without a context (release, text, maps) find descriptors here. There is one program in a process; its
//! tables are installed before it is entered and stay as long as any of its objects.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};
use fuse_abi::desc::{Config, Constraint, Desc, Field, Image, Kind, Position, Variant};

static IMAGE: AtomicPtr<Image> = AtomicPtr::new(ptr::null_mut());
// What the hot paths need, without the way through the image.
static TYPES: AtomicPtr<Desc> = AtomicPtr::new(ptr::null_mut());
static OFFSETS: AtomicPtr<u32> = AtomicPtr::new(ptr::null_mut());

/// Makes `image` the program's tables.
///
/// # Safety
/// The image and what it points to live, unchanged, until another is installed and all objects are released; its
/// indices are consistent.
pub(crate) unsafe fn install(image: *const Image) {
    // SAFETY: the caller's promise.
    let (types, offsets) = unsafe { ((*image).types, (*image).offsets) };
    TYPES.store(types.cast_mut(), Ordering::Relaxed);
    OFFSETS.store(offsets.cast_mut(), Ordering::Relaxed);
    IMAGE.store(image.cast_mut(), Ordering::Release);
}

/// The program's image.
pub(crate) fn image() -> &'static Image {
    // SAFETY: installed before any function is called that asks for it.
    unsafe { &*IMAGE.load(Ordering::Relaxed) }
}

/// A part of a table; empty for a count of zero, whatever `first` is.
fn part<T>(table: *const T, first: u32, count: u32) -> &'static [T] {
    if count == 0 {
        return &[];
    }
    // SAFETY: the indices in descriptors are consistent with the tables, which live as long as the program.
    unsafe { core::slice::from_raw_parts(table.add(first as usize), count as usize) }
}

/// The descriptor of a type.
#[inline]
pub(crate) fn desc(ty: u32) -> &'static Desc {
    // SAFETY: type indices come from compiled code and from descriptors: they are in the table.
    unsafe { &*TYPES.load(Ordering::Relaxed).add(ty as usize) }
}

/// A part of the offsets.
#[inline]
pub(crate) fn offsets(first: u32, count: u32) -> &'static [u32] {
    part(OFFSETS.load(Ordering::Relaxed), first, count)
}

/// The fields of a struct, or the payload elements of a variant.
pub(crate) fn fields(first: u32, count: u32) -> &'static [Field] {
    part(image().fields, first, count)
}

/// The variants of an enum, result or union.
pub(crate) fn variants(desc: &Desc) -> &'static [Variant] {
    part(image().variants, desc.first, desc.count)
}

/// The constraints of a type.
#[inline]
pub(crate) fn constraints(desc: &Desc) -> &'static [Constraint] {
    part(image().constraints, desc.constraints, desc.constraints_count)
}

/// The name of a type in messages: its own, or that of its kind (runtime reference 2.1, 4.5).
pub(crate) fn type_name(desc: &Desc) -> &'static str {
    const KINDS: [(Kind, &str); 12] = [
        (Kind::Unit, "Unit"),
        (Kind::Int, "Int"),
        (Kind::Float, "Float"),
        (Kind::Bool, "Bool"),
        (Kind::String, "String"),
        (Kind::Bytes, "Bytes"),
        (Kind::StdError, "std.Error"),
        (Kind::List, "List"),
        (Kind::Map, "Map"),
        (Kind::Result, "Result"),
        (Kind::Function, "Function"),
        (Kind::Html, "Html"),
    ];
    if desc.name_len > 0 {
        return name(desc.name, desc.name_len);
    }
    KINDS.iter().find(|row| row.0 as u32 == desc.kind).map_or("Value", |row| row.1)
}

/// The configs, in the order of resolution.
pub(crate) fn configs() -> &'static [Config] {
    let image = image();
    part(image.configs, 0, image.configs_len as u32)
}

/// A name.
pub(crate) fn name(offset: u32, len: u32) -> &'static str {
    // SAFETY: names are UTF-8, cut where names begin and end.
    unsafe { core::str::from_utf8_unchecked(part(image().names, offset, len)) }
}

/// Position number `number`, counted from 1.
pub(crate) fn position(number: u32) -> Option<&'static Position> {
    let index = number.checked_sub(1)?;
    let image = image();
    if index as usize >= image.positions_len {
        return None;
    }
    part(image.positions, index, 1).first()
}
