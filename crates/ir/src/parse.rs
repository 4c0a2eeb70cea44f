//! Reads the text form of programs (see [`crate::text`]).

use crate::Type;
use crate::function::{Block, Function, InstData, Value, ValueData};
use crate::inst::{BlockCall, Inst, Terminator};
use crate::lexer::{Token, tokens};
use crate::names::{
    BINARY, CHECKED, DESC_KINDS, FLOAT_CC, INT_CC, TYPES, UNARY, default_message_field, desc_fields, item,
};
use crate::program::{
    FuncId, Param, Position, PositionId, Program, Signature, StaticData, StaticId, TypeTables,
};
use fuse_abi::desc::{Config, Constraint, Desc, Field, Variant};
use fuse_abi::failure::Failure;
use fuse_abi::functions::{Mode, Rt};
use fuse_abi::metadata::halves;
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

/// What stands outside functions.
impl Parser {
    fn program(&mut self) -> Parsed<()> {
        loop {
            match self.next() {
                Token::End => return Ok(()),
                Token::Line => continue,
                Token::Word(word) => self.item(&word)?,
                found => return self.expected("`fn`, `static`, `type` or the like", &found),
            }
        }
    }

    fn item(&mut self, word: &str) -> Parsed<()> {
        match word {
            "file" => {
                let file = self.text()?;
                self.program.files.push(file);
            }
            "position" => {
                let file = self.u32()?;
                self.punct(':')?;
                let line = self.u32()?;
                self.punct(':')?;
                let column = self.u32()?;
                self.program.positions.push(Position { file, line, column });
            }
            "predefined" => {
                let predefined = TypeTables::predefined();
                self.program.types.types.extend(predefined.types);
                self.program.types.offsets.extend(predefined.offsets);
                self.program.types.constraints.extend(predefined.constraints);
            }
            "names" => {
                let names = self.text()?;
                self.program.types.names.push_str(&names);
            }
            "type" => self.desc()?,
            "field" => self.field()?,
            "variant" => self.variant()?,
            "constraint" => self.constraint()?,
            "config" => self.config()?,
            "offsets" => {
                while self.is_number() {
                    let offset = self.u32()?;
                    self.program.types.offsets.push(offset);
                }
            }
            "static" => self.static_data()?,
            "entry" => self.program.entry = Some(self.function_id()?),
            "main" => self.program.main = Some(self.function_id()?),
            "calls" => self.program.calls = Some(self.function_id()?),
            "config_block" => self.program.config_block = Some(self.static_id()?),
            "validation" => self.program.validation = [self.u32()?, self.u32()?, self.u32()?],
            "fn" => {
                let function = self.function()?;
                self.program.functions.push(function);
            }
            word => return self.error(format!("`{word}` does not start anything")),
        }
        self.line_end()
    }

    fn desc(&mut self) -> Parsed<()> {
        let kind = if self.is_number() {
            self.u32()?
        } else {
            let word = self.word("a kind of type")?;
            match item(DESC_KINDS, &word) {
                Some(kind) => kind as u32,
                None => return self.error(format!("there is no kind of type `{word}`")),
            }
        };
        let mut desc = Desc { kind, message_field: default_message_field(kind), ..Desc::default() };
        while let Token::Word(word) = self.peek().clone() {
            self.next();
            let number = self.u32()?;
            macro_rules! set_field {
                ($($field:ident),*) => {
                    match word.as_str() {
                        $(stringify!($field) => desc.$field = number,)*
                        "message_field" => desc.message_field = number,
                        _ => return self.error(format!("types have no `{word}`")),
                    }
                };
            }
            desc_fields!(set_field);
        }
        self.program.types.types.push(desc);
        Ok(())
    }

    fn field(&mut self) -> Parsed<()> {
        self.keyword("name")?;
        let (name, name_len) = (self.u32()?, self.u32()?);
        self.keyword("type")?;
        let ty = self.u32()?;
        self.keyword("offset")?;
        let offset = self.u32()?;
        self.keyword("slots")?;
        let (slots, slots_count) = (self.u32()?, self.u32()?);
        let mut field = Field { name, name_len, ty, offset, slots, slots_count, ..Field::default() };
        if self.has_word("default") {
            (field.default, field.default_ty) = (self.u32()?, self.u32()?);
            self.keyword("flags")?;
            field.flags = self.u32()?;
        }
        self.program.types.fields.push(field);
        Ok(())
    }

    fn variant(&mut self) -> Parsed<()> {
        self.keyword("name")?;
        let (name, name_len) = (self.u32()?, self.u32()?);
        self.keyword("fields")?;
        let (first, count) = (self.u32()?, self.u32()?);
        self.program.types.variants.push(Variant { name, name_len, first, count });
        Ok(())
    }

    fn constraint(&mut self) -> Parsed<()> {
        let kind = self.u32()?;
        self.keyword("call")?;
        let call = self.u32()?;
        self.keyword("from")?;
        let low = halves(self.number("a number of 64 bits")?);
        self.keyword("to")?;
        let high = halves(self.number("a number of 64 bits")?);
        self.keyword("text")?;
        let (text, text_len) = (self.u32()?, self.u32()?);
        self.program.types.constraints.push(Constraint { kind, call, low, high, text, text_len });
        Ok(())
    }

    fn config(&mut self) -> Parsed<()> {
        self.keyword("name")?;
        let (name, name_len) = (self.u32()?, self.u32()?);
        self.keyword("fields")?;
        let (first, count) = (self.u32()?, self.u32()?);
        self.keyword("variables")?;
        let variables = self.u32()?;
        self.program.types.configs.push(Config { name, name_len, first, count, variables });
        Ok(())
    }

    fn static_data(&mut self) -> Parsed<()> {
        let id = self.static_id()?;
        if id.0 as usize != self.program.statics.len() {
            return self
                .error(format!("static objects stand in order, expected s{}", self.program.statics.len()));
        }
        self.punct('=')?;
        let data = match self.next() {
            Token::Text(text) => StaticData::String(text),
            Token::Word(word) if word == "object" => {
                let ty = self.u32()?;
                self.keyword("x")?;
                let digits = self.text()?;
                let Some(bytes) = hex(&digits) else {
                    return self.error("expected pairs of hexadecimal digits");
                };
                let objects = self.list('{', '}', |parser| {
                    let offset = parser.u32()?;
                    parser.punct(':')?;
                    Ok((offset, parser.static_id()?))
                })?;
                StaticData::Object { ty, bytes, objects }
            }
            Token::Word(word) if word == "block" => StaticData::Block(self.u32()?),
            found => return self.expected("quoted text, `object` or `block`", &found),
        };
        self.program.statics.push(data);
        Ok(())
    }
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect()
}

/// Functions.
impl Parser {
    fn function(&mut self) -> Parsed<Function> {
        let name = self.name()?;
        let params = self.list('(', ')', |parser| {
            let mode = if parser.has_word("own") { Mode::Own } else { Mode::Borrow };
            let value = parser.value()?;
            parser.punct(':')?;
            Ok((value, Param { ty: parser.ty()?, mode }))
        })?;
        let results = if self.has('-') {
            self.punct('>')?;
            self.list('(', ')', Parser::ty)?
        } else {
            Vec::new()
        };
        let fails = self.has_word("fails");
        let recursive = self.has_word("recursive");
        let signature =
            Signature { params: params.iter().map(|(_, param)| *param).collect(), results, fails };
        let mut function = Function { name, signature, values: Vec::new(), blocks: Vec::new(), recursive };
        let entry_params =
            params.into_iter().map(|(value, param)| define(&mut function, value, param.ty)).collect();
        self.punct('{')?;
        self.line_end()?;
        self.body(&mut function, entry_params)?;
        Ok(function)
    }

    fn body(&mut self, function: &mut Function, entry_params: Vec<Value>) -> Parsed<()> {
        let mut entry_params = Some(entry_params);
        while !self.has('}') {
            let block = self.block_id()?;
            if block.0 as usize != function.blocks.len() {
                return self.error(format!("blocks stand in order, expected b{}", function.blocks.len()));
            }
            function.add_block();
            let params = match entry_params.take() {
                Some(params) => params,
                None if *self.peek() == Token::Punct('(') => self
                    .list('(', ')', Parser::typed_value)?
                    .into_iter()
                    .map(|(value, ty)| define(function, value, ty))
                    .collect(),
                None => Vec::new(),
            };
            function.block_mut(block).params = params;
            self.punct(':')?;
            self.line_end()?;
            self.block(function, block)?;
        }
        if entry_params.is_some() {
            return self.error("a function needs a block b0");
        }
        // Uses are checked only now, when all numbers have been seen.
        let mut highest = 0;
        for block in &function.blocks {
            let mut see = |value: Value| highest = highest.max(value.0 + 1);
            for inst in &block.insts {
                inst.inst.operands(&mut see);
                inst.cleanup.iter().for_each(|value| see(*value));
            }
            block.term.operands(&mut see);
            for edge in block.term.edges() {
                edge.args.iter().for_each(|value| see(*value));
                if edge.block.0 as usize >= function.blocks.len() {
                    return self.error(format!("{}: there is no block {}", function.name, edge.block));
                }
            }
        }
        if highest as usize > function.values.len() {
            return self.error(format!("{}: v{} is never defined", function.name, highest - 1));
        }
        Ok(())
    }

    fn typed_value(&mut self) -> Parsed<(Value, Type)> {
        let value = self.value()?;
        self.punct(':')?;
        Ok((value, self.ty()?))
    }

    /// Instructions up to the terminator.
    fn block(&mut self, function: &mut Function, block: Block) -> Parsed<()> {
        loop {
            let mut results = Vec::new();
            if matches!(self.peek(), Token::Word(word) if is_value(word)) {
                results.push(self.typed_value()?);
                while self.has(',') {
                    results.push(self.typed_value()?);
                }
                self.punct('=')?;
            }
            let word = self.word("an instruction")?;
            if results.is_empty()
                && let Some(term) = self.terminator(&word)?
            {
                self.line_end()?;
                function.block_mut(block).term = term;
                return Ok(());
            }
            let inst = self.inst(&word, results.first().map(|(_, ty)| *ty))?;
            let cleanup =
                if self.has_word("cleanup") { self.list('(', ')', Parser::value)? } else { Vec::new() };
            self.line_end()?;
            let results = results.into_iter().map(|(value, ty)| define(function, value, ty)).collect();
            function.block_mut(block).insts.push(InstData { results, inst, cleanup });
        }
    }

    fn block_call(&mut self) -> Parsed<BlockCall> {
        let block = self.block_id()?;
        let args =
            if *self.peek() == Token::Punct('(') { self.list('(', ')', Parser::value)? } else { Vec::new() };
        Ok(BlockCall { block, args })
    }

    fn terminator(&mut self, word: &str) -> Parsed<Option<Terminator>> {
        Ok(Some(match word {
            "jump" => Terminator::Jump(self.block_call()?),
            "branch" => {
                let value = self.value()?;
                self.punct(',')?;
                let then = self.block_call()?;
                self.punct(',')?;
                Terminator::Branch(value, then, self.block_call()?)
            }
            "switch" => {
                let value = self.value()?;
                let cases = self.list('{', '}', |parser| {
                    let case = parser.number("an integer")?;
                    parser.punct(':')?;
                    Ok((case, parser.block_call()?))
                })?;
                self.keyword("else")?;
                Terminator::Switch(value, cases, self.block_call()?)
            }
            "return" => {
                let mut values = Vec::new();
                while *self.peek() != Token::Line {
                    if !values.is_empty() {
                        self.punct(',')?;
                    }
                    values.push(self.value()?);
                }
                Terminator::Return(values)
            }
            "fail" => Terminator::Fail(self.failure()?, self.position()?),
            "unreachable" => Terminator::Unreachable,
            _ => return Ok(None),
        }))
    }

    fn inst(&mut self, word: &str, ty: Option<Type>) -> Parsed<Inst> {
        Ok(match word {
            "int" => Inst::Int(self.number("an integer of 64 bits")?),
            "float" => Inst::Float(self.float()?),
            "byte" => Inst::Byte(self.number("a byte")?),
            "null" => Inst::Null(self.result_type(ty)?),
            "static" => Inst::Static(self.static_id()?),
            "function" => Inst::FunctionAddress(self.function_id()?),
            "select" => {
                let (a, b) = self.two()?;
                self.punct(',')?;
                Inst::Select(a, b, self.value()?)
            }
            "check" => {
                let value = self.value()?;
                self.punct(',')?;
                Inst::Check(value, self.failure()?, self.position()?)
            }
            "is_null" => Inst::IsNull(self.value()?),
            "unwrap" => Inst::Unwrap(self.value()?),
            "unique" => Inst::Unique(self.value()?),
            "len" => Inst::Len(self.value()?),
            "retain" => Inst::Retain(self.value()?),
            "release" => Inst::Release(self.value()?),
            "node" => Inst::Node { ty: self.u32()?, size: self.u32()?, fields: self.slots()? },
            "spill" => Inst::Spill { size: self.u32()?, slots: self.slots()? },
            "load" => {
                let (base, offset) = self.place()?;
                Inst::Load { ty: self.result_type(ty)?, base, offset }
            }
            "take" => {
                let (base, offset) = self.place()?;
                Inst::Take { ty: self.result_type(ty)?, base, offset }
            }
            "put" => {
                let (base, offset) = self.place()?;
                self.punct(',')?;
                Inst::Put { base, offset, value: self.value()? }
            }
            "element" => {
                let (list, index) = self.two()?;
                self.punct(',')?;
                Inst::ElementAddress { list, index, stride: self.u32()? }
            }
            "call" => {
                let callee = self.function_id()?;
                let args = self.list('(', ')', Parser::value)?;
                Inst::Call(callee, args, self.position()?)
            }
            "try" => {
                let callee = self.function_id()?;
                let args = self.list('(', ')', Parser::value)?;
                Inst::Try(callee, args, self.position()?)
            }
            "runtime" => self.runtime_call()?,
            "indirect" => self.indirect_call()?,
            word => return self.operation(word),
        })
    }

    fn operation(&mut self, word: &str) -> Parsed<Inst> {
        if let Some(op) = item(UNARY, word) {
            return Ok(Inst::Unary(op, self.value()?));
        }
        if let Some(op) = item(BINARY, word) {
            return self.two().map(|(a, b)| Inst::Binary(op, a, b));
        }
        if let Some(op) = item(CHECKED, word) {
            let (a, b) = self.two()?;
            return Ok(Inst::Checked(op, a, b, self.position()?));
        }
        if let Some(cc) = item(INT_CC, word) {
            return self.two().map(|(a, b)| Inst::IntCompare(cc, a, b));
        }
        if let Some(cc) = item(FLOAT_CC, word) {
            return self.two().map(|(a, b)| Inst::FloatCompare(cc, a, b));
        }
        self.error(format!("there is no instruction `{word}`"))
    }

    fn runtime_call(&mut self) -> Parsed<Inst> {
        let name = self.word("a runtime function")?;
        let Some(function) = Rt::by_name(&name) else {
            return self.error(format!("there is no runtime function `{name}`"));
        };
        let types =
            if *self.peek() == Token::Punct('<') { self.list('<', '>', Parser::u32)? } else { Vec::new() };
        let args = self.list('(', ')', Parser::value)?;
        Ok(Inst::CallRuntime { function, types, args, position: self.position()? })
    }

    fn indirect_call(&mut self) -> Parsed<Inst> {
        let callee = self.value()?;
        let args = self.list('(', ')', Parser::value)?;
        self.punct(':')?;
        let params = self.list('(', ')', |parser| Ok(Param { ty: parser.ty()?, mode: Mode::Borrow }))?;
        self.punct('-')?;
        self.punct('>')?;
        let results = self.list('(', ')', Parser::ty)?;
        let signature = Box::new(Signature { params, results, fails: true });
        Ok(Inst::CallIndirect { signature, callee, args, position: self.position()? })
    }

    fn result_type(&self, ty: Option<Type>) -> Parsed<Type> {
        ty.map_or_else(|| self.error("this instruction needs a result"), Ok)
    }

    fn two(&mut self) -> Parsed<(Value, Value)> {
        let first = self.value()?;
        self.punct(',')?;
        Ok((first, self.value()?))
    }

    fn place(&mut self) -> Parsed<(Value, u32)> {
        let base = self.value()?;
        self.punct('+')?;
        Ok((base, self.u32()?))
    }

    fn float(&mut self) -> Parsed<u64> {
        let text = match self.next() {
            Token::Number(text) | Token::Word(text) => text,
            found => return self.expected("a float", &found),
        };
        let bits = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse::<f64>().ok().map(f64::to_bits),
        };
        bits.map_or_else(|| self.error(format!("`{text}` is not a float")), Ok)
    }
}

fn is_value(word: &str) -> bool {
    word.strip_prefix('v').is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
}

/// Notes the type of a value. Double definitions are the verifier's business.
fn define(function: &mut Function, value: Value, ty: Type) -> Value {
    let index = value.0 as usize;
    if index >= function.values.len() {
        function.values.resize(index + 1, ValueData { ty: Type::I64 });
    }
    function.values[index] = ValueData { ty };
    value
}
