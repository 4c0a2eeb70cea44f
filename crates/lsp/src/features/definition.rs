//! Definition (toolchain reference 14.6).

use fuse_diagnostics::Span;
use fuse_sema::index::EntityKind;
use lsp_types::{Location, TextDocumentPositionParams};

use super::names::{Place, location};
use crate::workspace::Workspace;

pub(crate) fn answer(
    workspace: &mut Workspace,
    params: &TextDocumentPositionParams,
) -> Option<Vec<Location>> {
    let place = Place::new(workspace, params)?;
    let program = &place.program;
    let Some(reference) = place.reference() else {
        let names = program.found.index.modules.get(&place.file)?;
        let inside = |span: &Span| span.start <= place.offset && place.offset <= span.end;
        let &(_, file) = names.paths.iter().find(|(span, _)| inside(span))?;
        return Some(vec![location(workspace, program, file, Span::empty(0))]);
    };
    let entity = place.entity(reference);
    if matches!(entity.kind, EntityKind::Module | EntityKind::Asset) {
        return Some(vec![location(workspace, program, entity.leads_to?, Span::empty(0))]);
    }
    let (file, span) = entity.declaration?;
    Some(vec![location(workspace, program, file, span)])
}
