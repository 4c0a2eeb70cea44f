//! Strings, and the builder that all text of a program is made with.

use crate::abi::Object;
use crate::alloc;
use crate::number;
use crate::object::{self, is_unique, release};
use fuse_abi::desc::{TYPE_BYTES, TYPE_STRING};
use fuse_abi::layout::{DATA_OFFSET, Header, StrObject};

const HEAD: usize = DATA_OFFSET as usize;

/// The bytes of a string or Bytes.
///
/// # Safety
/// `object` is alive for `'a`, and not changed.
pub(crate) unsafe fn bytes<'a>(object: Object) -> &'a [u8] {
    // SAFETY: the caller's promise; the bytes follow the head.
    unsafe {
        alloc::check_alive(object);
        let len = (*object.cast::<StrObject>()).len as usize;
        core::slice::from_raw_parts(object.cast::<u8>().add(HEAD), len)
    }
}

/// The text of a string.
///
/// # Safety
/// As [`bytes`], and it is a string.
pub(crate) unsafe fn text<'a>(object: Object) -> &'a str {
    // SAFETY: strings hold valid UTF-8.
    unsafe { core::str::from_utf8_unchecked(bytes(object)) }
}

/// A new string object with room for `cap` bytes.
#[inline]
fn allocate(cap: usize) -> *mut StrObject {
    // Whole 16 bytes with the head, as allocators hand them out anyway.
    let Some(size) = cap.checked_add(HEAD + 15).map(|size| size & !15) else { alloc::out_of_memory() };
    let object = alloc::get(size).cast::<StrObject>();
    // SAFETY: the block has at least a head.
    unsafe {
        object.write(StrObject {
            header: Header { count: 1, kind: TYPE_STRING },
            len: 0,
            cap: (size - HEAD) as u64,
        });
    }
    object
}

/// Frees a dead string or Bytes.
#[inline]
pub(crate) unsafe fn free(object: Object) {
    // SAFETY: nobody refers to the object any more; it was allocated with this size.
    unsafe { alloc::free(object.cast(), HEAD + (*object.cast::<StrObject>()).cap as usize) }
}

/// A string object from text.
#[inline]
pub(crate) fn new(text: &str) -> Object {
    let object = allocate(text.len());
    // SAFETY: the object is new and has room for the text.
    unsafe {
        copy(text.as_bytes(), object.cast::<u8>().add(HEAD));
        (*object).len = text.len() as u64;
    }
    object.cast()
}

/// Copies bytes; quickly if they are few, as those of keys, names and most values are.
///
/// # Safety
/// There is room for so many bytes, apart from where they are.
#[inline]
pub(crate) unsafe fn copy(from: &[u8], to: *mut u8) {
    let (start, len) = (from.as_ptr(), from.len());
    /// The first and the last bytes of a text, as many as `T` has; in the middle they may overlap.
    #[inline(always)]
    unsafe fn ends<T>(from: *const u8, to: *mut u8, len: usize) {
        // SAFETY: the text has at least so many bytes.
        unsafe {
            let last = len - size_of::<T>();
            let (head, tail) =
                (from.cast::<T>().read_unaligned(), from.add(last).cast::<T>().read_unaligned());
            to.cast::<T>().write_unaligned(head);
            to.add(last).cast::<T>().write_unaligned(tail);
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        match len {
            0 => {}
            1..4 => {
                to.write(start.read());
                to.add(len / 2).write(start.add(len / 2).read());
                to.add(len - 1).write(start.add(len - 1).read());
            }
            4..8 => ends::<u32>(start, to, len),
            8..16 => ends::<u64>(start, to, len),
            16..33 => ends::<u128>(start, to, len),
            _ => to.copy_from_nonoverlapping(start, len),
        }
    }
}

/// A unique string object that grows; what is pushed must be UTF-8 in the end.
pub(crate) struct Builder {
    object: *mut StrObject,
}

impl Builder {
    pub(crate) fn with_capacity(cap: usize) -> Builder {
        Builder { object: allocate(cap) }
    }

    /// A builder of Bytes, which need not be UTF-8.
    pub(crate) fn bytes_with_capacity(cap: usize) -> Builder {
        let builder = Builder::with_capacity(cap);
        // SAFETY: the object is ours.
        unsafe { (*builder.object).header.kind = TYPE_BYTES };
        builder
    }

    /// Goes on with a string that the caller owns, in place if it is unique, with room for `more` bytes.
    ///
    /// # Safety
    /// `text` is a live string; its reference is taken.
    #[inline]
    pub(crate) unsafe fn append_to(text: Object, more: usize) -> Builder {
        // SAFETY: the caller's promise.
        unsafe {
            if is_unique(text) {
                let mut builder = Builder { object: text.cast() };
                builder.reserve(more);
                return builder;
            }
            Builder::copy_of(text, more)
        }
    }

    /// As [`Builder::append_to`], for a string that is not unique.
    #[cold]
    unsafe fn copy_of(text: Object, more: usize) -> Builder {
        // SAFETY: the caller's promise.
        unsafe {
            let old = bytes(text);
            let Some(len) = old.len().checked_add(more) else { alloc::out_of_memory() };
            let mut builder = Builder::with_capacity(len);
            builder.push(old);
            release(text);
            builder
        }
    }

    pub(crate) fn len(&self) -> usize {
        // SAFETY: the object is ours.
        unsafe { (*self.object).len as usize }
    }

    /// Makes room for `more` bytes; at least doubles when it has to.
    #[inline]
    pub(crate) fn reserve(&mut self, more: usize) {
        // SAFETY: the object is ours.
        let (len, cap) = unsafe { ((*self.object).len as usize, (*self.object).cap as usize) };
        if cap - len < more {
            self.grow(len, cap, more);
        }
    }

    #[cold]
    fn grow(&mut self, len: usize, cap: usize, more: usize) {
        let Some(size) = len
            .checked_add(more)
            .map(|needed| needed.max(cap.saturating_mul(2)))
            .and_then(|cap| cap.checked_add(HEAD + 15))
        else {
            alloc::out_of_memory()
        };
        let size = size & !15;
        // SAFETY: the object is ours and has a head and `cap` bytes.
        unsafe {
            self.object = alloc::grow(self.object.cast(), HEAD + cap, size).cast();
            (*self.object).cap = (size - HEAD) as u64;
        }
    }

    /// Room for `more` bytes behind the text; what is written there counts once [`Builder::advance`] says so.
    #[inline]
    pub(crate) fn room(&mut self, more: usize) -> *mut u8 {
        self.reserve(more);
        // SAFETY: the object is ours.
        unsafe { self.object.cast::<u8>().add(HEAD + self.len()) }
    }

    /// The text has `more` bytes more.
    ///
    /// # Safety
    /// So many bytes were written behind the text, where there was room.
    #[inline]
    pub(crate) unsafe fn advance(&mut self, more: usize) {
        // SAFETY: the object is ours.
        unsafe { (*self.object).len += more as u64 };
    }

    /// Forgets what stands behind the first `len` bytes, which are not more than there are.
    pub(crate) fn truncate(&mut self, len: usize) {
        // SAFETY: the object is ours.
        unsafe { (*self.object).len = len.min(self.len()) as u64 };
    }

    #[inline]
    pub(crate) fn push(&mut self, more: &[u8]) {
        let room = self.room(more.len());
        // SAFETY: there is room; `more` is not in this object, which is ours.
        unsafe {
            copy(more, room);
            self.advance(more.len());
        }
    }

    pub(crate) fn push_int(&mut self, value: i64) {
        self.push(itoa::Buffer::new().format(value).as_bytes());
    }

    pub(crate) fn push_float(&mut self, value: f64) {
        number::with_float_text(value, |part| self.push(part));
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the object is ours.
        unsafe { bytes(self.object.cast()) }
    }

    /// Takes a last byte away if it is this one, an ASCII character.
    pub(crate) fn strip_final(&mut self, byte: u8) {
        if self.bytes().last() == Some(&byte) {
            // SAFETY: the object is ours and not empty.
            unsafe { (*self.object).len -= 1 };
        }
    }

    /// The string, without much more room than it needs: for texts that are not going to grow.
    pub(crate) fn finish_short(self) -> Object {
        // SAFETY: strings hold UTF-8 in the end.
        let text = unsafe { core::str::from_utf8_unchecked(self.bytes()) };
        // SAFETY: the object is ours.
        let cap = unsafe { (*self.object).cap as usize };
        if cap - text.len() > text.len() { new(text) } else { self.finish() }
    }

    /// The string.
    pub(crate) fn finish(self) -> Object {
        let object = self.object.cast();
        core::mem::forget(self);
        object
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        // SAFETY: the object is ours, and a string holds nothing.
        unsafe { release(self.object.cast()) };
    }
}

/// `left + right`; in place if the left one is unique.
#[unsafe(export_name = "fuse_str_concat")]
pub unsafe extern "C" fn str_concat(left: Object, right: Object) -> Object {
    // SAFETY: both are live strings; `left` is owned here.
    unsafe {
        let more = bytes(right);
        if more.is_empty() {
            return left;
        }
        if (*left.cast::<StrObject>()).len == 0 && (*left.cast::<StrObject>()).cap < more.len() as u64 {
            object::retain(right);
            release(left);
            return right;
        }
        let mut text = Builder::append_to(left, more.len());
        text.push(more);
        text.finish()
    }
}

/// Appends an Int.
#[unsafe(export_name = "fuse_str_push_int")]
pub unsafe extern "C" fn str_push_int(text: Object, value: i64) -> Object {
    // SAFETY: a live string, owned here.
    let mut text = unsafe { Builder::append_to(text, 0) };
    text.push_int(value);
    text.finish()
}

/// Appends a Float.
#[unsafe(export_name = "fuse_str_push_float")]
pub unsafe extern "C" fn str_push_float(text: Object, value: f64) -> Object {
    // SAFETY: a live string, owned here.
    let mut text = unsafe { Builder::append_to(text, 0) };
    text.push_float(value);
    text.finish()
}

/// Appends a Bool.
#[unsafe(export_name = "fuse_str_push_bool")]
pub unsafe extern "C" fn str_push_bool(text: Object, value: u32) -> Object {
    // SAFETY: a live string, owned here.
    let mut text = unsafe { Builder::append_to(text, 0) };
    text.push(if value as u8 != 0 { b"true" } else { b"false" });
    text.finish()
}

/// Whether two strings are equal.
#[unsafe(export_name = "fuse_str_eq")]
pub unsafe extern "C" fn str_eq(a: Object, b: Object) -> u8 {
    // SAFETY: both are live strings.
    unsafe { u8::from(a == b || bytes(a) == bytes(b)) }
}

/// Whether two Bytes are equal.
#[unsafe(export_name = "fuse_bytes_eq")]
pub unsafe extern "C" fn bytes_eq(a: Object, b: Object) -> u8 {
    // SAFETY: Bytes lie as strings do.
    unsafe { str_eq(a, b) }
}

/// An empty string with room for so many bytes.
#[unsafe(export_name = "fuse_str_new")]
pub unsafe extern "C" fn str_new(cap: i64) -> Object {
    allocate(usize::try_from(cap).unwrap_or(0)).cast()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Leaks};
    use proptest::prelude::*;

    /// A string as compiled code has literals: static.
    fn literal(text: &'static [u8; 4]) -> Object {
        #[repr(C)]
        struct Literal(StrObject, [u8; 4]);
        let head = StrObject { header: Header { count: 0, kind: TYPE_STRING }, len: 4, cap: 0 };
        Box::leak(Box::new(Literal(head, *text))) as *mut Literal as Object
    }

    #[test]
    fn appending_to_a_unique_string_is_in_place() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: references are given and taken as the table says.
        unsafe {
            let piece = new("piece ");
            let mut text = new("start ");
            let mut moves = 0;
            for _ in 0..100_000 {
                let before = text;
                text = str_concat(text, piece);
                moves += u32::from(before != text);
            }
            assert_eq!(bytes(text).len(), 6 * 100_001);
            assert!(moves < 30, "{moves} moves");
            release(text);
            release(piece);
        }
        leaks.none();
    }

    #[test]
    fn shared_and_static_strings_are_not_changed() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: as above.
        unsafe {
            let a = new("abc");
            object::retain(a);
            let b = str_push_int(a, i64::MIN);
            assert_eq!((text(a), text(b)), ("abc", "abc-9223372036854775808"));
            let c = str_push_bool(str_push_bool(b, 0x100), 0x101);
            assert_eq!(text(c), "abc-9223372036854775808falsetrue");
            let l = literal(b"four");
            let d = str_concat(l, a);
            assert_eq!((text(l), text(d)), ("four", "fourabc"));
            let e = str_concat(str_new(0), a);
            assert_eq!(text(e), "abc");
            assert_eq!((str_eq(e, a), str_eq(d, a)), (1, 0));
            for object in [a, c, d, e, l] {
                release(object);
            }
        }
        leaks.none();
    }

    proptest! {
        /// Strings against `String`, with sharing at random.
        #[test]
        fn pushes(steps in proptest::collection::vec((0..4_u8, any::<i64>(), any::<f64>(), ".{0,40}", any::<bool>()), 0..40)) {
            testing::install();
            let leaks = Leaks::watch();
            // SAFETY: as above.
            unsafe {
                let mut text_object = str_new(0);
                let mut model = String::new();
                let mut kept = Vec::new();
                for (step, int, float, piece, keep) in steps {
                    if keep {
                        object::retain(text_object);
                        kept.push((text_object, model.clone()));
                    }
                    text_object = match step {
                        0 => { model.push_str(&int.to_string()); str_push_int(text_object, int) }
                        1 => { number::with_float_text(float, |part| model.push_str(core::str::from_utf8(part).expect("digits"))); str_push_float(text_object, float) }
                        2 => { model.push_str(&keep.to_string()); str_push_bool(text_object, u32::from(keep)) }
                        _ => {
                            model.push_str(&piece);
                            let piece = new(&piece);
                            let result = str_concat(text_object, piece);
                            release(piece);
                            result
                        }
                    };
                    prop_assert_eq!(text(text_object), &*model);
                }
                for (object, model) in kept {
                    prop_assert_eq!(text(object), &*model);
                    release(object);
                }
                release(text_object);
            }
            leaks.none();
        }
    }
}
