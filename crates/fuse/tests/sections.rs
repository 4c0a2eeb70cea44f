//! `tests/sections.txt` names for each section of the language reference what proves it. Here: that all of it exists, that no section is left out,
//! that each has programs that bear its number, and that each of these is named with it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The sections with the patterns behind them, in order.
fn page() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(root().join("tests/sections.txt")).expect("the page");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            (words.next().expect("a number"), words.collect())
        })
        .collect()
}

/// The names in a pattern's folder that it matches. Its only `*` is in the name.
fn matches(pattern: &str) -> Vec<String> {
    let (folder, name) = pattern.rsplit_once('/').expect("a folder");
    let (before, after) = name.split_once('*').unwrap_or((name, ""));
    let exact = !name.contains('*');
    let entries = std::fs::read_dir(root().join(folder)).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    names
        .filter(|name| if exact { name == before } else { name.starts_with(before) && name.ends_with(after) })
        .collect()
}

#[test]
fn all_that_is_named_exists() {
    for (section, patterns) in page() {
        assert!(!patterns.is_empty(), "{section} is proved by nothing");
        for pattern in patterns {
            assert!(!matches(&pattern).is_empty(), "{section}: nothing is called {pattern}");
        }
    }
}

#[test]
fn no_section_is_left_out() {
    // Subsections of each chapter; appendices and the formatter's chapter have none.
    const COUNTS: [usize; 13] = [13, 9, 10, 13, 21, 7, 17, 6, 0, 0, 0, 0, 0];
    let expected = (1..).zip(COUNTS).flat_map(|(chapter, count)| match count {
        0 => vec![chapter.to_string()],
        count => (1..=count).map(|section| format!("{chapter}.{section}")).collect(),
    });
    let found = page().into_iter().map(|(section, _)| section);
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn each_section_has_programs_with_its_number() {
    let without: Vec<String> = page()
        .into_iter()
        .filter(|(section, patterns)| {
            let (chapter, rest) = section.split_once('.').unwrap_or((section, ""));
            let rest = if rest.is_empty() { String::new() } else { format!("{rest:0>2}_") };
            !patterns.contains(&format!("tests/spec/language/{chapter:0>2}_{rest}*"))
        })
        .map(|(section, _)| section)
        .collect();
    assert_eq!(without, Vec::<String>::new());
}

#[test]
fn programs_with_the_number_of_a_section_are_named_with_it() {
    let named = page().into_iter().flat_map(|(_, patterns)| patterns);
    let named = named.filter(|pattern| pattern.starts_with("tests/spec/language/"));
    let named = named.flat_map(|pattern| matches(&pattern)).collect::<BTreeSet<_>>();
    let all = matches("tests/spec/language/*").into_iter().collect::<BTreeSet<_>>();
    assert_eq!(all.difference(&named).collect::<Vec<_>>(), Vec::<&String>::new());
}
