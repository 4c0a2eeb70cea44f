//! Applying migrations (runtime reference 16).
//!
//! The history table says what is applied. Each pending migration runs with its row in one transaction that holds the write lock from its beginning,
//! and looks once more whether it is pending; so two processes that migrate at once apply nothing twice.

use super::connections::Lent;
use super::transaction::{self, commit, roll_back};
use super::{OK, exec_failed};
use crate::failure::Problem;
use fuse_abi::layout::Context;
use rusqlite::Connection;

/// A migration, in the order in which they are applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The name of its package, or the empty text.
    pub package: String,
    /// Its name in there.
    pub name: String,
}

const CREATE: &str = "create table __fuse_migrations (package text not null default '', name text not null, \
                      applied_at text not null default current_timestamp, primary key (package, name))";
const RENAME: &str = "alter table __fuse_migrations rename to __fuse_migrations_before";
const DROP: &str = "drop table __fuse_migrations_before";
const COLUMNS: &str = "select name from pragma_table_info('__fuse_migrations')";
/// Parameters: package, name, the root package.
const APPLIED: &str = "select exists (select 1 from __fuse_migrations where name = ?2 \
                       and (package = ?1 or package = '' and ?1 = ?3))";
const RECORD: &str =
    "insert into __fuse_migrations (package, name, applied_at) values (?1, ?2, current_timestamp)";

/// What the history table is like.
#[derive(PartialEq, Eq)]
enum Layout {
    Missing,
    Current,
    /// One column `id`; whether there is also the time.
    Old {
        dated: bool,
    },
}

/// Applies what is pending, in order: the status. `call` runs the migration with a number. The first failure ends it.
pub(crate) fn apply(
    context: *mut Context,
    migrations: &[Migration],
    root: &str,
    mut call: impl FnMut(usize) -> u64,
) -> u64 {
    // SAFETY: the context is the one the program was entered with.
    let told = |problem: Problem| unsafe { problem.tell(context) };
    if let Err(problem) = prepare(context) {
        return told(problem);
    }
    for (number, migration) in migrations.iter().enumerate() {
        match begin(context, migration, root) {
            Ok(true) => {}
            Ok(false) => continue,
            Err(problem) => return told(problem),
        }
        let status = call(number);
        if status != OK {
            roll_back(context);
            return status;
        }
        if let Err(problem) = record(context, migration) {
            return told(problem);
        }
    }
    OK
}

/// Makes the history table what it has to be.
fn prepare(context: *mut Context) -> Result<(), Problem> {
    if layout(&*Lent::to(context)?)? == Layout::Current {
        return Ok(());
    }
    transaction::begin(context, "BEGIN IMMEDIATE")?;
    in_transaction(context, |connection| {
        let copy = match layout(connection)? {
            Layout::Current => return Ok(()),
            Layout::Missing => return run(connection, CREATE),
            Layout::Old { dated: true } => "applied_at",
            Layout::Old { dated: false } => "current_timestamp",
        };
        run(connection, RENAME)?;
        run(connection, CREATE)?;
        let copied = format!(
            "insert into __fuse_migrations (package, name, applied_at) select '', id, {copy} from __fuse_migrations_before"
        );
        run(connection, &copied)?;
        run(connection, DROP)
    })?;
    commit(context)
}

fn layout(connection: &Connection) -> Result<Layout, Problem> {
    let names = connection.prepare_cached(COLUMNS).and_then(|mut statement| {
        statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<String>>>()
    });
    let names = names.map_err(|error| exec_failed(&error))?;
    let has = |name: &str| names.iter().any(|column| column.eq_ignore_ascii_case(name));
    if names.is_empty() {
        Ok(Layout::Missing)
    } else if has("package") && has("name") && has("applied_at") {
        Ok(Layout::Current)
    } else if has("id") && !has("package") && !has("name") {
        Ok(Layout::Old { dated: has("applied_at") })
    } else {
        Err(Problem::new(
            "unsupported __fuse_migrations schema; expected columns (package, name) or legacy id",
        ))
    }
}

/// Begins the transaction of a migration, if it is pending.
fn begin(context: *mut Context, migration: &Migration, root: &str) -> Result<bool, Problem> {
    if is_applied(&*Lent::to(context)?, migration, root)? {
        return Ok(false);
    }
    transaction::begin(context, "BEGIN IMMEDIATE")?;
    let mut applied = false;
    in_transaction(context, |connection| {
        applied = is_applied(connection, migration, root)?;
        Ok(())
    })?;
    if applied {
        roll_back(context);
    }
    Ok(!applied)
}

fn is_applied(connection: &Connection, migration: &Migration, root: &str) -> Result<bool, Problem> {
    let found = connection.prepare_cached(APPLIED).and_then(|mut statement| {
        statement.query_row([&migration.package, &migration.name, root], |row| row.get(0))
    });
    found.map_err(|error| exec_failed(&error))
}

/// Ends the transaction of a migration that has run.
fn record(context: *mut Context, migration: &Migration) -> Result<(), Problem> {
    in_transaction(context, |connection| {
        let done = connection
            .prepare_cached(RECORD)
            .and_then(|mut statement| statement.execute([&migration.package, &migration.name]));
        done.map(drop).map_err(|error| exec_failed(&error))
    })?;
    commit(context)
}

/// Does something in the task's transaction, which is rolled back if it fails.
fn in_transaction(
    context: *mut Context,
    work: impl FnOnce(&Connection) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let done = work(&*Lent::to(context)?);
    if done.is_err() {
        roll_back(context);
    }
    done
}

fn run(connection: &Connection, statement: &str) -> Result<(), Problem> {
    connection.execute_batch(statement).map_err(|error| exec_failed(&error))
}
