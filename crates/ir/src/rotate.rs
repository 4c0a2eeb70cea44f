//! Rotation of loops: the test at the top is repeated at the end of each round, so that a round has one jump instead of two. The
//! test at the top remains as a guard.
//!
//! `head` tests and branches to `body` or `exit`; one block, the latch, jumps back to it. Afterwards the latch tests and branches to
//! `body` or `exit` itself, and what `head` defines for others reaches them as parameters. A loop with several ways back (`continue`, the arms
//! of a `match`) first gets a latch, where they meet.

use crate::cfg::{Cfg, Dominators};
use crate::function::{Block, BlockData, Function, Value};
use crate::inst::{BinaryOp, BlockCall, Inst, Terminator, UnaryOp};

/// Functions with more blocks are left alone: each loop costs a look at all of them.
const MAX_BLOCKS: usize = 400;
/// Instructions of a way back that are done before it is known whether it is taken.
const MAX_ABSORBED: usize = 4;
/// Larger tests are not repeated.
const MAX_TEST: usize = 8;

/// Rotates what can be rotated; says whether there was anything.
///
/// The graph is computed once: a rotation changes neither which blocks dominate which, nor the edges that the conditions for
/// other loops are about.
pub(crate) fn run(function: &mut Function) -> bool {
    let rotated = rotate_all(function);
    absorb_latches(function) | rotated
}

fn rotate_all(function: &mut Function) -> bool {
    if function.blocks.len() > MAX_BLOCKS || !function.blocks.iter().any(may_be_head) {
        return false;
    }
    let mut cfg = Cfg::of(function);
    let mut heads = cfg.order.clone();
    heads.retain(|block| may_be_head(function.block(*block)) && ways_back(&cfg, *block).next().is_some());
    if heads.is_empty() {
        return false;
    }
    let mut joined = false;
    for head in &heads {
        joined |= join_ways_back(function, &cfg, *head);
    }
    if joined {
        cfg.compute(function);
    }
    let mut dominators = Dominators::of(&cfg);
    if heads.iter().filter(|head| give_own_exit(function, &dominators, **head)).count() > 0 {
        cfg.compute(function);
        dominators = Dominators::of(&cfg);
        joined = true;
    }
    let mut rotated = false;
    for head in heads {
        if let Some(shape) = Shape::find(function, &cfg, &dominators, head) {
            shape.rotate(function);
            rotated = true;
        }
    }
    rotated | joined
}

/// Lets a block that decides whether to go round again do the little that the way back has to do (add one to a counter), so that the way back is
/// one jump, and what goes round is used where it is computed.
fn absorb_latches(function: &mut Function) -> bool {
    let is_latch = |data: &BlockData| {
        data.params.is_empty()
            && matches!(data.term, Terminator::Jump(_))
            && !data.insts.is_empty()
            && data.insts.len() <= MAX_ABSORBED
            && data.insts.iter().all(|data| is_cheap(&data.inst))
    };
    if !function.blocks.iter().any(is_latch) {
        return false;
    }
    let cfg = Cfg::of(function);
    let mut changed = false;
    for latch in cfg.order.iter().skip(1).copied() {
        let data = function.block(latch);
        let [(source, number)] = cfg.preds(latch)[..] else { continue };
        let Terminator::Jump(back) = &data.term else { continue };
        let place = |block: Block| cfg.place[block.0 as usize];
        if !is_latch(data)
            || place(back.block) > place(source)
            || !matches!(function.block(source).term, Terminator::Branch(..))
        {
            continue;
        }
        let back = back.clone();
        let insts = std::mem::take(&mut function.block_mut(latch).insts);
        let data = function.block_mut(source);
        data.insts.extend(insts);
        if let Some(edge) = data.term.edge_mut(number as usize) {
            *edge = back;
        }
        changed = true;
    }
    changed
}

/// Whether it may as well be done in vain.
fn is_cheap(inst: &Inst) -> bool {
    matches!(
        inst,
        Inst::Int(_)
            | Inst::Float(_)
            | Inst::Byte(_)
            | Inst::Binary(BinaryOp::Add | BinaryOp::Sub | BinaryOp::And | BinaryOp::Or, ..)
            | Inst::Unary(UnaryOp::Not, _)
    )
}

/// The edges that lead back to a block: source and number.
fn ways_back(cfg: &Cfg, head: Block) -> impl Iterator<Item = (Block, u32)> + '_ {
    let place = |block: Block| cfg.place[block.0 as usize];
    cfg.preds(head)
        .iter()
        .copied()
        .filter(move |(pred, _)| cfg.is_reachable(*pred) && place(*pred) >= place(head))
}

/// Lets several ways back to a head meet in a new block, the latch; also one that is not a plain jump. A head that is its own latch
/// tests at the end already.
fn join_ways_back(function: &mut Function, cfg: &Cfg, head: Block) -> bool {
    let ways = ways_back(cfg, head).collect::<Vec<_>>();
    if ways.iter().any(|(source, _)| *source == head) {
        return false;
    }
    if let [(latch, _)] = ways[..]
        && matches!(function.block(latch).term, Terminator::Jump(_))
    {
        return false;
    }
    let latch = function.add_block();
    let types = function.block(head).params.iter().map(|param| function.ty(*param)).collect::<Vec<_>>();
    let args = types.into_iter().map(|ty| function.add_param(latch, ty)).collect();
    function.block_mut(latch).term = Terminator::Jump(BlockCall { block: head, args });
    for (source, number) in ways {
        if let Some(edge) = function.block_mut(source).term.edge_mut(number as usize) {
            edge.block = latch;
        }
    }
    true
}

/// Where a loop is left for a place that others reach too (a loop that ends the arm of an `if`), its test gets a block of its own on that way. What the
/// place needs of the test are arguments.
fn give_own_exit(function: &mut Function, dominators: &Dominators, head: Block) -> bool {
    let mut changed = false;
    for number in 0..function.block(head).term.edge_count() {
        let Some(edge) = function.block(head).term.edge(number).cloned() else { continue };
        if dominators.dominates(head, edge.block) {
            continue;
        }
        let exit = function.add_block();
        function.block_mut(exit).term = Terminator::Jump(edge);
        if let Some(edge) = function.block_mut(head).term.edge_mut(number) {
            *edge = BlockCall { block: exit, args: Vec::new() };
        }
        changed = true;
    }
    changed
}

fn may_be_head(block: &BlockData) -> bool {
    matches!(block.term, Terminator::Branch(..))
        && block.insts.len() <= MAX_TEST
        && block.insts.iter().all(|data| data.inst.only_computes())
}

/// A loop that can be rotated.
struct Shape {
    head: Block,
    latch: Block,
    body: Block,
    exit: Block,
    /// Values of the head that are used in the body's realm, and in the exit's.
    in_body: Vec<Value>,
    in_exit: Vec<Value>,
    /// Whose realm each block belongs to.
    realms: Vec<Realm>,
}

#[derive(Clone, Copy, PartialEq)]
enum Realm {
    Outside,
    Body,
    Exit,
}

impl Shape {
    fn find(function: &Function, cfg: &Cfg, dominators: &Dominators, head: Block) -> Option<Shape> {
        let Terminator::Branch(_, then, otherwise) = &function.block(head).term else { return None };
        let mut back = ways_back(cfg, head);
        let (Some((latch, _)), None) = (back.next(), back.next()) else { return None };
        if latch == head || !matches!(function.block(latch).term, Terminator::Jump(_)) {
            return None;
        }
        let (body, exit) =
            match (dominators.dominates(then.block, latch), dominators.dominates(otherwise.block, latch)) {
                (true, false) => (then, otherwise),
                (false, true) => (otherwise, then),
                _ => return None,
            };
        // Arguments on the test's edges would have to be renamed apart; rare, since trivial parameters are gone.
        if cfg.preds(body.block).len() != 1 || !body.args.is_empty() || body.block == exit.block {
            return None;
        }
        let (body, exit) = (body.block, exit.block);
        if !dominators.dominates(head, latch) || exit == head {
            return None;
        }
        let realm = |block: Block| {
            if !cfg.is_reachable(block) {
                Realm::Outside
            } else if dominators.dominates(body, block) {
                Realm::Body
            } else if dominators.dominates(exit, block) {
                Realm::Exit
            } else {
                Realm::Outside
            }
        };
        let realms = function.block_ids().map(realm).collect::<Vec<_>>();
        // All other ways to the exit come from the body.
        let from_body = |(pred, _): &(Block, u32)| *pred == head || realms[pred.0 as usize] == Realm::Body;
        if !cfg.preds(exit).iter().all(from_body) {
            return None;
        }
        let mut shape = Shape { head, latch, body, exit, in_body: Vec::new(), in_exit: Vec::new(), realms };
        shape.find_uses(function).then_some(shape)
    }

    /// Finds the values of the head that others use; `false` if some cannot be handed on.
    fn find_uses(&mut self, function: &Function) -> bool {
        let data = function.block(self.head);
        let mut of_head = vec![false; function.values.len()];
        let mut is_read = vec![false; function.values.len()];
        data.params.iter().for_each(|param| of_head[param.0 as usize] = true);
        for result in data.insts.iter().flat_map(|data| &data.results) {
            of_head[result.0 as usize] = true;
            // Objects that were read would have to be retained as parameters; addresses cannot be parameters.
            is_read[result.0 as usize] =
                !matches!(function.ty(*result), crate::Type::I64 | crate::Type::F64 | crate::Type::I8);
        }
        let mut sound = true;
        for block in function.block_ids().filter(|block| *block != self.head) {
            let realm = self.realms[block.0 as usize];
            let list = if realm == Realm::Body { &mut self.in_body } else { &mut self.in_exit };
            let mut see = |value: Value| {
                if of_head[value.0 as usize] {
                    sound &= realm != Realm::Outside && !is_read[value.0 as usize];
                    list.push(value);
                }
            };
            let data = function.block(block);
            data.insts.iter().for_each(|data| data.inst.operands(&mut see));
            data.term.operands(&mut see);
            data.term.edges().flat_map(|edge| &edge.args).for_each(|value| see(*value));
        }
        for list in [&mut self.in_body, &mut self.in_exit] {
            list.sort_unstable();
            list.dedup();
        }
        // Edges from the body to the exit hand on what the body has.
        let in_exit = self.in_exit.clone();
        self.in_body.extend(in_exit);
        self.in_body.sort_unstable();
        self.in_body.dedup();
        sound
    }

    fn rotate(self, function: &mut Function) {
        let body_names = self.add_params(function, self.body, &self.in_body);
        let exit_names = self.add_params(function, self.exit, &self.in_exit);
        // The realms use their parameters from now on.
        for block in function.block_ids().filter(|block| *block != self.head) {
            let names = match self.realms[block.0 as usize] {
                Realm::Body => &body_names,
                Realm::Exit => &exit_names,
                Realm::Outside => continue,
            };
            rename(function, block, names);
        }
        // Edges from the body to the exit.
        for block in function.block_ids().filter(|block| self.realms[block.0 as usize] == Realm::Body) {
            function.block_mut(block).term.edges_mut(|edge| {
                if edge.block == self.exit {
                    edge.args.extend(self.in_exit.iter().map(|value| look_up(&body_names, *value)));
                }
            });
        }
        self.repeat_test(function);
        let Shape { head, body, in_body, in_exit, .. } = self;
        function.block_mut(head).term.edges_mut(|edge| {
            edge.args.extend(if edge.block == body { &in_body } else { &in_exit });
        });
    }

    fn add_params(&self, function: &mut Function, block: Block, values: &[Value]) -> Vec<(Value, Value)> {
        values.iter().map(|value| (*value, function.add_param(block, function.ty(*value)))).collect()
    }

    /// Puts a copy of the test in place of the jump back.
    fn repeat_test(&self, function: &mut Function) {
        let Terminator::Jump(back) = function.block(self.latch).term.clone() else { return };
        let head = function.block(self.head).clone();
        let mut names = head.params.iter().copied().zip(back.args).collect::<Vec<_>>();
        for mut data in head.insts {
            for result in &mut data.results {
                let copy = function.add_value(function.ty(*result));
                names.push((*result, copy));
                *result = copy;
            }
            data.inst.operands_mut(|value| *value = look_up(&names, *value));
            function.block_mut(self.latch).insts.push(data);
        }
        let mut term = head.term;
        term.operands_mut(|value| *value = look_up(&names, *value));
        term.edges_mut(|edge| {
            let handed = if edge.block == self.body { &self.in_body } else { &self.in_exit };
            edge.args.extend(handed);
            edge.args.iter_mut().for_each(|value| *value = look_up(&names, *value));
        });
        function.block_mut(self.latch).term = term;
    }
}

fn look_up(names: &[(Value, Value)], value: Value) -> Value {
    names.iter().find(|(from, _)| *from == value).map_or(value, |(_, to)| *to)
}

fn rename(function: &mut Function, block: Block, names: &[(Value, Value)]) {
    if names.is_empty() {
        return;
    }
    let data = function.block_mut(block);
    let rename = |value: &mut Value| *value = look_up(names, *value);
    data.insts.iter_mut().for_each(|data| data.inst.operands_mut(rename));
    data.term.operands_mut(rename);
    data.term.edges_mut(|edge: &mut BlockCall| edge.args.iter_mut().for_each(rename));
}
