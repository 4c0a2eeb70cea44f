//! What the server announces (toolchain reference 14.2), and what it takes from the client's announcement.

use lsp_types::InitializeParams;
use serde_json::{Value, json};

use crate::answers::Answers;
use crate::documents::identity;
use crate::features::semantic_tokens;
use crate::text::Encoding;
use crate::uri;
use crate::workspace::Workspace;

/// `initialize`
pub(crate) fn initialize(workspace: &mut Workspace, params: &InitializeParams) -> Value {
    let general = params.capabilities.general.as_ref();
    let encodings = general.and_then(|general| general.position_encodings.as_deref()).unwrap_or_default();
    let utf8 = encodings.contains(&lsp_types::PositionEncodingKind::UTF8);
    workspace.encoding = if utf8 { Encoding::Utf8 } else { Encoding::Utf16 };
    let folders = params.workspace_folders.as_deref().unwrap_or_default();
    let mut roots: Vec<&str> = folders.iter().map(|folder| folder.uri.as_str()).collect();
    #[expect(deprecated, reason = "older clients say nothing else")]
    if let (true, Some(root)) = (roots.is_empty(), &params.root_uri) {
        roots.push(root.as_str());
    }
    workspace.roots = roots.into_iter().map(|root| identity(&uri::to_path(root))).collect();
    let client = params.capabilities.workspace.as_ref();
    let watching = client.and_then(|client| client.did_change_watched_files.as_ref());
    workspace.can_watch = watching.and_then(|watching| watching.dynamic_registration) == Some(true);
    json!({
        "capabilities": {
            "positionEncoding": if utf8 { "utf-8" } else { "utf-16" },
            "textDocumentSync": {"openClose": true, "change": 2, "save": true},
            "definitionProvider": true,
            "hoverProvider": true,
            "referencesProvider": true,
            "documentHighlightProvider": true,
            "renameProvider": {"prepareProvider": true},
            "semanticTokensProvider": {
                "legend": {"tokenTypes": semantic_tokens::LEGEND, "tokenModifiers": []},
                "full": true,
                "range": true,
            },
            "completionProvider": {"triggerCharacters": ["."], "resolveProvider": false},
            "codeActionProvider": {"codeActionKinds": ["quickfix", "source.organizeImports", "refactor.rewrite"]},
            "signatureHelpProvider": {"triggerCharacters": ["(", ","], "retriggerCharacters": [","]},
            "inlayHintProvider": true,
            "callHierarchyProvider": true,
            "documentSymbolProvider": true,
            "workspaceSymbolProvider": true,
            "documentFormattingProvider": true,
            "foldingRangeProvider": true,
        },
        "serverInfo": {"name": "fuse-lsp", "version": env!("CARGO_PKG_VERSION")},
    })
}

/// Asks the client for news about the files that a program is made of.
pub(crate) fn watch(workspace: &Workspace, answers: &Answers) {
    if !workspace.can_watch {
        return;
    }
    let patterns = ["**/*.fuse", "**/*.md", "**/*.json", "**/fuse.toml", "**/fuse.lock"];
    let watchers: Vec<Value> = patterns.iter().map(|pattern| json!({"globPattern": pattern})).collect();
    let registration = json!({
        "id": "files",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": {"watchers": watchers},
    });
    answers.request("fuse-watch", "client/registerCapability", json!({"registrations": [registration]}));
}
