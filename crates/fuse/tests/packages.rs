//! Programs of several packages, through every command that knows dependencies.

mod common;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Ended, command, ended, folder, fuse};

const MAIN: &str = r#"import { shade } from "dep:Palette/colors"
import Greeting from "dep:Greeting/greeting"
import Text from "dep:Greeting/text.md"

fn main(n: Int):
  print(Greeting.broken(n))

app "main":
  print("${Greeting.hello()} ${shade()} ${Text}")
"#;

/// `app` with the path dependency `palette` and the git dependency `greeting`, a package below the root of its repository.
fn workspace(name: &str) -> PathBuf {
    let root = folder(
        name,
        &[
            ("app/main.fuse", MAIN),
            ("palette/fuse.toml", "[package]\nname = \"palette\"\n"),
            (
                "palette/colors.fuse",
                "import { value } from \"root:deep/value\"\nfn shade() -> Int: return value()\n",
            ),
            ("palette/deep/value.fuse", "fn value() -> Int: return 7\n"),
            (
                "repo/packages/greeting/greeting.fuse",
                "fn hello() -> String: return \"hello\"\nfn broken(n: Int) -> Int: return 1 / n\n",
            ),
            ("repo/packages/greeting/text.md", "text"),
        ],
    );
    git(&root.join("repo"), &["init", "--quiet"]);
    git(&root.join("repo"), &["add", "--all"]);
    git(&root.join("repo"), &["commit", "--quiet", "--message=x"]);
    git(&root.join("repo"), &["tag", "v1.0.0"]);
    let dependencies = format!(
        "Palette = \"../palette\"\nGreeting = {{ git = \"file://{}/repo\", version = \"1.0.0\", subdir = \"packages/greeting\" }}\n",
        root.display()
    );
    std::fs::write(root.join("app/fuse.toml"), manifest(&dependencies)).unwrap();
    root
}

fn manifest(dependencies: &str) -> String {
    format!("[package]\nentry = \"main.fuse\"\n[dependencies]\n{dependencies}")
}

fn git(directory: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status();
    assert!(status.expect("git is installed").success(), "git {arguments:?}");
}

fn without_git(cwd: &Path, arguments: &[&str]) -> Ended {
    let mut command = command(cwd, arguments);
    command.env("PATH", "/nowhere");
    ended(command)
}

fn succeeds(ended: &Ended) {
    assert_eq!(ended.status, 0, "{ended:?}");
}

#[test]
fn a_program_of_three_packages() {
    let root = workspace("packages_three");
    let app = root.join("app");
    for arguments in [
        &["check"][..],
        &["run"],
        &["build", "--release"],
        &["check", "--frozen"],
        &["deps", "lock", "--check"],
    ] {
        succeeds(&fuse(&app, arguments));
    }
    assert_eq!(fuse(&root, &["run", "app"]).stdout, "hello 7 text\n");
    assert_eq!(fuse(&app, &["run", "--frozen", "--backend", "ast"]).stdout, "hello 7 text\n");
    let program = app.join(".fuse/build/program.aot");
    let output = Command::new(&program).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "hello 7 text\n");
    // Places are the same on every machine.
    let failed = fuse(&app, &["run", "--", "--n=0"]);
    assert!(failed.status == 2 && failed.stderr.contains("division by zero"), "{failed:?}");
    let bytes = std::fs::read(&program).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("dep:Greeting/greeting.fuse") && !holds(".fuse/deps") && !holds(root.to_str().unwrap()));
    let report = std::fs::read_to_string(app.join(".fuse/build/program.aot.json")).unwrap();
    let names = [
        "dep:Greeting/greeting.fuse",
        "dep:Greeting/text.md",
        "dep:Palette/colors.fuse",
        "dep:Palette/deep/value.fuse",
        "fuse.lock",
        "fuse.toml",
        "main.fuse",
    ];
    let at: Vec<usize> =
        names.iter().map(|name| report.find(&format!("{{\"path\":\"{name}\"")).expect(name)).collect();
    assert!(at.is_sorted() && !report.contains(root.to_str().unwrap()), "{report}");
    assert!(!root.join("palette/.fuse").exists() && !root.join("palette/fuse.lock").exists());
}

#[test]
fn the_same_executable_wherever_it_is_built() {
    let root = workspace("packages_moved");
    succeeds(&fuse(&root.join("app"), &["build", "--release"]));
    let before = std::fs::read(root.join("app/.fuse/build/program.aot")).unwrap();
    let moved = folder("packages_moved_to/a/b", &[]);
    for name in ["app", "palette"] {
        std::fs::rename(root.join(name), moved.join(name)).unwrap();
    }
    succeeds(&without_git(&moved.join("app"), &["check", "--frozen"]));
    succeeds(&without_git(&moved, &["build", "app", "--release", "--frozen"]));
    assert!(std::fs::read(moved.join("app/.fuse/build/program.aot")).unwrap() == before);
}

#[test]
fn without_git_everything_works_that_is_checked_out() {
    let root = workspace("packages_offline");
    let app = root.join("app");
    let missing = without_git(&app, &["check"]);
    assert_eq!((missing.status, missing.stdout.as_str()), (1, ""));
    let message = "error: [FUSE_DEP_GIT_COMMAND_START_FAILED] cannot start git for the dependency `Greeting`: it does not exist. Hint: install git and make sure that it is found in PATH (fuse.toml:5:12)\n";
    assert!(missing.stderr.starts_with(message) && !missing.stderr.contains("[check]"), "{}", missing.stderr);
    assert!(missing.stderr.ends_with("  code: FUSE_DEP_GIT_COMMAND_START_FAILED\n"), "{}", missing.stderr);
    succeeds(&fuse(&app, &["deps", "lock"]));
    for arguments in [
        &["check"][..],
        &["check", "--frozen"],
        &["run"],
        &["build"],
        &["build", "--aot"],
        &["deps", "lock"],
        &["deps", "lock", "--check"],
        &["deps", "publish-check"],
        &["check", "--workspace"],
        &["dump", "types", "main.fuse"],
    ] {
        succeeds(&without_git(&app, arguments));
    }
}

#[test]
fn what_git_is_given() {
    let root = workspace("packages_git");
    let app = root.join("app");
    let log = root.join("log");
    let script = format!(
        "#!/bin/sh\nfor word in \"$@\"; do printf '%s ' \"$word\" >> '{0}'; done\necho \"| $GIT_TERMINAL_PROMPT $GIT_CONFIG_COUNT $GIT_CONFIG_KEY_0 $GIT_CONFIG_KEY_1 $GIT_ALLOW_PROTOCOL\" >> '{0}'\nPATH=/usr/local/bin:/usr/bin:/bin exec git \"$@\"\n",
        log.display()
    );
    std::fs::create_dir(root.join("bin")).unwrap();
    std::fs::write(root.join("bin/git"), script).unwrap();
    std::fs::set_permissions(root.join("bin/git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut lock = command(&app, &["deps", "lock"]);
    // As in a hook of another repository, whose settings must not reach ours.
    lock.env("PATH", root.join("bin")).envs([
        ("GIT_DIR", "/nowhere"),
        ("GIT_INDEX_FILE", "/nowhere"),
        ("GIT_ALLOW_PROTOCOL", "ext"),
    ]);
    lock.env("TMPDIR", "/nowhere").envs([
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "user.own"),
        ("GIT_CONFIG_VALUE_0", "x"),
    ]);
    assert_eq!(ended(lock), Ended { status: 0, stdout: String::new(), stderr: String::new() });
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.lines().count() >= 5, "{log}");
    let url = format!("file://{}/repo", root.display());
    for line in log.lines() {
        let (words, environment) = line.split_once("| ").unwrap();
        let asks = words.contains(&url);
        let expected =
            if asks { "0 8 user.own protocol.ext.allow" } else { "0 7 protocol.ext.allow core.hooksPath" };
        assert_eq!(environment, format!("{expected} https:http:ssh:git:file"), "{line}");
        let behind = words.split_once("-- ").map_or("", |(_, behind)| behind);
        assert!(!asks || behind.starts_with(&url), "{line}");
    }
}

#[test]
fn locking() {
    let root = workspace("packages_lock");
    let app = root.join("app");
    let silent = Ended { status: 0, stdout: String::new(), stderr: String::new() };
    let drift = format!(
        "[FUSE_LOCK_OUT_OF_DATE] lockfile drift detected in {}/fuse.lock: add Greeting; add Palette. Hint: run `fuse deps lock` to refresh the lock file",
        app.display()
    );
    // A path dependency is known at once, the repository is not asked.
    assert_eq!(
        fuse(&app, &["deps", "lock", "--check"]),
        Ended {
            status: 1,
            stdout: String::new(),
            stderr: format!(
                "error: {}\n  code: FUSE_LOCK_OUT_OF_DATE\n",
                drift.replace("add Greeting; add Palette", "add Palette; add Greeting")
            )
        }
    );
    assert!(!app.join("fuse.lock").exists());
    assert_eq!(fuse(&root, &["deps", "lock", "app"]), silent);
    let lock = std::fs::read_to_string(app.join("fuse.lock")).unwrap();
    for arguments in [
        &["deps", "lock", "app/fuse.toml"][..],
        &["deps", "lock", "--manifest-path", "app"],
        &["deps", "lock", "app", "--update"],
        &["deps", "lock", "app", "--check"],
    ] {
        assert_eq!(fuse(&root, arguments), silent, "{arguments:?}");
        assert_eq!(std::fs::read_to_string(app.join("fuse.lock")).unwrap(), lock);
    }
    std::fs::write(app.join("fuse.toml"), manifest("Palette = \"../palette\"\n")).unwrap();
    let frozen = fuse(&app, &["run", "--frozen", "--diagnostics", "json"]);
    let expected = format!(
        "{{\"code\":\"FUSE_LOCK_FROZEN\",\"kind\":\"cli_message\",\"level\":\"error\",\"message\":\"[FUSE_LOCK_FROZEN] lockfile drift detected in {}/fuse.lock: remove Greeting. Hint: run `fuse deps lock` to refresh the lock file\"}}\n",
        app.display()
    );
    assert_eq!(frozen, Ended { status: 1, stdout: String::new(), stderr: expected });
    std::fs::write(
        app.join("main.fuse"),
        "import C from \"dep:Palette/colors\"\napp \"main\": print(C.shade())\n",
    )
    .unwrap();
    assert_eq!(fuse(&app, &["run"]).stdout, "7\n");
    assert!(!std::fs::read_to_string(app.join("fuse.lock")).unwrap().contains("Greeting"));
}

#[test]
fn packages_that_are_not_there() {
    let root = folder(
        "packages_missing",
        &[("plain/a.fuse", "app \"x\": print(1)\n"), ("broken/fuse.toml", "[package")],
    );
    let error = |code: &str, message: &str| Ended {
        status: 1,
        stdout: String::new(),
        stderr: format!("error: {message}\n  code: {code}\n"),
    };
    let plain = root.join("plain");
    assert_eq!(
        fuse(&plain, &["deps", "lock"]),
        error(
            "wrapper_manifest_required",
            "fuse deps lock needs a package: there is no fuse.toml in this directory or above it"
        )
    );
    assert_eq!(
        fuse(&root, &["deps", "lock", "plain"]),
        error("wrapper_manifest_missing", "missing manifest: plain/fuse.toml")
    );
    let broken = fuse(&root, &["deps", "lock", "broken"]);
    assert!(
        broken.status == 1
            && broken.stderr.contains("error: invalid manifest: ")
            && broken.stderr.contains("(broken/fuse.toml:1:9)"),
        "{broken:?}"
    );
    std::fs::write(plain.join("a.fuse"), "import A from \"dep:A/a\"\n").unwrap();
    let check = fuse(&plain, &["check", "a.fuse"]);
    assert!(
        check.stderr.contains("FUSE_IMPORT_UNKNOWN_DEPENDENCY")
            && check.stderr.contains("declares no dependencies"),
        "{check:?}"
    );
}

#[test]
fn failures_come_before_the_work_and_show_no_credentials() {
    let root = folder(
        "packages_failures",
        &[
            ("fuse.toml", &manifest("A = { git = \"https://ann:s3cret@host/a\", brunch = \"x\" }\n")),
            ("main.fuse", ""),
        ],
    );
    for command in ["run", "check", "build"] {
        let text = fuse(&root, &[command]);
        let expected = "error: [FUSE_DEP_UNKNOWN_FIELD] the dependency `A` has the unknown key `brunch`. Hint: did you mean `branch`? (fuse.toml:4:42)\n  A = { git = \"https://**********@host/a\", brunch = \"x\" }\n                                           ^^^^^^\n  code: FUSE_DEP_UNKNOWN_FIELD\n";
        assert_eq!(text, Ended { status: 1, stdout: String::new(), stderr: expected.into() });
    }
    let json = fuse(&root, &["check", "--diagnostics=json"]);
    assert_eq!(
        json.stderr,
        "{\"code\":\"FUSE_DEP_UNKNOWN_FIELD\",\"kind\":\"cli_message\",\"level\":\"error\",\"message\":\"[FUSE_DEP_UNKNOWN_FIELD] the dependency `A` has the unknown key `brunch`. Hint: did you mean `branch`? (fuse.toml:4:42)\"}\n"
    );
    // What git says comes below, in a record behind.
    std::fs::write(root.join("fuse.toml"), manifest("A = \"file://ann:s3cret@localhost/nowhere\"\n"))
        .unwrap();
    let text = fuse(&root, &["check"]).stderr;
    assert!(
        text.contains("\n  note: git: fatal: ")
            && text.contains("\n  A = \"file://**********@localhost/nowhere\"\n")
            && !text.contains("s3cret"),
        "{text}"
    );
    let json = fuse(&root, &["check", "--diagnostics=json"]).stderr;
    assert!(
        json.lines().count() == 1 && json.contains("\\n  note: git: fatal: ") && !json.contains("s3cret"),
        "{json}"
    );
}

#[test]
fn a_lock_file_that_cannot_be_written() {
    let root = workspace("packages_full");
    let script = format!("trap '' XFSZ; ulimit -f 0; exec '{}' deps lock", env!("CARGO_BIN_EXE_fuse"));
    std::fs::write(root.join("app/fuse.toml"), manifest("Palette = \"../palette\"\n")).unwrap();
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(root.join("app"))
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("[FUSE_LOCK_WRITE_FAILED] cannot write the lock file "), "{stderr}");
    assert!(!root.join("app/fuse.lock").exists() && !root.join("app/.fuse.lock.tmp").exists());
    succeeds(&fuse(&root.join("app"), &["deps", "lock"]));
}

#[test]
fn fetched_links_do_not_lead_out() {
    let root = workspace("packages_links");
    std::fs::write(root.join("secret.md"), "secret").unwrap();
    symlink(root.join("secret.md"), root.join("repo/packages/greeting/link.md")).unwrap();
    git(&root.join("repo"), &["add", "--all"]);
    git(&root.join("repo"), &["commit", "--quiet", "--message=x"]);
    git(&root.join("repo"), &["tag", "--force", "v1.0.0"]);
    std::fs::write(
        root.join("app/main.fuse"),
        "import Link from \"dep:Greeting/link.md\"\napp \"main\": print(Link)\n",
    )
    .unwrap();
    fuse(&root.join("app"), &["run"]).fails_with("FUSE_IMPORT_ROOT_ESCAPE");
}

#[test]
fn publishing() {
    let root = workspace("packages_publish");
    std::fs::create_dir_all(root.join("more/none")).unwrap();
    std::fs::write(root.join("more/none/fuse.toml"), "[package]\nentry = \"gone.fuse\"\n").unwrap();
    std::fs::write(root.join("more/fuse.toml"), "[package\n").unwrap();
    let lines = [
        format!(
            "  - app: [FUSE_LOCK_OUT_OF_DATE] lockfile drift detected in {}/app/fuse.lock: add Palette; add Greeting. Hint: run `fuse deps lock` to refresh the lock file",
            root.display()
        ),
        "  - more: [FUSE_MANIFEST_PARSE_FAILED] invalid manifest: ".into(),
        "  - more/none: [FUSE_MANIFEST_ENTRY_NOT_FOUND] the entry gone.fuse does not exist. Hint: ".into(),
        "  - palette: [FUSE_MANIFEST_ENTRY_MISSING] the manifest names no entry. Hint: ".into(),
        "  code: FUSE_WORKSPACE_PUBLISH_NOT_READY".into(),
    ];
    let text = fuse(&root, &["deps", "publish-check"]);
    assert_eq!((text.status, text.stdout.as_str()), (1, ""));
    let found: Vec<&str> = text.stderr.lines().collect();
    assert_eq!(found[0], "error: [FUSE_WORKSPACE_PUBLISH_NOT_READY] 4 of 4 package(s) cannot be published");
    assert_eq!(found.len(), 6, "{}", text.stderr);
    for (found, expected) in found[1..].iter().zip(&lines) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
    let json = fuse(&root, &["deps", "publish-check", ".", "--diagnostics", "json"]).stderr;
    assert!(
        json.lines().count() == 1 && json.contains("cannot be published\\n  - app: [FUSE_LOCK_OUT_OF_DATE] "),
        "{json}"
    );
    std::fs::remove_dir_all(root.join("more")).unwrap();
    succeeds(&fuse(&root, &["deps", "lock", "app"]));
    std::fs::write(root.join("palette/fuse.toml"), "[package]\nentry = \"colors.fuse\"\n").unwrap();
    assert_eq!(
        fuse(&root.join("palette"), &["deps", "publish-check", ".."]),
        Ended { status: 0, stdout: String::new(), stderr: String::new() }
    );
    assert_eq!(fuse(&root, &["deps", "publish-check", "app"]).status, 0);
    let none = fuse(&root, &["deps", "publish-check", "repo"]);
    assert!(
        none.status == 1
            && none.stderr.starts_with("error: [FUSE_WORKSPACE_NO_MANIFESTS] there is no fuse.toml in "),
        "{none:?}"
    );
    let nowhere = fuse(&root, &["deps", "publish-check", "nowhere"]);
    assert_eq!(
        nowhere.stderr,
        "error: cannot read the workspace nowhere: it does not exist\n  code: wrapper_file_read\n"
    );
}

#[test]
fn checking_a_workspace() {
    let root = workspace("packages_workspace");
    let run = |arguments: &[&str]| fuse(&root, &[&["check", "--workspace"], arguments].concat());
    let good = run(&[]);
    assert_eq!(
        good,
        Ended {
            status: 0,
            stdout: "check: app — ok\nworkspace check: 1 package(s) — all ok\n".into(),
            stderr: "[check] start\n[check] ok\n".into()
        }
    );
    std::fs::write(root.join("palette/fuse.toml"), "[package]\nentry = \"colors.fuse\"\n").unwrap();
    std::fs::create_dir_all(root.join("b-ad")).unwrap();
    std::fs::write(root.join("b-ad/fuse.toml"), "[package]\nentry = \"x.fuse\"\n").unwrap();
    std::fs::write(root.join("b-ad/x.fuse"), "requires time\nfn f() -> Int: return \"x\"\n").unwrap();
    let failed = run(&[]);
    assert_eq!(
        failed.stdout,
        "check: app — ok\ncheck: b-ad — failed\ncheck: palette — ok\nworkspace check: 1 of 3 package(s) failed\n"
    );
    assert!(
        failed.status == 1
            && failed.stderr.contains("(b-ad/x.fuse:2:")
            && failed.stderr.ends_with("[check] failed\n"),
        "{failed:?}"
    );
    let json = run(&[".", "--diagnostics", "json"]);
    let package = format!("{{\"event\":\"check.ok\",\"package\":\"{}/app\"}}\n", root.display());
    assert!(
        json.stderr.contains(&package) && json.stderr.lines().all(|line| line.starts_with('{')),
        "{}",
        json.stderr
    );
    assert_eq!(json.stdout, failed.stdout);
    std::fs::write(root.join("b-ad/x.fuse"), "requires time\nfn f() -> Int: return 1\n").unwrap();
    assert_eq!(run(&["b-ad"]).stdout, "check: b-ad — ok\nworkspace check: 1 package(s) — all ok\n");
    assert_eq!(
        run(&["b-ad", "--strict-architecture"]).stdout,
        "check: b-ad — failed\nworkspace check: 1 of 1 package(s) failed\n"
    );
    assert_eq!(
        fuse(&root.join("b-ad"), &["check", "--workspace"]).stdout,
        "check: . — ok\nworkspace check: 1 package(s) — all ok\n"
    );
    std::fs::write(root.join("b-ad/fuse.toml"), "[package]\nentry = \"gone.fuse\"\n").unwrap();
    assert!(run(&["b-ad"]).stderr.contains("cannot read entry "));
    std::fs::write(root.join("b-ad/fuse.toml"), manifest("A = \"../nowhere\"\n")).unwrap();
    let failed = run(&["b-ad"]);
    assert!(
        failed.stderr.contains("cannot read entry ") && failed.stdout.contains("b-ad — failed"),
        "{failed:?}"
    );
    std::fs::rename(root.join("b-ad/x.fuse"), root.join("b-ad/main.fuse")).unwrap();
    let failed = run(&["b-ad"]);
    assert!(
        failed.stderr.contains("FUSE_DEP_PATH_NOT_FOUND") && failed.stdout.contains("b-ad — failed"),
        "{failed:?}"
    );
    let none = run(&["repo"]);
    assert!(none.status == 1 && none.stdout.is_empty(), "{none:?}");
    assert!(
        none.stderr.starts_with("[check] start\nerror: [FUSE_WORKSPACE_NO_MANIFESTS] ")
            && none.stderr.ends_with("[check] failed\n"),
        "{none:?}"
    );
}

#[test]
fn strict_architecture_in_every_command() {
    let root = folder("packages_strict", &[("a.fuse", "requires time\napp \"x\": print(1)\n")]);
    for command in ["check", "run", "build"] {
        succeeds(&fuse(&root, &[command, "a.fuse"]));
        let strict = fuse(&root, &[command, "a.fuse", "--strict-architecture"]);
        strict.fails_with("FUSE_STRICT_UNUSED_CAPABILITY");
    }
}

#[test]
fn tests_and_sources_of_dependencies_are_not_the_packages_own() {
    let root = workspace("packages_tests");
    let app = root.join("app");
    let add = |path: &str, text: &str| {
        let old = std::fs::read_to_string(root.join(path)).unwrap();
        std::fs::write(root.join(path), old + text).unwrap();
    };
    add("app/main.fuse", "\ntest \"own\": assert(shade() == 7)\n");
    add("palette/colors.fuse", "test \"theirs\":   assert(shade() == 7)\n");
    add("repo/packages/greeting/greeting.fuse", "test \"fetched\":   assert(hello() == \"hello\")\n");
    git(&root.join("repo"), &["commit", "--quiet", "--all", "--message=x"]);
    git(&root.join("repo"), &["tag", "--force", "v1.0.0"]);
    assert_eq!(fuse(&app, &["test"]).stdout, "ok own\nok (1 tests)\n");
    assert_eq!(
        fuse(&app, &["test", "--all", "--frozen"]).stdout,
        "ok fetched\nok own\nok theirs\nok (3 tests)\n"
    );
    let before = std::fs::read_to_string(root.join("palette/colors.fuse")).unwrap();
    succeeds(&fuse(&app, &["fmt"]));
    assert_eq!(std::fs::read_to_string(root.join("palette/colors.fuse")).unwrap(), before);
}
