//! What stands outside functions: files, positions, tables, static data, entries.

use super::{Parsed, Parser};
use crate::lexer::Token;
use crate::names::{DESC_KINDS, default_message_field, desc_fields, item};
use crate::program::{Position, StaticData, TypeTables};
use fuse_abi::desc::{Config, Constraint, Desc, Field, Variant};
use fuse_abi::metadata::halves;

impl Parser {
    pub(super) fn program(&mut self) -> Parsed<()> {
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
