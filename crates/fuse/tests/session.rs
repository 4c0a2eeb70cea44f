//! What happens before a program is loaded: manifest, `.env`, entry.

mod common;

use common::{folder, fuse};

/// Standard error of a failing `fuse check`.
fn failure(name: &str, files: &[(&str, &str)], args: &[&str]) -> String {
    let root = folder(name, files);
    let ended = fuse(&root, args);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{ended:?}");
    ended.stderr.replace(root.to_str().unwrap(), "ROOT")
}

#[test]
fn entries_that_cannot_be_read() {
    let files = &[("dir/fuse.toml", "[package]\nentry = \"none.fuse\"\n"), ("plain/a", "")];
    let error = |message: &str| format!("error: {message}\n  code: wrapper_file_read\n");
    assert_eq!(
        failure("entry_missing", files, &["check", "no.fuse"]),
        error("cannot read entry ROOT/no.fuse: it does not exist")
    );
    assert_eq!(
        failure("entry_named", files, &["check", "dir"]),
        error(
            "cannot read entry ROOT/dir/none.fuse (package.entry of ROOT/dir/fuse.toml): it does not exist"
        )
    );
    assert_eq!(
        failure("entry_directory", files, &["check", "--file", "plain"]),
        error("cannot read entry ROOT/plain: it is a directory")
    );
    assert_eq!(
        failure("entry_device", files, &["check", "/dev/zero"]),
        error("cannot read entry /dev/zero: it is not a regular file")
    );
    assert_eq!(
        failure("entry_below_file", files, &["check", "plain/a/b.fuse"]),
        error("cannot read entry ROOT/plain/a/b.fuse: a part of the path is not a directory")
    );
    let package = &[("fuse.toml", "[package]\nentry = \"a.fuse\"\n"), ("a.fuse", "app \"a\": print(1)\n")];
    for command in ["check", "run", "fmt", "build", "test", "openapi", "migrate"] {
        assert_eq!(
            failure("entry_empty", package, &[command, ""]),
            error("cannot read entry: its path is empty"),
            "{command}"
        );
    }
    assert_eq!(
        failure("entry_json", files, &["check", "no.fuse", "--diagnostics", "json"]),
        "{\"code\":\"wrapper_file_read\",\"kind\":\"cli_message\",\"level\":\"error\",\"message\":\"cannot read entry ROOT/no.fuse: it does not exist\"}\n"
    );
    let root = folder("entry_latin", &[]);
    std::fs::write(root.join("a.fuse"), b"# caf\xe9\n").unwrap();
    assert!(fuse(&root, &["check", "a.fuse"]).stderr.contains("a.fuse: it is not UTF-8"));
}

#[test]
fn manifests_with_mistakes() {
    assert_eq!(
        failure("no_manifest", &[("d/a", "")], &["check", "d"]),
        "error: missing manifest: d/fuse.toml\n  code: wrapper_manifest_missing\n"
    );
    let files = &[("d/fuse.toml", "[package]\nentry = 3\n")];
    assert_eq!(
        failure("bad_manifest", files, &["check", "d"]),
        "error: invalid manifest: package.entry must be a string, not an integer (d/fuse.toml:2:9)\n  entry = 3\n          ^\n  code: wrapper_manifest_invalid\n"
    );
    assert_eq!(
        failure("bad_manifest_json", files, &["check", "d", "--diagnostics=json"]),
        "{\"code\":\"wrapper_manifest_invalid\",\"kind\":\"cli_message\",\"level\":\"error\",\"message\":\"invalid manifest: package.entry must be a string, not an integer (d/fuse.toml:2:9)\"}\n"
    );
}

#[test]
fn warnings_do_not_end_a_command() {
    let files = &[("fuse.toml", "[package]\nentri = \"a.fuse\"\n"), (".env", "oops\n")];
    let stderr = failure("warnings", files, &["check", "--color", "always"]);
    assert!(stderr.starts_with("\u{1b}[33;1mwarning: unknown key `entri` in [package] of the manifest; did you mean `entry`? (fuse.toml:2:1)\u{1b}[0m\n  entri = \"a.fuse\"\n  \u{1b}[33;1m^^^^^\u{1b}[0m\n  code: FUSE_MANIFEST_UNKNOWN_KEY\n\u{1b}[33;1mwarning: a line of `.env` has no `=`; it is left out (.env:1:1)"), "{stderr}");
    assert!(stderr.contains("error: missing entry: "), "the command went on: {stderr}");
}

#[test]
fn a_current_directory_that_is_gone() {
    let root = folder("gone", &[]);
    let gone = root.join("sub");
    std::fs::create_dir(&gone).unwrap();
    let script = format!("rmdir '{}'; exec '{}' check x.fuse", gone.display(), env!("CARGO_BIN_EXE_fuse"));
    let output = std::process::Command::new("sh").current_dir(&gone).args(["-c", &script]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("cannot determine the current directory") && stderr.contains("wrapper_cwd"),
        "{stderr}"
    );
}

#[test]
fn files_that_cannot_be_inspected() {
    let root = folder("inspect_foreign", &[("a.txt", "text"), ("dir/a", "")]);
    for (path, reason) in [
        ("a.txt", "not an AOT executable of FUSE"),
        (env!("CARGO_BIN_EXE_fuse"), "not an AOT executable of FUSE"),
        ("none", "it does not exist"),
        ("dir", "it is a directory"),
        ("/dev/zero", "it is not a regular file"),
    ] {
        let ended = fuse(&root, &["inspect", path]);
        let message = format!("error: cannot inspect {path}: {reason}\n  code: wrapper_file_read\n");
        assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr), (1, "", message));
    }
}
