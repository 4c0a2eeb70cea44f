//! From words to flags (runtime reference 10.1).

/// A flag as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flag<'a> {
    /// Number of the parameter it is for; the flag as written, without `--`, if there is none.
    pub(super) parameter: Result<usize, &'a [u8]>,
    pub(super) form: Form<'a>,
}

/// How a flag was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form<'a> {
    /// With a value.
    Text(&'a [u8]),
    /// As a switch: on or off.
    Switch(bool),
}

/// Reads words from left to right. `find` is the number of the parameter that a flag names. The error is a word that is
/// no flag where one must stand.
pub(super) fn scan<'a>(
    words: impl Iterator<Item = &'a [u8]>,
    find: impl Fn(&[u8]) -> Option<usize>,
) -> Result<Vec<Flag<'a>>, &'a [u8]> {
    let mut flags = Vec::new();
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let flag = word.strip_prefix(b"--").ok_or(word)?;
        let (name, text) = match flag.iter().position(|&byte| byte == b'=') {
            Some(at) => (&flag[..at], Some(&flag[at + 1..])),
            None => (flag, None),
        };
        if name.is_empty() {
            return Err(word);
        }
        let named = find(name).ok_or(name);
        flags.push(match (text, name.strip_prefix(b"no-")) {
            (Some(text), _) => Flag { parameter: named, form: Form::Text(text) },
            (None, Some(switch)) if named.is_err() => {
                Flag { parameter: find(switch).ok_or(name), form: Form::Switch(false) }
            }
            (None, _) => match words.next_if(|next| !next.starts_with(b"--")) {
                Some(text) => Flag { parameter: named, form: Form::Text(text) },
                None => Flag { parameter: named, form: Form::Switch(true) },
            },
        });
    }
    Ok(flags)
}

/// Whether a flag names a parameter: exactly, or with `-` for `_`.
pub(super) fn names(flag: &[u8], parameter: &str) -> bool {
    let parameter = parameter.as_bytes();
    flag.len() == parameter.len()
        && flag
            .iter()
            .zip(parameter)
            .all(|(flag, parameter)| flag == parameter || (*flag == b'-' && *parameter == b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PARAMETERS: [&str; 5] = ["station", "limit", "verbose", "dry_run", "no_wait"];

    fn scanned<'a>(words: &[&'a str]) -> Result<Vec<Flag<'a>>, &'a str> {
        scan(words.iter().map(|word| word.as_bytes()), |flag| {
            PARAMETERS.iter().position(|parameter| names(flag, parameter))
        })
        .map_err(|word| core::str::from_utf8(word).expect("UTF-8"))
    }

    /// Flags as text: `parameter or ?name`, then `=text`, `+` or `-`.
    fn shown(words: &[&str]) -> Result<String, String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let show = |flag: &Flag| {
            let name =
                flag.parameter.map_or_else(|name| format!("?{}", text(name)), |at| PARAMETERS[at].to_owned());
            name + &match flag.form {
                Form::Text(value) => format!("={}", text(value)),
                Form::Switch(true) => "+".to_owned(),
                Form::Switch(false) => "-".to_owned(),
            }
        };
        let flags = scanned(words).map_err(str::to_owned)?;
        Ok(flags.iter().map(show).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn forms() {
        for (words, flags) in [
            (&[][..], ""),
            (&["--station=Kiel", "--limit", "4", "--verbose"], "station=Kiel limit=4 verbose+"),
            (&["--station=", "--station=a=b", "--station", ""], "station= station=a=b station="),
            (&["--limit", "-3", "--limit", "-"], "limit=-3 limit=-"),
            (&["--verbose", "--limit"], "verbose+ limit+"),
            (&["--verbose", "false"], "verbose=false"),
            (&["--no-verbose", "--limit=1"], "verbose- limit=1"),
            (
                &["--dry-run", "--dry_run=1", "--no-dry-run", "--no-dry_run"],
                "dry_run+ dry_run=1 dry_run- dry_run-",
            ),
            (&["--no-wait", "--no_wait", "x", "--no-no-wait"], "no_wait+ no_wait=x no_wait-"),
            // Unknown flags take words like others do.
            (&["--speed=2", "--speed", "2", "--speed"], "?speed=2 ?speed=2 ?speed+"),
            (&["--no-speed", "--no-station=x", "--no-", "--no"], "?no-speed- ?no-station=x ?no-- ?no+"),
            (&["--Station=x", "--stat=x", "---x", "--éa"], "?Station=x ?stat=x ?-x+ ?éa+"),
            (&["--no_verbose"], "?no_verbose+"),
        ] {
            assert_eq!(shown(words).as_deref(), Ok(flags), "{words:?}");
        }
    }

    #[test]
    fn words_that_are_no_flags() {
        for (words, word) in [
            (&["Kiel"][..], "Kiel"),
            (&["--"], "--"),
            (&["-v"], "-v"),
            (&["-"], "-"),
            (&[""], ""),
            (&["--=x"], "--=x"),
            (&["--bogus", "1", "2", "3"], "2"),
            (&["--no-verbose", "true"], "true"),
            (&["--limit=1", "2"], "2"),
            (&["--limit", "1", "--", "--station=x"], "--"),
        ] {
            assert_eq!(shown(words), Err(word.to_owned()), "{words:?}");
        }
        assert_eq!(scan([&b"\xff"[..]].into_iter(), |_| None), Err(&b"\xff"[..]));
        let flag = Flag { parameter: Err(&b"\xff"[..]), form: Form::Text(b"\xfe") };
        assert_eq!(scan([&b"--\xff=\xfe"[..]].into_iter(), |_| None), Ok(vec![flag]));
    }

    proptest! {
        /// Every word is taken once, as a flag or as its value.
        #[test]
        fn no_word_is_lost(words in proptest::collection::vec("(--)?(no-)?(limit|verbose|x)?(=a)?|-?[0-9]?", 0..12)) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match scanned(&words) {
                Ok(flags) => {
                    let separate = flags.iter().filter(|flag| match flag.form {
                        Form::Text(text) => words.iter().any(|word| core::ptr::eq(word.as_ptr(), text.as_ptr()) && word.len() == text.len()),
                        Form::Switch(_) => false,
                    });
                    prop_assert_eq!(flags.len() + separate.count(), words.len());
                }
                Err(word) => prop_assert!(!word.starts_with("--") || word == "--" || word.starts_with("--=")),
            }
        }
    }
}
