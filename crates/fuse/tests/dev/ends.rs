//! However a session ends, its program ends too.

use rustix::process::Signal;

use crate::common::folder;
use crate::support::{RESTART, Session, eventually, is_alive, says, send, stays, write};

#[test]
fn the_program_ends_with_the_session() {
    for (name, signal, status) in [
        ("term", Signal::TERM, 143),
        ("int", Signal::INT, 130),
        ("hup", Signal::HUP, 129),
        ("kill", Signal::KILL, 137),
    ] {
        let root = folder(&format!("dev_end_{name}"), &[("main.fuse", &stays("on"))]);
        let mut dev = Session::start(&root, &["main.fuse"]);
        dev.prints("on");
        let child = dev.child();
        assert_eq!(dev.end(signal), status);
        eventually("end of the program", || (!is_alive(child)).then_some(()));
    }
}

#[test]
fn a_session_without_a_program_ends_too() {
    let root = folder("dev_end_none", &[("main.fuse", &says("off"))]);
    let mut dev = Session::start(&root, &["main.fuse"]);
    dev.line("[dev] app exited (0)");
    assert_eq!(dev.end(Signal::TERM), 143);
}

#[test]
fn a_session_can_be_ended_while_it_works() {
    let manifest = "[package]\nentry = \"main.fuse\"\n\n[assets.hooks]\nbefore_build = \"echo $$ > started; exec sleep 600\"\n";
    let root = folder("dev_end_hook", &[("main.fuse", &says("off")), ("fuse.toml", manifest)]);
    let mut dev = Session::start(&root, &[]);
    let hook = eventually("hook", || std::fs::read_to_string(root.join("started")).ok()?.trim().parse().ok());
    assert_eq!(dev.end(Signal::TERM), 143);
    send(hook, Signal::KILL);
}

#[test]
fn what_does_not_end_when_asked_is_killed() {
    let root = folder("dev_end_stopped", &[("main.fuse", &stays("on"))]);
    let mut dev = Session::start(&root, &["main.fuse"]);
    dev.prints("on");
    let child = dev.child();
    // What is stopped does not see the request.
    send(child, Signal::STOP);
    write(&root, "main.fuse", &says("next"));
    dev.lines(&[RESTART, "[dev] app exited (0)"]);
    dev.prints("next");
    assert!(!is_alive(child));
}

#[test]
fn a_program_that_is_killed_is_told_like_one_that_ends() {
    let root = folder("dev_end_killed", &[("main.fuse", &stays("on"))]);
    let mut dev = Session::start(&root, &["main.fuse"]);
    dev.prints("on");
    send(dev.child(), Signal::KILL);
    dev.line("[dev] app exited (137); waiting for changes...");
    assert_eq!(dev.meanwhile(), [""; 0]);
}
