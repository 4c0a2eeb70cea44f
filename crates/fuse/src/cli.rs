//! From the words of the command line to the exit status.

use std::ffi::OsString;

use crate::args::{Request, first_pass, parse};
use crate::output::Output;
use crate::{commands, help, panics};

/// Success.
pub const OK: u8 = 0;
/// Anything that is neither success nor one of the statuses with a meaning of their own.
pub const FAILED: u8 = 1;

/// Runs `fuse` with these words and returns its exit status.
pub fn run(args: Vec<OsString>) -> u8 {
    let form = first_pass(&args);
    let output = Output::new(&form);
    let status = panics::guarded(&output, || match parse(&args, &form) {
        Ok(request) => answer(request, &output),
        Err(error) => {
            output.usage_error(&error);
            FAILED
        }
    });
    output.finish(status)
}

fn answer(request: Request, output: &Output) -> u8 {
    let color = output.paints_stdout();
    match request {
        Request::Nothing => {
            output.usage();
            return FAILED;
        }
        Request::Version => output.stdout(help::VERSION),
        Request::Help(None) => output.stdout(&help::usage(color)),
        Request::Help(Some(command)) => output.stdout(&help::command(command, color)),
        Request::Run(invocation) => return commands::run(*invocation, output),
    }
    OK
}
