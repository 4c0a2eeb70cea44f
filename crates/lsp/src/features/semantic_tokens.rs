//! Semantic tokens (toolchain reference 14.12): every token of the source by what it means.

use fuse_diagnostics::{FileId, Span};
use fuse_sema::index::{Entity, EntityKind, Index, Role};
use fuse_syntax::{TokenKind, lex};
use lsp_types::{Range, TextDocumentIdentifier};
use serde_json::{Value, json};

use crate::documents::identity;
use crate::text::{Encoding, Text};
use crate::uri;
use crate::workspace::Workspace;

/// The names of the types of tokens, in the order of their numbers.
pub(crate) const LEGEND: [&str; 14] = [
    "namespace",
    "type",
    "enum",
    "enumMember",
    "function",
    "parameter",
    "variable",
    "property",
    "keyword",
    "string",
    "number",
    "comment",
    "htmlTag",
    "htmlAttribute",
];

/// The type of a token: its number in the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
enum Class {
    Namespace,
    Type,
    Enum,
    EnumMember,
    Function,
    Parameter,
    Variable,
    Property,
    Keyword,
    String,
    Number,
    Comment,
    HtmlTag,
    HtmlAttribute,
}

/// The tokens of a document, or those that touch a range of it.
pub(crate) fn answer(
    workspace: &mut Workspace,
    document: &TextDocumentIdentifier,
    range: Option<Range>,
) -> Option<Value> {
    let path = identity(&uri::to_path(document.uri.as_str()));
    let program = workspace.program(&path);
    let file = program.file(&path)?;
    let text = program.text(file);
    let encoding = workspace.encoding;
    let within = range.map_or(text.everything(), |range| text.span(range, encoding));
    let touches = |span: Span| range.is_none() || (span.start < within.end && span.end > within.start);
    let mut lines: Vec<(Span, Class)> = Vec::new();
    for (span, class) in tokens(text, &program.found.index, file) {
        split(text, span, |span| {
            if touches(span) {
                lines.push((span, class));
            }
        });
    }
    Some(json!({"data": encoded(text, &lines, encoding)}))
}

/// The tokens in order.
fn tokens(text: &Text, index: &Index, file: FileId) -> Vec<(Span, Class)> {
    let lexed = lex(text.as_str(), FileId(0));
    let mut found: Vec<(Span, Class)> =
        lexed.comments.iter().map(|comment| (comment.span, Class::Comment)).collect();
    for token in lexed.tokens.iter().filter(|token| token.start < token.end) {
        let class = match token.kind {
            TokenKind::Str | TokenKind::StrStart | TokenKind::StrText | TokenKind::StrEnd => {
                route_parameters(index, file, token.span(), &mut found);
                continue;
            }
            TokenKind::Int | TokenKind::Float => Some(Class::Number),
            kind if kind.is_word() => word(text, index, file, token.span(), kind),
            _ => None,
        };
        found.extend(class.map(|class| (token.span(), class)));
    }
    found.sort_by_key(|(span, _)| span.start);
    found
}

/// A string; the parameters that a route's path declares are their own tokens.
fn route_parameters(index: &Index, file: FileId, span: Span, found: &mut Vec<(Span, Class)>) {
    let list = index.of_file(file);
    let from = list.partition_point(|reference| reference.span.start <= span.start);
    let mut start = span.start;
    for reference in list[from..].iter().take_while(|reference| reference.span.end < span.end) {
        found.push((Span::new(start, reference.span.start), Class::String));
        found.push((reference.span, Class::Parameter));
        start = reference.span.end;
    }
    found.push((Span::new(start, span.end), Class::String));
}

fn word(text: &Text, index: &Index, file: FileId, span: Span, kind: TokenKind) -> Option<Class> {
    if let Some(reference) = index.named(file, span) {
        return Some(class(index.entity(reference.entity), reference.role));
    }
    if kind.is_reserved() {
        // After a dot any word is a name.
        let before = text.as_str()[..span.start as usize].trim_end();
        return (!before.ends_with('.') || before.ends_with("..")).then_some(Class::Keyword);
    }
    let line = text.line_text(text.line(span.start));
    match text.slice(span) {
        "where" if acts_as_where(text, span) => Some(Class::Keyword),
        "regex" | "predicate" if text.as_str()[span.end as usize..].starts_with('(') => Some(Class::Keyword),
        "db" | "crypto" | "network" | "time" if line.starts_with("requires") => Some(Class::Keyword),
        "std" if line.trim_start().starts_with("import") || line.starts_with("type") => {
            Some(Class::Namespace)
        }
        "Error" if line.trim_start().starts_with("import") => Some(Class::Namespace),
        _ => unresolved(text, span),
    }
}

/// Whether the word stands after the head of a declaration.
fn acts_as_where(text: &Text, span: Span) -> bool {
    let before = text.as_str()[..span.start as usize].trim_end();
    let after = &text.as_str()[span.end as usize..];
    let constraint = after.trim_start().split_once(':').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    constraint && !before.ends_with('.')
}

/// A name that nothing is known of, because of an error.
fn unresolved(text: &Text, span: Span) -> Option<Class> {
    let after = text.as_str()[span.end as usize..].trim_start();
    let before = text.as_str()[..span.start as usize].trim_end();
    Some(match (before.ends_with('.'), after.starts_with('(')) {
        (_, true) => Class::Function,
        (true, false) => Class::Property,
        (false, false) => Class::Variable,
    })
}

fn class(entity: &Entity, role: Role) -> Class {
    match (entity.kind, role) {
        (_, Role::Attribute) => Class::HtmlAttribute,
        (EntityKind::Tag, _) | (EntityKind::Component, Role::Use) => Class::HtmlTag,
        (_, Role::Argument) => Class::Property,
        (EntityKind::Module | EntityKind::Namespace, _) => Class::Namespace,
        (
            EntityKind::Type
            | EntityKind::Interface
            | EntityKind::Config
            | EntityKind::TypeParameter
            | EntityKind::BuiltinType,
            _,
        ) => Class::Type,
        (EntityKind::Enum, _) => Class::Enum,
        (EntityKind::Variant | EntityKind::Constructor, _) => Class::EnumMember,
        (
            EntityKind::Function | EntityKind::Component | EntityKind::Service | EntityKind::BuiltinFunction,
            _,
        ) => Class::Function,
        // Their names are texts where they are no identifiers.
        (EntityKind::Route | EntityKind::App | EntityKind::Migration | EntityKind::Test, _) => {
            Class::Function
        }
        (EntityKind::Parameter, _) => Class::Parameter,
        (EntityKind::Variable | EntityKind::Asset, _) => Class::Variable,
        (EntityKind::Field, _) => Class::Property,
        (EntityKind::Attribute, _) => Class::HtmlAttribute,
    }
}

/// The parts of a token on its lines, without the line ends.
fn split(text: &Text, span: Span, mut part: impl FnMut(Span)) {
    let mut start = span.start;
    while start < span.end {
        let line = text.line(start);
        let end = (text.line_start(line) + text.line_text(line).len() as u32).min(span.end);
        if start < end {
            part(Span::new(start, end));
        }
        let next = text.line_start(line + 1);
        if next <= start {
            return;
        }
        start = next;
    }
}

/// Five numbers for each token: lines and columns relative to the one before.
fn encoded(text: &Text, tokens: &[(Span, Class)], encoding: Encoding) -> Vec<u32> {
    let mut data = Vec::with_capacity(tokens.len() * 5);
    let (mut line, mut column) = (0, 0);
    for &(span, class) in tokens {
        let at = text.position(span.start, encoding);
        let from = if at.line == line { at.character - column } else { at.character };
        let length = encoding.length(text.slice(span));
        data.extend([at.line - line, from, length, class as u32, 0]);
        (line, column) = (at.line, at.character);
    }
    data
}
