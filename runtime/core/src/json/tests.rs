//! The decoders and the encoder together: messages, hostile texts, and the same answers as another implementation where the formats agree.

use super::tree::{self, Large};
use super::*;
use crate::dynamic::{DynamicKind, elements, entries};
use crate::failure::{Report, Task};
use crate::testing::{self, Leaks, *};
use fuse_abi::desc::TYPE_DYNAMIC;
use fuse_abi::layout::{STATUS_FAILURE, STATUS_RAISED};
use proptest::prelude::*;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Reads a text and gives its JSON, or the message.
fn again(text: &[u8]) -> Result<String, String> {
    let value = tree::parse(text, Large::Refuse).map_err(|invalid| invalid.message())?;
    // SAFETY: a live dynamic value, released once.
    unsafe {
        let again = json(TYPE_DYNAMIC, (&raw const value).cast()).expect("JSON");
        value.release();
        Ok(again)
    }
}

fn message(text: &[u8]) -> String {
    again(text).expect_err("a mistake")
}

#[test]
fn values() {
    testing::install();
    let leaks = Leaks::watch();
    let cases = [
        (" \t\r\n null \n", "null"),
        ("true", "true"),
        ("false", "false"),
        ("-0", "0"),
        ("-0.5e-3", "-0.0005"),
        ("[]", "[]"),
        ("[ 1 , 2.50 , \"x\" , [ ] , { } ]", r#"[1,2.5,"x",[],{}]"#),
        (r#"{"b":1,"a":{"":null},"\u0063":true}"#, r#"{"a":{"":null},"b":1,"c":true}"#),
        (r#""\u00e9\ud83d\ude00\u0001/\/""#, "\"é😀\\u0001//\""),
        ("9007199254740993", "9007199254740993"),
    ];
    for (text, expected) in &cases {
        assert_eq!(again(text.as_bytes()).as_deref(), Ok(*expected), "{text}");
    }
    let keys: Vec<String> = (0..1000).map(|number| format!("\"k{number:04}\":{number}")).collect();
    let large = format!("{{{}}}", keys.join(","));
    assert_eq!(again(large.as_bytes()), Ok(large));
    leaks.none();
}

#[test]
fn messages() {
    testing::install();
    let leaks = Leaks::watch();
    let end = "unexpected end of input";
    let character = "unexpected character";
    let cases: &[(&str, &str)] = &[
        ("", end),
        (" ", end),
        ("[", end),
        ("[1", end),
        ("[1,", end),
        ("{", end),
        ("{\"a\"", end),
        ("{\"a\":", end),
        ("{\"a\":1", end),
        ("{\"a\":1,", end),
        ("x", character),
        ("+1", character),
        (".5", character),
        ("'a'", character),
        ("NaN", character),
        ("Infinity", character),
        ("]", character),
        ("[,1]", character),
        ("[1,]", character),
        ("{\"a\":}", character),
        ("// 1", character),
        ("\u{feff}1", character),
        ("\u{a0}1", character),
        ("nul", "invalid null"),
        ("nil", "invalid null"),
        ("n", "invalid null"),
        ("True", character),
        ("tru", "invalid bool"),
        ("f", "invalid bool"),
        ("[falsy]", "invalid bool"),
        ("-", "invalid number"),
        ("-Infinity", "invalid number"),
        ("01", "invalid number"),
        ("1.", "invalid number"),
        ("[1.5e]", "invalid number"),
        ("1e309", "number out of range"),
        ("[-1e999999999999999999999999", "number out of range"),
        ("{1:2}", "expected string"),
        ("{,}", "expected string"),
        ("{\"a\":1,}", "expected string"),
        ("{a:1}", "expected string"),
        ("\"abc", "unterminated string"),
        ("[\"a\\", "unterminated string"),
        ("{\"a", "unterminated string"),
        (r#""\a""#, "invalid escape"),
        (r#""\u12x4""#, "invalid unicode escape"),
        (r#""\ud800""#, "invalid unicode escape"),
        (r#""\udc00\ud800""#, "invalid unicode escape"),
        ("\"a\nb\"", "control character in string"),
        ("\"\u{1f}\"", "control character in string"),
        ("{\"a\"}", "expected ':'"),
        ("{\"a\" 1}", "expected ':'"),
        ("{\"a\",1}", "expected ':'"),
        ("[1 2]", "expected ',' or ']'"),
        ("[1}", "expected ',' or ']'"),
        ("[truex]", "expected ',' or ']'"),
        ("{\"a\":1 \"b\":2}", "expected ',' or '}'"),
        ("{\"a\":1]", "expected ',' or '}'"),
        ("{\"a\":1:2}", "expected ',' or '}'"),
        (r#"{"a":1,"b":2,"a":3}"#, "duplicate key \"a\""),
        (r#"{"é":1,"\u00e9":2}"#, "duplicate key \"é\""),
        (r#"[{"":{"x":1,"x":[1,"2"]}}]"#, "duplicate key \"x\""),
        ("1 2", "trailing characters"),
        ("nullx", "trailing characters"),
        ("{}}", "trailing characters"),
        ("[] ,", "trailing characters"),
    ];
    for (text, expected) in cases {
        assert_eq!(message(text.as_bytes()), *expected, "{text}");
    }
    assert_eq!(message(b"\"\xff\""), "invalid utf-8");
    assert_eq!(message(b"[1,\"\xed\xa0\x80\"]"), "invalid utf-8");
    let many: Vec<String> = (0..100).map(|number| format!("\"k{}\":[{number}]", number % 99)).collect();
    assert_eq!(message(format!("{{{}}}", many.join(",")).as_bytes()), "duplicate key \"k0\"");
    leaks.none();
}

#[test]
fn depth() {
    testing::install();
    let leaks = Leaks::watch();
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert_eq!(again(nested(128).as_bytes()), Ok(nested(128)));
    assert_eq!(message(nested(129).as_bytes()), "nesting too deep");
    assert_eq!(message("[".repeat(10_000_000).as_bytes()), "nesting too deep");
    assert_eq!(message("{\"a\":".repeat(129).as_bytes()), "nesting too deep");
    assert_eq!(message("{\"a\":[".repeat(64).as_bytes()), "unexpected end of input");
    assert_eq!(
        again(format!("[{}]", vec![nested(127); 3].join(",")).as_bytes()).map(|text| text.len()),
        Ok(766)
    );
    leaks.none();
}

/// What a call of the program says when it fails.
unsafe fn failure(task: &mut Task, status: u64) -> Report {
    assert_eq!(status, u64::from(STATUS_FAILURE));
    Report::take(task)
}

#[test]
fn calls_of_the_program() {
    testing::install();
    let leaks = Leaks::watch();
    let mut task = Task::new(0);
    let context = (&raw mut task).cast();
    // SAFETY: the context is the head of a task; objects are released once.
    unsafe {
        let mut out = [0_u64; 2];
        let text = string::new(r#"{"a":[1]}"#);
        assert_eq!(json_decode(out.as_mut_ptr(), context, text), OK);
        release(text);
        let encoded = json_encode(context, TYPE_DYNAMIC, out.as_mut_ptr().cast());
        assert_eq!((string::text(encoded.first), encoded.second), (r#"{"a":[1]}"#, OK));
        release(encoded.first);
        out.as_ptr().cast::<Dynamic>().read().release();
        let text = string::new("{\"a\":[1}");
        let status = json_decode(out.as_mut_ptr(), context, text);
        let report = failure(&mut task, status);
        assert_eq!((&*report.message, report.code), ("invalid json: expected ',' or ']'", "runtime_error"));
        release(text);
    }
    leaks.none();
}

/// What was raised, as JSON.
unsafe fn raised(task: &mut Task, status: u64) -> String {
    assert_eq!(status, u64::from(STATUS_RAISED));
    let raised = task.raised.take().expect("an error value");
    // SAFETY: the context owned the object.
    unsafe { forms_of(raised.ty, raised.object).1 }
}

#[test]
fn decoding_into_a_type() {
    testing::install();
    let leaks = Leaks::watch();
    let mut task = Task::new(0);
    let context = (&raw mut task).cast();
    let path = string::new("crate");
    // SAFETY: as above.
    unsafe {
        let object = |ty, text: &str| {
            let text = string::new(text);
            let result = json_decode_object(context, ty, text, path);
            release(text);
            assert_eq!(result.first.is_null(), result.second != OK);
            result
        };
        let good = object(CRATE, r#"{"sku":"b-7","count":3}"#);
        let expected = r#"{"count":3,"fragile":false,"note":null,"sku":"b-7","tags":["a","b"]}"#;
        assert_eq!(forms_of(CRATE, good.first).1, expected);
        // A predicate is called the slow way.
        assert_eq!(forms_of(WORD, object(WORD, "\"apple\"").first).1, "\"apple\"");
        let bad = object(CRATE, r#"{"sku":7,"count":100,"more":1}"#);
        assert_eq!(
            raised(&mut task, bad.second),
            concat!(
                r#"{"fields":[{"code":"type_mismatch","message":"expected String, got Int","path":"crate.sku"},"#,
                r#"{"code":"invalid_value","message":"value 100 out of range 1..99","path":"crate.count"},"#,
                r#"{"code":"unknown_field","message":"unknown field","path":"crate.more"}],"#,
                r#""message":"validation failed"}"#
            )
        );
        for (text, expected) in [
            (r#"{"sku":7,"sku":7}"#, "invalid json: duplicate key \"sku\""),
            (r#"{"sku":1e999}"#, "invalid json: number out of range"),
            (r#"{"sku":"b-7","count":3}}"#, "invalid json: trailing characters"),
        ] {
            let bad = object(CRATE, text);
            assert_eq!(failure(&mut task, bad.second).message, expected);
        }
        let value = |text: &str| {
            let text = string::new(text);
            let result = json_decode_value(context, LIST_OPTION_COUNT, text, path);
            release(text);
            result
        };
        for (text, expected) in [("7", "[7]"), (" null ", "[null]"), ("7.0", "[7]")] {
            assert_eq!(forms_of(LIST_OPTION_COUNT, value(text).first).1, expected);
        }
        let bad = value("100");
        assert!(raised(&mut task, bad.second).contains("value 100 out of range 1..99"));
        let bad = value("tru");
        assert_eq!(failure(&mut task, bad.second).message, "invalid json: invalid bool");
        release(path);
    }
    leaks.none();
}

#[test]
fn reading_text_from_outside() {
    testing::install();
    let leaks = Leaks::watch();
    let mut task = Task::new(0);
    let context = (&raw mut task).cast();
    // SAFETY: as above; memory for an object.
    unsafe {
        json_enable();
        let read = |text| {
            let (mut object, mut problems): (Object, _) = (ptr::null_mut(), Problems::default());
            let (path, out) = (Path::root("App.crate"), (&raw mut object).cast());
            let read = boundary::read_text(context, BLOB, text, true, &path, out, &mut problems);
            if read == Ok(true) {
                return forms_of(BLOB, object).1;
            }
            let entries = problems.entries.iter();
            entries.map(|entry| format!("{} {} {};", entry.path, entry.code, entry.message)).collect()
        };
        assert_eq!(read(r#" {"blob":"","ratio":1} "#), r#"{"blob":"","ratio":1}"#);
        assert_eq!(read("{"), "App.crate invalid_value invalid JSON value: unexpected end of input;");
        assert_eq!(
            read(r#"{"blob":1,"ratio":1e999}"#),
            "App.crate.blob type_mismatch expected String;App.crate.ratio type_mismatch expected Float;"
        );
    }
    leaks.none();
}

/// Values that are deeper than the fast way goes, in others that are not.
#[test]
fn deep_values_are_written_whole() {
    testing::install();
    let leaks = Leaks::watch();
    // SAFETY: each node owns the one before; the list owns two references.
    unsafe {
        let mut link = ptr::null_mut();
        for value in 0..500 {
            link = node(LINK, &[link as u64, value]);
        }
        let (_, expected) = (0..500).fold((0, "null".to_owned()), |(value, next), _| {
            (value + 1, format!(r#"{{"next":{next},"value":{value}}}"#))
        });
        let map = map_of(MAP_LINK, &[("b", link as u64), ("a", 0)]);
        assert_eq!(forms_of(MAP_LINK, map).1, format!(r#"{{"a":null,"b":{expected}}}"#));
    }
    leaks.none();
}

#[test]
fn assets_are_kept() {
    testing::install();
    let leaks = Leaks::watch();
    let mut task = Task::new(0);
    let context = (&raw mut task).cast();
    // SAFETY: as above; what is kept is released at the end.
    unsafe {
        let mut values = [[0_u64; 2]; 3];
        let texts = [string::new(r#"{"a":["x",{"b":null},{"b":[]}]}"#), string::new("7")];
        assert_eq!(json_asset(values[0].as_mut_ptr(), context, texts[0]), OK);
        assert_eq!(json_asset(values[1].as_mut_ptr(), context, texts[1]), OK);
        assert_eq!(json_asset(values[2].as_mut_ptr(), context, texts[0]), OK);
        assert_eq!(values[0], values[2]);
        let value = values[0].as_ptr().cast::<Dynamic>().read();
        assert_eq!((*value.object).count, 0);
        // Static objects may be released and retained any number of times.
        value.release();
        value.release();
        let encoded = json_encode(context, TYPE_DYNAMIC, values[0].as_mut_ptr().cast());
        assert_eq!(string::text(encoded.first), r#"{"a":["x",{"b":null},{"b":[]}]}"#);
        release(encoded.first);
        asset::release_assets(false);
        texts.into_iter().for_each(|text| release(text));
    }
    leaks.none();
}

/// Runs a test and checks that it does not take absurdly long, even on a busy machine without optimisation.
fn soon(test: impl FnOnce()) {
    let start = Instant::now();
    test();
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn hostile_texts_take_linear_time() {
    testing::install();
    let leaks = Leaks::watch();
    soon(|| {
        let digits = "9".repeat(10_000_000);
        assert_eq!(message(digits.as_bytes()), "number out of range");
        assert_eq!(message(format!("1e{digits}").as_bytes()), "number out of range");
        assert_eq!(again(format!("1e-{digits}").as_bytes()).as_deref(), Ok("0"));
        let text = "\\u0041".repeat(1_000_000);
        assert_eq!(again(format!("\"{text}\"").as_bytes()).map(|text| text.len()), Ok(1_000_002));
        let text = "é".repeat(5_000_000);
        assert_eq!(again(format!("\"{text}\"").as_bytes()), Ok(format!("\"{text}\"")));
        assert_eq!(message(&vec![b' '; 10_000_000]), "unexpected end of input");
        let numbers = "0,".repeat(1_000_000);
        assert_eq!(again(format!("[{numbers}0]").as_bytes()), Ok(format!("[{numbers}0]")));
        let keys: Vec<String> = (0..300_000).map(|number| format!("\"{:08x}\":0", 16 * number)).collect();
        assert_eq!(again(format!("{{{}}}", keys.join(",")).as_bytes()).map(|text| text.len()), Ok(3_900_001));
        let wide = "[".repeat(100) + &"{\"a\":1},".repeat(100_000);
        assert_eq!(message(wide.as_bytes()), "unexpected end of input");
    });
    leaks.none();
}

/// Decoding and encoding need no more stack than the reserve below a program's limit has.
#[test]
fn the_reserve_is_enough() {
    std::thread::Builder::new()
        .stack_size(fuse_abi::layout::STACK_RESERVE / 2)
        .spawn(|| {
            testing::install();
            let leaks = Leaks::watch();
            let mut task = Task::new(0);
            let context: *mut Context = (&raw mut task).cast();
            let text = "[".repeat(127) + "{}" + &"]".repeat(127);
            assert_eq!(again(text.as_bytes()), Ok(text));
            let mut chain = r#"{"type":"End"}"#.to_owned();
            for number in 0..28 {
                chain = format!(r#"{{"data":[{chain},{number}],"type":"More"}}"#);
            }
            let mut link = "null".to_owned();
            for number in 0..128 {
                link = format!(r#"{{"next":{link},"value":{number}}}"#);
            }
            // SAFETY: the context is the head of a task; memory for an object.
            unsafe {
                for (ty, text) in [(CHAIN, chain), (LINK, link)] {
                    let mut object: Object = ptr::null_mut();
                    assert!(typed::read(context, ty, &text, (&raw mut object).cast()));
                    assert_eq!(forms_of(ty, object).1, text);
                }
            }
            leaks.none();
        })
        .expect("a thread")
        .join()
        .expect("passes");
}

/// Whether a Float is what another implementation read, which may be off by a bit.
fn near(value: f64, other: &serde_json::Number) -> bool {
    other.as_f64().is_some_and(|other| (value - other).abs() <= other.abs() * 1e-15)
}

/// Whether a dynamic value is what another implementation read.
unsafe fn same(value: Dynamic, other: &Value) -> bool {
    // SAFETY: a live dynamic value.
    unsafe {
        match (value.kind(), other) {
            (DynamicKind::Null, Value::Null) => true,
            (DynamicKind::Bool, Value::Bool(other)) => (value.bits != 0) == *other,
            (DynamicKind::Int, Value::Number(other)) => match other.as_i64() {
                Some(other) => value.bits as i64 == other,
                None => near(value.bits as i64 as f64, other),
            },
            (DynamicKind::Float, Value::Number(other)) => near(f64::from_bits(value.bits), other),
            (DynamicKind::String, Value::String(other)) => string::text(value.object) == other,
            (DynamicKind::List, Value::Array(other)) => {
                let elements = elements(value.object);
                elements.len() == other.len()
                    && elements.iter().zip(other).all(|(element, other)| same(*element, other))
            }
            (DynamicKind::Map, Value::Object(other)) => {
                let mut entries = entries(value.object);
                entries.len() == other.len()
                    && entries.all(|(key, element)| {
                        other.get(string::text(key)).is_some_and(|other| same(element, other))
                    })
            }
            _ => false,
        }
    }
}

/// Both implementations accept the text and read the same, or neither does.
fn agree(text: &str) {
    let leaks = Leaks::watch();
    let other = serde_json::from_str::<Value>(text);
    match tree::parse(text.as_bytes(), Large::Refuse) {
        // The other one does not mind.
        Err(invalid) if invalid.mistake == scan::Mistake::DuplicateKey => {}
        Err(invalid) => assert!(other.is_err(), "{text:?}: {invalid:?}, {other:?}"),
        // SAFETY: a live dynamic value, released once.
        Ok(value) => unsafe {
            let other = other.unwrap_or_else(|error| panic!("{text:?} was accepted: {error}"));
            assert!(same(value, &other), "{text:?}");
            value.release();
        },
    }
    leaks.none();
}

/// Texts of values, with blanks, escapes and all sorts of numbers.
fn texts() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| format!("{value:e}")),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?",
        any::<String>().prop_map(|text| serde_json::to_string(&text).expect("JSON")),
        "\"(\\\\u[0-9a-cA-C][0-9a-f]{3}|\\\\[\"\\\\/bfnrt]|[a-zé])*\"",
    ];
    scalar.prop_recursive(5, 40, 6, |inner| {
        let blank = "[ \n\t\r]{0,2}";
        prop_oneof![
            proptest::collection::vec((blank, inner.clone(), blank), 0..6).prop_map(|parts| {
                let parts: Vec<String> = parts.into_iter().map(|(a, text, b)| a + &text + &b).collect();
                format!("[{}]", parts.join(","))
            }),
            proptest::collection::btree_map("[a-z]{0,3}", (blank, inner), 0..12).prop_map(|parts| {
                let parts: Vec<String> =
                    parts.into_iter().map(|(key, (a, text))| format!("{a}\"{key}\"{a}:{text}")).collect();
                format!("{{{}}}", parts.join(","))
            }),
        ]
    })
}

/// Changes some bytes of a text to others that JSON is made of; the text stays UTF-8.
pub(super) fn mutate(text: &str, changes: &[(usize, u8)]) -> String {
    const BYTES: &[u8] = b"{}[]:,\"\\/ntfu0123456789eE+-. \n\x01ax";
    let mut bytes = text.as_bytes().to_vec();
    for &(at, what) in changes {
        let at = at % (bytes.len() + 1);
        let byte = BYTES[usize::from(what) % BYTES.len()];
        match (what / 64, bytes.get_mut(at)) {
            (0, _) => bytes.insert(at, byte),
            (1, Some(_)) => drop(bytes.remove(at)),
            (2, _) => bytes.truncate(at.max(1)),
            (_, Some(old)) => *old = byte,
            _ => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn as_another_implementation(text in texts()) {
        testing::install();
        agree(&text);
    }

    #[test]
    fn mutations_as_another_implementation(
        text in texts(),
        changes in proptest::collection::vec(any::<(usize, u8)>(), 1..4),
    ) {
        testing::install();
        agree(&mutate(&text, &changes));
    }

    #[test]
    fn nonsense_as_another_implementation(text in "[{}\\[\\]:,\"\\\\ntrufalse0-9.eE+ -]{0,12}") {
        testing::install();
        agree(&text);
    }

    #[test]
    fn strings_are_written_alike(text: String) {
        testing::install();
        let mut out = Builder::with_capacity(0);
        encode::write_string(&mut out, &text);
        prop_assert_eq!(core::str::from_utf8(out.bytes()).expect("UTF-8"), serde_json::to_string(&text).expect("JSON"));
    }

    /// What is written is read as the same, and written as the same again.
    #[test]
    fn written_and_read(text in texts()) {
        testing::install();
        let once = again(text.as_bytes());
        prop_assume!(once.is_ok());
        let once = once.expect("JSON");
        prop_assert_eq!(again(once.as_bytes()), Ok(once));
    }
}
