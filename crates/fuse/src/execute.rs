//! Running a program in this process: the bridge between the checked world and compiled code.
#![allow(unsafe_code)]

use std::ffi::OsString;

use fuse_codegen::Loaded;
use fuse_package::Environment;
use fuse_runtime::memory::{Outcome, live_objects, run};

/// Gives the process the variables that the program is to find.
pub fn export(environment: &Environment) {
    for (name, value) in environment.iter() {
        // SAFETY: the command line has started no other thread yet; the main thread only waits.
        unsafe { std::env::set_var(name, value) };
    }
}

/// Runs a program to its end: its `main` if there are arguments.
pub fn execute(program: &Loaded, arguments: &[OsString]) -> Outcome {
    // SAFETY: the image and its code were just generated for this machine, and live as long as `program`.
    unsafe { run(program.image(), arguments) }
}

/// Objects that a program left behind, if it was asked to tell (`FUSE_AOT_TEST_LEAKS=1`), in builds that count them.
pub fn leaks(before: isize) -> Option<isize> {
    let asked = std::env::var_os("FUSE_AOT_TEST_LEAKS").is_some_and(|value| value == "1");
    asked.then(|| live_objects() - before).filter(|leaks| *leaks != 0)
}

/// Objects that exist now.
pub fn live() -> isize {
    live_objects()
}
