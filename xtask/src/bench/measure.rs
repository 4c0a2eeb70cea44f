//! Times of whole processes, sizes, and the table they are shown in.

use crate::Outcome;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The rows that are printed, and how many budgets were missed.
#[derive(Default)]
pub(super) struct Table {
    missed: usize,
}

impl Table {
    pub(super) fn time(&mut self, what: &str, most: f64, milliseconds: f64) {
        self.row(what, format!("{milliseconds:.2} ms"), format!("{most} ms"), milliseconds <= most);
    }

    pub(super) fn size(&mut self, what: &str, most: u64, file: &Path) -> Outcome {
        let size = std::fs::metadata(file).map_err(|error| format!("{}: {error}", file.display()))?.len();
        self.row(what, format!("{size} bytes"), format!("{most} bytes"), size <= most);
        Ok(())
    }

    /// How the first time relates to the second, pair by pair.
    pub(super) fn ratio(&mut self, what: &str, most: f64, pairs: &[(f64, f64)]) {
        let ratio = middle(pairs.iter().map(|(first, second)| first / second).collect());
        self.row(what, format!("{ratio:.2}"), format!("{most}"), ratio <= most);
    }

    /// A measurement that needs a tool which is not there.
    pub(super) fn left_out(&mut self, what: &str, why: &str) {
        println!("| {what} | | left out: {why} | |");
    }

    fn row(&mut self, what: &str, value: String, most: String, met: bool) {
        println!("| {what} | {value} | at most {most} | {} |", if met { "met" } else { "MISSED" });
        self.missed += usize::from(!met);
    }

    pub(super) fn finish(self) -> Outcome {
        match self.missed {
            0 => Ok(()),
            missed => Err(format!("{missed} budgets missed")),
        }
    }
}

/// Median wall time in milliseconds, from start to end of the process.
pub(super) fn median(rounds: usize, mut command: impl FnMut() -> Command) -> Result<f64, String> {
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        times.push(time(&mut command())?);
    }
    Ok(middle(times))
}

/// Wall times in milliseconds of two programs that take turns, for so many rounds.
pub(super) fn pairs(
    rounds: usize,
    mut first: impl FnMut() -> Command,
    mut second: impl FnMut() -> Command,
) -> Result<Vec<(f64, f64)>, String> {
    (0..rounds).map(|_| Ok((time(&mut first())?, time(&mut second())?))).collect()
}

/// Wall time in milliseconds, from start to end of the process.
pub(super) fn time(command: &mut Command) -> Result<f64, String> {
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

/// The largest resident size of a program in KiB, of a few runs.
pub(super) fn peak(program: &Path) -> Result<u64, String> {
    let mut peak = 0;
    for _ in 0..3 {
        peak = peak.max(peak_of_run(program)?);
    }
    if peak == 0 { Err(format!("{} ended before its memory was seen", program.display())) } else { Ok(peak) }
}

/// The process is looked at again and again while it runs: what is left after its end does not tell.
fn peak_of_run(program: &Path) -> Result<u64, String> {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        peak = peak.max(line.and_then(|size| size.parse().ok()).unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_micros(500));
    }
    Ok(peak)
}

/// The median.
pub(super) fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
