//! `fuse explain`: the page of a code, or the list of all codes.

use fuse_diagnostics::{codes, explain, nearest};

use crate::cli::{FAILED, OK};
use crate::options::Invocation;
use crate::output::Output;

/// How far a misspelt code may be from the one that is suggested.
const NEAR: usize = 3;

/// Prints the page or the list.
pub fn run(invocation: &Invocation, output: &Output) -> u8 {
    let Some(asked) = invocation.operands.first() else {
        output.stdout(&explain::list());
        return OK;
    };
    let asked = asked.to_string_lossy();
    if let Some(page) = explain::page(&asked) {
        output.stdout(&page);
        return OK;
    }
    // Codes are written in upper or in lower case; the suggestion is looked for in both.
    let known = || codes::TABLE.iter().map(|row| row.code.as_str());
    let meant = nearest(&asked, known(), NEAR)
        .or_else(|| nearest(&asked.to_uppercase(), known(), NEAR))
        .or_else(|| nearest(&asked.to_lowercase(), known(), NEAR));
    let hint: Vec<String> = meant.map(|code| format!("hint: did you mean {code}?")).into_iter().collect();
    let message = format!("unknown diagnostic code: {asked}");
    output.error_with_notes(codes::WRAPPER_UNKNOWN_CODE, &message, &hint);
    FAILED
}
