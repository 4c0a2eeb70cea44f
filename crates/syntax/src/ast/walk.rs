//! Looking for expressions anywhere below a block or an expression.

use super::*;

impl Block {
    /// Whether a test holds for some expression in the block, at any depth.
    pub fn any_expr(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        self.stmts.iter().any(|stmt| stmt.any_expr(test))
    }
}

impl Stmt {
    fn any_expr(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        match &self.kind {
            StmtKind::Bind(bind) => bind.value.any_expr(test),
            StmtKind::Assign(assign) => assign.place.any_expr(test) || assign.value.any_expr(test),
            StmtKind::Return(value) => value.iter().any(|value| value.any_expr(test)),
            StmtKind::Expr(value) => value.any_expr(test),
            StmtKind::If(choice) => {
                choice.branches.iter().any(|branch| branch.cond.any_expr(test) || branch.block.any_expr(test))
                    || choice.else_block.iter().any(|block| block.any_expr(test))
            }
            StmtKind::Match(choice) => {
                choice.subject.any_expr(test)
                    || choice.arms.iter().any(|arm| match &arm.body {
                        ArmBody::Block(block) => block.any_expr(test),
                        ArmBody::Value(value) => value.any_expr(test),
                        ArmBody::Leave(stmt) => stmt.any_expr(test),
                    })
            }
            StmtKind::For(repeat) => repeat.iter.any_expr(test) || repeat.block.any_expr(test),
            StmtKind::While(repeat) => repeat.cond.any_expr(test) || repeat.block.any_expr(test),
            StmtKind::Transaction(transaction) => transaction.block.any_expr(test),
            StmtKind::Break | StmtKind::Continue | StmtKind::Error => false,
        }
    }
}

impl Expr {
    /// Whether a test holds for the expression or one below it.
    pub fn any_expr(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        if test(self) {
            return true;
        }
        match &self.kind {
            ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Str(_)
            | ExprKind::Name(_)
            | ExprKind::Error => false,
            ExprKind::Interpolated(parts) => parts.iter().any(|part| match part {
                StrPart::Text(_) => false,
                StrPart::Expr { expr, .. } => expr.any_expr(test),
            }),
            ExprKind::List(elements) => elements.iter().any(|element| element.any_expr(test)),
            ExprKind::Map(entries) => {
                entries.iter().any(|entry| entry.key.any_expr(test) || entry.value.any_expr(test))
            }
            ExprKind::Unary(unary) => unary.operand.any_expr(test),
            ExprKind::Binary(binary) => binary.left.any_expr(test) || binary.right.any_expr(test),
            ExprKind::Box(inner) | ExprKind::Await(inner) => inner.any_expr(test),
            ExprKind::Call(call) => {
                call.callee.any_expr(test) || call.args.iter().any(|arg| arg.value.any_expr(test))
            }
            ExprKind::Member(member) => member.base.any_expr(test),
            ExprKind::Index(index) => index.base.any_expr(test) || index.index.any_expr(test),
            ExprKind::Propagate(propagate) => {
                propagate.value.any_expr(test) || propagate.error.iter().any(|error| error.any_expr(test))
            }
            ExprKind::Spawn(spawn) => spawn.block.any_expr(test),
            ExprKind::Html(html) => html.call.any_expr(test) || html.children.any_expr(test),
            ExprKind::Children(children) => children.any_expr(test),
        }
    }
}

impl HtmlChildren {
    fn any_expr(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        self.list.iter().any(|child| match child {
            HtmlChild::Expr(expr) => expr.any_expr(test),
            HtmlChild::If(choice) => {
                choice
                    .branches
                    .iter()
                    .any(|branch| branch.cond.any_expr(test) || branch.children.any_expr(test))
                    || choice.else_children.iter().any(|children| children.any_expr(test))
            }
            HtmlChild::For(repeat) => repeat.iter.any_expr(test) || repeat.children.any_expr(test),
        })
    }
}
