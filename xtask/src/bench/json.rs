//! Round trips through JSON against the same programs in Rust and Go (`bench/json`).

use super::executable;
use super::measure::{Table, pairs};
use super::peer;
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
    let expected = peer::output(&typed, SIZE)?;
    if peer::output(&untyped, SIZE)? != expected {
        return Err("the untyped JSON program does not print what the typed one prints".to_owned());
    }
    let peers = [
        ("Rust", rust(&sources.join("rust"), work)),
        ("Go", peer::go(&sources.join("go"), &work.join("go-json"))),
    ];
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
            if peer::output(peer, SIZE)? != expected {
                return Err(format!(
                    "the JSON program in {language} does not print what the one in FUSE prints"
                ));
            }
            table.ratio(
                &what,
                *most,
                &pairs(ROUNDS, || peer::sized(program, SIZE), || peer::sized(peer, SIZE))?,
            );
        }
    }
    Ok(())
}

/// The program in Rust, built.
pub(super) fn rust(source: &Path, work: &Path) -> Option<PathBuf> {
    let target = work.join("rust");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--release"]).current_dir(source).env("CARGO_TARGET_DIR", &target);
    crate::run(&mut build).ok().map(|()| target.join("release/bench-json"))
}
