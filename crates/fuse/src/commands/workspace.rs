//! `fuse check --workspace`: every package below a directory.

use std::path::{Path, PathBuf};

use fuse_diagnostics::codes;
use fuse_diagnostics::display::{display_path, one_line};
use fuse_diagnostics::json::Object;
use fuse_files::{relative, with_slashes};
use fuse_package::{LockMode, MANIFEST_NAME, Manifest, Purpose, Report, packages_below};
use fuse_sema::DiskFiles;

use crate::cli::{FAILED, OK};
use crate::files::{reason, regular_file};
use crate::options::Invocation;
use crate::output::Output;
use crate::session::{check_options, current_directory, dependencies};

/// Checks the packages.
pub fn run(invocation: &Invocation, output: &Output) -> u8 {
    let root = match current_directory(output).and_then(|cwd| Ok((root(invocation, 0, &cwd, output)?, cwd))) {
        Ok(root) => root,
        Err(status) => return status,
    };
    output.start(invocation.command.name());
    output.end(check_all(invocation, &root.0, &root.1, output).map_or_else(|status| status, |()| OK))
}

fn check_all(invocation: &Invocation, root: &Path, cwd: &Path, output: &Output) -> Result<(), u8> {
    let packages = packages_below(root, Purpose::Check).map_err(|unreadable| {
        let message = format!("cannot read {}: {}", unreadable.directory.display(), unreadable.reason);
        output.error(codes::WRAPPER_FILE_READ, &message);
        FAILED
    })?;
    if packages.is_empty() {
        return Err(no_packages(root, output));
    }
    let (mut checked, mut failed) = (0, 0);
    for directory in &packages {
        let Some(valid) = check_package(invocation, directory, output) else { continue };
        checked += 1;
        failed += usize::from(!valid);
        let name = if directory == cwd { ".".to_owned() } else { display_path(directory, cwd) };
        output.stdout(&format!("check: {name} — {}\n", if valid { "ok" } else { "failed" }));
        if valid {
            output.event(
                Object::new().string("event", "check.ok").string("package", &directory.to_string_lossy()),
            );
        }
    }
    if failed == 0 {
        output.stdout(&format!("workspace check: {checked} package(s) — all ok\n"));
        return Ok(());
    }
    output.stdout(&format!("workspace check: {failed} of {checked} package(s) failed\n"));
    Err(FAILED)
}

/// Whether a package has no errors; `None` if it has no entry, and so is nothing to check.
fn check_package(invocation: &Invocation, directory: &Path, output: &Output) -> Option<bool> {
    let options = &invocation.options;
    let mut report = Report::new();
    let Some(manifest) = Manifest::load(&directory.join(MANIFEST_NAME), &mut report) else {
        output.report(&report);
        return Some(false);
    };
    let entry = manifest.resolve(manifest.package.entry.as_deref()?);
    output.report(&report);
    report.findings.clear();
    if let Err(reason) = regular_file(&entry) {
        let named = manifest.path.display();
        let message = format!("cannot read entry {} (package.entry of {named}): {reason}", entry.display());
        output.error(codes::WRAPPER_FILE_READ, &message);
        return Some(false);
    }
    let mode = if options.frozen { LockMode::Frozen } else { LockMode::Keep };
    let Ok(dependencies) = dependencies(Some(&manifest), mode, &mut report, output) else {
        return Some(false);
    };
    let options = check_options(&dependencies, options.strict_architecture);
    let checked = fuse_sema::check(&entry, &DiskFiles, &options);
    Some(!output.diagnostics(checked.diagnostics, &checked.sources))
}

/// The root of the workspace: an operand, `--manifest-path`, or the current directory. Symbolic links are resolved.
pub fn root(invocation: &Invocation, operand: usize, cwd: &Path, output: &Output) -> Result<PathBuf, u8> {
    let operand = invocation.operands.get(operand).map(PathBuf::from);
    let given = operand.or_else(|| invocation.options.manifest_path.clone()).unwrap_or_default();
    let path = cwd.join(&given);
    // A manifest stands for its directory.
    let directory = if path.is_file() { path.parent().unwrap_or(cwd) } else { &path };
    let found = directory.canonicalize().and_then(|path| match path.is_dir() {
        true => Ok(path),
        false => Err(std::io::ErrorKind::NotADirectory.into()),
    });
    found.map_err(|error| {
        let message = format!("cannot read the workspace {}: {}", given.display(), reason(&error));
        output.error(codes::WRAPPER_FILE_READ, &message);
        FAILED
    })
}

/// Reports a workspace without packages.
pub fn no_packages(root: &Path, output: &Output) -> u8 {
    let code = codes::WORKSPACE_NO_MANIFESTS;
    let message = format!(
        "[{code}] there is no fuse.toml in {} or below it. Hint: name the directory that holds the packages",
        root.display()
    );
    output.error(code, &message);
    FAILED
}

/// A directory of the workspace relative to its root.
pub fn shown(directory: &Path, root: &Path) -> String {
    let below = with_slashes(&relative(directory, root));
    if below.is_empty() { ".".to_owned() } else { one_line(&below).into_owned() }
}
