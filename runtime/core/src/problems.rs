//! What a boundary finds wrong: entries with their paths, and the validation error made of them (runtime reference 6.4, 6.5).

use fuse_abi::layout::Context;
use std::borrow::Cow;

/// The most entries of a validation error.
pub(crate) const MOST: usize = 100;

/// Why reading a value ended before all of it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// There are [`MOST`] entries.
    Full,
    /// A default or predicate of the program failed or raised an error: the status; the context says what.
    Status(u64),
}

/// A path, as a list from its end to its start on the stacks of those who walk a value: nothing is written until there is a problem.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root(&'a str),
    Field(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// A starting name, or a whole path as text.
    pub(crate) fn root(name: &'a str) -> Path<'a> {
        Path { parent: None, step: Step::Root(name) }
    }

    /// `.name`: a field, a map key, `data`, `type`.
    pub(crate) fn field(&'a self, name: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Field(name) }
    }

    /// `[index]`
    pub(crate) fn index(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    /// The path as text.
    pub(crate) fn text(&self) -> String {
        let mut steps = Vec::new();
        let mut at = Some(self);
        while let Some(path) = at {
            steps.push(path.step);
            at = path.parent;
        }
        let mut text = String::new();
        for step in steps.into_iter().rev() {
            match step {
                Step::Root(name) => text.push_str(name),
                Step::Field(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                Step::Index(index) => {
                    text.push('[');
                    text.push_str(itoa::Buffer::new().format(index));
                    text.push(']');
                }
            }
        }
        text
    }
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) path: String,
    pub(crate) code: &'static str,
    pub(crate) message: Cow<'static, str>,
}

/// The entries found so far, in order.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub(crate) entries: Vec<Problem>,
}

impl Problems {
    /// Adds an entry; with the last one that there is room for, reading stops.
    pub(crate) fn add(
        &mut self,
        path: &Path,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Result<(), Stop> {
        if self.entries.len() < MOST {
            self.entries.push(Problem { path: path.text(), code, message: message.into() });
        }
        if self.entries.len() == MOST { Err(Stop::Full) } else { Ok(()) }
    }

    /// Leaves the validation error of the entries in the context and returns the status.
    ///
    /// # Safety
    /// The context is the one the program was entered with; there is at least one entry.
    pub(crate) unsafe fn raise(self, context: *mut Context) -> u64 {
        let _ = (context, self.entries);
        unimplemented!()
    }
}
