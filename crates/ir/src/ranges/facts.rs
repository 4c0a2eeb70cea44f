//! Comparisons known at a place.

use super::{EMPTY, Interval, Ranges, is_empty};
use crate::Type;
use crate::function::{Block, Value};
use crate::inst::{Inst, IntCc, Terminator, UnaryOp};

/// Facts looked at for one value.
const MAX_FACTS: usize = 16;

/// `value cc other` holds in what the place dominates.
pub(super) struct Fact {
    value: Value,
    cc: IntCc,
    other: Value,
    block: Block,
    /// After this instruction.
    index: u32,
}

/// A place in a function.
#[derive(Clone, Copy)]
pub(super) struct Place {
    block: Block,
    index: u32,
    /// On the edge of this number that leaves the block.
    edge: Option<u32>,
}

impl Place {
    /// Before an instruction.
    pub(super) fn before(block: Block, index: u32) -> Place {
        Place { block, index, edge: None }
    }

    /// On an edge.
    pub(super) fn on_edge(block: Block, number: u32) -> Place {
        Place { block, index: u32::MAX, edge: Some(number) }
    }
}

impl Ranges<'_> {
    /// Collects facts from branches and checks.
    pub(super) fn find_facts(&mut self) {
        for block in &self.cfg.order {
            if let [(pred, edge)] = self.cfg.preds(*block)[..]
                && let Terminator::Branch(condition, ..) = self.function.block(pred).term
                && let Some((value, cc, other)) = self.comparison(condition, edge == 0)
            {
                self.add_fact(value, cc, other, *block, 0);
            }
            for (index, data) in self.function.block(*block).insts.iter().enumerate() {
                if let Inst::Check(condition, ..) = data.inst
                    && let Some((value, cc, other)) = self.comparison(condition, false)
                {
                    self.add_fact(value, cc, other, *block, index as u32 + 1);
                }
            }
        }
        self.facts.sort_by_key(|fact| fact.value);
    }

    /// What a condition's outcome says of two I64 values.
    fn comparison(&self, condition: Value, holds: bool) -> Option<(Value, IntCc, Value)> {
        let (cc, value, other, holds) = match self.inst(condition)? {
            Inst::IntCompare(cc, value, other) => (*cc, *value, *other, holds),
            Inst::Unary(UnaryOp::Not, inner) => match self.inst(*inner)? {
                Inst::IntCompare(cc, value, other) => (*cc, *value, *other, !holds),
                _ => return None,
            },
            _ => return None,
        };
        let cc = if holds { cc } else { cc.opposite() };
        (self.function.ty(value) == Type::I64).then_some((value, cc, other))
    }

    fn add_fact(&mut self, value: Value, cc: IntCc, other: Value, block: Block, index: u32) {
        self.facts.push(Fact { value, cc, other, block, index });
        if let Some(cc) = cc.swapped() {
            self.facts.push(Fact { value: other, cc, other: value, block, index });
        }
    }

    /// The facts about a value that hold at a place.
    pub(super) fn facts_at(&self, value: Value, place: Place) -> impl Iterator<Item = (IntCc, Value)> + '_ {
        let start = self.facts.partition_point(|fact| fact.value < value);
        let facts = self.facts[start..].iter().take_while(move |fact| fact.value == value).take(MAX_FACTS);
        let facts = facts.filter_map(move |fact| {
            let holds = if fact.block == place.block {
                fact.index <= place.index
            } else {
                self.dominators.dominates(fact.block, place.block)
            };
            holds.then_some((fact.cc, fact.other))
        });
        self.fact_of_edge(value, place).into_iter().chain(facts)
    }

    /// What the branch says whose edge the place is on.
    fn fact_of_edge(&self, value: Value, place: Place) -> Option<(IntCc, Value)> {
        let Terminator::Branch(condition, ..) = self.function.block(place.block).term else { return None };
        let (left, cc, right) = self.comparison(condition, place.edge? == 0)?;
        if left == value {
            Some((cc, right))
        } else if right == value {
            Some((cc.swapped()?, left))
        } else {
            None
        }
    }

    /// The interval of a value at a place.
    pub(super) fn at(&self, value: Value, place: Place) -> Interval {
        let (mut low, mut high) = self.base[value.0 as usize];
        if low == high {
            return (low, high);
        }
        for (cc, other) in self.facts_at(value, place) {
            let (from, to) = self.base[other.0 as usize];
            if is_empty((from, to)) {
                return EMPTY;
            }
            match cc {
                IntCc::Eq => (low, high) = (low.max(from), high.min(to)),
                IntCc::Lt => high = high.min(to.saturating_sub(1)),
                IntCc::Le => high = high.min(to),
                IntCc::Gt => low = low.max(from.saturating_add(1)),
                IntCc::Ge => low = low.max(from),
                // Not the bound itself.
                IntCc::Ne if from == to && low == from => low = low.saturating_add(1),
                IntCc::Ne if from == to && high == from => high = high.saturating_sub(1),
                // Below a bound that is not negative, the value is not negative.
                IntCc::Ult if from >= 0 => (low, high) = (low.max(0), high.min(to.saturating_sub(1))),
                _ => {}
            }
        }
        (low, high)
    }
}
