//! The generated fixture `graph`: 40 modules in 8 folders, two of them dependencies, each with ten functions, three types, an enum, a config, an
//! interface that two types implement, a generic function used at three types, a text, a JSON value and imports of others; the app calls all of it and
//! prints a checksum.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::write;

const MODULES: usize = 40;
/// Folders of the package itself; the modules from `OWN` on, which import no others, are in the dependencies.
const FOLDERS: usize = 6;
const OWN: usize = 30;
const DEPENDENCIES: [(&str, &str); 2] = [("East", "east"), ("West", "west")];

/// The files, by path.
pub fn files() -> Vec<(String, String)> {
    let mut manifest = "[package]\nname = \"graph\"\nentry = \"main.fuse\"\n[dependencies]\n".to_owned();
    let mut files = Vec::new();
    for (name, folder) in DEPENDENCIES {
        let _ = writeln!(manifest, "{name} = \"./{folder}\"");
        files.push((format!("{folder}/fuse.toml"), "[package]\n".to_owned()));
    }
    files.push(("fuse.toml".to_owned(), manifest));
    for number in 0..MODULES {
        files.push((path(number), module(number)));
        files.push((path(number).replace(".fuse", ".md"), format!("# Module {number}\n")));
        files.push((
            path(number).replace(".fuse", ".json"),
            format!("{{\"n\": {number}, \"list\": [1.5, \"{number}\"]}}"),
        ));
    }
    files.push(("main.fuse".to_owned(), app()));
    files
}

/// Writes them, in this order or in reverse.
pub fn write_to(folder: &Path, reverse: bool) {
    let mut files = files();
    if reverse {
        files.reverse();
    }
    for (path, text) in files {
        write(&folder.join(path), &text);
    }
}

fn path(number: usize) -> String {
    match number.checked_sub(OWN) {
        None => format!("f{}/m{number}.fuse", number % FOLDERS),
        Some(leaf) => format!("{}/m{number}.fuse", DEPENDENCIES[leaf % 2].1),
    }
}

/// How other modules import it.
fn import(number: usize) -> String {
    match number.checked_sub(OWN) {
        None => format!("root:{}", path(number).trim_end_matches(".fuse")),
        Some(leaf) => format!("dep:{}/m{number}", DEPENDENCIES[leaf % 2].0),
    }
}

fn module(number: usize) -> String {
    let mut text = String::new();
    for other in [2 * number + 1, 2 * number + 2].into_iter().filter(|&other| other < MODULES) {
        let _ = writeln!(text, "import M{other} from \"{}\"", import(other));
    }
    let _ = writeln!(
        text,
        "import Text from \"./m{number}.md\"
import Data from \"./m{number}.json\"

config Settings{number}:
  offset: Int = {number}
  names: List<String> = [\"m{number}\"]

type Small{number}:
  a: Int(0..1000000)
  b: String = \"small {number}\"

type Wide{number}:
  inner: Small{number}
  list: List<Int> = [{number}, 2, 3]
  map: Map<String, Int> = {{\"k\": {number}}}

type Pair{number}:
  left: Float
  right: Int?

enum Kind{number}:
  Empty
  One(Int)
  Two(a: Int, b: String)

interface Weighs:
  fn weight(factor: Int) -> Int

impl Weighs for Small{number}:
  fn weight(factor: Int) -> Int:
    return self.a * factor

impl Weighs for Wide{number}:
  fn weight(factor: Int) -> Int:
    return self.inner.weight(factor) + self.list[0]

fn pick<T>(first: T, second: T, n: Int) -> T:
  if n % 2 == 0: return first
  return second
"
    );
    for function in 0..7 {
        let _ = writeln!(
            text,
            "fn f{function}(n: Int) -> Int:\n  var sum = n\n  for i in 1..{}:\n    sum = sum + i * {number} % 7\n  return sum\n",
            function + 3
        );
    }
    let _ = writeln!(
        text,
        "fn kind(n: Int) -> Kind{number}:
  if n == 0: return Kind{number}.Empty
  if n == 1: return Kind{number}.One(n)
  return Kind{number}.Two(a=n, b=\"two\")

fn all(n: Int) -> Int:
  let wide = Wide{number}(inner=Small{number}(a=n))
  let data: Int = Data[\"n\"]
  assert(Text != \"\" and json.encode(Data) != Settings{number}.names[0])
  let pair = Pair{number}(left=pick(0.5, 1.5, n), right=pick(n, {number}, n))
  assert(pick(\"even\", \"odd\", n) != \"\" and pair.left > 0.0)
  var sum = data + Settings{number}.offset + wide.inner.weight(2) + wide.weight(3) + wide.list[0] + (wide.map[\"k\"] ?? 0) + (pair.right ?? 1)
  match kind(n % 3):
    Empty:
      sum = sum + 1
    One(value):
      sum = sum + value
    Two(a, _):
      sum = sum + a"
    );
    for function in 0..7 {
        let _ = writeln!(text, "  sum = sum + f{function}(n)");
    }
    for other in [2 * number + 1, 2 * number + 2].into_iter().filter(|&other| other < MODULES) {
        let _ = writeln!(text, "  sum = sum + M{other}.all(n + {other})");
    }
    text + "  return sum\n"
}

fn app() -> String {
    "import M0 from \"root:f0/m0\"\n\napp \"graph\":\n  print(M0.all(1))\n".to_owned()
}
