//! `fuse build`: check, compile, and on request link an executable.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fuse_codegen::Object;
use fuse_diagnostics::{Code, Sources, codes};
use fuse_files::{OutputError, Staged, normalize, stage_executable, stage_file};
use fuse_hir::Program;
use fuse_link::{
    BuildReport, ConfigField, Edition, Input, LinkRequest, Linked, LinkerKind, Metadata, Mode, STAGES,
};
use fuse_package::{Manifest, Profile};
use fuse_sema::Checked;

use crate::assets;
use crate::cli::{FAILED, OK};
use crate::commands::{front_end, openapi};
use crate::compile::{Effort, cannot_run, internal_message, select_app, to_ir_with_names};
use crate::options::Options;
use crate::session::{Session, prepare_directory};

/// Builds the program.
pub fn run(session: &Session<'_>) -> u8 {
    session.framed(|| build(session).map_or_else(|status| status, |()| OK))
}

fn build(session: &Session<'_>) -> Result<(), u8> {
    let options = &session.invocation.options;
    require_target(session)?;
    if options.clean {
        clean(session)?;
        if !requests_executable(options) {
            return Ok(());
        }
    }
    let style_sheets = assets(session)?;
    let (checked, linked) = match profile(session) {
        Some(profile) => {
            executable(session, profile, &style_sheets).map(|(checked, linked)| (checked, Some(linked)))?
        }
        None => (verify(session)?, None),
    };
    let Some(program) = &checked.program else { return Err(FAILED) };
    let written = write(session, program, linked.as_ref());
    written.map_err(|error| fail(session, codes::WRAPPER_FILE_WRITE, &error.to_string()))?;
    if let Some(Executable { output, linked, .. }) = &linked {
        let line = fuse_link::composition_line(output, linked);
        session.output.step("build", line.trim_start_matches("[build] "));
    }
    Ok(())
}

/// Runs the hook and the pipeline of assets; the style sheets that the program is told about.
fn assets(session: &Session<'_>) -> Result<Vec<PathBuf>, u8> {
    let Some(manifest) = &session.manifest else { return Ok(Vec::new()) };
    assets::before_build(manifest).map_err(|message| {
        session.output.failure(codes::WRAPPER_ASSET_ERROR, &message);
        FAILED
    })?;
    assets::prepare(manifest).map_err(|message| fail(session, codes::WRAPPER_ASSET_ERROR, &message))
}

/// Without an executable: everything up to machine code, which is thrown away.
fn verify(session: &Session<'_>) -> Result<Checked, u8> {
    let checked = front_end(session)?;
    let Some(program) = &checked.program else { return Err(FAILED) };
    spare_inputs(session, &checked, &[])?;
    compile(session, program, &checked.sources, Profile::Debug)?;
    Ok(checked)
}

/// A program as an object, and what its executable says about it.
struct Compiled {
    /// The OpenAPI document, if the package serves the page that shows it.
    openapi: Option<String>,
    app: String,
    entry: String,
    config: Vec<ConfigField>,
    /// The names of all functions.
    functions: Vec<String>,
    object: Object,
}

/// An executable that is to be written.
struct Executable {
    output: PathBuf,
    linked: Linked,
    report: BuildReport,
}

fn executable(
    session: &Session<'_>,
    profile: Profile,
    style_sheets: &[PathBuf],
) -> Result<(Checked, Executable), u8> {
    let stage = |number: usize| {
        session.output.step("build", &format!("aot [{number}/6] {}", STAGES[number - 1]));
    };
    stage(1);
    let checked = front_end(session)?;
    let Some(program) = &checked.program else { return Err(FAILED) };
    let output = output_path(session);
    spare_inputs(session, &checked, &[output.clone(), beside(&output, ".sym"), beside(&output, ".json")])?;
    // There are no caches; the stage is told all the same.
    stage(2);
    stage(3);
    let compiled = compile(session, program, &checked.sources, profile)?;
    stage(4);
    let functions = compiled.functions.clone();
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
    let report = BuildReport::new(&linked, functions, inputs(session, &checked, style_sheets));
    Ok((checked, Executable { output, linked, report }))
}

fn fail(session: &Session<'_>, code: Code, message: &str) -> u8 {
    session.output.error(code, message);
    FAILED
}

fn compile(
    session: &Session<'_>,
    program: &Program,
    sources: &Sources,
    profile: Profile,
) -> Result<Compiled, u8> {
    let app = select_app(program, session.app.as_deref())
        .map_err(|message| fail(session, codes::WRAPPER_RUNTIME_SETUP, &message))?;
    let effort = if profile == Profile::Debug { Effort::Quick } else { Effort::Full };
    let (ir, functions) = to_ir_with_names(program, app.map(|app| app.function), effort)
        .map_err(|reached| cannot_run(program, sources, reached, session.output))?;
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
    let shows_openapi =
        session.manifest.as_ref().and_then(|manifest| manifest.serve.openapi_ui) == Some(true);
    let openapi = shows_openapi.then(|| openapi::document(session, program));
    Ok(Compiled { openapi, app, entry, config: config_fields(program), functions, object })
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
            openapi: compiled.openapi,
            settings: manifest.map_or_else(Vec::new, settings),
        },
    }
}

/// What the executable is to do as `fuse run` does it, unless the environment says otherwise. Folders are looked for where it runs.
fn settings(manifest: &Manifest) -> Vec<(String, String)> {
    let mut settings: Vec<(String, String)> =
        manifest.variables().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    settings.extend(assets::map(manifest).map(|map| (assets::MAP_VARIABLE.to_owned(), map)));
    settings
}

/// `[build] native_bin`, else `program.aot` in the build folder.
fn output_path(session: &Session<'_>) -> PathBuf {
    let by_manifest = session.manifest.as_ref().and_then(|manifest| {
        let path = manifest.build.native_bin.as_deref()?;
        Some(manifest.resolve(path))
    });
    by_manifest.unwrap_or_else(|| session.fuse_directory().join("build/program.aot"))
}

/// Writes all that the build makes, or if one of the files cannot be written, none. The executable comes first: a report or symbol file of an executable
/// that does not exist would mislead.
fn write(
    session: &Session<'_>,
    program: &Program,
    executable: Option<&Executable>,
) -> Result<(), OutputError> {
    let mut staged = Vec::new();
    if let Some(Executable { output, linked, report }) = executable {
        prepare_directory(session, output)?;
        staged.push(stage_executable(output, &linked.executable)?);
        let symbols = beside(output, ".sym");
        match &linked.symbols {
            Some(bytes) => staged.push(stage_file(&symbols, bytes)?),
            // A killed build may have left a part of some. Where no file can be, there is none.
            None => drop(stage_file(&symbols, b"")),
        }
        staged.push(stage_file(&beside(output, ".json"), report.json().as_bytes())?);
    }
    if let Some(path) = document_path(session) {
        staged.push(openapi::stage(session, program, &path)?);
    }
    if let Some(Executable { output, .. }) = executable.filter(|made| made.linked.symbols.is_none()) {
        // Those of an earlier build do not fit any more.
        remove_symbols(&beside(output, ".sym"))?;
    }
    staged.into_iter().try_for_each(Staged::commit)
}

/// Where the manifest wants the OpenAPI document.
fn document_path(session: &Session<'_>) -> Option<PathBuf> {
    let manifest = session.manifest.as_ref()?;
    manifest.build.openapi.as_deref().map(|path| manifest.resolve(path))
}

/// Removes the symbol file of an earlier build, if it is one: what else has that name is nobody's to delete.
fn remove_symbols(path: &Path) -> Result<(), OutputError> {
    let is_one = std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"));
    match if is_one { std::fs::remove_file(path) } else { Ok(()) } {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(OutputError { path: path.to_owned(), error })
        }
        _ => Ok(()),
    }
}

/// The path of a file that belongs to an executable.
fn beside(output: &Path, extension: &str) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(extension);
    PathBuf::from(name)
}

/// Refuses outputs that would replace what the build reads, or each other: a slip in the manifest must not cost a source file.
fn spare_inputs(session: &Session<'_>, checked: &Checked, outputs: &[PathBuf]) -> Result<(), u8> {
    let Some(manifest) = &session.manifest else { return Ok(()) };
    let settings = [fuse_package::LOCK_NAME, ".env", "config.toml"].map(|name| manifest.directory.join(name));
    let settings = settings.into_iter().chain([manifest.path.clone()]);
    let sources = checked.sources.iter().map(|(_, source)| source.path().to_owned());
    let canonical = |path: PathBuf| std::fs::canonicalize(path).ok();
    let inputs = sources.chain(settings).filter_map(canonical).collect::<BTreeSet<_>>();
    let mut written = BTreeSet::new();
    for path in outputs.iter().cloned().chain(document_path(session)) {
        let what = if canonical(path.clone()).is_some_and(|path| inputs.contains(&path)) {
            "the build reads this file"
        } else if !written.insert(place(&path)) {
            "the build writes two files of this name"
        } else {
            continue;
        };
        let message = format!(
            "cannot write {}: {what}; choose another path under [build] in {}",
            path.display(),
            manifest.path.display()
        );
        return Err(fail(session, codes::WRAPPER_FILE_WRITE, &message));
    }
    Ok(())
}

/// A path by which two spellings of one file are the same, as far as its folder exists.
fn place(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| std::fs::canonicalize(folder).ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => normalize(path),
    }
}

/// Every file that the build read, by its path in the package.
fn inputs(session: &Session<'_>, checked: &Checked, style_sheets: &[PathBuf]) -> Vec<Input> {
    let input = |path: &Path, bytes: &[u8]| Input {
        path: checked.packages.shown(path),
        sha256: fuse_link::sha256_hex(bytes),
    };
    let sources = checked.sources.iter().map(|(_, source)| input(source.path(), source.text().as_bytes()));
    let settings = session
        .manifest
        .iter()
        .flat_map(|manifest| [manifest.path.clone(), manifest.directory.join(fuse_package::LOCK_NAME)]);
    let others = settings.chain(style_sheets.iter().cloned());
    let others = others.filter_map(|path| Some(input(&path, &std::fs::read(&path).ok()?)));
    let mut inputs = sources.chain(others).collect::<Vec<_>>();
    inputs.sort();
    inputs.dedup();
    inputs
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
