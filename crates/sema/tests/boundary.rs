//! What the checker makes of the typed boundary: conversions, tests and their paths, dynamic operations, configs, assets.

mod print;

use std::path::Path;

use fuse_hir::{Program, StdErrors};
use fuse_sema::{MemoryFiles, Options, check};
use print::{assert_body, bodies};

fn program(files: &[(&str, &str)]) -> Program {
    let mut memory = MemoryFiles::new();
    for (path, text) in files {
        memory.add(path, *text);
    }
    let checked = check(Path::new(files[0].0), &memory, &Options::default());
    checked.program.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
}

#[test]
fn conversions_name_their_place() {
    assert_body(
        "
type P:
  x: Int
  xs: List<Int> = []
enum V:
  One(Int)
fn g(a: Int, b: P? = null) -> Int: return a
fn f(s: String, p: P, step: fn(Int) -> Int):
  let d = json.decode(s)
  let a: Int = d
  var b: List<P> = [d, P(x=d, xs=[1, d])]
  b = d
  b[0].x = d
  b[a].xs = [d]
  g(d, b=d)
  step(d)
  V.One(d)
  let c: Map<String, Int> = {\"k\": d, s: d}
  let e: List<List<Int>> = [[], [d]]
  let h: Int? = {\"m\": d}[\"m\"]
  let i: List<Int> = [d, 1]
  print([3, d])
",
        "
        d3 = (JsonDecode s0)
        a4 = d3=>\"a\"Int
        b5 = [d3=>\"b[0]\"P (P 0=d3=>\"P.x\"Int 1=[1 d3=>\"P.xs[1]\"Int]:List<Int>)]:List<P>
        b5 = d3=>\"b\"List<P>
        b5:List<P>[0]:P.0 <- d3
        b5:List<P>[a4]:P.1 <- [d3=>\"b[*].xs[0]\"Int]:List<Int>
        (g 0=d3=>\"a\"Int 1=d3=>\"b\"P?)
        (call step2 d3=>\"argument\"Int)
        (V.One 0=d3=>\"V.data\"Int)
        c6 = {\"k\": d3=>\"c.k\"Int, s0: d3=>\"c.*\"Int}:Map<Int>
        e7 = [[]:List<Int> [d3=>\"e[1][0]\"Int]:List<Int>]:List<List<Int>>
        h8 = {\"m\": d3}:Map<Value>{\"m\"}=>\"h\"Int?
        i9 = [d3=>\"i[0]\"Int 1]:List<Int>
        (Print [3 d3=>\"value[1]\"Int]:List<Int>)
        ",
    );
    assert_body(
        "
enum V:
  Two(a: Int, b: String?)
fn f(s: String) -> V: return V.Two(b=json.decode(s), a=json.decode(s))
",
        "
        return (V.Two 1=(JsonDecode s0)=>\"V.data[1]\"String? 0=(JsonDecode s0)=>\"V.data[0]\"Int)
        ",
    );
}

#[test]
fn results_are_converted_and_wrapped() {
    assert_body(
        "
type E:
  message: String
fn f(s: String, b: Bool) -> List<Int>!E:
  let d = json.decode(s)
  if b: return d
  if b: return Ok(d)
  if b: return Err(d)
  if b: return [d]
  if b: return Ok([d])
  match b:
    true -> d[\"a\"]
    false -> null ?! E(message=d)
",
        "
        d2 = (JsonDecode s0)
        if b1
          return (Ok d2=>\"return\"List<Int>):List<Int>!E
        if b1
          return (Ok d2=>\"return\"List<Int>):List<Int>!E
        if b1
          return (Err d2=>\"return\"E):List<Int>!E
        if b1
          return (Ok [d2=>\"return[0]\"Int]:List<Int>):List<Int>!E
        if b1
          return (Ok [d2=>\"return[0]\"Int]:List<Int>):List<Int>!E
        match all b1
        | true
          return (Ok d2<\"a\"=>Value>=>\"return\"List<Int>):List<Int>!E
        | false
          (Try null:Null (E 0=d2=>\"E.message\"String)):Never
        ",
    );
}

#[test]
fn lookups_are_opened_before_they_are_converted() {
    assert_body(
        "
fn f(s: String):
  let rows = {\"a\": [json.decode(s)]}
  let a: List<Int> = rows[\"a\"]
  let b: List<Int>? = rows[\"a\"]
  var c = {\"n\": 1}[\"n\"]
  c = json.decode(s)
",
        "
        rows1 = {\"a\": [(JsonDecode s0)]:List<Value>}:Map<List<Value>>
        a2 = rows1{\"a\"}=>List<Value>=>\"a\"List<Int>
        b3 = rows1{\"a\"}=>List<Value>?=>\"b\"List<Int>?
        c4 = {\"n\": 1}:Map<Int>{\"n\"}
        c4 = (JsonDecode s0)=>\"c\"Int~
        ",
    );
}

#[test]
fn what_becomes_dynamic_is_coerced() {
    assert_body(
        "
type P:
  x: Int
fn f(s: String, p: P, xs: List<Int>):
  var d = json.decode(s)
  d = 5
  d = null
  d = xs
  d = {\"p\": p}
  d = []
  let a = [json.decode(s), 3]
  let b: List<Int> = a
  var c = [null, d]
  c = d
",
        "
        d3 = (JsonDecode s0)
        d3 = 5=>Value
        d3 = null:Null=>Value
        d3 = xs2=>Value
        d3 = {\"p\": p1=>Value}:Map<Value>=>Value
        d3 = []:List<Value>=>Value
        a4 = [(JsonDecode s0) 3=>Value]:List<Value>
        b5 = a4=>\"b\"List<Int>
        c6 = [null:Null=>Value d3]:List<Value>
        c6 = d3=>\"c\"List<Value>
        ",
    );
}

#[test]
fn operations_on_dynamic_values() {
    assert_body(
        "
fn f(s: String, n: Int, o: Int?, id: Id):
  let d = json.decode(s)
  print(d + n)
  print(d + id)
  print(-d * d)
  print(1.5 >= d)
  print(d != o)
  print(null == d)
  print(d..n)
  print(!d or d and true)
  print(d[0][id]?[d])
  print(d ?? 1)
  if d: print(d + [n])
  for x in d: print(x)
",
        "
        d4 = (JsonDecode s0)
        (Print (DynAdd d4 n1=>Value))
        (Print (Text d4 id3))
        (Print (DynMul (DynNeg d4) d4))
        (Print (DynGe 1.5=>Value d4))
        (Print (DynNe d4 o2=>Value))
        (Print (IsNull d4))
        (Print (DynRange d4 n1=>Value))
        (Print (Or (Not (Expect Condition d4):Bool) (And (Expect Condition d4):Bool true)))
        (Print d4<0=>Value><id3=>String=>Value>?<d4>)
        (Print (Else d4 1=>Value):Value)
        if (Expect Condition d4):Bool
          (Print (DynAdd d4 [n1]:List<Int>=>Value))
        for x5:Value in d4
          (Print x5)
        ",
    );
}

#[test]
fn static_containers_and_builtins_expect_a_kind() {
    assert_body(
        "
requires time

fn f(s: String, xs: List<Int>, m: Map<String, Int>, vs: Map<String, List<Int>>):
  let d = json.decode(s)
  print(xs[d] + m[d])
  print(xs?[d])
  json.decode(d)
  time.format(fmt=d, epoch=d[\"n\"])
  assert(d)
  xs[d] = d
  vs[d][d] = 1
",
        "
        d4 = (JsonDecode s0)
        (Print (Add xs1[(Expect ListIndex d4):Int] m2{(Expect MapKey d4):String}=>Int))
        (Print xs1?[(Expect ListIndex d4):Int])
        (JsonDecode (Expect Argument(\"json.decode expects a string argument\") d4):String)
        (Else (Chain (Expect Argument(\"time.format expects format as String\") d4):String=>String? $5 \
(TimeFormat (Expect Argument(\"time.format expects epoch as Int\") d4<\"n\"=>Value>):Int $5)=>String?) \"\"):String
        (Assert (Expect Argument(\"assert expects a Bool as the first argument\") d4):Bool \"assertion failed\")
        xs1:List<Int>[(Expect ListIndex d4):Int] <- d4
        vs3:Map<List<Int>>{(Expect MapKey d4):String}:List<Int>[(Expect ListIndex d4):Int] <- 1
        "
        .replace("\\\n", "")
        .as_str(),
    );
}

#[test]
fn arguments_of_builtins_are_evaluated_as_written() {
    assert_body(
        "
requires crypto

fn name() -> String: return \"sha256\"
fn g(b: Bytes) -> Bytes: return b
fn f(b: Bytes):
  crypto.hmac(name(), data=g(b), key=b)
  crypto.hmac(name(), b, g(b))
",
        "
        (Else (Chain (name)=>String? $2 (Else (Chain (g 0=b0)=>Bytes? $1 (CryptoHmac $2 b0 $1)=>Bytes?) []):Bytes\
=>Bytes?) []):Bytes
        (CryptoHmac (name) b0 (g 0=b0))
        "
        .replace("\\\n", "")
        .as_str(),
    );
}

#[test]
fn places_through_dynamic_values() {
    assert_body(
        "
fn f(s: String):
  var d = json.decode(s)
  d[\"a\"][0] = 1
  d?[d] = null
  let m = {\"a\": json.decode(s)}
  m[\"a\"][\"b\"] = [2]
  m[\"a\"] = 3
",
        "
        d1 = (JsonDecode s0)
        d1:Value<\"a\"=>Value>:Value<0=>Value> <- 1=>Value
        d1:Value?<d1> <- null:Null=>Value
        m2 = {\"a\": (JsonDecode s0)}:Map<Value>
        m2:Map<Value>{\"a\"}:Value<\"b\"=>Value> <- [2=>Value]:List<Value>=>Value
        m2:Map<Value>{\"a\"} <- 3=>Value
        ",
    );
}

#[test]
fn patterns_on_dynamic_values() {
    assert_body(
        "
fn f(s: String):
  match json.decode(s):
    1 -> print(1)
    Some(Some(x)) -> print(x)
    None -> print(0)
",
        "
        match (JsonDecode s0)
        | 1
          (Print 1)
        | Some(Some(x1:Value))
          (Print x1)
        | null
          (Print 0)
        ",
    );
}

#[test]
fn fields_of_struct_literals_are_tested() {
    assert_body(
        "
type P:
  small: Int(1..9)
  list: List<Int(1..9)> = []
  mail: Email? = null
  wide: Int = 0
fn f(n: Int, s: Int(1..9), t: Int(1..9)?, m: Map<String, Int>, o: String?, e: Email(1..9)):
  P(small=n, list=[n, s], mail=o, wide=s)
  P(small=s, list=[s, s], mail=e)
  P(small=m[\"a\"], mail=\"x\")
  P(small=t ?? n)
  P(small=json.decode(\"1\"), list=[1, json.decode(\"2\")], mail=null)
",
        "
        (P 0=n0=?\"P.small\"Int(1) 1=[n0 s1=>Int]:List<Int>=?\"P.list\"List<Int(1)> 2=o4=?\"P.mail\"Email? 3=s1=>Int)
        (P 0=s1 1=[s1 s1]:List<Int(1)> 2=e5=>Email?)
        (P 0=m3{\"a\"}=>Int=?\"P.small\"Int(1) 2=\"x\"=>String?=?\"P.mail\"Email?)
        (P 0=(Else t2 n0=?\"P.small\"Int(1)):Int(1))
        (P 0=(JsonDecode \"1\")=>\"P.small\"Int(1) 1=[1 (JsonDecode \"2\")=>\"P.list[1]\"Int]:List<Int>=?\"P.list\"List<Int(1)> \
2=null:Email?)
        "
        .replace("\\\n", "")
        .as_str(),
    );
}

/// What the defaults named `name` yield, and the type of that.
fn default(source: &str, name: &str) -> (String, String) {
    let program = program(&[("/p/main.fuse", source)]);
    let function = program.functions.iter().find(|function| function.name == name).expect("the default");
    (bodies(source, name).trim_end().to_owned(), format!("{:?}", program.types.get(function.result)))
}

#[test]
fn defaults_leave_tests_and_conversions_to_their_users() {
    let source = "
fn small() -> Int(1..9)?: return null
type P:
  a: Int(1..9) = 5
  b: Email? = \"x\"
  c: List<Int> = json.decode(\"[]\")
  d: Int(1..9) = small() ?? 3
  e: Int(1..9)? = small()
  f: Map<String, Int(1..9)> = {\"a\": 1}
  g: List<Int> = [1, json.decode(\"2\")]
  h: Result<Int, std.Error> = Ok(json.decode(\"3\"))
  i: Float = 1.5
fn f(x: P = P(a=1), y: Result<Int, std.Error> = Ok(json.decode(\"3\"))): print(x)
config C:
  a: Int(1..9) = P.a
";
    let source = source.replace(" = P.a\n", " = env_int(\"A\") ?? 7\n  b: Bytes(1..9) = \"YQ==\"\n");
    let check = |name: &str, body: &str, ty: &str| {
        assert_eq!(default(&source, name), (body.to_owned(), ty.to_owned()), "{name}");
    };
    check("P.a", "return 5", "Int");
    check("P.b", "return \"x\"=>String?", "Option(Ty(7))");
    check("P.c", "return (JsonDecode \"[]\")", "Dynamic");
    check("P.d", "return (Else (small)=>Int? 3):Int", "Int");
    check("P.f", "return {\"a\": 1}:Map<Int>", "Map(Ty(4))");
    check("P.i", "return 1.5", "Float");
    check("f.x", "return (P 0=1=?\"P.a\"Int(1))", "Struct(StructId(8))");
    check("C.a", "return (Else (EnvInt \"A\") 7):Int", "Int");
    check("C.b", "return [97]", "Bytes");
    assert!(default(&source, "P.e").1.starts_with("Option("), "it has the type of the field");
    assert_eq!(default(&source, "P.g").0, "return [1=>Value (JsonDecode \"2\")]:List<Value>");
    assert_eq!(default(&source, "P.h").0, "return (Ok (JsonDecode \"3\")=>\"P.h\"Int):Int!StdError");
    assert_eq!(default(&source, "f.y").0, "return (Ok (JsonDecode \"3\")=>\"y\"Int):Int!StdError");
}

#[test]
fn fields_of_configs() {
    assert_body(
        "
config C:
  port: Int = 1
type Holder:
  own: C
fn made() -> C: return C
fn f(c: C, h: Holder, o: C?):
  print(C.port + c.port + h.own.port)
  print(made().port)
  print(o?.port)
  print(C)
",
        "
        (Print (Add (Add C.port C.port) C.port))
        (Print (Then (made) C.port))
        (Print (Chain o2 $3 C.port=>Int?))
        (Print C)
        ",
    );
}

#[test]
fn configs_in_the_order_of_their_resolution() {
    let program = program(&[
        (
            "/p/main.fuse",
            "config Last:\n  x: Int = 1\nimport A from \"./a\"\nimport B from \"./b\"\nconfig Most:\n  y: Int = 1\n",
        ),
        ("/p/a.fuse", "import C from \"./c\"\nconfig OfA:\n  x: Int = 1\n"),
        (
            "/p/b.fuse",
            "import C from \"./c\"\nconfig OfB:\n  dbUrl: List<Int(\n    1..9,  # few\n  )> = []\n",
        ),
        ("/p/c.fuse", "config OfC:\n  x: Int = 1\n"),
    ]);
    let names: Vec<&str> = program.configs.iter().map(|config| config.name.as_str()).collect();
    assert_eq!(names, ["OfC", "OfA", "OfB", "Last", "Most"]);
    let field = &program.configs[2].fields[0];
    assert_eq!((field.variable.as_str(), field.written.as_str()), ("OF_B_DB_URL", "List<Int( 1..9, )>"));
    assert_eq!(program.functions[field.default.0 as usize].name, "OfB.dbUrl");
}

#[test]
fn assets_are_read_once() {
    let mut files = MemoryFiles::new();
    let source = "import Text from \"./a.md\"\nimport Again from \"./x/../a.md\"\nimport Data from \"./b.json\"\n\
                  fn f():\n  print(Text + Again)\n  print(Data[\"x\"])\n";
    files.add("/p/main.fuse", source);
    files.add("/p/a.md", "\u{feff}text\n");
    files.add("/p/b.json", "{\"x\": 1}");
    let checked = check(Path::new("/p/main.fuse"), &files, &Options::default());
    let inputs: Vec<_> = checked.sources.iter().map(|(_, file)| (file.path(), file.text())).collect();
    let path = |name| Path::new("/p").join(name);
    assert_eq!(inputs[1..], [(&*path("a.md"), "\u{feff}text\n"), (&*path("b.json"), "{\"x\": 1}")]);
    let program = checked.program.expect("no errors");
    let assets: Vec<_> = program.assets.iter().map(|asset| (asset.path.clone(), asset.json)).collect();
    assert_eq!(assets, [(path("a.md"), false), (path("b.json"), true)]);
    assert_eq!(&*program.assets[0].text, "\u{feff}text\n");
    assert_eq!(program.modules.len(), 1);
}

#[test]
fn an_asset_that_is_not_utf8_is_wrong_at_its_first_bad_byte() {
    let mut files = MemoryFiles::new();
    files.add("/p/main.fuse", "import A from \"./a.md\"\nimport B from \"./a.md\"\n");
    files.add("/p/a.md", b"ab\n\xffc".as_slice());
    let checked = check(Path::new("/p/main.fuse"), &files, &Options::default());
    let [found] = &checked.diagnostics[..] else { panic!("{:#?}", checked.diagnostics) };
    assert_eq!((found.code.as_str(), found.span.start, found.span.end), ("FUSE_ASSET_UTF8", 3, 3));
    let file = found.file.and_then(|file| checked.sources.get(file)).expect("a file");
    assert_eq!(file.path(), Path::new("/p/a.md"));
}

#[test]
fn messages_show_types_as_they_are_written() {
    let source = r#"fn even(n: Int) -> Bool: return n % 2 == 0
fn f(n: Int, x: Float, s: String, d: Int(1..9)?):
  let a: Int(1.0..9, predicate(even)) = n
  let b: Float(-0.5..1) = x
  let c: List<String(2..8, regex("^\"\\w$"))>? = s
  let e: Bytes(16..16) = d
"#;
    let mut files = MemoryFiles::new();
    files.add("/p/main.fuse", source);
    let checked = check(Path::new("/p/main.fuse"), &files, &Options::default());
    let messages: Vec<&str> = checked.diagnostics.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "expected Int(1..9, predicate(even)), found Int",
            "expected Float(-0.5..1.0), found Float",
            r#"expected List<String(2..8, regex("^\"\\w$"))>?, found String"#,
            "expected Bytes(16..16), found Int(1..9)?",
        ]
    );
}

#[test]
fn predeclared_types_stay_first() {
    let program = program(&[("/p/main.fuse", "config C:\n  x: Int = 1\n")]);
    assert_eq!(program.structs.len(), StdErrors::COUNT);
}
