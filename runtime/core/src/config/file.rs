//! The grammar of the configuration file (runtime reference 9.4), line by line.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// The section it stands in; `None` before the first.
    pub(super) section: Option<&'a str>,
    /// The key, trimmed.
    pub(super) key: &'a str,
    /// The value: of quotes their content, otherwise the trimmed text.
    pub(super) value: Cow<'a, str>,
}

/// A number for each section and key.
pub(super) type Index<'a> = BTreeMap<(Option<&'a str>, &'a str), usize>;

/// What a file sets.
#[derive(Debug, Default)]
pub(super) struct Settings<'a> {
    /// In the order of the file.
    pub(super) entries: Vec<Entry<'a>>,
    /// Where in `entries`.
    index: Index<'a>,
}

impl<'a> Settings<'a> {
    /// Reads a file. Takes time and memory by the length of the text only.
    pub(super) fn parse(text: &'a str) -> Result<Settings<'a>, Invalid> {
        let mut settings = Settings::default();
        let mut section = None;
        // `lines` takes LF and CRLF away.
        for (index, line) in text.lines().enumerate() {
            let invalid = |reason| Invalid { line: index + 1, reason };
            match read_line(line).map_err(|reason| invalid(reason.into()))? {
                Line::Empty => {}
                Line::Section(name) => section = Some(name),
                Line::Entry(key, value) => {
                    if settings.index.insert((section, key), settings.entries.len()).is_some() {
                        return Err(invalid(["duplicate key ", key].concat().into()));
                    }
                    settings.entries.push(Entry { section, key, value });
                }
            }
        }
        Ok(settings)
    }

    /// The value of a config's field.
    pub(super) fn get(&self, config: &str, field: &str) -> Option<&str> {
        let number = *self.index.get(&(Some(config), field))?;
        self.entries.get(number).map(|entry| &*entry.value)
    }
}

/// A line that is none of the grammar's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Invalid {
    /// Its number, from 1.
    pub(super) line: usize,
    /// What is wrong.
    pub(super) reason: Cow<'static, str>,
}

enum Line<'a> {
    /// Blank, or a comment.
    Empty,
    Section(&'a str),
    Entry(&'a str, Cow<'a, str>),
}

fn read_line(line: &str) -> Result<Line<'_>, &'static str> {
    let line = line.trim();
    if is_end(line) {
        return Ok(Line::Empty);
    }
    if let Some(rest) = line.strip_prefix('[') {
        let (name, rest) = split_at(rest, ']').ok_or("expected ']'")?;
        return match name.trim() {
            "" => Err("expected the name of a section"),
            _ if !is_end(rest.trim_start()) => Err("unexpected text after the section"),
            name => Ok(Line::Section(name)),
        };
    }
    let (key, value) = split_at(line, '=').ok_or("expected a section, or a key with '='")?;
    match key.trim() {
        "" => Err("expected a key before '='"),
        key => Ok(Line::Entry(key, read_value(value.trim_start())?)),
    }
}

/// Whether nothing but a comment is left.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('#')
}

/// What stands before and after a sign, unless a comment begins before it.
fn split_at(text: &str, sign: char) -> Option<(&str, &str)> {
    let at = text.find([sign, '#'])?;
    Some((&text[..at], text[at..].strip_prefix(sign)?))
}

fn read_value(text: &str) -> Result<Cow<'_, str>, &'static str> {
    let (value, rest) = if let Some(quoted) = text.strip_prefix('"') {
        read_escaped(quoted)?
    } else if let Some(quoted) = text.strip_prefix('\'') {
        let (value, rest) = quoted.split_once('\'').ok_or(UNTERMINATED)?;
        (Cow::Borrowed(value), rest)
    } else {
        return read_raw(text);
    };
    if is_end(rest.trim_start()) { Ok(value) } else { Err("unexpected text after the value") }
}

const UNTERMINATED: &str = "unterminated quote";

/// A value in double quotes, the first taken away already, and what follows it.
fn read_escaped(text: &str) -> Result<(Cow<'_, str>, &str), &'static str> {
    let mut value = Cow::Borrowed("");
    let mut from = 0;
    while let Some(at) = text[from..].find(['"', '\\']).map(|at| from + at) {
        push(&mut value, &text[from..at]);
        let mut rest = text[at..].chars();
        if rest.next() == Some('"') {
            return Ok((value, rest.as_str()));
        }
        let escaped = rest.next().ok_or(UNTERMINATED)?;
        from = text.len() - rest.as_str().len();
        match escaped {
            'n' => push(&mut value, "\n"),
            'r' => push(&mut value, "\r"),
            't' => push(&mut value, "\t"),
            _ => push(&mut value, &text[at + 1..from]),
        }
    }
    Err(UNTERMINATED)
}

/// Appends without a copy as long as there is nothing but one piece.
fn push<'a>(value: &mut Cow<'a, str>, piece: &'a str) {
    if value.is_empty() { *value = Cow::Borrowed(piece) } else { value.to_mut().push_str(piece) }
}

/// A value without quotes: up to a comment. Strings of JSON in it may hold `#`.
fn read_raw(text: &str) -> Result<Cow<'_, str>, &'static str> {
    let mut in_string = false;
    let mut chars = text.char_indices();
    while let Some((at, character)) = chars.next() {
        match character {
            '"' => in_string = !in_string,
            '\\' if in_string => {
                chars.next();
            }
            '#' if !in_string => return Ok(Cow::Borrowed(text[..at].trim_end())),
            _ => {}
        }
    }
    if in_string { Err(UNTERMINATED) } else { Ok(Cow::Borrowed(text.trim_end())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All entries as `section.key=value`, or line and reason.
    fn read(text: &str) -> Result<Vec<String>, (usize, String)> {
        let show = |entry: &Entry| format!("{}.{}={}", entry.section.unwrap_or("-"), entry.key, entry.value);
        Settings::parse(text)
            .map(|settings| settings.entries.iter().map(show).collect())
            .map_err(|invalid| (invalid.line, invalid.reason.into_owned()))
    }

    fn value(text: &str) -> Result<String, String> {
        read(&format!("k = {text}"))
            .map(|entries| entries[0].trim_start_matches("-.k=").to_owned())
            .map_err(|(_, reason)| reason)
    }

    #[test]
    fn the_example() {
        let text = "[Depot]\nslots = 40\nlabel = \"north # 2\"\ntags  = [\"cold\", \"bulk\"]\n\
                    origin = {\"lat\":59.4,\"lon\":24.7}\n";
        let entries = [
            "Depot.slots=40",
            "Depot.label=north # 2",
            "Depot.tags=[\"cold\", \"bulk\"]",
            "Depot.origin={\"lat\":59.4,\"lon\":24.7}",
        ];
        assert_eq!(read(text), Ok(entries.map(str::to_owned).to_vec()));
        assert_eq!(read(&text.replace('\n', "\r\n")), read(text));
        assert_eq!(read(text.trim_end()), read(text));
    }

    #[test]
    fn lines() {
        let text = "a = 1\n\n  # all of it\n [ A ] # why\n\tb=2#3\n[B]\n[A]\nc = 4\n[ä b]\nx y = 5\na.b = 6";
        let entries = ["-.a=1", "A.b=2", "A.c=4", "ä b.x y=5", "ä b.a.b=6"];
        assert_eq!(read(text), Ok(entries.map(str::to_owned).to_vec()));
        assert_eq!(read(""), Ok(Vec::new()));
        assert_eq!(read("\n\r\n \t\n#"), Ok(Vec::new()));
    }

    #[test]
    fn values() {
        for (text, expected) in [
            ("", ""),
            ("# no value", ""),
            ("a b  # c", "a b"),
            ("O'Brien", "O'Brien"),
            (r#""""#, ""),
            (r#""a" # c"#, "a"),
            (r#""a#b""#, "a#b"),
            (r#""\n\r\t\"\\\q\é\u0041""#, "\n\r\t\"\\qéu0041"),
            (r"'a\n''", "!unexpected text after the value"),
            (r##"'a\n"#b'  "##, r##"a\n"#b"##),
            ("''", ""),
            (r#"[1, "a # \" b"] # c"#, r#"[1, "a # \" b"]"#),
            (r#"{"k": "it's"}"#, r#"{"k": "it's"}"#),
            ("1 2 = 3", "1 2 = 3"),
            ("[a]", "[a]"),
            (r#""a"#, "!unterminated quote"),
            (r#""a\"#, "!unterminated quote"),
            (r#""a\""#, "!unterminated quote"),
            ("'a", "!unterminated quote"),
            (r#"["a]"#, "!unterminated quote"),
            (r#""a" b"#, "!unexpected text after the value"),
            (r#""a""b""#, "!unexpected text after the value"),
        ] {
            let read = value(text).unwrap_or_else(|reason| format!("!{reason}"));
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn invalid_lines() {
        for (text, line, reason) in [
            ("[A", 1, "expected ']'"),
            ("\n[A # ]", 2, "expected ']'"),
            ("[]", 1, "expected the name of a section"),
            ("[ ]", 1, "expected the name of a section"),
            ("[A] b = 1", 1, "unexpected text after the section"),
            ("[[A]]", 1, "unexpected text after the section"),
            ("# x\r\n\r\nword", 3, "expected a section, or a key with '='"),
            ("a # = 1", 1, "expected a section, or a key with '='"),
            ("= 1", 1, "expected a key before '='"),
            ("a = [1,\n2]", 2, "expected a section, or a key with '='"),
            ("[A]\na = 1\n[B]\na = 1\n[A]\nb = 2\na = 3", 7, "duplicate key a"),
            ("a = 1\na = 1", 2, "duplicate key a"),
            ("\u{feff}[A]", 1, "expected a section, or a key with '='"),
        ] {
            assert_eq!(read(text), Err((line, reason.to_owned())), "{text}");
        }
    }

    /// A value written so that it reads back.
    fn quoted(value: &str) -> String {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{}\"", escaped.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t"))
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[\\[\\]a=#\"'\\\\ \\n\\r\\tbé{},]{0,60}") {
            if let Err(invalid) = Settings::parse(&text) {
                prop_assert!((1..=text.lines().count()).contains(&invalid.line));
            }
        }

        #[test]
        fn what_is_written_reads_back(
            sections in proptest::collection::btree_map(
                "[A-Z][a-z]{0,4}",
                proptest::collection::btree_map("[a-z_]{1,6}", "[ -~é\\n\\r\\t😀]{0,12}", 0..5),
                0..5,
            ),
            end in "\\r?\\n",
        ) {
            let mut text = String::new();
            let mut expected = Vec::new();
            for (section, entries) in &sections {
                text += &format!("[{section}] # c{end}");
                for (key, value) in entries {
                    text += &format!("  {key}={} #x{end}", quoted(value));
                    expected.push(format!("{section}.{key}={value}"));
                }
            }
            prop_assert_eq!(read(&text), Ok(expected));
            let settings = Settings::parse(&text).expect("as written");
            for (section, entries) in &sections {
                for (key, value) in entries {
                    prop_assert_eq!(settings.get(section, key), Some(value.as_str()));
                }
                prop_assert_eq!(settings.get(section, "other key"), None);
            }
        }
    }

    #[test]
    fn long_files_take_linear_time() {
        use std::fmt::Write;
        let mut text = String::new();
        for key in 0..200_000 {
            let _ = writeln!(text, "k{key} = \"\\\"{key}\"");
        }
        text += &"\"".repeat(1 << 20);
        let start = std::time::Instant::now();
        assert_eq!(read(&text).map_err(|error| error.0), Err(200_001));
        assert!(start.elapsed().as_secs() < 10);
    }
}
