//! Typed positions: where a value meets a type, how it is made one of it, and what errors call the place (language reference
//! 5.13, runtime reference 2.5, 6.1).

use fuse_diagnostics::{Diagnostic, codes};
use fuse_hir::{ConfigId, Expr, ExprKind, FnKind, Ty, Type};
use fuse_syntax::{Symbol, ast};

use super::relation::{becomes_dynamic, converts, needs_test};
use super::{Body, back, coerce};
use crate::env::FnBody;

/// Where a value stands. What is inside literals, optional constructors and the operands of `??` stands there too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    /// What paths of errors begin with.
    pub root: Root,
    /// How values become values of the type.
    pub mode: Mode,
    /// The first of the body's path steps that belongs to it.
    steps: usize,
}

/// How a position makes a value one of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Dynamic parts are converted.
    Plain,
    /// In addition validated parts are tested, and may come from their base.
    Validating,
    /// The value of a default: whoever uses it converts and tests it, then.
    Default,
}

/// What the path of an error begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// No named value.
    Nowhere,
    /// A variable or parameter.
    Name(Symbol),
    /// A parameter of a builtin.
    Builtin(&'static str),
    /// An argument of a function value.
    Argument,
    /// The value that a body yields.
    Return,
    /// A field of a struct type.
    Field(Symbol, Symbol),
    /// An element of an enum's payload: its number, if there are several.
    Payload(Symbol, Option<u32>),
    /// The value of the default that is being checked.
    Default,
}

/// A step from a place to a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathStep {
    /// A field, or a key that is a plain string.
    Key(Symbol),
    /// An element.
    Index(u64),
    /// A key that is not known before the program runs.
    AnyKey,
    /// An element whose number is not known before.
    AnyIndex,
}

impl Position {
    /// No place that has a name.
    pub const NOWHERE: Position = Position { root: Root::Nowhere, mode: Mode::Plain, steps: 0 };
}

impl Body<'_, '_> {
    /// An expression at a typed position.
    pub(super) fn check_at(&mut self, root: Root, mode: Mode, expr: &ast::Expr, expected: Ty) -> Expr {
        self.at_position(root, mode, |body| body.check(expr, expected))
    }

    /// Runs a check at a position.
    pub(super) fn at_position<T>(&mut self, root: Root, mode: Mode, check: impl FnOnce(&mut Self) -> T) -> T {
        let position = Position { root, mode, steps: self.path.len() };
        let outer = std::mem::replace(&mut self.position, position);
        let checked = check(self);
        self.position = outer;
        checked
    }

    /// Runs a check at the same place in another mode.
    pub(super) fn in_mode<T>(&mut self, mode: Mode, check: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.position;
        self.position.mode = mode;
        let checked = check(self);
        self.position = outer;
        checked
    }

    /// Runs a check at a part of the position.
    pub(super) fn at_step<T>(&mut self, step: PathStep, check: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let checked = check(self);
        self.path.pop();
        checked
    }

    /// Fits a value to the type that its place requires.
    pub(super) fn fit(&mut self, value: Expr, expected: Ty) -> Expr {
        if !self.accepts(value.ty, expected) {
            self.mismatch(&value, expected);
            return self.unknown(back(value.span));
        }
        match self.position.mode {
            Mode::Default => {
                let ty = self.default_type(value.ty, expected);
                self.shaped(value, ty)
            }
            Mode::Validating
                if !matches!(value.kind, ExprKind::Null) && needs_test(self.types, value.ty, expected) =>
            {
                self.validated(value, expected)
            }
            _ => self.shaped(value, expected),
        }
    }

    /// Whether the position accepts a value of a type.
    pub(super) fn accepts(&self, from: Ty, to: Ty) -> bool {
        match self.position.mode {
            Mode::Plain => coerce::assignable(self.types, from, to),
            Mode::Validating | Mode::Default => coerce::assignable_if_tested(self.types, from, to),
        }
    }

    /// The type that a default of this type yields: as close to the expected one as it is without conversion and test.
    fn default_type(&mut self, found: Ty, expected: Ty) -> Ty {
        if converts(self.types, found, expected) {
            let optional = matches!(self.types.get(expected), Type::Option(_));
            return match *self.types.get(found) {
                Type::Lookup(value) if optional => self.types.option(value),
                Type::Lookup(value) => value,
                _ => found,
            };
        }
        if needs_test(self.types, found, expected) { self.types.untested(expected) } else { expected }
    }

    /// A value that fits a type as one of it, without a test: converted where it is dynamic and the type is not.
    pub(super) fn shaped(&mut self, value: Expr, ty: Ty) -> Expr {
        if value.ty == ty || value.ty == Ty::UNKNOWN || ty == Ty::UNKNOWN {
            return value;
        }
        if converts(self.types, value.ty, ty) {
            return self.converted(value, ty);
        }
        if becomes_dynamic(self.types, value.ty, ty) && !coerce::is_encodable(self.types, self.env, value.ty)
        {
            return self.not_encodable(&value);
        }
        self.coerced(value, ty)
    }

    /// A value with dynamic parts, converted.
    fn converted(&mut self, value: Expr, ty: Ty) -> Expr {
        let value = self.unconverted(value, ty);
        let span = value.span;
        Expr { kind: ExprKind::Convert(Box::new(value), self.path_text().into()), ty, span }
    }

    /// A value as it is before its conversion: a missing entry is `null` where that is accepted, and a null access elsewhere.
    pub(super) fn unconverted(&mut self, value: Expr, ty: Ty) -> Expr {
        match (self.types.get(value.ty), self.types.get(ty)) {
            (&Type::Lookup(inner), Type::Option(_) | Type::Lookup(_)) => {
                let optional = self.types.option(inner);
                self.coerced(value, optional)
            }
            _ => self.opened(value),
        }
    }

    /// A value that is tested to be one of a type with validated parts.
    fn validated(&mut self, value: Expr, ty: Ty) -> Expr {
        let untested = self.types.untested(ty);
        let value = self.shaped(value, untested);
        let span = value.span;
        Expr { kind: ExprKind::Validate(Box::new(value), self.path_text().into()), ty, span }
    }

    /// A value that has no JSON form where one is needed.
    pub(super) fn not_encodable(&mut self, value: &Expr) -> Expr {
        let message = format!("a value of type {} cannot be encoded as JSON", self.show(value.ty));
        self.error(codes::NOT_ENCODABLE, back(value.span), message);
        self.unknown(back(value.span))
    }

    /// A dynamic value of the type that an operator, an index or a builtin needs: another kind is a failure.
    pub(super) fn expected_kind(&self, value: Expr, ty: Ty, otherwise: fuse_hir::Expectation) -> Expr {
        let span = value.span;
        Expr { kind: ExprKind::Expect(Box::new(value), otherwise), ty, span }
    }

    /// Reports a value whose type does not fit.
    pub(super) fn mismatch(&mut self, value: &Expr, expected: Ty) {
        let message = format!("expected {}, found {}", self.show(expected), self.show(value.ty));
        let yielded = self.kind == FnKind::Component && self.position.root == Root::Return;
        let code = if yielded { codes::COMPONENT_RESULT } else { codes::TYPE_MISMATCH };
        let mut finding = Diagnostic::error(code, self.file, back(value.span), message);
        if let Some(hint) = self.mismatch_hint(value.ty, expected) {
            finding = finding.hint(hint);
        }
        self.diags.push(finding);
    }

    /// What to do about a value of the wrong type, where that is plain.
    fn mismatch_hint(&self, found: Ty, expected: Ty) -> Option<&'static str> {
        match (self.types.get(found), self.types.get(expected)) {
            (Type::Null, _) => Some("only an option (`T?`) can be `null`"),
            (Type::Option(inner), _) if coerce::assignable(self.types, *inner, expected) => {
                Some("the value may be `null`: use `??`, `?!` or `match` to get at it")
            }
            (Type::Result(value, _), _) if coerce::assignable(self.types, *value, expected) => {
                Some("the value may be an error: use `?!` or `match` to get at it")
            }
            (Type::Int | Type::Float, Type::String) => Some("write it into a text: \"${value}\""),
            (Type::Int, Type::Float) => {
                Some("Int and Float do not mix here: write the number with a fraction, or add `0.0`")
            }
            _ if coerce::assignable_if_tested(self.types, found, expected) => {
                Some("values are tested in the fields of struct literals and in defaults, not here")
            }
            _ => None,
        }
    }

    /// The path of errors at the position (runtime reference 6.1).
    fn path_text(&self) -> String {
        let mut path = match self.position.root {
            Root::Nowhere => "$".to_owned(),
            Root::Name(name) => self.text(name).to_owned(),
            Root::Builtin(name) => name.to_owned(),
            Root::Argument => "argument".to_owned(),
            Root::Return => "return".to_owned(),
            Root::Field(owner, field) => format!("{}.{}", self.text(owner), self.text(field)),
            Root::Payload(owner, None) => format!("{}.data", self.text(owner)),
            Root::Payload(owner, Some(number)) => format!("{}.data[{number}]", self.text(owner)),
            Root::Default => self.default_path(),
        };
        for step in self.path.get(self.position.steps..).unwrap_or_default() {
            match step {
                PathStep::Key(key) => path.extend([".", self.text(*key)]),
                PathStep::Index(index) => path.push_str(&format!("[{index}]")),
                PathStep::AnyKey => path.push_str(".*"),
                PathStep::AnyIndex => path.push_str("[*]"),
            }
        }
        path
    }

    /// What errors in the value of the default at hand call it: its field with the type or config, or its parameter.
    fn default_path(&self) -> String {
        let info = self.info;
        match (info.body, info.name.rsplit_once('.')) {
            (FnBody::Parameter(_), Some((_, parameter))) => parameter.to_owned(),
            _ => info.name.clone(),
        }
    }

    /// The default of a config's field that is being checked.
    pub(super) fn config_default(&self) -> Option<(ConfigId, u32)> {
        match self.info.body {
            FnBody::Config(config, field, _) => Some((config, field)),
            _ => None,
        }
    }
}
