//! Imported JSON (language reference 3.5): decoded when it is first asked for, and kept until the program ends.

use super::tree::{self, Large};
use super::{OK, fail_invalid};
use crate::abi::Object;
use crate::dynamic::{Dynamic, DynamicKind, elements, entries};
use crate::failure::guard;
use crate::program::{self, Kept};
use crate::string;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};
use fuse_abi::layout::Context;

/// A decoded text. Its objects are marked as static, so that they are not counted and may be used by all tasks.
struct Asset {
    /// The text; it is static, its address says which it is.
    text: Object,
    value: Dynamic,
    next: *mut Asset,
}

/// What was decoded so far: a list that only grows. No lock, because a program may be left in the middle of anything.
static KEPT: AtomicPtr<Asset> = AtomicPtr::new(ptr::null_mut());

/// The value of a static text, decoded when it is first asked for.
#[unsafe(export_name = "fuse_json_asset")]
pub unsafe extern "C" fn json_asset(out: *mut u64, context: *mut Context, text: Object) -> u64 {
    // SAFETY: a live string; the out-pointer has room for the two halves. What is kept lives until the program's end.
    unsafe {
        guard(context, || {
            let value = match find(text) {
                Some(value) => value,
                None => match tree::parse_text(string::text(text), Large::Refuse) {
                    Ok(value) => keep(text, value),
                    Err(invalid) => return fail_invalid(context, &invalid),
                },
            };
            out.cast::<Dynamic>().write(value);
            OK
        })
    }
}

unsafe fn find(text: Object) -> Option<Dynamic> {
    let mut at = KEPT.load(Ordering::Acquire);
    // SAFETY: entries live until the program's end.
    while let Some(kept) = unsafe { at.as_ref() } {
        if kept.text == text {
            return Some(kept.value);
        }
        at = kept.next;
    }
    None
}

/// Keeps a value. Two tasks may decode the same text at the same time; then both values stay, and the later is found.
unsafe fn keep(text: Object, value: Dynamic) -> Dynamic {
    // SAFETY: nobody else has the value yet; the entry is complete when it is published.
    unsafe {
        program::at_end(Kept::Assets, release_assets);
        for_each_object(value, &|count| *count = 0);
        let kept = Box::into_raw(Box::new(Asset { text, value, next: KEPT.load(Ordering::Relaxed) }));
        while let Err(next) =
            KEPT.compare_exchange_weak((*kept).next, kept, Ordering::AcqRel, Ordering::Relaxed)
        {
            (*kept).next = next;
        }
    }
    value
}

/// Gives the kept values back, when nothing of the program runs any more. After a program that was `left` in the middle they are only forgotten.
pub(super) fn release_assets(left: bool) {
    let mut at = KEPT.swap(ptr::null_mut(), Ordering::AcqRel);
    while !left && !at.is_null() {
        // SAFETY: the list is ours now; the objects are held by those above them.
        unsafe {
            let kept = Box::from_raw(at);
            // Keys may be held by several objects.
            for_each_object(kept.value, &|count| *count += 1);
            kept.value.release();
            at = kept.next;
        }
    }
}

/// Shows the count of each object in a value, once for each reference. Recurses, but not deeper than text may be nested.
unsafe fn for_each_object(value: Dynamic, with: &impl Fn(&mut i32)) {
    // SAFETY: a live value that nobody else uses.
    unsafe {
        match value.kind() {
            DynamicKind::Null | DynamicKind::Bool | DynamicKind::Int | DynamicKind::Float => return,
            DynamicKind::String | DynamicKind::Bytes => {}
            DynamicKind::List => {
                for element in elements(value.object) {
                    for_each_object(*element, with);
                }
            }
            DynamicKind::Map => {
                for (key, element) in entries(value.object) {
                    with(&mut (*key).count);
                    for_each_object(element, with);
                }
            }
        }
        with(&mut (*value.object).count);
    }
}
