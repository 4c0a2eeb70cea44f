//! `fuse run`: check, compile into memory, execute.

use fuse_abi::failure::Failure;
use fuse_diagnostics::codes;
use fuse_hir::{FnId, Program};
use fuse_runtime::memory::{Outcome, Report, symbols};

use crate::cli::{FAILED, OK};
use crate::commands::front_end;
use crate::compile::{Effort, NO_APP, internal_message, select_app, to_ir};
use crate::execute;
use crate::session::Session;

/// Exit status of a panic of the runtime.
const PANICKED: u8 = 101;
/// Exit status of a program that left objects behind, when it was asked to tell.
const LEAKED: u8 = 97;

/// Runs the program.
pub fn run(session: &Session<'_>) -> u8 {
    session.framed(|| match front_end(session) {
        Ok(checked) => match &checked.program {
            Some(program) => start(session, program),
            None => FAILED,
        },
        Err(status) => status,
    })
}

fn start(session: &Session<'_>, program: &Program) -> u8 {
    let output = session.output;
    let arguments = &session.invocation.program_arguments;
    let entry = match entry(session, program) {
        Ok(entry) => entry,
        Err(message) => {
            output.error(codes::WRAPPER_RUNTIME_SETUP, &message);
            return FAILED;
        }
    };
    let ir = to_ir(program, entry, Effort::Quick);
    let loaded = match fuse_codegen::load(&ir, &Effort::Quick.codegen(), symbols()) {
        Ok(loaded) => loaded,
        Err(error) => {
            output.error(codes::WRAPPER_INTERNAL, &internal_message(&error));
            return FAILED;
        }
    };
    execute::export(&session.environment);
    let before = execute::live();
    let outcome = execute::execute(&loaded, arguments);
    report(session, &outcome).unwrap_or_else(|| match execute::leaks(before) {
        Some(leaks) if !left_in_the_middle(&outcome) => {
            output.stderr(&format!("leaks: {leaks}\n"));
            LEAKED
        }
        _ if outcome == Outcome::Finished => OK,
        _ => FAILED,
    })
}

/// The app, which runs if there are no arguments. With arguments `fn main` runs, and no app need be there.
fn entry(session: &Session<'_>, program: &Program) -> Result<Option<FnId>, String> {
    let app = select_app(program, session.app.as_deref()).map(|app| app.map(|app| app.function));
    if session.invocation.program_arguments.is_empty() {
        return app?.map(Some).ok_or_else(|| NO_APP.to_owned());
    }
    match program.main {
        Some(_) => Ok(app.ok().flatten()),
        None => Err("no root fn main found for CLI binding".to_owned()),
    }
}

/// Whether a program may have ended without releasing anything: at the guard page, or without memory.
fn left_in_the_middle(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(report) if matches!(report.failure, Failure::StackOverflow | Failure::OutOfMemory))
}

/// Tells how the program ended; the status, if that is beyond success and failure.
fn report(session: &Session<'_>, outcome: &Outcome) -> Option<u8> {
    let output = session.output;
    match outcome {
        Outcome::Finished => None,
        Outcome::Failed(report) if report.bound => {
            output.stderr(&(report.envelope() + "\n"));
            Some(Report::EXIT_BOUND)
        }
        Outcome::Failed(report) if output.is_json() => {
            output.stderr(&(report.envelope() + "\n"));
            None
        }
        Outcome::Failed(report) => {
            let place = report.place.as_ref();
            let place = place.map(|place| format!(" ({}:{}:{})", place.file, place.line, place.column));
            output.stderr(&format!("run error: {}{}\n", report.message, place.unwrap_or_default()));
            None
        }
        Outcome::Panicked(panic) => {
            let text = panic.text();
            let text = if text.is_empty() { String::new() } else { format!(": {text}") };
            output.error(
                codes::WRAPPER_INTERNAL,
                &format!("the runtime panicked{text}; this is a bug in fuse"),
            );
            Some(PANICKED)
        }
        Outcome::Broken(what) => {
            output.error(codes::WRAPPER_INTERNAL, &format!("{what}; this is a bug in fuse"));
            None
        }
    }
}
