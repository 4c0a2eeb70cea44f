//! `fuse clean --cache`.

mod common;

use common::{Ended, folder, fuse};

const FILES: [(&str, &str); 8] = [
    ("p/fuse.toml", "[package]\n"),
    ("p/.fuse-cache/a/b", ""),
    ("p/src/.fuse-cache/.fuse-cache/c", ""),
    ("p/.git/.fuse-cache/c", ""),
    ("p/.fuse/.fuse-cache/kept", ""),
    ("p/fuse-cache/kept", ""),
    ("q/custom.toml", "[package]\n"),
    ("q/.fuse-cache/d", ""),
];

fn done(message: &str) -> Ended {
    Ended { status: 0, stdout: String::new(), stderr: format!("[clean] start\n{message}\n[clean] ok\n") }
}

#[test]
fn caches_below_the_root_are_removed() {
    let root = folder("clean_root", &FILES);
    assert_eq!(fuse(&root, &["clean", "--cache", "p"]), done("removed 3 .fuse-cache directories under p"));
    for (path, kept) in FILES.map(|(path, _)| (path, !path.contains(".fuse-cache") || path.contains("kept")))
    {
        assert_eq!(root.join(path).exists(), kept || path.starts_with('q'), "{path}");
    }
    assert_eq!(fuse(&root, &["clean", "--cache", "p"]), done("no .fuse-cache directories found under p"));
    assert_eq!(
        fuse(&root, &["clean", "--manifest-path", "q/custom.toml", "--cache"]),
        done("removed 1 .fuse-cache directory under q")
    );
    let here = root.display();
    assert_eq!(
        fuse(&root, &["clean", "--cache"]),
        done(&format!("no .fuse-cache directories found under {here}"))
    );
}

#[test]
fn the_root() {
    let root = folder("clean_which", &FILES);
    // The positional before the option, the option before the current directory.
    let ended = fuse(&root, &["clean", "--cache", "q/custom.toml", "--manifest-path", "p"]);
    assert_eq!(ended, done("removed 1 .fuse-cache directory under q"));
    let ended = fuse(&root.join("q"), &["clean", "--cache", "--manifest-path=../p"]);
    assert_eq!(ended, done("removed 3 .fuse-cache directories under ../p"));
    assert_eq!(
        fuse(&root, &["clean", "--cache", "none"]),
        Ended {
            status: 1,
            stdout: String::new(),
            stderr: "error: cannot read none: it does not exist\n  code: wrapper_file_read\n".into()
        }
    );
    let json = fuse(&root, &["clean", "--cache", "p", "--diagnostics", "json"]);
    let steps = ["start", "no .fuse-cache directories found under p", "ok"]
        .map(|text| format!("{{\"command\":\"clean\",\"kind\":\"command_step\",\"message\":\"{text}\"}}\n"));
    assert_eq!(json, Ended { status: 0, stdout: String::new(), stderr: steps.concat() });
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let root = folder("clean_links", &[("away/.fuse-cache/kept", ""), ("p/a", "")]);
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, root.join(name)).unwrap();
    link("../away", "p/link");
    link("../away/.fuse-cache", "p/.fuse-cache");
    assert_eq!(fuse(&root, &["clean", "--cache", "p"]), done("no .fuse-cache directories found under p"));
    assert!(root.join("away/.fuse-cache/kept").exists() && root.join("p/.fuse-cache").exists());
}
