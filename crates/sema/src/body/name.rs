//! What names and dotted names denote (language reference 3.8, 5.16): locals, declarations, constructors, builtins.

use fuse_diagnostics::{Span, codes};
use fuse_hir::{EnumId, Expr, ExprKind, FnKind, Ty, Type};
use fuse_syntax::{Symbol, ast, sym};

use super::method::Method;
use super::{Body, at};
use crate::builtins::{self, BuiltinFn, Namespace};
use crate::env::Name;
use crate::generics::is_self;
use crate::index::note::{Meaning, Note};
use crate::index::{Role, Shape};

/// What a name or a dotted name stands for.
pub(super) enum Denoted {
    /// A value.
    Value(Expr),
    /// A declaration or import.
    Name(Name),
    /// A variant of an enum.
    Variant(EnumId, u32),
    /// A method: of a value, a type or a type parameter.
    Method(Box<Method>),
    /// A type parameter (in an instance, what stands for it), and its name.
    TypeParameter(Ty, Symbol),
    /// `Some`, `None`, `Ok`, `Err`.
    Constructor(Symbol),
    /// A builtin function outside of namespaces.
    Builtin(&'static BuiltinFn),
    /// A builtin namespace.
    Namespace(&'static Namespace),
    /// A function of a builtin namespace.
    NamespaceMember(&'static Namespace, &'static BuiltinFn),
    /// A method of a query.
    QueryMethod(Expr, &'static BuiltinFn, ast::Ident),
    /// An HTML tag.
    Tag(&'static str),
    /// Nothing that could be used: reported, or reported where it is declared.
    Failed,
}

/// Where a name stands, which decides what it may find.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// It is called.
    Callee,
    /// A member of it is accessed.
    Base,
    /// Anywhere else.
    Value,
}

impl Body<'_, '_> {
    /// A name or a member access as a value.
    pub(super) fn name_value(&mut self, expr: &ast::Expr, hint: Option<Ty>) -> Expr {
        let denoted = self.denote(expr, Position::Value);
        self.denoted_value(denoted, hint, expr)
    }

    /// What was denoted, where a value is needed.
    pub(super) fn denoted_value(&mut self, denoted: Denoted, hint: Option<Ty>, expr: &ast::Expr) -> Expr {
        let span = expr.span;
        let what = match denoted {
            Denoted::Value(value) => return Expr { span: at(span), ..value },
            Denoted::Failed | Denoted::Name(Name::Failed) => {
                return self.unknown(span);
            }
            Denoted::Name(Name::Config(id)) => {
                let ty = self.types.intern(Type::Config(id));
                return self.expr(ExprKind::Config(id), ty, span);
            }
            Denoted::Name(Name::Asset(id)) => {
                return self.expr(ExprKind::Asset(id), self.env.asset_type(id), span);
            }
            Denoted::Name(Name::Interface(_)) => return self.interface_used(expr),
            Denoted::Name(Name::Generic(_)) => {
                format!(
                    "`{0}` is generic and no value: it can only be called, as in `{0}(…)`",
                    self.written(expr)
                )
            }
            Denoted::Method(method) => return self.method_not_called(method.name, span),
            Denoted::TypeParameter(_, name) => {
                format!("`{}` is a type parameter, not a value", self.text(name))
            }
            Denoted::Name(Name::Function(id)) if self.env.function(id).kind != FnKind::Component => {
                self.use_callable(self.env.function(id), span);
                let ty = self.env.function_type(id, self.types);
                return self.expr(ExprKind::Function(id), ty, span);
            }
            Denoted::Variant(id, number) => {
                let env = self.env;
                let variant = &env.enumeration(id).variants[number as usize];
                if variant.payload.is_empty() {
                    let ty = self.types.intern(Type::Enum(id));
                    return self.expr(ExprKind::Variant(id, number, Vec::new()), ty, span);
                }
                let name = self.text(variant.name);
                format!("`{name}` has a payload, without which it is no value: write `{name}(…)`")
            }
            Denoted::Constructor(sym::NONE) => return self.null(hint, span),
            Denoted::Constructor(name) => {
                let name = self.text(name);
                format!("`{name}` is a constructor, not a value: write `{name}(…)`")
            }
            Denoted::Builtin(builtin) => {
                format!("`{0}` is a builtin function, which can only be called: write `{0}(…)`", builtin.name)
            }
            Denoted::NamespaceMember(namespace, function) => {
                let name = format!("{}.{}", namespace.name, function.name);
                format!("`{name}` is a builtin function, which can only be called: write `{name}(…)`")
            }
            Denoted::QueryMethod(_, _, name) => return self.query_method_not_called(name, span),
            Denoted::Namespace(namespace) => {
                format!("`{}` is a namespace of builtin functions, not a value", namespace.name)
            }
            Denoted::Tag(tag) => {
                format!("`{tag}` is an HTML tag, which can only be called: write `{tag}(…)`")
            }
            Denoted::Name(Name::Function(id)) if self.env.function(id).kind == FnKind::Component => {
                let name = self.written(expr);
                format!("`{name}` is a component, which can only be called: write `{name}(…)`")
            }
            Denoted::Name(name) => {
                let what = self.env.describe(name);
                match name.as_struct() {
                    Some(_) => format!(
                        "`{0}` is {what}, not a value: write `{0}(…)` to make one",
                        self.written(expr)
                    ),
                    None => format!("`{}` is {what}, not a value", self.written(expr)),
                }
            }
        };
        self.error(codes::NOT_A_VALUE, span, what);
        self.unknown(span)
    }

    /// What an expression denotes: a name and a member access may stand for more than values.
    pub(super) fn denote(&mut self, expr: &ast::Expr, position: Position) -> Denoted {
        match &expr.kind {
            ast::ExprKind::Name(name) => self.denote_name(*name, expr.span, position),
            ast::ExprKind::Member(member) if !member.optional => {
                let base = self.denote(&member.base, Position::Base);
                self.denote_member(base, member, expr.span)
            }
            _ => Denoted::Value(self.infer(expr, None)),
        }
    }

    fn denote_name(&mut self, name: Symbol, span: Span, position: Position) -> Denoted {
        if let Some(binding) = self.scopes.lookup(name) {
            let binding = *binding;
            if !self.may_mention(&binding, span) {
                return Denoted::Failed;
            }
            let local = binding.local;
            self.note(span, Meaning::Local(binding.span, name));
            let ty = self.locals[local.0 as usize].ty;
            if let Some((_, mentioned, _)) =
                self.html.children.as_mut().filter(|(children, ..)| *children == local)
            {
                *mentioned += 1;
            }
            return Denoted::Value(self.expr(ExprKind::Local(local), ty, span));
        }
        if let Some(ty) = self.info.scope.ty(name) {
            self.note_type(ty, span);
            return match *self.types.get(ty) {
                Type::Unknown => Denoted::Failed,
                Type::Struct(id) if is_self(name) => Denoted::Name(Name::Struct(id)),
                Type::Enum(id) if is_self(name) => Denoted::Name(Name::Enum(id)),
                _ => Denoted::TypeParameter(ty, name),
            };
        }
        if let Some(found) = self.env.lookup(self.module, name) {
            self.note(span, Meaning::Global(self.module, name));
            let name = found;
            return Denoted::Name(name);
        }
        match name {
            sym::SOME | sym::NONE | sym::OK | sym::ERR => {
                self.note(span, Meaning::Constructor(name));
                return Denoted::Constructor(name);
            }
            sym::EMPTY => return Denoted::Failed,
            sym::UNDERSCORE => {
                self.error(codes::UNDERSCORE_READ, span, "`_` holds no value and cannot be read");
                return Denoted::Failed;
            }
            sym::SELF_TYPE => {
                self.self_outside_impl(span);
                return Denoted::Failed;
            }
            _ => {}
        }
        if let Some(builtin) = self.env.builtin(name) {
            self.note(span, Meaning::Builtin("", builtin));
            return Denoted::Builtin(builtin);
        }
        // `time` and `svg` are tags when called and namespaces before a dot.
        if position == Position::Callee
            && let Some(tag) = self.env.builtins.tag(name)
        {
            self.note_as(span, Meaning::Tag(tag), Role::Tag);
            return Denoted::Tag(tag);
        }
        if let Some(namespace) = self.env.builtin_namespace(name) {
            self.note(span, Meaning::Namespace(namespace));
            return Denoted::Namespace(namespace);
        }
        self.unknown_name(name, span);
        Denoted::Failed
    }

    /// Reports a `Self` where there is no target that it could mean.
    pub(super) fn self_outside_impl(&mut self, span: Span) {
        self.error(codes::SELF_OUTSIDE_IMPL, span, "`Self` is valid only in interfaces and impls");
    }

    /// Reports a name that nothing visible has.
    pub(super) fn unknown_name(&mut self, name: Symbol, span: Span) {
        let text = self.text(name);
        if crate::declare::is_predefined(name) && !matches!(name, sym::SELF_VALUE | sym::STD) {
            self.error(codes::NOT_A_VALUE, span, format!("`{text}` is a type, not a value"));
            return;
        }
        let env = self.env;
        let locals = self.scopes.names().map(|name| env.text(name));
        let builtin = builtins::FUNCTIONS.iter().map(|function| function.name);
        let namespaces = builtins::NAMESPACES.iter().map(|namespace| namespace.name);
        let candidates = locals
            .chain(env.module_names(self.module))
            .chain(builtin)
            .chain(["Some", "None", "Ok", "Err"])
            .chain(namespaces);
        let message = match self.near(text, candidates) {
            Some(near) => format!("`{text}` is not known here: did you mean `{near}`?"),
            None => format!("`{text}` is not known here"),
        };
        self.error(codes::UNKNOWN_NAME, span, message);
    }

    /// What a member access denotes whose base denotes `base`.
    pub(super) fn denote_member(&mut self, base: Denoted, member: &ast::MemberExpr, span: Span) -> Denoted {
        let name = member.name;
        self.note_denoted_base(&base, name);
        match base {
            Denoted::Failed | Denoted::Name(Name::Failed) => Denoted::Failed,
            Denoted::Name(Name::Enum(id)) => self.denote_variant(id, name),
            Denoted::Name(Name::Interface(_)) => {
                self.interface_used(&member.base);
                Denoted::Failed
            }
            Denoted::TypeParameter(ty, parameter) => match self.method_of_parameter(ty, parameter, name) {
                Some(method) => {
                    self.note(name.span, Meaning::Callable(method.callable));
                    Denoted::Method(Box::new(method))
                }
                None => Denoted::Failed,
            },
            Denoted::Name(Name::Struct(id)) => {
                let ty = self.env.struct_type(id, self.types);
                if let Some(method) = self.find_method(ty, name) {
                    self.note(name.span, Meaning::Callable(method.callable));
                    return Denoted::Method(Box::new(method));
                }
                if name.name != sym::EMPTY {
                    let owner = self.text(self.env.strukt(id).name);
                    let message = format!(
                        "the type {owner} has no member `{}`; fields belong to its values",
                        self.text(name.name)
                    );
                    self.error(codes::UNKNOWN_MEMBER, name.span, message);
                }
                Denoted::Failed
            }
            Denoted::Name(base) if self.env.is_namespace(base) => self.denote_export(base, name),
            Denoted::Namespace(namespace) => match namespace.function(self.text(name.name)) {
                Some(function) => {
                    self.note(name.span, Meaning::Builtin(namespace.name, function));
                    Denoted::NamespaceMember(namespace, function)
                }
                None if name.name == sym::EMPTY => Denoted::Failed,
                None => {
                    let message = format!("`{}` has no function `{}`", namespace.name, self.text(name.name));
                    self.error(codes::UNKNOWN_MEMBER, name.span, message);
                    Denoted::Failed
                }
            },
            other => {
                let base = self.denoted_value(other, None, &member.base);
                let base = self.opened(base);
                self.note_base(base.ty, name);
                if base.ty == Ty::QUERY {
                    let method = self.query_method(name);
                    return method.map_or(Denoted::Failed, |method| Denoted::QueryMethod(base, method, name));
                }
                match self.method_of_value(&base, name) {
                    Some(method) => {
                        self.note(name.span, Meaning::Callable(method.callable));
                        Denoted::Method(Box::new(method))
                    }
                    None => Denoted::Value(self.member_of(base, name, span)),
                }
            }
        }
    }

    /// Notes what stands before a dot, where that is no value.
    fn note_denoted_base(&self, base: &Denoted, name: ast::Ident) {
        let Some(notes) = &self.env.notes else { return };
        let start = name.span.start;
        match base {
            Denoted::Name(base) => self.env.note_base(self.module, start, *base),
            Denoted::Namespace(namespace) => {
                let shape = Shape::Namespace(namespace.name);
                notes.push(Note::Base { file: self.file, start, shape });
            }
            Denoted::TypeParameter(ty, _) => self.note_base(*ty, name),
            _ => {}
        }
    }

    /// Notes a name of a scope that means a type: a type parameter or `Self`.
    pub(super) fn note_type(&self, ty: Ty, span: Span) {
        match *self.types.get(ty) {
            Type::Parameter(param) => self.note(span, Meaning::TypeParam(param)),
            Type::Struct(id) => self.note(span, Meaning::Name(Name::Struct(id))),
            Type::Enum(id) => self.note(span, Meaning::Name(Name::Enum(id))),
            _ => {}
        }
    }

    fn denote_variant(&mut self, id: EnumId, name: ast::Ident) -> Denoted {
        let env = self.env;
        let declared = env.enumeration(id);
        if let Some(number) = declared.variant(name.name) {
            self.note(name.span, Meaning::Variant(id, number));
            return Denoted::Variant(id, number);
        }
        if name.name == sym::EMPTY {
            return Denoted::Failed;
        }
        let ty = self.types.intern(Type::Enum(id));
        if let Some(method) = self.find_method(ty, name) {
            self.note(name.span, Meaning::Callable(method.callable));
            return Denoted::Method(Box::new(method));
        }
        let text = self.text(name.name);
        let message = format!("the enum {} has no variant `{text}`", self.text(declared.name));
        match self.near(text, declared.variants.iter().map(|variant| env.text(variant.name))) {
            Some(near) => {
                self.error_hint(
                    codes::UNKNOWN_VARIANT,
                    name.span,
                    message,
                    format!("did you mean `{near}`?"),
                );
            }
            None => self.error(codes::UNKNOWN_VARIANT, name.span, message),
        }
        Denoted::Failed
    }

    fn denote_export(&mut self, base: Name, name: ast::Ident) -> Denoted {
        if let Some(member) = self.env.member(base, name.name) {
            self.note(name.span, Meaning::Name(member));
            return Denoted::Name(member);
        }
        if name.name == sym::EMPTY {
            return Denoted::Failed;
        }
        let text = self.text(name.name);
        let message = match base {
            Name::Module(module) => {
                format!("the module {} exports no `{text}`", self.env.module(module).name)
            }
            Name::Std => format!("there is no `std.{text}`: `std` has only `std.Error`"),
            _ => format!("std.Error has no `{text}`"),
        };
        let near = match base {
            Name::Module(module) => self.env.suggest_export(module, text),
            _ => None,
        };
        match near {
            Some(near) => {
                self.error_hint(codes::NOT_EXPORTED, name.span, message, format!("did you mean `{near}`?"));
            }
            None => self.error(codes::NOT_EXPORTED, name.span, message),
        }
        Denoted::Failed
    }

    /// A name or a dotted name as it is written.
    pub(super) fn written(&self, expr: &ast::Expr) -> String {
        match &expr.kind {
            ast::ExprKind::Name(name) => self.text(*name).to_owned(),
            ast::ExprKind::Member(member) => {
                format!("{}.{}", self.written(&member.base), self.text(member.name.name))
            }
            _ => "…".to_owned(),
        }
    }

    /// Reports an interface where a value is needed.
    pub(super) fn interface_used(&mut self, expr: &ast::Expr) -> Expr {
        let name = self.written(expr);
        let message = format!("`{name}` is an interface: a contract, not a value");
        let hint = "use a value of a type that has an impl of it";
        self.error_hint(codes::INTERFACE_DYNAMIC_USE, expr.span, message, hint);
        self.unknown(expr.span)
    }
}
