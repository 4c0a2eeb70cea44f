//! Path dependencies: graphs, conflicts, cycles, symbolic links.

use std::os::unix::fs::symlink;

use fuse_package::{LockMode, Manifest, Report, resolve};

use super::support::{code, dependencies, fails, lock_text, manifest, messages, resolved, write};
use crate::common::folder;

#[test]
fn a_diamond_is_resolved_once() {
    let root = folder(
        "diamond",
        &[
            ("app/fuse.toml", &manifest("A = \"../a\"\nB = { path = '..\\b' }")),
            ("a/fuse.toml", &manifest("Common = \"../common\"")),
            ("b/fuse.toml", &manifest("Common = { path = \"../a/../common/.\" }")),
            ("common/x.fuse", ""),
        ],
    );
    let app = root.join("app");
    let expected = ["A a", "B b", "Common common"].map(str::to_owned).to_vec();
    assert_eq!(resolved(&app, LockMode::Keep), Ok(expected.clone()));
    let lock = "version = 1\n\n[dependencies.A]\nsource = \"path\"\npath = \"../a\"\nrequested = \"path:../a\"\n\n[dependencies.B]\nsource = \"path\"\npath = \"../b\"\nrequested = \"path:../b\"\n\n[dependencies.Common]\nsource = \"path\"\npath = \"../common\"\nrequested = \"path:../common\"\n";
    assert_eq!(lock_text(&app), lock);
    for mode in [LockMode::Check, LockMode::Frozen, LockMode::Update] {
        assert_eq!(resolved(&app, mode), Ok(expected.clone()), "{mode:?}");
    }
    let moved = root.join("elsewhere");
    std::fs::create_dir(&moved).unwrap();
    ["app", "a", "b", "common"]
        .into_iter()
        .for_each(|name| std::fs::rename(root.join(name), moved.join(name)).unwrap());
    assert_eq!(resolved(&moved.join("app"), LockMode::Frozen), Ok(expected));
}

#[test]
fn one_name_has_one_meaning() {
    let root = folder(
        "conflict",
        &[
            ("app/fuse.toml", &manifest("A = \"../a\"\nX = \"../x\"")),
            ("a/fuse.toml", &manifest("X = \"../y\"")),
            ("x/m.fuse", ""),
            ("y/m.fuse", ""),
        ],
    );
    let app = root.join("app");
    let message = "the dependency `X` has two meanings: path:../x in app/fuse.toml, and path:../y in a/fuse.toml. Hint: make both requests equal, or rename one";
    fails(&app, LockMode::Keep, "FUSE_DEP_CONFLICTING_SPECS", message);
    assert_eq!(lock_text(&app), "");
    // The same directory by another name is the same meaning.
    std::fs::remove_dir_all(root.join("y")).unwrap();
    symlink("x", root.join("y")).unwrap();
    assert_eq!(resolved(&app, LockMode::Keep), Ok(vec!["A a".into(), "X x".into()]));
    write(root.join("a/fuse.toml"), manifest("X = \"file:///x.git\""));
    assert_eq!(code(resolved(&app, LockMode::Keep)), "FUSE_DEP_CONFLICTING_SPECS");
}

/// One package under two names, of which one is taken for another package: no second report, and no cycle that is none.
#[test]
fn a_conflict_is_reported_once_for_a_package_with_two_names() {
    let files = [
        ("app/fuse.toml", manifest("G = \"../h\"\nH = \"../h\"")),
        ("h/fuse.toml", manifest("G = \"../g\"")),
        ("g/m.fuse", String::new()),
    ];
    let root = folder("conflict_once", &files.each_ref().map(|(path, text)| (*path, text.as_str())));
    let errors = resolved(&root.join("app"), LockMode::Keep).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].starts_with("error FUSE_DEP_CONFLICTING_SPECS "), "{errors:#?}");
}

#[test]
fn cycles_show_their_chain() {
    let root = folder(
        "cycles",
        &[
            ("app/fuse.toml", &manifest("A = \"../a\"")),
            ("a/fuse.toml", &manifest("B = \"../b\"")),
            ("b/fuse.toml", &manifest("C = \"../c\"")),
            ("c/fuse.toml", &manifest("")),
        ],
    );
    let app = root.join("app");
    assert!(resolved(&app, LockMode::Keep).is_ok());
    let cycle = |dependency: &str, chain: &str| {
        write(root.join("c/fuse.toml"), manifest(dependency));
        fails(&app, LockMode::Keep, "FUSE_DEP_CYCLE", &format!("in a circle: {chain}. Hint: "));
    };
    cycle("B = \"../b\"", "B → C → B");
    cycle("Again = \"../a\"", "B → C → Again → B");
    cycle("Self = \".\"", "Self → Self");
    cycle("Root = \"../app\"", "app → A → B → C → app");
    write(app.join("fuse.toml"), "[package]\nname = \"desk\"\n[dependencies]\nMe = \"../app\"");
    fails(&app, LockMode::Keep, "FUSE_DEP_CYCLE", "in a circle: desk → desk. Hint: ");
}

#[test]
fn directories_that_are_not_there() {
    let root = folder("missing", &[("app/fuse.toml", &manifest("A = \"../a\"")), ("a", "")]);
    let app = root.join("app");
    let text = "the directory ../a of the dependency `A` does not exist";
    fails(&app, LockMode::Keep, "FUSE_DEP_PATH_NOT_FOUND", text);
    assert!(resolved(&app, LockMode::Keep).unwrap_err()[0].contains(" 4:5 "), "the place of the request");
    std::fs::remove_file(root.join("a")).unwrap();
    fails(&app, LockMode::Keep, "FUSE_DEP_PATH_NOT_FOUND", text);
    std::fs::create_dir(root.join("a")).unwrap();
    assert!(resolved(&app, LockMode::Keep).is_ok());
    std::fs::remove_dir(root.join("a")).unwrap();
    for mode in [LockMode::Keep, LockMode::Frozen, LockMode::Check] {
        fails(
            &app,
            mode,
            "FUSE_LOCK_ENTRY_PATH_NOT_FOUND",
            "the locked directory ../a of the dependency `A` does not exist",
        );
    }
}

#[test]
fn strange_paths_are_errors() {
    for (i, path) in
        ["a\\u0000b", "a\\nb/", "../../../../../../../../../../../../nowhere", "\\u202e/x", "~/x"]
            .into_iter()
            .enumerate()
    {
        let root = folder(
            &format!("strange_{i}"),
            &[("app/fuse.toml", &manifest(&format!("A = {{ path = \"{path}\" }}")))],
        );
        assert_eq!(code(resolved(&root.join("app"), LockMode::Keep)), "FUSE_DEP_PATH_NOT_FOUND", "{path}");
    }
    let long = "x/".repeat(100_000);
    let root = folder("strange_long", &[("app/fuse.toml", &manifest(&format!("A = \"{long}\"")))]);
    assert_eq!(code(resolved(&root.join("app"), LockMode::Keep)), "FUSE_DEP_PATH_NOT_FOUND");
    let root = folder("strange_loop", &[("app/fuse.toml", &manifest("A = \"./loop\""))]);
    symlink("loop", root.join("app/loop")).unwrap();
    assert_eq!(code(resolved(&root.join("app"), LockMode::Keep)), "FUSE_DEP_PATH_NOT_FOUND");
}

#[test]
fn symbolic_links_on_the_way() {
    let root = folder(
        "links",
        &[
            ("app/fuse.toml", &manifest("A = \"./link\"\nB = \"link/../b\"")),
            ("far/a/m.fuse", ""),
            ("far/b/m.fuse", ""),
            ("app/b/m.fuse", ""),
        ],
    );
    let app = root.join("app");
    symlink("../far/a", app.join("link")).unwrap();
    // `link/..` is where the link leads.
    assert_eq!(resolved(&app, LockMode::Keep), Ok(vec!["A far/a".into(), "B far/b".into()]));
    let lock = lock_text(&app);
    assert!(lock.contains("path = \"link\"") && lock.contains("path = \"../far/b\""), "{lock}");
}

#[test]
fn a_path_that_no_lock_file_can_hold() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let root = folder("not_utf8", &[("app/fuse.toml", &manifest("A = \"link/../b\""))]);
    let far = root.join(OsStr::from_bytes(b"f\xff"));
    std::fs::create_dir_all(far.join("b")).unwrap();
    std::fs::create_dir_all(far.join("a")).unwrap();
    symlink(far.join("a"), root.join("app/link")).unwrap();
    fails(&root.join("app"), LockMode::Keep, "FUSE_LOCK_ENCODE_FAILED", "its path is not UTF-8");
    write(root.join("app/fuse.toml"), manifest("A = \"./link\""));
    assert!(resolved(&root.join("app"), LockMode::Keep).is_ok());
}

#[test]
fn manifests_of_dependencies() {
    let root = folder("manifests", &[("app/fuse.toml", &manifest("A = \"../a\"")), ("a/m.fuse", "")]);
    let app = root.join("app");
    assert!(resolved(&app, LockMode::Keep).is_ok(), "a manifest is not needed");
    for text in ["[package", "package = 1", "", "[package]\nbackend = \"x\"", "[package]\nname = \"\u{0}\""] {
        write(root.join("a/fuse.toml"), text);
        fails(
            &app,
            LockMode::Keep,
            "FUSE_DEP_MANIFEST_LOAD_FAILED",
            "cannot load the manifest of the dependency `A`: ",
        );
    }
    write(root.join("a/fuse.toml"), b"[package]\n# \xff");
    fails(&app, LockMode::Keep, "FUSE_DEP_MANIFEST_LOAD_FAILED", "it is not UTF-8");
    write(root.join("a/fuse.toml"), manifest("\"../b\" = \"../b\""));
    fails(&app, LockMode::Keep, "FUSE_DEP_INVALID_NAME", "`../b` cannot be the name");
    std::fs::remove_file(root.join("a/fuse.toml")).unwrap();
    std::fs::create_dir(root.join("a/fuse.toml")).unwrap();
    fails(&app, LockMode::Keep, "FUSE_DEP_MANIFEST_LOAD_FAILED", "it is a directory");
    std::fs::remove_dir(root.join("a/fuse.toml")).unwrap();
    symlink("nothing", root.join("a/fuse.toml")).unwrap();
    fails(&app, LockMode::Keep, "FUSE_DEP_MANIFEST_LOAD_FAILED", "missing manifest");
}

#[test]
fn a_manifest_without_a_directory() {
    let root = folder("no_directory", &[("app/fuse.toml", &manifest("A = \"../a\"")), ("a/m.fuse", "")]);
    let mut report = Report::new();
    let mut manifest = Manifest::load(&root.join("app/fuse.toml"), &mut report).unwrap();
    assert!(resolve(&manifest, LockMode::Keep, &mut report).is_some());
    manifest.directory = root.join("gone");
    assert!(resolve(&manifest, LockMode::Keep, &mut report).is_none());
    let messages = messages(&report, &root.join("app"));
    assert!(
        messages[0].starts_with("error FUSE_DEP_MANIFEST_DIR_REQUIRED [FUSE_DEP_MANIFEST_DIR_REQUIRED] "),
        "{messages:?}"
    );
}

#[test]
fn a_long_chain_and_a_wide_graph() {
    let root = folder("chain", &[]);
    let app = root.join("app");
    write(app.join("fuse.toml"), manifest("D0 = \"../d0\""));
    for at in 0..600 {
        // Each also names all neighbours again.
        let next: String =
            (at + 1..(at + 20).min(601)).map(|next| format!("D{next} = \"../d{next}\"\n")).collect();
        write(root.join(format!("d{at}/fuse.toml")), manifest(&next));
    }
    write(root.join("d600/fuse.toml"), manifest(""));
    assert_eq!(dependencies(&app, LockMode::Keep).unwrap().len(), 601);
    write(root.join("d600/fuse.toml"), manifest("D0 = \"../d0\""));
    assert_eq!(code(resolved(&app, LockMode::Keep)), "FUSE_DEP_CYCLE");
}

/// For the language server: nothing is fetched or written, and what is missing does not hide the rest.
#[test]
fn what_is_there_is_found_beside_what_is_missing() {
    let requests = "A = \"../a\"\nB = \"../b\"\nR = { git = \"https://example.invalid/r.git\" }";
    let root = folder("present", &[("app/fuse.toml", &manifest(requests)), ("a/x.fuse", "")]);
    let app = root.join("app");
    let mut report = Report::new();
    let loaded = Manifest::load(&app.join("fuse.toml"), &mut report).unwrap();
    let found = resolve(&loaded, LockMode::Present, &mut report).unwrap();
    assert_eq!(found.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["A"]);
    let missing = messages(&report, &app);
    assert_eq!(missing.len(), 2, "{missing:?}");
    assert!(
        missing.iter().any(|text| text.contains("the dependency `R` has not been fetched")),
        "{missing:?}"
    );
    assert!(!app.join("fuse.lock").exists() && !app.join(".fuse").exists());
}
