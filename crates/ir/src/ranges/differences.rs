//! Differences between values, proved on demand: Bodik, Gupta and Sarkar, "ABCD: eliminating array bounds checks on demand" (2000).

use super::facts::Place;
use super::{Ranges, exact, fitting, is_empty};
use crate::function::Value;
use crate::inst::{BinaryOp, CheckedOp, Inst, IntCc};
use fuse_abi::functions::Rt;

/// Steps of one proof.
const BUDGET: u32 = 48;

/// What is being proved: the parameters on the way, with the differences they were asked for.
struct Proof {
    left: u32,
    open: Vec<(Value, Value, i64)>,
}

impl Ranges<'_> {
    /// Whether `left <= right + by` surely holds at a place.
    pub(super) fn differs(&self, left: Value, right: Value, by: i64, place: Place) -> bool {
        let mut proof = Proof { left: BUDGET, open: Vec::new() };
        self.prove(&mut proof, left, right, by, place)
    }

    fn prove(&self, proof: &mut Proof, left: Value, right: Value, by: i64, place: Place) -> bool {
        if proof.left == 0 {
            return false;
        }
        proof.left -= 1;
        if left == right {
            return by >= 0;
        }
        let (a, b) = (self.at(left, place), self.at(right, place));
        if is_empty(a) || is_empty(b) {
            return false;
        }
        if i128::from(a.1) <= i128::from(b.0) + i128::from(by) {
            return true;
        }
        if i128::from(a.0) > i128::from(b.1) + i128::from(by) {
            return false;
        }
        if let Some((base, offset)) = self.offset(right, place)
            && let Some(by) = by.checked_add(offset)
        {
            return self.prove(proof, left, base, by, place);
        }
        if let Some((base, offset)) = self.offset(left, place)
            && let Some(by) = by.checked_sub(offset)
            && self.prove(proof, base, right, by, place)
        {
            return true;
        }
        self.prove_by_facts(proof, left, right, by, place) || self.prove_by_edges(proof, left, right, by)
    }

    /// What a value is more than another; for the length of a range, at least.
    fn offset(&self, value: Value, place: Place) -> Option<(Value, i64)> {
        match self.inst(value)? {
            Inst::Checked(op, base, by, _) => self.constant_step(*op, *base, *by),
            Inst::Binary(op @ (BinaryOp::Add | BinaryOp::Sub), base, by) => {
                let op = if *op == BinaryOp::Add { CheckedOp::Add } else { CheckedOp::Sub };
                // It may wrap around.
                fitting(exact(op, self.at(*base, place), self.at(*by, place)))?;
                self.constant_step(op, *base, *by)
            }
            _ => None,
        }
    }

    fn constant_step(&self, op: CheckedOp, base: Value, by: Value) -> Option<(Value, i64)> {
        let Inst::Int(step) = self.inst(by)? else { return None };
        match op.plain() {
            CheckedOp::Add => Some((base, *step)),
            CheckedOp::Sub => Some((base, step.checked_neg()?)),
            _ => None,
        }
    }

    /// Through a comparison with a third value.
    fn prove_by_facts(&self, proof: &mut Proof, left: Value, right: Value, by: i64, place: Place) -> bool {
        for (cc, other) in self.facts_at(left, place) {
            let gained = match cc {
                IntCc::Lt => 1,
                IntCc::Le | IntCc::Eq => 0,
                IntCc::Ult if self.base[other.0 as usize].0 >= 0 => 1,
                _ => continue,
            };
            if by.checked_add(gained).is_some_and(|by| self.prove(proof, other, right, by, place)) {
                return true;
            }
        }
        for (cc, other) in self.facts_at(right, place) {
            let gained = match cc {
                IntCc::Gt => 1,
                IntCc::Ge | IntCc::Eq => 0,
                _ => continue,
            };
            if by.checked_add(gained).is_some_and(|by| self.prove(proof, left, other, by, place)) {
                return true;
            }
        }
        if let Some((end, more)) = self.range_end(right)
            && let Some(by) = by.checked_add(more)
        {
            return self.prove(proof, left, end, by, place);
        }
        false
    }

    /// The length of a range `from..to` is at least `to` and this.
    fn range_end(&self, length: Value) -> Option<(Value, i64)> {
        let Inst::Len(list) = self.inst(length)? else { return None };
        let Inst::CallRuntime { function: Rt::list_range, args, .. } = self.inst(*list)? else { return None };
        let [from, to] = args[..] else { return None };
        let (_, from) = self.base[from.0 as usize];
        Some((to, 1i64.checked_sub(from)?))
    }

    /// Through all arguments of a block parameter; what comes round a loop must not have come nearer to the bound.
    fn prove_by_edges(&self, proof: &mut Proof, param: Value, right: Value, by: i64) -> bool {
        let (block, index) = self.definitions[param.0 as usize];
        if index >= 0 || block == self.function.entry() {
            return false;
        }
        // The bound must be the same on all ways, and round after round.
        let (home, _) = self.definitions[right.0 as usize];
        let is_same = home != block && self.dominators.dominates(home, block);
        if !is_same && !matches!(self.inst(right), Some(Inst::Int(_))) {
            return false;
        }
        if let Some((_, _, asked)) = proof.open.iter().find(|(p, r, _)| *p == param && *r == right) {
            return by >= *asked;
        }
        let Some(index) = self.function.block(block).params.iter().position(|other| *other == param) else {
            return false;
        };
        proof.open.push((param, right, by));
        let proved = self.cfg.preds(block).iter().filter(|(pred, _)| self.cfg.is_reachable(*pred)).all(
            |(pred, number)| {
                let edge = self.function.block(*pred).term.edge(*number as usize);
                edge.is_some_and(|edge| {
                    self.prove(proof, edge.args[index], right, by, Place::on_edge(*pred, *number))
                })
            },
        );
        proof.open.pop();
        proved
    }
}
