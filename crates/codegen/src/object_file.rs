//! The object driver: a relocatable ELF object for `fuse-link`.

use crate::contain::contained;
use crate::debug_info;
use crate::error::CodegenError;
use crate::options::Options;
use crate::target::instruction_set;
use crate::unit::generate;
use cranelift_module::default_libcall_names;
use cranelift_object::{ObjectBuilder, ObjectModule};
use fuse_ir::Program;

/// A program as a relocatable object.
#[derive(Clone, Debug)]
pub struct Object {
    /// The ELF file. It defines `fuse_image` (hidden) and refers to runtime functions by their symbols.
    pub bytes: Vec<u8>,
    /// Names of all functions of the program that have code; each is the name of a local text symbol.
    pub functions: Vec<String>,
}

/// Compiles the part of the program that its entry reaches into an object. The program must have been verified and have been through RC insertion.
pub fn emit_object(program: &Program, options: &Options) -> Result<Object, CodegenError> {
    let isa = instruction_set(options)?;
    contained(None, || {
        // Everything in the object is reachable, so nothing is gained by sections of its own for each function: one text section, one
        // read-only section and one with pointers link faster.
        let builder = ObjectBuilder::new(isa.clone(), "program", default_libcall_names());
        let mut module = ObjectModule::new(builder.map_err(CodegenError::module)?);
        let generated = generate(&mut module, &isa, program, options, true)?;
        let mut product = module.finish();
        if options.debug_info {
            let positions = generated.positions.iter().map(|id| program.positions.get(id.0 as usize - 1));
            let positions = positions.collect::<Option<Vec<_>>>();
            let positions = positions.ok_or_else(|| CodegenError::general("a position is unknown"))?;
            debug_info::add(&mut product, program, &positions, &generated.lines)?;
        }
        let bytes = product.emit().map_err(|error| CodegenError::general(error.to_string()))?;
        Ok(Object { bytes, functions: generated.functions })
    })
}
