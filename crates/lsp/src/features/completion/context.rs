//! Where the cursor is: what may stand there, as far as the tokens before it tell.

use fuse_diagnostics::FileId;
use fuse_syntax::{Token, TokenKind, lex};

use super::keywords;
use crate::text::Text;

/// What may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// Nothing that could be completed.
    Nothing,
    /// A member, after a dot.
    Member,
    /// The path of an import, of which something has been typed.
    ImportPath { typed: String },
    /// Names in the braces of an import.
    ImportNames { from: String },
    /// A word after `requires`.
    Capability,
    /// One of these words.
    Words(&'static [&'static str]),
    /// The name of an interface.
    Interface,
    /// A type.
    Type,
    /// The beginning of a declaration.
    Declaration,
    /// The beginning of a method.
    ImplBody,
    /// The beginning of a route.
    ServiceBody,
    /// An expression, or where one begins a line, a statement.
    Expression { statement: bool },
}

/// What may stand where a word begins.
pub(super) fn of(text: &Text, start: u32) -> Context {
    let lexed = lex(text.as_str(), FileId(0));
    let in_comment =
        |at: u32| lexed.comments.iter().any(|comment| comment.span.start < at && at <= comment.span.end);
    if in_comment(start) {
        return Context::Nothing;
    }
    let line_number = text.line(start);
    let line_start = text.line_start(line_number);
    let line = text.line_text(line_number);
    let before_on_line = &line[..(start - line_start) as usize];
    if line.trim_start().starts_with("import")
        && let Some(context) = import(line, before_on_line)
    {
        return context;
    }
    if lexed.tokens.iter().any(|token| is_inside_string(token, start)) {
        return Context::Nothing;
    }
    let tokens: Vec<&Token> =
        lexed.tokens.iter().filter(|token| token.end <= start && token.start < token.end).collect();
    let Some(last) = tokens.last() else { return Context::Declaration };
    if last.kind == TokenKind::Dot {
        return Context::Member;
    }
    if matches!(last.kind, TokenKind::Int | TokenKind::Float) && last.end == start {
        return Context::Nothing;
    }
    if line.trim_start().starts_with("requires") && !before_on_line.trim().is_empty() {
        return Context::Capability;
    }
    let own_line: Vec<&Token> = tokens.iter().copied().filter(|token| token.start >= line_start).collect();
    let depth = open_brackets(&tokens);
    if own_line.is_empty() && depth == 0 {
        return line_begin(text, line_number, before_on_line.len());
    }
    let head = own_line.first().map_or(last.kind, |token| token.kind);
    match head {
        TokenKind::Impl if last.kind == TokenKind::Impl => return Context::Interface,
        TokenKind::Impl if last.kind == TokenKind::For => return Context::Type,
        TokenKind::Impl => return Context::Words(&["for"]),
        TokenKind::Service if own_line.len() == 2 => return Context::Words(&["at"]),
        TokenKind::Service | TokenKind::Enum | TokenKind::Interface | TokenKind::App | TokenKind::Test
            if depth == 0 =>
        {
            return Context::Nothing;
        }
        TokenKind::Let
        | TokenKind::Var
        | TokenKind::Fn
        | TokenKind::Component
        | TokenKind::Type
        | TokenKind::Config
            if own_line.len() == 1 =>
        {
            return Context::Nothing;
        }
        TokenKind::For if own_line.len() == 1 => return Context::Nothing,
        TokenKind::For if own_line.len() == 2 => return Context::Words(&["in"]),
        TokenKind::Type if last.kind == TokenKind::Eq => return Context::Type,
        TokenKind::Type if own_line.iter().any(|token| token.kind == TokenKind::Eq) => {
            return Context::Words(&["without"]);
        }
        _ => {}
    }
    if is_constraint(text, &own_line) {
        return Context::Interface;
    }
    if is_type(text, &tokens, &own_line, line_number) {
        return Context::Type;
    }
    let route = own_line.first().is_some_and(|token| keywords::ROUTES.contains(&text.slice(token.span())));
    if route && own_line.len() == 2 && last.kind == TokenKind::Str {
        return Context::Words(&["body"]);
    }
    if ends_value(last) && last.end < start {
        return Context::Words(keywords::OPERATORS);
    }
    // A suite on the line of its head may be a statement.
    let statement = last.kind == TokenKind::Colon && depth == 0;
    Context::Expression { statement }
}

fn is_inside_string(token: &Token, at: u32) -> bool {
    match token.kind {
        TokenKind::Str => token.start < at && at < token.end,
        TokenKind::StrText => token.start < at && at <= token.end || token.start == at && token.end > at,
        TokenKind::Error => token.start < at && at <= token.end,
        _ => false,
    }
}

fn ends_value(token: &Token) -> bool {
    matches!(
        token.kind,
        TokenKind::Ident
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Str
            | TokenKind::StrEnd
            | TokenKind::ParenClose
            | TokenKind::BracketClose
            | TokenKind::BraceClose
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Null
    )
}

fn open_brackets(tokens: &[&Token]) -> usize {
    let mut depth = 0usize;
    for token in tokens {
        if token.kind.closer().is_some() {
            depth += 1;
        } else if token.kind.is_closer() && !token.repaired {
            depth = depth.saturating_sub(1);
        }
    }
    depth
}

/// In a line that imports something.
fn import(line: &str, before: &str) -> Option<Context> {
    let quotes = before.matches('"').count();
    if quotes % 2 == 1 {
        let typed = before.rsplit('"').next().unwrap_or("").to_owned();
        return Some(Context::ImportPath { typed });
    }
    if quotes > 0 {
        return Some(Context::Nothing);
    }
    let rest = before.trim_start().strip_prefix("import")?;
    if rest.is_empty() {
        return None;
    }
    if rest.contains('{') && !rest.contains('}') {
        let from = line.split(" from ").nth(1).unwrap_or("").trim().trim_matches('"').to_owned();
        return Some(Context::ImportNames { from });
    }
    let words = rest.split_whitespace().count();
    Some(match words {
        0 => Context::Nothing,
        _ if rest.trim_end().ends_with("from") => Context::Words(&["std.Error"]),
        _ if rest.contains('}') || rest.contains(" as ") => Context::Words(&["from"]),
        _ => Context::Words(&["as", "from"]),
    })
}

/// The first word of a line: what it may be is said by the block that the line belongs to.
fn line_begin(text: &Text, line: usize, column: usize) -> Context {
    if column == 0 {
        return Context::Declaration;
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut column = column;
    let mut nearest = None;
    for above in (0..line).rev() {
        let written = text.line_text(above);
        if written.trim().is_empty() || written.trim_start().starts_with('#') {
            continue;
        }
        if indent(written) < column {
            column = indent(written);
            nearest.get_or_insert(written.trim_start());
            if column == 0 {
                break;
            }
        }
    }
    let word = nearest.and_then(|line| line.split([' ', ':', '(']).next()).unwrap_or("");
    match word {
        "type" | "config" | "enum" => Context::Nothing,
        "interface" => Context::Words(&["fn"]),
        "impl" => Context::ImplBody,
        "service" => Context::ServiceBody,
        _ => Context::Expression { statement: true },
    }
}

/// Whether an interface is named after `where T:`.
fn is_constraint(text: &Text, line: &[&Token]) -> bool {
    let at =
        line.iter().position(|token| token.kind == TokenKind::Ident && text.slice(token.span()) == "where");
    at.is_some() && line.last().is_some_and(|token| token.kind == TokenKind::Colon)
}

/// Whether a type stands here: after the `:` of a field, parameter or binding, after `->`, between `<` and `>`, after `!`.
fn is_type(text: &Text, tokens: &[&Token], line: &[&Token], number: usize) -> bool {
    let Some(last) = tokens.last() else { return false };
    match last.kind {
        TokenKind::Arrow => !is_arm(text, line),
        TokenKind::Colon => is_annotation(text, tokens, line, number),
        TokenKind::Lt | TokenKind::Comma | TokenKind::Bang => {
            // `List<`, `Map<String, `, `T!`: after a name that adjoins, in a place for types.
            let back = tokens.len().saturating_sub(2);
            let opener = enclosing(tokens);
            let adjoins = tokens
                .get(back)
                .is_some_and(|before| before.kind == TokenKind::Ident && before.end == last.start);
            match last.kind {
                TokenKind::Comma => opener == Some(TokenKind::Lt),
                TokenKind::Lt => adjoins,
                _ => {
                    let before = tokens.get(back);
                    before.is_some_and(|before| {
                        before.end == last.start && (ends_value(before) || before.kind == TokenKind::Gt)
                    })
                }
            }
        }
        TokenKind::Body => {
            line.first().is_some_and(|token| keywords::ROUTES.contains(&text.slice(token.span())))
        }
        _ => false,
    }
}

/// The bracket around the end of the tokens, type arguments included.
fn enclosing(tokens: &[&Token]) -> Option<TokenKind> {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().rev() {
        match token.kind {
            TokenKind::Gt => depth += 1,
            kind if kind.is_closer() => depth += 1,
            TokenKind::Lt => {
                let adjoins =
                    at > 0 && tokens[at - 1].kind == TokenKind::Ident && tokens[at - 1].end == token.start;
                if depth == 0 {
                    return adjoins.then_some(TokenKind::Lt);
                }
                depth -= 1;
            }
            kind if kind.closer().is_some() => {
                if depth == 0 {
                    return Some(kind);
                }
                depth -= 1;
            }
            _ => {}
        }
    }
    None
}

/// Whether the line is an arm of a `match`: its arrow leads to a value.
fn is_arm(text: &Text, line: &[&Token]) -> bool {
    let head = line.first().map(|token| (token.kind, text.slice(token.span())));
    match head {
        Some((TokenKind::Fn | TokenKind::Component, _)) => false,
        Some((_, word)) if keywords::ROUTES.contains(&word) => false,
        // The rest of a signature that was begun on a line before.
        Some((TokenKind::ParenClose, _)) | None => false,
        Some(_) => !line.iter().any(|token| token.kind == TokenKind::Fn),
    }
}

fn is_annotation(text: &Text, tokens: &[&Token], line: &[&Token], number: usize) -> bool {
    let named = tokens.len() >= 2 && tokens[tokens.len() - 2].kind.is_word();
    match enclosing(tokens) {
        // Parameters and payloads have types; entries of maps have values.
        Some(TokenKind::ParenOpen) => named,
        Some(_) => false,
        None => match line {
            [first, _, _] if matches!(first.kind, TokenKind::Let | TokenKind::Var) => true,
            [_, _] if named => {
                // A field of a type or config.
                let column = text.line_text(number).len() - text.line_text(number).trim_start().len();
                line_begin(text, number, column) == Context::Nothing
            }
            _ => false,
        },
    }
}
