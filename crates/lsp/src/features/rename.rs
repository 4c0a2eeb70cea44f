//! Rename (toolchain reference 14.9).
//!
//! Whether a new name would collide with another one or capture it is not guessed: the edited program is analysed, and must refer to
//! the same things at the same places and have no new findings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fuse_diagnostics::{FileId, Span};
use fuse_sema::index::{EntityId, EntityKind, Reference};
use fuse_syntax::{Interner, is_reserved};
use lsp_types::{PrepareRenameResponse, RenameParams, TextDocumentPositionParams};
use serde_json::{Value, json};

use super::names::{self, Place, Use};
use super::text_of;
use crate::analysis::Analysis;
use crate::answers::Failure;
use crate::workspace::Workspace;

/// What is replaced in which files.
pub(crate) type Edits = BTreeMap<PathBuf, Vec<(Span, String)>>;

/// What the token under the cursor is called, if it can be renamed.
pub(crate) fn prepare(
    workspace: &mut Workspace,
    params: &TextDocumentPositionParams,
) -> Option<PrepareRenameResponse> {
    let place = Place::new(workspace, params)?;
    let reference = place.reference()?;
    renamable(&place, reference).ok()?;
    let text = place.program.text(place.file);
    let range = text.range(reference.span, workspace.encoding);
    Some(PrepareRenameResponse::RangeWithPlaceholder {
        range,
        placeholder: text.slice(reference.span).to_owned(),
    })
}

pub(crate) fn answer(workspace: &mut Workspace, params: &RenameParams) -> Result<Value, Failure> {
    let nothing = || Failure::params("there is nothing here that can be renamed");
    let place = Place::new(workspace, &params.text_document_position).ok_or_else(nothing)?;
    let reference = place.reference().ok_or_else(nothing)?;
    renamable(&place, reference).map_err(Failure::params)?;
    let new = params.new_name.as_str();
    is_name(new, place.entity(reference).kind).map_err(Failure::params)?;
    let old = place.entity(reference).name.clone();
    if old == new {
        return Ok(json!({"documentChanges": []}));
    }
    let uses = group(workspace, &place, reference.entity, &old);
    // `import Name` says the path as well, which stays.
    let is_sibling = place.entity(reference).text == format!("import {old}");
    let mut edits = Edits::new();
    for Use { path, span, declaration } in uses {
        let text = if declaration && is_sibling { format!("{new} from \"{old}\"") } else { new.to_owned() };
        edits.entry(path).or_default().push((span, text));
    }
    same_meaning(workspace, &place, &edits, new)
        .map_err(|reason| Failure::params(format!("`{old}` cannot be renamed to `{new}`: {reason}")))?;
    let mut changes = Vec::new();
    for (path, spans) in &edits {
        let Some(text) = text_of(workspace, path) else { continue };
        let list: Vec<Value> = spans
            .iter()
            .map(|(span, new)| json!({"range": text.range(*span, workspace.encoding), "newText": new}))
            .collect();
        let version = workspace.documents.get(path).map(|document| document.version);
        let document = json!({"uri": workspace.documents.uri(path), "version": version});
        changes.push(json!({"textDocument": document, "edits": list}));
    }
    Ok(json!({"documentChanges": changes}))
}

/// Whether what is named here can be renamed; else why not.
fn renamable(place: &Place, reference: Reference) -> Result<(), String> {
    let entity = place.entity(reference);
    let what = match entity.kind {
        EntityKind::Module
        | EntityKind::Asset
        | EntityKind::Type
        | EntityKind::Interface
        | EntityKind::Enum
        | EntityKind::Variant
        | EntityKind::Function
        | EntityKind::Component
        | EntityKind::Config
        | EntityKind::Parameter
        | EntityKind::Variable
        | EntityKind::Field
        | EntityKind::TypeParameter => None,
        EntityKind::App | EntityKind::Test | EntityKind::Migration | EntityKind::Route => {
            Some("its name is a text")
        }
        EntityKind::Service => Some("the name of a service is part of what it serves"),
        _ => Some("it belongs to the language"),
    };
    let name = &entity.name;
    if let Some(reason) = what {
        return Err(format!("`{name}` cannot be renamed: {reason}"));
    }
    let Some((file, span)) = entity.declaration else {
        return Err(format!("`{name}` cannot be renamed: it is a name of the language"));
    };
    let path = place.program.path(file);
    if place.program.found.packages.checkout_of(path).is_some() {
        return Err(format!("`{name}` is declared in a dependency that comes from a repository"));
    }
    if place.program.slice(file, span) != *name || name.contains('.') {
        return Err(format!("`{name}` has a fixed name"));
    }
    if name == "main" && entity.kind == EntityKind::Function && entity.owner.is_none() {
        return Err("`main` is where the program begins".to_owned());
    }
    if place.program.slice(place.file, reference.span) != *name {
        return Err("this word is not the name of what it means".to_owned());
    }
    Ok(())
}

/// Whether a text can be the name of something.
fn is_name(new: &str, kind: EntityKind) -> Result<(), String> {
    let mut bytes = new.bytes();
    let head = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if !head || !bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(format!("`{new}` is no identifier"));
    }
    if is_reserved(new) || matches!(new, "self" | "Self" | "_" | "std") {
        return Err(format!("`{new}` is a reserved word"));
    }
    let local = matches!(
        kind,
        EntityKind::Variable | EntityKind::Parameter | EntityKind::Field | EntityKind::Variant
    );
    if !local && Interner::new().lookup(new).is_some_and(fuse_sema::is_predefined) {
        return Err(format!("`{new}` is a name of the language"));
    }
    Ok(())
}

/// The uses of an entity and of all that must have the same name: a member and the methods that implement it.
fn group(workspace: &mut Workspace, place: &Place, entity: EntityId, name: &str) -> BTreeSet<Use> {
    let index = &place.program.found.index;
    let root = index.entity(entity).implements.unwrap_or(entity);
    let mut members = vec![root];
    let entities = index.entities.iter().enumerate();
    members.extend(
        entities.filter(|(_, other)| other.implements == Some(root)).map(|(at, _)| EntityId(at as u32)),
    );
    let mut found = BTreeSet::new();
    for member in members {
        for used in names::uses(workspace, place, member) {
            // `Self` names a type, too.
            let text = text_of(workspace, &used.path);
            if text.is_some_and(|text| text.slice(used.span) == name) {
                found.insert(used);
            }
        }
    }
    found
}

/// Whether every program means the same after the edits; else why not.
fn same_meaning(workspace: &mut Workspace, place: &Place, edits: &Edits, new: &str) -> Result<(), String> {
    let programs = workspace.programs(&place.path);
    let concerned: Vec<_> = programs
        .into_iter()
        .filter(|program| edits.keys().any(|path| program.file(path).is_some()))
        .collect();
    for before in concerned {
        let after = workspace.analysis_with(&before, edits);
        compare(&before, &after, edits, new)?;
    }
    Ok(())
}

fn compare(before: &Analysis, after: &Analysis, edits: &Edits, new: &str) -> Result<(), String> {
    let moved = |path: &Path, span: Span| match edits.get(path) {
        Some(edits) => {
            let shift = |at: u32| {
                let earlier = edits.iter().filter(|(edit, _)| edit.end <= at);
                let change: i64 =
                    earlier.map(|(edit, text)| text.len() as i64 - i64::from(edit.end - edit.start)).sum();
                (i64::from(at) + change) as u32
            };
            let start = shift(span.start);
            // What else an edit writes stands behind the name.
            let is_edited = edits.iter().any(|(edit, _)| *edit == span);
            Span::new(start, if is_edited { start + new.len() as u32 } else { shift(span.end) })
        }
        None => span,
    };
    let file_of = |program: &Analysis, file: FileId| program.path(file).to_owned();
    let codes = |program: &Analysis| {
        let mut counts: BTreeMap<(PathBuf, String), usize> = BTreeMap::new();
        for finding in &program.found.diagnostics {
            let path = finding.file.map(|file| file_of(program, file)).unwrap_or_default();
            *counts.entry((path, finding.code.to_string())).or_default() += 1;
        }
        counts
    };
    let known = codes(before);
    for (key, count) in codes(after) {
        if known.get(&key).copied().unwrap_or_default() < count {
            return Err("the name is taken there".to_owned());
        }
    }
    for (file, path) in before.files() {
        let there = after.file(path).ok_or("the program would lose a file")?;
        let describe = |program: &Analysis, reference: &Reference, map: bool| {
            let entity = program.found.index.entity(reference.entity);
            let declared = entity.declaration.map(|(file, span)| {
                let path = file_of(program, file);
                let span = if map { moved(&path, span) } else { span };
                (path, span)
            });
            let name = declared.is_none().then(|| entity.name.clone());
            (declared, name)
        };
        let old = before.found.index.of_file(file).iter();
        let old: Vec<_> =
            old.map(|reference| (moved(path, reference.span), describe(before, reference, true))).collect();
        let now = after.found.index.of_file(there).iter();
        let now: Vec<_> = now.map(|reference| (reference.span, describe(after, reference, false))).collect();
        if old != now {
            return Err("it would capture another name, or be captured by one".to_owned());
        }
    }
    Ok(())
}
