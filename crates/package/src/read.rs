//! From the text of a `fuse.toml` to a [`Manifest`], with a position for everything that is wrong.

use std::ops::Range;

use fuse_diagnostics::{Diagnostic, FileId, Span, codes, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::deps::read_requests;
use crate::manifest::{Assets, Backend, Build, Manifest, Package, Profile, Serve, Vite};

const SECTIONS: &[&str] = &["package", "build", "serve", "assets", "vite", "dependencies"];

/// The manifest, unless something is wrong with it; and what is wrong, by position.
pub(crate) fn read(text: &str, file: FileId) -> (Option<Manifest>, Vec<Diagnostic>) {
    let mut problems = Problems { file, list: Vec::new() };
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => {
            problems.invalid(error.span().unwrap_or_default(), error.message());
            return (None, problems.list);
        }
    };
    let root = root.get_ref();
    problems.warn_unknown(root, None, SECTIONS);
    let manifest = manifest(root, &mut problems);
    problems.list.sort_by_key(|problem| problem.span);
    let valid = problems.list.iter().all(|problem| problem.level != fuse_diagnostics::Level::Error);
    (valid.then_some(manifest), problems.list)
}

fn manifest(root: &DeTable<'_>, problems: &mut Problems) -> Manifest {
    if !root.contains_key("package") {
        problems.invalid(0..0, "the section [package] is missing");
    }
    Manifest {
        package: package(problems.section(root, "package")),
        build: build(problems.section(root, "build")),
        serve: serve(problems.section(root, "serve")),
        assets: assets(problems.section(root, "assets")),
        vite: root.contains_key("vite").then(|| vite(problems.section(root, "vite"))),
        dependencies: read_requests(root, problems),
        ..Manifest::default()
    }
}

fn package(mut section: Section<'_, '_>) -> Package {
    section.known(&["entry", "main", "app", "backend", "name", "version"]);
    let (entry, main) = (section.name("entry"), section.name("main"));
    if let (Some(_), Some((_, span))) = (&entry, &main) {
        section
            .problems
            .invalid(span.clone(), "`main` is another spelling of `entry`: write only one of them");
    }
    let backend = section.string("backend").and_then(|(name, span)| {
        let backend = Backend::parse(&name);
        if backend.is_none() {
            section.problems.error(codes::WRAPPER_UNKNOWN_BACKEND, span, Backend::unknown(&name));
        }
        backend
    });
    let default = Package::default();
    Package {
        entry: entry.or(main).map(value),
        app: section.name("app").map(value),
        backend,
        name: section.string("name").map_or(default.name, value),
        version: section.string("version").map_or(default.version, value),
    }
}

fn build(mut section: Section<'_, '_>) -> Build {
    section.known(&["native_bin", "openapi", "openapi_title", "profile", "static"]);
    let profile = section.string("profile").and_then(|(name, span)| {
        let profile = Profile::parse(&name);
        if profile.is_none() {
            let names = Profile::NAMES.join("|");
            section.problems.invalid(span, format!("build.profile is `{name}` (expected {names})"));
        }
        profile
    });
    Build {
        native_bin: section.name("native_bin").map(value),
        openapi: section.name("openapi").map(value),
        openapi_title: section.string("openapi_title").map(value),
        profile,
        static_link: section.boolean("static").unwrap_or(false),
    }
}

fn serve(mut section: Section<'_, '_>) -> Serve {
    section.known(&["static_dir", "static_index", "openapi_ui", "openapi_path"]);
    let default = Serve::default();
    let openapi_path = section.string("openapi_path").map(|(path, _)| {
        let path = path.strip_suffix('/').unwrap_or(&path);
        format!("/{}", path.strip_prefix('/').unwrap_or(path))
    });
    Serve {
        static_dir: section.name("static_dir").map(value),
        static_index: section.name("static_index").map(value),
        openapi_ui: section.boolean("openapi_ui"),
        openapi_path: openapi_path.unwrap_or(default.openapi_path),
    }
}

fn assets(mut section: Section<'_, '_>) -> Assets {
    section.known(&["css", "watch", "hash", "hooks"]);
    let default = Assets::default();
    let before_build = section.table.and_then(|table| {
        let mut hooks = section.problems.nested(table, "hooks", "assets.hooks");
        hooks.known(&["before_build"]);
        hooks.string("before_build").map(value)
    });
    Assets {
        css: section.name("css").map(value),
        watch: section.boolean("watch").unwrap_or(default.watch),
        hash: section.boolean("hash").unwrap_or(default.hash),
        before_build,
    }
}

fn vite(mut section: Section<'_, '_>) -> Vite {
    section.known(&["dev_url", "dist_dir"]);
    let default = Vite::default();
    let dev_url = section.string("dev_url").map(|(url, span)| {
        if !url.starts_with("http://") {
            section.problems.invalid(span, "vite.dev_url must begin with `http://`");
        }
        url
    });
    Vite {
        dev_url: dev_url.unwrap_or(default.dev_url),
        dist_dir: section.name("dist_dir").map_or(default.dist_dir, value),
    }
}

/// What was found wrong in one manifest.
pub(crate) struct Problems {
    pub file: FileId,
    pub list: Vec<Diagnostic>,
}

impl Problems {
    pub fn invalid(&mut self, span: Range<usize>, reason: impl AsRef<str>) {
        let message = format!("invalid manifest: {}", reason.as_ref());
        self.error(codes::WRAPPER_MANIFEST_INVALID, span, message);
    }

    fn error(&mut self, code: fuse_diagnostics::Code, span: Range<usize>, message: impl Into<String>) {
        self.list.push(Diagnostic::error(code, self.file, to_span(span), message));
    }

    /// A warning for each key that is not known, naming the known one that was probably meant.
    fn warn_unknown(&mut self, table: &DeTable<'_>, section: Option<&str>, known: &[&'static str]) {
        for (key, entry) in table.iter() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let message = match section {
                None if entry.get_ref().is_table() => format!("unknown section [{name}] in the manifest"),
                None => format!("unknown key `{name}` outside of the sections of the manifest"),
                Some(section) => format!("unknown key `{name}` in [{section}] of the manifest"),
            };
            let message = match nearest(name, known.iter().copied(), 2) {
                Some(meant) => format!("{message}; did you mean `{meant}`?"),
                None => message,
            };
            let span = to_span(key.span());
            self.list.push(Diagnostic::warning(codes::MANIFEST_UNKNOWN_KEY, self.file, span, message));
        }
    }

    /// A section of the manifest; one that is missing is empty.
    fn section<'a, 't>(&'a mut self, root: &'a DeTable<'t>, name: &'static str) -> Section<'a, 't> {
        self.nested(root, name, name)
    }

    fn nested<'a, 't>(
        &'a mut self,
        parent: &'a DeTable<'t>,
        key: &str,
        name: &'static str,
    ) -> Section<'a, 't> {
        let table = self.table(parent, key, name);
        Section { name, table, problems: self }
    }

    pub fn table<'a, 't>(
        &mut self,
        parent: &'a DeTable<'t>,
        key: &str,
        name: &str,
    ) -> Option<&'a DeTable<'t>> {
        let entry = parent.get(key)?;
        let DeValue::Table(table) = entry.get_ref() else {
            self.invalid(entry.span(), format!("{name} must be a table, not {}", kind(entry.get_ref())));
            return None;
        };
        Some(table)
    }
}

/// One section while its keys are read.
struct Section<'a, 't> {
    name: &'static str,
    table: Option<&'a DeTable<'t>>,
    problems: &'a mut Problems,
}

/// A value and where it stands.
type Placed<T> = (T, Range<usize>);

impl<'a, 't> Section<'a, 't> {
    /// Warns about every key that is not listed.
    fn known(&mut self, keys: &[&'static str]) {
        if let Some(table) = self.table {
            self.problems.warn_unknown(table, Some(self.name), keys);
        }
    }

    fn string(&mut self, key: &str) -> Option<Placed<String>> {
        let entry = self.get(key)?;
        match entry.get_ref() {
            // They become paths, variables and words of a command line, none of which can hold it.
            DeValue::String(text) if text.contains('\0') => {
                let reason = format!("{}.{key} must not hold a zero byte", self.name);
                self.problems.invalid(entry.span(), reason);
                None
            }
            DeValue::String(text) => Some((text.to_string(), entry.span())),
            other => {
                self.wrong_type(key, entry.span(), "a string", other);
                None
            }
        }
    }

    /// A string that names something and so cannot be empty.
    fn name(&mut self, key: &str) -> Option<Placed<String>> {
        let (text, span) = self.string(key)?;
        if text.is_empty() {
            self.problems.invalid(span, format!("{}.{key} must not be empty", self.name));
            return None;
        }
        Some((text, span))
    }

    fn boolean(&mut self, key: &str) -> Option<bool> {
        let entry = self.get(key)?;
        match entry.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            other => {
                self.wrong_type(key, entry.span(), "true or false", other);
                None
            }
        }
    }

    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'t>>> {
        self.table?.get(key)
    }

    fn wrong_type(&mut self, key: &str, span: Range<usize>, expected: &str, found: &DeValue<'_>) {
        let reason = format!("{}.{key} must be {expected}, not {}", self.name, kind(found));
        self.problems.invalid(span, reason);
    }
}

fn value<T>((value, _): Placed<T>) -> T {
    value
}

pub(crate) fn to_span(range: Range<usize>) -> Span {
    Span::new(range.start as u32, range.end as u32)
}

/// What a value is, for people.
pub(crate) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
