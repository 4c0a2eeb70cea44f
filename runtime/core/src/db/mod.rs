//! The database (runtime reference 15): SQLite, connections, the query builder, transactions.
//!
//! All SQL is run by `Sql`, on a connection that `Lent` gives. Values go to the database and come back as dynamic values; rows that are read as structs
//! are converted like any other dynamic value.

mod connections;
mod migrations;
mod query;
mod sql;
mod transaction;
mod url;

use crate::abi::{Object, Pair};
use crate::boundary::{Source, convert};
use crate::dynamic::{Dynamic, give, list_of};
use crate::failure::{Problem, guard};
use crate::list::{self, list_empty, push_slot};
use crate::object::release;
use crate::problems::{Path, Problems};
use crate::program;
use crate::string;
use crate::tables;
use crate::to_dynamic::{self, NotMade, Owned};
use connections::{Lent, Settings};
use core::ptr;
use fuse_abi::layout::{Context, ListObject, STATUS_OK};
use query::{Query, Statement};
use sql::{Columns, Sql};

pub use migrations::Migration;
pub(crate) use migrations::apply;

const OK: u64 = STATUS_OK as u64;

/// The engine's own text for an error.
fn reason(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        error => error.to_string(),
    }
}

/// What is said of a statement of the runtime's own, which has no text to show.
fn exec_failed(error: &rusqlite::Error) -> Problem {
    Problem::new(format!("db exec failed: {}", reason(error)))
}

/// Runs what yields an object, or null, or fails.
unsafe fn object(context: *mut Context, body: impl FnOnce() -> Result<Object, Problem>) -> Pair<Object, u64> {
    // SAFETY: the caller's context.
    unsafe {
        guard(context, || match body() {
            Ok(first) => Pair { first, second: OK },
            Err(problem) => Pair { first: ptr::null_mut(), second: problem.tell(context) },
        })
    }
}

/// Runs what yields nothing, or fails.
unsafe fn nothing(context: *mut Context, body: impl FnOnce() -> Result<(), Problem>) -> u64 {
    // SAFETY: the caller's context.
    unsafe { guard(context, || body().map_or_else(|problem| problem.tell(context), |()| OK)) }
}

/// Rows as maps.
fn rows(
    context: *mut Context,
    sql: Sql<'_>,
    columns: Option<Columns>,
    most: usize,
) -> Result<Vec<Owned>, Problem> {
    let connection = Lent::to(context)?;
    let mut rows = Vec::new();
    let mut columns = columns;
    sql.query(&connection, |statement, row| {
        let columns = columns.get_or_insert_with(|| Columns::of(statement));
        rows.push(columns.row(row));
        rows.len() < most
    })?;
    Ok(rows)
}

/// A list of row maps, of the type given.
unsafe fn row_list(ty: u32, rows: Vec<Owned>) -> Object {
    // SAFETY: a list type whose elements are maps of dynamic values; each slot is written at once.
    unsafe {
        let mut list = list_empty(ty, rows.len() as i64);
        for row in rows {
            let slot = push_slot(list);
            list = slot.first;
            slot.second.cast::<Object>().write(row.into_value().object);
        }
        list
    }
}

/// The first of the rows, or null.
fn first(rows: Vec<Owned>) -> Object {
    rows.into_iter().next().map_or(ptr::null_mut(), |row| row.into_value().object)
}

/// What the config named `App` says, texts or null: `dbUrl`, `db_url`, `dbPoolSize`.
#[unsafe(export_name = "fuse_db_settings")]
pub unsafe extern "C" fn db_settings(url: Object, other_url: Object, pool_size: Object) {
    // SAFETY: live strings or null.
    let text = |object: Object| (!object.is_null()).then(|| unsafe { string::text(object) }.to_owned());
    connections::configure(Settings { urls: [text(url), text(other_url)], pool_size: text(pool_size) });
}

/// `db.exec`
#[unsafe(export_name = "fuse_db_exec")]
pub unsafe extern "C" fn db_exec(context: *mut Context, text: Object, params: Object) -> u64 {
    // SAFETY: a live string and a live list of dynamic values.
    unsafe {
        nothing(context, || {
            let sql = Sql { text: string::text(text), params: sql::params(params) };
            sql.exec(&*Lent::to(context)?)
        })
    }
}

/// `db.query`; the type is that of the list.
#[unsafe(export_name = "fuse_db_query")]
pub unsafe extern "C" fn db_query(
    context: *mut Context,
    ty: u32,
    text: Object,
    params: Object,
) -> Pair<Object, u64> {
    // SAFETY: as above.
    unsafe {
        object(context, || {
            let sql = Sql { text: string::text(text), params: sql::params(params) };
            Ok(row_list(ty, rows(context, sql, None, usize::MAX)?))
        })
    }
}

/// `db.one`
#[unsafe(export_name = "fuse_db_one")]
pub unsafe extern "C" fn db_one(context: *mut Context, text: Object, params: Object) -> Pair<Object, u64> {
    // SAFETY: as above.
    unsafe {
        object(context, || {
            let sql = Sql { text: string::text(text), params: sql::params(params) };
            Ok(first(rows(context, sql, None, 1)?))
        })
    }
}

/// `db.from`
#[unsafe(export_name = "fuse_db_from")]
pub unsafe extern "C" fn db_from(context: *mut Context, table: Object) -> Pair<Object, u64> {
    // SAFETY: a live string.
    unsafe { object(context, || Query::from(table)) }
}

/// `query.select`
#[unsafe(export_name = "fuse_db_select")]
pub unsafe extern "C" fn db_select(
    context: *mut Context,
    query: Object,
    columns: Object,
) -> Pair<Object, u64> {
    // SAFETY: a live query and a live list of Strings, whose elements stand side by side.
    unsafe {
        object(context, || {
            let len = (*columns.cast::<ListObject>()).len as usize;
            Query::of(query).select(core::slice::from_raw_parts(list::data(columns).cast(), len))
        })
    }
}

/// `query.where`
#[unsafe(export_name = "fuse_db_where")]
pub unsafe extern "C" fn db_where(
    context: *mut Context,
    query: Object,
    column: Object,
    op: Object,
    value: Object,
    bits: i64,
) -> Pair<Object, u64> {
    // SAFETY: a live query, strings and value.
    unsafe { object(context, || Query::of(query).filter(column, op, Dynamic::of(value, bits))) }
}

/// `query.order_by`
#[unsafe(export_name = "fuse_db_order_by")]
pub unsafe extern "C" fn db_order_by(
    context: *mut Context,
    query: Object,
    column: Object,
    direction: Object,
) -> Pair<Object, u64> {
    // SAFETY: a live query and strings.
    unsafe { object(context, || Query::of(query).order(column, direction)) }
}

/// `query.limit`
#[unsafe(export_name = "fuse_db_limit")]
pub unsafe extern "C" fn db_limit(context: *mut Context, query: Object, count: i64) -> Pair<Object, u64> {
    // SAFETY: a live query.
    unsafe { object(context, || Query::of(query).limit(count)) }
}

/// `query.insert`, and `query.upsert`.
#[unsafe(export_name = "fuse_db_insert")]
pub unsafe extern "C" fn db_insert(
    context: *mut Context,
    query: Object,
    upsert: u32,
    row: Object,
    bits: i64,
) -> Pair<Object, u64> {
    // SAFETY: a live query and value.
    unsafe { object(context, || Query::of(query).insert(upsert as u8 != 0, Dynamic::of(row, bits))) }
}

/// `query.update`
#[unsafe(export_name = "fuse_db_update")]
pub unsafe extern "C" fn db_update(
    context: *mut Context,
    query: Object,
    column: Object,
    value: Object,
    bits: i64,
) -> Pair<Object, u64> {
    // SAFETY: a live query, string and value.
    unsafe { object(context, || Query::of(query).update(column, Dynamic::of(value, bits))) }
}

/// `query.delete`
#[unsafe(export_name = "fuse_db_delete")]
pub unsafe extern "C" fn db_delete(context: *mut Context, query: Object) -> Pair<Object, u64> {
    // SAFETY: a live query.
    unsafe { object(context, || Query::of(query).delete()) }
}

/// `query.sql`
#[unsafe(export_name = "fuse_db_sql")]
pub unsafe extern "C" fn db_sql(query: Object) -> Object {
    // SAFETY: a live query.
    unsafe { string::new(&Query::of(query).statement().text) }
}

/// `query.params`
#[unsafe(export_name = "fuse_db_params")]
pub unsafe extern "C" fn db_params(query: Object) -> Object {
    // SAFETY: a live query, and so its values are.
    unsafe { list_of(Query::of(query).statement().params.into_iter().map(|param| param.retained())) }
}

/// `query.exec`
#[unsafe(export_name = "fuse_db_run")]
pub unsafe extern "C" fn db_run(context: *mut Context, query: Object) -> u64 {
    // SAFETY: a live query.
    unsafe {
        nothing(context, || {
            let Statement { text, params } = Query::of(query).writing()?;
            Sql { text: &text, params: &params }.exec(&*Lent::to(context)?)
        })
    }
}

/// `query.count`
#[unsafe(export_name = "fuse_db_count")]
pub unsafe extern "C" fn db_count(context: *mut Context, query: Object) -> Pair<i64, u64> {
    let mut count = 0;
    // SAFETY: a live query.
    let second = unsafe {
        nothing(context, || {
            let Statement { text, params } = Query::of(query).counting()?;
            Sql { text: &text, params: &params }.query(&*Lent::to(context)?, |_, row| {
                count = row.get(0).unwrap_or(0);
                false
            })
        })
    };
    Pair { first: count, second }
}

/// `query.one()`
#[unsafe(export_name = "fuse_db_first")]
pub unsafe extern "C" fn db_first(context: *mut Context, query: Object) -> Pair<Object, u64> {
    // SAFETY: a live query.
    unsafe {
        object(context, || {
            let Statement { text, params } = Query::of(query).reading("one")?;
            Ok(first(rows(context, Sql { text: &text, params: &params }, None, 1)?))
        })
    }
}

/// `query.all()`; the type is that of the list.
#[unsafe(export_name = "fuse_db_all")]
pub unsafe extern "C" fn db_all(context: *mut Context, ty: u32, query: Object) -> Pair<Object, u64> {
    // SAFETY: a live query.
    unsafe {
        object(context, || {
            let Statement { text, params } = Query::of(query).reading("all")?;
            Ok(row_list(ty, rows(context, Sql { text: &text, params: &params }, None, usize::MAX)?))
        })
    }
}

/// The rows of a query whose columns are named like the fields of a struct type.
unsafe fn typed_rows(
    context: *mut Context,
    query: Object,
    method: &str,
    most: usize,
) -> Result<Vec<Owned>, Problem> {
    // SAFETY: a live query.
    let query = unsafe { Query::of(query) };
    let Statement { text, params } = query.reading(method)?;
    let columns = Columns::named(query.columns().map(|column| column.rsplit('.').next().unwrap_or(column)));
    rows(context, Sql { text: &text, params: &params }, Some(columns), most)
}

/// Makes a struct of a row: the status.
unsafe fn read_row(context: *mut Context, ty: u32, row: &Owned, out: *mut u8) -> u64 {
    let mut problems = Problems::default();
    let path = Path::root(tables::type_name(tables::desc(ty)));
    // SAFETY: the caller's room; the row is alive.
    match unsafe { convert(context, ty, row.value(), Source::Row, &path, out, &mut problems) } {
        Ok(true) => OK,
        // SAFETY: the context is the one the program was entered with.
        other => unsafe { problems.status(context, other.err()) },
    }
}

/// `query.one<T>()`; the type is `T`.
#[unsafe(export_name = "fuse_db_first_as")]
pub unsafe extern "C" fn db_first_as(context: *mut Context, ty: u32, query: Object) -> Pair<Object, u64> {
    let mut found: Object = ptr::null_mut();
    // SAFETY: a live query; a struct is an object.
    let second = unsafe {
        guard(context, || match typed_rows(context, query, "one", 1) {
            Ok(rows) => rows.first().map_or(OK, |row| read_row(context, ty, row, (&raw mut found).cast())),
            Err(problem) => problem.tell(context),
        })
    };
    Pair { first: found, second }
}

/// `query.all<T>()`; the type is `List<T>`.
#[unsafe(export_name = "fuse_db_all_as")]
pub unsafe extern "C" fn db_all_as(context: *mut Context, ty: u32, query: Object) -> Pair<Object, u64> {
    // SAFETY: a live query; the list holds what is complete.
    unsafe {
        let mut list = list_empty(ty, 0);
        let second = guard(context, || {
            let rows = match typed_rows(context, query, "all", usize::MAX) {
                Ok(rows) => rows,
                Err(problem) => return problem.tell(context),
            };
            for row in rows {
                let mut made: Object = ptr::null_mut();
                let status = read_row(context, tables::desc(ty).inner, &row, (&raw mut made).cast());
                if status != OK {
                    return status;
                }
                let slot = push_slot(list);
                list = slot.first;
                slot.second.cast::<Object>().write(made);
            }
            OK
        });
        if second != OK {
            release(list);
            return Pair { first: ptr::null_mut(), second };
        }
        Pair { first: list, second }
    }
}

/// A value of the program as a parameter: its dynamic form, but the content of a result.
#[unsafe(export_name = "fuse_db_value")]
pub unsafe extern "C" fn db_value(out: *mut u64, context: *mut Context, ty: u32, value: *mut u8) -> u64 {
    // SAFETY: a live value of that type; the caller has room for a dynamic value.
    unsafe { give_made(context, out, to_dynamic::make_parameter(ty, value)) }
}

/// A struct or a map as a map of parameters.
#[unsafe(export_name = "fuse_db_row")]
pub unsafe extern "C" fn db_row(out: *mut u64, context: *mut Context, ty: u32, value: *mut u8) -> u64 {
    // SAFETY: as above.
    unsafe { give_made(context, out, to_dynamic::make_row(ty, value)) }
}

unsafe fn give_made(context: *mut Context, out: *mut u64, made: Result<Dynamic, NotMade>) -> u64 {
    // SAFETY: the caller has room for a dynamic value.
    unsafe {
        match made {
            Ok(value) => give(context, out, Ok(value)),
            Err(NotMade::Failure(failure)) => give(context, out, Err(failure)),
            Err(NotMade::Kind(name)) => {
                out.cast::<Dynamic>().write(Dynamic::NULL);
                sql::unsupported(name).tell(context)
            }
        }
    }
}

/// `transaction` begins.
#[unsafe(export_name = "fuse_db_begin")]
pub unsafe extern "C" fn db_begin(context: *mut Context) -> u64 {
    program::when_a_task_ends(transaction::roll_back);
    // SAFETY: the caller's context.
    unsafe { nothing(context, || transaction::begin(context, "BEGIN")) }
}

/// `transaction` ends in the ordinary way.
#[unsafe(export_name = "fuse_db_commit")]
pub unsafe extern "C" fn db_commit(context: *mut Context) -> u64 {
    // SAFETY: the caller's context.
    unsafe { nothing(context, || transaction::commit(context)) }
}

/// `transaction` is left by an error value.
#[unsafe(export_name = "fuse_db_roll_back")]
pub unsafe extern "C" fn db_roll_back(context: *mut Context) {
    // Nothing in there panics unless SQLite's binding is broken; the status of a failure could not be told.
    let _ = std::panic::catch_unwind(|| transaction::roll_back(context));
}

/// Whether the task is in a transaction.
#[unsafe(export_name = "fuse_db_is_active")]
pub unsafe extern "C" fn db_is_active(context: *mut Context) -> u8 {
    u8::from(connections::is_pinned(context))
}
