//! Functions of the table that are still to be written.
#![allow(unused_variables, missing_docs)]

use crate::abi::{Object, Pair};
use fuse_abi::layout::Context;

#[unsafe(export_name = "fuse_regex_match")]
pub unsafe extern "C" fn regex_match(a0: Object, a1: Object) -> u8 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_regex_search")]
pub unsafe extern "C" fn regex_search(a0: Object, a1: Object) -> u8 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_config_resolve")]
pub unsafe extern "C" fn config_resolve(a0: *mut Context) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_config_unresolved")]
pub unsafe extern "C" fn config_unresolved(a0: *mut Context, a1: Object) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_cli_bind")]
pub unsafe extern "C" fn cli_bind(a0: *mut Context, a1: u32) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_end_with_error")]
pub unsafe extern "C" fn end_with_error(a0: *mut Context, a1: u32, a2: *mut u8) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_time_now")]
pub unsafe extern "C" fn time_now() -> i64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_time_sleep")]
pub unsafe extern "C" fn time_sleep(a0: *mut Context, a1: i64) -> u64 {
    unimplemented!()
}

#[unsafe(export_name = "fuse_time_format")]
pub unsafe extern "C" fn time_format(a0: *mut Context, a1: i64, a2: Object) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_time_parse")]
pub unsafe extern "C" fn time_parse(a0: Object, a1: Object) -> Pair<u8, i64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_crypto_hash")]
pub unsafe extern "C" fn crypto_hash(a0: *mut Context, a1: Object, a2: Object) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_crypto_hmac")]
pub unsafe extern "C" fn crypto_hmac(
    a0: *mut Context,
    a1: Object,
    a2: Object,
    a3: Object,
) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_crypto_random_bytes")]
pub unsafe extern "C" fn crypto_random_bytes(a0: *mut Context, a1: i64) -> Pair<Object, u64> {
    unimplemented!()
}

#[unsafe(export_name = "fuse_crypto_constant_time_eq")]
pub unsafe extern "C" fn crypto_constant_time_eq(a0: Object, a1: Object) -> u8 {
    unimplemented!()
}
