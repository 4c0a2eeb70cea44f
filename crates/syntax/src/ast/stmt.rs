//! Statements.

use fuse_diagnostics::Span;

use super::*;

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
