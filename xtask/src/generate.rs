//! Generated programs for measurements: ordinary FUSE of any length.

use crate::Outcome;
use std::fmt::Write;
use std::path::Path;

/// Writes a program of about so many lines.
pub(crate) fn write(lines: &str, file: &Path) -> Outcome {
    let lines = lines.parse::<usize>().map_err(|_| format!("not a number of lines: {lines}"))?;
    std::fs::write(file, program(lines)).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

/// A program of about so many lines: types, enums, functions that call each other, and an app that uses them.
pub(crate) fn program(lines: usize) -> String {
    let units = (lines / LINES_PER_UNIT).max(1);
    let mut text = String::new();
    for unit in 0..units {
        let before = if unit == 0 { "score".to_owned() } else { format!("total{}(", unit - 1) };
        let base = if unit == 0 { "0".to_owned() } else { format!("{before}next)") };
        let next = if unit == 0 {
            String::new()
        } else {
            "  let next = Order{N}(id=order.id)\n".replace("Order{N}", &format!("Order{}", unit - 1))
        };
        let _ = write!(
            text,
            "## Order number {unit}.\n\
             type Order{unit}:\n  id: Int\n  name: String = \"order {unit}\"\n  lines: List<Int> = [1, 2, {unit}]\n  note: String?\n\n\
             enum State{unit}:\n  New\n  Paid(amount: Int)\n  Sent(String)\n\n\
             fn state{unit}(order: Order{unit}) -> State{unit}:\n  if order.id % 3 == 0:\n    return State{unit}.New\n  \
             if order.id % 3 == 1:\n    return State{unit}.Paid(amount=order.id * 2)\n  return State{unit}.Sent(\"to ${{order.name}}\")\n\n\
             fn total{unit}(order: Order{unit}) -> Int:\n  var sum = 0\n{next}  for line in order.lines:\n    if line > 1 and order.id != 5:\n      \
             sum = sum + line * {unit}\n    else:\n      sum = sum - 1\n  match state{unit}(order):\n    New:\n      sum = sum + 1\n    \
             Paid(amount=amount):\n      sum = sum + amount % 7\n    Sent(to):\n      if to == (order.note ?? \"nobody\"):\n        sum = 0\n  \
             return sum % 1000 + ({base}) % 10\n\n",
        );
    }
    let _ = write!(text, "app \"generated\":\n  print(total{}(Order{}(id=4)))\n", units - 1, units - 1);
    text
}

/// Lines that one unit of [`program`] has.
const LINES_PER_UNIT: usize = 39;

/// A program with so many types whose tables are all needed when it runs, each a field of the next. It decodes one value
/// of the last, which ends at its first field.
pub(crate) fn types(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        let inner = if number == 0 { "Int".to_owned() } else { format!("T{}", number - 1) };
        let _ = write!(
            text,
            "type T{number}:\n  inner: {inner}?\n  name: String(1..80) = \"{number}\"\n  items: List<Int>\n\n"
        );
    }
    let last = count.saturating_sub(1);
    let _ = write!(
        text,
        "app \"types\":\n  let value: T{last} = json.decode(\"{{\\\"items\\\": [1, 2]}}\")\n  print(json.encode(value))\n"
    );
    text
}
