//! What the checker makes of services, migrations, transactions, queries and the HTTP client.

mod print;

use std::path::Path;

use fuse_hir::{FnKind, ModuleId, Program, Segment, Ty, Type, Verb};
use fuse_sema::{MemoryFiles, Options, check, dump};
use print::assert_body;

fn program(files: &[(&str, &str)]) -> Program {
    let mut memory = MemoryFiles::new();
    for (path, text) in files {
        memory.add(path, *text);
    }
    let checked = check(Path::new(files[0].0), &memory, &Options::default());
    checked.program.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
}

const KITCHEN: &str = r#"import { Dish } from "./dishes"

type NoDish:
  message: String

## What the kitchen offers.
## Every day.
service Kitchen at "/api/{house: Id}/":
  get "/dishes/{slot: Int(1..9)}" -> Dish!NoDish:
    null ?! NoDish(message="${house} ${slot}")
  post "dishes" body Dish -> Dish: return body
  delete "" -> Unit: print(house)

migration 007: print(1)
migration "first": print(2)
"#;

const DISHES: &str = r#"
## A dish.
type Dish:
  name: String

## How hot.
enum Heat:
  Mild

service Bar at "/":
  get "/" -> Heat: return Heat.Mild

migration first: print(3)
"#;

#[test]
fn services_are_resolved() {
    let program = program(&[("/p/main.fuse", KITCHEN), ("/p/dishes.fuse", DISHES)]);
    let [kitchen, bar] = &program.services[..] else { panic!("{:?}", program.services) };
    assert_eq!((kitchen.name.as_str(), kitchen.base.as_str()), ("Kitchen", "/api/{house: Id}/"));
    assert_eq!(kitchen.doc.as_deref(), Some("What the kitchen offers.\nEvery day."));
    assert_eq!((bar.name.as_str(), bar.module, &bar.doc), ("Bar", ModuleId(1), &None));
    let verbs: Vec<Verb> = kitchen.routes.iter().map(|route| route.verb).collect();
    assert_eq!(verbs, [Verb::Get, Verb::Post, Verb::Delete]);
    let literal = |text: &str| Segment::Literal(text.into());
    assert_eq!(
        kitchen.routes[0].segments,
        [literal("api"), Segment::Parameter(0), literal("dishes"), Segment::Parameter(1)]
    );
    assert_eq!(kitchen.routes[2].segments, [literal("api"), Segment::Parameter(0)]);
    assert_eq!(bar.routes[0].segments, []);

    let post = &kitchen.routes[1];
    let handler = &program.functions[post.handler.0 as usize];
    assert_eq!((handler.kind, handler.name.as_str()), (FnKind::Route, "Kitchen.post dishes"));
    let params: Vec<(&str, Ty)> =
        handler.params.iter().map(|param| (param.name.as_str(), param.ty)).collect();
    assert_eq!(params, [("house", Ty::ID), ("body", post.body.unwrap())]);
    assert_eq!(post.body, Some(handler.result));
    assert!(matches!(program.types.get(handler.result), Type::Struct(_)));
    let get = &program.functions[kitchen.routes[0].handler.0 as usize];
    assert!(matches!(program.types.get(get.result), Type::Result(..)));
}

#[test]
fn migrations_are_listed_as_they_are_declared() {
    let program = program(&[("/p/main.fuse", KITCHEN), ("/p/dishes.fuse", DISHES)]);
    let listed: Vec<(&str, u32)> =
        program.migrations.iter().map(|migration| (migration.name.as_str(), migration.module.0)).collect();
    assert_eq!(listed, [("7", 0), ("first", 0), ("first", 1)]);
    let body = &program.functions[program.migrations[1].function.0 as usize];
    assert_eq!(
        (body.kind, body.name.as_str(), body.result),
        (FnKind::Migration, "migration first", Ty::UNIT)
    );
}

#[test]
fn documentation_is_kept() {
    let program = program(&[("/p/main.fuse", KITCHEN), ("/p/dishes.fuse", DISHES)]);
    let of = |name: &str| program.structs.iter().find(|info| info.name == name).unwrap().doc.clone();
    assert_eq!(of("Dish").as_deref(), Some("A dish."));
    assert_eq!(of("NoDish"), None);
    assert_eq!(program.enums[0].doc.as_deref(), Some("How hot."));
}

#[test]
fn services_have_a_text_form() {
    let text = dump(&program(&[("/p/main.fuse", KITCHEN), ("/p/dishes.fuse", DISHES)]), None).unwrap();
    for expected in [
        "\nservice Kitchen at \"/api/{house: Id}/\"\n  \
         get /api/{house: Id}/dishes/{slot: Int(1..9)} -> Dish!NoDish = Kitchen.get /dishes/{slot: Int(1..9)}\n  \
         post /api/{house: Id}/dishes body Dish -> Dish = Kitchen.post dishes\n",
        "\nroute Bar.get /() -> Heat  # dishes.fuse:11\n",
        "\nentry migration 7() -> Unit  # main.fuse:14\n",
    ] {
        assert!(text.contains(expected), "{expected}\n--- not in ---\n{text}");
    }
}

#[test]
fn queries_are_calls_whose_first_argument_is_the_query() {
    assert_body(
        "
requires db
type Show:
  id: Int
fn f(word: String?, row: Map<String, Int>):
  let q = db.from(\"shows\")
  let r = q.where(value=word, column=\"id\", op=\"=\").limit(n=5)
  let one = r.select([\"id\"]).one<Show>()
  let all = r.select([\"a.id\"]).all<Show>()
  let rows = r.all()
  q.insert(row).exec()
  q.insert(Show(id=1)).exec()
  let maybe = Some(q)
  print(maybe?.count())
  db.exec(\"x\")
  db.query(params=[word, 1], sql=\"y\")
  q.select(json.decode(\"1\"))
",
        "
        q2 = (DbFrom \"shows\")
        r5 = (QueryLimit (let $4=q2 (let $3=word0=>Value (QueryWhere $4 \"id\" \"=\" $3))) 5)
        one6 = (QueryOneTyped (QuerySelect r5 [\"id\"]:List<String>))
        all7 = (QueryAllTyped (QuerySelect r5 [\"a.id\"]:List<String>))
        rows8 = (QueryAll r5)
        (QueryExec (QueryInsert q2 row1))
        (QueryExec (QueryInsert q2 (Show 0=1)))
        maybe9 = q2=>Query?
        (Print (Chain maybe9 $10 (QueryCount $10)=>Int?))
        (DbExec \"x\" []:List<Value>)
        (let $11=[word0=>Value 1=>Value]:List<Value> (DbQuery \"y\" $11))
        (QuerySelect q2 (Expect Argument(\"query.select expects a list of strings\") (JsonDecode \"1\")):List<String>)
        ",
    );
}

#[test]
fn transactions_hold_their_statements() {
    assert_body(
        "
requires db
fn f(n: Int) -> Unit!std.Error:
  transaction:
    if n == 1:
      null ?! std.Error.NotFound(message=\"x\")
    db.exec(\"x\")
  print(n)
",
        "
        transaction
          if (Eq n0 1)
            (Try null:Null (std.Error.NotFound 0=\"x\")):Never
          (DbExec \"x\" []:List<Value>)
        (Print n0)
        return (Ok ()):Unit!StdError
        ",
    );
}

#[test]
fn calls_of_the_http_client_have_all_arguments() {
    assert_body(
        "
requires network
fn f(url: String, any: Map<String, Map<String, String>>) -> Int!http.error:
  http.get(url)
  http.request(timeout_ms=1, url=url, method=\"put\")
  http.get(url, json.decode(\"1\"))
  serve(json.decode(\"1\")[\"port\"])
  serve(\"1\")
  match http.get(url, any[\"x\"]):
    Ok(r) -> r.status
    Err(http.error(status=s)) -> s ?? 0
",
        "
        (HttpGet url0 {}:Map<String> 30000)
        (let $3=1 (let $2=url0 (HttpRequest \"put\" $2 \"\" {}:Map<String> $3)))
        (HttpGet url0 (Expect Argument(\"http.get expects headers as Map<String, String>\") (JsonDecode \"1\")):Map<String> 30000)
        (Serve (JsonDecode \"1\")<\"port\"=>Value>)
        (Serve \"1\")
        match all (HttpGet url0 any1{\"x\"}=>Map<String> 30000)
        | Ok(r4:http.response)
          return (Ok r4.2):Int!http.error
        | Err(struct(4=s5:Int?))
          return (Ok (Else s5 0):Int):Int!http.error
        ",
    );
}
