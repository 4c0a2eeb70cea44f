//! Which functions may raise an error value. Where nothing can be raised, a call that catches becomes a plain one.

use crate::Type;
use crate::borrow::address_taken;
use crate::effects::Calls;
use crate::function::{Block, Function, InstData};
use crate::inst::Inst;
use crate::program::{FuncId, Program};

/// Turns each [`Inst::Try`] of a function that cannot raise into an [`Inst::Call`] and a null.
pub(crate) fn resolve(program: &mut Program) {
    let catches = |data: &InstData| matches!(data.inst, Inst::Try(..));
    let mut insts =
        program.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.insts);
    if !insts.any(catches) {
        return;
    }
    let raises = raising(program);
    let callees =
        program.functions.iter().map(|function| function.signature.results.clone()).collect::<Vec<_>>();
    for function in &mut program.functions {
        for block in function.block_ids() {
            if function.block(block).insts.iter().any(catches) {
                for data in std::mem::take(&mut function.block_mut(block).insts) {
                    push_plain(function, block, data, &raises, &callees);
                }
            }
        }
    }
}

/// Appends an instruction, or the two that a call becomes which catches nothing.
fn push_plain(function: &mut Function, block: Block, data: InstData, raises: &[bool], results: &[Vec<Type>]) {
    let Inst::Try(callee, args, position) = data.inst else {
        return function.block_mut(block).insts.push(data);
    };
    if raises[callee.0 as usize] {
        let inst = Inst::Try(callee, args, position);
        return function.block_mut(block).insts.push(InstData { inst, ..data });
    }
    let mut values = data.results;
    let error = values.pop();
    for (value, &ty) in values.iter().zip(&results[callee.0 as usize]) {
        function.values[value.0 as usize].ty = ty;
    }
    let insts = &mut function.block_mut(block).insts;
    let inst = Inst::Call(callee, args, position);
    insts.push(InstData { results: values, inst, cleanup: Vec::new() });
    let null = |error| InstData { results: vec![error], inst: Inst::Null(Type::Opt), cleanup: Vec::new() };
    insts.extend(error.map(null));
}

/// For each function whether an error value may leave it.
fn raising(program: &Program) -> Vec<bool> {
    let order = Calls::of(program).bottom_up();
    let taken = address_taken(program);
    let mut raises = vec![false; program.functions.len()];
    // Callees come first, so that one round does for everything but cycles and calls through addresses.
    loop {
        let indirect = raises.iter().zip(&taken).any(|(raises, taken)| *raises && *taken);
        let mut changed = false;
        for &id in &order {
            let known = raises[id.0 as usize];
            if !known && raises_now(program.function(id), indirect, |callee| raises[callee.0 as usize]) {
                raises[id.0 as usize] = true;
                changed = true;
            }
        }
        if !changed {
            return raises;
        }
    }
}

fn raises_now(function: &Function, indirect: bool, callee_raises: impl Fn(FuncId) -> bool) -> bool {
    let mut insts = function.blocks.iter().flat_map(|block| &block.insts);
    insts.any(|data| match &data.inst {
        Inst::Call(callee, ..) => callee_raises(*callee),
        Inst::CallRuntime { function, .. } => function.row().raises,
        Inst::CallIndirect { .. } => indirect,
        _ => false,
    })
}
