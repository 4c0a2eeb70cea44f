//! Dropping unreachable blocks and numbering blocks and values in the order in which they stand.

use crate::function::{Block, Function, Value, ValueData};

const NONE: u32 = u32::MAX;

impl Function {
    /// Which blocks the entry reaches.
    pub fn reachable(&self) -> Vec<bool> {
        let mut reached = vec![false; self.blocks.len()];
        let mut work = vec![self.entry()];
        reached[0] = true;
        while let Some(block) = work.pop() {
            for edge in self.block(block).term.edges() {
                if !std::mem::replace(&mut reached[edge.block.0 as usize], true) {
                    work.push(edge.block);
                }
            }
        }
        reached
    }

    /// Drops the blocks that the entry does not reach; says whether there were any.
    pub fn remove_unreachable(&mut self) -> bool {
        let reached = self.reachable();
        if reached.iter().all(|reached| *reached) {
            return false;
        }
        let mut number = vec![NONE; self.blocks.len()];
        let mut next = 0;
        for (index, reached) in reached.iter().enumerate() {
            if *reached {
                number[index] = next;
                next += 1;
            }
        }
        let mut index = 0;
        self.blocks.retain(|_| {
            index += 1;
            reached[index - 1]
        });
        for block in &mut self.blocks {
            block.term.edges_mut(|edge| edge.block = Block(number[edge.block.0 as usize]));
        }
        true
    }

    /// Gives all values that are defined numbers without gaps, in the order of their definitions.
    pub fn renumber_values(&mut self) {
        let mut number = vec![Value(NONE); self.values.len()];
        let mut values = Vec::with_capacity(self.values.len());
        for block in &self.blocks {
            let results = block.insts.iter().flat_map(|inst| &inst.results);
            for value in block.params.iter().chain(results) {
                number[value.0 as usize] = Value(values.len() as u32);
                values.push(ValueData { ty: self.ty(*value) });
            }
        }
        let rename = |value: &mut Value| *value = number[value.0 as usize];
        for block in &mut self.blocks {
            block.params.iter_mut().for_each(rename);
            for inst in &mut block.insts {
                inst.results.iter_mut().for_each(rename);
                inst.cleanup.iter_mut().for_each(rename);
                inst.inst.operands_mut(rename);
            }
            block.term.operands_mut(rename);
            block.term.edges_mut(|edge| edge.args.iter_mut().for_each(rename));
        }
        self.values = values;
    }

    /// How often each value is used.
    pub(crate) fn use_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.values.len()];
        let mut count = |value: Value| counts[value.0 as usize] += 1;
        for block in &self.blocks {
            for data in &block.insts {
                data.inst.operands(&mut count);
                data.cleanup.iter().for_each(|value| count(*value));
            }
            block.term.operands(&mut count);
            block.term.edges().flat_map(|edge| &edge.args).for_each(|value| count(*value));
        }
        counts
    }

    /// Replaces all uses of values: `alias` maps each value to another, or to itself. Chains are followed.
    pub(crate) fn replace_values(&mut self, alias: &mut [Value]) {
        let rename = |alias: &mut [Value], value: &mut Value| *value = resolve(alias, *value);
        for block in &mut self.blocks {
            for inst in &mut block.insts {
                inst.cleanup.iter_mut().for_each(|value| rename(alias, value));
                inst.inst.operands_mut(|value| rename(alias, value));
            }
            block.term.operands_mut(|value| rename(alias, value));
            block.term.edges_mut(|edge| edge.args.iter_mut().for_each(|value| rename(alias, value)));
        }
    }
}

/// The end of a chain of aliases, which is shortened on the way.
pub(crate) fn resolve(alias: &mut [Value], value: Value) -> Value {
    let mut end = value;
    while alias[end.0 as usize] != end {
        end = alias[end.0 as usize];
    }
    let mut at = value;
    while alias[at.0 as usize] != end {
        at = std::mem::replace(&mut alias[at.0 as usize], end);
    }
    end
}

/// Aliases that map each value to itself.
pub(crate) fn identity(count: usize) -> Vec<Value> {
    (0..count as u32).map(Value).collect()
}
