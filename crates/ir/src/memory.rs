//! What a loop does to memory.

use crate::Type;
use crate::function::{Block, Function, Value};
use crate::inst::Inst;

/// The changes that a loop makes. There are none of lengths: those are made by calls.
pub(crate) struct Memory {
    /// Slots written: type, base, offset.
    written: Vec<(Type, Value, u32)>,
    /// Objects are made unique where they are, so that what is in some slot changes.
    makes_unique: bool,
    /// An object may be shared that was not.
    shares: bool,
}

impl Memory {
    /// What the blocks do; `None` if they call what may do anything.
    pub(crate) fn of(function: &Function, blocks: impl Iterator<Item = Block>) -> Option<Memory> {
        let mut memory = Memory { written: Vec::new(), makes_unique: false, shares: false };
        for data in blocks.flat_map(|block| &function.block(block).insts) {
            match &data.inst {
                Inst::Call(..) | Inst::Try(..) | Inst::CallIndirect { .. } => return None,
                Inst::CallRuntime { function, .. } if !function.row().pure => return None,
                Inst::Put { base, offset, value } => {
                    memory.written.push((slot_type(function.ty(*value)), *base, *offset));
                }
                Inst::Take { ty, base, offset } => memory.written.push((slot_type(*ty), *base, *offset)),
                Inst::UniqueSlot { .. } => memory.makes_unique = true,
                // A copy holds what the original holds.
                Inst::Retain(_) | Inst::Unique(_) => memory.shares = true,
                _ => {}
            }
        }
        Some(memory)
    }

    /// Whether a slot holds the same in all rounds.
    pub(crate) fn keeps(&self, function: &Function, ty: Type, base: Value, offset: u32) -> bool {
        let ty = slot_type(ty);
        if ty == Type::Ref {
            // What was read from an object is its no longer once anything is taken out of that, for all that the certifier knows.
            return !self.makes_unique && !self.writes_objects();
        }
        let writes = |(written, other, at): &(Type, Value, u32)| {
            // Two objects, or two slots of one; of an address it is not known where in an object it is.
            let apart = *at != offset
                && (*other == base || function.ty(*other) == Type::Ref && function.ty(base) == Type::Ref);
            *written == ty && !apart
        };
        !self.written.iter().any(writes)
    }

    /// Whether an object that is unique in a slot stays there and stays unique.
    pub(crate) fn keeps_unique(&self) -> bool {
        !self.shares && !self.writes_objects()
    }

    fn writes_objects(&self) -> bool {
        self.written.iter().any(|(ty, ..)| *ty == Type::Ref)
    }
}

/// Slots keep their type: what is written as one is not read as another, but that an object may be null.
fn slot_type(ty: Type) -> Type {
    if ty == Type::Opt { Type::Ref } else { ty }
}
