//! The lexer: from source text to tokens with layout, comments and diagnostics.
//!
//! One pass over the bytes. Open brackets and interpolations are on an explicit stack, so nesting costs no native
//! stack; what never closes is closed by made-up tokens after it has been reported, so the parser sees balanced brackets.

mod brackets;
mod layout;
mod strings;

use fuse_diagnostics::{Diagnostic, FileId, Span, codes};

use crate::token::{Token, TokenKind, reserved_word};
use brackets::Open;

/// A comment, from its `#` to the end of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
    /// Whether it is a documentation comment (which may still document nothing).
    pub doc: bool,
    /// The index of the token after it; for a documentation comment that of the first token of the next logical line,
    /// after that line's layout tokens.
    pub token: u32,
}

/// What the lexer yields.
#[derive(Clone, Debug, Default)]
pub struct Lexed {
    /// The tokens in source order; the last one is [`TokenKind::Eof`].
    pub tokens: Vec<Token>,
    /// The comments in source order.
    pub comments: Vec<Comment>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// More diagnostics than this are not kept: a file of random bytes shall not fill the memory.
pub(crate) const MOST_DIAGNOSTICS: usize = 10_000;

/// Splits a source text into tokens.
pub fn lex(source: &str, file: FileId) -> Lexed {
    if source.len() >= u32::MAX as usize {
        let message = "the file is too large: a source file must be smaller than 4 GiB";
        let eof = Token { start: 0, end: 0, kind: TokenKind::Eof, line_before: false, repaired: false };
        return Lexed {
            tokens: vec![eof],
            comments: Vec::new(),
            diagnostics: vec![Diagnostic::error(codes::SOURCE_TOO_LARGE, file, Span::empty(0), message)],
        };
    }
    let mut lexer = Lexer::new(source, file);
    lexer.run();
    lexer.out
}

struct Lexer<'s> {
    source: &'s str,
    bytes: &'s [u8],
    file: FileId,
    /// The next byte.
    pos: usize,
    out: Lexed,
    /// The columns of the open blocks.
    indents: Vec<u32>,
    /// The open brackets and interpolations.
    open: Vec<Open>,
    /// How many interpolations are open.
    interpolations: u32,
    /// How many of them are in one-line strings: inside those no line may end.
    one_line: u32,
    /// How many brackets of each kind are open inside the innermost interpolation, or in all outside of any.
    counts: [u32; 3],
    /// The start of the current physical line (strings of several lines aside).
    line_start: usize,
    /// The number of the current physical line.
    line: u32,
    /// Whether the current logical line has a token.
    line_has_token: bool,
    /// Whether a line end has been passed since the last token.
    line_before: bool,
    /// Comments from here on have not been followed by a token yet.
    pending_comments: usize,
    /// A string that turned out to be the end of another one has been re-read up to here: not twice on one line.
    reread_until: usize,
    /// The second of two swapped closing brackets, and the start of its line: the first one has been reported.
    swapped: Option<(TokenKind, usize)>,
    /// No closing quote has been found before this place.
    no_quote_until: usize,
}

impl<'s> Lexer<'s> {
    fn new(source: &'s str, file: FileId) -> Lexer<'s> {
        let mut out = Lexed::default();
        // Measured on ordinary code: a token for every four to five bytes.
        out.tokens.reserve(source.len() / 5 + 16);
        Lexer {
            source,
            bytes: source.as_bytes(),
            file,
            pos: if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
            out,
            indents: vec![0],
            open: Vec::new(),
            interpolations: 0,
            one_line: 0,
            counts: [0; 3],
            line_start: 0,
            line: 1,
            line_has_token: false,
            line_before: false,
            pending_comments: 0,
            reread_until: 0,
            swapped: None,
            no_quote_until: 0,
        }
    }

    fn run(&mut self) {
        self.start_line();
        while let Some(&byte) = self.bytes.get(self.pos) {
            self.token(byte);
        }
        self.finish();
    }

    /// The byte `ahead` of the current one; zero at the end (a NUL in the source starts no token either).
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.pos + ahead).copied().unwrap_or(0)
    }

    fn emit(&mut self, kind: TokenKind, start: usize, end: usize) {
        self.push(kind, start, end, false);
    }

    /// A token that is not in the source, or stands for something wrong.
    fn emit_repaired(&mut self, kind: TokenKind, start: usize, end: usize) {
        self.push(kind, start, end, true);
    }

    fn push(&mut self, kind: TokenKind, start: usize, end: usize, repaired: bool) {
        let token =
            Token { start: start as u32, end: end as u32, kind, line_before: self.line_before, repaired };
        if self.pending_comments < self.out.comments.len() && !kind.is_layout() {
            self.place_comments();
        }
        self.line_has_token = true;
        self.line_before = false;
        self.out.tokens.push(token);
    }

    /// The comments read since the last token stand before the next one.
    fn place_comments(&mut self) {
        let next = self.out.tokens.len() as u32;
        for comment in &mut self.out.comments[self.pending_comments..] {
            comment.token = next;
        }
        self.pending_comments = self.out.comments.len();
    }

    fn error(&mut self, code: fuse_diagnostics::Code, start: usize, end: usize, message: String) {
        if self.out.diagnostics.len() < MOST_DIAGNOSTICS {
            let span = Span::new(start as u32, end as u32);
            self.out.diagnostics.push(Diagnostic::error(code, self.file, span, message));
        }
    }

    fn hint(&mut self, text: &str) {
        if let Some(last) = self.out.diagnostics.pop() {
            self.out.diagnostics.push(last.hint(text));
        }
    }

    /// Reads what starts at the current byte: a token, blanks, a comment or a line end.
    fn token(&mut self, byte: u8) {
        use TokenKind::*;
        let next = self.peek(1);
        let (kind, length) = match byte {
            b' ' | b'\t' => {
                self.pos += 1;
                return;
            }
            b'\n' => return self.line_end(),
            b'\r' if next == b'\n' => {
                self.pos += 1;
                return;
            }
            b'#' => return self.comment(false),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.word(),
            b'0'..=b'9' => return self.number(),
            b'"' => return self.string(),
            b'(' => return self.open_bracket(ParenOpen),
            b'[' => return self.open_bracket(BracketOpen),
            b'{' => return self.open_bracket(BraceOpen),
            b')' => return self.close_bracket(ParenClose),
            b']' => return self.close_bracket(BracketClose),
            b'}' => return self.close_bracket(BraceClose),
            b',' => (Comma, 1),
            b':' => (Colon, 1),
            b'.' if next == b'.' => (DotDot, 2),
            b'.' => (Dot, 1),
            b'-' if next == b'>' => (Arrow, 2),
            b'-' => (Minus, 1),
            b'=' if next == b'=' => (EqEq, 2),
            b'=' if next == b'>' => (FatArrow, 2),
            b'=' => (Eq, 1),
            b'!' if next == b'=' => (NotEq, 2),
            b'!' => (Bang, 1),
            b'<' if next == b'=' => (Le, 2),
            b'<' => (Lt, 1),
            b'>' if next == b'=' => (Ge, 2),
            b'>' => (Gt, 1),
            b'+' => (Plus, 1),
            b'*' => (Star, 1),
            b'/' => (Slash, 1),
            b'%' => (Percent, 1),
            b'?' if next == b'?' => (QuestionQuestion, 2),
            b'?' if next == b'!' => (QuestionBang, 2),
            b'?' => (Question, 1),
            _ => return self.unexpected_character(self.pos),
        };
        self.emit(kind, self.pos, self.pos + length);
        self.pos += length;
    }

    fn comment(&mut self, doc: bool) {
        let start = self.pos;
        let end = self.end_of_line(start);
        let span = Span::new(start as u32, end as u32);
        self.out.comments.push(Comment { span, doc, token: u32::MAX });
        self.pos = end;
    }

    /// The offset of the end of the line that `from` stands in, without its line end.
    fn end_of_line(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        if length < rest.len() && length > 0 && rest[length - 1] == b'\r' {
            from + length - 1
        } else {
            from + length
        }
    }

    fn word(&mut self) {
        let start = self.pos;
        let mut end = start + 1;
        while end < self.bytes.len() && is_word_byte(self.bytes[end]) {
            end += 1;
        }
        if self.bytes.get(end).is_some_and(|byte| !byte.is_ascii()) && self.char_at(end).is_alphanumeric() {
            // `größe` is one mistake, at its first foreign letter, and not three tokens.
            self.pos = start;
            return self.unexpected_character(end);
        }
        let kind = reserved_word(&self.bytes[start..end]).unwrap_or(TokenKind::Ident);
        self.pos = end;
        self.emit(kind, start, end);
    }

    fn number(&mut self) {
        let start = self.pos;
        self.skip_digits();
        let mut kind = TokenKind::Int;
        if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            self.pos += 1;
            self.skip_digits();
            kind = TokenKind::Float;
        }
        self.emit(kind, start, self.pos);
    }

    fn skip_digits(&mut self) {
        while self.peek(0).is_ascii_digit() {
            self.pos += 1;
        }
    }

    fn char_at(&self, at: usize) -> char {
        self.source[at..].chars().next().unwrap_or('\0')
    }

    /// Reports the character at `at` (the current one, or one that ends the current word), and takes the text that
    /// belongs to the same mistake.
    fn unexpected_character(&mut self, at: usize) {
        let start = self.pos;
        let found = self.char_at(at);
        let length = found.len_utf8();
        self.error(
            codes::UNEXPECTED_CHARACTER,
            at,
            at + length,
            format!("unexpected character {}", describe(found)),
        );
        if let Some(hint) = hint_for(found) {
            self.hint(hint);
        }
        self.pos = at + length;
        match found {
            '\'' | '\u{2018}' | '\u{201c}' => {
                // 'text' is one mistake: the string is skipped with its closing quote.
                let quote = match found {
                    '\u{2018}' => '\u{2019}',
                    '\u{201c}' => '\u{201d}',
                    same => same,
                };
                let rest = &self.source[self.pos..];
                // A line without one is searched once: again and again would take quadratic time.
                if self.pos >= self.no_quote_until {
                    match rest.find([quote, '\n']) {
                        Some(end) if rest[end..].starts_with(quote) => self.pos += end + quote.len_utf8(),
                        Some(end) => self.no_quote_until = self.pos + end,
                        None => self.no_quote_until = self.source.len(),
                    }
                }
                self.emit_repaired(TokenKind::Error, start, self.pos);
            }
            '&' | '|' if self.peek(0) == found as u8 => {
                self.pos += 1;
                let kind = if found == '&' { TokenKind::And } else { TokenKind::Or };
                self.emit_repaired(kind, start, self.pos);
            }
            _ if found.is_alphanumeric() => {
                while let Some(next) = self.source[self.pos..].chars().next()
                    && (next.is_alphanumeric() || next == '_')
                {
                    self.pos += next.len_utf8();
                }
                self.emit_repaired(TokenKind::Error, start, self.pos);
            }
            // White space of other alphabets: the tokens around it are fine.
            _ if found.is_whitespace() || is_invisible(found) => {}
            _ => self.emit_repaired(TokenKind::Error, start, self.pos),
        }
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_invisible(found: char) -> bool {
    matches!(found, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

fn describe(found: char) -> String {
    if found.is_control() || found.is_whitespace() || is_invisible(found) {
        format!("U+{:04X}", found as u32)
    } else if found.is_ascii() {
        format!("`{found}`")
    } else {
        format!("`{found}` (U+{:04X})", found as u32)
    }
}

fn hint_for(found: char) -> Option<&'static str> {
    Some(match found {
        '\'' => "strings are written in double quotes: \"text\"",
        ';' => "statements end at the end of the line; nothing separates them",
        '&' => "the logical operator is written `and`",
        '|' => "the logical operator is written `or`",
        '$' => "`${…}` is written inside a string",
        '`' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => {
            "strings are written in straight double quotes: \"text\""
        }
        '\\' => "a line continues by itself inside brackets, or before a line that begins with `.`",
        '^' => "there is no such operator",
        '\r' => "a line ends with LF, or with CR and LF",
        '\0' => "the file is not text",
        _ if is_invisible(found) => "this character cannot be seen; delete it",
        _ if found.is_whitespace() => "separate tokens by ordinary blanks",
        _ if found.is_alphanumeric() => "names consist of the letters A to Z, a to z, digits and `_`",
        _ if !found.is_ascii() => "outside strings and comments only ASCII characters may stand",
        _ => return None,
    })
}
