//! What `fuse new` writes: the files of each template.

/// What stands for the package's name in a template.
const NAME: &str = "{{name}}";

/// A file of a template: its path in the package, and its text with [`NAME`].
type File = (&'static str, &'static str);

macro_rules! template {
    ($path:literal) => {
        include_str!(concat!("../templates/", $path))
    };
}

const GIT_IGNORE: File = (".gitignore", template!("gitignore"));
const MANIFEST: File = ("fuse.toml", template!("fuse.toml"));
const SUMMARY: File = ("src/summary.fuse", template!("service/summary.fuse"));

const CLI: &[File] = &[
    GIT_IGNORE,
    ("README.md", template!("cli/README.md")),
    MANIFEST,
    ("src/greeting.fuse", template!("cli/greeting.fuse")),
    ("src/main.fuse", template!("cli/main.fuse")),
];

const SERVICE: &[File] = &[
    GIT_IGNORE,
    ("README.md", template!("service/README.md")),
    MANIFEST,
    ("src/main.fuse", template!("service/main.fuse")),
    SUMMARY,
];

const WEB: &[File] = &[
    GIT_IGNORE,
    ("README.md", template!("web/README.md")),
    ("fuse.toml", template!("web/fuse.toml")),
    ("src/main.fuse", template!("web/main.fuse")),
    SUMMARY,
    ("static/site.css", template!("web/site.css")),
];

/// The files of a new package of this name, by path: those of the template of this name, or of the first one.
pub fn files(template: Option<&str>, name: &str) -> Vec<(&'static str, String)> {
    let files = match template {
        Some("service") => SERVICE,
        Some("web") => WEB,
        _ => CLI,
    };
    files.iter().map(|&(path, text)| (path, text.replace(NAME, name))).collect()
}
