//! The archive that every executable is linked against: the process's first instruction, what the C compiler's start-up
//! files would otherwise bring, and the runtime's functions, each in a section of its own.
//!
//! This crate must not know any FUSE value or builtin; it finds the program's image and metadata, which the linker put
//! beside it, and hands them to the runtime.
//!
//! Invariants: nothing runs before [`start`]'s `fuse_main` but the C library; nothing here names a runtime function, so
//! that what a program does not reach is not linked.

mod math;
mod start;
mod unwind;

/// A program that gets no memory ends with its own failure, also where the standard library asked for it. (The runtime's
/// `extern "C"` functions are exported because the crate is linked, not because something names them.)
#[global_allocator]
static ALLOCATOR: fuse_runtime::Allocator = fuse_runtime::Allocator;

/// The interface that this archive was built with. The bundle's build script reads it from the archive; nothing refers to
/// it, so it is in no executable.
#[unsafe(no_mangle)]
static FUSE_RUNTIME_INTERFACE: [u64; 2] = [fuse_abi::ABI_VERSION as u64, fuse_abi::functions::DIGEST];
