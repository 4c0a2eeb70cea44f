//! Lanes: what waits to be run. Lists through the waiting things themselves, so that adding needs no memory and
//! whatever stands anywhere can be taken out.

use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A place in a lane; the first part of what stands there.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Entry {
    before: *mut Entry,
    after: *mut Entry,
    /// The lane it was last put into.
    lane: u32,
    queued: bool,
    /// What it is.
    pub(super) what: What,
}

/// What stands in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A task that has not begun.
    Job,
    /// A task that was set aside and can go on.
    Fiber,
}

impl Entry {
    pub(super) const fn new(what: What) -> Entry {
        Entry { before: ptr::null_mut(), after: ptr::null_mut(), lane: 0, queued: false, what }
    }

    /// The lane it was last put into; known to who holds what it is a part of.
    pub(super) fn lane(&self) -> usize {
        self.lane as usize
    }
}

/// A list of waiting things: its owner takes the last, others the first.
#[derive(Debug)]
pub(super) struct Lane {
    ends: Mutex<Ends>,
    len: AtomicUsize,
}

#[derive(Debug)]
struct Ends {
    first: *mut Entry,
    last: *mut Entry,
}

// SAFETY: entries are only followed and changed while the lock is held.
unsafe impl Send for Ends {}

impl Lane {
    pub(super) const fn new() -> Lane {
        let ends = Ends { first: ptr::null_mut(), last: ptr::null_mut() };
        Lane { ends: Mutex::new(ends), len: AtomicUsize::new(0) }
    }

    /// Whether nothing stands here; whatever was added before the caller's last fence is seen.
    pub(super) fn is_empty(&self) -> bool {
        self.len.load(Ordering::SeqCst) == 0
    }

    fn lock(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, ends: &Ends, change: isize) {
        // Only changed under the lock.
        let len = self.len.load(Ordering::Relaxed).wrapping_add_signed(change);
        debug_assert_eq!(len == 0, ends.first.is_null());
        self.len.store(len, Ordering::SeqCst);
    }

    /// Adds an entry at the end.
    ///
    /// # Safety
    /// The entry is alive until it is taken, and in no lane; `number` is this lane's.
    pub(super) unsafe fn push(&self, number: usize, entry: *mut Entry) {
        let mut ends = self.lock();
        // SAFETY: the entry is the caller's; its neighbour is in this lane, which is locked.
        unsafe {
            (*entry).before = ends.last;
            (*entry).after = ptr::null_mut();
            (*entry).lane = number as u32;
            (*entry).queued = true;
            match ends.last.is_null() {
                true => ends.first = entry,
                false => (*ends.last).after = entry,
            }
        }
        ends.last = entry;
        self.count(&ends, 1);
    }

    /// Takes the last entry; null if there is none.
    pub(super) fn pop_last(&self) -> *mut Entry {
        let mut ends = self.lock();
        let entry = ends.last;
        // SAFETY: the entry is in this lane.
        unsafe { self.unlink(&mut ends, entry) };
        entry
    }

    /// Takes the first entry; null if there is none.
    pub(super) fn pop_first(&self) -> *mut Entry {
        let mut ends = self.lock();
        let entry = ends.first;
        // SAFETY: the entry is in this lane.
        unsafe { self.unlink(&mut ends, entry) };
        entry
    }

    /// Takes this entry; false if it is in no lane any more.
    ///
    /// # Safety
    /// The entry is alive, and in this lane if it is in any.
    pub(super) unsafe fn take(&self, entry: *mut Entry) -> bool {
        let mut ends = self.lock();
        // SAFETY: the caller's promise; the flag is only changed under the lock of the entry's lane.
        unsafe {
            let queued = (*entry).queued;
            if queued {
                self.unlink(&mut ends, entry);
            }
            queued
        }
    }

    unsafe fn unlink(&self, ends: &mut Ends, entry: *mut Entry) {
        if entry.is_null() {
            return;
        }
        // SAFETY: the entry and its neighbours are in this lane, which is locked.
        unsafe {
            let (before, after) = ((*entry).before, (*entry).after);
            match before.is_null() {
                true => ends.first = after,
                false => (*before).after = after,
            }
            match after.is_null() {
                true => ends.last = before,
                false => (*after).before = before,
            }
            (*entry).queued = false;
        }
        self.count(ends, -1);
    }
}
