//! `fuse dev`: runs a program, watches what it is made of, restarts it, and tells open pages (toolchain reference 10).
//!
//! The session is one loop: look, act on what has changed, wait until it may be time to look again. All else serves it: [`watch`] knows what
//! has changed, [`child`] holds the program, [`socket`] tells pages, [`signals`] ends the session.

mod child;
mod files;
mod listening;
mod notices;
mod recorder;
mod signals;
mod socket;
mod watch;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use fuse_diagnostics::codes;

use child::Program;
pub use child::tie_to;
use recorder::Recorder;
use socket::ReloadSocket;
use watch::{Change, Watch};

use crate::assets;
use crate::cli::FAILED;
use crate::compile::{can_run, cannot_run, select_app};
use crate::options::Invocation;
use crate::output::Output;
use crate::session::Session;

/// How long pages wait for a restarted program to listen.
const START: Duration = Duration::from_secs(2);
/// How often it is asked whether it listens.
const STEP: Duration = Duration::from_millis(10);

/// Runs the session. It ends by a signal, or at once if it cannot begin.
pub fn run(invocation: Invocation, output: &Output) -> u8 {
    match Dev::begin(invocation, output) {
        Ok(mut dev) => dev.run(),
        Err(status) => status,
    }
}

/// A session of `fuse dev`.
struct Dev<'a> {
    output: &'a Output,
    invocation: Invocation,
    /// Package, entry and dependencies as they were when they could last be prepared.
    session: Session<'a>,
    /// Whether the settings have changed since, and cannot be used as they are.
    broken_settings: bool,
    /// Whether the manifest has changed since the hook ran.
    hook_is_due: bool,
    program: Program,
    socket: ReloadSocket,
    watch: Watch,
    /// Until when pages wait for the restarted program to listen.
    starting: Option<Instant>,
    /// Something may have happened.
    woken: Receiver<()>,
}

/// Why there is no new program. It has been told.
struct DoesNotCompile;

impl<'a> Dev<'a> {
    fn begin(invocation: Invocation, output: &'a Output) -> Result<Dev<'a>, u8> {
        let session = Session::prepare(invocation.clone(), output)?;
        let program = Program::default();
        let (wake, woken): (Sender<()>, Receiver<()>) = channel();
        let cannot = |what: &str, error: std::io::Error| {
            let message = format!("cannot {what}: {}", crate::files::reason(&error));
            output.error(codes::WRAPPER_DEV_ERROR, &message);
            FAILED
        };
        signals::watch(program.clone(), wake.clone()).map_err(|error| cannot("watch for signals", error))?;
        let socket = ReloadSocket::open().map_err(|error| cannot("open the live reload websocket", error))?;
        Ok(Dev {
            output,
            invocation,
            session,
            broken_settings: false,
            hook_is_due: false,
            program,
            socket,
            watch: Watch::new(wake),
            starting: None,
            woken,
        })
    }

    fn run(&mut self) -> ! {
        self.say(&format!("live reload websocket: {}", self.socket.url()));
        self.watch.set_settings(&self.session);
        self.run_hook();
        self.watch.set_styles(&self.session);
        self.run_pipeline();
        match self.check() {
            Ok(()) => drop(self.start()),
            Err(DoesNotCompile) => self.wait_for_repair(),
        }
        loop {
            let next_look = Instant::now() + self.watch.patience();
            if let Some(change) = self.watch.change() {
                self.react(change);
                continue;
            }
            self.wait(next_look);
        }
    }

    /// Waits until it may be time to look again. Meanwhile it tells what becomes of the program.
    fn wait(&mut self, next_look: Instant) {
        loop {
            self.tell_exit();
            self.tell_pages();
            let next = if self.starting.is_some() { next_look.min(Instant::now() + STEP) } else { next_look };
            let woken = self.woken.recv_timeout(next.saturating_duration_since(Instant::now())).is_ok();
            while self.woken.try_recv().is_ok() {}
            if woken || next_look <= Instant::now() {
                return self.tell_exit();
            }
        }
    }

    fn react(&mut self, change: Change) {
        let only_styles = !change.settings && !change.program && !self.broken_settings;
        let mut prepared_styles = false;
        if only_styles {
            if !self.run_pipeline() {
                self.say("style sheets changed, reloading...");
                self.socket.reload();
                return;
            }
            prepared_styles = true;
        }
        self.say("change detected, restarting...");
        match self.rebuild(change, prepared_styles) {
            Ok(()) => self.restart(),
            Err(DoesNotCompile) => self.wait_for_repair(),
        }
    }

    /// Prepares what has changed, and checks the program.
    fn rebuild(&mut self, change: Change, prepared_styles: bool) -> Result<(), DoesNotCompile> {
        self.output.take_first_error();
        self.hook_is_due |= change.manifest;
        if change.settings || self.broken_settings {
            self.prepare_again()?;
            if std::mem::take(&mut self.hook_is_due) {
                self.run_hook();
            }
            self.watch.set_styles(&self.session);
        }
        if !prepared_styles {
            self.run_pipeline();
        }
        self.check()
    }

    /// Reads manifest, `.env` and dependencies again.
    fn prepare_again(&mut self) -> Result<(), DoesNotCompile> {
        self.broken_settings = true;
        match Session::prepare(self.invocation.clone(), self.output) {
            Ok(session) => {
                self.session = session;
                self.broken_settings = false;
                self.watch.set_settings(&self.session);
                Ok(())
            }
            Err(_) => {
                self.watch.also_all_sources(&self.session);
                self.watch.also_requested();
                Err(DoesNotCompile)
            }
        }
    }

    fn run_hook(&self) {
        let Some(manifest) = &self.session.manifest else { return };
        if let Err(message) = assets::before_build(manifest) {
            self.output.failure(codes::WRAPPER_ASSET_ERROR, &message);
        }
    }

    /// Prepares the style sheets; whether the program has to learn other names of them.
    fn run_pipeline(&self) -> bool {
        let Some(manifest) = &self.session.manifest else { return false };
        let before = assets::map(manifest);
        if let Err(message) = assets::prepare(manifest) {
            self.output.error(codes::WRAPPER_ASSET_ERROR, &message);
        }
        assets::map(manifest) != before
    }

    /// Checks the program, and whether this version can run it. Warnings alone are left to the program's own process, which finds them too.
    fn check(&mut self) -> Result<(), DoesNotCompile> {
        self.output.take_first_error();
        let recorder = Recorder::default();
        let session = &self.session;
        let mut checked = fuse_sema::check(&session.entry, &recorder, &session.check_options());
        self.watch.set_program(recorder.into_states(), session);
        let Some(program) = &checked.program else {
            let diagnostics = std::mem::take(&mut checked.diagnostics);
            let is_loaded = |code: &str| !code.starts_with("FUSE_IMPORT_") && !code.starts_with("FUSE_DEP_");
            if checked.sources.is_empty() || diagnostics.iter().any(|found| !is_loaded(found.code.as_str())) {
                self.watch.also_all_sources(session);
            }
            self.output.diagnostics(diagnostics, &checked.sources);
            return Err(DoesNotCompile);
        };
        let app = select_app(program, session.app.as_deref()).ok().flatten();
        can_run(program, app.map(|app| app.function)).map_err(|reached| {
            cannot_run(program, &checked.sources, reached, self.output);
            DoesNotCompile
        })
    }

    /// The program that runs, if there is one, goes on; pages show the first error.
    fn wait_for_repair(&mut self) {
        self.say("compile error; waiting for changes...");
        self.show_error();
    }

    fn show_error(&mut self) {
        if self.starting.take().is_some() {
            self.reload_pages();
        }
        self.socket.compile_error(&self.output.take_first_error().unwrap_or_default());
    }

    fn restart(&mut self) {
        self.tell_exit();
        self.program.stop();
        if self.start() {
            self.starting = Some(Instant::now() + START);
        } else {
            self.show_error();
        }
    }

    fn start(&self) -> bool {
        let started = self.program.start(&self.invocation, &self.socket.url());
        if let Err(error) = &started {
            let message = format!("cannot start the program: {}", crate::files::reason(error));
            self.output.error(codes::WRAPPER_DEV_ERROR, &message);
        }
        started.is_ok()
    }

    /// Reloads pages once the restarted program listens, or will not do so.
    fn tell_pages(&mut self) {
        let Some(deadline) = self.starting else { return };
        if self.program.is_up() || deadline <= Instant::now() {
            self.starting = None;
            self.reload_pages();
        }
    }

    fn reload_pages(&self) {
        self.socket.clear_error();
        self.socket.reload();
    }

    fn tell_exit(&self) {
        if let Some(status) = self.program.take_ended() {
            self.say(&format!("app exited ({status}); waiting for changes..."));
        }
    }

    fn say(&self, message: &str) {
        self.output.step("dev", message);
    }
}
