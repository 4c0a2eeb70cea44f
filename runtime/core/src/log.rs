//! `log` (runtime reference 11.4).

use crate::abi::Object;
use crate::console;
use crate::dynamic::{Dynamic, DynamicKind};
use crate::encode;
use crate::env;
use crate::escape::escape_line;
use crate::failure::guard;
use crate::string::{self, Builder};
use core::sync::atomic::{AtomicU8, Ordering};
use fuse_abi::layout::{Context, STATUS_OK};

/// A level, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// Words of levels.
const LEVELS: &[(&str, Level)] = &[
    ("trace", Level::Trace),
    ("debug", Level::Debug),
    ("info", Level::Info),
    ("warn", Level::Warn),
    ("warning", Level::Warn),
    ("error", Level::Error),
];

impl Level {
    /// The level of a word, in any case.
    fn of(word: &str) -> Option<Level> {
        LEVELS.iter().find(|row| row.0.eq_ignore_ascii_case(word)).map(|row| row.1)
    }

    /// Name in JSON, name in text, colour.
    fn show(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Level::Trace => ("trace", "TRACE", "90"),
            Level::Debug => ("debug", "DEBUG", "36"),
            Level::Info => ("info", "INFO", "32"),
            Level::Warn => ("warn", "WARN", "33;1"),
            Level::Error => ("error", "ERROR", "31;1"),
        }
    }
}

/// The level of a call; anything but a level word is `info`.
unsafe fn level(word: Object) -> Level {
    // SAFETY: a live string.
    Level::of(unsafe { string::text(word) }).unwrap_or(Level::Info)
}

fn threshold_of(value: Option<&[u8]>) -> Level {
    value.and_then(|value| core::str::from_utf8(value).ok()).and_then(Level::of).unwrap_or(Level::Info)
}

fn colour_of(
    colour: Option<&[u8]>,
    no_colour: bool,
    force: Option<&[u8]>,
    terminal: impl Fn() -> bool,
) -> bool {
    match colour {
        Some(b"always") => true,
        Some(b"never") => false,
        _ => !no_colour && force.map_or_else(terminal, |force| force == b"1"),
    }
}

/// What the environment says, read at the first line: bits of a level plus one, and whether to colour.
static SETTINGS: AtomicU8 = AtomicU8::new(0);
const COLOUR: u8 = 0x80;

fn settings() -> u8 {
    let known = SETTINGS.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    let colour = colour_of(
        env::set("FUSE_COLOR"),
        env::lookup("NO_COLOR").is_some(),
        env::set("FUSE_COLOR_FORCE_TTY"),
        || console::is_terminal(2),
    );
    let settings = (threshold_of(env::set("FUSE_LOG")) as u8 + 1) | if colour { COLOUR } else { 0 };
    SETTINGS.store(settings, Ordering::Relaxed);
    settings
}

fn enabled(level: Level) -> bool {
    level as u8 + 1 >= settings() & !COLOUR
}

fn write_text(out: &mut Builder, level: Level, colour: bool, message: &str) {
    let (_, word, code) = level.show();
    out.push(b"[");
    if colour {
        for part in ["\x1b[", code, "m", word, "\x1b[0m"] {
            out.push(part.as_bytes());
        }
    } else {
        out.push(word.as_bytes());
    }
    out.push(b"] ");
    escape_line(message, true, |piece| out.push(piece));
    out.push(b"\n");
}

fn write_json(out: &mut Builder, level: Level, message: &str, data: &[u8]) {
    out.push(b"{\"data\":");
    out.push(data);
    out.push(b",\"level\":\"");
    out.push(level.show().0.as_bytes());
    out.push(b"\",\"message\":");
    encode::write_string(out, message);
    out.push(b"}\n");
}

/// `log` of a level and a message.
#[unsafe(export_name = "fuse_log_text")]
pub unsafe extern "C" fn log_text(context: *mut Context, word: Object, message: Object) -> u64 {
    let body = || {
        // SAFETY: live strings.
        let (level, message) = unsafe { (level(word), string::text(message)) };
        if enabled(level) {
            let mut line = Builder::with_capacity(message.len().saturating_add(24));
            write_text(&mut line, level, settings() & COLOUR != 0, message);
            console::write_stderr(line.bytes());
        }
        u64::from(STATUS_OK)
    };
    // SAFETY: the context is the one the program was entered with.
    unsafe { guard(context, body) }
}

/// `log` with data, which is JSON text already.
#[unsafe(export_name = "fuse_log_json")]
pub unsafe extern "C" fn log_json(context: *mut Context, word: Object, message: Object, data: Object) -> u64 {
    let body = || {
        // SAFETY: live strings.
        let (level, message, data) = unsafe { (level(word), string::text(message), string::bytes(data)) };
        if enabled(level) {
            let mut line =
                Builder::with_capacity(message.len().saturating_add(data.len()).saturating_add(48));
            write_json(&mut line, level, message, data);
            console::write_stderr(line.bytes());
        }
        u64::from(STATUS_OK)
    };
    // SAFETY: the context is the one the program was entered with.
    unsafe { guard(context, body) }
}

/// Whether a value is a text that names a level, in any case.
#[unsafe(export_name = "fuse_log_is_level")]
pub unsafe extern "C" fn log_is_level(word: Object) -> u8 {
    // SAFETY: a live value, a string if its kind says so.
    let level = unsafe {
        match Dynamic::object(word).kind() {
            DynamicKind::String => Level::of(string::text(word)),
            _ => None,
        }
    };
    u8::from(level.is_some())
}

/// Whether a line of this level would be written.
#[unsafe(export_name = "fuse_log_enabled")]
pub unsafe extern "C" fn log_enabled(word: Object) -> u8 {
    // SAFETY: a live string.
    u8::from(enabled(unsafe { level(word) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(level: Level, colour: bool, message: &str) -> String {
        let mut out = Builder::with_capacity(0);
        write_text(&mut out, level, colour, message);
        String::from_utf8_lossy(out.bytes()).into_owned()
    }

    #[test]
    fn text_form() {
        crate::testing::install();
        assert_eq!(text(Level::Info, false, "plain"), "[INFO] plain\n");
        assert_eq!(text(Level::Warn, true, ""), "[\x1b[33;1mWARN\x1b[0m] \n");
        assert_eq!(
            text(Level::Error, false, "a\nb\rc\td\x1b[1m\u{7f}\u{85}\0é"),
            "[ERROR] a\\nb\\rc\td\\u{1b}[1m\\u{7f}\\u{85}\\u{0}é\n"
        );
    }

    #[test]
    fn json_form() {
        crate::testing::install();
        let mut out = Builder::with_capacity(0);
        write_json(&mut out, Level::Warn, "a\"b\n", b"[1,2]");
        assert_eq!(out.bytes(), b"{\"data\":[1,2],\"level\":\"warn\",\"message\":\"a\\\"b\\n\"}\n");
    }

    #[test]
    fn levels_and_threshold() {
        assert_eq!(Level::of("WARNING"), Some(Level::Warn));
        assert_eq!(Level::of("Trace"), Some(Level::Trace));
        assert_eq!(Level::of("notice"), None);
        assert_eq!(threshold_of(None), Level::Info);
        assert_eq!(threshold_of(Some(b"loud")), Level::Info);
        assert_eq!(threshold_of(Some(b"\xff")), Level::Info);
        assert_eq!(threshold_of(Some(b"error")), Level::Error);
        assert!(Level::Trace < Level::Debug && Level::Warn < Level::Error);
    }

    #[test]
    fn colours() {
        type Case<'a> = (Option<&'a [u8]>, bool, Option<&'a [u8]>, bool, bool);
        let cases: &[Case] = &[
            (Some(b"always"), true, Some(b"0"), false, true),
            (Some(b"never"), false, Some(b"1"), true, false),
            (None, false, None, true, true),
            (None, false, None, false, false),
            (Some(b"auto"), true, None, true, false),
            (None, false, Some(b"1"), false, true),
            (Some(b"other"), false, Some(b"yes"), true, false),
            (None, true, Some(b"1"), true, false),
        ];
        for &(colour, no_colour, force, terminal, expected) in cases {
            assert_eq!(
                colour_of(colour, no_colour, force, || terminal),
                expected,
                "{colour:?} {no_colour} {force:?}"
            );
        }
    }
}
