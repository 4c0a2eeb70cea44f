//! Which operands an instruction consumes.

use crate::function::Value;
use crate::inst::Inst;
use crate::program::{FuncId, Program};
use fuse_abi::functions::{Kind, Mode, Rt};

/// For each function of the program which parameters it owns.
#[derive(Default)]
pub(crate) struct Owners {
    starts: Vec<u32>,
    owned: Vec<bool>,
}

impl Owners {
    /// As the signatures say.
    pub(crate) fn of(program: &Program) -> Owners {
        let mut owners = Owners::default();
        for function in &program.functions {
            owners.starts.push(owners.owned.len() as u32);
            owners.owned.extend(function.signature.params.iter().map(|param| param.mode == Mode::Own));
        }
        owners
    }

    fn owns(&self, function: FuncId, param: usize) -> bool {
        let start = self.starts[function.0 as usize] as usize;
        self.owned.get(start + param).copied().unwrap_or(false)
    }
}

/// Calls `visit` with each operand and whether it is consumed, as far as it is an object. An `Unwrap` counts as borrowing.
pub(crate) fn for_each_use(inst: &Inst, owners: &Owners, mut visit: impl FnMut(Value, bool)) {
    match inst {
        Inst::Node { fields, .. } => fields.iter().for_each(|(_, value)| visit(*value, true)),
        Inst::Put { base, value, .. } => {
            visit(*base, false);
            visit(*value, true);
        }
        Inst::Unique(value) => visit(*value, true),
        Inst::Call(callee, args, _) | Inst::Try(callee, args, _) => {
            args.iter().enumerate().for_each(|(index, value)| visit(*value, owners.owns(*callee, index)));
        }
        Inst::CallRuntime { function, args, .. } => {
            let params =
                function.row().params.iter().filter(|(_, kind)| !matches!(kind, Kind::Ctx | Kind::Type));
            args.iter().zip(params).for_each(|(value, (mode, _))| visit(*value, *mode == Mode::Own));
        }
        inst => inst.operands(|value| visit(value, false)),
    }
}

/// Whether the first result of a runtime function is an object to which there is no other reference.
pub(crate) fn makes_unique(function: Rt) -> bool {
    matches!(
        function,
        Rt::list_new
            | Rt::list_empty
            | Rt::list_unique
            | Rt::list_push_slot
            | Rt::list_range
            | Rt::list_range_float
            | Rt::map_new
            | Rt::map_unique
            | Rt::map_insert_slot
    )
}

/// Whether a runtime function copies an object that is not unique.
pub(crate) fn copies(function: Rt) -> bool {
    matches!(function, Rt::node_copy | Rt::list_unique | Rt::map_unique)
}
