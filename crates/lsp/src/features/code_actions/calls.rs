//! Calls with too many arguments.

use fuse_diagnostics::{Diagnostic, Span};
use fuse_syntax::ast::{CallExpr, Expr, ExprKind};

use super::{Action, Request};
use crate::features::walk::{self, Visitor};

struct Finder {
    span: Span,
    found: Option<CallExpr>,
}

impl Visitor for Finder {
    fn expr(&mut self, expr: &Expr) {
        if let (ExprKind::Call(call), true) = (&expr.kind, expr.span == self.span) {
            self.found = Some((**call).clone());
        }
    }
}

pub(super) fn actions(request: &mut Request<'_>, finding: &Diagnostic) -> Vec<Action> {
    let mut finder = Finder { span: finding.span, found: None };
    walk::module(&request.parsed.module, &mut finder);
    let (Some(call), Some(most)) = (finder.found, most(&finding.message)) else { return Vec::new() };
    let surplus = call.args.len().saturating_sub(most);
    if surplus == 0 {
        return Vec::new();
    }
    let start = match most.checked_sub(1).and_then(|last| call.args.get(last)) {
        Some(kept) => kept.span.end,
        None => call.parens.start + 1,
    };
    let noun = if surplus == 1 { "argument" } else { "arguments" };
    let title = format!("Remove {surplus} surplus {noun}");
    vec![request.action(title, Span::new(start, call.parens.end - 1), "")]
}

/// The most arguments that a message allows: `… takes 1 to 2 arguments, found 3`.
fn most(message: &str) -> Option<usize> {
    let after = message.split(" takes ").nth(1)?;
    let count = after.split(" argument").next()?.split(" positional").next()?;
    count.rsplit(' ').next()?.parse().ok()
}
