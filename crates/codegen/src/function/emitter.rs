//! What functions, thunks and outlined functions have in common while they are built: imports, memory flags, counting.

use crate::convention::function_signature;
use crate::error::CodegenError;
use crate::glue::Outlined;
use crate::unit::{ModuleFn, Unit, external_data, external_name};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AliasRegionData, Block, BlockArg, ExtFuncData, FuncRef, GlobalValue, GlobalValueData, InstBuilder,
    MemFlagsData, Signature, Value, types,
};
use cranelift_frontend::FunctionBuilder;
use cranelift_module::DataId;
use fuse_abi::functions::Rt;
use fuse_abi::layout::COUNT_OFFSET;
use fuse_ir::{FuncId, Type};
use std::collections::HashMap;

/// Disjoint kinds of memory: an access to one is never an access to another. Slots keep their type as long as an object lives, and memory changes hands
/// only in calls, so slots of different types are different memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    /// Counts of objects.
    Count,
    /// Lengths of lists and strings.
    Length,
    /// The context.
    Context,
    /// Results behind out-pointers.
    Results,
    /// Slots of a type.
    Slot(Type),
}

impl Region {
    fn describe(self) -> (u32, &'static str) {
        match self {
            Region::Count => (1, "counts"),
            Region::Length => (2, "lengths"),
            Region::Context => (3, "context"),
            Region::Results => (4, "results"),
            Region::Slot(Type::I64) => (5, "I64 slots"),
            Region::Slot(Type::F64) => (6, "F64 slots"),
            Region::Slot(Type::I8) => (7, "I8 slots"),
            Region::Slot(Type::Ref | Type::Opt) => (8, "object slots"),
            Region::Slot(Type::Ptr) => (9, "Ptr slots"),
        }
    }
}

/// A function body under construction.
pub(crate) struct Emitter<'a, 'b> {
    pub unit: &'a Unit<'a>,
    pub b: FunctionBuilder<'b>,
    functions: HashMap<ModuleFn, FuncRef>,
    data: HashMap<(DataId, u32), GlobalValue>,
}

impl<'a, 'b> Emitter<'a, 'b> {
    pub fn new(unit: &'a Unit<'a>, b: FunctionBuilder<'b>) -> Emitter<'a, 'b> {
        Emitter { unit, b, functions: HashMap::new(), data: HashMap::new() }
    }

    /// Flags of an access that cannot trap and is aligned.
    pub fn flags(&mut self, region: Region) -> MemFlagsData {
        let (user_id, description) = region.describe();
        let region = AliasRegionData { user_id, description: description.into() };
        let region = self.b.func.dfg.alias_regions.insert(region);
        MemFlagsData::trusted().with_alias_region(Some(region))
    }

    /// The context.
    pub fn context(&mut self) -> Value {
        self.b.ins().get_pinned_reg(types::I64)
    }

    /// Refers to a declared function.
    fn import(&mut self, id: ModuleFn, near: bool, signature: impl FnOnce() -> Signature) -> FuncRef {
        if let Some(&known) = self.functions.get(&id) {
            return known;
        }
        let func = &mut self.b.func;
        let signature = func.import_signature(signature());
        let name = external_name(func, id);
        let imported =
            func.import_function(ExtFuncData { name, signature, colocated: near, patchable: false });
        self.functions.insert(id, imported);
        imported
    }

    /// A function of the program.
    pub fn function(&mut self, id: FuncId) -> Result<FuncRef, CodegenError> {
        let (function, declared) = self.unit.function(id)?;
        Ok(self.import(declared, true, || function_signature(&function.signature)))
    }

    /// What the address of a function points to.
    pub fn address_target(&mut self, id: FuncId) -> Result<FuncRef, CodegenError> {
        let target = self.unit.address_target(id)?;
        let function = self.unit.program.function(id);
        Ok(self.import(target, true, || {
            function_signature(&crate::convention::indirect_signature(&function.signature))
        }))
    }

    /// A runtime function.
    pub fn runtime(&mut self, rt: Rt) -> Result<FuncRef, CodegenError> {
        let (declared, system) = (self.unit.runtime(rt)?, self.unit.system);
        Ok(self.import(declared, self.unit.near_runtime, || {
            crate::convention::runtime_signature(rt.row(), system)
        }))
    }

    /// An outlined function.
    pub fn outlined(&mut self, outlined: Outlined) -> Result<FuncRef, CodegenError> {
        let declared = self.unit.outlined(outlined)?;
        Ok(self.import(declared, true, || outlined.signature()))
    }

    /// An address in the program's data.
    pub fn data(&mut self, id: DataId, offset: u32) -> Value {
        let global = match self.data.get(&(id, offset)) {
            Some(&global) => global,
            None => {
                let name = external_data(self.b.func, id);
                let offset_imm = i64::from(offset).into();
                let symbol =
                    GlobalValueData::Symbol { name, offset: offset_imm, colocated: true, tls: false };
                let global = self.b.func.create_global_value(symbol);
                self.data.insert((id, offset), global);
                global
            }
        };
        self.b.ins().symbol_value(types::I64, global)
    }

    /// A new block that is unlikely to run.
    pub fn cold_block(&mut self) -> Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }

    /// Goes on in a new block unless `condition` holds, in which case control goes to `target`.
    pub fn leave_if(&mut self, condition: Value, target: Block, args: &[Value]) {
        let next = self.b.create_block();
        let args = arguments(args);
        self.b.ins().brif(condition, target, &args, next, &[]);
        self.b.switch_to_block(next);
    }

    /// Jumps.
    pub fn jump(&mut self, target: Block, args: &[Value]) {
        let args = arguments(args);
        self.b.ins().jump(target, &args);
    }

    /// One more reference to an object.
    pub fn retain(&mut self, object: Value, nullable: bool) -> Result<(), CodegenError> {
        if !self.unit.counts_in_line() {
            return self.call_outlined(Outlined::Retain, object);
        }
        let done = self.b.create_block();
        self.skip_null(object, nullable, done);
        self.retain_plain(object, done)?;
        self.b.switch_to_block(done);
        Ok(())
    }

    /// One reference less.
    pub fn release(&mut self, object: Value, nullable: bool) -> Result<(), CodegenError> {
        if !self.unit.counts_in_line() {
            return self.call_outlined(Outlined::Release, object);
        }
        let done = self.b.create_block();
        self.skip_null(object, nullable, done);
        self.release_plain(object, true, done)?;
        self.b.switch_to_block(done);
        Ok(())
    }

    /// Calls a function that retains or releases; all of them accept null and change no register.
    pub fn call_outlined(&mut self, outlined: Outlined, object: Value) -> Result<(), CodegenError> {
        let function = self.outlined(outlined)?;
        self.b.ins().call(function, &[object]);
        Ok(())
    }

    fn skip_null(&mut self, object: Value, nullable: bool, done: Block) {
        if nullable {
            let some = self.b.create_block();
            self.b.ins().brif(object, some, &[], done, &[]);
            self.b.switch_to_block(some);
        }
    }

    /// The plain path of retaining; ends with jumps to `done`.
    ///
    /// The count after adding is above 1 exactly if the count was positive and not at its limit: zero gives 1, negative ones at most 0, and
    /// the limit wraps around.
    pub fn retain_plain(&mut self, object: Value, done: Block) -> Result<(), CodegenError> {
        let flags = self.flags(Region::Count);
        let count = self.b.ins().load(types::I32, flags, object, COUNT_OFFSET);
        let more = self.b.ins().iadd_imm_s(count, 1);
        let plain = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, more, 1);
        let (fast, other) = (self.b.create_block(), self.cold_block());
        self.b.ins().brif(plain, fast, &[], other, &[]);
        self.b.switch_to_block(fast);
        self.b.ins().store(flags, more, object, COUNT_OFFSET);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(other);
        self.unless_static(count, object, Outlined::RetainSlow, done)
    }

    /// The plain path of releasing; ends with jumps to `done`.
    /// With `drops`, the last reference is handled here too.
    pub fn release_plain(&mut self, object: Value, drops: bool, done: Block) -> Result<(), CodegenError> {
        let flags = self.flags(Region::Count);
        let count = self.b.ins().load(types::I32, flags, object, COUNT_OFFSET);
        let plain = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, count, 1);
        let (fast, other) = (self.b.create_block(), self.cold_block());
        self.b.ins().brif(plain, fast, &[], other, &[]);
        self.b.switch_to_block(fast);
        let less = self.b.ins().iadd_imm_s(count, -1);
        self.b.ins().store(flags, less, object, COUNT_OFFSET);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(other);
        if drops {
            self.drop_last(count, object, done)?;
        }
        self.unless_static(count, object, Outlined::ReleaseSlow, done)
    }

    /// The last reference goes: the object is dropped. A direct call, because this is common and a function that preserves all registers
    /// takes as long as the drop itself to save and restore them (measured: 31 against 68 ns for a node made and dropped).
    fn drop_last(&mut self, count: Value, object: Value, done: Block) -> Result<(), CodegenError> {
        let (last, more) = (self.cold_block(), self.cold_block());
        let is_last = self.b.ins().icmp_imm_s(IntCC::Equal, count, 1);
        self.b.ins().brif(is_last, last, &[], more, &[]);
        self.b.switch_to_block(last);
        let drop = self.runtime(Rt::drop_object)?;
        self.b.ins().call(drop, &[object]);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(more);
        Ok(())
    }

    /// Static objects (count zero) are left alone; others take the slow path.
    fn unless_static(
        &mut self,
        count: Value,
        object: Value,
        slow: Outlined,
        done: Block,
    ) -> Result<(), CodegenError> {
        let counted = self.cold_block();
        self.b.ins().brif(count, counted, &[], done, &[]);
        self.b.switch_to_block(counted);
        self.call_outlined(slow, object)?;
        self.b.ins().jump(done, &[]);
        Ok(())
    }

    /// Ends the construction.
    pub fn finish(mut self) {
        self.b.seal_all_blocks();
        self.b.finalize(self.unit.target);
    }
}

/// Values as arguments of a jump.
pub(crate) fn arguments(values: &[Value]) -> Vec<BlockArg> {
    values.iter().map(|&value| BlockArg::Value(value)).collect()
}
