//! The lock file: what it says, how it is used, and what is wrong with one.

use fuse_package::LockMode;

use super::support::{fails, lock_text, manifest, resolved, write};
use crate::common::folder;

const COMMIT: &str = "0123456789012345678901234567890123456789";

fn package(name: &str) -> std::path::PathBuf {
    let root =
        folder(name, &[("app/fuse.toml", &manifest("A = \"../a\"")), ("a/m.fuse", ""), ("b/m.fuse", "")]);
    root.join("app")
}

#[test]
fn drift_is_told_and_repaired() {
    let app = package("drift");
    let drift = |text: &str| {
        let text = format!("lockfile drift detected in app/fuse.lock: {text}. Hint: run `fuse deps lock`");
        let before = lock_text(&app);
        fails(&app, LockMode::Check, "FUSE_LOCK_OUT_OF_DATE", &text);
        fails(&app, LockMode::Frozen, "FUSE_LOCK_FROZEN", &text);
        assert_eq!(lock_text(&app), before, "nothing is written");
        assert!(resolved(&app, LockMode::Keep).is_ok());
        assert!(resolved(&app, LockMode::Check).is_ok() && resolved(&app, LockMode::Frozen).is_ok());
    };
    drift("add A");
    write(app.join("fuse.toml"), manifest("B = \"../b\"\nA = \"../a\""));
    drift("add B");
    write(app.join("fuse.toml"), manifest("A = \"../b\"\nC = \"../a\""));
    drift("add C; remove B; update A");
    write(app.join("fuse.toml"), manifest(""));
    drift("remove A; remove C");
    assert_eq!(lock_text(&app), "version = 1\n");
    std::fs::remove_file(app.join("fuse.lock")).unwrap();
    assert!(resolved(&app, LockMode::Keep).is_ok());
    assert!(!app.join("fuse.lock").exists(), "a package without dependencies needs no lock");
}

#[test]
fn the_file_is_written_only_if_it_has_to_say_something_else() {
    let app = package("unchanged");
    assert!(resolved(&app, LockMode::Keep).is_ok());
    let by_hand = format!("# mine\n{}", lock_text(&app).replace("version = 1\n", ""));
    write(app.join("fuse.lock"), &by_hand);
    for edited in ["A = { path = \"../a\" }", "A = '..\\a\\.'  # the same"] {
        write(app.join("fuse.toml"), manifest(edited));
        for mode in [LockMode::Keep, LockMode::Update, LockMode::Check, LockMode::Frozen] {
            assert!(resolved(&app, mode).is_ok());
            assert_eq!(lock_text(&app), by_hand);
        }
    }
}

#[test]
fn an_absolute_fingerprint_is_accepted_and_rewritten() {
    let app = package("absolute");
    assert!(resolved(&app, LockMode::Keep).is_ok());
    let lock = lock_text(&app);
    let absolute = app.parent().unwrap().join("a").display().to_string();
    let foreign = lock.replace("path:../a", &format!("path:{absolute}"));
    assert_ne!(foreign, lock);
    write(app.join("fuse.lock"), &foreign);
    assert!(resolved(&app, LockMode::Frozen).is_ok() && resolved(&app, LockMode::Check).is_ok());
    assert_eq!(lock_text(&app), foreign);
    assert!(resolved(&app, LockMode::Keep).is_ok());
    assert_eq!(lock_text(&app), lock);
    // The manifest may name an absolute path too; the lock does not.
    write(app.join("fuse.toml"), manifest(&format!("A = \"{absolute}\"")));
    assert!(resolved(&app, LockMode::Frozen).is_ok());
    write(app.join("fuse.lock"), lock.replace("path:../a", "path:/nowhere"));
    fails(&app, LockMode::Frozen, "FUSE_LOCK_FROZEN", "update A");
}

#[test]
fn an_entry_does_not_lead_elsewhere_than_its_request() {
    let app = package("redirect");
    assert!(resolved(&app, LockMode::Keep).is_ok());
    write(app.join("fuse.lock"), lock_text(&app).replace("path = \"../a\"", "path = \"../b\""));
    fails(&app, LockMode::Frozen, "FUSE_LOCK_FROZEN", "update A");
    assert_eq!(resolved(&app, LockMode::Keep), Ok(vec!["A a".into()]));
    assert!(lock_text(&app).contains("path = \"../a\""));
    write(app.join("fuse.lock"), lock_text(&app).replace("path = \"../a\"", "path = \"../gone\""));
    fails(&app, LockMode::Keep, "FUSE_LOCK_ENTRY_PATH_NOT_FOUND", "../gone");
}

#[test]
fn each_mistake_in_a_lock_file() {
    let app = package("mistakes");
    let entry = |text: &str| format!("version = 1\n[dependencies.A]\n{text}\n");
    let git = |text: &str| entry(&format!("source = \"git\"\nrequested = \"x\"\n{text}"));
    let cases = [
        ("FUSE_LOCK_PARSE_FAILED", "[dependencies".to_owned(), ""),
        ("FUSE_LOCK_PARSE_FAILED", "<<<<<<< ours\nversion = 1\n".into(), ""),
        ("FUSE_LOCK_PARSE_FAILED", "version = \"1\"".into(), "version is a string"),
        ("FUSE_LOCK_PARSE_FAILED", "dependencies = 1".into(), "dependencies is an integer"),
        ("FUSE_LOCK_PARSE_FAILED", "[dependencies]\nA = 1".into(), "the entry `A` is an integer"),
        ("FUSE_LOCK_PARSE_FAILED", "[other]".into(), "it has no key `other`"),
        (
            "FUSE_LOCK_PARSE_FAILED",
            "[dependencies.\"../x\"]\nsource = \"path\"".into(),
            "`../x` cannot be the name",
        ),
        ("FUSE_LOCK_PARSE_FAILED", entry("path = \"../a\""), "has no `source`"),
        ("FUSE_LOCK_PARSE_FAILED", entry("source = 1"), "`source` of the entry `A` is an integer"),
        ("FUSE_LOCK_PARSE_FAILED", entry("source = \"path\"\npath = \"../a\""), "has no `requested`"),
        (
            "FUSE_LOCK_PARSE_FAILED",
            entry("source = \"path\"\npath = \"../a\"\nrev = \"x\"\nrequested = \"x\""),
            "has the key `rev`",
        ),
        ("FUSE_LOCK_PARSE_FAILED", entry("source = \"path\"\nsource = \"git\""), ""),
        ("FUSE_LOCK_PARSE_FAILED", "[dependencies.A]\n[dependencies.A]".into(), ""),
        (
            "FUSE_LOCK_PARSE_FAILED",
            git("git = \"https://h/a\"\nrev = \"../../../etc\""),
            "is no full commit id",
        ),
        ("FUSE_LOCK_PARSE_FAILED", git("git = \"https://h/a\"\nrev = \"012345\""), "is no full commit id"),
        ("FUSE_LOCK_UNSUPPORTED_VERSION", "version = 2\n".into(), "has the version 2"),
        ("FUSE_LOCK_UNSUPPORTED_VERSION", "version = -1\nfuture = true".into(), "has the version -1"),
        ("FUSE_LOCK_UNSUPPORTED_VERSION", "version = 99999999999999999999999".into(), ""),
        ("FUSE_LOCK_ENTRY_UNKNOWN_SOURCE", entry("source = \"registry\""), "the unknown source `registry`"),
        (
            "FUSE_LOCK_ENTRY_MISSING_PATH",
            entry("source = \"path\"\nrequested = \"x\""),
            "the lock entry `A` has no `path`",
        ),
        (
            "FUSE_LOCK_ENTRY_MISSING_PATH",
            entry("source = \"path\"\npath = \"\"\nrequested = \"x\""),
            "has no `path`",
        ),
        (
            "FUSE_LOCK_ENTRY_MISSING_GIT",
            git(&format!("rev = \"{COMMIT}\"")),
            "the lock entry `A` has no `git`",
        ),
        ("FUSE_LOCK_ENTRY_MISSING_REV", git("git = \"https://h/a\""), "the lock entry `A` has no `rev`"),
        (
            "FUSE_DEP_SUBDIR_ESCAPE",
            git(&format!("git = \"https://h/a\"\nrev = \"{COMMIT}\"\nsubdir = \"../x\"")),
            "`../x`",
        ),
        (
            "FUSE_DEP_GIT_UNSAFE_VALUE",
            git(&format!("git = \"https://h/a\"\nrev = \"{COMMIT}\"\nsubdir = \"-x\"")),
            "`-x`",
        ),
        ("FUSE_LOCK_PARSE_FAILED", "[".repeat(100_000), ""),
        ("FUSE_LOCK_PARSE_FAILED", format!("version = {}", "[".repeat(100_000)), ""),
        ("FUSE_LOCK_PARSE_FAILED", "dependencies.".repeat(50_000), ""),
        ("FUSE_LOCK_READ_FAILED", " ".repeat((16 << 20) + 1), "it is larger than 16 MiB"),
    ];
    for (code, text, message) in cases {
        write(app.join("fuse.lock"), &text);
        for mode in [LockMode::Keep, LockMode::Frozen] {
            fails(&app, mode, code, message);
        }
    }
    write(app.join("fuse.lock"), b"version = 1 # \xff");
    fails(&app, LockMode::Keep, "FUSE_LOCK_PARSE_FAILED", "is not UTF-8");
    // The nearest that is right.
    for text in [
        "",
        "version = 0",
        "version = 1",
        "version = 0x1\n[dependencies]",
        &git(&format!("git = \"https://h/a\"\nrev = \"{COMMIT}\"\nsubdir = \"x\"")),
    ] {
        write(app.join("fuse.lock"), text);
        assert_eq!(resolved(&app, LockMode::Keep), Ok(vec!["A a".into()]), "{text}");
    }
}

#[test]
fn lock_files_that_cannot_be_read_or_written() {
    let app = package("unreadable");
    std::fs::create_dir(app.join("fuse.lock")).unwrap();
    fails(
        &app,
        LockMode::Keep,
        "FUSE_LOCK_READ_FAILED",
        "cannot read the lock file app/fuse.lock: it is a directory",
    );
    std::fs::remove_dir(app.join("fuse.lock")).unwrap();
    // What is in the way of the temporary file is in the way for everybody.
    std::fs::create_dir(app.join(".fuse.lock.tmp")).unwrap();
    fails(&app, LockMode::Keep, "FUSE_LOCK_WRITE_FAILED", "cannot write the lock file");
    assert!(resolved(&app, LockMode::Check).is_err());
    std::fs::remove_dir(app.join(".fuse.lock.tmp")).unwrap();
    assert!(resolved(&app, LockMode::Keep).is_ok());
}

#[test]
fn a_pipe_is_no_lock_file_and_no_manifest() {
    let app = package("pipe");
    let pipe = |name: &str| {
        assert!(std::process::Command::new("mkfifo").arg(app.join(name)).status().unwrap().success())
    };
    pipe("fuse.lock");
    fails(&app, LockMode::Keep, "FUSE_LOCK_READ_FAILED", "it is not a regular file");
    std::fs::remove_file(app.join("fuse.toml")).unwrap();
    pipe("fuse.toml");
    let errors = resolved(&app, LockMode::Keep).unwrap_err();
    assert_eq!(
        errors,
        ["error wrapper_file_read cannot read manifest app/fuse.toml: it is not a regular file"]
    );
}
