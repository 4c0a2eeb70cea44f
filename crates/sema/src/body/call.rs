//! Calls: what they mean depends on what the callee denotes (language reference 5.17).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{EnumId, Expr, ExprKind, StructId, Ty, Type};
use fuse_syntax::{ast, sym};

use super::arguments::Payload;
use super::name::{Denoted, Position};
use super::pattern::plural;
use super::position::{Mode, Root};
use super::{Body, coerce};
use crate::builtins;
use crate::env::Name;
use crate::generics::Callable;
use crate::index::Role;
use crate::index::note::Meaning;

impl Body<'_, '_> {
    /// `callee(args)`
    pub(super) fn call(&mut self, call: &ast::CallExpr, hint: Option<Ty>, span: Span) -> Expr {
        let callee = match &call.callee.kind {
            ast::ExprKind::Member(member) => match self.member_callee(member, call, span) {
                Ok(callee) => callee,
                Err(called) => return called,
            },
            _ => self.denote(&call.callee, Position::Callee),
        };
        if !call.type_args.is_empty() && rejects_type_arguments(&callee) {
            self.not_generic(call, span);
            return self.unknown(span);
        }
        if let Denoted::Name(name) = callee
            && let Some(component) = self.env.component(name)
        {
            return self.component(component, call, None, span);
        }
        match callee {
            Denoted::Failed | Denoted::Name(Name::Failed) => {
                self.idle_arguments(call);
                self.unknown(span)
            }
            Denoted::Name(Name::Function(id)) => self.call_function(Callable::Function(id), call, span),
            Denoted::Name(Name::Generic(id)) => self.call_function(Callable::Template(id), call, span),
            Denoted::Name(Name::Interface(_)) => {
                self.interface_used(&call.callee);
                self.idle_arguments(call);
                self.unknown(span)
            }
            Denoted::Method(method) => self.call_method(*method, call, span),
            Denoted::TypeParameter(_, name) => {
                let message = format!("`{}` is a type parameter, which cannot be called", self.text(name));
                self.not_callable(call, &message, span)
            }
            Denoted::Name(Name::Config(id)) => {
                let config = self.text(self.env.config(id).name);
                let message =
                    format!("`{config}` is a config: it has one instance and cannot be constructed");
                let hint = format!("read its fields, as in `{config}.field`");
                self.error_hint(codes::CONFIG_CONSTRUCTED, span, message, hint);
                self.idle_arguments(call);
                self.unknown(span)
            }
            Denoted::Name(Name::Asset(id)) => {
                let value = self.expr(ExprKind::Asset(id), self.env.asset_type(id), call.callee.span);
                self.call_value(value, call, span)
            }
            Denoted::Name(name) => match name.as_struct() {
                Some(id) => self.struct_literal(id, call, span),
                None => {
                    let what = self.env.describe(name);
                    let written = self.written(&call.callee);
                    self.not_callable(call, &format!("`{written}` is {what}, which cannot be called"), span)
                }
            },
            Denoted::Variant(id, number) => self.variant(id, number, call, span),
            Denoted::Constructor(name) => self.constructor(name, call, hint, span),
            Denoted::Builtin(builtin) => self.call_builtin(builtin, builtin.name, call, span),
            Denoted::NamespaceMember(namespace, function) => {
                let name = format!("{}.{}", namespace.name, function.name);
                self.call_builtin(function, &name, call, span)
            }
            Denoted::QueryMethod(query, method, _) => self.call_query(query, method, call, span),
            Denoted::Namespace(namespace) => {
                let message = format!(
                    "`{}` is a namespace of builtin functions, which cannot be called",
                    namespace.name
                );
                self.not_callable(call, &message, span)
            }
            Denoted::Tag(tag) => self.element(tag, call, None, span),
            Denoted::Value(value) => self.call_value(value, call, span),
        }
    }

    /// What a member that is called denotes; or the call itself, where it is not an ordinary one.
    fn member_callee(
        &mut self,
        member: &ast::MemberExpr,
        call: &ast::CallExpr,
        span: Span,
    ) -> Result<Denoted, Expr> {
        let infer = |body: &mut Self| body.infer(&member.base, None);
        let base = match member.optional {
            true => Denoted::Value(self.at_position(Root::Nowhere, Mode::Plain, infer)),
            false => self.denote(&member.base, Position::Base),
        };
        if self.is_typed_read(call, member.name) && self.reads_no_query(&base, member) {
            self.idle_arguments(call);
            return Err(self.unknown(span));
        }
        match base {
            Denoted::Value(base) if member.optional => {
                if coerce::option_content(self.types, base.ty) == Some(Ty::QUERY) {
                    let Some(method) = self.query_method(member.name) else { return Ok(Denoted::Failed) };
                    return Err(self.optional_chain(base, Ty::QUERY, span, |body, query| {
                        body.call_query(query, method, call, span)
                    }));
                }
                if let Some(method) = self.optional_method(&base, member.name) {
                    return Err(self.call_optional_method(base, method, call, span));
                }
                Ok(Denoted::Value(self.optional_member_of(base, member, call.callee.span)))
            }
            base => Ok(self.denote_member(base, member, call.callee.span)),
        }
    }

    fn not_callable(&mut self, call: &ast::CallExpr, message: &str, span: Span) -> Expr {
        self.error(codes::NOT_CALLABLE, call.callee.span, message);
        self.idle_arguments(call);
        self.unknown(span)
    }

    /// A call of a function by its name.
    fn call_function(&mut self, callable: Callable, call: &ast::CallExpr, span: Span) -> Expr {
        let info = self.env.callable(callable);
        self.use_callable(info, span);
        self.call_declared(callable, None, &info.name, None, call, span)
    }

    /// A call of a function value: positional arguments, as many as the type has.
    fn call_value(&mut self, callee: Expr, call: &ast::CallExpr, span: Span) -> Expr {
        let callee = self.opened(callee);
        let (params, result) = match self.types.get(callee.ty) {
            Type::Function(params, result) => (params.clone(), *result),
            Type::Unknown | Type::Never => {
                self.idle_arguments(call);
                return callee;
            }
            _ => {
                let message = format!("a value of type {} cannot be called", self.show(callee.ty));
                return self.not_callable(call, &message, span);
            }
        };
        let mut args = Vec::with_capacity(call.args.len());
        let mut broken = false;
        for (number, arg) in call.args.iter().enumerate() {
            self.separator(arg);
            if let Some(name) = arg.name {
                let message = format!(
                    "a function value takes positional arguments only, not `{}`",
                    self.text(name.name)
                );
                self.error(codes::NAMED_ARGUMENT, arg.span, message);
                broken = true;
                self.infer(&arg.value, None);
                continue;
            }
            match params.get(number) {
                Some(&expected) => {
                    args.push(self.check_at(Root::Argument, Mode::Plain, &arg.value, expected))
                }
                None => {
                    self.infer(&arg.value, None);
                }
            }
        }
        if call.args.len() != params.len() {
            let (expected, found) = (params.len(), call.args.len());
            if call.complete {
                let message = format!(
                    "the function value takes {expected} argument{}, found {found}",
                    plural(expected)
                );
                self.error(codes::WRONG_ARITY, span, message);
            }
            return self.unknown(span);
        }
        if broken {
            return self.unknown(span);
        }
        self.expr(ExprKind::CallValue(Box::new(callee), args), result, span)
    }

    /// `Type(field=value)`
    fn struct_literal(&mut self, id: StructId, call: &ast::CallExpr, span: Span) -> Expr {
        let env = self.env;
        let declared = env.strukt(id);
        let name = self.text(declared.name);
        let ty = env.struct_type(id, self.types);
        let mut fields: Vec<(u32, Expr)> = Vec::with_capacity(call.args.len());
        let mut given = vec![false; declared.fields.len()];
        let mut broken = declared.incomplete || !call.complete;
        for arg in &call.args {
            self.separator(arg);
            let Some(field) = arg.name else {
                let message = format!("the fields of {name} are named: write `field=value`");
                self.error(codes::POSITIONAL_FIELD, arg.span, message);
                broken = true;
                self.infer(&arg.value, None);
                continue;
            };
            let Some(number) = declared.field(field.name) else {
                if !declared.incomplete {
                    self.unknown_field(id, arg, field);
                }
                broken = true;
                self.infer(&arg.value, None);
                continue;
            };
            self.note_as(field.span, Meaning::Field(id, field.name), Role::Argument);
            let place = Root::Field(declared.name, field.name);
            let expected = declared.fields[number as usize].ty;
            let value = self.check_at(place, Mode::Validating, &arg.value, expected);
            if std::mem::replace(&mut given[number as usize], true) {
                let message = format!("the field `{}` of {name} is given twice", self.text(field.name));
                self.error(codes::UNKNOWN_FIELD, arg.span, message);
                broken = true;
                continue;
            }
            fields.push((number, value));
        }
        let missing: Vec<String> = declared
            .fields
            .iter()
            .zip(&given)
            .filter(|(field, given)| !**given && !field.optional)
            .map(|(field, _)| format!("`{}`", self.text(field.name)))
            .collect();
        if !missing.is_empty() && !broken {
            let message = format!("{name} needs the field{} {}", plural(missing.len()), missing.join(", "));
            self.error(codes::MISSING_FIELD, span, message);
            return self.unknown(span);
        }
        self.expr(ExprKind::Struct(id, fields), ty, span)
    }

    fn unknown_field(&mut self, id: StructId, arg: &ast::Arg, field: ast::Ident) {
        if field.name == sym::EMPTY {
            return;
        }
        let env = self.env;
        let declared = env.strukt(id);
        let text = self.text(field.name);
        let message = format!("{} has no field `{text}`", self.text(declared.name));
        match self.near(text, declared.fields.iter().map(|field| env.text(field.name))) {
            Some(near) => {
                self.error_hint(codes::UNKNOWN_FIELD, arg.span, message, format!("did you mean `{near}`?"));
            }
            None => self.error(codes::UNKNOWN_FIELD, arg.span, message),
        }
    }

    /// `Enum.Variant(args)`
    fn variant(&mut self, id: EnumId, number: u32, call: &ast::CallExpr, span: Span) -> Expr {
        let env = self.env;
        let variant = &env.enumeration(id).variants[number as usize];
        let ty = self.types.intern(Type::Enum(id));
        let name = self.text(variant.name);
        if variant.payload.is_empty() {
            let message = format!("the variant `{name}` has no payload: write it without parentheses");
            return self.not_callable(call, &message, span);
        }
        let named = call.args.iter().filter(|arg| arg.name.is_some()).count();
        if named > 0 && named < call.args.len() && !variant.labels.is_empty() {
            let first = call.args.iter().find(|arg| arg.name.is_some());
            let message = format!("the payload of `{name}` is given by position or by name, not by both");
            self.error(codes::NAMED_ARGUMENT, first.map_or(span, |arg| arg.span), message);
            self.idle_arguments(call);
            return self.unknown(span);
        }
        let owner = env.enumeration(id).name;
        let payload =
            Payload { variant: (id, number), owner, types: &variant.payload, labels: &variant.labels };
        match self.bind_arguments(call, span, Callee(name), &payload) {
            Some(payload) => self.expr(ExprKind::Variant(id, number, payload), ty, span),
            None => self.unknown(span),
        }
    }
}

/// Whether a callee is known not to take type arguments. (What is declared says so itself.)
pub(super) fn rejects_type_arguments(callee: &Denoted) -> bool {
    match callee {
        Denoted::Failed | Denoted::Name(Name::Failed) => false,
        Denoted::Name(Name::Function(_) | Name::Generic(_) | Name::Interface(_)) | Denoted::Method(_) => {
            false
        }
        Denoted::QueryMethod(_, method, _) => builtins::typed_read(method).is_none(),
        Denoted::Value(value) => value.ty != Ty::UNKNOWN,
        _ => true,
    }
}

/// How messages call a callee: in backquotes, written only if there is a message.
#[derive(Clone, Copy)]
pub(super) struct Callee<'s>(pub &'s str);

impl std::fmt::Display for Callee<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`", self.0)
    }
}
