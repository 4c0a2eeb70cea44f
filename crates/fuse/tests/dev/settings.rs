//! Manifest, `.env`, dependencies and hooks in a session, and the variables of its program.

use std::fs;

use crate::common::folder;
use crate::page::Page;
use crate::support::{BROKEN, RESTART, Session, children, eventually, says, stays, write};

const EXITED: &str = "[dev] app exited (0)";
const MANIFEST: &str = "[package]\nentry = \"main.fuse\"\n";

fn shows(names: &[&str]) -> String {
    let shown: String =
        names.iter().map(|name| format!("  print(\"{name}=${{env(\"{name}\") ?? \"-\"}}\")\n")).collect();
    format!("app \"a\":\n{shown}")
}

/// Expects what a program made by [`shows`] prints.
#[track_caller]
fn expect(dev: &mut Session, names: &[&str], values: &[&str]) {
    for (name, value) in names.iter().zip(values) {
        dev.prints(&format!("{name}={value}"));
    }
}

#[test]
fn settings_are_read_again() {
    let source = "app \"a\":\n  print(\"a ${env(\"WORD\") ?? \"-\"}\")\n\napp \"b\":\n  print(\"b\")\n";
    let root = folder("dev_settings", &[("fuse.toml", MANIFEST), ("main.fuse", source)]);
    let mut dev = Session::start(&root, &[]);
    dev.line(EXITED);
    write(&root, ".env", "WORD=one\n");
    dev.lines(&[RESTART, EXITED]);
    write(&root, ".env", "WORD=two\nodd\n");
    dev.lines(&[RESTART, "a line of `.env` has no `=`", EXITED]);
    write(&root, "main.fuse", &source.replace("\"a ", "\"again "));
    dev.lines(&[RESTART, EXITED]);
    write(&root, "fuse.toml", &format!("{MANIFEST}app = \"b\"\n"));
    dev.lines(&[RESTART, EXITED]);
    write(&root, "other.fuse", &says("other"));
    write(&root, "fuse.toml", "[package]\nentry = \"other.fuse\"\n");
    dev.lines(&[RESTART, EXITED]);
    for printed in ["a -", "a one", "a two", "again two", "b", "other"] {
        dev.prints(printed);
    }
    assert_eq!(dev.count("has no `=`"), 3, "once for each time that it is read: {:?}", dev.said);
}

#[test]
fn settings_that_break_leave_the_program_alone() {
    let root = folder("dev_settings_broken", &[("fuse.toml", MANIFEST), ("main.fuse", &stays("on"))]);
    let mut dev = Session::start(&root, &[]);
    dev.prints("on");
    let child = dev.child();
    let mut page = Page::open(&dev.url);
    write(&root, "fuse.toml", "[package]\nentry = 3\n");
    dev.lines(&[RESTART, "error: invalid manifest: ", BROKEN]);
    let shown = page.text();
    assert!(shown.starts_with(r#"{"message":"fuse.toml:2:9: invalid manifest: "#), "{shown}");
    // Whatever changes, it is told again as long as it lasts.
    write(&root, "more.fuse", "");
    dev.lines(&[RESTART, "error: invalid manifest: ", BROKEN]);
    assert_eq!(page.text(), shown);
    fs::remove_file(root.join("fuse.toml")).unwrap();
    dev.lines(&[RESTART, "missing entry: ", BROKEN]);
    assert!(page.text().contains("missing entry: "));
    assert_eq!(children(dev.pid()), [child]);
    write(&root, "fuse.toml", MANIFEST);
    dev.lines(&[RESTART, "[run] start"]);
    assert_eq!([page.text(), page.text()], [r#"{"type":"clear_error"}"#, "reload"]);
}

#[test]
fn dependencies_come_with_the_manifest() {
    let main = "import { word } from \"dep:Words/word\"\n\napp \"a\":\n  print(word())\n";
    let root = folder(
        "dev_dependencies",
        &[
            ("app/fuse.toml", MANIFEST),
            ("app/main.fuse", &says("alone")),
            ("words/fuse.toml", "[package]\nname = \"words\"\n"),
            ("words/word.fuse", "fn word() -> String: return \"one\"\n"),
        ],
    );
    let mut dev = Session::start(&root, &["app"]);
    dev.line(EXITED);
    // One that is not there yet, named by one that is not there yet.
    let hook = "\n[assets.hooks]\nbefore_build = \"echo run >> runs\"\n\n[dependencies]\n";
    write(&root, "app/fuse.toml", &format!("{MANIFEST}{hook}More = {{ path = \"../more\" }}\n"));
    dev.lines(&[RESTART, "  code: FUSE_DEP_", BROKEN]);
    write(&root, "more/fuse.toml", "[package]\n[dependencies]\nLate = { path = \"../late\" }\n");
    dev.lines(&[RESTART, "  code: FUSE_DEP_", BROKEN]);
    assert!(!root.join("app/runs").exists());
    write(&root, "late/fuse.toml", "[package]\n");
    dev.lines(&[RESTART, EXITED]);
    dev.prints("alone");
    assert_eq!(fs::read_to_string(root.join("app/runs")).unwrap(), "run\n", "the manifest had changed");
    let with = format!("{MANIFEST}\n[dependencies]\nWords = {{ path = \"../words\" }}\n");
    write(&root, "app/fuse.toml", &with);
    dev.lines(&[RESTART, EXITED]);
    dev.prints("alone");
    dev.prints("alone");
    assert_eq!(dev.meanwhile(), [""; 0], "the lock file was written by the session");
    write(&root, "app/main.fuse", main);
    dev.lines(&[RESTART, EXITED]);
    write(&root, "words/word.fuse", "fn word() -> String: return \"two\"\n");
    dev.lines(&[RESTART, EXITED]);
    write(&root, "words/another.fuse", "fn more() -> String: return \"\"\n");
    dev.lines(&[RESTART, EXITED]);
    write(&root, "words/fuse.toml", "[package\n");
    dev.lines(&[RESTART, "  code: FUSE_DEP_MANIFEST_LOAD_FAILED", BROKEN]);
    write(&root, "words/fuse.toml", "[package]\nname = \"words\"\n");
    dev.lines(&[RESTART, EXITED]);
    fs::remove_file(root.join("app/fuse.lock")).unwrap();
    dev.lines(&[RESTART, EXITED]);
    eventually("lock file", || root.join("app/fuse.lock").exists().then_some(()));
    for printed in ["one", "two", "two", "two", "two"] {
        dev.prints(printed);
    }
}

#[test]
fn the_hook_runs_at_the_start_and_with_the_manifest() {
    let manifest = format!(
        "{MANIFEST}\n[assets]\ncss = \"css\"\n\n[assets.hooks]\nbefore_build = \"echo run >> runs; mkdir -p css; echo 'a {{}}' > css/a.css\"\n"
    );
    let root = folder("dev_hook", &[("fuse.toml", &manifest), ("main.fuse", &says("one"))]);
    let mut dev = Session::start(&root, &[]);
    dev.line(EXITED);
    let runs = || fs::read_to_string(root.join("runs")).unwrap().lines().count();
    assert_eq!(runs(), 1);
    write(&root, "main.fuse", &says("two"));
    dev.lines(&[RESTART, EXITED]);
    write(&root, ".env", "A=1\n");
    dev.lines(&[RESTART, EXITED]);
    assert_eq!(runs(), 1);
    write(&root, "fuse.toml", &format!("{manifest}\n[build]\nstatic = false\n"));
    dev.lines(&[RESTART, EXITED]);
    assert_eq!(runs(), 2);
    assert_eq!(dev.count("error"), 0, "{:?}", dev.said);
    // What fails is told, and the session goes on.
    write(
        &root,
        "fuse.toml",
        &format!(
            "{MANIFEST}\n[assets]\ncss = \"none\"\n\n[assets.hooks]\nbefore_build = \"echo wrong >&2; exit 3\"\n"
        ),
    );
    dev.lines(&[
        RESTART,
        "asset hook error: before_build failed: wrong",
        "error: assets.css path does not exist: ",
        "  code: wrapper_asset_error",
        EXITED,
    ]);
}

#[test]
fn variables_of_the_manifest() {
    let names = [
        "FUSE_STATIC_DIR",
        "FUSE_STATIC_INDEX",
        "FUSE_OPENAPI_JSON_PATH",
        "FUSE_OPENAPI_UI_PATH",
        "FUSE_VITE_PROXY_URL",
        "FUSE_ASSET_MAP",
    ];
    let vite = format!("{MANIFEST}\n[vite]\ndist_dir = \"out\"\n");
    let root = folder("dev_variables", &[("fuse.toml", &vite), ("main.fuse", &shows(&names))]);
    let document = root.join(".fuse/dev/openapi.json");
    let mut dev = Session::start(&root, &[]);
    dev.line(EXITED);
    let path = document.display().to_string();
    let in_dev = ["-", "-", &path, "/docs", "http://127.0.0.1:5173", "-"];
    expect(&mut dev, &names, &in_dev);
    // The document is that of the program that starts.
    assert!(fs::read_to_string(&document).unwrap().contains("\"paths\":{}"));
    let service = "service Desk at \"/desk\":\n  get \"/health\" -> String: return \"ok\"\n\n";
    write(&root, "main.fuse", &format!("{service}{}", shows(&names)));
    dev.lines(&[RESTART, EXITED]);
    assert!(fs::read_to_string(&document).unwrap().contains("/desk/health"));
    expect(&mut dev, &names, &in_dev);

    fs::remove_file(&document).unwrap();
    let full = "\n[serve]\nstatic_dir = \"site\"\nstatic_index = \"start.html\"\nopenapi_ui = false\n";
    write(
        &root,
        "fuse.toml",
        &vite.replace("dist_dir", "dev_url = \"http://localhost:9\"\ndist_dir").replacen(
            "\n[vite]",
            &format!("{full}\n[vite]"),
            1,
        ),
    );
    dev.lines(&[RESTART, EXITED]);
    let site = root.join("site").display().to_string();
    expect(&mut dev, &names, &[&site, "start.html", "-", "-", "http://localhost:9", "-"]);
    assert!(!document.exists());
}

#[test]
fn a_file_alone_has_an_openapi_document_too() {
    let names = ["FUSE_OPENAPI_JSON_PATH", "FUSE_OPENAPI_UI_PATH"];
    let root = folder("dev_variables_file", &[("src/main.fuse", &shows(&names))]);
    let mut dev = crate::common::command(&root, &["dev", "src/main.fuse"]);
    dev.env("FUSE_OPENAPI_UI_PATH", "/mine");
    let mut dev = Session::of(dev);
    dev.line(EXITED);
    let document = root.join("src/.fuse/dev/openapi.json");
    assert!(document.exists());
    expect(&mut dev, &names, &[document.to_str().unwrap(), "/mine"]);
}
