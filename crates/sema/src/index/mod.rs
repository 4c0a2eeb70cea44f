//! The index of resolutions: what every name in every file of a program refers to (for editors, toolchain reference 14).
//!
//! While the checker resolves names it takes notes (`note`), if it was asked to; at the end the notes become an [`Index`] without
//! any tie to the checker's tables. Declarations are known by where their names stand, so an entity is the same in every program that
//! reads the same file.

mod build;
mod entities;
pub(crate) mod note;

use std::collections::BTreeMap;

use fuse_diagnostics::{FileId, Span};
use rustc_hash::FxHashMap;

use crate::builtins::{BuiltinFn, Namespace};

pub(crate) use build::build;

/// What names refer to.
#[derive(Debug, Default)]
pub struct Index {
    /// Everything that has a name.
    pub entities: Vec<Entity>,
    /// For each file the places that name something, in order and without overlaps; declarations are among them.
    pub references: Vec<Vec<Reference>>,
    /// For each file the places of names after a dot, and what stands before the dot.
    pub(crate) bases: Vec<BTreeMap<u32, Shape>>,
    /// What can stand after a dot.
    pub(crate) members: FxHashMap<Shape, Vec<EntityId>>,
    /// The fields of types and configs, the variants of enums, the members of interfaces; methods are among them.
    pub(crate) content: FxHashMap<EntityId, Vec<EntityId>>,
    /// The modules, by file.
    pub modules: BTreeMap<FileId, ModuleNames>,
    /// Types with the interfaces that they have impls of.
    pub impls: Vec<(EntityId, EntityId)>,
}

/// Index into [`Index::entities`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityId(pub u32);

/// Something that has a name.
#[derive(Clone, Debug)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Its name.
    pub name: String,
    /// Where its name stands in its declaration; nothing of the language itself has such a place.
    pub declaration: Option<(FileId, Span)>,
    /// The whole declaration.
    pub span: Span,
    /// Its declaration as users write it, without bodies; of a local name with its type.
    pub text: String,
    /// The type of a local name, field or parameter, where it is known.
    pub ty: Option<String>,
    /// Its documentation comment.
    pub doc: Option<String>,
    /// How it is called.
    pub signature: Option<Signature>,
    /// What has it: the type of a field, the enum of a variant, the interface of a member, the callable of a parameter.
    pub owner: Option<EntityId>,
    /// Of a method, or a parameter of one: the member of the interface, which must have the same name.
    pub implements: Option<EntityId>,
    /// Of a module alias or imported asset: the file.
    pub leads_to: Option<FileId>,
    /// Of a builtin: its row in the table.
    pub builtin: Option<&'static BuiltinFn>,
}

/// How something is called.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    /// From `fn` to the last constraint.
    pub label: String,
    /// The parameters as they stand in the label.
    pub params: Vec<String>,
    /// Their names.
    pub names: Vec<String>,
}

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntityKind {
    /// A module alias.
    Module,
    /// An imported file that is no module.
    Asset,
    /// A struct type.
    Type,
    /// An enum.
    Enum,
    /// A variant of one.
    Variant,
    /// An interface.
    Interface,
    /// A function, method or member.
    Function,
    /// A component.
    Component,
    /// A config.
    Config,
    /// A service.
    Service,
    /// A route.
    Route,
    /// An app.
    App,
    /// A migration.
    Migration,
    /// A test.
    Test,
    /// A parameter.
    Parameter,
    /// A local name.
    Variable,
    /// A field of a type or config, or a label of a payload.
    Field,
    /// A type parameter.
    TypeParameter,
    /// A type of the language.
    BuiltinType,
    /// A builtin function or a method of queries.
    BuiltinFunction,
    /// A builtin namespace.
    Namespace,
    /// `Some`, `None`, `Ok`, `Err`.
    Constructor,
    /// An HTML tag.
    Tag,
    /// An attribute of a tag or component.
    Attribute,
}

/// A place that names something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The name.
    pub span: Span,
    /// What it names.
    pub entity: EntityId,
    /// How.
    pub role: Role,
}

/// How a place names something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It declares it.
    Declaration,
    /// In an import.
    Import,
    /// It uses it.
    Use,
    /// It calls it as a tag.
    Tag,
    /// As the name of an argument.
    Argument,
    /// As the name of an attribute.
    Attribute,
}

/// The names of a module.
#[derive(Clone, Debug, Default)]
pub struct ModuleNames {
    /// How messages call it.
    pub name: String,
    /// Everything that can be named without a dot: what it is, and whether an import brought it.
    pub names: Vec<(String, EntityId, bool)>,
    /// What other modules may import.
    pub exports: Vec<EntityId>,
    /// The modules that it imports.
    pub imports: Vec<FileId>,
    /// Where the paths of imports stand, and the files that they lead to.
    pub paths: Vec<(Span, FileId)>,
}

/// What stands before a dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    Struct(u32),
    /// A type by its name: what is called without a value.
    StructName(u32),
    Enum(u32),
    EnumName(u32),
    Config(u32),
    Interface(u32),
    Module(u32),
    StdErrorModule,
    StdError,
    Query,
    Namespace(&'static str),
}

/// What can stand after a dot.
pub enum Members<'i> {
    /// Entities.
    Entities(&'i [EntityId]),
    /// What a module exports.
    Module(&'i ModuleNames),
    /// Functions of a namespace, or methods of queries (`query`).
    Builtin(&'static str, &'static [BuiltinFn]),
}

impl Index {
    /// An entity.
    pub fn entity(&self, id: EntityId) -> &Entity {
        &self.entities[id.0 as usize]
    }

    /// The references of a file.
    pub fn of_file(&self, file: FileId) -> &[Reference] {
        self.references.get(file.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// What is named at an offset; at the end of a name it is still that name.
    pub fn at(&self, file: FileId, offset: u32) -> Option<Reference> {
        let list = self.of_file(file);
        let after = list.partition_point(|reference| reference.span.start <= offset);
        let found = list[..after].last().filter(|reference| offset <= reference.span.end)?;
        Some(*found)
    }

    /// What is named by exactly this name.
    pub fn named(&self, file: FileId, span: Span) -> Option<Reference> {
        let list = self.of_file(file);
        let at = list.partition_point(|reference| reference.span.start < span.start);
        list.get(at).copied().filter(|reference| reference.span == span)
    }

    /// The entity that is declared at a place.
    pub fn declared(&self, file: FileId, span: Span) -> Option<EntityId> {
        self.named(file, span).filter(|found| found.role == Role::Declaration).map(|found| found.entity)
    }

    /// What can stand after a dot, by the place where the name after it begins.
    pub fn members(&self, file: FileId, start: u32) -> Option<Members<'_>> {
        let shape = *self.bases.get(file.0 as usize)?.get(&start)?;
        self.members_of(shape)
    }

    fn members_of(&self, shape: Shape) -> Option<Members<'_>> {
        Some(match shape {
            Shape::Query => Members::Builtin("query", crate::builtins::QUERY.functions),
            Shape::Namespace(name) => {
                let find = |namespace: &&'static Namespace| namespace.name == name;
                Members::Builtin(name, crate::builtins::NAMESPACES.iter().find(find)?.functions)
            }
            Shape::Module(file) => Members::Module(self.modules.get(&FileId(file))?),
            shape => Members::Entities(self.members.get(&shape)?),
        })
    }

    /// The members of a declared type, enum, config or interface, as its values have them.
    pub fn members_of_entity(&self, id: EntityId) -> impl Iterator<Item = EntityId> + '_ {
        self.content.get(&id).into_iter().flatten().copied()
    }

    /// All places that name an entity: file and reference, in order.
    pub fn uses(&self, id: EntityId) -> impl Iterator<Item = (FileId, Reference)> + '_ {
        let files = self.references.iter().enumerate();
        files.flat_map(move |(file, list)| {
            let own = list.iter().filter(move |reference| reference.entity == id);
            own.map(move |&reference| (FileId(file as u32), reference))
        })
    }
}
