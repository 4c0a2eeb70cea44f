//! The predefined error types and their restatements (language reference 5.3).

use fuse_diagnostics::{Diagnostic, Span, codes};
use fuse_hir::{FnId, FnKind, ModuleId, StdErrors, StructId, Ty, Type, Types};
use fuse_syntax::{Interner, Symbol, sym};

use crate::env::{Diags, Env, FieldInfo, FnBody, FnInfo, NameIndex, StructInfo};
use crate::generics::Scope;

/// Full names in the order of their ids.
const NAMES: [&str; StdErrors::COUNT] = [
    "std.Error",
    "std.Error.Validation",
    "std.Error.ValidationField",
    "std.Error.BadRequest",
    "std.Error.Unauthorized",
    "std.Error.Forbidden",
    "std.Error.NotFound",
    "std.Error.Conflict",
];

/// The function that evaluates the default of `std.Error.status`.
const STATUS_DEFAULT: FnId = FnId(0);

/// Interns the full names.
pub(crate) fn names(interner: &mut Interner) -> [Symbol; StdErrors::COUNT] {
    NAMES.map(|name| interner.intern(name))
}

/// The family as it is without restatements, and the functions of its defaults.
pub(crate) fn predefined<'a>(
    names: [Symbol; StdErrors::COUNT],
    types: &mut Types,
) -> (Vec<StructInfo<'a>>, Vec<FnInfo<'a>>) {
    let structs = (0u32..).zip(names).map(|(id, name)| StructInfo {
        name,
        module: None,
        span: Span::default(),
        fields: fields(StructId(id), types),
        incomplete: false,
        index: NameIndex::default(),
        decl: None,
    });
    let status = FnInfo {
        kind: FnKind::Default,
        name: "std.Error.status".into(),
        module: ModuleId(0),
        span: Span::default(),
        params: Vec::new(),
        result: Ty::INT,
        body: FnBody::Int(500),
        scope: Scope::default(),
    };
    (structs.collect(), vec![status])
}

/// The fields of the table, the reference for restatements.
fn fields(id: StructId, types: &mut Types) -> Vec<FieldInfo> {
    let field = |name, ty| FieldInfo { name, ty, default: None, optional: false };
    let message = field(sym::MESSAGE, Ty::STRING);
    match id {
        StdErrors::BASE => {
            let status =
                FieldInfo { default: Some(STATUS_DEFAULT), optional: true, ..field(sym::STATUS, Ty::INT) };
            vec![field(sym::CODE, Ty::STRING), message, status]
        }
        StdErrors::VALIDATION => {
            let element = types.intern(Type::Struct(StdErrors::VALIDATION_FIELD));
            vec![message, field(sym::FIELDS, types.list(element))]
        }
        StdErrors::VALIDATION_FIELD => {
            vec![field(sym::PATH, Ty::STRING), field(sym::CODE, Ty::STRING), message]
        }
        _ => vec![message],
    }
}

/// Checks the field lists of restated types. `spans` gives the place of a field that is written in the restatement.
pub(crate) fn check_restatements(
    env: &Env,
    types: &mut Types,
    spans: impl Fn(StructId, Symbol) -> Option<Span>,
    diags: &mut Diags,
) {
    for at in 0..StdErrors::COUNT {
        let id = StructId(at as u32);
        let info = env.strukt(id);
        let Some((module, _)) = info.decl else { continue };
        if info.incomplete {
            continue;
        }
        let table = fields(id, types);
        let name = env.text(info.name);
        let mut report = |span: Span, message: String| {
            diags.push(Diagnostic::error(codes::STD_ERROR_RESTATEMENT, env.file(module), span, message));
        };
        for field in &info.fields {
            let span = spans(id, field.name).unwrap_or(info.span);
            let text = env.text(field.name);
            match table.iter().find(|known| known.name == field.name) {
                None => report(span, format!("`{name}` has no field `{text}`")),
                Some(known) if field.ty != Ty::UNKNOWN && !types.same(known.ty, field.ty) => {
                    let expected = env.type_name(types, known.ty);
                    report(span, format!("the field `{text}` of `{name}` has the type {expected}"));
                }
                Some(_) => {}
            }
        }
        if info.field(sym::MESSAGE).is_none() {
            report(info.span, format!("`{name}` needs the field `message: String`"));
        }
    }
}
