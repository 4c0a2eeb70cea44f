//! Calls: of functions, runtime functions and function values.

use super::Translator;
use super::emitter::Region;
use crate::convention::{
    OUT_SLOT, function_signature, indirect_signature, machine_type, runtime_type, runtime_uses_out_pointer,
    uses_out_pointer,
};
use crate::error::CodegenError;
use crate::glue::Outlined;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, StackSlotData, StackSlotKind, types};
use fuse_abi::functions::{Kind, Rt};
use fuse_abi::layout::STATUS_RAISED;
use fuse_ir::{FuncId, InstData, PositionId, Signature, Value};

impl Translator<'_, '_> {
    /// Calls a function of the program.
    pub(super) fn call(
        &mut self,
        data: &InstData,
        callee: FuncId,
        args: &[Value],
        position: PositionId,
    ) -> Result<(), CodegenError> {
        let called = self.emitter.unit.program.function(callee);
        let (call, out) = self.call_of(callee, &called.signature, args, position)?;
        // The callee has described its failure with the position, unless it found the stack used up.
        let position = called.recursive.then_some(position);
        self.results(data, call, &called.signature, out, position)
    }

    /// Calls a function of the program and catches the error value that it raises.
    pub(super) fn call_try(
        &mut self,
        data: &InstData,
        callee: FuncId,
        args: &[Value],
        position: PositionId,
    ) -> Result<(), CodegenError> {
        let called = self.emitter.unit.program.function(callee);
        let (call, out) = self.call_of(callee, &called.signature, args, position)?;
        let returned = self.emitter.b.inst_results(call).to_vec();
        let kinds = called.signature.results.iter().map(|&ty| machine_type(ty)).collect::<Vec<_>>();
        let next = self.emitter.b.create_block();
        for &kind in kinds.iter().chain([&types::I64]) {
            self.emitter.b.append_block_param(next, kind);
        }
        if called.signature.fails {
            let missing = || CodegenError::general("a failing call has no status");
            let status = *returned.last().ok_or_else(missing)?;
            let position = called.recursive.then_some(position);
            self.catch(status, position, &kinds, next, &data.cleanup)?;
        }
        let mut values = self.returned(&returned, out, &kinds);
        values.push(self.emitter.b.ins().iconst(types::I64, 0));
        self.emitter.jump(next, &values);
        self.emitter.b.switch_to_block(next);
        let params = self.emitter.b.block_params(next).to_vec();
        for (&result, param) in data.results.iter().zip(params) {
            self.values[result.0 as usize] = Some(param);
        }
        Ok(())
    }

    /// The call instruction, and the area for what does not fit into registers.
    fn call_of(
        &mut self,
        callee: FuncId,
        signature: &Signature,
        args: &[Value],
        position: PositionId,
    ) -> Result<(ir::Inst, Option<ir::Value>), CodegenError> {
        self.locate(position);
        let function = self.emitter.function(callee)?;
        let out = uses_out_pointer(signature).then(|| self.out_area(signature.results.len()));
        let args = self.with_out(out, args)?;
        Ok((self.emitter.b.ins().call(function, &args), out))
    }

    /// Goes on in `next` with zeroes and the error if the status says that one was raised; leaves for all other failures.
    fn catch(
        &mut self,
        status: ir::Value,
        position: Option<PositionId>,
        kinds: &[ir::Type],
        next: ir::Block,
        cleanup: &[Value],
    ) -> Result<(), CodegenError> {
        let take = self.emitter.runtime(Rt::take_raised)?;
        let (failed, fine) = (self.emitter.cold_block(), self.emitter.b.create_block());
        let b = &mut self.emitter.b;
        b.ins().brif(status, failed, &[], fine, &[]);
        b.switch_to_block(failed);
        let other = b.ins().icmp_imm_u(IntCC::NotEqual, status, i64::from(STATUS_RAISED));
        self.propagate_if(other, status, position, cleanup);
        let context = self.emitter.context();
        let call = self.emitter.b.ins().call(take, &[context]);
        let error = self.emitter.b.inst_results(call)[0];
        let mut values = kinds.iter().map(|&kind| self.zero(kind)).collect::<Vec<_>>();
        values.push(error);
        self.emitter.jump(next, &values);
        self.emitter.b.switch_to_block(fine);
        Ok(())
    }

    fn zero(&mut self, kind: ir::Type) -> ir::Value {
        if kind == types::F64 {
            self.emitter.b.ins().f64const(0.0)
        } else {
            self.emitter.b.ins().iconst(kind, 0)
        }
    }

    /// Calls a function value.
    pub(super) fn call_indirect(
        &mut self,
        data: &InstData,
        signature: &Signature,
        callee: Value,
        args: &[Value],
        position: PositionId,
    ) -> Result<(), CodegenError> {
        self.locate(position);
        let signature = indirect_signature(signature);
        let callee = self.value(callee)?;
        let machine = self.emitter.b.import_signature(function_signature(&signature));
        let out = uses_out_pointer(&signature).then(|| self.out_area(signature.results.len()));
        let args = self.with_out(out, args)?;
        let call = self.emitter.b.ins().call_indirect(machine, callee, &args);
        self.results(data, call, &signature, out, Some(position))
    }

    /// Calls a runtime function.
    pub(super) fn call_runtime(
        &mut self,
        data: &InstData,
        function: Rt,
        type_args: &[u32],
        args: &[Value],
        position: PositionId,
    ) -> Result<(), CodegenError> {
        self.locate(position);
        if let (Some(copy), [object]) = (Outlined::copy(function), args) {
            let object = self.value(*object)?;
            let unique = self.unique(object, copy, None)?;
            self.define(data, unique);
            return Ok(());
        }
        if let (Rt::list_push_slot, [list, stride], true) =
            (function, args, self.emitter.unit.counts_in_line())
            && let Some(known) = self.constants[stride.0 as usize]
        {
            return self.push_slot(data, *list, *stride, known);
        }
        let row = function.row();
        let callee = self.emitter.runtime(function)?;
        let out = runtime_uses_out_pointer(row).then(|| self.out_area(row.results.len()));
        let mut machine_args = self.with_out(out, &[])?;
        let (mut type_args, mut args) = (type_args.iter(), args.iter());
        let missing = || CodegenError::general(format!("a call of `{}` lacks an argument", row.name));
        for &(_, kind) in row.params {
            machine_args.push(match kind {
                Kind::Ctx => self.emitter.context(),
                Kind::Type => {
                    let index = type_args.next().ok_or_else(missing)?;
                    self.emitter.b.ins().iconst(types::I32, i64::from(*index))
                }
                _ => self.value(*args.next().ok_or_else(missing)?)?,
            });
        }
        let call = self.emitter.b.ins().call(callee, &machine_args);
        let returned = self.emitter.b.inst_results(call).to_vec();
        if row.fails {
            let status = *returned.last().ok_or_else(missing)?;
            self.propagate(status, Some(position), &data.cleanup);
        }
        let kinds = row.results.iter().map(|&kind| runtime_type(kind)).collect::<Vec<_>>();
        self.define_results(data, &returned, out, &kinds);
        Ok(())
    }

    fn results(
        &mut self,
        data: &InstData,
        call: ir::Inst,
        signature: &Signature,
        out: Option<ir::Value>,
        position: Option<PositionId>,
    ) -> Result<(), CodegenError> {
        let returned = self.emitter.b.inst_results(call).to_vec();
        if signature.fails {
            let status =
                *returned.last().ok_or_else(|| CodegenError::general("a failing call has no status"))?;
            self.propagate(status, position, &data.cleanup);
        }
        let kinds = signature.results.iter().map(|&ty| machine_type(ty)).collect::<Vec<_>>();
        self.define_results(data, &returned, out, &kinds);
        Ok(())
    }

    /// Gives the results their values.
    fn define_results(
        &mut self,
        data: &InstData,
        returned: &[ir::Value],
        out: Option<ir::Value>,
        kinds: &[ir::Type],
    ) {
        let values = self.returned(returned, out, kinds);
        for (&result, value) in data.results.iter().zip(values) {
            self.values[result.0 as usize] = Some(value);
        }
    }

    /// The results of a call: from registers, or from the out-area.
    fn returned(
        &mut self,
        returned: &[ir::Value],
        out: Option<ir::Value>,
        kinds: &[ir::Type],
    ) -> Vec<ir::Value> {
        let Some(out) = out else { return returned[..kinds.len()].to_vec() };
        let flags = self.emitter.flags(Region::Results);
        let slots = kinds.iter().enumerate();
        slots
            .map(|(index, &kind)| self.emitter.b.ins().load(kind, flags, out, index as i32 * OUT_SLOT))
            .collect()
    }

    fn with_out(&mut self, out: Option<ir::Value>, args: &[Value]) -> Result<Vec<ir::Value>, CodegenError> {
        let mut machine = Vec::with_capacity(args.len() + 1);
        machine.extend(out);
        for &arg in args {
            machine.push(self.value(arg)?);
        }
        Ok(machine)
    }

    fn out_area(&mut self, results: usize) -> ir::Value {
        let shape = StackSlotData::new(StackSlotKind::ExplicitSlot, results as u32 * OUT_SLOT as u32, 3);
        let slot = self.emitter.b.create_sized_stack_slot(shape);
        self.emitter.b.ins().stack_addr(types::I64, slot, 0)
    }
}
