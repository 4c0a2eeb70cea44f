//! Where objects are used and live. Sparse: the work is the number of uses plus the number of blocks that values live
//! through, each found by walking up from the uses to the definition.

use crate::cfg::Cfg;
use crate::function::{Block, Function, Value};
use crate::inst::Terminator;
use crate::ownership::{Owners, for_each_use};

/// For each value those whose life it prolongs: itself, or the objects it points into.
#[derive(Default)]
pub(crate) struct Anchors {
    spans: Vec<(u32, u32)>,
    pool: Vec<Value>,
}

impl Anchors {
    /// No anchors yet.
    pub(crate) fn new(values: usize) -> Anchors {
        Anchors { spans: vec![(0, 0); values], pool: Vec::new() }
    }

    /// The anchors of a value.
    pub(crate) fn of(&self, value: Value) -> &[Value] {
        let (start, end) = self.spans[value.0 as usize];
        &self.pool[start as usize..end as usize]
    }

    /// The value is its own anchor.
    pub(crate) fn set_self(&mut self, value: Value) {
        let start = self.pool.len() as u32;
        self.pool.push(value);
        self.spans[value.0 as usize] = (start, start + 1);
    }

    /// The value has the anchors of its parents.
    pub(crate) fn inherit(&mut self, value: Value, parents: &[Value]) {
        if let [parent] = parents {
            self.spans[value.0 as usize] = self.spans[parent.0 as usize];
            return;
        }
        let start = self.pool.len();
        for parent in parents {
            let (from, to) = self.spans[parent.0 as usize];
            for index in from..to {
                let anchor = self.pool[index as usize];
                if !self.pool[start..].contains(&anchor) {
                    self.pool.push(anchor);
                }
            }
        }
        self.spans[value.0 as usize] = (start as u32, self.pool.len() as u32);
    }
}

/// A use of an anchor, or of something that prolongs its life.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    /// Where.
    pub(crate) block: Block,
    /// Which instruction; for an argument of an edge the number of instructions plus the number of the edge.
    pub(crate) index: u32,
    /// The anchor itself is consumed.
    pub(crate) consumes: bool,
    /// An object is taken out of the anchor.
    pub(crate) takes: bool,
}

/// Uses and liveness of anchors.
pub(crate) struct Liveness {
    starts: Vec<u32>,
    uses: Vec<Use>,
    /// For each block the anchors that are live at its start, parameters of the block apart, in order.
    pub(crate) live_in: Vec<Vec<Value>>,
}

/// Where each value is defined: block and instruction, -1 for parameters.
pub(crate) type Definitions = Vec<(Block, i32)>;

/// Finds all definitions.
pub(crate) fn definitions(function: &Function) -> Definitions {
    let mut definitions = vec![(Block(u32::MAX), -1); function.values.len()];
    for block in function.block_ids() {
        let data = function.block(block);
        for param in &data.params {
            definitions[param.0 as usize] = (block, -1);
        }
        for (index, inst) in data.insts.iter().enumerate() {
            for result in &inst.results {
                definitions[result.0 as usize] = (block, index as i32);
            }
        }
    }
    definitions
}

impl Liveness {
    /// Computes the liveness of all anchors.
    pub(crate) fn compute(
        function: &Function,
        cfg: &Cfg,
        definitions: &Definitions,
        anchors: &Anchors,
        owners: &Owners,
    ) -> Liveness {
        let mut liveness = Liveness::collect(function, anchors, owners);
        liveness.propagate(function, cfg, definitions);
        liveness
    }

    fn collect(function: &Function, anchors: &Anchors, owners: &Owners) -> Liveness {
        // Counting sort by anchor keeps the order of the text within an anchor.
        let mut starts = vec![0u32; function.values.len() + 1];
        each_use(function, anchors, owners, |anchor, _| starts[anchor.0 as usize + 1] += 1);
        for index in 0..function.values.len() {
            starts[index + 1] += starts[index];
        }
        let none = Use { block: Block(0), index: 0, consumes: false, takes: false };
        let mut uses = vec![none; starts[function.values.len()] as usize];
        let mut next = starts.clone();
        each_use(function, anchors, owners, |anchor, found| {
            let at = &mut next[anchor.0 as usize];
            uses[*at as usize] = found;
            *at += 1;
        });
        Liveness { starts, uses, live_in: vec![Vec::new(); function.blocks.len()] }
    }

    fn propagate(&mut self, function: &Function, cfg: &Cfg, definitions: &Definitions) {
        let mut seen = vec![u32::MAX; function.blocks.len()];
        let mut work = Vec::new();
        for anchor in (0..function.values.len() as u32).map(Value) {
            let (home, _) = definitions[anchor.0 as usize];
            let span = self.starts[anchor.0 as usize] as usize..self.starts[anchor.0 as usize + 1] as usize;
            work.extend(self.uses[span].iter().map(|found| found.block));
            while let Some(block) = work.pop() {
                if block == home || std::mem::replace(&mut seen[block.0 as usize], anchor.0) == anchor.0 {
                    continue;
                }
                self.live_in[block.0 as usize].push(anchor);
                work.extend(cfg.preds(block).iter().map(|(pred, _)| *pred));
            }
        }
    }

    /// The uses of an anchor, in the order of the text.
    pub(crate) fn uses(&self, anchor: Value) -> &[Use] {
        let index = anchor.0 as usize;
        &self.uses[self.starts[index] as usize..self.starts[index + 1] as usize]
    }

    /// Whether an anchor is live at the start of a block and not one of its parameters.
    pub(crate) fn is_live_in(&self, anchor: Value, block: Block) -> bool {
        self.live_in[block.0 as usize].binary_search(&anchor).is_ok()
    }

    /// Whether an anchor is used after this place (an index as in [`Use`]).
    pub(crate) fn is_live_after(&self, function: &Function, anchor: Value, block: Block, index: u32) -> bool {
        let data = function.block(block);
        if let Some(edge) = index.checked_sub(data.insts.len() as u32)
            && let Some(edge) = data.term.edge(edge as usize)
        {
            return self.is_live_in(anchor, edge.block);
        }
        let uses = self.uses(anchor);
        let next = uses.partition_point(|found| (found.block, found.index) <= (block, index));
        uses.get(next).is_some_and(|found| found.block == block)
            || data.term.edges().any(|edge| self.is_live_in(anchor, edge.block))
    }
}

/// Calls `visit` with each anchor of each operand.
fn each_use(function: &Function, anchors: &Anchors, owners: &Owners, mut visit: impl FnMut(Value, Use)) {
    for block in function.block_ids() {
        let data = function.block(block);
        for (index, inst) in data.insts.iter().enumerate() {
            let takes = matches!(inst.inst, crate::Inst::Take { .. });
            for_each_use(&inst.inst, owners, |value, consumes| {
                for anchor in anchors.of(value) {
                    let consumes = consumes && *anchor == value;
                    visit(*anchor, Use { block, index: index as u32, consumes, takes });
                }
            });
        }
        let end = data.insts.len() as u32;
        let mut visit = |value: Value, index: u32| {
            for anchor in anchors.of(value) {
                visit(*anchor, Use { block, index, consumes: *anchor == value, takes: false });
            }
        };
        if let Terminator::Return(values) = &data.term {
            values.iter().for_each(|value| visit(*value, end));
        }
        for (number, edge) in data.term.edges().enumerate() {
            edge.args.iter().for_each(|value| visit(*value, end + number as u32));
        }
    }
}
