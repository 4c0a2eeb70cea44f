//! Objects that are put back into a slot only to be taken out again stay outside: `a[i].x = ..; a[i].y = ..` takes the element once. Runs within blocks, after
//! RC insertion.

use crate::Type;
use crate::compact::{identity, resolve};
use crate::function::{Function, InstData, Value};
use crate::inst::Inst;
use rustc_hash::{FxHashMap, FxHashSet};

/// Forwards within all blocks of a function with counts; says whether there was anything.
pub(crate) fn run(function: &mut Function) -> bool {
    let takes = |insts: &[InstData]| {
        insts.iter().filter(|data| matches!(data.inst, Inst::Take { .. })).nth(1).is_some()
    };
    if !function.blocks.iter().any(|block| takes(&block.insts)) {
        return false;
    }
    let mut alias = identity(function.values.len());
    let mut changed = false;
    for block in function.block_ids() {
        if !takes(&function.block(block).insts) {
            continue;
        }
        let mut insts = std::mem::take(&mut function.block_mut(block).insts);
        let mut walk = Walk {
            alias: &mut alias,
            addresses: FxHashMap::default(),
            pending: Vec::new(),
            unique: FxHashSet::default(),
        };
        let gone = walk.block(function, &mut insts);
        let mut index = 0;
        insts.retain(|_| {
            index += 1;
            !gone[index - 1]
        });
        changed |= gone.contains(&true);
        function.block_mut(block).insts = insts;
    }
    if changed {
        function.replace_values(&mut alias);
    }
    changed
}

/// What is known on the way through a block.
struct Walk<'a> {
    alias: &'a mut [Value],
    /// Addresses of elements: list, index, bytes between elements.
    addresses: FxHashMap<(Value, Value, u32), Value>,
    /// Objects put into slots that nothing has looked at since: base, offset, which instruction, the object.
    pending: Vec<(Value, u32, usize, Value)>,
    /// Objects made unique here that nobody else was shown since.
    unique: FxHashSet<Value>,
}

impl Walk<'_> {
    /// Visits the instructions of a block; says which of them are superfluous.
    fn block(&mut self, function: &Function, insts: &mut [InstData]) -> Vec<bool> {
        let mut gone = vec![false; insts.len()];
        for index in 0..insts.len() {
            let data = &mut insts[index];
            data.inst.operands_mut(|value| *value = resolve(self.alias, *value));
            if let Some(same) = self.inst(function, data, index, &mut gone) {
                self.alias[data.results[0].0 as usize] = same;
                gone[index] = true;
            }
        }
        gone
    }

    /// Looks at one instruction; if it is superfluous, what its result is.
    fn inst(
        &mut self,
        function: &Function,
        data: &InstData,
        index: usize,
        gone: &mut [bool],
    ) -> Option<Value> {
        match &data.inst {
            Inst::ElementAddress { list, index, stride } => {
                let key = (*list, *index, *stride);
                let known = self.addresses.get(&key).copied();
                if known.is_none() {
                    self.addresses.insert(key, data.results[0]);
                }
                return known;
            }
            Inst::Put { base, offset, value } if function.ty(*value).is_object() => {
                self.pending.retain(|(other, at, ..)| (other, at) != (base, offset));
                self.pending.push((*base, *offset, index, *value));
            }
            Inst::Take { base, offset, .. } => {
                let found = self.pending.iter().position(|(other, at, ..)| (other, at) == (base, offset));
                let Some(found) = found else {
                    // It may be another name of a slot that waits.
                    self.pending.clear();
                    return None;
                };
                let (_, _, put, object) = self.pending.remove(found);
                gone[put] = true;
                return Some(object);
            }
            Inst::Unique(object) => {
                if self.unique.contains(object) {
                    return Some(*object);
                }
                self.unique.insert(data.results[0]);
            }
            Inst::Load { ty, .. } if ty.is_object() || *ty == Type::Ptr => self.pending.clear(),
            Inst::Load { .. } | Inst::Put { .. } | Inst::Len(_) | Inst::IsNull(_) => {}
            Inst::Int(_)
            | Inst::Float(_)
            | Inst::Byte(_)
            | Inst::Null(_)
            | Inst::Static(_)
            | Inst::Unary(..)
            | Inst::Binary(..)
            | Inst::IntCompare(..)
            | Inst::FloatCompare(..) => {}
            // Whatever fails must find everything in its place; whatever counts or calls may look anywhere.
            _ => {
                self.pending.clear();
                self.unique.clear();
            }
        }
        None
    }
}
