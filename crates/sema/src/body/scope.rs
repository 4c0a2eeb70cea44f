//! Local names: scopes, shadowing, cells (language reference 3.8, 5.9, 5.18).
//!
//! All bindings stand on one stack; a table leads from a name to its innermost binding, which knows the one it hides. So a
//! lookup is one hash probe however long the body is, and leaving a scope undoes what the scope did.

use fuse_diagnostics::Span;
use fuse_hir::LocalId;
use fuse_syntax::Symbol;
use rustc_hash::FxHashMap;

/// How a local name came to be: decides whether it can be assigned, and what messages call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `let`
    Let,
    /// `var`
    Var,
    /// A name of a cell (`box`), whatever introduced it.
    Cell,
    /// A parameter.
    Parameter,
    /// `self`.
    Receiver,
    /// A name in a pattern of `match`.
    Pattern,
    /// A name in the pattern of `for`.
    For,
}

impl Origin {
    /// Whether the name can be assigned.
    pub fn assignable(self) -> bool {
        matches!(self, Origin::Var | Origin::Cell)
    }

    /// How messages say it was introduced.
    pub fn describe(self) -> &'static str {
        match self {
            Origin::Let => "bound by `let`",
            Origin::Var => "bound by `var`",
            Origin::Cell => "bound to a box",
            Origin::Parameter => "a parameter",
            Origin::Receiver => "the value that the method was called on",
            Origin::Pattern => "bound by a pattern",
            Origin::For => "bound by `for`",
        }
    }
}

/// A local name.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Its name.
    pub name: Symbol,
    /// What it names; the names of one cell share it.
    pub local: LocalId,
    /// How it was introduced.
    pub origin: Origin,
    /// Where.
    pub span: Span,
    /// The binding of the same name that it hides, as position plus one; 0 if there is none.
    hidden: u32,
}

/// The local names that are visible.
#[derive(Default)]
pub struct Scopes {
    bindings: Vec<Binding>,
    starts: Vec<usize>,
    innermost: FxHashMap<Symbol, u32>,
}

impl Scopes {
    /// Enters a scope.
    pub fn enter(&mut self) {
        self.starts.push(self.bindings.len());
    }

    /// Leaves the innermost scope.
    pub fn leave(&mut self) {
        let start = self.starts.pop().unwrap_or(0);
        while self.bindings.len() > start {
            if let Some(binding) = self.bindings.pop() {
                self.innermost.insert(binding.name, binding.hidden);
            }
        }
    }

    /// How many scopes there are.
    pub fn depth(&self) -> usize {
        self.starts.len()
    }

    /// What a name means here.
    pub fn lookup(&self, name: Symbol) -> Option<&Binding> {
        match self.innermost.get(&name) {
            Some(&position) if position > 0 => self.bindings.get(position as usize - 1),
            _ => None,
        }
    }

    /// Binds a name in the innermost scope. If that scope has the name already, yields where.
    pub fn bind(&mut self, name: Symbol, local: LocalId, origin: Origin, span: Span) -> Option<Span> {
        let start = self.starts.last().copied().unwrap_or(0);
        let hidden = self.innermost.get(&name).copied().unwrap_or(0);
        let earlier = (hidden as usize > start).then(|| self.bindings[hidden as usize - 1].span);
        self.bindings.push(Binding { name, local, origin, span, hidden });
        self.innermost.insert(name, self.bindings.len() as u32);
        earlier
    }

    /// The visible names, the innermost first.
    pub fn names(&self) -> impl Iterator<Item = Symbol> + '_ {
        self.bindings.iter().rev().map(|binding| binding.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_scopes_hide_outer_names_until_they_end() {
        let name = Symbol(7);
        let at = |start| Span::new(start, start + 1);
        let mut scopes = Scopes::default();
        let found = |scopes: &Scopes| scopes.lookup(name).map(|binding| binding.local.0);
        scopes.enter();
        assert_eq!(found(&scopes), None);
        assert_eq!(scopes.bind(name, LocalId(0), Origin::Let, at(0)), None);
        scopes.enter();
        assert_eq!(scopes.bind(name, LocalId(1), Origin::Var, at(5)), None);
        assert_eq!(found(&scopes), Some(1));
        assert_eq!(scopes.bind(name, LocalId(2), Origin::Let, at(9)), Some(at(5)));
        scopes.leave();
        assert_eq!(found(&scopes), Some(0));
        scopes.enter();
        assert_eq!(scopes.bind(Symbol(8), LocalId(3), Origin::Let, at(20)), None);
        scopes.leave();
        assert_eq!(found(&scopes), Some(0));
        scopes.leave();
        assert_eq!(found(&scopes), None);
    }
}
