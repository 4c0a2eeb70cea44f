//! Instances: each distinct list of type arguments of a template is one function of the program, whoever asks for it.

use fuse_diagnostics::{Diagnostic, FileId, Span, codes};
use fuse_hir::{FnId, Ty, Type, Types};
use rustc_hash::FxHashMap;

use super::{Callable, Scope, Substitution, TemplateId, is_generic};
use crate::env::{Diags, Env, FnInfo, ParamInfo};

/// The instances that were asked for. Their numbers follow those of the declared functions, in the order of the first request.
pub(crate) struct Instances {
    base: u32,
    list: Vec<Instance>,
    ids: FxHashMap<(TemplateId, Box<[Ty]>), FnId>,
}

/// An instance of a template.
#[derive(Clone)]
pub(crate) struct Instance {
    /// Of what.
    pub template: TemplateId,
    /// The type that stands for each parameter.
    pub args: Box<[Ty]>,
    /// The call that asked for it first.
    pub place: (FileId, Span),
}

impl Instances {
    /// None yet, in a program with this number of declared functions.
    pub fn new(declared: usize) -> Instances {
        Instances { base: declared as u32, list: Vec::new(), ids: FxHashMap::default() }
    }

    /// The function of an instance.
    pub fn request(&mut self, instance: Instance) -> FnId {
        let key = (instance.template, instance.args.clone());
        let next = FnId(self.base + self.list.len() as u32);
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.list.push(instance);
        }
        id
    }

    /// The instance of a number, counted from 0.
    pub fn get(&self, number: usize) -> Option<&Instance> {
        self.list.get(number)
    }

    /// All of them.
    pub fn list(&self) -> &[Instance] {
        &self.list
    }

    /// The number of an instance's function, counted from 0; `None` for a declared function.
    pub fn number(&self, id: FnId) -> Option<usize> {
        id.0.checked_sub(self.base).map(|number| number as usize)
    }
}

/// What an instance is as a function. Asks for the instances of its defaults.
pub(crate) fn instantiate<'a>(
    env: &Env<'a>,
    instance: &Instance,
    types: &mut Types,
    instances: &mut Instances,
) -> FnInfo<'a> {
    let template = env.template(instance.template);
    let info = &template.info;
    let known = Substitution::new(&template.params, &instance.args);
    let names: Vec<_> = info.scope.names().iter().map(|&(name, ty)| (name, known.apply(types, ty))).collect();
    let mut param = |param: &ParamInfo| {
        let default = param.default.map(|default| match default {
            Callable::Function(id) => Callable::Function(id),
            Callable::Template(template) => {
                Callable::Function(instances.request(Instance { template, ..instance.clone() }))
            }
        });
        ParamInfo { ty: known.apply(types, param.ty), default, ..*param }
    };
    let params = info.params.iter().map(&mut param).collect();
    FnInfo {
        kind: info.kind,
        name: name(env, types, info, &instance.args),
        module: info.module,
        span: info.span,
        params,
        result: known.apply(types, info.result),
        body: info.body,
        scope: Scope::new(&names, info.scope.receiver),
    }
}

/// `first<Int>`; of a default `first<Int>.rate`.
fn name(env: &Env, types: &Types, info: &FnInfo, args: &[Ty]) -> String {
    let args: Vec<String> = args.iter().map(|&arg| env.type_name(types, arg)).collect();
    let args = args.join(", ");
    match info.name.rsplit_once('.') {
        Some((owner, parameter)) if info.body.default().is_some() => format!("{owner}<{args}>.{parameter}"),
        _ => format!("{}<{args}>", info.name),
    }
}

/// How deep type arguments may nest: deeper ones mean that instances make each other without end. (Most such circles are found
/// before; this bounds those that lead through methods which only an instance knows.)
const DEEPEST: usize = 64;
/// How many instances a program may have.
const MOST: usize = 100_000;

/// Reports an instance that shows that there would be no end of them.
pub(crate) fn is_endless(
    env: &Env,
    types: &Types,
    number: usize,
    instance: &Instance,
    diags: &mut Diags,
) -> bool {
    let deep = instance.args.iter().any(|&arg| is_deeper(types, arg, DEEPEST));
    if !deep && number < MOST {
        return false;
    }
    let (file, span) = instance.place;
    let name = &env.template(instance.template).info.name;
    let message = format!("`{name}` would be needed for types without end, each larger than the one before");
    diags.push(
        Diagnostic::error(codes::ENDLESS_INSTANTIATION, file, span, message)
            .hint("call it with the same types again, or with a type that does not grow"),
    );
    true
}

fn is_deeper(types: &Types, ty: Ty, limit: usize) -> bool {
    let Some(limit) = limit.checked_sub(1) else { return true };
    match types.get(ty) {
        Type::List(inner) | Type::Map(inner) | Type::Option(inner) => is_deeper(types, *inner, limit),
        Type::Result(value, domains) => {
            is_deeper(types, *value, limit) || domains.iter().any(|&domain| is_deeper(types, domain, limit))
        }
        _ => false,
    }
}

/// Whether type arguments are known types: an instance can be made of them.
pub(crate) fn is_concrete(types: &Types, args: &[Ty]) -> bool {
    !args.iter().any(|&arg| arg == Ty::UNKNOWN || is_generic(types, arg))
}
