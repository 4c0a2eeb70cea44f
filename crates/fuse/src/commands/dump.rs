//! `fuse dump`: a phase of the compiler, for people who work on it.

use std::path::Path;

use fuse_abi::failure::Failure;
use fuse_diagnostics::{Sources, codes};
use fuse_hir::{FnId, Program};
use fuse_package::{LockMode, Report, Request, locate};
use fuse_syntax::ast::{Import, ImportClause, Item, ItemKind};
use fuse_syntax::{Interner, dump, dump_tokens, lex, parse};

use crate::cli::{FAILED, OK};
use crate::compile::{Effort, internal_message, to_ir};
use crate::files;
use crate::options::Invocation;
use crate::output::Output;
use crate::session::{check_options, current_directory, dependencies};

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
        "tokens" | "ast" => syntax(&form, path, invocation.options.function.as_deref(), output),
        _ => program(&form, path, invocation, output),
    }
}

/// A phase of the whole program of an entry file.
fn program(form: &str, path: &Path, invocation: &Invocation, output: &Output) -> Result<String, u8> {
    let only = invocation.options.function.as_deref();
    let checked = load(invocation, path, output)?;
    let Some(program) = &checked.program else { return Err(FAILED) };
    let full_name = only.map(|only| full_name(program, only));
    let not_found = || not_found(output, only.unwrap_or_default());
    match (form, full_name.as_deref()) {
        ("types", name) => fuse_sema::dump(program, name).ok_or_else(not_found),
        ("layout", _) => Ok(fuse_lower::dump_layouts(program)),
        (_, None) => machine(form, program, output),
        (_, Some(name)) => one_function(form, program, name, output)?.ok_or_else(not_found),
    }
}

fn not_found(output: &Output, name: &str) -> u8 {
    output.error(codes::WRAPPER_USAGE, &format!("function not found: {name}"));
    FAILED
}

/// The phases behind the checker, of everything the first app and `fn main` reach.
fn machine(form: &str, program: &Program, output: &Output) -> Result<String, u8> {
    let app = first_app(program);
    if app.is_none() && program.main.is_none() {
        output.error(codes::WRAPPER_RUNTIME_SETUP, Failure::NoApp.message());
        return Err(FAILED);
    }
    let ir = to_ir(program, app, Effort::Full);
    let shown = match form {
        "ir" => Ok(fuse_ir::text::program(&ir)),
        "clif" => fuse_codegen::dump_clif(&ir, &Effort::Full.codegen(), None),
        _ => fuse_codegen::dump_asm(&ir, &Effort::Full.codegen(), None),
    };
    shown.map_err(|error| internal(output, &error))
}

/// One function in a phase behind the checker. A function that is inlined wherever it is called is shown without inlining.
/// Nothing, if no function has the name.
fn one_function(form: &str, program: &Program, name: &str, output: &Output) -> Result<Option<String>, u8> {
    let app = first_app(program);
    if app.is_some() || program.main.is_some() {
        for effort in [Effort::Full, Effort::Quick] {
            let ir = to_ir(program, app, effort);
            let mut functions =
                ir.functions.iter().filter(|function| is_named(&function.name, name)).peekable();
            let Some(symbol) = functions.peek().map(|function| function.name.clone()) else { continue };
            let shown = match form {
                "ir" => Ok(functions.map(|function| fuse_ir::text::function_of(&ir, function)).collect()),
                "clif" => fuse_codegen::dump_clif(&ir, &effort.codegen(), Some(&symbol)),
                _ => fuse_codegen::dump_asm(&ir, &effort.codegen(), Some(&symbol)),
            };
            return shown.map(Some).map_err(|error| internal(output, &error));
        }
    }
    let symbol = |function: &fuse_hir::Function| {
        format!("{}.{}", program.modules[function.module.0 as usize].name, function.name)
    };
    if program.functions.iter().any(|function| is_named(&symbol(function), name)) {
        let message = format!("nothing calls {name}: code is made of what the app and fn main reach");
        output.error(codes::WRAPPER_RUNTIME_SETUP, &message);
        return Err(FAILED);
    }
    Ok(None)
}

fn first_app(program: &Program) -> Option<FnId> {
    program.apps.first().map(|app| app.function)
}

fn internal(output: &Output, error: &fuse_codegen::CodegenError) -> u8 {
    output.error(codes::WRAPPER_INTERNAL, &internal_message(error));
    FAILED
}

/// `M.f` with the name of the module that the root module imports as `M`; any other name as it is.
fn full_name(program: &Program, name: &str) -> String {
    let alias_of = || {
        let (alias, function) = name.rsplit_once('.')?;
        let mut interner = Interner::new();
        let root = program.modules.first()?;
        let parsed = parse(&root.source, fuse_diagnostics::FileId(0), &mut interner);
        let path = parsed.module.items.iter().find_map(|item| match &item.kind {
            ItemKind::Import(import) => imported_as(import, alias, &interner),
            _ => None,
        })?;
        let stem = |path: &str| path.rsplit(['/', ':']).next().unwrap_or(path).to_owned();
        let wanted = stem(path.strip_suffix(".fuse").unwrap_or(&path));
        let module = program.modules.iter().find(|module| stem(&module.name) == wanted)?;
        Some(format!("{}.{function}", module.name))
    };
    alias_of().unwrap_or_else(|| name.to_owned())
}

/// The path of an import, if it binds a module to this name.
fn imported_as(import: &Import, alias: &str, interner: &Interner) -> Option<String> {
    let bound = match &import.clause {
        ImportClause::Sibling(name) | ImportClause::Name(name) => name,
        ImportClause::As { alias, .. } => alias,
        ImportClause::Named(_) => return None,
    };
    let path = import.path.map_or(bound.name, |path| path.value);
    (interner.resolve(bound.name) == alias).then(|| interner.resolve(path).to_owned())
}

/// `f` for `main.f`, `M.f` for `lib/M.f`.
fn is_named(symbol: &str, name: &str) -> bool {
    let whole =
        symbol.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with(['.', '/']));
    whole && !name.is_empty()
}

/// What the checker is told: the dependencies of the package that the file is loaded in.
fn options(invocation: &Invocation, entry: &Path, output: &Output) -> Result<fuse_sema::Options, u8> {
    let mut report = Report::new();
    let request = Request {
        cwd: current_directory(output)?,
        manifest_path: invocation.options.manifest_path.clone(),
        file: Some(entry.to_path_buf()),
        ..Request::default()
    };
    let Some(located) = locate(&request, &mut report) else {
        output.report(&report);
        return Err(FAILED);
    };
    let found = dependencies(located.manifest.as_ref(), LockMode::Keep, &mut report, output)?;
    Ok(check_options(&found, false))
}

fn load(invocation: &Invocation, path: &Path, output: &Output) -> Result<fuse_sema::Checked, u8> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    files::regular_file(&absolute).map_err(|reason| {
        output.error(codes::WRAPPER_FILE_READ, &format!("cannot read {}: {reason}", path.display()));
        FAILED
    })?;
    let options = options(invocation, &absolute, output)?;
    let mut checked = fuse_sema::check(&absolute, &fuse_sema::DiskFiles, &options);
    let diagnostics = std::mem::take(&mut checked.diagnostics);
    if output.diagnostics(diagnostics, &checked.sources) { Err(FAILED) } else { Ok(checked) }
}

/// The tokens or the tree of one file; what it imports is not looked at.
fn syntax(form: &str, path: &Path, only: Option<&str>, output: &Output) -> Result<String, u8> {
    let text = files::read_source(path).map_err(|reason| {
        output.error(codes::WRAPPER_FILE_READ, &format!("cannot read {}: {reason}", path.display()));
        FAILED
    })?;
    let mut sources = Sources::new();
    let file = sources.add(path, text.as_str());
    let mut interner = Interner::new();
    let (shown, diagnostics) = if form == "tokens" {
        let lexed = lex(&text, file);
        (Some(dump_tokens(&text, &lexed)), lexed.diagnostics)
    } else {
        let mut parsed = parse(&text, file, &mut interner);
        if let Some(only) = only {
            parsed.module.items.retain(|item| function_name(item, &interner) == Some(only));
        }
        let found = only.is_none() || !parsed.module.items.is_empty();
        (found.then(|| dump(&parsed.module, &interner)), parsed.diagnostics)
    };
    if output.diagnostics(diagnostics, &sources) {
        return Err(FAILED);
    }
    shown.ok_or_else(|| not_found(output, only.unwrap_or_default()))
}

/// The name of the function that an item declares.
fn function_name<'a>(item: &Item, interner: &'a Interner) -> Option<&'a str> {
    match &item.kind {
        ItemKind::Fn(function) => Some(interner.resolve(function.signature.name.name)),
        ItemKind::Component(component) => Some(interner.resolve(component.signature.name.name)),
        _ => None,
    }
}
