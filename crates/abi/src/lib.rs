//! What compiled code and the runtime agree on: object layouts, type descriptors, failure kinds and the table of
//! runtime functions. Both sides include this crate; nothing of it is written down twice.
//!
//! This crate must not know how values are computed (runtime) or how code is generated (codegen). It holds data
//! definitions and constant tables only.
//!
//! Invariants: layouts are `repr(C)` and asserted below; [`functions::TABLE`] has one row for each runtime function,
//! and the runtime's definitions are checked against the same rows by `runtime_functions!`; a change of either changes
//! [`ABI_VERSION`].
#![no_std]
#![forbid(unsafe_code)]

pub mod desc;
pub mod failure;
pub mod functions;
pub mod layout;
pub mod metadata;

/// Version of the runtime interface and of the embedded metadata; `runtime_cache=` of the build information.
pub const ABI_VERSION: u32 = 3;
