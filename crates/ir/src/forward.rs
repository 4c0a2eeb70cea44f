//! Objects that are put back into a slot only to be taken out again stay outside: `a[i].x = ..; a[i].y = ..` takes the element once. And an object that is
//! taken out only to be made unique and put back is made unique where it is. Runs within blocks, after RC insertion.

use crate::Type;
use crate::compact::{identity, resolve};
use crate::function::{Function, InstData, Value};
use crate::inst::Inst;
use fuse_abi::functions::Rt;
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
        remove(&mut insts, &gone);
        changed |= gone.contains(&true);
        function.block_mut(block).insts = insts;
    }
    if changed {
        function.replace_values(&mut alias);
    }
    changed
}

/// Makes objects unique in their slots where they need not be taken out.
pub(crate) fn settle(function: &mut Function) {
    let takes = |data: &InstData| matches!(data.inst, Inst::Take { .. });
    if !function.blocks.iter().flat_map(|block| &block.insts).any(takes) {
        return;
    }
    let uses = function.use_counts();
    for block in &mut function.blocks {
        let mut gone = vec![false; block.insts.len()];
        for index in 0..block.insts.len() {
            let Some((unique, put, inst)) = in_slot(&block.insts, index, &uses) else { continue };
            block.insts[unique].inst = inst;
            gone[index] = true;
            gone[put] = true;
        }
        remove(&mut block.insts, &gone);
    }
}

/// For an object that is taken, made unique, changed, and put back: where it is made unique, where it is put back, and the instruction that does it all.
fn in_slot(insts: &[InstData], take: usize, uses: &[u32]) -> Option<(usize, usize, Inst)> {
    let Inst::Take { base, offset, .. } = insts[take].inst else { return None };
    let taken = insts[take].results[0];
    let unique = take + 1 + insts[take + 1..].iter().position(|data| uses_value(&data.inst, taken))?;
    let copy = match &insts[unique].inst {
        Inst::Unique(_) => Rt::node_copy,
        Inst::CallRuntime { function: copy @ (Rt::list_unique | Rt::map_unique), .. } => *copy,
        _ => return None,
    };
    let object = insts[unique].results[0];
    if uses[taken.0 as usize] != 1 {
        return None;
    }
    let mut seen = 0;
    for (index, data) in insts.iter().enumerate().skip(unique + 1) {
        match &data.inst {
            Inst::Put { base: other, offset: at, value } if (*other, *at) == (base, offset) => {
                let all = *value == object && seen + 1 == uses[object.0 as usize];
                return all.then_some((unique, index, Inst::UniqueSlot { base, offset, copy }));
            }
            // What only looks into the object or changes it.
            Inst::Put { value, .. } if *value == object => return None,
            Inst::Put { .. }
            | Inst::Take { .. }
            | Inst::Load { .. }
            | Inst::Len(_)
            | Inst::ElementAddress { .. }
            | Inst::UniqueSlot { .. } => data.inst.operands(|value| seen += u32::from(value == object)),
            inst if uses_value(inst, object) => return None,
            _ => {}
        }
    }
    None
}

fn uses_value(inst: &Inst, value: Value) -> bool {
    let mut found = false;
    inst.operands(|other| found |= other == value);
    found
}

fn remove(insts: &mut Vec<InstData>, gone: &[bool]) {
    let mut index = 0;
    insts.retain(|_| {
        index += 1;
        !gone[index - 1]
    });
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
            Inst::UniqueSlot { .. } => self.pending.clear(),
            Inst::Put { .. } => {}
            inst if inst.only_computes() => {}
            // Whatever fails must find everything in its place; whatever counts or calls may look anywhere.
            _ => {
                self.pending.clear();
                self.unique.clear();
            }
        }
        None
    }
}
