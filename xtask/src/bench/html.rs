//! Rendering a page of 1,000 cards against a program in Go that writes the page by hand (`bench/html`).

use super::measure::{Table, pairs};
use super::{executable, peer};
use crate::{Outcome, root};
use std::path::Path;

/// Pages of one process: enough that its start does not count.
const SIZE: &str = "500";

/// Pairs of the measurement.
const ROUNDS: usize = 15;

/// Builds both programs, compares their pages, and their times.
pub(super) fn run(fuse: &Path, work: &Path, table: &mut Table) -> Outcome {
    let sources = root().join("bench/html");
    let program = executable(fuse, &sources.join("fuse"))?;
    let what = "HTML, a page of 1,000 cards: FUSE to Go";
    let Some(by_hand) = peer::go(&sources.join("go"), &work.join("go-html")) else {
        table.left_out(what, "no tools of Go");
        return Ok(());
    };
    if peer::output(&program, "3")? != peer::output(&by_hand, "3")? {
        return Err("the page in Go is not the one in FUSE".to_owned());
    }
    table.ratio(what, 1.0, &pairs(ROUNDS, || peer::sized(&program, SIZE), || peer::sized(&by_hand, SIZE))?);
    Ok(())
}
