//! Worker processes: one compares program after program. Its stdout is a file, in which it finds what programs print; answers go to stderr.

use std::any::Any;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use fuse_codegen::Optimise;
use fuse_ir::passes::{Level, Pass, Passes};

use crate::execute::{Ended, checked, compiled, in_memory, linked};
use crate::generate::ALIASED;

/// The variable that makes this program a worker; its value is the folder to work in.
const VARIABLE: &str = "FUSE_DIFFERENTIAL_WORKER";
/// What begins a line of the protocol.
const MARK: &str = "=> ";
/// Programs are estimated to take milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was found out about a program.
pub enum Verdict {
    /// It behaves alike in every way; how it ends, in short.
    Alike(String),
    Found(Finding),
}

/// Something that must not be.
#[derive(Clone)]
pub struct Finding {
    /// In a word, the same for smaller programs with the same defect.
    pub kind: String,
    pub what: String,
}

pub struct Worker {
    folder: PathBuf,
    process: Option<Process>,
}

struct Process {
    child: Child,
    requests: ChildStdin,
    lines: Receiver<String>,
}

impl Worker {
    pub fn new() -> Worker {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("differential-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).expect("a folder for a worker");
        Worker { folder, process: None }
    }

    /// Compares a program in every way.
    pub fn compare(&mut self, source: &str, link: bool) -> Verdict {
        let file = self.folder.join("main.fuse");
        std::fs::write(&file, source).expect("a file for the program");
        if self.process.is_none() {
            self.process = Some(Process::start(&self.folder));
        }
        let Some(process) = &mut self.process else { unreachable!("it was just started") };
        let request = if link { "link\n" } else { "run\n" };
        let written = process.requests.write_all(request.as_bytes());
        let (mut stage, mut rest) = ("start".to_owned(), String::new());
        loop {
            let line = if written.is_ok() {
                process.lines.recv_timeout(PATIENCE)
            } else {
                Err(RecvTimeoutError::Disconnected)
            };
            match line {
                Ok(line) => {
                    match line.strip_prefix(MARK).map(|words| words.split_once(' ').unwrap_or((words, ""))) {
                        Some(("stage", name)) => stage = name.to_owned(),
                        Some(("alike", how)) => return Verdict::Alike(how.to_owned()),
                        Some((kind, what)) => {
                            return Verdict::Found(Finding {
                                kind: kind.to_owned(),
                                what: what.replace("\\n", "\n"),
                            });
                        }
                        None => rest += &(line + "\n"),
                    }
                }
                Err(error) => {
                    self.end();
                    // Whether a program takes too long is decided by the way that does not optimise.
                    if error == RecvTimeoutError::Timeout && stage == "quick" {
                        return Verdict::Alike("takes too long".to_owned());
                    }
                    let kind = if error == RecvTimeoutError::Timeout { "hangs" } else { "crashes" };
                    return Verdict::Found(Finding { kind: format!("{kind}-{stage}"), what: rest });
                }
            }
        }
    }

    fn end(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended already.
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
        // What cannot be removed stays in the target folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Process {
    fn start(folder: &Path) -> Process {
        let output =
            File::options().create(true).append(true).open(folder.join("output")).expect("a file for output");
        let mut command = Command::new(std::env::current_exe().expect("this program has a name"));
        command.env(VARIABLE, folder).stdin(Stdio::piped()).stdout(output).stderr(Stdio::piped());
        let mut child = command.spawn().expect("this program can be started");
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stderr.take()) else {
            unreachable!("both are pipes")
        };
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(answers).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Process { child, requests, lines }
    }
}

/// Whether this process is a worker.
pub fn is_worker() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Answers requests until there are no more.
pub fn serve() {
    let folder = PathBuf::from(std::env::var_os(VARIABLE).expect("it is a worker"));
    let mut output =
        File::options().read(true).write(true).open(folder.join("output")).expect("the file of stdout");
    for request in std::io::stdin().lines().map_while(Result::ok) {
        let source = std::fs::read_to_string(folder.join("main.fuse")).expect("the program");
        let path = (request == "link").then(|| folder.join("executable"));
        let answer = match catch_unwind(AssertUnwindSafe(|| answer(&source, path.as_deref(), &mut output))) {
            Ok(Ok(how)) => format!("alike {how}"),
            Ok(Err(finding)) => format!("{} {}", finding.kind, finding.what),
            Err(panic) => format!("panics {}", panic_text(&*panic)),
        };
        eprintln!("{MARK}{}", answer.replace('\n', "\\n"));
    }
}

fn answer(source: &str, path: Option<&Path>, output: &mut File) -> Result<String, Finding> {
    let found = |kind: &str, what: String| Finding { kind: kind.to_owned(), what };
    let program = checked(source).map_err(|what| found("invalid", what))?;
    let stage = |name: &str| eprintln!("{MARK}stage {name}");
    stage("compile");
    let quick_ir = compiled(&program, Level::Quick.into());
    let full_ir = catch_unwind(|| compiled(&program, Level::Full.into())).map_err(|panic| {
        let suspects = suspects(|passes| catch_unwind(|| compiled(&program, passes)).is_ok());
        found("panics-full", format!("{}{suspects}", panic_text(&*panic)))
    })?;
    stage("quick");
    let quick = in_memory(&quick_ir, Optimise::None, output).map_err(|what| found("breaks-quick", what))?;
    if let Some(line) = quick.show().lines().find(|line| line.starts_with(ALIASED)) {
        return Err(found("aliased", line.to_owned()));
    }
    stage("full");
    let full = in_memory(&full_ir, Optimise::Speed, output);
    if full.as_ref() != Ok(&quick) {
        let mut alike = |ir: &fuse_ir::Program| in_memory(ir, Optimise::None, output).as_ref() == Ok(&quick);
        let (kind, suspects) = match alike(&full_ir) {
            true => ("by-codegen", String::new()),
            false => ("by-passes", suspects(|passes| alike(&compiled(&program, passes)))),
        };
        let (verb, what) = match full {
            Ok(full) => ("differs", difference(&quick, &full)),
            Err(what) => ("breaks", what),
        };
        return Err(found(&format!("{verb}-{kind}"), what + &suspects));
    }
    if let Some(path) = path {
        stage("linked");
        let executable = linked(&full_ir, path).map_err(|what| found("breaks-linked", what))?;
        if executable != quick {
            return Err(found("differs-linked", difference(&quick, &executable)));
        }
    }
    Ok(in_short(&quick.how))
}

/// The passes without which all is well.
fn suspects(mut good_with: impl FnMut(Passes) -> bool) -> String {
    let mut names = String::new();
    for pass in Pass::ALL {
        if good_with(Passes::from(Level::Full).without(pass)) {
            names += &format!(" {pass:?}");
        }
    }
    format!("\nall is well without any one of:{names}")
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or_default()
}

fn difference(quick: &Ended, other: &Ended) -> String {
    let (quick, other) = (quick.show(), other.show());
    let line = quick.lines().zip(other.lines()).take_while(|(a, b)| a == b).count();
    let from =
        |text: &str| text.lines().skip(line).take(3).map(|line| format!("  {line}\n")).collect::<String>();
    format!("from line {} of the output on, quick:\n{}optimised:\n{}", line + 1, from(&quick), from(&other))
}

/// A failure without what differs from program to program.
fn in_short(how: &str) -> String {
    if how.starts_with('{') {
        return "error value".to_owned();
    }
    let how = how.split(" (").next().unwrap_or(how);
    how.split([':', '"', '{']).next().unwrap_or(how).chars().filter(|c| !c.is_ascii_digit()).collect()
}
