//! Fields of types and payloads of enums: their names, types and defaults.

use fuse_diagnostics::{Span, codes};
use fuse_hir::{EnumId, FnId, FnKind, ModuleId, StructId, Ty, Type, Types};
use fuse_syntax::{Symbol, ast, sym};
use rustc_hash::FxHashMap;

use crate::declare::{Declared, both_places, path_text};
use crate::env::{Diags, Env, FieldInfo, FnBody, FnInfo, NameIndex, VariantInfo};
use crate::generics::Scope;

/// Fields whose type names something that is not declared, with that name; derived types report that again.
pub(crate) type Undeclared = FxHashMap<(StructId, Symbol), String>;

/// Fills the field lists of all types that are declared by one. Derived types stay empty.
pub(crate) fn resolve_fields(env: &mut Env, types: &mut Types, diags: &mut Diags) -> Undeclared {
    let mut undeclared = Undeclared::default();
    for at in 0..env.structs.len() {
        let id = StructId(at as u32);
        let Some((module, decl)) = env.structs[at].decl else { continue };
        match &decl.body {
            ast::TypeBody::Fields(list) => {
                let fields = fields_of(env, id, module, list, types, &mut undeclared, diags);
                set_fields(env, id, fields);
                env.structs[at].incomplete =
                    list.is_empty() || list.iter().any(|field| field.name.name == sym::EMPTY);
            }
            ast::TypeBody::Derived { .. } => set_fields(env, id, Vec::new()),
            ast::TypeBody::Error => {
                set_fields(env, id, Vec::new());
                env.structs[at].incomplete = true;
            }
        }
    }
    undeclared
}

/// Sets the fields of a type.
pub(crate) fn set_fields(env: &mut Env, id: StructId, fields: Vec<FieldInfo>) {
    let info = &mut env.structs[id.0 as usize];
    info.index = NameIndex::new(fields.iter().map(|field| field.name));
    info.fields = fields;
}

fn fields_of<'a>(
    env: &mut Env<'a>,
    id: StructId,
    module: ModuleId,
    list: &'a [ast::Field],
    types: &mut Types,
    undeclared: &mut Undeclared,
    diags: &mut Diags,
) -> Vec<FieldInfo> {
    let mut fields = Vec::with_capacity(list.len());
    let mut unique = Unique::new(list.len());
    for field in list {
        let reported = diags.len();
        let ty = env.resolve_type(module, &field.ty, types, diags);
        if let Some(found) = diags[reported..].iter().find(|found| is_undeclared(found.code)) {
            let name = name_at(&field.ty, found.span).map(|path| path_text(env, path)).unwrap_or_default();
            undeclared.insert((id, field.name.name), name);
        }
        let default = field.default.as_ref().map(|expr| {
            let owner = env.text(env.strukt(id).name);
            let name = format!("{owner}.{}", env.text(field.name.name));
            add_default(env, name, module, expr, ty)
        });
        if !unique.add(env, module, field.name, "field", diags) || field.name.name == sym::EMPTY {
            continue;
        }
        // Nothing is known about an unknown type: perhaps it is optional.
        let may_be_null = matches!(types.get(ty), Type::Option(_) | Type::Unknown);
        let optional = default.is_some() || may_be_null;
        fields.push(FieldInfo { name: field.name.name, ty, default, optional });
    }
    fields
}

fn is_undeclared(code: fuse_diagnostics::Code) -> bool {
    matches!(code, codes::UNKNOWN_TYPE | codes::UNKNOWN_MODULE_ALIAS | codes::NOT_EXPORTED)
}

/// The name in a type that a finding is about.
fn name_at(ty: &ast::TypeRef, span: Span) -> Option<&ast::Path> {
    let covers = |path: &ast::Path| path.span().start <= span.start && span.end <= path.span().end;
    match &ty.kind {
        // A word before the name has been reported.
        ast::TypeKind::Name(name) => (ty.span.start <= span.start && span.end <= ty.span.end).then_some(name),
        ast::TypeKind::Refined { base: name, .. } => covers(name).then_some(name),
        ast::TypeKind::Generic { name, .. } if covers(name) => Some(name),
        ast::TypeKind::Generic { args, .. } => args.iter().find_map(|arg| name_at(arg, span)),
        ast::TypeKind::Fn { params, result } => {
            params.iter().chain(result.as_deref()).find_map(|part| name_at(part, span))
        }
        ast::TypeKind::Option(inner) => name_at(inner, span),
        ast::TypeKind::Result { ok, domains } => {
            std::iter::once(&**ok).chain(domains).find_map(|part| name_at(part, span))
        }
        ast::TypeKind::Error => None,
    }
}

/// A function for a default without parameters.
fn add_default<'a>(
    env: &mut Env<'a>,
    name: String,
    module: ModuleId,
    expr: &'a ast::Expr,
    result: Ty,
) -> FnId {
    let id = FnId(env.functions.len() as u32);
    let (kind, params, body) = (FnKind::Default, Vec::new(), FnBody::Field(expr));
    let scope = Scope::default();
    env.functions.push(FnInfo { kind, name, module, span: expr.span, params, result, body, scope });
    id
}

/// Fills the variants of all enums.
pub(crate) fn resolve_enums(env: &mut Env, declared: &Declared, types: &mut Types, diags: &mut Diags) {
    for (at, decl) in declared.enums.iter().enumerate() {
        let module = env.enumeration(EnumId(at as u32)).module;
        let mut variants = Vec::with_capacity(decl.variants.len());
        let mut unique = Unique::new(decl.variants.len());
        for variant in &decl.variants {
            let info = variant_of(env, module, variant, types, diags);
            if unique.add(env, module, variant.name, "variant", diags) {
                variants.push(info);
            }
        }
        let info = &mut env.enums[at];
        info.index = NameIndex::new(variants.iter().map(|variant| variant.name));
        info.variants = variants;
    }
}

fn variant_of(
    env: &Env,
    module: ModuleId,
    variant: &ast::Variant,
    types: &mut Types,
    diags: &mut Diags,
) -> VariantInfo {
    let mut labels = Vec::new();
    let mut unique = Unique::new(variant.payload.len());
    let mut payload = Vec::with_capacity(variant.payload.len());
    for element in &variant.payload {
        payload.push(env.resolve_type(module, &element.ty, types, diags));
        if let Some(label) = element.label {
            unique.add(env, module, label, "label", diags);
            labels.push(label.name);
        }
    }
    // Mixed labels are reported by the parser.
    if labels.len() != payload.len() {
        labels.clear();
    }
    VariantInfo { name: variant.name.name, payload, labels }
}

/// Names that must differ within one declaration.
pub(crate) struct Unique {
    first: FxHashMap<Symbol, Span>,
}

impl Unique {
    pub(crate) fn new(capacity: usize) -> Unique {
        Unique { first: FxHashMap::with_capacity_and_hasher(capacity, Default::default()) }
    }

    /// False, after a report, if the name occurred before.
    pub(crate) fn add(
        &mut self,
        env: &Env,
        module: ModuleId,
        name: ast::Ident,
        what: &str,
        diags: &mut Diags,
    ) -> bool {
        if name.name == sym::EMPTY {
            return true;
        }
        let earlier = *self.first.entry(name.name).or_insert(name.span);
        if earlier == name.span {
            return true;
        }
        let (file, text) = (env.file(module), env.text(name.name));
        both_places(
            diags,
            codes::DUPLICATE_MEMBER,
            (file, name.span, format!("the {what} `{text}` occurs twice")),
            (file, earlier, format!("the first {what} `{text}` is here")),
        );
        false
    }
}
