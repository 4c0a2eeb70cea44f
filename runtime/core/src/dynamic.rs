//! Dynamic values (runtime reference 2.5): an object and 64 bits, see `fuse_abi::desc`.

use crate::abi::{Object, Pair};
use crate::failure::fail;
use crate::list::{self, list_new};
use crate::map::{MAP_VALUE, MapObject};
use crate::object::{release, retain};
use core::ptr;
use fuse_abi::desc::{
    TYPE_BOOL, TYPE_BYTES, TYPE_FLOAT, TYPE_INT, TYPE_LIST_DYNAMIC, TYPE_MAP_DYNAMIC, TYPE_STRING,
};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, Header, ListObject, STATUS_OK};

/// A dynamic value. Copying it copies no reference: who holds it says whether it is owned.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dynamic {
    /// Null for `null`; else its kind says what the value is.
    pub(crate) object: Object,
    /// The scalar; 0 for everything else.
    pub(crate) bits: u64,
}

/// The kind of a dynamic value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DynamicKind {
    Null,
    Bool,
    Int,
    Float,
    String,
    Bytes,
    List,
    Map,
}

impl DynamicKind {
    /// Its name in messages (runtime reference 2.1).
    pub(crate) fn name(self) -> &'static str {
        match self {
            DynamicKind::Null => "Null",
            DynamicKind::Bool => "Bool",
            DynamicKind::Int => "Int",
            DynamicKind::Float => "Float",
            DynamicKind::String => "String",
            DynamicKind::Bytes => "Bytes",
            DynamicKind::List => "List",
            DynamicKind::Map => "Map",
        }
    }
}

/// A header that says what the bits are; never counted.
struct Sign(Header);
// SAFETY: never changed: its count is zero.
unsafe impl Sync for Sign {}

static INT: Sign = Sign(Header { count: 0, kind: TYPE_INT });
static FLOAT: Sign = Sign(Header { count: 0, kind: TYPE_FLOAT });
static BOOL: Sign = Sign(Header { count: 0, kind: TYPE_BOOL });

fn sign(sign: &'static Sign) -> Object {
    (&raw const sign.0).cast_mut()
}

impl Dynamic {
    /// `null`
    pub(crate) const NULL: Dynamic = Dynamic { object: ptr::null_mut(), bits: 0 };

    pub(crate) fn int(value: i64) -> Dynamic {
        Dynamic { object: sign(&INT), bits: value as u64 }
    }

    pub(crate) fn float(value: f64) -> Dynamic {
        Dynamic { object: sign(&FLOAT), bits: value.to_bits() }
    }

    pub(crate) fn bool(value: bool) -> Dynamic {
        Dynamic { object: sign(&BOOL), bits: u64::from(value) }
    }

    /// A value as compiled code passes it.
    pub(crate) fn of(object: Object, bits: i64) -> Dynamic {
        Dynamic { object, bits: bits as u64 }
    }

    /// A String, Bytes, list or map of dynamic values.
    pub(crate) fn object(object: Object) -> Dynamic {
        Dynamic { object, bits: 0 }
    }

    /// What it is.
    ///
    /// # Safety
    /// The object is alive.
    pub(crate) unsafe fn kind(self) -> DynamicKind {
        if self.object.is_null() {
            return DynamicKind::Null;
        }
        // SAFETY: the caller's promise.
        match unsafe { (*self.object).kind } {
            TYPE_INT => DynamicKind::Int,
            TYPE_FLOAT => DynamicKind::Float,
            TYPE_BOOL => DynamicKind::Bool,
            TYPE_STRING => DynamicKind::String,
            TYPE_BYTES => DynamicKind::Bytes,
            TYPE_LIST_DYNAMIC => DynamicKind::List,
            TYPE_MAP_DYNAMIC => DynamicKind::Map,
            // No other kind is ever made dynamic.
            _ => DynamicKind::Null,
        }
    }

    /// Adds a reference to it.
    ///
    /// # Safety
    /// The object is alive.
    pub(crate) unsafe fn retained(self) -> Dynamic {
        if !self.object.is_null() {
            // SAFETY: the caller's promise.
            unsafe { retain(self.object) };
        }
        self
    }

    /// Gives up a reference to it.
    ///
    /// # Safety
    /// The caller owned the reference.
    pub(crate) unsafe fn release(self) {
        if !self.object.is_null() {
            // SAFETY: the caller's promise.
            unsafe { release(self.object) };
        }
    }
}

/// The elements of a list of dynamic values.
///
/// # Safety
/// The list is alive for `'a`, and not changed.
pub(crate) unsafe fn elements<'a>(list: Object) -> &'a [Dynamic] {
    // SAFETY: the caller's promise; elements stand side by side.
    unsafe { core::slice::from_raw_parts(list::data(list).cast(), (*list.cast::<ListObject>()).len as usize) }
}

/// The keys and values of a map of dynamic values in its order.
///
/// # Safety
/// The map is alive while the iterator is used, and not changed.
pub(crate) unsafe fn entries(map: Object) -> impl ExactSizeIterator<Item = (Object, Dynamic)> {
    // SAFETY: the caller's promise.
    unsafe {
        let (first, stride, len) = MapObject::entries(map.cast());
        (0..len).map(move |index| read_entry(first.add(index * stride)))
    }
}

/// An entry of a map of dynamic values by its number.
///
/// # Safety
/// The map is alive.
pub(crate) unsafe fn entry(map: Object, index: usize) -> Option<(Object, Dynamic)> {
    // SAFETY: the caller's promise.
    unsafe {
        let (first, stride, len) = MapObject::entries(map.cast());
        (index < len).then(|| read_entry(first.add(index * stride)))
    }
}

unsafe fn read_entry(entry: *const u8) -> (Object, Dynamic) {
    // SAFETY: an entry is its key and its value.
    unsafe { (entry.cast::<Object>().read(), entry.add(MAP_VALUE).cast::<Dynamic>().read()) }
}

/// A list of dynamic values, which it owns.
pub(crate) fn list_of(values: impl ExactSizeIterator<Item = Dynamic>) -> Object {
    // SAFETY: the new list has room for the values.
    unsafe {
        let list = list_new(TYPE_LIST_DYNAMIC, values.len() as i64);
        let first = list::data(list).cast::<Dynamic>();
        for (index, value) in values.enumerate() {
            first.add(index).write(value);
        }
        list
    }
}

/// Hands a result to the caller's two slots.
///
/// # Safety
/// The caller gave room for two results; the context is the one the program was entered with.
pub(crate) unsafe fn give(context: *mut Context, out: *mut u64, result: Result<Dynamic, Failure>) -> u64 {
    let (value, status) = match result {
        Ok(value) => (value, u64::from(STATUS_OK)),
        // SAFETY: the caller's promise.
        Err(failure) => (Dynamic::NULL, unsafe { fail(context, failure) }),
    };
    // SAFETY: as above.
    unsafe { out.cast::<Dynamic>().write(value) };
    status
}

/// An object or nothing, and the status.
///
/// # Safety
/// The context is the one the program was entered with.
pub(crate) unsafe fn give_object(
    context: *mut Context,
    result: Result<Object, Failure>,
) -> Pair<Object, u64> {
    match result {
        Ok(object) => Pair { first: object, second: u64::from(STATUS_OK) },
        // SAFETY: the caller's promise.
        Err(failure) => Pair { first: ptr::null_mut(), second: unsafe { fail(context, failure) } },
    }
}
