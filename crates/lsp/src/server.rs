//! The life cycle (toolchain reference 14.1): what arrives is read, judged and handed to the worker.

use std::io::{BufReader, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use lsp_server::{Message, Notification, Request, RequestId};
use serde_json::{Value, json};

use crate::answers::{Answers, Failure};
use crate::transport::{self, Incoming};
use crate::worker::{self, Work};

/// How far the conversation is.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    New,
    Running,
    ShutDown,
}

/// Serves one client until it says `exit` or its messages end; the exit status.
pub fn serve(input: impl Read, output: impl Write + Send + 'static) -> u8 {
    let (out, outgoing) = channel::<Value>();
    let answers = Arc::new(Answers::new(out));
    let mut output = output;
    let writer = thread::Builder::new().name("write".into()).spawn(move || {
        for message in outgoing {
            if transport::write(&mut output, &message).is_err() {
                return;
            }
        }
    });
    let (work, queue) = channel();
    let for_worker = Arc::clone(&answers);
    // The checker walks trees by recursion.
    let worker = thread::Builder::new()
        .name("work".into())
        .stack_size(fuse_syntax::STACK)
        .spawn(move || worker::run(&queue, &for_worker));
    let phase = converse(&mut BufReader::new(input), &answers, &work);
    drop(work);
    // What has been asked is answered before the end.
    let _ = worker.map(thread::JoinHandle::join);
    drop(answers);
    let _ = writer.map(thread::JoinHandle::join);
    if phase == Phase::ShutDown { 0 } else { 1 }
}

fn converse(input: &mut BufReader<impl Read>, answers: &Answers, work: &Sender<Work>) -> Phase {
    let mut phase = Phase::New;
    while let Some(incoming) = transport::read(input) {
        match incoming {
            Incoming::Malformed(reason) => {
                answers
                    .reject(Value::Null, &Failure::new(Failure::PARSE, format!("this is no JSON: {reason}")));
            }
            Incoming::Invalid(id) => {
                let failure = Failure::new(Failure::INVALID_REQUEST, "this is no message of JSON-RPC");
                answers.reject(id.unwrap_or(Value::Null), &failure);
            }
            Incoming::Message(Message::Request(request)) => {
                take_request(request, &mut phase, answers, work);
            }
            Incoming::Message(Message::Notification(notification)) => match notification.method.as_str() {
                "exit" => return phase,
                "$/cancelRequest" => cancel(&notification, answers),
                method if method.starts_with("$/") => {}
                _ if phase != Phase::Running => {}
                _ => send(work, Work::Notification(notification)),
            },
            // The server asks for nothing whose answer matters.
            Incoming::Message(Message::Response(_)) => {}
        }
    }
    phase
}

fn take_request(request: Request, phase: &mut Phase, answers: &Answers, work: &Sender<Work>) {
    let initialize = request.method == "initialize";
    let failure = match *phase {
        Phase::New if !initialize => {
            Failure::new(Failure::NOT_INITIALIZED, "the first request must be `initialize`")
        }
        Phase::Running if initialize => {
            Failure::new(Failure::INVALID_REQUEST, "the server is already initialized")
        }
        Phase::ShutDown => Failure::new(Failure::INVALID_REQUEST, "the server has been shut down"),
        Phase::New | Phase::Running => {
            if !answers.expect(&request.id) {
                let text = "a request with this id has not been answered yet";
                return answers.reject(json!(request.id), &Failure::new(Failure::INVALID_REQUEST, text));
            }
            *phase = if request.method == "shutdown" { Phase::ShutDown } else { Phase::Running };
            return send(work, Work::Request(request));
        }
    };
    answers.reject(json!(request.id), &failure);
}

/// Answers a request that has no answer, whether the worker has begun with it or not.
fn cancel(notification: &Notification, answers: &Answers) {
    let id = notification.params.get("id").cloned();
    if let Some(id) = id.and_then(|id| serde_json::from_value::<RequestId>(id).ok()) {
        answers.answer(&id, Err(Failure::new(Failure::CANCELLED, "request cancelled")));
    }
}

fn send(work: &Sender<Work>, item: Work) {
    // The worker ends only when this end of the channel is dropped.
    let _ = work.send(item);
}
