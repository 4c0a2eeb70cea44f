//! Sizes of executables as text in the repository, so that growth shows in review.

use crate::{Outcome, release_fuse, root};
use std::fmt::Write;
use std::process::Command;

/// A program, the options it is built with, and the most bytes it may have.
const PROGRAMS: &[(&str, &str, &[&str], u64)] = &[
    ("hello", "tests/contract/hello", &["--release"], 550_000),
    ("hello static", "tests/contract/hello", &["--release", "--static"], 1_500_000),
    ("faults", "tests/contract/faults", &["--release"], 600_000),
    ("flags", "tests/contract/flags", &["--release"], 700_000),
    ("settings", "tests/contract/settings", &["--release"], 700_000),
    ("harbour", "examples/harbour", &["--release"], 700_000),
    ("store", "tests/contract/store", &["--release"], 3_000_000),
    ("turnstile", "examples/turnstile", &["--release"], 700_000),
];

/// Growth over the recorded size that needs a new record, in percent.
const TOLERANCE: u64 = 2;

/// Builds every program, compares with `tests/sizes.txt`, or rewrites it.
pub(crate) fn run(bless: bool) -> Outcome {
    let fuse = release_fuse()?;
    let record = root().join("tests/sizes.txt");
    let old = std::fs::read_to_string(&record).unwrap_or_default();
    let mut new = String::new();
    let mut problems = String::new();
    for (name, folder, options, most) in PROGRAMS {
        let package = root().join(folder);
        let status =
            Command::new(&fuse).arg("build").args(*options).arg("--manifest-path").arg(&package).output();
        let status = status.map_err(|error| format!("cannot start fuse: {error}"))?;
        if !status.status.success() {
            return Err(format!("{name} does not build:\n{}", String::from_utf8_lossy(&status.stderr)));
        }
        let size = std::fs::metadata(package.join(".fuse/build/program.aot"))
            .map_err(|error| error.to_string())?
            .len();
        let _ = writeln!(new, "{name}: {size}");
        let recorded =
            old.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))?.parse::<u64>().ok());
        if size > *most {
            let _ = writeln!(problems, "{name}: {size} bytes, more than the budget of {most}");
        }
        if let Some(recorded) = recorded
            && size * 100 > recorded * (100 + TOLERANCE)
        {
            let _ = writeln!(
                problems,
                "{name}: {size} bytes, more than {TOLERANCE} % above the recorded {recorded}"
            );
        }
    }
    print!("{new}");
    if bless {
        std::fs::write(&record, new)
            .map_err(|error| format!("cannot write {}: {error}", record.display()))?;
    }
    if problems.is_empty() { Ok(()) } else { Err(format!("sizes\n{problems}")) }
}
