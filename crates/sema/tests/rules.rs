//! Runs the chapters in `tests/rules/*.md`: prose, files, and in their comments what the checker must say.
//!
//! A heading begins a case. Its fenced blocks are files: ```` ```fuse path ````, the first one is the entry, paths are below `/p`. A line that
//! gets diagnostics ends with `# error: CODE at "text"` (or `# warning: …`; several are joined by `;`), where the text is what the span covers.
//! Everything that is reported must be expected, and the other way round. Strict architecture is on in the chapter of that name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fuse_diagnostics::{Diagnostic, Level};
use fuse_sema::{Checked, Dependency, MemoryFiles, Options, check};

struct Case {
    place: String,
    files: Vec<(String, String)>,
}

/// Path, line, level, code, text of the span.
type Finding = (String, u32, &'static str, String, String);

/// The findings, equal ones numbered: what is reported twice must be expected twice.
fn numbered(list: impl Iterator<Item = Finding>) -> BTreeSet<(Finding, usize)> {
    let mut out = BTreeSet::new();
    for finding in list {
        let earlier = (0..).take_while(|&at| out.contains(&(finding.clone(), at))).count();
        out.insert((finding, earlier));
    }
    out
}

#[test]
fn chapters() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let mut chapters: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    chapters.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    chapters.sort();
    let mut failures = Vec::new();
    let mut count = 0;
    for chapter in &chapters {
        let name = chapter.file_name().unwrap().to_string_lossy();
        for case in cases(&name, &std::fs::read_to_string(chapter).unwrap()) {
            count += 1;
            failures.extend(run(&case));
        }
    }
    assert!(count > 0);
    assert!(failures.is_empty(), "{} of {count} cases differ:\n{}", failures.len(), failures.join("\n"));
}

fn cases(chapter: &str, text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut fence: Option<(String, String)> = None;
    for (at, line) in text.lines().enumerate() {
        match &mut fence {
            Some(file) if line == "```" => {
                let case = cases.last_mut().expect("a heading comes before the first file");
                case.files.push(std::mem::take(file));
                fence = None;
            }
            Some((_, contents)) => {
                contents.push_str(line);
                contents.push('\n');
            }
            None if line.starts_with("```") => {
                let path = line.split_whitespace().nth(1).unwrap_or("main.fuse");
                fence = Some((path.to_owned(), String::new()));
            }
            None if line.starts_with('#') => {
                let place = format!("{chapter}:{}: {}", at + 1, line.trim_start_matches('#').trim());
                cases.push(Case { place, files: Vec::new() });
            }
            None => {}
        }
    }
    assert!(fence.is_none(), "{chapter}: a fence is not closed");
    cases.retain(|case| !case.files.is_empty());
    cases
}

fn run(case: &Case) -> Option<String> {
    let mut files = MemoryFiles::new();
    for (path, contents) in &case.files {
        files.add(Path::new("/p").join(path), contents.as_str());
    }
    let options =
        Options { dependencies: dependencies(case), strict_architecture: case.place.starts_with("strict") };
    let checked = check(&Path::new("/p").join(&case.files[0].0), &files, &options);
    let expected = numbered(case.files.iter().flat_map(|(path, contents)| expectations(path, contents)));
    let found = numbered(checked.diagnostics.iter().map(|diagnostic| finding(&checked, diagnostic)));
    let mut out = String::new();
    for (missing, _) in expected.difference(&found) {
        out.push_str(&format!("  not reported: {missing:?}\n"));
    }
    for (surplus, _) in found.difference(&expected) {
        let (path, line, _, code, _) = surplus;
        let mut same = checked.diagnostics.iter().filter(|diagnostic| diagnostic.code.as_str() == code);
        let message = same.find(|diagnostic| finding(&checked, diagnostic).1 == *line);
        let message = message.map_or("", |diagnostic| &diagnostic.message);
        out.push_str(&format!("  not expected: {surplus:?} ({path}:{line}: {message})\n"));
    }
    let errors = found.iter().any(|(found, _)| found.2 == "error");
    if errors != checked.program.is_none() {
        out.push_str("  a program comes exactly if there is no error\n");
    }
    (!out.is_empty()).then(|| format!("{}\n{out}", case.place))
}

/// Folders in `deps` and `.fuse/deps` are dependencies, the latter fetched ones.
fn dependencies(case: &Case) -> Vec<Dependency> {
    let mut found = BTreeMap::new();
    for (path, _) in &case.files {
        for (folder, fetched) in [("deps/", false), (".fuse/deps/", true)] {
            let Some((name, _)) = path.strip_prefix(folder).and_then(|below| below.split_once('/')) else {
                continue;
            };
            let root = Path::new("/p").join(folder).join(name);
            let checkout = fetched.then(|| root.clone());
            found.insert(name.to_owned(), Dependency { name: name.to_owned(), root, checkout });
        }
    }
    found.into_values().collect()
}

fn finding(checked: &Checked, diagnostic: &Diagnostic) -> Finding {
    let level = if diagnostic.level == Level::Error { "error" } else { "warning" };
    let code = diagnostic.code.as_str().to_owned();
    let Some(file) = diagnostic.file.and_then(|file| checked.sources.get(file)) else {
        return (String::new(), 0, level, code, diagnostic.message.clone());
    };
    let path = file.path().strip_prefix("/p").unwrap_or(file.path()).display().to_string();
    let line = file.position(diagnostic.span.start).line;
    (path, line, level, code, file.slice(diagnostic.span).to_owned())
}

fn expectations(path: &str, contents: &str) -> Vec<Finding> {
    let mut out = Vec::new();
    for (at, line) in contents.lines().enumerate() {
        for (mark, level) in [("# error: ", "error"), ("# warning: ", "warning")] {
            let Some((_, list)) = line.split_once(mark) else { continue };
            for expected in list.split("; ") {
                let (code, text) = expected.trim().split_once(" at ").unwrap_or_else(|| {
                    panic!("{path}:{}: expected `CODE at \"text\"`, found {expected}", at + 1)
                });
                let text = text.trim_end();
                let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
                let text = text.replace("\\n", "\n");
                out.push((path.to_owned(), at as u32 + 1, level, code.to_owned(), text));
            }
        }
    }
    out
}
