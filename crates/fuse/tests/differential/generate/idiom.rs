//! Loops as people write them over lists: what range analysis, rotation and hoisting work on.

use super::types::Ty;
use super::{Generator, Var};

impl Generator {
    pub fn idiom(&mut self) {
        let bound = self.random.below(9);
        let list = self.fresh();
        let filled = if self.random.percent(80) { bound.max(1) } else { 1 + self.random.below(6) };
        let (i, j, total) = (self.fresh(), self.fresh(), self.fresh());
        let start = self.int(1);
        self.cost += self.times * 60;
        let (rounds, first, small_factor) =
            (*self.random.pick(&[7, 7, 7, 7, 7, 8]), self.random.below(5), self.random.between(2, 1000));
        match self.random.below(7) {
            // A sum by index, perhaps past the end, perhaps of a list that changes.
            0 => {
                let step = self.random.between(1, 2);
                let change = match self.random.below(5) {
                    0 => format!("{list} = {list} + [{i}]"),
                    1 => format!("{list} = [1, 2, {i}]"),
                    2 => format!("{list}[{i}] = {total} % 100"),
                    3 => format!("{list}[{i} / 2] = {list}[{i}] + {start}"),
                    _ => format!("{total} = {total} + 1"),
                };
                self.lines(&format!(
                    "var {list}: List<Int> = 1..{filled}\nvar {total} = {start}\nvar {i} = 0\nwhile {i} < {bound}:\n  \
                     {total} = {total} + {list}[{i}]\n  {change}\n  {i} = {i} + {step}\nprint(\"${{{total}}} ${{{list}}} ${{{i}}}\")"
                ));
            }
            // A table filled and read in two nested loops.
            1 => {
                let (row, table) = (self.fresh(), self.fresh());
                let edge = self.random.below(4) + 1;
                self.lines(&format!(
                    "var {table}: List<List<Int>> = []\nfor {i} in 0..{edge}:\n  var {row}: List<Int> = []\n  for {j} in 0..{edge}:\n    \
                     {row} = {row} + [{i} * {j} + {start}]\n  {table} = {table} + [{row}]\n  {row}[0] = 99\nlet {list} = {table}\n\
                     for {i} in 0..{bound}:\n  for {j} in 0..{edge}:\n    {table}[{i}][{j}] = {table}[{j}][{i}] - {list}[{i}][{j}]\n\
                     print(\"${{{table}}} ${{{list}}}\")"
                ));
            }
            // Insertion sort.
            2 => {
                let held = self.fresh();
                self.lines(&format!(
                    "let {list} = [{start}, 5, 3, {start}, -4, 12, 0]\nlet {total} = {list}\nvar {i} = 1\nwhile {i} < {}:\n  let {held} = {list}[{i}]\n  \
                     var {j} = {i} - 1\n  while {j} >= 0:\n    if {list}[{j}] <= {held}: break\n    {list}[{j} + 1] = {list}[{j}]\n    {j} = {j} - 1\n  \
                     {list}[{j} + 1] = {held}\n  {i} = {i} + 1\nprint(\"${{{total}}} ${{{list}}}\")",
                    rounds
                ));
            }
            // A division that must not be moved in front of a loop without rounds, nor in front of what is printed.
            3 => {
                let divisor = self.int(2);
                let operator = *self.random.pick(&["/", "%"]);
                self.lines(&format!(
                    "let {j}: Int = {divisor}\nvar {total} = 0\nvar {i}: Int = {}\nwhile {i} < {bound}:\n  print(\"round ${{{i}}}\")\n  \
                     {total} = {total} + {start} {operator} {j}\n  {i} = {i} + 1\nprint({total})",
                    first
                ));
            }
            // Products that overflow at some round.
            4 => {
                let factor = self.random.between(-9, 1 << 20);
                self.lines(&format!(
                    "var {total} = {start} % 7\nfor {i} in 1..{}:\n  {total} = {total} * {} + {factor}\n  print({total})",
                    bound + 1,
                    small_factor
                ));
            }
            // Structs in a list, changed in place by copies of their elements.
            5 => {
                let ty = Ty::Struct(self.random.below(self.decls.structs.len()));
                let (a, b) = (self.small_value(&ty), self.small_value(&ty));
                let (item, kept) = (self.fresh(), self.fresh());
                self.lines(&format!("var {list}: {} = [{a}, {b}]", Ty::list(ty.clone()).name()));
                self.lines(&format!("var {kept} = {list}\nfor {item} in {list}:"));
                self.enter_loop(4);
                self.vars.push(Var {
                    name: item.clone(),
                    ty: ty.clone(),
                    var: false,
                    counter: false,
                    level: self.level,
                });
                self.can_continue.push(true);
                self.block(3);
                self.can_continue.pop();
                self.vars.pop();
                self.leave_loop();
                self.lines(&format!(
                    "  {kept} = {kept} + [{item}]\n  {list}[0] = {item}\nprint(\"${{{list}}} ${{{kept}}}\")"
                ));
            }
            // Text built in a loop, kept on the way.
            _ => {
                let piece = self.small_value(&Ty::Str);
                self.lines(&format!(
                    "var {total} = \"\"\nvar {list}: List<String> = []\nfor {i} in 0..{bound}:\n  {total} = {total} + {piece}\n  \
                     if {i} % 2 == 0: {list} = {list} + [{total}]\n  {total} = \"${{{total}}}${{{i}}}\"\nprint(\"${{{total}}} ${{{list}}}\")"
                ));
            }
        }
    }
}
