//! Lists: elements side by side, moved in and out by compiled code.

use crate::abi::{Object, Pair};
use crate::alloc;
use crate::failure::fail;
use crate::object::{is_unique, release, retain, retain_values};
use crate::tables;
use core::ptr;
use fuse_abi::desc::Desc;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, DATA_OFFSET, Header, ListObject, STATUS_OK};

const HEAD: usize = DATA_OFFSET as usize;
/// The most elements of a range.
const LONGEST_RANGE: i64 = 100_000_000;
/// Room that the first push makes.
const FIRST_CAPACITY: usize = 4;

fn element(list: u32) -> &'static Desc {
    tables::desc(tables::desc(list).inner)
}

fn size(stride: usize, cap: usize) -> usize {
    match stride.checked_mul(cap).and_then(|size| size.checked_add(HEAD)) {
        Some(size) => size,
        None => alloc::out_of_memory(),
    }
}

fn allocate(ty: u32, stride: usize, len: usize, cap: usize) -> *mut ListObject {
    let list = alloc::get(size(stride, cap)).cast::<ListObject>();
    // SAFETY: the block has at least a head.
    unsafe {
        list.write(ListObject { header: Header { count: 1, kind: ty }, len: len as u64, cap: cap as u64 })
    };
    list
}

/// The first element.
pub(crate) unsafe fn data(list: Object) -> *mut u8 {
    // SAFETY: the elements follow the head.
    unsafe { list.cast::<u8>().add(HEAD) }
}

/// A list with its length set and its elements not initialised.
#[unsafe(export_name = "fuse_list_new")]
pub unsafe extern "C" fn list_new(ty: u32, len: i64) -> Object {
    let len = usize::try_from(len).unwrap_or(0);
    allocate(ty, element(ty).size as usize, len, len).cast()
}

/// An empty list with room for so many elements.
#[unsafe(export_name = "fuse_list_empty")]
pub unsafe extern "C" fn list_empty(ty: u32, cap: i64) -> Object {
    allocate(ty, element(ty).size as usize, 0, usize::try_from(cap).unwrap_or(0)).cast()
}

/// A unique list with the same elements and room for `more` others; takes the reference.
///
/// # Safety
/// A live list, the reference to which is the caller's.
pub(crate) unsafe fn unique_with_room(list: Object, more: usize) -> Object {
    // SAFETY: the list is alive, and changed only if it is unique.
    unsafe {
        alloc::check_alive(list);
        let head = list.cast::<ListObject>();
        let (len, cap) = ((*head).len as usize, (*head).cap as usize);
        let element = element((*list).kind);
        let stride = element.size as usize;
        let Some(needed) = len.checked_add(more) else { alloc::out_of_memory() };
        if is_unique(list) {
            if needed <= cap {
                return list;
            }
            let new_cap = needed.max(cap.saturating_mul(2)).max(FIRST_CAPACITY);
            let list =
                alloc::grow(list.cast(), HEAD + stride * cap, size(stride, new_cap)).cast::<ListObject>();
            (*list).cap = new_cap as u64;
            return list.cast();
        }
        let copy = allocate((*list).kind, stride, len, needed).cast();
        data(copy).copy_from_nonoverlapping(data(list), len * stride);
        retain_values(element, data(copy), len);
        release(list);
        copy
    }
}

/// The list itself if it is unique, else a copy.
#[unsafe(export_name = "fuse_list_unique")]
pub unsafe extern "C" fn list_unique(list: Object) -> Object {
    // SAFETY: a live list, owned here.
    unsafe { unique_with_room(list, 0) }
}

/// A unique list one element longer, and the address of that element, which is not initialised. Elements have so many bytes.
#[unsafe(export_name = "fuse_list_push_slot")]
pub unsafe extern "C" fn list_push_slot(list: Object, stride: i64) -> Pair<Object, *mut u8> {
    // SAFETY: a live list, owned here.
    unsafe {
        let list = unique_with_room(list, 1);
        let head = list.cast::<ListObject>();
        let slot = data(list).add((*head).len as usize * stride as usize);
        (*head).len += 1;
        Pair { first: list, second: slot }
    }
}

/// The same for the runtime, which knows only the list.
///
/// # Safety
/// A live list, the reference to which is the caller's.
pub(crate) unsafe fn push_slot(list: Object) -> Pair<Object, *mut u8> {
    // SAFETY: the caller's promise.
    unsafe { list_push_slot(list, i64::from(element((*list).kind).size)) }
}

/// `left + right`; in place if the left one is unique.
#[unsafe(export_name = "fuse_list_concat")]
pub unsafe extern "C" fn list_concat(left: Object, right: Object) -> Object {
    // SAFETY: both are live lists of one type; `left` is owned here.
    unsafe {
        let more = (*right.cast::<ListObject>()).len as usize;
        if more == 0 {
            return left;
        }
        let head = left.cast::<ListObject>();
        if (*head).len == 0 && (*head).cap < more as u64 {
            retain(right);
            release(left);
            return right;
        }
        let list = unique_with_room(left, more);
        let head = list.cast::<ListObject>();
        let element = element((*list).kind);
        let stride = element.size as usize;
        let end = data(list).add((*head).len as usize * stride);
        end.copy_from_nonoverlapping(data(right), more * stride);
        retain_values(element, end, more);
        (*head).len += more as u64;
        list
    }
}

/// Fails with nothing.
unsafe fn failed(context: *mut Context, failure: Failure) -> Pair<Object, u64> {
    // SAFETY: the context is the one the program was entered with.
    Pair { first: ptr::null_mut(), second: unsafe { fail(context, failure) } }
}

/// `start..end` on Int.
#[unsafe(export_name = "fuse_list_range")]
pub unsafe extern "C" fn list_range(
    context: *mut Context,
    ty: u32,
    start: i64,
    end: i64,
) -> Pair<Object, u64> {
    // SAFETY: the new list has room for the elements, which are Ints.
    unsafe {
        match int_range(start, end) {
            Err(failure) => failed(context, failure),
            Ok(len) => {
                let list = list_new(ty, len);
                let first = data(list).cast::<i64>();
                for index in 0..len {
                    first.add(index as usize).write(start + index);
                }
                Pair { first: list, second: u64::from(STATUS_OK) }
            }
        }
    }
}

/// Number of elements of an Int range.
pub(crate) fn int_range(start: i64, end: i64) -> Result<i64, Failure> {
    if start > end {
        return Err(Failure::RangeOrder);
    }
    match end.checked_sub(start) {
        Some(steps) if steps < LONGEST_RANGE => Ok(steps + 1),
        _ => Err(Failure::RangeTooLarge),
    }
}

/// Number of elements of a Float range: from `start`, step 1.0, while `<= end` with a tolerance.
pub(crate) fn float_range(start: f64, end: f64) -> Result<i64, Failure> {
    const TOLERANCE: f64 = 1e-9;
    if !start.is_finite() || !end.is_finite() {
        return Err(Failure::RangeBounds);
    }
    if start > end {
        return Err(Failure::RangeOrder);
    }
    // Not `floor() + 1`: a difference that is infinite or huge must not be converted.
    let steps = end - start + TOLERANCE;
    if steps >= LONGEST_RANGE as f64 {
        return Err(Failure::RangeTooLarge);
    }
    Ok(steps as i64 + 1)
}

/// `start..end` on Float.
#[unsafe(export_name = "fuse_list_range_float")]
pub unsafe extern "C" fn list_range_float(
    context: *mut Context,
    ty: u32,
    start: f64,
    end: f64,
) -> Pair<Object, u64> {
    // SAFETY: the new list has room for the elements, which are Floats.
    unsafe {
        match float_range(start, end) {
            Err(failure) => failed(context, failure),
            Ok(len) => {
                let list = list_new(ty, len);
                let first = data(list).cast::<f64>();
                for index in 0..len {
                    first.add(index as usize).write(start + index as f64);
                }
                Pair { first: list, second: u64::from(STATUS_OK) }
            }
        }
    }
}

/// Number of elements of `start..end` on Float.
#[unsafe(export_name = "fuse_range_float_len")]
pub unsafe extern "C" fn range_float_len(context: *mut Context, start: f64, end: f64) -> Pair<i64, u64> {
    match float_range(start, end) {
        Ok(len) => Pair { first: len, second: u64::from(STATUS_OK) },
        // SAFETY: the context is the one the program was entered with.
        Err(failure) => Pair { first: 0, second: unsafe { fail(context, failure) } },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Task;
    use crate::string;
    use crate::testing::{self, Leaks, *};
    use proptest::prelude::*;

    fn range(start: i64, end: i64) -> Result<String, Failure> {
        let mut task = Task::new(0);
        // SAFETY: the context is the head of a task.
        unsafe {
            let result = list_range((&raw mut task).cast(), LIST_INT, start, end);
            if result.second != 0 {
                assert!(result.first.is_null());
                return Err(Failure::from_number(task.context.failure).expect("a failure"));
            }
            Ok(forms_of(LIST_INT, result.first).0)
        }
    }

    #[test]
    fn ranges() {
        testing::install();
        let leaks = Leaks::watch();
        assert_eq!(range(2, 5).as_deref(), Ok("[2, 3, 4, 5]"));
        assert_eq!(range(-1, -1).as_deref(), Ok("[-1]"));
        assert_eq!(
            range(i64::MAX - 1, i64::MAX).as_deref(),
            Ok("[9223372036854775806, 9223372036854775807]")
        );
        assert_eq!(range(1, 0), Err(Failure::RangeOrder));
        assert_eq!(range(1, 100_000_001), Err(Failure::RangeTooLarge));
        assert_eq!(range(i64::MIN, i64::MAX), Err(Failure::RangeTooLarge));
        leaks.none();
    }

    #[test]
    fn float_ranges() {
        let cases: &[(f64, f64, Result<i64, Failure>)] = &[
            (0.1, 3.1, Ok(4)),
            (1.0, 3.999_999_999_5, Ok(4)),
            (1.0, 3.99, Ok(3)),
            (2.0, 2.0, Ok(1)),
            (-1.5, 1.5, Ok(4)),
            (1e300, 1e300, Ok(1)),
            (1.0, 100_000_000.0, Ok(100_000_000)),
            (1.0, 100_000_001.0, Err(Failure::RangeTooLarge)),
            (-1e308, 1e308, Err(Failure::RangeTooLarge)),
            (2.0, 1.0, Err(Failure::RangeOrder)),
            (f64::NAN, 1.0, Err(Failure::RangeBounds)),
            (0.0, f64::INFINITY, Err(Failure::RangeBounds)),
            (f64::INFINITY, 0.0, Err(Failure::RangeBounds)),
        ];
        for (start, end, expected) in cases {
            assert_eq!(&float_range(*start, *end), expected, "{start}..{end}");
        }
    }

    #[test]
    fn pushing_to_a_unique_list_is_in_place() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: references are given and taken as the table says.
        unsafe {
            let mut list = list_empty(LIST_INT, 0);
            let mut moves = 0;
            for value in 0..100_000_i64 {
                let slot = push_slot(list);
                moves += u32::from(slot.first != list);
                list = slot.first;
                slot.second.cast::<i64>().write(value);
            }
            assert!(moves < 20, "{moves} moves");
            assert_eq!((*list.cast::<ListObject>()).len, 100_000);
            assert_eq!(data(list).cast::<i64>().add(99_999).read(), 99_999);
            assert_eq!(list_unique(list), list);
            release(list);
        }
        leaks.none();
    }

    proptest! {
        /// Lists of strings against `Vec`, with sharing at random.
        #[test]
        fn as_a_vector(steps in proptest::collection::vec((0..3_u8, 0..1000_i64, any::<bool>()), 0..60)) {
            testing::install();
            let leaks = Leaks::watch();
            // SAFETY: as above.
            unsafe {
                let mut list = list_empty(LIST_STRING, 0);
                let mut model: Vec<String> = Vec::new();
                let mut kept = Vec::new();
                for (step, value, keep) in steps {
                    if keep {
                        retain(list);
                        kept.push((list, model.clone()));
                    }
                    match step {
                        0 => {
                            let slot = push_slot(list);
                            list = slot.first;
                            slot.second.cast::<Object>().write(string::new(&value.to_string()));
                            model.push(value.to_string());
                        }
                        1 if !model.is_empty() => {
                            list = list_unique(list);
                            let at = value as usize % model.len();
                            let place = data(list).cast::<Object>().add(at);
                            release(place.read());
                            place.write(string::new("set"));
                            model[at] = "set".to_owned();
                        }
                        _ => {
                            if let Some((other, texts)) = kept.get(value as usize % kept.len().max(1))
                                && model.len() + texts.len() < 500
                            {
                                list = list_concat(list, *other);
                                model.extend_from_slice(texts);
                            }
                        }
                    }
                }
                kept.push((list, model));
                for (list, model) in kept {
                    prop_assert_eq!(forms_of(LIST_STRING, list).0, format!("[{}]", model.join(", ")));
                }
            }
            leaks.none();
        }
    }
}
