//! Packages and repositories to resolve.

use std::path::{Path, PathBuf};
use std::process::Command;

use fuse_package::{Dependency, LockMode, Report, resolve};

use crate::common::{findings, load};

/// The dependencies of the package in a directory as `name root`, roots relative to the directory above the package; or what
/// is wrong.
pub fn resolved(package: &Path, mode: LockMode) -> Result<Vec<String>, Vec<String>> {
    let above = package.parent().unwrap();
    let shown = |dependency: Dependency| {
        let root = dependency.root.strip_prefix(above).unwrap_or(&dependency.root).display().to_string();
        format!("{} {root}", dependency.name)
    };
    dependencies(package, mode).map(|list| list.into_iter().map(shown).collect())
}

/// The dependencies of a package, or what is wrong; places of files are relative to the directory above the package.
pub fn dependencies(package: &Path, mode: LockMode) -> Result<Vec<Dependency>, Vec<String>> {
    let (manifest, mut report) = load(package);
    let found = manifest.and_then(|manifest| resolve(&manifest, mode, &mut report));
    assert_eq!(found.is_none(), report.failed(), "{:?}", findings(&report));
    found.ok_or_else(|| messages(&report, package))
}

/// Every finding with its notes.
pub fn messages(report: &Report, package: &Path) -> Vec<String> {
    let above = format!("{}/", package.parent().unwrap().display());
    let list = findings(report).into_iter().zip(&report.findings).map(|(shown, finding)| {
        let lines: Vec<String> = std::iter::once(shown).chain(finding.notes.iter().cloned()).collect();
        lines.join("\n").replace(&above, "")
    });
    list.collect()
}

/// The code of the only error.
pub fn code(result: Result<Vec<String>, Vec<String>>) -> String {
    match result {
        Ok(list) => format!("no error: {list:?}"),
        Err(errors) => {
            let errors: Vec<&String> = errors.iter().filter(|error| error.starts_with("error ")).collect();
            assert_eq!(errors.len(), 1, "{errors:?}");
            errors[0].split(' ').nth(1).unwrap().to_owned()
        }
    }
}

/// Resolves, and expects the code and the text in its message.
#[track_caller]
pub fn fails(package: &Path, mode: LockMode, code: &str, text: &str) {
    let errors = resolved(package, mode).expect_err(code);
    let start = format!("error {code} ");
    assert!(errors.iter().any(|error| error.starts_with(&start)), "{code}: {errors:#?}");
    assert!(
        errors.iter().any(|error| error.contains(text) && error.contains(&format!("[{code}] "))),
        "{text}: {errors:#?}"
    );
}

/// The lock file of a package, empty if there is none.
pub fn lock_text(package: &Path) -> String {
    std::fs::read_to_string(package.join("fuse.lock")).unwrap_or_default()
}

/// Writes a file and its folders.
pub fn write(path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A manifest with these dependencies.
pub fn manifest(dependencies: &str) -> String {
    format!("[package]\nentry = \"main.fuse\"\n[dependencies]\n{dependencies}\n")
}

/// A repository on this machine.
pub struct Repository(pub PathBuf);

impl Repository {
    /// An empty one.
    pub fn new(directory: PathBuf) -> Repository {
        std::fs::create_dir_all(&directory).unwrap();
        let repository = Repository(directory);
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    pub fn url(&self) -> String {
        format!("file://{}", self.0.display())
    }

    pub fn write(&self, path: &str, text: &str) {
        write(self.0.join(path), text);
    }

    /// Commits everything; the commit id.
    pub fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(&self.0)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.org")])
            .envs([("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@example.org")])
            .output()
            .expect("git is installed");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}
