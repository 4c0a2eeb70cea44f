//! The in-memory driver: code and data in this process.

use crate::contain::contained;
use crate::error::CodegenError;
use crate::options::Options;
use crate::target::instruction_set;
use crate::unit::generate;
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use cranelift_module::{Linkage, Module, default_libcall_names};
use fuse_abi::desc::Image;
use fuse_ir::Program;
use std::collections::HashMap;
use std::fmt;

/// Address space reserved for one program: near enough for direct calls and addresses. Only what is used takes memory; where address space
/// is limited, less must do.
const ARENAS: [usize; 3] = [512 << 20, 128 << 20, 16 << 20];
/// Address space that is left for the program: its stack and its values.
const LEFT: usize = 192 << 20;

/// A program in memory, ready to be run by the runtime. Its code and data live as long as this value.
pub struct Loaded {
    /// `None` only while it is being dropped.
    module: Option<JITModule>,
    image: *const Image,
    functions: Vec<String>,
}

impl Loaded {
    /// What the runtime needs to run the program.
    pub fn image(&self) -> &Image {
        // SAFETY: `image` points to finalized data of `module`, which is laid out as an `Image` (`data::define`) and lives as long as `self`.
        unsafe { &*self.image }
    }

    /// Names of all functions of the program that have code.
    pub fn functions(&self) -> &[String] {
        &self.functions
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("functions", &self.functions).finish_non_exhaustive()
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: the only way to the code is `image`, whose borrow of `self` has ended; running a program borrows it to its end.
            unsafe { module.free_memory() };
        }
    }
}

fn arena() -> Result<ArenaMemoryProvider, CodegenError> {
    let fits = |size: &usize| ArenaMemoryProvider::new_with_size(size + LEFT).is_ok();
    let size = ARENAS.into_iter().find(fits).unwrap_or(ARENAS[ARENAS.len() - 1]);
    ArenaMemoryProvider::new_with_size(size)
        .map_err(|error| CodegenError::general(format!("cannot reserve memory for code: {error}")))
}

/// Compiles the part of the program that its entry reaches into memory. `symbols` gives the addresses of runtime functions by symbol
/// (`fuse_print_str`); the program must have been verified and have been through RC insertion.
pub fn load<'s>(
    program: &Program,
    options: &Options,
    symbols: impl IntoIterator<Item = (&'s str, *const u8)>,
) -> Result<Loaded, CodegenError> {
    let isa = instruction_set(options)?;
    let symbols = symbols.into_iter().collect::<HashMap<_, _>>();
    contained(None, || {
        let mut builder = JITBuilder::with_isa(isa.clone(), default_libcall_names());
        let arena = arena()?;
        builder.memory_provider(Box::new(arena));
        builder.symbols(symbols.iter().map(|(&name, &address)| (name, address)));
        let mut module = JITModule::new(builder);
        let generated = generate(&mut module, &isa, program, options, false)?;
        for (_, declaration) in module.declarations().get_functions() {
            let name = declaration.name.as_deref().unwrap_or_default();
            if declaration.linkage == Linkage::Import && !symbols.contains_key(name) {
                return Err(CodegenError::general(format!("the runtime has no function `{name}`")));
            }
        }
        module.finalize_definitions().map_err(CodegenError::module)?;
        let (image, size) = module.get_finalized_data(generated.image);
        if size != size_of::<Image>() || !image.cast::<Image>().is_aligned() {
            return Err(CodegenError::general("the image is malformed"));
        }
        Ok(Loaded { image: image.cast(), module: Some(module), functions: generated.functions })
    })
}
