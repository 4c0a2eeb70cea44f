//! Slots in registers: a scalar in memory that a loop reads and writes is a parameter of the loop meanwhile, and is written back where the loop is left.
//!
//! For loops of one block that call nothing. All accesses to the type of the slot must be to this very slot, or be known to be to another:
//! another place in an object, or in an object that is another because it stands in another element of the same list. If the loop fails, what it
//! would have written is lost with the objects that it was changing, which nobody else can see.

mod apart;

use crate::Type;
use crate::cfg::{Cfg, Dominators};
use crate::compact::{identity, resolve};
use crate::function::{Block, Function, InstData, Value};
use crate::inst::{BlockCall, Inst, Terminator};
use crate::loops::Loop;
use apart::Places;

/// Functions with more blocks are left alone: each loop costs a look at all of them.
const MAX_BLOCKS: usize = 400;
/// Slots of one loop that are promoted, at most: there are not more registers.
const MAX_SLOTS: usize = 8;

/// Promotes slots in the loops of a function with counts; says whether there were any.
pub(crate) fn run(function: &mut Function) -> bool {
    if function.blocks.len() > MAX_BLOCKS || !function.block_ids().any(|block| may_profit(function, block)) {
        return false;
    }
    let mut changed = false;
    for head in function.block_ids() {
        if !may_profit(function, head) {
            continue;
        }
        let cfg = Cfg::of(function);
        if !cfg.is_reachable(head) {
            continue;
        }
        let Some(shape) = Loop::find(function, &cfg, &Dominators::of(&cfg), head) else { continue };
        if shape.blocks(function).count() != 1 {
            continue;
        }
        let slots =
            Places::of(function, &shape).map(|places| find(function, &places, head)).unwrap_or_default();
        if !slots.is_empty() {
            promote(function, &shape, &slots);
            changed = true;
        }
    }
    changed
}

/// A scalar in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    ty: Type,
    base: Value,
    offset: u32,
}

impl Slot {
    /// The scalar that an instruction reads or writes.
    fn of(function: &Function, inst: &Inst) -> Option<Slot> {
        let (ty, base, offset) = match inst {
            Inst::Load { ty, base, offset } => (*ty, *base, *offset),
            Inst::Put { base, offset, value } => (function.ty(*value), *base, *offset),
            _ => return None,
        };
        matches!(ty, Type::I64 | Type::F64 | Type::I8).then_some(Slot { ty, base, offset })
    }
}

/// Whether a block goes back to itself and writes a scalar.
fn may_profit(function: &Function, block: Block) -> bool {
    let data = function.block(block);
    data.term.edges().any(|edge| edge.block == block)
        && data
            .insts
            .iter()
            .any(|data| matches!(data.inst, Inst::Put { .. }) && Slot::of(function, &data.inst).is_some())
}

/// The slots of a loop that can be promoted.
fn find(function: &Function, places: &Places<'_>, head: Block) -> Vec<Slot> {
    let insts = &function.block(head).insts;
    let accesses = || insts.iter().filter_map(|data| Slot::of(function, &data.inst));
    let mut found: Vec<Slot> = Vec::new();
    for data in insts.iter().filter(|data| matches!(data.inst, Inst::Put { .. })) {
        let Some(slot) = Slot::of(function, &data.inst) else { continue };
        if found.len() < MAX_SLOTS
            && !found.contains(&slot)
            && places.is_outside(slot.base)
            && accesses().all(|other| other == slot || other.ty != slot.ty || places.are_apart(slot, other))
        {
            found.push(slot);
        }
    }
    found
}

/// Makes slots parameters of the loop.
fn promote(function: &mut Function, shape: &Loop, slots: &[Slot]) {
    let head = shape.head;
    let mut current = slots.iter().map(|slot| function.add_param(head, slot.ty)).collect::<Vec<_>>();
    let mut before = Vec::new();
    for slot in slots {
        let inst = Inst::Load { ty: slot.ty, base: slot.base, offset: slot.offset };
        before.push(InstData { results: vec![function.add_value(slot.ty)], inst, cleanup: Vec::new() });
    }
    let at_first = before.iter().map(|data| data.results[0]).collect::<Vec<_>>();
    let mut alias = identity(function.values.len());
    let mut insts = std::mem::take(&mut function.block_mut(head).insts);
    insts.retain_mut(|data| {
        data.inst.operands_mut(|value| *value = resolve(&mut alias, *value));
        let slot = Slot::of(function, &data.inst);
        let Some(index) = slots.iter().position(|other| Some(*other) == slot) else { return true };
        match data.inst {
            Inst::Put { value, .. } => current[index] = value,
            _ => alias[data.results[0].0 as usize] = current[index],
        }
        false
    });
    function.block_mut(head).insts = insts;
    let mut term = std::mem::replace(&mut function.block_mut(head).term, Terminator::Unreachable);
    term.edges_mut(|edge| {
        if edge.block == head {
            edge.args.extend(&current);
        } else {
            *edge = write_back(function, slots, &current, edge.clone());
        }
    });
    function.block_mut(head).term = term;
    let (pred, number) = shape.entry;
    if let Some(edge) = function.block_mut(pred).term.edge_mut(number as usize) {
        edge.args.extend(at_first);
    }
    shape.put_before(function, before);
    function.replace_values(&mut alias);
}

/// The way out of a loop, on which the slots get what they would hold.
fn write_back(function: &mut Function, slots: &[Slot], values: &[Value], out: BlockCall) -> BlockCall {
    let block = function.add_block();
    let puts = slots.iter().zip(values).map(|(slot, value)| InstData {
        results: Vec::new(),
        inst: Inst::Put { base: slot.base, offset: slot.offset, value: *value },
        cleanup: Vec::new(),
    });
    let data = function.block_mut(block);
    data.insts.extend(puts);
    data.term = Terminator::Jump(out);
    BlockCall { block, args: Vec::new() }
}
