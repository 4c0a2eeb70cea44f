//! Bodies: from the tree of a function, app or default expression to typed statements.
//!
//! Checking is bidirectional: [`Body::infer`] types an expression, with the type that is hoped for as a hint for literals;
//! [`Body::check`] does the same and fits the value to a type that is required. Whatever has an error is reported once and has
//! the type unknown from there on. Each change of a value's type becomes a `Coerce`, `Convert` or `Validate`, each way to yield a
//! result a `Return`.
//!
//! The subjects: names and scopes (`scope`, `name`), expressions (`expr`, `literal`, `operator`, `optional`, `member`, `method`, `call`,
//! `generic`, `arguments`, `builtin`, `query`), statements (`stmt`, `place`, `flow`, `transaction`), patterns (`pattern`, `exhaustive`), typed
//! positions (`position`), relations between types (`coerce`, `relation`), markup (`html`, `component`, `children`), tasks (`task`).

mod arguments;
mod builtin;
mod call;
mod children;
mod coerce;
mod component;
mod constructor;
mod exhaustive;
mod expr;
mod flow;
mod generic;
mod html;
mod literal;
mod member;
mod method;
mod name;
mod operator;
mod optional;
mod pattern;
mod place;
mod position;
mod query;
mod relation;
mod scope;
mod stmt;
mod task;
mod transaction;

use fuse_diagnostics::{Code, Diagnostic, FileId, Span, codes};
use fuse_hir::{self as hir, Expr, ExprKind, FnKind, Local, LocalId, ModuleId, Stmt, StmtKind, Ty, Types};
use fuse_syntax::{Symbol, ast, sym};
use rustc_hash::FxHashSet;

use crate::base64;
use crate::env::{Diags, Env, FnBody, FnInfo};
use crate::generics::{Findings, Instances};
use crate::index::note::{Meaning, Note};
use crate::index::{Role, Shape};
pub(crate) use coerce::{assignable, is_error_type, is_open, option_content, unencodable_part};
use position::{Mode, PathStep, Position, Root};
use scope::{Origin, Scopes};

/// A checked body.
#[derive(Debug)]
pub struct CheckedBody {
    /// All locals, the parameters first.
    pub locals: Vec<Local>,
    /// The statements.
    pub body: Vec<Stmt>,
    /// The result type; of a default the type of the value that it yields (see [`fuse_hir::Field::default`]).
    pub result: Ty,
    /// What concerns type parameters.
    pub findings: Findings,
    /// See [`fuse_hir::Function::hands_on_children`].
    pub hands_on_children: bool,
    /// See [`fuse_hir::Program::html_in_raw_text`].
    pub html_in_raw_text: bool,
    /// See [`fuse_hir::Program::has_transactions`].
    pub has_transactions: bool,
}

/// What an instance takes over from the check of its template.
#[derive(Clone, Copy)]
pub(crate) struct Pinned<'e> {
    /// Where names of patterns begin that are bindings, whatever the type is now.
    pub bindings: &'e FxHashSet<u32>,
    /// The body has a result, even if its type is `Unit` now.
    pub yields: bool,
}

/// Checks the body of a function, app, route, migration, test, default, template or instance.
pub(crate) fn check_body(
    env: &Env<'_>,
    types: &mut Types,
    instances: &mut Instances,
    info: &FnInfo<'_>,
    pinned: Option<Pinned<'_>>,
    diags: &mut Diags,
) -> CheckedBody {
    let yields = info.result != Ty::UNIT || pinned.is_some_and(|pinned| pinned.yields);
    let mut body = Body {
        env,
        types,
        diags,
        instances,
        info,
        pinned,
        findings: Findings::default(),
        module: info.module,
        file: env.file(info.module),
        locals: Vec::new(),
        scopes: Scopes::default(),
        kind: info.kind,
        result: yields.then_some(info.result),
        loops: Vec::new(),
        in_transaction: false,
        has_transactions: false,
        position: Position::NOWHERE,
        path: Vec::new(),
        pattern: Default::default(),
        damaged: false,
        html: Default::default(),
        tasks: Default::default(),
    };
    body.scopes.enter();
    for (number, param) in info.params.iter().enumerate() {
        let local = body.local(param.name, param.ty);
        if param.name != sym::UNDERSCORE {
            let origin = match param.name {
                _ if number == 0 && info.scope.receiver => Origin::Receiver,
                sym::BODY => Origin::RequestBody,
                _ => Origin::Parameter,
            };
            // Repeated parameters are reported with the declaration.
            body.scopes.bind(param.name, local, origin, param.span);
            body.note_local(param.name, local, origin, param.span);
        }
    }
    if info.kind == FnKind::Component {
        body.html.children = Some((LocalId(body.locals.len() as u32 - 1), 0, 0));
    }
    let mut statements = Vec::new();
    let mut result = info.result;
    match (info.body, info.body.default()) {
        (FnBody::Block(block), _) => body.function_block(block, info.span, &mut statements),
        (FnBody::Int(value), _) => {
            let value = body.expr(ExprKind::Int(value), Ty::INT, info.span);
            body.yield_value(value, &mut statements);
        }
        (_, Some(default)) => {
            let value = body.default_value(default, info.result);
            result = value.ty;
            body.yield_value(value, &mut statements);
        }
        (_, None) => {}
    }
    debug_assert!(
        !matches!(info.kind, FnKind::App | FnKind::Migration | FnKind::Test) || body.result.is_none()
    );
    let hands_on_children =
        body.html.children.is_some_and(|(_, mentioned, handed_on)| mentioned == handed_on);
    let html_in_raw_text = body.html.in_raw_text;
    CheckedBody {
        locals: body.locals,
        body: statements,
        result,
        findings: body.findings,
        hands_on_children,
        html_in_raw_text,
        has_transactions: body.has_transactions,
    }
}

/// The state of checking one body.
struct Body<'e, 'a> {
    env: &'e Env<'a>,
    types: &'e mut Types,
    diags: &'e mut Diags,
    instances: &'e mut Instances,
    /// What is checked.
    info: &'e FnInfo<'e>,
    /// Of an instance.
    pinned: Option<Pinned<'e>>,
    findings: Findings,
    module: ModuleId,
    file: FileId,
    locals: Vec<Local>,
    scopes: Scopes,
    kind: FnKind,
    /// The result type; `None` if the body has none.
    result: Option<Ty>,
    /// The loops around the current statement: whether a `break` leaves them.
    loops: Vec<bool>,
    /// The place at hand is inside a `transaction`.
    in_transaction: bool,
    /// There is a `transaction` in the body.
    has_transactions: bool,
    /// Where the expression at hand stands.
    position: Position,
    /// The steps of that place and of those around it, from the outermost inwards.
    path: Vec<PathStep>,
    /// What the pattern at hand binds.
    pattern: pattern::Bindings,
    /// Statements are missing from the body because of an error, a `return` perhaps among them.
    damaged: bool,
    /// What it has to do with HTML.
    html: html::Facts,
    /// Names of tasks, and the `spawn` blocks around the statement at hand.
    tasks: task::Tasks,
}

impl<'a> Body<'_, 'a> {
    /// Reports an error.
    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diags.push(Diagnostic::error(code, self.file, span, message));
    }

    /// Reports an error with a way out.
    fn error_hint(&mut self, code: Code, span: Span, message: impl Into<String>, hint: impl AsRef<str>) {
        self.diags.push(Diagnostic::error(code, self.file, span, message).hint(hint));
    }

    /// Reports a warning.
    fn warning(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diags.push(Diagnostic::warning(code, self.file, span, message));
    }

    /// The text of a name.
    fn text(&self, symbol: Symbol) -> &'a str {
        self.env.text(symbol)
    }

    /// The type that is written here; unknown after an error.
    fn resolve(&mut self, written: &ast::TypeRef) -> Ty {
        self.env.resolve_type_in(self.module, &self.info.scope, written, self.types, self.diags)
    }

    /// A type as users write it.
    fn show(&self, ty: Ty) -> String {
        self.env.type_name(self.types, ty)
    }

    /// The known name that was probably meant. Among very many errors it is not worth its time.
    fn near<'n>(&self, name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        const WORTHWHILE: usize = 1000;
        if self.diags.len() < WORTHWHILE { self.env.suggest(name, candidates) } else { None }
    }

    /// A typed expression.
    fn expr(&self, kind: ExprKind, ty: Ty, span: Span) -> Expr {
        Expr { kind, ty, span: at(span) }
    }

    /// What stands for an expression that has an error.
    fn unknown(&self, span: Span) -> Expr {
        self.expr(ExprKind::Unit, Ty::UNKNOWN, span)
    }

    /// A new local.
    fn local(&mut self, name: Symbol, ty: Ty) -> LocalId {
        self.locals.push(Local { name: self.text(name).to_owned(), ty });
        LocalId(self.locals.len() as u32 - 1)
    }

    /// A new local that no name reaches.
    fn helper(&mut self, ty: Ty) -> LocalId {
        let number = self.locals.len() as u32;
        self.locals.push(Local { name: format!("${number}"), ty });
        LocalId(number)
    }

    /// Binds a name in the innermost scope; `_` binds nothing.
    fn bind(&mut self, name: Symbol, local: LocalId, origin: Origin, span: Span) {
        if name == sym::UNDERSCORE || name == sym::EMPTY {
            return;
        }
        self.note_local(name, local, origin, span);
        if let Some(earlier) = self.scopes.bind(name, local, origin, span) {
            let name = self.text(name);
            let message = format!("`{name}` is declared twice in this scope");
            self.error_hint(codes::DUPLICATE_LOCAL, span, message, "use another name, or assign to a `var`");
            self.error(codes::DUPLICATE_LOCAL, earlier, format!("`{name}` is declared here first"));
        }
    }

    /// Notes what a name means, if somebody wants to know. An instance says nothing that its template has not said.
    #[inline]
    fn note(&self, span: Span, meaning: Meaning) {
        if self.env.notes.is_some() && self.pinned.is_none() {
            self.env.note(self.module, span, meaning);
        }
    }

    /// The same, for a name that is more than a use.
    #[inline]
    fn note_as(&self, span: Span, meaning: Meaning, role: Role) {
        if self.env.notes.is_some() && self.pinned.is_none() {
            self.env.note_as(self.module, span, meaning, role);
        }
    }

    /// Notes a local name with its type.
    fn note_local(&self, name: Symbol, local: LocalId, origin: Origin, span: Span) {
        let Some(notes) = &self.env.notes else { return };
        if self.pinned.is_some() || name == sym::UNDERSCORE || name == sym::EMPTY {
            return;
        }
        let parameter = matches!(origin, Origin::Parameter | Origin::RequestBody | Origin::Receiver);
        let mutable = matches!(origin, Origin::Var);
        let ty = self.show(self.locals[local.0 as usize].ty);
        notes.push(Note::Local { file: self.file, span, name, parameter, mutable, ty });
    }

    /// Notes what stands before the dot before a name.
    fn note_base(&self, ty: Ty, name: ast::Ident) {
        let Some(notes) = &self.env.notes else { return };
        if self.pinned.is_some() {
            return;
        }
        let shape = match *self.types.get(ty) {
            hir::Type::Struct(id) => Shape::Struct(id.0),
            hir::Type::Enum(id) => Shape::Enum(id.0),
            hir::Type::Config(id) => Shape::Config(id.0),
            hir::Type::StdError => Shape::StdError,
            hir::Type::Query => Shape::Query,
            hir::Type::Parameter(_) => match self.env.constraint_of(self.types, ty) {
                Some(interface) => Shape::Interface(interface.0),
                None => return,
            },
            _ => return,
        };
        notes.push(Note::Base { file: self.file, start: name.span.start, shape });
    }

    /// A value as one of another type to which it is assignable.
    fn coerced(&self, value: Expr, ty: Ty) -> Expr {
        if value.ty == ty || value.ty == Ty::UNKNOWN || ty == Ty::UNKNOWN {
            return value;
        }
        let span = value.span;
        Expr { kind: ExprKind::Coerce(Box::new(value)), ty, span }
    }

    /// The expression of a default, whose value its user converts and tests. A plain string may be that of bytes in a config.
    fn default_value(&mut self, default: &ast::Expr, expected: Ty) -> Expr {
        let bytes = coerce::operand(self.types, expected) == Ty::BYTES;
        match default.kind {
            ast::ExprKind::Str(text) if bytes && self.config_default().is_some() => {
                match base64::decode(self.text(text)) {
                    Ok(bytes) => self.expr(ExprKind::Bytes(bytes.into()), Ty::BYTES, default.span),
                    Err(reason) => {
                        let message = format!("the default is not base64 text: {reason}");
                        let hint = "a text stands for bytes in base64, as in \"c2VjcmV0\"";
                        self.error_hint(codes::CONFIG_BASE64_DEFAULT, default.span, message, hint);
                        self.unknown(default.span)
                    }
                }
            }
            _ => self.check_at(Root::Default, Mode::Default, default, expected),
        }
    }

    /// A value with its lookup opened.
    fn opened(&mut self, value: Expr) -> Expr {
        let ty = coerce::opened(self.types, value.ty);
        self.coerced(value, ty)
    }

    /// A value as operators see it: lookups opened, validated types widened.
    fn operand(&mut self, value: Expr) -> Expr {
        let ty = coerce::operand(self.types, value.ty);
        self.coerced(value, ty)
    }

    /// Ends the body with a value that fits its result type.
    fn yield_value(&mut self, value: Expr, out: &mut Vec<Stmt>) {
        let span = value.span;
        out.push(Stmt { kind: StmtKind::Return(Some(value)), span });
    }
}

/// The span as the checked program has it.
fn at(span: Span) -> hir::Span {
    hir::Span { start: span.start, end: span.end }
}

/// The span as diagnostics have it.
fn back(span: hir::Span) -> Span {
    Span::new(span.start, span.end)
}
