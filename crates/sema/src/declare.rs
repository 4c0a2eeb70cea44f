//! Declarations: every declared name gets an id, every import binding a meaning; what clashes is reported.
//!
//! Afterwards names can be looked up; fields, payloads and signatures are still empty.

use std::sync::atomic::AtomicU8;

use fuse_diagnostics::{Code, Diagnostic, FileId, Span, codes};
use fuse_hir::{Asset, ConfigId, EnumId, FnId, FnKind, ModuleId, ServiceId, StructId, Ty};
use fuse_syntax::{Interner, Symbol, ast, sym};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::builtins::{Builtins, Capability};
use crate::configs;
use crate::env::{
    Binding, Diags, EnumInfo, Env, FnBody, FnInfo, MigrationInfo, ModuleEnv, Name, NameIndex, RouteInfo,
    ServiceInfo, StructInfo, std_error_by_import_name,
};
use crate::generics::{Callable, Scope};
use crate::interface;
use crate::load::{Imported, LoadedModule, binds, module_name};
use crate::pattern::Patterns;
use crate::route_path::ServicePaths;

/// What later passes need beside the [`Env`]: the declarations behind its entries.
pub(crate) struct Declared<'a> {
    /// Of each enum, by id.
    pub enums: Vec<&'a ast::EnumDecl>,
    /// Functions that were declared with a signature.
    pub functions: Vec<(Callable, &'a ast::Signature)>,
    /// Impls: their module and head.
    pub impls: Vec<(ModuleId, Span, &'a ast::ImplDecl)>,
    /// Apps: module, name, body.
    pub apps: Vec<(Symbol, FnId)>,
    /// `fn main` of the root module.
    pub main: Option<FnId>,
    /// Tests: name, body.
    pub tests: Vec<(Symbol, FnId)>,
}

/// Declares everything in all modules. `paths` are those of all services; `structs` are the predefined ones.
pub(crate) fn declare<'a>(
    modules: &'a [LoadedModule],
    paths: &'a [ServicePaths],
    assets: &[Asset],
    interner: &'a Interner,
    structs: Vec<StructInfo<'a>>,
    functions: Vec<FnInfo<'a>>,
    diags: &mut Diags,
) -> (Env<'a>, Declared<'a>) {
    let env = Env {
        interner,
        modules: Vec::with_capacity(modules.len()),
        structs,
        enums: Vec::new(),
        configs: configs::in_order(modules),
        assets: assets.iter().map(|asset| asset.json).collect(),
        functions,
        services: Vec::with_capacity(paths.len()),
        migrations: Vec::new(),
        templates: Vec::new(),
        type_params: Vec::new(),
        interfaces: Vec::new(),
        methods: FxHashMap::default(),
        satisfied: FxHashSet::default(),
        signatures: false,
        patterns: Patterns::default(),
        builtins: Builtins::new(interner),
        notes: None,
    };
    let declared = Declared {
        enums: Vec::new(),
        functions: Vec::new(),
        impls: Vec::new(),
        apps: Vec::new(),
        main: None,
        tests: Vec::new(),
    };
    let mut configs = FxHashMap::default();
    for (at, info) in env.configs.iter().enumerate().rev() {
        configs.insert(info.module, ConfigId(at as u32));
    }
    let (program, restated) = (FxHashMap::default(), FxHashMap::default());
    let mut declarer = Declarer { env, declared, configs, paths: paths.iter(), program, restated, diags };
    for (at, module) in modules.iter().enumerate() {
        declarer.module(ModuleId(at as u32), module);
    }
    for (at, module) in modules.iter().enumerate() {
        declarer.bind_named_imports(ModuleId(at as u32), module);
    }
    (declarer.env, declarer.declared)
}

struct Declarer<'a, 'd> {
    env: Env<'a>,
    declared: Declared<'a>,
    /// The next config of each module that has some: those of one module are numbered one after the other.
    configs: FxHashMap<ModuleId, ConfigId>,
    /// The paths of the services that come.
    paths: std::slice::Iter<'a, ServicePaths>,
    /// The first declaration of each name that is unique in the program.
    program: FxHashMap<Symbol, (ModuleId, Span)>,
    /// The first restatement of each member of the `std.Error` family.
    restated: FxHashMap<StructId, (ModuleId, Span)>,
    diags: &'d mut Diags,
}

impl<'a> Declarer<'a, '_> {
    fn module(&mut self, id: ModuleId, module: &'a LoadedModule) {
        let name = module_name(&module.display).to_owned();
        let mut names = FxHashMap::default();
        names.reserve(module.ast.items.len());
        self.env.modules.push(ModuleEnv {
            file: module.file,
            package: &module.package,
            ast: &module.ast,
            name,
            capabilities: capabilities(&module.ast),
            used: AtomicU8::new(0),
            names,
            order: Default::default(),
        });
        self.repeated_capabilities(module);
        let mut imports = module.imports.iter();
        let mut apps: FxHashMap<Symbol, Span> = FxHashMap::default();
        let mut migrations: FxHashMap<Symbol, Span> = FxHashMap::default();
        let mut tests: FxHashMap<Symbol, Span> = FxHashMap::default();
        for item in &module.ast.items {
            match &item.kind {
                ast::ItemKind::Import(import) => {
                    let target = imports.next().copied().unwrap_or(Imported::Failed);
                    self.import(id, import, target);
                }
                ast::ItemKind::Type(decl) => self.type_decl(id, item, decl),
                ast::ItemKind::Enum(decl) => {
                    let enum_id = EnumId(self.env.enums.len() as u32);
                    self.env.enums.push(EnumInfo {
                        name: decl.name.name,
                        module: id,
                        span: decl.name.span,
                        variants: Vec::new(),
                        index: NameIndex::default(),
                        doc: doc(item),
                    });
                    self.declared.enums.push(decl);
                    self.declare(id, decl.name, Name::Enum(enum_id));
                    self.unique_in_program(id, decl.name.name, decl.name.span);
                }
                ast::ItemKind::Fn(decl) => self.fn_decl(id, decl),
                ast::ItemKind::App(decl) => self.app(id, decl, &mut apps),
                ast::ItemKind::Interface(decl) => {
                    let interface = interface::declare(&mut self.env, id, decl);
                    self.declare(id, decl.name, Name::Interface(interface));
                }
                ast::ItemKind::Component(decl) => self.component_decl(id, decl),
                ast::ItemKind::Service(decl) => self.service(id, item, decl),
                ast::ItemKind::Config(decl) => {
                    if let Some(next) = self.configs.get_mut(&id) {
                        let config = *next;
                        next.0 += 1;
                        self.declare(id, decl.name, Name::Config(config));
                    }
                    self.unique_in_program(id, decl.name.name, decl.name.span);
                }
                ast::ItemKind::Impl(decl) => self.declared.impls.push((id, item.head, decl)),
                ast::ItemKind::Migration(decl) => self.migration(id, decl, &mut migrations),
                ast::ItemKind::Test(decl) => self.test(id, decl, &mut tests),
            }
        }
    }

    fn repeated_capabilities(&mut self, module: &LoadedModule) {
        let mut first: FxHashMap<Symbol, Span> = FxHashMap::default();
        for requires in &module.ast.requires {
            for capability in &requires.capabilities {
                let earlier = *first.entry(capability.name).or_insert(capability.span);
                if earlier != capability.span {
                    let name = self.env.text(capability.name);
                    both_places(
                        self.diags,
                        codes::DUPLICATE_CAPABILITY,
                        (module.file, capability.span, format!("the capability `{name}` is required twice")),
                        (module.file, earlier, format!("`{name}` is first required here")),
                    );
                }
            }
        }
    }

    fn type_decl(&mut self, module: ModuleId, item: &'a ast::Item, decl: &'a ast::TypeDecl) {
        let Some(name) = decl.name.simple() else { return self.restatement(module, decl) };
        let id = StructId(self.env.structs.len() as u32);
        self.env.structs.push(StructInfo {
            name: name.name,
            module: Some(module),
            span: name.span,
            fields: Vec::new(),
            incomplete: false,
            index: NameIndex::default(),
            decl: Some((module, decl)),
            doc: doc(item),
        });
        self.declare(module, name, Name::Struct(id));
        self.unique_in_program(module, name.name, name.span);
    }

    /// `type std.Error.X`; the parser has reported other dotted names.
    fn restatement(&mut self, module: ModuleId, decl: &'a ast::TypeDecl) {
        let file = self.env.file(module);
        let mut segments = decl.name.segments().map(|segment| segment.name);
        let full = (segments.next(), segments.next(), segments.next(), segments.next());
        let id = match full {
            (Some(sym::STD), Some(sym::ERROR), member, None) => {
                std_error_by_import_name(member.unwrap_or(sym::ERROR))
            }
            _ => None,
        };
        let base_by_member = decl.name.rest.get(1).is_some_and(|member| member.name == sym::ERROR);
        let Some(id) = id.filter(|_| !base_by_member) else {
            if full.0 == Some(sym::STD) && full.1 == Some(sym::ERROR) && full.3.is_none() {
                let message =
                    format!("`{}` is not one of the std.Error types", path_text(&self.env, &decl.name));
                self.diags.push(Diagnostic::error(
                    codes::DOTTED_DECLARATION,
                    file,
                    decl.name.span(),
                    message,
                ));
            }
            return;
        };
        let span = decl.name.span();
        match self.restated.get(&id) {
            Some(&(earlier, at)) => {
                let name = path_text(&self.env, &decl.name);
                both_places(
                    self.diags,
                    codes::SYMBOL_DUPLICATE,
                    (file, span, format!("`{name}` is restated twice in the program")),
                    (self.env.file(earlier), at, format!("`{name}` is first restated here")),
                );
            }
            None => {
                self.restated.insert(id, (module, span));
                let info = &mut self.env.structs[id.0 as usize];
                info.decl = Some((module, decl));
                info.span = span;
            }
        }
    }

    fn fn_decl(&mut self, module: ModuleId, decl: &'a ast::FnDecl) {
        let signature = &decl.signature;
        let generic = !signature.type_params.is_empty();
        let info = self.callable(module, FnKind::Function, signature.name, &decl.body);
        let callable = self.env.add_callable(info, generic);
        self.declared.functions.push((callable, signature));
        let first = self.declare(module, signature.name, Name::of_callable(callable));
        if let (true, Callable::Function(id)) = (first && module == ModuleId(0), callable)
            && signature.name.name == sym::MAIN
        {
            self.declared.main = Some(id);
        }
    }

    fn component_decl(&mut self, module: ModuleId, decl: &'a ast::ComponentDecl) {
        let signature = &decl.signature;
        let info = self.callable(module, FnKind::Component, signature.name, &decl.body);
        let callable = self.env.add_callable(info, !signature.type_params.is_empty());
        self.declared.functions.push((callable, signature));
        self.declare(module, signature.name, Name::of_callable(callable));
    }

    fn app(&mut self, module: ModuleId, decl: &'a ast::AppDecl, apps: &mut FxHashMap<Symbol, Span>) {
        let name = ast::Ident { name: decl.name.value, span: decl.name.span };
        let id = self.add_function(module, FnKind::App, name, &decl.body);
        self.env.functions[id.0 as usize].name = format!("app {}", self.env.text(name.name));
        self.declared.apps.push((name.name, id));
        if name.name == sym::EMPTY {
            return;
        }
        let earlier = *apps.entry(name.name).or_insert(name.span);
        if earlier == name.span {
            return self.unique_in_program(module, name.name, name.span);
        }
        let (file, text) = (self.env.file(module), self.env.text(name.name));
        both_places(
            self.diags,
            codes::DUPLICATE_MEMBER,
            (file, name.span, format!("the module has two apps named \"{text}\"")),
            (file, earlier, format!("the first app \"{text}\" is here")),
        );
    }

    fn service(&mut self, module: ModuleId, item: &'a ast::Item, decl: &'a ast::ServiceDecl) {
        let Some(paths) = self.paths.next() else { return };
        let service = self.env.text(decl.name.name);
        let routes = decl.routes.iter().map(|route| {
            let path = ast::Ident { name: route.path.value, span: route.path.span };
            let handler = self.add_function(module, FnKind::Route, path, &route.body);
            let info = &mut self.env.functions[handler.0 as usize];
            info.name = format!("{service}.{} {}", route.verb.word(), info.name);
            RouteInfo { handler, body: None }
        });
        let routes = routes.collect();
        let id = ServiceId(self.env.services.len() as u32);
        let (name, span) = (decl.name.name, decl.name.span);
        self.env.services.push(ServiceInfo { name, module, span, doc: doc(item), routes, decl, paths });
        self.declare(module, decl.name, Name::Service(id));
        self.unique_in_program(module, name, span);
    }

    fn migration(
        &mut self,
        module: ModuleId,
        decl: &'a ast::MigrationDecl,
        migrations: &mut FxHashMap<Symbol, Span>,
    ) {
        let name = ast::Ident { name: decl.name, span: decl.name_span };
        let function = self.add_function(module, FnKind::Migration, name, &decl.body);
        let (file, text) = (self.env.file(module), self.env.text(name.name));
        self.env.functions[function.0 as usize].name = format!("migration {text}");
        self.env.migrations.push(MigrationInfo { name: name.name, module, span: name.span, function });
        if name.name == sym::EMPTY {
            // A name that the parser missed has been reported.
            if decl.name_form == ast::MigrationName::Str {
                let message = "a migration needs a name: with it the database remembers that it was applied";
                self.diags.push(Diagnostic::error(codes::EMPTY_NAME, file, name.span, message));
            }
            return;
        }
        let earlier = *migrations.entry(name.name).or_insert(name.span);
        if earlier != name.span {
            both_places(
                self.diags,
                codes::DUPLICATE_MEMBER,
                (file, name.span, format!("the module has two migrations named `{text}`")),
                (file, earlier, format!("the first migration `{text}` is here")),
            );
        }
    }

    fn test(&mut self, module: ModuleId, decl: &'a ast::TestDecl, tests: &mut FxHashMap<Symbol, Span>) {
        let name = ast::Ident { name: decl.name.value, span: decl.name.span };
        let id = self.add_function(module, FnKind::Test, name, &decl.body);
        self.env.functions[id.0 as usize].name = format!("test {}", self.env.text(name.name));
        self.declared.tests.push((name.name, id));
        let (file, text) = (self.env.file(module), self.env.text(name.name));
        let is_missing = name.span.start == name.span.end;
        if is_missing {
            return;
        }
        if name.name == sym::EMPTY {
            let message = "a test needs a name";
            let hint = "say in it what is tested: `test \"a free seat\":`";
            self.diags.push(Diagnostic::error(codes::EMPTY_NAME, file, name.span, message).hint(hint));
            return;
        }
        let earlier = *tests.entry(name.name).or_insert(name.span);
        if earlier != name.span {
            both_places(
                self.diags,
                codes::DUPLICATE_MEMBER,
                (file, name.span, format!("the module has two tests named \"{text}\"")),
                (file, earlier, format!("the first test \"{text}\" is here")),
            );
        }
    }

    /// Enters a callable that is not generic.
    fn add_function(
        &mut self,
        module: ModuleId,
        kind: FnKind,
        name: ast::Ident,
        body: &'a ast::Block,
    ) -> FnId {
        let id = FnId(self.env.functions.len() as u32);
        let info = self.callable(module, kind, name, body);
        self.env.functions.push(info);
        id
    }

    /// A callable with a body; its signature is resolved later.
    fn callable(&self, module: ModuleId, kind: FnKind, name: ast::Ident, body: &'a ast::Block) -> FnInfo<'a> {
        FnInfo {
            kind,
            name: self.env.text(name.name).to_owned(),
            module,
            span: name.span,
            params: Vec::new(),
            result: Ty::UNIT,
            body: FnBody::Block(body),
            scope: Scope::default(),
        }
    }

    /// The bindings of an import. Names in braces are bound to [`Name::Failed`] until all modules are declared.
    fn import(&mut self, module: ModuleId, import: &ast::Import, target: Imported) {
        let alias = match &import.clause {
            ast::ImportClause::Sibling(name) | ast::ImportClause::Name(name) => *name,
            ast::ImportClause::As { alias, .. } => *alias,
            ast::ImportClause::Named(names) => {
                for &name in names {
                    self.bind(module, name, Name::Failed, true);
                }
                return;
            }
        };
        let name = match target {
            Imported::Module(id) => Name::Module(id),
            Imported::Asset(id) => Name::Asset(id),
            Imported::StdError => Name::StdErrorModule,
            Imported::Failed => Name::Failed,
        };
        self.bind(module, alias, name, true);
    }

    fn bind_named_imports(&mut self, id: ModuleId, module: &LoadedModule) {
        let mut targets = module.imports.iter();
        for item in &module.ast.items {
            let ast::ItemKind::Import(import) = &item.kind else { continue };
            let target = targets.next().copied().unwrap_or(Imported::Failed);
            let ast::ImportClause::Named(names) = &import.clause else { continue };
            for name in names.iter().filter(|name| name.name != sym::EMPTY) {
                let found = match target {
                    Imported::Module(from) => self.env.export(from, name.name),
                    Imported::StdError => std_error_by_import_name(name.name).map(Name::Struct),
                    // An asset has no names: that form of import has been reported.
                    Imported::Asset(_) | Imported::Failed => Some(Name::Failed),
                };
                let Some(found) = found else {
                    self.report_unknown_import(id, *name, target);
                    continue;
                };
                let binding = self.env.modules[id.0 as usize].names.get_mut(&name.name);
                if let Some(binding) = binding.filter(|binding| binding.import && binding.span == name.span) {
                    binding.name = found;
                }
            }
        }
    }

    fn report_unknown_import(&mut self, module: ModuleId, name: ast::Ident, target: Imported) {
        let text = self.env.text(name.name);
        // No module can export a reserved word, and the word itself has been reported.
        if fuse_syntax::is_reserved(text) {
            return;
        }
        let (source, suggestion) = match target {
            Imported::Module(from) => {
                (self.env.module(from).name.as_str(), self.env.suggest_export(from, text))
            }
            _ => ("std.Error", None),
        };
        let message = format!("the module {source} does not export `{text}`");
        let mut diagnostic =
            Diagnostic::error(codes::IMPORT_UNKNOWN, self.env.file(module), name.span, message);
        if let Some(suggestion) = suggestion {
            diagnostic = diagnostic.hint(format!("did you mean `{suggestion}`?"));
        }
        self.diags.push(diagnostic);
    }

    /// Gives a declaration its name; false if it cannot have it.
    fn declare(&mut self, module: ModuleId, name: ast::Ident, meaning: Name) -> bool {
        if is_predefined(name.name) {
            self.report_predefined(module, name);
            if !matches!(name.name, sym::STD | sym::SELF_TYPE | sym::SELF_VALUE | sym::UNDERSCORE) {
                // Uses of the declaration are not mistakes of their own.
                let binding = Binding { name: Name::Failed, import: false, clashes: false, span: name.span };
                let names = &mut self.env.modules[module.0 as usize].names;
                names.entry(name.name).or_insert(binding);
            }
            return false;
        }
        self.bind(module, name, meaning, false)
    }

    fn report_predefined(&mut self, module: ModuleId, name: ast::Ident) {
        let message =
            format!("`{}` is a name of the language and cannot be declared", self.env.text(name.name));
        let file = self.env.file(module);
        self.diags.push(
            Diagnostic::error(codes::PREDEFINED_NAME, file, name.span, message).hint("choose another name"),
        );
    }

    /// Enters a name into the module; the first one stays.
    fn bind(&mut self, module: ModuleId, name: ast::Ident, meaning: Name, import: bool) -> bool {
        if import && matches!(name.name, sym::STD | sym::SELF_TYPE | sym::SELF_VALUE) {
            self.report_predefined(module, name);
            return false;
        }
        if !binds(name.name) {
            return false;
        }
        let file = self.env.file(module);
        let names = &mut self.env.modules[module.0 as usize].names;
        let binding = Binding { name: meaning, import, clashes: false, span: name.span };
        let Some(there) = names.get_mut(&name.name) else {
            names.insert(name.name, binding);
            return true;
        };
        there.clashes |= !import;
        let earlier = *there;
        let text = self.env.interner.resolve(name.name);
        let (code, message) = if import && earlier.import {
            (codes::IMPORT_DUPLICATE, format!("two imports bind `{text}`"))
        } else {
            (codes::DUPLICATE_DECLARATION, format!("`{text}` is declared twice in this module"))
        };
        both_places(
            self.diags,
            code,
            (file, name.span, message),
            (file, earlier.span, format!("the first `{text}` is here")),
        );
        false
    }

    fn unique_in_program(&mut self, module: ModuleId, name: Symbol, span: Span) {
        if !binds(name) || is_predefined(name) {
            return;
        }
        let (earlier, at) = *self.program.entry(name).or_insert((module, span));
        if earlier == module {
            return;
        }
        let text = self.env.text(name);
        let there = &self.env.module(earlier).name;
        let here = &self.env.module(module).name;
        both_places(
            self.diags,
            codes::SYMBOL_DUPLICATE,
            (self.env.file(module), span, format!("`{text}` is also declared in the module {there}")),
            (self.env.file(earlier), at, format!("`{text}` is first declared here, and again in {here}")),
        );
    }
}

/// The text of the documentation comment of a declaration.
fn doc(item: &ast::Item) -> Option<Symbol> {
    item.doc.as_ref().map(|doc| doc.text)
}

/// What a module requires.
fn capabilities(module: &ast::Module) -> Vec<Capability> {
    let words = module.requires.iter().flat_map(|requires| &requires.capabilities);
    let mut capabilities: Vec<Capability> = words.filter_map(|word| Capability::named(word.name)).collect();
    capabilities.sort_unstable();
    capabilities.dedup();
    capabilities
}

/// Names that no declaration may have.
pub fn is_predefined(name: Symbol) -> bool {
    matches!(
        name,
        sym::INT
            | sym::FLOAT
            | sym::BOOL
            | sym::STRING
            | sym::BYTES
            | sym::HTML
            | sym::UNIT
            | sym::ID
            | sym::EMAIL
            | sym::ERROR
            | sym::LIST
            | sym::MAP
            | sym::OPTION
            | sym::RESULT
            | sym::TASK
            | sym::SELF_TYPE
            | sym::SELF_VALUE
            | sym::UNDERSCORE
            | sym::STD
    )
}

/// A dotted name as written.
pub(crate) fn path_text(env: &Env, path: &ast::Path) -> String {
    let names: Vec<&str> = path.segments().map(|segment| env.text(segment.name)).collect();
    names.join(".")
}

/// Two diagnostics with one code: at the later place what is wrong, at the earlier one that it is the earlier.
pub(crate) fn both_places(
    diags: &mut Diags,
    code: Code,
    later: (FileId, Span, String),
    earlier: (FileId, Span, String),
) {
    diags.push(Diagnostic::error(code, later.0, later.1, later.2));
    diags.push(Diagnostic::error(code, earlier.0, earlier.1, earlier.2));
}
