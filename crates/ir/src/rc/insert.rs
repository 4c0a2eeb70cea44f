//! The insertion itself, block by block, from the end to the start.

use super::kinds::{Kind, Kinds, Origin};
use crate::cfg::Cfg;
use crate::function::{Block, Function, InstData, Value};
use crate::inst::{BlockCall, Inst, Terminator};
use crate::liveness::{Anchors, Liveness};
use crate::ownership::{Owners, for_each_use};

/// Inserts retains, releases and cleanup lists.
pub(crate) fn run(
    function: &mut Function,
    cfg: &Cfg,
    owners: &Owners,
    fails: &impl Fn(&Inst) -> bool,
    kinds: &Kinds,
    anchors: &Anchors,
    liveness: &Liveness,
) {
    let mut inserter = Inserter {
        cfg,
        owners,
        kinds,
        anchors,
        liveness,
        live: LiveSet::new(function.values.len()),
        needs: vec![0; function.values.len()],
        at_start: vec![Vec::new(); function.blocks.len()],
        reversed: Vec::new(),
        tally: Vec::new(),
    };
    let blocks = function.blocks.len() as u32;
    let mut before_end = Vec::with_capacity(blocks as usize);
    for block in (0..blocks).map(Block) {
        before_end.push(inserter.edges(function, block));
    }
    for (block, before_end) in (0..blocks).map(Block).zip(before_end) {
        inserter.block(function, fails, block, before_end);
    }
}

/// What happens to an owned value at an instruction.
struct Tally {
    value: Value,
    consumed: u32,
    borrowed: bool,
}

struct Inserter<'a> {
    cfg: &'a Cfg,
    owners: &'a Owners,
    kinds: &'a Kinds,
    anchors: &'a Anchors,
    liveness: &'a Liveness,
    live: LiveSet,
    /// References that an edge needs of each value; all 0 between edges.
    needs: Vec<u32>,
    /// Values to release at the start of blocks.
    at_start: Vec<Vec<Value>>,
    /// The block's new instructions, last first.
    reversed: Vec<InstData>,
    tally: Vec<Tally>,
}

fn plain(inst: Inst) -> InstData {
    InstData { results: Vec::new(), inst, cleanup: Vec::new() }
}

/// Edges.
impl Inserter<'_> {
    /// Settles what edges need: releases at the start of the target, or a block of their own; the counts of a jump are
    /// returned, to be put before it.
    fn edges(&mut self, function: &mut Function, block: Block) -> Vec<Inst> {
        let held = self.held_at_end(function, block);
        let count = function.block(block).term.edge_count();
        for number in 0..count {
            let Some(edge) = function.block(block).term.edge(number) else { break };
            let ops = self.edge_ops(edge, &held);
            if count == 1 {
                return ops;
            }
            if ops.is_empty() {
                continue;
            }
            let target = edge.block;
            let releases = ops.iter().all(|op| matches!(op, Inst::Release(_)));
            if releases && self.cfg.preds(target).len() == 1 {
                let values = ops
                    .iter()
                    .filter_map(|op| if let Inst::Release(value) = op { Some(*value) } else { None });
                self.at_start[target.0 as usize].extend(values);
            } else {
                split(function, block, number, ops);
            }
        }
        Vec::new()
    }

    /// The owned values that are live after the block's last instruction, in order.
    fn held_at_end(&mut self, function: &Function, block: Block) -> Vec<Value> {
        let term = &function.block(block).term;
        let mut held = Vec::new();
        for edge in term.edges() {
            held.extend(&self.liveness.live_in[edge.block.0 as usize]);
            held.extend(edge.args.iter().flat_map(|arg| self.anchors.of(*arg)));
        }
        if term.edge_count() > 0 {
            held.sort_unstable();
            held.dedup();
        }
        held
    }

    fn edge_ops(&mut self, edge: &BlockCall, held: &[Value]) -> Vec<Inst> {
        let mut ops = Vec::new();
        let live_in = &self.liveness.live_in[edge.block.0 as usize];
        live_in.iter().for_each(|value| self.needs[value.0 as usize] += 1);
        for arg in &edge.args {
            match self.kinds.kind(*arg) {
                Kind::Owned => self.needs[arg.0 as usize] += 1,
                Kind::Derived | Kind::Borrowed if self.is_object_arg(*arg) => ops.push(Inst::Retain(*arg)),
                _ => {}
            }
        }
        for value in held {
            for _ in 1..self.needs[value.0 as usize] {
                ops.push(Inst::Retain(*value));
            }
        }
        for value in held {
            if std::mem::take(&mut self.needs[value.0 as usize]) == 0 {
                ops.push(Inst::Release(*value));
            }
        }
        ops
    }

    /// Addresses cannot be arguments of edges (the verifier sees to it), so what is derived is an object.
    fn is_object_arg(&self, arg: Value) -> bool {
        self.kinds.kind(arg) != Kind::Uncounted
    }
}

/// Puts a block into an edge.
fn split(function: &mut Function, block: Block, number: usize, ops: Vec<Inst>) {
    let between = function.add_block();
    let Some(edge) = function.block_mut(block).term.edge_mut(number) else { return };
    let call = std::mem::replace(edge, BlockCall { block: between, args: Vec::new() });
    let data = function.block_mut(between);
    data.insts = ops.into_iter().map(plain).collect();
    data.term = Terminator::Jump(call);
}

/// Blocks and instructions.
impl Inserter<'_> {
    fn block(
        &mut self,
        function: &mut Function,
        fails: &impl Fn(&Inst) -> bool,
        block: Block,
        before_end: Vec<Inst>,
    ) {
        self.live.clear();
        let mut insts = std::mem::take(&mut function.block_mut(block).insts);
        self.reversed.clear();
        self.reversed.extend(before_end.into_iter().rev().map(plain));
        self.end(function, block);
        while let Some(data) = insts.pop() {
            let fails = fails(&data.inst);
            self.inst(function, data, fails);
        }
        let data = function.block_mut(block);
        for param in &data.params {
            if self.kinds.kind(*param) == Kind::Owned && !self.live.contains(*param) {
                self.reversed.push(plain(Inst::Release(*param)));
            }
        }
        let releases = std::mem::take(&mut self.at_start[block.0 as usize]);
        self.reversed.extend(releases.into_iter().map(|value| plain(Inst::Release(value))));
        insts.extend(self.reversed.drain(..).rev());
        data.insts = insts;
    }

    /// Sets up what is live before the terminator, with the counts that a return needs.
    fn end(&mut self, function: &Function, block: Block) {
        let term = &function.block(block).term;
        if let Terminator::Return(values) = term {
            self.tally.clear();
            let mut retains = Vec::new();
            for value in values {
                self.tally_use(function, *value, true, &mut retains);
            }
            for Tally { value, consumed, .. } in std::mem::take(&mut self.tally) {
                match consumed {
                    0 => self.reversed.push(plain(Inst::Release(value))),
                    _ => retains.extend((1..consumed).map(|_| value)),
                }
                self.live.insert(value);
            }
            self.reversed.extend(retains.into_iter().rev().map(|value| plain(Inst::Retain(value))));
            return;
        }
        for edge in term.edges() {
            // Through a block that was put into the edge.
            let between =
                (edge.block.0 as usize >= self.at_start.len()).then(|| &function.block(edge.block).term);
            let edge = between.and_then(|term| term.edge(0)).unwrap_or(edge);
            for value in &self.liveness.live_in[edge.block.0 as usize] {
                self.live.insert(*value);
            }
            for value in edge.args.iter().flat_map(|arg| self.anchors.of(*arg)) {
                self.live.insert(*value);
            }
        }
    }

    /// Notes a use; what is not owned and consumed goes to `retains`.
    fn tally_use(&mut self, function: &Function, value: Value, consumes: bool, retains: &mut Vec<Value>) {
        let consumes = consumes && function.ty(value).is_object();
        let kind = self.kinds.kind(value);
        if consumes && matches!(kind, Kind::Derived | Kind::Borrowed) {
            retains.push(value);
        }
        for anchor in self.anchors.of(value) {
            let index = self.tally.iter().position(|tally| tally.value == *anchor).unwrap_or_else(|| {
                self.tally.push(Tally { value: *anchor, consumed: 0, borrowed: false });
                self.tally.len() - 1
            });
            if consumes && kind == Kind::Owned {
                self.tally[index].consumed += 1;
            } else {
                self.tally[index].borrowed = true;
            }
        }
    }

    fn inst(&mut self, function: &Function, mut data: InstData, fails: bool) {
        let mut retains = Vec::new();
        self.tally.clear();
        let moved = data.results.first().is_some_and(|result| self.kinds.origin(*result) == Origin::Moved);
        let owners = self.owners;
        for_each_use(&data.inst, owners, |value, consumes| {
            self.tally_use(function, value, consumes || moved, &mut retains);
        });
        let mut after = Vec::new();
        for result in &data.results {
            let is_owned = self.kinds.kind(*result) == Kind::Owned;
            match (self.live.remove(*result), self.kinds.origin(*result)) {
                (true, Origin::Retained) => after.push(Inst::Retain(*result)),
                (false, Origin::Plain | Origin::Moved) if is_owned => after.push(Inst::Release(*result)),
                _ => {}
            }
        }
        let mut dying = Vec::new();
        for Tally { value, consumed, borrowed } in self.tally.drain(..) {
            let is_live = self.live.contains(value);
            // A reference for each consumption, and one for what still needs the value during or after the instruction.
            let needed = consumed + u32::from(is_live || borrowed);
            retains.extend((1..needed).map(|_| value));
            if borrowed && !is_live {
                dying.push(value);
            }
        }
        dying.sort_unstable();
        if fails {
            data.cleanup.extend(&self.live.list);
            data.cleanup.extend(&dying);
            data.cleanup.sort_unstable();
        }
        after.extend(dying.into_iter().map(Inst::Release));
        for_each_use(&data.inst, owners, |value, _| {
            for anchor in self.anchors.of(value) {
                self.live.insert(*anchor);
            }
        });
        self.reversed.extend(after.into_iter().rev().map(plain));
        self.reversed.push(data);
        self.reversed.extend(retains.into_iter().rev().map(|value| plain(Inst::Retain(value))));
    }
}

/// A set of values that can be listed.
struct LiveSet {
    list: Vec<Value>,
    /// Place in the list plus one, or 0.
    place: Vec<u32>,
}

impl LiveSet {
    fn new(count: usize) -> LiveSet {
        LiveSet { list: Vec::new(), place: vec![0; count] }
    }

    fn contains(&self, value: Value) -> bool {
        self.place[value.0 as usize] != 0
    }

    fn insert(&mut self, value: Value) {
        if !self.contains(value) {
            self.list.push(value);
            self.place[value.0 as usize] = self.list.len() as u32;
        }
    }

    /// Whether it was there.
    fn remove(&mut self, value: Value) -> bool {
        let place = std::mem::take(&mut self.place[value.0 as usize]);
        if place == 0 {
            return false;
        }
        self.list.swap_remove(place as usize - 1);
        if let Some(moved) = self.list.get(place as usize - 1) {
            self.place[moved.0 as usize] = place;
        }
        true
    }

    fn clear(&mut self) {
        for value in self.list.drain(..) {
            self.place[value.0 as usize] = 0;
        }
    }
}
