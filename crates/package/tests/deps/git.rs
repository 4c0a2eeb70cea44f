//! Git dependencies, from repositories on this machine.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use fuse_package::LockMode;

use super::support::{Repository, code, dependencies, fails, lock_text, manifest, resolved, write};
use crate::common::folder;

/// A package `app` beside a repository `repo` with one commit, which has the tag `v1.0.0` and a package in `lib`.
fn with_repository(name: &str) -> (PathBuf, Repository, String) {
    let root = folder(name, &[]);
    let repository = Repository::new(root.join("repo"));
    repository.write("m.fuse", "fn f() -> Int: return 1\n");
    repository.write("lib/fuse.toml", "[package]\n");
    let commit = repository.commit();
    repository.git(&["tag", "v1.0.0"]);
    (root.join("app"), repository, commit)
}

/// Makes the package request the repository.
fn request(app: &Path, repository: &Repository, fields: &str) {
    let url = repository.url();
    write(app.join("fuse.toml"), manifest(&format!("R = {{ git = \"{url}\"{fields} }}")));
}

fn checkout(commit: &str) -> Vec<String> {
    vec![format!("R app/.fuse/deps/R/{commit}")]
}

#[test]
fn each_selector() {
    let (app, repository, first) = with_repository("selectors");
    repository.git(&["tag", "--annotate", "--message=x", "annotated"]);
    repository.git(&["tag", "2.0"]);
    repository.git(&["branch", "old/branch"]);
    repository.write("m.fuse", "fn f() -> Int: return 2\n");
    let second = repository.commit();
    repository.git(&["tag", "1.0.0"]);
    let tag_object = repository.git(&["rev-parse", "annotated"]);
    for (fields, commit, selector) in [
        ("", &second, "head".to_owned()),
        (", tag = \"annotated\"", &first, "tag:annotated".into()),
        (", version = \"1.0.0\"", &first, "version:1.0.0".into()),
        (", version = \"2.0\"", &first, "version:2.0".into()),
        (", branch = \"old/branch\"", &first, "branch:old/branch".into()),
        (", branch = \"main\"", &second, "branch:main".into()),
        (&format!(", rev = \"{first}\""), &first, format!("rev:{first}")),
        (&format!(", rev = \"{}\"", &first[..8]), &first, format!("rev:{}", &first[..8])),
        (&format!(", rev = \"{}\"", first.to_uppercase()), &first, format!("rev:{}", first.to_uppercase())),
        (&format!(", rev = \"{tag_object}\""), &first, format!("rev:{tag_object}")),
    ] {
        let _ = std::fs::remove_dir_all(&app);
        request(&app, &repository, fields);
        assert_eq!(resolved(&app, LockMode::Keep), Ok(checkout(commit)), "{fields}");
        let url = repository.url();
        let lock = format!(
            "version = 1\n\n[dependencies.R]\nsource = \"git\"\ngit = \"{url}\"\nrev = \"{commit}\"\nrequested = \"git:{url}|{selector}\"\n"
        );
        assert_eq!(lock_text(&app), lock, "{fields}");
        let text = std::fs::read_to_string(app.join(format!(".fuse/deps/R/{commit}/m.fuse"))).unwrap();
        assert_eq!(text.contains("return 1"), *commit == first, "{fields}");
        assert_eq!(std::fs::read_to_string(app.join(".fuse/.gitignore")).unwrap(), "*\n");
        let entries = std::fs::read_dir(app.join(".fuse/deps/R")).unwrap().count();
        assert_eq!(entries, 1, "nothing temporary stays behind");
        assert_eq!(resolved(&app, LockMode::Frozen), Ok(checkout(commit)));
    }
}

#[test]
fn selectors_that_name_nothing() {
    let (app, repository, _) = with_repository("nothing");
    for (fields, what) in [
        (", tag = \"v1.0\"", "does not have the tag `v1.0`"),
        (", tag = \"*\"", "does not have the tag `*`"),
        (", tag = \"1.0.0\"", "does not have the tag `1.0.0`"),
        (", branch = \"v1.0.0\"", "does not have the branch `v1.0.0`"),
        (", branch = \"../tags/v1.0.0\"", "does not have the branch"),
        (", version = \"1\"", "does not have a tag `v1` or `1`"),
        (", rev = \"main\"", "does not have the commit `main`"),
        (", rev = \"HEAD~0\"", "does not have the commit `HEAD~0`"),
        (", rev = \"deadbeef\"", "does not have the commit `deadbeef`"),
        (", rev = \"abc\"", "does not have the commit `abc`"),
        (", rev = \"0123456789012345678901234567890123456789\"", "does not have the commit `0123"),
    ] {
        request(&app, &repository, fields);
        fails(&app, LockMode::Keep, "FUSE_DEP_GIT_REF_RESOLVE_FAILED", what);
    }
    let empty = Repository::new(app.parent().unwrap().join("empty"));
    request(&app, &empty, "");
    fails(&app, LockMode::Keep, "FUSE_DEP_GIT_REF_RESOLVE_FAILED", "does not have a default branch");
    empty.commit();
    assert!(resolved(&app, LockMode::Keep).is_ok());
}

#[test]
fn what_is_locked_stays_until_it_is_updated() {
    let (app, repository, first) = with_repository("moving");
    request(&app, &repository, ", branch = \"main\"");
    assert_eq!(resolved(&app, LockMode::Keep), Ok(checkout(&first)));
    let second = repository.commit();
    for mode in [LockMode::Keep, LockMode::Check, LockMode::Frozen] {
        assert_eq!(resolved(&app, mode), Ok(checkout(&first)), "{mode:?}");
    }
    assert_eq!(resolved(&app, LockMode::Update), Ok(checkout(&second)));
    assert!(lock_text(&app).contains(&second));
    // The checkouts may be deleted; what is locked is fetched again, also a commit that no branch reaches any more.
    repository.git(&["checkout", "--quiet", "--orphan", "new"]);
    repository.git(&["branch", "-D", "main"]);
    let third = repository.commit();
    std::fs::remove_dir_all(app.join(".fuse")).unwrap();
    assert_eq!(resolved(&app, LockMode::Frozen), Ok(checkout(&second)));
    fails(&app, LockMode::Update, "FUSE_DEP_GIT_REF_RESOLVE_FAILED", "does not have the branch `main`");
    request(&app, &repository, "");
    fails(&app, LockMode::Frozen, "FUSE_LOCK_FROZEN", "update R");
    fails(&app, LockMode::Check, "FUSE_LOCK_OUT_OF_DATE", "update R");
    assert_eq!(resolved(&app, LockMode::Keep), Ok(checkout(&third)));
    request(&app, &repository, &format!(", rev = \"{}\"", &third[..10]));
    assert_eq!(resolved(&app, LockMode::Keep), Ok(checkout(&third)));
    assert_eq!(resolved(&app, LockMode::Update), Ok(checkout(&third)));
}

#[test]
fn nothing_is_resolved_when_frozen() {
    let (app, repository, _) = with_repository("frozen");
    request(&app, &repository, "");
    fails(
        &app,
        LockMode::Frozen,
        "FUSE_LOCK_FROZEN",
        "lockfile drift detected in app/fuse.lock: add R. Hint: ",
    );
    fails(&app, LockMode::Check, "FUSE_LOCK_OUT_OF_DATE", "add R");
    assert!(!app.join(".fuse").exists() && !app.join("fuse.lock").exists());
    assert!(resolved(&app, LockMode::Keep).is_ok());
    assert!(resolved(&app, LockMode::Frozen).is_ok());
}

#[test]
fn packages_below_the_root_of_a_repository() {
    let (app, repository, commit) = with_repository("subdir");
    repository.write("other/fuse.toml", "[package]\n");
    repository.write("lib/fuse.toml", &manifest("Other = \"../other\""));
    symlink("lib", repository.0.join("inside")).unwrap();
    symlink("/etc", repository.0.join("outside")).unwrap();
    symlink("../../../../../..", repository.0.join("upwards")).unwrap();
    repository.write("plain", "");
    let commit = (commit, repository.commit()).1;
    let below = format!("app/.fuse/deps/R/{commit}");
    for subdir in ["lib", "inside", r"./lib\\..\\lib/"] {
        request(&app, &repository, &format!(", subdir = \"{subdir}\""));
        let expected = vec![format!("Other {below}/other"), format!("R {below}/lib")];
        assert_eq!(resolved(&app, LockMode::Keep), Ok(expected.clone()), "{subdir}");
        assert_eq!(resolved(&app, LockMode::Frozen), Ok(expected));
        assert!(lock_text(&app).contains(&format!("path = \".fuse/deps/R/{commit}/other\"")));
    }
    let roots = dependencies(&app, LockMode::Keep).unwrap();
    assert!(
        roots.iter().all(|found| found.checkout.as_ref().is_some_and(|checkout| checkout.ends_with(&commit)))
    );
    for (subdir, code) in [
        ("nothing", "FUSE_DEP_SUBDIR_NOT_FOUND"),
        ("plain", "FUSE_DEP_SUBDIR_NOT_FOUND"),
        ("outside", "FUSE_DEP_SUBDIR_ESCAPE"),
        ("upwards", "FUSE_DEP_SUBDIR_ESCAPE"),
    ] {
        request(&app, &repository, &format!(", subdir = \"{subdir}\""));
        fails(&app, LockMode::Keep, code, &format!("the directory `{subdir}` of the dependency `R`"));
    }
    request(&app, &repository, ", subdir = \"lib\"");
    assert!(resolved(&app, LockMode::Keep).is_ok());
    let lock = lock_text(&app);
    write(app.join("fuse.lock"), lock.replace("subdir = \"lib\"", "subdir = \"gone\""));
    fails(
        &app,
        LockMode::Frozen,
        "FUSE_LOCK_ENTRY_SUBDIR_NOT_FOUND",
        "the directory `gone` of the dependency `R`",
    );
    write(app.join("fuse.lock"), lock.replace("subdir = \"lib\"", "subdir = \"other\""));
    fails(&app, LockMode::Frozen, "FUSE_LOCK_FROZEN", "update R");
    assert!(resolved(&app, LockMode::Keep).is_ok());
    assert_eq!(lock_text(&app), lock);
    let gone = app.join(format!(".fuse/deps/R/{commit}"));
    std::fs::remove_dir_all(gone.join("lib")).unwrap();
    for mode in [LockMode::Keep, LockMode::Frozen] {
        fails(
            &app,
            mode,
            "FUSE_LOCK_ENTRY_SUBDIR_NOT_FOUND",
            "Hint: delete fuse.lock and the checkout, and run `fuse deps lock`",
        );
    }
    std::fs::remove_dir_all(gone).unwrap();
    assert!(resolved(&app, LockMode::Frozen).is_ok());
}

#[test]
fn a_fetched_manifest_does_not_reach_out_of_its_repository() {
    let (app, repository, _) = with_repository("reach");
    let with_manifest = |text: &str| {
        repository.write("fuse.toml", text);
        repository.commit();
        request(&app, &repository, "");
    };
    for path in ["../../../../secret", "/etc", "./lib/../..", "./link", "../../../../nothing"] {
        let _ = symlink("/etc", repository.0.join("link"));
        with_manifest(&manifest(&format!("X = \"{path}\"")));
        fails(
            &app,
            LockMode::Update,
            "FUSE_DEP_SUBDIR_ESCAPE",
            "of the dependency `X` leaves the repository whose manifest names it",
        );
    }
    with_manifest(&manifest("X = \"./lib\""));
    assert_eq!(resolved(&app, LockMode::Update).unwrap().len(), 2);
    // A manifest that is a link to a file of this machine is not read.
    write(app.join("secret.toml"), "secret = 1\n");
    std::fs::remove_file(repository.0.join("fuse.toml")).unwrap();
    symlink(app.join("secret.toml"), repository.0.join("fuse.toml")).unwrap();
    repository.commit();
    fails(
        &app,
        LockMode::Update,
        "FUSE_DEP_SUBDIR_ESCAPE",
        "the manifest of the dependency `R` leaves its checkout",
    );
}

#[test]
fn transitive_requests() {
    let (app, repository, commit) = with_repository("transitive");
    let middle = Repository::new(app.parent().unwrap().join("middle"));
    let url = repository.url();
    middle.write("fuse.toml", &manifest(&format!("R = {{ git = \"{url}\", version = \"1.0.0\" }}")));
    let own = middle.commit();
    write(app.join("fuse.toml"), manifest(&format!("M = \"{}/.git\"", middle.url())));
    let expected = vec![format!("M app/.fuse/deps/M/{own}"), format!("R app/.fuse/deps/R/{commit}")];
    assert_eq!(resolved(&app, LockMode::Keep), Ok(expected.clone()));
    let both =
        |fields: &str| manifest(&format!("M = \"{}/.git\"\nR = {{ git = \"{url}\"{fields} }}", middle.url()));
    write(app.join("fuse.toml"), both(", version = \"1.0.0\""));
    assert_eq!(resolved(&app, LockMode::Frozen), Ok(expected));
    for fields in ["", ", tag = \"v1.0.0\"", ", version = \"1.0.0\", subdir = \"lib\""] {
        write(app.join("fuse.toml"), both(fields));
        fails(
            &app,
            LockMode::Keep,
            "FUSE_DEP_CONFLICTING_SPECS",
            &format!("|version:1.0.0 in app/.fuse/deps/M/{own}/fuse.toml"),
        );
    }
    // While one is not resolved, nobody knows what it needs.
    middle.commit();
    write(
        app.join("fuse.toml"),
        manifest(&format!("M = {{ git = \"{}/.git\", branch = \"main\" }}", middle.url())),
    );
    fails(&app, LockMode::Check, "FUSE_LOCK_OUT_OF_DATE", "fuse.lock: update M. Hint");
}

#[test]
fn places_that_are_taken() {
    let (app, repository, commit) = with_repository("taken");
    request(&app, &repository, "");
    let cases = [
        (".fuse", "FUSE_DEP_CACHE_DIR_CREATE_FAILED"),
        (".fuse/deps", "FUSE_DEP_CACHE_DIR_CREATE_FAILED"),
        (".fuse/deps/R", "FUSE_DEP_CHECKOUT_DIR_CREATE_FAILED"),
        (&format!(".fuse/deps/R/{commit}"), "FUSE_DEP_CHECKOUT_NOT_GIT"),
    ];
    for (path, code) in cases {
        let _ = std::fs::remove_dir_all(app.join(".fuse"));
        write(app.join(path), "");
        fails(&app, LockMode::Keep, code, path);
        std::fs::remove_file(app.join(path)).unwrap();
        assert!(resolved(&app, LockMode::Keep).is_ok(), "{path}");
        assert!(std::fs::remove_file(app.join("fuse.lock")).is_ok());
    }
    assert!(resolved(&app, LockMode::Keep).is_ok());
    std::fs::remove_dir_all(app.join(format!(".fuse/deps/R/{commit}/.git"))).unwrap();
    fails(&app, LockMode::Frozen, "FUSE_DEP_CHECKOUT_NOT_GIT", "is not a git checkout. Hint: delete it");
}

#[test]
fn what_git_says_is_shown_without_credentials() {
    let (app, ..) = with_repository("says");
    let nowhere = "file://ann:s3cret@localhost/nowhere/at/all";
    write(app.join("fuse.toml"), manifest(&format!("R = {{ git = \"{nowhere}\" }}")));
    let errors = resolved(&app, LockMode::Keep).unwrap_err().join("\n");
    assert!(errors.contains("FUSE_DEP_GIT_COMMAND_FAILED] git cannot list the references of file://***@localhost/nowhere/at/all, which the dependency `R` needs (exit status 128)"), "{errors}");
    assert!(
        errors.contains("\nnote: git: fatal: ") && !errors.contains("s3cret") && !errors.contains("ann:"),
        "{errors}"
    );
    assert!(errors.lines().count() <= 11, "{errors}");
}

#[test]
fn credentials_are_in_no_file() {
    let (app, repository, commit) = with_repository("secret");
    write(
        app.join("fuse.toml"),
        manifest(&format!("R = {{ git = \"https://ann:s3cret@localhost:9/r\", rev = \"{commit}\" }}")),
    );
    // The commit is there already: it is used without asking anybody.
    let place = app.join(".fuse/deps/R");
    std::fs::create_dir_all(&place).unwrap();
    let clone =
        Command::new("git").args(["clone", "--quiet", &repository.url()]).arg(place.join(&commit)).status();
    assert!(clone.unwrap().success());
    assert_eq!(resolved(&app, LockMode::Keep), Ok(checkout(&commit)));
    let lock = lock_text(&app);
    assert!(
        lock.contains("git = \"https://***@localhost:9/r\"")
            && !lock.contains("s3cret")
            && !lock.contains("ann"),
        "{lock}"
    );
    assert!(lock.contains(&format!("requested = \"git:https://***@localhost:9/r|rev:{commit}\"")), "{lock}");
    // Other credentials are the same request.
    write(
        app.join("fuse.toml"),
        manifest(&format!("R = {{ git = \"https://bob:other@localhost:9/r\", rev = \"{commit}\" }}")),
    );
    assert_eq!(resolved(&app, LockMode::Frozen), Ok(checkout(&commit)));
}

#[test]
fn nothing_of_a_repository_is_executed() {
    let (app, repository, _) = with_repository("execution");
    let root = app.parent().unwrap();
    let mark = root.join("executed");
    let script = format!("#!/bin/sh\ntouch '{}'\n", mark.display());
    for hook in ["post-checkout", "post-merge", "reference-transaction", "post-index-change"] {
        let path = repository.0.join(".git/hooks").join(hook);
        write(&path, &script);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        repository.write(&format!("hooks/{hook}"), &script);
    }
    // Attributes, submodules and settings that a repository brings.
    repository.write(".gitattributes", "* filter=evil diff=evil\n*.fuse text eol=crlf ident\n");
    repository.write(".gitconfig", &format!("[filter \"evil\"]\n\tsmudge = touch '{}'\n", mark.display()));
    repository.write(".gitmodules", "[submodule \"s\"]\n\tpath = s\n\turl = ext::sh -c id\n\tupdate = !id\n");
    repository.git(&["add", "--all"]);
    let own = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{own},s")]);
    let _ = std::fs::remove_file(&mark);
    repository.git(&["-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--message=x"]);
    request(&app, &repository, "");
    assert!(resolved(&app, LockMode::Keep).is_ok());
    assert!(!mark.exists());
    let checkout = &dependencies(&app, LockMode::Keep).unwrap()[0].root;
    assert!(
        std::fs::read_dir(checkout.join("s")).map_or(true, |mut entries| entries.next().is_none()),
        "no submodule"
    );
    assert!(!checkout.join(".git/hooks").exists(), "no template");
    assert!(!checkout.join(".git/FETCH_HEAD").exists(), "no URL");
}

#[test]
fn a_name_is_never_a_path() {
    let (app, repository, commit) = with_repository("names");
    for name in ["A-b_9", "_", "HEAD", "con"] {
        write(app.join("fuse.toml"), manifest(&format!("{name} = \"{}/.git\"", repository.url())));
        assert_eq!(
            resolved(&app, LockMode::Keep),
            Ok(vec![format!("{name} app/.fuse/deps/{name}/{commit}")])
        );
    }
    write(app.join("fuse.toml"), manifest(&format!("\"..\" = \"{}/.git\"", repository.url())));
    let errors = resolved(&app, LockMode::Keep).unwrap_err();
    assert!(errors[0].starts_with("error FUSE_DEP_INVALID_NAME"), "{errors:?}");
}

#[test]
fn two_commands_at_the_same_time() {
    let (app, repository, commit) = with_repository("together");
    request(&app, &repository, "");
    std::thread::scope(|scope| {
        let run = || assert_eq!(resolved(&app, LockMode::Keep), Ok(checkout(&commit)));
        (0..4).for_each(|_| drop(scope.spawn(run)));
    });
    assert_eq!(std::fs::read_dir(app.join(".fuse/deps/R")).unwrap().count(), 1);
    assert_eq!(code(resolved(&app, LockMode::Frozen).map(|_| vec![])), "no error: []");
}

#[test]
fn repositories_of_the_other_object_format() {
    let root = folder("sha256", &[]);
    let repository = Repository(root.join("repo"));
    std::fs::create_dir_all(&repository.0).unwrap();
    repository.git(&["init", "--quiet", "--object-format=sha256"]);
    repository.write("m.fuse", "");
    let commit = repository.commit();
    assert_eq!(commit.len(), 64);
    let app = root.join("app");
    for fields in ["", &format!(", rev = \"{}\"", &commit[..12])] {
        let _ = std::fs::remove_dir_all(&app);
        request(&app, &repository, fields);
        assert_eq!(resolved(&app, LockMode::Keep), Ok(checkout(&commit)), "{fields}");
    }
}
