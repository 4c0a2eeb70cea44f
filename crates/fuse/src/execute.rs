//! Running a program in this process: the bridge between the checked world and compiled code.
#![allow(unsafe_code)]

use std::ffi::OsString;

use fuse_codegen::Loaded;
use fuse_package::Environment;
use fuse_runtime::memory::{Migration, Outcome, Report, TestOutcome, live_objects, migrate, run, run_tests};

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

/// Runs the tests of a program that was compiled for them, and hands out the number and outcome of each. The error is that of the configs, with which
/// no test can run.
pub fn execute_tests(
    program: &Loaded,
    count: usize,
    ended: impl FnMut(usize, TestOutcome),
) -> Result<(), Outcome> {
    // SAFETY: as in `execute`; the program was lowered from so many tests. The main thread only waits, and whoever frees the trees of sources takes
    // part in nothing else.
    unsafe { run_tests(program.image(), count, ended) }
}

/// Applies the pending ones of the migrations that a program was compiled for; `root` is the name of the root package.
pub fn execute_migrations(program: &Loaded, migrations: &[Migration], root: &str) -> Outcome {
    // SAFETY: as in `execute`; the program was lowered from these migrations.
    unsafe { migrate(program.image(), migrations, root) }
}

/// What became of a program that did not finish.
pub fn text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Finished => String::new(),
        Outcome::Failed(report) => report.message.clone().into_owned(),
        Outcome::Panicked(panic) => format!("the runtime panicked: {}; this is a bug in fuse", panic.text()),
        Outcome::Broken(what) => format!("{what}; this is a bug in fuse"),
    }
}

/// Where it failed, as the end of a line, if it is known.
pub fn place(outcome: &Outcome) -> String {
    let Outcome::Failed(Report { place: Some(place), .. }) = outcome else { return String::new() };
    format!(" ({}:{}:{})", place.file, place.line, place.column)
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
