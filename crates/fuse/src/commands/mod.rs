//! One module for each command.

mod build;
mod check;
mod clean;
mod deps;
mod dev;
mod dump;
mod explain;
mod fmt;
mod inspect;
mod migrate;
mod new;
mod openapi;
mod run;
mod test;
mod workspace;

use fuse_sema::DiskFiles;

use crate::cli::FAILED;
use crate::options::{Command, Invocation};
use crate::output::Output;
use crate::session::Session;

/// Runs a command and returns its exit status.
pub fn run(invocation: Invocation, output: &Output) -> u8 {
    if let Some(parent) = invocation.options.dev_parent {
        dev::tie_to(parent);
    }
    match invocation.command {
        Command::Explain => explain::run(&invocation, output),
        Command::Inspect => inspect::run(&invocation, output),
        Command::Dump => dump::run(&invocation, output),
        Command::Deps => deps::run(&invocation, output),
        Command::Check if invocation.options.workspace => workspace::run(&invocation, output),
        Command::Lsp => fuse_lsp::run(),
        Command::New => new::run(&invocation, output),
        Command::Clean => clean::run(&invocation, output),
        Command::Check => with_session(invocation, output, check::run),
        Command::Run => with_session(invocation, output, run::run),
        Command::Build => with_session(invocation, output, build::run),
        Command::Openapi => with_session(invocation, output, openapi::run),
        Command::Migrate => with_session(invocation, output, migrate::run),
        Command::Test => with_session(invocation, output, test::run),
        Command::Dev => dev::run(invocation, output),
        Command::Fmt => with_session(invocation, output, fmt::run),
        other => unreachable!("`{}` was answered before", other.name()),
    }
}

fn with_session(invocation: Invocation, output: &Output, work: impl FnOnce(&Session<'_>) -> u8) -> u8 {
    match Session::prepare(invocation, output) {
        Ok(session) => work(&session),
        Err(status) => status,
    }
}

/// Loads and checks the program of a session, and reports what was found. Without errors there is a program.
fn front_end(session: &Session<'_>) -> Result<fuse_sema::Checked, u8> {
    let mut checked = fuse_sema::check(&session.entry, &DiskFiles, &session.check_options());
    let diagnostics = std::mem::take(&mut checked.diagnostics);
    if session.output.diagnostics(diagnostics, &checked.sources) { Err(FAILED) } else { Ok(checked) }
}
