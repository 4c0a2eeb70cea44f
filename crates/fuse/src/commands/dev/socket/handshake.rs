//! From the bytes of a request to the answer: the table of the toolchain reference, 10.3.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use httparse::{EMPTY_HEADER, Request, Status};
use sha1::{Digest as _, Sha1};

/// The one path.
pub const PATH: &str = "/__reload";
/// Requests with longer heads are refused.
pub const MOST_BYTES: usize = 8 << 10;
/// Requests with more headers are refused.
const MOST_HEADERS: usize = 64;
/// What is hashed with a key (RFC 6455, 1.3).
const SALT: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What to do with a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The request is not complete.
    Wait,
    /// To send this, and to speak WebSocket with what follows the first so many bytes.
    Accept(String, usize),
    /// To send this, and no more.
    Refuse(String),
}

/// The answer to what has been received so far.
pub fn answer(received: &[u8]) -> Answer {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut request = Request::new(&mut headers);
    let length = match request.parse(received) {
        Ok(Status::Complete(length)) if length <= MOST_BYTES => length,
        Ok(Status::Partial) if received.len() < MOST_BYTES => return Answer::Wait,
        Ok(_) | Err(httparse::Error::TooManyHeaders) => {
            return refuse("431 Request Header Fields Too Large", "");
        }
        Err(_) => return refuse("400 Bad Request", ""),
    };
    match key(&request) {
        Ok(key) => Answer::Accept(accept(key), length),
        Err((status, header)) => refuse(status, header),
    }
}

/// The key of a request that may be accepted; else status line and a header of the refusal.
fn key<'a>(request: &Request<'_, 'a>) -> Result<&'a [u8], (&'static str, &'static str)> {
    let path = request.path.unwrap_or_default();
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if request.method != Some("GET") || path != PATH {
        return Err(("404 Not Found", ""));
    }
    let key = values(request, "Sec-WebSocket-Key").next().map(<[u8]>::trim_ascii);
    let Some(key) = key.filter(|key| !key.is_empty()) else { return Err(("400 Bad Request", "")) };
    if !has_word(request, "Upgrade", "websocket") || !has_word(request, "Connection", "upgrade") {
        return Err(("426 Upgrade Required", "Upgrade: websocket\r\nConnection: Upgrade\r\n"));
    }
    if !values(request, "Origin").all(is_loopback) {
        return Err(("403 Forbidden", ""));
    }
    // Clients of drafts of the protocol speak another one.
    if !values(request, "Sec-WebSocket-Version").all(|version| version.trim_ascii() == b"13") {
        return Err(("426 Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));
    }
    Ok(key)
}

fn accept(key: &[u8]) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(SALT).finalize();
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        STANDARD.encode(digest)
    )
}

fn refuse(status: &str, headers: &str) -> Answer {
    let close = if headers.contains("Connection: ") { "" } else { "Connection: close\r\n" };
    Answer::Refuse(format!("HTTP/1.1 {status}\r\n{headers}{close}Content-Length: 0\r\n\r\n"))
}

/// The values of all headers of a name.
fn values<'a>(request: &Request<'_, 'a>, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let named = request.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
    named.map(|header| header.value)
}

/// Whether a header lists a word.
fn has_word(request: &Request<'_, '_>, name: &str, word: &str) -> bool {
    let mut words = values(request, name).flat_map(|value| value.split(|&byte| byte == b','));
    words.any(|found| found.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether a page of this origin is one of this machine.
fn is_loopback(origin: &[u8]) -> bool {
    let Ok(origin) = std::str::from_utf8(origin.trim_ascii()) else { return false };
    let Some((scheme, host)) = origin.split_once("://") else { return false };
    if !matches!(scheme, "http" | "https") {
        return false;
    }
    let (host, port) = match host.strip_prefix('[') {
        Some(bracketed) => {
            let Some((host, port)) = bracketed.split_once(']') else { return false };
            let is_loopback = host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
            (is_loopback, port)
        }
        None => {
            let (host, port) = host.split_at(host.find(':').unwrap_or(host.len()));
            let name = host.to_ascii_lowercase();
            let is_name = name == "localhost" || name.ends_with(".localhost");
            (is_name || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback()), port)
        }
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    host && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPGRADE: &str = "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n";
    const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    fn status(head: &str) -> String {
        match answer(head.as_bytes()) {
            Answer::Wait => "wait".into(),
            Answer::Accept(answer, _) | Answer::Refuse(answer) => answer[9..12].to_owned(),
        }
    }

    #[test]
    fn the_table() {
        for (line, headers, expected) in [
            ("POST /__reload", format!("{UPGRADE}{KEY}"), "404"),
            ("HEAD /__reload", format!("{UPGRADE}{KEY}"), "404"),
            ("GET /", format!("{UPGRADE}{KEY}"), "404"),
            ("GET /__reload/", format!("{UPGRADE}{KEY}"), "404"),
            ("GET /__reload2", String::new(), "404"),
            ("GET /__reload", String::new(), "400"),
            ("GET /__reload", UPGRADE.to_owned(), "400"),
            ("GET /__reload", format!("{UPGRADE}Sec-WebSocket-Key:\r\n"), "400"),
            ("GET /__reload", KEY.to_owned(), "426"),
            ("GET /__reload", format!("{KEY}Upgrade: websocket\r\n"), "426"),
            ("GET /__reload", format!("{KEY}Connection: Upgrade\r\n"), "426"),
            ("GET /__reload", format!("{KEY}Connection: Upgrade\r\nUpgrade: h2c\r\n"), "426"),
            ("GET /__reload", format!("{KEY}Origin: http://example.com\r\n"), "426"),
            ("GET /__reload", format!("{UPGRADE}{KEY}Origin: http://example.com\r\n"), "403"),
            (
                "GET /__reload",
                format!("{UPGRADE}{KEY}Origin: http://localhost\r\nOrigin: http://a.b\r\n"),
                "403",
            ),
            ("GET /__reload", format!("{UPGRADE}{KEY}Sec-WebSocket-Version: 8\r\n"), "426"),
            ("GET /__reload", format!("{UPGRADE}{KEY}"), "101"),
            ("GET /__reload?page=1", format!("{UPGRADE}{KEY}sec-websocket-version: 13\r\n"), "101"),
            ("GET /__reload", format!("{UPGRADE}{KEY}Origin: http://localhost:3000\r\n"), "101"),
            ("GET", String::new(), "400"),
            ("\u{1}", String::new(), "400"),
        ] {
            let head = format!("{line} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n");
            assert_eq!(status(&head), expected, "{head}");
        }
    }

    #[test]
    fn the_key_is_answered_as_in_the_rfc() {
        let head = format!("GET /__reload HTTP/1.1\r\n{UPGRADE}{KEY}\r\n");
        let Answer::Accept(answer, length) = answer(format!("{head}\u{81}").as_bytes()) else {
            panic!("not accepted")
        };
        assert!(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{answer}");
        assert_eq!(length, head.len());
    }

    #[test]
    fn heads_have_limits() {
        assert_eq!(status("GET /__rel"), "wait");
        assert_eq!(status(&format!("GET /{}", "a".repeat(MOST_BYTES))), "431");
        assert_eq!(status(&format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(MOST_BYTES))), "431");
        assert_eq!(status(&format!("GET / HTTP/1.1\r\n{}\r\n", "A: a\r\n".repeat(MOST_HEADERS + 1))), "431");
        assert_eq!(status(&format!("GET / HTTP/1.1\r\n{}\r\n", "A: a\r\n".repeat(MOST_HEADERS))), "404");
    }

    #[test]
    fn origins() {
        for origin in [
            "http://localhost",
            "https://LOCALHOST:8443",
            "http://127.0.0.1:3000",
            "http://127.9.9.9",
            "http://[::1]",
            "http://[::1]:80",
            "http://app.localhost:5173",
        ] {
            assert!(is_loopback(origin.as_bytes()), "{origin}");
        }
        for origin in [
            "null",
            "",
            "localhost",
            "file://",
            "ftp://localhost",
            "http://",
            "http://example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://notlocalhost",
            "http://localhost@example.com",
            "http://localhost:80@example.com",
            "http://localhost:",
            "http://localhost/",
            "http://192.168.0.1",
            "http://0.0.0.0",
            "http://[::2]",
            "http://[::1",
            "http://[::1].example.com",
        ] {
            assert!(!is_loopback(origin.as_bytes()), "{origin}");
        }
    }
}
