//! D: configuration, on the fixture `settings`: the configuration of `desk` without its service, whose app prints motto, port and rooms.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::*;

/// The start that the profiles share, and the line that a run of the port's default logs.
const OPTIONS: [&[&str]; 4] = [RELEASE, DEBUG, WITH_SYMBOLS, STATIC];
const DEFAULT_RAN: &str = "[INFO] port default used\n";

/// Runs the fixture in a folder.
fn settings(options: &[&str], folder: &Path, variables: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(&build("settings", options).executable);
    end(command.env_clear().envs(variables.iter().copied()).current_dir(folder))
}

#[track_caller]
fn prints(ended: &Ended, stdout: &str, stderr: &str) {
    assert_eq!(*ended, Ended { status: Some(0), stdout: stdout.to_owned(), stderr: stderr.to_owned() });
}

/// The message of the only line on stderr, which is a fatal one.
#[track_caller]
fn fatal(ended: &Ended, info: &str) -> String {
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
    let line = ended.stderr.strip_suffix('\n').expect("a line");
    let rest = line.strip_prefix("fatal: class=runtime_fatal pid=").unwrap_or_else(|| panic!("{line}"));
    let (pid, rest) = rest.split_once(" message=").expect("a message");
    assert!(pid.parse::<u32>().is_ok(), "{line}");
    rest.strip_suffix(&format!(" {info}")).unwrap_or_else(|| panic!("{line}")).to_owned()
}

#[test]
fn r43_build_information_comes_before_configuration() {
    let folder = Folder::new();
    folder.write("config.toml", "[Desk\n");
    for options in OPTIONS {
        let executable = &build("settings", options).executable;
        let expected = info(executable) + "\n";
        for port in ["abc", "1"] {
            let ended = settings(
                options,
                folder.path(),
                &[
                    ("FUSE_AOT_BUILD_INFO", "1"),
                    ("DESK_PORT", port),
                    ("DESK_MO_TTO", "x"),
                    ("FUSE_AOT_STARTUP_TRACE", "1"),
                ],
            );
            prints(&ended, &expected, "");
        }
    }
    let executable = build("settings", RELEASE).executable.clone();
    let (ended, trace) =
        strace("openat,open,socket", &[executable.as_os_str()], &[("FUSE_AOT_BUILD_INFO", "1")]);
    assert_eq!(ended.status, Some(0));
    assert!(!trace.contains("config.toml"), "{trace}");
}

#[test]
fn r44_startup_trace_comes_before_configuration() {
    let folder = Folder::new();
    for options in OPTIONS {
        let info = info(&build("settings", options).executable);
        let ended = settings(
            options,
            folder.path(),
            &[("FUSE_AOT_STARTUP_TRACE", "1"), ("DESK_PORT", "abc"), ("DESK_MO_TTO", "x")],
        );
        let lines: Vec<&str> = ended.stderr.lines().collect();
        assert_eq!(lines.len(), 3, "{}", ended.stderr);
        assert!(lines[0].starts_with("startup: pid=") && lines[0].ends_with(&info), "{}", ended.stderr);
        assert!(lines[1].starts_with("config hint: "), "{}", ended.stderr);
        assert!(lines[2].starts_with("fatal: ") && lines[2].ends_with(&info), "{}", ended.stderr);
    }
}

#[test]
fn r46_configuration_order() {
    let folder = Folder::new();
    let other = Folder::new();
    for options in OPTIONS {
        folder.write("config.toml", "[Desk]\nmotto = \"from the file\"\nport = 5 # a comment\n");
        other.write("other.toml", "[Desk]\nmotto = 'another file'\nrooms = [\"blue\", \"red\"]\n");
        let another = other.join("other.toml");
        let another = another.to_str().expect("UTF-8");
        let here = folder.path();
        prints(&settings(options, here, &[("DESK_MOTTO", "from outside")]), "from outside 5 []\n", "");
        prints(&settings(options, here, &[("DESK_MOTTO", "")]), " 5 []\n", "");
        prints(&settings(options, here, &[]), "from the file 5 []\n", "");
        prints(
            &settings(options, here, &[("FUSE_CONFIG", another)]),
            "another file 43117 [blue, red]\n",
            DEFAULT_RAN,
        );
        prints(
            &settings(options, here, &[("FUSE_CONFIG", another), ("DESK_ROOMS", "[]"), ("DESK_PORT", "1")]),
            "another file 1 []\n",
            "",
        );
        let missing = settings(options, here, &[("FUSE_CONFIG", "missing.toml")]);
        prints(
            &missing,
            "steady 43117 []\n",
            &format!("config hint: config file missing.toml not found\n{DEFAULT_RAN}"),
        );
        // The default file is that of the current folder, not the one beside the executable.
        let executable = &build("settings", options).executable;
        fs::copy(executable, folder.join("x")).expect("copied");
        let beside = end(Command::new(folder.join("x")).env_clear().current_dir(other.path()));
        prints(&beside, "steady 43117 []\n", DEFAULT_RAN);
        fs::remove_file(folder.join("config.toml")).expect("removed");
        prints(&settings(options, here, &[]), "steady 43117 []\n", DEFAULT_RAN);
    }
}

#[test]
fn r47_defaults_once() {
    let folder = Folder::new();
    for options in OPTIONS {
        assert_eq!(settings(options, folder.path(), &[]).stderr, DEFAULT_RAN);
        assert_eq!(settings(options, folder.path(), &[("DESK_PORT", "7")]).stderr, "");
        assert_eq!(
            settings(options, folder.path(), &[("DESK_PORT", "abc")]).stderr.matches("port default").count(),
            0
        );
    }
}

#[test]
fn r48_bad_configuration_is_fatal_and_addressed() {
    let folder = Folder::new();
    for options in OPTIONS {
        let info = info(&build("settings", options).executable);
        let message = |variables: &[(&str, &str)]| fatal(&settings(options, folder.path(), variables), &info);
        assert_eq!(
            message(&[("DESK_PORT", "abc")]),
            validation_error(&[("invalid_value", "invalid Int: abc", "Desk.port")])
        );
        assert_eq!(
            message(&[("DESK_ROOMS", "[\"a\",")]),
            validation_error(&[(
                "invalid_value",
                "invalid JSON value: unexpected end of input",
                "Desk.rooms"
            )])
        );
        assert_eq!(
            message(&[("DESK_ROOMS", "[1,\"a\",null]"), ("DESK_PORT", "")]),
            validation_error(&[
                ("invalid_value", "invalid Int: ", "Desk.port"),
                ("type_mismatch", "expected String", "Desk.rooms[0]"),
                ("type_mismatch", "expected String", "Desk.rooms[2]"),
            ])
        );
        folder.write("config.toml", "[Desk]\nport = one\n");
        assert_eq!(message(&[]), validation_error(&[("invalid_value", "invalid Int: one", "Desk.port")]));
        folder.write("config.toml", "[Desk]\nport = \"1\n");
        assert!(message(&[]).starts_with("invalid config file config.toml:2: "), "{}", message(&[]));
        fs::write(folder.join("config.toml"), b"[Desk]\nmotto = \xff\n").expect("written");
        assert!(message(&[]).starts_with("failed to read config file: "), "{}", message(&[]));
        fs::remove_file(folder.join("config.toml")).expect("removed");
        fs::create_dir(folder.join("config.toml")).expect("a folder");
        assert!(message(&[]).starts_with("failed to read config file: "), "{}", message(&[]));
        fs::remove_dir(folder.join("config.toml")).expect("removed");
    }
}

/// What is not UTF-8 does not convert, wherever it stands, and is no reason to stop reading the others.
#[test]
fn r48_variables_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let odd = std::ffi::OsStr::from_bytes(b"a\xffb");
    for options in OPTIONS {
        let executable = &build("settings", options).executable;
        let mut command = Command::new(executable);
        command.env_clear().env("DESK_MOTTO", odd).env("DESK_PORT", "x").env(odd, odd).env("DESK_ODD", odd);
        let expected = validation_error(&[
            ("invalid_value", "invalid Int: x", "Desk.port"),
            ("invalid_value", "env DESK_MOTTO is not valid UTF-8", "Desk.motto"),
        ]);
        assert_eq!(fatal(&end(&mut command), &info(executable)), expected);
    }
}

#[test]
fn r49_hint_for_misspelt_variables() {
    let folder = Folder::new();
    let hint = |given: &str, expected: &str, field: &str| {
        format!("config hint: env var {given} is ignored; did you mean {expected} for Desk.{field}?\n")
    };
    for options in OPTIONS {
        let ended = settings(options, folder.path(), &[("DESK_MO_TTO", "x"), ("DESK_PORT", "1")]);
        prints(&ended, "steady 1 []\n", &hint("DESK_MO_TTO", "DESK_MOTTO", "motto"));
        let variables = [
            ("DESK_ROOMS_", "[1]"),
            ("DESK_Port", "2"),
            ("DESK_MOTTOS", "y"),
            ("Desk_Motto", "z"),
            ("DESKMOTTO", "q"),
        ];
        let expected = hint("DESK_Port", "DESK_PORT", "port")
            + &hint("DESK_ROOMS_", "DESK_ROOMS", "rooms")
            + DEFAULT_RAN;
        prints(&settings(options, folder.path(), &variables), "steady 43117 []\n", &expected);
    }
}

/// The files that come with a package and are not the configuration are not read (R28).
#[test]
fn r28_dotenv_is_for_the_command_only() {
    let package = Folder::of_fixture("settings");
    package.write(".env", "DESK_MOTTO=${DESK_PORT} $HOME `id`\nDESK_PORT=3\n");
    let executable = build_in(package.path(), RELEASE);
    let built = end(Command::new(&executable).env_clear().current_dir(package.path()));
    prints(&built, "steady 43117 []\n", DEFAULT_RAN);
    let mut run = Command::new(FUSE);
    let run = end(run.args(["run", "--manifest-path"]).arg(package.path()).env_clear().env("DESK_PORT", "9"));
    // No expansion, and the environment wins.
    assert_eq!(
        (run.status, run.stdout.as_str()),
        (Some(0), "${DESK_PORT} $HOME `id` 9 []\n"),
        "{}",
        run.stderr
    );
}
