//! Packages of a program: which package a file belongs to, how its path is shown, and who depends on whom.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fuse_files::{relative, with_slashes};
use rustc_hash::FxHashMap;

/// A package that `dep:` paths lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its root directory, canonical.
    pub root: PathBuf,
    /// If it comes from a repository: the checkout, canonical, which its imports must not leave.
    pub checkout: Option<PathBuf>,
}

/// The packages of a program by their directories. Dependencies are numbered as they are given.
#[derive(Debug)]
pub struct Packages {
    names: Vec<String>,
    roots: FxHashMap<PathBuf, usize>,
    checkouts: FxHashMap<PathBuf, PathBuf>,
    /// The root of the root module's package.
    base: PathBuf,
    /// Which dependencies the modules of a dependency import from, by number.
    imports: BTreeMap<usize, Vec<usize>>,
}

impl Packages {
    /// The packages of a program whose root module's package has this root.
    pub fn new(base: PathBuf, dependencies: &[Dependency]) -> Packages {
        let mut packages = Packages {
            names: dependencies.iter().map(|dependency| dependency.name.clone()).collect(),
            roots: FxHashMap::default(),
            checkouts: FxHashMap::default(),
            base,
            imports: BTreeMap::new(),
        };
        for (at, Dependency { root, checkout, .. }) in dependencies.iter().enumerate() {
            // A directory that has two names keeps the first.
            packages.roots.entry(root.clone()).or_insert(at);
            if let Some(checkout) = checkout {
                packages.checkouts.insert(root.clone(), checkout.clone());
            }
        }
        packages
    }

    /// The innermost dependency that a canonical path lies in, and its root.
    fn dependency_of<'p>(&self, path: &'p Path) -> Option<(usize, &'p Path)> {
        let around = path.ancestors().take_while(|above| *above != self.base);
        around.filter_map(|above| Some((*self.roots.get(above)?, above))).next()
    }

    /// The checkout that a file of a fetched dependency lies in.
    pub fn checkout_of(&self, path: &Path) -> Option<&Path> {
        let (_, root) = self.dependency_of(path)?;
        self.checkouts.get(root).map(PathBuf::as_path)
    }

    /// The path of a file as programs and reports show it, the same on every machine: `dep:<Name>/<path>` in a dependency, else
    /// relative to the root module's package.
    pub fn shown(&self, path: &Path) -> String {
        match self.dependency_of(path) {
            Some((at, root)) => format!("dep:{}/{}", self.names[at], with_slashes(&relative(path, root))),
            None => with_slashes(&relative(path, &self.base)),
        }
    }

    /// Notes that a module imports something of a dependency.
    pub(crate) fn note_import(&mut self, module: &Path, name: &str) {
        let importer = self.dependency_of(module).map(|(at, _)| at);
        let imported = self.names.iter().position(|known| known == name);
        if let (Some(importer), Some(imported)) = (importer, imported) {
            let imports = self.imports.entry(importer).or_default();
            if importer != imported && !imports.contains(&imported) {
                imports.push(imported);
            }
        }
    }

    /// The names along the first cycle of dependencies that import each other.
    pub(crate) fn cycle(&self) -> Option<Vec<&str>> {
        let edges = self.imports.iter().flat_map(|(&from, to)| to.iter().map(move |&to| (from, to)));
        let chain = Cycles::default().first(edges)?;
        Some(chain.into_iter().map(|at| self.names[at].as_str()).collect())
    }
}

/// Finds cycles in a graph of few nodes that grows edge by edge.
#[derive(Default)]
pub(crate) struct Cycles {
    edges: BTreeMap<usize, Vec<usize>>,
}

impl Cycles {
    /// The cycle that one of these edges closes first.
    fn first(mut self, edges: impl Iterator<Item = (usize, usize)>) -> Option<Vec<usize>> {
        edges.into_iter().find_map(|(from, to)| self.add(from, to))
    }

    /// Adds an edge. If it closes a cycle it is not added, and the answer is the nodes along the cycle from its target to its target.
    pub fn add(&mut self, from: usize, to: usize) -> Option<Vec<usize>> {
        if self.edges.get(&from).is_some_and(|targets| targets.contains(&to)) {
            return None;
        }
        let mut chain = self.path(to, from);
        match &mut chain {
            Some(chain) => chain.push(to),
            None => self.edges.entry(from).or_default().push(to),
        }
        chain
    }

    /// A shortest way between two nodes.
    fn path(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let mut before = BTreeMap::from([(from, from)]);
        let mut queue = std::collections::VecDeque::from([from]);
        while let Some(node) = queue.pop_front() {
            if node == to {
                let mut way = vec![to];
                while way.last() != Some(&from) {
                    way.push(before[way.last()?]);
                }
                way.reverse();
                return Some(way);
            }
            for &next in self.edges.get(&node).into_iter().flatten() {
                before.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    node
                });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_that_closes_a_cycle_shows_it() {
        let mut cycles = Cycles::default();
        assert_eq!(cycles.add(0, 1), None);
        assert_eq!(cycles.add(1, 2), None);
        assert_eq!(cycles.add(0, 2), None);
        assert_eq!(cycles.add(2, 0), Some(vec![0, 2, 0]));
        assert_eq!(cycles.add(2, 1), Some(vec![1, 2, 1]));
        assert_eq!(cycles.add(2, 3), None);
        assert_eq!(cycles.add(3, 3), Some(vec![3, 3]));
    }

    #[test]
    fn files_are_shown_by_package() {
        let dependency = |name: &str, root: &str| Dependency {
            name: name.into(),
            root: root.into(),
            checkout: root.contains(".fuse").then(|| root.into()),
        };
        let list = [
            dependency("A", "/w/a"),
            dependency("B", "/w/app/.fuse/deps/B/1"),
            dependency("C", "/w/a"),
            dependency("Outer", "/w"),
        ];
        let packages = Packages::new("/w/app".into(), &list);
        let shown = |path: &str| packages.shown(Path::new(path));
        assert_eq!(shown("/w/a/x/y.fuse"), "dep:A/x/y.fuse");
        assert_eq!(shown("/w/app/.fuse/deps/B/1/z.fuse"), "dep:B/z.fuse");
        assert_eq!(shown("/w/app/src/main.fuse"), "src/main.fuse");
        assert_eq!(shown("/w/other.fuse"), "dep:Outer/other.fuse");
        assert_eq!(shown("/v/other.fuse"), "../../v/other.fuse");
        assert_eq!(packages.checkout_of(Path::new("/w/a/x.fuse")), None);
        assert!(packages.checkout_of(Path::new("/w/app/.fuse/deps/B/1/z.fuse")).is_some());
    }
}
