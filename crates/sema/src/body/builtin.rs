//! Calls of builtin functions (language reference, Appendix B).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Builtin, Expr, ExprKind, Ty};
use fuse_syntax::{Symbol, ast};

use super::arguments::Parameters;
use super::call::Callee;
use super::{Body, coerce};
use crate::builtins::{BuiltinDefault, BuiltinFn, BuiltinParam, BuiltinType};

impl Body<'_, '_> {
    /// A call of a builtin function outside of namespaces.
    pub(super) fn call_builtin(
        &mut self,
        builtin: &'static BuiltinFn,
        call: &ast::CallExpr,
        span: Span,
    ) -> Expr {
        // With named arguments `input` is the HTML tag (language reference 3.8).
        if builtin.name == "input" && call.args.iter().any(|arg| arg.name.is_some()) {
            return self.unavailable(span, "an HTML tag");
        }
        let Some(target) = builtin.available else {
            return self.unavailable(span, &format!("`{}`", builtin.name));
        };
        let args = match builtin.rest {
            Some(rest) => self.open_ended(builtin, rest, call),
            None => self.fixed(builtin, call, span),
        };
        let (Some(mut args), Some(result)) = (args, builtin.result.ty(self.types)) else {
            return self.unknown(span);
        };
        let swapped = call.args.len() == 2
            && call.args[0].name.is_some_and(|name| self.text(name.name) != builtin.params[0].name);
        let first = if swapped && target == Builtin::Assert { args.pop() } else { None };
        match first {
            Some(message) => self.assert_message_first(args, message, span),
            None => self.expr(ExprKind::CallBuiltin(target, args), result, span),
        }
    }

    /// `assert(message=m, cond=c)`: `m` is evaluated before `c`. Its text is held as the content of an option that is never null.
    fn assert_message_first(&mut self, mut args: Vec<Expr>, message: Expr, span: Span) -> Expr {
        let mut parts = Vec::new();
        self.append_text(message, &mut parts);
        let text = self.expr(ExprKind::Text(parts), Ty::STRING, span);
        let optional_text = self.types.option(Ty::STRING);
        let base = Box::new(self.coerced(text, optional_text));
        let local = self.helper(Ty::STRING);
        args.push(self.expr(ExprKind::Local(local), Ty::STRING, span));
        let call = self.expr(ExprKind::CallBuiltin(Builtin::Assert, args), Ty::UNIT, span);
        let optional_unit = self.types.option(Ty::UNIT);
        let body = Box::new(self.coerced(call, optional_unit));
        let chain = self.expr(ExprKind::OptionalChain { base, local, body }, optional_unit, span);
        let unit = self.expr(ExprKind::Unit, Ty::UNIT, span);
        self.expr(ExprKind::Coalesce(Box::new(chain), Box::new(unit)), Ty::UNIT, span)
    }

    /// The arguments of a builtin with a fixed number of parameters, in their order; the omitted ones have their defaults.
    fn fixed(&mut self, builtin: &'static BuiltinFn, call: &ast::CallExpr, span: Span) -> Option<Vec<Expr>> {
        let bound =
            self.bind_arguments(call, span, Callee(builtin.name), &BuiltinParameters(builtin.params))?;
        let mut slots: Vec<Option<Expr>> = builtin.params.iter().map(|_| None).collect();
        for (number, value) in bound {
            slots[number as usize] = Some(value);
        }
        let defaults = builtin.params.iter().map(|param| param.default);
        let values = slots.into_iter().zip(defaults);
        Some(values.map(|(slot, default)| slot.unwrap_or_else(|| self.default(default, span))).collect())
    }

    /// The value of an omitted argument.
    fn default(&self, default: BuiltinDefault, span: Span) -> Expr {
        match default {
            BuiltinDefault::Str(text) => self.expr(ExprKind::String(text.into()), Ty::STRING, span),
            BuiltinDefault::Int(value) => self.expr(ExprKind::Int(value), Ty::INT, span),
            _ => self.unknown(span),
        }
    }

    /// Any number of positional arguments.
    fn open_ended(
        &mut self,
        builtin: &'static BuiltinFn,
        rest: BuiltinType,
        call: &ast::CallExpr,
    ) -> Option<Vec<Expr>> {
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
            let ty = builtin.params.get(number).map_or(rest, |param| param.ty);
            args.push(self.builtin_argument(ty, &arg.value));
        }
        (!broken).then_some(args)
    }

    /// An argument of a builtin.
    fn builtin_argument(&mut self, ty: BuiltinType, argument: &ast::Expr) -> Expr {
        match ty {
            BuiltinType::Text => {
                let value = self.infer(argument, None);
                self.textual(value)
            }
            BuiltinType::Encodable => {
                let value = self.infer(argument, None);
                self.encodable(value)
            }
            _ => match ty.ty(self.types) {
                Some(expected) => self.check(argument, expected),
                None => self.infer(argument, None),
            },
        }
    }

    fn encodable(&mut self, value: Expr) -> Expr {
        if coerce::is_encodable(self.types, self.env, value.ty) {
            return value;
        }
        let message = format!("a value of type {} cannot be encoded as JSON", self.show(value.ty));
        self.error(codes::NOT_ENCODABLE, Self::value_span(&value), message);
        self.unknown(Self::value_span(&value))
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

    fn check(&self, body: &mut Body<'_, '_>, number: usize, argument: &ast::Expr) -> Expr {
        body.builtin_argument(self.0[number].ty, argument)
    }
}
