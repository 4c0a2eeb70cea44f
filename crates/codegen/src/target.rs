//! The target machine and Cranelift's settings.
//!
//! The instruction set is the baseline of the architecture, in memory too: run and build must not disagree, and executables must not depend on
//! the machine that built them.

use crate::error::CodegenError;
use crate::options::{Optimise, Options};
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};

/// The instruction set with all settings.
pub(crate) fn instruction_set(options: &Options) -> Result<OwnedTargetIsa, CodegenError> {
    with_settings(options.optimise, options.verify)
}

/// The same without optimisation, for single functions.
pub(crate) fn quick_instruction_set(options: &Options) -> Result<OwnedTargetIsa, CodegenError> {
    with_settings(Optimise::None, options.verify)
}

fn with_settings(optimise: Optimise, verify: bool) -> Result<OwnedTargetIsa, CodegenError> {
    let mut flags = settings::builder();
    let optimise = optimise == Optimise::Speed;
    let settings = [
        ("opt_level", if optimise { "speed" } else { "none" }),
        ("regalloc_algorithm", if optimise { "backtracking" } else { "single_pass" }),
        // With it, Cranelift takes every address from a table of the linker. Without it, what is declared near (everything in an object) is
        // addressed relative to the instruction, which is as independent of the position.
        ("is_pic", "false"),
        ("enable_pinned_reg", "true"),
        ("log2_min_function_alignment", if optimise { "4" } else { "0" }),
        // Where blocks begin, for the placement of loops.
        ("machine_code_cfg_info", if optimise { "true" } else { "false" }),
        ("preserve_frame_pointers", "true"),
        ("unwind_info", "false"),
        // Large frames touch each page on entry, so that they cannot jump over the guard page of the stack.
        ("enable_probestack", "true"),
        ("probestack_strategy", "inline"),
        // Guards against speculation protect a host from code that it does not trust; programs are processes of their own.
        ("enable_table_access_spectre_mitigation", "false"),
        ("enable_heap_access_spectre_mitigation", "false"),
        ("enable_verifier", if verify { "true" } else { "false" }),
    ];
    for (name, value) in settings {
        flags
            .set(name, value)
            .map_err(|error| CodegenError::general(format!("setting `{name}`: {error}")))?;
    }
    let triple = concat_triple();
    isa::lookup_by_name(triple)
        .map_err(|error| CodegenError::general(format!("target `{triple}`: {error}")))?
        .finish(settings::Flags::new(flags))
        .map_err(|error| CodegenError::general(format!("target `{triple}`: {error}")))
}

fn concat_triple() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "aarch64-unknown-linux-gnu",
        _ => "x86_64-unknown-linux-gnu",
    }
}
