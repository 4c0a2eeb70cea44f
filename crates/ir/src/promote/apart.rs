//! Which accesses of a loop are to different places.

use super::Slot;
use crate::Type;
use crate::function::{Function, Value};
use crate::inst::{BinaryOp, CheckedOp, Inst};
use crate::loops::Loop;
use crate::memory::Memory;

/// Sums that are followed to find what an index is made of, at most.
const MAX_SUMS: usize = 8;

/// What is known of the places that a loop reads and writes.
pub(super) struct Places<'a> {
    function: &'a Function,
    memory: Memory,
    /// Where each value is defined: block and instruction; [`NONE`] for parameters.
    definitions: Vec<(u32, u32)>,
    is_inside: Vec<bool>,
    /// Parameters of the head, and what they are at first.
    params: Vec<(Value, Value)>,
    /// What they become, on each way back.
    next: Vec<Vec<Value>>,
}

const NONE: u32 = u32::MAX;

impl<'a> Places<'a> {
    /// `None` if the loop calls what may do anything.
    pub(super) fn of(function: &'a Function, shape: &Loop) -> Option<Places<'a>> {
        let memory = Memory::of(function, shape.blocks(function))?;
        let mut definitions = vec![(NONE, NONE); function.values.len()];
        let mut is_inside = vec![false; function.values.len()];
        for block in function.block_ids() {
            let inside = shape.inside.get(block.0 as usize).is_some_and(|inside| *inside);
            let data = function.block(block);
            for (index, data) in data.insts.iter().enumerate() {
                for result in &data.results {
                    definitions[result.0 as usize] = (block.0, index as u32);
                    is_inside[result.0 as usize] = inside;
                }
            }
            data.params.iter().for_each(|param| is_inside[param.0 as usize] = inside);
        }
        let back = function.block(shape.head).term.edges().filter(|edge| edge.block == shape.head);
        let next = back.map(|edge| edge.args.clone()).collect();
        Some(Places { function, memory, definitions, is_inside, params: shape.names(function), next })
    }

    pub(super) fn is_outside(&self, value: Value) -> bool {
        !self.is_inside[value.0 as usize]
    }

    fn definition(&self, value: Value) -> Option<&'a Inst> {
        let (block, index) = self.definitions[value.0 as usize];
        let data = self.function.blocks.get(block as usize)?.insts.get(index as usize)?;
        Some(&data.inst)
    }

    /// Whether a slot whose base is outside of the loop is another than a slot of the same type that the loop reads or writes.
    pub(super) fn are_apart(&self, slot: Slot, other: Slot) -> bool {
        if slot.base == other.base {
            return slot.offset != other.offset;
        }
        match (self.function.ty(slot.base), self.function.ty(other.base)) {
            (Type::Ref, Type::Ref) => {
                slot.offset != other.offset || self.are_elements_apart(slot.base, other.base)
            }
            (Type::Ptr, Type::Ptr) => self.are_addresses_apart(slot.base, other.base),
            _ => false,
        }
    }

    /// Whether an object is unique in its element of a list throughout the loop, and the other is in another element.
    fn are_elements_apart(&self, object: Value, other: Value) -> bool {
        let Some(Inst::UniqueSlot { base: address, offset: at, .. }) = self.definition(object) else {
            return false;
        };
        match self.definition(other) {
            Some(Inst::UniqueSlot { base, offset, .. } | Inst::Load { ty: Type::Ref, base, offset }) => {
                offset == at
                    && !self.is_outside(other)
                    && self.memory.keeps_unique()
                    && self.are_addresses_apart(*address, *base)
            }
            _ => false,
        }
    }

    /// Whether two addresses are of different elements of one list.
    fn are_addresses_apart(&self, address: Value, other: Value) -> bool {
        match (self.definition(address), self.definition(other)) {
            (
                Some(Inst::ElementAddress { list, index, stride }),
                Some(Inst::ElementAddress { list: other, index: at, stride: step }),
            ) => list == other && stride == step && self.differ(*index, *at),
            _ => false,
        }
    }

    /// Whether an index that is made of what is outside of the loop is never the other in the same round.
    fn differ(&self, index: Value, other: Value) -> bool {
        let ((root, plus), (other, more)) = (self.sum(index), self.sum(other));
        if root == other {
            return plus != more;
        }
        let Some(other) = other else { return false };
        if root.is_some_and(|root| !self.is_outside(root)) {
            return false;
        }
        // A counter that begins on one side and goes away from there.
        let Some(place) = self.params.iter().position(|(param, _)| *param == other) else { return false };
        let (first, ahead) = self.sum(self.params[place].1);
        if first != root {
            return false;
        }
        let distance = ahead.saturating_add(more).saturating_sub(plus);
        let goes = |by: &dyn Fn(i64) -> bool| {
            self.next.iter().all(|args| {
                args.get(place).is_some_and(
                    |next| matches!(self.sum(*next), (from, step) if from == Some(other) && by(step)),
                )
            })
        };
        distance > 0 && goes(&|step| step >= 0) || distance < 0 && goes(&|step| step <= 0)
    }

    /// An index as a value and a constant that is added; without a value it is the constant. None of the sums overflows: what may is checked.
    fn sum(&self, index: Value) -> (Option<Value>, i64) {
        let (mut value, mut sum) = (index, 0i64);
        for _ in 0..MAX_SUMS {
            let constant = |value: Value| match self.definition(value) {
                Some(Inst::Int(constant)) => Some(*constant),
                _ => None,
            };
            let (left, by) = match self.definition(value) {
                Some(Inst::Int(constant)) => return (None, sum.saturating_add(*constant)),
                Some(Inst::Binary(BinaryOp::Add, left, right)) => (*left, constant(*right)),
                Some(Inst::Binary(BinaryOp::Sub, left, right)) => {
                    (*left, constant(*right).and_then(i64::checked_neg))
                }
                Some(Inst::Checked(op, left, right, _)) => match op.plain() {
                    CheckedOp::Add => (*left, constant(*right)),
                    CheckedOp::Sub => (*left, constant(*right).and_then(i64::checked_neg)),
                    _ => break,
                },
                _ => break,
            };
            let Some(next) = by.and_then(|by| sum.checked_add(by)) else { break };
            (value, sum) = (left, next);
        }
        (Some(value), sum)
    }
}
