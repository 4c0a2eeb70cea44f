//! Notices of the system that something has happened where something is watched. They only say when to look; what has changed is found out
//! by looking. So a notice too many costs a look, and one that is lost costs time.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::event::ModifyKind;
use notify::{Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// How often to look if the system does not tell.
const POLLING: Duration = Duration::from_millis(200);
/// How often to look although it does: some file systems (of networks, of other machines) never tell.
const DOUBTING: Duration = Duration::from_secs(2);

/// Where something is watched.
pub struct Places {
    /// The folders of the packages. What lies above them is full of what others do.
    packages: Vec<PathBuf>,
    /// Folders to be told about, symbolic links resolved.
    folders: BTreeSet<PathBuf>,
    /// Paths in them that matter.
    names: HashSet<PathBuf>,
    /// Those of them in which everything matters.
    whole: HashSet<PathBuf>,
    resolved: HashMap<PathBuf, Option<PathBuf>>,
}

impl Places {
    /// No places yet, in and around these folders.
    pub fn new(packages: Vec<PathBuf>) -> Places {
        let (folders, names, whole, resolved) = Default::default();
        Places { packages, folders, names, whole, resolved }
    }

    /// Whether a path lies in one of the packages.
    pub fn has(&self, path: &Path) -> bool {
        self.packages.iter().any(|package| path.starts_with(package))
    }

    /// Adds a file or folder that may appear, change or go. In a package all folders above it count too, since each may be a link that is
    /// led elsewhere, or be replaced.
    pub fn add(&mut self, path: &Path) {
        self.add_chain(path);
        if let Ok(real) = fs::canonicalize(path)
            && real != path
        {
            self.add_chain(&real);
        }
    }

    /// Adds a folder in which everything matters.
    pub fn add_whole(&mut self, folder: &Path) {
        self.add_chain(folder);
        if let Some(folder) = self.resolve(folder) {
            self.folders.insert(folder.clone());
            self.whole.insert(folder);
        }
    }

    fn add_chain(&mut self, path: &Path) {
        let in_package = self.has(path);
        for path in path.ancestors() {
            let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { break };
            // A folder that is missing is found by those above it.
            let Some(folder) = self.resolve(parent) else { continue };
            let is_new = self.names.insert(folder.join(name));
            self.folders.insert(folder);
            if !is_new || !in_package || self.packages.iter().any(|package| package == parent) {
                break;
            }
        }
    }

    fn resolve(&mut self, folder: &Path) -> Option<PathBuf> {
        if let Some(known) = self.resolved.get(folder) {
            return known.clone();
        }
        let real = fs::canonicalize(folder).ok().filter(|real| real.is_dir());
        self.resolved.insert(folder.to_owned(), real.clone());
        real
    }
}

/// The notices of a session.
pub struct Notices {
    /// None if the system refuses.
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    interest: Arc<Mutex<Interest>>,
}

/// What the thread of the notices needs to know, and tells.
#[derive(Default)]
struct Interest {
    names: HashSet<PathBuf>,
    whole: HashSet<PathBuf>,
    /// Paths whose folders are, or may be, others by now.
    replaced: Vec<PathBuf>,
}

impl Interest {
    /// Whether an event is a reason to look.
    fn takes(&mut self, event: &Event) -> bool {
        if event.need_rescan() {
            return true;
        }
        if matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))) {
            self.replaced.extend(event.paths.iter().cloned());
        }
        // Looking is access itself.
        let matters = |path: &PathBuf| {
            self.names.contains(path) || path.parent().is_some_and(|folder| self.whole.contains(folder))
        };
        !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(matters)
    }
}

impl Notices {
    /// Notices that wake who holds the other end of the channel.
    pub fn new(wake: Sender<()>) -> Notices {
        let interest = Arc::new(Mutex::new(Interest::default()));
        let shared = Arc::clone(&interest);
        let handler = move |event: notify::Result<Event>| {
            let is_reason = event.as_ref().map_or(true, |event| lock(&shared).takes(event));
            if is_reason {
                // Nobody waits any more when the session ends.
                let _ = wake.send(());
            }
        };
        let watcher = RecommendedWatcher::new(handler, Config::default()).ok();
        Notices { watcher, watched: BTreeSet::new(), interest }
    }

    /// How long to wait for a notice before looking all the same.
    pub fn patience(&self) -> Duration {
        if self.watcher.is_some() { DOUBTING } else { POLLING }
    }

    /// From now on these places are watched, and no others.
    pub fn watch(&mut self, places: Places) {
        let Some(watcher) = &mut self.watcher else { return };
        let replaced = {
            let mut interest = lock(&self.interest);
            interest.names = places.names;
            interest.whole = places.whole;
            std::mem::take(&mut interest.replaced)
        };
        let is_stale = |folder: &PathBuf| {
            !places.folders.contains(folder) || replaced.iter().any(|gone| folder.starts_with(gone))
        };
        let stale: Vec<PathBuf> = self.watched.iter().filter(|folder| is_stale(folder)).cloned().collect();
        for folder in stale {
            // Of what is gone the system has no watch any more.
            let _ = watcher.unwatch(&folder);
            self.watched.remove(&folder);
        }
        for folder in places.folders {
            if self.watched.contains(&folder) {
                continue;
            }
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(folder);
                }
                Err(error) if is_refusal(&error) => {
                    self.watcher = None;
                    return;
                }
                // It has just gone, or cannot be listed: then nothing is told about it.
                Err(_) => {}
            }
        }
    }
}

/// Whether the system gives no more watches.
fn is_refusal(error: &notify::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    match &error.kind {
        ErrorKind::PathNotFound => false,
        ErrorKind::Io(error) => !matches!(error.kind(), NotFound | NotADirectory | PermissionDenied),
        _ => true,
    }
}

fn lock(interest: &Mutex<Interest>) -> MutexGuard<'_, Interest> {
    interest.lock().unwrap_or_else(PoisonError::into_inner)
}
