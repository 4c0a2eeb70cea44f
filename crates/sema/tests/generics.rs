//! Generic functions in the checked program: one function for each list of type arguments, in an order that depends on the program
//! alone, and nothing generic left.

use std::fmt::Write;
use std::path::Path;

use fuse_hir::{ExprKind, FnId, Program, StmtKind};
use fuse_sema::{MemoryFiles, Options, check, dump};

fn checked(files: &[(&str, &str)]) -> Program {
    let mut memory = MemoryFiles::new();
    for (path, text) in files {
        memory.add(Path::new("/p").join(path), *text);
    }
    let checked = check(&Path::new("/p").join(files[0].0), &memory, &Options::default());
    let errors: Vec<&str> = checked.diagnostics.iter().map(|found| found.message.as_str()).collect();
    checked.program.unwrap_or_else(|| panic!("{errors:?}"))
}

fn names(program: &Program) -> Vec<&str> {
    program.functions.iter().map(|function| function.name.as_str()).collect()
}

#[test]
fn one_function_for_each_list_of_type_arguments() {
    let program = checked(&[
        (
            "main.fuse",
            "import { first } from \"lists\"\nimport O from \"other\"\n\
             interface I:\n  fn m() -> Int\n  fn n<T>(x: T) -> T\n\
             type P:\n  x: Int\n\
             impl I for P:\n  fn m() -> Int: return self.x\n  fn n<T>(x: T) -> T: return x\n\
             fn use<T>(x: T, n: Int = x.m()) -> Int where T: I: return x.n(n)\n\
             fn unused<T>(x: T) -> T: return first([x])\n\
             app \"a\":\n  print(first([1]))\n  print(first<String>([]))\n  print(use(P(x=1)))\n  print(O.more())\n",
        ),
        ("lists.fuse", "fn first<T>(list: List<T>) -> T: return list[0]\n"),
        (
            "other.fuse",
            "import { first } from \"lists\"\nfn more() -> Int: return first([2]) + first<Int>([3])\n",
        ),
    ]);
    let declared = ["std.Error.status", "app a", "more", "P.m"];
    let instances = ["first<Int>", "first<String>", "use<P>", "use<P>.n", "P.n<Int>"];
    assert_eq!(names(&program), [&declared[..], &instances[..]].concat());
    let text = dump(&program, None).expect("the whole program");
    assert!(!text.contains("Parameter"), "{text}");
    assert!(text.contains("fn use<P>(x: P, n: Int) -> Int"), "{text}");
}

#[test]
fn refinements_that_read_alike_are_different_functions() {
    let module = "fn even(n: Int) -> Bool: return n % 2 == 0\n\
                  fn f() -> List<Int(predicate(even))>: return of<Int(predicate(even))>()\n";
    let a = format!("import {{ of }} from \"of\"\nimport B from \"b\"\n{module}");
    let b = format!("import {{ of }} from \"of\"\n{module}");
    let program =
        checked(&[("a.fuse", &a), ("b.fuse", &b), ("of.fuse", "fn of<T>() -> List<T>: return []\n")]);
    let names = names(&program);
    let instances = names.iter().filter(|name| name.starts_with("of<")).collect::<Vec<_>>();
    assert_eq!(instances, [&"of<Int(predicate(even))>", &"of<Int(predicate(even))>#2"]);
}

/// A program that is large enough to be checked on two threads.
fn large() -> String {
    let mut text = String::from("fn same<T>(x: T, list: List<T> = [x]) -> T: return list[0]\n");
    for number in 0..5000 {
        let other = (number * 7 + 3) % 5000;
        let _ = write!(
            text,
            "type P{number}:\n  x: Int\n\
             fn f{number}(p: P{number}, q: P{other}) -> Int:\n  let a = same(p)\n  let b = same([q])\n  return a.x + b[0].x + same({number})\n"
        );
    }
    text
}

#[test]
fn calls_from_both_threads_lead_to_the_instance_of_their_types() {
    let text = large();
    assert!(text.len() > 600 << 10);
    let program = checked(&[("main.fuse", &text)]);
    let name = |id: FnId| program.functions[id.0 as usize].name.as_str();
    for number in 0..5000 {
        let function = program.functions.iter().find(|function| function.name == format!("f{number}"));
        let mut called = Vec::new();
        for stmt in &function.expect("declared").body {
            if let StmtKind::Let(_, value) = &stmt.kind
                && let ExprKind::Call(id, _) = value.kind
            {
                called.push(name(id));
            }
        }
        let other = (number * 7 + 3) % 5000;
        assert_eq!(called, [format!("same<P{number}>"), format!("same<List<P{other}>>")]);
    }
    let again = checked(&[("main.fuse", &text)]);
    assert_eq!(names(&program), names(&again));
    let mut all = names(&program);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), program.functions.len(), "each name once");
}

#[test]
fn very_many_instances_end_with_an_error() {
    let mut text = String::from("fn f0<T>(x: T) -> Int: return 1\n");
    for number in 1..40 {
        let before = number - 1;
        let _ =
            writeln!(text, "fn f{number}<T>(x: T) -> Int: return f{before}([x]) + f{before}({{\"k\": x}})");
    }
    text.push_str("app \"a\": print(f39(1))\n");
    let mut memory = MemoryFiles::new();
    memory.add("/p/main.fuse", text.as_str());
    let checked = check(Path::new("/p/main.fuse"), &memory, &Options::default());
    let codes: Vec<&str> = checked.diagnostics.iter().map(|found| found.code.as_str()).collect();
    assert_eq!(codes, ["FUSE_ENDLESS_INSTANTIATION"]);
}
