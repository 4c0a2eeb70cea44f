//! The syntax tree of one source file, as written: nothing is resolved, and sugar is still there.
//!
//! Every node has a span. The height of every tree is bounded ([`crate::MAX_NESTING`]), so recursion over it is safe.
//! A place that could not be parsed is an `Error` node; its diagnostic has been reported, and whoever reads the tree
//! says nothing more about it.

use fuse_diagnostics::{FileId, Span};

use crate::interner::Symbol;

// ---- names and texts ----

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
    /// Where it stands, quotes included.
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

// ---- modules and declarations ----

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
    /// The documentation comment before it.
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

// ---- types ----

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

// ---- statements ----

/// The body of a header: an indented block, or one simple statement on the header's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Its statements; at least one unless an error has been reported.
    pub stmts: Vec<Stmt>,
    /// Where the `:` before it stands.
    pub colon: Span,
    /// Whether it stands on the header's line.
    pub inline: bool,
    /// From its first to its last statement.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    /// Its form.
    pub kind: StmtKind,
    /// From its first to its last token.
    pub span: Span,
}

/// The form of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// `let name: T = value`, `var name: T = value`
    Bind(Box<BindStmt>),
    /// `place = value`
    Assign(Box<AssignStmt>),
    /// `return`, `return value`
    Return(Option<Expr>),
    /// An expression, an HTML block or a `spawn`.
    Expr(Expr),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `if … else if … else …`
    If(IfStmt),
    /// `match …`
    Match(Box<MatchStmt>),
    /// `for … in …`
    For(Box<ForStmt>),
    /// `while …`
    While(Box<WhileStmt>),
    /// `transaction:`
    Transaction(TransactionStmt),
    /// Reported.
    Error,
}

/// A binding.
#[derive(Clone, Debug, PartialEq)]
pub struct BindStmt {
    /// Whether it is a `var`.
    pub mutable: bool,
    /// The name.
    pub name: Ident,
    /// The annotation.
    pub ty: Option<TypeRef>,
    /// The initialiser.
    pub value: Expr,
}

/// An assignment.
#[derive(Clone, Debug, PartialEq)]
pub struct AssignStmt {
    /// The place: a [`ExprKind::Name`], or members and indexings (optional ones too) rooted in one, without parentheses;
    /// or an error.
    pub place: Expr,
    /// The value.
    pub value: Expr,
}

/// A chain of `if`, `else if` and `else`.
#[derive(Clone, Debug, PartialEq)]
pub struct IfStmt {
    /// The `if` and every `else if`, in order; at least one.
    pub branches: Vec<IfBranch>,
    /// The block of the `else`.
    pub else_block: Option<Block>,
}

/// A condition and its block.
#[derive(Clone, Debug, PartialEq)]
pub struct IfBranch {
    /// The condition.
    pub cond: Expr,
    /// The block.
    pub block: Block,
    /// From `if` or `else` up to the `:`.
    pub head: Span,
}

/// A `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchStmt {
    /// The subject.
    pub subject: Expr,
    /// The arms; at least one unless an error has been reported.
    pub arms: Vec<Arm>,
    /// From `match` up to the `:`.
    pub head: Span,
    /// Where the `:` stands.
    pub colon: Span,
}

/// An arm of a `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The pattern.
    pub pattern: Pattern,
    /// What it does.
    pub body: ArmBody,
    /// From its first to its last token.
    pub span: Span,
}

/// The right side of an arm.
#[derive(Clone, Debug, PartialEq)]
pub enum ArmBody {
    /// `pattern: block`
    Block(Block),
    /// `pattern -> expr`
    Value(Expr),
    /// `pattern -> return e`, `-> break`, `-> continue`: the statement is one of these three.
    Leave(Box<Stmt>),
}

/// A `for`.
#[derive(Clone, Debug, PartialEq)]
pub struct ForStmt {
    /// What an element is bound to.
    pub pattern: Pattern,
    /// What it runs over.
    pub iter: Expr,
    /// The body.
    pub block: Block,
    /// From `for` up to the `:`.
    pub head: Span,
}

/// A `while`.
#[derive(Clone, Debug, PartialEq)]
pub struct WhileStmt {
    /// The condition.
    pub cond: Expr,
    /// The body.
    pub block: Block,
    /// From `while` up to the `:`.
    pub head: Span,
}

/// A `transaction`.
#[derive(Clone, Debug, PartialEq)]
pub struct TransactionStmt {
    /// The body.
    pub block: Block,
    /// Its word and the `:`: its head line.
    pub head: Span,
}

// ---- expressions ----

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Its form.
    pub kind: ExprKind,
    /// From its first to its last token, its own parentheses included.
    pub span: Span,
    /// Whether it stands in parentheses (which have no node of their own).
    pub parens: bool,
    /// The height of the tree below; the parser bounds it.
    pub(crate) height: u16,
}

/// The form of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// An integer; 9223372036854775808 only as the direct operand of [`UnaryOp::Neg`].
    Int(u64),
    /// A float.
    Float(f64),
    /// `true`, `false`
    Bool(bool),
    /// `null`
    Null,
    /// A plain string: the text it denotes.
    Str(Symbol),
    /// A string with at least one interpolation.
    Interpolated(Vec<StrPart>),
    /// A name; also `body`, `self`, `Self` and `_`.
    Name(Symbol),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{k: v}`
    Map(Vec<MapEntry>),
    /// `-e`, `!e`
    Unary(Box<UnaryExpr>),
    /// `a + b`, `a and b`, `a ?? b`, `a .. b`, …
    Binary(Box<BinaryExpr>),
    /// `box e`
    Box(Box<Expr>),
    /// `await e`
    Await(Box<Expr>),
    /// `callee<T>(args)`
    Call(Box<CallExpr>),
    /// `e.name`, `e?.name`
    Member(Box<MemberExpr>),
    /// `e[i]`, `e?[i]`
    Index(Box<IndexExpr>),
    /// `e ?!`, `e ?! error`
    Propagate(Box<PropagateExpr>),
    /// `spawn: block`; only as the whole value of a statement or HTML child, never inside another expression.
    Spawn(Box<SpawnExpr>),
    /// `call(): children`; only as the whole value of a statement or HTML child, never inside another expression.
    Html(Box<HtmlExpr>),
    /// Reported.
    Error,
}

/// A part of an interpolated string.
#[derive(Clone, Debug, PartialEq)]
pub enum StrPart {
    /// Text, escapes processed; never empty.
    Text(Symbol),
    /// `${expr}`
    Expr {
        /// The expression.
        expr: Expr,
        /// From `${` to `}`.
        span: Span,
    },
}

/// An entry of a map literal.
#[derive(Clone, Debug, PartialEq)]
pub struct MapEntry {
    /// The key.
    pub key: Expr,
    /// The value.
    pub value: Expr,
}

/// A prefix operator and its operand.
#[derive(Clone, Debug, PartialEq)]
pub struct UnaryExpr {
    /// The operator; it stands at the start of the expression.
    pub op: UnaryOp,
    /// The operand.
    pub operand: Expr,
}

/// A prefix operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `!`
    Not,
}

/// A binary operator and its operands.
#[derive(Clone, Debug, PartialEq)]
pub struct BinaryExpr {
    /// The operator.
    pub op: BinaryOp,
    /// Where the operator stands.
    pub op_span: Span,
    /// The left operand.
    pub left: Expr,
    /// The right operand.
    pub right: Expr,
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `??`
    Coalesce,
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `..`
    Range,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}

impl BinaryOp {
    /// How it is written.
    pub fn text(self) -> &'static str {
        match self {
            BinaryOp::Coalesce => "??",
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::Range => "..",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
        }
    }
}

/// A call. What it means depends on what the callee resolves to.
#[derive(Clone, Debug, PartialEq)]
pub struct CallExpr {
    /// What is called.
    pub callee: Expr,
    /// The type arguments; empty if none are written.
    pub type_args: Vec<TypeRef>,
    /// The arguments.
    pub args: Vec<Arg>,
    /// From `(` to `)`.
    pub parens: Span,
}

/// An argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// Its name: any word but `interface` and `impl`.
    pub name: Option<Ident>,
    /// Its value.
    pub value: Expr,
    /// What separates it from the argument before. A positional argument that lacks its comma has been reported; the
    /// separators of named ones are judged by callee (language reference 5.17, 8.1).
    pub separator: Separator,
    /// From its first to its last token.
    pub span: Span,
}

/// What stands before an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// Nothing: it is the first.
    First,
    /// A comma, at this place.
    Comma(Span),
    /// A line end, no comma.
    Line,
    /// Blanks on one line (or nothing at all), no comma.
    Blank,
}

/// A member access.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberExpr {
    /// What has the member.
    pub base: Expr,
    /// Whether it is written `?.`.
    pub optional: bool,
    /// The member: any word.
    pub name: Ident,
}

/// An indexing.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexExpr {
    /// What is indexed.
    pub base: Expr,
    /// Whether it is written `?[`.
    pub optional: bool,
    /// The index.
    pub index: Expr,
}

/// `?!`
#[derive(Clone, Debug, PartialEq)]
pub struct PropagateExpr {
    /// The value that is taken apart.
    pub value: Expr,
    /// Where `?!` stands.
    pub op_span: Span,
    /// The error value.
    pub error: Option<Expr>,
}

/// A task.
#[derive(Clone, Debug, PartialEq)]
pub struct SpawnExpr {
    /// Its block.
    pub block: Block,
    /// Its word and the `:`: its head line.
    pub head: Span,
}

/// A call followed by children.
#[derive(Clone, Debug, PartialEq)]
pub struct HtmlExpr {
    /// The call: an [`ExprKind::Call`], or an error.
    pub call: Expr,
    /// Where the `:` stands.
    pub colon: Span,
    /// The children.
    pub children: HtmlChildren,
}

/// The children of an HTML block, or of a branch or loop in one.
#[derive(Clone, Debug, PartialEq)]
pub struct HtmlChildren {
    /// The children; at least one unless an error has been reported.
    pub list: Vec<HtmlChild>,
    /// Where the `:` before them stands.
    pub colon: Span,
    /// Whether there is one child on the header's line.
    pub inline: bool,
    /// From the first to the last child.
    pub span: Span,
}

/// A child of an HTML block.
#[derive(Clone, Debug, PartialEq)]
pub enum HtmlChild {
    /// An expression (or HTML block).
    Expr(Expr),
    /// `if … else if … else …`
    If(HtmlIf),
    /// `for … in …`
    For(Box<HtmlFor>),
}

/// A choice of children.
#[derive(Clone, Debug, PartialEq)]
pub struct HtmlIf {
    /// The `if` and every `else if`, in order; at least one.
    pub branches: Vec<HtmlIfBranch>,
    /// The children of the `else`.
    pub else_children: Option<HtmlChildren>,
    /// From its first to its last token.
    pub span: Span,
}

/// A condition and its children.
#[derive(Clone, Debug, PartialEq)]
pub struct HtmlIfBranch {
    /// The condition.
    pub cond: Expr,
    /// The children.
    pub children: HtmlChildren,
    /// From `if` or `else` up to the `:`.
    pub head: Span,
}

/// Repeated children.
#[derive(Clone, Debug, PartialEq)]
pub struct HtmlFor {
    /// What an element is bound to.
    pub pattern: Pattern,
    /// What it runs over.
    pub iter: Expr,
    /// The children.
    pub children: HtmlChildren,
    /// From `for` up to the `:`.
    pub head: Span,
    /// From its first to its last token.
    pub span: Span,
}

// ---- patterns ----

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
    /// Reported.
    Error,
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
