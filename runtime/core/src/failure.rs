//! How a program fails: what compiled code and runtime functions leave in the context, and the report made of it.

use crate::abi::{Object, Pair};
use crate::arguments::Arguments;
use crate::encode;
use crate::stack::Frame;
use crate::tables;
use core::any::Any;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, Header, STATUS_FAILURE, STATUS_PANIC};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A running program, or a task of one: what compiled code sees, and behind it what only the runtime sees.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) context: Context,
    /// Text of failures whose kind has none of its own.
    pub(crate) message: Vec<u8>,
    /// The panic of a guarded function.
    pub(crate) panic: Option<Panic>,
    /// An error value under way.
    pub(crate) raised: Option<Raised>,
    /// The error value with which the program ended.
    pub(crate) ended: Option<Report>,
    /// Where the program stands on its stack.
    pub(crate) frame: Frame,
    /// The program's arguments.
    pub(crate) arguments: Arguments,
    /// Binding the arguments has begun: what fails from now on is told in another way (runtime reference 7.6).
    pub(crate) bound: bool,
    /// Calls of the program by runtime functions that this task is in, those of the tasks below it included.
    pub(crate) callbacks: u32,
    /// How many `spawn` blocks it is inside of.
    pub(crate) depth: u32,
    /// Tasks whose scope it has left.
    pub(crate) ended_tasks: u32,
    /// What it is the run of; null for the program itself.
    pub(crate) job: *mut Header,
}

impl Task {
    pub(crate) fn new(stack_limit: usize) -> Task {
        Task {
            context: Context { stack_limit, failure: 0, position: 0 },
            message: Vec::new(),
            panic: None,
            raised: None,
            ended: None,
            frame: Frame::default(),
            arguments: Arguments::NONE,
            bound: false,
            callbacks: 0,
            depth: 0,
            ended_tasks: 0,
            job: core::ptr::null_mut(),
        }
    }
}

/// An error value that looks for a function that takes it.
#[derive(Debug)]
pub(crate) struct Raised {
    /// Its type, a struct.
    pub(crate) ty: u32,
    /// Its object, owned.
    pub(crate) object: Object,
    /// How it is reported if nobody takes it. Through a pointer, so that programs in which nothing is raised do not hold
    /// what that needs.
    pub(crate) report: unsafe fn(u32, Object) -> Report,
}

/// What a panic carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Panic {
    /// A text without arguments.
    StaticStr(&'static str),
    /// A formatted text.
    String(String),
    /// Anything else.
    NonString,
}

impl Panic {
    /// The name of the kind in the fatal envelope.
    pub fn kind(&self) -> &'static str {
        match self {
            Panic::StaticStr(_) => "panic_static_str",
            Panic::String(_) => "panic_string",
            Panic::NonString => "panic_non_string",
        }
    }

    /// The text; empty if it is no text.
    pub fn text(&self) -> &str {
        match self {
            Panic::StaticStr(text) => text,
            Panic::String(text) => text,
            Panic::NonString => "",
        }
    }

    fn of(payload: Box<dyn Any + Send>) -> Panic {
        let panic = if let Some(text) = payload.downcast_ref::<&'static str>() {
            Panic::StaticStr(text)
        } else if let Some(text) = payload.downcast_ref::<String>() {
            Panic::String(text.clone())
        } else {
            Panic::NonString
        };
        // Dropping a foreign payload might panic again.
        core::mem::forget(payload);
        panic
    }
}

/// Why a program is left without its compiled code returning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `stack overflow` at the guard page, or `out of memory`.
    Failure(Failure),
    /// An invariant is broken; a short description.
    Broken(&'static str),
}

/// Where in the program, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// File, relative to the package.
    pub file: &'static str,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A failed program: a runtime failure or an uncaught error value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The kind; [`Failure::Message`] for an error value.
    pub failure: Failure,
    /// The stable code.
    pub code: &'static str,
    /// The text (runtime reference 7.5), without position. Texts of failures without arguments need no memory, of which
    /// there may be none.
    pub message: Cow<'static, str>,
    /// The text is the JSON of an error value (7.4), to be shown as it is.
    pub json: bool,
    /// Where, if it is known.
    pub place: Option<Place>,
    /// The arguments could not be bound, or the bound call failed: to be told as [`Report::envelope`], with exit status
    /// [`Report::EXIT_BOUND`], in every diagnostics mode.
    pub bound: bool,
}

impl Report {
    /// Exit status of a program whose arguments could not be bound, or whose bound call failed.
    pub const EXIT_BOUND: u8 = 2;

    /// A failure that has no place and no text but that of its kind.
    pub(crate) fn of(failure: Failure) -> Report {
        Report {
            failure,
            code: failure.code(),
            message: Cow::Borrowed(failure.message()),
            json: false,
            place: None,
            bound: false,
        }
    }

    /// The one line of JSON that tells the failure (runtime reference 7.6), without line end: the error value's own
    /// JSON, if it has one, else the validation envelope.
    pub fn envelope(&self) -> String {
        let mut line = Vec::with_capacity(self.message.len() + 128);
        self.write_envelope(|piece| line.extend_from_slice(piece));
        String::from_utf8(line).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// Hands out the pieces of [`Report::envelope`]; needs no memory.
    pub(crate) fn write_envelope(&self, mut push: impl FnMut(&[u8])) {
        if self.json {
            return push(self.message.as_bytes());
        }
        push(b"{\"error\":{\"code\":\"validation_error\",\"fields\":[{\"code\":");
        encode::each_piece(self.code, &mut push);
        push(b",\"message\":");
        encode::each_piece(&self.message, &mut push);
        push(b",\"path\":\"$\"}],\"message\":\"validation failed\"}}");
    }

    /// What the context says of a call that returned `STATUS_FAILURE`.
    pub(crate) fn take(task: &mut Task) -> Report {
        let failure = Failure::from_number(task.context.failure).unwrap_or(Failure::Message);
        let message = match failure.message() {
            "" => Cow::Owned(
                String::from_utf8(core::mem::take(&mut task.message))
                    .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
            ),
            text => Cow::Borrowed(text),
        };
        Report { message, place: place(task.context.position), ..Report::of(failure) }
    }
}

/// The place with this number in the program's positions.
pub(crate) fn place(number: u32) -> Option<Place> {
    let position = tables::position(number)?;
    Some(Place {
        file: tables::name(position.file, position.file_len),
        line: position.line,
        column: position.column,
    })
}

/// Describes a failure in the context and returns the status. Compiled code adds the position; that of an error value which
/// was caught before must not stay.
pub(crate) unsafe fn fail(context: *mut Context, failure: Failure) -> u64 {
    // SAFETY: the context is the one the program was entered with.
    unsafe {
        (*context).failure = failure as u32;
        (*context).position = 0;
    }
    u64::from(STATUS_FAILURE)
}

/// As [`fail`], with the text that the parts make, which must be UTF-8 together.
pub(crate) unsafe fn fail_with(context: *mut Context, failure: Failure, parts: &[&[u8]]) -> u64 {
    // SAFETY: a context is the head of its task.
    let message = unsafe { &mut (*context.cast::<Task>()).message };
    message.clear();
    let len = parts.iter().map(|part| part.len()).sum();
    if message.try_reserve_exact(len).is_err() {
        crate::alloc::out_of_memory();
    }
    for part in parts {
        message.extend_from_slice(part);
    }
    // SAFETY: as above.
    unsafe { fail(context, failure) }
}

/// Why a builtin fails: the kind, and the text of one that has none of its own.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) failure: Failure,
    pub(crate) text: String,
}

impl Problem {
    pub(crate) fn new(text: impl Into<String>) -> Problem {
        Problem { failure: Failure::Message, text: text.into() }
    }

    /// A wrong argument.
    pub(crate) fn argument(text: impl Into<String>) -> Problem {
        Problem { failure: Failure::InvalidArguments, text: text.into() }
    }

    /// Describes it in the context: the status.
    ///
    /// # Safety
    /// The context is the one the program was entered with.
    pub(crate) unsafe fn tell(&self, context: *mut Context) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { fail_with(context, self.failure, &[self.text.as_bytes()]) }
    }
}

/// What a guarded function returns when it panicked.
pub(crate) trait Panicked {
    fn panicked() -> Self;
}

impl Panicked for u64 {
    fn panicked() -> u64 {
        u64::from(STATUS_PANIC)
    }
}

impl Panicked for Pair<Object, u64> {
    fn panicked() -> Self {
        Pair { first: core::ptr::null_mut(), second: u64::panicked() }
    }
}

/// The one wrapper of functions that are `guarded`: a panic in the body becomes the status `STATUS_PANIC`, and its kind
/// and text are kept in the context.
pub(crate) unsafe fn guard<R: Panicked>(context: *mut Context, body: impl FnOnce() -> R) -> R {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => result,
        Err(payload) => {
            // SAFETY: a context is the head of its task.
            unsafe { (*context.cast::<Task>()).panic = Some(Panic::of(payload)) };
            R::panicked()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn failures_are_described_in_the_context() {
        testing::install();
        let mut task = Task::new(0);
        // SAFETY: the context is the head of a task.
        let status = unsafe { fail(&raw mut task.context, Failure::IndexOutOfBounds) };
        assert_eq!(status, u64::from(STATUS_FAILURE));
        task.context.position = 1;
        let report = Report::take(&mut task);
        assert_eq!((report.code, &*report.message), ("runtime_index_bounds", "index out of bounds"));
        assert_eq!(report.place, Some(Place { file: "main.fuse", line: 3, column: 9 }));
        // SAFETY: as above.
        unsafe { fail_with(&raw mut task.context, Failure::ConfigDecode, &[b"invalid Int: ", b"x"]) };
        task.context.position = 99;
        let report = Report::take(&mut task);
        assert_eq!(
            (report.code, &*report.message, report.place),
            ("runtime_config_decode", "invalid Int: x", None)
        );
    }

    #[test]
    fn envelopes() {
        let envelope = |code, message: &str| {
            format!(
                "{{\"error\":{{\"code\":\"validation_error\",\"fields\":[{{\"code\":\"{code}\",\"message\":\"{message}\",\
                 \"path\":\"$\"}}],\"message\":\"validation failed\"}}}}"
            )
        };
        let report = Report::of(Failure::IndexOutOfBounds);
        assert_eq!(report.envelope(), envelope("runtime_index_bounds", "index out of bounds"));
        let report = Report { message: "a \"b\"\n\u{1}é".into(), ..Report::of(Failure::Message) };
        assert_eq!(report.envelope(), envelope("runtime_error", "a \\\"b\\\"\\n\\u0001é"));
        let json = r#"{"error":{"code":"not_found","message":"x"}}"#;
        let report = Report { message: json.into(), json: true, ..Report::of(Failure::Message) };
        assert_eq!(report.envelope(), json);
    }

    #[test]
    fn panics_become_a_status() {
        let mut task = Task::new(0);
        let context = (&raw mut task).cast::<Context>();
        let cases: [(fn(), Panic); 3] = [
            (|| panic!("plain"), Panic::StaticStr("plain")),
            (|| panic!("number {}", core::hint::black_box(7)), Panic::String("number 7".to_owned())),
            (|| std::panic::panic_any(5), Panic::NonString),
        ];
        for (body, expected) in cases {
            // SAFETY: the context is the head of a task.
            let status = unsafe {
                guard(context, || {
                    body();
                    0_u64
                })
            };
            assert_eq!(status, u64::from(STATUS_PANIC));
            assert_eq!(task.panic.take(), Some(expected));
        }
    }
}
