//! Which functions can fail, and which are on cycles of calls.

use crate::inst::Inst;
use crate::program::FuncId;

/// Whether an instruction can leave the function with a failure. `callee_fails` says it of the program's functions.
pub fn can_fail(inst: &Inst, callee_fails: impl FnOnce(FuncId) -> bool) -> bool {
    match inst {
        Inst::Checked(..) | Inst::Check(..) | Inst::CallIndirect { .. } => true,
        Inst::Call(callee, ..) => callee_fails(*callee),
        Inst::CallRuntime { function, .. } => function.row().fails,
        _ => false,
    }
}
