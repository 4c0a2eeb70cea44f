//! `fuse dev`, in real sessions: programs that restart, pages that listen, ends of all kinds. What is awaited is an event; times are only limits
//! after which a test gives up, or for which something that must not happen is given the opportunity.
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;
mod ends;
mod page;
mod session;
mod settings;
mod socket;
mod support;
mod watching;
