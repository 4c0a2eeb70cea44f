//! Layouts as text, for people who work on the tool chain (`fuse dump layout`).

use crate::shape::{Shape, ShapeKind};
use crate::tables::Tables;
use fuse_hir::{EnumId, Program, StructId, Type as HirType};
use std::fmt::Write;

/// Size, alignment and field offsets of each struct and enum of the program.
pub fn dump_layouts(program: &Program) -> String {
    let mut tables = Tables::new(program);
    let mut out = String::new();
    for (index, declaration) in program.structs.iter().enumerate() {
        let layout = tables.layout(StructId(index as u32));
        let _ = writeln!(out, "type {}: object of {} bytes, alignment 8", declaration.name, layout.size);
        for (field, offset) in declaration.fields.iter().zip(&layout.offsets) {
            let shape = tables.shapes.of(field.ty);
            let _ = writeln!(out, "  {offset:>4} {}: {}", field.name, slots(&shape));
        }
    }
    let enums = (0..program.types.len() as u32).map(fuse_hir::Ty);
    for ty in enums {
        let HirType::Enum(EnumId(index)) = program.types.get(ty) else { continue };
        let declaration = &program.enums[*index as usize];
        let shape = tables.shapes.of(ty);
        let _ = writeln!(
            out,
            "enum {}: {}, {} bytes, alignment {}",
            declaration.name,
            slots(&shape),
            shape.size,
            shape.align
        );
        let ShapeKind::Sum(sum) = &shape.kind else { continue };
        if sum.boxed {
            let _ = writeln!(out, "  in a node: {:?} at {:?}", sum.slots, sum.offsets);
        }
        for (variant, placed) in declaration.variants.iter().zip(&sum.variants) {
            let _ = writeln!(out, "  {}: slots {:?}", variant.name, placed.places);
        }
    }
    out
}

fn slots(shape: &Shape) -> String {
    let slots = shape.slots.iter().zip(&shape.offsets).map(|(slot, offset)| format!("{slot:?}+{offset}"));
    format!("[{}]", slots.collect::<Vec<_>>().join(" "))
}
