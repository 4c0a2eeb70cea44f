//! Early loads: the scalar fields of an object that was only read are loaded before objects are changed, so that the object need
//! not outlive the change.
//!
//! `let a = bodies[i]; bodies[i].vx = a.vx + 1; bodies[i].vy = a.vy + 1` would else hold on to the old `a` and copy it for
//! the first assignment. What an object holds under a name does not change, so the loads may stand earlier.

use crate::function::{Function, InstData, Value};
use crate::inst::Inst;
use fuse_abi::functions::{Kind, Mode};
use rustc_hash::FxHashMap;

/// At most so many loads are moved for one object.
const MAX_LOADS: usize = 8;

/// Moves loads within the blocks of a function.
pub(crate) fn run(function: &mut Function) {
    let mut uses = None;
    for block in function.block_ids() {
        if !function.block(block).insts.iter().any(|data| changes(&data.inst)) {
            continue;
        }
        let uses = uses.get_or_insert_with(|| uses_of_objects(function));
        let insts = std::mem::take(&mut function.block_mut(block).insts);
        let insts = hoist(function, uses, insts);
        function.block_mut(block).insts = insts;
    }
}

/// Whether objects may be changed in place.
fn changes(inst: &Inst) -> bool {
    match inst {
        Inst::Unique(_) | Inst::Take { .. } | Inst::Call(..) | Inst::Try(..) => true,
        Inst::CallRuntime { function, .. } => {
            function.row().params.iter().any(|param| matches!(param, (Mode::Own, Kind::Ref | Kind::Opt)))
        }
        _ => false,
    }
}

/// For each object that was read: how often it is used in all.
fn uses_of_objects(function: &Function) -> FxHashMap<Value, usize> {
    let mut uses = FxHashMap::default();
    for data in function.blocks.iter().flat_map(|block| &block.insts) {
        if let (Inst::Load { ty, .. }, [result]) = (&data.inst, &data.results[..])
            && ty.is_object()
        {
            uses.insert(*result, 0);
        }
    }
    let mut count = |value: Value| {
        if let Some(count) = uses.get_mut(&value) {
            *count += 1;
        }
    };
    for block in &function.blocks {
        block.insts.iter().for_each(|data| data.inst.operands(&mut count));
        block.term.operands(&mut count);
        block.term.edges().flat_map(|edge| &edge.args).for_each(|value| count(*value));
    }
    uses
}

fn hoist(function: &Function, uses: &FxHashMap<Value, usize>, insts: Vec<InstData>) -> Vec<InstData> {
    // Objects that are read in this block and used here for nothing but loads of scalars: where the loads stand.
    let mut loads: FxHashMap<Value, Vec<usize>> = FxHashMap::default();
    let mut late: FxHashMap<Value, bool> = FxHashMap::default();
    for (index, data) in insts.iter().enumerate() {
        match &data.inst {
            Inst::Load { ty, base, .. } if !ty.is_object() && loads.contains_key(base) => {
                loads.entry(*base).or_default().push(index);
            }
            inst if changes(inst) => late.extend(loads.keys().map(|object| (*object, true))),
            _ => {}
        }
        if let (Inst::Load { ty, .. }, [result]) = (&data.inst, &data.results[..])
            && ty.is_object()
            && *ty == function.ty(*result)
        {
            loads.insert(*result, Vec::new());
        }
    }
    loads.retain(|object, places| {
        late.contains_key(object) && places.len() <= MAX_LOADS && uses.get(object) == Some(&places.len())
    });
    if loads.is_empty() {
        return insts;
    }
    let mut moved: Vec<Option<InstData>> = insts.into_iter().map(Some).collect();
    let mut result = Vec::with_capacity(moved.len());
    for index in 0..moved.len() {
        let Some(data) = moved[index].take() else { continue };
        let object = data.results.first().copied();
        result.push(data);
        if let Some(places) = object.and_then(|object| loads.get(&object)) {
            result.extend(places.iter().filter_map(|place| moved[*place].take()));
        }
    }
    result
}
