//! The checked program as text, for people who work on the tool chain (`fuse dump types`).

use std::fmt::Write;

use fuse_hir::types::Constraint;
use fuse_hir::*;

/// The whole program, or the functions of one name (`M.f` for one of the module `M`); `None` if there is no such function.
pub fn dump(program: &Program, function: Option<&str>) -> Option<String> {
    let mut dumper = Dumper { program, locals: &[], out: String::new() };
    match function {
        None => dumper.everything(),
        Some(name) => {
            let chosen: Vec<&Function> =
                program.functions.iter().filter(|function| is_named(program, function, name)).collect();
            if chosen.is_empty() {
                return None;
            }
            chosen.into_iter().for_each(|function| dumper.function(function));
        }
    }
    Some(dumper.out)
}

fn is_named(program: &Program, function: &Function, name: &str) -> bool {
    if function.name == name {
        return true;
    }
    let module = &program.modules[function.module.0 as usize].name;
    let alias = module.rsplit('/').next().unwrap_or(module);
    let in_module = |prefix: &str| {
        name.strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('.'))
            .is_some_and(|rest| rest == function.name)
    };
    in_module(alias) || in_module(module)
}

struct Dumper<'a> {
    program: &'a Program,
    /// Those of the function at hand.
    locals: &'a [Local],
    out: String,
}

impl<'a> Dumper<'a> {
    fn everything(&mut self) {
        let program = self.program;
        for module in &program.modules {
            let _ = writeln!(self.out, "module {}", module.display);
        }
        for info in &program.structs {
            let _ = writeln!(self.out, "\ntype {}", info.name);
            for field in &info.fields {
                let _ = write!(self.out, "  {}: ", field.name);
                self.ty(field.ty);
                if let Some(default) = field.default {
                    let _ = write!(self.out, " = {}()", self.function_name(default));
                }
                self.out.push('\n');
            }
        }
        for info in &program.enums {
            let _ = writeln!(self.out, "\nenum {}", info.name);
            for variant in &info.variants {
                let _ = write!(self.out, "  {}", variant.name);
                if !variant.payload.is_empty() {
                    self.list("(", ")", &variant.payload, |dumper, at, &ty| {
                        if let Some(label) = variant.labels.get(at) {
                            let _ = write!(dumper.out, "{label}: ");
                        }
                        dumper.ty(ty);
                    });
                }
                self.out.push('\n');
            }
        }
        for info in &program.configs {
            let _ = writeln!(self.out, "\nconfig {}", info.name);
            for field in &info.fields {
                let _ = write!(self.out, "  {}: ", field.name);
                self.ty(field.ty);
                let _ =
                    writeln!(self.out, " = {}()  # {}", self.function_name(field.default), field.variable);
            }
        }
        for asset in &program.assets {
            let _ = writeln!(self.out, "\nasset {}", asset.path.display());
        }
        program.functions.iter().for_each(|function| self.function(function));
    }

    fn function(&mut self, function: &'a Function) {
        self.locals = &function.locals;
        let module = &self.program.modules[function.module.0 as usize];
        let word = match function.kind {
            FnKind::Function => "fn",
            FnKind::Component => "component",
            FnKind::App | FnKind::Test => "entry",
            FnKind::Default => "default",
        };
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        let _ = write!(self.out, "{word} {}", function.name);
        self.list("(", ")", &function.params, |dumper, _, param| {
            let _ = write!(dumper.out, "{}: ", param.name);
            dumper.ty(param.ty);
        });
        self.out.push_str(" -> ");
        self.ty(function.result);
        let line = module.position(function.span.start).0;
        let _ = writeln!(self.out, "  # {}:{line}", module.display);
        for (at, local) in function.locals.iter().enumerate().skip(function.params.len()) {
            let _ = write!(self.out, "  local {}.{at}: ", local.name);
            self.ty(local.ty);
            self.out.push('\n');
        }
        self.block(&function.body, 1);
    }

    fn function_name(&self, id: FnId) -> &'a str {
        &self.program.functions[id.0 as usize].name
    }

    fn struct_info(&self, id: StructId) -> &'a Struct {
        &self.program.structs[id.0 as usize]
    }

    fn list<T>(&mut self, open: &str, close: &str, items: &[T], mut each: impl FnMut(&mut Self, usize, &T)) {
        self.out.push_str(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.out.push_str(", ");
            }
            each(self, at, item);
        }
        self.out.push_str(close);
    }

    fn ty(&mut self, ty: Ty) {
        match self.program.types.get(ty) {
            Type::List(inner) => self.wrapped("List<", *inner, ">"),
            Type::Map(inner) => self.wrapped("Map<String, ", *inner, ">"),
            Type::Option(inner) => self.wrapped("", *inner, "?"),
            Type::Lookup(inner) => self.wrapped("Lookup<", *inner, ">"),
            Type::Task(inner) => self.wrapped("Task<", *inner, ">"),
            Type::Result(ok, domains) => {
                self.ty(*ok);
                for &domain in domains {
                    self.out.push('!');
                    self.ty(domain);
                }
            }
            Type::Union(domains) => self.list("Union<", ">", domains, |dumper, _, &domain| dumper.ty(domain)),
            Type::Function(params, result) => {
                self.list("fn(", ")", params, |dumper, _, &param| dumper.ty(param));
                self.out.push_str(" -> ");
                self.ty(*result);
            }
            Type::Struct(id) => self.out.push_str(&self.struct_info(*id).name),
            Type::Enum(id) => self.out.push_str(&self.program.enums[id.0 as usize].name),
            Type::Config(id) => self.out.push_str(&self.program.configs[id.0 as usize].name),
            Type::Refined(base, constraints) => {
                self.ty(*base);
                self.list("(", ")", constraints, |dumper, _, constraint| dumper.constraint(constraint));
            }
            Type::StdError => self.out.push_str("std.Error"),
            Type::Dynamic => self.out.push_str("Value"),
            simple => {
                let _ = write!(self.out, "{simple:?}");
            }
        }
    }

    fn constraint(&mut self, constraint: &Constraint) {
        match constraint {
            Constraint::IntRange(low, high) => self.show(&format_args!("{low}..{high}")),
            Constraint::FloatRange(low, high) => {
                self.show(&format_args!("{:?}..{:?}", f64::from_bits(*low), f64::from_bits(*high)));
            }
            Constraint::Length(low, high) => self.show(&format_args!("{low}..{high}")),
            Constraint::Regex(pattern) => self.show(&format_args!("regex({pattern:?})")),
            Constraint::Predicate(id) => {
                let name = self.function_name(*id);
                self.show(&format_args!("predicate({name})"));
            }
        }
    }

    fn wrapped(&mut self, open: &str, inner: Ty, close: &str) {
        self.out.push_str(open);
        self.ty(inner);
        self.out.push_str(close);
    }

    fn local(&mut self, id: LocalId) {
        let name = self.locals.get(id.0 as usize).map_or("?", |local| &local.name);
        let _ = write!(self.out, "{name}.{}", id.0);
    }

    fn line(&mut self, depth: usize) {
        for _ in 0..depth {
            self.out.push_str("  ");
        }
    }

    fn block(&mut self, block: &[Stmt], depth: usize) {
        for stmt in block {
            self.line(depth);
            self.stmt(stmt, depth);
        }
    }

    fn stmt(&mut self, stmt: &Stmt, depth: usize) {
        match &stmt.kind {
            StmtKind::Let(local, value) => {
                self.local(*local);
                self.out.push_str(" = ");
                self.expr(value);
                if let ExprKind::Spawn(spawn) = &value.kind {
                    self.out.push('\n');
                    return self.block(&spawn.body, depth + 1);
                }
            }
            StmtKind::Assign(place, value) => {
                self.place(place);
                self.out.push_str(" = ");
                self.expr(value);
            }
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::If(branches, otherwise) => {
                for (at, (condition, block)) in branches.iter().enumerate() {
                    if at > 0 {
                        self.line(depth);
                        self.out.push_str("else ");
                    }
                    self.out.push_str("if ");
                    self.expr(condition);
                    self.out.push('\n');
                    self.block(block, depth + 1);
                }
                if !otherwise.is_empty() {
                    self.line(depth);
                    self.out.push_str("else\n");
                    self.block(otherwise, depth + 1);
                }
                return;
            }
            StmtKind::Match { subject, arms, exhaustive } => {
                self.out.push_str(if *exhaustive { "match " } else { "match (not exhaustive) " });
                self.expr(subject);
                self.out.push('\n');
                for arm in arms {
                    self.line(depth + 1);
                    self.pattern(&arm.pattern);
                    self.out.push('\n');
                    self.block(&arm.body, depth + 2);
                }
                return;
            }
            StmtKind::For { pattern, iter, body } => {
                self.out.push_str("for ");
                self.pattern(pattern);
                self.out.push_str(" in ");
                self.expr(iter);
                self.out.push('\n');
                return self.block(body, depth + 1);
            }
            StmtKind::While(condition, body) => {
                self.out.push_str("while ");
                self.expr(condition);
                self.out.push('\n');
                return self.block(body, depth + 1);
            }
            StmtKind::Break => self.out.push_str("break"),
            StmtKind::Continue => self.out.push_str("continue"),
            StmtKind::Return(value) => {
                self.out.push_str("return");
                if let Some(value) = value {
                    self.out.push(' ');
                    self.expr(value);
                }
            }
        }
        self.out.push('\n');
    }

    fn place(&mut self, place: &Place) {
        self.local(place.root);
        for step in &place.steps {
            if step.optional {
                self.out.push('?');
            }
            match &step.kind {
                StepKind::Field(field) => {
                    let _ = write!(self.out, ".{field}");
                }
                StepKind::Index(index) | StepKind::Key(index) | StepKind::Dynamic(index) => {
                    self.out.push('[');
                    self.expr(index);
                    self.out.push(']');
                }
            }
        }
    }

    /// `name(operands)`.
    fn call(&mut self, name: &str, operands: &[&Expr]) {
        self.out.push_str(name);
        self.list("(", ")", operands, |dumper, _, operand| dumper.expr(operand));
    }

    /// `name<type>(operand)`.
    fn typed(&mut self, name: &str, ty: Ty, operand: &Expr) {
        let _ = write!(self.out, "{name}<");
        self.ty(ty);
        self.out.push_str(">(");
        self.expr(operand);
        self.out.push(')');
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Int(value) => self.show(value),
            ExprKind::Float(value) => self.show(&format_args!("{value:?}")),
            ExprKind::Bool(value) => self.show(value),
            ExprKind::String(value) => self.show(&format_args!("{value:?}")),
            ExprKind::Unit => self.out.push_str("unit"),
            ExprKind::Null => self.out.push_str("null"),
            ExprKind::Bytes(bytes) => self.show(&format_args!("bytes({bytes:?})")),
            ExprKind::Asset(id) => {
                let path = self.program.assets[id.0 as usize].path.display();
                self.show(&format_args!("asset({path})"));
            }
            ExprKind::Config(id) => self.out.push_str(&self.program.configs[id.0 as usize].name),
            ExprKind::ConfigField(id, field) => {
                let config = &self.program.configs[id.0 as usize];
                self.show(&format_args!("{}.{}", config.name, config.fields[*field as usize].name));
            }
            ExprKind::Local(id) => self.local(*id),
            ExprKind::Function(id) => self.out.push_str(self.function_name(*id)),
            ExprKind::Arithmetic(op, left, right) => {
                self.call(arithmetic_name(*op), &[left, right]);
            }
            ExprKind::DynamicArithmetic(op, left, right) => {
                self.call(&format!("dynamic_{}", arithmetic_name(*op)), &[left, right]);
            }
            ExprKind::DynamicNegate(operand) => self.call("dynamic_negate", &[operand]),
            ExprKind::DynamicCompare(relation, left, right) => {
                self.call(&format!("dynamic_{}", relation_name(*relation)), &[left, right]);
            }
            ExprKind::DynamicEqual { negated, left, right } => {
                self.call(if *negated { "dynamic_not_equal" } else { "dynamic_equal" }, &[left, right]);
            }
            ExprKind::DynamicRange(left, right) => self.call("dynamic_range", &[left, right]),
            ExprKind::DynamicIndex(base, index) => self.call("dynamic_index", &[base, index]),
            ExprKind::DynamicIndexOrNull(base, index) => self.call("dynamic_index_or_null", &[base, index]),
            ExprKind::Expect(value, _) => self.typed("expect", expr.ty, value),
            ExprKind::Convert(value, path) => self.typed(&format!("convert {path:?} "), expr.ty, value),
            ExprKind::Validate(value, path) => self.typed(&format!("validate {path:?} "), expr.ty, value),
            ExprKind::Negate(operand) => self.call("negate", &[operand]),
            ExprKind::Not(operand) => self.call("not", &[operand]),
            ExprKind::And(left, right) => self.call("and", &[left, right]),
            ExprKind::Or(left, right) => self.call("or", &[left, right]),
            ExprKind::IntToFloat(operand) => self.call("float", &[operand]),
            ExprKind::Compare(relation, left, right) => {
                self.call(relation_name(*relation), &[left, right]);
            }
            ExprKind::Equal { negated, left, right } => {
                self.call(if *negated { "not_equal" } else { "equal" }, &[left, right]);
            }
            ExprKind::IsNull { negated, operand } => {
                self.call(if *negated { "is_not_null" } else { "is_null" }, &[operand]);
            }
            ExprKind::Text(parts) => self.list("text(", ")", parts, |dumper, _, part| dumper.expr(part)),
            ExprKind::ListConcat(left, right) => self.call("concat", &[left, right]),
            ExprKind::Range(left, right) => self.call("range", &[left, right]),
            ExprKind::List(elements) => {
                self.list("[", "]", elements, |dumper, _, element| dumper.expr(element))
            }
            ExprKind::Map(entries) => self.list("{", "}", entries, |dumper, _, (key, value)| {
                dumper.expr(key);
                dumper.out.push_str(": ");
                dumper.expr(value);
            }),
            ExprKind::Struct(id, fields) => {
                let info = self.struct_info(*id);
                self.out.push_str(&info.name);
                self.list("(", ")", fields, |dumper, _, (field, value)| {
                    let _ = write!(dumper.out, "{}=", info.fields[*field as usize].name);
                    dumper.expr(value);
                });
            }
            ExprKind::Variant(id, variant, payload) => {
                let info = &self.program.enums[id.0 as usize];
                let _ = write!(self.out, "{}.{}", info.name, info.variants[*variant as usize].name);
                if !payload.is_empty() {
                    self.list("(", ")", payload, |dumper, _, (at, element)| {
                        let _ = write!(dumper.out, "{at}=");
                        dumper.expr(element);
                    });
                }
            }
            ExprKind::Ok(value) => self.typed("ok", expr.ty, value),
            ExprKind::Err(value) => self.typed("err", expr.ty, value),
            ExprKind::Coerce(value) => self.typed("coerce", expr.ty, value),
            ExprKind::Field(base, field) => {
                self.expr(base);
                let _ = write!(self.out, ".{}", self.field_name(base.ty, *field));
            }
            ExprKind::ErrorField(base, name) => {
                self.expr(base);
                let _ = write!(self.out, ".{name}");
            }
            ExprKind::UnionField(base, fields) => {
                self.expr(base);
                let _ = write!(self.out, ".{fields:?}");
            }
            ExprKind::Index(base, index) => self.call("index", &[base, index]),
            ExprKind::Lookup(base, key) => self.call("lookup", &[base, key]),
            ExprKind::IndexOrNull(base, index) => self.call("index_or_null", &[base, index]),
            ExprKind::OptionalChain { base, local, body } => {
                self.out.push_str("chain(");
                self.local(*local);
                self.out.push_str(" = ");
                self.expr(base);
                self.out.push_str(": ");
                self.expr(body);
                self.out.push(')');
            }
            ExprKind::Coalesce(left, right) => self.call("coalesce", &[left, right]),
            ExprKind::Then(effect, value) => self.call("then", &[effect, value]),
            ExprKind::Propagate { operand, error } => match error {
                Some(error) => self.call("propagate", &[operand, error]),
                None => self.call("propagate", &[operand]),
            },
            ExprKind::Await(task) => self.call("await", &[task]),
            ExprKind::Spawn(spawn) => {
                self.out.push_str("spawn(");
                for (at, local) in spawn.captures.iter().enumerate() {
                    self.out.push_str(if at == 0 { "" } else { ", " });
                    self.local(*local);
                }
                self.out.push(')');
            }
            ExprKind::Call(id, args) => {
                let callee = &self.program.functions[id.0 as usize];
                self.out.push_str(&callee.name);
                self.list("(", ")", args, |dumper, _, (param, value)| {
                    let _ = write!(dumper.out, "{}=", callee.params[*param as usize].name);
                    dumper.expr(value);
                });
            }
            ExprKind::CallValue(callee, args) => {
                self.expr(callee);
                self.list("(", ")", args, |dumper, _, arg| dumper.expr(arg));
            }
            ExprKind::CallBuiltin(builtin, args) => {
                let _ = write!(self.out, "builtin.{builtin:?}");
                self.list("(", ")", args, |dumper, _, arg| dumper.expr(arg));
            }
            ExprKind::Element(element) => {
                let _ = write!(self.out, "<{}", element.tag);
                if let Some(map) = &element.attributes.map {
                    self.out.push(' ');
                    self.expr(map);
                }
                for (name, value) in &element.attributes.named {
                    let _ = write!(self.out, " {name}=");
                    self.expr(value);
                }
                self.out.push('>');
                self.children(&element.children);
            }
            ExprKind::Component(call) => {
                let callee = &self.program.functions[call.function.0 as usize];
                self.out.push_str(&callee.name);
                self.list("(", ")", &call.args, |dumper, _, (arg, value)| {
                    match arg {
                        ComponentArg::Parameter(number) => {
                            dumper.out.push_str(&callee.params[*number as usize].name);
                        }
                        ComponentArg::Attribute(name) => dumper.show(&format_args!("attrs.{name}")),
                    }
                    dumper.out.push('=');
                    dumper.expr(value);
                });
                self.children(&call.children);
            }
            ExprKind::Children(_, children) => self.children(children),
        }
    }

    fn children(&mut self, children: &[Child]) {
        self.list("{", "}", children, |dumper, _, child| match child {
            Child::Value(value) => dumper.expr(value),
            Child::If(branches, otherwise) => {
                for (condition, children) in branches {
                    dumper.out.push_str("if ");
                    dumper.expr(condition);
                    dumper.out.push(' ');
                    dumper.children(children);
                    dumper.out.push_str(" else ");
                }
                dumper.children(otherwise);
            }
            Child::For { pattern, iter, children } => {
                dumper.out.push_str("for ");
                dumper.pattern(pattern);
                dumper.out.push_str(" in ");
                dumper.expr(iter);
                dumper.out.push(' ');
                dumper.children(children);
            }
        });
    }

    fn show(&mut self, value: &dyn std::fmt::Display) {
        let _ = write!(self.out, "{value}");
    }

    fn field_name(&self, ty: Ty, field: u32) -> &'a str {
        match self.program.types.get(ty) {
            Type::Struct(id) => {
                self.struct_info(*id).fields.get(field as usize).map_or("?", |field| field.name.as_str())
            }
            _ => "?",
        }
    }

    fn pattern(&mut self, pattern: &Pat) {
        match &pattern.kind {
            PatKind::Wild => self.out.push('_'),
            PatKind::Bind(local) => self.local(*local),
            PatKind::Int(value) => self.show(value),
            PatKind::Float(value) => self.show(&format_args!("{value:?}")),
            PatKind::Bool(value) => self.show(value),
            PatKind::String(value) => self.show(&format_args!("{value:?}")),
            PatKind::Null => self.out.push_str("null"),
            PatKind::Some(inner) => self.nested("some", inner),
            PatKind::Ok(inner) => self.nested("ok", inner),
            PatKind::Err(inner) => self.nested("err", inner),
            PatKind::Variant(variant, elements) => {
                let name = match self.program.types.get(pattern.ty) {
                    Type::Enum(id) => &self.program.enums[id.0 as usize].variants[*variant as usize].name,
                    _ => "?",
                };
                self.out.push_str(name);
                self.numbered(elements);
            }
            PatKind::Struct(fields) => {
                self.ty(pattern.ty);
                self.numbered(fields);
            }
            PatKind::Domain(domain, inner) => self.nested(&format!("domain {domain} "), inner),
        }
    }

    fn nested(&mut self, name: &str, inner: &Pat) {
        let _ = write!(self.out, "{name}(");
        self.pattern(inner);
        self.out.push(')');
    }

    fn numbered(&mut self, elements: &[(u32, Pat)]) {
        self.list("(", ")", elements, |dumper, _, (at, element)| {
            let _ = write!(dumper.out, "{at}=");
            dumper.pattern(element);
        });
    }
}

fn arithmetic_name(op: Arithmetic) -> &'static str {
    match op {
        Arithmetic::Add => "add",
        Arithmetic::Sub => "sub",
        Arithmetic::Mul => "mul",
        Arithmetic::Div => "div",
        Arithmetic::Rem => "rem",
    }
}

fn relation_name(relation: Relation) -> &'static str {
    match relation {
        Relation::Lt => "less",
        Relation::Le => "less_or_equal",
        Relation::Gt => "greater",
        Relation::Ge => "greater_or_equal",
    }
}
