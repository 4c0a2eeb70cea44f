//! The patterns of `regex` constraints: whether they compile (language reference 5.6).

use std::sync::{Mutex, PoisonError};

use fuse_syntax::Symbol;
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
        known.entry(symbol).or_insert_with(|| fuse_pattern::check(text)).clone()
    }
}
