//! The language server (toolchain reference 14).
//!
//! One thread reads messages and decides what can be decided at once: the life cycle and cancellation. One thread does the work, in
//! the order in which it came, so that every request sees the documents as they were when it was sent. What the program means is the
//! checker's knowledge: a program is analysed as a whole whenever it has changed and is asked about, and everything that concerns
//! names is read off the index of resolutions that the checker makes.
//!
//! Invariants:
//! - Every request gets exactly one answer, whatever happens to its handler.
//! - Nothing is executed, fetched or written.
//! - Positions are converted at one place, `text`; inside, places are byte offsets.
#![forbid(unsafe_code)]

mod analysis;
mod answers;
mod capabilities;
mod diagnostics;
mod documents;
mod features;
mod files;
mod handlers;
mod server;
mod text;
mod transport;
mod uri;
mod worker;
mod workspace;

pub use server::serve;

/// Serves one client on the streams of the process; the exit status.
pub fn run() -> u8 {
    serve(std::io::stdin(), std::io::stdout())
}
