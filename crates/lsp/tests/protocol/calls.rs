//! 14.8, 14.11, 14.13: who calls whom, signatures, hints.

use serde_json::{Value, json};

use crate::client::{fixture, uri};

#[test]
fn signatures_of_unfinished_calls() {
    let head = "## Adds.\nfn add<T>(first: T, second: Int = 2) -> T where T: I:\n  return first\ninterface I:\n  fn m(x: Int)\n\
                type A:\n  x: Int\n  y: Int = 1\nenum E:\n  V(a: Int, b: Int)\nfn sub(first: Int, second: Int) -> Int: return first - second\n";
    for (body, label, active) in [
        ("fn f():\n  add($0)\n", "fn add<T>(first: T, second: Int = 2) -> T where T: I", 0),
        ("fn f():\n  add(1, $0\n", "fn add<T>(first: T, second: Int = 2) -> T where T: I", 1),
        ("fn f():\n  add(second=$0\n", "fn add<T>(first: T, second: Int = 2) -> T where T: I", 1),
        ("fn f():\n  print(add([1, 2], $0))\n", "fn add<T>(first: T, second: Int = 2) -> T where T: I", 1),
        ("fn f():\n  add(sub(1, 2), $0", "fn add<T>(first: T, second: Int = 2) -> T where T: I", 1),
        ("fn f():\n  add(1, 2, 3, $0)\n", "fn add<T>(first: T, second: Int = 2) -> T where T: I", 1),
        ("fn f():\n  A(x=1, y=$0)\n", "A(x: Int, y: Int = 1)", 1),
        ("fn f():\n  E.V(1, $0)\n", "V(a: Int, b: Int)", 1),
        ("fn f():\n  print($0\n", "print(value: any = \"\") -> Unit", 0),
        ("fn f():\n  json.encode($0)\n", "json.encode(value: any) -> String", 0),
    ] {
        let fixture = fixture(&format!("{head}{body}"));
        let mut client = fixture.client();
        let found = client.call("textDocument/signatureHelp", fixture.at('0')).unwrap();
        assert_eq!(found["signatures"][0]["label"], label, "{body}");
        assert_eq!(found["activeParameter"], active, "{body}");
        assert_eq!(found["activeSignature"], 0);
        for parameter in found["signatures"][0]["parameters"].as_array().unwrap() {
            assert!(label.contains(parameter["label"].as_str().unwrap()));
        }
    }
    let fixture = fixture(&format!("{head}fn f():\n  print(1)$0\n"));
    let mut client = fixture.client();
    assert_eq!(client.call("textDocument/signatureHelp", fixture.at('0')).unwrap(), Value::Null);
}

#[test]
fn hints_of_types_and_parameters() {
    let text = "type A:\n  x: Int\nfn add(first: Int, second: Int, n: Int = 1) -> Int: return first\nfn f(first: Int):\n\
                \x20 let a = add(first, 2, 3)\n  var b = [1]\n  let c = A(x=1)\n  let d: Int = 2\n  let e = spawn:\n    let g = 1\n    add(5, second=g)\n\
                \x20 print(\"${await e} ${a} ${b} ${c} ${d}\")\n";
    let fixture = fixture(text);
    let mut client = fixture.client();
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let document = json!({"uri": uri(&fixture.path("main.fuse"))});
    let found =
        client.call("textDocument/inlayHint", json!({"textDocument": document, "range": range})).unwrap();
    let shown: Vec<String> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|hint| {
            let (line, column) = (&hint["position"]["line"], &hint["position"]["character"]);
            format!("{line}:{column} {} {}", hint["label"].as_str().unwrap(), hint["kind"])
        })
        .collect();
    let expected = [
        "4:7 : Int 1",
        "4:21 second:  2",
        "5:7 : List<Int> 1",
        "8:7 : Task<Int> 1",
        "9:9 : Int 1",
        "10:8 first:  2",
    ];
    assert_eq!(shown, expected);
    let range = json!({"start": {"line": 5, "character": 0}, "end": {"line": 5, "character": 99}});
    let found =
        client.call("textDocument/inlayHint", json!({"textDocument": document, "range": range})).unwrap();
    assert_eq!(found.as_array().unwrap().len(), 1);
}

#[test]
fn callers_and_callees() {
    let text = "--- fuse.toml\n[package]\nname = \"p\"\nentry = \"main.fuse\"\n--- a.fuse\nfn low(n: Int) -> Int: return n\nfn mid() -> Int:\n  return low(1) + low(2)\n\
                --- main.fuse\nimport A from \"a\"\ntest \"t\":\n  assert(A.l$0ow(1) == 1)\napp \"a\":\n  print(A.mid())\n";
    let fixture = fixture(text);
    let mut client = fixture.client();
    let items = client.call("textDocument/prepareCallHierarchy", fixture.at('0')).unwrap();
    assert_eq!(items.as_array().unwrap().len(), 1);
    let item = items[0].clone();
    assert_eq!((&item["name"], &item["kind"]), (&json!("low"), &json!(12)));
    assert_eq!(item["detail"], "fn low(n: Int) -> Int");
    let incoming = client.call("callHierarchy/incomingCalls", json!({"item": item})).unwrap();
    let shown: Vec<(&str, usize)> = incoming
        .as_array()
        .unwrap()
        .iter()
        .map(|call| (call["from"]["name"].as_str().unwrap(), call["fromRanges"].as_array().unwrap().len()))
        .collect();
    assert_eq!(shown, [("mid", 2), ("t", 1)]);
    let mid = incoming[0]["from"].clone();
    let outgoing = client.call("callHierarchy/outgoingCalls", json!({"item": mid})).unwrap();
    assert_eq!(outgoing[0]["to"]["name"], "low");
    assert_eq!(outgoing[0]["fromRanges"].as_array().unwrap().len(), 2);
    client.open(&fixture.path("a.fuse"), "fn other() -> Int: return 1\n");
    let gone = client.call("callHierarchy/incomingCalls", json!({"item": item})).unwrap();
    assert_eq!(gone, json!([]));
}
