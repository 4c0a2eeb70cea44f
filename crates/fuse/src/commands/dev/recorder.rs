//! The files of this machine for the checker, with notes of all that it asked: what the outcome of checking depends on, files that are
//! missing included, in the state in which the checker found it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fuse_sema::{DiskFiles, FileSystem};

use super::files::{Digest, Item, PRESENT, States, digest, target_digest};

/// Files that are noted.
#[derive(Default)]
pub struct Recorder {
    asked: Mutex<States>,
}

impl Recorder {
    /// What was asked, and the answers.
    pub fn into_states(self) -> States {
        self.asked.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, item: Item, state: Option<Digest>) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(item, state);
    }
}

impl FileSystem for Recorder {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = DiskFiles.read(path);
        self.note(Item::File(path.to_owned()), bytes.as_ref().ok().map(|bytes| digest(bytes)));
        bytes
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let target = DiskFiles.canonicalize(path);
        self.note(Item::Target(path.to_owned()), target.as_ref().ok().map(|target| target_digest(target)));
        target
    }

    fn is_file(&self, path: &Path) -> bool {
        let present = DiskFiles.is_file(path);
        self.note(Item::Present(path.to_owned()), present.then_some(PRESENT));
        present
    }
}
