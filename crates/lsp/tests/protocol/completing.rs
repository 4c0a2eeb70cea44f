//! 14.10: what is offered where.

use serde_json::Value;

use crate::client::{apply, fixture};

const SHOP: &str = "\
--- fuse.toml
[package]
name = \"p\"
entry = \"main.fuse\"
--- notes.md
hello
--- shop.fuse
import { far } from \"far\"
interface Priced:
  fn cents(rate: Int) -> Int
  fn free() -> Self
type Item:
  name: String
  price: Int = far()
impl Priced for Item:
  fn cents(rate: Int) -> Int:
    return self.price * rate
  fn free() -> Self:
    return Self(name=\"x\", price=0)
enum State:
  Open
  Closed(why: String)
config Settings:
  port: Int = 80
fn total(items: List<Item>, rate: Int = 2) -> Int:
  return rate
--- far.fuse
fn far() -> Int:
  return 1
--- lonely.fuse
fn lonely() -> Int:
  return 1
";

fn complete(main: &str) -> Vec<Value> {
    let fixture = fixture(&format!("{SHOP}--- main.fuse\n{main}"));
    let mut client = fixture.client();
    let found = client.call("textDocument/completion", fixture.at('0')).unwrap();
    assert_eq!(found["isIncomplete"], false);
    found["items"].as_array().unwrap().clone()
}

fn labels(main: &str) -> Vec<String> {
    complete(main).iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
}

const HEAD: &str = "import { Item, State, Settings, Priced } from \"shop\"\nimport Shop from \"shop\"\n";

#[test]
fn members_are_those_of_what_stands_before_the_dot() {
    for (body, expected) in [
        ("fn f(a: Item):\n  print(a.$0)\n", "cents free name price"),
        ("fn f(a: Item):\n  a.$0\n", "cents free name price"),
        ("fn f(a: Item):\n  let x = a.na$0\n  print(x)\n", "name"),
        ("fn f(a: Item):\n  print(a.$0\nfn g():\n  print(1)\n", "cents free name price"),
        ("fn f(a: List<Item>):\n  print(\"x ${a[0].$0}\")\n", "cents free name price"),
        ("fn f():\n  Item.$0\n", "free"),
        ("fn f():\n  State.$0\n", "Closed Open"),
        ("fn f():\n  Settings.$0\n", "port"),
        ("fn f():\n  Shop.$0\n", "Item Priced Settings State total"),
        ("fn f(a: Shop.$0):\n  print(a)\n", "Item Priced Settings State total"),
        ("fn f():\n  json.$0\n", "decode encode"),
        ("requires db\nfn f():\n  db.from(\"t\").wh$0\n", "where"),
        ("fn f<T>(a: T) where T: Priced:\n  a.$0\n", "cents free"),
        ("fn f(a: Item?):\n  print(a?.$0)\n", "cents free name price"),
        ("import { $0 } from \"shop\"\n", "Item Priced Settings State total"),
        ("requires $0\n", "crypto db network time"),
    ] {
        let head = if body.starts_with("requires") { "" } else { HEAD };
        let mut found = labels(&format!("{head}{body}"));
        found.sort();
        assert_eq!(found.join(" "), expected, "{body}");
    }
}

#[test]
fn the_nearest_comes_first() {
    let items = complete(
        "import { total } from \"shop\"\nfn tot_own() -> Int: return 1\nfn f(tot_param: Int):\n  let tot_local = 1\n  print(tot$0)\n  let tot_later = 2\n",
    );
    let shown: Vec<(&str, i64)> = items
        .iter()
        .map(|item| (item["sortText"].as_str().unwrap(), item["kind"].as_i64().unwrap()))
        .collect();
    assert_eq!(shown[..2], [("00_tot_local", 6), ("00_tot_param", 6)]);
    assert_eq!(shown[2..4], [("01_tot_own", 3), ("01_total", 3)]);
    assert!(!shown.iter().any(|(text, _)| text.contains("tot_later")));
}

#[test]
fn exports_elsewhere_bring_their_import() {
    let items = complete("import { total } from \"shop\"\nfn f():\n  $0\n");
    let find =
        |label: &str| items.iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("{label}"));
    assert_eq!(find("Item")["sortText"], "02_0_item");
    assert_eq!(find("far")["sortText"], "02_1_far");
    assert_eq!(find("lonely")["sortText"], "02_7_lonely");
    let text = "import { total } from \"shop\"\nfn f():\n  \n";
    let after = |label| apply(text, find(label)["additionalTextEdits"].as_array().unwrap());
    assert_eq!(after("Item"), text.replace("{ total }", "{ Item, total }"));
    assert_eq!(after("lonely"), text.replace("\"shop\"\n", "\"shop\"\nimport { lonely } from \"lonely\"\n"));
}

#[test]
fn words_where_they_are_legal() {
    let has = |main: &str, wanted: &[&str], unwanted: &[&str]| {
        let found = labels(main);
        for word in wanted {
            assert!(found.iter().any(|label| label == word), "{word} in {main}: {found:?}");
        }
        for word in unwanted {
            assert!(!found.iter().any(|label| label == word), "no {word} in {main}");
        }
    };
    has("$0\n", &["fn", "type", "import", "app", "test", "requires"], &["let", "return"]);
    has(
        "fn f():\n  $0\n",
        &["let", "var", "if", "match", "for", "return", "await", "true", "print", "json"],
        &["fn", "div"],
    );
    has("fn f():\n  let x = $0\n", &["await", "spawn", "null", "print"], &["let", "return"]);
    has("fn f(a: Bool):\n  if a $0\n", &["and", "or"], &["let"]);
    has("service S at \"/\":\n  $0\n", &["get", "post"], &["let"]);
    has("fn f(a: $0):\n  print(1)\n", &["Int", "List", "Item", "String"], &["print", "let"]);
    has("fn f() -> $0:\n  print(1)\n", &["Int", "Html"], &["print"]);
    has("fn f<Tee>(a: List<$0>) -> Tee:\n  return a[0]\n", &["Tee", "Int"], &["print"]);
    has("type A:\n  x: $0\n", &["Int", "State"], &["print"]);
    has(&format!("{HEAD}impl $0\n"), &["Priced"], &["Item", "print"]);
    has(&format!("{HEAD}impl Priced for $0\n"), &["Item"], &["print"]);
    has("component C():\n  return $0\n", &["div", "attrs", "children"], &[]);
    has("fn f() -> Html:\n  return se$0\n", &["section"], &[]);
    has("import $0 from \"shop\"\n", &[], &["fn"]);
    has("import S $0\n", &["from", "as"], &[]);
    has("import S from \"$0\"\n", &["shop", "notes.md", "lonely"], &[]);
    has(&format!("{HEAD}fn f():\n  Item($0)\n"), &["name", "price"], &[]);
    has(&format!("{HEAD}fn f():\n  Item(name=\"x\", p$0)\n"), &["price"], &["name"]);
    has(&format!("{HEAD}fn f():\n  Shop.total(r$0)\n"), &["rate"], &[]);
    has("fn f():\n  for i in [1]:\n    print($0)\n", &["i"], &[]);
    has("fn f():\n  for i in [1]:\n    print(i)\n  print($0)\n", &[], &["i"]);
    for nothing in ["# te$0\n", "fn f():\n  print(\"te$0xt\")\n", "fn f():\n  let $0\n"] {
        assert_eq!(labels(nothing), Vec::<String>::new(), "{nothing}");
    }
    has("fn f(abc: Int):\n  print(\"x ${a$0}\")\n", &["abc"], &[]);
}

#[test]
fn missing_members_are_stubs() {
    let items = complete(&format!(
        "{HEAD}type A:\n  x: Int\nimpl Priced for A:\n  fn free() -> Self: return A(x=1)\n  $0\n"
    ));
    assert_eq!(items[0]["label"], "cents");
    let stub = "fn cents(rate: Int) -> Int:\n    assert(false, \"TODO: implement cents\")";
    assert_eq!(items[0]["insertText"], stub);
    assert!(!items.iter().any(|item| item["label"] == "free"));
}

#[test]
fn there_are_never_too_many() {
    let many: String = (0..400).map(|n| format!("fn name_{n}() -> Int: return {n}\n")).collect();
    assert_eq!(labels(&format!("{many}fn f() -> Html:\n  return $0\n")).len(), 256);
}
