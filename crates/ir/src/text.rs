//! The text form of programs. [`crate::parse`] reads it back, exactly.
//!
//! ```text
//! file "main.fuse"
//! position 0:3:9                                ; number 1: file 0, line 3, column 9
//! predefined                                    ; the predefined descriptors
//! names "Point"
//! type struct size 8 align 8 count 2 object_size 24     ; fields that are 0 are left out
//! static s0 = "hello"
//! entry main.main
//!
//! fn main.sum(own v0: ref, v1: i64) -> (i64) fails recursive {
//! b0:                                           ; has the function's parameters
//!   v2: i64 = load v0+8
//!   v3: i64 = checked_add v1, v2 @1 cleanup(v0) ; position; objects to release on failure
//!   jump b1(v3)
//! b1(v4: i64):
//!   return v4
//! }
//! ```

use crate::Type;
use crate::function::{BlockData, Function, InstData, Value};
use crate::inst::{BlockCall, Inst, Terminator};
use crate::names::{
    BINARY, CHECKED, DESC_KINDS, FLOAT_CC, INT_CC, TYPES, UNARY, default_message_field, desc_fields, is_bare,
    word,
};
use crate::program::{FuncId, PositionId, Program, Signature, StaticData};
use fuse_abi::desc::{Constraint, Desc, Field};
use fuse_abi::functions::Mode;
use std::fmt::{self, Display, Formatter, Write as _};

/// The whole program.
pub fn program(program: &Program) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_program(&mut out, program);
    out
}

/// One function of a program.
pub fn function(program: &Program, id: FuncId) -> String {
    function_of(program, program.function(id))
}

/// A function that need not be in the program yet; the program supplies the names of its callees.
pub fn function_of(program: &Program, function: &Function) -> String {
    let mut out = String::new();
    let _ = write_function(&mut out, program, function);
    out
}

/// An instruction, for messages.
pub fn instruction(program: &Program, inst: &InstData) -> String {
    InstText(program, inst).to_string()
}

/// A terminator, for messages.
pub fn terminator(term: &Terminator) -> String {
    term.to_string()
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(word(TYPES, *self))
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl Display for crate::Block {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "b{}", self.0)
    }
}

fn write_program(out: &mut String, program: &Program) -> fmt::Result {
    for file in &program.files {
        writeln!(out, "file {}", Quoted(file))?;
    }
    for position in &program.positions {
        writeln!(out, "position {}:{}:{}", position.file, position.line, position.column)?;
    }
    write_types(out, program)?;
    for (index, data) in program.statics.iter().enumerate() {
        write!(out, "static s{index} = ")?;
        match data {
            StaticData::String(text) => writeln!(out, "{}", Quoted(text))?,
            StaticData::Object { ty, bytes, objects } => {
                write!(out, "object {ty} x\"")?;
                bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
                out.push_str("\" {");
                let list =
                    objects.iter().map(|(offset, id)| format!("{offset}: s{}", id.0)).collect::<Vec<_>>();
                writeln!(out, "{}}}", list.join(", "))?;
            }
            StaticData::Block(size) => writeln!(out, "block {size}")?,
        }
    }
    for (word, function) in [("entry", program.entry), ("main", program.main), ("calls", program.calls)] {
        if let Some(function) = function {
            writeln!(out, "{word} {}", FunctionName(program, function))?;
        }
    }
    if let Some(block) = program.config_block {
        writeln!(out, "config_block s{}", block.0)?;
    }
    if program.validation != [0; 3] {
        let [error, entry, list] = program.validation;
        writeln!(out, "validation {error} {entry} {list}")?;
    }
    for function in &program.functions {
        if !out.is_empty() {
            out.push('\n');
        }
        write_function(out, program, function)?;
    }
    Ok(())
}

fn write_types(out: &mut String, program: &Program) -> fmt::Result {
    let tables = &program.types;
    let (mut types, mut offsets, mut constraints) =
        (&tables.types[..], &tables.offsets[..], &tables.constraints[..]);
    if tables.starts_with_predefined() {
        let predefined = crate::TypeTables::predefined();
        types = &types[predefined.types.len()..];
        offsets = &offsets[predefined.offsets.len()..];
        constraints = &constraints[predefined.constraints.len()..];
        out.push_str("predefined\n");
    }
    if !tables.names.is_empty() {
        writeln!(out, "names {}", Quoted(&tables.names))?;
    }
    for desc in types {
        write_desc(out, desc)?;
    }
    for field in &tables.fields {
        writeln!(
            out,
            "field name {} {} type {} offset {} slots {} {}{}",
            field.name,
            field.name_len,
            field.ty,
            field.offset,
            field.slots,
            field.slots_count,
            DefaultOf(field)
        )?;
    }
    for variant in &tables.variants {
        writeln!(
            out,
            "variant name {} {} fields {} {}",
            variant.name, variant.name_len, variant.first, variant.count
        )?;
    }
    for row in constraints {
        let (low, high) = (Constraint::bound(row.low), Constraint::bound(row.high));
        writeln!(
            out,
            "constraint {} call {} from {low} to {high} text {} {}",
            row.kind, row.call, row.text, row.text_len
        )?;
    }
    for row in &tables.configs {
        writeln!(
            out,
            "config name {} {} fields {} {} variables {}",
            row.name, row.name_len, row.first, row.count, row.variables
        )?;
    }
    if !offsets.is_empty() {
        let list = offsets.iter().map(u32::to_string).collect::<Vec<_>>();
        writeln!(out, "offsets {}", list.join(" "))?;
    }
    Ok(())
}

fn write_desc(out: &mut String, desc: &Desc) -> fmt::Result {
    match DESC_KINDS.iter().find(|(kind, _)| *kind as u32 == desc.kind) {
        Some((_, word)) => write!(out, "type {word}")?,
        None => write!(out, "type {}", desc.kind)?,
    }
    macro_rules! write_fields {
        ($($field:ident),*) => {
            $(if desc.$field != 0 {
                write!(out, concat!(" ", stringify!($field), " {}"), desc.$field)?;
            })*
        };
    }
    desc_fields!(write_fields);
    if desc.message_field != default_message_field(desc.kind) {
        write!(out, " message_field {}", desc.message_field)?;
    }
    writeln!(out)
}

fn write_function(out: &mut String, program: &Program, function: &Function) -> fmt::Result {
    write!(out, "fn {}(", Name(&function.name))?;
    let params = function.blocks.first().map_or(&[][..], |entry| &entry.params[..]);
    for (index, (param, value)) in function.signature.params.iter().zip(params).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let own = if param.mode == Mode::Own { "own " } else { "" };
        write!(out, "{comma}{own}{value}: {}", param.ty)?;
    }
    out.push(')');
    if !function.signature.results.is_empty() {
        write!(out, " -> ({})", List(&function.signature.results))?;
    }
    if function.signature.fails {
        out.push_str(" fails");
    }
    if function.recursive {
        out.push_str(" recursive");
    }
    out.push_str(" {\n");
    for (index, block) in function.blocks.iter().enumerate() {
        write_block(out, program, function, index, block)?;
    }
    out.push_str("}\n");
    Ok(())
}

fn write_block(
    out: &mut String,
    program: &Program,
    function: &Function,
    index: usize,
    block: &BlockData,
) -> fmt::Result {
    write!(out, "b{index}")?;
    if index != 0 && !block.params.is_empty() {
        let list = block.params.iter().map(|param| format!("{param}: {}", function.ty(*param)));
        write!(out, "({})", list.collect::<Vec<_>>().join(", "))?;
    }
    out.push_str(":\n");
    for inst in &block.insts {
        out.push_str("  ");
        for (index, result) in inst.results.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(out, "{comma}{result}: {}", function.ty(*result))?;
        }
        if !inst.results.is_empty() {
            out.push_str(" = ");
        }
        writeln!(out, "{}", InstText(program, inst))?;
    }
    writeln!(out, "  {}", block.term)
}

struct InstText<'a>(&'a Program, &'a InstData);

impl Display for InstText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let InstText(program, data) = self;
        match &data.inst {
            Inst::Int(value) => write!(f, "int {value}"),
            Inst::Float(bits) => {
                let value = f64::from_bits(*bits);
                if value.is_nan() { write!(f, "float 0x{bits:016x}") } else { write!(f, "float {value:?}") }
            }
            Inst::Byte(value) => write!(f, "byte {value}"),
            Inst::Null(_) => write!(f, "null"),
            Inst::Static(id) => write!(f, "static s{}", id.0),
            Inst::FunctionAddress(id) => write!(f, "function {}", FunctionName(program, *id)),
            Inst::Unary(op, a) => write!(f, "{} {a}", word(UNARY, *op)),
            Inst::Binary(op, a, b) => write!(f, "{} {a}, {b}", word(BINARY, *op)),
            Inst::Checked(op, a, b, position) => {
                write!(f, "{} {a}, {b}{}", word(CHECKED, *op), At(*position))
            }
            Inst::IntCompare(cc, a, b) => write!(f, "{} {a}, {b}", word(INT_CC, *cc)),
            Inst::FloatCompare(cc, a, b) => write!(f, "{} {a}, {b}", word(FLOAT_CC, *cc)),
            Inst::Select(a, b, c) => write!(f, "select {a}, {b}, {c}"),
            Inst::Check(a, failure, position) => write!(f, "check {a}, {}{}", failure.name(), At(*position)),
            Inst::IsNull(a) => write!(f, "is_null {a}"),
            Inst::Unwrap(a) => write!(f, "unwrap {a}"),
            Inst::Node { ty, size, fields } => write!(f, "node {ty} {size} {}", Slots(fields)),
            Inst::Load { base, offset, .. } => write!(f, "load {base}+{offset}"),
            Inst::Take { base, offset, .. } => write!(f, "take {base}+{offset}"),
            Inst::Put { base, offset, value } => write!(f, "put {base}+{offset}, {value}"),
            Inst::Unique(a) => write!(f, "unique {a}"),
            Inst::UniqueSlot { base, offset, copy } => {
                write!(f, "unique_slot {} {base}+{offset}", copy.row().name)
            }
            Inst::Len(a) => write!(f, "len {a}"),
            Inst::ElementAddress { list, index, stride } => write!(f, "element {list}, {index}, {stride}"),
            Inst::Spill { size, slots } => write!(f, "spill {size} {}", Slots(slots)),
            Inst::Call(callee, args, position) => {
                write!(f, "call {}({}){}", FunctionName(program, *callee), List(args), At(*position))
            }
            Inst::Try(callee, args, position) => {
                write!(f, "try {}({}){}", FunctionName(program, *callee), List(args), At(*position))
            }
            Inst::CallRuntime { function, types, args, position } => {
                write!(f, "runtime {}", function.row().name)?;
                if !types.is_empty() {
                    write!(f, "<{}>", List(types))?;
                }
                write!(f, "({}){}", List(args), At(*position))
            }
            Inst::CallIndirect { signature, callee, args, position } => {
                write!(f, "indirect {callee}({}): {}{}", List(args), SignatureText(signature), At(*position))
            }
            Inst::Retain(a) => write!(f, "retain {a}"),
            Inst::Release(a) => write!(f, "release {a}"),
        }?;
        if data.cleanup.is_empty() { Ok(()) } else { write!(f, " cleanup({})", List(&data.cleanup)) }
    }
}

impl Display for Terminator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Terminator::Jump(call) => write!(f, "jump {call}"),
            Terminator::Branch(value, then, otherwise) => write!(f, "branch {value}, {then}, {otherwise}"),
            Terminator::Switch(value, cases, default) => {
                let list = cases.iter().map(|(case, call)| format!("{case}: {call}")).collect::<Vec<_>>();
                write!(f, "switch {value} {{{}}} else {default}", list.join(", "))
            }
            Terminator::Return(values) if values.is_empty() => write!(f, "return"),
            Terminator::Return(values) => write!(f, "return {}", List(values)),
            Terminator::Fail(failure, position) => write!(f, "fail {}{}", failure.name(), At(*position)),
            Terminator::Unreachable => write!(f, "unreachable"),
        }
    }
}

impl Display for BlockCall {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.args.is_empty() {
            write!(f, "{}", self.block)
        } else {
            write!(f, "{}({})", self.block, List(&self.args))
        }
    }
}

struct SignatureText<'a>(&'a Signature);

impl Display for SignatureText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let params = self.0.params.iter().map(|param| param.ty).collect::<Vec<_>>();
        write!(f, "({}) -> ({})", List(&params), List(&self.0.results))
    }
}

/// What a field says of its default.
struct DefaultOf<'a>(&'a Field);

impl Display for DefaultOf<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Field { default, default_ty, flags, .. } = *self.0;
        if (default, default_ty, flags) == (0, 0, 0) {
            return Ok(());
        }
        write!(f, " default {default} {default_ty} flags {flags}")
    }
}

struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{item}")?;
        }
        Ok(())
    }
}

struct Slots<'a>(&'a [(u32, Value)]);

impl Display for Slots<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (index, (offset, value)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{offset}: {value}")?;
        }
        f.write_char('}')
    }
}

struct At(PositionId);

impl Display for At {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0.0 == 0 { Ok(()) } else { write!(f, " @{}", self.0.0) }
    }
}

struct FunctionName<'a>(&'a Program, FuncId);

impl Display for FunctionName<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.functions.get(self.1.0 as usize) {
            Some(function) => Name(&function.name).fmt(f),
            None => write!(f, "\"no function {}\"", self.1.0),
        }
    }
}

struct Name<'a>(&'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if is_bare(self.0) { f.write_str(self.0) } else { Quoted(self.0).fmt(f) }
    }
}

struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                c if c.is_control() => write!(f, "\\u{{{:x}}}", c as u32)?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}
