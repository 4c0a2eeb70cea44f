//! Code actions (toolchain reference 14.15).
//!
//! A quick fix is offered only if it works: the edited program is analysed, and the finding must be gone.

mod attributes;
mod calls;
mod capabilities;
mod configs;
mod implement;
mod names;
mod tasks;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use fuse_diagnostics::{Code, Diagnostic, FileId, Span, codes};
use lsp_types::CodeActionParams;
use serde_json::{Value, json};

use super::{Parsed, imports};
use crate::analysis::Analysis;
use crate::diagnostics::convert;
use crate::documents::identity;
use crate::text::Text;
use crate::uri;
use crate::workspace::Workspace;

/// What actions are made of.
struct Request<'r> {
    workspace: &'r mut Workspace,
    path: PathBuf,
    program: Arc<Analysis>,
    file: FileId,
    parsed: Parsed,
}

/// An action: what it is called, and what it replaces in which files.
struct Action {
    title: String,
    edits: Vec<(PathBuf, Span, String)>,
    /// No finding may come in place of the one that goes.
    strict: bool,
}

impl Request<'_> {
    fn text(&self) -> &Text {
        self.program.text(self.file)
    }

    /// An action on this file.
    fn action(&self, title: impl Into<String>, span: Span, new: impl Into<String>) -> Action {
        Action { title: title.into(), edits: vec![(self.path.clone(), span, new.into())], strict: false }
    }
}

pub(crate) fn answer(workspace: &mut Workspace, params: &CodeActionParams) -> Option<Vec<Value>> {
    let path = identity(&uri::to_path(params.text_document.uri.as_str()));
    let program = workspace.program(&path);
    let file = program.file(&path)?;
    let parsed = Parsed::new(program.text(file));
    let range = program.text(file).span(params.range, workspace.encoding);
    let wanted = |kind: &str| match &params.context.only {
        None => true,
        Some(only) => only.iter().any(|only| {
            let only = only.as_str();
            kind == only
                || only.is_empty()
                || kind.strip_prefix(only).is_some_and(|rest| rest.starts_with('.'))
        }),
    };
    let mut request = Request { workspace, path, program, file, parsed };
    let mut out: Vec<Value> = Vec::new();
    let mut add = |value: Value| {
        let same = |known: &Value| known["title"] == value["title"] && known["edit"] == value["edit"];
        if !out.iter().any(same) {
            out.push(value);
        }
    };
    if wanted("quickfix") {
        let program = Arc::clone(&request.program);
        let touched = program.found.diagnostics.iter().filter(|found| {
            found.file == Some(file) && found.span.start <= range.end && range.start <= found.span.end
        });
        for finding in touched {
            let fixes: Vec<Action> = fixes(&mut request, finding)
                .into_iter()
                .filter(|action| helps(&request, finding, action))
                .collect();
            let preferred = fixes.len() == 1;
            let shown = convert(request.workspace, request.text(), finding, Vec::new());
            for action in fixes {
                let edit = workspace_edit(&request, &action);
                let mut value =
                    json!({"title": action.title, "kind": "quickfix", "diagnostics": [shown], "edit": edit});
                if preferred {
                    value["isPreferred"] = json!(true);
                }
                add(value);
            }
        }
    }
    if wanted("source.organizeImports")
        && let Some((span, new)) = imports::organize(request.text(), &request.parsed)
    {
        let edit = workspace_edit(&request, &request.action("Organize imports", span, new));
        add(json!({"title": "Organize imports", "kind": "source.organizeImports", "edit": edit}));
    }
    if wanted("refactor.rewrite") {
        for action in implement::actions(&request, range) {
            let edit = workspace_edit(&request, &action);
            add(json!({"title": action.title, "kind": "refactor.rewrite", "edit": edit}));
        }
    }
    Some(out)
}

fn fixes(request: &mut Request<'_>, finding: &Diagnostic) -> Vec<Action> {
    match finding.code {
        codes::UNKNOWN_NAME
        | codes::UNKNOWN_TYPE
        | codes::UNKNOWN_INTERFACE
        | codes::WHERE_UNKNOWN_INTERFACE
        | codes::TYPE_DERIVE_BASE
        | codes::PATTERN_MISMATCH => names::actions(request, finding.span),
        codes::UNKNOWN_MEMBER => configs::actions(request, finding.span),
        codes::MISSING_CAPABILITY | codes::CAPABILITY_NOT_DECLARED => capabilities::actions(request, finding),
        codes::HTML_ATTR_MAP => attributes::of_map(request, finding.span),
        codes::HTML_ATTR_COMMA => attributes::without_comma(request, finding.span),
        codes::WRONG_ARITY => calls::actions(request, finding),
        codes::DETACHED_TASK => tasks::actions(request, finding.span),
        _ => Vec::new(),
    }
}

/// Whether a finding is gone after an action.
fn helps(request: &Request<'_>, finding: &Diagnostic, action: &Action) -> bool {
    let mut documents = request.workspace.documents.clone();
    for (path, text) in edited(request, action) {
        documents.open(&request.workspace.documents.uri(&path), 0, text);
    }
    let after = request.workspace.analyse_anew(&request.program, &documents);
    let counts = |program: &Analysis| {
        let mut counts: BTreeMap<(Option<PathBuf>, Code, String), i64> = BTreeMap::new();
        for found in &program.found.diagnostics {
            let path = found.file.map(|file| program.path(file).to_owned());
            *counts.entry((path, found.code, found.message.clone())).or_default() += 1;
        }
        counts
    };
    let (before, after) = (counts(&request.program), counts(&after));
    let key = (Some(request.path.clone()), finding.code, finding.message.clone());
    let gone = after.get(&key).copied().unwrap_or_default() < before.get(&key).copied().unwrap_or_default();
    let worse = || after.iter().any(|(key, count)| before.get(key).copied().unwrap_or_default() < *count);
    gone && !(action.strict && worse())
}

/// The texts that an action makes.
fn edited(request: &Request<'_>, action: &Action) -> Vec<(PathBuf, String)> {
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut edits: Vec<&(PathBuf, Span, String)> = action.edits.iter().collect();
    edits.sort_by_key(|(_, span, _)| std::cmp::Reverse(*span));
    for (path, span, new) in edits {
        let Some(file) = request.program.file(path) else { continue };
        let text =
            texts.entry(path.clone()).or_insert_with(|| request.program.text(file).as_str().to_owned());
        text.replace_range(span.start as usize..span.end as usize, new);
    }
    texts.into_iter().collect()
}

fn workspace_edit(request: &Request<'_>, action: &Action) -> Value {
    let mut by_file: BTreeMap<&PathBuf, Vec<Value>> = BTreeMap::new();
    for (path, span, new) in &action.edits {
        let Some(file) = request.program.file(path) else { continue };
        let range = request.program.text(file).range(*span, request.workspace.encoding);
        by_file.entry(path).or_default().push(json!({"range": range, "newText": new}));
    }
    let changes = by_file.into_iter().map(|(path, edits)| {
        let version = request.workspace.documents.get(path).map(|document| document.version);
        let document = json!({"uri": request.workspace.documents.uri(path), "version": version});
        json!({"textDocument": document, "edits": edits})
    });
    json!({"documentChanges": changes.collect::<Vec<_>>()})
}
