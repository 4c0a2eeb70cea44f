//! Patterns.

use fuse_diagnostics::Span;

use super::*;
use crate::interner::Symbol;

/// A pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// Its form.
    pub kind: PatternKind,
    /// From its first to its last token.
    pub span: Span,
}

/// The form of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// `_`
    Wildcard,
    /// An integer, its minus included.
    Int(i64),
    /// A float, its minus included.
    Float(f64),
    /// A plain string.
    Str(Symbol),
    /// `true`, `false`
    Bool(bool),
    /// `null`
    Null,
    /// A name, dotted or not, without parentheses: a binding or a variant. `body` is a name too.
    Name(Path),
    /// `Name()`, `Name(p, q)`
    Positional {
        /// The name before the parentheses.
        name: Path,
        /// The sub-patterns; empty for `Name()`.
        args: Vec<Pattern>,
    },
    /// `Name(a=p, b=q)`
    Named {
        /// The name before the parentheses.
        name: Path,
        /// The sub-patterns; at least one.
        args: Vec<NamedPattern>,
    },
    /// Reported; with the sub-patterns that could be read, whose names the body may use.
    Error(Vec<Pattern>),
}

/// `name=pattern`
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPattern {
    /// The field or label: any word.
    pub name: Ident,
    /// The sub-pattern.
    pub pattern: Pattern,
    /// From its first to its last token.
    pub span: Span,
}
