//! Signatures of functions: parameters, defaults, result types, and what may be the signature of `main`.

use fuse_diagnostics::{Diagnostic, codes};
use fuse_hir::{FnId, FnKind, HttpTypes, ModuleId, StdErrors, Ty, Type, Types};
use fuse_syntax::{ast, sym};
use rustc_hash::FxHashMap;

use crate::declare::Declared;
use crate::env::{Diags, Env, FnBody, FnInfo, ParamInfo};
use crate::fields::Unique;
use crate::typeref::{BareError, check_domains};

/// Fills parameters and results of all declared functions.
pub(crate) fn resolve<'a>(env: &mut Env<'a>, declared: &Declared<'a>, types: &mut Types, diags: &mut Diags) {
    for &(id, signature) in &declared.functions {
        let module = env.function(id).module;
        let mut params = parameters(env, id, module, &signature.params, types, diags);
        let component = env.function(id).kind == FnKind::Component;
        if component {
            implicit_parameters(env, module, signature, &mut params, types, diags);
        }
        let result = match &signature.result {
            None if component => Ty::HTML,
            Some(written) => {
                let result = env.resolve_type(module, written, types, diags);
                check_domains(env, module, written, BareError::Rejected, types, diags);
                result
            }
            None => Ty::UNIT,
        };
        if declared.main == Some(id) {
            warn_unbindable(env, module, signature, &params, types, diags);
        }
        let info = &mut env.functions[id.0 as usize];
        info.params = params;
        info.result = result;
    }
}

fn parameters<'a>(
    env: &mut Env<'a>,
    function: FnId,
    module: ModuleId,
    list: &'a [ast::Param],
    types: &mut Types,
    diags: &mut Diags,
) -> Vec<ParamInfo> {
    let mut params: Vec<ParamInfo> = Vec::with_capacity(list.len());
    let mut unique = Unique::new(list.len());
    for param in list {
        let ty = env.resolve_type(module, &param.ty, types, diags);
        let default = param.default.as_ref().map(|expr| {
            let left = params.iter().map(|param| ParamInfo { default: None, ..*param }).collect();
            let name = format!("{}.{}", env.function(function).name, env.text(param.name.name));
            let id = FnId(env.functions.len() as u32);
            env.functions.push(FnInfo {
                kind: FnKind::Default,
                name,
                module,
                span: expr.span,
                params: left,
                result: ty,
                body: FnBody::Parameter(expr),
            });
            id
        });
        if param.name.name != sym::UNDERSCORE {
            unique.add(env, module, param.name, "parameter", diags);
        }
        // A repeated parameter stays in the list: calls are checked against what is written.
        params.push(ParamInfo { name: param.name.name, span: param.name.span, ty, default });
    }
    params
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
            Type::Html | Type::Unit | Type::Result(..) | Type::Function(..) | Type::Config(_) => {
                return false;
            }
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
