//! The lock file (toolchain reference 7.5).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

use fuse_diagnostics::{Code, FileId, Sources, codes};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::request::{is_name, subdirectory};
use super::url::mask;
use super::{LOCK_NAME, Problem};
use crate::read::{kind, to_span};
use crate::read_file;

/// The version of the format.
const VERSION: &str = "1";
/// Larger lock files are refused.
const MAX_SIZE: u64 = 16 << 20;
const REFRESH: &str = "delete fuse.lock and run `fuse deps lock`";

/// What a lock file says, by name of dependency.
pub(super) type Lock = BTreeMap<String, Entry>;

/// What was chosen for a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub locked: Locked,
    /// The fingerprint of the request.
    pub requested: String,
}

/// By kind of source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Locked {
    /// The root of the dependency, relative to the locking package.
    Path(String),
    Git {
        /// Without credentials.
        url: String,
        /// A full commit id.
        rev: String,
        subdir: Option<String>,
    },
}

/// The text of a lock file.
pub(super) fn render(lock: &Lock) -> String {
    let mut text = format!("version = {VERSION}\n");
    for (name, entry) in lock {
        // Names need no quotes.
        let _ = write!(text, "\n[dependencies.{name}]\n");
        let mut line = |key, value| push_line(&mut text, key, value);
        match &entry.locked {
            Locked::Path(path) => {
                line("source", "path");
                line("path", path);
            }
            Locked::Git { url, rev, subdir } => {
                line("source", "git");
                line("git", url);
                line("rev", rev);
                if let Some(subdir) = subdir {
                    line("subdir", subdir);
                }
            }
        }
        line("requested", &entry.requested);
    }
    text
}

/// The lock file of a package; `None` if there is none.
pub(super) fn read(directory: &Path, sources: &mut Sources) -> Result<Option<Lock>, Problem> {
    let path = directory.join(LOCK_NAME);
    let bytes = match read_file(&path, MAX_SIZE) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(reason) => {
            let text = format!("cannot read the lock file {}: {reason}", path.display());
            return Err(Problem::new(codes::LOCK_READ_FAILED, text).hint(REFRESH));
        }
    };
    let file = sources.add_bytes(&path, &mask(&bytes));
    let reader = Reader { file };
    match std::str::from_utf8(&bytes) {
        Ok(text) => reader.lock(text).map(Some),
        Err(error) => {
            let at = error.valid_up_to();
            Err(reader.wrong(codes::LOCK_PARSE_FAILED, at..at, "the lock file is not UTF-8"))
        }
    }
}

struct Reader {
    file: FileId,
}

impl Reader {
    fn wrong(&self, code: Code, span: Range<usize>, text: impl AsRef<str>) -> Problem {
        Problem::new(code, text).hint(REFRESH).at((self.file, to_span(span)))
    }

    fn shape(&self, span: Range<usize>, text: impl std::fmt::Display) -> Problem {
        self.wrong(codes::LOCK_PARSE_FAILED, span, format!("the lock file is not valid: {text}"))
    }

    fn lock(&self, text: &str) -> Result<Lock, Problem> {
        let root = DeTable::parse(text)
            .map_err(|error| self.shape(error.span().unwrap_or_default(), error.message()))?;
        let mut lock = Lock::new();
        // The version first: the rest may mean something else in another one.
        if let Some(version) = root.get_ref().get("version") {
            self.version(version)?;
        }
        for (key, value) in root.get_ref().iter() {
            let name: &str = key.get_ref();
            match (name, value.get_ref()) {
                ("version", _) => {}
                ("dependencies", DeValue::Table(table)) => {
                    for (name, entry) in table.iter() {
                        let (name, entry) = self.named_entry(name, entry)?;
                        lock.insert(name, entry);
                    }
                }
                ("dependencies", other) => {
                    return Err(self.shape(value.span(), format!("dependencies is {}", kind(other))));
                }
                _ => return Err(self.shape(key.span(), format!("it has no key `{name}`"))),
            }
        }
        Ok(lock)
    }

    fn version(&self, value: &Spanned<DeValue<'_>>) -> Result<(), Problem> {
        let DeValue::Integer(version) = value.get_ref() else {
            return Err(self.shape(value.span(), format!("version is {}", kind(value.get_ref()))));
        };
        // A lock file without version, or of version 0, is one of version 1.
        if matches!(i64::from_str_radix(version.as_str(), version.radix()), Ok(0 | 1)) {
            return Ok(());
        }
        let text = format!("the lock file has the version {version}, this fuse knows {VERSION}");
        Err(self.wrong(codes::LOCK_UNSUPPORTED_VERSION, value.span(), text))
    }

    fn named_entry(
        &self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(String, Entry), Problem> {
        let name: &str = key.get_ref();
        if !is_name(name) {
            return Err(self.shape(key.span(), format!("`{name}` cannot be the name of a dependency")));
        }
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.shape(value.span(), format!("the entry `{name}` is {}", kind(value.get_ref()))));
        };
        let entry = EntryReader { reader: self, name, table, span: key.span() }.entry()?;
        Ok((name.to_owned(), entry))
    }
}

/// One entry while its keys are read.
struct EntryReader<'a> {
    reader: &'a Reader,
    name: &'a str,
    table: &'a DeTable<'a>,
    span: Range<usize>,
}

impl EntryReader<'_> {
    fn entry(&self) -> Result<Entry, Problem> {
        let Some(source) = self.string("source")? else {
            return Err(self.shape(format!("the entry `{}` has no `source`", self.name)));
        };
        let (locked, keys): (_, &[&str]) = match source {
            "path" => {
                let path = self.required("path", codes::LOCK_ENTRY_MISSING_PATH)?;
                (Locked::Path(path.to_owned()), &["source", "path", "requested"])
            }
            "git" => (self.git()?, &["source", "git", "rev", "subdir", "requested"]),
            other => {
                let text = format!("the lock entry `{}` has the unknown source `{other}`", self.name);
                return Err(self.wrong(codes::LOCK_ENTRY_UNKNOWN_SOURCE, text));
            }
        };
        if let Some((key, _)) = self.table.iter().find(|(key, _)| !keys.contains(&key.get_ref().as_ref())) {
            let text =
                format!("the entry `{}` of a {source} source has the key `{}`", self.name, key.get_ref());
            return Err(self.reader.shape(key.span(), text));
        }
        match self.string("requested")? {
            Some(requested) => Ok(Entry { locked, requested: requested.to_owned() }),
            None => Err(self.shape(format!("the entry `{}` has no `requested`", self.name))),
        }
    }

    fn git(&self) -> Result<Locked, Problem> {
        let url = self.required("git", codes::LOCK_ENTRY_MISSING_GIT)?.to_owned();
        let rev = self.required("rev", codes::LOCK_ENTRY_MISSING_REV)?.to_owned();
        // It becomes the name of a directory.
        if !is_commit_id(&rev) {
            let text = format!("the rev `{rev}` of the entry `{}` is no full commit id", self.name);
            return Err(self.shape(text));
        }
        let subdir = match self.string("subdir")? {
            Some(subdir) => subdirectory(subdir).map_err(|(code, reason)| {
                self.wrong(
                    code,
                    format!("the lock entry `{}` has the subdir `{subdir}`: {reason}", self.name),
                )
            })?,
            None => None,
        };
        Ok(Locked::Git { url, rev, subdir })
    }

    fn required(&self, key: &str, code: Code) -> Result<&str, Problem> {
        let value = self.string(key)?.filter(|value| !value.is_empty());
        value.ok_or_else(|| self.wrong(code, format!("the lock entry `{}` has no `{key}`", self.name)))
    }

    fn string(&self, key: &str) -> Result<Option<&str>, Problem> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        match value.get_ref() {
            DeValue::String(text) => Ok(Some(text)),
            other => {
                let text = format!("`{key}` of the entry `{}` is {}", self.name, kind(other));
                Err(self.reader.shape(value.span(), text))
            }
        }
    }

    fn wrong(&self, code: Code, text: impl AsRef<str>) -> Problem {
        self.reader.wrong(code, self.span.clone(), text)
    }

    fn shape(&self, text: impl std::fmt::Display) -> Problem {
        self.reader.shape(self.span.clone(), text)
    }
}

/// Whether a text is a full commit id as git writes it.
pub(super) fn is_commit_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn push_line(text: &mut String, key: &str, value: &str) {
    text.push_str(key);
    text.push_str(" = \"");
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(text, "\\u{:04X}", c as u32);
            }
            c => text.push(c),
        }
    }
    text.push_str("\"\n");
}
