//! The database from outside: files, connections, processes, migrations (runtime reference 15 and 16). What one program does is in `tests/spec/db`.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Ended, command, ended, folder};
use rusqlite::Connection;

/// A command with a database.
fn with(root: &Path, args: &[&str], url: &str) -> Command {
    let mut command = command(root, args);
    command.env("FUSE_DB_URL", url).env_remove("DATABASE_URL").env_remove("FUSE_DB_POOL_SIZE");
    command
}

fn fuse(root: &Path, args: &[&str], url: &str) -> Ended {
    ended(with(root, args, url))
}

/// What `fuse run main.fuse` prints, and the line with which it fails.
fn run(root: &Path, url: &str) -> (String, String) {
    let ended = fuse(root, &["run", "main.fuse"], url);
    let failure = ended.stderr.lines().find(|line| line.starts_with("run error: ")).unwrap_or_default();
    (ended.stdout, failure.to_owned())
}

fn open(root: &Path) -> Connection {
    Connection::open(root.join("x.db")).expect("the database opens")
}

fn text(connection: &Connection, sql: &str) -> String {
    connection.query_row(sql, [], |row| row.get(0)).expect("a row")
}

const COUNTER: &str = "requires db\n\napp \"a\":\n  db.exec(\"create table if not exists t (n int)\")\n\
                       \x20 db.exec(\"insert into t values (1)\")\n  print(db.from(\"t\").count())\n";

#[test]
fn files_are_kept_and_closed() {
    let root = folder("database_kept", &[("main.fuse", COUNTER)]);
    for (url, expected) in [("sqlite:x.db", "1\n"), ("sqlite://x.db", "2\n"), ("sqlite:./x.db", "3\n")] {
        assert_eq!(run(&root, url), (expected.to_owned(), String::new()));
    }
    let absolute = format!("sqlite://{}", root.join("x.db").display());
    assert_eq!(run(&root, &absolute).0, "4\n");
    assert!(!root.join("x.db-wal").exists(), "the last connection has been closed");
    assert_eq!(text(&open(&root), "pragma journal_mode"), "wal");
}

#[test]
fn parameters_of_the_url() {
    let root = folder("database_parameters", &[("main.fuse", COUNTER)]);
    let (_, failure) = run(&root, "sqlite:x.db?mode=rw");
    assert!(failure.starts_with("run error: db open failed: unable to open database file"), "{failure}");
    assert_eq!(run(&root, "sqlite:x.db?journal=delete&synchronous=full").0, "1\n");
    assert_eq!(text(&open(&root), "pragma journal_mode"), "delete");
    let (_, failure) = run(&root, "sqlite:x.db?mode=ro");
    assert!(failure.contains("db exec failed: attempt to write a readonly database; sql: "), "{failure}");

    let keys = "requires db\n\napp \"a\":\n  db.exec(\"create table p (id integer primary key); create table c (p references p)\")\n\
                \x20 db.exec(\"insert into c values (7)\")\n  print(\"inserted\")\n";
    let root = folder("database_keys", &[("main.fuse", keys)]);
    assert_eq!(run(&root, "sqlite::memory:").0, "inserted\n");
    assert!(run(&root, "sqlite::memory:?foreign_keys=on").1.contains("FOREIGN KEY constraint failed"));
}

#[test]
fn a_lock_is_waited_for_as_long_as_the_url_says() {
    let root = folder("database_locked", &[("main.fuse", COUNTER)]);
    assert_eq!(run(&root, "sqlite:x.db").0, "1\n");
    let other = open(&root);
    other.execute_batch("begin immediate").expect("a lock");
    let (_, failure) = run(&root, "sqlite:x.db?busy_timeout=1");
    assert!(failure.starts_with("run error: db exec failed: database is locked"), "{failure}");
    let waiting = with(&root, &["run", "main.fuse"], "sqlite:x.db").stdout(Stdio::piped()).spawn();
    let waiting = waiting.expect("fuse starts");
    std::thread::sleep(Duration::from_millis(100));
    other.execute_batch("commit").expect("the lock goes");
    let output = waiting.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2\n");
}

/// What is committed is there, however the process ends.
#[test]
fn commits_survive_a_kill() {
    let source = "requires db\n\napp \"a\":\n  db.exec(\"create table t (n int)\")\n  transaction:\n    db.exec(\"insert into t values (1)\")\n\
                  \x20   db.exec(\"insert into t values (2)\")\n  transaction:\n    db.exec(\"insert into t values (3)\")\n    log(\"ready\")\n    print(input())\n";
    let root = folder("database_killed", &[("main.fuse", source)]);
    let mut child = with(&root, &["run", "main.fuse"], "sqlite:x.db")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("fuse starts");
    let mut said = std::io::BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("ready") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut said, &mut line).expect("it says so") > 0, "it ended");
    }
    child.kill().expect("it is there");
    child.wait().expect("it ends");
    assert_eq!(text(&open(&root), "select cast(count(*) as text) from t"), "2");
}

/// Tasks use the database through functions; each has a connection of its own for a transaction.
#[test]
fn tasks_share_the_pool() {
    let source = "requires db\n\nfn add(n: Int) -> Int:\n  transaction:\n    db.from(\"t\").insert({\"n\": n}).exec()\n  return n\n\n\
                  app \"a\":\n  db.exec(\"create table t (n int)\")\n  var sum = 0\n  for round in 1..20:\n    let a = spawn: add(round)\n    let b = spawn: add(100)\n\
                  \x20   sum = sum + await a + await b\n  print(\"${sum} ${db.from(\"t\").count()}\")\n";
    for size in ["1", "2", " 8 "] {
        let root = folder("database_tasks", &[("main.fuse", source)]);
        let mut command = with(&root, &["run", "main.fuse"], "sqlite:x.db");
        command.env("FUSE_DB_POOL_SIZE", size);
        assert_eq!(ended(command).stdout, "2210 40\n", "{size}");
    }
    let root = folder("database_tasks", &[("main.fuse", source)]);
    assert_eq!(run(&root, "sqlite::memory:").0, "2210 40\n");
}

/// One connection, which the transaction has, and a task in it that needs one.
#[test]
fn a_connection_is_waited_for_five_seconds() {
    let source = "requires db\n\nfn count() -> Int:\n  return db.from(\"t\").count()\n\nfn in_task() -> Int:\n  let job = spawn: count()\n  return await job\n\n\
                  app \"a\":\n  db.exec(\"create table t (n int)\")\n  print(in_task())\n  transaction:\n    print(in_task())\n";
    let root = folder("database_timeout", &[("main.fuse", source)]);
    let started = std::time::Instant::now();
    let (stdout, failure) = run(&root, "sqlite:x.db");
    assert_eq!(stdout, "0\n");
    assert!(failure.starts_with("run error: db pool timeout"), "{failure}");
    assert!(started.elapsed() >= Duration::from_secs(5));
}

#[test]
fn executables_and_tests_use_it_too() {
    let source = format!(
        "{COUNTER}\ntest \"b adds\":\n  db.exec(\"insert into t values (1)\")\n  assert(db.from(\"t\").count() == 3)\n\n\
         test \"a is first\":\n  transaction:\n    db.exec(\"insert into t values (5)\")\n  assert(db.from(\"t\").count() == 2)\n\n\
         test \"c rolls back\":\n  transaction:\n    db.exec(\"delete from t\")\n    assert(false)\n\n\
         test \"d sees all\":\n  assert(db.from(\"t\").count() == 3)\n"
    );
    let root = folder("database_built", &[("main.fuse", &source)]);
    assert_eq!(fuse(&root, &["build", "--release", "main.fuse"], "").status, 0);
    let mut program = Command::new(root.join(".fuse/build/program.aot"));
    program.current_dir(&root).env("FUSE_DB_URL", "sqlite:x.db");
    assert_eq!(ended(program).stdout, "1\n");
    let tested = fuse(&root, &["test", "main.fuse"], "sqlite:x.db");
    let lines: Vec<&str> = tested.stdout.lines().collect();
    assert_eq!(lines[..2], ["ok a is first", "ok b adds"], "{tested:?}");
    assert!(lines[2].starts_with("FAILED c rolls back: assert failed"), "{tested:?}");
    assert_eq!(lines[3..], ["ok d sees all", "FAILED (1 failed of 4 tests)"], "{tested:?}");
}

/// SQLite reads a text up to a NUL.
#[test]
fn a_nul_in_a_text_is_refused() {
    let source =
        "requires db\n\napp \"a\":\n  db.exec(json.decode(\"\\\"select 1\\\\u0000; drop table t\\\"\"))\n";
    let root = folder("database_nul", &[("main.fuse", source)]);
    let (_, failure) = run(&root, "sqlite::memory:");
    assert!(
        failure.starts_with("run error: db exec failed: the text contains a NUL character; sql: "),
        "{failure}"
    );
}

/// A package with a dependency, both with migrations.
fn migrating(name: &str) -> PathBuf {
    let main = "requires db\n\nimport Lib from \"dep:Lib/lib\"\nimport More from \"./more\"\n\n\
                migration 007: db.exec(\"create table log (step text)\")\n\nmigration create_b:\n  db.exec(\"insert into log values ('b')\")\n";
    let more = "requires db\n\nmigration \"create a\":\n  db.exec(\"insert into log values ('a')\")\n";
    let lib =
        "requires db\n\nfn f(): db.exec(\"insert into log values ('lib')\")\n\nmigration create_b: f()\n";
    folder(
        name,
        &[
            (
                "fuse.toml",
                "[package]\nname = \"desk\"\nentry = \"main.fuse\"\n\n[dependencies]\nLib = \"./lib\"\n",
            ),
            ("main.fuse", main),
            ("more.fuse", more),
            ("lib/fuse.toml", "[package]\nname = \"lib\"\nentry = \"lib.fuse\"\n"),
            ("lib/lib.fuse", lib),
        ],
    )
}

fn rows(root: &Path, sql: &str) -> String {
    text(&open(root), &format!("select coalesce(group_concat(x, ' '), '') from ({sql})"))
}

const HISTORY: &str = "select package || '/' || name as x from __fuse_migrations order by rowid";

fn migrate(root: &Path) -> Ended {
    fuse(root, &["migrate"], "sqlite:x.db")
}

const SILENT: Ended = Ended { status: 0, stdout: String::new(), stderr: String::new() };

#[test]
fn migrations_are_applied_once_and_in_order() {
    let root = migrating("migrate_all");
    assert_eq!(migrate(&root), SILENT);
    assert_eq!(rows(&root, "select step as x from log"), "a b lib");
    assert_eq!(rows(&root, HISTORY), "desk/7 desk/create a desk/create_b lib/create_b");
    assert_eq!(
        text(
            &open(&root),
            "select group_concat(name || type || \"notnull\" || pk, ',') from pragma_table_info('__fuse_migrations')"
        ),
        "packageTEXT11,nameTEXT12,applied_atTEXT10"
    );
    assert_eq!(
        text(
            &open(&root),
            "select cast(min(applied_at > '2024' and length(applied_at) = 19) as text) from __fuse_migrations"
        ),
        "1"
    );
    assert_eq!(migrate(&root), SILENT);
    assert_eq!(rows(&root, "select step as x from log"), "a b lib");

    // A new one is applied, wherever it stands in the order.
    let more = "requires db\n\nmigration \"create a\": db.exec(\"bogus\")\nmigration \"before\": db.exec(\"insert into log values ('new')\")\n";
    std::fs::write(root.join("more.fuse"), more).expect("written");
    assert_eq!(migrate(&root), SILENT);
    assert_eq!(rows(&root, "select step as x from log"), "a b lib new");
}

#[test]
fn the_first_failure_stops() {
    let root = migrating("migrate_failing");
    let more = "requires db\n\nmigration \"create a\":\n  db.exec(\"insert into log values ('half')\")\n  assert(false, \"stop\")\n";
    std::fs::write(root.join("more.fuse"), more).expect("written");
    let failed = migrate(&root);
    assert_eq!(
        (failed.status, failed.stderr.as_str()),
        (1, "migration error: assert failed: stop (more.fuse:5:3)\n")
    );
    assert_eq!(
        (rows(&root, HISTORY), rows(&root, "select step as x from log")),
        ("desk/7".into(), String::new())
    );
    let json = fuse(&root, &["migrate", "--diagnostics=json"], "sqlite:x.db");
    let record = "{\"code\":\"wrapper_migrate_error\",\"kind\":\"cli_message\",\"level\":\"error\",\"message\":\"migration error: assert failed: stop\"}\n";
    assert_eq!((json.status, json.stderr.as_str()), (1, record));

    let nested = "requires db\n\nmigration \"create a\":\n  transaction:\n    db.exec(\"insert into log values ('x')\")\n";
    std::fs::write(root.join("more.fuse"), nested).expect("written");
    assert_eq!(migrate(&root).stderr, "migration error: db transaction already active (more.fuse:4:3)\n");
    let error = "requires db\n\nimport { NotFound } from std.Error\n\nfn f() -> Int!NotFound:\n  null ?! NotFound(message=\"x\")\n\nmigration \"create a\":\n  let n: Int(1..2) = f_of(3)\n\n\
                 type T:\n  n: Int(1..2)\n\nfn f_of(n: Int) -> Int(1..2):\n  return T(n=n).n\n";
    std::fs::write(root.join("more.fuse"), error).expect("written");
    let failed = migrate(&root);
    assert!(
        failed.stderr.starts_with("migration error: {\"error\":{\"code\":\"validation_error\""),
        "{failed:?}"
    );
    let fine = "requires db\n\nmigration \"create a\": db.exec(\"insert into log values ('a')\")\n";
    std::fs::write(root.join("more.fuse"), fine).expect("written");
    assert_eq!(migrate(&root), SILENT);
    assert_eq!(rows(&root, "select step as x from log"), "a b lib");
}

#[test]
fn older_history_tables_are_upgraded() {
    for (number, (columns, values)) in [
        ("id text primary key", "('7'), ('create_b')"),
        ("id, applied_at", "('7', '2020-01-01'), ('create_b', '2020')"),
    ]
    .into_iter()
    .enumerate()
    {
        let root = migrating(&format!("migrate_old_{number}"));
        open(&root)
            .execute_batch(&format!(
                "create table log (step text); create table __fuse_migrations ({columns}); insert into __fuse_migrations values {values}"
            ))
            .expect("made");
        assert_eq!(migrate(&root), SILENT);
        // What has no package counts for the root package only.
        assert_eq!(rows(&root, HISTORY), "/7 /create_b desk/create a lib/create_b");
        assert_eq!(rows(&root, "select step as x from log"), "a lib");
        assert_eq!(
            rows(&root, "select name as x from sqlite_schema where type = 'table' order by 1"),
            "__fuse_migrations log"
        );
    }
    let root = migrating("migrate_strange");
    open(&root).execute_batch("create table __fuse_migrations (id text, name text)").expect("made");
    let message = "migration error: unsupported __fuse_migrations schema; expected columns (package, name) or legacy id\n";
    assert_eq!(migrate(&root).stderr, message);
}

#[test]
fn processes_that_migrate_at_once_apply_nothing_twice() {
    let root = migrating("migrate_at_once");
    let start =
        || with(&root, &["migrate"], "sqlite:x.db").stderr(Stdio::piped()).spawn().expect("fuse starts");
    let processes: Vec<_> = (0..4).map(|_| start()).collect();
    for process in processes {
        let output = process.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.is_empty() || said.contains("locked"), "{said}");
    }
    assert_eq!(migrate(&root), SILENT);
    assert_eq!(rows(&root, "select step as x from log"), "a b lib");
}

#[test]
fn where_the_database_of_migrations_is() {
    let root = migrating("migrate_where");
    let mut command = with(&root, &["migrate"], "");
    assert_eq!(
        ended(command).stderr,
        "migration error: db url not configured (set FUSE_DB_URL or App.dbUrl)\n"
    );
    let config = "config App:\n  dbUrl: String = \"sqlite:x.db\"\n";
    std::fs::write(root.join("more.fuse"), config).expect("written");
    command = with(&root, &["migrate"], "");
    assert_eq!(ended(command), SILENT);
    assert_eq!(rows(&root, HISTORY), "desk/7 desk/create_b lib/create_b");
    // A config that cannot be resolved.
    std::fs::write(root.join("more.fuse"), "config C:\n  n: Int = 1\n").expect("written");
    std::fs::write(root.join("config.toml"), "[C]\nn = \"x\"\n").expect("written");
    let failed = migrate(&root);
    assert!(failed.status == 1 && failed.stderr.starts_with("migration error: "), "{failed:?}");
}
