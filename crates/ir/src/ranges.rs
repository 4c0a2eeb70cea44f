//! Range analysis: arithmetic that cannot overflow loses its check, comparisons whose outcome is certain become constants.
//!
//! Three kinds of knowledge: an interval for each I64 value that holds wherever the value is defined ([`intervals`]); the comparisons that
//! are known at a place, because a branch or a `Check` that dominates it decided so ([`facts`]); and differences between two values, proved on
//! demand from the other two ([`differences`]).

mod differences;
mod facts;
mod intervals;

use crate::cfg::{Cfg, Dominators, NONE};
use crate::function::{Block, Function, Value};
use crate::inst::{BinaryOp, CheckedOp, Inst, IntCc};
use crate::{Type, liveness};
use facts::{Fact, Place};

/// Lengths are below this: memory is not larger.
const MAX_LEN: i64 = 1 << 48;

/// From and to, both inclusive; nothing if the first is larger.
type Interval = (i64, i64);
const ALL: Interval = (i64::MIN, i64::MAX);
const EMPTY: Interval = (i64::MAX, i64::MIN);

struct Ranges<'a> {
    function: &'a Function,
    cfg: &'a Cfg,
    definitions: &'a liveness::Definitions,
    dominators: Dominators,
    /// By value.
    facts: Vec<Fact>,
    base: Vec<Interval>,
}

/// Improves one function; says whether anything changed.
pub(crate) fn run(function: &mut Function) -> bool {
    let has_work = |inst: &Inst| matches!(inst, Inst::Checked(..) | Inst::IntCompare(..));
    if !function.blocks.iter().flat_map(|b| &b.insts).any(|data| has_work(&data.inst)) {
        return false;
    }
    let cfg = Cfg::of(function);
    let definitions = liveness::definitions(function);
    let mut ranges = Ranges {
        function,
        cfg: &cfg,
        definitions: &definitions,
        dominators: Dominators::of(&cfg),
        facts: Vec::new(),
        base: vec![EMPTY; function.values.len()],
    };
    ranges.find_facts();
    ranges.find_bases();
    let changes = ranges.changes();
    let changed = !changes.is_empty();
    for (block, index, inst) in changes {
        function.block_mut(block).insts[index as usize].inst = inst;
    }
    changed
}

impl Ranges<'_> {
    fn inst(&self, value: Value) -> Option<&Inst> {
        let (block, index) = self.definitions[value.0 as usize];
        if block.0 == NONE {
            return None;
        }
        self.function.block(block).insts.get(usize::try_from(index).ok()?).map(|data| &data.inst)
    }

    /// What can be simpler.
    fn changes(&self) -> Vec<(Block, u32, Inst)> {
        let mut changes = Vec::new();
        for block in &self.cfg.order {
            for (index, data) in self.function.block(*block).insts.iter().enumerate() {
                let place = Place::before(*block, index as u32);
                let simpler = match &data.inst {
                    Inst::Checked(op, left, right, position) => {
                        self.cheaper(*op, *left, *right, place).map(|cheaper| match cheaper {
                            Cheaper::Binary(op) => Inst::Binary(op, *left, *right),
                            Cheaper::Checked(op) => Inst::Checked(op, *left, *right, *position),
                            Cheaper::Swapped(op) => Inst::Checked(op, *right, *left, *position),
                        })
                    }
                    Inst::IntCompare(cc, left, right) if self.function.ty(*left) == Type::I64 => {
                        self.decided(*cc, *left, *right, place).map(|outcome| Inst::Byte(u8::from(outcome)))
                    }
                    _ => None,
                };
                changes.extend(simpler.map(|inst| (*block, index as u32, inst)));
            }
        }
        changes
    }

    fn cheaper(&self, op: CheckedOp, left: Value, right: Value, place: Place) -> Option<Cheaper> {
        let (a, b) = (self.at(left, place), self.at(right, place));
        if is_empty(a) || is_empty(b) {
            return None;
        }
        let simple = match op.plain() {
            CheckedOp::Add => BinaryOp::Add,
            CheckedOp::Sub => BinaryOp::Sub,
            CheckedOp::Mul => BinaryOp::Mul,
            CheckedOp::Div if a.0 >= 0 && b.0 > 0 => return Some(Cheaper::Binary(BinaryOp::Div)),
            CheckedOp::Rem if a.0 >= 0 && b.0 > 0 => return Some(Cheaper::Binary(BinaryOp::Rem)),
            _ => return None,
        };
        if fitting(exact(op, a, b)).is_some() {
            return Some(Cheaper::Binary(simple));
        }
        match op {
            CheckedOp::Add if b.0 >= 0 => Some(Cheaper::Checked(CheckedOp::Increase)),
            CheckedOp::Add if a.0 >= 0 => Some(Cheaper::Swapped(CheckedOp::Increase)),
            CheckedOp::Sub if b.0 >= 0 => Some(Cheaper::Checked(CheckedOp::Decrease)),
            _ => None,
        }
    }

    fn decided(&self, cc: IntCc, left: Value, right: Value, place: Place) -> Option<bool> {
        let (a, b) = (self.at(left, place), self.at(right, place));
        if is_empty(a) || is_empty(b) {
            return None;
        }
        let either = |yes: bool, no: &dyn Fn() -> bool| if yes { Some(true) } else { no().then_some(false) };
        let below = || a.1 < b.0 || a.0 < b.1 && self.differs(left, right, -1, place);
        let not_above = || a.1 <= b.0 || a.0 <= b.1 && self.differs(left, right, 0, place);
        let above = || a.0 > b.1 || a.1 > b.0 && self.differs(right, left, -1, place);
        let not_below = || a.0 >= b.1 || a.1 >= b.0 && self.differs(right, left, 0, place);
        let apart = || a.1 < b.0 || a.0 > b.1;
        match cc {
            IntCc::Lt => either(below(), &not_below),
            IntCc::Le => either(not_above(), &above),
            IntCc::Gt => either(above(), &not_above),
            IntCc::Ge => either(not_below(), &below),
            IntCc::Eq => either(a.0 == a.1 && a == b, &apart),
            IntCc::Ne => either(apart(), &|| a.0 == a.1 && a == b),
            // Numbers that are not negative compare alike with and without a sign.
            IntCc::Ult if a.0 >= 0 && b.0 >= 0 => either(below(), &not_below),
            IntCc::Uge if a.0 >= 0 && b.0 >= 0 => either(not_below(), &below),
            IntCc::Ult | IntCc::Uge => None,
        }
    }
}

/// What a checked operation can be instead.
enum Cheaper {
    Binary(BinaryOp),
    Checked(CheckedOp),
    /// With the operands exchanged.
    Swapped(CheckedOp),
}

fn is_empty(interval: Interval) -> bool {
    interval.0 > interval.1
}

/// The bounds of exact results.
fn exact(op: CheckedOp, a: Interval, b: Interval) -> (i128, i128) {
    let wide = |interval: Interval| (i128::from(interval.0), i128::from(interval.1));
    let (a, b) = (wide(a), wide(b));
    match op.plain() {
        CheckedOp::Add => (a.0 + b.0, a.1 + b.1),
        CheckedOp::Sub => (a.0 - b.1, a.1 - b.0),
        CheckedOp::Mul => {
            let products = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
            (products.into_iter().fold(i128::MAX, i128::min), products.into_iter().fold(i128::MIN, i128::max))
        }
        // Truncated toward zero: the divisor of the smaller amount gives the larger one.
        CheckedOp::Div if b.0 >= 1 => {
            (a.0 / if a.0 < 0 { b.0 } else { b.1 }, a.1 / if a.1 < 0 { b.1 } else { b.0 })
        }
        CheckedOp::Rem if b.0 >= 1 && a.0 >= 0 && a.1 < b.0 => a,
        CheckedOp::Rem if b.0 >= 1 => {
            (if a.0 >= 0 { 0 } else { (1 - b.1).max(a.0) }, if a.1 <= 0 { 0 } else { (b.1 - 1).min(a.1) })
        }
        _ => (i128::MIN, i128::MAX),
    }
}

fn fitting(exact: (i128, i128)) -> Option<Interval> {
    Some((i64::try_from(exact.0).ok()?, i64::try_from(exact.1).ok()?))
}
