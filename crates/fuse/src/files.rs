//! Reading the files that a command is given.

use std::path::Path;

pub use fuse_files::reason;

/// The text of a source file, or why there is none.
pub fn read_source(path: &Path) -> Result<String, String> {
    let bytes = read(path)?;
    if bytes.len() >= u32::MAX as usize {
        return Err("it is larger than 4 GiB".into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let error = error.utf8_error();
        format!("it is not UTF-8 (byte {})", error.valid_up_to())
    })
}

/// The bytes of a regular file, or why there are none.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    regular_file(path)?;
    std::fs::read(path).map_err(|error| reason(&error))
}

/// Whether there is such a file, and if not, why. A device or a pipe may never end, and so is none.
pub fn regular_file(path: &Path) -> Result<(), String> {
    let metadata = std::fs::metadata(path).map_err(|error| reason(&error))?;
    if metadata.is_dir() {
        return Err("it is a directory".into());
    }
    if !metadata.is_file() {
        return Err("it is not a regular file".into());
    }
    Ok(())
}
