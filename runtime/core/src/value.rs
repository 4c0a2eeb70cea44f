//! What a value in memory is, by its descriptor: the one reading that text and JSON share.

use crate::abi::Object;
use crate::dynamic::{Dynamic, DynamicKind};
use crate::list;
use crate::map::{MAP_VALUE, MapObject};
use crate::string;
use crate::tables;
use core::mem::offset_of;
use core::ptr;
use fuse_abi::desc::{BYTE_TAGS, Desc, Field, Kind, MAX_WORDS, Variant};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{ListObject, NODE_OFFSET};

/// How deeply values may be nested in text and JSON (runtime reference 24).
pub(crate) const DEEPEST: usize = 1000;

/// A form that values are written in.
pub(crate) trait Form {
    /// What is left to do of a value that holds others.
    type Open;

    /// Writes a value that holds no others, or the beginning of one that does.
    unsafe fn begin(&mut self, value: View) -> Option<Self::Open>;

    /// Writes what stands before the next part of an open value, and says which that is; or its end.
    unsafe fn go_on(&mut self, open: &mut Self::Open, scratch: &mut Scratch) -> Option<(u32, *const u8)>;
}

/// Writes a value. What is left to do of enclosing values stands on a list, whose length is limited, not on the stack.
///
/// # Safety
/// `value` points to a live value of type `ty`.
pub(crate) unsafe fn walk<F: Form>(form: &mut F, ty: u32, value: *const u8) -> Result<(), Failure> {
    let mut scratch = Scratch::default();
    // With each open value, how much of the scratch was in use before it.
    let mut open: Vec<(F::Open, usize)> = Vec::new();
    let mut next = Some((ty, value));
    let mut used = 0;
    loop {
        // SAFETY: the caller's promise, or a part of a value that is alive.
        unsafe {
            if let Some((ty, value)) = next.take() {
                match form.begin(view(ty, value, &mut scratch)) {
                    Some(_) if open.len() == DEEPEST => return Err(Failure::TooDeep),
                    Some(opened) => open.push((opened, used)),
                    None => scratch.used = used,
                }
            }
            let Some((top, before)) = open.last_mut() else { return Ok(()) };
            used = scratch.used;
            next = form.go_on(top, &mut scratch);
            if next.is_none() {
                scratch.used = *before;
                open.pop();
            }
        }
    }
}

/// A value.
pub(crate) enum View {
    Unit,
    Null,
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A String.
    Text(Object),
    Bytes(Object),
    /// Markup, see [`crate::marks`].
    Html(Object),
    List(Items),
    Map(Items),
    Struct {
        desc: &'static Desc,
        object: *const u8,
    },
    /// A variant of an enum or result; its payload counts from `base`.
    Variant {
        desc: &'static Desc,
        variant: &'static Variant,
        base: *const u8,
    },
    Function,
    /// A config, by its name.
    Config(&'static str),
}

/// Elements of a list, or entries of a map.
#[derive(Clone, Copy)]
pub(crate) struct Items {
    /// The list or map.
    pub(crate) object: Object,
    /// Type of elements or values.
    pub(crate) ty: u32,
    first: *const u8,
    stride: usize,
    pub(crate) len: usize,
}

impl Items {
    pub(crate) fn element(&self, index: usize) -> *const u8 {
        // SAFETY: callers pass indices below the length.
        unsafe { self.first.add(index * self.stride) }
    }

    pub(crate) fn map_key(&self, index: usize) -> &'static str {
        // SAFETY: a live string, which is not kept longer than the map.
        unsafe { string::text(self.map_key_object(index)) }
    }

    pub(crate) fn map_key_object(&self, index: usize) -> Object {
        // SAFETY: the key comes first in an entry.
        unsafe { self.element(index).cast::<Object>().read() }
    }

    /// The value of a map's entry; null if it is `null` though its type cannot be.
    pub(crate) fn map_value(&self, index: usize) -> *const u8 {
        // SAFETY: the object is a map with that entry, whose value follows the key.
        unsafe {
            if (*self.object.cast::<MapObject>()).is_null(index) {
                return ptr::null();
            }
            self.element(index).add(MAP_VALUE)
        }
    }
}

/// Room for values whose slots are scattered in a payload: they are brought together here and stay until the end.
#[derive(Default)]
#[expect(clippy::vec_box, reason = "a room stays where it is when the list grows")]
pub(crate) struct Scratch {
    rooms: Vec<Box<[u64; MAX_WORDS]>>,
    used: usize,
}

impl Scratch {
    fn room(&mut self) -> *mut u8 {
        if self.used == self.rooms.len() {
            self.rooms.push(Box::default());
        }
        self.used += 1;
        self.rooms.get_mut(self.used - 1).map_or(ptr::null_mut(), |room| room.as_mut_ptr().cast())
    }

    /// Gives back the room that was taken last.
    pub(crate) fn give_back(&mut self) {
        self.used -= 1;
    }
}

/// Reads a value, through options, unions and dynamic values down to what has a form of its own.
///
/// # Safety
/// `value` points to a live value of type `ty`, or is null for the [`null`](Items::map_value) of a map.
pub(crate) unsafe fn view(mut ty: u32, mut value: *const u8, scratch: &mut Scratch) -> View {
    if value.is_null() && tables::desc(ty).size > 0 {
        return View::Null;
    }
    loop {
        let desc = tables::desc(ty);
        let boxed = desc.flags & Desc::FLAG_BOXED != 0;
        // SAFETY: the descriptor says how the value lies.
        unsafe {
            match desc.kind {
                kind if kind == Kind::Unit as u32 => return View::Unit,
                kind if kind == Kind::Int as u32 => return View::Int(value.cast::<i64>().read()),
                kind if kind == Kind::Float as u32 => return View::Float(value.cast::<f64>().read()),
                kind if kind == Kind::Bool as u32 => return View::Bool(value.read() != 0),
                kind if kind == Kind::String as u32 => return View::Text(object_at(value)),
                kind if kind == Kind::Bytes as u32 => return View::Bytes(object_at(value)),
                kind if kind == Kind::Html as u32 => return View::Html(object_at(value)),
                kind if kind == Kind::List as u32 => {
                    let object = object_at(value);
                    return View::List(Items {
                        object,
                        ty: desc.inner,
                        first: list::data(object),
                        stride: tables::desc(desc.inner).size as usize,
                        len: (*object.cast::<ListObject>()).len as usize,
                    });
                }
                kind if kind == Kind::Map as u32 => {
                    let object = object_at(value);
                    let (first, stride, len) = MapObject::entries(object.cast());
                    return View::Map(Items { object, ty: desc.inner, first, stride, len });
                }
                kind if kind == Kind::Option as u32 => {
                    if desc.flags & Desc::FLAG_NULLABLE != 0 || boxed {
                        let object = object_at(value);
                        if object.is_null() {
                            return View::Null;
                        }
                        if boxed {
                            value =
                                object.cast::<u8>().add(NODE_OFFSET as usize + desc.payload_offset as usize);
                        }
                    } else if value.read() == 0 {
                        return View::Null;
                    } else {
                        value = value.add(desc.payload_offset as usize);
                    }
                    ty = desc.inner;
                }
                kind if kind == Kind::Struct as u32 || kind == Kind::StdError as u32 => {
                    // The header names the struct, which is what a `std.Error` needs.
                    let object = object_at(value);
                    return View::Struct { desc: tables::desc((*object).kind), object: object.cast() };
                }
                kind if kind == Kind::Dynamic as u32 => {
                    let Dynamic { object, bits } = value.cast::<Dynamic>().read();
                    match (Dynamic { object, bits }).kind() {
                        DynamicKind::Null => return View::Null,
                        DynamicKind::Int => return View::Int(bits as i64),
                        DynamicKind::Float => return View::Float(f64::from_bits(bits)),
                        DynamicKind::Bool => return View::Bool(bits != 0),
                        // The object comes first, as in a value of its own type.
                        _ => ty = (*object).kind,
                    }
                }
                kind if kind == Kind::Function as u32 => return View::Function,
                kind if kind == Kind::Config as u32 => return View::Config(tables::type_name(desc)),
                kind => {
                    let base = if boxed {
                        object_at(value).cast::<u8>().add(NODE_OFFSET as usize)
                    } else {
                        value.cast_mut()
                    };
                    let Some(variant) = variant_at(desc, base) else {
                        return View::Unit;
                    };
                    if kind != Kind::Union as u32 {
                        return View::Variant { desc, variant, base };
                    }
                    let Some(element) = payload(variant).first() else { return View::Unit };
                    value = element_at(element, base, scratch);
                    ty = element.ty;
                }
            }
        }
    }
}

unsafe fn object_at(value: *const u8) -> Object {
    // SAFETY: the descriptor says that there is an object here.
    unsafe { value.cast::<Object>().read() }
}

/// The payload elements of a variant.
pub(crate) fn payload(variant: &Variant) -> &'static [Field] {
    tables::fields(variant.first, variant.count)
}

/// Whether the number of a variant takes more than a byte.
fn has_wide_tag(desc: &Desc) -> bool {
    desc.count as usize > BYTE_TAGS
}

/// The variant that a value is of, which lies, with its tag, at `base`.
///
/// # Safety
/// A live value of an enum, result or union that the descriptor describes.
#[inline]
pub(crate) unsafe fn variant_at(desc: &Desc, base: *const u8) -> Option<&'static Variant> {
    // SAFETY: the caller's promise; the tag comes first.
    let number = unsafe {
        if has_wide_tag(desc) { base.cast::<u64>().read() as usize } else { usize::from(base.read()) }
    };
    tables::variants(desc).get(number)
}

/// Makes what lies at `base` a value of a variant; all other slots are zero or will be written.
///
/// # Safety
/// Room for a value of an enum, result or union that the descriptor describes and that has so many variants.
pub(crate) unsafe fn write_tag(desc: &Desc, base: *mut u8, variant: usize) {
    // SAFETY: the caller's promise; the tag comes first.
    unsafe {
        if has_wide_tag(desc) {
            base.cast::<u64>().write(variant as u64);
        } else {
            base.write(variant as u8);
        }
    }
}

/// A slot in memory: offset and size.
#[derive(Clone, Copy, Default)]
struct Slot {
    offset: u32,
    size: u32,
}

/// The slots of a type that is not boxed, in order; [`MAX_WORDS`] at most.
pub(crate) struct Slots {
    slots: [Slot; MAX_WORDS],
    len: usize,
}

impl Slots {
    fn iter(&self) -> core::slice::Iter<'_, Slot> {
        self.slots[..self.len].iter()
    }

    /// Puts the slots of the value at `from` to the offsets from `base`.
    ///
    /// # Safety
    /// A live value of the type, and a payload with room for its slots at the offsets.
    pub(crate) unsafe fn scatter(&self, from: *const u8, base: *mut u8, offsets: &[u32]) {
        for (slot, &offset) in self.iter().zip(offsets) {
            // SAFETY: the caller's promise.
            unsafe {
                base.add(offset as usize)
                    .copy_from_nonoverlapping(from.add(slot.offset as usize), slot.size as usize);
            }
        }
    }

    fn put(&mut self, offset: u32, size: u32) {
        let known = &self.slots[..self.len];
        let at = known.partition_point(|slot| slot.offset < offset);
        if self.len < MAX_WORDS && known.get(at).is_none_or(|slot| slot.offset != offset) {
            self.slots.copy_within(at..self.len, at + 1);
            self.slots[at] = Slot { offset, size };
            self.len += 1;
        }
    }

    pub(crate) fn of(ty: u32) -> Slots {
        let desc = tables::desc(ty);
        let mut slots = Slots { slots: Default::default(), len: 0 };
        let is = |kind: Kind| desc.kind == kind as u32;
        if is(Kind::Unit) || is(Kind::Config) {
        } else if is(Kind::Bool) {
            slots.put(0, 1);
        } else if is(Kind::Dynamic) {
            slots.put(offset_of!(Dynamic, object) as u32, 8);
            slots.put(offset_of!(Dynamic, bits) as u32, 8);
        } else if desc.flags & (Desc::FLAG_BOXED | Desc::FLAG_NULLABLE) != 0 {
            slots.put(0, 8);
        } else if is(Kind::Option) {
            slots.put(0, 1);
            let inner = Slots::of(desc.inner);
            for slot in &inner.slots[..inner.len] {
                slots.put(desc.payload_offset + slot.offset, slot.size);
            }
        } else if is(Kind::Enum) || is(Kind::Result) || is(Kind::Union) {
            slots.put(0, if has_wide_tag(desc) { 8 } else { 1 });
            for element in tables::variants(desc).iter().flat_map(payload) {
                let inner = Slots::of(element.ty);
                let offsets = tables::offsets(element.slots, element.slots_count);
                for (slot, &offset) in inner.slots[..inner.len].iter().zip(offsets) {
                    slots.put(offset, slot.size);
                }
            }
        } else {
            slots.put(0, 8);
        }
        slots
    }
}

/// The address of a payload element: where it is, or a copy whose slots stand together.
pub(crate) unsafe fn element_at(element: &Field, base: *const u8, scratch: &mut Scratch) -> *const u8 {
    let offsets = tables::offsets(element.slots, element.slots_count);
    // SAFETY: the offsets are inside the payload that `base` points to; a copy has room for all slots of a type.
    unsafe {
        match offsets {
            [] => base,
            [one] => base.add(*one as usize),
            _ => {
                let target = scratch.room();
                for (slot, &offset) in Slots::of(element.ty).iter().zip(offsets) {
                    target
                        .add(slot.offset as usize)
                        .copy_from_nonoverlapping(base.add(offset as usize), slot.size as usize);
                }
                target
            }
        }
    }
}

/// Whether the slots of a payload element may be scattered, so that its value is made elsewhere and [put](put_element) into place.
pub(crate) fn is_scattered(element: &Field) -> bool {
    element.slots_count > 1
}

/// Memory for a payload element that is not there yet: where it belongs, or a room if it [is scattered](is_scattered).
pub(crate) unsafe fn element_room(element: &Field, base: *mut u8, scratch: &mut Scratch) -> *mut u8 {
    match tables::offsets(element.slots, element.slots_count) {
        [] => base,
        // SAFETY: the offset is inside the payload.
        [one] => unsafe { base.add(*one as usize) },
        _ => scratch.room(),
    }
}

/// Moves a payload element from its room to where its slots belong.
pub(crate) unsafe fn put_element(element: &Field, base: *mut u8, room: *const u8) {
    let slots = Slots::of(element.ty);
    let offsets = tables::offsets(element.slots, element.slots_count);
    for (slot, &offset) in slots.slots[..slots.len].iter().zip(offsets) {
        // SAFETY: the offsets are inside the payload; the room holds a value of the type.
        unsafe {
            base.add(offset as usize)
                .copy_from_nonoverlapping(room.add(slot.offset as usize), slot.size as usize);
        }
    }
}
