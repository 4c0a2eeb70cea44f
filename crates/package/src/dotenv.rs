//! The file `.env`: variables for the program, one a line.

use std::path::Path;

use fuse_diagnostics::{Diagnostic, Level, Span, codes};

use crate::{Report, read_file};

/// Larger files are left out.
const MAX_SIZE: u64 = 4 << 20;

/// Name and value.
type Variable = (String, String);

/// The variables of the file in its order. A missing file has none; whatever is wrong is a warning.
pub(crate) fn load(path: &Path, report: &mut Report) -> Vec<Variable> {
    let bytes = match read_file(path, MAX_SIZE) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Vec::new(),
        Err(reason) => {
            let message = format!("cannot read {}: {reason}; it is left out", path.display());
            report.message(Level::Warning, codes::ENV_FILE_INVALID, message);
            return Vec::new();
        }
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        let message = format!("cannot read {}: it is not UTF-8; it is left out", path.display());
        report.message(Level::Warning, codes::ENV_FILE_INVALID, message);
        return Vec::new();
    };
    let (variables, problems) = parse(text);
    if !problems.is_empty() {
        let file = report.sources.add(path, text);
        let warn = |(span, message)| Diagnostic::warning(codes::ENV_FILE_INVALID, file, span, message);
        report.findings.extend(problems.into_iter().map(warn));
    }
    variables
}

/// The variables, and the lines that give none.
fn parse(text: &str) -> (Vec<Variable>, Vec<(Span, &'static str)>) {
    let mut variables = Vec::new();
    let mut problems = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let at = start + line.find(trimmed).unwrap_or(0);
        start += line.len();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        match variable(trimmed) {
            Ok(variable) => variables.push(variable),
            Err(problem) => problems.push((Span::new(at as u32, (at + trimmed.len()) as u32), problem)),
        }
    }
    (variables, problems)
}

fn variable(line: &str) -> Result<Variable, &'static str> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or("a line of `.env` has no `=`; it is left out")?;
    let (name, value) = (name.trim(), unquote(value.trim()));
    if name.is_empty() {
        return Err("a line of `.env` has no name before its `=`; it is left out");
    }
    if name.contains('\0') || value.contains('\0') {
        return Err("a line of `.env` holds a zero byte, which no variable can; it is left out");
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// The value without one pair of matching quotes.
fn unquote(value: &str) -> &str {
    let inner = |quote| value.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        for (line, expected) in [
            ("A=b", Some(("A", "b"))),
            ("  A = b c  ", Some(("A", "b c"))),
            ("export A=b", Some(("A", "b"))),
            ("export  A=b", Some(("A", "b"))),
            ("exportA=b", Some(("exportA", "b"))),
            ("A=", Some(("A", ""))),
            ("A=\" b \"", Some(("A", " b "))),
            ("A=' b '", Some(("A", " b "))),
            ("A='b\"", Some(("A", "'b\""))),
            ("A=\"\"b\"\"", Some(("A", "\"b\""))),
            ("A=\"", Some(("A", "\""))),
            ("A=b=c", Some(("A", "b=c"))),
            ("A=$HOME\\n # x", Some(("A", "$HOME\\n # x"))),
            ("\u{feff}A=b\r", Some(("A", "b"))),
            ("", None),
            ("   ", None),
            ("# A=b", None),
            ("  # A=b", None),
        ] {
            let (variables, problems) = parse(line);
            let expected: Vec<_> = expected.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
            assert_eq!(variables, expected, "{line:?}");
            assert!(problems.is_empty(), "{line:?}");
        }
    }

    #[test]
    fn bad_lines_are_pointed_at() {
        let (variables, problems) = parse("A=1\n\n  nothing here\n=x\nB=\0\nC=3");
        assert_eq!(variables, [("A".into(), "1".into()), ("C".into(), "3".into())]);
        let spans: Vec<Span> = problems.iter().map(|(span, _)| *span).collect();
        assert_eq!(spans, [Span::new(7, 19), Span::new(20, 22), Span::new(23, 26)]);
    }
}
