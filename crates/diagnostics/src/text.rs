//! The printed form of a diagnostic: what, where, an excerpt with a caret, notes, the code.

use std::path::Path;

use unicode_width::UnicodeWidthChar;

use crate::color::{Paint, paint};
use crate::display::{display_path, one_line, visible};
use crate::{Code, Diagnostic, Level, Position, SourceFile, Sources, Span};

/// A source line of more characters than this, which nobody has written by hand, is shown as a window around the span.
const LONGEST: usize = 1000;
/// The size of the window.
const WINDOW: usize = 160;
/// How many of the window's columns stand before the span.
const LEAD: usize = 60;
/// What stands where a line is cut.
const CUT: char = '…';

/// The printed form, ending with a line end.
pub fn diagnostic_text(diagnostic: &Diagnostic, sources: &Sources, cwd: &Path, color: bool) -> String {
    let file = diagnostic.file.and_then(|id| sources.get(id));
    let mut out = match file {
        Some(file) => {
            let place = place(file, file.position(diagnostic.span.start), cwd);
            let message = format!("{} ({place})", diagnostic.message);
            let head = head_line(diagnostic.level, &message, color);
            head + &excerpt(file, diagnostic.span, diagnostic.level, color)
        }
        None => head_line(diagnostic.level, &diagnostic.message, color),
    };
    push_tail(&mut out, &diagnostic.notes, Some(diagnostic.code));
    out
}

/// The printed form of a message of the command line itself. Without a code the `code:` line is left out.
pub fn cli_message_text(
    level: Level,
    code: Option<Code>,
    message: &str,
    notes: &[String],
    color: bool,
) -> String {
    let mut out = head_line(level, message, color);
    push_tail(&mut out, notes, code);
    out
}

/// `path:line:column`.
pub fn place(file: &SourceFile, position: Position, cwd: &Path) -> String {
    format!("{}:{}:{}", display_path(file.path(), cwd), position.line, position.column)
}

fn head_line(level: Level, message: &str, color: bool) -> String {
    let line = format!("{}: {}", level.as_str(), one_line(message));
    paint(&line, level_paint(level), color) + "\n"
}

fn level_paint(level: Level) -> Paint {
    match level {
        Level::Error => Paint::Error,
        Level::Warning => Paint::Warning,
    }
}

fn push_tail(out: &mut String, notes: &[String], code: Option<Code>) {
    for note in notes {
        out.push_str("  ");
        out.push_str(&one_line(note));
        out.push('\n');
    }
    if let Some(code) = code {
        out.push_str("  code: ");
        out.push_str(code.as_str());
        out.push('\n');
    }
}

/// The source line and, below it, the caret under the span's part of that line.
fn excerpt(file: &SourceFile, span: Span, level: Level, color: bool) -> String {
    let offset = file.boundary(span.start);
    let line = file.line_index(offset);
    let text = file.line_text(line);
    let start = offset.saturating_sub(file.line_start(line)).min(text.len());
    // A start in the line end shows behind the line's last character.
    let end = file.boundary(span.end).saturating_sub(file.line_start(line)).clamp(start, text.len());
    let (before, marked, after) = window(text, start, end);

    let mut out = String::from("  ");
    out.extend(before.chars().chain(marked.chars()).chain(after.chars()).map(visible));
    out.push_str("\n  ");
    for c in before.chars() {
        if c == '\t' {
            out.push('\t');
        } else {
            out.extend(std::iter::repeat_n(' ', columns(c)));
        }
    }
    let carets = marked.chars().map(columns).sum::<usize>().max(1);
    out.push_str(&paint(&"^".repeat(carets), level_paint(level), color));
    out.push('\n');
    out
}

/// How many columns a character takes on the terminal.
fn columns(c: char) -> usize {
    visible(c).width().unwrap_or(1)
}

/// The parts of a line before, in and after the span; cut to a window if the line is long.
fn window(text: &str, start: usize, end: usize) -> (String, String, String) {
    let (before, marked, after) = (&text[..start], &text[start..end], &text[end..]);
    if text.chars().take(LONGEST + 1).count() <= LONGEST {
        return (before.into(), marked.into(), after.into());
    }
    let lead = last_chars(before, LEAD);
    let mut room = WINDOW - lead.chars().count();
    let shown = first_chars(marked, room);
    room -= shown.chars().count();
    let trail = if shown.len() == marked.len() { first_chars(after, room) } else { "" };

    let mut lead = lead.to_owned();
    if lead.len() < before.len() {
        lead.insert(0, CUT);
    }
    let mut trail = trail.to_owned();
    if shown.len() + trail.len() < marked.len() + after.len() {
        trail.push(CUT);
    }
    (lead, shown.to_owned(), trail)
}

fn first_chars(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(at, _)| &text[..at])
}

fn last_chars(text: &str, count: usize) -> &str {
    let Some(before) = count.checked_sub(1) else { return "" };
    text.char_indices().rev().nth(before).map_or(text, |(at, _)| &text[at..])
}
