//! The variables that a program is given on top of those of the process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::{Report, dotenv};

/// Variables that are added to the environment of the program. None that the user set is ever among them, except by
/// [`Environment::set`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    added: BTreeMap<String, OsString>,
}

impl Environment {
    /// Nothing added.
    pub fn new() -> Environment {
        Environment::default()
    }

    /// What a program of this package gets: the variables of `.env`, then `FUSE_CONFIG` and `FUSE_SVG_DIR` if they
    /// are unset and the package has what they name. `base` is the package directory, or without a package the
    /// current one; `is_set` tells which variables the process has.
    pub fn prepare(
        base: &Path,
        in_package: bool,
        is_set: impl Fn(&str) -> bool,
        report: &mut Report,
    ) -> Environment {
        let mut environment = Environment::new();
        for (name, value) in dotenv::load(&base.join(".env"), report) {
            if !is_set(&name) {
                environment.added.entry(name).or_insert_with(|| value.into());
            }
        }
        if in_package {
            environment.add_path("FUSE_CONFIG", base.join("config.toml"), &is_set);
            environment.add_path("FUSE_SVG_DIR", base.join("assets/svg"), &is_set);
        }
        environment
    }

    /// Sets a variable that neither the process nor `.env` has, and tells whether it did.
    pub fn set_if_unset(
        &mut self,
        name: &str,
        value: impl Into<OsString>,
        is_set: impl Fn(&str) -> bool,
    ) -> bool {
        let unset = !is_set(name) && !self.added.contains_key(name);
        if unset {
            self.set(name, value);
        }
        unset
    }

    /// Sets a variable whatever the user said.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<OsString>) {
        self.added.insert(name.into(), value.into());
    }

    /// The added variables by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &OsString)> {
        self.added.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of an added variable.
    pub fn get(&self, name: &str) -> Option<&OsString> {
        self.added.get(name)
    }

    fn add_path(&mut self, name: &str, path: PathBuf, is_set: &impl Fn(&str) -> bool) {
        if path.exists() {
            self.set_if_unset(name, path, is_set);
        }
    }
}
