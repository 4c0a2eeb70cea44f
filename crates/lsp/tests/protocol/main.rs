//! The language server as a client sees it (toolchain reference 14).

mod actions;
mod budgets;
mod calls;
mod client;
mod completing;
mod coverage;
mod diagnostics;
mod life_cycle;
mod navigation;
mod renaming;
mod robust;
mod structure;
mod sync;
mod tokens;
