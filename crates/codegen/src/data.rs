//! Data of a program: static objects, descriptor tables, positions, the image.
//!
//! All data without pointers is one read-only object, all static objects with pointers are a second one, and the image is the third. Tables
//! use indices and offsets, so only the last two need relocations.

use crate::error::CodegenError;
use crate::reach::Reach;
use crate::unit::{Body, Entry, Unit};
use cranelift_module::{DataDescription, DataId, Linkage, Module};
use fuse_abi::desc::{Config, Constraint, Desc, Field, IMAGE_SYMBOL, Image, TYPE_STRING, TYPE_UNIT, Variant};
use fuse_abi::layout::DATA_OFFSET;
use fuse_ir::{Program, StaticData, StaticId};
use std::collections::BTreeMap;
use std::mem::{offset_of, size_of};

/// Where static objects are.
#[derive(Debug, Default)]
pub(crate) struct Statics {
    places: BTreeMap<StaticId, (DataId, u32)>,
    constant: Option<DataId>,
    linked: Option<DataId>,
    constant_bytes: Vec<u8>,
    linked_bytes: Vec<u8>,
    /// Pointers in `linked`: where, and to which object.
    links: Vec<(u32, StaticId)>,
    /// The block of config values, and its size.
    block: Option<(DataId, u32)>,
}

impl Statics {
    /// The data object and the offset in it.
    pub fn place(&self, id: StaticId) -> Result<(DataId, u32), CodegenError> {
        let place = self.places.get(&id).copied();
        place.ok_or_else(|| CodegenError::general(format!("static object number {} is unknown", id.0)))
    }
}

/// Lays out the reachable static objects and declares the data that holds them.
pub(crate) fn declare_statics<M: Module>(
    module: &mut M,
    program: &Program,
    reach: &Reach,
) -> Result<Statics, CodegenError> {
    let mut statics = Statics::default();
    let constant = declare(module, "fuse$data")?;
    statics.constant = Some(constant);
    for &id in &reach.statics {
        let data = &program.statics[id.0 as usize];
        if let StaticData::Block(size) = *data {
            let block = module.declare_data("fuse$config", Linkage::Local, true, false);
            let block = block.map_err(CodegenError::module)?;
            statics.block = Some((block, size));
            statics.places.insert(id, (block, 0));
            continue;
        }
        let has_links = matches!(data, StaticData::Object { objects, .. } if !objects.is_empty());
        let (bytes, holder) = match has_links {
            true => {
                let linked = match statics.linked {
                    Some(linked) => linked,
                    None => declare(module, "fuse$links")?,
                };
                statics.linked = Some(linked);
                (&mut statics.linked_bytes, linked)
            }
            false => (&mut statics.constant_bytes, constant),
        };
        let start = object(bytes, data);
        if let StaticData::Object { objects, .. } = data {
            statics.links.extend(objects.iter().map(|&(offset, target)| (start + offset, target)));
        }
        statics.places.insert(id, (holder, start));
    }
    Ok(statics)
}

fn declare<M: Module>(module: &mut M, name: &str) -> Result<DataId, CodegenError> {
    module.declare_data(name, Linkage::Local, false, false).map_err(CodegenError::module)
}

/// Appends a static object, aligned, and says where it starts. Its count is zero: it is never counted and never freed.
fn object(bytes: &mut Vec<u8>, data: &StaticData) -> u32 {
    let start = align(bytes);
    bytes.extend_from_slice(&0_i32.to_le_bytes());
    match data {
        StaticData::String(text) => {
            bytes.extend_from_slice(&TYPE_STRING.to_le_bytes());
            bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
            bytes.extend_from_slice(&0_u64.to_le_bytes());
            debug_assert_eq!(bytes.len() - start as usize, DATA_OFFSET as usize);
            bytes.extend_from_slice(text.as_bytes());
        }
        StaticData::Object { ty, bytes: body, .. } => {
            bytes.extend_from_slice(&ty.to_le_bytes());
            bytes.extend_from_slice(body);
        }
        StaticData::Block(size) => {
            bytes.extend_from_slice(&TYPE_UNIT.to_le_bytes());
            bytes.resize(start as usize + *size as usize, 0);
        }
    }
    start
}

fn align(bytes: &mut Vec<u8>) -> u32 {
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.len() as u32
}

/// Defines all data; the result is the image.
pub(crate) fn define<M: Module>(module: &mut M, unit: &Unit<'_>) -> Result<DataId, CodegenError> {
    let statics = unit.statics();
    let constant = statics.constant.ok_or_else(|| CodegenError::general("no data declared"))?;
    let mut tables = Tables { bytes: statics.constant_bytes.clone(), ..Tables::default() };
    tables.fill(unit);
    let image =
        module.declare_data(IMAGE_SYMBOL, Linkage::Hidden, false, false).map_err(CodegenError::module)?;

    let mut description = DataDescription::new();
    description.set_align(8);
    let mut bytes = vec![0; size_of::<Image>()];
    let abi = offset_of!(Image, abi);
    bytes[abi..abi + 4].copy_from_slice(&fuse_abi::ABI_VERSION.to_le_bytes());
    let validation = [
        offset_of!(Image, validation),
        offset_of!(Image, validation_field),
        offset_of!(Image, validation_list),
    ];
    for (place, ty) in validation.into_iter().zip(unit.program.validation) {
        bytes[place..place + 4].copy_from_slice(&ty.to_le_bytes());
    }
    let here = module.declare_data_in_data(constant, &mut description);
    for &(pointer, start, length, count) in &tables.places {
        description.write_data_addr(pointer as u32, here, i64::from(start));
        bytes[length..length + 8].copy_from_slice(&(count as u64).to_le_bytes());
    }
    description.define(bytes.into_boxed_slice());
    for &(body, function) in unit.bodies() {
        let Body::Entry(entry, _) = body else { continue };
        let place = match entry {
            Entry::App => offset_of!(Image, entry),
            Entry::Main => offset_of!(Image, main),
            Entry::Calls => offset_of!(Image, call),
        };
        let function = module.declare_func_in_data(function, &mut description);
        description.write_function_addr(place as u32, function);
    }
    if let Some((block, _)) = statics.block {
        let block = module.declare_data_in_data(block, &mut description);
        description.write_data_addr(offset_of!(Image, config_block) as u32, block, 0);
    }
    module.define_data(image, &description).map_err(CodegenError::module)?;

    description.clear();
    description.set_align(8);
    description.define(tables.bytes.into_boxed_slice());
    module.define_data(constant, &description).map_err(CodegenError::module)?;
    define_linked(module, statics)?;
    define_block(module, statics)?;
    Ok(image)
}

fn define_block<M: Module>(module: &mut M, statics: &Statics) -> Result<(), CodegenError> {
    let Some((block, size)) = statics.block else { return Ok(()) };
    let mut description = DataDescription::new();
    description.set_align(8);
    // A header that is never counted, and values: all zero.
    description.define_zeroinit(size as usize);
    module.define_data(block, &description).map_err(CodegenError::module)
}

fn define_linked<M: Module>(module: &mut M, statics: &Statics) -> Result<(), CodegenError> {
    let Some(linked) = statics.linked else { return Ok(()) };
    let mut description = DataDescription::new();
    description.set_align(8);
    description.define(statics.linked_bytes.clone().into_boxed_slice());
    for &(offset, target) in &statics.links {
        let (holder, start) = statics.place(target)?;
        let holder = module.declare_data_in_data(holder, &mut description);
        description.write_data_addr(offset, holder, i64::from(start));
    }
    module.define_data(linked, &description).map_err(CodegenError::module)
}

/// The tables behind the image's pointers.
#[derive(Default)]
struct Tables {
    bytes: Vec<u8>,
    /// Offset of a pointer in the image, where it points to in `bytes`, offset of its length in the image, the length.
    places: Vec<(usize, u32, usize, usize)>,
}

impl Tables {
    fn fill(&mut self, unit: &Unit<'_>) {
        let types = &unit.program.types;
        self.table(
            offset_of!(Image, types),
            offset_of!(Image, types_len),
            types.types.iter().map(desc_words),
        );
        self.table(
            offset_of!(Image, fields),
            offset_of!(Image, fields_len),
            types.fields.iter().map(field_words),
        );
        let variants = types.variants.iter().map(variant_words);
        self.table(offset_of!(Image, variants), offset_of!(Image, variants_len), variants);
        let offsets = types.offsets.iter().map(|&offset| [offset]);
        self.table(offset_of!(Image, offsets), offset_of!(Image, offsets_len), offsets);
        let constraints = types.constraints.iter().map(constraint_words);
        self.table(offset_of!(Image, constraints), offset_of!(Image, constraints_len), constraints);
        let configs = types.configs.iter().map(config_words);
        self.table(offset_of!(Image, configs), offset_of!(Image, configs_len), configs);
        let names = self.positions(unit);
        self.text(offset_of!(Image, names), offset_of!(Image, names_len), &names);
        self.text(offset_of!(Image, build_info), offset_of!(Image, build_info_len), &unit.options.build_info);
    }

    /// The positions table; the result is the names, with the file names appended.
    fn positions(&mut self, unit: &Unit<'_>) -> String {
        let mut names = unit.program.types.names.clone();
        let mut files = BTreeMap::new();
        let mut rows = Vec::new();
        for &id in &unit.reach().positions {
            // Position numbers count from 1; 0 is not in the set.
            let Some(position) = unit.program.positions.get(id.0 as usize - 1) else {
                rows.push([0; 4]);
                continue;
            };
            let file = unit.program.files.get(position.file as usize).map_or("", String::as_str);
            let start = *files.entry(position.file).or_insert_with(|| {
                names.push_str(file);
                (names.len() - file.len()) as u32
            });
            rows.push([start, file.len() as u32, position.line, position.column]);
        }
        self.table(offset_of!(Image, positions), offset_of!(Image, positions_len), rows.into_iter());
        names
    }

    fn table<const N: usize>(
        &mut self,
        pointer: usize,
        length: usize,
        rows: impl ExactSizeIterator<Item = [u32; N]>,
    ) {
        let start = align(&mut self.bytes);
        self.places.push((pointer, start, length, rows.len()));
        self.bytes.extend(rows.flatten().flat_map(u32::to_le_bytes));
    }

    fn text(&mut self, pointer: usize, length: usize, text: &str) {
        self.places.push((pointer, self.bytes.len() as u32, length, text.len()));
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

// The rows are `repr(C)` structs of `u32` only: their memory is their fields in order.

/// The fields of a row, each named once, so that a new one cannot be forgotten.
macro_rules! words {
    ($row:expr, $type:ident { $($field:ident),* $(,)? }) => {{
        let &$type { $($field),* } = $row;
        [$($field),*]
    }};
}

fn desc_words(desc: &Desc) -> [u32; 19] {
    words!(
        desc,
        Desc {
            kind,
            flags,
            size,
            align,
            name,
            name_len,
            inner,
            payload_offset,
            first,
            count,
            value_refs,
            value_refs_count,
            object_size,
            object_refs,
            object_refs_count,
            message_field,
            sorted,
            constraints,
            constraints_count,
        }
    )
}

fn field_words(field: &Field) -> [u32; 9] {
    words!(field, Field { name, name_len, ty, offset, slots, slots_count, default, default_ty, flags })
}

fn variant_words(variant: &Variant) -> [u32; 4] {
    words!(variant, Variant { name, name_len, first, count })
}

fn constraint_words(constraint: &Constraint) -> [u32; 8] {
    let &Constraint { kind, call, low, high, text, text_len } = constraint;
    [kind, call, low[0], low[1], high[0], high[1], text, text_len]
}

fn config_words(config: &Config) -> [u32; 5] {
    words!(config, Config { name, name_len, first, count, variables })
}

const _: () = {
    assert!(size_of::<Desc>() == 19 * 4);
    assert!(size_of::<Field>() == 9 * 4);
    assert!(size_of::<Constraint>() == 8 * 4);
    assert!(size_of::<Config>() == 5 * 4);
    assert!(size_of::<Variant>() == 4 * 4);
    assert!(size_of::<fuse_abi::desc::Position>() == 4 * 4);
};
