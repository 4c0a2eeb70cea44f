//! Runs of tasks: compiled code entered with a context of its own, and what becomes of how it ends.

use super::job::{self, Job};
use super::wait;
use super::workers::Workers;
use crate::failure::Task;
use crate::object::{each_held, release};
use crate::program;
use crate::stack::{self, LEFT, Stack};
use crate::tables;
use core::ptr;
use fuse_abi::desc::{CallFn, Kind};
use fuse_abi::layout::{Context, STACK_SIZE, STATUS_OK};

/// A task is run above the frames of who waits for it if so much of the stack is left.
const ROOM: usize = STACK_SIZE / 2;

/// Whether another task can be run on this stack.
pub(super) fn has_room() -> bool {
    let here = 0_u8;
    // SAFETY: a running task is alive.
    match unsafe { stack::running().as_ref() } {
        Some(task) => (&raw const here as usize).saturating_sub(task.context.stack_limit) >= ROOM,
        None => false,
    }
}

/// Runs a task above the frames of the one that waits for it.
///
/// # Safety
/// The task has not begun, and is in no lane; the caller runs on the stack of the running task.
#[inline(never)]
pub(super) unsafe fn above(job: *mut Job) {
    // SAFETY: the caller's promise.
    unsafe {
        let outer = &*stack::running();
        let mut task = Task { callbacks: outer.callbacks, ..Task::new(outer.context.stack_limit) };
        task.frame = outer.frame.above();
        (task.depth, task.job) = ((*job).depth, job.cast());
        let status = stack::run_above(&raw mut task, enter);
        end(job, task, status);
    }
}

/// Runs a task on a stack of its own, with nothing below it.
///
/// # Safety
/// The task has not begun, and is in no lane; the caller runs at the beginning of the stack.
#[inline(never)]
pub(super) unsafe fn on_stack(job: *mut Job, stack: &Stack) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut task = Task::new(stack.limit());
        task.frame = stack.frame();
        (task.depth, task.job) = ((*job).depth, job.cast());
        let status = stack::run_above(&raw mut task, enter);
        end(job, task, status);
    }
}

/// What a task is entered by: its code, then the end of what it held.
extern "C" fn enter(context: *mut Context) -> u64 {
    // SAFETY: a context is the head of its task; a program that has tasks has code to call. The result goes to its place.
    unsafe {
        let job = (*context.cast::<Task>()).job.cast::<Job>();
        let code = core::mem::transmute::<*const u8, CallFn>(tables::image().call);
        let status = code(context, u64::from((*job).number), (*job).captured.cast(), Job::result(job));
        let captured = core::mem::replace(&mut (*job).captured, ptr::null_mut());
        if (*job).waits {
            // So that a task has ended when all who hold it have: the name whose scope is left may be released first.
            each_held(captured, |held| {
                if !held.is_null() && tables::desc((*held).kind).kind == Kind::Task as u32 {
                    wait(held.cast());
                }
            });
        }
        give_up(captured);
        status
    }
}

#[inline(never)]
unsafe fn give_up(captured: *mut fuse_abi::layout::Header) {
    if !captured.is_null() {
        // SAFETY: the task's reference.
        unsafe { release(captured) };
    }
}

/// Ends a task.
#[inline(never)]
unsafe fn end(job: *mut Job, mut task: Task, status: u64) {
    // SAFETY: the task has run; it is alive until `complete` has said so.
    unsafe {
        if status != LEFT {
            program::task_ended(&raw mut task.context);
        }
        let failed = (status != u64::from(STATUS_OK)).then(|| job::failed_of(&mut task, status));
        let spawned = (*job).spawned;
        if status == LEFT {
            program::left_a_task();
            // Its text may be half made.
            core::mem::forget(task);
        } else {
            drop(task);
        }
        if let Some(workers) = Workers::get() {
            workers.stats.completed(spawned);
            job::complete(job, failed);
            workers.stats.gone();
        }
    }
}
