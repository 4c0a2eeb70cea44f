//! 14.12: semantic tokens.

use serde_json::{Value, json};

use crate::client::{fixture, uri};

const LEGEND: [&str; 14] = [
    "namespace",
    "type",
    "enum",
    "enumMember",
    "function",
    "parameter",
    "variable",
    "property",
    "keyword",
    "string",
    "number",
    "comment",
    "htmlTag",
    "htmlAttribute",
];

/// The tokens as `text:type`.
fn decode(text: &str, found: &Value) -> Vec<String> {
    let data: Vec<usize> =
        found["data"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let (mut line, mut column) = (0, 0);
    let lines: Vec<&str> = text.split('\n').collect();
    data.chunks(5)
        .map(|token| {
            column = if token[0] == 0 { column + token[1] } else { token[1] };
            line += token[0];
            assert_eq!(token[4], 0);
            format!("{}:{}", &lines[line][column..column + token[2]], LEGEND[token[3]])
        })
        .collect()
}

fn tokens(text: &str) -> Vec<String> {
    let fixture = fixture(text);
    let mut client = fixture.client();
    let document = json!({"textDocument": {"uri": uri(&fixture.path("main.fuse"))}});
    let found = client.call("textDocument/semanticTokens/full", document).unwrap();
    decode(text, &found)
}

#[test]
fn names_have_the_type_of_what_they_mean() {
    for (text, expected) in [
        (
            "# c\n## d\nfn f(a: Int) -> Int:\n  return a + 1\n",
            "# c:comment ## d:comment fn:keyword f:function a:parameter Int:type Int:type return:keyword a:parameter 1:number",
        ),
        (
            "requires db\nfn f():\n  db.from(\"t\").where(\"a\", \"=\", 1).exec()\n",
            "requires:keyword db:keyword fn:keyword f:function db:namespace from:function \"t\":string where:function \"a\":string \"=\":string 1:number exec:function",
        ),
        (
            "enum E:\n  On\nfn f(e: E) -> E:\n  match e:\n    On -> E.On\n",
            "enum:keyword E:enum On:enumMember fn:keyword f:function e:parameter E:enum E:enum match:keyword e:parameter On:enumMember E:enum On:enumMember",
        ),
        (
            "fn f<T>(a: T) -> T where T: I:\n  return a\ninterface I:\n  fn m()\n",
            "fn:keyword f:function T:type a:parameter T:type T:type where:keyword T:type I:type return:keyword a:parameter interface:keyword I:type fn:keyword m:function",
        ),
        (
            "component Card(title: String): return div(class=\"a\"): title\nfn f() -> Html: return Card(title=\"x\" id=\"y\")\n",
            "component:keyword Card:function title:parameter String:type return:keyword div:htmlTag class:htmlAttribute \"a\":string title:parameter fn:keyword f:function Html:type return:keyword Card:htmlTag title:htmlAttribute \"x\":string id:htmlAttribute \"y\":string",
        ),
        (
            "type A:\n  x: Int = 1\nfn f(a: A) -> Bool:\n  let b = A(x=a.x)\n  return true and b.x == 1\n",
            "type:keyword A:type x:property Int:type 1:number fn:keyword f:function a:parameter A:type Bool:type let:keyword b:variable A:type x:property a:parameter x:property return:keyword true:keyword and:keyword b:variable x:property 1:number",
        ),
        (
            "fn f(a: Int):\n  print(\"a${a}b\")\n",
            "fn:keyword f:function a:parameter Int:type print:function \"a:string a:parameter b:string \":string",
        ),
    ] {
        let found = tokens(text);
        // Parts of one string may be one token or several.
        let join = |list: Vec<String>| list.join(" ").replace("b:string \":string", "b\":string");
        let expected =
            expected.replace("b:string \":string", "b\":string").replace("\":string a:string", "\"a:string");
        assert_eq!(join(found).replace("\":string a:string", "\"a:string"), expected, "{text}");
    }
}

#[test]
fn lines_are_split_and_ranges_are_exact() {
    let text = "fn f() -> String:\n  return \"\"\"a\nb\"\"\"\nfn g():\n  print(1)\n";
    let found = tokens(text);
    assert!(
        found.contains(&"\"\"\"a:string".to_owned()) && found.contains(&"b\"\"\":string".to_owned()),
        "{found:?}"
    );
    let fixture = fixture(text);
    let mut client = fixture.client();
    let range = json!({"start": {"line": 3, "character": 0}, "end": {"line": 4, "character": 3}});
    let params = json!({"textDocument": {"uri": uri(&fixture.path("main.fuse"))}, "range": range});
    let found = client.call("textDocument/semanticTokens/range", params).unwrap();
    assert_eq!(decode(text, &found), ["fn:keyword", "g:function", "print:function"]);
}
