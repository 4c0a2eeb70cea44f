//! Checkouts: `.fuse/deps/<Name>/<full commit id>/` of the root package (toolchain reference 7.4).

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use fuse_diagnostics::{Code, codes};
use tempfile::TempDir;

use super::git::{Ref, Repository};
use super::lock::is_commit_id;
use super::{Problem, Selector, Url};
use crate::reason;

/// The checkouts of a root package.
pub(super) struct Checkouts<'a> {
    pub package: &'a Path,
}

impl Checkouts<'_> {
    /// The commit that a selector means now.
    pub fn resolve(&self, name: &str, url: &Url, selector: &Selector) -> Result<String, Problem> {
        let wanted: Vec<String> = match selector {
            Selector::Rev(rev) if is_commit_id(&rev.to_ascii_lowercase()) => {
                return Ok(rev.to_ascii_lowercase());
            }
            Selector::Rev(rev) => return self.resolve_short(name, url, rev),
            Selector::Head => vec!["HEAD".into()],
            Selector::Branch(branch) => vec![format!("refs/heads/{branch}")],
            Selector::Tag(tag) => tag_names(tag).into(),
            Selector::Version(version) => [tag_names(&format!("v{version}")), tag_names(version)].concat(),
        };
        let directory = self.temporary(name)?;
        let repository = Repository::create(directory.path(), url, name, "")?;
        let refs = repository.remote_refs(&wanted)?;
        let id =
            |wanted: &String| refs.iter().find(|(_, name): &&Ref| name == wanted).map(|(id, _)| id.clone());
        wanted.iter().find_map(id).ok_or_else(|| unresolved(name, url, selector))
    }

    /// The commit of an abbreviated id.
    fn resolve_short(&self, name: &str, url: &Url, rev: &str) -> Result<String, Problem> {
        let selector = Selector::Rev(rev.to_owned());
        let short = (4..64).contains(&rev.len()) && rev.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !short {
            return Err(unresolved(name, url, &selector));
        }
        let directory = self.temporary(name)?;
        let heads = Repository::create(directory.path(), url, name, "")?.remote_refs(&["HEAD".into()])?;
        let like = heads.first().map_or("", |(id, _)| id);
        let directory = self.temporary(name)?;
        let repository = Repository::create(directory.path(), url, name, like)?;
        repository.fetch_all()?;
        repository.commit(rev)?.ok_or_else(|| unresolved(name, url, &selector))
    }

    /// The checkout of a commit (or of the commit that a tag object means), fetched if it is not there; and the commit.
    pub fn get(&self, name: &str, url: &Url, id: &str) -> Result<(PathBuf, String), Problem> {
        if let Some(directory) = self.present(name, id)? {
            return Ok((directory, id.to_owned()));
        }
        let temporary = self.temporary(name)?;
        let repository = Repository::create(temporary.path(), url, name, id)?;
        if !repository.fetch_object(id)? {
            repository.fetch_all()?;
        }
        let rev = || unresolved(name, url, &Selector::Rev(id.to_owned()));
        let commit = repository.commit(id)?.ok_or_else(rev)?;
        if let Some(directory) = self.present(name, &commit)? {
            return Ok((directory, commit));
        }
        repository.check_out(&commit)?;
        let directory = self.directory(name, &commit);
        match fs::rename(temporary.path(), &directory) {
            Ok(()) => drop(temporary.keep()),
            // Another command was quicker.
            Err(_) if self.present(name, &commit)?.is_some() => {}
            Err(error) => return Err(not_made(codes::DEP_CHECKOUT_DIR_CREATE_FAILED, &directory, &error)),
        }
        Ok((directory, commit))
    }

    fn directory(&self, name: &str, commit: &str) -> PathBuf {
        self.package.join(".fuse/deps").join(name).join(commit)
    }

    /// The checkout of a commit, if it is there.
    pub fn present(&self, name: &str, commit: &str) -> Result<Option<PathBuf>, Problem> {
        let directory = self.directory(name, commit);
        match fs::symlink_metadata(&directory) {
            Err(_) => Ok(None),
            Ok(metadata) if metadata.is_dir() && directory.join(".git").is_dir() => Ok(Some(directory)),
            Ok(_) => {
                let text = format!("{} is not a git checkout", directory.display());
                let hint = "delete it; it is fetched again";
                Err(Problem::new(codes::DEP_CHECKOUT_NOT_GIT, text).hint(hint))
            }
        }
    }

    /// An empty directory beside the checkouts of a dependency, which goes away unless it is renamed.
    fn temporary(&self, name: &str) -> Result<TempDir, Problem> {
        let all = self.package.join(".fuse/deps");
        fuse_files::prepare_fuse_dir(&self.package.join(".fuse"))
            .map_err(|error| error.error)
            .and_then(|()| fs::create_dir_all(&all))
            .map_err(|error| not_made(codes::DEP_CACHE_DIR_CREATE_FAILED, &all, &error))?;
        let own = all.join(name);
        fs::create_dir_all(&own)
            .and_then(|()| tempfile::Builder::new().prefix(".tmp-").tempdir_in(&own))
            .map_err(|error| not_made(codes::DEP_CHECKOUT_DIR_CREATE_FAILED, &own, &error))
    }
}

/// A tag as it is listed: the commit of an annotated one comes first.
fn tag_names(tag: &str) -> [String; 2] {
    [format!("refs/tags/{tag}^{{}}"), format!("refs/tags/{tag}")]
}

fn unresolved(name: &str, url: &Url, selector: &Selector) -> Problem {
    let (what, hint) = match selector {
        Selector::Head => {
            ("a default branch".to_owned(), "name a branch, or commit something to the repository".to_owned())
        }
        Selector::Rev(rev) => (
            format!("the commit `{rev}`"),
            "give a commit id of a branch or tag; if it is locked, run `fuse deps lock --update`".to_owned(),
        ),
        Selector::Tag(tag) => (format!("the tag `{tag}`"), "correct `tag`".to_owned()),
        Selector::Branch(branch) => (format!("the branch `{branch}`"), "correct `branch`".to_owned()),
        Selector::Version(version) => {
            (format!("a tag `v{version}` or `{version}`"), "correct `version`".to_owned())
        }
    };
    let text = format!("{url}, the source of the dependency `{name}`, does not have {what}");
    Problem::new(codes::DEP_GIT_REF_RESOLVE_FAILED, text).hint(hint)
}

fn not_made(code: Code, directory: &Path, error: &std::io::Error) -> Problem {
    let reason = match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => {
            "something that is no directory is in the way".into()
        }
        _ => reason(error),
    };
    Problem::new(code, format!("cannot create {}: {reason}", directory.display()))
        .hint("remove what is in the way, or check permissions and free space")
}
