//! The index knows every name of every valid program of the repository.

use std::path::{Path, PathBuf};

use fuse_diagnostics::{FileId, Level};
use fuse_sema::DiskFiles;
use fuse_syntax::{TokenKind, lex};

fn sources(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "fuse") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Words that are no names where they are not in the index.
fn is_word_of_language(text: &str, start: usize, word: &str) -> bool {
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or("");
    match word {
        "where" | "regex" | "predicate" | "_" => true,
        "db" | "network" | "time" | "crypto" => line.starts_with("requires"),
        "std" | "Error" => line.contains("std"),
        // A restatement is known as a whole.
        _ if line.starts_with("type std.") => true,
        // The name before `as` is documentation.
        _ => line.starts_with("import") && line.contains(" as "),
    }
}

#[test]
fn every_name_of_a_valid_program_is_known() {
    // The checker recurses on trees.
    let thread = std::thread::Builder::new().stack_size(fuse_syntax::STACK).spawn(look_at_all).unwrap();
    thread.join().unwrap();
}

fn look_at_all() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut unknown = Vec::new();
    let mut programs = 0;
    for path in sources(&root.join("tests/spec")).into_iter().chain(sources(&root.join("examples"))) {
        let found = fuse_sema::analyze(&path, &DiskFiles, &fuse_sema::Options::default());
        if found.diagnostics.iter().any(|finding| finding.level == Level::Error) {
            continue;
        }
        programs += 1;
        let text = found.sources.get(FileId(0)).unwrap().text().to_owned();
        for token in lex(&text, FileId(0)).tokens.iter().filter(|token| token.kind == TokenKind::Ident) {
            let word = &text[token.start as usize..token.end as usize];
            let known = found.index.named(FileId(0), token.span()).is_some();
            if !known && !is_word_of_language(&text, token.start as usize, word) {
                let line = text[..token.start as usize].matches('\n').count() + 1;
                unknown.push(format!("{}:{line} {word}", path.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    assert!(programs > 50, "{programs}");
    assert!(unknown.is_empty(), "{} names:\n{}", unknown.len(), unknown[..unknown.len().min(80)].join("\n"));
}
