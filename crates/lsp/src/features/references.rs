//! References and highlights (toolchain reference 14.8).

use lsp_types::{
    DocumentHighlight, DocumentHighlightKind, Location, ReferenceParams, TextDocumentPositionParams,
};

use super::names::{self, Place};
use super::text_of;
use crate::uri;
use crate::workspace::Workspace;

pub(crate) fn answer(workspace: &mut Workspace, params: &ReferenceParams) -> Option<Vec<Location>> {
    let place = Place::new(workspace, &params.text_document_position)?;
    let reference = place.reference()?;
    let found = names::uses(workspace, &place, reference.entity);
    let wanted = found.iter().filter(|found| params.context.include_declaration || !found.declaration);
    let locations = wanted.filter_map(|found| {
        let text = text_of(workspace, &found.path)?;
        let uri = uri::parse(&workspace.documents.uri(&found.path));
        Some(Location::new(uri, text.range(found.span, workspace.encoding)))
    });
    Some(locations.collect())
}

pub(crate) fn highlights(
    workspace: &mut Workspace,
    params: &TextDocumentPositionParams,
) -> Option<Vec<DocumentHighlight>> {
    let place = Place::new(workspace, params)?;
    let reference = place.reference()?;
    if names::is_of_language(place.entity(reference)) {
        return Some(Vec::new());
    }
    let text = place.program.text(place.file);
    let uses = place.program.found.index.of_file(place.file).iter();
    let uses = uses.filter(|found| found.entity == reference.entity);
    let highlights = uses.map(|found| {
        let kind = match found.role {
            fuse_sema::index::Role::Declaration => DocumentHighlightKind::WRITE,
            _ => DocumentHighlightKind::READ,
        };
        DocumentHighlight { range: text.range(found.span, workspace.encoding), kind: Some(kind) }
    });
    Some(highlights.collect())
}
