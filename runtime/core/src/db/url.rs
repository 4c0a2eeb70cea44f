//! Where the database is (runtime reference 15.1): the text of its URL, taken apart.

use crate::failure::Problem;
use rusqlite::OpenFlags;
use std::time::Duration;

/// A database, and how connections to it are opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// A file, or `:memory:`.
    pub(super) path: String,
    /// For `PRAGMA journal_mode`.
    pub(super) journal: &'static str,
    /// For `PRAGMA synchronous`.
    pub(super) synchronous: &'static str,
    /// How long a statement waits for the lock of another connection.
    pub(super) busy_timeout: Duration,
    /// For `PRAGMA foreign_keys`.
    pub(super) foreign_keys: &'static str,
    /// Whether the file may be written, and made.
    pub(super) mode: OpenFlags,
}

const READ: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY;
const WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE;
const CREATE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_CREATE);

impl Url {
    /// Reads the text of a URL.
    pub(super) fn parse(text: &str) -> Result<Url, Problem> {
        let rest = text
            .strip_prefix("sqlite://")
            .or_else(|| text.strip_prefix("sqlite:"))
            .ok_or_else(|| Problem::new("unsupported db url (expected sqlite://...)"))?;
        let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        if path.is_empty() {
            return Err(Problem::new("sqlite url missing path"));
        }
        let mut url = Url {
            path: path.to_owned(),
            journal: "wal",
            synchronous: "normal",
            busy_timeout: Duration::from_secs(5),
            foreign_keys: "off",
            mode: CREATE,
        };
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            url.set(name, value)
                .ok_or_else(|| Problem::new(format!("invalid db url parameter: {name}={value}")))?;
        }
        Ok(url)
    }

    /// Nothing if there is no such parameter, or it has no such value.
    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "journal" => self.journal = one_of(&["delete", "wal"], value)?,
            "synchronous" => self.synchronous = one_of(&["off", "normal", "full"], value)?,
            "foreign_keys" => self.foreign_keys = one_of(&["on", "off"], value)?,
            "busy_timeout" => {
                // SQLite counts milliseconds in 31 bits.
                let milliseconds =
                    value.parse::<u32>().ok().filter(|&milliseconds| i32::try_from(milliseconds).is_ok())?;
                self.busy_timeout = Duration::from_millis(u64::from(milliseconds));
            }
            "mode" => {
                self.mode = match value {
                    "ro" => READ,
                    "rw" => WRITE,
                    "rwc" => CREATE,
                    _ => return None,
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether the database is in memory, and so the connection's own.
    pub(super) fn in_memory(&self) -> bool {
        self.path == ":memory:"
    }

    /// Whether connections must not change the database.
    pub(super) fn read_only(&self) -> bool {
        self.mode == READ
    }
}

fn one_of(words: &[&'static str], word: &str) -> Option<&'static str> {
    words.iter().copied().find(|known| *known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> String {
        Url::parse(text).expect("a URL").path
    }

    fn problem(text: &str) -> String {
        Url::parse(text).expect_err("no URL").text
    }

    #[test]
    fn paths() {
        assert_eq!(path("sqlite:///var/x.db"), "/var/x.db");
        assert_eq!(path("sqlite://x.db"), "x.db");
        assert_eq!(path("sqlite:x.db?mode=ro"), "x.db");
        assert_eq!(path("sqlite::memory:"), ":memory:");
        assert_eq!(path("sqlite://:memory:"), ":memory:");
        for empty in ["sqlite:", "sqlite://", "sqlite:?mode=ro"] {
            assert_eq!(problem(empty), "sqlite url missing path");
        }
        for other in ["", "x.db", "postgres://x", "SQLITE:x"] {
            assert_eq!(problem(other), "unsupported db url (expected sqlite://...)");
        }
    }

    #[test]
    fn parameters() {
        let url =
            Url::parse("sqlite:a?journal=delete&synchronous=full&busy_timeout=20&foreign_keys=on&mode=rw");
        let url = url.expect("a URL");
        assert_eq!((url.journal, url.synchronous, url.foreign_keys), ("delete", "full", "on"));
        assert_eq!((url.busy_timeout, url.mode), (Duration::from_millis(20), WRITE));
        for wrong in [
            "journal=off",
            "mode=w",
            "busy_timeout=-1",
            "busy_timeout=4294967295",
            "foreign_keys=1",
            "cache=shared",
            "mode=",
        ] {
            assert_eq!(problem(&format!("sqlite:a?{wrong}")), format!("invalid db url parameter: {wrong}"));
        }
        assert_eq!(problem("sqlite:a?mode"), "invalid db url parameter: mode=");
    }
}
