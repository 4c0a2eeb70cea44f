//! Which functions can fail, and which are on cycles of calls.

use crate::function::Function;
use crate::inst::{Inst, Terminator};
use crate::program::{FuncId, Program};

/// Whether an instruction can leave the function with a failure. `callee_fails` says it of the program's functions.
pub fn can_fail(inst: &Inst, callee_fails: impl FnOnce(FuncId) -> bool) -> bool {
    match inst {
        Inst::Checked(..) | Inst::Check(..) | Inst::CallIndirect { .. } => true,
        Inst::Call(callee, ..) | Inst::Try(callee, ..) => callee_fails(*callee),
        Inst::CallRuntime { function, .. } => function.row().fails,
        _ => false,
    }
}

/// Sets `fails` and `recursive` of all functions.
///
/// A function on a cycle of calls may use up the stack, so it can fail; so may any function that is called through its address, as
/// far as the caller knows, and calls through addresses may lead anywhere: a function whose address is taken and that calls
/// through an address is on a cycle, and so is what lies between.
pub fn infer(program: &mut Program) {
    let calls = Calls::of(program);
    let recursive = calls.recursive();
    for (function, recursive) in program.functions.iter_mut().zip(recursive) {
        function.recursive = recursive;
        function.signature.fails = recursive || fails_itself(function);
    }
    let mut work = (0..program.functions.len() as u32).map(FuncId).collect::<Vec<_>>();
    work.retain(|id| program.function(*id).signature.fails);
    let callers = calls.callers();
    while let Some(callee) = work.pop() {
        for (_, caller) in callers_of(&callers, callee) {
            let signature = &mut program.functions[caller.0 as usize].signature;
            if !std::mem::replace(&mut signature.fails, true) {
                work.push(*caller);
            }
        }
    }
}

fn fails_itself(function: &Function) -> bool {
    function.blocks.iter().any(|block| {
        matches!(block.term, Terminator::Fail(..))
            || block.insts.iter().any(|data| can_fail(&data.inst, |_| false))
    })
}

fn callers_of(callers: &[(FuncId, FuncId)], callee: FuncId) -> impl Iterator<Item = &(FuncId, FuncId)> {
    let start = callers.partition_point(|(other, _)| *other < callee);
    callers[start..].iter().take_while(move |(other, _)| *other == callee)
}

/// The graph of calls.
pub(crate) struct Calls {
    starts: Vec<u32>,
    callees: Vec<u32>,
    /// Nodes: the functions, and one more for calls through addresses.
    nodes: u32,
}

impl Calls {
    /// The graph of a program. A call through an address may lead to each function whose address is taken somewhere.
    pub(crate) fn of(program: &Program) -> Calls {
        let indirect = program.functions.len() as u32;
        let mut calls = Calls { starts: vec![0], callees: Vec::new(), nodes: indirect + 1 };
        let mut taken = Vec::new();
        for function in &program.functions {
            let start = calls.callees.len();
            for data in function.blocks.iter().flat_map(|block| &block.insts) {
                match &data.inst {
                    Inst::Call(callee, ..) | Inst::Try(callee, ..) => calls.callees.push(callee.0),
                    Inst::CallRuntime { function, .. } if function.row().calls => {
                        calls.callees.extend(program.calls.map(|calls| calls.0));
                    }
                    Inst::CallIndirect { .. } => calls.callees.push(indirect),
                    Inst::FunctionAddress(id) => taken.push(id.0),
                    _ => {}
                }
            }
            calls.end_node(start);
        }
        let start = calls.callees.len();
        calls.callees.extend(taken);
        calls.end_node(start);
        calls
    }

    fn end_node(&mut self, start: usize) {
        self.callees[start..].sort_unstable();
        let mut kept = start;
        for index in start..self.callees.len() {
            if kept == start || self.callees[kept - 1] != self.callees[index] {
                self.callees[kept] = self.callees[index];
                kept += 1;
            }
        }
        self.callees.truncate(kept);
        self.starts.push(kept as u32);
    }

    fn callees(&self, node: u32) -> &[u32] {
        &self.callees[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }

    /// Callee and caller of each direct call, sorted.
    fn callers(&self) -> Vec<(FuncId, FuncId)> {
        let functions = self.nodes - 1;
        let mut callers = Vec::with_capacity(self.callees.len());
        for caller in 0..functions {
            let direct = self.callees(caller).iter().filter(|callee| **callee < functions);
            callers.extend(direct.map(|callee| (FuncId(*callee), FuncId(caller))));
        }
        callers.sort_unstable();
        callers
    }

    /// Which functions are on a cycle.
    pub(crate) fn recursive(&self) -> Vec<bool> {
        let mut recursive = vec![false; self.nodes as usize];
        for component in self.components() {
            let cycle = component.len() > 1 || self.callees(component[0]).contains(&component[0]);
            component.iter().for_each(|node| recursive[*node as usize] = cycle);
        }
        recursive.pop();
        recursive
    }

    /// The functions, each after those that it calls (but on cycles).
    pub(crate) fn bottom_up(&self) -> Vec<FuncId> {
        let order = self.components().into_iter().flatten();
        order.filter(|node| *node + 1 < self.nodes).map(FuncId).collect()
    }

    /// Strongly connected components, callees first: Tarjan's algorithm with a stack of its own.
    fn components(&self) -> Vec<Vec<u32>> {
        const NONE: u32 = u32::MAX;
        let count = self.nodes as usize;
        let (mut number, mut low, mut on_stack) = (vec![NONE; count], vec![0; count], vec![false; count]);
        let (mut stack, mut components, mut next) = (Vec::new(), Vec::new(), 0);
        let mut frames: Vec<(u32, usize)> = Vec::new();
        for root in 0..self.nodes {
            if number[root as usize] == NONE {
                frames.push((root, 0));
            }
            while let Some((node, edge)) = frames.last_mut() {
                let (at, node) = (*node as usize, *node);
                if *edge == 0 {
                    number[at] = next;
                    low[at] = next;
                    next += 1;
                    stack.push(node);
                    on_stack[at] = true;
                }
                if let Some(callee) = self.callees(node).get(*edge).map(|callee| *callee as usize) {
                    *edge += 1;
                    if number[callee] == NONE {
                        frames.push((callee as u32, 0));
                    } else if on_stack[callee] {
                        low[at] = low[at].min(number[callee]);
                    }
                    continue;
                }
                frames.pop();
                if let Some((parent, _)) = frames.last() {
                    low[*parent as usize] = low[*parent as usize].min(low[at]);
                }
                if low[at] == number[at] {
                    let start = stack.iter().rposition(|other| *other == node).unwrap_or(0);
                    let component = stack.split_off(start);
                    component.iter().for_each(|node| on_stack[*node as usize] = false);
                    components.push(component);
                }
            }
        }
        components
    }
}
