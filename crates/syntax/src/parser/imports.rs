//! `requires` and `import`.

use fuse_diagnostics::{Diagnostic, Span, codes};

use super::Parser;
use crate::ast::{Import as ImportDecl, ImportClause, ImportPath, ItemKind, Requires as RequiresDecl};
use crate::sym;
use crate::token::TokenKind::*;

impl Parser<'_> {
    /// A `requires` declaration; `late` if another declaration precedes it.
    pub(super) fn requires(&mut self, late: bool) -> RequiresDecl {
        let start = self.start();
        if let Some(doc) = self.doc() {
            self.report(
                Diagnostic::error(
                    codes::DOC_COMMENT_ON_REQUIRES,
                    self.file,
                    doc.span,
                    "a documentation comment stands before `requires`, which cannot be documented",
                )
                .hint("begin the comment with a single `#`"),
            );
        }
        if late {
            let span = self.span_of(self.token());
            self.report(
                Diagnostic::error(
                    codes::REQUIRES_NOT_FIRST,
                    self.file,
                    span,
                    "`requires` comes before all other declarations",
                )
                .hint("move it to the top of the file, before the imports"),
            );
        }
        self.bump();
        let mut capabilities = Vec::new();
        loop {
            let name = self.ident("a capability");
            if self.panicking {
                break;
            }
            if matches!(name.name, sym::DB | sym::CRYPTO | sym::NETWORK | sym::TIME) {
                capabilities.push(name);
            } else {
                self.unknown_capability(name);
            }
            if !self.eat(Comma) {
                break;
            }
        }
        let span = self.span_from(start);
        self.end_line();
        RequiresDecl { capabilities, span }
    }

    fn unknown_capability(&mut self, name: crate::ast::Ident) {
        if name.name == sym::EMPTY {
            return;
        }
        let text = self.interner.resolve(name.name);
        // A reserved word has been reported as such.
        if crate::token::reserved_word(text.as_bytes()).is_some() {
            return;
        }
        let message =
            format!("unknown capability `{text}`: the capabilities are db, crypto, network and time");
        self.report(Diagnostic::error(codes::UNKNOWN_CAPABILITY, self.file, name.span, message));
    }

    pub(super) fn import(&mut self) -> ItemKind {
        self.bump();
        let clause = self.import_clause();
        let errors = self.errors;
        let path = if self.panicking || (self.at(Newline) && matches!(clause, ImportClause::Sibling(_))) {
            None
        } else if self.eat(From) {
            self.import_path()
        } else {
            self.unexpected(match clause {
                ImportClause::Sibling(_) => "`from`, `as` or the end of the line",
                _ => "`from` and a path",
            });
            None
        };
        let clause = match (clause, path) {
            (ImportClause::Sibling(name), Some(_)) => ImportClause::Name(name),
            // Where the path is broken the import is none of a neighbour.
            (ImportClause::Sibling(name), None) if self.errors > errors => ImportClause::Name(name),
            (clause, _) => clause,
        };
        self.end_line();
        ItemKind::Import(ImportDecl { clause, path })
    }

    /// What stands before `from`.
    fn import_clause(&mut self) -> ImportClause {
        if self.at(BraceOpen) {
            let repaired = self.open_bracket();
            if self.at(BraceClose) {
                self.unexpected("a name");
            }
            let names = self.elements(BraceClose, |parser| parser.ident("a name"));
            self.close_bracket(BraceClose, repaired);
            return ImportClause::Named(names);
        }
        let name = self.ident("a name, or names in braces");
        if self.panicking || !self.at(As) {
            return ImportClause::Sibling(name);
        }
        self.bump();
        let alias = self.ident("a name");
        ImportClause::As { label: name, alias }
    }

    fn import_path(&mut self) -> Option<ImportPath> {
        if self.at_word("std") && self.nth(1) == Dot {
            let path = self.path("a path");
            let is_std_error = path.rest.len() == 1 && path.rest[0].name == sym::ERROR;
            if !is_std_error && !self.panicking {
                let message = "the only module that is imported without quotes is `std.Error`";
                self.error(codes::UNEXPECTED_TOKEN, path.span(), message);
                return None;
            }
            return Some(ImportPath { value: sym::STD_ERROR, quoted: false, span: path.span() });
        }
        let errors = self.errors;
        let path = self.string_literal("a path in quotes, or `std.Error`");
        let span: Span = path.span;
        (!self.panicking && self.errors == errors).then_some(ImportPath {
            value: path.value,
            quoted: true,
            span,
        })
    }
}
