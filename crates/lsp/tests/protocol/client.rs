//! A client that speaks to the server over pipes, and workspaces with a cursor in them.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// A conversation with a server of its own.
pub struct Client {
    input: Option<PipeWriter>,
    output: Receiver<Value>,
    server: Option<JoinHandle<u8>>,
    next: i64,
    answers: HashMap<i64, Value>,
    pub notifications: Vec<Value>,
    pub asked: Vec<Value>,
    versions: HashMap<String, i32>,
}

impl Client {
    /// A server that has not been initialized.
    pub fn raw() -> Client {
        let (server_input, input) = std::io::pipe().unwrap();
        let (output, server_output) = std::io::pipe().unwrap();
        let server = std::thread::spawn(move || fuse_lsp::serve(server_input, server_output));
        let (send, receive) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        Client {
            input: Some(input),
            output: receive,
            server: Some(server),
            next: 0,
            answers: HashMap::new(),
            notifications: Vec::new(),
            asked: Vec::new(),
            versions: HashMap::new(),
        }
    }

    /// A server that works in a directory.
    pub fn at(root: &Path) -> Client {
        Client::with(root, json!({"general": {"positionEncodings": ["utf-8", "utf-16"]}}))
    }

    pub fn with(root: &Path, capabilities: Value) -> Client {
        let mut client = Client::raw();
        let folders = json!([{"uri": uri(root), "name": "w"}]);
        let params = json!({"processId": null, "capabilities": capabilities, "workspaceFolders": folders});
        client.call("initialize", params).unwrap();
        client.notify("initialized", json!({}));
        client
    }

    pub fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string());
    }

    pub fn send_text(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request without waiting.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        self.next
    }

    /// The whole answer to a request.
    pub fn answer(&mut self, id: i64) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = self.answers.remove(&id) {
                return answer;
            }
            assert!(self.pump(end), "no answer to {id}");
        }
    }

    /// The result of a request, or its error.
    pub fn call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.ask(method, params);
        let answer = self.answer(id);
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// The next message that is an answer to no request of this client.
    pub fn stray(&mut self) -> Value {
        self.output.recv_timeout(PATIENCE).expect("a message")
    }

    fn pump(&mut self, end: Instant) -> bool {
        let left = end.saturating_duration_since(Instant::now());
        let Ok(message) = self.output.recv_timeout(left) else { return false };
        match (message.get("method").is_some(), message["id"].as_i64()) {
            (false, Some(id)) => {
                let before = self.answers.insert(id, message);
                assert!(before.is_none(), "two answers to {id}");
            }
            (true, None) if message.get("id").is_none() => self.notifications.push(message),
            _ => self.asked.push(message),
        }
        true
    }

    pub fn open(&mut self, path: &Path, text: &str) {
        let uri = uri(path);
        self.versions.insert(uri.clone(), 1);
        let document = json!({"uri": uri, "languageId": "fuse", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Replaces the text of an open document.
    pub fn change(&mut self, path: &Path, changes: Value) {
        let uri = uri(path);
        let version = self.versions.get_mut(&uri).unwrap();
        *version += 1;
        let document = json!({"uri": uri, "version": *version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    pub fn close(&mut self, path: &Path) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri(path)}}));
    }

    /// The next diagnostics that are published of a file.
    pub fn diagnostics(&mut self, path: &Path) -> Vec<Value> {
        let uri = uri(path);
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.notifications.iter().position(|message| {
                message["method"] == "textDocument/publishDiagnostics"
                    && message["params"]["uri"] == uri.as_str()
            });
            if let Some(at) = found {
                let message = self.notifications.remove(at);
                return message["params"]["diagnostics"].as_array().unwrap().clone();
            }
            assert!(self.pump(end), "no diagnostics of {uri}");
        }
    }

    /// The codes of the next diagnostics of a file.
    pub fn codes(&mut self, path: &Path) -> Vec<String> {
        self.diagnostics(path).iter().map(|found| found["code"].as_str().unwrap().to_owned()).collect()
    }

    /// Ends the conversation; the exit status of the server.
    pub fn finish(&mut self) -> u8 {
        drop(self.input.take());
        self.server.take().unwrap().join().unwrap()
    }
}

fn read(output: &mut BufReader<PipeReader>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().strip_prefix("Content-Length:") {
            Some(value) => length = value.trim().parse().unwrap(),
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// Files in a directory of their own. In their texts `$0` is the cursor, `$1`, `$2` … are other places.
pub struct Fixture {
    directory: TempDir,
    pub files: BTreeMap<PathBuf, String>,
    marks: BTreeMap<char, (PathBuf, usize)>,
}

/// Makes a fixture of a text in which each file follows a line `--- path`. Without such a line there is one file, `main.fuse`.
pub fn fixture(text: &str) -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    let mut sections: Vec<(PathBuf, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("--- ") {
            sections.push((root.join(name.trim()), String::new()));
            continue;
        }
        if sections.is_empty() {
            sections.push((root.join("main.fuse"), String::new()));
        }
        sections.last_mut().unwrap().1.push_str(line);
    }
    let mut fixture = Fixture { directory, files: BTreeMap::new(), marks: BTreeMap::new() };
    for (path, text) in sections {
        let mut out = String::new();
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            match chars.peek() {
                Some(&digit) if char == '$' && digit.is_ascii_digit() => {
                    chars.next();
                    fixture.marks.insert(digit, (path.clone(), out.len()));
                }
                _ => out.push(char),
            }
        }
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &out).unwrap();
        fixture.files.insert(path, out);
    }
    fixture
}

impl Fixture {
    pub fn root(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub fn text(&self, name: &str) -> &str {
        &self.files[&self.path(name)]
    }

    /// A client that has opened the file with the cursor, or `main.fuse`.
    pub fn client(&self) -> Client {
        let mut client = Client::at(&self.root());
        let main = self.path("main.fuse");
        let path = self.marks.get(&'0').map_or(&main, |(path, _)| path);
        client.open(path, &self.files[path]);
        client
    }

    /// The position of a mark, in bytes.
    pub fn position(&self, mark: char) -> Value {
        let (path, at) = &self.marks[&mark];
        let before = &self.files[path][..*at];
        let line = before.matches('\n').count();
        let column = at - before.rfind('\n').map_or(0, |newline| newline + 1);
        json!({"line": line, "character": column})
    }

    /// The parameters of a request at a mark.
    pub fn at(&self, mark: char) -> Value {
        let (path, _) = &self.marks[&mark];
        json!({"textDocument": {"uri": uri(path)}, "position": self.position(mark)})
    }

    /// A place as `file:line:column text`, the line and the column from 1.
    pub fn show(&self, uri_of: &str, range: &Value) -> String {
        let path = PathBuf::from(uri_of.strip_prefix("file://").unwrap());
        let name = path.strip_prefix(self.root()).unwrap_or(&path).display().to_string();
        let (line, column) =
            (range["start"]["line"].as_u64().unwrap(), range["start"]["character"].as_u64().unwrap());
        let end = (range["end"]["line"].as_u64().unwrap(), range["end"]["character"].as_u64().unwrap());
        let text = self.files.get(&path).map_or("", String::as_str);
        let shown = text.lines().nth(line as usize).unwrap_or("");
        let shown = match end {
            (last, to) if last == line => shown.get(column as usize..to as usize).unwrap_or("?"),
            _ => "…",
        };
        format!("{name}:{}:{} {shown}", line + 1, column + 1)
    }
}

/// A document with edits applied, positions in bytes.
pub fn apply(text: &str, edits: &[Value]) -> String {
    let offset = |position: &Value| {
        let line = position["line"].as_u64().unwrap() as usize;
        let start = text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
        (start + position["character"].as_u64().unwrap() as usize).min(text.len())
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|edit| {
            (
                offset(&edit["range"]["start"]),
                offset(&edit["range"]["end"]),
                edit["newText"].as_str().unwrap(),
            )
        })
        .collect();
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.0, edit.1)));
    let mut out = text.to_owned();
    for (start, end, new) in edits {
        out.replace_range(start..end, new);
    }
    out
}
