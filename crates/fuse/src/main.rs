//! The `fuse` command: it reads the command line, prepares the program's surroundings and calls the tool chain.
//!
//! This crate decides what is printed, in which form and with which exit status. It knows nothing about the language:
//! what a program means is decided by the crates it calls.
//! Invariants: everything the tool chain itself prints goes through [`output::Output`]; nothing the user can type ends in a
//! panic; start-up builds no tables.
#![deny(unsafe_code)]

mod args;
mod cli;
mod commands;
mod compile;
mod execute;
mod files;
mod help;
mod options;
mod output;
mod panics;
mod session;

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(cli::run(std::env::args_os().skip(1).collect()))
}
