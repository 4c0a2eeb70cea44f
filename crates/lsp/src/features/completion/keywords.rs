//! Words of the language, by where they are legal.

use lsp_types::CompletionItemKind;

use super::items::{Item, Items};

pub(super) const DECLARATIONS: &[&str] = &[
    "app",
    "component",
    "config",
    "enum",
    "fn",
    "impl",
    "import",
    "interface",
    "migration",
    "requires",
    "service",
    "test",
    "type",
];
pub(super) const ROUTES: &[&str] = &["get", "post", "put", "patch", "delete"];
pub(super) const STATEMENTS: &[&str] =
    &["break", "continue", "else", "for", "if", "let", "match", "return", "transaction", "var", "while"];
pub(super) const EXPRESSIONS: &[&str] = &["await", "box", "spawn", "true", "false", "null"];
pub(super) const OPERATORS: &[&str] = &["and", "or"];

pub(super) fn add(words: &[&str], items: &mut Items) {
    for word in words {
        items.add(Item::new(*word, CompletionItemKind::KEYWORD, "04_"));
    }
}

pub(super) fn capabilities(items: &mut Items) {
    for word in ["db", "network", "time", "crypto"] {
        items.add(Item::new(word, CompletionItemKind::KEYWORD, "00_"));
    }
}
