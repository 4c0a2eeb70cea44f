//! What the checker makes of bodies: coercions, explicit returns, evaluation order, cells, places.

mod print;

use print::assert_body;

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
        (let $1=(g 0=1) (Assert true $1))
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
        | Err(domain 0 struct(0=t3:String))
          (Print t3)
        | Err(domain 1 struct(1=t4:String 0=_))
          (Print t4)
        | Err(domain 2 variant 0(0=n5:Int))
          return n5
        | Err(e6:(A|StdError|L))
          (Print (Text e6))
        for struct(2=s7:Int) in [(std.Error 0=\"c\" 1=\"m\")]:List<StdError>
          (Print s7)
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
          return (g)=>Int!B!A!StdError
        | Err(e4:(A|B))
          return (Err e4):Int!B!A!StdError
        ",
    );
}
