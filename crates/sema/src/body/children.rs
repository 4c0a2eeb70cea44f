//! HTML blocks and the children in them (language reference 8.2, 8.4).

use fuse_diagnostics::{Diagnostic, Span, codes};
use fuse_hir::{Builtin, Child, Expectation, Expr, ExprKind, Pat, Ty, Type, Types, tags};
use fuse_syntax::ast;

use super::name::{Denoted, Position};
use super::position::{Mode, Root};
use super::scope::Origin;
use super::{Body, back, coerce};
use crate::env::Name;

impl Body<'_, '_> {
    /// `call(…):` with children.
    pub(super) fn html_block(&mut self, block: &ast::HtmlExpr, span: Span) -> Expr {
        let ast::ExprKind::Call(call) = &block.call.kind else {
            self.children(&block.children);
            return self.unknown(span);
        };
        let callee = self.denote(&call.callee, Position::Callee);
        let written = block.call.span;
        if let Denoted::Name(name) = callee
            && let Some(component) = self.env.component(name)
        {
            return self.component(component, call, Some(block), written);
        }
        let result = match callee {
            Denoted::Builtin(builtin) if builtin.name == "input" => {
                return self.element("input", call, Some(block), written);
            }
            Denoted::Tag(tag) if call.type_args.is_empty() => {
                return self.element(tag, call, Some(block), written);
            }
            Denoted::Failed | Denoted::Name(Name::Failed) => {
                return self.idle_block(call, block);
            }
            Denoted::Name(Name::Function(id)) => Some(self.env.function(id).result),
            Denoted::Builtin(builtin)
            | Denoted::NamespaceMember(_, builtin)
            | Denoted::QueryMethod(_, builtin, _) => builtin.result.ty(self.types),
            Denoted::Value(value) => {
                let callee = coerce::opened(self.types, value.ty);
                match self.types.get(callee) {
                    Type::Function(_, result) => Some(*result),
                    // Reported by the call.
                    _ => Some(Ty::HTML),
                }
            }
            // What a method or a generic function gives is known when it has been called.
            Denoted::Method(_) | Denoted::Name(Name::Generic(_)) => {
                let result = self.call_with_children(call, block, written);
                if !matches!(result.ty, Ty::HTML | Ty::UNKNOWN) {
                    self.not_html(Some(result.ty), written);
                    return self.unknown(written);
                }
                return result;
            }
            // What cannot be called is reported by the call.
            Denoted::TypeParameter(..) | Denoted::Tag(_) | Denoted::Namespace(_) => Some(Ty::HTML),
            Denoted::Name(name) => match name.as_struct() {
                Some(id) => Some(self.env.struct_type(id, self.types)),
                None => Some(Ty::HTML),
            },
            Denoted::Variant(id, _) => Some(self.types.intern(Type::Enum(id))),
            Denoted::Constructor(_) => None,
        };
        match result {
            Some(Ty::HTML | Ty::UNKNOWN) => self.call_with_children(call, block, written),
            result => {
                self.not_html(result, written);
                self.idle_block(call, block)
            }
        }
    }

    /// Children after a call that does not give Html.
    fn not_html(&mut self, result: Option<Ty>, written: Span) {
        let found = match result {
            Some(result) => format!("a value of type {}", self.show(result)),
            None => "an option or a result".to_owned(),
        };
        let message = format!("children can only stand after a call that gives Html; this one gives {found}");
        self.error(codes::HTML_BLOCK_RESULT, written, message);
    }

    /// Checks the parts of a block that means nothing, for the errors in them.
    fn idle_block(&mut self, call: &ast::CallExpr, block: &ast::HtmlExpr) -> Expr {
        self.idle_arguments(call);
        self.children(&block.children);
        self.unknown(block.call.span)
    }

    /// `f(args):` with children `c` means `f(args, c)`, or `f({}, c)` without arguments.
    fn call_with_children(&mut self, call: &ast::CallExpr, block: &ast::HtmlExpr, span: Span) -> Expr {
        let named = call.args.iter().filter(|arg| arg.name.is_some()).count();
        if call.args.len() > 1 && named < call.args.len() {
            self.block_arguments(block);
            return self.idle_block(call, block);
        }
        let argument = |kind: ast::ExprKind, span: Span| ast::Arg {
            name: None,
            value: ast::Expr::made(kind, span),
            separator: ast::Separator::Comma(Span::empty(span.start)),
            span,
        };
        let mut whole = call.clone();
        if whole.args.is_empty() {
            whole.args.push(argument(ast::ExprKind::Map(Vec::new()), call.parens));
        }
        let children = ast::ExprKind::Children(Box::new(block.children.clone()));
        whole.args.push(argument(children, block.children.span));
        self.call(&whole, None, span)
    }

    /// The children of a block that is passed on as an argument.
    pub(super) fn children_value(&mut self, children: &ast::HtmlChildren, span: Span) -> Expr {
        let children = self.at_position(Root::Nowhere, Mode::Plain, |body| {
            body.children_of(false, |body| body.children(children))
        });
        let list = self.types.list(Ty::HTML);
        self.expr(ExprKind::Children("html".into(), children), list, span)
    }

    /// An argument of a builtin that is a list of children.
    pub(super) fn children_argument(
        &mut self,
        owner: &str,
        builtin: Option<&'static str>,
        argument: &ast::Expr,
    ) -> Expr {
        if let ast::ExprKind::Children(block) = &argument.kind {
            return self.children_value(block, argument.span);
        }
        let children = self.children_of(false, |body| {
            let mut children = Vec::new();
            body.children_list(builtin, argument, &mut children);
            children
        });
        let list = self.types.list(Ty::HTML);
        self.expr(ExprKind::Children(owner.into(), children), list, argument.span)
    }

    /// Checks the children of a tag, or of something that can tell how many they are.
    pub(super) fn children_of(
        &mut self,
        tag: bool,
        check: impl FnOnce(&mut Self) -> Vec<Child>,
    ) -> Vec<Child> {
        let outer = std::mem::replace(&mut self.html.in_tag, tag);
        let children = check(self);
        self.html.in_tag = outer;
        children
    }

    /// The children of a block.
    pub(super) fn children(&mut self, children: &ast::HtmlChildren) -> Vec<Child> {
        // A block without children has been reported.
        self.damaged |= children.list.is_empty();
        let mut out = Vec::with_capacity(children.list.len());
        self.scopes.enter();
        for child in &children.list {
            match child {
                ast::HtmlChild::Expr(expr) => self.child(expr, &mut out),
                ast::HtmlChild::If(choice) => out.push(self.child_if(choice)),
                ast::HtmlChild::For(repeat) => out.push(self.child_for(repeat)),
                ast::HtmlChild::Rejected(stmt) => self.rejected(stmt),
            }
        }
        self.scopes.leave();
        out
    }

    /// A statement among children has been reported. Uses of the name that it binds are no mistakes.
    fn rejected(&mut self, stmt: &ast::Stmt) {
        self.damaged = true;
        if let ast::StmtKind::Bind(bind) = &stmt.kind {
            let local = self.local(bind.name.name, Ty::UNKNOWN);
            self.bind(bind.name.name, local, Origin::Let, bind.name.span);
        }
    }

    fn child_if(&mut self, choice: &ast::HtmlIf) -> Child {
        let mut branches = Vec::with_capacity(choice.branches.len());
        for branch in &choice.branches {
            let condition = self.condition(&branch.cond);
            branches.push((condition, self.children(&branch.children)));
        }
        let otherwise = choice.else_children.as_ref().map(|children| self.children(children));
        Child::If(branches, otherwise.unwrap_or_default())
    }

    fn child_for(&mut self, repeat: &ast::HtmlFor) -> Child {
        let (iter, pattern, bindings) = self.for_head(&repeat.pattern, &repeat.iter);
        let children = self.bound_scope(bindings, Origin::For, |body| body.children(&repeat.children));
        if iter.ty == Ty::NEVER {
            return Child::Value(iter);
        }
        let pattern: Pat = pattern;
        Child::For { pattern, iter, children }
    }

    /// An argument that is a list of children: the elements of a literal are children one by one. A dynamic one for a builtin must be a list.
    pub(super) fn children_list(
        &mut self,
        builtin: Option<&'static str>,
        list: &ast::Expr,
        out: &mut Vec<Child>,
    ) {
        self.child(list, out);
        if matches!(list.kind, ast::ExprKind::List(_)) {
            return;
        }
        let Some(Child::Value(value)) = out.last_mut() else { return };
        if let (Ty::DYNAMIC, Some(builtin)) = (value.ty, builtin) {
            let ty = self.types.list(Ty::DYNAMIC);
            let span = value.span;
            let dynamic = std::mem::replace(value, Expr { kind: ExprKind::Unit, ty: Ty::UNKNOWN, span });
            *value = self.expected_kind(dynamic, ty, Expectation::Children(builtin));
            return;
        }
        let span = back(value.span);
        let is_list =
            matches!(self.types.get(value.ty), Type::List(_) | Type::Dynamic | Type::Unknown | Type::Never);
        if !is_list {
            let message = format!("children are passed as a list, not as {}", self.show(value.ty));
            self.error_hint(codes::HTML_CHILD_TYPE, span, message, "write `[…]` around it");
        }
    }

    /// A child. A list literal need not have elements of one type here.
    fn child(&mut self, expr: &ast::Expr, out: &mut Vec<Child>) {
        if let ast::ExprKind::List(elements) = &expr.kind {
            elements.iter().for_each(|element| self.child(element, out));
            return;
        }
        if let (ast::ExprKind::Name(name), Some((children, _, handed_on))) =
            (&expr.kind, &mut self.html.children)
            && self.html.in_tag
            && self.scopes.lookup(*name).is_some_and(|binding| binding.local == *children)
        {
            *handed_on += 1;
        }
        let value = self.infer(expr, None);
        let value = self.opened(value);
        if is_child(self.types, value.ty) {
            out.push(Child::Value(value));
            return;
        }
        let message =
            format!("a child must be Html, String or a list of these, found {}", self.show(value.ty));
        let mut finding = Diagnostic::error(codes::HTML_CHILD_TYPE, self.file, expr.span, message);
        match self.types.get(value.ty) {
            Type::Option(inner) if is_child(self.types, *inner) => {
                finding = finding.hint("the value may be `null`: use `??` to get at it");
            }
            Type::Int | Type::Float | Type::Bool => {
                finding = finding.hint("write it into a text: \"${value}\"");
            }
            _ => {}
        }
        self.diags.push(finding);
        out.push(Child::Value(self.unknown(expr.span)));
    }

    /// Notes whether `html.node` may make a tag whose text is not escaped: its children come to it as Html.
    pub(super) fn note_html_node(&mut self, target: Builtin, args: &[(u32, Expr)]) {
        let argument = |number| args.iter().find(|(at, _)| *at == number).map(|(_, value)| &value.kind);
        let escaped = matches!(argument(0), Some(ExprKind::String(name)) if !tags::is_raw_text(name));
        self.html.in_raw_text |= target == Builtin::HtmlNode
            && !escaped
            && matches!(argument(2), Some(ExprKind::Children(_, children)) if !children.is_empty());
    }
}

/// Whether a value of a type can be a child.
fn is_child(types: &Types, ty: Ty) -> bool {
    match types.get(ty) {
        Type::Html | Type::Dynamic | Type::Unknown | Type::Never => true,
        Type::List(inner) => is_child(types, *inner),
        // A lookup in a list is opened where it is visited.
        _ => coerce::operand(types, ty) == Ty::STRING,
    }
}
