//! `transaction` blocks and what must not stand in them (language reference 6.4).
//!
//! The restrictions are lexical: [`Body::in_transaction`] says whether the place at hand is inside such a block.

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Stmt, StmtKind};
use fuse_syntax::ast;

use super::stmt::Tail;
use super::{Body, at};
use crate::builtins::{BuiltinFn, Capability};
use crate::capability;
use crate::env::FnInfo;

impl Body<'_, '_> {
    /// `transaction: …`; control goes on after it.
    pub(super) fn transaction_stmt(
        &mut self,
        transaction: &ast::TransactionStmt,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let head = transaction.head;
        capability::note_use(self.env, self.module, Capability::Db);
        self.no_transaction_in_spawn(head);
        self.forbidden_in_transaction("another `transaction`", head);
        self.transaction_capabilities(head);
        self.has_transactions = true;
        let outer = std::mem::replace(&mut self.in_transaction, true);
        let (body, _) = self.block(&transaction.block, Tail::Discard);
        self.in_transaction = outer;
        out.push(Stmt { kind: StmtKind::Transaction(body), span: at(span) });
        true
    }

    /// The module must require `db` and nothing else.
    fn transaction_capabilities(&mut self, head: Span) {
        let declared = &self.env.module(self.module).capabilities;
        if !declared.contains(&Capability::Db) {
            let message = "a `transaction` uses the database: `requires db` is missing in this module";
            let hint = "write `requires db` at the top of the module";
            self.error_hint(codes::TRANSACTION_WITHOUT_DB, head, message, hint);
        }
        let further = further_capabilities(declared);
        if !further.is_empty() {
            let message = format!(
                "a `transaction` stands only in modules that require nothing but `db`; this one also requires {further}"
            );
            let hint = "move the transaction into a module of its own";
            self.error_hint(codes::TRANSACTION_CAPABILITIES, head, message, hint);
        }
    }

    /// Reports a statement or expression that stands in a transaction, where it must not.
    pub(super) fn forbidden_in_transaction(&mut self, what: &str, span: Span) {
        if self.in_transaction {
            let message = format!("a `transaction` must not contain {what}");
            let hint = "a transaction runs to its end, or is rolled back by `?!` or a failure";
            self.error_hint(codes::TRANSACTION_CONTROL, span, message, hint);
        }
    }

    /// The use of a builtin: its module must require its capability, and a transaction uses none but `db`. False after a report.
    pub(super) fn use_builtin(&mut self, builtin: &BuiltinFn, name: &str, span: Span) -> bool {
        let reported = self.diags.len();
        capability::check_builtin(self.env, self.module, name, builtin.capability, span, self.diags);
        if let (true, false, Some(capability)) =
            (self.in_transaction, builtin.in_transaction, builtin.capability)
        {
            let message =
                format!("a `transaction` must not use `{name}`, of the capability `{}`", capability.word());
            self.capability_in_transaction(message, span);
        }
        self.diags.len() == reported
    }

    /// The use of a callable: of another module it needs what that module requires, and in a transaction that is nothing but `db`. What an
    /// instance uses because of its types is no use of the module that declares the generic callable.
    pub(super) fn use_callable(&mut self, info: &FnInfo<'_>, span: Span) {
        if self.pinned.is_some() {
            return;
        }
        capability::check_use(self.env, self.module, info, span, self.diags);
        // If its own module requires more, that has been reported where the transaction begins.
        if !self.in_transaction || info.module == self.module {
            return;
        }
        let declaring = self.env.module(info.module);
        let further = further_capabilities(&declaring.capabilities);
        if !further.is_empty() {
            let message = format!(
                "a `transaction` must not use `{}`: its module {} requires {further}",
                info.name, declaring.name
            );
            self.capability_in_transaction(message, span);
        }
    }

    fn capability_in_transaction(&mut self, message: String, span: Span) {
        let hint = "do it before or after the transaction";
        self.error_hint(codes::TRANSACTION_CAPABILITY_USE, span, message, hint);
    }
}

/// The capabilities besides `db`, for a message.
fn further_capabilities(declared: &[Capability]) -> String {
    let further = declared.iter().filter(|&&capability| capability != Capability::Db);
    let words: Vec<String> = further.map(|capability| format!("`{}`", capability.word())).collect();
    words.join(", ")
}
