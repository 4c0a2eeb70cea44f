//! Running all tests with one summary at the end: cargo prints one for each of many test programs.

use crate::Outcome;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Runs the tests, passes on what they print, and closes with the totals.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|error| format!("cannot start cargo: {error}"))?;
    let (mut passed, mut failed, mut ignored) = (0, 0, 0);
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(|error| format!("cannot read what the tests print: {error}"))?;
            println!("{line}");
            passed += count(&line, " passed;");
            failed += count(&line, " failed;");
            ignored += count(&line, " ignored;");
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    println!("{passed} passed, {failed} failed, {ignored} skipped");
    if status.success() { Ok(()) } else { Err(format!("tests failed ({status})")) }
}

/// The number before a word of a line such as `test result: ok. 12 passed; 0 failed; 0 ignored; ...`.
fn count(line: &str, word: &str) -> u64 {
    let before = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(word));
    before.and_then(|(before, _)| before.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}
