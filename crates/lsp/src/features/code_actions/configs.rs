//! Fields that a config does not have yet.

use fuse_diagnostics::{FileId, Span};
use fuse_sema::index::{EntityKind, Index};
use fuse_syntax::ast::{BinaryOp, Expr, ExprKind, Stmt, StmtKind, UnaryOp};

use super::{Action, Request};
use crate::features::Parsed;
use crate::features::walk::{self, Visitor, callee_name};

/// What is known of the place where the field is read.
struct Use<'u> {
    name: Span,
    parsed: &'u Parsed,
    index: &'u Index,
    file: FileId,
    /// Where the name of the config stands.
    config: Option<Span>,
    /// The type that the place implies.
    ty: Option<String>,
    slice: &'u dyn Fn(Span) -> String,
}

pub(super) fn actions(request: &mut Request<'_>, name: Span) -> Vec<Action> {
    let index = &request.program.found.index;
    let slice = |span| request.text().slice(span).to_owned();
    let mut place = Use {
        name,
        parsed: &request.parsed,
        index,
        file: request.file,
        config: None,
        ty: None,
        slice: &slice,
    };
    walk::module(&request.parsed.module, &mut place);
    let (config, ty) = (place.config, place.ty);
    let config =
        config.and_then(|config| index.named(request.file, config)).map(|found| index.entity(found.entity));
    let Some(config) = config.filter(|config| config.kind == EntityKind::Config) else { return Vec::new() };
    let Some((file, _)) = config.declaration else { return Vec::new() };
    let field = slice(name);
    if field.is_empty() {
        return Vec::new();
    }
    let ty = ty.unwrap_or_else(|| "String".into());
    let Some(default) = default_of(&ty) else { return Vec::new() };
    let text = request.program.text(file);
    let last = text.line(config.span.end.saturating_sub(1));
    let end = text.line_start(last) + text.line_text(last).len() as u32;
    let column = text.line_text(last).len() - text.line_text(last).trim_start().len();
    let new = format!("\n{}{field}: {ty} = {default}", " ".repeat(column.max(1)));
    let title = format!("Add {}.{field} to config", config.name);
    let path = request.program.path(file).to_owned();
    vec![Action { title, edits: vec![(path, Span::empty(end), new)], strict: false }]
}

/// A value of a type.
fn default_of(ty: &str) -> Option<&'static str> {
    Some(match ty {
        "Int" => "0",
        "Float" => "0.0",
        "Bool" => "false",
        "String" | "Bytes" => "\"\"",
        ty if ty.ends_with('?') => "null",
        ty if ty.starts_with("List<") => "[]",
        ty if ty.starts_with("Map<") => "{}",
        _ => return None,
    })
}

impl Use<'_> {
    fn is_it(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Member(member) if member.name.span == self.name)
    }

    fn imply(&mut self, ty: &str) {
        if default_of(ty).is_some() {
            self.ty.get_or_insert_with(|| ty.to_owned());
        }
    }
}

impl Visitor for Use<'_> {
    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Bind(bind) if self.is_it(&bind.value) => {
                if let Some(written) = &bind.ty {
                    self.imply(&(self.slice)(written.span));
                }
            }
            StmtKind::If(choice) if choice.branches.iter().any(|branch| self.is_it(&branch.cond)) => {
                self.imply("Bool")
            }
            StmtKind::While(repeat) if self.is_it(&repeat.cond) => self.imply("Bool"),
            _ => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Member(member) if member.name.span == self.name => {
                self.config = match &member.base.kind {
                    ExprKind::Name(_) => Some(member.base.span),
                    ExprKind::Member(base) => Some(base.name.span),
                    _ => None,
                };
            }
            ExprKind::Unary(unary) if self.is_it(&unary.operand) => {
                self.imply(if unary.op == UnaryOp::Not { "Bool" } else { "Int" });
            }
            ExprKind::Binary(binary) => {
                let other = match (self.is_it(&binary.left), self.is_it(&binary.right)) {
                    (true, false) => &binary.right,
                    (false, true) => &binary.left,
                    _ => return,
                };
                match (binary.op, &other.kind) {
                    (BinaryOp::And | BinaryOp::Or, _) | (_, ExprKind::Bool(_)) => self.imply("Bool"),
                    (_, ExprKind::Int(_)) => self.imply("Int"),
                    (_, ExprKind::Float(_)) => self.imply("Float"),
                    (_, ExprKind::Str(_) | ExprKind::Interpolated(_)) => self.imply("String"),
                    (_, ExprKind::Name(_)) => {
                        let found = self.index.named(self.file, other.span);
                        let ty = found.and_then(|found| self.index.entity(found.entity).ty.clone());
                        if let Some(ty) = ty {
                            self.imply(&ty);
                        }
                    }
                    _ => {}
                }
            }
            ExprKind::Call(call) => {
                let Some(at) = call.args.iter().position(|arg| self.is_it(&arg.value)) else { return };
                let found = callee_name(call).and_then(|name| self.index.named(self.file, name));
                let Some(entity) = found.map(|found| self.index.entity(found.entity)) else { return };
                let Some(signature) = &entity.signature else { return };
                let number = match call.args[at].name {
                    Some(name) => {
                        signature.names.iter().position(|known| *known == self.parsed.name(name.name))
                    }
                    None => Some(at),
                };
                let written = number.and_then(|number| signature.params.get(number));
                let ty = written.and_then(|written| written.split_once(':')).map(|(_, ty)| ty);
                if let Some(ty) = ty {
                    self.imply(ty.split(" = ").next().unwrap_or(ty).trim());
                }
            }
            _ => {}
        }
    }
}
