//! Stable text forms of tokens and trees, for `fuse dump` and for tests.
//!
//! A tree is shown as nested lists, two blanks a level: `(word text… children…)`. A form without children stands on one
//! line. Spans are not shown.

use std::fmt::Write;

use crate::ast::*;
use crate::interner::{Interner, Symbol};
use crate::lexer::Lexed;
use crate::token::TokenKind;

/// The tree of a module as text.
pub fn dump(module: &Module, interner: &Interner) -> String {
    let mut dumper = Dumper { interner, out: String::new(), depth: 0 };
    dumper.module(module);
    dumper.out
}

/// The tree of a type as text, for instance of one read by [`crate::parse_type`].
pub fn dump_type(ty: &TypeRef, interner: &Interner) -> String {
    let mut dumper = Dumper { interner, out: String::new(), depth: 0 };
    dumper.write_type(ty);
    dumper.out
}

/// Tokens and comments as text, one a line: `start..end kind "text"`.
pub fn dump_tokens(source: &str, lexed: &Lexed) -> String {
    let mut out = String::new();
    let mut comments = lexed.comments.iter().peekable();
    for token in &lexed.tokens {
        while let Some(comment) = comments.next_if(|comment| comment.span.start < token.start) {
            let text = source.get(comment.span.start as usize..comment.span.end as usize).unwrap_or_default();
            let kind = if comment.doc { "DocComment" } else { "Comment" };
            let _ = writeln!(out, "{}..{} {kind} {text:?}", comment.span.start, comment.span.end);
        }
        let _ = write!(out, "{}..{} {:?}", token.start, token.end, token.kind);
        let text = source.get(token.start as usize..token.end as usize).unwrap_or_default();
        if !text.is_empty() && !token.kind.is_layout() && token.kind.text() != Some(text) {
            let _ = write!(out, " {text:?}");
        }
        out.push_str(if token.repaired { " repaired\n" } else { "\n" });
        if token.kind == TokenKind::Eof {
            break;
        }
    }
    for comment in comments {
        let _ = writeln!(out, "{}..{} Comment", comment.span.start, comment.span.end);
    }
    out
}

struct Dumper<'a> {
    interner: &'a Interner,
    out: String,
    depth: usize,
}

impl Dumper<'_> {
    fn text(&self, symbol: Symbol) -> &str {
        self.interner.resolve(symbol)
    }

    /// Begins a line of its own.
    fn line(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
    }

    /// `(head children…)` on lines of its own.
    fn node(&mut self, head: &str, children: impl FnOnce(&mut Self)) {
        self.line();
        self.out.push('(');
        self.out.push_str(head);
        self.depth += 1;
        children(self);
        self.depth -= 1;
        self.out.push(')');
    }

    fn doc(&mut self, doc: Option<Doc>) {
        if let Some(doc) = doc {
            let text = format!("doc {:?}", self.text(doc.text));
            self.node(&text, |_| {});
        }
    }

    fn names(&self, names: &[Ident]) -> String {
        names.iter().map(|name| self.text(name.name)).collect::<Vec<_>>().join(" ")
    }

    fn path(&self, path: &Path) -> String {
        path.segments().map(|name| self.text(name.name).to_owned()).collect::<Vec<_>>().join(".")
    }

    // ---- declarations ----

    fn module(&mut self, module: &Module) {
        self.node("module", |d| {
            for requires in &module.requires {
                let text = format!("requires {}", d.names(&requires.capabilities));
                d.node(text.trim_end(), |_| {});
            }
            for item in &module.items {
                d.item(item);
            }
        });
        self.out.push('\n');
    }

    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Import(import) => {
                let text = self.import(import);
                self.node(&text, |d| d.doc(item.doc));
            }
            ItemKind::Type(decl) => {
                let text = format!("type {}", self.path(&decl.name));
                self.node(&text, |d| {
                    d.doc(item.doc);
                    d.type_body(&decl.body);
                });
            }
            ItemKind::Enum(decl) => {
                let text = format!("enum {}", self.text(decl.name.name));
                self.node(&text, |d| {
                    d.doc(item.doc);
                    decl.variants.iter().for_each(|variant| d.variant(variant));
                });
            }
            ItemKind::Interface(decl) => {
                let text = format!("interface {}", self.text(decl.name.name));
                self.node(&text, |d| {
                    d.doc(item.doc);
                    for member in &decl.members {
                        d.callable("member", &member.signature, member.doc, None);
                    }
                });
            }
            ItemKind::Impl(decl) => {
                let text = format!("impl {} for {}", self.path(&decl.interface), self.path(&decl.target));
                self.node(&text, |d| {
                    d.doc(item.doc);
                    for method in &decl.methods {
                        d.callable("method", &method.signature, method.doc, Some(&method.body));
                    }
                });
            }
            ItemKind::Fn(decl) => self.callable("fn", &decl.signature, item.doc, Some(&decl.body)),
            ItemKind::Component(decl) => {
                self.callable("component", &decl.signature, item.doc, Some(&decl.body));
            }
            ItemKind::Service(decl) => {
                let text =
                    format!("service {} at {:?}", self.text(decl.name.name), self.text(decl.base.value));
                self.node(&text, |d| {
                    d.doc(item.doc);
                    decl.routes.iter().for_each(|route| d.route(route));
                });
            }
            ItemKind::Config(decl) => {
                let text = format!("config {}", self.text(decl.name.name));
                self.node(&text, |d| {
                    d.doc(item.doc);
                    decl.fields.iter().for_each(|field| d.field(field));
                });
            }
            ItemKind::App(decl) => self.named_body("app", decl.name.value, item.doc, &decl.body),
            ItemKind::Test(decl) => self.named_body("test", decl.name.value, item.doc, &decl.body),
            ItemKind::Migration(decl) => self.named_body("migration", decl.name, item.doc, &decl.body),
        }
    }

    fn import(&self, import: &Import) -> String {
        let mut text = match &import.clause {
            ImportClause::Sibling(name) | ImportClause::Name(name) => {
                format!("import {}", self.text(name.name))
            }
            ImportClause::As { label, alias } => {
                format!("import {} as {}", self.text(label.name), self.text(alias.name))
            }
            ImportClause::Named(names) => format!("import {{{}}}", self.names(names)),
        };
        if let Some(path) = &import.path {
            let value = self.text(path.value);
            let _ = if path.quoted { write!(text, " from {value:?}") } else { write!(text, " from {value}") };
        }
        text
    }

    fn type_body(&mut self, body: &TypeBody) {
        match body {
            TypeBody::Fields(fields) => fields.iter().for_each(|field| self.field(field)),
            TypeBody::Derived { base, without } => {
                let text = format!("{} without {}", self.path(base), self.names(without));
                self.node(&text, |_| {});
            }
            TypeBody::Error => self.node("error", |_| {}),
        }
    }

    fn field(&mut self, field: &Field) {
        let text = format!("field {}", self.text(field.name.name));
        self.node(&text, |d| {
            d.doc(field.doc);
            d.type_line(&field.ty);
            if let Some(default) = &field.default {
                d.expr(default);
            }
        });
    }

    fn variant(&mut self, variant: &Variant) {
        let text = format!("variant {}", self.text(variant.name.name));
        self.node(&text, |d| {
            d.doc(variant.doc);
            for element in &variant.payload {
                let text = element.label.map_or("_", |label| d.text(label.name)).to_owned();
                d.node(&text, |d| d.type_line(&element.ty));
            }
        });
    }

    fn callable(&mut self, word: &str, signature: &Signature, doc: Option<Doc>, body: Option<&Block>) {
        let mut text = format!("{word} {}", self.text(signature.name.name));
        if !signature.type_params.is_empty() {
            let _ = write!(text, " <{}>", self.names(&signature.type_params));
        }
        for constraint in &signature.constraints {
            let _ = write!(
                text,
                " where {}: {}",
                self.text(constraint.param.name),
                self.path(&constraint.interface)
            );
        }
        self.node(&text, |d| {
            d.doc(doc);
            for param in &signature.params {
                let text = format!("param {}", d.text(param.name.name));
                d.node(&text, |d| {
                    d.type_line(&param.ty);
                    if let Some(default) = &param.default {
                        d.expr(default);
                    }
                });
            }
            if let Some(result) = &signature.result {
                d.node("result", |d| d.type_line(result));
            }
            if let Some(body) = body {
                d.block(body);
            }
        });
    }

    fn route(&mut self, route: &Route) {
        let text = format!("{} {:?}", route.verb.word(), self.text(route.path.value));
        self.node(&text, |d| {
            d.doc(route.doc);
            if let Some(body) = &route.body_type {
                d.node("body", |d| d.type_line(body));
            }
            d.node("result", |d| d.type_line(&route.result));
            d.block(&route.body);
        });
    }

    fn named_body(&mut self, word: &str, name: Symbol, doc: Option<Doc>, body: &Block) {
        let text = format!("{word} {:?}", self.text(name));
        self.node(&text, |d| {
            d.doc(doc);
            d.block(body);
        });
    }

    // ---- types ----

    fn type_line(&mut self, ty: &TypeRef) {
        self.out.push(' ');
        self.write_type(ty);
    }

    fn write_types(&mut self, types: &[TypeRef]) {
        for (index, ty) in types.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.write_type(ty);
        }
    }

    /// A type as it is written in source.
    fn write_type(&mut self, ty: &TypeRef) {
        match &ty.kind {
            TypeKind::Name(name) => self.out += &self.path(name),
            TypeKind::Generic { name, args } => {
                self.out += &self.path(name);
                self.out.push('<');
                self.write_types(args);
                self.out.push('>');
            }
            TypeKind::Refined { base, constraints } => {
                let constraints: Vec<String> =
                    constraints.iter().map(|constraint| self.refinement(constraint)).collect();
                let text = format!("{}({})", self.path(base), constraints.join(", "));
                self.out += &text;
            }
            TypeKind::Fn { params, result } => {
                self.out += "fn(";
                self.write_types(params);
                self.out.push(')');
                if let Some(result) = result {
                    self.out += " -> ";
                    self.write_type(result);
                }
            }
            TypeKind::Option(inner) => {
                self.write_type(inner);
                self.out.push('?');
            }
            TypeKind::Result { ok, domains } => {
                self.write_type(ok);
                for domain in domains {
                    self.out.push('!');
                    self.write_type(domain);
                }
            }
            TypeKind::Error => self.out += "<error>",
        }
    }

    fn refinement(&self, refinement: &Refinement) -> String {
        let bound = |bound: &Bound| match bound.value {
            BoundValue::Int(value) => value.to_string(),
            BoundValue::Float(value) => format!("{value:?}"),
        };
        match &refinement.kind {
            RefinementKind::Range(low, high) => format!("{}..{}", bound(low), bound(high)),
            RefinementKind::Regex(pattern) => format!("regex({:?})", self.text(pattern.value)),
            RefinementKind::Predicate(name) => format!("predicate({})", self.text(name.name)),
            RefinementKind::Error => "<error>".to_owned(),
        }
    }

    // ---- statements ----

    fn block(&mut self, block: &Block) {
        self.node("block", |d| block.stmts.iter().for_each(|stmt| d.stmt(stmt)));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Bind(bind) => {
                let word = if bind.mutable { "var" } else { "let" };
                let text = format!("{word} {}", self.text(bind.name.name));
                self.node(&text, |d| {
                    if let Some(ty) = &bind.ty {
                        d.out.push_str(": ");
                        d.write_type(ty);
                    }
                    d.expr(&bind.value);
                });
            }
            StmtKind::Assign(assign) => self.node("assign", |d| {
                d.expr(&assign.place);
                d.expr(&assign.value);
            }),
            StmtKind::Return(value) => self.node("return", |d| value.iter().for_each(|value| d.expr(value))),
            StmtKind::Expr(expr) => self.expr(expr),
            StmtKind::Break => self.node("break", |_| {}),
            StmtKind::Continue => self.node("continue", |_| {}),
            StmtKind::If(stmt) => self.node("if", |d| {
                for branch in &stmt.branches {
                    d.expr(&branch.cond);
                    d.block(&branch.block);
                }
                if let Some(block) = &stmt.else_block {
                    d.block(block);
                }
            }),
            StmtKind::Match(stmt) => self.node("match", |d| {
                d.expr(&stmt.subject);
                stmt.arms.iter().for_each(|arm| d.arm(arm));
            }),
            StmtKind::For(stmt) => self.node("for", |d| {
                d.pattern_line(&stmt.pattern);
                d.expr(&stmt.iter);
                d.block(&stmt.block);
            }),
            StmtKind::While(stmt) => self.node("while", |d| {
                d.expr(&stmt.cond);
                d.block(&stmt.block);
            }),
            StmtKind::Transaction(stmt) => self.node("transaction", |d| d.block(&stmt.block)),
            StmtKind::Error => self.node("error", |_| {}),
        }
    }

    fn arm(&mut self, arm: &Arm) {
        self.node("arm", |d| {
            d.pattern_line(&arm.pattern);
            match &arm.body {
                ArmBody::Block(block) => d.block(block),
                ArmBody::Value(value) => d.node("->", |d| d.expr(value)),
                ArmBody::Leave(stmt) => d.node("->", |d| d.stmt(stmt)),
            }
        });
    }

    // ---- expressions ----

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Int(value) => self.leaf(format_args!("{value}")),
            ExprKind::Float(value) => self.leaf(format_args!("{value:?}")),
            ExprKind::Bool(value) => self.leaf(format_args!("{value}")),
            ExprKind::Null => self.leaf(format_args!("null")),
            ExprKind::Str(text) => self.leaf(format_args!("{:?}", self.interner.resolve(*text))),
            ExprKind::Name(name) => self.leaf(format_args!("{}", self.interner.resolve(*name))),
            ExprKind::Error => self.node("error", |_| {}),
            ExprKind::Interpolated(parts) => self.node("interpolated", |d| {
                for part in parts {
                    match part {
                        StrPart::Text(text) => d.leaf(format_args!("{:?}", d.interner.resolve(*text))),
                        StrPart::Expr { expr, .. } => d.expr(expr),
                    }
                }
            }),
            ExprKind::List(elements) => {
                self.node("list", |d| elements.iter().for_each(|element| d.expr(element)));
            }
            ExprKind::Map(entries) => self.node("map", |d| {
                for entry in entries {
                    d.expr(&entry.key);
                    d.expr(&entry.value);
                }
            }),
            ExprKind::Unary(unary) => {
                let word = if unary.op == UnaryOp::Neg { "neg" } else { "not" };
                self.node(word, |d| d.expr(&unary.operand));
            }
            ExprKind::Binary(binary) => self.node(binary.op.text(), |d| {
                d.expr(&binary.left);
                d.expr(&binary.right);
            }),
            ExprKind::Box(inner) => self.node("box", |d| d.expr(inner)),
            ExprKind::Await(inner) => self.node("await", |d| d.expr(inner)),
            ExprKind::Call(call) => self.call(call),
            ExprKind::Member(member) => {
                let dot = if member.optional { "?." } else { "." };
                let text = format!("{dot}{}", self.text(member.name.name));
                self.node(&text, |d| d.expr(&member.base));
            }
            ExprKind::Index(index) => self.node(if index.optional { "?[]" } else { "[]" }, |d| {
                d.expr(&index.base);
                d.expr(&index.index);
            }),
            ExprKind::Propagate(propagate) => self.node("?!", |d| {
                d.expr(&propagate.value);
                propagate.error.iter().for_each(|error| d.expr(error));
            }),
            ExprKind::Spawn(spawn) => self.node("spawn", |d| d.block(&spawn.block)),
            ExprKind::Children(children) => self.children(children),
            ExprKind::Html(html) => self.node("html", |d| {
                d.expr(&html.call);
                d.children(&html.children);
            }),
        }
    }

    fn leaf(&mut self, text: std::fmt::Arguments<'_>) {
        self.line();
        let _ = self.out.write_fmt(text);
    }

    fn call(&mut self, call: &CallExpr) {
        self.node("call", |d| {
            if !call.type_args.is_empty() {
                d.out.push_str(" <");
                d.write_types(&call.type_args);
                d.out.push('>');
            }
            d.expr(&call.callee);
            for arg in &call.args {
                let separator = match arg.separator {
                    Separator::First | Separator::Comma(_) => "",
                    Separator::Line => " after-line",
                    Separator::Blank => " after-blank",
                    Separator::Nothing => " after-nothing",
                };
                let name = arg.name.map_or(String::new(), |name| format!(" {}", d.text(name.name)));
                if name.is_empty() && separator.is_empty() {
                    d.expr(&arg.value);
                } else {
                    d.node(&format!("arg{name}{separator}"), |d| d.expr(&arg.value));
                }
            }
        });
    }

    fn children(&mut self, children: &HtmlChildren) {
        self.node("children", |d| children.list.iter().for_each(|child| d.child(child)));
    }

    fn child(&mut self, child: &HtmlChild) {
        match child {
            HtmlChild::Expr(expr) => self.expr(expr),
            HtmlChild::If(html_if) => self.node("if", |d| {
                for branch in &html_if.branches {
                    d.expr(&branch.cond);
                    d.children(&branch.children);
                }
                html_if.else_children.iter().for_each(|children| d.children(children));
            }),
            HtmlChild::Rejected(_) => self.node("rejected", |_| {}),
            HtmlChild::For(html_for) => self.node("for", |d| {
                d.pattern_line(&html_for.pattern);
                d.expr(&html_for.iter);
                d.children(&html_for.children);
            }),
        }
    }

    // ---- patterns ----

    fn pattern_line(&mut self, pattern: &Pattern) {
        self.out.push(' ');
        self.pattern(pattern);
    }

    /// A pattern as it is written in source.
    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Wildcard => self.out.push('_'),
            PatternKind::Int(value) => self.out += &value.to_string(),
            PatternKind::Float(value) => self.out += &format!("{value:?}"),
            PatternKind::Str(text) => {
                let text = format!("{:?}", self.text(*text));
                self.out += &text;
            }
            PatternKind::Bool(value) => self.out += if *value { "true" } else { "false" },
            PatternKind::Null => self.out += "null",
            PatternKind::Name(name) => self.out += &self.path(name),
            PatternKind::Positional { name, args } => {
                self.out += &self.path(name);
                self.out.push('(');
                for (index, arg) in args.iter().enumerate() {
                    self.out += if index > 0 { ", " } else { "" };
                    self.pattern(arg);
                }
                self.out.push(')');
            }
            PatternKind::Named { name, args } => {
                self.out += &self.path(name);
                self.out.push('(');
                for (index, arg) in args.iter().enumerate() {
                    self.out += if index > 0 { ", " } else { "" };
                    let label = format!("{}=", self.text(arg.name.name));
                    self.out += &label;
                    self.pattern(&arg.pattern);
                }
                self.out.push(')');
            }
            PatternKind::Error(_) => self.out += "<error>",
        }
    }
}
