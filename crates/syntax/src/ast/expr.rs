//! Expressions, calls and HTML blocks.

use fuse_diagnostics::Span;

use super::*;
use crate::interner::Symbol;

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
    /// The children of a block that is an argument; made by the checker out of a block after a function call, never by the parser.
    Children(Box<HtmlChildren>),
    /// Reported.
    Error,
}

impl Expr {
    /// An expression that stands nowhere in the source, for the place of what it was made of.
    pub fn made(kind: ExprKind, span: Span) -> Expr {
        Expr { kind, span, parens: false, height: 0 }
    }
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
    /// Whether these are all arguments; otherwise an error has been reported.
    pub complete: bool,
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
    /// Blanks on one line, no comma.
    Blank,
    /// Nothing at all: the argument adjoins the one before.
    Nothing,
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
    /// A statement, which has been reported; a name that it binds is no further mistake.
    Rejected(Box<Stmt>),
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
