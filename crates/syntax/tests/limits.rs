//! Extreme sources: deep nesting, long chains, long lines. Each must end quickly, with at most a few diagnostics.

use fuse_diagnostics::{Diagnostic, FileId};
use fuse_syntax::{Interner, STACK, dump, parse};

/// Parses, walks and drops the tree.
fn diagnostics(source: &str) -> Vec<Diagnostic> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        thread.spawn_scoped(scope, || walk(source)).expect("a thread").join().expect("no panic")
    })
}

fn walk(source: &str) -> Vec<Diagnostic> {
    let mut interner = Interner::new();
    let parsed = parse(source, FileId(0), &mut interner);
    assert!(!dump(&parsed.module, &interner).is_empty());
    assert!(parsed.module == parsed.module.clone());
    parsed.diagnostics
}

fn codes(source: &str) -> Vec<&'static str> {
    diagnostics(source).iter().map(|diagnostic| diagnostic.code.as_str()).collect()
}

fn in_fn(expr: &str) -> String {
    format!("fn f():\n  let a = {expr}\n  let b = 1\n")
}

const TOO_DEEP: &[&str] = &["FUSE_NESTING_TOO_DEEP"];

#[test]
fn nested_brackets() {
    for (open, close) in [("(", ")"), ("[", "]"), ("f(", ")"), ("{1: ", "}"), ("a[", "]"), ("f<A>(", ")")] {
        let source = |depth: usize| in_fn(&format!("{}{}{}", open.repeat(depth), "1", close.repeat(depth)));
        assert_eq!(codes(&source(10_000)), TOO_DEEP, "{open}");
        assert_eq!(codes(&source(100)), [""; 0], "{open}");
    }
}

#[test]
fn nested_brackets_that_are_never_closed() {
    let found = codes(&in_fn(&"(".repeat(10_000)));
    assert!(
        found.len() < 20
            && found.iter().all(|code| *code == "FUSE_UNCLOSED_BRACKET" || TOO_DEEP.contains(code))
    );
    let found = codes(&in_fn(&")".repeat(10_000)));
    assert!(found.iter().all(|code| *code == "FUSE_UNMATCHED_BRACKET"));
}

#[test]
fn prefix_operators() {
    for prefix in ["-", "!", "box ", "- !"] {
        assert_eq!(codes(&in_fn(&format!("{}a", prefix.repeat(10_000)))), TOO_DEEP, "{prefix}");
        assert_eq!(codes(&in_fn(&format!("{}a", prefix.repeat(100)))), [""; 0], "{prefix}");
    }
}

#[test]
fn long_chains() {
    for link in
        [" + a", " or a", " ?? a", " .. a", ".a", "()", "[0]", "?.a", " ?!", " ?! a", "\n    .a()", " < a"]
    {
        assert_eq!(codes(&in_fn(&format!("a{}", link.repeat(100_000)))), TOO_DEEP, "{link}");
        assert_eq!(codes(&in_fn(&format!("a{}", link.repeat(1_400)))), [""; 0], "{link}");
    }
}

#[test]
fn chains_in_brackets_in_chains() {
    // The height of the whole tree counts, not that of each bracket.
    let mut source = "a".to_owned();
    for _ in 0..200 {
        source = format!("({source}{})", " + a".repeat(200));
    }
    assert_eq!(codes(&in_fn(&source)), TOO_DEEP);
}

#[test]
fn comparisons_that_look_like_type_arguments() {
    assert_eq!(codes(&in_fn(&"a<".repeat(100_000))).len(), 1);
    assert_eq!(codes(&in_fn(&format!("{}a", "a<b,".repeat(100_000)))).len(), 1);
    let list = format!("[{}1]", "a<b, ".repeat(50_000));
    assert_eq!(codes(&in_fn(&list)), [""; 0]);
}

#[test]
fn nested_interpolations() {
    let nested = |depth: usize| in_fn(&format!("{}1{}", "\"${".repeat(depth), "}\"".repeat(depth)));
    assert_eq!(codes(&nested(10_000)), TOO_DEEP);
    assert_eq!(codes(&nested(100)), [""; 0]);
    let unclosed = codes(&in_fn(&"\"${".repeat(10_000)));
    assert!(unclosed.len() < 20, "{unclosed:?}");
    let triple = codes(&in_fn(&"\"\"\"${".repeat(10_000)));
    assert!(triple.len() < 20, "{triple:?}");
}

#[test]
fn nested_types_and_patterns() {
    for (open, close) in [("List<", ">"), ("fn(", ")"), ("fn() -> ", "")] {
        let source = |depth: usize| {
            format!("type T:\n  a: {}Int{}\n  b: Int\n", open.repeat(depth), close.repeat(depth))
        };
        assert_eq!(codes(&source(10_000)), TOO_DEEP, "{open}");
        assert_eq!(codes(&source(100)), [""; 0], "{open}");
    }
    let pattern = |depth: usize| {
        format!("fn f():\n  match a:\n    {}b{} -> 1\n    c -> 2\n", "A(".repeat(depth), ")".repeat(depth))
    };
    assert_eq!(codes(&pattern(10_000)), TOO_DEEP);
    assert_eq!(codes(&pattern(100)), [""; 0]);
    let optional = format!("type T:\n  a: Int{}\n", "?".repeat(100_000));
    assert_eq!(codes(&optional), [""; 0]);
    let domains = format!("type T:\n  a: Int{}\n", "!E".repeat(100_000));
    assert_eq!(codes(&domains), [""; 0]);
}

/// Lines that each open a block, each deeper than the one before.
fn nested_blocks(header: &str, depth: usize) -> String {
    let mut source = "fn f():\n".to_owned();
    for level in 1..=depth {
        source += &format!("{}{header}\n", " ".repeat(level));
    }
    source + &format!("{}a()\n", " ".repeat(depth + 1))
}

#[test]
fn nested_blocks_of_every_kind() {
    for header in ["if a:", "while a:", "for a in b:", "transaction:", "spawn:", "div():", "let a = spawn:"] {
        assert_eq!(codes(&nested_blocks(header, 2_000)), TOO_DEEP, "{header}");
        assert_eq!(codes(&nested_blocks(header, 100)), [""; 0], "{header}");
    }
    let mut arms = "fn f():\n".to_owned();
    for level in 0..1_000 {
        let indent = " ".repeat(2 * level + 1);
        arms += &format!("{indent}match a:\n{indent} b:\n");
    }
    assert_eq!(codes(&arms), TOO_DEEP);
}

#[test]
fn suites_on_one_line() {
    for header in ["spawn: ", "div(): "] {
        assert_eq!(codes(&format!("fn f():\n  {}a\n  b()\n", header.repeat(10_000))), TOO_DEEP, "{header}");
    }
}

#[test]
fn deep_expressions_in_deep_blocks() {
    let deep = "(".repeat(200) + "1" + &")".repeat(200);
    let source = nested_blocks("if a:", 100).replace("a()\n", &format!("a({deep})\n"));
    assert_eq!(codes(&source), TOO_DEEP);
}

#[test]
fn long_else_if_chains() {
    let chain = "  else if a: b()\n".repeat(100_000);
    assert_eq!(codes(&format!("fn f():\n  if a: b()\n{chain}  else: c()\n")), [""; 0]);
    let html = "    else if a: b()\n".repeat(100_000);
    assert_eq!(codes(&format!("fn f():\n  div():\n    if a: b()\n{html}    else: c()\n")), [""; 0]);
}

#[test]
fn nesting_is_reported_once_for_each_declaration() {
    let deep = in_fn(&format!("{}1{}", "(".repeat(1_000), ")".repeat(1_000)));
    assert_eq!(codes(&format!("{deep}{deep}")), ["FUSE_NESTING_TOO_DEEP"; 2]);
}

#[test]
fn lines_of_ten_megabytes() {
    let megabytes = 10 << 20;
    assert_eq!(codes(&in_fn(&format!("\"{}\"", "x".repeat(megabytes)))), [""; 0]);
    assert_eq!(codes(&format!("# {}", "x".repeat(megabytes))), [""; 0]);
    assert_eq!(codes(&in_fn(&"x".repeat(megabytes))), [""; 0]);
    assert_eq!(codes(&in_fn(&"9".repeat(megabytes / 8))), ["FUSE_INTEGER_TOO_LARGE"]);
    assert_eq!(codes(&in_fn(&format!("[{}]", "1, ".repeat(megabytes / 40)))), [""; 0]);
    assert_eq!(codes(&in_fn(&format!("a{}", " + a".repeat(megabytes / 40)))), TOO_DEEP);
    assert_eq!(codes(&" ".repeat(megabytes)), [""; 0]);
    assert_eq!(codes(&"\n".repeat(megabytes)), [""; 0]);
}

#[test]
fn rubbish_of_all_kinds() {
    // Each was found, or could be suspected, to take quadratic time: the test would not end.
    for rubbish in [
        "(]",
        "'",
        "\"",
        "\"${",
        "\"\"\"",
        "}\"",
        "\u{fffd}",
        "\0",
        "${",
        "<a",
        "a<(",
        "[(",
        "\\",
        "\r",
        "\t\n",
        "(\n",
        "  (\n",
        "\"\n",
        "\"${\n",
        "]\n",
        "if a:\n",
        "a b\n",
        "fn (\n",
        "\"${(",
        "\"\"\"${(]",
        "[\"${(",
        "## a\n",
        "'\n",
        "a\n b\n",
        "fn f():\n",
        "type",
        "a?!",
        "a<b(1..",
        "\"${f(\n",
        "import {",
        "else\n",
        "div():",
        "spawn:",
        "-",
        "“",
    ] {
        let found = diagnostics(&rubbish.repeat((1 << 17) / rubbish.len()));
        assert!(found.len() <= 20_000, "{rubbish:?}");
    }
}
