//! What is watched, and in which ways files change (toolchain reference 10.2).

use std::fs;
use std::os::unix::fs::symlink;

use sha1::Digest as _;

use crate::common::{command, folder};
use crate::page::Page;
use crate::support::{BROKEN, RESTART, Session, children, says, stays, write};

const EXITED: &str = "[dev] app exited (0)";
const IMPORTS: &str = "import { word } from \"./lib/word\"\n\napp \"a\":\n  print(word())\n";

fn word(word: &str) -> String {
    format!("fn word() -> String: return \"{word}\"\n")
}

/// Makes a change and expects the program to print a line after it.
#[track_caller]
fn change(dev: &mut Session, change: impl FnOnce(), expected: &str) {
    change();
    dev.lines(&[RESTART, EXITED]);
    dev.prints(expected);
}

#[test]
fn files_that_are_replaced_and_folders_that_come_back() {
    let root = folder("dev_replaced", &[("main.fuse", IMPORTS), ("lib/word.fuse", &word("one"))]);
    let mut dev = Session::start(&root, &["main.fuse"]);
    dev.line(EXITED);
    dev.prints("one");
    let lib = root.join("lib");
    for round in ["two", "three"] {
        // As editors do.
        change(
            &mut dev,
            || {
                write(&root, "lib/.word.swp", &word(round));
                fs::rename(lib.join(".word.swp"), lib.join("word.fuse")).unwrap();
            },
            round,
        );
    }
    for round in ["four", "five"] {
        fs::remove_dir_all(&lib).unwrap();
        dev.lines(&[RESTART, "code: FUSE_IMPORT_MODULE_READ", BROKEN]);
        change(&mut dev, || drop(write(&root, "lib/word.fuse", &word(round))), round);
        change(&mut dev, || drop(write(&root, "lib/word.fuse", &word(&round.repeat(2)))), &round.repeat(2));
    }
    write(&root, "next/word.fuse", &word("next"));
    change(
        &mut dev,
        || {
            fs::rename(&lib, root.join("old")).unwrap();
            fs::rename(root.join("next"), &lib).unwrap();
        },
        "next",
    );
    change(&mut dev, || drop(write(&root, "lib/word.fuse", &word("last"))), "last");
    write(&root, "old/word.fuse", &word("not any more"));
    assert_eq!(dev.meanwhile(), [""; 0]);
    // The entry itself goes and comes.
    fs::remove_file(root.join("main.fuse")).unwrap();
    dev.lines(&[RESTART, "error: cannot read ", BROKEN]);
    change(&mut dev, || drop(write(&root, "main.fuse", &says("back"))), "back");
}

#[test]
fn links_that_are_led_elsewhere() {
    let root = folder(
        "dev_links",
        &[
            ("app/main.fuse", IMPORTS),
            ("a/word.fuse", &word("a")),
            ("b/word.fuse", &word("b")),
            ("c.fuse", &word("c")),
        ],
    );
    let lib = root.join("app/lib");
    symlink("../a", &lib).unwrap();
    let mut dev = Session::start(&root.join("app"), &["main.fuse"]);
    dev.line(EXITED);
    dev.prints("a");
    change(&mut dev, || drop(write(&root, "a/word.fuse", &word("a2"))), "a2");
    let relink = || {
        fs::remove_file(&lib).unwrap();
        symlink("../b", &lib).unwrap();
    };
    change(&mut dev, relink, "b");
    change(&mut dev, || drop(write(&root, "b/word.fuse", &word("b2"))), "b2");
    let link_file = || {
        fs::remove_file(root.join("b/word.fuse")).unwrap();
        symlink(root.join("c.fuse"), root.join("b/word.fuse")).unwrap();
    };
    // Modules by their real path: `c.fuse` is another one than was checked.
    change(&mut dev, link_file, "c");
    change(&mut dev, || drop(write(&root, "c.fuse", &word("c2"))), "c2");
}

#[test]
fn a_file_that_is_missing_is_waited_for() {
    let root = folder("dev_missing", &[("main.fuse", IMPORTS), ("unused.fuse", "fn f() -> Int: return 1\n")]);
    let mut dev = Session::start(&root, &["main.fuse"]);
    dev.line(BROKEN);
    change(&mut dev, || drop(write(&root, "lib/word.fuse", &word("there"))), "there");
    write(&root, "unused.fuse", "fn f() -> Int: return 2\n");
    assert_eq!(dev.meanwhile(), [""; 0], "it is none of the program's files");
}

#[test]
fn all_sources_are_watched_while_the_graph_does_not_load() {
    let manifest = "[package]\nentry = \"src/main.fuse\"\n";
    let root = folder(
        "dev_graph",
        &[("fuse.toml", manifest), ("src/main.fuse", &says("one")), ("other/unused.fuse", "")],
    );
    let mut dev = Session::start(&root, &[]);
    dev.line(EXITED);
    dev.prints("one");
    write(&root, "other/unused.fuse", "fn f() -> Int: return 1\n");
    assert_eq!(dev.meanwhile(), [""; 0]);
    write(&root, "src/main.fuse", &IMPORTS.replace("./lib/word", "dep:None/word"));
    dev.lines(&[RESTART, BROKEN]);
    write(&root, "other/unused.fuse", "fn f() -> Int: return 2\n");
    dev.lines(&[RESTART, BROKEN]);
    write(&root, "new/more.fuse", "");
    dev.lines(&[RESTART, BROKEN]);
    write(&root, ".fuse/dev/own.fuse", "");
    write(&root, "new/more.txt", "");
    assert_eq!(dev.meanwhile(), [""; 0]);
    change(&mut dev, || drop(write(&root, "src/main.fuse", &says("two"))), "two");
}

#[test]
fn style_sheets_reload_pages_without_a_restart() {
    let manifest = "[package]\nentry = \"main.fuse\"\n\n[assets]\ncss = \"css\"\n";
    let root =
        folder("dev_styles", &[("fuse.toml", manifest), ("main.fuse", &stays("on")), ("css/a.css", "a {}")]);
    let mut dev = Session::start(&root, &[]);
    dev.prints("on");
    let child = dev.child();
    let mut page = Page::open(&dev.url);
    for (name, text) in [
        ("css/a.css", "a { color: red }"),
        ("css/deep/b.css", "b {}"),
        ("css/deep/b.css", "b { color: red }"),
    ] {
        write(&root, name, text);
        assert_eq!(page.text(), "reload");
    }
    fs::remove_dir_all(root.join("css/deep")).unwrap();
    assert_eq!(page.text(), "reload");
    write(&root, "css/a.css", "a { color: red }");
    write(&root, "css/a.txt", "");
    dev.meanwhile();
    assert_eq!((dev.count("[dev] style sheets changed, reloading..."), dev.count(RESTART)), (4, 0));
    assert_eq!(children(dev.pid()), [child]);

    // With `watch = false` they are left alone.
    write(&root, "fuse.toml", &format!("{manifest}watch = false\n"));
    dev.line(RESTART);
    dev.prints("on");
    assert_eq!([page.text(), page.text()], [r#"{"type":"clear_error"}"#, "reload"]);
    write(&root, "css/a.css", "a { color: green }");
    dev.meanwhile();
    assert_eq!(dev.count("[dev] style sheets changed"), 4);
}

/// The address of a style sheet with this text.
fn hashed(text: &str) -> String {
    let digest = sha1::Sha1::digest(text);
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("/a.{}.css", &digits[..10])
}

#[test]
fn style_sheets_with_other_names_restart_the_program() {
    let manifest = "[package]\nentry = \"main.fuse\"\n\n[serve]\nstatic_dir = \"site\"\n\n[assets]\ncss = \"site/a.css\"\nhash = true\n";
    let source = "app \"a\":\n  print(asset(\"a.css\"))\n";
    let root =
        folder("dev_hashed", &[("fuse.toml", manifest), ("main.fuse", source), ("site/a.css", "a {}")]);
    let mut dev = Session::start(&root, &[]);
    dev.line(EXITED);
    dev.prints(&hashed("a {}"));
    assert_eq!(dev.meanwhile(), [""; 0], "what the pipeline writes is no change");
    write(&root, "site/a.css", "a { color: red }");
    dev.lines(&[RESTART, EXITED]);
    dev.prints(&hashed("a { color: red }"));
    assert_eq!(dev.meanwhile(), [""; 0]);
    assert_eq!(dev.count(RESTART), 1);
}

#[test]
fn what_a_program_reads_when_it_starts() {
    let config = "config C:\n  word: String = \"none\"\n\napp \"a\":\n  print(C.word)\n";
    let root = folder("dev_reads", &[("main.fuse", config)]);
    let mut dev = command(&root, &["dev", "main.fuse"]);
    dev.env_remove("FUSE_SVG_DIR");
    let mut dev = Session::of(dev);
    dev.line(EXITED);
    dev.prints("none");
    change(&mut dev, || drop(write(&root, "config.toml", "[C]\nword = \"configured\"\n")), "configured");
    change(&mut dev, || drop(write(&root, "config.toml", "[C]\nword = \"again\"\n")), "again");
    change(&mut dev, || drop(write(&root, "assets/svg/x.svg", "<svg/>")), "again");
    change(&mut dev, || drop(write(&root, "assets/svg/deep/y.svg", "<svg/>")), "again");
    change(&mut dev, || drop(write(&root, "assets/svg/deep/y.svg", "<svg></svg>")), "again");
    let json = "import Data from \"./data.json\"\n\napp \"a\":\n  print(Data)\n";
    write(&root, "data.json", "[1]");
    change(&mut dev, || drop(write(&root, "main.fuse", json)), "[1]");
    change(&mut dev, || drop(write(&root, "data.json", "[2]")), "[2]");
    write(&root, "data.json", "[2,]");
    dev.lines(&[RESTART, "code: FUSE_ASSET_JSON_INVALID", BROKEN]);
    change(&mut dev, || drop(write(&root, "data.json", "[3]")), "[3]");

    // A configuration file of another name.
    let mut dev = command(&root, &["dev", "main.fuse"]);
    dev.env("FUSE_CONFIG", "other.toml");
    write(&root, "main.fuse", config);
    let mut dev = Session::of(dev);
    dev.line(EXITED);
    dev.prints("none");
    change(&mut dev, || drop(write(&root, "other.toml", "[C]\nword = \"other\"\n")), "other");
}

#[test]
fn without_notices_the_session_looks_often() {
    for (limit, setting) in [(2, "max_inotify_watches"), (0, "max_inotify_instances")] {
        let script = format!("echo {limit} > /proc/sys/user/{setting} && exec \"$@\"");
        let in_namespace = |words: &[&str]| {
            let mut unshare = std::process::Command::new("unshare");
            unshare.args(["--user", "--map-root-user", "sh", "-c", &script, "sh"]).args(words);
            unshare
        };
        // Not everybody may limit what is his.
        if !in_namespace(&["true"]).status().is_ok_and(|status| status.success()) {
            return;
        }
        let root = folder(
            &format!("dev_polling_{limit}"),
            &[("main.fuse", IMPORTS), ("lib/word.fuse", &word("one"))],
        );
        let mut dev = in_namespace(&[env!("CARGO_BIN_EXE_fuse"), "dev", "main.fuse"]);
        dev.current_dir(&root).stdin(std::process::Stdio::null());
        let mut dev = Session::of(dev);
        dev.line(EXITED);
        dev.prints("one");
        change(&mut dev, || drop(write(&root, "lib/word.fuse", &word("two"))), "two");
        write(&root, "lib/word.fuse", &word("two"));
        assert_eq!(dev.meanwhile(), [""; 0]);
        fs::remove_dir_all(root.join("lib")).unwrap();
        dev.lines(&[RESTART, BROKEN]);
        change(&mut dev, || drop(write(&root, "lib/word.fuse", &word("three"))), "three");
    }
}
