//! Every diagnostic as a user meets it: the failing example of each code's page goes through `fuse check` in text and in JSON
//! mode and is compared with `tests/diagnostics/<CODE>.txt`; the corrected example must not have the code.
//!
//! `FUSE_BLESS=1` rewrites the snapshots. A code whose page holds no example of a file tree has one in the folder
//! `tests/diagnostics/<CODE>/`, whose entry is `main.fuse`.

mod common;

use std::path::{Path, PathBuf};

use common::{folder, fuse};
use fuse_diagnostics::codes::{self, Group, Row, TABLE};
use fuse_diagnostics::explain::examples;

/// Codes that no program can show: a source of 4 GiB, a warning that the language allows to leave out, and what only running a program shows.
const NOT_SHOWN: &[fuse_diagnostics::Code] =
    &[codes::SOURCE_TOO_LARGE, codes::UNUSED_RESULT, codes::NOT_AVAILABLE];

/// Codes of later versions whose pages have no example.
const LATER: &[fuse_diagnostics::Code] = &[codes::ASSET_UTF8];

fn snapshots() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/diagnostics")
}

/// The codes of checking.
fn rows() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(|row| {
        row.group <= Group::Version
            && !NOT_SHOWN.contains(&row.code)
            && !row.code.as_str().starts_with("wrapper_")
    })
}

/// The files of a code's failing example.
fn failing(code: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let case = snapshots().join(code);
    if case.is_dir() {
        collect(&case, &case, &mut files);
        return files;
    }
    files.extend(examples(code).failing.iter().map(|(name, text)| (name.to_string(), text.to_string())));
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort_by_key(|path| (!path.ends_with("main.fuse"), path.clone()));
    for path in entries {
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// What `fuse check` says of these files in both modes, and whether it said that something is not available yet.
fn report(name: &str, row: &Row, files: &[(String, String)]) -> String {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let root = folder(&format!("diagnostics/{name}"), &files);
    let strict = if row.group == Group::Architecture { "--strict-architecture" } else { "--color=never" };
    let run = |mode: &str| {
        let ended = fuse(&root, &["check", files[0].0, "--diagnostics", mode, strict]);
        assert_eq!(ended.stdout, "", "{name}: stdout carries no diagnostics");
        ended
    };
    let (text, json) = (run("text"), run("json"));
    assert_eq!(text.status, json.status, "{name}: the mode does not change the result");
    let report = format!("{}exit {}\n\n{}", text.stderr, text.status, json.stderr);
    report.replace(root.to_str().unwrap(), "<dir>")
}

#[test]
fn each_code_is_reported_as_its_snapshot_says() {
    let bless = std::env::var_os("FUSE_BLESS").is_some_and(|value| value == "1");
    let (mut wrong, mut shown) = (Vec::new(), 0);
    for row in rows() {
        let code = row.code.as_str();
        let files = failing(code);
        if files.is_empty() && LATER.contains(&row.code) {
            continue;
        }
        if files.is_empty() {
            wrong.push(format!(
                "{code}: neither its page nor tests/diagnostics/{code}/ has a failing example"
            ));
            continue;
        }
        let report = report(&format!("{code}-failing"), row, &files);
        let path = snapshots().join(format!("{code}.txt"));
        if !report.contains(&format!("  code: {code}\n")) {
            // The example uses a construct that a later version understands.
            if !report.contains(&format!("  code: {}\n", codes::NOT_AVAILABLE)) || path.exists() {
                wrong.push(format!("{code} is not reported:\n{report}"));
            }
            continue;
        }
        shown += 1;
        if bless {
            std::fs::create_dir_all(snapshots()).unwrap();
            std::fs::write(&path, &report).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if report != expected {
            wrong.push(format!("{code} differs; expected:\n{expected}\nfound:\n{report}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(shown > 100, "{shown} codes shown");
}

#[test]
fn corrected_examples_do_not_have_the_code() {
    for row in rows() {
        let code = row.code.as_str();
        let files = examples(code).corrected;
        let files: Vec<_> = files.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
        if files.is_empty() {
            continue;
        }
        let report = report(&format!("{code}-corrected"), row, &files);
        assert!(!report.contains(&format!("  code: {code}\n")), "{report}");
    }
}

#[test]
fn there_is_no_snapshot_of_an_unknown_code() {
    for entry in std::fs::read_dir(snapshots()).unwrap() {
        let path = entry.unwrap().path();
        // The chapters of `diagnostic_rows`.
        if path.ends_with("rows") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(rows().any(|row| row.code.as_str() == name), "{} belongs to no code", path.display());
    }
}
