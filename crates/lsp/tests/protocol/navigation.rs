//! 14.6 to 14.8: definition, hover, references, highlights, over one workspace that has everything.

use serde_json::json;

use crate::client::{Fixture, fixture};

const SHOP: &str = "\
--- fuse.toml
[package]
name = \"p\"
entry = \"main.fuse\"
--- notes.md
hello
--- shop.fuse
## What things cost.
interface Priced:
  ## In cents.
  fn cents(rate: Int) -> Int
  fn free() -> Self

## A thing.
type Item:
  ## Its name.
  name: String
  price: Int = 1

type Bare = Item without price

enum State:
  Open
  Closed(why: String)

impl Priced for Item:
  fn cents(rate: Int) -> Int:
    return self.price * rate
  fn free() -> Self:
    return Self(name=\"x\", price=0)

config Settings:
  port: Int = 80

fn total(items: List<Item>, rate: Int = 2) -> Int:
  var sum = 0
  for item in items:
    sum = sum + item.cents(rate)
  return sum

fn cheapest<T>(items: List<T>) -> T where T: Priced:
  let first = items[0]
  first.cents(1)
  return first
";

/// The definition at the cursor in a `main.fuse` beside [`SHOP`].
fn definition(main: &str) -> Vec<String> {
    let fixture = fixture(&format!("{SHOP}--- main.fuse\n{main}"));
    let mut client = fixture.client();
    let found = client.call("textDocument/definition", fixture.at('0')).unwrap();
    shown(&fixture, &found)
}

fn shown(fixture: &Fixture, found: &serde_json::Value) -> Vec<String> {
    let found = found.as_array().into_iter().flatten();
    found.map(|found| fixture.show(found["uri"].as_str().unwrap(), &found["range"])).collect()
}

#[test]
fn definitions() {
    let head = "import { Item, Priced, State, Settings, total, cheapest } from \"shop\"\nimport Shop from \"shop\"\n\
                import Notes from \"notes.md\"\n";
    for (body, expected) in [
        ("fn main():\n  let x = 1\n  print($0x)\n", "main.fuse:5:7 x"),
        ("fn main():\n  let x = 1\n  print(\"a ${x$0} b\")\n", "main.fuse:5:7 x"),
        ("fn f(a: Int) -> Int:\n  return $0a\n", "main.fuse:4:6 a"),
        ("fn main():\n  print(to$0tal([]))\n", "shop.fuse:28:4 total"),
        ("fn main():\n  print(total([], ra$0te=1))\n", "shop.fuse:28:29 rate"),
        ("fn main():\n  print(Shop.to$0tal([]))\n", "shop.fuse:28:4 total"),
        ("fn main():\n  print(Sh$0op.total([]))\n", "shop.fuse:1:1 "),
        ("fn main():\n  print(No$0tes)\n", "notes.md:1:1 "),
        ("fn f(a: It$0em):\n  print(1)\n", "shop.fuse:8:6 Item"),
        ("fn f(a: Shop.It$0em):\n  print(1)\n", "shop.fuse:8:6 Item"),
        ("fn f(a: Sh$0op.Item):\n  print(1)\n", "shop.fuse:1:1 "),
        ("fn f(a: Item):\n  print(a.na$0me)\n", "shop.fuse:10:3 name"),
        ("fn f(a: Shop.Bare):\n  print(a.na$0me)\n", "shop.fuse:10:3 name"),
        ("fn f(a: Item):\n  print(a.ce$0nts(1))\n", "shop.fuse:20:6 cents"),
        ("fn f(a: Item):\n  print(Item.fr$0ee())\n", "shop.fuse:22:6 free"),
        ("fn f() -> Item:\n  return Item(na$0me=\"a\")\n", "shop.fuse:10:3 name"),
        ("fn f() -> State:\n  return State.Op$0en\n", "shop.fuse:16:3 Open"),
        ("fn f() -> State:\n  return State.Closed(wh$0y=\"a\")\n", "shop.fuse:17:10 why"),
        (
            "fn f(s: State) -> Int:\n  match s:\n    Op$0en -> 1\n    State.Closed(why) -> 2\n",
            "shop.fuse:16:3 Open",
        ),
        (
            "fn f(s: State) -> Int:\n  match s:\n    Open -> 1\n    State.Clo$0sed(why) -> 2\n",
            "shop.fuse:17:3 Closed",
        ),
        (
            "fn f(s: State):\n  match s:\n    Open -> print(1)\n    State.Closed(why) -> print(w$0hy)\n",
            "main.fuse:7:18 why",
        ),
        ("fn f(a: Item) -> Int:\n  match a:\n    Item(pri$0ce=p) -> p\n", "shop.fuse:11:3 price"),
        ("fn main():\n  print(Settings.po$0rt)\n", "shop.fuse:26:3 port"),
        ("fn main():\n  print(Shop.Sett$0ings.port)\n", "shop.fuse:25:8 Settings"),
        ("type Own = It$0em without price\n", "shop.fuse:8:6 Item"),
        ("type Own = Item without pri$0ce\n", "shop.fuse:11:3 price"),
        ("fn f<T>(a: T) -> Int where T: Pri$0ced:\n  return a.cents(1)\n", "shop.fuse:2:11 Priced"),
        ("fn f<T>(a: T) -> Int where T: Priced:\n  return a.ce$0nts(1)\n", "shop.fuse:4:6 cents"),
        ("fn f<T>(a: $0T) -> Int where T: Priced:\n  return a.cents(1)\n", "main.fuse:4:6 T"),
        ("fn f<T>(a: T) -> Int where $0T: Priced:\n  return a.cents(1)\n", "main.fuse:4:6 T"),
        (
            "type A:\n  x: Int\nimpl Pri$0ced for A:\n  fn cents(rate: Int) -> Int: return 1\n",
            "shop.fuse:2:11 Priced",
        ),
        (
            "type A:\n  x: Int\nimpl Priced for $0A:\n  fn cents(rate: Int) -> Int: return 1\n",
            "main.fuse:4:6 A",
        ),
        (
            "service S at \"/s\":\n  get \"/{id: Int}\" -> String:\n    return \"${i$0d}\"\n",
            "main.fuse:5:10 id",
        ),
        ("component Card(title: String):\n  return div(): ti$0tle\n", "main.fuse:4:16 title"),
        (
            "component Card(title: String): return div()\nfn f() -> Html: return Card(ti$0tle=\"a\")\n",
            "main.fuse:4:16 title",
        ),
        ("fn ok(x: Int) -> Bool: return true\ntype N:\n  x: Int(predicate(o$0k))\n", "main.fuse:4:4 ok"),
        ("fn main():\n  let broken: Int = \"x\"\n  print(to$0tal([]))\n", "shop.fuse:28:4 total"),
        ("fn main(:\n  print(1)\nfn g():\n  print(to$0tal([]))\n", "shop.fuse:28:4 total"),
        ("fn main():\n  var x = 1\n  $0x = 2\n  print(x)\n", "main.fuse:5:7 x"),
        ("fn main():\n  var a = Item(name=\"a\")\n  a.pri$0ce = 2\n  print(a)\n", "shop.fuse:11:3 price"),
        ("app \"sh$0op\":\n  print(1)\n", "main.fuse:4:5 \"shop\""),
    ] {
        assert_eq!(definition(&format!("{head}{body}")), [expected], "{body}");
    }
    assert_eq!(definition("import { to$0tal } from \"shop\"\n"), ["shop.fuse:28:4 total"]);
    assert_eq!(definition("import S from \"sh$0op\"\n"), ["shop.fuse:1:1 "]);
    assert_eq!(definition("import { total } from \"sh$0op\"\n"), ["shop.fuse:1:1 "]);
    assert_eq!(definition("import N from \"not$0es.md\"\n"), ["notes.md:1:1 "]);
    for nothing in [
        "fn main():\n  pr$0int(1)\n",
        "f$0n main():\n  print(1)\n",
        "fn main():\n  print(1$02)\n",
        "fn f(a: In$0t):\n  print(1)\n",
    ] {
        assert_eq!(definition(nothing), Vec::<String>::new(), "{nothing}");
    }
}

#[test]
fn hovers() {
    let head = "import { Item, State, Settings, total } from \"shop\"\nimport Shop from \"shop\"\n";
    for (body, expected) in [
        ("fn main():\n  let x = total([])\n  print($0x)\n", "**Variable** `x`\n\n```fuse\nlet x: Int\n```"),
        ("fn main():\n  var x = [1]\n  print($0x)\n", "**Variable** `x`\n\n```fuse\nvar x: List<Int>\n```"),
        ("fn f(a: Int = 3):\n  print($0a)\n", "**Parameter** `a`\n\n```fuse\na: Int = 3\n```"),
        (
            "fn main():\n  print(to$0tal([]))\n",
            "**Function** `total`\n\n```fuse\nfn total(items: List<Item>, rate: Int = 2) -> Int\n```",
        ),
        (
            "fn main():\n  print(Shop.cheap$0est([]))\n",
            "**Function** `cheapest`\n\n```fuse\nfn cheapest<T>(items: List<T>) -> T where T: Priced\n```",
        ),
        (
            "fn f(a: Item):\n  print(a.na$0me)\n",
            "**Field** `name`\n\n```fuse\nname: String\n```\n\nIts name.",
        ),
        ("fn main():\n  print(Settings.po$0rt)\n", "**Field** `port`\n\n```fuse\nport: Int = 80\n```"),
        (
            "fn f() -> State:\n  return State.Clo$0sed(\"x\")\n",
            "**Enum Variant** `Closed`\n\n```fuse\nClosed(why: String)\n```",
        ),
        ("fn main():\n  print(js$0on.encode(1))\n", "**Module** `json`\n\n```fuse\njson\n```"),
        (
            "fn main():\n  print(json.enc$0ode(1))\n",
            "**Function** `encode`\n\n```fuse\njson.encode(value: any) -> String\n```\n\nA value as JSON text.",
        ),
    ] {
        let fixture = fixture(&format!("{SHOP}--- main.fuse\n{head}{body}"));
        let mut client = fixture.client();
        let found = client.call("textDocument/hover", fixture.at('0')).unwrap();
        assert_eq!(found["contents"]["value"], expected, "{body}");
        assert_eq!(found["contents"]["kind"], "markdown");
    }
    let fixture = fixture(&format!(
        "{SHOP}--- main.fuse\nimport Shop from \"shop\"\nfn main():\n  print(Sh$0op.total([]))\n"
    ));
    let mut client = fixture.client();
    let found = client.call("textDocument/hover", fixture.at('0')).unwrap();
    let text = found["contents"]["value"].as_str().unwrap();
    assert!(text.starts_with("**Module** `Shop`\n"), "{text}");
    assert!(text.contains(&format!("Resolves to file://{}", fixture.path("shop.fuse").display())), "{text}");
    assert!(
        text.contains("Exports: `Priced`, `Item`, `Bare`, `State`, `Settings`, `total`, `cheapest`"),
        "{text}"
    );
    assert_eq!(found["range"]["start"], json!({"line": 2, "character": 8}));
}

/// The references at the cursor, with and without the declaration counted.
fn references(text: &str) -> (Vec<String>, usize) {
    let fixture = fixture(text);
    let mut client = fixture.client();
    let mut params = fixture.at('0');
    params["context"] = json!({"includeDeclaration": true});
    let all = client.call("textDocument/references", params.clone()).unwrap();
    params["context"] = json!({"includeDeclaration": false});
    let uses = client.call("textDocument/references", params).unwrap();
    (shown(&fixture, &all), uses.as_array().map_or(0, Vec::len))
}

#[test]
fn references_are_by_resolution() {
    let files = "--- fuse.toml\n[package]\nname = \"p\"\nentry = \"main.fuse\"\n--- a.fuse\nfn run() -> Int:\n  let run = 1\n  return run\n\
                 fn other() -> Int:\n  return run()\n--- b.fuse\nfn run() -> Int:\n  return 2\n";
    let main = "--- main.fuse\nimport { run } from \"a\"\nimport A from \"a\"\nimport B from \"b\"\nfn main():\n  print(r$0un() + A.run() + B.run())\n\
                \x20 print(\"${run()}\")\n";
    let (all, uses) = references(&format!("{files}{main}"));
    let expected = [
        "a.fuse:1:4 run",
        "a.fuse:5:10 run",
        "main.fuse:1:10 run",
        "main.fuse:5:9 run",
        "main.fuse:5:19 run",
        "main.fuse:6:12 run",
    ];
    assert_eq!(all, expected);
    assert_eq!(uses, 5);
    let alias =
        "--- main.fuse\nimport A$0 from \"a\"\nfn f(x: Int):\n  print(A.run())\nfn main():\n  f(A.other())\n";
    let (all, uses) = references(&format!("{files}{alias}"));
    assert_eq!(all, ["main.fuse:1:8 A", "main.fuse:3:9 A", "main.fuse:5:5 A"]);
    assert_eq!(uses, 2);
}

#[test]
fn highlights_stay_in_the_document() {
    let fixture = fixture("fn f(a: Int) -> Int:\n  let b = a\n  return $0a + b + f(a=a)\n");
    let mut client = fixture.client();
    let found = client.call("textDocument/documentHighlight", fixture.at('0')).unwrap();
    let shown: Vec<(i64, i64, i64)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|found| {
            let start = &found["range"]["start"];
            (
                start["line"].as_i64().unwrap(),
                start["character"].as_i64().unwrap(),
                found["kind"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(shown, [(0, 5, 3), (1, 10, 2), (2, 9, 2), (2, 19, 2), (2, 21, 2)]);
}
