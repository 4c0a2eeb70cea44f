//! Whether a text is JSON, exactly as the runtime decodes it (runtime reference 4.1, 4.2): nothing is built.

use rustc_hash::FxHashSet;

/// Arrays and objects may be nested this deep.
const MAX_DEPTH: usize = 128;

/// Why a text is not JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    /// The byte that is wrong; the length of the text if it ends too early.
    pub offset: usize,
    /// The message of the runtime reference.
    pub message: String,
}

/// Checks a text.
pub(crate) fn check(text: &str) -> Result<(), Invalid> {
    let mut checker = Checker { bytes: text.as_bytes(), at: 0 };
    checker.skip_blanks();
    checker.value(0)?;
    checker.skip_blanks();
    if checker.at < text.len() { Err(checker.invalid("trailing characters")) } else { Ok(()) }
}

struct Checker<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Checker<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn invalid(&self, message: &str) -> Invalid {
        Invalid { offset: self.at, message: message.to_owned() }
    }

    /// What is wrong where something else was expected: the end of the text has its own message.
    fn expected(&self, message: &str) -> Invalid {
        self.invalid(if self.at < self.bytes.len() { message } else { "unexpected end of input" })
    }

    fn value(&mut self, depth: usize) -> Result<(), Invalid> {
        match self.peek() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => Err(self.invalid("nesting too deep")),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word("null", "invalid null"),
            Some(b't') => self.word("true", "invalid bool"),
            Some(b'f') => self.word("false", "invalid bool"),
            _ => Err(self.expected("unexpected character")),
        }
    }

    fn word(&mut self, word: &str, message: &str) -> Result<(), Invalid> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.invalid(message));
        }
        self.at += word.len();
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<(), Invalid> {
        self.at += 1;
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_blanks();
            self.value(depth)?;
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.expected("expected ',' or ']'")),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<(), Invalid> {
        self.at += 1;
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let mut keys = FxHashSet::default();
        loop {
            self.skip_blanks();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.expected("expected string"));
            }
            let key = self.string()?;
            if keys.contains(&key) {
                return Err(Invalid { offset: start, message: format!("duplicate key \"{key}\"") });
            }
            keys.insert(key);
            self.skip_blanks();
            if self.peek() != Some(b':') {
                return Err(self.expected("expected ':'"));
            }
            self.at += 1;
            self.skip_blanks();
            self.value(depth)?;
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.expected("expected ',' or '}'")),
            }
        }
        self.at += 1;
        Ok(())
    }

    /// A string; yields its text.
    fn string(&mut self) -> Result<String, Invalid> {
        self.at += 1;
        let mut text = Vec::new();
        loop {
            match self.peek() {
                None => return Err(self.invalid("unterminated string")),
                Some(b'"') => break,
                Some(b'\\') => {
                    let c = self.escape()?;
                    text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(..0x20) => return Err(self.invalid("control character in string")),
                Some(byte) => {
                    text.push(byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The character that an escape stands for.
    fn escape(&mut self) -> Result<char, Invalid> {
        let start = self.at;
        self.at += 1;
        let c = match self.peek() {
            None => return Err(self.invalid("unterminated string")),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            Some(_) => return Err(Invalid { offset: start, message: "invalid escape".to_owned() }),
        };
        self.at += 1;
        Ok(c)
    }

    /// `\uXXXX`, or two of them for a surrogate pair; the current byte is the first `u`.
    fn unicode_escape(&mut self, start: usize) -> Result<char, Invalid> {
        let invalid = Invalid { offset: start, message: "invalid unicode escape".to_owned() };
        let Some(high) = self.unit() else { return Err(invalid) };
        let code = match high {
            0xD800..0xDC00 if self.bytes[self.at..].starts_with(b"\\u") => {
                self.at += 1;
                match self.unit() {
                    Some(low @ 0xDC00..0xE000) => 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00),
                    _ => return Err(invalid),
                }
            }
            code => code,
        };
        char::from_u32(code).ok_or(invalid)
    }

    /// The four digits after `u`.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at + 1..self.at + 5)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        self.at += 5;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    }

    fn number(&mut self) -> Result<(), Invalid> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.invalid("invalid number"));
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(()),
            _ => Err(Invalid { offset: start, message: "number out of range".to_owned() }),
        }
    }

    /// At least one digit.
    fn digits(&mut self) -> Result<(), Invalid> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.invalid("invalid number")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (usize, String) {
        let invalid = check(text).expect_err(text);
        (invalid.offset, invalid.message)
    }

    #[test]
    fn json() {
        for text in [
            "null",
            " true ",
            "\t{\"a\": [1, -0, 2.5e+10, 1E-2, {}], \"b\": {\"a\": []}}\r\n",
            r#""\u00e4\ud83d\ude00\n\/""#,
            "0",
            "9007199254740993123456789",
            "1e-999",
            "\"\u{7f}ä\"",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn every_message() {
        for (text, offset, message) in [
            ("", 0, "unexpected end of input"),
            ("[", 1, "unexpected end of input"),
            ("[1", 2, "unexpected end of input"),
            ("{\"a\"", 4, "unexpected end of input"),
            ("{", 1, "unexpected end of input"),
            ("'a'", 0, "unexpected character"),
            ("\u{feff}1", 0, "unexpected character"),
            ("[1,]", 3, "unexpected character"),
            ("+1", 0, "unexpected character"),
            (".5", 0, "unexpected character"),
            ("NaN", 0, "unexpected character"),
            ("nul", 0, "invalid null"),
            ("True", 0, "unexpected character"),
            ("tru", 0, "invalid bool"),
            ("fals", 0, "invalid bool"),
            ("-", 1, "invalid number"),
            ("01", 1, "invalid number"),
            ("1.", 2, "invalid number"),
            ("1e", 2, "invalid number"),
            ("-Infinity", 1, "invalid number"),
            ("1e999", 0, "number out of range"),
            ("[-1e400]", 1, "number out of range"),
            ("{a: 1}", 1, "expected string"),
            ("{\"a\": 1,}", 8, "expected string"),
            ("\"a", 2, "unterminated string"),
            ("\"a\\", 3, "unterminated string"),
            (r#""\x""#, 1, "invalid escape"),
            (r#""\u12g4""#, 1, "invalid unicode escape"),
            (r#""\ud83d""#, 1, "invalid unicode escape"),
            (r#""\ude00""#, 1, "invalid unicode escape"),
            (r#""\ud83d\u0041""#, 1, "invalid unicode escape"),
            ("\"a\nb\"", 2, "control character in string"),
            ("{\"a\" 1}", 5, "expected ':'"),
            ("[1 2]", 3, "expected ',' or ']'"),
            ("{\"a\": 1 \"b\"}", 8, "expected ',' or '}'"),
            (r#"{"a": 1, "\u0061": 2}"#, 9, "duplicate key \"a\""),
            ("1 2", 2, "trailing characters"),
            ("1 // no", 2, "trailing characters"),
        ] {
            assert_eq!(error(text), (offset, message.to_owned()), "{text}");
        }
    }

    /// A document with every form of value.
    const DOCUMENT: &str =
        r#" {"a": [1, -0.5e+3, true, false, null, {}], "\u00e4\ud83d\ude00": "x\n\"", "b": {"c": []}} "#;

    #[test]
    fn a_document_that_is_cut_or_changed_is_judged_without_a_panic() {
        let document = DOCUMENT.as_bytes();
        assert_eq!(check(DOCUMENT), Ok(()));
        for end in 1..document.len() - 1 {
            assert!(check(&DOCUMENT[..end]).is_err(), "{end}");
        }
        for at in 0..document.len() {
            for byte in 0..0x80 {
                let mut changed = document.to_vec();
                changed[at] = byte;
                let text = String::from_utf8(changed).expect("ASCII");
                assert!(check(&text).map_or_else(|invalid| invalid.offset <= text.len(), |()| true));
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged(text in r#"[\[\]{}",:\\ue0-9.+\-a-f ä\x01]{0,40}"#) {
            if let Err(invalid) = check(&text) {
                proptest::prop_assert!(invalid.offset <= text.len());
            }
        }

        #[test]
        fn what_a_number_parses_to_decides_its_range(number in "-?(0|[1-9][0-9]{0,400})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?") {
            let finite = number.parse::<f64>().is_ok_and(f64::is_finite);
            proptest::prop_assert_eq!(check(&number).is_ok(), finite);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(check(&nested(128)), Ok(()));
        assert_eq!(error(&nested(129)), (128, "nesting too deep".to_owned()));
        assert_eq!(error(&"{\"a\":".repeat(100_000)), (640, "nesting too deep".to_owned()));
    }
}
