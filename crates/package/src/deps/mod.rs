//! Dependencies: what manifests request, where it comes from, and what the lock file says about it.
//!
//! Invariants: nothing of a dependency is executed; every path that is used lies where its request says, symbolic links
//! resolved; no credentials leave a [`Url`] except towards git.

mod checkout;
mod git;
mod lock;
mod request;
mod resolve;
mod url;

pub use request::{DependencyRequest, GitSource, Selector, Source};
pub use resolve::{Dependency, LockMode, resolve};
pub use url::Url;

pub(crate) use request::read as read_requests;
pub(crate) use url::mask as mask_credentials;

use fuse_diagnostics::{Code, Diagnostic, FileId, Level, Span};

/// The name of a lock file.
pub const LOCK_NAME: &str = "fuse.lock";

/// A failure around dependencies, in the form that all of them have (toolchain reference 7.7).
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    message: String,
    notes: Vec<String>,
    place: Option<(FileId, Span)>,
}

impl Problem {
    /// `[<CODE>] <text>`
    pub fn new(code: Code, text: impl AsRef<str>) -> Problem {
        let message = format!("[{code}] {}", text.as_ref());
        Problem { code, message, notes: Vec::new(), place: None }
    }

    /// `… . Hint: <advice>`
    pub fn hint(mut self, advice: impl AsRef<str>) -> Problem {
        self.message.push_str(". Hint: ");
        self.message.push_str(advice.as_ref());
        self
    }

    /// Lines below the message.
    pub fn notes(mut self, notes: Vec<String>) -> Problem {
        self.notes = notes;
        self
    }

    /// Where it is written, unless that is known already.
    pub fn at(mut self, place: (FileId, Span)) -> Problem {
        self.place.get_or_insert(place);
        self
    }

    /// As a finding.
    pub fn diagnostic(self) -> Diagnostic {
        let Problem { code, message, notes, place } = self;
        let (file, span) = place.unzip();
        Diagnostic { level: Level::Error, code, message, file, span: span.unwrap_or_default(), notes }
    }
}
