//! Kernels (`bench/kernels`, and the round trips of `bench/json`) against the same programs in Go and Rust, and `fuse run` against the executable.

use super::measure::{middle, peak, time};
use super::{executable, scratch};
use super::{json, peer};
use crate::{Outcome, costs, release_fuse, root};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rounds of each kernel; in each, every program runs once.
const ROUNDS: usize = 9;

/// The most that a kernel's time may be of Go's; the loop is counted in single cycles.
const GO: f64 = 1.0;
const GO_LOOPS: f64 = 1.05;
/// The most that the geometric means may be.
const MEAN_GO: f64 = 0.75;
const MEAN_RUST: f64 = 1.35;
/// `fuse run` may take so much longer than the executable, and so many milliseconds more.
const RUN: f64 = 1.15;
const RUN_MORE: f64 = 20.0;
/// Memory may be Go's and so many KiB.
const MORE_KIB: u64 = 1024;

/// One program in every language.
struct Kernel {
    name: String,
    package: PathBuf,
    fuse: PathBuf,
    go: Option<PathBuf>,
    rust: PathBuf,
}

/// Measures all kernels, or those whose name contains the word; prints a table; fails if a limit is missed.
pub(crate) fn run(word: &str) -> Outcome {
    let fuse = release_fuse()?;
    let kernels = build(&fuse, word)?;
    println!(
        "| kernel | FUSE | Go | Rust | of Go | of Rust | memory | Go's | `fuse run` | instructions, FUSE and Rust |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let (mut of_go, mut of_rust, mut missed) = (Vec::new(), Vec::new(), 0);
    for kernel in &kernels {
        let row = Row::measure(kernel, &fuse)?;
        missed += row.show(&kernel.name);
        of_go.extend(row.of_go());
        of_rust.push(row.of_rust());
    }
    for (peer, ratios, most) in [("Go", of_go, MEAN_GO), ("Rust", of_rust, MEAN_RUST)] {
        if let Some(mean) = geometric_mean(&ratios) {
            // Of a part of the kernels the mean means nothing.
            let met = mean <= most || !word.is_empty();
            missed += usize::from(!met);
            println!(
                "geometric mean, of {peer}: {mean:.3} (at most {most}){}",
                if met { "" } else { " MISSED" }
            );
        }
    }
    if missed == 0 { Ok(()) } else { Err(format!("{missed} limits missed")) }
}

fn build(fuse: &Path, word: &str) -> Result<Vec<Kernel>, String> {
    let folder = root().join("bench/kernels");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect::<Vec<_>>();
    names.push("json".to_owned());
    names.retain(|name| name.contains(word));
    names.sort();
    let work = scratch()?;
    let mut kernels = Vec::new();
    for name in names {
        let kernel = if name == "json" {
            let sources = root().join("bench/json");
            let package = sources.join("untyped");
            let rust =
                json::rust(&sources.join("rust"), &work).ok_or("the JSON program in Rust does not build")?;
            Kernel {
                fuse: executable(fuse, &package)?,
                package,
                go: peer::go(&sources.join("go"), &work.join("go-json")),
                rust,
                name,
            }
        } else {
            let package = folder.join(&name);
            let (go, rust) = (go(&package, &work, &name), rust(&package, &work, &name)?);
            Kernel { fuse: executable(fuse, &package)?, package, go, rust, name }
        };
        let expected = output(&kernel.fuse)?;
        for peer in kernel.go.iter().chain([&kernel.rust]) {
            if output(peer)? != expected {
                return Err(format!("{} does not print what the kernel in FUSE prints", peer.display()));
            }
        }
        kernels.push(kernel);
    }
    Ok(kernels)
}

fn go(package: &Path, work: &Path, name: &str) -> Option<PathBuf> {
    let program = work.join(format!("{name}-go"));
    let mut build = Command::new(std::env::var_os("GO").unwrap_or_else(|| "go".into()));
    build.arg("build").arg("-o").arg(&program).arg(package.join("main.go"));
    crate::run(&mut build).ok().map(|()| program)
}

fn rust(package: &Path, work: &Path, name: &str) -> Result<PathBuf, String> {
    let program = work.join(format!("{name}-rust"));
    let mut build = Command::new("rustc");
    build.args([
        "--edition=2024",
        "-Copt-level=3",
        "-Clto=fat",
        "-Ccodegen-units=1",
        "-Cpanic=abort",
        "-Cstrip=symbols",
    ]);
    crate::run(build.arg("-o").arg(&program).arg(package.join("main.rs")))?;
    Ok(program)
}

fn output(program: &Path) -> Result<Vec<u8>, String> {
    let output = Command::new(program).output().map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() { Ok(output.stdout) } else { Err(format!("{} failed", program.display())) }
}

/// What was measured of one kernel: times in milliseconds by round, memory in KiB.
struct Row {
    fuse: Vec<f64>,
    go: Vec<f64>,
    rust: Vec<f64>,
    run: Vec<f64>,
    memory: u64,
    memory_go: Option<u64>,
    /// At the size of `tests/costs.txt`, of FUSE and Rust.
    instructions: Option<(u64, u64)>,
}

impl Row {
    fn measure(kernel: &Kernel, fuse: &Path) -> Result<Row, String> {
        let mut row = Row {
            fuse: Vec::new(),
            go: Vec::new(),
            rust: Vec::new(),
            run: Vec::new(),
            memory: peak(&kernel.fuse)?,
            memory_go: kernel.go.as_deref().map(peak).transpose()?,
            instructions: instructions(kernel),
        };
        for _ in 0..ROUNDS {
            row.fuse.push(time(&mut Command::new(&kernel.fuse))?);
            if let Some(go) = &kernel.go {
                row.go.push(time(&mut Command::new(go))?);
            }
            row.rust.push(time(&mut Command::new(&kernel.rust))?);
            row.run.push(time(Command::new(fuse).args(["run", "--manifest-path"]).arg(&kernel.package))?);
        }
        Ok(row)
    }

    fn of_go(&self) -> Option<f64> {
        (!self.go.is_empty()).then(|| ratio(&self.fuse, &self.go))
    }

    fn of_rust(&self) -> f64 {
        ratio(&self.fuse, &self.rust)
    }

    /// Prints the row; how many limits it misses.
    fn show(&self, name: &str) -> usize {
        let most = if name == "loops" { GO_LOOPS } else { GO };
        let slower = self.of_go().is_some_and(|ratio| ratio > most);
        let larger = self.memory_go.is_some_and(|go| self.memory > go + MORE_KIB);
        let (fuse, run) = (middle(self.fuse.clone()), middle(self.run.clone()));
        let late = run > fuse * RUN + RUN_MORE;
        let mark = |missed: bool| if missed { " MISSED" } else { "" };
        let left_out = || "–".to_owned();
        let go = if self.go.is_empty() { left_out() } else { format!("{:.1} ms", middle(self.go.clone())) };
        println!(
            "| {name} | {fuse:.1} ms | {go} | {:.1} ms | {}{} | {:.2} | {} KiB{} | {} | {run:.1} ms{} | {} |",
            middle(self.rust.clone()),
            self.of_go().map_or_else(left_out, |ratio| format!("{ratio:.2}")),
            mark(slower),
            self.of_rust(),
            self.memory,
            mark(larger),
            self.memory_go.map_or_else(left_out, |go| format!("{go} KiB")),
            mark(late),
            self.instructions.map_or_else(left_out, |(fuse, rust)| format!(
                "{:.2} and {:.2} million",
                fuse as f64 / 1e6,
                rust as f64 / 1e6
            )),
        );
        usize::from(slower) + usize::from(larger) + usize::from(late)
    }
}

/// How the first times relate to the second, round by round: the median.
fn ratio(first: &[f64], second: &[f64]) -> f64 {
    middle(first.iter().zip(second).map(|(first, second)| first / second).collect())
}

fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let logarithms = ratios.iter().map(|ratio| ratio.ln()).sum::<f64>();
    (!ratios.is_empty()).then(|| (logarithms / ratios.len() as f64).exp())
}

/// Instructions of the executables themselves, where valgrind counts them.
fn instructions(kernel: &Kernel) -> Option<(u64, u64)> {
    let size = costs::size(&kernel.name)?;
    Some((costs::instructions(&kernel.fuse, size).ok()?, costs::instructions(&kernel.rust, size).ok()?))
}
