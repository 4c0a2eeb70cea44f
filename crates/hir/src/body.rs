//! Bodies: statements, expressions, patterns.

use crate::builtin::Builtin;
use crate::html::{Child, ComponentCall, Element};
use crate::program::{AssetId, ConfigId, EnumId, FnId, Span, StructId};
use crate::types::Ty;
use std::sync::Arc;

/// A local of a function: index into its `locals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalId(pub u32);

/// A local variable, parameter, pattern binding or helper.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name; helpers have names that start with `$`.
    pub name: String,
    /// Its type; for names of a cell (`box`), the type of the content; for a binding that keeps a lookup, the lookup type.
    pub ty: Ty,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it stands.
    pub span: Span,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// Binds a local (`let`, `var`, the first name of a cell), or stores into it (an assignment to a bare name, or to a cell's name). A local that holds a
    /// task is in scope up to the end of the block in which it is bound.
    Let(LocalId, Expr),
    /// `place = value` with at least one step. The value is evaluated first, then the indices of the place from left to right, then it is stored.
    /// A value whose type [holds dynamic values](crate::Types::holds_dynamic) where the place does not is converted when it is stored: its path
    /// begins with the root's name and goes on with the steps.
    Assign(Place, Expr),
    /// An expression for its effect.
    Expr(Expr),
    /// Conditions in order with their blocks, and the block of `else`.
    If(Vec<(Expr, Vec<Stmt>)>, Vec<Stmt>),
    /// Runs the first arm that matches; nothing if none does (then `exhaustive` is false).
    Match {
        /// Evaluated once.
        subject: Expr,
        /// In order.
        arms: Vec<Arm>,
        /// The arms cover every value.
        exhaustive: bool,
    },
    /// Over a list, a map's values, or a range.
    For {
        /// Binds each element; irrefutable. Its type is that of the elements.
        pattern: Pat,
        /// A list, a map, a dynamic value (then the pattern's type is dynamic, and other kinds than list and map are a failure), or an [`ExprKind::Range`] (iterate without building it). A missing or `null` element of a map is a null access where `pattern`'s type is no option.
        iter: Expr,
        /// The body.
        body: Vec<Stmt>,
    },
    /// While the condition holds.
    While(Expr, Vec<Stmt>),
    /// Leaves the innermost loop.
    Break,
    /// Next round of the innermost loop.
    Continue,
    /// Leaves the function, or the `spawn` block. The value has the function's result type (coerced); `None` only if that is `Unit`.
    Return(Option<Expr>),
}

/// An arm.
#[derive(Clone, Debug)]
pub struct Arm {
    /// When.
    pub pattern: Pat,
    /// What.
    pub body: Vec<Stmt>,
}

/// A place with at least one step.
#[derive(Clone, Debug)]
pub struct Place {
    /// The local it is rooted in.
    pub root: LocalId,
    /// Steps from the root inwards.
    pub steps: Vec<Step>,
}

/// A step of a place.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it selects.
    pub kind: StepKind,
    /// Type of the value the step is applied to: an option or lookup if `optional`, or if a lookup or option has to be opened first (null access if it is null).
    pub base: Ty,
    /// Written with `?`: a null base is the failure `OptionalAssignment`.
    pub optional: bool,
    /// Type of what it selects (for a map step, the map's value type).
    pub ty: Ty,
    /// Where, for failures.
    pub span: Span,
}

/// What a step of a place selects.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// Field by number; of a `std.Error` value, the [member](crate::StdErrors::MEMBERS) of that number: a failure if the value at hand does not have it.
    Field(u32),
    /// List element; Int.
    Index(Expr),
    /// Map value; String. As the last step it inserts or replaces, before that a missing entry is the failure `MissingMapEntry`.
    Key(Expr),
    /// Element of a dynamic list or value of a dynamic map; the index is dynamic, too. All steps after it are of this kind.
    Dynamic(Expr),
}

/// A typed expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Ty,
    /// Where it stands.
    pub span: Span,
}

/// Arithmetic on two operands of the same type (`Int` or `Float`; the checker has put `IntToFloat` where they were mixed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`, on Int.
    Rem,
}

/// Order comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// What an expression computes. Operands have been widened to their base type and opened (lookups, boxes) by the checker.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// Int literal (sign included).
    Int(i64),
    /// Float literal.
    Float(f64),
    /// Bool literal.
    Bool(bool),
    /// String literal.
    String(Box<str>),
    /// The value of `Unit`.
    Unit,
    /// `null` of the option type `ty` (or `Null`, under a `Coerce`).
    Null,
    /// The bytes of a config's `Bytes` default that is written as a base64 text.
    Bytes(Box<[u8]>),
    /// An imported file: a String, or a dynamic value.
    Asset(AssetId),
    /// A local.
    Local(LocalId),
    /// A config as a value; it has no slots.
    Config(ConfigId),
    /// A field of a config by number.
    ConfigField(ConfigId, u32),
    /// A function as a value.
    Function(FnId),
    /// Arithmetic; operand type is the type of the expression.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// Unary minus.
    Negate(Box<Expr>),
    /// `!`
    Not(Box<Expr>),
    /// `and`
    And(Box<Expr>, Box<Expr>),
    /// `or`
    Or(Box<Expr>, Box<Expr>),
    /// Int to Float in mixed arithmetic and mixed ranges.
    IntToFloat(Box<Expr>),
    /// Relational; each operand is Int or Float by its own type: mixed ones compare mathematical values.
    Compare(Relation, Box<Expr>, Box<Expr>),
    /// Arithmetic with a dynamic operand; both operands are dynamic (coerced), and so is the result.
    DynamicArithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// Unary minus on a dynamic value; dynamic.
    DynamicNegate(Box<Expr>),
    /// Relational with a dynamic operand; both are dynamic (coerced).
    DynamicCompare(Relation, Box<Expr>, Box<Expr>),
    /// `==` (or `!=` if `negated`) with a dynamic operand; both are dynamic (coerced).
    DynamicEqual {
        /// `!=`
        negated: bool,
        /// Left.
        left: Box<Expr>,
        /// Right.
        right: Box<Expr>,
    },
    /// `a..b` with a dynamic bound; both are dynamic (coerced), and so is the result: a list.
    DynamicRange(Box<Expr>, Box<Expr>),
    /// Element of a dynamic value; the index is dynamic (coerced). Dynamic.
    DynamicIndex(Box<Expr>, Box<Expr>),
    /// `value?[index]` of a dynamic value; the index is dynamic (coerced). Dynamic.
    DynamicIndexOrNull(Box<Expr>, Box<Expr>),
    /// A dynamic value where an operator, a condition, an index or a builtin needs a `ty` (`Int`, `Float`, `Bool`, `String` or `Bytes`): not converted, another
    /// kind is a runtime failure. (For `Float`, an Int is another kind, too.)
    Expect(Box<Expr>, Expectation),
    /// A value whose type [holds dynamic values](crate::Types::holds_dynamic) made a value of the type `ty`, that does not: checked and converted
    /// (runtime reference 2.5); every problem is in one validation error, with paths that begin with the text.
    Convert(Box<Expr>, Box<str>),
    /// A value of `ty` [untested](crate::Types::untested), tested: if it is not accepted, a validation error with the path. One entry, the first
    /// (validation positions of language reference 5.13).
    Validate(Box<Expr>, Box<str>),
    /// `==` (or `!=` if `negated`) on Int, Float, Bool, String or Bytes; each operand may be an option or lookup of it.
    Equal {
        /// `!=`
        negated: bool,
        /// Left.
        left: Box<Expr>,
        /// Right.
        right: Box<Expr>,
    },
    /// Comparison with the literal `null`; the operand is an option or lookup of any type, or dynamic.
    IsNull {
        /// `!=`
        negated: bool,
        /// What is tested.
        operand: Box<Expr>,
    },
    /// Text forms one after the other: interpolation, and `+` with a String (nested ones are flattened). Any types with text forms.
    Text(Vec<Expr>),
    /// `+` on two lists of the same type.
    ListConcat(Box<Expr>, Box<Expr>),
    /// `a..b`; both Int or both Float.
    Range(Box<Expr>, Box<Expr>),
    /// List literal; the elements have the element type.
    List(Vec<Expr>),
    /// Map literal; keys are String, values have the value type.
    Map(Vec<(Expr, Expr)>),
    /// Struct literal: fields by number in source order; the others take their defaults (function or `null`) in declaration order afterwards.
    Struct(StructId, Vec<(u32, Expr)>),
    /// Enum value: all payload elements by number in source order (named ones may stand in any order).
    Variant(EnumId, u32, Vec<(u32, Expr)>),
    /// `Ok(v)` of the result type `ty`.
    Ok(Box<Expr>),
    /// `Err(e)` of the result type `ty`; the operand's type is one of the domains, or `Union`.
    Err(Box<Expr>),
    /// Makes a value of type `ty` out of one of another type to which it is assignable, wherever the types are not the same: into and between options, opening lookups
    /// (null access), element by element in lists and maps, success and domains of results, `std.Error.X` to `std.Error`, `Never` and `Null`
    /// to anything they fit, validated types to their base, `String` to `Id` and `Email` (no change of the value), and anything to the dynamic type (its
    /// JSON form: structs and enums become maps).
    Coerce(Box<Expr>),
    /// Field of a struct by number.
    Field(Box<Expr>, u32),
    /// Field of a `std.Error` value (base type) by name, looked up at run time.
    ErrorField(Box<Expr>, &'static str),
    /// Field that every domain of a union has with the same type: for each domain of the union's type, in order, the field number in it.
    UnionField(Box<Expr>, Vec<u32>),
    /// List element; fails out of bounds.
    Index(Box<Expr>, Box<Expr>),
    /// Map lookup; `ty` is a lookup type, or dynamic if the map's values are.
    Lookup(Box<Expr>, Box<Expr>),
    /// `list?[i]`: null out of bounds; `ty` is an option, or dynamic if the elements are.
    IndexOrNull(Box<Expr>, Box<Expr>),
    /// `base?.…`, `base?[…]`: null if the base (option or lookup) is null; else the local holds its content while `body` is evaluated. `ty` is an option; `body` has
    /// that type too (coerced).
    OptionalChain {
        /// Tested.
        base: Box<Expr>,
        /// Holds the content.
        local: LocalId,
        /// Evaluated only if the base is not null.
        body: Box<Expr>,
    },
    /// `a ?? b`; `a` is an option or lookup, `b` has type `ty`; `ty` is the inner type or an option of it. If `a` is dynamic, all are.
    Coalesce(Box<Expr>, Box<Expr>),
    /// `e ?! err` / `e ?!`: on null or failure, the function returns `Err` of the error (coerced to one of the function's domains: its type is that of the error
    /// expression, or, without one, each domain of the operand); otherwise the content.
    Propagate {
        /// Option, lookup, result or dynamic (then the content is, too).
        operand: Box<Expr>,
        /// The error value; `None` only for results.
        error: Option<Box<Expr>>,
    },
    /// The first for its effect, then the second, whose value it is.
    Then(Box<Expr>, Box<Expr>),
    /// Starts a task; `ty` is [`Task`](crate::Type::Task) of what awaiting it yields. Stands only as the value of a [`StmtKind::Let`]. Shared,
    /// because its body becomes a function of its own.
    Spawn(Arc<Spawn>),
    /// Waits for a task, which is a [`ExprKind::Local`]. `ty` is what its block yields ([`Spawn::result`]): in a callable that can fail a result, around
    /// which stands an [`ExprKind::Propagate`].
    Await(Box<Expr>),
    /// A call: arguments by parameter number in source order; the others take their defaults afterwards, in parameter order.
    Call(FnId, Vec<(u32, Expr)>),
    /// Call of a function value.
    CallValue(Box<Expr>, Vec<Expr>),
    /// Call of a builtin.
    CallBuiltin(Builtin, Vec<Expr>),
    /// Call of an HTML tag.
    Element(Box<Element>),
    /// Call of a component.
    Component(Box<ComponentCall>),
    /// The children of an HTML block as a `List<Html>`: texts have become text nodes, lists are flattened. Failures of dynamic children call
    /// what they stand in by the name.
    Children(Box<str>, Vec<Child>),
}

/// A `spawn` block: a body that shares the locals of the function it stands in.
#[derive(Clone, Debug)]
pub struct Spawn {
    /// Name within the module: that of the function, and a number.
    pub name: String,
    /// The outer locals that it mentions, ascending: it gets their values.
    pub captures: Vec<LocalId>,
    /// What it yields: the type of the task's value, or, in a callable that can fail, a result of it with the callable's domains.
    pub result: Ty,
    /// The statements; each return has the type `result`.
    pub body: Vec<Stmt>,
}

/// Where an [`ExprKind::Expect`] stands: what fails if the dynamic value has another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// `condition must be a Bool`: conditions, `and`, `or`, `!`.
    Condition,
    /// `list index must be Int`
    ListIndex,
    /// `map keys must be strings`
    MapKey,
    /// An argument of a builtin: this text, with the code `runtime_invalid_arguments`.
    Argument(&'static str),
    /// The attributes of a tag, or the value of one: `<tag> attrs must be Map<String, String>`, with that code.
    Attributes(&'static str),
    /// The children of a tag: `<tag> expects children as List<Html>`, with that code; the type is a list of dynamic values.
    Children(&'static str),
}

/// A typed pattern.
#[derive(Clone, Debug)]
pub struct Pat {
    /// What it matches.
    pub kind: PatKind,
    /// The subject's type.
    pub ty: Ty,
    /// Where it stands.
    pub span: Span,
}

/// What a pattern matches.
#[derive(Clone, Debug)]
pub enum PatKind {
    /// Anything.
    Wild,
    /// Anything, binding it.
    Bind(LocalId),
    /// An equal Int. (A literal on an option or lookup stands inside a [`PatKind::Some`].) On a dynamic subject, which keeps its type, a value of another kind
    /// does not match; so for all literals.
    Int(i64),
    /// An equal Float.
    Float(f64),
    /// An equal Bool.
    Bool(bool),
    /// An equal String.
    String(Box<str>),
    /// `null`, `None`, on an option, lookup or dynamic value.
    Null,
    /// A value of an option or lookup; a dynamic value that is not `null` (the inner pattern is dynamic).
    Some(Box<Pat>),
    /// A variant, with patterns for some payload elements by number.
    Variant(u32, Vec<(u32, Pat)>),
    /// Success.
    Ok(Box<Pat>),
    /// Failure; the inner pattern's type is the domain, or a union of several.
    Err(Box<Pat>),
    /// A struct, with patterns for some fields by number; or a value of `std.Error`, with patterns for some of [its members](crate::StdErrors::MEMBERS).
    Struct(Vec<(u32, Pat)>),
    /// On a union: a value of its n-th domain. On `std.Error` this does not occur.
    Domain(u32, Box<Pat>),
}
