//! Insertion of reference counts: the last pass, after which each object is released exactly once on each way.
//!
//! Each object value is of one `kinds::Kind`. *Owned* values hold one reference from their definition to their last use,
//! which consumes it if it can, or else is followed by a release; a use that consumes a value which is still needed is
//! preceded by a retain. *Derived* values hold no reference: what they were read from is kept alive as long as they are used,
//! except where that would keep it from being changed in place or freed in time; then they are retained where they are
//! defined and are owned from there on (`derived`). So an owned value is never found with more than one
//! reference between two instructions, and a cleanup list names each at most once.

mod derived;
mod insert;
mod kinds;

use crate::cfg::Cfg;
use crate::effects::can_fail;
use crate::function::Function;
use crate::inst::Inst;
use crate::liveness::{Liveness, definitions};
use crate::ownership::Owners;
use crate::program::Program;

/// Inserts counts into all functions. Borrow inference and the effects pass must have set the signatures.
pub fn insert(program: &mut Program) {
    let owners = Owners::of(program);
    let fails = program.functions.iter().map(|function| function.signature.fails).collect::<Vec<_>>();
    let fails = |inst: &Inst| can_fail(inst, |callee| fails[callee.0 as usize]);
    let mut cfg = Cfg::default();
    for function in &mut program.functions {
        insert_into(function, &owners, &fails, &mut cfg);
    }
}

fn insert_into(function: &mut Function, owners: &Owners, fails: &impl Fn(&Inst) -> bool, cfg: &mut Cfg) {
    function.remove_unreachable();
    if !function.values.iter().any(|value| value.ty.is_object()) {
        return;
    }
    cfg.compute(function);
    let definitions = definitions(function);
    let mut kinds = kinds::Kinds::of(function, cfg);
    let anchors = derived::decide(function, cfg, &definitions, owners, &mut kinds);
    let liveness = Liveness::compute(function, cfg, &definitions, &anchors, owners);
    insert::run(function, cfg, owners, fails, &kinds, &anchors, &liveness);
}
