//! Removal of block parameters that always get one and the same value.

use crate::compact::{identity, resolve};
use crate::function::{Block, Function, Value};

const NONE: u32 = u32::MAX;

impl Function {
    /// Removes block parameters all of whose arguments are one other value or the parameter itself. Says whether there were any.
    /// Unreachable blocks must have gone before.
    ///
    /// A parameter is looked at again when an argument of it was replaced, so the work is near linear.
    pub fn remove_trivial_params(&mut self) -> bool {
        if self.blocks.iter().skip(1).all(|block| block.params.is_empty()) {
            return false;
        }
        let edges = incoming(self);
        let mut alias = identity(self.values.len());
        let mut home = vec![(NONE, 0u32); self.values.len()];
        let mut work = Vec::new();
        for block in self.block_ids().skip(1) {
            for (index, param) in self.block(block).params.iter().enumerate() {
                home[param.0 as usize] = (block.0, index as u32);
                work.push(*param);
            }
        }
        let users = param_users(self, &home);
        let mut removed = false;
        work.reverse();
        while let Some(param) = work.pop() {
            if alias[param.0 as usize] != param {
                continue;
            }
            let (block, index) = home[param.0 as usize];
            let Some(value) = only_argument(self, edges.of(block), index, param, &mut alias) else {
                continue;
            };
            alias[param.0 as usize] = value;
            removed = true;
            let mut next = users.first[param.0 as usize];
            while next != NONE {
                let (user, after) = users.links[next as usize];
                work.push(user);
                next = after;
            }
        }
        if removed {
            self.replace_values(&mut alias);
            self.remove_params(|param| alias[param.0 as usize] != param);
        }
        removed
    }

    /// Removes the block parameters (but the entry's) for which `gone` says so, with their arguments.
    pub(crate) fn remove_params(&mut self, gone: impl Fn(Value) -> bool) {
        let mut keep: Vec<Option<Vec<bool>>> = Vec::with_capacity(self.blocks.len());
        for (index, block) in self.blocks.iter().enumerate() {
            let any = index != 0 && block.params.iter().any(|param| gone(*param));
            keep.push(any.then(|| block.params.iter().map(|param| !gone(*param)).collect()));
        }
        for block in &mut self.blocks {
            block.term.edges_mut(|edge| {
                if let Some(keep) = &keep[edge.block.0 as usize] {
                    filter(&mut edge.args, keep);
                }
            });
        }
        for (block, keep) in self.blocks.iter_mut().zip(&keep) {
            if let Some(keep) = keep {
                filter(&mut block.params, keep);
            }
        }
    }
}

fn filter(values: &mut Vec<Value>, keep: &[bool]) {
    let mut index = 0;
    values.retain(|_| {
        index += 1;
        keep[index - 1]
    });
}

/// The edges that lead to each block.
pub(crate) struct Incoming {
    starts: Vec<u32>,
    edges: Vec<(Block, u32)>,
}

impl Incoming {
    /// Source and number of each edge to a block.
    pub(crate) fn of(&self, block: u32) -> &[(Block, u32)] {
        &self.edges[self.starts[block as usize] as usize..self.starts[block as usize + 1] as usize]
    }
}

/// Finds the edges that lead to each block.
pub(crate) fn incoming(function: &Function) -> Incoming {
    let mut starts = vec![0; function.blocks.len() + 1];
    for edge in function.blocks.iter().flat_map(|block| block.term.edges()) {
        starts[edge.block.0 as usize + 1] += 1;
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let mut edges = vec![(Block(NONE), 0); starts[function.blocks.len()] as usize];
    let mut next = starts.clone();
    for block in function.block_ids() {
        for (number, edge) in function.block(block).term.edges().enumerate() {
            let at = &mut next[edge.block.0 as usize];
            edges[*at as usize] = (block, number as u32);
            *at += 1;
        }
    }
    Incoming { starts, edges }
}

/// For each block the number of edges that lead to it.
pub(crate) fn incoming_counts(function: &Function) -> Vec<u32> {
    let mut counts = vec![0; function.blocks.len()];
    for edge in function.blocks.iter().flat_map(|block| block.term.edges()) {
        counts[edge.block.0 as usize] += 1;
    }
    counts
}

/// Which parameters have a parameter as argument: linked lists in one vector.
struct Users {
    first: Vec<u32>,
    links: Vec<(Value, u32)>,
}

fn param_users(function: &Function, home: &[(u32, u32)]) -> Users {
    let mut users = Users { first: vec![NONE; function.values.len()], links: Vec::new() };
    for block in &function.blocks {
        for edge in block.term.edges() {
            let target = &function.block(edge.block).params;
            for (arg, param) in edge.args.iter().zip(target) {
                if home[arg.0 as usize].0 != NONE {
                    users.links.push((*param, users.first[arg.0 as usize]));
                    users.first[arg.0 as usize] = users.links.len() as u32 - 1;
                }
            }
        }
    }
    users
}

fn only_argument(
    function: &Function,
    edges: &[(Block, u32)],
    index: u32,
    param: Value,
    alias: &mut [Value],
) -> Option<Value> {
    let mut found = None;
    for (source, edge) in edges {
        let arg = *function.block(*source).term.edge(*edge as usize)?.args.get(index as usize)?;
        let arg = resolve(alias, arg);
        if arg == param || found == Some(arg) {
            continue;
        }
        if found.is_some() {
            return None;
        }
        found = Some(arg);
    }
    found
}
