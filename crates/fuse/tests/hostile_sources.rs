//! Sources that mean harm: an answer, never a crash, in time that grows with the source. Each is checked, formatted and, if it is right, run.
//!
//! The sizes are what a debug build of the tool chain copes with; `LIMIT` is far above what one takes on a machine that does nothing else, and
//! far below what anything that grows with the square would take.

mod common;

use std::fmt::Write;
use std::time::{Duration, Instant};

use common::{folder, fuse};

const LIMIT: Duration = Duration::from_secs(60);

/// Checks and formats a source. Whether it is right.
#[track_caller]
fn answered(name: &str, source: &str) -> bool {
    let root = folder(&format!("hostile_sources/{name}"), &[("main.fuse", source)]);
    let mut right = false;
    for command in [&["fmt", "--check"][..], &["check"]] {
        let start = Instant::now();
        let ended = fuse(&root, &[command, &["main.fuse"]].concat());
        assert!(start.elapsed() < LIMIT, "{name}: {command:?} took {:?}", start.elapsed());
        assert!(matches!(ended.status, 0 | 1), "{name}: {command:?} ended with {}", ended.status);
        assert!(!ended.stderr.contains("internal"), "{name}: {:.2000}", ended.stderr);
        right = ended.status == 0;
    }
    right
}

/// Runs a source, and yields its output.
#[track_caller]
fn runs(name: &str, source: &str) -> String {
    assert!(answered(name, source), "{name} is right");
    let root = folder(&format!("hostile_sources/{name}"), &[("main.fuse", source)]);
    let start = Instant::now();
    let ended = fuse(&root, &["run", "main.fuse"]);
    assert!(start.elapsed() < LIMIT, "{name} took {:?}", start.elapsed());
    assert_eq!(ended.status, 0, "{name}: {:.2000}", ended.stderr);
    ended.stdout
}

/// A text for each number.
fn each(count: usize, make: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut all, number| {
        let _ = write!(all, "{}", make(number));
        all
    })
}

const APP: &str = "app \"a\":\n";

#[test]
fn nesting() {
    const DEEP: usize = 100_000;
    let wrapped = [
        ("parens", "(", "1", ")"),
        ("lists", "[", "1", "]"),
        ("maps", "{\"a\": ", "1", "}"),
        ("calls", "f(", "1", ")"),
        ("texts", "\"${", "1", "}\""),
        ("minus", "-", "1", ""),
        ("not", "!", "true", ""),
        ("box", "box ", "1", ""),
        ("sum", "1 + ", "1", ""),
        ("or", "true or ", "true", ""),
        ("range", "1..", "1", ""),
        ("coalesce", "x ?? ", "1", ""),
        ("less", "a<", "1", ""),
        ("members", "", "x", ".x"),
        ("optional members", "", "x", "?.x"),
        ("elements", "", "x", "[0]"),
        ("open", "[(", "", ""),
        ("close", "", "", ")]"),
    ];
    for (name, before, inside, after) in wrapped {
        let source = format!("{APP}  let y = {}{inside}{}\n", before.repeat(DEEP), after.repeat(DEEP));
        assert!(!answered(name, &source), "{name}: too deep");
    }
    let types = [("list type", "List<", ">"), ("function type", "fn(", ")")];
    for (name, before, after) in types {
        let source = format!("fn f(x: {}Int{}): print(1)\n", before.repeat(DEEP), after.repeat(DEEP));
        assert!(!answered(name, &source), "{name}: too deep");
    }
    assert!(answered("option type", &format!("fn f(x: Int{}): print(1)\n", "?".repeat(DEEP))));
    let blocks = each(3000, |depth| format!("{}if true:\n", " ".repeat(depth + 2)));
    assert!(!answered("blocks", &format!("{APP}{blocks}{}print(1)\n", " ".repeat(3002))));
    let pattern = format!("{}y{}", "Some(".repeat(DEEP), ")".repeat(DEEP));
    assert!(!answered("patterns", &format!("fn f(x: Int?):\n  match x:\n    {pattern} -> print(1)\n")));
}

#[test]
fn length() {
    assert!(answered("text", &format!("{APP}  print(\"{}\")\n", "x".repeat(5_000_000))));
    assert!(answered("name", &format!("{APP}  let {} = 1\n", "a".repeat(1_000_000))));
    assert!(!answered("integer", &format!("{APP}  print({})\n", "9".repeat(1_000_000))));
    assert!(answered("float", &format!("{APP}  print({}.5)\n", "9".repeat(1_000_000))));
    assert!(answered("elements", &format!("{APP}  let x = [{}]\n", "1, ".repeat(200_000))));
    assert!(answered("comments", &"# x\n".repeat(300_000)));
    assert!(answered("documentation", &format!("{}fn f(): print(1)\n", "## x\n".repeat(100_000))));
    assert!(!answered("line", &format!("{APP}  let x = [{}]\n", "y, ".repeat(5_000))));
    assert!(!answered("characters", &format!("{APP}  {}\n", "$ ".repeat(10_000))));
    assert!(!answered("quotes", &"\"\n".repeat(20_000)));
    assert!(!answered("unknown name", &format!("{APP}  print({})\n", "a".repeat(200_000))));
}

#[test]
fn numbers_of_things() {
    let unknown = each(2_000, |n| format!("  nome{n}()\n"));
    let known = each(2_000, |n| format!("fn name{n}(): print(1)\n"));
    assert!(!answered("unknown names", &format!("{known}{APP}{unknown}")));
    assert!(!answered("one name", &"fn f(): print(1)\n".repeat(5_000)));
    let params = |n: usize| (0..n).map(|n| format!("T{n}")).collect::<Vec<_>>().join(", ");
    let values = (0..1_000).map(|n| format!("a{n}: T{n}")).collect::<Vec<_>>().join(", ");
    let call = format!("{APP}  f({})\n", "1, ".repeat(1_000));
    assert!(answered("type parameters", &format!("fn f<{}>({values}): print(1)\n{call}", params(1_000))));
    assert!(answered("derivations", &{
        let fields = each(1_001, |n| format!("  a{n}: Int\n"));
        format!("type T0:\n{fields}{}", each(1_000, |n| format!("type T{} = T{n} without a{n}\n", n + 1)))
    }));
    assert!(!answered(
        "derivations in a circle",
        &each(2_000, |n| { format!("type T{n} = T{} without a\n", (n + 1) % 2_000) })
    ));
    assert!(!answered(
        "fields in a circle",
        &each(2_000, |n| format!("type T{n}:\n  a: T{}\n", (n + 1) % 2_000))
    ));
    assert!(answered("types that double", &{
        let types = each(2_000, |n| format!("type T{n}:\n  a: T{}\n  b: T{}\n", n + 1, n + 1));
        format!("{types}type T2000:\n  x: Int\n")
    }));
}

/// Two calls in each of many generic functions: as many instances as there are paths.
#[test]
fn instances_that_double() {
    let functions =
        each(30, |n| format!("fn f{n}<T>(a: T):\n  f{}([a])\n  f{}({{\"a\": a}})\n", n + 1, n + 1));
    assert!(!answered(
        "instances",
        &format!("{functions}fn f30<T>(a: T): print(\"${{a}}\")\n{APP}  f0(1)\n")
    ));
}

#[test]
fn matches_that_explode() {
    let fields = each(24, |n| format!("  f{n}: E\n"));
    let arms =
        each(24, |n| format!("    T(f{n}=A, f{}=B, f{}=C) -> print({n})\n", (n + 5) % 24, (n + 11) % 24));
    let source = format!("enum E:\n  A\n  B\n  C\n  D\ntype T:\n{fields}fn f(t: T):\n  match t:\n{arms}");
    assert!(!answered("arms", &source));
    let patterns = each(60, |n| format!("    {}_{} -> 1\n", "C(".repeat(n + 1), ", _)".repeat(n + 1)));
    assert!(!answered(
        "recursive arms",
        &format!("enum L:\n  N\n  C(L, L)\nfn f(t: L) -> Int:\n  match t:\n{patterns}")
    ));
}

/// Every branch of a chain is compiled; the better register allocator would take a minute.
#[test]
fn long_chains_of_branches_run() {
    let branches = each(20_000, |n| format!("  else if x == {n}: print(\"{n}\")\n"));
    let source = format!("fn f(x: Int):\n  if x < 0: print(\"none\")\n{branches}{APP}  f(19_999)\n  f(-1)\n");
    assert_eq!(runs("chain", &source.replace("19_999", "19999")), "19999\nnone\n");
    let variants = each(3_000, |n| format!("  V{n}\n"));
    let arms = each(3_000, |n| format!("    V{n} -> {n}\n"));
    let source = format!(
        "enum E:\n{variants}fn f(e: E) -> Int:\n  match e:\n{arms}{APP}  for e in [E.V0, E.V256, E.V2999]: print(f(e))\n"
    );
    assert_eq!(runs("variants", &source), "0\n256\n2999\n");
}

/// The tag of a result tells its domain, however many there are.
#[test]
fn hundreds_of_error_domains() {
    const DOMAINS: usize = 300;
    let types = each(DOMAINS, |n| format!("type E{n}:\n  message: String\n"));
    let domains = each(DOMAINS, |n| format!("!E{n}"));
    let fails = each(DOMAINS, |n| format!("  if n == {n}: return Err(E{n}(message=\"m{n}\"))\n"));
    let arms = each(DOMAINS, |n| format!("      Err(E{n}(message=m)) -> print(m)\n"));
    let source = format!(
        "{types}fn f(n: Int) -> Int{domains}:\n{fails}  return n\n\
         fn g(n: Int) -> Int{domains}: return f(n) ?!\n\
         {APP}  for n in [0, 255, 256, 299, 300]:\n    print(g(n))\n    print(json.encode(g(n)))\n    match g(n):\n      Ok(x) -> print(x)\n{arms}"
    );
    let failed =
        |n| format!("Err(E{n}(m{n}))\n{{\"data\":{{\"message\":\"m{n}\"}},\"type\":\"Err\"}}\nm{n}\n");
    let expected = [0, 255, 256, 299].map(failed).concat() + "Ok(300)\n{\"data\":300,\"type\":\"Ok\"}\n300\n";
    assert_eq!(runs("domains", &source), expected);
}

/// Objects that are all alive at some time, among calls that can fail: each of these has to release what there is by then, or still is.
#[test]
fn many_objects_alive() {
    const COUNT: usize = 600;
    let made = each(COUNT, |number| format!("  let s{number} = \"{number}${{n}}\"\n"));
    let used = each(COUNT, |number| format!("  total = total + length(s{number}, n)\n"));
    let source = format!(
        "fn length(text: String, n: Int) -> Int:\n  if n > 1000:\n    return length(text, n - 1)\n  return 10 / n\n\n\
         fn work(n: Int) -> Int:\n{made}  var total = 0\n{used}  return total\n\n{APP}  print(work(env_int(\"N\") ?? 2))\n"
    );
    assert_eq!(runs("many_objects_alive", &source), "3000\n");
}
