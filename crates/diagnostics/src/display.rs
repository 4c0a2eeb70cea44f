//! How paths and foreign text are shown.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// The path from the root, without `.` steps. `..` steps stay: what they mean depends on symbolic links.
pub fn absolute(path: &Path, cwd: &Path) -> PathBuf {
    let joined = cwd.join(path);
    joined.components().filter(|step| *step != Component::CurDir).collect()
}

/// The path as people read it: relative to the current directory if it lies below, else absolute.
pub fn display_path(path: &Path, cwd: &Path) -> String {
    let path = absolute(path, cwd);
    let shown = match path.strip_prefix(cwd) {
        Ok(below) if !below.as_os_str().is_empty() && !climbs(below) => below,
        _ => &path,
    };
    one_line(&shown.to_string_lossy()).into_owned()
}

fn climbs(path: &Path) -> bool {
    path.components().any(|step| step == Component::ParentDir)
}

/// The text on one line: line ends become `\n` and `\r`, other control characters become visible.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| c != '\t' && is_control(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push('\t'),
            c => out.push(visible(c)),
        }
    }
    Cow::Owned(out)
}

/// The character, or a visible sign for one that would act on the terminal instead of being shown.
pub(crate) fn visible(c: char) -> char {
    match c {
        '\t' => '\t',
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        c if is_control(c) => '\u{fffd}',
        c => c,
    }
}

/// Control characters, and those that reorder the text around them.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_the_current_directory_are_relative() {
        let cwd = Path::new("/srv/shop");
        assert_eq!(display_path(Path::new("/srv/shop/src/a.fuse"), cwd), "src/a.fuse");
        assert_eq!(display_path(Path::new("src/./a.fuse"), cwd), "src/a.fuse");
        assert_eq!(display_path(Path::new("/srv/shopping/a.fuse"), cwd), "/srv/shopping/a.fuse");
        assert_eq!(display_path(Path::new("/srv/shop"), cwd), "/srv/shop");
        assert_eq!(display_path(Path::new("../a.fuse"), cwd), "/srv/shop/../a.fuse");
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(one_line("plain\ttext"), "plain\ttext");
        assert_eq!(
            one_line("a\nb\r\u{1b}[0m\u{7f}\u{85}\u{202e}"),
            "a\\nb\\r\u{241b}[0m\u{2421}\u{fffd}\u{fffd}"
        );
    }
}
