//! Sources and their trees, in the text form of `dump` on one line.

use fuse_diagnostics::{FileId, Span};
use fuse_syntax::{Interner, dump, dump_type, parse, parse_type};

/// The dump of a valid module on one line, without the outer `(module …)`.
fn tree(source: &str) -> String {
    let mut interner = Interner::new();
    let parsed = parse(source, FileId(0), &mut interner);
    assert!(parsed.diagnostics.is_empty(), "{source}\n{:#?}", parsed.diagnostics);
    let dump = dump(&parsed.module, &interner);
    let line = dump.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    line.strip_prefix("(module ").and_then(|rest| rest.strip_suffix(')')).unwrap_or(&line).to_owned()
}

/// The tree of the statements of a function's body.
fn body(source: &str) -> String {
    let lines: String = source.lines().map(|line| format!("  {line}\n")).collect();
    let tree = tree(&format!("fn f():\n{lines}"));
    let inner = tree.strip_prefix("(fn f (block ").and_then(|rest| rest.strip_suffix("))"));
    inner.unwrap_or(&tree).to_owned()
}

#[track_caller]
fn check(table: &[(&str, &str)], tree: impl Fn(&str) -> String) {
    for (source, expected) in table {
        assert_eq!(tree(source), *expected, "{source}");
    }
}

#[test]
fn precedence_and_associativity() {
    check(
        &[
            ("-1..2", "(.. (neg 1) 2)"),
            ("1..n + 1", "(.. 1 (+ n 1))"),
            ("!done and ok", "(and (not done) ok)"),
            ("a ?? b == c", "(?? a (== b c))"),
            (
                "a ?? b or c and d == e < f .. g + h * -i",
                "(?? a (or b (and c (== d (< e (.. f (+ g (* h (neg i)))))))))",
            ),
            (
                "-a * b + c .. d < e == f and g or h ?? i",
                "(?? (or (and (== (< (.. (+ (* (neg a) b) c) d) e) f) g) h) i)",
            ),
            ("a - b - c", "(- (- a b) c)"),
            ("a / b * c % d", "(% (* (/ a b) c) d)"),
            ("a < b <= c > d >= e", "(>= (> (<= (< a b) c) d) e)"),
            ("a == b != c", "(!= (== a b) c)"),
            ("a .. b .. c", "(.. (.. a b) c)"),
            ("a ?? b ?? c", "(?? (?? a b) c)"),
            ("(a ?? b) + c", "(+ (?? a b) c)"),
            ("- - a", "(neg (neg a))"),
            ("!-box a", "(not (neg (box a)))"),
            ("-a.b[c](d)", "(neg (call ([] (.b a) c) d))"),
            ("-9223372036854775808", "(neg 9223372036854775808)"),
            ("1.50 + 007", "(+ 1.5 7)"),
            ("true == null", "(== true null)"),
        ],
        body,
    );
}

#[test]
fn propagation_and_tasks() {
    check(
        &[
            (
                "x + find(k) ?! Missing(message=\"k\")",
                "(+ x (?! (call find k) (call Missing (arg message \"k\"))))",
            ),
            ("f() ?! E(m=1) ?? 0", "(?? (?! (call f) (call E (arg m 1))) 0)"),
            ("f() ?! e.g[0] ?! h", "(?! (?! (call f) ([] (.g e) 0)) h)"),
            ("f()?!.b", "(.b (?! (call f)))"),
            ("f() ?!\ng()", "(?! (call f)) (call g)"),
            ("[a ?!, b]", "(list (?! a) b)"),
            ("await job ?! Late(m=1)", "(?! (await job) (call Late (arg m 1)))"),
            ("await a.b() + await c", "(+ (await (call (.b a))) (await c))"),
            ("(await t).x", "(.x (await t))"),
            ("let a = spawn:\n  b\n  c", "(let a (spawn (block b c)))"),
            ("return spawn: b", "(return (spawn (block b)))"),
        ],
        body,
    );
}

#[test]
fn chains() {
    check(
        &[
            ("a.b?.c[d]?[e](f).for", "(.for (call (?[] ([] (?.c (.b a)) d) e) f))"),
            ("q\n  .a()\n  # note\n\n    .b(1)\n?.c", "(?.c (call (.b (call (.a q))) 1))"),
            ("a\n  (b)\n  [c]", "([] (call a b) c)"),
            ("a\n(b)\n[c]", "a b (list c)"),
            ("f<Int>(x)", "(call <Int> f x)"),
            ("m.f<List<A>, B!C?>(x)", "(call <List<A>, B!C?> (.f m) x)"),
            (
                "f<Int(1..2, regex(\"a\"), predicate(p))>()",
                "(call <Int(1..2, regex(\"a\"), predicate(p))> f)",
            ),
            ("f<fn(A) -> fn() -> B>()", "(call <fn(A) -> fn() -> B> f)"),
            ("f <A>(x)", "(> (< f A) x)"),
            ("f<A> (x)", "(> (< f A) x)"),
            ("f< A >(x)", "(call <A> f x)"),
            ("f<1>(x)", "(> (< f 1) x)"),
            ("f<a.b>(x)", "(call <a.b> f x)"),
            ("f<a(b)>(x)", "(> (< f (call a b)) x)"),
            ("a < b and c > (d)", "(and (< a b) (> c d))"),
            ("f(a<b, c>d)", "(call f (< a b) (> c d))"),
            ("f(a<b, c>(d))", "(call f (call <b, c> a d))"),
        ],
        body,
    );
}

#[test]
fn arguments_and_their_separators() {
    check(
        &[
            ("f(a, b,)", "(call f a b)"),
            ("f(a, b=c)", "(call f a (arg b c))"),
            ("f(a b=c)", "(call f a (arg b after-blank c))"),
            ("f(a=b\n  c=d, e=g\n  )", "(call f (arg a b) (arg c after-line d) (arg e g))"),
            ("f(\n  a=b\n\n  # note\n  c=d)", "(call f (arg a b) (arg c after-line d))"),
            ("label(for=\"x\" type=y)", "(call label (arg for \"x\") (arg type after-blank y))"),
            ("f(a == b)", "(call f (== a b))"),
            ("f((a), [b], {c: d})", "(call f a (list b) (map c d))"),
            ("body(body)", "(call body body)"),
        ],
        body,
    );
}

#[test]
fn strings() {
    check(
        &[
            (r#""""#, r#""""#),
            (r#""a\n\t\r\\\"\$\q${""}b""#, r#"(interpolated "a\n\t\r\\\"$q" "" "b")"#),
            (r#""${a}${b}""#, "(interpolated a b)"),
            (r#""$5 {x} \${y}""#, r#""$5 {x} ${y}""#),
            (r#""a ${"b ${c} d" + e} f""#, r#"(interpolated "a " (+ (interpolated "b " c " d") e) " f")"#),
            (r#""${ {"k": "}"}["k"] }""#, r#"(interpolated ([] (map "k" "}") "k"))"#),
            ("\"\"\"a\n  \"b\" \"\"c\\\"\"\"\n\"\"\"", r#""a\n    \"b\" \"\"c\"\"\"\n  ""#),
            ("\"\"\"a${\n  b\n} c\"\"\"", r#"(interpolated "a" b " c")"#),
            ("\"größe 🙂 \\ö\"", "\"größe 🙂 ö\""),
        ],
        body,
    );
}

#[test]
fn statements() {
    check(
        &[
            ("let a: List<Int>? = []\nvar _ = b", "(let a: List<Int>? (list)) (var _ b)"),
            ("a.b?.c[0]?[d] = e", "(assign (?[] ([] (?.c (.b a)) 0) d) e)"),
            ("return\nreturn a", "(return) (return a)"),
            ("if a: b\nelse if c:\n  d\n  e\nelse: break", "(if a (block b) c (block d e) (block (break)))"),
            ("if a: b\nif c: d\nelse: e", "(if a (block b)) (if c (block d) (block e))"),
            ("for A(b=_) in c: continue", "(for A(b=_) c (block (continue)))"),
            ("while a:\n  b", "(while a (block b))"),
            ("transaction:\n  a\n  b", "(transaction (block a b))"),
            (
                "match a:\n  1 -> b\n  c: d\n  e:\n    g\n  h -> return\n  i -> return j\n  k -> break\n  l -> continue",
                "(match a (arm 1 (-> b)) (arm c (block d)) (arm e (block g)) (arm h (-> (return))) \
                 (arm i (-> (return j))) (arm k (-> (break))) (arm l (-> (continue))))",
            ),
        ],
        body,
    );
}

#[test]
fn patterns() {
    let table = [
        "_",
        "a",
        "body",
        "-1",
        "-9223372036854775808",
        "-1.5",
        "2.0",
        "\"a\\\"b\"",
        "true",
        "false",
        "null",
        "A.B",
        "M.A.B(c, _)",
        "A()",
        "A(b=c, type=D(1))",
        "Some(Some(x))",
        "A.type",
    ];
    for pattern in table {
        let (dotted, expected) =
            (format!("match a:\n  {pattern} -> b"), format!("(match a (arm {pattern} (-> b)))"));
        assert_eq!(body(&dotted), expected);
    }
    assert_eq!(body("match a:\n  A(b, c,) -> d"), "(match a (arm A(b, c) (-> d)))");
}

#[test]
fn html_blocks() {
    check(
        &[
            ("div(): \"a\"", "(html (call div) (children \"a\"))"),
            (
                "let a = div(m class=b):\n  p()\n  p(): c\n  if d: e\n  else if g:\n    h\n    i\n  else: j\n  for k in l:\n    k",
                "(let a (html (call div m (arg class after-blank b)) (children (call p) (html (call p) (children c)) \
                 (if d (children e) g (children h i) (children j)) (for k l (children k)))))",
            ),
            ("a = b(): c", "(assign a (html (call b) (children c)))"),
            ("return b():\n  c", "(return (html (call b) (children c)))"),
            ("M.b<T>().c(): d", "(html (call (.c (call <T> (.b M)))) (children d))"),
            ("if a: div(): b", "(if a (block (html (call div) (children b))))"),
        ],
        body,
    );
}

#[test]
fn declarations() {
    check(
        &[
            ("", "(module)"),
            ("requires db, time\nrequires db", "(requires db time) (requires db)"),
            ("import A", "(import A)"),
            ("import A from \"b\"", "(import A from \"b\")"),
            ("import A as B from \"root:c\"", "(import A as B from \"root:c\")"),
            ("import { a, b, } from std.Error", "(import {a b} from std.Error)"),
            (
                "type A:\n  a: Int = 1\n  b: fn(Int, B?) -> C!D!E.F",
                "(type A (field a Int 1) (field b fn(Int, B?) -> C!D!E.F))",
            ),
            ("type A = M.B without c, d", "(type A (M.B without c d))"),
            (
                "type std.Error.NotFound:\n  message: String",
                "(type std.Error.NotFound (field message String))",
            ),
            (
                "enum A:\n  B\n  C(Int, List<D>)\n  E(f: Int, g: H?)",
                "(enum A (variant B) (variant C (_ Int) (_ List<D>)) (variant E (f Int) (g H?)))",
            ),
            (
                "fn f<T, U>(a: T, b: Int = 1) -> U!E where T: I, U: M.J: return a",
                "(fn f <T U> where T: I where U: M.J (param a T) (param b Int 1) (result U!E) (block (return a)))",
            ),
            (
                "interface I:\n  fn a() -> Self\n  fn b<T>(x: T) where T: J",
                "(interface I (member a (result Self)) (member b <T> where T: J (param x T)))",
            ),
            ("impl M.I for T:\n  fn a(): return", "(impl M.I for T (method a (block (return))))"),
            ("component A: p()", "(component A (block (call p)))"),
            ("component A(b: Int): p()", "(component A (param b Int) (block (call p)))"),
            (
                "service S at \"/a\":\n  get \"/b/{c: Int}\" -> D!E: d\n  post \"/\" body F -> Unit:\n    g",
                "(service S at \"/a\" (get \"/b/{c: Int}\" (result D!E) (block d)) \
                 (post \"/\" (body F) (result Unit) (block g)))",
            ),
            ("config C:\n  a: Int(1..2) = 1", "(config C (field a Int(1..2) 1))"),
            ("app \"a b\": c", "(app \"a b\" (block c))"),
            (
                "migration a: b\nmigration \"c d\": e\nmigration 007: g",
                "(migration \"a\" (block b)) (migration \"c d\" (block e)) (migration \"7\" (block g))",
            ),
            ("test \"t\":\n  a\n  b", "(test \"t\" (block a b))"),
        ],
        tree,
    );
}

#[test]
fn types() {
    for ty in [
        "Int",
        "M.N.O",
        "Int?",
        "List<Map<String, Int?>>",
        "A!B!C.D",
        "A?!B",
        "fn()",
        "fn(A, fn() -> B) -> C?",
        "Int(-1..2)",
        "Float(-1.5..2.0)",
        "String(1..2, regex(\"^a\\\\d$\"), predicate(f))",
        "Int(1..2)?!E",
    ] {
        assert_eq!(tree(&format!("type T:\n  a: {ty}")), format!("(type T (field a {ty}))"));
    }
    assert_eq!(tree("type T:\n  a: Int??!E??!F"), "(type T (field a Int?!E?!F))");
}

#[test]
fn documentation() {
    check(
        &[
            (
                "## a\n\n##   b \n# c\n###d\n##\ntype T:\n  a: Int",
                "(type T (doc \"a\\nb \\nd\\n\") (field a Int))",
            ),
            (
                "type T:\n  ## a\n  a: Int\n\n  ## b\n\n  b: Int",
                "(type T (field a (doc \"a\") Int) (field b (doc \"b\") Int))",
            ),
            (
                "enum E:\n  ## a\n  A\n## b\nfn f():\n  ## c\n  a",
                "(enum E (variant A (doc \"a\"))) (fn f (doc \"b\") (block a))",
            ),
            (
                "fn f():\n  a\n    ## b\nfn g(): c ## d\nfn h(): e",
                "(fn f (block a)) (fn g (doc \"b\") (block c)) (fn h (block e))",
            ),
            ("fn f():\n  a\n  ## b\n  .c\nfn g(): d", "(fn f (block (.c a))) (fn g (block d))"),
            ("fn f():\n  a(\n## b\n  )\nfn g(): d", "(fn f (block (call a))) (fn g (block d))"),
            (
                "interface I:\n  ## a\n  fn b()\nimpl I for T:\n  ## c\n  fn b(): d",
                "(interface I (member b (doc \"a\"))) (impl I for T (method b (doc \"c\") (block d)))",
            ),
            (
                "service S at \"/\":\n  ## a\n  get \"/\" -> A: b\nconfig C:\n  ## d\n  e: Int = 1",
                "(service S at \"/\" (get \"/\" (doc \"a\") (result A) (block b))) (config C (field e (doc \"d\") Int 1))",
            ),
        ],
        |source| {
            // A documentation comment stands before what it documents.
            tree(source)
        },
    );
}

#[test]
fn line_ends_and_marks() {
    assert_eq!(
        tree("\u{feff}fn f():\r\n  a\r\n\r\n  \"\"\"b\r\nc\\\r\nd\"\"\"\r\n"),
        "(fn f (block a \"b\\nc\\nd\"))"
    );
    assert_eq!(tree("## a\r\nfn f(): b"), "(fn f (doc \"a\") (block b))");
}

#[test]
fn types_in_route_paths() {
    let mut interner = Interner::new();
    let at = Span::new(10, 20);
    for (text, expected) in [("Int", "Int"), (" Int(1..2)? ", "Int(1..2)?"), ("List<M.A>", "List<M.A>")] {
        let (ty, diagnostics) = parse_type(text, FileId(3), at, &mut interner);
        assert_eq!(
            (dump_type(&ty, &interner).as_str(), diagnostics.len(), ty.span),
            (expected, 0, at),
            "{text}"
        );
    }
    for text in ["", " ", "1", "Int Int", "List<", "Int(", "é", "\"", "Int)", "Int!", "type"] {
        let (_, diagnostics) = parse_type(text, FileId(3), at, &mut interner);
        assert!(!diagnostics.is_empty(), "{text}");
        assert!(diagnostics.iter().all(|d| d.span == at && d.file == Some(FileId(3))), "{text}");
    }
}
