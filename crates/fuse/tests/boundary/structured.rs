//! Tables of the types that JSON text holds.

use crate::cases::*;

/// What the tables of this file and of `scalars.rs` are about.
pub const DECLARATIONS: &str = r#"
fn even(n: Int) -> Bool:
  return n % 2 == 0

fn small(n: Int) -> Bool:
  return n < 10

fn positive(x: Float) -> Bool:
  return x > 0.0

fn hello(bytes: Bytes) -> Bool:
  return "${bytes}" == "aGk="

fn short(text: Email) -> Bool:
  return "${text}" == "a@b.c"

fn zero() -> Int:
  return 0

type Item:
  sku: String(1..8)
  n: Int = 1
  note: String?

type Order:
  id: Id
  items: List<Item>
  limits: Map<String, Int>

type Optional:
  a: Int? = 5
  b: List<Int>? = [1]

type Unlucky:
  a: Int(1..9) = zero()
  b: String(1..9) = ""

type Short = Order without items

type Node:
  value: Int
  next: Node?

enum Shape:
  Dot
  Circle(Float)
  Box(width: Int, height: Int(1..9))
  Group(List<Shape>)

type Fault:
  reason: String

type Limit:
  reason: String
  most: Int
"#;

/// All of them.
pub fn kinds() -> Vec<Kind> {
    [lists(), maps(), structs(), errors(), enums(), results()].into_iter().flatten().collect()
}

/// Text that is no JSON, and what the messages say about it.
pub const NO_JSON: &[(&str, &str)] = &[
    ("", "unexpected end of input"),
    (" \t\r\n", "unexpected end of input"),
    ("[", "unexpected end of input"),
    ("[1", "unexpected end of input"),
    ("[1,", "unexpected end of input"),
    ("{\"a\":", "unexpected end of input"),
    ("{\"a\":1", "unexpected end of input"),
    ("nul", "invalid null"),
    ("nulL", "invalid null"),
    ("tru", "invalid bool"),
    ("falsy", "invalid bool"),
    ("True", "unexpected character"),
    ("NaN", "unexpected character"),
    ("Infinity", "unexpected character"),
    ("+1", "unexpected character"),
    (".5", "unexpected character"),
    ("'a'", "unexpected character"),
    ("[1,]", "unexpected character"),
    ("[,1]", "unexpected character"),
    ("[1,,2]", "unexpected character"),
    ("// 1", "unexpected character"),
    ("/* */ 1", "unexpected character"),
    ("\u{feff}1", "unexpected character"),
    ("[\u{a0}1]", "unexpected character"),
    ("[\u{c}1]", "unexpected character"),
    ("-", "invalid number"),
    ("-x", "invalid number"),
    ("01", "invalid number"),
    ("-01", "invalid number"),
    ("1.", "invalid number"),
    ("1.e1", "invalid number"),
    ("1e", "invalid number"),
    ("1e+", "invalid number"),
    ("-.5", "invalid number"),
    ("{a:1}", "expected string"),
    ("{1:1}", "expected string"),
    ("{\"a\":1,}", "expected string"),
    ("{,}", "expected string"),
    ("\"abc", "unterminated string"),
    ("\"a\\\"", "unterminated string"),
    ("\"\\x\"", "invalid escape"),
    ("\"\\'\"", "invalid escape"),
    ("\"\\u12g4\"", "invalid unicode escape"),
    ("\"\\u+123\"", "invalid unicode escape"),
    ("\"\\ud800\"", "invalid unicode escape"),
    ("\"\\ud83d\\u0041\"", "invalid unicode escape"),
    ("\"\\ud83dx\"", "invalid unicode escape"),
    ("\"\\ude00\"", "invalid unicode escape"),
    ("\"\\ude00\\ud83d\"", "invalid unicode escape"),
    ("\"a\tb\"", "control character in string"),
    ("\"a\nb\"", "control character in string"),
    ("\"\u{1f}\"", "control character in string"),
    ("{\"a\" 1}", "expected ':'"),
    ("{\"a\",1}", "expected ':'"),
    ("[1 2]", "expected ',' or ']'"),
    ("[1}", "expected ',' or ']'"),
    ("[1:2]", "expected ',' or ']'"),
    ("{\"a\":1 \"b\":2}", "expected ',' or '}'"),
    ("{\"a\":1]", "expected ',' or '}'"),
    ("{\"a\":1,\"a\":2}", "duplicate key \"a\""),
    ("{\"a\":1,\"\\u0061\":1}", "duplicate key \"a\""),
    ("[{\"\":1,\"b\":2,\"\":3}]", "duplicate key \"\""),
    ("1 2", "trailing characters"),
    ("[1]]", "trailing characters"),
    ("{}x", "trailing characters"),
    ("null,", "trailing characters"),
    ("[1\u{a0}]", "expected ',' or ']'"),
];

fn lists() -> Vec<Kind> {
    vec![
        kind("List<Int>")
            .text("[]", "[]")
            .text("[1, 2]", "[1,2]")
            .text(" [ 1\t,\n2 ] ", "[1,2]")
            .same("[]")
            .json("[1,2.0,3e0]", "[1,2,3]")
            .bad_json(
                "[1,\"x\",2.5,null]",
                [
                    mismatch("[1]", "Int", "String"),
                    mismatch("[2]", "Int", "Float"),
                    mismatch("[3]", "Int", "Null"),
                ],
            )
            .mismatch_as("{}", "List", "Map")
            .mismatch_as("null", "List", "Null")
            .mismatch_as("\"[1]\"", "List", "String")
            .bad_text("1", [mismatch("", "List", "Int")])
            .bad_text("null", [mismatch("", "List", "Null")]),
        kind("List<String(1..2)>").same("[\"a\",\"bc\"]").bad_json(
            "[\"\",\"a\",\"abc\",5]",
            [
                invalid("[0]", "length 0 out of range 1..2"),
                invalid("[2]", "length 3 out of range 1..2"),
                mismatch("[3]", "String", "Int"),
            ],
        ),
        kind("List<Int?>").same("[null,1]").bad_json("[null,true]", [mismatch("[1]", "Int", "Bool")]),
        kind("List<List<Float>>").json("[[1],[],[2.5,3]]", "[[1],[],[2.5,3]]").bad_json(
            "[[1,\"a\"],5,[[]]]",
            [
                mismatch("[0][1]", "Float", "String"),
                mismatch("[1]", "List", "Int"),
                mismatch("[2][0]", "Float", "List"),
            ],
        ),
        kind("List<Bytes>").same("[\"aGk=\"]").bad_json(
            "[\"aGk\",5]",
            [
                invalid("[0]", "invalid Bytes (base64): invalid base64 length"),
                mismatch("[1]", "String", "Int"),
            ],
        ),
        kind("List<Int>?")
            .text("", "null")
            .text("null", "null")
            .text("[3]", "[3]")
            .same("null")
            .bad_json("[null]", [mismatch("[0]", "Int", "Null")]),
    ]
}

fn maps() -> Vec<Kind> {
    vec![
        kind("Map<String, Int>")
            .text("{}", "{}")
            .text("{ \"b\" : 1 , \"a\" : 2 }", "{\"a\":2,\"b\":1}")
            .json("{\"b\":1,\"a\":2}", "{\"a\":2,\"b\":1}")
            .json("{\"\":1,\"\\u00e9\":2,\"Z\":3,\"a b\":4}", "{\"\":1,\"Z\":3,\"a b\":4,\"\u{e9}\":2}")
            .bad_json(
                "{\"z\":\"x\",\"b\":1,\"a\":true}",
                [mismatch(".z", "Int", "String"), mismatch(".a", "Int", "Bool")],
            )
            .bad_json(
                "{\"a.b\":\"x\",\"\":[],\"[0]\":{}}",
                [
                    mismatch(".a.b", "Int", "String"),
                    mismatch(".", "Int", "List"),
                    mismatch(".[0]", "Int", "Map"),
                ],
            )
            .mismatch_as("[]", "Map", "List")
            .mismatch_as("null", "Map", "Null")
            .bad_text("[1]", [mismatch("", "Map", "List")]),
        kind("Map<String, Int?>")
            .same("{\"a\":null,\"b\":1}")
            .bad_json("{\"a\":\"\"}", [mismatch(".a", "Int", "String")]),
        kind("Map<String, List<Email>>").same("{\"a\":[\"a@b.c\"]}").bad_json(
            "{\"a\":[\"a@b.c\",\"a\"],\"b\":5}",
            [invalid(".a[1]", "invalid email address"), mismatch(".b", "List", "Int")],
        ),
        kind("Map<String, Map<String, Bool>>")
            .same("{\"a\":{\"b\":true},\"c\":{}}")
            .bad_json("{\"a\":{\"b\":1}}", [mismatch(".a.b", "Bool", "Int")]),
    ]
}

fn structs() -> Vec<Kind> {
    vec![
        kind("Item")
            .text("{\"sku\":\"a\"}", "{\"n\":1,\"note\":null,\"sku\":\"a\"}")
            .json("{\"sku\":\"a\"}", "{\"n\":1,\"note\":null,\"sku\":\"a\"}")
            .json("{\"note\":\"\",\"sku\":\"a\",\"n\":7}", "{\"n\":7,\"note\":\"\",\"sku\":\"a\"}")
            .json("{\"sku\":\"a\",\"note\":null}", "{\"n\":1,\"note\":null,\"sku\":\"a\"}")
            .bad_json("{\"sku\":\"a\",\"n\":null}", [mismatch(".n", "Int", "Null")])
            .bad_json("{}", [missing(".sku")])
            .bad_json("{\"zz\":1,\"n\":\"x\",\"aa\":{\"sku\":[]}}", [missing(".sku"), mismatch(".n", "Int", "String"), unknown(".zz"), unknown(".aa")])
            .bad_json("{\"note\":5,\"n\":1.5,\"sku\":\"\"}", [
                invalid(".sku", "length 0 out of range 1..8"),
                mismatch(".n", "Int", "Float"),
                mismatch(".note", "String", "Int"),
            ])
            .bad_json("{\"SKU\":\"a\"}", [missing(".sku"), unknown(".SKU")])
            .mismatch("[]", "List")
            .mismatch("null", "Null")
            .mismatch("\"a\"", "String")
            .bad_text("5", [mismatch("", "Item", "Int")])
            .bad_text("sku", [invalid("", "invalid JSON value: unexpected character")]),
        kind("Order")
            .json(
                "{\"limits\":{\"eu\":3},\"items\":[{\"sku\":\"a\"}],\"id\":\"o1\"}",
                "{\"id\":\"o1\",\"items\":[{\"n\":1,\"note\":null,\"sku\":\"a\"}],\"limits\":{\"eu\":3}}",
            )
            .bad_json("{\"limits\":{\"eu\":\"3\"},\"items\":[{\"sku\":\"a\",\"x\":1},[],{\"n\":\"1\"}],\"id\":\"\",\"y\":2}", [
                invalid(".id", "expected non-empty Id"),
                unknown(".items[0].x"),
                mismatch(".items[1]", "Item", "List"),
                missing(".items[2].sku"),
                mismatch(".items[2].n", "Int", "String"),
                mismatch(".limits.eu", "Int", "String"),
                unknown(".y"),
            ]),
        kind("Optional")
            .json("{}", "{\"a\":5,\"b\":[1]}")
            .same("{\"a\":null,\"b\":null}")
            .bad_json("{\"a\":\"\",\"b\":[null]}", [mismatch(".a", "Int", "String"), mismatch(".b[0]", "Int", "Null")]),
        kind("Unlucky")
            .same("{\"a\":1,\"b\":\"x\"}")
            .bad_json("{}", [invalid(".a", "value 0 out of range 1..9"), invalid(".b", "length 0 out of range 1..9")])
            .bad_json("{\"a\":\"x\",\"c\":1}", [mismatch(".a", "Int", "String"), invalid(".b", "length 0 out of range 1..9"), unknown(".c")]),
        kind("Short")
            .json("{\"limits\":{},\"id\":\"x\"}", "{\"id\":\"x\",\"limits\":{}}")
            .bad_json("{\"items\":[]}", [missing(".id"), missing(".limits"), unknown(".items")])
            .mismatch("7", "Int"),
        kind("Node")
            .json("{\"value\":1,\"next\":{\"value\":2}}", "{\"next\":{\"next\":null,\"value\":2},\"value\":1}")
            .bad_json("{\"value\":1,\"next\":{\"value\":2,\"next\":{\"value\":\"3\",\"next\":5}}}", [
                mismatch(".next.next.value", "Int", "String"),
                mismatch(".next.next.next", "Node", "Int"),
            ]),
        kind("Item?")
            .text("", "null")
            .text("NULL", "null")
            .text("{\"sku\":\"a\",\"n\":2}", "{\"n\":2,\"note\":null,\"sku\":\"a\"}")
            .bad_json("[]", [mismatch("", "Item", "List")])
            .bad_text("{", [invalid("", "invalid JSON value: unexpected end of input")]),
    ]
}

fn errors() -> Vec<Kind> {
    vec![
        kind("std.Error")
            .json("{\"code\":\"c\",\"message\":\"m\"}", "{\"code\":\"c\",\"message\":\"m\",\"status\":500}")
            .same("{\"code\":\"c\",\"message\":\"m\",\"status\":404}")
            .bad_json(
                "{\"status\":\"404\",\"fields\":[]}",
                [
                    missing(".code"),
                    missing(".message"),
                    mismatch(".status", "Int", "String"),
                    unknown(".fields"),
                ],
            )
            .mismatch("[]", "List"),
        kind("std.Error.NotFound")
            .same("{\"message\":\"m\"}")
            .bad_json("{}", [missing(".message")])
            .mismatch("\"m\"", "String"),
        kind("std.Error.Validation")
            .same("{\"fields\":[{\"code\":\"c\",\"message\":\"n\",\"path\":\"p\"}],\"message\":\"m\"}")
            .bad_json(
                "{\"message\":\"m\",\"fields\":[5,{}]}",
                [
                    mismatch(".fields[0]", "std.Error.ValidationField", "Int"),
                    missing(".fields[1].path"),
                    missing(".fields[1].code"),
                    missing(".fields[1].message"),
                ],
            ),
    ]
}

fn enums() -> Vec<Kind> {
    let no_type = || problem("", "missing_field", "missing enum type");
    let no_data = || problem("", "missing_field", "missing enum data");
    let payload = "enum payload array";
    vec![
        kind("Shape")
            .text("{\"type\":\"Dot\"}", "{\"type\":\"Dot\"}")
            .same("{\"type\":\"Dot\"}")
            .json("{\"type\":\"Dot\",\"data\":null}", "{\"type\":\"Dot\"}")
            .json("{\"type\":\"Circle\",\"data\":1}", "{\"data\":1,\"type\":\"Circle\"}")
            .same("{\"data\":[2,3],\"type\":\"Box\"}")
            .json(
                "{\"type\":\"Group\",\"data\":[{\"type\":\"Dot\"},{\"type\":\"Group\",\"data\":[]}]}",
                "{\"data\":[{\"type\":\"Dot\"},{\"data\":[],\"type\":\"Group\"}],\"type\":\"Group\"}",
            )
            .bad_json("{\"type\":\"Dot\",\"data\":1}", [unknown(".data")])
            .bad_json("{\"type\":\"Dot\",\"data\":[]}", [unknown(".data")])
            .bad_json(
                "{\"x\":1,\"type\":\"Dot\",\"data\":false,\"y\":2}",
                [unknown(".data"), unknown(".x"), unknown(".y")],
            )
            .bad_json("{\"type\":\"Circle\"}", [no_data()])
            .bad_json("{\"y\":1,\"type\":\"Circle\",\"x\":2}", [no_data(), unknown(".y"), unknown(".x")])
            .bad_json("{\"type\":\"Circle\",\"data\":null}", [mismatch(".data", "Float", "Null")])
            .bad_json(
                "{\"x\":1,\"data\":\"1\",\"type\":\"Circle\"}",
                [mismatch(".data", "Float", "String"), unknown(".x")],
            )
            .bad_json("{\"type\":\"Box\"}", [no_data()])
            .bad_json("{\"type\":\"Box\",\"data\":5}", [mismatch(".data", payload, "Int")])
            .bad_json("{\"type\":\"Box\",\"data\":null}", [mismatch(".data", payload, "Null")])
            .bad_json(
                "{\"type\":\"Box\",\"data\":{\"width\":1,\"height\":2}}",
                [mismatch(".data", payload, "Map")],
            )
            .bad_json("{\"type\":\"Box\",\"data\":[1]}", [invalid(".data", "enum payload length mismatch")])
            .bad_json(
                "{\"type\":\"Box\",\"data\":[1,2,3],\"x\":0}",
                [invalid(".data", "enum payload length mismatch"), unknown(".x")],
            )
            .bad_json(
                "{\"type\":\"Box\",\"data\":[\"1\",10]}",
                [mismatch(".data[0]", "Int", "String"), invalid(".data[1]", "value 10 out of range 1..9")],
            )
            .bad_json(
                "{\"type\":\"Group\",\"data\":[{\"type\":\"Circle\",\"data\":true},{\"type\":\"No\"},5]}",
                [
                    mismatch(".data[0].data", "Float", "Bool"),
                    invalid(".data[1]", "unknown variant No"),
                    mismatch(".data[2]", "Shape", "Int"),
                ],
            )
            .bad_json("{\"type\":\"dot\",\"x\":1}", [invalid("", "unknown variant dot")])
            .bad_json("{\"type\":\"\"}", [invalid("", "unknown variant ")])
            .bad_json("{\"type\":5,\"x\":1}", [no_type()])
            .bad_json("{\"type\":null}", [no_type()])
            .bad_json("{\"data\":1,\"x\":1}", [no_type()])
            .bad_json("{}", [no_type()])
            .mismatch("\"Dot\"", "String")
            .mismatch("[\"Dot\"]", "List")
            .mismatch("null", "Null")
            .bad_text("Dot", [invalid("", "invalid JSON value: unexpected character")])
            .bad_text("\"Dot\"", [mismatch("", "Shape", "String")]),
        kind("Shape?").text("", "null").same("null").bad_json("{}", [no_type()]),
    ]
}

/// Results are read inside of structures only.
fn results() -> Vec<Kind> {
    let tagged = |tag: &str, data: &str| format!("{{\"data\":{data},\"type\":\"{tag}\"}}");
    let never = || [invalid("", "Result is not supported for config env overrides")];
    vec![
        kind("Int!Fault")
            .bad_text("{\"type\":\"Ok\",\"data\":1}", never())
            .bad_text("", never())
            .same(&tagged("Ok", "1"))
            .json("{\"type\":\"Err\",\"data\":{\"reason\":\"r\"}}", &tagged("Err", "{\"reason\":\"r\"}"))
            .bad_json(
                "{\"type\":\"Ok\",\"data\":\"1\",\"x\":0}",
                [mismatch(".data", "Int", "String"), unknown(".x")],
            )
            .bad_json("{\"type\":\"Err\",\"data\":{}}", [missing(".data.reason")])
            .bad_json("{\"type\":\"Ok\"}", [problem("", "missing_field", "missing Result data")])
            .bad_json(
                "{\"y\":1,\"type\":\"Err\",\"x\":2}",
                [problem("", "missing_field", "missing Result data"), unknown(".y"), unknown(".x")],
            )
            .bad_json("{\"data\":1,\"x\":1}", [problem("", "missing_field", "missing Result tag")])
            .bad_json("{\"type\":5,\"x\":1}", [mismatch(".type", "Result tag string", "Int")])
            .bad_json("{\"type\":null}", [mismatch(".type", "Result tag string", "Null")])
            .bad_json("{\"type\":\"ok\",\"data\":1,\"x\":1}", [invalid(".type", "unknown Result variant ok")])
            .mismatch_as("1", "Result object", "Int")
            .mismatch_as("[]", "Result object", "List"),
        kind("String!Fault!Limit!Shape")
            .same(&tagged("Ok", "\"s\""))
            .same(&tagged("Err", "{\"reason\":\"r\"}"))
            .json(
                "{\"type\":\"Err\",\"data\":{\"reason\":\"r\",\"most\":1}}",
                &tagged("Err", "{\"most\":1,\"reason\":\"r\"}"),
            )
            .same(&tagged("Err", "{\"type\":\"Dot\"}"))
            .bad_json(
                "{\"type\":\"Err\",\"data\":{\"reason\":5}}",
                [problem(".data", "missing_field", "missing enum type")],
            )
            .bad_json(
                "{\"type\":\"Err\",\"data\":5,\"x\":1}",
                [mismatch(".data", "Shape", "Int"), unknown(".x")],
            ),
        kind("Option<Int!Fault>")
            .text("", "null")
            .bad_text("{}", never())
            .same("null")
            .same(&tagged("Ok", "1")),
    ]
}
