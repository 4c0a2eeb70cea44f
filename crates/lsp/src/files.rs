//! The files that an analysis sees: open documents, and the disk below them.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use fuse_files::normalize;
use fuse_sema::{DiskFiles, FileSystem};

use crate::documents::Documents;

/// By what a file is recognised as unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// An open document, by its revision.
    Open(u64),
    /// A file on disk, by time and size.
    Disk(SystemTime, u64),
    /// There is none.
    Absent,
}

/// What was looked at, and how it was.
pub(crate) type Seen = BTreeMap<PathBuf, Stamp>;

/// Contents of files on disk that have been read, as long as they are the same.
#[derive(Default)]
pub(crate) struct DiskCache(Mutex<HashMap<PathBuf, (Stamp, Vec<u8>)>>);

/// The stamp of a file now.
pub(crate) fn stamp(documents: &Documents, path: &Path) -> Stamp {
    if let Some(document) = documents.get(path) {
        return Stamp::Open(document.revision);
    }
    match path.metadata() {
        Ok(metadata) => Stamp::Disk(metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), metadata.len()),
        Err(_) => Stamp::Absent,
    }
}

/// Whether everything still is as it was seen.
pub(crate) fn unchanged(documents: &Documents, seen: &Seen) -> bool {
    seen.iter().all(|(path, known)| stamp(documents, path) == *known)
}

/// The files, as one analysis sees them.
pub(crate) struct Overlay<'d> {
    documents: &'d Documents,
    cache: &'d DiskCache,
    seen: Mutex<Seen>,
}

impl<'d> Overlay<'d> {
    pub fn new(documents: &'d Documents, cache: &'d DiskCache) -> Overlay<'d> {
        Overlay { documents, cache, seen: Mutex::default() }
    }

    pub fn into_seen(self) -> Seen {
        self.seen.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, path: &Path) -> Stamp {
        let stamp = stamp(self.documents, path);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // What was seen first is what the analysis may rely on; a later change makes it stale.
        seen.entry(path.to_owned()).or_insert_with(|| stamp.clone());
        stamp
    }
}

impl FileSystem for Overlay<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if let Some(document) = self.documents.get(path) {
            self.note(path);
            return Ok(document.text.as_str().as_bytes().to_vec());
        }
        let now = self.note(path);
        let mut cache = self.cache.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, bytes)) = cache.get(path)
            && *known == now
        {
            return Ok(bytes.clone());
        }
        let bytes = DiskFiles.read(path)?;
        cache.insert(path.to_owned(), (now, bytes.clone()));
        Ok(bytes)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let plain = normalize(path);
        if self.documents.get(&plain).is_some() {
            return Ok(plain);
        }
        let found = DiskFiles.canonicalize(path);
        // What is not there may come.
        self.note(found.as_deref().unwrap_or(&plain));
        found
    }

    fn is_file(&self, path: &Path) -> bool {
        let plain = normalize(path);
        self.note(&plain);
        self.documents.get(&plain).is_some() || DiskFiles.is_file(path)
    }
}
