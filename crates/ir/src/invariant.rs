//! What each round of a loop would do alike is done once, before the loop: loads from memory that the loop does not change, tests that cannot
//! come out otherwise, making an object unique that stays so. (Arithmetic goes along where these need it; the rest of it the code generator moves.)
//!
//! Only what the first round does in any case, before it can leave or fail, is moved: then the loop is entered with the same outcome. Runs after RC
//! insertion, when all that can make an object shared stands in the text.

use crate::Type;
use crate::cfg::{Cfg, Dominators};
use crate::compact::identity;
use crate::function::{Block, Function, InstData, Value};
use crate::inst::Inst;
use crate::loops::{Loop, has_way_back};
use crate::memory::Memory;
use rustc_hash::FxHashMap;

/// Functions with more blocks are left alone: each loop costs a look at all of them.
const MAX_BLOCKS: usize = 400;

/// Moves what is invariant out of the loops of a function with counts, inner loops first; says whether there was anything.
pub(crate) fn run(function: &mut Function) -> bool {
    if function.blocks.len() > MAX_BLOCKS {
        return false;
    }
    let mut cfg = Cfg::of(function);
    if !cfg.order.iter().any(|block| has_way_back(&cfg, *block)) {
        return false;
    }
    let mut dominators = Dominators::of(&cfg);
    let heads = cfg.order.iter().rev().copied().filter(|block| has_way_back(&cfg, *block));
    let mut changed = false;
    for head in heads.collect::<Vec<_>>() {
        let Some(shape) = Loop::find(function, &cfg, &dominators, head) else { continue };
        let moved = take_invariants(&shape, function);
        if moved.is_empty() {
            continue;
        }
        changed = true;
        if shape.put_before(function, moved) {
            cfg.compute(function);
            dominators = Dominators::of(&cfg);
        }
    }
    changed
}

/// Takes the invariant instructions out of the loop, in an order in which they can stand before it.
fn take_invariants(shape: &Loop, function: &mut Function) -> Vec<InstData> {
    let starts = shape.start.iter().flat_map(|block| &function.block(*block).insts);
    if !starts.into_iter().any(|data| is_memory(&data.inst)) {
        return Vec::new();
    }
    let Some(memory) = Memory::of(function, shape.blocks(function)) else { return Vec::new() };
    let mut is_inside = vec![false; function.values.len()];
    for block in shape.blocks(function) {
        let data = function.block(block);
        let results = data.insts.iter().flat_map(|data| &data.results);
        data.params.iter().chain(results).for_each(|value| is_inside[value.0 as usize] = true);
    }
    let mut invariants = Invariants {
        memory,
        is_inside,
        moved: Vec::new(),
        addresses: FxHashMap::default(),
        unique: FxHashMap::default(),
        alias: identity(function.values.len()),
        is_static: static_objects(function),
        uses: function.use_counts(),
        names: shape.names(function),
    };
    // Addresses, then what is made unique at them, then what is read there; and what a test that was moved has kept behind it.
    let mut known = usize::MAX;
    while known != invariants.moved.len() {
        known = invariants.moved.len();
        for phase in [Phase::Values, Phase::Slots, Phase::Loads] {
            invariants.visit(function, &shape.start, phase);
        }
    }
    function.replace_values(&mut invariants.alias);
    invariants.moved
}

fn static_objects(function: &Function) -> Vec<bool> {
    let mut is_static = vec![false; function.values.len()];
    for data in function.blocks.iter().flat_map(|block| &block.insts) {
        if matches!(data.inst, Inst::Static(_) | Inst::Null(_)) {
            is_static[data.results[0].0 as usize] = true;
        }
    }
    is_static
}

/// What is moved in one go through the start of a loop.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// What depends on operands alone.
    Values,
    /// Tests of slots.
    Slots,
    /// Reads, and what depends on them.
    Loads,
}

struct Invariants {
    memory: Memory,
    /// Which values the loop defines.
    is_inside: Vec<bool>,
    moved: Vec<InstData>,
    /// Addresses that were moved: list, index, bytes between elements.
    addresses: FxHashMap<(Value, Value, u32), Value>,
    /// Slots that are unique throughout the loop, base and offset, and the objects in them.
    unique: FxHashMap<(Value, u32), Value>,
    alias: Vec<Value>,
    /// Static objects and null: a parameter with them is released like all others, they are not.
    is_static: Vec<bool>,
    uses: Vec<u32>,
    names: Vec<(Value, Value)>,
}

impl Invariants {
    /// Goes through the blocks that each round begins with, up to what may keep the first round from going on.
    fn visit(&mut self, function: &mut Function, start: &[Block], phase: Phase) {
        // Nothing was done yet but what has been moved, or does not matter.
        let mut clean = true;
        for block in start {
            let insts = std::mem::take(&mut function.block_mut(*block).insts);
            let mut kept = Vec::with_capacity(insts.len());
            let mut open = true;
            for data in insts {
                if open && self.moves(function, &data, phase, clean) {
                    self.take(data);
                    continue;
                }
                // The bounds of what is read may be what is tested here.
                open &= !matches!(data.inst, Inst::Check(..) | Inst::CallRuntime { .. });
                clean &= data.inst.only_computes();
                kept.push(data);
            }
            function.block_mut(*block).insts = kept;
            if !open {
                return;
            }
        }
    }

    fn moves(&self, function: &Function, data: &InstData, phase: Phase, clean: bool) -> bool {
        let mut invariant = true;
        data.inst.operands(|value| invariant &= !self.is_inside[self.resolved(value).0 as usize]);
        if !invariant {
            return false;
        }
        match &data.inst {
            Inst::Load { ty, base, offset } => {
                // A float that is used once is loaded by the instruction that uses it, or into the register that this one overwrites: in a register of its
                // own it would have to be copied.
                let pays = *ty != Type::F64 || self.uses[data.results[0].0 as usize] > 1;
                phase == Phase::Loads
                    && (self.known(&data.inst).is_some()
                        || pays && self.memory.keeps(function, *ty, *base, *offset))
            }
            Inst::Len(_) => phase == Phase::Loads,
            Inst::UniqueSlot { .. } => phase == Phase::Slots && self.memory.keeps_unique(),
            Inst::Check(..) => phase == Phase::Loads && clean && self.can_clean_up(&data.cleanup),
            inst => phase != Phase::Slots && inst.only_computes(),
        }
    }

    /// Objects to release on failure have a name before the loop.
    fn can_clean_up(&self, cleanup: &[Value]) -> bool {
        let known = |value: &Value| self.names.iter().any(|(name, _)| name == value);
        cleanup.iter().all(|value| !self.is_inside[value.0 as usize] || known(value))
    }

    /// Moves an instruction, unless its result is known.
    fn take(&mut self, mut data: InstData) {
        data.results.iter().for_each(|result| self.is_inside[result.0 as usize] = false);
        if let Some(known) = self.known(&data.inst) {
            self.alias[data.results[0].0 as usize] = known;
            return;
        }
        let alias = &self.alias;
        data.inst.operands_mut(|value| *value = resolved(alias, *value));
        let (names, is_static) = (&self.names, &self.is_static);
        data.cleanup.retain_mut(|value| match names.iter().find(|(name, _)| name == value) {
            Some((_, outside)) => {
                *value = *outside;
                !is_static[outside.0 as usize]
            }
            None => true,
        });
        match data.inst {
            Inst::ElementAddress { list, index, stride } => {
                self.addresses.insert((list, index, stride), data.results[0]);
            }
            Inst::UniqueSlot { base, offset, .. } => {
                self.unique.insert((base, offset), data.results[0]);
            }
            _ => {}
        }
        self.moved.push(data);
    }

    /// What is known before the loop already: an address that was moved, the object in a slot that is unique throughout the loop.
    fn known(&self, inst: &Inst) -> Option<Value> {
        match inst {
            Inst::ElementAddress { list, index, stride } => {
                let key = (self.resolved(*list), self.resolved(*index), *stride);
                self.addresses.get(&key).copied()
            }
            Inst::Load { ty: Type::Ref, base, offset } => {
                let key = (self.resolved(*base), *offset);
                self.unique.get(&key).copied()
            }
            _ => None,
        }
    }

    fn resolved(&self, value: Value) -> Value {
        resolved(&self.alias, value)
    }
}

fn resolved(alias: &[Value], mut value: Value) -> Value {
    while alias[value.0 as usize] != value {
        value = alias[value.0 as usize];
    }
    value
}

/// Whether it looks into memory.
fn is_memory(inst: &Inst) -> bool {
    matches!(inst, Inst::Load { .. } | Inst::Len(_) | Inst::UniqueSlot { .. })
}
