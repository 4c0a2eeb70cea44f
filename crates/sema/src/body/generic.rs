//! Calls of declared callables; of generic ones with their type arguments (language reference 4.7).

use std::cell::RefCell;

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Expr, ExprKind, FnId, ParamId, Ty};
use fuse_syntax::{Symbol, ast};

use super::arguments::{FunctionParameters, Parameters};
use super::call::Callee;
use super::pattern::plural;
use super::position::{Mode, Root};
use super::{Body, coerce};
use crate::capability;
use crate::env::{FnInfo, ParamInfo};
use crate::generics::{Callable, GenericCall, Inference, Instance, Substitution, TemplateId, is_concrete};

/// A call whose arguments fit: what is called, the arguments by number, the type of the result.
struct Bound {
    function: FnId,
    args: Vec<(u32, Expr)>,
    result: Ty,
}

impl Body<'_, '_> {
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

    /// Reports the use of a callable of a module that requires what this one does not. What an instance uses because of its types is
    /// no use of the module that declares the generic callable.
    pub(super) fn check_capability(&mut self, info: &FnInfo<'_>, span: Span) {
        if self.pinned.is_none() {
            capability::check_use(self.env, self.module, info, span, self.diags);
        }
    }

    fn plain_call(&mut self, id: FnId, name: &str, call: &ast::CallExpr, span: Span) -> Option<Bound> {
        let env = self.env;
        let info = env.function(id);
        if !call.type_args.is_empty() {
            self.not_generic(call, span);
            return None;
        }
        let params = FunctionParameters(explicit(info));
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
        let env = self.env;
        let template = env.template(id);
        let inference = self.type_arguments(&template.params, self_type, name, call, span)?;
        let params = explicit(&template.info);
        let inference = RefCell::new(inference);
        let parameters = GenericParameters { params, inference: &inference };
        let bound = self.bind_arguments(call, span, Callee(name), &parameters)?;
        let mut inference = inference.into_inner();
        inference.settle(self.types);
        let told = bound.iter().all(|(_, value)| value.ty != Ty::UNKNOWN);
        if !self.is_settled(&inference, name, told, span) {
            return None;
        }
        let known = inference.known().clone();
        let args = bound.into_iter().map(|(number, value)| {
            let param = &params[number as usize];
            if !inference.concerns(self.types, param.ty) {
                return (number, value);
            }
            let expected = known.apply(self.types, param.ty);
            let fit = |body: &mut Self| body.fit(value, expected);
            (number, self.at_position(Root::Name(param.name), Mode::Plain, fit))
        });
        let args = args.collect();
        let result = known.apply(self.types, template.info.result);
        let function = self.instance_of(id, &known, self_type.is_some(), name, span)?;
        Some(Bound { function, args, result })
    }

    /// The function that a call of a template with these type arguments means, if they are allowed.
    fn instance_of(
        &mut self,
        id: TemplateId,
        known: &Substitution,
        is_member: bool,
        name: &str,
        span: Span,
    ) -> Option<FnId> {
        let params = &self.env.template(id).params;
        let types: Box<[Ty]> = params.iter().map(|&param| known.get(param).unwrap_or(Ty::UNKNOWN)).collect();
        let allowed = self.are_allowed(params, &types, name, span);
        allowed.then(|| self.instance(id, types, is_member, span))
    }

    /// What is known of the type arguments of a component before its arguments are seen; `None` if they are wrong, which has been reported.
    pub(super) fn component_inference(
        &mut self,
        callable: Callable,
        name: &str,
        call: &ast::CallExpr,
        span: Span,
    ) -> Option<RefCell<Inference>> {
        match callable {
            Callable::Function(_) if call.type_args.is_empty() => {
                Some(RefCell::new(Inference::new(&[], Substitution::default())))
            }
            Callable::Function(_) => {
                self.not_generic(call, span);
                None
            }
            Callable::Template(id) => {
                self.type_arguments(&self.env.template(id).params, None, name, call, span).map(RefCell::new)
            }
        }
    }

    /// An argument of a component, perhaps one that tells what a type argument is.
    pub(super) fn component_argument(
        &mut self,
        params: &[ParamInfo],
        inference: &RefCell<Inference>,
        number: usize,
        argument: &ast::Expr,
    ) -> Expr {
        GenericParameters { params, inference }.check(self, number, argument)
    }

    /// The component that is called, and its arguments fitted to what its type parameters turned out to be. `told` says that all arguments are
    /// without errors.
    pub(super) fn settled_component<'x>(
        &mut self,
        callable: Callable,
        inference: RefCell<Inference>,
        args: impl Iterator<Item = (usize, &'x mut Expr)>,
        told: bool,
        span: Span,
    ) -> Option<FnId> {
        let Callable::Template(id) = callable else { return callable.function() };
        let template = self.env.template(id);
        let mut inference = inference.into_inner();
        inference.settle(self.types);
        if !self.is_settled(&inference, &template.info.name, told, span) {
            return None;
        }
        let known = inference.known().clone();
        for (number, arg) in args {
            let param = &template.info.params[number];
            if inference.concerns(self.types, param.ty) {
                let expected = known.apply(self.types, param.ty);
                let unfitted = std::mem::replace(arg, self.unknown(span));
                let fit = |body: &mut Self| body.fit(unfitted, expected);
                *arg = self.at_position(Root::Name(param.name), Mode::Plain, fit);
            }
        }
        self.instance_of(id, &known, false, &template.info.name, span)
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
        if written.len() != params.len() {
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
    /// `told` says that the arguments have no errors.
    fn is_settled(&mut self, inference: &Inference, name: &str, told: bool, span: Span) -> bool {
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
        if told {
            let names: Vec<String> = open
                .iter()
                .map(|&param| format!("`{}`", self.text(self.env.type_param(param).name)))
                .collect();
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

/// The parameters of a template; their arguments tell what its type parameters are.
struct GenericParameters<'e> {
    params: &'e [ParamInfo],
    inference: &'e RefCell<Inference>,
}

impl Parameters for GenericParameters<'_> {
    fn count(&self) -> usize {
        self.params.len()
    }

    fn find(&self, name: Symbol, text: &str) -> Option<usize> {
        FunctionParameters(self.params).find(name, text)
    }

    fn name(&self, body: &Body<'_, '_>, number: usize) -> Option<String> {
        FunctionParameters(self.params).name(body, number)
    }

    fn required(&self, number: usize) -> bool {
        FunctionParameters(self.params).required(number)
    }

    fn check(&self, body: &mut Body<'_, '_>, number: usize, argument: &ast::Expr) -> Expr {
        let param = &self.params[number];
        let hint = self.inference.borrow().complete(body.types, param.ty);
        if let (Some(expected), false) = (hint, self.inference.borrow().concerns(body.types, param.ty)) {
            return body.check_at(Root::Name(param.name), Mode::Plain, argument, expected);
        }
        let infer = |body: &mut Body<'_, '_>| body.infer(argument, hint);
        let value = body.at_position(Root::Name(param.name), Mode::Plain, infer);
        self.inference.borrow_mut().match_types(body.types, param.ty, value.ty);
        value
    }
}
