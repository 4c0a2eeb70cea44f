//! Where source files come from: the disk, or a table in memory (tests, the editor's unsaved files).

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use fuse_files::normalize;

/// What loading asks of a file system. Paths are absolute or relative to the current directory.
pub trait FileSystem: Sync {
    /// The contents of a regular file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// The absolute path of an existing file or directory, with symbolic links and `..` resolved: the identity of a file.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;
    /// Whether a file (no directory) exists.
    fn is_file(&self, path: &Path) -> bool;
}

/// Larger files are refused: spans have 32 bits, and nobody writes such a source.
const MAX_SIZE: u64 = 256 << 20;

/// The files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskFiles;

impl FileSystem for DiskFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // Looked at before opening: opening a pipe would wait for its writer.
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let mut bytes = Vec::with_capacity(metadata.len().min(MAX_SIZE) as usize);
        std::fs::File::open(path)?.take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_SIZE {
            return Err(io::Error::other("it is larger than 256 MiB"));
        }
        Ok(bytes)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::canonicalize(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
    }
}

/// Files in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: BTreeMap<PathBuf, Vec<u8>>,
    links: BTreeMap<PathBuf, PathBuf>,
}

impl MemoryFiles {
    /// No files.
    pub fn new() -> MemoryFiles {
        MemoryFiles::default()
    }

    /// Adds a file by its absolute path.
    pub fn add(&mut self, path: impl AsRef<Path>, contents: impl Into<Vec<u8>>) {
        self.files.insert(normalize(path.as_ref()), contents.into());
    }

    /// Makes an absolute path another name of a file or directory.
    pub fn link(&mut self, path: impl AsRef<Path>, target: impl AsRef<Path>) {
        self.links.insert(normalize(path.as_ref()), normalize(target.as_ref()));
    }

    /// The path without links.
    fn follow(&self, path: &Path) -> PathBuf {
        let mut path = normalize(path);
        for _ in 0..=self.links.len() {
            let link = path.ancestors().find_map(|prefix| Some((prefix, self.links.get(prefix)?)));
            let Some((prefix, target)) = link else { break };
            path = target.join(path.strip_prefix(prefix).unwrap_or(Path::new("")));
        }
        path
    }

    fn is_directory(&self, path: &Path) -> bool {
        self.files.keys().any(|file| file != path && file.starts_with(path))
    }
}

impl FileSystem for MemoryFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let path = self.follow(path);
        match self.files.get(&path) {
            Some(bytes) => Ok(bytes.clone()),
            None if self.is_directory(&path) => Err(ErrorKind::IsADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let path = self.follow(path);
        let exists = self.files.contains_key(&path) || self.is_directory(&path);
        if exists { Ok(path) } else { Err(ErrorKind::NotFound.into()) }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(&self.follow(path))
    }
}

/// Why a file could not be read, for messages.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "the file does not exist".into(),
        ErrorKind::PermissionDenied => "permission denied".into(),
        ErrorKind::IsADirectory => "it is a directory".into(),
        ErrorKind::NotADirectory => "a part of the path is not a directory".into(),
        // System messages end in a number that helps nobody.
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_memory_lead_to_the_file() {
        let mut files = MemoryFiles::new();
        files.add("/p/lib/a.fuse", "x");
        files.link("/p/other", "/p/lib");
        files.link("/p/b.fuse", "/p/other/a.fuse");
        assert_eq!(files.canonicalize(Path::new("/p/b.fuse")).unwrap(), Path::new("/p/lib/a.fuse"));
        assert_eq!(files.read(Path::new("/p/x/../b.fuse")).unwrap(), b"x");
        assert_eq!(files.read(Path::new("/p/other")).unwrap_err().kind(), ErrorKind::IsADirectory);
        assert!(!files.is_file(Path::new("/p/other")));
    }

    #[test]
    fn a_directory_is_no_file() {
        let error = DiskFiles.read(&std::env::temp_dir()).unwrap_err();
        assert_eq!(reason(&error), "it is a directory");
        let error = DiskFiles.read(Path::new("/nowhere/at/all.fuse")).unwrap_err();
        assert_eq!(reason(&error), "the file does not exist");
    }
}
