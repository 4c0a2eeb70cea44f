//! Every row of the diagnostics reference: programs that fail with it, one for each cause, and the nearest programs that pass.
//!
//! The chapters in `tests/diagnostics/rows` hold programs and, below each that fails, what is said about it, as text and as JSON records
//! (`FUSE_BLESS=1` rewrites these). A heading is `## <CODE>: <row in our words>`; `tests/diagnostics/rows/list.txt` lists all of them, in
//! the order of the reference. A program begins with a block ```` ```fuse main.fuse ````, with the word `fails` behind the path if it does; blocks
//! with other paths are further files of it, those below `deps/<Name>/` a dependency's. In blocks ```` ```escaped <path> ```` `\xff` is a byte.

mod chapter;
mod messages;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chapter::{Chapter, Program};
use fuse_diagnostics::codes::{Group, Row, TABLE};
use fuse_diagnostics::{json, text};
use fuse_sema::{Dependency, MemoryFiles, Options, check};

/// Where the programs are.
const ROOT: &str = "/p";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/diagnostics/rows")
}

fn chapters() -> Vec<(PathBuf, Chapter)> {
    let mut paths: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), Chapter::read(&std::fs::read_to_string(path).unwrap())))
        .collect()
}

/// The codes of checking a program.
fn checked_codes() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(|row| row.group < Group::Version)
}

/// What the checker says about a program, as text and as JSON records, and the codes.
struct Answer {
    text: String,
    json: String,
    codes: Vec<&'static str>,
}

fn answer(program: &Program) -> Answer {
    let mut files = MemoryFiles::new();
    for file in &program.files {
        files.add(Path::new(ROOT).join(&file.path), file.bytes());
    }
    let strict_architecture = program.code.starts_with("FUSE_STRICT");
    let options = Options { dependencies: dependencies(program), strict_architecture };
    let checked = check(&Path::new(ROOT).join(&program.files[0].path), &files, &options);
    let cwd = Path::new(ROOT);
    let mut answer = Answer { text: String::new(), json: String::new(), codes: Vec::new() };
    for diagnostic in &checked.diagnostics {
        answer.text += &text::diagnostic_text(diagnostic, &checked.sources, cwd, false);
        answer.json += &(json::diagnostic_record(diagnostic, &checked.sources, cwd) + "\n");
        answer.codes.push(diagnostic.code.as_str());
    }
    answer
}

fn dependencies(program: &Program) -> Vec<Dependency> {
    let below = program.files.iter().filter_map(|file| file.path.strip_prefix("deps/")?.split_once('/'));
    let names: BTreeSet<&str> = below.map(|(name, _)| name).collect();
    let root = |name: &&str| Path::new(ROOT).join("deps").join(name);
    names.iter().map(|name| Dependency { name: name.to_string(), root: root(name), checkout: None }).collect()
}

#[test]
fn programs_are_answered_as_the_chapters_say() {
    let bless = std::env::var_os("FUSE_BLESS").is_some_and(|value| value == "1");
    let mut wrong = Vec::new();
    for (path, mut chapter) in chapters() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for program in chapter.programs_mut() {
            let place = format!("{name}:{}: {}", program.line, program.code);
            let answer = answer(program);
            let has_code = answer.codes.contains(&program.code.as_str());
            if program.fails && !has_code {
                wrong.push(format!("{place} is not reported:\n{}", answer.text));
            } else if !program.fails && !answer.codes.is_empty() {
                wrong.push(format!("{place}: this program should pass:\n{}", answer.text));
            } else if program.fails && (&program.text, &program.json) != (&answer.text, &answer.json) {
                if !bless {
                    wrong.push(format!(
                        "{place}: expected:\n{}{}found:\n{}{}",
                        program.text, program.json, answer.text, answer.json
                    ));
                }
                (program.text, program.json) = (answer.text, answer.json);
            }
        }
        if bless {
            std::fs::write(&path, chapter.write()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_row_has_programs_that_fail_and_that_pass() {
    let list = std::fs::read_to_string(folder().join("list.txt")).unwrap();
    let rows: BTreeSet<&str> = list.lines().collect();
    let chapters = chapters();
    let programs: Vec<&Program> = chapters.iter().flat_map(|(_, chapter)| chapter.programs()).collect();
    let mut missing = Vec::new();
    for row in &rows {
        let of_row = |fails| programs.iter().any(|program| program.heading == *row && program.fails == fails);
        if !of_row(true) {
            missing.push(format!("{row}: no program that fails"));
        }
        if !of_row(false) {
            missing.push(format!("{row}: no program that passes"));
        }
    }
    let strangers = programs.iter().filter(|program| !rows.contains(program.heading.as_str()));
    missing.extend(strangers.map(|program| format!("{} is not listed", program.heading)));
    for code in checked_codes().map(|row| row.code.as_str()).filter(|code| !NOT_SHOWN.contains(code)) {
        if !rows.iter().any(|row| row.split_once(": ").is_some_and(|(of_row, _)| of_row == code)) {
            missing.push(format!("{code}: no row"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// What needs manifests (`tests/diagnostics`), a source of 4 GiB, and a warning that the language allows to leave out.
const NOT_SHOWN: &[&str] = &["FUSE_SOURCE_TOO_LARGE", "FUSE_UNUSED_RESULT", "FUSE_DEP_CYCLE"];

/// Each text that the parser and the checker can say is said in a chapter, unless [`messages::NOT_SAID`] tells why not.
#[test]
fn every_message_is_shown() {
    let chapters = chapters();
    let shown: Vec<&str> = chapters
        .iter()
        .flat_map(|(_, chapter)| chapter.programs())
        .map(|program| program.text.as_str())
        .collect();
    let missing = messages::not_among(&shown.concat());
    assert!(
        missing.is_empty(),
        "{} texts are not shown by any program:\n{}",
        missing.len(),
        missing.join("\n")
    );
}
