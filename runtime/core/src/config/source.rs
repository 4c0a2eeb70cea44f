//! The configuration file as a source of values (runtime reference 9.4): where it is, and what is in it.

use super::file::{Invalid, Settings};
use crate::console;
use crate::env;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;

/// The file in the current directory, if the environment names none.
const DEFAULT_PATH: &[u8] = b"config.toml";
/// The largest file that is read, in bytes: more is no configuration, and may be endless.
const LARGEST: u64 = 16 << 20;

/// The path that the environment names.
pub(super) fn named() -> Option<&'static [u8]> {
    env::set("FUSE_CONFIG")
}

fn path() -> &'static [u8] {
    named().unwrap_or(DEFAULT_PATH)
}

/// The text of the configuration file, `None` if there is none; or the text of the failure.
pub(super) fn read() -> Result<Option<String>, String> {
    let fail = |reason: &str| format!("failed to read config file: {reason}");
    let bytes = match read_bytes(path()) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(&reason(&error))),
    };
    if bytes.len() as u64 > LARGEST {
        return Err(fail("the file is larger than 16 MiB"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| fail("the file is not valid UTF-8"))
}

/// At most one byte more than [`LARGEST`].
fn read_bytes(path: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(OsStr::from_bytes(path))?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => String::from_utf8_lossy(console::reason(number)).into_owned(),
        None => error.to_string(),
    }
}

/// What the text of the configuration file sets; or the text of the failure.
pub(super) fn settings(text: &str) -> Result<Settings<'_>, String> {
    Settings::parse(text).map_err(|Invalid { line, reason }| {
        format!("invalid config file {}:{line}: {reason}", String::from_utf8_lossy(path()))
    })
}
