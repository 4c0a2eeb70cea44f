//! Which local names are visible at a place.

use fuse_diagnostics::Span;
use fuse_syntax::ast::*;

use super::walk::{self, Callable, CallableKind};

/// What is visible at a place: the callable around it, and where the names of its parameters and locals are declared.
pub(crate) struct Visible<'t> {
    pub callable: Option<Callable<'t>>,
    pub names: Vec<Span>,
    pub type_params: Vec<Span>,
}

/// What is visible at an offset.
pub(crate) fn visible(module: &Module, offset: u32) -> Visible<'_> {
    let inside = |span: Span| span.start <= offset && offset <= span.end;
    let callable =
        walk::callables(module).into_iter().find(|callable| inside(callable.span.to(callable.body.span)));
    let mut visible = Visible { callable: None, names: Vec::new(), type_params: Vec::new() };
    let signatures = module.items.iter().flat_map(|item| match &item.kind {
        ItemKind::Interface(decl) => {
            decl.members.iter().map(|member| (member.span, &member.signature)).collect()
        }
        _ => Vec::new(),
    });
    if let Some((_, signature)) = signatures.into_iter().find(|(span, _)| inside(*span)) {
        visible.type_params.extend(signature.type_params.iter().map(|param| param.span));
    }
    if let Some(callable) = callable {
        if let Some(signature) = callable.signature {
            visible.names.extend(signature.params.iter().map(|param| param.name.span));
            visible.type_params.extend(signature.type_params.iter().map(|param| param.span));
        }
        block(callable.body, offset, &mut visible.names);
        visible.callable = Some(callable);
    }
    visible
}

impl Visible<'_> {
    /// The names that are not declared anywhere.
    pub fn implicit(&self) -> &'static [&'static str] {
        match self.callable.as_ref().map(|callable| callable.kind) {
            Some(CallableKind::Method) => &["self"],
            Some(CallableKind::Component) => &["attrs", "children"],
            _ => &[],
        }
    }
}

fn block(block: &Block, offset: u32, names: &mut Vec<Span>) {
    for stmt in &block.stmts {
        if stmt.span.start > offset {
            return;
        }
        if stmt.span.end < offset {
            if let StmtKind::Bind(bind) = &stmt.kind {
                names.push(bind.name.span);
            }
            continue;
        }
        inside(stmt, offset, names);
    }
}

/// What a statement makes visible inside of itself.
fn inside(stmt: &Stmt, offset: u32, names: &mut Vec<Span>) {
    let within = |span: Span| span.start <= offset && offset <= span.end;
    match &stmt.kind {
        StmtKind::If(choice) => {
            let blocks = choice.branches.iter().map(|branch| &branch.block).chain(&choice.else_block);
            blocks.filter(|body| within(body.span)).for_each(|body| block(body, offset, names));
        }
        StmtKind::Match(choice) => {
            for arm in choice.arms.iter().filter(|arm| within(arm.span)) {
                pattern(&arm.pattern, names);
                if let ArmBody::Block(body) = &arm.body {
                    block(body, offset, names);
                }
            }
        }
        StmtKind::For(repeat) if offset > repeat.head.end => {
            pattern(&repeat.pattern, names);
            block(&repeat.block, offset, names);
        }
        StmtKind::While(repeat) => block(&repeat.block, offset, names),
        StmtKind::Transaction(transaction) => block(&transaction.block, offset, names),
        StmtKind::Bind(bind) => expr(&bind.value, offset, names),
        StmtKind::Assign(assign) => expr(&assign.value, offset, names),
        StmtKind::Return(Some(value)) | StmtKind::Expr(value) => expr(value, offset, names),
        _ => {}
    }
}

/// The blocks that expressions have.
fn expr(value: &Expr, offset: u32, names: &mut Vec<Span>) {
    match &value.kind {
        ExprKind::Spawn(spawn) => block(&spawn.block, offset, names),
        ExprKind::Html(html) => children(&html.children, offset, names),
        ExprKind::Await(inner) => expr(inner, offset, names),
        _ => {}
    }
}

fn children(list: &HtmlChildren, offset: u32, names: &mut Vec<Span>) {
    let within = |span: Span| span.start <= offset && offset <= span.end;
    for child in &list.list {
        match child {
            HtmlChild::Expr(value) if within(value.span) => expr(value, offset, names),
            HtmlChild::For(repeat) if within(repeat.span) && offset > repeat.head.end => {
                pattern(&repeat.pattern, names);
                children(&repeat.children, offset, names);
            }
            HtmlChild::If(choice) if within(choice.span) => {
                let all = choice.branches.iter().map(|branch| &branch.children).chain(&choice.else_children);
                all.for_each(|list| children(list, offset, names));
            }
            HtmlChild::Rejected(stmt) if within(stmt.span) => inside(stmt, offset, names),
            _ => {}
        }
    }
}

/// The names in a pattern that may be bindings; whether they are says the index.
fn pattern(each: &Pattern, names: &mut Vec<Span>) {
    match &each.kind {
        PatternKind::Name(path) if path.rest.is_empty() => names.push(path.head.span),
        PatternKind::Positional { args, .. } | PatternKind::Error(args) => {
            args.iter().for_each(|arg| pattern(arg, names));
        }
        PatternKind::Named { args, .. } => args.iter().for_each(|arg| pattern(&arg.pattern, names)),
        _ => {}
    }
}
