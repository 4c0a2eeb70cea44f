//! The kinds of descriptors as numbers, so that `match` can take them apart.

use fuse_abi::desc::Kind;

pub(crate) const INT: u32 = Kind::Int as u32;
pub(crate) const FLOAT: u32 = Kind::Float as u32;
pub(crate) const BOOL: u32 = Kind::Bool as u32;
pub(crate) const STRING: u32 = Kind::String as u32;
pub(crate) const BYTES: u32 = Kind::Bytes as u32;
pub(crate) const STD_ERROR: u32 = Kind::StdError as u32;
pub(crate) const LIST: u32 = Kind::List as u32;
pub(crate) const MAP: u32 = Kind::Map as u32;
pub(crate) const OPTION: u32 = Kind::Option as u32;
pub(crate) const STRUCT: u32 = Kind::Struct as u32;
pub(crate) const ENUM: u32 = Kind::Enum as u32;
pub(crate) const RESULT: u32 = Kind::Result as u32;
pub(crate) const UNION: u32 = Kind::Union as u32;
pub(crate) const DYNAMIC: u32 = Kind::Dynamic as u32;
pub(crate) const HTML: u32 = Kind::Html as u32;
