//! Completion (toolchain reference 14.10).
//!
//! The text is made into something that parses, with a word in place of what is being typed (`unfinished`), and analysed: so what
//! stands before a dot, what is called around the cursor and what is visible is known from the same index as everything else.

mod context;
mod items;
mod keywords;
mod members;
mod paths;

use std::sync::Arc;

use fuse_diagnostics::FileId;
use fuse_hir::tags;
use fuse_sema::builtins::{FUNCTIONS, NAMESPACES};
use fuse_sema::index::{EntityKind, Index};
use lsp_types::{CompletionItemKind, CompletionResponse, TextDocumentPositionParams};

use super::exports::{self, Export};
use super::scopes::{self, Visible};
use super::symbols::Kind;
use super::walk::CallableKind;
use super::{Parsed, imports, text_of, unfinished};
use crate::analysis::Analysis;
use crate::documents::identity;
use crate::text::Text;
use crate::uri;
use crate::workspace::Workspace;
use context::Context;
use items::{Item, Items};
pub(crate) use members::stub;

/// What completion is about.
struct Request<'r> {
    /// As the client has it.
    text: &'r Text,
    parsed: &'r Parsed,
    /// With the word at the cursor.
    program: &'r Analysis,
    file: FileId,
    finished: &'r Parsed,
    start: u32,
}

impl Request<'_> {
    fn index(&self) -> &Index {
        &self.program.found.index
    }
}

pub(crate) fn answer(
    workspace: &mut Workspace,
    params: &TextDocumentPositionParams,
) -> Option<CompletionResponse> {
    let path = identity(&uri::to_path(params.text_document.uri.as_str()));
    let text = text_of(workspace, &path)?;
    let offset = text.offset(params.position, workspace.encoding);
    let (prefix, _) = unfinished::word_at(&text, offset);
    let mut items = Items::new(text.slice(prefix));
    let context = context::of(&text, prefix.start);
    if context == Context::Nothing {
        return Some(items.finish(&text));
    }
    if let Context::ImportPath { typed } = &context {
        paths::add(workspace, &path, typed, &mut items);
        return Some(items.finish(&text));
    }
    let finished = unfinished::finish(&text, offset);
    let program = Arc::new(workspace.analysis_of(&path, &finished.text));
    let file = program.file(&path)?;
    let finished_tree = Parsed::new(program.text(file));
    let parsed = Parsed::new(&text);
    let request = Request {
        text: &text,
        parsed: &parsed,
        program: &program,
        file,
        finished: &finished_tree,
        start: finished.start,
    };
    match context {
        Context::Nothing | Context::ImportPath { .. } => {}
        Context::Member => members::add(&request, &mut items),
        Context::ImportNames { from } => {
            let base = path.parent().unwrap_or(std::path::Path::new("/"));
            import_names(&request, base, &from, &mut items);
        }
        Context::Capability => keywords::capabilities(&mut items),
        Context::Words(words) => keywords::add(words, &mut items),
        Context::Interface => {
            names(&request, &mut items, |kind| matches!(kind, EntityKind::Interface | EntityKind::Module));
            let exports = exports::all(workspace, &program, &path);
            elsewhere(workspace, &request, &path, &exports, &mut items, |kind| kind == Kind::Interface);
        }
        Context::Type => {
            let visible = scopes::visible(&request.finished.module, request.start);
            type_params(&request, &visible, &mut items);
            names(&request, &mut items, is_type);
            for name in items::BUILTIN_TYPES {
                items.add(Item::new(*name, CompletionItemKind::STRUCT, "03_").detail(format!("type {name}")));
            }
            items.add(Item::new("fn", CompletionItemKind::KEYWORD, "04_"));
            let exports = exports::all(workspace, &program, &path);
            let wanted = |kind| matches!(kind, Kind::Type | Kind::Enum | Kind::Config);
            elsewhere(workspace, &request, &path, &exports, &mut items, wanted);
        }
        Context::Declaration => keywords::add(keywords::DECLARATIONS, &mut items),
        Context::ImplBody => members::missing(&request, &mut items),
        Context::ServiceBody => keywords::add(keywords::ROUTES, &mut items),
        Context::Expression { statement } => {
            expression(&request, statement, &mut items);
            let exports = exports::all(workspace, &program, &path);
            elsewhere(workspace, &request, &path, &exports, &mut items, |_| true);
        }
    }
    Some(items.finish(&text))
}

fn is_type(kind: EntityKind) -> bool {
    matches!(kind, EntityKind::Type | EntityKind::Enum | EntityKind::Config | EntityKind::Module)
}

/// Everything that an expression, or a statement, may begin with.
fn expression(request: &Request<'_>, statement: bool, items: &mut Items) {
    let index = request.index();
    let visible = scopes::visible(&request.finished.module, request.start);
    members::arguments(request, items);
    // Inner names hide outer ones.
    for &span in visible.names.iter().rev() {
        if let Some(id) = index.declared(request.file, span) {
            items.add(Item::of_entity(index.entity(id), "00_"));
        }
    }
    for &name in visible.implicit() {
        items.add(Item::new(name, CompletionItemKind::VARIABLE, "00_"));
    }
    route_names(request, &visible, items);
    type_params(request, &visible, items);
    names(request, items, |_| true);
    for function in FUNCTIONS {
        items.add(Item::of_builtin("", function, "03_"));
    }
    for namespace in NAMESPACES {
        items.add(Item::new(namespace.name, CompletionItemKind::MODULE, "03_"));
    }
    for name in ["Some", "None", "Ok", "Err"] {
        items.add(Item::new(name, CompletionItemKind::ENUM_MEMBER, "03_"));
    }
    for name in items::BUILTIN_TYPES {
        items.add(Item::new(*name, CompletionItemKind::STRUCT, "03_").detail(format!("type {name}")));
    }
    if yields_html(request, &visible) {
        // `var` is reserved.
        for &tag in tags::NORMAL.iter().chain(tags::VOID).filter(|tag| **tag != "var") {
            items
                .add(Item::new(tag, CompletionItemKind::FUNCTION, "03_").detail(format!("{tag}(…) -> Html")));
        }
    }
    if statement {
        keywords::add(keywords::STATEMENTS, items);
    }
    keywords::add(keywords::EXPRESSIONS, items);
}

/// Parameters and body of a route: they are declared in no signature.
fn route_names(request: &Request<'_>, visible: &Visible<'_>, items: &mut Items) {
    let Some(callable) = visible.callable.as_ref().filter(|callable| callable.kind == CallableKind::Route)
    else {
        return;
    };
    let index = request.index();
    for reference in index.of_file(request.file) {
        let inside =
            callable.span.start <= reference.span.start && reference.span.end <= callable.body.span.start;
        let entity = index.entity(reference.entity);
        if inside && entity.kind == EntityKind::Parameter {
            items.add(Item::of_entity(entity, "00_"));
        }
    }
    let head = request
        .program
        .text(request.file)
        .slice(fuse_diagnostics::Span::new(callable.span.start, callable.body.span.start));
    if head.split_whitespace().any(|word| word == "body") {
        items.add(Item::new("body", CompletionItemKind::VARIABLE, "00_"));
    }
}

/// Whether tags are of use here.
fn yields_html(request: &Request<'_>, visible: &Visible<'_>) -> bool {
    let Some(callable) = &visible.callable else { return false };
    match callable.kind {
        CallableKind::Component | CallableKind::App => true,
        CallableKind::Route => {
            let head = fuse_diagnostics::Span::new(callable.span.start, callable.body.span.start);
            let head = request.program.text(request.file).slice(head);
            head.rsplit("->").next().is_some_and(|result| result.contains("Html"))
        }
        _ => callable
            .signature
            .and_then(|signature| signature.result.as_ref())
            .is_some_and(|result| request.program.slice(request.file, result.span).contains("Html")),
    }
}

fn type_params(request: &Request<'_>, visible: &Visible<'_>, items: &mut Items) {
    let index = request.index();
    for &span in &visible.type_params {
        if let Some(id) = index.declared(request.file, span) {
            items.add(Item::of_entity(index.entity(id), "00_"));
        }
    }
}

/// The names of the module.
fn names(request: &Request<'_>, items: &mut Items, wanted: impl Fn(EntityKind) -> bool) {
    let index = request.index();
    let Some(names) = index.modules.get(&request.file) else { return };
    for (name, id, _) in &names.names {
        let entity = index.entity(*id);
        if wanted(entity.kind) && entity.kind != EntityKind::Service {
            items.add(Item { label: name.clone(), ..Item::of_entity(entity, "01_") });
        }
    }
}

/// What other modules export, with the edit that imports it.
fn elsewhere(
    workspace: &Workspace,
    request: &Request<'_>,
    path: &std::path::Path,
    exports: &[Export],
    items: &mut Items,
    wanted: impl Fn(Kind) -> bool,
) {
    for export in exports.iter().filter(|export| wanted(export.kind)) {
        if !items.matches(&export.name) {
            continue;
        }
        let from = exports::import_path(request.program, path, &export.path);
        let edit = imports::add(request.text, request.parsed, &export.name, &format!("\"{from}\""));
        items.add(Item {
            edit: Some((edit, workspace.encoding)),
            ..Item::new(
                export.name.clone(),
                items::kind_of_declared(export.kind),
                format!("02_{}_", export.distance),
            )
            .detail(export.detail.clone())
        });
    }
}

/// What the module of an import exports.
fn import_names(request: &Request<'_>, base: &std::path::Path, from: &str, items: &mut Items) {
    let index = request.index();
    let paths = index.modules.get(&request.file).map(|names| names.paths.as_slice()).unwrap_or_default();
    let known =
        paths.iter().find(|(span, _)| request.program.slice(request.file, *span).trim_matches('"') == from);
    let written = base.join(format!("{from}.fuse"));
    let file = known.map(|&(_, file)| file).or_else(|| request.program.file(&identity(&written)));
    let exports = file.and_then(|file| index.modules.get(&file)).map(|names| names.exports.as_slice());
    for &id in exports.unwrap_or_default() {
        items.add(Item::of_entity(index.entity(id), "00_"));
    }
    if from == "std.Error" {
        for name in [
            "Error",
            "Validation",
            "ValidationField",
            "BadRequest",
            "Unauthorized",
            "Forbidden",
            "NotFound",
            "Conflict",
        ] {
            items.add(Item::new(name, CompletionItemKind::STRUCT, "00_"));
        }
    }
}
