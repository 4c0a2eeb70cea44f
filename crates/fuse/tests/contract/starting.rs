//! D: build information, start-up trace, arguments, streams.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::sources;
use crate::support::*;

/// Whether a line is build information as the contract writes it.
fn is_info(line: &str) -> bool {
    let keys = ["mode", "profile", "target", "rustc", "cli", "runtime_cache", "contract", "build"];
    let pairs: Vec<(&str, &str)> =
        line.split(' ').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let hex =
        |text: &str| text.len() >= 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    pairs.len() >= keys.len()
        && pairs.iter().zip(keys).all(|((key, _), expected)| *key == expected)
        && pairs.iter().all(|(key, value)| !key.is_empty() && !value.is_empty())
        && pairs[0].1 == "aot"
        && ["debug", "release", "release-with-symbols"].contains(&pairs[1].1)
        && pairs[5].1.parse::<u32>().is_ok_and(|version| version > 0)
        && pairs[6].1 == "aot-v1"
        && hex(pairs[7].1)
}

#[test]
fn r42_build_information() {
    for name in FIXTURES {
        for options in [DEBUG, RELEASE, WITH_SYMBOLS, STATIC] {
            let line = info(&build(name, options).executable);
            assert!(is_info(&line), "{name} {options:?}: {line}");
        }
    }
    for line in [
        "mode=aot",
        "mode=aot profile=fast target=x rustc=1 cli=1 runtime_cache=1 contract=aot-v1 build=0123456789abcdef",
    ] {
        assert!(!is_info(line), "the test of the form tells: {line}");
    }
}

#[test]
fn r43_build_information_comes_first() {
    let executable = &build("faults", RELEASE).executable;
    let expected = info(executable) + "\n";
    let everything = [
        ("FUSE_AOT_BUILD_INFO", "1"),
        ("FUSE_AOT_STARTUP_TRACE", "1"),
        ("PICK", "index"),
        ("FUSE_CONFIG", "/nonexistent"),
        ("FUSE_LOG", "?"),
        ("FUSE_COLOR", "?"),
    ];
    let ended = end(Command::new(executable).args(["--bogus", "word"]).env_clear().envs(everything));
    assert_eq!(ended, Ended { status: Some(0), stdout: expected.clone(), stderr: String::new() });

    let closed = end(Command::new("sh")
        .args(["-c", "exec \"$0\" 2>&- <&-"])
        .arg(executable)
        .env("FUSE_AOT_BUILD_INFO", "1"));
    assert_eq!((closed.status, closed.stdout), (Some(0), expected));

    let (ended, trace) = strace("openat,open,socket,clone,clone3", &[executable.as_os_str()], &everything);
    assert_eq!(ended.status, Some(0));
    let opened: Vec<&str> = trace
        .lines()
        .filter(|line| line.contains('(') && !line.contains("/ld.so.") && !line.contains("libc.so.6"))
        .collect();
    assert!(opened.iter().all(|line| line.contains("execve(")), "{opened:?}");

    for value in ["0", "true", "", "11", " 1"] {
        let ended = run(&build("hello", RELEASE).executable, &[("FUSE_AOT_BUILD_INFO", value)]);
        assert_eq!(
            ended,
            Ended { status: Some(0), stdout: "ready\n".into(), stderr: String::new() },
            "{value:?}"
        );
    }
}

#[test]
fn r44_startup_trace() {
    for (name, variables) in [("hello", &[][..]), ("faults", &[("PICK", "divide")])] {
        let executable = &build(name, RELEASE).executable;
        let mut child = Command::new(executable);
        child.env_clear().env("FUSE_AOT_STARTUP_TRACE", "1").envs(variables.iter().copied());
        let child = child
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let pid = child.id();
        let ended = Ended::from(child.wait_with_output().expect("ended"));
        let first = ended.stderr.lines().next().unwrap_or("");
        assert_eq!(first, format!("startup: pid={pid} {}", info(executable)), "{name}");
        assert_eq!(ended.stderr.matches("startup:").count(), 1, "{name}");
    }
    for value in ["0", "true", ""] {
        assert_eq!(run(&build("hello", RELEASE).executable, &[("FUSE_AOT_STARTUP_TRACE", value)]).stderr, "");
    }
}

#[test]
fn r45_the_same_keys_everywhere() {
    for options in [DEBUG, RELEASE, WITH_SYMBOLS, STATIC] {
        let executable = &build("faults", options).executable;
        let ended = run(executable, &[("FUSE_AOT_STARTUP_TRACE", "1"), ("PICK", "index")]);
        let tail = |line: &str| line[line.rfind(" mode=aot ").expect("build information") + 1..].to_owned();
        let first = tail(ended.stderr.lines().next().expect("a trace"));
        assert_eq!((tail(ended.last()), &first), (first.clone(), &info(executable)), "{options:?}");
    }
}

#[test]
fn r51_arguments_to_a_program_without_main() {
    for options in [DEBUG, RELEASE] {
        for arguments in [&["--x=1"][..], &["word"], &["--", ""], &[""]] {
            let ended = end(Command::new(&build("hello", options).executable).args(arguments).env_clear());
            assert_eq!(
                (ended.status, ended.stdout.as_str()),
                (Some(1), ""),
                "{arguments:?}: {}",
                ended.stderr
            );
            assert!(
                ended.last().starts_with("fatal: class=runtime_fatal ")
                    && ended.last().contains(" message=no root fn main found for CLI binding mode=aot "),
                "{}",
                ended.stderr
            );
        }
    }
}

/// A program that checks can be built (R2); what is not there is missed when it is to run.
#[test]
fn r51_programs_without_app() {
    let main = "fn main(n: Int):\n  print(n)\n";
    let unused = "config Settings:\n  key: String = \"a\"\n\nfn unused() -> String:\n  return Settings.key\n";
    for (source, output, missing) in [
        (main, "1\n", "no app found"),
        (unused, "", "no root fn main found for CLI binding"),
        ("", "", "no root fn main found for CLI binding"),
    ] {
        let package = Folder::package(source);
        for options in [DEBUG, RELEASE] {
            let executable = build_in(package.path(), options);
            let with = end(Command::new(&executable).arg("--n=1").env_clear());
            assert_eq!((with.status == Some(0), with.stdout.as_str()), (source == main, output), "{source}");
            let without = end(Command::new(&executable).env_clear());
            assert_eq!((without.status, without.stdout.as_str()), (Some(1), ""), "{source}");
            let text = |message: &str| format!(" message={message} mode=aot ");
            assert!(without.last().contains(&text("no app found")), "{}", without.stderr);
            assert!(source == main || with.last().contains(&text(missing)), "{}", with.stderr);
        }
    }
}

/// The configuration is resolved before what is missing is missed (runtime reference 1.1), by executables and by `fuse run`.
#[test]
fn r51_configuration_comes_first() {
    let config = "config Settings:\n  count: Int = 1\n\n";
    let problem = "\"message\":\"invalid Int: x\",\"path\":\"Settings.count\"";
    for (body, arguments, option, missing) in [
        ("app \"a\":\n  print(1)\n", &["--n=1"][..], None, "no root fn main found for CLI binding"),
        ("fn main(n: Int):\n  print(n)\n", &[], None, "no app found"),
        ("", &[], None, "no app found"),
        ("app \"a\":\n  print(1)\n", &[], Some("--app=b"), "app not found: b (declared: a)"),
    ] {
        let package = Folder::package(&format!("{config}{body}"));
        for (value, message) in [("x", problem), ("2", missing)] {
            let mut run = Command::new(FUSE);
            run.current_dir(package.path()).env_clear().env("SETTINGS_COUNT", value).arg("run").args(option);
            let ran = end(run.arg("main.fuse").arg("--").args(arguments));
            assert_eq!((ran.status, ran.stdout.as_str()), (Some(1), ""), "{body}: {}", ran.stderr);
            assert!(ran.stderr.contains(message), "{body}: {}", ran.stderr);
            if option.is_none() {
                let executable = build_in(package.path(), RELEASE);
                let mut start = Command::new(&executable);
                let ended = end(start.args(arguments).env_clear().env("SETTINGS_COUNT", value));
                assert_eq!((ended.status, ended.stdout.as_str()), (Some(1), ""), "{body}: {}", ended.stderr);
                assert!(ended.last().contains(message), "{body}: {}", ended.stderr);
            }
        }
    }
}

#[test]
fn r55_streams() {
    let package = Folder::package(sources::MANY_LINES);
    let executable = build_in(package.path(), RELEASE);
    let expected: String = (1..=100_000).map(|line| format!("{line}\n")).collect();
    assert!(run(&executable, &[]).stdout == expected, "a pipe gets everything, in order");

    let head = end(Command::new("bash")
        .args(["-c", "\"$0\" 2>errors | head -1; echo ${PIPESTATUS[0]}; cat errors"])
        .arg(&executable)
        .current_dir(package.path()));
    assert_eq!(head.stdout, "1\n0\n", "{}", head.stderr);

    let file = File::create(package.join("output")).expect("a file");
    let status = Command::new(&executable).stdout(file).status().expect("started");
    assert!(status.success() && std::fs::read_to_string(package.join("output")).expect("output") == expected);

    for script in ["exec \"$0\" >&-", "exec \"$0\" >/dev/full", "exec \"$0\" >&- 2>&- <&-"] {
        let ended = end(Command::new("sh").args(["-c", script]).arg(&executable));
        assert!(ended.status.is_some() && !ended.stderr.contains("panic"), "{script}: {ended:?}");
    }
}
