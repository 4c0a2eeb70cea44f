//! Runs the `fuse` executable in a folder of its own.
#![allow(dead_code)] // each test file uses a part of it

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Expects a failure with this code before the command has produced anything.
    #[track_caller]
    pub fn fails_with(&self, code: &str) {
        let has_code = self.stderr.contains(&format!("  code: {code}\n"));
        assert!(self.status == 1 && self.stdout.is_empty() && has_code, "{code}: {self:?}");
    }
}

/// A fresh folder for the test of this name, with the given files.
pub fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&root);
    std::fs::create_dir_all(&root).unwrap();
    let root = root.canonicalize().unwrap();
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

/// The command, not yet started, with an environment that decides nothing.
pub fn command(cwd: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fuse"));
    command.current_dir(cwd).args(args).stdin(Stdio::null());
    for name in ["NO_COLOR", "FUSE_COLOR_FORCE_TTY", "FUSE_CONFIG", "FUSE_COLOR", "FUSE_DIAGNOSTICS"] {
        command.env_remove(name);
    }
    command
}

/// Runs `fuse` with these words.
pub fn fuse(cwd: &Path, args: &[&str]) -> Ended {
    ended(command(cwd, args))
}

/// Runs a prepared command.
pub fn ended(mut command: Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        status: output.status.code().expect("ended by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with a program in `main.fuse`, built into `.fuse/build/program.aot`.
pub fn built(name: &str, source: &str) -> PathBuf {
    let root = folder(name, &[("main.fuse", source)]);
    let build = ended(command(&root, &["build", "--release", "main.fuse"]));
    assert_eq!(build.status, 0, "{}", build.stderr);
    root
}
