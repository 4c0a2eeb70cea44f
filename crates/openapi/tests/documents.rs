//! Programs and their whole documents: each folder of `tests/documents` holds a program (`main.fuse`) and what is made of it
//! (`openapi.json`, one line). `FUSE_BLESS=1` rewrites the documents.

use std::path::{Path, PathBuf};

use fuse_openapi::{Info, document};
use fuse_sema::{DiskFiles, MemoryFiles, Options, check};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents")
}

#[test]
fn documents_are_as_written() {
    let bless = std::env::var_os("FUSE_BLESS").is_some_and(|value| value == "1");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder()).unwrap() {
        let folder = entry.unwrap().path();
        let checked = check(&folder.join("main.fuse"), &DiskFiles, &Options::default());
        let program = checked.program.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
        let found = document(&program, Info { title: "main", version: "0.1.0" }) + "\n";
        let path = folder.join("openapi.json");
        if bless {
            std::fs::write(&path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{}:\n{found}{expected}", folder.display()));
        }
        count += 1;
    }
    assert!(count > 0);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn of(source: &str, title: &str, version: &str) -> String {
    let mut files = MemoryFiles::new();
    files.add("/p/main.fuse", source);
    let checked = check(Path::new("/p/main.fuse"), &files, &Options::default());
    let program = checked.program.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    document(&program, Info { title, version })
}

#[test]
fn a_program_without_services() {
    assert_eq!(
        of("app \"a\":\n  print(1)\n", "A \"title\"", "1.2.3"),
        concat!(
            r##"{"components":{"schemas":{"Error":{"properties":{"error":{"properties":{"code":{"type":"string"},"##,
            r##""fields":{"items":{"$ref":"#/components/schemas/ValidationField"},"type":"array"},"##,
            r##""message":{"type":"string"}},"required":["code","message"],"type":"object"}},"required":["error"],"##,
            r##""type":"object"},"ValidationField":{"properties":{"code":{"type":"string"},"message":{"type":"string"},"##,
            r##""path":{"type":"string"}},"required":["path","code","message"],"type":"object"}}},"##,
            r##""info":{"title":"A \"title\"","version":"1.2.3"},"openapi":"3.0.0","paths":{}}"##,
        )
    );
}

#[test]
fn paths_are_those_of_service_and_route() {
    for (base, path, expected) in [
        ("/desk", "/orders", "/desk/orders"),
        ("/desk/", "/orders", "/desk/orders"),
        ("/desk", "/", "/desk/"),
        ("/desk", "", "/desk"),
        ("/", "/orders/{id: Int(1..9)}", "/orders/{id}"),
        ("", "", "/"),
        ("/", "/", "/"),
        ("desk", "orders", "/desk/orders"),
        ("/{a: Id}/x", "/{b: String(regex(\\\"x{2}\\\"))}/y", "/{a}/x/{b}/y"),
    ] {
        let source = format!("service S at \"{base}\":\n  get \"{path}\" -> Int: return 1\n");
        let found = of(&source, "t", "1");
        let expected = format!("\"paths\":{{\"{expected}\":{{\"get\":{{\"operationId\":\"S_0\",");
        assert!(found.contains(&expected), "{expected}\n{found}");
    }
}
