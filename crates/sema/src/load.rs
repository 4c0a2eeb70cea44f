//! Loading: from the entry file through imports to every module and asset of the program, each read once.
//!
//! Modules are numbered in the order in which their loading begins: the root first, then depth first through the imports in source
//! order. The walk keeps its own stack, so a long chain of imports is no deep recursion.

use std::path::{Path, PathBuf};

use fuse_diagnostics::{Diagnostic, FileId, Sources, Span, codes};
use fuse_files::normalize;
use fuse_hir::{Asset, AssetId, ModuleId};
use fuse_syntax::{Interner, Symbol, ast, sym};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Options;
use crate::assets::{Assets, NoAsset};
use crate::dependencies::Packages;
use crate::env::Diags;
use crate::files::{FileSystem, reason};
use crate::import_path::{BadPath, Bases, Target, dependency_name, resolve};

/// A program's modules, parsed, and its assets.
pub(crate) struct Loaded {
    pub interner: Interner,
    pub sources: Sources,
    pub modules: Vec<LoadedModule>,
    pub assets: Vec<Asset>,
    pub packages: Packages,
}

/// A parsed module and where its imports lead.
pub(crate) struct LoadedModule {
    pub file: FileId,
    /// Canonical path.
    pub path: PathBuf,
    /// Path relative to the root module's package root, with `/`.
    pub display: String,
    /// The root of its package.
    pub package: PathBuf,
    pub ast: ast::Module,
    /// For each import in source order.
    pub imports: Vec<Imported>,
}

/// What an import leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Imported {
    Module(ModuleId),
    Asset(AssetId),
    StdError,
    /// Reported.
    Failed,
}

/// Loads the program of an entry file. `None` if the entry itself cannot be read.
pub(crate) fn load(
    entry: &Path,
    files: &dyn FileSystem,
    options: &Options,
    diags: &mut Diags,
) -> Option<Loaded> {
    let path = match files.canonicalize(entry) {
        Ok(path) => path,
        Err(error) => return report_entry(entry, &reason(&error), diags),
    };
    let mut loader = Loader {
        files,
        options,
        interner: Interner::new(),
        sources: Sources::new(),
        modules: Vec::new(),
        assets: Assets::default(),
        states: Vec::new(),
        canonical: FxHashMap::default(),
        spelled: FxHashMap::default(),
        roots: FxHashMap::default(),
        fallback_root: path.parent().unwrap_or(Path::new("/")).to_owned(),
        packages: Packages::new(PathBuf::new(), &[]),
        names: FxHashSet::default(),
        stack: Vec::new(),
        diags,
    };
    let base = loader.package_root(&loader.fallback_root.clone());
    loader.packages = Packages::new(base, &options.dependencies);
    // What is fetched is a package even without a manifest: above it lies somebody else's.
    let fetched = options.dependencies.iter().filter(|dependency| dependency.checkout.is_some());
    loader.roots.extend(fetched.map(|dependency| (dependency.root.clone(), dependency.root.clone())));
    if let Err(reason) = loader.add_module(path) {
        return report_entry(entry, &reason, loader.diags);
    }
    loader.walk();
    loader.report_package_cycle();
    let Loader { interner, sources, modules, assets, packages, .. } = loader;
    Some(Loaded { interner, sources, modules, assets: assets.list, packages })
}

fn report_entry(entry: &Path, reason: &str, diags: &mut Diags) -> Option<Loaded> {
    let message = format!("cannot read {}: {reason}", entry.display());
    let at = Diagnostic::error(codes::WRAPPER_FILE_READ, FileId(0), Span::empty(0), message);
    diags.push(Diagnostic { file: None, ..at });
    None
}

struct Loader<'a> {
    files: &'a dyn FileSystem,
    options: &'a Options,
    interner: Interner,
    sources: Sources,
    modules: Vec<LoadedModule>,
    assets: Assets,
    states: Vec<State>,
    canonical: FxHashMap<PathBuf, ModuleId>,
    /// What paths led to, so that a module imported often is looked up on disk once for each spelling.
    spelled: FxHashMap<PathBuf, Result<ModuleId, String>>,
    /// Package roots of directories.
    roots: FxHashMap<PathBuf, PathBuf>,
    /// The package root of modules without manifest.
    fallback_root: PathBuf,
    packages: Packages,
    /// The names of the modules so far.
    names: FxHashSet<String>,
    stack: Vec<Frame>,
    diags: &'a mut Diags,
}

/// How far the imports of a module have been followed.
#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    /// It is on the stack.
    Loading,
    Done,
}

/// A module whose imports are being followed.
struct Frame {
    module: ModuleId,
    /// Index into the module's items.
    item: usize,
    directory: PathBuf,
    root: PathBuf,
}

impl Loader<'_> {
    /// Follows the imports of all modules.
    fn walk(&mut self) {
        self.enter(ModuleId(0));
        while let Some(frame) = self.stack.last_mut() {
            let module = frame.module.0 as usize;
            let items = &self.modules[module].ast.items;
            let next =
                items[frame.item..].iter().position(|item| matches!(item.kind, ast::ItemKind::Import(_)));
            let Some(next) = next else {
                self.states[module] = State::Done;
                self.stack.pop();
                continue;
            };
            let at = frame.item + next;
            frame.item = at + 1;
            let imported = self.import(module, at);
            self.modules[module].imports.push(imported);
        }
    }

    fn enter(&mut self, id: ModuleId) {
        let LoadedModule { path, package, .. } = &self.modules[id.0 as usize];
        let directory = path.parent().unwrap_or(Path::new("/")).to_owned();
        let root = package.clone();
        self.states[id.0 as usize] = State::Loading;
        self.stack.push(Frame { module: id, item: 0, directory, root });
    }

    /// Follows one import; a new module is entered.
    fn import(&mut self, module: usize, item: usize) -> Imported {
        let span = self.modules[module].ast.items[item].span;
        match self.target(module, item) {
            Err(None) => Imported::Failed,
            Err(Some((at, bad))) => self.fail(module, at, bad),
            Ok(Target::StdError) => Imported::StdError,
            Ok(Target::Asset(path)) if self.stays_in_checkout(module, item, &path) => {
                self.import_asset(module, item, path)
            }
            Ok(Target::Module(path)) if self.stays_in_checkout(module, item, &path) => {
                self.import_module(module, span, path)
            }
            Ok(Target::Asset(_) | Target::Module(_)) => Imported::Failed,
        }
    }

    /// Where an import leads; `Err(None)` if the parser has reported it.
    fn target(&self, module: usize, item: usize) -> Result<Target, Option<(Span, BadPath)>> {
        let frame = self.stack.last().ok_or(None)?;
        let item = &self.modules[module].ast.items[item];
        let ast::ItemKind::Import(import) = &item.kind else { return Err(None) };
        let (clause, path) = match (&import.clause, import.path) {
            (ast::ImportClause::Sibling(name), None) if name.name != sym::EMPTY => {
                let file = format!("{}.fuse", self.interner.resolve(name.name));
                return Ok(Target::Module(frame.directory.join(file)));
            }
            (_, None) => return Err(None),
            (clause, Some(path)) => (clause, path),
        };
        let text = self.interner.resolve(path.value);
        let bases = Bases {
            directory: &frame.directory,
            root: &frame.root,
            dependencies: &self.options.dependencies,
        };
        let target = resolve(text, &bases).map_err(|bad| Some((path.span, bad)))?;
        if matches!(target, Target::Asset(_)) && !matches!(clause, ast::ImportClause::Name(_)) {
            let bad = BadPath {
                code: codes::IMPORT_ASSET_FORM,
                message: format!("an asset is imported as a whole, as in `import Name from \"{text}\"`"),
                hint: None,
            };
            return Err(Some((item.span, bad)));
        }
        Ok(target)
    }

    /// Whether what a module of a fetched dependency imports, or what is imported of one, lies in its checkout: symbolic links of a
    /// repository must not lead to other files of this machine.
    fn stays_in_checkout(&mut self, module: usize, item: usize, path: &Path) -> bool {
        let item = &self.modules[module].ast.items[item];
        let ast::ItemKind::Import(import) = &item.kind else { return true };
        let written = import.path.map_or("", |path| self.interner.resolve(path.value));
        let at = import.path.map_or(item.span, |path| path.span);
        let importer = &self.modules[module].path;
        let checkout = match dependency_name(written) {
            Some(name) => {
                self.packages.note_import(importer, name);
                let named = self.options.dependencies.iter().find(|dependency| dependency.name == name);
                named.and_then(|dependency| dependency.checkout.as_deref())
            }
            None => self.packages.checkout_of(importer),
        };
        let Some(checkout) = checkout else { return true };
        // A file that does not exist is reported where it is read, unless one could learn by that whether it does.
        let leads_to = self.files.canonicalize(path).unwrap_or_else(|_| normalize(path));
        if leads_to.starts_with(checkout) {
            return true;
        }
        let message = "the import leaves the repository that the dependency was fetched from".into();
        let hint = Some("a fetched dependency consists of the files of its repository".into());
        self.fail(module, at, BadPath { code: codes::IMPORT_ROOT_ESCAPE, message, hint });
        false
    }

    /// Reports dependencies whose modules import from each other, although their manifests do not say so.
    fn report_package_cycle(&mut self) {
        let Some(names) = self.packages.cycle() else { return };
        let message = format!("packages depend on each other in a circle: {}", names.join(" → "));
        let at = Diagnostic::error(codes::DEP_CYCLE, FileId(0), Span::empty(0), message);
        let at = at.hint("move what both need into a package that depends on neither");
        self.diags.push(Diagnostic { file: None, ..at });
    }

    fn import_module(&mut self, importer: usize, span: Span, path: PathBuf) -> Imported {
        let found = match self.spelled.get(&path) {
            Some(found) => found.clone(),
            None => {
                let found = self.open(&path);
                self.spelled.insert(path.clone(), found.clone());
                found
            }
        };
        match found {
            Err(reason) => {
                let message = format!("cannot read the module {}: {reason}", self.shown(&path));
                self.fail(importer, span, BadPath { code: codes::IMPORT_MODULE_READ, message, hint: None })
            }
            Ok(id) => {
                match self.states[id.0 as usize] {
                    State::New => self.enter(id),
                    State::Loading => self.report_cycle(importer, span, id),
                    State::Done => {}
                }
                Imported::Module(id)
            }
        }
    }

    fn import_asset(&mut self, importer: usize, item: usize, path: PathBuf) -> Imported {
        match self.assets.open(&path, self.files, &mut self.sources, self.diags) {
            Ok(id) => Imported::Asset(id),
            Err(NoAsset::Reported) => Imported::Failed,
            Err(NoAsset::Unreadable(code, reason)) => {
                let item = &self.modules[importer].ast.items[item];
                let written = match &item.kind {
                    ast::ItemKind::Import(import) => import.path.map_or(item.span, |path| path.span),
                    _ => item.span,
                };
                let message = format!("cannot read the file {}: {reason}", self.shown(&path));
                self.fail(importer, written, BadPath { code, message, hint: None })
            }
        }
    }

    /// The module of a file; a new one is read and waits for its imports to be followed.
    fn open(&mut self, path: &Path) -> Result<ModuleId, String> {
        let canonical = self.files.canonicalize(path).map_err(|error| reason(&error))?;
        match self.canonical.get(&canonical) {
            Some(&id) => Ok(id),
            None => self.add_module(canonical),
        }
    }

    fn add_module(&mut self, path: PathBuf) -> Result<ModuleId, String> {
        let bytes = self.files.read(&path).map_err(|error| reason(&error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
            format!("it is not UTF-8 (line {line})")
        })?;
        let file = FileId(self.sources.len() as u32);
        let (ast, mut found) = parse(&text, file, &mut self.interner);
        self.diags.append(&mut found);
        self.sources.add(path.clone(), text);
        let id = ModuleId(self.modules.len() as u32);
        let display = self.unique_display(&path);
        let package = self.package_root(path.parent().unwrap_or(Path::new("/")));
        self.modules.push(LoadedModule {
            file,
            path: path.clone(),
            display,
            package,
            ast,
            imports: Vec::new(),
        });
        self.states.push(State::New);
        self.canonical.insert(path, id);
        Ok(id)
    }

    fn report_cycle(&mut self, importer: usize, span: Span, id: ModuleId) {
        // Long chains are cut in the middle: many of them would take quadratic time and nobody reads them.
        const SHOWN: usize = 40;
        let start = self.stack.iter().position(|frame| frame.module == id).unwrap_or(0);
        let chain = &self.stack[start..];
        let name = |frame: &Frame| self.modules[frame.module.0 as usize].display.as_str();
        let mut names: Vec<&str> = Vec::new();
        if chain.len() <= SHOWN {
            names.extend(chain.iter().map(name));
        } else {
            names.extend(chain[..SHOWN / 2].iter().map(name));
            names.push("…");
            names.extend(chain[chain.len() - SHOWN / 2..].iter().map(name));
        }
        names.push(&self.modules[id.0 as usize].display);
        let message = format!("modules import each other in a circle: {}", names.join(" → "));
        let hint = Some("move what both need into a module that imports neither".into());
        self.fail(importer, span, BadPath { code: codes::IMPORT_CYCLE, message, hint });
    }

    /// The directory of the nearest manifest.
    fn package_root(&mut self, directory: &Path) -> PathBuf {
        let mut walked: Vec<&Path> = Vec::new();
        let mut root = None;
        for ancestor in directory.ancestors() {
            if let Some(known) = self.roots.get(ancestor) {
                root = Some(known.clone());
                break;
            }
            walked.push(ancestor);
            if self.files.is_file(&ancestor.join("fuse.toml")) {
                root = Some(ancestor.to_owned());
                break;
            }
        }
        let root = root.unwrap_or_else(|| self.fallback_root.clone());
        for path in walked {
            self.roots.insert(path.to_owned(), root.clone());
        }
        root
    }

    /// The path of a file that cannot be read, for messages.
    fn shown(&self, path: &Path) -> String {
        let path = normalize(path);
        let shown = self.display(&path);
        if shown.starts_with("..") || shown.starts_with("dep:") { path.display().to_string() } else { shown }
    }

    /// The path of a new module as the program shows it. Functions are named by it, so it is no other module's: a file named `dep:A`,
    /// one without extension behind a link, or a name that is not UTF-8 would otherwise be shown like another one.
    fn unique_display(&mut self, path: &Path) -> String {
        let mut display = self.display(path);
        while !self.names.insert(module_name(&display).to_owned()) {
            display.push('\'');
        }
        display
    }

    /// A path as the program shows it.
    fn display(&self, path: &Path) -> String {
        self.packages.shown(path)
    }

    fn fail(&mut self, module: usize, span: Span, bad: BadPath) -> Imported {
        let mut diagnostic = Diagnostic::error(bad.code, self.modules[module].file, span, bad.message);
        if let Some(hint) = bad.hint {
            diagnostic = diagnostic.hint(hint);
        }
        self.diags.push(diagnostic);
        Imported::Failed
    }
}

/// How messages and symbols call the module of a shown path.
pub(crate) fn module_name(display: &str) -> &str {
    display.strip_suffix(".fuse").unwrap_or(display)
}

/// Whether a symbol can be bound: it is there, and not `_`.
pub(crate) fn binds(name: Symbol) -> bool {
    name != sym::EMPTY && name != sym::UNDERSCORE
}

fn parse(text: &str, file: FileId, interner: &mut Interner) -> (ast::Module, Diags) {
    let parsed = fuse_syntax::parse(text, file, interner);
    (parsed.module, parsed.diagnostics)
}
