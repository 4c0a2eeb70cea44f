//! 14.1 and 14.2.

use serde_json::{Value, json};

use crate::client::{Client, fixture, uri};

fn code(result: Result<Value, Value>) -> i64 {
    result.unwrap_err()["code"].as_i64().unwrap()
}

#[test]
fn from_initialize_to_exit() {
    let mut client = Client::raw();
    assert_eq!(code(client.call("textDocument/hover", json!({}))), -32002);
    assert_eq!(code(client.call("shutdown", Value::Null)), -32002);
    let result = client.call("initialize", json!({"processId": null, "capabilities": {}})).unwrap();
    assert_eq!(result["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(result["serverInfo"]["name"], "fuse-lsp");
    assert_eq!(code(client.call("initialize", json!({"capabilities": {}}))), -32600);
    assert_eq!(code(client.call("no/suchMethod", json!({}))), -32601);
    assert_eq!(code(client.call("textDocument/documentSymbol", json!({"textDocument": 5}))), -32602);
    client.notify("no/suchNotification", json!({}));
    client.notify("$/setTrace", json!({"value": "off"}));
    assert_eq!(client.call("shutdown", Value::Null), Ok(Value::Null));
    assert_eq!(code(client.call("workspace/symbol", json!({"query": ""}))), -32600);
    client.notify("exit", Value::Null);
    assert_eq!(client.finish(), 0);
}

#[test]
fn an_end_without_shutdown_is_a_failure() {
    let mut client = Client::at(&fixture("").root());
    client.notify("exit", Value::Null);
    assert_eq!(client.finish(), 1);
    let mut client = Client::at(&fixture("").root());
    assert_eq!(client.finish(), 1);
    let mut client = Client::at(&fixture("").root());
    client.call("shutdown", Value::Null).unwrap();
    assert_eq!(client.finish(), 0);
}

#[test]
fn what_is_no_message_is_answered() {
    let mut client = Client::raw();
    client.send_text("{\"jsonrpc\": ");
    assert_eq!(client.stray()["error"]["code"], -32700);
    client.send_text("[1, 2]");
    assert_eq!(client.stray()["error"]["code"], -32600);
    let result = client.call("initialize", json!({"capabilities": {}}));
    assert!(result.is_ok(), "the server goes on: {result:?}");
}

#[test]
fn every_request_has_one_answer_whatever_is_cancelled() {
    let fixture = fixture("fn main():\n  print(1)\n");
    let mut client = fixture.client();
    let document = json!({"textDocument": {"uri": uri(&fixture.path("main.fuse"))}});
    let mut asked = Vec::new();
    for round in 0..200 {
        asked.push(client.ask("textDocument/documentSymbol", document.clone()));
        if round % 3 == 0 {
            client.notify("$/cancelRequest", json!({"id": asked[asked.len() - 1]}));
        }
        if round % 5 == 0 {
            client.notify("$/cancelRequest", json!({"id": asked[round / 2]}));
            client.notify("$/cancelRequest", json!({"id": 99_999}));
            client.notify("$/cancelRequest", json!({"id": "none"}));
        }
    }
    for id in asked {
        let answer = client.answer(id);
        match answer.get("error") {
            Some(error) => {
                assert_eq!(error["code"], -32800);
                assert_eq!(error["message"], "request cancelled");
            }
            None => assert!(answer["result"].is_array()),
        }
    }
    client.call("shutdown", Value::Null).unwrap();
    client.notify("exit", Value::Null);
    assert_eq!(client.finish(), 0);
}

#[test]
fn changes_of_files_are_asked_for_if_the_client_can_tell() {
    let fixture = fixture("fn main():\n  print(1)\n");
    let watching = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut client = Client::with(&fixture.root(), watching);
    client.call("shutdown", Value::Null).unwrap();
    assert_eq!(client.asked[0]["method"], "client/registerCapability");
}
