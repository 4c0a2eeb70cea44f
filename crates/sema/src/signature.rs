//! Signatures: type parameters with their constraints, parameters with their defaults, results.

use fuse_diagnostics::{Diagnostic, codes};
use fuse_hir::{FnKind, HttpTypes, ModuleId, ParamId, StdErrors, Ty, Type, Types};
use fuse_syntax::{Symbol, ast, sym};
use rustc_hash::FxHashMap;

use crate::declare::{Declared, is_predefined, path_text};
use crate::env::{Diags, Env, FnBody, FnInfo, Name, ParamInfo};
use crate::fields::Unique;
use crate::generics::{Callable, Scope, TypeParam, parameters_of};
use crate::typeref::{BareError, check_domains};

/// Fills in the signatures of all declared functions.
pub(crate) fn resolve<'a>(env: &mut Env<'a>, declared: &Declared<'a>, types: &mut Types, diags: &mut Diags) {
    for &(callable, signature) in &declared.functions {
        resolve_callable(env, callable, signature, &Outer::default(), types, diags);
        let is_main = match callable {
            Callable::Function(id) => declared.main == Some(id),
            // It can be called by the program, but nothing can be read from the command line for it.
            Callable::Template(_) => {
                signature.name.name == sym::MAIN
                    && env.lookup(ModuleId(0), sym::MAIN) == Some(Name::of_callable(callable))
            }
        };
        if is_main {
            let info = env.callable(callable);
            warn_unbindable(env, info.module, signature, &info.params, types, diags);
        }
    }
}

/// What a signature sees and has because of the declaration around it.
#[derive(Default)]
pub(crate) struct Outer {
    /// The meaning of `Self`.
    pub self_type: Option<Ty>,
    /// The type of `self`, if it is the first parameter.
    pub receiver: Option<Ty>,
}

/// Fills in a signature; of a template also its type parameters.
pub(crate) fn resolve_callable<'a>(
    env: &mut Env<'a>,
    callable: Callable,
    signature: &'a ast::Signature,
    outer: &Outer,
    types: &mut Types,
    diags: &mut Diags,
) {
    let module = env.callable(callable).module;
    let own = type_parameters(env, module, signature, diags);
    let mut names: Vec<(Symbol, Ty)> = Vec::with_capacity(own.len() + 1);
    for &param in &own {
        names.push((env.type_param(param).name, types.intern(Type::Parameter(param))));
    }
    names.extend(outer.self_type.map(|ty| (sym::SELF_TYPE, ty)));
    let scope = Scope::new(&names, outer.receiver.is_some());
    let info = env.callable_mut(callable);
    info.scope = scope.clone();
    let span = info.span;
    let receiver = outer.receiver.map(|ty| ParamInfo { name: sym::SELF_VALUE, span, ty, default: None });
    let mut resolver = Parameters { env, callable, type_params: &own, scope: &scope, types, diags };
    let mut params = resolver.resolve(receiver, &signature.params);
    let component = env.callable(callable).kind == FnKind::Component;
    if component {
        implicit_parameters(env, module, signature, &mut params, types, diags);
    }
    let result = match &signature.result {
        None if component => Ty::HTML,
        Some(written) => {
            let result = env.resolve_type_in(module, &scope, written, types, diags);
            check_domains(env, module, &scope, written, BareError::Rejected, types, diags);
            result
        }
        None if component => Ty::HTML,
        None => Ty::UNIT,
    };
    let info = env.callable_mut(callable);
    info.params = params;
    info.result = result;
    if let Callable::Template(id) = callable {
        env.templates[id.0 as usize].params = own;
    }
}

/// The type parameters of a signature with their constraints.
fn type_parameters(
    env: &mut Env,
    module: ModuleId,
    signature: &ast::Signature,
    diags: &mut Diags,
) -> Vec<ParamId> {
    let mut params: Vec<ParamId> = Vec::with_capacity(signature.type_params.len());
    let file = env.file(module);
    for name in &signature.type_params {
        let text = env.text(name.name);
        if is_predefined(name.name) {
            let message = format!("`{text}` is a name of the language and cannot be a type parameter");
            let finding = Diagnostic::error(codes::PREDEFINED_NAME, file, name.span, message);
            diags.push(finding.hint("choose another name"));
        } else if params.iter().any(|&param| env.type_param(param).name == name.name)
            && name.name != sym::EMPTY
        {
            let message = format!("the type parameter `{text}` is declared twice");
            diags.push(Diagnostic::error(codes::GENERIC_DUPLICATE_TYPE_PARAM, file, name.span, message));
        }
        // A repeated one stays in the list: calls are checked against what is written.
        params.push(env.add_type_param(TypeParam {
            name: name.name,
            span: name.span,
            module,
            constraint: None,
            broken: false,
        }));
    }
    for constraint in &signature.constraints {
        resolve_constraint(env, module, constraint, &params, diags);
    }
    params
}

fn resolve_constraint(
    env: &mut Env,
    module: ModuleId,
    written: &ast::Constraint,
    params: &[ParamId],
    diags: &mut Diags,
) {
    let file = env.file(module);
    let interface = match env.find(module, &written.interface) {
        Some(Name::Interface(id)) => Some(id),
        Some(Name::Failed) => None,
        _ if written.interface.last().name == sym::EMPTY => None,
        found => {
            let text = path_text(env, &written.interface);
            let message = match found {
                Some(name) => format!("`{text}` is {}, not an interface", env.describe(name)),
                None => format!("there is no interface `{text}` here"),
            };
            let span = written.interface.span();
            diags.push(Diagnostic::error(codes::WHERE_UNKNOWN_INTERFACE, file, span, message));
            None
        }
    };
    let text = env.text(written.param.name);
    if written.param.name == sym::EMPTY {
        return;
    }
    let Some(&param) = params.iter().find(|&&param| env.type_param(param).name == written.param.name) else {
        let message = format!("`{text}` is no type parameter of this declaration");
        diags.push(Diagnostic::error(codes::WHERE_UNKNOWN_TYPE_PARAM, file, written.param.span, message));
        return;
    };
    if let Some(first) = env.type_param(param).constraint {
        let first = env.text(env.interface(first).name);
        // What the second one provides is used, of course.
        env.type_params[param.0 as usize].broken = true;
        let message = format!("`{text}` has the constraint `{first}` already, and there can be only one");
        diags.push(
            Diagnostic::error(codes::WHERE_MULTI_CONSTRAINT, file, written.span, message)
                .hint("put the members that are needed together into one interface"),
        );
        return;
    }
    let info = &mut env.type_params[param.0 as usize];
    info.constraint = interface;
    info.broken = interface.is_none();
}

/// The parameters of a callable.
struct Parameters<'e, 'a, 'r> {
    env: &'e mut Env<'a>,
    callable: Callable,
    type_params: &'r [ParamId],
    scope: &'r Scope,
    types: &'r mut Types,
    diags: &'r mut Diags,
}

impl<'a> Parameters<'_, 'a, '_> {
    fn resolve(&mut self, receiver: Option<ParamInfo>, list: &'a [ast::Param]) -> Vec<ParamInfo> {
        let module = self.env.callable(self.callable).module;
        let mut params: Vec<ParamInfo> = Vec::with_capacity(list.len() + 1);
        params.extend(receiver);
        let mut unique = Unique::new(list.len());
        for param in list {
            let ty = self.env.resolve_type_in(module, self.scope, &param.ty, self.types, self.diags);
            let default = param.default.as_ref().map(|expr| self.default(param.name.name, expr, ty, &params));
            if param.name.name != sym::UNDERSCORE {
                unique.add(self.env, module, param.name, "parameter", self.diags);
            }
            // A repeated parameter stays in the list: calls are checked against what is written.
            params.push(ParamInfo { name: param.name.name, span: param.name.span, ty, default });
        }
        params
    }

    /// What evaluates a default: generic if its callable is.
    fn default(&mut self, name: Symbol, expr: &'a ast::Expr, ty: Ty, left: &[ParamInfo]) -> Callable {
        let owner = self.env.callable(self.callable);
        let info = FnInfo {
            kind: FnKind::Default,
            name: format!("{}.{}", owner.name, self.env.text(name)),
            module: owner.module,
            span: expr.span,
            params: left.iter().map(|param| ParamInfo { default: None, ..*param }).collect(),
            result: ty,
            body: FnBody::Parameter(expr),
            scope: self.scope.clone(),
        };
        let default = self.env.add_callable(info, matches!(self.callable, Callable::Template(_)));
        if let Callable::Template(id) = default {
            self.env.templates[id.0 as usize].params = self.type_params.to_vec();
        }
        default
    }
}

/// A signature as users write it, with `fn` and without the receiver.
pub(crate) fn signature_text(
    env: &Env,
    types: &Types,
    info: &FnInfo,
    name: Symbol,
    own: &[ParamId],
) -> String {
    let mut out = format!("fn {}", env.text(name));
    if !own.is_empty() {
        let names: Vec<&str> = own.iter().map(|&param| env.text(env.type_param(param).name)).collect();
        out.push_str(&format!("<{}>", names.join(", ")));
    }
    let params = info.params.iter().skip(usize::from(info.scope.receiver)).map(|param| {
        let default = if param.default.is_some() { " = …" } else { "" };
        format!("{}: {}{default}", env.text(param.name), env.type_name(types, param.ty))
    });
    out.push_str(&format!("({})", params.collect::<Vec<_>>().join(", ")));
    if info.result != Ty::UNIT {
        out.push_str(&format!(" -> {}", env.type_name(types, info.result)));
    }
    let constraints = own.iter().filter_map(|&param| {
        let param = env.type_param(param);
        let interface = env.interface(param.constraint?);
        Some(format!("{}: {}", env.text(param.name), env.text(interface.name)))
    });
    let constraints: Vec<String> = constraints.collect();
    if !constraints.is_empty() {
        out.push_str(&format!(" where {}", constraints.join(", ")));
    }
    out
}

/// The parameters that every component has, after its own (language reference 4.8).
fn implicit_parameters(
    env: &Env,
    module: ModuleId,
    signature: &ast::Signature,
    params: &mut Vec<ParamInfo>,
    types: &mut Types,
    diags: &mut Diags,
) {
    for param in params.iter().filter(|param| matches!(param.name, sym::ATTRS | sym::CHILDREN)) {
        let name = env.text(param.name);
        let message = format!("every component has a parameter `{name}` of its own");
        let finding = Diagnostic::error(codes::RESERVED_PARAMETER, env.file(module), param.span, message);
        diags.push(finding.hint("leave the parameter out, or choose another name"));
    }
    // Errors must not be followed by one about a name that is bound twice.
    for param in params.iter_mut().filter(|param| matches!(param.name, sym::ATTRS | sym::CHILDREN)) {
        param.name = sym::UNDERSCORE;
    }
    let implicit = [(sym::ATTRS, types.map(Ty::STRING)), (sym::CHILDREN, types.list(Ty::HTML))];
    let span = signature.name.span;
    params.extend(implicit.map(|(name, ty)| ParamInfo { name, span, ty, default: None }));
}

/// Parameters of `main` that cannot be read from the command line.
fn warn_unbindable(
    env: &Env,
    module: ModuleId,
    signature: &ast::Signature,
    params: &[ParamInfo],
    types: &Types,
    diags: &mut Diags,
) {
    for (param, written) in params.iter().zip(&signature.params) {
        if is_bindable(env, types, param.ty) {
            continue;
        }
        let (name, ty) = (env.text(param.name), env.type_name(types, param.ty));
        let message = format!("`{name}` cannot be read from the command line: no text means a {ty}");
        let (file, span) = (env.file(module), written.ty.span);
        diags.push(Diagnostic::warning(codes::UNBINDABLE_PARAMETER, file, span, message));
    }
    let mut mentioned = Vec::new();
    params.iter().for_each(|param| parameters_of(types, param.ty, &mut mentioned));
    let mentioned: Vec<Symbol> = mentioned.into_iter().map(|param| env.type_param(param).name).collect();
    let told = |name: &&ast::Ident| mentioned.contains(&name.name) || name.name == sym::EMPTY;
    for name in signature.type_params.iter().filter(|name| !told(name)) {
        let text = env.text(name.name);
        let message =
            format!("`main` cannot be called from the command line: no text tells what `{text}` is");
        diags.push(Diagnostic::warning(codes::UNBINDABLE_PARAMETER, env.file(module), name.span, message));
    }
}

/// Whether values of a type can be made from text (language reference 6.6). Types are looked at once, without recursion.
pub(crate) fn is_bindable(env: &Env, types: &Types, ty: Ty) -> bool {
    let mut seen: FxHashMap<Ty, ()> = FxHashMap::default();
    let mut pending = vec![ty];
    while let Some(ty) = pending.pop() {
        if seen.insert(ty, ()).is_some() {
            continue;
        }
        match types.get(ty) {
            Type::Html
            | Type::Unit
            | Type::Result(..)
            | Type::Function(..)
            | Type::Config(_)
            | Type::Parameter(_) => return false,
            Type::List(inner) | Type::Map(inner) | Type::Option(inner) => pending.push(*inner),
            Type::Struct(id) if HttpTypes::contains(*id) => return false,
            Type::Struct(id) => pending.extend(env.strukt(*id).fields.iter().map(|field| field.ty)),
            Type::StdError => {
                pending.extend(env.strukt(StdErrors::BASE).fields.iter().map(|field| field.ty));
            }
            Type::Enum(id) => {
                let variants = &env.enumeration(*id).variants;
                pending.extend(variants.iter().flat_map(|variant| variant.payload.iter().copied()));
            }
            _ => {}
        }
    }
    true
}
