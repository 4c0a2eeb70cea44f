//! The reload socket (toolchain reference 10.3), and clients of all manners.

use std::io::Write;

use crate::common::folder;
use crate::page::{Page, UPGRADE};
use crate::support::{BROKEN, RESTART, Session, says, write};

fn session(name: &str) -> (std::path::PathBuf, Session) {
    let root = folder(name, &[("main.fuse", &says("one"))]);
    let mut dev = Session::start(&root, &["main.fuse"]);
    dev.line("[dev] app exited (0)");
    (root, dev)
}

#[test]
fn every_row_of_the_table() {
    let (_, dev) = session("dev_socket_table");
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let only = |header: &str| format!("{header}{key}");
    for (line, headers, status) in [
        ("POST /__reload", UPGRADE.to_owned(), "404 Not Found"),
        ("GET /", UPGRADE.to_owned(), "404 Not Found"),
        ("GET /__reload", UPGRADE.replace(key, ""), "400 Bad Request"),
        ("GET /__reload", String::new(), "400 Bad Request"),
        ("GET /__reload", only(""), "426 Upgrade Required"),
        ("GET /__reload", only("Upgrade: websocket\r\n"), "426 Upgrade Required"),
        ("GET /__reload", only("Connection: Upgrade\r\n"), "426 Upgrade Required"),
        ("GET /__reload", format!("{UPGRADE}Origin: https://example.com\r\n"), "403 Forbidden"),
        ("GET /__reload", format!("{UPGRADE}Origin: null\r\n"), "403 Forbidden"),
    ] {
        let mut page = Page::connect(&dev.url);
        // What follows the head must not take the answer back.
        page.say(&format!("{line} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n{headers}\r\nbody"));
        let answer = String::from_utf8(page.rest()).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{line} {headers}: {answer}");
        assert!(answer.ends_with("\r\n\r\n") && answer.contains("Content-Length: 0\r\n"), "{answer}");
    }
    for origin in ["", "Origin: http://127.0.0.1:8080\r\n", "Origin: http://[::1]:8080\r\n"] {
        let mut page = Page::connect(&dev.url);
        page.say(&format!("GET /__reload HTTP/1.1\r\nHost: a\r\n{UPGRADE}{origin}\r\n"));
        let head = page.head();
        assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
        assert!(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
        assert!(
            head.contains("Upgrade: websocket\r\n") && head.contains("Connection: Upgrade\r\n"),
            "{head}"
        );
    }
    let mut page = Page::connect(&dev.url);
    page.say("no request\r\n\r\n");
    assert!(page.head().starts_with("HTTP/1.1 400 "));
}

#[test]
fn pings_and_farewells_are_answered_and_texts_are_not() {
    let (_, dev) = session("dev_socket_frames");
    let mut page = Page::open(&dev.url);
    page.send(1, b"hello");
    page.send(2, &[0xff]);
    for payload in [&b""[..], b"one", &[b'x'; 125]] {
        page.send(9, payload);
        assert_eq!(page.frame(), (10, payload.to_vec()));
    }
    page.send(8, &[0x03, 0xe8]);
    assert_eq!(page.frame(), (8, vec![0x03, 0xe8]));
    assert_eq!(page.rest(), [0; 0]);

    // In one piece with the request.
    let mut page = Page::connect(&dev.url);
    let mut bytes = format!("GET /__reload HTTP/1.1\r\n{UPGRADE}\r\n").into_bytes();
    bytes.extend([0x89, 0x81, 0, 0, 0, 0, b'p']);
    page.stream.write_all(&bytes).unwrap();
    assert!(page.head().starts_with("HTTP/1.1 101 "));
    assert_eq!(page.frame(), (10, b"p".to_vec()));

    // Not masked.
    let mut page = Page::open(&dev.url);
    page.stream.write_all(&[0x89, 0x01, b'p']).unwrap();
    page.rest();
}

#[test]
fn no_client_holds_up_the_session_or_others() {
    let (root, mut dev) = session("dev_socket_hostile");
    let mut page = Page::open(&dev.url);
    let url = dev.url.clone();
    let silent: Vec<Page> = (0..20).map(|_| Page::connect(&url)).collect();
    let mut slow: Vec<Page> = (0..20).map(|_| Page::connect(&url)).collect();
    slow.iter_mut().for_each(|page| page.say("GET /__reload HTTP/1.1\r\nA"));
    let mut endless = Page::connect(&url);
    let _ = endless.stream.write_all(&[b'a'; 100 << 10]);
    let deaf: Vec<Page> = (0..5).map(|_| Page::open(&url)).collect();
    let mut liar = Page::open(&url);
    // A frame of 2^62 bytes is announced.
    liar.stream.write_all(&[0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5]).unwrap();
    let gone = Page::open(&url);
    drop(gone);
    for round in 0..3 {
        write(&root, "main.fuse", "app \"a\":\n  print(\n");
        dev.lines(&[RESTART, BROKEN]);
        assert!(page.text().contains("compile_error"));
        write(&root, "main.fuse", &says(&format!("round {round}")));
        dev.lines(&[RESTART, "[dev] app exited (0)"]);
        assert_eq!([page.text(), page.text()], [r#"{"type":"clear_error"}"#, "reload"]);
    }
    assert!(Page::open(&url).stream.peer_addr().is_ok());
    // Requests that never end are given up, and the large frame is not waited for.
    for page in silent.into_iter().chain(slow) {
        let mut page = page;
        page.rest();
    }
    liar.rest();
    drop(deaf);
}

#[test]
fn there_is_an_end_to_clients() {
    let (root, mut dev) = session("dev_socket_many");
    let mut first = Page::open(&dev.url);
    let crowd: Vec<Page> = (0..300).map(|_| Page::connect(&dev.url)).collect();
    write(&root, "main.fuse", &says("two"));
    dev.lines(&[RESTART, "[dev] app exited (0)"]);
    assert_eq!([first.text(), first.text()], [r#"{"type":"clear_error"}"#, "reload"]);
    let turned_away = crowd.into_iter().map(|mut page| page.rest()).filter(Vec::is_empty).count();
    assert_eq!(turned_away, 300, "those who say nothing, too");
    Page::open(&dev.url);
}
