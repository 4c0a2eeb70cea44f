//! Which manifest is in force, and which file is the entry.

use std::path::{Path, PathBuf};

use fuse_diagnostics::codes;

use crate::{MANIFEST_NAME, Manifest, Report};

/// What the command line says about package and entry.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The current directory, absolute.
    pub cwd: PathBuf,
    /// `--manifest-path`
    pub manifest_path: Option<PathBuf>,
    /// The positional: a package directory or an entry file.
    pub positional: Option<PathBuf>,
    /// `--file`
    pub file: Option<PathBuf>,
    /// Whether `--file` came after the positional; the later of two entry files counts.
    pub file_is_last: bool,
}

/// Package and entry.
#[derive(Clone, Debug)]
pub struct Located {
    /// The manifest in force, if any.
    pub manifest: Option<Manifest>,
    /// The package directory, or without a manifest the current directory.
    pub base: PathBuf,
    /// The entry file, absolute. Nothing has been read of it; it may be missing.
    pub entry: Option<PathBuf>,
    /// Whether the manifest named the entry; only then does its `app` count.
    pub entry_from_manifest: bool,
}

impl Located {
    /// The app to start, if one is named: by the command line, or by the manifest that named the entry.
    pub fn app<'a>(&'a self, option: Option<&'a str>) -> Option<&'a str> {
        let of_manifest = self.manifest.as_ref().filter(|_| self.entry_from_manifest);
        option.or_else(|| of_manifest.and_then(|manifest| manifest.package.app.as_deref()))
    }
}

/// Finds manifest and entry. With an error in the report there is no answer.
pub fn locate(request: &Request, report: &mut Report) -> Option<Located> {
    let mut package = request.manifest_path.clone();
    let mut file = request.file.clone();
    if let Some(positional) = &request.positional {
        // As a path it would mean the current directory; who wrote it meant a variable that is not set.
        if positional.as_os_str().is_empty() {
            report.error(codes::WRAPPER_FILE_READ, "cannot read entry: its path is empty".to_owned());
            return None;
        }
        let path = request.cwd.join(positional);
        if path.is_dir() && is_missing(&path.join(MANIFEST_NAME)) {
            let missing = positional.join(MANIFEST_NAME);
            report.error(codes::WRAPPER_MANIFEST_MISSING, format!("missing manifest: {}", missing.display()));
            return None;
        }
        if path.is_dir() && package.is_none() {
            package = Some(positional.clone());
        } else if !(request.file_is_last && file.is_some()) {
            file = Some(positional.clone());
        }
    }

    let manifest_path = match &package {
        Some(path) => Some(manifest_file(request, path, report)?),
        None => manifest_in_force(&request.cwd, file.as_deref()),
    };
    let manifest = match manifest_path {
        Some(path) => Some(Manifest::load(&path, report)?),
        None => None,
    };
    let base = manifest.as_ref().map_or(&request.cwd, |manifest| &manifest.directory).clone();
    let named = manifest.as_ref().and_then(|manifest| manifest.package.entry.as_deref());
    let entry_from_manifest = file.is_none() && named.is_some();
    let entry = match file {
        Some(file) => Some(resolve_file(&request.cwd, &base, &file)),
        None => named.map(|entry| tidy(&base.join(entry))),
    };
    Some(Located { manifest, base, entry, entry_from_manifest })
}

/// The file that `--manifest-path` (or a positional directory) means.
fn manifest_file(request: &Request, given: &Path, report: &mut Report) -> Option<PathBuf> {
    let mut shown = given.to_path_buf();
    if request.cwd.join(given).is_dir() {
        shown.push(MANIFEST_NAME);
    }
    let path = tidy(&request.cwd.join(&shown));
    if is_missing(&path) {
        report.error(codes::WRAPPER_MANIFEST_MISSING, format!("missing manifest: {}", shown.display()));
        return None;
    }
    Some(path)
}

/// Whether there is no such file; one that cannot be looked at may be there.
fn is_missing(path: &Path) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    path.metadata().is_err_and(|error| matches!(error.kind(), NotFound | NotADirectory))
}

/// The nearest manifest above the current directory; but if the entry file lies in another package, that package's.
fn manifest_in_force(cwd: &Path, file: Option<&Path>) -> Option<PathBuf> {
    let of_cwd = nearest_manifest(cwd);
    let Some(file) = file else { return of_cwd };
    let base = of_cwd.as_deref().and_then(Path::parent).unwrap_or(cwd);
    let file = resolve_file(cwd, base, file);
    let of_file = file.parent().and_then(nearest_manifest);
    of_file.or(of_cwd)
}

/// The nearest `fuse.toml` in a directory or above it.
fn nearest_manifest(directory: &Path) -> Option<PathBuf> {
    directory.ancestors().map(|above| above.join(MANIFEST_NAME)).find(|path| path.exists())
}

/// An explicit file: in the current directory, else in the package directory if it is there.
fn resolve_file(cwd: &Path, base: &Path, file: &Path) -> PathBuf {
    let here = tidy(&cwd.join(file));
    let there = tidy(&base.join(file));
    if !here.exists() && there.exists() { there } else { here }
}

/// The path with `.` and, where no symbolic link can give it another meaning, `..` resolved.
fn tidy(path: &Path) -> PathBuf {
    // The directory of the file is what must be real; the file's own name is kept, even if it is a link.
    let resolved = path.parent().and_then(|parent| parent.canonicalize().ok());
    match (resolved, path.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => fuse_diagnostics::display::absolute(path, Path::new("/")),
    }
}
