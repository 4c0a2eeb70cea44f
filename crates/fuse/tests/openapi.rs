//! `fuse openapi`, and the document among the outputs of `fuse build`.

mod common;

use common::{folder, fuse};

const DESK: &str = "requires network\n\nservice Desk at \"/desk\":\n  get \"/health\" -> String: return \"ok\"\n\n\
                    app \"cli\":\n  print(\"ready\")\n\napp \"web\":\n  serve(3000)\n";

const SCHEMAS: &str = r##""components":{"schemas":{"Error":{"properties":{"error":{"properties":{"code":{"type":"string"},"fields":{"items":{"$ref":"#/components/schemas/ValidationField"},"type":"array"},"message":{"type":"string"}},"required":["code","message"],"type":"object"}},"required":["error"],"type":"object"},"ValidationField":{"properties":{"code":{"type":"string"},"message":{"type":"string"},"path":{"type":"string"}},"required":["path","code","message"],"type":"object"}}}"##;

const PATHS: &str = r##""paths":{"/desk/health":{"get":{"operationId":"Desk_0","responses":{"200":{"content":{"application/json":{"schema":{"type":"string"}}},"description":"OK"},"default":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Error"}}},"description":"Error"}},"tags":["Desk"]}}}"##;

fn document(title: &str, version: &str) -> String {
    format!(
        "{{{SCHEMAS},\"info\":{{\"title\":\"{title}\",\"version\":\"{version}\"}},\"openapi\":\"3.0.0\",{PATHS},\"tags\":[{{\"name\":\"Desk\"}}]}}\n"
    )
}

#[test]
fn the_document_is_all_that_is_printed() {
    let root = folder("openapi_file", &[("my.desk.fuse", DESK)]);
    for args in [
        &["openapi", "my.desk.fuse"][..],
        &["openapi", "--file", "my.desk.fuse", "--app", "web", "--backend=ast"],
        &["openapi", "my.desk.fuse", "--diagnostics=json", "--color=always"],
    ] {
        let ended = fuse(&root, args);
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
        assert_eq!(ended.stdout, document("my.desk", "0.1.0"));
    }
    assert!(!root.join(".fuse").exists(), "nothing is written");
}

#[test]
fn the_manifest_names_title_and_version() {
    let manifest = "[package]\nentry = \"src/desk.fuse\"\n";
    let root = folder("openapi_package", &[("fuse.toml", manifest), ("src/desk.fuse", DESK)]);
    assert_eq!(fuse(&root, &["openapi"]).stdout, document("desk", "0.1.0"));
    let manifest = format!("{manifest}version = \"2.0.1\"\n\n[build]\nopenapi_title = \"The Desk\"\n");
    std::fs::write(root.join("fuse.toml"), manifest).unwrap();
    assert_eq!(fuse(&root.join("src"), &["openapi"]).stdout, document("The Desk", "2.0.1"));
}

#[test]
fn nothing_of_the_program_runs() {
    let source =
        "config C:\n  n: Int = 1 / 0\n\nmigration one: assert(false)\n\napp \"a\":\n  assert(false)\n";
    let root = folder("openapi_runs", &[("a.fuse", source)]);
    let ended = fuse(&root, &["openapi", "a.fuse"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let expected = format!(
        "{{{SCHEMAS},\"info\":{{\"title\":\"a\",\"version\":\"0.1.0\"}},\"openapi\":\"3.0.0\",\"paths\":{{}}}}\n"
    );
    assert_eq!(ended.stdout, expected);
}

#[test]
fn errors_leave_no_document() {
    let root =
        folder("openapi_errors", &[("a.fuse", "service S at \"/\":\n  get \"/\" -> Int: return \"x\"\n")]);
    let ended = fuse(&root, &["openapi", "a.fuse"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert!(
        ended.stderr.starts_with("error: ") && ended.stderr.contains("FUSE_TYPE_MISMATCH"),
        "{}",
        ended.stderr
    );
    assert!(fuse(&root, &["openapi"]).stderr.starts_with("error: missing entry"));
    assert!(
        fuse(&root, &["openapi", "a.fuse", "--release"])
            .stderr
            .contains("--release is not supported for fuse openapi")
    );
}

#[test]
fn a_build_writes_the_document_where_the_manifest_says() {
    let manifest = |more: &str| {
        format!("[package]\nentry = \"desk.fuse\"\n\n[build]\nopenapi = \"docs/api/desk.json\"\n{more}")
    };
    let root = folder("openapi_build", &[("fuse.toml", &manifest("")), ("desk.fuse", DESK)]);
    let ended = fuse(&root, &["build"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, "[build] start\n[build] ok\n"));
    let written = || std::fs::read_to_string(root.join("docs/api/desk.json")).unwrap();
    assert_eq!(written(), document("desk", "0.1.0"));
    assert!(!root.join(".fuse").exists(), "no executable was asked for");

    // A build that fails leaves the file as it is, whatever it fails of.
    std::fs::write(root.join("desk.fuse"), DESK.replace("\"ok\"", "1")).unwrap();
    assert_eq!(fuse(&root, &["build"]).status, 1);
    assert_eq!(fuse(&root, &["build", "--app", "web"]).status, 1);
    assert_eq!(written(), document("desk", "0.1.0"));

    // With an executable, and in the folder of outputs.
    std::fs::write(root.join("desk.fuse"), DESK).unwrap();
    std::fs::write(root.join("fuse.toml"), manifest("").replace("docs/api", ".fuse/dev")).unwrap();
    assert_eq!(fuse(&root, &["build"]).status, 0);
    assert_eq!(std::fs::read_to_string(root.join(".fuse/.gitignore")).unwrap(), "*\n");
    assert_eq!(std::fs::read_to_string(root.join(".fuse/dev/desk.json")).unwrap(), document("desk", "0.1.0"));
}

#[test]
fn a_path_that_cannot_be_written_is_an_error() {
    let manifest = "[package]\nentry = \"desk.fuse\"\n\n[build]\nopenapi = \"docs\"\n";
    let root =
        folder("openapi_unwritable", &[("fuse.toml", manifest), ("desk.fuse", DESK), ("docs/keep", "")]);
    let ended = fuse(&root, &["build"]);
    assert_eq!(ended.status, 1);
    assert!(
        ended.stderr.contains("cannot write ") && ended.stderr.contains("wrapper_file_write"),
        "{}",
        ended.stderr
    );
}

#[test]
fn an_executable_holds_the_document_if_the_page_is_on() {
    let manifest = "[package]\nentry = \"desk.fuse\"\nversion = \"3.0.0\"\n\n[serve]\nopenapi_ui = true\n";
    let root = folder("openapi_embedded", &[("fuse.toml", manifest), ("desk.fuse", DESK)]);
    let ended = fuse(&root, &["build", "--release"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let ended = fuse(&root, &["inspect", "--openapi", ".fuse/build/program.aot"]);
    assert_eq!((ended.status, ended.stdout), (0, document("desk", "3.0.0")));
}
