//! The packages of a workspace.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{MANIFEST_NAME, reason};

/// A directory of the workspace that cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    /// The directory.
    pub directory: PathBuf,
    /// Why not.
    pub reason: String,
}

/// What the packages of a workspace are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `check --workspace` (toolchain reference 5.1).
    Check,
    /// `deps publish-check` (7.9).
    Publish,
}

impl Purpose {
    /// Directories of tools, where nobody's packages lie.
    fn skipped(self) -> &'static [&'static str] {
        match self {
            Purpose::Check => &["target", "node_modules"],
            Purpose::Publish => &["target", "node_modules", "fuse-target"],
        }
    }
}

/// Every directory at or below a root that has a manifest, in lexical order. Hidden directories (`.fuse` is one) and those of tools
/// are not looked into, symbolic links not followed.
pub fn packages_below(root: &Path, purpose: Purpose) -> Result<Vec<PathBuf>, Unreadable> {
    let mut packages = Vec::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(directory) = waiting.pop() {
        let unreadable =
            |error: std::io::Error| Unreadable { directory: directory.clone(), reason: reason(&error) };
        let mut below = Vec::new();
        for entry in fs::read_dir(&directory).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            if name == MANIFEST_NAME {
                packages.push(directory.clone());
            }
            let skipped = name.as_encoded_bytes().starts_with(b".")
                || purpose.skipped().iter().any(|skipped| name == *skipped);
            if !skipped && entry.file_type().map_err(unreadable)?.is_dir() {
                below.push(entry.path());
            }
        }
        below.sort();
        waiting.extend(below.into_iter().rev());
    }
    Ok(packages)
}
