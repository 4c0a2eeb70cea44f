//! JSON values, and their one text: compact, keys in ascending byte order.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use fuse_diagnostics::json::push_string;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// An integer of any type of the language or of a length of one.
    Int(i128),
    Float(f64),
    String(String),
    Array(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

/// An object.
pub(crate) fn object<'k>(members: impl IntoIterator<Item = (&'k str, Json)>) -> Json {
    Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// An array of texts.
pub(crate) fn texts<'t>(items: impl IntoIterator<Item = &'t str>) -> Json {
    Json::Array(items.into_iter().map(Json::from).collect())
}

impl Json {
    /// The object with one more member, or another value of one; anything else as it is.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Json>) -> Json {
        if let Json::Object(members) = &mut self {
            members.insert(key.to_owned(), value.into());
        }
        self
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::String(text.to_owned())
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Json {
        Json::Bool(value)
    }
}

impl From<i128> for Json {
    fn from(value: i128) -> Json {
        Json::Int(value)
    }
}

impl From<f64> for Json {
    fn from(value: f64) -> Json {
        Json::Float(value)
    }
}

impl Display for Json {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Int(value) => write!(f, "{value}"),
            // The text form of the language: the shortest digits that read back, no exponent, no fraction if integral.
            Json::Float(value) => write!(f, "{value}"),
            Json::String(text) => write_string(text, f),
            Json::Array(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    f.write_str(if at > 0 { "," } else { "" })?;
                    item.fmt(f)?;
                }
                f.write_str("]")
            }
            Json::Object(members) => {
                f.write_str("{")?;
                for (at, (key, value)) in members.iter().enumerate() {
                    f.write_str(if at > 0 { "," } else { "" })?;
                    write_string(key, f)?;
                    f.write_str(":")?;
                    value.fmt(f)?;
                }
                f.write_str("}")
            }
        }
    }
}

fn write_string(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    let mut quoted = String::with_capacity(text.len() + 2);
    push_string(&mut quoted, text);
    f.write_str(&quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compact_and_sorted() {
        let value = object([
            ("b", Json::Array(vec![Json::Null, true.into(), Json::Int(-1), 0.5.into(), 2.0.into()])),
            ("B", "a\"\n/ü".into()),
            ("a", object([])),
        ]);
        assert_eq!(value.to_string(), r#"{"B":"a\"\n/ü","a":{},"b":[null,true,-1,0.5,2]}"#);
        assert_eq!(object([("x", true.into())]).with("x", false).to_string(), r#"{"x":false}"#);
    }
}
