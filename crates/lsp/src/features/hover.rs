//! Hover (toolchain reference 14.7).

use fuse_sema::index::{Entity, EntityKind};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, TextDocumentPositionParams};

use super::names::Place;
use crate::workspace::Workspace;

pub(crate) fn answer(workspace: &mut Workspace, params: &TextDocumentPositionParams) -> Option<Hover> {
    let place = Place::new(workspace, params)?;
    let reference = place.reference()?;
    let entity = place.entity(reference);
    let mut value = text(entity)?;
    if let (EntityKind::Module, Some(file)) = (entity.kind, entity.leads_to) {
        let index = &place.program.found.index;
        value.push_str(&format!("\n\nResolves to {}", workspace.documents.uri(place.program.path(file))));
        let exports = index.modules.get(&file).map(|names| names.exports.as_slice()).unwrap_or_default();
        let names: Vec<String> = exports.iter().map(|&id| format!("`{}`", index.entity(id).name)).collect();
        if !names.is_empty() {
            value.push_str(&format!("\n\nExports: {}", names.join(", ")));
        }
    }
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }),
        range: Some(place.program.text(place.file).range(reference.span, workspace.encoding)),
    })
}

/// What is told about an entity: its kind and name, its declaration, its documentation.
fn text(entity: &Entity) -> Option<String> {
    let kind = kind(entity.kind)?;
    let mut out = format!("**{kind}** `{}`\n\n```fuse\n{}\n```", entity.name, entity.text);
    if let Some(doc) = &entity.doc {
        out.push_str(&format!("\n\n{doc}"));
    }
    Some(out)
}

fn kind(kind: EntityKind) -> Option<&'static str> {
    Some(match kind {
        EntityKind::Module => "Module",
        EntityKind::Asset | EntityKind::Variable => "Variable",
        EntityKind::Type | EntityKind::BuiltinType | EntityKind::TypeParameter => "Type",
        EntityKind::Enum => "Enum",
        EntityKind::Variant => "Enum Variant",
        EntityKind::Interface => "Interface",
        EntityKind::Function
        | EntityKind::Component
        | EntityKind::Route
        | EntityKind::BuiltinFunction
        | EntityKind::Constructor
        | EntityKind::Tag => "Function",
        EntityKind::Config => "Config",
        EntityKind::Service => "Service",
        EntityKind::App => "App",
        EntityKind::Migration => "Migration",
        EntityKind::Test => "Test",
        EntityKind::Parameter => "Parameter",
        EntityKind::Field => "Field",
        EntityKind::Namespace => "Module",
        EntityKind::Attribute => return None,
    })
}
