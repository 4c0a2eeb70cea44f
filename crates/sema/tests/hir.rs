//! What the checker makes of bodies: coercions, explicit returns, evaluation order, cells, places.
//!
//! A body is printed one statement a line, expressions as `(operation operands)`, a coercion as `value=>Type`.

use std::path::Path;

use fuse_hir::*;
use fuse_sema::{MemoryFiles, Options, check};

/// The body of the function `f` in a source, as printed below.
fn body(source: &str) -> String {
    let mut files = MemoryFiles::new();
    files.add(Path::new("/p/main.fuse"), source);
    let checked = check(Path::new("/p/main.fuse"), &files, &Options::default());
    let Some(program) = checked.program else { panic!("{:#?}", checked.diagnostics) };
    let function = program.functions.iter().find(|function| function.name == "f").expect("a function f");
    let mut printer = Printer { program: &program, function, out: String::new(), indent: 0 };
    printer.block(&function.body);
    printer.out
}

fn assert_body(source: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().skip(1).collect();
    let margin = expected.first().map_or(0, |line| line.len() - line.trim_start().len());
    let expected: Vec<&str> = expected.iter().map(|line| line.get(margin..).unwrap_or("")).collect();
    assert_eq!(body(source).trim_end(), expected.join("\n").trim_end(), "\n{source}");
}

struct Printer<'p> {
    program: &'p Program,
    function: &'p Function,
    out: String,
    indent: usize,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(&"  ".repeat(self.indent));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn block(&mut self, statements: &[Stmt]) {
        for stmt in statements {
            self.stmt(stmt);
        }
    }

    fn inner(&mut self, statements: &[Stmt]) {
        self.indent += 1;
        self.block(statements);
        self.indent -= 1;
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let(local, value) => {
                let text = format!("{} = {}", self.local(*local), self.expr(value));
                self.line(&text);
            }
            StmtKind::Assign(place, value) => {
                let mut text = self.local(place.root);
                for step in &place.steps {
                    let mark = if step.optional { "?" } else { "" };
                    let base = self.ty(step.base);
                    let step = match &step.kind {
                        StepKind::Field(number) => format!(".{number}"),
                        StepKind::Index(index) => format!("[{}]", self.expr(index)),
                        StepKind::Key(key) => format!("{{{}}}", self.expr(key)),
                    };
                    text.push_str(&format!(":{base}{mark}{step}"));
                }
                let text = format!("{text} <- {}", self.expr(value));
                self.line(&text);
            }
            StmtKind::Expr(value) => {
                let text = self.expr(value);
                self.line(&text);
            }
            StmtKind::If(branches, otherwise) => {
                for (cond, block) in branches {
                    let text = format!("if {}", self.expr(cond));
                    self.line(&text);
                    self.inner(block);
                }
                if !otherwise.is_empty() {
                    self.line("else");
                    self.inner(otherwise);
                }
            }
            StmtKind::Match { subject, arms, exhaustive } => {
                let word = if *exhaustive { "match all" } else { "match" };
                let text = format!("{word} {}", self.expr(subject));
                self.line(&text);
                for arm in arms {
                    let text = format!("| {}", self.pat(&arm.pattern));
                    self.line(&text);
                    self.inner(&arm.body);
                }
            }
            StmtKind::For { pattern, iter, body } => {
                let text = format!("for {} in {}", self.pat(pattern), self.expr(iter));
                self.line(&text);
                self.inner(body);
            }
            StmtKind::While(cond, body) => {
                let text = format!("while {}", self.expr(cond));
                self.line(&text);
                self.inner(body);
            }
            StmtKind::Break => self.line("break"),
            StmtKind::Continue => self.line("continue"),
            StmtKind::Return(None) => self.line("return"),
            StmtKind::Return(Some(value)) => {
                let text = format!("return {}", self.expr(value));
                self.line(&text);
            }
        }
    }

    fn local(&self, local: LocalId) -> String {
        let name = &self.function.locals[local.0 as usize].name;
        if name.starts_with('$') { name.clone() } else { format!("{name}{}", local.0) }
    }

    fn list<'e>(&self, exprs: impl IntoIterator<Item = &'e Expr>) -> String {
        exprs.into_iter().map(|expr| format!(" {}", self.expr(expr))).collect()
    }

    fn numbered(&self, exprs: &[(u32, Expr)]) -> String {
        exprs.iter().map(|(number, expr)| format!(" {number}={}", self.expr(expr))).collect()
    }

    fn expr(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Int(value) => value.to_string(),
            ExprKind::Float(value) => format!("{value:?}"),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::String(text) => format!("{text:?}"),
            ExprKind::Unit => "()".into(),
            ExprKind::Null => format!("null:{}", self.ty(expr.ty)),
            ExprKind::Local(local) => self.local(*local),
            ExprKind::Function(id) => self.program.functions[id.0 as usize].name.clone(),
            ExprKind::Arithmetic(op, a, b) => format!("({op:?}{})", self.list([&**a, b])),
            ExprKind::Negate(a) => format!("(Neg {})", self.expr(a)),
            ExprKind::Not(a) => format!("(Not {})", self.expr(a)),
            ExprKind::And(a, b) => format!("(And{})", self.list([&**a, b])),
            ExprKind::Or(a, b) => format!("(Or{})", self.list([&**a, b])),
            ExprKind::IntToFloat(a) => format!("(Float {})", self.expr(a)),
            ExprKind::Compare(op, a, b) => format!("({op:?}{})", self.list([&**a, b])),
            ExprKind::Equal { negated, left, right } => {
                format!("({}{})", if *negated { "Ne" } else { "Eq" }, self.list([&**left, right]))
            }
            ExprKind::IsNull { negated, operand } => {
                format!("({} {})", if *negated { "NotNull" } else { "IsNull" }, self.expr(operand))
            }
            ExprKind::Text(parts) => format!("(Text{})", self.list(parts)),
            ExprKind::ListConcat(a, b) => format!("(Concat{})", self.list([&**a, b])),
            ExprKind::Range(a, b) => format!("(Range{})", self.list([&**a, b])),
            ExprKind::List(elements) => {
                format!("[{}]:{}", self.list(elements).trim_start(), self.ty(expr.ty))
            }
            ExprKind::Map(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| format!("{}: {}", self.expr(key), self.expr(value)))
                    .collect();
                format!("{{{}}}:{}", entries.join(", "), self.ty(expr.ty))
            }
            ExprKind::Struct(id, fields) => {
                format!("({}{})", self.program.structs[id.0 as usize].name, self.numbered(fields))
            }
            ExprKind::Variant(id, number, payload) => {
                let declared = &self.program.enums[id.0 as usize];
                let name = &declared.variants[*number as usize].name;
                format!("({}.{name}{})", declared.name, self.numbered(payload))
            }
            ExprKind::Ok(value) => format!("(Ok {}):{}", self.expr(value), self.ty(expr.ty)),
            ExprKind::Err(value) => format!("(Err {}):{}", self.expr(value), self.ty(expr.ty)),
            ExprKind::Coerce(value) => format!("{}=>{}", self.expr(value), self.ty(expr.ty)),
            ExprKind::Field(base, number) => format!("{}.{number}", self.expr(base)),
            ExprKind::ErrorField(base, name) => format!("{}.{name}", self.expr(base)),
            ExprKind::UnionField(base, numbers) => format!("{}.{numbers:?}", self.expr(base)),
            ExprKind::Index(base, index) => format!("{}[{}]", self.expr(base), self.expr(index)),
            ExprKind::Lookup(base, key) => format!("{}{{{}}}", self.expr(base), self.expr(key)),
            ExprKind::IndexOrNull(base, index) => format!("{}?[{}]", self.expr(base), self.expr(index)),
            ExprKind::OptionalChain { base, local, body } => {
                format!("(Chain {} {} {})", self.expr(base), self.local(*local), self.expr(body))
            }
            ExprKind::Coalesce(a, b) => format!("(Else{}):{}", self.list([&**a, b]), self.ty(expr.ty)),
            ExprKind::Propagate { operand, error } => match error {
                Some(error) => format!("(Try{}):{}", self.list([&**operand, error]), self.ty(expr.ty)),
                None => format!("(Try {}):{}", self.expr(operand), self.ty(expr.ty)),
            },
            ExprKind::Call(id, args) => {
                format!("({}{})", self.program.functions[id.0 as usize].name, self.numbered(args))
            }
            ExprKind::CallValue(callee, args) => format!("(call {}{})", self.expr(callee), self.list(args)),
            ExprKind::CallBuiltin(builtin, args) => format!("({builtin:?}{})", self.list(args)),
        }
    }

    fn pat(&self, pat: &Pat) -> String {
        let parts = |parts: &[(u32, Pat)]| -> String {
            let parts: Vec<String> =
                parts.iter().map(|(number, part)| format!("{number}={}", self.pat(part))).collect();
            parts.join(" ")
        };
        match &pat.kind {
            PatKind::Wild => "_".into(),
            PatKind::Bind(local) => format!("{}:{}", self.local(*local), self.ty(pat.ty)),
            PatKind::Int(value) => value.to_string(),
            PatKind::Float(value) => format!("{value:?}"),
            PatKind::Bool(value) => value.to_string(),
            PatKind::String(text) => format!("{text:?}"),
            PatKind::Null => "null".into(),
            PatKind::Some(inner) => format!("Some({})", self.pat(inner)),
            PatKind::Ok(inner) => format!("Ok({})", self.pat(inner)),
            PatKind::Err(inner) => format!("Err({})", self.pat(inner)),
            PatKind::Domain(number, inner) => format!("domain {number} {}", self.pat(inner)),
            PatKind::Variant(number, inner) => format!("variant {number}({})", parts(inner)),
            PatKind::Struct(inner) => format!("struct({})", parts(inner)),
        }
    }

    fn ty(&self, ty: Ty) -> String {
        let list = |types: &[Ty]| types.iter().map(|&ty| self.ty(ty)).collect::<Vec<_>>();
        match self.program.types.get(ty) {
            Type::List(inner) => format!("List<{}>", self.ty(*inner)),
            Type::Map(inner) => format!("Map<{}>", self.ty(*inner)),
            Type::Option(inner) => format!("{}?", self.ty(*inner)),
            Type::Lookup(inner) => format!("{}~", self.ty(*inner)),
            Type::Result(value, domains) => format!("{}!{}", self.ty(*value), list(domains).join("!")),
            Type::Union(domains) => format!("({})", list(domains).join("|")),
            Type::Function(params, result) => format!("fn({})->{}", list(params).join(","), self.ty(*result)),
            Type::Struct(id) => self.program.structs[id.0 as usize].name.clone(),
            Type::Enum(id) => self.program.enums[id.0 as usize].name.clone(),
            other => format!("{other:?}"),
        }
    }
}

#[test]
fn values_meet_other_types_in_coercions() {
    assert_body(
        "
fn take(x: Int?) -> Int?: return x
fn f(a: Int, o: Int?, m: Map<String, Int>, mo: Map<String, Int?>):
  let b: Int? = a
  let c: List<Int?> = [1, null]
  let d: List<List<Int>> = [[], [1]]
  let e = [[], [a]]
  let g = m[\"k\"]
  let h: Int = g
  let i: Int? = m[\"k\"]
  take(g)
  let j = mo[\"k\"]
  let k = [m[\"k\"], a]
  var l = m[\"k\"]
  l = null
  l = 1
  let n: std.Error = std.Error.NotFound(message=\"x\")
  print([null])
",
        "
        b4 = a0=>Int?
        c5 = [1=>Int? null:Int?]:List<Int?>
        d6 = [[]:List<Int> [1]:List<Int>]:List<List<Int>>
        e7 = [[]:List<Never>=>List<Int> [a0]:List<Int>]:List<List<Int>>
        g8 = m2{\"k\"}
        h9 = g8=>Int
        i10 = m2{\"k\"}=>Int?
        (take 0=g8=>Int?)
        j11 = mo3{\"k\"}=>Int?
        k12 = [m2{\"k\"}=>Int a0]:List<Int>
        l13 = m2{\"k\"}
        l13 = null:Null=>Int~
        l13 = 1=>Int~
        n14 = (std.Error.NotFound 0=\"x\")=>StdError
        (Print [null:Null=>Never?]:List<Never?>)
        ",
    );
}

#[test]
fn the_value_of_a_block_is_returned() {
    assert_body(
        "
type E:
  message: String
fn f(a: Int, b: Bool) -> Int!E:
  if b:
    a
  else if a == 1:
    return Err(E(message=\"x\"))
  else:
    match a:
      1 -> 1
      2: print(1)
      3 -> null ?! E(message=\"y\")
      n: f(n, b)
  return 0
",
        "
        if b1
          a0
        if (Eq a0 1)
          return (Err (E 0=\"x\")):Int!E
        else
          match all a0
          | 1
            return (Ok 1):Int!E
          | 2
            (Print 1)
          | 3
            (Try null:Null (E 0=\"y\")):Never
          | n2:Int
            (f 0=n2 1=b1)
        return (Ok 0):Int!E
        ",
    );
    assert_body(
        "
type E:
  message: String
fn f(b: Bool) -> Unit!E:
  if b: return
  print(1)
",
        "
        if b0
          return (Ok ()):Unit!E
        (Print 1)
        return (Ok ()):Unit!E
        ",
    );
    assert_body(
        "
fn f(n: Int) -> String:
  match n:
    0 -> \"none\"
    1 -> print(n)
  return \"more\"
",
        "
        match n0
        | 0
          return \"none\"
        | 1
          (Print n0)
        return \"more\"
        ",
    );
}

#[test]
fn arguments_are_in_source_order() {
    assert_body(
        "
type P:
  x: Int
  y: Int = 1
enum V:
  Pair(a: Int, b: Int)
fn g(a: Int, b: Int = 2, c: Int = 3) -> Int: return a
fn f(n: Int):
  g(c=g(1), a=n)
  P(y=1, x=n)
  V.Pair(b=g(1), a=g(2))
  V.Pair(1, 2)
  assert(message=g(1), cond=true)
  print()
",
        "
        (g 2=(g 0=1) 0=n0)
        (P 1=1 0=n0)
        (V.Pair 1=(g 0=1) 0=(g 0=2))
        (V.Pair 0=1 1=2)
        (Else (Chain (Text (g 0=1))=>String? $1 (Assert true $1)=>Unit?) ()):Unit
        (Print \"\")
        ",
    );
}

#[test]
fn operators_see_opened_operands_of_one_type() {
    assert_body(
        "
fn f(a: Int, x: Float, o: Int?, m: Map<String, Int>, l: List<Int>):
  let b = a + x
  let c = -1 - -a
  let d = a < x
  let e = \"n: \" + a + \" of ${x} \" + m[\"k\"]
  let g = o == 1 or m[\"k\"] != a and !(o == null)
  let h = m[\"k\"] + 1
  let i = l + []
  let j = 1..x
  let k = o ?? a
  let n = o ?? o
  let p = m[\"k\"] ?? 1
  let q = l?[a]
",
        "
        b5 = (Add (Float a0) x1)
        c6 = (Sub -1 (Neg a0))
        d7 = (Lt a0 x1)
        e8 = (Text \"n: \" a0 \" of \" x1 \" \" m3{\"k\"})
        g9 = (Or (Eq o2 1) (And (Ne m3{\"k\"}=>Int? a0) (Not (IsNull o2))))
        h10 = (Add m3{\"k\"}=>Int 1)
        i11 = (Concat l4 []:List<Never>=>List<Int>)
        j12 = (Range (Float 1) x1)
        k13 = (Else o2 a0):Int
        n14 = (Else o2 o2):Int?
        p15 = (Else m3{\"k\"} 1):Int
        q16 = l4?[a0]
        ",
    );
}

#[test]
fn optional_access_holds_the_content() {
    assert_body(
        "
type P:
  next: P?
  names: List<String>
fn f(p: P?, m: Map<String, P>):
  let a = p?.next?.names
  let b = p?.names?[0]
  let c = m[\"k\"].names
  let d = m[\"k\"]?.next
",
        "
        a4 = (Chain (Chain p0 $2 $2.0) $3 $3.1=>List<String>?)
        b7 = (Chain (Chain p0 $5 $5.1=>List<String>?) $6 $6?[0])
        c8 = m1{\"k\"}=>P.1
        d10 = (Chain m1{\"k\"} $9 $9.0)
        ",
    );
}

#[test]
fn the_names_of_a_cell_are_one_local() {
    assert_body(
        "
type P:
  x: Int
fn f(n: Int):
  let a = box n
  let b = a
  var c = box b
  b = 2
  c = a + b
  let d: Int = a
  let e = box P(x=1)
  let g = e
  g.x = d
  let _ = a
",
        "
        a1 = n0
        a1 = 2
        a1 = (Add a1 a1)
        d2 = a1
        e3 = (P 0=1)
        e3:P.0 <- d2
        ",
    );
}

#[test]
fn places_say_what_each_step_is_applied_to() {
    assert_body(
        "
type P:
  q: P?
  list: List<P>
  map: Map<String, P>
fn f(p: P, found: Map<String, P>, i: Int):
  p.list[i].map[\"a\"].q = p
  p.map[\"a\"]?.q?.list = []
  let hit = found[\"x\"]
  hit.q = null
  p.q?.list = [p]
",
        "
        p0:P.1:List<P>[i2]:P.2:Map<P>{\"a\"}:P.0 <- p0=>P?
        p0:P.2:Map<P>{\"a\"}:P~?.0:P??.1 <- []:List<P>
        hit3 = found1{\"x\"}
        hit3:P~.0 <- null:P?
        p0:P.0:P??.1 <- [p0]:List<P>
        ",
    );
}

#[test]
fn patterns_follow_the_subject() {
    assert_body(
        "
type A:
  message: String
enum L:
  Here(Int)
  Gone
fn g() -> Int!A!std.Error!L: return 1
fn f(o: Int?, m: Map<String, L>) -> Int:
  match o:
    1 -> 1
    None -> 2
    Some(n) -> n
  match m[\"x\"]:
    Here(n) -> return n
    Gone -> print()
  match g():
    Ok(n) -> n
    Err(A(message=t)) -> print(t)
    Err(std.Error(message=t, code=_)) -> print(t)
    Err(L.Here(n)) -> n
    Err(e) -> print(\"${e}\")
  for std.Error(status=s) in [std.Error(code=\"c\", message=\"m\")]:
    print(s)
  return 0
",
        "
        match all o0
        | Some(1)
          return 1
        | null
          return 2
        | Some(n2:Int)
          return n2
        ",
    );
    assert_body(
        "
type A:
  message: String
enum L:
  Here(Int)
  Gone
fn g() -> Int!A!std.Error!L: return 1
fn f(m: Map<String, L>) -> Int:
  match m[\"x\"]:
    Here(n) -> return n
    Gone -> print()
  match g():
    Ok(n) -> n
    Err(A(message=t)) -> print(t)
    Err(std.Error(message=t, code=_)) -> print(t)
    Err(L.Here(n)) -> n
    Err(e) -> print(\"${e}\")
  for std.Error(status=s) in [std.Error(code=\"c\", message=\"m\")]:
    print(s)
  return 0
",
        "
        match all m0{\"x\"}=>L
        | variant 0(0=n1:Int)
          return n1
        | variant 1()
          (Print \"\")
        match all (g)
        | Ok(n2:Int)
          return n2
        | Err(domain 1 struct(0=t3:String))
          (Print t3)
        | Err(domain 0 $4:StdError)
          t5 = $4.message
          (Print t5)
        | Err(domain 2 variant 0(0=n6:Int))
          return n6
        | Err(e7:(StdError|A|L))
          (Print (Text e7))
        for $8:StdError in [(std.Error 0=\"c\" 1=\"m\")]:List<StdError>
          s9 = $8.status
          (Print s9)
        return 0
        ",
    );
}

#[test]
fn result_types_with_the_same_domains_are_one_type() {
    assert_body(
        "
type A:
  message: String
type B:
  message: String
fn g() -> Int!A!B: return 1
fn f(h: fn() -> Int!B!A):
  f(g)
  let r: Int!B!A = g()
",
        "
        (f 0=g)
        r1 = (g)
        ",
    );
}

#[test]
fn errors_become_one_of_the_domains() {
    assert_body(
        "
type A:
  message: String
type B:
  message: String
fn g() -> Int!A!B: return 1
fn f(o: Int?) -> Int!B!A!std.Error:
  let a = g() ?!
  let b = o ?! std.Error.NotFound(message=\"m\")
  match g():
    Ok(n) -> g()
    Err(e) -> Err(e)
",
        "
        a1 = (Try (g)):Int
        b2 = (Try o0 (std.Error.NotFound 0=\"m\")):Int
        match all (g)
        | Ok(n3:Int)
          return (g)=>Int!StdError!A!B
        | Err(e4:(A|B))
          return (Err e4):Int!StdError!A!B
        ",
    );
}
