//! The verifier accepts the programs and complains about each kind of broken IR.

use fuse_ir::verify::{self, Stage};
use fuse_ir::{Program, parse};

const FRAME: &str = r#"file "f.fuse"
position 0:1:1
predefined
type list size 8 align 8 inner 4 value_refs_count 1
static s0 = "x"

fn callee(v0: ref, v1: i64) -> (i64) fails {
b0:
  return v1
}

"#;

fn complaints(program: &Program, stage: Stage) -> Vec<String> {
    let list = verify::program(program, stage).err().unwrap_or_default();
    list.iter().map(|complaint| complaint.to_string()).collect()
}

fn check(body: &str, stage: Stage, expected: &[&str]) {
    let source = format!("{FRAME}{body}");
    let program = parse::program(&source).unwrap_or_else(|error| panic!("{error}\n{source}"));
    assert_eq!(complaints(&program, stage), expected, "{body}");
}

#[test]
fn programs_are_sound() {
    for name in ["hello", "loop", "points", "strings", "fib"] {
        let path = format!("{}/tests/programs/{name}.ir", env!("CARGO_MANIFEST_DIR"));
        let program = parse::program(&std::fs::read_to_string(path).expect("text")).expect("program");
        assert_eq!(complaints(&program, Stage::Lowered), [""; 0], "{name}");
    }
}

#[test]
fn types_are_checked() {
    let cases: &[(&str, &[&str])] = &[
        ("v1: i64 = add v0, v0", &["f: b0: add v0, v0: v0 is f64, not i64"; 2]),
        ("v1: f64 = int 1", &["f: b0: int 1: has results (f64) instead of (i64)"]),
        ("v1: ref = null", &["f: b0: null: ref is never null"]),
        ("v1: ref = static s7", &["f: b0: static s7: s7 does not exist"]),
        (
            "v1: i8 = fle v0, v0\n  v2: f64 = select v0, v0, v0",
            &["f: b0: select v0, v0, v0: v0 is f64, not i8"],
        ),
        (
            "v1: i64 = int 1\n  v2: ref = node 4 24 {4: v1}",
            &[
                "f: b0: node 4 24 {4: v1}: the slot at 4 is not aligned",
                "f: b0: node 4 24 {4: v1}: the slot at 4 has no room",
            ],
        ),
        (
            "v1: i64 = int 1\n  v2: ref = node 40 24 {8: v1, 8: v1}",
            &[
                "f: b0: node 40 24 {8: v1, 8: v1}: type 40 does not exist",
                "f: b0: node 40 24 {8: v1, 8: v1}: the slot at 8 has no room",
            ],
        ),
        (
            "v1: i64 = call callee(v0)",
            &[
                "f: b0: call callee(v0): takes 2 arguments, not 1",
                "f: b0: call callee(v0): v0 is f64, not ref",
            ],
        ),
        ("v1: i64 = int 1\n  v2: ref = runtime list_new(v1)", &["f: b0: runtime list_new(v1): has 0 types"]),
        (
            "v1: i64 = int 1\n  v2: ref = runtime list_new<99>(v1)",
            &["f: b0: runtime list_new<99>(v1): type 99 does not exist"],
        ),
        (
            "runtime print_int(v0) @9",
            &[
                "f: b0: runtime print_int(v0) @9: position 9 does not exist",
                "f: b0: runtime print_int(v0) @9: v0 is f64, not i64",
            ],
        ),
        ("v1: i64 = load v0+8", &["f: b0: load v0+8: v0 is f64, not ref or ptr"]),
        (
            "v0: i64 = int 1",
            &[
                "f: the entry block's parameters are not those of the signature",
                "f: b0: int 1: v0 is defined twice",
            ],
        ),
        (
            "v1: ref = static s0\n  v2: opt = unwrap v1",
            &["f: b0: unwrap v1: has results (opt) instead of (ref)"],
        ),
    ];
    for (lines, expected) in cases {
        check(&format!("fn f(v0: f64) {{\nb0:\n  {lines}\n  return\n}}\n"), Stage::Lowered, expected);
    }
}

#[test]
fn blocks_are_checked() {
    let cases: &[(&str, &[&str])] = &[
        ("  jump b0(v0)", &["f: b0: jump b0(v0): the entry block cannot be jumped to"]),
        ("  jump b1\nb1(v1: i64):\n  return v1", &["f: b0: jump b1: b1 takes 1 arguments, not 0"]),
        ("  jump b1(v0)\nb1(v1: i64):\n  return v1", &["f: b0: jump b1(v0): v0 is i8, not i64"]),
        (
            "  v2: ptr = null\n  jump b1(v2)\nb1(v1: ptr):\n  unreachable",
            &["f: b1: v1 is an address: those are no parameters of blocks"],
        ),
        ("  return", &["f: b0: return: returns 0 values instead of 1"]),
        ("  return v0", &["f: b0: return v0: v0 is i8, not i64"]),
        (
            "  switch v0 {1: b1, 1: b1} else b1\nb1:\n  unreachable",
            &["f: b0: switch v0 {1: b1, 1: b1} else b1: two cases for 1"],
        ),
        (
            "  branch v0, b1, b2\nb1:\n  v1: i64 = int 1\n  jump b2\nb2:\n  return v1",
            &["f: b2: return v1: v1 is not defined on every way to here"],
        ),
        (
            "  v1: i64 = add v2, v2\n  v2: i64 = int 1\n  return v1",
            &["f: b0: add v2, v2: v2 is not defined on every way to here"; 2],
        ),
    ];
    for (lines, expected) in cases {
        check(&format!("fn f(v0: i8) -> (i64) {{\nb0:\n{lines}\n}}\n"), Stage::Lowered, expected);
    }
}

#[test]
fn holes_are_checked() {
    let cases: &[(&str, &[&str])] = &[
        ("v1: ref = take v0+8\n  put v0+8, v1", &[]),
        ("v1: ref = take v0+8", &["f: b0: return: v0+8 is still a hole"]),
        (
            "v1: ref = take v0+8\n  v2: ref = take v0+8\n  put v0+8, v1",
            &["f: b0: take v0+8: takes from a hole", "f: b0: return: v0+8 is still a hole"],
        ),
        (
            "v1: ref = static s0\n  put v0+8, v1",
            &["f: b0: put v0+8, v1: puts an object into a slot that is not a hole"],
        ),
        (
            "v1: ref = take v0+8\n  v2: i64 = len v1\n  v3: i64 = checked_add v2, v2\n  put v0+8, v1",
            &["f: b0: checked_add v2, v2: fails or calls while v0+8 is a hole"],
        ),
        (
            "v1: ref = static s0\n  v9: i64 = int 8\n  v2: ref, v3: ptr = runtime list_push_slot(v0, v9)\n  put v3+0, v1",
            &[],
        ),
        (
            "v1: ref = static s0\n  v9: i64 = int 8\n  v2: ref, v3: ptr = runtime list_push_slot(v0, v9)\n  runtime print_str(v1)\n  put v3+0, v1",
            &["f: b0: put v3+0, v1: something failed or called before this new element was filled"],
        ),
        (
            "v1: ref = static s0\n  v2: ref, v3: ptr = runtime map_insert_slot(v0, v1)\n  put v3+0, v1",
            &["f: b0: put v3+0, v1: puts an object into a slot that is not a hole"],
        ),
    ];
    for (lines, expected) in cases {
        check(&format!("fn f(v0: ref) {{\nb0:\n  {lines}\n  return\n}}\n"), Stage::Lowered, expected);
    }
}

#[test]
fn stages_are_checked() {
    check(
        "fn f(own v0: ref) {\nb0:\n  retain v0\n  return\n}\n",
        Stage::Lowered,
        &[
            "f: a parameter is owned before borrow inference",
            "f: b0: retain v0: counts references before RC insertion",
        ],
    );
    check(
        "fn f(v0: ref) {\nb0:\n  v1: i64 = len v0 cleanup(v0)\n  v2: i64 = checked_add v1, v1\n  return\n}\n",
        Stage::Counted,
        &[
            "f: b0: len v0 cleanup(v0): has a cleanup list without need",
            "f: b0: checked_add v1, v1: can fail, but the signature does not say so",
        ],
    );
    check(
        "fn f(own v0: i64) recursive {\nb0:\n  fail StackOverflow\n}\n",
        Stage::Counted,
        &[
            "f: a parameter that is no object is owned",
            "f: a recursive function must be able to fail: its stack may end",
            "f: b0: fail StackOverflow: fails, but the signature does not say so",
        ],
    );
    check(
        "entry callee\nstatic s1 = object 70 x\"00\" {8: s9}\nposition 4:1:1\n",
        Stage::Lowered,
        &[
            "the entry function has parameters or results",
            "s1 has type 70, which does not exist",
            "s1 refers to s9, which does not exist",
            "s1 has an object at 8, where there is no room for it",
            "position 2 is in file 4, which does not exist",
        ],
    );
}
