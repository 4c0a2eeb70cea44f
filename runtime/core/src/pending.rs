//! Functions of the table that are still to be written.
#![allow(unused_variables, missing_docs)]

use crate::abi::{Object, Pair};
use fuse_abi::layout::Context;

#[unsafe(export_name = "fuse_json_encode")]
pub unsafe extern "C" fn json_encode(a0: *mut Context, a1: u32, a2: *mut u8) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_json_decode")]
pub unsafe extern "C" fn json_decode(out: *mut u64, a0: *mut Context, a1: Object) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_json_decode_object")]
pub unsafe extern "C" fn json_decode_object(
    a0: *mut Context,
    a1: u32,
    a2: Object,
    a3: Object,
) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_json_decode_value")]
pub unsafe extern "C" fn json_decode_value(
    a0: *mut Context,
    a1: u32,
    a2: Object,
    a3: Object,
) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_json_asset")]
pub unsafe extern "C" fn json_asset(out: *mut u64, a0: *mut Context, a1: Object) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_json_enable")]
pub unsafe extern "C" fn json_enable() {
    unimplemented!()
}
