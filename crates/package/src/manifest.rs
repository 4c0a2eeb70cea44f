//! What a `fuse.toml` says.

use std::path::{Path, PathBuf};

use fuse_diagnostics::{Diagnostic, Span, codes};

use crate::deps::{DependencyRequest, mask_credentials};
use crate::{Report, read, read_file};

/// Larger manifests are refused.
const MAX_SIZE: u64 = 4 << 20;

/// The variable for the directory served at `/`: the one of [`Manifest::variables`] that is a path.
pub const STATIC_DIR_VARIABLE: &str = "FUSE_STATIC_DIR";
/// The variable for the file served for directories.
const STATIC_INDEX_VARIABLE: &str = "FUSE_STATIC_INDEX";
/// The variable for the server that answers what nothing else does.
const VITE_PROXY_VARIABLE: &str = "FUSE_VITE_PROXY_URL";
/// The variable for the address of the page that shows the OpenAPI document.
const OPENAPI_UI_VARIABLE: &str = "FUSE_OPENAPI_UI_PATH";

/// A valid manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The manifest file.
    pub path: PathBuf,
    /// The package directory.
    pub directory: PathBuf,
    /// `[package]`
    pub package: Package,
    /// `[build]`
    pub build: Build,
    /// `[serve]`
    pub serve: Serve,
    /// `[assets]`
    pub assets: Assets,
    /// `[vite]`, if it is there.
    pub vite: Option<Vite>,
    /// `[dependencies]` in the order in which they are written.
    pub dependencies: Vec<DependencyRequest>,
}

/// `[package]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The entry file, as written.
    pub entry: Option<String>,
    /// The app to start.
    pub app: Option<String>,
    /// How `run` and `dev` execute.
    pub backend: Option<Backend>,
    /// The package's name; empty if it has none.
    pub name: String,
    /// The package's version.
    pub version: String,
}

impl Default for Package {
    fn default() -> Package {
        let version = String::from("0.1.0");
        Package { entry: None, app: None, backend: None, name: String::new(), version }
    }
}

/// `[build]`. Paths are as written: relative to the package directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// Where the executable goes.
    pub native_bin: Option<String>,
    /// Where the OpenAPI document goes.
    pub openapi: Option<String>,
    /// `info.title` of the OpenAPI document.
    pub openapi_title: Option<String>,
    /// The profile of an executable if the command line names none.
    pub profile: Option<Profile>,
    /// Whether executables are static.
    pub static_link: bool,
}

/// `[serve]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    /// The directory served at `/`.
    pub static_dir: Option<String>,
    /// The file served for directories, if said.
    pub static_index: Option<String>,
    /// Whether the OpenAPI UI is served, if said.
    pub openapi_ui: Option<bool>,
    /// Where: with a leading slash and without a trailing one.
    pub openapi_path: String,
}

impl Default for Serve {
    fn default() -> Serve {
        Serve { static_dir: None, static_index: None, openapi_ui: None, openapi_path: "/docs".into() }
    }
}

/// `[assets]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The style sheets: a file or a directory.
    pub css: Option<String>,
    /// Whether `dev` watches them.
    pub watch: bool,
    /// Whether they get content-hashed names.
    pub hash: bool,
    /// The command to run before a build.
    pub before_build: Option<String>,
}

impl Default for Assets {
    fn default() -> Assets {
        Assets { css: None, watch: true, hash: false, before_build: None }
    }
}

/// `[vite]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vite {
    /// What `dev` proxies to.
    pub dev_url: String,
    /// What is served outside of `dev`.
    pub dist_dir: String,
}

impl Default for Vite {
    fn default() -> Vite {
        Vite { dev_url: "http://127.0.0.1:5173".into(), dist_dir: "dist".into() }
    }
}

/// How a program is executed under the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// `ast`
    Ast,
    /// `native`
    #[default]
    Native,
}

impl Backend {
    /// The names the command line and the manifest take.
    pub const NAMES: [&str; 2] = ["ast", "native"];

    /// The backend of a name.
    pub fn parse(name: &str) -> Option<Backend> {
        match name {
            "ast" => Some(Backend::Ast),
            "native" => Some(Backend::Native),
            _ => None,
        }
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Backend::Ast => "ast",
            Backend::Native => "native",
        }
    }

    /// The message for a name that is none.
    pub fn unknown(name: &str) -> String {
        format!("unknown backend: {name} (expected {})", Backend::NAMES.join("|"))
    }
}

/// How an executable is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// `debug`
    Debug,
    /// `release`
    Release,
    /// `release-with-symbols`
    ReleaseWithSymbols,
}

impl Profile {
    /// The names the command line and the manifest take.
    pub const NAMES: [&str; 3] = ["debug", "release", "release-with-symbols"];

    /// The profile of a name.
    pub fn parse(name: &str) -> Option<Profile> {
        match name {
            "debug" => Some(Profile::Debug),
            "release" => Some(Profile::Release),
            "release-with-symbols" => Some(Profile::ReleaseWithSymbols),
            _ => None,
        }
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Profile::Debug => "debug",
            Profile::Release => "release",
            Profile::ReleaseWithSymbols => "release-with-symbols",
        }
    }
}

impl Manifest {
    /// Reads the manifest at an absolute path. What is wrong with it goes to the report; with an error there is no
    /// manifest.
    pub fn load(path: &Path, report: &mut Report) -> Option<Manifest> {
        let bytes = match read_file(path, MAX_SIZE) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                report
                    .error(codes::WRAPPER_MANIFEST_MISSING, format!("missing manifest: {}", path.display()));
                return None;
            }
            Err(reason) => {
                let message = format!("cannot read manifest {}: {reason}", path.display());
                report.error(codes::WRAPPER_FILE_READ, message);
                return None;
            }
        };
        // Excerpts in messages show no credentials.
        let file = report.sources.add_bytes(path, &mask_credentials(&bytes));
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(error) => {
                let span = Span::empty(error.valid_up_to() as u32);
                let message = "invalid manifest: it is not UTF-8";
                report.findings.push(Diagnostic::error(codes::WRAPPER_MANIFEST_INVALID, file, span, message));
                return None;
            }
        };
        let (manifest, findings) = read::read(text, file);
        report.findings.extend(findings);
        let directory = path.parent().unwrap_or(Path::new("/")).to_path_buf();
        Some(Manifest { path: path.to_path_buf(), directory, ..manifest? })
    }

    /// What the manifest sets for its programs outside of `dev` (toolchain reference 6.5), paths as written.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let dist = self.vite.as_ref().map(|vite| &vite.dist_dir);
        self.settings([(STATIC_DIR_VARIABLE, self.serve.static_dir.as_ref().or(dist))], false)
    }

    /// The same under `dev`, where the server of `[vite]` stands in for what it has built.
    pub fn dev_variables(&self) -> Vec<(&'static str, String)> {
        let proxy = self.vite.as_ref().map(|vite| &vite.dev_url);
        let own = [(STATIC_DIR_VARIABLE, self.serve.static_dir.as_ref()), (VITE_PROXY_VARIABLE, proxy)];
        self.settings(own, true)
    }

    fn settings<const N: usize>(
        &self,
        own: [(&'static str, Option<&String>); N],
        openapi_ui: bool,
    ) -> Vec<(&'static str, String)> {
        let Serve { static_index, openapi_path, .. } = &self.serve;
        let page = self.serve.openapi_ui.unwrap_or(openapi_ui).then_some(openapi_path);
        let common = [(STATIC_INDEX_VARIABLE, static_index.as_ref()), (OPENAPI_UI_VARIABLE, page)];
        own.into_iter().chain(common).filter_map(|(name, value)| Some((name, value?.clone()))).collect()
    }

    /// A path of the manifest: relative ones are relative to the package.
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.directory.join(path)
    }
}
