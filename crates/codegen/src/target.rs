//! The target machine and Cranelift's settings.
//!
//! The instruction set is the baseline of the architecture, in memory too: run and build must not disagree, and executables must not depend on
//! the machine that built them.

use crate::error::CodegenError;
use crate::options::{Optimise, Options};
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};

/// Where code goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Into this process.
    Memory,
    /// Into an object for a position-independent executable.
    Object,
}

/// The instruction set with all settings.
pub(crate) fn instruction_set(place: Place, options: &Options) -> Result<OwnedTargetIsa, CodegenError> {
    let mut flags = settings::builder();
    let optimise = options.optimise == Optimise::Speed;
    let settings = [
        ("opt_level", if optimise { "speed" } else { "none" }),
        ("regalloc_algorithm", if optimise { "backtracking" } else { "single_pass" }),
        ("is_pic", if place == Place::Object { "true" } else { "false" }),
        ("enable_pinned_reg", "true"),
        ("preserve_frame_pointers", "true"),
        ("unwind_info", "false"),
        // Large frames touch each page on entry, so that they cannot jump over the guard page of the stack.
        ("enable_probestack", "true"),
        ("probestack_strategy", "inline"),
        ("enable_verifier", if options.verify { "true" } else { "false" }),
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
