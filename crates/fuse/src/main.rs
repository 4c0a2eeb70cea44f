//! The `fuse` command: it reads the command line, prepares the program's surroundings and calls the tool chain.
//!
//! This crate decides what is printed, in which form and with which exit status. It knows nothing about the language:
//! what a program means is decided by the crates it calls.
//! Invariants: everything the tool chain itself prints goes through [`output::Output`]; nothing the user can type ends in a
//! panic; start-up builds no tables.
#![deny(unsafe_code)]

mod args;
mod assets;
mod cli;
mod commands;
mod compile;
mod execute;
mod files;
mod help;
mod options;
mod output;
mod panics;
mod rewrite;
mod session;
mod templates;

use std::process::ExitCode;
use std::thread;

/// Name of the thread that does the work.
const THREAD: &str = "fuse";

fn main() -> ExitCode {
    // The tool chain walks trees by recursion; the stack of the main thread may be too small for the highest ones.
    let work = || cli::run(std::env::args_os().skip(1).collect());
    let worker = thread::Builder::new().name(THREAD.into()).stack_size(fuse_syntax::STACK).spawn(work);
    let status = match worker {
        Ok(worker) => worker.join().unwrap_or(panics::STATUS),
        // The address space is limited: what the main thread has is enough for usual programs.
        Err(_) => work(),
    };
    ExitCode::from(status)
}
