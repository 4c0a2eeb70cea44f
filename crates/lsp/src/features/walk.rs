//! Walking a tree: every callable with its body, every expression and statement in it.

use fuse_diagnostics::Span;
use fuse_syntax::ast::*;

/// Something with a body.
pub(crate) struct Callable<'t> {
    /// The whole declaration.
    pub span: Span,
    pub name: Ident,
    pub kind: CallableKind,
    pub signature: Option<&'t Signature>,
    pub body: &'t Block,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallableKind {
    Function,
    Method,
    Component,
    Route,
    App,
    Migration,
    Test,
}

/// Every callable of a module, in source order.
pub(crate) fn callables(module: &Module) -> Vec<Callable<'_>> {
    let mut found = Vec::new();
    for item in &module.items {
        let mut add =
            |span, name, kind, signature, body| found.push(Callable { span, name, kind, signature, body });
        let text = |name: StrLit| Ident { name: name.value, span: name.span };
        match &item.kind {
            ItemKind::Fn(decl) => {
                let signature = &decl.signature;
                add(item.span, signature.name, CallableKind::Function, Some(signature), &decl.body);
            }
            ItemKind::Component(decl) => {
                let signature = &decl.signature;
                add(item.span, signature.name, CallableKind::Component, Some(signature), &decl.body);
            }
            ItemKind::Impl(decl) => {
                for method in &decl.methods {
                    let signature = &method.signature;
                    add(method.span, signature.name, CallableKind::Method, Some(signature), &method.body);
                }
            }
            ItemKind::Service(decl) => {
                for route in &decl.routes {
                    add(route.span, text(route.path), CallableKind::Route, None, &route.body);
                }
            }
            ItemKind::App(decl) => add(item.span, text(decl.name), CallableKind::App, None, &decl.body),
            ItemKind::Test(decl) => add(item.span, text(decl.name), CallableKind::Test, None, &decl.body),
            ItemKind::Migration(decl) => {
                let name = Ident { name: decl.name, span: decl.name_span };
                add(item.span, name, CallableKind::Migration, None, &decl.body);
            }
            _ => {}
        }
    }
    found
}

/// What is met on a walk.
pub(crate) trait Visitor {
    /// An expression; what is below it follows.
    fn expr(&mut self, _: &Expr) {}
    /// A statement; what is below it follows.
    fn stmt(&mut self, _: &Stmt) {}
    /// A pattern.
    fn pattern(&mut self, _: &Pattern) {}
    /// A type.
    fn ty(&mut self, _: &TypeRef) {}
}

/// Walks all of a module: bodies, defaults, types.
pub(crate) fn module(module: &Module, to: &mut impl Visitor) {
    let fields = |fields: &[Field], to: &mut _| {
        for field in fields {
            ty(&field.ty, to);
            field.default.iter().for_each(|default| expr(default, to));
        }
    };
    for item in &module.items {
        match &item.kind {
            ItemKind::Type(decl) => {
                if let TypeBody::Fields(list) = &decl.body {
                    fields(list, to);
                }
            }
            ItemKind::Enum(decl) => {
                let payloads = decl.variants.iter().flat_map(|variant| &variant.payload);
                payloads.for_each(|payload| ty(&payload.ty, to));
            }
            ItemKind::Interface(decl) => {
                decl.members.iter().for_each(|member| signature(&member.signature, to))
            }
            ItemKind::Impl(decl) => {
                for method in &decl.methods {
                    signature(&method.signature, to);
                    block(&method.body, to);
                }
            }
            ItemKind::Fn(decl) => {
                signature(&decl.signature, to);
                block(&decl.body, to);
            }
            ItemKind::Component(decl) => {
                signature(&decl.signature, to);
                block(&decl.body, to);
            }
            ItemKind::Service(decl) => {
                for route in &decl.routes {
                    route.body_type.iter().for_each(|written| ty(written, to));
                    ty(&route.result, to);
                    block(&route.body, to);
                }
            }
            ItemKind::Config(decl) => fields(&decl.fields, to),
            ItemKind::App(decl) => block(&decl.body, to),
            ItemKind::Migration(decl) => block(&decl.body, to),
            ItemKind::Test(decl) => block(&decl.body, to),
            ItemKind::Import(_) => {}
        }
    }
}

fn signature(signature: &Signature, to: &mut impl Visitor) {
    for param in &signature.params {
        ty(&param.ty, to);
        param.default.iter().for_each(|default| expr(default, to));
    }
    signature.result.iter().for_each(|result| ty(result, to));
}

fn ty(written: &TypeRef, to: &mut impl Visitor) {
    to.ty(written);
    match &written.kind {
        TypeKind::Generic { args, .. } => args.iter().for_each(|arg| ty(arg, to)),
        TypeKind::Fn { params, result } => {
            params.iter().for_each(|param| ty(param, to));
            result.iter().for_each(|result| ty(result, to));
        }
        TypeKind::Option(inner) => ty(inner, to),
        TypeKind::Result { ok, domains } => {
            ty(ok, to);
            domains.iter().for_each(|domain| ty(domain, to));
        }
        TypeKind::Name(_) | TypeKind::Refined { .. } | TypeKind::Error => {}
    }
}

pub(crate) fn block(block: &Block, to: &mut impl Visitor) {
    block.stmts.iter().for_each(|each| stmt(each, to));
}

fn pattern(each: &Pattern, to: &mut impl Visitor) {
    to.pattern(each);
    match &each.kind {
        PatternKind::Positional { args, .. } | PatternKind::Error(args) => {
            args.iter().for_each(|arg| pattern(arg, to));
        }
        PatternKind::Named { args, .. } => args.iter().for_each(|arg| pattern(&arg.pattern, to)),
        _ => {}
    }
}

pub(crate) fn stmt(each: &Stmt, to: &mut impl Visitor) {
    to.stmt(each);
    match &each.kind {
        StmtKind::Bind(bind) => {
            bind.ty.iter().for_each(|written| ty(written, to));
            expr(&bind.value, to);
        }
        StmtKind::Assign(assign) => {
            expr(&assign.place, to);
            expr(&assign.value, to);
        }
        StmtKind::Return(value) => value.iter().for_each(|value| expr(value, to)),
        StmtKind::Expr(value) => expr(value, to),
        StmtKind::If(choice) => {
            for branch in &choice.branches {
                expr(&branch.cond, to);
                block(&branch.block, to);
            }
            choice.else_block.iter().for_each(|otherwise| block(otherwise, to));
        }
        StmtKind::Match(choice) => {
            expr(&choice.subject, to);
            for arm in &choice.arms {
                pattern(&arm.pattern, to);
                match &arm.body {
                    ArmBody::Block(body) => block(body, to),
                    ArmBody::Value(value) => expr(value, to),
                    ArmBody::Leave(leave) => stmt(leave, to),
                }
            }
        }
        StmtKind::For(repeat) => {
            pattern(&repeat.pattern, to);
            expr(&repeat.iter, to);
            block(&repeat.block, to);
        }
        StmtKind::While(repeat) => {
            expr(&repeat.cond, to);
            block(&repeat.block, to);
        }
        StmtKind::Transaction(transaction) => block(&transaction.block, to),
        StmtKind::Break | StmtKind::Continue | StmtKind::Error => {}
    }
}

pub(crate) fn expr(each: &Expr, to: &mut impl Visitor) {
    to.expr(each);
    match &each.kind {
        ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::Str(_)
        | ExprKind::Name(_)
        | ExprKind::Error => {}
        ExprKind::Interpolated(parts) => {
            for part in parts {
                if let StrPart::Expr { expr: inner, .. } = part {
                    expr(inner, to);
                }
            }
        }
        ExprKind::List(elements) => elements.iter().for_each(|element| expr(element, to)),
        ExprKind::Map(entries) => {
            for entry in entries {
                expr(&entry.key, to);
                expr(&entry.value, to);
            }
        }
        ExprKind::Unary(unary) => expr(&unary.operand, to),
        ExprKind::Binary(binary) => {
            expr(&binary.left, to);
            expr(&binary.right, to);
        }
        ExprKind::Box(inner) | ExprKind::Await(inner) => expr(inner, to),
        ExprKind::Call(call) => {
            expr(&call.callee, to);
            call.type_args.iter().for_each(|arg| ty(arg, to));
            call.args.iter().for_each(|arg| expr(&arg.value, to));
        }
        ExprKind::Member(member) => expr(&member.base, to),
        ExprKind::Index(index) => {
            expr(&index.base, to);
            expr(&index.index, to);
        }
        ExprKind::Propagate(propagate) => {
            expr(&propagate.value, to);
            propagate.error.iter().for_each(|error| expr(error, to));
        }
        ExprKind::Spawn(spawn) => block(&spawn.block, to),
        ExprKind::Html(html) => {
            expr(&html.call, to);
            children(&html.children, to);
        }
        ExprKind::Children(list) => children(list, to),
    }
}

fn children(list: &HtmlChildren, to: &mut impl Visitor) {
    for child in &list.list {
        match child {
            HtmlChild::Expr(value) => expr(value, to),
            HtmlChild::If(choice) => {
                for branch in &choice.branches {
                    expr(&branch.cond, to);
                    children(&branch.children, to);
                }
                choice.else_children.iter().for_each(|otherwise| children(otherwise, to));
            }
            HtmlChild::For(repeat) => {
                pattern(&repeat.pattern, to);
                expr(&repeat.iter, to);
                children(&repeat.children, to);
            }
            HtmlChild::Rejected(each) => stmt(each, to),
        }
    }
}

/// The last name of a callee: what the call is known by.
pub(crate) fn callee_name(call: &CallExpr) -> Option<Span> {
    match &call.callee.kind {
        ExprKind::Name(_) if !call.callee.parens => Some(call.callee.span),
        ExprKind::Member(member) => Some(member.name.span),
        _ => None,
    }
}
