//! Functions of the table that are still to be written.
#![allow(unused_variables, missing_docs)]

use crate::abi::{Object, Pair};
use fuse_abi::layout::Context;

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
