//! The documents that are open in the client.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::TextDocumentContentChangeEvent;

use crate::text::{Encoding, Text};
use crate::uri;

/// An open document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// As the client writes it.
    pub uri: String,
    pub version: i32,
    pub text: Arc<Text>,
    /// Counts all changes of all documents: no two texts have the same.
    pub revision: u64,
}

/// All open documents by path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Documents {
    by_path: BTreeMap<PathBuf, Document>,
    revision: u64,
}

impl Documents {
    pub fn open(&mut self, uri: &str, version: i32, text: String) -> PathBuf {
        let path = identity(&uri::to_path(uri));
        self.revision += 1;
        let text = Arc::new(Text::new(text));
        let document = Document { uri: uri.to_owned(), version, text, revision: self.revision };
        self.by_path.insert(path.clone(), document);
        path
    }

    pub fn change(
        &mut self,
        path: &Path,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        if let Some(document) = self.by_path.get_mut(path) {
            self.revision += 1;
            document.text = Arc::new(document.text.changed(changes, encoding));
            document.version = version;
            document.revision = self.revision;
        }
    }

    pub fn close(&mut self, path: &Path) -> Option<Document> {
        self.revision += 1;
        self.by_path.remove(path)
    }

    pub fn get(&self, path: &Path) -> Option<&Document> {
        self.by_path.get(path)
    }

    /// The documents that are sources: not manifests or assets that a client opens, too.
    pub fn sources(&self) -> impl Iterator<Item = &PathBuf> {
        self.by_path.keys().filter(|path| is_source(path) || uri::is_no_file(path))
    }

    /// How many changes there have been.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The URI of a file: the client's own if it has opened it.
    pub fn uri(&self, path: &Path) -> String {
        self.get(path).map_or_else(|| uri::of_path(path), |document| document.uri.clone())
    }
}

/// Whether a file is a source by its name.
pub(crate) fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "fuse")
}

/// The path by which a file is known, whether it exists or not.
pub(crate) fn identity(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
    match (parent, path.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => fuse_files::normalize(path),
    }
}
