//! Types of generated programs, and the declarations behind their names.

use super::random::Random;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    Int,
    Float,
    Bool,
    Str,
    /// `Int(low..high)`: read as an Int, written by struct literals only.
    Ranged(i64, i64),
    List(Box<Ty>),
    Map(Box<Ty>),
    Opt(Box<Ty>),
    Struct(usize),
    Enum(usize),
    /// A result with one of the [`DOMAINS`].
    Res(Box<Ty>, usize),
}

/// Error domains of fallible functions, and how an error of the first of them is made.
pub const DOMAINS: [(&str, &str); 4] = [
    ("!Fault", "Fault(message=\"fault ${1}\", level=2)"),
    ("!Fault!std.Error.Validation", "Fault(message=\"either\")"),
    ("!Trouble", "Trouble.Deep(7, [\"a\", \"b\"])"),
    ("!std.Error", "std.Error.NotFound(message=\"gone\")"),
];

impl Ty {
    pub fn list(of: Ty) -> Ty {
        Ty::List(Box::new(of))
    }

    /// As it is written.
    pub fn name(&self) -> String {
        match self {
            Ty::Int => "Int".into(),
            Ty::Float => "Float".into(),
            Ty::Bool => "Bool".into(),
            Ty::Str => "String".into(),
            Ty::Ranged(low, high) => format!("Int({low}..{high})"),
            Ty::List(of) => format!("List<{}>", of.name()),
            Ty::Map(of) => format!("Map<String, {}>", of.name()),
            Ty::Opt(of) => format!("{}?", of.name()),
            Ty::Struct(number) => format!("S{number}"),
            Ty::Enum(number) => format!("E{number}"),
            Ty::Res(ok, domain) => format!("{}{}", ok.name(), DOMAINS[*domain].0),
        }
    }

    /// Whether a value can become large: such values are kept from growing without bounds.
    pub fn grows(&self) -> bool {
        !matches!(self, Ty::Int | Ty::Float | Ty::Bool | Ty::Ranged(..))
    }

    /// What reading a place of this type yields.
    pub fn read(&self) -> Ty {
        match self {
            Ty::Ranged(..) => Ty::Int,
            other => other.clone(),
        }
    }
}

pub struct Field {
    pub name: String,
    pub ty: Ty,
    pub default: Option<String>,
}

/// Structs by number, their fields; enums by number, the payloads of their variants `A`, `B` and so on. The first variant has none.
#[derive(Default)]
pub struct Decls {
    pub structs: Vec<Vec<Field>>,
    pub enums: Vec<Vec<Vec<Ty>>>,
}

pub const VARIANTS: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

impl Decls {
    pub fn random(random: &mut Random) -> Decls {
        let mut decls = Decls::default();
        for number in 0..1 + random.below(3) {
            let mut fields = Vec::new();
            for field in 0..1 + random.below(5) {
                let ty = match random.below(12) {
                    0 => Ty::Opt(Box::new(Ty::Struct(number))),
                    1 => Ty::list(Ty::Struct(number)),
                    2 => Ty::Ranged(random.between(-20, 0), random.between(1, 60)),
                    _ => decls.random_type(random, 2),
                };
                let default = match ty {
                    Ty::Int if random.percent(40) => Some(random.between(-9, 9).to_string()),
                    Ty::Str if random.percent(40) => Some("\"d\" + 1".to_owned()),
                    Ty::List(_) if random.percent(40) => Some("[]".to_owned()).filter(|_| random.percent(20)),
                    Ty::Ranged(low, high) if random.percent(40) => {
                        Some(random.between(low - 1, high).to_string())
                    }
                    _ => None,
                };
                fields.push(Field { name: format!("f{field}"), ty, default });
            }
            decls.structs.push(fields);
        }
        for number in 0..1 + random.below(3) {
            let mut variants = vec![Vec::new()];
            for _ in 0..1 + random.below(VARIANTS.len() - 1) {
                let mut payload = Vec::new();
                for _ in 0..random.below(4) {
                    payload.push(match random.below(6) {
                        0 => Ty::Enum(number),
                        1 => Ty::list(Ty::Enum(number)),
                        _ => decls.random_type(random, 1),
                    });
                }
                variants.push(payload);
            }
            decls.enums.push(variants);
        }
        decls
    }

    /// A type of declarations so far.
    pub fn random_type(&self, random: &mut Random, depth: usize) -> Ty {
        if depth == 0 || random.percent(45) {
            return random.pick(&[Ty::Int, Ty::Int, Ty::Float, Ty::Bool, Ty::Str]).clone();
        }
        match random.below(9) {
            0..=2 => Ty::list(self.random_type(random, depth - 1)),
            3 => Ty::Map(Box::new(self.random_type(random, depth - 1))),
            4 => match self.random_type(random, depth - 1) {
                option @ Ty::Opt(_) => option,
                of => Ty::Opt(Box::new(of)),
            },
            5 | 6 if !self.structs.is_empty() => Ty::Struct(random.below(self.structs.len())),
            _ if !self.enums.is_empty() => Ty::Enum(random.below(self.enums.len())),
            _ => Ty::Int,
        }
    }

    /// The declarations as source.
    pub fn source(&self) -> String {
        let mut text = String::new();
        for (number, fields) in self.structs.iter().enumerate() {
            text += &format!("type S{number}:\n");
            for Field { name, ty, default } in fields {
                let default = default.as_ref().map_or_else(String::new, |default| format!(" = {default}"));
                text += &format!("  {name}: {}{default}\n", ty.name());
            }
        }
        for (number, variants) in self.enums.iter().enumerate() {
            text += &format!("enum E{number}:\n");
            for (variant, payload) in variants.iter().enumerate() {
                let types = payload.iter().map(Ty::name).collect::<Vec<_>>().join(", ");
                let payload = if types.is_empty() { types } else { format!("({types})") };
                text += &format!("  {}{payload}\n", VARIANTS[variant]);
            }
        }
        text
    }
}

/// What every program has: errors, an interface with methods, generic functions, functions as values.
pub const PRELUDE: &str = "\
type Fault:
  message: String
  level: Int = 1
enum Trouble:
  Plain
  Deep(Int, List<String>)
interface Sized:
  fn measure(scale: Int) -> Int
  fn grown() -> Self
impl Sized for Fault:
  fn measure(scale: Int) -> Int:
    return self.level * scale
  fn grown() -> Self:
    return Self(message=self.message + \"+\", level=self.level + 1)
fn pick<T>(a: T, b: T, first: Bool) -> T:
  if first: return a
  return b
fn same<T>(value: T) -> T: return value
fn twice<T>(item: T) -> List<T>: return [item, item]
fn grow<T>(item: T, times: Int) -> T where T: Sized:
  var result = item
  var left = times % 4
  while left > 0:
    left = left - 1
    result = result.grown()
  return result
fn halve(n: Int) -> Int: return n / 2
fn next(n: Int) -> Int: return n + 1
fn check(n: Int) -> Int:
  assert(n % 17 != 3, \"checked ${n}\")
  return n % 100
fn apply(step: fn(Int) -> Int, n: Int) -> Int: return step(step(n))
";
