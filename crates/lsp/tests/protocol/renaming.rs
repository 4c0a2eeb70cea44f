//! 14.9: what is renamed, what is refused, and that nothing else changes.

use serde_json::{Value, json};

use crate::client::{Fixture, apply, fixture};

fn rename(fixture: &Fixture, new: &str) -> Result<Value, Value> {
    let mut client = fixture.client();
    let mut params = fixture.at('0');
    params["newName"] = json!(new);
    client.call("textDocument/rename", params)
}

/// The files that change, after the change.
fn renamed(text: &str, new: &str) -> String {
    let fixture = fixture(text);
    let edit = rename(&fixture, new).unwrap_or_else(|error| panic!("{error}"));
    let mut out = String::new();
    for change in edit["documentChanges"].as_array().unwrap() {
        let path = change["textDocument"]["uri"].as_str().unwrap().strip_prefix("file://").unwrap();
        let path = std::path::PathBuf::from(path);
        let name = path.strip_prefix(fixture.root()).unwrap().display().to_string();
        out.push_str(&format!(
            "--- {name}\n{}",
            apply(&fixture.files[&path], change["edits"].as_array().unwrap())
        ));
    }
    out
}

const PACKAGE: &str = "--- fuse.toml\n[package]\nname = \"p\"\nentry = \"main.fuse\"\n";

#[test]
fn everything_that_means_it_and_nothing_else() {
    let a = "--- a.fuse\nfn price(a: Int) -> Int:\n  return a\nfn twice() -> Int:\n  return price(1) + price(a=2)\n";
    let main = "--- main.fuse\nimport { price } from \"a\"\nimport A from \"a\"\nfn main():\n  let cost = \"price ${pri$0ce(1)}\"\n  print(A.price(2))\n  print(cost)\n";
    let expected = "--- a.fuse\nfn amount(a: Int) -> Int:\n  return a\nfn twice() -> Int:\n  return amount(1) + amount(a=2)\n\
                    --- main.fuse\nimport { amount } from \"a\"\nimport A from \"a\"\nfn main():\n  let cost = \"price ${amount(1)}\"\n  print(A.amount(2))\n  print(cost)\n";
    assert_eq!(renamed(&format!("{PACKAGE}{a}{main}"), "amount"), expected);
}

#[test]
fn kinds_of_names() {
    for (before, new, after) in [
        (
            "type A:\n  $0x: Int\nfn f(a: A) -> Int:\n  let b = A(x=1)\n  match b:\n    A(x=y) -> y + a.x\n",
            "z",
            "type A:\n  z: Int\nfn f(a: A) -> Int:\n  let b = A(z=1)\n  match b:\n    A(z=y) -> y + a.z\n",
        ),
        (
            "type $0A:\n  x: Int\ninterface I:\n  fn m() -> Self\nimpl I for A:\n  fn m() -> Self: return Self(x=1)\nfn f() -> A: return A.m()\n",
            "B",
            "type B:\n  x: Int\ninterface I:\n  fn m() -> Self\nimpl I for B:\n  fn m() -> Self: return Self(x=1)\nfn f() -> B: return B.m()\n",
        ),
        (
            "type A:\n  x: Int\ninterface I:\n  fn m(p: Int) -> Int\nimpl I for A:\n  fn $0m(p: Int) -> Int: return self.x + p\nfn f(a: A) -> Int: return a.m(p=1)\n",
            "n",
            "type A:\n  x: Int\ninterface I:\n  fn n(p: Int) -> Int\nimpl I for A:\n  fn n(p: Int) -> Int: return self.x + p\nfn f(a: A) -> Int: return a.n(p=1)\n",
        ),
        (
            "type A:\n  x: Int\ninterface I:\n  fn m(p: Int) -> Int\nimpl I for A:\n  fn m(p: Int) -> Int: return self.x + $0p\nfn f(a: A) -> Int: return a.m(p=1)\n",
            "q",
            "type A:\n  x: Int\ninterface I:\n  fn m(q: Int) -> Int\nimpl I for A:\n  fn m(q: Int) -> Int: return self.x + q\nfn f(a: A) -> Int: return a.m(q=1)\n",
        ),
        (
            "enum E:\n  On\n  Off\nfn f(e: E) -> E:\n  match e:\n    On -> E.Off\n    Off -> E.O$0n\n",
            "Up",
            "enum E:\n  Up\n  Off\nfn f(e: E) -> E:\n  match e:\n    Up -> E.Off\n    Off -> E.Up\n",
        ),
        (
            "fn f<$0T>(a: T, b: List<T>) -> T:\n  let c: T = a\n  return c\n",
            "U",
            "fn f<U>(a: U, b: List<U>) -> U:\n  let c: U = a\n  return c\n",
        ),
        (
            "config C:\n  a: Int = 1\n  b: Int = C.$0a\nfn main():\n  print(C.a)\n",
            "n",
            "config C:\n  n: Int = 1\n  b: Int = C.n\nfn main():\n  print(C.n)\n",
        ),
        (
            "fn f(a: Int) -> Int:\n  let $0x = a\n  for x in [1]:\n    print(x)\n  return x\n",
            "y",
            "fn f(a: Int) -> Int:\n  let y = a\n  for x in [1]:\n    print(x)\n  return y\n",
        ),
        (
            "service S at \"/\":\n  get \"/{ id : Int}\" -> String: return \"${$0id}\"\n",
            "key",
            "service S at \"/\":\n  get \"/{ key : Int}\" -> String: return \"${key}\"\n",
        ),
        (
            "component Card(title: String): return div(): title\nfn f() -> Html: return Ca$0rd(title=\"a\")\n",
            "Box",
            "component Box(title: String): return div(): title\nfn f() -> Html: return Box(title=\"a\")\n",
        ),
    ] {
        assert_eq!(renamed(before, new), format!("--- main.fuse\n{after}"), "{before}");
    }
}

#[test]
fn an_alias_is_renamed_in_its_file() {
    let text = format!(
        "{PACKAGE}--- a.fuse\nfn f() -> Int: return 1\ntype T:\n  x: Int\n--- main.fuse\nimport A from \"a\"\nfn main(x: $0A.T):\n  print(A.f())\n"
    );
    let expected = "--- main.fuse\nimport Mod from \"a\"\nfn main(x: Mod.T):\n  print(Mod.f())\n";
    assert_eq!(renamed(&text, "Mod"), expected);
}

#[test]
fn an_alias_that_is_a_path_keeps_the_path() {
    let text = format!(
        "{PACKAGE}--- Led.fuse\nfn f() -> Int: return 1\n--- main.fuse\nimport Led\nfn main():\n  print($0Led.f())\n"
    );
    let expected = "--- main.fuse\nimport Book from \"Led\"\nfn main():\n  print(Book.f())\n";
    assert_eq!(renamed(&text, "Book"), expected);
}

#[test]
fn refusals() {
    for (text, new, reason) in [
        ("fn f(a: Int) -> Int:\n  let $0x = a\n  return x\n", "1x", "no identifier"),
        ("fn f(a: Int) -> Int:\n  let $0x = a\n  return x\n", "match", "reserved"),
        ("fn f(a: Int) -> Int:\n  let $0x = 1\n  let y = 2\n  return x\n", "y", "taken"),
        (
            "fn f(a: Int) -> Int:\n  let $0x = 1\n  if true:\n    let y = 2\n    return x + y\n  return x\n",
            "y",
            "capture",
        ),
        ("fn g() -> Int: return 1\nfn f() -> Int:\n  let $0x = 1\n  return g() + x\n", "g", ""),
        ("fn $0g() -> Int: return 1\nfn h() -> Int: return 2\n", "h", "taken"),
        ("type $0A:\n  x: Int\n", "Int", "name of the language"),
        ("fn f():\n  pr$0int(1)\n", "x", "belongs to the language"),
        ("fn f():\n  i$0f true:\n    print(1)\n", "x", "nothing here"),
        ("test \"$0t\":\n  assert(true)\n", "x", "text"),
        ("app \"$0a\":\n  print(1)\n", "x", "text"),
    ] {
        let error = rename(&fixture(text), new).expect_err(text);
        assert_eq!(error["code"], -32602, "{text}");
        assert!(error["message"].as_str().unwrap().contains(reason), "{text}: {error}");
    }
}

#[test]
fn a_free_name_is_no_collision() {
    let before = "fn g() -> Int: return 1\nfn f() -> Int:\n  let $0x = 1\n  return x\n";
    assert_eq!(
        renamed(before, "g"),
        "--- main.fuse\nfn g() -> Int: return 1\nfn f() -> Int:\n  let g = 1\n  return g\n"
    );
}

#[test]
fn the_token_is_prepared() {
    let fixture = fixture("fn f(first: Int) -> Int:\n  return fi$0rst\n");
    let mut client = fixture.client();
    let found = client.call("textDocument/prepareRename", fixture.at('0')).unwrap();
    assert_eq!(found["placeholder"], "first");
    assert_eq!(
        found["range"],
        json!({"start": {"line": 1, "character": 9}, "end": {"line": 1, "character": 14}})
    );
    let mut params = fixture.at('0');
    params["position"] = json!({"line": 1, "character": 4});
    assert_eq!(client.call("textDocument/prepareRename", params).unwrap(), Value::Null);
}

#[test]
fn equal_names_of_packages_stay_apart() {
    let text = "--- fuse.toml\n[package]\nname = \"p\"\nentry = \"main.fuse\"\n[dependencies]\nDep = { path = \"dep\" }\n\
                --- dep/fuse.toml\n[package]\nname = \"d\"\nentry = \"lib.fuse\"\n--- dep/lib.fuse\nfn price() -> Int: return 1\n\
                --- main.fuse\nimport Lib from \"dep:Dep/lib\"\nfn price() -> Int: return 2\nfn main():\n  print(pri$0ce() + Lib.price())\n";
    let expected = "--- main.fuse\nimport Lib from \"dep:Dep/lib\"\nfn cost() -> Int: return 2\nfn main():\n  print(cost() + Lib.price())\n";
    assert_eq!(renamed(text, "cost"), expected);
    let other = text.replace("pri$0ce() + Lib.price()", "price() + Lib.pri$0ce()");
    let expected = "--- dep/lib.fuse\nfn cost() -> Int: return 1\n\
                    --- main.fuse\nimport Lib from \"dep:Dep/lib\"\nfn price() -> Int: return 2\nfn main():\n  print(price() + Lib.cost())\n";
    assert_eq!(renamed(&other, "cost"), expected);
}
