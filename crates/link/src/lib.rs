//! From a program's object to an executable: composition, metadata, the link, the split of symbols; and back: what an
//! executable says about itself.
//!
//! This crate must not know FUSE source, types or code generation; it gets a finished object and facts to embed.
//!
//! Invariants: no process is started (but for the hidden system linker) and nothing of the machine is read; the bytes of
//! an executable depend on the request, this crate and the bundle alone, not on paths, time, environment or the number of
//! threads; whatever the linker does with bad input, including a panic, is an error value; a file is written whole or not
//! at all.
#![deny(unsafe_code)]

mod build_info;
mod components;
mod elf;
mod environment;
mod inspect;
mod json;
mod link;
mod metadata;
mod report;
mod system;
mod target;
mod wild;

pub use build_info::BuildInfo;
pub use components::Component;
pub use fuse_abi::metadata::Profile;
pub use fuse_files::{OutputError, prepare_fuse_dir, write_executable, write_file};
pub use inspect::{ConfigField, Inspection, NotInspectable, inspect};
pub use link::{Edition, LinkError, LinkRequest, Linked, LinkerKind, Mode, link, link_with_threads};
pub use metadata::Metadata;
pub use report::{BuildReport, Input, STAGES, composition_line};
pub use target::{TargetError, check_target};

/// SHA-256 as 64 hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex(&sha2::Sha256::digest(bytes))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
