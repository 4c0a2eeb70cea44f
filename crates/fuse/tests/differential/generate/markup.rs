//! Markup: functions and components that yield it, with tasks in them, called by themselves and among the children of others.

use super::types::Ty;
use super::{FUNCTION_STEPS, Generator, Var};

const TAGS: [&str; 5] = ["p", "div", "b", "li", "script"];

/// A function or component with the parameters `n: Int, text: String` that yields Html. It prints nothing.
pub struct View {
    name: String,
    component: bool,
    cost: usize,
}

/// What a block of children may mention.
#[derive(Clone, Copy)]
struct Inside<'a> {
    /// It stands in a component.
    component: bool,
    /// Tasks that yield Html.
    tasks: &'a [String],
}

impl Generator {
    /// Declares a few; each may call those before it.
    pub fn views(&mut self) {
        for number in 0..self.random.below(4) {
            let component = self.random.percent(60);
            let (word, name, result) = match component {
                true => ("component", format!("View{number}"), ""),
                false => ("fn", format!("view{number}"), " -> Html"),
            };
            self.line(&format!("{word} {name}(n: Int, text: String){result}:"));
            self.begin(FUNCTION_STEPS);
            for (name, ty) in [("n", Ty::Int), ("text", Ty::Str)] {
                self.vars.push(Var { name: name.into(), ty, var: false, counter: false, level: 0 });
            }
            self.indent = 1;
            let mut tasks = Vec::new();
            for _ in 0..self.random.below(3) {
                let task = self.fresh();
                self.line(&format!("let {task} = spawn:"));
                self.indent += 1;
                self.element("", 1, Inside { component, tasks: &tasks });
                self.indent -= 1;
                tasks.push(task);
            }
            let inside = Inside { component, tasks: &tasks };
            if self.random.percent(30) {
                let condition = self.bool(1);
                self.line(&format!("if {condition}:"));
                self.indent += 1;
                self.element("return ", 1, inside);
                self.indent -= 1;
            }
            self.element("return ", 2, inside);
            // Each task is awaited somewhere in the text behind it, though hardly ever here.
            for task in &tasks {
                self.line(&format!("await {task}"));
            }
            self.indent = 0;
            self.views.push(View { name, component, cost: self.cost + 20 });
        }
    }

    /// Markup that is made and printed where any statement stands.
    pub fn markup(&mut self) {
        let name = self.fresh();
        self.element(&format!("let {name} = "), 2, Inside { component: false, tasks: &[] });
        self.line(&format!("print(\"{name} ${{{name}}}\")"));
        if let Some(call) = self.view_call() {
            self.line(&format!("print({call})"));
        }
    }

    /// A tag with its children, or a component.
    fn element(&mut self, before: &str, depth: usize, inside: Inside<'_>) {
        let call =
            self.view_call().filter(|call| call.starts_with('V') && depth > 0 && self.random.percent(30));
        let call = call.unwrap_or_else(|| {
            let tag = *self.random.pick(&TAGS);
            let title = self.seen(&Ty::Str);
            if self.random.percent(40) { format!("{tag}(title={title})") } else { format!("{tag}()") }
        });
        self.line(&format!("{before}{call}:"));
        self.children(depth, inside);
    }

    fn children(&mut self, depth: usize, inside: Inside<'_>) {
        self.indent += 1;
        for _ in 0..1 + self.random.below(3) {
            match self.random.below(9) {
                0 | 1 if depth > 0 => self.element("", depth - 1, inside),
                2 if depth > 0 => {
                    let condition = self.bool(1);
                    self.line(&format!("if {condition}:"));
                    self.children(depth - 1, inside);
                }
                3 if depth > 0 => {
                    let (item, end) = (self.fresh(), self.random.between(1, 3));
                    self.line(&format!("for {item} in 1..{end}:"));
                    self.indent += 1;
                    self.line(&format!("\"${{{item}}}\""));
                    self.indent -= 1;
                    self.times *= 3;
                    self.children(depth - 1, inside);
                    self.times /= 3;
                }
                4 | 5 => {
                    let call = self.view_call().unwrap_or_else(|| "html.raw(\"<hr>\")".into());
                    self.line(&call);
                }
                6 if inside.component => self.line("children"),
                7 if !inside.tasks.is_empty() => {
                    let task = self.random.pick(inside.tasks).clone();
                    self.line(&format!("await {task}"));
                }
                _ => {
                    let text = self.seen(&Ty::Str);
                    self.line(&text);
                }
            }
        }
        self.indent -= 1;
    }

    /// A call of something that yields Html, if the estimate allows one.
    fn view_call(&mut self) -> Option<String> {
        let affordable = |view: &&View| self.room(view.cost);
        let affordable = self.views.iter().filter(affordable).collect::<Vec<_>>();
        let index = self.random.below(affordable.len());
        let view = affordable.get(index)?;
        self.cost += self.times * view.cost;
        let (name, separator) = (view.name.clone(), if view.component { " id=\"i\"" } else { "" });
        let (n, text) = (self.random.between(0, 3), self.random.pick(&["\"a\"", "\"<\"", "\"\""]));
        Some(format!("{name}({n}, {text}{separator})"))
    }
}
