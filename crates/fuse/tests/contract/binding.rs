//! D: arguments, on the fixture `flags` and variants of it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use crate::support::*;

const OPTIONS: [&[&str]; 4] = [RELEASE, DEBUG, WITH_SYMBOLS, STATIC];

fn run_with<S: AsRef<OsStr>>(executable: &Path, words: &[S]) -> Ended {
    end(Command::new(executable).args(words).env_clear())
}

/// The same words to `fuse run`, without the lines that the command writes itself.
fn run_in_memory<S: AsRef<OsStr>>(package: &Path, words: &[S]) -> Ended {
    let mut command = Command::new(FUSE);
    let ended = end(command.arg("run").arg("--manifest-path").arg(package).arg("--").args(words).env_clear());
    let own = |line: &&str| !line.starts_with("[run] ");
    Ended { stderr: ended.stderr.lines().filter(own).map(|line| line.to_owned() + "\n").collect(), ..ended }
}

fn envelope(entries: &[(&str, &str, &str)]) -> String {
    validation_error(entries) + "\n"
}

/// The words, and what is printed, or the entries of what is refused.
type Case =
    (&'static [&'static str], Result<&'static str, &'static [(&'static str, &'static str, &'static str)]>);

const CASES: &[Case] = &[
    (&["--station=Kiel", "--limit", "4", "--verbose"], Ok("limit 4\nstation Kiel\n")),
    (&["--limit=9", "--station", "--", "x"], Err(&[("invalid_args", "unexpected argument: --", "$")])),
    (
        &["--limit", "12"],
        Err(&[
            ("missing_field", "missing flag", "station"),
            ("invalid_value", "value 12 out of range 1..9", "limit"),
        ]),
    ),
    (
        &["--bogus"],
        Err(&[
            ("unknown_flag", "unknown flag", "bogus"),
            ("missing_field", "missing flag", "station"),
            ("missing_field", "missing flag", "limit"),
        ]),
    ),
    (&["word"], Err(&[("invalid_args", "unexpected argument: word", "$")])),
    (
        &["--station=Kiel", "--limit", "4", "--window", "{\"from_hour\":30,\"to_hour\":\"x\"}"],
        Err(&[
            ("invalid_value", "value 30 out of range 0..23", "window.from_hour"),
            ("type_mismatch", "expected Int", "window.to_hour"),
        ]),
    ),
    (
        &["--station=Kiel", "--limit", "4", "--window", "{\"from_hour\":3}", "--no-verbose"],
        Ok("station Kiel\n"),
    ),
    (&["--station=Kiel", "--limit", "4", "--window", "null"], Ok("station Kiel\n")),
    (
        &["--station=Kiel", "--limit", "4", "--window", "[3"],
        Err(&[("invalid_value", "invalid JSON value: unexpected end of input", "window")]),
    ),
];

#[test]
fn r50_arguments_are_bound() {
    for options in OPTIONS {
        let built = build("flags", options);
        assert_eq!(run(&built.executable, &[]).stdout, "no arguments\n");
        for (words, expected) in CASES {
            let ended = run_with(&built.executable, words);
            let expected = match expected {
                Ok(stdout) => Ended { status: Some(0), stdout: stdout.to_string(), stderr: String::new() },
                Err(entries) => Ended { status: Some(2), stdout: String::new(), stderr: envelope(entries) },
            };
            assert_eq!(ended, expected, "{words:?} {options:?}");
            assert_eq!(run_in_memory(built.package(), words), expected, "{words:?} in memory");
        }
        // One leading `--` is skipped; alone it is no argument.
        let words = ["--", "--station=Kiel", "--limit", "4"];
        assert_eq!(run_with(&built.executable, &words).stdout, "station Kiel\n");
        assert_eq!(run_with(&built.executable, &["--"]).stdout, "no arguments\n");
        let twice = run_with(&built.executable, &["--", "--", "--limit", "4"]);
        assert_eq!(twice.stderr, envelope(&[("invalid_args", "unexpected argument: --", "$")]));
    }
}

/// How a bound call ends: the body of `main`, its result type, the line on stderr.
#[test]
fn r50_bound_calls_that_fail() {
    let fault = |code: &str, message: &str| envelope(&[(code, message, "$")]);
    let cases = [
        ("print([1, 2, 3][limit])", "", fault("runtime_index_bounds", "index out of bounds")),
        ("print(1 / (limit - 4))", "", fault("runtime_error", "division by zero")),
        ("assert(false, \"first\\nsecond\")", "", fault("runtime_error", "assert failed: first\\nsecond")),
        ("main(limit)", "", fault("runtime_error", "stack overflow")),
        (
            "return Err(std.Error.NotFound(message=\"no ${limit}\"))",
            " -> Unit!std.Error.NotFound",
            "{\"error\":{\"code\":\"not_found\",\"message\":\"no 4\"}}\n".to_owned(),
        ),
        (
            "return Err(std.Error(code=\"busy\", message=\"later\"))",
            " -> Unit!std.Error",
            "{\"error\":{\"code\":\"busy\",\"message\":\"later\"}}\n".to_owned(),
        ),
        ("return Err(Own(message=\"mine\"))", " -> Unit!Own", fault("runtime_error", "Own(mine)")),
        (
            "let own: Own = json.decode(\"{}\")",
            "",
            envelope(&[("missing_field", "missing field", "own.message")]),
        ),
    ];
    for (body, result, stderr) in cases {
        let package = Folder::package(&format!(
            "type Own:\n  message: String\n\nfn main(limit: Int){result}:\n  print(\"started\")\n  {body}\n\napp \"x\":\n  print(\"no arguments\")\n"
        ));
        let expected = Ended { status: Some(2), stdout: "started\n".into(), stderr };
        for options in [RELEASE, DEBUG, STATIC] {
            let executable = build_in(package.path(), options);
            let ended = run_with(&executable, &["--limit=4"]);
            // Deep recursion prints often before it ends.
            let ended = Ended { stdout: ended.stdout.chars().take("started\n".len()).collect(), ..ended };
            assert_eq!(ended, expected, "{body} {options:?}");
        }
        let ended = run_in_memory(package.path(), &["--limit=4"]);
        assert_eq!((ended.status, ended.stderr), (Some(2), expected.stderr), "{body} in memory");
    }
}

#[test]
fn r50_arguments_that_are_no_text() {
    let odd = OsStr::from_bytes(b"--station=a\xffb");
    let refused = envelope(&[("invalid_value", "argument is not valid UTF-8", "station")]);
    let odd_word = [OsStr::new("--limit=4"), OsStr::new("--station"), OsStr::from_bytes(b"\xfe")];
    for options in OPTIONS {
        let built = build("flags", options);
        for words in [&[OsStr::new("--limit=4"), odd][..], &odd_word] {
            let ended = run_with(&built.executable, words);
            assert_eq!(
                ended,
                Ended { status: Some(2), stdout: String::new(), stderr: refused.clone() },
                "{words:?}"
            );
        }
        // In a name or a bare word it names nothing.
        for word in [&b"--\xff=1"[..], b"\xff", b"--no-\xff"] {
            let ended = run_with(&built.executable, &[OsStr::from_bytes(word)]);
            assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{word:?}: {}", ended.stderr);
            assert!(
                ended.stderr.starts_with("{\"error\":") && ended.stderr.lines().count() == 1,
                "{}",
                ended.stderr
            );
        }
    }
}

/// Only a panic or an internal error of a bound call is fatal (R57).
#[test]
fn r57_faults_of_bound_calls() {
    let executable = &build("flags", TEST).executable;
    for (fault, class, status) in [("panic_string", "panic", 101), ("illegal", "internal_error", 70)] {
        let mut command = Command::new(executable);
        command.args(["--station=Kiel", "--limit=4"]).env_clear().env("FUSE_AOT_TEST_FAULT", fault);
        let ended = end(&mut command);
        assert_eq!(ended.status, Some(status), "{}", ended.stderr);
        assert!(
            ended.stderr.starts_with(&format!("fatal: class={class} ")) && ended.stderr.lines().count() == 1,
            "{}",
            ended.stderr
        );
    }
}
