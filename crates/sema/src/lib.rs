//! Modules, names, types and every static rule of FUSE.
//!
//! From an entry file and a [`FileSystem`] to a checked program ([`fuse_hir::Program`]) or diagnostics. It must not know how programs
//! run: no machine, no layout, no command line.
//!
//! The passes, each in its own module: loading (`load`, `assets`), the types in route paths (`route_path`), declarations and names
//! (`declare`), field lists (`fields`, `derive`, `configs`, `std_error`, `recursion`), signatures (`signature`), interfaces and impls
//! (`interface`), predicates of refinements (`refinement`), routes (`service`), bodies (`bodies`, `body`) and the instances of generic ones
//! (`generics`), assembly (`assemble`). What a pass finds out is in [`env::Env`], which later passes only read.
//!
//! Invariants:
//! - A `Program` is made only if no error was found.
//! - Every module of the program is checked; a place that has an error has the type unknown, which silences what depends on it.
//! - Nothing recurses on the size of the program: only on trees whose height the parser bounds.
//! - No lookup is linear in the size of the program.
#![forbid(unsafe_code)]

mod analyze;
mod assemble;
mod assets;
mod base64;
mod bodies;
mod body;
mod builtin_text;
pub mod builtins;
mod capability;
pub mod configs;
mod declare;
mod dependencies;
mod derive;
mod dump;
pub mod env;
mod fields;
mod files;
pub mod generics;
mod http_types;
mod import_path;
pub mod index;
pub mod interface;
mod json;
mod load;

mod pattern;
mod recursion;
mod refinement;
mod route_path;
mod service;
mod signature;
mod std_error;
mod strict;
mod type_name;
mod typeref;

use std::path::{Path, PathBuf};

use fuse_diagnostics::{Diagnostic, Level, Sources, Span, sort_and_dedupe};
use fuse_hir::{Program, StructId, Types};
use fuse_syntax::{Symbol, ast};

pub use analyze::{Analysis, Related, analyze};
pub use declare::is_predefined;
pub use dependencies::{Dependency, Packages};
pub use dump::dump;
use env::{Diags, Env};
pub use files::{DiskFiles, FileSystem, MemoryFiles};

/// What checking is told about the program besides its files.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What `dep:` paths may lead to, by name.
    pub dependencies: Vec<Dependency>,
    /// Whether the rules of strict architecture hold (language reference 6.7).
    pub strict_architecture: bool,
}

/// The outcome of checking.
#[derive(Debug)]
pub struct Checked {
    /// The program, if it has no errors.
    pub program: Option<Program>,
    /// All files that were read, modules and assets, in load order; the first is the entry. Empty if the entry could not be read.
    pub sources: Sources,
    /// Errors and warnings by file in load order, then by place.
    pub diagnostics: Vec<Diagnostic>,
    /// How files of the program are shown.
    pub packages: Packages,
}

impl Checked {
    /// Whether an error was found.
    pub fn has_errors(&self) -> bool {
        self.program.is_none()
    }
}

/// Loads and checks the program of an entry file.
pub fn check(entry: &Path, files: &dyn FileSystem, options: &Options) -> Checked {
    let mut diagnostics = Diags::new();
    let Some(loaded) = load::load(entry, files, options, &mut diagnostics) else {
        let packages = Packages::new(PathBuf::new(), &[]);
        return Checked { program: None, sources: Sources::new(), diagnostics, packages };
    };
    let (program, sources, packages) = check_loaded(loaded, options, None, &mut diagnostics);
    sort_and_dedupe(&mut diagnostics);
    Checked { program, sources, diagnostics, packages }
}

/// The modules of the root module's package that an entry file reaches: canonical paths in load order. What cannot be loaded is left out;
/// saying so is the business of [`check`].
pub fn own_modules(entry: &Path, files: &dyn FileSystem, options: &Options) -> Vec<PathBuf> {
    let Some(loaded) = load::load(entry, files, options, &mut Diags::new()) else { return Vec::new() };
    let own = |module: &&load::LoadedModule| module.package == loaded.modules[0].package;
    let paths = loaded.modules.iter().filter(own).map(|module| module.path.clone()).collect();
    drop_aside(loaded.modules);
    paths
}

fn check_loaded(
    loaded: load::Loaded,
    options: &Options,
    index: Option<&mut index::Index>,
    diags: &mut Diags,
) -> (Option<Program>, Sources, Packages) {
    let load::Loaded { mut interner, sources, modules, assets, packages } = loaded;
    let mut types = Types::new();
    let names = std_error::names(&mut interner);
    let (mut structs, functions) = std_error::predefined(names, &mut types);
    structs.extend(http_types::predefined(&mut interner, &mut types));
    let paths = route_path::read(&modules, &mut interner, diags);
    let (mut env, declared) =
        declare::declare(&modules, &paths, &assets, &interner, structs, functions, diags);
    env.notes = index.is_some().then(Default::default);
    let mut undeclared = fields::resolve_fields(&mut env, &mut types, diags);
    fields::resolve_enums(&mut env, &declared, &mut types, diags);
    derive::expand(&mut env, &mut undeclared, diags);
    configs::resolve_fields(&mut env, &mut types, diags);
    std_error::check_restatements(&env, &mut types, |id, name| field_span(&env, id, name), diags);
    recursion::check(&env, &types, diags);
    signature::resolve(&mut env, &declared, &mut types, diags);
    interface::resolve(&mut env, &declared, &mut types, diags);
    refinement::check_predicates(&env, &mut types, diags);
    env.signatures = true;
    service::resolve(&mut env, &mut types, diags);

    let bodies = bodies::check_all(&env, &mut types, diags);
    if options.strict_architecture {
        strict::check(&env, &modules, diags);
    }
    if let Some(index) = index {
        *index = index::build(&mut env, &declared, &modules, &assets, &sources, &types);
        drop((env, declared));
        drop_aside(modules);
        return (None, sources, packages);
    }
    let valid = diags.iter().all(|diagnostic| diagnostic.level != Level::Error);
    let program =
        valid.then(|| assemble::program(&env, &declared, &modules, &sources, &assets, types, bodies));
    drop((env, declared));
    drop_aside(modules);
    (program, sources, packages)
}

/// Freeing the trees of a large program takes as long as a tenth of checking it; nobody has to wait for it.
fn drop_aside<T: Send + 'static>(garbage: T) {
    // If there is no thread to be had, the closure is dropped here.
    let thread = std::thread::Builder::new().name("free".into()).stack_size(fuse_syntax::STACK);
    let _ = thread.spawn(move || drop(garbage));
}

/// Where a field is written in the declaration of a type.
fn field_span(env: &Env, id: StructId, name: Symbol) -> Option<Span> {
    let (_, decl) = env.strukt(id).decl?;
    let ast::TypeBody::Fields(fields) = &decl.body else { return None };
    fields.iter().find(|field| field.name.name == name).map(|field| field.name.span)
}
