//! What `fuse build` does before it compiles.

mod common;

use common::{command, folder, fuse};

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

#[test]
fn the_manifest_decides_output_and_profile() {
    let manifest = |static_link: bool| {
        format!(
            "[package]\nname = \"shop\"\nversion = \"2.1.0\"\nentry = \"src/main.fuse\"\n\n\
             [build]\nnative_bin = \"out/bin/shop\"\nprofile = \"release\"\nstatic = {static_link}\n"
        )
    };
    let root = folder("build_manifest", &[("fuse.toml", &manifest(false)), ("src/main.fuse", GOOD)]);
    let inspected = || fuse(&root, &["inspect", "out/bin/shop", "--json"]).stdout;
    // Without a request the executable of `native_bin` is one of the debug profile.
    for (args, profile) in [
        (&["build"][..], "debug"),
        (&["build", "--aot"], "release"),
        (&["build", "--profile", "debug"], "debug"),
        (&["build", "--release", "--profile=release"], "release"),
    ] {
        assert_eq!(fuse(&root, args).status, 0, "{args:?}");
        let object = inspected();
        assert!(object.contains(&format!("\"profile\":\"{profile}\"")), "{args:?}: {object}");
        assert!(object.contains("\"package\":{\"name\":\"shop\",\"version\":\"2.1.0\"}"), "{object}");
        assert!(!root.join(".fuse/build/program.aot").exists());
    }
    std::fs::write(root.join("fuse.toml"), manifest(true)).unwrap();
    assert_eq!(fuse(&root, &["build"]).status, 0);
    assert!(inspected().contains("\"libraries\":[]"), "{}", inspected());
}

#[test]
fn progress_as_records_and_an_app_that_does_not_exist() {
    let root = folder("build_records", &[("a.fuse", GOOD)]);
    let step = |message: &str| {
        format!("{{\"command\":\"build\",\"kind\":\"command_step\",\"message\":\"{message}\"}}\n")
    };
    let ended = fuse(&root, &["build", "a.fuse", "--aot", "--diagnostics=json"]);
    let output = root.join(".fuse/build/program.aot");
    let size = std::fs::metadata(&output).unwrap().len();
    let stages = ["compile program", "write cache artifacts", "emit native object", "emit runtime metadata"];
    let stages = stages.iter().chain(&["select runtime components", "link final binary"]).enumerate();
    let stages = stages.map(|(number, label)| step(&format!("aot [{}/6] {label}", number + 1)));
    let composed = step(&format!("aot output {} ({size} bytes; components: core)", output.display()));
    let expected = step("start") + &stages.collect::<String>() + &composed + &step("ok");
    assert_eq!((ended.status, ended.stderr, ended.stdout.as_str()), (0, expected, ""));
    let before = std::fs::read(&output).unwrap();
    let ended = fuse(&root, &["build", "a.fuse", "--release", "--app", "other"]);
    assert_eq!(ended.status, 1);
    let error =
        "error: app not found: other (declared: hello)\n  code: wrapper_runtime_setup\n[build] failed\n";
    assert!(ended.stderr.ends_with(error), "{}", ended.stderr);
    assert_eq!(std::fs::read(&output).unwrap(), before);
}

#[test]
fn outputs_never_replace_what_the_build_reads() {
    for (setting, victim) in [
        ("native_bin = \"src/../src/main.fuse\"", "src/main.fuse"),
        ("native_bin = \"fuse.toml\"", "fuse.toml"),
        ("native_bin = \"src/notes\"", "src/notes.json"),
        ("openapi = \"src/main.fuse\"", "src/main.fuse"),
        ("openapi = \".env\"", ".env"),
        ("native_bin = \"config.toml\"", "config.toml"),
    ] {
        let manifest = format!("[package]\nentry = \"src/main.fuse\"\n\n[build]\n{setting}\n");
        let source = format!("import Notes from \"./notes.json\"\n\n{GOOD}");
        let files = [
            ("fuse.toml", manifest.as_str()),
            ("src/main.fuse", &source),
            ("src/notes.json", "{}\n"),
            (".env", "A=b\n"),
            ("config.toml", "[c]\n"),
        ];
        let root = folder("build_over_inputs", &files);
        let ended = fuse(&root, &["build"]);
        assert_eq!(ended.status, 1, "{setting}: {}", ended.stderr);
        assert!(ended.stderr.contains("the build reads this file"), "{setting}: {}", ended.stderr);
        assert!(ended.stderr.contains("\n  code: wrapper_file_write\n"), "{setting}: {}", ended.stderr);
        let before = files.iter().find(|(path, _)| *path == victim).unwrap().1;
        assert_eq!(std::fs::read_to_string(root.join(victim)).unwrap(), before, "{setting}");
    }
}

#[test]
fn inspect_shows_control_characters_on_one_line() {
    let manifest = "[package]\nentry = \"a.fuse\"\nname = \"a\\nsize: 1\"\nversion = \"\\u001b[31m\"\n";
    let root = folder("inspect_controls", &[("fuse.toml", manifest), ("a.fuse", GOOD)]);
    assert_eq!(fuse(&root, &["build", "--aot"]).status, 0);
    let ended = fuse(&root, &["inspect", ".fuse/build/program.aot"]);
    assert!(ended.stdout.contains("\npackage: a\\nsize: 1 \u{241b}[31m\n"), "{}", ended.stdout);
}

#[test]
fn a_symbol_file_belongs_to_its_executable() {
    let root = folder("build_symbols", &[("a.fuse", GOOD)]);
    let symbols = root.join(".fuse/build/program.aot.sym");
    for (profile, has_symbols) in
        [("release-with-symbols", true), ("release", false), ("release-with-symbols", true), ("debug", false)]
    {
        assert_eq!(fuse(&root, &["build", "a.fuse", "--profile", profile]).status, 0);
        assert_eq!(symbols.exists(), has_symbols, "{profile}");
    }
    // What a killed build has left goes too.
    std::fs::write(root.join(".fuse/build/.program.aot.sym.tmp"), "half").unwrap();
    assert_eq!(fuse(&root, &["build", "a.fuse", "--release"]).status, 0);
    assert_eq!(std::fs::read_dir(root.join(".fuse/build")).unwrap().count(), 2);
    // A file of that name that no build has made is nobody's to delete.
    std::fs::write(&symbols, "notes\n").unwrap();
    assert_eq!(fuse(&root, &["build", "a.fuse", "--release"]).status, 0);
    assert_eq!(std::fs::read_to_string(&symbols).unwrap(), "notes\n");
}

/// Every function that the program declares and reaches, whatever the compiler does with it, and nothing else.
#[test]
fn the_report_names_the_functions_of_the_program() {
    let source = "\
type A:
  n: Int(0..9, predicate(odd)) = first()

fn odd(n: Int) -> Bool:
  return n % 2 == 1

fn first() -> Int:
  return 3

fn unused() -> Int:
  return 4

fn may_fail(n: Int) -> Int!std.Error:
  if n == 0: return Err(std.Error(code=\"x\", message=\"y\", status=400))
  return n

fn twice<T>(x: T) -> List<T>:
  return [x, x]

config C:
  port: Int = first()

fn main(times: Int = 2) -> Unit!std.Error:
  print(may_fail(times)?!)

app \"a$b\":
  let one = spawn:
    first()
  let a: A = json.decode(\"{}\")
  print(await one + a.n + C.port)
  print(twice(1))
";
    let root = folder("build_functions", &[("m.fuse", source)]);
    for profile in ["debug", "release", "release-with-symbols"] {
        let ended = fuse(&root, &["build", "m.fuse", "--profile", profile]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        let report = std::fs::read_to_string(root.join(".fuse/build/program.aot.json")).unwrap();
        let list = report.split_once("\"functions\":[").unwrap().1.split_once(']').unwrap().0;
        let expected = "\"m.A.n\",\"m.C.port\",\"m.app a$b\",\"m.app a$b spawn 1\",\"m.first\",\"m.main\",\"m.main.times\",\"m.may_fail\",\"m.odd\",\"m.twice<Int>\"";
        assert_eq!(list, expected, "{profile}");
    }
}

#[test]
fn outputs_never_replace_each_other() {
    for settings in [
        "native_bin = \"out/x\"\nopenapi = \"out/./sub/../x\"",
        "native_bin = \"out/x\"\nopenapi = \"out/x.json\"",
    ] {
        let manifest = format!("[package]\nentry = \"a.fuse\"\n\n[build]\n{settings}\n");
        let root = folder("build_one_name", &[("fuse.toml", &manifest), ("a.fuse", GOOD), ("out/sub/x", "")]);
        let ended = fuse(&root, &["build"]);
        assert_eq!(ended.status, 1, "{settings}");
        assert!(ended.stderr.contains("the build writes two files of this name"), "{}", ended.stderr);
        assert!(!root.join("out/x").exists() && !root.join("out/x.json").exists());
    }
}

/// A build that fails leaves everything as it was, whichever file cannot be written.
#[test]
fn all_outputs_or_none() {
    let manifest = "[package]\nentry = \"a.fuse\"\n\n[build]\nopenapi = \"way/api.json\"\n";
    let root = folder("build_all_or_none", &[("fuse.toml", manifest), ("a.fuse", GOOD), ("way", "a file\n")]);
    let build = |options: &[&str]| fuse(&root, &[&["build"], options].concat());
    let failed = build(&["--release"]);
    assert!(
        failed.status == 1 && failed.stderr.contains("  code: wrapper_file_write\n"),
        "{}",
        failed.stderr
    );
    let outputs = || {
        let entries = std::fs::read_dir(root.join(".fuse/build")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = paths.map(|path| (std::fs::read(&path).unwrap(), path)).collect();
        files.sort();
        files
    };
    assert_eq!(outputs(), []);

    std::fs::remove_file(root.join("way")).unwrap();
    assert_eq!(build(&["--profile=release-with-symbols"]).status, 0);
    let before = outputs();
    assert_eq!(before.len(), 3);
    std::fs::remove_dir_all(root.join("way")).unwrap();
    std::fs::write(root.join("way"), "a file\n").unwrap();
    std::fs::write(root.join("a.fuse"), GOOD.replace("hello", "other")).unwrap();
    for options in [["--release"], ["--profile=release-with-symbols"], ["--aot"]] {
        assert_eq!(build(&options).status, 1);
        assert!(outputs() == before, "{options:?}");
    }
}

/// Builds at the same time: what lies there in the end belongs together.
#[test]
fn concurrent_builds_leave_files_that_fit() {
    let root = folder("build_concurrent", &[("a.fuse", GOOD)]);
    let build = |profile: &str| {
        let mut command = command(&root, &["build", "a.fuse", "--profile", profile]);
        command.stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    for round in 0..5 {
        let builds = ["release", "release-with-symbols", "debug"].into_iter().cycle().skip(round).take(9);
        let builds: Vec<_> = builds.map(build).collect();
        for mut build in builds {
            assert!(build.wait().unwrap().success());
        }
        let path = |extension: &str| root.join(format!(".fuse/build/program.aot{extension}"));
        let hash = |extension: &str| {
            let file = std::fs::read(path(extension)).ok()?;
            Some(format!("{{\"sha256\":\"{}\",\"size\":{}}}", fuse_link::sha256_hex(&file), file.len()))
        };
        let symbols = hash(".sym").unwrap_or_else(|| "null".to_owned());
        let end = format!("\"output\":{},\"symbols\":{symbols}}}\n", hash("").unwrap());
        let report = std::fs::read_to_string(path(".json")).unwrap();
        assert!(report.ends_with(&end), "{report} should end in {end}");
        assert_eq!(
            std::fs::read_dir(root.join(".fuse/build")).unwrap().count(),
            2 + usize::from(path(".sym").exists())
        );
    }
}
