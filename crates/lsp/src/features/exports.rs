//! What modules of the workspace export, whether the program at hand imports them or not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fuse_diagnostics::FileId;
use fuse_files::{relative, with_slashes};

use super::symbols::{self, Kind};
use super::{Parsed, text_of};
use crate::analysis::Analysis;
use crate::documents::is_source;
use crate::workspace::Workspace;

/// An exported declaration.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    pub name: String,
    pub kind: Kind,
    pub path: PathBuf,
    /// Its head as it is written.
    pub detail: String,
    /// 0 for a module that is imported directly, 7 for one that is not reached.
    pub distance: usize,
}

/// Not imported at all.
pub(crate) const FAR: usize = 7;

/// Exports of all modules of the program and of the package of a file, except of the file itself; the nearest first.
pub(crate) fn all(workspace: &mut Workspace, program: &Analysis, path: &Path) -> Vec<Export> {
    let distances = distances(program, path);
    let mut files: BTreeSet<PathBuf> = program.files().map(|(_, file)| file.to_owned()).collect();
    match workspace.package_of(path) {
        Some(directory) => sources_below(&directory, true, &mut files),
        None => sources_below(path.parent().unwrap_or(Path::new("/")), false, &mut files),
    }
    files.extend(workspace.documents.sources().cloned());
    files.remove(path);
    let mut found = Vec::new();
    for file in files.iter().filter(|file| is_source(file)) {
        let Some(text) = text_of(workspace, file) else { continue };
        let parsed = Parsed::new(&text);
        let distance = distances.get(file).copied().unwrap_or(FAR);
        for declared in symbols::of_module(&parsed) {
            let exported = matches!(
                declared.kind,
                Kind::Type | Kind::Enum | Kind::Interface | Kind::Function | Kind::Component | Kind::Config
            );
            if exported && !declared.name.contains('.') {
                let head = text.slice(declared.span).lines().next().unwrap_or("").trim_end_matches(':');
                let detail = head.to_owned();
                found.push(Export {
                    name: declared.name,
                    kind: declared.kind,
                    path: file.clone(),
                    detail,
                    distance,
                });
            }
        }
    }
    found.sort_by(|one, other| {
        (one.distance, &one.path, &one.name).cmp(&(other.distance, &other.path, &other.name))
    });
    found
}

/// How far modules are along imports; those that are imported directly are at 0.
fn distances(program: &Analysis, path: &Path) -> BTreeMap<PathBuf, usize> {
    let modules = &program.found.index.modules;
    let mut found: BTreeMap<FileId, usize> = BTreeMap::new();
    let mut layer: Vec<FileId> = program.file(path).into_iter().collect();
    for distance in 0.. {
        let mut next = Vec::new();
        for file in layer {
            for &imported in modules.get(&file).map(|names| names.imports.as_slice()).unwrap_or_default() {
                if let std::collections::btree_map::Entry::Vacant(entry) = found.entry(imported) {
                    entry.insert(distance.min(FAR - 1));
                    next.push(imported);
                }
            }
        }
        if next.is_empty() {
            break;
        }
        layer = next;
    }
    found.into_iter().map(|(file, distance)| (program.path(file).to_owned(), distance)).collect()
}

/// The sources in a directory, and below it; directories of tools and other packages are left out.
pub(crate) fn sources_below(directory: &Path, deep: bool, files: &mut BTreeSet<PathBuf>) {
    const MOST: usize = 5_000;
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        for entry in entries.filter_map(Result::ok) {
            if files.len() >= MOST {
                return;
            }
            let (path, name) = (entry.path(), entry.file_name());
            let hidden =
                name.as_encoded_bytes().starts_with(b".") || name == "target" || name == "node_modules";
            match entry.file_type() {
                Ok(kind)
                    if kind.is_dir()
                        && deep
                        && !hidden
                        && !path.join(fuse_package::MANIFEST_NAME).exists() =>
                {
                    waiting.push(path);
                }
                Ok(kind) if kind.is_file() && !hidden => {
                    let extension = path.extension().and_then(|extension| extension.to_str());
                    if matches!(extension, Some("fuse" | "md" | "json")) {
                        files.insert(path);
                    }
                }
                _ => {}
            }
        }
    }
}

/// How a file imports another one.
pub(crate) fn import_path(program: &Analysis, from: &Path, to: &Path) -> String {
    let shown = program.found.packages.shown(to);
    let text = if shown.starts_with("dep:") && !program.found.packages.shown(from).starts_with("dep:") {
        shown
    } else {
        with_slashes(&relative(to, from.parent().unwrap_or(Path::new("/"))))
    };
    text.strip_suffix(".fuse").map_or(text.clone(), str::to_owned)
}
