//! Functions: blocks, instructions and their operands.

use super::{Parsed, Parser};
use crate::Type;
use crate::function::{Block, Function, InstData, Value, ValueData};
use crate::inst::{BlockCall, Inst, Terminator};
use crate::lexer::Token;
use crate::names::{BINARY, CHECKED, FLOAT_CC, INT_CC, UNARY, item};
use crate::program::{Param, Signature};
use fuse_abi::functions::{Mode, Rt};

impl Parser {
    pub(super) fn function(&mut self) -> Parsed<Function> {
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
            "unique_slot" => {
                let copy = self.runtime_function()?;
                let (base, offset) = self.place()?;
                Inst::UniqueSlot { base, offset, copy }
            }
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

    fn runtime_function(&mut self) -> Parsed<Rt> {
        let name = self.word("a runtime function")?;
        match Rt::by_name(&name) {
            Some(function) => Ok(function),
            None => self.error(format!("there is no runtime function `{name}`")),
        }
    }

    fn runtime_call(&mut self) -> Parsed<Inst> {
        let function = self.runtime_function()?;
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
