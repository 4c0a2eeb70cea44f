//! The part of a conversion that makes enums and results out of tagged objects (runtime reference 4.5).
//!
//! The elements of a payload share slots with those of other variants, so that one whose slots are not side by side is
//! made in a room and then moved to its places.

use super::Conversion;
use super::frame::{Frame, Part, Work};
use crate::abi::Object;
use crate::dynamic::{Dynamic, DynamicKind, elements};
use crate::map;
use crate::object::node_zeroed;
use crate::problems::{INVALID_VALUE, MISSING_FIELD, Path, Stop, TYPE_MISMATCH, UNKNOWN_FIELD};
use crate::string;
use crate::tables;
use crate::value::{element_room, is_scattered, payload, put_element, write_tag};
use core::ptr;
use fuse_abi::desc::{Desc, Field, Kind};
use fuse_abi::layout::NODE_OFFSET;

/// A variant that is being made.
#[derive(Debug)]
pub(super) struct Payload {
    ty: u32,
    number: usize,
    /// Where the tag is; slots count from here.
    base: *mut u8,
    /// Bytes from there.
    size: usize,
    pub(super) elements: &'static [Field],
    /// What the elements are made of: the one, or a list of all; `None` if they are not to be made.
    data: Option<Dynamic>,
    /// Where the current element is made.
    room: *mut u8,
    /// Entries that there were before.
    entries: usize,
}

impl Payload {
    /// The variant that is tried if the data does not fit this one: that of the next domain of a result.
    fn next_domain(&self) -> Option<usize> {
        let desc = tables::desc(self.ty);
        let next = self.number + 1;
        let follows = desc.kind == Kind::Result as u32 && self.number > 0 && next < desc.count as usize;
        follows.then_some(next)
    }

    /// Makes it another variant, of which there is nothing but the tag.
    unsafe fn set_variant(&mut self, number: usize) {
        self.number = number;
        self.elements = tables::variants(tables::desc(self.ty)).get(number).map_or(&[], payload);
        // SAFETY: there are so many bytes, of which the tag is the first.
        unsafe {
            self.base.write_bytes(0, self.size);
            write_tag(tables::desc(self.ty), self.base, number);
        }
    }
}

/// The value of a key, if it is there.
unsafe fn find(map: Object, key: &str) -> Option<Dynamic> {
    // SAFETY: a live map of dynamic values.
    unsafe {
        let value = map::find(map, key.as_bytes()).cast::<Dynamic>();
        (!value.is_null()).then(|| value.read())
    }
}

impl Conversion<'_> {
    /// Begins an enum, out of a map.
    pub(super) unsafe fn begin_enum(&mut self, ty: u32, value: Dynamic, out: *mut u8) -> Result<Part, Stop> {
        let variants = tables::variants(tables::desc(ty));
        // SAFETY: the map is alive.
        unsafe {
            let tag = find(value.object, "type").filter(|tag| tag.kind() == DynamicKind::String);
            let Some(tag) = tag else { return self.refuse(MISSING_FIELD, "missing enum type") };
            let tag = string::text(tag.object);
            let named = |name, len| tables::name(name, len) == tag;
            let Some(number) = variants.iter().position(|variant| named(variant.name, variant.name_len))
            else {
                return self.refuse(INVALID_VALUE, format!("unknown variant {tag}"));
            };
            let count = payload(&variants[number]).len();
            let data = find(value.object, "data");
            let good = self.check_data(count, data)?;
            self.open_variant(ty, value, out, number, data.filter(|_| good && count > 0), good)
        }
    }

    /// Whether there is the data that a payload of so many elements needs.
    unsafe fn check_data(&mut self, count: usize, data: Option<Dynamic>) -> Result<bool, Stop> {
        let here = Path::walk(&self.stack);
        let (path, code, message) = match (count, data) {
            (0, None) | (1, Some(_)) => return Ok(true),
            (_, None) => (here, MISSING_FIELD, "missing enum data".into()),
            // SAFETY: the data is alive.
            (_, Some(data)) => match unsafe { data.kind() } {
                DynamicKind::Null if count == 0 => return Ok(true),
                _ if count == 0 => (here.field("data"), UNKNOWN_FIELD, "unknown field".into()),
                // SAFETY: a live list.
                DynamicKind::List if unsafe { elements(data.object).len() } == count => return Ok(true),
                DynamicKind::List => {
                    (here.field("data"), INVALID_VALUE, "enum payload length mismatch".into())
                }
                kind => (here.field("data"), TYPE_MISMATCH, self.expected("enum payload array", kind)),
            },
        };
        self.problems.add(&path, code, message)?;
        Ok(false)
    }

    /// Begins a result, out of a map.
    pub(super) unsafe fn begin_result(
        &mut self,
        ty: u32,
        value: Dynamic,
        out: *mut u8,
    ) -> Result<Part, Stop> {
        // SAFETY: the map is alive.
        unsafe {
            let Some(tag) = find(value.object, "type") else {
                return self.refuse(MISSING_FIELD, "missing Result tag");
            };
            if tag.kind() != DynamicKind::String {
                let message = self.expected("Result tag string", tag.kind());
                self.problems.add(&Path::walk(&self.stack).field("type"), TYPE_MISMATCH, message)?;
                return Ok(Part::Done(false));
            }
            let number = match string::text(tag.object) {
                "Ok" => 0,
                "Err" => self.tried.get(&(value.object as usize, ty)).copied().unwrap_or(1),
                other => {
                    let message = format!("unknown Result variant {other}");
                    self.problems.add(&Path::walk(&self.stack).field("type"), INVALID_VALUE, message)?;
                    return Ok(Part::Done(false));
                }
            };
            let data = find(value.object, "data");
            if data.is_none() {
                self.refuse(MISSING_FIELD, "missing Result data")?;
            }
            self.open_variant(ty, value, out, number, data, data.is_some())
        }
    }

    /// Begins a frame for a variant.
    unsafe fn open_variant(
        &mut self,
        ty: u32,
        from: Dynamic,
        out: *mut u8,
        number: usize,
        data: Option<Dynamic>,
        good: bool,
    ) -> Result<Part, Stop> {
        let desc = tables::desc(ty);
        let head = NODE_OFFSET as usize;
        // SAFETY: the descriptor says where the slots are.
        unsafe {
            let (object, base, size) = if desc.flags & Desc::FLAG_BOXED != 0 {
                let node = node_zeroed(ty);
                (node, node.cast::<u8>().add(head), desc.object_size as usize - head)
            } else {
                (ptr::null_mut(), out, desc.size as usize)
            };
            let entries = self.problems.entries.len();
            let mut payload =
                Payload { ty, number, base, size, elements: &[], data, room: ptr::null_mut(), entries };
            payload.set_variant(number);
            let part = self.open(desc, from, out, object, Work::Variant(payload))?;
            if !good {
                self.spoil();
            }
            Ok(part)
        }
    }

    /// Makes an element of the variant that is the innermost value; after the last, refuses what else is there.
    pub(super) unsafe fn begin_element(&mut self, index: usize) -> Result<Part, Stop> {
        let Some(Frame { from, inside, work: Work::Variant(payload), .. }) = self.stack.frames.last_mut()
        else {
            return Ok(Part::Done(true));
        };
        // SAFETY: data and map are alive; the slots of the element are inside the payload.
        unsafe {
            if let (Some(data), Some(element)) = (payload.data, payload.elements.get(index)) {
                let value = if payload.elements.len() == 1 { data } else { elements(data.object)[index] };
                payload.room = element_room(element, payload.base, &mut self.scratch);
                let room = payload.room;
                return self.begin(element.ty, value, room);
            }
            *inside = false;
            let map = from.object;
            self.refuse_keys(map, |key| key != "type" && key != "data")?;
            self.close()
        }
    }

    /// Notes what has become of the last element of the variant that is the innermost value.
    pub(super) unsafe fn settle_payload(&mut self, good: bool) {
        let Some(Frame { next, work: Work::Variant(payload), .. }) = self.stack.frames.last_mut() else {
            return;
        };
        if let Some(element) = payload.elements.get(*next - 1).filter(|element| is_scattered(element)) {
            if good {
                // SAFETY: the element is in its room.
                unsafe { put_element(element, payload.base, payload.room) };
            }
            self.scratch.give_back();
        }
        // SAFETY: nothing of the payload is there.
        if !good && !unsafe { self.try_next() } {
            self.spoil();
        }
    }

    /// Lets the innermost value begin anew with the next domain, if it is a failure whose data was refused and there is one.
    pub(super) unsafe fn try_next(&mut self) -> bool {
        let Some(Frame { from, next, work: Work::Variant(payload), .. }) = self.stack.frames.last_mut()
        else {
            return false;
        };
        let Some(number) = payload.next_domain() else { return false };
        // SAFETY: nothing of the payload is there.
        unsafe { payload.set_variant(number) };
        *next = 0;
        self.tried.insert((from.object as usize, payload.ty), number);
        self.problems.entries.truncate(payload.entries);
        true
    }
}
