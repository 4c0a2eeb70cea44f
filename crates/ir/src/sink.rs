//! Late loads: a scalar that only some ways from a branch need is loaded there. A `match` on an enum loads its payloads before it looks at the tag; the arms
//! that have none should not wait for them.

use crate::cfg::{Cfg, Dominators};
use crate::function::{Block, Function, InstData, Value};
use crate::inst::{Inst, Terminator};
use rustc_hash::FxHashMap;

/// Functions with more blocks are left alone.
const MAX_BLOCKS: usize = 400;
/// A load is repeated on at most so many ways.
const MAX_COPIES: usize = 2;

/// Moves loads of a function down; says whether there were any.
pub(crate) fn run(function: &mut Function) -> bool {
    if function.blocks.len() > MAX_BLOCKS
        || !function.block_ids().any(|block| has_candidates(function, block))
    {
        return false;
    }
    let cfg = Cfg::of(function);
    let dominators = Dominators::of(&cfg);
    let mut users = users(function, &cfg);
    let mut changed = false;
    // Definitions first: what has moved down may move on.
    for block in cfg.order.clone() {
        while has_candidates(function, block) {
            let found = candidates(function, block).find_map(|index| {
                ways(function, &cfg, &dominators, &users, block, index).map(|ways| (index, ways))
            });
            let Some((index, ways)) = found else { break };
            let data = function.block_mut(block).insts.remove(index);
            let blocks = users.remove(&data.results[0]).unwrap_or_default();
            for way in ways {
                let copy = copy_to(function, &data, way);
                let inside = blocks
                    .iter()
                    .copied()
                    .filter(|user| dominators.dominates(way, *user))
                    .collect::<Vec<_>>();
                inside.iter().for_each(|user| rename(function, *user, data.results[0], copy));
                users.insert(copy, inside);
            }
            changed = true;
        }
    }
    changed
}

fn has_candidates(function: &Function, block: Block) -> bool {
    candidates(function, block).next().is_some()
}

/// Loads of scalars at the end of a block with several ways out, after which nothing changes and whose result the block does not use.
fn candidates(function: &Function, block: Block) -> impl Iterator<Item = usize> + '_ {
    let data = function.block(block);
    let branches = matches!(data.term, Terminator::Branch(..) | Terminator::Switch(..));
    let quiet = data.insts.iter().rev().take_while(|data| data.inst.only_computes()).count();
    let indices = if branches { data.insts.len() - quiet..data.insts.len() } else { 0..0 };
    indices.rev().filter(move |index| {
        let Inst::Load { ty, .. } = data.insts[*index].inst else { return false };
        !ty.is_object() && ty != crate::Type::Ptr && !used_here(data, *index)
    })
}

fn used_here(block: &crate::function::BlockData, index: usize) -> bool {
    let value = block.insts[index].results[0];
    let mut used = false;
    let mut see = |other: Value| used |= other == value;
    block.insts[index + 1..].iter().for_each(|data| data.inst.operands(&mut see));
    block.term.operands(&mut see);
    block.term.edges().flat_map(|edge| &edge.args).for_each(|other| see(*other));
    used
}

/// The blocks that use each loaded scalar.
fn users(function: &Function, cfg: &Cfg) -> FxHashMap<Value, Vec<Block>> {
    let mut users: FxHashMap<Value, Vec<Block>> = FxHashMap::default();
    for data in function.blocks.iter().flat_map(|block| &block.insts) {
        if matches!(data.inst, Inst::Load { .. }) {
            users.insert(data.results[0], Vec::new());
        }
    }
    for block in &cfg.order {
        let data = function.block(*block);
        let mut see = |value: Value| {
            if let Some(blocks) = users.get_mut(&value)
                && blocks.last() != Some(block)
            {
                blocks.push(*block);
            }
        };
        data.insts.iter().for_each(|data| data.inst.operands(&mut see));
        data.term.operands(&mut see);
        data.term.edges().flat_map(|edge| &edge.args).for_each(|value| see(*value));
    }
    users
}

/// The blocks after `block` that the load is for, if they are few and not all.
fn ways(
    function: &Function,
    cfg: &Cfg,
    dominators: &Dominators,
    users: &FxHashMap<Value, Vec<Block>>,
    block: Block,
    index: usize,
) -> Option<Vec<Block>> {
    let data = function.block(block);
    let users = users.get(&data.insts[index].results[0])?;
    let mut next = data.term.edges().map(|edge| edge.block).collect::<Vec<_>>();
    next.sort_unstable();
    next.dedup();
    let mut ways = Vec::new();
    for user in users {
        let way =
            *next.iter().find(|way| cfg.preds(**way).len() == 1 && dominators.dominates(**way, *user))?;
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    (!ways.is_empty() && ways.len() <= MAX_COPIES && ways.len() < next.len()).then_some(ways)
}

fn copy_to(function: &mut Function, data: &InstData, block: Block) -> Value {
    let value = function.add_value(function.ty(data.results[0]));
    let copy = InstData { results: vec![value], ..data.clone() };
    function.block_mut(block).insts.insert(0, copy);
    value
}

fn rename(function: &mut Function, block: Block, from: Value, to: Value) {
    let rename = |value: &mut Value| {
        if *value == from {
            *value = to;
        }
    };
    let data = function.block_mut(block);
    data.insts.iter_mut().for_each(|data| data.inst.operands_mut(rename));
    data.term.operands_mut(rename);
    data.term.edges_mut(|edge| edge.args.iter_mut().for_each(rename));
}
