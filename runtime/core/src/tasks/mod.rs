//! Tasks (runtime reference 19): `spawn`, `await`, and the end of a task's scope.
//!
//! A task is a counted object ([`job`]) that holds what its block mentions and, later, its outcome. Until somebody runs it,
//! it stands in a lane ([`lanes`]): workers ([`workers`]) take tasks from there, and who waits for a task takes it out
//! and runs it itself, above its own frames. Nobody keeps a thread waiting for another task but threads that are no
//! workers: a task that must wait while it runs on a worker is set aside with its stack ([`fiber`]), and goes on on
//! whichever worker is free when the other task has ended.
//!
//! Who waits runs nothing but the task it waits for. Anything else might wait for what lies below it on the same stack.
//! The task it waits for cannot: a task only knows tasks that were there before it, and its own.
//!
//! Nothing outside of this module refers to it; it makes itself known through hooks when the first task is spawned.
//!
//! # Threads
//! A task may go on on another thread after it was set aside. So no function on the stack of a task may keep the address
//! of a thread's variable over a wait: [`wait`] and what leads to it is never in line, and reads such variables through
//! functions that are never in line either. A task that waits in a function which the runtime has called goes on on the
//! same worker, since the runtime's frames below it do not keep to this.

mod fiber;
mod job;
mod lanes;
mod run;
mod stats;
mod threads;
mod workers;

use crate::abi::{Object, Pair};
use crate::console;
use crate::failure::{Task, fail, fail_with, guard};
use crate::object::release;
use crate::pool;
use crate::share;
use crate::stack;
use core::ptr;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};
use job::Job;
use workers::Workers;

/// So many tasks may be inside of one another. Without a limit, a program that spawns without end would take all memory.
const DEEPEST: u32 = 200_000;
/// After so many tasks, a thread offers the memory that it has freed to others.
const OFFER_EVERY: u32 = 1024;

/// Starts a task: its type, the number of its code, the struct of what its block mentions.
#[unsafe(export_name = "fuse_tasks_spawn")]
pub unsafe extern "C" fn tasks_spawn(
    context: *mut Context,
    ty: u32,
    number: i64,
    captured: Object,
) -> Pair<Object, u64> {
    let failed = |status| {
        if !captured.is_null() {
            // SAFETY: the reference was passed to this function.
            unsafe { release(captured) };
        }
        Pair { first: ptr::null_mut(), second: status }
    };
    // SAFETY: as the caller promises; a context is the head of its task.
    unsafe {
        guard(context, || {
            let depth = (*context.cast::<Task>()).depth + 1;
            if depth > DEEPEST {
                return failed(fail(context, Failure::StackOverflow));
            }
            let workers = match Workers::started() {
                Ok(workers) => workers,
                Err(parts) => return failed(fail_with(context, Failure::Message, &parts)),
            };
            let tasks = share::hand_over(captured);
            for &task in &tasks {
                job::share(task);
            }
            let job = Job::create(ty, number as u32, depth, captured, !tasks.is_empty(), workers.stats.now());
            workers.stats.spawned();
            workers.add(&raw mut (*job).entry);
            Pair { first: job.cast(), second: u64::from(STATUS_OK) }
        })
    }
}

/// Waits for a task: the address of its result, or what it failed with.
#[unsafe(export_name = "fuse_tasks_await")]
pub unsafe extern "C" fn tasks_await(context: *mut Context, task: Object) -> Pair<*mut u8, u64> {
    console::flush();
    // SAFETY: a live task; the context is the one of the task that waits.
    unsafe {
        wait(task.cast());
        job::outcome(task.cast(), context)
    }
}

/// Leaves the scope of a task's name.
#[unsafe(export_name = "fuse_tasks_end")]
pub unsafe extern "C" fn tasks_end(task: Object) {
    // SAFETY: a live task, whose reference is ours.
    unsafe {
        wait(task.cast());
        give_up(task);
    }
}

#[inline(never)]
unsafe fn give_up(task: Object) {
    // SAFETY: the reference was passed to `tasks_end`.
    unsafe { release(task) };
    let running = stack::running();
    // SAFETY: a running task is alive.
    if let Some(running) = unsafe { running.as_mut() } {
        running.ended_tasks = running.ended_tasks.wrapping_add(1);
        if running.ended_tasks.is_multiple_of(OFFER_EVERY) {
            pool::offer();
        }
    }
}

/// What dropping the last reference to a task does.
unsafe fn drop_task(task: Object) {
    // SAFETY: the task is dead and ours. Only one that was released directly may still be running: captured ones have
    // ended before what captured them is released.
    unsafe {
        wait(task.cast());
        job::free(task.cast());
    }
}

/// Waits until a task has ended; runs it, if nobody has begun to.
///
/// # Safety
/// A live task. On return, the caller may be on another thread.
#[inline(never)]
unsafe fn wait(job: *mut Job) {
    // SAFETY: the caller's promise.
    unsafe {
        if (*job).has_ended() {
            return;
        }
        if run::has_room() && Workers::get().is_some_and(|workers| workers.take_back(&raw mut (*job).entry)) {
            return run::above(job);
        }
        // Small tasks end sooner than it takes to set this one aside.
        for _ in 0..SPINS {
            core::hint::spin_loop();
            if (*job).has_ended() {
                return;
            }
        }
        fiber::wait(job);
    }
}

const SPINS: u32 = 200;
