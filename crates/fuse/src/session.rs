//! What commands that load a program do first: package, variables, entry.

use std::path::{Path, PathBuf};

use fuse_diagnostics::codes;
use fuse_package::{Dependency, Environment, Located, LockMode, Manifest, Report, Request, locate, resolve};

use crate::args::UsageError;
use crate::cli::FAILED;
use crate::files::regular_file;
use crate::options::{Command, Invocation};
use crate::output::Output;

/// A command with everything it needs to load its program.
pub struct Session<'a> {
    pub invocation: Invocation,
    pub output: &'a Output,
    pub cwd: PathBuf,
    /// The manifest in force.
    pub manifest: Option<Manifest>,
    /// The file the program is loaded from, absolute. It exists; whether it holds a program is seen by loading it.
    pub entry: PathBuf,
    /// The app to start, if one is named.
    pub app: Option<String>,
    /// The program's dependencies, by name.
    pub dependencies: Vec<Dependency>,
    /// What the program finds in its environment besides the variables of this process.
    pub environment: Environment,
}

impl<'a> Session<'a> {
    /// Prepares a command. If that fails it has been reported, and the result is the exit status.
    pub fn prepare(invocation: Invocation, output: &'a Output) -> Result<Session<'a>, u8> {
        let cwd = current_directory(output)?;
        let mut report = Report::new();
        let located = locate(&request(&invocation, &cwd), &mut report);
        let Some(located) = located else {
            output.report(&report);
            return Err(FAILED);
        };
        let environment = environment(&invocation, &located, &mut report);
        output.report(&report);
        report.findings.clear();
        let entry = entry(&located, output)?;
        let mode = if invocation.options.frozen { LockMode::Frozen } else { LockMode::Keep };
        let dependencies = dependencies(located.manifest.as_ref(), mode, &mut report, output)?;
        let app = located.app(invocation.options.app.as_deref()).map(str::to_owned);
        let Located { manifest, .. } = located;
        Ok(Session { invocation, output, cwd, manifest, entry, app, dependencies, environment })
    }

    /// The directory for what the tool chain makes: in the package, or beside the entry.
    pub fn fuse_directory(&self) -> PathBuf {
        let beside = || self.entry.parent().unwrap_or(&self.cwd);
        self.manifest.as_ref().map_or_else(beside, |manifest| &manifest.directory).join(".fuse")
    }

    /// What the checker is told.
    pub fn check_options(&self) -> fuse_sema::Options {
        check_options(&self.dependencies, self.invocation.options.strict_architecture)
    }

    /// Runs the work between the step markers.
    pub fn framed(&self, work: impl FnOnce() -> u8) -> u8 {
        self.output.start(self.invocation.command.name());
        let status = work();
        self.output.end(status);
        status
    }
}

/// Finds the dependencies of a package. If that fails it has been reported, and the result is the exit status.
pub fn dependencies(
    manifest: Option<&Manifest>,
    mode: LockMode,
    report: &mut Report,
    output: &Output,
) -> Result<Vec<Dependency>, u8> {
    let Some(manifest) = manifest else { return Ok(Vec::new()) };
    let found = resolve(manifest, mode, report);
    output.report(report);
    found.ok_or(FAILED)
}

/// What the checker is told about a program with these dependencies.
pub fn check_options(dependencies: &[Dependency], strict_architecture: bool) -> fuse_sema::Options {
    let dependencies = dependencies.iter().cloned().map(|dependency| {
        let Dependency { name, root, checkout } = dependency;
        fuse_sema::Dependency { name, root, checkout }
    });
    fuse_sema::Options { dependencies: dependencies.collect(), strict_architecture }
}

/// The current directory; without one no relative path means anything.
pub fn current_directory(output: &Output) -> Result<PathBuf, u8> {
    match std::env::current_dir() {
        Ok(cwd) => {
            output.set_cwd(cwd.clone());
            Ok(cwd)
        }
        Err(error) => {
            let message = format!("cannot determine the current directory: {}", crate::files::reason(&error));
            output.error(codes::WRAPPER_CWD, &message);
            Err(FAILED)
        }
    }
}

fn request(invocation: &Invocation, cwd: &Path) -> Request {
    Request {
        cwd: cwd.to_path_buf(),
        manifest_path: invocation.options.manifest_path.clone(),
        positional: invocation.operands.first().map(PathBuf::from),
        file: invocation.options.file.clone(),
        file_is_last: invocation.options.file_is_last,
    }
}

fn environment(invocation: &Invocation, located: &Located, report: &mut Report) -> Environment {
    if invocation.command == Command::Fmt {
        // It runs nothing, and checks nothing that could depend on a variable.
        return Environment::new();
    }
    let is_set = |name: &str| std::env::var_os(name).is_some();
    let mut environment = Environment::prepare(&located.base, located.manifest.is_some(), is_set, report);
    if let Some(color) = &invocation.options.color {
        environment.set("FUSE_COLOR", color);
    }
    if let Some(diagnostics) = &invocation.options.diagnostics {
        environment.set("FUSE_DIAGNOSTICS", diagnostics);
    }
    environment
}

/// The entry, if there is such a file.
fn entry(located: &Located, output: &Output) -> Result<PathBuf, u8> {
    let Some(path) = &located.entry else {
        let message = "missing entry: pass a file path or set package.entry in fuse.toml";
        output.usage_error(&UsageError::new(message));
        return Err(FAILED);
    };
    regular_file(path).map(|()| path.clone()).map_err(|reason| {
        let named = match &located.manifest {
            Some(manifest) if located.entry_from_manifest => {
                format!(" (package.entry of {})", manifest.path.display())
            }
            _ => String::new(),
        };
        let message = format!("cannot read entry {}{named}: {reason}", path.display());
        output.error(codes::WRAPPER_FILE_READ, &message);
        FAILED
    })
}
