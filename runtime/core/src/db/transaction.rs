//! `transaction:` (runtime reference 15.7).
//!
//! A transaction that runs is a counted object of the program. What leaves the block by a failure releases it, like everything that is alive, and its
//! drop rolls back; so nobody else has to know that there is one.

use super::connections::Lent;
use super::{Problem, reason};
use crate::abi::Object;
use crate::alloc;
use crate::object::set_drop_transaction;
use fuse_abi::layout::{Context, Header};

/// The object of a transaction.
#[repr(C)]
struct Transaction {
    header: Header,
    /// The task that it is one of.
    context: *mut Context,
}

fn run(connection: &Lent, statement: &str) -> Result<(), Problem> {
    let done = connection.prepare_cached(statement).and_then(|mut statement| statement.execute([]));
    done.map(drop).map_err(|error| Problem::new(format!("db exec failed: {}", reason(&error))))
}

/// Begins one: its object, of the type given.
pub(super) fn begin(context: *mut Context, ty: u32) -> Result<Object, Problem> {
    pin(context, "BEGIN")?;
    set_drop_transaction(roll_back);
    let object = alloc::get(size_of::<Transaction>()).cast::<Transaction>();
    // SAFETY: new, and of that size.
    unsafe { object.write(Transaction { header: Header { count: 1, kind: ty }, context }) };
    Ok(object.cast())
}

/// Gives the task a connection of its own, with a transaction.
pub(super) fn pin(context: *mut Context, begin: &str) -> Result<(), Problem> {
    let connection = Lent::to(context)?;
    if connection.is_pinned() {
        return Err(Problem::new("db transaction already active"));
    }
    run(&connection, begin)?;
    connection.pin(context);
    Ok(())
}

/// Commits; what does not is rolled back. The connection is anybody's again.
pub(super) fn commit_pinned(context: *mut Context) -> Result<(), Problem> {
    let connection = Lent::to(context)?;
    let committed = run(&connection, "COMMIT");
    if committed.is_err() {
        abandon(connection);
    } else {
        connection.unpin();
    }
    committed
}

/// Rolls back. The connection is anybody's again.
pub(super) fn roll_back_pinned(context: *mut Context) {
    if let Ok(connection) = Lent::to(context) {
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

/// Commits; the object is taken.
pub(super) unsafe fn commit(context: *mut Context, object: Object) -> Result<(), Problem> {
    // SAFETY: the only reference to a live transaction.
    unsafe { alloc::free(object.cast(), size_of::<Transaction>()) };
    commit_pinned(context)
}

/// What the drop of a transaction does.
unsafe fn roll_back(object: Object) {
    // SAFETY: a dead transaction, ours.
    unsafe {
        let context = (*object.cast::<Transaction>()).context;
        alloc::free(object.cast(), size_of::<Transaction>());
        roll_back_pinned(context);
    }
}
