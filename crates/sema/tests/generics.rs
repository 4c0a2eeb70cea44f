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

/// Declarations that generic bodies below use.
const AROUND: &str = "
interface I:
  fn m(n: Int = 1) -> Int
  fn make() -> Self
type P:
  x: Int
impl I for P:
  fn m(n: Int = self.x) -> Int: return n
  fn make() -> Self: return P(x=1)
enum E:
  red
  Green(Int)
type Lost:
  message: String
";

/// Functions of a type parameter `T`; a second line of the source that begins with `where` is its constraint.
const GENERIC: &[&str] = &[
    "fn f<T>(x: T) -> T:\n  return x\n",
    "fn f<T>(x: T, list: List<T>) -> List<T>:\n  let y: T = list[0]\n  return list + [x, y]\n",
    "fn f<T>(x: T?, y: T) -> T:\n  return x ?? y\n",
    "fn f<T>(x: T?, y: T) -> T?:\n  match x:\n    Some(v) -> v\n    null -> y\n",
    "fn f<T>(m: Map<String, T>, y: T) -> T:\n  let found = m[\"k\"]\n  if found == null: return y\n  return found\n",
    "fn f<T>(m: Map<String, T>) -> String:\n  var text = \"\"\n  for v in m: text = text + v\n  m[\"k\"] = m[\"l\"]\n  return \"${text} ${m}\"\n",
    "fn f<T>(text: String) -> T!std.Error.Validation:\n  let all: List<T> = json.decode(text)\n  return all[0]\n",
    "fn f<T>(r: Result<T, Lost>, y: T) -> T:\n  match r:\n    Ok(v) -> v\n    Err(Lost(message=m)):\n      print(m)\n      y\n",
    "fn f<T>(x: T?) -> T!Lost:\n  return x ?! Lost(message=\"none\")\n",
    "fn f<T>(x: T, step: fn(T) -> T) -> String:\n  var y = step(x)\n  y = step(y)\n  return json.encode([y])\n",
    "fn f<T>(list: List<T?>) -> Int:\n  var n = 0\n  for v in list:\n    if v != null: n = n + 1\n  return n\n",
];

const CONSTRAINED: &[&str] = &[
    "fn f<T>(x: T) -> Int where T: I:\n  return x.m() + x.m(2) + T.make().m()\n",
    "fn f<T>(list: List<T>, o: T?) -> Int? where T: I:\n  var n = 0\n  for x in list: n = n + x.m(n)\n  let made = T.make()\n  return o?.m(made.m())\n",
];

/// The dump of a function without the line of its name.
fn body(program: &Program, name: &str) -> String {
    let text = dump(program, Some(name)).unwrap_or_else(|| panic!("{name} in {:?}", names(program)));
    let (head, rest) = text.split_once('\n').expect("a head and a body");
    let head = head.strip_prefix("fn ").and_then(|head| head.strip_prefix(name)).expect("its name");
    let (params, _) = head.split_once("  #").expect("a place");
    format!("{params}\n{rest}")
}

/// Language reference 4.7: each instance behaves as if its own copy had been written with the types substituted.
#[test]
fn an_instance_is_what_the_same_text_with_the_types_is() {
    let types = [
        "Int",
        "Float",
        "String",
        "Bool",
        "Id",
        "Int(1..9)",
        "P",
        "E",
        "List<Int>",
        "Map<String, P>",
        "Int?",
        "List<P?>",
        "Result<Int, Lost>",
        "std.Error",
    ];
    let constrained = CONSTRAINED.iter().map(|source| (source, &["P"][..]));
    for (source, types) in GENERIC.iter().map(|source| (source, &types[..])).chain(constrained) {
        for ty in types {
            let (head, rest) = source.split_once(":\n").expect("a body");
            let head = head.split_once(" where").map_or(head, |(head, _)| head).replace("f<T>", "copy");
            let copy = word(&format!("{head}:\n{rest}"), ty);
            let line = source.lines().next().unwrap_or_default();
            let params = line.split_once('(').and_then(|(_, rest)| rest.rsplit_once(") ->"));
            let params = word(params.map_or("", |(params, _)| params), ty);
            let args: Vec<&str> = split(&params).map(|param| param.split_once(':').unwrap().0).collect();
            let text = format!(
                "{AROUND}{source}{copy}fn use({params}):\n  let used = f<{ty}>({})\n",
                args.join(", ")
            );
            let program = checked(&[("main.fuse", &text)]);
            let names = names(&program);
            let instance = names.iter().find(|name| name.starts_with("f<")).expect("an instance");
            assert_eq!(body(&program, instance), body(&program, "copy"), "{text}");
        }
    }
}

/// A source with a type in place of the word `T`.
fn word(source: &str, ty: &str) -> String {
    let mut out = String::new();
    for (at, c) in source.char_indices() {
        let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric());
        let whole =
            c == 'T' && !inside(source[..at].chars().last()) && !inside(source[at + 1..].chars().next());
        match whole {
            true => out.push_str(ty),
            false => out.push(c),
        }
    }
    // There are no parentheses in types; an option of an option is the option.
    out.replace("??", "?").replace(" ? ", " ?? ")
}

/// The parameters of a list: commas between angle brackets or parentheses separate nothing.
fn split(params: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut before) = (0, ' ');
    params.split(move |c| {
        match c {
            '<' | '(' => depth += 1,
            // Not that of `->`.
            '>' if before == '-' => {}
            '>' | ')' => depth -= 1,
            _ => {}
        }
        before = c;
        c == ',' && depth == 0
    })
}
