//! Programs that use services or the HTTP client: they check; what would run them is not there yet. Which migrations there are.

mod common;

use common::{folder, fuse};

/// What is reached, where, and how messages call it.
const REACHED: &[(&str, &str, &str)] = &[
    ("requires network\n\napp \"a\":\n  serve(3000)\n", "4:3", "`serve`"),
    ("requires network\n\napp \"a\":\n  let r = http.get(\"http://localhost\")\n", "4:11", "`http`"),
    ("app \"a\":\n  print(request.header(\"a\") ?? \"\")\n", "2:9", "`request`"),
    (
        "fn main(name: String):\n  response.header(\"a\", name)\n\napp \"a\":\n  print(1)\n",
        "2:3",
        "`response`",
    ),
    (
        "requires network\n\nfn f() -> Int:\n  let r = http.get(\"x\")\n  return 1\n\nconfig C:\n  n: Int = f()\n\napp \"a\":\n  print(1)\n",
        "4:11",
        "`http`",
    ),
];

#[test]
fn what_is_reached_is_told_with_its_place() {
    for (number, (source, place, what)) in REACHED.iter().enumerate() {
        let root = folder(&format!("services_reached_{number}"), &[("main.fuse", source)]);
        let checked = fuse(&root, &["check", "main.fuse"]);
        assert_eq!((checked.status, checked.stderr.as_str()), (0, "[check] start\n[check] ok\n"), "{source}");
        for command in
            [&["run", "main.fuse"][..], &["build", "main.fuse"], &["build", "main.fuse", "--release"]]
        {
            let ended = fuse(&root, command);
            let message = format!(
                "error: this version of fuse cannot run programs that use {what}; it can check them (main.fuse:{place})\n"
            );
            assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{source}");
            assert!(ended.stderr.contains(&message), "{message}\n{}", ended.stderr);
            assert!(ended.stderr.contains("  code: FUSE_NOT_AVAILABLE\n"), "{}", ended.stderr);
        }
        assert!(!root.join(".fuse/build/program.aot").exists(), "nothing is built");
    }
}

#[test]
fn the_place_may_lie_in_another_module() {
    let root = folder(
        "services_reached_module",
        &[
            ("main.fuse", "requires network\n\nimport M from \"./store\"\n\napp \"a\":\n  M.load()\n"),
            ("store.fuse", "requires network\n\nfn load():\n  let r = http.get(\"x\")\n"),
        ],
    );
    let ended = fuse(&root, &["run", "main.fuse", "--diagnostics=json"]);
    let record = "\"code\":\"FUSE_NOT_AVAILABLE\",\"column\":11,\"kind\":\"diagnostic\",\"level\":\"error\",\"line\":4,";
    assert!(ended.status == 1 && ended.stderr.contains(record), "{}", ended.stderr);
    assert!(ended.stderr.contains("store.fuse\""), "{}", ended.stderr);
}

#[test]
fn only_the_selected_app_counts() {
    let source = "requires network\n\nservice S at \"/\":\n  get \"/\" -> Int: return 1\n\n\
                  app \"cli\":\n  print(1)\n\napp \"web\":\n  serve(1)\n";
    let root = folder("services_apps", &[("main.fuse", source)]);
    let ended = fuse(&root, &["run", "main.fuse"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "1\n"));
    let ended = fuse(&root, &["run", "main.fuse", "--app", "web"]);
    assert!(ended.status == 1 && ended.stderr.contains("(main.fuse:10:3)"), "{}", ended.stderr);
}

const MIGRATION: &str = "requires db\n\nmigration first:\n  db.exec(\"vacuum\")\n";

#[test]
fn a_program_without_migrations_is_up_to_date() {
    let root = folder("migrate_none", &[("main.fuse", "app \"a\":\n  assert(false)\n")]);
    let ended = fuse(&root, &["migrate", "main.fuse"]);
    assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr.as_str()), (0, "", ""));
    let root = folder("migrate_errors", &[("main.fuse", "migration \"\":\n  return\n")]);
    let ended = fuse(&root, &["migrate", "main.fuse"]);
    assert!(ended.status == 1 && ended.stderr.contains("FUSE_EMPTY_NAME"), "{}", ended.stderr);
}

#[test]
fn names_are_unique_in_a_package() {
    let files = [
        ("main.fuse", "import A from \"./a\"\nimport B from \"./lib/b\"\n\nmigration first: print(1)\n"),
        ("a.fuse", MIGRATION),
        ("lib/b.fuse", MIGRATION),
        ("lib/fuse.toml", "[package]\nname = \"lib\"\n"),
    ];
    let root = folder("migrate_duplicates", &files);
    let message =
        "migration error: duplicate migration first in package <default> (also declared in main.fuse)";
    let ended = fuse(&root, &["migrate", "main.fuse"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (1, format!("{message}\n").as_str()));
    let ended = fuse(&root, &["migrate", "main.fuse", "--diagnostics=json"]);
    let record = format!(
        "{{\"code\":\"wrapper_migrate_error\",\"kind\":\"cli_message\",\"level\":\"error\",\"message\":\"{message}\"}}\n"
    );
    assert_eq!((ended.status, ended.stderr), (1, record));

    // With a manifest above, the package has a name; the same name in another package is another migration.
    std::fs::write(root.join("fuse.toml"), "[package]\nname = \"desk\"\nentry = \"main.fuse\"\n").unwrap();
    let ended = fuse(&root, &["migrate"]);
    assert_eq!(
        ended.stderr,
        "migration error: duplicate migration first in package desk (also declared in main.fuse)\n"
    );
    std::fs::write(root.join("a.fuse"), MIGRATION.replace("first", "other")).unwrap();
    let ended = fuse(&root, &["migrate"]);
    let message = "migration error: db url not configured (set FUSE_DB_URL or App.dbUrl)\n";
    assert_eq!((ended.status, ended.stderr.as_str()), (1, message));
}
