//! The manifest and the settings around a program: which package, which entry, which app, which variables.
//!
//! This crate knows `fuse.toml`, `.env` and where files lie. It does not know the language: it never reads a source
//! file, and the module graph is not its business.
//! Invariants: nothing here prints or changes the process. Findings go to a [`Report`], variables to an
//! [`Environment`], and every path that is handed out is absolute.
#![forbid(unsafe_code)]

mod dotenv;
mod environment;
mod locate;
mod manifest;
mod read;

pub use environment::Environment;
pub use locate::{Located, Request, locate};
pub use manifest::{Assets, Backend, Build, Manifest, Package, Profile, Serve, Vite};

use fuse_diagnostics::{Code, Diagnostic, Level, Sources, Span};

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

/// What the operating system said, as the end of a message.
fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "it does not exist".into(),
        ErrorKind::PermissionDenied => "permission denied".into(),
        ErrorKind::IsADirectory => "it is a directory".into(),
        _ => error.to_string(),
    }
}
