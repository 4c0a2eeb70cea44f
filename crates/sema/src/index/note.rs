//! Notes: what a name was found to mean, in terms of the checker's tables.

use std::sync::{Mutex, PoisonError};

use fuse_diagnostics::{FileId, Span};
use fuse_hir::{ConfigId, EnumId, ModuleId, ParamId, StructId};
use fuse_syntax::Symbol;

use super::{Role, Shape};
use crate::builtins::{BuiltinFn, Namespace};
use crate::env::{Env, Name};
use crate::generics::Callable;

/// What a name means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Meaning {
    /// A name of a module, without a dot before it.
    Global(ModuleId, Symbol),
    /// Something that is declared.
    Name(Name),
    Callable(Callable),
    Variant(EnumId, u32),
    /// A label of a variant's payload.
    Label(EnumId, u32, u32),
    Field(StructId, Symbol),
    ConfigField(ConfigId, u32),
    /// A parameter or local name, by where it is declared.
    Declared(ModuleId, Span),
    /// A local name as bodies know it.
    Local(Span, Symbol),
    TypeParam(ParamId),
    Builtin(&'static str, &'static BuiltinFn),
    Namespace(&'static Namespace),
    Constructor(Symbol),
    BuiltinType(Symbol),
    Tag(&'static str),
    Attribute,
    /// A parameter of a builtin.
    BuiltinParameter,
}

/// What is noted.
#[derive(Debug)]
pub(crate) enum Note {
    /// A name at a place means something.
    Reference { file: FileId, span: Span, meaning: Meaning, role: Role },
    /// What stands before the dot before a name.
    Base { file: FileId, start: u32, shape: Shape },
    /// A local name is bound.
    Local { file: FileId, span: Span, name: Symbol, parameter: bool, mutable: bool, ty: String },
}

/// Where notes are kept.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Vec<Note>>);

impl Notes {
    pub fn push(&self, note: Note) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    pub fn into_list(self) -> Vec<Note> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Env<'_> {
    /// Notes what a name in a module means, if somebody wants to know.
    #[inline]
    pub(crate) fn note(&self, module: ModuleId, span: Span, meaning: Meaning) {
        if self.notes.is_some() {
            self.note_as(module, span, meaning, Role::Use);
        }
    }

    pub(crate) fn note_as(&self, module: ModuleId, span: Span, meaning: Meaning, role: Role) {
        if let Some(notes) = &self.notes
            && span.start < span.end
        {
            notes.push(Note::Reference { file: self.file(module), span, meaning, role });
        }
    }

    /// Notes what each name of a dotted name means.
    pub(crate) fn note_path(&self, module: ModuleId, path: &fuse_syntax::ast::Path) {
        if self.notes.is_none() {
            return;
        }
        let Some(mut name) = self.lookup(module, path.head.name) else { return };
        self.note(module, path.head.span, Meaning::Global(module, path.head.name));
        for segment in &path.rest {
            self.note_base(module, segment.span.start, name);
            let Some(found) = self.member(name, segment.name) else { return };
            name = found;
            self.note(module, segment.span, Meaning::Name(name));
        }
    }

    /// Notes what stands before a dot, where that is a name.
    pub(crate) fn note_base(&self, module: ModuleId, start: u32, base: Name) {
        let Some(notes) = &self.notes else { return };
        let shape = match base {
            Name::Struct(id) => Shape::StructName(id.0),
            Name::Enum(id) => Shape::EnumName(id.0),
            Name::Config(id) => Shape::Config(id.0),
            Name::Module(id) => Shape::Module(self.file(id).0),
            Name::StdErrorModule | Name::StdError => Shape::StdErrorModule,
            _ => return,
        };
        notes.push(Note::Base { file: self.file(module), start, shape });
    }
}
