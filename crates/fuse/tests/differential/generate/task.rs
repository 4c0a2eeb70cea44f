//! Tasks: what they take along and change of it, what goes on meanwhile, and where, if at all, they are awaited.

use super::types::Ty;
use super::{Generator, Var};

/// What the names of cells begin with, which tasks must not mention.
pub const CELL: &str = "cell_";

impl Generator {
    /// A task, statements that may leave its scope, and an `await` that may not be reached.
    pub fn task(&mut self) {
        let ty = self.decls.random_type(&mut self.random, 2);
        let task = self.fresh();
        self.cost += self.times * 20;
        self.line(&format!("let {task} = spawn:"));
        self.task_block(&ty);
        for _ in 0..self.random.below(3) {
            self.statement();
        }
        let (got, name) = (self.fresh(), ty.name());
        if self.random.percent(30) {
            let condition = self.bool(2);
            self.line(&format!("if {condition}:"));
            self.line(&format!("  let {got}: {name} = await {task}"));
            self.line(&format!("  print(\"{task} ${{{got}}}\")"));
            return;
        }
        self.line(&format!("let {got}: {name} = await {task}"));
        self.vars.push(Var { name: got, ty, var: false, counter: false, level: self.level });
        if self.random.percent(30) {
            self.line(&format!("print(\"again ${{await {task}}}\")"));
        }
    }

    /// The block of a task. It calls nothing, because what is called may print.
    fn task_block(&mut self, ty: &Ty) {
        let (outer, steps) = (self.vars.clone(), std::mem::replace(&mut self.steps, 0));
        self.vars.retain(|var| !var.name.starts_with(CELL));
        self.indent += 1;
        let containers =
            self.vars.iter().filter(|var| matches!(var.ty, Ty::List(_) | Ty::Map(_) | Ty::Struct(_)));
        let containers = containers.cloned().collect::<Vec<_>>();
        if !containers.is_empty() && self.random.percent(70) {
            let outer = self.random.pick(&containers).clone();
            let own = Var { name: self.fresh(), var: true, ..outer.clone() };
            self.line(&format!("var {}: {} = {}", own.name, own.ty.name(), outer.name));
            let (place, inner) = self.place(&own);
            if place != own.name {
                let value = self.small_value(&inner);
                self.line(&format!("{place} = {value}"));
            }
            self.vars.push(own);
        }
        if self.random.percent(30) {
            let (condition, early) = (self.bool(2), self.fresh());
            self.line(&format!("if {condition}:"));
            self.indent += 1;
            self.yields(ty, &early, "return ");
            self.indent -= 1;
        }
        let result = self.fresh();
        self.yields(ty, &result, "");
        self.indent -= 1;
        (self.vars, self.steps) = (outer, steps);
    }

    /// A value under a name, which gives it its type, and the name.
    fn yields(&mut self, ty: &Ty, name: &str, word: &str) {
        let value = self.small_value(ty);
        self.line(&format!("let {name}: {} = {value}", ty.name()));
        self.line(&format!("{word}{name}"));
    }
}
