//! Services, configs, apps, migrations and tests.

use fuse_diagnostics::{Diagnostic, Span, codes};

use super::Parser;
use crate::ast::{
    AppDecl, Block, ConfigDecl, ItemKind, MigrationDecl, MigrationName, Route, ServiceDecl, TestDecl,
    TypeKind, TypeRef, Verb,
};
use crate::sym;
use crate::token::TokenKind::*;

impl Parser<'_> {
    pub(super) fn service_decl(&mut self) -> (ItemKind, Option<Span>) {
        self.bump();
        let name = self.ident("the name of the service");
        if !self.panicking {
            self.expect(At);
        }
        let base = if self.panicking { self.no_string() } else { self.string_literal("a path in quotes") };
        let (routes, colon) = self.entries(Self::route);
        let routes = routes.into_iter().flatten().collect();
        (ItemKind::Service(ServiceDecl { name, base, routes }), colon)
    }

    fn no_string(&self) -> crate::ast::StrLit {
        crate::ast::StrLit { value: sym::EMPTY, span: Span::empty(self.last_end) }
    }

    fn route(&mut self) -> Option<Route> {
        let doc = self.doc();
        let start = self.start();
        let verb_span = self.span_of(self.token());
        let verb = match self.kind() {
            Get => Verb::Get,
            Post => Verb::Post,
            Put => Verb::Put,
            Patch => Verb::Patch,
            Delete => Verb::Delete,
            _ => {
                self.no_verb();
                self.end_line();
                return None;
            }
        };
        self.bump();
        let path = self.string_literal("a path in quotes");
        let body_type = if !self.panicking && self.eat(Body) { Some(self.type_ref()) } else { None };
        if !self.panicking && !self.eat(Arrow) {
            self.unexpected("`->` and the type of the result");
        }
        let result = if self.panicking {
            TypeRef { kind: TypeKind::Error, span: Span::empty(self.last_end) }
        } else {
            self.type_ref()
        };
        let body = self.suite();
        let head = Span::new(start, body.colon.start);
        Some(Route { doc, verb, verb_span, path, body_type, result, body, span: self.span_from(start), head })
    }

    fn no_verb(&mut self) {
        let found = self.token();
        if self.is_reported(found) {
            return self.silent_panic();
        }
        let message = format!(
            "expected the verb of a route (get, post, put, patch or delete), found {}",
            self.describe(found)
        );
        let span = self.span_of(found);
        self.panic(Diagnostic::error(codes::ROUTE_VERB, self.file, span, message));
    }

    pub(super) fn config_decl(&mut self) -> (ItemKind, Option<Span>) {
        self.bump();
        let name = self.ident("the name of the config");
        let (fields, colon) = self.entries(|parser| parser.field(true));
        (ItemKind::Config(ConfigDecl { name, fields }), colon)
    }

    pub(super) fn app_decl(&mut self) -> (ItemKind, Option<Span>) {
        self.bump();
        let name = self.string_literal("the name of the app in quotes");
        let (body, colon) = self.body();
        (ItemKind::App(AppDecl { name, body }), colon)
    }

    pub(super) fn test_decl(&mut self) -> (ItemKind, Option<Span>) {
        self.bump();
        let name = self.string_literal("the name of the test in quotes");
        let (body, colon) = self.body();
        (ItemKind::Test(TestDecl { name, body }), colon)
    }

    fn body(&mut self) -> (Block, Option<Span>) {
        let body = self.suite();
        let colon = body.colon;
        (body, Some(colon))
    }

    pub(super) fn migration_decl(&mut self) -> (ItemKind, Option<Span>) {
        self.bump();
        let token = self.token();
        let name_span = self.span_of(token);
        let (name, name_form) = match token.kind {
            Int => {
                self.bump();
                let value = self.integer_value(self.text(token), name_span, false);
                let name = value.map_or(sym::EMPTY, |value| self.interner.intern(&value.to_string()));
                (name, MigrationName::Int)
            }
            Str => (self.string_literal("the name of a migration").value, MigrationName::Str),
            StrStart => (self.string_literal("the name of a migration").value, MigrationName::Ident),
            kind if kind.is_word() => (self.ident("a name").name, MigrationName::Ident),
            _ => {
                self.unexpected("the name of the migration: a name, a string or an integer");
                (sym::EMPTY, MigrationName::Ident)
            }
        };
        let (body, colon) = self.body();
        (ItemKind::Migration(MigrationDecl { name, name_span, name_form, body }), colon)
    }
}
