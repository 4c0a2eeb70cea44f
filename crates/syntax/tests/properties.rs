//! Whatever the source: nothing panics, and every diagnostic's span lies within the source on character boundaries.

use fuse_diagnostics::FileId;
use fuse_syntax::{Interner, RESERVED_WORDS, TokenKind, dump, dump_tokens, lex, parse};
use proptest::prelude::*;

/// Pieces from which sources are put together: every token, and what the lexer treats specially.
const PIECES: &[&str] = &[
    "a",
    "B",
    "_",
    "self",
    "Self",
    "std",
    "Error",
    "where",
    "regex",
    "predicate",
    "x y",
    "1",
    "2.5",
    "0",
    "9223372036854775808",
    "\"",
    "\"a\"",
    "\"a ${",
    "}",
    "\"\"\"",
    "\"${b}\"",
    "\\",
    "'",
    "'t'",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "..",
    "->",
    "=>",
    "=",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "?",
    "!",
    "??",
    "?!",
    "?.",
    "?[",
    "\n",
    "\n  ",
    "\n    ",
    "\n      ",
    "\n\t",
    "\r\n",
    "\r",
    " ",
    "  ",
    "\t",
    "#",
    "## doc",
    "\n## doc\n",
    "# c\n",
    "é",
    "\u{a0}",
    "\u{feff}",
    "\0",
    "@",
    "${",
    "(\n",
    ":\n  ",
    "fn f():\n  ",
    "type T:\n  ",
    "match a:\n    ",
    "if a:\n    ",
    "else:\n    ",
    "div():\n    ",
    "f<A>(",
    "List<",
    "spawn:\n    ",
];

fn check(source: &str) -> Result<(), TestCaseError> {
    let lexed = lex(source, FileId(7));
    let mut end = 0;
    let mut depth = 0_i64;
    for token in &lexed.tokens {
        prop_assert!(token.start >= end && token.end >= token.start, "tokens stand in order: {:?}", token);
        end = token.end;
        prop_assert!(
            source.is_char_boundary(token.start as usize) && source.is_char_boundary(token.end as usize)
        );
        if token.kind.closer().is_some() || token.kind == TokenKind::Indent {
            depth += 1;
        } else if token.kind.is_closer() || token.kind == TokenKind::Dedent {
            depth -= 1;
        }
        prop_assert!(depth >= 0, "brackets and blocks are balanced");
    }
    prop_assert_eq!(depth, 0, "brackets and blocks are balanced");
    prop_assert_eq!(lexed.tokens.last().map(|token| token.kind), Some(TokenKind::Eof));
    dump_tokens(source, &lexed);

    let mut interner = Interner::new();
    let parsed = parse(source, FileId(7), &mut interner);
    dump(&parsed.module, &interner);
    for diagnostic in &parsed.diagnostics {
        let (start, end) = (diagnostic.span.start as usize, diagnostic.span.end as usize);
        prop_assert!(start <= end && source.get(start..end).is_some(), "{:?}", diagnostic);
        prop_assert_eq!(diagnostic.file, Some(FileId(7)));
        prop_assert!(diagnostic.code.as_str().starts_with("FUSE_"));
        prop_assert!(!diagnostic.message.is_empty() && !diagnostic.message.contains('\n'));
    }
    // The lexer's findings are never lost, and if there is none and no other, the tree has no hole.
    prop_assert!(parsed.diagnostics.len() >= lexed.diagnostics.len().min(1));
    let holes = format!("{:?}", parsed.module).contains("Error,")
        || dump(&parsed.module, &interner).contains("(error)");
    prop_assert!(!holes || !parsed.diagnostics.is_empty(), "a hole in the tree has been reported");
    let again = parse(source, FileId(7), &mut Interner::new());
    prop_assert_eq!(again.diagnostics, parsed.diagnostics);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text(source in any::<String>()) {
        check(&source)?;
    }

    #[test]
    fn token_soup(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        check(&pieces.concat())?;
    }

    #[test]
    fn token_soup_with_words(
        pieces in prop::collection::vec(
            prop_oneof![prop::sample::select(PIECES), prop::sample::select(RESERVED_WORDS)],
            0..60,
        ),
        spaced in any::<bool>(),
    ) {
        check(&pieces.join(if spaced { " " } else { "" }))?;
    }

    #[test]
    fn damaged_programs(cuts in prop::collection::vec((0..4000_usize, 0..12_usize, prop::sample::select(PIECES)), 1..4)) {
        let mut source = SAMPLE.to_owned();
        for (at, length, piece) in cuts {
            let at = source.floor_char_boundary(at % source.len());
            let end = source.ceil_char_boundary((at + length).min(source.len()));
            source.replace_range(at..end, piece);
        }
        check(&source)?;
    }
}

/// A valid program in ASCII, to be damaged.
const SAMPLE: &str = include_str!("cases/sample.fuse");

#[test]
fn the_sample_is_valid() {
    let parsed = parse(SAMPLE, FileId(0), &mut Interner::new());
    assert_eq!(parsed.diagnostics, []);
    assert!(SAMPLE.is_ascii() && parsed.module.items.len() > 15);
}
