//! What a program can be checked for but not yet run: HTTP services and clients.
//!
//! The one place that says so. What is not reached is not lowered, so a program may declare and mention all of it; a reached use is kept with its place,
//! and the program has no IR. In the abandoned function something stands for its value.

use crate::function::{Body, Slots};
use fuse_hir::{Builtin, Expr, ModuleId, Span};

/// A reached use of something that this version cannot run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAvailable {
    /// The module in whose file it stands.
    pub module: ModuleId,
    /// Where.
    pub span: Span,
    /// How messages call it.
    pub what: &'static str,
}

impl Body<'_, '_> {
    /// A builtin that this version cannot run.
    pub(crate) fn builtin_not_available(&mut self, builtin: Builtin, expr: &Expr) -> Slots {
        self.not_available(name(builtin), expr.span);
        self.placeholder(expr.ty)
    }

    /// Keeps the first use.
    pub(crate) fn not_available(&mut self, what: &'static str, span: Span) {
        let module = self.function.module;
        self.lowering.not_available.get_or_insert(NotAvailable { module, span, what });
    }
}

fn name(builtin: Builtin) -> &'static str {
    match builtin {
        Builtin::Serve => "`serve`",
        Builtin::RequestHeader | Builtin::RequestCookie => "`request`",
        Builtin::ResponseHeader | Builtin::ResponseCookie | Builtin::ResponseDeleteCookie => "`response`",
        _ => "`http`",
    }
}
