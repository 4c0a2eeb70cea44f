//! Files that are written whole or not at all, and the folder `.fuse`.
//!
//! This crate knows nothing about what is in a file. Invariant: whoever looks at a path sees the old file or the new one.
#![forbid(unsafe_code)]

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

/// A file that could not be written.
#[derive(Debug)]
pub struct OutputError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub error: io::Error,
}

impl OutputError {
    /// The stable code of the message.
    pub const CODE: &'static str = "wrapper_file_write";
}

impl fmt::Display for OutputError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = reason(&self.error);
        write!(formatter, "cannot write {}: {reason}", self.path.display())
    }
}

/// What the operating system said, as the end of a message.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the device".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is not a directory".to_owned(),
        _ => error.to_string(),
    }
}

impl std::error::Error for OutputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Writes an executable: executable for everyone who may read it, parents created.
///
/// The bytes go to a temporary file in the same folder that then takes the name, so whoever looks at `path` sees the old
/// file or the new one, also if this process is killed or the disk is full.
pub fn write_executable(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    stage_executable(path, bytes)?.commit()
}

/// Writes any other file in the same way.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    stage_file(path, bytes)?.commit()
}

/// The first half of [`write_executable`].
pub fn stage_executable(path: &Path, bytes: &[u8]) -> Result<Staged, OutputError> {
    Staged::new(path, bytes, 0o777)
}

/// The first half of [`write_file`].
pub fn stage_file(path: &Path, bytes: &[u8]) -> Result<Staged, OutputError> {
    Staged::new(path, bytes, 0o666)
}

/// A file that has been written under a temporary name. It goes away unless it is committed. Meanwhile nobody else can write that file: whoever writes
/// several that belong together stages all of them, always in the same order, before he commits the first one.
#[derive(Debug)]
#[must_use]
pub struct Staged {
    path: PathBuf,
    temporary: PathBuf,
    /// Holds the lock.
    file: File,
    committed: bool,
}

impl Staged {
    fn new(path: &Path, bytes: &[u8], mode: u32) -> Result<Staged, OutputError> {
        write(path, bytes, mode).map_err(|error| OutputError { path: path.to_owned(), error })
    }

    /// Gives the file its name.
    pub fn commit(mut self) -> Result<(), OutputError> {
        fs::rename(&self.temporary, &self.path)
            .map_err(|error| OutputError { path: self.path.clone(), error })?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.committed {
            // What went wrong before is what is reported.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Creates the folder for build outputs, `.fuse`, with a file that tells version control to ignore it.
pub fn prepare_fuse_dir(folder: &Path) -> Result<(), OutputError> {
    let failed = |error| OutputError { path: folder.to_owned(), error };
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    match fs::create_dir(folder) {
        Ok(()) => write_file(&folder.join(".gitignore"), b"*\n"),
        // Another command was quicker.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<Staged> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if let Some(parent) = path.parent() {
        // "Exists already" is what the system says of a file where a folder should be.
        fs::create_dir_all(parent).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
            _ => error,
        })?;
    }
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(".tmp");
    let temporary = path.with_file_name(temporary);
    let file = create_alone(&temporary, mode)?;
    let mut staged = Staged { path: path.to_owned(), temporary, file, committed: false };
    staged.file.write_all(bytes)?;
    Ok(staged)
}

/// Creates the temporary file, locked. Its name is always the same, so that a killed build leaves at most one behind, and
/// the next one takes it away; a build that is still at work holds the lock and is waited for.
fn create_alone(path: &Path, mode: u32) -> io::Result<File> {
    loop {
        match new_file(path, mode) {
            Ok(file) => {
                file.lock()?;
                if is_at(&file, path) {
                    return Ok(file);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let file = match File::open(path) {
                    Ok(file) => file,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                };
                file.lock()?;
                if is_at(&file, path) {
                    fs::remove_file(path)?;
                }
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(unix)]
fn new_file(path: &Path, mode: u32) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}

#[cfg(not(unix))]
fn new_file(path: &Path, _mode: u32) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Whether `path` still names the open file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

/// The path without `.` and, as far as its text tells, without `..`.
pub fn normalize(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(".."),
            },
            other => out.push(other),
        }
    }
    out
}

/// A path as seen from a directory; both are absolute.
pub fn relative(path: &Path, base: &Path) -> PathBuf {
    let shared = path.components().zip(base.components()).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n(Component::ParentDir, base.components().count() - shared);
    up.chain(path.components().skip(shared)).collect()
}

/// A relative path with `/` on every system.
pub fn with_slashes(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalize_by_text() {
        let at = |text: &str| normalize(Path::new(text)).display().to_string();
        assert_eq!(at("/a/./b/../c"), "/a/c");
        assert_eq!(at("/../a"), "/a");
        assert_eq!(at("../a/.."), "..");
    }

    #[test]
    fn as_seen_from_a_directory() {
        let at = |path: &str, base: &str| with_slashes(&relative(Path::new(path), Path::new(base)));
        assert_eq!(at("/p/a/b", "/p"), "a/b");
        assert_eq!(at("/q/a", "/p/x"), "../../q/a");
        assert_eq!(at("/p", "/p"), "");
    }
}
