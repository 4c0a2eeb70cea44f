//! What debuggers and profilers make of executables: lines of `.fuse` files, FUSE's functions, chains of frame pointers.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{command, ended, folder};

const SOURCE: &str = "\
type Point:
  x: Int
  y: Int

fn leaf(n: Int) -> Int:
  var total = 0
  for i in 1..n:
    total = total + 1000 / (i + n)
  return total

fn middle(p: Point) -> Int:
  let a = leaf(p.x)
  let b = leaf(p.y)
  return a - b

fn deep(n: Int) -> Int:
  if n == 0:
    return middle(Point(x=30, y=4))
  return deep(n - 1) + 1

app \"debugging\":
  let result = deep(3)
  print(\"result ${result}\")
";

/// A folder with an executable of the profile.
fn built(name: &str, profile: &str) -> PathBuf {
    let root = folder(name, &[("main.fuse", SOURCE)]);
    let build = ended(command(&root, &["build", &format!("--profile={profile}"), "main.fuse"]));
    assert_eq!(build.status, 0, "{}", build.stderr);
    root
}

/// What gdb says while it obeys a script.
fn gdb(root: &Path, script: &str) -> String {
    let file = root.join("script.gdb");
    std::fs::write(
        &file,
        format!("set debuginfod enabled off\nset breakpoint pending off\nset print demangle off\n{script}"),
    )
    .unwrap();
    let mut gdb = Command::new("gdb");
    gdb.args(["-q", "-nx", "-batch", "-x"])
        .arg(&file)
        .arg(root.join(".fuse/build/program.aot"))
        .current_dir(root);
    let output = gdb.output().expect("gdb, which .ci/run installs");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The line of the source that contains a text.
fn line(text: &str) -> usize {
    SOURCE.lines().position(|line| line.contains(text)).unwrap() + 1
}

/// Whether the parts occur in this order.
fn in_order(text: &str, parts: &[String]) -> bool {
    let mut rest = text;
    parts.iter().all(|part| match rest.split_once(part.as_str()) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[test]
fn a_backtrace_names_functions_and_lines() {
    let root = built("debugging-backtrace", "debug");
    let shown = gdb(&root, &format!("break main.fuse:{}\nrun\nbacktrace\n", line("1000 /")));
    let frame = |function: &str, text: &str| format!("main.{function} () at main.fuse:{}", line(text));
    let frames = [
        frame("leaf", "1000 /"),
        frame("middle", "let a ="),
        frame("deep", "return middle"),
        frame("deep", "return deep"),
        frame("deep", "return deep"),
        frame("deep", "return deep"),
        frame("app debugging", "let result"),
    ];
    assert!(in_order(&shown, &frames), "{shown}");
    assert!(shown.contains("total = total + 1000 / (i + n)"), "the source is shown: {shown}");
}

#[test]
fn stepping_goes_from_line_to_line() {
    let root = built("debugging-steps", "debug");
    let (first, second) = (line("let a ="), line("let b ="));
    // Over the first call, into the second, and out of it.
    let script = format!("break main.fuse:{first}\nrun\ndelete\nnext\nstep\nbacktrace 2\nfinish\nnext\n");
    let shown = gdb(&root, &script);
    let steps = [
        format!("main.middle () at main.fuse:{first}"),
        format!("{second}\t"),
        "main.leaf () at main.fuse:".to_owned(),
        format!("main.middle () at main.fuse:{second}"),
        "in main.middle () at main.fuse:".to_owned(),
        format!("{}\t", line("return a - b")),
    ];
    assert!(in_order(&shown, &steps), "{shown}");
}

#[test]
fn frame_pointers_form_a_chain() {
    for profile in ["debug", "release-with-symbols"] {
        let root = built(&format!("debugging-frames-{profile}"), profile);
        let (symbols, place) = match profile {
            "debug" => (String::new(), format!("main.fuse:{}", line("1000 /"))),
            // At a line that is in code after inlining, whichever function it is in.
            _ => (symbols(&root), format!("main.fuse:{}", line("return deep"))),
        };
        let script = format!(
            "{symbols}break {place}\nrun\nset $frame = $rbp\nset $count = 0\nwhile $count < 3\ninfo symbol *(long *)($frame + 8)\n\
             set $frame = *(long *)$frame\nset $count = $count + 1\nend\n"
        );
        let shown = gdb(&root, &script);
        let chain = match profile {
            "debug" => ["main.middle + ", "main.deep + ", "main.deep + "],
            _ => ["main.app debugging + ", "fuse$entry + ", "fuse_runtime5stack"],
        };
        assert!(in_order(&shown, &chain.map(str::to_owned)), "{profile}: {shown}");
    }
}

/// The command that loads the symbols beside an executable.
fn symbols(root: &Path) -> String {
    // They are at the addresses at which a program is without random ones.
    format!("symbol-file {}\n", root.join(".fuse/build/program.aot.sym").display())
}

#[test]
fn addresses_lead_to_lines() {
    for (profile, file) in [("debug", "program.aot"), ("release-with-symbols", "program.aot.sym")] {
        let root = built(&format!("debugging-addresses-{profile}"), profile);
        let file = root.join(".fuse/build").join(file);
        let table =
            Command::new("readelf").arg("--debug-dump=decodedline").arg(&file).output().expect("readelf");
        let table = String::from_utf8_lossy(&table.stdout).into_owned();
        for text in ["1000 /", "return deep"] {
            let number = line(text).to_string();
            let row = table.lines().map(|row| row.split_whitespace().collect::<Vec<_>>());
            let row = row
                .into_iter()
                .find(|row| row.first() == Some(&"main.fuse") && row.get(1) == Some(&number.as_str()));
            let row = row.unwrap_or_else(|| panic!("{profile}: no code of line {number}: {table}"));
            let mut addr2line = Command::new("addr2line");
            let output =
                addr2line.args(["-f", "-i", "-e"]).arg(&file).arg(row[2]).output().expect("addr2line");
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(
                said.starts_with("main.") && said.contains(&format!("main.fuse:{number}")),
                "{profile}: {said}"
            );
        }
    }
}
