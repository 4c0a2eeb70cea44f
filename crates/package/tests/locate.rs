//! Which manifest, entry and app a command line means, and which variables the program gets.

mod common;

use std::path::{Path, PathBuf};

use common::{findings, folder};
use fuse_package::{Environment, Located, Report, Request, locate};

/// Two packages, one within the other, and files outside of both.
fn tree(name: &str) -> PathBuf {
    folder(
        name,
        &[
            ("loose.fuse", ""),
            ("shop/fuse.toml", "[package]\nentry = \"src/main.fuse\"\napp = \"till\"\n"),
            ("shop/other.toml", "[package]\nentry = \"src/cart.fuse\"\n"),
            ("shop/src/main.fuse", ""),
            ("shop/src/cart.fuse", ""),
            ("shop/tools/fuse.toml", "[package]\nname = \"tools\"\n"),
            ("shop/tools/src/cart.fuse", ""),
            ("shop/tools/src/tool.fuse", ""),
            ("empty/keep", ""),
        ],
    )
}

struct Case {
    cwd: &'static str,
    manifest_path: Option<&'static str>,
    positional: Option<&'static str>,
    file: Option<&'static str>,
    file_is_last: bool,
}

const NOTHING: Case =
    Case { cwd: "", manifest_path: None, positional: None, file: None, file_is_last: false };

fn run(root: &Path, case: Case) -> (Option<Located>, Vec<String>) {
    let path = |text: Option<&str>| text.map(PathBuf::from);
    let request = Request {
        cwd: root.join(case.cwd),
        manifest_path: path(case.manifest_path),
        positional: path(case.positional),
        file: path(case.file),
        file_is_last: case.file_is_last,
    };
    let mut report = Report::new();
    let located = locate(&request, &mut report);
    (located, findings(&report))
}

#[test]
fn manifest_and_entry() {
    let root = tree("manifest_and_entry");
    let cases = [
        // From the current directory upwards.
        (Case { cwd: "shop", ..NOTHING }, "shop/fuse.toml", "shop/src/main.fuse", Some("till")),
        (Case { cwd: "shop/src", ..NOTHING }, "shop/fuse.toml", "shop/src/main.fuse", Some("till")),
        (Case { cwd: "shop/tools", ..NOTHING }, "shop/tools/fuse.toml", "", None),
        (Case { cwd: "", ..NOTHING }, "", "", None),
        // A positional directory, a positional file.
        (Case { positional: Some("shop"), ..NOTHING }, "shop/fuse.toml", "shop/src/main.fuse", Some("till")),
        (
            Case { positional: Some("shop/."), ..NOTHING },
            "shop/fuse.toml",
            "shop/src/main.fuse",
            Some("till"),
        ),
        (Case { positional: Some("loose.fuse"), ..NOTHING }, "", "loose.fuse", None),
        (
            Case { positional: Some("shop/src/cart.fuse"), ..NOTHING },
            "shop/fuse.toml",
            "shop/src/cart.fuse",
            None,
        ),
        // The manifest above the file wins over the one above the current directory.
        (
            Case { cwd: "shop", positional: Some("tools/src/tool.fuse"), ..NOTHING },
            "shop/tools/fuse.toml",
            "shop/tools/src/tool.fuse",
            None,
        ),
        (
            Case { cwd: "shop/tools", file: Some("../src/cart.fuse"), ..NOTHING },
            "shop/fuse.toml",
            "shop/src/cart.fuse",
            None,
        ),
        // A file outside of every package leaves the manifest of the current directory in force.
        (Case { cwd: "shop", file: Some("../loose.fuse"), ..NOTHING }, "shop/fuse.toml", "loose.fuse", None),
        // Relative files: current directory first, then package directory.
        (
            Case { cwd: "shop/src", file: Some("src/cart.fuse"), ..NOTHING },
            "shop/fuse.toml",
            "shop/src/cart.fuse",
            None,
        ),
        (
            Case { cwd: "shop/tools", file: Some("src/cart.fuse"), ..NOTHING },
            "shop/tools/fuse.toml",
            "shop/tools/src/cart.fuse",
            None,
        ),
        (
            Case { cwd: "shop/src", file: Some("none.fuse"), ..NOTHING },
            "shop/fuse.toml",
            "shop/src/none.fuse",
            None,
        ),
        // --manifest-path: a directory, or a file of any name.
        (
            Case { manifest_path: Some("shop"), ..NOTHING },
            "shop/fuse.toml",
            "shop/src/main.fuse",
            Some("till"),
        ),
        (
            Case { manifest_path: Some("shop/other.toml"), ..NOTHING },
            "shop/other.toml",
            "shop/src/cart.fuse",
            None,
        ),
        (
            Case { manifest_path: Some("shop"), file: Some("src/cart.fuse"), ..NOTHING },
            "shop/fuse.toml",
            "shop/src/cart.fuse",
            None,
        ),
        (
            Case {
                cwd: "shop",
                manifest_path: Some("../shop/tools"),
                file: Some("src/cart.fuse"),
                ..NOTHING
            },
            "shop/tools/fuse.toml",
            "shop/src/cart.fuse",
            None,
        ),
        // A directory next to --manifest-path is an entry (and refused when it is read).
        (
            Case { manifest_path: Some("shop/tools"), positional: Some("shop"), ..NOTHING },
            "shop/tools/fuse.toml",
            "shop",
            None,
        ),
        // Of two entries the later one counts.
        (
            Case {
                positional: Some("loose.fuse"),
                file: Some("shop/src/cart.fuse"),
                file_is_last: true,
                ..NOTHING
            },
            "shop/fuse.toml",
            "shop/src/cart.fuse",
            None,
        ),
        (
            Case { positional: Some("loose.fuse"), file: Some("shop/src/cart.fuse"), ..NOTHING },
            "",
            "loose.fuse",
            None,
        ),
    ];
    for (i, (case, manifest, entry, app)) in cases.into_iter().enumerate() {
        let cwd = case.cwd;
        let (located, findings) = run(&root, case);
        assert!(findings.is_empty(), "case {i}: {findings:?}");
        let located = located.unwrap();
        let absolute = |path: &str| (!path.is_empty()).then(|| root.join(path));
        let found = located.manifest.as_ref().map(|manifest| manifest.path.clone());
        assert_eq!(found, absolute(manifest), "case {i}");
        assert_eq!(located.entry, absolute(entry), "case {i}");
        assert_eq!(located.app(None), app, "case {i}");
        assert_eq!(located.app(Some("x")), Some("x"), "case {i}");
        let base = found.map_or(root.join(cwd), |path| path.parent().unwrap().to_path_buf());
        assert_eq!(located.base, base, "case {i}");
    }
}

#[test]
fn missing_manifests() {
    let root = tree("missing_manifests");
    let missing = |path: &str| vec![format!("error wrapper_manifest_missing missing manifest: {path}")];
    assert_eq!(run(&root, Case { positional: Some("empty"), ..NOTHING }).1, missing("empty/fuse.toml"));
    assert_eq!(run(&root, Case { manifest_path: Some("empty"), ..NOTHING }).1, missing("empty/fuse.toml"));
    assert_eq!(run(&root, Case { manifest_path: Some("no.toml"), ..NOTHING }).1, missing("no.toml"));
}

#[test]
fn variables_of_the_program() {
    let root = folder(
        "variables",
        &[(".env", "A=1\nB=2\nA=3\nEMPTY=x\noops\n"), ("config.toml", ""), ("assets/svg/a.svg", "")],
    );
    let mut report = Report::new();
    let set = |name: &str| name == "B" || name == "EMPTY";
    let environment = Environment::prepare(&root, true, set, &mut report);
    let added: Vec<(&str, String)> =
        environment.iter().map(|(k, v)| (k, v.to_string_lossy().into_owned())).collect();
    let path = |name: &str| root.join(name).display().to_string();
    let expected =
        [("A", "1".into()), ("FUSE_CONFIG", path("config.toml")), ("FUSE_SVG_DIR", path("assets/svg"))];
    assert_eq!(added, expected);
    assert_eq!(
        findings(&report),
        ["warning FUSE_ENV_FILE_INVALID 5:1 a line of `.env` has no `=`; it is left out"]
    );

    // Without a package only `.env` counts, and what the user set stays.
    assert_eq!(Environment::prepare(&root, false, |name| name != "A", &mut report).iter().count(), 1);
    assert_eq!(Environment::prepare(&root, true, |_| true, &mut report), Environment::new());
}

#[test]
fn default_config_needs_the_file_and_yields_to_env() {
    let root = folder("no_config", &[("fuse.toml", "[package]\n")]);
    let mut report = Report::new();
    assert_eq!(Environment::prepare(&root, true, |_| false, &mut report), Environment::new());
    let root = folder("env_config", &[(".env", "FUSE_CONFIG=mine.toml"), ("config.toml", "")]);
    let environment = Environment::prepare(&root, true, |_| false, &mut report);
    assert_eq!(environment.get("FUSE_CONFIG").unwrap(), "mine.toml");
    assert!(report.findings.is_empty());
}

#[test]
fn an_unreadable_env_file_is_a_warning() {
    let root = folder("bad_env", &[(".env/x", "")]);
    let path = root.join(".env");
    let is_left_out = |reason: &str| {
        let mut report = Report::new();
        assert_eq!(Environment::prepare(&root, false, |_| false, &mut report), Environment::new());
        let warning = format!("cannot read {}: {reason}; it is left out", path.display());
        assert_eq!(findings(&report), [format!("warning FUSE_ENV_FILE_INVALID {warning}")]);
        assert!(!report.failed());
    };
    is_left_out("it is a directory");
    std::fs::remove_dir_all(&path).unwrap();
    // Nothing waits for who might write into a pipe, nor reads what never ends.
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    is_left_out("it is not a regular file");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    is_left_out("it is not a regular file");
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, vec![b'#'; (4 << 20) + 1]).unwrap();
    is_left_out("it is larger than 4 MiB");
    std::fs::write(&path, b"A=\xff").unwrap();
    is_left_out("it is not UTF-8");
}
