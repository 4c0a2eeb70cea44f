//! `publish_check` and the packages of a workspace.

use std::os::unix::fs::symlink;

use fuse_package::{LockMode, Purpose, packages_below, publish_check};

use super::support::{manifest, messages, resolved, write};
use crate::common::folder;

#[test]
fn packages_in_lexical_order() {
    let root = folder(
        "workspace",
        &[
            ("b/fuse.toml", ""),
            ("b/sub/fuse.toml", ""),
            ("b-2/fuse.toml", ""),
            ("a/deep/down/fuse.toml", ""),
            (".hidden/fuse.toml", ""),
            ("target/fuse.toml", ""),
            ("x/node_modules/fuse.toml", ""),
            ("x/fuse-target/fuse.toml", ""),
            ("x/.fuse/deps/fuse.toml", ""),
            ("plain/other.toml", ""),
        ],
    );
    symlink("../b", root.join("a/link")).unwrap();
    symlink(".", root.join("a/loop")).unwrap();
    let shown = |purpose| -> Vec<String> {
        let found = packages_below(&root, purpose).unwrap();
        found.iter().map(|path| path.strip_prefix(&root).unwrap().display().to_string()).collect()
    };
    assert_eq!(shown(Purpose::Publish), ["a/deep/down", "b", "b/sub", "b-2"]);
    assert_eq!(shown(Purpose::Check), ["a/deep/down", "b", "b/sub", "b-2", "x/fuse-target"]);
    let of = |name: &str| packages_below(&root.join(name), Purpose::Check);
    assert!(of("plain").unwrap().is_empty());
    assert_eq!(of("nowhere").unwrap_err().reason, "it does not exist");
}

#[test]
fn each_reason_and_the_nearest_that_is_none() {
    let root = folder("publish", &[("p/fuse.toml", ""), ("p/main.fuse", ""), ("a/m.fuse", "")]);
    let package = root.join("p");
    let reasons = || -> Vec<String> {
        let unready = publish_check(std::slice::from_ref(&package));
        unready.iter().flat_map(|unready| messages(&unready.report, &package)).collect()
    };
    let fails = |code: &str, text: &str| {
        let reasons = reasons();
        assert!(reasons.len() == 1 && reasons[0].contains(text), "{code}: {reasons:?}");
        assert!(
            reasons[0].starts_with(&format!("error {code} ")) && reasons[0].contains(&format!("[{code}] ")),
            "{reasons:?}"
        );
    };
    for text in ["[package", "package = 1", "[package]\nbackend = \"x\"\n"] {
        write(package.join("fuse.toml"), text);
        fails("FUSE_MANIFEST_PARSE_FAILED", "");
    }
    write(package.join("fuse.toml"), "[package]\n");
    fails("FUSE_MANIFEST_ENTRY_MISSING", "the manifest names no entry");
    write(package.join("fuse.toml"), "[package]\nentry = \"gone.fuse\"\n");
    fails("FUSE_MANIFEST_ENTRY_NOT_FOUND", "the entry gone.fuse does not exist");
    write(package.join("fuse.toml"), "[package]\nentry = \".\"\n");
    fails("FUSE_MANIFEST_ENTRY_NOT_FOUND", "the entry . does not exist");
    write(package.join("fuse.toml"), "[package]\nentry = \"main.fuse\"\nunknown = 1\n");
    assert!(reasons().is_empty(), "a warning is no reason");
    write(package.join("fuse.toml"), manifest("A = \"../a\""));
    fails("FUSE_LOCK_OUT_OF_DATE", "add A");
    assert!(!package.join("fuse.lock").exists());
    assert!(resolved(&package, LockMode::Keep).is_ok());
    assert!(reasons().is_empty());
    write(package.join("fuse.toml"), manifest("A = \"x\""));
    fails("FUSE_DEP_INVALID_SOURCE", "neither a path nor a URL");
    std::fs::remove_file(package.join("fuse.toml")).unwrap();
    std::fs::create_dir(package.join("fuse.toml")).unwrap();
    fails("FUSE_MANIFEST_READ_FAILED", "it is a directory");
}
