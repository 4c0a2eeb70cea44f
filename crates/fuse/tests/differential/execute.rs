//! A program from source to its end, in every way.
#![allow(unsafe_code)]

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Command;

use fuse_codegen::{Optimise, Options, emit_object, load};
use fuse_hir::Program;
use fuse_ir::passes::{self, Passes};
use fuse_ir::{certify, verify};
use fuse_link::{Edition, LinkRequest, LinkerKind, Metadata, Mode, Profile, link};
use fuse_runtime::memory::{self, Outcome, live_objects};
use fuse_sema::{MemoryFiles, check};

/// How a program ended and what it printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Ended {
    pub printed: Vec<u8>,
    /// `finished`, or the failure with its place, as an executable tells it.
    pub how: String,
}

impl Ended {
    pub fn show(&self) -> String {
        format!("{}{}\n", String::from_utf8_lossy(&self.printed), self.how)
    }
}

/// Checks a program; the error is its first diagnostic.
pub fn checked(source: &str) -> Result<Program, String> {
    let mut files = MemoryFiles::new();
    files.add("/generated/main.fuse", source);
    let checked = check(Path::new("/generated/main.fuse"), &files, &fuse_sema::Options::default());
    checked.program.ok_or_else(|| {
        let first =
            checked.diagnostics.iter().find(|diagnostic| diagnostic.level == fuse_diagnostics::Level::Error);
        first.map_or_else(String::new, |first| {
            let start = first.span.start as usize;
            let line = source.get(..start).map_or(0, |before| before.lines().count());
            format!("line {line}: {}", first.message)
        })
    })
}

/// The IR with reference counts, verified and certified.
pub fn compiled(program: &Program, passes: Passes) -> fuse_ir::Program {
    let entry = program.apps.first().map(|app| app.function);
    let mut ir = fuse_lower::lower(program, fuse_lower::Options { entry });
    passes::optimize(&mut ir, passes);
    verify::expect(&ir, verify::Stage::Lowered, "optimization");
    passes::finish(&mut ir, passes);
    verify::expect(&ir, verify::Stage::Counted, "RC insertion");
    certify::expect(&ir);
    ir
}

/// Runs a program in this process. What it prints is read from `output`, which is what stdout writes to.
pub fn in_memory(ir: &fuse_ir::Program, optimise: Optimise, output: &mut File) -> Result<Ended, String> {
    let loaded = load(ir, &Options::new(optimise), memory::symbols()).map_err(|error| error.to_string())?;
    let error = |error: std::io::Error| error.to_string();
    // An earlier program may have ended in the middle.
    output.set_len(0).map_err(error)?;
    let before = live_objects();
    // SAFETY: the image is the code generator's, and lives until the end of this function.
    let outcome = unsafe { memory::run(loaded.image(), &[]) };
    let leaks = live_objects() - before;
    let how = match outcome {
        Outcome::Finished => "finished".to_owned(),
        Outcome::Failed(report) => {
            let place = report.place.as_ref();
            let place = place.map(|place| format!(" ({}:{}:{})", place.file, place.line, place.column));
            let text = report.message.replace('\n', "\\n").replace('\r', "\\r");
            format!("{text}{}", place.unwrap_or_default())
        }
        other => return Err(format!("{other:?}")),
    };
    if leaks != 0 && how != "stack overflow" {
        return Err(format!("{leaks} objects left behind, {how}"));
    }
    let mut printed = Vec::new();
    output.seek(SeekFrom::Start(0)).map_err(error)?;
    output.read_to_end(&mut printed).map_err(error)?;
    output.set_len(0).map_err(error)?;
    Ok(Ended { printed, how })
}

/// Links a program with the test edition of the runtime, and runs the executable.
pub fn linked(ir: &fuse_ir::Program, path: &Path) -> Result<Ended, String> {
    let object = emit_object(ir, &Options::new(Optimise::Speed)).map_err(|error| error.to_string())?;
    let linked = link(LinkRequest {
        program: object.bytes,
        profile: Profile::Release,
        mode: Mode::Dynamic,
        edition: Edition::Test,
        linker: LinkerKind::BuiltIn,
        cli_version: "0.0.0".to_owned(),
        symbols_name: "program.sym".to_owned(),
        options: String::new(),
        metadata: Metadata::default(),
    });
    let linked = linked.map_err(|error| error.to_string())?;
    fuse_link::write_executable(path, &linked.executable).map_err(|error| error.error.to_string())?;
    let output = Command::new(path).env("FUSE_AOT_TEST_LEAKS", "1").output();
    let output = output.map_err(|error| error.to_string())?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let told = stderr.trim_end();
    let how = match (output.status.code(), told) {
        (Some(0), "") => "finished".to_owned(),
        (Some(1), _) => failure(told).ok_or_else(|| told.to_owned())?,
        (status, _) => return Err(format!("exit status {status:?}: {told}")),
    };
    Ok(Ended { printed: output.stdout, how })
}

/// The message in the line of an executable that failed.
fn failure(line: &str) -> Option<String> {
    let (_, message) = line.strip_prefix("fatal: class=runtime_fatal ")?.split_once("message=")?;
    Some(message.rsplit_once(" mode=aot ").map_or(message, |(message, _)| message).to_owned())
}
