//! What the path of an import means: by its prefix, then by its extension (language reference 3.4).

use std::path::{Path, PathBuf};

use fuse_diagnostics::{Code, codes};

use crate::dependencies::Dependency;

/// Where an import leads.
#[derive(Debug, PartialEq)]
pub(crate) enum Target {
    /// A module file.
    Module(PathBuf),
    /// A `.md` or `.json` file.
    Asset(PathBuf),
    /// The predefined module.
    StdError,
}

/// A path that cannot be followed: code, message, hint.
#[derive(Debug, PartialEq)]
pub(crate) struct BadPath {
    pub code: Code,
    pub message: String,
    pub hint: Option<String>,
}

/// What paths are relative to.
pub(crate) struct Bases<'a> {
    /// The directory of the importing file.
    pub directory: &'a Path,
    /// The importing module's package root.
    pub root: &'a Path,
    /// What `dep:` paths may lead to.
    pub dependencies: &'a [Dependency],
}

/// Follows a path.
pub(crate) fn resolve(path: &str, bases: &Bases) -> Result<Target, BadPath> {
    if path == "std.Error" {
        return Ok(Target::StdError);
    }
    if let Some(rest) = path.strip_prefix("root:") {
        if rest.is_empty() {
            let message = "`root:` needs a path from the package root, as in `root:folder/module`".into();
            return Err(BadPath { code: codes::IMPORT_ROOT_PATH, message, hint: None });
        }
        stay_inside(rest, "the package root", "root:")?;
        return by_extension(rest, bases.root);
    }
    if let Some(rest) = path.strip_prefix("dep:") {
        return dependency(rest, bases.dependencies);
    }
    by_extension(path, bases.directory)
}

/// The name of the dependency that a path leads into.
pub(crate) fn dependency_name(path: &str) -> Option<&str> {
    let (name, _) = path.strip_prefix("dep:")?.split_once('/')?;
    Some(name)
}

/// Follows `Name/rest`.
fn dependency(path: &str, known: &[Dependency]) -> Result<Target, BadPath> {
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    if name.is_empty() || rest.is_empty() {
        let message = format!(
            "`dep:{path}` does not say which module of which dependency: the form is `dep:Name/path/of/module`"
        );
        return Err(BadPath { code: codes::IMPORT_DEP_PATH, message, hint: None });
    }
    let Some(dependency) = known.iter().find(|dependency| dependency.name == name) else {
        let names: Vec<&str> = known.iter().map(|dependency| dependency.name.as_str()).collect();
        let declared = match known {
            [] => "the manifest declares no dependencies".to_owned(),
            _ => format!("the declared ones are {}", names.join(", ")),
        };
        let message = format!("there is no dependency `{name}`: {declared}");
        return Err(BadPath { code: codes::IMPORT_UNKNOWN_DEPENDENCY, message, hint: None });
    };
    stay_inside(rest, &format!("the dependency `{name}`"), &format!("dep:{name}/"))?;
    by_extension(rest, &dependency.root)
}

/// A path below a root must not be absolute or lead out of it.
fn stay_inside(rest: &str, root: &str, prefix: &str) -> Result<(), BadPath> {
    let mut depth = 0usize;
    let mut inside = !Path::new(rest).has_root();
    for segment in rest.split('/') {
        match segment {
            "" | "." => {}
            ".." if depth == 0 => inside = false,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    if inside {
        return Ok(());
    }
    let message = format!("`{prefix}{rest}` leaves {root}");
    Err(BadPath {
        code: codes::IMPORT_ROOT_ESCAPE,
        message,
        hint: Some(format!("the path after `{prefix}` is relative to {root} and stays below it")),
    })
}

fn by_extension(path: &str, base: &Path) -> Result<Target, BadPath> {
    let last = path.rsplit('/').next().unwrap_or(path);
    let extension = match last {
        "." | ".." => None,
        _ => last.rsplit_once('.').map(|(_, extension)| extension),
    };
    let Some(extension) = extension else { return Ok(Target::Module(base.join(format!("{path}.fuse")))) };
    match extension.to_ascii_lowercase().as_str() {
        "fuse" => Ok(Target::Module(base.join(path))),
        "md" | "json" => Ok(Target::Asset(base.join(path))),
        _ => Err(BadPath {
            code: codes::IMPORT_UNSUPPORTED_EXTENSION,
            message: format!(
                "a file with the extension `.{extension}` cannot be imported: modules end in .fuse, assets in .md or .json"
            ),
            hint: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(path: &str) -> Result<Target, &'static str> {
        let root = PathBuf::from("/q");
        let known = [Dependency { name: "Acme".into(), root, checkout: None }];
        let bases = Bases { directory: Path::new("/p/src"), root: Path::new("/p"), dependencies: &known };
        resolve(path, &bases).map_err(|bad| bad.code.as_str())
    }

    fn module(path: &str) -> Result<Target, &'static str> {
        Ok(Target::Module(PathBuf::from(path)))
    }

    #[test]
    fn prefixes() {
        assert_eq!(resolved("./a"), module("/p/src/./a.fuse"));
        assert_eq!(resolved("../a.fuse"), module("/p/src/../a.fuse"));
        assert_eq!(resolved("/x/a"), module("/x/a.fuse"));
        assert_eq!(resolved("root:a/b"), module("/p/a/b.fuse"));
        assert_eq!(resolved("root:a/../b"), module("/p/a/../b.fuse"));
        assert_eq!(resolved("std.Error"), Ok(Target::StdError));
        assert_eq!(resolved("dep:Acme/a"), module("/q/a.fuse"));
        assert_eq!(resolved("dep:Acme/a/../b.JSON"), Ok(Target::Asset(PathBuf::from("/q/a/../b.JSON"))));
    }

    #[test]
    fn bad_prefixes() {
        assert_eq!(resolved("root:"), Err("FUSE_IMPORT_ROOT_PATH"));
        for path in ["root:/a", "root:../a", "root:a/../../b", "dep:Acme/../a", "dep:Acme//a"] {
            assert_eq!(resolved(path), Err("FUSE_IMPORT_ROOT_ESCAPE"), "{path}");
        }
        for path in ["dep:", "dep:Acme", "dep:Acme/", "dep:/a"] {
            assert_eq!(resolved(path), Err("FUSE_IMPORT_DEP_PATH"), "{path}");
        }
        assert_eq!(resolved("dep:Other/a"), Err("FUSE_IMPORT_UNKNOWN_DEPENDENCY"));
    }

    #[test]
    fn extensions() {
        assert_eq!(resolved("./a.FUSE"), module("/p/src/./a.FUSE"));
        assert_eq!(resolved("./v1.2/a"), module("/p/src/./v1.2/a.fuse"));
        assert_eq!(resolved(".."), module("/p/src/...fuse"));
        assert_eq!(resolved("./a.Md"), Ok(Target::Asset(PathBuf::from("/p/src/./a.Md"))));
        assert_eq!(resolved("root:a.json"), Ok(Target::Asset(PathBuf::from("/p/a.json"))));
        for path in ["./a.txt", "./a.", "root:a.fuse.bak", "dep:Acme/a.txt", "./my.module"] {
            assert_eq!(resolved(path), Err("FUSE_IMPORT_UNSUPPORTED_EXTENSION"), "{path}");
        }
    }
}
