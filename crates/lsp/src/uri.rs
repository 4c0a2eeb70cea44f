//! URIs and paths.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;

/// What the paths of documents that are no files begin with.
const NO_FILE: &str = "/\u{0}";

/// Whether a path stands for a document that is no file.
pub(crate) fn is_no_file(path: &Path) -> bool {
    path.starts_with(NO_FILE)
}

/// The path that a URI means. One that is no file has a path that no file can have.
pub(crate) fn to_path(uri: &str) -> PathBuf {
    let Some(rest) = uri.strip_prefix("file://") else { return Path::new(NO_FILE).join(uri) };
    // A host may stand before the path; there is only this machine.
    let path = rest.find('/').map_or(rest, |slash| &rest[slash..]);
    PathBuf::from(decode(path))
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let byte = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The URI of a path.
pub(crate) fn of_path(path: &Path) -> String {
    let mut out = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                out.push(byte as char);
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A URI as answers have it.
pub(crate) fn parse(text: &str) -> Uri {
    // What is not valid came from the client, or is a path, and those are encoded.
    Uri::from_str(text).unwrap_or_else(|_| Uri::from_str("file:///").expect("a valid URI"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back() {
        for path in ["/a/b.fuse", "/with space/ö/100%.fuse", "/a#b?c"] {
            assert_eq!(to_path(&of_path(Path::new(path))), Path::new(path));
        }
        assert_eq!(to_path("file://localhost/a%20b"), Path::new("/a b"));
        assert_eq!(to_path("file:///a%zz"), Path::new("/a%zz"));
        assert!(!to_path("untitled:Untitled-1").exists());
    }
}
