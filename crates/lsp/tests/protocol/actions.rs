//! 14.15: each action with the text after it; after a quick fix its finding is gone and none is new.

use serde_json::{Value, json};

use crate::client::{Client, Fixture, apply, fixture, uri};

const PACKAGE: &str = "--- fuse.toml\n[package]\nname = \"p\"\nentry = \"main.fuse\"\n";

fn actions(client: &mut Client, fixture: &Fixture, only: Option<&str>) -> Vec<Value> {
    let at = fixture.at('0');
    let mut context = json!({"diagnostics": []});
    if let Some(only) = only {
        context["only"] = json!([only]);
    }
    let range = json!({"start": at["position"], "end": at["position"]});
    let params = json!({"textDocument": at["textDocument"], "range": range, "context": context});
    client.call("textDocument/codeAction", params).unwrap().as_array().unwrap().clone()
}

/// The text of the file with the cursor after an action, which must be offered; and the findings then, if it is a quick fix.
fn after(text: &str, title: &str) -> String {
    let fixture = fixture(text);
    let mut client = fixture.client();
    let path = fixture.at('0')["textDocument"]["uri"].as_str().unwrap().to_owned();
    let path = std::path::PathBuf::from(path.strip_prefix("file://").unwrap());
    let before = client.codes(&path);
    let found = actions(&mut client, &fixture, None);
    let titles: Vec<&Value> = found.iter().map(|action| &action["title"]).collect();
    let action =
        found.iter().find(|action| action["title"] == title).unwrap_or_else(|| panic!("{title}: {titles:?}"));
    let mut result = String::new();
    for change in action["edit"]["documentChanges"].as_array().unwrap() {
        let at = std::path::PathBuf::from(
            change["textDocument"]["uri"].as_str().unwrap().strip_prefix("file://").unwrap(),
        );
        result = apply(&fixture.files[&at], change["edits"].as_array().unwrap());
        if at != path {
            client.open(&at, &fixture.files[&at]);
        }
        client.change(&at, json!([{"text": result}]));
    }
    if action["kind"] == "quickfix" {
        assert!(action["diagnostics"][0]["code"].is_string());
        let now = client.codes(&path);
        assert_eq!(now.len() + 1, before.len(), "{before:?} {now:?}");
    }
    result
}

#[test]
fn quick_fixes() {
    let shop = "--- shop.fuse\nfn price() -> Int: return 1\ntype Item:\n  x: Int\n";
    let main = format!("{PACKAGE}{shop}--- main.fuse\n");
    let head = "fn work(a: Int) -> Int: return a\n";
    for (text, title, expected) in [
        (
            format!("{main}fn f() -> Int: return pri$0ce()\n"),
            "Import price from shop",
            "import { price } from \"shop\"\nfn f() -> Int: return price()\n",
        ),
        (
            format!("{main}import {{ price }} from \"shop\"\nfn f(a: It$0em) -> Int: return price()\n"),
            "Import Item from shop",
            "import { Item, price } from \"shop\"\nfn f(a: Item) -> Int: return price()\n",
        ),
        (
            format!("{main}import Shop from \"shop\"\nfn f() -> Int: return pri$0ce()\n"),
            "Qualify as Shop.price",
            "import Shop from \"shop\"\nfn f() -> Int: return Shop.price()\n",
        ),
        (
            "fn f(a: Not$0Found):\n  print(1)\n".into(),
            "Import NotFound from std.Error",
            "import { NotFound } from std.Error\nfn f(a: NotFound):\n  print(1)\n",
        ),
        (
            "requires db\nfn f():\n  time.sl$0eep(1)\n".into(),
            "Add requires time",
            "requires db\nrequires time\nfn f():\n  time.sleep(1)\n",
        ),
        (
            "requires crypto\nfn f():\n  time.sl$0eep(1)\n".into(),
            "Add requires time",
            "requires time\nrequires crypto\nfn f():\n  time.sleep(1)\n",
        ),
        (
            "fn f():\n  time.sl$0eep(1)\n".into(),
            "Add requires time",
            "requires time\nfn f():\n  time.sleep(1)\n",
        ),
        (
            "fn f() -> Html:\n  return div({\"da$0ta-x\": \"1\", \"id\": \"a\"})\n".into(),
            "Rewrite HTML attrs from map literal",
            "fn f() -> Html:\n  return div(data_x=\"1\" id=\"a\")\n",
        ),
        (
            "fn f() -> Html:\n  return div(id=\"a\"$0, class=\"b\")\n".into(),
            "Remove comma between HTML attrs",
            "fn f() -> Html:\n  return div(id=\"a\" class=\"b\")\n",
        ),
        (
            format!("{head}fn f():\n  wo$0rk(1, 2)\n"),
            "Remove 1 surplus argument",
            "fn work(a: Int) -> Int: return a\nfn f():\n  work(1)\n",
        ),
        (
            format!("{head}fn f():\n  wo$0rk(1, 2, 3)\n"),
            "Remove 2 surplus arguments",
            "fn work(a: Int) -> Int: return a\nfn f():\n  work(1)\n",
        ),
        (
            format!("{head}fn f():\n  sp$0awn:\n    work(1)\n  print(1)\n"),
            "Await detached task",
            "fn work(a: Int) -> Int: return a\nfn f():\n  let task = spawn:\n    work(1)\n  await task\n  print(1)\n",
        ),
        (
            "config C:\n  a: Int = 1\nfn f() -> Int:\n  return C.b$0 + 1\n".into(),
            "Add C.b to config",
            "config C:\n  a: Int = 1\n  b: Int = 0\nfn f() -> Int:\n  return C.b + 1\n",
        ),
        (
            "config C:\n  a: Int = 1\nfn f():\n  print(C.b$0)\n".into(),
            "Add C.b to config",
            "config C:\n  a: Int = 1\n  b: String = \"\"\nfn f():\n  print(C.b)\n",
        ),
    ] {
        assert_eq!(after(&text, title), expected, "{text}");
    }
}

#[test]
fn imports_are_put_in_order() {
    let before = "import { b, a } from \"shop\"\n# about far\nimport Far from \"far\"  # trailing\nimport { c } from \"shop\"\nfn $0f():\n  print(1)\n";
    let expected = "# about far\nimport Far from \"far\"  # trailing\nimport { a, b, c } from \"shop\"\n\nfn f():\n  print(1)\n";
    assert_eq!(after(before, "Organize imports"), expected);
    let fixture = fixture(&expected.replace("fn f", "fn $0f"));
    let mut client = fixture.client();
    assert_eq!(actions(&mut client, &fixture, Some("source.organizeImports")), Vec::<Value>::new());
}

#[test]
fn impls_are_generated() {
    let before = "interface I:\n  fn m<T>(a: T) -> Int\n  fn n()\ntype $0A:\n  x: Int\n";
    let expected = "interface I:\n  fn m<T>(a: T) -> Int\n  fn n()\ntype A:\n  x: Int\n\nimpl I for A:\n  fn m<T>(a: T) -> Int:\n    assert(false, \"TODO: implement m\")\n  fn n():\n    assert(false, \"TODO: implement n\")\n";
    assert_eq!(after(before, "Generate impl I for A"), expected);
    let fixture = fixture(&expected.replace("type A", "type $0A"));
    let mut client = fixture.client();
    assert_eq!(actions(&mut client, &fixture, Some("refactor")), Vec::<Value>::new());
}

#[test]
fn only_what_is_asked_for() {
    let fixture = fixture("import { b } from \"b\"\nimport { a } from \"a\"\nfn f():\n  time.sl$0eep(1)\n");
    let mut client = fixture.client();
    let kinds = |found: Vec<Value>| {
        found.iter().map(|action| action["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(actions(&mut client, &fixture, Some("quickfix"))), ["quickfix"]);
    assert_eq!(kinds(actions(&mut client, &fixture, Some("source"))), ["source.organizeImports"]);
    let found = actions(&mut client, &fixture, Some("quickfix"));
    assert_eq!(found[0]["isPreferred"], true);
    assert_eq!(
        found[0]["edit"]["documentChanges"][0]["textDocument"],
        json!({"uri": uri(&fixture.path("main.fuse")), "version": 1})
    );
}
