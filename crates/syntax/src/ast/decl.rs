//! Modules and declarations.

use fuse_diagnostics::{FileId, Span};

use super::*;
use crate::interner::Symbol;

/// A source file.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// The file its spans lie in.
    pub file: FileId,
    /// The `requires` declarations.
    pub requires: Vec<Requires>,
    /// All other declarations in source order.
    pub items: Vec<Item>,
    /// The whole file.
    pub span: Span,
}

/// `requires network, db`
#[derive(Clone, Debug, PartialEq)]
pub struct Requires {
    /// The capabilities in source order; unknown ones are reported and left out, repeated ones are kept.
    pub capabilities: Vec<Ident>,
    /// The whole declaration.
    pub span: Span,
}

/// A top-level declaration other than `requires`.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The documentation comment before it; never for an import, where it has no effect.
    pub doc: Option<Doc>,
    /// What it declares.
    pub kind: ItemKind,
    /// From its first word to its last token.
    pub span: Span,
    /// From its first word up to the `:` that opens its body (the `:` not included), or to its end if there is none.
    pub head: Span,
}

/// What a declaration declares.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `import …`
    Import(Import),
    /// `type …`
    Type(TypeDecl),
    /// `enum …`
    Enum(EnumDecl),
    /// `interface …`
    Interface(InterfaceDecl),
    /// `impl … for …`
    Impl(ImplDecl),
    /// `fn …`
    Fn(FnDecl),
    /// `component …`
    Component(ComponentDecl),
    /// `service … at …`
    Service(ServiceDecl),
    /// `config …`
    Config(ConfigDecl),
    /// `app …`
    App(AppDecl),
    /// `migration …`
    Migration(MigrationDecl),
    /// `test …`
    Test(TestDecl),
}

/// An import. Its span is that of its [`Item`].
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// What it binds.
    pub clause: ImportClause,
    /// The path after `from`; `None` exactly for `import Name` (or after a reported error).
    pub path: Option<ImportPath>,
}

/// The form of an import.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportClause {
    /// `import Name`
    Sibling(Ident),
    /// `import Name from …`
    Name(Ident),
    /// `import Label as Alias from …`
    As {
        /// The name before `as`: documentation only.
        label: Ident,
        /// The alias that is bound.
        alias: Ident,
    },
    /// `import { a, b } from …`
    Named(Vec<Ident>),
}

/// The path of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportPath {
    /// The text of the string, or `std.Error` for the path written without quotes.
    pub value: Symbol,
    /// Whether it is a string.
    pub quoted: bool,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// `type Name: fields` or `type Name = Base without a, b`
#[derive(Clone, Debug, PartialEq)]
pub struct TypeDecl {
    /// The name; dotted only for restatements of the `std.Error` family.
    pub name: Path,
    /// What it is.
    pub body: TypeBody,
}

/// The right side of a type declaration.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeBody {
    /// Fields.
    Fields(Vec<Field>),
    /// `Base without a, b`
    Derived {
        /// The base.
        base: Path,
        /// The fields left out.
        without: Vec<Ident>,
    },
    /// Neither; reported.
    Error,
}

/// A field of a type, or of a config (where the default is always there unless an error has been reported).
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The documentation comment before it.
    pub doc: Option<Doc>,
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: TypeRef,
    /// Its default.
    pub default: Option<Expr>,
    /// From its name to its last token.
    pub span: Span,
}

/// `enum Name: variants`
#[derive(Clone, Debug, PartialEq)]
pub struct EnumDecl {
    /// Its name.
    pub name: Ident,
    /// Its variants.
    pub variants: Vec<Variant>,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The documentation comment before it.
    pub doc: Option<Doc>,
    /// Its name.
    pub name: Ident,
    /// Its payload elements: empty if it has no parentheses. Either all or none have a label.
    pub payload: Vec<Payload>,
    /// From its name to its last token.
    pub span: Span,
}

/// An element of a variant's payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    /// Its label.
    pub label: Option<Ident>,
    /// Its type.
    pub ty: TypeRef,
    /// From its first to its last token.
    pub span: Span,
}

/// `interface Name: members`
#[derive(Clone, Debug, PartialEq)]
pub struct InterfaceDecl {
    /// Its name.
    pub name: Ident,
    /// Its members.
    pub members: Vec<Member>,
}

/// A member of an interface.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The documentation comment before it.
    pub doc: Option<Doc>,
    /// Its signature.
    pub signature: Signature,
    /// From `fn` to its last token.
    pub span: Span,
}

/// `impl Interface for Target: methods`
#[derive(Clone, Debug, PartialEq)]
pub struct ImplDecl {
    /// The interface.
    pub interface: Path,
    /// The type that satisfies it.
    pub target: Path,
    /// The methods.
    pub methods: Vec<Method>,
}

/// A method of an impl.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// The documentation comment before it.
    pub doc: Option<Doc>,
    /// Its signature.
    pub signature: Signature,
    /// Its body.
    pub body: Block,
    /// From `fn` to its last token.
    pub span: Span,
    /// From `fn` up to the `:` of its body.
    pub head: Span,
}

/// The part of a callable's declaration between its introducing word and its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// Its name.
    pub name: Ident,
    /// Its type parameters.
    pub type_params: Vec<Ident>,
    /// Its parameters.
    pub params: Vec<Param>,
    /// The type after `->`.
    pub result: Option<TypeRef>,
    /// The constraints after `where`.
    pub constraints: Vec<Constraint>,
    /// From its name to its last token.
    pub span: Span,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: TypeRef,
    /// Its default.
    pub default: Option<Expr>,
    /// From its name to its last token.
    pub span: Span,
}

/// `T: Interface` in a `where` clause.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// The type parameter.
    pub param: Ident,
    /// The interface.
    pub interface: Path,
    /// From its first to its last token.
    pub span: Span,
}

/// `fn signature: body`
#[derive(Clone, Debug, PartialEq)]
pub struct FnDecl {
    /// Its signature.
    pub signature: Signature,
    /// Its body.
    pub body: Block,
}

/// `component Name(params): body`; its signature has no result.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentDecl {
    /// Its signature.
    pub signature: Signature,
    /// Its body.
    pub body: Block,
}

/// `service Name at "/base": routes`
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceDecl {
    /// Its name.
    pub name: Ident,
    /// Its base path.
    pub base: StrLit,
    /// Its routes.
    pub routes: Vec<Route>,
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

/// A route of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The documentation comment before it.
    pub doc: Option<Doc>,
    /// Its verb.
    pub verb: Verb,
    /// Where the verb stands.
    pub verb_span: Span,
    /// Its path as written; [`crate::parse_type`] reads the types in it.
    pub path: StrLit,
    /// The type after `body`.
    pub body_type: Option<TypeRef>,
    /// The type after `->`.
    pub result: TypeRef,
    /// Its body.
    pub body: Block,
    /// From its verb to its last token.
    pub span: Span,
    /// From its verb up to the `:` of its body.
    pub head: Span,
}

/// `config Name: fields`
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigDecl {
    /// Its name.
    pub name: Ident,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// `app "name": body`
#[derive(Clone, Debug, PartialEq)]
pub struct AppDecl {
    /// Its name.
    pub name: StrLit,
    /// Its body.
    pub body: Block,
}

/// `migration name: body`
#[derive(Clone, Debug, PartialEq)]
pub struct MigrationDecl {
    /// Its name; that of an integer is its decimal value, so `007` is `7`.
    pub name: Symbol,
    /// Where the name stands.
    pub name_span: Span,
    /// How the name is written.
    pub name_form: MigrationName,
    /// Its body.
    pub body: Block,
}

/// How the name of a migration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationName {
    /// An identifier.
    Ident,
    /// A plain string.
    Str,
    /// An integer.
    Int,
}

/// `test "name": body`
#[derive(Clone, Debug, PartialEq)]
pub struct TestDecl {
    /// Its name.
    pub name: StrLit,
    /// Its body.
    pub body: Block,
}
