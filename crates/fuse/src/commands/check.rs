//! `fuse check`: every error and warning of a program; nothing runs.

use crate::cli::OK;
use crate::commands::front_end;
use crate::session::Session;

/// Checks the program.
pub fn run(session: &Session<'_>) -> u8 {
    session.framed(|| front_end(session).map_or_else(|status| status, |_| OK))
}
