//! Imported `.md` and `.json` files: read while the program is loaded, each once (language reference 3.5).

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use fuse_diagnostics::{Code, Diagnostic, FileId, Sources, Span, codes};
use fuse_hir::{Asset, AssetId};
use rustc_hash::FxHashMap;

use crate::env::Diags;
use crate::files::{FileSystem, reason};
use crate::json;

/// The assets of a program so far.
#[derive(Default)]
pub(crate) struct Assets {
    /// By id.
    pub list: Vec<Asset>,
    /// What canonical paths led to, as text and as JSON; `None` for files whose contents are wrong.
    known: FxHashMap<(PathBuf, bool), Option<AssetId>>,
    /// The files that they are in the sources.
    files: FxHashMap<PathBuf, FileId>,
}

/// Why there is no asset.
pub(crate) enum NoAsset {
    /// It cannot be read: to be reported at the import.
    Unreadable(Code, String),
    /// What is in it is wrong, which has been reported.
    Reported,
}

impl Assets {
    /// The asset of a path; a new one is read, and becomes a file of the sources.
    pub fn open(
        &mut self,
        path: &Path,
        files: &dyn FileSystem,
        sources: &mut Sources,
        diags: &mut Diags,
    ) -> Result<AssetId, NoAsset> {
        let canonical = files.canonicalize(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => NoAsset::Unreadable(codes::ASSET_MISSING, reason(&error)),
            _ => NoAsset::Unreadable(codes::ASSET_READ, reason(&error)),
        })?;
        let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let key = (canonical, json);
        if let Some(known) = self.known.get(&key) {
            return known.ok_or(NoAsset::Reported);
        }
        let bytes =
            files.read(&key.0).map_err(|error| NoAsset::Unreadable(codes::ASSET_READ, reason(&error)))?;
        let add = || sources.add_bytes(key.0.clone(), &bytes);
        let file = *self.files.entry(key.0.clone()).or_insert_with(add);
        let id = match contents(bytes, json, file) {
            Ok(text) => {
                self.list.push(Asset { path: key.0.clone(), text: text.into(), json });
                Some(AssetId(self.list.len() as u32 - 1))
            }
            Err(wrong) => {
                diags.push(wrong);
                None
            }
        };
        self.known.insert(key, id);
        id.ok_or(NoAsset::Reported)
    }
}

/// The text of a file, or what is wrong with it.
fn contents(bytes: Vec<u8>, json: bool, file: FileId) -> Result<String, Diagnostic> {
    let wrong =
        |code, offset: usize, message| Diagnostic::error(code, file, Span::empty(offset as u32), message);
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        wrong(
            codes::ASSET_UTF8,
            offset,
            "the file is not UTF-8: this byte belongs to no character".to_owned(),
        )
        .hint("save the file as UTF-8")
    })?;
    if json && let Err(invalid) = json::check(&text) {
        let message = format!("the file is not JSON: {}", invalid.message);
        return Err(wrong(codes::ASSET_JSON_INVALID, invalid.offset, message));
    }
    Ok(text)
}
