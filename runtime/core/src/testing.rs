//! One program's tables for all unit tests, made by hand, and the check that a test leaves nothing behind.

use crate::alloc::live_objects;
use crate::tables;
use fuse_abi::ABI_VERSION;
use fuse_abi::desc::{
    Desc, Field, Image, Kind, NO_FIELD, PREDEFINED, Position, TYPE_BOOL, TYPE_INT, TYPE_STRING, Variant,
};
use std::sync::OnceLock;

/// Watches that the objects made since are released.
pub(crate) struct Leaks(isize);

impl Leaks {
    pub(crate) fn watch() -> Leaks {
        Leaks(live_objects())
    }

    pub(crate) fn none(&self) {
        assert_eq!(live_objects() - self.0, 0, "objects left behind");
    }
}
