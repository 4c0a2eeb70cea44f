//! What stands at a position, and where all of its uses are.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use fuse_diagnostics::{FileId, Span};
use fuse_sema::index::{Entity, EntityId, EntityKind, Reference, Role};
use lsp_types::{Location, TextDocumentPositionParams};

use crate::analysis::Analysis;
use crate::documents::identity;
use crate::uri;
use crate::workspace::Workspace;

/// A position in a file of a program.
pub(crate) struct Place {
    pub path: PathBuf,
    pub program: Arc<Analysis>,
    pub file: FileId,
    pub offset: u32,
}

impl Place {
    /// The place of a request.
    pub fn new(workspace: &mut Workspace, params: &TextDocumentPositionParams) -> Option<Place> {
        let path = identity(&uri::to_path(params.text_document.uri.as_str()));
        let program = workspace.program(&path);
        let file = program.file(&path)?;
        let offset = program.text(file).offset(params.position, workspace.encoding);
        Some(Place { path, program, file, offset })
    }

    /// What is named there.
    pub fn reference(&self) -> Option<Reference> {
        self.program.found.index.at(self.file, self.offset)
    }

    pub fn entity(&self, reference: Reference) -> &Entity {
        self.program.found.index.entity(reference.entity)
    }
}

/// A place that names something, anywhere in the workspace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub path: PathBuf,
    pub span: Span,
    pub declaration: bool,
}

/// All uses of an entity, its declaration among them, in every program that knows its declaration; by file and position.
pub(crate) fn uses(workspace: &mut Workspace, place: &Place, entity: EntityId) -> BTreeSet<Use> {
    let mut found = BTreeSet::new();
    let declared = place.program.found.index.entity(entity);
    if is_of_language(declared) {
        return found;
    }
    let add = |program: &Analysis, entity: EntityId, found: &mut BTreeSet<Use>| {
        for (file, reference) in program.found.index.uses(entity) {
            let declaration = reference.role == Role::Declaration;
            found.insert(Use { path: program.path(file).to_owned(), span: reference.span, declaration });
        }
    };
    add(&place.program, entity, &mut found);
    if let Some((file, span)) = declared.declaration {
        let path = place.program.path(file).to_owned();
        for program in workspace.programs(&place.path) {
            let there = program.file(&path);
            if let Some(same) = there.and_then(|there| program.found.index.declared(there, span)) {
                add(&program, same, &mut found);
            }
        }
    }
    found
}

/// Whether something belongs to the language and not to any file.
pub(crate) fn is_of_language(entity: &Entity) -> bool {
    match entity.kind {
        EntityKind::BuiltinType
        | EntityKind::BuiltinFunction
        | EntityKind::Namespace
        | EntityKind::Constructor
        | EntityKind::Tag
        | EntityKind::Attribute => true,
        EntityKind::Field => entity.declaration.is_none(),
        _ => false,
    }
}

/// A span in a file of a program, as the protocol has it.
pub(crate) fn location(workspace: &Workspace, program: &Analysis, file: FileId, span: Span) -> Location {
    let uri = workspace.documents.uri(program.path(file));
    Location::new(uri::parse(&uri), program.text(file).range(span, workspace.encoding))
}
