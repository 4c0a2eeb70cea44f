//! Files that are written whole or not at all (requirements 32 and 33, and bad places to write to).

mod common;

use common::Folder;
use fuse_link::{OutputError, prepare_fuse_dir, write_executable, write_file};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

fn entries(folder: &Folder) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(&folder.0)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn r33_parents_are_made_and_who_may_read_may_execute() {
    let folder = Folder::new();
    let path = folder.0.join("a/b/program");
    write_executable(&path, b"one").expect("written");
    assert_eq!(fs::read(&path).expect("a file"), b"one");
    let mode = mode(&path);
    assert_eq!(mode & 0o111, (mode & 0o444) >> 2, "{mode:o}");
    assert_ne!(mode & 0o100, 0);
    write_executable(&path, b"two").expect("replaced");
    assert_eq!(fs::read(&path).expect("a file"), b"two");
}

#[test]
fn other_files_are_not_executable() {
    let folder = Folder::new();
    let path = folder.0.join("program.json");
    write_file(&path, b"{}").expect("written");
    assert_eq!(mode(&path) & 0o111, 0);
}

#[test]
fn what_a_killed_build_left_is_taken_away() {
    let folder = Folder::new();
    fs::write(folder.0.join(".program.tmp"), b"half").expect("written");
    write_executable(&folder.0.join("program"), b"whole").expect("written");
    assert_eq!(entries(&folder), ["program"]);
}

#[test]
fn an_executable_that_runs_can_be_replaced() {
    let folder = Folder::new();
    let path = folder.0.join("program");
    let sleep = fs::read("/bin/sleep").expect("sleep");
    write_executable(&path, &sleep).expect("written");
    let mut child = Command::new(&path).arg("5").spawn().expect("started");
    let replaced = write_executable(&path, b"new");
    child.kill().expect("killed");
    child.wait().expect("ended");
    replaced.expect("replaced");
}

#[test]
fn a_folder_in_the_way_is_an_error() {
    let folder = Folder::new();
    let path = folder.0.join("program");
    fs::create_dir(&path).expect("a folder");
    let error = write_executable(&path, b"x").expect_err("a folder");
    assert_eq!(error.to_string(), format!("cannot write {}: it is a directory", path.display()));
    assert_eq!(entries(&folder), ["program"]);
    let error = write_executable(&folder.0.join("program/../program"), b"x").expect_err("a folder");
    assert!(error.to_string().ends_with("it is a directory"));
    fs::write(folder.0.join("file"), b"").expect("a file");
    let error = write_executable(&folder.0.join("file/program"), b"x").expect_err("below a file");
    assert!(error.to_string().contains("not a directory"), "{error}");
    assert_eq!(OutputError::CODE, "wrapper_file_write");
}

/// Which part of a test a process plays that the test has started in surroundings of its own.
const PART: &str = "FUSE_TEST_PART";

/// Starts a test of this file once more, in a file system of its own that this script mounts on `$1`, for its other part.
fn in_a_file_system_of_its_own(test: &str, mount: &str) {
    let folder = Folder::new();
    let script = format!("{mount} && cd \"$1\" && exec \"$0\" --exact --nocapture {test}");
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", &script])
        .arg(std::env::current_exe().expect("this test"))
        .arg(&folder.0)
        .env(PART, "inside")
        .output()
        .expect("unshare");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text} {}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "{text}");
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    if std::env::var_os(PART).is_none() {
        // `/dev/full` is the only full device everywhere; a file system of 16 kB shows the rest where one can be mounted.
        let mount = "mount -t tmpfs -o size=16k none \"$1\" && printf old > \"$1/program\"";
        return in_a_file_system_of_its_own("a_full_disk_leaves_the_old_file", mount);
    }
    let here = std::env::current_dir().expect("a folder");
    let error = write_executable(&here.join("program"), &[7; 100_000]).expect_err("no room");
    assert!(error.to_string().ends_with("no space left on the device"), "{error}");
    assert_eq!(fs::read("program").expect("the old file"), b"old");
    assert!(!here.join(".program.tmp").exists());
}

#[test]
fn a_read_only_folder_is_an_error() {
    if std::env::var_os(PART).is_none() {
        let mount =
            "mount -t tmpfs none \"$1\" && printf old > \"$1/program\" && mount -o remount,ro none \"$1\"";
        return in_a_file_system_of_its_own("a_read_only_folder_is_an_error", mount);
    }
    let here = std::env::current_dir().expect("a folder");
    let error = write_executable(&here.join("program"), b"new").expect_err("read-only");
    assert!(error.to_string().ends_with("the file system is read-only"), "{error}");
    assert_eq!(fs::read("program").expect("the old file"), b"old");
}

#[test]
fn r32_a_killed_build_leaves_a_whole_file() {
    if let Some(path) = std::env::var_os(PART) {
        return write_until_killed(path.as_ref());
    }
    let folder = Folder::new();
    let path = folder.0.join("program");
    let files: Vec<Vec<u8>> = (0..2u8).map(|value| vec![value; 4 << 20]).collect();
    write_executable(&path, &files[0]).expect("written");
    let own = std::env::current_exe().expect("this test");
    for round in 0..40u64 {
        let mut child = Command::new(&own)
            .args(["--exact", "r32_a_killed_build_leaves_a_whole_file"])
            .env(PART, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        std::thread::sleep(Duration::from_micros(3000 + round * 731 % 20_000));
        child.kill().expect("killed");
        child.wait().expect("ended");
        let found = fs::read(&path).expect("a file");
        assert!(files.contains(&found), "round {round}: {} bytes", found.len());
        assert!(entries(&folder).len() <= 2, "{:?}", entries(&folder));
    }
    write_executable(&path, &files[0]).expect("written");
    assert_eq!(entries(&folder), ["program"]);
}

/// Writes one file after the other to a path, for longer than the test lets it live.
fn write_until_killed(path: &Path) {
    let end = Instant::now() + Duration::from_secs(5);
    while Instant::now() < end {
        for value in [1u8, 0] {
            write_executable(path, &vec![value; 4 << 20]).expect("written");
        }
    }
}

#[test]
fn builds_at_the_same_time_do_not_disturb_each_other() {
    let folder = Folder::new();
    let path = folder.0.join("program");
    let writers: Vec<_> = (0..4u8)
        .map(|value| {
            let path = path.clone();
            std::thread::spawn(move || {
                (0..25).for_each(|_| write_executable(&path, &vec![value; 300_000]).expect("written"))
            })
        })
        .collect();
    for writer in writers {
        writer.join().expect("no panic");
    }
    let found = fs::read(&path).expect("a file");
    assert!(found.len() == 300_000 && found.iter().all(|&byte| byte == found[0]));
    assert_eq!(entries(&folder), ["program"]);
}

#[test]
fn the_build_folder_is_ignored_by_version_control() {
    let folder = Folder::new();
    let build = folder.0.join("package/.fuse");
    prepare_fuse_dir(&build).expect("made");
    assert_eq!(fs::read_to_string(build.join(".gitignore")).expect("a file"), "*\n");
    fs::write(build.join(".gitignore"), "mine\n").expect("changed");
    prepare_fuse_dir(&build).expect("there");
    assert_eq!(fs::read_to_string(build.join(".gitignore")).expect("a file"), "mine\n");
}
