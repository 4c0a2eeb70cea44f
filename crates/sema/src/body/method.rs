//! Methods: through a value, through a type, through a type parameter (language reference 4.6, 5.16).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Expr, ExprKind, ParamId, Ty, Type};
use fuse_syntax::{Symbol, ast, sym};

use super::Body;
use super::member::does_nothing;
use crate::generics::Callable;
use crate::index::note::Meaning;

/// A method that is called.
pub(super) struct Method {
    /// What is called: a method of a type, or a member of an interface where the type is a parameter.
    pub callable: Callable,
    /// The value before the dot; `None` if a type stands there.
    pub receiver: Option<Expr>,
    /// Of a member: what stands for `Self` in it.
    pub self_type: Option<(ParamId, Ty)>,
    /// A type parameter stands before the dot.
    pub through_parameter: bool,
    /// As it is written after the dot.
    pub name: ast::Ident,
}

impl Body<'_, '_> {
    /// The method of a type, or the member that the constraint of a type parameter provides.
    pub(super) fn find_method(&self, ty: Ty, name: ast::Ident) -> Option<Method> {
        let (callable, self_type) = match self.types.get(ty) {
            Type::Struct(_) | Type::Enum(_) => (self.env.method(ty, name.name)?.callable, None),
            Type::Parameter(_) => {
                let interface = self.env.interface(self.env.constraint_of(self.types, ty)?);
                let member = interface.member(name.name)?;
                (Callable::Template(member), Some((interface.self_param, ty)))
            }
            _ => return None,
        };
        Some(Method { callable, receiver: None, self_type, through_parameter: false, name })
    }

    /// A method that a value has; fields come first, but no method has the name of one.
    pub(super) fn method_of_value(&mut self, base: &Expr, name: ast::Ident) -> Option<Method> {
        if let Type::Struct(id) = self.types.get(base.ty)
            && self.env.strukt(*id).field(name.name).is_some()
        {
            return None;
        }
        let method = self.find_method(base.ty, name)?;
        Some(Method { receiver: Some(base.clone()), ..method })
    }

    /// `T.m`, where `T` is a type parameter, or in an instance what stands for it.
    pub(super) fn method_of_parameter(
        &mut self,
        ty: Ty,
        parameter: Symbol,
        name: ast::Ident,
    ) -> Option<Method> {
        if let Type::Parameter(param) = self.types.get(ty) {
            self.findings.associated.push((*param, name.name));
        }
        let found = self.find_method(ty, name);
        if found.is_none() && name.name != sym::EMPTY {
            self.not_provided(ty, parameter, name);
        }
        found.map(|method| Method { through_parameter: true, ..method })
    }

    /// Reports a member that the constraint of a type parameter does not have.
    pub(super) fn not_provided(&mut self, ty: Ty, parameter: Symbol, name: ast::Ident) {
        let env = self.env;
        if let Type::Parameter(param) = self.types.get(ty)
            && env.type_param(*param).broken
        {
            return;
        }
        let (parameter, text) = (self.text(parameter), self.text(name.name));
        let Some(interface) = env.constraint_of(self.types, ty).map(|id| env.interface(id)) else {
            let message = format!("`{parameter}` has no constraint that provides `{text}`");
            let hint = format!("add one to the declaration: `where {parameter}: SomeInterface`");
            return self.error_hint(codes::UNCONSTRAINED_OPERATION, name.span, message, hint);
        };
        if interface.name == sym::EMPTY {
            return;
        }
        let message = format!(
            "`{parameter}` has no member `{text}`: `{}` does not provide it",
            self.text(interface.name)
        );
        match self.near(text, interface.members.iter().map(|&(member, _)| env.text(member))) {
            Some(near) => {
                let hint = format!("did you mean `{near}`?");
                self.error_hint(codes::UNCONSTRAINED_OPERATION, name.span, message, hint);
            }
            None => self.error(codes::UNCONSTRAINED_OPERATION, name.span, message),
        }
    }

    /// A method that is mentioned without a call.
    pub(super) fn method_not_called(&mut self, name: ast::Ident, span: Span) -> Expr {
        let text = self.text(name.name);
        let message = format!("`{text}` is a method, which can only be called: write `{text}(…)`");
        self.error(codes::METHOD_NOT_CALLED, name.span, message);
        self.unknown(span)
    }

    /// `value.m(args)`, `Type.m(args)`
    pub(super) fn call_method(&mut self, method: Method, call: &ast::CallExpr, span: Span) -> Expr {
        let info = self.env.callable(method.callable);
        if info.scope.receiver && method.through_parameter {
            // The call that asked for this instance has been reported.
            self.idle_arguments(call);
            return self.unknown(span);
        }
        if info.scope.receiver && method.receiver.is_none() {
            let text = self.text(method.name.name);
            let message = format!("`{}` uses `self`: it is called on a value", info.name);
            let hint = format!("write `value.{text}(…)`");
            self.error_hint(codes::INSTANCE_METHOD_ON_TYPE, method.name.span, message, hint);
            self.idle_arguments(call);
            return self.unknown(span);
        }
        // A member is no callable of its module: what is called is known in the instance.
        if method.self_type.is_none() {
            self.use_callable(info, span);
        }
        let name = self.text(method.name.name);
        if info.scope.receiver {
            return self.call_declared(method.callable, method.self_type, name, method.receiver, call, span);
        }
        let value = self.call_declared(method.callable, method.self_type, name, None, call, span);
        // The receiver is evaluated even if the method does not use it.
        match method.receiver.filter(|receiver| !does_nothing(receiver) && value.ty != Ty::UNKNOWN) {
            Some(receiver) => {
                let ty = value.ty;
                self.expr(ExprKind::Then(Box::new(receiver), Box::new(value)), ty, span)
            }
            None => value,
        }
    }

    /// The method in `base?.m(args)`, and what is inside the base.
    pub(super) fn optional_method(&self, base: &Expr, name: ast::Ident) -> Option<(Method, Ty)> {
        let content = super::coerce::option_content(self.types, base.ty)?;
        self.note_base(content, name);
        let method = self.find_method(content, name)?;
        self.note(name.span, Meaning::Callable(method.callable));
        Some((method, content))
    }

    /// `base?.m(args)`: `null` if the base is, without a look at the arguments.
    pub(super) fn call_optional_method(
        &mut self,
        base: Expr,
        (method, content): (Method, Ty),
        call: &ast::CallExpr,
        span: Span,
    ) -> Expr {
        self.optional_chain(base, content, span, |body, value| {
            body.call_method(Method { receiver: Some(value), ..method }, call, span)
        })
    }
}
