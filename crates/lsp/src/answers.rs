//! Answers: every request gets exactly one, from whoever is first.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::mpsc::Sender;

use lsp_server::RequestId;
use serde_json::{Value, json};

/// Why a request is answered with an error.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub code: i32,
    pub message: String,
}

impl Failure {
    pub const PARSE: i32 = -32700;
    pub const INVALID_REQUEST: i32 = -32600;
    pub const METHOD_NOT_FOUND: i32 = -32601;
    pub const INVALID_PARAMS: i32 = -32602;
    pub const INTERNAL: i32 = -32603;
    pub const NOT_INITIALIZED: i32 = -32002;
    pub const CANCELLED: i32 = -32800;

    pub fn new(code: i32, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into() }
    }

    pub fn params(message: impl Into<String>) -> Failure {
        Failure::new(Failure::INVALID_PARAMS, message)
    }
}

/// The way to the client, and the requests that have no answer yet.
pub(crate) struct Answers {
    open: Mutex<HashSet<RequestId>>,
    out: Sender<Value>,
}

impl Answers {
    pub fn new(out: Sender<Value>) -> Answers {
        Answers { open: Mutex::default(), out }
    }

    /// Notes a request; false if one with its id has no answer yet.
    pub fn expect(&self, id: &RequestId) -> bool {
        self.open().insert(id.clone())
    }

    /// Whether a request still waits for its answer.
    pub fn is_open(&self, id: &RequestId) -> bool {
        self.open().contains(id)
    }

    /// Answers a request, unless it has been answered.
    pub fn answer(&self, id: &RequestId, result: Result<Value, Failure>) {
        if self.open().remove(id) {
            self.send(match result {
                Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
                Err(failure) => error(json!(id), &failure),
            });
        }
    }

    /// An error that belongs to no request that was noted.
    pub fn reject(&self, id: Value, failure: &Failure) {
        self.send(error(id, failure));
    }

    /// A notification.
    pub fn notify(&self, method: &str, params: Value) {
        self.send(json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// A request to the client.
    pub fn request(&self, id: &str, method: &str, params: Value) {
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
    }

    fn send(&self, message: Value) {
        // The client has gone: there is nobody to tell.
        let _ = self.out.send(message);
    }

    fn open(&self) -> std::sync::MutexGuard<'_, HashSet<RequestId>> {
        self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn error(id: Value, failure: &Failure) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": failure.code, "message": failure.message}})
}
