//! An analysed program as the server keeps it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fuse_diagnostics::{FileId, Span};

use crate::documents::Documents;
use crate::files::{DiskCache, Overlay, Seen};
use crate::text::Text;

/// A program, analysed.
pub(crate) struct Analysis {
    pub found: fuse_sema::Analysis,
    /// What it depends on.
    pub seen: Seen,
    texts: Vec<Arc<Text>>,
    by_path: HashMap<PathBuf, FileId>,
}

impl Analysis {
    /// Analyses the program of an entry file.
    pub fn new(
        entry: &Path,
        documents: &Documents,
        cache: &DiskCache,
        options: &fuse_sema::Options,
    ) -> Analysis {
        let files = Overlay::new(documents, cache);
        let found = fuse_sema::analyze(entry, &files, options);
        let texts = found.sources.iter().map(|(_, file)| match documents.get(file.path()) {
            Some(document) => Arc::clone(&document.text),
            None => Arc::new(Text::new(file.text().to_owned())),
        });
        let texts = texts.collect();
        let by_path = found.sources.iter().map(|(id, file)| (file.path().to_owned(), id)).collect();
        Analysis { found, seen: files.into_seen(), texts, by_path }
    }

    /// The number of a file.
    pub fn file(&self, path: &Path) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    pub fn path(&self, file: FileId) -> &Path {
        self.found.sources.get(file).map_or(Path::new(""), |file| file.path())
    }

    pub fn text(&self, file: FileId) -> &Text {
        &self.texts[file.0 as usize]
    }

    /// The files, in load order.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &Path)> {
        self.found.sources.iter().map(|(id, file)| (id, file.path()))
    }

    /// What stands at a place.
    pub fn slice(&self, file: FileId, span: Span) -> &str {
        self.text(file).slice(span)
    }
}
