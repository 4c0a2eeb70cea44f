//! Programs in other languages that do the same, and programs that do it as often as `BENCH_N` says.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds a program in Go; `None` if there are no tools of Go.
pub(super) fn go(source: &Path, program: &Path) -> Option<PathBuf> {
    let mut build = Command::new(std::env::var_os("GO").unwrap_or_else(|| "go".into()));
    build.arg("build").arg("-o").arg(program).current_dir(source);
    crate::run(&mut build).ok().map(|()| program.to_owned())
}

/// A run of so many rounds.
pub(super) fn sized(program: &Path, size: &str) -> Command {
    let mut command = Command::new(program);
    command.env("BENCH_N", size);
    command
}

/// What so many rounds print.
pub(super) fn output(program: &Path, size: &str) -> Result<Vec<u8>, String> {
    let output = sized(program, size).output().map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() { Ok(output.stdout) } else { Err(format!("{} failed", program.display())) }
}
