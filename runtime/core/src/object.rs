//! Counting, and the release of what dies.
//!
//! The count says by its sign who may touch an object ([`Header`]): this task alone, several tasks, or anybody
//! because it is never freed. Releasing is iterative and needs no memory: dead objects that still hold others are
//! chained through the first reference they hold.

use crate::abi::Object;
use crate::alloc;
use crate::failure::Fault;
use crate::hook::Hook;
use crate::map::{MAP_VALUE, MapObject};
use crate::stack;
use crate::string;
use crate::tables;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicI32, Ordering, fence};
use fuse_abi::desc::{Desc, Kind, TYPE_STRING};
use fuse_abi::layout::{DATA_OFFSET, Header, ListObject};

/// The kind of a descriptor as an enum, for matching.
pub(crate) fn kind_is(desc: &Desc, kind: Kind) -> bool {
    desc.kind == kind as u32
}

/// Whether the holder of a reference may change the object.
#[inline]
pub(crate) unsafe fn is_unique(object: Object) -> bool {
    // SAFETY: the object is alive.
    unsafe {
        let count = count_of(object);
        count == 1 || count == -1 && reclaim(object)
    }
}

/// An object that was shared and now has one holder is that holder's again.
#[cold]
unsafe fn reclaim(object: Object) -> bool {
    // SAFETY: nobody else has a reference; what other tasks did with theirs happens before.
    unsafe {
        fence(Ordering::Acquire);
        (*object).count = 1;
    }
    true
}

unsafe fn shared_count<'a>(object: Object) -> &'a AtomicI32 {
    // SAFETY: the count of a shared object is changed by atomic operations only, and is aligned.
    unsafe { AtomicI32::from_ptr(&raw mut (*object).count) }
}

/// The count, which other tasks may be changing if it is negative.
#[inline(always)]
unsafe fn count_of(object: Object) -> i32 {
    // SAFETY: the object is alive.
    unsafe { shared_count(object).load(Ordering::Relaxed) }
}

/// Adds a reference.
#[inline]
pub(crate) unsafe fn retain(object: Object) {
    // SAFETY: the object is alive, and if its count is positive it is this task's.
    unsafe {
        let count = count_of(object);
        if count > 0 && count != i32::MAX {
            (*object).count = count + 1;
        } else if count != 0 {
            retain_slowly(object);
        }
    }
}

#[cold]
unsafe fn retain_slowly(object: Object) {
    // SAFETY: the object is alive; shared counts are changed atomically.
    unsafe {
        alloc::check_alive(object);
        if (*object).count > 0 {
            (*object).count = 0; // at the limit: static for good
            return;
        }
        // Counting down makes a shared object more shared. At the limit it becomes static: releases see 0 then.
        let _ =
            shared_count(object).fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| match count {
                0 => None,
                i32::MIN => Some(0),
                count => Some(count - 1),
            });
    }
}

/// Gives up a reference, without freeing the object: true if it was the last.
#[inline]
unsafe fn dies(object: Object) -> bool {
    // SAFETY: the object is alive, and if its count is positive it is this task's.
    unsafe {
        let count = count_of(object);
        if count > 1 {
            (*object).count = count - 1;
            false
        } else if count == 1 {
            true
        } else {
            count != 0 && shared_dies(object)
        }
    }
}

#[cold]
unsafe fn shared_dies(object: Object) -> bool {
    // SAFETY: the object is alive; shared counts are changed atomically.
    unsafe {
        alloc::check_alive(object);
        let before =
            shared_count(object).fetch_update(Ordering::Release, Ordering::Relaxed, |count| match count {
                0 => None,
                count => Some(count + 1),
            });
        let last = before == Ok(-1);
        if last {
            // What other tasks did with the object happens before it is freed.
            fence(Ordering::Acquire);
        }
        last
    }
}

/// Gives up a reference.
#[inline]
pub(crate) unsafe fn release(object: Object) {
    // SAFETY: the caller owned the reference.
    unsafe {
        if dies(object) {
            drop_object(object);
        }
    }
}

/// Adds a reference to every object that a value in memory holds.
pub(crate) unsafe fn retain_value(desc: &Desc, value: *const u8) {
    for &offset in tables::offsets(desc.value_refs, desc.value_refs_count) {
        // SAFETY: the descriptor says where the value holds objects; they may be null.
        unsafe {
            let object = value.add(offset as usize).cast::<Object>().read();
            if !object.is_null() {
                retain(object);
            }
        }
    }
}

/// Gives up the reference to every object that a value in memory holds.
pub(crate) unsafe fn release_value(desc: &Desc, value: *const u8) {
    for &offset in tables::offsets(desc.value_refs, desc.value_refs_count) {
        // SAFETY: the descriptor says where the value holds objects; they may be null.
        unsafe {
            let object = value.add(offset as usize).cast::<Object>().read();
            if !object.is_null() {
                release(object);
            }
        }
    }
}

/// Adds a reference to every object that `count` values side by side hold.
pub(crate) unsafe fn retain_values(desc: &Desc, values: *const u8, count: usize) {
    if desc.value_refs_count == 0 {
        return;
    }
    for index in 0..count {
        // SAFETY: so many values stand there.
        unsafe { retain_value(desc, values.add(index * desc.size as usize)) };
    }
}

/// A dead object and where it holds others.
struct Held {
    /// Address of the first group of references.
    start: *mut u8,
    /// Distance between groups.
    stride: usize,
    /// Number of groups.
    groups: usize,
    /// Offsets of references in a group.
    offsets: &'static [u32],
    /// Offsets of more references in a group, counted from `MAP_VALUE`: a map's values.
    values: &'static [u32],
}

impl Held {
    /// The first reference.
    unsafe fn first(&self) -> *mut u8 {
        // SAFETY: there is a first group, and an offset in it.
        unsafe { self.start.add(self.offsets.first().map_or(0, |&offset| offset as usize)) }
    }
}

/// Where an object holds others; `None` if it holds none.
unsafe fn held(object: Object) -> Option<Held> {
    // SAFETY: the header names the type whose representation the object is.
    unsafe {
        let desc = tables::desc((*object).kind);
        let held = if kind_is(desc, Kind::List) {
            let element = tables::desc(desc.inner);
            Held {
                start: object.cast::<u8>().add(DATA_OFFSET as usize),
                stride: element.size as usize,
                groups: (*object.cast::<ListObject>()).len as usize,
                offsets: tables::offsets(element.value_refs, element.value_refs_count),
                values: &[],
            }
        } else if kind_is(desc, Kind::String) || kind_is(desc, Kind::Bytes) || kind_is(desc, Kind::Task) {
            return None;
        } else if kind_is(desc, Kind::Map) {
            let (start, stride, groups) = MapObject::entries(object.cast());
            let value = tables::desc(desc.inner);
            let values = tables::offsets(value.value_refs, value.value_refs_count);
            Held { start, stride, groups, offsets: &[0], values }
        } else {
            Held {
                start: object.cast(),
                stride: 0,
                groups: 1,
                offsets: tables::offsets(desc.object_refs, desc.object_refs_count),
                values: &[],
            }
        };
        (held.groups != 0 && !held.offsets.is_empty()).then_some(held)
    }
}

/// Frees the memory of an object, whatever it holds.
unsafe fn free(object: Object) {
    // SAFETY: nobody refers to the object any more; its size is what it was allocated with.
    unsafe {
        let desc = tables::desc((*object).kind);
        let size = if kind_is(desc, Kind::String) || kind_is(desc, Kind::Bytes) {
            return string::free(object);
        } else if kind_is(desc, Kind::List) {
            let stride = tables::desc(desc.inner).size as usize;
            DATA_OFFSET as usize + (*object.cast::<ListObject>()).cap as usize * stride
        } else if kind_is(desc, Kind::Map) {
            MapObject::free_parts(object.cast());
            size_of::<MapObject>()
        } else {
            desc.object_size as usize
        };
        alloc::free(object.cast(), size);
    }
}

/// Dead objects that wait for their turn: a few of them here, the others on the chain.
struct Dead {
    next: Object,
    waiting: [MaybeUninit<Object>; WAITING],
    count: usize,
    chain: Object,
}

/// Enough for trees of any size that are balanced.
const WAITING: usize = 64;

impl Dead {
    /// Gives up the reference in a slot of a dead object.
    #[inline(never)]
    unsafe fn drop_child(&mut self, slot: *mut u8) {
        // SAFETY: the slot holds an object or null.
        unsafe {
            let child = slot.cast::<Object>().read();
            if child.is_null() || !dies(child) {
                return;
            }
            if (*child).kind == TYPE_STRING {
                string::free(child);
                return;
            }
            if self.next.is_null() {
                self.next = child;
            } else if let Some(slot) = self.waiting.get_mut(self.count) {
                slot.write(child);
                self.count += 1;
            } else {
                bury(child, &mut self.chain);
            }
        }
    }

    /// The object whose turn it is; null if all are gone.
    #[inline]
    unsafe fn take(&mut self) -> Object {
        if !self.next.is_null() {
            return core::mem::replace(&mut self.next, ptr::null_mut());
        }
        if let Some(slot) = self.count.checked_sub(1).and_then(|last| self.waiting.get(last)) {
            self.count -= 1;
            // SAFETY: written when the count went above it.
            return unsafe { slot.assume_init() };
        }
        let object = self.chain;
        if !object.is_null() {
            // SAFETY: objects on the chain hold others, so there is a first reference. It was given up when the object
            // was buried, and is the link.
            unsafe {
                let link = held(object).map_or(object.cast::<u8>(), |held| held.first()).cast::<Object>();
                self.chain = link.read();
                link.write(ptr::null_mut());
            }
        }
        object
    }
}

/// The count has reached zero: releases what the object holds and frees it.
#[unsafe(export_name = "fuse_drop_object")]
pub unsafe extern "C" fn drop_object(object: Object) {
    // SAFETY: the object is dead and ours.
    unsafe {
        alloc::check_alive(object);
        if (*object).kind == TYPE_STRING {
            return string::free(object);
        }
        let desc = tables::desc((*object).kind);
        if is_node(desc) && desc.object_refs_count == 0 {
            return alloc::free(object.cast(), desc.object_size as usize);
        }
        drop_holder(object);
    }
}

/// Releases what an object holds and frees it. Out of line: it saves registers that objects which hold none do not need.
#[inline(never)]
unsafe fn drop_holder(object: Object) {
    let mut dead = Dead {
        next: ptr::null_mut(),
        waiting: [MaybeUninit::uninit(); WAITING],
        count: 0,
        chain: ptr::null_mut(),
    };
    let mut current = object;
    while !current.is_null() {
        // SAFETY: the object is dead and ours; the same holds for each that waits.
        unsafe {
            alloc::check_alive(current);
            let desc = tables::desc((*current).kind);
            if is_node(desc) {
                for &offset in tables::offsets(desc.object_refs, desc.object_refs_count) {
                    dead.drop_child(current.cast::<u8>().add(offset as usize));
                }
                alloc::free(current.cast(), desc.object_size as usize);
            } else {
                drop_container(current, &mut dead);
            }
            current = dead.take();
        }
    }
}

/// Drops a task. Set with the first one, so that programs without tasks do not hold what that needs.
static DROP_TASK: Hook<unsafe fn(Object)> = Hook::new();

/// Says how tasks are dropped.
pub(crate) fn set_drop_task(action: unsafe fn(Object)) {
    DROP_TASK.set(action);
}

#[cold]
#[inline(never)]
unsafe fn drop_task(task: Object) {
    match DROP_TASK.get() {
        // SAFETY: the task is dead and ours.
        Some(drop) => unsafe { drop(task) },
        None => stack::leave(Fault::Broken("a task that nobody made")),
    }
}

/// Releases what a string, list or map holds and frees it.
unsafe fn drop_container(object: Object, dead: &mut Dead) {
    // SAFETY: the object is dead and ours.
    unsafe {
        if kind_is(tables::desc((*object).kind), Kind::Task) {
            return drop_task(object);
        }
        if let Some(held) = held(object) {
            for group in 0..held.groups {
                let base = held.start.add(group * held.stride);
                for &offset in held.offsets {
                    dead.drop_child(base.add(offset as usize));
                }
                for &offset in held.values {
                    dead.drop_child(base.add(MAP_VALUE + offset as usize));
                }
            }
        }
        free(object);
    }
}

/// Whether objects of the type are nodes: structs, and boxed options, enums, results and unions.
#[inline]
fn is_node(desc: &Desc) -> bool {
    (Kind::Option as u32..Kind::Task as u32).contains(&desc.kind)
}

/// Hands out every reference that an object holds; some may be null.
pub(crate) unsafe fn each_held(object: Object, mut each: impl FnMut(Object)) {
    // SAFETY: the object is alive, and stays as it is meanwhile.
    unsafe {
        let Some(held) = held(object) else { return };
        for group in 0..held.groups {
            let base = held.start.add(group * held.stride);
            for &offset in held.offsets {
                each(base.add(offset as usize).cast::<Object>().read());
            }
            for &offset in held.values {
                each(base.add(MAP_VALUE + offset as usize).cast::<Object>().read());
            }
        }
    }
}

/// Frees a dead object that holds nothing, or puts it on the chain. Its first reference makes room for the link, so what
/// that refers to is released, and perhaps buried, next.
unsafe fn bury(mut object: Object, chain: &mut Object) {
    // SAFETY: each object here is dead and ours.
    unsafe {
        loop {
            let Some(held) = held(object) else {
                free(object);
                return;
            };
            let link = held.first().cast::<Object>();
            let child = link.read();
            link.write(*chain);
            *chain = object;
            if child.is_null() || !dies(child) {
                return;
            }
            object = child;
        }
    }
}

/// Adds a reference to an object whose count is negative, or at its limit.
#[unsafe(export_name = "fuse_retain_shared")]
pub unsafe extern "C" fn retain_shared(object: Object) {
    // SAFETY: the object is alive.
    unsafe { retain(object) }
}

/// Gives up a reference to an object whose count is negative.
#[unsafe(export_name = "fuse_release_shared")]
pub unsafe extern "C" fn release_shared(object: Object) {
    // SAFETY: the caller owned the reference.
    unsafe { release(object) }
}

/// A node whose fields are not initialised.
#[unsafe(export_name = "fuse_node_new")]
pub unsafe extern "C" fn node_new(ty: u32, size: i64) -> Object {
    if alloc::CHECKED && tables::desc(ty).object_size as i64 != size {
        stack::leave(Fault::Broken("a node is not as large as its descriptor says"));
    }
    let object = alloc::get(size as usize).cast::<Header>();
    // SAFETY: a node has at least a header.
    unsafe { object.write(Header { count: 1, kind: ty }) };
    object
}

/// A node of a type whose fields are all zero, so that it can be released before they are set.
pub(crate) fn node_zeroed(ty: u32) -> Object {
    let object = alloc::get_zeroed(tables::desc(ty).object_size as usize).cast::<Header>();
    // SAFETY: a node has at least a header.
    unsafe { object.write(Header { count: 1, kind: ty }) };
    object
}

/// A unique copy of a shared node.
#[unsafe(export_name = "fuse_node_copy")]
pub unsafe extern "C" fn node_copy(node: Object) -> Object {
    // SAFETY: the header names the node's type, which says its size and what it holds.
    unsafe {
        alloc::check_alive(node);
        if is_unique(node) {
            return node;
        }
        let desc = tables::desc((*node).kind);
        let size = desc.object_size as usize;
        let copy = alloc::get(size).cast::<Header>();
        copy.cast::<u8>().copy_from_nonoverlapping(node.cast(), size);
        (*copy).count = 1;
        for &offset in tables::offsets(desc.object_refs, desc.object_refs_count) {
            let child = copy.cast::<u8>().add(offset as usize).cast::<Object>().read();
            if !child.is_null() {
                retain(child);
            }
        }
        release(node);
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::{list_new, list_unique, push_slot};
    use crate::map::map_unique;
    use crate::testing::{self, Leaks, *};

    /// Runs a test on a stack on which recursion would not get far.
    fn on_a_tiny_stack(test: fn()) {
        std::thread::Builder::new()
            .stack_size(64 << 10)
            .spawn(test)
            .expect("a thread")
            .join()
            .expect("passes");
    }

    const MANY: usize = 1_000_000;

    #[test]
    fn a_long_chain_dies() {
        on_a_tiny_stack(|| {
            testing::install();
            let leaks = Leaks::watch();
            // SAFETY: each node owns the one before.
            unsafe {
                let mut head = ptr::null_mut();
                for value in 0..MANY {
                    head = node(LINK, &[head as u64, value as u64]);
                }
                drop_object(head);
            }
            leaks.none();
        });
    }

    #[test]
    fn nested_lists_and_maps_die() {
        on_a_tiny_stack(|| {
            testing::install();
            let leaks = Leaks::watch();
            // SAFETY: each object owns the one before.
            unsafe {
                let mut list = list_new(LIST_DEEP, 0);
                for _ in 0..100_000 {
                    let slot = push_slot(list_new(LIST_DEEP, 0));
                    slot.second.cast::<Object>().write(list);
                    list = slot.first;
                }
                release(list);
                let mut map = map_of(MAP_DEEP, &[]);
                for _ in 0..100_000 {
                    map = map_of(MAP_DEEP, &[("only", map as u64)]);
                }
                release(map);
            }
            leaks.none();
        });
    }

    #[test]
    fn a_tree_dies_whichever_way_it_leans() {
        on_a_tiny_stack(|| {
            testing::install();
            let leaks = Leaks::watch();
            // SAFETY: each node owns its two.
            unsafe {
                let (mut left, mut right) = (ptr::null_mut(), ptr::null_mut());
                for index in 0..MANY / 2 {
                    let leaf = node(TREE, &[0, 0]);
                    if index % 3 == 0 {
                        right = node(TREE, &[leaf as u64, right as u64]);
                    } else {
                        left = node(TREE, &[left as u64, leaf as u64]);
                    }
                }
                let list = list_of(LIST_TREE, &[left as u64, right as u64, node(TREE, &[0, 0]) as u64]);
                release(list);
            }
            leaks.none();
        });
    }

    #[test]
    fn what_is_shared_outlives_its_holder() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: references are given and taken as the table says.
        unsafe {
            let text = string::new("shared");
            retain(text);
            let denied = node(DENIED, &[text as u64, 1]);
            release(denied);
            assert_eq!(string::text(text), "shared");
            assert_eq!((*text).count, 1);
            release(text);
        }
        leaks.none();
    }

    #[test]
    fn copies_own_what_they_hold() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: as above.
        unsafe {
            let node = denied("no key", 7);
            retain(node);
            let copy = node_copy(node);
            assert!(copy != node && (*node).count == 1 && (*copy).count == 1);
            release(node);
            assert_eq!(forms_of(DENIED, copy).0, "Denied(no key)");
            let list = list_of(LIST_STRING, &[string::new("a") as u64]);
            retain(list);
            let other = list_unique(list);
            assert!(other != list);
            release(list);
            assert_eq!(forms_of(LIST_STRING, other).0, "[a]");
            let map = map_of(MAP_STRING, &[("k", string::new("v") as u64)]);
            retain(map);
            let other = map_unique(map);
            release(map);
            assert_eq!(forms_of(MAP_STRING, other).0, "{k: v}");
        }
        leaks.none();
    }

    #[test]
    fn counts_by_sign() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: as above; counts are set by hand.
        unsafe {
            let object = string::new("x");
            (*object).count = 0;
            retain(object);
            release(object);
            assert_eq!((*object).count, 0, "static objects are not counted");
            (*object).count = -1;
            retain_shared(object);
            assert_eq!((*object).count, -2);
            assert!(!is_unique(object));
            release_shared(object);
            assert_eq!((*object).count, -1);
            (*object).count = i32::MAX;
            retain(object);
            assert_eq!((*object).count, 0, "static at the limit");
            (*object).count = i32::MIN;
            retain_shared(object);
            assert_eq!((*object).count, 0, "static at the limit");
            (*object).count = -1;
            release_shared(object);
        }
        leaks.none();
    }

    #[test]
    fn shared_counts_are_exact_between_threads() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: the object is marked shared; each thread keeps the balance.
        unsafe {
            let object = string::new("shared");
            (*object).count = -1;
            let address = object as usize;
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    std::thread::spawn(move || {
                        for _ in 0..50_000 {
                            retain_shared(address as Object);
                            release_shared(address as Object);
                        }
                    })
                })
                .collect();
            for thread in threads {
                thread.join().expect("passes");
            }
            assert_eq!((*object).count, -1);
            release_shared(object);
        }
        leaks.none();
    }
}
