//! Types as written.

use fuse_diagnostics::{Diagnostic, Span, codes};

use super::Parser;
use crate::ast::{Bound, BoundValue, Path, Refinement, RefinementKind, TypeKind, TypeRef};
use crate::token::TokenKind::*;

impl Parser<'_> {
    /// A dotted name. After a dot any word may stand.
    pub(super) fn path(&mut self, what: &str) -> Path {
        let head = self.ident(what);
        let mut rest = Vec::new();
        while self.at(Dot) && !self.panicking {
            self.bump();
            rest.push(self.word("a name after `.`"));
        }
        Path { head, rest }
    }

    /// A type, with its error domains if it has any.
    pub(super) fn type_ref(&mut self) -> TypeRef {
        let start = self.start();
        if !self.enter() {
            return self.error_type(start);
        }
        let (ok, mut has_domain) = self.optional_type();
        if !has_domain {
            has_domain = self.eat(Bang);
        }
        let ty = if has_domain { self.result_type(start, ok) } else { ok };
        self.leave();
        ty
    }

    /// The current token follows the first `!` after the success type.
    fn result_type(&mut self, start: u32, ok: TypeRef) -> TypeRef {
        let mut domains = Vec::new();
        loop {
            if !matches!(self.kind(), Ident | Fn) && !self.at_reserved_name() {
                self.result_without_domain(start);
                break;
            }
            let (domain, mut has_next) = self.optional_type();
            domains.push(domain);
            if !has_next {
                has_next = self.eat(Bang);
            }
            if !has_next || self.panicking {
                break;
            }
        }
        TypeRef {
            kind: TypeKind::Result { ok: std::boxed::Box::new(ok), domains },
            span: self.span_from(start),
        }
    }

    /// Whether a reserved word stands where a type may: then it is more likely meant as one.
    fn at_reserved_name(&self) -> bool {
        self.kind().is_reserved() && !matches!(self.kind(), Body | And | Or | In | Else)
    }

    fn result_without_domain(&mut self, start: u32) {
        let span = self.span_from(start);
        let message = "`T!` names no error domain: name the type of the error, as in `T!MyError`";
        self.report(Diagnostic::error(codes::RESULT_WITHOUT_DOMAIN, self.file, span, message));
    }

    /// An atom and the `?`s after it; says whether a `!` has been taken with the last of them (`?!` is one token).
    fn optional_type(&mut self) -> (TypeRef, bool) {
        let start = self.start();
        let mut ty = self.type_atom();
        let mut optional = false;
        let mut bang = false;
        while !bang && !self.panicking {
            match self.kind() {
                Question | QuestionQuestion => {}
                QuestionBang => bang = true,
                _ => break,
            }
            self.bump();
            optional = true;
        }
        if optional {
            let mut span = self.span_from(start);
            if bang && self.fixed_span.is_none() {
                span.end -= 1;
            }
            ty = TypeRef { kind: TypeKind::Option(std::boxed::Box::new(ty)), span };
        }
        (ty, bang)
    }

    fn type_atom(&mut self) -> TypeRef {
        let start = self.start();
        if self.at(Fn) {
            return self.fn_type();
        }
        let name = self.path("a type");
        if self.panicking {
            return self.error_type(start);
        }
        let kind = match self.kind() {
            Lt => TypeKind::Generic { name, args: self.type_arguments() },
            ParenOpen => self.refined_type(name),
            _ => TypeKind::Name(name),
        };
        TypeRef { kind, span: self.span_from(start) }
    }

    pub(super) fn error_type(&mut self, start: u32) -> TypeRef {
        TypeRef { kind: TypeKind::Error, span: self.span_from(start) }
    }

    /// `<A, B>`; the current token is `<`.
    pub(super) fn type_arguments(&mut self) -> Vec<TypeRef> {
        self.bump();
        let mut args = vec![self.type_ref()];
        while !self.panicking && self.eat(Comma) {
            args.push(self.type_ref());
        }
        if !self.panicking && !self.eat(Gt) {
            let start = self.start();
            self.unexpected("`,` or `>`");
            args.push(self.error_type(start));
        }
        args
    }

    fn fn_type(&mut self) -> TypeRef {
        let start = self.start();
        self.bump();
        let mut params = Vec::new();
        if self.at(ParenOpen) {
            let repaired = self.open_bracket();
            params = self.elements(ParenClose, Self::type_ref);
            self.close_bracket(ParenClose, repaired);
        } else {
            self.unexpected("`(` and the types of the parameters");
        }
        let result = if !self.panicking && self.eat(Arrow) {
            Some(std::boxed::Box::new(self.type_ref()))
        } else {
            None
        };
        TypeRef { kind: TypeKind::Fn { params, result }, span: self.span_from(start) }
    }

    // ---- refinements ----

    /// The current token is the `(` after the base.
    fn refined_type(&mut self, base: Path) -> TypeKind {
        let start = base.head.span.start;
        let repaired = self.open_bracket();
        let constraints = self.elements(ParenClose, Self::refinement);
        self.close_bracket(ParenClose, repaired);
        if constraints.is_empty() && !repaired {
            let span = self.span_from(start);
            self.malformed_refinement(span, "a refinement has no constraint");
        }
        TypeKind::Refined { base, constraints }
    }

    fn malformed_refinement(&mut self, span: Span, message: &str) {
        let message = format!(
            "{message}: a constraint is a range `1..10`, a pattern `regex(\"…\")` or a test `predicate(function)`"
        );
        self.report(Diagnostic::error(codes::REFINEMENT_FORM, self.file, span, message));
    }

    fn refinement(&mut self) -> Refinement {
        let start = self.start();
        let kind = match self.kind() {
            Ident if self.nth(1) == ParenOpen && self.at_word("regex") => self.regex(),
            Ident if self.nth(1) == ParenOpen && self.at_word("predicate") => self.predicate(),
            Int | Float | Minus => self.range(),
            _ => None,
        };
        match kind {
            Some(kind) => Refinement { kind, span: self.span_from(start) },
            None => {
                self.skip_in_brackets(true);
                let span = self.span_from(start);
                self.malformed_refinement(span, "this is no constraint of a refinement");
                Refinement { kind: RefinementKind::Error, span }
            }
        }
    }

    fn regex(&mut self) -> Option<RefinementKind> {
        self.bump();
        if self.nth(1) != Str || self.nth(2) != ParenClose {
            return None;
        }
        self.bump();
        let pattern = self.string_literal("a pattern");
        self.bump();
        Some(RefinementKind::Regex(pattern))
    }

    fn predicate(&mut self) -> Option<RefinementKind> {
        self.bump();
        if self.nth(1) != Ident || self.nth(2) != ParenClose {
            return None;
        }
        self.bump();
        let name = self.take_ident();
        self.bump();
        Some(RefinementKind::Predicate(name))
    }

    fn range(&mut self) -> Option<RefinementKind> {
        let errors = self.errors;
        let low = self.bound()?;
        if !self.eat(DotDot) {
            return None;
        }
        let high = self.bound()?;
        let kind =
            if self.errors > errors { RefinementKind::Error } else { RefinementKind::Range(low, high) };
        matches!(self.kind(), Comma | ParenClose).then_some(kind)
    }

    fn bound(&mut self) -> Option<Bound> {
        let start = self.start();
        let negative = self.eat(Minus);
        let value = match self.kind() {
            // One that is too large is not looked at any more.
            Int => BoundValue::Int(self.signed_integer(negative).unwrap_or_default()),
            Float => {
                let value = self.float_value();
                self.bump();
                BoundValue::Float(if negative { -value } else { value })
            }
            _ => return None,
        };
        Some(Bound { value, span: self.span_from(start) })
    }

    /// The value of the current integer literal with its sign; reports one that is too large.
    pub(super) fn signed_integer(&mut self, negative: bool) -> Option<i64> {
        let token = self.bump();
        let span = self.span_of(token);
        let value = self.integer_value(self.text(token), span, negative)?;
        // 9223372036854775808 is there after a minus only, and wraps to the smallest Int.
        Some(if negative { (value as i64).wrapping_neg() } else { value as i64 })
    }
}
