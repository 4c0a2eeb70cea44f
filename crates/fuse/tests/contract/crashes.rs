//! E: every way to fail, on release executables (R69) and the other profiles.

use std::process::{Command, Stdio};

use fuse_abi::metadata::{HEADER_SIZE, MAGIC};

use crate::support::*;

/// A way to fail: variables, class, exit status, the message up to its position.
struct Failure {
    variables: &'static [(&'static str, &'static str)],
    class: &'static str,
    status: i32,
    message: &'static str,
}

const fn fatal(variables: &'static [(&'static str, &'static str)], message: &'static str) -> Failure {
    Failure { variables, class: "runtime_fatal", status: 1, message }
}

const fn injected(
    variables: &'static [(&'static str, &'static str)],
    class: &'static str,
    status: i32,
    message: &'static str,
) -> Failure {
    Failure { variables, class, status, message }
}

/// What the program does wrong.
const OF_PROGRAM: &[Failure] = &[
    fatal(&[("PICK", "index")], "index out of bounds (main.fuse:"),
    fatal(&[("PICK", "divide")], "division by zero (main.fuse:"),
    fatal(&[("PICK", "stack")], "stack overflow (main.fuse:"),
    fatal(&[("PICK", "lines")], "assert failed: first\\nsecond\\rthird (main.fuse:"),
    fatal(&[("PICK", "overflow")], "integer overflow (main.fuse:"),
    fatal(&[("PICK", "remainder")], "division by zero (main.fuse:"),
    fatal(&[("PICK", "minimum")], "integer overflow (main.fuse:"),
    fatal(&[("PICK", "long")], "assert failed: xxxxxxxx"),
];

/// What only fault injection reaches.
const INJECTED: &[Failure] = &[
    injected(
        &[("FUSE_AOT_TEST_FAULT", "panic_static_str")],
        "panic",
        101,
        "panic_kind=panic_static_str injected fault",
    ),
    injected(
        &[("FUSE_AOT_TEST_FAULT", "panic_string")],
        "panic",
        101,
        "panic_kind=panic_string injected fault",
    ),
    injected(&[("FUSE_AOT_TEST_FAULT", "panic_non_string")], "panic", 101, "panic_kind=panic_non_string"),
    injected(&[("FUSE_AOT_TEST_FAULT", "illegal")], "internal_error", 70, ""),
    injected(&[("FUSE_AOT_TEST_FAULT", "null")], "internal_error", 70, ""),
    injected(&[("FUSE_AOT_TEST_FAULT", "oom")], "runtime_fatal", 1, "out of memory"),
];

/// The message of an envelope; the line must have its form, and be the only line.
#[track_caller]
fn envelope(ended: &Ended, pid: u32, class: &str, info: &str) -> String {
    let line = ended.stderr.strip_suffix('\n').expect("a whole line");
    assert_eq!(line.lines().count(), 1, "only the envelope: {line}");
    let start = format!("fatal: class={class} pid={pid} message=");
    let rest =
        line.strip_prefix(&start).unwrap_or_else(|| panic!("{line:.2000} does not begin with {start}"));
    let message = rest
        .strip_suffix(&format!(" {info}"))
        .unwrap_or_else(|| panic!("{line:.2000} does not end with {info}"));
    assert!(!message.contains(|c: char| c.is_control()), "{message}");
    message.to_owned()
}

#[track_caller]
fn fails(options: &[&str], failure: &Failure) -> String {
    let executable = &build("faults", options).executable;
    let mut command = Command::new(executable);
    command.env_clear().envs(failure.variables.iter().copied());
    let child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let pid = child.id();
    let ended = Ended::from(child.wait_with_output().expect("ended"));
    // R58, R63: an exit, never a signal.
    assert_eq!(ended.status, Some(failure.status), "{:?} {options:?}: {}", failure.variables, ended.stderr);
    assert_eq!(ended.stdout, "", "{:?}", failure.variables);
    let message = envelope(&ended, pid, failure.class, &info(executable));
    assert!(message.starts_with(failure.message), "{:?} {options:?}: {message:.2000}", failure.variables);
    // R60: nothing of the implementation.
    for trace in ["panicked at", "RUST_BACKTRACE", ".rs:", "0x", "thread '", "core dumped"] {
        assert!(!message.contains(trace), "{:?} {options:?}: {message}", failure.variables);
    }
    message
}

#[test]
fn r56_r58_r60_failures_of_the_program() {
    for options in [RELEASE, DEBUG, WITH_SYMBOLS, STATIC, TEST] {
        for failure in OF_PROGRAM {
            fails(options, failure);
        }
    }
}

#[test]
fn r57_r61_r62_injected_faults() {
    for options in
        [TEST, &["--edition=test", "--profile=debug"], &["--edition=test", "--release", "--static"]]
    {
        for failure in INJECTED {
            let message = fails(options, failure);
            assert!(!message.is_empty(), "{:?}", failure.variables);
        }
    }
}

#[test]
fn r59_one_line() {
    let message = fails(RELEASE, &OF_PROGRAM[3]);
    let position =
        message.strip_prefix("assert failed: first\\nsecond\\rthird (main.fuse:").expect("the text");
    let numbers = position.strip_suffix(')').expect("a position").split_once(':').expect("line and column");
    assert!(numbers.0.parse::<u32>().is_ok() && numbers.1.parse::<u32>().is_ok(), "{position}");

    let long = fails(RELEASE, &OF_PROGRAM[7]);
    assert!(
        long.len() <= 8 * 1024 && long.len() > 8 * 1024 - 100 && long.contains('\u{2026}'),
        "{} bytes",
        long.len()
    );

    let package = Folder::package("app \"x\":\n  assert(false, env(\"TEXT\") ?? \"\")\n");
    let executable = build_in(package.path(), RELEASE);
    let ended = run(&executable, &[("TEXT", "\u{1b}[2J\u{7f}\u{85}\té\u{1f600}")]);
    let shown = "message=assert failed: \\u{1b}[2J\\u{7f}\\u{85}\\u{9}é\u{1f600} (";
    assert!(ended.last().contains(shown), "{}", ended.stderr);

    // Cut at a character boundary wherever it falls.
    for shift in 0..4 {
        let text = "x".repeat(shift) + &"\u{1f600}".repeat(5_000);
        let package = Folder::package(&format!("app \"x\":\n  assert(false, \"{text}\")\n"));
        let ended = run(&build_in(package.path(), RELEASE), &[]);
        assert_eq!(ended.status, Some(1));
        assert!(
            ended.stderr.len() < 9 * 1024 && ended.last().contains("\u{1f600}\u{2026}"),
            "{} bytes",
            ended.stderr.len()
        );
    }
}

#[test]
fn r62_metadata_that_does_not_fit() {
    let bytes = build("hello", RELEASE).bytes();
    let place = |start: usize| {
        bytes[start..].windows(MAGIC.len()).position(|part| part == MAGIC).map(|at| start + at)
    };
    // In the note, and possibly as the constant that it is compared with.
    let places: Vec<usize> = std::iter::successors(place(0), |at| place(at + 1)).collect();
    let interface = fuse_abi::ABI_VERSION.to_le_bytes();
    let header = places.iter().find(|&&at| bytes[at + 8..].starts_with(&interface)).expect("a header");
    let folder = Folder::new();
    let executable = folder.join("damaged");
    let damage = |offset: usize| {
        let mut damaged = bytes.clone();
        damaged[header + offset] ^= 0x40;
        fuse_link::write_executable(&executable, &damaged).expect("written");
        let inspected = end(Command::new(FUSE).args(["inspect", "--json"]).arg(&executable));
        (run(&executable, &[]), inspected)
    };
    for (offset, message) in [
        (0, "wrong magic"),
        (8, "another interface version"),
        (12, "wrong size"),
        (HEADER_SIZE - 8, "wrong checksum"),
        (40, "wrong checksum"),
    ] {
        let (ended, inspected) = damage(offset);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(70), ""), "byte {offset}: {}", ended.stderr);
        assert!(
            ended.stderr.starts_with("fatal: class=internal_error pid=") && ended.stderr.contains(message),
            "byte {offset}: {}",
            ended.stderr
        );
        assert_eq!(ended.stderr.lines().count(), 1, "byte {offset}");
        assert_eq!((inspected.status, inspected.stdout.as_str()), (Some(1), ""), "byte {offset}");
    }
    // What comes after the header is looked at by tools only.
    let (ended, inspected) = damage(HEADER_SIZE + 20);
    assert_eq!(ended.stdout, "ready\n", "{}", ended.stderr);
    assert_eq!((inspected.status, inspected.stdout.as_str()), (Some(1), ""));
}

#[test]
fn r63_arithmetic_and_stack() {
    let source = "\
fn value(text: String) -> Int:
  return env_int(text) ?? 0

fn even(n: Int) -> Bool:
  if n == 0: return true
  return odd(n - 1)

fn odd(n: Int) -> Bool:
  if n == 0: return false
  return even(n - 1)

app \"arithmetic\":
  let a = value(\"A\")
  let b = value(\"B\")
  let pick = env(\"PICK\") ?? \"\"
  if pick == \"add\": print(a + b)
  if pick == \"sub\": print(a - b)
  if pick == \"mul\": print(a * b)
  if pick == \"div\": print(a / b)
  if pick == \"rem\": print(a % b)
  if pick == \"neg\": print(-a)
  if pick == \"deep\": print(even(a))
";
    let package = Folder::package(source);
    let (max, min) = ("9223372036854775807", "-9223372036854775808");
    let cases = [
        ("add", max, "1", Err("integer overflow")),
        ("add", max, "0", Ok(max)),
        ("sub", min, "1", Err("integer overflow")),
        ("mul", max, "2", Err("integer overflow")),
        ("mul", min, "-1", Err("integer overflow")),
        ("mul", "3037000500", "3037000500", Err("integer overflow")),
        ("div", "1", "0", Err("division by zero")),
        ("div", min, "-1", Err("integer overflow")),
        ("div", min, "1", Ok(min)),
        ("rem", "1", "0", Err("division by zero")),
        ("rem", min, "-1", Err("integer overflow")),
        ("neg", min, "0", Err("integer overflow")),
        ("deep", "1000", "0", Ok("true")),
        ("deep", "100000000", "0", Err("stack overflow")),
    ];
    for options in PROFILES {
        let executable = build_in(package.path(), options);
        for (pick, a, b, expected) in cases {
            let ended = run(&executable, &[("PICK", pick), ("A", a), ("B", b)]);
            let what = format!("{pick} {a} {b} {options:?}: {ended:?}");
            match expected {
                Ok(text) => {
                    assert_eq!((ended.status, ended.stdout), (Some(0), format!("{text}\n")), "{what}")
                }
                Err(text) => {
                    assert_eq!(ended.status, Some(1), "{what}");
                    assert!(ended.last().contains(&format!(" message={text} (main.fuse:")), "{what}");
                }
            }
        }
    }
}

#[test]
fn r64_out_of_memory() {
    for options in [RELEASE, DEBUG, STATIC] {
        let executable = &build("faults", options).executable;
        for limit in ["--as=200000000", "--as=100000000", "--data=60000000"] {
            let ended = end(Command::new("prlimit")
                .arg(limit)
                .arg(executable)
                .env_clear()
                .env("PATH", "/usr/bin:/bin")
                .env("PICK", "memory"));
            assert_eq!(
                (ended.status, ended.stdout.as_str()),
                (Some(1), ""),
                "{options:?} {limit}: {}",
                ended.stderr
            );
            assert!(
                ended.last().starts_with("fatal: class=runtime_fatal ")
                    && ended.last().contains(" message=out of memory"),
                "{options:?} {limit}: {}",
                ended.stderr
            );
            assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        }
    }
}

#[test]
fn r67_debug_details_only_on_request() {
    let backtrace = [("PICK", "index"), ("FUSE_AOT_BACKTRACE", "1")];
    let debug = run(&build("faults", DEBUG).executable, &backtrace);
    assert_eq!(debug.status, Some(1));
    assert!(debug.stderr.lines().count() > 1, "positions before the envelope: {}", debug.stderr);
    assert!(debug.stderr.lines().rev().skip(1).any(|line| line.contains("main.fuse:")), "{}", debug.stderr);
    assert!(debug.last().starts_with("fatal: "), "{}", debug.stderr);
    let release = run(&build("faults", RELEASE).executable, &backtrace);
    assert!(release.status == Some(1) && !release.stderr.contains("0x"), "{}", release.stderr);
    for value in ["0", "true", ""] {
        let ended =
            run(&build("faults", DEBUG).executable, &[("PICK", "index"), ("FUSE_AOT_BACKTRACE", value)]);
        assert_eq!(ended.stderr.lines().count(), 1, "{value:?}: {}", ended.stderr);
    }
}

#[test]
fn r55_signals_while_not_serving() {
    let package = Folder::package(
        "app \"x\":\n  print(\"started\")\n  var n = 0\n  while true:\n    n = (n + 1) % 7\n",
    );
    let executable = build_in(package.path(), RELEASE);
    use std::os::unix::process::ExitStatusExt;
    for signal in [2, 15] {
        let mut command = with_default_signals(&executable);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("started");
        std::thread::sleep(std::time::Duration::from_millis(50));
        let kill = Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status();
        assert!(kill.expect("kill").success());
        let status = child.wait().expect("ended");
        assert_eq!(status.signal(), Some(signal), "the default disposition: {status}");
    }
}
