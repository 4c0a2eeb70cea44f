//! The process that runs the program: this same `fuse`, as `fuse run`, in a process group of its own.
//!
//! It must not outlive the session. Whoever ends the session in an orderly way stops it; if the session is killed, the system kills the
//! process ([`tie_to`]). There is one at most, and once the session ends there never is another.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, getppid, kill_process_group, set_parent_process_death_signal, waitid,
};

use super::listening::listens;
use crate::options::Invocation;

/// How long a program may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(2);
/// How often an ending program is looked at.
const STEP: Duration = Duration::from_millis(5);
/// The variable that tells a program that it runs under `fuse dev`.
const DEV_MODE_VARIABLE: &str = "FUSE_DEV_MODE";
/// The variable for the address of the reload socket.
const RELOAD_VARIABLE: &str = "FUSE_DEV_RELOAD_WS_URL";

/// The program of a session, shared with who ends the session.
#[derive(Clone, Default)]
pub struct Program {
    running: Arc<Mutex<Option<Child>>>,
}

impl Program {
    /// Starts the program. Its predecessor has been stopped.
    pub fn start(&self, invocation: &Invocation, url: &str) -> io::Result<()> {
        let mut running = self.lock();
        *running = Some(command(invocation, url)?.spawn()?);
        Ok(())
    }

    /// Stops the program if it runs.
    pub fn stop(&self) {
        if let Some(child) = self.lock().take() {
            stop(child);
        }
    }

    /// Stops the program, and keeps any other from being started.
    pub fn stop_for_good(&self) {
        let mut running = self.lock();
        if let Some(child) = running.take() {
            stop(child);
        }
        std::mem::forget(running);
    }

    /// The exit status of the program if it has ended by itself since the last call.
    pub fn take_ended(&self) -> Option<i32> {
        let mut running = self.lock();
        running.as_ref().filter(|child| has_ended(child))?;
        let status = bury(running.take()?);
        Some(
            status.map_or(-1, |status| {
                status.code().or(status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
            }),
        )
    }

    /// Whether the program listens, or will never do so because it has ended.
    pub fn is_up(&self) -> bool {
        self.lock().as_ref().is_none_or(|child| has_ended(child) || listens(child.id()))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the whole group to end, and ends what does not.
fn stop(child: Child) {
    let _ = kill_process_group(group(&child), Signal::TERM);
    let deadline = Instant::now() + GRACE;
    while !has_ended(&child) && Instant::now() < deadline {
        thread::sleep(STEP);
    }
    let _ = kill_process_group(group(&child), Signal::KILL);
    let _ = bury(child);
}

/// Whether the process has ended. It keeps its number, so that signals reach nobody else.
fn has_ended(child: &Child) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    // Without an answer there is no process of ours.
    waitid(WaitId::Pid(group(child)), options).map_or(true, |status| status.is_some())
}

/// Ends what an ended process has left in its group, and forgets the process.
fn bury(mut child: Child) -> io::Result<ExitStatus> {
    let _ = kill_process_group(group(&child), Signal::KILL);
    child.wait()
}

fn group(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// `fuse run` with what the command line of `fuse dev` says. The program reads nothing: a terminal belongs to one process group, the session's.
fn command(invocation: &Invocation, url: &str) -> io::Result<Command> {
    // The file of this process, whatever has become of its name.
    let own = Path::new("/proc/self/exe");
    let own = if own.exists() { own.to_owned() } else { std::env::current_exe()? };
    let mut command = Command::new(own);
    command.arg0("fuse").args(arguments(invocation));
    command.env(DEV_MODE_VARIABLE, "1").env(RELOAD_VARIABLE, url);
    command.stdin(Stdio::null()).process_group(0);
    Ok(command)
}

fn arguments(invocation: &Invocation) -> Vec<OsString> {
    let options = &invocation.options;
    let with = |name: &str, value: OsString| {
        let mut word = OsString::from(name);
        word.push("=");
        word.push(value);
        word
    };
    let mut words: Vec<OsString> = vec!["run".into(), format!("--dev-parent={}", std::process::id()).into()];
    words.extend(options.manifest_path.clone().map(|path| with("--manifest-path", path.into())));
    let file = options.file.clone().map(|path| with("--file", path.into()));
    // The later one of the two counts.
    let operands = invocation.operands.iter().cloned();
    if options.file_is_last {
        words.extend(operands.chain(file));
    } else {
        words.extend(file.into_iter().chain(operands));
    }
    words.extend(options.app.clone().map(|app| with("--app", app.into())));
    words.extend(options.backend.map(|backend| with("--backend", backend.as_str().into())));
    words.extend(options.diagnostics.clone().map(|form| with("--diagnostics", form.into())));
    words.extend(options.color.clone().map(|color| with("--color", color.into())));
    words.extend(options.strict_architecture.then(|| "--strict-architecture".into()));
    if !invocation.program_arguments.is_empty() {
        words.push("--".into());
        words.extend(invocation.program_arguments.iter().cloned());
    }
    words
}

/// Makes the system kill this process when the `fuse dev` that started it ends, however it ends. The signal is sent when the thread ends that
/// started the process, which is the one of the session.
pub fn tie_to(parent: u32) {
    // Where there is no such signal, ending in an orderly way has to do.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    // It may have ended before.
    let alive = getppid().is_some_and(|pid| pid.as_raw_nonzero().get() as u32 == parent);
    if !alive {
        std::process::exit(i32::from(crate::cli::FAILED));
    }
}
