//! Patterns of `regex` constraints, compiled when a program is compiled.
//!
//! The job: find out whether a pattern is valid, and make of it what the runtime matches with: an automaton that is only
//! data, or, where that would be large, the pattern itself, for which the runtime then brings a compiler. The runtime
//! reads what this crate writes, with the same version of the same library.
//!
//! It must not know the language, nor where patterns come from.
//!
//! # Invariants
//! - Both forms find the same texts: Unicode classes, simple case folding, `.` without LF, a match anywhere.
//! - Same pattern, same bytes.
//! - Compiling takes bounded time and memory, matching time linear in the text.
#![forbid(unsafe_code)]

use regex_automata::dfa::{StartKind, dense};
use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::syntax;
use regex_syntax::hir::print::Printer;
use regex_syntax::hir::{Capture, Hir, HirKind, Literal, Repetition};

/// The most bytes of an automaton. The compiler of patterns that a program needs otherwise is twice as large, and
/// `^\w{3,20}$` still fits.
pub const LARGEST: usize = 256 << 10;
/// The most memory for an automaton before it is made compact, and for making it. What goes beyond would not be small
/// afterwards; the bound keeps compiling short.
const WORKSPACE: usize = 4 << 20;

/// A valid pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compiled {
    /// A sparse automaton as little-endian bytes, for `regex_match`.
    Automaton(Vec<u8>),
    /// For `regex_search`: an equal pattern in which classes are written out and cases folded, so that the running program
    /// compiles it without Unicode's tables.
    Pattern(String),
}

/// Compiles a pattern. The error says in one line why it is none.
pub fn compile(pattern: &str) -> Result<Compiled, String> {
    let plain = plain(pattern)?;
    Ok(automaton(&plain).map_or(Compiled::Pattern(plain), Compiled::Automaton))
}

/// Whether a pattern is valid, without an automaton; the error is that of [`compile`].
pub fn check(pattern: &str) -> Result<(), String> {
    plain(pattern).map(|_| ())
}

/// An equal pattern with nothing in it that needs to be looked up. What the running program may have to compile is
/// compiled here, in the same way, so that it cannot fail there.
fn plain(pattern: &str) -> Result<String, String> {
    let hir = regex_syntax::parse(pattern).map_err(|error| reason(&error))?;
    let mut plain = String::new();
    Printer::new().print(&grouped(hir), &mut plain).map_err(|error| error.to_string())?;
    let compiled = Regex::builder().syntax(syntax()).build(&plain);
    compiled.map_err(|error| match error.size_limit() {
        Some(limit) => format!("the compiled pattern is larger than {limit} bytes"),
        None => error.to_string(),
    })?;
    Ok(plain)
}

/// The same without groups, but with one around each repetition that is repeated: the library's printer writes `(?:a+)?` as
/// `a+?`. As deep as the pattern was nested, which has a limit.
fn grouped(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            let mut sub = Box::new(grouped(*sub));
            if matches!(sub.kind(), HirKind::Repetition(_)) {
                sub = Box::new(Hir::capture(Capture { index: 1, name: None, sub }));
            }
            Hir::repetition(Repetition { min, max, greedy, sub })
        }
        HirKind::Capture(group) => grouped(*group.sub),
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(grouped).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.into_iter().map(grouped).collect()),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(Literal(bytes)) => Hir::literal(bytes),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
    }
}

/// How plain patterns are read: they are nested more deeply than those they come from, which have a limit.
fn syntax() -> syntax::Config {
    syntax::Config::new().nest_limit(u32::MAX)
}

/// Why a pattern is none.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}

/// The automaton of a plain pattern, unless it is large or the pattern needs what automata cannot do: Unicode word
/// boundaries.
fn automaton(plain: &str) -> Option<Vec<u8>> {
    let dense = dense::Builder::new()
        .configure(
            dense::Config::new()
                .start_kind(StartKind::Unanchored)
                .accelerate(false)
                .dfa_size_limit(Some(WORKSPACE))
                .determinize_size_limit(Some(WORKSPACE)),
        )
        .syntax(syntax())
        .thompson(thompson::Config::new().which_captures(WhichCaptures::None))
        .build(plain)
        .ok()?;
    let bytes = dense.to_sparse().ok()?.to_bytes_little_endian();
    (bytes.len() <= LARGEST).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use regex_automata::Input;
    use regex_automata::dfa::{Automaton, sparse};

    /// Whether an automaton finds its pattern.
    fn finds(automaton: &[u8], text: &str) -> bool {
        let (dfa, read) = sparse::DFA::from_bytes(automaton).expect("a valid automaton");
        assert_eq!(read, automaton.len());
        dfa.try_search_fwd(&Input::new(text).earliest(true)).expect("no byte is given up on").is_some()
    }

    fn automaton_of(pattern: &str) -> Vec<u8> {
        match compile(pattern).expect("a valid pattern") {
            Compiled::Automaton(bytes) => bytes,
            Compiled::Pattern(_) => panic!("{pattern} has no automaton"),
        }
    }

    #[test]
    fn patterns_are_found_anywhere() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("", &["", "x"], &[]),
            ("^$", &[""], &["x", "\n"]),
            ("b+c", &["abbc", "bc"], &["ac", "b c", ""]),
            ("^[a-z]{2,4}$", &["ab", "abcd"], &["a", "abcde", "AB", "ab\n"]),
            ("^.$", &["é", "😀"], &["\n", "ab"]),
            (r"^\w+$", &["straße_9", "日本"], &["a b", ""]),
            (r"^\d$", &["7", "٣"], &["x"]),
            (r"(?i)^straße$", &["STRAßE", "straẞe"], &["strasse"]),
            (r"\p{Greek}", &["aβ"], &["ab"]),
            (r"^(?:ab|cd)*$", &["", "abcdab"], &["abc"]),
            (r"(?-u:\b)go(?-u:\b)", &["let go!", "go"], &["ago", "gone"]),
            (r"(?m)^b$", &["a\nb\nc"], &["ab"]),
        ];
        for (pattern, found, missing) in cases {
            let automaton = automaton_of(pattern);
            for text in *found {
                assert!(finds(&automaton, text), "{pattern} in {text:?}");
            }
            for text in *missing {
                assert!(!finds(&automaton, text), "{pattern} in {text:?}");
            }
        }
    }

    #[test]
    fn what_has_no_small_automaton_stays_a_pattern() {
        for pattern in [r"\bword\b", r"\B", r"[01]*1[01]{16}", r"^\w{1,60}$", r"\p{L}{50}"] {
            let Ok(Compiled::Pattern(plain)) = compile(pattern) else { panic!("{pattern} has an automaton") };
            assert_eq!(compile(&plain), Ok(Compiled::Pattern(plain)), "{pattern}");
        }
    }

    /// Whether a pattern needs no table of Unicode: its escapes are signs, bytes, ends and word boundaries.
    fn is_plain(pattern: &str) -> bool {
        let mut chars = pattern.chars();
        while let Some(character) = chars.next() {
            if character == '\\' {
                let escaped = chars.next().expect("an escape is complete");
                if !(regex_syntax::is_meta_character(escaped) || "AzbBx".contains(escaped)) {
                    return false;
                }
            }
        }
        !pattern.contains("(?i")
    }

    #[test]
    fn depth() {
        for (open, close) in [("(?:", "|b)"), ("(", ")*"), ("(?:a", ")+?")] {
            let nested = |depth| open.repeat(depth) + "a" + &close.repeat(depth);
            let deepest = (1..=250).rev().find(|depth| compile(&nested(*depth)).is_ok());
            assert!(deepest.is_some_and(|depth| depth >= 80), "{open} {deepest:?}");
            assert!(compile(&nested(100_000)).is_err());
        }
    }

    #[test]
    fn reasons() {
        for (pattern, part) in [
            ("a(b", "unclosed group"),
            ("[z-a]", "invalid character class range"),
            (r"(a)\1", "backreferences are not supported"),
            ("(?=a)", "look-around"),
            ("*", "repetition operator missing expression"),
            (r"\p{Klingon}", "Unicode property not found"),
            ("\na)", "unopened group"),
            ("a{2,1}", "invalid repetition count range"),
            (r"(?-u:\xFF)", "invalid UTF-8"),
            ("((a{1000}){1000}){1000}", "the compiled pattern is larger than"),
        ] {
            let error = compile(pattern).expect_err(pattern);
            assert!(error.contains(part) && !error.contains('\n'), "{pattern}: {error}");
            assert_eq!(check(pattern), Err(error));
        }
        let deep = "(".repeat(100_000) + &")".repeat(100_000);
        assert!(compile(&deep).is_err());
    }

    #[test]
    fn sizes_are_as_documented() {
        for (pattern, most) in [
            ("^[a-z]+$", 800),
            (r"^\d{4}-\d{2}-\d{2}$", 8_000),
            (r"^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$", 1_100),
            (r"^\w+$", 12_000),
            (r"\w", 110_000),
            (r"^\w{3,20}$", 230_000),
        ] {
            let len = automaton_of(pattern).len();
            assert!(len <= most, "{pattern}: {len} bytes");
        }
    }

    #[test]
    fn same_pattern_same_bytes() {
        for pattern in [r"\w", r"(?i)^(foo|bar|straße)+$", r"^\p{Greek}{2,9}$"] {
            assert_eq!(automaton_of(pattern), automaton_of(pattern));
        }
    }

    /// Patterns of every kind of expression, over few characters, so that texts fit them often.
    fn patterns() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("a"),
            Just("b"),
            Just("é"),
            Just("ß"),
            Just("."),
            Just("[ab]"),
            Just("[^a]"),
            Just(r"\w"),
            Just(r"\W"),
            Just(r"\d"),
            Just(r"\s"),
            Just(r"\p{Ll}"),
            Just("^"),
            Just("$"),
            Just(r"(?-u:\b)"),
            Just(r"(?-u:\B)"),
            Just("(?m:^)"),
            Just(r"\b"),
            Just(r"\B"),
            Just(r"\b{start}"),
            Just(r"\."),
            Just(r"(?-u:\w)"),
            Just("(?s:.)"),
            Just("[^[:alpha:]]"),
            Just(r"[\]\-a&&[^b]]"),
            Just("(?i:É)"),
            Just(""),
        ]
        .prop_map(str::to_owned);
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}{b}")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(?:{a}|{b})")),
                (inner.clone(), "[*+?]|\\{2\\}|\\{1,3\\}|\\*\\?")
                    .prop_map(|(a, times)| format!("(?:{a}){times}")),
                inner.prop_map(|a| format!("({a})")),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn both_forms_find_the_same(
            pattern in patterns(),
            texts in proptest::collection::vec("[abéßÉ1 _\\n😀-]{0,8}", 12),
        ) {
            let Ok(plain) = plain(&pattern) else { return Ok(()) };
            prop_assert!(is_plain(&plain), "{}", plain);
            let regex = Regex::new(&pattern).expect("as compiled");
            let same = Regex::builder().syntax(syntax()).build(&plain).expect("as compiled");
            let automaton = automaton(&plain);
            for text in &texts {
                let expected = regex.is_match(text);
                prop_assert_eq!(same.is_match(text), expected, "{} in {:?}", plain, text);
                if let Some(automaton) = &automaton {
                    prop_assert_eq!(finds(automaton, text), expected, "{} in {:?}", pattern, text);
                }
            }
        }

        #[test]
        fn nothing_panics(pattern in "[\\\\(){}\\[\\]|*+?^$.a-cpPwdbB\\-:&~#é0-9,<>=!]{0,24}") {
            prop_assert_eq!(compile(&pattern).map(|_| ()), check(&pattern));
        }
    }
}
