//! `fuse run` and `fuse dump` from outside: what starts, what the program finds, streams, colour, statuses.

mod common;

use std::io::Write;
use std::process::Stdio;

use common::{Ended, command, ended, folder, fuse};

const APPS: (&str, &str) =
    ("main.fuse", "app \"demo\":\n  print(\"one\")\n\napp \"second\":\n  print(\"two\")\n");

fn record(code: &str, message: &str) -> String {
    format!(
        "{{\"code\":\"{code}\",\"kind\":\"cli_message\",\"level\":\"error\",\"message\":\"{message}\"}}\n"
    )
}

fn steps(command: &str, lines: &str, end: &str) -> String {
    let step = |message| {
        format!("{{\"command\":\"{command}\",\"kind\":\"command_step\",\"message\":\"{message}\"}}\n")
    };
    step("start") + lines + &step(end)
}

#[test]
fn the_app_that_starts() {
    let root = folder("running_apps", &[APPS, ("none.fuse", "fn f() -> Int:\n  return 1\n")]);
    let ran =
        |stdout: &str| Ended { status: 0, stdout: stdout.into(), stderr: "[run] start\n[run] ok\n".into() };
    assert_eq!(fuse(&root, &["run", "main.fuse"]), ran("one\n"));
    assert_eq!(fuse(&root, &["run", "main.fuse", "--"]), ran("one\n"));
    assert_eq!(fuse(&root, &["run", "--app=second", "main.fuse", "--backend", "ast"]), ran("two\n"));
    for (args, message) in [
        (&["main.fuse", "--app", "third"][..], "app not found: third (declared: demo, second)"),
        (&["none.fuse", "--app", "third"], "app not found: third (none declared)"),
        (&["none.fuse"], "no app found"),
        (&["main.fuse", "--diagnostics=json", "--", "--name", "x"], "no root fn main found for CLI binding"),
    ] {
        let args = [&["run", "--diagnostics", "json"], args].concat();
        let stderr = steps("run", &record("wrapper_runtime_setup", message), "failed");
        assert_eq!(fuse(&root, &args), Ended { status: 1, stdout: String::new(), stderr });
    }
    let text = fuse(&root, &["run", "none.fuse"]);
    assert_eq!(
        text.stderr,
        "[run] start\nerror: no app found\n  code: wrapper_runtime_setup\n[run] failed\n"
    );
}

/// The form of a failure follows the program's variable, wherever it has it from.
#[test]
fn failures_take_the_form_that_the_variable_asks_for() {
    let root = folder("running_form", &[("main.fuse", "app \"demo\":\n  assert(false)\n")]);
    let run = |args: &[&str], form: &str| {
        let mut command = command(&root, &[&["run", "main.fuse"], args].concat());
        command.env("FUSE_DIAGNOSTICS", form);
        ended(command).stderr
    };
    assert!(run(&[], "json").starts_with("[run] start\n{\"error\":{"));
    assert!(run(&[], "text").starts_with("[run] start\nrun error: "));
    assert!(run(&["--diagnostics=text"], "json").starts_with("[run] start\nrun error: "));
}

#[test]
fn what_the_program_finds_in_its_environment() {
    let shown = |name: &str| format!("  print(env(\"{name}\") ?? \"unset\")\n");
    let program = ["FUSE_COLOR", "FUSE_DIAGNOSTICS", "QUOTED", "GIVEN", "EMPTY"].map(shown).concat();
    let program = format!("app \"demo\":\n{program}  log(\"warn\", \"careful\")\n");
    let dotenv = "# settings\nQUOTED=\"a b\"\n\nexport GIVEN = file\nEMPTY=x\n";
    let root = folder("running_environment", &[("main.fuse", &program), (".env", dotenv)]);
    let run = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = command(&root, &[&["run", "main.fuse"], args].concat());
        command.env("EMPTY", "").env_remove("QUOTED").env_remove("GIVEN").env_remove("FUSE_LOG");
        for (name, value) in variables {
            command.env(name, value);
        }
        let ended = ended(command);
        assert_eq!(ended.status, 0);
        (ended.stdout, ended.stderr)
    };
    let plain = "[run] start\n[WARN] careful\n[run] ok\n".to_owned();
    let painted =
        "\x1b[36;1m[run]\x1b[0m start\n[\x1b[33;1mWARN\x1b[0m] careful\n\x1b[36;1m[run]\x1b[0m ok\n"
            .to_owned();
    let found = |color: &str, form: &str, given: &str| format!("{color}\n{form}\na b\n{given}\n\n");
    assert_eq!(run(&[], &[]), (found("unset", "unset", "file"), plain.clone()));
    assert_eq!(run(&[], &[("GIVEN", "shell")]).0, found("unset", "unset", "shell"));
    assert_eq!(run(&["--color", "always"], &[]), (found("always", "unset", "file"), painted.clone()));
    assert_eq!(run(&[], &[("FUSE_COLOR_FORCE_TTY", "1")]), (found("unset", "unset", "file"), painted));
    assert_eq!(run(&[], &[("FUSE_COLOR_FORCE_TTY", "1"), ("NO_COLOR", "")]).1, plain);
    // The user's choice for the program is not one for the tool chain, and that of the command line is one for both.
    let mixed = plain.replace("WARN", "\x1b[33;1mWARN\x1b[0m");
    assert_eq!(run(&[], &[("FUSE_COLOR", "always")]), (found("always", "unset", "file"), mixed.clone()));
    assert_eq!(run(&["--color=never"], &[("FUSE_COLOR", "always")]).1, plain);
    let json = steps("run", "[\x1b[33;1mWARN\x1b[0m] careful\n", "ok");
    let args = ["--color=always", "--diagnostics=json"];
    assert_eq!(run(&args, &[]), (found("always", "json", "file"), json));
}

#[test]
fn failures_of_the_program() {
    let text = "app \"demo\":\n  print(\"before\")\n  print([1][3])\n";
    let root = folder("running_failures", &[("main.fuse", text)]);
    let ended = fuse(&root, &["run", "main.fuse"]);
    let stderr = "[run] start\nrun error: index out of bounds (main.fuse:3:9)\n[run] failed\n";
    assert_eq!(ended, Ended { status: 1, stdout: "before\n".into(), stderr: stderr.into() });
    let ended = fuse(&root, &["run", "main.fuse", "--diagnostics", "json"]);
    let field = r#"{"code":"runtime_index_bounds","message":"index out of bounds","path":"$"}"#;
    let envelope = format!(
        r#"{{"error":{{"code":"validation_error","fields":[{field}],"message":"validation failed"}}}}"#
    );
    assert_eq!(ended.stderr, steps("run", &(envelope + "\n"), "failed"));
    assert_eq!((ended.status, ended.stdout.as_str()), (1, "before\n"));
}

#[test]
fn streams_that_end_early() {
    let input = "app \"demo\":\n  print(\"hi ${input(\"name? \")}\")\n";
    let output = "app \"demo\":\n  for i in 0..200000:\n    print(i)\n  log(\"done\")\n";
    let root = folder("running_streams", &[("input.fuse", input), ("output.fuse", output)]);
    let mut answering = command(&root, &["run", "input.fuse"]);
    let mut child =
        answering.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"bob").unwrap();
    let answered = child.wait_with_output().unwrap();
    assert_eq!((answered.status.code(), &answered.stdout[..]), (Some(0), &b"name? hi bob\n"[..]));
    let silent = fuse(&root, &["run", "input.fuse"]);
    assert!(
        silent.stderr.contains("run error: input requires stdin data in non-interactive mode ("),
        "{}",
        silent.stderr
    );
    assert_eq!(silent.status, 1);
    // Nobody reads what is printed: the program ends as if somebody did.
    let mut ignored = command(&root, &["run", "output.fuse"]);
    let mut child = ignored.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ignored = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&ignored.stderr).into_owned();
    assert_eq!((ignored.status.code(), stderr.as_str()), (Some(0), "[run] start\n[INFO] done\n[run] ok\n"));
}

#[test]
fn dumps_of_every_phase() {
    let library = "fn twice(n: Int) -> Int:\n  return n * 2\n\nfn unused() -> Int:\n  return 3\n";
    let main = "import Numbers from \"./lib/util\"\n\ntype Seat:\n  row: Int\n\nfn half(n: Int) -> Int:\n  return n / 2\n\n\
                app \"demo\":\n  print(Numbers.twice(half(Seat(row=4).row)))\n";
    let broken = "fn f() -> Int:\n  return missing\n";
    let files = [("main.fuse", main), ("lib/util.fuse", library), ("broken.fuse", broken)];
    let root = folder("running_dumps", &files);
    for form in ["tokens", "ast", "types", "ir", "clif", "asm", "layout"] {
        let all = fuse(&root, &["dump", form, "main.fuse"]);
        assert_eq!((all.status, all.stderr.as_str()), (0, ""), "{form}");
        assert!(!all.stdout.is_empty(), "{form}");
        let half = fuse(&root, &["dump", form, "main.fuse", "--fn", "half"]);
        if matches!(form, "tokens" | "layout") {
            assert_eq!((half.status, half.stdout.as_str()), (1, ""));
            assert!(
                half.stderr
                    .starts_with(&format!("error: --fn is not supported for fuse dump {form}\nUsage: "))
            );
            continue;
        }
        // Also a function that is inlined wherever it is called.
        assert_eq!((half.status, half.stderr.as_str()), (0, ""), "{form}");
        assert!(
            half.stdout.len() < all.stdout.len() && half.stdout.contains("half"),
            "{form}: {}",
            half.stdout
        );
        let none = fuse(&root, &["dump", form, "--fn=nothing", "main.fuse"]);
        let message = "error: function not found: nothing\n  code: wrapper_usage\n";
        assert_eq!(none, Ended { status: 1, stdout: String::new(), stderr: message.into() }, "{form}");
        if form != "ast" {
            let twice = fuse(&root, &["dump", form, "main.fuse", "--fn", "Numbers.twice"]);
            assert_eq!((twice.status, twice.stderr.as_str()), (0, ""), "{form}");
            assert!(
                twice.stdout.contains("twice") && !twice.stdout.contains("half"),
                "{form}: {}",
                twice.stdout
            );
            let broken = fuse(&root, &["dump", form, "broken.fuse"]);
            assert_eq!((broken.status, broken.stdout.as_str()), (1, ""));
            assert!(broken.stderr.ends_with("  code: FUSE_UNKNOWN_NAME\n"), "{}", broken.stderr);
        }
    }
    let unused = fuse(&root, &["dump", "ir", "main.fuse", "--fn", "Numbers.unused"]);
    assert!(unused.stderr.starts_with("error: nothing calls "), "{}", unused.stderr);
}
