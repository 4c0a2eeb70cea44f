//! The predefined constructors `Some`, `None`, `Ok`, `Err` (language reference 5.5, 5.17).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Expr, ExprKind, Ty, Type};
use fuse_syntax::{Symbol, ast, sym};

use super::call::Callee;
use super::position::Mode;
use super::{Body, coerce};

impl Body<'_, '_> {
    /// A call of a predefined constructor.
    pub(super) fn constructor(
        &mut self,
        name: Symbol,
        call: &ast::CallExpr,
        hint: Option<Ty>,
        span: Span,
    ) -> Expr {
        if name == sym::NONE {
            let message = "`None` takes no arguments: write it without parentheses";
            self.error(codes::NOT_CALLABLE, call.callee.span, message);
            self.idle_arguments(call);
            return self.unknown(span);
        }
        let Some(argument) = self.only_argument(call, span, Callee(self.text(name))) else {
            return self.unknown(span);
        };
        match name {
            sym::SOME => self.some(argument, hint, span),
            sym::OK => self.success_value(argument, hint, span),
            _ => self.failure_value(argument, hint, span),
        }
    }

    /// `Some(v)`: `v` as an option.
    fn some(&mut self, argument: &ast::Expr, hint: Option<Ty>, span: Span) -> Expr {
        let value = self.infer(argument, self.literal_hint(hint));
        let value = self.opened(value);
        if matches!(value.ty, Ty::UNKNOWN | Ty::NULL) {
            return value;
        }
        let ty = self.types.option(value.ty);
        let value = self.coerced(value, ty);
        Expr { span: super::at(span), ..value }
    }

    /// The result type that is hoped for: its value and its domains.
    fn result_hoped_for(&self, hint: Option<Ty>) -> Option<(Ty, Ty, Box<[Ty]>)> {
        let hint = self.literal_hint(hint)?;
        match self.types.get(hint) {
            Type::Result(value, domains) => Some((hint, *value, domains.clone())),
            _ => None,
        }
    }

    /// `Ok(v)`
    fn success_value(&mut self, argument: &ast::Expr, hint: Option<Ty>, span: Span) -> Expr {
        let hoped = self.result_hoped_for(hint);
        let success = hoped.as_ref().map(|(_, value, _)| *value);
        let value = self.in_mode(Mode::Plain, |body| body.infer(argument, success));
        let value = self.opened(value);
        if value.ty == Ty::UNKNOWN {
            return match hoped {
                Some((ty, ..)) => self.expr(ExprKind::Unit, ty, span),
                None => self.unknown(span),
            };
        }
        if let Some((ty, expected, _)) = hoped {
            // What is hoped for is what is expected: the misfit is that of the value. Results are not looked into by tests.
            let value = self.in_mode(Mode::Plain, |body| body.fit(value, expected));
            return self.expr(ExprKind::Ok(Box::new(value)), ty, span);
        }
        let ty = self.types.result(value.ty, &[Ty::NEVER]);
        self.expr(ExprKind::Ok(Box::new(value)), ty, span)
    }

    /// `Err(e)`
    fn failure_value(&mut self, argument: &ast::Expr, hint: Option<Ty>, span: Span) -> Expr {
        let hoped = self.result_hoped_for(hint);
        let only = match hoped.as_ref().map(|(_, _, domains)| &**domains) {
            Some([domain]) => Some(*domain),
            _ => None,
        };
        let error = self.in_mode(Mode::Plain, |body| body.infer(argument, only));
        let error = self.opened(error);
        let raised: Vec<Ty> = match self.types.get(error.ty) {
            Type::Union(domains) => domains.to_vec(),
            _ => vec![error.ty],
        };
        let Some((ty, _, domains)) = hoped else {
            if error.ty == Ty::UNKNOWN {
                return self.unknown(span);
            }
            let ty = self.types.result(Ty::NEVER, &raised);
            return self.expr(ExprKind::Err(Box::new(error)), ty, span);
        };
        if let (Ty::DYNAMIC, Some(&first)) = (error.ty, domains.first()) {
            let error = self.in_mode(Mode::Plain, |body| body.fit(error, first));
            return self.expr(ExprKind::Err(Box::new(error)), ty, span);
        }
        let misfit = raised.iter().find(|&&own| coerce::domain_of(self.types, own, &domains).is_none());
        if misfit.is_some() {
            let expected = match *domains {
                [domain] => domain,
                _ => self.types.intern(Type::Union(domains)),
            };
            self.mismatch(&error, expected);
            return self.expr(ExprKind::Unit, ty, span);
        }
        let error = match (&raised[..], coerce::domain_of(self.types, error.ty, &domains)) {
            ([_], Some(domain)) => self.coerced(error, domain),
            _ => error,
        };
        self.expr(ExprKind::Err(Box::new(error)), ty, span)
    }
}
