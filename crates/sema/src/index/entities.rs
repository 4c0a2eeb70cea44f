//! The entities that modules declare, read off their trees.

use fuse_diagnostics::{FileId, Sources, Span};
use fuse_syntax::{Interner, ast, sym};
use rustc_hash::FxHashMap;

use super::{Entity, EntityId, EntityKind, Index, Signature};

/// Where an entity is declared; with a name where the place is not that of the name itself.
pub(super) type Key = (FileId, Span, Option<fuse_syntax::Symbol>);

/// Makes entities.
pub(super) struct Maker<'m> {
    pub index: Index,
    pub keys: FxHashMap<Key, EntityId>,
    pub interner: &'m Interner,
    pub sources: &'m Sources,
}

impl Entity {
    pub(super) fn new(kind: EntityKind, name: impl Into<String>) -> Entity {
        Entity {
            kind,
            name: name.into(),
            declaration: None,
            span: Span::default(),
            text: String::new(),
            ty: None,
            doc: None,
            signature: None,
            owner: None,
            implements: None,
            leads_to: None,
            builtin: None,
        }
    }
}

impl<'m> Maker<'m> {
    pub fn slice(&self, file: FileId, span: Span) -> &'m str {
        self.sources.get(file).map_or("", |file| file.slice(span))
    }

    fn name(&self, symbol: fuse_syntax::Symbol) -> String {
        self.interner.resolve(symbol).to_owned()
    }

    pub fn add(&mut self, entity: Entity) -> EntityId {
        self.index.entities.push(entity);
        EntityId(self.index.entities.len() as u32 - 1)
    }

    /// Adds an entity that is declared at a place; the first one there stays.
    pub fn declare(&mut self, file: FileId, name: Span, entity: Entity) -> EntityId {
        let key = (file, name, None);
        if let Some(&known) = self.keys.get(&key) {
            return known;
        }
        let id = self.add(Entity { declaration: Some((file, name)), ..entity });
        self.keys.insert(key, id);
        id
    }

    /// The entities of a module.
    pub fn module(&mut self, file: FileId, module: &ast::Module) {
        for item in &module.items {
            self.item(file, item);
        }
    }

    fn item(&mut self, file: FileId, item: &ast::Item) {
        let doc = item.doc.map(|doc| self.name(doc.text));
        let whole = |maker: &Self| maker.slice(file, item.span).to_owned();
        let head = |maker: &Self| maker.slice(file, item.head).to_owned();
        let entity = |kind, name: String, text: String| Entity {
            span: item.span,
            text,
            doc: doc.clone(),
            ..Entity::new(kind, name)
        };
        match &item.kind {
            ast::ItemKind::Import(_) => {}
            ast::ItemKind::Type(decl) => {
                let name = self.slice(file, decl.name.span()).to_owned();
                let made = entity(EntityKind::Type, name, whole(self));
                let id = self.declare(file, decl.name.span(), made);
                if let ast::TypeBody::Fields(list) = &decl.body {
                    self.fields(file, id, list);
                }
            }
            ast::ItemKind::Enum(decl) => {
                let made = entity(EntityKind::Enum, self.name(decl.name.name), whole(self));
                let id = self.declare(file, decl.name.span, made);
                decl.variants.iter().for_each(|variant| self.variant(file, id, variant));
            }
            ast::ItemKind::Interface(decl) => {
                let made = entity(EntityKind::Interface, self.name(decl.name.name), whole(self));
                let id = self.declare(file, decl.name.span, made);
                for member in &decl.members {
                    let doc = member.doc.map(|doc| self.name(doc.text));
                    self.callable(file, EntityKind::Function, &member.signature, member.span, doc, Some(id));
                }
            }
            ast::ItemKind::Impl(decl) => {
                for method in &decl.methods {
                    let doc = method.doc.map(|doc| self.name(doc.text));
                    self.callable(file, EntityKind::Function, &method.signature, method.span, doc, None);
                }
            }
            ast::ItemKind::Fn(decl) => {
                self.callable(file, EntityKind::Function, &decl.signature, item.span, doc, None);
            }
            ast::ItemKind::Component(decl) => {
                self.callable(file, EntityKind::Component, &decl.signature, item.span, doc, None);
            }
            ast::ItemKind::Service(decl) => {
                let made = entity(EntityKind::Service, self.name(decl.name.name), head(self));
                let id = self.declare(file, decl.name.span, made);
                for route in &decl.routes {
                    let name = format!("{} {}", route.verb.word(), self.interner.resolve(route.path.value));
                    let made = Entity {
                        span: route.span,
                        text: self.slice(file, route.head).to_owned(),
                        doc: route.doc.map(|doc| self.name(doc.text)),
                        owner: Some(id),
                        ..Entity::new(EntityKind::Route, name)
                    };
                    self.declare(file, route.path.span, made);
                }
            }
            ast::ItemKind::Config(decl) => {
                let made = entity(EntityKind::Config, self.name(decl.name.name), whole(self));
                let id = self.declare(file, decl.name.span, made);
                self.fields(file, id, &decl.fields);
            }
            ast::ItemKind::App(decl) => {
                let made = entity(EntityKind::App, self.name(decl.name.value), head(self));
                self.declare(file, decl.name.span, made);
            }
            ast::ItemKind::Migration(decl) => {
                let made = entity(EntityKind::Migration, self.name(decl.name), head(self));
                self.declare(file, decl.name_span, made);
            }
            ast::ItemKind::Test(decl) => {
                let made = entity(EntityKind::Test, self.name(decl.name.value), head(self));
                self.declare(file, decl.name.span, made);
            }
        }
    }

    fn fields(&mut self, file: FileId, owner: EntityId, list: &[ast::Field]) {
        for field in list.iter().filter(|field| field.name.name != sym::EMPTY) {
            let made = Entity {
                span: field.span,
                text: self.slice(file, field.span).to_owned(),
                ty: Some(self.slice(file, field.ty.span).to_owned()),
                doc: field.doc.map(|doc| self.name(doc.text)),
                owner: Some(owner),
                ..Entity::new(EntityKind::Field, self.name(field.name.name))
            };
            self.declare(file, field.name.span, made);
        }
    }

    fn variant(&mut self, file: FileId, owner: EntityId, variant: &ast::Variant) {
        if variant.name.name == sym::EMPTY {
            return;
        }
        let payload: Vec<String> =
            variant.payload.iter().map(|payload| self.slice(file, payload.span).to_owned()).collect();
        let names = variant.payload.iter().map(|payload| payload.label.map(|label| self.name(label.name)));
        let names = names.map(Option::unwrap_or_default).collect();
        let label = self.slice(file, variant.span).to_owned();
        let signature =
            (!payload.is_empty()).then(|| Signature { label: label.clone(), params: payload, names });
        let made = Entity {
            span: variant.span,
            text: label,
            doc: variant.doc.map(|doc| self.name(doc.text)),
            signature,
            owner: Some(owner),
            ..Entity::new(EntityKind::Variant, self.name(variant.name.name))
        };
        let id = self.declare(file, variant.name.span, made);
        for payload in &variant.payload {
            let Some(label) = payload.label else { continue };
            let made = Entity {
                span: payload.span,
                text: self.slice(file, payload.span).to_owned(),
                ty: Some(self.slice(file, payload.ty.span).to_owned()),
                owner: Some(id),
                ..Entity::new(EntityKind::Field, self.name(label.name))
            };
            self.declare(file, label.span, made);
        }
    }

    fn callable(
        &mut self,
        file: FileId,
        kind: EntityKind,
        written: &ast::Signature,
        span: Span,
        doc: Option<String>,
        owner: Option<EntityId>,
    ) {
        let word = if kind == EntityKind::Component { "component" } else { "fn" };
        let signature = self.signature(file, word, written);
        let made = Entity {
            span,
            text: signature.label.clone(),
            doc,
            signature: Some(signature),
            owner,
            ..Entity::new(kind, self.name(written.name.name))
        };
        let id = self.declare(file, written.name.span, made);
        for param in written.params.iter().filter(|param| param.name.name != sym::EMPTY) {
            let made = Entity {
                span: param.span,
                text: self.slice(file, param.span).to_owned(),
                ty: Some(self.slice(file, param.ty.span).to_owned()),
                owner: Some(id),
                ..Entity::new(EntityKind::Parameter, self.name(param.name.name))
            };
            self.declare(file, param.name.span, made);
        }
        for param in written.type_params.iter().filter(|param| param.name != sym::EMPTY) {
            let name = self.name(param.name);
            let constraint =
                written.constraints.iter().find(|constraint| constraint.param.name == param.name);
            let text =
                constraint.map_or(name.clone(), |constraint| self.slice(file, constraint.span).to_owned());
            let made = Entity {
                span: param.span,
                text,
                owner: Some(id),
                ..Entity::new(EntityKind::TypeParameter, name)
            };
            self.declare(file, param.span, made);
        }
    }

    /// A signature on one line.
    fn signature(&self, file: FileId, word: &str, written: &ast::Signature) -> Signature {
        let line = |span| self.slice(file, span).split_whitespace().collect::<Vec<_>>().join(" ");
        let mut label = format!("{word} {}", self.interner.resolve(written.name.name));
        if !written.type_params.is_empty() {
            let names: Vec<&str> =
                written.type_params.iter().map(|param| self.interner.resolve(param.name)).collect();
            label.push_str(&format!("<{}>", names.join(", ")));
        }
        let params: Vec<String> = written.params.iter().map(|param| line(param.span)).collect();
        label.push_str(&format!("({})", params.join(", ")));
        if let Some(result) = &written.result {
            label.push_str(&format!(" -> {}", line(result.span)));
        }
        let constraints: Vec<String> =
            written.constraints.iter().map(|constraint| line(constraint.span)).collect();
        if !constraints.is_empty() {
            label.push_str(&format!(" where {}", constraints.join(", ")));
        }
        let names = written.params.iter().map(|param| self.name(param.name.name)).collect();
        Signature { label, params, names }
    }
}
