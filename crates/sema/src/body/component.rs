//! Calls of components (language reference 8.3).

use std::cell::RefCell;

use fuse_diagnostics::{Span, codes};
use fuse_hir::{ComponentArg, ComponentCall, Expr, ExprKind, Ty};
use fuse_syntax::{Symbol, ast, sym};

use super::Body;
use super::pattern::plural;
use super::position::{Mode, PathStep, Root};
use crate::env::{FnInfo, ParamInfo};
use crate::generics::{Callable, Inference};

/// What has been bound so far.
struct Bound {
    args: Vec<(ComponentArg, Expr)>,
    children: Vec<fuse_hir::Child>,
    given: Vec<bool>,
    broken: bool,
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
        self.check_capability(self.env.callable(callable), span);
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
        let Some(inference) = self.component_inference(callable, &info.name, call, span) else {
            if let Some(block) = block {
                self.children_of(false, |body| body.children(&block.children));
            }
            return self.unknown(span);
        };
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
                    self.named_component_argument(
                        &info.params[..explicit],
                        &inference,
                        arg,
                        name,
                        &mut bound,
                    );
                }
                (None, Some(name)) => {
                    let name = self.text(name);
                    let message = format!("a positional argument cannot follow the named argument `{name}`");
                    self.error(codes::NAMED_ARGUMENT, arg.span, message);
                    self.infer(&arg.value, None);
                    bound.broken = true;
                }
                (None, None) => {
                    self.positional_component_argument(info, &inference, positional, &arg.value, &mut bound);
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
                format!("`{}` takes at most {most} arguments by position, found {positional}", info.name);
            self.error(codes::WRONG_ARITY, span, message);
            return self.unknown(span);
        }
        if !missing.is_empty() && !bound.broken {
            let message =
                format!("`{}` needs the argument{} {}", info.name, plural(missing.len()), missing.join(", "));
            self.error(codes::WRONG_ARITY, span, message);
            return self.unknown(span);
        }
        if bound.broken {
            return self.unknown(span);
        }
        let told = bound.args.iter().all(|(_, value)| value.ty != Ty::UNKNOWN);
        let args = bound.args.iter_mut().filter_map(|(arg, value)| match arg {
            ComponentArg::Parameter(number) if (*number as usize) < explicit => {
                Some((*number as usize, value))
            }
            _ => None,
        });
        let Some(function) = self.settled_component(callable, inference, args, told, span) else {
            return self.unknown(span);
        };
        let call = ComponentCall { function, args: bound.args, children: bound.children };
        self.expr(ExprKind::Component(Box::new(call)), Ty::HTML, span)
    }

    fn positional_component_argument(
        &mut self,
        info: &FnInfo<'_>,
        inference: &RefCell<Inference>,
        number: usize,
        value: &ast::Expr,
        bound: &mut Bound,
    ) {
        let explicit = info.params.len().saturating_sub(2);
        let Some(param) = info.params.get(number).copied() else {
            self.infer(value, None);
            return;
        };
        bound.given[number] = true;
        if number == explicit + 1 {
            let children = self.children_argument(&info.name, None, value);
            bound.args.push((ComponentArg::Parameter(number as u32), children));
            return;
        }
        if number == explicit && self.rejects_map_literal(value) {
            bound.broken = true;
            return;
        }
        let value = match number < explicit {
            true => self.component_argument(&info.params, inference, number, value),
            false => self.check_at(Root::Name(param.name), Mode::Plain, value, param.ty),
        };
        bound.args.push((ComponentArg::Parameter(number as u32), value));
    }

    fn named_component_argument(
        &mut self,
        params: &[ParamInfo],
        inference: &RefCell<Inference>,
        arg: &ast::Arg,
        name: ast::Ident,
        bound: &mut Bound,
    ) {
        if let Some(number) = params.iter().position(|param| param.name == name.name) {
            let value = self.component_argument(params, inference, number, &arg.value);
            if std::mem::replace(&mut bound.given[number], true) {
                let message = format!("the argument `{}` is given twice", self.text(name.name));
                self.error(codes::NAMED_ARGUMENT, arg.span, message);
                bound.broken = true;
                return;
            }
            bound.args.push((ComponentArg::Parameter(number as u32), value));
            return;
        }
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
