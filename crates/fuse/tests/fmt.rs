//! `fuse fmt`: what is rewritten, what is named, what is refused.

mod common;

use std::path::Path;

use common::{Ended, command, ended, folder, fuse};

const UGLY: &str = "app 'a' :\r\n\tprint('x')  \r\n\r\n\r\n";
const PRETTY: &str = "app \"a\" :\n  print(\"x\")\n";
const BROKEN: &str = "app \"a\":\n  print('b')\n  let let = 1\n";

fn silent(status: i32) -> Ended {
    Ended { status, stdout: String::new(), stderr: String::new() }
}

fn read(root: &Path, path: &str) -> String {
    std::fs::read_to_string(root.join(path)).unwrap()
}

#[test]
fn a_file_without_a_package() {
    let root = folder("fmt_file", &[("a.fuse", UGLY), ("b.fuse", "import { x } from \"./a\"\n\n\n")]);
    let check = Ended { stdout: "b.fuse\n".into(), ..silent(1) };
    assert_eq!(fuse(&root, &["fmt", "--check", "b.fuse"]), check);
    assert_eq!(fuse(&root, &["fmt", "--check", "--file", "b.fuse", "--diagnostics", "json"]), check);
    assert_eq!(read(&root, "b.fuse"), "import { x } from \"./a\"\n\n\n", "--check writes nothing");
    assert_eq!(fuse(&root, &["fmt", "b.fuse"]), silent(0));
    assert_eq!(read(&root, "b.fuse"), "import { x } from \"./a\"\n");
    assert_eq!(read(&root, "a.fuse"), UGLY, "only the file itself");
    assert_eq!(fuse(&root, &["fmt", "a.fuse"]), silent(0));
    assert_eq!(read(&root, "a.fuse"), PRETTY);
    assert_eq!(fuse(&root, &["fmt", "--check", "a.fuse"]), silent(0));
    // An absolute path below the current directory is shown relative to it, any other as it is.
    std::fs::create_dir(root.join("sub")).unwrap();
    std::fs::write(root.join("a.fuse"), UGLY).unwrap();
    let absolute = root.join("a.fuse");
    let absolute = absolute.to_str().unwrap();
    assert_eq!(fuse(&root, &["fmt", "--check", absolute]).stdout, "a.fuse\n");
    assert_eq!(fuse(&root.join("sub"), &["fmt", "--check", "../a.fuse"]).stdout, format!("{absolute}\n"));
}

const MANIFEST: &str = "[package]\nentry = \"src/main.fuse\"\n";

#[test]
fn a_package() {
    let main = "import Lib from 'lib/one'\nimport { two } from \"root:two\"\nimport Text from \"text.md\"\n\
                import Gone from \"gone\"\nimport Other from \"../other/src/main\"\n";
    let files = [
        ("p/fuse.toml", MANIFEST),
        ("p/src/main.fuse", main),
        ("p/src/lib/one.fuse", "import T from \"root:two\"\nfn one() -> Int :\n\treturn 1"),
        ("p/two.fuse", "fn two() -> Int:\n  return 2\n"),
        ("p/src/unreached.fuse", UGLY),
        ("p/src/text.md", "text  \n\n\n"),
        ("p/.env", "no assignment\n"),
        ("p/other/fuse.toml", MANIFEST),
        ("p/other/src/main.fuse", UGLY),
    ];
    let root = folder("fmt_package", &files);
    let package = root.join("p");
    for (cwd, args, names) in [
        (&root, &["p"][..], "p/src/main.fuse\np/src/lib/one.fuse\n"),
        (&root, &["--manifest-path", "p/fuse.toml"], "p/src/main.fuse\np/src/lib/one.fuse\n"),
        (&package, &[], "src/main.fuse\nsrc/lib/one.fuse\n"),
        // What an entry reaches is formatted, whichever it is.
        (&package, &["src/lib/one.fuse"], "src/lib/one.fuse\n"),
        (&root, &["p/src/unreached.fuse"], "p/src/unreached.fuse\n"),
        (&package, &["two.fuse"], ""),
    ] {
        let args: Vec<&str> = ["fmt", "--check"].iter().chain(args).copied().collect();
        let status = i32::from(!names.is_empty());
        assert_eq!(fuse(cwd, &args), Ended { stdout: names.into(), ..silent(status) }, "{args:?}");
    }
    assert_eq!(fuse(&root, &["fmt", "p"]), silent(0));
    assert_eq!(read(&root, "p/src/main.fuse"), main.replace('\'', "\""));
    assert_eq!(
        read(&root, "p/src/lib/one.fuse"),
        "import T from \"root:two\"\nfn one() -> Int :\n  return 1\n"
    );
    for (path, text) in &files[3..] {
        assert_eq!(read(&root, path), *text, "{path} was not touched");
    }
}

#[test]
fn nothing_is_rewritten_if_a_source_does_not_parse() {
    let files = [
        ("fuse.toml", MANIFEST),
        ("src/main.fuse", "import A from \"./a\"\nimport B from \"./b\"\n\n\n"),
        ("src/a.fuse", UGLY),
        ("src/b.fuse", BROKEN),
    ];
    let root = folder("fmt_broken", &files);
    let message = "cannot format src/b.fuse: it does not parse; no file was changed";
    for args in [&["fmt"][..], &["fmt", "--check"]] {
        let text = fuse(&root, args);
        assert_eq!((text.status, text.stdout.as_str()), (1, ""));
        assert!(
            text.stderr.contains(" (src/b.fuse:3:7)\n    let let = 1\n        ^^^\n  hint: "),
            "{}",
            text.stderr
        );
        assert!(
            text.stderr.ends_with(&format!("error: {message}\n  code: wrapper_format_aborted\n")),
            "{}",
            text.stderr
        );
        assert_eq!(text.stderr.matches("  code: ").count(), 2, "repaired mistakes are none: {}", text.stderr);
        let json = fuse(&root, &[args, &["--diagnostics=json"]].concat()).stderr;
        let records: Vec<&str> = json.lines().collect();
        assert_eq!(records.len(), 2, "{json}");
        assert!(
            records[0]
                .starts_with("{\"code\":\"FUSE_RESERVED_KEYWORD\",\"column\":7,\"kind\":\"diagnostic\""),
            "{json}"
        );
        assert_eq!(
            records[1],
            format!(
                "{{\"code\":\"wrapper_format_aborted\",\"kind\":\"cli_message\",\"level\":\"error\",\"message\":\"{message}\"}}"
            )
        );
        for (path, source) in files {
            assert_eq!(read(&root, path), source);
        }
    }
}

#[test]
fn what_cannot_be_read() {
    let root =
        folder("fmt_unreadable", &[("fuse.toml", MANIFEST), ("src/main.fuse", "import A from './a'\n")]);
    std::fs::write(root.join("src/a.fuse"), b"# \xff\n").unwrap();
    let error = "error: cannot read src/a.fuse: it is not UTF-8 (byte 2)\n  code: wrapper_file_read\n";
    assert_eq!(fuse(&root, &["fmt"]), Ended { stderr: error.into(), ..silent(1) });
    assert_eq!(read(&root, "src/main.fuse"), "import A from './a'\n");
    let missing = fuse(&root, &["fmt", "none.fuse"]);
    assert!(
        missing.status == 1
            && missing.stderr.contains("none.fuse: it does not exist\n  code: wrapper_file_read")
    );
    let empty = folder("fmt_empty", &[("d/a", "")]);
    assert!(fuse(&empty, &["fmt"]).stderr.starts_with("error: missing entry: "));
    assert!(fuse(&empty, &["fmt", "d"]).stderr.starts_with("error: missing manifest: d/fuse.toml\n"));
}

#[cfg(unix)]
#[test]
fn files_keep_what_they_are() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    let root = folder("fmt_kept", &[("real.fuse", UGLY), ("same.fuse", PRETTY), ("ro.fuse", UGLY)]);
    let mode = |path: &str, mode: u32| {
        std::fs::set_permissions(root.join(path), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    // Permissions stay, and a link stays a link.
    mode("real.fuse", 0o640);
    symlink("real.fuse", root.join("link.fuse")).unwrap();
    assert_eq!(fuse(&root, &["fmt", "link.fuse"]), silent(0));
    assert_eq!(read(&root, "real.fuse"), PRETTY);
    assert!(root.join("link.fuse").is_symlink());
    assert_eq!(std::fs::metadata(root.join("real.fuse")).unwrap().permissions().mode() & 0o777, 0o640);
    // What does not change is not written: not even a read-only file is in the way.
    let before = std::fs::metadata(root.join("same.fuse")).unwrap().ino();
    mode("same.fuse", 0o444);
    assert_eq!(fuse(&root, &["fmt", "same.fuse"]), silent(0));
    assert_eq!(std::fs::metadata(root.join("same.fuse")).unwrap().ino(), before);
    // A read-only file that would change is refused.
    mode("ro.fuse", 0o444);
    let error = "error: cannot write ro.fuse: permission denied\n  code: wrapper_file_write\n";
    assert_eq!(fuse(&root, &["fmt", "ro.fuse"]), Ended { stderr: error.into(), ..silent(1) });
    assert_eq!(read(&root, "ro.fuse"), UGLY);
    assert_eq!(fuse(&root, &["fmt", "--check", "ro.fuse"]).stdout, "ro.fuse\n");
    let left: Vec<_> = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "no temporary file is left: {left:?}");
}

/// If one file of several cannot be replaced, none is.
#[cfg(unix)]
#[test]
fn all_or_none() {
    use std::os::unix::fs::PermissionsExt;
    let files = [("fuse.toml", MANIFEST), ("src/main.fuse", "import A from './a'\n"), ("src/a.fuse", UGLY)];
    let root = folder("fmt_all", &files);
    std::fs::set_permissions(root.join("src/a.fuse"), std::fs::Permissions::from_mode(0o444)).unwrap();
    assert!(fuse(&root, &["fmt"]).stderr.contains("wrapper_file_write"));
    for (path, source) in files {
        assert_eq!(read(&root, path), source);
    }
}

#[test]
fn the_height_of_programs_is_no_danger() {
    let deep = format!("app \"a\":\n  print({}1{})\n", "(".repeat(200), ")".repeat(200));
    let tall = format!("app \"a\":\n  print(1{})\n", " + 1".repeat(2_000));
    let long = format!("app 'a':\n{}", "  print('x')  \n".repeat(50_000));
    let root = folder("fmt_tall", &[("deep.fuse", &deep), ("tall.fuse", &tall), ("long.fuse", &long)]);
    for file in ["deep.fuse", "tall.fuse", "long.fuse"] {
        assert_eq!(ended(command(&root, &["fmt", file])), silent(0), "{file}");
    }
    assert_eq!(read(&root, "long.fuse").len(), long.len() - 2 * 50_000);
}
