//! What a module declares, as a tree: the base of document symbols and workspace symbols.

use fuse_diagnostics::Span;
use fuse_syntax::{ast, sym};
use lsp_types::SymbolKind;

use super::Parsed;

/// A declaration.
pub(crate) struct Declared {
    pub name: String,
    pub kind: Kind,
    /// All of it.
    pub span: Span,
    /// Its name.
    pub selection: Span,
    pub children: Vec<Declared>,
}

/// What is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Type,
    Interface,
    Config,
    Enum,
    Variant,
    Field,
    Function,
    Component,
    Migration,
    Test,
    Service,
    Route,
    App,
    Impl,
}

impl Kind {
    /// As the protocol counts kinds (toolchain reference 14.14).
    pub fn symbol_kind(self) -> SymbolKind {
        match self {
            Kind::Type | Kind::Interface | Kind::Config | Kind::Impl => SymbolKind::STRUCT,
            Kind::Enum => SymbolKind::ENUM,
            Kind::Variant => SymbolKind::ENUM_MEMBER,
            Kind::Field => SymbolKind::FIELD,
            Kind::Function | Kind::Component | Kind::Migration | Kind::Test | Kind::Route => {
                SymbolKind::FUNCTION
            }
            Kind::Service => SymbolKind::INTERFACE,
            Kind::App => SymbolKind::CLASS,
        }
    }
}

/// The declarations of a module.
pub(crate) fn of_module(parsed: &Parsed) -> Vec<Declared> {
    parsed.module.items.iter().filter_map(|item| of_item(parsed, item)).collect()
}

fn of_item(parsed: &Parsed, item: &ast::Item) -> Option<Declared> {
    let make = |name: ast::Ident, kind, children| declared(parsed, name, kind, item.span, children);
    let text = |name: ast::StrLit| ast::Ident { name: name.value, span: name.span };
    match &item.kind {
        ast::ItemKind::Import(_) => None,
        ast::ItemKind::Type(decl) => {
            let children = match &decl.body {
                ast::TypeBody::Fields(list) => fields(parsed, list),
                _ => Vec::new(),
            };
            let name: Vec<&str> = decl.name.segments().map(|segment| parsed.name(segment.name)).collect();
            let selection = decl.name.span();
            (!name.concat().is_empty()).then(|| Declared {
                name: name.join("."),
                kind: Kind::Type,
                span: item.span.to(selection),
                selection,
                children,
            })
        }
        ast::ItemKind::Enum(decl) => {
            let variants = decl.variants.iter();
            let variants = variants.filter_map(|variant| {
                declared(parsed, variant.name, Kind::Variant, variant.span, Vec::new())
            });
            make(decl.name, Kind::Enum, variants.collect())
        }
        ast::ItemKind::Interface(decl) => {
            let members = decl.members.iter().filter_map(|member| {
                declared(parsed, member.signature.name, Kind::Function, member.span, Vec::new())
            });
            make(decl.name, Kind::Interface, members.collect())
        }
        ast::ItemKind::Impl(decl) => {
            let methods = decl.methods.iter().filter_map(|method| {
                declared(parsed, method.signature.name, Kind::Function, method.span, Vec::new())
            });
            let path = |path: &ast::Path| {
                path.segments().map(|segment| parsed.name(segment.name)).collect::<Vec<_>>().join(".")
            };
            let name = format!("impl {} for {}", path(&decl.interface), path(&decl.target));
            let selection = decl.interface.span().to(decl.target.span());
            let kind = Kind::Impl;
            Some(Declared {
                name,
                kind,
                span: item.span.to(selection),
                selection,
                children: methods.collect(),
            })
        }
        ast::ItemKind::Fn(decl) => make(decl.signature.name, Kind::Function, Vec::new()),
        ast::ItemKind::Component(decl) => make(decl.signature.name, Kind::Component, Vec::new()),
        ast::ItemKind::Service(decl) => {
            let routes = decl.routes.iter().map(|route| Declared {
                name: format!("{} {}", route.verb.word(), parsed.name(route.path.value)),
                kind: Kind::Route,
                span: route.span.to(route.path.span),
                selection: route.path.span,
                children: Vec::new(),
            });
            make(decl.name, Kind::Service, routes.collect())
        }
        ast::ItemKind::Config(decl) => make(decl.name, Kind::Config, fields(parsed, &decl.fields)),
        ast::ItemKind::App(decl) => make(text(decl.name), Kind::App, Vec::new()),
        ast::ItemKind::Migration(decl) => {
            make(ast::Ident { name: decl.name, span: decl.name_span }, Kind::Migration, Vec::new())
        }
        ast::ItemKind::Test(decl) => make(text(decl.name), Kind::Test, Vec::new()),
    }
}

fn fields(parsed: &Parsed, list: &[ast::Field]) -> Vec<Declared> {
    list.iter()
        .filter_map(|field| declared(parsed, field.name, Kind::Field, field.span, Vec::new()))
        .collect()
}

/// A declaration with a name; one whose name is missing is left out, because the protocol has no empty names.
fn declared(
    parsed: &Parsed,
    name: ast::Ident,
    kind: Kind,
    span: Span,
    children: Vec<Declared>,
) -> Option<Declared> {
    let text = parsed.name(name.name).to_owned();
    let span = span.to(name.span);
    (name.name != sym::EMPTY).then_some(Declared { name: text, kind, span, selection: name.span, children })
}
