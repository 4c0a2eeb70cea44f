//! Constants that come by edges: a branch tells its own condition apart, and a block parameter that is the same constant on all ways
//! is that constant.

use crate::compact::identity;
use crate::function::{Function, InstData, Value};
use crate::inst::{Inst, Terminator};
use crate::params::incoming;

/// Replaces a branch's condition by 1 and 0 among the arguments of its edges, and constant parameters by constants. Says whether anything changed.
pub(super) fn run(function: &mut Function) -> bool {
    let told = tell_conditions(function);
    spread(function) | told
}

fn tell_conditions(function: &mut Function) -> bool {
    let mut changed = false;
    for block in function.block_ids() {
        let Terminator::Branch(condition, then, otherwise) = &function.block(block).term else { continue };
        let condition = *condition;
        let (yes, no) = (then.args.contains(&condition), otherwise.args.contains(&condition));
        for (number, byte, wanted) in [(0, 1, yes), (1, 0, no)] {
            if !wanted {
                continue;
            }
            let known = function.add_value(crate::Type::I8);
            let data = function.block_mut(block);
            data.insts.push(constant(known, Inst::Byte(byte)));
            if let Some(edge) = data.term.edge_mut(number) {
                edge.args.iter_mut().filter(|arg| **arg == condition).for_each(|arg| *arg = known);
            }
            changed = true;
        }
    }
    changed
}

/// Makes constants of the parameters that get one constant only. Those of the entry come from outside.
fn spread(function: &mut Function) -> bool {
    if function.blocks.iter().skip(1).all(|block| block.params.is_empty()) {
        return false;
    }
    let mut known: Vec<Option<Inst>> = vec![None; function.values.len()];
    let mut any = false;
    for data in function.blocks.iter().flat_map(|block| &block.insts) {
        if let (Inst::Int(_) | Inst::Float(_) | Inst::Byte(_), [result]) = (&data.inst, &data.results[..]) {
            known[result.0 as usize] = Some(data.inst.clone());
            any = true;
        }
    }
    if !any {
        return false;
    }
    let edges = incoming(function);
    let mut found = Vec::new();
    for block in function.block_ids().skip(1) {
        for (index, param) in function.block(block).params.iter().enumerate() {
            let mut same: Option<&Inst> = None;
            let constant = edges.of(block.0).iter().all(|(source, number)| {
                let edge = function.block(*source).term.edge(*number as usize);
                let Some(arg) = edge.and_then(|edge| edge.args.get(index)) else { return false };
                let Some(inst) = &known[arg.0 as usize] else { return arg == param };
                same.replace(inst).is_none_or(|other| other == inst)
            });
            if let (true, Some(inst)) = (constant, same) {
                found.push((block, *param, inst.clone()));
            }
        }
    }
    let mut alias = identity(function.values.len() + found.len());
    for (block, param, inst) in &found {
        let value = function.add_value(function.ty(*param));
        function.block_mut(*block).insts.insert(0, constant(value, inst.clone()));
        alias[param.0 as usize] = value;
    }
    if !found.is_empty() {
        function.replace_values(&mut alias);
    }
    !found.is_empty()
}

fn constant(value: Value, inst: Inst) -> InstData {
    InstData { results: vec![value], inst, cleanup: Vec::new() }
}
