//! A running `fuse dev`, and what is asked of it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::command;

/// After this a test gives up. The machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);
/// For how long something that must not happen may happen.
const OPPORTUNITY: Duration = Duration::from_millis(900);

/// The line that tells about a restart.
pub const RESTART: &str = "[dev] change detected, restarting...";
/// The line that tells about an error.
pub const BROKEN: &str = "[dev] compile error; waiting for changes...";

enum Line {
    Said(String),
    Printed(String),
}

/// A session. It is ended with the test.
pub struct Session {
    process: Child,
    lines: Receiver<Line>,
    /// All lines of stderr so far.
    pub said: Vec<String>,
    /// Those of them that were asked for.
    read: usize,
    /// All lines of stdout so far. When they come, compared with those of stderr, is not certain.
    pub printed: Vec<String>,
    /// Those of them that were asked for.
    read_prints: usize,
    pub url: String,
}

impl Session {
    /// Starts `fuse dev` with these words.
    pub fn start(folder: &Path, words: &[&str]) -> Session {
        let mut args = vec!["dev"];
        args.extend(words);
        Session::of(command(folder, &args))
    }

    /// Starts a prepared command, and waits for its first line.
    pub fn of(mut command: Command) -> Session {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let (out, err) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        forward(out, Line::Printed, sender.clone());
        forward(err, Line::Said, sender);
        let (said, printed, url) = (Vec::new(), Vec::new(), String::new());
        let mut session = Session { process, lines, said, read: 0, printed, read_prints: 0, url };
        let first = session.line("live reload websocket: ws://");
        let url = first.split("websocket: ").nth(1).unwrap();
        session.url = url.trim_end_matches("\"}").to_owned();
        session
    }

    /// Waits for a line with this text, and returns it. Lines before it count as read.
    #[track_caller]
    pub fn line(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            while self.read < self.said.len() {
                self.read += 1;
                let line = &self.said[self.read - 1];
                if line.contains(text) {
                    return line.clone();
                }
            }
            if !self.receive(deadline) {
                panic!("no line `{text}` in\n{}", self.said.join("\n"));
            }
        }
    }

    /// Waits for the next line that the program prints.
    #[track_caller]
    pub fn prints(&mut self, expected: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.read_prints == self.printed.len() {
            assert!(self.receive(deadline), "nothing is printed instead of `{expected}`: {:?}", self.said);
        }
        assert_eq!(self.printed[self.read_prints], expected, "{:?} {:?}", self.printed, self.said);
        self.read_prints += 1;
    }

    /// Waits for a line of either stream; whether there was one.
    fn receive(&mut self, deadline: Instant) -> bool {
        match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Line::Said(line)) => self.said.push(line),
            Ok(Line::Printed(line)) => self.printed.push(line),
            Err(_) => return false,
        }
        true
    }

    /// Waits for these lines, one after the other.
    #[track_caller]
    pub fn lines(&mut self, texts: &[&str]) {
        for text in texts {
            self.line(text);
        }
    }

    /// Gives something the opportunity to happen that must not, and tells what was said meanwhile. Nothing may be printed.
    #[track_caller]
    pub fn meanwhile(&mut self) -> Vec<String> {
        let deadline = Instant::now() + OPPORTUNITY;
        while self.receive(deadline) {}
        assert_eq!(self.read_prints, self.printed.len(), "{:?} {:?}", self.printed, self.said);
        let new = self.said[self.read..].to_vec();
        self.read = self.said.len();
        new
    }

    /// How many lines of stderr so far have this text.
    pub fn count(&self, text: &str) -> usize {
        self.said.iter().filter(|line| line.contains(text)).count()
    }

    /// The process of the session.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Waits until the session has a program, and returns its process.
    #[track_caller]
    pub fn child(&self) -> u32 {
        eventually("a process of the program", || children(self.pid()).first().copied())
    }

    /// Sends a signal to the session and waits for its end: its status, as shells count.
    pub fn end(&mut self, signal: Signal) -> i32 {
        use std::os::unix::process::ExitStatusExt;
        send(self.pid(), signal);
        let status = eventually("the end of the session", || self.process.try_wait().unwrap());
        while self.receive(Instant::now() + PATIENCE) {}
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends the lines of a stream as they come.
fn forward(stream: impl Read + Send + 'static, of: fn(String) -> Line, to: Sender<Line>) {
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { return };
            let _ = to.send(of(line));
        }
    });
}

/// Sends a signal to a process.
pub fn send(process: u32, signal: Signal) {
    kill_process(Pid::from_raw(process as i32).unwrap(), signal).unwrap();
}

/// Waits until there is an answer.
#[track_caller]
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "no {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The processes that a process has started and that have not ended.
pub fn children(process: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{process}/task"));
    let tasks = tasks.into_iter().flatten().flatten();
    let lists = tasks.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
    let numbers: Vec<u32> = lists
        .flat_map(|list| list.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>())
        .collect();
    numbers.into_iter().filter(|&pid| is_alive(pid)).collect()
}

/// Whether a process exists and has not ended.
pub fn is_alive(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z') && !rest.starts_with('X'))
}

/// Writes a file of a folder.
pub fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// A program that prints a word and ends.
pub fn says(word: &str) -> String {
    format!("app \"a\":\n  print(\"{word}\")\n")
}

/// A program that prints a word and goes on.
pub fn stays(word: &str) -> String {
    format!("requires time\n\napp \"a\":\n  print(\"{word}\")\n  time.sleep(600000)\n")
}
