//! Formatting line by line.

use std::ops::Range;

use fuse_syntax::{Lexed, Token, TokenKind};

use crate::output::Output;
use crate::strings;

/// What one tab of indentation becomes.
const TAB: &str = "  ";
const BLANKS: [char; 2] = [' ', '\t'];

/// Formats a source in which nothing needs a repair except tabs in indentation.
pub(crate) fn format<'a>(source: &'a str, lexed: &Lexed) -> Output<'a> {
    let mut formatter = Formatter {
        source,
        strings: strings::of(lexed),
        next_string: 0,
        tokens: &lexed.tokens,
        next_token: 0,
        comments: lexed.comments.iter().map(|comment| comment.span.end as usize).collect(),
        next_comment: 0,
        blank_line: false,
        out: Output::new(source),
    };
    let mut start = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    formatter.out.keep(0..start);
    while start < source.len() {
        let end = source[start..].find('\n').map_or(source.len(), |length| start + length);
        formatter.line(start, end);
        start = end + 1;
    }
    formatter.out
}

struct Formatter<'a, 'l> {
    source: &'a str,
    strings: Vec<Range<usize>>,
    /// The first string that does not end before the current line.
    next_string: usize,
    tokens: &'l [Token],
    /// The first token that does not begin before the current line.
    next_token: usize,
    /// Where comments end, as the lexer sees them.
    comments: Vec<usize>,
    /// The first comment that does not end before the current line.
    next_comment: usize,
    /// A blank line is due before the next line that is not blank.
    blank_line: bool,
    out: Output<'a>,
}

impl Formatter<'_, '_> {
    /// Formats a physical line; its line end, if it has one, is the LF at `end`.
    fn line(&mut self, start: usize, end: usize) {
        while self.strings.get(self.next_string).is_some_and(|string| string.end <= start) {
            self.next_string += 1;
        }
        let starts_inside = self.in_string(start);
        let ends_inside = self.in_string(end);
        let end = if ends_inside { self.end_in_string(start, end) } else { self.end_of_code(start, end) };
        if starts_inside {
            self.out.keep(start..end);
        } else {
            let content = self.source[start..end].trim_start_matches(BLANKS);
            if content.is_empty() {
                self.blank_line = true;
                return;
            }
            if std::mem::take(&mut self.blank_line) {
                self.out.push("\n");
            }
            let content = end - content.len();
            self.indentation(start, content);
            self.content(content, end);
        }
        // A CR that is an error at the end of the file must not become a part of a line end.
        if !(end == self.source.len() && self.source.ends_with('\r')) {
            self.out.push("\n");
        }
    }

    /// Whether a place lies in a string, its first quote aside: what stands there belongs to the string.
    fn in_string(&self, at: usize) -> bool {
        let rest = &self.strings[self.next_string..];
        let string = rest.iter().take_while(|string| string.start < at).find(|string| at < string.end);
        string.is_some()
    }

    /// Where a line ends that ends inside a string: before its line end. A CR before that end is text; without it, the text would
    /// lose that one too when it is read again.
    fn end_in_string(&self, start: usize, end: usize) -> usize {
        match self.source[start..end].strip_suffix('\r') {
            Some(text) if !text.ends_with('\r') => end - 1,
            _ => end,
        }
    }

    /// Where a line ends without the blanks at its end, and those of its comment.
    fn end_of_code(&mut self, start: usize, end: usize) -> usize {
        while self.comments.get(self.next_comment).is_some_and(|&comment| comment < start) {
            self.next_comment += 1;
        }
        let in_comment = self.comments.get(self.next_comment).is_some_and(|&comment| comment <= end);
        let line = &self.source[start..end];
        if in_comment {
            // A CR at the end of a comment would be one of the line end when it is read again.
            return start + line.trim_end_matches([' ', '\t', '\r']).len();
        }
        let line = if end < self.source.len() { line.strip_suffix('\r').unwrap_or(line) } else { line };
        let line = line.trim_end_matches(BLANKS);
        // So would one in code, which is an error; it must stay one.
        if line.ends_with('\r') { end } else { start + line.len() }
    }

    fn indentation(&mut self, start: usize, end: usize) {
        let mut kept = start;
        for (at, _) in self.source[start..end].match_indices('\t') {
            self.out.keep(kept..start + at);
            self.out.push(TAB);
            kept = start + at + 1;
        }
        self.out.keep(kept..end);
    }

    /// The line from its first token or comment on.
    fn content(&mut self, start: usize, end: usize) {
        let Some((word, after)) = self.label(start, end) else { return self.out.keep(start..end) };
        let rest = self.source[after..end].trim_start_matches(BLANKS);
        self.out.keep(start..word);
        self.out.push(if rest.is_empty() { ":" } else { ": " });
        self.out.keep(end - rest.len()..end);
    }

    /// If a line begins with a word and a `:`, where these end.
    fn label(&mut self, start: usize, end: usize) -> Option<(usize, usize)> {
        while self.tokens.get(self.next_token).is_some_and(|token| (token.start as usize) < start) {
            self.next_token += 1;
        }
        let mut tokens = self.tokens[self.next_token..].iter().filter(|token| !token.kind.is_layout());
        let word = tokens.next().filter(|word| word.start as usize == start && word.kind.is_word())?;
        let colon = tokens.next().filter(|colon| colon.kind == TokenKind::Colon)?;
        let (word, colon) = (word.end as usize, colon.start as usize);
        // Between them may be what the lexer has reported, or a line end.
        let adjoin = colon < end && self.source[word..colon].trim_matches(BLANKS).is_empty();
        adjoin.then_some((word, colon + 1))
    }
}
