//! Patterns.

use fuse_diagnostics::{Diagnostic, codes};

use super::Parser;
use crate::ast::{NamedPattern, Path, Pattern, PatternKind};
use crate::sym;
use crate::token::TokenKind::*;

/// A sub-pattern, named or not.
enum SubPattern {
    Positional(Pattern),
    Named(NamedPattern),
}

impl Parser<'_> {
    pub(super) fn pattern(&mut self) -> Pattern {
        let start = self.start();
        if !self.enter() {
            return Pattern { kind: PatternKind::Error(Vec::new()), span: self.span_from(start) };
        }
        let kind = self.pattern_kind();
        self.leave();
        Pattern { kind, span: self.span_from(start) }
    }

    fn pattern_kind(&mut self) -> PatternKind {
        let token = self.token();
        let kind = match token.kind {
            Minus if self.nth(1) == Int => {
                self.bump();
                return self.integer_pattern(true);
            }
            Minus if self.nth(1) == Float => {
                self.bump();
                PatternKind::Float(-self.float_value())
            }
            Minus => {
                self.bump();
                self.unexpected("a number");
                return PatternKind::Error(Vec::new());
            }
            Int => return self.integer_pattern(false),
            Float => PatternKind::Float(self.float_value()),
            Str if token.repaired => PatternKind::Error(Vec::new()),
            Str => PatternKind::Str(self.string_value(token)),
            StrStart => {
                self.string_literal("a pattern");
                return PatternKind::Error(Vec::new());
            }
            True => PatternKind::Bool(true),
            False => PatternKind::Bool(false),
            Null => PatternKind::Null,
            Error if token.end > token.start => PatternKind::Error(Vec::new()),
            Body => {
                let head = self.take_ident();
                return self.named_pattern(head);
            }
            kind if kind == Ident || kind.is_reserved() => {
                let head = self.ident("a pattern");
                return self.named_pattern(head);
            }
            _ => {
                self.unexpected("a pattern");
                return PatternKind::Error(Vec::new());
            }
        };
        self.bump();
        kind
    }

    fn integer_pattern(&mut self, negative: bool) -> PatternKind {
        match self.signed_integer(negative) {
            Some(value) => PatternKind::Int(value),
            None => PatternKind::Error(Vec::new()),
        }
    }

    /// A pattern that begins with a name.
    fn named_pattern(&mut self, head: crate::ast::Ident) -> PatternKind {
        if head.name == sym::UNDERSCORE && !matches!(self.kind(), Dot | ParenOpen) {
            return PatternKind::Wildcard;
        }
        let mut rest = Vec::new();
        while self.at(Dot) && !self.panicking {
            self.bump();
            rest.push(self.word("a name after `.`"));
        }
        let name = Path { head, rest };
        if self.at(ParenOpen) && !self.panicking { self.sub_patterns(name) } else { PatternKind::Name(name) }
    }

    /// The current token is the `(` after the name.
    fn sub_patterns(&mut self, name: Path) -> PatternKind {
        let (start, errors) = (name.head.span.start, self.errors);
        let repaired = self.open_bracket();
        let parts = self.elements(ParenClose, Self::sub_pattern);
        self.close_bracket(ParenClose, repaired);
        let mut positional = Vec::new();
        let mut named = Vec::new();
        for part in parts {
            match part {
                SubPattern::Positional(pattern) => positional.push(pattern),
                SubPattern::Named(pattern) => named.push(pattern),
            }
        }
        if !positional.is_empty() && !named.is_empty() {
            positional.extend(named.into_iter().map(|named| named.pattern));
            if self.errors > errors {
                return PatternKind::Error(positional);
            }
            let span = self.span_from(start);
            let message = "a pattern mixes positional and named sub-patterns: name all of them or none";
            self.report(Diagnostic::error(codes::MIXED_PATTERN, self.file, span, message));
            return PatternKind::Error(positional);
        }
        if named.is_empty() {
            PatternKind::Positional { name, args: positional }
        } else {
            PatternKind::Named { name, args: named }
        }
    }

    fn sub_pattern(&mut self) -> SubPattern {
        if !(self.kind().is_word() && self.nth(1) == Eq) {
            return SubPattern::Positional(self.pattern());
        }
        let start = self.start();
        let name = self.take_ident();
        self.bump();
        let pattern = self.pattern();
        SubPattern::Named(NamedPattern { name, pattern, span: self.span_from(start) })
    }
}
