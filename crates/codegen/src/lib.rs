//! IR to machine code, in memory or as a relocatable object, with Cranelift.
//!
//! There is one lowering (`unit`, `function`): it turns each function of the program into Cranelift IR and never asks where the
//! code goes. [`load`] and [`emit_object`] are thin drivers that place the result in memory or in an ELF file.
//!
//! This crate must not know FUSE's syntax or types, never decides about reference counts (the IR says where to retain and
//! release), and must not know how an object becomes an executable (`fuse-link`) or what runtime functions do (`fuse-runtime`).
//!
//! Invariants:
//! - The same program and options give the same bytes: nothing depends on the machine, on addresses or on hash order.
//! - Only what the program's entry reaches is generated; tables name only what reachable code needs.
//! - No trap is an error path: every failure becomes a status that callers check.
//! - While generated code runs, the pinned register holds the context; code generated here never changes it, except the entry.
//! - A panic of Cranelift becomes a [`CodegenError`] that names the function.
#![deny(unsafe_code)]

mod contain;
mod convention;
mod data;
mod debug_info;
mod dump;
mod error;
mod function;
mod glue;
#[allow(unsafe_code)]
// Turning finalized code and data into something that can be called is what the JIT driver is for.
mod memory;
mod object_file;
mod options;
mod placement;
mod reach;
mod target;
mod unit;

pub use dump::{dump_asm, dump_clif};
pub use error::CodegenError;
pub use memory::{Loaded, load};
pub use object_file::{Object, emit_object};
pub use options::{Optimise, Options};
