//! `fuse openapi`: the OpenAPI document of a program; and the same bytes for whoever else needs them.

use std::path::Path;

use fuse_diagnostics::codes;
use fuse_files::{OutputError, Staged, stage_file};
use fuse_hir::Program;
use fuse_openapi::Info;

use crate::cli::{FAILED, OK};
use crate::commands::front_end;
use crate::session::{Session, prepare_directory};

/// Prints the document. There are no step markers.
pub fn run(session: &Session<'_>) -> u8 {
    match front_end(session) {
        Ok(checked) => match &checked.program {
            Some(program) => {
                session.output.stdout(&(document(session, program) + "\n"));
                OK
            }
            None => FAILED,
        },
        Err(status) => status,
    }
}

/// Writes the document for the program that is to show it, if one does. If that fails it has been reported, and the result is the exit status.
pub fn write_for_program(session: &Session<'_>, program: &Program) -> Result<(), u8> {
    let Some(path) = &session.openapi_document else { return Ok(()) };
    stage(session, program, path).and_then(Staged::commit).map_err(|error| {
        session.output.error(codes::WRAPPER_FILE_WRITE, &error.to_string());
        FAILED
    })
}

/// Writes the document as a file that still has to be given its name.
pub fn stage(session: &Session<'_>, program: &Program, path: &Path) -> Result<Staged, OutputError> {
    prepare_directory(session, path)?;
    stage_file(path, (document(session, program) + "\n").as_bytes())
}

/// The document, without a line end. It depends on the program and its manifest only.
pub fn document(session: &Session<'_>, program: &Program) -> String {
    let manifest = session.manifest.as_ref();
    let stem = session.entry.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.unwrap_or_default();
    let title = manifest.and_then(|manifest| manifest.build.openapi_title.as_deref()).unwrap_or(&stem);
    let version = manifest.map_or("0.1.0", |manifest| manifest.package.version.as_str());
    fuse_openapi::document(program, Info { title, version })
}
