//! What happens before a program's own code: configuration and command line, from the environment, files and words to
//! values, messages and exit statuses, in executables and in memory.
//!
//! The test starts itself again: with arguments it is a program, whose compiled code is a Rust function below.

#[macro_use]
mod support;

use fuse_abi::desc::{Image, TYPE_INT, TYPE_STRING};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, Header as Object, STATUS_FAILURE, STATUS_OK};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicPtr, Ordering};
use support::tables::{
    CITY, EVEN_INT, OPTION_BOOL, OPTION_STRING, PARAMETERS, PORT, RESULT, Row, Tables, VALIDATION,
};
use support::{BASE, Case, Entry, Tally, check, literal, print, program};

const OK: u64 = STATUS_OK as u64;

// ---- The program ---------------------------------------------------------------------------------------------------

const MAIN: &[Row] = &[
    ("city", CITY, 0),
    ("port", PORT, PORT_OF_CITY),
    ("verbose", fuse_abi::desc::TYPE_BOOL, FALSE),
    ("dry_run", OPTION_BOOL, 0),
    ("note", OPTION_STRING, 0),
    ("even", EVEN_INT, FOUR),
];

const DESK: &[(Row, &str)] = &[
    (("port", PORT, PICK_PORT), "DESK_PORT"),
    (("motto", TYPE_STRING, STEADY), "DESK_MOTTO"),
    (("label", OPTION_STRING, NULL), "DESK_LABEL"),
    (("even", EVEN_INT, FOUR), "DESK_EVEN"),
];

const MAIL_GATE: &[(Row, &str)] = &[
    (("retry_after", TYPE_INT, HALF_OF_PORT), "MAIL_GATE_RETRY_AFTER"),
    (("outcome", RESULT, NULL), "MAIL_GATE_OUTCOME"),
];

// Numbers of calls plus one, as fields have them; the predicate is number 1.
const PORT_OF_CITY: u32 = 1;
const FALSE: u32 = 3;
const FOUR: u32 = 4;
const PICK_PORT: u32 = 5;
const STEADY: u32 = 6;
const NULL: u32 = 7;
const HALF_OF_PORT: u32 = 8;
const FAILING: u32 = 9;
const NOT_ACCEPTED: u32 = 10;

extern "C" fn call(context: *mut Context, number: u64, input: *const u8, out: *mut u8) -> u64 {
    match number as u32 + 1 {
        // The length of the city's name.
        PORT_OF_CITY => int(out, 1000 + read(address(input.wrapping_add(8)).wrapping_add(8))),
        2 => match read(input) {
            13 => return fail(context),
            value => put(out, u8::from(value % 2 == 0)),
        },
        FALSE => put(out, 0_u8),
        FOUR => int(out, 4),
        PICK_PORT => {
            let (level, message) = (literal("info"), literal("port default used"));
            call!("log_text" as fn(*mut Context, *mut Object, *mut Object) -> u64, context, level, message);
            int(out, 43117);
        }
        STEADY => put(out, owned("steady")),
        NULL => int(out, 0),
        HALF_OF_PORT => {
            let port = config(0, 0);
            if read(port.wrapping_sub(8)) == 0 {
                return unresolved(context, "Desk.port");
            }
            int(out, read(port) / 2);
        }
        FAILING => return fail(context),
        NOT_ACCEPTED => int(out, 7),
        _ => unreachable!("no such call"),
    }
    OK
}

fn read(at: *const u8) -> i64 {
    // SAFETY: callers pass the address of an Int.
    unsafe { at.cast::<i64>().read() }
}

fn address(at: *const u8) -> *const u8 {
    // SAFETY: callers pass where the address of an object stands.
    unsafe { at.cast::<*const u8>().read() }
}

fn put<T>(out: *mut u8, value: T) {
    // SAFETY: callers pass room for such a value.
    unsafe { out.cast::<T>().write(value) };
}

fn int(out: *mut u8, value: i64) {
    put(out, value);
}

fn fail(context: *mut Context) -> u64 {
    // SAFETY: the context of the running program.
    unsafe {
        (*context).failure = Failure::IndexOutOfBounds as u32;
        (*context).position = 0;
    }
    u64::from(STATUS_FAILURE)
}

fn unresolved(context: *mut Context, field: &str) -> u64 {
    call!("config_unresolved" as fn(*mut Context, *mut Object) -> u64, context, literal(field))
}

/// A string that is counted.
fn owned(text: &str) -> *mut Object {
    let empty = call!("str_new" as fn(i64) -> *mut Object, 0);
    call!("str_concat" as fn(*mut Object, *mut Object) -> *mut Object, empty, literal(text))
}

static BLOCK: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());

/// Where a config field's value stands.
fn config(config: usize, field: usize) -> *mut u8 {
    let before = if config == 0 { 0 } else { DESK.len() };
    // Each field takes a word for the flag and one for the value, the result two.
    BLOCK.load(Ordering::Relaxed).wrapping_add(16 * (before + field) + 8)
}

/// Prints a value under a name.
fn show(context: *mut Context, name: &str, ty: u32, value: *mut u8) -> u64 {
    let text = owned(&format!("{name}="));
    #[repr(C)]
    struct Text(*mut Object, u64);
    let text = call!(
        "str_push_value" as fn(*mut Context, *mut Object, u32, *mut u8) -> Text,
        context,
        text,
        ty,
        value
    );
    assert_eq!(text.1, OK);
    let status = call!("print_str" as fn(*mut Context, *mut Object) -> u64, context, text.0);
    call!("drop_object" as fn(*mut Object) -> (), text.0);
    status
}

fn resolve(context: *mut Context) -> u64 {
    call!("config_resolve" as fn(*mut Context) -> u64, context)
}

extern "C" fn app(context: *mut Context) -> u64 {
    let status = resolve(context);
    if status == OK && !BLOCK.load(Ordering::Relaxed).is_null() {
        for (number, fields) in [DESK, MAIL_GATE].into_iter().enumerate() {
            for (at, &((name, ty, _), _)) in
                fields.iter().enumerate().filter(|(_, field)| field.0.1 != RESULT)
            {
                show(context, name, ty, config(number, at));
            }
        }
    }
    status
}

/// Binds the parameters, and goes on with their struct.
fn bound(context: *mut Context, body: impl FnOnce(*mut u8) -> u64) -> u64 {
    let status = resolve(context);
    if status != OK {
        return status;
    }
    #[repr(C)]
    struct Bound(*mut Object, u64);
    let bound = call!("cli_bind" as fn(*mut Context, u32) -> Bound, context, PARAMETERS);
    if bound.1 != OK {
        assert!(bound.0.is_null());
        return bound.1;
    }
    let status = body(bound.0.cast());
    call!("drop_object" as fn(*mut Object) -> (), bound.0);
    status
}

extern "C" fn main_prints(context: *mut Context) -> u64 {
    bound(context, |parameters| {
        for (at, &(name, ty, _)) in MAIN.iter().enumerate() {
            show(context, name, ty, parameters.wrapping_add(8 + 8 * at));
        }
        OK
    })
}

extern "C" fn main_fails(context: *mut Context) -> u64 {
    bound(context, |_| {
        print(context, "bound");
        fail(context)
    })
}

extern "C" fn main_overflows(context: *mut Context) -> u64 {
    #[inline(never)]
    fn deeper(n: u64) -> u64 {
        if std::hint::black_box(n) == u64::MAX { n } else { std::hint::black_box(deeper(n + 1) + 1) }
    }
    bound(context, |_| deeper(0))
}

fn end_with(context: *mut Context, ty: u32, mut object: *mut Object) -> u64 {
    let value = (&raw mut object).cast();
    let status = call!("end_with_error" as fn(*mut Context, u32, *mut u8) -> u64, context, ty, value);
    call!("drop_object" as fn(*mut Object) -> (), object);
    status
}

extern "C" fn main_returns_text(context: *mut Context) -> u64 {
    bound(context, |_| end_with(context, TYPE_STRING, owned("no \"way\"")))
}

extern "C" fn main_returns_long_text(context: *mut Context) -> u64 {
    bound(context, |_| end_with(context, TYPE_STRING, owned(&"\"é".repeat(50_000))))
}

extern "C" fn main_returns_error(context: *mut Context) -> u64 {
    bound(context, |_| {
        let error = call!("node_new" as fn(u32, i64) -> *mut Object, VALIDATION, 24);
        let entries = call!("list_empty" as fn(u32, i64) -> *mut Object, support::tables::ENTRIES, 0);
        // SAFETY: the node has two fields.
        unsafe {
            let fields = error.cast::<*mut Object>();
            fields.add(1).write(owned("bad"));
            fields.add(2).write(entries);
        }
        end_with(context, VALIDATION, error)
    })
}

const MAINS: &[(&str, Entry)] = &[
    ("prints", main_prints),
    ("fails", main_fails),
    ("overflows", main_overflows),
    ("text", main_returns_text),
    ("long", main_returns_long_text),
    ("error", main_returns_error),
];

/// The image of a program: the name says which `main`, or what is wrong with the configs.
fn image(name: &str, info: &'static str) -> &'static Image {
    let mut desk = DESK.to_vec();
    match name {
        "failing" => desk[1].0.2 = FAILING,
        "not_accepted" => desk[3].0.2 = NOT_ACCEPTED,
        "unresolved" => desk[0].0.2 = HALF_OF_PORT,
        _ => {}
    }
    let main = MAINS.iter().find(|row| row.0 == name).map_or(main_prints as Entry, |row| row.1);
    let tables = Tables::new(MAIN);
    let tables =
        if name == "plain" { tables } else { tables.config("Desk", &desk).config("MailGate", MAIL_GATE) };
    let image = tables.image(call);
    BLOCK.store(image.config_block, Ordering::Relaxed);
    Box::leak(Box::new(Image {
        entry: app as Entry as *const u8,
        main: main as *const u8,
        build_info: info.as_ptr(),
        build_info_len: info.len(),
        ..image
    }))
}

// ---- The tests -----------------------------------------------------------------------------------------------------

/// Runs of a program, in an executable and in memory, with the same result; `{}` in `stderr` stands for a failure's text.
struct Run {
    /// Program and arguments.
    run: &'static str,
    env: &'static [(&'static str, &'static str)],
    stdout: &'static str,
    /// Lines before the failure.
    hints: &'static str,
    /// The failure's text; empty if there is none.
    failure: String,
    status: i32,
}

fn envelope(entries: &[(&str, &str, &str)]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(path, code, message)| format!(r#"{{"code":"{code}","message":"{message}","path":"{path}"}}"#))
        .collect();
    format!(
        r#"{{"error":{{"code":"validation_error","fields":[{}],"message":"validation failed"}}}}"#,
        entries.join(",")
    )
}

impl Run {
    fn of(run: &'static str) -> Run {
        Run { run, env: &[], stdout: "", hints: "", failure: String::new(), status: 0 }
    }

    fn env(self, env: &'static [(&'static str, &'static str)]) -> Run {
        Run { env, ..self }
    }

    fn stdout(self, stdout: &'static str) -> Run {
        Run { stdout, ..self }
    }

    fn hints(self, hints: &'static str) -> Run {
        Run { hints, ..self }
    }

    /// The program fails with this text.
    fn fails(self, failure: &str) -> Run {
        Run { failure: failure.to_owned(), status: 1, ..self }
    }

    /// The configuration is refused.
    fn refused(self, entries: &[(&str, &str, &str)]) -> Run {
        self.fails(&envelope(entries))
    }

    /// The arguments are refused, or the bound call fails.
    fn unbound(self, entries: &[(&str, &str, &str)]) -> Run {
        Run { failure: envelope(entries), status: 2, ..self }
    }

    /// The bound call ends with an error value that has this JSON.
    fn unbound_by(self, line: &str) -> Run {
        Run { failure: line.to_owned(), status: 2, ..self }
    }

    /// Both ways of running, in this directory.
    fn cases(&self, directory: &'static str) -> [Case; 2] {
        let (name, arguments) = self.run.split_once(' ').unwrap_or((self.run, ""));
        let arguments = if arguments.is_empty() { String::new() } else { format!(" {arguments}") };
        let hints = self.hints;
        let tell = |before: &str, after: &str| match self.status {
            0 => hints.to_owned(),
            2 => format!("{hints}{}\n", self.failure),
            _ => format!("{hints}{before}{}{after}\n", self.failure),
        };
        let case = |run: String, stderr: String| Case {
            run: run.leak(),
            env: self.env,
            directory,
            stdout: self.stdout,
            stderr: stderr.leak(),
            status: self.status,
            ..BASE
        };
        [
            case(
                format!("aot {name} release{arguments}"),
                tell("fatal: class=runtime_fatal pid=<pid> message=", " <info>"),
            ),
            case(format!("memory {name}{arguments}"), tell("run error: ", "")),
        ]
    }
}

const LOGGED: &str = "[INFO] port default used\n";
const DEFAULTS: &str = "port=43117\nmotto=steady\nlabel=null\neven=4\nretry_after=21558\n";

/// The environment over the file over the defaults.
fn sources() -> Vec<Run> {
    vec![
        Run::of("app").hints(LOGGED).stdout(DEFAULTS),
        Run::of("app")
            .env(&[
                ("DESK_PORT", " 80 "),
                ("DESK_MOTTO", ""),
                ("DESK_LABEL", "NULL"),
                ("MAIL_GATE_RETRY_AFTER", "+7"),
            ])
            .stdout("port=80\nmotto=\nlabel=null\neven=4\nretry_after=7\n"),
        Run::of("app")
            .env(&[("FUSE_CONFIG", "full.toml")])
            .stdout("port=90\nmotto=a # b\nlabel=x\neven=6\nretry_after=45\n"),
        Run::of("app")
            .env(&[("FUSE_CONFIG", "full.toml"), ("DESK_PORT", "91"), ("DESK_LABEL", "")])
            .stdout("port=91\nmotto=a # b\nlabel=null\neven=6\nretry_after=45\n"),
        // Set, if only to nothing: the file does not count.
        Run::of("app").env(&[("FUSE_CONFIG", "full.toml"), ("DESK_PORT", "")]).refused(&[(
            "Desk.port",
            "invalid_value",
            "invalid Int: ",
        )]),
    ]
}

/// What the file can be.
fn files() -> Vec<Run> {
    let unread = |path: &'static [(&str, &str)], reason: &str| {
        Run::of("app").env(path).fails(&format!("failed to read config file: {reason}"))
    };
    vec![
        // Without configs it is not looked at.
        Run::of("plain").env(&[("FUSE_CONFIG", "bad.toml")]),
        Run::of("app")
            .env(&[("FUSE_CONFIG", "missing.toml"), ("DESK_PORT", "1")])
            .hints("config hint: config file missing.toml not found\n")
            .stdout("port=1\nmotto=steady\nlabel=null\neven=4\nretry_after=0\n"),
        Run::of("app")
            .env(&[("FUSE_CONFIG", ""), ("DESK_PORT", "1")])
            .stdout("port=1\nmotto=steady\nlabel=null\neven=4\nretry_after=0\n"),
        Run::of("app")
            .env(&[("FUSE_CONFIG", "bad.toml")])
            .fails("invalid config file bad.toml:3: unterminated quote"),
        unread(&[("FUSE_CONFIG", "latin.toml")], "the file is not valid UTF-8"),
        unread(&[("FUSE_CONFIG", ".")], "Is a directory"),
        unread(&[("FUSE_CONFIG", "/dev/zero")], "the file is larger than 16 MiB"),
        Run::of("app")
            .env(&[("FUSE_CONFIG", "keys.toml"), ("DESK_PORT", "1")])
            .hints("config hint: key prot in [Desk] is ignored\nconfig hint: key Port in [Desk] is ignored\n")
            .stdout("port=1\nmotto=steady\nlabel=null\neven=4\nretry_after=5\n"),
    ]
}

/// What is refused, and what hints at it.
fn invalid_configuration() -> Vec<Run> {
    vec![
        Run::of("app")
            .env(&[
                ("MAIL_GATE_OUTCOME", "1"),
                ("MAIL_GATE_RETRY_AFTER", "soon"),
                ("DESK_EVEN", "3"),
                ("DESK_PORT", "70000"),
            ])
            .refused(&[
                ("Desk.port", "invalid_value", "value 70000 out of range 1..65535"),
                ("Desk.even", "invalid_value", "predicate even rejected value"),
                ("MailGate.retry_after", "invalid_value", "invalid Int: soon"),
                ("MailGate.outcome", "invalid_value", "Result is not supported for config env overrides"),
            ]),
        // What a predicate fails with takes the place of what was collected.
        Run::of("app").env(&[("DESK_PORT", "0"), ("DESK_EVEN", "13")]).fails("index out of bounds"),
        Run::of("failing").env(&[("DESK_PORT", "1")]).fails("index out of bounds"),
        Run::of("not_accepted")
            .env(&[("DESK_PORT", "1")])
            .refused(&[("Desk.even", "invalid_value", "predicate even rejected value")]),
        Run::of("unresolved").fails("config field Desk.port is not resolved yet"),
        // With arguments, too; they are not looked at then.
        Run::of("prints word").env(&[("DESK_PORT", "x")]).refused(&[("Desk.port", "invalid_value", "invalid Int: x")]),
        Run::of("app")
            .env(&[
                ("DESK_PORT", "1"),
                ("DESK_PO_RT", "2"),
                ("DESK_motto", "x"),
                ("DESK__MOTTO_", "x"),
                ("desk_motto", "x"),
                ("DESK_OTHER", "x"),
                ("MAIL_GATERETRY_AFTER", "1"),
                ("MAIL_GATE_RETRYAFTER", "1"),
            ])
            .hints(
                "config hint: env var DESK_PO_RT is ignored; did you mean DESK_PORT for Desk.port?\n\
                 config hint: env var DESK__MOTTO_ is ignored; did you mean DESK_MOTTO for Desk.motto?\n\
                 config hint: env var DESK_motto is ignored; did you mean DESK_MOTTO for Desk.motto?\n\
                 config hint: env var MAIL_GATE_RETRYAFTER is ignored; did you mean MAIL_GATE_RETRY_AFTER for \
                 MailGate.retry_after?\n",
            )
            .stdout("port=1\nmotto=steady\nlabel=null\neven=4\nretry_after=0\n"),
    ]
}

const PORT_SET: &[(&str, &str)] = &[("DESK_PORT", "1")];

/// Arguments that are bound, or not.
fn binding() -> Vec<Run> {
    let run = |words| Run::of(words).env(PORT_SET);
    vec![
        run("prints --city=Kiel")
            .stdout("city=Kiel\nport=1004\nverbose=false\ndry_run=null\nnote=null\neven=4\n"),
        run("prints --city Oslo --port 80 --verbose --no-dry-run --note= --even -2")
            .stdout("city=Oslo\nport=80\nverbose=true\ndry_run=false\nnote=null\neven=-2\n"),
        run("prints --dry_run=TRUE --note=a=b --verbose false --city=Rome")
            .stdout("city=Rome\nport=1004\nverbose=false\ndry_run=true\nnote=a=b\neven=4\n"),
        // Everything wrong is told: unknown flags first, then the parameters in their order.
        run("prints --port=x --bogus --verbose=1 --no-no-such --even=3 --note").unbound(&[
            ("bogus", "unknown_flag", "unknown flag"),
            ("no-no-such", "unknown_flag", "unknown flag"),
            ("city", "missing_field", "missing flag"),
            ("port", "invalid_value", "invalid Int: x"),
            ("verbose", "invalid_value", "invalid Bool: 1"),
            ("note", "invalid_type", "expected Bool flag"),
            ("even", "invalid_value", "predicate even rejected value"),
        ]),
        run("prints --city=Kiel --city=Kiel --verbose --no-verbose --port=1 --port=x").unbound(&[
            ("city", "invalid_type", "multiple values not supported"),
            ("port", "invalid_type", "multiple values not supported"),
            ("verbose", "invalid_type", "multiple values not supported"),
        ]),
        run("prints --city=Kiel --bogus word word").unbound(&[(
            "$",
            "invalid_args",
            "unexpected argument: word",
        )]),
        run("prints word").unbound(&[("$", "invalid_args", "unexpected argument: word")]),
        run("prints --city=K --no-city").unbound(&[(
            "city",
            "invalid_type",
            "multiple values not supported",
        )]),
        run("prints --no-city").unbound(&[("city", "invalid_type", "expected Bool flag")]),
        run("prints --city=\\xff --note \\xff").unbound(&[
            ("city", "invalid_value", "argument is not valid UTF-8"),
            ("note", "invalid_value", "argument is not valid UTF-8"),
        ]),
        run("prints a\\xff").unbound(&[("$", "invalid_args", "unexpected argument: a\u{fffd}")]),
        run("prints --a\\xff").unbound(&[
            ("a\u{fffd}", "unknown_flag", "unknown flag"),
            ("city", "missing_field", "missing flag"),
        ]),
        // A failing predicate ends the binding at once.
        run("prints --port=x --even=13").unbound(&[("$", "runtime_index_bounds", "index out of bounds")]),
    ]
}

/// How a bound call ends.
fn ends() -> Vec<Run> {
    let run = |words| Run::of(words).env(PORT_SET);
    vec![
        run("fails --city=Kiel").stdout("bound\n").unbound(&[(
            "$",
            "runtime_index_bounds",
            "index out of bounds",
        )]),
        run("overflows --city=Kiel").unbound(&[("$", "runtime_error", "stack overflow")]),
        run("text --city=Kiel").unbound(&[("$", "runtime_error", "no \\\"way\\\"")]),
        run("long --city=Kiel").unbound(&[("$", "runtime_error", &"\\\"é".repeat(50_000))]),
        run("error --city=Kiel")
            .unbound_by(r#"{"error":{"code":"validation_error","fields":[],"message":"bad"}}"#),
    ]
}

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
    let files: [(&str, &[u8]); 4] = [
        (
            "full.toml",
            b"# all\r\n[Desk]\r\nport = 90\r\nmotto = \"a # b\"\r\nlabel = 'x'\r\neven=6 # six\r\n[Other]\r\nport = 1",
        ),
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
        return program(&arguments, image);
    }
    let directory = std::env::temp_dir().join(format!("fuse-entry-{}", std::process::id()));
    let mut tally = Tally::default();
    tally.note("files", write_files(&directory).map_err(|error| error.to_string()));
    let place: &'static str = directory.to_string_lossy().into_owned().leak();
    let runs = [sources(), files(), invalid_configuration(), binding(), ends()];
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
