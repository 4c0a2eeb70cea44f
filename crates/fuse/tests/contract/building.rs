//! B: that linking needs nothing and disturbs nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::*;

/// A root folder that holds `fuse`, the C library and a package, nothing else.
fn build_root(package: &Path) -> Folder {
    let root = Folder::new();
    install(root.path(), Path::new(FUSE), "fuse");
    copy_tree(package, &root.join("package"));
    root
}

/// What runs a result: a root that holds the C library and the result.
fn run_root(executable: &Path) -> Folder {
    let root = Folder::new();
    install(root.path(), executable, "program");
    root
}

/// The executables that a process and its children started.
fn started(trace: &str) -> Vec<&str> {
    trace.lines().filter(|line| line.contains("execve(") || line.contains("execveat(")).collect()
}

#[test]
fn r12_standalone() {
    for options in PROFILES {
        for (name, first_line) in [
            ("hello", "ready"),
            ("faults", "done"),
            ("flags", "no arguments"),
            ("settings", "steady"),
            ("harbour", ""),
            ("store", r#"[{"id":3}]"#),
        ] {
            let elsewhere = Folder::new();
            let copy = elsewhere.join("x");
            fs::copy(&build(name, options).executable, &copy).expect("copied");
            let ended = end(Command::new(&copy)
                .env_clear()
                .env("FUSE_DB_URL", "sqlite::memory:")
                .current_dir(elsewhere.path()));
            assert_eq!(ended.status, Some(0), "{name} {options:?}: {}", ended.stderr);
            assert!(
                ended.stdout.starts_with(first_line) && !ended.stdout.is_empty(),
                "{name}: {}",
                ended.stdout
            );
            let left: Vec<_> = fs::read_dir(elsewhere.path()).expect("a folder").collect();
            assert_eq!(left.len(), 1, "{name} wrote nothing");
        }
    }
}

#[test]
fn r13_no_process_is_started() {
    let package = Folder::of_fixture("harbour");
    for options in [RELEASE, DEBUG, WITH_SYMBOLS, STATIC] {
        let mut command =
            vec![FUSE.as_ref(), "build".as_ref(), "--manifest-path".as_ref(), package.path().as_os_str()];
        command.extend(options.iter().map(|option| std::ffi::OsStr::new(*option)));
        let (ended, trace) = strace("execve,execveat,fork,vfork,socket,connect", &command, &[]);
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
        assert_eq!(started(&trace).len(), 1, "{options:?}: {trace}");
        assert!(!trace.contains("socket(") && !trace.contains("fork("), "{options:?}: {trace}");
    }
}

#[test]
fn r13_builds_and_runs_in_roots_that_hold_nothing_else() {
    for (name, options) in
        [("hello", RELEASE), ("faults", DEBUG), ("harbour", WITH_SYMBOLS), ("harbour", STATIC)]
    {
        let root = build_root(&fixture(name));
        let mut words = vec!["/fuse", "build", "--manifest-path", "/package"];
        words.extend(options);
        let ended = end(&mut in_root(root.path(), &words));
        assert_eq!(ended.status, Some(0), "{name}: {}", ended.stderr);
        let result = root.join("package/.fuse/build/program.aot");
        let shared = build(name, options);
        assert!(
            fs::read(&result).expect("a result") == shared.bytes(),
            "{name}: the same bytes as elsewhere"
        );

        let root = run_root(&result);
        let ended = end(&mut in_root(root.path(), &["/program"]));
        let outside = run(&shared.executable, &[]);
        assert_eq!(ended, outside, "{name}");
        assert_eq!(ended.status, Some(0), "{name}");
    }
}

#[test]
fn r13_checks_and_runs_there_too() {
    let root = build_root(&fixture("hello"));
    let check = end(&mut in_root(root.path(), &["/fuse", "check", "--manifest-path", "/package"]));
    assert_eq!((check.status, check.stderr.as_str()), (Some(0), "[check] start\n[check] ok\n"));
    let run = end(&mut in_root(root.path(), &["/fuse", "run", "--manifest-path", "/package"]));
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "ready\n"), "{}", run.stderr);
}

#[test]
fn r24_static_runs_alone_in_an_empty_root() {
    for name in FIXTURES {
        let built = build(name, STATIC);
        let headers = tool("readelf", &["-ld"], &built.executable);
        assert!(!headers.contains("INTERP") && !headers.contains("NEEDED"), "{name}: {headers}");
        assert!(
            tool("readelf", &["-h"], &built.executable).contains("Type:                              DYN"),
            "{name}"
        );
        let root = Folder::new();
        fs::copy(&built.executable, root.join("program")).expect("copied");
        let database = ("FUSE_DB_URL", "sqlite::memory:");
        let ended = end(in_root(root.path(), &["/program"]).env(database.0, database.1));
        assert_eq!(ended, run(&build(name, RELEASE).executable, &[database]), "{name}");
        assert_eq!(ended.status, Some(0), "{name}");
    }
}

#[test]
fn r25_static_elsewhere_is_refused() {
    let package = Folder::package("app \"x\":\n  print(oops)\n");
    for target in ["macos-arm64", "aarch64-apple-darwin", "windows-x64"] {
        let ended = end(&mut fuse_build(package.path(), &["--static", "--target", target]));
        assert_eq!(ended.status, Some(1));
        assert!(
            ended.stderr.contains("linux-x64") && ended.stderr.contains("wrapper_target_unsupported"),
            "{}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("oops"), "before compiling: {}", ended.stderr);
    }
}

#[test]
fn r41_unsupported_targets() {
    let package = Folder::package("app \"x\":\n  print(oops)\n");
    let ended = end(&mut fuse_build(package.path(), &["--release", "--target", "sparc-unknown-none"]));
    assert_eq!(ended.status, Some(1));
    assert!(
        ended.stderr.contains("sparc-unknown-none") && ended.stderr.contains("installed: linux-x64"),
        "{}",
        ended.stderr
    );
    assert!(
        !ended.stderr.contains("oops") && !package.join(".fuse").exists(),
        "before compiling: {}",
        ended.stderr
    );
    for target in ["linux-x64", "x86_64-unknown-linux-gnu"] {
        let hello = Folder::of_fixture("hello");
        assert_eq!(run(&build_in(hello.path(), &["--release", "--target", target]), &[]).stdout, "ready\n");
    }
}

#[test]
fn r31_the_app_is_fixed_at_build_time() {
    let package = Folder::package(
        "app \"one\":\n  print(1)\n\napp \"two\":\n  print(2)\n\napp \"three\":\n  print(3)\n",
    );
    for (options, output, times) in [
        (&["--release"][..], "1\n", 50),
        (&["--release", "--app=two"], "2\n", 5),
        (&["--app", "three", "--release"], "3\n", 5),
    ] {
        for _ in 0..times {
            let ended = run(&build_in(package.path(), options), &[("FUSE_APP", "three"), ("APP", "three")]);
            assert_eq!(ended.stdout, output);
        }
    }
    package.write("fuse.toml", "[package]\nentry = \"main.fuse\"\napp = \"three\"\n");
    assert_eq!(run(&build_in(package.path(), RELEASE), &[]).stdout, "3\n");
}

/// Imported assets are in the executable: exactly their text, and the value that it decodes to.
#[test]
fn r30_imported_assets_are_embedded() {
    let source = "import Readme from \"./texts/readme.md\"\nimport Stock from \"root:texts/stock.json\"\n\n\
                  app \"x\":\n  print(Readme)\n  print(json.encode(Stock))\n  print(Stock[\"items\"][1][\"n\"] + 1)\n";
    let package = Folder::package(source);
    let long = format!("# Title\r\n\n\u{e9}\u{1f600} \"quoted\" \\n ${{x}}\n{}", "line\n".repeat(20_000));
    package.write("texts/readme.md", &long);
    package.write("texts/stock.json", "{\"items\": [{\"n\": 1}, {\"n\": 9007199254740993}], \"at\": null}\n");
    let elsewhere = Folder::new();
    for options in PROFILES {
        let copy = elsewhere.join("x");
        fs::copy(build_in(package.path(), options), &copy).expect("copied");
        let hidden = package.join("hidden");
        fs::rename(package.join("texts"), &hidden).expect("renamed");
        let (ended, trace) = strace("openat,open", &[copy.as_os_str()], &[]);
        fs::rename(&hidden, package.join("texts")).expect("renamed");
        let expected = format!(
            "{long}\n{{\"at\":null,\"items\":[{{\"n\":1}},{{\"n\":9007199254740993}}]}}\n9007199254740994\n"
        );
        assert!(ended.stdout == expected && ended.status == Some(0), "{options:?}: {}", ended.stderr);
        assert!(!trace.contains("texts") && !trace.contains(".json"), "{trace}");
    }
    // A change of an asset is a change of an input.
    let id = |options| info_value(&build_in(package.path(), options), "build");
    let before = id(RELEASE);
    assert_eq!(id(RELEASE), before);
    package.write("texts/stock.json", "{\"items\": [{\"n\": 1}, {\"n\": 2}]}\n");
    assert_ne!(id(RELEASE), before);
}

/// So is the map of hashed style sheets, which the environment outranks; of the package nothing is left.
#[test]
fn r30_the_asset_map_is_embedded() {
    let package = Folder::package(
        "app \"x\":\n  print(asset(\"css/site.css\"))\n  print(env(\"FUSE_ASSET_MAP\") ?? \"unset\")\n",
    );
    let settings = "\n[serve]\nstatic_dir = \"site\"\n\n[assets]\ncss = \"site/css\"\nhash = true\n";
    package.write("fuse.toml", &format!("[package]\nentry = \"main.fuse\"\n{settings}"));
    package.write("site/css/site.css", "a{}\n");
    let elsewhere = Folder::new();
    for options in [DEBUG, RELEASE, WITH_SYMBOLS, STATIC] {
        let copy = elsewhere.join("x");
        fs::copy(build_in(package.path(), options), &copy).expect("copied");
        let ended = end(Command::new(&copy).env_clear().current_dir(elsewhere.path()));
        assert_eq!(
            (ended.status, ended.stdout.as_str()),
            (Some(0), "/css/site.c113e66fff.css\nunset\n"),
            "{options:?}"
        );
        assert_eq!(run(&copy, &[("FUSE_ASSET_MAP", "{}")]).stdout, "/css/site.css\n{}\n", "{options:?}");
    }
    // It decides what the program does, so it is an input.
    let id = || info_value(&build_in(package.path(), RELEASE), "build");
    let before = id();
    package.write("site/css/site.css", "b{}\n");
    assert_ne!(id(), before);
}

#[test]
fn r32_the_build_is_atomic() {
    let package = Folder::of_fixture("hello");
    let sources = ["app \"hello\":\n  print(\"first\")\n", "app \"hello\":\n  print(\"second\")\n"];
    let mut whole = Vec::new();
    let mut took = Duration::ZERO;
    for source in sources {
        package.write("main.fuse", source);
        let start = Instant::now();
        whole.push(fs::read(build_in(package.path(), RELEASE)).expect("an executable"));
        took = start.elapsed();
    }
    let output = package.join(".fuse/build/program.aot");
    let mut killed = 0;
    for number in 0..100_u32 {
        package.write("main.fuse", sources[number as usize % 2]);
        let mut command = fuse_build(package.path(), RELEASE);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        // Moments all over the build, in no order, and more of them near its end, when files are written.
        let part = if number % 2 == 0 { number * 37 % 100 } else { 70 + number * 37 % 30 };
        std::thread::sleep(took * part / 100);
        child.kill().expect("killed");
        killed += u32::from(child.wait().expect("ended").code().is_none());
        let found = fs::read(&output).expect("there is always an executable");
        assert!(
            whole.contains(&found),
            "{number}: {} bytes are neither the old nor the new executable",
            found.len()
        );
        assert!(is_executable(&output));
    }
    assert!(killed > 30, "{killed} builds were killed before their end");
    build_in(package.path(), RELEASE);
    let mut names: Vec<_> = fs::read_dir(package.join(".fuse/build"))
        .expect("outputs")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["program.aot", "program.aot.json"], "the next build cleans up");
}

#[test]
fn r33_output_path() {
    let package = Folder::of_fixture("hello");
    let elsewhere = Folder::new();
    let absolute = elsewhere.join("deep/er/absolute");
    let cases: [(PathBuf, &str); 3] = [
        (package.join("out/bin/relative"), "out/bin/relative"),
        (absolute.clone(), absolute.to_str().expect("UTF-8")),
        (package.join("plain"), "./plain"),
    ];
    for (path, written) in cases {
        package.write(
            "fuse.toml",
            &format!("[package]\nentry = \"main.fuse\"\n\n[build]\nnative_bin = \"{written}\"\n"),
        );
        // Its presence makes plain `fuse build` link.
        for options in [&[][..], RELEASE] {
            let ended = end(&mut fuse_build(package.path(), options));
            assert_eq!(ended.status, Some(0), "{}", ended.stderr);
            assert!(is_executable(&path), "{}", path.display());
            assert_eq!(run(&path, &[]).stdout, "ready\n");
            assert!(ended.stderr.contains("[build] aot output "), "{}", ended.stderr);
        }
        assert_eq!(info_value(&path, "profile"), "release");
    }
    let file = Folder::new();
    file.write("single.fuse", "app \"x\":\n  print(\"ready\")\n");
    let ended = end(Command::new(FUSE).args(["build", "--release", "single.fuse"]).current_dir(file.path()));
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert_eq!(run(&file.join(".fuse/build/program.aot"), &[]).stdout, "ready\n");
    assert_eq!(fs::read_to_string(file.join(".fuse/.gitignore")).expect("written"), "*\n");
}

#[test]
fn r33_progress_and_composition_lines() {
    let package = Folder::of_fixture("hello");
    let ended = end(&mut fuse_build(package.path(), RELEASE));
    let size = fs::metadata(package.join(".fuse/build/program.aot")).expect("an executable").len();
    let lines: Vec<&str> = ended.stderr.lines().collect();
    let labels = [
        "compile program",
        "write cache artifacts",
        "emit native object",
        "emit runtime metadata",
        "select runtime components",
        "link final binary",
    ];
    assert_eq!(lines.len(), 9, "{}", ended.stderr);
    assert_eq!((lines[0], lines[8]), ("[build] start", "[build] ok"));
    for (number, label) in labels.iter().enumerate() {
        assert_eq!(lines[number + 1], format!("[build] aot [{}/6] {label}", number + 1));
    }
    assert!(
        lines[7].starts_with("[build] aot output ")
            && lines[7].ends_with(&format!(" ({size} bytes; components: core)")),
        "{}",
        lines[7]
    );
    let plain = end(&mut fuse_build(package.path(), &[]));
    assert_eq!(plain.stderr, "[build] start\n[build] ok\n");
}
