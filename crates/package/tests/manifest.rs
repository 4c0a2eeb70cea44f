//! What each key of a manifest becomes, and what each mistake is answered with.

mod common;

use common::{findings, folder};
use fuse_package::{Assets, Backend, Build, Manifest, Package, Profile, Report, Serve, Vite};

fn load(name: &str, text: &str) -> (Option<Manifest>, Vec<String>) {
    let (manifest, report) = common::load(&folder(name, &[("fuse.toml", text)]));
    (manifest, findings(&report))
}

#[test]
fn a_manifest_with_every_key() {
    let text = r#"
[package]
entry = "src/main.fuse"
app = "desk"
backend = "ast"
name = "desk"
version = "1.2.0"
[build]
native_bin = "out/desk"
openapi = "out/api.json"
openapi_title = "Desk"
profile = "release-with-symbols"
static = true
[serve]
static_dir = "static"
static_index = "home.html"
openapi_ui = true
openapi_path = "api/"
[assets]
css = "styles"
watch = false
hash = true
[assets.hooks]
before_build = "make"
[vite]
dev_url = "http://localhost:1"
dist_dir = "web"
[dependencies]
"#;
    let (manifest, findings) = load("every_key", text);
    assert!(findings.is_empty(), "{findings:?}");
    let manifest = manifest.unwrap();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        manifest.package,
        Package {
            entry: some("src/main.fuse"),
            app: some("desk"),
            backend: Some(Backend::Ast),
            name: "desk".into(),
            version: "1.2.0".into(),
        }
    );
    assert_eq!(
        manifest.build,
        Build {
            native_bin: some("out/desk"),
            openapi: some("out/api.json"),
            openapi_title: some("Desk"),
            profile: Some(Profile::ReleaseWithSymbols),
            static_link: true,
        }
    );
    assert_eq!(
        manifest.serve,
        Serve {
            static_dir: some("static"),
            static_index: Some("home.html".into()),
            openapi_ui: Some(true),
            openapi_path: "/api".into(),
        }
    );
    assert_eq!(
        manifest.assets,
        Assets { css: some("styles"), watch: false, hash: true, before_build: some("make") }
    );
    assert_eq!(manifest.vite, Some(Vite { dev_url: "http://localhost:1".into(), dist_dir: "web".into() }));
    assert_eq!(manifest.resolve("out/desk"), manifest.directory.join("out/desk"));
}

#[test]
fn defaults() {
    let (manifest, findings) = load("defaults", "[package]\nmain = \"a.fuse\"\n[vite]\n");
    let manifest = manifest.unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(manifest.package, Package { entry: Some("a.fuse".into()), ..Package::default() });
    assert_eq!(manifest.package.version, "0.1.0");
    assert_eq!(manifest.build, Build::default());
    assert_eq!((manifest.serve.static_index, manifest.serve.openapi_path.as_str()), (None, "/docs"));
    assert_eq!(
        manifest.vite,
        Some(Vite { dev_url: "http://127.0.0.1:5173".into(), dist_dir: "dist".into() })
    );
}

#[test]
fn mistakes() {
    let invalid =
        |at: &str, reason: &str| format!("error wrapper_manifest_invalid {at} invalid manifest: {reason}");
    let unknown = |at: &str, text: &str| format!("warning FUSE_MANIFEST_UNKNOWN_KEY {at} unknown {text}");
    let cases: &[(&str, &[String])] = &[
        ("", &[invalid("1:1", "the section [package] is missing")]),
        ("package = 3", &[invalid("1:11", "package must be a table, not an integer")]),
        ("[package]\nentry = 3", &[invalid("2:9", "package.entry must be a string, not an integer")]),
        ("[package]\nentry = \"\"", &[invalid("2:9", "package.entry must not be empty")]),
        (
            "[package]\nname = \"a\\u0000\"\n[serve]\nstatic_dir = \"\\u0000\"",
            &[
                invalid("2:8", "package.name must not hold a zero byte"),
                invalid("4:14", "serve.static_dir must not hold a zero byte"),
            ],
        ),
        (
            "[package]\n\"entry\" = [1]\napp = 1.5",
            &[
                invalid("2:11", "package.entry must be a string, not an array"),
                invalid("3:7", "package.app must be a string, not a float"),
            ],
        ),
        (
            "[package]\nentry = \"a\"\nmain = \"b\"",
            &[invalid("3:8", "`main` is another spelling of `entry`: write only one of them")],
        ),
        (
            "[package]\nname = 2020-01-01",
            &[invalid("2:8", "package.name must be a string, not a date or time")],
        ),
        (
            "[package]\nbackend = \"jit\"",
            &["error wrapper_unknown_backend 2:11 unknown backend: jit (expected ast|native)".into()],
        ),
        (
            "[package]\n[build]\nstatic = \"yes\"",
            &[invalid("3:10", "build.static must be true or false, not a string")],
        ),
        (
            "[package]\n[build]\nprofile = \"fast\"",
            &[invalid("3:11", "build.profile is `fast` (expected debug|release|release-with-symbols)")],
        ),
        (
            "[package]\n[assets]\nhooks = true",
            &[invalid("3:9", "assets.hooks must be a table, not a boolean")],
        ),
        (
            "[package]\n[assets.hooks]\nbefore_build = {}",
            &[invalid("3:16", "assets.hooks.before_build must be a string, not a table")],
        ),
        (
            "[package]\n[vite]\ndev_url = \"https://x\"",
            &[invalid("3:11", "vite.dev_url must begin with `http://`")],
        ),
        (
            "[package]\nentri = \"a\"\nzzzzzz = 1\n[bild]\n[other]\n[assets.hooks]\nbefore = 1",
            &[
                unknown("2:1", "key `entri` in [package] of the manifest; did you mean `entry`?"),
                unknown("3:1", "key `zzzzzz` in [package] of the manifest"),
                unknown("4:2", "section [bild] in the manifest; did you mean `build`?"),
                unknown("5:2", "section [other] in the manifest"),
                unknown("7:1", "key `before` in [assets.hooks] of the manifest"),
            ],
        ),
        ("name = 1\n[package]", &[unknown("1:1", "key `name` outside of the sections of the manifest")]),
    ];
    for (i, (text, expected)) in cases.iter().enumerate() {
        assert_eq!(load(&format!("mistakes_{i}"), text).1, *expected, "{text}");
    }
}

#[test]
fn text_that_is_not_toml() {
    for (i, (text, place)) in
        [("[package\n", "1:9"), ("[package]\nentry = \n", "2:9"), ("[package]\na = 1\na = 2", "3:1")]
            .into_iter()
            .enumerate()
    {
        let (_, findings) = load(&format!("not_toml_{i}"), text);
        let prefix = format!("error wrapper_manifest_invalid {place} invalid manifest: ");
        assert!(findings.len() == 1 && findings[0].starts_with(&prefix), "{text:?}: {findings:?}");
        assert!(!findings[0].contains('\n'), "{findings:?}");
    }
}

#[test]
fn hostile_text_ends_in_an_error() {
    for (i, text) in [
        "[".repeat(100_000),
        format!("a = {}", "[".repeat(100_000)),
        "a.".repeat(100_000),
        "{a=".repeat(9_999),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(load(&format!("hostile_{i}"), &text).1.len(), 1);
    }
}

#[test]
fn files_that_cannot_be_read() {
    let root = folder("unreadable", &[("fuse.toml/x", "")]);
    let mut report = Report::new();
    assert!(Manifest::load(&root.join("fuse.toml"), &mut report).is_none());
    assert!(Manifest::load(&root.join("none.toml"), &mut report).is_none());
    std::fs::write(root.join("latin.toml"), b"[package]\nname = \"\xe9\"").unwrap();
    assert!(Manifest::load(&root.join("latin.toml"), &mut report).is_none());
    let root = root.display();
    assert_eq!(
        findings(&report),
        [
            format!("error wrapper_file_read cannot read manifest {root}/fuse.toml: it is a directory"),
            format!("error wrapper_manifest_missing missing manifest: {root}/none.toml"),
            "error wrapper_manifest_invalid 2:9 invalid manifest: it is not UTF-8".into(),
        ]
    );
}
