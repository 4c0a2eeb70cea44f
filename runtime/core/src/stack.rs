//! The stack that compiled code runs on, and the ways onto and off it.
//!
//! [`enter`] switches to a program's stack and calls its entry. Usually the entry returns. A fault, or memory that
//! cannot be had, ends the program in the middle instead: [`leave`] (or the signal handler, in the same way) goes back to
//! where [`enter`] was called, and what stands on the program's stack is forgotten. That is sound because nothing on it
//! is referred to from elsewhere; its objects leak.
//!
//! The same holds for each task of a program: it has an entry of its own, on a stack of its own or above the frames of the
//! task that waits for it, and is left on its own.

use crate::failure::{Fault, Task};
use crate::hook::Hook;
use crate::registers::{restore_registers, save_registers};
use core::arch::naked_asm;
use core::cell::Cell;
use core::ptr;
use fuse_abi::desc::EntryFn;
use fuse_abi::layout::{Context, STACK_RESERVE, STACK_SIZE};

/// Memory below the stack that may not be touched. More than a page, so that a large frame does not jump over it.
const GUARD: usize = 64 << 10;
/// What [`enter`] returns after [`leave`]; no status of compiled code.
pub(crate) const LEFT: u64 = 255;

/// A stack with its guard.
pub(crate) struct Stack {
    low: *mut u8,
}

impl Stack {
    /// Reserves a stack; the kernel provides pages as they are touched. `None` if there is no address space for it.
    pub(crate) fn reserve() -> Option<Stack> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_STACK;
        // SAFETY: a new mapping of our own; only its guard is protected.
        unsafe {
            let low = libc::mmap(
                ptr::null_mut(),
                GUARD + STACK_SIZE,
                libc::PROT_READ | libc::PROT_WRITE,
                flags,
                -1,
                0,
            );
            if low == libc::MAP_FAILED {
                return None;
            }
            let stack = Stack { low: low.cast() };
            if libc::mprotect(low, GUARD, libc::PROT_NONE) != 0 {
                return None;
            }
            // Without this the first touch may clear two megabytes. Not a failure where it is unknown.
            libc::madvise(low, GUARD + STACK_SIZE, libc::MADV_NOHUGEPAGE);
            Some(stack)
        }
    }

    /// What compiled code may not go below.
    pub(crate) fn limit(&self) -> usize {
        self.low as usize + GUARD + STACK_RESERVE
    }

    /// Where it begins.
    pub(crate) fn high(&self) -> usize {
        self.low as usize + GUARD + STACK_SIZE
    }

    /// The frame of a task that begins on this stack.
    pub(crate) fn frame(&self) -> Frame {
        Frame { saved: 0, low: self.low as usize, high: self.high(), fault: None }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and nothing runs on it any more.
        unsafe { libc::munmap(self.low.cast(), GUARD + STACK_SIZE) };
    }
}

/// Where a running program stands; part of its task.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    /// Stack pointer of the thread that called [`enter`].
    saved: usize,
    low: usize,
    high: usize,
    /// Why the program was left.
    pub(crate) fault: Option<Fault>,
}

impl Frame {
    /// Whether an address is on the program's stack, guard included.
    pub(crate) fn contains(&self, address: usize) -> bool {
        (self.low..self.high).contains(&address)
    }

    /// Whether an address is in the guard.
    pub(crate) fn guards(&self, address: usize) -> bool {
        (self.low..self.low + GUARD).contains(&address)
    }

    /// Stack pointer to go back to.
    pub(crate) fn saved(&self) -> usize {
        self.saved
    }

    /// The frame of a task that is entered on the same stack, above this one.
    pub(crate) fn above(&self) -> Frame {
        Frame { saved: 0, fault: None, ..*self }
    }
}

std::thread_local!(
    /// The task that runs on this thread; null if there is none.
    static RUNNING: Cell<*mut Task> = const { Cell::new(ptr::null_mut()) }
);

/// The task that runs on this thread; null if there is none.
///
/// Never in line: a task may go on on another thread, and code that has kept the address of a thread's variable would then
/// use that of the wrong thread.
#[inline(never)]
pub(crate) fn running() -> *mut Task {
    RUNNING.get()
}

/// Says which task runs on this thread.
#[inline(never)]
pub(crate) fn set_running(task: *mut Task) {
    RUNNING.set(task);
}

/// Runs an entry on a stack: its status, or [`LEFT`] if the program was left, for the reason in the task's frame.
///
/// # Safety
/// The entry is compiled code of the installed program; nothing else runs on the stack.
pub(crate) unsafe fn run(task: *mut Task, stack: &Stack, entry: EntryFn) -> u64 {
    // SAFETY: the task is alive until this returns; the stack is ours and empty.
    unsafe {
        (*task).frame = stack.frame();
        let saved = &raw mut (*task).frame.saved;
        let outer = running();
        set_running(task);
        let status = enter(task.cast(), entry, stack.high(), saved);
        set_running(outer);
        status
    }
}

/// Runs an entry above the frames of the caller, who is on the stack that the task's frame names; yields as [`run`].
///
/// # Safety
/// As for [`run`].
pub(crate) unsafe fn run_above(task: *mut Task, entry: EntryFn) -> u64 {
    // SAFETY: the task is alive until this returns; its frame is on this stack.
    unsafe {
        let saved = &raw mut (*task).frame.saved;
        let outer = running();
        set_running(task);
        let status = enter(task.cast(), entry, 0, saved);
        set_running(outer);
        status
    }
}

/// Whether the caller runs on the stack of the task that runs on this thread.
pub(crate) fn is_on_program_stack() -> bool {
    let here = 0_u8;
    let task = running();
    // SAFETY: a running task is alive.
    !task.is_null() && unsafe { (*task).frame.contains(&raw const here as usize) }
}

/// Ends the running task in the middle. Called from outside of one (a test, start-up), it ends the process.
#[cold]
pub(crate) fn leave(fault: Fault) -> ! {
    if is_on_program_stack() {
        let task = running();
        // SAFETY: a running task is alive. The jump goes to the frame of `run`, which waits on the other stack.
        unsafe {
            (*task).frame.fault = Some(fault);
            go_back((*task).frame.saved, LEFT);
        }
    }
    last_resort(fault)
}

/// How the process says that it ends for a fault outside of a program.
static LAST_RESORT: Hook<fn(Fault) -> !> = Hook::new();

/// Sets what is done for faults outside of a program; it ends the process and allocates nothing.
pub(crate) fn set_last_resort(action: fn(Fault) -> !) {
    LAST_RESORT.set(action);
}

/// Whether [`set_last_resort`] was called.
pub(crate) fn has_last_resort() -> bool {
    LAST_RESORT.get().is_some()
}

/// Ends the process for a fault outside of a program.
pub(crate) fn last_resort(fault: Fault) -> ! {
    if let Some(action) = LAST_RESORT.get() {
        action(fault);
    }
    let (text, status) = match fault {
        Fault::Failure(failure) => (failure.message(), 1),
        Fault::Broken(text) => (text, 70),
    };
    for part in ["fatal: ", text, "\n"] {
        // SAFETY: the bytes are there. Nobody is left to be told if this fails.
        unsafe { libc::write(2, part.as_ptr().cast(), part.len()) };
    }
    // SAFETY: ends the process without running anything of it.
    unsafe { libc::_exit(status) }
}

/// Saves the callee-saved registers and the stack pointer, switches to the stack that ends at `top` (0: stays on this
/// one), sets the pinned register and calls the entry.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn enter(context: *mut Context, entry: EntryFn, top: usize, saved: *mut usize) -> u64 {
    naked_asm!(
        save_registers!(),
        "mov [rcx], rsp",
        "mov rbx, rsp",
        "test rdx, rdx",
        "cmovz rdx, rsp",
        "mov rsp, rdx",
        "and rsp, -16",
        "xor ebp, ebp",
        "mov r15, rdi",
        "call rsi",
        "mov rsp, rbx",
        restore_registers!(),
        "ret",
    )
}

/// Returns from [`enter`] with `status`, from wherever this is called.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn go_back(saved: usize, status: u64) -> ! {
    naked_asm!("mov rsp, rdi", "mov rax, rsi", "cld", restore_registers!(), "ret",)
}

/// As on x86-64.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn enter(context: *mut Context, entry: EntryFn, top: usize, saved: *mut usize) -> u64 {
    naked_asm!(
        save_registers!(),
        "mov x9, sp",
        "str x9, [x3]",
        "mov x19, x9",
        "cmp x2, #0",
        "csel x2, x9, x2, eq",
        "mov sp, x2",
        "mov x29, xzr",
        "mov x21, x0",
        "blr x1",
        "mov x1, x0",
        "mov x0, x19",
        "b {go_back}",
        go_back = sym go_back,
    )
}

/// As on x86-64.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn go_back(saved: usize, status: u64) -> ! {
    naked_asm!("mov sp, x0", "mov x0, x1", restore_registers!(), "ret",)
}
