//! The command line: help, version, and every usage error as text and as a record.

mod common;

use common::{Ended, command, ended, folder, fuse};

fn usage() -> String {
    // No folder of its own: several tests ask at the same time, and each would remove that of the other.
    fuse(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")), &["help"]).stdout
}

#[test]
fn help_and_version_go_to_stdout() {
    let root = folder("help", &[]);
    let usage = usage();
    assert!(
        usage.starts_with("Usage: fuse <command> [options] [file-or-package] [-- <program arguments>]\n")
    );
    for word in [
        "new", "dev", "run", "test", "build", "check", "explain", "clean", "deps", "fmt", "openapi",
        "migrate", "inspect", "lsp", "help",
    ] {
        assert!(usage.contains(&format!("\n  {word} ")), "{word} is listed");
        let help = fuse(&root, &["help", word]);
        assert_eq!((help.status, help.stderr.as_str()), (0, ""), "{word}");
        if word != "help" {
            assert!(help.stdout.starts_with(&format!("Usage: fuse {word} [options]")), "{}", help.stdout);
            assert_eq!(fuse(&root, &[word, "--help"]), help);
            assert_eq!(fuse(&root, &[word, "--bogus", "-h"]), help);
        }
    }
    assert!(!usage.contains("dump") && !usage.contains("--linker"), "{usage}");
    assert!(fuse(&root, &["help", "dump"]).stdout.contains("--fn <name>"));
    for option in [
        "--manifest-path",
        "--file",
        "--app",
        "--backend",
        "--strict-architecture",
        "--frozen",
        "--filter",
        "--all",
        "--workspace",
        "--clean",
        "--aot",
        "--release",
        "--profile",
        "--static",
        "--target",
        "--cache",
        "--check",
        "--update",
        "--template",
        "--list",
        "--json",
        "--openapi",
        "--fn",
        "--diagnostics",
        "--color",
    ] {
        assert!(usage.contains(&format!("\n  {option} ")), "{option} is listed");
    }
    for args in [
        &["help"][..],
        &["--help"],
        &["-h"],
        &["help", "--help"],
        &["help", "help"],
        &["--color", "never", "--help"],
    ] {
        let help = fuse(&root, args);
        if *args == ["help", "help"] {
            assert!(help.stdout.starts_with("Usage: fuse help [options] [command]\n"));
            assert_eq!(help.status, 0);
        } else {
            assert_eq!(help, Ended { status: 0, stdout: usage.clone(), stderr: String::new() }, "{args:?}");
        }
    }
    for args in [&["--version"][..], &["-V"], &["--color=always", "-V"]] {
        let version = Ended {
            status: 0,
            stdout: format!("fuse {}\n", env!("CARGO_PKG_VERSION")),
            stderr: String::new(),
        };
        assert_eq!(fuse(&root, args), version);
    }
}

#[test]
fn nothing_is_answered_with_the_usage_text() {
    let root = folder("nothing", &[]);
    assert_eq!(fuse(&root, &[]), Ended { status: 1, stdout: String::new(), stderr: usage() });
    let json = fuse(&root, &["--diagnostics", "json"]);
    assert_eq!(json.stderr, record("wrapper_usage", "missing command"));
}

fn record(code: &str, message: &str) -> String {
    format!(r#"{{"code":"{code}","kind":"cli_message","level":"error","message":"{message}"}}"#) + "\n"
}

#[test]
fn usage_errors_as_text_in_colour_and_as_records() {
    let root = folder("usage_errors", &[]);
    let usage = usage();
    let painted_usage = fuse(&root, &["help", "--color", "always"]).stdout;
    let (header, rest) = usage.split_once('\n').unwrap();
    assert_eq!(painted_usage, format!("\u{1b}[36;1m{header}\u{1b}[0m\n{rest}"));

    let cases: &[(&[&str], &str)] = &[
        // Options without their value.
        (&["run", "--manifest-path"], "--manifest-path expects a path"),
        (&["run", "--file"], "--file expects a path"),
        (&["run", "--file", "--", "x"], "--file expects a path"),
        (&["run", "--file", "--app", "x"], "--file expects a path"),
        (&["run", "--file="], "--file expects a path"),
        (&["run", "--app"], "--app expects a name"),
        (&["dump", "ir", "x", "--fn"], "--fn expects a name"),
        (&["test", "--filter"], "--filter expects a pattern"),
        (&["build", "--target"], "--target expects a target"),
        (&["run", "--backend"], "--backend expects ast|native"),
        (&["build", "--profile"], "--profile expects debug|release|release-with-symbols"),
        (&["new", "x", "--template"], "--template expects cli|service|web"),
        (&["run", "--diagnostics"], "--diagnostics expects json|text"),
        (&["run", "--color"], "--color expects auto|always|never"),
        // Bad values.
        (&["run", "--color", "blue"], "invalid --color value: blue (expected auto|always|never)"),
        (&["run", "--color="], "invalid --color value:  (expected auto|always|never)"),
        (&["run", "--diagnostics", "xml"], "invalid --diagnostics value: xml (expected json|text)"),
        (
            &["build", "--profile=fast"],
            "invalid --profile value: fast (expected debug|release|release-with-symbols)",
        ),
        (&["new", "x", "--template", "gui"], "invalid --template value: gui (expected cli|service|web)"),
        // Options that do not exist.
        (&["run", "--bogus"], "unknown option: --bogus"),
        (&["run", "--bogus=1"], "unknown option: --bogus"),
        (&["run", "-x"], "unknown option: -x"),
        (&["--bogus"], "unknown option: --bogus"),
        (&["--release", "build"], "--release must follow the command"),
        (&["build", "--release=yes"], "--release does not take a value"),
        // Conflicts.
        (&["build", "--release", "--profile", "debug"], "--release conflicts with --profile debug"),
        (
            &["build", "--profile=release-with-symbols", "--release"],
            "--release conflicts with --profile release-with-symbols",
        ),
        (&["deps", "lock", "--check", "--update"], "--check conflicts with --update"),
        // Words too many.
        (&["run", "a.fuse", "b.fuse"], "unexpected argument: b.fuse"),
        (&["explain", "A", "B"], "unexpected argument: B"),
        (&["explain", "--list", "A"], "unexpected argument: A"),
        (&["inspect", "a", "b"], "unexpected argument: b"),
        (&["dump", "ir", "a", "b"], "unexpected argument: b"),
        (&["deps", "lock", "a", "b"], "unexpected argument: b"),
        (&["help", "run", "b"], "unexpected argument: b"),
        (&["lsp", "a"], "unexpected argument: a"),
        (&["check", "--"], "unexpected --"),
        (&["build", "a.fuse", "--", "x"], "unexpected --"),
        (&["test", "--", "x"], "unexpected --"),
        (&["--"], "unexpected --"),
        // Options of other commands.
        (&["run", "--filter", "x"], "--filter is only supported for fuse test"),
        (&["check", "--filter"], "--filter is only supported for fuse test"),
        (&["run", "--release"], "--release is not supported for fuse run"),
        (&["test", "--clean"], "--clean is not supported for fuse test"),
        (&["fmt", "--update"], "--update is not supported for fuse fmt"),
        (&["fmt", "--app", "x"], "--app is not supported for fuse fmt"),
        (&["check", "--json"], "--json is not supported for fuse check"),
        (&["dev", "--frozen"], "--frozen is not supported for fuse dev"),
        (&["explain", "--manifest-path", "x"], "--manifest-path is not supported for fuse explain"),
        (&["inspect", "--manifest-path", "x"], "--manifest-path is not supported for fuse inspect"),
        (&["deps", "publish-check", "--check"], "--check is not supported for fuse deps publish-check"),
        (&["dump", "tokens", "x", "--fn", "f"], "--fn is not supported for fuse dump tokens"),
        (&["dump", "layout", "x", "--fn", "f"], "--fn is not supported for fuse dump layout"),
        // What a command cannot do without.
        (&["clean"], "fuse clean requires --cache"),
        (&["new"], "fuse new requires a name"),
        (&["explain"], "fuse explain requires a code"),
        (&["inspect"], "fuse inspect requires an executable"),
        (&["dump"], "fuse dump requires tokens|ast|types|ir|clif|asm|layout and a file"),
        (&["dump", "ir"], "fuse dump requires tokens|ast|types|ir|clif|asm|layout and a file"),
        (&["dump", "bytes", "x"], "fuse dump requires tokens|ast|types|ir|clif|asm|layout and a file"),
        (&["check"], "missing entry: pass a file path or set package.entry in fuse.toml"),
        (&["run"], "missing entry: pass a file path or set package.entry in fuse.toml"),
    ];
    let coded: &[(&[&str], &str, &str)] = &[
        (&["frob"], "unknown command: frob", "wrapper_unknown_command"),
        (&["help", "frob"], "unknown command: frob", "wrapper_unknown_command"),
        (&["deps"], "missing deps subcommand", "wrapper_missing_subcommand"),
        (&["deps", "frob"], "unknown deps subcommand: frob", "wrapper_unknown_subcommand"),
        (
            &["run", "--backend", "jit"],
            "unknown backend: jit (expected ast|native)",
            "wrapper_unknown_backend",
        ),
    ];
    let cases =
        cases.iter().map(|&(args, message)| (args, message, "wrapper_usage")).chain(coded.iter().copied());
    for (args, message, code) in cases {
        let expected =
            Ended { status: 1, stdout: String::new(), stderr: format!("error: {message}\n{usage}") };
        assert_eq!(fuse(&root, args), expected, "{args:?}");

        // The first pass finds form and colour before a later bad option, and also before the command.
        let color: Vec<&str> = ["--color", "always"].iter().chain(args).copied().collect();
        let painted = format!("\u{1b}[31;1merror: {message}\u{1b}[0m\n{painted_usage}");
        if !message.contains("--color") {
            assert_eq!(fuse(&root, &color).stderr, painted, "{args:?}");
        }
        let json: Vec<&str> = ["--diagnostics=json"].iter().chain(args).copied().collect();
        let expected = Ended { status: 1, stdout: String::new(), stderr: record(code, message) };
        assert_eq!(fuse(&root, &json), expected, "{args:?}");
    }
}

#[test]
fn form_and_colour_apply_wherever_they_stand() {
    let root = folder("first_pass", &[]);
    let json = record("wrapper_usage", "unknown option: --bogus");
    for args in [
        &["check", "--bogus", "--diagnostics", "json"][..],
        &["check", "--bogus", "--diagnostics=json"],
        &["check", "--diagnostics", "json", "--bogus", "--color", "always"],
        &["check", "--diagnostics", "text", "--diagnostics", "json", "--bogus"],
    ] {
        assert_eq!(fuse(&root, args).stderr, json, "{args:?}");
    }
    // After `--` they belong to the program, and a value of another option is none.
    let text = format!("error: unknown option: --bogus\n{}", usage());
    assert_eq!(fuse(&root, &["run", "--bogus", "--", "--diagnostics", "json"]).stderr, text);
    assert_eq!(
        fuse(&root, &["run", "--bogus", "--diagnostics", "json", "--diagnostics", "text"]).stderr,
        text
    );
}

#[test]
fn the_environment_decides_colour_in_auto_only() {
    let root = folder("color_environment", &[]);
    let run = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = command(&root, args);
        command.envs(variables.iter().copied());
        ended(command).stderr.starts_with("\u{1b}[31;1merror: ")
    };
    assert!(!run(&["frob"], &[]));
    assert!(run(&["frob"], &[("FUSE_COLOR_FORCE_TTY", "1")]));
    assert!(!run(&["frob"], &[("FUSE_COLOR_FORCE_TTY", "true")]));
    assert!(!run(&["frob"], &[("FUSE_COLOR_FORCE_TTY", "1"), ("NO_COLOR", "")]));
    assert!(run(&["frob", "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!run(&["frob", "--color", "never"], &[("FUSE_COLOR_FORCE_TTY", "1")]));
}

#[test]
fn the_language_server_ends_with_its_input() {
    let root = folder("server", &[]);
    assert_eq!(fuse(&root, &["lsp"]), Ended { status: 1, stdout: String::new(), stderr: String::new() });
}

#[cfg(unix)]
#[test]
fn words_that_are_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let root = folder("not_utf8", &[]);
    for (words, message) in [
        (&[&b"run"[..], b"--app", b"\xff"][..], "the value of --app is not UTF-8"),
        (&[b"run", b"--app=\xff"], "the value of --app is not UTF-8"),
        (&[b"run", b"--\xff"], "unknown option: --\u{fffd}"),
        (&[b"\xff"], "unknown command: \u{fffd}"),
        (&[b"run", b"--color", b"\xff"], "the value of --color is not UTF-8"),
    ] {
        let mut command = command(&root, &[]);
        command.args(words.iter().map(|word| OsStr::from_bytes(word)));
        let ended = ended(command);
        assert_eq!(
            (ended.status, ended.stderr.lines().next().unwrap()),
            (1, format!("error: {message}").as_str())
        );
    }
    let mut file = command(&root, &["check"]);
    file.arg(OsStr::from_bytes(b"--file=\xff.fuse"));
    assert!(ended(file).stderr.contains("\u{fffd}.fuse: it does not exist"));
}

#[cfg(target_os = "linux")]
#[test]
fn streams_that_cannot_be_written() {
    use std::io::Read;
    use std::process::Stdio;
    let root = folder("streams", &[]);
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut to_full = command(&root, &["help"]);
    let ended = to_full.stdout(full()).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8(ended.stderr).unwrap().starts_with("error: cannot write to standard output: "));
    let mut errors_to_full = command(&root, &["frob"]);
    assert_eq!(errors_to_full.stderr(full()).status().unwrap().code(), Some(1));

    // A reader that goes away is no failure.
    let mut child =
        command(&root, &["explain", "--list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(errors, "");
}
