//! Runs mutated programs in worker threads, notices panics and hangs, and reduces what fails.
//!
//! Inputs are numbered; a number gives the same input on every machine. `FUSE_FUZZ_SECONDS` says how long to go on (default 15,
//! with `FUSE_TEST_FULL=1` 300), `FUSE_FUZZ_FIRST` where to begin, `FUSE_FUZZ_ONLY` makes it one input. A failing input is
//! reduced and left in `target/tmp`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::corpus::Sources;
use crate::mutate::{self, Random};

/// What a program is put through.
pub type Answer = fn(&Sources) -> Result<(), String>;

/// No input is larger than a few thousand lines; this is far from what one takes even on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);
/// That of the main thread, on which `fuse` works.
const STACK: usize = fuse_syntax::STACK;
const WORKERS: usize = 2;

/// Puts the programs, then others that `make` makes of numbers, through `answer`, which panics or says what is wrong.
pub fn run(programs: &[Sources], make: impl Fn(&mut Random) -> Sources + Sync, answer: Answer) {
    let only = number("FUSE_FUZZ_ONLY");
    let first = only.or(number("FUSE_FUZZ_FIRST")).unwrap_or(0);
    let default = if std::env::var_os("FUSE_TEST_FULL").is_some() { 300 } else { 15 };
    let end = Instant::now() + Duration::from_secs(number("FUSE_FUZZ_SECONDS").unwrap_or(default));
    std::thread::scope(|scope| {
        let originals = || {
            for program in programs {
                examine(program, answer)
                    .unwrap_or_else(|reason| panic!("before any mutation: {reason}\n{program:?}"));
            }
        };
        std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, originals).expect("a thread");
    });
    let next = AtomicU64::new(first);
    let failures = Mutex::new(Vec::new());
    let slowest = Mutex::new((Duration::ZERO, first));
    let slots: Vec<Slot> = (0..WORKERS).map(|_| Slot::default()).collect();
    // A panic is reported with its input; its usual text would only be in the way.
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| {
        let workers: Vec<_> = slots
            .iter()
            .enumerate()
            .map(|(worker, slot)| {
                let (next, failures, make) = (&next, &failures, &make);
                let slowest = &slowest;
                let work = move || loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let done = only.map_or(Instant::now() >= end, |only| number > only);
                    if done || failures.lock().is_ok_and(|failures| failures.len() >= 10) {
                        return slot.clear();
                    }
                    let program = make(&mut Random::new(number));
                    slot.set(number, &program, worker);
                    let start = Instant::now();
                    let result = examine(&program, answer);
                    if let Ok(mut slowest) = slowest.lock() {
                        *slowest = (*slowest).max((start.elapsed(), number));
                    }
                    if let Err(reason) = result {
                        slot.clear();
                        let file = keep(number, &reduced(program, answer));
                        let failure = format!("input {number}: {reason}; reduced: {}", file.display());
                        failures.lock().expect("not poisoned").push(failure);
                    }
                };
                std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread")
            })
            .collect();
        while workers.iter().any(|worker| !worker.is_finished()) {
            slots.iter().for_each(Slot::watch);
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    drop(std::panic::take_hook());
    let failures = failures.into_inner().expect("not poisoned");
    let count = next.into_inner() - first;
    let (time, number) = slowest.into_inner().expect("not poisoned");
    println!("{count} inputs from {} programs; the slowest was {number}, {time:?}", programs.len());
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// What a worker is busy with.
#[derive(Default)]
struct Slot(Mutex<Option<(Instant, u64)>>);

impl Slot {
    /// The input is on disk before it is tried: an overflowing stack leaves no time to write it.
    fn set(&self, number: u64, program: &Sources, worker: usize) {
        let _ = std::fs::write(
            folder().join(format!("{}-current-{worker}.txt", env!("CARGO_CRATE_NAME"))),
            shown(number, program),
        );
        *self.0.lock().expect("not poisoned") = Some((Instant::now(), number));
    }

    fn clear(&self) {
        *self.0.lock().expect("not poisoned") = None;
    }

    /// Ends the process if the worker is stuck: a thread cannot be ended.
    fn watch(&self) {
        let current = *self.0.lock().expect("not poisoned");
        if let Some((since, number)) = current
            && since.elapsed() > LIMIT
        {
            eprintln!(
                "input {number} takes longer than {LIMIT:?}; see *-current-*.txt in {}",
                folder().display()
            );
            std::process::exit(1);
        }
    }
}

/// Puts a program through everything. The error says what is wrong with the answer.
fn examine(program: &Sources, answer: Answer) -> Result<(), String> {
    match catch_unwind(AssertUnwindSafe(|| answer(program))) {
        Ok(result) => result,
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            Err(format!("panicked: {}", text.unwrap_or_default()))
        }
    }
}

/// Takes lines, then tokens, away as long as something stays wrong.
fn reduced(mut program: Sources, answer: Answer) -> Sources {
    let end = Instant::now() + Duration::from_secs(20);
    for by_line in [true, false] {
        for file in 0..program.0.len() {
            let mut size = usize::MAX;
            while size > 0 {
                let text = program.0[file].1.clone();
                let pieces: Vec<&str> =
                    if by_line { text.split_inclusive('\n').collect() } else { mutate::split(&text) };
                size = size.min(pieces.len() / 2);
                let mut kept = pieces.clone();
                let mut at = 0;
                while size > 0 && at < kept.len() && Instant::now() < end {
                    let mut fewer = kept.clone();
                    fewer.drain(at..(at + size).min(fewer.len()));
                    program.0[file].1 = fewer.concat();
                    if examine(&program, answer).is_err() {
                        kept = fewer;
                    } else {
                        at += size;
                    }
                }
                program.0[file].1 = kept.concat();
                size /= 2;
            }
        }
    }
    program
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn keep(number: u64, program: &Sources) -> PathBuf {
    let path = folder().join(format!("{}-failure-{number}.txt", env!("CARGO_CRATE_NAME")));
    let _ = std::fs::write(&path, shown(number, program));
    path
}

fn shown(number: u64, program: &Sources) -> String {
    let files = program.0.iter().map(|(path, text)| format!("=== {path}\n{text}"));
    format!("input {number}\n{}", files.collect::<Vec<_>>().join("\n"))
}
