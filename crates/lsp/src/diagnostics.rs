//! Diagnostics (toolchain reference 14.5): what `fuse check` would report, for every file that is open or affected.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fuse_diagnostics::{Diagnostic, Level, codes};
use lsp_types::{DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString};
use serde_json::json;

use crate::analysis::Analysis;
use crate::answers::Answers;
use crate::text::Text;
use crate::uri;
use crate::workspace::Workspace;

/// The findings of each file.
type ByFile = BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>>;

/// Publishes what has changed.
pub(crate) fn publish(workspace: &mut Workspace, answers: &Answers) {
    workspace.settle();
    let open: Vec<PathBuf> = workspace.documents.sources().cloned().collect();
    let mut found = ByFile::new();
    let mut programs: Vec<Arc<Analysis>> = Vec::new();
    let mut packages = BTreeSet::new();
    for path in &open {
        packages.extend(workspace.package_of(path));
        let program = workspace.program_for_diagnostics(path);
        if programs.iter().any(|known| Arc::ptr_eq(known, &program)) {
            continue;
        }
        for (path, list) in of_program(workspace, &program) {
            // A file that several programs share is judged in each; what all say is said once.
            let known = found.entry(path).or_default();
            for finding in list {
                if !known.contains(&finding) {
                    known.push(finding);
                }
            }
        }
        programs.push(program);
    }
    for directory in packages {
        let Some(package) = workspace.package(&directory) else { continue };
        found.entry(package.directory.join(fuse_package::MANIFEST_NAME)).or_default();
        for problem in &package.problems {
            let finding = convert(workspace, &problem.text, &problem.diagnostic, Vec::new());
            found.entry(problem.path.clone()).or_default().push(finding);
        }
    }
    for path in workspace.published.keys() {
        found.entry(path.clone()).or_default();
    }
    for (path, list) in found {
        announce(workspace, answers, &path, list);
    }
}

/// Tells the client about one file, unless it knows.
fn announce(workspace: &mut Workspace, answers: &Answers, path: &Path, list: Vec<lsp_types::Diagnostic>) {
    let version = workspace.documents.get(path).map(|document| document.version);
    let list = json!(list);
    let known = workspace.published.get(path);
    let silent = match known {
        Some((told, before)) => *told == version && *before == list,
        None => version.is_none() && list.as_array().is_none_or(Vec::is_empty),
    };
    if silent {
        return;
    }
    let mut params = json!({"uri": workspace.documents.uri(path), "diagnostics": list});
    if let Some(version) = version {
        params["version"] = json!(version);
    }
    answers.notify("textDocument/publishDiagnostics", params);
    workspace.published.insert(path.to_owned(), (version, list));
}

/// The findings of a program, by file; every file of the program is there.
fn of_program(workspace: &Workspace, program: &Analysis) -> ByFile {
    let mut found = ByFile::new();
    for (_, path) in program.files() {
        found.insert(path.to_owned(), Vec::new());
    }
    for diagnostic in &program.found.diagnostics {
        if diagnostic.code == codes::IMPORT_UNKNOWN_DEPENDENCY && has_problems(workspace, program) {
            // The manifest says what is missing.
            continue;
        }
        let Some(file) = diagnostic.file else { continue };
        let finding =
            convert(workspace, program.text(file), diagnostic, related(workspace, program, diagnostic));
        found.entry(program.path(file).to_owned()).or_default().push(finding);
    }
    found
}

fn has_problems(workspace: &Workspace, program: &Analysis) -> bool {
    let entry = program.files().next().map(|(_, path)| path);
    let above = entry.into_iter().flat_map(Path::ancestors);
    let mut packages = above.filter_map(|directory| workspace.package(directory));
    packages.next().is_some_and(|package| !package.problems.is_empty())
}

fn related(
    workspace: &Workspace,
    program: &Analysis,
    diagnostic: &Diagnostic,
) -> Vec<DiagnosticRelatedInformation> {
    let key = diagnostic.file.map(|file| (diagnostic.code, file, diagnostic.span));
    let related = key.and_then(|key| program.found.related.get(&key));
    let related = related.map(|related| {
        let uri = workspace.documents.uri(program.path(related.file));
        let range = program.text(related.file).range(related.span, workspace.encoding);
        DiagnosticRelatedInformation {
            location: Location::new(uri::parse(&uri), range),
            message: related.message.clone(),
        }
    });
    related.into_iter().collect()
}

/// A finding as the protocol has it.
pub(crate) fn convert(
    workspace: &Workspace,
    text: &Text,
    diagnostic: &Diagnostic,
    related: Vec<DiagnosticRelatedInformation>,
) -> lsp_types::Diagnostic {
    lsp_types::Diagnostic {
        range: text.range(diagnostic.span, workspace.encoding),
        severity: Some(match diagnostic.level {
            Level::Error => DiagnosticSeverity::ERROR,
            Level::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(diagnostic.code.to_string())),
        source: Some("fuse".into()),
        message: diagnostic.message.clone(),
        related_information: (!related.is_empty()).then_some(related),
        ..lsp_types::Diagnostic::default()
    }
}
