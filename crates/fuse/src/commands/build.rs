//! `fuse build`: check, compile, and on request link an executable.

use std::path::{Path, PathBuf};

use fuse_codegen::Object;
use fuse_diagnostics::{Code, codes};
use fuse_hir::Program;
use fuse_link::{
    BuildReport, ConfigField, Edition, Input, LinkRequest, Linked, LinkerKind, Metadata, Mode, OutputError,
    STAGES,
};
use fuse_package::Profile;
use fuse_sema::Checked;

use crate::cli::{FAILED, OK};
use crate::commands::front_end;
use crate::compile::{Effort, internal_message, select_app, to_ir};
use crate::options::Options;
use crate::session::Session;

/// Builds the program.
pub fn run(session: &Session<'_>) -> u8 {
    session.framed(|| build(session).map_or_else(|status| status, |()| OK))
}

fn build(session: &Session<'_>) -> Result<(), u8> {
    let options = &session.invocation.options;
    require_target(session)?;
    require_available(session)?;
    if options.clean {
        clean(session)?;
        if !requests_executable(options) {
            return Ok(());
        }
    }
    match profile(session) {
        Some(profile) => executable(session, profile),
        None => verify(session),
    }
}

/// Without an executable: everything up to machine code, which is thrown away.
fn verify(session: &Session<'_>) -> Result<(), u8> {
    let checked = front_end(session)?;
    let Some(program) = &checked.program else { return Err(FAILED) };
    if program.apps.is_empty() && session.app.is_none() {
        return Ok(());
    }
    compile(session, program, Profile::Debug).map(|_| ())
}

/// A program as an object, and what its executable says about it.
struct Compiled {
    app: String,
    entry: String,
    config: Vec<ConfigField>,
    object: Object,
}

fn executable(session: &Session<'_>, profile: Profile) -> Result<(), u8> {
    let stage = |number: usize| {
        session.output.step("build", &format!("aot [{number}/6] {}", STAGES[number - 1]));
    };
    stage(1);
    let checked = front_end(session)?;
    let Some(program) = &checked.program else { return Err(FAILED) };
    // There are no caches; the stage is told all the same.
    stage(2);
    stage(3);
    let compiled = compile(session, program, profile)?;
    stage(4);
    let output = output_path(session);
    let functions = compiled.object.functions.clone();
    let request = request(session, profile, compiled, &output);
    stage(5);
    stage(6);
    let linked = fuse_link::link(request).map_err(|error| {
        let code = match error.code() {
            "wrapper_target_unsupported" => codes::WRAPPER_TARGET_UNSUPPORTED,
            _ => codes::WRAPPER_BUILD_LINK,
        };
        fail(session, code, &error.to_string())
    })?;
    let report = BuildReport::new(&linked, functions, inputs(session, &checked));
    write(session, &output, &linked, &report).map_err(|error| {
        let OutputError { path, error } = error;
        let message = format!("cannot write {}: {}", path.display(), crate::files::reason(&error));
        fail(session, codes::WRAPPER_FILE_WRITE, &message)
    })?;
    let line = fuse_link::composition_line(&output, &linked);
    session.output.step("build", line.trim_start_matches("[build] "));
    Ok(())
}

fn fail(session: &Session<'_>, code: Code, message: &str) -> u8 {
    session.output.error(code, message);
    FAILED
}

fn compile(session: &Session<'_>, program: &Program, profile: Profile) -> Result<Compiled, u8> {
    let app = select_app(program, session.app.as_deref())
        .map_err(|message| fail(session, codes::WRAPPER_RUNTIME_SETUP, &message))?;
    let effort = if profile == Profile::Debug { Effort::Quick } else { Effort::Full };
    let ir = to_ir(program, app.map(|app| app.function), effort);
    // In every profile: `release` must be laid out as `release-with-symbols` is, so both are cut from the same link.
    let options = fuse_codegen::Options {
        debug_info: true,
        refuse: session.invocation.options.refuse.clone(),
        ..effort.codegen()
    };
    let entry = ir.entry.map_or_else(String::new, |id| ir.function(id).name.clone());
    let object = fuse_codegen::emit_object(&ir, &options)
        .map_err(|error| fail(session, codes::WRAPPER_INTERNAL, &internal_message(&error)))?;
    let app = app.map_or_else(String::new, |app| app.name.clone());
    Ok(Compiled { app, entry, config: config_fields(program), object })
}

/// The program's configuration fields, in the order in which they are resolved.
fn config_fields(program: &Program) -> Vec<ConfigField> {
    let mut fields = Vec::new();
    for config in &program.configs {
        fields.extend(config.fields.iter().map(|field| ConfigField {
            config: config.name.clone(),
            field: field.name.clone(),
            ty: field.written.clone(),
            variable: field.variable.clone(),
        }));
    }
    fields
}

fn request(session: &Session<'_>, profile: Profile, compiled: Compiled, output: &Path) -> LinkRequest {
    let options = &session.invocation.options;
    let manifest = session.manifest.as_ref();
    let of_manifest = manifest.is_some_and(|manifest| manifest.build.static_link);
    let symbols = output.file_name().map(|name| name.to_string_lossy().into_owned() + ".sym");
    LinkRequest {
        program: compiled.object.bytes,
        profile: match profile {
            Profile::Debug => fuse_link::Profile::Debug,
            Profile::Release => fuse_link::Profile::Release,
            Profile::ReleaseWithSymbols => fuse_link::Profile::ReleaseWithSymbols,
        },
        mode: if options.static_link || of_manifest { Mode::Static } else { Mode::Dynamic },
        edition: if options.test_edition { Edition::Test } else { Edition::Published },
        linker: if options.system_linker { LinkerKind::System } else { LinkerKind::BuiltIn },
        cli_version: env!("CARGO_PKG_VERSION").to_owned(),
        symbols_name: symbols.unwrap_or_default(),
        options: String::new(),
        metadata: Metadata {
            package: manifest.map_or_else(String::new, |manifest| manifest.package.name.clone()),
            version: manifest.map_or_else(|| "0.1.0".to_owned(), |manifest| manifest.package.version.clone()),
            app: compiled.app,
            entry: compiled.entry,
            config: compiled.config,
            openapi: None,
        },
    }
}

/// `[build] native_bin`, else `program.aot` in the build folder.
fn output_path(session: &Session<'_>) -> PathBuf {
    let by_manifest = session.manifest.as_ref().and_then(|manifest| {
        let path = manifest.build.native_bin.as_deref()?;
        Some(manifest.resolve(path))
    });
    by_manifest.unwrap_or_else(|| session.fuse_directory().join("build/program.aot"))
}

/// The executable first: a report or symbol file of an executable that does not exist would mislead.
fn write(
    session: &Session<'_>,
    output: &Path,
    linked: &Linked,
    report: &BuildReport,
) -> Result<(), OutputError> {
    let directory = session.fuse_directory();
    if output.starts_with(&directory) {
        fuse_link::prepare_fuse_dir(&directory)?;
    }
    fuse_link::write_executable(output, &linked.executable)?;
    let beside = |extension: &str| {
        let mut name = output.as_os_str().to_owned();
        name.push(extension);
        PathBuf::from(name)
    };
    if let Some(symbols) = &linked.symbols {
        fuse_link::write_file(&beside(".sym"), symbols)?;
    }
    fuse_link::write_file(&beside(".json"), report.json().as_bytes())
}

/// Every file that the build read, by its path in the package.
fn inputs(session: &Session<'_>, checked: &Checked) -> Vec<Input> {
    let input = |path: &Path, bytes: &[u8]| Input {
        path: checked.packages.shown(path),
        sha256: fuse_link::sha256_hex(bytes),
    };
    let sources = checked.sources.iter().map(|(_, source)| input(source.path(), source.text().as_bytes()));
    let settings = session
        .manifest
        .iter()
        .flat_map(|manifest| [manifest.path.clone(), manifest.directory.join(fuse_package::LOCK_NAME)]);
    let settings = settings.filter_map(|path| Some(input(&path, &std::fs::read(&path).ok()?)));
    let mut inputs = sources.chain(settings).collect::<Vec<_>>();
    inputs.sort();
    inputs
}

/// Settings of the manifest that a later version will understand: never ignored.
fn require_available(session: &Session<'_>) -> Result<(), u8> {
    let Some(manifest) = &session.manifest else { return Ok(()) };
    let assets = &manifest.assets;
    let missing = [
        (manifest.build.openapi.is_some(), "[build] openapi"),
        (assets.css.is_some(), "[assets] css"),
        (
            assets.before_build.as_deref().is_some_and(|command| !command.is_empty()),
            "[assets.hooks] before_build",
        ),
    ];
    match missing.iter().find(|(set, _)| *set) {
        Some((_, what)) => {
            let message =
                format!("{what} in {} is not available in this version of fuse", manifest.path.display());
            Err(fail(session, codes::NOT_AVAILABLE, &message))
        }
        None => Ok(()),
    }
}

/// Whether the command line asks for an executable.
fn requests_executable(options: &Options) -> bool {
    options.aot
        || options.release
        || options.profile.is_some()
        || options.static_link
        || options.target.is_some()
}

/// The profile of the executable, or `None` if none is to be made.
fn profile(session: &Session<'_>) -> Option<Profile> {
    let options = &session.invocation.options;
    let build = session.manifest.as_ref().map(|manifest| &manifest.build);
    let wanted = requests_executable(options) || build.is_some_and(|build| build.native_bin.is_some());
    let asked = options.profile.or(options.release.then_some(Profile::Release));
    let of_manifest = build.and_then(|build| build.profile).filter(|_| requests_executable(options));
    wanted.then(|| asked.or(of_manifest).unwrap_or(Profile::Debug))
}

/// Refuses, before anything is compiled, what this tool chain has no runtime for.
fn require_target(session: &Session<'_>) -> Result<(), u8> {
    let options = &session.invocation.options;
    let by_manifest = session.manifest.as_ref().is_some_and(|manifest| manifest.build.static_link);
    fuse_link::check_target(options.target.as_deref(), options.static_link || by_manifest).map_err(|error| {
        session.output.error(codes::WRAPPER_TARGET_UNSUPPORTED, &error.to_string());
        FAILED
    })
}

/// Deletes `.fuse/build`.
fn clean(session: &Session<'_>) -> Result<(), u8> {
    let directory = session.fuse_directory().join("build");
    match std::fs::remove_dir_all(&directory) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => {
            let reason = crate::files::reason(&error);
            let message = format!("cannot delete {}: {reason}", directory.display());
            session.output.error(codes::WRAPPER_FILE_WRITE, &message);
            Err(FAILED)
        }
    }
}
