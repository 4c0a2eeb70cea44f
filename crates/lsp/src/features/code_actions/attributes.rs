//! Attributes of tags that are written like arguments of functions.

use fuse_diagnostics::Span;
use fuse_syntax::ast::{CallExpr, Expr, ExprKind, Separator};

use super::{Action, Request};
use crate::features::walk::{self, Visitor};

/// `{"data-x": v}` as `data_x=v`.
pub(super) fn of_map(request: &mut Request<'_>, span: Span) -> Vec<Action> {
    let mut finder = Finder { span, found: None };
    walk::module(&request.parsed.module, &mut finder);
    let Some(call) = finder.found else { return Vec::new() };
    let Some(at) = call.args.iter().position(|arg| arg.value.span == span) else { return Vec::new() };
    let ExprKind::Map(entries) = &call.args[at].value.kind else { return Vec::new() };
    let mut attributes = Vec::new();
    for entry in entries {
        let ExprKind::Str(key) = entry.key.kind else { return Vec::new() };
        let name = request.parsed.name(key).replace('-', "_");
        let value = request.text().slice(entry.value.span);
        attributes.push(format!("{name}={value}"));
    }
    let title = "Rewrite HTML attrs from map literal";
    let mut action = request.action(title, span, attributes.join(" "));
    // A comma before the next attribute goes, too.
    if let Some(Separator::Comma(comma)) =
        call.args.get(at + 1).filter(|arg| arg.name.is_some()).map(|arg| arg.separator)
    {
        action.edits.push((request.path.clone(), comma, String::new()));
    }
    action.strict = true;
    vec![action]
}

pub(super) fn without_comma(request: &mut Request<'_>, span: Span) -> Vec<Action> {
    let after = request.text().as_str()[span.end as usize..].chars().next();
    let new = if after.is_some_and(char::is_whitespace) { "" } else { " " };
    vec![request.action("Remove comma between HTML attrs", span, new)]
}

struct Finder {
    span: Span,
    found: Option<CallExpr>,
}

impl Visitor for Finder {
    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::Call(call) = &expr.kind
            && call.args.iter().any(|arg| arg.value.span == self.span)
        {
            self.found = Some((**call).clone());
        }
    }
}
