//! Starting git (toolchain reference 7.4): without a shell, without anything that a repository could make it execute.
//!
//! Commands that talk to a server see the user's configuration, which may hold proxies and credentials. All others see none, so
//! that a checkout has the same bytes on every machine and no filter or hook of anybody runs.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use fuse_diagnostics::codes;

use super::lock::is_commit_id;
use super::{Problem, Url};

/// What git may write to stdout; more is no answer to any of our questions.
const MAX_OUTPUT: u64 = 64 << 20;
/// How many lines of git's message are shown.
const SHOWN_LINES: usize = 10;
/// Protocols that git may use, whatever a server or the user's configuration redirects to.
const PROTOCOLS: &str = "https:http:ssh:git:file";
/// Settings that outrank every configuration file. Nothing may run that a repository or a template brings, and nothing may
/// stay behind that still writes while a checkout is renamed.
const SETTINGS: [(&str, &str); 7] = [
    ("protocol.ext.allow", "never"),
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
];
/// Variables with which git tells its children about the repository that it works in, as in a hook: that is another one.
const OF_ANOTHER_REPOSITORY: [&str; 14] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// A repository that is being made in an empty directory.
pub(super) struct Repository<'a> {
    directory: &'a Path,
    /// Where it fetches from.
    url: &'a Url,
    /// The dependency that it is for.
    name: &'a str,
}

/// A reference of a repository: commit (or tag) id, full name.
pub(super) type Ref = (String, String);

impl<'a> Repository<'a> {
    /// Makes an empty directory a repository. `like` is an object id of the kind that it will hold.
    pub fn create(
        directory: &'a Path,
        url: &'a Url,
        name: &'a str,
        like: &str,
    ) -> Result<Repository<'a>, Problem> {
        let repository = Repository { directory, url, name };
        let format = if like.len() == 64 { "--object-format=sha256" } else { "--object-format=sha1" };
        // No template: it could bring hooks.
        let mut command = repository.alone(&["init", "--quiet", "--template=", format, "--"]);
        command.arg(directory).env_remove("GIT_DIR").env_remove("GIT_WORK_TREE");
        repository.must("prepare a checkout of", command)?;
        Ok(repository)
    }

    /// The references of the remote repository whose names end in one of these patterns.
    pub fn remote_refs(&self, patterns: &[String]) -> Result<Vec<Ref>, Problem> {
        let mut command = self.connected(&["ls-remote", "--quiet", "--"]);
        command.arg(self.url.raw()).args(patterns);
        let output = self.must("list the references of", command)?;
        let text = String::from_utf8_lossy(&output);
        let refs = text.lines().filter_map(|line| line.split_once('\t'));
        let refs = refs.filter(|(id, _)| is_commit_id(id));
        Ok(refs.map(|(id, name)| (id.to_owned(), name.to_owned())).collect())
    }

    /// Fetches one object and what it needs. False if the server does not give it away alone.
    pub fn fetch_object(&self, id: &str) -> Result<bool, Problem> {
        let options = ["fetch", "--quiet", "--no-tags", "--depth=1", "--no-write-fetch-head", "--"];
        let mut command = self.connected(&options);
        command.args([self.url.raw(), id]);
        Ok(self.run(command)?.status.success())
    }

    /// Fetches everything that branches and tags reach.
    pub fn fetch_all(&self) -> Result<(), Problem> {
        let mut command = self.connected(&["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--"]);
        command.args([self.url.raw(), "+refs/heads/*:refs/fuse/heads/*", "+refs/tags/*:refs/fuse/tags/*"]);
        self.must("fetch", command).map(drop)
    }

    /// The commit that an object id, possibly abbreviated, means among what has been fetched.
    pub fn commit(&self, id: &str) -> Result<Option<String>, Problem> {
        let mut command = self.alone(&["rev-parse", "--verify", "--quiet", "--end-of-options"]);
        command.arg(format!("{id}^{{commit}}"));
        let output = self.run(command)?;
        let commit = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Some(commit).filter(|commit| output.status.success() && is_commit_id(commit)))
    }

    /// Writes the files of a commit into the directory. Made of plumbing, which runs no hooks.
    pub fn check_out(&self, commit: &str) -> Result<(), Problem> {
        let steps: [&[&str]; 3] = [
            &["update-ref", "--no-deref", "--", "HEAD", commit],
            &["read-tree", "--", commit],
            &["checkout-index", "--all", "--force", "--quiet"],
        ];
        steps.iter().try_for_each(|step| self.must("check out a commit of", self.alone(step)).map(drop))
    }

    /// A command that sees no configuration but ours.
    fn alone(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments, 0);
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ATTR_NOSYSTEM", "1");
        command
    }

    /// A command that talks to the server, with the user's configuration.
    fn connected(&self, arguments: &[&str]) -> Command {
        // Settings that the user passes in the same way stay; the later ones count.
        let given = std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse().ok());
        self.command(arguments, given.unwrap_or(0))
    }

    fn command(&self, arguments: &[&str], given_settings: usize) -> Command {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.directory).stdin(Stdio::null());
        for name in OF_ANOTHER_REPOSITORY {
            command.env_remove(name);
        }
        command
            .env("GIT_DIR", self.directory.join(".git"))
            .env("GIT_WORK_TREE", self.directory)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ALLOW_PROTOCOL", PROTOCOLS)
            .env("GIT_PROTOCOL_FROM_USER", "0")
            .env("GIT_LFS_SKIP_SMUDGE", "1")
            .env("GIT_CONFIG_COUNT", (given_settings + SETTINGS.len()).to_string());
        for (at, (key, value)) in SETTINGS.iter().enumerate() {
            let at = given_settings + at;
            command.env(format!("GIT_CONFIG_KEY_{at}"), key).env(format!("GIT_CONFIG_VALUE_{at}"), value);
        }
        command
    }

    /// Runs a command that has to succeed; `what` it does is told with the URL behind it.
    fn must(&self, what: &str, command: Command) -> Result<Vec<u8>, Problem> {
        let output = self.run(command)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let status = match output.status.code() {
            Some(code) => format!("exit status {code}"),
            None => "ended by a signal".to_owned(),
        };
        let text =
            format!("git cannot {what} {}, which the dependency `{}` needs ({status})", self.url, self.name);
        let message = self.url.redact(&output.message);
        let lines = message.lines().rev().filter(|line| !line.trim().is_empty()).take(SHOWN_LINES);
        let mut lines: Vec<String> = lines.map(|line| format!("note: git: {line}")).collect();
        lines.reverse();
        let problem = Problem::new(codes::DEP_GIT_COMMAND_FAILED, text);
        Err(problem.hint("check the URL, the network and your access to the repository").notes(lines))
    }

    fn run(&self, mut command: Command) -> Result<Output, Problem> {
        let not_started = |error: std::io::Error| {
            let text =
                format!("cannot start git for the dependency `{}`: {}", self.name, crate::reason(&error));
            Problem::new(codes::DEP_GIT_COMMAND_START_FAILED, text)
                .hint("install git and make sure that it is found in PATH")
        };
        // A file, because a pipe stays open as long as anything that git started in the background. Beside the checkout: what
        // `TMPDIR` says is no business of ours.
        let beside = self.directory.parent().unwrap_or(self.directory);
        let mut message = tempfile::tempfile_in(beside).map_err(not_started)?;
        command.stdout(Stdio::piped()).stderr(message.try_clone().map_err(not_started)?);
        let mut child = command.spawn().map_err(not_started)?;
        let mut stdout = Vec::new();
        if let Some(pipe) = child.stdout.take() {
            // What cannot be read is missing, and then the answer is none.
            let _ = pipe.take(MAX_OUTPUT).read_to_end(&mut stdout);
        }
        if stdout.len() as u64 == MAX_OUTPUT {
            // It may have ended by itself.
            let _ = child.kill();
        }
        let status = child.wait().map_err(not_started)?;
        Ok(Output { status, stdout, message: tail(&mut message) })
    }
}

struct Output {
    status: ExitStatus,
    stdout: Vec<u8>,
    message: String,
}

/// The end of what git wrote to stderr.
fn tail(file: &mut std::fs::File) -> String {
    const LENGTH: u64 = 16 << 10;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = Vec::new();
    // A message that cannot be read back is an empty one.
    let _ =
        file.seek(SeekFrom::Start(length.saturating_sub(LENGTH))).and_then(|_| file.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}
