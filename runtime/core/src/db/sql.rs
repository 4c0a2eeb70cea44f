//! Statements: values that go to the database and come from it, and what is said of those that fail (runtime reference 15.2, 15.3, 15.8).

use super::reason;
use crate::abi::Object;
use crate::dynamic::{Dynamic, DynamicKind, entries};
use crate::encode;
use crate::failure::Problem;
use crate::object::release;
use crate::string::{self, Builder};
use crate::to_dynamic::Owned;
use core::fmt::Write;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Batch, Connection, Error, Row, Rows, Statement, ToSql};

/// What a statement is run for, as failures call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Exec,
    Query,
}

/// A statement and its parameters, which are the caller's.
#[derive(Clone, Copy)]
pub(super) struct Sql<'a> {
    pub(super) text: &'a str,
    pub(super) params: &'a [Dynamic],
}

/// Characters of a text that a failure shows.
const SHOWN: usize = 48;

/// A parameter; of a kind that SQLite has.
struct Param(Dynamic);

impl ToSql for Param {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let bits = self.0.bits;
        // SAFETY: parameters are alive while the statement runs.
        let value = unsafe {
            match self.0.kind() {
                DynamicKind::Bool | DynamicKind::Int => ValueRef::Integer(bits as i64),
                DynamicKind::Float => ValueRef::Real(f64::from_bits(bits)),
                DynamicKind::String => ValueRef::Text(string::bytes(self.0.object)),
                DynamicKind::Bytes => ValueRef::Blob(string::bytes(self.0.object)),
                DynamicKind::Null | DynamicKind::List | DynamicKind::Map => ValueRef::Null,
            }
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl Sql<'_> {
    /// Runs the statement, or without parameters all statements in the text, and discards rows.
    pub(super) fn exec(self, connection: &Connection) -> Result<(), Problem> {
        self.check_params()?;
        self.done(Verb::Exec, || {
            if !self.params.is_empty() {
                return drain(connection.prepare_cached(self.text)?.query(self.bound())?);
            }
            if is_blank(self.text) {
                return Ok(());
            }
            // One statement is kept; if the first of several is wrong, that is found again.
            match connection.prepare_cached(self.text) {
                Ok(mut statement) => drain(statement.query([])?),
                Err(_) => each_statement(connection, self.text),
            }
        })
    }

    /// Runs the statement for its rows, each of which is handed out as long as the function says so.
    pub(super) fn query(
        self,
        connection: &Connection,
        mut each: impl FnMut(&Statement<'_>, &Row<'_>) -> bool,
    ) -> Result<(), Problem> {
        self.check_params()?;
        self.done(Verb::Query, || {
            if is_blank(self.text) {
                return Err(Error::InvalidQuery);
            }
            let mut statement = connection.prepare_cached(self.text)?;
            let mut rows = statement.query(self.bound())?;
            while let Some(row) = rows.next()? {
                if !each(row.as_ref(), row) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn bound(self) -> rusqlite::ParamsFromIter<impl Iterator<Item = Param>> {
        rusqlite::params_from_iter(self.params.iter().copied().map(Param))
    }

    fn check_params(self) -> Result<(), Problem> {
        // SAFETY: parameters are alive.
        let kinds = self.params.iter().map(|param| unsafe { param.kind() });
        match { kinds }.find(|kind| matches!(kind, DynamicKind::List | DynamicKind::Map)) {
            Some(kind) => Err(unsupported(kind.name())),
            None => Ok(()),
        }
    }

    /// What became of running it.
    fn done(self, verb: Verb, run: impl FnOnce() -> rusqlite::Result<()>) -> Result<(), Problem> {
        // SQLite reads a text up to there, and would not miss the rest.
        let result = if self.text.contains('\0') { Err(Error::InvalidQuery) } else { run() };
        result.map_err(|error| match error {
            Error::MultipleStatement => Problem::new("multiple statements are not supported"),
            error => self.failure(verb, &error),
        })
    }

    fn failure(self, verb: Verb, error: &Error) -> Problem {
        let verb = if verb == Verb::Exec { "exec" } else { "query" };
        let reason = match error {
            Error::InvalidQuery if self.text.contains('\0') => "the text contains a NUL character".to_owned(),
            Error::InvalidQuery => "the text contains no statement".to_owned(),
            error => reason(error),
        };
        let mut text = format!("db {verb} failed: {reason}; sql: {}; params: [", self.text);
        for (index, param) in self.params.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { ", " });
            show(&mut text, *param);
        }
        text.push(']');
        Problem::new(text)
    }
}

/// What is said of a parameter of a kind that the database does not have.
pub(super) fn unsupported(kind: &str) -> Problem {
    Problem::new(format!("unsupported db param type {kind}"))
}

fn drain(mut rows: Rows<'_>) -> rusqlite::Result<()> {
    while rows.next()?.is_some() {}
    Ok(())
}

/// Runs statement after statement until one fails.
fn each_statement(connection: &Connection, text: &str) -> rusqlite::Result<()> {
    use rusqlite::fallible_iterator::FallibleIterator;
    let mut statements = Batch::new(connection, text);
    while let Some(mut statement) = statements.next()? {
        drain(statement.query([])?)?;
    }
    Ok(())
}

/// Whether a text has no statement: nothing but blanks, comments and semicolons.
fn is_blank(text: &str) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';');
        rest = if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map_or("", |(_, rest)| rest)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, rest)| rest)
        } else {
            return rest.is_empty();
        }
    }
}

/// A parameter as failures show it.
fn show(out: &mut String, param: Dynamic) {
    // SAFETY: parameters are alive. Writing to a String does not fail.
    unsafe {
        let _ = match param.kind() {
            DynamicKind::Int => write!(out, "int({})", param.bits as i64),
            DynamicKind::Bool => write!(out, "bool({})", param.bits != 0),
            DynamicKind::Float => {
                let mut text = Builder::with_capacity(24);
                text.push_float(f64::from_bits(param.bits));
                let text = text.finish();
                let written = write!(out, "float({})", string::text(text));
                release(text);
                written
            }
            DynamicKind::String => {
                let text = string::text(param.object);
                let end = text.char_indices().nth(SHOWN).map(|(at, _)| at);
                let mut shown = text[..end.unwrap_or(text.len())].to_owned();
                shown.push_str(if end.is_some() { "..." } else { "" });
                out.push_str("string(");
                encode::each_piece(&shown, |piece| out.push_str(&String::from_utf8_lossy(piece)));
                out.push(')');
                Ok(())
            }
            DynamicKind::Bytes => write!(out, "bytes(len={})", string::bytes(param.object).len()),
            DynamicKind::Null | DynamicKind::List | DynamicKind::Map => write!(out, "null"),
        };
    }
}

/// Names of columns, as the keys of row maps.
pub(super) struct Columns(Vec<Object>);

impl Columns {
    /// Those of a statement.
    pub(super) fn of(statement: &Statement<'_>) -> Columns {
        Columns(statement.column_names().map(string::new).collect())
    }

    /// These, in the order of the selected columns.
    pub(super) fn named<'a>(names: impl Iterator<Item = &'a str>) -> Columns {
        Columns(names.map(string::new).collect())
    }

    /// A row as a map.
    pub(super) fn row(&self, row: &Row<'_>) -> Owned {
        let mut map = Owned::map(self.0.len());
        for (index, &name) in self.0.iter().enumerate() {
            map.insert(name, cell(row, index));
        }
        map
    }
}

impl Drop for Columns {
    fn drop(&mut self) {
        for &name in &self.0 {
            // SAFETY: each is ours.
            unsafe { release(name) };
        }
    }
}

fn cell(row: &Row<'_>, index: usize) -> Owned {
    match row.get_ref(index) {
        Ok(ValueRef::Integer(value)) => Owned::of(Dynamic::int(value)),
        Ok(ValueRef::Real(value)) => Owned::of(Dynamic::float(value)),
        Ok(ValueRef::Text(text)) => Owned::text(&String::from_utf8_lossy(text)),
        Ok(ValueRef::Blob(bytes)) => {
            let mut made = Builder::bytes_with_capacity(bytes.len());
            made.push(bytes);
            Owned::of(Dynamic::object(made.finish()))
        }
        Ok(ValueRef::Null) | Err(_) => Owned::of(Dynamic::NULL),
    }
}

/// The parameters of a call: the elements of a list of dynamic values.
///
/// # Safety
/// The list is alive for `'a`, and not changed.
pub(super) unsafe fn params<'a>(list: Object) -> &'a [Dynamic] {
    // SAFETY: the caller's promise.
    unsafe { crate::dynamic::elements(list) }
}

/// The entries of a row map in ascending order of their names.
///
/// # Safety
/// The map is alive for `'a`, and not changed.
pub(super) unsafe fn sorted_entries<'a>(map: Object) -> Vec<(&'a str, Dynamic)> {
    // SAFETY: the caller's promise.
    unsafe {
        let mut entries: Vec<(&str, Dynamic)> =
            entries(map).map(|(name, value)| (string::text(name), value)).collect();
        entries.sort_unstable_by_key(|(name, _)| *name);
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_texts() {
        for blank in ["", " \n;", "-- x", "-- x\n/* y */;", "/* open"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for text in ["select 1", "; select 1", "-- x\nselect", "/**/x", "-"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }
}
