//! Slots that hold nothing for a while: between `Take` and `Put`, and in new elements of lists.

use super::{At, Checker};
use crate::effects::can_fail;
use crate::function::{Block, Value};
use crate::inst::Inst;
use fuse_abi::functions::Rt;

impl Checker<'_> {
    /// Each hole is filled in its block, and nothing fails or calls before.
    pub(super) fn holes(&mut self, block: Block) {
        let function = self.function;
        let data = function.block(block);
        let mut holes: Vec<(Value, u32)> = Vec::new();
        // New lists and elements, with the number of failing instructions and calls so far.
        let mut raw: Vec<(Value, u32)> = Vec::new();
        // Values of maps: zeroes at first, but initialised.
        let mut in_map: Vec<Value> = Vec::new();
        let mut leaves = 0;
        for (index, inst) in data.insts.iter().enumerate() {
            self.at = At::Inst(block, index);
            let calls = matches!(inst.inst, Inst::Call(..) | Inst::Try(..) | Inst::CallIndirect { .. });
            if calls || can_fail(&inst.inst, |id| self.program.functions[id.0 as usize].signature.fails) {
                leaves += 1;
                if let Some((base, offset)) = holes.first() {
                    self.complain(format!("fails or calls while {base}+{offset} is a hole"));
                }
            }
            match &inst.inst {
                Inst::Take { base, offset, .. } => {
                    if holes.contains(&(*base, *offset)) {
                        self.complain("takes from a hole");
                    }
                    holes.push((*base, *offset));
                }
                Inst::Put { base, offset, value } if function.ty(*value).is_object() => {
                    let filled = holes.iter().position(|hole| *hole == (*base, *offset));
                    filled.map(|index| holes.remove(index));
                    let is_raw = raw.iter().find(|(other, _)| other == base);
                    match is_raw {
                        Some((_, before)) if *before != leaves && filled.is_none() => {
                            self.complain("something failed or called before this new element was filled");
                        }
                        None if filled.is_none()
                            && (function.ty(*base).is_object() || in_map.contains(base)) =>
                        {
                            self.complain("puts an object into a slot that is not a hole");
                        }
                        _ => {}
                    }
                }
                Inst::CallRuntime { function: Rt::list_new | Rt::list_push_slot, .. } => {
                    raw.extend(inst.results.iter().map(|result| (*result, leaves)));
                }
                Inst::CallRuntime { function: Rt::map_insert_slot, .. } => in_map.extend(&inst.results),
                Inst::ElementAddress { list, .. } => {
                    if let Some((_, before)) = raw.iter().find(|(other, _)| other == list).copied() {
                        raw.extend(inst.results.iter().map(|result| (*result, before)));
                    }
                }
                _ => {}
            }
        }
        self.at = At::Term(block);
        if let Some((base, offset)) = holes.first() {
            self.complain(format!("{base}+{offset} is still a hole"));
        }
        self.at = At::Function;
    }
}
