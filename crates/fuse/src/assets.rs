//! The hook before a build and the pipeline of style sheets (toolchain reference 9): copies with hashed names, and the map from file to copy.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use fuse_files::{normalize, prepare_fuse_dir, relative, with_slashes, write_file};
use fuse_package::Manifest;
use sha1::{Digest, Sha1};

use crate::files::{read, reason};

/// The variable by which the map reaches a program.
pub const MAP_VARIABLE: &str = "FUSE_ASSET_MAP";
/// The map, in the folder `.fuse`.
const MAP: &str = "assets-manifest.json";
/// Where the files of the site lie if the manifest does not say.
const STATIC_ROOT: &str = "public";
/// Digits of a hash in a name.
const DIGITS: usize = 10;
/// From how many digits on a name is taken for a hashed one.
const LEAST_DIGITS: usize = 6;
/// Bytes of a command's output that are shown.
const MOST_SAID: usize = 64 << 10;
/// Folders in which nobody's style sheets are.
const SKIPPED: [&str; 3] = [".git", ".fuse", "target"];

/// Runs the command that the manifest wants to be run before a build. The error is what went wrong, as one text.
pub fn before_build(manifest: &Manifest) -> Result<(), String> {
    let Some(hook) = manifest.assets.before_build.as_deref().filter(|hook| !hook.trim().is_empty()) else {
        return Ok(());
    };
    let mut command = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    command.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(hook);
    command
        .current_dir(&manifest.directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let failed = |what: &str| format!("asset hook error: before_build failed: {what}");
    let not_started = |error: io::Error| failed(&format!("the shell cannot be started: {}", reason(&error)));
    let mut child = command.spawn().map_err(not_started)?;
    let said = [Said::of(child.stderr.take()), Said::of(child.stdout.take())];
    let status = child.wait().map_err(|error| failed(&reason(&error)))?;
    if status.success() {
        return Ok(());
    }
    let said = said.into_iter().map(Said::text).find(|text| !text.is_empty());
    Err(failed(&said.unwrap_or_else(|| status.to_string())))
}

/// What a command writes to a stream while it runs.
struct Said {
    bytes: Receiver<Vec<u8>>,
}

impl Said {
    /// Begins to listen.
    fn of(stream: Option<impl Read + Send + 'static>) -> Said {
        let (sender, bytes) = channel();
        let listen = move || {
            let Some(mut stream) = stream else { return };
            let mut chunk = [0; 4096];
            let mut sent = 0;
            // All is read, so that the command can go on; what is more than is shown is not kept.
            while let Ok(length @ 1..) = stream.read(&mut chunk) {
                if sent < MOST_SAID && sender.send(chunk[..length].to_vec()).is_ok() {
                    sent += length;
                }
            }
        };
        thread::spawn(listen);
        Said { bytes }
    }

    /// What the command has written before it ended. A process that it left behind may keep the stream open for ever.
    fn text(self) -> String {
        let mut text = Vec::new();
        while let Ok(chunk) = self.bytes.recv_timeout(Duration::from_millis(200)) {
            text.extend(chunk);
        }
        String::from_utf8_lossy(&text).trim().to_owned()
    }
}

/// Prepares the style sheets of a package, if it names any, and returns those that decide what its program is given. The error says what went
/// wrong.
pub fn prepare(manifest: &Manifest) -> Result<Vec<PathBuf>, String> {
    let Some(css) = css(manifest) else { return Ok(Vec::new()) };
    let found = style_sheets(&css)?;
    let map_path = map_path(manifest);
    if !manifest.assets.hash {
        return match fs::remove_file(&map_path) {
            Err(error) if !is_missing(&error) => Err(cannot("delete", &map_path, &reason(&error))),
            _ => Ok(Vec::new()),
        };
    }
    let earlier = Earlier::read(manifest, &map_path);
    let mut map = BTreeMap::new();
    let mut copies = BTreeSet::new();
    let mut hashed = Vec::new();
    for path in found.into_iter().filter(|path| !earlier.copies.contains(path)) {
        let bytes = read(&path).map_err(|reason| cannot("read", &path, &reason))?;
        let hash = hash(&bytes);
        // A copy that an earlier run made, although its map is gone: no text holds its own hash by chance.
        if taken_apart(&path).is_some_and(|(_, digits)| digits == hash) {
            continue;
        }
        let copy = path.with_extension(format!("{hash}.css"));
        map.insert(key(manifest, &path)?, format!("/{}", key(manifest, &copy)?));
        write_if_changed(&copy, &bytes)?;
        copies.insert(copy);
        hashed.push(path);
    }
    let text = serde_json::to_string(&map).map_err(|error| cannot("write", &map_path, &error.to_string()))?;
    let folder = manifest.directory.join(".fuse");
    prepare_fuse_dir(&folder).map_err(|error| error.to_string())?;
    write_if_changed(&map_path, text.as_bytes())?;
    // Whatever the map says: nothing is removed but where the style sheets are.
    let folder = if css.is_dir() { css.as_path() } else { css.parent().unwrap_or(&css) };
    for copy in earlier.copies.difference(&copies).filter(|copy| copy.starts_with(folder)) {
        match fs::remove_file(copy) {
            Err(error) if !is_missing(&error) => return Err(cannot("delete", copy, &reason(&error))),
            _ => {}
        }
    }
    Ok(hashed)
}

/// The style sheets that the pipeline would prepare now; its own copies are none of them. Nothing is reported.
pub fn sources(manifest: &Manifest) -> Vec<PathBuf> {
    let Some(css) = css(manifest) else { return Vec::new() };
    let mut found = style_sheets(&css).unwrap_or_default();
    if manifest.assets.hash {
        let earlier = Earlier::read(manifest, &map_path(manifest));
        found.retain(|path| !earlier.copies.contains(path));
    }
    found
}

/// The style sheet, or the folder of style sheets, that the manifest names.
pub fn css(manifest: &Manifest) -> Option<PathBuf> {
    manifest.assets.css.as_deref().map(|css| normalize(&manifest.resolve(css)))
}

/// The text of the package's map, if it has one.
pub fn map(manifest: &Manifest) -> Option<String> {
    // What is no text is no map, and a variable cannot hold a zero byte, which JSON writes otherwise.
    let text = read(&map_path(manifest)).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.filter(|text| !text.contains('\0'))
}

fn map_path(manifest: &Manifest) -> PathBuf {
    manifest.directory.join(".fuse").join(MAP)
}

/// The style sheet, or those at and below a folder, in order. Links to folders are not followed.
fn style_sheets(css: &Path) -> Result<Vec<PathBuf>, String> {
    match fs::metadata(css) {
        Err(error) if is_missing(&error) => Err(format!("assets.css path does not exist: {}", css.display())),
        Err(error) => Err(cannot("read", css, &reason(&error))),
        Ok(metadata) if metadata.is_dir() => {
            let mut found = Vec::new();
            let mut folders = vec![css.to_path_buf()];
            while let Some(folder) = folders.pop() {
                let unreadable = |error: io::Error| cannot("read", &folder, &reason(&error));
                for entry in fs::read_dir(&folder).map_err(unreadable)? {
                    let entry = entry.map_err(unreadable)?;
                    let path = entry.path();
                    if entry.file_type().map_err(unreadable)?.is_dir() {
                        if !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) {
                            folders.push(path);
                        }
                    } else if is_style_sheet(&path) && path.is_file() {
                        found.push(path);
                    }
                }
            }
            found.sort();
            Ok(found)
        }
        Ok(_) if is_style_sheet(css) => Ok(vec![css.to_path_buf()]),
        Ok(_) => Err(format!("assets.css is neither a folder nor a file `*.css`: {}", css.display())),
    }
}

fn is_style_sheet(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("css"))
}

/// What an earlier run has made.
struct Earlier {
    /// Absolute paths.
    copies: BTreeSet<PathBuf>,
}

impl Earlier {
    /// What the map records. A file that is no map records nothing.
    fn read(manifest: &Manifest, map: &Path) -> Earlier {
        let bytes = read(map).unwrap_or_default();
        let map: BTreeMap<String, String> = serde_json::from_slice(&bytes).unwrap_or_default();
        let roots = [static_root(manifest), manifest.directory.clone()];
        let copy = |(file, copy): (String, String)| {
            let copy = copy.strip_prefix('/')?;
            let (stem, _) = taken_apart(Path::new(copy))?;
            if Path::new(copy).with_file_name(format!("{stem}.css")) != Path::new(&file) {
                return None;
            }
            // Both are relative to the same root: the one that has the file, or if nobody has it any more, the copy.
            let has = |name: &str| roots.iter().find(|root| root.join(name).is_file());
            Some(normalize(&has(&file).or_else(|| has(copy))?.join(copy)))
        };
        Earlier { copies: map.into_iter().filter_map(copy).collect() }
    }
}

/// The folder of the site.
fn static_root(manifest: &Manifest) -> PathBuf {
    normalize(&manifest.resolve(manifest.serve.static_dir.as_deref().unwrap_or(STATIC_ROOT)))
}

/// How the map names a file.
fn key(manifest: &Manifest, path: &Path) -> Result<String, String> {
    let root = static_root(manifest);
    let root = if path.starts_with(&root) { &root } else { &manifest.directory };
    let below = relative(path, root);
    match below.to_str() {
        Some(_) => Ok(with_slashes(&below)),
        None => Err(cannot("hash", path, "its path is not UTF-8")),
    }
}

/// Stem and digits of the name of a copy.
fn taken_apart(path: &Path) -> Option<(&str, &str)> {
    let (stem, digits) = path.file_stem()?.to_str()?.rsplit_once('.')?;
    let is_hash = digits.len() >= LEAST_DIGITS
        && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    (is_hash && is_style_sheet(path)).then_some((stem, digits))
}

fn hash(bytes: &[u8]) -> String {
    let digest = Sha1::digest(bytes);
    let mut digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.truncate(DIGITS);
    digits
}

fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<(), String> {
    if read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    write_file(path, bytes).map_err(|error| error.to_string())
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn cannot(what: &str, path: &Path, reason: &str) -> String {
    format!("cannot {what} {}: {reason}", path.display())
}
