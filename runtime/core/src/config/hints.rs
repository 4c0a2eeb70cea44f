//! Hints at settings that have no effect (runtime reference 9.4, 9.6): lines on stderr, once in a process.

use super::file::{Index, Settings};
use super::{Place, places};
use crate::console;
use crate::env;
use crate::escape::escape_line;
use crate::tables;
use core::sync::atomic::{AtomicBool, Ordering};
use fuse_abi::desc::Config;

/// Gives hints, if none were given in this process.
pub(super) struct Hints {
    wanted: bool,
}

impl Hints {
    pub(super) fn of_process() -> Hints {
        static GIVEN: AtomicBool = AtomicBool::new(false);
        Hints { wanted: !GIVEN.swap(true, Ordering::Relaxed) }
    }

    /// Variables that are no fields, but nearly.
    pub(super) fn variables(&self, configs: &'static [Config]) {
        if self.wanted {
            ignored_variables(configs, env::all()).iter().for_each(|text| tell(text));
        }
    }

    /// The file that the environment names is not there.
    pub(super) fn missing(&self, path: &[u8]) {
        if self.wanted {
            tell(&format!("config file {} not found", String::from_utf8_lossy(path)));
        }
    }

    /// Keys of the file that are no fields of their config.
    pub(super) fn keys(&self, configs: &'static [Config], settings: &Settings<'_>) {
        if self.wanted && !settings.entries.is_empty() {
            ignored_keys(configs, settings).iter().for_each(|text| tell(text));
        }
    }
}

fn tell(text: &str) {
    let mut line = b"config hint: ".to_vec();
    escape_line(text, false, |piece| line.extend_from_slice(piece));
    line.push(b'\n');
    console::write_stderr(&line);
}

/// The hints at keys, in the order of the file.
fn ignored_keys(configs: &'static [Config], settings: &Settings<'_>) -> Vec<String> {
    // Configs are in it with an empty key, which no field has.
    let mut known = Index::new();
    for place in places(configs) {
        known.insert((Some(place.config), ""), 0);
        known.insert((Some(place.config), place.name), 0);
    }
    let is_config = |section| known.contains_key(&(section, ""));
    let ignored = settings.entries.iter().filter_map(|entry| {
        if !is_config(entry.section) || known.contains_key(&(entry.section, entry.key)) {
            return None;
        }
        Some(["key ", entry.key, " in [", entry.section?, "] is ignored"].concat())
    });
    ignored.collect()
}

/// The hints at variables, in ascending order of their names. Variables are given as `NAME=value`.
fn ignored_variables<'a>(
    configs: &'static [Config],
    variables: impl Iterator<Item = &'a [u8]>,
) -> Vec<String> {
    let prefixes: Vec<String> =
        configs.iter().map(|config| key(tables::name(config.name, config.name_len)) + "_").collect();
    let names = variables.filter_map(|variable| {
        let name = variable.split(|&byte| byte == b'=').next().unwrap_or(variable);
        core::str::from_utf8(name).ok()
    });
    let mut suspects: Vec<&str> =
        names.filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))).collect();
    if suspects.is_empty() {
        return Vec::new();
    }
    suspects.sort_unstable();
    suspects.dedup();
    let places: Vec<Place> = places(configs).collect();
    let hint = |name: &str| {
        if places.iter().any(|place| place.variable == name) {
            return None;
        }
        let meant = places.iter().find(|place| are_nearly_equal(place.variable, name))?;
        let Place { config, name: field, variable, .. } = meant;
        Some(
            ["env var ", name, " is ignored; did you mean ", variable, " for ", config, ".", field, "?"]
                .concat(),
        )
    };
    suspects.into_iter().filter_map(hint).collect()
}

/// Whether two names differ in underscores and case only.
fn are_nearly_equal(left: &str, right: &str) -> bool {
    letters(left).eq(letters(right))
}

fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|&byte| byte != b'_').map(|byte| byte.to_ascii_uppercase())
}

/// The first half of a config's variables: its name as 9.3 has it.
fn key(name: &str) -> String {
    let mut key = String::with_capacity(name.len() + 4);
    let mut before = None;
    for character in name.chars() {
        match character {
            '_' | '-' => {
                if !key.ends_with('_') {
                    key.push('_');
                }
            }
            'A'..='Z' if before.is_some_and(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()) => {
                key.push('_');
                key.push(character);
            }
            other => key.push(other.to_ascii_uppercase()),
        }
        before = Some(character);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for (name, expected) in [
            ("App", "APP"),
            ("MailGate", "MAIL_GATE"),
            ("HTTPPort", "HTTPPORT"),
            ("tls2Key", "TLS2_KEY"),
            ("maxItems3", "MAX_ITEMS3"),
            ("retry_after", "RETRY_AFTER"),
            ("_a__B-c_", "_A_B_C_"),
            ("aB", "A_B"),
            ("a_B", "A_B"),
        ] {
            assert_eq!(key(name), expected, "{name}");
        }
    }

    #[test]
    fn near_misses() {
        for (left, right, near) in [
            ("DESK_MOTTO", "DESK_MO_TTO", true),
            ("DESK_MOTTO", "desk_motto", true),
            ("DESK_MOTTO", "DESKMOTTO_", true),
            ("DESK_MOTTO", "DESK_MOTTOS", false),
            ("DESK_MOTTO", "DESK-MOTTO", false),
        ] {
            assert_eq!(are_nearly_equal(left, right), near, "{right}");
        }
    }
}
