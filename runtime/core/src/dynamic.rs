//! Dynamic values (runtime reference 2.5): an object and 64 bits, see `fuse_abi::desc`.

use crate::abi::Object;
use core::ptr;
use fuse_abi::desc::{
    TYPE_BOOL, TYPE_BYTES, TYPE_FLOAT, TYPE_INT, TYPE_LIST_DYNAMIC, TYPE_MAP_DYNAMIC, TYPE_STRING,
};
use fuse_abi::layout::Header;

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
}
