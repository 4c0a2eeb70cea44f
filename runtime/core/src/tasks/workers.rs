//! Workers: threads that run tasks, when they look for some, and when they sleep.
//!
//! Each worker has a lane, whose last task it takes first; all other threads share one. A worker whose lane is empty takes
//! the first task of another. It looks around for a little before it sleeps; as long as one looks around, nobody has to
//! be woken for a new task, and one that finds a task and leaves more behind wakes the next.
//!
//! No wake-up is lost: who adds a task first makes it visible and then looks for searching workers; a worker first stops
//! searching and then looks for tasks once more.

use super::fiber::{self, After, Fiber};
use super::job::{self, Failed, Job};
use super::lanes::{Entry, Lane, What};
use super::stats::Stats;
use super::threads::{Signal, Thread, pause};
use crate::env;
use crate::failure::Fault;
use crate::object;
use crate::pool;
use crate::program::{self, Kept};
use crate::signals;
use core::cell::Cell;
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, fence};
use fuse_abi::failure::Failure;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// More workers than this are of no use.
const MOST: usize = 4096;
/// Stack of a worker's thread; tasks have stacks of their own.
const THREAD_STACK: usize = 256 << 10;
/// How often a worker looks around before it sleeps.
const ROUNDS: u32 = 256;
/// How many unused stacks a worker keeps.
const MOST_UNUSED: usize = 4;

/// All workers, and what waits for them.
pub(super) struct Workers {
    /// One for each worker, and one for all other threads.
    lanes: Box<[Lane]>,
    /// What has to go on on a worker, for each.
    own: Box<[Lane]>,
    /// What wakes a worker that sleeps, for each.
    woken: Box<[Signal]>,
    searching: AtomicUsize,
    sleeping: AtomicUsize,
    started: AtomicUsize,
    threads: Mutex<Threads>,
    pub(super) stats: Stats,
}

#[derive(Default)]
struct Threads {
    sleepers: Vec<usize>,
    handles: Vec<Thread>,
    stop: bool,
}

/// A worker, on its thread's own stack.
pub(super) struct Worker {
    workers: &'static Workers,
    pub(super) number: usize,
    /// Where the thread's own stack goes on.
    pub(super) sp: usize,
    /// What runs; null if nothing does.
    pub(super) fiber: *mut Fiber,
    /// What is to be done when the thread's own stack goes on.
    pub(super) after: After,
    unused: *mut Fiber,
    unused_count: usize,
}

static WORKERS: AtomicPtr<Workers> = AtomicPtr::new(ptr::null_mut());

std::thread_local!(static CURRENT: Cell<*mut Worker> = const { Cell::new(ptr::null_mut()) });

/// The worker of this thread; null if it is none. Never in line, see the module `tasks`.
#[inline(never)]
pub(super) fn current() -> *mut Worker {
    CURRENT.get()
}

/// The number of workers that is asked for.
fn limit() -> Result<usize, &'static str> {
    const INVALID: &str = "invalid FUSE_TASK_WORKERS: expected integer >= 1";
    match env::set("FUSE_TASK_WORKERS") {
        Some(text) => {
            let text = core::str::from_utf8(text).map_err(|_| INVALID)?;
            let number: usize = text.trim().parse().map_err(|_| INVALID)?;
            if number == 0 { Err(INVALID) } else { Ok(number.min(MOST)) }
        }
        None => Ok(processors().clamp(2, MOST)),
    }
}

/// How many processors this process may use. (The standard library would also read files.)
fn processors() -> usize {
    // SAFETY: plain data that the system fills.
    unsafe {
        let mut set: libc::cpu_set_t = core::mem::zeroed();
        match libc::sched_getaffinity(0, size_of_val(&set), &raw mut set) {
            0 => libc::CPU_COUNT(&set) as usize,
            _ => 1,
        }
    }
}

impl Workers {
    /// The workers of this program, if it has spawned a task.
    pub(super) fn get() -> Option<&'static Workers> {
        // SAFETY: they stay until no task of the program runs any more.
        unsafe { WORKERS.load(Ordering::Acquire).as_ref() }
    }

    /// The workers of this program. The error is the text of the failure in parts.
    pub(super) fn started() -> Result<&'static Workers, [&'static [u8]; 2]> {
        static ONCE: Mutex<()> = Mutex::new(());
        if let Some(workers) = Workers::get() {
            return Ok(workers);
        }
        let _once = ONCE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(workers) = Workers::get() {
            return Ok(workers);
        }
        let limit = limit().map_err(|text| [text.as_bytes(), b""])?;
        let lanes = |count: usize| (0..count).map(|_| Lane::new()).collect::<Box<[Lane]>>();
        let mut threads = Threads::default();
        threads.sleepers.reserve(limit.min(64));
        let workers = Box::leak(Box::new(Workers {
            lanes: lanes(limit + 1),
            own: lanes(limit),
            woken: (0..limit).map(|_| Signal::new()).collect(),
            searching: AtomicUsize::new(0),
            sleeping: AtomicUsize::new(0),
            started: AtomicUsize::new(0),
            threads: Mutex::new(threads),
            stats: Stats::new(),
        }));
        let workers: &'static Workers = workers;
        if let Err(reason) = workers.start(&mut workers.lock()) {
            // SAFETY: nobody else knows of them.
            drop(unsafe { Box::from_raw(ptr::from_ref(workers).cast_mut()) });
            return Err([b"cannot start a task worker: ", reason]);
        }
        // From now on values may be used by several tasks.
        program::share_kept();
        pool::share();
        object::set_drop_task(super::drop_task);
        program::at_end(Kept::Tasks, stop);
        WORKERS.store(ptr::from_ref(workers).cast_mut(), Ordering::Release);
        Ok(workers)
    }

    /// How many there may be.
    pub(super) fn count(&self) -> usize {
        self.own.len()
    }

    /// Adds what can run to the lane of this thread.
    ///
    /// # Safety
    /// The entry is alive until it is taken, and in no lane.
    pub(super) unsafe fn add(&'static self, entry: *mut Entry) {
        let worker = current();
        // SAFETY: the worker of this thread is alive; the caller's promise.
        unsafe {
            let number = if worker.is_null() { self.own.len() } else { (*worker).number };
            self.lanes[number].push(number, entry);
        }
        self.announce();
    }

    /// Adds what has to go on on a certain worker.
    ///
    /// # Safety
    /// As for [`Workers::add`].
    pub(super) unsafe fn add_for(&self, number: usize, entry: *mut Entry) {
        // SAFETY: the caller's promise.
        unsafe { self.own[number].push(number, entry) };
        fence(Ordering::SeqCst);
        let mut threads = self.lock();
        if let Some(at) = threads.sleepers.iter().position(|&sleeper| sleeper == number) {
            let sleeper = threads.sleepers.swap_remove(at);
            self.wake(&threads, sleeper);
        }
    }

    /// Takes an entry out of the lane it stands in; false if it stands in none.
    ///
    /// # Safety
    /// The entry is alive.
    pub(super) unsafe fn take_back(&self, entry: *mut Entry) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.lanes[(*entry).lane()].take(entry) }
    }

    fn lock(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that somebody looks for what was added.
    fn announce(&'static self) {
        fence(Ordering::SeqCst);
        if self.searching.load(Ordering::SeqCst) > 0 {
            return;
        }
        let all = self.started.load(Ordering::SeqCst) == self.own.len();
        if all && self.sleeping.load(Ordering::SeqCst) == 0 {
            return;
        }
        let mut threads = self.lock();
        if let Some(sleeper) = threads.sleepers.pop() {
            self.wake(&threads, sleeper);
        } else if self.started.load(Ordering::SeqCst) < self.own.len() && !threads.stop {
            // Without another thread, those that are there have to do.
            let _ = self.start(&mut threads);
        }
    }

    /// Wakes a worker, which searches from now on.
    fn wake(&self, threads: &Threads, number: usize) {
        self.sleeping.store(threads.sleepers.len(), Ordering::SeqCst);
        self.searching.fetch_add(1, Ordering::SeqCst);
        self.woken[number].give();
    }

    /// Starts the next worker, which searches from the start.
    fn start(&'static self, threads: &mut Threads) -> Result<(), &'static [u8]> {
        extern "C" fn body(start: *mut c_void) -> *mut c_void {
            // SAFETY: from the box below.
            let (workers, number) = *unsafe { Box::from_raw(start.cast::<(&'static Workers, usize)>()) };
            workers.work(number);
            ptr::null_mut()
        }
        let number = self.started.load(Ordering::SeqCst);
        self.searching.fetch_add(1, Ordering::SeqCst);
        let start = Box::into_raw(Box::new((self, number)));
        match Thread::start(THREAD_STACK, body, start.cast()) {
            Ok(handle) => {
                threads.handles.push(handle);
                self.started.store(number + 1, Ordering::SeqCst);
                Ok(())
            }
            Err(reason) => {
                self.searching.fetch_sub(1, Ordering::SeqCst);
                // SAFETY: the thread that would have taken it does not exist.
                drop(unsafe { Box::from_raw(start) });
                Err(reason)
            }
        }
    }

    /// The whole life of a worker.
    fn work(&'static self, number: usize) {
        let signals = signals::Alternate::install();
        let mut worker = Worker {
            workers: self,
            number,
            sp: 0,
            fiber: ptr::null_mut(),
            after: After::Nothing,
            unused: ptr::null_mut(),
            unused_count: 0,
        };
        let worker = &raw mut worker;
        CURRENT.set(worker);
        loop {
            match self.search(number) {
                Some(entry) => {
                    let last = self.searching.fetch_sub(1, Ordering::SeqCst) == 1;
                    if last && self.has_work(number) {
                        self.announce();
                    }
                    let mut next = Some(entry);
                    while let Some(entry) = next {
                        // SAFETY: the entry was taken; this is the worker's thread.
                        unsafe { Worker::run(worker, entry) };
                        next = self.find(number);
                    }
                    self.searching.fetch_add(1, Ordering::SeqCst);
                }
                None => {
                    pool::offer();
                    if self.sleep(number) {
                        break;
                    }
                }
            }
        }
        CURRENT.set(ptr::null_mut());
        // SAFETY: this is the worker's thread.
        unsafe { Worker::give_back_unused(worker) };
        drop(signals);
    }

    /// Looks around for a while.
    fn search(&self, number: usize) -> Option<*mut Entry> {
        for round in 1..=ROUNDS {
            if let Some(entry) = self.find(number) {
                return Some(entry);
            }
            if round.is_multiple_of(16) {
                pause();
            }
            for _ in 0..16 {
                core::hint::spin_loop();
            }
        }
        None
    }

    /// The lanes that a worker looks at besides its own, in order.
    fn others(&self, number: usize) -> impl Iterator<Item = &Lane> {
        let count = self.own.len();
        let workers = (1..count).map(move |step| (number + step) % count);
        core::iter::once(count).chain(workers).map(|at| &self.lanes[at])
    }

    /// Takes something that can run.
    fn find(&self, number: usize) -> Option<*mut Entry> {
        let some = |entry: *mut Entry| (!entry.is_null()).then_some(entry);
        let own = &self.own[number];
        if !own.is_empty()
            && let Some(entry) = some(own.pop_first())
        {
            return Some(entry);
        }
        let lane = &self.lanes[number];
        if !lane.is_empty()
            && let Some(entry) = some(lane.pop_last())
        {
            return Some(entry);
        }
        self.others(number).filter(|lane| !lane.is_empty()).find_map(|lane| some(lane.pop_first()))
    }

    /// Whether there is something that a worker could run.
    fn has_work(&self, number: usize) -> bool {
        let lanes = [&self.own[number], &self.lanes[number]];
        lanes.into_iter().chain(self.others(number)).any(|lane| !lane.is_empty())
    }

    /// Sleeps until there is something to run; true if there will not be.
    fn sleep(&self, number: usize) -> bool {
        {
            let mut threads = self.lock();
            if threads.stop {
                return true;
            }
            threads.sleepers.push(number);
            self.sleeping.store(threads.sleepers.len(), Ordering::SeqCst);
            self.searching.fetch_sub(1, Ordering::SeqCst);
            fence(Ordering::SeqCst);
            if self.has_work(number) {
                threads.sleepers.pop();
                self.sleeping.store(threads.sleepers.len(), Ordering::SeqCst);
                self.searching.fetch_add(1, Ordering::SeqCst);
                return false;
            }
        }
        self.woken[number].wait();
        false
    }
}

impl Worker {
    /// Runs what was taken, until it ends or is set aside.
    ///
    /// # Safety
    /// The caller is the worker, on its thread's own stack.
    unsafe fn run(worker: *mut Worker, entry: *mut Entry) {
        // SAFETY: the entry was taken, so that nobody else has what it is a part of.
        unsafe {
            let fiber = match (*entry).what {
                What::Fiber => entry.cast::<Fiber>(),
                What::Job => {
                    let job = Job::of_entry(entry);
                    let fiber = Worker::unused(worker);
                    if fiber.is_null() {
                        return (*worker).workers.refuse(job);
                    }
                    Fiber::begin_with(fiber, job);
                    fiber
                }
            };
            loop {
                fiber::go_on(worker, fiber);
                match core::mem::replace(&mut (*worker).after, After::Nothing) {
                    After::Nothing => return,
                    After::Ended => return Worker::keep(worker, fiber),
                    After::Wait(job, waiter) => {
                        if (*job).add_waiter(waiter) {
                            return;
                        }
                    }
                }
            }
        }
    }

    /// A fiber without a task.
    unsafe fn unused(worker: *mut Worker) -> *mut Fiber {
        // SAFETY: unused fibers are the worker's alone.
        unsafe {
            let fiber = (*worker).unused;
            if fiber.is_null() {
                return Fiber::reserve();
            }
            (*worker).unused = (*fiber).next;
            (*worker).unused_count -= 1;
            fiber
        }
    }

    /// Keeps a fiber whose task has ended, or gives it back.
    unsafe fn keep(worker: *mut Worker, fiber: *mut Fiber) {
        // SAFETY: nothing runs on the fiber any more.
        unsafe {
            if (*worker).unused_count == MOST_UNUSED {
                return Fiber::unmap(fiber);
            }
            (*fiber).next = (*worker).unused;
            (*worker).unused = fiber;
            (*worker).unused_count += 1;
        }
    }

    unsafe fn give_back_unused(worker: *mut Worker) {
        // SAFETY: as above.
        unsafe {
            while !(*worker).unused.is_null() {
                Fiber::unmap(Worker::unused(worker));
            }
        }
    }
}

impl Workers {
    /// Ends a task that cannot be run, because there is no address space for a stack. What it holds leaks.
    unsafe fn refuse(&self, job: *mut Job) {
        program::left_a_task();
        // SAFETY: nobody else runs the task.
        unsafe {
            self.stats.completed((*job).spawned);
            job::complete(job, Some(Failed::Fault(Fault::Failure(Failure::OutOfMemory))));
        }
        self.stats.gone();
    }
}

/// The end of the program: waits for tasks that are still running (because what would have waited for them was left in the
/// middle), and ends the workers.
fn stop(_: bool) {
    let all = WORKERS.load(Ordering::Acquire);
    // SAFETY: set once; nobody else takes it.
    let Some(workers) = (unsafe { all.as_ref() }) else { return };
    while workers.stats.active() > 0 {
        pause();
    }
    let handles = {
        let mut threads = workers.lock();
        threads.stop = true;
        let sleepers = core::mem::take(&mut threads.sleepers);
        for sleeper in sleepers {
            workers.wake(&threads, sleeper);
        }
        core::mem::take(&mut threads.handles)
    };
    for handle in handles {
        handle.join();
    }
    workers.stats.write(workers.count());
    WORKERS.store(ptr::null_mut(), Ordering::Release);
    // SAFETY: the workers have ended, and no task runs.
    drop(unsafe { Box::from_raw(all) });
}
