//! What happens before a program's own code: configuration and command line, from the environment, files and words to
//! values, messages and exit statuses, in executables and in memory.
//!
//! The test starts itself again: with arguments it is a program, whose compiled code is a Rust function below.

#[path = "../support/mod.rs"]
#[macro_use]
mod support;

mod program;
mod runs;

use program::image;
use runs::{PORT_SET, Run, envelope};
use std::path::Path;
use std::process::ExitCode;
use support::{BASE, Case, Tally, check};

/// More problems than are told.
fn many_problems() -> Case {
    let flags: Vec<String> = (0..150).map(|number| format!("--x{number}=1")).collect();
    let names: Vec<String> = (0..100).map(|number| format!("x{number}")).collect();
    let entries: Vec<(&str, &str, &str)> =
        names.iter().map(|name| (name.as_str(), "unknown_flag", "unknown flag")).collect();
    let stderr = format!("{}\n", envelope(&entries)).leak();
    Case {
        run: format!("aot prints release {}", flags.join(" ")).leak(),
        env: PORT_SET,
        stderr,
        status: 2,
        ..BASE
    }
}

/// Starts that happen, or end, before configuration.
fn before_configuration() -> Vec<Case> {
    let bad = &[("FUSE_AOT_BUILD_INFO", "1"), ("FUSE_CONFIG", "bad.toml"), ("DESK_PORT", "x")];
    let trace = &[("FUSE_AOT_STARTUP_TRACE", "1"), ("DESK_PORT", "x"), ("DESK_MO_TTO", "x")];
    let stderr = format!(
        "startup: pid=<pid> <info>\n\
         config hint: env var DESK_MO_TTO is ignored; did you mean DESK_MOTTO for Desk.motto?\n\
         fatal: class=runtime_fatal pid=<pid> message={} <info>\n",
        envelope(&[("Desk.port", "invalid_value", "invalid Int: x")])
    );
    vec![
        Case { run: "aot app release word", env: bad, stdout: "<info>\n", ..BASE },
        Case { run: "aot app release", env: trace, stderr: stderr.leak(), status: 1, ..BASE },
    ]
}

/// A directory with the configuration files of the tests.
fn write_files(directory: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let files: [(&str, &[u8]); 5] = [
        (
            "full.toml",
            b"# all\r\n[Desk]\r\nport = 90\r\nmotto = \"a # b\"\r\nlabel = 'x'\r\neven=6 # six\r\n[Other]\r\nport = 1",
        ),
        ("depot.toml", b"[Depot]\nstops = [{\"nights\": 2}] # none\n"),
        ("bad.toml", b"[Desk]\nport = 1\nmotto = \"a\n"),
        ("latin.toml", b"[Desk]\nmotto = \"\xe9\"\n"),
        ("keys.toml", b"top = 1\n[Desk]\nprot = 1\nPort = 2\n[Other]\nx = 1\n[MailGate]\nretry_after = 5\n"),
    ];
    files.iter().try_for_each(|(name, text)| std::fs::write(directory.join(name), text))
}

/// Values are given back, so that nothing leaks, however the program ends, and it can run again.
fn nothing_is_left() -> Result<(), String> {
    let arguments =
        |words: &[&str]| words.iter().map(|word| (*word).into()).collect::<Vec<std::ffi::OsString>>();
    for (name, words) in [
        ("app", &[][..]),
        ("prints", &["--city=Kiel", "--note=x"]),
        ("prints", &["--city=Kiel", "--note=x", "--port=0"]),
        ("travels", &["--stops=[{\"city\":\"Oslo\"}]"]),
        ("travels", &["--stops=[{\"city\":\"Oslo\"}]", "--budget=x"]),
        ("fails", &["--city=Kiel", "--note=x"]),
        ("error", &["--city=Kiel"]),
        ("failing", &[]),
    ] {
        let image = image(name, "");
        let before = fuse_runtime::memory::live_objects();
        // SAFETY: the image is consistent.
        let outcomes = [(); 2].map(|()| unsafe { fuse_runtime::memory::run(image, &arguments(words)) });
        let left = fuse_runtime::memory::live_objects() - before;
        if left != 0 || outcomes[0] != outcomes[1] {
            return Err(format!("{name} {words:?}: {left} objects, {outcomes:?}"));
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if std::env::var_os("CHILD").is_some() {
        return support::program(&arguments, image);
    }
    let directory = std::env::temp_dir().join(format!("fuse-entry-{}", std::process::id()));
    let mut tally = Tally::default();
    tally.note("files", write_files(&directory).map_err(|error| error.to_string()));
    let place: &'static str = directory.to_string_lossy().into_owned().leak();
    let runs: [Vec<Run>; 6] = [
        runs::sources(),
        runs::files(),
        runs::invalid_configuration(),
        runs::binding(),
        runs::structured(),
        runs::ends(),
    ];
    let mut cases: Vec<Case> = runs.iter().flatten().flat_map(|run| run.cases(place)).collect();
    cases.extend(before_configuration());
    cases.push(many_problems());
    for case in &cases {
        tally.note(&format!("{:.60} {:?}", case.run, case.env), check(case));
    }
    tally.note("nothing is left", nothing_is_left());
    let _ = std::fs::remove_dir_all(&directory);
    tally.end()
}
