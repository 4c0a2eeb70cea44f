//! Calling conventions: of functions among each other, of thunks, and of the runtime.
//!
//! Functions of the program use Cranelift's `tail` convention, because it returns most in registers: eight integers and eight floats on x86-64. The status comes
//! last. A function with more results takes an out-pointer as its very first parameter, stores its results there in 8-byte slots, and
//! returns only the status. Numbers are in `docs/architecture.md` under "Measured".

use cranelift_codegen::ir::{AbiParam, Signature, Type as ClifType, types};
use cranelift_codegen::isa::CallConv;
use fuse_abi::functions::{Kind, RuntimeFn};
use fuse_ir::Type;

/// The convention of functions of the program.
pub(crate) const FUSE: CallConv = CallConv::Tail;
/// Integer results (status included) that the convention returns in registers.
const INTEGER_RESULTS: usize = 8;
/// The same for floats.
const FLOAT_RESULTS: usize = 8;
/// Bytes that each result takes behind an out-pointer.
pub(crate) const OUT_SLOT: i32 = 8;

/// The type of a status.
pub(crate) const STATUS: ClifType = types::I8;

/// The Cranelift type of an IR value.
pub(crate) fn machine_type(ty: Type) -> ClifType {
    match ty {
        Type::I64 | Type::Ref | Type::Opt | Type::Ptr => types::I64,
        Type::F64 => types::F64,
        Type::I8 => types::I8,
    }
}

/// Whether results go through an out-pointer.
pub(crate) fn uses_out_pointer(signature: &fuse_ir::Signature) -> bool {
    let floats = signature.results.iter().filter(|&&ty| ty == Type::F64).count();
    let integers = signature.results.len() - floats + usize::from(signature.fails);
    floats > FLOAT_RESULTS || integers > INTEGER_RESULTS
}

/// The machine signature of a function of the program.
pub(crate) fn function_signature(signature: &fuse_ir::Signature) -> Signature {
    let mut machine = Signature::new(FUSE);
    let out = uses_out_pointer(signature);
    if out {
        machine.params.push(AbiParam::new(types::I64));
    } else {
        machine.returns.extend(signature.results.iter().map(|&ty| AbiParam::new(machine_type(ty))));
    }
    machine.params.extend(signature.params.iter().map(|param| AbiParam::new(machine_type(param.ty))));
    if signature.fails {
        machine.returns.push(AbiParam::new(STATUS));
    }
    machine
}

/// The signature under which a function is called through its address: it can always fail.
pub(crate) fn indirect_signature(signature: &fuse_ir::Signature) -> fuse_ir::Signature {
    fuse_ir::Signature { fails: true, ..signature.clone() }
}

/// Whether a runtime function returns its results through an out-pointer.
pub(crate) fn runtime_uses_out_pointer(row: &RuntimeFn) -> bool {
    row.results.len() + usize::from(row.fails) > 2
}

/// The machine type of a runtime parameter or result.
pub(crate) fn runtime_type(kind: Kind) -> ClifType {
    match kind {
        Kind::Ctx | Kind::I64 | Kind::Ref | Kind::Opt | Kind::Ptr => types::I64,
        Kind::F64 => types::F64,
        Kind::I8 => types::I8,
        Kind::Type => types::I32,
    }
}

/// The machine signature of a runtime function. A pair of machine results is a `repr(C)` struct of two eightbytes; each goes
/// into the next register of its class, exactly as Cranelift assigns two separate results. (A pair of bytes would share one eightbyte;
/// no row has such a pair, and a test sees to it.)
pub(crate) fn runtime_signature(row: &RuntimeFn, system: CallConv) -> Signature {
    let mut machine = Signature::new(system);
    let out = runtime_uses_out_pointer(row);
    if out {
        machine.params.push(AbiParam::new(types::I64));
    } else {
        machine.returns.extend(row.results.iter().map(|&kind| AbiParam::new(runtime_type(kind))));
    }
    for &(_, kind) in row.params {
        let ty = runtime_type(kind);
        let param = AbiParam::new(ty);
        // The C convention of compilers wants small integers extended by the caller.
        machine.params.push(if ty.bits() < 64 { param.uext() } else { param });
    }
    if row.fails {
        machine.returns.push(AbiParam::new(types::I64));
    }
    machine
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuse_abi::functions::TABLE;

    #[test]
    fn no_runtime_pair_shares_an_eightbyte() {
        for row in TABLE {
            let small = row.results.iter().filter(|&&kind| kind == Kind::I8).count();
            assert!(runtime_uses_out_pointer(row) || small < 2, "{}", row.name);
        }
    }
}
