//! `fuse new`: a package that works as it is.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use fuse_diagnostics::codes;

use crate::cli::{FAILED, OK};
use crate::files::reason;
use crate::options::Invocation;
use crate::output::Output;
use crate::session::current_directory;
use crate::templates;

/// Creates the package.
pub fn run(invocation: &Invocation, output: &Output) -> u8 {
    let Ok(cwd) = current_directory(output) else { return FAILED };
    // The command line has been checked: there is a name.
    let given = Path::new(&invocation.operands[0]);
    let name = match name(given) {
        Ok(name) => name,
        Err(message) => return refuse(output, &message),
    };
    if let Some(obstacle) = obstacle(given) {
        return refuse(output, &format!("cannot create {}: {obstacle}", given.display()));
    }
    let files = templates::files(invocation.options.template.as_deref(), name);
    let mut created = Created::default();
    for (path, text) in &files {
        let path = given.join(path);
        if let Err(error) = created.file(&path, text) {
            created.remove();
            let message = format!("cannot write {}: {}", path.display(), reason(&error));
            output.error(codes::WRAPPER_FILE_WRITE, &message);
            return FAILED;
        }
    }
    let mut names: Vec<String> = files.iter().map(|(path, _)| relative(&given.join(path), &cwd)).collect();
    names.sort_unstable();
    names.iter().for_each(|name| output.stdout(&format!("{name}\n")));
    OK
}

fn refuse(output: &Output, message: &str) -> u8 {
    output.error(codes::WRAPPER_NEW_REFUSED, message);
    FAILED
}

/// The package's name: the last component of the path, if it can be one.
fn name(path: &Path) -> Result<&str, String> {
    let last = path.components().next_back().map_or(path.as_os_str(), Component::as_os_str);
    let is_name = |name: &str| {
        let rest = name.strip_prefix(|first: char| first.is_ascii_alphabetic());
        rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))
    };
    last.to_str()
        .filter(|name| is_name(name))
        .ok_or_else(|| format!("invalid package name: {}", last.to_string_lossy()))
}

/// Why the package cannot be created there.
fn obstacle(path: &Path) -> Option<String> {
    match fs::read_dir(path) {
        Ok(mut entries) => entries.next().map(|_| "it exists and is not empty".to_owned()),
        // Also a link that leads nowhere.
        Err(_) if fs::symlink_metadata(path).is_ok_and(|found| !found.is_dir()) && !path.is_dir() => {
            Some("it is not a folder".to_owned())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) if path.is_dir() => Some(reason(&error)),
        // What is in the way of the folder is told when it is created.
        Err(_) => None,
    }
}

/// What has been created, in order.
#[derive(Default)]
struct Created {
    paths: Vec<PathBuf>,
}

impl Created {
    /// Creates a file and the folders above it that are missing.
    fn file(&mut self, path: &Path, text: &str) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            self.folder(folder)?;
        }
        let mut file = fs::File::options().write(true).create_new(true).open(path)?;
        self.paths.push(path.to_path_buf());
        io::Write::write_all(&mut file, text.as_bytes())
    }

    fn folder(&mut self, path: &Path) -> io::Result<()> {
        let missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.is_dir();
        let missing: Vec<&Path> = path.ancestors().take_while(missing).collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => self.paths.push(folder.to_path_buf()),
                // "Exists already" is what the system says of a file where a folder should be.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    return Err(ErrorKind::NotADirectory.into());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Removes everything again. The reason for that is what is told, not what may go wrong here.
    fn remove(self) {
        for path in self.paths.into_iter().rev() {
            let _ = if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) };
        }
    }
}

/// A path as seen from the current directory, with `/`.
fn relative(path: &Path, cwd: &Path) -> String {
    let path = cwd.join(path);
    // The folder exists by now, so what `..` and links in it mean is known.
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    let path = match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    };
    let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_path_buf());
    let shared = path.components().zip(cwd.components()).take_while(|(a, b)| a == b).count();
    let up = cwd.components().skip(shared).map(|_| "..".to_owned());
    let down = path.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}
