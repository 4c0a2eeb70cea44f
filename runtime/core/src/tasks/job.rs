//! The object of a task: what its block mentions, whether it has ended, and with what.

use super::fiber::{self, Fiber};
use super::lanes::{Entry, What};
use super::threads::Signal;
use crate::abi::{Object, Pair};
use crate::alloc;
use crate::failure::{Fault, Raised, Task, fail, fail_with};
use crate::object::{release, release_value, retain};
use crate::share;
use crate::stack;
use crate::tables;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, Header, STATUS_OK, STATUS_RAISED};
use std::sync::Arc;

/// A task.
#[repr(C)]
pub(super) struct Job {
    header: Header,
    /// [`ENDED`], [`SHARED`], and until it has ended the first of those who wait.
    state: AtomicUsize,
    pub(super) entry: Entry,
    /// The struct of what its block mentions; null if that is nothing, or when it has ended.
    pub(super) captured: Object,
    /// With what it ended, if not with a result.
    failed: Option<Failed>,
    /// When it was spawned, in microseconds; 0 if nobody wants to know.
    pub(super) spawned: u64,
    /// The number of its code.
    pub(super) number: u32,
    /// How many `spawn` blocks it is inside of.
    pub(super) depth: u32,
    /// Its block mentions other tasks.
    pub(super) waits: bool,
}

/// Where the result stands.
const RESULT: usize = size_of::<Job>().next_multiple_of(8);

/// The task has ended: whoever sees it sees the outcome too.
const ENDED: usize = 1;
/// Several tasks hold the task: they may look at its outcome at the same time.
const SHARED: usize = 2;
const FLAGS: usize = ENDED | SHARED;

/// With what a task ended if not with a result.
pub(super) enum Failed {
    /// A runtime failure.
    Failure { failure: u32, position: u32, text: Vec<u8> },
    /// An error value.
    Raised(Raised),
    /// A panic of the runtime, whose text is not told.
    Panic,
    /// It was left in the middle.
    Fault(Fault),
}

/// Who waits for a task.
#[repr(align(8))]
pub(super) struct Waiter {
    next: *mut Waiter,
    who: Who,
}

/// Who waits.
pub(super) enum Who {
    /// A task that is set aside.
    Fiber(*mut Fiber),
    /// A thread that is no worker.
    Thread(Arc<Signal>),
}

impl Waiter {
    pub(super) fn new(who: Who) -> Waiter {
        Waiter { next: ptr::null_mut(), who }
    }
}

impl Job {
    /// A task that has not begun.
    pub(super) unsafe fn create(
        ty: u32,
        number: u32,
        depth: u32,
        captured: Object,
        waits: bool,
        spawned: u64,
    ) -> *mut Job {
        let result = tables::desc(tables::desc(ty).inner).size as usize;
        let job = alloc::get(RESULT + result).cast::<Job>();
        let header = Header { count: 1, kind: ty };
        let (state, entry) = (AtomicUsize::new(0), Entry::new(What::Job));
        // SAFETY: the block is large enough.
        unsafe {
            job.write(Job { header, state, entry, captured, failed: None, spawned, number, depth, waits });
        }
        job
    }

    /// The task that an entry is a part of.
    pub(super) unsafe fn of_entry(entry: *mut Entry) -> *mut Job {
        // SAFETY: the caller says that the entry is a task's.
        unsafe { entry.cast::<u8>().sub(core::mem::offset_of!(Job, entry)).cast() }
    }

    /// Where the result stands, or is to stand.
    pub(super) unsafe fn result(job: *mut Job) -> *mut u8 {
        // SAFETY: the block goes on behind the struct.
        unsafe { job.cast::<u8>().add(RESULT) }
    }

    /// Whether it has ended; if so, the outcome can be read.
    pub(super) fn has_ended(&self) -> bool {
        self.state.load(Ordering::Acquire) & ENDED != 0
    }

    /// Adds one who waits; false if the task has ended.
    ///
    /// # Safety
    /// The waiter stays where it is until it is woken.
    pub(super) unsafe fn add_waiter(&self, waiter: *mut Waiter) -> bool {
        let mut state = self.state.load(Ordering::Acquire);
        loop {
            if state & ENDED != 0 {
                return false;
            }
            // SAFETY: nobody else knows the waiter yet.
            unsafe { (*waiter).next = (state & !FLAGS) as *mut Waiter };
            let new = waiter as usize | state & FLAGS;
            match self.state.compare_exchange_weak(state, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
    }
}

/// Several tasks are going to hold a task: what they may look at at the same time is shared too.
///
/// # Safety
/// A live task.
pub(super) unsafe fn share(task: Object) {
    let job = task.cast::<Job>();
    // SAFETY: the caller's promise. Once it has ended, its outcome changes no more, and the other holders are told apart by
    // the flag: the first to set it is alone.
    unsafe {
        let before = (*job).state.fetch_or(SHARED, Ordering::AcqRel);
        if before & FLAGS == ENDED {
            share_outcome(job);
        }
    }
}

unsafe fn share_outcome(job: *mut Job) {
    // SAFETY: the outcome is there, and no other task has a reference to anything in it yet.
    unsafe {
        match &(*job).failed {
            Some(Failed::Raised(raised)) => share::share_object(raised.object),
            Some(_) => {}
            None => {
                let desc = tables::desc(tables::desc((*job).header.kind).inner);
                share::share_value(desc, Job::result(job));
            }
        }
    }
}

/// The task has ended: tells those who wait. The task may be gone when this returns.
///
/// # Safety
/// The result is in its place if the task has one.
pub(super) unsafe fn complete(job: *mut Job, failed: Option<Failed>) {
    // SAFETY: the task is alive until its state says that it has ended, since only then its holders drop it.
    unsafe {
        (*job).failed = failed;
        let mut state = (*job).state.load(Ordering::Acquire);
        let mut shared = false;
        loop {
            if state & SHARED != 0 && !shared {
                share_outcome(job);
                shared = true;
            }
            match (*job).state.compare_exchange_weak(
                state,
                state & SHARED | ENDED,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        let mut waiter = (state & !FLAGS) as *mut Waiter;
        while !waiter.is_null() {
            // Once it is woken, the waiter is gone.
            let next = (*waiter).next;
            match &(*waiter).who {
                Who::Fiber(fiber) => fiber::ready(*fiber),
                Who::Thread(signal) => signal.clone().give(),
            }
            waiter = next;
        }
    }
}

/// The outcome of a task that has ended: the address of the result, or the status of what it failed with.
///
/// # Safety
/// A live task that has ended; the context is that of the task that waited.
#[inline(never)]
pub(super) unsafe fn outcome(job: *mut Job, context: *mut Context) -> Pair<*mut u8, u64> {
    // SAFETY: the caller's promise; a context is the head of its task.
    unsafe {
        let status = match &(*job).failed {
            None => return Pair { first: Job::result(job), second: u64::from(STATUS_OK) },
            Some(Failed::Failure { failure, position, text }) => {
                let failure = Failure::from_number(*failure).unwrap_or(Failure::Message);
                let status = match failure.message() {
                    "" => fail_with(context, failure, &[text]),
                    _ => fail(context, failure),
                };
                (*context).position = *position;
                status
            }
            Some(Failed::Raised(raised)) => {
                retain(raised.object);
                let again = Raised { ty: raised.ty, object: raised.object, report: raised.report };
                if let Some(before) = (*context.cast::<Task>()).raised.replace(again) {
                    release(before.object);
                }
                u64::from(STATUS_RAISED)
            }
            Some(Failed::Panic) => fail_with(context, Failure::Message, &[b"task execution failed"]),
            Some(Failed::Fault(Fault::Failure(failure))) => fail(context, *failure),
            Some(Failed::Fault(fault)) => stack::leave(*fault),
        };
        Pair { first: ptr::null_mut(), second: status }
    }
}

/// What a run of compiled code that did not end well left in its task.
pub(super) fn failed_of(task: &mut Task, status: u64) -> Failed {
    use fuse_abi::layout::{STATUS_FAILURE, STATUS_PANIC};
    match u8::try_from(status) {
        Ok(STATUS_FAILURE) => Failed::Failure {
            failure: task.context.failure,
            position: task.context.position,
            text: core::mem::take(&mut task.message),
        },
        Ok(STATUS_RAISED) => match task.raised.take() {
            Some(raised) => Failed::Raised(raised),
            None => Failed::Fault(Fault::Broken("an error value that is not in the context")),
        },
        Ok(STATUS_PANIC) => Failed::Panic,
        _ if status == stack::LEFT => {
            Failed::Fault(task.frame.fault.unwrap_or(Fault::Broken("a task was left without a reason")))
        }
        _ => Failed::Fault(Fault::Broken("unknown status of a task")),
    }
}

/// Gives back the memory of a task, and its outcome.
///
/// # Safety
/// A task that has ended and nobody holds.
#[inline(never)]
pub(super) unsafe fn free(job: *mut Job) {
    // SAFETY: the caller's promise.
    unsafe {
        let result = tables::desc(tables::desc((*job).header.kind).inner);
        match (*job).failed.take() {
            None => release_value(result, Job::result(job)),
            Some(Failed::Raised(raised)) => release(raised.object),
            Some(_) => {}
        }
        let size = RESULT + result.size as usize;
        alloc::free(job.cast(), size);
    }
}
