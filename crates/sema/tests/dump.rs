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
