//! Edits of the imports of a module: adding one, and putting them in order.

use std::collections::BTreeMap;

use fuse_diagnostics::Span;
use fuse_syntax::ast::{Import, ImportClause, Item, ItemKind};

use super::Parsed;
use crate::text::Text;

/// The imports of a module with their items.
pub(crate) fn of(parsed: &Parsed) -> impl Iterator<Item = (&Item, &Import)> {
    parsed.module.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Import(import) => Some((item, import)),
        _ => None,
    })
}

/// How the path of an import is written, quotes included.
fn path_text(parsed: &Parsed, import: &Import) -> Option<String> {
    let path = import.path?;
    let text = parsed.name(path.value);
    Some(if path.quoted { format!("\"{text}\"") } else { text.to_owned() })
}

/// The edit that imports a name from a path, which is written with its quotes.
pub(crate) fn add(text: &Text, parsed: &Parsed, name: &str, path: &str) -> (Span, String) {
    let bare = |path: &str| path.trim_matches('"').to_owned();
    for (item, import) in of(parsed) {
        let ImportClause::Named(names) = &import.clause else { continue };
        if path_text(parsed, import).is_some_and(|known| bare(&known) == bare(path)) {
            let mut list: Vec<&str> = names.iter().map(|known| parsed.name(known.name)).collect();
            list.push(name);
            list.sort_unstable();
            list.dedup();
            let source = text.slice(item.span);
            if let (Some(open), Some(close)) = (source.find('{'), source.find('}')) {
                let span = Span::new(item.span.start + open as u32, item.span.start + close as u32 + 1);
                return (span, format!("{{ {} }}", list.join(", ")));
            }
        }
    }
    let line = format!("import {{ {name} }} from {path}\n");
    let last = of(parsed).map(|(item, _)| item.span.end).last();
    let requires = parsed.module.requires.iter().map(|requires| requires.span.end).next_back();
    match last.or(requires) {
        Some(end) => {
            let next = text.line_start(text.line(end) + 1);
            let ends = text.as_str()[..next as usize].ends_with('\n');
            (Span::empty(next), if ends { line } else { format!("\n{line}") })
        }
        None => (Span::empty(0), line),
    }
}

/// An import as it is put in order.
struct Line {
    key: (u8, String, String),
    text: String,
    comments: Vec<String>,
    trailing: String,
    names: Option<Vec<String>>,
}

/// The edit that sorts and merges all imports; nothing if they are in order. Imports among other declarations are left alone.
pub(crate) fn organize(text: &Text, parsed: &Parsed) -> Option<(Span, String)> {
    let leading: Vec<(&Item, &Import)> = parsed
        .module
        .items
        .iter()
        .map_while(|item| match &item.kind {
            ItemKind::Import(import) => Some((item, import)),
            _ => None,
        })
        .collect();
    let (first, _) = leading.first()?;
    let (last, _) = leading.last()?;
    let first_line = comments_above(text, text.line(first.span.start), 0);
    let last_line = text.line(last.span.end.saturating_sub(1));
    let mut lines: Vec<Line> = Vec::new();
    let mut at = first_line;
    for (item, import) in &leading {
        let start = text.line(item.span.start);
        let comments = (at..start).map(|line| text.line_text(line).trim_end().to_owned());
        let comments = comments.filter(|line| !line.trim().is_empty()).collect();
        let end = text.line(item.span.end.saturating_sub(1));
        let tail_end = text.line_start(end) as usize + text.line_text(end).len();
        let trailing = text.as_str()[item.span.end as usize..tail_end].trim_end().to_owned();
        lines.push(line(text, parsed, item, import, comments, trailing)?);
        at = end + 1;
    }
    let mut merged: BTreeMap<(u8, String, String), Line> = BTreeMap::new();
    for line in lines {
        match merged.get_mut(&line.key) {
            Some(known) => {
                known.comments.extend(line.comments);
                if known.trailing.is_empty() {
                    known.trailing = line.trailing;
                } else if !line.trailing.is_empty() {
                    known.comments.push(line.trailing.trim().to_owned());
                }
                if let (Some(all), Some(more)) = (&mut known.names, line.names) {
                    all.extend(more);
                }
            }
            None => {
                merged.insert(line.key.clone(), line);
            }
        }
    }
    let mut out = String::new();
    for line in merged.into_values() {
        for comment in &line.comments {
            out.push_str(comment);
            out.push('\n');
        }
        match line.names {
            Some(mut names) => {
                names.sort();
                names.dedup();
                out.push_str(&format!("import {{ {} }} from {}", names.join(", "), line.text));
            }
            None => out.push_str(&line.text),
        }
        out.push_str(&line.trailing);
        out.push('\n');
    }
    // One blank line after them, if something follows.
    let mut after = last_line + 1;
    let total = text.line(text.everything().end);
    while after < total && text.line_text(after).trim().is_empty() {
        after += 1;
    }
    let rest = &text.as_str()[text.line_start(after) as usize..];
    if !rest.trim().is_empty() {
        out.push('\n');
    }
    let span = Span::new(text.line_start(first_line), text.line_start(after));
    (text.slice(span) != out).then_some((span, out))
}

fn line(
    text: &Text,
    parsed: &Parsed,
    item: &Item,
    import: &Import,
    comments: Vec<String>,
    trailing: String,
) -> Option<Line> {
    let path = match &import.clause {
        ImportClause::Sibling(name) => parsed.name(name.name).to_owned(),
        _ => path_text(parsed, import)?,
    };
    let sort = path.trim_matches('"').to_owned();
    Some(match &import.clause {
        ImportClause::Named(names) => {
            let names = names.iter().map(|name| parsed.name(name.name).to_owned()).collect();
            Line { key: (1, sort, String::new()), text: path, comments, trailing, names: Some(names) }
        }
        _ => {
            let written = text.slice(item.span).split_whitespace().collect::<Vec<_>>().join(" ");
            Line { key: (1, sort, written.clone()), text: written, comments, trailing, names: None }
        }
    })
}

/// The first of the lines directly above one that hold only comments.
fn comments_above(text: &Text, line: usize, least: usize) -> usize {
    let mut first = line;
    while first > least && text.line_text(first - 1).trim_start().starts_with('#') {
        first -= 1;
    }
    first
}
