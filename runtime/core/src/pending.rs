//! Functions of the table that are still to be written.
#![allow(unused_variables, missing_docs)]

use crate::abi::{Object, Pair};
use fuse_abi::layout::Context;

#[unsafe(export_name = "fuse_dynamic_of")]
pub unsafe extern "C" fn dynamic_of(out: *mut u64, a0: *mut Context, a1: u32, a2: *mut u8) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_dynamic_arithmetic")]
pub unsafe extern "C" fn dynamic_arithmetic(
    out: *mut u64,
    a0: *mut Context,
    a1: i64,
    a2: Object,
    a3: i64,
    a4: Object,
    a5: i64,
) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_dynamic_negate")]
pub unsafe extern "C" fn dynamic_negate(out: *mut u64, a0: *mut Context, a1: Object, a2: i64) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_dynamic_compare")]
pub unsafe extern "C" fn dynamic_compare(
    a0: *mut Context,
    a1: i64,
    a2: Object,
    a3: i64,
    a4: Object,
    a5: i64,
) -> Pair<u8, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_dynamic_equal")]
pub unsafe extern "C" fn dynamic_equal(
    a0: *mut Context,
    a1: Object,
    a2: i64,
    a3: Object,
    a4: i64,
) -> Pair<u8, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_dynamic_range")]
pub unsafe extern "C" fn dynamic_range(
    a0: *mut Context,
    a1: Object,
    a2: i64,
    a3: Object,
    a4: i64,
) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_dynamic_index")]
pub unsafe extern "C" fn dynamic_index(
    out: *mut u64,
    a0: *mut Context,
    a1: Object,
    a2: Object,
    a3: i64,
) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_dynamic_index_or_null")]
pub unsafe extern "C" fn dynamic_index_or_null(
    out: *mut u64,
    a0: *mut Context,
    a1: Object,
    a2: Object,
    a3: i64,
) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_dynamic_assign")]
pub unsafe extern "C" fn dynamic_assign(
    a0: *mut Context,
    a1: Object,
    a2: Object,
    a3: Object,
    a4: i64,
) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_dynamic_items")]
pub unsafe extern "C" fn dynamic_items(a0: *mut Context, a1: Object) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_invalid_arguments")]
pub unsafe extern "C" fn invalid_arguments(a0: *mut Context, a1: Object) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_convert_object")]
pub unsafe extern "C" fn convert_object(
    a0: *mut Context,
    a1: u32,
    a2: Object,
    a3: i64,
    a4: Object,
) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_convert_value")]
pub unsafe extern "C" fn convert_value(
    a0: *mut Context,
    a1: u32,
    a2: Object,
    a3: i64,
    a4: Object,
) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_validate")]
pub unsafe extern "C" fn validate(a0: *mut Context, a1: u32, a2: *mut u8, a3: Object) -> u64 {
    unimplemented!()
}

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

#[unsafe(export_name = "fuse_take_raised")]
pub unsafe extern "C" fn take_raised(a0: *mut Context) -> Object {
    unimplemented!()
}
