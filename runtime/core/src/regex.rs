//! Patterns (runtime reference 6.2): whether one is found in a text. Matching takes time linear in the text.
//!
//! Most patterns come as automata, made when the program was compiled, which are only data here. The others are compiled
//! when they are first used; what that needs is in no program without such a pattern.

use crate::abi::Object;
use crate::failure::Fault;
use crate::memo::Memo;
use crate::program::{self, Kept};
use crate::stack;
use crate::string;
use regex_automata::Input;
use regex_automata::dfa::{Automaton, sparse};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// Whether a text has a match of a sparse automaton, as `fuse-pattern` writes them.
#[unsafe(export_name = "fuse_regex_match")]
pub unsafe extern "C" fn regex_match(text: Object, automaton: Object) -> u8 {
    // SAFETY: live objects.
    let found = unsafe {
        let input = Input::new(string::text(text)).earliest(true);
        if (*automaton).count == 0 {
            match AUTOMATA.find(|known| *known == automaton as usize) {
                Some(known) => known.try_search_fwd(&input),
                None => AUTOMATA.add(automaton as usize, read_static(automaton)).try_search_fwd(&input),
            }
        } else {
            read(automaton).try_search_fwd(&input)
        }
    };
    match found {
        Ok(found) => u8::from(found.is_some()),
        // No automaton of `fuse-pattern` gives up.
        Err(_) => broken(),
    }
}

/// An automaton whose bytes lie in the program.
type Static = sparse::DFA<&'static [u8]>;

/// The automata of the program that were used, by address: reading the head of one takes longer than most texts.
static AUTOMATA: Memo<usize, Static> = Memo::new();

/// An automaton.
unsafe fn read<'a>(automaton: Object) -> sparse::DFA<&'a [u8]> {
    // SAFETY: the bytes were written by the same version of the library when the program was compiled (the interface version
    // of the runtime covers it), so its transitions need no check. A sparse automaton may lie at any address.
    match unsafe { sparse::DFA::from_bytes_unchecked(string::bytes(automaton)) } {
        Ok((automaton, _)) => automaton,
        Err(_) => broken(),
    }
}

/// An automaton that stays as long as the program.
unsafe fn read_static(automaton: Object) -> Static {
    program::at_end(Kept::Automata, |left| {
        // SAFETY: the program has ended.
        unsafe { AUTOMATA.forget(left) }
    });
    // SAFETY: the caller's promise.
    unsafe { read(automaton) }
}

/// Whether a text has a match of a plain pattern, as `fuse-pattern` writes them.
#[unsafe(export_name = "fuse_regex_search")]
pub unsafe extern "C" fn regex_search(text: Object, pattern: Object) -> u8 {
    // SAFETY: live strings.
    let (text, pattern) = unsafe { (string::text(text), string::text(pattern)) };
    let regex = COMPILED.find(|known| **known == *pattern).unwrap_or_else(|| compile(pattern));
    u8::from(regex.is_match(text))
}

/// The patterns that were compiled: as many as programs have, so they stay for good.
static COMPILED: Memo<Box<str>, Regex> = Memo::new();

#[cold]
fn compile(pattern: &str) -> &'static Regex {
    // Its nesting was limited when the program was compiled.
    let syntax = syntax::Config::new().nest_limit(u32::MAX);
    match Regex::builder().syntax(syntax).build(pattern) {
        Ok(regex) => COMPILED.add(pattern.into(), regex),
        Err(_) => broken(),
    }
}

/// The compiler of the program had accepted the pattern.
#[cold]
fn broken() -> ! {
    stack::leave(Fault::Broken("a pattern that cannot be used"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::release;
    use crate::testing;
    use fuse_pattern::Compiled as Form;

    unsafe fn found(pattern: &str, texts: &[&str], way: impl Fn(Object) -> u8) -> Vec<bool> {
        texts
            .iter()
            .map(|text| {
                let text = string::new(text);
                let found = way(text);
                // SAFETY: the text is ours.
                unsafe { release(text) };
                assert!(found < 2, "{pattern}");
                found == 1
            })
            .collect()
    }

    #[test]
    fn both_ways_find_the_same() {
        testing::install();
        let texts = ["", "a", "abc", "ABC", "a b", "straße", "٣٤", "x@y.z", "x@y", "\n", "a-1", "😀"];
        for pattern in
            ["", "b", "^[a-z]+$", r"^\w+$", r"\d", r"(?i)^abc$", r"^[^@\s]+@[^@\s]+\.[a-z]+$", "^.$", r"\W"]
        {
            let Ok(Form::Automaton(bytes)) = fuse_pattern::compile(pattern) else {
                panic!("{pattern} has no automaton")
            };
            // SAFETY: objects of this test.
            unsafe {
                let automaton = testing::bytes(&bytes);
                let source = string::new(pattern);
                let by_automaton = found(pattern, &texts, |text| regex_match(text, automaton));
                // As data of the program, which is kept.
                (*automaton).count = 0;
                assert_eq!(found(pattern, &texts, |text| regex_match(text, automaton)), by_automaton);
                let by_pattern = found(pattern, &texts, |text| regex_search(text, source));
                assert_eq!(by_automaton, by_pattern, "{pattern}");
                assert_eq!(by_pattern, texts.map(|text| Regex::new(pattern).expect("valid").is_match(text)));
                release(source);
            }
        }
    }

    #[test]
    fn patterns_are_kept() {
        testing::install();
        let pattern = r"\bcompiled once\b";
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    // SAFETY: objects of this thread.
                    unsafe {
                        let source = string::new(pattern);
                        let text = string::new("it is compiled once, or is it");
                        assert_eq!(regex_search(text, source), 1);
                        release(text);
                        release(source);
                    }
                });
            }
        });
        assert!(COMPILED.find(|known| **known == *pattern).is_some());
    }

    #[test]
    fn words() {
        testing::install();
        let Ok(Form::Pattern(plain)) = fuse_pattern::compile(r"(?i)\bStraße\b.*\d$") else {
            panic!("a pattern with Unicode word boundaries")
        };
        // SAFETY: objects of this test.
        unsafe {
            let source = string::new(&plain);
            let texts = ["STRAẞE 7", "an der straße ٣", "Straßen 7", "éstraße 7", "straße"];
            assert_eq!(
                found(&plain, &texts, |text| regex_search(text, source)),
                [true, true, false, false, false]
            );
            release(source);
        }
    }

    #[test]
    fn matching_is_linear() {
        testing::install();
        // SAFETY: objects of this test.
        unsafe {
            let text = string::new(&"a".repeat(1 << 20));
            for pattern in [r"^(a+)+$b?c", r"(a|aa)*\bc", r"(.*)(.*)(.*)(.*)(.*)[^a]$"] {
                let source = string::new(pattern);
                assert_eq!(regex_search(text, source), 0, "{pattern}");
                release(source);
            }
            release(text);
        }
    }
}
