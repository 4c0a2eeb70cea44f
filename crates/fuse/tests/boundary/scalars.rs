//! Tables of the types that one word of text can hold.

use crate::cases::*;

/// All of them.
pub fn kinds() -> Vec<Kind> {
    [numbers(), texts(), bytes(), options(), ranges(), lengths(), patterns_and_predicates()]
        .into_iter()
        .flatten()
        .collect()
}

fn numbers() -> Vec<Kind> {
    let long = "9".repeat(250);
    let wide = "\u{e9}".repeat(250);
    let int = kind("Int")
        .text("0", "0")
        .text("42", "42")
        .text("+7", "7")
        .text("-3", "-3")
        .text("-0", "0")
        .text("007", "7")
        .text("  12  ", "12")
        .text("9007199254740993", "9007199254740993")
        .text("9223372036854775807", "9223372036854775807")
        .text("-9223372036854775808", "-9223372036854775808")
        .text(&format!("{}5", "0".repeat(300)), "5")
        .bad_text(&long, [invalid("", &format!("invalid Int: {}", &long[..200]))])
        .bad_text(&wide, [invalid("", &format!("invalid Int: {}", "\u{e9}".repeat(200)))])
        .same("0")
        .same("42")
        .same("-3")
        .json("3.0", "3")
        .json("3e2", "300")
        .json("1E2", "100")
        .json("1e+2", "100")
        .json("120e-1", "12")
        .json("0.5e1", "5")
        .json("1000e-3", "1")
        .json("-0", "0")
        .json("-0.0", "0")
        .json("0e5", "0")
        .json("0.000e-999999999999", "0")
        .json("0e99999999999999999999", "0")
        .same("9007199254740993")
        .same("9223372036854775807")
        .same("-9223372036854775808")
        .json("9223372036854775807.0", "9223372036854775807")
        .json("9.223372036854775807e18", "9223372036854775807")
        .json("9007199254740993000e-3", "9007199254740993")
        .mismatch("1.5", "Float")
        .mismatch("1e-1", "Float")
        .mismatch("9223372036854775808", "Float")
        .mismatch("-9223372036854775809", "Float")
        .mismatch("1e19", "Float")
        .mismatch("9007199254740993.5", "Float")
        .mismatch("true", "Bool")
        .mismatch("\"5\"", "String")
        .mismatch("null", "Null")
        .mismatch("[]", "List")
        .mismatch("{}", "Map");
    let not_int =
        ["", "+", "-", "1.0", "1e2", "0x1F", "1_000", "1 2", "--1", "+-1", "\u{661}", "NaN", "null", "true"];
    let not_int = not_int.into_iter().chain(["9223372036854775808", "-9223372036854775809"]);
    let int =
        not_int.fold(int, |int, text| int.bad_text(text, [invalid("", &format!("invalid Int: {text}"))]));

    let float = kind("Float")
        .text("1", "1")
        .text("1.5", "1.5")
        .text("-0.25", "-0.25")
        .text("+2", "2")
        .text("1e3", "1000")
        .text("1E-3", "0.001")
        .text("1.5e+2", "150")
        .text(" 3.5 ", "3.5")
        .text("-0", "0")
        .text("1e-400", "0")
        .text("0e999999999999", "0")
        .text("9007199254740993", "9007199254740992")
        .text("0.1", "0.1")
        .json("1", "1")
        .same("1.5")
        .same("0.0000001")
        .json("1e21", "1000000000000000000000")
        .json("-0.0", "0")
        .json("9007199254740993", "9007199254740992")
        .json("18446744073709551616", "18446744073709552000")
        .json("1e-400", "0")
        .mismatch("\"1.5\"", "String")
        .mismatch("false", "Bool")
        .mismatch("null", "Null")
        .mismatch("[1.5]", "List");
    let not_float = [
        "", ".5", "1.", "1e", "1e+", "1,5", "1e400", "-1e400", "inf", "NaN", "infinity", "0x1p3", "1_0",
        "null", "1 5",
    ];
    let float = not_float
        .into_iter()
        .fold(float, |float, text| float.bad_text(text, [invalid("", &format!("invalid Float: {text}"))]));

    let bool = kind("Bool")
        .text("true", "true")
        .text("FALSE", "false")
        .text("True", "true")
        .text(" fAlse ", "false")
        .same("true")
        .same("false")
        .mismatch("1", "Int")
        .mismatch("\"true\"", "String")
        .mismatch("null", "Null");
    let not_bool = ["1", "0", "yes", "on", "t", "", "null", "tru\u{435}"];
    let bool = not_bool
        .into_iter()
        .fold(bool, |bool, text| bool.bad_text(text, [invalid("", &format!("invalid Bool: {text}"))]));
    vec![int, float, bool]
}

fn texts() -> Vec<Kind> {
    let string = kind("String")
        .string("abc")
        .string("")
        .string("null")
        .string("\u{e9} \u{1f600} \u{2028}\u{7f}")
        .string("line\nbreak\ttab\rreturn")
        .string("# no comment")
        .string("'single' \"double\" \\ back")
        .string("a=b")
        .string("--x")
        .string("{\"a\":1}")
        .text("  a b  ", "\"a b\"")
        .json(r#""\u0041\u00e9\u20ac\ud83d\ude00""#, "\"A\u{e9}\u{20ac}\u{1f600}\"")
        .json(r#""\/\b\f\n\r\t\"\\""#, r#""/\b\f\n\r\t\"\\""#)
        .json(r#""\u0000\u001F\u007f""#, "\"\\u0000\\u001f\u{7f}\"")
        .json(r#""\uFFFF\ufeff""#, "\"\u{ffff}\u{feff}\"")
        .same("\"  kept  \"")
        .mismatch("1", "Int")
        .mismatch("1.5", "Float")
        .mismatch("null", "Null")
        .mismatch("[\"a\"]", "List")
        .mismatch("{}", "Map");
    let id = kind("Id")
        .string("x")
        .string("7")
        .same("\" \"")
        .bad_string("", "invalid_value", "expected non-empty Id")
        .bad_text("   ", [invalid("", "expected non-empty Id")])
        .mismatch_as("5", "String", "Int")
        .mismatch_as("null", "String", "Null");
    let email = kind("Email")
        .string("a@b.c")
        .string("a.b+c@x-y.z.org")
        .string("\u{e9}@\u{fc}.de")
        .string("\"q\"@b.c")
        .string(&format!("{}@b.c", "a".repeat(250)))
        .string(&format!("{}@b.c", "\u{e9}".repeat(250)))
        .text(" a@b.c ", "\"a@b.c\"")
        .bad_json("\" a@b.c\"", [invalid("", "invalid email address")])
        .bad_json("\"a@b.c \"", [invalid("", "invalid email address")])
        .bad_json("\"a@b.c\\n\"", [invalid("", "invalid email address")])
        .bad_json("\"a\\u0000@b.c\"", [invalid("", "invalid email address")])
        .mismatch_as("5", "String", "Int");
    let long = format!("{}@b.c", "a".repeat(251));
    let wide = format!("{}@b.c", "\u{e9}".repeat(251));
    let no_email = [
        "",
        "a",
        "a@b",
        "@b.c",
        "a@",
        "a@@b.c",
        "a@b@c.d",
        "a@.c",
        "a@b.",
        "a@b..c",
        "a@.",
        "a b@c.d",
        "a@b c.d",
        "a\t@b.c",
        "a\u{7f}@b.c",
        "a\u{a0}@b.c",
        "a@b.\u{2003}c",
        &long,
        &wide,
    ];
    let email = no_email
        .into_iter()
        .fold(email, |email, text| email.bad_string(text, "invalid_value", "invalid email address"));
    vec![string, id, email]
}

fn bytes() -> Vec<Kind> {
    let bytes = kind("Bytes")
        .string("")
        .string("aGk=")
        .string("YQ==")
        .string("AAAA")
        .string("+/+/")
        .text(" aGk= ", "\"aGk=\"")
        .json("\" aGk=\\n\"", "\"aGk=\"")
        .mismatch_as("5", "String", "Int")
        .mismatch_as("null", "String", "Null")
        .mismatch_as("[104]", "String", "List");
    let bad = [
        ("aGk", "length"),
        ("a", "length"),
        ("aGk=a", "length"),
        ("aG=k", "padding"),
        ("a===", "padding"),
        ("aGl=", "padding"),
        ("YR==", "padding"),
        ("aGk=aGk=", "padding"),
        ("a-_=", "character '-'"),
        ("aG k", "character ' '"),
        ("aGk*", "character '*'"),
    ];
    vec![bad.into_iter().fold(bytes, |bytes, (text, detail)| {
        bytes.bad_string(text, "invalid_value", &format!("invalid Bytes (base64): invalid base64 {detail}"))
    })]
}

fn options() -> Vec<Kind> {
    let null = |kind: Kind| kind.text("", "null").text("null", "null").text(" NuLL ", "null").same("null");
    vec![
        null(kind("Int?"))
            .text("5", "5")
            .same("5")
            .bad_text("x", [invalid("", "invalid Int: x")])
            .mismatch("\"5\"", "String"),
        null(kind("Float?")).text("0.5", "0.5").bad_text("nul", [invalid("", "invalid Float: nul")]),
        null(kind("Bool?")).text("TRUE", "true").same("false").mismatch("0", "Int"),
        null(kind("String?")).text("x", "\"x\"").same("\"\"").same("\"null\"").mismatch("5", "Int"),
        null(kind("Id?")).text("x", "\"x\"").bad_json("\"\"", [invalid("", "expected non-empty Id")]),
        null(kind("Email?")).text("a@b.c", "\"a@b.c\"").bad_string(
            "a",
            "invalid_value",
            "invalid email address",
        ),
        null(kind("Bytes?")).text("aGk=", "\"aGk=\"").json("\"\"", "\"\"").bad_string(
            "aGk",
            "invalid_value",
            "invalid Bytes (base64): invalid base64 length",
        ),
        null(kind("Int(1..9)?"))
            .text("9", "9")
            .bad_text("0", [invalid("", "value 0 out of range 1..9")])
            .bad_json("10", [invalid("", "value 10 out of range 1..9")])
            .mismatch_as("\"5\"", "Int", "String"),
    ]
}

fn ranges() -> Vec<Kind> {
    vec![
        kind("Int(1..9)")
            .text("1", "1")
            .text("9", "9")
            .same("1")
            .json("9.0", "9")
            .bad_text("0", [invalid("", "value 0 out of range 1..9")])
            .bad_text("10", [invalid("", "value 10 out of range 1..9")])
            .bad_text("x", [invalid("", "invalid Int: x")])
            .bad_text("", [invalid("", "invalid Int: ")])
            .bad_json("0", [invalid("", "value 0 out of range 1..9")])
            .bad_json("9223372036854775807", [invalid("", "value 9223372036854775807 out of range 1..9")])
            .mismatch_as("9.5", "Int", "Float")
            .mismatch_as("null", "Int", "Null"),
        kind("Int(-5..-1)")
            .text("-5", "-5")
            .same("-1")
            .bad_text("0", [invalid("", "value 0 out of range -5..-1")])
            .bad_json("-6", [invalid("", "value -6 out of range -5..-1")]),
        kind("Int(0..0)").text("0", "0").bad_text("1", [invalid("", "value 1 out of range 0..0")]),
        kind("Int(-9223372036854775808..9223372036854775807)")
            .text("-9223372036854775808", "-9223372036854775808")
            .same("9223372036854775807"),
        kind("Float(0.5..1.5)")
            .text("0.5", "0.5")
            .text("1.5", "1.5")
            .same("1")
            .bad_text("0.4999", [invalid("", "value 0.4999 out of range 0.5..1.5")])
            .bad_text("1e21", [invalid("", "value 1000000000000000000000 out of range 0.5..1.5")])
            .bad_json("2", [invalid("", "value 2 out of range 0.5..1.5")])
            .mismatch_as("\"1\"", "Float", "String"),
        kind("Float(0..1)")
            .text("0", "0")
            .same("1")
            .bad_json("1.0000001", [invalid("", "value 1.0000001 out of range 0..1")]),
    ]
}

fn lengths() -> Vec<Kind> {
    vec![
        kind("String(2..4)")
            .string("ab")
            .string("abcd")
            .string("\u{e9}\u{1f600}")
            .string("e\u{301}")
            .string("\u{1f600}\u{1f600}\u{1f600}\u{1f600}")
            .bad_string("a", "invalid_value", "length 1 out of range 2..4")
            .bad_string("abcde", "invalid_value", "length 5 out of range 2..4")
            .bad_string("", "invalid_value", "length 0 out of range 2..4")
            .bad_string("\u{1f600}", "invalid_value", "length 1 out of range 2..4")
            .text("  ab  ", "\"ab\"")
            .bad_json("\"  ab  \"", [invalid("", "length 6 out of range 2..4")])
            .mismatch_as("22", "String", "Int"),
        kind("String(0..1)").string("").string("a").bad_string(
            "ab",
            "invalid_value",
            "length 2 out of range 0..1",
        ),
        kind("Bytes(2..3)")
            .string("aGk=")
            .string("AAAA")
            .bad_string("aA==", "invalid_value", "length 1 out of range 2..3")
            .bad_string("", "invalid_value", "length 0 out of range 2..3")
            .bad_string("aG", "invalid_value", "invalid Bytes (base64): invalid base64 length"),
        kind("Id(2..3)").string("ab").bad_string("", "invalid_value", "expected non-empty Id").bad_string(
            "a",
            "invalid_value",
            "length 1 out of range 2..3",
        ),
        kind("Email(1..7)")
            .string("ab@cd.e")
            .bad_string("abc@cd.e", "invalid_value", "length 8 out of range 1..7")
            .bad_string("abcdefghi", "invalid_value", "invalid email address"),
    ]
}

fn patterns_and_predicates() -> Vec<Kind> {
    let regex = |pattern: &str| format!("value does not match regex {pattern}");
    let matching = |ty: &str, pattern: &str, good: &[&str], bad: &[&str]| {
        let table = good.iter().fold(kind(ty), |table, text| table.string(text));
        bad.iter().fold(table, |table, text| table.bad_string(text, "invalid_value", &regex(pattern)))
    };
    vec![
        matching(
            r#"String(regex("^[A-Z]{2}-[0-9]+$"))"#,
            "^[A-Z]{2}-[0-9]+$",
            &["AB-1", "ZZ-0042"],
            &["ab-1", "AB-", "xAB-1", "AB-1x", ""],
        ),
        matching(r#"String(regex("[0-9]"))"#, "[0-9]", &["a1b", "7"], &["abc", ""]),
        matching(
            r#"String(regex("^\\p{Greek}+$"))"#,
            r"^\p{Greek}+$",
            &["\u{3b1}\u{3b2}\u{3b3}"],
            &["abc", "\u{3b1}b"],
        ),
        matching(
            r#"String(regex("(?i)^stra\u{df}e$"))"#.replace(r"\u{df}", "\u{df}").as_str(),
            "(?i)^stra\u{df}e$",
            &["STRA\u{df}E"],
            &["strasse"],
        ),
        matching(
            r#"String(regex("\\bcat\\b"))"#,
            r"\bcat\b",
            &["a cat sat", "cat"],
            &["concat", "cat\u{e9}"],
        ),
        matching(r#"String(regex("^.$"))"#, "^.$", &["a", "\u{1f600}"], &["ab", ""]),
        matching(
            r#"String(regex("^(a|b)*c?d{2,3}$"))"#,
            "^(a|b)*c?d{2,3}$",
            &["dd", "abacddd"],
            &["acd", "cdddd", "ccdd"],
        ),
        matching(r#"Id(regex("^u_"))"#, "^u_", &["u_1"], &["x"]),
        matching(
            r#"Email(regex("@example\\.org$"))"#,
            r"@example\.org$",
            &["a@example.org"],
            &["a@example.com", "a@examplexorg.d"],
        ),
        kind(r#"String(3..5, regex("^x"))"#)
            .string("xyz")
            .bad_string("y", "invalid_value", "length 1 out of range 3..5")
            .bad_string("yyy", "invalid_value", "value does not match regex ^x"),
        kind(r#"String(regex("^x"), 3..5)"#)
            .bad_string("y", "invalid_value", "value does not match regex ^x")
            .bad_string("x", "invalid_value", "length 1 out of range 3..5"),
        kind("Int(predicate(even))")
            .text("4", "4")
            .same("-2")
            .bad_text("3", [invalid("", "predicate even rejected value")])
            .bad_json("7", [invalid("", "predicate even rejected value")])
            .bad_text("x", [invalid("", "invalid Int: x")])
            .mismatch_as("\"4\"", "Int", "String"),
        kind("Int(0..100, predicate(even), predicate(small))")
            .text("8", "8")
            .bad_text("101", [invalid("", "value 101 out of range 0..100")])
            .bad_text("33", [invalid("", "predicate even rejected value")])
            .bad_text("50", [invalid("", "predicate small rejected value")]),
        kind("Float(predicate(positive))")
            .text("0.5", "0.5")
            .bad_json("-1", [invalid("", "predicate positive rejected value")]),
        kind("Bytes(predicate(hello))").string("aGk=").bad_string(
            "AAAA",
            "invalid_value",
            "predicate hello rejected value",
        ),
        kind("Email(predicate(short))").string("a@b.c").bad_string(
            "b@b.c",
            "invalid_value",
            "predicate short rejected value",
        ),
    ]
}
