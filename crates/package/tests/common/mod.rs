//! A folder for one test.
#![allow(dead_code)] // each test file uses a part of it

use std::path::{Path, PathBuf};

use fuse_package::{Manifest, Report};

/// A fresh folder for the test of this name, with the given files.
pub fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&root);
    std::fs::create_dir_all(&root).unwrap();
    let root = root.canonicalize().unwrap();
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

/// The manifest of a package, unless it is wrong, and what was found wrong.
pub fn load(package: &Path) -> (Option<Manifest>, Report) {
    let mut report = Report::new();
    let manifest = Manifest::load(&package.join("fuse.toml"), &mut report);
    assert_eq!(manifest.is_none(), report.failed());
    (manifest, report)
}

/// The findings as `level code line:column message`, or without position.
pub fn findings(report: &Report) -> Vec<String> {
    let shown = report.findings.iter().map(|finding| {
        let file = finding.file.and_then(|file| report.sources.get(file));
        let position = file.map(|file| file.position(finding.span.start));
        let place = position.map_or(String::new(), |at| format!("{}:{} ", at.line, at.column));
        format!("{} {} {place}{}", finding.level.as_str(), finding.code, finding.message)
    });
    shown.collect()
}
