//! Range analysis: arithmetic that cannot overflow loses its check, comparisons whose outcome is certain become constants.
//!
//! Each I64 value has an interval that holds wherever the value is defined ([`Ranges::base`]); loops that count up from a known start have a
//! lower bound, those that count down an upper one. On top of it come the comparisons that are known at a place, because a
//! branch or a `Check` that dominates it decided so.

use crate::cfg::{Cfg, Dominators, NONE};
use crate::function::{Block, Function, Value};
use crate::inst::{BinaryOp, CheckedOp, Inst, IntCc, Terminator, UnaryOp};
use crate::{Type, liveness};
use fuse_abi::functions::Rt;

/// Lengths are below this: memory is not larger.
const MAX_LEN: i64 = 1 << 48;
/// Facts looked at for one value.
const MAX_FACTS: usize = 16;

/// From and to, both inclusive.
type Interval = (i64, i64);
const ALL: Interval = (i64::MIN, i64::MAX);

/// `value cc other` holds in what the place dominates.
struct Fact {
    value: Value,
    cc: IntCc,
    other: Value,
    block: Block,
    /// After this instruction.
    index: u32,
}

struct Ranges<'a> {
    function: &'a Function,
    definitions: &'a liveness::Definitions,
    dominators: Dominators,
    /// By value.
    facts: Vec<Fact>,
    base: Vec<Interval>,
}

/// Improves one function; says whether anything changed.
pub(crate) fn run(function: &mut Function) -> bool {
    let has_work = |inst: &Inst| matches!(inst, Inst::Checked(..) | Inst::IntCompare(..));
    if function.blocks.len() < 2
        || !function.blocks.iter().flat_map(|b| &b.insts).any(|data| has_work(&data.inst))
    {
        return false;
    }
    let cfg = Cfg::of(function);
    let definitions = liveness::definitions(function);
    let mut ranges = Ranges {
        function,
        definitions: &definitions,
        dominators: Dominators::of(&cfg),
        facts: Vec::new(),
        base: vec![ALL; function.values.len()],
    };
    ranges.find_facts(&cfg);
    ranges.find_bases(&cfg);
    let changes = ranges.changes(&cfg);
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

    /// Facts from branches and checks.
    fn find_facts(&mut self, cfg: &Cfg) {
        for block in &cfg.order {
            if let [(pred, edge)] = cfg.preds(*block)[..]
                && let Terminator::Branch(condition, ..) = self.function.block(pred).term
            {
                self.add_fact(condition, edge == 0, *block, 0);
            }
            for (index, data) in self.function.block(*block).insts.iter().enumerate() {
                if let Inst::Check(condition, ..) = data.inst {
                    self.add_fact(condition, false, *block, index as u32 + 1);
                }
            }
        }
        self.facts.sort_by_key(|fact| fact.value);
    }

    fn add_fact(&mut self, condition: Value, holds: bool, block: Block, index: u32) {
        let (cc, value, other, holds) = match self.inst(condition) {
            Some(Inst::IntCompare(cc, value, other)) => (*cc, *value, *other, holds),
            Some(Inst::Unary(UnaryOp::Not, inner)) => match self.inst(*inner) {
                Some(Inst::IntCompare(cc, value, other)) => (*cc, *value, *other, !holds),
                _ => return,
            },
            _ => return,
        };
        if self.function.ty(value) != Type::I64 {
            return;
        }
        let cc = if holds { cc } else { cc.opposite() };
        self.facts.push(Fact { value, cc, other, block, index });
        if let Some(cc) = cc.swapped() {
            self.facts.push(Fact { value: other, cc, other: value, block, index });
        }
    }

    /// The facts about a value that hold at a place.
    fn facts_at(&self, value: Value, block: Block, index: u32) -> impl Iterator<Item = (IntCc, Value)> + '_ {
        let start = self.facts.partition_point(|fact| fact.value < value);
        let facts = self.facts[start..].iter().take_while(move |fact| fact.value == value).take(MAX_FACTS);
        facts.filter_map(move |fact| {
            let holds = if fact.block == block {
                fact.index <= index
            } else {
                self.dominators.dominates(fact.block, block)
            };
            holds.then_some((fact.cc, fact.other))
        })
    }

    /// The interval of a value at a place.
    fn at(&self, value: Value, block: Block, index: u32) -> Interval {
        let (mut low, mut high) = self.base[value.0 as usize];
        for (cc, other) in self.facts_at(value, block, index) {
            let (from, to) = self.base[other.0 as usize];
            match cc {
                IntCc::Eq => (low, high) = (low.max(from), high.min(to)),
                IntCc::Lt => high = high.min(to.saturating_sub(1)),
                IntCc::Le => high = high.min(to),
                IntCc::Gt => low = low.max(from.saturating_add(1)),
                IntCc::Ge => low = low.max(from),
                // Below a bound that is not negative, the value is not negative.
                IntCc::Ult if from >= 0 => (low, high) = (low.max(0), high.min(to.saturating_sub(1))),
                _ => {}
            }
        }
        (low, high)
    }

    fn find_bases(&mut self, cfg: &Cfg) {
        for block in &cfg.order {
            let data = self.function.block(*block);
            for (index, param) in data.params.iter().enumerate() {
                if self.function.ty(*param) == Type::I64 && *block != self.function.entry() {
                    self.base[param.0 as usize] = self.param(cfg, *block, index, *param);
                }
            }
            for (index, inst) in data.insts.iter().enumerate() {
                if let [result, ..] = inst.results[..]
                    && self.function.ty(result) == Type::I64
                {
                    self.base[result.0 as usize] = self.result(&inst.inst, *block, index as u32);
                }
            }
        }
    }

    /// The union of the arguments; those that only step away from the parameter itself leave one bound.
    fn param(&self, cfg: &Cfg, block: Block, index: usize, param: Value) -> Interval {
        let (mut low, mut high) = (i64::MAX, i64::MIN);
        let (mut up, mut down) = (false, false);
        for (pred, edge) in cfg.preds(block) {
            let Some(call) = self.function.block(*pred).term.edge(*edge as usize) else { return ALL };
            let arg = call.args[index];
            if cfg.is_reachable(*pred) && cfg.place[pred.0 as usize] < cfg.place[block.0 as usize] {
                let (from, to) = self.at(arg, *pred, u32::MAX);
                (low, high) = (low.min(from), high.max(to));
                continue;
            }
            match self.step(arg, param) {
                Some(0) => {}
                Some(step) => *(if step > 0 { &mut up } else { &mut down }) = true,
                None => return ALL,
            }
        }
        if low > high {
            return ALL;
        }
        (if down { i64::MIN } else { low }, if up { i64::MAX } else { high })
    }

    /// By how much a value differs from a parameter, if it surely does without overflow.
    fn step(&self, value: Value, param: Value) -> Option<i64> {
        if value == param {
            return Some(0);
        }
        let (left, right, sign) = match self.inst(value)? {
            Inst::Checked(CheckedOp::Add, left, right, _) => (*left, *right, 1),
            Inst::Checked(CheckedOp::Sub, left, right, _) => (*left, *right, -1),
            Inst::Binary(BinaryOp::Add, left, right) => {
                // Wrapping: only if a bound is known where it is added.
                let (block, index) = self.definitions[value.0 as usize];
                let bounded = self.facts_at(*left, block, index as u32).any(|(cc, _)| cc == IntCc::Lt);
                if !bounded || *self.inst(*right)? != Inst::Int(1) {
                    return None;
                }
                (*left, *right, 1)
            }
            _ => return None,
        };
        match self.inst(right)? {
            Inst::Int(step) if left == param => step.checked_mul(sign),
            _ => None,
        }
    }

    /// The interval of an instruction's result.
    fn result(&self, inst: &Inst, block: Block, index: u32) -> Interval {
        match inst {
            Inst::Int(value) => (*value, *value),
            Inst::Len(_) | Inst::CallRuntime { function: Rt::map_len | Rt::range_float_len, .. } => {
                (0, MAX_LEN)
            }
            Inst::Unary(UnaryOp::Extend, _) => (0, 255),
            Inst::Checked(op, left, right, _) => {
                let exact = exact(*op, self.at(*left, block, index), self.at(*right, block, index));
                // What does not fit fails.
                (clamp(exact.0), clamp(exact.1))
            }
            Inst::Binary(op, left, right) => {
                let op = match op {
                    BinaryOp::Add => CheckedOp::Add,
                    BinaryOp::Sub => CheckedOp::Sub,
                    BinaryOp::Mul => CheckedOp::Mul,
                    _ => return ALL,
                };
                fitting(exact(op, self.at(*left, block, index), self.at(*right, block, index))).unwrap_or(ALL)
            }
            Inst::Select(_, left, right) => {
                let (left, right) = (self.at(*left, block, index), self.at(*right, block, index));
                (left.0.min(right.0), left.1.max(right.1))
            }
            _ => ALL,
        }
    }

    /// What can be simpler.
    fn changes(&self, cfg: &Cfg) -> Vec<(Block, u32, Inst)> {
        let mut changes = Vec::new();
        for block in &cfg.order {
            for (index, data) in self.function.block(*block).insts.iter().enumerate() {
                let index = index as u32;
                let simpler = match &data.inst {
                    Inst::Checked(op, left, right, _) => self.unchecked(*op, *left, *right, *block, index),
                    Inst::IntCompare(cc, left, right) if self.function.ty(*left) == Type::I64 => self
                        .decided(*cc, *left, *right, *block, index)
                        .map(|outcome| Inst::Byte(u8::from(outcome))),
                    _ => None,
                };
                changes.extend(simpler.map(|inst| (*block, index, inst)));
            }
        }
        changes
    }

    fn unchecked(&self, op: CheckedOp, left: Value, right: Value, block: Block, index: u32) -> Option<Inst> {
        let simple = match op {
            CheckedOp::Add => BinaryOp::Add,
            CheckedOp::Sub => BinaryOp::Sub,
            CheckedOp::Mul => BinaryOp::Mul,
            CheckedOp::Div | CheckedOp::Rem => return None,
        };
        fitting(exact(op, self.at(left, block, index), self.at(right, block, index)))?;
        Some(Inst::Binary(simple, left, right))
    }

    fn decided(&self, cc: IntCc, left: Value, right: Value, block: Block, index: u32) -> Option<bool> {
        let (a, b) = (self.at(left, block, index), self.at(right, block, index));
        let below = a.1 < b.0;
        let not_above = a.1 <= b.0;
        let above = a.0 > b.1;
        let not_below = a.0 >= b.1;
        let either = |yes: bool, no: bool| if yes { Some(true) } else { no.then_some(false) };
        match cc {
            IntCc::Lt => either(below, not_below),
            IntCc::Le => either(not_above, above),
            IntCc::Gt => either(above, not_above),
            IntCc::Ge => either(not_below, below),
            IntCc::Eq => either(a.0 == a.1 && a == b, below || above),
            IntCc::Ne => either(below || above, a.0 == a.1 && a == b),
            IntCc::Ult | IntCc::Uge => {
                let is_below = a.0 >= 0 && b.0 >= 0 && (below || self.is_below(left, right, block, index));
                let is_above = b.0 >= 0 && b.1 < i64::MAX && a.0 >= 0 && not_below;
                match cc {
                    IntCc::Ult => either(is_below, is_above),
                    _ => either(is_above, is_below),
                }
            }
        }
    }

    /// Whether a fact says that the one is less than the other, or than another length of the same list.
    fn is_below(&self, left: Value, right: Value, block: Block, index: u32) -> bool {
        let bound = self.measured(right);
        self.facts_at(left, block, index).any(|(cc, other)| {
            matches!(cc, IntCc::Lt | IntCc::Ult)
                && (other == right || bound.is_some() && self.measured(other) == bound)
        })
    }

    /// The list whose length a value is: making a list unique does not change its length.
    fn measured(&self, length: Value) -> Option<Value> {
        let Some(Inst::Len(list)) = self.inst(length) else { return None };
        let mut list = *list;
        while let Some(Inst::CallRuntime { function: Rt::list_unique, args, .. }) = self.inst(list) {
            list = args[0];
        }
        Some(list)
    }
}

/// The bounds of exact results.
fn exact(op: CheckedOp, a: Interval, b: Interval) -> (i128, i128) {
    let wide = |interval: Interval| (i128::from(interval.0), i128::from(interval.1));
    let (a, b) = (wide(a), wide(b));
    match op {
        CheckedOp::Add => (a.0 + b.0, a.1 + b.1),
        CheckedOp::Sub => (a.0 - b.1, a.1 - b.0),
        CheckedOp::Mul => {
            let products = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
            (products.into_iter().fold(i128::MAX, i128::min), products.into_iter().fold(i128::MIN, i128::max))
        }
        CheckedOp::Div if a.0 >= 0 && b.0 >= 1 => (a.0 / b.1, a.1 / b.0),
        CheckedOp::Rem if b.0 >= 1 => {
            (if a.0 >= 0 { 0 } else { 1 - b.1 }, if a.1 <= 0 { 0 } else { b.1 - 1 })
        }
        CheckedOp::Div | CheckedOp::Rem => (i128::MIN, i128::MAX),
    }
}

fn clamp(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

fn fitting(exact: (i128, i128)) -> Option<Interval> {
    Some((i64::try_from(exact.0).ok()?, i64::try_from(exact.1).ok()?))
}
