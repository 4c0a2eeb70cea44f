//! The formatted text, and where its parts come from.

use std::ops::Range;

use fuse_diagnostics::Span;

/// Text that is put together from parts of a source and pieces between them.
pub(crate) struct Output<'a> {
    source: &'a str,
    text: String,
    /// For each part where it begins, in the text and in the source.
    parts: Vec<(usize, usize)>,
    /// After the last part, in the source.
    end: usize,
}

impl<'a> Output<'a> {
    /// Nothing yet.
    pub(crate) fn new(source: &'a str) -> Output<'a> {
        Output { source, text: String::with_capacity(source.len() + 1), parts: Vec::new(), end: 0 }
    }

    /// Takes over a part of the source.
    pub(crate) fn keep(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.parts.push((self.text.len(), range.start));
            self.end = range.end;
            self.text.push_str(&self.source[range]);
        }
    }

    /// Adds a piece that is not in the source.
    pub(crate) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// The place in the source of a place in the text.
    pub(crate) fn in_source(&self, span: Span) -> Span {
        let start = self.offset(span.start);
        Span::new(start, self.offset(span.end).max(start))
    }

    fn offset(&self, offset: u32) -> u32 {
        let offset = offset as usize;
        let after = self.parts.partition_point(|&(start, _)| start <= offset);
        let Some(&(start, origin)) = after.checked_sub(1).and_then(|at| self.parts.get(at)) else { return 0 };
        // What lies in a piece between two parts lies at the end of the first one.
        let next = self.parts.get(after).map_or(self.end, |&(_, origin)| origin);
        (origin + (offset - start)).min(next) as u32
    }
}
