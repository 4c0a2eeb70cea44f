//! Calls of declared callables; of generic ones with their type arguments (language reference 4.7).

use std::cell::RefCell;

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Expr, ExprKind, FnId, ParamId, Ty};
use fuse_syntax::{Symbol, ast, sym};

use super::arguments::{FunctionParameters, Parameters};
use super::call::Callee;
use super::pattern::plural;
use super::position::{Mode, Root};
use super::{Body, coerce};
use crate::env::{FnInfo, ParamInfo};
use crate::generics::{Callable, GenericCall, Inference, Instance, Substitution, TemplateId, is_concrete};
use crate::index::note::Meaning;

/// A call whose arguments fit: what is called, the arguments by number, the type of the result.
struct Bound {
    function: FnId,
    args: Vec<(u32, Expr)>,
    result: Ty,
}

impl<'e> Body<'e, '_> {
    /// A call of a declared callable. `name` is how messages call it; `self_type` is what stands for the `Self` of a member; the
    /// receiver, if there is one, becomes the first argument.
    pub(super) fn call_declared(
        &mut self,
        callable: Callable,
        self_type: Option<(ParamId, Ty)>,
        name: &str,
        receiver: Option<Expr>,
        call: &ast::CallExpr,
        span: Span,
    ) -> Expr {
        let bound = match callable {
            Callable::Function(id) => self.plain_call(id, name, call, span),
            Callable::Template(id) => self.generic_call(id, self_type, name, call, span),
        };
        let Some(Bound { function, mut args, result }) = bound else { return self.unknown(span) };
        if let Some(receiver) = receiver {
            args.iter_mut().for_each(|(number, _)| *number += 1);
            args.insert(0, (0, receiver));
        }
        self.expr(ExprKind::Call(function, args), result, span)
    }

    fn plain_call(&mut self, id: FnId, name: &str, call: &ast::CallExpr, span: Span) -> Option<Bound> {
        let env = self.env;
        let info = env.function(id);
        if !call.type_args.is_empty() {
            self.not_generic(call, span);
            return None;
        }
        let params = FunctionParameters(explicit(info), info.module);
        let args = self.bind_arguments(call, span, Callee(name), &params)?;
        Some(Bound { function: id, args, result: info.result })
    }

    /// Type arguments of something that takes none.
    pub(super) fn not_generic(&mut self, call: &ast::CallExpr, span: Span) {
        let found = call.type_args.len();
        let message = format!("the callee is not generic: expected 0 type arguments, found {found}");
        self.error(codes::GENERIC_CALL_TYPE_ARG, span, message);
        self.idle_arguments(call);
    }

    fn generic_call(
        &mut self,
        id: TemplateId,
        self_type: Option<(ParamId, Ty)>,
        name: &str,
        call: &ast::CallExpr,
        span: Span,
    ) -> Option<Bound> {
        let generic = self.begin_generic(id, self_type, name, call, span)?;
        let mut args = self.bind_arguments(call, span, Callee(name), &generic)?;
        let values = args.iter_mut().map(|(number, value)| (*number, value)).collect();
        let (function, known) = self.finish_generic(generic, values, name, span)?;
        let result = known.apply(self.types, self.env.template(id).info.result);
        Some(Bound { function, args, result })
    }

    /// An argument whose type is known from those before it. Literals take that type up; if one cannot, it has its own, which then
    /// contradicts.
    fn infer_with_or_without(&mut self, argument: &ast::Expr, hint: Option<Ty>) -> Expr {
        let (reported, damaged) = (self.diags.len(), self.damaged);
        let value = self.infer(argument, hint);
        if hint.is_none() || self.diags.len() == reported {
            return value;
        }
        self.diags.truncate(reported);
        self.damaged = damaged;
        self.infer(argument, None)
    }

    /// Begins a call of a template. Its arguments are checked by [`Generic::argument`].
    pub(super) fn begin_generic(
        &mut self,
        id: TemplateId,
        self_type: Option<(ParamId, Ty)>,
        name: &str,
        call: &ast::CallExpr,
        span: Span,
    ) -> Option<Generic<'e>> {
        let template = self.env.template(id);
        let inference = self.type_arguments(&template.params, self_type, name, call, span)?;
        let (params, inference) = (explicit(&template.info), RefCell::new(inference));
        let module = template.info.module;
        Some(Generic { id, module, params, inference, is_member: self_type.is_some() })
    }

    /// Ends a call of a template whose arguments, by number, have been checked: the function it means, and what stands for the type
    /// parameters. The arguments become values of the types that result. `None` if a type argument is open or not allowed, which has been
    /// reported.
    pub(super) fn finish_generic(
        &mut self,
        generic: Generic<'_>,
        args: Vec<(u32, &mut Expr)>,
        name: &str,
        span: Span,
    ) -> Option<(FnId, Substitution)> {
        let mut inference = generic.inference.into_inner();
        inference.settle(self.types);
        if !self.is_settled(&inference, name, &args, span) {
            return None;
        }
        let known = inference.known();
        for (number, arg) in args {
            let param = &generic.params[number as usize];
            if inference.concerns(self.types, param.ty) {
                let expected = known.apply(self.types, param.ty);
                let value = std::mem::replace(arg, self.unknown(span));
                let fit = |body: &mut Self| body.fit(value, expected);
                *arg = self.at_position(Root::Name(param.name), Mode::Plain, fit);
            }
        }
        let params = &self.env.template(generic.id).params;
        let types: Box<[Ty]> = params.iter().map(|&param| known.get(param).unwrap_or(Ty::UNKNOWN)).collect();
        if !self.are_allowed(params, &types, name, span) {
            return None;
        }
        Some((self.instance(generic.id, types, generic.is_member, span), known.clone()))
    }

    /// The function that a call of a template means.
    fn instance(&mut self, template: TemplateId, args: Box<[Ty]>, is_member: bool, span: Span) -> FnId {
        // What a member is, and what the parameters of the template at hand stand for, is known in its instances only.
        const LATER: FnId = FnId(0);
        if is_member {
            return LATER;
        }
        self.findings.calls.push(GenericCall { template, args: args.clone(), span });
        if !is_concrete(self.types, &args) {
            return LATER;
        }
        self.instances.request(Instance { template, args, place: (self.file, span) })
    }

    /// What is known of the type arguments before the arguments are seen: those that are written.
    fn type_arguments(
        &mut self,
        params: &[ParamId],
        self_type: Option<(ParamId, Ty)>,
        name: &str,
        call: &ast::CallExpr,
        span: Span,
    ) -> Option<Inference> {
        let known = |known: Substitution| match self_type {
            Some((param, ty)) => known.with(param, ty),
            None => known,
        };
        let written = &call.type_args;
        if written.is_empty() {
            return Some(Inference::new(params, known(Substitution::default())));
        }
        let is_complete = !written.iter().any(|ty| matches!(ty.kind, ast::TypeKind::Error));
        if is_complete && written.len() != params.len() {
            let (expected, found) = (params.len(), written.len());
            let message =
                format!("`{name}` takes {expected} type argument{}, found {found}", plural(expected));
            self.error(codes::GENERIC_CALL_TYPE_ARG, span, message);
            self.idle_arguments(call);
            return None;
        }
        let types: Vec<Ty> = written.iter().map(|written| self.resolve(written)).collect();
        if types.contains(&Ty::UNKNOWN) {
            self.idle_arguments(call);
            return None;
        }
        Some(Inference::new(&[], known(Substitution::new(params, &types))))
    }

    /// Whether every type parameter was found, and without contradiction; reported if not.
    fn is_settled(
        &mut self,
        inference: &Inference,
        name: &str,
        args: &[(u32, &mut Expr)],
        span: Span,
    ) -> bool {
        if let Some((param, first, other)) = inference.conflict {
            let param = self.text(self.env.type_param(param).name);
            let (first, other) = (self.show(first), self.show(other));
            let message = format!("`{param}` of `{name}` would be {first} and {other} in one call");
            let hint = format!("make the arguments alike, or write the type: `{name}<{first}>(…)`");
            self.error_hint(codes::GENERIC_INFERENCE, span, message, hint);
            return false;
        }
        let open = inference.unknown();
        if open.is_empty() {
            return true;
        }
        // An argument with an error might have told.
        let names = open.iter().map(|&param| self.env.type_param(param).name);
        let is_known = names.clone().all(|name| name != sym::EMPTY);
        if is_known && args.iter().all(|(_, value)| value.ty != Ty::UNKNOWN) {
            let names: Vec<String> = names.map(|name| format!("`{}`", self.text(name))).collect();
            let message = format!("no argument tells what {} of `{name}` is", names.join(" and "));
            let hint = format!("write the type arguments: `{name}<…>(…)`");
            self.error_hint(codes::GENERIC_INFERENCE, span, message, hint);
        }
        false
    }

    /// Whether type arguments satisfy the constraints and can be encoded; reported if not.
    fn are_allowed(&mut self, params: &[ParamId], types: &[Ty], name: &str, span: Span) -> bool {
        let env = self.env;
        let mut allowed = true;
        for (&param, &ty) in params.iter().zip(types) {
            let param = env.type_param(param);
            if let Some(interface) = param.constraint.filter(|&id| !env.satisfies(self.types, ty, id)) {
                let interface = self.text(env.interface(interface).name);
                let (param, ty) = (self.text(param.name), self.show(ty));
                let message = format!("`{param}` of `{name}` must satisfy `{interface}`, but {ty} does not");
                let hint = format!("write `impl {interface} for …`, or use a type that has one");
                self.error_hint(codes::GENERIC_INFERENCE, span, message, hint);
                allowed = false;
            } else if !coerce::is_encodable(self.types, env, ty) {
                let (param, ty) = (self.text(param.name), self.show(ty));
                let message =
                    format!("`{param}` of `{name}` cannot be {ty}, which cannot be encoded as JSON");
                self.error(codes::GENERIC_INFERENCE, span, message);
                allowed = false;
            }
        }
        allowed
    }
}

/// The parameters that a call gives: all but the receiver.
fn explicit<'e>(info: &'e FnInfo<'_>) -> &'e [ParamInfo] {
    &info.params[usize::from(info.scope.receiver)..]
}

/// A call of a template while its arguments are checked, which tell what its type parameters are.
pub(super) struct Generic<'e> {
    id: TemplateId,
    /// The module of its declaration.
    module: fuse_hir::ModuleId,
    params: &'e [ParamInfo],
    inference: RefCell<Inference>,
    /// It is a member of an interface.
    is_member: bool,
}

impl Generic<'_> {
    /// Checks the argument for a parameter.
    pub(super) fn argument(&self, body: &mut Body<'_, '_>, number: usize, argument: &ast::Expr) -> Expr {
        let param = &self.params[number];
        let hint = self.inference.borrow().complete(body.types, param.ty);
        if let (Some(expected), false) = (hint, self.inference.borrow().concerns(body.types, param.ty)) {
            return body.check_at(Root::Name(param.name), Mode::Plain, argument, expected);
        }
        let infer = |body: &mut Body<'_, '_>| body.infer_with_or_without(argument, hint);
        let value = body.at_position(Root::Name(param.name), Mode::Plain, infer);
        self.inference.borrow_mut().match_types(body.types, param.ty, value.ty);
        value
    }
}

impl Parameters for Generic<'_> {
    fn count(&self) -> usize {
        self.params.len()
    }

    fn find(&self, name: Symbol, text: &str) -> Option<usize> {
        FunctionParameters(self.params, self.module).find(name, text)
    }

    fn name(&self, body: &Body<'_, '_>, number: usize) -> Option<String> {
        FunctionParameters(self.params, self.module).name(body, number)
    }

    fn required(&self, number: usize) -> bool {
        FunctionParameters(self.params, self.module).required(number)
    }

    fn meaning(&self, number: usize) -> Option<Meaning> {
        FunctionParameters(self.params, self.module).meaning(number)
    }

    fn check(&self, body: &mut Body<'_, '_>, number: usize, argument: &ast::Expr) -> Expr {
        self.argument(body, number, argument)
    }
}
