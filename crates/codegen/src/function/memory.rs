//! Memory: nodes, slots, elements, spilled values.

use super::Translator;
use super::emitter::Region;
use crate::convention::{OUT_SLOT, machine_type};
use crate::error::CodegenError;
use crate::glue::Outlined;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, StackSlot, StackSlotData, StackSlotKind, types};
use fuse_abi::functions::Rt;
use fuse_abi::layout::{CAP_OFFSET, COUNT_OFFSET, DATA_OFFSET, LEN_OFFSET};
use fuse_ir::{Block, Function, Inst, InstData, Type, Value};
use std::collections::HashMap;

/// Where an object that is made unique lives.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    /// The address to start from.
    address: ir::Value,
    /// Bytes from there.
    offset: u32,
    /// The element of a list whose address that is: list, index, bytes between elements.
    element: Option<(ir::Value, ir::Value, u32)>,
}

impl Translator<'_, '_> {
    /// An instruction on memory.
    pub(super) fn memory(&mut self, data: &InstData) -> Result<(), CodegenError> {
        match &data.inst {
            Inst::Node { ty, size, fields } => {
                let node = self.node(*ty, *size, fields)?;
                self.define(data, node);
            }
            Inst::Load { ty, base, offset } | Inst::Take { ty, base, offset } => {
                let base = self.value(*base)?;
                let flags = self.emitter.flags(Region::Slot(*ty));
                let value = self.emitter.b.ins().load(machine_type(*ty), flags, base, *offset as i32);
                self.define(data, value);
            }
            Inst::Put { base, offset, value } => {
                let base = self.value(*base)?;
                self.put(base, *offset, *value)?;
            }
            Inst::Unique(node) => {
                let node = self.value(*node)?;
                let unique = self.unique(node, Outlined::CopyNode, None)?;
                self.define(data, unique);
            }
            Inst::UniqueSlot { base, offset, copy } => {
                let address = self.value(*base)?;
                let flags = self.emitter.flags(Region::Slot(Type::Ref));
                let object = self.emitter.b.ins().load(types::I64, flags, address, *offset as i32);
                let copy = Outlined::copy(*copy).ok_or_else(|| CodegenError::general("not a copy"))?;
                let element = self.elements[base.0 as usize];
                let unique = self.unique(object, copy, Some(Slot { address, offset: *offset, element }))?;
                self.define(data, unique);
            }
            Inst::Len(object) => {
                let object = self.value(*object)?;
                let flags = self.emitter.flags(Region::Length);
                let length = self.emitter.b.ins().load(types::I64, flags, object, LEN_OFFSET);
                self.define(data, length);
            }
            Inst::ElementAddress { list, index, stride } => {
                let (list, index) = (self.value(*list)?, self.value(*index)?);
                let distance = self.times(index, *stride);
                let element = self.emitter.b.ins().iadd(list, distance);
                let address = self.emitter.b.ins().iadd_imm_s(element, i64::from(DATA_OFFSET));
                self.define(data, address);
                if let Some(result) = data.results.first() {
                    self.elements[result.0 as usize] = Some((list, index, *stride));
                }
            }
            Inst::Spill { size, slots } => {
                let address = self.spill(data, *size, slots)?;
                self.define(data, address);
            }
            _ => return Err(CodegenError::general("not an instruction on memory")),
        }
        Ok(())
    }

    /// A product that machines form without multiplying where they can: three, five or nine times a power of two are shifts and sums.
    fn times(&mut self, index: ir::Value, stride: u32) -> ir::Value {
        let zeros = stride.trailing_zeros();
        let (odd, shift) = (stride >> zeros, i64::from(zeros));
        let ins = self.emitter.b.ins();
        let multiple = match odd {
            1 => index,
            3 | 5 | 9 => {
                let more = ins.ishl_imm_u(index, i64::from((odd - 1).trailing_zeros()));
                self.emitter.b.ins().iadd(more, index)
            }
            _ => return ins.imul_imm_u(index, i64::from(stride)),
        };
        if shift == 0 { multiple } else { self.emitter.b.ins().ishl_imm_u(multiple, shift) }
    }

    fn node(&mut self, ty: u32, size: u32, fields: &[(u32, Value)]) -> Result<ir::Value, CodegenError> {
        let function = self.emitter.runtime(Rt::node_new)?;
        let ty = self.emitter.b.ins().iconst(types::I32, i64::from(ty));
        let size = self.emitter.b.ins().iconst(types::I64, i64::from(size));
        let call = self.emitter.b.ins().call(function, &[ty, size]);
        let node = self.emitter.b.inst_results(call)[0];
        for &(offset, value) in fields {
            self.put(node, offset, value)?;
        }
        Ok(node)
    }

    fn put(&mut self, base: ir::Value, offset: u32, value: Value) -> Result<(), CodegenError> {
        let flags = self.emitter.flags(Region::Slot(self.source.ty(value)));
        let value = self.value(value)?;
        self.emitter.b.ins().store(flags, value, base, offset as i32);
        Ok(())
    }

    /// An object whose count is 1 is unique; every other one is copied, and the copy stored in the slot if there is one (else on the stack, to be read at once).
    pub(super) fn unique(
        &mut self,
        node: ir::Value,
        copy: Outlined,
        slot: Option<Slot>,
    ) -> Result<ir::Value, CodegenError> {
        let function = self.emitter.outlined(copy)?;
        let flags = self.emitter.flags(Region::Count);
        let (shared, done) = (self.emitter.cold_block(), self.emitter.b.create_block());
        let b = &mut self.emitter.b;
        let result = b.append_block_param(done, types::I64);
        let count = b.ins().load(types::I32, flags, node, COUNT_OFFSET);
        let is_unique = b.ins().icmp_imm_s(IntCC::Equal, count, 1);
        let node_arg = [ir::BlockArg::Value(node)];
        b.ins().brif(is_unique, done, &node_arg, shared, &[]);
        b.switch_to_block(shared);
        let (address, offset) = match slot {
            Some(slot) => (slot.address, slot.offset as i32),
            None => {
                let slot = *self.copy_slot.get_or_insert_with(|| {
                    let shape = StackSlotData::new(StackSlotKind::ExplicitSlot, 8, 3);
                    b.create_sized_stack_slot(shape)
                });
                (b.ins().stack_addr(types::I64, slot, 0), 0)
            }
        };
        let place = match slot.and_then(|slot| slot.element) {
            // The address itself is only formed in there: here it is part of instructions.
            Some((list, index, stride)) => {
                let offset = offset + DATA_OFFSET;
                [
                    list,
                    index,
                    b.ins().iconst(types::I64, i64::from(stride)),
                    b.ins().iconst(types::I64, i64::from(offset)),
                ]
            }
            None => {
                let zero = b.ins().iconst(types::I64, 0);
                [address, zero, zero, b.ins().iconst(types::I64, i64::from(offset))]
            }
        };
        let [base, index, stride, distance] = place;
        b.ins().call(function, &[node, base, index, stride, distance]);
        let flags = self.emitter.flags(Region::Slot(Type::Ref));
        let copy = self.emitter.b.ins().load(types::I64, flags, address, offset);
        self.emitter.jump(done, &[copy]);
        self.emitter.b.switch_to_block(done);
        Ok(result)
    }

    /// A unique list with room for one more element gets it here; for all others the runtime is asked.
    pub(super) fn push_slot(
        &mut self,
        data: &InstData,
        list: Value,
        stride: Value,
        known_stride: i64,
    ) -> Result<(), CodegenError> {
        let (list, stride) = (self.value(list)?, self.value(stride)?);
        let function = self.emitter.outlined(Outlined::PushSlot)?;
        let (count_flags, length_flags) =
            (self.emitter.flags(Region::Count), self.emitter.flags(Region::Length));
        let (other, unique) = (self.emitter.cold_block(), self.emitter.b.create_block());
        let (roomy, done) = (self.emitter.b.create_block(), self.emitter.b.create_block());
        let b = &mut self.emitter.b;
        let results = [b.append_block_param(done, types::I64), b.append_block_param(done, types::I64)];
        let count = b.ins().load(types::I32, count_flags, list, COUNT_OFFSET);
        let is_unique = b.ins().icmp_imm_s(IntCC::Equal, count, 1);
        b.ins().brif(is_unique, unique, &[], other, &[]);
        b.switch_to_block(unique);
        let length = b.ins().load(types::I64, length_flags, list, LEN_OFFSET);
        let room = b.ins().load(types::I64, length_flags, list, CAP_OFFSET);
        let has_room = b.ins().icmp(IntCC::SignedLessThan, length, room);
        b.ins().brif(has_room, roomy, &[], other, &[]);

        b.switch_to_block(roomy);
        let longer = b.ins().iadd_imm_s(length, 1);
        b.ins().store(length_flags, longer, list, LEN_OFFSET);
        let distance = self.times(length, known_stride as u32);
        let element = self.emitter.b.ins().iadd(list, distance);
        let element = self.emitter.b.ins().iadd_imm_s(element, i64::from(DATA_OFFSET));
        self.emitter.jump(done, &[list, element]);

        self.emitter.b.switch_to_block(other);
        let b = &mut self.emitter.b;
        let place = *self.push_place.get_or_insert_with(|| {
            b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 16, 3))
        });
        let place = b.ins().stack_addr(types::I64, place, 0);
        b.ins().call(function, &[list, stride, place]);
        let flags = self.emitter.flags(Region::Results);
        let mut told = [list; 2];
        for (index, told) in told.iter_mut().enumerate() {
            *told = self.emitter.b.ins().load(types::I64, flags, place, index as i32 * OUT_SLOT);
        }
        self.emitter.jump(done, &told);
        self.emitter.b.switch_to_block(done);
        for (&result, value) in data.results.iter().zip(results) {
            self.values[result.0 as usize] = Some(value);
        }
        Ok(())
    }

    fn spill(
        &mut self,
        data: &InstData,
        size: u32,
        slots: &[(u32, Value)],
    ) -> Result<ir::Value, CodegenError> {
        let slot = match self.slots.reuse(data, size) {
            Some(slot) => slot,
            None => {
                // Eight bytes aligned, and never empty: the address must be a valid one.
                let shape = StackSlotData::new(StackSlotKind::ExplicitSlot, size.max(8), 3);
                let slot = self.emitter.b.create_sized_stack_slot(shape);
                self.slots.took(data, size, slot);
                slot
            }
        };
        let address = self.emitter.b.ins().stack_addr(types::I64, slot, 0);
        for &(offset, value) in slots {
            self.put(address, offset, value)?;
        }
        Ok(address)
    }
}

/// Stack slots of spilled values. A slot whose address is used in its own block only, and there only as an argument or a base,
/// is free again after its last use: without that, functions with many spills (every interpolation is one) have huge frames.
#[derive(Debug, Default)]
pub(super) struct SpillSlots {
    /// For each value: how many uses it has in the whole function; counted once.
    uses: Option<Vec<u32>>,
    /// Last instruction of the current block that uses an address, for addresses used only in this block and never passed on.
    last_use: HashMap<Value, usize>,
    /// Slots in use, by the instruction after which they are free.
    busy: HashMap<usize, Vec<(u32, StackSlot)>>,
    free: HashMap<u32, Vec<StackSlot>>,
}

impl SpillSlots {
    /// Finds the addresses spilled and finished with in this block.
    pub(super) fn enter_block(&mut self, function: &Function, block: Block) {
        self.last_use.clear();
        let data = function.block(block);
        let spilled = data.insts.iter().filter(|data| matches!(data.inst, Inst::Spill { .. }));
        let spilled = spilled.filter_map(|data| data.results.first().copied()).collect::<Vec<_>>();
        if spilled.is_empty() {
            return;
        }
        let total = self.uses.get_or_insert_with(|| count_uses(function));
        let mut here = spilled.iter().map(|&value| (value, (0, 0))).collect::<HashMap<Value, (u32, usize)>>();
        for (index, data) in data.insts.iter().enumerate() {
            let mut used = |value: Value| {
                if let Some((count, last)) = here.get_mut(&value) {
                    *count += 1;
                    *last = index;
                }
            };
            match &data.inst {
                // A call that returns an address may return this one.
                Inst::CallRuntime { args, .. }
                | Inst::Call(_, args, _)
                | Inst::Try(_, args, _)
                | Inst::CallIndirect { args, .. }
                    if !data.results.iter().any(|&result| function.ty(result) == Type::Ptr) =>
                {
                    args.iter().for_each(|&arg| used(arg));
                }
                Inst::Load { base, .. } => used(*base),
                Inst::Take { base, .. } | Inst::Put { base, .. } => used(*base),
                _ => {}
            }
        }
        for (value, (count, last)) in here {
            if count > 0 && total.get(value.0 as usize) == Some(&count) {
                self.last_use.insert(value, last);
            }
        }
    }

    /// A free slot of this size.
    fn reuse(&mut self, data: &InstData, size: u32) -> Option<StackSlot> {
        let slot = self.free.get_mut(&size)?.pop()?;
        self.took(data, size, slot);
        Some(slot)
    }

    /// Remembers when the slot that the spill uses is free again, if that is known.
    fn took(&mut self, data: &InstData, size: u32, slot: StackSlot) {
        let last = data.results.first().and_then(|result| self.last_use.get(result));
        if let Some(&last) = last {
            self.busy.entry(last).or_default().push((size, slot));
        }
    }

    /// Frees what the instruction was the last to use.
    pub(super) fn leave_instruction(&mut self, index: usize) {
        for (size, slot) in self.busy.remove(&index).unwrap_or_default() {
            self.free.entry(size).or_default().push(slot);
        }
    }
}

/// How often each value is an operand.
fn count_uses(function: &Function) -> Vec<u32> {
    let mut uses = vec![0; function.values.len()];
    let mut used = |value: Value| {
        if let Some(count) = uses.get_mut(value.0 as usize) {
            *count += 1;
        }
    };
    for block in &function.blocks {
        for data in &block.insts {
            data.inst.operands(&mut used);
        }
        block.term.operands(&mut used);
        block.term.edges().for_each(|edge| edge.args.iter().for_each(|&arg| used(arg)));
    }
    uses
}
