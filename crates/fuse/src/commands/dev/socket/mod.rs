//! The reload socket: a WebSocket server for open pages (toolchain reference 10.3).
//!
//! One thread serves all clients and waits for none of them; the session only leaves messages for it. So no client, whatever it does or leaves
//! undone, can hold up the session or another client.

mod client;
mod handshake;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use fuse_diagnostics::json::Object;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use client::Client;
use handshake::PATH;

/// Further clients are turned away.
const MOST_CLIENTS: usize = 128;
/// How long nobody is let in after that failed: what is missing, such as file descriptors, may come back.
const PAUSE: Duration = Duration::from_millis(200);

/// The session's end of the socket.
pub struct ReloadSocket {
    port: u16,
    outbox: Arc<Mutex<Outbox>>,
    bell: UnixStream,
}

/// What the session leaves for the thread.
#[derive(Default)]
struct Outbox {
    messages: Vec<String>,
    /// The message for clients that come while the program does not compile.
    greeting: Option<String>,
}

impl ReloadSocket {
    /// Opens the socket at a free port of this machine.
    pub fn open() -> io::Result<ReloadSocket> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        listener.set_nonblocking(true)?;
        let (bell, heard) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        heard.set_nonblocking(true)?;
        let outbox = Arc::new(Mutex::new(Outbox::default()));
        let server = Server {
            listener,
            bell: heard,
            outbox: Arc::clone(&outbox),
            greeting: None,
            clients: Vec::new(),
            closed_until: None,
        };
        thread::Builder::new().name("reload".into()).spawn(move || server.run())?;
        Ok(ReloadSocket { port, outbox, bell })
    }

    /// The address for pages.
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}{PATH}", self.port)
    }

    /// Shows an error on all pages, also on those that come while it lasts.
    pub fn compile_error(&self, message: &str) {
        let message = Object::new().string("message", message).string("type", "compile_error").finish();
        self.leave(|outbox| {
            outbox.greeting = Some(message.clone());
            outbox.messages.push(message);
        });
    }

    /// Hides the error.
    pub fn clear_error(&self) {
        let message = Object::new().string("type", "clear_error").finish();
        self.leave(|outbox| {
            outbox.greeting = None;
            outbox.messages.push(message);
        });
    }

    /// Reloads all pages.
    pub fn reload(&self) {
        self.leave(|outbox| outbox.messages.push("reload".into()));
    }

    fn leave(&self, work: impl FnOnce(&mut Outbox)) {
        work(&mut lock(&self.outbox));
        // If it is full of rings the thread will look anyway.
        let _ = (&self.bell).write(&[1]);
    }
}

fn lock(outbox: &Mutex<Outbox>) -> MutexGuard<'_, Outbox> {
    outbox.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread's end.
struct Server {
    listener: TcpListener,
    bell: UnixStream,
    outbox: Arc<Mutex<Outbox>>,
    greeting: Option<String>,
    clients: Vec<Client>,
    closed_until: Option<Instant>,
}

impl Server {
    fn run(mut self) {
        loop {
            let ready = self.wait();
            // First those who are here already: who comes after a message must not get it twice.
            self.deliver();
            for (client, ready) in self.clients.iter_mut().zip(ready) {
                if ready {
                    client.advance(self.greeting.as_deref());
                }
            }
            self.clients.retain(|client| client.stream().is_some());
            self.let_in();
        }
    }

    /// Waits until something happens, and tells for each client whether it is its turn.
    fn wait(&mut self) -> Vec<bool> {
        let now = Instant::now();
        self.closed_until = self.closed_until.filter(|until| *until > now);
        let deadlines = self.clients.iter().filter_map(Client::deadline).chain(self.closed_until);
        let timeout = deadlines.min().map(|deadline| timespec(deadline.saturating_duration_since(now)));
        let mut waiting = vec![PollFd::new(&self.bell, PollFlags::IN)];
        let door = if self.closed_until.is_some() { PollFlags::empty() } else { PollFlags::IN };
        waiting.push(PollFd::new(&self.listener, door));
        let streams = self.clients.iter().filter_map(|client| Some((client.stream()?, client.interest())));
        waiting.extend(streams.map(|(stream, interest)| PollFd::new(stream, interest)));
        if poll(&mut waiting, timeout.as_ref()).is_err() {
            // Interrupted, or without memory for a moment.
            thread::sleep(Duration::from_millis(1));
        }
        let now = Instant::now();
        let is_due = |client: &Client| client.deadline().is_some_and(|deadline| deadline <= now);
        let ready = waiting[2..].iter().zip(&self.clients);
        ready.map(|(fd, client)| !fd.revents().is_empty() || is_due(client)).collect()
    }

    fn deliver(&mut self) {
        while matches!(self.bell.read(&mut [0; 64]), Ok(1..)) {}
        let messages = {
            let mut outbox = lock(&self.outbox);
            self.greeting.clone_from(&outbox.greeting);
            std::mem::take(&mut outbox.messages)
        };
        for message in messages {
            self.clients.iter_mut().for_each(|client| client.send(&message));
        }
    }

    fn let_in(&mut self) {
        if self.closed_until.is_some() {
            return;
        }
        // A few in one turn, so that those who are here get theirs.
        for _ in 0..16 {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    if self.clients.len() < MOST_CLIENTS && stream.set_nonblocking(true).is_ok() {
                        // Messages are short and wanted at once.
                        let _ = stream.set_nodelay(true);
                        self.clients.push(Client::new(stream));
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error)
                    if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {}
                Err(_) => {
                    self.closed_until = Some(Instant::now() + PAUSE);
                    return;
                }
            }
        }
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: time.as_secs() as i64, tv_nsec: i64::from(time.subsec_nanos()) }
}
