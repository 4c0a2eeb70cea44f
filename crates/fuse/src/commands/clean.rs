//! `fuse clean --cache`: removes caches.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use fuse_diagnostics::{Code, codes};

use crate::cli::{FAILED, OK};
use crate::files::reason;
use crate::options::Invocation;
use crate::output::Output;
use crate::session::current_directory;

/// The folders that are removed.
const CACHE: &str = ".fuse-cache";
/// The folder with what is no cache: checkouts of dependencies and build outputs.
const KEPT: &str = ".fuse";

/// Removes every cache below the root.
pub fn run(invocation: &Invocation, output: &Output) -> u8 {
    let Ok(cwd) = current_directory(output) else { return FAILED };
    let root = match root(invocation, cwd) {
        Ok(root) => root,
        Err((code, message)) => {
            output.error(code, &message);
            return FAILED;
        }
    };
    output.start("clean");
    let mut cleaning = Cleaning { removed: 0, problems: Vec::new() };
    cleaning.below(&root);
    let Cleaning { removed, problems } = cleaning;
    for (code, message) in &problems {
        output.error(*code, message);
    }
    let root = root.display();
    output.note(
        "clean",
        &match removed {
            0 => format!("no {CACHE} directories found under {root}"),
            1 => format!("removed 1 {CACHE} directory under {root}"),
            _ => format!("removed {removed} {CACHE} directories under {root}"),
        },
    );
    output.end(if problems.is_empty() { OK } else { FAILED })
}

/// The folder to clean: the one given, or that of the manifest given, else the current one.
fn root(invocation: &Invocation, cwd: PathBuf) -> Result<PathBuf, (Code, String)> {
    let positional = invocation.operands.first().map(PathBuf::from);
    let Some(given) = positional.or_else(|| invocation.options.manifest_path.clone()) else { return Ok(cwd) };
    let metadata = fs::metadata(&given).map_err(|error| unreadable(&given, &error))?;
    if metadata.is_dir() {
        return Ok(given);
    }
    match given.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => Ok(folder.to_path_buf()),
        _ => Ok(cwd),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> (Code, String) {
    (codes::WRAPPER_FILE_READ, format!("cannot read {}: {}", path.display(), reason(error)))
}

struct Cleaning {
    removed: usize,
    problems: Vec<(Code, String)>,
}

impl Cleaning {
    /// Removes the caches below a folder; what cannot be looked at or removed does not stop the rest.
    fn below(&mut self, root: &Path) {
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            match folders_in(&folder) {
                Ok(inner) => {
                    for path in inner {
                        match path.file_name() {
                            Some(name) if name == CACHE => self.remove(&path),
                            Some(name) if name == KEPT => {}
                            _ => folders.push(path),
                        }
                    }
                }
                Err(error) => self.problems.push(unreadable(&folder, &error)),
            }
        }
    }

    fn remove(&mut self, path: &Path) {
        match fs::remove_dir_all(path) {
            Ok(()) => self.removed += 1,
            Err(error) => {
                let message = format!("cannot delete {}: {}", path.display(), reason(&error));
                self.problems.push((codes::WRAPPER_FILE_WRITE, message));
            }
        }
    }
}

/// The folders in a folder; links to some are none.
fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    folders.sort_unstable();
    Ok(folders)
}
