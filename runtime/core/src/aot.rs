//! Start and end of an executable (toolchain reference 11.4 to 11.8).
//!
//! The order of the start is fixed. Nothing here allocates before the program runs, and the fatal envelope is written
//! without allocating at all, because memory may be what is missing.

use crate::arguments::Arguments;
use crate::console;
use crate::env;
use crate::escape::escape_line;
use crate::failure::{Fault, Place, Report};
use crate::program::{self, Outcome};
use crate::signals;
use crate::stack;
use core::ffi::{c_char, c_int};
use core::ptr;
use fuse_abi::ABI_VERSION;
use fuse_abi::desc::Image;
use fuse_abi::metadata::{Header, Span};
use std::sync::OnceLock;

/// Exit status of the class `runtime_fatal`.
const EXIT_FATAL: i32 = 1;
/// Exit status of the class `panic`.
const EXIT_PANIC: i32 = 101;
/// Exit status of the class `internal_error`.
const EXIT_INTERNAL: i32 = 70;
/// The most bytes of the message in an envelope.
const LONGEST_MESSAGE: usize = 8 << 10;

/// The build information, for envelopes of faults outside of the program.
static BUILD_INFO: OnceLock<&'static str> = OnceLock::new();

/// The build information: from the image, or from the metadata if only that has it and is whole.
fn build_info(metadata: &'static Header, image: &'static Image) -> &'static str {
    let (start, len) = if image.build_info_len > 0 {
        (image.build_info, image.build_info_len)
    } else if metadata.check().is_ok() {
        part(metadata, metadata.build_info)
    } else {
        return "";
    };
    // SAFETY: the code generator, or the linker, wrote so many bytes into read-only data.
    core::str::from_utf8(unsafe { core::slice::from_raw_parts(start, len) }).unwrap_or("")
}

/// Where a part of the metadata lies, and its length.
fn part(metadata: &'static Header, span: Span) -> (*const u8, usize) {
    (ptr::from_ref(metadata).cast::<u8>().wrapping_add(span.offset as usize), span.len as usize)
}

/// Runs an executable: from the C library's call of `main` to its exit status.
///
/// # Safety
/// Called once, with the executable's own metadata and image, and the arguments as the C library passes them.
pub unsafe fn main(
    metadata: &'static Header,
    image: &'static Image,
    argc: c_int,
    argv: *const *const c_char,
) -> i32 {
    signals::ignore_broken_pipes();
    let info = build_info(metadata, image);
    if env::is_one("FUSE_AOT_BUILD_INFO") {
        console::write_stdout(info.as_bytes());
        console::write_stdout(b"\n");
        return 0;
    }
    let _ = BUILD_INFO.set(info);
    stack::set_last_resort(on_fault);
    console::reserve_streams();
    if env::is_one("FUSE_AOT_STARTUP_TRACE") {
        let mut line = Line::new();
        line.push(b"startup: pid=");
        line.push(itoa::Buffer::new().format(std::process::id()).as_bytes());
        line.push(b" ");
        line.push(info.as_bytes());
        line.push(b"\n");
        console::write_stderr(line.bytes());
    }
    if let Err(error) = metadata.check() {
        return fatal("internal_error", &[error.text()], None, EXIT_INTERNAL);
    }
    let (settings, len) = part(metadata, metadata.settings);
    // SAFETY: the linker wrote so many bytes into read-only data behind the header, which is whole.
    env::embed(unsafe { core::slice::from_raw_parts(settings, len) });
    if image.abi != ABI_VERSION {
        return fatal(
            "internal_error",
            &["the program was compiled for another runtime"],
            None,
            EXIT_INTERNAL,
        );
    }
    // SAFETY: the C library's own arguments; the executable's own image.
    let (arguments, entry) = unsafe {
        let arguments = Arguments::of_process(argc, argv);
        (arguments, program::entry(image, arguments))
    };
    let entry = match entry {
        Ok(entry) => entry,
        Err(outcome) => return end(&outcome, info),
    };
    signals::install();
    signals::report_aborts();
    // The envelope says what the default hook would.
    std::panic::set_hook(Box::new(|_| {}));
    #[cfg(feature = "test-edition")]
    let entry = crate::faults::chosen().unwrap_or(entry);
    // SAFETY: the executable's own image and entry.
    let (outcome, left) = unsafe { program::run(image, entry, arguments) };
    let status = end(&outcome, info);
    drop(outcome);
    let _ = left;
    #[cfg(feature = "test-edition")]
    if !left && let Some(status) = crate::faults::leaks() {
        return status;
    }
    status
}

/// Writes what is left to write, and the envelope if the program failed; the exit status.
fn end(outcome: &Outcome, info: &str) -> i32 {
    match outcome {
        Outcome::Finished => {
            console::flush_if_possible();
            0
        }
        Outcome::Failed(report) if report.bound => {
            write_bound(report);
            i32::from(Report::EXIT_BOUND)
        }
        Outcome::Failed(Report { message, place, .. }) => {
            if let Some(place) = place
                && info.contains(" profile=debug ")
                && env::is_one("FUSE_AOT_BACKTRACE")
            {
                write_position(place);
            }
            fatal("runtime_fatal", &[message], place.as_ref(), EXIT_FATAL)
        }
        Outcome::Panicked(panic) => {
            let separator = if panic.text().is_empty() { "" } else { " " };
            fatal("panic", &["panic_kind=", panic.kind(), separator, panic.text()], None, EXIT_PANIC)
        }
        Outcome::Broken(text) => fatal("internal_error", &[text], None, EXIT_INTERNAL),
    }
}

/// The line that stands for the fatal envelope if arguments could not be bound, or the bound call failed. It is never cut:
/// what does not fit into one write goes into several.
fn write_bound(report: &Report) {
    let mut line = Line::new();
    let mut push = |piece: &[u8]| {
        for part in piece.chunks(line.buffer.len()) {
            if line.buffer.len() - line.len < part.len() {
                console::write_stderr(line.bytes());
                line.len = 0;
            }
            line.push(part);
        }
    };
    report.write_envelope(&mut push);
    push(b"\n");
    console::write_stderr(line.bytes());
}

/// What `FUSE_AOT_BACKTRACE=1` shows in the debug profile, before the envelope.
fn write_position(place: &Place) {
    let mut line = Line::new();
    line.push(b"  at ");
    push_place(&mut line, place);
    line.push(b"\n");
    console::write_stderr(line.bytes());
}

/// A fault outside of a program.
fn on_fault(fault: Fault) -> ! {
    let status = match fault {
        Fault::Failure(failure) => fatal("runtime_fatal", &[failure.message()], None, EXIT_FATAL),
        Fault::Broken(text) => fatal("internal_error", &[text], None, EXIT_INTERNAL),
    };
    // SAFETY: ends the process without running anything of it.
    unsafe { libc::_exit(status) }
}

/// Writes the fatal envelope, after all output; the exit status.
fn fatal(class: &str, message: &[&str], place: Option<&Place>, status: i32) -> i32 {
    let mut line = Line::new();
    write_envelope(
        &mut line,
        class,
        std::process::id(),
        message,
        place,
        BUILD_INFO.get().copied().unwrap_or(""),
    );
    console::write_stderr(line.bytes());
    status
}

fn write_envelope(
    line: &mut Line,
    class: &str,
    pid: u32,
    message: &[&str],
    place: Option<&Place>,
    info: &str,
) {
    line.push(b"fatal: class=");
    line.push(class.as_bytes());
    line.push(b" pid=");
    line.push(itoa::Buffer::new().format(pid).as_bytes());
    line.push(b" message=");
    write_message(line, message, place);
    line.push(b" ");
    line.push(info.as_bytes());
    line.push(b"\n");
}

/// The message in one line, cut if it is too long, and the place.
fn write_message(line: &mut Line, message: &[&str], place: Option<&Place>) {
    let mut suffix = Line::new();
    if let Some(place) = place {
        suffix.push(b" (");
        push_place(&mut suffix, place);
        suffix.push(b")");
    }
    // A path that would fill the envelope is no help.
    let suffix = if suffix.bytes().len() > LONGEST_MESSAGE / 2 { b"" } else { suffix.bytes() };
    let room = LONGEST_MESSAGE - suffix.len();
    let mut len = 0;
    each_escaped(message, |piece| len += piece.len());
    let cut = "…";
    let mut left = if len > room { room - cut.len() } else { room };
    each_escaped(message, |piece| {
        if piece.len() <= left {
            line.push(piece);
            left -= piece.len();
        } else {
            left = 0;
        }
    });
    if len > room {
        line.push(cut.as_bytes());
    }
    line.push(suffix);
}

/// Hands out the parts, escaped, in pieces that may not be cut: characters and escapes.
fn each_escaped(message: &[&str], mut push: impl FnMut(&[u8])) {
    for part in message {
        for (at, character) in part.char_indices() {
            let piece = &part[at..at + character.len_utf8()];
            if character.is_control() {
                let mut escape = [0; 8];
                let mut len = 0;
                escape_line(piece, false, |bytes| {
                    if let Some(room) = escape.get_mut(len..len + bytes.len()) {
                        room.copy_from_slice(bytes);
                        len += bytes.len();
                    }
                });
                push(&escape[..len]);
            } else {
                push(piece.as_bytes());
            }
        }
    }
}

fn push_place(line: &mut Line, place: &Place) {
    escape_line(place.file, false, |piece| line.push(piece));
    for number in [place.line, place.column] {
        line.push(b":");
        line.push(itoa::Buffer::new().format(number).as_bytes());
    }
}

/// A line of limited length that needs no memory but the stack; what does not fit is lost.
struct Line {
    buffer: [u8; 2 * LONGEST_MESSAGE],
    len: usize,
}

impl Line {
    fn new() -> Line {
        Line { buffer: [0; 2 * LONGEST_MESSAGE], len: 0 }
    }

    fn push(&mut self, bytes: &[u8]) {
        if let Some(room) = self.buffer.get_mut(self.len..self.len + bytes.len()) {
            room.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.buffer[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(message: &[&str], place: Option<&Place>) -> String {
        let mut line = Line::new();
        write_envelope(&mut line, "runtime_fatal", 7, message, place, "mode=aot profile=release");
        String::from_utf8(line.bytes().to_vec()).expect("UTF-8")
    }

    fn message_of(envelope: &str) -> &str {
        envelope
            .strip_prefix("fatal: class=runtime_fatal pid=7 message=")
            .and_then(|rest| rest.strip_suffix(" mode=aot profile=release\n"))
            .expect("an envelope")
    }

    #[test]
    fn one_line() {
        let place = Place { file: "src/main.fuse", line: 3, column: 14 };
        assert_eq!(
            envelope(&["assert failed: first\nsecond\rthird\t\u{1b}\u{85}\0"], Some(&place)),
            "fatal: class=runtime_fatal pid=7 message=assert failed: first\\nsecond\\rthird\\u{9}\\u{1b}\\u{85}\\u{0} \
             (src/main.fuse:3:14) mode=aot profile=release\n"
        );
    }

    #[test]
    fn long_messages_are_cut_at_a_character() {
        let place = Place { file: "main.fuse", line: 1, column: 1 };
        for text in ["é".repeat(100_000), "\n".repeat(100_000), "a\u{1b}😀".repeat(9_000)] {
            let envelope = envelope(&[&text], Some(&place));
            let message = message_of(&envelope);
            assert!(
                message.len() <= LONGEST_MESSAGE && message.len() > LONGEST_MESSAGE - 8,
                "{}",
                message.len()
            );
            let shown = message.strip_suffix("… (main.fuse:1:1)").expect("cut");
            assert!(!shown.ends_with('\\') && (shown.ends_with(['é', 'n', '}', '😀', 'a'])), "{shown:?}");
        }
        let exact = "x".repeat(LONGEST_MESSAGE);
        assert_eq!(message_of(&envelope(&[&exact], None)), exact);
    }
}
