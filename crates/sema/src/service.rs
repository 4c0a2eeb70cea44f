//! Services and their routes: parameters, bodies and results of handlers, and what must not occur twice (language reference 4.9).

use fuse_diagnostics::{Diagnostic, Span, codes};
use fuse_hir::{FnId, ModuleId, ServiceId, Ty, Type, Types};
use fuse_syntax::{Symbol, ast, sym};
use rustc_hash::FxHashMap;

use crate::body::unencodable_part;
use crate::declare::both_places;
use crate::env::{Diags, Env, ParamInfo};
use crate::fields::Unique;
use crate::generics::Scope;
use crate::route_path::{Parameter, Segment};
use crate::typeref::{BareError, check_domains};

/// Fills the parameters and results of all handlers.
pub(crate) fn resolve(env: &mut Env, types: &mut Types, diags: &mut Diags) {
    for at in 0..env.services.len() {
        let id = ServiceId(at as u32);
        repeated_routes(env, id, diags);
        for route in 0..env.service(id).routes.len() {
            resolve_route(env, id, route, types, diags);
        }
    }
}

fn resolve_route(env: &mut Env, id: ServiceId, number: usize, types: &mut Types, diags: &mut Diags) {
    let service = env.service(id);
    let (module, handler) = (service.module, service.routes[number].handler);
    let decl = &service.decl.routes[number];
    let paths = service.paths;
    let mut params = Vec::new();
    let mut unique = Unique::new(0);
    for segment in paths.base.iter().chain(&paths.routes[number]) {
        let Segment::Parameter(parameter) = segment else { continue };
        let ty = parameter_type(env, module, parameter, types, diags);
        let name = ast::Ident { name: parameter.name, span: parameter.span };
        if name.name == sym::BODY && decl.body_type.is_some() {
            reserved_body(env, module, name.span, diags);
        } else if name.name != sym::UNDERSCORE {
            repeated_parameter(env, module, name, &params, &mut unique, diags);
        }
        params.push(ParamInfo { name: name.name, span: name.span, ty, default: None });
    }
    let body = decl.body_type.as_ref().map(|written| {
        let ty = env.resolve_type(module, written, types, diags);
        encodable(env, module, written, ty, "body", types, diags);
        params.push(ParamInfo { name: sym::BODY, span: written.span, ty, default: None });
        ty
    });
    let result = env.resolve_type(module, &decl.result, types, diags);
    let scope = Scope::default();
    check_domains(env, module, &scope, &decl.result, BareError::Allowed, types, diags);
    encodable(env, module, &decl.result, result, "result", types, diags);
    set_signature(env, handler, params, result);
    env.services[id.0 as usize].routes[number].body = body;
}

fn set_signature(env: &mut Env, handler: FnId, params: Vec<ParamInfo>, result: Ty) {
    let info = &mut env.functions[handler.0 as usize];
    info.params = params;
    info.result = result;
}

/// The type of a parameter; unknown, after a report, if no segment of a path can be one of it.
fn parameter_type(
    env: &Env,
    module: ModuleId,
    parameter: &Parameter,
    types: &mut Types,
    diags: &mut Diags,
) -> Ty {
    let ty = env.resolve_type(module, &parameter.ty, types, diags);
    let content = match *types.get(ty) {
        Type::Option(inner) => inner,
        _ => ty,
    };
    let base = match *types.get(content) {
        Type::Refined(base, _) => base,
        _ => content,
    };
    if matches!(
        base,
        Ty::UNKNOWN | Ty::INT | Ty::FLOAT | Ty::BOOL | Ty::STRING | Ty::BYTES | Ty::ID | Ty::EMAIL
    ) {
        return ty;
    }
    let (name, shown) = (env.text(parameter.name), env.type_name(types, ty));
    let message = format!(
        "the parameter `{name}` cannot be a {shown}, which no segment of a path means: it must be Int, Float, Bool, String, Id, \
         Email, Bytes, a refinement of one of them, or an option of one"
    );
    diags.push(Diagnostic::error(codes::ROUTE_PARAMETER_TYPE, env.file(module), parameter.span, message));
    Ty::UNKNOWN
}

/// Parameters of one path stand in one string: what is wrong is told twice there, too.
fn repeated_parameter(
    env: &Env,
    module: ModuleId,
    name: ast::Ident,
    before: &[ParamInfo],
    unique: &mut Unique,
    diags: &mut Diags,
) {
    let in_this_string = before.iter().any(|param| param.name == name.name && param.span == name.span);
    if in_this_string && name.name != sym::EMPTY {
        let (file, text) = (env.file(module), env.text(name.name));
        both_places(
            diags,
            codes::DUPLICATE_MEMBER,
            (file, name.span, format!("the parameter `{text}` occurs twice")),
            (file, name.span, format!("the first parameter `{text}` is here")),
        );
        return;
    }
    unique.add(env, module, name, "parameter", diags);
}

fn reserved_body(env: &Env, module: ModuleId, span: Span, diags: &mut Diags) {
    let message = "`body` is the request body of this route and cannot be a parameter as well";
    let finding = Diagnostic::error(codes::RESERVED_PARAMETER, env.file(module), span, message);
    diags.push(finding.hint("give the parameter another name"));
}

/// Reports a type of a route that has no JSON form.
fn encodable(
    env: &Env,
    module: ModuleId,
    written: &ast::TypeRef,
    ty: Ty,
    what: &str,
    types: &Types,
    diags: &mut Diags,
) {
    let Some(part) = unencodable_part(types, env, ty) else { return };
    let (shown, part_shown) = (env.type_name(types, ty), env.type_name(types, part));
    let message = if part == ty {
        format!("the {what} of a route cannot be a {shown}, which has no JSON form")
    } else {
        format!("the {what} of a route cannot be a {shown}: a {part_shown} in it has no JSON form")
    };
    let file = env.file(module);
    diags.push(Diagnostic::error(codes::ROUTE_NOT_ENCODABLE, file, written.span, message));
}

fn is_malformed(segment: &Segment) -> bool {
    matches!(segment, Segment::Parameter(parameter) if matches!(parameter.ty.kind, ast::TypeKind::Error))
}

/// Reports routes that match the same requests.
fn repeated_routes(env: &Env, id: ServiceId, diags: &mut Diags) {
    let service = env.service(id);
    let file = env.file(service.module);
    let mut first: FxHashMap<(ast::Verb, Vec<Option<Symbol>>), Span> = FxHashMap::default();
    for (route, path) in service.decl.routes.iter().zip(&service.paths.routes) {
        let missing = route.path.span == Span::empty(route.path.span.start);
        if missing || path.iter().any(is_malformed) {
            continue;
        }
        let shape = path.iter().map(|segment| match segment {
            Segment::Literal(text) => Some(*text),
            Segment::Parameter(_) => None,
        });
        let span = route.path.span;
        let earlier = *first.entry((route.verb, shape.collect())).or_insert(span);
        if earlier == span {
            continue;
        }
        let (verb, text) = (route.verb.word(), env.text(route.path.value));
        both_places(
            diags,
            codes::DUPLICATE_ROUTE,
            (file, span, format!("another route of the service already takes `{verb} {text}`")),
            (file, earlier, format!("this route takes the same requests as `{verb} {text}` further down")),
        );
    }
}
