//! The words of the text form: one list for each enumeration, read by the printer and the parser.

use crate::Type;
use crate::inst::{BinaryOp, CheckedOp, FloatCc, IntCc, UnaryOp};
use fuse_abi::desc::{Kind, NO_FIELD};

pub(crate) const TYPES: &[(Type, &str)] = &[
    (Type::I64, "i64"),
    (Type::F64, "f64"),
    (Type::I8, "i8"),
    (Type::Ref, "ref"),
    (Type::Opt, "opt"),
    (Type::Ptr, "ptr"),
];

pub(crate) const UNARY: &[(UnaryOp, &str)] = &[
    (UnaryOp::FloatNeg, "fneg"),
    (UnaryOp::IntToFloat, "int_to_float"),
    (UnaryOp::Not, "not"),
    (UnaryOp::Extend, "extend"),
    (UnaryOp::FloatFromBits, "float_from_bits"),
    (UnaryOp::FloatToBits, "float_to_bits"),
];

pub(crate) const BINARY: &[(BinaryOp, &str)] = &[
    (BinaryOp::Add, "add"),
    (BinaryOp::Sub, "sub"),
    (BinaryOp::Mul, "mul"),
    (BinaryOp::Div, "div"),
    (BinaryOp::Rem, "rem"),
    (BinaryOp::FloatAdd, "fadd"),
    (BinaryOp::FloatSub, "fsub"),
    (BinaryOp::FloatMul, "fmul"),
    (BinaryOp::FloatDiv, "fdiv"),
    (BinaryOp::And, "and"),
    (BinaryOp::Or, "or"),
];

pub(crate) const CHECKED: &[(CheckedOp, &str)] = &[
    (CheckedOp::Add, "checked_add"),
    (CheckedOp::Sub, "checked_sub"),
    (CheckedOp::Mul, "checked_mul"),
    (CheckedOp::Div, "checked_div"),
    (CheckedOp::Rem, "checked_rem"),
    (CheckedOp::Increase, "checked_increase"),
    (CheckedOp::Decrease, "checked_decrease"),
];

pub(crate) const INT_CC: &[(IntCc, &str)] = &[
    (IntCc::Eq, "eq"),
    (IntCc::Ne, "ne"),
    (IntCc::Lt, "lt"),
    (IntCc::Le, "le"),
    (IntCc::Gt, "gt"),
    (IntCc::Ge, "ge"),
    (IntCc::Ult, "ult"),
    (IntCc::Uge, "uge"),
];

pub(crate) const FLOAT_CC: &[(FloatCc, &str)] = &[
    (FloatCc::Eq, "feq"),
    (FloatCc::Ne, "fne"),
    (FloatCc::Lt, "flt"),
    (FloatCc::Le, "fle"),
    (FloatCc::Gt, "fgt"),
    (FloatCc::Ge, "fge"),
];

pub(crate) const DESC_KINDS: &[(Kind, &str)] = &[
    (Kind::Unit, "unit"),
    (Kind::Int, "int"),
    (Kind::Float, "float"),
    (Kind::Bool, "bool"),
    (Kind::String, "string"),
    (Kind::Bytes, "bytes"),
    (Kind::StdError, "std_error"),
    (Kind::List, "list"),
    (Kind::Map, "map"),
    (Kind::Option, "option"),
    (Kind::Struct, "struct"),
    (Kind::Enum, "enum"),
    (Kind::Result, "result"),
    (Kind::Union, "union"),
    (Kind::Function, "function"),
    (Kind::Dynamic, "dynamic"),
    (Kind::Config, "config"),
    (Kind::Html, "html"),
];

/// The word of an item.
pub(crate) fn word<T: PartialEq>(list: &[(T, &'static str)], item: T) -> &'static str {
    list.iter().find(|(other, _)| *other == item).map_or("?", |(_, word)| word)
}

/// The item with this word.
pub(crate) fn item<T: Copy>(list: &[(T, &'static str)], word: &str) -> Option<T> {
    list.iter().find(|(_, other)| *other == word).map(|(item, _)| *item)
}

/// The fields of a descriptor, `kind` and `message_field` apart, with the words of the text form.
macro_rules! desc_fields {
    ($visit:ident) => {
        $visit!(
            flags,
            size,
            align,
            name,
            name_len,
            inner,
            payload_offset,
            first,
            count,
            value_refs,
            value_refs_count,
            object_size,
            object_refs,
            object_refs_count,
            sorted,
            constraints,
            constraints_count
        )
    };
}
pub(crate) use desc_fields;

/// The `message_field` of descriptors that do not say: only structs have one.
pub(crate) fn default_message_field(kind: u32) -> u32 {
    if kind == Kind::Struct as u32 { NO_FIELD } else { 0 }
}

/// Whether a name needs no quotes.
pub(crate) fn is_bare(name: &str) -> bool {
    name.starts_with(is_word_start) && name.chars().all(is_word)
}

pub(crate) fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == '$'
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '$')
}
