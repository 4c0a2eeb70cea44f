//! What tests of whole processes share: a program of Rust functions instead of compiled code, the processes that run it, and
//! what is to come of them.
//!
//! Such a test starts itself again: with arguments it is a program.
#![allow(dead_code)] // each test uses its part

pub mod tables;

use fuse_abi::ABI_VERSION;
use fuse_abi::desc::Image;
use fuse_abi::layout::{Context, Header as Object, StrObject};
use fuse_abi::metadata::{HEADER_SIZE, Header, MAGIC, Profile};
use fuse_runtime::memory::Outcome;
use std::ffi::{CString, OsString, c_char};
use std::io::Write;
use std::process::{Command, ExitCode, Stdio};
use std::sync::OnceLock;

pub const RELEASE: &str =
    "mode=aot profile=release target=t rustc=1 cli=1 runtime_cache=1 contract=aot-v1 build=0123456789abcdef";
pub const DEBUG: &str =
    "mode=aot profile=debug target=t rustc=1 cli=1 runtime_cache=1 contract=aot-v1 build=0123456789abcdef";

/// The code of a program.
pub type Entry = extern "C" fn(*mut Context) -> u64;

/// The address of a runtime function, as the JIT finds it.
pub fn runtime(name: &str) -> *const u8 {
    static SYMBOLS: OnceLock<Vec<(&str, usize)>> = OnceLock::new();
    let symbols = SYMBOLS.get_or_init(|| {
        fuse_runtime::memory::symbols().into_iter().map(|(name, at)| (name, at as usize)).collect()
    });
    symbols.iter().find(|entry| entry.0.strip_prefix("fuse_") == Some(name)).expect("a runtime function").1
        as *const u8
}

/// Calls a runtime function by name.
macro_rules! call {
    ($name:literal as fn($($ty:ty),*) -> $result:ty, $($argument:expr),*) => {{
        // SAFETY: the signature is that of the table.
        unsafe {
            let function = std::mem::transmute::<*const u8, unsafe extern "C" fn($($ty),*) -> $result>(crate::support::runtime($name));
            function($($argument),*)
        }
    }};
}

/// A static string.
pub fn literal(text: &str) -> *mut Object {
    let mut bytes = vec![0_u64; 3 + text.len().div_ceil(8)];
    let object = bytes.as_mut_ptr();
    // SAFETY: room for the head and the bytes.
    unsafe {
        let header = Object { count: 0, kind: fuse_abi::desc::TYPE_STRING };
        object.cast::<StrObject>().write(StrObject { header, len: text.len() as u64, cap: 0 });
        object.add(3).cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len());
    }
    Box::leak(bytes.into_boxed_slice()).as_mut_ptr().cast()
}

pub fn print(context: *mut Context, text: &str) -> u64 {
    call!("print_str" as fn(*mut Context, *mut Object) -> u64, context, literal(text))
}

fn metadata(damage: &str) -> &'static Header {
    let mut header = Header {
        magic: MAGIC,
        interface: ABI_VERSION,
        header_size: HEADER_SIZE as u32,
        total_size: HEADER_SIZE as u32,
        profile: Profile::Release as u32,
        ..Header::default()
    };
    match damage {
        "magic" => header.magic[0] ^= 1,
        "version" => header.interface += 1,
        _ => {}
    }
    header.seal();
    if damage == "checksum" {
        header.header_checksum[0] ^= 1;
    }
    Box::leak(Box::new(header))
}

/// Runs `aot <program> <profile or damage> [argument ...]` or `memory <program> [argument ...]`. Arguments are written as the
/// shell would have them; `\xff` stands for a byte that is not UTF-8.
pub fn program(arguments: &[String], image: impl Fn(&str, &'static str) -> &'static Image) -> ExitCode {
    for stream in std::env::var("CLOSE").unwrap_or_default().bytes() {
        // SAFETY: takes a number; nothing of the test uses the streams after this.
        unsafe { libc::close(i32::from(stream - b'0')) };
    }
    let name = arguments[1].as_str();
    if arguments[0] == "memory" {
        return in_memory(image(name, ""), &arguments[2..]);
    }
    let mode = arguments[2].as_str();
    let info = if mode == "debug" { DEBUG } else { RELEASE };
    let words: Vec<CString> = std::iter::once("program")
        .chain(arguments[3..].iter().map(String::as_str))
        .map(|word| CString::new(bytes(word)).expect("no zero byte"))
        .collect();
    let mut argv: Vec<*const c_char> = words.iter().map(|word| word.as_ptr()).collect();
    argv.push(std::ptr::null());
    let argc = words.len() as i32;
    // SAFETY: metadata and image are consistent, or damaged on purpose.
    let status = unsafe { fuse_runtime::aot::main(metadata(mode), image(name, info), argc, argv.as_ptr()) };
    ExitCode::from(status as u8)
}

/// What `fuse run` does.
fn in_memory(image: &Image, arguments: &[String]) -> ExitCode {
    use std::os::unix::ffi::OsStringExt;
    let arguments: Vec<OsString> = arguments.iter().map(|word| OsString::from_vec(bytes(word))).collect();
    // SAFETY: the image is consistent.
    let outcome = unsafe { fuse_runtime::memory::run(image, &arguments) };
    match outcome {
        Outcome::Finished => ExitCode::SUCCESS,
        Outcome::Failed(report) if report.bound => {
            eprintln!("{}", report.envelope());
            ExitCode::from(fuse_runtime::Report::EXIT_BOUND)
        }
        Outcome::Failed(report) => {
            let place =
                report.place.map_or(String::new(), |p| format!(" ({}:{}:{})", p.file, p.line, p.column));
            eprintln!("run error: {}{place}", report.message);
            ExitCode::from(1)
        }
        other => {
            eprintln!("{other:?}");
            ExitCode::from(70)
        }
    }
}

fn bytes(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, part) in word.split("\\xff").enumerate() {
        bytes.extend((index > 0).then_some(0xff));
        bytes.extend(part.as_bytes());
    }
    bytes
}

/// How to run a program, and what is to come of it. `<pid>` and `<info>` stand for the process and its build information.
pub struct Case {
    pub run: &'static str,
    pub env: &'static [(&'static str, &'static str)],
    /// Where it runs; where the test runs if this is empty.
    pub directory: &'static str,
    pub stdin: &'static str,
    pub stdout: &'static str,
    pub stderr: &'static str,
    pub status: i32,
}

pub const BASE: Case =
    Case { run: "", env: &[], directory: "", stdin: "", stdout: "", stderr: "", status: 0 };

pub fn command(run: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(run.split(' ')).env_clear().env("CHILD", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn check(case: &Case) -> Result<(), String> {
    let mut command = command(case.run);
    command.envs(case.env.iter().copied());
    if !case.directory.is_empty() {
        command.current_dir(case.directory);
    }
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let pid = child.id().to_string();
    let mut stdin = child.stdin.take().expect("piped");
    // A program that does not read may have ended by now.
    let _ = stdin.write_all(case.stdin.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let many: String = (0..100_000).map(|number| format!("{number}\n")).collect();
    let fill = |text: &str| {
        text.replace("<pid>", &pid)
            .replace("<info>", RELEASE)
            .replace("<debug>", DEBUG)
            .replace("<many>", &many)
    };
    let got = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
        output.status.code(),
    );
    let expected = (fill(case.stdout), fill(case.stderr), Some(case.status));
    if got == expected { Ok(()) } else { Err(format!("  got      {got:?}\n  expected {expected:?}")) }
}

/// Notes results of tests and tells them.
#[derive(Default)]
pub struct Tally {
    passed: u32,
    failed: u32,
}

impl Tally {
    pub fn note(&mut self, name: &str, result: Result<(), String>) {
        match result {
            Ok(()) => self.passed += 1,
            Err(text) => {
                self.failed += 1;
                println!("test {name} ... FAILED\n{text}");
            }
        }
    }

    /// The last line, and the status.
    pub fn end(self) -> ExitCode {
        println!("{} passed, {} failed", self.passed, self.failed);
        ExitCode::from(u8::from(self.failed > 0))
    }
}
