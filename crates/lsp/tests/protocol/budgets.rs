//! 14.17: how long things take. The ceilings hold for release builds, and only there they are tested; the figures are shown by
//! `cargo test --release -p fuse-lsp --test protocol budgets -- --nocapture`.

use std::fmt::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, Fixture, fixture, uri};

/// A module with some of everything, of about a hundred lines.
fn module(number: usize, import: Option<usize>) -> String {
    let mut out = String::new();
    if let Some(other) = import {
        writeln!(out, "import {{ Item{other}, total{other} }} from \"m{other}\"").unwrap();
    }
    writeln!(out, "type Item{number}:\n  name: String\n  price: Int = 1\n").unwrap();
    writeln!(out, "enum State{number}:\n  Open\n  Closed(why: String)\n").unwrap();
    writeln!(out, "fn total{number}(items: List<Item{number}>) -> Int:\n  var sum = 0\n  for item in items:\n    sum = sum + item.price").unwrap();
    if let Some(other) = import {
        writeln!(out, "  sum = sum + total{other}([Item{other}(name=\"x\")])").unwrap();
    }
    writeln!(out, "  return sum\n").unwrap();
    for step in 0..12 {
        writeln!(
            out,
            "fn step{number}_{step}(first: Int, second: String) -> String:\n  let doubled = first * 2\n  if doubled > {step}:\n    \
             return \"${{second}} ${{doubled}}\"\n  let items = [Item{number}(name=second, price=first)]\n  \
             return \"${{total{number}(items)}} of ${{second}}\"\n"
        )
        .unwrap();
    }
    out
}

fn workspace() -> Fixture {
    let mut text =
        "--- fuse.toml\n[package]\nname = \"p\"\nentry = \"main.fuse\"\n--- main.fuse\n".to_owned();
    (0..50).for_each(|number| writeln!(text, "import M{number} from \"m{number}\"").unwrap());
    text.push_str("fn main():\n  print(M0.total0([]))\n");
    for number in 0..50 {
        write!(text, "--- m{number}.fuse\n{}", module(number, number.checked_sub(1))).unwrap();
    }
    fixture(&text)
}

/// The slow end of some runs; the ceiling holds in release builds.
fn measure(what: &str, ceiling: u64, runs: usize, mut run: impl FnMut(usize)) {
    // Without optimisation the figures say nothing.
    let runs = if cfg!(debug_assertions) { 1 } else { runs };
    let mut times: Vec<Duration> = (0..runs)
        .map(|number| {
            let start = Instant::now();
            run(number);
            start.elapsed()
        })
        .collect();
    times.sort();
    let (median, slow) = (times[runs / 2], times[runs * 95 / 100]);
    println!("{what}: median {median:?}, p95 {slow:?}, ceiling {ceiling} ms");
    if !cfg!(debug_assertions) {
        assert!(slow < Duration::from_millis(ceiling), "{what}: {slow:?}");
    }
}

#[test]
fn a_workspace_of_fifty_files() {
    let fixture = workspace();
    let path = fixture.path("m20.fuse");
    let text = fixture.text("m20.fuse").to_owned();
    measure("first diagnostics after opening", 500, 5, |_| {
        let mut client = Client::at(&fixture.root());
        client.open(&path, &text);
        client.diagnostics(&path);
    });
    let mut client = Client::at(&fixture.root());
    client.open(&path, &text);
    client.diagnostics(&path);
    measure("diagnostics after an edit", 500, 20, |number| {
        client.change(&path, json!([{"text": format!("{text}fn edit{number}() -> Int: return 1\n")}]));
        client.diagnostics(&path);
    });
    let at = json!({"textDocument": {"uri": uri(&path)}, "position": {"line": 12, "character": 5}});
    measure("warm completion", 200, 20, |_| {
        client.call("textDocument/completion", at.clone()).unwrap();
    });
    measure("workspace symbols", 300, 20, |_| {
        client.call("workspace/symbol", json!({"query": "step"})).unwrap();
    });
    measure("twenty edits in a burst", 5000, 1, |_| {
        for number in 0..20 {
            client.change(&path, json!([{"text": format!("{text}fn burst{number}() -> Int: return x\n")}]));
        }
        let end = |found: &Vec<Value>| found.iter().any(|found| found["code"] == "FUSE_UNKNOWN_NAME");
        while !end(&client.diagnostics(&path)) {}
        client.call("fuse/internalWorkspaceStats", Value::Null).unwrap();
    });
}

#[test]
fn a_file_of_five_thousand_lines() {
    let text: String = (0..54).map(|number| module(number, None)).collect();
    assert!(text.lines().count() > 5000, "{}", text.lines().count());
    let fixture = fixture(&text);
    let path = fixture.path("main.fuse");
    let at = json!({"textDocument": {"uri": uri(&path)}, "position": {"line": 12, "character": 6}, "context": {"includeDeclaration": true}});
    let open = || {
        let mut client = Client::at(&fixture.root());
        client.open(&path, &text);
        client
    };
    for (what, method, cold, warm) in [
        ("completion", "textDocument/completion", 5000, 1500),
        ("references", "textDocument/references", 6000, 2500),
        ("definition", "textDocument/definition", 6000, 2500),
    ] {
        measure(&format!("{what}, cold"), cold, 3, |_| {
            open().call(method, at.clone()).unwrap();
        });
        let mut client = open();
        client.call(method, at.clone()).unwrap();
        measure(&format!("{what}, warm"), warm, 10, |_| {
            client.call(method, at.clone()).unwrap();
        });
    }
    measure("diagnostics, cold", 6000, 3, |_| {
        open().diagnostics(&path);
    });
    let mut client = open();
    client.diagnostics(&path);
    measure("diagnostics, warm", 3000, 10, |number| {
        client.change(&path, json!([{"text": format!("{text}fn edit{number}() -> Int: return 1\n")}]));
        client.diagnostics(&path);
    });
}
