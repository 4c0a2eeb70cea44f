//! Whether the packages of a workspace can be published (toolchain reference 7.9).

use std::path::{Path, PathBuf};

use fuse_diagnostics::{Diagnostic, Level, codes};

use crate::deps::Problem;
use crate::{LockMode, MANIFEST_NAME, Manifest, Report, resolve};

/// A package that cannot be published, and why.
#[derive(Debug)]
pub struct Unready {
    /// The directory of the package.
    pub directory: PathBuf,
    /// At least one error; warnings may be among the findings.
    pub report: Report,
}

/// Verifies the packages of these directories; nothing is written.
pub fn publish_check(packages: &[PathBuf]) -> Vec<Unready> {
    let check = |directory: &PathBuf| {
        let mut report = Report::new();
        check(directory, &mut report);
        report.failed().then(|| Unready { directory: directory.clone(), report })
    };
    packages.iter().filter_map(check).collect()
}

fn check(directory: &Path, report: &mut Report) {
    let path = directory.join(MANIFEST_NAME);
    let Some(manifest) = Manifest::load(&path, report) else {
        report.findings.iter_mut().for_each(as_publish_problem);
        return;
    };
    match &manifest.package.entry {
        None => {
            let problem = Problem::new(codes::MANIFEST_ENTRY_MISSING, "the manifest names no entry")
                .hint("add `entry = \"src/main.fuse\"` under [package]");
            report.findings.push(problem.diagnostic());
        }
        Some(entry) if !manifest.resolve(entry).is_file() => {
            let text = format!("the entry {entry} does not exist");
            let problem = Problem::new(codes::MANIFEST_ENTRY_NOT_FOUND, text)
                .hint("correct `entry` under [package]; it is relative to the manifest");
            report.findings.push(problem.diagnostic());
        }
        Some(_) => {}
    }
    // The report tells whether that worked.
    let _ = resolve(&manifest, LockMode::Check, report);
}

/// What is wrong with a manifest has a code of its own here; what is wrong with a dependency keeps its code.
fn as_publish_problem(finding: &mut Diagnostic) {
    if finding.level != Level::Error || finding.code.as_str().starts_with("FUSE_") {
        return;
    }
    let code = match finding.code {
        codes::WRAPPER_FILE_READ | codes::WRAPPER_MANIFEST_MISSING => codes::MANIFEST_READ_FAILED,
        _ => codes::MANIFEST_PARSE_FAILED,
    };
    let problem = Problem::new(code, &finding.message);
    let problem = problem.diagnostic();
    (finding.code, finding.message) = (problem.code, problem.message);
}
