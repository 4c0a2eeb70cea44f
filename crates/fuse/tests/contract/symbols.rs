//! F: profiles and symbols.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::*;

#[test]
fn r70_profile_set() {
    let package = Folder::of_fixture("hello");
    for (options, profile) in [
        (&["--aot"][..], "debug"),
        (&["--static"], "debug"),
        (&["--release"], "release"),
        (&["--aot", "--release"], "release"),
        (&["--profile", "debug"], "debug"),
        (&["--profile=release"], "release"),
        (&["--release", "--profile=release"], "release"),
        (&["--profile", "release-with-symbols"], "release-with-symbols"),
    ] {
        assert_eq!(info_value(&build_in(package.path(), options), "profile"), profile, "{options:?}");
    }
    for options in [
        &["--profile=fast"][..],
        &["--profile"],
        &["--release", "--profile=debug"],
        &["--profile", "Release"],
    ] {
        let ended = end(&mut fuse_build(package.path(), options));
        assert!(ended.status == Some(1) && ended.stderr.contains("Usage"), "{options:?}: {}", ended.stderr);
    }
}

#[test]
fn r71_release_is_stripped() {
    for name in FIXTURES {
        for options in [RELEASE, WITH_SYMBOLS, STATIC] {
            let executable = &build(name, options).executable;
            let sections = tool("readelf", &["-SW"], executable);
            for section in [".symtab", ".strtab", ".debug_", ".comment"] {
                assert!(!sections.contains(section), "{name} {options:?}: {section}");
            }
            let symbols = Command::new("nm").arg(executable).output().expect("nm");
            assert!(symbols.stdout.is_empty(), "{name} {options:?}");
        }
    }
}

#[test]
fn r72_debug_explains() {
    let built = build("harbour", DEBUG);
    let symbols = tool("nm", &[], &built.executable);
    for function in ["ship", "berths", "dock_all"] {
        assert!(symbols.contains(function), "{function}");
    }
    let source = fs::read_to_string(fixture("harbour").join("src/main.fuse")).expect("a source");
    let line = source
        .lines()
        .position(|line| line.contains("env_int(\"HARBOUR_DAYS\")"))
        .expect("the app's first line")
        + 1;
    let stop = format!("break main.fuse:{line}");
    let gdb = end(Command::new("gdb")
        .args([
            "-nx",
            "-batch",
            "-ex",
            "set debuginfod enabled off",
            "-ex",
            &stop,
            "-ex",
            "run",
            "-ex",
            "info source",
            "-ex",
            "backtrace",
        ])
        .arg(&built.executable)
        .current_dir(built.package()));
    assert!(
        gdb.stdout.contains("Breakpoint 1, ") && gdb.stdout.contains(&format!("main.fuse:{line}")),
        "{}\n{}",
        gdb.stdout,
        gdb.stderr
    );
}

/// The loadable contents, without the notes: type, flags, and the sections' bytes.
fn loadable(file: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = fs::read(file).expect("a file");
    let sections = tool("readelf", &["-SW"], file);
    let mut contents = Vec::new();
    for line in sections.lines().filter_map(|line| line.split_once(']').map(|(_, rest)| rest)) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [name, kind, address, offset, size, _, flags, ..] = fields[..] else { continue };
        if !flags.contains('A') || kind == "NOBITS" || kind == "NOTE" {
            continue;
        }
        let number = |text: &str| usize::from_str_radix(text, 16).expect("a number");
        let (offset, size) = (number(offset), number(size));
        contents.push((format!("{name} {kind} {address} {flags}"), bytes[offset..offset + size].to_vec()));
    }
    contents
}

#[test]
fn r73_release_with_symbols_equals_release() {
    for name in FIXTURES {
        let (release, symbols) = (build(name, RELEASE), build(name, WITH_SYMBOLS));
        let (left, right) = (loadable(&release.executable), loadable(&symbols.executable));
        let names = |sections: &[(String, Vec<u8>)]| {
            sections.iter().map(|(name, bytes)| format!("{name} {}", bytes.len())).collect::<Vec<_>>()
        };
        assert!(left.len() > 5, "{left:?}");
        assert_eq!(names(&left), names(&right), "{name}");
        for ((section, left), (_, right)) in left.iter().zip(&right) {
            assert!(left == right || only_build_info_differs(left, right), "{name}: {section} differs");
        }
    }
}

/// Whether two sections are equal but for the build information line, which may stand in read-only data.
fn only_build_info_differs(left: &[u8], right: &[u8]) -> bool {
    let blank = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let start = text.find("mode=aot profile=")?;
        let end = start + text[start..].find(" build=")? + " build=".len() + 16;
        Some((
            text[..start].to_owned(),
            text[end..].trim_start_matches(|c: char| c == '\0' || c.is_ascii_hexdigit()).to_owned(),
        ))
    };
    blank(left).is_some_and(|left| Some(left) == blank(right))
}

#[test]
fn r74_symbols_are_external_and_traceable() {
    for name in FIXTURES {
        let built = build(name, WITH_SYMBOLS);
        let symbols = built.beside(".sym");
        assert_eq!(build_id(&symbols), build_id(&built.executable), "{name}");
        assert_ne!(
            build_id(&symbols),
            build_id(&build(name, RELEASE).executable),
            "{name}: the id tells builds apart"
        );
        let report = built.report();
        let bytes = fs::read(&symbols).expect("symbols");
        for (key, bytes) in [("output", built.bytes()), ("symbols", bytes)] {
            let entry = format!(
                "\"{key}\":{{\"sha256\":\"{}\",\"size\":{}}}",
                fuse_link::sha256_hex(&bytes),
                bytes.len()
            );
            assert!(report.contains(&entry), "{entry} is not in {report}");
        }
        assert!(build(name, RELEASE).report().contains("\"symbols\":null}"));
    }
}

#[test]
fn r74_addresses_resolve() {
    let built = build("faults", WITH_SYMBOLS);
    let symbols = built.beside(".sym");
    let table = tool("nm", &["--defined-only"], &symbols);
    let line = table
        .lines()
        .find(|line| line.contains("deeper"))
        .unwrap_or_else(|| panic!("no function deeper: {table}"));
    let address = line.split(' ').next().expect("an address");
    let output = Command::new("addr2line")
        .args(["-f", "-e"])
        .arg(&symbols)
        .arg(format!("0x{address}"))
        .output()
        .expect("addr2line");
    let resolved = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(resolved.contains("deeper") && resolved.contains("main.fuse:"), "{resolved}");

    // A debugger finds the symbol file by its id, and refuses that of another build.
    let id = build_id(&built.executable);
    let found = |symbols: &Path| {
        let folder = Folder::new();
        let place = folder.join(&format!(".build-id/{}/{}.debug", &id[..2], &id[2..]));
        fs::create_dir_all(place.parent().expect("in a folder")).expect("a folder");
        fs::copy(symbols, &place).expect("copied");
        let folder = format!("set debug-file-directory {}", folder.path().display());
        let words = [
            "-nx",
            "-batch",
            "-iex",
            "set debuginfod enabled off",
            "-iex",
            &folder,
            "-ex",
            "info functions deeper",
        ];
        let gdb = end(Command::new("gdb").args(words).arg(&built.executable));
        (gdb.stdout.contains("main.deeper"), gdb.stdout + &gdb.stderr)
    };
    let (ours, text) = found(&symbols);
    assert!(ours, "{text}");
    let (theirs, text) = found(&build("hello", WITH_SYMBOLS).beside(".sym"));
    assert!(!theirs && text.contains("build-id"), "{text}");
}

#[test]
fn r75_functional_equality() {
    for (name, variables) in [
        ("hello", &[][..]),
        ("harbour", &[]),
        ("harbour", &[("HARBOUR_VERBOSE", "true"), ("HARBOUR_SEED", "7")]),
        ("faults", &[]),
    ] {
        let expected = run(&build(name, DEBUG).executable, variables);
        for options in [RELEASE, WITH_SYMBOLS, STATIC, TEST, &["--release", "--linker=system"]] {
            assert_eq!(
                run(&build(name, options).executable, variables),
                expected,
                "{name} {variables:?} {options:?}"
            );
        }
        assert_eq!(expected.status, Some(0), "{name}");
    }
}

#[test]
fn r74_the_build_report() {
    let built = build("harbour", RELEASE);
    let report = built.report();
    assert!(report.ends_with("}\n") && report.lines().count() == 1, "{report}");
    let keys = [
        "{\"build\":{",
        "\"components\":[",
        "\"functions\":[",
        "\"inputs\":[",
        "\"output\":{",
        "\"symbols\":",
    ];
    let places: Vec<_> =
        keys.iter().map(|key| report.find(key).unwrap_or_else(|| panic!("{key}: {report}"))).collect();
    assert!(places.is_sorted() && places[0] == 0, "{report}");
    for (path, _) in
        [("fuse.toml", ()), ("src/main.fuse", ()), ("src/office.fuse", ()), ("src/random.fuse", ())]
    {
        let bytes = fs::read(built.package().join(path)).expect("an input");
        let entry = format!("{{\"path\":\"{path}\",\"sha256\":\"{}\"}}", fuse_link::sha256_hex(&bytes));
        assert!(report.contains(&entry), "{entry} is not in {report}");
    }
}
