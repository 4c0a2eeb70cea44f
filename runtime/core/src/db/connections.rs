//! Connections to the database: which one a call uses (runtime reference 15.1).
//!
//! A call borrows a connection from the pool. A task inside of a transaction has one of its own, its *pinned* one, which all its calls use.
//! The lock is never held while SQLite works.

use super::reason;
use super::url::Url;
use crate::env;
use crate::failure::Problem;
use crate::program::{self, Kept};
use core::ffi::{c_char, c_int};
use core::ops::Deref;
use core::ptr;
use fuse_abi::layout::Context;
use rusqlite::{Connection, OpenFlags, ffi};
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

/// How long a call waits for a free connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 256;

/// What the config named `App` says of the database.
#[derive(Debug)]
pub(super) struct Settings {
    /// `App.dbUrl`, `App.db_url`.
    pub(super) urls: [Option<String>; 2],
    /// `App.dbPoolSize`, as text.
    pub(super) pool_size: Option<String>,
}

struct State {
    settings: Settings,
    pool: Option<Pool>,
    /// Connections that belong to a task, with the address of its context.
    pinned: Vec<(usize, Connection)>,
    /// The process that has opened the connections: SQLite's must not be used in a copy of it.
    process: u32,
}

struct Pool {
    url: Url,
    idle: Vec<Connection>,
    /// How many connections there are, lent and pinned ones included.
    open: usize,
    /// How many there may be.
    size: usize,
}

static STATE: Mutex<State> = Mutex::new(State {
    settings: Settings { urls: [const { None }; 2], pool_size: None },
    pool: None,
    pinned: Vec::new(),
    process: 0,
});

/// A connection has been given back.
static FREED: Condvar = Condvar::new();

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps what the config says, for when the database is opened.
pub(super) fn configure(settings: Settings) {
    state().settings = settings;
}

/// A connection that is in use by one call.
pub(super) struct Lent {
    /// There until it is dropped.
    connection: Option<Connection>,
    /// The task whose own it is, if it is pinned.
    owner: Option<usize>,
}

impl Lent {
    /// The connection for the calls of a task: its pinned one, else a free one.
    pub(super) fn to(context: *mut Context) -> Result<Lent, Problem> {
        Lent::pinned(context).map_or_else(Lent::free, Ok)
    }

    /// The pinned connection of a task, if it has one.
    pub(super) fn pinned(context: *mut Context) -> Option<Lent> {
        let mut state = state();
        let owner = context as usize;
        let at = state.pinned.iter().position(|(pinned, _)| *pinned == owner)?;
        Some(Lent { connection: Some(state.pinned.swap_remove(at).1), owner: Some(owner) })
    }

    /// A free connection, opened if need be.
    fn free() -> Result<Lent, Problem> {
        let deadline = Instant::now() + PATIENCE;
        let mut state = state();
        loop {
            let pool = state.pool()?;
            if let Some(connection) = pool.idle.pop() {
                return Ok(Lent { connection: Some(connection), owner: None });
            }
            if pool.open < pool.size {
                pool.open += 1;
                let url = pool.url.clone();
                drop(state);
                // Counted as open whatever comes: what is dropped gives its place back.
                let mut lent = Lent { connection: None, owner: None };
                lent.connection = Some(open(&url)?);
                return Ok(lent);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Problem::new("db pool timeout"));
            }
            state = FREED.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Makes it the task's own. The task must not have one.
    pub(super) fn pin(mut self, context: *mut Context) {
        self.owner = Some(context as usize);
    }

    /// Makes it anybody's again.
    pub(super) fn unpin(mut self) {
        self.owner = None;
    }

    /// Whether it is the task's own.
    pub(super) fn is_pinned(&self) -> bool {
        self.owner.is_some()
    }
}

impl Deref for Lent {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("given back only when it is dropped")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut state = state();
        match (self.connection.take(), self.owner) {
            (Some(connection), Some(owner)) => state.pinned.push((owner, connection)),
            (Some(connection), None) => state.give_back(Some(connection)),
            (None, _) => state.give_back(None),
        }
    }
}

/// Whether a task has a connection of its own.
pub(super) fn is_pinned(context: *mut Context) -> bool {
    state().pinned.iter().any(|(pinned, _)| *pinned == context as usize)
}

impl State {
    /// The pool, made at the first call.
    fn pool(&mut self) -> Result<&mut Pool, Problem> {
        let process = std::process::id();
        if self.process != process {
            // Closing them would release the locks of the process they belong to.
            core::mem::forget((self.pool.take(), core::mem::take(&mut self.pinned)));
            self.process = process;
        }
        if self.pool.is_none() {
            let url = Url::parse(&self.settings.url()?)?;
            let size = if url.in_memory() { 1 } else { self.settings.size()? };
            program::at_end(Kept::Database, close);
            self.pool = Some(Pool { url, idle: Vec::new(), open: 0, size });
        }
        self.pool.as_mut().ok_or_else(|| Problem::new("db pool timeout"))
    }

    /// Takes a connection back, or the place of one that could not be opened.
    fn give_back(&mut self, connection: Option<Connection>) {
        if let Some(pool) = &mut self.pool {
            match connection {
                Some(connection) => pool.idle.push(connection),
                None => pool.open -= 1,
            }
        }
        FREED.notify_one();
    }
}

impl Settings {
    /// The first source of the URL that is set and not empty.
    fn url(&self) -> Result<String, Problem> {
        if let Some(url) = variable("FUSE_DB_URL")? {
            return Ok(url);
        }
        if let Some(url) = self.urls.iter().flatten().find(|url| !url.is_empty()) {
            return Ok(url.clone());
        }
        let missing = || Problem::new("db url not configured (set FUSE_DB_URL or App.dbUrl)");
        variable("DATABASE_URL")?.ok_or_else(missing)
    }

    /// How many connections there may be.
    fn size(&self) -> Result<usize, Problem> {
        let of_config = || self.pool_size.clone().map(|size| ("App.dbPoolSize", size));
        let source =
            variable("FUSE_DB_POOL_SIZE")?.map(|size| ("FUSE_DB_POOL_SIZE", size)).or_else(of_config);
        let Some((name, text)) = source else { return Ok(1) };
        let size = text.trim().parse::<usize>().ok().filter(|&size| size >= 1);
        size.ok_or_else(|| Problem::new(format!("invalid {name}: expected integer >= 1")))
    }
}

fn variable(name: &str) -> Result<Option<String>, Problem> {
    let Some(value) = env::set(name) else { return Ok(None) };
    let text = str::from_utf8(value).map_err(|_| Problem::new(format!("env {name} is not valid UTF-8")))?;
    Ok(Some(text.to_owned()))
}

/// Lets SQLite take its random numbers from the system without opening a file for them.
fn seal_randomness() {
    static DONE: Once = Once::new();
    // SAFETY: the default file system is SQLite's own and stays; nobody opens a database before this is done.
    DONE.call_once(|| unsafe {
        if let Some(system) = ffi::sqlite3_vfs_find(ptr::null()).as_mut() {
            system.xRandomness = Some(randomness);
        }
    });
}

/// Fills the bytes; yields how many.
unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, len: c_int, out: *mut c_char) -> c_int {
    // SAFETY: SQLite gives room for so many bytes.
    let filled = unsafe { libc::getrandom(out.cast(), usize::try_from(len).unwrap_or(0), 0) };
    c_int::try_from(filled).unwrap_or(0).max(0)
}

fn open(url: &Url) -> Result<Connection, Problem> {
    seal_randomness();
    let flags = url.mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let failed = |error: rusqlite::Error| Problem::new(format!("db open failed: {}", reason(&error)));
    let connection = Connection::open_with_flags(&url.path, flags).map_err(failed)?;
    connection.busy_timeout(url.busy_timeout).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let pragma = |name: &str, value: &str| {
        // Some pragmas answer with a row, others do not.
        connection.pragma_update_and_check(None, name, value, |_| Ok(())).or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(()),
            error => Err(failed(error)),
        })
    };
    pragma("foreign_keys", url.foreign_keys)?;
    pragma("synchronous", url.synchronous)?;
    if !url.in_memory() && !url.read_only() {
        pragma("journal_mode", url.journal)?;
    }
    Ok(connection)
}

/// Closes what is open at the end of the program. Who was left in the middle of something must not touch it any more: what was not committed is
/// rolled back by whoever opens the database next.
fn close(left: bool) {
    let Some(mut state) = STATE.try_lock().ok() else { return };
    let kept = (state.pool.take(), core::mem::take(&mut state.pinned));
    state.settings = Settings { urls: [const { None }; 2], pool_size: None };
    drop(state);
    if left {
        core::mem::forget(kept);
    }
}
