//! Expressions: which check an expression goes to, and the simplest ones.

use fuse_diagnostics::codes;
use fuse_hir::{Expr, ExprKind, Ty, Type};
use fuse_syntax::ast;

use super::position::{Mode, Root};
use super::{Body, coerce};

impl Body<'_, '_> {
    /// An expression where a type is required.
    pub(super) fn check(&mut self, expr: &ast::Expr, expected: Ty) -> Expr {
        let value = self.infer(expr, Some(expected));
        self.fit(value, expected)
    }

    /// An expression with the type it has; `hint` is the type that is hoped for, which literals take up.
    pub(super) fn infer(&mut self, expr: &ast::Expr, hint: Option<Ty>) -> Expr {
        if self.position.root == Root::Nowhere || keeps_position(&expr.kind) {
            return self.infer_here(expr, hint);
        }
        self.at_position(Root::Nowhere, Mode::Plain, |body| body.infer_here(expr, hint))
    }

    fn infer_here(&mut self, expr: &ast::Expr, hint: Option<Ty>) -> Expr {
        let span = expr.span;
        match &expr.kind {
            // Larger ones stand only below a minus, which does not come here; or have been reported.
            ast::ExprKind::Int(value) => match i64::try_from(*value) {
                Ok(value) => self.expr(ExprKind::Int(value), Ty::INT, span),
                Err(_) => self.unknown(span),
            },
            ast::ExprKind::Float(value) => self.expr(ExprKind::Float(*value), Ty::FLOAT, span),
            ast::ExprKind::Bool(value) => self.expr(ExprKind::Bool(*value), Ty::BOOL, span),
            ast::ExprKind::Str(text) => {
                self.expr(ExprKind::String(self.text(*text).into()), Ty::STRING, span)
            }
            ast::ExprKind::Null => self.null(hint, span),
            ast::ExprKind::Interpolated(parts) => self.interpolated(parts, span),
            ast::ExprKind::Name(_) => self.name_value(expr, hint),
            ast::ExprKind::List(elements) => self.list(elements, hint, span),
            ast::ExprKind::Map(entries) => self.map(entries, hint, span),
            ast::ExprKind::Unary(unary) => self.unary(unary, span),
            ast::ExprKind::Binary(binary) => self.binary(binary, hint, span),
            // Only bindings keep the cell (`bind_stmt`); here it stands for its content.
            ast::ExprKind::Box(content) => {
                self.no_box_in_spawn(span);
                self.infer(content, hint)
            }
            ast::ExprKind::Await(task) => self.await_task(task, span),
            ast::ExprKind::Call(call) => self.call(call, hint, span),
            ast::ExprKind::Member(member) if member.optional => self.optional_member(member, span),
            ast::ExprKind::Member(_) => self.name_value(expr, hint),
            ast::ExprKind::Index(index) if index.optional => self.optional_index(index, span),
            ast::ExprKind::Index(index) => self.index(index, span),
            ast::ExprKind::Propagate(propagate) => self.propagate(propagate, span),
            ast::ExprKind::Spawn(spawn) => self.detached_spawn(spawn),
            ast::ExprKind::Html(html) => self.html_block(html, span),
            ast::ExprKind::Children(children) => self.children_value(children, span),
            ast::ExprKind::Error => {
                self.damaged = true;
                self.unknown(span)
            }
        }
    }

    /// `null`, `None`: of the option type that is hoped for.
    pub(super) fn null(&mut self, hint: Option<Ty>, span: fuse_diagnostics::Span) -> Expr {
        let ty = hint.filter(|&hint| matches!(self.types.get(hint), Type::Option(_))).unwrap_or(Ty::NULL);
        self.expr(ExprKind::Null, ty, span)
    }

    /// The type that a literal inside an option or lookup is hoped to have.
    pub(super) fn literal_hint(&self, hint: Option<Ty>) -> Option<Ty> {
        hint.map(|hint| coerce::option_content(self.types, hint).unwrap_or(hint))
    }

    /// The parts of an interpolated string.
    fn interpolated(&mut self, parts: &[ast::StrPart], span: fuse_diagnostics::Span) -> Expr {
        let mut texts = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                ast::StrPart::Text(text) => {
                    let kind = ExprKind::String(self.text(*text).into());
                    texts.push(self.expr(kind, Ty::STRING, span));
                }
                ast::StrPart::Expr { expr, .. } => {
                    let value = self.infer(expr, None);
                    self.append_text(value, &mut texts);
                }
            }
        }
        self.expr(ExprKind::Text(texts), Ty::STRING, span)
    }

    /// Appends a value to the parts of a text; the parts of a text are taken over one by one.
    pub(super) fn append_text(&mut self, value: Expr, parts: &mut Vec<Expr>) {
        match value.kind {
            ExprKind::Text(inner) => parts.extend(inner),
            _ => {
                let value = self.textual(value);
                parts.push(value);
            }
        }
    }

    /// A value that is converted to text: it must have a text form.
    pub(super) fn textual(&mut self, value: Expr) -> Expr {
        if coerce::has_text_form(self.types, &self.env.enums, value.ty) {
            return value;
        }
        let message = format!("a value of type {} has no text form", self.show(value.ty));
        self.error(codes::NO_TEXT_FORM, super::back(value.span), message);
        self.unknown(super::back(value.span))
    }
}

/// Whether what is inside an expression stands where the expression stands (or sees to its own position).
fn keeps_position(kind: &ast::ExprKind) -> bool {
    match kind {
        ast::ExprKind::Binary(binary) => binary.op == ast::BinaryOp::Coalesce,
        ast::ExprKind::Interpolated(_)
        | ast::ExprKind::Unary(_)
        | ast::ExprKind::Member(_)
        | ast::ExprKind::Index(_)
        | ast::ExprKind::Propagate(_) => false,
        _ => true,
    }
}
