//! Tests of uniqueness that cannot fail: an object that was just made, or made unique, and has not been handed to anybody since, is unique. Runs after
//! RC insertion, when every other reference stands in the text as a `Retain`.
//!
//! A forward data-flow analysis over sets of values, optimistic on loops. What is found becomes another name of the operand, so a list that is filled in a
//! loop is no longer a parameter of the loop at all.

use crate::Type;
use crate::cfg::Cfg;
use crate::compact::{identity, resolve};
use crate::function::{Block, Function, InstData, Value};
use crate::inst::Inst;
use crate::ownership::{Owners, for_each_use, makes_unique};
use fuse_abi::functions::Rt;

/// Functions with more blocks or values to watch are left alone: the work is their product.
const MAX_BLOCKS: usize = 2000;
const MAX_WATCHED: usize = 2000;

/// Removes the tests from a function with counts; says whether there were any.
pub(crate) fn run(function: &mut Function) -> bool {
    let has_test = |data: &InstData| tested(&data.inst).is_some();
    if function.blocks.len() > MAX_BLOCKS
        || !function.blocks.iter().flat_map(|block| &block.insts).any(has_test)
    {
        return false;
    }
    let cfg = Cfg::of(function);
    let mut watch = Watch::of(function);
    if watch.count > MAX_WATCHED {
        return false;
    }
    watch.solve(function, &cfg);
    let mut alias = identity(function.values.len());
    let mut state = Vec::new();
    for block in &cfg.order {
        state.clone_from(&watch.starts[block.0 as usize]);
        for data in &function.block(*block).insts {
            if let Some(object) = tested(&data.inst)
                && watch.has(&state, object)
            {
                alias[data.results[0].0 as usize] = object;
            }
            watch.step(&mut state, data);
        }
    }
    let is_renamed = |alias: &[Value], value: Value| alias[value.0 as usize] != value;
    let mut changed = false;
    for block in &mut function.blocks {
        block.insts.retain(|data| {
            let keep = tested(&data.inst).is_none() || !is_renamed(&alias, data.results[0]);
            changed |= !keep;
            keep
        });
    }
    if changed {
        watch.join_params(function, &cfg, &mut alias);
        function.replace_values(&mut alias);
        function.remove_params(|param| is_renamed(&alias, param));
    }
    changed
}

/// The object that an instruction yields unique: itself or a copy.
fn tested(inst: &Inst) -> Option<Value> {
    match inst {
        Inst::Unique(value) => Some(*value),
        Inst::CallRuntime { function: Rt::list_unique | Rt::map_unique, args, .. } => args.first().copied(),
        _ => None,
    }
}

/// Values that may be unique, numbered, with what holds at the start of each block.
struct Watch {
    numbers: Vec<u32>,
    count: usize,
    /// Sets of numbers.
    starts: Vec<Vec<u64>>,
}

const NONE: u32 = u32::MAX;

impl Watch {
    fn of(function: &Function) -> Watch {
        let mut watch = Watch { numbers: vec![NONE; function.values.len()], count: 0, starts: Vec::new() };
        for block in function.block_ids() {
            let data = function.block(block);
            if block != function.entry() {
                let objects = data.params.iter().filter(|param| function.ty(**param) == Type::Ref);
                objects.for_each(|param| watch.add(*param));
            }
            data.insts.iter().filter_map(made).for_each(|value| watch.add(value));
        }
        watch
    }

    fn add(&mut self, value: Value) {
        self.numbers[value.0 as usize] = self.count as u32;
        self.count += 1;
    }

    fn has(&self, state: &[u64], value: Value) -> bool {
        let number = self.numbers[value.0 as usize];
        number != NONE && state[number as usize / 64] >> (number % 64) & 1 != 0
    }

    fn set(&self, state: &mut [u64], value: Value, holds: bool) {
        let number = self.numbers[value.0 as usize];
        if number != NONE {
            let bit = 1 << (number % 64);
            let word = &mut state[number as usize / 64];
            *word = if holds { *word | bit } else { *word & !bit };
        }
    }

    fn solve(&mut self, function: &Function, cfg: &Cfg) {
        let words = self.count.div_ceil(64);
        self.starts = vec![vec![u64::MAX; words]; function.blocks.len()];
        self.starts[0] = vec![0; words];
        let mut ends = self.starts.clone();
        ends[0] = vec![u64::MAX; words];
        let mut changed = true;
        while changed {
            changed = false;
            for block in &cfg.order {
                let mut state = if *block == function.entry() {
                    self.starts[0].clone()
                } else {
                    self.meet(function, cfg, *block, &ends)
                };
                self.starts[block.0 as usize].clone_from(&state);
                function.block(*block).insts.iter().for_each(|data| self.step(&mut state, data));
                if ends[block.0 as usize] != state {
                    ends[block.0 as usize] = state;
                    changed = true;
                }
            }
        }
    }

    /// What holds on all ways to a block.
    fn meet(&self, function: &Function, cfg: &Cfg, block: Block, ends: &[Vec<u64>]) -> Vec<u64> {
        let mut state = vec![u64::MAX; self.count.div_ceil(64)];
        let preds = || cfg.preds(block).iter().filter(|(pred, _)| cfg.is_reachable(*pred));
        for (pred, _) in preds() {
            state.iter_mut().zip(&ends[pred.0 as usize]).for_each(|(word, other)| *word &= other);
        }
        for (index, param) in function.block(block).params.iter().enumerate() {
            let holds = preds().all(|(pred, number)| {
                let edge = function.block(*pred).term.edge(*number as usize);
                edge.is_some_and(|edge| self.has(&ends[pred.0 as usize], edge.args[index]))
            });
            self.set(&mut state, *param, holds);
        }
        state
    }

    /// What an instruction leaves unique: all that nobody else was shown.
    fn step(&self, state: &mut [u64], data: &InstData) {
        let mut lose = |value: Value| self.set(state, value, false);
        match &data.inst {
            Inst::Load { .. }
            | Inst::Take { .. }
            | Inst::UniqueSlot { .. }
            | Inst::Len(_)
            | Inst::ElementAddress { .. }
            | Inst::IsNull(_)
            | Inst::IntCompare(..) => {}
            Inst::Put { value, .. } => lose(*value),
            inst @ Inst::CallRuntime { function, .. } if function.row().pure => {
                for_each_use(inst, &Owners::default(), |value, consumes| {
                    if consumes {
                        lose(value);
                    }
                });
            }
            inst => inst.operands(lose),
        }
        if let Some(value) = made(data) {
            self.set(state, value, true);
        }
    }

    /// Parameters that are unique and only ever one object are that object. (Where an object is unique, no other parameter holds it.)
    fn join_params(&self, function: &Function, cfg: &Cfg, alias: &mut [Value]) {
        let mut changed = true;
        while changed {
            changed = false;
            for block in cfg.order.iter().filter(|block| **block != function.entry()) {
                for (index, param) in function.block(*block).params.iter().enumerate() {
                    if alias[param.0 as usize] != *param || !self.has(&self.starts[block.0 as usize], *param)
                    {
                        continue;
                    }
                    let mut found = None;
                    let mut only = true;
                    for (pred, number) in cfg.preds(*block).iter().filter(|(pred, _)| cfg.is_reachable(*pred))
                    {
                        let Some(edge) = function.block(*pred).term.edge(*number as usize) else { continue };
                        let arg = resolve(alias, edge.args[index]);
                        if arg != *param && *found.get_or_insert(arg) != arg {
                            only = false;
                        }
                    }
                    if let (true, Some(value)) = (only, found) {
                        alias[param.0 as usize] = value;
                        changed = true;
                    }
                }
            }
        }
    }
}

/// The result that is a unique object.
fn made(data: &InstData) -> Option<Value> {
    let makes = match &data.inst {
        Inst::Node { .. } | Inst::Unique(_) => true,
        Inst::CallRuntime { function, .. } => makes_unique(*function),
        _ => false,
    };
    data.results.first().copied().filter(|_| makes)
}
