//! Dependencies: each form, each code with a failing and the nearest passing case, the lock file, git, hostile input.

#[path = "../common/mod.rs"]
mod common;

mod git;
mod lock;
mod paths;
mod properties;
mod publish;
mod requests;
mod support;
