//! One connection: a request, then a WebSocket, then a farewell. Nothing here waits.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::PollFlags;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use super::handshake::{Answer, MOST_BYTES, answer};

/// How long a request may take.
const REQUEST: Duration = Duration::from_secs(5);
/// How long a client may leave what it is sent unread.
const STALL: Duration = Duration::from_secs(5);
/// How long the other end has to close what has been closed here.
const FAREWELL: Duration = Duration::from_secs(1);
/// The most that a client may say at once: what it says is of no interest.
const MOST_SAID: usize = 64 << 10;
/// The most that waits for a client that does not read.
const MOST_WAITING: usize = 1 << 20;
/// How much of a client is read in one turn, so that all get theirs.
const TURN: usize = 64;

/// A connection.
pub struct Client {
    state: State,
    /// When to give it up.
    deadline: Option<Instant>,
    /// It has said more than was read.
    has_more: bool,
}

enum State {
    Asking(TcpStream, Vec<u8>),
    Open(Box<WebSocket<TcpStream>>),
    /// Nothing more is sent. What still comes is read, because closing with something unread would take back what was sent.
    Leaving(TcpStream),
    Gone,
}

impl Client {
    /// A new connection, which must not block.
    pub fn new(stream: TcpStream) -> Client {
        let deadline = Some(Instant::now() + REQUEST);
        Client { state: State::Asking(stream, Vec::new()), deadline, has_more: false }
    }

    /// The connection, for waiting; `None` if there is none any more.
    pub fn stream(&self) -> Option<&TcpStream> {
        match &self.state {
            State::Asking(stream, _) | State::Leaving(stream) => Some(stream),
            State::Open(socket) => Some(socket.get_ref()),
            State::Gone => None,
        }
    }

    /// What to wait for.
    pub fn interest(&self) -> PollFlags {
        let is_stalled = matches!(self.state, State::Open(_)) && self.deadline.is_some();
        if is_stalled { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN }
    }

    /// When it has to be looked at, whatever happens.
    pub fn deadline(&self) -> Option<Instant> {
        if self.has_more { Some(Instant::now()) } else { self.deadline }
    }

    /// Sends a text, if the client is one for texts.
    pub fn send(&mut self, text: &str) {
        let State::Open(socket) = &mut self.state else { return };
        match socket.write(Message::text(text)) {
            Ok(()) => {}
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.state = State::Gone,
        }
        self.flush();
    }

    /// Reads what has come and does what is to be done about it. A client that begins to listen is sent the text.
    pub fn advance(&mut self, greeting: Option<&str>) {
        if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            self.state = State::Gone;
        }
        match &mut self.state {
            State::Asking(..) => self.read_request(greeting),
            State::Open(_) => self.read_messages(),
            State::Leaving(stream) => {
                if !drain(stream) {
                    self.state = State::Gone;
                }
            }
            State::Gone => {}
        }
    }

    fn read_request(&mut self, greeting: Option<&str>) {
        let State::Asking(stream, received) = &mut self.state else { return };
        let mut chunk = [0; MOST_BYTES];
        match stream.read(&mut chunk) {
            Ok(length @ 1..) => received.extend_from_slice(&chunk[..length]),
            Err(error) if is_passing(&error) => return,
            Ok(0) | Err(_) => return self.state = State::Gone,
        }
        match answer(received) {
            Answer::Wait => {}
            Answer::Accept(text, length) => {
                let rest = received.split_off(length);
                self.open(&text, rest, greeting);
            }
            // A connection that has sent nothing so far takes so little at once.
            Answer::Refuse(text) => match stream.write_all(text.as_bytes()) {
                Ok(()) => self.leave(),
                Err(_) => self.state = State::Gone,
            },
        }
    }

    fn open(&mut self, answer: &str, rest: Vec<u8>, greeting: Option<&str>) {
        let State::Asking(mut stream, _) = std::mem::replace(&mut self.state, State::Gone) else { return };
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
        let config = WebSocketConfig::default()
            .read_buffer_size(4 << 10)
            .write_buffer_size(0)
            .max_write_buffer_size(MOST_WAITING)
            .max_message_size(Some(MOST_SAID))
            .max_frame_size(Some(MOST_SAID));
        let socket = WebSocket::from_partially_read(stream, rest, Role::Server, Some(config));
        self.state = State::Open(Box::new(socket));
        self.deadline = None;
        if let Some(greeting) = greeting {
            self.send(greeting);
        }
        self.read_messages();
    }

    /// Texts are ignored; pings and a farewell are answered by flushing.
    fn read_messages(&mut self) {
        self.has_more = false;
        for _ in 0..TURN {
            let State::Open(socket) = &mut self.state else { return };
            match socket.read() {
                Ok(_) => self.flush(),
                Err(Error::Io(error)) if is_passing(&error) => return self.flush(),
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => return self.leave(),
                Err(_) => return self.state = State::Gone,
            }
        }
        self.has_more = true;
    }

    fn flush(&mut self) {
        let State::Open(socket) = &mut self.state else { return };
        match socket.flush() {
            Ok(()) => self.deadline = None,
            Err(Error::Io(error)) if is_passing(&error) => {
                self.deadline.get_or_insert_with(|| Instant::now() + STALL);
            }
            Err(Error::ConnectionClosed) => self.leave(),
            Err(_) => self.state = State::Gone,
        }
    }

    fn leave(&mut self) {
        let stream = match std::mem::replace(&mut self.state, State::Gone) {
            State::Asking(stream, _) | State::Leaving(stream) => stream,
            State::Open(socket) => socket.into_inner(),
            State::Gone => return,
        };
        if stream.shutdown(Shutdown::Write).is_ok() {
            self.state = State::Leaving(stream);
            self.deadline = Some(Instant::now() + FAREWELL);
            self.has_more = false;
        }
    }
}

/// Reads some of what still comes; whether more may.
fn drain(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; MOST_BYTES]) {
        Ok(length) => length > 0,
        Err(error) => is_passing(&error),
    }
}

fn is_passing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
