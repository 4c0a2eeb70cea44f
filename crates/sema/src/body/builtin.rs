//! Calls of builtin functions (language reference, Appendix B).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Builtin, Expectation, Expr, ExprKind, LocalId, Ty, Type, is_log_level};
use fuse_syntax::{Symbol, ast};

use super::arguments::Parameters;
use super::call::Callee;
use super::position::{Mode, Root};
use super::relation::converts;
use super::{Body, coerce};
use crate::builtins::{BuiltinDefault, BuiltinFn, BuiltinParam, BuiltinType};
use crate::index::note::Meaning;

impl Body<'_, '_> {
    /// A call of a builtin function; `name` is its name with that of its namespace.
    pub(super) fn call_builtin(
        &mut self,
        builtin: &'static BuiltinFn,
        name: &str,
        call: &ast::CallExpr,
        span: Span,
    ) -> Expr {
        // With named arguments `input` is the HTML tag (language reference 3.8).
        if builtin.name == "input" && call.args.iter().any(|arg| arg.name.is_some()) {
            return self.element("input", call, None, span);
        }
        if !builtin.in_spawn {
            self.no_builtin_in_spawn(name, span);
        }
        let allowed = self.use_builtin(builtin, name, span);
        let args = match builtin.rest {
            Some(rest) => self.open_ended(builtin, rest, call),
            None => self.fixed(builtin, name, call, span),
        };
        match (args, builtin.result.ty(self.types)) {
            (Some(args), Some(result)) if allowed => {
                self.note_html_node(builtin.builtin, &args);
                self.in_source_order(builtin.builtin, args, result, span)
            }
            _ => self.unknown(span),
        }
    }

    /// A call of a method of a query, which is its first argument.
    pub(super) fn call_query_method(
        &mut self,
        method: &'static BuiltinFn,
        query: Expr,
        call: &ast::CallExpr,
        span: Span,
    ) -> Expr {
        let name = format!("query.{}", method.name);
        let allowed = self.use_builtin(method, &name, span);
        let args = self.fixed(method, method.name, call, span);
        let result = method.result.ty(self.types);
        match (args, result) {
            (Some(args), Some(result)) if allowed => {
                let shifted = args.into_iter().map(|(number, value)| (number + 1, value));
                let args = std::iter::once((0, query)).chain(shifted).collect();
                self.in_source_order(method.builtin, args, result, span)
            }
            _ => self.unknown(span),
        }
    }

    /// The call with arguments by parameter number in the order in which they are evaluated. The checked program has them in the
    /// order of the parameters: those that are evaluated too early for that, and all before them, are held in locals.
    fn in_source_order(
        &mut self,
        target: Builtin,
        mut args: Vec<(u32, Expr)>,
        result: Ty,
        span: Span,
    ) -> Expr {
        let mut held = Vec::new();
        // From the last to the first, so that the lowest number of those behind is known.
        let mut lowest = u32::MAX;
        for (number, value) in args.iter_mut().rev() {
            if lowest < *number || !held.is_empty() {
                let early = std::mem::replace(value, self.unknown(span));
                let local = self.helper(early.ty);
                *value = self.expr(ExprKind::Local(local), early.ty, span);
                held.push((local, early));
            }
            lowest = lowest.min(*number);
        }
        args.sort_by_key(|(number, _)| *number);
        let args = args.into_iter().map(|(_, value)| value).collect();
        let call = self.expr(ExprKind::CallBuiltin(target, args), result, span);
        held.into_iter().fold(call, |call, (local, value)| self.with_local(local, value, call))
    }

    /// `body` with a value in a local.
    pub(super) fn with_local(&mut self, local: LocalId, value: Expr, body: Expr) -> Expr {
        let (ty, span) = (body.ty, super::back(body.span));
        self.expr(ExprKind::Let(local, Box::new(value), Box::new(body)), ty, span)
    }

    /// The arguments of a builtin with a fixed number of parameters by number in source order, then the defaults of the others.
    fn fixed(
        &mut self,
        builtin: &'static BuiltinFn,
        name: &str,
        call: &ast::CallExpr,
        span: Span,
    ) -> Option<Vec<(u32, Expr)>> {
        let mut args = self.bind_arguments(call, span, Callee(name), &BuiltinParameters(builtin.params))?;
        for (number, param) in (0..).zip(builtin.params) {
            if !args.iter().any(|(given, _)| *given == number) {
                args.push((number, self.default(param, span)));
            }
        }
        Some(args)
    }

    /// The value of an omitted argument.
    fn default(&mut self, param: &BuiltinParam, span: Span) -> Expr {
        let kind = match param.default {
            BuiltinDefault::Str(text) => return self.expr(ExprKind::String(text.into()), Ty::STRING, span),
            BuiltinDefault::Int(value) => ExprKind::Int(value),
            BuiltinDefault::EmptyList => ExprKind::List(Vec::new()),
            BuiltinDefault::EmptyMap => ExprKind::Map(Vec::new()),
            BuiltinDefault::Required => return self.unknown(span),
        };
        let ty = param.ty.ty(self.types).unwrap_or(Ty::UNKNOWN);
        self.expr(kind, ty, span)
    }

    /// Any number of positional arguments.
    fn open_ended(
        &mut self,
        builtin: &'static BuiltinFn,
        rest: BuiltinType,
        call: &ast::CallExpr,
    ) -> Option<Vec<(u32, Expr)>> {
        let mut args = Vec::with_capacity(call.args.len());
        let mut broken = false;
        for (number, arg) in call.args.iter().enumerate() {
            self.separator(arg);
            if let Some(name) = arg.name {
                let name = self.text(name.name);
                let message = format!("`{}` takes positional arguments only, not `{name}`", builtin.name);
                self.error(codes::NAMED_ARGUMENT, arg.span, message);
                broken = true;
            }
            let default = BuiltinDefault::Required;
            let more = BuiltinParam { name: builtin.name, ty: rest, default, expects: "" };
            // Behind a level comes the message.
            let place = if matches!(&args[..], [level] if is_level(level)) { 0 } else { number };
            let param = builtin.params.get(place).unwrap_or(&more);
            args.push((number as u32, self.builtin_argument(param, &arg.value)));
        }
        (!broken).then_some(args)
    }

    /// An argument of a builtin. A dynamic one is not converted: its kind must be right.
    fn builtin_argument(&mut self, param: &BuiltinParam, argument: &ast::Expr) -> Expr {
        if param.ty == BuiltinType::Children {
            return self.at_position(Root::Nowhere, Mode::Plain, |body| {
                body.children_argument("html.node", Some("html.node"), argument)
            });
        }
        self.at_position(Root::Builtin(param.name), Mode::Plain, |body| {
            let expected = param.ty.ty(body.types);
            // The values of a literal may differ: they are columns.
            let hint =
                if param.ty == BuiltinType::Row { Some(body.types.map(Ty::DYNAMIC)) } else { expected };
            let value = body.infer(argument, hint);
            match (param.ty, expected) {
                (BuiltinType::Text, _) => body.textual(value),
                (BuiltinType::Encodable, _) => body.encodable(value),
                (BuiltinType::Port, _) => body.port(value),
                (BuiltinType::Row, _) => body.row(value),
                (_, Some(expected)) if converts(body.types, value.ty, expected) => {
                    let value = body.unconverted(value, expected);
                    body.expected_kind(value, expected, Expectation::Argument(param.expects))
                }
                (BuiltinType::Map(&BuiltinType::String), Some(expected))
                    if converts(body.types, value.ty, expected) =>
                {
                    let value = body.coerced(value, Ty::DYNAMIC);
                    body.expected_kind(value, expected, Expectation::Argument(param.expects))
                }
                (_, Some(expected)) => body.fit(value, expected),
                (_, None) => value,
            }
        })
    }

    /// The port to serve on: an Int, a String, or a dynamic value.
    fn port(&mut self, value: Expr) -> Expr {
        let value = self.operand(value);
        if matches!(value.ty, Ty::INT | Ty::STRING | Ty::DYNAMIC | Ty::UNKNOWN | Ty::NEVER) {
            return value;
        }
        self.wrong_argument(&value, "Int or String")
    }

    /// The row of an `insert` or `upsert`: a struct, a map, or a dynamic value.
    fn row(&mut self, value: Expr) -> Expr {
        let value = self.opened(value);
        match self.types.get(value.ty) {
            Type::Struct(_) | Type::Map(_) | Type::Dynamic | Type::Unknown | Type::Never => {
                self.encodable(value)
            }
            _ => self.wrong_argument(&value, "a struct or a map"),
        }
    }

    /// Reports an argument of a type that the parameter does not take.
    fn wrong_argument(&mut self, value: &Expr, expected: &str) -> Expr {
        let message = format!("expected {expected}, found {}", self.show(value.ty));
        let span = super::back(value.span);
        self.error(codes::TYPE_MISMATCH, span, message);
        self.unknown(span)
    }

    fn encodable(&mut self, value: Expr) -> Expr {
        if coerce::is_encodable(self.types, self.env, value.ty) { value } else { self.not_encodable(&value) }
    }
}

/// The parameters of a builtin function.
struct BuiltinParameters(&'static [BuiltinParam]);

impl Parameters for BuiltinParameters {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn find(&self, _: Symbol, text: &str) -> Option<usize> {
        self.0.iter().position(|param| param.name == text)
    }

    fn name(&self, _: &Body<'_, '_>, number: usize) -> Option<String> {
        Some(self.0[number].name.to_owned())
    }

    fn required(&self, number: usize) -> bool {
        self.0[number].default == BuiltinDefault::Required
    }

    fn meaning(&self, _: usize) -> Option<Meaning> {
        Some(Meaning::BuiltinParameter)
    }

    fn check(&self, body: &mut Body<'_, '_>, number: usize, argument: &ast::Expr) -> Expr {
        body.builtin_argument(&self.0[number], argument)
    }
}

/// Whether the first argument of `log` is a level for certain.
fn is_level((_, first): &(u32, Expr)) -> bool {
    matches!(&first.kind, ExprKind::String(word) if is_log_level(word))
}
