//! What a build tells: progress on the terminal, and the report beside the executable.

use crate::build_info::BuildInfo;
use crate::components::Component;
use crate::link::Linked;
use crate::{json, sha256_hex};
use std::path::Path;

/// The stages of a build that produces an executable, in order, for `[build] aot [<n>/6] <label>`.
pub const STAGES: [&str; 6] = [
    "compile program",
    "write cache artifacts",
    "emit native object",
    "emit runtime metadata",
    "select runtime components",
    "link final binary",
];

/// The line that follows a successful link.
pub fn composition_line(path: &Path, linked: &Linked) -> String {
    let names: Vec<&str> = linked.components.iter().map(|component| component.name.as_str()).collect();
    let bytes = linked.executable.len();
    format!("[build] aot output {} ({bytes} bytes; components: {})", path.display(), names.join(", "))
}

/// A file that the build read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// Relative to the package, or `dep:<Name>/<path>`.
    pub path: String,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// The report beside an executable.
#[derive(Clone, Debug)]
pub struct BuildReport {
    /// Build information.
    pub build: BuildInfo,
    /// Components.
    pub components: Vec<Component>,
    /// Names of everything that was compiled.
    pub functions: Vec<String>,
    /// Files that were read.
    pub inputs: Vec<Input>,
    /// SHA-256 and size of the executable.
    pub output: (String, usize),
    /// SHA-256 and size of the symbol file.
    pub symbols: Option<(String, usize)>,
}

impl BuildReport {
    /// The report of a link.
    pub fn new(linked: &Linked, functions: Vec<String>, inputs: Vec<Input>) -> BuildReport {
        BuildReport {
            build: linked.build_info.clone(),
            components: linked.components.clone(),
            functions,
            inputs,
            output: (sha256_hex(&linked.executable), linked.executable.len()),
            symbols: linked.symbols.as_ref().map(|bytes| (sha256_hex(bytes), bytes.len())),
        }
    }

    /// One JSON object, keys sorted, compact, with a final newline.
    pub fn json(&self) -> String {
        let mut functions = self.functions.clone();
        functions.sort();
        let mut inputs = self.inputs.clone();
        inputs.sort();
        let file = |(sha256, size): &(String, usize)| {
            format!("{{\"sha256\":{},\"size\":{size}}}", json::quoted(sha256))
        };
        let input = |input: &Input| {
            format!("{{\"path\":{},\"sha256\":{}}}", json::quoted(&input.path), json::quoted(&input.sha256))
        };
        format!(
            "{{\"build\":{},\"components\":{},\"functions\":{},\"inputs\":{},\"output\":{},\"symbols\":{}}}\n",
            self.build.json(),
            components_json(&self.components),
            json::array(functions.iter().map(|name| json::quoted(name))),
            json::array(inputs.iter().map(input)),
            file(&self.output),
            self.symbols.as_ref().map_or_else(|| "null".to_owned(), file),
        )
    }
}

/// `[{"bytes":1,"name":"core"}]`, sorted by name.
pub(crate) fn components_json(components: &[Component]) -> String {
    let mut components = components.to_vec();
    components.sort();
    let one = |component: &Component| {
        format!("{{\"bytes\":{},\"name\":{}}}", component.bytes, json::quoted(&component.name))
    };
    json::array(components.iter().map(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuse_abi::metadata::Profile;

    #[test]
    fn reports_are_sorted_and_compact() {
        let report = BuildReport {
            build: BuildInfo::new(Profile::Release, "t", "r", "c", 1, "b"),
            components: vec![Component { name: "core".into(), bytes: 7 }],
            functions: vec!["b".into(), "a".into()],
            inputs: vec![
                Input { path: "main.fuse".into(), sha256: "2".into() },
                Input { path: "fuse.toml".into(), sha256: "1".into() },
            ],
            output: ("3".into(), 9),
            symbols: None,
        };
        assert_eq!(
            report.json(),
            concat!(
                r#"{"build":{"build":"b","cli":"c","contract":"aot-v1","mode":"aot","profile":"release","#,
                r#""runtime_cache":1,"rustc":"r","target":"t"},"components":[{"bytes":7,"name":"core"}],"#,
                r#""functions":["a","b"],"inputs":[{"path":"fuse.toml","sha256":"1"},"#,
                r#"{"path":"main.fuse","sha256":"2"}],"output":{"sha256":"3","size":9},"symbols":null}"#,
                "\n"
            )
        );
    }
}
