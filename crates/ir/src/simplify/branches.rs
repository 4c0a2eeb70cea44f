//! Straightening: jumps to jumps, branches whose outcome the jump knows, blocks that follow only one other.

use super::identity;
use crate::compact::resolve;
use crate::function::{Block, Function, Value};
use crate::inst::{BlockCall, Inst, Terminator};
use crate::params::incoming_counts;

/// The longest chain of jumps that is shortened at once; longer ones take more rounds.
const MAX_HOPS: usize = 8;

/// Shortens ways and merges blocks. Says whether anything changed.
pub(super) fn straighten(function: &mut Function) -> bool {
    let mut changed = thread(function);
    changed |= merge(function);
    changed | function.remove_unreachable()
}

/// Lets edges lead past blocks that only jump or branch on; leaves no unreachable blocks.
pub(super) fn thread(function: &mut Function) -> bool {
    let passable = passable(function);
    if !passable.contains(&true) {
        return function.remove_unreachable();
    }
    let bytes = known_bytes(function);
    let mut changed = false;
    for block in function.block_ids() {
        for number in 0..function.block(block).term.edge_count() {
            for _ in 0..MAX_HOPS {
                let Some(edge) = function.block(block).term.edge(number) else { break };
                let Some(next) = onward(function, &passable, &bytes, edge) else { break };
                if next.block == edge.block {
                    break;
                }
                if let Some(edge) = function.block_mut(block).term.edge_mut(number) {
                    *edge = next;
                    changed = true;
                }
            }
        }
    }
    changed | function.remove_unreachable()
}

/// Blocks without instructions whose parameters nobody but their terminator uses.
fn passable(function: &Function) -> Vec<bool> {
    let counts = function.use_counts();
    let is_passable = |block: Block| {
        let data = function.block(block);
        if block == function.entry() || !data.insts.is_empty() {
            return false;
        }
        if !matches!(data.term, Terminator::Jump(_) | Terminator::Branch(..)) {
            return false;
        }
        let mut inside = 0;
        let mut count = |value: Value| inside += u32::from(data.params.contains(&value));
        data.term.operands(&mut count);
        data.term.edges().flat_map(|edge| &edge.args).for_each(|value| count(*value));
        let total = data.params.iter().map(|param| counts[param.0 as usize]).sum::<u32>();
        data.params.len() < 16 && inside == total
    };
    function.block_ids().map(is_passable).collect()
}

fn known_bytes(function: &Function) -> Vec<Option<u8>> {
    let mut bytes = vec![None; function.values.len()];
    for data in function.blocks.iter().flat_map(|block| &block.insts) {
        if let (Inst::Byte(byte), [result]) = (&data.inst, &data.results[..]) {
            bytes[result.0 as usize] = Some(*byte);
        }
    }
    bytes
}

/// Where an edge gets to from its target, if that does not depend on anything.
fn onward(
    function: &Function,
    passable: &[bool],
    bytes: &[Option<u8>],
    edge: &BlockCall,
) -> Option<BlockCall> {
    if !passable[edge.block.0 as usize] {
        return None;
    }
    let data = function.block(edge.block);
    let substitute = |value: Value| {
        data.params.iter().position(|param| *param == value).map_or(value, |index| edge.args[index])
    };
    let next = match &data.term {
        Terminator::Jump(next) => next,
        // A condition from outside is the business of the block itself.
        Terminator::Branch(condition, then, otherwise) if data.params.contains(condition) => {
            match bytes[substitute(*condition).0 as usize]? {
                0 => otherwise,
                _ => then,
            }
        }
        _ => return None,
    };
    Some(BlockCall { block: next.block, args: next.args.iter().map(|arg| substitute(*arg)).collect() })
}

/// Appends blocks to the only block that leads to them.
fn merge(function: &mut Function) -> bool {
    let mut preds = incoming_counts(function);
    let mut alias = identity(function.values.len());
    let mut changed = false;
    for block in function.block_ids() {
        // Merged away already, or nothing leads here.
        if block != function.entry() && preds[block.0 as usize] == 0 {
            continue;
        }
        while let Terminator::Jump(edge) = &function.block(block).term {
            let target = edge.block;
            if target == block || target == function.entry() || preds[target.0 as usize] != 1 {
                break;
            }
            let args = edge.args.clone();
            let params = std::mem::take(&mut function.block_mut(target).params);
            for (param, arg) in params.iter().zip(args) {
                alias[param.0 as usize] = resolve(&mut alias, arg);
            }
            let mut insts = std::mem::take(&mut function.block_mut(target).insts);
            let term = std::mem::replace(&mut function.block_mut(target).term, Terminator::Unreachable);
            let data = function.block_mut(block);
            data.insts.append(&mut insts);
            data.term = term;
            preds[target.0 as usize] = 0;
            changed = true;
        }
    }
    if changed {
        function.replace_values(&mut alias);
    }
    changed
}
