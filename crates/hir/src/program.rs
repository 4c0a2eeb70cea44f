//! Declarations of a checked program.

use crate::body::{Local, LocalId, Stmt};
use crate::service::{Migration, Service};
use crate::types::{Ty, Types};
use std::path::PathBuf;

/// Half-open byte range in the file of the function (as `fuse_diagnostics::Span`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// After the last byte.
    pub end: u32,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])* #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)] pub struct $name(pub u32);)*
    };
}

ids! {
    /// Index into [`Program::modules`], in load order.
    ModuleId;
    /// Index into [`Program::structs`].
    StructId;
    /// Index into [`Program::enums`].
    EnumId;
    /// Index into [`Program::functions`].
    FnId;
    /// Index into [`Program::configs`].
    ConfigId;
    /// Index into [`Program::assets`].
    AssetId;
    /// Index into [`Program::services`].
    ServiceId;
    /// A type parameter, or the `Self` of an interface: known to the checker only.
    ParamId;
}

/// The whole program.
#[derive(Clone, Debug)]
pub struct Program {
    /// All types.
    pub types: Types,
    /// Source files in load order; the first is the root module.
    pub modules: Vec<Module>,
    /// Struct types. The first [`StdErrors::COUNT`] are the `std.Error` family, see [`StdErrors`]; after them come the [`HttpTypes`].
    pub structs: Vec<Struct>,
    /// Enums.
    pub enums: Vec<Enum>,
    /// Configs, in the order in which they are resolved (runtime reference 9.2).
    pub configs: Vec<Config>,
    /// Imported `.md` and `.json` files, each once.
    pub assets: Vec<Asset>,
    /// Functions, app bodies, route handlers, bodies of migrations and default expressions.
    pub functions: Vec<Function>,
    /// Apps in the order of runtime reference 1.2: root module first, then load order.
    pub apps: Vec<App>,
    /// `fn main` of the root module.
    pub main: Option<FnId>,
    /// Services in load order, in source order within a module.
    pub services: Vec<Service>,
    /// Migrations in load order, in source order within a module.
    pub migrations: Vec<Migration>,
    /// Tests in load order, those of a module in source order.
    pub tests: Vec<Test>,
    /// Some value of type `Html` may come to stand in a tag whose text is [not escaped](crate::tags::RAW_TEXT): then text must be told from markup in
    /// all values of the type.
    pub html_in_raw_text: bool,
    /// There is a `transaction`: then whoever catches a validation error may have to roll back.
    pub has_transactions: bool,
}

/// The predeclared structs of the `std.Error` family: their [`StructId`]s.
#[derive(Clone, Copy, Debug)]
pub struct StdErrors;

impl StdErrors {
    /// `std.Error` itself, as constructed by a struct literal (values have the type [`crate::Type::StdError`]): code, message, status.
    pub const BASE: StructId = StructId(0);
    /// `std.Error.Validation`.
    pub const VALIDATION: StructId = StructId(1);
    /// `std.Error.ValidationField`; not assignable to the base.
    pub const VALIDATION_FIELD: StructId = StructId(2);
    /// `std.Error.BadRequest`.
    pub const BAD_REQUEST: StructId = StructId(3);
    /// `std.Error.Unauthorized`.
    pub const UNAUTHORIZED: StructId = StructId(4);
    /// `std.Error.Forbidden`.
    pub const FORBIDDEN: StructId = StructId(5);
    /// `std.Error.NotFound`.
    pub const NOT_FOUND: StructId = StructId(6);
    /// `std.Error.Conflict`.
    pub const CONFLICT: StructId = StructId(7);
    /// How many.
    pub const COUNT: usize = 8;
    /// The members that a value of the base type may be asked for; their numbers are the positions here.
    pub const MEMBERS: [&str; 4] = ["code", "message", "status", "fields"];
}

/// The struct types of the HTTP client: their [`StructId`]s. Programs read them; they neither make nor change nor decode them.
#[derive(Clone, Copy, Debug)]
pub struct HttpTypes;

impl HttpTypes {
    /// `http.response`
    pub const RESPONSE: StructId = StructId(StdErrors::COUNT as u32);
    /// `http.error`
    pub const ERROR: StructId = StructId(StdErrors::COUNT as u32 + 1);
    /// How many.
    pub const COUNT: usize = 2;

    /// Whether a struct is one of them.
    pub fn contains(id: StructId) -> bool {
        id == Self::RESPONSE || id == Self::ERROR
    }
}

/// A source file.
#[derive(Clone, Debug)]
pub struct Module {
    /// Canonical path.
    pub path: PathBuf,
    /// Path relative to the package, `/` separators: what failures show.
    pub display: String,
    /// Root directory of the package it belongs to.
    pub package: PathBuf,
    /// Name used in symbols: the display path without extension (`shop/cart`).
    pub name: String,
    /// Byte offset of the start of each line, the first being 0 (to turn spans into lines).
    pub line_starts: Vec<u32>,
    /// The text (for columns, which count characters).
    pub source: std::sync::Arc<str>,
}

impl Module {
    /// Line and column of a byte offset, both from 1, the column in characters.
    pub fn position(&self, offset: u32) -> (u32, u32) {
        let line = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0) as usize;
        let end = (offset as usize).min(self.source.len());
        let column = self.source.get(start..end).map_or(0, |text| text.chars().count());
        (line as u32, column as u32 + 1)
    }
}

/// A struct type.
#[derive(Clone, Debug)]
pub struct Struct {
    /// Declared name, or the full name of the family.
    pub name: String,
    /// A member of the `std.Error` family.
    pub std_error: bool,
    /// Declaring module; `None` for predefined ones.
    pub module: Option<ModuleId>,
    /// Fields in order.
    pub fields: Vec<Field>,
    /// Where the name stands.
    pub span: Span,
    /// The documentation comment.
    pub doc: Option<String>,
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// Function without parameters that evaluates the default. Optional fields without a written default have none: their default is `null`.
    /// Its result type is the field's, or that type [untested](crate::Types::untested), or one that [holds dynamic
    /// values](crate::Types::holds_dynamic): whoever uses the default validates or converts it then, at the place it is used for.
    pub default: Option<FnId>,
}

/// A config: its one instance.
#[derive(Clone, Debug)]
pub struct Config {
    /// Declared name.
    pub name: String,
    /// Declaring module.
    pub module: ModuleId,
    /// Fields in order.
    pub fields: Vec<ConfigField>,
    /// Where the name stands.
    pub span: Span,
}

/// A field of a config.
#[derive(Clone, Debug)]
pub struct ConfigField {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// Its type as written, blanks collapsed to one.
    pub written: String,
    /// Its environment variable (runtime reference 9.3).
    pub variable: String,
    /// Function without parameters that evaluates the default; its result type is as that of [`Field::default`].
    pub default: FnId,
}

/// An imported file.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Canonical path.
    pub path: PathBuf,
    /// Its whole text.
    pub text: std::sync::Arc<str>,
    /// It is JSON, and valid: its value is dynamic. Otherwise the value is the text.
    pub json: bool,
}

/// An enum.
#[derive(Clone, Debug)]
pub struct Enum {
    /// Declared name.
    pub name: String,
    /// Declaring module.
    pub module: ModuleId,
    /// Variants in order.
    pub variants: Vec<Variant>,
    /// Where the name stands.
    pub span: Span,
    /// The documentation comment.
    pub doc: Option<String>,
}

/// A variant.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Payload types in order.
    pub payload: Vec<Ty>,
    /// Labels of all payload elements, or empty.
    pub labels: Vec<String>,
}

/// What a function stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FnKind {
    /// A declared `fn`.
    Function,
    /// A component: its result is `Html`, its last parameters are the attributes (`Map<String, String>`) and the children (`List<Html>`).
    Component,
    /// The body of an app.
    App,
    /// The handler of a route: its parameters are those of the path in order, and after them `body` if the route has one.
    Route,
    /// The body of a migration.
    Migration,
    /// The body of a test.
    Test,
    /// A default expression of a parameter (its parameters are those to the left) or of a field of a type or config (none).
    Default,
}

/// A function with its body.
#[derive(Clone, Debug)]
pub struct Function {
    /// What it is.
    pub kind: FnKind,
    /// Name within its module; `total`, `app hall`, `test totals`, `total.rate` (default of parameter `rate`), `Cart.items` (default of a field),
    /// `Ticket.cents` (method), `first<Int>` (a generic function with its type arguments), `Desk.get /shows/{word: String}`, `migration create_shows`.
    pub name: String,
    /// The module it belongs to; spans of its body are in that file.
    pub module: ModuleId,
    /// Parameters.
    pub params: Vec<Param>,
    /// Result type; `Unit` if none.
    pub result: Ty,
    /// All locals, parameters first.
    pub locals: Vec<Local>,
    /// The body.
    pub body: Vec<Stmt>,
    /// A component that only hands its children on, as children of tags: nothing can tell how many they are.
    pub hands_on_children: bool,
    /// Where the name stands; for a route, its path.
    pub span: Span,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its local.
    pub local: LocalId,
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// Function of the parameters to the left that evaluates the default; its result type is as that of [`Field::default`].
    pub default: Option<FnId>,
}

/// An app.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name.
    pub name: String,
    /// Its body: no parameters, result `Unit`.
    pub function: FnId,
}

/// A test.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name; no other test of its module has it.
    pub name: String,
    /// Its body: no parameters, result `Unit`. It belongs to the module of the test.
    pub function: FnId,
}
