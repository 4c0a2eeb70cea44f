//! Checked bodies as text, for tests: one statement a line, expressions as `(operation operands)`, a coercion as `value=>Type`,
//! a conversion as `value=>"path"Type`, a test as `value=?"path"Type`.

use std::path::Path;

use fuse_hir::*;
use fuse_sema::{MemoryFiles, Options, check};

/// The body of the function `f` in a source.
fn body(source: &str) -> String {
    bodies(source, "f")
}

/// The bodies of all functions of a name in a source.
pub fn bodies(source: &str, name: &str) -> String {
    let mut files = MemoryFiles::new();
    files.add(Path::new("/p/main.fuse"), source);
    let checked = check(Path::new("/p/main.fuse"), &files, &Options::default());
    let Some(program) = checked.program else { panic!("{:#?}", checked.diagnostics) };
    let mut out = String::new();
    for function in program.functions.iter().filter(|function| function.name == name) {
        let mut printer = Printer { program: &program, function, out, indent: 0 };
        printer.block(&function.body);
        out = printer.out;
    }
    out
}

/// Asserts what the body of `f` is; the first line of both texts is empty.
pub fn assert_body(source: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().skip(1).collect();
    let margin = expected.first().map_or(0, |line| line.len() - line.trim_start().len());
    let expected: Vec<&str> = expected.iter().map(|line| line.get(margin..).unwrap_or("")).collect();
    assert_eq!(body(source).trim_end(), expected.join("\n").trim_end(), "\n{source}");
}

struct Printer<'p> {
    program: &'p Program,
    function: &'p Function,
    out: String,
    indent: usize,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(&"  ".repeat(self.indent));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn block(&mut self, statements: &[Stmt]) {
        for stmt in statements {
            self.stmt(stmt);
        }
    }

    fn inner(&mut self, statements: &[Stmt]) {
        self.indent += 1;
        self.block(statements);
        self.indent -= 1;
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let(local, value) => {
                let text = format!("{} = {}", self.local(*local), self.expr(value));
                self.line(&text);
            }
            StmtKind::Assign(place, value) => {
                let mut text = self.local(place.root);
                for step in &place.steps {
                    let mark = if step.optional { "?" } else { "" };
                    let base = self.ty(step.base);
                    let step = match &step.kind {
                        StepKind::Field(number) => format!(".{number}"),
                        StepKind::Index(index) => format!("[{}]", self.expr(index)),
                        StepKind::Key(key) => format!("{{{}}}", self.expr(key)),
                        StepKind::Dynamic(index) => format!("<{}>", self.expr(index)),
                    };
                    text.push_str(&format!(":{base}{mark}{step}"));
                }
                let text = format!("{text} <- {}", self.expr(value));
                self.line(&text);
            }
            StmtKind::Expr(value) => {
                let text = self.expr(value);
                self.line(&text);
            }
            StmtKind::If(branches, otherwise) => {
                for (cond, block) in branches {
                    let text = format!("if {}", self.expr(cond));
                    self.line(&text);
                    self.inner(block);
                }
                if !otherwise.is_empty() {
                    self.line("else");
                    self.inner(otherwise);
                }
            }
            StmtKind::Match { subject, arms, exhaustive } => {
                let word = if *exhaustive { "match all" } else { "match" };
                let text = format!("{word} {}", self.expr(subject));
                self.line(&text);
                for arm in arms {
                    let text = format!("| {}", self.pat(&arm.pattern));
                    self.line(&text);
                    self.inner(&arm.body);
                }
            }
            StmtKind::For { pattern, iter, body } => {
                let text = format!("for {} in {}", self.pat(pattern), self.expr(iter));
                self.line(&text);
                self.inner(body);
            }
            StmtKind::While(cond, body) => {
                let text = format!("while {}", self.expr(cond));
                self.line(&text);
                self.inner(body);
            }
            StmtKind::Break => self.line("break"),
            StmtKind::Continue => self.line("continue"),
            StmtKind::Return(None) => self.line("return"),
            StmtKind::Return(Some(value)) => {
                let text = format!("return {}", self.expr(value));
                self.line(&text);
            }
        }
    }

    fn local(&self, local: LocalId) -> String {
        let name = &self.function.locals[local.0 as usize].name;
        if name.starts_with('$') { name.clone() } else { format!("{name}{}", local.0) }
    }

    fn list<'e>(&self, exprs: impl IntoIterator<Item = &'e Expr>) -> String {
        exprs.into_iter().map(|expr| format!(" {}", self.expr(expr))).collect()
    }

    fn numbered(&self, exprs: &[(u32, Expr)]) -> String {
        exprs.iter().map(|(number, expr)| format!(" {number}={}", self.expr(expr))).collect()
    }

    fn expr(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Int(value) => value.to_string(),
            ExprKind::Float(value) => format!("{value:?}"),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::String(text) => format!("{text:?}"),
            ExprKind::Unit => "()".into(),
            ExprKind::Null => format!("null:{}", self.ty(expr.ty)),
            ExprKind::Local(local) => self.local(*local),
            ExprKind::Bytes(bytes) => format!("{bytes:?}"),
            ExprKind::Asset(id) => format!("asset {}", id.0),
            ExprKind::Config(id) => self.program.configs[id.0 as usize].name.clone(),
            ExprKind::ConfigField(id, field) => {
                let config = &self.program.configs[id.0 as usize];
                format!("{}.{}", config.name, config.fields[*field as usize].name)
            }
            ExprKind::DynamicArithmetic(op, a, b) => format!("(Dyn{op:?}{})", self.list([&**a, b])),
            ExprKind::DynamicNegate(a) => format!("(DynNeg {})", self.expr(a)),
            ExprKind::DynamicCompare(op, a, b) => format!("(Dyn{op:?}{})", self.list([&**a, b])),
            ExprKind::DynamicEqual { negated, left, right } => {
                format!("({}{})", if *negated { "DynNe" } else { "DynEq" }, self.list([&**left, right]))
            }
            ExprKind::DynamicRange(a, b) => format!("(DynRange{})", self.list([&**a, b])),
            ExprKind::DynamicIndex(a, b) => format!("{}<{}>", self.expr(a), self.expr(b)),
            ExprKind::DynamicIndexOrNull(a, b) => format!("{}?<{}>", self.expr(a), self.expr(b)),
            ExprKind::Expect(value, otherwise) => {
                format!("(Expect {otherwise:?} {}):{}", self.expr(value), self.ty(expr.ty))
            }
            ExprKind::Convert(value, path) => format!("{}=>{path:?}{}", self.expr(value), self.ty(expr.ty)),
            ExprKind::Validate(value, path) => format!("{}=?{path:?}{}", self.expr(value), self.ty(expr.ty)),
            ExprKind::Function(id) => self.program.functions[id.0 as usize].name.clone(),
            ExprKind::Arithmetic(op, a, b) => format!("({op:?}{})", self.list([&**a, b])),
            ExprKind::Negate(a) => format!("(Neg {})", self.expr(a)),
            ExprKind::Not(a) => format!("(Not {})", self.expr(a)),
            ExprKind::And(a, b) => format!("(And{})", self.list([&**a, b])),
            ExprKind::Or(a, b) => format!("(Or{})", self.list([&**a, b])),
            ExprKind::IntToFloat(a) => format!("(Float {})", self.expr(a)),
            ExprKind::Compare(op, a, b) => format!("({op:?}{})", self.list([&**a, b])),
            ExprKind::Equal { negated, left, right } => {
                format!("({}{})", if *negated { "Ne" } else { "Eq" }, self.list([&**left, right]))
            }
            ExprKind::IsNull { negated, operand } => {
                format!("({} {})", if *negated { "NotNull" } else { "IsNull" }, self.expr(operand))
            }
            ExprKind::Text(parts) => format!("(Text{})", self.list(parts)),
            ExprKind::ListConcat(a, b) => format!("(Concat{})", self.list([&**a, b])),
            ExprKind::Range(a, b) => format!("(Range{})", self.list([&**a, b])),
            ExprKind::List(elements) => {
                format!("[{}]:{}", self.list(elements).trim_start(), self.ty(expr.ty))
            }
            ExprKind::Map(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| format!("{}: {}", self.expr(key), self.expr(value)))
                    .collect();
                format!("{{{}}}:{}", entries.join(", "), self.ty(expr.ty))
            }
            ExprKind::Struct(id, fields) => {
                format!("({}{})", self.program.structs[id.0 as usize].name, self.numbered(fields))
            }
            ExprKind::Variant(id, number, payload) => {
                let declared = &self.program.enums[id.0 as usize];
                let name = &declared.variants[*number as usize].name;
                format!("({}.{name}{})", declared.name, self.numbered(payload))
            }
            ExprKind::Ok(value) => format!("(Ok {}):{}", self.expr(value), self.ty(expr.ty)),
            ExprKind::Err(value) => format!("(Err {}):{}", self.expr(value), self.ty(expr.ty)),
            ExprKind::Coerce(value) => format!("{}=>{}", self.expr(value), self.ty(expr.ty)),
            ExprKind::Field(base, number) => format!("{}.{number}", self.expr(base)),
            ExprKind::ErrorField(base, name) => format!("{}.{name}", self.expr(base)),
            ExprKind::UnionField(base, numbers) => format!("{}.{numbers:?}", self.expr(base)),
            ExprKind::Index(base, index) => format!("{}[{}]", self.expr(base), self.expr(index)),
            ExprKind::Lookup(base, key) => format!("{}{{{}}}", self.expr(base), self.expr(key)),
            ExprKind::IndexOrNull(base, index) => format!("{}?[{}]", self.expr(base), self.expr(index)),
            ExprKind::OptionalChain { base, local, body } => {
                format!("(Chain {} {} {})", self.expr(base), self.local(*local), self.expr(body))
            }
            ExprKind::Then(a, b) => format!("(Then{})", self.list([&**a, b])),
            ExprKind::Coalesce(a, b) => format!("(Else{}):{}", self.list([&**a, b]), self.ty(expr.ty)),
            ExprKind::Propagate { operand, error } => match error {
                Some(error) => format!("(Try{}):{}", self.list([&**operand, error]), self.ty(expr.ty)),
                None => format!("(Try {}):{}", self.expr(operand), self.ty(expr.ty)),
            },
            ExprKind::Await(task) => format!("(Await {}):{}", self.expr(task), self.ty(expr.ty)),
            ExprKind::Spawn(spawn) => {
                let captures: Vec<_> = spawn.captures.iter().map(|local| self.local(*local)).collect();
                format!("(Spawn [{}]):{}", captures.join(" "), self.ty(spawn.result))
            }
            ExprKind::Call(id, args) => {
                format!("({}{})", self.program.functions[id.0 as usize].name, self.numbered(args))
            }
            ExprKind::CallValue(callee, args) => format!("(call {}{})", self.expr(callee), self.list(args)),
            ExprKind::CallBuiltin(builtin, args) => format!("({builtin:?}{})", self.list(args)),
            // The whole of it is seen in what programs print.
            ExprKind::Element(element) => format!("<{}>", element.tag),
            ExprKind::Component(call) => {
                format!("({} …)", self.program.functions[call.function.0 as usize].name)
            }
            ExprKind::Children(owner, children) => format!("(children of {owner}: {})", children.len()),
        }
    }

    fn pat(&self, pat: &Pat) -> String {
        let parts = |parts: &[(u32, Pat)]| -> String {
            let parts: Vec<String> =
                parts.iter().map(|(number, part)| format!("{number}={}", self.pat(part))).collect();
            parts.join(" ")
        };
        match &pat.kind {
            PatKind::Wild => "_".into(),
            PatKind::Bind(local) => format!("{}:{}", self.local(*local), self.ty(pat.ty)),
            PatKind::Int(value) => value.to_string(),
            PatKind::Float(value) => format!("{value:?}"),
            PatKind::Bool(value) => value.to_string(),
            PatKind::String(text) => format!("{text:?}"),
            PatKind::Null => "null".into(),
            PatKind::Some(inner) => format!("Some({})", self.pat(inner)),
            PatKind::Ok(inner) => format!("Ok({})", self.pat(inner)),
            PatKind::Err(inner) => format!("Err({})", self.pat(inner)),
            PatKind::Domain(number, inner) => format!("domain {number} {}", self.pat(inner)),
            PatKind::Variant(number, inner) => format!("variant {number}({})", parts(inner)),
            PatKind::Struct(inner) => format!("struct({})", parts(inner)),
        }
    }

    fn ty(&self, ty: Ty) -> String {
        let list = |types: &[Ty]| types.iter().map(|&ty| self.ty(ty)).collect::<Vec<_>>();
        match self.program.types.get(ty) {
            Type::List(inner) => format!("List<{}>", self.ty(*inner)),
            Type::Map(inner) => format!("Map<{}>", self.ty(*inner)),
            Type::Option(inner) => format!("{}?", self.ty(*inner)),
            Type::Lookup(inner) => format!("{}~", self.ty(*inner)),
            Type::Result(value, domains) => format!("{}!{}", self.ty(*value), list(domains).join("!")),
            Type::Union(domains) => format!("({})", list(domains).join("|")),
            Type::Function(params, result) => format!("fn({})->{}", list(params).join(","), self.ty(*result)),
            Type::Struct(id) => self.program.structs[id.0 as usize].name.clone(),
            Type::Enum(id) => self.program.enums[id.0 as usize].name.clone(),
            Type::Config(id) => self.program.configs[id.0 as usize].name.clone(),
            Type::Dynamic => "Value".into(),
            Type::Refined(base, constraints) => format!("{}({})", self.ty(*base), constraints.len()),
            other => format!("{other:?}"),
        }
    }
}
