//! Paths of imports.

use std::collections::BTreeSet;
use std::path::Path;

use lsp_types::CompletionItemKind;

use super::items::{Item, Items};
use crate::features::exports::{import_path, sources_below};
use crate::workspace::Workspace;

/// The modules and assets of the package, and the names of dependencies. Labels are whole paths; what is inserted is what is still
/// missing after the last character that ends a word.
pub(super) fn add(workspace: &mut Workspace, path: &Path, typed: &str, items: &mut Items) {
    let program = workspace.program(path);
    let mut files = BTreeSet::new();
    let directory = workspace.package_of(path);
    match &directory {
        Some(directory) => sources_below(directory, true, &mut files),
        None => sources_below(path.parent().unwrap_or(Path::new("/")), false, &mut files),
    }
    files.remove(path);
    let mut paths: Vec<String> = Vec::new();
    for file in &files {
        let relative = import_path(&program, path, file);
        if let (Some(directory), true) = (&directory, typed.starts_with("root:")) {
            let rest = import_path(&program, &directory.join("x.fuse"), file);
            paths.push(format!("root:{rest}"));
        } else {
            paths.push(relative);
        }
    }
    let package = directory.and_then(|directory| workspace.package(&directory));
    for dependency in package.into_iter().flat_map(|package| &package.options.dependencies) {
        paths.push(format!("dep:{}/", dependency.name));
        if typed.starts_with(&format!("dep:{}/", dependency.name)) {
            let mut files = BTreeSet::new();
            sources_below(&dependency.root, true, &mut files);
            let root = dependency.root.join("x.fuse");
            paths.extend(
                files
                    .iter()
                    .map(|file| format!("dep:{}/{}", dependency.name, import_path(&program, &root, file))),
            );
        }
    }
    if package.is_some() {
        paths.push("root:".into());
    }
    paths.push("std.Error".into());
    let done = typed.rfind(|char: char| !char.is_ascii_alphanumeric() && char != '_').map_or(0, |at| at + 1);
    for path in paths.iter().filter(|path| path.starts_with(&typed[..done])) {
        let rest = &path[done..];
        let kind = match path.as_str() {
            path if path.ends_with(".md") || path.ends_with(".json") => CompletionItemKind::FILE,
            _ => CompletionItemKind::MODULE,
        };
        if items.matches(rest) {
            items
                .add_as(rest, Item { insert: Some(rest.to_owned()), ..Item::new(path.clone(), kind, "00_") });
        }
    }
}
