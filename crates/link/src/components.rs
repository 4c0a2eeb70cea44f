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

/// How the symbols of a component are recognised.
struct Rule {
    component: &'static str,
    /// Starts of symbols that are not mangled.
    prefixes: &'static [&'static str],
    /// Parts of mangled names: crates with their length before them, so that both of Rust's mangling schemes fit, and
    /// paths below a crate.
    parts: &'static [&'static str],
}

/// The component of everything that no rule claims.
const CORE: &str = "core";

/// All components but `core`. The first rule that fits decides.
const RULES: &[Rule] = &[
    Rule {
        component: "cli",
        prefixes: &["fuse_cli_"],
        parts: &["12fuse_runtime3cli", "fuse_runtime..cli.."],
    },
    Rule {
        component: "client",
        prefixes: &["fuse_client_"],
        parts: &["11fuse_client", "fuse_client..", "12fuse_runtime6client", "fuse_runtime..client.."],
    },
    Rule {
        component: "config",
        prefixes: &["fuse_config_"],
        parts: &["12fuse_runtime6config", "fuse_runtime..config.."],
    },
    Rule { component: "crypto", prefixes: &["fuse_crypto_"], parts: &["11fuse_crypto", "fuse_crypto.."] },
    Rule {
        component: "db",
        prefixes: &["fuse_db_", "sqlite3"],
        parts: &["7fuse_db", "fuse_db..", "8rusqlite", "14libsqlite3_sys"],
    },
    Rule { component: "html", prefixes: &["fuse_html_"], parts: &["9fuse_html", "fuse_html.."] },
    Rule {
        component: "http",
        prefixes: &["fuse_http_"],
        parts: &["9fuse_http", "fuse_http..", "5hyper", "5tokio", "8httparse"],
    },
    Rule {
        component: "json",
        prefixes: &["fuse_json_"],
        parts: &["12fuse_runtime4json", "fuse_runtime..json.."],
    },
    Rule {
        component: "log",
        prefixes: &["fuse_log_"],
        parts: &["12fuse_runtime3log", "fuse_runtime..log.."],
    },
    Rule {
        component: "regex",
        prefixes: &["fuse_regex_"],
        parts: &["10fuse_regex", "fuse_regex..", "14regex_automata", "12regex_syntax", "12aho_corasick"],
    },
    Rule {
        component: "tasks",
        prefixes: &["fuse_tasks_"],
        parts: &["12fuse_runtime5tasks", "fuse_runtime..tasks.."],
    },
    Rule { component: "time", prefixes: &["fuse_time_"], parts: &["9fuse_time", "fuse_time..", "4jiff"] },
    Rule {
        component: "tls",
        prefixes: &["fuse_tls_", "ring_core_"],
        parts: &["8fuse_tls", "fuse_tls..", "6rustls", "4ring", "6webpki"],
    },
];

/// The most components an executable can have.
pub(crate) const MOST: usize = RULES.len() + 1;

fn component_of(symbol: &str) -> &'static str {
    let mangled = symbol.starts_with("_R") || symbol.starts_with("_ZN");
    let fits = |rule: &&Rule| {
        if mangled {
            rule.parts.iter().any(|part| symbol.contains(part))
        } else {
            rule.prefixes.iter().any(|prefix| symbol.starts_with(prefix))
        }
    };
    RULES.iter().find(fits).map_or(CORE, |rule| rule.component)
}

/// Counts the components of a linked executable that still has its symbols, sorted by name. What is neither the
/// program's nor claimed by a rule (constants without a name, tables, the standard library) is `core`'s.
pub(crate) fn count(executable: &Elf<'_>, program: &HashSet<Vec<u8>>) -> Result<Vec<Component>, ElfError> {
    let loaded: u64 = executable
        .sections
        .iter()
        .filter(|section| section.is_loaded() && section.has_contents())
        .map(|one| one.size)
        .sum();
    let mut bytes: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut elsewhere = 0;
    for symbol in executable.symbols()? {
        if !symbol.in_file || symbol.size == 0 {
            continue;
        }
        if program.contains(symbol.name) {
            elsewhere += symbol.size;
            continue;
        }
        let component = component_of(&String::from_utf8_lossy(symbol.name));
        if component != CORE {
            *bytes.entry(component).or_default() += symbol.size;
            elsewhere += symbol.size;
        }
    }
    bytes.insert(CORE, loaded.saturating_sub(elsewhere));
    Ok(bytes.into_iter().map(|(name, bytes)| Component { name: name.to_owned(), bytes }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_belong_to_components() {
        let cases = [
            ("fuse_str_concat", "core"),
            ("fuse_json_encode", "json"),
            ("sqlite3_open_v2", "db"),
            ("_ZN12fuse_runtime4json6encode17h0123456789abcdefE", "json"),
            ("_RNvNtCs1234_12fuse_runtime4json6encode", "json"),
            ("_ZN59_$LT$fuse_runtime..json..Writer$u20$as$u20$core..fmt..Write$GT$9write_str17hE", "json"),
            ("_RNvNtCsjrHSEGnQ3l9_3std9panicking", "core"),
            ("malloc", "core"),
        ];
        for (symbol, component) in cases {
            assert_eq!(component_of(symbol), component, "{symbol}");
        }
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
