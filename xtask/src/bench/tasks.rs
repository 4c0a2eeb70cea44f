//! Tasks (`bench/tasks`): what a second processor gains, and what a task costs beside a goroutine.

use super::measure::{Table, pairs};
use super::{executable, peer};
use crate::{Outcome, root};
use std::path::Path;
use std::process::Command;

/// Pairs of each measurement.
const ROUNDS: usize = 11;
/// Steps of the loops of each task: enough that the start does not count.
const STEPS: &str = "5000";
/// Tasks, or goroutines.
const TASKS: &str = "100000";

/// Builds the programs and compares their times.
pub(super) fn run(fuse: &Path, work: &Path, table: &mut Table) -> Outcome {
    let sources = root().join("bench/tasks");
    let parallel = executable(fuse, &sources.join("parallel"))?;
    let on_one = || {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", "0"]).arg(&parallel).env("BENCH_N", STEPS);
        command
    };
    let what = "eight tasks of loops: on two processors to on one";
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        table.left_out(what, "one processor");
    } else {
        table.ratio(what, 0.55, &pairs(ROUNDS, || peer::sized(&parallel, STEPS), on_one)?);
    }
    let trivial = executable(fuse, &sources.join("trivial"))?;
    let what = "100,000 tasks that do nothing: FUSE to Go";
    let Some(goroutines) = peer::go(&sources.join("go"), &work.join("go-tasks")) else {
        table.left_out(what, "no tools of Go");
        return Ok(());
    };
    if peer::output(&trivial, TASKS)? != peer::output(&goroutines, TASKS)? {
        return Err("the goroutines are not as many as the tasks".to_owned());
    }
    table.ratio(
        what,
        2.0,
        &pairs(ROUNDS, || peer::sized(&trivial, TASKS), || peer::sized(&goroutines, TASKS))?,
    );
    Ok(())
}
