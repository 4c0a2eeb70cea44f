//! Texts: edits one after the other in both encodings; whatever is edited and asked, every request is answered.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Client, fixture, uri};

/// The position of a character boundary in a text.
fn position(text: &str, at: usize, utf8: bool) -> Value {
    let before = &text[..at];
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = if utf8 { at - start } else { before[start..].encode_utf16().count() };
    json!({"line": line, "character": column})
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at % (text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A function whose name is as long as the text says: what the server thinks the text is shows in its symbols.
fn symbols(client: &mut Client, document: &Value) -> Value {
    client.call("textDocument/documentSymbol", document.clone()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn edits_give_the_text_that_they_say(
        edits in prop::collection::vec((any::<usize>(), 0usize..12, "[a-z ö𝄞\n:()]{0,6}"), 1..20),
        utf8 in any::<bool>(),
    ) {
        let start = "fn ö() -> Int:\n  return 1\n\n# 𝄞 note\ntype Ab:\n  x: Int\n";
        let fixture = fixture(start);
        let path = fixture.path("main.fuse");
        let encodings = if utf8 { json!(["utf-8"]) } else { json!(["utf-16"]) };
        let mut client = Client::with(&fixture.root(), json!({"general": {"positionEncodings": encodings}}));
        client.open(&path, start);
        let mut text = start.to_owned();
        let mut changes = Vec::new();
        for (at, length, new) in edits {
            let from = boundary(&text, at);
            let to = boundary(&text, (from + length).min(text.len())).max(from);
            let range = json!({"start": position(&text, from, utf8), "end": position(&text, to, utf8)});
            changes.push(json!({"range": range, "text": new}));
            text.replace_range(from..to, &new);
        }
        let document = json!({"textDocument": {"uri": uri(&path)}});
        client.change(&path, json!(changes));
        // A change from the end on shows whether the lines are counted alike.
        let tail = "\n\nfn at_the_end():\n  print(1)\n";
        let end = position(&text, text.len(), utf8);
        client.change(&path, json!([{"range": {"start": end, "end": end}, "text": tail}]));
        text.push_str(tail);
        let incremental = symbols(&mut client, &document);
        let found = client.call("textDocument/foldingRange", document.clone()).unwrap();
        client.change(&path, json!([{"text": text}]));
        prop_assert_eq!(symbols(&mut client, &document), incremental);
        prop_assert_eq!(client.call("textDocument/foldingRange", document).unwrap(), found);
    }
}
