//! A program that is large enough for two threads is checked like a small one.

use std::path::Path;

use fuse_sema::{Checked, MemoryFiles, Options, check, dump};

/// Functions that make types of their own in their bodies: the same for all, and some that only this one has.
fn function(at: usize) -> String {
    format!(
        "type Item{at}:\n  value: Int\n\nfn work{at}(step: fn(Int) -> Int) -> Int!std.Error:\n  let lists = [[Item{at}(value=1)], [Item{at}(value=2)]]\n  let names = {{\"a\": [[1.5]]}}\n  var best: Map<String, Item{at}?> = {{}}\n  for list in lists:\n    for item in list:\n      best[\"x\"] = item\n  match best[\"x\"]:\n    Some(item) -> step(item.value)\n    None:\n      let first = names[\"a\"] ?! std.Error.NotFound(message=\"no\")\n      let more = first + [[2.5]]\n      let some = more?[0]?[1] ?? 2.5\n      print(\"${{some}} of ${{more[0][0]}}\")\n      return work{at}(step) ?!\n\n"
    )
}

fn run(text: &str) -> Checked {
    let mut files = MemoryFiles::new();
    files.add("/p/main.fuse", text);
    check(Path::new("/p/main.fuse"), &files, &Options::default())
}

/// The dump of a function with its number taken out, and without its line.
fn shown(checked: &Checked, at: usize) -> String {
    let program = checked.program.as_ref().unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let text = dump(program, Some(&format!("work{at}"))).unwrap();
    let (head, body) = text.split_once('\n').unwrap();
    let head = head.split("  #").next().unwrap();
    format!("{head}\n{body}").replace(&at.to_string(), "N")
}

#[test]
fn every_function_is_checked_alike() {
    let count = 1000;
    // Numbers of four digits, which nothing else in the text has.
    let text: String = (1000..1000 + count).map(function).collect();
    assert!(text.len() > 500_000, "{}", text.len());
    let checked = run(&text);
    let small = shown(&run(&function(1000)), 1000);
    for at in (1000..1000 + count).step_by(7) {
        assert_eq!(shown(&checked, at), small, "work{at}");
    }
}

#[test]
fn mistakes_of_both_halves_come_in_order() {
    let mut text: String = (1000..2000).map(function).collect();
    text.insert_str(0, "fn early() -> Int: return \"x\"\n");
    text.push_str("fn late() -> Int: return \"x\"\n");
    let checked = run(&text);
    let starts: Vec<u32> = checked.diagnostics.iter().map(|found| found.span.start).collect();
    assert_eq!(starts, [26, text.len() as u32 - 4]);
}
