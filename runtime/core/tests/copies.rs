//! Tests in copies of the process: whatever one does to its process ends it alone, and is told.

use fuse_abi::desc::Image;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_FAILURE, STATUS_OK};
use fuse_runtime::memory::{Outcome, TestOutcome, run_tests};
use std::sync::atomic::{AtomicU32, Ordering};

/// How often a test has been called in this process.
static CALLS: AtomicU32 = AtomicU32::new(0);

extern "C" fn call(context: *mut Context, number: u64, _: *const u8, _: *mut u8) -> u64 {
    let calls = CALLS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: what ends the process, or meant to fault.
    unsafe {
        match number {
            // What an earlier test changed is not seen.
            0 | 6 if calls == 0 => u64::from(STATUS_OK),
            1 => fail(context, Failure::IndexOutOfBounds),
            2 => libc::abort(),
            3 => libc::_exit(3),
            4 => u64::from(std::ptr::null::<u8>().read_volatile()),
            5 => 77,
            _ => unreachable!("no such test, or called twice in a process"),
        }
    }
}

fn fail(context: *mut Context, failure: Failure) -> u64 {
    // SAFETY: the context of the running program.
    unsafe {
        (*context).failure = failure as u32;
        (*context).position = 0;
    }
    u64::from(STATUS_FAILURE)
}

extern "C" fn refused(context: *mut Context) -> u64 {
    fail(context, Failure::DivisionByZero)
}

#[test]
fn each_test_ends_alone() {
    let image = Image { call: call as *const u8, ..Image::EMPTY };
    let mut told = Vec::new();
    // SAFETY: the image is consistent; it can be called with seven numbers.
    let result = unsafe {
        run_tests(&image, 7, |number, outcome| {
            assert_eq!(number, told.len());
            told.push(outcome);
        })
    };
    assert_eq!(result, Ok(()));
    let failed = |text: &str| TestOutcome::Failed(text.into());
    let expected = [
        TestOutcome::Passed,
        failed("index out of bounds"),
        TestOutcome::Lost("the test was ended by signal 6".into()),
        TestOutcome::Lost("the test ended its process with status 3".into()),
        failed("invalid memory access in compiled code; this is a bug in fuse"),
        failed("unknown status of the program; this is a bug in fuse"),
        TestOutcome::Passed,
    ];
    assert_eq!(told, expected);
    assert_eq!(CALLS.load(Ordering::Relaxed), 0, "nothing was called in this process");
}

#[test]
fn nothing_runs_if_the_configs_fail() {
    let image = Image { call: call as *const u8, entry: refused as *const u8, ..Image::EMPTY };
    // SAFETY: the image is consistent.
    let result = unsafe { run_tests(&image, 1, |_, _| unreachable!("no test runs")) };
    let Err(Outcome::Failed(report)) = result else { panic!("{result:?}") };
    assert_eq!(report.message, "division by zero");
}
