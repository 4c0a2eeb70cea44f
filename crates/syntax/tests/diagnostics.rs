//! Runs the cases of `tests/cases/*.txt`: sources with the diagnostics they must yield, all of them and no others.
//!
//! A case begins with `=== title`. Its source follows; `⟦` and `⟧` enclose the span of each expected diagnostic (they are
//! removed before parsing). A last line `--- CODE CODE` names their codes, without `FUSE_`, in the order of the
//! spans. A case without that line is valid.

use fuse_diagnostics::{FileId, Span};
use fuse_syntax::{Interner, parse};

struct Case {
    title: String,
    marked: String,
    codes: Vec<String>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for part in text.split("=== ").skip(1) {
        let (title, rest) = part.split_once('\n').unwrap_or((part, ""));
        let (marked, codes) = match rest.rsplit_once("--- ") {
            Some((marked, codes)) => (marked, codes.split_whitespace().map(str::to_owned).collect()),
            None => (rest, Vec::new()),
        };
        cases.push(Case { title: title.to_owned(), marked: marked.to_owned(), codes });
    }
    cases
}

/// The source without its marks, and the spans they enclose.
fn unmark(marked: &str) -> (String, Vec<Span>) {
    let mut source = String::new();
    let mut open = Vec::new();
    let mut spans = Vec::new();
    for next in marked.chars() {
        let at = source.len() as u32;
        match next {
            '⟦' => open.push(at),
            '⟧' => spans.push(Span::new(open.pop().expect("a mark is open"), at)),
            other => source.push(other),
        }
    }
    assert!(open.is_empty(), "a mark is not closed:\n{marked}");
    spans.sort();
    (source, spans)
}

fn show(source: &str, code: &str, span: Span) -> String {
    let line = source[..span.start as usize].matches('\n').count() + 1;
    format!("{code} {span:?} line {line} {:?}", &source[span.start as usize..span.end as usize])
}

fn run(file: &str, text: &str) {
    let mut failures = String::new();
    let cases = cases(text);
    assert!(!cases.is_empty(), "{file} holds no case");
    for case in &cases {
        let (source, spans) = unmark(&case.marked);
        assert_eq!(spans.len(), case.codes.len(), "{file}: {}: as many marks as codes", case.title);
        let expected: Vec<String> = case
            .codes
            .iter()
            .zip(&spans)
            .map(|(code, &span)| show(&source, &format!("FUSE_{code}"), span))
            .collect();
        let parsed = parse(&source, FileId(0), &mut Interner::new());
        let found: Vec<String> = parsed
            .diagnostics
            .iter()
            .map(|diagnostic| show(&source, diagnostic.code.as_str(), diagnostic.span))
            .collect();
        if expected != found {
            let messages: Vec<_> = parsed.diagnostics.iter().map(|d| d.message.as_str()).collect();
            failures += &format!(
                "\n{file}: {}\n{source}  expected {expected:#?}\n  found {found:#?}\n  {messages:#?}\n",
                case.title
            );
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

macro_rules! files {
    ($($name:ident)*) => {
        $( #[test] fn $name() { run(stringify!($name), include_str!(concat!("cases/", stringify!($name), ".txt"))); } )*
    };
}

files! { lexical layout declarations types statements expressions patterns html recovery samples }
