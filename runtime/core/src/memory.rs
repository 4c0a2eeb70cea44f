//! Running a program in this process: what `fuse run` and `fuse test` do with the code that they have compiled into memory.

mod migrations;
mod tests;

use crate::abi::list_symbols;
use crate::arguments::Arguments;
use crate::console;
use crate::program;
use crate::signals;
use fuse_abi::desc::Image;
use std::ffi::OsString;
use std::panic;
use std::sync::{Mutex, PoisonError};

pub use crate::alloc::{counts_objects, live_objects};
pub use crate::failure::{Panic, Place, Report};
pub use crate::program::Outcome;
pub use migrations::{Migration, migrate};
pub use tests::{TestOutcome, run_tests};

fuse_abi::runtime_functions!(list_symbols);

/// Memory that is given back before a program's end is reported.
const RESERVE: usize = 64 << 10;

/// Runs a program to its end: its `main` if there are arguments, otherwise its app. Signal dispositions and the panic hook are those of before again when this returns, and
/// everything printed has been written.
///
/// # Safety
/// The image is consistent, its entry is compiled code for this machine, and both stay as they are until this returns;
/// names of places in the outcome are part of the image.
pub unsafe fn run(image: &Image, arguments: &[OsString]) -> Outcome {
    let arguments = Arguments::given(arguments);
    // SAFETY: the caller's promise; others are kept out.
    alone(|| unsafe {
        match program::entry(image, arguments) {
            Ok(entry) => program::run(image, entry, arguments).0,
            Err(outcome) => outcome,
        }
    })
}

/// Does something with a program, the only one in the process, under the signal dispositions and the panic hook that programs need.
fn alone<T>(work: impl FnOnce() -> T) -> T {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    // What the program's runtime has to say about a panic is in the outcome.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let signals = signals::install();
    // What the caller needs to report that there is no memory.
    let reserve = Vec::<u8>::with_capacity(RESERVE);
    let result = work();
    drop(core::hint::black_box(reserve));
    signals.restore();
    panic::set_hook(hook);
    console::flush_if_possible();
    result
}
