//! List and map literals (language reference 5.14).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Expr, ExprKind, Ty, Type};
use fuse_syntax::{Symbol, ast};
use rustc_hash::FxHashMap;

use super::{Body, back, coerce};

impl Body<'_, '_> {
    /// `[a, b]`
    pub(super) fn list(&mut self, elements: &[ast::Expr], hint: Option<Ty>, span: Span) -> Expr {
        let expected = match self.literal_hint(hint).map(|hint| self.types.get(hint)) {
            Some(Type::List(element)) => Some(*element),
            _ => None,
        };
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            values.push(self.element(element, expected));
        }
        let (values, element) = self.unified(values, expected);
        let ty = self.types.list(element);
        self.expr(ExprKind::List(values), ty, span)
    }

    /// `{k: v}`
    pub(super) fn map(&mut self, entries: &[ast::MapEntry], hint: Option<Ty>, span: Span) -> Expr {
        let expected = match self.literal_hint(hint).map(|hint| self.types.get(hint)) {
            Some(Type::Map(value)) => Some(*value),
            _ => None,
        };
        self.repeated_keys(entries);
        let mut keys = Vec::with_capacity(entries.len());
        let mut values = Vec::with_capacity(entries.len());
        for entry in entries {
            keys.push(self.map_key(&entry.key));
            values.push(self.element(&entry.value, expected));
        }
        let (values, value) = self.unified(values, expected);
        let ty = self.types.map(value);
        self.expr(ExprKind::Map(keys.into_iter().zip(values).collect()), ty, span)
    }

    fn element(&mut self, element: &ast::Expr, expected: Option<Ty>) -> Expr {
        match expected {
            Some(expected) => self.check(element, expected),
            None => self.infer(element, None),
        }
    }

    /// Brings elements that were typed on their own to their common type.
    fn unified(&mut self, mut values: Vec<Expr>, expected: Option<Ty>) -> (Vec<Expr>, Ty) {
        if let Some(expected) = expected {
            return (values, expected);
        }
        let mut types: Vec<Ty> = values.iter().map(|value| value.ty).collect();
        // An element must have a type that has values: a bare `null` is one of an option of nothing.
        if types.contains(&Ty::NULL) {
            let nothing = self.types.option(Ty::NEVER);
            types.iter_mut().filter(|ty| **ty == Ty::NULL).for_each(|ty| *ty = nothing);
        }
        match coerce::common_type(self.types, &types) {
            Ok(common) => {
                for value in &mut values {
                    if value.ty != common && value.ty != Ty::UNKNOWN {
                        let kind = std::mem::replace(&mut value.kind, ExprKind::Unit);
                        let own = Expr { kind, ty: value.ty, span: value.span };
                        *value = self.coerced(own, common);
                    }
                }
                (values, common)
            }
            Err(misfit) => {
                let first = types.iter().copied().find(|&ty| ty != Ty::UNKNOWN).unwrap_or(Ty::UNKNOWN);
                let (first, other) = (self.show(first), self.show(types[misfit]));
                let message = format!("the elements have no common type: {first} before, {other} here");
                let hint = "give the literal an expected type, or make the elements alike";
                self.error_hint(codes::NO_COMMON_TYPE, back(values[misfit].span), message, hint);
                (values, Ty::UNKNOWN)
            }
        }
    }

    /// The key of a map literal or of a map access.
    pub(super) fn map_key(&mut self, key: &ast::Expr) -> Expr {
        self.index_value(key, Ty::STRING, "a map key")
    }

    /// An index or key of the type it must have.
    pub(super) fn index_value(&mut self, index: &ast::Expr, expected: Ty, what: &str) -> Expr {
        let value = self.infer(index, Some(expected));
        if coerce::assignable(self.types, value.ty, expected) {
            return self.coerced(value, expected);
        }
        let message = format!("{what} must be {}, found {}", self.show(expected), self.show(value.ty));
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
