//! `fuse dump`: a phase of the compiler, for people who work on it.

use std::path::Path;

use fuse_diagnostics::{Sources, codes};
use fuse_hir::Program;
use fuse_syntax::{Interner, dump, dump_tokens, lex, parse};

use crate::cli::{FAILED, OK};
use crate::compile::{Effort, internal_message, select_app, to_ir};
use crate::files;
use crate::options::Invocation;
use crate::output::Output;
use crate::session::current_directory;

/// Shows the phase.
pub fn run(invocation: &Invocation, output: &Output) -> u8 {
    match current_directory(output).and_then(|_| dump_form(invocation, output)) {
        Ok(text) => {
            output.stdout(&text);
            OK
        }
        Err(status) => status,
    }
}

fn dump_form(invocation: &Invocation, output: &Output) -> Result<String, u8> {
    // The command line has been checked: there are a known form and a file.
    let (form, path) = (invocation.operands[0].to_string_lossy(), Path::new(&invocation.operands[1]));
    match form.as_ref() {
        "tokens" | "ast" => syntax(&form, path, output),
        _ => program(&form, path, invocation.options.function.as_deref(), output),
    }
}

/// A phase of the whole program of an entry file.
fn program(form: &str, path: &Path, only: Option<&str>, output: &Output) -> Result<String, u8> {
    let checked = load(path, output)?;
    let Some(program) = &checked.program else { return Err(FAILED) };
    let not_found = |name: &str| {
        output.error(codes::WRAPPER_USAGE, &format!("function not found: {name}"));
        FAILED
    };
    match form {
        "types" => fuse_sema::dump(program, only).ok_or_else(|| not_found(only.unwrap_or_default())),
        "layout" => Ok(fuse_lower::dump_layouts(program)),
        _ => machine(form, program, only, output)?.ok_or_else(|| not_found(only.unwrap_or_default())),
    }
}

/// The phases behind the checker, of everything the first app reaches. Nothing, if no function has the name.
fn machine(form: &str, program: &Program, only: Option<&str>, output: &Output) -> Result<Option<String>, u8> {
    let (_, entry) = select_app(program, None).map_err(|message| {
        output.error(codes::WRAPPER_RUNTIME_SETUP, &message);
        FAILED
    })?;
    let ir = to_ir(program, entry, Effort::Full);
    let named = |function: &&fuse_ir::Function| only.is_none_or(|only| is_named(&function.name, only));
    if !ir.functions.iter().any(|function| named(&function)) {
        return Ok(None);
    }
    let name =
        ir.functions.iter().find(named).filter(|_| only.is_some()).map(|function| function.name.clone());
    let options = Effort::Full.codegen();
    let shown = match form {
        "ir" if only.is_none() => Ok(fuse_ir::text::program(&ir)),
        "ir" => {
            let functions = ir.functions.iter().filter(named);
            Ok(functions.map(|function| fuse_ir::text::function_of(&ir, function)).collect())
        }
        "clif" => fuse_codegen::dump_clif(&ir, &options, name.as_deref()),
        _ => fuse_codegen::dump_asm(&ir, &options, name.as_deref()),
    };
    shown.map(Some).map_err(|error| {
        output.error(codes::WRAPPER_INTERNAL, &internal_message(&error));
        FAILED
    })
}

/// `f` for `main.f`, `M.f` for `lib/M.f`.
fn is_named(symbol: &str, name: &str) -> bool {
    let whole =
        symbol.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with(['.', '/']));
    whole && !name.is_empty()
}

fn load(path: &Path, output: &Output) -> Result<fuse_sema::Checked, u8> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    files::regular_file(&absolute).map_err(|reason| {
        output.error(codes::WRAPPER_FILE_READ, &format!("cannot read {}: {reason}", path.display()));
        FAILED
    })?;
    let mut checked = fuse_sema::check(&absolute, &fuse_sema::DiskFiles, &fuse_sema::Options::default());
    let diagnostics = std::mem::take(&mut checked.diagnostics);
    if output.diagnostics(diagnostics, &checked.sources) { Err(FAILED) } else { Ok(checked) }
}

/// The tokens or the tree of one file; what it imports is not looked at.
fn syntax(form: &str, path: &Path, output: &Output) -> Result<String, u8> {
    let text = files::read_source(path).map_err(|reason| {
        output.error(codes::WRAPPER_FILE_READ, &format!("cannot read {}: {reason}", path.display()));
        FAILED
    })?;
    let mut sources = Sources::new();
    let file = sources.add(path, text.as_str());
    let mut interner = Interner::new();
    let (shown, diagnostics) = if form == "tokens" {
        let lexed = lex(&text, file);
        (dump_tokens(&text, &lexed), lexed.diagnostics)
    } else {
        let parsed = parse(&text, file, &mut interner);
        (dump(&parsed.module, &interner), parsed.diagnostics)
    };
    if output.diagnostics(diagnostics, &sources) { Err(FAILED) } else { Ok(shown) }
}
