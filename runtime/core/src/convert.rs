//! Dynamic values made typed ones (runtime reference 2.5, 4.5).
//!
//! The walk keeps its own stack: a program can nest dynamic values as deeply as it likes. Each frame is a value of the
//! target type that is being made: a list, map, struct, enum or result. Its object holds at any time only what is
//! complete, the rest is zero, so that it can be given up in the middle. After a problem the walk goes on, to find the
//! others.

mod container;
mod frame;
mod variant;

use crate::abi::Object;
use crate::base64;
use crate::boundary::test;
use crate::dynamic::{Dynamic, DynamicKind, elements, entry};
use crate::failure::{Fault, fail};
use crate::list::list_empty;
use crate::map::{map_len, map_new};
use crate::object::{node_zeroed, release};
use crate::problems::{INVALID_VALUE, Path, Problems, Stop, TYPE_MISMATCH};
use crate::stack;
use crate::string;
use crate::tables;
use crate::value::{DEEPEST, Scratch};
use frame::{Frame, Part, Stack, Work, fields};
use fuse_abi::desc::{Desc, Kind, TYPE_UNIT};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, ListObject, NODE_OFFSET};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Where a dynamic value comes from: what differs between a conversion (2.5) and decoding (4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A dynamic value of the program: messages go on with `, got <Kind>`, Bytes are taken as they are, a `null` element of a map is kept.
    Dynamic,
    /// JSON text that was parsed for this. A number that no Float can hold is an infinite Float.
    Json,
    /// A row of the database: numbers stand for truth values, and integral Floats for Ints.
    Row,
}

/// Makes a value of a type out of a dynamic value, which stays the caller's.
///
/// # Safety
/// The value is alive; `out` has room for a value of the type; the context is the one the program was entered with.
pub(crate) unsafe fn convert(
    context: *mut Context,
    ty: u32,
    value: Dynamic,
    source: Source,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let mut conversion = Conversion {
        context,
        source,
        problems,
        stack: Stack::new(path),
        scratch: Scratch::default(),
        tried: BTreeMap::new(),
    };
    // SAFETY: the caller's promise.
    unsafe { conversion.run(ty, value, out) }
}

/// A conversion under way.
struct Conversion<'a> {
    context: *mut Context,
    source: Source,
    problems: &'a mut Problems,
    stack: Stack<'a>,
    /// Rooms for payload elements.
    scratch: Scratch,
    /// Which variant of a result is tried first, by the object that is read and the type, once those before it have failed. So that trials inside of
    /// trials do not take exponential time.
    tried: BTreeMap<(usize, u32), usize>,
}

impl Conversion<'_> {
    unsafe fn run(&mut self, ty: u32, value: Dynamic, out: *mut u8) -> Result<bool, Stop> {
        // SAFETY: the caller's promise; parts of values are alive and have room in what they are parts of.
        unsafe {
            let mut part = self.begin(ty, value, out);
            loop {
                part = match part {
                    Ok(Part::Done(good)) if self.stack.frames.is_empty() => return Ok(good),
                    Ok(Part::Done(good)) => {
                        self.settle(good);
                        self.go_on()
                    }
                    Ok(Part::Open) => self.go_on(),
                    Err(stop) => Ok(self.retreat(stop)?),
                };
            }
        }
    }

    /// Makes a value, or begins to.
    unsafe fn begin(&mut self, mut ty: u32, value: Dynamic, mut out: *mut u8) -> Result<Part, Stop> {
        // SAFETY: the value is alive; `out` has room for one that lies as the descriptor says.
        unsafe {
            let kind = value.kind();
            loop {
                let desc = tables::desc(ty);
                return match desc.kind {
                    one if one == Kind::Int as u32 && kind == DynamicKind::Int => {
                        self.scalar(desc, value.bits, out)
                    }
                    one if one == Kind::Int as u32
                        && self.source == Source::Row
                        && kind == DynamicKind::Float =>
                    {
                        match integral(f64::from_bits(value.bits)) {
                            Some(number) => self.scalar(desc, number as u64, out),
                            None => self.mismatch("Int", kind),
                        }
                    }
                    one if one == Kind::Float as u32 => match kind {
                        DynamicKind::Int => self.scalar(desc, (value.bits as i64 as f64).to_bits(), out),
                        DynamicKind::Float if self.holds_float(value) => self.scalar(desc, value.bits, out),
                        _ => self.mismatch("Float", kind),
                    },
                    one if one == Kind::Bool as u32 && kind == DynamicKind::Bool => {
                        self.scalar(desc, value.bits, out)
                    }
                    one if one == Kind::Bool as u32
                        && self.source == Source::Row
                        && kind == DynamicKind::Int
                        && value.bits <= 1 =>
                    {
                        self.scalar(desc, value.bits, out)
                    }
                    one if one == Kind::String as u32 && kind == DynamicKind::String => {
                        self.shared(desc, value, out)
                    }
                    one if one == Kind::Bytes as u32 => match kind {
                        DynamicKind::Bytes => self.shared(desc, value, out),
                        DynamicKind::String => self.base64(desc, value, out),
                        _ => self.mismatch("String", kind),
                    },
                    one if one == Kind::Option as u32 => {
                        if kind == DynamicKind::Null {
                            out.write_bytes(0, desc.size as usize);
                            return Ok(Part::Done(true));
                        }
                        if desc.flags & Desc::FLAG_BOXED != 0 {
                            return self.open(desc, value, out, node_zeroed(ty), Work::Option);
                        }
                        if desc.flags & Desc::FLAG_NULLABLE == 0 {
                            out.write(1);
                        }
                        out = out.add(desc.payload_offset as usize);
                        ty = desc.inner;
                        continue;
                    }
                    one if one == Kind::List as u32 && kind == DynamicKind::List => {
                        if (*value.object).kind == ty {
                            return self.shared(desc, value, out);
                        }
                        let list = list_empty(ty, elements(value.object).len() as i64);
                        self.open(desc, value, out, list, Work::List)
                    }
                    one if one == Kind::Map as u32 && kind == DynamicKind::Map => {
                        if (*value.object).kind == ty {
                            return self.shared(desc, value, out);
                        }
                        let map = map_new(ty, map_len(value.object));
                        self.open(desc, value, out, map, Work::Map)
                    }
                    one if one == Kind::Struct as u32
                        && kind == DynamicKind::Map
                        && !desc.is_encode_only() =>
                    {
                        self.open(desc, value, out, node_zeroed(ty), Work::Struct(0))
                    }
                    one if one == Kind::StdError as u32 => {
                        if desc.inner == TYPE_UNIT {
                            stack::leave(Fault::Broken("a std.Error is decoded and there is no such struct"));
                        }
                        ty = desc.inner;
                        continue;
                    }
                    one if one == Kind::Enum as u32 && kind == DynamicKind::Map => {
                        self.begin_enum(ty, value, out)
                    }
                    one if one == Kind::Result as u32 => match kind {
                        DynamicKind::Map => self.begin_result(ty, value, out),
                        _ => self.mismatch("Result object", kind),
                    },
                    one if one == Kind::Dynamic as u32 => {
                        out.cast::<Dynamic>().write(value.retained());
                        Ok(Part::Done(true))
                    }
                    _ => self.mismatch(tables::type_name(desc), kind),
                };
            }
        }
    }

    /// Whether a Float is one of the language: all are, but a JSON number may be out of range.
    fn holds_float(&self, value: Dynamic) -> bool {
        self.source != Source::Json || f64::from_bits(value.bits).is_finite()
    }

    /// Takes a number or truth value.
    unsafe fn scalar(&mut self, desc: &Desc, bits: u64, out: *mut u8) -> Result<Part, Stop> {
        // SAFETY: on the little-endian targets the low bytes of the bits are the value.
        unsafe {
            let value = (&raw const bits).cast::<u8>();
            let good = self.test(desc, value)?;
            out.copy_from_nonoverlapping(value, desc.size as usize);
            Ok(Part::Done(good))
        }
    }

    /// Takes an object as it is.
    unsafe fn shared(&mut self, desc: &Desc, value: Dynamic, out: *mut u8) -> Result<Part, Stop> {
        // SAFETY: the object comes first, as in a value of the type.
        unsafe {
            let good = self.test(desc, (&raw const value.object).cast())?;
            if good {
                out.cast::<Object>().write(value.retained().object);
            }
            Ok(Part::Done(good))
        }
    }

    /// Takes Bytes that are written as base64.
    unsafe fn base64(&mut self, desc: &Desc, value: Dynamic, out: *mut u8) -> Result<Part, Stop> {
        // SAFETY: the value is a String; the new Bytes are ours.
        unsafe {
            let bytes = match base64::read(string::text(value.object)) {
                Ok(bytes) => bytes,
                Err(detail) => {
                    return self.refuse(INVALID_VALUE, format!("invalid Bytes (base64): {detail}"));
                }
            };
            let good = self.test(desc, (&raw const bytes).cast());
            if good == Ok(true) {
                out.cast::<Object>().write(bytes);
            } else {
                release(bytes);
            }
            good.map(Part::Done)
        }
    }

    unsafe fn test(&mut self, desc: &Desc, value: *const u8) -> Result<bool, Stop> {
        if desc.constraints_count == 0 {
            return Ok(true);
        }
        // SAFETY: the value is alive.
        unsafe { test(self.context, desc, value, &Path::walk(&self.stack), self.problems) }
    }

    /// Begins a frame; the object is taken.
    unsafe fn open(
        &mut self,
        desc: &'static Desc,
        from: Dynamic,
        out: *mut u8,
        object: Object,
        work: Work,
    ) -> Result<Part, Stop> {
        let frame = Frame { desc, out, object, from, next: 0, inside: false, good: true, work };
        if self.stack.frames.len() == DEEPEST {
            // SAFETY: the frame is ours; the context is the one the program was entered with.
            unsafe {
                frame.abandon();
                return Err(Stop::Status(fail(self.context, Failure::TooDeep)));
            }
        }
        self.stack.frames.push(frame);
        Ok(Part::Open)
    }

    /// Notes what has become of the last part of the innermost value.
    unsafe fn settle(&mut self, good: bool) {
        let Some(frame) = self.stack.frames.last_mut() else { return };
        frame.inside = false;
        // SAFETY: the part is where it belongs.
        unsafe {
            match frame.work {
                Work::List if good => (*frame.object.cast::<ListObject>()).len += 1,
                Work::Variant(_) => return self.settle_payload(good),
                _ => {}
            }
        }
        frame.good &= good;
    }

    /// Makes the next part of the innermost value, or begins to; or hands the value over.
    unsafe fn go_on(&mut self) -> Result<Part, Stop> {
        let Some(frame) = self.stack.frames.last_mut() else { return Ok(Part::Done(true)) };
        let (desc, object, from) = (frame.desc, frame.object, frame.from.object);
        let index = frame.next;
        frame.next += 1;
        frame.inside = true;
        // SAFETY: the frame says what it makes out of what.
        unsafe {
            match &frame.work {
                Work::List => self.begin_elements(index),
                Work::Map => match entry(from, index) {
                    Some((key, value)) => self.begin_entry(key, value),
                    None => self.close(),
                },
                Work::Struct(_) => match fields(desc).get(index) {
                    Some(field) => self.begin_field(field),
                    None => {
                        self.refuse_others()?;
                        self.close()
                    }
                },
                Work::Variant(_) => self.begin_element(index),
                Work::Option if index == 0 => {
                    let place = object.cast::<u8>().add(NODE_OFFSET as usize + desc.payload_offset as usize);
                    let from = frame.from;
                    self.begin(desc.inner, from, place)
                }
                Work::Option => self.close(),
            }
        }
    }

    /// Notes that the innermost value will be refused.
    fn spoil(&mut self) {
        if let Some(frame) = self.stack.frames.last_mut() {
            frame.good = false;
        }
    }

    /// Hands the innermost value over, or gives it up.
    unsafe fn close(&mut self) -> Result<Part, Stop> {
        // SAFETY: all parts of the frame are done.
        let good = self.stack.frames.pop().is_none_or(|frame| unsafe { frame.close() });
        Ok(Part::Done(good))
    }

    /// Gives up values from the innermost on; all, unless the stop comes out of a trial that another one follows.
    unsafe fn retreat(&mut self, stop: Stop) -> Result<Part, Stop> {
        while !self.stack.frames.is_empty() {
            // SAFETY: frames own what is in them.
            unsafe {
                let inside = self.stack.frames.last().is_some_and(|frame| frame.inside);
                if stop == Stop::Full && inside && self.try_next() {
                    return Ok(Part::Open);
                }
                if let Some(frame) = self.stack.frames.pop() {
                    frame.abandon();
                }
            }
        }
        Err(stop)
    }

    /// Refuses the value at hand.
    fn refuse(&mut self, code: &'static str, message: impl Into<Cow<'static, str>>) -> Result<Part, Stop> {
        self.problems.add(&Path::walk(&self.stack), code, message)?;
        Ok(Part::Done(false))
    }

    /// Refuses the value at hand because of its kind.
    fn mismatch(&mut self, expected: &str, kind: DynamicKind) -> Result<Part, Stop> {
        let message = self.expected(expected, kind);
        self.refuse(TYPE_MISMATCH, message)
    }

    /// What is said of a value of the wrong kind.
    fn expected(&self, expected: &str, kind: DynamicKind) -> String {
        match self.source {
            Source::Dynamic => format!("expected {expected}, got {}", kind.name()),
            Source::Json | Source::Row => format!("expected {expected}"),
        }
    }
}

/// A Float that is an Int.
fn integral(value: f64) -> Option<i64> {
    // Every Float from there up to the other end, exclusive, is one if it has no fraction.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value)).then_some(value as i64)
}

#[cfg(test)]
mod tests;
