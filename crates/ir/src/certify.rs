//! The certifier: proves that each object is released exactly once on each way through a function, failures
//! included, and not used after. It shares nothing with the insertion of counts ([`crate::rc`]) but the definitions of the IR.
//!
//! It walks the blocks once, in an order that visits definitions before uses, with the number of references held
//! under each name. Where ways meet the numbers must agree, so no iteration is needed; at the end of each way nothing may be left.
//! An object that was only read (and not retained) may be used as long as what it was read from is held and no object has
//! been taken out of that. An unwrapped object is the same object under another name.

mod sources;
mod step;

use crate::cfg::Cfg;
use crate::function::{Block, Function, Value};
use crate::inst::Terminator;
use crate::program::Program;
use crate::text;
use crate::verify::Complaint;
use sources::Sources;
use std::collections::{BTreeMap, BTreeSet};

/// Certifies all functions of a verified program.
pub fn program(program: &Program) -> Result<(), Vec<Complaint>> {
    let mut complaints = Vec::new();
    for function in &program.functions {
        Certifier::certify(program, function, &mut complaints);
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

/// Certifies a program and panics with all complaints if there are any.
pub fn expect(certified: &Program) {
    if let Err(complaints) = program(certified) {
        let list = complaints.iter().take(20).map(Complaint::to_string).collect::<Vec<_>>().join("\n  ");
        panic!("reference counts are wrong:\n  {list}");
    }
}

/// What is held at a place.
#[derive(Clone, Default, PartialEq)]
struct State {
    /// References held, by object; none are 0.
    held: BTreeMap<Value, u32>,
    /// Objects whose slot was emptied after they were read from it.
    taken: BTreeSet<Value>,
}

struct Certifier<'a> {
    program: &'a Program,
    function: &'a Function,
    sources: Sources,
    state: State,
    /// Objects with a hole, in the block at hand.
    holes: Vec<(Value, Value, u32)>,
    /// State at the start of each block that has been reached.
    starts: Vec<Option<State>>,
    complaints: Vec<Complaint>,
    place: (Block, usize),
    /// Something was taken on a way back, so the blocks must be walked again.
    again: bool,
}

impl<'a> Certifier<'a> {
    fn certify(program: &'a Program, function: &'a Function, complaints: &mut Vec<Complaint>) {
        let cfg = Cfg::of(function);
        let mut certifier = Certifier {
            program,
            function,
            sources: Sources::of(function),
            state: State::default(),
            holes: Vec::new(),
            starts: vec![None; function.blocks.len()],
            complaints: Vec::new(),
            place: (Block(0), 0),
            again: true,
        };
        certifier.starts[0] = Some(certifier.entry_state());
        while std::mem::take(&mut certifier.again) {
            certifier.complaints.clear();
            for block in &cfg.order {
                certifier.block(*block);
            }
        }
        complaints.append(&mut certifier.complaints);
    }

    fn entry_state(&self) -> State {
        let mut state = State::default();
        for param in &self.function.blocks[0].params {
            if self.sources.is_owned(*param) {
                state.held.insert(*param, 1);
            }
        }
        state
    }

    fn complain(&mut self, message: impl Into<String>) {
        let (block, index) = self.place;
        let data = self.function.block(block);
        let what = match data.insts.get(index) {
            Some(inst) => text::instruction(self.program, inst),
            None => text::terminator(&data.term),
        };
        let place = format!("{block}: {what}");
        self.complaints.push(Complaint {
            function: self.function.name.clone(),
            place,
            message: message.into(),
        });
    }

    fn block(&mut self, block: Block) {
        let Some(start) = &self.starts[block.0 as usize] else { return };
        self.state = start.clone();
        self.holes.clear();
        let function = self.function;
        let data = function.block(block);
        for (index, inst) in data.insts.iter().enumerate() {
            self.place = (block, index);
            self.step(inst);
        }
        self.place = (block, data.insts.len());
        match &data.term {
            Terminator::Return(values) => {
                self.consume_all(values);
                self.expect_nothing_held();
            }
            Terminator::Fail(..) => self.expect_nothing_held(),
            Terminator::Unreachable => {}
            term => {
                let before = self.state.clone();
                for edge in term.edges() {
                    self.state.clone_from(&before);
                    self.consume_all(&edge.args);
                    self.arrive(edge.block);
                }
            }
        }
    }

    fn consume_all(&mut self, values: &[Value]) {
        for value in values {
            self.check_usable(*value);
            self.consume(*value);
        }
    }

    fn expect_nothing_held(&mut self) {
        for value in self.state.held.keys().copied().collect::<Vec<_>>() {
            self.complain(format!("{value} is never released"));
        }
    }

    /// Meets other ways at the start of a block.
    fn arrive(&mut self, target: Block) {
        for param in &self.function.block(target).params {
            if self.sources.is_owned(*param) {
                self.state.held.insert(*param, 1);
            }
        }
        let Some(start) = &mut self.starts[target.0 as usize] else {
            self.starts[target.0 as usize] = Some(self.state.clone());
            return;
        };
        let known = start.taken.len();
        start.taken.extend(&self.state.taken);
        self.again |= start.taken.len() > known;
        if start.held != self.state.held {
            let (here, there) = (self.state.held.clone(), start.held.clone());
            for value in here.keys().chain(there.keys()).collect::<BTreeSet<_>>() {
                let (here, there) = (here.get(value).unwrap_or(&0), there.get(value).unwrap_or(&0));
                if here != there {
                    self.complain(format!(
                        "{value} is held {here} times on the way to {target}, {there} times on another"
                    ));
                }
            }
        }
    }
}
