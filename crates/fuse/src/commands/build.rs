//! `fuse build`: check, compile, and on request link an executable.

use fuse_diagnostics::codes;
use fuse_package::Profile;

use crate::cli::{FAILED, OK};
use crate::commands::front_end;
use crate::options::Options;
use crate::session::Session;

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
    front_end(session)?;
    session.output.error(codes::NOT_AVAILABLE, "fuse build is not available in this version of fuse");
    Err(FAILED)
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
#[allow(dead_code)] // used once code generation is wired
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
