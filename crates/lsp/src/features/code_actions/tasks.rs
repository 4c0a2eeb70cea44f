//! Tasks that nobody waits for.

use fuse_diagnostics::Span;
use fuse_syntax::ast::{ExprKind, Stmt, StmtKind};

use super::{Action, Request};
use crate::features::walk::{self, Visitor};

const TITLE: &str = "Await detached task";

struct Finder {
    head: Span,
    found: Option<(Span, Span)>,
}

impl Visitor for Finder {
    fn stmt(&mut self, stmt: &Stmt) {
        if let StmtKind::Expr(value) = &stmt.kind
            && let ExprKind::Spawn(spawn) = &value.kind
            && spawn.head == self.head
        {
            self.found = Some((stmt.span, spawn.block.span));
        }
    }
}

pub(super) fn actions(request: &mut Request<'_>, span: Span) -> Vec<Action> {
    let mut finder = Finder { head: span, found: None };
    walk::module(&request.parsed.module, &mut finder);
    let text = request.text();
    let Some((stmt, block)) = finder.found else {
        let name = text.slice(span);
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let waiting = request.action(TITLE, span, format!("await {name}"));
        return if is_name { vec![Action { strict: true, ..waiting }] } else { Vec::new() };
    };
    let line = text.line(stmt.start);
    let indent = " ".repeat((stmt.start - text.line_start(line)) as usize);
    let end = block.end.max(stmt.end);
    let end_line = text.line(end.saturating_sub(1));
    let after = text.line_start(end_line) + text.line_text(end_line).len() as u32;
    let taken = |name: &str| {
        text.as_str().split(|char: char| !char.is_alphanumeric() && char != '_').any(|word| word == name)
    };
    let names = std::iter::once("task".to_owned()).chain((2..).map(|n| format!("task_{n}")));
    let Some(name) = names.take(1000).find(|name| !taken(name)) else { return Vec::new() };
    let mut action = request.action(TITLE, Span::empty(stmt.start), format!("let {name} = "));
    action.edits.push((request.path.clone(), Span::empty(after), format!("\n{indent}await {name}")));
    action.strict = true;
    vec![action]
}
