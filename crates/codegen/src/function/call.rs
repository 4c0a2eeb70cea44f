//! Calls: of functions, runtime functions and function values.

use super::Translator;
use super::emitter::Region;
use crate::convention::{
    OUT_SLOT, function_signature, indirect_signature, machine_type, runtime_type, runtime_uses_out_pointer,
    uses_out_pointer,
};
use crate::error::CodegenError;
use cranelift_codegen::ir::{self, InstBuilder, StackSlotData, StackSlotKind, types};
use fuse_abi::functions::{Kind, Rt};
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
        self.locate(position);
        let function = self.emitter.function(callee)?;
        let called = self.emitter.unit.program.function(callee);
        let out = uses_out_pointer(&called.signature).then(|| self.out_area(called.signature.results.len()));
        let args = self.with_out(out, args)?;
        let call = self.emitter.b.ins().call(function, &args);
        // The callee has described its failure with the position, unless it found the stack used up.
        let position = called.recursive.then_some(position);
        self.results(data, call, &called.signature, out, position)
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
        if let (Rt::list_unique | Rt::map_unique, [object]) = (function, args) {
            let unique = self.unique(*object, function)?;
            self.define(data, unique);
            return Ok(());
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

    /// Gives the results their values: from registers, or from the out-area.
    fn define_results(
        &mut self,
        data: &InstData,
        returned: &[ir::Value],
        out: Option<ir::Value>,
        kinds: &[ir::Type],
    ) {
        let flags = self.emitter.flags(Region::Results);
        for (index, (&result, &kind)) in data.results.iter().zip(kinds).enumerate() {
            let value = match out {
                Some(out) => self.emitter.b.ins().load(kind, flags, out, index as i32 * OUT_SLOT),
                None => returned[index],
            };
            self.values[result.0 as usize] = Some(value);
        }
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
