//! Inlining of small functions, callees first, and removal of what the program does not use.

use crate::effects::Calls;
use crate::function::{Block, BlockData, Function, InstData, Value, ValueData};
use crate::inst::{BlockCall, Inst, Terminator};
use crate::program::{FuncId, Program, StaticData, StaticId};

/// Functions of at most this many instructions are inlined wherever they are called.
const SMALL: usize = 16;
/// Functions that are called once are inlined up to this size.
const ONCE: usize = 120;
/// Functions that call themselves get one level of their own body, up to this size.
const SELF: usize = 16;
/// No function grows beyond this size by inlining.
const LARGEST: usize = 4000;

/// Which functions are worth inlining, and in which order to go about it.
pub(crate) struct Plan {
    /// Callees before callers.
    pub(crate) order: Vec<FuncId>,
    recursive: Vec<bool>,
    calls: Vec<u32>,
}

impl Plan {
    /// Looks at a whole program.
    pub(crate) fn of(program: &Program) -> Plan {
        let graph = Calls::of(program);
        let mut calls = vec![0u32; program.functions.len()];
        for data in
            program.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.insts)
        {
            match data.inst {
                Inst::Call(callee, ..) => calls[callee.0 as usize] += 1,
                // It has to stay anyway.
                Inst::FunctionAddress(callee) | Inst::Try(callee, ..) => calls[callee.0 as usize] += 2,
                _ => {}
            }
        }
        for root in program.roots() {
            calls[root.0 as usize] += 2;
        }
        Plan { order: graph.bottom_up(), recursive: graph.recursive(), calls }
    }

    fn is_worth(&self, program: &Program, callee: FuncId) -> bool {
        if self.recursive[callee.0 as usize] {
            return false;
        }
        let limit = if self.calls[callee.0 as usize] == 1 { ONCE } else { SMALL };
        size(program.function(callee), limit) <= limit
    }
}

/// Number of instructions and edges; counting stops beyond the limit.
fn size(function: &Function, limit: usize) -> usize {
    let mut size = 0;
    for block in &function.blocks {
        let constants = block.insts.iter().filter(|data| {
            matches!(
                data.inst,
                Inst::Int(_) | Inst::Float(_) | Inst::Byte(_) | Inst::Null(_) | Inst::Static(_)
            )
        });
        size += block.insts.len() - constants.count() + block.term.edge_count();
        if size > limit {
            break;
        }
    }
    size
}

/// Inlines calls in one function; says whether there were any.
pub(crate) fn inline_into(program: &mut Program, id: FuncId, plan: &Plan) -> bool {
    let mut worth = Vec::new();
    let mut room = LARGEST.saturating_sub(size(program.function(id), LARGEST));
    for data in program.function(id).blocks.iter().flat_map(|block| &block.insts) {
        let Inst::Call(callee, ..) = data.inst else { continue };
        let worth_it = callee != id && plan.is_worth(program, callee);
        let cost = if worth_it { size(program.function(callee), LARGEST) } else { 0 };
        worth.push(worth_it && cost <= room);
        if worth_it {
            room = room.saturating_sub(cost);
        }
    }
    if !worth.contains(&true) {
        return false;
    }
    let mut function = std::mem::take(&mut program.functions[id.0 as usize]);
    let mut worth = worth.into_iter();
    for block in function.block_ids() {
        inline_block(program, &mut function, block, &mut worth);
    }
    program.functions[id.0 as usize] = function;
    true
}

/// Inlines one level of a small function's calls of itself; says whether there were any.
pub(crate) fn unroll_recursion(program: &mut Program, id: FuncId) -> bool {
    let calls_itself = |data: &InstData| matches!(data.inst, Inst::Call(callee, ..) if callee == id);
    let original = program.function(id);
    if !original.blocks.iter().flat_map(|block| &block.insts).any(calls_itself) || size(original, SELF) > SELF
    {
        return false;
    }
    let mut function = original.clone();
    for block in function.block_ids() {
        let calls = function.block(block).insts.iter().filter(|data| matches!(data.inst, Inst::Call(..)));
        let worth = calls.map(&calls_itself).collect::<Vec<_>>();
        inline_block(program, &mut function, block, &mut worth.into_iter());
    }
    program.functions[id.0 as usize] = function;
    true
}

/// Replaces the calls in a block. What follows a call goes to a block of its own, whose parameters are the call's results.
fn inline_block(
    program: &Program,
    function: &mut Function,
    block: Block,
    worth: &mut impl Iterator<Item = bool>,
) {
    let is_call = |data: &InstData| matches!(data.inst, Inst::Call(..));
    if !function.block(block).insts.iter().any(is_call) {
        return;
    }
    let insts = std::mem::take(&mut function.block_mut(block).insts);
    let term = std::mem::replace(&mut function.block_mut(block).term, Terminator::Unreachable);
    let mut at = block;
    for data in insts {
        match data.inst {
            Inst::Call(callee, ref args, _) if worth.next() == Some(true) => {
                let after = function.add_block();
                function.block_mut(after).params.clone_from(&data.results);
                let entry = copy_body(function, program.function(callee), args, after);
                function.block_mut(at).term = Terminator::Jump(BlockCall { block: entry, args: Vec::new() });
                at = after;
            }
            _ => function.block_mut(at).insts.push(data),
        }
    }
    function.block_mut(at).term = term;
}

/// Appends a copy of the callee's blocks that gets its parameters directly and returns to `after`.
fn copy_body(function: &mut Function, callee: &Function, args: &[Value], after: Block) -> Block {
    let first_block = function.blocks.len() as u32;
    let mut names = Vec::with_capacity(callee.values.len());
    for value in &callee.values {
        names.push(Value(function.values.len() as u32));
        function.values.push(ValueData { ty: value.ty });
    }
    for (param, arg) in callee.blocks[0].params.iter().zip(args) {
        names[param.0 as usize] = *arg;
    }
    let rename = |value: &mut Value| *value = names[value.0 as usize];
    for (index, block) in callee.blocks.iter().enumerate() {
        let mut copy = BlockData {
            params: if index == 0 { Vec::new() } else { block.params.clone() },
            insts: block.insts.clone(),
            term: block.term.clone(),
        };
        copy.params.iter_mut().for_each(rename);
        for data in &mut copy.insts {
            data.results.iter_mut().for_each(rename);
            data.inst.operands_mut(rename);
        }
        copy.term.operands_mut(rename);
        copy.term.edges_mut(|edge| {
            edge.block.0 += first_block;
            edge.args.iter_mut().for_each(rename);
        });
        if let Terminator::Return(values) = &mut copy.term {
            copy.term = Terminator::Jump(BlockCall { block: after, args: std::mem::take(values) });
        }
        function.blocks.push(copy);
    }
    Block(first_block)
}

/// Removes functions and static objects that the entry does not reach. A program without entries keeps everything.
pub fn remove_unused(program: &mut Program) {
    if program.roots().next().is_none() {
        return;
    }
    let mut functions = vec![false; program.functions.len()];
    let mut statics = vec![false; program.statics.len()];
    let mut work = program.roots().collect::<Vec<_>>();
    work.iter().for_each(|root| functions[root.0 as usize] = true);
    let mut static_work = program.config_block.into_iter().collect::<Vec<_>>();
    while let Some(id) = work.pop() {
        for data in program.function(id).blocks.iter().flat_map(|block| &block.insts) {
            match data.inst {
                Inst::Call(callee, ..) | Inst::Try(callee, ..) | Inst::FunctionAddress(callee)
                    if !std::mem::replace(&mut functions[callee.0 as usize], true) =>
                {
                    work.push(callee);
                }
                Inst::Static(id) => static_work.push(id),
                _ => {}
            }
        }
    }
    while let Some(id) = static_work.pop() {
        if std::mem::replace(&mut statics[id.0 as usize], true) {
            continue;
        }
        if let StaticData::Object { objects, .. } = &program.statics[id.0 as usize] {
            static_work.extend(objects.iter().map(|(_, object)| *object));
        }
    }
    renumber(program, &functions, &statics);
}

fn renumber(program: &mut Program, functions: &[bool], statics: &[bool]) {
    if functions.iter().chain(statics).all(|used| *used) {
        return;
    }
    let function_numbers = numbers(functions);
    let static_numbers = numbers(statics);
    retain(&mut program.functions, functions);
    retain(&mut program.statics, statics);
    for data in program
        .functions
        .iter_mut()
        .flat_map(|function| &mut function.blocks)
        .flat_map(|block| &mut block.insts)
    {
        match &mut data.inst {
            Inst::Call(callee, ..) | Inst::Try(callee, ..) | Inst::FunctionAddress(callee) => {
                *callee = FuncId(function_numbers[callee.0 as usize]);
            }
            Inst::Static(id) => *id = StaticId(static_numbers[id.0 as usize]),
            _ => {}
        }
    }
    for data in &mut program.statics {
        if let StaticData::Object { objects, .. } = data {
            objects.iter_mut().for_each(|(_, id)| *id = StaticId(static_numbers[id.0 as usize]));
        }
    }
    for root in [&mut program.entry, &mut program.main, &mut program.calls].into_iter().flatten() {
        *root = FuncId(function_numbers[root.0 as usize]);
    }
    program.config_block = program.config_block.map(|block| StaticId(static_numbers[block.0 as usize]));
}

/// New numbers of what is kept.
fn numbers(kept: &[bool]) -> Vec<u32> {
    let mut next = 0;
    let number = |kept: &bool| {
        let number = next;
        next += u32::from(*kept);
        number
    };
    kept.iter().map(number).collect()
}

fn retain<T>(items: &mut Vec<T>, kept: &[bool]) {
    let mut index = 0;
    items.retain(|_| {
        index += 1;
        kept[index - 1]
    });
}
