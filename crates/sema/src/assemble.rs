//! The checked program out of the tables and the checked bodies.

use fuse_diagnostics::{Sources, Span};
use fuse_hir as hir;
use fuse_hir::{FnId, LocalId, ModuleId, StdErrors, Types};
use fuse_syntax::{Symbol, ast};
use rustc_hash::FxHashMap;

use crate::bodies::Bodies;
use crate::body::CheckedBody;
use crate::configs;
use crate::declare::Declared;
use crate::env::{ConfigInfo, Env, FnInfo, MigrationInfo, ServiceInfo, StructInfo};
use crate::generics::Callable;
use crate::load::LoadedModule;
use crate::route_path::Segment;

/// Puts the program together.
pub(crate) fn program(
    env: &Env,
    declared: &Declared,
    modules: &[LoadedModule],
    sources: &Sources,
    assets: &[hir::Asset],
    types: Types,
    bodies: Bodies,
) -> hir::Program {
    let all = bodies.functions.iter().chain(bodies.instances.iter().map(|(_, body)| body));
    let html_in_raw_text = all.clone().any(|body| body.html_in_raw_text);
    let has_transactions = all.clone().any(|body| body.has_transactions);
    let declared_functions = env.functions.iter().zip(bodies.functions);
    let mut functions: Vec<hir::Function> =
        declared_functions.map(|(info, body)| function(env, info, body)).collect();
    functions.extend(bodies.instances.into_iter().map(|(info, body)| function(env, &info, body)));
    distinguish(&mut functions[env.functions.len()..]);
    let apps =
        declared.apps.iter().map(|&(name, function)| hir::App { name: env.text(name).into(), function });
    let tests =
        declared.tests.iter().map(|&(name, function)| hir::Test { name: env.text(name).into(), function });
    hir::Program {
        types,
        modules: modules.iter().enumerate().map(|(at, loaded)| module(env, at, loaded, sources)).collect(),
        structs: env.structs.iter().enumerate().map(|(at, info)| strukt(env, at, info)).collect(),
        enums: (0..env.enums.len()).map(|at| enumeration(env, at)).collect(),
        configs: env.configs.iter().map(|info| config(env, info, sources)).collect(),
        assets: assets.to_vec(),
        functions,
        apps: apps.collect(),
        main: declared.main,
        services: env.services.iter().map(|info| service(env, info)).collect(),
        migrations: env.migrations.iter().map(|info| migration(env, info)).collect(),
        tests: tests.collect(),
        html_in_raw_text,
        has_transactions,
    }
}

fn module(env: &Env, at: usize, loaded: &LoadedModule, sources: &Sources) -> hir::Module {
    let text = sources.get(loaded.file).map_or("", |file| file.text());
    let ends = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
    hir::Module {
        path: loaded.path.clone(),
        display: loaded.display.clone(),
        package: loaded.package.clone(),
        name: env.module(ModuleId(at as u32)).name.clone(),
        line_starts: std::iter::once(0).chain(ends.map(|(at, _)| at as u32 + 1)).collect(),
        source: text.into(),
    }
}

fn strukt(env: &Env, at: usize, info: &StructInfo) -> hir::Struct {
    let fields = info.fields.iter().map(|field| hir::Field {
        name: env.text(field.name).to_owned(),
        ty: field.ty,
        default: field.default,
    });
    hir::Struct {
        name: env.text(info.name).to_owned(),
        std_error: at < StdErrors::COUNT,
        module: info.module,
        fields: fields.collect(),
        span: span(info.span),
        doc: doc(env, info.doc),
    }
}

fn doc(env: &Env, text: Option<Symbol>) -> Option<String> {
    text.map(|text| env.text(text).to_owned())
}

fn enumeration(env: &Env, at: usize) -> hir::Enum {
    let info = &env.enums[at];
    let variants = info.variants.iter().map(|variant| hir::Variant {
        name: env.text(variant.name).to_owned(),
        payload: variant.payload.clone(),
        labels: variant.labels.iter().map(|&label| env.text(label).to_owned()).collect(),
    });
    hir::Enum {
        name: env.text(info.name).to_owned(),
        module: info.module,
        variants: variants.collect(),
        span: span(info.span),
        doc: doc(env, info.doc),
    }
}

fn service(env: &Env, info: &ServiceInfo) -> hir::Service {
    let routes = info.routes.iter().zip(&info.decl.routes).zip(&info.paths.routes);
    let routes = routes.map(|((route, decl), path)| {
        let mut parameters = 0..;
        let segments = info.paths.base.iter().chain(path).map(|segment| match segment {
            Segment::Literal(text) => hir::Segment::Literal(env.text(*text).to_owned()),
            Segment::Parameter(_) => hir::Segment::Parameter(parameters.next().unwrap_or_default()),
        });
        hir::Route {
            verb: verb(decl.verb),
            path: env.text(decl.path.value).to_owned(),
            segments: segments.collect(),
            body: route.body,
            handler: route.handler,
        }
    });
    hir::Service {
        name: env.text(info.name).to_owned(),
        module: info.module,
        base: env.text(info.decl.base.value).to_owned(),
        routes: routes.collect(),
        span: span(info.span),
        doc: doc(env, info.doc),
    }
}

fn verb(verb: ast::Verb) -> hir::Verb {
    match verb {
        ast::Verb::Get => hir::Verb::Get,
        ast::Verb::Post => hir::Verb::Post,
        ast::Verb::Put => hir::Verb::Put,
        ast::Verb::Patch => hir::Verb::Patch,
        ast::Verb::Delete => hir::Verb::Delete,
    }
}

fn migration(env: &Env, info: &MigrationInfo) -> hir::Migration {
    hir::Migration {
        name: env.text(info.name).to_owned(),
        module: info.module,
        function: info.function,
        span: span(info.span),
    }
}

fn config(env: &Env, info: &ConfigInfo, sources: &Sources) -> hir::Config {
    let name = env.text(info.name);
    let file = sources.get(env.file(info.module));
    let fields = info.fields.iter().map(|field| hir::ConfigField {
        name: env.text(field.name).to_owned(),
        ty: field.ty,
        written: file.map_or(String::new(), |file| configs::on_one_line(file.slice(field.written.span))),
        variable: configs::variable(name, env.text(field.name)),
        // A field without one has an error, with which there is no program.
        default: field.default.unwrap_or(FnId(0)),
    });
    hir::Config {
        name: name.to_owned(),
        module: info.module,
        fields: fields.collect(),
        span: span(info.span),
    }
}

fn function(env: &Env, info: &FnInfo, body: CheckedBody) -> hir::Function {
    let params = info.params.iter().enumerate().map(|(at, param)| hir::Param {
        local: LocalId(at as u32),
        name: env.text(param.name).to_owned(),
        ty: param.ty,
        default: param.default.and_then(Callable::function),
    });
    hir::Function {
        kind: info.kind,
        name: info.name.clone(),
        module: info.module,
        params: params.collect(),
        result: body.result,
        locals: body.locals,
        body: body.body,
        hands_on_children: body.hands_on_children,
        span: span(info.span),
    }
}

/// Gives instances that would have the same name in their module names of their own: refinements of different modules may read
/// alike.
fn distinguish(instances: &mut [hir::Function]) {
    let mut taken: FxHashMap<(ModuleId, String), u32> = FxHashMap::default();
    for function in instances {
        let count = taken.entry((function.module, function.name.clone())).or_default();
        *count += 1;
        if *count > 1 {
            function.name = format!("{}#{count}", function.name);
        }
    }
}

fn span(span: Span) -> hir::Span {
    hir::Span { start: span.start, end: span.end }
}
