//! `fuse run`: check, compile into memory, execute.

use fuse_abi::failure::Failure;
use fuse_diagnostics::{Sources, codes};
use fuse_hir::Program;
use fuse_runtime::memory::{Outcome, Report, symbols};

use crate::cli::{FAILED, OK};
use crate::commands::{front_end, openapi};
use crate::compile::{cannot_run, internal_message, select_app, to_ir_for_run};
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
            Some(program) => match openapi::write_for_program(session, program) {
                Ok(()) => start(session, program, &checked.sources),
                Err(status) => status,
            },
            None => FAILED,
        },
        Err(status) => status,
    })
}

fn start(session: &Session<'_>, program: &Program, sources: &Sources) -> u8 {
    let output = session.output;
    let arguments = &session.invocation.program_arguments;
    let app = select_app(program, session.app.as_deref());
    // Without an app the program is started all the same, since a wrong configuration is told first.
    let body = app.as_ref().ok().copied().flatten().map(|app| app.function);
    let (ir, effort) = match to_ir_for_run(program, body) {
        Ok(ir) => ir,
        Err(reached) => return cannot_run(program, sources, reached, output),
    };
    let loaded = match fuse_codegen::load(&ir, &effort.codegen(), symbols()) {
        Ok(loaded) => loaded,
        Err(error) => {
            output.error(codes::WRAPPER_INTERNAL, &internal_message(&error));
            return FAILED;
        }
    };
    execute::export(&session.environment);
    let before = execute::live();
    let outcome = execute::execute(&loaded, arguments);
    if let Outcome::Failed(Report { failure: missing @ (Failure::NoApp | Failure::NoMain), .. }) = &outcome {
        let message = app.err().filter(|_| *missing == Failure::NoApp);
        output.error(codes::WRAPPER_RUNTIME_SETUP, message.as_deref().unwrap_or(missing.message()));
        return FAILED;
    }
    report(session, &outcome).unwrap_or_else(|| match execute::leaks(before) {
        Some(leaks) if !left_in_the_middle(&outcome) => {
            output.stderr(&format!("leaks: {leaks}\n"));
            LEAKED
        }
        _ if outcome == Outcome::Finished => OK,
        _ => FAILED,
    })
}

/// Whether a program may have ended without releasing anything: at the guard page, or without memory.
fn left_in_the_middle(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(report) if matches!(report.failure, Failure::StackOverflow | Failure::OutOfMemory))
}

/// Tells how the program ended; the status, if that is beyond success and failure.
fn report(session: &Session<'_>, outcome: &Outcome) -> Option<u8> {
    let output = session.output;
    // The program's variable, which the option sets: the program may have it from elsewhere.
    let is_json = std::env::var_os("FUSE_DIAGNOSTICS").is_some_and(|form| form == "json");
    match outcome {
        Outcome::Finished => None,
        Outcome::Failed(report) if report.bound => {
            output.stderr(&(report.envelope() + "\n"));
            Some(Report::EXIT_BOUND)
        }
        Outcome::Failed(report) if is_json => {
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
