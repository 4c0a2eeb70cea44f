//! The items of an answer: how they match what has been typed, and in which order they are offered.

use std::collections::HashMap;

use fuse_diagnostics::Span;
use fuse_sema::builtins::BuiltinFn;
use fuse_sema::index::{Entity, EntityKind};
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionResponse, Documentation, MarkupContent,
    MarkupKind, TextEdit,
};

use crate::features::symbols::Kind;
use crate::text::{Encoding, Text};

/// At most so many items are offered.
const MOST: usize = 256;

/// The types that have a name without being declared.
pub(super) const BUILTIN_TYPES: &[&str] = &[
    "Int", "Float", "Bool", "String", "Bytes", "Html", "Unit", "Id", "Email", "Error", "List", "Map",
    "Option", "Result",
];

/// Something that is offered.
pub(super) struct Item {
    pub label: String,
    pub kind: CompletionItemKind,
    pub detail: Option<String>,
    pub insert: Option<String>,
    /// What its sort text begins with.
    pub rank: String,
    pub doc: Option<String>,
    /// What has to be changed besides.
    pub edit: Option<((Span, String), Encoding)>,
}

impl Item {
    pub fn new(label: impl Into<String>, kind: CompletionItemKind, rank: impl Into<String>) -> Item {
        let (label, rank) = (label.into(), rank.into());
        Item { label, kind, detail: None, insert: None, rank, doc: None, edit: None }
    }

    pub fn detail(mut self, detail: String) -> Item {
        self.detail = Some(detail);
        self
    }

    pub fn of_entity(entity: &Entity, rank: &str) -> Item {
        let detail = match (&entity.signature, &entity.ty) {
            (Some(signature), _) => Some(signature.label.clone()),
            (None, Some(ty)) => Some(ty.clone()),
            (None, None) => entity.text.lines().next().map(|line| line.trim_end_matches(':').to_owned()),
        };
        Item { detail, ..Item::new(entity.name.clone(), kind_of(entity.kind), rank) }
    }

    pub fn of_builtin(namespace: &str, function: &BuiltinFn, rank: &str) -> Item {
        let doc = function.doc(namespace);
        let namespace = if namespace == "query" { "" } else { namespace };
        Item {
            detail: Some(function.signature(namespace).label),
            doc: (!doc.is_empty()).then(|| doc.to_owned()),
            ..Item::new(function.name, CompletionItemKind::FUNCTION, rank)
        }
    }
}

fn kind_of(kind: EntityKind) -> CompletionItemKind {
    match kind {
        EntityKind::Module | EntityKind::Namespace => CompletionItemKind::MODULE,
        EntityKind::Type
        | EntityKind::Interface
        | EntityKind::Config
        | EntityKind::TypeParameter
        | EntityKind::BuiltinType => CompletionItemKind::STRUCT,
        EntityKind::Enum => CompletionItemKind::ENUM,
        EntityKind::Variant | EntityKind::Constructor => CompletionItemKind::ENUM_MEMBER,
        EntityKind::Function
        | EntityKind::Component
        | EntityKind::Service
        | EntityKind::Route
        | EntityKind::App
        | EntityKind::Migration
        | EntityKind::Test
        | EntityKind::BuiltinFunction
        | EntityKind::Tag => CompletionItemKind::FUNCTION,
        EntityKind::Parameter | EntityKind::Variable | EntityKind::Asset => CompletionItemKind::VARIABLE,
        EntityKind::Field | EntityKind::Attribute => CompletionItemKind::FIELD,
    }
}

pub(super) fn kind_of_declared(kind: Kind) -> CompletionItemKind {
    match kind {
        Kind::Enum => CompletionItemKind::ENUM,
        Kind::Type | Kind::Interface | Kind::Config | Kind::Impl => CompletionItemKind::STRUCT,
        Kind::Variant => CompletionItemKind::ENUM_MEMBER,
        Kind::Field => CompletionItemKind::FIELD,
        _ => CompletionItemKind::FUNCTION,
    }
}

/// The items so far: one for each label.
pub(super) struct Items {
    prefix: String,
    list: Vec<Item>,
    by_label: HashMap<String, usize>,
}

impl Items {
    pub fn new(prefix: &str) -> Items {
        Items { prefix: prefix.to_lowercase(), list: Vec::new(), by_label: HashMap::new() }
    }

    /// Whether a label fits what has been typed.
    pub fn matches(&self, label: &str) -> bool {
        self.fit(label).is_some()
    }

    /// Whether a label begins with what has been typed, or contains its letters in order.
    fn fit(&self, label: &str) -> Option<bool> {
        let label = label.to_lowercase();
        if label.starts_with(&self.prefix) {
            return Some(true);
        }
        let mut letters = label.chars();
        self.prefix.chars().all(|wanted| letters.any(|letter| letter == wanted)).then_some(false)
    }

    /// Offers an item, unless it does not fit or a better one has its label.
    pub fn add(&mut self, item: Item) {
        let label = item.label.clone();
        self.add_as(&label, item);
    }

    /// The same, where something else than the label is compared with what has been typed.
    pub fn add_as(&mut self, shown: &str, mut item: Item) {
        match self.fit(shown) {
            None => return,
            // What merely contains the letters is never above what is not imported.
            Some(false) if item.rank.as_str() < "02_7_" => item.rank = "02_7_".into(),
            Some(_) => {}
        }
        if item.label == super::unfinished::PLACEHOLDER {
            return;
        }
        match self.by_label.get(&item.label) {
            Some(&known) if self.list[known].rank <= item.rank => {}
            Some(&known) => self.list[known] = item,
            None => {
                self.by_label.insert(item.label.clone(), self.list.len());
                self.list.push(item);
            }
        }
    }

    /// The answer.
    pub fn finish(self, text: &Text) -> CompletionResponse {
        let mut items: Vec<CompletionItem> = self
            .list
            .into_iter()
            .map(|item| {
                let edits = item
                    .edit
                    .map(|((span, new), encoding)| vec![TextEdit::new(text.range(span, encoding), new)]);
                CompletionItem {
                    sort_text: Some(format!("{}{}", item.rank, item.label.to_lowercase())),
                    insert_text: item.insert.filter(|insert| *insert != item.label),
                    label: item.label,
                    kind: Some(item.kind),
                    detail: item.detail,
                    documentation: item.doc.map(|value| {
                        Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })
                    }),
                    additional_text_edits: edits,
                    ..CompletionItem::default()
                }
            })
            .collect();
        items.sort_by(|one, other| (&one.sort_text, &one.label).cmp(&(&other.sort_text, &other.label)));
        items.truncate(MOST);
        CompletionResponse::List(CompletionList { is_incomplete: false, items })
    }
}
