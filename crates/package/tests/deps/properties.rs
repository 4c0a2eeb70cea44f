//! Whatever a manifest or lock file holds, reading it ends, without a panic, in a result or in errors with codes; and what is
//! written is read back.

use std::collections::BTreeMap;

use fuse_package::{LockMode, resolve};
use proptest::prelude::*;

use super::support::{lock_text, manifest, resolved, write};
use crate::common::{folder, load};

/// Pieces from which texts are made that are nearly right.
const PIECES: &[&str] = &[
    "version",
    "=",
    "1",
    "0",
    "\"",
    "\n",
    "[",
    "]",
    "[dependencies]",
    "[dependencies.A]",
    "dependencies",
    ".",
    "A",
    "{",
    "}",
    ",",
    "source = \"git\"\n",
    "source = \"path\"\n",
    "path = \"../a\"\n",
    "git = \"https://u:p@h/a\"\n",
    "subdir = \"../..\"\n",
    "rev = \"0123456789012345678901234567890123456789\"\n",
    "requested = \"path:../a\"\n",
    "tag = \"-x\"\n",
    "A = \"../a\"\n",
    "B = { path = \"\\u0000\" }\n",
    "[package]\n",
    "entry = \"x\"\n",
    "'''",
    "\\",
    "\u{feff}",
    "é",
    "\u{202e}",
    "#",
    "<<<<<<<",
    "-1",
    "1e9",
    "2020-01-01",
    "true",
    "../",
    "file://",
    "ext::",
    "@",
];

fn nearly_right() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..40)
        .prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![4 => pieces, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

/// Reads and resolves without git: nothing is resolved anew. Every error has a code and one line.
fn outcome(package: &std::path::Path) {
    let (manifest, mut report) = load(package);
    let found = manifest.and_then(|manifest| resolve(&manifest, LockMode::Frozen, &mut report));
    assert_eq!(found.is_none(), report.failed());
    for finding in &report.findings {
        let code = finding.code.as_str();
        let bracketed = code.starts_with("wrapper_")
            || code == "FUSE_MANIFEST_UNKNOWN_KEY"
            || finding.message.starts_with(&format!("[{code}] "));
        assert!(bracketed, "{}", finding.message);
        assert!(!finding.message.contains("u:p@"), "{}", finding.message);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_manifest(text in nearly_right(), behind in any::<bool>()) {
        let root = folder("any_manifest", &[("a/m.fuse", "")]);
        let start: &[u8] = if behind { b"[package]\n[dependencies]\n" } else { b"" };
        write(root.join("app/fuse.toml"), [start, &text].concat());
        outcome(&root.join("app"));
    }

    #[test]
    fn any_lock_file(text in nearly_right(), behind in any::<bool>()) {
        let root = folder("any_lock", &[("a/m.fuse", ""), ("app/fuse.toml", &manifest("A = \"../a\""))]);
        let start: &[u8] = if behind { b"version = 1\n[dependencies.A]\n" } else { b"" };
        write(root.join("app/fuse.lock"), [start, &text].concat());
        outcome(&root.join("app"));
    }

    #[test]
    fn what_is_written_is_read_back(
        dependencies in prop::collection::btree_map("[A-Za-z_][A-Za-z0-9_-]{0,6}", "[a-zé \"'\\[\\]#=\u{1}.]{0,3}[a-z]", 0..6)
    ) {
        let root = folder("read_back", &[]);
        let dependencies: BTreeMap<String, String> = dependencies;
        let lines = dependencies.iter().map(|(name, path)| {
            std::fs::create_dir_all(root.join("d").join(path)).unwrap();
            let path: String = path.chars().map(|c| format!("\\U{:08X}", c as u32)).collect();
            format!("{name} = {{ path = \"../d/{path}\" }}\n")
        });
        write(root.join("app/fuse.toml"), manifest(&lines.collect::<String>()));
        let app = root.join("app");
        let found = resolved(&app, LockMode::Keep);
        prop_assert!(found.is_ok(), "{found:?}");
        let written = lock_text(&app);
        prop_assert_eq!(resolved(&app, LockMode::Frozen), found.clone());
        prop_assert_eq!(resolved(&app, LockMode::Update), found);
        prop_assert_eq!(lock_text(&app), written);
    }
}
