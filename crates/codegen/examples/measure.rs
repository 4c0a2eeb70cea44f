//! Measures the path from IR to running code for IR programs: `cargo run --example measure -- FILE...`. The table under
//! "Measured" in `docs/architecture.md` is its output.

use fuse_codegen::{Optimise, Options, emit_object, load};
use fuse_link::{Edition, LinkRequest, LinkerKind, Metadata, Mode, Profile, link};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 21;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| program | load, none | load, speed | object | link | size dynamic | size static | start to exit |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    println!("| `/bin/true` | | | | | | | {} |", millis(median(|| spawn("/bin/true"))?));
    for path in std::env::args().skip(1) {
        let mut program = fuse_ir::parse::program(&std::fs::read_to_string(&path)?)?;
        fuse_ir::passes::finish(&mut program, fuse_ir::passes::Level::Full);
        let symbols = fuse_runtime::memory::symbols();
        let in_memory = |optimise| {
            median(|| {
                let start = Instant::now();
                let loaded = load(&program, &Options::new(optimise), symbols.iter().copied())?;
                let time = start.elapsed();
                drop(loaded);
                Ok(time)
            })
        };
        let (none, speed) = (in_memory(Optimise::None)?, in_memory(Optimise::Speed)?);
        let mut object = Vec::new();
        let emit = median(|| {
            let start = Instant::now();
            object = emit_object(&program, &Options::new(Optimise::Speed))?.bytes;
            Ok(start.elapsed())
        })?;
        let build = |mode| {
            let program = object.clone();
            let start = Instant::now();
            let linked = link(LinkRequest {
                program,
                profile: Profile::Release,
                mode,
                edition: Edition::Published,
                linker: LinkerKind::BuiltIn,
                cli_version: "0.0.0".to_owned(),
                symbols_name: "program.sym".to_owned(),
                options: String::new(),
                metadata: Metadata::default(),
            })?;
            Ok::<_, Box<dyn std::error::Error>>((start.elapsed(), linked.executable))
        };
        let linking = median(|| Ok(build(Mode::Dynamic)?.0))?;
        let (dynamic, fixed) = (build(Mode::Dynamic)?.1, build(Mode::Static)?.1);
        let file = std::env::temp_dir().join(format!("fuse-measure-{}", std::process::id()));
        std::fs::write(&file, &dynamic)?;
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        let run = median(|| spawn(&file))?;
        std::fs::remove_file(&file)?;
        let name = std::path::Path::new(&path).file_stem().unwrap_or_default().to_string_lossy();
        let (none, speed, emit, linking, run) =
            (millis(none), millis(speed), millis(emit), millis(linking), millis(run));
        println!(
            "| {name} | {none} | {speed} | {emit} | {linking} | {} | {} | {run} |",
            dynamic.len(),
            fixed.len()
        );
    }
    Ok(())
}

fn spawn(program: impl AsRef<std::ffi::OsStr>) -> Result<Duration, Box<dyn std::error::Error>> {
    let start = Instant::now();
    Command::new(program).stdout(Stdio::null()).status()?;
    Ok(start.elapsed())
}

fn median(
    mut work: impl FnMut() -> Result<Duration, Box<dyn std::error::Error>>,
) -> Result<Duration, Box<dyn std::error::Error>> {
    let mut times = (0..ROUNDS).map(|_| work()).collect::<Result<Vec<_>, _>>()?;
    times.sort();
    Ok(times[ROUNDS / 2])
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
