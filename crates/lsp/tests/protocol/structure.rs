//! What needs only the text: symbols (14.14), formatting (14.16), folding.

use serde_json::{Value, json};

use crate::client::{apply, fixture, uri};

const SOURCE: &str = "\
import { a } from \"a\"
import B from \"b\"

type Order:
  id: Int
  note: String?

enum State:
  Open
  Closed(why: String)

interface Priced:
  fn price() -> Int

impl Priced for Order:
  fn price() -> Int:
    return 1

service Shop at \"/\":
  get \"/orders\" -> String: return \"x\"

config Settings:
  port: Int = 1

app \"shop\":
  serve(80)

test \"adds\":
  assert(true)

migration 001: print(1)

component Card(): return div()

fn add(
  a: Int,
  b: Int,
) -> Int:
  return a + b
";

fn outline(symbols: &Value, depth: usize, out: &mut Vec<String>) {
    for symbol in symbols.as_array().into_iter().flatten() {
        out.push(format!("{}{} {}", " ".repeat(depth), symbol["name"].as_str().unwrap(), symbol["kind"]));
        outline(&symbol["children"], depth + 1, out);
    }
}

#[test]
fn document_symbols_are_the_declarations() {
    let fixture = fixture(SOURCE);
    let mut client = fixture.client();
    let document = json!({"textDocument": {"uri": uri(&fixture.path("main.fuse"))}});
    let symbols = client.call("textDocument/documentSymbol", document).unwrap();
    let mut out = Vec::new();
    outline(&symbols, 0, &mut out);
    let expected = [
        "Order 23",
        " id 8",
        " note 8",
        "State 10",
        " Open 22",
        " Closed 22",
        "Priced 23",
        " price 12",
        "impl Priced for Order 23",
        " price 12",
        "Shop 11",
        " get /orders 12",
        "Settings 23",
        " port 8",
        "shop 5",
        "adds 12",
        "1 12",
        "Card 12",
        "add 12",
    ];
    assert_eq!(out, expected);
}

#[test]
fn workspace_symbols_are_ranked_and_filtered() {
    let package = "[package]\nname = \"p\"\nentry = \"main.fuse\"\n";
    let fixture = fixture(&format!(
        "--- fuse.toml\n{package}--- main.fuse\nimport total from \"shop\"\nfn totals() -> Int:\n  return 1\n\
         fn the_order_total_amount() -> Int:\n  return 1\n--- shop.fuse\ntype Total:\n  total: Int\nenum T:\n  Total2\n\
         test \"total is right\":\n  assert(true)\n"
    ));
    let mut client = fixture.client();
    let mut names = |query: &str| -> Vec<String> {
        let found = client.call("workspace/symbol", json!({"query": query})).unwrap();
        found.as_array().unwrap().iter().map(|found| found["name"].as_str().unwrap().to_owned()).collect()
    };
    let expected =
        ["total", "total", "Total", "totals", "total is right", "Total2", "the_order_total_amount"];
    assert_eq!(names("total"), expected);
    assert_eq!(names("fn:tot"), ["totals", "total is right", "the_order_total_amount"]);
    assert_eq!(names("type:tot"), ["Total"]);
    assert_eq!(names("enum:tot"), ["Total2"]);
    assert_eq!(
        names("tota"),
        ["totals", "total is right", "total", "total", "Total", "Total2", "the_order_total_amount"]
    );
    assert_eq!(names("").len(), 8);
}

#[test]
fn formatting_is_what_the_formatter_does() {
    let source = "fn main():  \n\n\n  let x : Int = 1\n  print(x)\n\n";
    let fixture = fixture(source);
    let mut client = fixture.client();
    let options = json!({"tabSize": 2, "insertSpaces": true});
    let params = json!({"textDocument": {"uri": uri(&fixture.path("main.fuse"))}, "options": options});
    let edits = client.call("textDocument/formatting", params.clone()).unwrap();
    let formatted = apply(source, edits.as_array().unwrap());
    assert_eq!(formatted, fuse_format_text(source));
    client.change(&fixture.path("main.fuse"), json!([{"text": formatted}]));
    assert_eq!(client.call("textDocument/formatting", params.clone()).unwrap(), json!([]));
    client.change(&fixture.path("main.fuse"), json!([{"text": "fn main(:  \n"}]));
    assert_eq!(client.call("textDocument/formatting", params).unwrap(), json!([]));
}

fn fuse_format_text(source: &str) -> String {
    fuse_format::format(source, fuse_diagnostics::FileId(0)).unwrap()
}

#[test]
fn folding_ranges_are_blocks_brackets_comments_and_imports() {
    let source = "import { a } from \"a\"\nimport B from \"b\"\n\n# one\n# two\nfn add(\n  a: Int,\n) -> Int:\n  if a == 1:\n    return 2\n\n  return 1\n";
    let fixture = fixture(source);
    let mut client = fixture.client();
    let document = json!({"textDocument": {"uri": uri(&fixture.path("main.fuse"))}});
    let found = client.call("textDocument/foldingRange", document).unwrap();
    let shown: Vec<(i64, i64, &str)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|found| {
            let line = |name: &str| found[name].as_i64().unwrap();
            (line("startLine"), line("endLine"), found["kind"].as_str().unwrap_or(""))
        })
        .collect();
    assert_eq!(shown, [(0, 1, "imports"), (3, 4, "comment"), (5, 6, ""), (7, 11, ""), (8, 9, "")]);
}
