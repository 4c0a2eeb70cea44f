//! Every code has a page, every page has a code.

use std::collections::BTreeSet;

use fuse_diagnostics::codes::{Group, TABLE};
use fuse_diagnostics::explain::{examples, list, page};

#[test]
fn codes_are_unique_and_well_formed() {
    let codes: BTreeSet<&str> = TABLE.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes.len(), TABLE.len());
    for row in TABLE {
        let code = row.code.as_str();
        let upper = code.starts_with("FUSE_")
            && code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        let lower = ["wrapper_", "runtime_"].iter().any(|prefix| code.starts_with(prefix))
            && code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(upper || lower, "{code}");
        assert!(
            !row.meaning.is_empty() && !row.meaning.contains('\n') && !row.meaning.ends_with('.'),
            "{code}"
        );
    }
}

#[test]
fn every_code_has_a_page() {
    for row in TABLE {
        let code = row.code.as_str();
        let text = page(code).unwrap_or_else(|| panic!("{code} has no page"));
        let (head, rest) = text.split_once("\n\n").expect("a blank line after the first");
        assert_eq!(head, format!("{code}: {}", row.meaning));
        assert!(rest.len() > 80 && rest.ends_with('\n') && !rest.contains("```"), "{code}: {rest}");
        let of_checker = row.group < Group::Version;
        let has_example = of_checker && !["FUSE_NESTING_TOO_DEEP", "FUSE_SOURCE_TOO_LARGE"].contains(&code);
        let parts = if has_example { ["\nFails", "\nCorrected:"] } else { ["", ""] };
        assert!(parts.iter().all(|part| rest.contains(part)), "{code}: {rest}");
        assert!(of_checker || rest.contains("What to do:"), "{code}: {rest}");
    }
}

#[test]
fn every_page_has_a_code() {
    let mut pages = 0;
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/pages")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for heading in text.lines().filter_map(|line| line.strip_prefix("# ")) {
            assert!(TABLE.iter().any(|row| row.code.as_str() == heading), "{heading} is no code");
            pages += 1;
        }
        assert!(text.lines().all(|line| line.len() <= 130), "pages are printed as they are");
    }
    assert_eq!(pages, TABLE.len(), "one page for each code, and every file of pages is read");
}

#[test]
fn examples_come_in_pairs() {
    for row in TABLE {
        let examples = examples(row.code.as_str());
        if examples.failing.is_empty() || examples.corrected.is_empty() {
            continue;
        }
        assert_ne!(examples.failing, examples.corrected, "{}", row.code);
        assert!(
            examples.failing[0].0 == "main.fuse" && examples.corrected[0].0 == "main.fuse",
            "{}",
            row.code
        );
    }
    let several = examples("FUSE_IMPORT_UNKNOWN");
    let names = |files: &[(&'static str, &str)]| files.iter().map(|file| file.0).collect::<Vec<_>>();
    assert_eq!(names(&several.failing), ["main.fuse", "prices.fuse"]);
    assert_eq!(names(&several.corrected), ["main.fuse", "prices.fuse"]);
    assert_eq!(several.failing[1].1, "fn coffee() -> Int:\n  return 250\n");
}

#[test]
fn a_page_as_it_is_printed() {
    let text = "FUSE_MISSING_BLOCK: a block header is followed by no indented line\n\n\
        A header that ends in a colon needs at least one indented line behind it. An empty body would look like a body that got\n\
        lost. Comments are no statements.\n\nFails:\n\n    fn report(done: Bool):\n      if done:\n      print(\"ready\")\n\n\
        Corrected:\n\n    fn report(done: Bool):\n      if done:\n        print(\"ready\")\n";
    assert_eq!(page("fuse_missing_Block").unwrap(), text);
    assert!(page("FUSE_ASSET_JSON_INVALID").unwrap().contains("\n    # menu.json\n    {\"coffee\": 250,}\n"));
    assert_eq!(page("FUSE_MISSING"), None);
}

#[test]
fn the_list_is_sorted_and_complete() {
    let list = list();
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines.len(), TABLE.len());
    assert!(lines.is_sorted());
    assert!(lines.contains(&"FUSE_RESERVED_KEYWORD  a reserved word is used as a name"));
}
