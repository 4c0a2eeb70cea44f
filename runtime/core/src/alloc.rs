//! Memory for objects: a thin layer over the global allocator.
//!
//! [`get`] never returns null: what cannot be had ends the program with `out of memory`. Small blocks come from a
//! [`pool`]. In the test edition, and in builds with debug assertions, every block is counted, filled with a pattern when it is fresh and when it is freed,
//! and kept a while after it was freed, so that a use after release or a second release is noticed.

use crate::failure::Fault;
use crate::pool;
use crate::stack;
#[cfg(feature = "test-edition")]
use core::sync::atomic::{AtomicUsize, Ordering};
use fuse_abi::failure::Failure;
use std::alloc::{GlobalAlloc, Layout, System};

/// Blocks are counted and poisoned.
pub(crate) const CHECKED: bool = cfg!(any(feature = "test-edition", debug_assertions));

/// What freed memory is filled with.
pub(crate) const POISON: u8 = 0xDD;
/// A count or kind in freed memory.
pub(crate) const POISON_WORD: u32 = u32::from_ne_bytes([POISON; 4]);

/// The largest block: sizes above it would overflow in a layout.
const LARGEST: usize = isize::MAX as usize - 64;
const ALIGN: usize = 8;

/// Ends the program with the failure `out of memory`.
#[cold]
pub(crate) fn out_of_memory() -> ! {
    stack::leave(Fault::Failure(Failure::OutOfMemory))
}

/// The system's allocator, except that a running program that gets no memory ends with `out of memory`, wherever in the
/// runtime that happens. For executables: the allocator of everything.
#[derive(Debug)]
pub struct Allocator;

/// How often memory was asked of the system.
#[cfg(feature = "test-edition")]
static REQUESTS: AtomicUsize = AtomicUsize::new(0);

/// How often memory was asked of the system since the process started.
#[cfg(feature = "test-edition")]
pub(crate) fn requests() -> usize {
    REQUESTS.load(Ordering::Relaxed)
}

impl Allocator {
    fn checked(block: *mut u8) -> *mut u8 {
        #[cfg(feature = "test-edition")]
        REQUESTS.fetch_add(1, Ordering::Relaxed);
        if block.is_null() && stack::is_on_program_stack() {
            out_of_memory();
        }
        block
    }
}

// SAFETY: the system's allocator does the work; null comes back as null or not at all.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise, as below.
        Allocator::checked(unsafe { System.alloc(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        Allocator::checked(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        Allocator::checked(unsafe { System.realloc(block, layout, size) })
    }
}

/// A block of `size` bytes, eight bytes aligned, not initialised.
#[inline]
pub(crate) fn get(size: usize) -> *mut u8 {
    let block = if is_small(size) { pool::get(size) } else { get_large(size, false) };
    if block.is_null() {
        out_of_memory();
    }
    if CHECKED {
        // SAFETY: the block has that size.
        unsafe { block.write_bytes(0xCD, size) };
        checks::count(1);
    }
    block
}

/// A block of `size` zero bytes, eight bytes aligned.
pub(crate) fn get_zeroed(size: usize) -> *mut u8 {
    let block = if is_small(size) { pool::get(size) } else { get_large(size, true) };
    if block.is_null() {
        out_of_memory();
    }
    if is_small(size) {
        // SAFETY: the block has that size.
        unsafe { block.write_bytes(0, size) };
    }
    if CHECKED {
        checks::count(1);
    }
    block
}

/// Whether blocks of this size are the pool's.
#[inline]
fn is_small(size: usize) -> bool {
    !CHECKED && size.wrapping_sub(1) < pool::LARGEST
}

/// A block of the global allocator; null if there is no memory.
fn get_large(size: usize, zeroed: bool) -> *mut u8 {
    if size > LARGEST {
        return core::ptr::null_mut();
    }
    // SAFETY: the size is not zero and does not overflow.
    unsafe {
        let layout = Layout::from_size_align_unchecked(size.max(ALIGN), ALIGN);
        if zeroed { std::alloc::alloc_zeroed(layout) } else { std::alloc::alloc(layout) }
    }
}

/// Makes a block larger, keeping its content.
///
/// # Safety
/// `block` is a live block of `old` bytes from this module; `new` is not less.
pub(crate) unsafe fn grow(block: *mut u8, old: usize, new: usize) -> *mut u8 {
    if CHECKED || is_small(old) {
        // Checked blocks always move: stale addresses are noticed.
        let moved = get(new);
        // SAFETY: both blocks have at least `old` bytes and differ.
        unsafe {
            moved.copy_from_nonoverlapping(block, old);
            free(block, old);
        }
        return moved;
    }
    if new > LARGEST {
        out_of_memory();
    }
    // SAFETY: the block came from `get_large` with this layout.
    let moved = unsafe {
        std::alloc::realloc(block, Layout::from_size_align_unchecked(old.max(ALIGN), ALIGN), new.max(ALIGN))
    };
    if moved.is_null() {
        out_of_memory();
    }
    moved
}

/// Gives a block back.
///
/// # Safety
/// `block` is a live block of `size` bytes from this module; it is not used again.
#[inline]
pub(crate) unsafe fn free(block: *mut u8, size: usize) {
    // SAFETY: the caller's promise; the block is ours until it leaves the quarantine.
    unsafe {
        if CHECKED {
            checks::count(-1);
            checks::quarantine(block, size);
        } else if is_small(size) {
            pool::put(block, size);
        } else {
            give_back(block, size);
        }
    }
}

unsafe fn give_back(block: *mut u8, size: usize) {
    // SAFETY: the block came from `get_large` with this layout.
    unsafe { std::alloc::dealloc(block, Layout::from_size_align_unchecked(size.max(ALIGN), ALIGN)) }
}

/// Number of blocks that are allocated and not freed. Always 0 in builds that do not count: see [`counts_objects`].
pub fn live_objects() -> isize {
    if CHECKED { checks::live() } else { 0 }
}

/// Whether this build counts objects.
pub fn counts_objects() -> bool {
    CHECKED
}

/// Notices an object that was already released.
///
/// # Safety
/// `object` points to eight readable bytes.
#[inline(always)]
pub(crate) unsafe fn check_alive(object: *const fuse_abi::layout::Header) {
    // SAFETY: the caller's promise; freed blocks stay readable while they are in quarantine.
    if CHECKED && unsafe { (*object).count as u32 == POISON_WORD || (*object).kind == POISON_WORD } {
        stack::leave(Fault::Broken("an object was used after its release"));
    }
}

mod checks {
    use super::{POISON, give_back};
    use crate::failure::Fault;
    use crate::stack;
    use std::collections::VecDeque;
    use std::sync::{Mutex, PoisonError};

    #[cfg(not(test))]
    static LIVE: std::sync::atomic::AtomicIsize = std::sync::atomic::AtomicIsize::new(0);
    // Tests run side by side, each on a thread of its own.
    #[cfg(test)]
    std::thread_local!(static LIVE: std::cell::Cell<isize> = const { std::cell::Cell::new(0) });

    pub(super) fn count(change: isize) {
        #[cfg(not(test))]
        LIVE.fetch_add(change, std::sync::atomic::Ordering::Relaxed);
        #[cfg(test)]
        LIVE.set(LIVE.get() + change);
    }

    pub(super) fn live() -> isize {
        #[cfg(not(test))]
        return LIVE.load(std::sync::atomic::Ordering::Relaxed);
        #[cfg(test)]
        LIVE.get()
    }

    const MOST_BLOCKS: usize = 4096;
    const MOST_BYTES: usize = 8 << 20;

    struct Quarantine {
        blocks: VecDeque<(usize, usize)>,
        bytes: usize,
    }

    static QUARANTINE: Mutex<Quarantine> = Mutex::new(Quarantine { blocks: VecDeque::new(), bytes: 0 });

    /// Poisons a block and frees it only when enough others have come after it, and nothing was written to it since.
    pub(super) unsafe fn quarantine(block: *mut u8, size: usize) {
        // SAFETY: the block has that size and is nobody's any more.
        unsafe { block.write_bytes(POISON, size) };
        let mut intact = true;
        {
            let mut quarantine = QUARANTINE.lock().unwrap_or_else(PoisonError::into_inner);
            if quarantine.blocks.try_reserve(1).is_err() {
                // SAFETY: as above.
                unsafe { give_back(block, size) };
                return;
            }
            quarantine.blocks.push_back((block as usize, size));
            quarantine.bytes += size;
            while quarantine.blocks.len() > MOST_BLOCKS || quarantine.bytes > MOST_BYTES {
                let Some((old, size)) = quarantine.blocks.pop_front() else { break };
                quarantine.bytes -= size;
                let old = old as *mut u8;
                // SAFETY: the block is in quarantine: allocated, of this size, and nobody's.
                unsafe {
                    intact &= core::slice::from_raw_parts(old, size).iter().all(|&byte| byte == POISON);
                    give_back(old, size);
                }
            }
        }
        if !intact {
            stack::leave(Fault::Broken("released memory was written to"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_grows() {
        let before = live_objects();
        let block = get(24);
        // SAFETY: the block has 24 bytes, and is freed once with its size.
        unsafe {
            block.write_bytes(7, 24);
            assert_eq!(live_objects() - before, isize::from(CHECKED));
            let block = grow(block, 24, 4000);
            assert!(core::slice::from_raw_parts(block, 24).iter().all(|&byte| byte == 7));
            assert_eq!(live_objects() - before, isize::from(CHECKED));
            free(block, 4000);
        }
        assert_eq!(live_objects(), before);
    }

    #[test]
    #[cfg(any(feature = "test-edition", debug_assertions))]
    fn freed_memory_is_poisoned() {
        let block = get(16);
        // SAFETY: a freed block stays readable in quarantine.
        unsafe {
            free(block, 16);
            assert_eq!(block.cast::<u32>().read(), POISON_WORD);
        }
    }
}
