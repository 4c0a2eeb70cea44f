//! `fuse test`: which tests run, in which order, what is told, and that none can harm another.

mod common;

use common::{Ended, command, ended, folder, fuse};

fn stdout(root: &std::path::Path, args: &[&str]) -> (i32, String) {
    let mut command = command(root, args);
    command.env("FUSE_AOT_TEST_LEAKS", "1");
    let ended = ended(command);
    assert!(ended.stderr.starts_with("[test] start\n"), "{ended:?}");
    let last = if ended.status == 0 { "[test] ok\n" } else { "[test] failed\n" };
    assert!(ended.stderr.ends_with(last), "{ended:?}");
    (ended.status, ended.stdout)
}

const MIXED: &str = r#"
type Seat:
  row: String(1..2)
  number: Int(1..40)

type Full:
  message: String

fn deep(n: Int) -> Int:
  return deep(n + 1) + 1

fn fails() -> Int!Full:
  null ?! Full(message="full")

test "b: passes":
  assert(1 + 1 == 2)

test "a: prints and passes":
  print("printed by a")
  log("logged by a")

test "Z: comes before small letters":
  let text = "x"
  assert("${text}y" == "xy", "text")

test "c: assertion":
  print("before")
  assert(1 == 2, "one is\nnot\rtwo")
  print("never printed")

test "d: assertion without text":
  assert(false)

test "e: stack overflow":
  print(deep(1))

test "f: overflow":
  var n = 9223372036854775807
  n = n + 1
  print(n)

test "g: validation":
  var row = "A"
  row = row + "BC"
  print(Seat(row=row, number=4))

test "h: index":
  let items = [1, 2]
  var n = 0
  while true:
    print(items[n])
    n = n + 1

test "i: results are values":
  match fails():
    Ok(_) -> assert(false)
    Err(e) -> assert(e.message == "full")

test "ü: after them all":
  let seats = [Seat(row="A", number=1)]
  assert(seats[0].number == 1)
"#;

#[test]
fn each_test_is_told_and_none_stops_the_others() {
    let root = folder("test_mixed", &[("main.fuse", MIXED)]);
    let (status, out) = stdout(&root, &["test", "main.fuse"]);
    let expected = r#"ok Z: comes before small letters
printed by a
ok a: prints and passes
ok b: passes
before
FAILED c: assertion: assert failed: one is\nnot\rtwo (main.fuse:28:3)
FAILED d: assertion without text: assert failed: assertion failed (main.fuse:32:3)
FAILED e: stack overflow: stack overflow (main.fuse:10:10)
FAILED f: overflow: integer overflow (main.fuse:39:7)
FAILED g: validation: {"error":{"code":"validation_error","fields":[{"code":"invalid_value","message":"length 3 out of range 1..2","path":"Seat.row"}],"message":"validation failed"}}
1
2
FAILED h: index: index out of bounds (main.fuse:51:11)
ok i: results are values
ok ü: after them all
FAILED (6 failed of 11 tests)
"#;
    assert_eq!((status, out.as_str()), (1, expected));
    // The lines are the same in every mode: they are what the command is asked to produce.
    let json = fuse(&root, &["test", "main.fuse", "--diagnostics", "json"]);
    assert_eq!((json.status, json.stdout.as_str()), (1, expected));
    let step = |message: &str| {
        format!("{{\"command\":\"test\",\"kind\":\"command_step\",\"message\":\"{message}\"}}\n")
    };
    assert!(
        json.stderr.starts_with(&step("start")) && json.stderr.ends_with(&step("failed")),
        "{}",
        json.stderr
    );
    // `log` writes to stderr, for a test as for an app.
    assert!(json.stderr.contains("logged by a"), "{}", json.stderr);
}

#[test]
fn filters() {
    let root = folder("test_filter", &[("main.fuse", MIXED)]);
    let run = |args: &[&str]| stdout(&root, &[&["test", "main.fuse"], args].concat());
    assert_eq!(
        run(&["--filter", "passes"]),
        (0, "printed by a\nok a: prints and passes\nok b: passes\nok (2 tests)\n".into())
    );
    assert_eq!(run(&["--filter=b: "]), (0, "ok b: passes\nok (1 tests)\n".into()));
    assert_eq!(run(&["--filter", "ü"]), (0, "ok ü: after them all\nok (1 tests)\n".into()));
    assert_eq!(run(&["--filter", "Passes"]), (0, "0 tests\n".into()), "case counts");
    assert_eq!(run(&["--filter", "x", "--filter", "b: "]).1, "ok b: passes\nok (1 tests)\n");
    assert_eq!(run(&["--filter="]).1.lines().last(), Some("FAILED (6 failed of 11 tests)"));
    assert_eq!(run(&["--filter", "assertion w"]).0, 1);
}

#[test]
fn a_program_without_tests() {
    let root = folder("test_none", &[("main.fuse", "app \"x\":\n  print(\"never\")\n"), ("empty.fuse", "")]);
    for file in ["main.fuse", "empty.fuse"] {
        assert_eq!(
            stdout(&root, &["test", file, "--app", "none", "--backend", "ast"]),
            (0, "0 tests\n".into())
        );
    }
}

#[test]
fn errors_of_checking_come_first() {
    let root = folder("test_errors", &[("main.fuse", "test \"a\":\n  print(\"never\")\n  return\n")]);
    let ended = fuse(&root, &["test", "main.fuse"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert!(ended.stderr.contains("\n  code: FUSE_RETURN_NOT_ALLOWED\n[test] failed\n"), "{}", ended.stderr);
}

const CONFIG: &str = r#"
config Hall:
  seats: Int(1..100) = count()
  name: String = "Dome"

fn count() -> Int:
  print("resolved")
  return 7

test "first":
  var name = Hall.name
  name = name + "!"
  assert(name == "Dome!" and Hall.seats == 7)

test "second":
  assert(Hall.name == "Dome", Hall.name)
"#;

#[test]
fn configs_are_resolved_once_before_the_tests() {
    let root = folder("test_config", &[("main.fuse", CONFIG)]);
    let run = |variable: (&str, &str), args: &[&str]| {
        let mut command = command(&root, args);
        command.env(variable.0, variable.1).env("FUSE_AOT_TEST_LEAKS", "1");
        ended(command)
    };
    let fine = run(("X", ""), &["test", "main.fuse"]);
    assert_eq!((fine.status, fine.stdout.as_str()), (0, "resolved\nok first\nok second\nok (2 tests)\n"));
    let given = run(("HALL_NAME", "Vault"), &["test", "main.fuse", "--filter", "second"]);
    assert_eq!(
        (given.status, given.stdout.as_str()),
        (1, "resolved\nFAILED second: assert failed: Vault (main.fuse:16:3)\nFAILED (1 failed of 1 tests)\n")
    );
    // A value that is not accepted is told before any test.
    let text = r#"{"error":{"code":"validation_error","fields":[{"code":"invalid_value","message":"value 101 out of range 1..100","path":"Hall.seats"}],"message":"validation failed"}}"#;
    let wrong = run(("HALL_SEATS", "101"), &["test", "main.fuse"]);
    let stderr = format!("[test] start\ntest error: {text}\n[test] failed\n");
    assert_eq!(wrong, Ended { status: 1, stdout: String::new(), stderr });
    let json = run(("HALL_SEATS", "101"), &["test", "main.fuse", "--diagnostics", "json"]);
    let quoted = text.replace('"', "\\\"");
    let record = format!(
        r#"{{"code":"wrapper_test_error","kind":"cli_message","level":"error","message":"test error: {quoted}"}}"#
    );
    assert_eq!(json.stderr.lines().nth(1), Some(record.as_str()));
    // Nothing is resolved for nothing.
    assert_eq!(run(("HALL_SEATS", "x"), &["test", "main.fuse", "--filter", "third"]).stdout, "0 tests\n");
}

#[test]
fn a_package_and_its_surroundings() {
    let main = "import Lib from \"./lib\"\nimport Other from \"../../other/src/main\"\n\
                test \"main\":\n  assert(Lib.one() + Other.two() == 3)\n";
    let files = [
        ("p/fuse.toml", "[package]\nname = \"zeta\"\nentry = \"src/main.fuse\"\n"),
        ("p/.env", "FROM=dotenv\n"),
        ("p/src/main.fuse", main),
        (
            "p/src/lib.fuse",
            "fn one() -> Int: return 1\ntest \"lib\":\n  assert(env(\"FROM\") == \"dotenv\")\ntest \"same\":\n  print(\"zeta\")\n",
        ),
        ("other/fuse.toml", "[package]\nname = \"alpha\"\nentry = \"src/main.fuse\"\n"),
        (
            "other/src/main.fuse",
            "fn two() -> Int: return 2\ntest \"same\":\n  print(\"alpha\")\ntest \"a: fails\":\n  assert(false)\n",
        ),
    ];
    let root = folder("test_package", &files);
    let own = "ok lib\nok main\nzeta\nok same\nok (3 tests)\n";
    assert_eq!(stdout(&root, &["test", "p"]), (0, own.into()));
    assert_eq!(stdout(&root.join("p"), &["test"]), (0, own.into()));
    let all = "FAILED a: fails: assert failed: assertion failed (../other/src/main.fuse:5:3)\nok lib\nok main\n\
               alpha\nok same\nzeta\nok same\nFAILED (1 failed of 5 tests)\n";
    assert_eq!(stdout(&root, &["test", "p", "--all"]), (1, all.into()));
}

#[test]
fn one_name_in_two_modules_of_a_package() {
    let files = [
        ("main.fuse", "import A from \"./lib/a\"\ntest \"twice\":\n  print(\"never\")\n"),
        ("lib/a.fuse", "test \"twice\":\n  print(\"never\")\ntest \"once\":\n  print(\"never\")\n"),
    ];
    let root = folder("test_twice", &files);
    let message = "test error: duplicate test twice (also declared in main.fuse)";
    let stderr = format!("[test] start\n{message}\n[test] failed\n");
    assert_eq!(
        fuse(&root, &["test", "main.fuse", "--filter", "once"]),
        Ended { status: 1, stdout: String::new(), stderr }
    );
    let json = fuse(&root, &["test", "main.fuse", "--diagnostics=json"]).stderr;
    let record = format!(
        r#"{{"code":"wrapper_test_error","kind":"cli_message","level":"error","message":"{message}"}}"#
    );
    assert_eq!(json.lines().nth(1), Some(record.as_str()));
    // The modules check: the rule is that of the command.
    assert_eq!(fuse(&root, &["check", "main.fuse"]).status, 0);
}

/// What a test does to its process ends it alone.
#[cfg(target_os = "linux")]
#[test]
fn memory_that_is_used_up() {
    let source = "test \"a: greedy\":\n  var text = \"0123456789\"\n  while true:\n    text = text + text\n    if text == \"x\":\n      print(text)\n\n\
                  test \"b: modest\":\n  print(\"b\")\n";
    let root = folder("test_memory", &[("main.fuse", source)]);
    let script = format!("ulimit -v 2000000; exec '{}' test main.fuse", env!("CARGO_BIN_EXE_fuse"));
    let output = std::process::Command::new("sh").current_dir(&root).args(["-c", &script]).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(out, "FAILED a: greedy: out of memory\nb\nok b: modest\nFAILED (1 failed of 2 tests)\n");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn tests_use_what_their_module_may_use() {
    let source = "requires time, crypto\n\ntest \"a\":\n  assert(time.format(0, \"%Y\") == \"1970\")\n  \
                  assert(crypto.constant_time_eq(crypto.hash(\"sha256\", json_bytes()), crypto.hash(\"sha256\", json_bytes())))\n\n\
                  fn json_bytes() -> Bytes:\n  return crypto.random_bytes(0)\n";
    let root = folder(
        "test_capabilities",
        &[("main.fuse", source), ("bare.fuse", "test \"a\":\n  print(time.now())\n")],
    );
    assert_eq!(stdout(&root, &["test", "main.fuse"]), (0, "ok a\nok (1 tests)\n".into()));
    let bare = fuse(&root, &["test", "bare.fuse"]);
    assert!(bare.stderr.contains("code: FUSE_MISSING_CAPABILITY"), "{}", bare.stderr);
}

/// What only tests use is in no executable, and `run` does not run them.
#[test]
fn executables_hold_no_tests() {
    let source = "fn helper() -> String: return \"only-for-tests-1\"\n\ntest \"a\":\n  print(helper() + \"only-for-tests-2\")\n\n\
                  app \"x\":\n  print(\"app\")\n";
    let root = folder("test_executable", &[("main.fuse", source)]);
    assert_eq!(fuse(&root, &["run", "main.fuse"]).stdout, "app\n");
    for profile in ["debug", "release"] {
        let build = fuse(&root, &["build", "main.fuse", "--profile", profile]);
        assert_eq!(build.status, 0, "{}", build.stderr);
        let bytes = std::fs::read(root.join(".fuse/build/program.aot")).unwrap();
        assert!(!bytes.windows(14).any(|window| window == b"only-for-tests"), "{profile}");
        assert!(!bytes.windows(6).any(|window| window == b"helper"), "{profile}");
    }
    assert_eq!(
        stdout(&root, &["test", "main.fuse"]).1,
        "only-for-tests-1only-for-tests-2\nok a\nok (1 tests)\n"
    );
}

/// Names are texts: a line for each all the same.
#[test]
fn names_with_line_ends() {
    let source = "test \"a\\nb\":\n  assert(true)\ntest \"c\\td\\r\":\n  assert(false)\n";
    let root = folder("test_names", &[("main.fuse", source)]);
    assert_eq!(
        stdout(&root, &["test", "main.fuse"]).1,
        "ok a\\nb\nFAILED c\td\\r: assert failed: assertion failed (main.fuse:4:3)\nFAILED (1 failed of 2 tests)\n"
    );
}

/// The last line says how the command ended, also if nobody could read what it was asked to tell.
#[test]
fn a_report_that_cannot_be_written_is_a_failure() {
    let root = folder("test_full", &[("a.fuse", "test \"t\":\n  assert(true)\n")]);
    let mut test = command(&root, &["test", "a.fuse"]);
    test.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let ended = test.stderr(std::process::Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("[test] start\nerror: cannot write to standard output: "), "{stderr}");
    assert!(stderr.ends_with("  code: wrapper_file_write\n[test] failed\n"), "{stderr}");
}

#[test]
fn names_may_be_those_of_tasks() {
    let source = r#"
test "a":
  let task = spawn: 1
  assert(await task == 1)

test "a spawn 1":
  let task = spawn: 2
  assert(await task == 2)

test "a spawn 1 spawn 1":
  assert(true)
"#;
    let root = folder("test_names_of_tasks", &[("m.fuse", source)]);
    let (status, text) = stdout(&root, &["test", "m.fuse"]);
    assert_eq!(status, 0, "{text}");
}
