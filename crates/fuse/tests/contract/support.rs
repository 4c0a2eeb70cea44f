//! Packages, builds, runs and tools for the checks. A tool that is missing fails the test.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

pub const FUSE: &str = env!("CARGO_BIN_EXE_fuse");
pub const RELEASE: &[&str] = &["--release"];
pub const DEBUG: &[&str] = &["--profile=debug"];
pub const WITH_SYMBOLS: &[&str] = &["--profile=release-with-symbols"];
pub const STATIC: &[&str] = &["--release", "--static"];
/// The runtime that reads `FUSE_AOT_TEST_FAULT`, in the profile that is published.
pub const TEST: &[&str] = &["--release", "--edition=test"];
/// The profiles.
pub const PROFILES: [&[&str]; 3] = [DEBUG, RELEASE, WITH_SYMBOLS];
/// The packages of the suite.
pub const FIXTURES: [&str; 6] = ["hello", "faults", "flags", "settings", "harbour", "store"];

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// Where a fixture is.
pub fn fixture(name: &str) -> PathBuf {
    match name {
        "harbour" => repository().join("examples/harbour"),
        _ => repository().join("tests/contract").join(name),
    }
}

/// A folder of its own for a test, removed afterwards.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("contract-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    /// A folder with a package of one file.
    pub fn package(source: &str) -> Folder {
        let folder = Folder::new();
        folder.write("fuse.toml", "[package]\nname = \"sample\"\nentry = \"main.fuse\"\n");
        folder.write("main.fuse", source);
        folder
    }

    /// A folder with a copy of a fixture.
    pub fn of_fixture(name: &str) -> Folder {
        let folder = Folder::new();
        copy_tree(&fixture(name), folder.path());
        folder
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        write(&self.0.join(name), text);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes a file, parents included.
pub fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Copies sources and manifests, not what was built.
pub fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.file_name() == Some(OsStr::new(".fuse")) {
        } else if path.is_dir() {
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

/// What is written to the streams, as text, and how a process ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    /// `None`: by a signal.
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

impl Ended {
    /// The last line of stderr.
    pub fn last(&self) -> &str {
        self.stderr.lines().last().unwrap_or("")
    }
}

/// Starts a program with the default effect of all signals, even if who started the tests ignores some, as a shell does in the background.
pub fn with_default_signals(program: &Path) -> Command {
    let mut command = Command::new("env");
    command.arg("--default-signal").arg(program);
    command
}

/// Runs a command to its end.
pub fn end(command: &mut Command) -> Ended {
    command.stdin(Stdio::null());
    let output = loop {
        match command.output() {
            // Another test has just copied this file, and a process that it started meanwhile still holds it open for writing.
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            output => break output,
        }
    };
    output.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}")).into()
}

/// `fuse build` in a package, with no other program in reach, unless another linker is asked for.
pub fn fuse_build(package: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(FUSE);
    command.arg("build").arg("--manifest-path").arg(package).args(options).current_dir(package);
    command.env_clear();
    if !options.contains(&"--linker=system") {
        command.env("PATH", "/nonexistent");
    }
    command
}

/// Builds a package that must build; its executable.
#[track_caller]
pub fn build_in(package: &Path, options: &[&str]) -> PathBuf {
    let ended = end(&mut fuse_build(package, options));
    assert_eq!(ended.status, Some(0), "{}: {}", package.display(), ended.stderr);
    package.join(".fuse/build/program.aot")
}

/// A built fixture; every test that needs it with these options shares it.
pub struct Built {
    folder: Folder,
    pub executable: PathBuf,
}

impl Built {
    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.executable).expect("the executable")
    }

    /// A file beside the executable: `.sym`, `.json`.
    pub fn beside(&self, extension: &str) -> PathBuf {
        self.folder.join(&format!(".fuse/build/program.aot{extension}"))
    }

    pub fn report(&self) -> String {
        fs::read_to_string(self.beside(".json")).expect("a build report")
    }

    pub fn package(&self) -> &Path {
        self.folder.path()
    }
}

type Cache = Mutex<HashMap<(String, Vec<String>), Arc<OnceLock<Arc<Built>>>>>;

/// Builds a fixture, once for all tests.
pub fn build(name: &str, options: &[&str]) -> Arc<Built> {
    static CACHE: OnceLock<Cache> = OnceLock::new();
    let key = (name.to_owned(), options.iter().map(|option| option.to_string()).collect());
    let slot =
        CACHE.get_or_init(Cache::default).lock().expect("not poisoned").entry(key).or_default().clone();
    let make = || {
        let folder = Folder::of_fixture(name);
        let executable = build_in(folder.path(), options);
        Arc::new(Built { folder, executable })
    };
    slot.get_or_init(make).clone()
}

/// Runs an executable in a folder with nothing but these variables.
pub fn run(executable: &Path, variables: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(executable);
    end(command.env_clear().envs(variables.iter().copied()))
}

/// The build information line that an executable prints.
pub fn info(executable: &Path) -> String {
    let ended = run(executable, &[("FUSE_AOT_BUILD_INFO", "1")]);
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    ended.stdout.strip_suffix('\n').expect("a line").to_owned()
}

/// The value of a key of the build information.
pub fn info_value(executable: &Path, key: &str) -> String {
    value(&info(executable), key).to_owned()
}

/// The value of a key in a build information line.
pub fn value<'a>(info: &'a str, key: &str) -> &'a str {
    let pair = info.split(' ').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
    pair.unwrap_or_else(|| panic!("no {key} in {info}"))
}

/// What a tool says about a file; the tool must succeed.
#[track_caller]
pub fn tool(name: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(name).env("LC_ALL", "C").args(arguments).arg(file).output();
    let output = output.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(
        output.status.success(),
        "{name} {}: {}",
        file.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs a command under `strace`; how it ended, and the trace.
#[track_caller]
pub fn strace(calls: &str, command: &[&OsStr], variables: &[(&str, &str)]) -> (Ended, String) {
    let folder = Folder::new();
    let trace = folder.join("trace");
    let mut strace = Command::new("strace");
    strace.arg("-f").arg("-e").arg(format!("trace=execve,{calls}")).arg("-o").arg(&trace);
    // The variables are the program's alone.
    strace
        .arg("env")
        .arg("-i")
        .args(variables.iter().map(|(name, value)| format!("{name}={value}")))
        .args(command);
    let ended = end(&mut strace);
    let trace =
        fs::read_to_string(&trace).unwrap_or_else(|error| panic!("no trace ({error}): {}", ended.stderr));
    // What comes before the program's start is the work of strace and env.
    let starts: Vec<usize> = trace.match_indices("execve(").map(|(at, _)| at).collect();
    let own = starts.iter().rev().find(|&&at| trace[at..].starts_with(&format!("execve({:?}", command[0])));
    let own = own.map_or(0, |&at| trace[..at].rfind('\n').map_or(0, |line| line + 1));
    (ended, trace[own..].to_owned())
}

/// Puts a file and the libraries that it is linked to below a root folder; the file is at `/<name>`.
pub fn install(root: &Path, file: &Path, name: &str) {
    place(file, &root.join(name));
    let listed = Command::new("ldd").arg(file).output().expect("ldd");
    for word in
        String::from_utf8_lossy(&listed.stdout).split_whitespace().filter(|word| word.starts_with('/'))
    {
        place(Path::new(word), &root.join(&word[1..]));
    }
}

fn place(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("in a folder")).expect("a folder");
    let from = &from.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    if !to.exists() && fs::hard_link(from, to).is_err() {
        fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
}

/// A command in a root of its own, without network: `command` is a path in it.
pub fn in_root(root: &Path, command: &[&str]) -> Command {
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--mount", "--net", "chroot"]).arg(root).args(command);
    unshare.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    unshare
}

/// A helper program or library that is compiled from C for the checks.
pub fn helper(folder: &Folder, name: &str, source: &str, options: &[&str]) -> PathBuf {
    folder.write(&format!("{name}.c"), source);
    let output = folder.join(name);
    let ended = end(Command::new("cc")
        .args(["-O1", "-Wall", "-Werror"])
        .arg(folder.join(&format!("{name}.c")))
        .args(options)
        .arg("-o")
        .arg(&output));
    assert_eq!(ended.status, Some(0), "cc: {}", ended.stderr);
    output
}

/// Whether a file is executable for everyone who may read it.
pub fn is_executable(path: &Path) -> bool {
    let mode = fs::metadata(path).expect("a file").permissions().mode();
    mode & 0o111 == (mode & 0o444) >> 2
}

/// Whether text occurs in a file.
pub fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

/// The build id note of a file.
pub fn build_id(file: &Path) -> String {
    let notes = tool("readelf", &["-nW"], file);
    let line = notes.split_once("Build ID: ").unwrap_or_else(|| panic!("{}: {notes}", file.display())).1;
    line.split_whitespace().next().expect("an id").to_owned()
}

/// The JSON of a validation error with such entries: code, message, path.
pub fn validation_error(entries: &[(&str, &str, &str)]) -> String {
    let fields: Vec<_> = entries
        .iter()
        .map(|(code, message, path)| {
            format!("{{\"code\":\"{code}\",\"message\":\"{message}\",\"path\":\"{path}\"}}")
        })
        .collect();
    let fields = fields.join(",");
    format!(
        "{{\"error\":{{\"code\":\"validation_error\",\"fields\":[{fields}],\"message\":\"validation failed\"}}}}"
    )
}
