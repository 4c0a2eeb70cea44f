//! The contract of executables (aot-contract.md) on executables that `fuse build` wrote: a test for each requirement, named
//! after it.
//!
//! Out of reach in this version: R16 (routes), R30's and R31's web parts, R52-R54, R65, R66 (services). R34, R79-R84 are measured by `cargo xtask bench` on the release build of `fuse`; R2 and R77 are the business of the
//! fixtures (`tests/spec`), each of which runs in memory and as an executable; R35-R41 and R85-R93 concern releases, but for
//! what is checked here. R27's refusal of a foreign runtime needs a changed `fuse`: its test is in `crates/link`; R3's
//! refused function needs IR that no source leads to: its test is in `crates/codegen`. R76 is a document.

mod binding;
mod building;
mod code;
mod configuration;
mod crashes;
mod graph;
mod layout;
mod sealing;
mod sources;
mod starting;
mod support;
mod symbols;
mod tasks;
