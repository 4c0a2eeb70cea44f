//! A: from source to machine code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use fuse_diagnostics::codes::TABLE;
use fuse_diagnostics::explain::examples;

use crate::graph;
use crate::support::*;

/// The records about the program's text, sorted.
fn diagnostics(stderr: &str) -> Vec<&str> {
    let mut records: Vec<_> =
        stderr.lines().filter(|line| line.contains("\"kind\":\"diagnostic\"")).collect();
    records.sort_unstable();
    records
}

/// Whether a program was refused, by `fuse check` and by `fuse build` with the same diagnostics.
fn refused(folder: &Folder, name: &str, files: &[(&str, &str)]) -> bool {
    let package = folder.join(name);
    for (path, text) in files {
        write(&package.join(path), text);
    }
    let entry = files.first().expect("a file").0;
    let run = |words: &[&str]| {
        let mut command = Command::new(FUSE);
        end(command.current_dir(&package).env_clear().args(words).args(["--diagnostics=json", entry]))
    };
    let (check, build) = (run(&["check"]), run(&["build", "--release"]));
    assert_eq!(diagnostics(&check.stderr), diagnostics(&build.stderr), "{name}");
    assert!(matches!(check.status, Some(0 | 1)), "{name}: {}", check.stderr);
    if !build.stderr.contains("FUSE_NOT_AVAILABLE") {
        assert_eq!(build.status, check.status, "{name}: {}", build.stderr);
    }
    check.status == Some(1)
}

#[test]
fn r1_one_front_end() {
    let folder = Folder::new();
    let mut failing = 0;
    for row in TABLE {
        let examples = examples(row.code.as_str());
        for (kind, files) in [("failing", examples.failing), ("corrected", examples.corrected)] {
            if !files.is_empty() {
                failing += usize::from(refused(&folder, &format!("{}-{kind}", row.code), &files));
            }
        }
    }
    assert!(failing > 60, "{failing} programs were refused");
}

/// The programs of the chapters about the checker, whose files are fenced blocks below headings.
#[test]
fn r1_one_front_end_for_the_chapters() {
    let folder = Folder::new();
    let (mut failing, mut passing) = (0, 0);
    for entry in fs::read_dir(repository().join("crates/sema/tests/rules")).expect("chapters") {
        let path = entry.expect("an entry").path();
        let chapter = fs::read_to_string(&path).expect("a chapter");
        let name = path.file_stem().expect("a name").to_string_lossy();
        for (number, case) in chapter.split("\n## ").enumerate() {
            let blocks = case.split("\n```").filter(|block| block.contains('\n'));
            let files = blocks.filter_map(|block| {
                let (head, text) = block.split_once('\n')?;
                Some((head.split_once(' ')?.1, text)).filter(|_| !head.contains('#') && head.contains('.'))
            });
            let files: Vec<_> = files.filter(|(path, _)| !path.contains([' ', '`'])).collect();
            if files.is_empty() {
                continue;
            }
            let refused = refused(&folder, &format!("{name}-{number}"), &files);
            failing += usize::from(refused);
            passing += usize::from(!refused);
        }
    }
    assert!(failing > 100 && passing > 30, "{failing} programs were refused, {passing} were not");
}

/// A function that code generation refuses fails the build by name; the previous executable stays.
#[test]
fn r3_no_fallback() {
    let folder = Folder::of_fixture("faults");
    let executable = build_in(folder.path(), RELEASE);
    let before = fs::read(&executable).expect("the executable");
    let ended = end(&mut fuse_build(folder.path(), &["--release", "--refuse=main.deeper"]));
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("main.deeper") && ended.stderr.contains("wrapper_internal"),
        "{}",
        ended.stderr
    );
    assert_eq!(fs::read(&executable).expect("the executable"), before);
}

/// The functions in the report of a debug executable, each of which must have a text symbol of its own.
fn functions(executable: &Path) -> Vec<String> {
    let report = fs::read_to_string(executable.with_extension("aot.json")).expect("a report");
    let list = report.split_once("\"functions\":[\"").expect("functions").1;
    let list = list.split_once("\"]").expect("a list").0;
    let functions: Vec<String> = list.split("\",\"").map(str::to_owned).collect();
    let symbols = tool("nm", &["--defined-only"], executable);
    let symbols = symbols.lines().filter_map(|line| line.split_once(' ')?.1.strip_prefix(['t', 'T']));
    let symbols: BTreeSet<&str> = symbols.map(str::trim).collect();
    for function in &functions {
        assert!(symbols.contains(function.as_str()), "{function} has no symbol: {symbols:?}");
    }
    assert!(functions.is_sorted(), "{functions:?}");
    functions
}

/// The fixtures reach every function that they declare.
#[test]
fn r4_all_code_is_present() {
    for name in FIXTURES {
        let built = build(name, DEBUG);
        let functions = functions(&built.executable);
        assert!(
            functions.iter().any(|function| function.ends_with(&format!(".app {name}"))),
            "{functions:?}"
        );
        let folder = if name == "harbour" { built.package().join("src") } else { built.package().to_owned() };
        let sources = fs::read_dir(folder).expect("sources").map(|source| source.expect("an entry").path());
        let sources = sources.filter(|path| path.extension().is_some_and(|extension| extension == "fuse"));
        for source in sources {
            let text = fs::read_to_string(&source).expect("a source");
            let declared = text.lines().filter_map(|line| line.strip_prefix("fn ")?.split_once(['(', '<']));
            for (name, _) in declared {
                let is_it = |function: &String| function.ends_with(&format!(".{name}"));
                assert!(functions.iter().any(is_it), "{name} of {} in {functions:?}", source.display());
            }
        }
    }
}

/// What is compiled in other forms than written is there under its name all the same.
#[test]
fn r4_functions_with_other_forms() {
    let source = "\
component Card(title: String):
  div():
    title

component Page(title: String):
  Card(title=title)
  piece(title)

fn piece(text: String) -> Html:
  return p():
    text

fn checked(n: Int) -> Int!std.Error:
  if n == 0: return Err(std.Error(code=\"a\", message=\"b\", status=400))
  return n

fn pick<T, U>(a: T, b: U) -> T:
  return a

fn main(n: Int) -> Unit!std.Error:
  print(checked(n)?!)

app \"forms\":
  let task = spawn:
    pick(1, \"x\")
  print(await task)
  print(Page(title=\"x\"))
";
    let found = functions(&build_in(Folder::package(source).path(), DEBUG));
    let expected =
        ["app forms", "app forms spawn 1", "Card", "checked", "main", "Page", "pick<Int, String>", "piece"];
    let expected: BTreeSet<String> = expected.iter().map(|name| format!("main.{name}")).collect();
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn r5_unreachable_code_is_absent() {
    let source = fs::read_to_string(fixture("hello").join("main.fuse")).expect("a source");
    let plain = Folder::package(&source);
    let unused = "\nfn unused(n: Int) -> String:\n  return \"unused-marker-81 ${n}\"\n\ntype Unused:\n  nobody: String = \"unused-marker-82\"\n";
    let more = Folder::package(&(source + unused));
    for options in PROFILES {
        let (plain, more) = (build_in(plain.path(), options), build_in(more.path(), options));
        let (plain, more) = (fs::read(plain).expect("plain"), fs::read(more).expect("more"));
        assert!(!contains(&more, "unused-marker-8"), "{options:?}");
        assert!(plain == more, "{options:?}: the bytes of the executable do not change");
    }
}

/// Builds `graph` in a new process with this environment; executable, symbols and report.
fn outputs(package: &Path, options: &[&str], environment: &[(&str, &str)]) -> Vec<Vec<u8>> {
    let ended = end(fuse_build(package, options).envs(environment.iter().copied()));
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let mut names: Vec<_> = fs::read_dir(package.join(".fuse/build"))
        .expect("outputs")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    names.sort();
    names.iter().map(|path| fs::read(path).expect("an output")).collect()
}

#[test]
fn r6_twenty_emissions_are_equal() {
    let folder = Folder::new();
    graph::write_to(folder.path(), false);
    for options in [WITH_SYMBOLS, DEBUG] {
        let first = outputs(folder.path(), options, &[]);
        for number in 1..20 {
            let random = format!("{number}");
            let home = format!("/no/such/folder-{number}");
            let environment = [
                ("RANDOM", random.as_str()),
                ("HOME", &home),
                ("RAYON_NUM_THREADS", &random),
                ("MAKEFLAGS", "-j3"),
                ("WILD_THREADS", &random),
            ];
            assert!(
                outputs(folder.path(), options, &environment) == first,
                "{options:?}: emission {number} differs"
            );
        }
    }
}

#[test]
fn r6_the_number_of_processors_does_not_matter() {
    let folder = Folder::new();
    graph::write_to(folder.path(), false);
    let executable = build_in(folder.path(), RELEASE);
    let first = fs::read(&executable).expect("an executable");
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0", FUSE, "build", "--release"]).current_dir(folder.path());
    let ended = end(&mut command);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(fs::read(&executable).expect("an executable") == first);
}

#[test]
fn r7_place_user_and_environment_do_not_matter() {
    let (short, long) = (Folder::new(), Folder::new());
    let long_path = long.join(&"a-long-name/".repeat(30));
    for name in FIXTURES {
        let (near, far) = (short.join(name), long_path.join(name));
        copy_tree(&fixture(name), &near);
        copy_tree(&fixture(name), &far);
        for options in [WITH_SYMBOLS, DEBUG] {
            let first = outputs(&near, options, &[("TZ", "UTC"), ("LANG", "C"), ("SOURCE_DATE_EPOCH", "0")]);
            let environment = [
                ("TZ", "Asia/Kathmandu"),
                ("LANG", "tr_TR.UTF-8"),
                ("LC_ALL", "tr_TR.UTF-8"),
                ("SOURCE_DATE_EPOCH", "1700000000"),
                ("USER", "other"),
            ];
            assert!(
                outputs(&far, options, &environment) == first,
                "{name} {options:?}: another folder and environment"
            );
            // With what the first build left behind, as another user, on a machine of another name.
            let mut other = Command::new("unshare");
            other
                .args(["--user", "--map-user=4711", "--map-group=4712"])
                .arg(FUSE)
                .arg("build")
                .args(options)
                .current_dir(&near);
            let ended = end(&mut other);
            assert_eq!(ended.status, Some(0), "{}", ended.stderr);
            let mut other = Command::new("unshare");
            other.args([
                "--map-root-user",
                "--uts",
                "sh",
                "-c",
                "hostname elsewhere && exec \"$@\"",
                "sh",
                FUSE,
                "build",
            ]);
            let ended = end(other.args(options).current_dir(&near));
            assert_eq!(ended.status, Some(0), "{}", ended.stderr);
            assert!(outputs(&near, options, &[]) == first, "{name} {options:?}: a second build");
        }
    }
}

#[test]
fn r8_the_order_of_files_does_not_matter() {
    let (forward, backward) = (Folder::new(), Folder::new());
    graph::write_to(forward.path(), false);
    graph::write_to(backward.path(), true);
    assert!(outputs(forward.path(), WITH_SYMBOLS, &[]) == outputs(backward.path(), WITH_SYMBOLS, &[]));
}

#[test]
fn r9_inputs_and_nothing_else_decide_the_build_id() {
    let id = |package: &Path, options: &[&str]| info_value(&build_in(package, options), "build");
    let source = "app \"first\":\n  print(\"ready\")\n\napp \"second\":\n  print(\"ready\")\n";
    let package = Folder::package(source);
    let first = id(package.path(), RELEASE);
    let mut ids = BTreeSet::from([first.clone()]);
    ids.insert(id(package.path(), DEBUG));
    ids.insert(id(package.path(), WITH_SYMBOLS));
    ids.insert(id(package.path(), STATIC));
    ids.insert(id(package.path(), &["--release", "--app=second"]));
    package.write("main.fuse", &source.replacen("ready", "reads", 1));
    ids.insert(id(package.path(), RELEASE));
    assert_eq!(ids.len(), 6, "each change gives another id");

    package.write("main.fuse", source);
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    for name in ["main.fuse", "fuse.toml"] {
        let file = fs::File::options().append(true).open(package.join(name)).expect("a file");
        file.set_modified(later).expect("touched");
    }
    package.write("notes.txt", "unrelated");
    package.write("other.fuse", "fn f():\n  print(1)\n");
    assert_eq!(id(package.path(), RELEASE), first);
    assert_eq!(id(package.path(), &["--release", "--app=first"]), first);
}

#[test]
fn r10_nothing_of_the_build_is_needed_later() {
    let package = Folder::of_fixture("hello");
    let elsewhere = Folder::new();
    let copy = elsewhere.join("copy");
    fs::copy(build_in(package.path(), RELEASE), &copy).expect("copied");
    let names: Vec<_> = fs::read_dir(package.join(".fuse/build"))
        .expect("outputs")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names.len(), 2, "the executable and its report, no intermediate files: {names:?}");
    fs::remove_dir_all(package.join(".fuse")).expect("removed");
    assert_eq!(run(&copy, &[]).stdout, "ready\n");
}

#[test]
fn r11_the_compiler_is_the_pinned_one() {
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("a manifest");
    let pinned = manifest.lines().find_map(|line| line.strip_prefix("rustc = ")).expect("a version");
    for options in PROFILES {
        let version = info_value(&build("hello", options).executable, "rustc");
        assert_eq!(version, pinned.trim_matches('"'));
    }
}
