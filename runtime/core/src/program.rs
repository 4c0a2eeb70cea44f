//! One run of a program: the same for `fuse run` and for executables.

use crate::arguments::Arguments;
use crate::failure::{Fault, Panic, Report, Task};
use crate::hook::Hook;
use crate::object::release;
use crate::stack::{self, LEFT, Stack};
use crate::tables;
use core::sync::atomic::{AtomicBool, Ordering};
use fuse_abi::desc::{EntryFn, Image};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_FAILURE, STATUS_OK, STATUS_PANIC, STATUS_RAISED};

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It finished.
    Finished,
    /// A runtime failure, or an error value that nobody caught.
    Failed(Report),
    /// The runtime panicked.
    Panicked(Panic),
    /// An invariant of the toolchain is broken: a crash in compiled code, a damaged object. A short description.
    Broken(&'static str),
}

/// What a program is entered by: with arguments its `main`, otherwise its app. The error is the outcome if there is none.
///
/// # Safety
/// The image's entries are compiled code for this machine.
pub(crate) unsafe fn entry(image: &Image, arguments: Arguments) -> Result<EntryFn, Outcome> {
    let (address, missing) =
        if arguments.len() > 0 { (image.main, Failure::NoMain) } else { (image.entry, Failure::NoApp) };
    if address.is_null() {
        return Err(Outcome::Failed(Report::of(missing)));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { core::mem::transmute::<*const u8, EntryFn>(address) })
}

/// Runs a program on a stack of its own. The flag says whether it was left in the middle, so that objects leaked.
///
/// # Safety
/// The image is consistent, the entry is one of it and compiled code for this machine, and no other program is running.
pub(crate) unsafe fn run(image: &Image, entry: EntryFn, arguments: Arguments) -> (Outcome, bool) {
    // SAFETY: the caller's promise.
    unsafe {
        tables::install(image);
        let (outcome, left) = enter(entry, arguments);
        clean_up(left);
        (outcome, left || LEFT_A_TASK.swap(false, Ordering::Relaxed))
    }
}

/// Enters the installed program on a stack of its own; what is kept for all of it stays. The flag is that of [`run`].
///
/// # Safety
/// As for [`run`].
pub(crate) unsafe fn enter(entry: EntryFn, arguments: Arguments) -> (Outcome, bool) {
    let Some(stack) = Stack::reserve() else {
        return (Outcome::Failed(Report::of(Failure::OutOfMemory)), false);
    };
    let mut task = Task { arguments, ..Task::new(stack.limit()) };
    // SAFETY: the caller's promise.
    let status = unsafe { stack::run(&raw mut task, &stack, entry) };
    if status != LEFT {
        task_ended(&raw mut task.context);
    }
    let mut outcome = match u8::try_from(status) {
        Ok(STATUS_OK) => Outcome::Finished,
        Ok(STATUS_FAILURE) => Outcome::Failed(Report::take(&mut task)),
        Ok(STATUS_RAISED) => raised(&mut task),
        Ok(STATUS_PANIC) => {
            task.panic.take().map_or(Outcome::Broken("a panic that nobody described"), Outcome::Panicked)
        }
        _ if status == LEFT => match task.frame.fault {
            Some(Fault::Failure(failure)) => Outcome::Failed(Report::of(failure)),
            Some(Fault::Broken(text)) => Outcome::Broken(text),
            None => Outcome::Broken("the program was left without a reason"),
        },
        _ => Outcome::Broken("unknown status of the program"),
    };
    if let Outcome::Failed(report) = &mut outcome {
        report.bound = task.bound;
    }
    let left = status == LEFT;
    if left {
        // It may have been left in the middle of the allocator, which must not be called then.
        core::mem::forget(task);
    }
    (outcome, left)
}

/// What is kept for all of a program, in the order in which it goes.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    /// The workers that run tasks.
    Tasks,
    /// Values of imported JSON.
    Assets,
    /// Values of configs.
    Configs,
    /// The heads of automata.
    Automata,
    /// Images that were read.
    Images,
    /// Connections to the database.
    Database,
}

/// What is to be done at the end of a program, for each kind of what is kept.
static AT_END: [Hook<fn(bool)>; 6] = [const { Hook::new() }; 6];

/// A task was left in the middle: objects leaked.
static LEFT_A_TASK: AtomicBool = AtomicBool::new(false);

/// Notes that a task was left in the middle.
pub(crate) fn left_a_task() {
    LEFT_A_TASK.store(true, Ordering::Relaxed);
}

/// Marks values that are kept for all of a program as shared.
static SHARE_KEPT: Hook<fn()> = Hook::new();
/// Values may be used by several tasks.
static SHARING: AtomicBool = AtomicBool::new(false);

/// Has this done when the program spawns its first task; at once if it has done so already. A hook for the same reason.
pub(crate) fn when_shared(action: fn()) {
    SHARE_KEPT.set(action);
    if SHARING.load(Ordering::Acquire) {
        action();
    }
}

/// The program is about to spawn its first task.
pub(crate) fn share_kept() {
    SHARING.store(true, Ordering::Release);
    if let Some(action) = SHARE_KEPT.get() {
        action();
    }
}

/// What has to be done when a task has ended, with its context.
static TASK_ENDED: Hook<fn(*mut Context)> = Hook::new();

/// Has this done from now on when a task has ended, in whatever way. A hook for the same reason.
pub(crate) fn when_a_task_ends(action: fn(*mut Context)) {
    TASK_ENDED.set(action);
}

/// A task has ended.
pub(crate) fn task_ended(context: *mut Context) {
    if let Some(action) = TASK_ENDED.get() {
        action(context);
    }
}

/// Has this done when the program has ended, so that what was kept for all of it is given back. It is told whether the program was left in the middle. A
/// hook, so that programs that keep nothing do not hold what that needs.
pub(crate) fn at_end(kept: Kept, task: fn(bool)) {
    AT_END[kept as usize].set(task);
}

/// Gives up what was kept for all of the program.
pub(crate) fn clean_up(left: bool) {
    for task in &AT_END {
        if let Some(task) = task.take() {
            task(left);
        }
    }
    SHARE_KEPT.take();
    TASK_ENDED.take();
    SHARING.store(false, Ordering::Release);
}

/// Gives up one kind of what is kept.
pub(crate) fn give_up(kept: Kept, left: bool) {
    if let Some(task) = AT_END[kept as usize].take() {
        task(left);
    }
}

fn raised(task: &mut Task) -> Outcome {
    if let Some(report) = task.ended.take() {
        return Outcome::Failed(report);
    }
    let Some(raised) = task.raised.take() else {
        return Outcome::Broken("an error value that is not in the context");
    };
    // SAFETY: the context owns a live object of that type.
    unsafe {
        let report = (raised.report)(raised.ty, raised.object);
        release(raised.object);
        Outcome::Failed(report)
    }
}
