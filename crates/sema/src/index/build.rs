//! From declarations and notes to the index.

use std::collections::BTreeMap;

use fuse_diagnostics::{FileId, Sources, Span};
use fuse_hir::{AssetId, EnumId, ModuleId, ParamId, StructId, Types};
use fuse_syntax::{Symbol, ast, sym};
use rustc_hash::FxHashMap;

use super::entities::Maker;
use super::note::{Meaning, Note};
use super::{Entity, EntityId, EntityKind, Index, ModuleNames, Reference, Role, Shape};
use crate::builtins::BuiltinFn;
use crate::declare::Declared;
use crate::env::{Env, Name};
use crate::generics::Callable;
use crate::load::{Imported, LoadedModule};

/// Makes the index.
pub(crate) fn build(
    env: &mut Env,
    declared: &Declared,
    modules: &[LoadedModule],
    assets: &[fuse_hir::Asset],
    sources: &Sources,
    types: &Types,
) -> Index {
    let notes = env.notes.take().map(super::note::Notes::into_list).unwrap_or_default();
    let maker =
        Maker { index: Index::default(), keys: FxHashMap::default(), interner: env.interner, sources };
    let files = assets.iter().map(|asset| sources.find(&asset.path)).collect();
    let mut builder = Builder {
        env,
        declared,
        types,
        maker,
        assets: files,
        builtin: FxHashMap::default(),
        found: Vec::new(),
    };
    for module in modules {
        builder.maker.module(module.file, &module.ast);
    }
    for (at, module) in modules.iter().enumerate() {
        builder.imports(ModuleId(at as u32), module);
    }
    for (at, module) in modules.iter().enumerate() {
        builder.uses_in_heads(ModuleId(at as u32), module);
    }
    builder.locals(&notes);
    builder.declarations();
    for note in &notes {
        builder.note(note);
    }
    builder.members();
    builder.module_names(modules);
    builder.finish(sources.len())
}

struct Builder<'b, 'a> {
    env: &'b Env<'a>,
    declared: &'b Declared<'a>,
    types: &'b Types,
    maker: Maker<'b>,
    /// The files of assets.
    assets: Vec<Option<FileId>>,
    builtin: FxHashMap<(EntityKind, String), EntityId>,
    /// References as they are found; of several at one place the first counts.
    found: Vec<(FileId, Reference)>,
}

impl Builder<'_, '_> {
    fn text(&self, symbol: Symbol) -> String {
        self.env.text(symbol).to_owned()
    }

    fn key(&self, file: FileId, span: Span) -> Option<EntityId> {
        self.maker.keys.get(&(file, span, None)).copied()
    }

    /// Aliases of modules and imported assets, and what names in braces mean.
    fn imports(&mut self, id: ModuleId, module: &LoadedModule) {
        let mut targets = module.imports.iter();
        for item in &module.ast.items {
            let ast::ItemKind::Import(import) = &item.kind else { continue };
            let target = targets.next().copied().unwrap_or(Imported::Failed);
            let alias = match &import.clause {
                ast::ImportClause::Sibling(name) | ast::ImportClause::Name(name) => *name,
                ast::ImportClause::As { alias, .. } => *alias,
                ast::ImportClause::Named(names) => {
                    for name in names {
                        let binding = self.env.module(id).names.get(&name.name);
                        let found =
                            binding.filter(|binding| binding.span == name.span).map(|found| found.name);
                        if let Some(entity) = found.and_then(|name| self.named(name)) {
                            self.refer(module.file, name.span, entity, Role::Import);
                        }
                    }
                    continue;
                }
            };
            let (kind, leads_to) = match target {
                Imported::Module(id) => (EntityKind::Module, Some(self.env.file(id))),
                Imported::Asset(AssetId(id)) => {
                    (EntityKind::Asset, self.assets.get(id as usize).copied().flatten())
                }
                Imported::StdError => (EntityKind::Module, None),
                Imported::Failed => continue,
            };
            if alias.name == sym::EMPTY {
                continue;
            }
            let text = self.maker.slice(module.file, item.span).to_owned();
            let made = Entity { span: item.span, text, leads_to, ..Entity::new(kind, self.text(alias.name)) };
            self.maker.declare(module.file, alias.span, made);
        }
    }

    /// Names in declarations whose passes take no notes: derivations, impls, constraints.
    fn uses_in_heads(&mut self, id: ModuleId, module: &LoadedModule) {
        let file = module.file;
        for item in &module.ast.items {
            let signature = match &item.kind {
                ast::ItemKind::Type(decl) => {
                    if let ast::TypeBody::Derived { base, without } = &decl.body {
                        self.path(id, base);
                        let base = self.env.find(id, base).and_then(Name::as_struct);
                        for field in without {
                            let Some(base) = base else { continue };
                            let name = self.text(field.name);
                            let declared = self.field(base, field.name);
                            let is_field =
                                self.env.strukt(base).fields.iter().any(|known| known.name == field.name);
                            let predefined = || self.of_language(EntityKind::Field, &name, &name);
                            if let Some(id) = declared.or_else(|| is_field.then(predefined)) {
                                self.refer(file, field.span, id, Role::Use);
                            }
                        }
                    }
                    None
                }
                ast::ItemKind::Impl(decl) => {
                    self.implementation(id, decl);
                    None
                }
                ast::ItemKind::Interface(decl) => {
                    decl.members.iter().for_each(|member| self.constraints(id, &member.signature));
                    None
                }
                ast::ItemKind::Fn(decl) => Some(&decl.signature),
                ast::ItemKind::Component(decl) => Some(&decl.signature),
                _ => None,
            };
            if let Some(signature) = signature {
                self.constraints(id, signature);
            }
        }
    }

    fn constraints(&mut self, module: ModuleId, signature: &ast::Signature) {
        let file = self.env.file(module);
        for constraint in &signature.constraints {
            self.path(module, &constraint.interface);
            let param = signature.type_params.iter().find(|param| param.name == constraint.param.name);
            if let Some(entity) = param.and_then(|param| self.key(file, param.span)) {
                self.refer(file, constraint.param.span, entity, Role::Use);
            }
        }
    }

    /// An impl: its head, and which members its methods implement.
    fn implementation(&mut self, module: ModuleId, decl: &ast::ImplDecl) {
        let file = self.env.file(module);
        self.path(module, &decl.interface);
        self.path(module, &decl.target);
        decl.methods.iter().for_each(|method| self.constraints(module, &method.signature));
        let target = self.env.find(module, &decl.target);
        let owner = target.and_then(|name| self.named(name));
        let interface = match self.env.find(module, &decl.interface) {
            Some(Name::Interface(id)) => Some(self.env.interface(id)),
            _ => None,
        };
        if let (Some(owner), Some(interface)) = (owner, interface)
            && let Some(interface) = self.key(self.env.file(interface.module), interface.span)
        {
            self.maker.index.impls.push((owner, interface));
        }
        for method in &decl.methods {
            let Some(own) = self.key(file, method.signature.name.span) else { continue };
            self.maker.index.entities[own.0 as usize].owner = owner;
            let Some(interface) = interface else { continue };
            let wanted = method.signature.name.name;
            let mut members = interface.decl.members.iter();
            let Some(member) = members.find(|member| member.signature.name.name == wanted) else { continue };
            let there = self.env.file(interface.module);
            let pairs = [(method.signature.name.span, member.signature.name.span)];
            let params = method.signature.params.iter().zip(&member.signature.params);
            let params = params.map(|(own, member)| (own.name.span, member.name.span));
            for (own, member) in pairs.into_iter().chain(params) {
                if let (Some(own), Some(member)) = (self.key(file, own), self.key(there, member)) {
                    self.maker.index.entities[own.0 as usize].implements = Some(member);
                }
            }
        }
    }

    /// Each name of a dotted name.
    fn path(&mut self, module: ModuleId, path: &ast::Path) {
        let file = self.env.file(module);
        if let Some(entity) = self.global(module, path.head.name) {
            self.refer(file, path.head.span, entity, Role::Use);
        }
        let Some(mut name) = self.env.lookup(module, path.head.name) else { return };
        for segment in &path.rest {
            let Some(found) = self.env.member(name, segment.name) else { return };
            name = found;
            if let Some(entity) = self.named(name) {
                self.refer(file, segment.span, entity, Role::Use);
            }
        }
    }

    /// The local names, before anything refers to them.
    fn locals(&mut self, notes: &[Note]) {
        for note in notes {
            let Note::Local { file, span, name, parameter, mutable, ty } = note else { continue };
            let text = self.env.text(*name);
            let in_place = self.maker.slice(*file, *span) == text;
            let key = (*file, *span, (!in_place).then_some(*name));
            let shown = (ty != "unknown").then(|| ty.clone());
            if let Some(&known) = self.maker.keys.get(&key) {
                // A parameter, whose declaration is known.
                let entity = &mut self.maker.index.entities[known.0 as usize];
                entity.ty = entity.ty.take().or(shown);
                continue;
            }
            let of = shown.as_deref().map_or(String::new(), |ty| format!(": {ty}"));
            let (kind, text) = match parameter {
                true => (EntityKind::Parameter, format!("{text}{of}")),
                false => {
                    (EntityKind::Variable, format!("{} {text}{of}", if *mutable { "var" } else { "let" }))
                }
            };
            let place =
                if in_place { Some(*span) } else { self.in_route_path(*file, *span, self.env.text(*name)) };
            let made = Entity {
                declaration: place.map(|place| (*file, place)),
                span: place.unwrap_or(*span),
                text,
                ty: shown,
                ..Entity::new(kind, self.env.text(*name))
            };
            let id = self.maker.add(made);
            self.maker.keys.insert(key, id);
        }
    }

    /// Where a parameter of a route stands in the string of its path.
    fn in_route_path(&self, file: FileId, span: Span, name: &str) -> Option<Span> {
        let text = self.maker.slice(file, span);
        if !text.starts_with('"') {
            return None;
        }
        let mut from = 0;
        while let Some(open) = text[from..].find('{') {
            let inside = from + open + 1;
            let rest = text[inside..].trim_start();
            let start = text.len() - rest.len();
            let after = rest.strip_prefix(name).map(str::trim_start);
            if after.is_some_and(|after| after.starts_with(':')) {
                let start = span.start + start as u32;
                return Some(Span::new(start, start + name.len() as u32));
            }
            from = inside;
        }
        None
    }

    /// Every declaration names what it declares.
    fn declarations(&mut self) {
        for at in 0..self.maker.index.entities.len() {
            if let Some((file, span)) = self.maker.index.entities[at].declaration {
                self.refer(file, span, EntityId(at as u32), Role::Declaration);
            }
        }
    }

    fn refer(&mut self, file: FileId, span: Span, entity: EntityId, role: Role) {
        if span.start < span.end {
            self.found.push((file, Reference { span, entity, role }));
        }
    }

    fn note(&mut self, note: &Note) {
        match *note {
            Note::Reference { file, span, meaning, role } => {
                let span = self.without_parentheses(file, span);
                let text = self.maker.slice(file, span);
                if let Some(entity) = self.meaning(file, text, meaning) {
                    self.refer(file, span, entity, role);
                }
            }
            Note::Base { file, start, shape } => {
                let bases = &mut self.maker.index.bases;
                if bases.len() <= file.0 as usize {
                    bases.resize_with(file.0 as usize + 1, BTreeMap::new);
                }
                bases[file.0 as usize].entry(start).or_insert(shape);
            }
            Note::Local { .. } => {}
        }
    }

    /// A name in parentheses is known by all of its place.
    fn without_parentheses(&self, file: FileId, span: Span) -> Span {
        let text = self.maker.slice(file, span);
        if !text.starts_with('(') {
            return span;
        }
        let outside = |char: char| char == '(' || char == ')' || char.is_whitespace();
        let start = text.len() - text.trim_start_matches(outside).len();
        let length = text.trim_matches(outside).len();
        let start = span.start + start as u32;
        Span::new(start, start + length as u32)
    }

    fn meaning(&mut self, file: FileId, written: &str, meaning: Meaning) -> Option<EntityId> {
        match meaning {
            Meaning::Global(module, name) => self.global(module, name),
            Meaning::Name(name) => self.named(name),
            Meaning::Callable(callable) => self.callable(callable),
            Meaning::Variant(id, number) => self.variant(id, number),
            Meaning::Label(id, variant, label) => {
                let info = self.env.enumeration(id);
                let decl = self.declared.enums.get(id.0 as usize)?;
                let name = info.variants.get(variant as usize)?.name;
                let variant = decl.variants.iter().find(|variant| variant.name.name == name)?;
                let label = variant.payload.get(label as usize)?.label?;
                self.key(self.env.file(info.module), label.span)
            }
            // What is declared nowhere is a predefined type's, perhaps by way of a derivation.
            Meaning::Field(id, name) => {
                let declared = self.field(id, name);
                declared.or_else(|| Some(self.of_language(EntityKind::Field, written, written)))
            }
            Meaning::ConfigField(id, number) => {
                let info = self.env.config(id);
                let name = info.fields.get(number as usize)?.name;
                let field = info.decl.fields.iter().find(|field| field.name.name == name)?;
                self.key(self.env.file(info.module), field.name.span)
            }
            Meaning::Declared(module, span) => self.key(self.env.file(module), span),
            Meaning::Local(span, name) => {
                let keys = &self.maker.keys;
                keys.get(&(file, span, None))
                    .filter(|_| self.maker.slice(file, span) == written)
                    .or_else(|| keys.get(&(file, span, Some(name))))
                    .copied()
            }
            Meaning::TypeParam(id) => self.type_param(id),
            Meaning::Builtin(namespace, function) => Some(self.builtin_function(namespace, function)),
            Meaning::Namespace(namespace) => {
                Some(self.of_language(EntityKind::Namespace, namespace.name, namespace.name))
            }
            Meaning::Constructor(name) => {
                let name = self.text(name);
                Some(self.of_language(EntityKind::Constructor, &name, &name))
            }
            Meaning::BuiltinType(name) => {
                let name = self.text(name);
                Some(self.of_language(EntityKind::BuiltinType, &name, &format!("type {name}")))
            }
            Meaning::Tag(tag) => Some(self.of_language(EntityKind::Tag, tag, &format!("{tag}(…) -> Html"))),
            Meaning::Attribute => Some(self.of_language(EntityKind::Attribute, written, written)),
            Meaning::BuiltinParameter => Some(self.of_language(EntityKind::Field, written, written)),
        }
    }

    fn of_language(&mut self, kind: EntityKind, name: &str, text: &str) -> EntityId {
        if let Some(&known) = self.builtin.get(&(kind, name.to_owned())) {
            return known;
        }
        let id = self.maker.add(Entity { text: text.to_owned(), ..Entity::new(kind, name) });
        self.builtin.insert((kind, name.to_owned()), id);
        id
    }

    fn builtin_function(&mut self, namespace: &str, function: &'static BuiltinFn) -> EntityId {
        let full = if namespace.is_empty() {
            function.name.to_owned()
        } else {
            format!("{namespace}.{}", function.name)
        };
        let key = (EntityKind::BuiltinFunction, full);
        if let Some(&known) = self.builtin.get(&key) {
            return known;
        }
        let signature = function.signature(namespace);
        let made = Entity {
            text: signature.label.clone(),
            doc: Some(function.doc(namespace).to_owned()).filter(|doc| !doc.is_empty()),
            signature: Some(signature),
            builtin: Some(function),
            ..Entity::new(EntityKind::BuiltinFunction, function.name)
        };
        let id = self.maker.add(made);
        self.builtin.insert(key, id);
        id
    }

    /// What a name of a module means: an alias is itself.
    fn global(&mut self, module: ModuleId, name: Symbol) -> Option<EntityId> {
        match self.env.module(module).names.get(&name) {
            Some(binding) => match binding.name {
                Name::Module(_) | Name::Asset(_) | Name::StdErrorModule if binding.import => {
                    self.key(self.env.file(module), binding.span)
                }
                name => self.named(name),
            },
            None => self.env.lookup(module, name).and_then(|name| self.named(name)),
        }
    }

    fn named(&mut self, name: Name) -> Option<EntityId> {
        match name {
            Name::Function(id) => self.callable(Callable::Function(id)),
            Name::Generic(id) => self.callable(Callable::Template(id)),
            Name::Interface(id) => {
                let info = self.env.interface(id);
                self.key(self.env.file(info.module), info.span)
            }
            Name::Struct(id) => self.strukt(id),
            Name::StdError => self.strukt(fuse_hir::StdErrors::BASE),
            Name::Enum(id) => {
                let info = self.env.enumeration(id);
                self.key(self.env.file(info.module), info.span)
            }
            Name::Config(id) => {
                let info = self.env.config(id);
                self.key(self.env.file(info.module), info.span)
            }
            Name::Service(id) => {
                let info = self.env.service(id);
                self.key(self.env.file(info.module), info.span)
            }
            Name::Std => Some(self.of_language(EntityKind::Namespace, "std", "std")),
            Name::Module(_) | Name::Asset(_) | Name::StdErrorModule | Name::Failed => None,
        }
    }

    fn strukt(&mut self, id: StructId) -> Option<EntityId> {
        let info = self.env.strukt(id);
        let place = info.module.map(|module| (module, info.span));
        let restated = info.decl.map(|(module, decl)| (module, decl.name.span()));
        match place.or(restated) {
            Some((module, span)) => self.key(self.env.file(module), span),
            None => {
                let name = self.text(info.name);
                Some(self.of_language(EntityKind::BuiltinType, &name, &format!("type {name}")))
            }
        }
    }

    fn callable(&self, callable: Callable) -> Option<EntityId> {
        let info = self.env.callable(callable);
        self.key(self.env.file(info.module), info.span)
    }

    fn variant(&self, id: EnumId, number: u32) -> Option<EntityId> {
        let info = self.env.enumeration(id);
        let name = info.variants.get(number as usize)?.name;
        let decl = self.declared.enums.get(id.0 as usize)?;
        let variant = decl.variants.iter().find(|variant| variant.name.name == name)?;
        self.key(self.env.file(info.module), variant.name.span)
    }

    /// A field; that of a derived type is the one of its base.
    fn field(&self, mut id: StructId, name: Symbol) -> Option<EntityId> {
        for _ in 0..=self.env.structs.len() {
            let (module, decl) = self.env.strukt(id).decl?;
            match &decl.body {
                ast::TypeBody::Fields(fields) => {
                    let field = fields.iter().find(|field| field.name.name == name)?;
                    return self.key(self.env.file(module), field.name.span);
                }
                ast::TypeBody::Derived { base, .. } => id = self.env.find(module, base)?.as_struct()?,
                ast::TypeBody::Error => return None,
            }
        }
        None
    }

    fn type_param(&self, id: ParamId) -> Option<EntityId> {
        let info = self.env.type_param(id);
        self.key(self.env.file(info.module), info.span)
    }

    /// What can stand after a dot, by what stands before it.
    fn members(&mut self) {
        let mut members: FxHashMap<Shape, Vec<EntityId>> = FxHashMap::default();
        for at in 0..self.env.structs.len() as u32 {
            let fields = self.env.strukt(StructId(at)).fields.iter();
            let names: Vec<Symbol> = fields.map(|field| field.name).collect();
            let predefined = self.env.strukt(StructId(at)).module.is_none();
            let fields = names.into_iter().filter_map(|name| {
                let declared = self.field(StructId(at), name);
                let name = self.text(name);
                declared.or_else(|| predefined.then(|| self.of_language(EntityKind::Field, &name, &name)))
            });
            let fields = fields.collect();
            members.insert(Shape::Struct(at), fields);
        }
        for at in 0..self.env.enums.len() as u32 {
            let count = self.env.enumeration(EnumId(at)).variants.len() as u32;
            let variants = (0..count).filter_map(|number| self.variant(EnumId(at), number)).collect();
            members.insert(Shape::EnumName(at), variants);
        }
        let mut methods: Vec<(FileId, Span, Shape, EntityId)> = Vec::new();
        for (&(ty, _), method) in &self.env.methods {
            let Some(entity) = self.callable(method.callable) else { continue };
            let info = self.env.callable(method.callable);
            let (value, name) = match *self.types.get(ty) {
                fuse_hir::Type::Struct(id) => (Shape::Struct(id.0), Shape::StructName(id.0)),
                fuse_hir::Type::Enum(id) => (Shape::Enum(id.0), Shape::EnumName(id.0)),
                _ => continue,
            };
            methods.push((self.env.file(info.module), info.span, value, entity));
            if !method.instance {
                methods.push((self.env.file(info.module), info.span, name, entity));
            }
        }
        methods.sort_by_key(|&(file, span, ..)| (file, span));
        for (_, _, shape, entity) in methods {
            members.entry(shape).or_default().push(entity);
        }
        for (at, info) in self.env.configs.iter().enumerate() {
            let file = self.env.file(info.module);
            let fields =
                info.decl.fields.iter().filter_map(|field| self.key(file, field.name.span)).collect();
            members.insert(Shape::Config(at as u32), fields);
        }
        for (at, info) in self.env.interfaces.iter().enumerate() {
            let file = self.env.file(info.module);
            let list = info.decl.members.iter();
            let list = list.filter_map(|member| self.key(file, member.signature.name.span)).collect();
            members.insert(Shape::Interface(at as u32), list);
        }
        let family = [
            sym::ERROR,
            sym::VALIDATION,
            sym::VALIDATION_FIELD,
            sym::BAD_REQUEST,
            sym::UNAUTHORIZED,
            sym::FORBIDDEN,
            sym::NOT_FOUND,
            sym::CONFLICT,
        ];
        let family = family.into_iter().filter_map(crate::env::std_error_by_import_name);
        let family = family.collect::<Vec<_>>().into_iter().filter_map(|id| self.strukt(id)).collect();
        members.insert(Shape::StdErrorModule, family);
        let fields = fuse_hir::StdErrors::MEMBERS;
        let fields = fields.iter().map(|name| self.of_language(EntityKind::Field, name, name)).collect();
        members.insert(Shape::StdError, fields);
        let mut content: FxHashMap<EntityId, Vec<EntityId>> = FxHashMap::default();
        for (&shape, list) in &members {
            let owner = match shape {
                Shape::Struct(id) => self.strukt(StructId(id)),
                Shape::EnumName(id) => self.named(Name::Enum(EnumId(id))),
                Shape::Config(id) => self.named(Name::Config(fuse_hir::ConfigId(id))),
                Shape::Interface(id) => self.named(Name::Interface(crate::interface::InterfaceId(id))),
                _ => None,
            };
            if let Some(owner) = owner {
                content.insert(owner, list.clone());
            }
        }
        self.maker.index.content = content;
        self.maker.index.members = members;
    }

    fn module_names(&mut self, modules: &[LoadedModule]) {
        for (at, module) in modules.iter().enumerate() {
            let id = ModuleId(at as u32);
            let info = self.env.module(id);
            let mut list: Vec<_> =
                info.names.iter().map(|(&symbol, binding)| (binding.span, symbol, *binding)).collect();
            list.sort_unstable_by_key(|&(span, symbol, _)| (span, symbol));
            let mut names = ModuleNames { name: info.name.clone(), ..ModuleNames::default() };
            for (_, symbol, binding) in list {
                let Some(entity) = self.global(id, symbol) else { continue };
                names.names.push((self.text(symbol), entity, binding.import));
                if self.env.export(id, symbol).is_some() {
                    names.exports.push(entity);
                }
            }
            let items = module.ast.items.iter().filter_map(|item| match &item.kind {
                ast::ItemKind::Import(import) => Some(import),
                _ => None,
            });
            for (import, &imported) in items.zip(&module.imports) {
                let file = match imported {
                    Imported::Module(id) => {
                        names.imports.push(self.env.file(id));
                        Some(self.env.file(id))
                    }
                    Imported::Asset(AssetId(id)) => self.assets.get(id as usize).copied().flatten(),
                    Imported::StdError | Imported::Failed => None,
                };
                names.paths.extend(import.path.map(|path| path.span).zip(file));
            }
            self.maker.index.modules.insert(module.file, names);
        }
    }

    fn finish(mut self, files: usize) -> Index {
        let place = |(file, reference): &(FileId, Reference)| (*file, reference.span.start);
        // Stable: what was found first stays first.
        self.found.sort_by_key(place);
        self.found.dedup_by_key(|found| place(found));
        let mut index = self.maker.index;
        index.bases.resize_with(files, BTreeMap::new);
        index.references.resize_with(files, Vec::new);
        for (file, reference) in self.found {
            let list = &mut index.references[file.0 as usize];
            // The string of a route's path has its parameters inside.
            if let Some(last) = list.last_mut()
                && last.span.end > reference.span.start
                && index.entities[last.entity.0 as usize].kind == EntityKind::Route
            {
                last.span.end = reference.span.start;
            }
            // Otherwise names do not overlap; where they seem to (a dotted name that is declared as one), the first counts.
            if list.last().is_none_or(|last| last.span.end <= reference.span.start) {
                list.push(reference);
            }
        }
        index
    }
}
