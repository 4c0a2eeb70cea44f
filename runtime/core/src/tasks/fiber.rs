//! Tasks that are set aside while they wait: a stack each, and the way from one stack to another.

use super::job::{Job, Waiter, Who};
use super::lanes::{Entry, What};
use super::run;
use super::threads::Signal;
use super::workers::{self, Worker, Workers};
use crate::failure::Task;
use crate::registers::{restore_registers, save_registers};
use crate::stack::{self, Stack};
use core::arch::naked_asm;
use core::ptr;
use std::sync::Arc;

/// A stack with the tasks on it: one that has nothing below it, and those that it runs itself. It stands at the high end of
/// its own stack.
#[repr(C, align(64))]
pub(super) struct Fiber {
    pub(super) entry: Entry,
    stack: Stack,
    /// Where it goes on.
    sp: usize,
    /// The task that runs on it while it is set aside.
    running: *mut Task,
    /// The task that it begins with.
    job: *mut Job,
    /// The worker that it has to go on on.
    worker: Option<usize>,
    /// The next of those that nobody uses.
    pub(super) next: *mut Fiber,
}

impl Fiber {
    /// A fiber without a task; null if there is no address space for it.
    pub(super) fn reserve() -> *mut Fiber {
        let Some(stack) = Stack::reserve() else { return ptr::null_mut() };
        let fiber = ((stack.high() - size_of::<Fiber>()) as *mut u8).cast::<Fiber>();
        // SAFETY: the stack is ours, nothing runs on it, and its end is a multiple of the alignment.
        unsafe {
            fiber.write(Fiber {
                entry: Entry::new(What::Fiber),
                stack,
                sp: 0,
                running: ptr::null_mut(),
                job: ptr::null_mut(),
                worker: None,
                next: ptr::null_mut(),
            });
        }
        fiber
    }

    /// Gives a fiber back that nobody uses.
    pub(super) unsafe fn unmap(fiber: *mut Fiber) {
        // SAFETY: nothing runs on the stack; it is moved out before the memory it stands in goes.
        drop(unsafe { ptr::read(&raw const (*fiber).stack) });
    }

    /// Makes a fiber begin with a task.
    pub(super) unsafe fn begin_with(fiber: *mut Fiber, job: *mut Job) {
        // SAFETY: nothing runs on the stack.
        unsafe {
            (*fiber).job = job;
            (*fiber).running = ptr::null_mut();
            (*fiber).sp = prepare(fiber as usize, fiber as usize);
        }
    }
}

/// What a worker has to do when a fiber has gone back to it.
pub(super) enum After {
    /// Nothing has.
    Nothing,
    /// The fiber waits for the task.
    Wait(*mut Job, *mut Waiter),
    /// Its task has ended.
    Ended,
}

/// Waits for a task that another thread runs, or will: sets the running one aside, or, on a thread that is no worker, waits.
///
/// # Safety
/// A live task; the caller runs on the stack of the running task, and may be on another thread afterwards.
#[inline(never)]
pub(super) unsafe fn wait(job: *mut Job) {
    let worker = workers::current();
    if worker.is_null() {
        // SAFETY: the caller's promise.
        return unsafe { wait_here(job) };
    }
    // SAFETY: the worker and its fiber are alive; the waiter stays where it is until it is woken.
    unsafe {
        let fiber = (*worker).fiber;
        let running = stack::running();
        (*fiber).running = running;
        (*fiber).worker = ((*running).callbacks > 0).then_some((*worker).number);
        let mut waiter = Waiter::new(Who::Fiber(fiber));
        (*worker).after = After::Wait(job, &raw mut waiter);
        switch(&raw mut (*fiber).sp, (*worker).sp);
    }
}

#[inline(never)]
unsafe fn wait_here(job: *mut Job) {
    let signal = Arc::new(Signal::new());
    let mut waiter = Waiter::new(Who::Thread(signal.clone()));
    // SAFETY: the waiter stays where it is until the signal is given.
    unsafe {
        if (*job).add_waiter(&raw mut waiter) {
            signal.wait();
        }
    }
}

/// A fiber can go on.
///
/// # Safety
/// The fiber is set aside.
pub(super) unsafe fn ready(fiber: *mut Fiber) {
    let Some(workers) = Workers::get() else { return };
    // SAFETY: nobody else has the fiber.
    unsafe {
        match (*fiber).worker {
            Some(number) => workers.add_for(number, &raw mut (*fiber).entry),
            None => workers.add(&raw mut (*fiber).entry),
        }
    }
}

/// Goes to a fiber; returns when it has come back.
///
/// # Safety
/// The caller is the worker, on its thread's own stack; nobody else has the fiber.
#[inline(never)]
pub(super) unsafe fn go_on(worker: *mut Worker, fiber: *mut Fiber) {
    // SAFETY: the caller's promise.
    unsafe {
        (*worker).fiber = fiber;
        stack::set_running((*fiber).running);
        switch(&raw mut (*worker).sp, (*fiber).sp);
        stack::set_running(ptr::null_mut());
        (*worker).fiber = ptr::null_mut();
    }
}

/// What a fiber begins with.
extern "C" fn begin(fiber: *mut Fiber) -> ! {
    // SAFETY: the fiber is ours until it has gone back to the worker that it is on then.
    unsafe {
        run::on_stack((*fiber).job, &(*fiber).stack);
        back(fiber)
    }
}

#[inline(never)]
unsafe fn back(fiber: *mut Fiber) -> ! {
    let worker = workers::current();
    // SAFETY: a fiber runs on a worker, which waits on the thread's own stack.
    unsafe {
        (*worker).after = After::Ended;
        switch(&raw mut (*fiber).sp, (*worker).sp);
    }
    stack::leave(crate::failure::Fault::Broken("a task that has ended goes on"))
}

/// Saves the callee-saved registers and the stack pointer, and goes on where another stack was left.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn switch(save: *mut usize, to: usize) {
    naked_asm!(save_registers!(), "mov [rdi], rsp", "mov rsp, rsi", restore_registers!(), "ret",)
}

/// Makes a stack that ends at `top` look as if it had been left at the beginning of [`begin`] with this argument.
#[cfg(target_arch = "x86_64")]
unsafe fn prepare(top: usize, argument: usize) -> usize {
    // Registers in the order in which `switch` pops them, the address it returns to, and one more that ends the frames.
    let frame = [0, 0, 0, argument, 0, 0, first as *const () as usize, 0];
    let sp = (top & !15) - size_of_val(&frame);
    // SAFETY: the stack is ours, with nothing on it below `top`.
    unsafe { (sp as *mut [usize; 8]).write(frame) };
    sp
}

/// Passes the argument on.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn first() -> ! {
    naked_asm!(
        "mov rdi, r12",
        "and rsp, -16",
        "xor ebp, ebp",
        "call {begin}",
        "ud2",
        begin = sym begin,
    )
}

/// As on x86-64.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn switch(save: *mut usize, to: usize) {
    naked_asm!(save_registers!(), "mov x9, sp", "str x9, [x0]", "mov sp, x1", restore_registers!(), "ret",)
}

/// As on x86-64.
#[cfg(target_arch = "aarch64")]
unsafe fn prepare(top: usize, argument: usize) -> usize {
    let mut frame = [0_usize; 20];
    frame[0] = argument;
    frame[11] = first as *const () as usize;
    let sp = (top & !15) - size_of_val(&frame);
    // SAFETY: the stack is ours, with nothing on it below `top`.
    unsafe { (sp as *mut [usize; 20]).write(frame) };
    sp
}

/// As on x86-64.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn first() -> ! {
    naked_asm!(
        "mov x0, x19",
        "mov x29, xzr",
        "bl {begin}",
        "udf #0",
        begin = sym begin,
    )
}
