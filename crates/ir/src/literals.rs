//! Lists of constants: a list that is made of constants and only looked at becomes static data, which costs nothing to make and is never counted.

use crate::Type;
use crate::function::{Function, InstData};
use crate::inst::{Inst, Terminator};
use crate::program::{StaticData, StaticId, TypeTables};
use fuse_abi::functions::{Kind, Mode, Rt};
use fuse_abi::layout::{DATA_OFFSET, LEN_OFFSET};
use rustc_hash::FxHashMap;

/// Longer lists stay code.
const MAX_LEN: i64 = 4096;

/// The lists found so far, over all functions.
#[derive(Default)]
pub(crate) struct Literals {
    known: FxHashMap<StaticData, StaticId>,
}

/// A list under construction.
struct Literal {
    /// The List type.
    ty: u32,
    /// Everything after the header.
    bytes: Vec<u8>,
    objects: Vec<(u32, StaticId)>,
    /// The instructions that fill it.
    puts: Vec<usize>,
}

impl Literals {
    /// Makes static data of the lists of a function; says whether there were any.
    pub(crate) fn run(
        &mut self,
        function: &mut Function,
        statics: &mut Vec<StaticData>,
        types: &TypeTables,
    ) -> bool {
        let makes = |data: &InstData| matches!(data.inst, Inst::CallRuntime { function: Rt::list_new, .. });
        if !function.blocks.iter().flat_map(|block| &block.insts).any(makes) {
            return false;
        }
        let constants = constants(function);
        let changed = changed(function);
        let mut found = false;
        for block in function.block_ids() {
            let mut insts = std::mem::take(&mut function.block_mut(block).insts);
            let mut gone = vec![false; insts.len()];
            for index in 0..insts.len() {
                let Some(literal) = literal(function, &insts, index, &constants, types) else { continue };
                if changed[insts[index].results[0].0 as usize] {
                    continue;
                }
                literal.puts.iter().for_each(|put| gone[*put] = true);
                let data =
                    StaticData::Object { ty: literal.ty, bytes: literal.bytes, objects: literal.objects };
                let id = *self.known.entry(data).or_insert_with_key(|data| {
                    statics.push(data.clone());
                    StaticId(statics.len() as u32 - 1)
                });
                insts[index].inst = Inst::Static(id);
                found = true;
            }
            let mut index = 0;
            insts.retain(|_| {
                index += 1;
                !gone[index - 1]
            });
            function.block_mut(block).insts = insts;
        }
        found
    }
}

/// The instruction of each value that is a constant.
fn constants(function: &Function) -> Vec<Option<Inst>> {
    let mut constants = vec![None; function.values.len()];
    for data in function.blocks.iter().flat_map(|block| &block.insts) {
        if matches!(
            data.inst,
            Inst::Int(_) | Inst::Float(_) | Inst::Byte(_) | Inst::Static(_) | Inst::Null(_)
        ) {
            constants[data.results[0].0 as usize] = Some(data.inst.clone());
        }
    }
    constants
}

/// Lists that are consumed to be changed, or go on under another name: making those in place is better than copying static data.
fn changed(function: &Function) -> Vec<bool> {
    let mut changed = vec![false; function.values.len()];
    let mut lists = FxHashMap::default();
    for data in function.blocks.iter().flat_map(|block| &block.insts) {
        match &data.inst {
            Inst::ElementAddress { list, .. } => {
                lists.insert(data.results[0], *list);
            }
            Inst::Take { base, .. } | Inst::UniqueSlot { base, .. } => changed[base.0 as usize] = true,
            // The elements are put under the list's own name.
            Inst::Put { base, .. } if function.ty(*base) == Type::Ptr => changed[base.0 as usize] = true,
            Inst::Put { value, .. } => changed[value.0 as usize] = true,
            Inst::Node { fields, .. } => {
                fields.iter().for_each(|(_, value)| changed[value.0 as usize] = true)
            }
            Inst::CallRuntime { function, args, .. } => {
                let modes =
                    function.row().params.iter().filter(|(_, kind)| !matches!(kind, Kind::Ctx | Kind::Type));
                for (value, (mode, _)) in args.iter().zip(modes) {
                    changed[value.0 as usize] |= *mode == Mode::Own;
                }
            }
            _ => {}
        }
    }
    for block in &function.blocks {
        block.term.edges().flat_map(|edge| &edge.args).for_each(|value| changed[value.0 as usize] = true);
        if let Terminator::Return(values) = &block.term {
            values.iter().for_each(|value| changed[value.0 as usize] = true);
        }
    }
    for (address, list) in lists {
        changed[list.0 as usize] |= changed[address.0 as usize];
    }
    changed
}

/// The list of constants that an instruction begins to make.
fn literal(
    function: &Function,
    insts: &[InstData],
    start: usize,
    constants: &[Option<Inst>],
    types: &TypeTables,
) -> Option<Literal> {
    let Inst::CallRuntime { function: Rt::list_new, types: indices, args, .. } = &insts[start].inst else {
        return None;
    };
    let ty = *indices.first()?;
    let Some(Inst::Int(len @ 1..=MAX_LEN)) = constants[args[0].0 as usize] else { return None };
    let element = types.types.get(types.types.get(ty as usize)?.inner as usize)?;
    let header = LEN_OFFSET as usize;
    let size = DATA_OFFSET as usize - header + len as usize * element.size as usize;
    let mut literal = Literal { ty, bytes: vec![0; size], objects: Vec::new(), puts: Vec::new() };
    for field in 0..2 {
        literal.bytes[field * 8..field * 8 + 8].copy_from_slice(&len.to_le_bytes());
    }
    let list = insts[start].results[0];
    let mut filled = 0;
    for (index, data) in insts.iter().enumerate().skip(start + 1) {
        let Inst::Put { base, offset, value } = &data.inst else { continue };
        if *base != list {
            continue;
        }
        let place = (*offset as usize).checked_sub(header)?;
        match constants[value.0 as usize].as_ref()? {
            Inst::Int(number) => {
                literal.bytes.get_mut(place..place + 8)?.copy_from_slice(&number.to_le_bytes())
            }
            Inst::Float(bits) => {
                literal.bytes.get_mut(place..place + 8)?.copy_from_slice(&bits.to_le_bytes())
            }
            Inst::Byte(byte) => *literal.bytes.get_mut(place)? = *byte,
            Inst::Null(_) => {}
            Inst::Static(id) => literal.objects.push((*offset, *id)),
            _ => return None,
        }
        filled += function.ty(*value).size();
        literal.puts.push(index);
    }
    // Every slot of every element is there; what is missing can only be the space between them.
    (filled > 0).then_some(literal)
}
