//! `fuse run`: check, compile into memory, execute.

use fuse_diagnostics::codes;

use crate::cli::FAILED;
use crate::commands::front_end;
use crate::session::Session;

/// Runs the program.
pub fn run(session: &Session<'_>) -> u8 {
    session.framed(|| match front_end(session) {
        Ok(_) => {
            session.output.error(codes::NOT_AVAILABLE, "fuse run is not available in this version of fuse");
            FAILED
        }
        Err(status) => status,
    })
}
