//! One length for each list: a list that was made unique, on the way round a loop or not, is as long as before, so its length is read where
//! the list came from, once.
//!
//! The analysis is optimistic, as in Alpern, Wegman and Zadeck, "Detecting equality of variables in programs" (1988): lists on a loop are taken for
//! the one that enters the loop until something says otherwise.

use crate::Type;
use crate::cfg::Cfg;
use crate::compact::identity;
use crate::function::{Function, InstData, Value};
use crate::inst::Inst;
use fuse_abi::functions::Rt;
use rustc_hash::FxHashMap;

/// Not looked at yet.
const OPEN: Value = Value(u32::MAX);

/// Shares lengths within a function; says whether any were.
pub(crate) fn run(function: &mut Function) -> bool {
    let is_length = |data: &InstData| matches!(data.inst, Inst::Len(_));
    if !function.blocks.iter().flat_map(|block| &block.insts).any(is_length) {
        return false;
    }
    let cfg = Cfg::of(function);
    let origins = origins(function, &cfg);
    let mut alias = identity(function.values.len());
    let known = known_lengths(function);
    // By origin: the lengths read of it.
    let mut reads: FxHashMap<Value, Vec<(Value, Value)>> = FxHashMap::default();
    for block in &cfg.order {
        for data in &function.block(*block).insts {
            let Inst::Len(list) = data.inst else { continue };
            let origin = origins[list.0 as usize];
            match known.get(&origin) {
                Some(length) => alias[data.results[0].0 as usize] = *length,
                None => reads.entry(origin).or_default().push((list, data.results[0])),
            }
        }
    }
    reads.retain(|origin, reads| reads.len() > 1 || reads.iter().any(|(list, _)| list != origin));
    let changed = !reads.is_empty() || alias.iter().zip(0..).any(|(to, from)| to.0 != from);
    if !changed {
        return false;
    }
    read_at_origin(function, &cfg, &reads, &mut alias);
    function.replace_values(&mut alias);
    true
}

/// For each list the one that its length comes from.
fn origins(function: &Function, cfg: &Cfg) -> Vec<Value> {
    let mut origins = identity(function.values.len());
    let is_param = |value: &Value| function.ty(*value) == Type::Ref;
    for block in cfg.order.iter().filter(|block| **block != function.entry()) {
        let params = &function.block(*block).params;
        params.iter().filter(|value| is_param(value)).for_each(|param| origins[param.0 as usize] = OPEN);
    }
    for data in function.blocks.iter().flat_map(|block| &block.insts).filter(|data| is_copy(&data.inst)) {
        origins[data.results[0].0 as usize] = OPEN;
    }
    let mut changed = true;
    while changed {
        changed = false;
        for block in &cfg.order {
            let data = function.block(*block);
            let params = if *block == function.entry() { &[][..] } else { &data.params[..] };
            for (index, param) in params.iter().enumerate().filter(|(_, param)| is_param(param)) {
                let old = origins[param.0 as usize];
                if old == *param {
                    continue;
                }
                let mut found = OPEN;
                for (pred, number) in cfg.preds(*block).iter().filter(|(pred, _)| cfg.is_reachable(*pred)) {
                    let Some(edge) = function.block(*pred).term.edge(*number as usize) else { continue };
                    match origins[edge.args[index].0 as usize] {
                        OPEN => {}
                        origin if found == OPEN || found == origin => found = origin,
                        _ => found = *param,
                    }
                }
                changed |= found != old;
                origins[param.0 as usize] = found;
            }
            for data in &data.insts {
                if let Inst::CallRuntime { args, .. } = &data.inst
                    && is_copy(&data.inst)
                {
                    origins[data.results[0].0 as usize] = origins[args[0].0 as usize];
                }
            }
        }
    }
    origins
}

/// Whether the result is as long as the operand.
fn is_copy(inst: &Inst) -> bool {
    matches!(inst, Inst::CallRuntime { function: Rt::list_unique, .. })
}

/// Lists that are made with a length, which their length then is.
fn known_lengths(function: &Function) -> FxHashMap<Value, Value> {
    let mut known = FxHashMap::default();
    for data in function.blocks.iter().flat_map(|block| &block.insts) {
        if let Inst::CallRuntime { function: Rt::list_new, args, .. } = &data.inst {
            known.insert(data.results[0], args[0]);
        }
    }
    known
}

/// Reads the length of each origin where it is defined.
fn read_at_origin(
    function: &mut Function,
    cfg: &Cfg,
    reads: &FxHashMap<Value, Vec<(Value, Value)>>,
    alias: &mut Vec<Value>,
) {
    for block in &cfg.order {
        let data = function.block(*block);
        let is_read = |value: &Value| reads.contains_key(value);
        let results = data.insts.iter().flat_map(|data| &data.results);
        if !data.params.iter().chain(results).any(is_read) {
            continue;
        }
        let params = data.params.clone();
        let old = std::mem::take(&mut function.block_mut(*block).insts);
        let mut insts = Vec::with_capacity(old.len() + 1);
        let mut read = |function: &mut Function, origin: Value| {
            let length = function.add_value(Type::I64);
            alias.push(length);
            let found = reads.get(&origin).into_iter().flatten();
            found.for_each(|(_, result)| alias[result.0 as usize] = length);
            InstData { results: vec![length], inst: Inst::Len(origin), cleanup: Vec::new() }
        };
        insts.extend(params.into_iter().filter(is_read).map(|origin| read(function, origin)));
        for data in old {
            let origins = data.results.iter().copied().filter(is_read).collect::<Vec<_>>();
            insts.push(data);
            insts.extend(origins.into_iter().map(|origin| read(function, origin)));
        }
        function.block_mut(*block).insts = insts;
    }
}
