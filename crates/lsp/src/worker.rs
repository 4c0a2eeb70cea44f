//! The worker: one thing after the other, in the order in which it came.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use lsp_server::{Notification, Request};
use serde_json::Value;

use crate::answers::{Answers, Failure};
use crate::handlers;
use crate::workspace::Workspace;

/// What there is to do.
pub(crate) enum Work {
    /// A request to answer.
    Request(Request),
    /// Something has happened.
    Notification(Notification),
}

/// Works until the queue is closed and empty. Between two pieces of work diagnostics are published when they are due.
pub(crate) fn run(queue: &Receiver<Work>, answers: &Answers) {
    let mut workspace = Workspace::default();
    loop {
        let next = match workspace.due() {
            Some(due) => queue.recv_timeout(due.saturating_duration_since(Instant::now())),
            None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        if workspace.due().is_some_and(|due| due <= Instant::now()) {
            let published = contained(&mut workspace, |workspace| {
                crate::diagnostics::publish(workspace, answers);
                Ok(Value::Null)
            });
            if published.is_err() {
                workspace.settle();
            }
        }
        match next {
            Ok(Work::Request(request)) => {
                // A request that was cancelled while it waited has its answer.
                if answers.is_open(&request.id) {
                    let result = contained(&mut workspace, |workspace| {
                        handlers::request(workspace, answers, &request.method, request.params)
                    });
                    answers.answer(&request.id, result);
                }
            }
            Ok(Work::Notification(notification)) => {
                let _ = contained(&mut workspace, |workspace| {
                    handlers::notification(workspace, notification);
                    Ok(Value::Null)
                });
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Runs a handler so that its panic is its own: the answer is an error, and what it may have left half done is forgotten.
fn contained(
    workspace: &mut Workspace,
    work: impl FnOnce(&mut Workspace) -> Result<Value, Failure>,
) -> Result<Value, Failure> {
    catch_unwind(AssertUnwindSafe(|| work(workspace))).unwrap_or_else(|_| {
        workspace.forget();
        Err(Failure::new(Failure::INTERNAL, "the handler of this request failed; the server goes on"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer_and_the_workspace_lives_on() {
        let mut workspace = Workspace::default();
        let failure = contained(&mut workspace, |_| panic!("on purpose")).unwrap_err();
        assert_eq!(failure.code, Failure::INTERNAL);
        assert_eq!(contained(&mut workspace, |_| Ok(Value::from(1))).unwrap(), Value::from(1));
    }
}
