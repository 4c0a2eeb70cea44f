//! The page of builtin functions.

use std::fmt::Write as _;

use fuse_sema::builtins::{BuiltinDefault, BuiltinFn, BuiltinType, Effect, FUNCTIONS, NAMESPACES, QUERY};

pub fn body() -> String {
    let mut out = "\
Arguments are given in order or by the names shown; one with a default may be left out. `any` is every type with a text form, `Value` the dynamic type, `Query` a query that is \
being built. A module that calls a function with a capability states it with `requires`. \"Waits\" marks functions that can keep their caller waiting.\n"
        .to_owned();
    section(&mut out, "Functions", "", FUNCTIONS);
    for namespace in NAMESPACES {
        section(&mut out, namespace.name, &format!("{}.", namespace.name), namespace.functions);
    }
    section(&mut out, "Methods of a query", ".", QUERY.functions);
    out.push_str("\n`.one<T>()` and `.all<T>()` yield `T?` and `List<T>` for a struct type `T` whose fields are the selected columns.\n");
    out
}

fn section(out: &mut String, title: &str, prefix: &str, functions: &[BuiltinFn]) {
    let _ = write!(
        out,
        "\n## {title}\n\n| function | capability | does | in `spawn` | in `transaction` |\n|---|---|---|---|---|\n"
    );
    for function in functions {
        let capability =
            function.capability.map_or("–".to_owned(), |capability| format!("`{}`", capability.word()));
        let waits = if function.effect.blocks() { ", waits" } else { "" };
        let _ = writeln!(
            out,
            "| `{prefix}{}` | {capability} | {}{waits} | {} | {} |",
            signature(function),
            effect(function.effect),
            allowed(function.in_spawn),
            allowed(function.in_transaction)
        );
    }
}

fn signature(function: &BuiltinFn) -> String {
    let mut params = function
        .params
        .iter()
        .map(|param| {
            let default = match param.default {
                BuiltinDefault::Required => String::new(),
                BuiltinDefault::Str(text) => format!(" = {text:?}"),
                BuiltinDefault::Int(number) => format!(" = {number}"),
                BuiltinDefault::EmptyList => " = []".to_owned(),
                BuiltinDefault::EmptyMap => " = {}".to_owned(),
            };
            format!("{}: {}{default}", param.name, name(param.ty))
        })
        .collect::<Vec<_>>();
    params.extend(function.rest.map(|rest| format!("more: {}…", name(rest))));
    let result = match function.result {
        BuiltinType::Unit => String::new(),
        result => format!(" -> {}", name(result)),
    };
    format!("{}({}){result}", function.name, params.join(", "))
}

fn name(ty: BuiltinType) -> String {
    match ty {
        BuiltinType::Text => "any".into(),
        BuiltinType::Encodable => "encodable".into(),
        BuiltinType::Port => "Int or String".into(),
        BuiltinType::Children => "List<Html>".into(),
        BuiltinType::Row => "struct or map".into(),
        BuiltinType::Query => "Query".into(),
        BuiltinType::HttpResponse => "http.response".into(),
        BuiltinType::HttpError => "http.error".into(),
        BuiltinType::Value => "Value".into(),
        BuiltinType::Unit => "Unit".into(),
        BuiltinType::Bool => "Bool".into(),
        BuiltinType::Int => "Int".into(),
        BuiltinType::Float => "Float".into(),
        BuiltinType::String => "String".into(),
        BuiltinType::Bytes => "Bytes".into(),
        BuiltinType::Html => "Html".into(),
        BuiltinType::StdError => "std.Error".into(),
        BuiltinType::Validation => "std.Error.Validation".into(),
        BuiltinType::Option(inner) => format!("{}?", name(*inner)),
        BuiltinType::List(inner) => format!("List<{}>", name(*inner)),
        BuiltinType::Map(inner) => format!("Map<String, {}>", name(*inner)),
        BuiltinType::Result(ok, error) => format!("{}!{}", name(*ok), name(*error)),
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Pure => "computes",
        Effect::Env => "reads the environment",
        Effect::Clock => "reads the clock",
        Effect::Random => "reads the random source",
        Effect::Out => "writes",
        Effect::In => "reads stdin",
        Effect::Fs => "reads a file",
        Effect::Db => "uses the database",
        Effect::Net => "uses the network",
        Effect::Sleep => "sleeps",
        Effect::Request => "uses the request or response",
    }
}

fn allowed(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}
