//! The certifier complains about each kind of wrong count.

use fuse_ir::{certify, parse};

const FRAME: &str = r#"file "f.fuse"
position 0:1:1
predefined
type struct size 8 align 8 value_refs_count 1 object_size 24 object_refs 1 object_refs_count 2
type list size 8 align 8 inner 4 value_refs_count 1
offsets 8 16
static s0 = "x"

fn own(own v0: ref) -> (ref) fails {
b0:
  return v0
}

fn borrow(v0: ref) fails {
b0:
  return
}

"#;

fn check(body: &str, expected: &[&str]) {
    let source = format!("{FRAME}{body}");
    let program = parse::program(&source).unwrap_or_else(|error| panic!("{error}\n{source}"));
    let complaints = certify::program(&program).err().unwrap_or_default();
    let complaints = complaints.iter().map(|complaint| complaint.to_string()).collect::<Vec<_>>();
    assert_eq!(complaints, expected, "{body}");
}

/// A function that owns a list or string `v0` and borrows `v1`, with these lines.
fn lines(lines: &str, expected: &[&str]) {
    check(
        &format!("fn f(own v0: ref, v1: ref) fails {{\nb0:\n  {}\n}}\n", lines.replace('\n', "\n  ")),
        expected,
    );
}

#[test]
fn right_counts_pass() {
    lines("release v0\nreturn", &[]);
    lines("call borrow(v0) cleanup(v0)\nrelease v0\nreturn", &[]);
    lines("v2: ref = call own(v0)\nrelease v2\nreturn", &[]);
    lines("retain v1\nv2: ref = call own(v1) cleanup(v0)\nrelease v2\nrelease v0\nreturn", &[]);
    lines("v2: ref = static s0\nv3: ref = call own(v2) cleanup(v0)\nrelease v3\nrelease v0\nreturn", &[]);
    lines("v2: ref = load v0+8\nretain v2\nrelease v0\nrelease v2\nreturn", &[]);
    lines("v2: ref = unique v0\nv3: ref = take v2+8\nput v2+8, v3\nrelease v2\nreturn", &[]);
}

#[test]
fn leaks() {
    lines("return", &["f: b0: return: v0 is never released"]);
    lines("retain v1\nrelease v0\nreturn", &["f: b0: return: v1 is never released"]);
    lines("fail Message @1", &["f: b0: fail Message @1: v0 is never released"]);
    lines("v2: ref = call own(v0)\nreturn", &["f: b0: return: v2 is never released"]);
}

#[test]
fn releases_of_what_is_not_held() {
    lines("release v0\nrelease v0\nreturn", &["f: b0: release v0: v0 is given up, but not held"]);
    lines("release v0\nrelease v1\nreturn", &["f: b0: release v1: v1 is given up, but not held"]);
    lines(
        "v2: ref = load v0+8\nrelease v2\nrelease v0\nreturn",
        &["f: b0: release v2: v2 is given up, but not held"],
    );
    lines(
        "v2: ref = call own(v1) cleanup(v0)\nrelease v2\nrelease v0\nreturn",
        &["f: b0: call own(v1) cleanup(v0): v1 is given up, but not held"],
    );
}

#[test]
fn uses_after_release() {
    lines("release v0\nv2: i64 = len v0\nreturn", &["f: b0: len v0: v0 is used after v0 was given up"]);
    lines(
        "v2: ref = load v0+8\nrelease v0\nv3: i64 = len v2\nreturn",
        &["f: b0: len v2: v2 is used after v0 was given up"],
    );
    lines(
        "v2: i64 = int 0\nv3: ptr = element v0, v2, 8\nrelease v0\nv4: i64 = load v3+0\nreturn",
        &["f: b0: load v3+0: v3 is used after v0 was given up"],
    );
    lines(
        "v2: ptr = spill 8 {0: v0}\nrelease v0\nruntime print_value<4>(v2)\nreturn",
        &["f: b0: runtime print_value<4>(v2): v2 is used after v0 was given up"],
    );
    lines(
        "v2: ref = runtime str_concat(v0, v0)\nrelease v2\nreturn",
        &["f: b0: runtime str_concat(v0, v0): v0 is used after v0 was given up"],
    );
    lines(
        "v2: ref = unique v0\nv3: ref = load v2+8\nv4: ref = take v2+8\nput v2+8, v4\nv5: i64 = len v3\nrelease v2\nreturn",
        &["f: b0: len v3: v3 is used after v3 was given up"],
    );
}

#[test]
fn cleanup_lists() {
    lines("call borrow(v0)\nrelease v0\nreturn", &["f: b0: call borrow(v0): v0 is missing in cleanup"]);
    lines(
        "v2: ref = call own(v0) cleanup(v0)\nrelease v2\nreturn",
        &["f: b0: call own(v0) cleanup(v0): cleanup releases v0, which is not held"],
    );
    lines(
        "call borrow(v1) cleanup(v0, v0)\nrelease v0\nreturn",
        &["f: b0: call borrow(v1) cleanup(v0, v0): cleanup releases v0, which is not held"],
    );
    lines(
        "v2: i64 = int 1\nv3: i64 = checked_add v2, v2 @1 cleanup(v1, v0)\nrelease v0\nreturn",
        &["f: b0: checked_add v2, v2 @1 cleanup(v1, v0): cleanup releases v1, which is not held"],
    );
}

#[test]
fn meetings() {
    check(
        "fn f(own v0: ref, v1: i8) {\nb0:\n  branch v1, b1, b2\nb1:\n  release v0\n  jump b2\nb2:\n  return\n}\n",
        &[
            "f: b1: jump b2: v0 is held 0 times on the way to b2, 1 times on another",
            "f: b2: return: v0 is never released",
        ],
    );
    check(
        "fn f(v0: ref, v1: i8) {\nb0:\n  jump b1\nb1:\n  retain v0\n  branch v1, b1, b2\nb2:\n  release v0\n  return\n}\n",
        &["f: b1: branch v1, b1, b2: v0 is held 1 times on the way to b1, 0 times on another"],
    );
    check(
        "fn f(own v0: ref, v1: i8) {\nb0:\n  jump b1(v0)\nb1(v2: ref):\n  branch v1, b1(v0), b2\nb2:\n  release v2\n  return\n}\n",
        &[
            "f: b1: branch v1, b1(v0), b2: v0 is used after v0 was given up",
            "f: b1: branch v1, b1(v0), b2: v0 is given up, but not held",
            "f: b1: branch v1, b1(v0), b2: v2 is held 1 times on the way to b1, 0 times on another",
        ]
        .map(|text| text)[..2],
    );
}

#[test]
fn changes_of_what_may_be_shared() {
    lines("v2: i64 = int 1\nv3: ref = unique v0\nput v3+8, v2\nrelease v3\nreturn", &[]);
    lines(
        "v2: i64 = int 1\nput v0+8, v2\nrelease v0\nreturn",
        &["f: b0: put v0+8, v2: changes v0, which may be shared"],
    );
    lines(
        "v2: i64 = int 1\nput v1+8, v2\nrelease v0\nreturn",
        &["f: b0: put v1+8, v2: changes v1, which may be shared"],
    );
    lines(
        "v2: i64 = int 1\nv3: ref = load v1+8\nput v3+8, v2\nrelease v0\nreturn",
        &["f: b0: put v3+8, v2: changes v3, which may be shared"],
    );
    lines(
        "v2: ref = unique v0\nretain v2\nv3: i64 = int 1\nput v2+8, v3\nrelease v2\nrelease v2\nreturn",
        &["f: b0: put v2+8, v3: changes v2, which may be shared"],
    );
    lines(
        "v2: ref = unique v0\nv3: ref = take v2+8\nrelease v2\nput v2+8, v3\nreturn",
        &[
            "f: b0: release v2: v2 is given up while it has a hole",
            "f: b0: put v2+8, v3: changes v2, which may be shared",
            "f: b0: put v2+8, v3: v2 is used after v2 was given up",
        ],
    );
}

/// What is taken out at the end of a loop is gone at its start.
#[test]
fn taken_on_the_way_back() {
    check(
        "fn f(own v0: ref, v1: i8) {\nb0:\n  v2: ref = unique v0\n  v3: ref = load v2+8\n  jump b1\nb1:\n  v4: i64 = len v3\n  v5: ref = take v2+8\n  put v2+8, v5\n  branch v1, b1, b2\nb2:\n  release v2\n  return\n}\n",
        &["f: b1: len v3: v3 is used after v3 was given up"],
    );
}
