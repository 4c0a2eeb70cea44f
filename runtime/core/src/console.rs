//! Standard streams: `print` and `input` (runtime reference 11.1, 11.2), and lines on stderr.
//!
//! Stdout has one buffer for the process, of fixed size and never allocated, so that it can be written out when memory
//! or stack are used up. A reader that has gone away is no failure: the rest of the output is discarded.

use crate::abi::{Object, Pair};
use crate::failure::{fail, fail_with, guard};
use crate::string::{self, Builder};
use crate::text;
use core::ffi::{CStr, c_int};
use core::ptr;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

const OK: u64 = STATUS_OK as u64;
const STDIN: c_int = 0;
const STDOUT: c_int = 1;
const STDERR: c_int = 2;

/// The number of the last system call's error.
pub(crate) fn errno() -> c_int {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}

/// The system's text for an error number.
pub(crate) fn reason(error: c_int) -> &'static [u8] {
    // SAFETY: `strerror` returns a text that ends with a zero byte, for every number.
    unsafe {
        let text = libc::strerror(error);
        if text.is_null() { b"unknown error" } else { CStr::from_ptr(text).to_bytes() }
    }
}

/// Whether a stream is a terminal.
pub(crate) fn is_terminal(stream: c_int) -> bool {
    // SAFETY: takes a number only.
    unsafe { libc::isatty(stream) == 1 }
}

/// Waits until a stream that does not block can go on.
fn wait(stream: c_int, events: i16) {
    let mut poll = libc::pollfd { fd: stream, events, revents: 0 };
    // SAFETY: one entry, as said.
    unsafe { libc::poll(&raw mut poll, 1, -1) };
}

/// Gives closed standard streams to the null device, so that no file the program opens gets their numbers and the
/// program's output.
pub(crate) fn reserve_streams() {
    let mut streams = [STDIN, STDOUT, STDERR].map(|fd| libc::pollfd { fd, events: 0, revents: 0 });
    // SAFETY: as many entries as said; the path ends with a zero byte.
    unsafe {
        libc::poll(streams.as_mut_ptr(), streams.len() as libc::nfds_t, 0);
        for stream in streams {
            if stream.revents & libc::POLLNVAL != 0 {
                // The lowest free number is this stream's, because those below are open by now.
                libc::open(c"/dev/null".as_ptr(), libc::O_RDWR);
            }
        }
    }
}

/// Writes all bytes.
fn write_all(stream: c_int, mut bytes: &[u8]) -> Result<(), c_int> {
    while !bytes.is_empty() {
        // SAFETY: the bytes are there.
        let written = unsafe { libc::write(stream, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(written) {
            Ok(0) => return Err(libc::EIO),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(_) => match errno() {
                libc::EINTR => {}
                libc::EAGAIN => wait(stream, libc::POLLOUT),
                error => return Err(error),
            },
        }
    }
    Ok(())
}

const BUFFER: usize = 32 << 10;

struct Stdout {
    buffer: [u8; BUFFER],
    len: usize,
    /// Whether stdout is a terminal, on which lines do not wait; known once `asked`. All fields begin as zero, so that the buffer
    /// takes no room in the executable.
    terminal: bool,
    asked: bool,
    /// Why output is discarded; 0 if it is not.
    closed: c_int,
}

static OUT: Mutex<Stdout> =
    Mutex::new(Stdout { buffer: [0; BUFFER], len: 0, terminal: false, asked: false, closed: 0 });

fn out() -> MutexGuard<'static, Stdout> {
    OUT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stdout {
    fn write_through(&mut self, bytes: &[u8]) {
        if self.closed == 0
            && let Err(error) = write_all(STDOUT, bytes)
        {
            self.closed = error;
        }
    }

    fn flush(&mut self) {
        let len = core::mem::take(&mut self.len).min(BUFFER);
        if self.closed == 0
            && len > 0
            && let Err(error) = write_all(STDOUT, &self.buffer[..len])
        {
            self.closed = error;
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        if bytes.len() > BUFFER - self.len {
            self.flush();
        }
        match self.buffer.get_mut(self.len..self.len + bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len += bytes.len();
            }
            None => self.write_through(bytes),
        }
    }

    fn put_line(&mut self, bytes: &[u8]) {
        self.put(bytes);
        self.put(b"\n");
        if !self.asked {
            self.asked = true;
            self.terminal = is_terminal(STDOUT);
        }
        if self.terminal {
            self.flush();
        }
    }
}

/// Writes out what is buffered for stdout. If the program was left in the middle of a write, what it was writing is lost.
pub(crate) fn flush_if_possible() {
    match OUT.try_lock() {
        Ok(mut out) => out.flush(),
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().flush(),
        Err(TryLockError::WouldBlock) => {}
    }
}

/// Writes out what is buffered for stdout.
pub(crate) fn flush() {
    out().flush();
}

/// Writes a line to stdout at once.
pub(crate) fn write_stdout(line: &[u8]) {
    let mut out = out();
    out.put(line);
    out.flush();
}

/// Writes a line, which has its line end, to stderr with a single write, after what was printed before.
pub(crate) fn write_stderr(line: &[u8]) {
    flush_if_possible();
    // Nobody is left to be told if this fails.
    let _ = write_all(STDERR, line);
}

/// `print` of a String.
#[unsafe(export_name = "fuse_print_str")]
pub unsafe extern "C" fn print_str(context: *mut Context, text: Object) -> u64 {
    // SAFETY: a live string.
    let body = || {
        out().put_line(unsafe { string::bytes(text) });
        OK
    };
    // SAFETY: the context is the one the program was entered with.
    unsafe { guard(context, body) }
}

/// `print` of an Int.
#[unsafe(export_name = "fuse_print_int")]
pub unsafe extern "C" fn print_int(context: *mut Context, value: i64) -> u64 {
    let body = || {
        out().put_line(itoa::Buffer::new().format(value).as_bytes());
        OK
    };
    // SAFETY: the context is the one the program was entered with.
    unsafe { guard(context, body) }
}

/// `print` of a Float.
#[unsafe(export_name = "fuse_print_float")]
pub unsafe extern "C" fn print_float(context: *mut Context, value: f64) -> u64 {
    let body = || {
        let mut text = Builder::with_capacity(32);
        text.push_float(value);
        out().put_line(text.bytes());
        OK
    };
    // SAFETY: the context is the one the program was entered with.
    unsafe { guard(context, body) }
}

/// `print` of any other value.
#[unsafe(export_name = "fuse_print_value")]
pub unsafe extern "C" fn print_value(context: *mut Context, ty: u32, value: *mut u8) -> u64 {
    let body = || {
        let mut text = Builder::with_capacity(104);
        // SAFETY: a live value of that type; the context is the one the program was entered with.
        if let Err(failure) = unsafe { text::write(&mut text, ty, value) } {
            return unsafe { fail(context, failure) };
        }
        out().put_line(text.bytes());
        OK
    };
    // SAFETY: as above.
    unsafe { guard(context, body) }
}

struct Stdin {
    buffer: [u8; 8 << 10],
    start: usize,
    end: usize,
}

static IN: Mutex<Stdin> = Mutex::new(Stdin { buffer: [0; 8 << 10], start: 0, end: 0 });

impl Stdin {
    /// What was read and not yet taken; empty at the end of input.
    fn fill(&mut self) -> Result<&[u8], c_int> {
        while self.start == self.end {
            // SAFETY: the buffer has that size.
            let read = unsafe { libc::read(STDIN, self.buffer.as_mut_ptr().cast(), self.buffer.len()) };
            match usize::try_from(read) {
                Ok(0) => return Ok(&[]),
                Ok(read) => (self.start, self.end) = (0, read.min(self.buffer.len())),
                Err(_) => match errno() {
                    libc::EINTR => {}
                    libc::EAGAIN => wait(STDIN, libc::POLLIN),
                    error => return Err(error),
                },
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Takes bytes up to the end of a line, at most as many as fit: how many, and whether the line, or the input, ends
    /// there. The end of a line is not among them.
    fn take(&mut self, part: &mut [u8]) -> Result<(usize, Option<End>), c_int> {
        let bytes = self.fill()?;
        if bytes.is_empty() {
            return Ok((0, Some(End::Input)));
        }
        let bytes = &bytes[..bytes.len().min(part.len())];
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let taken = end.unwrap_or(bytes.len());
        part[..taken].copy_from_slice(&bytes[..taken]);
        self.start += taken + usize::from(end.is_some());
        Ok((taken, end.map(|_| End::Line)))
    }
}

/// What ended a part of a line.
enum End {
    Line,
    Input,
}

/// Appends a line without its end; false at the end of input before any byte. The lock is not held while memory is
/// asked for, which may end the program.
fn read_line(line: &mut Builder) -> Result<bool, c_int> {
    let mut part = [0; 1024];
    loop {
        let (len, end) = IN.lock().unwrap_or_else(PoisonError::into_inner).take(&mut part)?;
        line.push(&part[..len]);
        match end {
            None => {}
            Some(End::Input) => return Ok(!line.bytes().is_empty()),
            Some(End::Line) => {
                line.strip_final(b'\r');
                return Ok(true);
            }
        }
    }
}

/// `input`: the line read, or the text of the failure in parts.
fn read_input(prompt: &[u8]) -> Result<Object, [&'static [u8]; 2]> {
    {
        let mut out = out();
        out.put(prompt);
        out.flush();
        if out.closed != 0 && !prompt.is_empty() {
            return Err([b"input prompt flush failed: ", reason(out.closed)]);
        }
    }
    let mut line = Builder::with_capacity(40);
    match read_line(&mut line) {
        Err(error) => Err([b"input read failed: ", reason(error)]),
        Ok(false) if is_terminal(STDIN) => Err([b"input aborted: reached EOF", b""]),
        Ok(false) => Err([b"input requires stdin data in non-interactive mode", b""]),
        Ok(true) if core::str::from_utf8(line.bytes()).is_err() => {
            Err([b"input read failed: ", b"stream did not contain valid UTF-8"])
        }
        Ok(true) => Ok(line.finish()),
    }
}

/// `input`.
#[unsafe(export_name = "fuse_input")]
pub unsafe extern "C" fn input(context: *mut Context, prompt: Object) -> Pair<Object, u64> {
    // SAFETY: a live string; the context is the one the program was entered with.
    let body = || match read_input(unsafe { string::bytes(prompt) }) {
        Ok(line) => Pair { first: line, second: OK },
        Err(parts) => {
            Pair { first: ptr::null_mut(), second: unsafe { fail_with(context, Failure::Message, &parts) } }
        }
    };
    // SAFETY: as above.
    unsafe { guard(context, body) }
}
