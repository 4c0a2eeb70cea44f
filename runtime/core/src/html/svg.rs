//! `svg.inline` (runtime reference 17.5).

use super::{Fallible, done, failed};
use crate::abi::Object;
use crate::env;
use crate::failure::{Problem, guard};
use crate::memo::Memo;
use crate::program::{self, Kept};
use crate::string;
use fuse_abi::layout::Context;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What was read, by path.
static READ: Memo<PathBuf, Box<str>> = Memo::new();

/// The contents of an image as markup.
#[unsafe(export_name = "fuse_html_svg_inline")]
pub unsafe extern "C" fn html_svg_inline(context: *mut Context, path: Object) -> Fallible {
    // SAFETY: a live string; the context is the one the program was entered with.
    let body = || unsafe {
        match inline(string::text(path)) {
            Ok(image) => done(image),
            Err(problem) => failed(problem.tell(context)),
        }
    };
    // SAFETY: as above.
    unsafe { guard(context, body) }
}

fn inline(written: &str) -> Result<Object, Problem> {
    let relative = relative(written)?;
    let base =
        env::set("FUSE_SVG_DIR").map_or(Path::new("assets/svg"), |dir| Path::new(OsStr::from_bytes(dir)));
    let path = base.join(&relative);
    if env::is_one("FUSE_DEV_MODE") {
        return read(base, &path, &relative).map(|image| string::new(&image));
    }
    if let Some(image) = READ.find(|known| *known == path) {
        return Ok(string::new(image));
    }
    let image = read(base, &path, &relative)?;
    // SAFETY: at its end no task of the program runs.
    program::at_end(Kept::Images, |left| unsafe { READ.forget(left) });
    Ok(string::new(READ.add(path, image.into())))
}

/// The path below the base, in its plain form.
fn relative(written: &str) -> Result<String, Problem> {
    let path = written.replace('\\', "/");
    if path.starts_with('/') {
        return Err(Problem::new("svg.inline path must be relative to assets/svg"));
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        return Err(Problem::new("svg.inline path traversal is not allowed"));
    }
    let path = parts.join("/");
    if path.is_empty() {
        let text = "svg.inline expects a non-empty path".to_owned();
        return Err(Problem::argument(text));
    }
    match Path::new(&path).extension() {
        None => Ok(path + ".svg"),
        Some(extension) if extension == "svg" => Ok(path),
        Some(_) => Err(Problem::new("svg.inline only supports .svg files")),
    }
}

fn read(base: &Path, path: &Path, relative: &str) -> Result<String, Problem> {
    let unreadable = |reason: &dyn core::fmt::Display| {
        Problem::new(format!("svg.inline failed to read {relative}: {reason}"))
    };
    let missing = || Problem::new(format!("svg.inline missing file: {relative}"));
    let real = |path: &Path| {
        path.canonicalize().map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => missing(),
            _ => unreadable(&error),
        })
    };
    // Links must not lead out of the base.
    if !real(path)?.starts_with(real(base)?) {
        return Err(Problem::new("svg.inline path traversal is not allowed"));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(result: Result<String, Problem>) -> String {
        result.unwrap_or_else(|problem| format!("{:?}: {}", problem.failure, problem.text))
    }

    #[test]
    fn paths() {
        for (written, plain) in [
            ("dot", "dot.svg"),
            ("dot.svg", "dot.svg"),
            ("a\\b/./c//d", "a/b/c/d.svg"),
            (".hidden", ".hidden.svg"),
            ("", "InvalidArguments: svg.inline expects a non-empty path"),
            ("./.", "InvalidArguments: svg.inline expects a non-empty path"),
            ("/a", "Message: svg.inline path must be relative to assets/svg"),
            ("\\a", "Message: svg.inline path must be relative to assets/svg"),
            ("a/../b", "Message: svg.inline path traversal is not allowed"),
            ("..", "Message: svg.inline path traversal is not allowed"),
            ("a.png", "Message: svg.inline only supports .svg files"),
            ("a.svg.b", "Message: svg.inline only supports .svg files"),
        ] {
            assert_eq!(text(relative(written)), plain, "{written}");
        }
    }

    #[test]
    fn links_must_stay_in_the_folder() {
        let folder = std::env::temp_dir().join(format!("fuse-svg-{}", std::process::id()));
        let base = folder.join("svg");
        std::fs::create_dir_all(base.join("deep.svg")).expect("a folder");
        std::fs::write(folder.join("secret.svg"), "secret").expect("a file");
        std::fs::write(base.join("dot.svg"), "<svg/>").expect("a file");
        std::fs::write(base.join("bytes.svg"), [0xff]).expect("a file");
        std::os::unix::fs::symlink("../secret.svg", base.join("out.svg")).expect("a link");
        std::os::unix::fs::symlink("dot.svg", base.join("in.svg")).expect("a link");
        let found = |name: &str| text(read(&base, &base.join(name), name));
        assert_eq!(found("dot.svg"), "<svg/>");
        assert_eq!(found("in.svg"), "<svg/>");
        assert_eq!(found("out.svg"), "Message: svg.inline path traversal is not allowed");
        assert_eq!(found("none.svg"), "Message: svg.inline missing file: none.svg");
        assert_eq!(found("dot.svg/none.svg"), "Message: svg.inline missing file: dot.svg/none.svg");
        for name in ["deep.svg", "bytes.svg"] {
            assert!(
                found(name).starts_with(&format!("Message: svg.inline failed to read {name}: ")),
                "{name}"
            );
        }
        std::fs::remove_dir_all(&folder).expect("the folder");
    }
}
