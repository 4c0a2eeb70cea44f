//! `transaction:` (runtime reference 15.7).
//!
//! A transaction is a connection that is pinned to the task that has begun it, until it ends: committed or rolled back in compiled code, or rolled back
//! when the task has ended by a failure, or with the program.

use super::connections::Lent;
use super::exec_failed;
use crate::failure::Problem;
use fuse_abi::layout::Context;

fn run(connection: &Lent, statement: &str) -> Result<(), Problem> {
    let done = connection.prepare_cached(statement).and_then(|mut statement| statement.execute([]));
    done.map(drop).map_err(|error| exec_failed(&error))
}

/// Gives the task a connection of its own, with a transaction that `statement` begins.
pub(super) fn begin(context: *mut Context, statement: &str) -> Result<(), Problem> {
    let connection = Lent::to(context)?;
    if connection.is_pinned() {
        return Err(Problem::new("db transaction already active"));
    }
    run(&connection, statement)?;
    connection.pin(context);
    Ok(())
}

/// Commits; what cannot be committed is rolled back. The connection is anybody's again.
pub(super) fn commit(context: *mut Context) -> Result<(), Problem> {
    let connection = Lent::to(context)?;
    let committed = run(&connection, "COMMIT");
    if committed.is_err() {
        abandon(connection);
    } else {
        connection.unpin();
    }
    committed
}

/// Rolls the task's transaction back, if there is one. The connection is anybody's again.
pub(super) fn roll_back(context: *mut Context) {
    if let Some(connection) = Lent::pinned(context) {
        abandon(connection);
    }
}

fn abandon(connection: Lent) {
    // It may have been rolled back by SQLite itself.
    if !connection.is_autocommit() {
        let _ = run(&connection, "ROLLBACK");
    }
    connection.unpin();
}
