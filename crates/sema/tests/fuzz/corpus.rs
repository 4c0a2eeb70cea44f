//! What is mutated: every program of the repository.

use std::path::{Path, PathBuf};

use fuse_diagnostics::codes;
use fuse_diagnostics::explain::examples;

/// The files of a program: path and text. The first is the entry.
#[derive(Clone, Debug)]
pub struct Sources(pub Vec<(String, String)>);

/// The fixtures, the example packages, the examples of `fuse explain` and the chapters of the checker's rules.
pub fn programs() -> Vec<Sources> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut programs = Vec::new();
    for area in entries(&root.join("tests/spec")) {
        for case in entries(&area) {
            if case.is_dir() {
                programs.push(package(&case, "main.fuse"));
            } else if is_source(&case) {
                programs.push(Sources(vec![("main.fuse".into(), read(&case))]));
            }
        }
    }
    for example in entries(&root.join("examples")) {
        programs.push(package(&example, "src/main.fuse"));
    }
    for row in codes::TABLE {
        let examples = examples(row.code.as_str());
        for files in [examples.failing, examples.corrected] {
            programs.push(Sources(
                files.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect(),
            ));
        }
    }
    let chapters = [root.join("crates/sema/tests/rules"), root.join("tests/diagnostics/rows")];
    for chapter in chapters.iter().flat_map(|folder| entries(folder)) {
        programs.extend(blocks(&read(&chapter)));
    }
    programs.retain(|program| !program.0.is_empty());
    assert!(programs.len() > 100, "the corpus has been found");
    programs
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "fuse")
}

fn read(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn package(folder: &Path, entry: &str) -> Sources {
    let mut files = vec![(entry.to_owned(), read(&folder.join(entry)))];
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in entries(&next) {
            let name = path.strip_prefix(folder).expect("below the folder").to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if is_source(&path) && name != entry {
                files.push((name, read(&path)));
            }
        }
    }
    Sources(files)
}

/// The fenced blocks of a chapter with source; a program begins with a heading, or with the file `main.fuse`.
fn blocks(chapter: &str) -> Vec<Sources> {
    let mut programs = vec![Sources(Vec::new())];
    let mut fence: Option<(String, String)> = None;
    for line in chapter.lines() {
        let files = &mut programs.last_mut().expect("never empty").0;
        match &mut fence {
            Some(file) if line == "```" => {
                files.push(std::mem::take(file));
                fence = None;
            }
            Some((_, text)) => {
                text.push_str(line);
                text.push('\n');
            }
            None if line.starts_with("```") => {
                // Others are no files.
                let Some(path) = line.split_whitespace().nth(1) else { continue };
                if path == "main.fuse" && !files.is_empty() {
                    programs.push(Sources(Vec::new()));
                }
                fence = Some((path.to_owned(), String::new()));
            }
            None if line.starts_with('#') => programs.push(Sources(Vec::new())),
            None => {}
        }
    }
    programs
}
