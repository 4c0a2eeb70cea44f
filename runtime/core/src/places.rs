//! Elements of dynamic values: reading, assigning and visiting them (language reference 7.8; runtime reference 3.4, 3.6).

use crate::abi::{Object, Pair};
use crate::dynamic::{Dynamic, DynamicKind, elements, entries, give, give_object, list_of};
use crate::failure::fail_with;
use crate::list::{self, list_unique};
use crate::map::{self, map_insert_slot, map_unique};
use crate::object::retain;
use crate::string;
use core::ptr;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};

/// The element of a list or map, borrowed; `None` outside of a list's bounds.
///
/// # Safety
/// Both values are alive.
unsafe fn element(base: Object, index: Dynamic) -> Result<Option<Dynamic>, Failure> {
    // SAFETY: the caller's promise; the kinds say what the objects are.
    unsafe {
        match Dynamic::object(base).kind() {
            DynamicKind::List => Ok(elements(base).get(position(index)?).copied()),
            DynamicKind::Map => {
                let value = map::find(base, string::bytes(key(index)?)).cast::<Dynamic>();
                Ok(Some(if value.is_null() { Dynamic::NULL } else { value.read() }))
            }
            DynamicKind::Null => Err(Failure::NullAccess),
            _ => Err(Failure::NotIndexable),
        }
    }
}

/// The position in a list that an index names; greater than any length if it is negative.
unsafe fn position(index: Dynamic) -> Result<usize, Failure> {
    // SAFETY: the index is alive.
    if unsafe { index.kind() } != DynamicKind::Int {
        return Err(Failure::ListIndexKind);
    }
    Ok(usize::try_from(index.bits as i64).unwrap_or(usize::MAX))
}

/// The key of a map that an index names.
unsafe fn key(index: Dynamic) -> Result<Object, Failure> {
    // SAFETY: the index is alive.
    if unsafe { index.kind() } != DynamicKind::String {
        return Err(Failure::MapKeyKind);
    }
    Ok(index.object)
}

/// `base[index]`
#[unsafe(export_name = "fuse_dynamic_index")]
pub unsafe extern "C" fn dynamic_index(
    out: *mut u64,
    context: *mut Context,
    base: Object,
    index: Object,
    bits: i64,
) -> u64 {
    // SAFETY: live values; the rest is the caller's contract.
    unsafe {
        let found = element(base, Dynamic::of(index, bits));
        let result = found.and_then(|element| element.ok_or(Failure::IndexOutOfBounds));
        give(context, out, result.map(|element| element.retained()))
    }
}

/// `base?[index]`
#[unsafe(export_name = "fuse_dynamic_index_or_null")]
pub unsafe extern "C" fn dynamic_index_or_null(
    out: *mut u64,
    context: *mut Context,
    base: Object,
    index: Object,
    bits: i64,
) -> u64 {
    // SAFETY: live values; the rest is the caller's contract.
    unsafe {
        let found = if base.is_null() { Ok(None) } else { element(base, Dynamic::of(index, bits)) };
        give(context, out, found.map(|element| element.unwrap_or(Dynamic::NULL).retained()))
    }
}

/// Where an element of the value at `place` is, whose object is made unique on the way.
///
/// # Safety
/// `place` holds a live value and owns it; the index is alive.
unsafe fn existing(place: *mut Dynamic, index: Dynamic) -> Result<*mut Dynamic, Failure> {
    // SAFETY: the caller's promise; the place keeps owning what it holds.
    unsafe {
        match (*place).kind() {
            DynamicKind::List => {
                let position = position(index)?;
                if position >= elements((*place).object).len() {
                    return Err(Failure::IndexOutOfBounds);
                }
                (*place).object = list_unique((*place).object);
                Ok(list::data((*place).object).cast::<Dynamic>().add(position))
            }
            DynamicKind::Map => {
                let key = string::bytes(key(index)?);
                if map::find((*place).object, key).is_null() {
                    return Err(Failure::MissingMapEntry);
                }
                (*place).object = map_unique((*place).object);
                Ok(map::find((*place).object, key).cast())
            }
            DynamicKind::Null => Err(Failure::NullAccess),
            _ => Err(Failure::AssignmentTarget),
        }
    }
}

/// Stores a value, which it takes if that succeeds; a new key of a map may be the last step.
///
/// # Safety
/// All values are alive; `root` owns what it holds.
unsafe fn assign(root: &mut Dynamic, indices: &[Dynamic], value: Dynamic) -> Result<(), Failure> {
    let Some((&last, steps)) = indices.split_last() else { return Err(Failure::AssignmentTarget) };
    let mut place = &raw mut *root;
    // SAFETY: the caller's promise; each place is in the object of the one before, which nothing else refers to.
    unsafe {
        for &step in steps {
            place = existing(place, step)?;
        }
        place = if (*place).kind() == DynamicKind::Map {
            let slot = map_insert_slot((*place).object, key(last)?);
            (*place).object = slot.first;
            slot.second.cast()
        } else {
            existing(place, last)?
        };
        place.replace(value).release();
    }
    Ok(())
}

/// `root[i][j] = value`: the new root.
#[unsafe(export_name = "fuse_dynamic_assign")]
pub unsafe extern "C" fn dynamic_assign(
    context: *mut Context,
    root: Object,
    indices: Object,
    value: Object,
    bits: i64,
) -> Pair<Object, u64> {
    let mut root = Dynamic::object(root);
    let value = Dynamic::of(value, bits);
    // SAFETY: live values, of which root and value are owned here; the context is the one the program was entered with.
    unsafe {
        let result = assign(&mut root, elements(indices), value);
        if result.is_err() {
            value.release();
            root.release();
        }
        give_object(context, result.map(|()| root.object))
    }
}

/// What a `for` over a dynamic value visits.
#[unsafe(export_name = "fuse_dynamic_items")]
pub unsafe extern "C" fn dynamic_items(context: *mut Context, value: Object) -> Pair<Object, u64> {
    // SAFETY: a live value; the context is the one the program was entered with.
    unsafe {
        let items = match Dynamic::object(value).kind() {
            DynamicKind::List => {
                retain(value);
                value
            }
            DynamicKind::Map => list_of(entries(value).map(|(_, value)| value.retained())),
            kind => {
                let parts: &[&[u8]] = &[b"cannot iterate over ", kind.name().as_bytes()];
                let status = fail_with(context, Failure::IterationKind, parts);
                return Pair { first: ptr::null_mut(), second: status };
            }
        };
        Pair { first: items, second: u64::from(STATUS_OK) }
    }
}
