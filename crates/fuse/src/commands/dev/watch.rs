//! What a session watches, and what of it has changed (toolchain reference 10.2).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use fuse_files::normalize;
use fuse_package::{LOCK_NAME, MANIFEST_NAME, Manifest, Report, Source};

use super::files::{Digest, Item, Reader, States, list};
use super::notices::{Notices, Places};
use crate::assets;
use crate::session::Session;

/// How long nothing must have changed before something is done about changes: editors and checkouts write many files.
const QUIET: Duration = Duration::from_millis(130);
/// The extension of sources.
const SOURCE: &str = "fuse";

/// What is watched, in the state on which the session has acted.
pub struct Watch {
    reader: Reader,
    notices: Notices,
    seen: Seen,
    manifest: Option<Item>,
    /// The folders of the package and of the dependencies that lie elsewhere on this machine.
    packages: Vec<PathBuf>,
    /// The package whose style sheets are watched.
    styles: Option<Manifest>,
}

#[derive(Clone, Default, PartialEq)]
struct Seen {
    settings: States,
    program: States,
    styles: Option<Digest>,
}

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Manifest, lock file, `.env`, manifests of dependencies.
    pub settings: bool,
    /// The manifest itself.
    pub manifest: bool,
    /// What the program is made of, and what it reads when it starts.
    pub program: bool,
    /// Style sheets.
    pub styles: bool,
}

impl Watch {
    /// Watches nothing yet. Who waits is woken when it may be time to look.
    pub fn new(wake: Sender<()>) -> Watch {
        let (reader, notices) = (Reader::default(), Notices::new(wake));
        Watch { reader, notices, seen: Seen::default(), manifest: None, packages: Vec::new(), styles: None }
    }

    /// Watches what the session was prepared from. What was watched before keeps its state, since preparing came after it.
    pub fn set_settings(&mut self, session: &Session<'_>) {
        let base = session.base();
        let manifest = session.manifest.as_ref();
        let manifest = manifest.map_or_else(|| base.join(MANIFEST_NAME), |manifest| manifest.path.clone());
        let lock = Item::File(base.join(LOCK_NAME));
        let mut items = vec![Item::File(manifest.clone()), lock.clone(), Item::File(base.join(".env"))];
        let own = session.dependencies.iter().filter(|dependency| dependency.checkout.is_none());
        self.packages = own.map(|dependency| dependency.root.clone()).collect();
        items.extend(self.packages.iter().map(|root| Item::File(root.join(MANIFEST_NAME))));
        self.packages.push(base.to_owned());
        let before = std::mem::take(&mut self.seen.settings);
        for item in items {
            // Preparing has written the lock file itself.
            let state = before.get(&item).filter(|_| item != lock).copied();
            let state = state.unwrap_or_else(|| self.reader.look(&item));
            self.seen.settings.insert(item, state);
        }
        self.manifest = Some(Item::File(manifest));
    }

    /// Watches the style sheets, which are about to be prepared.
    pub fn set_styles(&mut self, session: &Session<'_>) {
        self.styles = session.manifest.clone().filter(|manifest| manifest.assets.watch);
        self.seen.styles = self.look_at_styles();
    }

    /// Watches what the program was checked from, and what it reads when it starts.
    pub fn set_program(&mut self, checked: States, session: &Session<'_>) {
        self.seen.program = checked;
        let base = session.base();
        let named = |variable, default: &str| {
            let path = session.variable(variable).map_or_else(|| PathBuf::from(default), PathBuf::from);
            session.cwd.join(path)
        };
        self.also(Item::File(base.join("config.toml")));
        self.also(Item::File(named("FUSE_CONFIG", "config.toml")));
        self.also(Item::Tree(base.join("assets/svg"), "svg"));
        self.also(Item::Tree(named("FUSE_SVG_DIR", "assets/svg"), "svg"));
        for dependency in session.dependencies.iter().filter(|dependency| dependency.checkout.is_none()) {
            self.also(Item::Tree(dependency.root.clone(), SOURCE));
        }
    }

    /// Watches all sources of the package besides: which of them belong to the program is not known.
    pub fn also_all_sources(&mut self, session: &Session<'_>) {
        if let Some(manifest) = &session.manifest {
            self.also(Item::Tree(manifest.directory.clone(), SOURCE));
        }
    }

    /// Watches the packages that manifests name besides: those that could not be used.
    pub fn also_requested(&mut self) {
        let Some(Item::File(manifest)) = self.manifest.clone() else { return };
        let mut waiting = vec![manifest];
        let mut visited = BTreeSet::new();
        while let Some(path) = waiting.pop() {
            if !visited.insert(path.clone()) {
                continue;
            }
            // What is wrong with it has been told.
            let Some(manifest) = Manifest::load(&path, &mut Report::new()) else { continue };
            for request in &manifest.dependencies {
                let Source::Path(path) = &request.source else { continue };
                let root = normalize(&manifest.directory.join(path));
                let manifest = root.join(MANIFEST_NAME);
                for item in [Item::File(manifest.clone()), Item::Target(root)] {
                    let state = self.reader.look(&item);
                    self.seen.settings.entry(item).or_insert(state);
                }
                waiting.push(manifest);
            }
        }
    }

    fn also(&mut self, item: Item) {
        let state = self.reader.look(&item);
        self.seen.program.entry(item).or_insert(state);
    }

    /// How long to wait for a notice before looking all the same.
    pub fn patience(&self) -> Duration {
        self.notices.patience()
    }

    /// What has changed since the last answer, once nothing changes any more.
    pub fn change(&mut self) -> Option<Change> {
        // The places first: what changes before they are watched is seen by looking, what changes later is told.
        self.notices.watch(self.places());
        let mut now = self.look();
        if now == self.seen {
            return None;
        }
        loop {
            thread::sleep(QUIET);
            let next = self.look();
            if next == now {
                break;
            }
            now = next;
        }
        let before = std::mem::replace(&mut self.seen, now);
        let now = &self.seen;
        let of_manifest =
            |seen: &Seen| self.manifest.as_ref().and_then(|item| seen.settings.get(item).copied());
        let change = Change {
            settings: before.settings != now.settings,
            manifest: of_manifest(&before) != of_manifest(now),
            program: before.program != now.program,
            styles: before.styles != now.styles,
        };
        (change.settings || change.program || change.styles).then_some(change)
    }

    fn look(&mut self) -> Seen {
        let mut seen = self.seen.clone();
        for (item, state) in seen.settings.iter_mut().chain(&mut seen.program) {
            *state = self.reader.look(item);
        }
        seen.styles = self.look_at_styles();
        seen
    }

    fn look_at_styles(&mut self) -> Option<Digest> {
        let sources = assets::sources(self.styles.as_ref()?);
        Some(self.reader.all(&sources))
    }

    fn places(&self) -> Places {
        let mut places = Places::new(self.packages.clone());
        for item in self.seen.settings.keys().chain(self.seen.program.keys()) {
            match item {
                // A manifest above all packages would be strange, and time enough to notice it.
                Item::Present(path) if !places.has(path) => {}
                Item::File(path) | Item::Target(path) | Item::Present(path) => places.add(path),
                Item::Tree(folder, extension) => {
                    places.add(folder);
                    list(folder, extension).folders.iter().for_each(|folder| places.add_whole(folder));
                }
            }
        }
        if let Some(css) = self.styles.as_ref().and_then(assets::css) {
            places.add(&css);
            list(&css, "css").folders.iter().for_each(|folder| places.add_whole(folder));
        }
        places
    }
}
