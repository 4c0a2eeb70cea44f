//! Every example of the documentation runs, and every command in it exists.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn pages() -> Vec<PathBuf> {
    let docs = std::fs::read_dir(root().join("docs")).expect("docs is a folder");
    let docs = docs.map(|entry| entry.expect("an entry of docs").path());
    let mut pages = docs.filter(|path| path.extension().is_some_and(|end| end == "md")).collect::<Vec<_>>();
    pages.push(root().join("README.md"));
    pages.sort();
    pages
}

/// The fenced blocks of a page that are marked with this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.trim() == format!("```{language}") {
            let block = lines.by_ref().take_while(|line| line.trim() != "```");
            blocks.push(block.map(|line| format!("{line}\n")).collect());
        }
    }
    blocks
}

#[test]
fn examples_run() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs");
    std::fs::create_dir_all(&folder).expect("a folder for the examples");
    let mut count = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("the page");
        for (number, block) in blocks(&text, "fuse").into_iter().enumerate() {
            let name = page.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let file = folder.join(format!("{name}{number}.fuse"));
            std::fs::write(&file, &block).expect("the example is written");
            let output =
                Command::new(env!("CARGO_BIN_EXE_fuse")).arg("run").arg(&file).stdin(Stdio::null()).output();
            let output = output.expect("fuse starts");
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{} block {number}:\n{block}\n{stderr}", page.display());
            assert!(!output.stdout.is_empty(), "{} block {number} prints nothing", page.display());
            count += 1;
        }
    }
    assert!(count >= 7, "only {count} examples found");
}

#[test]
fn commands_exist() {
    let help = Command::new(env!("CARGO_BIN_EXE_fuse")).arg("help").output().expect("fuse starts");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("the page");
        for line in blocks(&text, "").iter().flat_map(|block| block.lines()) {
            if let Some(rest) = line.strip_prefix("fuse ") {
                let command = rest.split_whitespace().next().unwrap_or_default();
                let known = help.lines().any(|line| line.trim_start().starts_with(command));
                assert!(known, "{}: `fuse {command}` is not in the help", page.display());
            }
        }
    }
}
