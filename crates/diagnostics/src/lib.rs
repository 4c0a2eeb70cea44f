//! Diagnostics: what a finding is, the registry of codes, and how findings are shown (text with excerpts, JSON lines).
//!
//! This crate knows nothing about FUSE's grammar or types; it is given spans and texts.
//! Invariants: every diagnostic carries a code of the registry ([`codes`]); nothing here prints, it returns text.
#![forbid(unsafe_code)]

pub mod codes;
pub mod color;
pub mod display;
pub mod explain;
pub mod json;
mod nearest;
mod order;
mod sources;
pub mod text;

pub use codes::Code;
pub use color::ColorChoice;
pub use nearest::nearest;
pub use order::sort_and_dedupe;
pub use sources::{Position, SourceFile, Sources};

/// A half-open range of byte offsets in one source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`.
    pub const fn new(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    /// The empty range at `at`.
    pub const fn empty(at: u32) -> Span {
        Span { start: at, end: at }
    }

    /// The smallest range that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A source file of the program, numbered in load order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The program is invalid.
    Error,
    /// The program is valid, but something in it is suspicious.
    Warning,
}

impl Level {
    /// The printed form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
        }
    }
}

/// A finding of the checker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Error or warning.
    pub level: Level,
    /// The stable name of the kind of finding.
    pub code: Code,
    /// What is wrong, where and what to do, in one line.
    pub message: String,
    /// The file the span lies in; `None` if no source position is known.
    pub file: Option<FileId>,
    /// Where; empty at 0 if unknown.
    pub span: Span,
    /// Extra lines: `note: …` or `hint: …` without the two leading blanks.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, file: FileId, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            level: Level::Error,
            code,
            message: message.into(),
            file: Some(file),
            span,
            notes: Vec::new(),
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, file: FileId, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { level: Level::Warning, ..Diagnostic::error(code, file, span, message) }
    }

    /// Adds a `hint:` line.
    pub fn hint(mut self, text: impl AsRef<str>) -> Diagnostic {
        self.notes.push(format!("hint: {}", text.as_ref()));
        self
    }

    /// Adds a `note:` line.
    pub fn note(mut self, text: impl AsRef<str>) -> Diagnostic {
        self.notes.push(format!("note: {}", text.as_ref()));
        self
    }
}
