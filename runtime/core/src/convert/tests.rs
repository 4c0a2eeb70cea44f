//! Conversions: each message, and random values against a plain recursive reading of the rules.

use super::*;
use crate::boundary::{convert_object, convert_value};
use crate::failure::{Report, Task};
use crate::object::release_value;
use crate::testing::{self, Leaks, *};
use crate::to_dynamic;
use fuse_abi::desc::{
    TYPE_BOOL, TYPE_BYTES, TYPE_DYNAMIC, TYPE_EMAIL, TYPE_FLOAT, TYPE_ID, TYPE_INT, TYPE_LIST_DYNAMIC,
    TYPE_STD_ERROR, TYPE_STRING,
};
use fuse_abi::layout::{STATUS_FAILURE, STATUS_OK, STATUS_RAISED};
use proptest::prelude::*;

mod model;

/// An entry as `path code message`.
type Entries = Vec<String>;

/// A converted value, released when it is no longer needed.
struct Value {
    ty: u32,
    memory: [u64; 8],
}

impl Value {
    fn address(&self) -> *const u8 {
        self.memory.as_ptr().cast()
    }

    fn json(&self) -> String {
        // SAFETY: a live value of the type.
        unsafe { testing::json(self.ty, self.address()) }.expect("JSON")
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // SAFETY: a live value of the type, owned here.
        unsafe { release_value(tables::desc(self.ty), self.address()) };
    }
}

fn convert_from(source: Source, ty: u32, data: &Data) -> Result<Value, Entries> {
    convert_value_from(source, ty, data.make())
}

/// The value is taken.
fn convert_value_from(source: Source, ty: u32, value: Dynamic) -> Result<Value, Entries> {
    let mut task = Task::new(0);
    let mut problems = Problems::default();
    let mut memory = [0xAA_AA_AA_AA_AA_AA_AA_AA; 8];
    // SAFETY: a live value; no type of the tests is larger than that memory; the context is the head of a task.
    let result = unsafe {
        let out = memory.as_mut_ptr().cast();
        let context = (&raw mut task).cast();
        let result = convert(context, ty, value, source, &Path::root("v"), out, &mut problems);
        value.release();
        result
    };
    match result {
        Ok(true) => {
            assert!(problems.entries.is_empty());
            Ok(Value { ty, memory })
        }
        Ok(false) | Err(Stop::Full) => {
            assert_eq!(result.is_err(), problems.entries.len() == crate::problems::MOST);
            assert!(!problems.entries.is_empty());
            let texts = problems.entries.iter();
            Err(texts.map(|entry| format!("{} {} {}", entry.path, entry.code, entry.message)).collect())
        }
        Err(Stop::Status(status)) => {
            assert_eq!(status, u64::from(STATUS_FAILURE));
            Err(vec![format!("failure {}", Report::take(&mut task).message)])
        }
    }
}

/// The JSON of a converted value, or the entries joined by `; `.
fn outcome(ty: u32, data: &Data) -> Result<String, String> {
    convert_from(Source::Dynamic, ty, data).map(|value| value.json()).map_err(|entries| entries.join("; "))
}

/// As [`outcome`], for data that JSON was parsed to.
fn decoded(ty: u32, data: &Data) -> Result<String, String> {
    convert_from(Source::Json, ty, data).map(|value| value.json()).map_err(|entries| entries.join("; "))
}

fn accepts(ty: u32, data: &Data, json: &str) {
    assert_eq!(outcome(ty, data).as_deref(), Ok(json), "{data:?}");
}

fn refuses(ty: u32, data: &Data, entries: &str) {
    assert_eq!(outcome(ty, data), Err(entries.to_owned()), "{data:?}");
}

/// SQLite has no truth values, and may keep a whole number as a Float.
#[test]
fn cells_of_a_row() {
    testing::install();
    let leaks = Leaks::watch();
    let read = |ty: u32, data: &Data| {
        convert_from(Source::Row, ty, data).map(|value| value.json()).map_err(|all| all.join("; "))
    };
    for (number, value) in [(0, "false"), (1, "true")] {
        assert_eq!(read(TYPE_BOOL, &data!(number)).as_deref(), Ok(value));
    }
    for number in [-1, 2, i64::MIN] {
        assert_eq!(read(TYPE_BOOL, &data!(number)), Err("v type_mismatch expected Bool".into()));
    }
    assert_eq!(read(TYPE_INT, &data!(3.0)).as_deref(), Ok("3"));
    assert_eq!(read(TYPE_INT, &data!(-9_223_372_036_854_775_808.0)).as_deref(), Ok("-9223372036854775808"));
    for number in [0.5, 9_223_372_036_854_775_808.0, f64::NAN, f64::INFINITY] {
        assert_eq!(read(TYPE_INT, &data!(number)), Err("v type_mismatch expected Int".into()));
    }
    assert_eq!(read(TYPE_FLOAT, &data!(f64::INFINITY)).as_deref(), Ok("null"));
    leaks.none();
}

#[test]
fn scalars() {
    testing::install();
    let leaks = Leaks::watch();
    accepts(TYPE_INT, &data!(i64::MIN), "-9223372036854775808");
    refuses(TYPE_INT, &data!(1.0), "v type_mismatch expected Int, got Float");
    accepts(TYPE_FLOAT, &data!(3), "3");
    accepts(TYPE_FLOAT, &data!(2.5), "2.5");
    // An infinite Float of the program is one; as a JSON number it was out of range.
    accepts(TYPE_FLOAT, &data!(f64::INFINITY), "null");
    assert_eq!(decoded(TYPE_FLOAT, &data!(f64::INFINITY)), Err("v type_mismatch expected Float".into()));
    refuses(TYPE_FLOAT, &data!("1"), "v type_mismatch expected Float, got String");
    accepts(TYPE_BOOL, &data!(true), "true");
    refuses(TYPE_BOOL, &data!(1), "v type_mismatch expected Bool, got Int");
    accepts(TYPE_STRING, &data!("a"), "\"a\"");
    refuses(TYPE_STRING, &data!(null), "v type_mismatch expected String, got Null");
    refuses(TYPE_ID, &data!([]), "v type_mismatch expected String, got List");
    refuses(TYPE_ID, &data!(""), "v invalid_value expected non-empty Id");
    refuses(TYPE_EMAIL, &data!("x"), "v invalid_value invalid email address");
    accepts(TYPE_BYTES, &data!("aGk="), "\"aGk=\"");
    accepts(TYPE_BYTES, &data!(&b"hi"[..]), "\"aGk=\"");
    refuses(TYPE_BYTES, &data!("aGk"), "v invalid_value invalid Bytes (base64): invalid base64 length");
    refuses(TYPE_BYTES, &data!({}), "v type_mismatch expected String, got Map");
    refuses(TOKEN, &data!("aGVsbG8="), "v invalid_value length 5 out of range 1..4");
    refuses(TOKEN, &data!(&b""[..]), "v invalid_value length 0 out of range 1..4");
    assert_eq!(decoded(TYPE_INT, &data!("1")), Err("v type_mismatch expected Int".into()));
    leaks.none();
}

#[test]
fn types_that_accept_nothing() {
    testing::install();
    refuses(TYPE_UNIT, &data!(null), "v type_mismatch expected Unit, got Null");
    refuses(CONFIG, &data!({}), "v type_mismatch expected App, got Map");
    refuses(FUNCTION, &data!(1), "v type_mismatch expected Function, got Int");
}

#[test]
fn options() {
    testing::install();
    let leaks = Leaks::watch();
    for ty in [OPTION_INT, OPTION_STRING, OPTION_QUAD, OPTION_LINK] {
        accepts(ty, &data!(null), "null");
    }
    accepts(OPTION_COUNT, &data!(5), "5");
    refuses(OPTION_COUNT, &data!(0), "v invalid_value value 0 out of range 1..99");
    refuses(OPTION_STRING, &data!(0), "v type_mismatch expected String, got Int");
    accepts(OPTION_QUAD, &data!({"type": "A", "data": [1, 2]}), r#"{"data":[1,2],"type":"A"}"#);
    refuses(
        OPTION_QUAD,
        &data!({"type": "A", "data": [1, ""]}),
        "v.data[1] type_mismatch expected Float, got String",
    );
    leaks.none();
}

#[test]
fn lists_and_maps() {
    testing::install();
    let leaks = Leaks::watch();
    accepts(LIST_OPTION_COUNT, &data!([1, null, 99]), "[1,null,99]");
    refuses(
        LIST_OPTION_COUNT,
        &data!([0, null, "x", 7]),
        "v[0] invalid_value value 0 out of range 1..99; v[2] type_mismatch expected Int, got String",
    );
    refuses(LIST_INT, &data!({}), "v type_mismatch expected List, got Map");
    refuses(MAP_INT, &data!([]), "v type_mismatch expected Map, got List");
    accepts(MAP_LIST, &data!({"b": [1], "a": []}), r#"{"a":[],"b":[1]}"#);
    refuses(
        MAP_LIST,
        &data!({"b": [1, "x", true], "a.b": null, "": 3}),
        "v.b[1] type_mismatch expected Int, got String; v.b[2] type_mismatch expected Int, got Bool; \
         v. type_mismatch expected List, got Int",
    );
    // A null element is kept although Int cannot be null; JSON refuses it.
    accepts(MAP_COUNT, &data!({"x": null, "y": 1}), r#"{"x":null,"y":1}"#);
    assert_eq!(decoded(MAP_COUNT, &data!({"x": null})), Err("v.x type_mismatch expected Int".into()));
    accepts(MAP_OPTION_STRING, &data!({"x": null, "y": "z"}), r#"{"x":null,"y":"z"}"#);
    assert!(decoded(MAP_OPTION_STRING, &data!({"x": null})).is_ok());
    leaks.none();
}

#[test]
fn dynamic_parts_are_shared() {
    testing::install();
    let leaks = Leaks::watch();
    let value = convert_from(Source::Dynamic, TYPE_LIST_DYNAMIC, &data!([1, ["x"]])).expect("accepted");
    assert_eq!(value.json(), r#"[1,["x"]]"#);
    drop(value);
    accepts(TYPE_DYNAMIC, &data!({"a": 1.5}), r#"{"a":1.5}"#);
    leaks.none();
}

#[test]
fn structs() {
    testing::install();
    let leaks = Leaks::watch();
    let whole = r#"{"count":3,"fragile":false,"note":null,"sku":"b-7","tags":["a","b"]}"#;
    accepts(CRATE, &data!({"sku": "b-7", "count": 3}), whole);
    accepts(CRATE, &data!({"count": 3, "note": null, "sku": "b-7"}), whole);
    refuses(CRATE, &data!(7), "v type_mismatch expected Crate, got Int");
    assert_eq!(decoded(CRATE, &data!([])), Err("v type_mismatch expected Crate".into()));
    refuses(
        CRATE,
        &data!({"extra": 1, "tags": ["x", "", 3], "fragile": null, "count": 100, "other": 2}),
        "v.sku missing_field missing field; v.count invalid_value value 100 out of range 1..99; \
         v.fragile type_mismatch expected Bool, got Null; v.tags[1] invalid_value expected non-empty Id; \
         v.tags[2] type_mismatch expected String, got Int; v.extra unknown_field unknown field; \
         v.other unknown_field unknown field",
    );
    // A null for an optional field does not call for its default, and is none for others.
    refuses(
        CRATE,
        &data!({"sku": "b", "count": 1, "tags": null}),
        "v.tags type_mismatch expected List, got Null",
    );
    leaks.none();
}

#[test]
fn defaults() {
    testing::install();
    let leaks = Leaks::watch();
    refuses(
        DEFAULTS,
        &data!({}),
        "v.id invalid_value expected non-empty Id; v.late invalid_value value 100 out of range 1..99",
    );
    accepts(DEFAULTS, &data!({"id": "x", "late": 9}), r#"{"fine":7,"id":"x","late":9}"#);
    refuses(FAILING, &data!({}), "failure division by zero");
    refuses(
        FAILING,
        &data!({"first": "", "other": 1}),
        "v.first type_mismatch expected Int, got String; v.other unknown_field unknown field",
    );
    // What a predicate does takes the place of what was collected.
    refuses(EVEN, &data!(13), "failure division by zero");
    refuses(EVEN, &data!(3), "v invalid_value predicate even rejected value");
    leaks.none();
}

#[test]
fn errors() {
    testing::install();
    let leaks = Leaks::watch();
    let json = r#"{"code":"c","message":"m","status":500}"#;
    accepts(TYPE_STD_ERROR, &data!({"code": "c", "message": "m"}), json);
    refuses(TYPE_STD_ERROR, &data!(1), "v type_mismatch expected std.Error, got Int");
    refuses(NOT_FOUND, &data!({}), "v.message missing_field missing field");
    leaks.none();
}

#[test]
fn enums() {
    testing::install();
    let leaks = Leaks::watch();
    accepts(QUAD, &data!({"data": "x", "type": "B"}), r#"{"data":"x","type":"B"}"#);
    accepts(QUAD, &data!({"type": "C"}), r#"{"type":"C"}"#);
    accepts(QUAD, &data!({"type": "C", "data": null}), r#"{"type":"C"}"#);
    refuses(QUAD, &data!("C"), "v type_mismatch expected Quad, got String");
    refuses(QUAD, &data!({"other": 1}), "v missing_field missing enum type");
    refuses(QUAD, &data!({"type": 3, "other": 1}), "v missing_field missing enum type");
    refuses(QUAD, &data!({"type": "D", "other": 1}), "v invalid_value unknown variant D");
    refuses(
        QUAD,
        &data!({"type": "B", "x": 1}),
        "v missing_field missing enum data; v.x unknown_field unknown field",
    );
    refuses(
        QUAD,
        &data!({"x": 1, "type": "B", "data": null, "y": 2}),
        "v.data type_mismatch expected String, got Null; v.x unknown_field unknown field; v.y unknown_field unknown field",
    );
    refuses(
        QUAD,
        &data!({"type": "A", "data": 1}),
        "v.data type_mismatch expected enum payload array, got Int",
    );
    refuses(QUAD, &data!({"type": "A", "data": [1]}), "v.data invalid_value enum payload length mismatch");
    refuses(
        QUAD,
        &data!({"type": "A", "data": ["x", "y"]}),
        "v.data[0] type_mismatch expected Int, got String; v.data[1] type_mismatch expected Float, got String",
    );
    refuses(
        QUAD,
        &data!({"type": "C", "data": 0, "x": 1}),
        "v.data unknown_field unknown field; v.x unknown_field unknown field",
    );
    assert_eq!(
        decoded(QUAD, &data!({"type": "A", "data": {}})),
        Err("v.data type_mismatch expected enum payload array".into())
    );
    // Scattered slots, boxed and not.
    accepts(PAIR, &data!({"type": "Both", "data": [null, 5]}), r#"{"data":[null,5],"type":"Both"}"#);
    accepts(PAIR, &data!({"type": "Both", "data": [7, null]}), r#"{"data":[7,null],"type":"Both"}"#);
    refuses(
        PAIR,
        &data!({"type": "Both", "data": [7, 0]}),
        "v.data[1] invalid_value value 0 out of range 1..99",
    );
    accepts(
        LOOSE,
        &data!({"type": "Any", "data": [{"type": "B", "data": "x"}, {"type": "Ok", "data": 4}]}),
        r#"{"data":[{"data":"x","type":"B"},{"data":4,"type":"Ok"}],"type":"Any"}"#,
    );
    leaks.none();
}

#[test]
fn results() {
    testing::install();
    let leaks = Leaks::watch();
    accepts(RESULT, &data!({"type": "Ok", "data": 5}), r#"{"data":5,"type":"Ok"}"#);
    accepts(
        RESULT,
        &data!({"type": "Err", "data": {"message": "no", "code": 3}}),
        r#"{"data":{"code":3,"message":"no"},"type":"Err"}"#,
    );
    refuses(RESULT, &data!(5), "v type_mismatch expected Result object, got Int");
    refuses(RESULT, &data!({"data": 5, "x": 1}), "v missing_field missing Result tag");
    refuses(RESULT, &data!({"type": null}), "v.type type_mismatch expected Result tag string, got Null");
    refuses(RESULT, &data!({"type": "ok", "x": 1}), "v.type invalid_value unknown Result variant ok");
    refuses(
        RESULT,
        &data!({"type": "Ok", "x": 1}),
        "v missing_field missing Result data; v.x unknown_field unknown field",
    );
    refuses(
        RESULT,
        &data!({"x": 1, "type": "Ok", "data": null}),
        "v.data type_mismatch expected Int, got Null; v.x unknown_field unknown field",
    );
    refuses(
        RESULT_UNIT,
        &data!({"type": "Ok", "data": null}),
        "v.data type_mismatch expected Unit, got Null",
    );
    leaks.none();
}

#[test]
fn domains_are_tried_in_order() {
    testing::install();
    let leaks = Leaks::watch();
    let crate_json =
        r#"{"data":{"count":3,"fragile":false,"note":null,"sku":"b","tags":["a","b"]},"type":"Err"}"#;
    accepts(RESULT_TWO, &data!({"type": "Err", "data": {"sku": "b", "count": 3}}), crate_json);
    accepts(
        RESULT_TWO,
        &data!({"type": "Err", "data": {"message": "m", "code": 3}}),
        r#"{"data":{"code":3,"message":"m"},"type":"Err"}"#,
    );
    refuses(
        RESULT_TWO,
        &data!({"type": "Err", "data": {"sku": "b"}, "x": 1}),
        "v.data.count missing_field missing field; v.x unknown_field unknown field",
    );
    // The limit of entries inside a trial is no end: only its own entries are taken back.
    let many: Vec<(String, Data)> = (0..150).map(|number| (format!("k{number}"), Data::Null)).collect();
    let error = Data::Map(vec![("type".into(), "Err".into()), ("data".into(), Data::Map(many))]);
    let entries = convert_from(Source::Dynamic, RESULT_TWO, &error).err().expect("refused");
    assert_eq!(entries.len(), 100);
    assert_eq!(entries[0], "v.data.sku missing_field missing field");
    assert_eq!(entries[99], "v.data.k97 unknown_field unknown field");
    leaks.none();
}

#[test]
fn trials_in_trials_take_no_exponential_time() {
    testing::install();
    let leaks = Leaks::watch();
    for bottom in [data!({"type": "Ok", "data": 1}), data!({"type": "Ok", "data": "x"})] {
        let mut data = bottom;
        for _ in 0..120 {
            data = Data::Map(vec![
                ("type".into(), "Err".into()),
                ("data".into(), Data::Map(vec![("result".into(), data)])),
            ]);
        }
        let _ = outcome(RESULT_DEEP, &data);
    }
    leaks.none();
}

#[test]
fn a_hundred_entries_are_enough() {
    testing::install();
    let leaks = Leaks::watch();
    let list = Data::List(vec![Data::Text("x".into()); 250]);
    let entries = convert_from(Source::Dynamic, LIST_INT, &list).err().expect("refused");
    assert_eq!(entries.len(), 100);
    assert_eq!(entries[99], "v[99] type_mismatch expected Int, got String");
    leaks.none();
}

#[test]
fn depth_is_limited() {
    /// Lists in lists around a value.
    fn nested(mut value: Dynamic, levels: usize) -> Dynamic {
        for _ in 0..levels {
            value = Dynamic::object(crate::dynamic::list_of(core::iter::once(value)));
        }
        value
    }
    fn run() {
        testing::install();
        let leaks = Leaks::watch();
        let empty = || Dynamic::object(crate::dynamic::list_of(core::iter::empty()));
        let path = "v".to_owned() + &"[0]".repeat(DEEPEST);
        let cases = [
            (nested(empty(), DEEPEST - 1), Ok("[".repeat(DEEPEST) + &"]".repeat(DEEPEST))),
            (nested(empty(), DEEPEST), Err("failure value is nested too deeply".to_owned())),
            (nested(empty(), 100_000), Err("failure value is nested too deeply".to_owned())),
            (nested(Dynamic::int(1), DEEPEST), Err(format!("{path} type_mismatch expected List, got Int"))),
        ];
        for (value, expected) in cases {
            let found = convert_value_from(Source::Dynamic, LIST_DEEP, value);
            let found = found.map(|value| value.json()).map_err(|entries| entries.join("; "));
            assert_eq!(found, expected);
        }
        leaks.none();
    }
    // Half of the stack that compiled code leaves to the runtime.
    std::thread::Builder::new().stack_size(128 << 10).spawn(run).expect("a thread").join().expect("passes");
}

/// A default that leads to itself ends when the stack does.
#[test]
fn endless_defaults() {
    testing::install();
    std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(|| {
            let here = 0_u8;
            let mut task = Task::new(&raw const here as usize - (512 << 10));
            let value = data!({}).make();
            let path = string::new("v");
            // SAFETY: a live value and a live string; the context is the head of a task.
            unsafe {
                let bits = value.bits as i64;
                let result = convert_object((&raw mut task).cast(), ENDLESS, value.object, bits, path);
                assert_eq!(result.second, u64::from(STATUS_FAILURE));
                assert_eq!(Report::take(&mut task).message, "stack overflow");
                value.release();
                release(path);
            }
        })
        .expect("a thread")
        .join()
        .expect("passes");
}

#[test]
fn exported_conversions() {
    testing::install();
    let leaks = Leaks::watch();
    let mut task = Task::new(0);
    let context = (&raw mut task).cast();
    let path = string::new("crate.count");
    // SAFETY: live values and live strings; the context is the head of a task.
    unsafe {
        let list = data!([1, 2]).make();
        let result = convert_object(context, LIST_INT, list.object, 0, path);
        assert_eq!(result.second, u64::from(STATUS_OK));
        assert_eq!(forms_of(LIST_INT, result.first).0, "[1, 2]");
        list.release();
        let seven = Dynamic::int(7);
        let result = convert_value(context, LIST_OPTION_COUNT, seven.object, seven.bits as i64, path);
        assert_eq!(result.second, u64::from(STATUS_OK));
        assert_eq!(forms_of(LIST_OPTION_COUNT, result.first).0, "[7]");
        let result = convert_value(context, LIST_OPTION_COUNT, seven.object, 0, path);
        assert_eq!((result.first.is_null(), result.second), (true, u64::from(STATUS_RAISED)));
        let raised = crate::error_value::take_raised(context);
        assert_eq!(
            forms_of(VALIDATION, raised).1,
            concat!(
                r#"{"fields":[{"code":"invalid_value","message":"value 0 out of range 1..99","path":"crate.count"}],"#,
                r#""message":"validation failed"}"#
            )
        );
        // What a default raises takes the place of the validation error.
        let empty = data!({}).make();
        let result = convert_object(context, RAISING, empty.object, 0, path);
        assert_eq!(result.second, u64::from(STATUS_RAISED));
        assert_eq!(forms_of(DENIED, crate::error_value::take_raised(context)).0, "Denied(no default)");
        empty.release();
        release(path);
    }
    leaks.none();
}

/// The dynamic form of a value has its JSON, and leads back to it.
fn round_trip(value: &Value) {
    // SAFETY: a live value; the dynamic one is released here.
    unsafe {
        let dynamic = to_dynamic::make(value.ty, value.address()).expect("not deep");
        assert_eq!(testing::json(TYPE_DYNAMIC, (&raw const dynamic).cast()).expect("JSON"), value.json());
        let mut task = Task::new(0);
        let mut problems = Problems::default();
        let mut again = Value { ty: value.ty, memory: [0; 8] };
        let out = again.memory.as_mut_ptr().cast();
        let context = (&raw mut task).cast();
        let source = Source::Dynamic;
        let result = convert(context, value.ty, dynamic, source, &Path::root("v"), out, &mut problems);
        dynamic.release();
        assert_eq!((result, problems.entries), (Ok(true), Vec::new()));
        assert_eq!(again.json(), value.json());
    }
}

/// Types whose defaults and predicates the model knows.
const TYPES: &[u32] = &[
    TYPE_INT,
    TYPE_FLOAT,
    TYPE_BOOL,
    TYPE_STRING,
    TYPE_BYTES,
    TYPE_ID,
    TYPE_EMAIL,
    TYPE_DYNAMIC,
    TYPE_STD_ERROR,
    LIST_INT,
    LIST_STRING,
    MAP_INT,
    MAP_STRING,
    LINK,
    OPTION_LINK,
    DENIED,
    OPTION_INT,
    SHAPE,
    CHAIN,
    LIST_SHAPE,
    MAP_SHAPE,
    RESULT,
    NOT_FOUND,
    VALIDATION,
    SHORT,
    COUNT,
    RATIO,
    TOKEN,
    WORD,
    LIST_ID,
    OPTION_STRING,
    OPTION_ID,
    MAP_COUNT,
    CRATE,
    QUAD,
    OPTION_QUAD,
    RESULT_TWO,
    OPTION_COUNT,
    LIST_OPTION_COUNT,
    MAP_LIST,
    PAIR,
    NEST,
    OPTION_NEST,
    LIST_LIST_INT,
    MAP_OPTION_STRING,
    LEFT,
    RIGHT,
    RESULT_DEEP,
    MAP_SHORTS,
    LOOSE,
    BLOB,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Random data into random types: the entries are those of the rules, nothing leaks, and what is made leads back to itself.
    #[test]
    fn as_the_rules_say(
        ty in proptest::sample::select(TYPES),
        choices in proptest::collection::vec(any::<u8>(), 0..300),
        faults in 0..3_u8,
        json in any::<bool>(),
    ) {
        testing::install();
        let leaks = Leaks::watch();
        let data = model::generate(ty, &mut model::Choices::new(&choices, faults), 0);
        let source = if json { Source::Json } else { Source::Dynamic };
        let mut expected = Vec::new();
        model::read(source, ty, &data, "v", &mut expected);
        expected.truncate(100);
        match convert_from(source, ty, &data) {
            Ok(value) => {
                prop_assert_eq!(expected, Entries::new(), "{:?}", data);
                round_trip(&value);
            }
            Err(entries) => prop_assert_eq!(entries, expected, "{:?}", data),
        }
        leaks.none();
    }
}
