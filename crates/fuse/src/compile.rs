//! From a checked program to machine code: which app runs, IR, optimisation; what `run`, `build` and `dump` share.

use fuse_codegen::{CodegenError, Optimise};
use fuse_diagnostics::{Diagnostic, Sources, Span, codes};
use fuse_hir::{App, FnId, ModuleId, Program};
use fuse_lower::NotAvailable;

use crate::cli::FAILED;
use crate::output::Output;

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

/// The IR of everything that the app, `fn main` and the configs reach, optimised, with reference counts; or what of it this version cannot run.
pub fn to_ir(
    program: &Program,
    entry: Option<FnId>,
    effort: Effort,
) -> Result<fuse_ir::Program, NotAvailable> {
    Ok(to_ir_with_names(program, entry, effort)?.0)
}

/// The same, and the names of all functions that the program declares and reaches, sorted: what the compiler adds for itself is not among them, what it
/// compiles into the place of its call is.
pub fn to_ir_with_names(
    program: &Program,
    entry: Option<FnId>,
    effort: Effort,
) -> Result<(fuse_ir::Program, Vec<String>), NotAvailable> {
    let (ir, names) = fuse_lower::lower_with_names(program, fuse_lower::Options { entry })?;
    Ok((optimised(ir, effort), names))
}

/// The same for running at once, with the effort that suits its size.
pub fn to_ir_for_run(
    program: &Program,
    entry: Option<FnId>,
) -> Result<(fuse_ir::Program, Effort), NotAvailable> {
    let ir = fuse_lower::lower(program, fuse_lower::Options { entry })?;
    let size = ir.functions.iter().flat_map(|function| &function.blocks).map(|block| block.insts.len());
    let effort = if size.sum::<usize>() <= LARGE { Effort::Full } else { Effort::Quick };
    Ok((optimised(ir, effort), effort))
}

/// Whether this version can run everything that the app, `fn main` and the configs reach; if not, what it cannot.
pub fn can_run(program: &Program, entry: Option<FnId>) -> Result<(), NotAvailable> {
    fuse_lower::lower(program, fuse_lower::Options { entry }).map(drop)
}

/// The same of tests or migrations and what they and the configs reach.
pub fn blocks_to_ir(program: &Program, blocks: &[FnId]) -> Result<fuse_ir::Program, NotAvailable> {
    Ok(optimised(fuse_lower::lower_blocks(program, blocks)?, Effort::Quick))
}

/// Reports that a program reaches something which this version cannot run. The result is the exit status.
pub fn cannot_run(program: &Program, sources: &Sources, reached: NotAvailable, output: &Output) -> u8 {
    let NotAvailable { module, span, what } = reached;
    let message = format!("this version of fuse cannot run programs that use {what}; it can check them");
    not_available(program, sources, module, span, &message, output)
}

/// Reports something that this version cannot do, with its place. The result is the exit status.
pub fn not_available(
    program: &Program,
    sources: &Sources,
    module: ModuleId,
    span: fuse_hir::Span,
    message: &str,
    output: &Output,
) -> u8 {
    let file = sources.find(&program.modules[module.0 as usize].path).unwrap_or_default();
    let found = Diagnostic::error(codes::NOT_AVAILABLE, file, Span::new(span.start, span.end), message);
    output.diagnostics(vec![found], sources);
    FAILED
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
