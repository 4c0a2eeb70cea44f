//! `fuse fmt`: formats a file, or the sources of a package.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fuse_diagnostics::display::display_path;
use fuse_diagnostics::{Diagnostic, FileId, Sources, codes};
use fuse_sema::{DiskFiles, FileSystem};

use crate::cli::{FAILED, OK};
use crate::files;
use crate::rewrite::rewrite;
use crate::session::Session;

/// Formats the entry, or with a manifest in force every source of the package that the entry reaches.
pub fn run(session: &Session<'_>) -> u8 {
    let sources = FormattedFiles::default();
    let paths = if session.manifest.is_some() {
        fuse_sema::own_modules(&session.entry, &sources, &session.check_options())
    } else {
        let path = session.entry.canonicalize().unwrap_or_else(|_| session.entry.clone());
        sources.look_at(&path);
        vec![path]
    };
    let looked_at = sources.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    if report(session, &looked_at, &paths) {
        return FAILED;
    }
    let changed = looked_at.changed(paths);
    if session.invocation.options.check { name(session, &changed) } else { replace(session, &changed) }
}

/// Tells what cannot be formatted, and whether there is anything.
fn report(session: &Session<'_>, looked_at: &LookedAt, paths: &[PathBuf]) -> bool {
    let output = session.output;
    let mut failed = false;
    for path in paths {
        let shown = display_path(path, &session.cwd);
        match looked_at.files.get(path) {
            Some(Found::Broken(errors)) => {
                output.diagnostics(errors.clone(), &looked_at.sources);
                let message = format!("cannot format {shown}: it does not parse; no file was changed");
                output.error(codes::WRAPPER_FORMAT_ABORTED, &message);
                failed = true;
            }
            Some(Found::Unreadable(reason)) => {
                output.error(codes::WRAPPER_FILE_READ, &format!("cannot read {shown}: {reason}"));
                failed = true;
            }
            Some(Found::Formatted | Found::Changes(_)) | None => {}
        }
    }
    failed
}

/// `--check`: names what would change.
fn name(session: &Session<'_>, changed: &[(PathBuf, String)]) -> u8 {
    for (path, _) in changed {
        session.output.stdout(&(display_path(path, &session.cwd) + "\n"));
    }
    if changed.is_empty() { OK } else { FAILED }
}

fn replace(session: &Session<'_>, changed: &[(PathBuf, String)]) -> u8 {
    match rewrite(changed) {
        Ok(()) => OK,
        Err((path, error)) => {
            let shown = display_path(&path, &session.cwd);
            let message = format!("cannot write {shown}: {}", files::reason(&error));
            session.output.error(codes::WRAPPER_FILE_WRITE, &message);
            FAILED
        }
    }
}

/// The sources of the disk, formatted while they are loaded: what is to be repaired must not hide imports.
#[derive(Default)]
struct FormattedFiles(Mutex<LookedAt>);

/// What was read, by canonical path.
#[derive(Default)]
struct LookedAt {
    files: HashMap<PathBuf, Found>,
    /// The texts in which errors are shown.
    sources: Sources,
}

/// A source file.
enum Found {
    /// It is formatted.
    Formatted,
    /// It is not; what it should be.
    Changes(String),
    /// It does not parse.
    Broken(Vec<Diagnostic>),
    /// Why it cannot be read.
    Unreadable(String),
}

impl FormattedFiles {
    /// Reads and formats a file; the text that loading goes on with.
    fn look_at(&self, path: &Path) -> String {
        let mut looked_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, text) = match files::read_source(path) {
            // Without a text the file still is a part of the package, and its reason is told.
            Err(reason) => (Found::Unreadable(reason), String::new()),
            Ok(text) => match fuse_format::format(&text, FileId(looked_at.sources.len() as u32)) {
                Ok(formatted) if formatted == text => (Found::Formatted, text),
                Ok(formatted) => (Found::Changes(formatted.clone()), formatted),
                Err(errors) => {
                    looked_at.sources.add(path, text.as_str());
                    (Found::Broken(errors), text)
                }
            },
        };
        looked_at.files.insert(path.to_path_buf(), found);
        text
    }
}

impl FileSystem for FormattedFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let is_asset = path.extension().is_some_and(|extension| {
            ["md", "json"].iter().any(|asset| extension.eq_ignore_ascii_case(asset))
        });
        // There is nothing to format in an asset.
        if is_asset { Err(io::ErrorKind::NotFound.into()) } else { Ok(self.look_at(path).into_bytes()) }
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        DiskFiles.canonicalize(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        DiskFiles.is_file(path)
    }
}

impl LookedAt {
    /// Those of the files that are to change, with their new text.
    fn changed(mut self, paths: Vec<PathBuf>) -> Vec<(PathBuf, String)> {
        let changed = |path: PathBuf| match self.files.remove(&path) {
            Some(Found::Changes(text)) => Some((path, text)),
            _ => None,
        };
        paths.into_iter().filter_map(changed).collect()
    }
}
