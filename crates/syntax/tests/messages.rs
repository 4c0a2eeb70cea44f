//! What messages tell: what was expected, what was found, and what to do about frequent mistakes.

use fuse_diagnostics::FileId;
use fuse_syntax::{Interner, parse};

/// Messages and notes of a source, one a line.
fn messages(source: &str) -> String {
    let parsed = parse(source, FileId(0), &mut Interner::new());
    let mut lines = Vec::new();
    for diagnostic in parsed.diagnostics {
        lines.push(diagnostic.message);
        lines.extend(diagnostic.notes);
    }
    lines.join("\n")
}

#[track_caller]
fn check(statement: &str, expected: &str) {
    assert_eq!(messages(&format!("fn f():\n  {statement}\n")), expected, "{statement}");
}

#[test]
fn statements_of_other_languages() {
    check(
        "let a = b ? 2 : 3",
        "expected the end of the line, found `?`\n\
         hint: there is no `? :` operator; use `if`, or `??` for a missing value",
    );
    check(
        "a += 1",
        "expected an expression, found `=`\nhint: there is no such operator; write `name = name + value`",
    );
    check("if a = 1: b()", "expected `:`, found `=`\nhint: `==` compares");
    check("elif a: b()", "expected the end of the line, found `a`\nhint: write `else if`");
    check("return not a", "expected the end of the line, found `a`\nhint: the logical not is written `!`");
    check(
        "a(); b()",
        "unexpected character `;`\nhint: statements end at the end of the line; nothing separates them",
    );
    check(
        "let a = if b: 1",
        "expected an expression, found the reserved word `if`\n\
         hint: `if` and `match` are statements; as the last statement of a body they yield its result",
    );
    check("a() // b", "expected an expression, found `/`\nhint: comments start with `#`");
}

#[test]
fn names_and_characters() {
    check(
        "let type = 1",
        "`type` is a reserved word and cannot be a name\n\
         hint: choose another name, for example `type_` or `the_type`",
    );
    check("print('a')", "unexpected character `'`\nhint: strings are written in double quotes: \"text\"");
    check(
        "let ö = 1",
        "unexpected character `ö` (U+00F6)\n\
         hint: names consist of the letters A to Z, a to z, digits and `_`",
    );
    check("a\u{a0}()", "unexpected character U+00A0\nhint: separate tokens by ordinary blanks");
    let long = "x".repeat(1000);
    check(&format!("a {long}"), &format!("expected the end of the line, found `{}…`", "x".repeat(40)));
}

#[test]
fn brackets_and_strings() {
    check("a(b[1)", "`)` does not close `[` of line 2; `]` is expected");
    check("a(1", "`(` is never closed\nhint: `)` is missing");
    check(
        "a(\"${b\")",
        "an interpolation `${` is not terminated\nhint: `}` is missing; a plain `${` is written `\\${`",
    );
}

#[test]
fn declarations() {
    assert_eq!(messages("fn f(a): return\n"), "expected `:` and a type, found `)`");
    assert_eq!(
        messages("type T<A>:\n  a: Int\n"),
        "expected `:` or `=` after the name of a type, found `<`\n\
         hint: types have no type parameters; functions, components and methods do"
    );
    assert_eq!(
        messages("let a = 1\n"),
        "expected a declaration (requires, import, type, enum, interface, impl, fn, component, service, config, app, \
         migration or test), found the reserved word `let`\n\
         hint: there are no global variables; `config` declares settings, a function can return a constant"
    );
    assert_eq!(
        messages("requires disk\n"),
        "unknown capability `disk`: the capabilities are db, crypto, network and time"
    );
}
