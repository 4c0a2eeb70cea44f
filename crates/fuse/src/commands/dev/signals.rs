//! What ends a session from outside, and news of processes.

use std::io;
use std::sync::mpsc::Sender;
use std::thread;

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::child::Program;

/// From now on a signal that ends the session stops its program first, whatever the session does at the moment; and the end of a process wakes
/// the session.
pub fn watch(program: Program, wake: Sender<()>) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGCHLD])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in &mut signals {
            if signal == SIGCHLD {
                // The session waits for this until it ends.
                let _ = wake.send(());
                continue;
            }
            program.stop_for_good();
            std::process::exit(128 + signal);
        }
    })?;
    Ok(())
}
