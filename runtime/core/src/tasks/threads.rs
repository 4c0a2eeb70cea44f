//! Threads, and waiting without running.
//!
//! The system's threads as they are. Those of the standard library have names, handles and destructors, of which every
//! program would hold a part: its messages about panics name the thread.

use crate::console;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;
use std::sync::{Condvar, Mutex, PoisonError};

/// A thread that was started.
pub(super) struct Thread(libc::pthread_t);

// SAFETY: a number, or an address that is never followed.
unsafe impl Send for Thread {}

impl Thread {
    /// Starts a thread with a stack of this size; the error is the system's reason.
    pub(super) fn start(
        stack: usize,
        body: extern "C" fn(*mut c_void) -> *mut c_void,
        argument: *mut c_void,
    ) -> Result<Thread, &'static [u8]> {
        let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
        let mut thread = MaybeUninit::<libc::pthread_t>::uninit();
        // SAFETY: the attributes are made before they are used; the thread is only read if it was started.
        unsafe {
            libc::pthread_attr_init(attributes.as_mut_ptr());
            libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), stack);
            let error = libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), body, argument);
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
            match error {
                0 => Ok(Thread(thread.assume_init())),
                error => Err(console::reason(error)),
            }
        }
    }

    /// Waits until the thread has ended.
    pub(super) fn join(self) {
        // SAFETY: the thread was started and is joined once.
        unsafe { libc::pthread_join(self.0, ptr::null_mut()) };
    }
}

/// Lets other threads run.
pub(super) fn pause() {
    // SAFETY: takes nothing.
    unsafe { libc::sched_yield() };
}

/// Something that a thread waits for.
pub(super) struct Signal {
    given: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    pub(super) const fn new() -> Signal {
        Signal { given: Mutex::new(false), changed: Condvar::new() }
    }

    /// Waits until the signal is given, and takes it.
    pub(super) fn wait(&self) {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let given = self.changed.wait_while(given, |given| !*given);
        *given.unwrap_or_else(PoisonError::into_inner) = false;
    }

    /// Gives the signal.
    pub(super) fn give(&self) {
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }
}
