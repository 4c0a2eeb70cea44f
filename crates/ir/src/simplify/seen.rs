//! Values computed already in the same block.

use crate::Type;
use crate::function::{Block, Function, InstData, Value};
use crate::inst::{BinaryOp, CheckedOp, Inst, IntCc};
use rustc_hash::FxHashMap;

/// What was computed: block, kind of operation, operands.
type Key = (Block, u32, u64, u64);

/// Values computed already. The block is part of the key, so that nothing has to be cleared between blocks.
#[derive(Default)]
pub(super) struct Seen {
    values: FxHashMap<Key, Option<Value>>,
    block: Option<Block>,
    /// Counts changes of objects, and calls.
    version: u32,
}

impl Seen {
    pub(super) fn clear(&mut self) {
        self.values.clear();
    }

    pub(super) fn enter(&mut self, block: Block) {
        self.block = Some(block);
    }

    /// If an equal instruction ran before: its result, if it has one. Else this one is remembered.
    pub(super) fn find(
        &mut self,
        data: &InstData,
        function: &Function,
        changed_in_place: &[bool],
    ) -> Option<Option<Value>> {
        let (kind, a, b) = match self.key(&data.inst, function, changed_in_place) {
            Some(key) => key,
            None => {
                if may_change(&data.inst) {
                    self.version += 1;
                }
                return None;
            }
        };
        let key = (self.block?, kind, a, b);
        let result = data.results.first().copied();
        match self.values.entry(key) {
            std::collections::hash_map::Entry::Occupied(entry) => Some(*entry.get()),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(result);
                None
            }
        }
    }

    fn key(&self, inst: &Inst, function: &Function, changed_in_place: &[bool]) -> Option<(u32, u64, u64)> {
        let pair = |a: Value, b: Value| u64::from(a.0) << 32 | u64::from(b.0);
        // Operands of commutative operations in order.
        let sorted = |a: Value, b: Value| pair(a.min(b), a.max(b));
        let kind = |group: u32, op: u32| group << 16 | op;
        let one = |value: &Value| u64::from(value.0);
        Some(match inst {
            Inst::Int(value) => (kind(1, 0), *value as u64, 0),
            Inst::Float(bits) => (kind(2, 0), *bits, 0),
            Inst::Byte(value) => (kind(3, 0), u64::from(*value), 0),
            Inst::Null(ty) => (kind(4, *ty as u32), 0, 0),
            Inst::Static(id) => (kind(5, 0), u64::from(id.0), 0),
            Inst::FunctionAddress(id) => (kind(6, 0), u64::from(id.0), 0),
            Inst::Unary(op, a) => (kind(7, *op as u32), one(a), 0),
            Inst::Binary(op, a, b) => match op {
                BinaryOp::Sub | BinaryOp::Div | BinaryOp::Rem | BinaryOp::FloatSub | BinaryOp::FloatDiv => {
                    (kind(8, *op as u32), pair(*a, *b), 0)
                }
                _ => (kind(8, *op as u32), sorted(*a, *b), 0),
            },
            Inst::Checked(op, a, b, _) => match op {
                CheckedOp::Add | CheckedOp::Mul => (kind(9, *op as u32), sorted(*a, *b), 0),
                _ => (kind(9, *op as u32), pair(*a, *b), 0),
            },
            Inst::IntCompare(cc, a, b) => match cc {
                IntCc::Eq | IntCc::Ne => (kind(10, *cc as u32), sorted(*a, *b), 0),
                _ => (kind(10, *cc as u32), pair(*a, *b), 0),
            },
            Inst::FloatCompare(cc, a, b) => (kind(11, *cc as u32), pair(*a, *b), 0),
            Inst::Select(a, b, c) => (kind(12, 0), pair(*a, *b), one(c)),
            Inst::Check(a, ..) => (kind(13, 0), one(a), 0),
            Inst::IsNull(a) => (kind(14, 0), one(a), 0),
            Inst::Unwrap(a) => (kind(15, 0), one(a), 0),
            Inst::Len(a) => (kind(16, 0), one(a), 0),
            Inst::ElementAddress { list, index, stride } => {
                (kind(17, 0), pair(*list, *index), u64::from(*stride))
            }
            Inst::Load { ty, base, offset } => {
                // Behind an address there may be anything; an object changes only under its own name.
                let fixed = function.ty(*base) != Type::Ptr && !changed_in_place[base.0 as usize];
                let version = if fixed { 0 } else { u64::from(self.version) + 1 };
                (kind(18, *ty as u32), u64::from(base.0) << 32 | u64::from(*offset), version)
            }
            Inst::CallRuntime { function: runtime, types, args, .. }
                if runtime.row().pure && types.is_empty() =>
            {
                let [first, rest @ ..] = &args[..] else { return None };
                let ([] | [_]) = rest else { return None };
                let second = rest.first().copied().unwrap_or(*first);
                (kind(19, *runtime as u32), pair(*first, second), u64::from(self.version))
            }
            _ => return None,
        })
    }
}

fn may_change(inst: &Inst) -> bool {
    matches!(
        inst,
        Inst::Put { .. }
            | Inst::Take { .. }
            | Inst::Unique(_)
            | Inst::Call(..)
            | Inst::Try(..)
            | Inst::CallRuntime { .. }
            | Inst::CallIndirect { .. }
    )
}
