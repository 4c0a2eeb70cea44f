//! Patterns (language reference 5.20): the type of the subject decides what they mean.

use fuse_diagnostics::{Span, codes};
use fuse_hir::{EnumId, LocalId, Pat, PatKind, StructId, Ty, Type};
use fuse_syntax::{Symbol, ast, sym};

use super::coerce;
use super::{Body, at};
use crate::env::{Name, std_error_member};
use crate::generics::is_self;
use crate::http_types::http_type;
use crate::index::Role;
use crate::index::note::Meaning;

/// What a pattern binds.
#[derive(Default)]
pub(super) struct Bindings {
    /// The names in source order.
    pub names: Vec<(Symbol, LocalId, Span)>,
    /// The pattern has an error: nothing can be said about what it matches.
    pub broken: bool,
}

/// The sub-patterns of a pattern with parentheses.
#[derive(Clone, Copy)]
enum Parts<'t> {
    /// None, and no parentheses.
    Bare,
    /// `(p, q)`
    Positional(&'t [ast::Pattern]),
    /// `(a=p, b=q)`
    Named(&'t [ast::NamedPattern]),
}

/// What the name of a pattern refers to.
enum Referent {
    Variant(EnumId, u32),
    Struct(StructId),
    /// Reported elsewhere.
    Failed,
    /// Nothing; why.
    Nothing(String),
}

impl Body<'_, '_> {
    /// A pattern on a subject of the type, with what it binds.
    pub(super) fn checked_pattern(&mut self, pattern: &ast::Pattern, subject: Ty) -> (Pat, Bindings) {
        self.pattern = Bindings::default();
        let checked = self.sub_pattern(pattern, subject);
        (checked, std::mem::take(&mut self.pattern))
    }

    fn sub_pattern(&mut self, pattern: &ast::Pattern, subject: Ty) -> Pat {
        if subject == Ty::UNKNOWN {
            return self.lost(pattern, subject);
        }
        if subject == Ty::NEVER {
            // There is no value to match: whatever the pattern says is right.
            self.stray_names(pattern, Ty::NEVER);
            return self.wild(subject, pattern.span);
        }
        let kind = match &pattern.kind {
            ast::PatternKind::Wildcard => PatKind::Wild,
            ast::PatternKind::Error(_) => return self.lost(pattern, subject),
            ast::PatternKind::Int(value) => {
                return self.literal_pattern(pattern, PatKind::Int(*value), Ty::INT, subject);
            }
            ast::PatternKind::Float(value) => {
                return self.literal_pattern(pattern, PatKind::Float(*value), Ty::FLOAT, subject);
            }
            ast::PatternKind::Bool(value) => {
                return self.literal_pattern(pattern, PatKind::Bool(*value), Ty::BOOL, subject);
            }
            ast::PatternKind::Str(text) => {
                let text = PatKind::String(self.text(*text).into());
                return self.literal_pattern(pattern, text, Ty::STRING, subject);
            }
            ast::PatternKind::Null => match self.types.get(subject) {
                Type::Option(_) | Type::Lookup(_) | Type::Dynamic => PatKind::Null,
                _ => {
                    let message =
                        format!("`null` cannot match {}, which is never `null`", self.show(subject));
                    return self.misfit(pattern, subject, message);
                }
            },
            ast::PatternKind::Name(name) => return self.name_pattern(pattern, name, Parts::Bare, subject),
            ast::PatternKind::Positional { name, args } => {
                return self.name_pattern(pattern, name, Parts::Positional(args), subject);
            }
            ast::PatternKind::Named { name, args } => {
                return self.name_pattern(pattern, name, Parts::Named(args), subject);
            }
        };
        Pat { kind, ty: subject, span: at(pattern.span) }
    }

    /// A literal; on an option or lookup it stands for a value that is there.
    fn literal_pattern(&mut self, pattern: &ast::Pattern, kind: PatKind, ty: Ty, subject: Ty) -> Pat {
        let content = coerce::option_content(self.types, subject);
        let value = content.unwrap_or(subject);
        if !matches!(coerce::operand(self.types, value), own if own == ty || own == Ty::DYNAMIC) {
            let message = format!("a literal of type {} cannot match {}", self.show(ty), self.show(subject));
            return self.misfit(pattern, subject, message);
        }
        let span = at(pattern.span);
        let literal = Pat { kind, ty: value, span };
        match content {
            Some(_) => Pat { kind: PatKind::Some(Box::new(literal)), ty: subject, span },
            None => literal,
        }
    }

    fn name_pattern(
        &mut self,
        pattern: &ast::Pattern,
        name: &ast::Path,
        parts: Parts<'_>,
        subject: Ty,
    ) -> Pat {
        if let Some(bare) = name.simple()
            && let Some(checked) = self.bare_pattern(pattern, name, bare, parts, subject)
        {
            return checked;
        }
        match self.referent(name) {
            Referent::Failed => self.lost(pattern, subject),
            Referent::Nothing(_) if name.head.name == sym::SELF_TYPE && self.self_is_unknown() => {
                self.self_outside_impl(name.head.span);
                self.lost(pattern, subject)
            }
            Referent::Nothing(message) => {
                let unqualified = match (name.simple(), self.types.get(subject)) {
                    (Some(bare), Type::Union(domains)) => self.unqualified(domains, bare.name),
                    _ => None,
                };
                let (code, message) = match (name.simple(), self.types.get(subject), unqualified) {
                    (None, Type::Enum(_), _) => (codes::PATTERN_UNKNOWN_VARIANT, message),
                    (.., Some(message)) => (codes::PATTERN_MISMATCH, message),
                    _ => {
                        let message = format!("{message}: the pattern cannot match {}", self.show(subject));
                        (codes::PATTERN_MISMATCH, message)
                    }
                };
                self.error(code, pattern.span, message);
                self.lost(pattern, subject)
            }
            Referent::Variant(id, number) => {
                let ty = self.types.intern(Type::Enum(id));
                self.in_domain(pattern, ty, subject, |body| {
                    body.variant_pattern(pattern, id, number, parts, ty)
                })
            }
            Referent::Struct(id) => {
                let ty = self.env.struct_type(id, self.types);
                self.in_domain(pattern, ty, subject, |body| body.struct_pattern(pattern, id, parts, ty))
            }
        }
    }

    /// What an undotted name means by the subject alone: a variant, a constructor, or a binding.
    fn bare_pattern(
        &mut self,
        pattern: &ast::Pattern,
        pattern_name: &ast::Path,
        name: ast::Ident,
        parts: Parts<'_>,
        subject: Ty,
    ) -> Option<Pat> {
        let is_binding = matches!(parts, Parts::Bare);
        if is_binding && self.is_pinned(pattern_name) {
            return Some(self.binding(name, pattern.span, subject));
        }
        match *self.types.get(subject) {
            Type::Enum(id) => {
                if let Some(number) = self.env.enumeration(id).variant(name.name) {
                    self.note(name.span, Meaning::Variant(id, number));
                    return Some(self.variant_pattern(pattern, id, number, parts, subject));
                }
                if is_binding && !self.is_capitalised(name.name) {
                    return Some(self.binding(name, pattern.span, subject));
                }
                let declared = self.env.enumeration(id);
                let variants: Vec<&str> =
                    declared.variants.iter().map(|variant| self.text(variant.name)).collect();
                let text = self.text(name.name);
                let message = format!("{} has no variant `{text}`", self.text(declared.name));
                match self.near(text, variants) {
                    Some(near) => {
                        let hint = format!("did you mean `{near}`?");
                        self.error_hint(codes::PATTERN_UNKNOWN_VARIANT, pattern.span, message, hint);
                    }
                    None => self.error(codes::PATTERN_UNKNOWN_VARIANT, pattern.span, message),
                }
                Some(self.lost(pattern, subject))
            }
            Type::Option(_) | Type::Lookup(_) | Type::Dynamic if name.name == sym::NONE => {
                self.note(name.span, Meaning::Constructor(name.name));
                let none = self.fixed_parts(pattern, name, parts, 0, subject)?;
                debug_assert!(none.is_empty());
                Some(Pat { kind: PatKind::Null, ty: subject, span: at(pattern.span) })
            }
            Type::Option(_) | Type::Lookup(_) | Type::Dynamic if name.name == sym::SOME => {
                self.note(name.span, Meaning::Constructor(name.name));
                let content = coerce::option_content(self.types, subject).unwrap_or(subject);
                Some(self.wrapping(pattern, name, parts, content, subject, PatKind::Some))
            }
            Type::Result(value, _) if name.name == sym::OK => {
                self.note(name.span, Meaning::Constructor(name.name));
                Some(self.wrapping(pattern, name, parts, value, subject, PatKind::Ok))
            }
            Type::Result(_, ref domains) if name.name == sym::ERR => {
                self.note(name.span, Meaning::Constructor(name.name));
                let payload = match **domains {
                    [] => Ty::UNKNOWN,
                    [domain] => domain,
                    _ => {
                        let union = Type::Union(domains.clone());
                        self.types.intern(union)
                    }
                };
                Some(self.wrapping(pattern, name, parts, payload, subject, PatKind::Err))
            }
            Type::Option(_) | Type::Lookup(_) | Type::Result(..)
                if is_binding && self.is_capitalised(name.name) =>
            {
                let allowed = if matches!(self.types.get(subject), Type::Result(..)) {
                    "`Ok` or `Err`"
                } else {
                    "`Some` or `None`"
                };
                let text = self.text(name.name);
                let message = format!(
                    "`{text}` is no variant of {}: write {allowed}, or a name in lower case",
                    self.show(subject)
                );
                self.error(codes::PATTERN_UNKNOWN_VARIANT, pattern.span, message);
                Some(self.lost(pattern, subject))
            }
            Type::Union(ref domains) if is_binding => Some(match self.unqualified(domains, name.name) {
                Some(message) => self.misfit(pattern, subject, message),
                None => self.binding(name, pattern.span, subject),
            }),
            _ if is_binding => Some(self.binding(name, pattern.span, subject)),
            _ => None,
        }
    }

    /// What to say of a bare name that a variant of one of a union's domains has: there it must be qualified.
    fn unqualified(&self, domains: &[Ty], name: Symbol) -> Option<String> {
        let domain = domains.iter().copied().find(|&domain| {
            matches!(*self.types.get(domain), Type::Enum(id) if self.env.enumeration(id).variant(name).is_some())
        })?;
        let (text, domain) = (self.text(name), self.show(domain));
        Some(format!(
            "`{text}` is a variant of {domain}, one of several error domains: write `{domain}.{text}`"
        ))
    }

    /// Whether a name is a binding because it was one in the template, whatever the subject's type has become.
    pub(super) fn is_pinned(&self, name: &ast::Path) -> bool {
        self.pinned.is_some_and(|pinned| pinned.bindings.contains(&name.head.span.start))
    }

    pub(super) fn is_capitalised(&self, name: Symbol) -> bool {
        self.text(name).starts_with(|c: char| c.is_ascii_uppercase())
    }

    fn binding(&mut self, name: ast::Ident, span: Span, subject: Ty) -> Pat {
        if name.name == sym::UNDERSCORE || name.name == sym::EMPTY {
            return self.wild(subject, span);
        }
        let is_parameter = |ty: Ty| matches!(self.types.get(ty), Type::Parameter(_));
        let depends = match self.types.get(subject) {
            Type::Union(domains) => domains.iter().copied().any(is_parameter),
            _ => is_parameter(coerce::opened(self.types, subject)),
        };
        if depends {
            self.findings.bindings.insert(name.span.start);
        }
        let local = self.bind_in_pattern(name, subject);
        Pat { kind: PatKind::Bind(local), ty: subject, span: at(span) }
    }

    fn bind_in_pattern(&mut self, name: ast::Ident, ty: Ty) -> LocalId {
        let local = self.local(name.name, ty);
        if self.pattern.names.iter().any(|&(known, ..)| known == name.name) {
            let message = format!("the pattern binds `{}` twice", self.text(name.name));
            self.error(codes::PATTERN_DUPLICATE, name.span, message);
        } else {
            self.pattern.names.push((name.name, local, name.span));
        }
        local
    }

    /// `Some(p)`, `Ok(p)`, `Err(p)`.
    fn wrapping(
        &mut self,
        pattern: &ast::Pattern,
        name: ast::Ident,
        parts: Parts<'_>,
        content: Ty,
        subject: Ty,
        make: fn(Box<Pat>) -> PatKind,
    ) -> Pat {
        let Some([inner]) = self.fixed_parts(pattern, name, parts, 1, subject) else {
            return self.lost(pattern, subject);
        };
        let inner = self.sub_pattern(inner, content);
        Pat { kind: make(Box::new(inner)), ty: subject, span: at(pattern.span) }
    }

    /// The positional sub-patterns of a constructor that takes a fixed number of them.
    fn fixed_parts<'t>(
        &mut self,
        pattern: &ast::Pattern,
        name: ast::Ident,
        parts: Parts<'t>,
        expected: usize,
        subject: Ty,
    ) -> Option<&'t [ast::Pattern]> {
        let found: &[ast::Pattern] = match parts {
            Parts::Bare => &[],
            Parts::Positional(list) => list,
            Parts::Named(list) => {
                let text = self.text(name.name);
                let message = format!("`{text}` has no fields: its sub-pattern has no name");
                self.error(codes::PATTERN_MISMATCH, pattern.span, message);
                for named in list {
                    self.lost(&named.pattern, subject);
                }
                self.pattern.broken = true;
                return if expected == 0 { Some(&[]) } else { None };
            }
        };
        if found.len() != expected {
            self.wrong_count(pattern, self.text(name.name), expected, found.len());
            self.pattern.broken = true;
            return if expected == 0 { Some(&[]) } else { None };
        }
        Some(found)
    }

    fn wrong_count(&mut self, pattern: &ast::Pattern, name: &str, expected: usize, found: usize) {
        let message = format!("`{name}` has {expected} sub-pattern{}, found {found}", plural(expected));
        self.error(codes::PATTERN_ARITY, pattern.span, message);
    }

    fn variant_pattern(
        &mut self,
        pattern: &ast::Pattern,
        id: EnumId,
        number: u32,
        parts: Parts<'_>,
        ty: Ty,
    ) -> Pat {
        let env = self.env;
        let declared = env.enumeration(id);
        let variant = &declared.variants[number as usize];
        let mut inner = Vec::new();
        match parts {
            Parts::Named(list) => {
                for (position, named) in list.iter().enumerate() {
                    let label = variant.labels.iter().position(|&label| label == named.name.name);
                    let repeated = list[..position].iter().any(|other| other.name.name == named.name.name);
                    let payload = match label {
                        Some(label) if !repeated => {
                            let meaning = Meaning::Label(id, number, label as u32);
                            self.note_as(named.name.span, meaning, Role::Argument);
                            let payload = variant.payload[label];
                            let checked = self.sub_pattern(&named.pattern, payload);
                            inner.push((label as u32, checked));
                            continue;
                        }
                        Some(label) => {
                            self.repeated_part(named);
                            variant.payload[label]
                        }
                        None => {
                            let message = format!(
                                "{}.{} has no element `{}`",
                                self.text(declared.name),
                                self.text(variant.name),
                                self.text(named.name.name)
                            );
                            self.error(codes::PATTERN_MISMATCH, pattern.span, message);
                            Ty::UNKNOWN
                        }
                    };
                    self.lost(&named.pattern, payload);
                }
            }
            Parts::Bare | Parts::Positional(_) => {
                let list: &[ast::Pattern] = if let Parts::Positional(list) = parts { list } else { &[] };
                if list.len() != variant.payload.len() {
                    self.wrong_count(pattern, self.text(variant.name), variant.payload.len(), list.len());
                    return self.lost(pattern, ty);
                }
                for (number, (sub, &payload)) in list.iter().zip(&variant.payload).enumerate() {
                    inner.push((number as u32, self.sub_pattern(sub, payload)));
                }
            }
        }
        Pat { kind: PatKind::Variant(number, inner), ty, span: at(pattern.span) }
    }

    fn repeated_part(&mut self, named: &ast::NamedPattern) {
        let message = format!("the pattern names `{}` twice", self.text(named.name.name));
        self.error(codes::PATTERN_DUPLICATE, named.name.span, message);
    }

    fn struct_pattern(&mut self, pattern: &ast::Pattern, id: StructId, parts: Parts<'_>, ty: Ty) -> Pat {
        let env = self.env;
        let declared = env.strukt(id);
        let name = self.text(declared.name);
        let list = match parts {
            Parts::Named(list) => list,
            Parts::Positional([]) => &[],
            Parts::Bare => {
                let message = format!("`{name}` is a type: write `{name}()` to match its values");
                return self.misfit(pattern, ty, message);
            }
            Parts::Positional(_) => {
                let message = format!("the fields of {name} are named: write `field=pattern`");
                return self.misfit(pattern, ty, message);
            }
        };
        let mut inner = Vec::new();
        for (position, named) in list.iter().enumerate() {
            if list[..position].iter().any(|other| other.name.name == named.name.name) {
                self.repeated_part(named);
                self.lost(&named.pattern, Ty::UNKNOWN);
                continue;
            }
            let field = match ty {
                Ty::STD_ERROR => std_error_member(named.name.name, self.types),
                _ => declared.field(named.name.name).map(|at| (at, declared.fields[at as usize].ty)),
            };
            match field {
                Some((number, field)) => {
                    let meaning = Meaning::Field(id, named.name.name);
                    self.note_as(named.name.span, meaning, Role::Argument);
                    inner.push((number, self.sub_pattern(&named.pattern, field)));
                }
                None => {
                    if !declared.incomplete {
                        let message = format!("{name} has no field `{}`", self.text(named.name.name));
                        self.error(codes::PATTERN_MISMATCH, pattern.span, message);
                    }
                    self.lost(&named.pattern, Ty::UNKNOWN);
                }
            }
        }
        Pat { kind: PatKind::Struct(inner), ty, span: at(pattern.span) }
    }

    /// A pattern for values of `ty` on a subject: the same type, or a union that has it as a domain.
    fn in_domain(
        &mut self,
        pattern: &ast::Pattern,
        ty: Ty,
        subject: Ty,
        check: impl FnOnce(&mut Self) -> Pat,
    ) -> Pat {
        if ty == subject {
            return check(self);
        }
        let domain = match self.types.get(subject) {
            Type::Union(domains) => domains.iter().position(|&domain| domain == ty),
            _ => None,
        };
        if let Some(number) = domain {
            let inner = check(self);
            return Pat {
                kind: PatKind::Domain(number as u32, Box::new(inner)),
                ty: subject,
                span: at(pattern.span),
            };
        }
        let message = format!("a pattern for {} cannot match {}", self.show(ty), self.show(subject));
        self.misfit(pattern, subject, message)
    }

    /// What the name of a pattern refers to in the module.
    fn referent(&self, path: &ast::Path) -> Referent {
        if let Some(id) = http_type(path) {
            for segment in path.segments() {
                self.note(segment.span, Meaning::BuiltinType(segment.name));
            }
            return Referent::Struct(id);
        }
        let head = match self.info.scope.ty(path.head.name).map(|ty| self.types.get(ty)) {
            Some(Type::Struct(id)) if is_self(path.head.name) => {
                self.note(path.head.span, Meaning::Name(Name::Struct(*id)));
                Some(Name::Struct(*id))
            }
            Some(Type::Enum(id)) if is_self(path.head.name) => {
                self.note(path.head.span, Meaning::Name(Name::Enum(*id)));
                Some(Name::Enum(*id))
            }
            Some(Type::Unknown) => return Referent::Failed,
            Some(_) => {
                let message = format!(
                    "`{}` is a type parameter: nothing is known of its form",
                    self.text(path.head.name)
                );
                return Referent::Nothing(message);
            }
            None => {
                if self.pinned.is_none() {
                    self.env.note_path(self.module, path);
                }
                self.env.lookup(self.module, path.head.name)
            }
        };
        let Some(mut name) = head else {
            let text = self.text(path.head.name);
            return Referent::Nothing(match path.head.name {
                sym::SOME | sym::NONE => format!("`{text}` is a form of options"),
                sym::OK | sym::ERR => format!("`{text}` is a form of results"),
                _ => format!("`{text}` is no variant or type that is known here"),
            });
        };
        for (position, segment) in path.rest.iter().enumerate() {
            if matches!(name, Name::Failed) || segment.name == sym::EMPTY {
                return Referent::Failed;
            }
            if let (Name::Enum(id), true) = (name, position + 1 == path.rest.len()) {
                let declared = self.env.enumeration(id);
                return match declared.variant(segment.name) {
                    Some(number) => {
                        self.note(segment.span, Meaning::Variant(id, number));
                        Referent::Variant(id, number)
                    }
                    None => Referent::Nothing(format!(
                        "{} has no variant `{}`",
                        self.text(declared.name),
                        self.text(segment.name)
                    )),
                };
            }
            match self.env.member(name, segment.name) {
                Some(inner) => name = inner,
                None => {
                    let message = format!("there is no variant or type `{}` here", self.text(segment.name));
                    return Referent::Nothing(message);
                }
            }
        }
        match name {
            Name::Failed => Referent::Failed,
            Name::Struct(_) | Name::StdError => name.as_struct().map_or(Referent::Failed, Referent::Struct),
            _ => Referent::Nothing(format!(
                "`{}` is {}, not a variant or a struct type",
                self.text(path.last().name),
                self.env.describe(name)
            )),
        }
    }

    /// Whether `Self` means nothing here.
    fn self_is_unknown(&self) -> bool {
        self.info.scope.ty(sym::SELF_TYPE).is_none()
    }

    /// Reports a pattern that does not fit its subject.
    fn misfit(&mut self, pattern: &ast::Pattern, subject: Ty, message: String) -> Pat {
        self.error(codes::PATTERN_MISMATCH, pattern.span, message);
        self.lost(pattern, subject)
    }

    /// What stands for a pattern that has an error, or one on an unknown subject. Its names exist all the same, so that the body
    /// below is not told that they do not.
    fn lost(&mut self, pattern: &ast::Pattern, subject: Ty) -> Pat {
        self.pattern.broken = true;
        self.stray_names(pattern, Ty::UNKNOWN);
        self.wild(subject, pattern.span)
    }

    /// Binds the names of a pattern that is not checked.
    fn stray_names(&mut self, pattern: &ast::Pattern, ty: Ty) {
        match &pattern.kind {
            ast::PatternKind::Name(path) => {
                if let Some(name) = path.simple() {
                    let known = self.pattern.names.iter().any(|&(known, ..)| known == name.name);
                    let constructor = matches!(name.name, sym::NONE | sym::SOME | sym::OK | sym::ERR);
                    if !known && !constructor && name.name != sym::EMPTY && name.name != sym::UNDERSCORE {
                        self.bind_in_pattern(name, ty);
                    }
                }
            }
            ast::PatternKind::Positional { args, .. } | ast::PatternKind::Error(args) => {
                for arg in args {
                    self.stray_names(arg, ty);
                }
            }
            ast::PatternKind::Named { args, .. } => {
                for arg in args {
                    self.stray_names(&arg.pattern, ty);
                }
            }
            _ => {}
        }
    }
}

/// The ending of a counted noun.
pub(super) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
