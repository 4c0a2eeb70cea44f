//! The text form of a checked program.

use std::path::Path;

use fuse_sema::{MemoryFiles, Options, check, dump};

const SOURCE: &str = r#"type Cart:
  owner: String
  count: Int = 1 + 1
  note: String?

enum Kind:
  Plain
  Sized(name: String, size: Int)

fn area(kind: Kind, scale: Float = 2.0) -> Int!std.Error:
  var total = 0
  for n in [1, 2]:
    if n > 1 and true:
      total = total + n
    else:
      continue
  let cart = Cart(owner="x")
  cart.count = total
  let list = {"a": 1}
  let found = list["a"] ?! std.Error.NotFound(message="no ${total}")
  match kind:
    Plain -> found
    Sized(size=s) -> s * scale_of(scale)

fn scale_of(scale: Float) -> Int:
  while scale < 1:
    return 1
  return 2

app "main":
  let step = scale_of
  print(step(1.0))
  print(Cart(owner="me").note ?? "none")
"#;

#[test]
fn program_as_text() {
    let mut files = MemoryFiles::new();
    files.add("/p/main.fuse", SOURCE);
    let checked = check(Path::new("/p/main.fuse"), &files, &Options::default());
    let program = checked.program.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let text = dump(&program, None).unwrap();
    for expected in [
        "module main.fuse\n",
        "\ntype Cart\n  owner: String\n  count: Int = Cart.count()\n  note: String?\n",
        "\nenum Kind\n  Plain\n  Sized(name: String, size: Int)\n",
        "\nfn area(kind: Kind, scale: Float) -> Int!std.Error  # main.fuse:10\n",
        "\ndefault Cart.count() -> Int  # main.fuse:3\n  return add(1, 1)\n",
        "\nentry app main() -> Unit",
        "  while less(scale.0, 1)\n    return 1\n  return 2\n",
    ] {
        assert!(text.contains(expected), "{expected}\n--- not in ---\n{text}");
    }
    let one = dump(&program, Some("main.scale_of")).unwrap();
    assert!(one.starts_with("fn scale_of(scale: Float) -> Int"), "{one}");
    assert_eq!(dump(&program, Some("scale_of")).as_ref(), Some(&one));
    assert_eq!(dump(&program, Some("nothing")), None);
}

#[test]
fn the_typed_boundary_as_text() {
    let mut files = MemoryFiles::new();
    let source = r#"import Menu from "./menu.json"

config Depot:
  slots: Int(1..9) = env_int("SLOTS") ?? 3
  key: Bytes = "YQ=="

type Seat:
  number: Int(1..9)
  name: String(1..8, regex("^a"), predicate(calm))
  ratio: Float(0..1.5)

fn calm(text: String) -> Bool: return true

fn f(n: Int) -> Seat:
  var d = json.decode("{}")
  d["a"] = -d + n
  let list = [1, 2]
  print(list[d["a"]])
  if d == 1 and d < 2: print(d?["x"])
  let seat = Seat(number=n, name=d, ratio=Depot.slots + 0.5)
  print("${Depot} ${Depot.key}")
  return Menu["seat"]
"#;
    files.add("/p/main.fuse", source);
    files.add("/p/menu.json", "{}");
    let checked = check(Path::new("/p/main.fuse"), &files, &Options::default());
    let program = checked.program.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let text = dump(&program, None).unwrap();
    for expected in [
        "\nconfig Depot\n  slots: Int(1..9) = Depot.slots()  # DEPOT_SLOTS\n  key: Bytes = Depot.key()  # DEPOT_KEY\n",
        "\nasset /p/menu.json\n",
        "  name: String(1..8, regex(\"^a\"), predicate(calm))\n  ratio: Float(0.0..1.5)\n",
        "default Depot.slots() -> Int  # main.fuse:4\n  return coalesce(builtin.EnvInt(\"SLOTS\"), 3)\n",
        "default Depot.key() -> Bytes  # main.fuse:5\n  return bytes([97])\n",
        "  d.1[coerce<Value>(\"a\")] = dynamic_add(dynamic_negate(d.1), coerce<Value>(n.0))\n",
        "index(list.2, expect<Int>(dynamic_index(d.1, coerce<Value>(\"a\"))))",
        "if and(dynamic_equal(d.1, coerce<Value>(1)), dynamic_less(d.1, coerce<Value>(2)))\n",
        "builtin.Print(dynamic_index_or_null(d.1, coerce<Value>(\"x\")))",
        "number=validate \"Seat.number\" <Int(1..9)>(n.0), name=convert \"Seat.name\" <String(1..8",
        "text(Depot, \" \", Depot.key)",
        "  return convert \"return\" <Seat>(dynamic_index(asset(/p/menu.json), coerce<Value>(\"seat\")))\n",
    ] {
        assert!(text.contains(expected), "{expected}\n--- not in ---\n{text}");
    }
}
