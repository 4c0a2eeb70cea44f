//! Containment: a panic of a library becomes an error.

use crate::error::CodegenError;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; if it panics, the error says what the panic said and names the function.
pub(crate) fn contained<T>(
    function: Option<&str>,
    work: impl FnOnce() -> Result<T, CodegenError>,
) -> Result<T, CodegenError> {
    // What `work` was building is thrown away with the error, so nothing half-done is seen.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("unknown panic");
        Err(CodegenError {
            function: function.map(str::to_owned),
            message: format!("the code generator panicked: {text}"),
        })
    })
}
