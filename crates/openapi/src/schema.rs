//! Schemas of types (runtime reference 13.3).

use fuse_hir::{Constraint, Enum, EnumId, ModuleId, Program, StdErrors, Struct, StructId, Ty, Type, Variant};

use crate::json::{Json, object, texts};

/// The key of the schema of errors (runtime reference 7.4).
pub(crate) const ERROR: &str = "Error";
/// The key of the schema of an entry of a validation error.
const VALIDATION_FIELD: &str = "ValidationField";

/// A reference to a schema of the document.
pub(crate) fn reference(key: &str) -> Json {
    object([("$ref", format!("#/components/schemas/{key}").as_str().into())])
}

/// The schemas of a program's types.
pub(crate) struct Schemas<'a> {
    program: &'a Program,
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(program: &'a Program) -> Schemas<'a> {
        Schemas { program }
    }

    /// Those of all declared types, by key, and those of errors.
    pub(crate) fn all(&self) -> Json {
        let mut all = object([(ERROR, error()), (VALIDATION_FIELD, validation_field())]);
        for declared in &self.program.structs {
            if let Some(module) = declared.module {
                all = all.with(&key(module, &declared.name), self.of_struct(declared, module));
            }
        }
        for declared in &self.program.enums {
            all = all.with(&key(declared.module, &declared.name), self.of_enum(declared));
        }
        all
    }

    /// The schema of a type where it is used.
    pub(crate) fn of(&self, ty: Ty) -> Json {
        let named = |name: &str| object([("type", name.into())]);
        match self.program.types.get(ty) {
            Type::Int => named("integer").with("format", "int64"),
            Type::Float => named("number").with("format", "double"),
            Type::Bool => named("boolean"),
            Type::String | Type::Id | Type::Html => named("string"),
            Type::Email => named("string").with("format", "email"),
            Type::Bytes => named("string").with("format", "byte"),
            Type::Unit => object([("enum", Json::Array(vec![Json::Null])), ("nullable", true.into())]),
            Type::Option(inner) => nullable(self.of(*inner)),
            Type::List(element) => named("array").with("items", self.of(*element)),
            Type::Map(value) => named("object").with("additionalProperties", self.of(*value)),
            Type::Refined(base, constraints) => {
                constraints.iter().fold(self.of(*base), |schema, constraint| {
                    constrained(schema, constraint, *base == Ty::BYTES)
                })
            }
            Type::Result(value, domains) => self.of_result(*value, domains),
            Type::Struct(StdErrors::VALIDATION_FIELD) => reference(VALIDATION_FIELD),
            Type::Struct(id) => self.of_used_struct(*id),
            Type::Enum(EnumId(number)) => {
                let declared = &self.program.enums[*number as usize];
                reference(&key(declared.module, &declared.name))
            }
            Type::StdError => self.of_std_error(),
            // These have no JSON form (a declared type that no route uses may have them), or no written one.
            Type::Config(_)
            | Type::Function(..)
            | Type::Task(_)
            | Type::Query
            | Type::Dynamic
            | Type::Null
            | Type::Never
            | Type::Unknown
            | Type::Parameter(_)
            | Type::Lookup(_)
            | Type::Union(_) => object([]),
        }
    }

    /// A declared type by reference; a predefined one, which has no schema of its own, as it is.
    fn of_used_struct(&self, id: StructId) -> Json {
        let declared = &self.program.structs[id.0 as usize];
        match declared.module {
            Some(module) => reference(&key(module, &declared.name)),
            None => self.fields(declared).with("title", declared.name.as_str()),
        }
    }

    /// Any error of the family: `message` is always there.
    fn of_std_error(&self) -> Json {
        let declared = &self.program.structs[StdErrors::BASE.0 as usize];
        self.fields(declared).with("required", texts(["message"])).with("title", declared.name.as_str())
    }

    fn of_struct(&self, declared: &Struct, module: ModuleId) -> Json {
        titled(self.fields(declared), &self.title(module, &declared.name), declared.doc.as_deref())
    }

    fn fields(&self, declared: &Struct) -> Json {
        let properties = declared.fields.iter().map(|field| (field.name.as_str(), self.of(field.ty)));
        let required = declared.fields.iter().filter(|field| {
            field.default.is_none() && !matches!(self.program.types.get(field.ty), Type::Option(_))
        });
        required_object(object(properties), required.map(|field| field.name.as_str()))
    }

    fn of_enum(&self, declared: &Enum) -> Json {
        let variants = declared.variants.iter().map(|variant| self.of_variant(variant));
        let schema = object([("oneOf", Json::Array(variants.collect()))]);
        titled(schema, &self.title(declared.module, &declared.name), declared.doc.as_deref())
    }

    fn of_variant(&self, variant: &Variant) -> Json {
        let data = match &variant.payload[..] {
            [] => None,
            [only] => Some(self.of(*only)),
            several => {
                let elements = several.iter().map(|&element| self.of(element)).collect();
                let count = Json::Int(several.len() as i128);
                Some(object([
                    ("type", "array".into()),
                    ("items", object([("oneOf", Json::Array(elements))])),
                    ("minItems", count.clone()),
                    ("maxItems", count),
                ]))
            }
        };
        tagged(&variant.name, data)
    }

    /// A result that is a part of a value; as the result of a route it is described by its success alone.
    fn of_result(&self, value: Ty, domains: &[Ty]) -> Json {
        let error = match domains {
            [only] => self.of(*only),
            several => {
                let domains = several.iter().map(|&domain| self.of(domain)).collect();
                object([("oneOf", Json::Array(domains))])
            }
        };
        let variants = vec![tagged("Ok", Some(self.of(value))), tagged("Err", Some(error))];
        object([("oneOf", Json::Array(variants))])
    }

    fn title(&self, module: ModuleId, name: &str) -> String {
        let path = &self.program.modules[module.0 as usize].path;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        format!("{stem}.{name}")
    }
}

/// The key of a declared type's schema; modules are counted from 1.
fn key(module: ModuleId, name: &str) -> String {
    format!("m{}_{name}", module.0 + 1)
}

fn titled(schema: Json, title: &str, doc: Option<&str>) -> Json {
    let schema = schema.with("title", title);
    match doc {
        Some(doc) => schema.with("description", doc),
        None => schema,
    }
}

/// The schema of `T?`.
fn nullable(schema: Json) -> Json {
    let is_reference = matches!(&schema, Json::Object(members) if members.contains_key("$ref"));
    let schema = if is_reference { object([("allOf", Json::Array(vec![schema]))]) } else { schema };
    schema.with("nullable", true)
}

/// A schema with what a constraint adds to it.
fn constrained(schema: Json, constraint: &Constraint, of_bytes: bool) -> Json {
    match constraint {
        Constraint::IntRange(low, high) => {
            schema.with("minimum", i128::from(*low)).with("maximum", i128::from(*high))
        }
        Constraint::FloatRange(low, high) => {
            schema.with("minimum", f64::from_bits(*low)).with("maximum", f64::from_bits(*high))
        }
        Constraint::Length(shortest, longest) => {
            let counted = |length: u64| {
                let length = i128::from(length);
                // Each group of three bytes is four characters of base64, the last one padded.
                if of_bytes { (length + 2) / 3 * 4 } else { length }
            };
            schema.with("minLength", counted(*shortest)).with("maxLength", counted(*longest))
        }
        Constraint::Regex(pattern) => schema.with("pattern", &**pattern),
        Constraint::Predicate(_) => schema,
    }
}

/// `{"data":…,"type":"<tag>"}`, or without payload `{"type":"<tag>"}`.
fn tagged(tag: &str, data: Option<Json>) -> Json {
    let name = object([("type", "string".into()), ("enum", texts([tag]))]);
    let required = if data.is_some() { &["type", "data"][..] } else { &["type"] };
    let properties = object([("type", name)]);
    let properties = match data {
        Some(data) => properties.with("data", data),
        None => properties,
    };
    required_object(properties, required.iter().copied())
}

/// An object with some properties that are required.
fn required_object<'n>(properties: Json, required: impl Iterator<Item = &'n str>) -> Json {
    let schema = object([("type", "object".into()), ("properties", properties)]);
    let required: Vec<&str> = required.collect();
    if required.is_empty() { schema } else { schema.with("required", texts(required)) }
}

fn text() -> Json {
    object([("type", "string".into())])
}

/// What leaves the program as the body of an error.
fn error() -> Json {
    let fields = object([("type", "array".into()), ("items", reference(VALIDATION_FIELD))]);
    let inner = object([("code", text()), ("message", text()), ("fields", fields)]);
    let inner = required_object(inner, ["code", "message"].into_iter());
    required_object(object([("error", inner)]), ["error"].into_iter())
}

fn validation_field() -> Json {
    let properties = object([("path", text()), ("code", text()), ("message", text())]);
    required_object(properties, ["path", "code", "message"].into_iter())
}
