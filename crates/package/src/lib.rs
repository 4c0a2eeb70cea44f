//! The manifest and the settings around a program: which package, which entry, which app, which variables, which
//! dependencies.
//!
//! This crate knows `fuse.toml`, `fuse.lock`, `.env`, checkouts and where files lie. It does not know the language: it never
//! reads a source file, and the module graph is not its business.
//! Invariants: nothing here prints or changes the process, and git is the only program that is started. Findings go to a
//! [`Report`], variables to an [`Environment`], and every path that is handed out is absolute.
#![forbid(unsafe_code)]

mod deps;
mod dotenv;
mod environment;
mod locate;
mod manifest;
mod publish;
mod read;
mod workspace;

pub use deps::{
    Dependency, DependencyRequest, GitSource, LOCK_NAME, LockMode, Selector, Source, Url, resolve,
};
pub use environment::Environment;
pub use locate::{Located, Request, locate};
pub use manifest::{Assets, Backend, Build, Manifest, Package, Profile, STATIC_DIR_VARIABLE, Serve, Vite};
pub use publish::{Unready, publish_check};
pub use workspace::{Purpose, Unreadable, packages_below};

use std::path::Path;

use fuse_diagnostics::{Code, Diagnostic, Level, Sources, Span};
use fuse_files::reason;

/// The name of a manifest.
pub const MANIFEST_NAME: &str = "fuse.toml";

/// What was found wrong, with the files the findings point into.
#[derive(Debug, Default)]
pub struct Report {
    /// Manifests and `.env` files.
    pub sources: Sources,
    /// Errors and warnings in the order in which they were found.
    pub findings: Vec<Diagnostic>,
}

impl Report {
    /// An empty report.
    pub fn new() -> Report {
        Report::default()
    }

    /// True if there is an error.
    pub fn failed(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Error)
    }

    /// Adds a finding without a position.
    fn message(&mut self, level: Level, code: Code, message: impl Into<String>) {
        let message = message.into();
        let (file, span, notes) = (None, Span::default(), Vec::new());
        self.findings.push(Diagnostic { level, code, message, file, span, notes });
    }

    /// Adds an error without a position.
    fn error(&mut self, code: Code, message: impl Into<String>) {
        self.message(Level::Error, code, message);
    }
}

/// The contents of a regular file; `None` if there is no such file, and otherwise the reason why there are none.
fn read_file(path: &Path, max_size: u64) -> Result<Option<Vec<u8>>, String> {
    use std::io::{ErrorKind, Read};
    // Looked at before opening: opening a pipe would wait for its writer.
    let metadata = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        metadata => metadata.map_err(|error| reason(&error))?,
    };
    if metadata.is_dir() {
        return Err("it is a directory".into());
    }
    if !metadata.is_file() {
        return Err("it is not a regular file".into());
    }
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(max_size + 1).read_to_end(&mut bytes));
    read.map_err(|error| reason(&error))?;
    if bytes.len() as u64 > max_size {
        return Err(format!("it is larger than {} MiB", max_size >> 20));
    }
    Ok(Some(bytes))
}
