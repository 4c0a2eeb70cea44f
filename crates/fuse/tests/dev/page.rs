//! An open page: a WebSocket client that can also do what no client should.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A connection to a session.
pub struct Page {
    pub stream: TcpStream,
}

/// What every accepted request has.
pub const UPGRADE: &str =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

impl Page {
    /// A connection on which nothing has been said.
    pub fn connect(url: &str) -> Page {
        let address = url.strip_prefix("ws://").unwrap().strip_suffix("/__reload").unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
        Page { stream }
    }

    /// A page that listens.
    #[track_caller]
    pub fn open(url: &str) -> Page {
        let mut page = Page::connect(url);
        let origin = "Origin: http://localhost:3000\r\nSec-WebSocket-Version: 13\r\n";
        page.say(&format!("GET /__reload HTTP/1.1\r\nHost: a\r\n{UPGRADE}{origin}\r\n"));
        let head = page.head();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        page
    }

    pub fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// The head of an answer.
    pub fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        String::from_utf8(head).unwrap()
    }

    /// Sends a frame, masked as those of clients are.
    pub fn send(&mut self, opcode: u8, payload: &[u8]) {
        assert!(payload.len() < 126);
        let mask = [1, 2, 3, 4];
        let mut frame = vec![0x80 | opcode, 0x80 | payload.len() as u8];
        frame.extend(mask);
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        self.stream.write_all(&frame).unwrap();
    }

    /// Opcode and payload of the next frame. It is whole and not masked.
    #[track_caller]
    pub fn frame(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 2];
        self.stream.read_exact(&mut head).expect("a frame");
        assert_eq!(head[0] & 0xf0, 0x80, "a whole frame");
        assert_eq!(head[1] & 0x80, 0, "not masked");
        let length = match head[1] {
            126 => {
                let mut length = [0; 2];
                self.stream.read_exact(&mut length).unwrap();
                usize::from(u16::from_be_bytes(length))
            }
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).unwrap();
        (head[0] & 0xf, payload)
    }

    /// The next text.
    #[track_caller]
    pub fn text(&mut self) -> String {
        let (opcode, payload) = self.frame();
        assert_eq!(opcode, 1, "a text");
        String::from_utf8(payload).unwrap()
    }

    /// Waits for the other end to close, and returns what comes until then.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).unwrap();
        rest
    }
}
