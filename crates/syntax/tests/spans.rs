//! The spans that diagnostics of later phases point at.

use fuse_diagnostics::{FileId, Span};
use fuse_syntax::ast::*;
use fuse_syntax::{Interner, parse};

struct Source {
    text: &'static str,
    module: Module,
}

impl Source {
    fn new(text: &'static str) -> Source {
        let parsed = parse(text, FileId(0), &mut Interner::new());
        assert_eq!(parsed.diagnostics, [], "{text}");
        Source { text, module: parsed.module }
    }

    fn at(&self, span: Span) -> &'static str {
        &self.text[span.start as usize..span.end as usize]
    }

    fn kind(&self, index: usize) -> &ItemKind {
        &self.module.items[index].kind
    }

    /// The statements of the function that is the item at `index`.
    fn body(&self, index: usize) -> &[Stmt] {
        match self.kind(index) {
            ItemKind::Fn(decl) => &decl.body.stmts,
            other => panic!("no function: {other:?}"),
        }
    }
}

#[test]
fn declarations_and_heads() {
    let source = Source::new(
        "## no\nimport A from \"b\"  # c\n## doc\n## more\nfn f<T>(a: Int) -> Int where T: I :\n  return a\n\
         type T = M.B without c\nimpl I for T:\n  fn m() -> Int: return 1\nservice S at \"/\":\n  get \"/x\" -> Int: \
         return 1\nenum E:\n  A(b: Int, c: D?)\n",
    );
    let items: Vec<_> =
        source.module.items.iter().map(|item| (source.at(item.span), source.at(item.head))).collect();
    assert_eq!(items[0], ("import A from \"b\"", "import A from \"b\""));
    assert_eq!(items[1].0, "fn f<T>(a: Int) -> Int where T: I :\n  return a");
    assert_eq!(items[1].1, "fn f<T>(a: Int) -> Int where T: I ");
    assert_eq!(items[2], ("type T = M.B without c", "type T = M.B without c"));
    assert_eq!(items[3], ("impl I for T:\n  fn m() -> Int: return 1", "impl I for T"));
    assert_eq!(items[5].1, "enum E");
    assert_eq!(source.module.items[0].doc, None);
    assert_eq!(source.at(source.module.items[1].doc.unwrap().span), "## doc\n## more");

    let ItemKind::Import(import) = source.kind(0) else { panic!() };
    assert_eq!(source.at(import.path.unwrap().span), "\"b\"");
    let ItemKind::Fn(decl) = source.kind(1) else { panic!() };
    let signature = &decl.signature;
    assert_eq!(source.at(signature.name.span), "f");
    assert_eq!(source.at(signature.span), "f<T>(a: Int) -> Int where T: I");
    assert_eq!(source.at(signature.params[0].span), "a: Int");
    assert_eq!(source.at(signature.constraints[0].span), "T: I");
    assert_eq!(source.at(decl.body.colon), ":");
    assert_eq!(source.at(decl.body.span), "return a");
    let ItemKind::Type(TypeDecl { body: TypeBody::Derived { base, without }, .. }) = source.kind(2) else {
        panic!()
    };
    assert_eq!((source.at(base.span()), source.at(without[0].span)), ("M.B", "c"));
    let ItemKind::Impl(decl) = source.kind(3) else { panic!() };
    assert_eq!(source.at(decl.methods[0].head), "fn m() -> Int");
    assert_eq!(source.at(decl.methods[0].span), "fn m() -> Int: return 1");
    let ItemKind::Service(decl) = source.kind(4) else { panic!() };
    let route = &decl.routes[0];
    assert_eq!(source.at(route.head), "get \"/x\" -> Int");
    assert_eq!((source.at(route.verb_span), source.at(route.path.span)), ("get", "\"/x\""));
    let ItemKind::Enum(decl) = source.kind(5) else { panic!() };
    let payload: Vec<_> = decl.variants[0].payload.iter().map(|element| source.at(element.span)).collect();
    assert_eq!(payload, ["b: Int", "c: D?"]);
}

#[test]
fn types() {
    let source =
        Source::new("fn f(a: M.A?!B<C>!D , b: List<Int(1..2, regex(\"x\"))>?) -> fn(A) -> B?: return\n");
    let ItemKind::Fn(decl) = source.kind(0) else { panic!() };
    let a = &decl.signature.params[0].ty;
    assert_eq!(source.at(a.span), "M.A?!B<C>!D");
    let TypeKind::Result { ok, domains } = &a.kind else { panic!() };
    assert_eq!(source.at(ok.span), "M.A?");
    assert_eq!(domains.iter().map(|domain| source.at(domain.span)).collect::<Vec<_>>(), ["B<C>", "D"]);
    let TypeKind::Option(b) = &decl.signature.params[1].ty.kind else { panic!() };
    let TypeKind::Generic { args, .. } = &b.kind else { panic!() };
    let TypeKind::Refined { constraints, .. } = &args[0].kind else { panic!() };
    assert_eq!(constraints.iter().map(|c| source.at(c.span)).collect::<Vec<_>>(), ["1..2", "regex(\"x\")"]);
    assert_eq!(source.at(decl.signature.result.as_ref().unwrap().span), "fn(A) -> B?");
}

#[test]
fn statements() {
    let source = Source::new(
        "fn f():\n  if a :\n    b\n  else  if c: d\n  else:\n    e\n  match g(h) :\n    A(b=c) -> d\n    E: f\n\
         \x20 for i in j: k\n  while l: m\n  transaction :\n    n\n  let o = spawn:\n    p\n    q\n  r.s = t\n",
    );
    let stmts = source.body(0);
    assert_eq!(source.at(stmts[0].span), "if a :\n    b\n  else  if c: d\n  else:\n    e");
    let StmtKind::If(stmt) = &stmts[0].kind else { panic!() };
    let heads: Vec<_> = stmt.branches.iter().map(|branch| source.at(branch.head)).collect();
    assert_eq!(heads, ["if a ", "else  if c"]);
    assert_eq!(source.at(stmt.else_block.as_ref().unwrap().span), "e");
    let StmtKind::Match(stmt) = &stmts[1].kind else { panic!() };
    assert_eq!((source.at(stmt.head), source.at(stmt.colon)), ("match g(h) ", ":"));
    let arms: Vec<_> =
        stmt.arms.iter().map(|arm| (source.at(arm.pattern.span), source.at(arm.span))).collect();
    assert_eq!(arms, [("A(b=c)", "A(b=c) -> d"), ("E", "E: f")]);
    let StmtKind::For(stmt) = &stmts[2].kind else { panic!() };
    assert_eq!(source.at(stmt.head), "for i in j");
    let StmtKind::While(stmt) = &stmts[3].kind else { panic!() };
    assert_eq!(source.at(stmt.head), "while l");
    let StmtKind::Transaction(stmt) = &stmts[4].kind else { panic!() };
    assert_eq!(source.at(stmt.head), "transaction :");
    let StmtKind::Bind(stmt) = &stmts[5].kind else { panic!() };
    assert_eq!(source.at(stmt.value.span), "spawn:\n    p\n    q");
    let ExprKind::Spawn(spawn) = &stmt.value.kind else { panic!() };
    assert_eq!((source.at(spawn.head), source.at(spawn.block.span)), ("spawn:", "p\n    q"));
    let StmtKind::Assign(stmt) = &stmts[6].kind else { panic!() };
    assert_eq!(source.at(stmt.place.span), "r.s");
    assert_eq!(source.at(stmts[6].span), "r.s = t");
}

/// The value of the only statement.
fn value(source: &Source) -> &Expr {
    match &source.body(0)[0].kind {
        StmtKind::Expr(expr) => expr,
        other => panic!("no expression: {other:?}"),
    }
}

#[test]
fn expressions() {
    let source = Source::new("fn f():\n  (a  + b) * -c  ?? d # e\n");
    let expr = value(&source);
    assert_eq!(source.at(expr.span), "(a  + b) * -c  ?? d");
    let ExprKind::Binary(coalesce) = &expr.kind else { panic!() };
    assert_eq!((source.at(coalesce.op_span), source.at(coalesce.left.span)), ("??", "(a  + b) * -c"));
    let ExprKind::Binary(product) = &coalesce.left.kind else { panic!() };
    assert!(product.left.parens && !product.right.parens);
    assert_eq!((source.at(product.left.span), source.at(product.right.span)), ("(a  + b)", "-c"));
}

#[test]
fn calls() {
    let source = Source::new("fn f():\n  (g).h<A>(1 , b=2\n    for=\"x\" ) ?! E ( ) [0] \n");
    let expr = value(&source);
    let ExprKind::Propagate(propagate) = &expr.kind else { panic!() };
    assert_eq!(source.at(propagate.op_span), "?!");
    assert_eq!(source.at(propagate.error.as_ref().unwrap().span), "E ( ) [0]");
    assert_eq!(source.at(propagate.value.span), "(g).h<A>(1 , b=2\n    for=\"x\" )");
    let ExprKind::Call(call) = &propagate.value.kind else { panic!() };
    assert_eq!(source.at(call.parens), "(1 , b=2\n    for=\"x\" )");
    assert_eq!(source.at(call.callee.span), "(g).h");
    let args: Vec<_> = call.args.iter().map(|arg| source.at(arg.span)).collect();
    assert_eq!(args, ["1", "b=2", "for=\"x\""]);
    assert_eq!(call.args[0].separator, Separator::First);
    let Separator::Comma(comma) = call.args[1].separator else { panic!() };
    assert_eq!((source.at(comma), comma.start), (",", call.args[0].span.end + 1));
    assert_eq!(call.args[2].separator, Separator::Line);
    assert_eq!(source.at(call.args[2].name.unwrap().span), "for");
}

#[test]
fn strings() {
    let source = Source::new("fn f():\n  \"a ${ b } ${\"c\"}\" + \"\"\"d\n\"\"\"\n");
    let ExprKind::Binary(sum) = &value(&source).kind else { panic!() };
    assert_eq!(source.at(sum.left.span), "\"a ${ b } ${\"c\"}\"");
    assert_eq!(source.at(sum.right.span), "\"\"\"d\n\"\"\"");
    let ExprKind::Interpolated(parts) = &sum.left.kind else { panic!() };
    let StrPart::Expr { expr, span } = &parts[1] else { panic!() };
    assert_eq!((source.at(expr.span), source.at(*span)), ("b", "${ b }"));
}

#[test]
fn html_blocks() {
    let source = Source::new("fn f():\n  div(a=b) :\n    if c : p()\n    else: q()\n    for d in e: r()\n");
    let ExprKind::Html(html) = &value(&source).kind else { panic!() };
    assert_eq!((source.at(html.call.span), source.at(html.colon)), ("div(a=b)", ":"));
    assert_eq!(source.at(html.call.span.to(html.colon)), "div(a=b) :");
    let HtmlChild::If(html_if) = &html.children.list[0] else { panic!() };
    assert_eq!(source.at(html_if.span), "if c : p()\n    else: q()");
    assert_eq!(source.at(html_if.branches[0].head), "if c ");
    let HtmlChild::For(html_for) = &html.children.list[1] else { panic!() };
    assert_eq!((source.at(html_for.head), source.at(html_for.span)), ("for d in e", "for d in e: r()"));
}

#[test]
fn patterns() {
    let source = Source::new("fn f():\n  match a:\n    M.A(b=- 1, c=D(_)) -> e\n");
    let StmtKind::Match(stmt) = &source.body(0)[0].kind else { panic!() };
    let PatternKind::Named { name, args } = &stmt.arms[0].pattern.kind else { panic!() };
    assert_eq!(source.at(name.span()), "M.A");
    let spans: Vec<_> = args.iter().map(|arg| (source.at(arg.span), source.at(arg.pattern.span))).collect();
    assert_eq!(spans, [("b=- 1", "- 1"), ("c=D(_)", "D(_)")]);
}
