//! Whole processes: start, streams, failures and ends, as executables have them and as `fuse run` has them.
//!
//! The test starts itself again: with arguments it is a program, whose compiled code is a Rust function below.

#[macro_use]
mod support;

use fuse_abi::desc::{Desc, Image, Kind, PREDEFINED, Position, TYPE_DYNAMIC, TYPE_INT};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, Header as Object, STATUS_FAILURE, STATUS_OK};
use std::io::Read;
use std::process::{Command, ExitCode};
use support::{BASE, Case, Entry, Tally, check, command, literal, print, program};

const LIST_INT: u32 = PREDEFINED;

// ---- The program ---------------------------------------------------------------------------------------------------

fn fail(context: *mut Context, failure: Failure) -> u64 {
    // SAFETY: the context of the running program.
    unsafe {
        (*context).failure = failure as u32;
        (*context).position = 1;
    }
    u64::from(STATUS_FAILURE)
}

extern "C" fn hello(context: *mut Context) -> u64 {
    print(context, "ready")
}

extern "C" fn nothing(_: *mut Context) -> u64 {
    u64::from(STATUS_OK)
}

extern "C" fn index(context: *mut Context) -> u64 {
    print(context, "before");
    fail(context, Failure::IndexOutOfBounds)
}

extern "C" fn lines(context: *mut Context) -> u64 {
    let text = literal("first\nsecond\rthird");
    let status = call!("assert_failed" as fn(*mut Context, *mut Object) -> u64, context, text);
    // SAFETY: the context of the running program.
    unsafe { (*context).position = 1 };
    status
}

extern "C" fn stack(context: *mut Context) -> u64 {
    #[inline(never)]
    fn deeper(n: u64) -> u64 {
        if std::hint::black_box(n) == u64::MAX { n } else { std::hint::black_box(deeper(n + 1) + 1) }
    }
    print(context, "before");
    deeper(0)
}

extern "C" fn memory(context: *mut Context) -> u64 {
    print(context, "before");
    call!("list_new" as fn(u32, i64) -> *mut Object, LIST_INT, 1 << 59);
    u64::from(STATUS_OK)
}

/// A list that grows until there is no more memory.
extern "C" fn grow(_: *mut Context) -> u64 {
    let mut list = call!("list_empty" as fn(u32, i64) -> *mut Object, LIST_INT, 1 << 20);
    loop {
        let other = call!("list_new" as fn(u32, i64) -> *mut Object, LIST_INT, 1 << 22);
        list = call!("list_concat" as fn(*mut Object, *mut Object) -> *mut Object, list, other);
        call!("release_shared" as fn(*mut Object) -> (), other);
    }
}

/// Small strings until there is no more memory, not even for a report.
extern "C" fn small(_: *mut Context) -> u64 {
    loop {
        call!("str_new" as fn(i64) -> *mut Object, 100);
    }
}

extern "C" fn crash(context: *mut Context) -> u64 {
    print(context, "before");
    // SAFETY: meant to fault.
    unsafe { std::ptr::without_provenance::<u64>(std::hint::black_box(16)).read_volatile() }
}

extern "C" fn many(context: *mut Context) -> u64 {
    for number in 0..100_000 {
        call!("print_int" as fn(*mut Context, i64) -> u64, context, number);
    }
    u64::from(STATUS_OK)
}

extern "C" fn order(context: *mut Context) -> u64 {
    print(context, "one");
    let log = |level: &str, message: &str| {
        call!(
            "log_text" as fn(*mut Context, *mut Object, *mut Object) -> u64,
            context,
            literal(level),
            literal(message)
        )
    };
    log("", "two");
    print(context, "three");
    log("debug", "hidden");
    log("Warning", "four\nfive");
    u64::from(STATUS_OK)
}

#[repr(C)]
struct Text {
    object: *mut Object,
    status: u64,
}

extern "C" fn echo(context: *mut Context) -> u64 {
    loop {
        let line = call!("input" as fn(*mut Context, *mut Object) -> Text, context, literal("> "));
        if line.status != u64::from(STATUS_OK) {
            return line.status;
        }
        call!("print_str" as fn(*mut Context, *mut Object) -> u64, context, line.object);
        call!("drop_object" as fn(*mut Object) -> (), line.object);
    }
}

/// Opens a file, which must not get the number of a stream.
extern "C" fn opens(context: *mut Context) -> u64 {
    // SAFETY: a path that ends with a zero byte.
    let file = unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY) };
    if file > 2 { print(context, "ready") } else { fail(context, Failure::Message) }
}

extern "C" fn twice(_: *mut Context) -> u64 {
    let text = call!("str_new" as fn(i64) -> *mut Object, 100);
    call!("drop_object" as fn(*mut Object) -> (), text);
    call!("drop_object" as fn(*mut Object) -> (), text);
    u64::from(STATUS_OK)
}

extern "C" fn leak(_: *mut Context) -> u64 {
    call!("str_new" as fn(i64) -> *mut Object, 100);
    u64::from(STATUS_OK)
}

const PROGRAMS: &[(&str, Entry)] = &[
    ("hello", hello),
    ("nothing", nothing),
    ("index", index),
    ("lines", lines),
    ("stack", stack),
    ("memory", memory),
    ("grow", grow),
    ("small", small),
    ("crash", crash),
    ("many", many),
    ("order", order),
    ("echo", echo),
    ("opens", opens),
    ("twice", twice),
    ("leak", leak),
];

fn desc(kind: Kind, size: u32, inner: u32) -> Desc {
    Desc { kind: kind as u32, size, align: 8, inner, ..Desc::default() }
}

fn image(entry: Entry, info: &'static str) -> &'static Image {
    let types = Box::leak(Box::new([
        desc(Kind::Unit, 0, 0),
        desc(Kind::Int, 8, 0),
        desc(Kind::Float, 8, 0),
        desc(Kind::Bool, 1, 0),
        desc(Kind::String, 8, 0),
        desc(Kind::Bytes, 8, 0),
        desc(Kind::StdError, 8, 0),
        desc(Kind::Dynamic, 16, 0),
        desc(Kind::List, 8, TYPE_DYNAMIC),
        desc(Kind::Map, 8, TYPE_DYNAMIC),
        desc(Kind::String, 8, 0),
        desc(Kind::String, 8, 0),
        desc(Kind::List, 8, TYPE_INT),
    ]));
    let names = "src/main.fuse";
    let positions =
        Box::leak(Box::new([Position { file: 0, file_len: names.len() as u32, line: 3, column: 14 }]));
    Box::leak(Box::new(Image {
        types: types.as_ptr(),
        types_len: types.len(),
        names: names.as_ptr(),
        names_len: names.len(),
        positions: positions.as_ptr(),
        positions_len: 1,
        entry: entry as *const u8,
        build_info: info.as_ptr(),
        build_info_len: info.len(),
        ..Image::EMPTY
    }))
}

// ---- The tests -----------------------------------------------------------------------------------------------------

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case { run: "aot hello release", stdout: "ready\n", ..BASE },
        Case { run: "memory hello", stdout: "ready\n", ..BASE },
        Case { run: "aot nothing release", ..BASE },
        // Build information comes first, whatever else is wrong; only `1` asks for it.
        Case { run: "aot index magic --x", env: &[("FUSE_AOT_BUILD_INFO", "1"), ("FUSE_AOT_STARTUP_TRACE", "1")], stdout: "<info>\n", ..BASE },
        Case { run: "aot hello release", env: &[("FUSE_AOT_BUILD_INFO", "true")], stdout: "ready\n", ..BASE },
        Case { run: "aot hello release", env: &[("FUSE_AOT_BUILD_INFO", ""), ("FUSE_AOT_STARTUP_TRACE", "0")], stdout: "ready\n", ..BASE },
        Case { run: "aot hello release", env: &[("FUSE_AOT_STARTUP_TRACE", "1")], stdout: "ready\n", stderr: "startup: pid=<pid> <info>\n", ..BASE },
        // Failures.
        Case { run: "aot index release", stdout: "before\n", stderr: "fatal: class=runtime_fatal pid=<pid> message=index out of bounds (src/main.fuse:3:14) <info>\n", status: 1, ..BASE },
        Case { run: "memory index", stdout: "before\n", stderr: "run error: index out of bounds (src/main.fuse:3:14)\n", status: 1, ..BASE },
        Case { run: "aot lines release", stderr: "fatal: class=runtime_fatal pid=<pid> message=assert failed: first\\nsecond\\rthird (src/main.fuse:3:14) <info>\n", status: 1, ..BASE },
        Case { run: "memory lines", stderr: "run error: assert failed: first\nsecond\rthird (src/main.fuse:3:14)\n", status: 1, ..BASE },
        Case { run: "aot stack release", stdout: "before\n", stderr: "fatal: class=runtime_fatal pid=<pid> message=stack overflow <info>\n", status: 1, ..BASE },
        Case { run: "memory stack", stdout: "before\n", stderr: "run error: stack overflow\n", status: 1, ..BASE },
        Case { run: "aot memory release", stdout: "before\n", stderr: "fatal: class=runtime_fatal pid=<pid> message=out of memory <info>\n", status: 1, ..BASE },
        Case { run: "memory memory", stdout: "before\n", stderr: "run error: out of memory\n", status: 1, ..BASE },
        Case { run: "aot crash release", stdout: "before\n", stderr: "fatal: class=internal_error pid=<pid> message=invalid memory access in compiled code <info>\n", status: 70, ..BASE },
        Case { run: "memory crash", stdout: "before\n", stderr: "Broken(\"invalid memory access in compiled code\")\n", status: 70, ..BASE },
        // The position comes before the envelope only in the debug profile.
        Case { run: "aot index debug", env: &[("FUSE_AOT_BACKTRACE", "1")], stdout: "before\n", stderr: "  at src/main.fuse:3:14\nfatal: class=runtime_fatal pid=<pid> message=index out of bounds (src/main.fuse:3:14) <debug>\n", status: 1, ..BASE },
        Case { run: "aot index release", env: &[("FUSE_AOT_BACKTRACE", "1")], stdout: "before\n", stderr: "fatal: class=runtime_fatal pid=<pid> message=index out of bounds (src/main.fuse:3:14) <info>\n", status: 1, ..BASE },
        // Arguments are never ignored; a damaged header is noticed.
        Case { run: "aot hello release --", stdout: "ready\n", ..BASE },
        Case { run: "aot hello release -- --", stderr: "fatal: class=runtime_fatal pid=<pid> message=no root fn main found for CLI binding <info>\n", status: 1, ..BASE },
        Case { run: "memory hello --x=1", stderr: "run error: no root fn main found for CLI binding\n", status: 1, ..BASE },
        Case { run: "aot hello release --x=1", stderr: "fatal: class=runtime_fatal pid=<pid> message=no root fn main found for CLI binding <info>\n", status: 1, ..BASE },
        Case { run: "aot hello magic", stderr: "fatal: class=internal_error pid=<pid> message=metadata header has a wrong magic <info>\n", status: 70, ..BASE },
        Case { run: "aot hello version", stderr: "fatal: class=internal_error pid=<pid> message=metadata header has another interface version <info>\n", status: 70, ..BASE },
        Case { run: "aot hello checksum", stderr: "fatal: class=internal_error pid=<pid> message=metadata header has a wrong checksum <info>\n", status: 70, ..BASE },
        // Console.
        Case { run: "aot order release", stdout: "one\nthree\n", stderr: "[INFO] two\n[WARN] four\\nfive\n", ..BASE },
        Case { run: "aot order release", env: &[("FUSE_LOG", "debug"), ("FUSE_COLOR", "always")], stdout: "one\nthree\n", stderr: "[\u{1b}[32mINFO\u{1b}[0m] two\n[\u{1b}[36mDEBUG\u{1b}[0m] hidden\n[\u{1b}[33;1mWARN\u{1b}[0m] four\\nfive\n", ..BASE },
        Case { run: "aot order release", env: &[("FUSE_LOG", "error"), ("FUSE_COLOR_FORCE_TTY", "1")], stdout: "one\nthree\n", ..BASE },
        Case { run: "memory echo", stdin: "a\nb\r\n\nlast", stdout: "> a\n> b\n> \n> last\n> ", stderr: "run error: input requires stdin data in non-interactive mode\n", status: 1, ..BASE },
        Case { run: "memory many", stdout: "<many>", ..BASE },
    ];
    if fuse_runtime::memory::counts_objects() {
        cases.push(Case { run: "aot twice release", stderr: "fatal: class=internal_error pid=<pid> message=an object was used after its release <info>\n", status: 70, ..BASE });
        cases.push(Case { run: "memory twice", stderr: "Broken(\"an object was used after its release\")\n", status: 70, ..BASE });
    }
    if cfg!(feature = "test-edition") {
        for (fault, message, status) in [
            ("panic_static_str", "class=panic pid=<pid> message=panic_kind=panic_static_str injected fault", 101),
            ("panic_string", "class=panic pid=<pid> message=panic_kind=panic_string injected fault", 101),
            ("panic_non_string", "class=panic pid=<pid> message=panic_kind=panic_non_string", 101),
            ("illegal", "class=internal_error pid=<pid> message=illegal instruction in compiled code", 70),
            ("null", "class=internal_error pid=<pid> message=invalid memory access in compiled code", 70),
            ("oom", "class=runtime_fatal pid=<pid> message=out of memory", 1),
        ] {
            let env = Box::leak(Box::new([("FUSE_AOT_TEST_FAULT", fault)]));
            let stderr = format!("fatal: {message} <info>\n").leak();
            cases.push(Case { run: "aot hello release", env, stderr, status, ..BASE });
        }
        cases.push(Case { run: "aot leak release", env: &[("FUSE_AOT_TEST_LEAKS", "1")], stderr: "leaks: 1\n", status: 97, ..BASE });
        cases.push(Case { run: "aot hello release", env: &[("FUSE_AOT_TEST_LEAKS", "1")], stdout: "ready\n", ..BASE });
    } else {
        cases.push(Case { run: "aot hello release", env: &[("FUSE_AOT_TEST_FAULT", "oom"), ("FUSE_AOT_TEST_LEAKS", "1")], stdout: "ready\n", ..BASE });
    }
    cases
}

/// A reader that goes away after the first line does not end the program, and nothing is said about it.
fn closed_reader() -> Result<(), String> {
    let mut child = command("aot many release").spawn().map_err(|error| error.to_string())?;
    let mut first = [0; 2];
    child.stdout.take().expect("piped").read_exact(&mut first).map_err(|error| error.to_string())?;
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if output.status.code() == Some(0) && output.stderr.is_empty() && &first == b"0\n" {
        Ok(())
    } else {
        Err(format!("{output:?}"))
    }
}

/// Memory that runs out under a limit is a failure, not a signal.
fn limited_memory() -> Result<(), String> {
    for (run, needle) in
        [("aot grow release", "message=out of memory"), ("memory grow", "run error: out of memory")]
    {
        let test = std::env::current_exe().expect("this test");
        let script = format!("ulimit -v 200000 && exec {} {run}", test.display());
        let output = Command::new("sh")
            .args(["-c", &script])
            .env("CHILD", "1")
            .output()
            .map_err(|error| error.to_string())?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if output.status.code() != Some(1) || !stderr.contains(needle) || stderr.lines().count() != 1 {
            return Err(format!("{run}: {output:?}"));
        }
    }
    Ok(())
}

/// Streams that are closed at the start stay harmless. (The test's own start has opened them; it closes them again.)
fn closed_streams() -> Result<(), String> {
    for closed in ["0", "1", "2", "012"] {
        let output =
            command("aot opens release").env("CLOSE", closed).output().map_err(|error| error.to_string())?;
        let stdout: &[u8] = if closed.contains('1') { b"" } else { b"ready\n" };
        if output.status.code() != Some(0) || output.stdout != stdout || !output.stderr.is_empty() {
            return Err(format!("{closed}: {output:?}"));
        }
    }
    Ok(())
}

/// What a program changes of signals and panics is as before when it has ended in memory.
fn state_is_restored() -> Result<(), String> {
    for (name, entry) in PROGRAMS.iter().filter(|row| ["hello", "stack", "crash", "memory"].contains(&row.0))
    {
        // SAFETY: plain data, filled by the C library.
        let action = || unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            libc::sigaction(libc::SIGSEGV, std::ptr::null(), &raw mut action);
            let mut stack: libc::stack_t = std::mem::zeroed();
            libc::sigaltstack(std::ptr::null(), &raw mut stack);
            (action.sa_sigaction, action.sa_flags, stack.ss_sp)
        };
        let before = action();
        // SAFETY: the image is consistent.
        let first = unsafe { fuse_runtime::memory::run(image(*entry, ""), &[]) };
        // SAFETY: as above.
        let second = unsafe { fuse_runtime::memory::run(image(*entry, ""), &[]) };
        if first != second || action() != before {
            return Err(format!("{name}: {first:?} {second:?}"));
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if std::env::var_os("CHILD").is_some() {
        return program(&arguments, |name, info| {
            image(PROGRAMS.iter().find(|row| row.0 == name).expect("a program").1, info)
        });
    }
    let mut tally = Tally::default();
    for case in cases() {
        tally.note(&format!("{} {:?}", case.run, case.env), check(&case));
    }
    tally.note("closed reader", closed_reader());
    tally.note("limited memory", limited_memory());
    tally.note("closed streams", closed_streams());
    tally.note("state is restored", state_is_restored());
    tally.end()
}
