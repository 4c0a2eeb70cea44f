//! What the runtime has to know of types whose values it makes or tests: constraints, defaults, and the numbers by which it calls the program.
//!
//! Types that are only printed, encoded or released have none of it, so that their predicates and defaults need not be in the executable.

use crate::shape::Shapes;
use crate::tables::{StructLayout, Tables};
use fuse_abi::desc::{Config, Constraint as Row, Field, TYPE_STD_ERROR};
use fuse_abi::layout::NODE_OFFSET;
use fuse_abi::metadata::halves;
use fuse_hir::{
    Constraint, Expr, ExprKind, FnId, Function, Program, StdErrors, StmtKind, StructId, Ty, Type as HirType,
};
use rustc_hash::FxHashSet;
use std::rc::Rc;

/// What is known of checked types so far.
#[derive(Default)]
pub(crate) struct Checked {
    types: FxHashSet<Ty>,
    structs: FxHashSet<StructId>,
    /// What the runtime may call, by number.
    pub(crate) calls: Vec<Callback>,
}

/// Something of the program that the runtime calls: input and output are addresses of values.
#[derive(Clone)]
pub(crate) enum Callback {
    /// Output: a value of the function's result type.
    Default(FnId),
    /// A default of a parameter. Input: the struct of all parameters, in which those to its left are set.
    ParameterDefault(FnId, Rc<StructLayout>),
    /// Input: a value of this type, which fits the parameter's; output: Bool.
    Predicate(FnId, Ty),
    /// Input: a text; output: Bool.
    Pattern(Box<str>),
    /// The body of a test or migration. Neither input nor output.
    Block(FnId),
    /// A `spawn` block, by its number. Input: the struct of what it mentions; output: a value of its result type.
    Spawn(u32),
}

impl Tables<'_> {
    /// The descriptor of a type whose values the runtime makes or tests.
    pub(crate) fn checked(&mut self, ty: Ty) -> u32 {
        let mut work = vec![ty];
        while let Some(ty) = work.pop() {
            if !self.checked.types.insert(ty) {
                continue;
            }
            match self.program.types.get(ty).clone() {
                HirType::List(inner)
                | HirType::Map(inner)
                | HirType::Option(inner)
                | HirType::Lookup(inner) => {
                    work.push(inner);
                }
                HirType::Result(value, domains) => {
                    work.push(value);
                    work.extend(domains);
                }
                HirType::Enum(id) => {
                    let variants = &self.program.enums[id.0 as usize].variants;
                    work.extend(variants.iter().flat_map(|variant| variant.payload.iter().copied()));
                }
                HirType::Struct(id) => self.check_struct(id, &mut work),
                HirType::StdError => {
                    self.check_struct(StdErrors::BASE, &mut work);
                    let base = self.of_struct(StdErrors::BASE);
                    self.tables.types[TYPE_STD_ERROR as usize].inner = base;
                }
                HirType::Refined(base, constraints) => self.check_refined(ty, base, &constraints),
                _ => {}
            }
        }
        self.of(ty)
    }

    fn check_struct(&mut self, id: StructId, work: &mut Vec<Ty>) {
        if !self.checked.structs.insert(id) {
            return;
        }
        let declaration = &self.program.structs[id.0 as usize];
        let index = self.of_struct(id);
        let first = self.tables.types[index as usize].first;
        for (number, field) in declaration.fields.iter().enumerate() {
            work.push(field.ty);
            if let Some(default) = field.default {
                self.set_default(first + number as u32, default, Callback::Default(default));
            }
        }
    }

    fn set_default(&mut self, field: u32, function: FnId, callback: Callback) {
        let declared = &self.program.functions[function.0 as usize];
        let default_ty = self.of(declared.result);
        let default = self.callback(callback) + 1;
        let flags = if is_pure(declared) { Field::PURE_DEFAULT } else { 0 };
        let row = &mut self.tables.fields[field as usize];
        *row = Field { default, default_ty, flags, ..*row };
    }

    pub(crate) fn callback(&mut self, callback: Callback) -> u32 {
        self.checked.calls.push(callback);
        self.checked.calls.len() as u32 - 1
    }

    fn check_refined(&mut self, ty: Ty, base_ty: Ty, constraints: &[Constraint]) {
        let base = self.checked(base_ty);
        let inherited = self.tables.types[base as usize];
        let first = inherited.constraints as usize;
        let mut rows = self.tables.constraints[first..first + inherited.constraints_count as usize].to_vec();
        for constraint in constraints {
            let row = self.constraint(constraint, base_ty);
            rows.push(row);
        }
        let index = self.of(ty);
        let desc = &mut self.tables.types[index as usize];
        desc.constraints = self.tables.constraints.len() as u32;
        desc.constraints_count = rows.len() as u32;
        self.tables.constraints.extend(rows);
    }

    fn constraint(&mut self, constraint: &Constraint, base: Ty) -> Row {
        let range =
            |kind, low: u64, high: u64| Row { kind, low: halves(low), high: halves(high), ..Row::default() };
        match constraint {
            Constraint::IntRange(low, high) => range(Row::INT, *low as u64, *high as u64),
            Constraint::FloatRange(low, high) => range(Row::FLOAT, *low, *high),
            Constraint::Length(low, high) => range(Row::LENGTH, *low, *high),
            Constraint::Regex(pattern) => {
                let (text, text_len) = self.name(pattern);
                let call = self.callback(Callback::Pattern(pattern.clone()));
                Row { kind: Row::REGEX, call, text, text_len, ..Row::default() }
            }
            Constraint::Predicate(function) => {
                let (text, text_len) = self.name(&self.program.functions[function.0 as usize].name);
                let call = self.callback(Callback::Predicate(*function, base));
                Row { kind: Row::PREDICATE, call, text, text_len, ..Row::default() }
            }
        }
    }

    /// The struct of a function's parameters, which the command line binds.
    pub(crate) fn parameters(&mut self, function: &Function) -> (u32, Rc<StructLayout>) {
        let fields = function.params.iter().map(|param| (param.name.as_str(), param.ty)).collect::<Vec<_>>();
        let (index, layout) = self.of_record(&function.name, &fields);
        let first = self.tables.types[index as usize].first;
        for (number, param) in function.params.iter().enumerate() {
            self.checked(param.ty);
            if let Some(default) = param.default {
                let callback = Callback::ParameterDefault(default, layout.clone());
                self.set_default(first + number as u32, default, callback);
            }
        }
        (index, layout)
    }

    /// Describes the program's configs.
    pub(crate) fn configs(&mut self, block: &ConfigBlock) {
        for (config, places) in self.program.configs.iter().zip(&block.places) {
            let mut variables = Vec::new();
            let mut rows = Vec::new();
            for (field, place) in config.fields.iter().zip(places) {
                let (start, len) = self.name(&field.variable);
                variables.extend([start, len]);
                let (name, name_len) = self.name(&field.name);
                let ty = self.checked(field.ty);
                rows.push(Field {
                    name,
                    name_len,
                    ty,
                    offset: place.value,
                    slots: place.flag,
                    ..Field::default()
                });
            }
            let first = self.tables.fields.len() as u32;
            let count = rows.len() as u32;
            self.tables.fields.extend(rows);
            for (number, field) in config.fields.iter().enumerate() {
                self.set_default(first + number as u32, field.default, Callback::Default(field.default));
            }
            let (name, name_len) = self.name(&config.name);
            let (variables, _) = self.offsets(variables);
            self.tables.configs.push(Config { name, name_len, first, count, variables });
        }
    }
}

/// Where the values of configs are in their block.
pub(crate) struct ConfigBlock {
    /// Of each config, of each field.
    pub(crate) places: Vec<Vec<ConfigPlace>>,
    /// Bytes, header included.
    pub(crate) size: u32,
}

/// Where a config field is.
#[derive(Clone, Copy)]
pub(crate) struct ConfigPlace {
    /// The value.
    pub(crate) value: u32,
    /// A byte that is 1 once it is there.
    pub(crate) flag: u32,
}

impl ConfigBlock {
    /// Lays out the configs of a program.
    pub(crate) fn new(program: &Program, shapes: &mut Shapes) -> ConfigBlock {
        let mut size = NODE_OFFSET as u32;
        let mut values = Vec::new();
        for config in &program.configs {
            let mut offsets = Vec::new();
            for field in &config.fields {
                let shape = shapes.of(field.ty);
                size = size.next_multiple_of(shape.align);
                offsets.push(size);
                size += shape.size;
            }
            values.push(offsets);
        }
        let mut places = Vec::new();
        for offsets in values {
            let with_flag = offsets.into_iter().map(|value| {
                size += 1;
                ConfigPlace { value, flag: size - 1 }
            });
            places.push(with_flag.collect());
        }
        ConfigBlock { places, size: size.next_multiple_of(8) }
    }
}

/// Whether the type's values, or what the default yields for one, are only read with the help of the JSON reader (runtime reference 5).
pub(crate) fn needs_json(program: &Program, ty: Ty, default: Option<FnId>) -> bool {
    let yields = default.map(|default| program.functions[default.0 as usize].result);
    is_structured(program, ty) || yields.is_some_and(|yields| program.types.holds_dynamic(yields))
}

/// Whether text of the type is JSON.
fn is_structured(program: &Program, ty: Ty) -> bool {
    match program.types.get(ty) {
        HirType::Option(inner) => is_structured(program, *inner),
        HirType::List(_) | HirType::Map(_) | HirType::Struct(_) | HirType::Enum(_) | HirType::StdError => {
            true
        }
        _ => false,
    }
}

/// Whether a default has no effect and cannot fail: a literal.
fn is_pure(default: &Function) -> bool {
    match &default.body[..] {
        [only] => matches!(&only.kind, StmtKind::Return(Some(value)) if is_literal(value)),
        _ => false,
    }
}

fn is_literal(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Bool(_)
        | ExprKind::String(_)
        | ExprKind::Bytes(_)
        | ExprKind::Null
        | ExprKind::Unit => true,
        ExprKind::List(elements) => elements.iter().all(is_literal),
        ExprKind::Map(entries) => entries.iter().all(|(key, value)| is_literal(key) && is_literal(value)),
        ExprKind::Variant(_, _, payload) => payload.iter().all(|(_, element)| is_literal(element)),
        ExprKind::Coerce(inner) => is_literal(inner),
        _ => false,
    }
}
