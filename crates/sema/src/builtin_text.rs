//! Builtin functions as texts for people: their signatures, and a sentence about each (for editors).

use crate::builtins::{BuiltinDefault, BuiltinFn, BuiltinType};
use crate::index::Signature;

impl BuiltinFn {
    /// The signature, with the namespace before the name.
    pub fn signature(&self, namespace: &str) -> Signature {
        let mut params: Vec<String> = self
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
                format!("{}: {}{default}", param.name, text(param.ty))
            })
            .collect();
        let mut names: Vec<String> = self.params.iter().map(|param| param.name.to_owned()).collect();
        if let Some(rest) = self.rest {
            params.push(format!("rest: {}...", text(rest)));
            names.push("rest".into());
        }
        let dot = if namespace.is_empty() { "" } else { "." };
        let label = format!("{namespace}{dot}{}({}) -> {}", self.name, params.join(", "), text(self.result));
        Signature { label, params, names }
    }

    /// What it does.
    pub fn doc(&self, namespace: &str) -> &'static str {
        match (namespace, self.name) {
            ("", "print") => "Writes the text form of a value and a line end to standard output.",
            ("", "input") => "Writes the prompt and reads a line from standard input.",
            ("", "log") => "Writes a line of the log: a level or message, then values.",
            ("", "assert") => "Fails with the message unless the condition holds.",
            ("", "env") => "The text of an environment variable, or `null`.",
            ("", "env_int") => "An environment variable as an Int, or `null`.",
            ("", "env_float") => "An environment variable as a Float, or `null`.",
            ("", "env_bool") => "An environment variable as a Bool, or `null`.",
            ("", "asset") => "The address of an asset, with the hash of its contents.",
            ("", "serve") => "Serves the services of the program on a port.",
            ("json", "encode") => "A value as JSON text.",
            ("json", "decode") => "The dynamic value that a JSON text denotes.",
            ("html", "text") => "A text as markup, escaped.",
            ("html", "raw") => "A text as markup, as it is.",
            ("html", "node") => "An element with a name, attributes and children.",
            ("html", "render") => "Markup as text.",
            ("svg", "inline") => "The contents of an SVG file as markup.",
            ("request", "header") => "A header of the current request, or `null`.",
            ("request", "cookie") => "A cookie of the current request, or `null`.",
            ("response", "header") => "Sets a header of the current response.",
            ("response", "cookie") => "Sets a cookie with the current response.",
            ("response", "delete_cookie") => "Deletes a cookie with the current response.",
            ("http", "get") => "Sends a GET request.",
            ("http", "post") => "Sends a POST request.",
            ("http", "request") => "Sends a request of any method.",
            ("time", "now") => "The milliseconds since 1970 (UTC).",
            ("time", "sleep") => "Waits for some milliseconds.",
            ("time", "format") => "A time as text.",
            ("time", "parse") => "The time that a text denotes.",
            ("crypto", "hash") => "The hash of bytes by a named algorithm.",
            ("crypto", "hmac") => "The keyed hash of bytes by a named algorithm.",
            ("crypto", "random_bytes") => "Random bytes, fit for keys.",
            ("crypto", "constant_time_eq") => {
                "Whether two byte sequences are equal, in a time that does not tell where they differ."
            }
            ("db", "exec") => "Runs a statement.",
            ("db", "query") => "The rows of a query.",
            ("db", "one") => "The first row of a query, or `null`.",
            ("db", "from") => "Begins a query of a table.",
            ("query", "select") => "Chooses the columns.",
            ("query", "where") => "Adds a condition; all of them must hold.",
            ("query", "order_by") => "Orders the rows by a column.",
            ("query", "limit") => "Limits the number of rows.",
            ("query", "insert") => "Makes it an insertion of a row.",
            ("query", "upsert") => "Makes it an insertion that replaces a row with the same key.",
            ("query", "update") => "Makes it an update that sets a column.",
            ("query", "delete") => "Makes it a deletion of the rows.",
            ("query", "count") => "How many rows there are.",
            ("query", "one") => "The first row, or `null`.",
            ("query", "all") => "All rows.",
            ("query", "exec") => "Runs it.",
            ("query", "sql") => "Its SQL text.",
            ("query", "params") => "The values for the placeholders of its SQL text.",
            _ => "",
        }
    }
}

fn text(ty: BuiltinType) -> String {
    match ty {
        BuiltinType::Text | BuiltinType::Encodable => "any".into(),
        BuiltinType::Port => "Int".into(),
        BuiltinType::Children => "Children".into(),
        BuiltinType::Row => "Map<String, Value>".into(),
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
        BuiltinType::Option(inner) => format!("{}?", text(*inner)),
        BuiltinType::List(inner) => format!("List<{}>", text(*inner)),
        BuiltinType::Map(inner) => format!("Map<String, {}>", text(*inner)),
        BuiltinType::Result(ok, error) => format!("{}!{}", text(*ok), text(*error)),
    }
}

#[cfg(test)]
mod tests {
    use crate::builtins::{FUNCTIONS, NAMESPACES, QUERY};

    #[test]
    fn every_builtin_says_what_it_does() {
        let of_namespaces = NAMESPACES
            .iter()
            .flat_map(|namespace| namespace.functions.iter().map(move |function| (namespace.name, function)));
        let of_queries = QUERY.functions.iter().map(|function| ("query", function));
        let all = FUNCTIONS.iter().map(|function| ("", function)).chain(of_namespaces).chain(of_queries);
        for (namespace, function) in all {
            assert!(!function.doc(namespace).is_empty(), "{namespace}.{}", function.name);
            let signature = function.signature(namespace);
            assert!(signature.params.iter().all(|param| signature.label.contains(param.as_str())));
        }
    }
}
