//! `assert` (runtime reference 11.5).

use crate::abi::Object;
use crate::failure::fail_with;
use crate::string;
use fuse_abi::failure::Failure;
use fuse_abi::layout::Context;

/// Always fails, with `assert failed: <text>`.
#[unsafe(export_name = "fuse_assert_failed")]
pub unsafe extern "C" fn assert_failed(context: *mut Context, text: Object) -> u64 {
    // SAFETY: the context is the one the program was entered with; a live string.
    unsafe { fail_with(context, Failure::Message, &[b"assert failed: ", string::bytes(text)]) }
}
