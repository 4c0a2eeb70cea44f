//! From the requests of all manifests to one directory for each dependency (toolchain reference 7.3, 7.6).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use fuse_diagnostics::{Diagnostic, Level, codes};
use fuse_files::{normalize, relative, with_slashes};

use super::checkout::Checkouts;
use super::lock::{self, Entry, Lock, Locked};
use super::request::{DependencyRequest, GitSource, Source};
use super::{LOCK_NAME, Problem};
use crate::{MANIFEST_NAME, Manifest, Report, reason};

/// A dependency that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its root directory, symbolic links resolved.
    pub root: PathBuf,
    /// The checkout that it lies in and must not leave, if it comes from a repository.
    pub checkout: Option<PathBuf>,
}

/// What may happen to the lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// What is locked stays; the file follows the manifests.
    Keep,
    /// Selectors that move are resolved anew.
    Update,
    /// A difference is an error; nothing is resolved.
    Check,
    /// The same for commands that go on with the program.
    Frozen,
    /// What is locked and there; nothing is fetched or written, and what is missing does not hide the rest (the language server).
    Present,
}

/// Finds every dependency of a package, by name, and brings the lock file up to date. Only if that is possible there is a
/// result; what is wrong goes to the report, which the manifest was loaded with.
pub fn resolve(manifest: &Manifest, mode: LockMode, report: &mut Report) -> Option<Vec<Dependency>> {
    if !manifest.dependencies.is_empty() && !manifest.directory.is_dir() {
        let text = format!("{} declares dependencies, but is in no directory", manifest.path.display());
        let problem = Problem::new(codes::DEP_MANIFEST_DIR_REQUIRED, text)
            .hint("run the command in a package, or name its directory with --manifest-path");
        report.findings.push(problem.diagnostic());
        return None;
    }
    let old = match lock::read(&manifest.directory, &mut report.sources) {
        Ok(old) => old,
        Err(problem) => {
            report.findings.push(problem.diagnostic());
            return None;
        }
    };
    if manifest.dependencies.is_empty() && old.is_none() {
        return Some(Vec::new());
    }
    let mut resolver = Resolver {
        manifest,
        checkouts: Checkouts { package: &manifest.directory },
        mode,
        locked: old.unwrap_or_default(),
        lock: Lock::new(),
        accepted: BTreeSet::new(),
        waiting: BTreeSet::new(),
        known: BTreeMap::new(),
        conflicts: BTreeSet::new(),
        edges: BTreeMap::new(),
        origins: Vec::new(),
        queue: VecDeque::new(),
        report,
        failed: false,
    };
    resolver.visit_all();
    resolver.find_cycle();
    resolver.finish()
}

/// A manifest that requests dependencies.
struct Origin {
    /// The dependency whose manifest it is; `None` for the root package.
    name: Option<String>,
    manifest: PathBuf,
    root: PathBuf,
    checkout: Option<PathBuf>,
    /// The number of the origin that requested it first.
    parent: usize,
}

/// What a request means once everything relative in it is gone.
#[derive(PartialEq, Eq)]
enum Meaning {
    Path(PathBuf),
    /// The fingerprint.
    Git(String),
}

/// A name that has been requested.
struct Known {
    meaning: Meaning,
    /// For messages: the request, and the manifest of it.
    request: String,
    manifest: PathBuf,
    /// What it led to; `None` if it failed or may not be resolved.
    found: Option<Found>,
}

/// A directory that is a dependency.
struct Found {
    root: PathBuf,
    checkout: Option<PathBuf>,
    entry: Entry,
}

/// A path request, followed.
struct Followed {
    /// Relative to the locking package.
    path: String,
    /// Symbolic links resolved; `None` if there is no such directory.
    directory: Option<PathBuf>,
}

struct Resolver<'a> {
    manifest: &'a Manifest,
    checkouts: Checkouts<'a>,
    mode: LockMode,
    /// What the lock file says.
    locked: Lock,
    /// What it will say.
    lock: Lock,
    /// Entries whose fingerprint is written differently, but means the same.
    accepted: BTreeSet<String>,
    /// Names that would have to be resolved, which the mode forbids.
    waiting: BTreeSet<String>,
    known: BTreeMap<String, Known>,
    /// Requests that were reported for their second meaning, by name and manifest.
    conflicts: BTreeSet<(String, PathBuf)>,
    /// Who requests whom.
    edges: BTreeMap<String, BTreeSet<String>>,
    origins: Vec<Origin>,
    queue: VecDeque<(usize, DependencyRequest)>,
    report: &'a mut Report,
    failed: bool,
}

impl Resolver<'_> {
    fn visit_all(&mut self) {
        self.origins.push(Origin {
            name: None,
            manifest: self.manifest.path.clone(),
            root: self.manifest.directory.clone(),
            checkout: None,
            parent: 0,
        });
        self.queue.extend(self.manifest.dependencies.iter().map(|request| (0, request.clone())));
        while let Some((origin, request)) = self.queue.pop_front() {
            if let Err(problem) = self.visit(origin, &request) {
                self.fail(problem.at(request.place));
            }
        }
    }

    fn fail(&mut self, problem: Problem) {
        self.failed = true;
        self.report.findings.push(problem.diagnostic());
    }

    fn visit(&mut self, origin: usize, request: &DependencyRequest) -> Result<(), Problem> {
        let followed = match &request.source {
            Source::Path(path) => Some(self.follow(origin, request, path)?),
            Source::Git(_) => None,
        };
        let meaning = match (&request.source, &followed) {
            (Source::Git(git), _) => Meaning::Git(git.to_string()),
            (_, Some(Followed { directory: Some(directory), .. })) => Meaning::Path(directory.clone()),
            (_, Some(missing)) => return Err(self.not_found(request, &missing.path)),
            (Source::Path(_), None) => unreachable!("paths have been followed"),
        };
        let known = self.known.get(&request.name);
        if let Some(known) = known.filter(|known| known.meaning != meaning) {
            // One manifest is visited once for each name of its package.
            let manifest = self.origins[origin].manifest.clone();
            if !self.conflicts.insert((request.name.clone(), manifest)) {
                return Ok(());
            }
            return Err(self.conflict(origin, request, known));
        }
        let known = known.is_some();
        // A request with another meaning leads to another package: it is no edge to this one.
        if let Some(name) = &self.origins[origin].name {
            self.edges.entry(name.clone()).or_default().insert(request.name.clone());
        }
        if known {
            return Ok(());
        }
        if matches!(&meaning, Meaning::Path(directory) if *directory == self.origins[0].root) {
            return Err(self.root_cycle(origin));
        }
        let found = match (&request.source, followed) {
            (Source::Git(git), _) => self.git(request, git),
            (Source::Path(_), Some(followed)) => self.path(origin, request, followed).map(Some),
            (Source::Path(_), None) => Ok(None),
        };
        // A name that failed is known too, so that it fails once.
        let (found, problem) = match found {
            Ok(found) => (found, None),
            Err(problem) => (None, Some(problem)),
        };
        if let Some(found) = &found {
            self.lock.insert(request.name.clone(), found.entry.clone());
            self.enter(origin, request, found);
        }
        let manifest = self.origins[origin].manifest.clone();
        let known = Known { meaning, request: request.source.to_string(), manifest, found };
        self.known.insert(request.name.clone(), known);
        problem.map_or(Ok(()), Err)
    }

    /// Follows a path to a directory, which inside a checkout must stay inside.
    fn follow(&self, origin: usize, request: &DependencyRequest, path: &str) -> Result<Followed, Problem> {
        let Origin { root, checkout, .. } = &self.origins[origin];
        let joined = root.join(path);
        let by_text = normalize(&joined);
        let resolved = canonical_directory(&joined);
        if let Some(checkout) = checkout {
            let inside = |path: &PathBuf| path.starts_with(checkout);
            if !inside(&by_text) || resolved.as_ref().is_some_and(|path| !inside(path)) {
                let text = format!(
                    "the path `{path}` of the dependency `{}` leaves the repository whose manifest names it, {}",
                    request.name,
                    self.origins[origin].manifest.display()
                );
                return Err(Problem::new(codes::DEP_SUBDIR_ESCAPE, text)
                    .hint("a package in a repository names other repositories by URL"));
            }
        }
        // What is written survives a move of the package; `..` behind a symbolic link is not what it looks like.
        let stable = match &resolved {
            Some(resolved) if canonical_directory(&by_text).as_ref() != Some(resolved) => resolved,
            _ => &by_text,
        };
        let below = relative(stable, &self.origins[0].root);
        if below.to_str().is_none() {
            let text = format!(
                "the directory {} of the dependency `{}` cannot be written into the lock file: its path is not UTF-8",
                stable.display(),
                request.name
            );
            return Err(Problem::new(codes::LOCK_ENCODE_FAILED, text).hint("rename the directory"));
        }
        Ok(Followed { path: with_slashes(&below), directory: resolved })
    }

    fn path(
        &mut self,
        origin: usize,
        request: &DependencyRequest,
        followed: Followed,
    ) -> Result<Found, Problem> {
        let Some(root) = followed.directory else { return Err(self.not_found(request, &followed.path)) };
        let requested = format!("path:{}", followed.path);
        let entry = Entry { locked: Locked::Path(followed.path), requested };
        if let Some(Entry { locked: Locked::Path(path), requested }) = self.locked.get(&request.name) {
            let absolute = requested.strip_prefix("path:").map(Path::new).filter(|path| path.is_absolute());
            let same_request = *requested == entry.requested
                || absolute.is_some_and(|path| canonical_directory(path).as_ref() == Some(&root));
            let locked = canonical_directory(&self.manifest.directory.join(path));
            if same_request && locked.is_none() {
                return Err(self.locked_path_not_found(request, path));
            }
            // An entry that leads elsewhere than its request is not used.
            if same_request && locked.as_ref() == Some(&root) {
                self.accepted.insert(request.name.clone());
            }
        }
        Ok(Found { root, checkout: self.origins[origin].checkout.clone(), entry })
    }

    /// Nothing, if the dependency would have to be resolved and must not be.
    fn git(&mut self, request: &DependencyRequest, git: &GitSource) -> Result<Option<Found>, Problem> {
        let name = &request.name;
        let locked = match self.locked.get(name) {
            Some(Entry { locked: Locked::Git { url, rev, subdir }, requested })
                if *requested == git.to_string() && *url == git.url.shown() =>
            {
                Some((rev.clone(), subdir.clone()))
            }
            _ => None,
        };
        let locked = locked.filter(|_| self.mode != LockMode::Update || !git.selector.moves());
        let (checkout, rev) = match &locked {
            Some((rev, _)) if self.mode == LockMode::Present => match self.checkouts.present(name, rev)? {
                Some(directory) => (directory, rev.clone()),
                None => return Err(not_there(name)),
            },
            None if self.mode == LockMode::Present => return Err(not_there(name)),
            Some((rev, _)) => self.checkouts.get(name, &git.url, rev)?,
            None if matches!(self.mode, LockMode::Check | LockMode::Frozen) => {
                self.waiting.insert(name.clone());
                return Ok(None);
            }
            None => {
                let id = self.checkouts.resolve(name, &git.url, &git.selector)?;
                self.checkouts.get(name, &git.url, &id)?
            }
        };
        let unreadable = |error: std::io::Error| {
            let text = format!("cannot read the checkout {}: {}", checkout.display(), reason(&error));
            Problem::new(codes::DEP_CHECKOUT_NOT_GIT, text).hint("delete it; it is fetched again")
        };
        let checkout = fs::canonicalize(&checkout).map_err(unreadable)?;
        let missing = match &locked {
            Some((_, subdir)) => {
                // An entry that leads elsewhere than its request is not used, but has to lead somewhere.
                below(&checkout, subdir.as_deref(), name, codes::LOCK_ENTRY_SUBDIR_NOT_FOUND)?;
                codes::LOCK_ENTRY_SUBDIR_NOT_FOUND
            }
            None => codes::DEP_SUBDIR_NOT_FOUND,
        };
        let root = below(&checkout, git.subdir.as_deref(), name, missing)?;
        let locked = Locked::Git { url: git.url.shown(), rev, subdir: git.subdir.clone() };
        Ok(Some(Found {
            root,
            checkout: Some(checkout),
            entry: Entry { locked, requested: git.to_string() },
        }))
    }

    /// Reads the manifest of a dependency, if it has one, for its requests.
    fn enter(&mut self, parent: usize, request: &DependencyRequest, found: &Found) {
        let path = found.root.join(MANIFEST_NAME);
        if fs::symlink_metadata(&path).is_err() {
            return;
        }
        if let Some(checkout) = &found.checkout
            && fs::canonicalize(&path).is_ok_and(|path| !path.starts_with(checkout))
        {
            let text = format!(
                "the manifest of the dependency `{}` leaves its checkout: {}",
                request.name,
                path.display()
            );
            return self.fail(
                Problem::new(codes::DEP_SUBDIR_ESCAPE, text).hint("use another revision of the dependency"),
            );
        }
        let before = self.report.findings.len();
        let manifest = Manifest::load(&path, self.report);
        for finding in &mut self.report.findings[before..] {
            as_dependency_problem(finding, &request.name);
        }
        let Some(manifest) = manifest else {
            self.failed = true;
            return;
        };
        let origin = self.origins.len();
        self.origins.push(Origin {
            name: Some(request.name.clone()),
            manifest: manifest.path,
            root: found.root.clone(),
            checkout: found.checkout.clone(),
            parent,
        });
        self.queue.extend(manifest.dependencies.into_iter().map(|request| (origin, request)));
    }

    fn not_found(&self, request: &DependencyRequest, path: &str) -> Problem {
        let locked = match self.locked.get(&request.name) {
            Some(Entry { locked: Locked::Path(locked), requested })
                if *requested == format!("path:{path}") =>
            {
                locked
            }
            _ => {
                let text =
                    format!("the directory {path} of the dependency `{}` does not exist", request.name);
                return Problem::new(codes::DEP_PATH_NOT_FOUND, text)
                    .hint("correct the path; it is relative to the manifest that names it");
            }
        };
        self.locked_path_not_found(request, locked)
    }

    fn locked_path_not_found(&self, request: &DependencyRequest, path: &str) -> Problem {
        let text = format!("the locked directory {path} of the dependency `{}` does not exist", request.name);
        Problem::new(codes::LOCK_ENTRY_PATH_NOT_FOUND, text).hint(
            "bring the directory back, or correct the manifest, delete fuse.lock and run `fuse deps lock`",
        )
    }

    fn conflict(&self, origin: usize, request: &DependencyRequest, known: &Known) -> Problem {
        let text = format!(
            "the dependency `{}` has two meanings: {} in {}, and {} in {}",
            request.name,
            known.request,
            known.manifest.display(),
            request.source,
            self.origins[origin].manifest.display()
        );
        Problem::new(codes::DEP_CONFLICTING_SPECS, text).hint("make both requests equal, or rename one")
    }

    /// How messages call the root package.
    fn root_name(&self) -> String {
        let directory =
            || self.manifest.directory.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = Some(self.manifest.package.name.clone()).filter(|name| !name.is_empty());
        name.or_else(directory).unwrap_or_else(|| "/".into())
    }

    fn root_cycle(&self, mut origin: usize) -> Problem {
        let mut chain = vec![self.root_name()];
        while let Some(name) = &self.origins[origin].name {
            chain.push(name.clone());
            origin = self.origins[origin].parent;
        }
        chain.push(self.root_name());
        chain.reverse();
        cycle(&chain)
    }

    /// Reports a cycle among the dependencies.
    fn find_cycle(&mut self) {
        if let Some(chain) = self.cycle_among_dependencies() {
            self.fail(cycle(&chain));
        }
    }

    /// The first cycle. The walk keeps its own stack, since a chain can be long.
    fn cycle_among_dependencies(&self) -> Option<Vec<String>> {
        let mut done: BTreeSet<&str> = BTreeSet::new();
        for start in self.edges.keys() {
            let mut path: Vec<&str> = Vec::new();
            let mut stack = vec![(start.as_str(), 0)];
            while let Some((name, depth)) = stack.pop() {
                done.extend(path.drain(depth..));
                if let Some(at) = path.iter().position(|above| *above == name) {
                    let chain = path[at..].iter().chain([&name]);
                    return Some(chain.map(|&name| name.to_owned()).collect());
                }
                if done.contains(name) {
                    continue;
                }
                path.push(name);
                let next = self.edges.get(name).into_iter().flatten();
                stack.extend(next.rev().map(|next| (next.as_str(), depth + 1)));
            }
            done.extend(path);
        }
        None
    }

    fn finish(mut self) -> Option<Vec<Dependency>> {
        if self.mode == LockMode::Present {
            return Some(self.dependencies());
        }
        if self.failed {
            return None;
        }
        let path = self.manifest.directory.join(LOCK_NAME);
        let drift = self.drift();
        let code = match self.mode {
            LockMode::Check => codes::LOCK_OUT_OF_DATE,
            LockMode::Frozen => codes::LOCK_FROZEN,
            LockMode::Keep | LockMode::Update | LockMode::Present => {
                self.write(&path).map_err(|problem| self.fail(problem)).ok()?;
                return Some(self.dependencies());
            }
        };
        if drift.is_empty() {
            return Some(self.dependencies());
        }
        let text = format!("lockfile drift detected in {}: {}", path.display(), drift.join("; "));
        let problem = Problem::new(code, text).hint("run `fuse deps lock` to refresh the lock file");
        self.fail(problem);
        None
    }

    /// What would change in the lock file.
    fn drift(&self) -> Vec<String> {
        let wanted = self.lock.keys().chain(&self.waiting);
        let (old, new): (Vec<&String>, Vec<&String>) =
            wanted.partition(|name| self.locked.contains_key(*name));
        let mut drift: Vec<String> = new.iter().map(|name| format!("add {name}")).collect();
        // What a dependency that is not resolved needs is not known, and may be what is locked.
        if self.waiting.is_empty() {
            let removed = self.locked.keys().filter(|name| !self.lock.contains_key(*name));
            drift.extend(removed.map(|name| format!("remove {name}")));
        }
        let changed = |name: &&&String| {
            let same = self.lock.get(**name) == self.locked.get(**name) || self.accepted.contains(**name);
            !same
        };
        drift.extend(old.iter().filter(changed).map(|name| format!("update {name}")));
        drift
    }

    /// Writes the lock file if it has to say something else.
    fn write(&self, path: &Path) -> Result<(), Problem> {
        if self.lock == self.locked {
            return Ok(());
        }
        fuse_files::write_file(path, lock::render(&self.lock).as_bytes()).map_err(|error| {
            let text = format!("cannot write the lock file {}: {}", path.display(), reason(&error.error));
            Problem::new(codes::LOCK_WRITE_FAILED, text)
                .hint("check the permissions and the free space of the package's directory")
        })
    }

    fn dependencies(self) -> Vec<Dependency> {
        let found = self.known.into_iter().filter_map(|(name, known)| Some((name, known.found?)));
        found.map(|(name, Found { root, checkout, .. })| Dependency { name, root, checkout }).collect()
    }
}

fn cycle(chain: &[String]) -> Problem {
    let text = format!("packages depend on each other in a circle: {}", chain.join(" → "));
    Problem::new(codes::DEP_CYCLE, text).hint("move what both need into a package that depends on neither")
}

/// A checkout that would have to be fetched.
fn not_there(name: &str) -> Problem {
    let text = format!("the dependency `{name}` has not been fetched");
    Problem::new(codes::DEP_GIT_REF_RESOLVE_FAILED, text).hint("run `fuse deps lock`")
}

/// The directory of a package in its checkout, symbolic links resolved.
fn below(
    checkout: &Path,
    subdir: Option<&str>,
    name: &str,
    missing: fuse_diagnostics::Code,
) -> Result<PathBuf, Problem> {
    let Some(subdir) = subdir else { return Ok(checkout.to_path_buf()) };
    let Some(root) = canonical_directory(&checkout.join(subdir)) else {
        let text = format!(
            "the directory `{subdir}` of the dependency `{name}` is not in the checkout {}",
            checkout.display()
        );
        let hint = match missing {
            codes::LOCK_ENTRY_SUBDIR_NOT_FOUND => {
                "delete fuse.lock and the checkout, and run `fuse deps lock`"
            }
            _ => "correct `subdir`, or choose a revision that has it",
        };
        return Err(Problem::new(missing, text).hint(hint));
    };
    if !root.starts_with(checkout) {
        let text = format!(
            "the directory `{subdir}` of the dependency `{name}` is a symbolic link out of its checkout"
        );
        return Err(
            Problem::new(codes::DEP_SUBDIR_ESCAPE, text).hint("name a directory of the repository itself")
        );
    }
    Ok(root)
}

/// A directory, symbolic links resolved.
fn canonical_directory(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok().filter(|path| path.is_dir())
}

/// What is wrong with the manifest of a dependency is a failure of the dependency; what is wrong with a request in it has a code
/// of its own.
fn as_dependency_problem(finding: &mut Diagnostic, name: &str) {
    if finding.level == Level::Error && !finding.code.as_str().starts_with("FUSE_DEP_") {
        let text = format!("cannot load the manifest of the dependency `{name}`: {}", finding.message);
        let problem = Problem::new(codes::DEP_MANIFEST_LOAD_FAILED, text)
            .hint("correct it, or use another revision of the dependency");
        (finding.code, finding.message) = (problem.code, problem.message);
    }
}
