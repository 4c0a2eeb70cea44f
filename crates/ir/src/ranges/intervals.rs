//! The interval of each I64 value: an ascending iteration that widens what keeps growing, then a descending one that takes back what was too much
//! (Cousot and Cousot, 1977).

use super::facts::Place;
use super::{ALL, EMPTY, Interval, MAX_LEN, Ranges, exact, fitting, is_empty};
use crate::Type;
use crate::function::{Block, Value};
use crate::inst::{BinaryOp, CheckedOp, Inst};
use fuse_abi::functions::Rt;

/// Rounds after which growing bounds jump.
const PATIENCE: usize = 2;
/// Rounds after which the analysis gives up on parameters; each widened bound can jump only so often, so this is rare.
const MAX_ROUNDS: usize = 12;
/// Rounds of the descending iteration.
const DESCENDING: usize = 2;
/// Where bounds that grow come to rest.
const LOW_STOPS: [i64; 3] = [0, -1, i64::MIN];
const HIGH_STOPS: [i64; 4] = [0, i32::MAX as i64, MAX_LEN, i64::MAX];

impl Ranges<'_> {
    /// Finds the intervals of all values.
    pub(super) fn find_bases(&mut self) {
        for param in &self.function.block(self.function.entry()).params {
            self.base[param.0 as usize] = ALL;
        }
        for round in 0..MAX_ROUNDS {
            if !self.ascend(round >= PATIENCE) {
                (0..DESCENDING).for_each(|_| self.descend());
                return;
            }
        }
        let params = self.cfg.order.iter().flat_map(|block| &self.function.block(*block).params);
        params.for_each(|param| self.base[param.0 as usize] = ALL);
        self.descend();
    }

    /// One round; says whether a parameter grew.
    fn ascend(&mut self, widens: bool) -> bool {
        let mut grew = false;
        self.each_block(|ranges, block| {
            ranges.each_param(block, |ranges, param, found| {
                let old = ranges.base[param.0 as usize];
                if is_empty(found) || found.0 >= old.0 && found.1 <= old.1 {
                    return;
                }
                let (mut low, mut high) = (old.0.min(found.0), old.1.max(found.1));
                if widens && !is_empty(old) {
                    let stop = |stops: &[i64], beyond: &dyn Fn(i64) -> bool, end: i64| {
                        stops.iter().copied().find(|stop| beyond(*stop)).unwrap_or(end)
                    };
                    if low < old.0 {
                        low = stop(&LOW_STOPS, &|stop| stop <= low, i64::MIN);
                    }
                    if high > old.1 {
                        high = stop(&HIGH_STOPS, &|stop| stop >= high, i64::MAX);
                    }
                }
                ranges.base[param.0 as usize] = (low, high);
                grew = true;
            });
        });
        grew
    }

    /// Computes everything anew from bounds that hold: what comes out holds too, and may be narrower.
    fn descend(&mut self) {
        self.each_block(|ranges, block| {
            ranges.each_param(block, |ranges, param, found| {
                let old = ranges.base[param.0 as usize];
                ranges.base[param.0 as usize] = (old.0.max(found.0), old.1.min(found.1));
            });
        });
    }

    /// Visits blocks in order, and computes their results afterwards.
    fn each_block(&mut self, mut params: impl FnMut(&mut Self, Block)) {
        let (cfg, function) = (self.cfg, self.function);
        for block in &cfg.order {
            if *block != function.entry() {
                params(self, *block);
            }
            for (index, data) in function.block(*block).insts.iter().enumerate() {
                if let [result, ..] = data.results[..]
                    && function.ty(result) == Type::I64
                {
                    // Instructions with several results define numbers of which nothing is known.
                    for other in &data.results {
                        self.base[other.0 as usize] = ALL;
                    }
                    if data.results.len() == 1 {
                        let place = Place::before(*block, index as u32);
                        self.base[result.0 as usize] = self.result(&data.inst, place);
                    }
                } else {
                    data.results.iter().for_each(|result| self.base[result.0 as usize] = ALL);
                }
            }
        }
    }

    /// Visits the parameters of a block with the union of their arguments.
    fn each_param(&mut self, block: Block, mut visit: impl FnMut(&mut Self, Value, Interval)) {
        let (cfg, function) = (self.cfg, self.function);
        for (index, param) in function.block(block).params.iter().enumerate() {
            if function.ty(*param) != Type::I64 {
                continue;
            }
            let (mut low, mut high) = EMPTY;
            for (pred, number) in cfg.preds(block).iter().filter(|(pred, _)| cfg.is_reachable(*pred)) {
                let Some(edge) = function.block(*pred).term.edge(*number as usize) else { continue };
                let found = self.at(edge.args[index], Place::on_edge(*pred, *number));
                if !is_empty(found) {
                    (low, high) = (low.min(found.0), high.max(found.1));
                }
            }
            visit(self, *param, (low, high));
        }
    }

    /// The interval of an instruction's only result.
    fn result(&self, inst: &Inst, place: Place) -> Interval {
        match inst {
            Inst::Int(value) => (*value, *value),
            Inst::Len(_) | Inst::CallRuntime { function: Rt::map_len | Rt::range_float_len, .. } => {
                (0, MAX_LEN)
            }
            Inst::Unary(crate::UnaryOp::Extend, _) => (0, 255),
            Inst::Checked(op, left, right, _) => {
                // What does not fit fails.
                let clamp = |value: i128| value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
                self.combine(*op, *left, *right, place, |exact| (clamp(exact.0), clamp(exact.1)))
            }
            Inst::Binary(op, left, right) => {
                let op = match op {
                    BinaryOp::Add => CheckedOp::Add,
                    BinaryOp::Sub => CheckedOp::Sub,
                    BinaryOp::Mul => CheckedOp::Mul,
                    BinaryOp::Div => CheckedOp::Div,
                    BinaryOp::Rem => CheckedOp::Rem,
                    _ => return ALL,
                };
                self.combine(op, *left, *right, place, |exact| fitting(exact).unwrap_or(ALL))
            }
            Inst::Select(_, left, right) => {
                let (left, right) = (self.at(*left, place), self.at(*right, place));
                match (is_empty(left), is_empty(right)) {
                    (true, _) => right,
                    (_, true) => left,
                    _ => (left.0.min(right.0), left.1.max(right.1)),
                }
            }
            _ => ALL,
        }
    }

    fn combine(
        &self,
        op: CheckedOp,
        left: Value,
        right: Value,
        place: Place,
        fit: impl Fn((i128, i128)) -> Interval,
    ) -> Interval {
        let (left, right) = (self.at(left, place), self.at(right, place));
        if is_empty(left) || is_empty(right) {
            return EMPTY;
        }
        fit(exact(op, left, right))
    }
}
