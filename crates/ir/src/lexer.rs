//! Tokens of the text form.

use crate::names::{is_word, is_word_start};
use crate::parse::ParseError;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// Name or keyword.
    Word(String),
    /// Integer or float, as written.
    Number(String),
    /// Quoted text, without its quotes and escapes.
    Text(String),
    /// Anything else.
    Punct(char),
    /// Line end.
    Line,
    /// The end.
    End,
}

impl Token {
    /// For messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Token::Word(text) | Token::Number(text) => format!("`{text}`"),
            Token::Text(_) => "quoted text".into(),
            Token::Punct(c) => format!("`{c}`"),
            Token::Line => "the end of the line".into(),
            Token::End => "the end of the text".into(),
        }
    }
}

/// Splits text into tokens with their line numbers. Ends with [`Token::End`]; empty lines leave no token.
pub(crate) fn tokens(text: &str) -> Result<Vec<(Token, u32)>, ParseError> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let token = match c {
            '\n' => {
                if !matches!(tokens.last(), None | Some((Token::Line, _))) {
                    tokens.push((Token::Line, line));
                }
                line += 1;
                continue;
            }
            ';' => {
                while chars.next_if(|c| *c != '\n').is_some() {}
                continue;
            }
            c if c.is_whitespace() => continue,
            '"' => Token::Text(quoted(&mut chars, line)?),
            c if c.is_ascii_digit()
                || c == '-' && chars.peek().is_some_and(|c| c.is_ascii_alphanumeric()) =>
            {
                let mut number = String::from(c);
                while let Some(c) = chars.next_if(|c| {
                    c.is_ascii_alphanumeric()
                        || *c == '.'
                        || matches!(c, '+' | '-') && number.ends_with('e') && !number.starts_with("0x")
                }) {
                    number.push(c);
                }
                Token::Number(number)
            }
            c if is_word_start(c) => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| is_word(*c)) {
                    word.push(c);
                }
                Token::Word(word)
            }
            c => Token::Punct(c),
        };
        tokens.push((token, line));
    }
    tokens.push((Token::Line, line));
    tokens.push((Token::End, line));
    Ok(tokens)
}

fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, line: u32) -> Result<String, ParseError> {
    let error = |message: &str| ParseError { line, message: message.into() };
    let mut text = String::new();
    loop {
        match chars.next() {
            None | Some('\n') => return Err(error("quoted text without an end")),
            Some('"') => return Ok(text),
            Some('\\') => match chars.next() {
                Some('n') => text.push('\n'),
                Some(c @ ('"' | '\\')) => text.push(c),
                Some('u') if chars.next_if_eq(&'{').is_some() => {
                    let mut digits = String::new();
                    while let Some(c) = chars.next_if(char::is_ascii_hexdigit) {
                        digits.push(c);
                    }
                    let c = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    match (c, chars.next()) {
                        (Some(c), Some('}')) => text.push(c),
                        _ => return Err(error("bad `\\u{...}` in quoted text")),
                    }
                }
                _ => return Err(error("unknown escape in quoted text; known are \\n \\\" \\\\ \\u{...}")),
            },
            Some(c) => text.push(c),
        }
    }
}
