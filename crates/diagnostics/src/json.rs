//! Records: one compact JSON object on one line, keys in alphabetical order.

use std::path::Path;

use crate::{Code, Diagnostic, Level, Sources, display::absolute};

/// A JSON object under construction. Keys must be given in alphabetical order.
#[derive(Debug)]
pub struct Object {
    text: String,
    last: &'static str,
}

impl Default for Object {
    fn default() -> Object {
        Object::new()
    }
}

impl Object {
    /// `{`
    pub fn new() -> Object {
        Object { text: String::from("{"), last: "" }
    }

    /// Adds a string.
    pub fn string(mut self, key: &'static str, value: &str) -> Object {
        self.key(key);
        push_string(&mut self.text, value);
        self
    }

    /// Adds an integer.
    pub fn number(self, key: &'static str, value: u64) -> Object {
        self.raw(key, &value.to_string())
    }

    /// Adds a value that is JSON already.
    pub fn raw(mut self, key: &'static str, json: &str) -> Object {
        self.key(key);
        self.text.push_str(json);
        self
    }

    /// The finished object, without a line end.
    pub fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }

    fn key(&mut self, key: &'static str) {
        debug_assert!(self.last < key, "keys are alphabetical: {} before {key}", self.last);
        if !self.last.is_empty() {
            self.text.push(',');
        }
        self.last = key;
        push_string(&mut self.text, key);
        self.text.push(':');
    }
}

/// Appends a JSON string with its quotes.
pub fn push_string(out: &mut String, value: &str) {
    use std::fmt::Write;
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A `diagnostic` record, without a line end. Notes and hints are for people and stand in the text form only.
pub fn diagnostic_record(diagnostic: &Diagnostic, sources: &Sources, cwd: &Path) -> String {
    let file = diagnostic.file.and_then(|id| sources.get(id));
    let position = file.map(|file| file.position(diagnostic.span.start));
    let mut object = Object::new().string("code", diagnostic.code.as_str());
    if let Some(position) = position {
        object = object.number("column", position.column.into());
    }
    object = object.string("kind", "diagnostic").string("level", diagnostic.level.as_str());
    if let Some(position) = position {
        object = object.number("line", position.line.into());
    }
    object = object.string("message", &diagnostic.message);
    if let Some(file) = file {
        object = object.string("path", &absolute(file.path(), cwd).to_string_lossy());
    }
    let span = if file.is_some() { diagnostic.span } else { crate::Span::default() };
    object.number("span_end", span.end.into()).number("span_start", span.start.into()).finish()
}

/// A `command_step` record, without a line end.
pub fn command_step_record(command: &str, message: &str) -> String {
    Object::new()
        .string("command", command)
        .string("kind", "command_step")
        .string("message", message)
        .finish()
}

/// A `cli_message` record, without a line end. Errors have a code.
pub fn cli_message_record(level: Level, code: Option<Code>, message: &str) -> String {
    debug_assert!(level == Level::Warning || code.is_some(), "an error has a code");
    let mut object = Object::new();
    if let Some(code) = code {
        object = object.string("code", code.as_str());
    }
    object.string("kind", "cli_message").string("level", level.as_str()).string("message", message).finish()
}
