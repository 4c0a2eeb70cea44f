//! `fuse inspect`: what an executable contains, read without running it.

use std::path::Path;

use fuse_diagnostics::codes;

use crate::cli::FAILED;
use crate::files;
use crate::options::Invocation;
use crate::output::Output;

/// Shows the executable.
pub fn run(invocation: &Invocation, output: &Output) -> u8 {
    let path = Path::new(&invocation.operands[0]);
    match files::read(path) {
        Ok(_) => {
            output.error(codes::NOT_AVAILABLE, "fuse inspect is not available in this version of fuse");
            FAILED
        }
        Err(reason) => {
            let message = format!("cannot read executable {}: {reason}", path.display());
            output.error(codes::WRAPPER_FILE_READ, &message);
            FAILED
        }
    }
}
