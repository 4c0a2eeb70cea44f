//! Options, lookups and results: `?.`, `?[ ]`, `??`, `?!` (language reference 5.4, 5.5, 5.8).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Expr, ExprKind, FnKind, Ty, Type};
use fuse_syntax::ast;

use super::{Body, back, coerce};

impl Body<'_, '_> {
    /// `base?.name`
    pub(super) fn optional_member(&mut self, member: &ast::MemberExpr, span: Span) -> Expr {
        let base = self.infer(&member.base, None);
        self.optional_member_of(base, member, span)
    }

    /// `base?.name` of a base that has been checked.
    pub(super) fn optional_member_of(&mut self, base: Expr, member: &ast::MemberExpr, span: Span) -> Expr {
        if base.ty == Ty::NULL {
            return self.no_member(Ty::NULL, member.name, span);
        }
        if base.ty == Ty::NEVER {
            return base;
        }
        if base.ty == Ty::DYNAMIC {
            return self.member_of(base, member.name, span);
        }
        let Some(content) = self.option_base(&base, "`?.`") else { return self.unknown(span) };
        self.optional_chain(base, content, span, |body, value| body.member_of(value, member.name, span))
    }

    /// What is inside the base of `?.`; reported if it cannot be `null`.
    pub(super) fn option_base(&mut self, base: &Expr, operator: &str) -> Option<Ty> {
        if matches!(base.ty, Ty::UNKNOWN | Ty::NEVER) {
            return None;
        }
        let content = coerce::option_content(self.types, base.ty);
        if content.is_none() {
            let message =
                format!("{operator} needs a value that can be `null`, found {}", self.show(base.ty));
            self.error(codes::NOT_OPTIONAL, back(base.span), message);
        }
        content
    }

    /// `null` if the base is, or else what `access` makes of its content.
    pub(super) fn optional_chain(
        &mut self,
        base: Expr,
        content: Ty,
        span: Span,
        access: impl FnOnce(&mut Self, Expr) -> Expr,
    ) -> Expr {
        let local = self.helper(content);
        let value = self.expr(ExprKind::Local(local), content, back(base.span));
        let body = access(self, value);
        if body.ty == Ty::UNKNOWN {
            return self.unknown(span);
        }
        let ty = self.types.option(body.ty);
        let body = Box::new(self.coerced(body, ty));
        self.expr(ExprKind::OptionalChain { base: Box::new(base), local, body }, ty, span)
    }

    /// `base?[index]`
    pub(super) fn optional_index(&mut self, index: &ast::IndexExpr, span: Span) -> Expr {
        let base = self.infer(&index.base, None);
        if matches!(self.types.get(base.ty), Type::List(_) | Type::Map(_) | Type::Dynamic) {
            return self.index_or_null(base, &index.index, span);
        }
        let content = coerce::option_content(self.types, base.ty);
        let list_or_map =
            content.filter(|&content| matches!(self.types.get(content), Type::List(_) | Type::Map(_)));
        if let Some(content) = list_or_map {
            return self.optional_chain(base, content, span, |body, value| {
                body.index_or_null(value, &index.index, span)
            });
        }
        self.infer(&index.index, None);
        if base.ty == Ty::NEVER {
            return base;
        }
        if base.ty != Ty::UNKNOWN {
            let message =
                format!("`?[ ]` needs a list, a map or an option of one, found {}", self.show(base.ty));
            self.error(codes::NOT_OPTIONALLY_INDEXABLE, back(base.span), message);
        }
        self.unknown(span)
    }

    /// The element of a list or map, or `null`.
    fn index_or_null(&mut self, base: Expr, index: &ast::Expr, span: Span) -> Expr {
        match *self.types.get(base.ty) {
            Type::List(element) => {
                let position = self.index_value(index, Ty::INT, "a list index");
                let ty = self.types.option(element);
                self.expr(ExprKind::IndexOrNull(Box::new(base), Box::new(position)), ty, span)
            }
            Type::Map(value) => {
                let key = self.map_key(index);
                let found = self.lookup(base, key, value, span);
                let ty = self.types.option(value);
                self.coerced(found, ty)
            }
            Type::Dynamic => {
                let position = self.dynamic_index(index);
                let kind = ExprKind::DynamicIndexOrNull(Box::new(base), Box::new(position));
                self.expr(kind, Ty::DYNAMIC, span)
            }
            _ => self.unknown(span),
        }
    }

    /// `left ?? right`
    pub(super) fn coalesce(&mut self, binary: &ast::BinaryExpr, hint: Option<Ty>, span: Span) -> Expr {
        let left_hint = hint.map(|hint| self.types.option(hint));
        let left = self.infer(&binary.left, left_hint);
        if left.ty == Ty::NEVER {
            self.infer(&binary.right, hint);
            return left;
        }
        if left.ty == Ty::DYNAMIC {
            let right = self.infer(&binary.right, Some(Ty::DYNAMIC));
            let right = self.shaped(right, Ty::DYNAMIC);
            return self.expr(ExprKind::Coalesce(Box::new(left), Box::new(right)), Ty::DYNAMIC, span);
        }
        let content = coerce::option_content(self.types, left.ty);
        if left.ty == Ty::NULL || content == Some(Ty::NEVER) {
            return self.coalesce_open(left, &binary.right, hint, span);
        }
        let Some(content) = self.option_base(&left, "`??`") else {
            self.infer(&binary.right, hint);
            return self.unknown(span);
        };
        let right = self.infer(&binary.right, Some(content));
        if content == Ty::UNKNOWN {
            return self.unknown(span);
        }
        let optional = self.types.option(content);
        // `null`, the same as `None`, is an option too.
        let stays_optional = matches!(self.types.get(right.ty), Type::Option(_) | Type::Null)
            && !self.accepts(right.ty, content)
            && self.accepts(right.ty, optional);
        let ty = if stays_optional { optional } else { content };
        let sound = right.ty != Ty::UNKNOWN;
        let right = self.fit(right, ty);
        if sound && right.ty == Ty::UNKNOWN {
            return self.unknown(span);
        }
        if right.ty == ty || right.ty == Ty::UNKNOWN {
            return self.expr(ExprKind::Coalesce(Box::new(left), Box::new(right)), ty, span);
        }
        // In a default, where the whole is tested or converted afterwards.
        let (ty, optional) = (right.ty, self.types.option(right.ty));
        let left = self.shaped(left, optional);
        self.expr(ExprKind::Coalesce(Box::new(left), Box::new(right)), ty, span)
    }

    /// `null ?? right` and the like, where nothing but the right side says what the left one may hold.
    fn coalesce_open(&mut self, left: Expr, right: &ast::Expr, hint: Option<Ty>, span: Span) -> Expr {
        let right = self.infer(right, hint);
        let right = self.opened(right);
        if matches!(right.ty, Ty::UNKNOWN | Ty::NEVER | Ty::NULL) {
            return right;
        }
        let ty = right.ty;
        let optional = self.types.option(ty);
        let left = Box::new(self.coerced(left, optional));
        self.expr(ExprKind::Coalesce(left, Box::new(right)), ty, span)
    }

    /// `value ?! error`, `value ?!`
    pub(super) fn propagate(&mut self, propagate: &ast::PropagateExpr, span: Span) -> Expr {
        let operand = self.infer(&propagate.value, None);
        let error = propagate.error.as_ref().map(|error| self.error_value(error));
        let domains = self.allowed_domains(span);
        let content = match self.types.get(operand.ty).clone() {
            Type::Unknown => None,
            Type::Never => return operand,
            Type::Null => Some(Ty::NEVER),
            Type::Result(value, _) => Some(value),
            Type::Dynamic => Some(Ty::DYNAMIC),
            _ => coerce::option_content(self.types, operand.ty).or_else(|| {
                let message = format!("`?!` needs an option or a result, found {}", self.show(operand.ty));
                self.error(codes::PROPAGATION_TYPE, span, message);
                None
            }),
        };
        let (Some(content), Some(domains)) = (content, domains) else { return self.unknown(span) };
        let raised: Vec<Ty> = match (&error, self.types.get(operand.ty)) {
            (Some(error), _) => vec![error.ty],
            (None, Type::Result(_, own)) => own.to_vec(),
            (None, _) => {
                let message = "`?!` on an option needs an error value";
                let hint = "write `?! SomeError(message=\"…\")`";
                self.error_hint(codes::PROPAGATION_NEEDS_ERROR, span, message, hint);
                return self.unknown(span);
            }
        };
        let mut fits = true;
        for domain in raised {
            if domain != Ty::UNKNOWN && coerce::domain_of(self.types, domain, &domains).is_none() {
                let allowed: Vec<String> = domains.iter().map(|&domain| self.show(domain)).collect();
                let message = format!(
                    "an error of type {} cannot leave this body, whose errors are {}",
                    self.show(domain),
                    allowed.join(", ")
                );
                let hint = "give another error after `?!`, or add the domain to the result type";
                self.error_hint(codes::PROPAGATION_DOMAIN, span, message, hint);
                fits = false;
            }
        }
        if !fits {
            return self.unknown(span);
        }
        let kind = ExprKind::Propagate { operand: Box::new(operand), error: error.map(Box::new) };
        self.expr(kind, content, span)
    }

    /// The operand of `?!`.
    fn error_value(&mut self, error: &ast::Expr) -> Expr {
        let value = self.infer(error, None);
        let value = self.opened(value);
        if value.ty != Ty::NEVER && !coerce::is_error_type(self.types, value.ty) {
            let message =
                format!("an error must be a struct, an enum or a std.Error, found {}", self.show(value.ty));
            self.error(codes::PROPAGATION_NOT_AN_ERROR, error.span, message);
            return self.unknown(error.span);
        }
        value
    }

    /// The errors that may leave the body; reported if there are none.
    fn allowed_domains(&mut self, span: Span) -> Option<Vec<Ty>> {
        if self.kind == FnKind::Default {
            let message = "`?!` needs a body that can fail; a default expression is none";
            self.error(codes::PROPAGATION_OUTSIDE_FALLIBLE, span, message);
            return None;
        }
        match self.fallible_result().map(|result| (result, self.types.get(result))) {
            Some((_, Type::Result(_, domains))) => Some(domains.to_vec()),
            Some((_, Type::Unknown)) => None,
            Some((result, _)) => {
                let message = format!(
                    "`?!` needs a body that can fail; this one has the result type {}",
                    self.show(result)
                );
                self.error_hint(
                    codes::PROPAGATION_OUTSIDE_FALLIBLE,
                    span,
                    message,
                    "declare an error: `-> T!E`",
                );
                None
            }
            None => {
                let message = "`?!` needs a body that can fail; this one has no result";
                let hint = "declare an error, as in `-> Unit!E`, or handle the failure with `match`";
                self.error_hint(codes::PROPAGATION_OUTSIDE_FALLIBLE, span, message, hint);
                None
            }
        }
    }
}
