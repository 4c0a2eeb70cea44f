//! One function of the program, from IR to Cranelift IR.
//!
//! IR values become Cranelift values one to one, IR blocks become blocks; instructions that can fail end a block and go on in a
//! new one. Blocks are translated in an order in which definitions come before uses.

mod call;
pub(crate) mod emitter;
mod failure;
mod memory;
mod scalar;

use crate::convention::{OUT_SLOT, STATUS, function_signature, machine_type, uses_out_pointer};
use crate::error::CodegenError;
use crate::unit::Unit;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, SourceLoc, TrapCode, UserFuncName, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Switch};
use emitter::{Emitter, Region, arguments};
use failure::{Cold, ColdBlocks};
use fuse_abi::failure::Failure;
use fuse_abi::functions::Mode;
use fuse_abi::layout::{CONTEXT_STACK_LIMIT, STATUS_OK};
use fuse_ir::{Block, BlockCall, Function, Inst, InstData, PositionId, Terminator, Type, Value};

/// A switch with so many cases or more becomes a table.
const TABLE_CASES: usize = 9;

/// Translates `source` into `target`.
pub(crate) fn translate<'a>(
    unit: &'a Unit<'a>,
    source: &'a Function,
    target: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) -> Result<(), CodegenError> {
    target.signature = function_signature(&source.signature);
    target.name = UserFuncName::default();
    let emitter = Emitter::new(unit, FunctionBuilder::new(target, context));
    let mut translator = Translator {
        emitter,
        source,
        values: vec![None; source.values.len()],
        constants: vec![None; source.values.len()],
        floats: vec![None; source.values.len()],
        elements: vec![None; source.values.len()],
        blocks: vec![None; source.blocks.len()],
        cold: ColdBlocks::default(),
        out: None,
        slots: memory::SpillSlots::default(),
        copy_slot: None,
        push_place: None,
    };
    translator.run()?;
    translator.emitter.finish();
    Ok(())
}

/// A function being translated.
struct Translator<'a, 'b> {
    emitter: Emitter<'a, 'b>,
    source: &'a Function,
    /// Cranelift's value for each IR value defined so far.
    values: Vec<Option<ir::Value>>,
    /// What is known of I64 values.
    constants: Vec<Option<i64>>,
    /// What is known of F64 values, as bits.
    floats: Vec<Option<u64>>,
    /// Which element of which list a Ptr is the address of: list, index, bytes between elements.
    elements: Vec<Option<(ir::Value, ir::Value, u32)>>,
    blocks: Vec<Option<ir::Block>>,
    cold: ColdBlocks,
    /// Where results go, if not into registers.
    out: Option<ir::Value>,
    slots: memory::SpillSlots,
    /// Where copies of objects that were not unique come back.
    copy_slot: Option<ir::StackSlot>,
    /// Where lists come back that the runtime made longer.
    push_place: Option<ir::StackSlot>,
}

impl Translator<'_, '_> {
    fn run(&mut self) -> Result<(), CodegenError> {
        let order = reverse_postorder(self.source);
        let source = self.source;
        self.start(&order);
        for &block in &order {
            if let Some(target) = self.blocks[block.0 as usize]
                && self.emitter.b.current_block() != Some(target)
            {
                self.emitter.b.switch_to_block(target);
            }
            self.slots.enter_block(source, block);
            for (index, data) in source.block(block).insts.iter().enumerate() {
                self.instruction(data)?;
                self.slots.leave_instruction(index);
            }
            self.terminator(&source.block(block).term)?;
        }
        self.finish_cold_blocks()
    }

    /// The entry: parameters, out-pointer, the check of the stack; then blocks with their parameters.
    fn start(&mut self, order: &[Block]) {
        let source = self.source;
        let b = &mut self.emitter.b;
        let start = b.create_block();
        b.append_block_params_for_function_params(start);
        b.switch_to_block(start);
        let mut params = b.block_params(start).to_vec();
        if uses_out_pointer(&source.signature) {
            self.out = Some(params.remove(0));
        }
        for &block in order.iter().filter(|&&block| block != source.entry()) {
            let target = self.emitter.b.create_block();
            for &param in &source.block(block).params {
                let value = self.emitter.b.append_block_param(target, machine_type(source.ty(param)));
                self.values[param.0 as usize] = Some(value);
            }
            self.blocks[block.0 as usize] = Some(target);
        }
        let entry_params = &source.block(source.entry()).params;
        for (&param, value) in entry_params.iter().zip(params) {
            self.values[param.0 as usize] = Some(value);
        }
        if source.recursive && source.signature.fails {
            let owned = |(param, value): (&fuse_ir::program::Param, &Value)| {
                (param.mode == Mode::Own && param.ty.is_object()).then_some(*value)
            };
            let owned =
                source.signature.params.iter().zip(entry_params).filter_map(owned).collect::<Vec<_>>();
            self.check_stack(&owned);
        }
    }

    /// Fails if the stack is used up. The position stays open: the caller knows it.
    fn check_stack(&mut self, owned: &[Value]) {
        let flags = self.emitter.flags(Region::Context);
        let context = self.emitter.context();
        let limit = self.emitter.b.ins().load(types::I64, flags, context, CONTEXT_STACK_LIMIT);
        let pointer = self.emitter.b.ins().get_stack_pointer(types::I64);
        let over = self.emitter.b.ins().icmp(IntCC::UnsignedLessThan, pointer, limit);
        self.fail_if(over, Failure::StackOverflow, PositionId(0), owned);
    }

    /// The Cranelift value of an IR value.
    fn value(&self, value: Value) -> Result<ir::Value, CodegenError> {
        let known = self.values.get(value.0 as usize).copied().flatten();
        known.ok_or_else(|| CodegenError::general(format!("value {} is used before it is defined", value.0)))
    }

    fn value_list(&self, values: &[Value]) -> Result<Vec<ir::Value>, CodegenError> {
        values.iter().map(|&value| self.value(value)).collect()
    }

    fn define(&mut self, data: &InstData, value: ir::Value) {
        if let Some(result) = data.results.first() {
            self.values[result.0 as usize] = Some(value);
        }
    }

    /// Says where the following code comes from, for debuggers.
    fn locate(&mut self, position: PositionId) -> u32 {
        let number = self.emitter.unit.position(position);
        if number != 0 {
            self.emitter.b.set_srcloc(SourceLoc::new(number));
        }
        number
    }

    fn instruction(&mut self, data: &InstData) -> Result<(), CodegenError> {
        match &data.inst {
            Inst::Int(_)
            | Inst::Float(_)
            | Inst::Byte(_)
            | Inst::Null(_)
            | Inst::Unary(..)
            | Inst::Binary(..)
            | Inst::IntCompare(..)
            | Inst::FloatCompare(..)
            | Inst::Select(..)
            | Inst::IsNull(_)
            | Inst::Unwrap(_) => {
                let value = self.pure_scalar(data)?;
                self.define(data, value);
                Ok(())
            }
            Inst::Checked(op, left, right, position) => {
                let value = self.checked(*op, *left, *right, *position, &data.cleanup)?;
                self.define(data, value);
                Ok(())
            }
            Inst::Check(condition, failure, position) => {
                let condition = self.value(*condition)?;
                self.fail_if(condition, *failure, *position, &data.cleanup);
                Ok(())
            }
            Inst::Static(id) => {
                let (holder, offset) = self.emitter.unit.statics().place(*id)?;
                let value = self.emitter.data(holder, offset);
                self.define(data, value);
                Ok(())
            }
            Inst::FunctionAddress(id) => {
                let target = self.emitter.address_target(*id)?;
                let value = self.emitter.b.ins().func_addr(types::I64, target);
                self.define(data, value);
                Ok(())
            }
            Inst::Node { .. }
            | Inst::Load { .. }
            | Inst::Take { .. }
            | Inst::Put { .. }
            | Inst::Unique(_)
            | Inst::UniqueSlot { .. }
            | Inst::Len(_)
            | Inst::ElementAddress { .. }
            | Inst::Spill { .. } => self.memory(data),
            Inst::Call(callee, args, position) => self.call(data, *callee, args, *position),
            Inst::Try(callee, args, position) => self.call_try(data, *callee, args, *position),
            Inst::CallRuntime { function, types, args, position } => {
                self.call_runtime(data, *function, types, args, *position)
            }
            Inst::CallIndirect { signature, callee, args, position } => {
                self.call_indirect(data, signature, *callee, args, *position)
            }
            Inst::Retain(value) => {
                let object = self.value(*value)?;
                self.emitter.retain(object, self.source.ty(*value) == Type::Opt)
            }
            Inst::Release(value) => {
                let object = self.value(*value)?;
                self.emitter.release(object, self.source.ty(*value) == Type::Opt)
            }
        }
    }

    fn target(&self, call: &BlockCall) -> Result<(ir::Block, Vec<ir::Value>), CodegenError> {
        let target = self.blocks.get(call.block.0 as usize).copied().flatten();
        let target =
            target.ok_or_else(|| CodegenError::general(format!("there is no block {}", call.block.0)))?;
        Ok((target, self.value_list(&call.args)?))
    }

    fn terminator(&mut self, terminator: &Terminator) -> Result<(), CodegenError> {
        match terminator {
            Terminator::Jump(call) => {
                let (target, args) = self.target(call)?;
                self.emitter.jump(target, &args);
            }
            Terminator::Branch(condition, yes, no) => {
                let condition = self.value(*condition)?;
                let (yes, yes_args) = self.target(yes)?;
                let (no, no_args) = self.target(no)?;
                let (yes_args, no_args) = (arguments(&yes_args), arguments(&no_args));
                self.emitter.b.ins().brif(condition, yes, &yes_args, no, &no_args);
            }
            Terminator::Switch(value, cases, default) => self.switch(*value, cases, default)?,
            Terminator::Return(values) => self.return_values(values)?,
            Terminator::Fail(failure, position) => {
                let number = self.locate(*position);
                let block = self.failing(Cold::Fail(*failure, Vec::new()));
                let number = self.emitter.b.ins().iconst(types::I32, i64::from(number));
                self.emitter.jump(block, &[number]);
            }
            Terminator::Unreachable => {
                self.emitter.b.ins().trap(TrapCode::unwrap_user(1));
            }
        }
        Ok(())
    }

    /// A switch: comparisons if there are few cases (as predictable as a table, without its loads), else a table. Cases with arguments go through blocks
    /// of their own, because a table passes none.
    fn switch(
        &mut self,
        value: Value,
        cases: &[(i64, BlockCall)],
        default: &BlockCall,
    ) -> Result<(), CodegenError> {
        let byte = self.source.ty(value) == Type::I8;
        let value = self.value(value)?;
        let mut edges = Vec::new();
        let mut targets = Vec::with_capacity(cases.len());
        for (case, call) in cases {
            let case = if byte { u64::from(*case as u8) } else { *case as u64 };
            targets.push((case, self.edge(call, &mut edges)?));
        }
        let otherwise = self.edge(default, &mut edges)?;
        if targets.len() < TABLE_CASES {
            targets.sort_by_key(|(case, _)| *case);
            let high = if byte { 255 } else { u64::MAX };
            self.compare_cases(value, 0, high, &targets, otherwise);
        } else {
            let mut switch = Switch::new();
            targets.iter().for_each(|&(case, block)| switch.set_entry(u128::from(case), block));
            switch.emit(&mut self.emitter.b, value, otherwise);
        }
        for (block, call) in edges {
            self.emitter.b.switch_to_block(block);
            let (target, args) = self.target(call)?;
            self.emitter.jump(target, &args);
        }
        Ok(())
    }

    /// Looks for the value, which is at least `low` as a number without a sign, among sorted cases by halving. Recursion as deep as the logarithm of
    /// [`TABLE_CASES`].
    fn compare_cases(
        &mut self,
        value: ir::Value,
        low: u64,
        high: u64,
        cases: &[(u64, ir::Block)],
        otherwise: ir::Block,
    ) {
        let b = &mut self.emitter.b;
        match cases {
            [] => self.emitter.jump(otherwise, &[]),
            // Nothing else is left.
            [(case, block)] if low == high && low == *case => self.emitter.jump(*block, &[]),
            [(case, block), rest @ ..] if rest.len() < 3 => {
                let other = b.ins().icmp_imm_u(IntCC::NotEqual, value, *case as i64);
                if rest.is_empty() {
                    b.ins().brif(other, otherwise, &[], *block, &[]);
                    return;
                }
                // The case follows its test: a way through several tests takes few jumps.
                let next = b.create_block();
                b.ins().brif(other, next, &[], *block, &[]);
                b.switch_to_block(next);
                let low = if low == *case { low + 1 } else { low };
                self.compare_cases(value, low, high, rest, otherwise);
            }
            _ => {
                let (lower, upper) = cases.split_at(cases.len().div_ceil(2));
                let bound = upper[0].0;
                let (below, above) = (b.create_block(), b.create_block());
                let is_above = b.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, value, bound as i64);
                b.ins().brif(is_above, above, &[], below, &[]);
                b.switch_to_block(below);
                self.compare_cases(value, low, bound - 1, lower, otherwise);
                self.emitter.b.switch_to_block(above);
                self.compare_cases(value, bound, high, upper, otherwise);
            }
        }
    }

    fn edge<'c>(
        &mut self,
        call: &'c BlockCall,
        edges: &mut Vec<(ir::Block, &'c BlockCall)>,
    ) -> Result<ir::Block, CodegenError> {
        if call.args.is_empty() {
            return Ok(self.target(call)?.0);
        }
        let block = self.emitter.b.create_block();
        edges.push((block, call));
        Ok(block)
    }

    fn return_values(&mut self, values: &[Value]) -> Result<(), CodegenError> {
        let mut results = self.value_list(values)?;
        if let Some(out) = self.out {
            let flags = self.emitter.flags(Region::Results);
            for (index, &value) in results.iter().enumerate() {
                self.emitter.b.ins().store(flags, value, out, index as i32 * OUT_SLOT);
            }
            results.clear();
        }
        if self.source.signature.fails {
            results.push(self.emitter.b.ins().iconst(STATUS, i64::from(STATUS_OK)));
        }
        self.emitter.b.ins().return_(&results);
        Ok(())
    }
}

/// The blocks that a terminator goes to.
fn targets(terminator: &Terminator) -> impl Iterator<Item = Block> + '_ {
    terminator.edges().map(|call| call.block)
}

/// Reachable blocks, each after those that dominate it.
fn reverse_postorder(function: &Function) -> Vec<Block> {
    let mut seen = vec![false; function.blocks.len()];
    let mut order = Vec::with_capacity(function.blocks.len());
    // A block on the stack with the successors it has still to visit; no recursion, functions may have any number of blocks.
    let mut stack =
        vec![(function.entry(), targets(&function.block(function.entry()).term).collect::<Vec<_>>())];
    seen[0] = true;
    while let Some((block, successors)) = stack.last_mut() {
        match successors.pop() {
            Some(next)
                if next.0 as usize >= seen.len() || std::mem::replace(&mut seen[next.0 as usize], true) => {}
            Some(next) => {
                let successors = targets(&function.block(next).term).collect();
                stack.push((next, successors));
            }
            None => {
                order.push(*block);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}
