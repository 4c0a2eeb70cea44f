//! `fuse deps`: the lock file of a package, and whether the packages of a workspace can be published.

use std::path::PathBuf;

use fuse_diagnostics::text::place;
use fuse_diagnostics::{Diagnostic, Level, codes};
use fuse_package::{
    LockMode, Purpose, Report, Request, Unready, locate, packages_below, publish_check, resolve,
};

use crate::cli::{FAILED, OK};
use crate::commands::workspace::{no_packages, root, shown};
use crate::options::Invocation;
use crate::output::Output;
use crate::session::current_directory;

/// Runs the subcommand, which the command line has.
pub fn run(invocation: &Invocation, output: &Output) -> u8 {
    let lock_file = invocation.operands.first().is_some_and(|name| name == "lock");
    let done = if lock_file { lock(invocation, output) } else { publish(invocation, output) };
    done.map_or_else(|status| status, |()| OK)
}

/// `fuse deps lock [path]`: brings the lock file up to date, or tells that it is not.
fn lock(invocation: &Invocation, output: &Output) -> Result<(), u8> {
    let options = &invocation.options;
    let path = invocation.operands.get(1).map(PathBuf::from);
    let request = Request {
        cwd: current_directory(output)?,
        manifest_path: path.or_else(|| options.manifest_path.clone()),
        ..Request::default()
    };
    let mut report = Report::new();
    let located = locate(&request, &mut report);
    let mode = match (options.check, options.update) {
        (true, _) => LockMode::Check,
        (false, true) => LockMode::Update,
        (false, false) => LockMode::Keep,
    };
    let done = located.and_then(|located| match &located.manifest {
        Some(manifest) => resolve(manifest, mode, &mut report).map(|_| true),
        None => Some(false),
    });
    output.report(&report);
    if done == Some(false) {
        let message = "fuse deps lock needs a package: there is no fuse.toml in this directory or above it";
        output.error(codes::WRAPPER_MANIFEST_REQUIRED, message);
    }
    if done == Some(true) { Ok(()) } else { Err(FAILED) }
}

/// `fuse deps publish-check [path]`: one line for each reason why a package cannot be published.
fn publish(invocation: &Invocation, output: &Output) -> Result<(), u8> {
    let cwd = current_directory(output)?;
    let root = root(invocation, 1, &cwd, output)?;
    let packages = packages_below(&root, Purpose::Publish).map_err(|unreadable| {
        let message = format!("cannot read {}: {}", unreadable.directory.display(), unreadable.reason);
        output.error(codes::WRAPPER_FILE_READ, &message);
        FAILED
    })?;
    if packages.is_empty() {
        return Err(no_packages(&root, output));
    }
    let unready = publish_check(&packages);
    if unready.is_empty() {
        return Ok(());
    }
    let code = codes::WORKSPACE_PUBLISH_NOT_READY;
    let mut summary = Report::new();
    summary.findings.push(Diagnostic {
        level: Level::Error,
        code,
        message: format!("[{code}] {} of {} package(s) cannot be published", unready.len(), packages.len()),
        file: None,
        span: Default::default(),
        notes: unready.iter().flat_map(|unready| lines(unready, &root, &cwd)).collect(),
    });
    output.report(&summary);
    Err(FAILED)
}

/// `- <directory>: <error>` for each error of a package.
fn lines(unready: &Unready, root: &std::path::Path, cwd: &std::path::Path) -> Vec<String> {
    let Unready { directory, report } = unready;
    let errors = report.findings.iter().filter(|finding| finding.level == Level::Error);
    let line = |finding: &Diagnostic| {
        let file = finding.file.and_then(|file| report.sources.get(file));
        let place = file.map(|file| format!(" ({})", place(file, file.position(finding.span.start), cwd)));
        format!("- {}: {}{}", shown(directory, root), finding.message, place.unwrap_or_default())
    };
    errors.map(line).collect()
}
