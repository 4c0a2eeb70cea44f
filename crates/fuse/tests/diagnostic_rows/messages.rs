//! The texts of messages, as they stand in the sources of the parser and the checker.

use std::path::{Path, PathBuf};

/// Sources that say nothing to users: printed forms for tests and tools, and tables of the language.
const SILENT: &[&str] = &["dump.rs", "interner.rs", "builtins.rs", "builtin_text.rs", "base64.rs", "json.rs"];

/// Texts that no program of a chapter shows, and texts that are no messages.
pub const NOT_SAID: &[&str] = &[
    // Files that are no files, unreadable or too large are made on a disk by other tests.
    "it is not a regular file",
    "it is larger than 256 MiB",
    "permission denied",
    "a part of the path is not a directory",
    " (os error",
    // What needs manifests, or huge programs, is tested where these are made.
    "packages depend on each other in a circle: {}",
    "move what both need into a package that depends on neither",
    "the import leaves the repository that the dependency was fetched from",
    "a fetched dependency consists of the files of its repository",
    "the file is too large: a source file must be smaller than 4 GiB",
    "`{name}` would be needed for ever larger types: there would be no end of instances of it",
    // Forms of a table that no message asks for: what can be assigned, tags that are not called, tokens that fit or are reported elsewhere.
    "bound by `var`",
    "the value that the method was called on",
    "`{tag}` is an HTML tag, which can only be called: write `{tag}(…)`",
    "an indented line",
    "the end of the block",
    "the end of the file",
    "an invalid character",
    "the text of a string",
    "the end of the interpolation",
    "the end of the string",
    // Documentation that a macro makes.
    "The reserved word `",
];

/// The texts that do not occur.
pub fn not_among(shown: &str) -> Vec<String> {
    // A text may continue a line or be continued; blanks are all alike.
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut missing = Vec::new();
    for path in sources() {
        let source = std::fs::read_to_string(&path).unwrap();
        // Tests stand at the end.
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for (line, literal) in literals(code) {
            if is_text(&literal) && !NOT_SAID.contains(&literal.as_str()) && !occurs(&literal, &shown) {
                missing.push(format!("{}:{line}: {literal}", path.display()));
            }
        }
    }
    missing
}

fn sources() -> Vec<PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![crates.join("sema/src"), crates.join("syntax/src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !SILENT.contains(&name.as_str()) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "{} sources", found.len());
    found
}

/// Whether a literal reads like a part of a message: words with blanks between them.
fn is_text(literal: &str) -> bool {
    let words =
        literal.split(' ').filter(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase()));
    words.count() > 1
}

/// Whether the parts of a literal between its placeholders occur in one line.
fn occurs(literal: &str, shown: &str) -> bool {
    let parts: Vec<String> = parts(literal);
    let longest = parts.iter().max_by_key(|part| part.len()).cloned().unwrap_or_default();
    // What stands for a placeholder is short.
    const WINDOW: usize = 400;
    shown.match_indices(&longest).any(|(at, _)| {
        let before = parts.iter().position(|part| *part == longest).unwrap_or_default();
        let start = shown.floor_char_boundary(at.saturating_sub(WINDOW));
        let end = shown.ceil_char_boundary((at + longest.len() + WINDOW).min(shown.len()));
        let (head, tail) = (&shown[start..at], &shown[at + longest.len()..end]);
        in_order(&parts[..before], head) && in_order(&parts[before + 1..], tail)
    })
}

fn in_order(parts: &[String], mut text: &str) -> bool {
    parts.iter().all(|part| match text.find(part.as_str()) {
        Some(at) => {
            text = &text[at + part.len()..];
            true
        }
        None => false,
    })
}

/// The parts of a literal between the placeholders.
fn parts(literal: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = literal.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.peek() == Some(&'{') => parts.last_mut().unwrap().push(chars.next().unwrap()),
            '}' if chars.peek() == Some(&'}') => parts.last_mut().unwrap().push(chars.next().unwrap()),
            '{' => {
                chars.by_ref().take_while(|&c| c != '}').for_each(drop);
                parts.push(String::new());
            }
            c => parts.last_mut().unwrap().push(c),
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The string literals of Rust code outside of comments, with their lines. Those of `expect` and of assertions, which users never see,
/// are left out.
fn literals(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let before = &code[..code.len() - rest.len()];
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if c == '\''
            && rest.len() > 2
            && let Some(end) = char_literal(rest)
        {
            rest = &rest[end..];
        } else if c == '"' {
            let (literal, after) = string(&rest[1..]);
            let head = before.trim_end();
            if !["expect(", "assert!(", "panic!(", "unreachable!("].iter().any(|call| head.ends_with(call)) {
                found.push((line, literal));
            }
            line += rest[..rest.len() - after.len()].matches('\n').count();
            rest = after;
        } else {
            line += usize::from(c == '\n');
            rest = &rest[c.len_utf8()..];
        }
    }
    found
}

/// The length of a literal character at the beginning; a lifetime is none.
fn char_literal(rest: &str) -> Option<usize> {
    let inner = &rest[1..];
    let length = match inner.strip_prefix('\\') {
        Some(escaped) => 1 + escaped.chars().next()?.len_utf8(),
        None => inner.chars().next()?.len_utf8(),
    };
    inner[length..].starts_with('\'').then_some(length + 2)
}

/// The text of a literal that begins here, and what follows it.
fn string(mut rest: &str) -> (String, &str) {
    let mut text = String::new();
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '"' => return (text, rest),
            '\\' => {
                let escaped = rest.chars().next().unwrap_or_default();
                rest = &rest[escaped.len_utf8()..];
                match escaped {
                    '\n' => rest = rest.trim_start(),
                    'n' => text.push('\n'),
                    other => text.push(other),
                }
            }
            c => text.push(c),
        }
    }
    (text, rest)
}
