//! Top-level declarations: modules, types, enums, interfaces, functions.

use fuse_diagnostics::{Diagnostic, Span, codes};

use super::Parser;
use super::recovery::starts_declaration;
use crate::ast::{
    ComponentDecl, Constraint, EnumDecl, Field, FnDecl, Ident as Name, ImplDecl, InterfaceDecl, Item,
    ItemKind, Member, Method, Module, Param, Path, Payload, Signature, TypeBody, TypeDecl, Variant,
};
use crate::sym;
use crate::token::TokenKind::*;

impl Parser<'_> {
    /// The whole file.
    pub(super) fn module(&mut self) -> Module {
        let mut module = Module {
            file: self.file,
            requires: Vec::new(),
            items: Vec::new(),
            span: Span::new(0, self.source.len().min(u32::MAX as usize) as u32),
        };
        loop {
            self.too_deep = false;
            match self.kind() {
                Eof => break,
                Newline | Dedent => {
                    self.bump();
                }
                Indent => self.unexpected_indentation(),
                Requires => {
                    let requires = self.requires(!module.items.is_empty());
                    module.requires.push(requires);
                }
                kind if starts_declaration(kind) => {
                    let item = self.item();
                    module.items.push(item);
                }
                _ => self.no_declaration(),
            }
            if self.panicking {
                self.skip_to_declaration();
            }
        }
        module
    }

    fn no_declaration(&mut self) {
        let found = self.token();
        if self.is_reported(found) {
            return self.silent_panic();
        }
        let message = format!(
            "expected a declaration (requires, import, type, enum, interface, impl, fn, component, service, config, app, \
             migration or test), found {}",
            self.describe(found)
        );
        let hint = match found.kind {
            Let | Var => {
                "there are no global variables; `config` declares settings, a function can return a constant"
            }
            Get | Post | Put | Patch | Delete => "routes are indented below their `service`",
            _ => "statements stand in the body of a function, app or test",
        };
        let span = self.span_of(found);
        self.panic(Diagnostic::error(codes::NOT_A_DECLARATION, self.file, span, message).hint(hint));
    }

    fn item(&mut self) -> Item {
        // Before an import a documentation comment has no effect.
        let doc = self.doc().filter(|_| !self.at(Import));
        let start = self.start();
        let (kind, body) = match self.kind() {
            Import => (self.import(), None),
            Type => self.type_decl(),
            Enum => self.enum_decl(),
            Interface => self.interface_decl(),
            Impl => self.impl_decl(),
            Fn => self.fn_decl(),
            Component => self.component_decl(),
            Service => self.service_decl(),
            Config => self.config_decl(),
            App => self.app_decl(),
            Migration => self.migration_decl(),
            _ => self.test_decl(),
        };
        let span = self.span_from(start);
        let head = Span::new(start, body.map_or(span.end, |colon| colon.start));
        Item { doc, kind, span, head }
    }

    /// The `:` and the indented entries of a declaration; nothing if the header is broken.
    pub(super) fn entries<T>(&mut self, entry: impl FnMut(&mut Self) -> T) -> (Vec<T>, Option<Span>) {
        let Some(colon) = self.colon() else {
            self.end_line();
            return (Vec::new(), None);
        };
        if !self.at(Newline) {
            self.unexpected("the end of the line and an indented block");
            self.end_line();
            return (Vec::new(), Some(colon));
        }
        (self.indented(colon, entry), Some(colon))
    }

    // ---- type ----

    fn type_decl(&mut self) -> (ItemKind, Option<Span>) {
        self.bump();
        let name = self.path("the name of the type");
        self.check_declared_name(&name);
        let (body, colon) = match self.kind() {
            _ if self.panicking => (TypeBody::Error, None),
            Colon => {
                let (fields, colon) = self.entries(|parser| parser.field(false));
                (TypeBody::Fields(fields), colon)
            }
            Eq => (self.derivation(), None),
            _ => {
                self.type_form();
                // What stands there instead may still be followed by fields.
                let (fields, colon) = self.entries(|parser| parser.field(false));
                (if fields.is_empty() { TypeBody::Error } else { TypeBody::Fields(fields) }, colon)
            }
        };
        (ItemKind::Type(TypeDecl { name, body }), colon)
    }

    /// Only names of the `std.Error` family may be dotted.
    fn check_declared_name(&mut self, name: &Path) {
        if name.rest.is_empty() {
            return;
        }
        let is_std_error =
            name.head.name == sym::STD && name.rest[0].name == sym::ERROR && name.rest.len() <= 2;
        if !is_std_error {
            self.report(
                Diagnostic::error(
                    codes::DOTTED_DECLARATION,
                    self.file,
                    name.span(),
                    "a declared name must not be dotted: only `std.Error` and its members can be restated by their dotted names",
                )
                .hint("choose a name without dots"),
            );
        }
    }

    fn type_form(&mut self) {
        let found = self.token();
        if self.is_reported(found) {
            return self.silent_panic();
        }
        let message = format!("expected `:` or `=` after the name of a type, found {}", self.describe(found));
        let hint = match found.kind {
            Lt => "types have no type parameters; functions, components and methods do",
            _ => "`type Name:` is followed by indented fields, `type Name =` by `Base without field`",
        };
        let span = self.span_of(found);
        self.panic(Diagnostic::error(codes::TYPE_DECLARATION_FORM, self.file, span, message).hint(hint));
    }

    fn derivation(&mut self) -> TypeBody {
        self.bump();
        let base = self.path("the name of a type");
        let mut without = Vec::new();
        if !self.panicking && self.expect(Without).is_some() {
            without.extend(self.removed_field());
            while !self.panicking && self.eat(Comma) {
                without.extend(self.removed_field());
            }
        }
        let body = if self.panicking { TypeBody::Error } else { TypeBody::Derived { base, without } };
        self.end_line();
        body
    }

    /// The name of a field behind `without`; nothing if what stands there is reported as no name.
    fn removed_field(&mut self) -> Option<Name> {
        let errors = self.errors;
        let name = self.ident("the name of a field");
        (self.errors == errors).then_some(name)
    }

    /// A field of a type or config.
    pub(super) fn field(&mut self, needs_default: bool) -> Field {
        let doc = self.doc();
        let start = self.start();
        let (name, ty) = self.name_and_type("the name of a field");
        let default = if !self.panicking && self.at(Eq) {
            self.bump();
            Some(self.expr())
        } else {
            if needs_default && !self.panicking {
                self.unexpected("`=` and the default of the field");
            }
            None
        };
        let span = self.span_from(start);
        self.end_line();
        Field { doc, name, ty, default, span }
    }

    /// `name: Type`
    fn name_and_type(&mut self, what: &str) -> (Name, crate::ast::TypeRef) {
        let name = self.ident(what);
        if !self.panicking && !self.eat(Colon) {
            self.unexpected("`:` and a type");
        }
        let ty = if self.panicking {
            let span = self.span_from(self.last_end);
            crate::ast::TypeRef { kind: crate::ast::TypeKind::Error, span }
        } else {
            self.type_ref()
        };
        (name, ty)
    }

    // ---- enum ----

    fn enum_decl(&mut self) -> (ItemKind, Option<Span>) {
        self.bump();
        let name = self.ident("the name of the enum");
        let (variants, colon) = self.entries(Self::variant);
        (ItemKind::Enum(EnumDecl { name, variants }), colon)
    }

    fn variant(&mut self) -> Variant {
        let doc = self.doc();
        let start = self.start();
        let name = self.ident("the name of a variant");
        let payload = if !self.panicking && self.at(ParenOpen) { self.payload() } else { Vec::new() };
        let span = self.span_from(start);
        self.end_line();
        Variant { doc, name, payload, span }
    }

    fn payload(&mut self) -> Vec<Payload> {
        let (start, errors) = (self.start(), self.errors);
        let repaired = self.open_bracket();
        if self.at(ParenClose) {
            self.unexpected("a type (a variant without payload has no parentheses)");
        }
        let payload = self.elements(ParenClose, Self::payload_element);
        self.close_bracket(ParenClose, repaired);
        let labelled = payload.iter().filter(|element| element.label.is_some()).count();
        if self.errors == errors && labelled > 0 && labelled < payload.len() {
            let span = self.span_from(start);
            let message = "a payload mixes elements with and without a label: label all of them or none";
            self.report(Diagnostic::error(codes::MIXED_PAYLOAD_LABELS, self.file, span, message));
        }
        payload
    }

    fn payload_element(&mut self) -> Payload {
        let start = self.start();
        let label = if self.kind().is_word() && self.nth(1) == Colon {
            let label = self.ident("a label");
            self.bump();
            Some(label)
        } else {
            None
        };
        let ty = self.type_ref();
        Payload { label, ty, span: self.span_from(start) }
    }

    // ---- callables ----

    /// From the name to before the body.
    fn signature(&mut self, what: &str, is_component: bool) -> Signature {
        let start = self.start();
        let name = self.ident(what);
        let type_params = if !self.panicking && self.at(Lt) { self.type_parameters() } else { Vec::new() };
        let mut params = Vec::new();
        if !self.panicking && self.at(ParenOpen) {
            let repaired = self.open_bracket();
            params = self.elements(ParenClose, Self::param);
            self.close_bracket(ParenClose, repaired);
        } else if !is_component && !self.panicking {
            self.unexpected("`(` and the parameters");
        }
        let mut result = None;
        if !self.panicking && self.at(Arrow) {
            if is_component {
                self.unexpected("`:` (a component always yields Html)");
            } else {
                self.bump();
                result = Some(self.type_ref());
            }
        }
        let constraints =
            if !self.panicking && self.at_word("where") { self.where_clause() } else { Vec::new() };
        if self.panicking && !is_component && result.is_none() {
            // There may be a result in what could not be read: the body is not judged by its absence.
            result = Some(self.error_type(self.last_end));
        }
        Signature { name, type_params, params, result, constraints, span: self.span_from(start) }
    }

    fn type_parameters(&mut self) -> Vec<Name> {
        self.bump();
        let mut names = vec![self.ident("the name of a type parameter")];
        while !self.panicking && self.eat(Comma) {
            names.push(self.ident("the name of a type parameter"));
        }
        if !self.panicking && !self.eat(Gt) {
            self.unexpected("`,` or `>`");
        }
        names
    }

    fn param(&mut self) -> Param {
        let start = self.start();
        let (name, ty) = self.name_and_type("the name of a parameter");
        let default = if !self.panicking && self.eat(Eq) { Some(self.expr()) } else { None };
        Param { name, ty, default, span: self.span_from(start) }
    }

    fn where_clause(&mut self) -> Vec<Constraint> {
        self.bump();
        let mut constraints = vec![self.constraint()];
        while !self.panicking && self.eat(Comma) {
            constraints.push(self.constraint());
        }
        constraints
    }

    fn constraint(&mut self) -> Constraint {
        let start = self.start();
        let param = self.ident("the name of a type parameter");
        if !self.panicking {
            self.expect(Colon);
        }
        let interface = if self.panicking {
            Path { head: Name { name: sym::EMPTY, span: Span::empty(start) }, rest: Vec::new() }
        } else {
            self.path("the name of an interface")
        };
        Constraint { param, interface, span: self.span_from(start) }
    }

    fn fn_decl(&mut self) -> (ItemKind, Option<Span>) {
        self.bump();
        let signature = self.signature("the name of the function", false);
        let body = self.suite();
        let colon = body.colon;
        (ItemKind::Fn(FnDecl { signature, body }), Some(colon))
    }

    fn component_decl(&mut self) -> (ItemKind, Option<Span>) {
        self.bump();
        let signature = self.signature("the name of the component", true);
        let body = self.suite();
        let colon = body.colon;
        (ItemKind::Component(ComponentDecl { signature, body }), Some(colon))
    }

    // ---- interface, impl ----

    fn interface_decl(&mut self) -> (ItemKind, Option<Span>) {
        self.bump();
        let name = self.ident("the name of the interface");
        let (members, colon) = self.entries(Self::member_signature);
        (ItemKind::Interface(InterfaceDecl { name, members }), colon)
    }

    fn member_signature(&mut self) -> Member {
        let doc = self.doc();
        let start = self.start();
        let signature = self.entry_signature("`fn` and a signature");
        let span = self.span_from(start);
        if !self.panicking && self.at(Colon) {
            self.unexpected("the end of the line (a member has no body)");
        }
        self.end_line();
        Member { doc, signature, span }
    }

    /// `fn signature` of a member or method.
    fn entry_signature(&mut self, what: &str) -> Signature {
        if !self.eat(Fn) {
            self.unexpected(what);
        }
        if !self.panicking {
            return self.signature("the name of the method", false);
        }
        let span = Span::empty(self.start());
        Signature {
            name: Name { name: sym::EMPTY, span },
            type_params: Vec::new(),
            params: Vec::new(),
            result: None,
            constraints: Vec::new(),
            span,
        }
    }

    fn impl_decl(&mut self) -> (ItemKind, Option<Span>) {
        self.bump();
        let nowhere =
            Path { head: Name { name: sym::EMPTY, span: Span::empty(self.start()) }, rest: Vec::new() };
        let mut interface = self.path("the name of an interface");
        if !self.panicking {
            self.expect(For);
        }
        let mut target = if self.panicking { nowhere.clone() } else { self.path("the name of a type") };
        let (methods, colon) = self.entries(Self::method);
        if methods.is_empty() {
            // Something has been reported: what an impl does not say is then no second mistake.
            (interface, target) = (nowhere.clone(), nowhere);
        }
        (ItemKind::Impl(ImplDecl { interface, target, methods }), colon)
    }

    fn method(&mut self) -> Method {
        let doc = self.doc();
        let start = self.start();
        let signature = self.entry_signature("`fn` and a method");
        let body = self.suite();
        let head = Span::new(start, body.colon.start);
        Method { doc, signature, body, span: self.span_from(start), head }
    }
}
