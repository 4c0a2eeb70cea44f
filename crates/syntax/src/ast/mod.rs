//! The syntax tree of one source file, as written: nothing is resolved, and sugar is still there.
//!
//! Every node has a span. The height of every tree is bounded ([`crate::MAX_HEIGHT`]), so recursion over it is safe.
//! A place that could not be parsed is an `Error` node; its diagnostic has been reported, and whoever reads the tree
//! says nothing more about it.

mod decl;
mod expr;
mod pattern;
mod stmt;
mod types;
mod walk;

pub use decl::*;
pub use expr::*;
pub use pattern::*;
pub use stmt::*;
pub use types::*;

use fuse_diagnostics::Span;

use crate::interner::Symbol;

/// An identifier, or a word in a position where any word may stand (after `.`, the name of an argument).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ident {
    /// The name. [`crate::sym::EMPTY`] if it is missing because of a reported error.
    pub name: Symbol,
    /// Where it stands.
    pub span: Span,
}

/// A plain string (without interpolation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StrLit {
    /// The text it denotes, escapes processed.
    pub value: Symbol,
    /// Where it stands, quotes included. Empty if it is missing because of a reported error.
    pub span: Span,
}

/// The documentation comments before a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Doc {
    /// The lines joined by LF, each without its `#`s and the blanks after them.
    pub text: Symbol,
    /// From the first `##` to the end of the last line.
    pub span: Span,
}

/// A dotted name: `Int`, `M.Name`, `std.Error.NotFound`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The first name.
    pub head: Ident,
    /// The names after it.
    pub rest: Vec<Ident>,
}

impl Path {
    /// Its names in order; at least one.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = Ident> + '_ {
        std::iter::once(self.head).chain(self.rest.iter().copied())
    }

    /// How many names it has.
    pub fn segment_count(&self) -> usize {
        1 + self.rest.len()
    }

    /// The last name.
    pub fn last(&self) -> Ident {
        self.rest.last().copied().unwrap_or(self.head)
    }

    /// The only name, if it is not dotted.
    pub fn simple(&self) -> Option<Ident> {
        self.rest.is_empty().then_some(self.head)
    }

    /// From the first to the last name.
    pub fn span(&self) -> Span {
        self.head.span.to(self.last().span)
    }
}
