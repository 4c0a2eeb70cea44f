//! What of the disk a session depends on, reduced to digests: two looks that are equal mean that nothing has changed.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha1::{Digest as _, Sha1};

use crate::files;

/// Folders in which no sources are looked for.
const SKIPPED: [&str; 4] = [".git", ".fuse", "target", "node_modules"];
/// A file that changed less than this before it was read may change again without another time.
const SETTLED: Duration = Duration::from_secs(1);

/// Something that a session depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// The contents of a file.
    File(PathBuf),
    /// Which file or folder a path leads to.
    Target(PathBuf),
    /// Whether there is such a file.
    Present(PathBuf),
    /// The names and contents of all files below a folder with this extension.
    Tree(PathBuf, &'static str),
}

/// What stands for the contents of a file.
pub type Digest = [u8; 20];

/// How things are; `None` if there is no such thing.
pub type States = BTreeMap<Item, Option<Digest>>;

/// The digest of some bytes.
pub fn digest(bytes: &[u8]) -> Digest {
    Sha1::digest(bytes).into()
}

/// The state of a path that leads there.
pub fn target_digest(target: &Path) -> Digest {
    digest(target.as_os_str().as_bytes())
}

/// The state of a file that is there, whatever its contents.
pub const PRESENT: Digest = [1; 20];

/// Looks at the disk. Files that have not been touched since the last look are not read again.
#[derive(Default)]
pub struct Reader {
    known: HashMap<PathBuf, Known>,
}

struct Known {
    stamp: Stamp,
    digest: Digest,
}

/// What changes with each change of a file, once some time has passed since the last.
type Stamp = (u64, u64, u64, i64, i64, i64, i64);

impl Reader {
    /// How a thing is now.
    pub fn look(&mut self, item: &Item) -> Option<Digest> {
        match item {
            Item::File(path) => self.file(path),
            Item::Target(path) => fs::canonicalize(path).ok().map(|target| target_digest(&target)),
            Item::Present(path) => {
                fs::metadata(path).is_ok_and(|metadata| metadata.is_file()).then_some(PRESENT)
            }
            Item::Tree(folder, extension) => Some(self.all(&list(folder, extension).files)),
        }
    }

    /// One digest for the names and contents of several files.
    pub fn all(&mut self, paths: &[PathBuf]) -> Digest {
        let mut all = Sha1::new();
        for path in paths {
            let name = path.as_os_str().as_bytes();
            all.update((name.len() as u64).to_le_bytes());
            all.update(name);
            all.update(self.file(path).unwrap_or_default());
        }
        all.finalize().into()
    }

    fn file(&mut self, path: &Path) -> Option<Digest> {
        let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
        let stamp = stamp(&metadata);
        if let Some(known) = self.known.get(path).filter(|known| known.stamp == stamp) {
            return Some(known.digest);
        }
        let digest = digest(&files::read(path).ok()?);
        if is_settled(&metadata) {
            self.known.insert(path.to_owned(), Known { stamp, digest });
        }
        Some(digest)
    }
}

fn stamp(metadata: &Metadata) -> Stamp {
    let times = (metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec());
    (metadata.dev(), metadata.ino(), metadata.len(), times.0, times.1, times.2, times.3)
}

/// Whether a change from now on gives the file another time of change, which nobody can set.
fn is_settled(metadata: &Metadata) -> bool {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let changed = Duration::new(metadata.ctime().max(0) as u64, metadata.ctime_nsec() as u32);
    now.checked_sub(changed).is_some_and(|age| age > SETTLED)
}

/// What is below a folder, sorted.
pub struct Listing {
    /// The files with the extension.
    pub files: Vec<PathBuf>,
    /// The folder and those below it, as far as there are any.
    pub folders: Vec<PathBuf>,
}

/// Lists what is below a folder. Links to folders are not followed.
pub fn list(folder: &Path, extension: &str) -> Listing {
    let mut listing = Listing { files: Vec::new(), folders: Vec::new() };
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                listing.files.push(path);
            }
        }
        listing.folders.push(folder);
    }
    listing.files.sort();
    listing.folders.sort();
    listing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_decide_and_not_times() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.fuse"), folder.path().join("link.fuse"));
        let mut reader = Reader::default();
        let file = Item::File(path.clone());
        assert_eq!(reader.look(&file), None);
        fs::write(&path, "one").unwrap();
        let one = reader.look(&file);
        assert_eq!(one, Some(digest(b"one")));
        fs::write(&path, "one").unwrap();
        assert_eq!(reader.look(&file), one);
        // The same length and, on most machines, the same tick of the clock.
        fs::write(&path, "two").unwrap();
        assert_eq!(reader.look(&file), Some(digest(b"two")));

        std::os::unix::fs::symlink(&path, &link).unwrap();
        let (target, tree) =
            (Item::Target(link.clone()), Item::Tree(folder.path().canonicalize().unwrap(), "fuse"));
        assert_eq!(reader.look(&target), Some(target_digest(&path.canonicalize().unwrap())));
        let before = reader.look(&tree);
        fs::create_dir_all(folder.path().join("target")).unwrap();
        fs::write(folder.path().join("target/b.fuse"), "").unwrap();
        fs::write(folder.path().join("b.txt"), "").unwrap();
        assert_eq!(reader.look(&tree), before);
        fs::create_dir_all(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/b.fuse"), "").unwrap();
        assert_ne!(reader.look(&tree), before);
    }
}
