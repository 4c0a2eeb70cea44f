//! The stack of a conversion: values that are being made.

use super::variant::Payload;
use crate::abi::Object;
use crate::dynamic::{Dynamic, entry};
use crate::object::{release, release_value};
use crate::problems::{Path, Walk, write_field, write_index};
use crate::string;
use crate::tables;
use fuse_abi::desc::{Desc, Field};
use smallvec::SmallVec;

/// What has become of a part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// It is there, or refused.
    Done(bool),
    /// There is a new frame for it.
    Open,
}

/// The values that are being made, from the outermost to the innermost.
#[derive(Debug)]
pub(super) struct Stack<'a> {
    start: &'a Path<'a>,
    pub(super) frames: SmallVec<[Frame; 6]>,
}

impl<'a> Stack<'a> {
    /// An empty one; `start` is the path of the outermost value.
    pub(super) fn new(start: &'a Path<'a>) -> Stack<'a> {
        Stack { start, frames: SmallVec::new() }
    }
}

/// A value that is being made.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) desc: &'static Desc,
    /// Where the value goes.
    pub(super) out: *mut u8,
    /// The object that is made; null if the value lies in `out` itself.
    pub(super) object: Object,
    /// The list or map that is read.
    pub(super) from: Dynamic,
    /// Parts that were begun.
    pub(super) next: usize,
    /// The last of them is being made.
    pub(super) inside: bool,
    /// Nothing was refused.
    pub(super) good: bool,
    pub(super) work: Work,
}

/// What a frame makes.
#[derive(Debug)]
pub(super) enum Work {
    List,
    Map,
    /// With the number of fields that were found.
    Struct(usize),
    Variant(Payload),
    /// An option in a node.
    Option,
}

impl Walk for Stack<'_> {
    fn write(&self, text: &mut String) {
        self.start.write(text);
        for frame in self.frames.iter().filter(|frame| frame.inside) {
            frame.write_step(text);
        }
    }
}

impl Frame {
    /// Appends the step to the part that is being made.
    fn write_step(&self, text: &mut String) {
        let index = self.next.saturating_sub(1);
        match &self.work {
            Work::List => write_index(text, index),
            // SAFETY: the map that is read is alive, and so is its key.
            Work::Map => unsafe {
                if let Some((key, _)) = entry(self.from.object, index) {
                    write_field(text, string::text(key));
                }
            },
            Work::Struct(_) => {
                if let Some(field) = fields(self.desc).get(index) {
                    write_field(text, field_name(field));
                }
            }
            Work::Variant(payload) => {
                write_field(text, "data");
                if payload.elements.len() > 1 {
                    write_index(text, index);
                }
            }
            Work::Option => {}
        }
    }

    /// Hands the complete value over, or gives up what there is of it.
    pub(super) unsafe fn close(self) -> bool {
        // SAFETY: the object is ours; what is in `out` is complete, or null where objects belong.
        unsafe {
            if !self.good {
                self.abandon();
                return false;
            }
            if !self.object.is_null() {
                self.out.cast::<Object>().write(self.object);
            }
            true
        }
    }

    /// Gives up what there is of the value.
    pub(super) unsafe fn abandon(self) {
        // SAFETY: as above.
        unsafe {
            if self.object.is_null() {
                release_value(self.desc, self.out);
                self.out.write_bytes(0, self.desc.size as usize);
            } else {
                release(self.object);
            }
        }
    }
}

/// The fields of a struct.
pub(super) fn fields(desc: &Desc) -> &'static [Field] {
    tables::fields(desc.first, desc.count)
}

/// The name of a field of a struct.
pub(super) fn field_name(field: &Field) -> &'static str {
    tables::name(field.name, field.name_len)
}
