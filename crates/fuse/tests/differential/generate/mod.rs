//! Well-typed FUSE programs from a seed. They end: loops count, recursion has fuel, and what calls what is bounded by an estimate of the steps.
//!
//! They fail now and then, at any place: overflow, division by zero, indices, missing keys, ranges, assertions, refinements.

mod expr;
mod idiom;
mod markup;
mod random;
mod stmt;
mod task;
mod types;

use markup::View;
use random::Random;
use types::{DOMAINS, Decls, PRELUDE, Ty};

/// Steps that a function, and then the app, may be estimated to take.
const FUNCTION_STEPS: usize = 1500;
const APP_STEPS: usize = 6000;
/// What a program prints where a value changed although only another was written to.
pub const ALIASED: &str = "ALIASED";
/// How deep recursive functions go.
const FUEL: i64 = 4;

#[derive(Clone)]
struct Var {
    name: String,
    ty: Ty,
    /// Declared by `var` and not to be kept from changing, as the counters of loops are.
    var: bool,
    counter: bool,
    /// The number of loops around its declaration.
    level: usize,
}

struct Function {
    name: String,
    params: Vec<Ty>,
    result: Ty,
    recursive: bool,
    cost: usize,
}

/// What is written so far, and what is known where the next statement goes.
struct Generator {
    random: Random,
    decls: Decls,
    functions: Vec<Function>,
    views: Vec<View>,
    /// Types for which there are `same`, `twice` and `pick`, by number.
    helpers: Vec<Ty>,
    text: String,
    indent: usize,
    vars: Vec<Var>,
    names: usize,
    /// Whether `continue` may be written in each loop around: not if the counter is advanced at the end.
    can_continue: Vec<bool>,
    /// What the function gives back; an app nothing.
    result: Option<Ty>,
    /// Loops around, estimated rounds of all of them, those of outer ones.
    level: usize,
    times: usize,
    loops: Vec<usize>,
    cost: usize,
    steps: usize,
    /// How often something may still be made of several things that can be large.
    big: usize,
    references: usize,
    small: bool,
    /// The expression is only looked at.
    sink: bool,
}

/// The program of a seed.
pub fn program(seed: u64) -> String {
    let mut random = Random::new(seed);
    let decls = Decls::random(&mut random);
    let text = format!("{PRELUDE}{}", decls.source());
    let mut generator = Generator {
        random,
        decls,
        functions: Vec::new(),
        views: Vec::new(),
        helpers: Vec::new(),
        text,
        indent: 0,
        vars: Vec::new(),
        names: 0,
        can_continue: Vec::new(),
        result: None,
        level: 0,
        times: 1,
        loops: Vec::new(),
        cost: 0,
        steps: FUNCTION_STEPS,
        big: 2,
        references: 0,
        small: false,
        sink: false,
    };
    generator.views();
    for _ in 0..1 + generator.random.below(4) {
        generator.function();
    }
    generator.app();
    generator.helper_functions();
    generator.text
}

impl Generator {
    fn line(&mut self, text: &str) {
        for _ in 0..self.indent {
            self.text += "  ";
        }
        self.text += text;
        self.text.push('\n');
    }

    fn lines(&mut self, text: &str) {
        for line in text.lines() {
            self.line(line);
        }
    }

    fn fresh(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    /// Whether so many more steps in each round are within the estimate.
    fn room(&self, steps: usize) -> bool {
        self.cost + self.times * steps <= self.steps
    }

    fn function(&mut self) {
        let number = self.functions.len();
        let name = format!("fun{number}");
        let params = (0..self.random.below(4))
            .map(|_| self.decls.random_type(&mut self.random, 2))
            .collect::<Vec<_>>();
        let ok = self.decls.random_type(&mut self.random, 2);
        let fallible = self.random.percent(35);
        let result = if fallible { Ty::Res(Box::new(ok), self.random.below(DOMAINS.len())) } else { ok };
        let recursive = self.random.percent(35);
        let names = params.iter().map(|ty| (self.fresh(), ty.clone())).collect::<Vec<_>>();
        let mut written = names.iter().map(|(name, ty)| format!("{name}: {}", ty.name())).collect::<Vec<_>>();
        if recursive {
            written.insert(0, "fuel: Int".to_owned());
        }
        self.line(&format!("fn {name}({}) -> {}:", written.join(", "), result.name()));
        self.begin(FUNCTION_STEPS);
        self.result = Some(result.clone());
        self.vars.extend(names.into_iter().map(|(name, ty)| Var {
            name,
            ty,
            var: false,
            counter: false,
            level: 0,
        }));
        self.indent = 1;
        if recursive {
            let end = self.returned(&result);
            self.line(&format!("if fuel <= 0: return {end}"));
            self.vars.push(Var { name: "fuel".into(), ty: Ty::Int, var: false, counter: true, level: 0 });
        }
        for _ in 0..1 + self.random.below(5) {
            self.statement();
        }
        // The other of two functions that call each other has the same parameters.
        if recursive {
            let partner = self.random.percent(40).then(|| format!("mate{number}"));
            for call in 0..1 + self.random.below(2) {
                let callee = partner.as_deref().filter(|_| call == 0).unwrap_or(&name);
                let args = params.iter().map(|ty| self.small_value(ty)).collect::<Vec<_>>();
                let args = std::iter::once("fuel - 1".to_owned()).chain(args).collect::<Vec<_>>().join(", ");
                let value = self.fresh();
                self.line(&format!("let {value}: {} = {callee}({args})", result.name()));
                self.vars.push(Var { name: value, ty: result.clone(), var: false, counter: false, level: 0 });
                if self.random.percent(50) {
                    self.statement();
                }
            }
            let end = self.returned(&result);
            self.line(&format!("return {end}"));
            if let Some(partner) = partner {
                self.mate(&partner, &name, &params, &result);
            }
        } else {
            let end = self.returned(&result);
            self.line(&format!("return {end}"));
        }
        let calls = if recursive { 1 << FUEL } else { 1 };
        self.indent = 0;
        self.functions.push(Function { name, params, result, recursive, cost: (self.cost + 2) * calls });
    }

    /// A function that does little but call the other.
    fn mate(&mut self, name: &str, other: &str, params: &[Ty], result: &Ty) {
        let names = (0..params.len()).map(|number| format!("p{number}")).collect::<Vec<_>>();
        let written =
            names.iter().zip(params).map(|(name, ty)| format!(", {name}: {}", ty.name())).collect::<String>();
        self.indent = 0;
        self.line(&format!("fn {name}(fuel: Int{written}) -> {}:", result.name()));
        self.indent = 1;
        self.line("print(\"mate ${fuel}\")");
        let args = names.iter().map(|name| format!(", {name}")).collect::<String>();
        self.line(&format!("return {other}(fuel - 1{args})"));
    }

    fn returned(&mut self, result: &Ty) -> String {
        match result {
            Ty::Res(ok, _) if self.random.percent(70) => self.value(ok),
            other => self.value(other),
        }
    }

    fn begin(&mut self, steps: usize) {
        self.vars.clear();
        self.can_continue.clear();
        self.loops.clear();
        (self.level, self.times, self.cost, self.steps, self.big) = (0, 1, 0, steps, 2);
    }

    fn app(&mut self) {
        self.line("app \"generated\":");
        self.begin(APP_STEPS);
        self.result = None;
        self.indent = 1;
        for _ in 0..3 + self.random.below(8) {
            self.statement();
        }
        for index in 0..self.functions.len() {
            if let Some(call) = self.call(index, 2) {
                self.line(&format!("print(\"fun{index} ${{{call}}}\")"));
            }
        }
        for var in self.vars.clone() {
            self.line(&format!("print(\"{} ${{{}}}\")", var.name, var.name));
        }
    }

    fn helper_functions(&mut self) {
        self.indent = 0;
        for number in 0..self.helpers.len() {
            let ty = self.helpers[number].name();
            self.lines(&format!(
                "fn same{number}(value: {ty}) -> {ty}: return value\nfn twice{number}(item: {ty}) -> List<{ty}>: return [item, item]\n\
                 fn pick{number}(a: {ty}, b: {ty}, first: Bool) -> {ty}:\n  if first: return a\n  return b"
            ));
        }
    }

    /// A call of a function that gives this type, if the estimate allows one.
    fn call_of(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let fitting = (0..self.functions.len())
            .filter(|&index| self.functions[index].result == *ty)
            .collect::<Vec<_>>();
        if fitting.is_empty() {
            return None;
        }
        let index = *self.random.pick(&fitting);
        self.call(index, depth)
    }

    /// A call of a fallible function: what it gives, and its error domain.
    fn fallible_call(&mut self) -> Option<(String, Ty, usize)> {
        let fallible = |function: &Function| matches!(function.result, Ty::Res(..));
        let fitting =
            (0..self.functions.len()).filter(|&index| fallible(&self.functions[index])).collect::<Vec<_>>();
        if fitting.is_empty() {
            return None;
        }
        let index = *self.random.pick(&fitting);
        let Ty::Res(ok, domain) = self.functions[index].result.clone() else { return None };
        Some((self.call(index, 1)?, *ok, domain))
    }

    fn call(&mut self, index: usize, depth: usize) -> Option<String> {
        self.call_with(index, depth, None)
    }

    /// A call that is given a variable wherever its type fits.
    fn call_with(&mut self, index: usize, depth: usize, given: Option<&Var>) -> Option<String> {
        let function = &self.functions[index];
        if !self.room(function.cost) {
            return None;
        }
        self.cost += self.times * function.cost;
        let (name, params, recursive) = (function.name.clone(), function.params.clone(), function.recursive);
        let mut args = Vec::new();
        if recursive {
            args.push(self.random.between(0, FUEL).to_string());
        }
        for ty in &params {
            args.push(match given.filter(|var| var.ty == *ty) {
                Some(var) => var.name.clone(),
                None => self.expr(ty, depth, true),
            });
        }
        Some(format!("{name}({})", args.join(", ")))
    }
}
