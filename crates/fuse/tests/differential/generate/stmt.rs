//! Statements. Loops end by construction: a counter that nothing else assigns, or a list that exists before.

use super::task::CELL;
use super::types::{DOMAINS, Ty, VARIANTS};
use super::{ALIASED, Function, Generator, Var};

impl Generator {
    /// A block of a few statements in a scope of its own.
    pub fn block(&mut self, statements: usize) {
        self.indent += 1;
        let outer = self.vars.len();
        for _ in 0..1 + self.random.below(statements) {
            self.statement();
        }
        self.vars.truncate(outer);
        self.indent -= 1;
    }

    pub fn statement(&mut self) {
        self.cost += self.times;
        self.big = self.big.min(2);
        let nested = self.indent < 5 && self.room(4);
        match self.random.below(100) {
            0..=11 => self.declare(),
            12..=14 => self.markup(),
            15..=17 if nested => self.task(),
            18..=31 => self.assign(),
            32..=45 => self.assign_place(),
            46..=49 => self.append(),
            50..=55 => self.copy_and_change(),
            56..=62 => self.print(),
            63..=70 if nested => self.branch(),
            71..=76 if nested => self.while_loop(),
            77..=81 if nested => self.for_loop(),
            82..=88 if nested => self.matching(),
            89 | 90 if nested => self.idiom(),
            91 => self.leave(),
            92 => self.boxes(),
            93 => self.dynamic(),
            94 => {
                let (condition, text, mostly) = (self.bool(2), self.seen(&Ty::Str), self.random.percent(90));
                self.line(&format!("assert({condition} or {mostly}, {text})"));
            }
            95 | 96 => self.fallible_statement(),
            97 | 98 => self.call_and_compare(),
            _ => self.declare(),
        }
    }

    fn declare(&mut self) {
        let ty = self.decls.random_type(&mut self.random, 3);
        self.declare_as(&ty);
    }

    pub fn declare_as(&mut self, ty: &Ty) -> String {
        let value = self.value(ty);
        let name = self.fresh();
        let var = self.random.percent(70);
        let word = if var { "var" } else { "let" };
        let annotation =
            if ty.grows() || self.random.percent(50) { format!(": {}", ty.name()) } else { String::new() };
        // Without annotation a lookup would stay one.
        let annotation = if value.contains('[') && annotation.is_empty() {
            format!(": {}", ty.name())
        } else {
            annotation
        };
        self.line(&format!("{word} {name}{annotation} = {value}"));
        self.vars.push(Var { name: name.clone(), ty: ty.clone(), var, counter: false, level: self.level });
        name
    }

    fn assignable(&mut self) -> Option<Var> {
        let vars = self.vars.iter().filter(|var| var.var).cloned().collect::<Vec<_>>();
        if vars.is_empty() { None } else { Some(self.random.pick(&vars).clone()) }
    }

    /// A value for a place of this variable: inside a loop, nothing that could double in each round.
    fn value_for(&mut self, var: &Var, ty: &Ty) -> String {
        if ty.grows() && self.level > var.level { self.small_value(ty) } else { self.value(ty) }
    }

    fn assign(&mut self) {
        let Some(var) = self.assignable() else { return self.declare() };
        let value = match var.ty {
            Ty::Int if self.random.percent(50) => {
                let operand = self.expr(&Ty::Int, 1, false);
                let operator = *self.random.pick(&["+", "-", "+", "*"]);
                match self.random.percent(60) {
                    true => {
                        format!("({} {operator} {operand}) % {}", var.name, self.random.between(2, 100_000))
                    }
                    false => format!("{} {operator} {operand}", var.name),
                }
            }
            _ => self.value_for(&var, &var.ty),
        };
        self.line(&format!("{} = {value}", var.name));
    }

    /// Assigns to a field or element, at any depth, of any local value.
    fn assign_place(&mut self) {
        let vars = self.vars.iter().filter(|var| matches!(var.ty, Ty::List(_) | Ty::Map(_) | Ty::Struct(_)));
        let vars = vars.cloned().collect::<Vec<_>>();
        if vars.is_empty() {
            return self.declare();
        }
        let var = self.random.pick(&vars).clone();
        let (place, ty) = self.place(&var);
        if place == var.name {
            return self.print();
        }
        let value = match ty {
            Ty::Int if !place.contains('?') && self.random.percent(40) => {
                format!("{place} + {}", self.expr(&Ty::Int, 1, false))
            }
            _ => self.value_for(&var, &ty),
        };
        self.line(&format!("{place} = {value}"));
    }

    pub fn place(&mut self, var: &Var) -> (String, Ty) {
        let (mut place, mut ty) = (var.name.clone(), var.ty.clone());
        for step in 0..4 {
            let (part, inner) = match &ty {
                Ty::List(of) => (format!("[{}]", self.index()), (**of).clone()),
                Ty::Map(of) => (format!("[{}]", self.key()), (**of).clone()),
                Ty::Struct(number) => {
                    let fields = &self.decls.structs[*number];
                    let field = &fields[self.random.below(fields.len())];
                    if matches!(field.ty, Ty::Ranged(..)) {
                        break;
                    }
                    (format!(".{}", field.name), field.ty.clone())
                }
                Ty::Opt(of) if step > 0 && self.random.percent(40) => match &**of {
                    Ty::Struct(number) => {
                        let fields = &self.decls.structs[*number];
                        let field = &fields[self.random.below(fields.len())];
                        if matches!(field.ty, Ty::Ranged(..)) {
                            break;
                        }
                        (format!("?.{}", field.name), field.ty.clone())
                    }
                    _ => break,
                },
                _ => break,
            };
            place += &part;
            ty = inner;
            if self.random.percent(25) {
                break;
            }
        }
        (place, ty)
    }

    fn append(&mut self) {
        let vars = self.vars.iter().filter(|var| var.var && matches!(var.ty, Ty::List(_) | Ty::Str));
        let vars = vars.cloned().collect::<Vec<_>>();
        if vars.is_empty() {
            return self.declare();
        }
        let var = self.random.pick(&vars).clone();
        let piece = match &var.ty {
            Ty::List(of) => format!("[{}]", self.small_value(of)),
            _ => self.small_value(&Ty::Str),
        };
        let name = &var.name;
        let sum =
            if self.random.percent(85) { format!("{name} + {piece}") } else { format!("{piece} + {name}") };
        self.line(&format!("{name} = {sum}"));
    }

    /// A second name for a value; then one of the two is changed and both are shown.
    fn copy_and_change(&mut self) {
        let vars = self.vars.iter().filter(|var| matches!(var.ty, Ty::List(_) | Ty::Map(_) | Ty::Struct(_)));
        let vars = vars.cloned().collect::<Vec<_>>();
        if vars.is_empty() {
            return self.declare();
        }
        let old = self.random.pick(&vars).clone();
        let new = self.fresh();
        let source = if self.random.percent(70) {
            old.name.clone()
        } else {
            format!("same{}({})", self.helper_suffix(&old.ty), old.name)
        };
        // The type is written: without it, the copy of a box would be the box.
        self.line(&format!("var {new}: {} = {source}", old.ty.name()));
        let copy =
            Var { name: new.clone(), var: true, counter: false, level: self.level, ty: old.ty.clone() };
        let (changed, kept) = if self.random.percent(50) { (&copy, &old) } else { (&old, &copy) };
        let before = self.fresh();
        let (place, ty) = self.place(changed);
        self.line(&format!("let {before} = \"${{{}}}\"", kept.name));
        if place != changed.name {
            let value = self.small_value(&ty);
            self.line(&format!("{place} = {value}"));
        }
        self.line(&format!("print(\"${{{}}} ${{{new}}}\")", old.name));
        self.unchanged(&kept.name, &before);
        self.vars.push(copy);
    }

    /// Tells if a value is not what its text was before.
    fn unchanged(&mut self, name: &str, before: &str) {
        self.line(&format!("if \"${{{name}}}\" != {before}: print(\"{ALIASED} {name}\")"));
    }

    /// A call, and whether what it was given is the same afterwards.
    fn call_and_compare(&mut self) {
        let vars = self
            .vars
            .iter()
            .filter(|var| matches!(var.ty, Ty::List(_) | Ty::Map(_) | Ty::Struct(_) | Ty::Enum(_)));
        let vars = vars.cloned().collect::<Vec<_>>();
        let takes = |function: &Function, ty: &Ty| function.params.contains(ty);
        let mut pairs = Vec::new();
        for var in &vars {
            let functions =
                self.functions.iter().enumerate().filter(|(_, function)| takes(function, &var.ty));
            pairs.extend(functions.map(|(index, _)| (var.clone(), index)));
        }
        if pairs.is_empty() {
            return self.print();
        }
        let (var, index) = self.random.pick(&pairs).clone();
        let Some(call) = self.call_with(index, 1, Some(&var)) else { return self.print() };
        let before = self.fresh();
        self.line(&format!("let {before} = \"${{{}}}\"", var.name));
        let (name, ty) = (self.fresh(), self.functions[index].result.clone());
        self.line(&format!("var {name}: {} = {call}", ty.name()));
        self.unchanged(&var.name, &before);
        self.vars.push(Var { name, ty, var: true, counter: false, level: self.level });
    }

    fn print(&mut self) {
        let ty = if self.vars.is_empty() || self.random.percent(30) {
            self.decls.random_type(&mut self.random, 2)
        } else {
            self.random.pick(&self.vars).ty.clone()
        };
        let text = self.seen(&ty.read());
        self.line(&format!("print({text})"));
    }

    fn branch(&mut self) {
        let condition = self.bool(2);
        self.line(&format!("if {condition}:"));
        self.block(3);
        if self.random.percent(20) {
            let condition = self.bool(2);
            self.line(&format!("else if {condition}:"));
            self.block(2);
        }
        if self.random.percent(40) {
            self.line("else:");
            self.block(3);
        }
    }

    /// Counts up or down, from or to variables, sometimes close to the largest Int.
    fn while_loop(&mut self) {
        let counter = self.fresh();
        let rounds = self.rounds();
        let step = *self.random.pick(&[1, 1, 1, 2, 3]);
        let (start, condition, next) = match self.random.below(8) {
            0 => (rounds.to_string(), format!("{counter} > 0"), format!("{counter} - {step}")),
            1 => (rounds.to_string(), format!("{counter} >= 0"), format!("{counter} - {step}")),
            2 => ("0".into(), format!("{counter} <= {rounds}"), format!("{counter} + {step}")),
            3 => ("1".into(), format!("{counter} < {}", 1_i64 << rounds.min(20)), format!("{counter} * 2")),
            4 if self.random.percent(30) => {
                let start = i64::MAX - self.random.between(1, 5);
                let operator = *self.random.pick(&["<", "<=", "!="]);
                (
                    start.to_string(),
                    format!("{counter} {operator} {}", i64::MAX),
                    format!("{counter} + {step}"),
                )
            }
            5 => {
                // The bound is an expression, evaluated in each round; a variable guards.
                let bound = self.expr(&Ty::Int, 1, false);
                let condition = format!("{counter} < {rounds} and {counter} <= {bound}");
                ("0".into(), condition, format!("{counter} + {step}"))
            }
            _ => ("0".into(), format!("{counter} < {rounds}"), format!("{counter} + {step}")),
        };
        self.line(&format!("var {counter} = {start}"));
        self.line(&format!("while {condition}:"));
        self.enter_loop(rounds + 2);
        let late = self.random.percent(40) && step == 1;
        self.vars.push(Var {
            name: counter.clone(),
            ty: Ty::Int,
            var: false,
            counter: true,
            level: self.level,
        });
        self.indent += 1;
        if !late {
            self.line(&format!("{counter} = {next}"));
        }
        self.indent -= 1;
        self.can_continue.push(!late);
        self.block(4);
        self.can_continue.pop();
        if late {
            self.indent += 1;
            self.line(&format!("{counter} = {next}"));
            self.indent -= 1;
        }
        self.vars.pop();
        self.leave_loop();
        if self.random.percent(50) {
            self.vars.push(Var { name: counter, ty: Ty::Int, var: true, counter: false, level: self.level });
        }
    }

    fn rounds(&mut self) -> usize {
        let most = if self.room(200) && self.random.percent(10) { 120 } else { 7 };
        self.random.below(most)
    }

    pub fn enter_loop(&mut self, rounds: usize) {
        self.level += 1;
        self.loops.push(self.times);
        self.times *= rounds.max(1);
    }

    pub fn leave_loop(&mut self) {
        self.level -= 1;
        self.times = self.loops.pop().unwrap_or(1);
    }

    fn for_loop(&mut self) {
        let name = self.fresh();
        let (source, ty, rounds, counter) = match self.random.below(10) {
            0..=4 => {
                let low = *self.random.pick(&[0, 0, 0, 0, 1, -2]);
                let rounds = self.rounds();
                let high = if self.random.percent(30) {
                    format!("({} % 7 + 6)", self.expr(&Ty::Int, 1, false))
                } else {
                    (low + i64::try_from(rounds).unwrap_or(0)).to_string()
                };
                (format!("{low}..{high}"), Ty::Int, rounds.max(15), true)
            }
            5 => {
                let low = i64::MAX - self.random.between(0, 4);
                (format!("{low}..{}", i64::MAX), Ty::Int, 5, false)
            }
            number => {
                let vars = self.vars.iter().filter(|var| matches!(var.ty, Ty::List(_) | Ty::Map(_)));
                let vars = vars.cloned().collect::<Vec<_>>();
                if vars.is_empty() || number == 9 {
                    let of = self.decls.random_type(&mut self.random, 1);
                    let small = std::mem::replace(&mut self.small, true);
                    let list = self.expr(&Ty::list(of.clone()), 2, false);
                    self.small = small;
                    (list, of, 8, false)
                } else {
                    let var = self.random.pick(&vars).clone();
                    let (Ty::List(of) | Ty::Map(of)) = var.ty else { return };
                    (var.name, *of, 12, false)
                }
            }
        };
        self.line(&format!("for {name} in {source}:"));
        self.enter_loop(rounds);
        self.vars.push(Var { name, ty, var: false, counter, level: self.level });
        self.can_continue.push(true);
        self.block(4);
        self.can_continue.pop();
        self.vars.pop();
        self.leave_loop();
    }

    fn leave(&mut self) {
        let condition = self.bool(2);
        let word = match (self.random.below(3), self.can_continue.last()) {
            (0, Some(_)) => "break".to_owned(),
            (1, Some(true)) => "continue".to_owned(),
            _ => match self.result.clone() {
                Some(Ty::Res(ok, _)) if self.random.percent(60) => format!("return {}", self.value(&ok)),
                Some(ty) => format!("return {}", self.value(&ty)),
                None => return self.print(),
            },
        };
        self.line(&format!("if {condition}: {word}"));
    }

    fn matching(&mut self) {
        let vars =
            self.vars.iter().filter(|var| matches!(var.ty, Ty::Enum(_) | Ty::Opt(_) | Ty::Int | Ty::Res(..)));
        let vars = vars.cloned().collect::<Vec<_>>();
        let (subject, ty) = if vars.is_empty() || self.random.percent(30) {
            let number = self.random.below(self.decls.enums.len());
            let ty = Ty::Enum(number);
            (self.value(&ty), ty)
        } else {
            let var = self.random.pick(&vars).clone();
            (var.name, var.ty)
        };
        self.line(&format!("match {subject}:"));
        self.indent += 1;
        match ty {
            Ty::Enum(number) => {
                let variants = self.decls.enums[number].clone();
                let cut = if self.random.percent(30) {
                    1 + self.random.below(variants.len())
                } else {
                    variants.len()
                };
                for (variant, payload) in variants.iter().take(cut).enumerate() {
                    let (names, bound) = self.bindings(payload);
                    let names =
                        if names.is_empty() { String::new() } else { format!("({})", names.join(", ")) };
                    self.arm(&format!("{}{names}", VARIANTS[variant]), bound);
                }
                if cut < variants.len() {
                    self.arm("_", Vec::new());
                }
            }
            Ty::Opt(of) => {
                let (names, bound) = self.bindings(std::slice::from_ref(&of));
                self.arm(&format!("Some({})", names[0]), bound);
                let nothing = *self.random.pick(&["None", "null"]);
                self.arm(nothing, Vec::new());
            }
            Ty::Res(ok, _) => {
                let (names, bound) = self.bindings(std::slice::from_ref(&ok));
                self.arm(&format!("Ok({})", names[0]), bound);
                self.line("Err(e):");
                self.indent += 1;
                self.line("print(\"caught ${e}\")");
                self.indent -= 1;
            }
            _ => {
                for literal in 0..self.random.below(4) {
                    self.arm(&(literal * 2).to_string(), Vec::new());
                }
                self.arm("_", Vec::new());
            }
        }
        self.indent -= 1;
    }

    fn bindings(&mut self, payload: &[Ty]) -> (Vec<String>, Vec<Var>) {
        let (mut names, mut bound) = (Vec::new(), Vec::new());
        for ty in payload {
            if self.random.percent(25) {
                names.push("_".to_owned());
                continue;
            }
            let name = self.fresh();
            names.push(name.clone());
            bound.push(Var { name, ty: ty.clone(), var: false, counter: false, level: self.level });
        }
        (names, bound)
    }

    fn arm(&mut self, pattern: &str, bound: Vec<Var>) {
        self.line(&format!("{pattern}:"));
        let outer = self.vars.len();
        self.vars.extend(bound);
        self.block(2);
        self.vars.truncate(outer);
    }

    /// Two names of one cell.
    fn boxes(&mut self) {
        let ty = self.random.pick(&[Ty::Int, Ty::Str, Ty::Struct(0), Ty::list(Ty::Int)]).clone();
        let (first, second) = (self.fresh(), format!("{CELL}{}", self.fresh()));
        let value = self.value(&ty);
        if value == "[]" {
            return self.declare();
        }
        let held = self.fresh();
        self.line(&format!("let {held}: {} = {value}", ty.name()));
        self.line(&format!("let {first} = box {held}"));
        self.line(&format!("let {second} = {first}"));
        let small = self.small_value(&ty);
        self.line(&format!("{second} = {small}"));
        if ty == Ty::list(Ty::Int) {
            let (index, value) = (self.index(), self.int(1));
            self.line(&format!("{first}[{index}] = {value}"));
        }
        self.line(&format!("print(\"${{{first}}} ${{{second}}} ${{{held}}}\")"));
        self.vars.push(Var { name: second, ty, var: true, counter: false, level: self.level });
    }

    fn dynamic(&mut self) {
        let name = self.fresh();
        let json = *self.random.pick(&[
            "{\\\"n\\\": 5, \\\"a\\\": [1, 2.5, \\\"x\\\", null, true], \\\"o\\\": {\\\"n\\\": -3}}",
            "{\\\"n\\\": 7, \\\"a\\\": [40, 2, -1]}",
            "{\\\"n\\\": 0, \\\"a\\\": []}",
            "[[1, 2], [3], []]",
            "17",
            "{\\\"n\\\": \\\"text\\\", \\\"a\\\": [4, 4, 4]}",
        ]);
        self.line(&format!("let {name} = json.decode(\"{json}\")"));
        let n = self.int(1);
        match self.random.below(7) {
            0 => {
                let index = self.random.below(6);
                self.line(&format!("print({name}[\"a\"][{index}] ?? {n})"));
            }
            1 => self.line(&format!("print({name}?[\"n\"] ?? {n})")),
            2 => self.line(&format!("print({name}[\"n\"] + {n})")),
            3 => {
                self.line(&format!("for e in {name}:"));
                self.indent += 1;
                self.line("print(\"item ${e}\")");
                self.indent -= 1;
            }
            4 => {
                let typed = self.fresh();
                self.line(&format!("let {typed}: List<Int> = {name}[\"a\"]"));
                self.vars.push(Var {
                    name: typed,
                    ty: Ty::list(Ty::Int),
                    var: false,
                    counter: false,
                    level: self.level,
                });
            }
            5 => {
                let ty = Ty::Struct(self.random.below(self.decls.structs.len()));
                let (typed, value) = (self.fresh(), self.seen(&ty));
                self.line(&format!("let {typed}: {} = json.decode(json.encode({value}))", ty.name()));
                self.vars.push(Var { name: typed, ty, var: false, counter: false, level: self.level });
            }
            _ => self.line(&format!("print(\"${{{name}}} ${{{name} == null}}\")")),
        }
    }

    fn fallible_statement(&mut self) {
        let Some((call, ok, domain)) = self.fallible_call() else { return self.print() };
        let name = self.fresh();
        match (self.result.clone(), self.random.below(4)) {
            (Some(Ty::Res(_, own)), 0 | 1) if own == domain => {
                self.line(&format!("let {name}: {} = {call}?!", ok.name()));
                self.vars.push(Var { name, ty: ok, var: false, counter: false, level: self.level });
            }
            (Some(Ty::Res(_, own)), 2 | 3) => {
                self.line(&format!("let {name}: {} = {call} ?! {}", ok.name(), DOMAINS[own].1));
                self.vars.push(Var { name, ty: ok, var: false, counter: false, level: self.level });
            }
            (_, 1) => self.line(&format!("print(\"got ${{{call}}}\")")),
            (_, 2) => {
                let ty = Ty::Res(Box::new(ok), domain);
                self.line(&format!("var {name}: {} = {call}", ty.name()));
                self.vars.push(Var { name, ty, var: true, counter: false, level: self.level });
            }
            _ => {
                self.line(&format!("match {call}:"));
                self.indent += 1;
                let (names, bound) = self.bindings(std::slice::from_ref(&ok));
                self.arm(&format!("Ok({})", names[0]), bound);
                self.line("Err(e):");
                self.indent += 1;
                self.line("print(\"caught ${e}\")");
                self.indent -= 2;
            }
        }
    }
}
