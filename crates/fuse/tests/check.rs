//! `fuse check`: markers, diagnostics, exit statuses.

mod common;

use common::{Ended, folder, fuse};

const GOOD: &str = "app \"hello\":\n  print(\"hello\")\n";
const BAD: &str = "fn half(n: Int) -> Int:\n  return m / 2\n";

#[test]
fn a_program_without_errors() {
    let root = folder("check_good", &[("a.fuse", GOOD)]);
    let ok = Ended { status: 0, stdout: String::new(), stderr: "[check] start\n[check] ok\n".into() };
    assert_eq!(fuse(&root, &["check", "a.fuse"]), ok);
    assert_eq!(fuse(&root, &["check", "--file", "a.fuse", "--app", "x", "--backend=ast"]), ok);
    assert_eq!(
        fuse(&root, &["check", "a.fuse", "--color", "always"]).stderr,
        "\u{1b}[36;1m[check]\u{1b}[0m start\n\u{1b}[36;1m[check]\u{1b}[0m ok\n"
    );
    assert_eq!(
        fuse(&root, &["check", "a.fuse", "--diagnostics", "json", "--color", "always"]).stderr,
        "{\"command\":\"check\",\"kind\":\"command_step\",\"message\":\"start\"}\n{\"command\":\"check\",\"kind\":\"command_step\",\"message\":\"ok\"}\n"
    );
}

#[test]
fn errors_of_every_file_in_load_order() {
    let main = "import Half from \"./lib/half\"\n\napp \"x\":\n  print(Half.half(nothing))\n";
    let root = folder("check_bad", &[("src/main.fuse", main), ("src/lib/half.fuse", BAD)]);
    let text = fuse(&root, &["check", "src/main.fuse"]);
    assert_eq!((text.status, text.stdout.as_str()), (1, ""));
    let first: Vec<&str> = text.stderr.lines().filter(|line| !line.starts_with("  ")).collect();
    assert_eq!(first.len(), 4, "{}", text.stderr);
    assert_eq!((first[0], first[3]), ("[check] start", "[check] failed"));
    assert!(
        first[1].starts_with("error: ") && first[1].ends_with(" (src/main.fuse:4:19)"),
        "{}",
        text.stderr
    );
    assert!(
        first[2].starts_with("error: ") && first[2].ends_with(" (src/lib/half.fuse:2:10)"),
        "{}",
        text.stderr
    );
    assert!(
        text.stderr.contains("\n    print(Half.half(nothing))\n                    ^^^^^^^\n"),
        "{}",
        text.stderr
    );

    let json = fuse(&root, &["check", "src/main.fuse", "--diagnostics", "json"]);
    let records: Vec<&str> = json.stderr.lines().collect();
    assert_eq!((json.status, records.len()), (1, 4));
    let path = root.join("src/lib/half.fuse");
    assert!(records[2].starts_with("{\"code\":\"FUSE_UNKNOWN_NAME\",\"column\":10,\"kind\":\"diagnostic\",\"level\":\"error\",\"line\":2,\"message\":\""));
    assert!(
        records[2].ends_with(&format!("\"path\":\"{}\",\"span_end\":34,\"span_start\":33}}", path.display())),
        "{}",
        records[2]
    );
}

#[test]
fn warnings_alone_are_success() {
    let root =
        folder("check_warning", &[("a.fuse", "fn half(n: Int) -> Int:\n  return n / 2\n  print(n)\n")]);
    let ended = fuse(&root, &["check", "a.fuse"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(
        ended.stderr.contains("\nwarning: ")
            && ended.stderr.ends_with("  code: FUSE_UNREACHABLE_CODE\n[check] ok\n")
    );
}

#[test]
fn packages() {
    let manifest = "[package]\nentry = \"src/main.fuse\"\n";
    let files = [("shop/fuse.toml", manifest), ("shop/src/main.fuse", GOOD), ("shop/src/other.fuse", BAD)];
    let root = folder("check_package", &files);
    let shop = root.join("shop");
    for (cwd, args, status) in [
        (&shop, &["check"][..], 0),
        (&root, &["check", "shop"], 0),
        (&root, &["check", "--manifest-path", "shop"], 0),
        (&root, &["check", "--manifest-path", "shop/fuse.toml"], 0),
        (&shop, &["check", "src/other.fuse"], 1),
        (&root, &["check", "--manifest-path=shop", "src/other.fuse"], 1),
    ] {
        assert_eq!(fuse(cwd, args).status, status, "{args:?}");
    }
    assert!(
        fuse(&root, &["check", "--manifest-path=shop", "src/other.fuse"])
            .stderr
            .contains("(shop/src/other.fuse:2:10)")
    );
}

#[test]
fn hostile_sources_end_in_diagnostics() {
    let brackets = format!("fn f() -> Int:\n  return {}1{}\n", "(".repeat(10_000), ")".repeat(10_000));
    let long_line = format!("app \"x\":\n  print(\"{}\" + oops)\n", "y".repeat(10_000_000));
    let blocks: String = (1..3_000).map(|depth| format!("{}if true:\n", " ".repeat(depth))).collect();
    let blocks = format!("app \"x\":\n{blocks}");
    let chain = format!("fn f(n: Int) -> Int:\n  return n{}\n", " + n".repeat(100_000));
    let cases: [(&str, &[u8]); 8] = [
        ("brackets", brackets.as_bytes()),
        ("open", "(".repeat(100_000).leak().as_bytes()),
        ("long_line", long_line.as_bytes()),
        ("blocks", blocks.as_bytes()),
        ("zero", b"app \"x\":\n  print(\"a\0b\")\n  \0\n"),
        ("tabs", b"app \"x\":\n\tprint(1)\n"),
        ("escape", b"fn \x1b[2J():\n  print(1)\n"),
        ("latin", b"# caf\xe9\n"),
    ];
    let root = folder("hostile", &[]);
    for (name, source) in cases {
        let file = format!("{name}.fuse");
        std::fs::write(root.join(&file), source).unwrap();
        let ended = fuse(&root, &["check", &file]);
        assert_eq!(ended.status, 1, "{name}: {:.500}", ended.stderr);
        assert!(
            ended.stderr.contains("\n  code: ") && ended.stderr.len() < 100_000,
            "{name}: {:.500}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("wrapper_internal") && !ended.stderr.contains('\u{1b}'), "{name}");
        let json = fuse(&root, &["check", &file, "--diagnostics", "json"]);
        assert!(json.stderr.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{name}");
    }
    std::fs::write(root.join("chain.fuse"), chain).unwrap();
    let ended = fuse(&root, &["check", "chain.fuse"]);
    assert!(ended.status <= 1 && !ended.stderr.contains("wrapper_internal"), "{:.500}", ended.stderr);
}

/// What a workspace is made of is found, not named.
#[test]
fn a_workspace_has_no_file() {
    let root =
        folder("check_workspace_file", &[("fuse.toml", "[package]\nentry = \"a.fuse\"\n"), ("a.fuse", "")]);
    let message = "--file is not supported for fuse check --workspace";
    for words in [["check", "--workspace", "--file", "a.fuse"], ["check", "--file", "a.fuse", "--workspace"]]
    {
        let ended = fuse(&root, &words);
        assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
        assert!(ended.stderr.starts_with(&format!("error: {message}\n")), "{}", ended.stderr);
    }
}
