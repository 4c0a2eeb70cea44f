//! Signals of a running program (runtime reference 22.1): a hit of the stack's guard is `stack overflow`, any other
//! fault a broken invariant. Everything else keeps its disposition.
//!
//! The handler only sets registers: it makes the interrupted code go back to where the program was entered, so that
//! the report is written by ordinary code on the ordinary stack.

use crate::failure::Fault;
use crate::stack;
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr;
use fuse_abi::failure::Failure;

const FAULTS: [c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];

/// Size of the stack of the handler.
const ALTERNATE: usize = 64 << 10;

/// Stack of the handler.
#[repr(align(16))]
struct Room(#[allow(dead_code)] [u8; ALTERNATE]);
static mut MAIN: Room = Room([0; ALTERNATE]);

/// What was in force before [`install`].
pub(crate) struct Saved {
    actions: [libc::sigaction; FAULTS.len()],
    alternate: libc::stack_t,
}

/// A stack for the handler on a thread that runs tasks. Without one, an overflow of a task's stack would end the process.
pub(crate) struct Alternate {
    stack: libc::stack_t,
    saved: libc::stack_t,
}

impl Alternate {
    /// Gives this thread a stack for the handler. If there is no room for it, it does without.
    pub(crate) fn install() -> Alternate {
        // SAFETY: a new mapping; plain data that the C library fills or reads.
        unsafe {
            let (access, flags) =
                (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            let room = libc::mmap(ptr::null_mut(), ALTERNATE, access, flags, -1, 0);
            let mut alternate: Alternate = MaybeUninit::zeroed().assume_init();
            if room != libc::MAP_FAILED {
                alternate.stack = libc::stack_t { ss_sp: room, ss_flags: 0, ss_size: ALTERNATE };
                libc::sigaltstack(&alternate.stack, &raw mut alternate.saved);
            }
            alternate
        }
    }
}

impl Drop for Alternate {
    fn drop(&mut self) {
        if !self.stack.ss_sp.is_null() {
            // SAFETY: the stack before is still there, and nobody uses ours any more.
            unsafe {
                libc::sigaltstack(&self.saved, ptr::null_mut());
                libc::munmap(self.stack.ss_sp, ALTERNATE);
            }
        }
    }
}

/// Takes over the fault signals; the handler's stack is for the calling thread, on which the program's entry runs.
pub(crate) fn install() -> Saved {
    // SAFETY: all structs are plain data that the C library fills or reads; zero is a valid value for each.
    unsafe {
        let mut saved: Saved = MaybeUninit::zeroed().assume_init();
        let alternate = libc::stack_t { ss_sp: (&raw mut MAIN).cast(), ss_flags: 0, ss_size: ALTERNATE };
        libc::sigaltstack(&alternate, &raw mut saved.alternate);
        for (signal, old) in FAULTS.into_iter().zip(&mut saved.actions) {
            let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
            action.sa_sigaction = on_fault as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
            libc::sigaction(signal, &action, old);
        }
        saved
    }
}

impl Saved {
    /// Puts back what was in force.
    pub(crate) fn restore(&self) {
        // SAFETY: these came from the C library.
        unsafe {
            for (signal, old) in FAULTS.into_iter().zip(&self.actions) {
                libc::sigaction(signal, old, ptr::null_mut());
            }
            libc::sigaltstack(&self.alternate, ptr::null_mut());
        }
    }
}

/// Writing to a reader that has gone away is an error of the write, not the end of the process.
pub(crate) fn ignore_broken_pipes() {
    // SAFETY: sets a disposition.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}

/// For executables: a runtime that aborts (a panic where none may be) is reported as well.
pub(crate) fn report_aborts() {
    extern "C" fn on_abort(_: c_int) {
        stack::last_resort(Fault::Broken("the runtime aborted"))
    }
    // SAFETY: sets a disposition.
    unsafe { libc::signal(libc::SIGABRT, on_abort as *const () as usize) };
}

fn describe(signal: c_int) -> &'static str {
    match signal {
        libc::SIGILL => "illegal instruction in compiled code",
        libc::SIGFPE => "arithmetic exception in compiled code",
        libc::SIGBUS => "bus error in compiled code",
        _ => "invalid memory access in compiled code",
    }
}

unsafe extern "C" fn on_fault(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let task = stack::running();
    let registers = context.cast::<libc::ucontext_t>();
    // SAFETY: the kernel passes both; a running task is alive, and interrupted by this signal.
    unsafe {
        let address = (*info).si_addr() as usize;
        if !task.is_null() {
            let frame = &mut (*task).frame;
            let in_guard = matches!(signal, libc::SIGSEGV | libc::SIGBUS) && frame.guards(address);
            if in_guard || frame.contains(stack_pointer(registers)) {
                frame.fault = Some(if in_guard {
                    Fault::Failure(Failure::StackOverflow)
                } else {
                    Fault::Broken(describe(signal))
                });
                resume_at_exit(registers, frame.saved());
                return;
            }
        }
        if stack::has_last_resort() {
            stack::last_resort(Fault::Broken(describe(signal)));
        }
        // Not ours: the instruction runs again and has its usual effect.
        libc::signal(signal, libc::SIG_DFL);
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
unsafe fn stack_pointer(registers: *mut libc::ucontext_t) -> usize {
    // SAFETY: the kernel's record of the interrupted code.
    unsafe { (&(*registers).uc_mcontext.gregs)[libc::REG_RSP as usize] as usize }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
unsafe fn resume_at_exit(registers: *mut libc::ucontext_t, saved: usize) {
    // SAFETY: as above; the code goes on as if it had called `go_back`.
    let gregs = unsafe { &mut (*registers).uc_mcontext.gregs };
    gregs[libc::REG_RDI as usize] = saved as i64;
    gregs[libc::REG_RSI as usize] = stack::LEFT as i64;
    gregs[libc::REG_RSP as usize] = saved as i64;
    gregs[libc::REG_RIP as usize] = stack::go_back as *const () as i64;
}

#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
unsafe fn stack_pointer(registers: *mut libc::ucontext_t) -> usize {
    // SAFETY: the kernel's record of the interrupted code.
    unsafe { (*registers).uc_mcontext.sp as usize }
}

#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
unsafe fn resume_at_exit(registers: *mut libc::ucontext_t, saved: usize) {
    // SAFETY: as above; the code goes on as if it had called `go_back`.
    let machine = unsafe { &mut (*registers).uc_mcontext };
    machine.regs[0] = saved as u64;
    machine.regs[1] = stack::LEFT;
    machine.sp = saved as u64;
    machine.pc = stack::go_back as *const () as u64;
}
