//! Everything the tool chain itself prints.
//!
//! In JSON mode nothing but records reaches stderr. A closed pipe is no failure: what cannot be written any more is
//! dropped. Any other failure to write stdout is remembered, and the command ends with it.

use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use fuse_diagnostics::color::{Paint, paint};
use fuse_diagnostics::json::{Object, cli_message_record, command_step_record, diagnostic_record};
use fuse_diagnostics::text::{cli_message_text, diagnostic_text, place};
use fuse_diagnostics::{Code, Diagnostic, Level, Sources, codes, sort_and_dedupe};
use fuse_package::Report;

use crate::args::{Form, UsageError};
use crate::files::reason;
use crate::help;

/// How the tool chain prints.
pub struct Output {
    json: bool,
    color: bool,
    stdout_color: bool,
    cwd: RefCell<PathBuf>,
    /// The command whose `start` has been printed and whose end has not.
    open_step: Cell<Option<&'static str>>,
    stdout_failure: RefCell<Option<String>>,
    first_error: RefCell<Option<String>>,
}

impl Output {
    /// The form the command line asks for, in this environment.
    pub fn new(form: &Form) -> Output {
        let no_color = std::env::var_os("NO_COLOR").is_some();
        let force =
            std::env::var_os("FUSE_COLOR_FORCE_TTY").map(|value| value.to_string_lossy().into_owned());
        let paints = |terminal: bool| form.color.paints(terminal, no_color, force.as_deref());
        Output {
            json: form.json,
            color: !form.json && paints(std::io::stderr().is_terminal()),
            stdout_color: paints(std::io::stdout().is_terminal()),
            cwd: RefCell::default(),
            open_step: Cell::new(None),
            stdout_failure: RefCell::default(),
            first_error: RefCell::default(),
        }
    }

    /// Whether what the tool chain says is records.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Tells relative to which directory paths are shown.
    pub fn set_cwd(&self, cwd: PathBuf) {
        *self.cwd.borrow_mut() = cwd;
    }

    /// Whether text on stdout is painted.
    pub fn paints_stdout(&self) -> bool {
        self.stdout_color
    }

    /// `[<command>] start`
    pub fn start(&self, command: &'static str) {
        self.open_step.set(Some(command));
        self.step(command, "start");
    }

    /// `[<command>] ok`, `validation failed` or `failed`, as the status says, which is that of [`Output::finish`]. Prints nothing without a `start`.
    pub fn end(&self, status: u8) -> u8 {
        let status = self.finish(status);
        if let Some(command) = self.open_step.take() {
            self.step(
                command,
                match status {
                    0 => "ok",
                    2 => "validation failed",
                    _ => "failed",
                },
            );
        }
        status
    }

    /// A marker, a progress line or the composition line: `[<command>] <message>`.
    pub fn step(&self, command: &str, message: &str) {
        self.stderr(&if self.json {
            command_step_record(command, message) + "\n"
        } else {
            format!("{} {message}\n", paint(&format!("[{command}]"), Paint::Marker, self.color))
        });
    }

    /// An event, for programs that read records.
    pub fn event(&self, event: Object) {
        if self.json {
            self.stderr(&(event.finish() + "\n"));
        }
    }

    /// A line between the markers that says what was done. Without a tag; as a record it is a step.
    pub fn note(&self, command: &str, message: &str) {
        if self.json { self.step(command, message) } else { self.stderr(&format!("{message}\n")) }
    }

    /// The findings of the checker, in order and each once. Returns whether there is an error among them.
    pub fn diagnostics(&self, mut diagnostics: Vec<Diagnostic>, sources: &Sources) -> bool {
        sort_and_dedupe(&mut diagnostics);
        let cwd = self.cwd.borrow();
        self.note_finding(&diagnostics, sources);
        let mut text = String::new();
        for diagnostic in &diagnostics {
            if self.json {
                text.push_str(&self.record(diagnostic, sources, &cwd));
                text.push('\n');
            } else {
                text.push_str(&diagnostic_text(diagnostic, sources, &cwd, self.color));
            }
            if text.len() > 1 << 16 {
                self.stderr(&text);
                text.clear();
            }
        }
        self.stderr(&text);
        diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// A finding of the checker as a record; what concerns the command line, such as an unreadable entry, is a message.
    fn record(&self, diagnostic: &Diagnostic, sources: &Sources, cwd: &Path) -> String {
        let Diagnostic { level, code, message, file, .. } = diagnostic;
        if file.is_none() && code.as_str().starts_with("wrapper_") {
            return cli_message_record(*level, Some(*code), message);
        }
        diagnostic_record(diagnostic, sources, cwd)
    }

    /// The findings about manifests and settings. As records they are messages of the command line.
    pub fn report(&self, report: &Report) {
        let cwd = self.cwd.borrow();
        self.note_finding(&report.findings, &report.sources);
        for finding in &report.findings {
            self.stderr(&if self.json {
                let file = finding.file.and_then(|file| report.sources.get(file));
                let place = file.map(|file| place(file, file.position(finding.span.start), &cwd));
                let place = place.map_or(String::new(), |place| format!(" ({place})"));
                let notes: String = finding.notes.iter().map(|note| format!("\n  {note}")).collect();
                let message = finding.message.clone() + &place + &notes;
                cli_message_record(finding.level, Some(finding.code), &message) + "\n"
            } else {
                diagnostic_text(finding, &report.sources, &cwd, self.color)
            });
        }
    }

    /// An error of the command line itself.
    pub fn error(&self, code: Code, message: &str) {
        self.error_with_notes(code, message, &[]);
    }

    /// The first error that was told since the last call, with its place in front: `<path>:<line>:<column>: <text>`.
    pub fn take_first_error(&self) -> Option<String> {
        self.first_error.take()
    }

    fn note_error(&self, text: impl FnOnce() -> String) {
        self.first_error.borrow_mut().get_or_insert_with(text);
    }

    fn note_finding(&self, findings: &[Diagnostic], sources: &Sources) {
        let Some(first) = findings.iter().find(|finding| finding.level == Level::Error) else { return };
        self.note_error(|| match first.file.and_then(|file| sources.get(file)) {
            Some(file) => {
                let place = place(file, file.position(first.span.start), &self.cwd.borrow());
                format!("{place}: {}", first.message)
            }
            None => first.message.clone(),
        });
    }

    /// An error with `note: …` or `hint: …` lines.
    pub fn error_with_notes(&self, code: Code, message: &str, notes: &[String]) {
        self.note_error(|| message.to_owned());
        self.stderr(&if self.json {
            cli_message_record(Level::Error, Some(code), message) + "\n"
        } else {
            cli_message_text(Level::Error, Some(code), message, notes, self.color)
        });
    }

    /// A failure whose message says itself what kind it is: that line alone, or a record.
    pub fn failure(&self, code: Code, message: &str) {
        self.stderr(&if self.json {
            cli_message_record(Level::Error, Some(code), message) + "\n"
        } else {
            format!("{message}\n")
        });
    }

    /// A usage error: one line and the usage text, or one record.
    pub fn usage_error(&self, error: &UsageError) {
        self.note_error(|| error.message.clone());
        self.stderr(&if self.json {
            cli_message_record(Level::Error, Some(error.code), &error.message) + "\n"
        } else {
            let line = cli_message_text(Level::Error, None, &error.message, &[], self.color);
            line + &help::usage(self.color)
        });
    }

    /// The usage text as the answer to an empty command line.
    pub fn usage(&self) {
        if self.json {
            self.usage_error(&UsageError::new("missing command"));
        } else {
            self.stderr(&help::usage(self.color));
        }
    }

    /// What the command was asked to produce.
    pub fn stdout(&self, text: &str) {
        let mut stream = std::io::stdout().lock();
        if let Err(error) = stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
            && error.kind() != ErrorKind::BrokenPipe
        {
            self.stdout_failure.borrow_mut().get_or_insert(reason(&error));
        }
    }

    /// The status to end with: a command that could not write what it was asked to produce has failed.
    pub fn finish(&self, status: u8) -> u8 {
        match self.stdout_failure.take() {
            Some(reason) => {
                self.error(codes::WRAPPER_FILE_WRITE, &format!("cannot write to standard output: {reason}"));
                status.max(1)
            }
            None => status,
        }
    }

    /// Nobody is left to be told about a failure to write here.
    pub fn stderr(&self, text: &str) {
        if !text.is_empty() {
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        }
    }
}
