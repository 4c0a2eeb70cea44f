//! Small blocks: free lists by size over chunks of the global allocator.
//!
//! Programs allocate and free small nodes and strings all the time; general allocators spend a hundred instructions and more on
//! a pair of that, this a dozen. Each thread has its own lists, so nothing is locked; a block that another thread frees
//! goes to that thread's list. Chunks are not given back: what a program once needed of a size stays with that size.

use crate::hook::Hook;
use core::cell::UnsafeCell;
use core::ptr;
use std::alloc::Layout;
use std::sync::{Mutex, PoisonError};

/// Blocks are whole multiples of this.
const STEP: usize = 16;
/// The largest block that comes from here.
pub(crate) const LARGEST: usize = 512;
const CLASSES: usize = LARGEST / STEP;
/// Size of the first chunk, and of the largest.
const FIRST_CHUNK: usize = 4 << 10;
const LARGEST_CHUNK: usize = 256 << 10;

struct Pool {
    /// Freed blocks of each size, linked through their first word.
    free: [*mut u8; CLASSES],
    /// What is left of the newest chunk.
    next: *mut u8,
    left: usize,
    chunk: usize,
}

std::thread_local!(static POOL: UnsafeCell<Pool> = const {
    UnsafeCell::new(Pool { free: [ptr::null_mut(); CLASSES], next: ptr::null_mut(), left: 0, chunk: FIRST_CHUNK })
});

/// The class of a size from 1 to [`LARGEST`].
fn class(size: usize) -> usize {
    (size - 1) / STEP
}

/// The pool of this thread. Only the address goes through the closure, so that the compiler sees a plain access.
#[inline(always)]
fn pool() -> *mut Pool {
    POOL.with(UnsafeCell::get)
}

/// A block of 1 to [`LARGEST`] bytes; null if there is no memory.
#[inline]
pub(crate) fn get(size: usize) -> *mut u8 {
    // SAFETY: only this thread has the pool, and nothing in here calls back.
    let pool = unsafe { &mut *pool() };
    let class = class(size);
    let Some(list) = pool.free.get_mut(class) else { return ptr::null_mut() };
    let block = *list;
    if block.is_null() {
        return pool.carve((class + 1) * STEP);
    }
    // SAFETY: a freed block begins with the link.
    *list = unsafe { block.cast::<*mut u8>().read() };
    block
}

/// Takes a block back.
///
/// # Safety
/// The block came from [`get`] with this size, and is not used any more.
#[inline]
pub(crate) unsafe fn put(block: *mut u8, size: usize) {
    // SAFETY: as in `get`; the block is ours and has room for the link.
    unsafe {
        let pool = &mut *pool();
        if let Some(list) = pool.free.get_mut(class(size)) {
            block.cast::<*mut u8>().write(*list);
            *list = block;
        }
    }
}

/// A list that was offered by a thread. A hook, so that programs without tasks do not hold what that needs.
static OFFERED: Hook<fn(usize) -> *mut u8> = Hook::new();

/// Lists of each size that were offered: each block at the head of one has the next list in its second word.
static OFFERS: Mutex<Offers> = Mutex::new(Offers([ptr::null_mut(); CLASSES]));

struct Offers([*mut u8; CLASSES]);

// SAFETY: the blocks belong to whoever holds the lock.
unsafe impl Send for Offers {}

/// From now on, what threads offer is used by others.
pub(crate) fn share() {
    OFFERED.set(take_offered);
}

/// Lets other threads have what this one has freed.
#[inline(never)]
pub(crate) fn offer() {
    // SAFETY: as in `get`; blocks have room for two words.
    unsafe {
        let pool = &mut *pool();
        let mut offers = OFFERS.lock().unwrap_or_else(PoisonError::into_inner);
        for (list, offered) in pool.free.iter_mut().zip(&mut offers.0) {
            let list = core::mem::replace(list, ptr::null_mut());
            if !list.is_null() {
                list.cast::<*mut u8>().add(1).write(*offered);
                *offered = list;
            }
        }
    }
}

/// Takes a list of a class; null if none was offered.
fn take_offered(class: usize) -> *mut u8 {
    let mut offers = OFFERS.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(offered) = offers.0.get_mut(class) else { return ptr::null_mut() };
    let list = *offered;
    if !list.is_null() {
        // SAFETY: the head of an offered list has the next one in its second word.
        *offered = unsafe { list.cast::<*mut u8>().add(1).read() };
    }
    list
}

impl Pool {
    /// Takes a block of a list that another thread has offered, or cuts one from the newest chunk, or from a new one.
    #[cold]
    fn carve(&mut self, size: usize) -> *mut u8 {
        if let Some(offered) = OFFERED.get() {
            let block = offered(class(size));
            if let Some(list) = self.free.get_mut(class(size)).filter(|_| !block.is_null()) {
                // SAFETY: a freed block begins with the link.
                *list = unsafe { block.cast::<*mut u8>().read() };
                return block;
            }
        }
        if self.left < size {
            // What is left of the old chunk goes to the list of its size; it is a multiple of the step.
            if self.left > 0
                && let Some(list) = self.free.get_mut(class(self.left))
            {
                // SAFETY: the rest of the chunk is ours and has room for the link.
                unsafe { self.next.cast::<*mut u8>().write(*list) };
                *list = self.next;
            }
            self.left = 0;
            // SAFETY: the size is not zero.
            let chunk = unsafe { std::alloc::alloc(Layout::from_size_align_unchecked(self.chunk, STEP)) };
            if chunk.is_null() {
                return chunk;
            }
            self.next = chunk;
            self.left = self.chunk;
            self.chunk = (2 * self.chunk).min(LARGEST_CHUNK);
        }
        let block = self.next;
        // SAFETY: the chunk has so many bytes left.
        self.next = unsafe { block.add(size) };
        self.left -= size;
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Blocks that are in use at the same time do not overlap, and keep what was written to them.
        #[test]
        fn blocks_are_apart(steps in proptest::collection::vec((1..=LARGEST, any::<u8>(), any::<bool>()), 0..400)) {
            let mut used: Vec<(*mut u8, usize, u8)> = Vec::new();
            for (size, byte, free) in steps {
                // SAFETY: blocks are written within their sizes and put back once.
                unsafe {
                    if free && !used.is_empty() {
                        let (block, size, byte) = used.swap_remove(usize::from(byte) % used.len());
                        prop_assert!(core::slice::from_raw_parts(block, size).iter().all(|&other| other == byte));
                        put(block, size);
                    } else {
                        let block = get(size);
                        prop_assert!(!block.is_null() && block.addr().is_multiple_of(STEP));
                        block.write_bytes(byte, size);
                        used.push((block, size, byte));
                    }
                }
            }
            for (block, size, byte) in used {
                // SAFETY: as above.
                unsafe {
                    prop_assert!(core::slice::from_raw_parts(block, size).iter().all(|&other| other == byte));
                    put(block, size);
                }
            }
        }
    }

    #[test]
    fn freed_blocks_come_back() {
        // SAFETY: each block is put back once.
        unsafe {
            let block = get(24);
            put(block, 24);
            assert_eq!(get(32), block);
            put(block, 30);
        }
    }
}
