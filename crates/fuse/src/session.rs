//! What commands that load a program do first: package, variables, entry.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use fuse_diagnostics::{Level, codes};
use fuse_files::OutputError;
use fuse_package::{
    Dependency, Environment, Located, LockMode, Manifest, Report, Request, STATIC_DIR_VARIABLE, locate,
    resolve,
};

use crate::args::UsageError;
use crate::assets;
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
    /// Where the program that runs looks for its OpenAPI document, if it shows one and the user has not said where that lies.
    pub openapi_document: Option<PathBuf>,
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
        if invocation.options.dev_parent.is_some() {
            // `fuse dev` has told them.
            report.findings.retain(|finding| finding.level == Level::Error);
        }
        output.report(&report);
        report.findings.clear();
        let entry = entry(&located, output)?;
        let mode = if invocation.options.frozen { LockMode::Frozen } else { LockMode::Keep };
        let dependencies = dependencies(located.manifest.as_ref(), mode, &mut report, output)?;
        let app = located.app(invocation.options.app.as_deref()).map(str::to_owned);
        let Located { manifest, .. } = located;
        let openapi_document = None;
        let mut session = Session {
            invocation,
            output,
            cwd,
            manifest,
            entry,
            app,
            dependencies,
            environment,
            openapi_document,
        };
        if session.invocation.command == Command::Run {
            session.prepare_site();
        }
        Ok(session)
    }

    /// Hands the settings of the manifest for the program's pages to the program (toolchain reference 6.5).
    fn prepare_site(&mut self) {
        let in_dev = self.invocation.options.dev_parent.is_some();
        // Also without a manifest `dev` shows the OpenAPI document.
        let settings = match &self.manifest {
            Some(manifest) => manifest.clone(),
            None if in_dev => Manifest::default(),
            None => return,
        };
        let variables = if in_dev { settings.dev_variables() } else { settings.variables() };
        for (name, value) in variables {
            let value = match name {
                STATIC_DIR_VARIABLE => settings.resolve(&value).into_os_string(),
                _ => value.into(),
            };
            self.environment.set_if_unset(name, value, is_set);
        }
        if let Some(map) = self.manifest.as_ref().and_then(assets::map) {
            self.environment.set_if_unset(assets::MAP_VARIABLE, map, is_set);
        }
        if settings.serve.openapi_ui.unwrap_or(in_dev) {
            let path = self.fuse_directory().join("dev/openapi.json");
            let ours = self.environment.set_if_unset("FUSE_OPENAPI_JSON_PATH", path.clone(), is_set);
            self.openapi_document = ours.then_some(path);
        }
    }

    /// The directory for what the tool chain makes: in the package, or beside the entry.
    pub fn fuse_directory(&self) -> PathBuf {
        let beside = || self.entry.parent().unwrap_or(&self.cwd);
        self.manifest.as_ref().map_or_else(beside, |manifest| &manifest.directory).join(".fuse")
    }

    /// The value of a variable that the program will find.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name).or_else(|| self.environment.get(name).cloned())
    }

    /// The package directory, or without a package the current one.
    pub fn base(&self) -> &Path {
        self.manifest.as_ref().map_or(&self.cwd, |manifest| &manifest.directory)
    }

    /// What the checker is told.
    pub fn check_options(&self) -> fuse_sema::Options {
        check_options(&self.dependencies, self.invocation.options.strict_architecture)
    }

    /// Runs the work between the step markers.
    pub fn framed(&self, work: impl FnOnce() -> u8) -> u8 {
        self.output.start(self.invocation.command.name());
        self.output.end(work())
    }
}

/// Creates the folder for what the tool chain makes if the file is to lie in it.
pub fn prepare_directory(session: &Session<'_>, output: &Path) -> Result<(), OutputError> {
    let directory = session.fuse_directory();
    if output.starts_with(&directory) { fuse_files::prepare_fuse_dir(&directory) } else { Ok(()) }
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

/// Whether this process has a variable.
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some()
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
