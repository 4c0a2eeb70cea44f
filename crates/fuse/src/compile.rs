//! From a checked program to machine code: which app runs, IR, optimisation; what `run`, `build` and `dump` share.

use fuse_codegen::{CodegenError, Optimise};
use fuse_diagnostics::{Diagnostic, Sources, Span, codes};
use fuse_hir::{App, FnId, ModuleId, Program};
use fuse_lower::NotAvailable;

use crate::cli::FAILED;
use crate::output::Output;

/// How much the compiler spends on the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Quick to build: `run` and the debug profile.
    Quick,
    /// Fast code: the release profiles.
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

/// The IR of everything that the app, `fn main` and the configs reach, optimised, with reference counts. If that is something which this version
/// cannot run, it is reported, and the result is the exit status.
pub fn to_ir(
    program: &Program,
    sources: &Sources,
    entry: Option<FnId>,
    effort: Effort,
    output: &Output,
) -> Result<fuse_ir::Program, u8> {
    let mut ir = fuse_lower::lower(program, fuse_lower::Options { entry }).map_err(|reached| {
        let NotAvailable { module, span, what } = reached;
        let message = format!("this version of fuse cannot run programs that use {what}; it can check them");
        not_available(program, sources, module, span, &message, output);
        FAILED
    })?;
    let level = match effort {
        Effort::Quick => fuse_ir::passes::Level::Quick,
        Effort::Full => fuse_ir::passes::Level::Full,
    };
    fuse_ir::passes::optimize(&mut ir, level);
    fuse_ir::passes::finish(&mut ir, level);
    Ok(ir)
}

/// Reports something that this version cannot do, with its place.
pub fn not_available(
    program: &Program,
    sources: &Sources,
    module: ModuleId,
    span: fuse_hir::Span,
    message: &str,
    output: &Output,
) {
    let file = sources.find(&program.modules[module.0 as usize].path);
    let found = Diagnostic::error(
        codes::NOT_AVAILABLE,
        file.unwrap_or_default(),
        Span::new(span.start, span.end),
        message,
    );
    output.diagnostics(vec![found], sources);
}

/// What to say of code that could not be generated although the program checked: a defect of the tool chain.
pub fn internal_message(error: &CodegenError) -> String {
    format!("internal error: {error}; this is a bug in fuse {}", env!("CARGO_PKG_VERSION"))
}
