//! JSON text straight into values of a type: the fast way, for text that has nothing wrong in it.
//!
//! It does what decoding and converting one after the other would do (runtime reference 2.5, 4.5), without the dynamic values in between, as long as nothing is
//! unexpected. It calls nothing of the program but patterns and defaults that have no effect, keeps no paths, and at the first surprise (a mistake, a missing
//! or unknown field, a failed constraint, a predicate) it gives up; the caller then goes the slow way, which knows all about it.
//!
//! Everything here that reads a value has one form. `out` is memory for the value in which the objects are null. What has been built hangs on it at every
//! moment, so that whoever gives up can release it. `None`: gave up. Recursion ends where text may not be nested any deeper.

use super::number::Number;
use super::scan::Scanner;
use super::tree::{Large, Tree};
use crate::abi::Object;
use crate::base64;
use crate::boundary;
use crate::dynamic::Dynamic;
use crate::kinds::{BOOL, BYTES, DYNAMIC, ENUM, FLOAT, INT, LIST, MAP, OPTION, RESULT, STRING, STRUCT};
use crate::list::{self, list_empty};
use crate::map::{Filler, map_new};
use crate::object::{node_new, release, release_value};
use crate::problems::{Path, Problems};
use crate::string;
use crate::tables;
use crate::value::{Slots, payload, write_tag};
use core::ptr;
use fuse_abi::desc::{Constraint, Desc, Field, MAX_WORDS, Variant};
use fuse_abi::layout::{Context, ListObject, NODE_OFFSET};

#[cfg(test)]
mod tests;

/// Reads a value of a type. `true`: it is in `out`, the caller's. `false`: the objects in `out` are null, and nothing has happened.
///
/// # Safety
/// The context is the one the program was entered with; `out` is memory for a value of the type.
pub(super) unsafe fn read(context: *mut Context, ty: u32, text: &str, out: *mut u8) -> bool {
    let mut reader =
        Reader { context, scanner: Scanner::new(text), tree: None, skips: text.len().saturating_mul(SKIPS) };
    let desc = tables::desc(ty);
    // SAFETY: the caller's promise.
    unsafe {
        clear(desc, out);
        let done = reader.value(ty, out).is_some() && reader.scanner.end().is_ok();
        if !done {
            release_value(desc, out);
            clear(desc, out);
        }
        done
    }
}

/// How often each byte may be passed in search for the type of an enum, on average.
const SKIPS: usize = 16;
/// Room for elements at the start.
const FIRST_ELEMENTS: i64 = 4;
/// The most fields of a struct that is read here.
const MOST_FIELDS: usize = u128::BITS as usize;

struct Reader<'a> {
    context: *mut Context,
    scanner: Scanner<'a>,
    /// For dynamic parts.
    tree: Option<Tree>,
    /// Bytes that may still be skipped.
    skips: usize,
}

/// Where the next key of a struct is expected: behind the one before, in one of the two orders that writers have.
#[derive(Default)]
struct Guess {
    /// Position in the order of names.
    sorted: usize,
    /// Position in the declaration.
    declared: usize,
}

impl Reader<'_> {
    /// Reads a value of any type.
    #[inline(always)]
    unsafe fn value(&mut self, ty: u32, out: *mut u8) -> Option<()> {
        let desc = tables::desc(ty);
        // SAFETY: the descriptor says how the value lies.
        unsafe {
            match desc.kind {
                STRING => self.string(out),
                INT => self.int(out),
                FLOAT => self.float(out),
                BOOL => self.bool(out),
                _ => self.compound(ty, desc, out),
            }?;
            if desc.constraints_count == 0 { Some(()) } else { self.test(desc, out) }
        }
    }

    /// As [`Reader::value`], for types that hold others. Apart from it and not inlined, so that each level of nesting needs no more stack than it must.
    #[inline(never)]
    unsafe fn compound(&mut self, ty: u32, desc: &Desc, out: *mut u8) -> Option<()> {
        // SAFETY: the descriptor says how the value lies.
        unsafe {
            match desc.kind {
                LIST => self.list(ty, desc, out),
                MAP => self.map(ty, desc, out),
                OPTION => self.option(ty, desc, out),
                STRUCT if !desc.is_encode_only() => self.object(ty, desc, out),
                ENUM | RESULT => self.variant(ty, desc, out),
                BYTES => self.bytes(out),
                DYNAMIC => {
                    let tree = self.tree.get_or_insert_with(|| Tree::new(Large::Refuse));
                    tree.value(&mut self.scanner).ok()?;
                    out.cast::<Dynamic>().write(tree.take());
                    Some(())
                }
                _ => None,
            }
        }
    }

    #[inline]
    fn number(&mut self) -> Option<Number> {
        match self.scanner.peek()? {
            b'-' | b'0'..=b'9' => self.scanner.number().ok(),
            _ => None,
        }
    }

    #[inline(never)]
    unsafe fn int(&mut self, out: *mut u8) -> Option<()> {
        let Number::Int(value) = self.number()? else { return None };
        // SAFETY: room for an Int.
        unsafe { out.cast::<i64>().write(value) };
        Some(())
    }

    #[inline(never)]
    unsafe fn float(&mut self, out: *mut u8) -> Option<()> {
        let value = match self.number()? {
            Number::Int(value) => value as f64,
            Number::Float(value) => value,
        };
        // SAFETY: room for a Float.
        unsafe { out.cast::<f64>().write(value) };
        value.is_finite().then_some(())
    }

    #[inline]
    unsafe fn bool(&mut self, out: *mut u8) -> Option<()> {
        let value = self.scanner.peek()? == b't';
        // SAFETY: room for a Bool.
        unsafe { out.write(u8::from(value)) };
        self.scanner.take_text(if value { b"true" } else { b"false" }).then_some(())
    }

    #[inline(never)]
    unsafe fn string(&mut self, out: *mut u8) -> Option<()> {
        if !self.scanner.take_if(b'"') {
            return None;
        }
        let text = self.scanner.string().ok()?;
        // SAFETY: room for an object.
        unsafe { out.cast::<Object>().write(string::new(text)) };
        Some(())
    }

    unsafe fn bytes(&mut self, out: *mut u8) -> Option<()> {
        if !self.scanner.take_if(b'"') {
            return None;
        }
        let bytes = base64::read(self.scanner.string().ok()?).ok()?;
        // SAFETY: room for an object.
        unsafe { out.cast::<Object>().write(bytes) };
        Some(())
    }

    #[inline(never)]
    unsafe fn list(&mut self, ty: u32, desc: &Desc, out: *mut u8) -> Option<()> {
        self.open(b'[')?;
        let element = tables::desc(desc.inner);
        let stride = element.size as usize;
        // SAFETY: the list is unique; an element is counted before it is read, when its objects are null.
        unsafe {
            let empty = self.scanner.peek()? == b']';
            let mut list = list_empty(ty, if empty { 0 } else { FIRST_ELEMENTS });
            out.cast::<Object>().write(list);
            let mut first = true;
            while self.scanner.element(first).ok()? {
                first = false;
                let len = (*list.cast::<ListObject>()).len as usize;
                if len == (*list.cast::<ListObject>()).cap as usize {
                    list = list::unique_with_room(list, 1);
                    out.cast::<Object>().write(list);
                }
                let slot = list::data(list).add(len * stride);
                clear(element, slot);
                (*list.cast::<ListObject>()).len += 1;
                self.value(desc.inner, slot)?;
            }
        }
        Some(())
    }

    #[inline(never)]
    unsafe fn map(&mut self, ty: u32, desc: &Desc, out: *mut u8) -> Option<()> {
        self.open(b'{')?;
        let value = tables::desc(desc.inner);
        // SAFETY: the map is unique and takes the keys; the objects of a value are null before it is read.
        unsafe {
            let map = map_new(ty, 0);
            let mut filler = Filler::new(map);
            out.cast::<Object>().write(map);
            let mut first = true;
            while self.scanner.member(first).ok()? {
                first = false;
                let key = string::new(self.scanner.string().ok()?);
                let Some(slot) = filler.insert(key) else {
                    release(key);
                    return None;
                };
                clear(value, slot);
                self.scanner.colon().ok()?;
                self.value(desc.inner, slot)?;
            }
        }
        Some(())
    }

    #[inline(never)]
    unsafe fn option(&mut self, ty: u32, desc: &Desc, out: *mut u8) -> Option<()> {
        // SAFETY: `null` is all slots zero; the descriptor says where the payload is.
        unsafe {
            if self.scanner.peek()? == b'n' {
                out.write_bytes(0, desc.size as usize);
                return self.scanner.take_text(b"null").then_some(());
            }
            let payload = if desc.flags & Desc::FLAG_BOXED != 0 {
                new_node(ty, desc, out).cast::<u8>().add(NODE_OFFSET as usize + desc.payload_offset as usize)
            } else if desc.flags & Desc::FLAG_NULLABLE != 0 {
                out
            } else {
                out.write(1);
                out.add(desc.payload_offset as usize)
            };
            self.value(desc.inner, payload)
        }
    }

    #[inline(never)]
    unsafe fn object(&mut self, ty: u32, desc: &Desc, out: *mut u8) -> Option<()> {
        self.open(b'{')?;
        let fields = tables::fields(desc.first, desc.count);
        if fields.len() > MOST_FIELDS {
            return None;
        }
        let order = tables::offsets(desc.sorted, desc.count);
        // SAFETY: the fields are where the descriptor says; the objects of all of them are null before they are read.
        unsafe {
            let node = new_node(ty, desc, out).cast::<u8>();
            let mut seen = 0_u128;
            let mut guess = Guess::default();
            let mut first = true;
            while self.scanner.member(first).ok()? {
                first = false;
                let index = self.key(fields, order, &mut guess)?;
                if seen & 1 << index != 0 {
                    return None;
                }
                seen |= 1 << index;
                let field = fields.get(index)?;
                self.value(field.ty, node.add(field.offset as usize))?;
            }
            if seen.count_ones() as usize == fields.len() {
                return Some(());
            }
            for (index, field) in fields.iter().enumerate() {
                if seen & 1 << index == 0 {
                    self.missing(field, node.add(field.offset as usize))?;
                }
            }
        }
        Some(())
    }

    /// Takes the key, the quote of which has been taken, and its colon. The result is the number of the field.
    #[inline]
    fn key(&mut self, fields: &[Field], order: &[u32], guess: &mut Guess) -> Option<usize> {
        if let Some(&index) = order.get(guess.sorted)
            && self.scanner.take_text(key_text(fields.get(index as usize)?))
        {
            guess.sorted += 1;
            guess.declared = index as usize + 1;
            return Some(index as usize);
        }
        if let Some(field) = fields.get(guess.declared)
            && self.scanner.take_text(key_text(field))
        {
            guess.declared += 1;
            return Some(guess.declared - 1);
        }
        self.search_key(fields, order, guess)
    }

    /// As [`Reader::key`], for keys in another order, and for other ways to write them.
    fn search_key(&mut self, fields: &[Field], order: &[u32], guess: &mut Guess) -> Option<usize> {
        let key = self.scanner.string().ok()?;
        let name = |index: u32| {
            fields.get(index as usize).map_or("", |field| tables::name(field.name, field.name_len))
        };
        let at = order.binary_search_by(|&index| name(index).cmp(key)).ok()?;
        let index = *order.get(at)? as usize;
        *guess = Guess { sorted: at + 1, declared: index + 1 };
        self.scanner.colon().ok()?;
        Some(index)
    }

    /// The value of a field that is not there.
    unsafe fn missing(&mut self, field: &Field, out: *mut u8) -> Option<()> {
        let desc = tables::desc(field.ty);
        // SAFETY: `null` is all slots zero. A default without effect may be evaluated, whatever happens then.
        unsafe {
            if field.default == 0 {
                out.write_bytes(0, desc.size as usize);
                return (desc.kind == OPTION).then_some(());
            }
            if field.flags & Field::PURE_DEFAULT == 0 {
                return None;
            }
            let (path, mut problems) = (Path::root(""), Problems::default());
            let done = boundary::field_default(self.context, field, &path, out, &mut problems);
            if done != Ok(true) {
                clear(desc, out);
                return None;
            }
        }
        Some(())
    }

    /// An enum or result: an object with the name of the variant in `type` and its payload in `data`, which usually comes first.
    #[inline(never)]
    unsafe fn variant(&mut self, ty: u32, desc: &Desc, out: *mut u8) -> Option<()> {
        self.open(b'{')?;
        let variants = tables::variants(desc);
        let mut chosen: Option<usize> = None;
        // Where the payload starts and ends.
        let mut data: Option<(usize, usize)> = None;
        let mut first = true;
        while self.scanner.member(first).ok()? {
            first = false;
            match self.scanner.string().ok()? {
                "type" if chosen.is_none() => {
                    self.scanner.colon().ok()?;
                    if !self.scanner.take_if(b'"') {
                        return None;
                    }
                    let name = self.scanner.string().ok()?;
                    chosen = Some(variants.iter().position(|variant| variant_name(variant) == name)?);
                }
                "data" if data.is_none() => {
                    self.scanner.colon().ok()?;
                    self.scanner.peek()?;
                    let start = self.scanner.place();
                    self.skips = self.skips.checked_sub(self.scanner.skip()?)?;
                    data = Some((start, self.scanner.place()));
                }
                _ => return None,
            }
        }
        let chosen = chosen?;
        let elements = payload(variants.get(chosen)?);
        // SAFETY: all slots are zero before those of the variant are set.
        unsafe {
            let base = if desc.flags & Desc::FLAG_BOXED != 0 {
                let node = new_node(ty, desc, out).cast::<u8>();
                let head = NODE_OFFSET as usize;
                node.add(head).write_bytes(0, desc.object_size as usize - head);
                node.add(head)
            } else {
                out.write_bytes(0, desc.size as usize);
                out
            };
            write_tag(desc, base, chosen);
            match (elements, data) {
                ([], None) => Some(()),
                (_, None) => None,
                (elements, Some((start, end))) => {
                    let behind = self.scanner.place();
                    self.scanner.go_to(start);
                    self.payload(elements, base)?;
                    self.scanner.peek();
                    let read = self.scanner.place();
                    self.scanner.go_to(end);
                    self.scanner.peek();
                    let complete = self.scanner.place() == read;
                    self.scanner.go_to(behind);
                    complete.then_some(())
                }
            }
        }
    }

    /// The payload of a variant, whose slots may be scattered.
    unsafe fn payload(&mut self, elements: &[Field], base: *mut u8) -> Option<()> {
        match elements {
            [] => self.scanner.take_text(b"null").then_some(()),
            // SAFETY: the element is one of this payload.
            [only] => unsafe { self.element(only, base) },
            _ => {
                self.open(b'[')?;
                let mut elements = elements.iter();
                let mut first = true;
                while self.scanner.element(first).ok()? {
                    first = false;
                    // SAFETY: as above.
                    unsafe { self.element(elements.next()?, base)? };
                }
                elements.next().is_none().then_some(())
            }
        }
    }

    #[inline(never)]
    unsafe fn element(&mut self, element: &Field, base: *mut u8) -> Option<()> {
        // SAFETY: the offsets are inside of the payload; a room has place for all slots of a type.
        unsafe {
            match tables::offsets(element.slots, element.slots_count) {
                [] => self.value(element.ty, base),
                [one] => self.value(element.ty, base.add(*one as usize)),
                offsets => {
                    let mut room = [0_u64; MAX_WORDS];
                    let room = room.as_mut_ptr().cast::<u8>();
                    if self.value(element.ty, room).is_none() {
                        release_value(tables::desc(element.ty), room);
                        return None;
                    }
                    Slots::of(element.ty).scatter(room, base, offsets);
                    Some(())
                }
            }
        }
    }

    /// Takes the bracket or brace that an array or object starts with.
    #[inline]
    fn open(&mut self, byte: u8) -> Option<()> {
        if self.scanner.peek()? == byte { self.scanner.open().ok() } else { None }
    }

    /// Tests the constraints of a value.
    #[inline(never)]
    unsafe fn test(&mut self, desc: &Desc, value: *const u8) -> Option<()> {
        let constraints = tables::constraints(desc);
        if constraints.iter().any(|constraint| constraint.kind == Constraint::PREDICATE) {
            return None;
        }
        let (path, mut problems) = (Path::root(""), Problems::default());
        // SAFETY: a live value of the type.
        let passed = unsafe { boundary::test(self.context, desc, value, &path, &mut problems) };
        (passed == Ok(true)).then_some(())
    }
}

/// A node whose objects are null, held by `out`.
#[inline]
unsafe fn new_node(ty: u32, desc: &Desc, out: *mut u8) -> Object {
    // SAFETY: the node is as large as the descriptor says, and holds objects where it says.
    unsafe {
        let node = node_new(ty, i64::from(desc.object_size));
        for &offset in tables::offsets(desc.object_refs, desc.object_refs_count) {
            node.cast::<u8>().add(offset as usize).cast::<Object>().write(ptr::null_mut());
        }
        out.cast::<Object>().write(node);
        node
    }
}

/// Makes the objects of a value null.
#[inline]
unsafe fn clear(desc: &Desc, value: *mut u8) {
    for &offset in tables::offsets(desc.value_refs, desc.value_refs_count) {
        // SAFETY: the value has objects there.
        unsafe { value.add(offset as usize).cast::<Object>().write(ptr::null_mut()) };
    }
}

/// The key of a field behind its opening quote, with the colon.
#[inline]
fn key_text(field: &Field) -> &'static [u8] {
    tables::name(field.name, field.name_len + 2).as_bytes()
}

fn variant_name(variant: &Variant) -> &'static str {
    tables::name(variant.name, variant.name_len)
}
