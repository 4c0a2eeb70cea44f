//! Simplification of one function, before reference counts are there: folding, elimination of what was computed already or
//! is not needed, straightening of jumps.
//!
//! Objects have value semantics: what an object holds under one SSA name changes only by `Put` and `Take` on
//! that very name, never by a call. That is why loads may be shared across calls, and a field of a new node is the value
//! that was put into it.

mod branches;
mod constants;
mod dead;
mod fold;
mod seen;

use crate::cfg::Cfg;
use crate::compact::{identity, resolve};
use crate::function::{Block, Function, InstData, Value};
use crate::inst::{Inst, IntCc, Terminator};
use crate::program::{StaticData, StaticId};
use seen::Seen;

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fact {
    Unknown,
    Int(i64),
    Float(u64),
    Byte(u8),
    Null,
    Static(StaticId),
    /// 0 or 1.
    Bool,
    Not(Value),
    Compare(IntCc, Value, Value),
    /// A node whose fields never change under this name; index into `nodes`.
    Node(u32),
}

/// What becomes of an instruction.
enum Action {
    Keep,
    Remove,
    /// Its result is this other value.
    Alias(Value),
    /// It always fails: the block ends here.
    Fail,
}

/// How far up to look for conditions that are known.
const MAX_ASSUMED: usize = 8;

/// Memory that is used again from function to function.
#[derive(Default)]
pub struct Simplifier {
    cfg: Cfg,
    alias: Vec<Value>,
    facts: Vec<Fact>,
    nodes: Vec<Vec<(u32, Value)>>,
    /// Objects that are changed under their name.
    changed_in_place: Vec<bool>,
    seen: Seen,
    /// Conditions known in the block at hand, with what is known of them elsewhere.
    assumed: Vec<(Value, Fact)>,
}

impl Simplifier {
    /// Simplifies until nothing changes, in at most so many rounds. `statics` are the program's.
    pub fn run(&mut self, function: &mut Function, statics: &[StaticData], rounds: usize) {
        function.remove_unreachable();
        for _ in 0..rounds {
            let mut changed = self.fold_all(function, statics);
            changed |= constants::run(function);
            changed |= branches::thread(function);
            changed |= function.remove_trivial_params();
            changed |= dead::remove(function);
            changed |= branches::straighten(function);
            if !changed {
                break;
            }
        }
        function.renumber_values();
    }

    /// One walk through all blocks, definitions before uses.
    fn fold_all(&mut self, function: &mut Function, statics: &[StaticData]) -> bool {
        self.start(function);
        let mut changed = false;
        for index in 0..self.cfg.order.len() {
            let block = self.cfg.order[index];
            self.assume(function, block);
            self.seen.enter(block);
            changed |= self.block(function, statics, block);
            while let Some((value, fact)) = self.assumed.pop() {
                self.facts[value.0 as usize] = fact;
            }
        }
        if changed {
            let mut alias = std::mem::take(&mut self.alias);
            function.replace_values(&mut alias);
            self.alias = alias;
        }
        changed
    }

    fn start(&mut self, function: &Function) {
        self.cfg.compute(function);
        let count = function.values.len();
        self.alias.clear();
        self.alias.extend((0..count as u32).map(Value));
        self.facts.clear();
        self.facts.resize(count, Fact::Unknown);
        self.nodes.clear();
        self.changed_in_place.clear();
        self.changed_in_place.resize(count, false);
        for data in function.blocks.iter().flat_map(|block| &block.insts) {
            if let Inst::Put { base, .. } | Inst::Take { base, .. } = data.inst {
                self.changed_in_place[base.0 as usize] = true;
            }
        }
        self.seen.clear();
    }

    /// In a block to which only one side of a branch leads, the condition is known; so it is in what only that block leads to.
    fn assume(&mut self, function: &Function, mut block: Block) {
        for _ in 0..MAX_ASSUMED {
            let [(pred, edge)] = self.cfg.preds(block)[..] else { return };
            block = pred;
            let Terminator::Branch(condition, ..) = function.block(pred).term else { continue };
            let condition = resolve(&mut self.alias, condition);
            let fact = self.facts[condition.0 as usize];
            if edge == 1 || matches!(fact, Fact::Bool | Fact::Compare(..) | Fact::Not(_)) {
                self.assumed.push((condition, fact));
                self.facts[condition.0 as usize] = Fact::Byte(u8::from(edge == 0));
            }
        }
    }

    fn block(&mut self, function: &mut Function, statics: &[StaticData], block: Block) -> bool {
        let mut insts = std::mem::take(&mut function.block_mut(block).insts);
        let mut changed = false;
        let mut failed = None;
        insts.retain_mut(|data| {
            if failed.is_some() {
                return false;
            }
            data.inst.operands_mut(|value| *value = resolve(&mut self.alias, *value));
            match self.inst(function, statics, data) {
                Action::Keep => return true,
                Action::Remove => {}
                Action::Alias(value) => self.alias[data.results[0].0 as usize] = value,
                Action::Fail => {
                    if let Inst::Check(_, failure, position) = data.inst {
                        failed = Some(Terminator::Fail(failure, position));
                    }
                }
            }
            changed = true;
            false
        });
        let data = function.block_mut(block);
        data.insts = insts;
        if let Some(term) = failed {
            data.term = term;
        }
        data.term.operands_mut(|value| *value = resolve(&mut self.alias, *value));
        data.term.edges_mut(|edge| {
            edge.args.iter_mut().for_each(|value| *value = resolve(&mut self.alias, *value));
        });
        changed | self.terminator(&mut data.term)
    }

    fn inst(&mut self, function: &mut Function, statics: &[StaticData], data: &mut InstData) -> Action {
        match self.fold(function, statics, data) {
            Action::Keep => {}
            action => return action,
        }
        match self.seen.find(data, function, &self.changed_in_place) {
            Some(None) => return Action::Remove,
            Some(Some(value)) => return Action::Alias(value),
            None => {}
        }
        if let [result] = data.results[..] {
            self.facts[result.0 as usize] = self.fact(data, result);
        }
        Action::Keep
    }

    fn fact(&mut self, data: &InstData, result: Value) -> Fact {
        match &data.inst {
            Inst::Int(value) => Fact::Int(*value),
            Inst::Float(bits) => Fact::Float(*bits),
            Inst::Byte(value) => Fact::Byte(*value),
            Inst::Null(_) => Fact::Null,
            Inst::Static(id) => Fact::Static(*id),
            Inst::IntCompare(cc, a, b) => Fact::Compare(*cc, *a, *b),
            Inst::FloatCompare(..) | Inst::IsNull(_) => Fact::Bool,
            Inst::Unary(crate::UnaryOp::Not, a) => Fact::Not(*a),
            Inst::Node { fields, .. } if !self.changed_in_place[result.0 as usize] => {
                self.nodes.push(fields.clone());
                Fact::Node(self.nodes.len() as u32 - 1)
            }
            _ => Fact::Unknown,
        }
    }

    fn terminator(&mut self, term: &mut Terminator) -> bool {
        match term {
            Terminator::Branch(condition, then, otherwise) => {
                let target = match self.facts[condition.0 as usize] {
                    Fact::Byte(0) => otherwise,
                    Fact::Byte(_) => then,
                    Fact::Not(inner) => {
                        std::mem::swap(then, otherwise);
                        *condition = inner;
                        return true;
                    }
                    _ if then == otherwise => then,
                    _ => return false,
                };
                *term = Terminator::Jump(target.clone());
            }
            Terminator::Switch(value, cases, default) => {
                let value = match self.facts[value.0 as usize] {
                    Fact::Int(value) => value,
                    Fact::Byte(value) => i64::from(value),
                    _ => return false,
                };
                let target =
                    cases.iter().find(|(case, _)| *case == value).map_or(&*default, |(_, edge)| edge);
                *term = Terminator::Jump(target.clone());
            }
            _ => return false,
        }
        true
    }
}
