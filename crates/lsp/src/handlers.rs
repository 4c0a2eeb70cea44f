//! Which method is answered by what.

use lsp_server::Notification;
use lsp_types::{
    CallHierarchyIncomingCallsParams, CallHierarchyOutgoingCallsParams, CodeActionParams,
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DocumentFormattingParams, DocumentSymbolParams, FoldingRangeParams, InitializeParams, InlayHintParams,
    ReferenceParams, RenameParams, SemanticTokensParams, SemanticTokensRangeParams,
    TextDocumentPositionParams, WorkspaceSymbolParams,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answers::{Answers, Failure};
use crate::documents::identity;
use crate::features::{
    call_hierarchy, code_actions, completion, definition, document_symbols, folding, formatting, hover,
    inlay_hints, references, rename, semantic_tokens, signature_help, workspace_symbols,
};
use crate::workspace::Workspace;
use crate::{capabilities, uri};

/// Answers a request.
pub(crate) fn request(
    workspace: &mut Workspace,
    answers: &Answers,
    method: &str,
    params: Value,
) -> Result<Value, Failure> {
    match method {
        "initialize" => {
            let params: InitializeParams = read(params)?;
            let result = capabilities::initialize(workspace, &params);
            capabilities::watch(workspace, answers);
            Ok(result)
        }
        "shutdown" => Ok(Value::Null),
        "fuse/internalWorkspaceStats" => Ok(stats(workspace)),
        "textDocument/documentSymbol" => {
            let params: DocumentSymbolParams = read(params)?;
            reply(document_symbols::answer(workspace, &params))
        }
        "textDocument/foldingRange" => {
            let params: FoldingRangeParams = read(params)?;
            reply(folding::answer(workspace, &params))
        }
        "textDocument/definition" => {
            let params: TextDocumentPositionParams = read(params)?;
            reply(definition::answer(workspace, &params))
        }
        "textDocument/hover" => {
            let params: TextDocumentPositionParams = read(params)?;
            reply(hover::answer(workspace, &params))
        }
        "textDocument/references" => {
            let params: ReferenceParams = read(params)?;
            reply(references::answer(workspace, &params))
        }
        "textDocument/documentHighlight" => {
            let params: TextDocumentPositionParams = read(params)?;
            reply(references::highlights(workspace, &params))
        }
        "textDocument/prepareRename" => {
            let params: TextDocumentPositionParams = read(params)?;
            reply(rename::prepare(workspace, &params))
        }
        "textDocument/rename" => {
            let params: RenameParams = read(params)?;
            rename::answer(workspace, &params)
        }
        "textDocument/semanticTokens/full" => {
            let params: SemanticTokensParams = read(params)?;
            reply(semantic_tokens::answer(workspace, &params.text_document, None))
        }
        "textDocument/semanticTokens/range" => {
            let params: SemanticTokensRangeParams = read(params)?;
            reply(semantic_tokens::answer(workspace, &params.text_document, Some(params.range)))
        }
        "textDocument/completion" => {
            let params: TextDocumentPositionParams = read(params)?;
            reply(completion::answer(workspace, &params))
        }
        "textDocument/codeAction" => {
            let params: CodeActionParams = read(params)?;
            reply(code_actions::answer(workspace, &params))
        }
        "textDocument/signatureHelp" => {
            let params: TextDocumentPositionParams = read(params)?;
            reply(signature_help::answer(workspace, &params))
        }
        "textDocument/inlayHint" => {
            let params: InlayHintParams = read(params)?;
            reply(inlay_hints::answer(workspace, &params))
        }
        "textDocument/prepareCallHierarchy" => {
            let params: TextDocumentPositionParams = read(params)?;
            reply(call_hierarchy::prepare(workspace, &params))
        }
        "callHierarchy/incomingCalls" => {
            let params: CallHierarchyIncomingCallsParams = read(params)?;
            reply(call_hierarchy::incoming(workspace, &params.item))
        }
        "callHierarchy/outgoingCalls" => {
            let params: CallHierarchyOutgoingCallsParams = read(params)?;
            reply(call_hierarchy::outgoing(workspace, &params.item))
        }
        "textDocument/formatting" => {
            let params: DocumentFormattingParams = read(params)?;
            reply(formatting::answer(workspace, &params))
        }
        "workspace/symbol" => {
            let params: WorkspaceSymbolParams = read(params)?;
            reply(workspace_symbols::answer(workspace, &params.query))
        }
        _ => Err(Failure::new(Failure::METHOD_NOT_FOUND, format!("there is no method `{method}`"))),
    }
}

/// Takes note of something. What is not understood is ignored: nobody waits for an answer.
pub(crate) fn notification(workspace: &mut Workspace, notification: Notification) {
    let params = notification.params;
    match notification.method.as_str() {
        "textDocument/didOpen" => {
            if let Ok(DidOpenTextDocumentParams { text_document: document }) = read(params) {
                workspace.documents.open(document.uri.as_str(), document.version, document.text);
                workspace.disturb();
            }
        }
        "textDocument/didChange" => {
            if let Ok(DidChangeTextDocumentParams { text_document, content_changes }) = read(params) {
                let path = identity(&uri::to_path(text_document.uri.as_str()));
                let encoding = workspace.encoding;
                workspace.documents.change(&path, text_document.version, content_changes, encoding);
                workspace.want_program(&path);
                workspace.disturb();
            }
        }
        "textDocument/didClose" => {
            if let Ok(DidCloseTextDocumentParams { text_document }) = read(params) {
                let path = identity(&uri::to_path(text_document.uri.as_str()));
                if workspace.documents.close(&path).is_some() {
                    workspace.closed(&path);
                    workspace.disturb();
                }
            }
        }
        "textDocument/didSave" | "workspace/didChangeWatchedFiles" => workspace.disturb(),
        _ => {}
    }
}

fn stats(workspace: &Workspace) -> Value {
    let (whole, single) = workspace.caches();
    json!({
        "docsRevision": workspace.documents.revision(),
        "workspaceBuilds": workspace.stats.workspace_builds,
        "cachePresent": whole,
        "progressiveBuilds": workspace.stats.progressive_builds,
        "progressiveCachePresent": single,
    })
}

fn read<P: DeserializeOwned>(params: Value) -> Result<P, Failure> {
    serde_json::from_value(params)
        .map_err(|error| Failure::params(format!("the parameters are wrong: {error}")))
}

fn reply(result: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(result).map_err(|error| Failure::new(Failure::INTERNAL, error.to_string()))
}
