//! Interned names and texts: one table for a whole program.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::words;

/// A name or text of the program: equal symbols are equal texts. [`Interner::resolve`] gives the text back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// The table of symbols. Every reserved word and well-known name (see [`crate::sym`]) is in it from the start.
#[derive(Clone)]
pub struct Interner {
    /// All texts, one after the other.
    text: String,
    /// Where the text of each symbol ends; it starts where the one before ends.
    ends: Vec<usize>,
    /// The hash of each symbol's text, so that growing does not read the texts.
    hashes: Vec<u32>,
    /// Open addressing: symbol number plus one, zero if free. The length is a power of two.
    table: Vec<u32>,
}

impl Default for Interner {
    fn default() -> Interner {
        Interner::new()
    }
}

impl std::fmt::Debug for Interner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Interner({} symbols)", self.ends.len())
    }
}

impl Interner {
    /// A table that holds the well-known names only.
    pub fn new() -> Interner {
        let mut interner =
            Interner { text: String::new(), ends: Vec::new(), hashes: Vec::new(), table: vec![0; 1024] };
        for &name in words::WELL_KNOWN {
            interner.intern(name);
        }
        interner
    }

    /// The symbol of a text.
    pub fn intern(&mut self, text: &str) -> Symbol {
        let hash = hash(text);
        let slot = match self.find(text, hash) {
            Ok(symbol) => return symbol,
            Err(slot) => slot,
        };
        let number = self.ends.len() as u32;
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.hashes.push(hash);
        self.table[slot] = number + 1;
        if self.ends.len() * 2 > self.table.len() {
            self.grow();
        }
        Symbol(number)
    }

    /// The symbol of a text if it has been interned.
    pub fn lookup(&self, text: &str) -> Option<Symbol> {
        self.find(text, hash(text)).ok()
    }

    /// The text of a symbol of this table.
    pub fn resolve(&self, symbol: Symbol) -> &str {
        &self.text[self.start(symbol.0 as usize)..self.ends[symbol.0 as usize]]
    }

    /// Every symbol, in the order in which they were interned.
    pub fn symbols(&self) -> impl Iterator<Item = Symbol> + use<> {
        (0..u32::try_from(self.len()).unwrap_or(u32::MAX)).map(Symbol)
    }

    /// How many symbols there are; their numbers run from zero.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no symbol; never true, as the well-known names are always there.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn start(&self, number: usize) -> usize {
        if number == 0 { 0 } else { self.ends[number - 1] }
    }

    /// The symbol, or the free slot where it belongs.
    fn find(&self, text: &str, hash: u32) -> Result<Symbol, usize> {
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let entry = self.table[slot];
            if entry == 0 {
                return Err(slot);
            }
            let number = (entry - 1) as usize;
            if self.hashes[number] == hash && self.resolve(Symbol(entry - 1)) == text {
                return Ok(Symbol(entry - 1));
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        let mut table = vec![0; mask + 1];
        for (number, &hash) in self.hashes.iter().enumerate() {
            let mut slot = hash as usize & mask;
            while table[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            table[slot] = number as u32 + 1;
        }
        self.table = table;
    }
}

fn hash(text: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    let hash = hasher.finish();
    (hash ^ (hash >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sym;

    #[test]
    fn equal_texts_are_one_symbol_and_come_back() {
        let mut interner = Interner::new();
        let names: Vec<String> = (0..5000).map(|n| format!("name_{n}")).collect();
        let first: Vec<Symbol> = names.iter().map(|name| interner.intern(name)).collect();
        let second: Vec<Symbol> = names.iter().map(|name| interner.intern(name)).collect();
        assert_eq!(first, second);
        for (name, symbol) in names.iter().zip(first) {
            assert_eq!(interner.resolve(symbol), name);
            assert_eq!(interner.lookup(name), Some(symbol));
        }
        assert_eq!(interner.lookup("never interned"), None);
    }

    #[test]
    fn well_known_names_have_their_constants() {
        let interner = Interner::new();
        assert_eq!(interner.lookup("body"), Some(sym::BODY));
        assert_eq!(interner.lookup("_"), Some(sym::UNDERSCORE));
        assert_eq!(interner.resolve(sym::SELF_VALUE), "self");
        assert_eq!(interner.len(), words::WELL_KNOWN.len());
    }
}
