//! Borrow inference: which object parameters a function takes over.
//!
//! A parameter is borrowed unless owning it lets something be changed in place: it flows (through block parameters,
//! unwrapping and calls) to an operand that is consumed in order to be changed. Storing or returning a
//! parameter is no reason: that only needs one more reference, which the caller gives up after the call. Functions whose
//! address is taken keep the uniform convention: all borrowed.

use crate::function::{Function, Value};
use crate::inst::Inst;
use crate::program::Program;
use fuse_abi::functions::{Kind, Mode};

/// Sets the modes of all parameters.
pub fn infer(program: &mut Program) {
    let address_taken = address_taken(program);
    let mut graph = Graph::new(program);
    for (index, function) in program.functions.iter().enumerate() {
        graph.add(index, function);
    }
    let owned = graph.solve(&address_taken);
    for (index, function) in program.functions.iter_mut().enumerate() {
        let start = graph.starts[index] as usize;
        for (number, param) in function.signature.params.iter_mut().enumerate() {
            param.mode = if owned[start + number] { Mode::Own } else { Mode::Borrow };
        }
    }
}

/// Which functions are called through their address.
pub(crate) fn address_taken(program: &Program) -> Vec<bool> {
    let mut taken = vec![false; program.functions.len()];
    for inst in program.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.insts)
    {
        if let Inst::FunctionAddress(id) = inst.inst {
            taken[id.0 as usize] = true;
        }
    }
    taken
}

/// Where parameters flow: nodes are the parameters of all functions.
struct Graph {
    /// First node of each function.
    starts: Vec<u32>,
    /// Nodes that reach an operand which is consumed in order to be changed.
    changed: Vec<u32>,
    /// Callee's node, caller's node.
    flows: Vec<(u32, u32)>,
    nodes: usize,
    /// Reused: for each value the next ones it flows to.
    edges: Vec<(Value, Value)>,
    sinks: Vec<(Value, Sink)>,
    seen: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sink {
    Changed,
    Param(u32),
}

impl Graph {
    fn new(program: &Program) -> Graph {
        let mut starts = Vec::with_capacity(program.functions.len());
        let mut nodes = 0;
        for function in &program.functions {
            starts.push(nodes as u32);
            nodes += function.signature.params.len();
        }
        Graph {
            starts,
            changed: Vec::new(),
            flows: Vec::new(),
            nodes,
            edges: Vec::new(),
            sinks: Vec::new(),
            seen: Vec::new(),
        }
    }

    fn add(&mut self, index: usize, function: &Function) {
        if !function.signature.params.iter().any(|param| param.ty.is_object()) {
            return;
        }
        self.collect(function);
        self.seen.clear();
        self.seen.resize(function.values.len(), u32::MAX);
        let mut work = Vec::new();
        for (number, param) in function.blocks[0].params.iter().enumerate() {
            if !function.ty(*param).is_object() {
                continue;
            }
            let node = self.starts[index] + number as u32;
            work.push(*param);
            while let Some(value) = work.pop() {
                if std::mem::replace(&mut self.seen[value.0 as usize], node) == node {
                    continue;
                }
                let start = self.edges.partition_point(|(from, _)| *from < value);
                work.extend(
                    self.edges[start..].iter().take_while(|(from, _)| *from == value).map(|(_, to)| *to),
                );
                let start = self.sinks.partition_point(|(from, _)| *from < value);
                for (_, sink) in self.sinks[start..].iter().take_while(|(from, _)| *from == value) {
                    match sink {
                        Sink::Changed => self.changed.push(node),
                        Sink::Param(callee) => self.flows.push((*callee, node)),
                    }
                }
            }
        }
    }

    /// Finds what flows where within a function.
    fn collect(&mut self, function: &Function) {
        self.edges.clear();
        self.sinks.clear();
        let is_object = |value: Value| function.ty(value).is_object();
        for block in &function.blocks {
            for inst in &block.insts {
                match &inst.inst {
                    Inst::Unique(value) => self.sinks.push((*value, Sink::Changed)),
                    Inst::Unwrap(value) => self.edges.push((*value, inst.results[0])),
                    Inst::Call(callee, args, _) | Inst::Try(callee, args, _) => {
                        let start = self.starts[callee.0 as usize];
                        for (number, arg) in args.iter().enumerate().filter(|(_, arg)| is_object(**arg)) {
                            self.sinks.push((*arg, Sink::Param(start + number as u32)));
                        }
                    }
                    Inst::CallRuntime { function: runtime, args, .. } => {
                        let params = runtime.row().params.iter();
                        let params = params.filter(|(_, kind)| !matches!(kind, Kind::Ctx | Kind::Type));
                        for (arg, (mode, kind)) in args.iter().zip(params) {
                            if *mode == Mode::Own && matches!(kind, Kind::Ref | Kind::Opt) {
                                self.sinks.push((*arg, Sink::Changed));
                            }
                        }
                    }
                    _ => {}
                }
            }
            for edge in block.term.edges() {
                let params = &function.block(edge.block).params;
                let pairs = edge.args.iter().zip(params).filter(|(arg, _)| is_object(**arg));
                self.edges.extend(pairs.map(|(arg, param)| (*arg, *param)));
            }
        }
        self.edges.sort_unstable();
        self.edges.dedup();
        self.sinks.sort_unstable();
        self.sinks.dedup();
    }

    fn solve(&mut self, address_taken: &[bool]) -> Vec<bool> {
        let mut owned = vec![false; self.nodes];
        let mut may_own = vec![true; self.nodes];
        for (index, taken) in address_taken.iter().enumerate().filter(|(_, taken)| **taken) {
            let start = self.starts[index] as usize;
            let end = self.starts.get(index + 1).map_or(self.nodes, |next| *next as usize);
            may_own[start..end].fill(!taken);
        }
        self.flows.sort_unstable();
        let mut work = std::mem::take(&mut self.changed);
        while let Some(node) = work.pop() {
            if !may_own[node as usize] || std::mem::replace(&mut owned[node as usize], true) {
                continue;
            }
            let start = self.flows.partition_point(|(callee, _)| *callee < node);
            work.extend(
                self.flows[start..]
                    .iter()
                    .take_while(|(callee, _)| *callee == node)
                    .map(|(_, caller)| *caller),
            );
        }
        owned
    }
}
