//! Generated programs, each compiled as `fuse run` does and as `fuse build --release` does, run in this process, and compared: output, failure
//! and its place, objects left behind. Some are linked into executables too.
//!
//! `cargo test` runs a bounded number from a fixed seed; `cargo xtask differential N [SEED]` any number, with optimised tools. A program that does not
//! behave alike is made smaller and printed.
//!
//! The programs run in worker processes: their output is a file that the worker reads back, and a worker that crashes or hangs is replaced.

mod execute;
mod generate;
mod shrink;
mod worker;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use libtest_mimic::{Arguments, Trial};
use worker::{Finding, Verdict, Worker};

/// Programs of a run of all tests.
const PROGRAMS: u64 = 300;
/// Every so many programs are linked and run as executables too.
const LINKED: u64 = 40;
/// Findings that are made smaller; a defect of a pass shows itself in many programs.
const SHRUNK: usize = 3;

fn main() {
    if worker::is_worker() {
        return worker::serve();
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    if let Some(seed) = number("FUSE_DIFFERENTIAL_PRINT") {
        return print!("{}", generate::program(seed));
    }
    let arguments = Arguments::from_args();
    let (programs, seed) = (
        number("FUSE_DIFFERENTIAL_PROGRAMS").unwrap_or(PROGRAMS),
        number("FUSE_DIFFERENTIAL_SEED").unwrap_or(1),
    );
    let trial = Trial::test("programs_behave_alike", move || compare(programs, seed).map_err(Into::into));
    libtest_mimic::run(&arguments, vec![trial]).exit();
}

/// What became of all programs.
#[derive(Default)]
struct Tally {
    endings: BTreeMap<String, u64>,
    findings: Vec<(u64, Finding)>,
}

fn compare(programs: u64, first: u64) -> Result<(), String> {
    let start = Instant::now();
    let next = AtomicU64::new(first);
    let tally = Mutex::new(Tally::default());
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(4));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut worker = Worker::new();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed - first >= programs {
                        break;
                    }
                    let verdict = worker.compare(&generate::program(seed), seed.is_multiple_of(LINKED));
                    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                    match verdict {
                        Verdict::Alike(ending) => *tally.endings.entry(ending).or_default() += 1,
                        Verdict::Found(finding) => {
                            eprintln!("seed {seed}: {}", finding.kind);
                            tally.findings.push((seed, finding));
                        }
                    }
                }
            });
        }
    });
    let mut tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let rate = programs as f64 / start.elapsed().as_secs_f64();
    println!("{programs} programs from seed {first}, {rate:.0} each second");
    for (ending, count) in &tally.endings {
        println!("{count:8} {ending}");
    }
    tally.findings.sort_by_key(|(seed, _)| *seed);
    let mut report = String::new();
    for (shown, (seed, finding)) in tally.findings.iter().enumerate() {
        report += &format!("\nseed {seed}: {}\n{}\n", finding.kind, finding.what);
        // That a value changed is told by the program itself, which a smaller one may tell without reason.
        if shown < SHRUNK && finding.kind != "aliased" {
            let (source, finding) = shrink::shrink(&generate::program(*seed), finding);
            report += &format!("smaller:\n{source}\n{}\n", finding.what);
        }
    }
    if report.is_empty() { Ok(()) } else { Err(report) }
}
