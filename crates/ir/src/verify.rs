//! The verifier: whether IR keeps the rules that its definitions state. Runs after each pass in debug builds.
//!
//! Reference counts are another matter: see [`crate::certify`].

mod block;
mod holes;
mod inst;

use crate::cfg::{Cfg, Dominators};
use crate::function::{Block, Function, Value};
use crate::program::{FuncId, PositionId, Program, Signature, StaticData};
use crate::{Type, text};
use fuse_abi::functions::Mode;
use rustc_hash::FxHashSet;
use std::fmt;

/// How far a program has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// As lowering and the passes before RC insertion have it.
    Lowered,
    /// Effects inferred and reference counts inserted.
    Counted,
}

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Name of the function; empty for the program's tables.
    pub function: String,
    /// Block and text of the instruction; may be empty.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.function, &self.place] {
            if !part.is_empty() {
                write!(f, "{part}: ")?;
            }
        }
        f.write_str(&self.message)
    }
}

/// Checks a whole program.
pub fn program(program: &Program, stage: Stage) -> Result<(), Vec<Complaint>> {
    let mut complaints = Vec::new();
    tables(program, &mut complaints);
    for function in &program.functions {
        Checker::check(program, function, stage, &mut complaints);
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

/// Checks a program and panics with all complaints if there are any: broken IR is an error of the compiler.
pub fn expect(checked: &Program, stage: Stage, after: &str) {
    if let Err(complaints) = program(checked, stage) {
        let list = complaints.iter().take(20).map(Complaint::to_string).collect::<Vec<_>>().join("\n  ");
        panic!("IR is broken after {after}:\n  {list}");
    }
}

fn tables(program: &Program, complaints: &mut Vec<Complaint>) {
    let mut complain = |message: String| {
        complaints.push(Complaint { function: String::new(), place: String::new(), message });
    };
    let mut names = FxHashSet::default();
    for function in &program.functions {
        if !names.insert(&function.name) {
            complain(format!("there are two functions {}", function.name));
        }
    }
    for (what, root) in [("entry", program.entry), ("main", program.main)] {
        match root.map(|root| program.functions.get(root.0 as usize)) {
            Some(None) => complain(format!("the {what} function does not exist")),
            Some(Some(root)) if !root.signature.params.is_empty() || !root.signature.results.is_empty() => {
                complain(format!("the {what} function has parameters or results"));
            }
            _ => {}
        }
    }
    if let Some(calls) = program.calls {
        let signature = program.functions.get(calls.0 as usize).map(|function| &function.signature);
        let types =
            signature.map(|signature| signature.params.iter().map(|param| param.ty).collect::<Vec<_>>());
        if types.is_none_or(|types| types != [Type::I64, Type::Ptr, Type::Ptr])
            || signature.is_none_or(|signature| !signature.results.is_empty())
        {
            complain("what the runtime calls has other parameters than i64, ptr, ptr, or results".into());
        }
    }
    let block = program.config_block.map(|block| program.statics.get(block.0 as usize));
    if block.is_some_and(|block| !matches!(block, Some(StaticData::Block(_)))) {
        complain("the config block is no block".into());
    }
    for (index, data) in program.statics.iter().enumerate() {
        let StaticData::Object { ty, bytes, objects } = data else { continue };
        if *ty as usize >= program.types.types.len() {
            complain(format!("s{index} has type {ty}, which does not exist"));
        }
        for (offset, object) in objects {
            if object.0 as usize >= program.statics.len() {
                complain(format!("s{index} refers to s{}, which does not exist", object.0));
            }
            if *offset < 8 || offset % 8 != 0 || *offset as usize + 8 > bytes.len() + 8 {
                complain(format!("s{index} has an object at {offset}, where there is no room for it"));
            }
        }
    }
    for (index, position) in program.positions.iter().enumerate() {
        if position.file as usize >= program.files.len() {
            complain(format!("position {} is in file {}, which does not exist", index + 1, position.file));
        }
    }
}

/// Checks one function.
struct Checker<'a> {
    program: &'a Program,
    function: &'a Function,
    stage: Stage,
    complaints: &'a mut Vec<Complaint>,
    /// Where each value is defined: block and place in it (0 for parameters, then 1 and up).
    definitions: Vec<Option<(Block, u32)>>,
    /// The text of what is being looked at, made when needed.
    at: At,
}

#[derive(Clone, Copy)]
enum At {
    Function,
    Block(Block),
    Inst(Block, usize),
    Term(Block),
}

impl<'a> Checker<'a> {
    fn check(program: &'a Program, function: &'a Function, stage: Stage, complaints: &'a mut Vec<Complaint>) {
        let definitions = vec![None; function.values.len()];
        let mut checker = Checker { program, function, stage, complaints, definitions, at: At::Function };
        // Without a sound frame the rest cannot be asked about.
        if checker.frame() {
            checker.define();
            checker.effects();
            for block in function.block_ids() {
                checker.block(block);
                checker.holes(block);
            }
            checker.dominance();
        }
    }

    fn complain(&mut self, message: impl Into<String>) {
        let place = match self.at {
            At::Function => String::new(),
            At::Block(block) => block.to_string(),
            At::Inst(block, index) => {
                format!(
                    "{block}: {}",
                    text::instruction(self.program, &self.function.block(block).insts[index])
                )
            }
            At::Term(block) => format!("{block}: {}", text::terminator(&self.function.block(block).term)),
        };
        self.complaints.push(Complaint {
            function: self.function.name.clone(),
            place,
            message: message.into(),
        });
    }

    /// The entry block, and that all numbers are in range.
    fn frame(&mut self) -> bool {
        let before = self.complaints.len();
        let function = self.function;
        if function.blocks.is_empty() {
            self.complain("no entry block");
            return false;
        }
        let count = function.values.len() as u32;
        let mut bad = Vec::new();
        for block in &function.blocks {
            let mut see = |value: Value| {
                if value.0 >= count {
                    bad.push(value);
                }
            };
            block.params.iter().for_each(|value| see(*value));
            for inst in &block.insts {
                inst.inst.operands(&mut see);
                inst.results.iter().chain(&inst.cleanup).for_each(|value| see(*value));
            }
            block.term.operands(&mut see);
            block.term.edges().flat_map(|edge| &edge.args).for_each(|value| see(*value));
        }
        for value in bad {
            self.complain(format!("{value} does not exist"));
        }
        for block in function.block_ids() {
            for edge in function.block(block).term.edges() {
                if edge.block.0 as usize >= function.blocks.len() {
                    self.at = At::Term(block);
                    self.complain(format!("{} does not exist", edge.block));
                }
            }
        }
        self.complaints.len() == before
    }

    fn define(&mut self) {
        let function = self.function;
        let params = &function.blocks[0].params;
        let types = params.iter().map(|param| function.ty(*param)).collect::<Vec<_>>();
        if types != function.signature.params.iter().map(|param| param.ty).collect::<Vec<_>>() {
            self.complain("the entry block's parameters are not those of the signature");
        }
        for block in function.block_ids() {
            self.at = At::Block(block);
            let data = function.block(block);
            for param in &data.params {
                self.define_value(*param, block, 0);
                if function.ty(*param) == Type::Ptr && block != function.entry() {
                    self.complain(format!("{param} is an address: those are no parameters of blocks"));
                }
            }
            for (index, inst) in data.insts.iter().enumerate() {
                self.at = At::Inst(block, index);
                for result in &inst.results {
                    self.define_value(*result, block, index as u32 + 1);
                }
            }
        }
        self.at = At::Function;
    }

    fn define_value(&mut self, value: Value, block: Block, place: u32) {
        if self.definitions[value.0 as usize].replace((block, place)).is_some() {
            self.complain(format!("{value} is defined twice"));
        }
    }

    /// What the signature says about failing and owning.
    fn effects(&mut self) {
        let signature = &self.function.signature;
        let owns = signature.params.iter().any(|param| param.mode == Mode::Own);
        let scalar = signature.params.iter().any(|param| param.mode == Mode::Own && !param.ty.is_object());
        if scalar {
            self.complain("a parameter that is no object is owned");
        }
        match self.stage {
            Stage::Lowered if owns => self.complain("a parameter is owned before borrow inference"),
            Stage::Counted if self.function.recursive && !signature.fails => {
                self.complain("a recursive function must be able to fail: its stack may end");
            }
            _ => {}
        }
    }

    /// Definitions come before uses on each way from the entry.
    fn dominance(&mut self) {
        let cfg = Cfg::of(self.function);
        let dominators = Dominators::of(&cfg);
        let function = self.function;
        for block in cfg.order.iter().copied() {
            let data = function.block(block);
            for (index, inst) in data.insts.iter().enumerate() {
                self.at = At::Inst(block, index);
                let place = index as u32 + 1;
                inst.inst.operands(|value| self.dominated(&cfg, &dominators, value, block, place));
                for value in &inst.cleanup {
                    self.dominated(&cfg, &dominators, *value, block, place);
                }
            }
            self.at = At::Term(block);
            let end = data.insts.len() as u32 + 1;
            data.term.operands(|value| self.dominated(&cfg, &dominators, value, block, end));
            for value in data.term.edges().flat_map(|edge| &edge.args) {
                self.dominated(&cfg, &dominators, *value, block, end);
            }
        }
    }

    fn dominated(&mut self, cfg: &Cfg, dominators: &Dominators, value: Value, block: Block, place: u32) {
        match self.definitions[value.0 as usize] {
            None => self.complain(format!("{value} is never defined")),
            Some((home, at)) if home == block && at < place => {}
            Some((home, _))
                if home != block && cfg.is_reachable(home) && dominators.dominates(home, block) => {}
            Some(_) => self.complain(format!("{value} is not defined on every way to here")),
        }
    }

    fn signature_of(&mut self, callee: FuncId) -> Option<&'a Signature> {
        let found = self.program.functions.get(callee.0 as usize).map(|function| &function.signature);
        if found.is_none() {
            self.complain(format!("function {} does not exist", callee.0));
        }
        found
    }

    fn position(&mut self, position: PositionId) {
        if position.0 as usize > self.program.positions.len() {
            self.complain(format!("position {} does not exist", position.0));
        }
    }

    fn ty(&self, value: Value) -> Type {
        self.function.ty(value)
    }
}
