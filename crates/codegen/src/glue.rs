//! Code that belongs to no function of the program: the ways into it, thunks, and the outlined functions.

use crate::convention::{OUT_SLOT, function_signature, indirect_signature, machine_type, uses_out_pointer};
use crate::error::CodegenError;
use crate::function::emitter::{Emitter, Region};
use crate::reach::Reach;
use crate::unit::Unit;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, Signature, types};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use fuse_abi::functions::{Mode, Rt};
use fuse_abi::layout::STATUS_OK;
use fuse_ir::{FuncId, Function, Type};

/// A local function for what is unlikely, or too large to stand everywhere. None of them changes a register of its caller (`preserve_all`), so that
/// a call costs little where it stands and nothing is spilled around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outlined {
    /// Retains an object or null.
    Retain,
    /// Releases an object or null.
    Release,
    /// Retains an object whose count is negative or at its limit.
    RetainSlow,
    /// Releases an object whose count is negative or 1.
    ReleaseSlow,
    /// Takes a node that is not unique, and a base, an index, the bytes between elements and an offset, which make the address to which it writes a copy
    /// that is. (All registers are preserved, so there is none for a result.)
    CopyNode,
    /// The same for a list.
    CopyList,
    /// The same for a map.
    CopyMap,
    /// Takes a list that has no room or is not unique, the bytes between its elements, and an address to which it writes the list with one more element, and
    /// the address of that.
    PushSlot,
}

impl Outlined {
    /// The functions that a program needs.
    pub fn needed(reach: &Reach) -> Vec<Outlined> {
        let mut needed = Vec::new();
        if reach.retains {
            needed.extend([Outlined::Retain, Outlined::RetainSlow]);
        }
        if reach.releases {
            needed.extend([Outlined::Release, Outlined::ReleaseSlow]);
        }
        let copies = [Outlined::CopyNode, Outlined::CopyList, Outlined::CopyMap];
        needed.extend(copies.into_iter().filter(|copy| reach.runtime.contains(&copy.copies())));
        if reach.runtime.contains(&Rt::list_push_slot) {
            needed.push(Outlined::PushSlot);
        }
        needed
    }

    /// The function that copies what the runtime function makes unique.
    pub fn copy(function: Rt) -> Option<Outlined> {
        let copies = [Outlined::CopyNode, Outlined::CopyList, Outlined::CopyMap];
        copies.into_iter().find(|copy| copy.copies() == function)
    }

    /// The runtime function behind one that copies.
    fn copies(self) -> Rt {
        match self {
            Outlined::CopyList => Rt::list_unique,
            Outlined::CopyMap => Rt::map_unique,
            _ => Rt::node_copy,
        }
    }

    /// Its symbol.
    pub fn name(self) -> &'static str {
        match self {
            Outlined::Retain => "fuse$retain",
            Outlined::Release => "fuse$release",
            Outlined::RetainSlow => "fuse$retain_slow",
            Outlined::ReleaseSlow => "fuse$release_slow",
            Outlined::CopyNode => "fuse$copy_node",
            Outlined::CopyList => "fuse$copy_list",
            Outlined::CopyMap => "fuse$copy_map",
            Outlined::PushSlot => "fuse$push_slot",
        }
    }

    /// Its signature: an object; what it needs to know; where its results go if it has any.
    pub fn signature(self) -> Signature {
        let mut signature = Signature::new(CallConv::PreserveAll);
        signature.params.push(AbiParam::new(types::I64));
        let more = match self {
            Outlined::CopyNode | Outlined::CopyList | Outlined::CopyMap => 4,
            Outlined::PushSlot => 2,
            _ => 0,
        };
        signature.params.extend(std::iter::repeat_n(AbiParam::new(types::I64), more));
        signature
    }
}

/// The signature of a way into the program, `fuse_abi::desc::EntryFn` or `CallFn`: the context, and the function's parameters.
pub(crate) fn entry_signature(function: &fuse_ir::Signature, system: CallConv) -> Signature {
    let mut signature = Signature::new(system);
    signature.params.push(AbiParam::new(types::I64));
    signature.params.extend(function.params.iter().map(|param| AbiParam::new(machine_type(param.ty))));
    signature.returns.push(AbiParam::new(types::I64));
    signature
}

/// Whether the address of a function must be that of a thunk: its callers through the address lend all arguments and expect a status.
pub(crate) fn needs_thunk(function: &Function) -> bool {
    let owns = |param: &fuse_ir::program::Param| param.ty.is_object() && param.mode == Mode::Own;
    !function.signature.fails || function.signature.params.iter().any(owns)
}

/// Sets the pinned register, calls the function, returns its status. The pinned register is the caller's again afterwards: for C it is one that
/// functions preserve.
pub(crate) fn entry(
    unit: &Unit<'_>,
    callee: FuncId,
    target: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) -> Result<(), CodegenError> {
    let (function, _) = unit.function(callee)?;
    if !function.signature.results.is_empty() {
        return Err(CodegenError::general("a way into the program has results"));
    }
    target.signature = entry_signature(&function.signature, unit.system);
    let (mut emitter, params) = begin(unit, target, context);
    let callee = emitter.function(callee)?;
    let saved = emitter.context();
    emitter.b.ins().set_pinned_reg(params[0]);
    let call = emitter.b.ins().call(callee, &params[1..]);
    let status = match emitter.b.inst_results(call).first().copied() {
        Some(status) => emitter.b.ins().uextend(types::I64, status),
        None => emitter.b.ins().iconst(types::I64, i64::from(STATUS_OK)),
    };
    emitter.b.ins().set_pinned_reg(saved);
    emitter.b.ins().return_(&[status]);
    emitter.finish();
    Ok(())
}

/// Calls a function on behalf of callers that lend all arguments and expect a status: what the function takes is retained first.
pub(crate) fn thunk(
    unit: &Unit<'_>,
    callee: FuncId,
    target: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) -> Result<(), CodegenError> {
    let (function, _) = unit.function(callee)?;
    let signature = indirect_signature(&function.signature);
    target.signature = function_signature(&signature);
    let (mut emitter, params) = begin(unit, target, context);
    let outer_out = uses_out_pointer(&signature);
    let inner_out = uses_out_pointer(&function.signature);
    let values = params[usize::from(outer_out)..].to_vec();
    for (param, &value) in function.signature.params.iter().zip(&values) {
        if param.ty.is_object() && param.mode == Mode::Own {
            emitter.call_outlined(Outlined::Retain, value)?;
        }
    }
    let inner = emitter.function(callee)?;
    let mut args = Vec::with_capacity(params.len());
    args.extend(params.first().copied().filter(|_| inner_out));
    args.extend(&values);
    let call = emitter.b.ins().call(inner, &args);
    let mut results = emitter.b.inst_results(call).to_vec();
    if outer_out && !inner_out {
        // Only the status made the results too many.
        let flags = emitter.flags(Region::Results);
        for (index, value) in results.drain(..).enumerate() {
            emitter.b.ins().store(flags, value, params[0], index as i32 * OUT_SLOT);
        }
    }
    if !function.signature.fails {
        results.push(emitter.b.ins().iconst(crate::convention::STATUS, i64::from(STATUS_OK)));
    }
    emitter.b.ins().return_(&results);
    emitter.finish();
    Ok(())
}

/// An outlined function.
pub(crate) fn outlined(
    unit: &Unit<'_>,
    outlined: Outlined,
    target: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) -> Result<(), CodegenError> {
    target.signature = outlined.signature();
    let (mut emitter, params) = begin(unit, target, context);
    let object = params[0];
    let done = emitter.b.create_block();
    match outlined {
        Outlined::Retain | Outlined::Release => {
            let some = emitter.b.create_block();
            emitter.b.ins().brif(object, some, &[], done, &[]);
            emitter.b.switch_to_block(some);
            match outlined {
                Outlined::Retain => emitter.retain_plain(object, done)?,
                // No C call here, which would make it save all registers on the plain path too.
                _ => emitter.release_plain(object, false, done)?,
            }
        }
        Outlined::CopyNode | Outlined::CopyList | Outlined::CopyMap => {
            let copy = emitter.runtime(outlined.copies())?;
            let call = emitter.b.ins().call(copy, &[object]);
            let copy = emitter.b.inst_results(call)[0];
            let flags = emitter.flags(Region::Slot(Type::Ref));
            let distance = emitter.b.ins().imul(params[2], params[3]);
            let element = emitter.b.ins().iadd(params[1], distance);
            let address = emitter.b.ins().iadd(element, params[4]);
            emitter.b.ins().store(flags, copy, address, 0);
            emitter.b.ins().jump(done, &[]);
        }
        Outlined::PushSlot => {
            let push = emitter.runtime(Rt::list_push_slot)?;
            let call = emitter.b.ins().call(push, &[object, params[1]]);
            let results = emitter.b.inst_results(call).to_vec();
            let flags = emitter.flags(Region::Results);
            for (index, result) in results.into_iter().enumerate() {
                emitter.b.ins().store(flags, result, params[2], index as i32 * OUT_SLOT);
            }
            emitter.b.ins().jump(done, &[]);
        }
        Outlined::RetainSlow => {
            let retain = emitter.runtime(Rt::retain_shared)?;
            emitter.b.ins().call(retain, &[object]);
            emitter.b.ins().jump(done, &[]);
        }
        Outlined::ReleaseSlow => {
            let (drop, shared) = (emitter.runtime(Rt::drop_object)?, emitter.runtime(Rt::release_shared)?);
            let (last, other) = (emitter.b.create_block(), emitter.cold_block());
            let flags = emitter.flags(Region::Count);
            let count = emitter.b.ins().load(types::I32, flags, object, fuse_abi::layout::COUNT_OFFSET);
            let is_last = emitter.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, count, 0);
            emitter.b.ins().brif(is_last, last, &[], other, &[]);
            emitter.b.switch_to_block(last);
            emitter.b.ins().call(drop, &[object]);
            emitter.b.ins().jump(done, &[]);
            emitter.b.switch_to_block(other);
            emitter.b.ins().call(shared, &[object]);
            emitter.b.ins().jump(done, &[]);
        }
    }
    emitter.b.switch_to_block(done);
    emitter.b.ins().return_(&[]);
    emitter.finish();
    Ok(())
}

/// Starts a body whose signature is set.
fn begin<'a, 'b>(
    unit: &'a Unit<'a>,
    target: &'b mut ir::Function,
    context: &'b mut FunctionBuilderContext,
) -> (Emitter<'a, 'b>, Vec<ir::Value>) {
    let mut b = FunctionBuilder::new(target, context);
    let start = b.create_block();
    b.append_block_params_for_function_params(start);
    b.switch_to_block(start);
    let params = b.block_params(start).to_vec();
    (Emitter::new(unit, b), params)
}
