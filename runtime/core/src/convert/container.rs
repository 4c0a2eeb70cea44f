//! The parts of a conversion that make elements of lists, entries of maps and fields of structs.

use super::frame::{Frame, Part, Work, field_name, fields};
use super::{Conversion, Source};
use crate::abi::Object;
use crate::boundary::{field_default, has_default};
use crate::dynamic::{Dynamic, DynamicKind, elements, entries};
use crate::list;
use crate::map::{self, insert_null, map_insert_slot, map_len};
use crate::problems::{MISSING_FIELD, Path, Stop, UNKNOWN_FIELD};
use crate::string;
use crate::tables;
use fuse_abi::desc::{Field, Kind};
use fuse_abi::layout::ListObject;

impl Conversion<'_> {
    /// Makes elements of the list that is the innermost value, from one on, as far as they need no frames.
    pub(super) unsafe fn begin_elements(&mut self, first: usize) -> Result<Part, Stop> {
        let Some(frame) = self.stack.frames.last() else { return Ok(Part::Done(true)) };
        let (inner, list) = (frame.desc.inner, frame.object.cast::<ListObject>());
        let stride = tables::desc(inner).size as usize;
        // SAFETY: the list has room for all elements of the one that is read; it does not move.
        unsafe {
            for (index, &element) in elements(frame.from.object).iter().enumerate().skip(first) {
                if let Some(frame) = self.stack.frames.last_mut() {
                    (frame.next, frame.inside) = (index + 1, true);
                }
                let place = list::data(list.cast()).add((*list).len as usize * stride);
                match self.begin(inner, element, place)? {
                    Part::Done(true) => (*list).len += 1,
                    Part::Done(false) => self.spoil(),
                    Part::Open => return Ok(Part::Open),
                }
            }
            self.close()
        }
    }

    /// Makes an entry of the map that is the innermost value.
    pub(super) unsafe fn begin_entry(&mut self, key: Object, value: Dynamic) -> Result<Part, Stop> {
        let Some(frame) = self.stack.frames.last_mut() else { return Ok(Part::Done(true)) };
        let inner = frame.desc.inner;
        let may_be_null =
            [Kind::Option, Kind::Dynamic].iter().any(|&kind| kind as u32 == tables::desc(inner).kind);
        // SAFETY: the map is unique; the key is new to it.
        unsafe {
            if value.kind() == DynamicKind::Null && !may_be_null && self.source == Source::Dynamic {
                frame.object = insert_null(frame.object, key);
                return Ok(Part::Done(true));
            }
            let slot = map_insert_slot(frame.object, key);
            frame.object = slot.first;
            self.begin(inner, value, slot.second)
        }
    }

    /// Makes a field of the struct that is the innermost value.
    pub(super) unsafe fn begin_field(&mut self, field: &'static Field) -> Result<Part, Stop> {
        let Some(Frame { object, from, work: Work::Struct(known), .. }) = self.stack.frames.last_mut() else {
            return Ok(Part::Done(true));
        };
        // SAFETY: the struct has the field; the map is alive.
        unsafe {
            let place = object.cast::<u8>().add(field.offset as usize);
            let value = map::find(from.object, field_name(field).as_bytes()).cast::<Dynamic>();
            if !value.is_null() {
                *known += 1;
                return self.begin(field.ty, value.read(), place);
            }
            if !has_default(field) {
                return self.refuse(MISSING_FIELD, "missing field");
            }
            let path = Path::walk(&self.stack);
            field_default(self.context, field, &path, place, self.problems).map(Part::Done)
        }
    }

    /// Refuses the keys that are no field of the struct that is the innermost value.
    pub(super) unsafe fn refuse_others(&mut self) -> Result<(), Stop> {
        let Some(frame) = self.stack.frames.last_mut() else { return Ok(()) };
        frame.inside = false;
        let (desc, from) = (frame.desc, frame.from.object);
        // SAFETY: the map is alive.
        unsafe {
            match frame.work {
                Work::Struct(known) if known as i64 == map_len(from) => Ok(()),
                _ => self.refuse_keys(from, |key| fields(desc).iter().all(|field| field_name(field) != key)),
            }
        }
    }

    /// Refuses some keys of the map that the innermost value is made of.
    pub(super) unsafe fn refuse_keys(
        &mut self,
        map: Object,
        is_foreign: impl Fn(&str) -> bool,
    ) -> Result<(), Stop> {
        // SAFETY: the map is alive.
        for (key, _) in unsafe { entries(map) } {
            // SAFETY: a live string.
            let key = unsafe { string::text(key) };
            if is_foreign(key) {
                self.problems.add(&Path::walk(&self.stack).field(key), UNKNOWN_FIELD, "unknown field")?;
                self.spoil();
            }
        }
        Ok(())
    }
}
