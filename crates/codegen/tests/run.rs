//! Runs every program of `tests/run` in memory, at both levels of optimisation.
//!
//! A program says what it prints in lines `;> text` and how it fails in a line `;! code message file:line:column` (`-` for no position).
//! Each run is a process of its own: the runtime runs one program at a time and prints to the standard output.

use fuse_codegen::{Optimise, Options, load};
use fuse_ir::verify::{Stage, program as verify};
use fuse_runtime::memory::{self, Outcome, Report};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let args = std::env::args().collect::<Vec<_>>();
    if let [_, flag, path, level] = args.as_slice()
        && flag == "--child"
    {
        return child(Path::new(path), if level == "speed" { Optimise::Speed } else { Optimise::None });
    }
    // The harness's own flags are ignored, a name selects programs.
    let wanted = args.iter().skip(1).find(|arg| !arg.starts_with('-'));
    let mut files = programs();
    files.retain(|file| wanted.is_none_or(|wanted| file.to_string_lossy().contains(wanted.as_str())));
    let mut failed = 0;
    for file in &files {
        for level in ["none", "speed"] {
            if let Err(problem) = check(file, level) {
                failed += 1;
                eprintln!("FAILED {} ({level}): {problem}", file.display());
            }
        }
    }
    println!("{} programs, {failed} failed", files.len());
    if failed == 0 && (wanted.is_some() || files.len() > 20) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run");
    let mut files = std::fs::read_dir(folder)
        .expect("the folder of programs")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ir"))
        .collect::<Vec<_>>();
    files.sort();
    files
}

fn check(file: &Path, level: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let lines = |mark: &str| {
        text.lines()
            .filter_map(|line| line.strip_prefix(mark))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let exe = std::env::current_exe().map_err(|error| error.to_string())?;
    let output =
        Command::new(exe).arg("--child").arg(file).arg(level).output().map_err(|error| error.to_string())?;
    let (printed, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        return Err(format!("{}\n{told}", output.status));
    }
    for (what, expected, found) in [("printed", lines(";> "), printed), ("told", lines(";! "), told)] {
        if expected != found {
            return Err(format!("{what}\n{found}instead of\n{expected}"));
        }
    }
    Ok(())
}

fn child(file: &Path, optimise: Optimise) -> ExitCode {
    let text = std::fs::read_to_string(file).expect("the program");
    let program = match fuse_ir::parse::program(&text) {
        Ok(program) => program,
        Err(error) => return problem(&error.to_string()),
    };
    if let Err(complaints) = verify(&program, Stage::Counted) {
        return problem(&complaints.iter().map(|complaint| format!("{complaint}\n")).collect::<String>());
    }
    let options = Options { verify: true, ..Options::new(optimise) };
    let loaded = match load(&program, &options, memory::symbols()) {
        Ok(loaded) => loaded,
        Err(error) => return problem(&error.to_string()),
    };
    // SAFETY: the image is the code generator's, and lives until the end of this function.
    let outcome = unsafe { memory::run(loaded.image()) };
    match outcome {
        Outcome::Finished => {}
        Outcome::Failed(Report { code, message, place, .. }) => {
            let place = place.map_or("-".to_owned(), |at| format!("{}:{}:{}", at.file, at.line, at.column));
            eprintln!("{code} {message} {place}");
        }
        other => return problem(&format!("{other:?}")),
    }
    match fuse_runtime::live_objects() {
        0 => ExitCode::SUCCESS,
        live => problem(&format!("{live} objects leaked")),
    }
}

fn problem(text: &str) -> ExitCode {
    eprintln!("{text}");
    ExitCode::FAILURE
}
