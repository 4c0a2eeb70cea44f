//! Maps: insertion-ordered entries, and an index over the hashes of their keys.
//!
//! An entry is the key's address and the value, side by side. Entries are never removed. Small maps have no index:
//! they are searched from the front. The index is open addressing with linear probing; a slot holds 32 bits of the hash
//! and the entry's number, so growing it touches no key. Hashes are seeded at random for each process, so that chosen
//! keys cannot collide on purpose.
//!
//! A map whose values cannot be `null` may still have `null` elements, if it was converted from a dynamic value
//! (runtime reference 2.5): then a row of bits, which other maps do not have, says which.

use crate::abi::{Object, Pair};
use crate::alloc;
use crate::object::{is_unique, release, retain, retain_value};
use crate::string;
use crate::tables;
use core::hash::{BuildHasher, Hasher};
use core::ptr;
use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use fuse_abi::layout::{Header, MAP_SIZE};
use std::sync::OnceLock;

/// Where the value stands in an entry.
pub(crate) const MAP_VALUE: usize = size_of::<Object>();
/// The most entries of a map without index.
const SMALL: usize = 8;
/// Entries are numbered in 32 bits.
const MOST_ENTRIES: usize = u32::MAX as usize - 1;

/// The object of a map.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct MapObject {
    header: Header,
    len: usize,
    cap: usize,
    entries: *mut u8,
    /// Slots: 0, or hash in the upper half and entry number plus one in the lower; null if there is no index.
    index: *mut u64,
    /// Number of slots, a power of two; 0 if there is no index.
    slots: usize,
    /// Bits of the entries that are `null` though their type cannot be, with room for `cap`; their values are zeroes. Null if there are none.
    nulls: *mut u64,
}

const _: () = assert!(size_of::<MapObject>() == MAP_SIZE);

fn hash(key: &[u8]) -> u32 {
    static SEED: OnceLock<SharedSeed> = OnceLock::new();
    let seed = SEED.get_or_init(|| {
        let mut bytes = [0_u8; 8];
        // SAFETY: the buffer has eight bytes. If there is no randomness yet, an address has a little.
        let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), libc::GRND_NONBLOCK) };
        let address = ptr::from_ref(&SEED) as u64 ^ u64::from(std::process::id()).rotate_left(32);
        SharedSeed::from_u64(if got == 8 { u64::from_ne_bytes(bytes) } else { address })
    });
    let mut hasher = SeedableRandomState::with_seed(0, seed).build_hasher();
    hasher.write(key);
    hasher.finish() as u32
}

/// Number of words of the bits for so many entries.
fn words(cap: usize) -> usize {
    cap.div_ceil(u64::BITS as usize)
}

/// Where the bit of an entry is: word and mask.
fn bit(number: usize) -> (usize, u64) {
    (number / u64::BITS as usize, 1 << (number % u64::BITS as usize))
}

/// Size of an entry of a map of this type.
fn stride(map: u32) -> usize {
    MAP_VALUE + (tables::desc(tables::desc(map).inner).size as usize).next_multiple_of(8)
}

impl MapObject {
    /// Address, stride and number of entries.
    pub(crate) unsafe fn entries(map: *mut MapObject) -> (*mut u8, usize, usize) {
        // SAFETY: a live map.
        unsafe { ((*map).entries, stride((*map).header.kind), (*map).len) }
    }

    /// Frees entries and index, not what the entries hold.
    pub(crate) unsafe fn free_parts(map: *mut MapObject) {
        // SAFETY: the parts have the sizes they were allocated with.
        unsafe {
            if !(*map).entries.is_null() {
                alloc::free((*map).entries, (*map).cap * stride((*map).header.kind));
            }
            if !(*map).index.is_null() {
                alloc::free((*map).index.cast(), (*map).slots * size_of::<u64>());
            }
            if !(*map).nulls.is_null() {
                alloc::free((*map).nulls.cast(), words((*map).cap) * size_of::<u64>());
            }
        }
    }

    fn entry(&self, stride: usize, number: usize) -> *mut u8 {
        // SAFETY: callers pass numbers below the length.
        unsafe { self.entries.add(number * stride) }
    }

    /// Whether an entry is `null` though its type cannot be.
    #[inline]
    pub(crate) fn is_null(&self, number: usize) -> bool {
        let (word, mask) = bit(number);
        // SAFETY: callers pass numbers below the length, for which there are bits if there are any.
        !self.nulls.is_null() && unsafe { self.nulls.add(word).read() } & mask != 0
    }

    /// Address of the value of an entry; null if the entry is [null](MapObject::is_null).
    #[inline]
    fn value(&self, stride: usize, number: usize) -> *mut u8 {
        if self.is_null(number) {
            return ptr::null_mut();
        }
        // SAFETY: the value follows the key.
        unsafe { self.entry(stride, number).add(MAP_VALUE) }
    }

    /// Says whether an entry is `null`.
    #[cold]
    unsafe fn set_null(&mut self, number: usize, null: bool) {
        if self.nulls.is_null() {
            self.nulls = alloc::get_zeroed(words(self.cap) * size_of::<u64>()).cast();
        }
        let (word, mask) = bit(number);
        // SAFETY: there are bits for all entries.
        unsafe {
            let word = self.nulls.add(word);
            word.write(if null { word.read() | mask } else { word.read() & !mask });
        }
    }

    unsafe fn key<'a>(&self, stride: usize, number: usize) -> &'a [u8] {
        // SAFETY: an entry begins with its key, a live string.
        unsafe { string::bytes(self.entry(stride, number).cast::<Object>().read()) }
    }

    /// The number of the entry with this key, or the hash if one had to be made.
    unsafe fn find(&self, stride: usize, key: &[u8]) -> Result<usize, Option<u32>> {
        // SAFETY: entry numbers in the index are below the length.
        unsafe {
            if self.slots == 0 {
                return (0..self.len).find(|&number| self.key(stride, number) == key).ok_or(None);
            }
            let hash = hash(key);
            let mask = self.slots - 1;
            let mut at = hash as usize & mask;
            loop {
                let slot = self.index.add(at).read();
                if slot == 0 {
                    return Err(Some(hash));
                }
                if (slot >> 32) as u32 == hash {
                    let number = slot as u32 as usize - 1;
                    if self.key(stride, number) == key {
                        return Ok(number);
                    }
                }
                at = (at + 1) & mask;
            }
        }
    }

    /// Puts a slot where it belongs.
    unsafe fn place(index: *mut u64, mask: usize, slot: u64) {
        // SAFETY: the index has a free slot, because it is never full.
        unsafe {
            let mut at = (slot >> 32) as usize & mask;
            while index.add(at).read() != 0 {
                at = (at + 1) & mask;
            }
            index.add(at).write(slot);
        }
    }

    /// Makes room in the entries and in the index for one more.
    #[inline]
    unsafe fn reserve(&mut self, stride: usize) {
        // SAFETY: sizes are those the parts were allocated with.
        unsafe {
            if self.len == self.cap {
                self.grow_entries(stride, (self.cap * 2).max(4));
            }
            if self.len >= SMALL && (self.len + 1) * 5 > self.slots * 4 {
                self.grow_index(stride, (self.slots * 2).max(4 * SMALL));
            }
        }
    }

    unsafe fn grow_entries(&mut self, stride: usize, cap: usize) {
        let Some(size) = cap.checked_mul(stride).filter(|_| cap <= MOST_ENTRIES) else {
            alloc::out_of_memory()
        };
        // SAFETY: as above.
        unsafe {
            self.entries = if self.entries.is_null() {
                alloc::get(size)
            } else {
                alloc::grow(self.entries, self.cap * stride, size)
            };
            if !self.nulls.is_null() {
                self.grow_nulls(cap);
            }
        }
        self.cap = cap;
    }

    #[cold]
    unsafe fn grow_nulls(&mut self, cap: usize) {
        let (old, new) = (words(self.cap), words(cap));
        // SAFETY: there are bits for `self.cap` entries; the new words are set to zero.
        unsafe {
            self.nulls =
                alloc::grow(self.nulls.cast(), old * size_of::<u64>(), new * size_of::<u64>()).cast();
            self.nulls.add(old).write_bytes(0, new - old);
        }
    }

    unsafe fn grow_index(&mut self, stride: usize, slots: usize) {
        let Some(size) = slots.checked_mul(size_of::<u64>()) else { alloc::out_of_memory() };
        let index = alloc::get_zeroed(size).cast::<u64>();
        let mask = slots - 1;
        // SAFETY: the new index has room for all slots of the old one, or for all entries.
        unsafe {
            if self.index.is_null() {
                for number in 0..self.len {
                    Self::place(index, mask, slot(hash(self.key(stride, number)), number));
                }
            } else {
                for at in 0..self.slots {
                    let slot = self.index.add(at).read();
                    if slot != 0 {
                        Self::place(index, mask, slot);
                    }
                }
                alloc::free(self.index.cast(), self.slots * size_of::<u64>());
            }
        }
        self.index = index;
        self.slots = slots;
    }
}

fn slot(hash: u32, number: usize) -> u64 {
    u64::from(hash) << 32 | (number as u64 + 1)
}

/// An empty map.
#[unsafe(export_name = "fuse_map_new")]
pub unsafe extern "C" fn map_new(ty: u32, expected: i64) -> Object {
    let map = alloc::get(size_of::<MapObject>()).cast::<MapObject>();
    // SAFETY: the block has the size of a map.
    unsafe {
        map.write(MapObject {
            header: Header { count: 1, kind: ty },
            len: 0,
            cap: 0,
            entries: ptr::null_mut(),
            index: ptr::null_mut(),
            slots: 0,
            nulls: ptr::null_mut(),
        });
        let expected = usize::try_from(expected).unwrap_or(0);
        if expected > 0 {
            (*map).grow_entries(stride(ty), expected);
        }
        if expected > SMALL {
            (*map).grow_index(stride(ty), (expected / 3 * 4 + 4).next_power_of_two());
        }
    }
    map.cast()
}

/// Number of entries.
#[unsafe(export_name = "fuse_map_len")]
pub unsafe extern "C" fn map_len(map: Object) -> i64 {
    // SAFETY: a live map.
    unsafe {
        alloc::check_alive(map);
        (*map.cast::<MapObject>()).len as i64
    }
}

/// The map itself if it is unique, else a copy.
#[unsafe(export_name = "fuse_map_unique")]
pub unsafe extern "C" fn map_unique(map: Object) -> Object {
    // SAFETY: a live map, owned here; the copy has room for all entries and the same index.
    unsafe {
        alloc::check_alive(map);
        if is_unique(map) {
            return map;
        }
        let ty = (*map).kind;
        let stride = stride(ty);
        let value = tables::desc(tables::desc(ty).inner);
        let old = &*map.cast::<MapObject>();
        let copy = map_new(ty, 0);
        let new = &mut *copy.cast::<MapObject>();
        if old.len > 0 {
            new.grow_entries(stride, old.len.next_multiple_of(4));
            new.entries.copy_from_nonoverlapping(old.entries, old.len * stride);
            new.len = old.len;
        }
        if old.slots > 0 {
            new.index = alloc::get(old.slots * size_of::<u64>()).cast();
            new.index.copy_from_nonoverlapping(old.index, old.slots);
            new.slots = old.slots;
        }
        if !old.nulls.is_null() {
            new.nulls = alloc::get_zeroed(words(new.cap) * size_of::<u64>()).cast();
            new.nulls.copy_from_nonoverlapping(old.nulls, words(old.len));
        }
        for number in 0..new.len {
            let entry = new.entry(stride, number);
            retain(entry.cast::<Object>().read());
            retain_value(value, entry.add(MAP_VALUE));
        }
        release(map);
        copy
    }
}

/// Address of the value of a key, null if it is absent or `null`.
#[unsafe(export_name = "fuse_map_find")]
pub unsafe extern "C" fn map_find(map: Object, key: Object) -> *mut u8 {
    // SAFETY: a live map and a live string.
    unsafe { find(map, string::bytes(key)) }
}

/// As [`map_find`], with the key as bytes.
#[inline]
pub(crate) unsafe fn find(map: Object, key: &[u8]) -> *mut u8 {
    // SAFETY: a live map.
    unsafe {
        alloc::check_alive(map);
        let stride = stride((*map).kind);
        let map = &*map.cast::<MapObject>();
        match map.find(stride, key) {
            Ok(number) => map.value(stride, number),
            Err(_) => ptr::null_mut(),
        }
    }
}

/// A unique map with that key, and the address of its value: the old one, or zeroes if the key is new.
#[unsafe(export_name = "fuse_map_insert_slot")]
pub unsafe extern "C" fn map_insert_slot(map: Object, key: Object) -> Pair<Object, *mut u8> {
    // SAFETY: a live map, owned here, and a live string.
    unsafe {
        let (object, number) = entry_of(map, key);
        let map = &mut *object.cast::<MapObject>();
        if map.is_null(number) {
            map.set_null(number, false);
        }
        Pair { first: object, second: map.value(stride((*object).kind), number) }
    }
}

/// A unique map with that key, new to it, and `null` as its value although the map's type does not allow that.
pub(crate) unsafe fn insert_null(map: Object, key: Object) -> Object {
    // SAFETY: a live map, owned here, and a live string.
    unsafe {
        let (object, number) = entry_of(map, key);
        (*object.cast::<MapObject>()).set_null(number, true);
        object
    }
}

/// A unique map with that key, and the number of its entry.
#[inline]
unsafe fn entry_of(map: Object, key: Object) -> (Object, usize) {
    // SAFETY: a live map, owned here, and a live string; the map is changed only when it is unique.
    unsafe {
        let object = if is_unique(map) { map } else { map_unique(map) };
        let stride = stride((*object).kind);
        let map = &mut *object.cast::<MapObject>();
        let text = string::bytes(key);
        let found = map.find(stride, text);
        let number = found.unwrap_or(map.len);
        if let Err(known) = found {
            map.reserve(stride);
            if map.slots > 0 {
                MapObject::place(map.index, map.slots - 1, slot(known.unwrap_or_else(|| hash(text)), number));
            }
            let entry = map.entry(stride, number);
            retain(key);
            entry.write_bytes(0, stride);
            entry.cast::<Object>().write(key);
            map.len += 1;
        }
        (object, number)
    }
}

/// Adds entries to a map that is unique.
pub(crate) struct Filler {
    map: *mut MapObject,
    stride: usize,
}

impl Filler {
    /// # Safety
    /// A live map that is unique as long as this is used.
    pub(crate) unsafe fn new(map: Object) -> Filler {
        // SAFETY: the caller's promise.
        Filler { map: map.cast(), stride: stride(unsafe { (*map).kind }) }
    }

    /// Adds an entry; the map takes the reference to the key. The result is the address of the value, which is not initialised; `None` if the key is there
    /// already, and then nothing has changed.
    ///
    /// # Safety
    /// A live string.
    #[inline]
    pub(crate) unsafe fn insert(&mut self, key: Object) -> Option<*mut u8> {
        // SAFETY: the caller's promise; the map is ours.
        unsafe {
            let map = &mut *self.map;
            let text = string::bytes(key);
            let Err(known) = map.find(self.stride, text) else { return None };
            map.reserve(self.stride);
            if map.slots > 0 {
                let slot = slot(known.unwrap_or_else(|| hash(text)), map.len);
                MapObject::place(map.index, map.slots - 1, slot);
            }
            let entry = map.entry(self.stride, map.len);
            entry.cast::<Object>().write(key);
            map.len += 1;
            Some(entry.add(MAP_VALUE))
        }
    }
}

/// Value of an entry by its number; null if it is `null` though its type cannot be.
#[unsafe(export_name = "fuse_map_value_at")]
pub unsafe extern "C" fn map_value_at(map: Object, number: i64) -> *mut u8 {
    // SAFETY: a live map; the number is below its length.
    unsafe {
        alloc::check_alive(map);
        (*map.cast::<MapObject>()).value(stride((*map).kind), number as usize)
    }
}

/// Key of an entry by its number.
#[unsafe(export_name = "fuse_map_key_at")]
pub unsafe extern "C" fn map_key_at(map: Object, number: i64) -> Object {
    // SAFETY: a live map; the number is below its length; the result is a reference of its own.
    unsafe {
        alloc::check_alive(map);
        let key =
            (*map.cast::<MapObject>()).entry(stride((*map).kind), number as usize).cast::<Object>().read();
        retain(key);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Leaks, *};
    use proptest::prelude::*;

    unsafe fn set(map: Object, key: &str, value: i64) -> Object {
        // SAFETY: a map of Ints, owned here.
        unsafe {
            let key = string::new(key);
            let slot = map_insert_slot(map, key);
            release(key);
            slot.second.cast::<i64>().write(value);
            slot.first
        }
    }

    unsafe fn get(map: Object, key: &str) -> Option<i64> {
        // SAFETY: a live map of Ints.
        unsafe {
            let key = string::new(key);
            let value = map_find(map, key);
            release(key);
            (!value.is_null()).then(|| value.cast::<i64>().read())
        }
    }

    #[test]
    fn insertion_order_stays() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: references are given and taken as the table says.
        unsafe {
            let mut map = map_new(MAP_INT, 0);
            assert_eq!((map_len(map), get(map, "")), (0, None));
            for (key, value) in [("b", 1), ("", 2), ("a", 3), ("b", 4)] {
                map = set(map, key, value);
            }
            assert_eq!((map_len(map), get(map, ""), get(map, "c")), (3, Some(2), None));
            let key = map_key_at(map, 2);
            assert_eq!((string::text(key), map_value_at(map, 2).cast::<i64>().read()), ("a", 3));
            release(key);
            assert_eq!(
                forms_of(MAP_INT, map),
                ("{b: 4, : 2, a: 3}".into(), "{\"\":2,\"a\":3,\"b\":4}".into())
            );
        }
        leaks.none();
    }

    #[test]
    fn new_values_are_zero_and_large_maps_find_all() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: as above.
        unsafe {
            for expected in [0, 1, 8, 9, 100_000] {
                let mut map = map_new(MAP_INT, expected);
                for number in 0..20_000_i64 {
                    let key = string::new(&number.to_string());
                    let slot = map_insert_slot(map, key);
                    release(key);
                    map = slot.first;
                    assert_eq!(slot.second.cast::<i64>().read(), 0);
                    slot.second.cast::<i64>().write(number);
                }
                for number in (0..20_000).step_by(7) {
                    assert_eq!(get(map, &number.to_string()), Some(number));
                    assert_eq!(get(map, &format!("no {number}")), None);
                }
                release(map);
            }
        }
        leaks.none();
    }

    #[test]
    fn null_elements() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: as above.
        unsafe {
            let mut map = map_new(MAP_INT, 0);
            for number in 0..200_i64 {
                let key = string::new(&number.to_string());
                if number % 3 == 0 {
                    map = insert_null(map, key);
                    release(key);
                } else {
                    release(key);
                    map = set(map, &number.to_string(), number);
                }
            }
            retain(map);
            let copy = set(map, "0", 7);
            for number in 0..200_i64 {
                let expected = (number % 3 != 0).then_some(number);
                assert_eq!(get(map, &number.to_string()), expected);
                let value = map_value_at(map, number).cast::<i64>();
                assert_eq!((!value.is_null()).then(|| value.read()), expected);
                let expected = if number == 0 { Some(7) } else { expected };
                assert_eq!(get(copy, &number.to_string()), expected);
            }
            release(map);
            release(copy);
            let key = string::new("b");
            let map = insert_null(set(map_new(MAP_INT, 0), "c", 1), key);
            release(key);
            let map = set(map, "a", 2);
            assert_eq!(
                forms_of(MAP_INT, map),
                ("{c: 1, b: null, a: 2}".into(), r#"{"a":2,"b":null,"c":1}"#.into())
            );
            let key = string::new("k");
            let map = insert_null(map_of(MAP_STRING, &[("x", string::new("y") as u64)]), key);
            release(key);
            retain(map);
            let copy = map_unique(map);
            release(map);
            assert_eq!(forms_of(MAP_STRING, copy).0, "{x: y, k: null}");
        }
        leaks.none();
    }

    proptest! {
        /// Maps against a vector of entries, with copies at random.
        #[test]
        fn as_a_model(steps in proptest::collection::vec((0..40_u8, any::<i64>(), 0..8_u8), 0..120)) {
            testing::install();
            let leaks = Leaks::watch();
            // SAFETY: as above.
            unsafe {
                let mut map = map_new(MAP_INT, 0);
                let mut model: Vec<(String, i64)> = Vec::new();
                let mut kept = Vec::new();
                for (key, value, keep) in steps {
                    if keep == 0 {
                        retain(map);
                        kept.push((map, model.clone()));
                    }
                    let key = format!("key {key}");
                    map = set(map, &key, value);
                    match model.iter_mut().find(|entry| entry.0 == key) {
                        Some(entry) => entry.1 = value,
                        None => model.push((key, value)),
                    }
                }
                kept.push((map, model));
                for (map, model) in kept {
                    prop_assert_eq!(map_len(map), model.len() as i64);
                    for (number, (key, value)) in model.iter().enumerate() {
                        prop_assert_eq!(get(map, key), Some(*value));
                        let at = map_key_at(map, number as i64);
                        prop_assert_eq!(string::text(at), key);
                        release(at);
                        prop_assert_eq!(map_value_at(map, number as i64).cast::<i64>().read(), *value);
                    }
                    release(map);
                }
            }
            leaks.none();
        }
    }
}
