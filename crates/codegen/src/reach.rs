//! What the entry reaches: functions, thunks, static data, runtime functions, positions. Nothing else is generated, so that
//! code which a program does not use cannot change its executable.

use crate::error::CodegenError;
use fuse_abi::functions::{Mode, Rt};
use fuse_ir::{FuncId, Function, Inst, PositionId, Program, StaticData, StaticId, Terminator};
use std::collections::BTreeSet;

/// The reachable part of a program.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// Functions with code.
    pub functions: BTreeSet<FuncId>,
    /// Functions whose address is taken.
    pub addresses: BTreeSet<FuncId>,
    /// Static objects.
    pub statics: BTreeSet<StaticId>,
    /// Runtime functions called.
    pub runtime: BTreeSet<Rt>,
    /// Positions that failures may name.
    pub positions: BTreeSet<PositionId>,
    /// Whether something is retained.
    pub retains: bool,
    /// Whether something is released.
    pub releases: bool,
}

/// Walks the program from its entries.
pub(crate) fn reachable(program: &Program) -> Result<Reach, CodegenError> {
    let mut reach = Reach::default();
    reach.statics.extend(program.config_block);
    let mut pending = program.roots().collect::<Vec<_>>();
    while let Some(id) = pending.pop() {
        if !reach.functions.insert(id) {
            continue;
        }
        let function = program
            .functions
            .get(id.0 as usize)
            .ok_or_else(|| CodegenError::general(format!("there is no function number {}", id.0)))?;
        // An overflow of the stack on entry releases the parameters that the function owns.
        reach.releases |= function.recursive && owns_objects(function);
        for block in &function.blocks {
            for data in &block.insts {
                reach.releases |= !data.cleanup.is_empty();
                reach.visit(program, &data.inst, &mut pending);
            }
            if let Terminator::Fail(_, position) = block.term {
                reach.positions.insert(position);
            }
        }
    }
    reach.close_statics(program)?;
    reach.positions.remove(&PositionId(0));
    Ok(reach)
}

impl Reach {
    fn visit(&mut self, program: &Program, inst: &Inst, pending: &mut Vec<FuncId>) {
        match inst {
            Inst::Static(id) => {
                self.statics.insert(*id);
            }
            Inst::FunctionAddress(id) => {
                pending.push(*id);
                self.addresses.insert(*id);
                // Its thunk may have to retain borrowed arguments.
                self.retains |=
                    program.functions.get(id.0 as usize).is_some_and(|f| !f.signature.params.is_empty());
            }
            Inst::Checked(_, _, _, position) | Inst::Check(_, _, position) => {
                self.positions.insert(*position);
            }
            Inst::Call(id, _, position) => {
                pending.push(*id);
                self.positions.insert(*position);
            }
            Inst::Try(id, _, position) => {
                pending.push(*id);
                self.positions.insert(*position);
                self.runtime.insert(Rt::take_raised);
            }
            Inst::CallIndirect { position, .. } => {
                self.positions.insert(*position);
            }
            Inst::CallRuntime { function, position, .. } => {
                self.runtime.insert(*function);
                if function.row().fails {
                    self.positions.insert(*position);
                }
            }
            Inst::Node { .. } => {
                self.runtime.insert(Rt::node_new);
            }
            Inst::Unique(_) => {
                self.runtime.insert(Rt::node_copy);
            }
            Inst::UniqueSlot { copy, .. } => {
                self.runtime.insert(*copy);
            }
            Inst::Retain(_) => self.retains = true,
            Inst::Release(_) => self.releases = true,
            _ => {}
        }
    }

    /// Static objects that static objects point to, and the runtime functions that counting needs.
    fn close_statics(&mut self, program: &Program) -> Result<(), CodegenError> {
        let mut pending = self.statics.iter().copied().collect::<Vec<_>>();
        while let Some(id) = pending.pop() {
            let data = program
                .statics
                .get(id.0 as usize)
                .ok_or_else(|| CodegenError::general(format!("there is no static object number {}", id.0)))?;
            if let StaticData::Object { objects, .. } = data {
                pending.extend(objects.iter().map(|&(_, id)| id).filter(|&id| self.statics.insert(id)));
            }
        }
        if self.retains {
            self.runtime.insert(Rt::retain_shared);
        }
        if self.releases {
            self.runtime.extend([Rt::drop_object, Rt::release_shared]);
        }
        Ok(())
    }
}

fn owns_objects(function: &Function) -> bool {
    function.signature.params.iter().any(|param| param.mode == Mode::Own && param.ty.is_object())
}
