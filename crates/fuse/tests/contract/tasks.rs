//! Tasks in executables: composition, code, static executables, failures.

use crate::support::{Folder, build, build_in, end, run, tool};
use std::process::Command;

const SOURCE: &str = r#"fn down(n: Int) -> Int:
  return down(n + 1) + 1

fn grow(n: Int) -> Int:
  var list = [n]
  while list[0] == n:
    list = list + list
  return list[0]

fn zero() -> Int:
  return 0

fn chain(n: Int) -> Int:
  if n == 0:
    return 0
  let next = spawn:
    chain(n - 1)
  return await next + 1

app "tasks":
  let pick = env("PICK") ?? ""
  print("before")
  let depth = env_int("DEPTH") ?? 1000
  let fine = spawn:
    chain(depth)
  let failing = spawn:
    if pick == "stack":
      return down(0)
    if pick == "memory":
      return grow(1)
    if pick == "divide":
      return 12 / zero()
    if pick == "remainder":
      return 12 % zero()
    if pick == "overflow":
      return 9223372036854775807 + 1 + zero()
    if pick == "minimum":
      return (0 - 9223372036854775807 - 1) / (zero() - 1)
    2
  print(await fine)
  print(await failing)
"#;

/// R18, R20: a program that spawns holds the component, others hold nothing of it.
#[test]
fn composition() {
    let folder = Folder::package(SOURCE);
    for options in [&["--release"][..], &["--release", "--static"]] {
        let executable = build_in(folder.path(), options);
        let report = std::fs::read_to_string(folder.join(".fuse/build/program.aot.json")).expect("a report");
        assert!(report.contains("\"name\":\"tasks\""), "{report}");
        let ended = run(&executable, &[]);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(0), "before\n1000\n2\n"), "{}", ended.stderr);
    }
    for options in [&["--aot"][..], &["--aot", "--static"]] {
        let without = build("hello", options);
        assert!(!without.report().contains("\"tasks\""), "{}", without.report());
        let symbols = tool("nm", &["-C"], &without.executable);
        let found = symbols.lines().find(|line| {
            (line.contains("runtime::tasks") || line.contains("pthread_create")) && !line.contains(" w ")
        });
        assert_eq!(found, None, "{options:?}");
    }
}

/// R4: the blocks are in the list of functions.
#[test]
fn blocks_are_functions() {
    let folder = Folder::package(SOURCE);
    build_in(folder.path(), &["--aot"]);
    let report = std::fs::read_to_string(folder.join(".fuse/build/program.aot.json")).expect("a report");
    for name in ["main.chain spawn 1", "main.app tasks spawn 1", "main.app tasks spawn 2"] {
        assert!(report.contains(&format!("\"{name}\"")), "{name}: {report}");
    }
}

/// R63, R64: arithmetic, unbounded recursion and a lack of memory in a task are failures, not signals.
#[test]
fn failures_in_tasks() {
    let folder = Folder::package(SOURCE);
    for options in [&["--release"][..], &["--release", "--static"], &["--aot"]] {
        let executable = build_in(folder.path(), options);
        for (pick, message) in [
            ("stack", "stack overflow"),
            ("memory", "out of memory"),
            ("divide", "division by zero"),
            ("remainder", "division by zero"),
            ("overflow", "integer overflow"),
            ("minimum", "integer overflow"),
        ] {
            for workers in ["1", "3"] {
                let script = format!("ulimit -v 400000; exec {}", executable.display());
                let mut command = Command::new("sh");
                // Each task that waits may hold a stack: not more of them than fit.
                command.args(["-c", &script]).env("DEPTH", "8");
                command.env("PICK", pick).env("FUSE_TASK_WORKERS", workers);
                let ended = end(&mut command);
                assert_eq!(ended.status, Some(1), "{pick} {workers} {options:?}: {}", ended.stderr);
                assert_eq!(ended.stdout, "before\n8\n", "{pick} {workers} {options:?}");
                assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
                let fatal = ended.stderr.starts_with("fatal: class=runtime_fatal pid=");
                assert!(fatal && ended.stderr.contains(&format!(" message={message}")), "{}", ended.stderr);
            }
        }
    }
}
