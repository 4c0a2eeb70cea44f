//! Services with their routes, and migrations (language reference 4.9, 4.12).

use crate::program::{FnId, ModuleId, Span};
use crate::types::Ty;

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name, which no other service of the program has.
    pub name: String,
    /// Declaring module.
    pub module: ModuleId,
    /// Its base path as written.
    pub base: String,
    /// Its routes in source order.
    pub routes: Vec<Route>,
    /// Where the name stands.
    pub span: Span,
    /// The documentation comment.
    pub doc: Option<String>,
}

/// A route of a service. No other one of the service has the same verb and the same shape of path.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its verb.
    pub verb: Verb,
    /// Its path as written, without that of the service.
    pub path: String,
    /// The segments of base path and path; empty ones, which match nothing, are left out.
    pub segments: Vec<Segment>,
    /// Type of the request body; it is the last parameter of the handler.
    pub body: Option<Ty>,
    /// What runs. Its result type is that of the route.
    pub handler: FnId,
}

/// A segment of a route's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Matches an equal text.
    Literal(String),
    /// Matches any text that is not empty: the parameter of this number of the handler.
    Parameter(u32),
}

/// The verb of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// `get`
    Get,
    /// `post`
    Post,
    /// `put`
    Put,
    /// `patch`
    Patch,
    /// `delete`
    Delete,
}

impl Verb {
    /// The word it is written with.
    pub fn word(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::Post => "post",
            Verb::Put => "put",
            Verb::Patch => "patch",
            Verb::Delete => "delete",
        }
    }
}

/// A migration. No other one of its module has the same name; that of its package's other modules is for who runs them to see.
#[derive(Clone, Debug)]
pub struct Migration {
    /// Its name; that of an integer is the decimal value.
    pub name: String,
    /// Declaring module.
    pub module: ModuleId,
    /// Its body: no parameters, result `Unit`.
    pub function: FnId,
    /// Where the name stands.
    pub span: Span,
}
