//! Costs as text in the repository, so that a change of them shows in review, without a quiet machine: instructions of each kernel at a small size, and
//! allocations of each phase of compiling.

use crate::bench::{executable, scratch};
use crate::{Outcome, cargo, generate, release_fuse, root};
use std::path::Path;
use std::process::Command;

/// Kernels with a size that takes a second under valgrind.
const KERNELS: &[(&str, &str)] = &[
    ("enums", "20000"),
    ("fib", "18"),
    ("lists", "400"),
    ("loops", "300"),
    ("maps", "6000"),
    ("matrix", "40"),
    ("nbody", "1500"),
    ("results", "40000"),
    ("sieve", "5000"),
    ("strings", "2000"),
    ("trees", "8"),
    ("words", "2000"),
];

/// The size at which the instructions of a kernel are counted.
pub(crate) fn size(kernel: &str) -> Option<&'static str> {
    KERNELS.iter().find(|(name, _)| *name == kernel).map(|(_, size)| *size)
}

/// Change, in percent either way, that needs a new record.
const TOLERANCE: u64 = 2;

/// Measures, compares with `tests/costs.txt`, or rewrites it.
pub(crate) fn run(bless: bool) -> Outcome {
    let fuse = release_fuse()?;
    let mut new = String::new();
    for (name, size) in KERNELS {
        let program = executable(&fuse, &root().join("bench/kernels").join(name))?;
        new += &format!("{name} {size}: {} instructions\n", instructions(&program, size)?);
    }
    new += &phases()?;
    print!("{new}");
    let record = root().join("tests/costs.txt");
    if bless {
        return std::fs::write(&record, new)
            .map_err(|error| format!("cannot write {}: {error}", record.display()));
    }
    let old = std::fs::read_to_string(&record).map_err(|error| format!("{}: {error}", record.display()))?;
    let problems = changes(&old, &new);
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!(
        "costs that changed by more than {TOLERANCE} % (cargo xtask costs --bless records them)\n{problems}"
    ))
}

/// Lines that are new, or gone, or of which a number changed.
fn changes(old: &str, new: &str) -> String {
    let (old, new) = (old.lines().collect::<Vec<_>>(), new.lines().collect::<Vec<_>>());
    let mut problems = String::new();
    for at in 0..old.len().max(new.len()) {
        let (before, now) =
            (old.get(at).copied().unwrap_or("nothing"), new.get(at).copied().unwrap_or("nothing"));
        if !alike(before, now) {
            problems += &format!("{before}  is now  {now}\n");
        }
    }
    problems
}

fn alike(before: &str, now: &str) -> bool {
    let (before, now) = (before.split(' ').collect::<Vec<_>>(), now.split(' ').collect::<Vec<_>>());
    before.len() == now.len()
        && before.iter().zip(&now).all(|(before, now)| match (before.parse::<u64>(), now.parse::<u64>()) {
            (Ok(before), Ok(now)) => before.abs_diff(now) * 100 <= before * TOLERANCE,
            _ => before == now,
        })
}

/// Instructions in the executable itself, always the same number: not those of the C library, which chooses code by the processor.
pub(crate) fn instructions(program: &Path, size: &str) -> Result<u64, String> {
    let profile = scratch()?.join("callgrind.out");
    let mut option = std::ffi::OsString::from("--callgrind-out-file=");
    option.push(&profile);
    // Without random addresses, and with nothing else in the environment, whose length moves the stack.
    let mut command = Command::new("setarch");
    command.args(["-R", "valgrind", "--quiet", "--tool=callgrind", "--max-stackframe=16777216"]).arg(option);
    command.arg(program).env_clear().env("PATH", "/usr/bin:/bin").env("BENCH_N", size);
    let output = command.output().map_err(|error| format!("cannot start setarch: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text =
        std::fs::read_to_string(&profile).map_err(|error| format!("{}: {error}", profile.display()))?;
    Ok(own_costs(&text, &program.to_string_lossy()))
}

/// The costs of all functions of an object in callgrind's format: a line of costs has a position and a number; one after `calls=` is of what was called.
fn own_costs(profile: &str, object: &str) -> u64 {
    // The object has a number where it is named first, and only that afterwards.
    let (mut number, mut own, mut called, mut sum) = (None, false, false, 0);
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("ob=").or_else(|| line.strip_prefix("cob=")) {
            let short = name.split(' ').next();
            if name.ends_with(object) {
                number = short;
            }
            if line.starts_with("ob=") {
                own = short == number;
            }
        } else if line.starts_with("calls=") {
            called = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<u64>().ok());
            if own && !called {
                sum += cost.unwrap_or(0);
            }
            called = false;
        }
    }
    sum
}

/// Allocations of each phase, of a generated program.
fn phases() -> Result<String, String> {
    let program = scratch()?.join("phases.fuse");
    std::fs::write(&program, generate::program(2000))
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let mut command =
        cargo(&["run", "--quiet", "--release", "--package", "fuse", "--example", "phases", "--"]);
    let output = command.arg(&program).output().map_err(|error| format!("cannot start cargo: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)))
}
