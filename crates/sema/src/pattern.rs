//! The patterns of `regex` constraints: whether they compile (language reference 5.6).

use std::sync::{Mutex, PoisonError};

use fuse_syntax::Symbol;
use regex_automata::meta::{BuildError, Regex};
use rustc_hash::FxHashMap;

/// The patterns of a program. Each is compiled once: classes of Unicode in repetitions take milliseconds.
#[derive(Default)]
pub(crate) struct Patterns {
    known: Mutex<FxHashMap<Symbol, Result<(), String>>>,
}

impl Patterns {
    /// Checks a pattern by its symbol and its text; the error says why it is none.
    pub fn check(&self, symbol: Symbol, text: &str) -> Result<(), String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(symbol).or_insert_with(|| check(text)).clone()
    }
}

/// Compiling takes bounded time and memory.
fn check(pattern: &str) -> Result<(), String> {
    Regex::new(pattern).map(|_| ()).map_err(|error| reason(&error))
}

/// The reason in one line: the library draws the pattern with the place below it.
fn reason(error: &BuildError) -> String {
    if let Some(limit) = error.size_limit() {
        return format!("the compiled pattern is larger than {limit} bytes");
    }
    let text = error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for pattern in ["", "^[A-Z0-9-]+$", r"\p{Greek}+", r"\bä\b", "(?i)x{2,5}", "(?<year>[0-9]{4})"] {
            assert_eq!(check(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn no_patterns() {
        assert_eq!(check("^[A-Z+$").unwrap_err(), "unclosed character class");
        assert_eq!(check("a\n(").unwrap_err(), "unclosed group");
        assert_eq!(check(r"(a)\1").unwrap_err(), "backreferences are not supported");
        assert_eq!(
            check("(?=a)").unwrap_err(),
            "look-around, including look-ahead and look-behind, is not supported"
        );
        assert_eq!(
            check("(?:[a-z]{1000}){1000}").unwrap_err(),
            "the compiled pattern is larger than 10485760 bytes"
        );
    }
}
