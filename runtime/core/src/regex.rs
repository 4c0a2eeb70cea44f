//! Patterns (runtime reference 6.2): whether one is found in a text. Matching takes time linear in the text.
//!
//! Most patterns come as automata, made when the program was compiled, which are only data here. The others are compiled
//! when they are first used; what that needs is in no program without such a pattern.

use crate::abi::Object;
use crate::failure::Fault;
use crate::stack;
use crate::string;
use regex_automata::Input;
use regex_automata::dfa::{Automaton, sparse};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use std::sync::{PoisonError, RwLock};

/// Whether a text has a match of a sparse automaton, as `fuse-pattern` writes them.
#[unsafe(export_name = "fuse_regex_match")]
pub unsafe extern "C" fn regex_match(text: Object, automaton: Object) -> u8 {
    // SAFETY: live objects. The automaton is read-only data of the program, written by the same version of the library
    // when the program was compiled (the interface version of the runtime covers it), so its transitions need no check,
    // which would take longer than most texts. A sparse automaton may lie at any address.
    let found = unsafe {
        let input = Input::new(string::text(text)).earliest(true);
        sparse::DFA::from_bytes_unchecked(string::bytes(automaton))
            .ok()
            .and_then(|(automaton, _)| automaton.try_search_fwd(&input).ok())
    };
    match found {
        Some(found) => u8::from(found.is_some()),
        // No automaton of `fuse-pattern` gives up.
        None => broken(),
    }
}

/// Whether a text has a match of a plain pattern, as `fuse-pattern` writes them.
#[unsafe(export_name = "fuse_regex_search")]
pub unsafe extern "C" fn regex_search(text: Object, pattern: Object) -> u8 {
    // SAFETY: live strings.
    let (text, pattern) = unsafe { (string::text(text), string::text(pattern)) };
    u8::from(compiled(pattern).is_match(text))
}

/// The patterns compiled so far: as many as the program has, so they stay for good.
static COMPILED: RwLock<Vec<(Box<str>, &'static Regex)>> = RwLock::new(Vec::new());

fn compiled(pattern: &str) -> &'static Regex {
    let known = |compiled: &[(Box<str>, &'static Regex)]| {
        compiled.iter().find(|row| &*row.0 == pattern).map(|row| row.1)
    };
    if let Some(regex) = known(&COMPILED.read().unwrap_or_else(PoisonError::into_inner)) {
        return regex;
    }
    // Not under the lock, which a program that runs out of memory would never give back.
    // Its nesting was limited when the program was compiled.
    let syntax = syntax::Config::new().nest_limit(u32::MAX);
    let Ok(regex) = Regex::builder().syntax(syntax).build(pattern) else { broken() };
    let regex = Box::leak(Box::new(regex));
    let key = Box::from(pattern);
    let mut compiled = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = known(&compiled) {
        return regex; // another task was faster
    }
    compiled.push((key, regex));
    regex
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
    use fuse_pattern::Compiled;

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
            let Ok(Compiled::Automaton(bytes)) = fuse_pattern::compile(pattern) else {
                panic!("{pattern} has no automaton")
            };
            // SAFETY: objects of this test.
            unsafe {
                let automaton = testing::bytes(&bytes);
                let source = string::new(pattern);
                let by_automaton = found(pattern, &texts, |text| regex_match(text, automaton));
                let by_pattern = found(pattern, &texts, |text| regex_search(text, source));
                assert_eq!(by_automaton, by_pattern, "{pattern}");
                assert_eq!(by_pattern, texts.map(|text| Regex::new(pattern).expect("valid").is_match(text)));
                release(automaton);
                release(source);
            }
        }
    }

    #[test]
    fn patterns_are_compiled_once() {
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
        let rows = COMPILED.read().expect("not poisoned");
        assert_eq!(rows.iter().filter(|row| &*row.0 == pattern).count(), 1);
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
