//! What every declaration of the program is: the tables that bodies, type references and later passes read.
//!
//! Filled by the declaration passes, then only read: bodies get `&Env`, so they may be checked on several threads. Types are not in
//! here: whoever makes types brings the interner (`&mut Types`).

use fuse_diagnostics::{FileId, Span};
use fuse_hir::{
    AssetId, ConfigId, EnumId, FnId, FnKind, ModuleId, ServiceId, StdErrors, StructId, Ty, Type, Types,
};
use fuse_syntax::{Interner, Symbol, ast, sym};
use rustc_hash::{FxHashMap, FxHashSet};

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU8;

use crate::builtins::{BuiltinFn, Builtins, Capability, Namespace};
use crate::generics::{Callable, Scope, Template, TemplateId, TypeParam};
use crate::index::note::Notes;
use crate::interface::{InterfaceId, InterfaceInfo, MethodInfo};
use crate::pattern::Patterns;
use crate::route_path::ServicePaths;

/// Diagnostics in the order of discovery; they are sorted and deduplicated at the end.
pub type Diags = Vec<fuse_diagnostics::Diagnostic>;

/// The declarations of a program.
pub struct Env<'a> {
    /// Names and texts.
    pub interner: &'a Interner,
    /// Modules in load order; the index is the [`ModuleId`].
    pub modules: Vec<ModuleEnv<'a>>,
    /// Struct types; the first [`StdErrors::COUNT`] are the `std.Error` family.
    pub structs: Vec<StructInfo<'a>>,
    /// Enums.
    pub enums: Vec<EnumInfo>,
    /// Configs in the order in which they are resolved (runtime reference 9.2).
    pub configs: Vec<ConfigInfo<'a>>,
    /// Imported files; whether they are JSON.
    pub assets: Vec<bool>,
    /// Declared functions, methods, apps, route handlers, migrations and default expressions, as far as they are not generic.
    pub functions: Vec<FnInfo<'a>>,
    /// Services in load order.
    pub services: Vec<ServiceInfo<'a>>,
    /// Migrations in load order.
    pub migrations: Vec<MigrationInfo>,
    /// Generic callables and their defaults; members of interfaces.
    pub templates: Vec<Template<'a>>,
    /// Type parameters.
    pub type_params: Vec<TypeParam>,
    /// Interfaces.
    pub interfaces: Vec<InterfaceInfo<'a>>,
    /// The methods of struct types and enums by type and name.
    pub(crate) methods: FxHashMap<(Ty, Symbol), MethodInfo>,
    /// Which type has an impl of which interface.
    pub(crate) satisfied: FxHashSet<(InterfaceId, Ty)>,
    /// Whether the signatures of all functions are known: then predicates are judged where a type names them.
    pub signatures: bool,
    /// Patterns of constraints that have been compiled.
    pub(crate) patterns: Patterns,
    /// The builtin functions and namespaces.
    pub builtins: Builtins,
    /// What names were found to mean, if somebody wants to know.
    pub(crate) notes: Option<Notes>,
}

/// A module.
pub struct ModuleEnv<'a> {
    /// The file its spans lie in.
    pub file: FileId,
    /// The root of the package it belongs to.
    pub package: &'a Path,
    /// Its tree.
    pub ast: &'a ast::Module,
    /// How messages call it (the path relative to its package, without extension).
    pub name: String,
    /// What it declares with `requires`: sorted, each once.
    pub capabilities: Vec<Capability>,
    /// Those of them that it uses, as far as its bodies have been checked: bit by bit, see `capability`.
    pub(crate) used: AtomicU8,
    /// Declarations and import bindings.
    pub names: FxHashMap<Symbol, Binding>,
    /// The names in source order, made when a mistake asks for suggestions.
    pub(crate) order: OnceLock<Vec<Symbol>>,
}

/// A name of a module.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// What it names.
    pub name: Name,
    /// Bound by an import.
    pub import: bool,
    /// An import's name that the module also declares, which has been reported.
    pub clashes: bool,
    /// Where the name stands.
    pub span: Span,
}

/// What a name of a module (or one reached through a module alias) means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// A function.
    Function(FnId),
    /// A function with type parameters.
    Generic(TemplateId),
    /// An interface.
    Interface(InterfaceId),
    /// A struct type; [`StdErrors::BASE`] is `std.Error`, see [`Env::struct_type`].
    Struct(StructId),
    /// An enum.
    Enum(EnumId),
    /// A config: its instance, and a type.
    Config(ConfigId),
    /// An imported `.md` or `.json` file.
    Asset(AssetId),
    /// A service: not exported.
    Service(ServiceId),
    /// A module alias.
    Module(ModuleId),
    /// An alias of the predefined module `std.Error`.
    StdErrorModule,
    /// The word `std` at the start of a full name.
    Std,
    /// `std.Error` by its full name: the struct type [`StdErrors::BASE`], and the module of its family.
    StdError,
    /// The import that binds it failed, and that has been reported: its uses have the type unknown and get no diagnostic.
    Failed,
}

impl Name {
    /// The name of a function or component.
    pub fn of_callable(callable: Callable) -> Name {
        match callable {
            Callable::Function(id) => Name::Function(id),
            Callable::Template(id) => Name::Generic(id),
        }
    }

    /// The function or component that it names.
    pub fn as_callable(self) -> Option<Callable> {
        match self {
            Name::Function(id) => Some(Callable::Function(id)),
            Name::Generic(id) => Some(Callable::Template(id)),
            _ => None,
        }
    }

    /// The struct type that it names.
    pub fn as_struct(self) -> Option<StructId> {
        match self {
            Name::Struct(id) => Some(id),
            Name::StdError => Some(StdErrors::BASE),
            _ => None,
        }
    }
}

/// A struct type.
pub struct StructInfo<'a> {
    /// As messages show it: `Cart`, `std.Error.NotFound`.
    pub name: Symbol,
    /// Declaring module; `None` for predefined ones.
    pub module: Option<ModuleId>,
    /// Where the name stands.
    pub span: Span,
    /// Fields in order.
    pub fields: Vec<FieldInfo>,
    /// Some fields are not known, because of an error that has been reported: nothing is said about missing or unknown fields.
    pub incomplete: bool,
    /// Field numbers by name.
    pub(crate) index: NameIndex,
    /// The declaration and its module; for a restated `std.Error` type, the restatement.
    pub(crate) decl: Option<(ModuleId, &'a ast::TypeDecl)>,
    /// The text of the documentation comment.
    pub doc: Option<Symbol>,
}

impl StructInfo<'_> {
    /// The number of a field.
    pub fn field(&self, name: Symbol) -> Option<u32> {
        self.index.find(name, self.fields.len(), |at| self.fields[at].name)
    }
}

/// A field of a struct type.
#[derive(Clone, Copy, Debug)]
pub struct FieldInfo {
    /// Its name.
    pub name: Symbol,
    /// Its type.
    pub ty: Ty,
    /// The function that evaluates its written default.
    pub default: Option<FnId>,
    /// It may be left out: it has a default, or an optional type.
    pub optional: bool,
}

/// An enum.
pub struct EnumInfo {
    /// Its name.
    pub name: Symbol,
    /// Declaring module.
    pub module: ModuleId,
    /// Where the name stands.
    pub span: Span,
    /// Variants in order.
    pub variants: Vec<VariantInfo>,
    /// Variant numbers by name.
    pub(crate) index: NameIndex,
    /// The text of the documentation comment.
    pub doc: Option<Symbol>,
}

impl EnumInfo {
    /// The number of a variant.
    pub fn variant(&self, name: Symbol) -> Option<u32> {
        self.index.find(name, self.variants.len(), |at| self.variants[at].name)
    }
}

/// A variant of an enum.
#[derive(Clone, Debug)]
pub struct VariantInfo {
    /// Its name.
    pub name: Symbol,
    /// Payload types in order.
    pub payload: Vec<Ty>,
    /// Labels of all payload elements, or empty.
    pub labels: Vec<Symbol>,
}

/// A config.
pub struct ConfigInfo<'a> {
    /// Its name.
    pub name: Symbol,
    /// Declaring module.
    pub module: ModuleId,
    /// Where the name stands.
    pub span: Span,
    /// Fields in order; empty until the fields are resolved.
    pub fields: Vec<ConfigFieldInfo<'a>>,
    /// Field numbers by name.
    pub(crate) index: NameIndex,
    /// The declaration.
    pub(crate) decl: &'a ast::ConfigDecl,
}

impl ConfigInfo<'_> {
    /// The number of a field.
    pub fn field(&self, name: Symbol) -> Option<u32> {
        self.index.find(name, self.fields.len(), |at| self.fields[at].name)
    }
}

/// A field of a config.
#[derive(Clone, Copy)]
pub struct ConfigFieldInfo<'a> {
    /// Its name.
    pub name: Symbol,
    /// Its type.
    pub ty: Ty,
    /// Its type as written.
    pub written: &'a ast::TypeRef,
    /// The function that evaluates the default; `None` after an error that has been reported.
    pub default: Option<FnId>,
}

/// A service.
pub struct ServiceInfo<'a> {
    /// Its name.
    pub name: Symbol,
    /// Declaring module.
    pub module: ModuleId,
    /// Where the name stands.
    pub span: Span,
    /// The text of the documentation comment.
    pub doc: Option<Symbol>,
    /// Routes in source order.
    pub routes: Vec<RouteInfo>,
    /// The declaration.
    pub(crate) decl: &'a ast::ServiceDecl,
    /// Its path and those of its routes.
    pub(crate) paths: &'a ServicePaths,
}

/// A route.
#[derive(Clone, Copy, Debug)]
pub struct RouteInfo {
    /// What runs.
    pub handler: FnId,
    /// The type of the request body.
    pub body: Option<Ty>,
}

/// A migration.
#[derive(Clone, Copy, Debug)]
pub struct MigrationInfo {
    /// Its name.
    pub name: Symbol,
    /// Declaring module.
    pub module: ModuleId,
    /// Where the name stands.
    pub span: Span,
    /// Its body.
    pub function: FnId,
}

/// A function: declared, the body of an app, route or migration, or a default expression.
pub struct FnInfo<'a> {
    /// What it stands for.
    pub kind: FnKind,
    /// As failures show it, see [`fuse_hir::Function::name`].
    pub name: String,
    /// The module it belongs to: names in it are resolved there, its spans lie in that module's file.
    pub module: ModuleId,
    /// Where the name stands; for a default, where the expression stands.
    pub span: Span,
    /// Parameters. The checked function's first locals are these, in order: parameter `n` is `LocalId(n)`.
    pub params: Vec<ParamInfo>,
    /// Result type; `Unit` if none is declared. The function is fallible if it is a result. For a default the type of the field or
    /// parameter, in a validation position: what the default itself yields is found out with its body.
    pub result: Ty,
    /// What to check.
    pub body: FnBody<'a>,
    /// What it sees besides its module.
    pub scope: Scope,
}

/// The body of a function.
#[derive(Clone, Copy)]
pub enum FnBody<'a> {
    /// Of a function, app, route or migration.
    Block(&'a ast::Block),
    /// The default of a field.
    Field(&'a ast::Expr),
    /// The default of a parameter.
    Parameter(&'a ast::Expr),
    /// The default of a config's field, by number.
    Config(ConfigId, u32, &'a ast::Expr),
    /// A default that is not written anywhere (`std.Error.status`).
    Int(i64),
    /// None: a member of an interface.
    Member,
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParamInfo {
    /// Its name; `_` binds nothing.
    pub name: Symbol,
    /// Where the name stands.
    pub span: Span,
    /// Its type.
    pub ty: Ty,
    /// What evaluates the default, with the parameters to its left; a template exactly if its callable is one.
    pub default: Option<Callable>,
}

/// Positions of names in a list; a hash table only where the list is long.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameIndex(Option<FxHashMap<Symbol, u32>>);

impl NameIndex {
    const LINEAR: usize = 12;

    pub(crate) fn new(names: impl ExactSizeIterator<Item = Symbol>) -> NameIndex {
        if names.len() <= Self::LINEAR {
            return NameIndex(None);
        }
        let mut map = FxHashMap::default();
        for (at, name) in names.enumerate() {
            map.entry(name).or_insert(at as u32);
        }
        NameIndex(Some(map))
    }

    pub(crate) fn find(&self, name: Symbol, len: usize, nth: impl Fn(usize) -> Symbol) -> Option<u32> {
        match &self.0 {
            Some(map) => map.get(&name).copied(),
            None => (0..len).find(|&at| nth(at) == name).map(|at| at as u32),
        }
    }
}

/// The members that every value of static type `std.Error` may be asked for: their numbers in [`StdErrors::MEMBERS`], and their
/// types (language reference 5.3).
pub fn std_error_member(name: Symbol, types: &mut Types) -> Option<(u32, Ty)> {
    Some(match name {
        sym::CODE => (0, Ty::STRING),
        sym::MESSAGE => (1, Ty::STRING),
        sym::STATUS => (2, Ty::INT),
        sym::FIELDS => {
            let element = types.intern(Type::Struct(StdErrors::VALIDATION_FIELD));
            (3, types.list(element))
        }
        _ => return None,
    })
}

/// The member of the family with this import name (`Error`, `NotFound`, …).
pub fn std_error_by_import_name(name: Symbol) -> Option<StructId> {
    Some(match name {
        sym::ERROR => StdErrors::BASE,
        sym::VALIDATION => StdErrors::VALIDATION,
        sym::VALIDATION_FIELD => StdErrors::VALIDATION_FIELD,
        sym::BAD_REQUEST => StdErrors::BAD_REQUEST,
        sym::UNAUTHORIZED => StdErrors::UNAUTHORIZED,
        sym::FORBIDDEN => StdErrors::FORBIDDEN,
        sym::NOT_FOUND => StdErrors::NOT_FOUND,
        sym::CONFLICT => StdErrors::CONFLICT,
        _ => return None,
    })
}

impl FnBody<'_> {
    /// The default expression of a field or parameter.
    pub fn default(&self) -> Option<&ast::Expr> {
        match self {
            FnBody::Field(expr) | FnBody::Parameter(expr) | FnBody::Config(_, _, expr) => Some(expr),
            FnBody::Block(_) | FnBody::Int(_) | FnBody::Member => None,
        }
    }
}

impl<'a> Env<'a> {
    /// The text of a symbol.
    pub fn text(&self, symbol: Symbol) -> &'a str {
        self.interner.resolve(symbol)
    }

    /// A module.
    pub fn module(&self, id: ModuleId) -> &ModuleEnv<'a> {
        &self.modules[id.0 as usize]
    }

    /// The file of a module.
    pub fn file(&self, id: ModuleId) -> FileId {
        self.module(id).file
    }

    /// A struct type.
    pub fn strukt(&self, id: StructId) -> &StructInfo<'a> {
        &self.structs[id.0 as usize]
    }

    /// An enum.
    pub fn enumeration(&self, id: EnumId) -> &EnumInfo {
        &self.enums[id.0 as usize]
    }

    /// A config.
    pub fn config(&self, id: ConfigId) -> &ConfigInfo<'a> {
        &self.configs[id.0 as usize]
    }

    /// A service.
    pub fn service(&self, id: ServiceId) -> &ServiceInfo<'a> {
        &self.services[id.0 as usize]
    }

    /// The type of an imported file.
    pub fn asset_type(&self, id: AssetId) -> Ty {
        let json = self.assets.get(id.0 as usize).copied().unwrap_or_default();
        if json { Ty::DYNAMIC } else { Ty::STRING }
    }

    /// A function.
    pub fn function(&self, id: FnId) -> &FnInfo<'a> {
        &self.functions[id.0 as usize]
    }

    /// What a name means that is no local: the module's declarations and imports, then `Error` and `std`. Constructors
    /// (`Some`, `None`, `Ok`, `Err`) and builtins come after that and are not in here.
    pub fn lookup(&self, module: ModuleId, name: Symbol) -> Option<Name> {
        match self.module(module).names.get(&name) {
            Some(binding) => Some(binding.name),
            None if name == sym::ERROR => Some(Name::Struct(StdErrors::BASE)),
            None if name == sym::STD => Some(Name::Std),
            None => None,
        }
    }

    /// What a module exports under a name.
    pub fn export(&self, module: ModuleId, name: Symbol) -> Option<Name> {
        let binding = self.module(module).names.get(&name)?;
        if binding.import {
            return binding.clashes.then_some(Name::Failed);
        }
        (!matches!(binding.name, Name::Service(_))).then_some(binding.name)
    }

    /// The component that a name means.
    pub fn component(&self, name: Name) -> Option<Callable> {
        name.as_callable().filter(|&callable| self.callable(callable).kind == FnKind::Component)
    }

    /// What `base.member` names where `base` names a module, `std` or `std.Error`.
    pub fn member(&self, base: Name, member: Symbol) -> Option<Name> {
        match base {
            Name::Module(module) => self.export(module, member),
            Name::Std => (member == sym::ERROR).then_some(Name::StdError),
            Name::StdErrorModule => std_error_by_import_name(member).map(Name::Struct),
            Name::StdError => {
                std_error_by_import_name(member).filter(|&id| id != StdErrors::BASE).map(Name::Struct)
            }
            _ => None,
        }
    }

    /// What a dotted name leads to through modules, without a word about what does not exist.
    pub fn find(&self, module: ModuleId, path: &ast::Path) -> Option<Name> {
        let mut name = self.lookup(module, path.head.name)?;
        for segment in &path.rest {
            if matches!(name, Name::Failed) {
                return Some(name);
            }
            name = self.member(name, segment.name)?;
        }
        Some(name)
    }

    /// Whether members of a name are reached by [`Env::member`]: it stands for a module.
    pub fn is_namespace(&self, name: Name) -> bool {
        matches!(name, Name::Module(_) | Name::Std | Name::StdErrorModule | Name::StdError)
    }

    /// The type that a struct id names: that of `std.Error` is [`Ty::STD_ERROR`].
    pub fn struct_type(&self, id: StructId, types: &mut Types) -> Ty {
        if id == StdErrors::BASE { Ty::STD_ERROR } else { types.intern(Type::Struct(id)) }
    }

    /// The function type of a function; unknown if a part of its signature is.
    pub fn function_type(&self, id: FnId, types: &mut Types) -> Ty {
        let info = self.function(id);
        if info.result == Ty::UNKNOWN || info.params.iter().any(|param| param.ty == Ty::UNKNOWN) {
            return Ty::UNKNOWN;
        }
        let params: Box<[Ty]> = info.params.iter().map(|param| param.ty).collect();
        types.intern(Type::Function(params, info.result))
    }

    /// The builtin function of this name (not in a namespace).
    pub fn builtin(&self, name: Symbol) -> Option<&'static BuiltinFn> {
        self.builtins.function(name)
    }

    /// The builtin namespace of this name (`json`, `db`, …).
    pub fn builtin_namespace(&self, name: Symbol) -> Option<&'static Namespace> {
        self.builtins.namespace(name)
    }

    /// What a name is, for messages: "a function", "a module", …
    pub fn describe(&self, name: Name) -> &'static str {
        match name {
            Name::Function(id) if self.function(id).kind == FnKind::Component => "a component",
            Name::Function(_) => "a function",
            Name::Generic(id) if self.template(id).info.kind == FnKind::Component => "a component",
            Name::Generic(_) => "a generic function",
            Name::Interface(_) => "an interface",
            Name::Struct(_) | Name::StdError => "a type",
            Name::Enum(_) => "an enum",
            Name::Config(_) => "a config",
            Name::Asset(_) => "an imported file",
            Name::Service(_) => "a service",
            Name::Module(_) | Name::StdErrorModule => "a module",
            Name::Std => "the namespace of the predefined errors",
            Name::Failed => "an import",
        }
    }

    /// The candidate at edit distance 1 or 2 from a name. A name of one or two characters is only close to what differs by 1.
    pub fn suggest<'n>(&self, name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        // A bound, so that many mistakes in a huge module do not take quadratic time.
        const MOST: usize = 2048;
        let limit = if name.chars().count() <= 2 { 1 } else { 2 };
        fuse_diagnostics::nearest(name, candidates.into_iter().take(MOST), limit)
    }

    /// The exported name that a mistyped one could mean.
    pub fn suggest_export(&self, module: ModuleId, name: &str) -> Option<&'a str> {
        let exports = self.module_names(module).filter(|candidate| {
            let symbol = self.interner.lookup(candidate);
            symbol.is_some_and(|symbol| self.export(module, symbol).is_some())
        });
        self.suggest(name, exports)
    }

    /// Names of a module that a mistyped name could mean.
    pub fn module_names(&self, module: ModuleId) -> impl Iterator<Item = &'a str> + '_ {
        let module = self.module(module);
        // In source order, so that suggestions do not depend on hashing.
        let order = module.order.get_or_init(|| {
            let mut list: Vec<(Span, Symbol)> =
                module.names.iter().map(|(&symbol, binding)| (binding.span, symbol)).collect();
            list.sort_unstable();
            list.into_iter().map(|(_, symbol)| symbol).collect()
        });
        order.iter().map(|&symbol| self.text(symbol))
    }
}
