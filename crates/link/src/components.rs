//! Composition: which runtime component a symbol belongs to, and how many bytes each has in an executable.

use crate::elf::{Elf, ElfError};
use std::collections::{BTreeMap, HashSet};

/// A component of an executable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Bytes of code and data in the file.
    pub bytes: u64,
}

/// How a component is recognised.
struct Rule {
    component: &'static str,
    /// Starts of the symbols through which programs reach the component: it is in an executable exactly if one of them is.
    entries: &'static [&'static str],
    /// What else is the component's if it is there: parts of symbols. Crates stand with the length of their name before
    /// them, so that both of Rust's mangling schemes fit.
    parts: &'static [&'static str],
}

/// The component of everything that no rule claims.
const CORE: &str = "core";

/// All components but `core`, sorted. The first rule that fits a symbol decides.
const RULES: &[Rule] = &[
    Rule { component: "cli", entries: &["fuse_cli_"], parts: &["12fuse_runtime3cli", "fuse_runtime..cli.."] },
    Rule { component: "client", entries: &["fuse_client_"], parts: &["11fuse_client", "fuse_client.."] },
    Rule {
        component: "config",
        entries: &["fuse_config_"],
        parts: &["12fuse_runtime6config", "fuse_runtime..config.."],
    },
    Rule {
        component: "crypto",
        entries: &["fuse_crypto_"],
        parts: &[
            "12fuse_runtime6crypto",
            "fuse_runtime..crypto..",
            "4sha2",
            "4hmac",
            "6digest",
            "9getrandom",
            "6subtle",
        ],
    },
    Rule {
        component: "db",
        entries: &["fuse_db_"],
        parts: &[
            "12fuse_runtime2db",
            "fuse_runtime..db..",
            "sqlite3",
            "8rusqlite",
            "rusqlite..",
            "8hashlink",
            "9hashbrown",
        ],
    },
    Rule {
        component: "html",
        entries: &["fuse_html_"],
        parts: &["12fuse_runtime4html", "fuse_runtime..html.."],
    },
    Rule {
        component: "http",
        entries: &["fuse_http_"],
        parts: &["9fuse_http", "fuse_http..", "5hyper", "5tokio", "8httparse"],
    },
    // In a program without it, the writer that envelopes and logs need is `core`'s.
    Rule {
        component: "json",
        entries: &["fuse_json_"],
        parts: &[
            "12fuse_runtime4json",
            "fuse_runtime..json..",
            "12fuse_runtime7convert",
            "fuse_runtime..convert..",
            "fuse_convert_",
            "12fuse_runtime7dynamic",
            "12fuse_runtime9operators",
            "12fuse_runtime6places",
            "12fuse_runtime10to_dynamic",
            "fuse_runtime..to_dynamic..",
            "fuse_dynamic_",
        ],
    },
    Rule { component: "log", entries: &["fuse_log_"], parts: &["12fuse_runtime3log", "fuse_runtime..log.."] },
    Rule {
        component: "regex",
        entries: &["fuse_regex_"],
        parts: &[
            "12fuse_runtime5regex",
            "fuse_runtime..regex..",
            "14regex_automata",
            "regex_automata..",
            "12regex_syntax",
            "regex_syntax..",
            "12aho_corasick",
        ],
    },
    Rule {
        component: "tasks",
        entries: &["fuse_tasks_"],
        parts: &["12fuse_runtime5tasks", "fuse_runtime..tasks.."],
    },
    Rule {
        component: "time",
        entries: &["fuse_time_"],
        parts: &["12fuse_runtime4time", "fuse_runtime..time..", "6chrono", "chrono.."],
    },
    Rule {
        component: "tls",
        entries: &["fuse_tls_"],
        parts: &["8fuse_tls", "fuse_tls..", "6rustls", "4ring", "ring_core_", "6webpki"],
    },
];

/// The most components an executable can have.
pub(crate) const MOST: usize = RULES.len() + 1;

impl Rule {
    fn is_entry(&self, symbol: &str) -> bool {
        self.entries.iter().any(|entry| symbol.starts_with(entry))
    }

    fn claims(&self, symbol: &str) -> bool {
        self.is_entry(symbol) || self.parts.iter().any(|part| symbol.contains(part))
    }
}

/// The sizes of the runtime's components, given its symbols and the bytes that are loaded and not the program's. Sorted
/// by name. What no rule claims (constants without a name, tables, the standard library) is `core`'s.
fn compose(symbols: &[(String, u64)], loaded: u64) -> Vec<Component> {
    let present: Vec<&Rule> =
        RULES.iter().filter(|rule| symbols.iter().any(|(symbol, _)| rule.is_entry(symbol))).collect();
    let mut bytes: BTreeMap<&str, u64> = present.iter().map(|rule| (rule.component, 0)).collect();
    let mut claimed = 0;
    for (symbol, size) in symbols {
        if let Some(rule) = present.iter().find(|rule| rule.claims(symbol)) {
            *bytes.entry(rule.component).or_default() += size;
            claimed += size;
        }
    }
    bytes.insert(CORE, loaded.saturating_sub(claimed));
    bytes.into_iter().map(|(name, bytes)| Component { name: name.to_owned(), bytes }).collect()
}

/// Counts the components of a linked executable that still has its symbols; `program` are the symbols that the program
/// defines.
pub(crate) fn count(executable: &Elf<'_>, program: &HashSet<Vec<u8>>) -> Result<Vec<Component>, ElfError> {
    let in_file = executable.sections.iter().filter(|section| section.is_loaded() && section.has_contents());
    let mut loaded: u64 = in_file.map(|section| section.size).sum();
    let mut symbols = Vec::new();
    for symbol in executable.symbols()?.iter().filter(|symbol| symbol.in_file) {
        if program.contains(symbol.name) {
            loaded = loaded.saturating_sub(symbol.size);
        } else {
            symbols.push((String::from_utf8_lossy(symbol.name).into_owned(), symbol.size));
        }
    }
    Ok(compose(&symbols, loaded))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(symbols: &[(&str, u64)]) -> Vec<(String, u64)> {
        let symbols: Vec<(String, u64)> =
            symbols.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
        compose(&symbols, 1000).into_iter().map(|component| (component.name, component.bytes)).collect()
    }

    #[test]
    fn a_component_is_there_if_the_program_reaches_it() {
        let writer = ("_ZN12fuse_runtime4json6escape17h0123456789abcdefE", 50);
        let log = ("_RNvNtCs1234_12fuse_runtime3log11escape_line", 20);
        assert_eq!(composed(&[writer, log, ("malloc", 10)]), [("core".into(), 1000)]);
        assert_eq!(
            composed(&[writer, log, ("fuse_log_text", 5)]),
            [("core".into(), 975), ("log".into(), 25)]
        );
        assert_eq!(
            composed(&[writer, ("fuse_json_encode", 5), ("fuse_dynamic_index", 30)]),
            [("core".into(), 915), ("json".into(), 85)]
        );
        let time = [
            ("fuse_time_now", 1),
            ("_ZN6chrono6format8strftime17hE", 9),
            ("_RNvNtCs1_12fuse_runtime4time5items", 4),
        ];
        assert_eq!(composed(&time), [("core".into(), 986), ("time".into(), 14)]);
        let database = [("fuse_db_query", 7), ("sqlite3_step", 100), ("_RNvNtCs1_12fuse_runtime2db3row", 3)];
        assert_eq!(composed(&database), [("core".into(), 890), ("db".into(), 110)]);
    }

    #[test]
    fn names_fit_a_record_and_are_sorted() {
        let mut last = "";
        for rule in RULES {
            assert!(rule.component.len() <= 8 && last < rule.component, "{}", rule.component);
            last = rule.component;
        }
    }
}
