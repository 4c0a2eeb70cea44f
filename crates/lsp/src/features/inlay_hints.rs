//! Inlay hints (toolchain reference 14.13): types of names without annotation, names of parameters before arguments.

use fuse_diagnostics::{FileId, Span};
use fuse_sema::index::{EntityKind, Index};
use fuse_syntax::ast::{CallExpr, Expr, ExprKind, Stmt, StmtKind};
use lsp_types::{InlayHint, InlayHintKind, InlayHintLabel, InlayHintParams};

use super::walk::{self, Visitor, callee_name};
use super::{Parsed, names::Place};
use crate::workspace::Workspace;

/// A hint before it has a position.
struct Hint {
    at: u32,
    label: String,
    kind: InlayHintKind,
}

struct Collector<'c> {
    parsed: &'c Parsed,
    index: &'c Index,
    file: FileId,
    within: Span,
    hints: Vec<Hint>,
}

pub(crate) fn answer(workspace: &mut Workspace, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
    let position =
        lsp_types::TextDocumentPositionParams::new(params.text_document.clone(), params.range.start);
    let place = Place::new(workspace, &position)?;
    let text = place.program.text(place.file);
    let parsed = Parsed::new(text);
    let within = text.span(params.range, workspace.encoding);
    let index = &place.program.found.index;
    let mut collector = Collector { parsed: &parsed, index, file: place.file, within, hints: Vec::new() };
    walk::module(&parsed.module, &mut collector);
    collector.hints.sort_by_key(|hint| hint.at);
    let hints = collector.hints.into_iter().map(|hint| InlayHint {
        position: text.position(hint.at, workspace.encoding),
        label: InlayHintLabel::String(hint.label),
        kind: Some(hint.kind),
        text_edits: None,
        tooltip: None,
        padding_left: None,
        padding_right: (hint.kind == InlayHintKind::PARAMETER).then_some(true),
        data: None,
    });
    Some(hints.collect())
}

impl Visitor for Collector<'_> {
    fn stmt(&mut self, stmt: &Stmt) {
        let StmtKind::Bind(bind) = &stmt.kind else { return };
        if bind.ty.is_some() || !self.is_within(bind.name.span.end) {
            return;
        }
        let entity = self.index.declared(self.file, bind.name.span).map(|id| self.index.entity(id));
        let Some(ty) = entity.and_then(|entity| entity.ty.as_deref()) else { return };
        if ty == "unknown" || self.is_literal_of(&bind.value, ty) {
            return;
        }
        self.hints.push(Hint { at: bind.name.span.end, label: format!(": {ty}"), kind: InlayHintKind::TYPE });
    }

    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::Call(call) = &expr.kind {
            self.arguments(call);
        }
    }
}

impl Collector<'_> {
    fn is_within(&self, at: u32) -> bool {
        self.within.start <= at && at <= self.within.end
    }

    /// Whether a value names its own type.
    fn is_literal_of(&self, value: &Expr, ty: &str) -> bool {
        let ExprKind::Call(call) = &value.kind else { return false };
        let found = callee_name(call).and_then(|name| self.index.named(self.file, name));
        let entity = found.map(|found| self.index.entity(found.entity));
        entity.is_some_and(|entity| entity.kind == EntityKind::Type && entity.name == ty)
    }

    fn arguments(&mut self, call: &CallExpr) {
        let found = callee_name(call).and_then(|name| self.index.named(self.file, name));
        let Some(entity) = found.map(|found| self.index.entity(found.entity)) else { return };
        let Some(signature) = &entity.signature else { return };
        let builtin = entity.kind == EntityKind::BuiltinFunction;
        if builtin
            && (signature.names.len() <= 1 || entity.builtin.is_some_and(|builtin| builtin.rest.is_some()))
        {
            return;
        }
        let positional = call.args.iter().take_while(|arg| arg.name.is_none());
        for (arg, name) in positional.zip(&signature.names) {
            let same = matches!(arg.value.kind, ExprKind::Name(symbol) if self.parsed.name(symbol) == name);
            if name.chars().count() > 1 && !same && self.is_within(arg.value.span.start) {
                let label = format!("{name}: ");
                self.hints.push(Hint { at: arg.value.span.start, label, kind: InlayHintKind::PARAMETER });
            }
        }
    }
}
