//! What users give by mistake: each is answered by a clear error with a code, in text and as records, and nothing half-written
//! stays behind.

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Ended, command, ended, folder, fuse};

const GOOD: &str = "app \"hello\":\n  print(\"hello\")\n";

/// Runs a command that must fail with this code, in both forms, and returns the text form.
#[track_caller]
fn refused(cwd: &Path, args: &[&str], code: &str) -> String {
    let text = fuse(cwd, args);
    fails_plainly(&text, &format!("{args:?}"));
    assert!(
        text.stderr.contains(&format!("  code: {code}\n")),
        "{args:?} lacks {code}: {:.2000}",
        text.stderr
    );
    let mut json_args = args.to_vec();
    json_args.push("--diagnostics=json");
    let json = fuse(cwd, &json_args);
    assert_eq!(json.status, 1, "{json_args:?}");
    for line in json.stderr.lines() {
        assert!(line.starts_with('{') && line.ends_with('}'), "not a record: {line:.500}");
    }
    let record = format!("\"code\":\"{code}\"");
    assert!(json.stderr.contains(&record), "{json_args:?} lacks {code}: {:.2000}", json.stderr);
    text.stderr
}

#[track_caller]
fn fails_plainly(ended: &Ended, what: &str) {
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{what}: {:.2000}", ended.stderr);
    assert!(ended.stderr.len() < 200_000, "{what}: {} bytes of messages", ended.stderr.len());
    for crash in ["panicked", "wrapper_internal", "RUST_BACKTRACE", ".rs:"] {
        assert!(!ended.stderr.contains(crash), "{what}: {:.2000}", ended.stderr);
    }
}

/// The same error from every command that loads a program.
#[track_caller]
fn refused_by_all(cwd: &Path, file: &str, code: &str) {
    for command in ["check", "run", "build"] {
        refused(cwd, &[command, file], code);
    }
    refused(cwd, &["build", "--release", file], code);
    assert!(!cwd.join(".fuse").exists(), "nothing is written for a program that is none");
}

#[test]
fn entries_that_are_no_files() {
    let root = folder("bad_entry", &[("dir/readme", "")]);
    refused_by_all(&root, "missing.fuse", "wrapper_file_read");
    refused_by_all(&root, "missing/../missing.fuse", "wrapper_file_read");
    refused(&root, &["check", "--file", "dir"], "wrapper_file_read");
    refused(&root, &["check", "dir"], "wrapper_manifest_missing");
    symlink("loop.fuse", root.join("loop.fuse")).unwrap();
    refused_by_all(&root, "loop.fuse", "wrapper_file_read");
    symlink("/dev/zero", root.join("zero.fuse")).unwrap();
    refused_by_all(&root, "zero.fuse", "wrapper_file_read");
    let pipe = Command::new("mkfifo").arg(root.join("pipe.fuse")).status().unwrap();
    assert!(pipe.success());
    refused_by_all(&root, "pipe.fuse", "wrapper_file_read");
    refused(&root, &["check", &"x/".repeat(5_000)], "wrapper_file_read");
    refused(&root, &["check", &format!("{}.fuse", "x".repeat(300))], "wrapper_file_read");
    refused(&root, &["check", "a.fuse/b.fuse"], "wrapper_file_read");
}

#[test]
fn files_that_may_not_be_read() {
    let root = folder(
        "bad_unreadable",
        &[("closed.fuse", GOOD), ("main.fuse", &format!("import C from \"./closed\"\n\n{GOOD}"))],
    );
    fs::set_permissions(root.join("closed.fuse"), fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything; without its capabilities it is a user like any other.
    let without = |args: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set=-all", "--inh-caps=-all"]).arg(env!("CARGO_BIN_EXE_fuse")).args(args);
        command.current_dir(&root).stdin(Stdio::null());
        ended(command)
    };
    let plain = |args: &[&str]| ended(command(&root, args));
    let is_root = fs::File::open(root.join("closed.fuse")).is_ok();
    let run = |args: &[&str]| if is_root { without(args) } else { plain(args) };
    for (args, code) in
        [(["check", "closed.fuse"], "wrapper_file_read"), (["check", "main.fuse"], "FUSE_IMPORT_MODULE_READ")]
    {
        let found = run(&args);
        fails_plainly(&found, &format!("{args:?}"));
        assert!(found.stderr.contains("ermission denied") && found.stderr.contains(code), "{}", found.stderr);
    }
    fs::set_permissions(root.join("closed.fuse"), fs::Permissions::from_mode(0o644)).unwrap();
}

#[test]
fn sources_that_are_no_text() {
    let sources: &[(&str, &[u8], &str)] = &[
        ("latin1", b"# caf\xe9\napp \"x\":\n  print(1)\n", "wrapper_file_read"),
        ("utf16", b"\xff\xfea\0p\0p\0 \0", "wrapper_file_read"),
        ("elf", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\xf0\xff", "wrapper_file_read"),
        ("tabs", b"app \"x\":\n\tprint(1)\n", "FUSE_TAB_INDENTATION"),
        ("control", b"app \"x\":\n  print(\x07)\n", "FUSE_UNEXPECTED_CHARACTER"),
        ("string", b"app \"x\":\n  print(\"never closed)\n", "FUSE_UNTERMINATED_STRING"),
        ("brackets", b"app \"x\":\n  print((1)\n", "FUSE_UNCLOSED_BRACKET"),
    ];
    let root = folder("bad_text", &[]);
    for (name, bytes, code) in sources {
        let file = format!("{name}.fuse");
        fs::write(root.join(&file), bytes).unwrap();
        refused_by_all(&root, &file, code);
    }
}

#[test]
fn large_and_deep_sources() {
    let app = |text: &str| format!("app \"x\":\n  {text}\n");
    let nested = |open: &str, close: &str, count: usize| {
        app(&format!("print({}1{})", open.repeat(count), close.repeat(count)))
    };
    let blocks: String = (1..3_000).map(|depth| format!("{}if true:\n", " ".repeat(depth))).collect();
    let sources: Vec<(&str, String, &str)> = vec![
        ("line", app(&format!("print(\"{}\" + oops)", "y".repeat(10 << 20))), "FUSE_UNKNOWN_NAME"),
        ("parentheses", nested("(", ")", 10_000), "FUSE_NESTING_TOO_DEEP"),
        ("lists", nested("[", "]", 10_000), "FUSE_NESTING_TOO_DEEP"),
        ("calls", nested("print(", ")", 10_000), "FUSE_NESTING_TOO_DEEP"),
        ("options", nested("Some(", ")", 10_000), "FUSE_NESTING_TOO_DEEP"),
        ("open", app(&"(".repeat(100_000)), "FUSE_UNCLOSED_BRACKET"),
        ("blocks", format!("app \"x\":\n{blocks}"), "FUSE_NESTING_TOO_DEEP"),
        ("sum", app(&format!("print(1{})", " + 1".repeat(100_000))), "FUSE_NESTING_TOO_DEEP"),
        ("digits", app(&format!("print({})", "9".repeat(1 << 20))), "FUSE_INTEGER_TOO_LARGE"),
        ("integer", app("print(9223372036854775808)"), "FUSE_INTEGER_TOO_LARGE"),
        (
            "types",
            format!("fn f(x: {}Int{}):\n  print(1)\n\n{GOOD}", "List<".repeat(10_000), ">".repeat(10_000)),
            "FUSE_NESTING_TOO_DEEP",
        ),
        ("itself", "type A:\n  a: A\n\napp \"x\":\n  print(1)\n".into(), "FUSE_RECURSIVE_TYPE"),
    ];
    let root = folder("bad_large", &[]);
    for (name, source, code) in &sources {
        let file = format!("{name}.fuse");
        fs::write(root.join(&file), source).unwrap();
        refused(&root, &["check", &file], code);
        refused(&root, &["build", "--release", &file], code);
    }
}

/// Long, but right: these are built and run.
#[test]
fn long_sources_that_are_programs() {
    let mut chain = String::from("fn f(n: Int) -> Int:\n  if n == 0:\n    return 0\n");
    for n in 1..100_000 {
        chain += &format!("  else if n == {n}: return {}\n", n % 7);
    }
    chain += "  return 9\n\napp \"x\":\n  print(f(99999))\n  print(f(100000))\n";
    let statements = format!("app \"x\":\n  var n = 0\n{}  print(n)\n", "  n = n + 1\n".repeat(20_000));
    let list = format!("app \"x\":\n  let all = [{}]\n  print(all[9999])\n", "7, ".repeat(10_000));
    let text = format!("app \"x\":\n  let all = \"{}\"\n  print(1)\n", "y".repeat(10 << 20));
    let root = folder("long", &[]);
    for (name, source, output) in
        [("statements", statements, "20000\n"), ("list", list, "7\n"), ("text", text, "1\n")]
    {
        let file = format!("{name}.fuse");
        fs::write(root.join(&file), source).unwrap();
        let ran = fuse(&root, &["run", &file]);
        assert_eq!((ran.status, ran.stdout.as_str()), (0, output), "{name}: {:.2000}", ran.stderr);
    }
    fs::write(root.join("chain.fuse"), chain).unwrap();
    let checked = fuse(&root, &["check", "chain.fuse"]);
    assert_eq!(checked.status, 0, "{:.2000}", checked.stderr);
}

#[test]
fn imports_that_lead_nowhere() {
    let with = |import: &str| format!("{import}\n\n{GOOD}");
    type Files = &'static [(&'static str, &'static str)];
    let cases: &[(&str, Files, &str)] = &[
        (
            "itself",
            &[("main.fuse", "import M from \"./main\"\n\napp \"x\":\n  print(1)\n")],
            "FUSE_IMPORT_CYCLE",
        ),
        (
            "pair",
            &[
                ("main.fuse", "import A from \"./a\"\n\napp \"x\":\n  print(1)\n"),
                ("a.fuse", "import M from \"./main\"\n\nfn f():\n  print(1)\n"),
            ],
            "FUSE_IMPORT_CYCLE",
        ),
        (
            "missing",
            &[("main.fuse", "import A from \"./a\"\n\napp \"x\":\n  print(1)\n")],
            "FUSE_IMPORT_MODULE_READ",
        ),
        (
            "folder",
            &[("main.fuse", "import A from \"./a\"\n\napp \"x\":\n  print(1)\n"), ("a.fuse/readme", "")],
            "FUSE_IMPORT_MODULE_READ",
        ),
    ];
    for (name, files, code) in cases {
        let root = folder(&format!("bad_import_{name}"), files);
        refused_by_all(&root, "main.fuse", code);
    }
    let root = folder(
        "bad_import_outside",
        &[("main.fuse", &with("import A from \"../../../../../../../../../../../../etc/passwd\""))],
    );
    let found = fuse(&root, &["check", "main.fuse"]);
    fails_plainly(&found, "outside");
    assert!(!found.stderr.contains("root:x"), "{}", found.stderr);
}

#[test]
fn programs_without_anything_to_run() {
    let root = folder(
        "bad_empty",
        &[
            ("empty.fuse", ""),
            ("comment.fuse", "# nothing\n"),
            ("fn.fuse", "fn f() -> Int:\n  return 1\n"),
            ("app.fuse", GOOD),
        ],
    );
    for file in ["empty.fuse", "comment.fuse", "fn.fuse"] {
        assert_eq!(fuse(&root, &["check", file]).status, 0);
        let message = refused(&root, &["run", file], "wrapper_runtime_setup");
        assert!(message.contains("no app found"), "{message}");
    }
    let message = refused(&root, &["run", "--app", "other", "app.fuse"], "wrapper_runtime_setup");
    assert!(message.contains("app not found: other"), "{message}");
    let message = refused(&root, &["build", "--app", "other", "app.fuse"], "wrapper_runtime_setup");
    assert!(message.contains("app not found: other"), "{message}");
    assert!(!root.join(".fuse/build/program.aot").exists());
}

#[test]
fn manifests_that_are_wrong() {
    let manifests: &[(&str, &[u8], &str)] = &[
        ("toml", b"[package\nentry = \"main.fuse\"\n", "wrapper_manifest_invalid"),
        ("latin1", b"[package]\nname = \"caf\xe9\"\nentry = \"main.fuse\"\n", "wrapper_manifest_invalid"),
        ("type", b"[package]\nentry = 7\n", "wrapper_manifest_invalid"),
        ("section", b"package = 1\n", "wrapper_manifest_invalid"),
        (
            "profile",
            b"[package]\nentry = \"main.fuse\"\n\n[build]\nprofile = \"fast\"\n",
            "wrapper_manifest_invalid",
        ),
        ("backend", b"[package]\nentry = \"main.fuse\"\nbackend = \"wasm\"\n", "wrapper_unknown_backend"),
        ("no_package", b"[build]\nstatic = false\n", "wrapper_manifest_invalid"),
        ("no_entry", b"[package]\nname = \"x\"\n", "wrapper_usage"),
        ("entry", b"[package]\nentry = \"missing.fuse\"\n", "wrapper_file_read"),
        ("nested", &[b'['; 100_000], "wrapper_manifest_invalid"),
    ];
    for (name, bytes, code) in manifests {
        let root = folder(&format!("bad_manifest_{name}"), &[("main.fuse", GOOD)]);
        fs::write(root.join("fuse.toml"), bytes).unwrap();
        for command in ["check", "build"] {
            let text = fuse(&root, &[command]);
            fails_plainly(&text, name);
            let json = fuse(&root, &[command, "--diagnostics=json"]);
            assert!(json.stderr.contains(&format!("\"code\":\"{code}\"")), "{name}: {}", json.stderr);
        }
        assert!(!root.join(".fuse").exists(), "{name}");
    }
    let root = folder("bad_manifest_directory", &[("main.fuse", GOOD), ("fuse.toml/readme", "")]);
    refused(&root, &["check", "--manifest-path", "."], "wrapper_file_read");
    refused(&root, &["check", "--manifest-path", "nowhere"], "wrapper_manifest_missing");
}

/// The executable of an earlier build is still there, whole, and runs; nothing was left beside it.
#[track_caller]
fn old_output_stays(folder: &Path, before: &[u8]) {
    let executable = folder.join("program.aot");
    assert!(fs::read(&executable).unwrap() == before, "the old executable is untouched");
    let output = Command::new(&executable).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"hello\n"[..]));
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["program.aot", "program.aot.json"], "nothing half-written");
}

#[test]
fn a_failed_build_leaves_the_old_executable() {
    let root = folder("bad_rebuild", &[("main.fuse", GOOD)]);
    assert_eq!(fuse(&root, &["build", "--release", "main.fuse"]).status, 0);
    let build = root.join(".fuse/build");
    let before = fs::read(build.join("program.aot")).unwrap();
    fs::write(root.join("main.fuse"), "app \"hello\":\n  print(oops)\n").unwrap();
    refused(&root, &["build", "--release", "main.fuse"], "FUSE_UNKNOWN_NAME");
    old_output_stays(&build, &before);
}

/// Runs a script as root of a namespace of its own, where file systems can be mounted; `$FUSE` is the tool chain.
fn in_namespace(root: &Path, script: &str) -> Ended {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-euc", script]);
    command.current_dir(root).env("FUSE", env!("CARGO_BIN_EXE_fuse")).stdin(Stdio::null());
    ended(command)
}

#[test]
fn read_only_output_folder() {
    let root = folder("bad_read_only", &[("main.fuse", GOOD)]);
    for form in ["text", "json"] {
        let script = format!(
            "mount --bind -o ro . . && cd \"$PWD\" && $FUSE build --release --diagnostics={form} main.fuse"
        );
        let found = in_namespace(&root, &script);
        fails_plainly(&found, "read-only");
        assert!(
            found.stderr.contains("wrapper_file_write") && found.stderr.contains("ead-only"),
            "{}",
            found.stderr
        );
        assert!(!root.join(".fuse").exists());
    }
    // With an executable from before.
    assert_eq!(fuse(&root, &["build", "--release", "main.fuse"]).status, 0);
    let build = root.join(".fuse/build");
    let before = fs::read(build.join("program.aot")).unwrap();
    fs::write(root.join("main.fuse"), "app \"hello\":\n  print(\"other\")\n").unwrap();
    let found =
        in_namespace(&root, "mount --bind -o ro . . && cd \"$PWD\" && $FUSE build --release main.fuse");
    fails_plainly(&found, "read-only");
    old_output_stays(&build, &before);
}

#[test]
fn output_paths_that_cannot_be_written() {
    let manifest =
        |path: &str| format!("[package]\nentry = \"main.fuse\"\n\n[build]\nnative_bin = \"{path}\"\n");
    let root = folder("bad_output", &[("main.fuse", GOOD), ("dir/readme", ""), ("file", "")]);
    for path in ["dir", "file/program", "/proc/program", "/dev/full/program"] {
        fs::write(root.join("fuse.toml"), manifest(path)).unwrap();
        refused(&root, &["build"], "wrapper_file_write");
    }
    assert_eq!(fs::read(root.join("file")).unwrap(), b"");
    let root = folder("bad_fuse_folder", &[("main.fuse", GOOD), (".fuse", "a file")]);
    refused(&root, &["build", "--release", "main.fuse"], "wrapper_file_write");
    assert_eq!(fs::read(root.join(".fuse")).unwrap(), b"a file");
}

#[test]
fn full_disk() {
    let root = folder("bad_full_disk", &[("main.fuse", GOOD), ("disk/readme", "")]);
    // Room for the first executable, not for a second one beside it.
    let script = "
        mount -t tmpfs -o size=1m tmpfs disk
        cp main.fuse disk/
        $FUSE build --release disk/main.fuse 2>/dev/null
        cp disk/.fuse/build/program.aot before
        sed s/hello/other/ main.fuse > disk/main.fuse
        cat /dev/zero > disk/rubbish 2>/dev/null || true
        status=0
        $FUSE build --release --diagnostics=FORM disk/main.fuse 2>messages || status=$?
        cat messages >&2
        cmp before disk/.fuse/build/program.aot
        ls -A disk/.fuse/build > names
        exit $status";
    for form in ["text", "json"] {
        let found = in_namespace(&root, &script.replace("FORM", form));
        fails_plainly(&found, "full disk");
        assert!(
            found.stderr.contains("wrapper_file_write") && found.stderr.contains("pace left"),
            "{}",
            found.stderr
        );
        assert_eq!(fs::read_to_string(root.join("names")).unwrap(), "program.aot\nprogram.aot.json\n");
    }
}

#[test]
fn standard_output_that_is_full() {
    let root = folder("bad_stdout", &[("main.fuse", GOOD)]);
    for args in [&["help"][..], &["explain", "--list"], &["dump", "tokens", "main.fuse"]] {
        let mut command = command(&root, args);
        command.stdout(fs::File::options().write(true).open("/dev/full").unwrap());
        let found = ended(command);
        assert_eq!(found.status, 1, "{args:?}");
        assert!(found.stderr.contains("cannot write to standard output"), "{args:?}: {}", found.stderr);
    }
}

#[test]
fn words_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let root = folder("bad_words", &[("main.fuse", GOOD)]);
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    for words in [
        &["check"][..],
        &["run"],
        &["build", "--release"],
        &["inspect"],
        &["explain"],
        &["check", "--app"],
        &["check", "--file"],
    ] {
        let mut command = command(&root, words);
        command.arg(odd);
        fails_plainly(&ended(command), &format!("{words:?}"));
    }
}

#[test]
fn files_that_are_no_executables() {
    let root = folder("bad_inspect", &[("main.fuse", GOOD), ("empty", ""), ("dir/readme", "")]);
    for file in ["main.fuse", "empty", "dir", "missing", "/dev/zero"] {
        refused(&root, &["inspect", file], "wrapper_file_read");
        refused(&root, &["inspect", "--json", file], "wrapper_file_read");
    }
    // Every damage of a real executable is an answer: of the header, cut off anywhere.
    assert_eq!(fuse(&root, &["build", "--release", "main.fuse"]).status, 0);
    let whole = fs::read(root.join(".fuse/build/program.aot")).unwrap();
    for cut in [1, 16, 63, 64, 100, 500, 4_000, whole.len() / 2, whole.len() - 1] {
        fs::write(root.join("cut"), &whole[..cut]).unwrap();
        refused(&root, &["inspect", "cut"], "wrapper_file_read");
    }
    for at in (0..64).chain((64..2_000).step_by(37)) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        fs::write(root.join("damaged"), &damaged).unwrap();
        let found = fuse(&root, &["inspect", "--json", "damaged"]);
        assert!(
            found.status <= 1 && !found.stderr.contains("wrapper_internal"),
            "byte {at}: {}",
            found.stderr
        );
    }
}
