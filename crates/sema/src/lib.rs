//! Modules, names, types and every static rule of FUSE.
//!
//! From an entry file and a [`FileSystem`] to a checked program ([`fuse_hir::Program`]) or diagnostics. It must not know how programs
//! run: no machine, no layout, no command line.
//!
//! The passes, each in its own module: loading (`load`), declarations and names (`declare`), field lists (`fields`, `derive`,
//! `std_error`), signatures (`signature`), bodies (`body`), assembly (`lib`).
//!
//! Bodies are checked by `body::check_body(env: &Env, types: &mut Types, function: FnId, diags: &mut Diags) -> CheckedBody`, one call for
//! each function of [`env::Env::functions`]; the result is `CheckedBody { locals: Vec<hir::Local>, body: Vec<hir::Stmt> }`, whose
//! first locals are the parameters.
//!
//! Invariants:
//! - A `Program` is made only if no error was found.
//! - Every module of the program is checked; a place that has an error has the type unknown, which silences what depends on it.
//! - Nothing recurses on the size of the program: only on trees whose height the parser bounds.
//! - No lookup is linear in the size of the program.
#![forbid(unsafe_code)]

pub mod builtins;
pub mod env;
