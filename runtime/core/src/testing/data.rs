//! Dynamic values as tests write them.

use crate::dynamic::{Dynamic, list_of};
use crate::map::{map_insert_slot, map_new};
use crate::object::release;
use crate::string::{self, Builder};
use fuse_abi::desc::TYPE_MAP_DYNAMIC;

/// A dynamic value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Data>),
    Map(Vec<(String, Data)>),
}

/// Data in the form of JSON; what is no list, map or `null` is an expression.
macro_rules! data {
    (null) => { $crate::testing::Data::Null };
    ([$($element:tt),*]) => { $crate::testing::Data::List(vec![$($crate::testing::data!($element)),*]) };
    ({$($key:literal : $value:tt),*}) => {
        $crate::testing::Data::Map(vec![$(($key.to_owned(), $crate::testing::data!($value))),*])
    };
    ($value:expr) => { $crate::testing::Data::from($value) };
}
pub(crate) use data;

macro_rules! from {
    ($($ty:ty => $make:expr),*) => {
        $(impl From<$ty> for Data {
            fn from(value: $ty) -> Data { $make(value) }
        })*
    };
}
from!(
    bool => Data::Bool,
    i64 => Data::Int,
    f64 => Data::Float,
    String => Data::Text,
    &str => |text: &str| Data::Text(text.to_owned()),
    &[u8] => |bytes: &[u8]| Data::Bytes(bytes.to_vec()),
    Vec<Data> => Data::List
);

impl Data {
    /// The value, owned by the caller.
    pub(crate) fn make(&self) -> Dynamic {
        match self {
            Data::Null => Dynamic::NULL,
            Data::Bool(value) => Dynamic::bool(*value),
            Data::Int(value) => Dynamic::int(*value),
            Data::Float(value) => Dynamic::float(*value),
            Data::Text(text) => Dynamic::object(string::new(text)),
            Data::Bytes(bytes) => {
                let mut out = Builder::bytes_with_capacity(bytes.len());
                out.push(bytes);
                Dynamic::object(out.finish())
            }
            Data::List(elements) => Dynamic::object(list_of(elements.iter().map(Data::make))),
            // SAFETY: the map is of dynamic values; each key is released after the map has it.
            Data::Map(entries) => unsafe {
                let mut map = map_new(TYPE_MAP_DYNAMIC, 0);
                for (key, value) in entries {
                    let key = string::new(key);
                    let slot = map_insert_slot(map, key);
                    release(key);
                    map = slot.first;
                    slot.second.cast::<Dynamic>().replace(value.make()).release();
                }
                Dynamic::object(map)
            },
        }
    }

    /// The name of its kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Data::Null => "Null",
            Data::Bool(_) => "Bool",
            Data::Int(_) => "Int",
            Data::Float(_) => "Float",
            Data::Text(_) => "String",
            Data::Bytes(_) => "Bytes",
            Data::List(_) => "List",
            Data::Map(_) => "Map",
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Data> {
        let Data::Map(entries) = self else { return None };
        entries.iter().find(|entry| entry.0 == key).map(|entry| &entry.1)
    }
}
