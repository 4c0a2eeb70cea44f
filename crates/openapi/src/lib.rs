//! The OpenAPI document of a checked program (runtime reference 13).
//!
//! It depends on the program, a title and a version, and on nothing else: no path, time, environment or hash order. It must not know
//! how documents are served or where they are written.
#![forbid(unsafe_code)]

mod json;
mod operation;
mod schema;

use std::collections::BTreeMap;

use fuse_hir::{Program, Service};

use json::{Json, object};
use schema::Schemas;

/// What the document says of the program as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Info<'a> {
    /// `info.title`
    pub title: &'a str,
    /// `info.version`
    pub version: &'a str,
}

/// The document as compact JSON with sorted keys, without a line end.
pub fn document(program: &Program, info: Info<'_>) -> String {
    let schemas = Schemas::new(program);
    let mut members = vec![
        ("openapi", Json::from("3.0.0")),
        ("info", object([("title", info.title.into()), ("version", info.version.into())])),
        ("paths", paths(program, &schemas)),
        ("components", object([("schemas", schemas.all())])),
    ];
    if !program.services.is_empty() {
        members.push(("tags", tags(program)));
    }
    object(members).to_string()
}

/// Each path with its operations. Of two services with the same path and verb the first counts: a document can tell of one only.
fn paths(program: &Program, schemas: &Schemas<'_>) -> Json {
    let mut paths: BTreeMap<String, BTreeMap<String, Json>> = BTreeMap::new();
    for service in &program.services {
        for (number, route) in service.routes.iter().enumerate() {
            let operations = paths.entry(operation::path(program, service, route)).or_default();
            operations
                .entry(route.verb.word().to_owned())
                .or_insert_with(|| operation::describe(program, schemas, service, number));
        }
    }
    Json::Object(paths.into_iter().map(|(path, operations)| (path, Json::Object(operations))).collect())
}

fn tags(program: &Program) -> Json {
    let mut services: Vec<&Service> = program.services.iter().collect();
    services.sort_by(|a, b| a.name.cmp(&b.name));
    let tag = |service: &Service| {
        let mut members = vec![("name", Json::from(service.name.as_str()))];
        members.extend(service.doc.as_deref().map(|doc| ("description", doc.into())));
        object(members)
    };
    Json::Array(services.into_iter().map(tag).collect())
}
