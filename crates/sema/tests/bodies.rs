//! Bodies of unusual shape: deep, long, repetitive, and matches that are hard to see through. Each takes milliseconds; the bound is
//! for slow machines.

use std::path::Path;
use std::time::{Duration, Instant};

use fuse_sema::{Checked, MemoryFiles, Options, check};

fn checked(what: &str, source: &str) -> Checked {
    let mut files = MemoryFiles::new();
    files.add(Path::new("/p/main.fuse"), source);
    let start = Instant::now();
    let checked = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(fuse_syntax::STACK);
        let work = || check(Path::new("/p/main.fuse"), &files, &Options::default());
        thread.spawn_scoped(scope, work).expect("a thread").join().expect("no panic")
    });
    assert!(start.elapsed() < Duration::from_secs(20), "{what} took {:?}", start.elapsed());
    checked
}

fn codes(checked: &Checked) -> Vec<&str> {
    checked.diagnostics.iter().map(|finding| finding.code.as_str()).collect()
}

fn valid(what: &str, source: &str) {
    let checked = checked(what, source);
    assert!(
        checked.program.is_some(),
        "{what}: {:?}",
        checked.diagnostics.iter().take(3).collect::<Vec<_>>()
    );
}

#[test]
fn long_bodies() {
    let mut text = String::from("fn f(n: Int) -> Int:\n");
    for at in 0..20_000 {
        text.push_str(&format!("  let v{at} = n + {at}\n  print(v{at})\n"));
    }
    text.push_str("  return v19999 + v0\n");
    valid("many statements", &text);

    let mut text = String::from("fn f(n: Int) -> Int:\n  if n == 0: return 0\n");
    for at in 1..20_000 {
        text.push_str(&format!("  else if n == {at}: {at}\n"));
    }
    text.push_str("  else: 1\n");
    valid("a long chain of else if", &text);

    let list: Vec<String> = (0..50_000).map(|at| at.to_string()).collect();
    valid("a long list", &format!("fn f() -> List<Int>: [{}]\n", list.join(", ")));
    let map: Vec<String> = (0..20_000).map(|at| format!("\"k{at}\": {at}")).collect();
    valid("a long map", &format!("fn f() -> Map<String, Int>: {{{}}}\n", map.join(", ")));
    let text: Vec<String> = (0..20_000).map(|at| format!("${{n}} {at}")).collect();
    valid("a long text", &format!("fn f(n: Int) -> String: \"{}\"\n", text.join("")));
}

#[test]
fn deep_bodies() {
    let deepest = fuse_syntax::MAX_NESTING as usize;
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("-(", ")"),
        ("f(", ")"),
        ("Some(", ")"),
        ("\"${", "}\""),
        ("x?[", "]"),
        ("", " + 1"),
        ("", "?.a"),
        ("", "[0]"),
    ] {
        let highest = fuse_syntax::MAX_HEIGHT as usize;
        for depth in [40, deepest / 2 - 20, deepest - 1, deepest * 2, highest - 10, highest + 10] {
            let source = format!(
                "fn f(x: Int) -> Int:\n  print({}x{})\n  return x\n",
                open.repeat(depth),
                close.repeat(depth)
            );
            checked(open, &source);
        }
    }
    let mut text = String::from("fn f(x: Bool) -> Int:\n");
    for depth in 1..deepest - 4 {
        text.push_str(&format!("{}if x:\n", " ".repeat(depth)));
    }
    text.push_str(&format!("{}return 1\n return 2\n", " ".repeat(deepest - 4)));
    valid("nested blocks", &text);
    let mut pattern = String::from("_");
    for _ in 0..100 {
        pattern = format!("Node({pattern})");
    }
    let text = format!(
        "enum Tree:\n  Leaf\n  Node(Tree)\nfn f(t: Tree):\n  match t:\n    {pattern} -> print()\n    _ -> print()\n"
    );
    valid("nested patterns", &text);
}

#[test]
fn long_matches() {
    let mut text = String::from("fn f(n: Int) -> Int:\n  match n:\n");
    for at in 0..20_000 {
        text.push_str(&format!("    {at} -> {at}\n"));
    }
    text.push_str("    _ -> 0\n");
    valid("many literals", &text);

    let mut text = String::from("enum E:\n");
    for at in 0..5_000 {
        text.push_str(&format!("  V{at}(Int, Bool)\n"));
    }
    text.push_str("fn f(e: E) -> Int:\n  match e:\n");
    for at in 0..5_000 {
        text.push_str(&format!("    V{at}(n, true) -> n\n    V{at}(_, false) -> {at}\n"));
    }
    valid("many variants", &text);
    let missing = text.replace("    V4321(_, false) -> 4321\n", "");
    let found = checked("many variants", &missing);
    assert_eq!(codes(&found), ["FUSE_NON_EXHAUSTIVE_MATCH"]);
    assert!(found.diagnostics[0].message.contains("E.V4321(_, false)"), "{}", found.diagnostics[0].message);
}

#[test]
fn matches_that_cannot_be_seen_through() {
    // Each arm looks at two other fields: the decision tree doubles with every one of them.
    let mut text = String::from("type P:\n");
    for at in 0..60 {
        text.push_str(&format!("  f{at}: Bool\n"));
    }
    text.push_str("fn f(p: P):\n  match p:\n");
    for at in 0..30 {
        text.push_str(&format!("    P(f{at}=true, f{}=true) -> print()\n", 59 - at));
    }
    assert_eq!(codes(&checked("an exponential match", &text)), ["FUSE_NON_EXHAUSTIVE_MATCH"]);
    text.push_str("    _ -> print()\n");
    valid("the same with a last arm", &text);

    // Many columns, one below the other.
    let mut text = String::from("enum E:\n  V(");
    text.push_str(&vec!["Int"; 3_000].join(", "));
    text.push_str(")\nfn f(e: E):\n  match e:\n    V(");
    text.push_str(&vec!["1"; 3_000].join(", "));
    text.push_str(") -> print()\n    _ -> print()\n");
    valid("many columns", &text);
}

#[test]
fn witnesses_are_patterns_that_are_missing() {
    let types = "enum E:\n  A\n  B(Bool, Int?)\ntype P:\n  e: E\n  r: Int!X!Y\ntype X:\n  m: String\nenum Y:\n  Z(Int)\n";
    for (subject, arms, witness) in [
        ("Bool", "true -> print()", "false"),
        ("E", "B(_, _) -> print()", "E.A"),
        ("E", "A -> print()\n    B(true, _) -> print()\n    B(_, null) -> print()", "E.B(false, Some(_))"),
        ("Int?", "1 -> print()\n    null -> print()", "Some(_)"),
        ("P", "P(e=A) -> print()", "P(e=E.B(_, _))"),
        ("P", "P(r=Ok(_)) -> print()\n    P(r=Err(X())) -> print()", "P(r=Err(Y.Z(_)))"),
        ("Int!X", "Ok(_) -> print()", "Err(_)"),
        ("Int!X!Y", "Ok(_) -> print()\n    Err(Y.Z(_)) -> print()", "Err(X())"),
        ("Int!X!Y", "Ok(_) -> print()\n    Err(X()) -> print()\n    Err(Y.Z(1)) -> print()", "Err(Y.Z(_))"),
    ] {
        let source = format!("{types}fn f(s: {subject}):\n  match s:\n    {arms}\n");
        let found = checked(subject, &source);
        assert_eq!(codes(&found), ["FUSE_NON_EXHAUSTIVE_MATCH"], "{source}");
        let message = &found.diagnostics[0].message;
        assert!(message.contains(&format!("`{witness}`")), "{message}, expected {witness}");
    }
}

/// A value, and a pattern, of `type P(a: Bool, b: E)` with `enum E: A; B(Bool?); C(E2, Bool)` and `enum E2: X; Y`: constructors with parts.
#[derive(Clone, Debug, PartialEq)]
struct Tree(&'static str, Vec<Tree>);

/// The constructors of a type with the types of their parts.
fn constructors(ty: &str) -> &'static [(&'static str, &'static [&'static str])] {
    match ty {
        "P" => &[("P", &["Bool", "E"])],
        "E" => &[("A", &[]), ("B", &["Bool?"]), ("C", &["E2", "Bool"])],
        "E2" => &[("X", &[]), ("Y", &[])],
        "Bool?" => &[("null", &[]), ("Some", &["Bool"])],
        _ => &[("true", &[]), ("false", &[])],
    }
}

fn values(ty: &str) -> Vec<Tree> {
    let mut out = Vec::new();
    for (name, parts) in constructors(ty) {
        let mut made = vec![Vec::new()];
        for part in *parts {
            let inner = values(part);
            made = made
                .iter()
                .flat_map(|before: &Vec<Tree>| {
                    inner.iter().map(move |value| [before.as_slice(), std::slice::from_ref(value)].concat())
                })
                .collect();
        }
        out.extend(made.into_iter().map(|parts| Tree(name, parts)));
    }
    out
}

fn pattern(ty: &str, random: &mut impl FnMut(usize) -> usize) -> Tree {
    if random(3) == 0 {
        return Tree("_", Vec::new());
    }
    let all = constructors(ty);
    let (name, parts) = all[random(all.len())];
    Tree(name, parts.iter().map(|part| pattern(part, random)).collect())
}

fn matches(pattern: &Tree, value: &Tree) -> bool {
    pattern.0 == "_"
        || pattern.0 == value.0
            && pattern.1.iter().zip(&value.1).all(|(pattern, value)| matches(pattern, value))
}

fn written(pattern: &Tree) -> String {
    let parts: Vec<String> = pattern.1.iter().map(written).collect();
    match pattern.0 {
        "P" => format!("P(a={}, b={})", parts[0], parts[1]),
        name if parts.is_empty() => name.to_owned(),
        name => format!("{name}({})", parts.join(", ")),
    }
}

#[test]
fn coverage_agrees_with_trying_every_value() {
    let all = values("P");
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    let mut text = String::from(
        "type P:\n  a: Bool\n  b: E\nenum E:\n  A\n  B(Bool?)\n  C(E2, Bool)\nenum E2:\n  X\n  Y\n",
    );
    let mut line = text.lines().count();
    let mut expected = Vec::new();
    for at in 0..400 {
        let arms: Vec<Tree> = (0..1 + random(14)).map(|_| pattern("P", &mut random)).collect();
        text.push_str(&format!("fn f{at}(p: P):\n  match p:\n"));
        line += 2;
        let first = |value: &Tree| arms.iter().position(|arm| matches(arm, value));
        if all.iter().any(|value| first(value).is_none()) {
            expected.push((line, "FUSE_NON_EXHAUSTIVE_MATCH"));
        }
        for (number, arm) in arms.iter().enumerate() {
            line += 1;
            text.push_str(&format!("    {} -> print()\n", written(arm)));
            if !all.iter().any(|value| first(value) == Some(number)) {
                expected.push((line, "FUSE_UNREACHABLE_ARM"));
            }
        }
    }
    let checked = checked("random matches", &text);
    let found: Vec<(usize, &str)> = checked
        .diagnostics
        .iter()
        .map(|finding| {
            let file = finding.file.and_then(|file| checked.sources.get(file)).expect("a file");
            (file.position(finding.span.start).line as usize, finding.code.as_str())
        })
        .collect();
    assert!(expected.len() > 400, "{}", expected.len());
    assert_eq!(found, expected);
}
