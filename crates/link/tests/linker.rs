//! What the linker must not do: obey the environment, print, panic, start programs, need a tool chain.

mod common;

use common::{Folder, broken, printing, request, running};
use fuse_link::{Edition, LinkError, LinkRequest, Mode, Profile, link};
use std::process::Command;

/// Runs one of the tests of this file in a process of its own; whether it passed, and what it wrote.
fn alone(test: &str, prepare: impl FnOnce(&mut Command)) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", "--nocapture", test]);
    prepare(&mut command);
    let output = command.output().expect("started");
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success() && text.contains("1 passed"), text)
}

#[test]
fn a_missing_function_is_an_error_with_its_name() {
    let error = link(request(broken(), Profile::Release, Mode::Dynamic)).expect_err("a function is missing");
    assert_eq!(error.code(), "wrapper_build_link");
    assert!(error.to_string().contains("fuse_no_such_function"), "{error}");
}

#[test]
fn bad_objects_are_errors() {
    let good = printing("ready");
    for bytes in [Vec::new(), b"text".to_vec(), good[..40].to_vec(), good[..good.len() / 2].to_vec()] {
        let result = link(request(bytes, Profile::Release, Mode::Dynamic));
        assert!(matches!(result, Err(LinkError::Failed(_))));
    }
    // Every damaged byte must end in an executable or an error: no panic, no hang.
    for at in (0..good.len()).step_by(7) {
        let mut damaged = good.clone();
        damaged[at] ^= 0xff;
        let _ = link(request(damaged, Profile::Release, Mode::Dynamic));
    }
}

#[test]
fn the_test_edition_is_another_build() {
    let edition =
        |edition| LinkRequest { edition, ..request(printing("ready"), Profile::Release, Mode::Dynamic) };
    let published = link(edition(Edition::Published)).expect("linked");
    let test = link(edition(Edition::Test)).expect("linked");
    assert_ne!(published.build_info.build_id(), test.build_info.build_id());
    let name = b"FUSE_AOT_TEST_FAULT";
    assert!(test.executable.windows(name.len()).any(|part| part == name));
}

#[test]
fn r13_no_program_is_started() {
    let folder = Folder::new();
    let log = folder.0.join("trace");
    let output = Command::new("strace")
        .args(["-f", "-e", "trace=execve,socket", "-o"])
        .arg(&log)
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", "--nocapture", "links_once"])
        .output()
        .expect("strace");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = std::fs::read_to_string(&log).expect("a trace");
    assert_eq!(log.lines().filter(|line| line.contains("execve(")).count(), 1, "{log}");
    assert!(!log.contains("socket("), "{log}");
}

#[test]
fn the_environment_changes_nothing() {
    let folder = Folder::new();
    let (passed, text) = alone("links_once", |command| {
        command
            .current_dir(&folder.0)
            .env("WILD_SAVE_DIR", folder.0.join("saved"))
            .env("WILD_WRITE_LAYOUT", "1")
            .env("WILD_WRITE_TRACE", "1")
            .env("WILD_REFERENCE_LINKER", "/bin/false")
            .env("WILD_VALIDATE_OUTPUT", "1")
            .env("MAKEFLAGS", "-j --jobserver-auth=3,4")
            .env("CARGO_MAKEFLAGS", "-j --jobserver-auth=3,4")
            .env("RAYON_NUM_THREADS", "0");
    });
    assert!(passed, "{text}");
    let left: Vec<_> = std::fs::read_dir(&folder.0).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn links_once() {
    let linked = link(request(printing("ready"), Profile::Release, Mode::Dynamic)).expect("linked");
    assert!(linked.executable.starts_with(b"\x7fELF"));
}

#[test]
fn r14_no_memory_becomes_executable() {
    for mode in [Mode::Dynamic, Mode::Static] {
        let folder = Folder::new();
        let linked = link(request(printing("ready"), Profile::Release, mode)).expect("linked");
        let path = folder.executable(&linked.executable);
        let log = folder.0.join("trace");
        let output = Command::new("strace")
            .args(["-f", "-e", "trace=mmap,mprotect,pkey_mprotect,memfd_create,execve", "-o"])
            .arg(&log)
            .arg(&path)
            .output()
            .expect("strace");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "ready\n");
        let log = std::fs::read_to_string(&log).expect("a trace");
        for line in log.lines().filter(|line| line.contains("PROT_EXEC")) {
            assert!(line.contains("mmap(") && !line.contains("MAP_ANONYMOUS"), "{line}");
        }
        assert!(!log.contains("memfd_create") && !log.contains("pkey_mprotect"), "{log}");
        assert_eq!(log.matches("execve(").count(), 1);
    }
}

#[test]
fn r62_crashes_of_compiled_code_are_internal_errors() {
    // ud2; a read through null
    for code in [&[0x0f, 0x0b][..], &[0x31, 0xc0, 0x48, 0x8b, 0x00, 0xc3]] {
        for mode in [Mode::Dynamic, Mode::Static] {
            let linked = link(request(running(code), Profile::Release, mode)).expect("linked");
            let folder = Folder::new();
            let output = common::run(&folder.executable(&linked.executable), &[]);
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(70), "{stderr}");
            assert_eq!(stderr.matches("fatal: class=internal_error").count(), 1, "{stderr}");
            assert!(stderr.ends_with(&format!("{}\n", linked.build_info.line())), "{stderr}");
        }
    }
}

#[test]
fn r61_the_unwinder_finds_its_way_in_both_modes() {
    for mode in [Mode::Dynamic, Mode::Static] {
        let request =
            LinkRequest { edition: Edition::Test, ..request(printing("ready"), Profile::Release, mode) };
        let linked = link(request).expect("linked");
        let folder = Folder::new();
        let path = folder.executable(&linked.executable);
        let output = common::run(&path, &[("FUSE_AOT_TEST_FAULT", "panic_static_str")]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(101), "{mode:?} {stderr}");
        assert!(
            stderr.starts_with("fatal: class=panic pid=") && stderr.contains("panic_kind=panic_static_str"),
            "{stderr}"
        );
    }
}
