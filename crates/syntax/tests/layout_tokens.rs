//! Layout that cannot be shown well in a text file of cases: tabs, carriage returns, and the tokens themselves.

use fuse_diagnostics::FileId;
use fuse_syntax::{Interner, dump_tokens, lex, parse};

/// Code and text of each diagnostic.
fn found(source: &str) -> Vec<(&'static str, &str)> {
    let parsed = parse(source, FileId(0), &mut Interner::new());
    let text = |d: &fuse_diagnostics::Diagnostic| &source[d.span.start as usize..d.span.end as usize];
    parsed.diagnostics.iter().map(|d| (d.code.as_str(), text(d))).collect()
}

const TAB: &str = "FUSE_TAB_INDENTATION";
const CHARACTER: &str = "FUSE_UNEXPECTED_CHARACTER";

#[test]
fn tabs_cannot_indent() {
    assert_eq!(found("fn f():\n\ta()\n\tb()\n"), [(TAB, "\ta()"), (TAB, "\tb()")]);
    assert_eq!(found("fn f():\r\n  \ta() # c\r\n  \tb()\r\n"), [(TAB, "  \ta() # c"), (TAB, "  \tb()")]);
    assert_eq!(found("fn f():\n  a()\n\tb()\n"), [(TAB, "\tb()")]);
    assert_eq!(found("fn f():\n  if a:\n    b()\n\t c()\n  d()\n"), [(TAB, "\t c()")]);
    assert_eq!(found("fn f():\n  a\n\t.b()\n"), [(TAB, "\t.b()")]);
}

#[test]
fn tabs_elsewhere_are_blanks() {
    assert_eq!(found("fn\tf()\t:\t# c\n  a\t=\t1\t\n\t\n\t# c\n  b(\n\t1,\n\t)\n  \"\"\"\n\t\"\"\"\n"), []);
}

#[test]
fn carriage_returns() {
    assert_eq!(found("fn f():\r\n  a()\r\n\r\n  b()\r\n"), []);
    assert_eq!(found("fn f():\r\n  a(\r\n1)\r\n  # c\r\n  .b()\r\n"), []);
    assert_eq!(found("fn f():\n  a()\r\r\n"), [(CHARACTER, "\r")]);
    assert_eq!(found("fn f():\r  a()\n"), [(CHARACTER, "\r")]);
    assert_eq!(found("fn f():\n  a = \"b\r\n"), [("FUSE_UNTERMINATED_STRING", "\"b")]);
}

#[test]
fn marks_and_control_characters() {
    assert_eq!(found("\u{feff}fn f(): a()\n"), []);
    assert_eq!(found("fn f(): a()\u{feff}\n"), [(CHARACTER, "\u{feff}")]);
    assert_eq!(found("\u{feff}\u{feff}fn f(): a()\n"), [(CHARACTER, "\u{feff}")]);
    assert_eq!(found("fn f():\u{c} a()\n"), [(CHARACTER, "\u{c}")]);
    assert_eq!(found("fn f(): a(\0)\n"), [(CHARACTER, "\0")]);
}

#[test]
fn tokens_with_layout_and_comments() {
    let source = "## d\nfn f(): # c\n  a(1,\n    \"b\")\n\n  \"${c}d\"\n";
    let expected = "\
0..4 DocComment \"## d\"
5..7 Fn
8..9 Ident \"f\"
9..10 ParenOpen
10..11 ParenClose
11..12 Colon
12..12 Newline
13..16 Comment \"# c\"
19..19 Indent
19..20 Ident \"a\"
20..21 ParenOpen
21..22 Int \"1\"
22..23 Comma
28..31 Str \"\\\"b\\\"\"
31..32 ParenClose
32..32 Newline
36..37 StrStart \"\\\"\"
37..39 InterpolationStart \"${\"
39..40 Ident \"c\"
40..41 InterpolationEnd \"}\"
41..42 StrText \"d\"
42..43 StrEnd \"\\\"\"
43..43 Newline
44..44 Dedent
44..44 Eof
";
    assert_eq!(dump_tokens(source, &lex(source, FileId(0))), expected);
}

#[test]
fn messages_name_the_line_of_the_open_bracket() {
    let source = "## d\r\nfn f():\n\n  # c\n  let a = \"\"\"b\nc\"\"\"\n  g(\n    \"x\"\n  ]\n";
    let parsed = parse(source, FileId(0), &mut Interner::new());
    assert_eq!(parsed.diagnostics.len(), 1);
    assert!(parsed.diagnostics[0].message.contains("`(` of line 7"), "{}", parsed.diagnostics[0].message);
}
