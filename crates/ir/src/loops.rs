//! Loops as passes after RC insertion see them.

use crate::cfg::{Cfg, Dominators};
use crate::function::{Block, Function, InstData, Value};
use crate::inst::Terminator;

/// Whether the block may be the head of a loop.
pub(crate) fn has_way_back(cfg: &Cfg, block: Block) -> bool {
    let place = |block: Block| cfg.place[block.0 as usize];
    cfg.preds(block).iter().any(|(pred, _)| cfg.is_reachable(*pred) && place(*pred) >= place(block))
}

/// A loop that is entered on one way.
pub(crate) struct Loop {
    /// Where it is entered.
    pub(crate) head: Block,
    /// The edge from outside.
    pub(crate) entry: (Block, u32),
    /// Blocks of the loop.
    pub(crate) inside: Vec<bool>,
    /// The blocks that each round begins with, one after the other.
    pub(crate) start: Vec<Block>,
}

impl Loop {
    /// The loop with this head, if there is one.
    pub(crate) fn find(function: &Function, cfg: &Cfg, dominators: &Dominators, head: Block) -> Option<Loop> {
        let mut inside = vec![false; function.blocks.len()];
        inside[head.0 as usize] = true;
        let (mut work, mut entry) = (Vec::new(), None);
        for &(pred, number) in cfg.preds(head).iter().filter(|(pred, _)| cfg.is_reachable(*pred)) {
            if dominators.dominates(head, pred) {
                work.push(pred);
            } else if entry.replace((pred, number)).is_some() {
                return None;
            }
        }
        if work.is_empty() {
            return None;
        }
        while let Some(block) = work.pop() {
            if !std::mem::replace(&mut inside[block.0 as usize], true) {
                work.extend(
                    cfg.preds(block).iter().map(|(pred, _)| *pred).filter(|pred| cfg.is_reachable(*pred)),
                );
            }
        }
        let mut start = vec![head];
        while let Some(Terminator::Jump(call)) = start.last().map(|last| &function.block(*last).term)
            && call.block != head
            && cfg.preds(call.block).len() == 1
        {
            start.push(call.block);
        }
        Some(Loop { head, entry: entry?, inside, start })
    }

    /// Its blocks.
    pub(crate) fn blocks<'a>(&'a self, function: &'a Function) -> impl Iterator<Item = Block> + 'a {
        function.block_ids().filter(|block| self.inside.get(block.0 as usize).is_some_and(|inside| *inside))
    }

    /// The parameters of the head with what they are when the loop is entered.
    pub(crate) fn names(&self, function: &Function) -> Vec<(Value, Value)> {
        let (pred, number) = self.entry;
        let args = function.block(pred).term.edge(number as usize).map_or(&[][..], |edge| &edge.args);
        function.block(self.head).params.iter().copied().zip(args.iter().copied()).collect()
    }

    /// Puts instructions on the way into the loop; says whether that took a new block.
    pub(crate) fn put_before(&self, function: &mut Function, moved: Vec<InstData>) -> bool {
        let (pred, number) = self.entry;
        if matches!(function.block(pred).term, Terminator::Jump(_)) {
            function.block_mut(pred).insts.extend(moved);
            return false;
        }
        let before = function.add_block();
        let Some(edge) = function.block_mut(pred).term.edge_mut(number as usize) else { return false };
        let call = edge.clone();
        edge.block = before;
        edge.args.clear();
        let data = function.block_mut(before);
        data.insts = moved;
        data.term = Terminator::Jump(call);
        true
    }
}
