//! The struct types of the HTTP client (language reference, Appendix B).

use fuse_diagnostics::Span;
use fuse_hir::{HttpTypes, StructId, Ty, Types};
use fuse_syntax::{Interner, ast, sym};

use crate::env::{FieldInfo, NameIndex, StructInfo};

/// `http.response` and `http.error`, in the order of [`HttpTypes`].
pub(crate) fn predefined<'a>(
    interner: &mut Interner,
    types: &mut Types,
) -> [StructInfo<'a>; HttpTypes::COUNT] {
    let headers = types.map(Ty::STRING);
    let [status, body] = [Ty::INT, Ty::STRING].map(|ty| types.option(ty));
    [
        strukt(
            interner,
            "http.response",
            &[
                ("method", Ty::STRING),
                ("url", Ty::STRING),
                ("status", Ty::INT),
                ("headers", headers),
                ("body", Ty::STRING),
            ],
        ),
        strukt(
            interner,
            "http.error",
            &[
                ("code", Ty::STRING),
                ("message", Ty::STRING),
                ("method", Ty::STRING),
                ("url", Ty::STRING),
                ("status", status),
                ("headers", headers),
                ("body", body),
            ],
        ),
    ]
}

/// The type that a name means before all others: they need no import, and nothing takes their names.
pub(crate) fn http_type(path: &ast::Path) -> Option<StructId> {
    match (path.head.name, &path.rest[..]) {
        (sym::HTTP, [member]) if member.name == sym::RESPONSE => Some(HttpTypes::RESPONSE),
        (sym::HTTP, [member]) if member.name == sym::ERROR_LOWER => Some(HttpTypes::ERROR),
        _ => None,
    }
}

fn strukt<'a>(interner: &mut Interner, name: &str, fields: &[(&str, Ty)]) -> StructInfo<'a> {
    let fields = fields.iter().map(|&(name, ty)| FieldInfo {
        name: interner.intern(name),
        ty,
        default: None,
        optional: false,
    });
    let fields: Vec<FieldInfo> = fields.collect();
    StructInfo {
        name: interner.intern(name),
        module: None,
        span: Span::default(),
        index: NameIndex::new(fields.iter().map(|field| field.name)),
        fields,
        incomplete: false,
        decl: None,
        doc: None,
    }
}
