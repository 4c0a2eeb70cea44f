//! The same link with the machine's linker, to cross-check the built-in one. The only place that starts a program and
//! writes temporary files; reached by a hidden option alone.

use crate::link::LinkError;
use crate::wild::NamedInput;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, io};

/// A folder that is deleted with the value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Folder> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("fuse-link-{}-{number}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What remains in the folder for temporary files is the system's to clean.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Links `inputs`, in this order, with `options`, using `ld`.
pub(crate) fn link(options: &[String], inputs: &[NamedInput]) -> Result<Vec<u8>, LinkError> {
    let failed = |what: &str, error: io::Error| LinkError::Failed(format!("{what}: {error}"));
    let folder = Folder::new().map_err(|error| failed("temporary folder", error))?;
    for (name, bytes) in inputs {
        fs::write(folder.0.join(name), bytes).map_err(|error| failed(name, error))?;
    }
    let output = Command::new("ld")
        .current_dir(&folder.0)
        .args(["-o", "program"])
        .args(options.iter().filter(|option| *option != "--no-identity-comment"))
        .args(inputs.iter().map(|(name, _)| *name))
        .output()
        .map_err(|error| failed("ld", error))?;
    if !output.status.success() {
        return Err(LinkError::Failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    fs::read(folder.0.join("program")).map_err(|error| failed("program", error))
}
