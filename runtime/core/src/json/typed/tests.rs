//! The fast way against the slow one: it may give up, but what it reads is the same.

use super::*;
use crate::dynamic::Dynamic;
use crate::failure::Task;
use crate::json::tests::mutate;
use crate::json::tree::parse_text;
use crate::testing::{self, Leaks, *};
use fuse_abi::desc::{TYPE_EMAIL, TYPE_FLOAT, TYPE_ID, TYPE_INT, TYPE_STD_ERROR, TYPE_STRING};
use proptest::prelude::*;

/// Room for every type of the tests.
type Memory = [u64; 8];

/// Text form and JSON of a value, which is then released.
unsafe fn show(ty: u32, memory: &Memory) -> (String, String) {
    let value = memory.as_ptr().cast();
    // SAFETY: a live value of the type.
    unsafe {
        let forms = (text(ty, value).unwrap_or_default(), json(ty, value).expect("JSON"));
        release_value(tables::desc(ty), value);
        forms
    }
}

/// What the fast way reads, if it does not give up.
fn fast(ty: u32, text: &str) -> Option<(String, String)> {
    let mut task = Task::new(0);
    let mut memory: Memory = [0xAA_AA_AA_AA_AA_AA_AA_AA; 8];
    // SAFETY: the memory is large enough; the context is the head of a task.
    unsafe { read((&raw mut task).cast(), ty, text, memory.as_mut_ptr().cast()).then(|| show(ty, &memory)) }
}

/// What decoding and converting gives, if nothing is wrong.
fn slow(ty: u32, text: &str) -> Option<(String, String)> {
    let mut task = Task::new(0);
    let mut memory: Memory = [0xAA_AA_AA_AA_AA_AA_AA_AA; 8];
    let mut problems = Problems::default();
    let value: Dynamic = parse_text(text, Large::Refuse).ok()?;
    // SAFETY: as above.
    unsafe {
        let (context, out) = ((&raw mut task).cast(), memory.as_mut_ptr().cast());
        let source = boundary::Source::Dynamic;
        let result = boundary::convert(context, ty, value, source, &Path::root("v"), out, &mut problems);
        value.release();
        (result == Ok(true)).then(|| show(ty, &memory))
    }
}

/// Compares the two ways.
fn compare(ty: u32, text: &str) {
    let leaks = Leaks::watch();
    if let Some(fast) = fast(ty, text) {
        assert_eq!(Some(fast), slow(ty, text), "{text}");
    }
    leaks.none();
}

#[test]
fn read_fast() {
    testing::install();
    let order = r#"{"id":1,"lines":[{"price":9.5,"qty":3,"sku":"A"},{"price":1,"qty":-2,"sku":"\"é\""}],"note":null,"paid":true,"tags":["x"]}"#;
    let cases: &[(u32, &str, &str)] = &[
        (TYPE_INT, " 3e2 ", "300"),
        (TYPE_FLOAT, "3", "3"),
        (TYPE_STRING, "\"a\"", "\"a\""),
        (TYPE_ID, "\"a\"", "\"a\""),
        (TYPE_EMAIL, "\"a@b.c\"", "\"a@b.c\""),
        (COUNT, "99", "99"),
        (ORDER, order, order),
        (
            ORDER,
            " { \"tags\" : [ ] , \"note\":\"n\", \"id\": 7.0, \"lines\": [ ] , \"pa\\u0069d\" : false }",
            r#"{"id":7,"lines":[],"note":"n","paid":false,"tags":[]}"#,
        ),
        // An optional field that is absent.
        (
            ORDER,
            r#"{"tags":[],"lines":[],"id":1,"paid":true}"#,
            r#"{"id":1,"lines":[],"note":null,"paid":true,"tags":[]}"#,
        ),
        // Defaults without effect.
        (
            CRATE,
            r#"{"count":1,"sku":"s"}"#,
            r#"{"count":1,"fragile":false,"note":null,"sku":"s","tags":["a","b"]}"#,
        ),
        (QUAD, r#"{"data":[1,2.5],"type":"A"}"#, r#"{"data":[1,2.5],"type":"A"}"#),
        (QUAD, r#"{ "type" : "B" , "data" : "x]}" }"#, r#"{"data":"x]}","type":"B"}"#),
        (QUAD, r#"{"type":"C"}"#, r#"{"type":"C"}"#),
        (QUAD, r#"{"type":"C","data": null }"#, r#"{"type":"C"}"#),
        (PAIR, r#"{"data":[null,7],"type":"Both"}"#, r#"{"data":[null,7],"type":"Both"}"#),
        (RESULT_TWO, r#"{"data":5,"type":"Ok"}"#, r#"{"data":5,"type":"Ok"}"#),
        (
            RESULT_TWO,
            r#"{"data":{"code":1,"message":"m"},"type":"Err"}"#,
            r#"{"data":{"code":1,"message":"m"},"type":"Err"}"#,
        ),
        (MAP_OPTION_STRING, r#"{"b":null,"a":"x"}"#, r#"{"a":"x","b":null}"#),
        (BLOB, r#"{"blob":"aGk=","ratio":1}"#, r#"{"blob":"aGk=","ratio":1}"#),
        (
            EVERY,
            r#"{"small":{"data":[true,null],"type":"Pair"},"any":{"z":[1,2.5,"x"],"a":null},"shape":{"type":"Dot"},"count":null,"shapes":{"s":{"data":["n",4],"type":"Named"}},"links":{"l":{"next":null,"value":1},"m":null},"chain":{"data":[{"type":"End"},3],"type":"More"},"flag":false}"#,
            r#"{"any":{"a":null,"z":[1,2.5,"x"]},"chain":{"data":[{"type":"End"},3],"type":"More"},"count":null,"flag":false,"links":{"l":{"next":null,"value":1},"m":null},"shape":{"type":"Dot"},"shapes":{"s":{"data":["n",4],"type":"Named"}},"small":{"data":[true,null],"type":"Pair"}}"#,
        ),
    ];
    let leaks = Leaks::watch();
    for &(ty, text, expected) in cases {
        assert_eq!(fast(ty, text).map(|forms| forms.1).as_deref(), Some(expected), "{text}");
        compare(ty, text);
    }
    leaks.none();
}

#[test]
fn given_up() {
    testing::install();
    let order = |id: &str, more: &str| {
        format!(r#"{{"id":{id},"lines":[],"note":null,"paid":true,"tags":["x","\n"]{more}}}"#)
    };
    assert!(fast(ORDER, &order("1", "")).is_some());
    let cases: &[(u32, String)] = &[
        (ORDER, order("1.5", "")),
        (ORDER, order("\"1\"", "")),
        (ORDER, order("null", "")),
        (ORDER, order("9223372036854775808", "")),
        (ORDER, order("1", ",\"id\":1")),
        (ORDER, order("1", ",\"other\":1")),
        (ORDER, order("1", ",")),
        (ORDER, order("1", "") + "x"),
        (ORDER, order("1", "").replace("\"x\",", "1,")),
        (ORDER, order("1", "").replace("\"paid\":true,", "")),
        (ORDER, order("1", "").replace("\\n", "\n")),
        (ORDER, "[]".to_owned()),
        (ORDER, String::new()),
        (TYPE_FLOAT, "1e309".to_owned()),
        (TYPE_ID, "\"\"".to_owned()),
        (TYPE_EMAIL, "\"a\"".to_owned()),
        (COUNT, "100".to_owned()),
        (SHORT, "\"toolong\"".to_owned()),
        // A predicate is the program's.
        (EVEN, "2".to_owned()),
        (WORD, "\"ab\"".to_owned()),
        (MAP_COUNT, r#"{"a":1,"a":1}"#.to_owned()),
        (MAP_COUNT, r#"{"a":1,"b":null}"#.to_owned()),
        (MAP_COUNT, r#"{"a":1,"b"}"#.to_owned()),
        (QUAD, r#"{"data":[1,2.5]}"#.to_owned()),
        (QUAD, r#"{"data":[1],"type":"A"}"#.to_owned()),
        (QUAD, r#"{"data":[1,2,3],"type":"A"}"#.to_owned()),
        (QUAD, r#"{"data":[1,2] 3,"type":"A"}"#.to_owned()),
        (QUAD, r#"{"data":"a" "b","type":"B"}"#.to_owned()),
        (QUAD, r#"{"data":"a","type":"B","data":"a"}"#.to_owned()),
        (QUAD, r#"{"data":"a","type":"B","type":"B"}"#.to_owned()),
        (QUAD, r#"{"data":1,"type":"C"}"#.to_owned()),
        (QUAD, r#"{"type":"D"}"#.to_owned()),
        (QUAD, r#"{"type":"B"}"#.to_owned()),
        (QUAD, r#"{"type":"C","more":1}"#.to_owned()),
        (RESULT_TWO, r#"{"data":{"sku":"s","count":1},"type":"Err"}"#.to_owned()),
        (RESULT_UNIT, r#"{"data":null,"type":"Ok"}"#.to_owned()),
        (BLOB, r#"{"blob":"aG=k","ratio":1}"#.to_owned()),
        (FAILING, "{}".to_owned()),
        (TYPE_STD_ERROR, r#"{"message":"m"}"#.to_owned()),
    ];
    for (ty, text) in cases {
        let leaks = Leaks::watch();
        assert_eq!(fast(*ty, text), None, "{text}");
        leaks.none();
    }
}

/// Texts that would take quadratic time if enums in enums were always read in one go.
#[test]
fn nested_enums_end_soon() {
    testing::install();
    let leaks = Leaks::watch();
    let mut chain = format!(r#"{{"type":"End"{}}}"#, " ".repeat(1_000_000));
    for number in 0..60 {
        chain = format!(r#"{{"data":[{chain},{number}],"type":"More"}}"#);
    }
    assert_eq!(fast(CHAIN, &chain), None);
    assert!(slow(CHAIN, &chain).is_some());
    leaks.none();
}

/// A source of choices.
struct Choices(u64);

impl Choices {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    fn blank(&mut self) -> &'static str {
        self.one(&["", "", "", "", " ", "\n\t "])
    }
}

/// A text for a value of a type, usually a good one.
fn sample(ty: u32, choices: &mut Choices, depth: u32) -> String {
    let desc = tables::desc(ty);
    if choices.below(60) == 0 {
        return choices.one(&["null", "1", "\"x\"", "[]", "{}", "1.5", "true"]).to_owned();
    }
    let join = |parts: Vec<String>, choices: &mut Choices| {
        let blank = choices.blank();
        parts.join(&format!("{blank},{blank}"))
    };
    match desc.kind {
        INT => choices.one(&["1", "7", "99", "-0", "2.0", "5e1", "100", "9007199254740993"]).to_owned(),
        FLOAT => {
            choices.one(&["0", "1.5", "0.1", "-2.5", "1e-3", "1", "1e22", "123456789.123456789"]).to_owned()
        }
        BOOL => choices.one(&["true", "false"]).to_owned(),
        STRING => {
            choices.one(&["\"a\"", "\"abc\"", "\"é😀\"", "\"\\n\\u0041\"", "\"\"", "\"a@b.c\""]).to_owned()
        }
        BYTES => choices.one(&["\"aGk=\"", "\"\"", "\"YQ==\""]).to_owned(),
        DYNAMIC => choices.one(&["null", "[1,{\"a\":\"b\"}]", "2.5", "{\"k\":{},\"l\":[]}"]).to_owned(),
        OPTION if depth == 0 || choices.below(3) == 0 => "null".to_owned(),
        OPTION => sample(desc.inner, choices, depth - 1),
        LIST => {
            let count = if depth == 0 { 0 } else { choices.below(7) };
            let parts = (0..count).map(|_| sample(desc.inner, choices, depth - 1)).collect();
            format!("[{}{}]", choices.blank(), join(parts, choices))
        }
        MAP => {
            let count = if depth == 0 { 0 } else { choices.below(12) };
            let parts = (0..count)
                .map(|index| format!("\"k{index}\":{}", sample(desc.inner, choices, depth - 1)))
                .collect();
            format!("{{{}{}}}", choices.blank(), join(parts, choices))
        }
        STRUCT => {
            let fields = tables::fields(desc.first, desc.count);
            let mut order: Vec<usize> = match choices.below(3) {
                0 => (0..fields.len()).collect(),
                _ => tables::offsets(desc.sorted, desc.count).iter().map(|&index| index as usize).collect(),
            };
            for _ in 0..choices.below(3) {
                let last = order.len() as u64;
                order.swap(choices.below(last) as usize, choices.below(last) as usize);
            }
            let mut parts = Vec::new();
            for index in order {
                let field = &fields[index];
                if choices.below(12) > 0 {
                    let name = tables::name(field.name, field.name_len);
                    let blank = choices.blank();
                    parts.push(format!(
                        "\"{name}\"{blank}:{}",
                        sample(field.ty, choices, depth.saturating_sub(1))
                    ));
                }
            }
            format!("{{{}}}", join(parts, choices))
        }
        ENUM | super::RESULT => {
            let variants = tables::variants(desc);
            // The first variants end types that contain themselves.
            let chosen = if depth == 0 { 0 } else { choices.below(variants.len() as u64) as usize };
            let variant = &variants[chosen];
            let parts: Vec<String> = payload(variant)
                .iter()
                .map(|element| sample(element.ty, choices, depth.saturating_sub(1)))
                .collect();
            let kind = format!("\"type\":{}\"{}\"", choices.blank(), variant_name(variant));
            let data = match parts.len() {
                0 if choices.below(2) == 0 => return format!("{{{kind}}}"),
                0 => "null".to_owned(),
                1 => parts.concat(),
                _ => format!("[{}]", join(parts, choices)),
            };
            let data = format!("\"data\":{data}{}", choices.blank());
            if choices.below(3) == 0 { format!("{{{kind},{data}}}") } else { format!("{{{data},{kind}}}") }
        }
        _ => "null".to_owned(),
    }
}

const TYPES: &[u32] = &[
    ORDER,
    EVERY,
    CRATE,
    NEST,
    PAIR,
    LOOSE,
    QUAD,
    BLOB,
    MAP_SHORTS,
    LIST_OPTION_COUNT,
    RESULT_TWO,
    RESULT_DEEP,
    LIST_SHAPE,
    MAP_SHAPE,
    LINK,
    DEFAULTS,
    MAP_LIST,
    WORD,
    LIST_LIST_INT,
    OPTION_QUAD,
    LINE,
];

/// Most samples are read the fast way.
#[test]
fn samples_are_good() {
    testing::install();
    let mut choices = Choices(1);
    for &ty in &[ORDER, EVERY, LIST_SHAPE, LIST_LIST_INT, LINE] {
        let good = (0..200).filter(|_| fast(ty, &sample(ty, &mut choices, 4)).is_some()).count();
        assert!(good > 50, "{good} of type {ty}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn as_the_slow_way(seed: u64, ty in 0..TYPES.len()) {
        testing::install();
        compare(TYPES[ty], &sample(TYPES[ty], &mut Choices(seed), 4));
    }

    #[test]
    fn mutations_as_the_slow_way(
        seed: u64,
        ty in 0..TYPES.len(),
        changes in proptest::collection::vec(any::<(usize, u8)>(), 1..4),
    ) {
        testing::install();
        compare(TYPES[ty], &mutate(&sample(TYPES[ty], &mut Choices(seed), 3), &changes));
    }
}
