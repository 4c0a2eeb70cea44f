//! Every example of the documentation does what the page says, and every command in it exists. `FUSE_BLESS=1` writes
//! what the examples do into the pages.

mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// The README, the pages of `docs` and of the reference, and those of the examples.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    pages.extend(entries(&root().join("docs")));
    pages.extend(entries(&root().join("docs/reference")));
    pages.extend(entries(&root().join("examples")).iter().map(|example| example.join("README.md")));
    pages.retain(|page| page.extension().is_some_and(|end| end == "md") && page.exists());
    pages
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut entries = entries.map(|entry| entry.expect("an entry").path()).collect::<Vec<_>>();
    entries.sort();
    entries
}

/// A fresh folder to carry out a page in. An example's page is carried out in a copy of the example.
fn workplace(page: &Path) -> PathBuf {
    let relative = page.strip_prefix(root()).expect("a page of the repository");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs").join(relative);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the page");
    if relative.starts_with("examples") {
        copy(page.parent().expect("an example is a folder"), &folder);
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    for entry in entries(from) {
        let name = entry.file_name().expect("a name");
        if entry.is_dir() && name != ".fuse" {
            fs::create_dir_all(to.join(name)).expect("a folder of the copy");
            copy(&entry, &to.join(name));
        } else if entry.is_file() {
            fs::copy(&entry, to.join(name)).expect("a file of the copy");
        }
    }
}

#[test]
fn examples_do_what_the_pages_say() {
    let bless = std::env::var_os("FUSE_BLESS").is_some_and(|value| value == "1");
    let mut wrong = String::new();
    for path in pages() {
        let page = fs::read_to_string(&path).expect("a page");
        let differences = match page::differences(&page, &workplace(&path)) {
            Ok(differences) => differences,
            Err(message) => {
                wrong += &format!("{}: {message}\n", path.display());
                continue;
            }
        };
        if bless && !differences.is_empty() {
            fs::write(&path, page::corrected(&page, &differences)).expect("the page is written");
            continue;
        }
        for difference in differences {
            let (expected, actual) = (difference.expected.join("\n"), difference.actual.join("\n"));
            wrong += &format!(
                "{}:{}\n--- expected\n{expected}\n--- actual\n{actual}\n",
                path.display(),
                difference.start + 1
            );
        }
    }
    assert!(wrong.is_empty(), "FUSE_BLESS=1 accepts these results:\n{wrong}");
}

#[test]
fn commands_exist() {
    let help = Command::new(env!("CARGO_BIN_EXE_fuse")).arg("help").output().expect("fuse starts");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for path in pages() {
        let page = fs::read_to_string(&path).expect("a page");
        let blocks = page::blocks(&page);
        let commands = blocks.iter().filter(|block| block.language.is_empty()).flat_map(|block| &block.lines);
        for line in commands {
            let Some(rest) = line.strip_prefix("fuse ") else { continue };
            let command = rest.split_whitespace().next().unwrap_or_default();
            let known = help.lines().any(|line| line.trim_start().starts_with(command));
            assert!(known, "{}: `fuse {command}` is not in the help", path.display());
        }
    }
}

/// Links to files of the repository, as written: `[text](validation.md)`.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://")).filter_map(|target| target.split('#').next())
}

#[test]
fn links_lead_somewhere() {
    for path in pages() {
        let page = fs::read_to_string(&path).expect("a page");
        let folder = path.parent().expect("a page is in a folder");
        for target in links(&page) {
            assert!(folder.join(target).exists(), "{}: there is no {target}", path.display());
        }
    }
}

/// Who reads the tour from the first page on finds every page of `docs`.
#[test]
fn the_tour_has_every_page() {
    let tour = fs::read_to_string(root().join("docs/README.md")).expect("the tour");
    let linked = links(&tour).collect::<Vec<_>>();
    for page in entries(&root().join("docs")) {
        let name = page.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(
            page.is_dir() || name == "README.md" || linked.contains(&&*name),
            "docs/README.md does not mention {name}"
        );
    }
}

/// Each page of the numbered list leads to the next one, and has the title that the list gives it.
#[test]
fn the_tour_is_in_order() {
    let tour = fs::read_to_string(root().join("docs/README.md")).expect("the tour");
    let numbered = tour.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let stops =
        numbered.filter_map(|line| Some(&line[line.find('[')?..=line.find(')')?])).collect::<Vec<_>>();
    assert!(stops.len() > 12, "{stops:?}");
    for (at, stop) in stops.iter().enumerate() {
        let (title, file) = stop[1..stop.len() - 1].split_once("](").expect("a link");
        let page = fs::read_to_string(root().join("docs").join(file)).expect("a page");
        assert_eq!(page.lines().next(), Some(&*format!("# {title}")), "{file}");
        let end =
            stops.get(at + 1).map_or("Back to the [tour](README.md).".into(), |next| format!("Next: {next}"));
        assert_eq!(page.lines().last(), Some(&*end), "{file}");
    }
}

#[test]
fn examples_are_found() {
    let found = |page: &str| page::blocks(&fs::read_to_string(root().join(page)).expect("a page")).len();
    assert!(
        found("README.md") > 0 && found("docs/values.md") > 0 && found("examples/turnstile/README.md") > 0
    );
}
