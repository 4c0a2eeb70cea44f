//! Tasks of the project: what a contributor and CI run. `cargo xtask` lists them.
#![forbid(unsafe_code)]

mod bench;
mod costs;
mod generate;
mod size;
mod tests;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What a task ends with: a message if it failed.
type Outcome = Result<(), String>;

const USAGE: &str = "\
cargo xtask <task>

  demo                  build fuse, build the examples into executables, run them
  test [FILTER]         all tests
  ready [--full]        everything CI runs; --full: every fixture under every check
  bless                 rewrite the expectations of fixtures and snapshots
  reference             rewrite the pages of docs/reference from the tables in the code
  differential N [SEED] N generated programs, unoptimised against optimised; the seed of the first is 1 or SEED
  bench                 build, start and run times, sizes; fails if a budget is missed
  bench kernels [NAME]  kernels against Go (`GO=` or PATH) and Rust: times, memory, `fuse run`; fails if a limit is missed
  costs [--bless]       instructions of kernels and allocations of compiling against tests/costs.txt
  size [--bless]        sizes of executables against tests/sizes.txt
  generate LINES FILE   write a generated program of about so many lines
";

fn main() -> ExitCode {
    let args = std::env::args().skip(1).collect::<Vec<_>>();
    let words = args.iter().map(String::as_str).collect::<Vec<_>>();
    let outcome = match words[..] {
        ["demo"] => demo(),
        ["test"] => test(&[]),
        ["test", filter] => test(&[filter]),
        ["ready"] => ready(false),
        ["ready", "--full"] => ready(true),
        ["bless"] => bless(),
        ["reference"] => reference(),
        ["differential", programs] => differential(programs, "1"),
        ["differential", programs, seed] => differential(programs, seed),
        ["bench"] => bench::run(),
        ["bench", "kernels"] => bench::kernels::run(""),
        ["bench", "kernels", name] => bench::kernels::run(name),
        ["costs"] => costs::run(false),
        ["costs", "--bless"] => costs::run(true),
        ["size"] => size::run(false),
        ["size", "--bless"] => size::run(true),
        ["generate", lines, file] => generate::write(lines, Path::new(file)),
        [] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => Err(format!("unknown task: {}\n\n{USAGE}", words.join(" "))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(Path::to_path_buf).unwrap_or(here)
}

fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root());
    command
}

/// Runs a command and shows it; its failure is the task's.
fn run(command: &mut Command) -> Outcome {
    let shown = format!("{command:?}").replace('"', "");
    eprintln!("$ {shown}");
    let status = command.status().map_err(|error| format!("cannot start {shown}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown} failed ({status})")) }
}

/// The release build of `fuse`.
fn release_fuse() -> Result<PathBuf, String> {
    run(&mut cargo(&["build", "--quiet", "--release", "--package", "fuse"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("release/fuse"))
}

fn demo() -> Outcome {
    let fuse = release_fuse()?;
    let harbour = demo_executable(&fuse, "harbour")?;
    run(&mut Command::new(harbour))?;
    let turnstile = demo_executable(&fuse, "turnstile")?;
    let folder = root().join("examples/turnstile");
    let log = std::fs::File::open(folder.join("sample.log")).map_err(|error| error.to_string())?;
    run(Command::new(turnstile).args(["--count", "13"]).current_dir(folder).stdin(log))
}

/// Builds an example; where its executable is.
fn demo_executable(fuse: &Path, name: &str) -> Result<PathBuf, String> {
    let example = root().join("examples").join(name);
    run(Command::new(fuse).args(["build", "--release", "--manifest-path"]).arg(&example))?;
    Ok(example.join(".fuse/build/program.aot"))
}

fn test(filter: &[&str]) -> Outcome {
    tests::run(cargo(&["test", "--workspace", "--no-fail-fast"]).args(filter))
}

fn reference() -> Outcome {
    run(cargo(&["test", "--quiet", "--package", "fuse", "--test", "reference"]).env("FUSE_BLESS", "1"))
}

/// Runs generated programs with optimised tools.
fn differential(programs: &str, seed: &str) -> Outcome {
    for number in [programs, seed] {
        number.parse::<u64>().map_err(|_| format!("not a number: {number}"))?;
    }
    let mut test = cargo(&["test", "--quiet", "--release", "--package", "fuse", "--test", "differential"]);
    run(test.env("FUSE_DIFFERENTIAL_PROGRAMS", programs).env("FUSE_DIFFERENTIAL_SEED", seed))
}

fn ready(full: bool) -> Outcome {
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    run(&mut cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"]))?;
    run(cargo(&["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"])
        .env("RUSTDOCFLAGS", "--deny warnings"))?;
    let mut tests = cargo(&["test", "--workspace", "--no-fail-fast"]);
    if full {
        tests.env("FUSE_TEST_FULL", "1");
    }
    tests::run(&mut tests)
}

fn bless() -> Outcome {
    run(cargo(&["test", "--workspace"]).env("FUSE_BLESS", "1"))
}
