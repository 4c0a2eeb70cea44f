//! A panic of the tool chain is a bug in it, and is said to be one.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fuse_diagnostics::codes;

use crate::output::Output;

/// The exit status of a bug.
pub const STATUS: u8 = 101;

thread_local! {
    /// Where the last panic of this thread arose. The hook only notes it: whether a panic is reported, and how, is decided by
    /// the code that catches it (the linker's panics are link errors, those of a running program are envelopes).
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs the command; a panic becomes one line and status 101.
pub fn guarded(output: &Output, work: impl FnOnce() -> u8) -> u8 {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        let _ = PLACE.try_with(|slot| slot.replace(place));
    }));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let place = PLACE.with(|slot| slot.borrow().clone());
        output.error(
            codes::WRAPPER_INTERNAL,
            &format!(
                "internal error, this is a bug in fuse {}: {}{place}",
                env!("CARGO_PKG_VERSION"),
                text.unwrap_or("no message"),
            ),
        );
        output.end(STATUS)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Form;

    #[test]
    fn a_panic_is_status_101_and_other_statuses_pass() {
        let output = Output::new(&Form::default());
        assert_eq!(guarded(&output, || 2), 2);
        assert_eq!(guarded(&output, || panic!("deliberate, in a test of {}", "panics")), 101);
    }
}
