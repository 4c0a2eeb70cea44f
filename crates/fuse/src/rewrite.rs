//! Replacing the contents of files that the user owns: all of them or, as far as can be known beforehand, none.

use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Gives files new contents. Every text is on disk before the first file is replaced, and each file is replaced at once, so whoever reads
/// one sees its old or its new text. Permissions stay; a read-only file is refused. The error names the file.
pub fn rewrite(files: &[(PathBuf, String)]) -> Result<(), (PathBuf, io::Error)> {
    let mut staged = Vec::with_capacity(files.len());
    for (path, text) in files {
        staged.push((path, stage(path, text).map_err(|error| (path.clone(), error))?));
    }
    for (path, file) in staged {
        file.persist(path).map_err(|error| (path.clone(), error.error))?;
    }
    Ok(())
}

/// The new text in a temporary file beside the one that it replaces.
fn stage(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let metadata = fs::metadata(path)?;
    // Asked for and not tried: who may write everything shall not change such a file by accident either.
    if metadata.permissions().readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = Builder::new().prefix(".fuse-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    keep_owner(&file, &metadata);
    file.as_file().set_permissions(metadata.permissions())?;
    Ok(file)
}

/// The file stays that of its owner, where this process may decide that.
#[cfg(unix)]
fn keep_owner(file: &NamedTempFile, metadata: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file.as_file(), Some(metadata.uid()), Some(metadata.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_file: &NamedTempFile, _metadata: &Metadata) {}
