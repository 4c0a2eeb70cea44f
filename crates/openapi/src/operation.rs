//! Paths and operations (runtime reference 13.2).

use fuse_hir::{Function, Program, Route, Segment, Service, Ty, Type};

use crate::json::{Json, object, texts};
use crate::schema::{self, Schemas};

/// The path of a route: that of its service and its own as written, each parameter without its type.
pub(crate) fn path(program: &Program, service: &Service, route: &Route) -> String {
    let mut names = parameters(program, route).map(|param| param.name.as_str());
    let base = without_types(&service.base, &mut names);
    let own = without_types(&route.path, &mut names);
    let mut path = base.trim_end_matches('/').to_owned();
    if !own.starts_with('/') && !own.is_empty() {
        path.push('/');
    }
    path.push_str(&own);
    if path.starts_with('/') { path } else { format!("/{path}") }
}

/// The parameters of a route's path.
fn parameters<'a>(program: &'a Program, route: &'a Route) -> impl Iterator<Item = &'a fuse_hir::Param> {
    let handler = handler(program, route);
    route.segments.iter().filter_map(|segment| match segment {
        Segment::Parameter(number) => handler.params.get(*number as usize),
        Segment::Literal(_) => None,
    })
}

fn handler<'a>(program: &'a Program, route: &Route) -> &'a Function {
    &program.functions[route.handler.0 as usize]
}

fn without_types<'n>(path: &str, names: &mut impl Iterator<Item = &'n str>) -> String {
    let segments = path.split('/').map(|segment| match segment.starts_with('{') {
        true => format!("{{{}}}", names.next().unwrap_or_default()),
        false => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The operation of a route, by its position in its service.
pub(crate) fn describe(program: &Program, schemas: &Schemas<'_>, service: &Service, number: usize) -> Json {
    let route = &service.routes[number];
    let id = format!("{}_{number}", service.name);
    let mut members = vec![
        ("operationId", Json::from(id.as_str())),
        ("tags", texts([service.name.as_str()])),
        ("responses", responses(program, schemas, handler(program, route).result)),
    ];
    let parameters: Vec<Json> = parameters(program, route)
        .map(|param| {
            object([
                ("in", "path".into()),
                ("name", param.name.as_str().into()),
                ("required", true.into()),
                ("schema", schemas.of(param.ty)),
            ])
        })
        .collect();
    if !parameters.is_empty() {
        members.push(("parameters", Json::Array(parameters)));
    }
    if let Some(body) = route.body {
        let content = content("application/json", schemas.of(body));
        members.push(("requestBody", object([("content", content), ("required", true.into())])));
    }
    object(members)
}

/// The answers of a route with this result type: success is described by its value, everything else by the shape of errors.
fn responses(program: &Program, schemas: &Schemas<'_>, result: Ty) -> Json {
    let success = match program.types.get(result) {
        Type::Result(value, _) => *value,
        _ => result,
    };
    let ok = if is_html(program, success) {
        content("text/html", object([("type", "string".into())]))
    } else {
        content("application/json", schemas.of(success))
    };
    let response = |description: &str, content: Json| {
        object([("description", description.into()), ("content", content)])
    };
    let error = content("application/json", schema::reference(schema::ERROR));
    object([("200", response("OK", ok)), ("default", response("Error", error))])
}

/// Whether the value is answered as a page: `Html`, also `Html?`.
fn is_html(program: &Program, ty: Ty) -> bool {
    match program.types.get(ty) {
        Type::Option(inner) => *inner == Ty::HTML,
        _ => ty == Ty::HTML,
    }
}

fn content(media_type: &str, schema: Json) -> Json {
    object([(media_type, object([("schema", schema)]))])
}
