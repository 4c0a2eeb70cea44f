//! A few values that are made when they are first needed and then kept, found without a lock: what runs out of memory while
//! it holds one would never give it back.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// Values by their keys, the last first.
pub(crate) struct Memo<K, V> {
    last: AtomicPtr<Row<K, V>>,
}

struct Row<K, V> {
    key: K,
    value: V,
    before: *mut Row<K, V>,
}

impl<K: Send + Sync, V: Send + Sync> Memo<K, V> {
    pub(crate) const fn new() -> Memo<K, V> {
        Memo { last: AtomicPtr::new(ptr::null_mut()) }
    }

    /// The value whose key is right.
    pub(crate) fn find(&self, is_right: impl Fn(&K) -> bool) -> Option<&V> {
        let mut next = self.last.load(Ordering::Acquire).cast_const();
        while !next.is_null() {
            // SAFETY: rows on the list are complete and stay as they are until they are forgotten.
            let row = unsafe { &*next };
            if is_right(&row.key) {
                return Some(&row.value);
            }
            next = row.before;
        }
        None
    }

    /// Adds a value. If two tasks add the same, both are memo.
    pub(crate) fn add(&self, key: K, value: V) -> &V {
        let row = Box::into_raw(Box::new(Row { key, value, before: ptr::null_mut() }));
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            // SAFETY: nobody else knows the row before it is on the list, and nobody changes it afterwards.
            unsafe {
                (*row).before = last;
                match self.last.compare_exchange_weak(last, row, Ordering::AcqRel, Ordering::Relaxed) {
                    Ok(_) => return &(*row).value,
                    Err(now) => last = now,
                }
            }
        }
    }

    /// Forgets all values; without giving their memory back if the program was left in the middle, perhaps of the allocator.
    ///
    /// # Safety
    /// Nobody uses one, and no task is running.
    pub(crate) unsafe fn forget(&self, left: bool) {
        let mut next = self.last.swap(ptr::null_mut(), Ordering::AcqRel);
        while !left && !next.is_null() {
            // SAFETY: the row came from a box and is on no list any more.
            let row = unsafe { Box::from_raw(next) };
            next = row.before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_until_they_are_forgotten() {
        let memo: Memo<u32, String> = Memo::new();
        assert_eq!(memo.find(|_| true), None);
        std::thread::scope(|scope| {
            for number in 0..4_u32 {
                let memo: &Memo<u32, String> = &memo;
                scope.spawn(move || {
                    for step in 0..100 {
                        let key = 1000 * number + step;
                        assert_eq!(memo.add(key, key.to_string()), &key.to_string());
                    }
                });
            }
        });
        for key in [0, 99, 1007, 3099] {
            assert_eq!(memo.find(|known| *known == key), Some(&key.to_string()));
        }
        // SAFETY: the threads have ended.
        unsafe { memo.forget(false) };
        assert_eq!(memo.find(|_| true), None);
    }
}
