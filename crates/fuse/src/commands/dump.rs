//! `fuse dump`: a phase of the compiler, for people who work on it.

use std::path::Path;

use fuse_diagnostics::codes;

use crate::cli::FAILED;
use crate::files;
use crate::options::Invocation;
use crate::output::Output;
use crate::session::current_directory;

/// Shows the phase.
pub fn run(invocation: &Invocation, output: &Output) -> u8 {
    if let Err(status) = current_directory(output) {
        return status;
    }
    // The command line has been checked: there are a known form and a file.
    let (form, path) = (invocation.operands[0].to_string_lossy(), Path::new(&invocation.operands[1]));
    match files::read_source(path) {
        Ok(_) => {
            let message = format!("fuse dump {form} is not available in this version of fuse");
            output.error(codes::NOT_AVAILABLE, &message);
            FAILED
        }
        Err(reason) => {
            output.error(codes::WRAPPER_FILE_READ, &format!("cannot read {}: {reason}", path.display()));
            FAILED
        }
    }
}
