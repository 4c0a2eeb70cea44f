//! The parser: recursive descent over the tokens, one file for each part of the grammar.
//!
//! Errors: the first one of a place is reported and starts *panic*, in which nothing more is reported until the parser
//! has found firm ground again: the next element of a bracket, the next line, or the next declaration. Inside brackets
//! that the lexer had to repair nothing is reported at all, because the lexer has said what is wrong there.

mod bodies;
mod calls;
mod decls;
mod exprs;
mod hints;
mod html;
mod imports;
mod patterns;
mod recovery;
mod services;
mod stmts;
mod strings;
mod types;

use fuse_diagnostics::{Code, Diagnostic, FileId, Span, codes};

use crate::ast::{Ident, Module, TypeKind, TypeRef};
use crate::interner::Interner;
use crate::lexer::{Comment, Lexed, MOST_DIAGNOSTICS, lex};
use crate::sym;
use crate::token::{Token, TokenKind};
use crate::{MAX_HEIGHT, MAX_NESTING};

/// What the parser yields.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The tree; with `Error` nodes where something is wrong.
    pub module: Module,
    /// What is wrong, in source order; that of the lexer included.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a source file.
pub fn parse(source: &str, file: FileId, interner: &mut Interner) -> Parsed {
    let mut parser = Parser::new(source, file, lex(source, file), interner);
    let module = parser.module();
    Parsed { module, diagnostics: parser.finish() }
}

/// Parses a type that stands in a string (of a route's path). Every span of the result is `at`.
pub fn parse_type(text: &str, file: FileId, at: Span, interner: &mut Interner) -> (TypeRef, Vec<Diagnostic>) {
    let mut lexed = lex(text, file);
    lexed.tokens.retain(|token| !matches!(token.kind, TokenKind::Indent | TokenKind::Dedent));
    let mut parser = Parser::new(text, file, lexed, interner);
    parser.fixed_span = Some(at);
    let mut ty = parser.type_ref();
    if !parser.panicking && !parser.at(TokenKind::Newline) && !parser.at(TokenKind::Eof) {
        parser.unexpected("the end of the type");
    }
    if parser.panicking {
        ty = TypeRef { kind: TypeKind::Error, span: at };
    }
    let mut diagnostics = parser.finish();
    for diagnostic in &mut diagnostics {
        diagnostic.span = at;
    }
    diagnostics.dedup();
    (ty, diagnostics)
}

struct Parser<'s> {
    source: &'s str,
    file: FileId,
    tokens: Vec<Token>,
    /// The index of the current token.
    pos: usize,
    /// Where the last token with a text ended.
    last_end: u32,
    comments: Vec<Comment>,
    /// The first comment that may still be asked for.
    next_comment: usize,
    interner: &'s mut Interner,
    diagnostics: Vec<Diagnostic>,
    /// How deep the current place is nested.
    depth: u32,
    /// Whether [`codes::NESTING_TOO_DEEP`] has been reported for the current declaration.
    too_deep: bool,
    /// Something is wrong here and has been reported.
    panicking: bool,
    /// How many errors have been met, reported or not: whether it has changed tells whether a part is sound.
    errors: u32,
    /// Whether the entry before the current one, in its block, had an error.
    previous_failed: bool,
    /// In how many repaired brackets the current place stands.
    quiet: u32,
    /// Where an unexpected indentation, or a reserved word left where a name is missing, has been reported: the token there is not reported once more.
    reported_at: Option<u32>,
    /// The index of the last prefix minus.
    minus: usize,
    /// The text of a string while it is put together.
    scratch: String,
    /// The span of every node, if the text stands in a string of the real source.
    fixed_span: Option<Span>,
}

impl<'s> Parser<'s> {
    fn new(source: &'s str, file: FileId, lexed: Lexed, interner: &'s mut Interner) -> Parser<'s> {
        Parser {
            source,
            file,
            tokens: lexed.tokens,
            pos: 0,
            last_end: 0,
            comments: lexed.comments,
            next_comment: 0,
            interner,
            diagnostics: lexed.diagnostics,
            depth: 0,
            too_deep: false,
            panicking: false,
            errors: 0,
            previous_failed: false,
            quiet: 0,
            reported_at: None,
            minus: usize::MAX - 1,
            scratch: String::new(),
            fixed_span: None,
        }
    }

    /// The diagnostics in source order.
    fn finish(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics;
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        diagnostics.dedup();
        diagnostics
    }

    // ---- tokens ----

    fn token(&self) -> Token {
        self.tokens[self.pos]
    }

    fn kind(&self) -> TokenKind {
        self.tokens[self.pos].kind
    }

    /// The kind of the token `ahead` of the current one.
    fn nth(&self, ahead: usize) -> TokenKind {
        self.tokens.get(self.pos + ahead).map_or(TokenKind::Eof, |token| token.kind)
    }

    /// The token before the current one.
    fn previous(&self) -> Option<Token> {
        self.tokens.get(self.pos.wrapping_sub(1)).copied()
    }

    fn at(&self, kind: TokenKind) -> bool {
        self.kind() == kind
    }

    /// Takes the current token; the last one stays.
    fn bump(&mut self) -> Token {
        let token = self.token();
        if !token.kind.is_layout() {
            self.last_end = token.end;
        }
        if self.pos + 1 < self.tokens.len() {
            self.pos += 1;
        }
        token
    }

    /// Takes the current token and says where it stood.
    fn take_span(&mut self) -> Span {
        let token = self.bump();
        self.span_of(token)
    }

    fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    /// Takes a token that must be there.
    fn expect(&mut self, kind: TokenKind) -> Option<Span> {
        if self.at(kind) {
            return Some(self.take_span());
        }
        self.unexpected(kind.describe());
        None
    }

    fn text(&self, token: Token) -> &'s str {
        &self.source[token.start as usize..token.end as usize]
    }

    /// Whether the current token is an identifier with this text: a contextual word.
    fn at_word(&self, word: &str) -> bool {
        self.at(TokenKind::Ident) && self.text(self.token()) == word
    }

    // ---- spans ----

    fn span_of(&self, token: Token) -> Span {
        self.fixed_span.unwrap_or(token.span())
    }

    /// Where the current token begins.
    fn start(&self) -> u32 {
        self.token().start
    }

    /// From `start` to the end of the last token.
    fn span_from(&self, start: u32) -> Span {
        self.fixed_span.unwrap_or(Span::new(start, self.last_end.max(start)))
    }

    // ---- names ----

    /// An identifier that must be there. A reserved word is reported and, where it can be meant as a name, taken.
    fn ident(&mut self, what: &str) -> Ident {
        let token = self.token();
        if token.kind == TokenKind::Ident {
            return self.take_ident();
        }
        if !token.kind.is_reserved() {
            self.unexpected(what);
            return Ident { name: sym::EMPTY, span: self.fixed_span.unwrap_or(Span::empty(token.start)) };
        }
        self.reserved_word();
        if self.has_role_of_its_own() {
            // Left where it is; if it does not fit what follows either, that is no second mistake.
            self.reported_at = Some(token.start);
            return Ident { name: sym::EMPTY, span: self.fixed_span.unwrap_or(Span::empty(token.start)) };
        }
        if self.nth(1) == TokenKind::Ident {
            // Of two words the second is the name.
            self.bump();
        }
        self.take_ident()
    }

    /// Any word.
    fn word(&mut self, what: &str) -> Ident {
        if self.kind().is_word() {
            return self.take_ident();
        }
        self.unexpected(what);
        Ident { name: sym::EMPTY, span: self.fixed_span.unwrap_or(Span::empty(self.start())) }
    }

    fn take_ident(&mut self) -> Ident {
        let token = self.bump();
        let name = self.interner.intern(self.text(token));
        Ident { name, span: self.span_of(token) }
    }

    /// Reports the current token, a reserved word, as no name. Parsing goes on.
    fn reserved_word(&mut self) {
        let text = self.text(self.token());
        let message = format!("`{text}` is a reserved word and cannot be a name");
        let hint = format!("choose another name, for example `{text}_` or `the_{text}`");
        self.report(
            Diagnostic::error(codes::RESERVED_KEYWORD, self.file, self.span_of(self.token()), message)
                .hint(hint),
        );
    }

    /// Whether the current reserved word, found in place of a name, rather does its own work: the name is missing, as
    /// in `import from "x"`.
    fn has_role_of_its_own(&self) -> bool {
        use TokenKind::*;
        matches!(self.kind(), In | From | As | At | For | Without | If | Else)
            && !matches!(
                self.nth(1),
                Eq | Colon
                    | ParenOpen
                    | ParenClose
                    | BracketClose
                    | BraceClose
                    | Comma
                    | Lt
                    | Gt
                    | Newline
                    | Arrow
                    | Dot
                    | In
                    | From
                    | As
                    | At
                    | For
                    | Without
            )
    }

    // ---- reporting ----

    /// Adds a diagnostic unless something is already known to be wrong here. Parsing goes on.
    fn report(&mut self, diagnostic: Diagnostic) {
        self.errors += 1;
        if !self.panicking && self.quiet == 0 && self.diagnostics.len() < MOST_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Reports an error after which parsing goes on.
    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(code, self.file, span, message));
    }

    /// Reports an error that leaves the parser without firm ground.
    fn panic(&mut self, diagnostic: Diagnostic) {
        self.report(diagnostic);
        self.panicking = true;
    }

    /// The current token does not fit; `expected` says what would.
    fn unexpected(&mut self, expected: &str) {
        let found = self.token();
        let after_error = self.previous().is_some_and(|previous| previous.kind == TokenKind::Error);
        if self.is_reported(found) || after_error || self.stray_bracket_follows() {
            self.silent_panic();
            return;
        }
        let message = format!("expected {expected}, found {}", self.describe(found));
        let mut diagnostic =
            Diagnostic::error(codes::UNEXPECTED_TOKEN, self.file, self.span_of(found), message);
        if let Some(hint) = self.hint_for_unexpected(expected) {
            diagnostic = diagnostic.hint(hint);
        }
        self.panic(diagnostic);
    }

    /// Panics because of an error that has been reported before.
    fn silent_panic(&mut self) {
        self.errors += 1;
        self.panicking = true;
    }

    /// Whether a closing bracket without a partner stands later on this line, outside brackets: what was inside a
    /// bracket has then come outside of it, and does not fit because of that.
    fn stray_bracket_follows(&self) -> bool {
        /// Enough for ordinary lines; on longer ones there may be one more message.
        const FAR: usize = 100;
        let line = self.tokens[self.pos..].iter().take(FAR).take_while(|token| !token.kind.is_layout());
        let mut depth = 0_i32;
        for token in line {
            if token.kind.closer().is_some() {
                depth += 1;
            } else if token.kind.is_closer() {
                depth -= 1;
            } else if token.kind == TokenKind::Error
                && depth == 0
                && matches!(self.text(*token), ")" | "]" | "}")
            {
                return true;
            }
        }
        false
    }

    /// Whether the lexer has reported what is wrong with a token, or its indentation has been reported.
    fn is_reported(&self, token: Token) -> bool {
        token.repaired || token.kind == TokenKind::Error || self.reported_at == Some(token.start)
    }

    // ---- nesting ----

    /// Goes one level deeper, unless that is too deep; then reports it and panics. Every `true` needs a [`Self::leave`].
    fn enter(&mut self) -> bool {
        if self.depth >= MAX_NESTING {
            self.nested_too_deep(self.span_of(self.token()));
            return false;
        }
        self.depth += 1;
        true
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn nested_too_deep(&mut self, span: Span) {
        self.too_deep(span, format!("code is nested more than {MAX_NESTING} levels deep"));
    }

    fn chain_too_long(&mut self, span: Span) {
        self.too_deep(span, format!("an expression has more than {MAX_HEIGHT} operators and links in a row"));
    }

    /// Reported once for each declaration.
    fn too_deep(&mut self, span: Span, message: String) {
        if self.too_deep {
            self.silent_panic();
            return;
        }
        self.too_deep = true;
        self.panic(
            Diagnostic::error(codes::NESTING_TOO_DEEP, self.file, span, message)
                .hint("name a part of it with `let`, or move a part of it into a function"),
        );
    }
}
