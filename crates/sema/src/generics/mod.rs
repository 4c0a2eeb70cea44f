//! Type parameters (language reference 4.7).
//!
//! A callable with type parameters is a [`Template`]: it is no function of the program. Its body is checked once as it is written,
//! where each parameter is a type of its own that can do what its constraint says ([`Type::Parameter`]); what is found there is
//! reported, the checked body is thrown away. Each call fixes the parameters (`infer`). Each distinct list of type arguments then
//! becomes an instance: a function of the program whose body is checked again, with the types in place of the parameters
//! (`instances`). What could make that endless or wrong for certain types is found beforehand (`reach`).

mod infer;
mod instances;
mod reach;

use std::sync::Arc;

use fuse_diagnostics::Span;
use fuse_hir::{FnId, ModuleId, ParamId, Ty, Type, Types};
use fuse_syntax::{Symbol, sym};
use rustc_hash::FxHashSet;

use crate::env::{Env, FnInfo};
use crate::interface::InterfaceId;

pub(crate) use infer::Inference;
pub(crate) use instances::{Instance, Instances, instantiate, is_concrete, is_endless};
pub(crate) use reach::{Needs, check_calls};

/// Index into [`Env::templates`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TemplateId(pub u32);

/// A callable that is declared, by its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Callable {
    /// A function of the program.
    Function(FnId),
    /// One that becomes a function for each list of type arguments.
    Template(TemplateId),
}

impl Callable {
    /// The function, if it is one.
    pub fn function(self) -> Option<FnId> {
        match self {
            Callable::Function(id) => Some(id),
            Callable::Template(_) => None,
        }
    }
}

/// A callable with type parameters, the default of a parameter of one, or a member of an interface.
pub struct Template<'a> {
    /// What it would be as a function; its types mention the parameters.
    pub info: FnInfo<'a>,
    /// Its type parameters in order; those of a default are those of its callable. The `Self` of an interface is not among them.
    pub params: Vec<ParamId>,
}

/// A type parameter, or the `Self` of an interface.
#[derive(Clone, Copy, Debug)]
pub struct TypeParam {
    /// Its name.
    pub name: Symbol,
    /// Where it is declared.
    pub span: Span,
    /// The module of the declaration.
    pub module: ModuleId,
    /// The interface that `where` demands of its types.
    pub constraint: Option<InterfaceId>,
    /// Its constraint has an error that has been reported: nothing is said about what its values cannot do.
    pub broken: bool,
}

/// What a signature and a body see besides their module.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Names of types: type parameters (in an instance, the types they stand for), `Self`.
    types: Option<Arc<[(Symbol, Ty)]>>,
    /// The first parameter is `self`.
    pub receiver: bool,
}

impl Scope {
    /// A scope with these names of types.
    pub fn new(types: &[(Symbol, Ty)], receiver: bool) -> Scope {
        Scope { types: (!types.is_empty()).then(|| types.into()), receiver }
    }

    /// The type of a name.
    pub fn ty(&self, name: Symbol) -> Option<Ty> {
        self.names().iter().find(|(known, _)| *known == name).map(|&(_, ty)| ty)
    }

    /// All names.
    pub fn names(&self) -> &[(Symbol, Ty)] {
        self.types.as_deref().unwrap_or_default()
    }
}

/// A call of a template, with its type arguments.
#[derive(Clone, Debug)]
pub struct GenericCall {
    /// What is called.
    pub template: TemplateId,
    /// The type arguments; in a template they may mention its parameters.
    pub args: Box<[Ty]>,
    /// The call.
    pub span: Span,
}

/// What a check finds out about the type parameters in a body and the generic callables it uses.
#[derive(Debug, Default)]
pub struct Findings {
    /// Every call of a template.
    pub calls: Vec<GenericCall>,
    /// Members that are called through a type parameter: `T.m(...)`.
    pub associated: Vec<(ParamId, Symbol)>,
    /// Where names of patterns begin that bind a value of a type parameter: in an instance they must not become variants of the
    /// type that stands there.
    pub bindings: FxHashSet<u32>,
}

/// Types in place of type parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Substitution(Vec<(ParamId, Ty)>);

impl Substitution {
    /// Replaces parameters by types, one by one.
    pub fn new(params: &[ParamId], types: &[Ty]) -> Substitution {
        Substitution(params.iter().copied().zip(types.iter().copied()).collect())
    }

    /// The same, and one parameter more.
    pub fn with(mut self, param: ParamId, ty: Ty) -> Substitution {
        self.0.push((param, ty));
        self
    }

    /// What stands for a parameter.
    pub fn get(&self, param: ParamId) -> Option<Ty> {
        self.0.iter().find(|(known, _)| *known == param).map(|&(_, ty)| ty)
    }

    /// A type with the parameters in it replaced.
    pub fn apply(&self, types: &mut Types, ty: Ty) -> Ty {
        if self.0.is_empty() {
            return ty;
        }
        match types.get(ty).clone() {
            Type::Parameter(param) => self.get(param).unwrap_or(ty),
            Type::List(inner) => {
                let inner = self.apply(types, inner);
                types.list(inner)
            }
            Type::Map(inner) => {
                let inner = self.apply(types, inner);
                types.map(inner)
            }
            Type::Option(inner) => {
                let inner = self.apply(types, inner);
                types.option(inner)
            }
            Type::Result(value, domains) => {
                let value = self.apply(types, value);
                let domains: Vec<Ty> = domains.iter().map(|&domain| self.apply(types, domain)).collect();
                types.result(value, &domains)
            }
            Type::Function(params, result) => {
                let params: Box<[Ty]> = params.iter().map(|&param| self.apply(types, param)).collect();
                let result = self.apply(types, result);
                if result == Ty::UNKNOWN || params.contains(&Ty::UNKNOWN) {
                    return Ty::UNKNOWN;
                }
                types.intern(Type::Function(params, result))
            }
            // Lookups, unions and tasks have no written form, so no signature has them.
            _ => ty,
        }
    }
}

/// The type parameters that a type mentions, each as often as it does.
pub(crate) fn parameters_of(types: &Types, ty: Ty, out: &mut Vec<ParamId>) {
    match types.get(ty) {
        Type::Parameter(param) => out.push(*param),
        Type::List(inner)
        | Type::Map(inner)
        | Type::Option(inner)
        | Type::Lookup(inner)
        | Type::Task(inner) => parameters_of(types, *inner, out),
        Type::Result(value, domains) => {
            parameters_of(types, *value, out);
            domains.iter().for_each(|&domain| parameters_of(types, domain, out));
        }
        Type::Union(domains) => domains.iter().for_each(|&domain| parameters_of(types, domain, out)),
        Type::Function(params, result) => {
            params.iter().for_each(|&param| parameters_of(types, param, out));
            parameters_of(types, *result, out);
        }
        _ => {}
    }
}

/// Whether a type mentions a type parameter.
pub(crate) fn is_generic(types: &Types, ty: Ty) -> bool {
    let mut found = Vec::new();
    parameters_of(types, ty, &mut found);
    !found.is_empty()
}

impl<'a> Env<'a> {
    /// A template.
    pub fn template(&self, id: TemplateId) -> &Template<'a> {
        &self.templates[id.0 as usize]
    }

    /// A declared callable.
    pub fn callable(&self, callable: Callable) -> &FnInfo<'a> {
        match callable {
            Callable::Function(id) => self.function(id),
            Callable::Template(id) => &self.template(id).info,
        }
    }

    pub(crate) fn callable_mut(&mut self, callable: Callable) -> &mut FnInfo<'a> {
        match callable {
            Callable::Function(id) => &mut self.functions[id.0 as usize],
            Callable::Template(id) => &mut self.templates[id.0 as usize].info,
        }
    }

    /// Enters a callable: as a template if it is generic.
    pub(crate) fn add_callable(&mut self, info: FnInfo<'a>, generic: bool) -> Callable {
        if generic {
            self.templates.push(Template { info, params: Vec::new() });
            return Callable::Template(TemplateId(self.templates.len() as u32 - 1));
        }
        self.functions.push(info);
        Callable::Function(FnId(self.functions.len() as u32 - 1))
    }

    /// A type parameter.
    pub fn type_param(&self, id: ParamId) -> &TypeParam {
        &self.type_params[id.0 as usize]
    }

    pub(crate) fn add_type_param(&mut self, param: TypeParam) -> ParamId {
        self.type_params.push(param);
        ParamId(self.type_params.len() as u32 - 1)
    }

    /// The interface that a type parameter's types have.
    pub fn constraint_of(&self, types: &Types, ty: Ty) -> Option<InterfaceId> {
        match types.get(ty) {
            Type::Parameter(param) => self.type_param(*param).constraint,
            _ => None,
        }
    }

    /// Whether a type satisfies an interface.
    pub fn satisfies(&self, types: &Types, ty: Ty, interface: InterfaceId) -> bool {
        match types.get(ty) {
            Type::Parameter(param) => {
                let param = self.type_param(*param);
                param.broken || param.constraint == Some(interface)
            }
            Type::Unknown => true,
            _ => self.satisfied.contains(&(interface, ty)),
        }
    }
}

/// Whether the name of a type parameter is one that means the type itself.
pub(crate) fn is_self(name: Symbol) -> bool {
    name == sym::SELF_TYPE
}
