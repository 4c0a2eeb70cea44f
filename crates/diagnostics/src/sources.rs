//! The source files of a run, and where an offset lies in them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::{FileId, Span};

/// The files that diagnostics point into, numbered in load order.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

/// One file: where it lies, its text, and (once needed) where its lines begin.
#[derive(Debug)]
pub struct SourceFile {
    path: PathBuf,
    text: String,
    lines: OnceLock<Vec<u32>>,
    /// The number of characters before each block of `BLOCK` bytes, so that columns of a very long line are quick.
    characters: OnceLock<Vec<u32>>,
}

/// The distance of the entries of `SourceFile::characters`.
const BLOCK: usize = 4096;

/// A place in a file as people count: line and column from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The character of the line.
    pub column: u32,
}

impl Sources {
    /// An empty list.
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Adds a file and gives it the next number. The path should be absolute.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(SourceFile {
            path: path.into(),
            text: text.into(),
            lines: OnceLock::new(),
            characters: OnceLock::new(),
        });
        id
    }

    /// Adds a file that need not be UTF-8. Offsets up to the first bad byte stay what they were.
    pub fn add_bytes(&mut self, path: impl Into<PathBuf>, bytes: &[u8]) -> FileId {
        self.add(path, String::from_utf8_lossy(bytes))
    }

    /// The file of a number.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// All files in load order.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, file)| (FileId(i as u32), file))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// True if there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file with this path.
    pub fn find(&self, path: &Path) -> Option<FileId> {
        self.iter().find(|(_, file)| file.path == path).map(|(id, _)| id)
    }
}

impl SourceFile {
    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset. An offset past the end means the end; one inside a character means it.
    pub fn position(&self, offset: u32) -> Position {
        let offset = self.boundary(offset);
        let line = self.line_index(offset);
        let start = self.line_start(line);
        let column = self.count_characters(start, offset.max(start));
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// The text of a line counted from 0, without its line end and without a byte order mark.
    pub fn line_text(&self, line: usize) -> &str {
        let start = self.line_start(line).min(self.text.len());
        let end = self.line_starts().get(line + 1).map_or(self.text.len(), |&next| next as usize);
        let text = &self.text[start..end.max(start)];
        let text = text.strip_suffix('\n').unwrap_or(text);
        text.strip_suffix('\r').unwrap_or(text)
    }

    /// The line, counted from 0, in which an offset lies.
    pub fn line_index(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|&start| start as usize <= offset).saturating_sub(1)
    }

    /// The offset of a line's first character. A byte order mark belongs to no line.
    pub fn line_start(&self, line: usize) -> usize {
        if line == 0 && self.text.starts_with('\u{feff}') {
            return '\u{feff}'.len_utf8();
        }
        self.line_starts().get(line).map_or(self.text.len(), |&start| start as usize)
    }

    /// The offset clipped to the text and moved back to the start of its character.
    pub fn boundary(&self, offset: u32) -> usize {
        let mut at = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// The text of a span, clipped to the file.
    pub fn slice(&self, span: Span) -> &str {
        let start = self.boundary(span.start);
        &self.text[start..self.boundary(span.end).max(start)]
    }

    /// The number of characters between two boundaries.
    fn count_characters(&self, start: usize, end: usize) -> usize {
        let bytes = self.text.as_bytes();
        if end - start <= BLOCK {
            return count_starts(&bytes[start..end]);
        }
        let blocks = self.characters.get_or_init(|| {
            let mut total = 0;
            let mut counts = Vec::with_capacity(bytes.len() / BLOCK + 1);
            for block in bytes.chunks(BLOCK) {
                counts.push(total);
                total += count_starts(block) as u32;
            }
            counts
        });
        let before = |at: usize| {
            let block = (at / BLOCK).min(blocks.len() - 1);
            blocks[block] as usize + count_starts(&bytes[block * BLOCK..at])
        };
        before(end) - before(start)
    }

    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
            std::iter::once(0).chain(ends.map(|(at, _)| at as u32 + 1)).collect()
        })
    }
}

/// The number of characters that begin in these bytes of a UTF-8 text.
fn count_starts(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: u32) -> (u32, u32) {
        let mut sources = Sources::new();
        let id = sources.add("/t.fuse", text);
        let position = sources.get(id).unwrap().position(offset);
        (position.line, position.column)
    }

    #[test]
    fn positions_count_characters_of_a_line() {
        assert_eq!(at("", 0), (1, 1));
        assert_eq!(at("ab\ncd", 0), (1, 1));
        assert_eq!(at("ab\ncd", 2), (1, 3));
        assert_eq!(at("ab\ncd", 3), (2, 1));
        assert_eq!(at("ab\ncd\n", 6), (3, 1));
        assert_eq!(at("ab\r\ncd", 4), (2, 1));
        assert_eq!(at("é€😀x", 9), (1, 4));
        assert_eq!(at("é€😀x", 8), (1, 3), "inside a character");
        assert_eq!(at("ab", 99), (1, 3), "past the end");
        assert_eq!(at("\u{feff}ab", 4), (1, 2), "a byte order mark is no character of the line");
        assert_eq!(at("\u{feff}ab", 0), (1, 1));
    }

    #[test]
    fn columns_of_a_long_line() {
        let text = format!("x\n{}", "aé€😀".repeat(5000));
        for offset in [2, 12, 4093, 4102, 8192, 50_000, 50_002] {
            let prefix = &text[2..text.floor_char_boundary(offset)];
            assert_eq!(at(&text, offset as u32), (2, prefix.chars().count() as u32 + 1), "offset {offset}");
        }
    }

    #[test]
    fn lines_lose_their_ends() {
        let mut sources = Sources::new();
        let id = sources.add("/t.fuse", "\u{feff}a\r\nb\n");
        let file = sources.get(id).unwrap();
        assert_eq!([file.line_text(0), file.line_text(1), file.line_text(2)], ["a", "b", ""]);
        assert_eq!(file.line_text(9), "");
    }

    #[test]
    fn bad_bytes_keep_the_offsets_before_them() {
        let mut sources = Sources::new();
        let id = sources.add_bytes("/t.json", b"ab\xffcd");
        assert_eq!(sources.get(id).unwrap().position(2), Position { line: 1, column: 3 });
        assert_eq!(sources.get(id).unwrap().slice(Span::new(0, 2)), "ab");
    }
}
