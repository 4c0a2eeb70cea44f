//! What `fuse dump clif` and `fuse dump asm` show.

use crate::contain::contained;
use crate::error::CodegenError;
use crate::options::Options;
use crate::target::instruction_set;
use crate::unit::Unit;
use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_frontend::FunctionBuilderContext;
use cranelift_module::default_libcall_names;
use cranelift_object::{ObjectBuilder, ObjectModule};
use fuse_ir::Program;
use std::fmt::Write as _;

/// The Cranelift IR of all functions in the order of generation, or of those whose name is `only`.
pub fn dump_clif(program: &Program, options: &Options, only: Option<&str>) -> Result<String, CodegenError> {
    dump(program, options, only, |_, context| Ok(context.func.display().to_string()))
}

/// The machine code, as Cranelift's assembler text, of all functions in the order of generation, or of those whose name is `only`.
pub fn dump_asm(program: &Program, options: &Options, only: Option<&str>) -> Result<String, CodegenError> {
    dump(program, options, only, |isa, context| {
        context.set_disasm(true);
        context
            .compile(&**isa, &mut ControlPlane::default())
            .map_err(|error| CodegenError::general(error.inner.to_string()))?;
        let code = context.compiled_code().ok_or_else(|| CodegenError::general("no code"))?;
        Ok(code.vcode.clone().unwrap_or_default())
    })
}

fn dump(
    program: &Program,
    options: &Options,
    only: Option<&str>,
    show: impl Fn(&OwnedTargetIsa, &mut Context) -> Result<String, CodegenError>,
) -> Result<String, CodegenError> {
    let isa = instruction_set(options)?;
    let builder =
        ObjectBuilder::new(isa.clone(), "dump", default_libcall_names()).map_err(CodegenError::module)?;
    let unit_module = &mut ObjectModule::new(builder);
    let unit = Unit::declare(unit_module, program, options, true)?;
    let mut text = String::new();
    let mut builder = FunctionBuilderContext::new();
    for &(body, _) in unit.bodies() {
        let name = unit.body_name(body);
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let mut context = Context::new();
        let shown = contained(Some(&name), || {
            unit.translate(body, &mut context, &mut builder)?;
            show(&isa, &mut context)
        })?;
        let _ = writeln!(text, "; {name}\n{}\n", shown.trim_end());
    }
    Ok(text)
}
