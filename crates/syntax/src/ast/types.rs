//! Types as written.

use fuse_diagnostics::Span;

use super::*;

/// A type as written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeRef {
    /// Its form.
    pub kind: TypeKind,
    /// From its first to its last token.
    pub span: Span,
}

/// The form of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `Name`, `M.Name`
    Name(Path),
    /// `Name<A, B>`
    Generic {
        /// The name.
        name: Path,
        /// The type arguments; at least one.
        args: Vec<TypeRef>,
    },
    /// `Name(c1, c2)`
    Refined {
        /// The base.
        base: Path,
        /// The constraints; at least one unless an error has been reported.
        constraints: Vec<Refinement>,
    },
    /// `fn(A, B) -> R`
    Fn {
        /// The types of the parameters.
        params: Vec<TypeRef>,
        /// The result type.
        result: Option<Box<TypeRef>>,
    },
    /// `T?`; `T??` is the same type and the same node.
    Option(Box<TypeRef>),
    /// `T!A!B`
    Result {
        /// The success type.
        ok: Box<TypeRef>,
        /// The error domains; at least one unless an error has been reported.
        domains: Vec<TypeRef>,
    },
    /// Reported.
    Error,
}

/// A constraint of a refinement.
#[derive(Clone, Debug, PartialEq)]
pub struct Refinement {
    /// Its form.
    pub kind: RefinementKind,
    /// From its first to its last token.
    pub span: Span,
}

/// The form of a constraint.
#[derive(Clone, Debug, PartialEq)]
pub enum RefinementKind {
    /// `low..high`
    Range(Bound, Bound),
    /// `regex("pattern")`
    Regex(StrLit),
    /// `predicate(name)`
    Predicate(Ident),
    /// None of these; reported.
    Error,
}

/// A bound of a range, its minus included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// Its value.
    pub value: BoundValue,
    /// From its first to its last token.
    pub span: Span,
}

/// The value of a bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BoundValue {
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
}
