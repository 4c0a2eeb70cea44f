//! Expressions of a wanted type.

use super::Generator;
use super::types::{DOMAINS, Ty, VARIANTS};

const EDGES: [&str; 8] = [
    "9223372036854775807",
    "(-9223372036854775808)",
    "4611686018427387904",
    "3037000500",
    "(-1)",
    "2147483648",
    "65536",
    "9223372036854775806",
];

const FLOATS: [&str; 8] = ["0.0", "1.5", "0.1", "(-2.25)", "1000000.0", "0.001", "3.0", "123456789.125"];

impl Generator {
    /// An expression in a position that fixes its type.
    pub fn value(&mut self, ty: &Ty) -> String {
        let depth = 1 + self.random.below(3);
        self.references = 0;
        self.expr(ty, depth, true)
    }

    /// An expression that is only printed or tested, so that its size does not matter.
    pub fn seen(&mut self, ty: &Ty) -> String {
        let small = std::mem::replace(&mut self.small, false);
        self.sink = true;
        let text = self.expr(ty, 2, false);
        self.sink = false;
        self.small = small;
        text
    }

    /// A value that does not depend on anything that can have grown.
    pub fn small_value(&mut self, ty: &Ty) -> String {
        let small = std::mem::replace(&mut self.small, true);
        let text = self.expr(ty, 2, true);
        self.small = small;
        text
    }

    /// What follows the name of a function that gives values of this type back: that of a plain one, or the type argument of a generic one.
    pub fn helper_suffix(&mut self, ty: &Ty) -> String {
        if self.random.percent(50) { self.helper(ty).to_string() } else { format!("<{}>", ty.name()) }
    }

    /// The number of the plain functions that give values of this type back.
    fn helper(&mut self, ty: &Ty) -> usize {
        let known = self.helpers.iter().position(|known| known == ty);
        known.unwrap_or_else(|| {
            self.helpers.push(ty.clone());
            self.helpers.len() - 1
        })
    }

    /// `typed`: whether the position fixes the type, so that `[]` and `null` mean something.
    pub fn expr(&mut self, ty: &Ty, depth: usize, typed: bool) -> String {
        if let Some(existing) = self.existing(ty, depth) {
            return existing;
        }
        match ty {
            Ty::Int => self.int(depth),
            Ty::Float => self.float(depth),
            Ty::Bool => self.bool(depth),
            Ty::Str => self.string(depth),
            Ty::Ranged(low, high) => {
                if self.random.percent(80) {
                    self.random.between(*low, *high).to_string()
                } else {
                    self.expr(&Ty::Int, depth.saturating_sub(1), true)
                }
            }
            Ty::List(of) => self.list(of, depth, typed),
            Ty::Map(of) => self.map(of, depth, typed),
            Ty::Opt(of) => match self.random.below(3) {
                0 if typed => "null".into(),
                1 if typed => self.expr(of, depth.saturating_sub(1), true),
                _ => format!("Some({})", self.expr(of, depth.saturating_sub(1), false)),
            },
            Ty::Struct(number) => self.struct_literal(*number, depth),
            Ty::Enum(number) => self.enum_value(*number, depth),
            Ty::Res(ok, domain) => {
                if self.random.percent(70) {
                    format!("Ok({})", self.expr(ok, depth.saturating_sub(1), true))
                } else {
                    format!("Err({})", DOMAINS[*domain].1)
                }
            }
        }
    }

    /// A variable, a part of one, or the result of a call; most of the time if there is one.
    fn existing(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        if matches!(ty, Ty::Ranged(..)) || !self.random.percent(65) {
            return None;
        }
        if ty.grows() && !self.sink {
            self.references += 1;
            if self.small {
                return None;
            }
            if self.references > 1 {
                self.big = self.big.checked_sub(1)?;
            }
        }
        if depth > 0 && self.random.percent(30) {
            if self.random.percent(25) && !matches!(ty, Ty::Res(..)) {
                let number = self.helper_suffix(ty);
                let (a, condition) = (self.expr(ty, depth - 1, true), self.bool(1));
                return Some(match self.random.below(3) {
                    0 => format!("same{number}({a})"),
                    1 => format!("twice{number}({a})[{}]", self.random.below(2)),
                    _ => format!("pick{number}({a}, {}, {condition})", self.small_value(ty)),
                });
            }
            if let Some(call) = self.call_of(ty, depth - 1) {
                return Some(call);
            }
        }
        let sources = self.sources(ty);
        if sources.is_empty() { None } else { Some(self.random.pick(&sources).clone()) }
    }

    /// Variables of the type, and places one or two steps inside of others from where such a value can be read.
    fn sources(&mut self, wanted: &Ty) -> Vec<String> {
        let mut found = Vec::new();
        let index = self.index();
        let key = self.key();
        for var in &self.vars {
            let place = &var.name;
            if let Some(text) = read(place, &var.ty, wanted) {
                found.push(text);
            }
            self.parts(place, &var.ty, wanted, &index, &key, 2, &mut found);
        }
        found
    }

    #[allow(clippy::too_many_arguments)] // one recursive search
    fn parts(
        &self,
        place: &str,
        ty: &Ty,
        wanted: &Ty,
        index: &str,
        key: &str,
        depth: usize,
        found: &mut Vec<String>,
    ) {
        if depth == 0 {
            return;
        }
        let mut go = |part: String, ty: &Ty| {
            if let Some(text) = read(&part, ty, wanted) {
                found.push(text);
            }
            self.parts(&part, ty, wanted, index, key, depth - 1, found);
        };
        match ty {
            Ty::Struct(number) => {
                for field in &self.decls.structs[*number] {
                    go(format!("{place}.{}", field.name), &field.ty);
                }
            }
            Ty::List(of) if index.len() != 2 => go(format!("{place}[{index}]"), of),
            Ty::List(of) if matches!(wanted, Ty::Opt(inner) if inner == of) => {
                found.push(format!("{place}?[{index}]"))
            }
            Ty::List(of) if **of == *wanted && *wanted == Ty::Int => {
                found.push(format!("({place}?[{index}] ?? 1)"))
            }
            Ty::Map(of) if matches!(wanted, Ty::Opt(inner) if inner == of) => {
                found.push(format!("{place}?[{key}]"))
            }
            Ty::Map(of) if **of == *wanted && *wanted == Ty::Int => {
                found.push(format!("({place}[{key}] ?? 2)"))
            }
            Ty::Map(of) if **of == *wanted && *wanted == Ty::Str => {
                found.push(format!("({place}[{key}] ?? \"none\")"))
            }
            Ty::Map(of) if index == "2" && !matches!(**of, Ty::Opt(_)) => go(format!("{place}[{key}]"), of),
            Ty::Opt(of) if **of == *wanted && *wanted == Ty::Int => found.push(format!("({place} ?? 3)")),
            Ty::Opt(of) if **of == *wanted && *wanted == Ty::Str => {
                found.push(format!("({place} ?? \"null\")"))
            }
            Ty::Opt(of) => {
                let (Ty::Struct(number), Ty::Opt(inner)) = (&**of, wanted) else { return };
                for field in &self.decls.structs[*number] {
                    // A refined one would be an option of its refinement, which cannot stand beside options of others (see `read`).
                    if field.ty == **inner {
                        found.push(format!("{place}?.{}", field.name));
                    }
                }
            }
            _ => {}
        }
    }

    /// An index of a list, which mostly has two elements at least: mostly one of these.
    pub fn index(&mut self) -> String {
        let counters =
            self.vars.iter().filter(|var| var.counter).map(|var| var.name.clone()).collect::<Vec<_>>();
        if !counters.is_empty() && self.random.percent(40) {
            let counter = self.random.pick(&counters).clone();
            return match self.random.below(12) {
                0 => counter,
                1 => format!("{counter} - 1"),
                _ => format!("{counter} % 2"),
            };
        }
        match self.random.below(150) {
            0 => "2".into(),
            1 => "-1".into(),
            2..=60 => "1".into(),
            _ => "0".into(),
        }
    }

    pub fn key(&mut self) -> String {
        match self.random.below(6) {
            0 => format!("\"k${{{}}}\"", self.index()),
            1 if self.random.percent(10) => "\"zz\"".into(),
            number => format!("\"k{}\"", number % 2),
        }
    }

    pub fn int(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.percent(25) {
            return match self.random.below(25) {
                0 => (*self.random.pick(&EDGES)).to_owned(),
                1..=3 => format!("({})", self.random.between(-40, -1)),
                4 => self.random.between(100, 100_000).to_string(),
                _ => self.random.between(0, 12).to_string(),
            };
        }
        let a = self.expr(&Ty::Int, depth - 1, false);
        let b = self.expr(&Ty::Int, depth - 1, false);
        let divisor =
            if self.random.percent(85) { self.random.between(2, 97).to_string() } else { b.clone() };
        match self.random.below(16) {
            0..=2 => format!("({a} + {b})"),
            3 | 4 => format!("({a} - {b})"),
            5 => format!("({a} * {b})"),
            6 | 7 => format!("(({a} % 1000) * ({b} % 1000))"),
            8 => format!("({a} / {divisor})"),
            9 | 10 => format!("({a} % {divisor})"),
            11 => format!("(-{a})"),
            12 => format!("apply({}, {a})", self.random.pick(&["halve", "next", "check"])),
            13 => format!(
                "grow(Fault(message=\"\", level={a} % 50), {}).measure({b} % 50)",
                self.random.below(5)
            ),
            14 => format!("({a} * {} + {b})", self.random.between(-3, 5)),
            _ => format!("(({a} + {b}) % {})", self.random.between(2, 50)),
        }
    }

    fn float(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.percent(25) {
            return (*self.random.pick(&FLOATS)).to_owned();
        }
        let a = self.expr(&Ty::Float, depth - 1, false);
        let other = if self.random.percent(30) { Ty::Int } else { Ty::Float };
        let b = self.expr(&other, depth - 1, false);
        match self.random.below(6) {
            0 | 1 => format!("({a} + {b})"),
            2 => format!("({b} - {a})"),
            3 => format!("({a} * {b})"),
            4 => format!("({a} / {b})"),
            _ => format!("(-{a})"),
        }
    }

    pub fn bool(&mut self, depth: usize) -> String {
        if depth == 0 {
            return (*self.random.pick(&["true", "false"])).to_owned();
        }
        match self.random.below(10) {
            0..=4 => {
                let (left, right) = match self.random.below(8) {
                    0 => (Ty::Float, Ty::Int),
                    1 => (Ty::Float, Ty::Float),
                    _ => (Ty::Int, Ty::Int),
                };
                let operator = *self.random.pick(&["<", "<=", ">", ">="]);
                format!(
                    "({} {operator} {})",
                    self.expr(&left, depth - 1, false),
                    self.expr(&right, depth - 1, false)
                )
            }
            5 | 6 => {
                let ty = self.random.pick(&[Ty::Int, Ty::Int, Ty::Str, Ty::Bool, Ty::Float]).clone();
                let operator = *self.random.pick(&["==", "!="]);
                format!(
                    "({} {operator} {})",
                    self.expr(&ty, depth - 1, false),
                    self.expr(&ty, depth - 1, false)
                )
            }
            7 => format!("(!{})", self.expr(&Ty::Bool, depth - 1, false)),
            8 => {
                let ty = self.option();
                format!("({} == null)", self.expr(&ty, depth - 1, false))
            }
            _ => {
                let operator = *self.random.pick(&["and", "or"]);
                format!(
                    "({} {operator} {})",
                    self.expr(&Ty::Bool, depth - 1, false),
                    self.expr(&Ty::Bool, depth - 1, false)
                )
            }
        }
    }

    fn option(&mut self) -> Ty {
        let of = self.random.pick(&[Ty::Int, Ty::Str, Ty::Float]).clone();
        Ty::Opt(Box::new(of))
    }

    fn string(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.percent(35) {
            return (*self.random.pick(&[
                "\"\"",
                "\"a\"",
                "\"xyz\"",
                "\"line\\n\"",
                "\"k1\"",
                "\"a longer text than most\"",
            ]))
            .to_owned();
        }
        let ty = match self.random.below(if self.small { 3 } else { 8 }) {
            0 | 1 => Ty::Int,
            2 => self.random.pick(&[Ty::Bool, Ty::Float]).clone(),
            3 | 4 => Ty::Str,
            _ => self.decls.random_type(&mut self.random, 2),
        };
        let part = self.expr(&ty, depth - 1, false);
        match self.random.below(5) {
            0 => format!("({} + {part})", self.expr(&Ty::Str, depth - 1, false)),
            1 if ty != Ty::Float => format!("json.encode({part})"),
            2 => format!("({part} + \"-\" + {})", self.expr(&Ty::Int, depth - 1, false)),
            _ => format!("\"<${{{part}}}|${{{}}}>\"", self.expr(&Ty::Int, depth - 1, false)),
        }
    }

    fn list(&mut self, of: &Ty, depth: usize, typed: bool) -> String {
        let depth = depth.saturating_sub(1);
        if *of == Ty::Int && self.random.percent(30) {
            let low = self.random.between(-3, 3);
            let shortest = if self.random.percent(3) { -1 } else { 1 };
            let high = low + self.random.between(shortest, 7);
            return format!("({low} .. {high})");
        }
        if depth > 0 && self.random.percent(20) {
            let all = Ty::list(of.clone());
            return format!("({} + {})", self.expr(&all, depth, false), self.expr(&all, depth, false));
        }
        let count = if typed && self.random.percent(4) { 0 } else { 2 + self.random.below(3) };
        let items = (0..count).map(|_| self.expr(of, depth, typed)).collect::<Vec<_>>();
        format!("[{}]", items.join(", "))
    }

    fn map(&mut self, of: &Ty, depth: usize, typed: bool) -> String {
        let depth = depth.saturating_sub(1);
        let count = if typed && self.random.percent(10) { 0 } else { 2 + self.random.below(2) };
        let entries = (0..count).map(|number| format!("\"k{number}\": {}", self.expr(of, depth, typed)));
        let entries = entries.collect::<Vec<_>>();
        format!("{{{}}}", entries.join(", "))
    }

    fn struct_literal(&mut self, number: usize, depth: usize) -> String {
        let fields = self.decls.structs[number].iter();
        let fields = fields
            .map(|field| (field.name.clone(), field.ty.clone(), field.default.is_some()))
            .collect::<Vec<_>>();
        let mut written = Vec::new();
        for (name, ty, has_default) in fields {
            let recursive = match &ty {
                Ty::Opt(of) | Ty::List(of) => **of == Ty::Struct(number),
                _ => false,
            };
            if (has_default || matches!(ty, Ty::Opt(_))) && self.random.percent(40) {
                continue;
            }
            let value = match (&ty, depth) {
                (Ty::Opt(_), 0) if recursive => "null".into(),
                (Ty::List(_), 0) if recursive => "[]".into(),
                _ => self.expr(&ty, depth.saturating_sub(1), true),
            };
            written.push(format!("{name}={value}"));
        }
        format!("S{number}({})", written.join(", "))
    }

    fn enum_value(&mut self, number: usize, depth: usize) -> String {
        let variants = &self.decls.enums[number];
        let variant = if depth == 0 { 0 } else { self.random.below(variants.len()) };
        let payload = variants[variant].clone();
        let name = format!("E{number}.{}", VARIANTS[variant]);
        if payload.is_empty() {
            return name;
        }
        let payload =
            payload.iter().map(|ty| self.expr(ty, depth.saturating_sub(1), true)).collect::<Vec<_>>();
        format!("{name}({})", payload.join(", "))
    }
}

/// A place of a type as an expression of the wanted type, if it is one. What is read from a refined place is made an Int, because
/// elements of a list without an expected type must not be of several refined types.
fn read(place: &str, ty: &Ty, wanted: &Ty) -> Option<String> {
    match ty {
        Ty::Ranged(..) => (*wanted == Ty::Int).then(|| format!("({place} + 0)")),
        _ => (ty == wanted).then(|| place.to_owned()),
    }
}
