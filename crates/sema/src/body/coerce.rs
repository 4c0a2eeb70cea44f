//! Relations between types: what fits where (language reference 5.12), common types (5.14), operands (5.15), text forms (7.7).
//!
//! Pure functions of the type table; they report nothing. Types nest to a bounded depth, so recursion over them is safe.

use fuse_hir::{EnumId, HttpTypes, StdErrors, Ty, Type, Types};
use rustc_hash::FxHashSet;

use super::relation::converts;
use crate::env::{EnumInfo, Env};

/// Whether a value of type `from` is accepted where `to` is expected and nothing is tested.
pub fn assignable(types: &Types, from: Ty, to: Ty) -> bool {
    fits(types, from, to, false)
}

/// Whether a value of type `from` is accepted where `to` is expected in a validation position.
pub fn assignable_if_tested(types: &Types, from: Ty, to: Ty) -> bool {
    fits(types, from, to, true)
}

/// The rules of language reference 5.12; refinements take values of their base only if these are tested.
fn fits(types: &Types, from: Ty, to: Ty, tested: bool) -> bool {
    if from == to {
        return true;
    }
    match (types.get(from), types.get(to)) {
        (Type::Unknown | Type::Never, _) | (_, Type::Unknown | Type::Dynamic) => true,
        (Type::Dynamic, _) => holds_values(types, to),
        // A variable that keeps a lookup takes a value, a lookup, or `null`.
        (Type::Null, Type::Option(_) | Type::Lookup(_)) => true,
        (Type::Lookup(v), Type::Lookup(u)) => fits(types, *v, *u, tested),
        (_, Type::Lookup(u)) => fits(types, from, *u, tested),
        (Type::Option(v), Type::Option(u)) => fits(types, *v, *u, tested),
        // A missing entry counts as `null` where an option is expected, and is a null access elsewhere.
        (Type::Lookup(v), Type::Option(u)) => fits(types, *v, *u, tested) || fits(types, *v, to, tested),
        (Type::Lookup(v), _) => fits(types, *v, to, tested),
        (_, Type::Option(u)) => fits(types, from, *u, tested),
        (Type::Refined(base, _), _) => fits(types, *base, to, tested),
        (_, Type::Id | Type::Email) => fits(types, from, Ty::STRING, tested),
        (Type::Id | Type::Email, Type::String) => true,
        (_, Type::Refined(base, _)) => tested && fits(types, from, *base, tested),
        (Type::List(a), Type::List(b)) | (Type::Map(a), Type::Map(b)) => fits(types, *a, *b, tested),
        // Nothing inside of a result is converted or tested.
        (Type::Result(a, from_domains), Type::Result(b, to_domains)) => {
            let fitting = |&domain: &Ty| domain_of(types, domain, to_domains).is_some();
            fits(types, *a, *b, false) && !converts(types, *a, *b) && from_domains.iter().all(fitting)
        }
        (Type::Struct(id), Type::StdError) => {
            (id.0 as usize) < StdErrors::COUNT && *id != StdErrors::VALIDATION_FIELD
        }
        _ => types.same(from, to),
    }
}

/// Whether a type has values other than `null`: not that of an empty literal, to which a dynamic value says nothing.
fn holds_values(types: &Types, ty: Ty) -> bool {
    match types.get(ty) {
        Type::Never | Type::Null => false,
        Type::List(inner) | Type::Map(inner) | Type::Option(inner) | Type::Lookup(inner) => {
            holds_values(types, *inner)
        }
        _ => true,
    }
}

/// The domain that takes errors of type `error`: the same one, or else the first that accepts it.
pub fn domain_of(types: &Types, error: Ty, domains: &[Ty]) -> Option<Ty> {
    let same = domains.iter().find(|&&domain| types.same(error, domain));
    let accepts = |&domain: &Ty| assignable(types, error, domain) && !converts(types, error, domain);
    same.or_else(|| domains.iter().find(|domain| accepts(domain))).copied()
}

/// What a lookup stands for; every other type as it is.
pub fn opened(types: &Types, ty: Ty) -> Ty {
    match types.get(ty) {
        Type::Lookup(value) => *value,
        _ => ty,
    }
}

/// The type that operators see: lookups opened, validated types widened to their base.
pub fn operand(types: &Types, ty: Ty) -> Ty {
    match types.get(ty) {
        Type::Lookup(value) => operand(types, *value),
        Type::Id | Type::Email => Ty::STRING,
        Type::Refined(base, _) => operand(types, *base),
        _ => ty,
    }
}

/// The type of the value inside an option or a lookup.
pub fn option_content(types: &Types, ty: Ty) -> Option<Ty> {
    match types.get(ty) {
        Type::Option(inner) => Some(*inner),
        Type::Lookup(value) => Some(option_content(types, *value).unwrap_or(*value)),
        _ => None,
    }
}

/// Whether the value of a type can be an error: a struct, an enum, one of the `std.Error` family, or `http.error`.
pub fn is_error_type(types: &Types, ty: Ty) -> bool {
    match types.get(ty) {
        Type::Struct(id) => *id != HttpTypes::RESPONSE,
        Type::Enum(_) | Type::StdError | Type::Unknown => true,
        _ => false,
    }
}

/// The common type of the elements of a literal, or the position of the element that does not fit. Lookups count as what
/// they stand for; elements with an error are left out.
pub fn common_type(types: &mut Types, elements: &[Ty]) -> Result<Ty, usize> {
    let mut distinct: Vec<(usize, Ty)> = Vec::new();
    for (position, &element) in elements.iter().enumerate() {
        let element = opened(types, element);
        // Long literals have few types: the list stays short (and is cut, should it not).
        if element != Ty::UNKNOWN && !distinct.iter().any(|&(_, known)| known == element) {
            distinct.push((position, element));
            if distinct.len() > MAX_DISTINCT {
                return Err(position);
            }
        }
    }
    let Some(&(_, first)) = distinct.first() else {
        return Ok(if elements.is_empty() { Ty::NEVER } else { Ty::UNKNOWN });
    };
    if distinct.len() == 1 {
        return Ok(first);
    }
    let accepts_all =
        |types: &Types, candidate| distinct.iter().all(|&(_, element)| assignable(types, element, candidate));
    if let Some(&(_, ty)) = distinct.iter().find(|&&(_, candidate)| accepts_all(types, candidate)) {
        return Ok(ty);
    }
    for &(_, element) in distinct.iter().filter(|&&(_, element)| element != Ty::NULL && element != Ty::NEVER)
    {
        let optional = types.option(element);
        if accepts_all(types, optional) {
            return Ok(optional);
        }
    }
    if let Some(united) = united_result(types, &distinct)
        && accepts_all(types, united)
    {
        return Ok(united);
    }
    if accepts_all(types, Ty::STD_ERROR) {
        return Ok(Ty::STD_ERROR);
    }
    // `null` fits beside anything, so it is not what disturbs.
    let real = distinct.iter().find(|&&(_, element)| element != Ty::NULL && element != Ty::NEVER);
    let wanted = real.map_or(first, |&(_, element)| types.option(element));
    let misfit = distinct.iter().find(|&&(_, element)| !assignable(types, element, wanted));
    Err(misfit.or(distinct.get(1)).map_or(0, |&(position, _)| position))
}

/// More different element types than this have no common type worth looking for.
const MAX_DISTINCT: usize = 64;

/// The result type over the domains of all the given results.
fn united_result(types: &mut Types, elements: &[(usize, Ty)]) -> Option<Ty> {
    let mut values = Vec::new();
    let mut domains = Vec::new();
    for &(_, element) in elements {
        match types.get(element) {
            Type::Result(value, own) => {
                values.push(*value);
                domains.extend(own.iter().copied().filter(|&domain| domain != Ty::NEVER));
            }
            Type::Never => {}
            _ => return None,
        }
    }
    let accepting = |candidate: &Ty| values.iter().all(|&value| assignable(types, value, *candidate));
    let value = values.iter().copied().find(|candidate| accepting(candidate))?;
    Some(types.result(value, &domains))
}

/// Whether values of the type have a text form.
pub fn has_text_form(types: &Types, enums: &[EnumInfo], ty: Ty) -> bool {
    text_form(types, enums, ty, &mut Vec::new())
}

fn text_form(types: &Types, enums: &[EnumInfo], ty: Ty, seen: &mut Vec<EnumId>) -> bool {
    match types.get(ty) {
        Type::Function(..) | Type::Task(_) | Type::Query => false,
        Type::List(inner) | Type::Map(inner) | Type::Option(inner) | Type::Lookup(inner) => {
            text_form(types, enums, *inner, seen)
        }
        Type::Result(value, domains) => {
            text_form(types, enums, *value, seen)
                && domains.iter().all(|&domain| text_form(types, enums, domain, seen))
        }
        Type::Union(domains) => domains.iter().all(|&domain| text_form(types, enums, domain, seen)),
        Type::Enum(id) => {
            // Met again below itself, an enum adds nothing new.
            if seen.contains(id) {
                return true;
            }
            seen.push(*id);
            let variants = enums.get(id.0 as usize).map_or(&[][..], |declared| &declared.variants);
            variants
                .iter()
                .flat_map(|variant| &variant.payload)
                .all(|&payload| text_form(types, enums, payload, seen))
        }
        _ => true,
    }
}

/// Whether values of the type can be encoded as JSON: nothing in them is a task, a query, a function or a config.
pub fn is_encodable(types: &Types, env: &Env<'_>, ty: Ty) -> bool {
    unencodable_part(types, env, ty).is_none()
}

/// The type itself, or that of a part of its values, that has no JSON form.
pub fn unencodable_part(types: &Types, env: &Env<'_>, ty: Ty) -> Option<Ty> {
    let mut seen: FxHashSet<Ty> = FxHashSet::default();
    let mut open = vec![ty];
    while let Some(ty) = open.pop() {
        if !seen.insert(ty) {
            continue;
        }
        match types.get(ty) {
            Type::Function(..) | Type::Task(_) | Type::Query | Type::Config(_) => return Some(ty),
            Type::List(inner) | Type::Map(inner) | Type::Option(inner) | Type::Lookup(inner) => {
                open.push(*inner)
            }
            Type::Result(value, domains) => {
                open.push(*value);
                open.extend_from_slice(domains);
            }
            Type::Union(domains) => open.extend_from_slice(domains),
            Type::Struct(id) => open.extend(env.strukt(*id).fields.iter().map(|field| field.ty)),
            Type::Enum(id) => {
                open.extend(env.enumeration(*id).variants.iter().flat_map(|variant| &variant.payload));
            }
            _ => {}
        }
    }
    None
}

/// Whether a type has a part that no initialiser fixed: the element of `[]` or `{}`, or a bare `null`.
pub fn is_open(types: &Types, ty: Ty) -> bool {
    match types.get(ty) {
        Type::Null => true,
        Type::List(inner) | Type::Map(inner) | Type::Option(inner) => {
            *inner == Ty::NEVER || is_open(types, *inner)
        }
        Type::Result(value, _) => is_open(types, *value),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::VariantInfo;
    use fuse_hir::StructId;

    /// A table with the types that the tests are about.
    struct Fixture {
        types: Types,
        a: Ty,
        b: Ty,
        not_found: Ty,
        field: Ty,
    }

    fn fixture() -> Fixture {
        let mut types = Types::new();
        let a = types.intern(Type::Struct(StructId(20)));
        let b = types.intern(Type::Struct(StructId(21)));
        let not_found = types.intern(Type::Struct(StdErrors::NOT_FOUND));
        let field = types.intern(Type::Struct(StdErrors::VALIDATION_FIELD));
        Fixture { types, a, b, not_found, field }
    }

    #[test]
    fn options_take_null_values_and_narrower_options() {
        let Fixture { mut types, .. } = fixture();
        let int = types.option(Ty::INT);
        let email = types.option(Ty::EMAIL);
        let string = types.option(Ty::STRING);
        assert!(assignable(&types, Ty::NULL, int));
        assert!(assignable(&types, Ty::INT, int));
        assert!(assignable(&types, email, string));
        assert!(assignable(&types, string, email), "String narrows to Email everywhere");
        assert!(!assignable(&types, int, Ty::INT));
        assert!(!assignable(&types, int, string));
        assert!(!assignable(&types, Ty::INT, Ty::FLOAT));
        assert!(!assignable(&types, Ty::NULL, Ty::INT));
    }

    #[test]
    fn lookups_stand_for_their_value_and_for_an_option() {
        let Fixture { mut types, .. } = fixture();
        let found = types.lookup(Ty::INT);
        let option = types.option(Ty::INT);
        let of_option = types.lookup(option);
        assert!(assignable(&types, found, Ty::INT));
        assert!(assignable(&types, found, option));
        assert!(assignable(&types, of_option, option));
        assert!(!assignable(&types, of_option, Ty::INT));
        assert!(assignable(&types, Ty::NULL, found) && assignable(&types, Ty::INT, found));
        assert!(!assignable(&types, found, Ty::STRING) && !assignable(&types, option, found));
        assert_eq!(option_content(&types, of_option), Some(Ty::INT));
    }

    #[test]
    fn results_fit_if_value_and_every_domain_fit() {
        let Fixture { mut types, a, b, not_found, field } = fixture();
        let ab = types.result(Ty::INT, &[a, b]);
        let ba = types.result(Ty::INT, &[b, a]);
        let only_a = types.result(Ty::INT, &[a]);
        let open = types.result(Ty::NEVER, &[a]);
        let base = types.result(Ty::INT, &[Ty::STD_ERROR]);
        let family = types.result(Ty::INT, &[not_found]);
        assert!(assignable(&types, ab, ba) && assignable(&types, ba, ab));
        assert!(assignable(&types, only_a, ab) && !assignable(&types, ab, only_a));
        assert!(assignable(&types, open, only_a) && !assignable(&types, only_a, open));
        assert!(assignable(&types, family, base) && !assignable(&types, base, family));
        assert!(!assignable(&types, field, Ty::STD_ERROR));
        assert!(!assignable(&types, Ty::INT, ab), "wrapping as `Ok` is no assignment");
    }

    #[test]
    fn common_types() {
        let Fixture { mut types, a, b, not_found, field } = fixture();
        let option = types.option(Ty::INT);
        assert_eq!(common_type(&mut types, &[]), Ok(Ty::NEVER));
        assert_eq!(common_type(&mut types, &[Ty::INT, Ty::INT]), Ok(Ty::INT));
        assert_eq!(common_type(&mut types, &[Ty::NULL, Ty::INT]), Ok(option));
        assert_eq!(common_type(&mut types, &[Ty::INT, option, Ty::NULL]), Ok(option));
        assert_eq!(common_type(&mut types, &[Ty::EMAIL, Ty::STRING]), Ok(Ty::EMAIL));
        assert_eq!(common_type(&mut types, &[Ty::INT, Ty::INT, Ty::STRING]), Err(2));
        assert_eq!(common_type(&mut types, &[Ty::INT, Ty::FLOAT]), Err(1));
        assert_eq!(common_type(&mut types, &[Ty::NULL, Ty::INT, Ty::NULL, Ty::FLOAT]), Err(3));
        assert_eq!(common_type(&mut types, &[Ty::UNKNOWN, Ty::INT]), Ok(Ty::INT));
        let conflict = types.intern(Type::Struct(StdErrors::CONFLICT));
        assert_eq!(common_type(&mut types, &[not_found, conflict]), Ok(Ty::STD_ERROR));
        assert_eq!(common_type(&mut types, &[not_found, field]), Err(1));
        let ok = types.result(Ty::INT, &[Ty::NEVER]);
        let err_a = types.result(Ty::NEVER, &[a]);
        let err_b = types.result(Ty::NEVER, &[b]);
        let both = types.result(Ty::INT, &[a, b]);
        assert_eq!(common_type(&mut types, &[ok, err_a, err_b]), Ok(both));
        let found = types.lookup(Ty::INT);
        assert_eq!(common_type(&mut types, &[found, found]), Ok(Ty::INT));
    }

    #[test]
    fn functions_inside_hide_the_text_form() {
        let Fixture { mut types, a, .. } = fixture();
        let function = types.intern(Type::Function(Box::new([]), Ty::UNIT));
        let list = types.list(function);
        let option = types.option(list);
        let result = types.result(Ty::INT, &[a]);
        assert!(!has_text_form(&types, &[], option));
        assert!(has_text_form(&types, &[], result));
        let this = types.intern(Type::Enum(EnumId(0)));
        let again = types.list(this);
        let symbol = fuse_syntax::Symbol(0);
        let variant = |payload| VariantInfo { name: symbol, payload, labels: Vec::new() };
        let declared = |variants| EnumInfo {
            name: symbol,
            module: fuse_hir::ModuleId(0),
            span: Default::default(),
            variants,
            index: Default::default(),
            doc: None,
        };
        assert!(has_text_form(&types, &[declared(vec![variant(vec![again])])], this));
        let both = vec![variant(vec![again]), variant(vec![function])];
        assert!(!has_text_form(&types, &[declared(both)], again));
    }
}
