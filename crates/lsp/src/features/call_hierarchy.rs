//! Call hierarchy (toolchain reference 14.8).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use fuse_diagnostics::Span;
use fuse_sema::index::{Entity, EntityKind};
use fuse_syntax::ast::{Expr, ExprKind};
use lsp_types::{
    CallHierarchyIncomingCall, CallHierarchyItem, CallHierarchyOutgoingCall, Range,
    TextDocumentPositionParams,
};
use serde_json::json;

use super::names::{self, Place};
use super::walk::{self, Callable, Visitor, callee_name};
use super::{Parsed, text_of};
use crate::analysis::Analysis;
use crate::documents::identity;
use crate::uri;
use crate::workspace::Workspace;

/// The callable under the cursor.
pub(crate) fn prepare(
    workspace: &mut Workspace,
    params: &TextDocumentPositionParams,
) -> Option<Vec<CallHierarchyItem>> {
    let place = Place::new(workspace, params)?;
    let reference = place.reference()?;
    let item = item(workspace, &place.program, place.entity(reference))?;
    Some(vec![item])
}

fn is_callable(kind: EntityKind) -> bool {
    matches!(
        kind,
        EntityKind::Function
            | EntityKind::Component
            | EntityKind::Route
            | EntityKind::App
            | EntityKind::Migration
            | EntityKind::Test
    )
}

fn item(workspace: &Workspace, program: &Analysis, entity: &Entity) -> Option<CallHierarchyItem> {
    let (file, span) = entity.declaration.filter(|_| is_callable(entity.kind))?;
    let text = program.text(file);
    let kind = match entity.kind {
        EntityKind::App => lsp_types::SymbolKind::CLASS,
        _ => lsp_types::SymbolKind::FUNCTION,
    };
    Some(CallHierarchyItem {
        name: entity.name.clone(),
        kind,
        tags: None,
        detail: Some(entity.text.split_whitespace().collect::<Vec<_>>().join(" ")),
        uri: uri::parse(&workspace.documents.uri(program.path(file))),
        range: text.range(entity.span, workspace.encoding),
        selection_range: text.range(span, workspace.encoding),
        data: Some(json!({"name": entity.name})),
    })
}

/// The declaration that an item stands for, if it is still there.
fn found_again(workspace: &mut Workspace, item: &CallHierarchyItem) -> Option<Place> {
    let path = identity(&uri::to_path(item.uri.as_str()));
    let program = workspace.program(&path);
    let file = program.file(&path)?;
    let offset = program.text(file).offset(item.selection_range.start, workspace.encoding);
    let place = Place { path, program, file, offset };
    let entity = place.entity(place.reference()?);
    let same = entity.name == item.name
        && entity.declaration.is_some_and(|(at, span)| at == file && span.start == offset);
    same.then_some(place)
}

/// The calls in a body: the names of the callees.
struct Calls(Vec<Span>);

impl Visitor for Calls {
    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::Call(call) = &expr.kind {
            self.0.extend(callee_name(call));
        }
    }
}

fn calls(callable: &Callable<'_>) -> Vec<Span> {
    let mut calls = Calls(Vec::new());
    let defaults = callable.signature.into_iter().flat_map(|signature| &signature.params);
    defaults.filter_map(|param| param.default.as_ref()).for_each(|default| walk::expr(default, &mut calls));
    walk::block(callable.body, &mut calls);
    calls.0.sort();
    calls.0
}

/// Who calls it.
pub(crate) fn incoming(
    workspace: &mut Workspace,
    item: &CallHierarchyItem,
) -> Vec<CallHierarchyIncomingCall> {
    let Some(place) = found_again(workspace, item) else { return Vec::new() };
    let Some(reference) = place.reference() else { return Vec::new() };
    let mut by_file: BTreeMap<PathBuf, Vec<Span>> = BTreeMap::new();
    for used in names::uses(workspace, &place, reference.entity) {
        by_file.entry(used.path).or_default().push(used.span);
    }
    let mut found = Vec::new();
    for (path, uses) in by_file {
        let program: Arc<Analysis> = workspace.program(&path);
        let (Some(file), Some(text)) = (program.file(&path), text_of(workspace, &path)) else { continue };
        let parsed = Parsed::new(&text);
        for callable in walk::callables(&parsed.module) {
            let ranges: Vec<Range> = calls(&callable)
                .into_iter()
                .filter(|call| uses.contains(call))
                .map(|call| text.range(call, workspace.encoding))
                .collect();
            let entities = program.found.index.entities.iter();
            let mut own = entities.filter(|entity| entity.declaration == Some((file, callable.name.span)));
            let from = own.next().and_then(|entity| self::item(workspace, &program, entity));
            if let (Some(from), false) = (from, ranges.is_empty()) {
                found.push(CallHierarchyIncomingCall { from, from_ranges: ranges });
            }
        }
    }
    found
}

/// What it calls.
pub(crate) fn outgoing(
    workspace: &mut Workspace,
    item: &CallHierarchyItem,
) -> Vec<CallHierarchyOutgoingCall> {
    let Some(place) = found_again(workspace, item) else { return Vec::new() };
    let Some(reference) = place.reference() else { return Vec::new() };
    let (program, file) = (&place.program, place.file);
    let text = program.text(file);
    let parsed = Parsed::new(text);
    let declared = place.entity(reference).declaration;
    let callables = walk::callables(&parsed.module);
    let Some(callable) = callables.iter().find(|callable| Some((file, callable.name.span)) == declared)
    else {
        return Vec::new();
    };
    let index = &program.found.index;
    let mut found: Vec<(fuse_sema::index::EntityId, Vec<Range>)> = Vec::new();
    for call in calls(callable) {
        let Some(callee) = index.named(file, call) else { continue };
        let range = text.range(call, workspace.encoding);
        match found.iter_mut().find(|(known, _)| *known == callee.entity) {
            Some((_, ranges)) => ranges.push(range),
            None => found.push((callee.entity, vec![range])),
        }
    }
    let calls = found.into_iter().filter_map(|(callee, from_ranges)| {
        let to = self::item(workspace, program, index.entity(callee))?;
        Some(CallHierarchyOutgoingCall { to, from_ranges })
    });
    calls.collect()
}
