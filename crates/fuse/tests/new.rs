//! `fuse new`: what it creates works as it is; what it refuses stays untouched.

mod common;

use std::path::{Path, PathBuf};

use common::{Ended, folder, fuse};

fn files(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

const COMMON: [&str; 4] = [".gitignore", "README.md", "fuse.toml", "src/main.fuse"];

/// A new package in a folder of its own.
fn new(test: &str, args: &[&str]) -> (PathBuf, Ended) {
    let root = folder(test, &[]);
    let ended = fuse(&root, &[&["new"], args].concat());
    (root, ended)
}

fn created(names: &[&str]) -> Ended {
    let stdout = names.iter().map(|name| format!("{name}\n")).collect();
    Ended { status: 0, stdout, stderr: String::new() }
}

/// Runs a command in a package; `None` if it needs what this version does not have.
fn run(package: &Path, args: &[&str]) -> Option<Ended> {
    let ended = fuse(package, args);
    (!ended.stderr.contains("code: FUSE_NOT_AVAILABLE")).then_some(ended)
}

/// What holds for every template.
fn works(package: &Path) {
    assert_eq!(fuse(package, &["fmt", "--check"]), created(&[]), "it is formatted");
    for path in files(package) {
        let text = std::fs::read_to_string(package.join(&path)).unwrap();
        assert!(!text.contains(['\r', '\t']) && !text.contains("{{") && text.ends_with('\n'), "{path}");
    }
    let silent = |command: &str| format!("[{command}] start\n[{command}] ok\n");
    for args in [&["check"][..], &["check", "--strict-architecture"]] {
        if let Some(check) = run(package, args) {
            assert_eq!((check.status, check.stderr), (0, silent("check")));
        }
    }
    if let Some(test) = run(package, &["test"]) {
        assert_eq!((test.status, test.stderr.as_str()), (0, silent("test").as_str()));
        assert_eq!(test.stdout.lines().last(), Some("ok (1 tests)"));
    }
    if let Some(build) = run(package, &["build", "--release"]) {
        assert_eq!(build.status, 0, "{}", build.stderr);
        assert!(package.join(".fuse/build/program.aot").is_file());
    }
}

#[test]
fn a_command_line_program() {
    for (test, args) in [("new_cli", &["demo"][..]), ("new_cli_named", &["--template", "cli", "demo"])] {
        let (root, ended) = new(test, args);
        let names = [
            "demo/.gitignore",
            "demo/README.md",
            "demo/fuse.toml",
            "demo/src/greeting.fuse",
            "demo/src/main.fuse",
        ];
        assert_eq!(ended, created(&names));
        let package = root.join("demo");
        let read = |path: &str| std::fs::read_to_string(package.join(path)).unwrap();
        assert_eq!(
            read("fuse.toml"),
            "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nentry = \"src/main.fuse\"\napp = \"demo\"\n"
        );
        assert_eq!(read(".gitignore"), ".fuse/\n.fuse-cache/\n.env\n*.db\n");
        for command in ["fuse check", "fuse test", "fuse run", "fuse build --release"] {
            assert!(read("README.md").starts_with("# demo\n") && read("README.md").contains(command));
        }
        works(&package);
        // All of it is available: nothing was left out.
        assert_eq!(run(&package, &["test"]).unwrap().stdout, "ok greetings\nok (1 tests)\n");
        assert_eq!(fuse(&package, &["run"]).stdout, "usage: demo --name NAME [--title TITLE] [--loud]\n");
        let main = ["run", "--", "--name", "Lovelace", "--title", "Countess", "--loud"];
        assert_eq!(fuse(&package, &main).stdout, "HELLO, Countess Lovelace!\n");
        assert_eq!(fuse(&package, &["run", "--", "--name=Ada"]).stdout, "Hello, Ada.\n");
        assert_eq!(fuse(&package, &["run", "--", "--loud"]).status, 2);
    }
}

#[test]
fn services() {
    for (template, more) in [("service", &[][..]), ("web", &["static/site.css"])] {
        let (root, ended) = new(&format!("new_{template}"), &["my-Site_2", "--template", template]);
        let package = root.join("my-Site_2");
        let mut expected: Vec<&str> = COMMON.to_vec();
        expected.push("src/summary.fuse");
        expected.extend(more);
        let names: Vec<String> = expected.iter().map(|path| format!("my-Site_2/{path}")).collect();
        assert_eq!(ended, created(&names.iter().map(String::as_str).collect::<Vec<_>>()));
        assert_eq!(files(&package), expected);
        let read = |path: &str| std::fs::read_to_string(package.join(path)).unwrap();
        let manifest = read("fuse.toml");
        assert_eq!(manifest.contains("[serve]\nstatic_dir = \"static\"\n"), template == "web");
        let main = read("src/main.fuse");
        for piece in [
            "requires network\n",
            "port: Int(0..65535) = 3000\n",
            "  get \"/health\" -> Map<String, String>: return {\"status\": \"ok\"}\n",
            ": String}\" -> ",
            "  post \"/orders\" body Order -> Receipt:\n",
            "app \"my-Site_2\":\n  serve(Server.port)\n",
        ] {
            assert!(main.contains(piece), "{piece}");
        }
        for piece in ["component ", "  get \"/\" -> Html:\n", "href=\"/site.css\""] {
            assert_eq!(main.contains(piece), template == "web", "{piece}");
        }
        works(&package);
        // The module beside `main` can be tested by itself in any version.
        let test = fuse(&package, &["test", "src/summary.fuse"]);
        assert_eq!((test.status, test.stdout.as_str()), (0, "ok summaries\nok (1 tests)\n"));
    }
}

#[test]
fn where_packages_go() {
    let root = folder("new_where", &[("fuse.toml", "broken"), ("cwd/x", "")]);
    let cwd = root.join("cwd");
    std::fs::create_dir(cwd.join("empty")).unwrap();
    // Missing parents are created, `.` and a final `/` mean nothing, an empty folder is used, no manifest has any influence.
    for (given, shown) in [
        ("a/b/c", "a/b/c"),
        ("./d/", "d"),
        ("a/e/.", "a/e"),
        ("a/../f", "f"),
        ("../outside", "../outside"),
        (root.join("absolute").to_str().unwrap(), "../absolute"),
        (cwd.join("g").to_str().unwrap(), "g"),
    ] {
        let ended = fuse(&cwd, &["new", given]);
        let paths = [".gitignore", "README.md", "fuse.toml", "src/greeting.fuse", "src/main.fuse"];
        let names: Vec<String> = paths.iter().map(|path| format!("{shown}/{path}")).collect();
        assert_eq!(ended, created(&names.iter().map(String::as_str).collect::<Vec<_>>()), "{given}");
        assert_eq!(files(&cwd.join(given)), paths);
    }
    assert_eq!(fuse(&cwd, &["new", "empty"]).status, 0);
    assert!(cwd.join("empty/fuse.toml").is_file());
}

#[test]
fn what_is_refused() {
    let root = folder("new_refused", &[("full/a", "kept"), ("hidden/.git/a", ""), ("file", "kept")]);
    let refused = |message: String| Ended {
        status: 1,
        stdout: String::new(),
        stderr: format!("error: {message}\n  code: wrapper_new_refused\n"),
    };
    let before = files(&root);
    for (given, reason) in [
        ("full", "it exists and is not empty"),
        ("./hidden/", "it exists and is not empty"),
        ("file", "it is not a folder"),
    ] {
        assert_eq!(fuse(&root, &["new", given]), refused(format!("cannot create {given}: {reason}")));
    }
    for (given, name) in [
        ("9lives", "9lives"),
        ("_x", "_x"),
        ("a b", "a b"),
        ("sub/é", "é"),
        ("a.b", "a.b"),
        (".", "."),
        ("..", ".."),
        ("full/..", ".."),
        ("/", "/"),
        ("", ""),
    ] {
        assert_eq!(fuse(&root, &["new", given]), refused(format!("invalid package name: {name}")), "{given}");
    }
    let json = fuse(&root, &["new", "9", "--diagnostics", "json"]).stderr;
    assert_eq!(
        json,
        "{\"code\":\"wrapper_new_refused\",\"kind\":\"cli_message\",\"level\":\"error\",\"message\":\"invalid package name: 9\"}\n"
    );
    assert_eq!(files(&root), before);
}

#[cfg(unix)]
#[test]
fn links() {
    let root = folder("new_links", &[("empty/sub/a", "")]);
    std::fs::remove_file(root.join("empty/sub/a")).unwrap();
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, root.join(name)).unwrap();
    link("nowhere", "dangling");
    link("empty/sub", "linked");
    let ended = fuse(&root, &["new", "dangling"]);
    assert!(ended.stderr.contains("cannot create dangling: it is not a folder"), "{ended:?}");
    assert_eq!(fuse(&root, &["new", "linked"]).status, 0);
    assert!(root.join("empty/sub/fuse.toml").is_file());
}

#[test]
fn what_was_created_is_removed_if_writing_fails() {
    let root = folder("new_fails", &[("file", "kept"), ("empty/a", "")]);
    std::fs::remove_file(root.join("empty/a")).unwrap();
    let ended = fuse(&root, &["new", "file/sub/demo"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert!(
        ended.stderr.starts_with("error: cannot write file/sub/demo/.gitignore: ")
            && ended.stderr.ends_with("  code: wrapper_file_write\n"),
        "{ended:?}"
    );
    assert_eq!(std::fs::read_to_string(root.join("file")).unwrap(), "kept");
    // A limit on the size of files lets the first ones through.
    let script = "ulimit -f 0; trap '' XFSZ; exec \"$0\" new \"$1\"";
    for given in ["new/sub/demo", "empty"] {
        let output = std::process::Command::new("sh")
            .current_dir(&root)
            .args(["-c", script, env!("CARGO_BIN_EXE_fuse"), given])
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && stderr.contains("wrapper_file_write"), "{stderr}");
    }
    assert!(!root.join("new").exists());
    assert_eq!(files(&root), ["file"]);
    assert!(root.join("empty").is_dir(), "the folder was there before");
}
