//! The examples of `fuse explain` are what the pages say: one fails with its code, the other one does not.

use std::path::Path;

use fuse_diagnostics::codes::{self, Group, TABLE};
use fuse_diagnostics::explain::examples;
use fuse_diagnostics::{Code, Diagnostic, Level};
use fuse_sema::{MemoryFiles, Options, check};

/// A mistake that cannot be made without another one.
const COMPANIONS: &[(Code, Code)] = &[(codes::TYPE_UNKNOWN, codes::UNKNOWN_TYPE)];
/// Warnings that the language allows an implementation to leave out, as this one does.
const LEFT_OUT: &[Code] = &[codes::UNUSED_RESULT];

#[test]
fn examples_fail_and_pass_as_they_claim() {
    let mut wrong = Vec::new();
    for row in TABLE {
        let strict = row.group == Group::Architecture;
        let examples = examples(row.code.as_str());
        let has_code =
            |found: &[Diagnostic]| found.iter().any(|d| d.code == row.code && d.level == row.level);
        if !examples.failing.is_empty() {
            let found = run(&examples.failing, strict);
            let other = |d: &Diagnostic| {
                d.code != row.code && d.level == Level::Error && !COMPANIONS.contains(&(row.code, d.code))
            };
            let expected = has_code(&found) || LEFT_OUT.contains(&row.code);
            if !later(&found) && (!expected || found.iter().any(other)) {
                wrong.push(format!("{}, failing: {}", row.code, shown(&found)));
            }
        }
        if !examples.corrected.is_empty() {
            let found = run(&examples.corrected, strict);
            if !later(&found) && !found.is_empty() {
                wrong.push(format!("{}, corrected: {}", row.code, shown(&found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn run(files: &[(&str, &str)], strict_architecture: bool) -> Vec<Diagnostic> {
    let mut memory = MemoryFiles::new();
    for (name, text) in files {
        memory.add(Path::new("/example").join(name), *text);
    }
    let options = Options { strict_architecture, ..Options::default() };
    check(&Path::new("/example").join(files[0].0), &memory, &options).diagnostics
}

/// The example uses a construct that a later version will understand, so nothing is known about its meaning yet.
fn later(found: &[Diagnostic]) -> bool {
    found.iter().any(|d| d.code == codes::NOT_AVAILABLE)
}

fn shown(found: &[Diagnostic]) -> String {
    let list = found.iter().map(|d| format!("{} {}..{} {}", d.code, d.span.start, d.span.end, d.message));
    list.collect::<Vec<_>>().join(" | ")
}
