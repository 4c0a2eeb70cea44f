//! Running tests: each in a process of its own, so that whatever it does to itself (a stack or memory used up, a crash) ends it alone.
//!
//! The configs are resolved once, before the first test. The process of a test is a copy of this one, made when the test begins; it tells
//! its outcome through a pipe.

use super::alone;
use crate::alloc::live_objects;
use crate::arguments::Arguments;
use crate::console::{self, errno, reason};
use crate::env;
use crate::failure::Report;
use crate::program::{Kept, Outcome, clean_up, enter, entry, give_up};
use crate::tables;
use core::sync::atomic::{AtomicU64, Ordering};
use fuse_abi::desc::{CallFn, Image};
use fuse_abi::layout::Context;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// Its block ended.
    Passed,
    /// A runtime failure or an error value; its text, with the place if one is known.
    Failed(String),
    /// Its process ended without telling why; how it ended.
    Lost(String),
}

/// The test that [`enter_test`] calls.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Resolves the configs of a program, then runs as many of its tests as there are, one after the other, and hands out each outcome when everything
/// that the test printed has been written. If the configs cannot be resolved, nothing else runs, and that outcome is the error.
///
/// # Safety
/// As for [`super::run`]; the first `count` numbers that the image can be called with are tests. This is the only thread that works.
pub unsafe fn run_tests(
    image: &Image,
    count: usize,
    mut ended: impl FnMut(usize, TestOutcome),
) -> Result<(), Outcome> {
    alone(|| {
        let before = live_objects();
        // SAFETY: the caller's promise; others are kept out.
        unsafe {
            tables::install(image);
            if !image.entry.is_null() {
                let (outcome, left) = enter(entry(image, Arguments::NONE)?, Arguments::NONE);
                if outcome != Outcome::Finished {
                    clean_up(left);
                    return Err(outcome);
                }
                // A copy has only the thread that made it: what needs workers starts its own.
                give_up(Kept::Tasks, left);
            }
            for number in 0..count {
                // What is buffered would be written by the copy too.
                console::flush_if_possible();
                ended(number, in_copy(number, before));
            }
        }
        clean_up(false);
        Ok(())
    })
}

/// Runs a test in a copy of this process.
unsafe fn in_copy(number: usize, before: isize) -> TestOutcome {
    let lost = |what: &str, error| {
        TestOutcome::Lost(format!(
            "cannot start the test: {what}: {}",
            String::from_utf8_lossy(reason(error))
        ))
    };
    let mut ends = [0; 2];
    // SAFETY: room for two numbers.
    if unsafe { libc::pipe(ends.as_mut_ptr()) } != 0 {
        return lost("pipe", errno());
    }
    // SAFETY: the pipe's ends are new and belong to nobody else.
    let [mut read, write] = ends.map(|end| unsafe { File::from_raw_fd(end) });
    // SAFETY: the copy runs the test and ends; it needs nothing that another thread holds, because no other one works.
    match unsafe { libc::fork() } {
        -1 => lost("fork", errno()),
        0 => {
            drop(read);
            // SAFETY: the caller's promise; this is the copy.
            unsafe { copy(number, before, write) }
        }
        process => {
            drop(write);
            let mut told = Vec::new();
            // If it cannot be read, nothing has been told.
            let _ = read.read_to_end(&mut told);
            let status = wait(process);
            match told.split_first() {
                Some((&PASSED, [])) => TestOutcome::Passed,
                Some((&FAILED, text)) => TestOutcome::Failed(String::from_utf8_lossy(text).into_owned()),
                _ => TestOutcome::Lost(how(status)),
            }
        }
    }
}

const PASSED: u8 = b'+';
const FAILED: u8 = b'-';

/// The life of the copy.
unsafe fn copy(number: usize, before: isize, mut write: File) -> ! {
    // A panic must not get back into the code that was copied.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the process shall not outlive the one that it is copied from.
        #[cfg(target_os = "linux")]
        unsafe {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL)
        };
        NUMBER.store(number as u64, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        let (outcome, left) = unsafe { enter(enter_test, Arguments::NONE) };
        console::flush_if_possible();
        // The other end is open as long as the original lives.
        let _ = tell(&outcome, left, before, &mut write);
    }));
    // SAFETY: ends the process without running anything that the original is to run.
    unsafe { libc::_exit(0) }
}

/// Calls the test. On the program's stack, like an entry.
extern "C" fn enter_test(context: *mut Context) -> u64 {
    // SAFETY: the program was made for tests, so it can be called by number; a test has neither input nor output.
    unsafe {
        let call = core::mem::transmute::<*const u8, CallFn>(tables::image().call);
        call(context, NUMBER.load(Ordering::Relaxed), core::ptr::null(), core::ptr::null_mut())
    }
}

/// Writes the outcome. If the test was `left` in the middle, perhaps of the allocator, that needs no memory.
fn tell(outcome: &Outcome, left: bool, before: isize, write: &mut File) -> std::io::Result<()> {
    if let Outcome::Finished = outcome {
        return match leaks(before) {
            Some(leaks) => write!(write, "-leaks: {leaks}"),
            None => write.write_all(&[PASSED]),
        };
    }
    write.write_all(&[FAILED])?;
    match outcome {
        Outcome::Failed(Report { message, .. }) if left => write.write_all(message.as_bytes()),
        Outcome::Failed(Report { message, place: None, .. }) => write.write_all(message.as_bytes()),
        Outcome::Failed(Report { message, place: Some(place), .. }) => {
            write!(write, "{message} ({}:{}:{})", place.file, place.line, place.column)
        }
        Outcome::Panicked(panic) => {
            write!(write, "the runtime panicked: {}; this is a bug in fuse", panic.text())
        }
        Outcome::Broken(what) => {
            write.write_all(what.as_bytes())?;
            write.write_all(b"; this is a bug in fuse")
        }
        Outcome::Finished => Ok(()),
    }
}

/// Objects that the test left behind, if that was asked for (`FUSE_AOT_TEST_LEAKS=1`), in builds that count them.
fn leaks(before: isize) -> Option<isize> {
    if !env::is_one("FUSE_AOT_TEST_LEAKS") {
        return None;
    }
    clean_up(false);
    Some(live_objects() - before).filter(|leaks| *leaks != 0)
}

/// Waits for the end of a process.
fn wait(process: libc::pid_t) -> i32 {
    let mut status = 0;
    // SAFETY: room for a number.
    while unsafe { libc::waitpid(process, &raw mut status, 0) } < 0 && errno() == libc::EINTR {}
    status
}

/// How a process ended that told nothing.
fn how(status: i32) -> String {
    if libc::WIFSIGNALED(status) {
        format!("the test was ended by signal {}", libc::WTERMSIG(status))
    } else {
        format!("the test ended its process with status {}", libc::WEXITSTATUS(status))
    }
}
