//! `fuse explain`.

mod common;

use common::{Ended, folder, fuse};

#[test]
fn pages_and_list_go_to_stdout() {
    let root = folder("explain", &[("fuse.toml", "this is no manifest")]);
    let page = fuse(&root, &["explain", "FUSE_TYPE_MISMATCH"]);
    assert_eq!((page.status, page.stderr.as_str()), (0, ""));
    assert!(
        page.stdout.starts_with("FUSE_TYPE_MISMATCH: a value does not have the type that is expected\n\n")
    );
    assert_eq!(fuse(&root, &["explain", "fuse_type_mismatch", "--diagnostics", "json"]), page);
    assert!(fuse(&root, &["explain", "WRAPPER_USAGE"]).stdout.starts_with("wrapper_usage: "));

    let list = fuse(&root, &["explain", "--list"]);
    assert_eq!((list.status, list.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = list.stdout.lines().collect();
    assert!(lines.is_sorted() && lines.len() > 200);
    for line in lines {
        let (code, meaning) = line.split_once("  ").unwrap();
        let first = fuse_diagnostics::explain::page(code).unwrap().lines().next().unwrap().to_owned();
        assert_eq!(first, format!("{code}: {meaning}"));
    }
}

#[test]
fn unknown_codes_are_refused_with_the_nearest_one() {
    let root = folder("explain_unknown", &[]);
    let error = |code: &str, hint: &str| Ended {
        status: 1,
        stdout: String::new(),
        stderr: format!("error: unknown diagnostic code: {code}\n{hint}  code: wrapper_unknown_code\n"),
    };
    let hint = "  hint: did you mean FUSE_TYPE_MISMATCH?\n";
    assert_eq!(fuse(&root, &["explain", "FUSE_TYPE_MISMACH"]), error("FUSE_TYPE_MISMACH", hint));
    assert_eq!(
        fuse(&root, &["explain", "fuse_type_mism"]).stderr,
        error("fuse_type_mism", "").stderr,
        "too far"
    );
    assert_eq!(fuse(&root, &["explain", "fuse_type_mismat"]), error("fuse_type_mismat", hint));
    assert_eq!(fuse(&root, &["explain", "nonsense"]), error("nonsense", ""));
    assert_eq!(
        fuse(&root, &["explain", "wrapper_usge", "--diagnostics=json"]).stderr,
        "{\"code\":\"wrapper_unknown_code\",\"kind\":\"cli_message\",\"level\":\"error\",\"message\":\"unknown diagnostic code: wrapper_usge\"}\n"
    );
}
