//! Removal of instructions and block parameters whose results nobody needs.

use crate::function::{Function, Value};
use crate::inst::Inst;
use fuse_abi::functions::Rt;

/// Removes them; says whether there were any.
pub(super) fn remove(function: &mut Function) -> bool {
    let needed = needed(function);
    let is_needed = |value: &Value| needed[value.0 as usize];
    let mut changed = false;
    for block in &mut function.blocks {
        block.insts.retain(|data| {
            let keep = !is_removable(&data.inst) || data.results.iter().any(is_needed);
            changed |= !keep;
            keep
        });
    }
    if function.blocks.iter().skip(1).any(|block| !block.params.iter().all(is_needed)) {
        function.remove_params(|param| !is_needed(&param));
        changed = true;
    }
    changed
}

/// Which values are needed, starting from what has an effect.
fn needed(function: &Function) -> Vec<bool> {
    // Where values come from: instruction, or parameter of a block.
    const NONE: (u32, u32) = (u32::MAX, 0);
    const PARAM: u32 = 1 << 31;
    let mut homes = vec![NONE; function.values.len()];
    let mut needed = vec![false; function.values.len()];
    let mut work = Vec::new();
    for (block, data) in function.blocks.iter().enumerate() {
        for (index, param) in data.params.iter().enumerate() {
            homes[param.0 as usize] = (block as u32, PARAM | index as u32);
        }
        for (index, inst) in data.insts.iter().enumerate() {
            for result in &inst.results {
                homes[result.0 as usize] = (block as u32, index as u32);
            }
            if !is_removable(&inst.inst) {
                inst.inst.operands(|value| work.push(value));
            }
        }
        data.term.operands(|value| work.push(value));
    }
    let mut edges = None;
    while let Some(value) = work.pop() {
        if std::mem::replace(&mut needed[value.0 as usize], true) {
            continue;
        }
        let (block, index) = homes[value.0 as usize];
        if (block, index) == NONE || (block == 0 && index & PARAM != 0) {
            continue;
        }
        if index & PARAM != 0 {
            let edges = edges.get_or_insert_with(|| crate::params::incoming(function));
            for (source, number) in edges.of(block) {
                let edge = function.block(*source).term.edge(*number as usize);
                work.extend(edge.and_then(|edge| edge.args.get((index & !PARAM) as usize)));
            }
        } else {
            function.blocks[block as usize].insts[index as usize].inst.operands(|value| work.push(value));
        }
    }
    needed
}

/// Whether an instruction has no effect but its results, as long as references are not counted.
fn is_removable(inst: &Inst) -> bool {
    match inst {
        Inst::Checked(..)
        | Inst::Check(..)
        | Inst::Take { .. }
        | Inst::Put { .. }
        | Inst::Call(..)
        | Inst::Try(..)
        | Inst::CallIndirect { .. }
        | Inst::Retain(_)
        | Inst::Release(_) => false,
        Inst::CallRuntime { function, .. } => function.row().pure || makes_value(*function),
        _ => true,
    }
}

/// Runtime functions that only make a value from others.
fn makes_value(function: Rt) -> bool {
    matches!(
        function,
        Rt::str_concat
            | Rt::str_push_int
            | Rt::str_push_float
            | Rt::str_push_bool
            | Rt::str_new
            | Rt::list_empty
            | Rt::list_unique
            | Rt::list_concat
            | Rt::map_new
            | Rt::map_unique
            | Rt::map_key_at
    )
}
