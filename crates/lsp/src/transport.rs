//! Framing: headers with a `Content-Length`, then JSON.

use std::io::{self, BufRead, Write};

use lsp_server::Message;
use serde_json::Value;

/// What was read.
pub(crate) enum Incoming {
    /// A message.
    Message(Message),
    /// A body that is no JSON.
    Malformed(String),
    /// JSON that is no message; with the id of the request that it may have been meant as.
    Invalid(Option<Value>),
}

/// Bodies that are larger are not read: a client that sends one is broken.
const MOST: usize = 512 << 20;

/// The next message; `None` at the end of the input, also where the framing is broken: nothing can be found after that.
pub(crate) fn read(input: &mut impl BufRead) -> Option<Incoming> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            match length {
                Some(_) => break,
                None => continue,
            }
        }
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse::<usize>().ok().filter(|&length| length <= MOST)?);
        }
    }
    let mut body = vec![0; length?];
    input.read_exact(&mut body).ok()?;
    let value: Value = match serde_json::from_slice(&body) {
        Ok(value) => value,
        Err(error) => return Some(Incoming::Malformed(error.to_string())),
    };
    let id = value.get("id").cloned();
    let has = |name: &str| value.get(name).is_some();
    if !(has("method") || has("id") && (has("result") || has("error"))) {
        return Some(Incoming::Invalid(id));
    }
    Some(serde_json::from_value(value).map_or(Incoming::Invalid(id), Incoming::Message))
}

/// Writes a message.
pub(crate) fn write(output: &mut impl Write, message: &Value) -> io::Result<()> {
    let body = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    output.flush()
}
