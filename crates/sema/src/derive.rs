//! `type A = B without f`: derived types take over the fields of their base (language reference 4.3).

use fuse_diagnostics::{Diagnostic, codes};
use fuse_hir::{ModuleId, StructId};
use fuse_syntax::{Symbol, ast, sym};
use rustc_hash::FxHashSet;

use crate::declare::path_text;
use crate::env::{Diags, Env, FieldInfo, Name};
use crate::fields::{Undeclared, set_fields};
use crate::http_types::http_type;

/// Fills the field lists of all derived types.
pub(crate) fn expand(env: &mut Env, undeclared: &mut Undeclared, diags: &mut Diags) {
    let mut expander = Expander { states: vec![State::New; env.structs.len()], env, undeclared, diags };
    for at in 0..expander.states.len() {
        expander.expand(StructId(at as u32));
    }
}

/// How far a type has been expanded.
#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Active,
    Done,
    /// Its base, or the base of its base, is not declared.
    Undeclared,
}

struct Expander<'e, 'a, 'd> {
    states: Vec<State>,
    env: &'e mut Env<'a>,
    undeclared: &'d mut Undeclared,
    diags: &'d mut Diags,
}

/// What a base name leads to.
enum Base {
    Struct(StructId),
    /// Reported here; `true` if it is a name that is not declared.
    Bad(bool),
    /// Reported elsewhere.
    Silent,
}

type Derivation<'a> = (ModuleId, &'a ast::Path, &'a [ast::Ident]);

impl<'a> Expander<'_, 'a, '_> {
    /// Expands a type and before it the bases that it needs, without recursion: chains may be long.
    fn expand(&mut self, id: StructId) {
        let mut chain: Vec<StructId> = Vec::new();
        let mut next = id;
        loop {
            let at = next.0 as usize;
            let derivation = self.derivation(next);
            match self.states[at] {
                State::Done | State::Undeclared => break,
                State::Active => {
                    let start = chain.iter().position(|&member| member == next).unwrap_or(0);
                    self.report_cycle(&chain[start..]);
                    break;
                }
                State::New if derivation.is_none() => {
                    self.states[at] = State::Done;
                    break;
                }
                State::New => {}
            }
            let Some((module, path, _)) = derivation else { break };
            self.states[at] = State::Active;
            chain.push(next);
            match self.base(module, path) {
                Base::Struct(base) => next = base,
                Base::Bad(missing) => {
                    self.fail(next, if missing { State::Undeclared } else { State::Done });
                    chain.pop();
                    break;
                }
                Base::Silent => {
                    self.fail(next, State::Done);
                    chain.pop();
                    break;
                }
            }
        }
        // `next` is expanded now, or closes a cycle; its derivatives follow, the nearest first.
        let mut base = next;
        while let Some(derived) = chain.pop() {
            if self.states[derived.0 as usize] == State::Active {
                self.derive(derived, base);
            }
            base = derived;
        }
    }

    fn derivation(&self, id: StructId) -> Option<Derivation<'a>> {
        let (module, decl) = self.env.strukt(id).decl?;
        match &decl.body {
            ast::TypeBody::Derived { base, without } => Some((module, base, without)),
            _ => None,
        }
    }

    /// Fills the fields of a type whose base is expanded.
    fn derive(&mut self, id: StructId, base: StructId) {
        let Some((module, path, without)) = self.derivation(id) else { return };
        if self.states[base.0 as usize] == State::Undeclared {
            let message = format!(
                "`{}` is derived from `{}`, which is not declared",
                path_text(self.env, path),
                self.undeclared_base(base)
            );
            let file = self.env.file(module);
            self.diags.push(Diagnostic::error(codes::TYPE_UNKNOWN, file, path.span(), message));
            return self.fail(id, State::Undeclared);
        }
        let incomplete = self.env.strukt(base).incomplete || self.states[base.0 as usize] == State::Active;
        let mut removed: FxHashSet<Symbol> = FxHashSet::default();
        for field in without.iter().filter(|field| field.name != sym::EMPTY) {
            removed.insert(field.name);
            if self.env.strukt(base).field(field.name).is_none() && !incomplete {
                self.report_field(module, path, base, *field);
            }
        }
        let base_info = self.env.strukt(base);
        let fields: Vec<FieldInfo> =
            base_info.fields.iter().filter(|field| !removed.contains(&field.name)).copied().collect();
        self.report_undeclared_fields(id, base, module, path, &fields);
        set_fields(self.env, id, fields);
        self.env.structs[id.0 as usize].incomplete = incomplete;
        self.states[id.0 as usize] = State::Done;
    }

    /// The name that is not declared at the end of a chain of derivations.
    fn undeclared_base(&self, mut id: StructId) -> String {
        while let Some((module, path, _)) = self.derivation(id) {
            match self.env.find(module, path).and_then(Name::as_struct) {
                Some(base) => id = base,
                None => return path_text(self.env, path),
            }
        }
        String::new()
    }

    fn report_field(&mut self, module: ModuleId, path: &ast::Path, base: StructId, field: ast::Ident) {
        let text = self.env.text(field.name);
        let message = format!("`{}` has no field `{text}`", path_text(self.env, path));
        let file = self.env.file(module);
        let mut diagnostic = Diagnostic::error(codes::TYPE_DERIVE_FIELD, file, field.span, message);
        let fields = self.env.strukt(base).fields.iter().map(|field| self.env.text(field.name));
        if let Some(meant) = self.env.suggest(text, fields) {
            diagnostic = diagnostic.hint(format!("did you mean `{meant}`?"));
        }
        self.diags.push(diagnostic);
    }

    /// A field that is taken over although its type is not declared.
    fn report_undeclared_fields(
        &mut self,
        id: StructId,
        base: StructId,
        module: ModuleId,
        path: &ast::Path,
        fields: &[FieldInfo],
    ) {
        if self.undeclared.is_empty() {
            return;
        }
        for field in fields {
            let Some(name) = self.undeclared.get(&(base, field.name)).cloned() else { continue };
            let message = format!(
                "`{name}`, which the field `{}` of `{}` has as its type, is not declared",
                self.env.text(field.name),
                path_text(self.env, path)
            );
            let file = self.env.file(module);
            self.diags.push(Diagnostic::error(codes::TYPE_UNKNOWN, file, path.span(), message));
            self.undeclared.insert((id, field.name), name);
        }
    }

    fn fail(&mut self, id: StructId, state: State) {
        self.states[id.0 as usize] = state;
        self.env.structs[id.0 as usize].incomplete = true;
    }

    /// The struct type that a base names.
    fn base(&mut self, module: ModuleId, path: &ast::Path) -> Base {
        if path.head.name == sym::EMPTY {
            return Base::Silent;
        }
        let mut found = self.env.lookup(module, path.head.name);
        for segment in &path.rest {
            found = match found {
                Some(name @ Name::Failed) => Some(name),
                Some(name) => self.env.member(name, segment.name),
                None => None,
            };
        }
        let text = path_text(self.env, path);
        let (message, missing) = match found {
            Some(Name::Failed) => return Base::Silent,
            Some(name) => match name.as_struct() {
                Some(id) => return Base::Struct(id),
                None => (format!("`{text}` is {}, not a type with fields", self.env.describe(name)), false),
            },
            None if http_type(path).is_some() => {
                (format!("`{text}` is a type of the HTTP client, from which none can be derived"), false)
            }
            None if crate::declare::is_predefined(path.head.name) && path.rest.is_empty() => {
                (format!("`{text}` is not a type with fields"), false)
            }
            None => (format!("there is no type `{text}`"), true),
        };
        let file = self.env.file(module);
        self.diags.push(Diagnostic::error(codes::TYPE_DERIVE_BASE, file, path.span(), message));
        Base::Bad(missing)
    }

    fn report_cycle(&mut self, members: &[StructId]) {
        // One diagnostic for the cycle, at the type that is declared first.
        let Some(first) = (0..members.len()).min_by_key(|&at| members[at]) else { return };
        let order = members[first..].iter().chain(&members[..=first]);
        let names: Vec<&str> = order.map(|&id| self.env.text(self.env.strukt(id).name)).collect();
        let message = format!("types are derived from each other in a circle: {}", names.join(" → "));
        let info = self.env.strukt(members[first]);
        let Some((module, _)) = info.decl else { return };
        let (file, span) = (self.env.file(module), info.span);
        self.diags.push(Diagnostic::error(codes::TYPE_DERIVE_CYCLE, file, span, message));
        for &member in members {
            self.fail(member, State::Done);
        }
    }
}
