//! What `fuse build` does before it compiles.

mod common;

use common::{folder, fuse};

const GOOD: &str = "app \"hello\":\n  print(\"hello\")\n";

#[test]
fn clean_alone_deletes_and_stops() {
    let old = [("a.fuse", GOOD), (".fuse/build/program.aot", "old"), (".fuse/deps/keep", "")];
    let root = folder("build_clean", &old);
    for _ in 0..2 {
        let ended = fuse(&root, &["build", "--clean", "a.fuse"]);
        assert_eq!((ended.status, ended.stderr.as_str()), (0, "[build] start\n[build] ok\n"));
        assert!(!root.join(".fuse/build").exists() && root.join(".fuse/deps/keep").exists());
    }
    // In a package it is the package's folder, wherever the entry lies.
    let files =
        [("fuse.toml", "[package]\nentry = \"src/a.fuse\"\n"), ("src/a.fuse", GOOD), (".fuse/build/x", "")];
    let root = folder("build_clean_package", &files);
    assert_eq!(fuse(&root.join("src"), &["build", "--clean"]).status, 0);
    assert!(!root.join(".fuse/build").exists());
}

#[test]
fn unknown_targets_are_refused_with_the_installed_ones() {
    let root = folder("build_target", &[("a.fuse", GOOD)]);
    let ended = fuse(&root, &["build", "a.fuse", "--target", "pdp11"]);
    assert_eq!(ended.status, 1);
    let stderr = ended.stderr;
    assert!(
        stderr.starts_with("[build] start\nerror: ") && stderr.ends_with("\n[build] failed\n"),
        "{stderr}"
    );
    assert!(stderr.contains("pdp11") && stderr.contains("linux-x64 (x86_64-unknown-linux-gnu)"), "{stderr}");
    assert!(stderr.contains("\n  code: wrapper_target_unsupported\n"), "{stderr}");
}
