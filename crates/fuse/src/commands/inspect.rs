//! `fuse inspect`: what an executable contains, read without running it.

use std::path::Path;

use fuse_diagnostics::display::one_line;
use fuse_diagnostics::{Code, codes};

use crate::cli::{FAILED, OK};
use crate::files;
use crate::options::Invocation;
use crate::output::Output;

/// Shows the executable.
pub fn run(invocation: &Invocation, output: &Output) -> u8 {
    match inspect(invocation) {
        Ok(text) => {
            output.stdout(&text);
            OK
        }
        Err((code, message)) => {
            output.error(code, &message);
            FAILED
        }
    }
}

fn inspect(invocation: &Invocation) -> Result<String, (Code, String)> {
    // The command line has been checked: there is a file.
    let path = Path::new(&invocation.operands[0]);
    let failed =
        |reason: String| (codes::WRAPPER_FILE_READ, format!("cannot inspect {}: {reason}", path.display()));
    let bytes = files::read(path).map_err(failed)?;
    let inspection = fuse_link::inspect(&bytes).map_err(|error| failed(error.to_string()))?;
    let options = &invocation.options;
    if options.openapi {
        let document = inspection.openapi.map(|document| document + "\n");
        return document.ok_or_else(|| (codes::WRAPPER_FILE_READ, "no OpenAPI document embedded".to_owned()));
    }
    if options.json {
        return Ok(inspection.json() + "\n");
    }
    // The file may come from anywhere: what it says must not act on the terminal, nor look like another line.
    let line = |(key, value): &(&str, String)| format!("{key}: {}\n", one_line(value));
    Ok(inspection.facts().iter().map(line).collect())
}
