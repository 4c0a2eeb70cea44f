//! Measures JSON against `serde_json` on the nested struct of the `json` workload: encoding, decoding into the struct, decoding without a type. Each
//! figure is the best of many rounds, with the release of what was made, in nanoseconds.
//!
//! `CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 cargo run --release -p fuse-runtime --example json`; one name as an argument
//! (`encode`, `typed`, `untyped`) runs only that, for a profiler.

use fuse_abi::desc::{
    Constraint, Desc, Field, Image, Kind, NO_FIELD, PREDEFINED, TYPE_BOOL, TYPE_DYNAMIC, TYPE_FLOAT,
    TYPE_INT, TYPE_STRING,
};
use fuse_abi::layout::{Context, Header, StrObject};
use fuse_runtime as _;
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::time::Instant;

type Object = *mut Header;

#[repr(C)]
struct Pair {
    object: Object,
    status: u64,
}

unsafe extern "C" {
    fn fuse_json_encode(context: *mut Context, ty: u32, value: *const Object) -> Pair;
    fn fuse_json_decode(out: *mut u64, context: *mut Context, text: Object) -> u64;
    fn fuse_json_decode_object(context: *mut Context, ty: u32, text: Object, path: Object) -> Pair;
    fn fuse_drop_object(object: Object);
}

/// Gives up a reference as compiled code does.
unsafe fn release(object: Object) {
    // SAFETY: a live object.
    unsafe {
        match (*object).count {
            1 => fuse_drop_object(object),
            count => (*object).count = count - 1,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Customer {
    email: String,
    name: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    price: f64,
    qty: i64,
    sku: String,
}

#[derive(Serialize, Deserialize)]
struct Order {
    customer: Customer,
    id: i64,
    lines: Vec<Line>,
    note: Option<String>,
    paid: bool,
    tags: Vec<String>,
}

fn order() -> Order {
    let line = |price, qty, sku: &str| Line { price, qty, sku: sku.into() };
    Order {
        customer: Customer { email: "ada@example.com".into(), name: "Ada Lovelace".into() },
        id: 12_345,
        lines: vec![line(9.5, 3, "A-100"), line(120.25, 1, "B-200"), line(0.75, 40, "C-300")],
        note: None,
        paid: true,
        tags: vec!["new".into(), "priority".into(), "line \"quoted\"".into()],
    }
}

// The types of the same in FUSE. `name` of `Customer` is `String(1..80)`.
const NAME: u32 = PREDEFINED;
const CUSTOMER: u32 = PREDEFINED + 1;
const LINE: u32 = PREDEFINED + 2;
const LIST_LINE: u32 = PREDEFINED + 3;
const OPTION_STRING: u32 = PREDEFINED + 4;
const LIST_STRING: u32 = PREDEFINED + 5;
const ORDER: u32 = PREDEFINED + 6;

#[derive(Default)]
struct Tables {
    types: Vec<Desc>,
    fields: Vec<Field>,
    offsets: Vec<u32>,
    names: String,
}

impl Tables {
    /// A type that is one object, or holds none.
    fn add(&mut self, kind: Kind, size: u32, inner: u32, refs: u32) -> &mut Desc {
        let value_refs = self.offsets.len() as u32;
        self.offsets.extend((0..refs).map(|_| 0));
        self.types.push(Desc {
            kind: kind as u32,
            size,
            align: 8,
            inner,
            value_refs,
            value_refs_count: refs,
            message_field: NO_FIELD,
            ..Desc::default()
        });
        self.types.last_mut().expect("just pushed")
    }

    /// A struct; fields are sorted by name and eight bytes each, except Bools at the end. `refs` are the objects.
    fn object(&mut self, fields: &[(&str, u32)], refs: &[u32]) {
        let first = self.fields.len() as u32;
        for (index, &(name, ty)) in fields.iter().enumerate() {
            let at = self.names.len() as u32 + 1;
            self.names.push_str(&format!("\"{name}\":"));
            let offset = 8 + 8 * index as u32;
            self.fields.push(Field { name: at, name_len: name.len() as u32, ty, offset, ..Field::default() });
        }
        let sorted = self.offsets.len() as u32;
        self.offsets.extend(0..fields.len() as u32);
        let object_refs = self.offsets.len() as u32;
        self.offsets.extend_from_slice(refs);
        let desc = self.add(Kind::Struct, 8, 0, 1);
        (desc.first, desc.count, desc.sorted) = (first, fields.len() as u32, sorted);
        (desc.object_refs, desc.object_refs_count) = (object_refs, refs.len() as u32);
        desc.object_size = 8 + 8 * fields.len() as u32;
    }
}

fn image() -> Image {
    let mut t = Tables::default();
    t.add(Kind::Unit, 0, 0, 0);
    t.add(Kind::Int, 8, 0, 0);
    t.add(Kind::Float, 8, 0, 0);
    t.add(Kind::Bool, 1, 0, 0);
    t.add(Kind::String, 8, 0, 1);
    t.add(Kind::Bytes, 8, 0, 1);
    t.add(Kind::StdError, 8, 0, 1);
    t.add(Kind::Dynamic, 16, 0, 1);
    t.add(Kind::List, 8, TYPE_DYNAMIC, 1);
    t.add(Kind::Map, 8, TYPE_DYNAMIC, 1);
    t.add(Kind::String, 8, 0, 1);
    t.add(Kind::String, 8, 0, 1);
    t.add(Kind::String, 8, 0, 1).constraints_count = 1;
    t.object(&[("email", TYPE_STRING), ("name", NAME)], &[8, 16]);
    t.object(&[("price", TYPE_FLOAT), ("qty", TYPE_INT), ("sku", TYPE_STRING)], &[24]);
    t.add(Kind::List, 8, LINE, 1);
    let desc = t.add(Kind::Option, 8, TYPE_STRING, 1);
    desc.flags = Desc::FLAG_NULLABLE;
    t.add(Kind::List, 8, TYPE_STRING, 1);
    t.object(
        &[
            ("customer", CUSTOMER),
            ("id", TYPE_INT),
            ("lines", LIST_LINE),
            ("note", OPTION_STRING),
            ("paid", TYPE_BOOL),
            ("tags", LIST_STRING),
        ],
        &[8, 24, 32, 48],
    );
    let length = Constraint { kind: Constraint::LENGTH, low: [1, 0], high: [80, 0], ..Constraint::default() };
    let constraints = vec![length].leak();
    let (types, fields, offsets) = (t.types.leak(), t.fields.leak(), t.offsets.leak());
    let names = t.names.leak();
    Image {
        types: types.as_ptr(),
        types_len: types.len(),
        fields: fields.as_ptr(),
        fields_len: fields.len(),
        offsets: offsets.as_ptr(),
        offsets_len: offsets.len(),
        names: names.as_ptr(),
        names_len: names.len(),
        constraints: constraints.as_ptr(),
        constraints_len: constraints.len(),
        entry: main_of_program as *const u8,
        ..Image::EMPTY
    }
}

/// A static string.
fn literal(text: &str) -> Object {
    const HEAD: usize = size_of::<StrObject>();
    let words = vec![0_u64; (HEAD + text.len()).div_ceil(8)].leak();
    let object = words.as_mut_ptr().cast::<StrObject>();
    // SAFETY: room for the head and the text.
    unsafe {
        object.write(StrObject {
            header: Header { count: 0, kind: TYPE_STRING },
            len: text.len() as u64,
            cap: 0,
        });
        object.cast::<u8>().add(HEAD).copy_from_nonoverlapping(text.as_ptr(), text.len());
    }
    object.cast()
}

const ROUNDS: usize = 60;
const TIMES: u32 = 10_000;

/// Time of one call in the best of the rounds: others share the machine.
fn nanos(mut body: impl FnMut()) -> f64 {
    let round = |_| {
        let start = Instant::now();
        (0..TIMES).for_each(|_| body());
        start.elapsed().as_nanos() as f64 / f64::from(TIMES)
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

fn row(name: &str, ours: impl FnMut(), other: impl FnMut()) {
    let only = std::env::args().nth(1);
    if only.is_none() {
        let (ours, other) = (nanos(ours), nanos(other));
        println!("| {name} | {ours:.0} | {other:.0} | {:.2} |", ours / other);
    } else if only.as_deref() == Some(name) {
        println!("{name}: {:.0}", nanos(ours));
    }
}

extern "C" fn main_of_program(context: *mut Context) -> u64 {
    let value = order();
    let json = serde_json::to_string(&value).expect("JSON");
    let (text, path) = (literal(&json), literal("order"));
    println!("| what | here | serde_json | ratio |\n|---|---|---|---|");
    // SAFETY: objects are used as the table of runtime functions says.
    unsafe {
        let mut made = fuse_json_decode_object(context, ORDER, text, path);
        assert_eq!(made.status, 0);
        row(
            "encode",
            || release(fuse_json_encode(context, ORDER, &raw const made.object).object),
            || drop(black_box(serde_json::to_string(black_box(&value)).expect("JSON"))),
        );
        row(
            "typed",
            || release(fuse_json_decode_object(context, ORDER, text, path).object),
            || drop(black_box(serde_json::from_str::<Order>(black_box(&json)).expect("an order"))),
        );
        row(
            "untyped",
            || {
                let mut out = [0_u64; 2];
                assert_eq!(fuse_json_decode(out.as_mut_ptr(), context, text), 0);
                release(out[0] as Object);
            },
            || drop(black_box(serde_json::from_str::<serde_json::Value>(black_box(&json)).expect("JSON"))),
        );
        release(core::mem::replace(&mut made.object, core::ptr::null_mut()));
    }
    0
}

fn main() {
    let image = image();
    // SAFETY: the image is consistent, its entry keeps the contract of compiled code.
    println!("{:?}", unsafe { fuse_runtime::memory::run(&image, &[]) });
}
