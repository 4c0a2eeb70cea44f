//! One module for each thing that a client can ask for.

pub(crate) mod call_hierarchy;
pub(crate) mod code_actions;
pub(crate) mod completion;
pub(crate) mod definition;
pub(crate) mod document_symbols;
pub(crate) mod exports;
pub(crate) mod folding;
pub(crate) mod formatting;
pub(crate) mod hover;
pub(crate) mod imports;
pub(crate) mod inlay_hints;
pub(crate) mod names;
pub(crate) mod references;
pub(crate) mod rename;
pub(crate) mod scopes;
pub(crate) mod semantic_tokens;
pub(crate) mod signature_help;
pub(crate) mod symbols;
pub(crate) mod unfinished;
pub(crate) mod walk;
pub(crate) mod workspace_symbols;

use std::path::Path;
use std::sync::Arc;

use fuse_diagnostics::FileId;
use fuse_syntax::{Interner, ast, parse};
use lsp_types::Uri;

use crate::documents::identity;
use crate::text::Text;
use crate::uri;
use crate::workspace::Workspace;

/// A document that a request is about.
pub(crate) struct Target {
    pub text: Arc<Text>,
}

/// The document of a URI: the open one, else the file.
pub(crate) fn target(workspace: &Workspace, uri: &Uri) -> Option<Target> {
    let path = identity(&uri::to_path(uri.as_str()));
    text_of(workspace, &path).map(|text| Target { text })
}

/// The text of a file, as it is in the client if it is open there.
pub(crate) fn text_of(workspace: &Workspace, path: &Path) -> Option<Arc<Text>> {
    match workspace.documents.get(path) {
        Some(document) => Some(Arc::clone(&document.text)),
        None => Some(Arc::new(Text::new(std::fs::read_to_string(path).ok()?))),
    }
}

/// A text as a tree.
pub(crate) struct Parsed {
    pub module: ast::Module,
    pub interner: Interner,
}

impl Parsed {
    pub fn new(text: &Text) -> Parsed {
        let mut interner = Interner::new();
        let module = parse(text.as_str(), FileId(0), &mut interner).module;
        Parsed { module, interner }
    }

    pub fn name(&self, symbol: fuse_syntax::Symbol) -> &str {
        self.interner.resolve(symbol)
    }
}
