//! Loading: files that cannot be read, the identity of files, the order of modules, and programs of unusual shape.

use std::path::Path;
use std::time::{Duration, Instant};

use fuse_diagnostics::Diagnostic;
use fuse_sema::{Checked, Dependency, MemoryFiles, Options, check};

fn run(files: &MemoryFiles, entry: &str) -> Checked {
    check(Path::new(entry), files, &Options::default())
}

fn program(files: &[(&str, &str)]) -> Checked {
    let mut memory = MemoryFiles::new();
    for (path, text) in files {
        memory.add(path, *text);
    }
    run(&memory, files[0].0)
}

fn only(checked: &Checked) -> &Diagnostic {
    assert_eq!(checked.diagnostics.len(), 1, "{:#?}", checked.diagnostics);
    &checked.diagnostics[0]
}

fn displays(checked: &Checked) -> Vec<&str> {
    let program = checked.program.as_ref().unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    program.modules.iter().map(|module| module.display.as_str()).collect()
}

#[test]
fn an_entry_that_cannot_be_read() {
    let mut files = MemoryFiles::new();
    files.add("/p/bad.fuse", b"fn a(): print()\n\xff".as_slice());
    for (entry, reason) in [
        ("/p/none.fuse", "the file does not exist"),
        ("/p", "it is a directory"),
        ("/p/bad.fuse", "it is not UTF-8 (line 2)"),
    ] {
        let checked = run(&files, entry);
        assert!(checked.program.is_none() && checked.sources.is_empty());
        let found = only(&checked);
        assert_eq!((found.code.as_str(), found.file), ("wrapper_file_read", None));
        assert_eq!(found.message, format!("cannot read {entry}: {reason}"));
    }
}

#[test]
fn a_module_that_is_not_utf8() {
    let mut files = MemoryFiles::new();
    files.add("/p/main.fuse", "import Bad\n");
    files.add("/p/Bad.fuse", b"\n\n\"\xff\"".as_slice());
    let checked = run(&files, "/p/main.fuse");
    let found = only(&checked);
    assert_eq!(found.code.as_str(), "FUSE_IMPORT_MODULE_READ");
    assert_eq!(found.message, "cannot read the module Bad.fuse: it is not UTF-8 (line 3)");
}

#[test]
fn a_file_is_one_module_by_whatever_name() {
    let mut files = MemoryFiles::new();
    files.add(
        "/p/main.fuse",
        "import A from \"./lib/a\"\nimport B from \"./link/../lib/a.fuse\"\nimport C from \"./link/a\"\nimport D from \"/q/d\"\n\nfn f(x: A.T) -> B.T: return x\nfn g(x: C.T) -> D.T: return x\n",
    );
    files.add("/p/lib/a.fuse", "type T:\n  x: Int\n");
    files.link("/p/link", "/p/lib");
    files.link("/q/d.fuse", "/p/lib/a.fuse");
    assert_eq!(displays(&run(&files, "/p/main.fuse")), ["main.fuse", "lib/a.fuse"]);
}

#[test]
fn modules_are_numbered_depth_first_and_named_from_the_root() {
    let checked = program(&[
        ("/p/src/main.fuse", "import A from \"./a\"\nimport C from \"../../q/c\"\n"),
        ("/p/src/a.fuse", "import B from \"./b\"\n"),
        ("/p/src/b.fuse", "type B:\n  x: Int\n"),
        ("/q/c.fuse", "import B from \"/p/src/b\"\n"),
        ("/p/fuse.toml", ""),
    ]);
    assert_eq!(displays(&checked), ["src/main.fuse", "src/a.fuse", "src/b.fuse", "../q/c.fuse"]);
    let program = checked.program.unwrap();
    assert_eq!(program.modules[1].name, "src/a");
    assert_eq!(program.modules[1].line_starts, [0, 20]);
}

#[test]
fn diagnostics_come_by_file_then_place() {
    let checked = program(&[
        ("/p/main.fuse", "fn z(a: Z): print()\nimport A from \"./a\"\nfn y(a: Y): print()\n"),
        ("/p/a.fuse", "fn x(a: X): print()\nfn x(a: Int): print()\n"),
    ]);
    let found: Vec<(u32, u32, &str)> = checked
        .diagnostics
        .iter()
        .map(|found| (found.file.unwrap().0, found.span.start, found.code.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (0, 8, "FUSE_UNKNOWN_TYPE"),
            (0, 48, "FUSE_UNKNOWN_TYPE"),
            (1, 3, "FUSE_DUPLICATE_DECLARATION"),
            (1, 8, "FUSE_UNKNOWN_TYPE"),
            (1, 23, "FUSE_DUPLICATE_DECLARATION"),
        ]
    );
}

#[test]
fn a_cycle_is_shown_in_order() {
    let checked = program(&[
        ("/p/main.fuse", "import A from \"./a\"\n"),
        ("/p/a.fuse", "import B from \"./b\"\n"),
        ("/p/b.fuse", "import A from \"./a\"\n"),
    ]);
    let found = only(&checked);
    assert!(found.message.ends_with("a.fuse → b.fuse → a.fuse"), "{}", found.message);
}

#[test]
fn hints_name_what_was_meant() {
    let checked = program(&[
        (
            "/p/main.fuse",
            "import { totl } from \"./a\"\nimport Mod from \"./a\"\nfn f(a: Strng, b: Basket2, c: Mud.Basket, d: Mod.Baskt): print()\ntype Basket1:\n  x: Int\n",
        ),
        ("/p/a.fuse", "fn total(): print()\ntype Basket:\n  x: Int\n"),
    ]);
    let hints: Vec<&str> =
        checked.diagnostics.iter().flat_map(|found| &found.notes).map(|s| s.as_str()).collect();
    let meant = ["total", "String", "Basket1", "Mod", "Basket"];
    assert_eq!(hints, meant.map(|name| format!("hint: did you mean `{name}`?")));
}

#[test]
fn dependencies_are_named_in_the_message() {
    let mut files = MemoryFiles::new();
    files.add("/p/main.fuse", "import B from \"dep:Other/a\"\n");
    let checked = check(Path::new("/p/main.fuse"), &files, &with_dependencies(&["Acme", "Base"]));
    let found = only(&checked);
    assert_eq!(found.code.as_str(), "FUSE_IMPORT_UNKNOWN_DEPENDENCY");
    assert_eq!(found.message, "there is no dependency `Other`: the declared ones are Acme, Base");
}

fn with_dependencies(names: &[&str]) -> Options {
    let dependencies = names.iter().map(|name| Dependency {
        name: name.to_string(),
        root: format!("/q/{name}").into(),
        checkout: None,
    });
    Options { dependencies: dependencies.collect(), strict_architecture: false }
}

#[test]
fn files_of_dependencies_are_shown_by_name() {
    let mut files = MemoryFiles::new();
    files.add("/p/src/main.fuse", "import A from \"dep:Acme/x/a\"\nfn f() -> Int: return A.f()\n");
    files.add("/p/fuse.toml", "");
    files.add(
        "/q/Acme/x/a.fuse",
        "import T from \"./t.md\"\nimport B from \"../../Base/b\"\nfn f() -> Int: return B.f()\n",
    );
    files.add("/q/Acme/x/t.md", "text");
    files.add("/q/Base/b.fuse", "fn f() -> Int: return 1\n");
    let checked = check(Path::new("/p/src/main.fuse"), &files, &with_dependencies(&["Acme", "Base"]));
    let program = checked.program.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let shown: Vec<&str> = program.modules.iter().map(|module| module.display.as_str()).collect();
    assert_eq!(shown, ["src/main.fuse", "dep:Acme/x/a.fuse", "dep:Base/b.fuse"]);
}

#[test]
fn no_two_modules_have_one_name() {
    let mut files = MemoryFiles::new();
    files.add("/p/main.fuse", "import A from \"dep:A/x\"\nimport B from \"./dep:A/x\"\nimport C from \"./y\"\nimport D from \"./link\"\n");
    files.add("/q/A/x.fuse", "fn f() -> Int: return 1\n");
    files.add("/p/dep:A/x.fuse", "fn f() -> Int: return 2\n");
    files.add("/p/y.fuse", "fn f() -> Int: return 3\n");
    files.add("/p/y", "fn f() -> Int: return 4\n");
    files.link("/p/link.fuse", "/p/y");
    let checked = check(Path::new("/p/main.fuse"), &files, &with_dependencies(&["A"]));
    let program = checked.program.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let names: Vec<&str> = program.modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names, ["main", "dep:A/x", "dep:A/x.fuse'", "y", "y'"]);
}

#[test]
fn packages_that_import_from_each_other_are_a_cycle() {
    let mut files = MemoryFiles::new();
    files.add("/p/main.fuse", "import A from \"dep:A/one\"\n");
    files.add("/q/A/one.fuse", "import B from \"dep:B/one\"\nimport Own from \"dep:A/two\"\n");
    files.add("/q/A/two.fuse", "");
    files.add("/q/B/one.fuse", "import C from \"dep:C/one\"\n");
    files.add("/q/C/one.fuse", "");
    let names = &["A", "B", "C"];
    let checked = check(Path::new("/p/main.fuse"), &files, &with_dependencies(names));
    assert!(checked.program.is_some(), "{:#?}", checked.diagnostics);

    files.add("/q/C/one.fuse", "import A from \"dep:A/two\"\n");
    let checked = check(Path::new("/p/main.fuse"), &files, &with_dependencies(names));
    let found = only(&checked);
    assert_eq!((found.code.as_str(), found.file), ("FUSE_DEP_CYCLE", None));
    assert!(found.message.ends_with("A → B → C → A"), "{}", found.message);
}

#[test]
fn symbolic_links_do_not_leave_a_fetched_dependency() {
    let mut files = MemoryFiles::new();
    files.add("/p/main.fuse", "import A from \"dep:Acme/link\"\nimport B from \"dep:Acme/inside\"\nimport T from \"dep:Acme/t.md\"\n");
    files.add("/q/Acme/a.fuse", "");
    files.add("/secret.fuse", "");
    files.add("/secret.md", "");
    files.link("/q/Acme/link.fuse", "/secret.fuse");
    files.link("/q/Acme/inside.fuse", "/q/Acme/a.fuse");
    files.link("/q/Acme/t.md", "/secret.md");
    let mut options = with_dependencies(&["Acme"]);
    assert!(check(Path::new("/p/main.fuse"), &files, &options).program.is_some(), "a folder may have links");
    options.dependencies[0].checkout = Some("/q/Acme".into());
    let checked = check(Path::new("/p/main.fuse"), &files, &options);
    let codes: Vec<&str> = checked.diagnostics.iter().map(|found| found.code.as_str()).collect();
    assert_eq!(codes, ["FUSE_IMPORT_ROOT_ESCAPE"; 2]);
}

#[test]
fn apps_and_main() {
    let checked = program(&[
        (
            "/p/main.fuse",
            "import A from \"./a\"\napp \"two\": print()\napp \"one\": print()\nfn main(): print()\n",
        ),
        ("/p/a.fuse", "app \"three\": print()\nfn main(): print()\n"),
    ]);
    let program = checked.program.unwrap();
    let apps: Vec<&str> = program.apps.iter().map(|app| app.name.as_str()).collect();
    assert_eq!(apps, ["two", "one", "three"]);
    let main = &program.functions[program.main.unwrap().0 as usize];
    assert_eq!((main.name.as_str(), main.module.0), ("main", 0));
    assert_eq!(program.functions[program.apps[0].function.0 as usize].name, "app two");
}

#[test]
fn defaults_are_functions_of_their_module() {
    let checked = program(&[
        (
            "/p/main.fuse",
            "import { Base } from \"./a\"\ntype Small = Base without a\nfn f(x: Int, y: Int = x + 1, z: Int = x * y): print(x + y + z)\n",
        ),
        ("/p/a.fuse", "type Base:\n  a: Int\n  b: Int = seven()\nfn seven() -> Int: return 7\n"),
    ]);
    let program = checked.program.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let small = program.structs.iter().find(|info| info.name == "Small").unwrap();
    let default = &program.functions[small.fields[0].default.unwrap().0 as usize];
    assert_eq!((default.name.as_str(), default.module.0), ("Base.b", 1));
    let f = program.functions.iter().find(|function| function.name == "f").unwrap();
    let z = &program.functions[f.params[2].default.unwrap().0 as usize];
    let left: Vec<&str> = z.params.iter().map(|param| param.name.as_str()).collect();
    assert_eq!((z.name.as_str(), left), ("f.z", vec!["x", "y"]));
}

/// Shapes that recursion or a linear search would not survive. Each takes milliseconds; the bound is for slow machines.
fn in_time(what: &str, checked: impl FnOnce() -> Checked) -> Checked {
    let start = Instant::now();
    let checked = checked();
    assert!(start.elapsed() < Duration::from_secs(20), "{what} took {:?}", start.elapsed());
    checked
}

#[test]
fn a_long_chain_of_imports() {
    let mut files = MemoryFiles::new();
    for at in 0..3000 {
        files.add(
            format!("/p/m{at}.fuse"),
            format!("import Next from \"./m{}\"\nimport M from \"./m0\"\n", at + 1),
        );
    }
    files.add("/p/m3000.fuse", "fn last(): print()\n");
    let checked = in_time("the chain", || run(&files, "/p/m0.fuse"));
    assert_eq!(checked.diagnostics.len(), 3000);
    assert!(checked.diagnostics.iter().all(|found| found.message.len() < 1000));
}

#[test]
fn a_long_chain_of_types() {
    let mut text = String::from("type T0:\n  a: Int\n  b: T20000?\n");
    for at in 1..=20000 {
        text.push_str(&format!("type T{at} = T{} without a\n", at - 1));
    }
    text.push_str("type U0:\n  a: Int\n");
    for at in 1..=20000 {
        text.push_str(&format!("type U{at}:\n  inner: U{}\n", at - 1));
    }
    let checked = in_time("the chain", || program(&[("/p/main.fuse", text.as_str())]));
    // Every type after the first has lost `a` already.
    assert_eq!(checked.diagnostics.len(), 19999);
}

#[test]
fn large_declarations() {
    let mut text = String::from("type Big:\n");
    for at in 0..20000 {
        text.push_str(&format!("  field{at}: Int = {at}\n"));
    }
    text.push_str("enum Many:\n");
    for at in 0..20000 {
        text.push_str(&format!("  Variant{at}\n"));
    }
    text.push_str(
        "fn use() -> Many:\n  let big = Big()\n  print(big.field19999)\n  return Many.Variant19999\n",
    );
    let checked = in_time("the declarations", || program(&[("/p/main.fuse", text.as_str())]));
    assert!(checked.program.is_some(), "{:#?}", checked.diagnostics);
}

#[test]
fn many_mistakes() {
    let mut text = String::new();
    for at in 0..800 {
        text.push_str(&format!("fn function{at}(a: Missing{at}) -> Int:\n  return functiom{at}(a)\n"));
    }
    let checked = in_time("the mistakes", || program(&[("/p/main.fuse", text.as_str())]));
    assert_eq!(checked.diagnostics.len(), 1600);
}
