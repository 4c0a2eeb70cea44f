//! What a value needs to become one of a type that it fits: conversion of its dynamic parts, tests of validated parts
//! (language reference 5.7, 5.12, 5.13).
//!
//! Pure functions of the type table, as those in `coerce`.

use fuse_hir::{Ty, Type, Types};

/// Whether a part of a value is dynamic where the type is not, so that it has to be converted at run time.
pub fn converts(types: &Types, from: Ty, to: Ty) -> bool {
    match (types.get(from), types.get(to)) {
        (_, Type::Unknown | Type::Dynamic) => false,
        (Type::Dynamic, _) => true,
        (Type::Option(v) | Type::Lookup(v), Type::Option(u) | Type::Lookup(u)) => converts(types, *v, *u),
        (Type::Lookup(v), _) => converts(types, *v, to),
        (_, Type::Option(u) | Type::Lookup(u)) => converts(types, from, *u),
        (Type::List(a), Type::List(b)) | (Type::Map(a), Type::Map(b)) => converts(types, *a, *b),
        _ => false,
    }
}

/// Whether a part of a value is static where the type is dynamic, so that it has to have a JSON form.
pub fn becomes_dynamic(types: &Types, from: Ty, to: Ty) -> bool {
    match (types.get(from), types.get(to)) {
        (Type::Dynamic, _) => false,
        (_, Type::Dynamic) => true,
        (Type::Option(v) | Type::Lookup(v), Type::Option(u) | Type::Lookup(u)) => {
            becomes_dynamic(types, *v, *u)
        }
        (Type::Lookup(v), _) => becomes_dynamic(types, *v, to),
        (_, Type::Option(u) | Type::Lookup(u)) => becomes_dynamic(types, from, *u),
        (Type::List(a), Type::List(b)) | (Type::Map(a), Type::Map(b)) => becomes_dynamic(types, *a, *b),
        (Type::Result(a, _), Type::Result(b, _)) => becomes_dynamic(types, *a, *b),
        _ => false,
    }
}

/// Whether a value that fits a type in a validation position has a part that is tested there: one of a validated type whose
/// value may not have been tested before. Dynamic parts are tested when they are converted.
pub fn needs_test(types: &Types, from: Ty, to: Ty) -> bool {
    match (types.get(from), types.get(to)) {
        (Type::Unknown | Type::Never | Type::Null | Type::Dynamic, _) => false,
        // The value was tested when it became one of this type; a value of Id or Email need not have been.
        (Type::Refined(..), Type::Refined(..)) if from == to => false,
        (Type::Refined(base, _), _) if *base == to => false,
        (Type::Option(v) | Type::Lookup(v), Type::Option(u)) => needs_test(types, *v, *u),
        (Type::Lookup(v), _) => needs_test(types, *v, to),
        (_, Type::Option(u)) => needs_test(types, from, *u),
        (Type::List(a), Type::List(b)) | (Type::Map(a), Type::Map(b)) => needs_test(types, *a, *b),
        // Widened, it may be of that type.
        (Type::Refined(base, _), Type::Refined(..) | Type::Id | Type::Email) => needs_test(types, *base, to),
        (_, Type::Refined(..) | Type::Id | Type::Email) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuse_hir::types::Constraint;

    #[test]
    fn dynamic_parts_are_converted_where_the_type_has_none() {
        let mut types = Types::new();
        let values = types.list(Ty::DYNAMIC);
        let ints = types.list(Ty::INT);
        let optional = types.option(ints);
        let rows = types.map(values);
        let typed = types.map(ints);
        let found = types.lookup(values);
        for (from, to) in [
            (Ty::DYNAMIC, Ty::INT),
            (Ty::DYNAMIC, values),
            (values, ints),
            (values, optional),
            (rows, typed),
            (found, ints),
            (found, optional),
        ] {
            assert!(converts(&types, from, to) && !becomes_dynamic(&types, from, to));
        }
        for (from, to) in [(Ty::INT, Ty::DYNAMIC), (ints, values), (typed, rows), (ints, Ty::DYNAMIC)] {
            assert!(!converts(&types, from, to) && becomes_dynamic(&types, from, to));
        }
        for (from, to) in [(values, values), (ints, optional), (Ty::DYNAMIC, Ty::DYNAMIC), (found, values)] {
            assert!(!converts(&types, from, to) && !becomes_dynamic(&types, from, to));
        }
    }

    #[test]
    fn what_was_tested_is_not_tested_again() {
        let mut types = Types::new();
        let small = types.intern(Type::Refined(Ty::INT, Box::new([Constraint::IntRange(1, 9)])));
        let large = types.intern(Type::Refined(Ty::INT, Box::new([Constraint::IntRange(1, 99)])));
        let short = types.intern(Type::Refined(Ty::EMAIL, Box::new([Constraint::Length(1, 9)])));
        let smalls = types.list(small);
        let ints = types.list(Ty::INT);
        let optional = types.option(small);
        let found = types.lookup(Ty::INT);
        let emails = types.list(Ty::EMAIL);
        for (from, to) in [
            (Ty::INT, small),
            (small, large),
            (Ty::INT, optional),
            (ints, smalls),
            (found, small),
            (Ty::STRING, Ty::ID),
            (Ty::EMAIL, Ty::ID),
            (Ty::EMAIL, short),
            (short, Ty::ID),
            (Ty::ID, Ty::ID),
            (emails, emails),
        ] {
            assert!(needs_test(&types, from, to));
        }
        for (from, to) in [
            (small, small),
            (small, optional),
            (smalls, smalls),
            (small, Ty::INT),
            (short, Ty::EMAIL),
            (Ty::NULL, optional),
            (Ty::DYNAMIC, small),
            (Ty::EMAIL, Ty::STRING),
        ] {
            assert!(!needs_test(&types, from, to));
        }
    }
}
