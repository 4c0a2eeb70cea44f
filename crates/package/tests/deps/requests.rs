//! `[dependencies]`: each form, and each mistake beside what is right.

use crate::common::{findings, folder, load};

fn read(name: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let root = folder(name, &[("fuse.toml", &format!("[package]\n{text}"))]);
    let (manifest, report) = load(&root);
    let shown = manifest.iter().flat_map(|manifest| &manifest.dependencies);
    let shown = shown.map(|request| format!("{} {}", request.name, request.source));
    (shown.collect(), findings(&report))
}

#[test]
fn each_form() {
    let text = r#"
[dependencies]
Palette = "../shared/palette"
Ledger = { path = "vendor/ledger" }
Courier = "https://git.example.org/courier.git"
Mailer = { git = "https://git.example.org/mailer.git", version = "2.4.1" }
Windows = '..\shared\windows'
WindowsToo = { path = 'vendor\too' }
Here = "./.git"
_a-9 = "/abs"
Login = "git@git.example.org:team/a"
Rev.git = "file:///srv/a"
Rev.rev = "abc"
Branch = { git = "ssh://git@git.example.org/a", branch = "x", subdir = '.\a\.\b\..\c/' }

[dependencies.Widgets]
git = "ssh://git@git.example.org/mono.git"
tag = "widgets-7"
subdir = "packages/widgets"
"#;
    let (requests, findings) = read("each_form", text);
    // `.git` at the end makes it a repository, and this one has no scheme.
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].starts_with("error FUSE_DEP_GIT_UNSAFE_VALUE 10:8 "), "{findings:?}");
    assert!(requests.is_empty());
    let (requests, findings) = read("each_form", &text.replace("Here = \"./.git\"", "Here = \".\""));
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(
        requests,
        [
            "Palette path:../shared/palette",
            "Ledger path:vendor/ledger",
            "Courier git:https://git.example.org/courier.git|head",
            "Mailer git:https://git.example.org/mailer.git|version:2.4.1",
            "Windows path:../shared/windows",
            "WindowsToo path:vendor/too",
            "Here path:.",
            "_a-9 path:/abs",
            "Login git:git@git.example.org:team/a|head",
            "Rev git:file:///srv/a|rev:abc",
            "Branch git:ssh://git@git.example.org/a|branch:x|subdir:a/c",
            "Widgets git:ssh://git@git.example.org/mono.git|tag:widgets-7|subdir:packages/widgets",
        ]
    );
}

/// What is wrong with a dependency and its place, the dependency, and what is right instead; ⏎ ends a line.
const MISTAKES: &str = r#"
FUSE_DEP_INVALID_NAME 3:1 | "../x" = "../x" | x = "../x"
FUSE_DEP_INVALID_NAME 3:1 | 9a = "../x" | a9 = "../x"
FUSE_DEP_INVALID_NAME 3:1 | "" = "../x" | _ = "../x"
FUSE_DEP_INVALID_NAME 3:1 | "a.b" = "../x" | a-b = "../x"
FUSE_DEP_INVALID_NAME 3:1 | "é" = "../x" | e = "../x"
FUSE_DEP_INVALID_NAME 3:1 | "a\u0000" = "../x" | a = "../x"
FUSE_DEP_UNKNOWN_FIELD 3:28 | A = { git = "https://h/a", brunch = "x" } | A = { git = "https://h/a", branch = "x" }
FUSE_DEP_INVALID_SOURCE 3:5 | A = "1.2.0" | A = "./1.2.0"
FUSE_DEP_INVALID_SOURCE 3:5 | A = "" | A = "."
FUSE_DEP_INVALID_SOURCE 3:5 | A = "palette" | A = 'palette\'
FUSE_DEP_SOURCE_REQUIRED 3:5 | A = {} | A = { path = "a" }
FUSE_DEP_GIT_REQUIRED_FOR_REFS 3:5 | A = { tag = "v1" } | A = { git = "https://h/a", tag = "v1" }
FUSE_DEP_GIT_REQUIRED_FOR_REFS 3:5 | A = { subdir = "x" } | A = { git = "https://h/a", subdir = "x" }
FUSE_DEP_PATH_FIELDS_INVALID 3:5 | A = { path = "a", branch = "x" } | A = { path = "a" }
FUSE_DEP_PATH_FIELDS_INVALID 3:5 | A = { path = "a", subdir = "x" } | A = { path = "a/x" }
FUSE_DEP_GIT_PATH_CONFLICT 3:5 | A = { path = "a", git = "https://h/a" } | A = { git = "https://h/a" }
FUSE_DEP_PATH_EMPTY 3:5 | A = { path = "" } | A = { path = "." }
FUSE_DEP_GIT_EMPTY 3:5 | A = { git = "" } | A = { git = "git@h:a" }
FUSE_DEP_GIT_EMPTY 3:5 | A = { git = "https://h/a", rev = "" } | A = { git = "https://h/a", rev = "0" }
FUSE_DEP_SUBDIR_EMPTY 3:5 | A = { git = "https://h/a", subdir = "" } | A = { git = "https://h/a", subdir = "." }
FUSE_DEP_GIT_REF_CONFLICT 3:5 | A = { git = "https://h/a", tag = "x", rev = "y" } | A = { git = "https://h/a", tag = "x" }
FUSE_DEP_GIT_UNSAFE_VALUE 3:5 | A = "ext::sh -c id://" | A = "https://h/a"
FUSE_DEP_GIT_UNSAFE_VALUE 3:5 | A = "--upload-pack=id.git" | A = "./--upload-pack=id"
FUSE_DEP_GIT_UNSAFE_VALUE 3:5 | A = { git = "../a" } | A = { git = "file:///a" }
FUSE_DEP_GIT_UNSAFE_VALUE 3:5 | A = { git = "https://h/a", branch = "--x" } | A = { git = "https://h/a", branch = "x--" }
FUSE_DEP_GIT_UNSAFE_VALUE 3:5 | A = { git = "https://h/a", tag = "a\nb" } | A = { git = "https://h/a", tag = "a b" }
FUSE_DEP_GIT_UNSAFE_VALUE 3:5 | A = { git = "https://h/a", subdir = "-x" } | A = { git = "https://h/a", subdir = "./-x" }
FUSE_DEP_SUBDIR_ESCAPE 3:5 | A = { git = "https://h/a", subdir = "a/../../b" } | A = { git = "https://h/a", subdir = "a/../b" }
FUSE_DEP_SUBDIR_ESCAPE 3:5 | A = { git = "https://h/a", subdir = '..\b' } | A = { git = "https://h/a", subdir = 'b\..' }
FUSE_DEP_SUBDIR_ESCAPE 3:5 | A = { git = "https://h/a", subdir = "/etc" } | A = { git = "https://h/a", subdir = "etc" }
wrapper_manifest_invalid 3:5 | A = 3 | A = "./3"
wrapper_manifest_invalid 3:14 | A = { path = ["a"] } | A = { path = "a" }
wrapper_manifest_invalid 4:1 | A = "./a"⏎A = "./b" | A = "./a"⏎B = "./b"
"#;

#[test]
fn each_mistake_and_the_nearest_that_is_none() {
    for (i, line) in MISTAKES.trim().lines().enumerate() {
        let line = line.replace('⏎', "\n");
        let [expected, wrong, right] = line.split(" | ").collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (_, findings) = read(&format!("mistake_{i}"), &format!("[dependencies]\n{wrong}"));
        assert_eq!(findings.len(), 1, "{wrong}: {findings:?}");
        let code = expected.split(' ').next().unwrap();
        assert!(findings[0].starts_with(&format!("error {expected} ")), "{wrong}: {findings:?}");
        if code.starts_with("FUSE_") {
            assert!(
                findings[0].contains(&format!(" [{code}] ")) && findings[0].contains(". Hint: "),
                "{findings:?}"
            );
        }
        let (requests, findings) = read(&format!("no_mistake_{i}"), &format!("[dependencies]\n{right}"));
        assert!(!requests.is_empty() && findings.is_empty(), "{right}: {findings:?}");
    }
}

#[test]
fn a_misspelt_field_is_not_ignored() {
    let (_, findings) = read("misspelt", "[dependencies]\nA = { git = \"https://h/a\", brunch = \"x\" }");
    assert!(
        findings[0].ends_with("has the unknown key `brunch`. Hint: did you mean `branch`?"),
        "{findings:?}"
    );
}

#[test]
fn all_mistakes_are_reported() {
    let text = "[dependencies]\nA = 1\nB = {}\nC = \"x\"\nD = { path = \"d\" }\nE = { path = 1, gitt = 2 }";
    let codes: Vec<String> =
        read("all_mistakes", text).1.iter().map(|text| text.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(
        codes,
        [
            "wrapper_manifest_invalid",
            "FUSE_DEP_SOURCE_REQUIRED",
            "FUSE_DEP_INVALID_SOURCE",
            "wrapper_manifest_invalid",
            "FUSE_DEP_UNKNOWN_FIELD"
        ]
    );
}

#[test]
fn unencrypted_schemes_are_warned_about() {
    for (scheme, warned) in [("http", true), ("git", true), ("https", false), ("ssh", false)] {
        let text = format!("[dependencies]\nA = \"{scheme}://host/a.git\"");
        let (requests, findings) = read(&format!("scheme_{scheme}"), &text);
        assert_eq!((requests.len(), findings.len()), (1, usize::from(warned)), "{findings:?}");
        assert!(
            findings.iter().all(|text| text.starts_with("warning FUSE_DEP_GIT_UNPROTECTED 3:5 ")),
            "{findings:?}"
        );
    }
}

#[test]
fn credentials_are_in_no_message_and_no_excerpt() {
    for (i, value) in [
        "{ git = \"https://ann:s3cret@h/a\", brunch = \"x\" }",
        "\"http://ann:s3cret@h/a\"",
        "\"ext://ann:s3cret@h/a\"",
        "{ git = \"ann:s3cret@h:a\" }",
        "\"https://ann:s3/cret@h/a\"",
        "{ git = \"https://ann:s3cret@h/a\" broken }",
    ]
    .into_iter()
    .enumerate()
    {
        let root = folder(
            &format!("secret_{i}"),
            &[("fuse.toml", &format!("[package]\n[dependencies]\nA = {value}\n"))],
        );
        let (manifest, report) = load(&root);
        let shown = format!("{:?} {:?}", findings(&report), manifest.map(|manifest| manifest.dependencies));
        assert!(!shown.contains("s3") && !report.findings.is_empty(), "{shown}");
        let excerpts: String = report.sources.iter().map(|(_, file)| file.text().to_owned()).collect();
        assert!(!excerpts.contains("s3") || !value.contains("://"), "{excerpts}");
    }
}
