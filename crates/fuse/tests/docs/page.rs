//! A page of the documentation as a sequence of steps that can be carried out.
//!
//! What a fenced block means follows from its first line, `LANGUAGE [FILE]`:
//!
//! | block | step |
//! |---|---|
//! | any language with a file | writes the file |
//! | `fuse` | writes `example.fuse`; the next block shows what it does |
//! | `text` after such a program | its exact output under `fuse run` |
//! | `console` | lines after `$ ` are commands for the shell, the lines below are what they write, to stdout or stderr |
//!
//! Blocks without a language, and `json` without a file, are for the reader alone; there is nothing else, so that no example is left out by mistake. In expected lines `…` stands for any text, for what differs from run to run.
//! The markers with which `fuse` frames its work on stderr (`[run] start`) are left out of sessions.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A fenced block: the words after the fence, and its lines with the number of the first one, from 0.
pub struct Block {
    pub language: String,
    pub file: Option<String>,
    pub start: usize,
    pub lines: Vec<String>,
}

/// The fenced blocks of a page, in order.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        assert!(line.starts_with('`'), "line {}: blocks are not indented", number + 1);
        let mut words = info.split_whitespace().map(str::to_owned);
        let (language, file) = (words.next().unwrap_or_default(), words.next());
        let body = lines.by_ref().take_while(|(_, line)| *line != "```");
        let lines = body.map(|(_, line)| line.to_owned()).collect();
        blocks.push(Block { language, file, start: number + 1, lines });
    }
    blocks
}

/// A block that shows something else than what happened.
pub struct Difference {
    pub start: usize,
    pub expected: Vec<String>,
    pub actual: Vec<String>,
}

/// Carries out a page in a folder.
///
/// # Errors
/// A message for a page that is not well-formed: a program whose effect is not shown, or output of no program.
pub fn differences(page: &str, folder: &Path) -> Result<Vec<Difference>, String> {
    let mut differences = Vec::new();
    let mut compare = |block: &Block, actual: Vec<String>| {
        if !matches(&block.lines, &actual) {
            differences.push(Difference { start: block.start, expected: block.lines.clone(), actual });
        }
    };
    // The line of a program that no output or session has shown yet.
    let mut program = None;
    for block in blocks(page) {
        match (block.language.as_str(), &block.file) {
            (_, Some(file)) => write(&folder.join(file), &block),
            ("fuse", None) if program.is_none() => {
                write(&folder.join("example.fuse"), &block);
                program = Some(block.start);
            }
            ("text", None) if program.take().is_some() => {
                compare(&block, shell("fuse run example.fuse 2> errors || cat errors", folder));
            }
            ("console", None) => {
                program = None;
                compare(&block, session(&block, folder)?);
            }
            ("" | "json", None) => {}
            ("fuse" | "text", None) => {
                return Err(format!("the block in line {} has no partner", block.start));
            }
            (language, None) => return Err(format!("line {}: {language} is not known here", block.start)),
        }
    }
    program.map_or(Ok(differences), |line| Err(format!("the program in line {line} shows no output")))
}

fn write(path: &Path, block: &Block) {
    let parent = path.parent().expect("a file has a folder");
    std::fs::create_dir_all(parent).expect("a folder of the page");
    let text = block.lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    std::fs::write(path, text).expect("a file of the page");
}

/// The session as it should be shown: each command with what it writes.
fn session(block: &Block, folder: &Path) -> Result<Vec<String>, String> {
    let mut shown = Vec::new();
    for line in &block.lines {
        if let Some(command) = line.strip_prefix("$ ") {
            shown.push(line.clone());
            shown.extend(shell(command, folder));
        } else if shown.is_empty() {
            return Err(format!("the session in line {} begins with output", block.start));
        }
    }
    if shown.is_empty() { Err(format!("the session in line {} is empty", block.start)) } else { Ok(shown) }
}

/// What a command writes, without the markers of `fuse`. Only its path is in the environment.
fn shell(command: &str, folder: &Path) -> Vec<String> {
    let fuse = PathBuf::from(env!("CARGO_BIN_EXE_fuse"));
    let fuse = fuse.parent().expect("fuse is in a folder").display();
    let output = Command::new("/bin/sh")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{fuse}:/usr/bin:/bin"))
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter(|line| !marker(line)).map(str::to_owned).collect()
}

fn marker(line: &str) -> bool {
    ["[run] ", "[build] ", "[check] ", "[test] ", "[clean] "].iter().any(|frame| line.starts_with(frame))
}

fn matches(expected: &[String], actual: &[String]) -> bool {
    expected.len() == actual.len()
        && expected.iter().zip(actual).all(|(expected, actual)| line_matches(expected, actual))
}

/// Whether a line is as expected, where `…` stands for any text.
fn line_matches(expected: &str, actual: &str) -> bool {
    let Some((head, tail)) = expected.split_once('…') else { return expected == actual };
    let Some(mut rest) = actual.strip_prefix(head) else { return false };
    let mut parts = tail.split('…').collect::<Vec<_>>();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(found) = rest.find(part) else { return false };
        rest = &rest[found + part.len()..];
    }
    rest.ends_with(last)
}

/// The page with each differing block replaced by what happened. Lines that stand for what happened stay.
pub fn corrected(page: &str, differences: &[Difference]) -> String {
    let mut lines = page.lines().map(str::to_owned).collect::<Vec<_>>();
    for difference in differences.iter().rev() {
        let end = difference.start + difference.expected.len();
        let kept = |actual: &String| difference.expected.iter().find(|line| line_matches(line, actual));
        let shown = difference.actual.iter().map(|actual| kept(actual).unwrap_or(actual).clone());
        lines.splice(difference.start..end, shown);
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

#[test]
fn an_ellipsis_stands_for_any_text() {
    for (expected, actual, fits) in [
        ("pid=… mode=…", "pid=17 mode=aot", true),
        ("pid=… mode=aot", "pid=17 mode=aot", true),
        ("pid=… mode=aot", "pid=17 mode=aot build=3", false),
        ("… bytes, … bytes", "1 bytes, 2 bytes", true),
        ("… bytes, … bytes", "1 bytes", false),
        ("aa…aa", "aaa", false),
        ("plain", "plain", true),
        ("plain", "plain text", false),
    ] {
        assert_eq!(line_matches(expected, actual), fits, "{expected} and {actual}");
    }
}

#[test]
fn corrections_touch_only_what_differs() {
    let page = "a\n\n```console\n$ one\n1 in … s\nold\n```\nb\n";
    let actual = ["$ one", "1 in 4 s", "new", "newer"].map(str::to_owned).to_vec();
    let block = &blocks(page)[0];
    let difference = Difference { start: block.start, expected: block.lines.clone(), actual };
    let corrected = corrected(page, &[difference]);
    assert_eq!(corrected, "a\n\n```console\n$ one\n1 in … s\nnew\nnewer\n```\nb\n");
}
