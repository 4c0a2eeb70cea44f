//! The text form reads back exactly, and says where a text is wrong.

use fuse_ir::{parse, text};
use std::path::PathBuf;

fn programs() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut programs = std::fs::read_dir(&folder)
        .expect("tests/programs")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ir"))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("text")))
        .collect::<Vec<_>>();
    programs.sort();
    programs
}

#[test]
fn programs_round_trip() {
    let programs = programs();
    assert!(programs.len() >= 5);
    for (path, source) in programs {
        let program = parse::program(&source).unwrap_or_else(|error| panic!("{path}: {error}"));
        let printed = text::program(&program);
        let again =
            parse::program(&printed).unwrap_or_else(|error| panic!("{path}, printed: {error}\n{printed}"));
        assert_eq!(program, again, "{path}");
        assert_eq!(printed, text::program(&again), "{path}");
        // What the author wrote is what the printer writes, comments and empty lines apart.
        let code = |text: &str| {
            let lines =
                text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with(';'));
            lines.map(str::to_string).collect::<Vec<_>>()
        };
        assert_eq!(code(&source), code(&printed), "{path}");
    }
}

/// Every instruction, terminator and table entry.
#[test]
fn everything_round_trips() {
    let source = r#"file "a \"b\"\n\u{7}.fuse"
position 0:3:5
predefined
names "Pé"
type enum flags 2 size 8 align 8 name 1 name_len 2 inner 3 payload_offset 4 first 5 count 6 value_refs 7 value_refs_count 8 object_size 9 object_refs 10 object_refs_count 11 message_field 12
type 99
field name 0 1 type 2 offset 3 slots 4 5
field name 1 2 type 3 offset 4 slots 5 6 default 7 8 flags 1
variant name 0 1 fields 2 3
constraint 3 call 2 from 18446744073709551615 to 7 text 0 2
config name 0 1 fields 2 3 variables 4
offsets 8 16
static s0 = "tab\u{9}"
static s1 = object 3 x"00ff" {16: s0, 24: s1}
static s2 = block 64
entry "odd name"
main "odd name"
calls "odd name"
config_block s2
validation 1 2 3

fn "odd name"() {
b0:
  return
}

fn a/b.c$1(own v0: ref, v1: opt, v2: ptr) -> (i64, ref) fails recursive {
b0:
  v3: i64 = int -9223372036854775808
  v4: f64 = float -0.0
  v5: f64 = float 1e-7
  v6: f64 = float 0x7ff8000000000001
  v7: f64 = float -inf
  v8: i8 = byte 255
  v9: opt = null
  v10: i64 = function a/b.c$1
  v11: f64 = fneg v4
  v12: i8 = fle v4, v5
  v13: i64 = select v8, v3, v10
  check v8, NullAccess @1 cleanup(v0, v1)
  v14: i8 = is_null v1
  v15: ref = unwrap v1
  v16: ref = node 3 24 {8: v3, 16: v15}
  v17: ptr = spill 16 {0: v3, 8: v16}
  v18: i64, v19: ref = call a/b.c$1(v16, v1, v2) @1 cleanup(v0)
  v180: i64, v190: opt, v200: opt = try a/b.c$1(v16, v1, v2) @1 cleanup(v0)
  v210: f64 = float_from_bits v3
  v220: i64 = float_to_bits v210
  v20: i64, v21: ref = indirect v10(v1, v4): (opt, f64) -> (i64, ref) @1
  runtime print_value<1>(v17) @1
  retain v0
  release v0
  switch v3 {-1: b1(v3), 5: b2} else b3
b1(v22: i64):
  fail StackOverflow @1
b2:
  unreachable
b3:
  branch v8, b1(v3), b2
}
"#;
    let program = parse::program(source).expect("parses");
    assert_eq!(text::program(&program), source);
}

#[test]
fn errors_name_the_line() {
    let cases = [
        ("x", 1, "`x` does not start anything"),
        ("fn f() {\nb0:\n  v0: i64 = int x\n", 3, "expected an integer of 64 bits, found `x`"),
        (
            "fn f() {\nb0:\n  v0: i32 = int 1\n",
            3,
            "`i32` is not a type; types are i64, f64, i8, ref, opt, ptr",
        ),
        ("fn f() {\nb0:\n  frob v0\n", 3, "there is no instruction `frob`"),
        ("fn f() {\nb1:\n", 2, "blocks stand in order, expected b0"),
        ("fn f() {\nb0:\n  call g()\n", 3, "there is no function g"),
        ("fn f() {\nb0:\n  runtime g()\n", 3, "there is no runtime function `g`"),
        ("fn f() {\nb0:\n  return v1\n}", 4, "f: v1 is never defined"),
        ("fn f() {\nb0:\n  jump b1\n}", 4, "f: there is no block b1"),
        ("fn f() {\nb0:\n  return\n}\n\nfn f() {\n", 6, "a second function f"),
        ("file \"a", 1, "quoted text without an end"),
        ("fn f() {\nb0:\n  v99999999: i64 = int 1", 3, "expected a value such as v0, found `v99999999`"),
        ("fn f(", 1, "expected a value such as v0, found the end of the line"),
    ];
    for (source, line, message) in cases {
        let error = parse::program(source).expect_err(source);
        assert_eq!((error.line, error.message.as_str()), (line, message), "{source}");
    }
}
