//! Calls of components (language reference 8.3).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{ComponentArg, ComponentCall, Expr, ExprKind, Ty};
use fuse_syntax::{Symbol, ast, sym};

use super::Body;
use super::generic::Generic;
use super::position::{Mode, PathStep, Root};
use crate::env::ParamInfo;
use crate::generics::Callable;
use crate::index::Role;
use crate::index::note::Meaning;

/// What has been bound so far.
struct Bound {
    args: Vec<(ComponentArg, Expr)>,
    children: Vec<fuse_hir::Child>,
    given: Vec<bool>,
    broken: bool,
}

/// A component that is called.
#[derive(Clone, Copy)]
struct Component<'c, 'e> {
    callable: Callable,
    /// Of a generic one: what is known of its type parameters.
    generic: Option<&'c Generic<'e>>,
}

impl Body<'_, '_> {
    /// `Name(…)`, perhaps with a block of children.
    pub(super) fn component(
        &mut self,
        callable: Callable,
        call: &ast::CallExpr,
        block: Option<&ast::HtmlExpr>,
        span: Span,
    ) -> Expr {
        self.use_callable(self.env.callable(callable), span);
        self.at_position(Root::Nowhere, Mode::Plain, |body| body.component_here(callable, call, block, span))
    }

    fn component_here(
        &mut self,
        callable: Callable,
        call: &ast::CallExpr,
        block: Option<&ast::HtmlExpr>,
        span: Span,
    ) -> Expr {
        let env = self.env;
        let info = env.callable(callable);
        let generic = match callable {
            Callable::Template(id) => self.begin_generic(id, None, &info.name, call, span).map(Some),
            Callable::Function(_) if call.type_args.is_empty() => Some(None),
            Callable::Function(_) => {
                self.not_generic(call, span);
                None
            }
        };
        let Some(generic) = generic else {
            if let Some(block) = block {
                self.children(&block.children);
            }
            return self.unknown(span);
        };
        let callee = Component { callable, generic: generic.as_ref() };
        // The last two are the attributes and the children.
        let explicit = info.params.len().saturating_sub(2);
        let mut bound = Bound {
            args: Vec::with_capacity(call.args.len()),
            children: Vec::new(),
            given: vec![false; explicit + 2],
            broken: false,
        };
        let mut named_before: Option<Symbol> = None;
        let mut positional = 0;
        for arg in &call.args {
            self.attribute_separator(arg);
            match (arg.name, named_before) {
                (Some(name), _) => {
                    named_before = Some(name.name);
                    self.named_component_argument(callee, explicit, arg, name, &mut bound);
                }
                (None, Some(name)) => {
                    let name = self.text(name);
                    let message = format!("a positional argument cannot follow the named argument `{name}`");
                    self.error(codes::NAMED_ARGUMENT, arg.span, message);
                    self.infer(&arg.value, None);
                    bound.broken = true;
                }
                (None, None) => {
                    self.positional_component_argument(callee, explicit, positional, &arg.value, &mut bound);
                    positional += 1;
                }
            }
        }
        if let Some(block) = block {
            let children = self.children_of(false, |body| body.children(&block.children));
            if bound.given[explicit + 1] {
                let message = format!("the children of `{}` are given twice", info.name);
                self.error(codes::NAMED_ARGUMENT, block.children.span, message);
                bound.broken = true;
            }
            bound.children = children;
        }
        let missing = (0..explicit)
            .filter(|&number| info.params[number].default.is_none() && !bound.given[number])
            .map(|number| format!("`{}`", env.text(info.params[number].name)))
            .collect::<Vec<_>>();
        if positional > explicit + 2 {
            let most = explicit + 2;
            let message =
                format!("`{}` takes at most {most} positional arguments, found {positional}", info.name);
            self.error(codes::WRONG_ARITY, span, message);
            return self.unknown(span);
        }
        let known = call.complete && info.params.iter().all(|param| param.name != sym::EMPTY);
        if !missing.is_empty() && !bound.broken && known {
            let given = bound.given.iter().filter(|given| **given).count();
            let message = format!(
                "`{}` takes {} to {} arguments, found {given}; missing: {}",
                info.name,
                given + missing.len(),
                explicit + 2,
                missing.join(", ")
            );
            self.error(codes::WRONG_ARITY, span, message);
            return self.unknown(span);
        }
        if bound.broken || !missing.is_empty() {
            return self.unknown(span);
        }
        let function = match (callable, generic) {
            (Callable::Function(id), _) => id,
            (Callable::Template(_), Some(generic)) => {
                let args = bound.args.iter_mut().filter_map(|(arg, value)| match arg {
                    ComponentArg::Parameter(number) => Some((*number, value)),
                    ComponentArg::Attribute(_) => None,
                });
                let args = args.collect();
                match self.finish_generic(generic, args, &info.name, span) {
                    Some((function, _)) => function,
                    None => return self.unknown(span),
                }
            }
            (Callable::Template(_), None) => return self.unknown(span),
        };
        let call = ComponentCall { function, args: bound.args, children: bound.children };
        self.expr(ExprKind::Component(Box::new(call)), Ty::HTML, span)
    }

    /// The argument for an explicit parameter.
    fn component_argument(
        &mut self,
        callee: Component<'_, '_>,
        number: usize,
        param: ParamInfo,
        value: &ast::Expr,
    ) -> Expr {
        match callee.generic {
            Some(generic) => generic.argument(self, number, value),
            None => self.check_at(Root::Name(param.name), Mode::Plain, value, param.ty),
        }
    }

    fn positional_component_argument(
        &mut self,
        callee: Component<'_, '_>,
        explicit: usize,
        number: usize,
        value: &ast::Expr,
        bound: &mut Bound,
    ) {
        let Some(param) = self.env.callable(callee.callable).params.get(number).copied() else {
            self.infer(value, None);
            return;
        };
        bound.given[number] = true;
        if number == explicit + 1 {
            let children = self.children_argument(&self.env.callable(callee.callable).name, None, value);
            bound.args.push((ComponentArg::Parameter(number as u32), children));
            return;
        }
        if number == explicit && self.rejects_map_literal(value) {
            bound.broken = true;
            return;
        }
        let value = self.component_argument(callee, number, param, value);
        bound.args.push((ComponentArg::Parameter(number as u32), value));
    }

    fn named_component_argument(
        &mut self,
        callee: Component<'_, '_>,
        explicit: usize,
        arg: &ast::Arg,
        name: ast::Ident,
        bound: &mut Bound,
    ) {
        let params = &self.env.callable(callee.callable).params[..explicit];
        if let Some(number) = params.iter().position(|param| param.name == name.name) {
            let param = params[number];
            let module = self.env.callable(callee.callable).module;
            self.note_as(name.span, Meaning::Declared(module, param.span), Role::Attribute);
            let value = self.component_argument(callee, number, param, &arg.value);
            if std::mem::replace(&mut bound.given[number], true) {
                let message = format!("the argument `{}` is given twice", self.text(name.name));
                self.error(codes::NAMED_ARGUMENT, arg.span, message);
                bound.broken = true;
                return;
            }
            bound.args.push((ComponentArg::Parameter(number as u32), value));
            return;
        }
        self.note_as(name.span, Meaning::Attribute, Role::Attribute);
        let step = PathStep::Key(name.name);
        let value = self.at_position(Root::Name(sym::ATTRS), Mode::Plain, |body| {
            body.at_step(step, |body| {
                let value = body.infer(&arg.value, Some(Ty::STRING));
                body.attribute_text(arg, value)
            })
        });
        let known = bound.args.iter().filter_map(|(arg, _)| match arg {
            ComponentArg::Attribute(name) => Some(&**name),
            ComponentArg::Parameter(_) => None,
        });
        match self.attribute_name(arg, name, known) {
            Some(name) => bound.args.push((ComponentArg::Attribute(name), value)),
            None => bound.broken = true,
        }
    }
}
