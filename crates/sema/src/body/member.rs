//! Members of values and indexing (language reference 5.15, 5.16).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{ConfigId, Expr, ExprKind, StdErrors, StructId, Ty, Type};
use fuse_syntax::{Symbol, ast, sym};

use super::{Body, back, coerce};
use crate::env::std_error_member;
use crate::index::note::Meaning;

impl Body<'_, '_> {
    /// `base.name`, where the base is a value.
    pub(super) fn member_of(&mut self, base: Expr, name: ast::Ident, span: Span) -> Expr {
        let base = self.opened(base);
        self.note_base(base.ty, name);
        if name.name == sym::EMPTY {
            return self.unknown(span);
        }
        match self.types.get(base.ty).clone() {
            Type::Unknown => self.unknown(span),
            Type::Never => base,
            Type::Struct(id) => match self.env.strukt(id).field(name.name) {
                Some(number) => {
                    self.note(name.span, Meaning::Field(id, name.name));
                    let ty = self.env.strukt(id).fields[number as usize].ty;
                    self.expr(ExprKind::Field(Box::new(base), number), ty, span)
                }
                None if self.find_method(base.ty, name).is_some() => self.method_not_called(name, span),
                None => self.no_field(id, name, span),
            },
            Type::Enum(_) if self.find_method(base.ty, name).is_some() => self.method_not_called(name, span),
            Type::Parameter(param) => match self.find_method(base.ty, name) {
                Some(_) => self.method_not_called(name, span),
                None => {
                    self.not_provided(base.ty, self.env.type_param(param).name, name);
                    self.unknown(span)
                }
            },
            Type::StdError => match std_error_member(name.name, self.types) {
                Some((number, ty)) => {
                    self.note(name.span, Meaning::Field(StdErrors::BASE, name.name));
                    let member = StdErrors::MEMBERS[number as usize];
                    self.expr(ExprKind::ErrorField(Box::new(base), member), ty, span)
                }
                None => self.no_member(base.ty, name, span),
            },
            Type::Union(domains) => match self.union_field(&domains, name.name) {
                Some((numbers, ty)) => {
                    match domains.first().map(|&domain| self.types.get(domain)) {
                        Some(Type::Struct(id)) => self.note(name.span, Meaning::Field(*id, name.name)),
                        Some(Type::StdError) => {
                            self.note(name.span, Meaning::Field(StdErrors::BASE, name.name));
                        }
                        _ => {}
                    }
                    self.expr(ExprKind::UnionField(Box::new(base), numbers), ty, span)
                }
                None => {
                    let text = self.text(name.name);
                    let message =
                        format!("not every one of {} has a field `{text}` of one type", self.show(base.ty));
                    let hint = "take the value apart with patterns first";
                    self.error_hint(codes::UNKNOWN_MEMBER, name.span, message, hint);
                    self.unknown(span)
                }
            },
            Type::Config(id) => self.config_member(id, base, name, span),
            // Of an option of one; a call comes another way.
            Type::Query => self.query_method_not_called(name, span),
            Type::Dynamic => {
                let message = "a dynamic value has no members: give it a type first, or index it, as in `value[\"name\"]`";
                self.error(codes::DYNAMIC_MEMBER, name.span, message);
                self.unknown(span)
            }
            _ => self.no_member(base.ty, name, span),
        }
    }

    /// A field of a config. The value is known by its type; the base is evaluated only if that does something.
    fn config_member(&mut self, id: ConfigId, base: Expr, name: ast::Ident, span: Span) -> Expr {
        let env = self.env;
        let declared = env.config(id);
        let config = self.text(declared.name);
        let Some(number) = declared.field(name.name) else {
            let text = self.text(name.name);
            let message = format!("the config {config} has no field `{text}`");
            match self.near(text, declared.fields.iter().map(|field| env.text(field.name))) {
                Some(near) => {
                    let hint = format!("did you mean `{near}`?");
                    self.error_hint(codes::UNKNOWN_MEMBER, name.span, message, hint);
                }
                None => self.error(codes::UNKNOWN_MEMBER, name.span, message),
            }
            return self.unknown(span);
        };
        if !self.is_resolved(id, number) {
            let message =
                format!("`{config}.{}` has no value yet when this default is read", self.text(name.name));
            let hint = "a default may read the fields before it, the configs before it, and those of imported modules";
            self.error_hint(codes::CONFIG_DEFAULT_ORDER, span, message, hint);
            return self.unknown(span);
        }
        self.note(name.span, Meaning::ConfigField(id, number));
        let ty = declared.fields[number as usize].ty;
        let field = self.expr(ExprKind::ConfigField(id, number), ty, span);
        if does_nothing(&base) {
            return field;
        }
        self.expr(ExprKind::Then(Box::new(base), Box::new(field)), ty, span)
    }

    /// Whether a field has its value when the body at hand runs: a config's default reads only what is resolved before it.
    fn is_resolved(&self, id: ConfigId, field: u32) -> bool {
        match self.config_default() {
            Some((own, number)) if own == id => field < number,
            Some((own, _)) => id < own,
            None => true,
        }
    }

    fn no_field(&mut self, id: StructId, name: ast::Ident, span: Span) -> Expr {
        let env = self.env;
        let declared = env.strukt(id);
        if declared.incomplete {
            return self.unknown(span);
        }
        let text = self.text(name.name);
        let message = format!("{} has no field `{text}`", self.text(declared.name));
        match self.near(text, declared.fields.iter().map(|field| env.text(field.name))) {
            Some(near) => {
                self.error_hint(codes::UNKNOWN_MEMBER, name.span, message, format!("did you mean `{near}`?"));
            }
            None => self.error(codes::UNKNOWN_MEMBER, name.span, message),
        }
        self.unknown(span)
    }

    pub(super) fn no_member(&mut self, ty: Ty, name: ast::Ident, span: Span) -> Expr {
        if name.name == sym::EMPTY {
            return self.unknown(span);
        }
        let text = self.text(name.name);
        let message = format!("{} has no member `{text}`", self.show(ty));
        let hint = match self.types.get(ty) {
            Type::Option(_) => {
                Some("the value may be `null`: use `?.`, or `??`, `?!` or `match` to get at it")
            }
            Type::Result(..) => Some("the value may be an error: use `?!` or `match` to get at it"),
            Type::Enum(_) => Some("use `match` to get at the payload"),
            Type::Map(_) => Some("an entry is read by its key: `map[\"key\"]`"),
            _ => None,
        };
        match hint {
            Some(hint) => self.error_hint(codes::UNKNOWN_MEMBER, name.span, message, hint),
            None => self.error(codes::UNKNOWN_MEMBER, name.span, message),
        }
        self.unknown(span)
    }

    /// The numbers of a field that every domain of a union has with the same type.
    fn union_field(&mut self, domains: &[Ty], name: Symbol) -> Option<(Vec<u32>, Ty)> {
        let mut numbers = Vec::with_capacity(domains.len());
        let mut common = None;
        for &domain in domains {
            let (number, ty) = match self.types.get(domain) {
                Type::Struct(id) => {
                    let declared = self.env.strukt(*id);
                    let number = declared.field(name)?;
                    (number, declared.fields[number as usize].ty)
                }
                Type::StdError => std_error_member(name, self.types)?,
                _ => return None,
            };
            if *common.get_or_insert(ty) != ty {
                return None;
            }
            numbers.push(number);
        }
        common.map(|ty| (numbers, ty))
    }

    /// `base[index]`
    pub(super) fn index(&mut self, index: &ast::IndexExpr, span: Span) -> Expr {
        let base = self.infer(&index.base, None);
        let base = self.opened(base);
        match *self.types.get(base.ty) {
            Type::List(element) => {
                let position = self.index_value(&index.index, Ty::INT, "a list index");
                self.expr(ExprKind::Index(Box::new(base), Box::new(position)), element, span)
            }
            Type::Map(value) => {
                let key = self.map_key(&index.index);
                self.lookup(base, key, value, span)
            }
            Type::Dynamic => {
                let position = self.dynamic_index(&index.index);
                self.expr(ExprKind::DynamicIndex(Box::new(base), Box::new(position)), Ty::DYNAMIC, span)
            }
            Type::Unknown | Type::Never => {
                self.infer(&index.index, None);
                base
            }
            _ => {
                self.infer(&index.index, None);
                match self.unconstrained(base.ty) {
                    Some(_) => self.not_an_operation(base.ty, "[ ]", span),
                    None => self.not_indexable(&base, codes::NOT_INDEXABLE),
                }
                self.unknown(span)
            }
        }
    }

    /// `map[key]`: a lookup, or of options the option itself.
    pub(super) fn lookup(&mut self, map: Expr, key: Expr, value: Ty, span: Span) -> Expr {
        let ty = self.types.lookup(value);
        let found = self.expr(ExprKind::Lookup(Box::new(map), Box::new(key)), ty, span);
        match self.types.get(value) {
            Type::Option(_) => self.coerced(found, value),
            _ => found,
        }
    }

    pub(super) fn not_indexable(&mut self, base: &Expr, code: fuse_diagnostics::Code) {
        let shown = self.show(base.ty);
        let message = format!("only lists and maps can be indexed, found {shown}");
        let hint = match coerce::option_content(self.types, base.ty).map(|inner| self.types.get(inner)) {
            Some(Type::List(_) | Type::Map(_)) => {
                Some("the value may be `null`: use `?[ ]`, or `??` to replace it")
            }
            _ => None,
        };
        match hint {
            Some(hint) => self.error_hint(code, back(base.span), message, hint),
            None => self.error(code, back(base.span), message),
        }
    }
}

/// Whether an expression is a mere name, or a field of one: evaluating it does nothing.
pub(super) fn does_nothing(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Config(_) | ExprKind::Local(_) => true,
        ExprKind::Field(base, _) => does_nothing(base),
        _ => false,
    }
}
