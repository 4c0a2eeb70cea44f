//! The graph of blocks: predecessors, an order, dominators.

use crate::function::{Block, Function};

/// No block, or not reached.
pub(crate) const NONE: u32 = u32::MAX;

/// Predecessors and reverse post-order of a function's blocks.
#[derive(Default)]
pub(crate) struct Cfg {
    starts: Vec<u32>,
    preds: Vec<(Block, u32)>,
    /// The blocks that the entry reaches, each before its successors, loops apart.
    pub(crate) order: Vec<Block>,
    /// Place of each block in `order`, or [`NONE`].
    pub(crate) place: Vec<u32>,
}

impl Cfg {
    /// The graph of a function.
    pub(crate) fn of(function: &Function) -> Cfg {
        let mut cfg = Cfg::default();
        cfg.compute(function);
        cfg
    }

    /// Computes anew, in the same memory.
    pub(crate) fn compute(&mut self, function: &Function) {
        let count = function.blocks.len();
        self.starts.clear();
        self.starts.resize(count + 1, 0);
        for block in &function.blocks {
            for edge in block.term.edges() {
                self.starts[edge.block.0 as usize + 1] += 1;
            }
        }
        for index in 0..count {
            self.starts[index + 1] += self.starts[index];
        }
        self.preds.clear();
        self.preds.resize(self.starts[count] as usize, (Block(NONE), 0));
        let mut next = self.starts.clone();
        for block in function.block_ids() {
            for (number, edge) in function.block(block).term.edges().enumerate() {
                let at = &mut next[edge.block.0 as usize];
                self.preds[*at as usize] = (block, number as u32);
                *at += 1;
            }
        }
        self.compute_order(function);
    }

    fn compute_order(&mut self, function: &Function) {
        self.place.clear();
        self.place.resize(function.blocks.len(), NONE);
        self.order.clear();
        // Depth first; a block is finished when all its edges have been followed.
        let mut stack = vec![(Block(0), 0)];
        self.place[0] = 0;
        while let Some((block, edge)) = stack.last_mut() {
            let Some(call) = function.block(*block).term.edge(*edge) else {
                self.order.push(*block);
                stack.pop();
                continue;
            };
            *edge += 1;
            let target = call.block;
            if self.place[target.0 as usize] == NONE {
                self.place[target.0 as usize] = 0;
                stack.push((target, 0));
            }
        }
        self.order.reverse();
        for (index, block) in self.order.iter().enumerate() {
            self.place[block.0 as usize] = index as u32;
        }
    }

    /// The edges that lead to a block: source and number of the edge.
    pub(crate) fn preds(&self, block: Block) -> &[(Block, u32)] {
        let index = block.0 as usize;
        &self.preds[self.starts[index] as usize..self.starts[index + 1] as usize]
    }

    /// Whether the entry reaches the block.
    pub(crate) fn is_reachable(&self, block: Block) -> bool {
        self.place[block.0 as usize] != NONE
    }
}

/// The dominator tree.
pub(crate) struct Dominators {
    /// For each block the first and the last number of its subtree.
    spans: Vec<(u32, u32)>,
}

impl Dominators {
    /// Cooper, Harvey and Kennedy: "A simple, fast dominance algorithm".
    pub(crate) fn of(cfg: &Cfg) -> Dominators {
        // Everything in places of the order, so that a smaller number is nearer to the entry.
        let count = cfg.order.len();
        let mut parent = vec![NONE; count];
        parent[0] = 0;
        let mut changed = true;
        while changed {
            changed = false;
            for place in 1..count {
                let mut found = NONE;
                // From the last one on: neighbours in the order have short ways to each other.
                for (pred, _) in cfg.preds(cfg.order[place]).iter().rev() {
                    let mut other = cfg.place[pred.0 as usize];
                    if other == NONE || parent[other as usize] == NONE {
                        continue;
                    }
                    if found == NONE {
                        found = other;
                    }
                    while found != other {
                        let deeper = if found > other { &mut found } else { &mut other };
                        *deeper = parent[*deeper as usize];
                    }
                }
                changed |= std::mem::replace(&mut parent[place], found) != found;
            }
        }
        Dominators { spans: Dominators::spans(cfg, &parent) }
    }

    fn spans(cfg: &Cfg, parent: &[u32]) -> Vec<(u32, u32)> {
        let count = parent.len();
        let mut sizes = vec![1u32; count];
        for place in (1..count).rev() {
            sizes[parent[place] as usize] += sizes[place];
        }
        // Children get their numbers after their parent, in order: a parent's place is smaller than its children's.
        let mut first = vec![0u32; count];
        let mut next = vec![1u32; count];
        for place in 1..count {
            let up = parent[place] as usize;
            first[place] = first[up] + next[up];
            next[up] += sizes[place];
        }
        let mut spans = vec![(NONE, 0); cfg.place.len()];
        for place in 0..count {
            spans[cfg.order[place].0 as usize] = (first[place], first[place] + sizes[place] - 1);
        }
        spans
    }

    /// Whether each way to `below` comes through `above`. Both are reachable.
    pub(crate) fn dominates(&self, above: Block, below: Block) -> bool {
        let (first, last) = self.spans[above.0 as usize];
        let at = self.spans[below.0 as usize].0;
        first <= at && at <= last
    }
}
