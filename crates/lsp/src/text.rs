//! Texts and positions: between byte offsets and what the client counts.

use fuse_diagnostics::Span;
use lsp_types::{Position, Range, TextDocumentContentChangeEvent};

/// What the columns of positions count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// Code units, as the protocol has it unless both sides agree on something else.
    #[default]
    Utf16,
}

impl Encoding {
    /// How many units a text has.
    pub fn length(self, text: &str) -> u32 {
        match self {
            Encoding::Utf8 => text.len() as u32,
            Encoding::Utf16 if text.is_ascii() => text.len() as u32,
            Encoding::Utf16 => text.encode_utf16().count() as u32,
        }
    }

    /// The byte offset of a unit in a line; the nearest before it if there is none, at most its end.
    fn offset(self, line: &str, column: u32) -> usize {
        let column = column as usize;
        if line.is_ascii() || self == Encoding::Utf8 {
            let mut at = column.min(line.len());
            while !line.is_char_boundary(at) {
                at -= 1;
            }
            return at;
        }
        let mut units = 0;
        for (at, char) in line.char_indices() {
            if units + char.len_utf16() > column {
                return at;
            }
            units += char.len_utf16();
        }
        line.len()
    }
}

/// A text with its lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    text: String,
    starts: Vec<u32>,
}

impl Text {
    pub fn new(text: String) -> Text {
        let mut starts = vec![0];
        let bytes = text.as_bytes();
        for (at, &byte) in bytes.iter().enumerate() {
            // The protocol knows lone carriage returns as line ends.
            if byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(at as u32 + 1);
            }
        }
        Text { text, starts }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The line, counted from 0, that an offset lies in.
    pub fn line(&self, offset: u32) -> usize {
        self.starts.partition_point(|&start| start <= offset) - 1
    }

    /// Where a line begins; the end of the text if there is no such line.
    pub fn line_start(&self, line: usize) -> u32 {
        self.starts.get(line).copied().unwrap_or(self.text.len() as u32)
    }

    /// A line without its end.
    pub fn line_text(&self, line: usize) -> &str {
        let (start, end) = (self.line_start(line) as usize, self.line_start(line + 1) as usize);
        self.text[start..end].trim_end_matches(['\r', '\n'])
    }

    pub fn position(&self, offset: u32, encoding: Encoding) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset as u32);
        let start = self.line_start(line) as usize;
        Position::new(line as u32, encoding.length(&self.text[start..offset]))
    }

    /// The offset of a position. Past the end of a line it is that end, past the last line the end of the text.
    pub fn offset(&self, position: Position, encoding: Encoding) -> u32 {
        let line = position.line as usize;
        if line >= self.starts.len() {
            return self.text.len() as u32;
        }
        self.line_start(line) + encoding.offset(self.line_text(line), position.character) as u32
    }

    pub fn range(&self, span: Span, encoding: Encoding) -> Range {
        Range::new(self.position(span.start, encoding), self.position(span.end, encoding))
    }

    pub fn span(&self, range: Range, encoding: Encoding) -> Span {
        let (start, end) = (self.offset(range.start, encoding), self.offset(range.end, encoding));
        Span::new(start.min(end), start.max(end))
    }

    /// The whole text.
    pub fn everything(&self) -> Span {
        Span::new(0, self.text.len() as u32)
    }

    /// The text after changes, one after the other.
    pub fn changed(&self, changes: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) -> Text {
        let mut text = self.clone();
        for change in changes {
            text = match change.range {
                None => Text::new(change.text),
                Some(range) => {
                    let span = text.span(range, encoding);
                    let mut new = text.text;
                    new.replace_range(span.start as usize..span.end as usize, &change.text);
                    Text::new(new)
                }
            };
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_what_was_agreed_on() {
        let text = Text::new("a𝄞ö\r\nx\ry\n".into());
        let at = |offset| {
            let one = text.position(offset, Encoding::Utf8);
            let two = text.position(offset, Encoding::Utf16);
            ((one.line, one.character), (two.line, two.character))
        };
        assert_eq!(at(5), ((0, 5), (0, 3)));
        assert_eq!(at(3), ((0, 1), (0, 1)), "inside a character");
        assert_eq!(at(9), ((1, 0), (1, 0)));
        assert_eq!(at(11), ((2, 0), (2, 0)));
        assert_eq!(at(13), ((3, 0), (3, 0)));
        for offset in [0, 1, 5, 7, 9, 10, 11, 12, 13] {
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                assert_eq!(text.offset(text.position(offset, encoding), encoding), offset, "{offset}");
            }
        }
        assert_eq!(text.offset(Position::new(0, 2), Encoding::Utf16), 1, "between two surrogates");
        assert_eq!(text.offset(Position::new(0, 99), Encoding::Utf16), 7);
        assert_eq!(text.offset(Position::new(99, 0), Encoding::Utf16), 13);
    }
}
