//! The checked program: every name resolved, every expression typed, sugar that needs types taken apart, monomorphic.
//!
//! The checker (`fuse-sema`) produces it, lowering (`fuse-lower`) and tools read it. It knows nothing of source text but spans, nothing of
//! machine representation. A `Program` exists only if checking found no error; so consumers may rely on every rule of the language reference.
//!
//! Invariants:
//! - Evaluation order is the order of the tree: operands, arguments, fields in source order.
//! - Where a value meets a type that is not its own, a [`ExprKind::Coerce`] stands (its source and target type say what to do).
//! - Bodies yield results only by `Return`: the value of a block (language reference 5.21) and arrow arms have become returns.
//! - Validated, boxed and lookup operands are explicit: boxes are plain locals (all names of one cell are one [`LocalId`]), lookups are options that
//!   [`ExprKind::Coerce`] opens.
#![forbid(unsafe_code)]

pub mod body;
pub mod builtin;
pub mod html;
pub mod program;
pub mod service;
pub mod tags;
pub mod types;

pub use body::*;
pub use builtin::{Builtin, is_log_level};
pub use html::*;
pub use program::*;
pub use service::*;
pub use types::{Constraint, Ty, Type, Types};
