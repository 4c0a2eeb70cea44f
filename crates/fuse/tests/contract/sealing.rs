//! B: what an executable does not do when it runs.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::*;

type Variables = &'static [(&'static str, &'static str)];

/// Every way through the fixtures: name, variables, exit status.
const RUNS: &[(&str, Variables, i32)] = &[
    ("hello", &[], 0),
    ("store", &[("FUSE_DB_URL", "sqlite::memory:")], 0),
    ("store", &[], 1),
    ("harbour", &[], 0),
    ("harbour", &[("HARBOUR_VERBOSE", "true"), ("HARBOUR_DAYS", "3")], 0),
    ("flags", &[], 0),
    ("settings", &[], 0),
    ("settings", &[("DESK_PORT", "1"), ("DESK_ROOMS", "[\"blue\"]"), ("DESK_MO_TTO", "x")], 0),
    ("settings", &[("DESK_PORT", "abc"), ("DESK_ROOMS", "[1")], 1),
    ("faults", &[], 0),
    ("faults", &[("PICK", "index")], 1),
    ("faults", &[("PICK", "divide")], 1),
    ("faults", &[("PICK", "stack")], 1),
    ("faults", &[("PICK", "lines")], 1),
    ("faults", &[("PICK", "overflow")], 1),
    ("faults", &[("PICK", "remainder")], 1),
    ("faults", &[("PICK", "minimum")], 1),
    ("faults", &[("PICK", "long")], 1),
];

/// Kills the process when it makes memory executable, or asks for an anonymous file or another program. As a library it does so once the loader
/// is done; as a program it does so before it starts another one, which must be static.
const GUARD: &str = r#"
#define _GNU_SOURCE
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Headers of the C library may be older than the kernel. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define IF_NOT(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
/* A system call whose third argument are the protection bits. */
#define NO_EXEC(call) IF_NOT((call), 4), LOAD(ARGUMENT(2)), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), KILL, ALLOW

__attribute__((unused)) static void guard(const char *allowed) {
  struct sock_filter filter[] = {
    LOAD(offsetof(struct seccomp_data, nr)),
    NO_EXEC(SYS_mmap),
    NO_EXEC(SYS_mprotect),
    NO_EXEC(SYS_pkey_mprotect),
    IF_NOT(SYS_memfd_create, 1), KILL,
    IF_NOT(SYS_execveat, 1), KILL,
    IF_NOT(SYS_execve, 4), LOAD(ARGUMENT(0)), IF_NOT((uint32_t)(uintptr_t)allowed, 1), ALLOW, KILL,
    ALLOW,
  };
  struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) _exit(77);
}

#ifdef LIBRARY
__attribute__((constructor)) static void start(void) { guard(NULL); }
#else
int main(int count, char **words) {
#ifdef MDWE
  /* Inherited by what is started: memory never becomes executable after it was not. */
  if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)) _exit(77);
#else
  guard(words[1]);
#endif
  execve(words[1], words + 1, environ);
  return 78;
}
#endif
"#;

/// A program that does what is forbidden: the guards must catch it.
const OFFENDER: &str = r#"
#include <stdio.h>
#include <sys/mman.h>
int main(void) {
  void *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mprotect(page, 4096, PROT_READ | PROT_EXEC)) { puts("refused"); return 3; }
  return 0;
}
"#;

#[test]
fn r14_no_memory_becomes_executable() {
    let folder = Folder::new();
    let library = helper(&folder, "library", GUARD, &["-shared", "-fPIC", "-DLIBRARY"]);
    let starter = helper(&folder, "starter", GUARD, &[]);
    let mdwe = helper(&folder, "mdwe", GUARD, &["-DMDWE"]);
    let library = library.to_str().expect("UTF-8");

    let offender = helper(&folder, "offender", OFFENDER, &[]);
    assert_eq!(run(&offender, &[("LD_PRELOAD", library)]).status, None, "the filter kills");
    assert_eq!(end(Command::new(&mdwe).arg(&offender)).status, Some(3), "the kernel refuses");

    for (name, variables, status) in RUNS {
        let expected = run(&build(name, RELEASE).executable, variables);
        assert_eq!(expected.status, Some(*status), "{name} {variables:?}: {}", expected.stderr);
        for options in PROFILES {
            let executable = &build(name, options).executable;
            let mut filtered = variables.to_vec();
            filtered.push(("LD_PRELOAD", library));
            let ended = run(executable, &filtered);
            assert_eq!(
                (ended.status, &ended.stdout),
                (Some(*status), &expected.stdout),
                "{name} {variables:?} {options:?} filtered: {}",
                ended.stderr
            );
            let ended = end(Command::new(&mdwe).arg(executable).env_clear().envs(variables.iter().copied()));
            assert_eq!(
                (ended.status, &ended.stdout),
                (Some(*status), &expected.stdout),
                "{name} {variables:?} {options:?} mdwe: {}",
                ended.stderr
            );
        }
        let ended = end(Command::new(&starter)
            .arg(&build(name, STATIC).executable)
            .env_clear()
            .envs(variables.iter().copied()));
        assert_eq!(
            (ended.status, &ended.stdout),
            (Some(*status), &expected.stdout),
            "{name} {variables:?} static: {}",
            ended.stderr
        );
    }
}

#[test]
fn r14_only_the_loader_maps_code() {
    for (name, variables, status) in RUNS {
        let executable = &build(name, RELEASE).executable;
        let (ended, trace) = strace(
            "mmap,mprotect,pkey_mprotect,openat,memfd_create,execve",
            &[executable.as_os_str()],
            variables,
        );
        assert_eq!(ended.status, Some(*status), "{name} {variables:?}: {}", ended.stderr);
        for line in trace.lines().filter(|line| line.contains("PROT_EXEC")) {
            assert!(
                line.contains("mmap(") && line.contains("MAP_PRIVATE") && !line.contains("MAP_ANONYMOUS"),
                "{name}: {line}"
            );
        }
        assert!(!trace.contains("memfd_create") && trace.matches("execve(").count() == 1, "{name}: {trace}");
        let (_, trace) =
            strace("mmap,mprotect,pkey_mprotect", &[build(name, STATIC).executable.as_os_str()], variables);
        assert!(!trace.contains("PROT_EXEC"), "{name}, static: {trace}");
    }
}

#[test]
fn r26_no_plugins() {
    for name in FIXTURES {
        for options in PROFILES {
            let undefined = tool("nm", &["-D", "--undefined-only"], &build(name, options).executable);
            assert!(
                !undefined.contains("dlopen") && !undefined.contains("dlsym"),
                "{name} {options:?}: {undefined}"
            );
        }
    }
}

#[test]
fn r27_nothing_is_exported() {
    for name in FIXTURES {
        for options in [DEBUG, RELEASE, WITH_SYMBOLS, STATIC] {
            let exported = tool("nm", &["-D", "--defined-only"], &build(name, options).executable);
            assert_eq!(exported, "", "{name} {options:?}");
        }
    }
}

/// The files that a run tried to open, but for the loader's.
fn opened(executable: &Path, folder: &Path, variables: &[(&str, &str)]) -> Vec<String> {
    let words: [&OsStr; 4] = ["env".as_ref(), "-C".as_ref(), folder.as_os_str(), executable.as_os_str()];
    let (ended, trace) =
        strace("open,openat,openat2,stat,lstat,newfstatat,access,faccessat2,readlink", &words, variables);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let start = trace.rfind(&format!("execve({executable:?}")).unwrap_or(0);
    let own = trace[start..].lines().filter(|line| line.contains('"') && !line.contains("execve("));
    let loader = ["/etc/ld.so.preload", "/etc/ld.so.cache", "libc.so.6", "/glibc-hwcaps/", "\"\""];
    own.filter(|line| !loader.iter().any(|part| line.contains(part))).map(str::to_owned).collect()
}

#[test]
fn r28_sealed_environment() {
    let folder = Folder::new();
    folder.write(".env", "HARBOUR_DAYS=1\nPICK=index\nDESK_MOTTO=x\nLD_PRELOAD=/nonexistent\n");
    folder.write("fuse.toml", "[package]\nname = \"other\"\nentry = \"nothing.fuse\"\n");
    folder.write(".fuse/build/program.aot", "rubbish");
    for name in FIXTURES {
        let executable = build(name, RELEASE).executable.clone();
        let copy = folder.join(name);
        fs::copy(&executable, &copy).expect("copied");
        let database = ("FUSE_DB_URL", "sqlite::memory:");
        let ended =
            end(Command::new(&copy).env_clear().env(database.0, database.1).current_dir(folder.path()));
        assert_eq!(ended, run(&executable, &[database]), "{name}");
        let configured = ["faults", "settings"].contains(&name);
        for (variables, file) in
            [(&[database][..], "config.toml"), (&[database, ("FUSE_CONFIG", "other.toml")], "other.toml")]
        {
            let opened = opened(&copy, folder.path(), variables);
            let file = format!("\"{file}\"");
            assert!(opened.iter().all(|line| configured && line.contains(&file)), "{name}: {opened:?}");
            assert_eq!(opened.is_empty(), !configured, "{name}: the search finds what is opened");
        }
    }
}

#[test]
fn r68_no_injection_in_production() {
    for name in FIXTURES {
        for options in [DEBUG, RELEASE, WITH_SYMBOLS, STATIC] {
            let bytes = build(name, options).bytes();
            for variable in ["FUSE_AOT_TEST_FAULT", "FUSE_AOT_TEST_LEAKS"] {
                assert!(!contains(&bytes, variable), "{name} {options:?}: {variable}");
            }
        }
    }
    // The search would find it.
    assert!(contains(&build("hello", TEST).bytes(), "FUSE_AOT_TEST_FAULT"));
}
