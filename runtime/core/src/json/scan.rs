//! The tokens of JSON text (runtime reference 4.1): what both decoders, without and with a type, share.

use super::number::{self, Number};
use super::plain;

/// The deepest nesting (runtime reference 24).
pub(crate) const DEEPEST: u32 = 128;

/// Room for the first string with escapes.
const FIRST_ROOM: usize = 256;

/// What is wrong with a text. The first mistake in the text counts, except that keys are compared when their object is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// No value starts like this.
    Character,
    /// The text ends outside of a string.
    End,
    /// Starts with `n`.
    Null,
    /// Starts with `t` or `f`.
    Bool,
    /// Starts like a number.
    Number,
    /// A number that no Float can hold.
    Range,
    /// Something else where a key has to be.
    NoString,
    /// The text ends in a string.
    Unterminated,
    /// A backslash with something that is no escape.
    Escape,
    /// `\u` without four hexadecimal digits, or half of a surrogate pair.
    UnicodeEscape,
    /// A control character in a string.
    Control,
    /// Something else where a colon has to be.
    NoColon,
    /// Something else behind an element.
    NoCommaInArray,
    /// Something else behind a member.
    NoCommaInObject,
    /// The same key twice. Which, the decoder knows.
    DuplicateKey,
    /// More than [`DEEPEST`] arrays and objects in each other.
    Depth,
    /// Something behind the value.
    Trailing,
    /// No UTF-8.
    Utf8,
}

impl Mistake {
    /// The message; for a key, what stands before it.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Mistake::Character => "unexpected character",
            Mistake::End => "unexpected end of input",
            Mistake::Null => "invalid null",
            Mistake::Bool => "invalid bool",
            Mistake::Number => "invalid number",
            Mistake::Range => "number out of range",
            Mistake::NoString => "expected string",
            Mistake::Unterminated => "unterminated string",
            Mistake::Escape => "invalid escape",
            Mistake::UnicodeEscape => "invalid unicode escape",
            Mistake::Control => "control character in string",
            Mistake::NoColon => "expected ':'",
            Mistake::NoCommaInArray => "expected ',' or ']'",
            Mistake::NoCommaInObject => "expected ',' or '}'",
            Mistake::DuplicateKey => "duplicate key ",
            Mistake::Depth => "nesting too deep",
            Mistake::Trailing => "trailing characters",
            Mistake::Utf8 => "invalid utf-8",
        }
    }
}

/// A place in a text that is valid UTF-8.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    /// Arrays and objects that are open here.
    depth: u32,
    /// The last string with escapes.
    unescaped: Vec<u8>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Scanner<'a> {
        Scanner { text: text.as_bytes(), at: 0, depth: 0, unescaped: Vec::new() }
    }

    /// Where it stands, for [`Scanner::go_to`].
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// Back, or forth, to a place at the same depth.
    pub(super) fn go_to(&mut self, place: usize) {
        self.at = place;
    }

    /// The first byte of the next token, which is not taken.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    /// Takes the byte that was peeked.
    #[inline]
    pub(super) fn take(&mut self) {
        self.at += 1;
    }

    /// Takes the next token if it is this byte.
    #[inline]
    pub(super) fn take_if(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    /// Takes this text if it comes next, blanks included.
    #[inline]
    pub(super) fn take_text(&mut self, text: &[u8]) -> bool {
        let is = self.text.get(self.at..).is_some_and(|rest| starts_with(rest, text));
        self.at += if is { text.len() } else { 0 };
        is
    }

    /// Nothing but blanks is left.
    pub(super) fn end(&mut self) -> Result<(), Mistake> {
        self.peek().map_or(Ok(()), |_| Err(Mistake::Trailing))
    }

    /// Takes the bracket or brace that was peeked.
    #[inline]
    pub(super) fn open(&mut self) -> Result<(), Mistake> {
        if self.depth == DEEPEST {
            return Err(Mistake::Depth);
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// After the start of an array, or an element: whether another comes. An empty array is closed at once, a comma must be followed by an element.
    #[inline]
    pub(super) fn element(&mut self, first: bool) -> Result<bool, Mistake> {
        match self.peek() {
            Some(b']') => Ok(self.close()),
            _ if first => Ok(true),
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            None => Err(Mistake::End),
            Some(_) => Err(Mistake::NoCommaInArray),
        }
    }

    /// After the start of an object, or a member: whether another comes, whose opening quote has been taken then.
    #[inline]
    pub(super) fn member(&mut self, first: bool) -> Result<bool, Mistake> {
        let mut next = self.peek();
        if next == Some(b'}') {
            return Ok(self.close());
        }
        if !first {
            match next {
                Some(b',') => {
                    self.at += 1;
                    next = self.peek();
                }
                None => return Err(Mistake::End),
                Some(_) => return Err(Mistake::NoCommaInObject),
            }
        }
        match next {
            Some(b'"') => {
                self.at += 1;
                Ok(true)
            }
            None => Err(Mistake::End),
            Some(_) => Err(Mistake::NoString),
        }
    }

    #[inline]
    fn close(&mut self) -> bool {
        self.at += 1;
        self.depth -= 1;
        false
    }

    /// Takes the colon behind a key.
    #[inline]
    pub(super) fn colon(&mut self) -> Result<(), Mistake> {
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                Ok(())
            }
            None => Err(Mistake::End),
            Some(_) => Err(Mistake::NoColon),
        }
    }

    /// Takes the `null`, `true` or `false` whose first byte was peeked.
    #[inline]
    pub(super) fn word(&mut self, word: &[u8], mistake: Mistake) -> Result<(), Mistake> {
        if self.take_text(word) { Ok(()) } else { Err(mistake) }
    }

    /// Takes the number whose first byte was peeked.
    #[inline]
    pub(super) fn number(&mut self) -> Result<Number, Mistake> {
        let (number, end) = number::read(self.text, self.at)?;
        self.at = end;
        Ok(number)
    }

    /// Takes the string whose opening quote has been taken.
    #[inline]
    pub(super) fn string(&mut self) -> Result<&str, Mistake> {
        let start = self.at;
        let end = plain::end(self.text, start);
        if self.text.get(end) != Some(&b'"') {
            return self.string_with_escapes(end);
        }
        self.at = end + 1;
        // SAFETY: the text is UTF-8, and is cut at ASCII characters.
        Ok(unsafe { core::str::from_utf8_unchecked(self.text.get_unchecked(start..end)) })
    }

    /// The rest of [`Scanner::string`], from the first byte on that does not stand for itself.
    fn string_with_escapes(&mut self, first: usize) -> Result<&str, Mistake> {
        self.unescaped.clear();
        self.unescaped.reserve(FIRST_ROOM);
        let mut end = first;
        loop {
            self.unescaped.extend_from_slice(&self.text[self.at..end]);
            self.at = end + 1;
            match self.text.get(end) {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(Mistake::Control),
                None => return Err(Mistake::Unterminated),
            }
            end = plain::end(self.text, self.at);
        }
        // SAFETY: as above; escapes add whole characters.
        Ok(unsafe { core::str::from_utf8_unchecked(&self.unescaped) })
    }

    /// An escape, the backslash of which has been taken.
    fn escape(&mut self) -> Result<(), Mistake> {
        let byte = *self.text.get(self.at).ok_or(Mistake::Unterminated)?;
        self.at += 1;
        self.unescaped.push(match byte {
            b'"' | b'\\' | b'/' => byte,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'u' => {
                let character = self.character()?;
                self.unescaped.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(Mistake::Escape),
        });
        Ok(())
    }

    /// The character of a `\u` escape, or of two.
    fn character(&mut self) -> Result<char, Mistake> {
        let first = self.unit()?;
        let mut code = first;
        if let 0xD800..0xDC00 = first
            && self.take_text(b"\\u")
        {
            let second = self.unit()?;
            if let 0xDC00..0xE000 = second {
                code = 0x10000 + ((first - 0xD800) << 10 | (second - 0xDC00));
            }
        }
        // A lone surrogate is no character.
        char::from_u32(code).ok_or(Mistake::UnicodeEscape)
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Result<u32, Mistake> {
        let mut unit = 0;
        for _ in 0..4 {
            let byte = *self.text.get(self.at).ok_or(Mistake::Unterminated)?;
            unit = unit << 4 | char::from(byte).to_digit(16).ok_or(Mistake::UnicodeEscape)?;
            self.at += 1;
        }
        Ok(unit)
    }

    /// Goes behind a value without looking whether it is one: to the end of a string, the closing bracket that belongs to an opening one, or what
    /// separates values. Returns how many bytes were passed; `None` if the text ends before.
    pub(super) fn skip(&mut self) -> Option<usize> {
        let start = self.at;
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.take();
                    loop {
                        let end = plain::end(self.text, self.at);
                        self.at = end + 1;
                        match self.text.get(end)? {
                            b'"' => break,
                            // Whatever is escaped is not the end.
                            b'\\' => self.at += 1,
                            _ => return None,
                        }
                    }
                    if open == 0 {
                        break;
                    }
                }
                b'[' | b'{' => {
                    open += 1;
                    self.take();
                }
                b']' | b'}' if open > 0 => {
                    self.take();
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                b',' | b']' | b'}' if open == 0 => break,
                _ => self.take(),
            }
        }
        Some(self.at - start)
    }
}

/// Whether a text starts with another, quickly if that has few bytes.
#[inline]
fn starts_with(text: &[u8], with: &[u8]) -> bool {
    let len = with.len();
    text.len() >= len && same(&text[..len], with)
}

/// Whether two texts are the same, quickly if they have few bytes.
#[inline]
pub(super) fn same(text: &[u8], other: &[u8]) -> bool {
    let len = other.len();
    if text.len() != len {
        return false;
    }
    /// Whether the first and the last bytes are the same, as many as `T` has.
    #[inline(always)]
    unsafe fn ends<T: PartialEq>(a: *const u8, b: *const u8, len: usize) -> bool {
        // SAFETY: both have at least so many bytes.
        unsafe {
            let at = |text: *const u8, at: usize| text.add(at).cast::<T>().read_unaligned();
            let last = len - size_of::<T>();
            at(a, 0) == at(b, 0) && at(a, last) == at(b, last)
        }
    }
    // SAFETY: both have `len` bytes.
    unsafe {
        match len {
            1..4 => [0, len / 2, len - 1].iter().all(|&at| text.get_unchecked(at) == other.get_unchecked(at)),
            4..8 => ends::<u32>(text.as_ptr(), other.as_ptr(), len),
            8..17 => ends::<u64>(text.as_ptr(), other.as_ptr(), len),
            _ => text == other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A string, its opening quote left away.
    fn string(text: &str) -> Result<(String, usize), Mistake> {
        let mut scanner = Scanner::new(text);
        let string = scanner.string()?.to_owned();
        Ok((string, scanner.place()))
    }

    #[test]
    fn strings() {
        let long = "é😀 no escapes in here / at all".repeat(40);
        let cases: &[(&str, &str)] = &[
            (r#"""#, ""),
            (r#"a b""#, "a b"),
            (r#"\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#"a\u0041\u00e9\u20AC\ud83d\uDE00z""#, "aAé€😀z"),
            (r#"\u0000\uffff\ud7ff\ue000""#, "\0\u{ffff}\u{d7ff}\u{e000}"),
            ("\u{7f}\u{2028}\"", "\u{7f}\u{2028}"),
            (&format!("{long}\""), &long),
            (&format!("{long}\\n{long}\\\\\""), &format!("{long}\n{long}\\")),
        ];
        for (text, expected) in cases {
            assert_eq!(string(text), Ok(((*expected).to_owned(), text.len())), "{text}");
        }
        assert_eq!(string("ab\",\"c\""), Ok(("ab".to_owned(), 3)));
    }

    #[test]
    fn mistakes_in_strings() {
        let cases: &[(&str, Mistake)] = &[
            ("", Mistake::Unterminated),
            ("abc", Mistake::Unterminated),
            ("\\", Mistake::Unterminated),
            ("\\n", Mistake::Unterminated),
            ("\\u12", Mistake::Unterminated),
            (r#"\x""#, Mistake::Escape),
            (r#"\'""#, Mistake::Escape),
            (r#"\U0041""#, Mistake::Escape),
            (r#"\u12""#, Mistake::UnicodeEscape),
            (r#"\u+123""#, Mistake::UnicodeEscape),
            (r#"\ud800""#, Mistake::UnicodeEscape),
            (r#"\ud800x""#, Mistake::UnicodeEscape),
            (r#"\ud800\n""#, Mistake::UnicodeEscape),
            (r#"\ud800\u0041""#, Mistake::UnicodeEscape),
            (r#"\ud800\ud800""#, Mistake::UnicodeEscape),
            (r#"\udc00""#, Mistake::UnicodeEscape),
            ("a\nb\"", Mistake::Control),
            ("a\0b\"", Mistake::Control),
            ("\\n\u{1f}\"", Mistake::Control),
        ];
        for &(text, mistake) in cases {
            assert_eq!(string(text), Err(mistake), "{text:?}");
        }
    }

    #[test]
    fn skipping() {
        let cases: &[(&str, &str)] = &[
            ("1,2", "1"),
            ("\"a,\\\"]\\\\\",2", "\"a,\\\"]\\\\\""),
            ("[1,{\"a\":[\"]\"]}] }", "[1,{\"a\":[\"]\"]}]"),
            ("{}", "{}"),
            ("nonsense]", "nonsense"),
        ];
        for (text, skipped) in cases {
            let mut scanner = Scanner::new(text);
            assert_eq!(scanner.skip(), Some(skipped.len()), "{text}");
            assert_eq!(scanner.place(), skipped.len());
        }
        for text in ["", "12", "\"a", "\"a\\\"", "[1", "{\"a\":[1}", "\"a\n\""] {
            assert_eq!(Scanner::new(text).skip(), None, "{text}");
        }
    }
}
