//! Values that pass from one task to another.
//!
//! What only the passing reference leads to goes over as it is: its counts stay plain. Everything else is marked as
//! shared, with all that it leads to, so that from then on counts are changed atomically and nobody writes to it while
//! others hold it. An object that is shared leads to shared and static ones only.

use crate::abi::Object;
use crate::alloc;
use crate::object::each_held;
use crate::tables;
use fuse_abi::desc::{Desc, Kind};
use smallvec::SmallVec;

/// Objects whose content is to be looked at.
struct Work {
    /// Each with whether it goes over alone.
    objects: SmallVec<[(Object, bool); 32]>,
    /// Tasks that were met.
    tasks: SmallVec<[Object; 4]>,
}

/// Marks what `root`, to which there is one reference, leads to and others hold too. Yields the tasks among what it holds itself.
///
/// # Safety
/// A live object or null, whose only reference passes to another task.
pub(crate) unsafe fn hand_over(root: Object) -> SmallVec<[Object; 4]> {
    let mut work = Work { objects: SmallVec::new(), tasks: SmallVec::new() };
    if !root.is_null() {
        work.push(root, true);
        // SAFETY: the caller's promise.
        unsafe { work.finish() };
    }
    work.tasks
}

/// Marks all that a value leads to.
///
/// # Safety
/// A live value of the type, to which no other task has a reference yet.
pub(crate) unsafe fn share_value(desc: &Desc, value: *const u8) {
    let mut work = Work { objects: SmallVec::new(), tasks: SmallVec::new() };
    for &offset in tables::offsets(desc.value_refs, desc.value_refs_count) {
        // SAFETY: the descriptor says where the value holds objects.
        unsafe { work.meet(value.add(offset as usize).cast::<Object>().read(), false) };
    }
    // SAFETY: the caller's promise.
    unsafe { work.finish() };
}

/// Marks an object and all that it leads to.
///
/// # Safety
/// A live object to which no other task has a reference yet.
pub(crate) unsafe fn share_object(object: Object) {
    let mut work = Work { objects: SmallVec::new(), tasks: SmallVec::new() };
    // SAFETY: the caller's promise.
    unsafe {
        work.meet(object, false);
        work.finish();
    }
}

impl Work {
    fn push(&mut self, object: Object, alone: bool) {
        if self.objects.try_reserve(1).is_err() {
            alloc::out_of_memory();
        }
        self.objects.push((object, alone));
    }

    /// Marks an object that is held by one that goes over alone, or by one that is shared.
    unsafe fn meet(&mut self, object: Object, alone: bool) {
        if object.is_null() {
            return;
        }
        // SAFETY: a live object; one whose count is positive is this task's.
        unsafe {
            alloc::check_alive(object);
            let count = (*object).count;
            if tables::desc((*object).kind).kind == Kind::Task as u32 {
                if self.tasks.try_reserve(1).is_err() {
                    alloc::out_of_memory();
                }
                self.tasks.push(object);
            }
            if count <= 0 {
                return;
            }
            let alone = alone && count == 1;
            if !alone {
                (*object).count = -count;
            }
            self.push(object, alone);
        }
    }

    unsafe fn finish(&mut self) {
        while let Some((object, alone)) = self.objects.pop() {
            // SAFETY: the object is alive, and only this task changes it.
            unsafe { each_held(object, |held| self.meet(held, alone)) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{is_unique, release, retain};
    use crate::string;
    use crate::testing::{self, Leaks, *};

    #[test]
    fn what_others_hold_is_shared_with_all_that_it_leads_to() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: structs with the fields of their types.
        unsafe {
            let [own, held, inner] = ["own", "held", "inner"].map(string::new);
            let list = list_of(LIST_STRING, &[inner as u64]);
            retain(held);
            retain(list);
            let root = list_of(LIST_DEEP, &[list as u64]);
            let texts = list_of(LIST_STRING, &[own as u64, held as u64]);
            assert!(hand_over(root).is_empty() && hand_over(texts).is_empty());
            assert_eq!(((*root).count, (*texts).count, (*own).count), (1, 1, 1), "they go over alone");
            assert_eq!(((*held).count, (*list).count, (*inner).count), (-2, -2, -1));
            release(root);
            assert!(!is_unique(held) && is_unique(list), "its other holder has gone");
            assert_eq!(((*list).count, (*inner).count), (1, -1));
            release(texts);
            release(held);
            release(list);
        }
        leaks.none();
    }

    #[test]
    fn long_chains() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: each node owns the one before.
        unsafe {
            let mut head = core::ptr::null_mut();
            for value in 0..100_000_u64 {
                head = node(LINK, &[head as u64, value]);
            }
            retain(head);
            share_object(head);
            let mut at = head;
            let mut seen = 0;
            while !at.is_null() {
                assert!((*at).count < 0);
                each_held(at, |next| at = next);
                seen += 1;
            }
            assert_eq!(seen, 100_000);
            release(head);
            release(head);
        }
        leaks.none();
    }
}
