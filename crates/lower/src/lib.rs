//! From the checked program to IR: each construct is taken apart once, here.
//!
//! Lowering decides how values are represented (`shape`), writes the type descriptors that the runtime reads (`tables`), and turns bodies into
//! control flow. It must not count references, optimise, or know the target.
//!
//! Invariants: only what the entry can reach is lowered; the order of functions, types and positions depends on the program alone; evaluation order is that of the
//! language reference, 7.1; between a `Take` and its `Put` nothing can fail (see `place`).
#![forbid(unsafe_code)]

mod append;
mod builtin;
mod call;
mod calls;
mod checked;
mod children;
mod coerce;
mod compare;
mod config;
mod control;
mod database;
mod dynamic;
mod entry;
mod expr;
mod function;
mod html;
mod layout;
mod list;
mod not_available;
mod option;
mod pattern;
mod place;
mod program;
mod result;
mod shape;
mod tables;
mod task;
mod text;
mod validate;

pub use layout::dump_layouts;
pub use not_available::NotAvailable;
pub use program::{Options, lower, lower_blocks, lower_with_names};
pub use shape::{Shape, ShapeKind, Shapes, VariantShape};
