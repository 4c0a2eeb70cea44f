//! The life of a session (toolchain reference 10.1).

use std::fs;

use crate::common::{command, folder, fuse};
use crate::page::Page;
use crate::support::{BROKEN, RESTART, Session, children, says, stays, write};

#[test]
fn a_program_is_restarted_once_for_each_burst_of_changes() {
    let files = [
        (
            "main.fuse",
            "import { word } from \"./word\"\nimport Text from \"./text.md\"\n\napp \"a\":\n  print(\"${word()} ${Text}\")\n",
        ),
        ("word.fuse", "fn word() -> String: return \"one\"\n"),
        ("text.md", "first"),
    ];
    let root = folder("dev_burst", &files);
    let mut dev = Session::start(&root, &["main.fuse"]);
    let exited = "[dev] app exited (0); waiting for changes...";
    dev.line(exited);
    dev.prints("one first");
    for expected in ["[run] start", "[run] ok"] {
        assert_eq!(dev.count(expected), 1, "{:?}", dev.said);
    }
    // The same contents are no change.
    for (name, text) in files {
        write(&root, name, text);
    }
    write(&root, "other.fuse", "");
    assert_eq!(dev.meanwhile(), [""; 0]);

    write(&root, "word.fuse", "fn word() -> String: return \"two\"\n");
    write(&root, "text.md", "second");
    write(&root, "main.fuse", &files[0].1.replace("print(", "print(\"now \" + "));
    dev.lines(&[RESTART, exited]);
    dev.prints("now two second");
    assert_eq!(dev.meanwhile(), [""; 0]);
    assert_eq!((dev.count(RESTART), dev.count(exited)), (1, 2));
}

#[test]
fn the_old_program_runs_until_the_new_one_compiles() {
    let root = folder("dev_old", &[("main.fuse", &stays("old"))]);
    let mut dev = Session::start(&root, &["main.fuse"]);
    let mut page = Page::open(&dev.url);
    dev.prints("old");
    let old = dev.child();

    write(&root, "main.fuse", "app \"a\":\n  print(totl + nothing)\n");
    dev.lines(&[RESTART, "error: ", "  code: FUSE_", "error: ", BROKEN]);
    let shown = page.text();
    assert_eq!(shown, r#"{"message":"main.fuse:2:9: `totl` is not known here","type":"compile_error"}"#);
    let mut late = Page::open(&dev.url);
    assert_eq!(late.text(), shown, "who comes late sees it too");
    assert_eq!(children(dev.pid()), [old], "it still runs");

    // Another error takes its place.
    write(&root, "main.fuse", "app \"a\":\n  print(1 - \"a\")\n");
    dev.lines(&[RESTART, BROKEN]);
    let second = page.text();
    assert!(second.contains("main.fuse:2:") && second != shown, "{second}");
    assert_eq!(late.text(), second);

    write(&root, "main.fuse", &stays("new"));
    dev.line(RESTART);
    dev.prints("new");
    for page in [&mut page, &mut late] {
        assert_eq!(page.text(), r#"{"type":"clear_error"}"#);
        assert_eq!(page.text(), "reload");
    }
    assert_ne!(dev.child(), old);
    let mut last = Page::open(&dev.url);
    last.send(9, b"x");
    assert_eq!(last.frame(), (10, b"x".to_vec()), "nothing is shown any more");
    assert_eq!(dev.count("[dev] app exited"), 0, "it was stopped, and did not end by itself");
}

#[test]
fn errors_at_the_start_do_not_end_the_session() {
    let root = folder("dev_broken", &[("main.fuse", "app \"a\":\n  print(\n")]);
    let mut dev = Session::start(&root, &["main.fuse"]);
    dev.line(BROKEN);
    assert_eq!(dev.count("[run] start"), 0);
    let mut page = Page::open(&dev.url);
    assert!(page.text().starts_with(r#"{"message":"main.fuse:2:8: "#));
    write(&root, "main.fuse", &says("well"));
    dev.lines(&[RESTART, "[dev] app exited (0)"]);
    assert_eq!([page.text(), page.text()], [r#"{"type":"clear_error"}"#, "reload"]);
}

#[test]
fn what_this_version_cannot_run_is_an_error_like_others() {
    let source = "requires network\n\napp \"a\":\n  serve(3000)\n";
    let root = folder("dev_serve", &[("main.fuse", source)]);
    if fuse(&root, &["build", "main.fuse"]).status == 0 {
        return;
    }
    let mut dev = Session::start(&root, &["main.fuse"]);
    dev.lines(&["error: this version of fuse cannot run", "  code: FUSE_NOT_AVAILABLE", BROKEN]);
    assert!(Page::open(&dev.url).text().starts_with(r#"{"message":"main.fuse:4:3: this version"#));
}

#[test]
fn a_program_that_fails_is_told_with_its_status() {
    let root = folder(
        "dev_fails",
        &[("main.fuse", "fn main(n: Int):\n  print(10 / n)\n\napp \"a\":\n  assert(false)\n")],
    );
    let mut dev = Session::start(&root, &["main.fuse"]);
    dev.lines(&["run error: assert failed", "[run] failed", "[dev] app exited (1); waiting for changes..."]);
    let mut dev = Session::start(&root, &["main.fuse", "--", "--n", "x"]);
    dev.lines(&["invalid_value", "[run] validation failed", "[dev] app exited (2); waiting for changes..."]);
    let mut dev = Session::start(&root, &["main.fuse", "--", "--n=5"]);
    dev.line("[dev] app exited (0)");
    dev.prints("2");
    let mut dev = Session::start(&root, &["main.fuse", "--app", "other"]);
    dev.lines(&["app not found: other (declared: a)", "[dev] app exited (1); waiting for changes..."]);
}

#[test]
fn options_reach_the_program_and_the_check() {
    let strict = "fn load() -> Int!std.Error: return 1\n\napp \"a\":\n  print(load())\n";
    let root = folder(
        "dev_options",
        &[("fuse.toml", "[package]\nentry = \"main.fuse\"\napp = \"b\"\n"), ("main.fuse", "")],
    );
    let both = format!("{}\n{}", says("first"), says("second").replace("\"a\"", "\"b\""));
    write(&root, "main.fuse", &both);
    let mut dev = Session::start(&root, &["--backend", "ast"]);
    dev.line("[dev] app exited (0)");
    // The manifest's app.
    dev.prints("second");
    let mut dev = Session::start(&root, &["--app=a", "--color", "always"]);
    dev.line("\u{1b}[36;1m[dev]\u{1b}[0m app exited (0)");
    dev.prints("first");
    assert_eq!(dev.count("\u{1b}[36;1m[run]\u{1b}[0m ok"), 1);
    // A second entry file: the later one counts.
    write(&root, "other.fuse", &says("other"));
    let mut dev = Session::start(&root, &["--file", "main.fuse", "other.fuse"]);
    dev.line("[dev] app exited (0)");
    dev.prints("other");
    let mut dev = Session::start(&root, &["other.fuse", "--file", "main.fuse", "--app=a"]);
    dev.line("[dev] app exited (0)");
    dev.prints("first");

    write(&root, "main.fuse", strict);
    let plain = fuse(&root, &["check"]).status;
    let checked = fuse(&root, &["check", "--strict-architecture"]).status;
    let mut dev = Session::start(&root, &["--strict-architecture", "--app=a"]);
    dev.line(if checked == 0 { "[dev] app exited (0)" } else { BROKEN });
    assert_eq!(plain, 0);
}

#[test]
fn the_program_reads_nothing_and_is_told_where_it_is() {
    let source = "fn shown(name: String):\n  print(\"${name}=${env(name) ?? \"-\"}\")\n\napp \"a\":\n  shown(\"FUSE_DEV_MODE\")\n  shown(\"FUSE_DEV_RELOAD_WS_URL\")\n  print(input())\n";
    let root = folder("dev_told", &[("main.fuse", source), (".env", "FUSE_DEV_MODE=0\n")]);
    let mut dev = command(&root, &["dev", "main.fuse"]);
    dev.env("FUSE_DEV_RELOAD_WS_URL", "ws://elsewhere").stdin(std::process::Stdio::piped());
    let mut dev = Session::of(dev);
    dev.lines(&["run error: input requires stdin data", "[dev] app exited (1)"]);
    dev.prints("FUSE_DEV_MODE=1");
    dev.prints(&format!("FUSE_DEV_RELOAD_WS_URL={}", dev.url));
}

#[test]
fn records_are_all_that_is_said_in_json() {
    let manifest = "[package]\nentry = \"main.fuse\"\nunknown = 1\n\n[assets]\ncss = \"none\"\n";
    let root = folder("dev_json", &[("main.fuse", &says("one")), ("fuse.toml", manifest)]);
    let mut dev = Session::start(&root, &["--diagnostics", "json"]);
    let record =
        |message: &str| format!(r#"{{"command":"dev","kind":"command_step","message":"{message}"}}"#);
    dev.line(&record("app exited (0); waiting for changes..."));
    write(&root, "main.fuse", "app \"a\":\n  print(x)\n");
    dev.lines(&[&record("change detected, restarting..."), &record("compile error; waiting for changes...")]);
    fs::remove_file(root.join("fuse.toml")).unwrap();
    write(&root, "fuse.toml", "[package]\nentry = 3\n");
    dev.lines(&["wrapper_manifest_invalid", &record("compile error; waiting for changes...")]);
    assert!(dev.url.starts_with("ws://127.0.0.1:"));
    for line in &dev.said {
        let value: serde_json::Value = serde_json::from_str(line).expect(line);
        assert!(value["kind"].is_string(), "{line}");
    }
    assert_eq!(dev.count("FUSE_MANIFEST_UNKNOWN_KEY"), 1, "warnings are told once: {:?}", dev.said);
    assert!(dev.count("wrapper_asset_error") >= 2, "at the start and after the change");
}

#[test]
fn a_session_that_cannot_begin_ends() {
    let root = folder(
        "dev_cannot",
        &[
            ("bad/fuse.toml", "[package]\nentry = 3\n"),
            ("dep/main.fuse", "app \"a\": print(1)\n"),
            (
                "dep/fuse.toml",
                "[package]\nentry = \"main.fuse\"\n\n[dependencies]\nX = { path = \"../none\" }\n",
            ),
            ("empty/a", ""),
        ],
    );
    fuse(&root, &["dev", "bad"]).fails_with("wrapper_manifest_invalid");
    fuse(&root, &["dev", "empty"]).fails_with("wrapper_manifest_missing");
    fuse(&root, &["dev", "none.fuse"]).fails_with("wrapper_file_read");
    let ended = fuse(&root, &["dev", "dep"]);
    assert!(ended.status == 1 && ended.stderr.contains("  code: FUSE_DEP_"), "{ended:?}");
    assert!(!ended.stderr.contains("[dev]"), "{ended:?}");
    let ended = fuse(&root.join("empty"), &["dev"]);
    assert!(ended.status == 1 && ended.stderr.starts_with("error: missing entry: "), "{ended:?}");
    // The option by which the session's programs are started is no way around it.
    let ended = fuse(&root, &["run", "--dev-parent", "1", "dep"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (1, ""), "whoever started it has ended");
    assert!(
        fuse(&root, &["run", "--dev-parent", "me", "dep"])
            .stderr
            .starts_with("error: invalid --dev-parent value: me")
    );
}
