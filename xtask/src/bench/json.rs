//! Round trips through JSON against the same programs in Rust and Go (`bench/json`).

use super::executable;
use super::measure::{Table, pairs};
use crate::{Outcome, root};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Round trips of one process: enough that its start does not count.
const SIZE: &str = "100000";

/// Pairs of each measurement.
const ROUNDS: usize = 15;

/// Builds the programs, compares their outputs, and the times of those whose tools are there.
pub(super) fn run(fuse: &Path, work: &Path, table: &mut Table) -> Outcome {
    let sources = root().join("bench/json");
    let typed = executable(fuse, &sources.join("typed"))?;
    let untyped = executable(fuse, &sources.join("untyped"))?;
    let expected = output(&typed)?;
    if output(&untyped)? != expected {
        return Err("the untyped JSON program does not print what the typed one prints".to_owned());
    }
    let peers = [("Rust", rust(&sources.join("rust"), work)), ("Go", go(&sources.join("go"), work))];
    for (language, peer) in peers {
        let rows: &[(&str, &Path, f64)] = match language {
            "Rust" => &[("typed", &typed, 1.1)],
            _ => &[("typed", &typed, 0.35), ("untyped", &untyped, 0.6)],
        };
        for (kind, program, most) in rows {
            let what = format!("JSON, {kind}: FUSE to {language}");
            let Some(peer) = &peer else {
                table.left_out(&what, &format!("no tools of {language}"));
                continue;
            };
            if output(peer)? != expected {
                return Err(format!(
                    "the JSON program in {language} does not print what the one in FUSE prints"
                ));
            }
            table.ratio(&what, *most, &pairs(ROUNDS, || sized(program), || sized(peer))?);
        }
    }
    Ok(())
}

pub(super) fn rust(source: &Path, work: &Path) -> Option<PathBuf> {
    let target = work.join("rust");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--release"]).current_dir(source).env("CARGO_TARGET_DIR", &target);
    crate::run(&mut build).ok().map(|()| target.join("release/bench-json"))
}

pub(super) fn go(source: &Path, work: &Path) -> Option<PathBuf> {
    let program = work.join("go-json");
    let mut build = Command::new(std::env::var_os("GO").unwrap_or_else(|| "go".into()));
    build.arg("build").arg("-o").arg(&program).current_dir(source);
    crate::run(&mut build).ok().map(|()| program)
}

fn sized(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("BENCH_N", SIZE);
    command
}

fn output(program: &Path) -> Result<Vec<u8>, String> {
    let output = sized(program).output().map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() { Ok(output.stdout) } else { Err(format!("{} failed", program.display())) }
}
