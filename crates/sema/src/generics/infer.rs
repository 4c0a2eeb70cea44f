//! Finding the type arguments of a call from its arguments (language reference 4.7): the first match of a type parameter fixes it,
//! every later one must be the same type.

use fuse_hir::{ParamId, Ty, Type, Types};

use super::{Substitution, parameters_of};
use crate::body::{assignable, is_open, option_content};

/// The type arguments of a call as far as they are known.
pub(crate) struct Inference {
    params: Vec<ParamId>,
    known: Substitution,
    /// Matches with a type that leaves something open (`null`, `[]`): they fix nothing, but must fit in the end.
    open: Vec<(ParamId, Ty)>,
    /// The first parameter that was matched by two types, and these.
    pub conflict: Option<(ParamId, Ty, Ty)>,
}

impl Inference {
    /// Nothing is known but what `known` says: the type that stands for `Self`, explicit type arguments.
    pub fn new(params: &[ParamId], known: Substitution) -> Inference {
        Inference { params: params.to_vec(), known, open: Vec::new(), conflict: None }
    }

    /// What is known.
    pub fn known(&self) -> &Substitution {
        &self.known
    }

    /// Whether a type mentions parameters that are to be found.
    pub fn concerns(&self, types: &Types, ty: Ty) -> bool {
        let mut mentioned = Vec::new();
        parameters_of(types, ty, &mut mentioned);
        mentioned.iter().any(|param| self.params.contains(param))
    }

    /// A parameter's type if everything in it is known.
    pub fn complete(&self, types: &mut Types, ty: Ty) -> Option<Ty> {
        let mut mentioned = Vec::new();
        parameters_of(types, ty, &mut mentioned);
        let open =
            mentioned.iter().any(|&param| self.params.contains(&param) && self.known.get(param).is_none());
        (!open).then(|| self.known.apply(types, ty))
    }

    /// What is found when all arguments have been matched: those that leave something open must fit the others.
    pub fn settle(&mut self, types: &Types) {
        for (param, found) in std::mem::take(&mut self.open) {
            if let Some(known) = self.known.get(param).filter(|&known| !assignable(types, found, known)) {
                self.conflict.get_or_insert((param, known, found));
            }
        }
    }

    /// The parameters of which nothing is known.
    pub fn unknown(&self) -> Vec<ParamId> {
        self.params.iter().copied().filter(|&param| self.known.get(param).is_none()).collect()
    }

    /// Matches the type of a parameter with that of its argument.
    pub fn match_types(&mut self, types: &Types, param: Ty, found: Ty) {
        match (types.get(param), types.get(found)) {
            (&Type::Parameter(param), &Type::Lookup(value)) => self.fix(types, param, value),
            (&Type::Parameter(param), _) => self.fix(types, param, found),
            (Type::Option(_), Type::Null) => {}
            (&Type::Option(inner), _) => {
                let content = option_content(types, found).unwrap_or(found);
                self.match_types(types, inner, content);
            }
            (_, &Type::Lookup(value)) => self.match_types(types, param, value),
            (&Type::List(inner), &Type::List(element)) => self.match_types(types, inner, element),
            (&Type::Map(inner), &Type::Map(value)) => self.match_types(types, inner, value),
            (Type::Result(value, domains), Type::Result(success, own)) => {
                self.match_types(types, *value, *success);
                self.match_domains(types, domains, own);
            }
            (Type::Function(params, result), Type::Function(own, value)) if params.len() == own.len() => {
                for (&param, &found) in params.iter().zip(own) {
                    self.match_types(types, param, found);
                }
                self.match_types(types, *result, *value);
            }
            _ => {}
        }
    }

    /// Domains that mention parameters match those that are left when the others have found theirs.
    fn match_domains(&mut self, types: &Types, domains: &[Ty], found: &[Ty]) {
        let (generic, plain): (Vec<Ty>, Vec<Ty>) =
            domains.iter().partition(|&&domain| self.concerns(types, domain));
        let left = found.iter().filter(|&&own| !plain.iter().any(|&domain| types.same(own, domain)));
        for (domain, &own) in generic.into_iter().zip(left) {
            self.match_types(types, domain, own);
        }
    }

    fn fix(&mut self, types: &Types, param: ParamId, found: Ty) {
        if !self.params.contains(&param) || found == Ty::NEVER {
            return;
        }
        if is_open(types, found) {
            return self.open.push((param, found));
        }
        match self.known.get(param) {
            None => self.known = std::mem::take(&mut self.known).with(param, found),
            Some(known) if known == Ty::UNKNOWN || found == Ty::UNKNOWN || types.same(known, found) => {}
            Some(known) => {
                self.conflict.get_or_insert((param, known, found));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inferred(types: &mut Types, pairs: &[(Ty, Ty)]) -> (Vec<Ty>, bool) {
        let mut inference = Inference::new(&[ParamId(0), ParamId(1)], Substitution::default());
        for &(param, found) in pairs {
            inference.match_types(types, param, found);
        }
        inference.settle(types);
        let found = [0, 1].map(|at| inference.known().get(ParamId(at)).unwrap_or(Ty::UNKNOWN));
        (found.to_vec(), inference.conflict.is_some())
    }

    #[test]
    fn the_first_match_fixes_and_the_others_agree() {
        let mut types = Types::new();
        let t = types.intern(Type::Parameter(ParamId(0)));
        let u = types.intern(Type::Parameter(ParamId(1)));
        let (ts, maybe_u) = (types.list(t), types.option(u));
        let ints = types.list(Ty::INT);
        let nothing = types.list(Ty::NEVER);
        let found = types.lookup(ints);
        let maybe_text = types.option(Ty::STRING);
        let none = Ty::UNKNOWN;
        for (pairs, expected, conflict) in [
            (vec![(t, Ty::INT), (t, Ty::INT)], [Ty::INT, none], false),
            (vec![(t, Ty::INT), (t, Ty::FLOAT)], [Ty::INT, none], true),
            (vec![(ts, ints), (maybe_u, maybe_text)], [Ty::INT, Ty::STRING], false),
            (vec![(ts, found), (maybe_u, Ty::STRING)], [Ty::INT, Ty::STRING], false),
            (vec![(t, found)], [ints, none], false),
            (vec![(ts, nothing), (t, Ty::INT), (maybe_u, Ty::NULL)], [Ty::INT, none], false),
            (vec![(t, Ty::NULL), (t, Ty::INT)], [Ty::INT, none], true),
            (vec![(t, nothing), (t, ints), (t, Ty::NEVER)], [ints, none], false),
            (vec![(ts, Ty::INT)], [none, none], false),
            (vec![(t, maybe_text), (t, Ty::STRING)], [maybe_text, none], true),
        ] {
            assert_eq!(inferred(&mut types, &pairs), (expected.to_vec(), conflict), "{pairs:?}");
        }
    }

    #[test]
    fn functions_and_results_are_looked_through() {
        let mut types = Types::new();
        let t = types.intern(Type::Parameter(ParamId(0)));
        let u = types.intern(Type::Parameter(ParamId(1)));
        let step = types.intern(Type::Function(Box::new([t]), u));
        let length = types.intern(Type::Function(Box::new([Ty::STRING]), Ty::INT));
        assert_eq!(inferred(&mut types, &[(step, length)]), (vec![Ty::STRING, Ty::INT], false));
        let generic = types.result(t, &[Ty::STD_ERROR, u]);
        let result = types.result(Ty::INT, &[Ty::STRING, Ty::STD_ERROR]);
        assert_eq!(inferred(&mut types, &[(generic, result)]), (vec![Ty::INT, Ty::STRING], false));
    }
}
