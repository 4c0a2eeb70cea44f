//! Tasks as compiled code uses them: Rust functions stand for the code of the blocks.

#[macro_use]
mod support;

use fuse_abi::desc::{Desc, Image, Kind, PREDEFINED, Position, TYPE_INT, TYPE_STRING};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, Header as Object, STATUS_FAILURE, STATUS_OK, STATUS_PANIC};
use fuse_runtime::memory::{Outcome, live_objects, run};
use std::sync::Mutex;
use support::{Entry, literal};

const OK: u64 = STATUS_OK as u64;
const TASK_INT: u32 = PREDEFINED;
const TASK_TEXT: u32 = PREDEFINED + 1;
/// A struct of one Int.
const NUMBER: u32 = PREDEFINED + 2;
/// A struct of one String.
const TEXT: u32 = PREDEFINED + 3;
const LIST_INT: u32 = PREDEFINED + 4;
/// A struct of one task.
const HOLDER: u32 = PREDEFINED + 5;

// The blocks.
const SEVEN: i64 = 0;
const FAILS: i64 = 1;
const PANICS: i64 = 2;
const RAISES: i64 = 3;
const CRASHES: i64 = 4;
const OVERFLOWS: i64 = 5;
const NO_MEMORY: i64 = 6;
const CHAIN: i64 = 7;
const GIVES_TEXT: i64 = 8;
const AWAITS: i64 = 9;

#[repr(C)]
struct Answer<T> {
    value: T,
    status: u64,
}

fn spawn(context: *mut Context, ty: u32, number: i64, captured: *mut Object) -> *mut Object {
    let task = call!(
        "tasks_spawn" as fn(*mut Context, u32, i64, *mut Object) -> Answer<*mut Object>,
        context,
        ty,
        number,
        captured
    );
    assert_eq!(task.status, OK);
    task.value
}

fn wait(context: *mut Context, task: *mut Object) -> Answer<*mut u64> {
    call!("tasks_await" as fn(*mut Context, *mut Object) -> Answer<*mut u64>, context, task)
}

fn end(task: *mut Object) {
    call!("tasks_end" as fn(*mut Object) -> (), task);
}

fn node(ty: u32, word: u64) -> *mut Object {
    let node = call!("node_new" as fn(u32, i64) -> *mut Object, ty, 16);
    // SAFETY: the node has room for the word.
    unsafe { node.cast::<u64>().add(1).write(word) };
    node
}

/// The code of the blocks.
extern "C" fn code(context: *mut Context, number: u64, captured: *const u8, out: *mut u8) -> u64 {
    #[inline(never)]
    fn deeper(n: u64) -> u64 {
        if std::hint::black_box(n) == u64::MAX { n } else { std::hint::black_box(deeper(n + 1) + 1) }
    }
    // SAFETY: a struct of one word.
    let first = || unsafe { captured.add(8).cast::<u64>().read() };
    match number as i64 {
        SEVEN => put(out, 7),
        FAILS => {
            // SAFETY: the context of the task.
            unsafe {
                (*context).failure = Failure::IndexOutOfBounds as u32;
                (*context).position = 1;
            }
            return u64::from(STATUS_FAILURE);
        }
        PANICS => return u64::from(STATUS_PANIC),
        RAISES => {
            let text = call!("str_new" as fn(i64) -> *mut Object, 8);
            let error = node(TEXT, text as u64);
            // SAFETY: the context of the task; a live struct.
            return unsafe { fuse_runtime::raise(context, TEXT, error) };
        }
        CRASHES => {
            // SAFETY: meant to fault.
            unsafe { std::ptr::without_provenance::<u64>(std::hint::black_box(16)).read_volatile() };
        }
        OVERFLOWS => {
            deeper(0);
        }
        NO_MEMORY => {
            call!("list_new" as fn(u32, i64) -> *mut Object, LIST_INT, 1 << 59);
        }
        CHAIN if first() == 0 => put(out, 0),
        CHAIN => {
            let task = spawn(context, TASK_INT, CHAIN, node(NUMBER, first() - 1));
            put(out, result(wait(context, task)) + 1);
            end(task);
        }
        GIVES_TEXT => {
            let text = call!("str_new" as fn(i64) -> *mut Object, 8);
            let text = call!("str_push_int" as fn(*mut Object, i64) -> *mut Object, text, first() as i64);
            put(out, text as u64);
        }
        AWAITS => {
            let text = result(wait(context, first() as *mut Object));
            call!("retain_shared" as fn(*mut Object) -> (), text as *mut Object);
            put(out, text);
        }
        _ => unreachable!(),
    }
    OK
}

/// Writes a word.
fn put(out: *mut u8, word: u64) {
    // SAFETY: room for the result.
    unsafe { out.cast::<u64>().write(word) };
}

/// The result of a task that ended well.
fn result(answer: Answer<*mut u64>) -> u64 {
    assert_eq!(answer.status, OK);
    // SAFETY: the address of the result.
    unsafe { answer.value.read() }
}

/// Runs a program and sees that nothing is left behind, unless it was left in the middle.
fn outcome(entry: Entry, leaks: bool) -> Outcome {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let desc = |kind: Kind, inner, object_size, object_refs_count| Desc {
        kind: kind as u32,
        size: 8,
        align: 8,
        inner,
        object_size,
        object_refs: 1,
        object_refs_count,
        value_refs_count: u32::from(object_size != 8),
        ..Desc::default()
    };
    let mut types = vec![Desc::default(); PREDEFINED as usize];
    types[TYPE_INT as usize] = desc(Kind::Int, 0, 8, 0);
    types[TYPE_STRING as usize] = desc(Kind::String, 0, 0, 0);
    types.push(desc(Kind::Task, TYPE_INT, 0, 0));
    types.push(desc(Kind::Task, TYPE_STRING, 0, 0));
    types.push(desc(Kind::Struct, 0, 16, 0));
    types.push(desc(Kind::Struct, 0, 16, 1));
    types.push(desc(Kind::List, TYPE_INT, 0, 0));
    types.push(desc(Kind::Struct, 0, 16, 1));
    let offsets = [0_u32, 8];
    let names = "main.fuse";
    let positions = [Position { file: 0, file_len: 9, line: 3, column: 9 }];
    let image = Image {
        types: types.as_ptr(),
        types_len: types.len(),
        offsets: offsets.as_ptr(),
        offsets_len: offsets.len(),
        names: names.as_ptr(),
        names_len: names.len(),
        positions: positions.as_ptr(),
        positions_len: positions.len(),
        call: code as *const u8,
        entry: entry as *const u8,
        ..Image::EMPTY
    };
    let before = live_objects();
    // SAFETY: the image is consistent, and its entry is code.
    let mut outcome = unsafe { run(&image, &[]) };
    if let Outcome::Failed(report) = &mut outcome {
        // Part of the image.
        report.place = report.place.take().map(|place| fuse_runtime::Place { file: "main.fuse", ..place });
    }
    if !leaks {
        assert_eq!(live_objects() - before, 0, "objects left behind");
    }
    outcome
}

/// Awaits a block, whose outcome is the program's, among others that end well.
fn among_others(context: *mut Context, number: i64) -> u64 {
    let others: Vec<_> = (0..100).map(|_| spawn(context, TASK_INT, SEVEN, std::ptr::null_mut())).collect();
    let task = spawn(context, TASK_INT, number, std::ptr::null_mut());
    let again = spawn(context, TASK_INT, number, std::ptr::null_mut());
    for other in others {
        assert_eq!(result(wait(context, other)), 7);
        end(other);
    }
    let first = wait(context, task).status;
    assert_eq!(wait(context, task).status, first, "awaiting again gives the same outcome");
    // What one task does affects no other.
    let good = spawn(context, TASK_INT, SEVEN, std::ptr::null_mut());
    assert_eq!(wait(context, good).status, OK);
    let status = wait(context, task).status;
    for task in [good, again, task] {
        end(task);
    }
    status
}

fn failed(entry: Entry, leaks: bool) -> (String, &'static str, Option<u32>) {
    match outcome(entry, leaks) {
        Outcome::Failed(report) => {
            (report.message.into_owned(), report.code, report.place.map(|place| place.line))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn failures_are_those_of_the_task() {
    extern "C" fn entry(context: *mut Context) -> u64 {
        among_others(context, FAILS)
    }
    assert_eq!(failed(entry, false), ("index out of bounds".into(), "runtime_index_bounds", Some(3)));
}

#[test]
fn panics_are_failures_of_their_own() {
    extern "C" fn entry(context: *mut Context) -> u64 {
        among_others(context, PANICS)
    }
    assert_eq!(failed(entry, false), ("task execution failed".into(), "runtime_error", None));
}

#[test]
fn error_values_are_raised_again() {
    extern "C" fn entry(context: *mut Context) -> u64 {
        among_others(context, RAISES)
    }
    assert!(matches!(outcome(entry, false), Outcome::Failed(_)));
}

#[test]
fn a_crash_ends_the_program() {
    extern "C" fn entry(context: *mut Context) -> u64 {
        among_others(context, CRASHES)
    }
    assert_eq!(outcome(entry, true), Outcome::Broken("invalid memory access in compiled code"));
}

#[test]
fn a_stack_that_is_used_up_fails_the_task() {
    extern "C" fn entry(context: *mut Context) -> u64 {
        among_others(context, OVERFLOWS)
    }
    assert_eq!(failed(entry, true).0, "stack overflow");
}

#[test]
fn a_task_without_memory_fails() {
    extern "C" fn entry(context: *mut Context) -> u64 {
        among_others(context, NO_MEMORY)
    }
    assert_eq!(failed(entry, true).0, "out of memory");
}

#[test]
fn tasks_that_nobody_awaits_end_with_their_scope() {
    extern "C" fn entry(context: *mut Context) -> u64 {
        for _ in 0..1000 {
            for number in [SEVEN, FAILS, PANICS, RAISES] {
                end(spawn(context, TASK_INT, number, std::ptr::null_mut()));
            }
            // A release does the same.
            let task = spawn(context, TASK_TEXT, GIVES_TEXT, node(NUMBER, 5));
            call!("drop_object" as fn(*mut Object) -> (), task);
        }
        OK
    }
    assert_eq!(outcome(entry, false), Outcome::Finished);
}

#[test]
fn long_chains() {
    extern "C" fn entry(context: *mut Context) -> u64 {
        let chains: Vec<_> = (0..8).map(|_| spawn(context, TASK_INT, CHAIN, node(NUMBER, 20_000))).collect();
        for chain in chains {
            assert_eq!(result(wait(context, chain)), 20_000);
            end(chain);
        }
        OK
    }
    assert_eq!(outcome(entry, false), Outcome::Finished);
}

#[test]
fn tasks_that_several_hold() {
    extern "C" fn entry(context: *mut Context) -> u64 {
        for round in 0..500 {
            let source = spawn(context, TASK_TEXT, GIVES_TEXT, node(NUMBER, round));
            let readers: Vec<_> = (0..4)
                .map(|_| {
                    call!("retain_shared" as fn(*mut Object) -> (), source);
                    spawn(context, TASK_TEXT, AWAITS, node(HOLDER, source as u64))
                })
                .collect();
            // The name's scope may be left first.
            if round % 2 == 0 {
                call!("release_shared" as fn(*mut Object) -> (), source);
            }
            let expected = literal(&round.to_string());
            for reader in readers {
                let text = result(wait(context, reader)) as *mut Object;
                assert_eq!(call!("str_eq" as fn(*mut Object, *mut Object) -> u8, text, expected), 1);
                end(reader);
            }
            if round % 2 == 1 {
                end(source);
            }
        }
        OK
    }
    assert_eq!(outcome(entry, false), Outcome::Finished);
}
