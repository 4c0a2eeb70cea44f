//! From a checked program to machine code: which app runs, IR, optimisation; what `run`, `build` and `dump` share.

use fuse_codegen::{CodegenError, Optimise};
use fuse_hir::{App, FnId, Program};

/// Instructions, as lowered, up to which a program is optimised before it runs: some 15,000 lines, a fifth of a second.
const LARGE: usize = 100_000;

/// How much the compiler spends on the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Quick to build: the debug profile, and running programs so large that one would wait for the compiler.
    Quick,
    /// Fast code: the release profiles, and running all other programs.
    Full,
}

impl Effort {
    /// The code generator's share.
    pub fn codegen(self) -> fuse_codegen::Options {
        fuse_codegen::Options::new(match self {
            Effort::Quick => Optimise::None,
            Effort::Full => Optimise::Speed,
        })
    }
}

/// The app that starts (runtime reference 1.2): the named one, else the first, if there is any. The error is the text of the failure.
pub fn select_app<'a>(program: &'a Program, name: Option<&str>) -> Result<Option<&'a App>, String> {
    let apps = &program.apps;
    let Some(name) = name else { return Ok(apps.first()) };
    let selected = apps.iter().find(|app| app.name == name);
    if selected.is_some() {
        return Ok(selected);
    }
    let declared = apps.iter().map(|app| app.name.as_str()).collect::<Vec<_>>();
    let declared = if declared.is_empty() {
        "none declared".to_owned()
    } else {
        format!("declared: {}", declared.join(", "))
    };
    Err(format!("app not found: {name} ({declared})"))
}

/// The IR of everything that the app, `fn main` and the configs reach, optimised, with reference counts.
pub fn to_ir(program: &Program, entry: Option<FnId>, effort: Effort) -> fuse_ir::Program {
    optimised(fuse_lower::lower(program, fuse_lower::Options { entry }), effort)
}

/// The same for running at once, with the effort that suits its size.
pub fn to_ir_for_run(program: &Program, entry: Option<FnId>) -> (fuse_ir::Program, Effort) {
    let ir = fuse_lower::lower(program, fuse_lower::Options { entry });
    let size = ir.functions.iter().flat_map(|function| &function.blocks).map(|block| block.insts.len());
    let effort = if size.sum::<usize>() <= LARGE { Effort::Full } else { Effort::Quick };
    (optimised(ir, effort), effort)
}

/// The same of tests and what they and the configs reach.
pub fn tests_to_ir(program: &Program, tests: &[FnId]) -> fuse_ir::Program {
    optimised(fuse_lower::lower_tests(program, tests), Effort::Quick)
}

fn optimised(mut ir: fuse_ir::Program, effort: Effort) -> fuse_ir::Program {
    let level = match effort {
        Effort::Quick => fuse_ir::passes::Level::Quick,
        Effort::Full => fuse_ir::passes::Level::Full,
    };
    fuse_ir::passes::optimize(&mut ir, level);
    fuse_ir::passes::finish(&mut ir, level);
    ir
}

/// What to say of code that could not be generated although the program checked: a defect of the tool chain.
pub fn internal_message(error: &CodegenError) -> String {
    format!("internal error: {error}; this is a bug in fuse {}", env!("CARGO_PKG_VERSION"))
}
