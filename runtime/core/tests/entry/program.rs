//! The programs of the test: their compiled code, as Rust functions, and their tables.

use crate::support::tables::{
    CITY, EVEN, EVEN_INT, NIGHTS, OPTION_BOOL, OPTION_STRING, PARAMETERS, PORT, RESULT, Row, STOPS, Tables,
    VALIDATION,
};
use crate::support::{Entry, literal, print};
use fuse_abi::desc::{Image, TYPE_INT, TYPE_STRING};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, Header as Object, STATUS_FAILURE, STATUS_OK};
use std::sync::atomic::{AtomicPtr, Ordering};

const OK: u64 = STATUS_OK as u64;

const MAIN: &[Row] = &[
    ("city", CITY, 0),
    ("port", PORT, PORT_OF_CITY),
    ("verbose", fuse_abi::desc::TYPE_BOOL, FALSE),
    ("dry_run", OPTION_BOOL, 0),
    ("note", OPTION_STRING, 0),
    ("even", EVEN_INT, FOUR),
];

/// The example of runtime reference 10.4.
const TRAVEL: &[Row] = &[
    ("stops", STOPS, 0),
    ("budget", fuse_abi::desc::TYPE_FLOAT, FIVE_HUNDRED),
    ("dry_run", fuse_abi::desc::TYPE_BOOL, FALSE),
    ("note", OPTION_STRING, 0),
];

const DEPOT: &[(Row, &str)] = &[(("stops", STOPS, NO_STOPS), "DEPOT_STOPS")];

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

// Numbers of calls plus one, as fields have them. `EVEN` and `NIGHTS` stand between the first two.
const PORT_OF_CITY: u32 = 1;
const FALSE: u32 = 4;
const FOUR: u32 = 5;
const PICK_PORT: u32 = 6;
const STEADY: u32 = 7;
const NULL: u32 = 8;
const HALF_OF_PORT: u32 = 9;
const FAILING: u32 = 10;
const NOT_ACCEPTED: u32 = 11;
const FIVE_HUNDRED: u32 = 12;
const NO_STOPS: u32 = 13;

extern "C" fn call(context: *mut Context, number: u64, input: *const u8, out: *mut u8) -> u64 {
    const IS_EVEN: u32 = EVEN + 1;
    const ONE_NIGHT: u32 = NIGHTS + 1;
    match number as u32 + 1 {
        // The length of the city's name.
        PORT_OF_CITY => int(out, 1000 + read(address(input.wrapping_add(8)).wrapping_add(8))),
        IS_EVEN => match read(input) {
            13 => return fail(context),
            value => put(out, u8::from(value % 2 == 0)),
        },
        ONE_NIGHT => int(out, 1),
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
        FIVE_HUNDRED => put(out, 500.0_f64),
        NO_STOPS => put(out, call!("list_empty" as fn(u32, i64) -> *mut Object, STOPS, 0)),
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

/// A new object, or a failure.
#[repr(C)]
struct Text {
    object: *mut Object,
    status: u64,
}

/// Prints a value under a name.
fn show(context: *mut Context, name: &str, ty: u32, value: *mut u8) -> u64 {
    let text = owned(&format!("{name}="));
    let text = call!(
        "str_push_value" as fn(*mut Context, *mut Object, u32, *mut u8) -> Text,
        context,
        text,
        ty,
        value
    );
    assert_eq!(text.status, OK);
    let status = call!("print_str" as fn(*mut Context, *mut Object) -> u64, context, text.object);
    call!("drop_object" as fn(*mut Object) -> (), text.object);
    status
}

fn resolve(context: *mut Context) -> u64 {
    call!("json_enable" as fn() -> (),);
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
    let bound = call!("cli_bind" as fn(*mut Context, u32) -> Text, context, PARAMETERS);
    if bound.status != OK {
        assert!(bound.object.is_null());
        return bound.status;
    }
    let status = body(bound.object.cast());
    call!("drop_object" as fn(*mut Object) -> (), bound.object);
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

extern "C" fn main_travels(context: *mut Context) -> u64 {
    bound(context, |parameters| {
        let object = call!(
            "json_encode" as fn(*mut Context, u32, *mut u8) -> Text,
            context,
            STOPS,
            parameters.wrapping_add(8)
        );
        assert_eq!(object.status, OK);
        call!("print_str" as fn(*mut Context, *mut Object) -> u64, context, object.object);
        call!("drop_object" as fn(*mut Object) -> (), object.object);
        for (at, &(name, ty, _)) in TRAVEL.iter().enumerate().skip(1) {
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
        let entries = call!("list_empty" as fn(u32, i64) -> *mut Object, crate::support::tables::ENTRIES, 0);
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
    ("travels", main_travels),
    ("fails", main_fails),
    ("overflows", main_overflows),
    ("text", main_returns_text),
    ("long", main_returns_long_text),
    ("error", main_returns_error),
];

/// The image of a program: the name says which `main`, or what is wrong with the configs.
pub fn image(name: &str, info: &'static str) -> &'static Image {
    let mut desk = DESK.to_vec();
    match name {
        "failing" => desk[1].0.2 = FAILING,
        "not_accepted" => desk[3].0.2 = NOT_ACCEPTED,
        "unresolved" => desk[0].0.2 = HALF_OF_PORT,
        _ => {}
    }
    let main = MAINS.iter().find(|row| row.0 == name).map_or(main_prints as Entry, |row| row.1);
    let tables = match name {
        "plain" => Tables::new(MAIN),
        "travels" => Tables::new(TRAVEL).config("Depot", DEPOT),
        _ => Tables::new(MAIN).config("Desk", &desk).config("MailGate", MAIL_GATE),
    };
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
