//! What the server knows of the workspace (toolchain reference 14.3, 14.4): packages, the programs in them, and which of these have
//! been analysed.
//!
//! The program of a file is that of its package's entry if that reaches the file, else its own. Nothing is analysed before somebody
//! needs it, and nothing twice: an analysis is good as long as every file that it looked at is as it was, which is asked before each
//! answer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fuse_diagnostics::Diagnostic;
use fuse_package::{LOCK_NAME, LockMode, MANIFEST_NAME, Manifest, Report};

use crate::analysis::Analysis;
use crate::documents::{Documents, identity};
use crate::features::rename::Edits;
use crate::files::{self, DiskCache, Seen, Stamp};
use crate::text::{Encoding, Text};

/// How long changes are collected before diagnostics are published.
const DEBOUNCE: Duration = Duration::from_millis(25);

/// The state of the server.
#[derive(Default)]
pub(crate) struct Workspace {
    pub encoding: Encoding,
    pub roots: Vec<PathBuf>,
    pub documents: Documents,
    /// Whether the client lets the server ask for news about files.
    pub can_watch: bool,
    /// What each file has been told: the version, and what was published.
    pub published: BTreeMap<PathBuf, (Option<i32>, serde_json::Value)>,
    pub stats: Stats,
    packages: BTreeMap<PathBuf, Package>,
    analyses: BTreeMap<PathBuf, Arc<Analysis>>,
    disk: DiskCache,
    due: Option<Instant>,
}

/// What `fuse/internalWorkspaceStats` counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stats {
    pub workspace_builds: u64,
    pub progressive_builds: u64,
}

/// A directory with a manifest.
pub(crate) struct Package {
    pub directory: PathBuf,
    pub entry: Option<PathBuf>,
    pub options: fuse_sema::Options,
    /// What is wrong with manifest, lock file or dependencies.
    pub problems: Vec<Problem>,
    seen: Seen,
    /// The whole program is of interest, not only single files.
    wanted: bool,
    /// It has been loaded.
    loaded: bool,
}

/// A finding outside of sources.
#[derive(Clone)]
pub(crate) struct Problem {
    pub path: PathBuf,
    pub text: Arc<Text>,
    pub diagnostic: Diagnostic,
}

impl Workspace {
    /// When diagnostics are to be published.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Something has changed: diagnostics are due soon.
    pub fn disturb(&mut self) {
        self.due.get_or_insert_with(|| Instant::now() + DEBOUNCE);
    }

    /// Diagnostics have been published.
    pub fn settle(&mut self) {
        self.due = None;
    }

    /// Forgets all that can be found out again.
    pub fn forget(&mut self) {
        self.packages.clear();
        self.analyses.clear();
        self.disk = DiskCache::default();
    }

    /// The directory of the package that a file belongs to.
    pub fn package_of(&mut self, path: &Path) -> Option<PathBuf> {
        let directory = path.ancestors().skip(1).find(|above| above.join(MANIFEST_NAME).is_file())?;
        let directory = directory.to_owned();
        let good = self
            .packages
            .get(&directory)
            .is_some_and(|package| files::unchanged(&self.documents, &package.seen));
        if !good {
            let old = self.packages.remove(&directory);
            let mut package = Package::load(&directory, &self.documents);
            package.wanted = old.is_some_and(|old| old.wanted);
            if let Some(entry) = &package.entry {
                self.analyses.remove(entry);
            }
            self.packages.insert(directory.clone(), package);
        }
        Some(directory)
    }

    pub fn package(&self, directory: &Path) -> Option<&Package> {
        self.packages.get(directory)
    }

    /// From now on the whole program of a file's package is of interest.
    pub fn want_program(&mut self, path: &Path) {
        if let Some(directory) = self.package_of(path)
            && let Some(package) = self.packages.get_mut(&directory)
        {
            package.wanted = true;
        }
    }

    /// The program that a file belongs to, for a question about the file.
    pub fn program(&mut self, path: &Path) -> Arc<Analysis> {
        self.want_program(path);
        self.program_for_diagnostics(path)
    }

    /// The program that a file belongs to. If nobody has been interested in the whole program yet, that of the file alone will do.
    pub fn program_for_diagnostics(&mut self, path: &Path) -> Arc<Analysis> {
        let package = self.package_of(path).and_then(|directory| self.packages.get(&directory));
        let entry = package.and_then(|package| {
            let entry = package.entry.clone()?;
            (package.wanted || entry == path).then_some((entry, package.directory.clone()))
        });
        if let Some((entry, directory)) = entry {
            let analysis = self.analysis(&entry, Some(&directory));
            if let Some(package) = self.packages.get_mut(&directory)
                && !std::mem::replace(&mut package.loaded, true)
            {
                self.stats.workspace_builds += 1;
            }
            if analysis.file(path).is_some() {
                return analysis;
            }
        }
        let directory = self.package_of(path);
        if !self.analyses.contains_key(path) {
            self.stats.progressive_builds += u64::from(directory.is_some());
        }
        self.analysis(path, directory.as_deref())
    }

    /// Every program that a file may be part of, or whose files may mention its declarations: that of its package, those of the
    /// workspace's packages, and those of open documents.
    pub fn programs(&mut self, path: &Path) -> Vec<Arc<Analysis>> {
        let mut found = self.programs_of_workspace(path);
        let own = self.program(path);
        if !found.iter().any(|known| Arc::ptr_eq(known, &own)) {
            found.push(own);
        }
        found
    }

    /// The programs of all packages below the roots, and those of open documents.
    pub fn programs_of_workspace(&mut self, start: &Path) -> Vec<Arc<Analysis>> {
        let mut found = Vec::new();
        let directories = self
            .roots
            .iter()
            .filter_map(|root| fuse_package::packages_below(root, fuse_package::Purpose::Check).ok());
        let mut files: BTreeSet<PathBuf> = self.documents.sources().cloned().collect();
        for directory in directories.flatten().collect::<Vec<_>>() {
            files.extend(self.entry_of(&identity(&directory).join(MANIFEST_NAME)));
        }
        if files.is_empty() && start.is_file() {
            files.insert(start.to_owned());
        }
        for file in files {
            let program = self.program(&file);
            if !found.iter().any(|known| Arc::ptr_eq(known, &program)) {
                found.push(program);
            }
        }
        found
    }

    /// The entry of the package in whose directory a file lies.
    fn entry_of(&mut self, file: &Path) -> Option<PathBuf> {
        let directory = self.package_of(file)?;
        self.package(&directory)?.entry.clone()
    }

    fn analysis(&mut self, entry: &Path, package: Option<&Path>) -> Arc<Analysis> {
        if let Some(known) = self.analyses.get(entry)
            && files::unchanged(&self.documents, &known.seen)
        {
            return Arc::clone(known);
        }
        let none = fuse_sema::Options::default();
        let options =
            package.and_then(|package| self.package(package)).map_or(&none, |package| &package.options);
        let analysis = Arc::new(Analysis::new(entry, &self.documents, &self.disk, options));
        self.analyses.insert(entry.to_owned(), Arc::clone(&analysis));
        analysis
    }

    /// A program as it would be with some places replaced.
    pub fn analysis_with(&self, program: &Analysis, edits: &Edits) -> Analysis {
        let mut documents = self.documents.clone();
        for (path, edits) in edits {
            let Some(file) = program.file(path) else { continue };
            let mut text = program.text(file).as_str().to_owned();
            for (span, new) in edits.iter().rev() {
                text.replace_range(span.start as usize..span.end as usize, new);
            }
            documents.open(&self.documents.uri(path), 0, text);
        }
        self.analyse_anew(program, &documents)
    }

    /// The program of a file as it would be with another text there.
    pub fn analysis_of(&mut self, path: &Path, text: &str) -> Analysis {
        let program = self.program(path);
        let mut documents = self.documents.clone();
        documents.open(&self.documents.uri(path), 0, text.to_owned());
        self.analyse_anew(&program, &documents)
    }

    /// A program with other documents.
    pub fn analyse_anew(&self, program: &Analysis, documents: &Documents) -> Analysis {
        let entry = program.files().next().map_or(Path::new(""), |(_, path)| path);
        let directory = entry.ancestors().find(|above| self.packages.contains_key(*above));
        let none = fuse_sema::Options::default();
        let package = directory.and_then(|directory| self.package(directory));
        let options = package.map_or(&none, |package| &package.options);
        Analysis::new(entry, documents, &self.disk, options)
    }

    /// Forgets the programs of closed documents that nothing asks for any more.
    pub fn closed(&mut self, path: &Path) {
        self.analyses.remove(path);
    }

    /// Whether a package's program has been loaded, and whether that of a single file has.
    pub fn caches(&self) -> (bool, bool) {
        let entries: BTreeSet<&PathBuf> =
            self.packages.values().filter_map(|package| package.entry.as_ref()).collect();
        let whole = self.analyses.keys().any(|entry| entries.contains(entry));
        let single = self.analyses.keys().any(|entry| !entries.contains(entry));
        (whole, single)
    }
}

impl Package {
    fn load(directory: &Path, documents: &Documents) -> Package {
        let path = directory.join(MANIFEST_NAME);
        let mut seen = Seen::new();
        for file in [path.clone(), directory.join(LOCK_NAME)] {
            let stamp = files::stamp(documents, &file);
            seen.insert(file, stamp);
        }
        let mut report = Report::new();
        let manifest = Manifest::load(&path, &mut report);
        let mut options = fuse_sema::Options::default();
        let mut entry = None;
        if let Some(manifest) = &manifest {
            entry = manifest.package.entry.as_deref().map(|entry| identity(&manifest.resolve(entry)));
            let found = fuse_package::resolve(manifest, LockMode::Present, &mut report).unwrap_or_default();
            for dependency in &found {
                let manifest = dependency.root.join(MANIFEST_NAME);
                seen.insert(manifest.clone(), files::stamp(documents, &manifest));
            }
            if found.len() < manifest.dependencies.len() {
                // What is missing may be fetched.
                let fetched = directory.join(".fuse/deps");
                let stamp: Stamp = files::stamp(documents, &fetched);
                seen.insert(fetched, stamp);
            }
            options.dependencies = found
                .into_iter()
                .map(|found| fuse_sema::Dependency {
                    name: found.name,
                    root: found.root,
                    checkout: found.checkout,
                })
                .collect();
        }
        let problems = report.findings.iter().map(|finding| {
            let file = finding.file.and_then(|file| report.sources.get(file));
            let (path, text) = match file {
                Some(file) => (file.path().to_owned(), file.text().to_owned()),
                None => (path.clone(), String::new()),
            };
            Problem { path, text: Arc::new(Text::new(text)), diagnostic: finding.clone() }
        });
        let problems = problems.collect();
        let directory = directory.to_owned();
        Package { directory, entry, options, problems, seen, wanted: false, loaded: false }
    }
}
