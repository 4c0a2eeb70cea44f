//! The names that the language itself knows: every interner starts with them, so they have constants.

use crate::interner::Symbol;

macro_rules! names {
    ($( $constant:ident = $text:literal ),* $(,)?) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u32)]
        enum Number { $( $constant ),* }

        /// Every name with a constant in [`sym`], in the order of the constants.
        pub const WELL_KNOWN: &[&str] = &[ $( $text ),* ];

        /// Symbols that every [`crate::Interner`] starts with.
        pub mod sym {
            use super::{Number, Symbol};
            $(
                #[doc = concat!("`", $text, "`")]
                pub const $constant: Symbol = Symbol(Number::$constant as u32);
            )*
        }
    };
}

names! {
    EMPTY = "", UNDERSCORE = "_", BODY = "body", SELF_VALUE = "self", SELF_TYPE = "Self", STD = "std",
    ERROR = "Error", STD_ERROR = "std.Error", MAIN = "main",
    INT = "Int", FLOAT = "Float", BOOL = "Bool", STRING = "String", BYTES = "Bytes", HTML = "Html", UNIT = "Unit",
    ID = "Id", EMAIL = "Email", LIST = "List", MAP = "Map", OPTION = "Option", RESULT = "Result", TASK = "Task",
    SOME = "Some", NONE = "None", OK = "Ok", ERR = "Err",
    DB = "db", CRYPTO = "crypto", NETWORK = "network", TIME = "time",
    REGEX = "regex", PREDICATE = "predicate", WHERE = "where",
    ATTRS = "attrs", CHILDREN = "children", MESSAGE = "message", CODE = "code", STATUS = "status",
    FIELDS = "fields", PATH = "path", HTTP = "http", RESPONSE = "response", ERROR_LOWER = "error",
    JSON = "json", LOG = "log", PRINT = "print", INPUT = "input", ASSERT = "assert",
    VALIDATION = "Validation", VALIDATION_FIELD = "ValidationField", BAD_REQUEST = "BadRequest",
    UNAUTHORIZED = "Unauthorized", FORBIDDEN = "Forbidden", NOT_FOUND = "NotFound", CONFLICT = "Conflict",
}
