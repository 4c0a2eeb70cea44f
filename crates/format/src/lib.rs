//! The formatter: from source text to source text (language reference 9).
//!
//! It works on lines and tokens, not on the tree: blanks at line ends, blank lines, tabs in indentation and the blanks around the
//! `:` after the first word of a line are all it touches, and two things that are no valid source are repaired (tabs in indentation,
//! text in single quotes). It knows no files and no other modules.
//!
//! Invariants:
//! - A text is formatted only if the result parses.
//! - Formatting a result again changes nothing; the tree (positions aside) and the comments (blanks at their end aside) are those of
//!   the source, and so is the text of every string.
//! - It takes time linear in the length of the source.
#![forbid(unsafe_code)]

mod lines;
mod output;
mod quotes;
mod strings;

use fuse_diagnostics::{Diagnostic, FileId, Level};
use fuse_syntax::{Interner, lex, parse};

/// The formatted text of a source, or, if it does not parse even when repaired, what is wrong with it. The places are those in
/// `source`, and the file is the one given.
pub fn format(source: &str, file: FileId) -> Result<String, Vec<Diagnostic>> {
    // Repaired quotes are as long as those they replace, so places stay what they are.
    let source = quotes::repaired(source, file);
    let output = lines::format(&source, &lex(&source, file));
    let parsed = parse(output.text(), file, &mut Interner::new());
    let mut errors = parsed.diagnostics;
    errors.retain(|diagnostic| diagnostic.level == Level::Error);
    if errors.is_empty() {
        return Ok(output.into_text());
    }
    for error in &mut errors {
        error.span = output.in_source(error.span);
    }
    Err(errors)
}
