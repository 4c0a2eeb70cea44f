//! Line information for debuggers (DWARF 4): which machine code comes from which line of which `.fuse` file.
//!
//! Only names of files relative to the package go in, so that executables do not depend on where they were built.

use crate::error::CodegenError;
use crate::unit::FunctionLines;
use cranelift_codegen::gimli::write::{
    Address, AttributeValue, Dwarf, EndianVec, FileId, LineProgram, LineString, RelocateWriter,
    Relocation as DwarfRelocation, RelocationTarget, Sections, Unit as DwarfUnit, UnitId,
};
use cranelift_codegen::gimli::{
    DW_AT_comp_dir, DW_AT_external, DW_AT_high_pc, DW_AT_language, DW_AT_low_pc, DW_AT_name, DW_AT_producer,
    DW_AT_stmt_list, DW_LANG_C99, DW_TAG_subprogram, Encoding, Format, LineEncoding, RunTimeEndian,
};
use cranelift_object::ObjectProduct;
use cranelift_object::object::write::{Object, Relocation, SymbolId};
use cranelift_object::object::{RelocationEncoding, RelocationFlags, RelocationKind, SectionKind};
use fuse_ir::{Position, Program};
use std::collections::BTreeMap;

const ENCODING: Encoding = Encoding { format: Format::Dwarf32, version: 4, address_size: 8 };

/// Adds the debug sections to an object whose functions have these lines. `positions` are the positions in the order of their numbers, from 1.
pub(crate) fn add(
    product: &mut ObjectProduct,
    program: &Program,
    positions: &[&Position],
    functions: &[(String, FunctionLines)],
) -> Result<(), CodegenError> {
    let symbols = functions.iter().map(|(_, lines)| product.function_symbol(lines.id)).collect::<Vec<_>>();
    let (Some(&first), Some(&last), Some((_, last_lines))) =
        (symbols.first(), symbols.last(), functions.last())
    else {
        return Ok(());
    };
    let start = product.object.symbol(first).value;
    let size = product.object.symbol(last).value + u64::from(last_lines.size) - start;
    let mut dwarf = Dwarf::new();
    let unit = compilation_unit(&mut dwarf, program, size);
    let mut files = Files { program, known: BTreeMap::new() };
    for (symbol, (name, lines)) in functions.iter().enumerate() {
        let unit = dwarf.units.get_mut(unit);
        subprogram(unit, name, symbol, lines.size);
        line_sequence(&mut unit.line_program, &mut files, positions, symbol, lines);
    }
    write(&mut dwarf, &mut product.object, &symbols)
}

fn compilation_unit(dwarf: &mut Dwarf, program: &Program, size: u64) -> UnitId {
    let main = program.files.first().map_or("program", String::as_str).as_bytes();
    let text = |text: &[u8]| LineString::String(text.to_vec());
    let lines = LineProgram::new(ENCODING, LineEncoding::default(), text(b"."), None, text(main), None);
    let unit = dwarf.units.add(DwarfUnit::new(ENCODING, lines));
    let producer = dwarf.strings.add("fuse");
    let root = dwarf.units.get(unit).root();
    let root = dwarf.units.get_mut(unit).get_mut(root);
    root.set(DW_AT_producer, AttributeValue::StringRef(producer));
    // Debuggers have no notion of FUSE; C is the language whose expressions they read everywhere.
    root.set(DW_AT_language, AttributeValue::Language(DW_LANG_C99));
    root.set(DW_AT_name, AttributeValue::String(main.to_vec()));
    root.set(DW_AT_comp_dir, AttributeValue::String(b".".to_vec()));
    root.set(DW_AT_stmt_list, AttributeValue::LineProgramRef);
    root.set(DW_AT_low_pc, AttributeValue::Address(address(0)));
    root.set(DW_AT_high_pc, AttributeValue::Udata(size));
    unit
}

fn subprogram(unit: &mut DwarfUnit, name: &str, symbol: usize, size: u32) {
    let root = unit.root();
    let entry = unit.add(root, DW_TAG_subprogram);
    let entry = unit.get_mut(entry);
    entry.set(DW_AT_name, AttributeValue::String(name.as_bytes().to_vec()));
    entry.set(DW_AT_external, AttributeValue::Flag(true));
    entry.set(DW_AT_low_pc, AttributeValue::Address(address(symbol)));
    entry.set(DW_AT_high_pc, AttributeValue::Udata(u64::from(size)));
}

/// The start of a function, by its index.
fn address(symbol: usize) -> Address {
    Address::Symbol { symbol, addend: 0 }
}

/// Files of the line program.
struct Files<'a> {
    program: &'a Program,
    known: BTreeMap<u32, FileId>,
}

impl Files<'_> {
    fn id(&mut self, lines: &mut LineProgram, file: u32) -> FileId {
        *self.known.entry(file).or_insert_with(|| {
            let name = self.program.files.get(file as usize).map_or("unknown", String::as_str);
            let folder = lines.default_directory();
            lines.add_file(LineString::String(name.as_bytes().to_vec()), folder, None)
        })
    }
}

/// The rows of one function. Code without a position belongs to the one before it, that at the start of the function to the first one.
fn line_sequence(
    lines: &mut LineProgram,
    files: &mut Files<'_>,
    positions: &[&Position],
    symbol: usize,
    function: &FunctionLines,
) {
    let known = |number: u32| positions.get((number as usize).wrapping_sub(1)).copied();
    let mut rows = function.ranges.iter().filter_map(|&(start, _, number)| Some((start, known(number)?)));
    let Some((_, first)) = rows.clone().next() else { return };
    lines.begin_sequence(Some(address(symbol)));
    let mut row = |lines: &mut LineProgram, offset: u32, position: &Position| {
        let file = files.id(lines, position.file);
        let row = lines.row();
        row.address_offset = u64::from(offset);
        row.file = file;
        row.line = u64::from(position.line);
        row.column = u64::from(position.column);
        lines.generate_row();
    };
    row(lines, 0, first);
    for (offset, position) in rows.by_ref().filter(|&(offset, _)| offset != 0) {
        row(lines, offset, position);
    }
    lines.end_sequence(u64::from(function.size));
}

/// Bytes of a debug section and the relocations in it.
#[derive(Clone)]
struct Section {
    bytes: EndianVec<RunTimeEndian>,
    relocations: Vec<DwarfRelocation>,
}

impl RelocateWriter for Section {
    type Writer = EndianVec<RunTimeEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.bytes
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.bytes
    }

    fn relocate(&mut self, relocation: DwarfRelocation) {
        self.relocations.push(relocation);
    }
}

fn write(dwarf: &mut Dwarf, object: &mut Object<'static>, symbols: &[SymbolId]) -> Result<(), CodegenError> {
    let empty = Section { bytes: EndianVec::new(RunTimeEndian::Little), relocations: Vec::new() };
    let mut sections = Sections::new(empty);
    let failed = |error: String| CodegenError::general(format!("debug information: {error}"));
    dwarf.write(&mut sections).map_err(|error| failed(error.to_string()))?;
    let mut written = BTreeMap::new();
    sections.for_each_mut(|id, section| -> Result<(), CodegenError> {
        if !section.bytes.slice().is_empty() {
            let name = id.name().as_bytes().to_vec();
            let target = object.add_section(Vec::new(), name, SectionKind::Debug);
            object.append_section_data(target, section.bytes.take().as_slice(), 1);
            written.insert(id.name(), (target, object.section_symbol(target)));
        }
        Ok(())
    })?;
    sections.for_each(|id, section| -> Result<(), CodegenError> {
        for relocation in &section.relocations {
            let missing = || failed("a reference to an empty section".to_owned());
            let symbol = match relocation.target {
                RelocationTarget::Symbol(number) => *symbols.get(number).ok_or_else(missing)?,
                RelocationTarget::Section(id) => written.get(&id.name()).ok_or_else(missing)?.1,
            };
            let (target, _) = written.get(&id.name()).ok_or_else(missing)?;
            let flags = RelocationFlags::Generic {
                kind: RelocationKind::Absolute,
                encoding: RelocationEncoding::Generic,
                size: relocation.size * 8,
            };
            let relocation =
                Relocation { offset: relocation.offset as u64, symbol, addend: relocation.addend, flags };
            object.add_relocation(*target, relocation).map_err(|error| failed(error.to_string()))?;
        }
        Ok(())
    })
}
