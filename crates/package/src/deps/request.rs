//! `[dependencies]` of a manifest (toolchain reference 7.1, 7.2).

use fuse_diagnostics::{Code, FileId, Span, codes, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::url::{safe_value, shown_refused};
use super::{Problem, Url};
use crate::read::{Problems, kind, to_span};

/// A dependency as a manifest requests it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyRequest {
    /// The name that `dep:` paths use.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
    /// Where the manifest says so.
    pub place: (FileId, Span),
}

/// Where a dependency comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A directory, relative to the manifest that names it, with `/`.
    Path(String),
    /// A repository.
    Git(GitSource),
}

/// A package in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitSource {
    /// The repository.
    pub url: Url,
    /// Which commit of it.
    pub selector: Selector,
    /// The directory of the package, if it is not the root: with `/`, without `.` and `..`.
    pub subdir: Option<String>,
}

/// What chooses a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The head of the default branch.
    Head,
    /// A commit id, possibly abbreviated.
    Rev(String),
    /// A tag.
    Tag(String),
    /// A branch.
    Branch(String),
    /// The tag `v<version>`, or else the tag of that name.
    Version(String),
}

impl Selector {
    const KEYS: [&str; 4] = ["rev", "tag", "branch", "version"];

    fn new(key: &str, value: String) -> Selector {
        match key {
            "rev" => Selector::Rev(value),
            "tag" => Selector::Tag(value),
            "branch" => Selector::Branch(value),
            _ => Selector::Version(value),
        }
    }

    /// Whether it may choose another commit later.
    pub fn moves(&self) -> bool {
        !matches!(self, Selector::Rev(_))
    }
}

/// As fingerprints and messages show it.
impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Selector::Head => f.write_str("head"),
            Selector::Rev(value) => write!(f, "rev:{value}"),
            Selector::Tag(value) => write!(f, "tag:{value}"),
            Selector::Branch(value) => write!(f, "branch:{value}"),
            Selector::Version(value) => write!(f, "version:{value}"),
        }
    }
}

/// `git:<url>|<selector>[|subdir:<dir>]`: the fingerprint of the request, without credentials.
impl std::fmt::Display for GitSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "git:{}|{}", self.url, self.selector)?;
        self.subdir.as_ref().map_or(Ok(()), |subdir| write!(f, "|subdir:{subdir}"))
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Path(path) => write!(f, "path:{path}"),
            Source::Git(git) => git.fmt(f),
        }
    }
}

/// Whether a text can name a dependency.
pub(super) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// The directory of a package in a repository: `None` is its root.
pub(super) fn subdirectory(text: &str) -> Result<Option<String>, (Code, &'static str)> {
    let text = text.replace('\\', "/");
    safe_value(&text).map_err(|reason| (codes::DEP_GIT_UNSAFE_VALUE, reason))?;
    const ESCAPE: (Code, &str) = (codes::DEP_SUBDIR_ESCAPE, "it leaves the repository");
    let mut parts = Vec::new();
    if text.starts_with('/') {
        return Err(ESCAPE);
    }
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(ESCAPE)?;
            }
            part => parts.push(part),
        }
    }
    Ok(Some(parts.join("/")).filter(|path| !path.is_empty()))
}

/// The dependencies of a manifest in the order in which it names them.
pub(crate) fn read(root: &DeTable<'_>, problems: &mut Problems) -> Vec<DependencyRequest> {
    let Some(table) = problems.table(root, "dependencies", "dependencies") else { return Vec::new() };
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let mut requests = Vec::new();
    for (key, value) in entries {
        let name: &str = key.get_ref();
        let key_place = (problems.file, to_span(key.span()));
        if !is_name(name) {
            let text = format!("`{name}` cannot be the name of a dependency");
            let problem = Problem::new(codes::DEP_INVALID_NAME, text)
                .hint("a name begins with a letter or `_` and goes on with letters, digits, `_` and `-`");
            problems.list.push(problem.at(key_place).diagnostic());
            continue;
        }
        let place = (problems.file, to_span(value.span()));
        match (Reader { name, problems }).source(value) {
            Ok(Some(source)) => {
                let request = DependencyRequest { name: name.to_owned(), source, place };
                warn_if_unprotected(&request, problems);
                requests.push(request);
            }
            Ok(None) => {}
            Err(problem) => problems.list.push(problem.at(place).diagnostic()),
        }
    }
    requests
}

fn warn_if_unprotected(request: &DependencyRequest, problems: &mut Problems) {
    let Source::Git(git) = &request.source else { return };
    if git.url.is_unprotected() {
        let text =
            format!("the dependency `{}` is fetched from {} without encryption", request.name, git.url);
        let problem = Problem::new(codes::DEP_GIT_UNPROTECTED, text).hint("use https or ssh");
        let mut warning = problem.at(request.place).diagnostic();
        warning.level = fuse_diagnostics::Level::Warning;
        problems.list.push(warning);
    }
}

/// Reads one dependency. Mistakes at a place of their own are reported at once; the result is then `Ok(None)`.
struct Reader<'a> {
    name: &'a str,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn source(&mut self, value: &Spanned<DeValue<'_>>) -> Result<Option<Source>, Problem> {
        match value.get_ref() {
            DeValue::String(text) => self.bare(text).map(Some),
            DeValue::Table(table) => self.table(table),
            other => {
                let name = self.name;
                let found = kind(other);
                self.problems.invalid(
                    value.span(),
                    format!("dependencies.{name} must be a string or a table, not {found}"),
                );
                Ok(None)
            }
        }
    }

    fn bare(&self, text: &str) -> Result<Source, Problem> {
        if text.contains("://") || text.starts_with("git@") || text.ends_with(".git") {
            let url = self.url(text)?;
            return Ok(Source::Git(GitSource { url, selector: Selector::Head, subdir: None }));
        }
        if text.starts_with('.') || text.contains(['/', '\\']) {
            return Ok(Source::Path(text.replace('\\', "/")));
        }
        Err(self
            .problem(codes::DEP_INVALID_SOURCE, format!("has the source `{text}`, which is neither a path nor a URL"))
            .hint("write a path such as \"../palette\" or the URL of a git repository; there is no registry of packages"))
    }

    fn table(&mut self, table: &DeTable<'_>) -> Result<Option<Source>, Problem> {
        const KEYS: [&str; 7] = ["path", "git", "rev", "tag", "branch", "version", "subdir"];
        let mut values: [Option<String>; 7] = Default::default();
        let mut valid = true;
        for (key, value) in table.iter() {
            let Some(at) = KEYS.iter().position(|known| known == key.get_ref()) else {
                self.unknown_field(key, &KEYS);
                valid = false;
                continue;
            };
            match value.get_ref() {
                DeValue::String(text) => values[at] = Some(text.to_string()),
                other => {
                    let what = format!(
                        "dependencies.{}.{} must be a string, not {}",
                        self.name,
                        KEYS[at],
                        kind(other)
                    );
                    self.problems.invalid(value.span(), what);
                    valid = false;
                }
            }
        }
        if !valid {
            return Ok(None);
        }
        let [path, git, rev, tag, branch, version, subdir] = values;
        let selectors = Selector::KEYS.into_iter().zip([rev, tag, branch, version]);
        let selectors: Vec<_> = selectors.filter_map(|(key, value)| Some((key, value?))).collect();
        match (path, git) {
            (Some(_), Some(_)) => Err(self
                .problem(codes::DEP_GIT_PATH_CONFLICT, "has both `path` and `git`")
                .hint("remove one of them")),
            (Some(path), None) => self.path(path, &selectors, subdir.as_deref()).map(Some),
            (None, Some(git)) => self.git(&git, selectors, subdir).map(Some),
            (None, None) if selectors.is_empty() && subdir.is_none() => Err(self
                .problem(codes::DEP_SOURCE_REQUIRED, "names neither `path` nor `git`")
                .hint("add one of them")),
            (None, None) => Err(self
                .problem(
                    codes::DEP_GIT_REQUIRED_FOR_REFS,
                    "selects something in a repository, but names none",
                )
                .hint("add `git = \"<url>\"`")),
        }
    }

    fn unknown_field(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, known: &[&'static str]) {
        let field: &str = key.get_ref();
        let hint = match nearest(field, known.iter().copied(), 2) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("the keys are {}", known.join(", ")),
        };
        let problem =
            self.problem(codes::DEP_UNKNOWN_FIELD, format!("has the unknown key `{field}`")).hint(hint);
        let place = (self.problems.file, to_span(key.span()));
        self.problems.list.push(problem.at(place).diagnostic());
    }

    fn path(
        &self,
        path: String,
        selectors: &[(&str, String)],
        subdir: Option<&str>,
    ) -> Result<Source, Problem> {
        if path.is_empty() {
            return Err(self
                .problem(codes::DEP_PATH_EMPTY, "has an empty `path`")
                .hint("name the directory"));
        }
        let field = selectors.first().map(|(key, _)| *key).or(subdir.map(|_| "subdir"));
        match field {
            Some(field) => Err(self
                .problem(codes::DEP_PATH_FIELDS_INVALID, format!("has `path` and `{field}`"))
                .hint(format!("`{field}` belongs to git sources; remove it"))),
            None => Ok(Source::Path(path.replace('\\', "/"))),
        }
    }

    fn git(
        &self,
        url: &str,
        selectors: Vec<(&'static str, String)>,
        subdir: Option<String>,
    ) -> Result<Source, Problem> {
        if url.is_empty() {
            return Err(self.problem(codes::DEP_GIT_EMPTY, "has an empty `git`").hint("name the repository"));
        }
        if let [(first, _), (second, _), ..] = selectors.as_slice() {
            return Err(self
                .problem(codes::DEP_GIT_REF_CONFLICT, format!("has `{first}` and `{second}`"))
                .hint("each selects a commit; keep one"));
        }
        let selector = match selectors.into_iter().next() {
            Some((key, value)) => self.selector(key, value)?,
            None => Selector::Head,
        };
        let subdir = match subdir {
            Some(subdir) => self.subdir(&subdir)?,
            None => None,
        };
        Ok(Source::Git(GitSource { url: self.url(url)?, selector, subdir }))
    }

    fn selector(&self, key: &str, value: String) -> Result<Selector, Problem> {
        if value.is_empty() {
            return Err(self
                .problem(codes::DEP_GIT_EMPTY, format!("has an empty `{key}`"))
                .hint(format!("remove `{key}`, or say which")));
        }
        match safe_value(&value) {
            Ok(()) => Ok(Selector::new(key, value)),
            Err(reason) => Err(self.unsafe_value(key, &value, reason)),
        }
    }

    fn subdir(&self, text: &str) -> Result<Option<String>, Problem> {
        if text.is_empty() {
            return Err(self
                .problem(codes::DEP_SUBDIR_EMPTY, "has an empty `subdir`")
                .hint("remove the key"));
        }
        subdirectory(text).map_err(|(code, reason)| match code {
            codes::DEP_GIT_UNSAFE_VALUE => self.unsafe_value("subdir", text, reason),
            code => self
                .problem(code, format!("has the subdir `{text}`: {reason}"))
                .hint("name a directory below the root of the repository"),
        })
    }

    fn url(&self, text: &str) -> Result<Url, Problem> {
        Url::parse(text).map_err(|reason| self.unsafe_value("git", &shown_refused(text), reason))
    }

    fn unsafe_value(&self, key: &str, value: &str, reason: &str) -> Problem {
        let text = format!("has the {key} value `{value}`, which git is not given: {reason}");
        let problem = self.problem(codes::DEP_GIT_UNSAFE_VALUE, text);
        if key == "git" {
            problem.hint("use https://, ssh:// or git@host:path, or file:// for a repository on this machine")
        } else {
            problem.hint("correct the value")
        }
    }

    fn problem(&self, code: Code, what: impl std::fmt::Display) -> Problem {
        Problem::new(code, format!("the dependency `{}` {what}", self.name))
    }
}
