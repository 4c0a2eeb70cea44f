//! The pages of `fuse explain`: for each code why its rule exists, a failing and a corrected example, or what to do.
//!
//! The pages are Markdown files, one for each group of codes. A page begins with `# <CODE>`; its examples are fenced blocks of
//! `fuse` source, the failing one under `Fails:`, the corrected one under `Corrected:`. A fence may name its file
//! (` ```fuse prices.fuse `), for examples of several files. They are searched as text, so that nothing is built at start-up.

use crate::codes::TABLE;

/// The files with the pages.
const FILES: &[&str] = &[
    include_str!("../pages/lexical.md"),
    include_str!("../pages/parsing.md"),
    include_str!("../pages/imports.md"),
    include_str!("../pages/names.md"),
    include_str!("../pages/interfaces.md"),
    include_str!("../pages/types.md"),
    include_str!("../pages/calls.md"),
    include_str!("../pages/errors.md"),
    include_str!("../pages/patterns.md"),
    include_str!("../pages/tasks.md"),
    include_str!("../pages/html.md"),
    include_str!("../pages/architecture.md"),
    include_str!("../pages/command_line.md"),
    include_str!("../pages/dependencies.md"),
    include_str!("../pages/runtime.md"),
];

/// What `fuse explain <code>` prints; the code may be written in any case.
pub fn page(code: &str) -> Option<String> {
    let row = TABLE.iter().find(|row| row.code.as_str().eq_ignore_ascii_case(code))?;
    let mut out = format!("{}: {}\n\n", row.code, row.meaning);
    let mut in_example = false;
    for line in body(row.code.as_str())?.lines() {
        if let Some(info) = line.strip_prefix("```") {
            in_example = !in_example;
            if let Some((_, file)) = info.split_once(' ') {
                out.push_str(&format!("    # {file}\n"));
            }
        } else if in_example && !line.is_empty() {
            out.push_str("    ");
            out.push_str(line);
            out.push('\n');
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    Some(out)
}

/// What `fuse explain --list` prints.
pub fn list() -> String {
    let mut rows: Vec<(&str, &str)> = TABLE.iter().map(|row| (row.code.as_str(), row.meaning)).collect();
    rows.sort_unstable();
    rows.iter().map(|(code, meaning)| format!("{code}  {meaning}\n")).collect()
}

/// The examples of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examples<'a> {
    /// The files of the example that fails: name and text. The first is the entry.
    pub failing: Vec<(&'a str, &'a str)>,
    /// The files of the same example, corrected.
    pub corrected: Vec<(&'a str, &'a str)>,
}

/// The examples of a code's page; empty lists if it has none.
pub fn examples(code: &str) -> Examples<'static> {
    let mut examples = Examples::default();
    let Some(mut rest) = body(code) else { return examples };
    let mut corrected = false;
    while let Some(fence) = rest.find("```") {
        let (before, block) = rest.split_at(fence);
        corrected |= before.contains("Corrected:");
        let Some((info, text)) = block[3..].split_once('\n') else { break };
        let Some((text, after)) = text.split_once("```") else { break };
        let file = info.split_once(' ').map_or("main.fuse", |(_, file)| file);
        let list = if corrected { &mut examples.corrected } else { &mut examples.failing };
        list.push((file, text));
        rest = after;
    }
    examples
}

/// The page of a code without its heading.
fn body(code: &str) -> Option<&'static str> {
    FILES.iter().find_map(|file| {
        let mut from = 0;
        while let Some(found) = file[from..].find(code) {
            let (start, end) = (from + found, from + found + code.len());
            let heading = file[..start].ends_with("# ") && (start == 2 || file[..start - 2].ends_with('\n'));
            if heading && file[end..].starts_with('\n') {
                let rest = &file[end..];
                return Some(rest[..rest.find("\n# ").unwrap_or(rest.len())].trim_matches('\n'));
            }
            from = end;
        }
        None
    })
}
