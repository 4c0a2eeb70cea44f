//! 14.3 to 14.5: what is published, of which files, and when.

use serde_json::{Value, json};

use crate::client::{Client, fixture};

const PACKAGE: &str = "[package]\nname = \"p\"\nentry = \"main.fuse\"\n";

#[test]
fn errors_and_warnings_with_their_places() {
    let fixture = fixture("requires time\n\nfn main():\n  let x: Int = \"ö\"\n");
    let mut client = fixture.client();
    let found = client.diagnostics(&fixture.path("main.fuse"));
    let shown: Vec<(i64, &str, i64)> = found
        .iter()
        .map(|found| {
            assert_eq!(found["source"], "fuse");
            let line = found["range"]["start"]["line"].as_i64().unwrap();
            (found["severity"].as_i64().unwrap(), found["code"].as_str().unwrap(), line)
        })
        .collect();
    assert!(shown.contains(&(1, "FUSE_TYPE_MISMATCH", 3)), "{shown:?}");
    let mismatch = found.iter().find(|found| found["code"] == "FUSE_TYPE_MISMATCH").unwrap();
    assert_eq!(mismatch["range"]["start"]["character"], 15);
    assert_eq!(mismatch["range"]["end"]["character"], 19, "in bytes, as agreed");
    client.change(&fixture.path("main.fuse"), json!([{"text": "fn main():\n  print(1)\n"}]));
    assert_eq!(client.codes(&fixture.path("main.fuse")), Vec::<String>::new());
}

#[test]
fn open_documents_override_the_disk_for_those_that_import_them() {
    let text = format!(
        "--- fuse.toml\n{PACKAGE}--- main.fuse\nimport {{ price }} from \"shop\"\nfn main():\n  print(price())\n\
         --- shop.fuse\nfn price() -> Int:\n  return 1\n"
    );
    let fixture = fixture(&text);
    let (main, shop) = (fixture.path("main.fuse"), fixture.path("shop.fuse"));
    let mut client = fixture.client();
    assert_eq!(client.codes(&main), Vec::<String>::new());
    client.open(&shop, fixture.text("shop.fuse"));
    assert_eq!(client.codes(&shop), Vec::<String>::new());
    client.change(&shop, json!([{"text": "fn cost() -> Int:\n  return 1\n"}]));
    assert_eq!(client.codes(&main), ["FUSE_IMPORT_UNKNOWN"]);
    assert_eq!(client.codes(&shop), Vec::<String>::new());
    client.close(&shop);
    assert_eq!(client.codes(&main), Vec::<String>::new(), "the disk counts again");
}

#[test]
fn files_that_are_not_open_get_theirs() {
    let text = format!(
        "--- fuse.toml\n{PACKAGE}--- main.fuse\nimport {{ price }} from \"shop\"\nfn main():\n  print(price())\n\
         --- shop.fuse\nimport {{ tax }} from \"tax\"\nfn price() -> Int:\n  return tax()\n\
         --- tax.fuse\nfn tax() -> Int:\n  return 1\n"
    );
    let fixture = fixture(&text);
    let mut client = fixture.client();
    assert_eq!(client.codes(&fixture.path("main.fuse")), Vec::<String>::new());
    client.open(&fixture.path("tax.fuse"), "fn tax() -> String:\n  return \"1\"\n");
    assert_eq!(client.codes(&fixture.path("shop.fuse")), ["FUSE_TYPE_MISMATCH"]);
}

#[test]
fn clashes_tell_of_each_other() {
    let fixture = fixture("fn one():\n  print(1)\nfn one():\n  print(2)\n");
    let mut client = fixture.client();
    let found = client.diagnostics(&fixture.path("main.fuse"));
    assert_eq!(found.len(), 2);
    for (finding, other) in [(&found[0], 2), (&found[1], 0)] {
        let related = &finding["relatedInformation"][0];
        assert_eq!(related["location"]["range"]["start"]["line"], other);
    }
}

#[test]
fn one_load_serves_all_edits() {
    let mut text = format!("--- fuse.toml\n{PACKAGE}--- main.fuse\n");
    text.push_str(&(0..50).map(|n| format!("import M{n} from \"m{n}\"\n")).collect::<String>());
    text.push_str("fn main():\n  print(M0.f())\n");
    for n in 0..50 {
        text.push_str(&format!("--- m{n}.fuse\nfn f() -> Int:\n  return {n}\n"));
    }
    let fixture = fixture(&text);
    let mut client = Client::at(&fixture.root());
    let path = fixture.path("m7.fuse");
    client.open(&path, fixture.text("m7.fuse"));
    assert_eq!(client.codes(&path), Vec::<String>::new());
    let stats = |client: &mut Client| client.call("fuse/internalWorkspaceStats", Value::Null).unwrap();
    let found = stats(&mut client);
    assert_eq!((&found["workspaceBuilds"], &found["progressiveBuilds"]), (&json!(0), &json!(1)));
    assert_eq!((&found["cachePresent"], &found["progressiveCachePresent"]), (&json!(false), &json!(true)));
    for n in 0..5 {
        client.change(&path, json!([{"text": format!("fn f() -> Int:\n  return {n}\n")}]));
        assert_eq!(client.codes(&path), Vec::<String>::new());
    }
    let found = stats(&mut client);
    assert_eq!(found["workspaceBuilds"], 1);
    assert_eq!(found["cachePresent"], true);
    assert_eq!(found["docsRevision"], 6);
}

#[test]
fn a_missing_checkout_is_one_diagnostic_of_the_manifest() {
    let text = format!(
        "--- fuse.toml\n{PACKAGE}\n[dependencies]\nShop = {{ git = \"https://example.invalid/shop.git\", tag = \"v1\" }}\n\
         --- main.fuse\nimport {{ price }} from \"dep:Shop/price\"\nfn main():\n  print(price())\n"
    );
    let fixture = fixture(&text);
    let mut client = fixture.client();
    assert_eq!(client.codes(&fixture.path("main.fuse")), Vec::<String>::new());
    let found = client.diagnostics(&fixture.path("fuse.toml"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"]["start"]["line"], 5);
}

#[test]
fn a_document_that_is_no_file() {
    let fixture = fixture("");
    let mut client = Client::at(&fixture.root());
    let uri = "untitled:Untitled-1";
    let document =
        json!({"uri": uri, "languageId": "fuse", "version": 1, "text": "fn f() -> Int: return x\n"});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
    let at = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 3}});
    let found = client.call("textDocument/definition", at).unwrap();
    assert_eq!(found[0]["uri"], uri);
    let manifest = fixture.path("fuse.toml");
    client.open(&manifest, "[package]\n");
    client.call("fuse/internalWorkspaceStats", Value::Null).unwrap();
    let shown = |message: &Value| message["params"]["uri"] == uri;
    let published = client.notifications.iter().filter(|message| shown(message)).count();
    assert!(published <= 1 && client.notifications.len() == published, "{:?}", client.notifications);
}

#[test]
fn a_file_without_a_package_is_its_own_program() {
    let fixture =
        fixture("--- a.fuse\nimport { b } from \"b\"\nfn main():\n  b(1)\n--- b.fuse\nfn b():\n  print(1)\n");
    let mut client = Client::at(&fixture.root());
    client.open(&fixture.path("a.fuse"), fixture.text("a.fuse"));
    assert_eq!(client.codes(&fixture.path("a.fuse")), ["FUSE_WRONG_ARITY"]);
    client.close(&fixture.path("a.fuse"));
    assert_eq!(client.codes(&fixture.path("a.fuse")), Vec::<String>::new());
}
