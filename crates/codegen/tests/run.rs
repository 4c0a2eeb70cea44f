//! Runs every program of `tests/run` and of `fuse-ir`'s tests: in memory at both levels of optimisation, and as an executable.
//!
//! A program says what it prints in lines `;> text` and how it fails in a line `;! code message file:line:column` (`-` for no position).
//! Each run is a process of its own: the runtime runs one program at a time and prints to the standard output.

use fuse_codegen::{Optimise, Options, emit_object, load};
use fuse_ir::Program;
use fuse_ir::verify::{Stage, program as verify};
use fuse_link::{Edition, LinkRequest, LinkerKind, Metadata, Mode, Profile, link};
use fuse_runtime::memory::{self, Outcome, Report};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

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
        for way in ["none", "speed", "linked"] {
            if let Err(problem) = check(file, way) {
                failed += 1;
                eprintln!("FAILED {} ({way}): {problem}", file.display());
            }
        }
    }
    println!("{} programs, {failed} failed", files.len());
    if failed == 0 && (wanted.is_some() || files.len() > 30) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn programs() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in [here.join("tests/run"), here.join("../ir/tests/programs")] {
        let entries = std::fs::read_dir(folder).expect("the folder of programs");
        files.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "ir"));
    files.sort();
    files
}

fn check(file: &Path, way: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let lines = |mark: &str| {
        text.lines()
            .filter_map(|line| line.strip_prefix(mark))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let (printed, told) = (lines(";> "), lines(";! "));
    let output = match way {
        "linked" => run_linked(file)?,
        _ => {
            let exe = std::env::current_exe().map_err(|error| error.to_string())?;
            Command::new(exe).arg("--child").arg(file).arg(way).output().map_err(|error| error.to_string())?
        }
    };
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if printed != stdout {
        return Err(format!("printed\n{stdout}instead of\n{printed}and told\n{stderr}"));
    }
    if way == "linked" {
        let fails = !told.is_empty();
        if output.status.code() != Some(i32::from(fails)) {
            return Err(format!("{}\n{stderr}", output.status));
        }
        // The line of an executable has the message and the place.
        let told = told.trim_end();
        let (rest, place) = told.rsplit_once(' ').unwrap_or_default();
        let (_, message) = rest.split_once(' ').unwrap_or_default();
        let place = if place == "-" { String::new() } else { format!(" ({place})") };
        let good =
            if fails { stderr.contains(&format!("message={message}{place} ")) } else { stderr.is_empty() };
        return if good { Ok(()) } else { Err(stderr.into_owned()) };
    }
    if !output.status.success() || told != stderr {
        return Err(format!("{}: told\n{stderr}instead of\n{told}", output.status));
    }
    Ok(())
}

/// Links the program and runs the executable.
fn run_linked(file: &Path) -> Result<Output, String> {
    let program = read(file)?;
    let object = emit_object(&program, &Options::new(Optimise::Speed)).map_err(|error| error.to_string())?;
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
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    write_executable(&path, &linked.executable).map_err(|error| error.to_string())?;
    let output = Command::new(&path).output().map_err(|error| error.to_string());
    std::fs::remove_file(&path).map_err(|error| error.to_string())?;
    output
}

fn write_executable(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, bytes)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

/// Programs of this crate stand as code generation takes them, those of `fuse-ir` as lowering makes them.
fn read(file: &Path) -> Result<Program, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let mut program = fuse_ir::parse::program(&text).map_err(|error| error.to_string())?;
    if file.to_string_lossy().contains("programs") {
        fuse_ir::passes::finish(&mut program, fuse_ir::passes::Level::Full);
    }
    let complaints =
        |list: Vec<fuse_ir::verify::Complaint>| list.iter().map(|one| format!("{one}\n")).collect::<String>();
    verify(&program, Stage::Counted).map_err(complaints)?;
    Ok(program)
}

fn child(file: &Path, optimise: Optimise) -> ExitCode {
    let program = match read(file) {
        Ok(program) => program,
        Err(error) => return problem(&error),
    };
    let options = Options { verify: true, ..Options::new(optimise) };
    let loaded = match load(&program, &options, memory::symbols()) {
        Ok(loaded) => loaded,
        Err(error) => return problem(&error.to_string()),
    };
    // SAFETY: the image is the code generator's, and lives until the end of this function.
    let outcome = unsafe { memory::run(loaded.image(), &[]) };
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
