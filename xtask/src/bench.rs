//! The budgets of build time, size, start, check time, JSON, HTML and tasks, measured as whole processes.

mod html;
mod json;
pub(crate) mod kernels;
mod measure;
mod peer;
mod tasks;

use crate::{Outcome, generate, release_fuse, root};
use measure::{Table, median, middle, pairs};
use std::path::{Path, PathBuf};
use std::process::Command;

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
    table.time("fuse build --release of hello", 40.0, median(ROUNDS, || build(&hello))?);
    table.time("fuse build --release of the example", 90.0, median(ROUNDS, || build(&harbour))?);
    let medium = work.join("medium");
    write(&medium.join("fuse.toml"), "[package]\nname = \"medium\"\nentry = \"main.fuse\"\n")?;
    write(&medium.join("main.fuse"), &generate::program(10_000))?;
    table.time("fuse build --release of 10,000 lines", 400.0, median(11, || build(&medium))?);
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
    table.time("fuse check of 100,000 lines", 250.0, median(11, check)?);

    let executable = hello.join(".fuse/build/program.aot");
    table.size("hello executable", 550_000, &executable)?;
    let above = difference(&executable, Path::new("/bin/true"))?;
    table.time("hello start to exit above /bin/true", 0.7, above);
    let mut fixed = build(&hello);
    fixed.arg("--static");
    crate::run(&mut fixed)?;
    table.size("hello --static executable", 1_500_000, &executable)?;
    crate::run(&mut build(&hello))?;

    let (few, many) = (types(&fuse, &work, 20)?, types(&fuse, &work, 2000)?);
    table.time("start to exit with 2,000 types above 20", 1.0, difference(&many, &few)?);
    json::run(&fuse, &work, &mut table)?;
    html::run(&fuse, &work, &mut table)?;
    tasks::run(&fuse, &work, &mut table)?;
    table.finish()
}

/// How many milliseconds longer the first program runs, of the medians.
fn difference(first: &Path, second: &Path) -> Result<f64, String> {
    let (first, second): (Vec<_>, Vec<_>) =
        pairs(200, || Command::new(first), || Command::new(second))?.into_iter().unzip();
    Ok(middle(first) - middle(second))
}

/// The executable of a program with so many types.
fn types(fuse: &Path, work: &Path, count: usize) -> Result<PathBuf, String> {
    let package = work.join(format!("types-{count}"));
    write(&package.join("fuse.toml"), "[package]\nname = \"types\"\nentry = \"main.fuse\"\n")?;
    write(&package.join("main.fuse"), &generate::types(count))?;
    executable(fuse, &package)
}

/// Builds a package.
pub(crate) fn executable(fuse: &Path, package: &Path) -> Result<PathBuf, String> {
    let mut command = Command::new(fuse);
    command.args(["build", "--release", "--manifest-path"]).arg(package);
    let output = command.output().map_err(|error| format!("cannot start fuse: {error}"))?;
    if output.status.success() {
        return Ok(package.join(".fuse/build/program.aot"));
    }
    Err(format!("{} does not build:\n{}", package.display(), String::from_utf8_lossy(&output.stderr)))
}

fn write(file: &Path, text: &str) -> Outcome {
    let explain = |error| format!("{}: {error}", file.display());
    file.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(explain)?;
    std::fs::write(file, text).map_err(explain)
}

pub(crate) fn scratch() -> Result<PathBuf, String> {
    let folder = root().join("target/bench");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}
