//! Reads the text form of programs (see [`crate::text`]).

mod body;
mod items;

use crate::Type;
use crate::function::{Block, Value};
use crate::lexer::{Token, tokens};
use crate::names::{TYPES, item};
use crate::program::{FuncId, PositionId, Program, StaticId};
use fuse_abi::failure::Failure;
use rustc_hash::FxHashMap;
use std::fmt;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// From 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

/// Values and blocks have at most this number, so that a slip of the pen does not fill the memory.
const MAX_NUMBER: u32 = 1 << 24;

type Parsed<T> = Result<T, ParseError>;

/// Reads a program.
pub fn program(text: &str) -> Parsed<Program> {
    let tokens = tokens(text)?;
    let functions = function_names(&tokens)?;
    let mut parser = Parser { tokens, at: 0, functions, program: Program::default() };
    parser.program()?;
    Ok(parser.program)
}

/// The functions' names are known before their bodies are read, for calls of later ones.
fn function_names(tokens: &[(Token, u32)]) -> Parsed<FxHashMap<String, FuncId>> {
    let mut names = FxHashMap::default();
    let mut line_start = true;
    for window in tokens.windows(2) {
        if let [(Token::Word(word), line), (Token::Word(name) | Token::Text(name), _)] = window
            && line_start
            && word == "fn"
        {
            let id = FuncId(names.len() as u32);
            if names.insert(name.clone(), id).is_some() {
                return Err(ParseError { line: *line, message: format!("a second function {name}") });
            }
        }
        line_start = window[0].0 == Token::Line;
    }
    Ok(names)
}

struct Parser {
    tokens: Vec<(Token, u32)>,
    at: usize,
    functions: FxHashMap<String, FuncId>,
    program: Program,
}

/// Tokens.
impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    /// An error about the token before.
    fn error<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(ParseError { line: self.tokens[self.at.saturating_sub(1)].1, message: message.into() })
    }

    fn expected<T>(&self, what: &str, found: &Token) -> Parsed<T> {
        self.error(format!("expected {what}, found {}", found.describe()))
    }

    fn has(&mut self, c: char) -> bool {
        let has = *self.peek() == Token::Punct(c);
        if has {
            self.next();
        }
        has
    }

    fn has_word(&mut self, word: &str) -> bool {
        let has = matches!(self.peek(), Token::Word(found) if found == word);
        if has {
            self.next();
        }
        has
    }

    fn punct(&mut self, c: char) -> Parsed<()> {
        match self.next() {
            Token::Punct(found) if found == c => Ok(()),
            found => self.expected(&format!("`{c}`"), &found),
        }
    }

    fn line_end(&mut self) -> Parsed<()> {
        match self.next() {
            Token::Line => Ok(()),
            found => self.expected("the end of the line", &found),
        }
    }

    fn word(&mut self, what: &str) -> Parsed<String> {
        match self.next() {
            Token::Word(word) => Ok(word),
            found => self.expected(what, &found),
        }
    }

    fn name(&mut self) -> Parsed<String> {
        match self.next() {
            Token::Word(name) | Token::Text(name) => Ok(name),
            found => self.expected("a name", &found),
        }
    }

    fn text(&mut self) -> Parsed<String> {
        match self.next() {
            Token::Text(text) => Ok(text),
            found => self.expected("quoted text", &found),
        }
    }

    fn keyword(&mut self, word: &str) -> Parsed<()> {
        match self.next() {
            Token::Word(found) if found == word => Ok(()),
            found => self.expected(&format!("`{word}`"), &found),
        }
    }

    fn number<T: std::str::FromStr>(&mut self, what: &str) -> Parsed<T> {
        match self.next() {
            Token::Number(number) => match number.parse() {
                Ok(value) => Ok(value),
                Err(_) => self.error(format!("{number} is not {what}")),
            },
            found => self.expected(what, &found),
        }
    }

    fn u32(&mut self) -> Parsed<u32> {
        self.number("a number of 32 bits")
    }

    fn is_number(&self) -> bool {
        matches!(self.peek(), Token::Number(_))
    }

    /// A prefix letter and a number, such as `v12`.
    fn numbered(&mut self, prefix: char, what: &str) -> Parsed<u32> {
        let word = self.word(what)?;
        match word.strip_prefix(prefix).and_then(|digits| digits.parse::<u32>().ok()) {
            Some(number) if number < MAX_NUMBER => Ok(number),
            _ => self.error(format!("expected {what}, found `{word}`")),
        }
    }

    fn value(&mut self) -> Parsed<Value> {
        self.numbered('v', "a value such as v0").map(Value)
    }

    fn block_id(&mut self) -> Parsed<Block> {
        self.numbered('b', "a block such as b0").map(Block)
    }

    fn static_id(&mut self) -> Parsed<StaticId> {
        self.numbered('s', "a static object such as s0").map(StaticId)
    }

    fn ty(&mut self) -> Parsed<Type> {
        let word = self.word("a type")?;
        match item(TYPES, &word) {
            Some(ty) => Ok(ty),
            None => self.error(format!("`{word}` is not a type; types are i64, f64, i8, ref, opt, ptr")),
        }
    }

    fn failure(&mut self) -> Parsed<Failure> {
        let word = self.word("a failure")?;
        match Failure::ALL.iter().find(|failure| failure.name() == word) {
            Some(failure) => Ok(*failure),
            None => self.error(format!("there is no failure `{word}`")),
        }
    }

    fn function_id(&mut self) -> Parsed<FuncId> {
        let name = self.name()?;
        match self.functions.get(&name) {
            Some(id) => Ok(*id),
            None => self.error(format!("there is no function {name}")),
        }
    }

    fn position(&mut self) -> Parsed<PositionId> {
        if self.has('@') { self.u32().map(PositionId) } else { Ok(PositionId(0)) }
    }

    /// Items between brackets, with commas.
    fn list<T>(
        &mut self,
        open: char,
        close: char,
        item: impl Fn(&mut Parser) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        self.punct(open)?;
        let mut items = Vec::new();
        if self.has(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.has(close) {
                return Ok(items);
            }
            self.punct(',')?;
        }
    }

    fn slots(&mut self) -> Parsed<Vec<(u32, Value)>> {
        self.list('{', '}', |parser| {
            let offset = parser.u32()?;
            parser.punct(':')?;
            Ok((offset, parser.value()?))
        })
    }
}
