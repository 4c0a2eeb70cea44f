//! Whatever the source: what is formatted stays as it is when formatted again, and means what the source means.

#[path = "../../sema/tests/fuzz/corpus.rs"]
mod corpus;
#[path = "../../sema/tests/fuzz/grammar.rs"]
mod grammar;
#[path = "../../sema/tests/fuzz/harness.rs"]
mod harness;
#[path = "../../sema/tests/fuzz/mutate.rs"]
mod mutate;

use std::path::{Path, PathBuf};

use corpus::Sources;
use fuse_diagnostics::FileId;
use fuse_format::format;
use fuse_syntax::{Interner, Lexed, TokenKind, dump, lex, parse};
use proptest::prelude::*;

/// Every source file of the repository, whatever is wrong with it.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = ["tests", "examples", "crates", "bench", "docs"].map(|name| root.join(name)).to_vec();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "fuse") {
                let bytes = std::fs::read(&path).unwrap();
                sources.push((path, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    assert!(sources.len() > 250, "{} sources", sources.len());
    sources
}

#[test]
fn every_source_of_the_repository() {
    let work = std::thread::Builder::new().stack_size(fuse_syntax::STACK).spawn(every_source);
    work.unwrap().join().unwrap();
}

fn every_source() {
    let mut formatted = 0;
    for (path, source) in sources() {
        match examine(&source) {
            Ok(parses) => formatted += usize::from(parses),
            Err(reason) => panic!("{}: {reason}", path.display()),
        }
        let damaged = damaged(&source);
        examine(&damaged).unwrap_or_else(|reason| panic!("{} with blanks: {reason}", path.display()));
        // What blanks alone do to a source is undone, unless strings or comments hold some.
        if let (Ok(one), Ok(other)) = (format(&source, FileId(0)), format(&damaged, FileId(0))) {
            assert_eq!(one, other, "{}", path.display());
        }
    }
    assert!(formatted > 200, "{formatted} sources parse");
}

/// What the project shows to others is formatted.
#[test]
fn the_examples_are_formatted() {
    let examples = sources()
        .into_iter()
        .filter(|(path, _)| path.components().any(|part| part.as_os_str() == "examples"));
    let mut count = 0;
    for (path, source) in examples {
        assert_eq!(format(&source, FileId(0)).as_ref(), Ok(&source), "{}", path.display());
        count += 1;
    }
    assert!(count >= 5, "{count} sources");
}

/// A source with other line ends and more blanks, if it has no string of several lines.
fn damaged(source: &str) -> String {
    let mut out = String::new();
    if source.contains("\"\"\"") {
        return source.to_owned();
    }
    for (number, line) in source.lines().enumerate() {
        let indentation = line.len() - line.trim_start_matches(' ').len();
        if number % 3 == 0 && indentation % 2 == 0 {
            out.push_str(&"\t".repeat(indentation / 2));
            out.push_str(&line[indentation..]);
        } else {
            out.push_str(line);
        }
        out.push_str(["  ", "\t", " \r", "\r"][number % 4]);
        if !out.ends_with('\r') && number % 5 == 0 && line.is_empty() {
            out.push_str("\n\t");
        }
        out.push('\n');
    }
    out
}

#[test]
fn mutated_programs() {
    let programs = corpus::programs();
    let make = |random: &mut mutate::Random| match random.below(4) {
        0 => grammar::program(random),
        1 => mutate::mutated(&[grammar::program(random)], 6, random),
        _ => mutate::mutated(&programs, 6, random),
    };
    harness::run(&programs, make, |program: &Sources| {
        program.0.iter().try_for_each(|(_, text)| examine(text).map(|_| ()))
    });
}

/// Pieces that the formatter treats specially.
const PIECES: &[&str] = &[
    "app 'a':\n  ",
    "app \"a\" :\n\t",
    "fn f():\n  ",
    "type T :\n  ",
    "x  :Int\n  ",
    "else :\n  ",
    "print(1)",
    "f('a', 'b')",
    "'",
    "''",
    "'a'",
    "\"",
    "\"\"\"",
    "\"a\"",
    "\"${",
    "}",
    "${",
    "\\",
    "#",
    "## d  ",
    "# c \t",
    "\n",
    "\r\n",
    "\r",
    "\r\r\n",
    "\n\n\n",
    " ",
    "  ",
    "\t",
    "\n  ",
    "\n\t",
    "\n \t ",
    "(",
    ")",
    "[",
    "]",
    ":",
    ": ",
    "  :  ",
    ".x",
    "_",
    "body",
    "a",
    "1",
    ",",
    "\u{feff}",
    "é",
    "\u{a0}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn soup(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        examine(&pieces.concat()).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn soup_in_an_app(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..16)) {
        examine(&format!("app \"a\":\n  {}", pieces.concat())).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn texts_in_strings(text in "[a '\t\r\n#:]{0,40}") {
        let source = format!("app \"a\":\n  let s = \"\"\"{text}\"\"\"\n");
        prop_assert!(examine(&source).map_err(TestCaseError::fail)?, "it parses");
    }
}

/// Checks what must hold for any source. Whether it has been formatted.
fn examine(source: &str) -> Result<bool, String> {
    let formatted = match format(source, FileId(0)) {
        Ok(formatted) => formatted,
        Err(errors) if errors.is_empty() => return Err("refused without a reason".into()),
        Err(errors) => {
            let outside = errors
                .iter()
                .find(|error| source.get(error.span.start as usize..error.span.end as usize).is_none());
            return outside.map_or(Ok(false), |error| Err(format!("no place in the source: {error:?}")));
        }
    };
    let again = format(&formatted, FileId(0));
    if again.as_ref() != Ok(&formatted) {
        return Err(format!("not idempotent: {source:?}\n{formatted:?}\n{again:?}"));
    }
    shape(&formatted)?;
    let before = read(source);
    let repaired = read_repaired(source);
    let after = read(&formatted);
    // Where nothing was to be repaired, the source itself is what must not change.
    for read in before.iter().chain(&repaired) {
        if *read != after.clone().ok_or("the result does not parse")? {
            return Err(format!("another program: {source:?}\n{read:#?}\n{after:#?}"));
        }
    }
    if before.is_none() && repaired.is_none() && !source.contains(['\t', '\'']) {
        return Err(format!("formatted although it does not parse: {source:?}"));
    }
    Ok(true)
}

/// The form that every formatted text has.
fn shape(text: &str) -> Result<(), String> {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !bare.is_empty() && !bare.ends_with('\n') || bare.ends_with("\n\n") || bare == "\n" {
        return Err(format!("the end of the file: {text:?}"));
    }
    if text.contains("\"\"\"") {
        return Ok(());
    }
    let fine = |line: &str| {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        !line.ends_with([' ', '\t', '\r']) && !line[..indentation].contains('\t')
    };
    match bare.split('\n').find(|line| !fine(line)) {
        Some(line) => Err(format!("a line: {line:?}")),
        None if bare.contains("\n\n\n") || bare.starts_with("\n\n") => Err(format!("blank lines: {text:?}")),
        None => Ok(()),
    }
}

/// What a source is: its tree, its tokens, its comments.
#[derive(Clone, Debug, PartialEq)]
struct Read {
    tree: String,
    tokens: Vec<(TokenKind, String)>,
    comments: Vec<(u32, bool, String)>,
}

fn read(source: &str) -> Option<Read> {
    let mut interner = Interner::new();
    let parsed = parse(source, FileId(0), &mut interner);
    if !parsed.diagnostics.is_empty() {
        return None;
    }
    let lexed = lex(source, FileId(0));
    // The texts of documentation comments are part of the tree, with the blanks at their ends; they are compared as comments.
    let tree = dump(&parsed.module, &interner);
    let tree =
        tree.lines().map(|line| if line.trim_start().starts_with("(doc ") { doc(line) } else { line.into() });
    Some(Read {
        tree: tree.collect::<Vec<_>>().join("\n"),
        tokens: tokens(source, &lexed),
        comments: comments(source, &lexed),
    })
}

/// The line of a documentation comment without its text.
fn doc(line: &str) -> String {
    match (line.find('"'), line.rfind('"')) {
        (Some(start), Some(end)) => line[..start].to_owned() + &line[end..],
        _ => line.to_owned(),
    }
}

fn tokens(source: &str, lexed: &Lexed) -> Vec<(TokenKind, String)> {
    // The CR of a line end is no text.
    let text =
        |token: &fuse_syntax::Token| source[token.start as usize..token.end as usize].replace("\r\n", "\n");
    lexed
        .tokens
        .iter()
        .map(|token| (token.kind, if token.kind.is_layout() { String::new() } else { text(token) }))
        .collect()
}

fn comments(source: &str, lexed: &Lexed) -> Vec<(u32, bool, String)> {
    let text = |span: fuse_diagnostics::Span| {
        source[span.start as usize..span.end as usize].trim_end_matches([' ', '\t', '\r'])
    };
    lexed.comments.iter().map(|comment| (comment.token, comment.doc, text(comment.span).to_owned())).collect()
}

/// The same of a source whose tabs in indentation and single quotes are repaired by hand; strings of several lines are left out.
fn read_repaired(source: &str) -> Option<Read> {
    if source.contains("\"\"\"") {
        return None;
    }
    let mut out = String::new();
    for line in source.split_inclusive('\n') {
        let (bom, line) = line.strip_prefix('\u{feff}').map_or(("", line), |line| ("\u{feff}", line));
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        out.push_str(bom);
        out.push_str(&line[..indentation].replace('\t', "  "));
        let mut rest = &line[indentation..];
        let mut in_string = 0;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            match c {
                '#' if in_string == 0 => break,
                '\\' if in_string > 0 => {
                    let escaped = after.chars().next().map_or(0, char::len_utf8);
                    out.push_str(&rest[..1 + escaped]);
                    rest = &after[escaped..];
                    continue;
                }
                // Interpolations nest strings; whoever needs more is read by the formatter alone.
                '$' if in_string > 0 && after.starts_with('{') => return None,
                '"' => in_string = 1 - in_string,
                '\'' if in_string == 0 => {
                    let end = after.find('\'')?;
                    let text = &after[..end];
                    if text.contains(['"', '\\', '\n', '$']) {
                        return None;
                    }
                    out.push('"');
                    out.push_str(text);
                    out.push('"');
                    rest = &after[end + 1..];
                    continue;
                }
                _ => {}
            }
            out.push(c);
            rest = after;
        }
        out.push_str(rest);
    }
    read(&out)
}
