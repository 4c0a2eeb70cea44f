//! Types of the test program that have constraints, defaults and payloads of every form, and the functions that it is called with.

use super::{
    BASE, Constraint, DENIED, Desc, Kind, LIST_INT, LIST_STRING, MAP_DEEP, OPTION_INT, Tables, data,
};
use crate::abi::Object;
use crate::dynamic::Dynamic;
use crate::error_value::raise;
use crate::failure::fail;
use crate::string;
use fuse_abi::desc::{
    TYPE_BOOL, TYPE_BYTES, TYPE_DYNAMIC, TYPE_FLOAT, TYPE_ID, TYPE_INT, TYPE_STD_ERROR, TYPE_STRING,
};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};

const FIRST: u32 = MAP_DEEP + 1;
/// `String(1..5)`
pub(crate) const SHORT: u32 = FIRST;
/// `Int(1..99)`
pub(crate) const COUNT: u32 = FIRST + 1;
/// `Float(0..1.5)`
pub(crate) const RATIO: u32 = FIRST + 2;
/// `Bytes(1..4)`
pub(crate) const TOKEN: u32 = FIRST + 3;
/// `String(2..20, regex("^a"), predicate(plain))`
pub(crate) const WORD: u32 = FIRST + 4;
/// `Int(predicate(even))`; the predicate fails on 13
pub(crate) const EVEN: u32 = FIRST + 5;
pub(crate) const LIST_ID: u32 = FIRST + 6;
pub(crate) const OPTION_STRING: u32 = FIRST + 7;
pub(crate) const OPTION_ID: u32 = FIRST + 8;
/// `Map<String, Int(1..99)>`
pub(crate) const MAP_COUNT: u32 = FIRST + 9;
/// `type Crate: sku: String(1..5), count: Int(1..99), fragile: Bool = false, note: String?, tags: List<Id> = ["a", "b"]`
pub(crate) const CRATE: u32 = FIRST + 10;
/// `enum Quad: A(Int, Float), B(String), C`, unboxed: tag 0, object 8, I64 16, F64 24
pub(crate) const QUAD: u32 = FIRST + 11;
/// `Quad?`, boxed
pub(crate) const OPTION_QUAD: u32 = FIRST + 12;
/// `Int!Denied!Crate`: tag 0, object 8, I64 16
pub(crate) const RESULT_TWO: u32 = FIRST + 13;
/// `Int(1..99)?`
pub(crate) const OPTION_COUNT: u32 = FIRST + 14;
pub(crate) const LIST_OPTION_COUNT: u32 = FIRST + 15;
pub(crate) const MAP_LIST: u32 = FIRST + 16;
/// `enum Pair: Both(Int?, Int(1..99)?), One(Crate)`, boxed: tag 0, object 8, I64 16 and 24, I8 32 and 33
pub(crate) const PAIR: u32 = FIRST + 17;
/// `type Nest: quad: Quad, pair: Pair, next: Nest?, result: Int!Denied!Crate`
pub(crate) const NEST: u32 = FIRST + 18;
pub(crate) const OPTION_NEST: u32 = FIRST + 19;
pub(crate) const LIST_LIST_INT: u32 = FIRST + 20;
/// `type Defaults: id: Id = "", late: Int(1..99) = json.decode("100"), fine: Int(1..99) = json.decode("7")`
pub(crate) const DEFAULTS: u32 = FIRST + 21;
/// `type Failing: first: Int = 1 / 0`
pub(crate) const FAILING: u32 = FIRST + 22;
/// `type Raising: first: Int = null ?! Denied(..)`
pub(crate) const RAISING: u32 = FIRST + 23;
/// `type Endless: again: Endless? = json.decode("{}")`
pub(crate) const ENDLESS: u32 = FIRST + 24;
pub(crate) const OPTION_ENDLESS: u32 = FIRST + 25;
pub(crate) const MAP_OPTION_STRING: u32 = FIRST + 26;
/// `config App`
pub(crate) const CONFIG: u32 = FIRST + 27;
pub(crate) const FUNCTION: u32 = FIRST + 28;
/// `type Left: result: (Int!Left!Right)?, more: Int`
pub(crate) const LEFT: u32 = FIRST + 29;
/// `type Right: result: (Int!Left!Right)?`
pub(crate) const RIGHT: u32 = FIRST + 30;
pub(crate) const RESULT_DEEP: u32 = FIRST + 31;
pub(crate) const OPTION_RESULT_DEEP: u32 = FIRST + 32;
/// `Map<String, List<String(1..5)?>?>`
pub(crate) const MAP_SHORTS: u32 = FIRST + 33;
pub(crate) const OPTION_SHORTS: u32 = FIRST + 34;
pub(crate) const LIST_OPTION_SHORT: u32 = FIRST + 35;
pub(crate) const OPTION_SHORT: u32 = FIRST + 36;
/// `enum Loose: Any(Quad?, Int!Denied!Crate)`, boxed: tag 0, objects 8 and 16, I64 24, I8 32
pub(crate) const LOOSE: u32 = FIRST + 37;
/// `type Blob: blob: Bytes, ratio: Float(0..1.5)`
pub(crate) const BLOB: u32 = FIRST + 38;

impl Tables {
    fn constraint(&mut self, kind: u32, call: u32, low: u64, high: u64, text: &str) {
        let (text, text_len) = self.name(text);
        let half = |bound: u64| [bound as u32, (bound >> 32) as u32];
        self.constraints.push(Constraint { kind, call, low: half(low), high: half(high), text, text_len });
    }

    /// A refined type; its constraints have just been added.
    fn refined(&mut self, kind: Kind, count: u32) {
        let constraints = self.constraints.len() as u32 - count;
        let refs: &[u32] = if matches!(kind, Kind::String | Kind::Bytes) { &[0] } else { &[] };
        let desc = self.add(kind, 8, 0, refs);
        (desc.constraints, desc.constraints_count) = (constraints, count);
    }

    /// Gives a field of a struct a default.
    fn default(&mut self, ty: u32, field: usize, number: u32, default_ty: u32) {
        let first = self.types[ty as usize].first as usize;
        let field = &mut self.fields[first + field];
        (field.default, field.default_ty) = (number + 1, default_ty);
    }
}

pub(super) fn add(t: &mut Tables) {
    t.constraint(Constraint::LENGTH, 0, 1, 5, "");
    t.refined(Kind::String, 1);
    t.constraint(Constraint::INT, 0, 1, 99, "");
    t.refined(Kind::Int, 1);
    t.constraint(Constraint::FLOAT, 0, 0.0_f64.to_bits(), 1.5_f64.to_bits(), "");
    t.refined(Kind::Float, 1);
    t.constraint(Constraint::LENGTH, 0, 1, 4, "");
    t.refined(Kind::Bytes, 1);
    t.constraint(Constraint::LENGTH, 0, 2, 20, "");
    t.constraint(Constraint::REGEX, CALL_STARTS_WITH_A, 0, 0, "^a");
    t.constraint(Constraint::PREDICATE, CALL_PLAIN, 0, 0, "plain");
    t.refined(Kind::String, 3);
    t.constraint(Constraint::PREDICATE, CALL_EVEN, 0, 0, "even");
    t.refined(Kind::Int, 1);
    t.add(Kind::List, 8, TYPE_ID, &[0]);
    t.option(TYPE_STRING, 8, 0, true);
    t.option(TYPE_ID, 8, 0, true);
    t.add(Kind::Map, 8, COUNT, &[0]);
    t.object(
        "Crate",
        0,
        &[
            ("sku", SHORT, 8),
            ("count", COUNT, 16),
            ("fragile", TYPE_BOOL, 24),
            ("note", OPTION_STRING, 32),
            ("tags", LIST_ID, 40),
        ],
        48,
        &[8, 32, 40],
    );
    t.choice(
        Kind::Enum,
        "Quad",
        32,
        false,
        &[8],
        &[("A", &[(TYPE_INT, &[16]), (TYPE_FLOAT, &[24])]), ("B", &[(TYPE_STRING, &[8])]), ("C", &[])],
    );
    t.option(QUAD, 8, 0, true);
    boxed(t, 40, &[16]);
    t.choice(
        Kind::Result,
        "",
        24,
        false,
        &[8],
        &[("Ok", &[(TYPE_INT, &[16])]), ("Err", &[(DENIED, &[8])]), ("Err", &[(CRATE, &[8])])],
    );
    t.option(COUNT, 16, 8, false);
    t.add(Kind::List, 8, OPTION_COUNT, &[0]);
    t.add(Kind::Map, 8, LIST_INT, &[0]);
    t.choice(
        Kind::Enum,
        "Pair",
        40,
        true,
        &[8],
        &[("Both", &[(OPTION_INT, &[32, 16]), (OPTION_COUNT, &[33, 24])]), ("One", &[(CRATE, &[8])])],
    );
    t.object(
        "Nest",
        0,
        &[("quad", QUAD, 8), ("pair", PAIR, 40), ("next", OPTION_NEST, 48), ("result", RESULT_TWO, 56)],
        80,
        &[16, 40, 48, 64],
    );
    t.option(NEST, 8, 0, true);
    t.add(Kind::List, 8, LIST_INT, &[0]);
    t.object("Defaults", 0, &[("id", TYPE_ID, 8), ("late", COUNT, 16), ("fine", COUNT, 24)], 32, &[8]);
    t.object("Failing", 0, &[("first", TYPE_INT, 8)], 16, &[]);
    t.object("Raising", 0, &[("first", TYPE_INT, 8)], 16, &[]);
    t.object("Endless", 0, &[("again", OPTION_ENDLESS, 8)], 16, &[8]);
    t.option(ENDLESS, 8, 0, true);
    t.add(Kind::Map, 8, OPTION_STRING, &[0]);
    let (name, name_len) = t.name("App");
    let desc = t.add(Kind::Config, 0, 0, &[]);
    (desc.name, desc.name_len) = (name, name_len);
    t.add(Kind::Function, 8, 0, &[]);
    t.object("Left", 0, &[("result", OPTION_RESULT_DEEP, 8), ("more", TYPE_INT, 40)], 48, &[24]);
    t.object("Right", 0, &[("result", OPTION_RESULT_DEEP, 8)], 40, &[24]);
    t.choice(
        Kind::Result,
        "",
        24,
        false,
        &[8],
        &[("Ok", &[(TYPE_INT, &[16])]), ("Err", &[(LEFT, &[8])]), ("Err", &[(RIGHT, &[8])])],
    );
    t.option(RESULT_DEEP, 32, 8, false);
    refs_at(t, &[16]);
    t.add(Kind::Map, 8, OPTION_SHORTS, &[0]);
    t.option(LIST_OPTION_SHORT, 8, 0, true);
    t.add(Kind::List, 8, OPTION_SHORT, &[0]);
    t.option(SHORT, 8, 0, true);
    t.choice(
        Kind::Enum,
        "Loose",
        40,
        true,
        &[8, 16],
        &[("Any", &[(OPTION_QUAD, &[8]), (RESULT_TWO, &[32, 16, 24])])],
    );
    t.object("Blob", 0, &[("blob", TYPE_BYTES, 8), ("ratio", RATIO, 16)], 24, &[8]);
    assert_eq!(t.types.len() as u32, BLOB + 1);
    t.types[TYPE_STD_ERROR as usize].inner = BASE;
    t.default(BASE, 2, CALL_STATUS, TYPE_INT);
    t.default(CRATE, 2, CALL_FALSE, TYPE_BOOL);
    t.default(CRATE, 4, CALL_TAGS, LIST_STRING);
    t.default(DEFAULTS, 0, CALL_EMPTY, TYPE_STRING);
    t.default(DEFAULTS, 1, CALL_HUNDRED, TYPE_DYNAMIC);
    t.default(DEFAULTS, 2, CALL_SEVEN, TYPE_DYNAMIC);
    t.default(FAILING, 0, CALL_FAILS, TYPE_INT);
    t.default(RAISING, 0, CALL_RAISES, TYPE_INT);
    t.default(ENDLESS, 0, CALL_EMPTY_MAP, TYPE_DYNAMIC);
}

/// Makes the option that was added last a boxed one.
fn boxed(t: &mut Tables, object_size: u32, refs: &[u32]) {
    let (object_refs, object_refs_count) = t.offsets(refs);
    if let Some(desc) = t.types.last_mut() {
        desc.flags |= Desc::FLAG_BOXED;
        (desc.object_size, desc.object_refs, desc.object_refs_count) =
            (object_size, object_refs, object_refs_count);
    }
}

/// Says where the values of the type that was added last hold objects.
fn refs_at(t: &mut Tables, refs: &[u32]) {
    let (value_refs, value_refs_count) = t.offsets(refs);
    if let Some(desc) = t.types.last_mut() {
        (desc.value_refs, desc.value_refs_count) = (value_refs, value_refs_count);
    }
}

const CALL_STARTS_WITH_A: u32 = 0;
const CALL_PLAIN: u32 = 1;
const CALL_EVEN: u32 = 2;
const CALL_FALSE: u32 = 3;
const CALL_TAGS: u32 = 4;
const CALL_EMPTY: u32 = 5;
const CALL_HUNDRED: u32 = 6;
const CALL_SEVEN: u32 = 7;
const CALL_FAILS: u32 = 8;
const CALL_RAISES: u32 = 9;
const CALL_EMPTY_MAP: u32 = 10;
const CALL_STATUS: u32 = 11;

/// Whether the test program's `regex("^a")` and `predicate(plain)` accept a text.
pub(crate) fn word_is_accepted(text: &str) -> (bool, bool) {
    (text.starts_with('a'), !text.contains('!'))
}

/// The test program's `Image::call`.
pub(super) extern "C" fn call(context: *mut Context, number: u64, input: *const u8, out: *mut u8) -> u64 {
    // SAFETY: input and output are what the number asks for.
    unsafe {
        match number as u32 {
            CALL_STARTS_WITH_A => out.write(u8::from(word_is_accepted(text(input)).0)),
            CALL_PLAIN => out.write(u8::from(word_is_accepted(text(input)).1)),
            CALL_EVEN => {
                let value = input.cast::<i64>().read();
                if value == 13 {
                    return fail(context, Failure::DivisionByZero);
                }
                out.write(u8::from(value % 2 == 0));
            }
            CALL_FALSE => out.write(0),
            CALL_TAGS => {
                let words = ["a", "b"].map(|text| string::new(text) as u64);
                out.cast::<Object>().write(super::list_of(LIST_STRING, &words));
            }
            CALL_EMPTY => out.cast::<Object>().write(string::new("")),
            CALL_HUNDRED => out.cast::<Dynamic>().write(Dynamic::int(100)),
            CALL_SEVEN => out.cast::<Dynamic>().write(Dynamic::int(7)),
            CALL_FAILS => return fail(context, Failure::DivisionByZero),
            CALL_RAISES => return raise(context, DENIED, super::denied("no default", 1)),
            CALL_EMPTY_MAP => out.cast::<Dynamic>().write(data!({}).make()),
            _ => out.cast::<i64>().write(500),
        }
    }
    u64::from(STATUS_OK)
}

unsafe fn text<'a>(value: *const u8) -> &'a str {
    // SAFETY: the value is a live string.
    unsafe { string::text(value.cast::<Object>().read()) }
}
