//! List and map literals (language reference 5.14).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Expectation, Expr, ExprKind, Ty, Type, Types};
use fuse_syntax::{Symbol, ast};
use rustc_hash::FxHashMap;

use super::position::{Mode, PathStep, Root};
use super::relation::{converts, needs_test};
use super::{Body, back, coerce};

impl Body<'_, '_> {
    /// `[a, b]`
    pub(super) fn list(&mut self, elements: &[ast::Expr], hint: Option<Ty>, span: Span) -> Expr {
        let expected = match self.literal_hint(hint).map(|hint| self.types.get(hint)) {
            Some(Type::List(element)) => Some(*element),
            Some(Type::Dynamic) => Some(Ty::DYNAMIC),
            _ => None,
        };
        let mut values = Vec::with_capacity(elements.len());
        for (number, element) in elements.iter().enumerate() {
            let step = PathStep::Index(number as u64);
            values.push((step, self.at_step(step, |body| body.infer(element, expected))));
        }
        let (values, element) = self.unified(values, expected);
        let ty = self.types.list(element);
        self.expr(ExprKind::List(values), ty, span)
    }

    /// `{k: v}`
    pub(super) fn map(&mut self, entries: &[ast::MapEntry], hint: Option<Ty>, span: Span) -> Expr {
        let expected = match self.literal_hint(hint).map(|hint| self.types.get(hint)) {
            Some(Type::Map(value)) => Some(*value),
            Some(Type::Dynamic) => Some(Ty::DYNAMIC),
            _ => None,
        };
        self.repeated_keys(entries);
        let mut keys = Vec::with_capacity(entries.len());
        let mut values = Vec::with_capacity(entries.len());
        for entry in entries {
            keys.push(self.map_key(&entry.key));
            let step = match entry.key.kind {
                ast::ExprKind::Str(key) => PathStep::Key(key),
                _ => PathStep::AnyKey,
            };
            values.push((step, self.at_step(step, |body| body.infer(&entry.value, expected))));
        }
        let (values, value) = self.unified(values, expected);
        let ty = self.types.map(value);
        self.expr(ExprKind::Map(keys.into_iter().zip(values).collect()), ty, span)
    }

    /// Brings elements to the expected type, or to the one that they have in common.
    fn unified(&mut self, values: Vec<(PathStep, Expr)>, expected: Option<Ty>) -> (Vec<Expr>, Ty) {
        let values = match expected {
            Some(expected) => self.accepted(values, expected),
            None => values,
        };
        let ty = match expected {
            Some(expected) => self.element_type(&values, expected),
            None => self.common_type(&values),
        };
        let shaped =
            values.into_iter().map(|(step, value)| self.at_step(step, |body| body.shaped(value, ty)));
        (shaped.collect(), ty)
    }

    /// The elements without those that do not fit, which are reported.
    fn accepted(&mut self, mut values: Vec<(PathStep, Expr)>, expected: Ty) -> Vec<(PathStep, Expr)> {
        for (_, value) in &mut values {
            if !self.accepts(value.ty, expected) {
                self.mismatch(value, expected);
                *value = self.unknown(back(value.span));
            }
        }
        values
    }

    /// The type of the elements of a literal that is expected to have elements of a type: where that literal is tested as a whole
    /// afterwards, the type without tests; where its user converts it, the dynamic type.
    fn element_type(&mut self, values: &[(PathStep, Expr)], expected: Ty) -> Ty {
        let mode = self.position.mode;
        let some = |relation: fn(&Types, Ty, Ty) -> bool, types: &Types| {
            values.iter().any(|(_, value)| relation(types, value.ty, expected))
        };
        if mode == Mode::Default && some(converts, self.types) {
            return Ty::DYNAMIC;
        }
        if mode != Mode::Plain && some(needs_test, self.types) {
            self.types.untested(expected)
        } else {
            expected
        }
    }

    /// The common type of elements that were typed on their own; unknown, after a report, if they have none.
    fn common_type(&mut self, values: &[(PathStep, Expr)]) -> Ty {
        let mut types: Vec<Ty> = values.iter().map(|(_, value)| value.ty).collect();
        // An element must have a type that has values: a bare `null` is one of an option of nothing.
        if types.contains(&Ty::NULL) {
            let nothing = self.types.option(Ty::NEVER);
            types.iter_mut().filter(|ty| **ty == Ty::NULL).for_each(|ty| *ty = nothing);
        }
        match coerce::common_type(self.types, &types) {
            Ok(common) => common,
            Err(misfit) => {
                let first = types.iter().copied().find(|&ty| ty != Ty::UNKNOWN).unwrap_or(Ty::UNKNOWN);
                let (first, other) = (self.show(first), self.show(types[misfit]));
                let message = format!("the elements have no common type: {first} before, {other} here");
                let hint = "give the literal an expected type, or make the elements alike";
                self.error_hint(codes::NO_COMMON_TYPE, back(values[misfit].1.span), message, hint);
                Ty::UNKNOWN
            }
        }
    }

    /// The key of a map literal or of a map access.
    pub(super) fn map_key(&mut self, key: &ast::Expr) -> Expr {
        self.index_value(key, Ty::STRING, "a map key")
    }

    /// An index or key of the type it must have.
    pub(super) fn index_value(&mut self, index: &ast::Expr, expected: Ty, what: &str) -> Expr {
        let value = self.at_position(Root::Nowhere, Mode::Plain, |body| body.infer(index, Some(expected)));
        if value.ty == Ty::DYNAMIC {
            let otherwise = if expected == Ty::INT { Expectation::ListIndex } else { Expectation::MapKey };
            return self.expected_kind(value, expected, otherwise);
        }
        if coerce::assignable(self.types, value.ty, expected) {
            return self.coerced(value, expected);
        }
        let message = format!("{what} must be {}, found {}", self.show(expected), self.show(value.ty));
        self.error(codes::INDEX_TYPE, index.span, message);
        self.unknown(index.span)
    }

    /// The index of a dynamic value: a number or a text, as a dynamic value itself.
    pub(super) fn dynamic_index(&mut self, index: &ast::Expr) -> Expr {
        let value = self.at_position(Root::Nowhere, Mode::Plain, |body| body.infer(index, None));
        let value = self.operand(value);
        if matches!(value.ty, Ty::INT | Ty::STRING | Ty::DYNAMIC | Ty::UNKNOWN | Ty::NEVER) {
            return self.coerced(value, Ty::DYNAMIC);
        }
        let message = format!("a dynamic value is indexed by Int or String, found {}", self.show(value.ty));
        self.error(codes::INDEX_TYPE, index.span, message);
        self.unknown(index.span)
    }

    fn repeated_keys(&mut self, entries: &[ast::MapEntry]) {
        if entries.len() < 2 {
            return;
        }
        let mut seen: FxHashMap<Symbol, Span> = FxHashMap::default();
        for entry in entries {
            let ast::ExprKind::Str(key) = entry.key.kind else { continue };
            match seen.get(&key).copied() {
                Some(earlier) => {
                    let text = self.text(key);
                    let message = format!("the key {text:?} occurs twice");
                    self.error(codes::DUPLICATE_MAP_KEY, entry.key.span, message);
                    let message = format!("the key {text:?} occurs here first");
                    self.error(codes::DUPLICATE_MAP_KEY, earlier, message);
                }
                None => {
                    seen.insert(key, entry.key.span);
                }
            }
        }
    }
}
