//! The budgets of build time, size, start and check time, measured as whole processes.

use crate::{Outcome, generate, release_fuse, root};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Runs of each measurement; the medians count.
const ROUNDS: usize = 41;

/// Measures everything, prints a table, fails if a budget is missed.
pub(crate) fn run() -> Outcome {
    let fuse = release_fuse()?;
    let work = scratch()?;
    let hello = root().join("tests/contract/hello");
    let harbour = root().join("examples/harbour");
    let hello_file = hello.join("main.fuse");
    let large = work.join("large.fuse");
    std::fs::write(&large, generate::program(100_000)).map_err(|error| error.to_string())?;
    let mut table = Table::default();

    let build = |package: &Path| {
        let mut command = Command::new(&fuse);
        command.args(["build", "--release", "--manifest-path"]).arg(package);
        command
    };
    table.time("fuse build --release of hello", 50.0, median(ROUNDS, || build(&hello))?);
    table.time("fuse build --release of the example", 90.0, median(ROUNDS, || build(&harbour))?);
    let run_hello = || {
        let mut command = Command::new(&fuse);
        command.arg("run").arg(&hello_file);
        command
    };
    table.time("fuse run of hello", 15.0, median(ROUNDS, run_hello)?);
    let check = || {
        let mut command = Command::new(&fuse);
        command.arg("check").arg(&large);
        command
    };
    table.time("fuse check of 100,000 lines", 400.0, median(11, check)?);

    let executable = hello.join(".fuse/build/program.aot");
    table.size("hello executable", 550_000, &executable)?;
    let (start, floor) = interleaved(&executable, Path::new("/bin/true"))?;
    table.time("hello start to exit above /bin/true", 0.7, start - floor);
    let mut fixed = build(&hello);
    fixed.arg("--static");
    crate::run(&mut fixed)?;
    table.size("hello --static executable", 1_500_000, &executable)?;
    crate::run(&mut build(&hello))?;
    table.finish()
}

#[derive(Default)]
struct Table {
    missed: usize,
}

impl Table {
    fn time(&mut self, what: &str, most: f64, milliseconds: f64) {
        self.row(what, format!("{milliseconds:.2} ms"), format!("{most} ms"), milliseconds <= most);
    }

    fn size(&mut self, what: &str, most: u64, file: &Path) -> Outcome {
        let size = std::fs::metadata(file).map_err(|error| format!("{}: {error}", file.display()))?.len();
        self.row(what, format!("{size} bytes"), format!("{most} bytes"), size <= most);
        Ok(())
    }

    fn row(&mut self, what: &str, value: String, most: String, met: bool) {
        println!("| {what} | {value} | at most {most} | {} |", if met { "met" } else { "MISSED" });
        self.missed += usize::from(!met);
    }

    fn finish(self) -> Outcome {
        match self.missed {
            0 => Ok(()),
            missed => Err(format!("{missed} budgets missed")),
        }
    }
}

fn scratch() -> Result<PathBuf, String> {
    let folder = root().join("target/bench");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// Median wall time in milliseconds, from start to end of the process.
fn median(rounds: usize, mut command: impl FnMut() -> Command) -> Result<f64, String> {
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        times.push(time(&mut command())?);
    }
    Ok(middle(times))
}

/// Medians of two programs that take turns.
fn interleaved(first: &Path, second: &Path) -> Result<(f64, f64), String> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        a.push(time(&mut Command::new(first))?);
        b.push(time(&mut Command::new(second))?);
    }
    Ok((middle(a), middle(b)))
}

fn time(command: &mut Command) -> Result<f64, String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let elapsed = start.elapsed();
    if status.success() {
        Ok(elapsed.as_secs_f64() * 1000.0)
    } else {
        Err(format!("{command:?} failed ({status})"))
    }
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
