//! Whatever is typed and asked, every request has one answer, and no handler fails.

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Client, fixture, uri};

/// Sources of every kind: those of the repository's own tests.
fn corpus() -> Vec<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/spec");
    let mut found = Vec::new();
    let mut waiting = vec![root];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "fuse") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 50);
    found
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .filter(|text| text.len() < 6000)
        .collect()
}

/// Every request about a place in a document.
fn ask_all(client: &mut Client, document: &Value, line: usize, character: usize) -> Vec<(&'static str, i64)> {
    let position = json!({"line": line, "character": character});
    let range = json!({"start": {"line": line.saturating_sub(3), "character": 0}, "end": position});
    let at = json!({"textDocument": document, "position": position});
    let with = |more: Value| {
        let mut params = at.clone();
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let in_range = json!({"textDocument": document, "range": range, "context": {"diagnostics": []}});
    let whole = json!({"textDocument": document, "options": {"tabSize": 2, "insertSpaces": true}});
    let requests = [
        ("textDocument/completion", at.clone()),
        ("textDocument/definition", at.clone()),
        ("textDocument/hover", at.clone()),
        ("textDocument/references", with(json!({"context": {"includeDeclaration": true}}))),
        ("textDocument/documentHighlight", at.clone()),
        ("textDocument/prepareRename", at.clone()),
        ("textDocument/rename", with(json!({"newName": "renamed_here"}))),
        ("textDocument/signatureHelp", at.clone()),
        ("textDocument/prepareCallHierarchy", at.clone()),
        ("textDocument/codeAction", in_range.clone()),
        ("textDocument/inlayHint", in_range.clone()),
        ("textDocument/semanticTokens/range", in_range),
        ("textDocument/semanticTokens/full", whole.clone()),
        ("textDocument/documentSymbol", whole.clone()),
        ("textDocument/foldingRange", whole.clone()),
        ("textDocument/formatting", whole),
        ("workspace/symbol", json!({"query": "a"})),
    ];
    requests.into_iter().map(|(method, params)| (method, client.ask(method, params))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 12 } else { 60 }))]

    #[test]
    fn every_request_is_answered_by_its_handler(
        source in any::<prop::sample::Index>(),
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..30, "(fn |let |\\.|\\(|\\)|\\[|\\{|\"|\\$\\{|:|\n|\n  |,|<|=|import |match |[a-z]{1,3}|ö|𝄞|[ 0-9]){0,4}"),
            1..6,
        ),
        places in prop::collection::vec(any::<prop::sample::Index>(), 6),
    ) {
        let corpus = corpus();
        let mut text = source.get(&corpus).clone();
        let fixture = fixture("");
        let path = fixture.path("main.fuse");
        let mut client = Client::at(&fixture.root());
        client.open(&path, &text);
        let document = json!({"uri": uri(&path)});
        for ((at, length, new), place) in edits.into_iter().zip(places) {
            let boundary = |text: &str, mut at: usize| {
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let from = boundary(&text, at.index(text.len() + 1));
            let to = boundary(&text, (from + length).min(text.len()));
            text.replace_range(from..to, &new);
            client.change(&path, json!([{"text": text}]));
            for offset in [boundary(&text, (from + new.len()).min(text.len())), boundary(&text, place.index(text.len() + 1))] {
                let before = &text[..offset];
                let line = before.matches('\n').count();
                let column = offset - before.rfind('\n').map_or(0, |newline| newline + 1);
                for (method, id) in ask_all(&mut client, &document, line, column) {
                    let answer = client.answer(id);
                    let code = answer["error"]["code"].as_i64();
                    prop_assert!(code.is_none() || code == Some(-32602), "{method} at {line}:{column} of\n{text}\n{answer}");
                }
            }
        }
    }
}
